// SPDX-License-Identifier: GPL-2.0-or-later
/** One pass over the page tables of vmalloc space, area by area, for the checks that need it. */
#ifndef VMTOOL_CHECK_MAPPING_H
#define VMTOOL_CHECK_MAPPING_H

#include "check_priv.h"

#define POINTERS 512

struct mapping {
	struct ctx *c;
	struct vmt_pgt *pgt;
	struct vmt_cursor *cur;
	struct vmt_page_map map;
	/** NULL, or why struct pages mean nothing. */
	const char *no_map;
	struct vmt_err map_err;
	unsigned shift;
	/** Pointers to struct page of the area at hand: from @first on, @n of them. */
	uint64_t pointers[POINTERS], first, n;
	uint64_t pas[8192];
	/** Blocks of vm_map_ram by start, and the one at hand. */
	struct vmt_block *blocks;
	const struct vmt_block *block;
	size_t n_blocks;
	/** A bit for each of its pages: may be mapped; is.  Some of that could not be seen. */
	uint64_t in_use[VMT_BLOCK_PAGES / 64], there[VMT_BLOCK_PAGES / 64];
	bool block_lost;
	/** Where the last gap ended. */
	uint64_t at;
};

/** Called for each page that is mapped, and each run that is not, within the range. */
typedef void each_fn(struct mapping *m, const struct subject *s, uint64_t va,
		     const struct vmt_stretch *st, size_t i);
/** A table that cannot be read: nothing is known of [start, end). */
typedef void lost_fn(struct mapping *m, const struct subject *s, uint64_t start, uint64_t end,
		     const struct vmt_stretch *st);

/** Every present entry of [start, end), pages of large ones one by one only where they begin. */
enum vmt_rc each_mapped(struct mapping *m, const struct subject *s, uint64_t start, uint64_t end,
			each_fn *fn, lost_fn *lost);

/** V05 of one area. */
enum vmt_rc compare_area(struct mapping *m, const struct subject *s);
/** V06: guard of an area; a gap between areas. */
enum vmt_rc check_guard(struct mapping *m, const struct subject *s);
enum vmt_rc check_gap(struct mapping *m, uint64_t start, uint64_t end);

/** V05 and V06 within a block of vm_map_ram. */
enum vmt_rc blocks_read(struct mapping *m);
enum vmt_rc check_block(struct mapping *m, const struct subject *s);

#endif
