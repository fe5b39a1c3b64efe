// SPDX-License-Identifier: GPL-2.0-or-later
/** model, for itself: the extents behind vmt_gaps. */
#ifndef VMTOOL_MODEL_PRIV_H
#define VMTOOL_MODEL_PRIV_H

#include "vmtool/model.h"

/** vmt_extent.role: what matters for regions and alignment. */
enum vmt_role {
	VMT_ROLE_NONE,
	VMT_ROLE_MODULE, /* module code and data: allocated from the modules window where there is
			    one */
	VMT_ROLE_STATIC, /* static mapping of arm: may lie outside the vmalloc region */
	VMT_ROLE_STACK,
};

#define VMT_EXTENT_KINDS 256

struct vmt_gaps {
	struct vmt_extent *items;
	size_t n, cap;
	/* Numbers of items by address, after vmt_gaps_finish(); NULL: they stand so. */
	uint32_t *order;
	uint64_t page_size;
	/* What areas with one twin number have in common. */
	struct vmt_extent_kind {
		uint32_t twin;
		uint8_t role, align_log2;
	} kinds[VMT_EXTENT_KINDS];
	/* Gathered while areas are added, so that no pass over them is needed for it. */
	bool wide;		  /* 64-bit addresses */
	uint64_t busy, unordered; /* areas that are not unpurged; whose addresses make no range */
	uint64_t percpu_end;	  /* end of the highest percpu chunk */
	uint64_t stacks, stack_bits; /* stacks, and all bits of their starts */
	uint8_t stack_align;
	/* 1 when stacks are aligned to twice their size. */
	uint8_t stack_extra;
	struct vmt_region regions[VMT_REGIONS_MAX];
	size_t n_regions;
	uint64_t overlaps, repeats, alignment_bytes, alignment_holes;
};

/** Above this lie kernel image and modules of x86-64 and riscv64, and no vmalloc region. */
#define VMT_HIGH UINT64_C(0xffffffff00000000)

/** The i-th extent by address: vmt_gaps_at, where it is called for each extent. */
static inline const struct vmt_extent *extent_at(const struct vmt_gaps *gaps, size_t i)
{
	return &gaps->items[gaps->order ? gaps->order[i] : i];
}

/** Find the regions: names, bounds, why.  The extents are sorted. */
void vmt_regions_find(struct vmt_gaps *gaps, const struct vmt_facts *facts);
/** One more for the areas that lie in none. @return NULL when there is no such area. */
struct vmt_region *vmt_regions_rest(struct vmt_gaps *gaps);

#endif
