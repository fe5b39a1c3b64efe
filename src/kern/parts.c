// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel space: its parts, and what an address belongs to. */
#include <string.h>

#include "kern_priv.h"

struct parts {
	struct vmt_part parts[VMT_PARTS_MAX + 2];
	size_t n_parts;
	/* Areas by address; NULL: not read, or not there. */
	const struct vmt_karea **areas;
	size_t n_areas;
};

void parts_free(struct parts *s)
{
	if (!s)
		return;
	free(s->areas);
	free(s);
}

/* ---- parts ---- */

static bool is_area_part(const struct vmt_part *r)
{
	return strcmp(r->name, "vmalloc") == 0 || strcmp(r->name, "modules") == 0;
}

/* A variable of the kernel that says where a range begins; 0: none has it, or it says 0. */
static uint64_t read_variable(struct vmt_kern *kern, const char *name)
{
	uint64_t vas[VMT_CANDIDATES], start;
	size_t n = vmt_kern_symbol(kern, name, vas);

	for (size_t i = 0; i < n; i++)
		if (vmt_kern_read_u64(kern, vas[i], &start, NULL) == VMT_OK &&
		    start >= vmt_pgt_first_va(&kern->pgt))
			return start;
	return 0;
}

/* Without its variable: does the direct map begin there?  It has the page tables in it. */
static bool is_direct(struct vmt_kern *kern, uint64_t start)
{
	uint64_t pa;

	return vmt_pgt_translate(&kern->pgt, start + kern->pgt.root_pa, &pa, NULL) == VMT_OK &&
	       pa == kern->pgt.root_pa;
}

/* The first busy area at or above @from; UINT64_MAX: none. */
static uint64_t first_area(struct vmt_kern *kern, uint64_t from)
{
	const struct vmt_karea *areas;
	const struct vmt_kareas_about *about;
	uint64_t first = UINT64_MAX;
	size_t n;

	if (vmt_kern_areas(kern, &areas, &n, &about, NULL) != VMT_OK)
		return first;
	for (size_t i = 0; i < n; i++)
		if (areas[i].area.start >= from && areas[i].area.start < first)
			first = areas[i].area.start;
	return first;
}

static void find_start(struct vmt_kern *kern, struct vmt_part *r)
{
	uint64_t first, begin;

	if (!r->start && r->variable)
		r->start = read_variable(kern, r->variable);
	if (r->start || !r->otherwise)
		return;
	if (strcmp(r->name, "direct") == 0 && is_direct(kern, r->otherwise))
		r->start = r->otherwise;
	if (strcmp(r->name, "vmalloc") != 0)
		return;
	/*
	 * It begins on a boundary of 1 GiB, and is used from below.  That the variable is not found
	 * does not prove that there is none: only where areas begin does.
	 */
	first = first_area(kern, 0);
	begin = first & ~((UINT64_C(1) << 30) - 1);
	r->guessed = first != UINT64_MAX && begin != r->otherwise;
	r->start = r->guessed || begin == r->otherwise ? begin : 0;
}

static int by_start(const void *pa, const void *pb)
{
	const struct vmt_part *a = pa, *b = pb;

	return (a->start > b->start) - (a->start < b->start);
}

static void add_image(struct vmt_kern *kern, struct parts *s)
{
	if (kern->stext && kern->end > kern->stext)
		s->parts[s->n_parts++] = (struct vmt_part){
			.name = "image",
			.what = "kernel image",
			.start = kern->stext,
			.end = kern->end,
		};
}

static bool has_part(const struct parts *s, uint64_t va, const char *name)
{
	for (size_t i = 0; i < s->n_parts; i++)
		if ((name && strcmp(s->parts[i].name, name) == 0) ||
		    (!name && va >= s->parts[i].start && va <= s->parts[i].end - 1))
			return true;
	return false;
}

