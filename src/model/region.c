// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The regions the kernel allocates from, found from the areas and VmallocTotal alone.  What cannot
 * be told is left open: the space between regions is never a hole.
 *
 * Layouts: arch/x86/include/asm/pgtable_{32,64}_areas.h, arch/arm64/include/asm/memory.h,
 * arch/arm/include/asm/memory.h and pgtable.h, arch/riscv/include/asm/pgtable.h (5.10 to 7.2).
 */
#include <string.h>

#include "model_priv.h"

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

/* x86-64: modules end here; they begin above the 512 MiB or, with KASLR, 1 GiB of the image. */
#define X86_MODULES_LOW	  UINT64_C(0xffffffffa0000000)
#define X86_MODULES_KASLR UINT64_C(0xffffffffc0000000)
#define X86_MODULES_END	  UINT64_C(0xffffffffff000000)

/* arm: VMALLOC_END since 4.4. */
#define ARM_VMALLOC_END UINT64_C(0xff800000)

/* What the extents say at a glance.  All addresses; 0 when there is none. */
struct view {
	const struct vmt_gaps *gaps;
	uint64_t total; /* VmallocTotal, 0: not known */
	bool highmem, highmem_known, wide, x86_64;
	uint64_t percpu_end; /* end of the highest percpu chunk */
	uint64_t arm_offset; /* PAGE_OFFSET of arm, when modules lie just below it */
};

static bool is_busy(const struct vmt_extent *e)
{
	return e->kind != VMT_KIND_UNPURGED;
}

static bool counts(const struct vmt_extent *e, enum vmt_role skip)
{
	return is_busy(e) && (skip == VMT_ROLE_NONE || e->role != skip);
}

/* First start and last end of the busy areas that begin in [lo, hi), without those of @skip. */
static bool span_of(const struct vmt_gaps *g, uint64_t lo, uint64_t hi, enum vmt_role skip,
		    uint64_t *start, uint64_t *end)
{
	size_t i = vmt_gaps_lower_bound(g, lo), n = vmt_gaps_lower_bound(g, hi);

	*start = UINT64_MAX;
	*end = 0;
	while (i < n && !counts(extent_at(g, i), skip))
		i++;
	if (i == n)
		return false;
	*start = extent_at(g, i)->start;
	/* The last area ends last, but where areas overlap. */
	for (; n > i; n--) {
		const struct vmt_extent *e = extent_at(g, n - 1);

		if (!counts(e, skip))
			continue;
		if (e->end > *end)
			*end = e->end;
		if (!g->overlaps)
			break;
	}
	return true;
}

/* arm keeps modules in the 16 MiB (Thumb-2: 8 MiB) below PAGE_OFFSET. */
static uint64_t find_arm_offset(const struct vmt_gaps *g)
{
	static const uint64_t offsets[] = {0xc0000000, 0xb0000000, 0x80000000, 0x40000000};

	for (size_t k = 0; k < sizeof(offsets) / sizeof(offsets[0]); k++) {
		size_t i = vmt_gaps_lower_bound(g, offsets[k] - MIB(16));

		for (; i < g->n && extent_at(g, i)->start < offsets[k]; i++) {
			if (extent_at(g, i)->role == VMT_ROLE_MODULE)
				return offsets[k];
		}
	}
	return 0;
}

static struct view look(const struct vmt_gaps *g, const struct vmt_facts *facts)
{
	struct view v = {
		.gaps = g,
		.highmem = facts->highmem,
		.highmem_known = facts->mem_total != VMT_FACT_NONE,
		.wide = g->wide,
		.percpu_end = g->percpu_end,
	};

	if (facts->vmalloc_total != VMT_FACT_NONE)
		v.total = facts->vmalloc_total;
	/* VMALLOC_END of x86-64 is the last byte, so VmallocTotal is 1 KiB short of a round number.
	 */
	v.x86_64 = v.wide && v.total && (v.total + KIB(1)) % GIB(1) == 0;
	if (!v.wide)
		v.arm_offset = find_arm_offset(g);
	return v;
}

