// SPDX-License-Identifier: GPL-2.0-or-later
/* The space between areas: order, holes, alignment, fit. */
#include <string.h>

#include "model_priv.h"

struct vmt_gaps *vmt_gaps_new(uint64_t page_size)
{
	struct vmt_gaps *gaps = calloc(1, sizeof(*gaps));

	if (gaps)
		gaps->page_size = page_size;
	return gaps;
}

void vmt_gaps_free(struct vmt_gaps *gaps)
{
	if (!gaps)
		return;
	free(gaps->items);
	free(gaps->order);
	free(gaps);
}

/* log2 of the smallest power of two that holds @bytes. */
static uint8_t order_up(uint64_t bytes)
{
	return bytes <= 1 ? 0 : (uint8_t)(64 - __builtin_clzll(bytes - 1));
}

/*
 * The alignment the kernel gives the start of an area, beyond one page:
 * - ioremap: the request rounded up to a power of two, at most IOREMAP_MAX_ORDER
 *   (get_vm_area_caller; 1 GiB on 64-bit, 16 MiB on arm, 2 or 4 MiB on i386: the largest is taken,
 *   an area that is not so aligned has no alignment hole);
 * - stacks: THREAD_ALIGN, THREAD_SIZE or twice that (vmt_gaps_finish finds which);
 * - vmalloc in huge pages: 2 MiB.
 */
static uint8_t align_of(const struct vmt_area *a, const struct vmt_guard *g, enum vmt_role role)
{
	const uint64_t huge = UINT64_C(2) << 20;

	if (role == VMT_ROLE_STACK && vmt_num_is_pow2(g->usable_bytes))
		return order_up(g->usable_bytes);
	if (a->kind == VMT_KIND_IOREMAP && role != VMT_ROLE_STATIC) {
		uint8_t order = order_up(g->usable_bytes), max = a->start > UINT32_MAX ? 30 : 24;

		return order > max ? max : order;
	}
	if (a->kind == VMT_KIND_VMALLOC && g->usable_bytes && !(g->usable_bytes & (huge - 1)))
		return 21;
	return 0;
}

static enum vmt_role role_of(const struct vmt_area *a, const char *what)
{
	if (what && strcmp(what, "static mappings") == 0)
		return VMT_ROLE_STATIC;
	if (a->kind == VMT_KIND_VMALLOC && what && strcmp(what, "module code and data") == 0)
		return VMT_ROLE_MODULE;
	return vmt_what_is_stack(what) ? VMT_ROLE_STACK : VMT_ROLE_NONE;
}

/* What later questions need to know of all extents. */
static inline void gather(struct vmt_gaps *g, const struct vmt_extent *e)
{
	g->wide |= e->start > UINT32_MAX;
	g->busy += e->kind != VMT_KIND_UNPURGED;
	g->unordered += !e->start || e->end <= e->start;
	if (e->kind == VMT_KIND_PERCPU && e->start < VMT_HIGH && e->end > g->percpu_end)
		g->percpu_end = e->end;
	if (e->role == VMT_ROLE_STACK && e->align_log2) {
		g->stacks++;
		g->stack_bits |= e->start;
		if (e->align_log2 > g->stack_align)
			g->stack_align = e->align_log2;
	}
}

/* Apart from the rest: areas with one twin number have one role and one alignment. */
static __attribute__((noinline)) struct vmt_extent_kind learn(struct vmt_gaps *gaps,
							      const struct vmt_area *area,
							      const struct vmt_guard *guard,
							      const char *what)
{
	struct vmt_extent_kind k = {.twin = area->twin};
	struct vmt_guard own;

	if (!guard) {
		vmt_guard_of(area, gaps->page_size, &own);
		guard = &own;
	}
	k.role = (uint8_t)role_of(area, what);
	k.align_log2 = align_of(area, guard, (enum vmt_role)k.role);
	/* The alignment of ioremap depends on the address, too. */
	if (area->kind != VMT_KIND_IOREMAP)
		gaps->kinds[area->twin % VMT_EXTENT_KINDS] = k;
	return k;
}

