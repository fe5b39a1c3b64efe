// SPDX-License-Identifier: GPL-2.0-or-later
/** walk, for its two files. */
#ifndef VMTOOL_CMD_WALK_H
#define VMTOOL_CMD_WALK_H

#include "place.h"

struct walk {
	struct source src;
	struct view view;
	struct vmt_pgt *pgt;
	uint64_t page_size;
};

/** One address, and all that is found out about it. */
struct found {
	uint64_t va;
	enum vmt_rc rc;
	struct vmt_path path;
	struct vmt_place place;
	struct vmt_str module;
	struct vmt_symbol symbol;
	bool has_symbol;
	/** The address of an area that has the same page; 0: none is known. */
	uint64_t holder_va;
	char holder[800];
	char owner[1400], why[560], symbol_text[600];
};

/** Fill @f with all that is known of @va. @return false: out of memory. */
bool walk_find(struct walk *w, uint64_t va, struct found *f);
/** Is it known whether the address is mapped? */
bool walk_is_known(const struct found *f);

#endif
