// SPDX-License-Identifier: GPL-2.0-or-later
/** explain: what was found, and the words around it. */
#ifndef VMTOOL_EXPLAIN_H
#define VMTOOL_EXPLAIN_H

#include "cmd.h"

struct explain {
	struct source src;
	struct view view;
	uint64_t page_size;
	struct vmt_areas *areas;
	struct vmt_groups *callers;
	struct vmt_gaps *gaps;
	/** Real addresses: the gaps are finished and holes are known. */
	bool real;
	/** Asked about the callers named; closed with the rest. */
	struct lookup lookup;
	bool symbols;
};

/** One area in words and numbers; @group may be NULL (freed areas have no caller). */
enum vmt_rc explain_area_text(struct explain *x, const struct vmt_area *a,
			      const struct vmt_guard *g, const struct vmt_group *group,
			      uint32_t owner, const struct vmt_answer *answer);
/** The callers that matched @glob, ranked. */
enum vmt_rc explain_callers_text(struct explain *x, const struct vmt_group *const *rows, size_t n,
				 const char *glob);

#endif