/* Every busy area in [lo, hi) lies in [start, end). */
static bool holds_all(const struct vmt_gaps *g, uint64_t lo, uint64_t hi, uint64_t start,
		      uint64_t end)
{
	uint64_t first, last;

	return !span_of(g, lo, hi, VMT_ROLE_STATIC, &first, &last) ||
	       (first >= start && last <= end);
}

static bool set(struct vmt_region *r, uint64_t start, uint64_t end, const char *why)
{
	r->start = start;
	r->end = end;
	r->bounds = VMT_BOUNDS_INFERRED;
	r->why = why;
	return true;
}

/* Where the areas below the vmalloc region may begin: modules of arm64 and arm. */
static uint64_t modules_below(const struct view *v, uint64_t vmalloc_start)
{
	if (v->arm_offset)
		return v->arm_offset - MIB(16);
	return v->wide ? vmalloc_start & ~(GIB(4) - 1) : vmalloc_start;
}

static bool bounds_by_percpu(const struct view *v, struct vmt_region *r)
{
	uint64_t end = v->percpu_end, start = end - v->total, first, last;

	if (!v->percpu_end || !v->total || v->total >= end)
		return false;
	if (!span_of(v->gaps, start, end, VMT_ROLE_NONE, &first, &last) ||
	    !holds_all(v->gaps, 0, VMT_HIGH, modules_below(v, start), end))
		return false;
	/* Below the region there may only be the modules window. */
	if (v->arm_offset && !holds_all(v->gaps, v->arm_offset, VMT_HIGH, start, end))
		return false;
	return set(r, start, end,
		   "percpu chunks are allocated downwards from its end; its size is VmallocTotal");
}

static bool bounds_of_vmalloc(const struct view *v, struct vmt_region *r)
{
	uint64_t first, last, start, end;

	if (!v->total) {
		r->why = "VmallocTotal of /proc/meminfo would tell its size";
		return false;
	}
	if (v->x86_64 && span_of(v->gaps, 0, VMT_HIGH, VMT_ROLE_NONE, &first, &last)) {
		start = first & ~(GIB(1) - 1);
		end = start + v->total + KIB(1);
		if (last <= end)
			return set(r, start, end,
				   "x86-64: begins on the 1 GiB boundary below the first area; its "
				   "size is VmallocTotal");
	} else if (bounds_by_percpu(v, r)) {
		return true;
	} else if (v->arm_offset) {
		end = ARM_VMALLOC_END;
		start = end - v->total;
		if (v->total < end && holds_all(v->gaps, v->arm_offset, VMT_HIGH, start, end))
			return set(r, start, end,
				   "arm: ends at 0xff800000; its size is VmallocTotal");
	}
	r->why = "the areas and VmallocTotal do not tell where it begins";
	return false;
}

static struct vmt_region *add_region(struct vmt_gaps *g, const char *name)
{
	struct vmt_region *r = &g->regions[g->n_regions++];

	memset(r, 0, sizeof(*r));
	r->name = name;
	r->has_holes = true;
	r->below = r->above = UINT32_MAX;
	return r;
}

/* Bounds by the first and last area. */
static void set_open(struct vmt_region *r, uint64_t start, uint64_t end, const char *why)
{
	r->bounds = VMT_BOUNDS_UNKNOWN;
	r->start = start;
	r->end = end;
	r->why = why;
}

static void find_vmalloc(struct vmt_gaps *g, const struct view *v)
{
	struct vmt_region *r = add_region(g, "vmalloc");
	uint64_t lo = v->arm_offset, start, end;

	if (bounds_of_vmalloc(v, r))
		return;
	if (span_of(g, lo, v->wide ? VMT_HIGH : UINT64_MAX, VMT_ROLE_STATIC, &start, &end))
		set_open(r, start, end, r->why);
	else
		g->n_regions--;
	/* More than the region can hold is not one region: nothing can be said of its holes. */
	if (r->end > r->start && v->total && r->end - r->start > v->total)
		r->has_holes = false;
}