enum vmt_rc vmt_gaps_add(struct vmt_gaps *gaps, const struct vmt_area *area,
			 const struct vmt_guard *guard, const char *what, uint32_t owner)
{
	struct vmt_extent_kind k = gaps->kinds[area->twin % VMT_EXTENT_KINDS];
	struct vmt_extent *e;

	if (!area->twin || k.twin != area->twin)
		k = learn(gaps, area, guard, what);
	if (gaps->n == gaps->cap &&
	    (gaps->n >= UINT32_MAX ||
	     vmt_grow(&gaps->items, &gaps->cap, gaps->n + 1, sizeof(*gaps->items)) != VMT_OK))
		return VMT_NOMEM;
	e = &gaps->items[gaps->n++];
	*e = (struct vmt_extent){
		.start = area->start,
		.end = area->end,
		.owner = owner,
		.kind = (uint8_t)area->kind,
		.align_log2 = k.align_log2,
		.role = k.role,
	};
	gather(gaps, e);
	return VMT_OK;
}

/* ---- order ---- */

/* What is equal stays in the order of the text. */
static inline bool in_order(const struct vmt_extent *a, const struct vmt_extent *b)
{
	if (a->start != b->start)
		return a->start < b->start;
	return a->end < b->end || (a->end == b->end && a <= b);
}

/* How many runs are merged at a time. */
#define WAYS 16

/* What is left of a run: numbers [at, end) of @from, or of the extents themselves. */
struct run {
	const struct vmt_extent *first;
	uint32_t at, end;
};

static inline uint32_t number_at(const uint32_t *from, size_t i)
{
	return from ? from[i] : (uint32_t)i;
}

/*
 * Merge up to WAYS runs that begin at @lo and end at ends[] into @to; numbers of extents, @from
 * NULL for the extents as they stand.  Neighbours in space are often neighbours in their run, so
 * the run that leads is followed as far as it leads.
 */
static void merge(const struct vmt_extent *x, const uint32_t *from, uint32_t *to, size_t lo,
		  const size_t *ends, size_t n)
{
	struct run runs[WAYS], lead;
	size_t i, k, left = n;

	/* In order of their first extents. */
	to += lo;
	for (k = 0; k < n; lo = ends[k++]) {
		lead = (struct run){&x[number_at(from, lo)], (uint32_t)lo, (uint32_t)ends[k]};
		for (i = k; i && !in_order(runs[i - 1].first, lead.first); i--)
			runs[i] = runs[i - 1];
		runs[i] = lead;
	}
	while (left) {
		lead = runs[0];
		do {
			*to++ = number_at(from, lead.at);
			if (++lead.at == lead.end)
				break;
			lead.first = &x[number_at(from, lead.at)];
		} while (left == 1 || in_order(lead.first, runs[1].first));
		/* Behind those that come before it now, or gone. */
		for (i = 1;
		     i < left && (lead.at == lead.end || !in_order(lead.first, runs[i].first)); i++)
			runs[i - 1] = runs[i];
		runs[i - 1] = lead;
		left -= lead.at == lead.end;
	}
}

/*
 * A file is a few ascending runs (one up to 6.8, one or two for each vmap node from 6.9), so runs
 * are merged as they stand; numbers of extents are sorted, not extents, to keep memory small.
 * They stay numbers: to walk a few runs side by side is kind to the cache, to move extents is not.
 */
static enum vmt_rc sort_extents(struct vmt_gaps *g)
{
	uint32_t *order = NULL, *spare = NULL, *swap;
	size_t *ends = NULL, cap = 0, runs = 0, n = g->n, i;
	enum vmt_rc rc = VMT_NOMEM;

	/* Where each run ends. */
	for (i = 1; i <= n; i++) {
		if (i < n && in_order(&g->items[i - 1], &g->items[i]))
			continue;
		if (vmt_grow(&ends, &cap, runs + 1, sizeof(*ends)) != VMT_OK)
			goto out;
		ends[runs++] = i;
	}
	while (runs > 1) {
		size_t lo = 0, kept = 0;

		if (!spare)
			spare = malloc(n * sizeof(*spare));
		if (!spare)
			goto out;
		for (i = 0; i < runs; i += WAYS) {
			size_t ways = runs - i < WAYS ? runs - i : WAYS;

			merge(g->items, order, spare, lo, &ends[i], ways);
			ends[kept++] = lo = ends[i + ways - 1];
		}
		runs = kept;
		swap = order;
		order = spare;
		spare = swap;
	}
	g->order = order;
	order = NULL;
	rc = VMT_OK;
out:
	free(ends);
	free(spare);
	free(order);
	return rc;
}

size_t vmt_gaps_count(const struct vmt_gaps *gaps)
{
	return gaps->n;
}

const struct vmt_extent *vmt_gaps_at(const struct vmt_gaps *gaps, size_t i)
{
	return extent_at(gaps, i);
}

