// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is a frame free?  include/linux/page-flags.h, mm/page_alloc.c (5.10 to 7.2): the first frame of a
 * free block has a page type, and the order of the block in page.private.
 */
#include <string.h>

#include "buddy.h"

/* MAX_PAGE_ORDER: 10 as a rule, 13 with pages of 64 KiB (arch/arm64/Kconfig). */
#define ORDER_MAX 13u

static uint32_t load32(const unsigned char *page, uint64_t offset)
{
	uint32_t v;

	memcpy(&v, page + offset, sizeof(v));
	return v;
}

void buddy_learn(struct ctx *c, const struct vmt_page_map *map, struct buddy *b)
{
	const struct vmt_info *info = vmt_kern_info(c->kern);
	uint64_t v;

	*b = (struct buddy){.map = map, .order = VMT_FACT_NONE};
	b->known = map->mapcount != VMT_FACT_NONE &&
		   vmt_info_number(info, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", &v);
	if (!b->known)
		return;
	b->value = (uint32_t)v;
	/* 5.10 to 6.10: one bit clear; since then the top byte. */
	b->mask = b->value & 0xffffff ? 0xffffffff : 0xff000000;
	if (!vmt_info_number(info, "OFFSET(page.private)", &b->order) || b->order > map->bytes - 8)
		b->order = VMT_FACT_NONE;
}

bool buddy_is_head(const struct buddy *b, const unsigned char *page)
{
	return b->known && (load32(page, b->map->mapcount) & b->mask) == b->value;
}

enum vmt_rc buddy_find(struct ctx *c, const struct buddy *b, uint64_t pfn, uint64_t *head,
		       unsigned *order, struct vmt_err *err)
{
	unsigned char page[PAGE_STRUCT_MAX];
	enum vmt_rc missing = VMT_NONE;

	for (unsigned i = 0; b->known && i <= ORDER_MAX; i++) {
		uint64_t first = pfn & ~((UINT64_C(1) << i) - 1), of;
		struct vmt_err why = {0};
		enum vmt_rc rc = vmt_kern_read(c->kern, b->map->base + first * b->map->bytes, page,
					       b->map->bytes, &why);

		if (rc == VMT_NOMEM)
			return rc;
		/* Where there is no struct page, there is no block either. */
		if (rc != VMT_OK && rc != VMT_FAULT && missing == VMT_NONE) {
			missing = rc;
			*err = why;
		}
		if (rc != VMT_OK || !buddy_is_head(b, page) || (i && b->order == VMT_FACT_NONE))
			continue;
		of = i;
		if (b->order != VMT_FACT_NONE)
			memcpy(&of, page + b->order, sizeof(of));
		if (of < i || of > ORDER_MAX)
			continue;
		*head = first;
		*order = (unsigned)of;
		return VMT_OK;
	}
	return missing;
}
