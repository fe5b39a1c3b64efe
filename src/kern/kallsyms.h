// SPDX-License-Identifier: GPL-2.0-or-later
/** Where the tables of kallsyms lie in the image, between who knows it and who reads them. */
#ifndef VMTOOL_KERN_KALLSYMS_H
#define VMTOOL_KERN_KALLSYMS_H

#include "kern_priv.h"

/** More symbols than any kernel has. */
#define KALLSYMS_MAX 4000000
/** 7.2 on riscv64 has 21 MB of names. */
#define KALLSYMS_NAMES_MAX (64u << 20)

/** Where addresses may be: 4 bytes each, with a base or without, or 8 (wide). */
struct kallsyms_addresses {
	uint64_t va, base_va;
	bool wide;
};

struct kallsyms_places {
	uint64_t n, num, names, table, index;
	/** Where the search found markers; not set when the places were told. */
	uint64_t marks;
	size_t marks_bytes;
	/** Those that may be right; the one that puts _stext where it is, is. */
	struct kallsyms_addresses tries[4];
	unsigned n_tries;
};

/** Look for them in the image. @return false: they are not there, or damaged. */
bool kallsyms_scan(struct vmt_kern *kern, struct kallsyms_places *at);

#endif
