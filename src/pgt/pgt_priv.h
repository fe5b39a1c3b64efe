// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * pgt, for itself.  From the bottom up:
 *
 *   x86_64, aarch64, riscv64   what an entry says (struct vmt_arch)
 *   entry    one entry in words, the path of one address
 *   walk     an address to another, fast
 *   seen     table pages met before
 *   cursor   ranges, a table at a time
 *   span     ranges, leaf by leaf or merged
 */
#ifndef VMTOOL_PGT_PRIV_H
#define VMTOOL_PGT_PRIV_H

#include "vmtool/pgt.h"

extern const struct vmt_arch vmt_arch_x86_64, vmt_arch_aarch64, vmt_arch_riscv64;

/** Entries that are decoded at a time, without a branch: the compiler makes vectors of so many. */
#define VMT_BLOCK 16u

/** VMCOREINFO lacks @key: VMT_NONE and its message. */
enum vmt_rc vmt_pgt_lacks(struct vmt_err *err, const char *key);

/** Physical address of the first byte of the leaf at @va (where it begins). */
uint64_t vmt_pgt_leaf_pa(const struct vmt_pgt *pgt, int level, uint64_t va, uint64_t raw);

/** A part whose bounds are known. */
static inline struct vmt_part vmt_part_of(const char *name, const char *what, uint64_t start,
					  uint64_t end)
{
	return (struct vmt_part){.name = name, .what = what, .start = start, .end = end};
}

/* ---- seen: table pages, and the level and the address each was met at first ---- */

struct vmt_seen {
	struct vmt_seen_slot {
		/** Physical address of the table with its level + 1 below; 0: empty. */
		uint64_t key, va;
	} * slot, *added;
	/** Of @n so many cannot be read. */
	size_t n, cap, lost;
};

/**
 * Note that the table of @level at @table_pa maps @va.  *@first_va: where it was met first at that
 * level, @va itself when it is new or met there again; *@first_level: the level it was met at
 * first. @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_seen_add(struct vmt_seen *seen, int level, uint64_t table_pa, uint64_t va,
			 uint64_t *first_va, int *first_level);
/**
 * The table added last cannot be read.  Of many such no more are kept than of those that can: an
 * entry names one in 8 bytes of the image, and to keep it takes more.  One that is not kept is new
 * when it is met again, and leads nowhere as before.
 */
void vmt_seen_lost(struct vmt_seen *seen);
void vmt_seen_free(struct vmt_seen *seen);

/* ---- cursor ---- */

/** A table on the way to where the walk is. */
struct vmt_held {
	uint64_t *raw;
	bool valid;
	uint64_t pa, va;
	/** What the path above leaves. */
	unsigned rights;
};

struct vmt_cursor {
	struct vmt_pgt *pgt;
	struct vmt_cursor_opts opts;
	struct vmt_held held[VMT_LEVELS_MAX];
	struct vmt_seen seen;
	/** Where it goes on, and the last address of the range. */
	uint64_t at, last;
	bool done;
	/** Nothing is mapped from here to @at. */
	bool in_hole;
	uint64_t hole;
	/** The table that could not be entered last: why, and that it was told. */
	struct vmt_table barred;
	enum vmt_rc barred_rc;
	struct vmt_err why;
	/** Leaves: the stretch they are taken from and how far; pages of it that map nothing. */
	struct vmt_stretch rest;
	size_t rest_at;
	bool has_rest, has_gap;
	uint64_t gap, gap_bytes;
	/** Spans: the leaf behind the last. */
	struct vmt_span ahead;
	bool has_ahead;
};

#endif