size_t vmt_gaps_lower_bound(const struct vmt_gaps *gaps, uint64_t va)
{
	size_t lo = 0, hi = gaps->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (extent_at(gaps, mid)->start < va)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* ---- holes ---- */

typedef void hole_fn(void *arg, uint64_t start, uint64_t end, const struct vmt_extent *below,
		     const struct vmt_extent *above);

typedef void area_fn(void *arg, const struct vmt_extent *e);

/*
 * The holes of a region, and, unless @area is NULL, its areas.  Unpurged space is a hole: the
 * kernel purges before it gives up (alloc_vmap_area).
 */
static void walk_region(const struct vmt_gaps *g, const struct vmt_region *r, hole_fn *fn,
			area_fn *area, void *arg)
{
	const struct vmt_extent *below = NULL;
	size_t i = vmt_gaps_lower_bound(g, r->start), n = vmt_gaps_lower_bound(g, r->end);
	uint64_t at = r->start;

	for (; i < n; i++) {
		const struct vmt_extent *e = extent_at(g, i);

		if (area)
			area(arg, e);
		if (e->kind == VMT_KIND_UNPURGED)
			continue;
		if (e->start > at && r->has_holes)
			fn(arg, at, e->start, below, e);
		if (e->end > at) {
			at = e->end;
			below = e;
		}
	}
	if (at < r->end && r->has_holes)
		fn(arg, at, r->end, below, NULL);
}

static void count_hole(void *arg, uint64_t start, uint64_t end, const struct vmt_extent *below,
		       const struct vmt_extent *above)
{
	struct vmt_region *r = arg;
	uint64_t bytes = end - start;
	int k = 63 - __builtin_clzll(bytes);

	r->holes++;
	r->hole_bytes += bytes;
	r->class_holes[k]++;
	r->class_bytes[k] += bytes;
	if (bytes > r->largest_bytes) {
		r->largest_bytes = bytes;
		r->largest_start = start;
		r->below = below ? below->owner : UINT32_MAX;
		r->above = above ? above->owner : UINT32_MAX;
	}
}

static void count_area(void *arg, const struct vmt_extent *e)
{
	struct vmt_region *r = arg;

	if (r->inside && e->role != VMT_ROLE_MODULE)
		return; /* counted in the region around it */
	if (e->kind == VMT_KIND_UNPURGED) {
		r->unpurged_bytes += e->end - e->start;
	} else {
		r->areas++;
		r->busy_bytes += e->end - e->start;
	}
}

/* THREAD_ALIGN is THREAD_SIZE on x86-64 and arm, twice that on arm64 and riscv. */
static void settle_stacks(struct vmt_gaps *g)
{
	g->stack_extra = g->stacks >= 4 && !(g->stack_bits & ((UINT64_C(2) << g->stack_align) - 1));
}

static uint64_t align_bytes_of(const struct vmt_gaps *g, const struct vmt_extent *e)
{
	unsigned extra = e->role == VMT_ROLE_STACK && e->align_log2 ? g->stack_extra : 0;

	return UINT64_C(1) << (e->align_log2 + extra);
}

/* The hole before an extent that its alignment explains; @below: the highest end before it. */
static inline uint64_t alignment_hole(const struct vmt_gaps *g, const struct vmt_extent *e,
				      uint64_t below)
{
	uint64_t align = align_bytes_of(g, e);

	if (!e->align_log2 || e->kind == VMT_KIND_UNPURGED || !below || e->start <= below)
		return 0;
	return e->start - below < align && !(e->start & (align - 1)) ? e->start - below : 0;
}

/* One pass for what neighbours tell: repeats, overlaps, alignment. */
static void survey(struct vmt_gaps *g)
{
	uint64_t top_start = 0, top_end = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct vmt_extent *e = extent_at(g, i);
		uint64_t hole = alignment_hole(g, e, top_end);

		g->alignment_bytes += hole;
		g->alignment_holes += hole != 0;
		if (e->start < top_end) {
			if (e->start == top_start && e->end == top_end)
				g->repeats++;
			else
				g->overlaps++;
		}
		if (e->end > top_end) {
			top_start = e->start;
			top_end = e->end;
		}
	}
}

/* Lines whose addresses make no range (hashed ones among real ones) can have no neighbours. */
static void drop_unordered(struct vmt_gaps *g)
{
	size_t kept = 0;

	for (size_t i = 0; g->unordered && i < g->n; i++) {
		if (g->items[i].end > g->items[i].start && g->items[i].start)
			g->items[kept++] = g->items[i];
		else
			g->busy -= g->items[i].kind != VMT_KIND_UNPURGED;
	}
	if (g->unordered)
		g->n = kept;
}

