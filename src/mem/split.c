// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several files that are parts of one dump (makedumpfile --split): each holds the pages of some
 * page frames, and the header and bitmaps of all.  Each part is an image of its own (kdump.c); here
 * they are put side by side.
 */
#include <stdio.h>

#include "mem_priv.h"

/* No set has more, and each is an open file. */
#define PARTS_MAX 1024

struct part {
	struct vmt_mem *mem;
	struct vmt_kdump_part is;
};

struct split {
	/* In order of page frames. */
	struct part *parts;
	size_t n;
	struct vmt_mem_frames *missing;
	size_t n_missing, cap_missing;
};

static void split_close(void *image)
{
	struct split *s = image;

	for (size_t i = 0; i < s->n; i++)
		vmt_mem_close(s->parts[i].mem);
	free(s->parts);
	free(s->missing);
	free(s);
}

/* ---- open ---- */

static enum vmt_rc no_part(const char *path, struct vmt_err *err)
{
	return vmt_err_set(err, VMT_FORMAT,
			   "%s: is no part of a split dump (makedumpfile --split): several files "
			   "are one source only when they are parts of one dump",
			   path);
}

static enum vmt_rc open_part(struct split *s, const char *path, const struct vmt_mem_opts *opts,
			     struct vmt_err *err)
{
	struct part *p = &s->parts[s->n];
	enum vmt_rc rc = vmt_mem_open(&p->mem, path, opts, err);

	if (rc != VMT_OK)
		return rc == VMT_FORMAT && !vmt_mem_probe(path) ? no_part(path, err) : rc;
	s->n++;
	return vmt_kdump_part(p->mem, &p->is) ? VMT_OK : no_part(path, err);
}

static int by_frames(const void *a, const void *b)
{
	const struct vmt_kdump_part *x = &((const struct part *)a)->is,
				    *y = &((const struct part *)b)->is;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

static enum vmt_rc add_missing(struct split *s, uint64_t first, uint64_t end, struct vmt_err *err)
{
	if (first >= end)
		return VMT_OK;
	if (vmt_grow(&s->missing, &s->cap_missing, s->n_missing + 1, sizeof(*s->missing)) != VMT_OK)
		return vmt_err_nomem(err);
	s->missing[s->n_missing++] = (struct vmt_mem_frames){first, end};
	return VMT_OK;
}

/* One dump, each page once; what no part has is noted. */
static enum vmt_rc check_parts(struct split *s, struct vmt_err *err)
{
	uint64_t end = 0;
	const struct part *before = NULL;
	enum vmt_rc rc;

	for (size_t i = 0; i < s->n; i++) {
		const struct part *p = &s->parts[i];

		if (!vmt_kdump_same_dump(s->parts[0].mem, p->mem))
			return vmt_err_set(err, VMT_FORMAT, "%s: is a part of another dump than %s",
					   p->mem->path, s->parts[0].mem->path);
		if (p->is.first == p->is.end)
			continue;
		if (p->is.first < end)
			return vmt_err_set(err, VMT_FORMAT, "%s: holds page frames that %s holds",
					   p->mem->path, before->mem->path);
		rc = add_missing(s, end, p->is.first, err);
		if (rc != VMT_OK)
			return rc;
		end = p->is.end;
		before = p;
	}
	return add_missing(s, end, s->parts[0].is.max, err);
}

/* What is known of all, from what is known of each. */
static void sum_up(struct vmt_mem *mem, const struct split *s)
{
	const struct vmt_mem *first = s->parts[0].mem;

	mem->about = first->about;
	mem->about.pages_stored = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct vmt_mem_about *a = &s->parts[i].mem->about;

		mem->about.pages_stored += a->pages_stored;
		mem->about.cut |= a->cut;
		mem->about.incomplete |= a->incomplete;
		/* An empty part does not tell. */
		if (a->packing[0] && !mem->about.packing[0])
			mem->about.packing = a->packing;
	}
	mem->about.parts = s->n;
	mem->about.missing = s->missing;
	mem->about.n_missing = s->n_missing;
}

static enum vmt_rc split_open(struct vmt_mem *mem, const char *const *paths, size_t n,
			      const struct vmt_mem_opts *opts, struct vmt_err *err)
{
	struct split *s = calloc(1, sizeof(*s));
	enum vmt_rc rc = VMT_OK;

	if (!s)
		return vmt_err_nomem(err);
	mem->format = &vmt_mem_split;
	mem->image = s;
	s->parts = calloc(n, sizeof(*s->parts));
	if (!s->parts)
		return vmt_err_nomem(err);
	for (size_t i = 0; i < n && rc == VMT_OK; i++)
		rc = open_part(s, paths[i], opts, err);
	if (rc != VMT_OK)
		return rc;
	qsort(s->parts, s->n, sizeof(*s->parts), by_frames);
	rc = check_parts(s, err);
	if (rc == VMT_OK)
		sum_up(mem, s);
	return rc;
}

enum vmt_rc vmt_mem_open_parts(struct vmt_mem **out, const char *const *paths, size_t n,
			       const struct vmt_mem_opts *opts, struct vmt_err *err)
{
	struct vmt_mem *mem;
	enum vmt_rc rc;

	if (n == 1)
		return vmt_mem_open(out, paths[0], opts, err);
	if (!n || n > PARTS_MAX)
		return vmt_err_set(err, VMT_RANGE, "%zu files cannot be parts of one dump", n);
	mem = vmt_mem_new(paths[0]);
	if (!mem)
		return vmt_err_nomem(err);
	rc = split_open(mem, paths, n, opts, err);
	if (rc == VMT_OK)
		rc = vmt_mem_ready(mem, err);
	if (rc == VMT_OK)
		*out = mem;
	else
		vmt_mem_close(mem);
	return rc;
}

/* ---- reading ---- */

/* The first part that ends behind a page frame; NULL: none. */
static const struct part *find(const struct split *s, uint64_t pfn)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->parts[mid].is.end > pfn)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo < s->n ? &s->parts[lo] : NULL;
}

static enum vmt_rc split_load(struct vmt_mem *mem, struct vmt_worker *w, uint64_t page,
			      unsigned char *to, struct vmt_err *err)
{
	const struct split *s = mem->image;
	const struct part *p = find(s, page);

	(void)w;
	/* Any part tells whether there is such memory at all. */
	if (!p || p->is.first > page)
		p = &s->parts[0];
	return vmt_mem_load(p->mem, page, to, err);
}

static enum vmt_rc split_range(struct vmt_mem *mem, struct vmt_worker *w, uint64_t from,
			       uint64_t *start, uint64_t *end)
{
	const struct split *s = mem->image;
	const struct part *p = find(s, from >> mem->page_shift);

	(void)w;
	for (; p && p < s->parts + s->n; p++) {
		enum vmt_rc rc = vmt_mem_range(p->mem, from, start, end);

		if (rc != VMT_NONE)
			return rc;
	}
	return VMT_NONE;
}

static enum vmt_rc split_ram(struct vmt_mem *mem, struct vmt_worker *w, uint64_t from,
			     uint64_t *start, uint64_t *end)
{
	const struct split *s = mem->image;

	(void)w;
	return vmt_mem_ram(s->parts[0].mem, from, start, end);
}

const struct vmt_mem_format vmt_mem_split = {
	.name = "kdump",
	.load = split_load,
	.range = split_range,
	.ram = split_ram,
	.close = split_close,
};
