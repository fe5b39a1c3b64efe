// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guard page: why an area is larger than its pages.
 *
 * __get_vm_area_node (mm/vmalloc.c, 2.6.28 to 7.2) adds one unmapped page at the high end of an
 * area, so that running off its end faults, unless VM_NO_GUARD is given.  Size and range of
 * /proc/vmallocinfo include it.  The rules below see one line, or one record of a dump, and nothing
 * else; the first that matches decides.
 */
#include <string.h>

#include "vmtool/model.h"

/* arm64 maps its kernel image in segments aligned to this (arch/arm64/mm/mmu.c, SEGMENT_ALIGN). */
#define SEGMENT_ALIGN 65536

/* What is left of the size beside the pages. */
enum rest {
	REST_ANY,
	REST_ONE,
	REST_NONE,
	REST_MORE,
	REST_NEGATIVE,
	REST_SEGMENT_ONE,
	REST_SEGMENT,
	REST_PHYS
};

struct rule {
	const char *id;
	/* Words of the line, one of which must be there; 0: none needed. */
	uint32_t words;
	/* Whether pages= must be there: 1 yes, -1 no, 0 either. */
	int pages;
	/* Callers, space-separated function names; "-" is no caller at all; NULL: any. */
	const char *callers;
	enum rest rest;
	/* Whether there is a guard page, and how sure that is. */
	bool guard;
	enum vmt_grade grade;
	const char *why;
};

#define VMALLOC_OR_VMAP (VMT_AREA_VMALLOC | VMT_AREA_VMAP)

static const struct rule rules[] = {
	{"unpurged", VMT_AREA_UNPURGED, 0, NULL, REST_ANY, false, VMT_GRADE_UNKNOWABLE,
	 "freed: its range covers what was used and the guard, nothing is mapped"},
	{"vm_map_ram", VMT_AREA_VM_MAP_RAM, 0, NULL, REST_ANY, false, VMT_GRADE_KNOWN,
	 "vm_map_ram blocks and ranges have no guard page"},
	/* pages= counts what is mapped: vmalloc, and vmap that owns its pages (5.10+). */
	{"pages-one", VMALLOC_OR_VMAP, 1, NULL, REST_ONE, true, VMT_GRADE_KNOWN,
	 "size - pages x page size is one page"},
	{"pages-none", VMALLOC_OR_VMAP, 1, NULL, REST_NONE, false, VMT_GRADE_KNOWN,
	 "size is exactly its pages (VM_NO_GUARD, as KASAN shadow is)"},
	{"pages-cut", VMALLOC_OR_VMAP, 1, NULL, REST_MORE, true, VMT_GRADE_KNOWN,
	 "size exceeds the pages by more than the guard: shrunk by vrealloc (7.2+) or in flight"},
	{"pages-over", VMALLOC_OR_VMAP, 1, NULL, REST_NEGATIVE, false, VMT_GRADE_UNKNOWABLE,
	 "more pages than the size holds: a corrupt line, or another page size"},
	/* mm/percpu.c: chunks come from pcpu_get_vm_areas, which adds no guard. */
	{"percpu", VMT_AREA_VMALLOC, -1, "pcpu_get_vm_areas", REST_ANY, false, VMT_GRADE_INFERRED,
	 "percpu chunks have no guard page"},
	/* vm_area_register_early: percpu first chunk, Xen p2m. */
	{"early", VMT_AREA_VMALLOC, -1, "-", REST_ANY, false, VMT_GRADE_INFERRED,
	 "registered early in boot, without a guard page"},
	/* Kernel image: the data segment, the last, has a guard; the others touch. */
	{"image-last", VMT_AREA_VMAP, -1, NULL, REST_SEGMENT_ONE, true, VMT_GRADE_KNOWN,
	 "last segment of the kernel image: one page beyond a multiple of 64 KiB"},
	{"image", VMT_AREA_VMAP, -1, NULL, REST_SEGMENT, false, VMT_GRADE_KNOWN,
	 "kernel image segment: its size is a multiple of 64 KiB"},
	{"image-64k", VMT_AREA_VMAP, -1, NULL, REST_PHYS, false, VMT_GRADE_UNKNOWABLE,
	 "kernel image segment: only the last has a guard page, and this line does not tell which"},
	/* From a dump: what the kernel's own record says (vm_struct.flags). */
	{"flag-no-guard", VMT_AREA_NO_GUARD, 0, NULL, REST_ANY, false, VMT_GRADE_KNOWN,
	 "made without a guard page (VM_NO_GUARD)"},
	{"flag-guard", VMT_AREA_EXACT, 0, NULL, REST_ANY, true, VMT_GRADE_KNOWN,
	 "one guard page: VM_NO_GUARD is not set"},
	{"vmalloc-no-pages", VMT_AREA_VMALLOC, -1, NULL, REST_ANY, false, VMT_GRADE_UNKNOWABLE,
	 "vmalloc without pages=: in flight, or made by a caller that keeps its own pages"},
	/* arm: static mappings, arch/arm/mm/mmu.c and ioremap.c. */
	{"static", VMT_AREA_IOREMAP, -1, "iotable_init pci_reserve_io pmd_empty_section_gap",
	 REST_ANY, false, VMT_GRADE_INFERRED, "static mappings of arm have no guard page"},
	{"mapped", VMT_AREA_IOREMAP | VMT_AREA_VMAP | VMT_AREA_DMA_COHERENT | VMT_AREA_SPARSE, 0,
	 NULL, REST_ANY, true, VMT_GRADE_INFERRED,
	 "areas of this kind get one guard page (__get_vm_area_node)"},
	{"other", 0, 0, NULL, REST_ANY, false, VMT_GRADE_UNKNOWABLE,
	 "the line says nothing that would tell"},
};