/* Where nothing tells the bounds of vmalloc space, it is what areas reach over, in whole GiB. */
static void add_areas(struct vmt_kern *kern, struct parts *s)
{
	const uint64_t gib = UINT64_C(1) << 30;
	const struct vmt_karea *areas;
	const struct vmt_kareas_about *about;
	uint64_t start = UINT64_MAX, end = 0;
	size_t n;

	if (has_part(s, 0, "vmalloc") || vmt_kern_areas(kern, &areas, &n, &about, NULL) != VMT_OK)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct vmt_area *a = &areas[i].area;

		if (has_part(s, a->start, NULL) || a->start >= a->end)
			continue;
		start = a->start < start ? a->start : start;
		end = a->end > end ? a->end : end;
	}
	if (start < end && end <= UINT64_MAX - gib)
		s->parts[s->n_parts++] = (struct vmt_part){
			.name = "vmalloc",
			.what = "vmalloc space",
			.start = start & ~(gib - 1),
			.end = vmt_num_round_up(end, gib),
			.guessed = true,
		};
}

static void find_parts(struct vmt_kern *kern, struct parts *s)
{
	size_t n = kern->pgt.arch->parts(&kern->pgt, kern->info, s->parts);

	for (size_t i = 0; i < n; i++) {
		struct vmt_part r = s->parts[i];

		find_start(kern, &r);
		if (r.start && r.bytes)
			r.end = r.start + r.bytes;
		if (r.start && (r.end == 0 || r.end > r.start))
			s->parts[s->n_parts++] = r;
	}
	add_areas(kern, s);
	add_image(kern, s);
	qsort(s->parts, s->n_parts, sizeof(s->parts[0]), by_start);
	/* What moves is as long as there is room before the next. */
	for (size_t i = 0; i + 1 < s->n_parts; i++)
		if (s->parts[i].bytes && !is_area_part(&s->parts[i]) &&
		    s->parts[i].end > s->parts[i + 1].start)
			s->parts[i].end = s->parts[i + 1].start;
}

static struct parts *parts_of(struct vmt_kern *kern)
{
	struct parts *s;
	bool before;

	if (kern->parts)
		return kern->parts;
	before = kern_begin(kern);
	s = calloc(1, sizeof(*s));
	if (s)
		find_parts(kern, s);
	kern->nomem |= !s;
	if (kern_end(kern, before))
		parts_free(s);
	else
		kern->parts = s;
	return kern->parts;
}

enum vmt_rc vmt_kern_parts(struct vmt_kern *kern, const struct vmt_part **parts, size_t *n,
			   struct vmt_err *err)
{
	const struct parts *s = parts_of(kern);

	if (!s)
		return vmt_err_nomem(err);
	*parts = s->parts;
	*n = s->n_parts;
	return VMT_OK;
}

/* ---- areas by address ---- */

static int by_place(const void *pa, const void *pb)
{
	const struct vmt_area *a = &(*(const struct vmt_karea *const *)pa)->area;
	const struct vmt_area *b = &(*(const struct vmt_karea *const *)pb)->area;
	bool a_freed = a->kind == VMT_KIND_UNPURGED, b_freed = b->kind == VMT_KIND_UNPURGED;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a_freed != b_freed)
		return a_freed ? 1 : -1;
	return (a->line > b->line) - (a->line < b->line);
}

enum vmt_rc vmt_kern_areas_sorted(struct vmt_kern *kern, const struct vmt_karea *const **areas,
				  size_t *n, struct vmt_err *err)
{
	struct parts *s = parts_of(kern);
	const struct vmt_karea *all;
	const struct vmt_kareas_about *about;
	enum vmt_rc rc;

	if (!s)
		return vmt_err_nomem(err);
	if (!s->areas) {
		rc = vmt_kern_areas(kern, &all, &s->n_areas, &about, err);
		if (rc != VMT_OK)
			return rc;
		s->areas = malloc((s->n_areas + 1) * sizeof(const struct vmt_karea *));
		if (!s->areas)
			return vmt_err_nomem(err);
		for (size_t i = 0; i < s->n_areas; i++)
			s->areas[i] = &all[i];
		qsort(s->areas, s->n_areas, sizeof(const struct vmt_karea *), by_place);
	}
	*areas = s->areas;
	*n = s->n_areas;
	return VMT_OK;
}