enum vmt_rc vmt_gaps_finish(struct vmt_gaps *gaps, const struct vmt_facts *facts)
{
	struct vmt_region *rest;
	uint64_t found = 0;

	drop_unordered(gaps);
	if (sort_extents(gaps) != VMT_OK)
		return VMT_NOMEM;
	settle_stacks(gaps);
	survey(gaps);
	vmt_regions_find(gaps, facts);
	for (size_t i = 0; i < gaps->n_regions; i++) {
		struct vmt_region *r = &gaps->regions[i];

		walk_region(gaps, r, count_hole, count_area, r);
		found += r->inside ? 0 : r->areas;
	}
	rest = found < gaps->busy ? vmt_regions_rest(gaps) : NULL;
	if (rest)
		walk_region(gaps, rest, count_hole, count_area, rest);
	return VMT_OK;
}

const struct vmt_region *vmt_gaps_regions(const struct vmt_gaps *gaps, size_t *n)
{
	*n = gaps->n_regions;
	return gaps->regions;
}

uint64_t vmt_gaps_overlaps(const struct vmt_gaps *gaps)
{
	return gaps->overlaps;
}

uint64_t vmt_gaps_repeats(const struct vmt_gaps *gaps)
{
	return gaps->repeats;
}

/* ---- alignment ---- */

uint64_t vmt_gaps_alignment(const struct vmt_gaps *gaps, uint64_t *holes)
{
	if (holes)
		*holes = gaps->alignment_holes;
	return gaps->alignment_bytes;
}

uint64_t vmt_gaps_alignment_of(const struct vmt_gaps *gaps, uint32_t owner, uint64_t *holes)
{
	uint64_t below = 0, sum = 0, n = 0;

	for (size_t i = 0; i < gaps->n; i++) {
		const struct vmt_extent *e = extent_at(gaps, i);
		uint64_t hole = e->owner == owner ? alignment_hole(gaps, e, below) : 0;

		sum += hole;
		n += hole != 0;
		if (e->end > below)
			below = e->end;
	}
	if (holes)
		*holes = n;
	return sum;
}

uint64_t vmt_gaps_hole_before(const struct vmt_gaps *gaps, uint64_t va, uint64_t *align_bytes)
{
	uint64_t below = 0;

	for (size_t i = 0; i < gaps->n && extent_at(gaps, i)->start <= va; i++) {
		const struct vmt_extent *e = extent_at(gaps, i);

		if (e->start == va && e->kind != VMT_KIND_UNPURGED) {
			*align_bytes = align_bytes_of(gaps, e);
			return alignment_hole(gaps, e, below);
		}
		if (e->end > below)
			below = e->end;
	}
	return 0;
}

/* ---- fit ---- */

struct fit_state {
	uint64_t size, align;
	struct vmt_fit *fit;
};

static void try_hole(void *arg, uint64_t start, uint64_t end, const struct vmt_extent *below,
		     const struct vmt_extent *above)
{
	struct fit_state *s = arg;
	uint64_t first = vmt_num_round_up(start, s->align);
	uint64_t step = vmt_num_round_up(s->size, s->align);

	(void)below;
	(void)above;
	if (end - start > s->fit->largest_bytes)
		s->fit->largest_bytes = end - start;
	if (vmt_num_add(first, s->size) > end) {
		/* What this hole lacks; the least lacking one counts. */
		uint64_t lacks = vmt_num_add(first, s->size) - end;

		if (lacks < s->fit->short_bytes)
			s->fit->short_bytes = lacks;
		return;
	}
	if (!s->fit->times)
		s->fit->where = first;
	s->fit->times += (end - first - s->size) / step + 1;
}

void vmt_gaps_fit(const struct vmt_gaps *gaps, const struct vmt_region *region, uint64_t size_bytes,
		  uint64_t align, struct vmt_fit *fit)
{
	struct fit_state s = {size_bytes, align, fit};

	memset(fit, 0, sizeof(*fit));
	fit->short_bytes = UINT64_MAX;
	walk_region(gaps, region, try_hole, NULL, &s);
	if (fit->times)
		fit->short_bytes = 0;
	else if (fit->short_bytes == UINT64_MAX) /* no hole at all */
		fit->short_bytes = size_bytes;
}
