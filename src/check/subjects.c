// SPDX-License-Identifier: GPL-2.0-or-later
/* The busy areas, by address, from lists and trees together. */
#include <stdlib.h>

#include "check_priv.h"

static int by_start(const void *pa, const void *pb)
{
	const struct subject *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->end > b->end) - (a->end < b->end);
}

/* ---- joining areas and ranges by the address of their vmap_area ---- */

struct joined {
	uint64_t vmap_area_va;
	const struct vmt_karea *k;
};

static int by_vmap_area(const void *pa, const void *pb)
{
	const struct joined *a = pa, *b = pb;

	return (a->vmap_area_va > b->vmap_area_va) - (a->vmap_area_va < b->vmap_area_va);
}

static const struct vmt_karea *find(const struct joined *j, size_t n, uint64_t vmap_area_va)
{
	const struct joined key = {vmap_area_va, NULL};
	const struct joined *at = bsearch(&key, j, n, sizeof(*j), by_vmap_area);

	return at ? at->k : NULL;
}

/* Those that no list has, of the tree alone. */
static enum vmt_rc read_strays(struct ctx *c, const struct joined *j, size_t n)
{
	size_t cap = 0;

	for (size_t i = 0; i < c->n_ranges; i++) {
		const struct vmt_range *r = &c->ranges[i];
		struct vmt_karea k;
		enum vmt_rc rc;

		if (c->books[r->book].space != VMT_SPACE_BUSY || find(j, n, r->vmap_area_va))
			continue;
		rc = vmt_kern_area_at(c->kern, r->vmap_area_va, &k, NULL);
		if (rc == VMT_NOMEM ||
		    vmt_grow(&c->strays, &cap, c->n_strays + 1, sizeof(k)) != VMT_OK)
			return VMT_NOMEM;
		if (rc == VMT_OK)
			c->strays[c->n_strays++] = k;
	}
	return VMT_OK;
}

static void add(struct ctx *c, const struct vmt_karea *k, const struct vmt_range *r)
{
	struct subject *s = &c->busy[c->n_busy++];

	*s = (struct subject){.k = k, .range = r, .start = k->va_start, .end = k->va_end};
	s->has_vm = k->has_vm;
	s->in_flux = k->vm_flags & VM_UNINITIALIZED || (!k->vm_struct_va && !k->area.flags);
	vmt_guard_of(&k->area, c->page_size, &s->guard);
}

static enum vmt_rc join(struct ctx *c, const struct vmt_karea *shown, size_t n_shown,
			const struct vmt_karea *hidden, size_t n_hidden)
{
	size_t n = 0;
	struct joined *j VMT_FREE = malloc((n_shown + n_hidden + 1) * sizeof(*j));
	enum vmt_rc rc;

	if (!j)
		return VMT_NOMEM;
	for (size_t i = 0; i < n_shown; i++) {
		if (!(shown[i].area.flags & VMT_AREA_UNPURGED))
			j[n++] = (struct joined){shown[i].vmap_area_va, &shown[i]};
	}
	for (size_t i = 0; i < n_hidden; i++)
		j[n++] = (struct joined){hidden[i].vmap_area_va, &hidden[i]};
	qsort(j, n, sizeof(*j), by_vmap_area);
	rc = read_strays(c, j, n);
	if (rc != VMT_OK)
		return rc;
	c->busy = malloc((c->n_ranges + 1) * sizeof(*c->busy));
	if (!c->busy)
		return VMT_NOMEM;
	for (size_t i = 0, stray = 0; i < c->n_ranges; i++) {
		const struct vmt_range *r = &c->ranges[i];
		const struct vmt_karea *k;

		if (c->books[r->book].space != VMT_SPACE_BUSY)
			continue;
		k = find(j, n, r->vmap_area_va);
		if (!k && stray < c->n_strays && c->strays[stray].vmap_area_va == r->vmap_area_va)
			k = &c->strays[stray++];
		if (k)
			add(c, k, r);
	}
	qsort(c->busy, c->n_busy, sizeof(*c->busy), by_start);
	return VMT_OK;
}

enum vmt_rc subjects_read(struct ctx *c)
{
	const struct vmt_karea *shown, *hidden;
	const struct vmt_kareas_about *about;
	size_t n_shown, n_hidden;
	enum vmt_rc rc = vmt_kern_areas(c->kern, &shown, &n_shown, &about, &c->err);

	if (rc == VMT_OK)
		rc = vmt_kern_ranges(c->kern, &c->ranges, &c->n_ranges, &c->err);
	if (rc == VMT_NOMEM)
		return rc;
	if (rc != VMT_OK) {
		c->no_areas = c->err.text;
		return VMT_OK;
	}
	c->books = vmt_kern_books(c->kern, &c->n_books);
	vmt_kern_areas_hidden(c->kern, &hidden, &n_hidden);
	c->all_busy = true;
	for (size_t i = 0; i < c->n_books; i++) {
		const struct vmt_book *b = &c->books[i];

		if (b->space == VMT_SPACE_BUSY && b->list.code != VMT_OK &&
		    (!b->tree_va || b->tree.code != VMT_OK))
			c->all_busy = false;
	}
	return join(c, shown, n_shown, hidden, n_hidden);
}

/* No larger in any kernel, and it may lie on two pages. */
#define VM_STRUCT_BYTES 80

struct vmt_err vm_err(struct ctx *c, const struct subject *s)
{
	unsigned char vm[VM_STRUCT_BYTES];
	struct vmt_err err = {0};

	(void)vmt_kern_read(c->kern, s->k->vm_struct_va, vm, sizeof(vm), &err);
	return err;
}

void subjects_free(struct ctx *c)
{
	free(c->busy);
	free(c->strays);
	free(c->hands);
	free(c->words);
	free(c->addresses);
}

size_t subject_after(const struct ctx *c, uint64_t va)
{
	size_t lo = 0, hi = c->n_busy;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->busy[mid].end <= va)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct subject *subject_at(const struct ctx *c, uint64_t va)
{
	size_t i = subject_after(c, va);

	return i < c->n_busy && c->busy[i].start <= va ? &c->busy[i] : NULL;
}
