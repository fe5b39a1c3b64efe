// SPDX-License-Identifier: GPL-2.0-or-later
/** Whether a frame is free in the buddy allocator. */
#ifndef VMTOOL_CHECK_BUDDY_H
#define VMTOOL_CHECK_BUDDY_H

#include "check_priv.h"

/** struct vmt_page_map.bytes is no more. */
#define PAGE_STRUCT_MAX 1024

struct buddy {
	const struct vmt_page_map *map;
	/** What the page type of the first frame of a free block is, and the bits that tell. */
	uint32_t value, mask;
	bool known;
	/** OFFSET(page.private), or VMT_FACT_NONE. */
	uint64_t order;
};

/** @map is borrowed. */
void buddy_learn(struct ctx *c, const struct vmt_page_map *map, struct buddy *b);
/** Is the frame of this struct page the first of a free block? */
bool buddy_is_head(const struct buddy *b, const unsigned char *page);
/**
 * The free block that holds @pfn. @return VMT_OK; VMT_NONE: none does; or why it is not known, for
 * want of what @err says.
 */
enum vmt_rc buddy_find(struct ctx *c, const struct buddy *b, uint64_t pfn, uint64_t *head,
		       unsigned *order, struct vmt_err *err);

#endif
