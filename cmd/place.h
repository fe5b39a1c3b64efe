// SPDX-License-Identifier: GPL-2.0-or-later
/** What commands share that ask about addresses: owners and rights in words, addresses and ranges
 * as the user names them. */
#ifndef VMTOOL_CMD_PLACE_H
#define VMTOOL_CMD_PLACE_H

#include "cmd.h"

/** The owner in few words: a caller, "guard page of ...", "direct map of RAM". @return @buf. */
const char *place_owner(const struct vmt_place *p, char *buf, size_t size);
/** The caller of an area, or its kind where it has none. */
struct vmt_str place_name(const struct vmt_karea *a);
/** The module of the area, or empty. */
struct vmt_str place_module(struct source *s, const struct vmt_place *p);

#define RIGHTS_TEXT 16
/** "rw-", "r-x", "rw- user". @return @buf. */
const char *rights_text(unsigned rights, char buf[RIGHTS_TEXT]);
/** Words for enum vmt_leaf_flag, those that last. */
struct vmt_str leaf_flags(unsigned flags);

/** Hexadecimal, with 0x or without; the tag of KASAN is taken off. */
bool address_parse(struct vmt_str s, uint64_t *va);

/** Half-open; an end of 0 is that of the address space. */
struct bounds {
	uint64_t start, end;
};

/** What is looked at when no range is named: where areas are. */
const char *bounds_usual(const struct source *s);
/**
 * `vmalloc,modules`, `all`, START-END or START+SIZE: sorted, without overlaps.
 * @out: malloc'ed. @return 0, or an exit code after a message.
 */
int bounds_parse(struct source *s, const struct run *r, const char *text, struct bounds **out,
		 size_t *n);

#endif