static void find_high_modules(struct vmt_gaps *g, const struct view *v, uint64_t start,
			      uint64_t end)
{
	struct vmt_region *r = add_region(g, "modules");

	if (v->x86_64 && start >= X86_MODULES_LOW && end <= X86_MODULES_END)
		set(r, start >= X86_MODULES_KASLR ? X86_MODULES_KASLR : X86_MODULES_LOW,
		    X86_MODULES_END,
		    "x86-64: from the end of the kernel image window to 0xffffffffff000000");
	else
		set_open(r, start, end, "its bounds depend on where the kernel image lies");
}

/* Module areas inside the vmalloc region: arm64 under KASLR. */
static void find_inner_modules(struct vmt_gaps *g)
{
	const struct vmt_region *outer = &g->regions[0];
	uint64_t start = UINT64_MAX, end = 0;
	struct vmt_region *r;

	for (size_t i = 0; i < g->n; i++) {
		const struct vmt_extent *e = extent_at(g, i);

		if (e->role != VMT_ROLE_MODULE || !is_busy(e))
			continue;
		if (e->start < start)
			start = e->start;
		if (e->end > end)
			end = e->end;
	}
	if (end <= start || start < outer->start || end > outer->end)
		return;
	r = add_region(g, "modules");
	r->inside = true;
	set_open(r, start, end, "near the kernel image, where KASLR put it: the text cannot tell");
	r->has_holes = end - start <= GIB(2);
}

static void find_modules(struct vmt_gaps *g, const struct view *v)
{
	const struct vmt_region *outer = &g->regions[0];
	uint64_t start, end, lo;
	struct vmt_region *r;

	if (v->wide && span_of(g, VMT_HIGH, UINT64_MAX, VMT_ROLE_NONE, &start, &end)) {
		find_high_modules(g, v, start, end);
	} else if (v->arm_offset && span_of(g, v->arm_offset - MIB(16), v->arm_offset,
					    VMT_ROLE_NONE, &start, &end)) {
		uint64_t top = v->arm_offset - (v->highmem ? MIB(2) : 0);

		r = add_region(g, "modules");
		if (!v->highmem_known)
			set_open(r, start, end,
				 "MemTotal and HighTotal of /proc/meminfo would tell its end");
		else if (start < v->arm_offset - MIB(8) && end <= top)
			set(r, v->arm_offset - MIB(16), top,
			    v->highmem ? "arm: 16 MiB below PAGE_OFFSET without the 2 MiB of kmap"
				       : "arm: 16 MiB below PAGE_OFFSET");
		else
			set_open(r, start, end,
				 "arm: 16 MiB below PAGE_OFFSET, Thumb-2 kernels 8 MiB");
	} else if (g->n_regions && outer->bounds == VMT_BOUNDS_INFERRED && v->wide && !v->x86_64) {
		lo = modules_below(v, outer->start);
		if (span_of(g, lo, outer->start, VMT_ROLE_NONE, &start, &end)) {
			r = add_region(g, "modules");
			set(r, lo, outer->start, "arm64 without KASLR: below the vmalloc region");
		} else {
			find_inner_modules(g);
		}
	}
}

/* What lies in no region: static mappings of arm in the linear map, and the like. */
struct vmt_region *vmt_regions_rest(struct vmt_gaps *g)
{
	uint64_t start = UINT64_MAX, end = 0, areas = 0;
	struct vmt_region *r;

	for (size_t i = 0; i < g->n; i++) {
		const struct vmt_extent *e = extent_at(g, i);
		bool inside = false;

		for (size_t k = 0; k < g->n_regions; k++)
			inside |= e->start >= g->regions[k].start && e->end <= g->regions[k].end;
		if (inside || !is_busy(e))
			continue;
		areas++;
		if (e->start < start)
			start = e->start;
		if (e->end > end)
			end = e->end;
	}
	if (!areas)
		return NULL;
	r = add_region(g, "static");
	set_open(r, start, end, "fixed mappings outside the regions vmalloc allocates from");
	r->has_holes = false;
	return r;
}

void vmt_regions_find(struct vmt_gaps *gaps, const struct vmt_facts *facts)
{
	struct view v = look(gaps, facts);

	gaps->n_regions = 0;
	find_vmalloc(gaps, &v);
	find_modules(gaps, &v);
}