/* ---- places ---- */

const char *vmt_owner_name(enum vmt_owner_kind kind)
{
	static const char *const names[] = {"none", "area",  "guard", "unpurged",
					    "hole", "image", "range"};

	return names[kind];
}

/* The narrowest of them, and how far it and the lack of any other go. */
static void place_part(const struct parts *s, uint64_t va, struct vmt_place *p)
{
	p->start = 0;
	p->end = 0;
	for (size_t i = 0; i < s->n_parts; i++) {
		const struct vmt_part *r = &s->parts[i];
		uint64_t last = r->end - 1;

		if (va < r->start) {
			if (p->end == 0 || r->start < p->end)
				p->end = r->start;
		} else if (va > last) {
			if (r->end > p->start)
				p->start = r->end;
		} else {
			if (!p->part || last - r->start < p->part->end - 1 - p->part->start)
				p->part = r;
			if (r->start > p->start)
				p->start = r->start;
			if (p->end == 0 || last < p->end - 1)
				p->end = r->end;
		}
	}
	if (p->part)
		p->kind = strcmp(p->part->name, "image") == 0 ? VMT_OWNER_IMAGE : VMT_OWNER_PART;
}

/* The first area that begins behind @va. */
static size_t behind(const struct vmt_karea *const *areas, size_t n, uint64_t va)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (areas[mid]->area.start > va)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static void clip(struct vmt_place *p, uint64_t start, uint64_t end)
{
	if (start > p->start)
		p->start = start;
	if (p->end == 0 || (end && end < p->end))
		p->end = end;
}

static void place_area(const struct vmt_kern *kern, const struct vmt_karea *area, uint64_t va,
		       struct vmt_place *p)
{
	uint64_t guard, start = area->area.start, end = area->area.end;
	struct vmt_guard g;

	p->area = area;
	if (area->area.kind == VMT_KIND_UNPURGED) {
		p->kind = VMT_OWNER_UNPURGED;
		clip(p, start, end);
		return;
	}
	vmt_guard_of(&area->area, kern->about.page_size, &g);
	guard = g.grade == VMT_GRADE_UNKNOWABLE || g.guard_bytes > end - start
			? end
			: end - g.guard_bytes;
	p->kind = va < guard ? VMT_OWNER_AREA : VMT_OWNER_GUARD;
	clip(p, va < guard ? start : guard, va < guard ? guard : end);
}

/* Overlapping areas are a finding of their own: the one that begins last has it. */
#define LOOK_BACK 64u

enum vmt_rc vmt_kern_place(struct vmt_kern *kern, uint64_t va, struct vmt_place *p,
			   struct vmt_err *err)
{
	const struct parts *s = parts_of(kern);
	const struct vmt_karea *const *areas;
	size_t n, next;
	enum vmt_rc rc;

	memset(p, 0, sizeof(*p));
	if (!s)
		return vmt_err_nomem(err);
	place_part(s, va, p);
	rc = vmt_kern_areas_sorted(kern, &areas, &n, err);
	if (rc != VMT_OK)
		return rc;
	next = behind(areas, n, va);
	if (next < n)
		clip(p, 0, areas[next]->area.start);
	for (size_t i = next; i-- > 0 && next - i <= LOOK_BACK;) {
		if (va < areas[i]->area.end) {
			place_area(kern, areas[i], va, p);
			/* A busy one before one that was freed. */
			if (p->kind != VMT_OWNER_UNPURGED)
				return VMT_OK;
		} else {
			clip(p, areas[i]->area.end, p->end);
		}
	}
	if (p->area || !p->part || !is_area_part(p->part))
		return VMT_OK;
	p->kind = VMT_OWNER_HOLE;
	if (next < n && areas[next]->area.start - p->part->start < p->part->end - p->part->start)
		p->after = areas[next];
	if (next > 0 && areas[next - 1]->area.start >= p->part->start)
		p->before = areas[next - 1];
	return VMT_OK;
}
