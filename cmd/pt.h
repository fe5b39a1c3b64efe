// SPDX-License-Identifier: GPL-2.0-or-later
/** What the files of vmtool pt share. */
#ifndef VMTOOL_CMD_PT_H
#define VMTOOL_CMD_PT_H

#include "place.h"

enum { OPT_WRITABLE = OPT_OWN, OPT_EXEC, OPT_WX, OPT_HUGE, OPT_ALIAS, OPT_ENTRIES };

enum {
	PT_START,
	PT_END,
	PT_SIZE,
	PT_PAGE,
	PT_COUNT,
	PT_LEVEL,
	PT_RIGHTS,
	PT_TYPE,
	PT_FLAGS,
	PT_PHYS,
	PT_SCATTERED,
	PT_KIND,
	PT_OWNER,
	PT_OWNER_KIND,
	PT_MODULE,
	PT_RANGE,
	PT_TABLE,
	PT_SAME_AS,
	PT_ALIAS,
	PT_ALIAS_RIGHTS,
	PT_ALIAS_OWNER,
};

struct pt {
	struct source src;
	struct view view;
	struct vmt_pgt *pgt;
	/** As it was named, and what that is. */
	const char *range;
	struct bounds *bounds;
	size_t n_bounds;
	unsigned want;
	bool huge, alias, entries;
	struct vmt_census census;
	/** Rows of what is mapped, and of what could not be read. */
	uint64_t mapped_rows, unknown_rows;
};

/** A row: a span of one owner, and, with --alias, where else its frames are mapped. */
struct pt_row {
	struct vmt_span span;
	struct vmt_place place;
	const struct vmt_span *alias;
	struct vmt_place alias_place;
};

/** Do the filters that the walk does not know let it through? */
bool pt_wanted(const struct pt *x, const struct vmt_span *span);
/** The part of a span from @va on that has one owner. @return false: out of memory. */
bool pt_piece(struct pt *x, const struct vmt_span *span, uint64_t va, struct pt_row *row);
enum vmt_rc pt_put(struct pt *x, const struct pt_row *row);
/** All rows of --alias. */
enum vmt_rc pt_aliases(struct pt *x, struct vmt_err *err);

#endif