static bool rest_is(enum rest rest, const struct vmt_area *a, uint64_t ps)
{
	uint64_t mapped;
	bool segment = a->flags & VMT_AREA_HAS_PHYS && ps < SEGMENT_ALIGN;

	/* Pages that do not fit in 64 bits fit in no area. */
	if (__builtin_mul_overflow(a->pages, ps, &mapped))
		return rest == REST_ANY || rest == REST_NEGATIVE;
	switch (rest) {
	case REST_ANY: return true;
	case REST_ONE: return a->size_bytes > mapped && a->size_bytes - mapped == ps;
	case REST_NONE: return a->size_bytes == mapped;
	case REST_MORE: return a->size_bytes > mapped && a->size_bytes - mapped > ps;
	/* Less than a page left over is no guard either. */
	case REST_NEGATIVE: return true;
	case REST_SEGMENT_ONE: return segment && a->size_bytes % SEGMENT_ALIGN == ps;
	case REST_PHYS: return a->flags & VMT_AREA_HAS_PHYS;
	case REST_SEGMENT: return segment && a->size_bytes % SEGMENT_ALIGN == 0;
	}
	return false;
}

static bool caller_is(const char *callers, const struct vmt_area *a)
{
	struct vmt_str list, name, function;

	if (!callers)
		return true;
	if (callers[0] == '-')
		return !a->caller.n;
	/* All of these names begin with i or p. */
	if (!a->caller.n || (a->caller.p[0] != 'p' && a->caller.p[0] != 'i'))
		return false;
	list = vmt_str(callers);
	function = vmt_caller_function(a->caller);
	while ((name = vmt_str_word(&list)).n) {
		if (vmt_str_eq(name, function))
			return true;
	}
	return false;
}

static bool matches(const struct rule *r, const struct vmt_area *a, uint64_t ps)
{
	bool has_pages = a->flags & VMT_AREA_HAS_PAGES && a->pages;

	if (r->words && !(a->flags & r->words))
		return false;
	if (r->pages && (r->pages > 0) != has_pages)
		return false;
	return rest_is(r->rest, a, ps) && caller_is(r->callers, a);
}

static void answer(const struct rule *r, const struct vmt_area *a, uint64_t ps, struct vmt_guard *g)
{
	uint64_t guard = r->guard && a->size_bytes >= ps ? ps : 0;
	uint64_t mapped = vmt_num_mul(a->pages, ps);

	*g = (struct vmt_guard){
		.guard_bytes = guard,
		.usable_bytes = a->size_bytes - guard,
		.grade = r->grade,
		.contradiction = r->rest == REST_NEGATIVE,
		.rule = r->id,
		.why = r->why,
	};
	if (r->rest == REST_MORE) {
		g->usable_bytes = mapped;
		g->cut_bytes = a->size_bytes - mapped - guard;
	}
}

static __attribute__((noinline)) void by_rules(const struct vmt_area *area, uint64_t page_size,
					       struct vmt_guard *guard)
{
	const struct rule *r = rules;

	while (!matches(r, area, page_size))
		r++;
	answer(r, area, page_size, guard);
}

void vmt_guard_of(const struct vmt_area *area, uint64_t page_size, struct vmt_guard *guard)
{
	/* Nearly every line of nearly every file: vmalloc with its pages and one more (pages-one).
	 */
	if (area->kind == VMT_KIND_VMALLOC && area->pages && area->pages < UINT32_MAX &&
	    area->size_bytes == (area->pages + 1) * page_size) {
		*guard = (struct vmt_guard){
			.guard_bytes = page_size,
			.usable_bytes = area->size_bytes - page_size,
			.grade = VMT_GRADE_KNOWN,
			.rule = rules[2].id,
			.why = rules[2].why,
		};
		return;
	}
	if (area->kind == VMT_KIND_UNPURGED) /* the first rule: busy machines have thousands */
		answer(&rules[0], area, page_size, guard);
	else
		by_rules(area, page_size, guard);
}

const char *vmt_grade_name(enum vmt_grade grade)
{
	static const char *const names[] = {"known", "inferred", "unknowable"};

	return names[grade];
}
