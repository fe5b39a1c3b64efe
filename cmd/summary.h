// SPDX-License-Identifier: GPL-2.0-or-later
/** summary: the sums, and the prose around them. */
#ifndef VMTOOL_SUMMARY_H
#define VMTOOL_SUMMARY_H

#include "cmd.h"

#define SUMMARY_CALLERS 5

/** Everything summary says, computed. */
struct summary {
	struct source src;
	enum vmt_addr_state addresses;
	uint64_t page_size;
	enum vmt_page_size_from page_size_from;
	struct vmt_sums kinds[VMT_KIND_COUNT];
	/** All kinds but unpurged. */
	struct vmt_sums total;
	struct vmt_groups *callers, *nodes, *by_kind;
	/** Ranked rows of callers; borrowed from it. */
	const struct vmt_group **ranked;
	size_t n_ranked;
	struct vmt_gaps *gaps;
	/** Real addresses only. */
	uint64_t alignment_bytes, alignment_holes;
	/** Hashed addresses only. */
	struct vmt_chains chains;
	/** Only when the user named symbols: open, and a question for each caller shown. */
	struct lookup lookup;
	uint32_t ids[SUMMARY_CALLERS];
	/** Of an image: what page tables map where areas are, and what they cost. */
	bool has_census;
	struct vmt_census census;
	/** Bytes of RAM in buffers the read itself made. */
	uint64_t self_bytes;
};

/** What meminfo's VmallocUsed says about our sum of RAM. */
enum meminfo_verdict {
	MEMINFO_ABSENT,
	MEMINFO_AGREES,
	MEMINFO_COUNTS_SPACE, /* <= 4.3 counted address space */
	MEMINFO_ZERO,	      /* 4.4 to 5.2 print 0 */
	MEMINFO_DIFFERS,
};
enum meminfo_verdict summary_meminfo(const struct summary *s, const struct vmt_facts *facts,
				     uint64_t *apart);

/** The function that wanted a caller's memory; null without symbols. */
struct vmt_cell summary_owner(const struct summary *s, const struct vmt_group *g);

/** The page: header, answer, tables, what next. */
enum vmt_rc summary_print(struct summary *s, struct view *v, const struct run *r);
/** The rows of the kinds table, into an output whose rows have begun. */
enum vmt_rc summary_kind_rows(const struct summary *s, struct view *v, bool with_total);

#endif
