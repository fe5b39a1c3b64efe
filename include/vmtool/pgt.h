// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * pgt: page tables: how a kernel virtual address becomes a physical one.
 *
 * To add an architecture: one file src/pgt/<arch>.c with a const struct vmt_arch, one line in the
 * table of walk.c.  It says
 *   - what the machine is called (uname -m),
 *   - how levels, page size, root and the bits that are no address follow from VMCOREINFO,
 *   - what an entry of a level is: nothing, a table, a leaf; and where it points,
 *   - which addresses are kernel addresses.
 * Check it with a dump of each page size and number of levels, and with and without KASLR.
 */
#ifndef VMTOOL_PGT_H
#define VMTOOL_PGT_H

#include "vmtool/base.h"
#include "vmtool/mem.h"
#include "vmtool/model.h"

/** Levels counted from the leaf: 0 PTE, 1 PMD, 2 PUD, 3 P4D or PGD, 4 PGD. */
#define VMT_LEVELS_MAX 5

struct vmt_pgt;

enum vmt_entry_kind { VMT_ENTRY_NONE, VMT_ENTRY_TABLE, VMT_ENTRY_LEAF };

/** What an entry of a table is. */
struct vmt_entry {
	enum vmt_entry_kind kind;
	/** Physical address of the table, or of the first byte the leaf maps. */
	uint64_t pa;
};

struct vmt_arch {
	/** As uname -m has it. */
	const char *machine;
	/** Fill levels, page_shift, va_bits, root_pa, and what decode needs, from VMCOREINFO. */
	enum vmt_rc (*init)(struct vmt_pgt *pgt, const struct vmt_info *info, struct vmt_err *err);
	struct vmt_entry (*decode)(const struct vmt_pgt *pgt, int level, uint64_t raw);
};

/** Translations remembered: kernel structures lie close together. */
#define VMT_TLB 512

/** The page tables of one kernel (init_mm). */
struct vmt_pgt {
	const struct vmt_arch *arch;
	struct vmt_mem *mem;
	uint64_t root_pa;
	/** Entries of the root are indexed by all bits of the address up to this one. */
	unsigned va_bits;
	/** Kernel addresses have this bit and all above it set. */
	unsigned ones_from;
	unsigned levels;
	unsigned page_shift;
	/** Of vmalloc space; 0 where VMCOREINFO does not tell. */
	uint64_t vmalloc_start, vmalloc_bytes;
	/** Physical address bits of an entry. */
	uint64_t pa_mask;
	/** arm64: entries carry PA[51:48] or PA[51:50] in low bits: their shift, or 0. */
	unsigned high_from, high_to, high_bits;
	struct {
		uint64_t page, pa;
	} tlb[VMT_TLB];
};

/**
 * For the machine of an image, from its VMCOREINFO; nothing is read yet.
 * @return VMT_OK, VMT_UNSUPPORTED (no such architecture here) or VMT_NONE (VMCOREINFO does not say
 * enough: the message names what is missing).
 */
enum vmt_rc vmt_pgt_init(struct vmt_pgt *pgt, struct vmt_mem *mem, const struct vmt_info *info,
			 struct vmt_err *err);

/**
 * The physical address of @va.
 * @return VMT_OK; VMT_FAULT (not mapped, or no kernel address); VMT_EXCLUDED (a table page is not
 * in the image: nothing can be said); otherwise as vmt_mem_read.
 */
enum vmt_rc vmt_pgt_translate(struct vmt_pgt *pgt, uint64_t va, uint64_t *pa, struct vmt_err *err);

/** Read @n bytes at @va, across pages.  Answers as vmt_pgt_translate and vmt_mem_read. */
enum vmt_rc vmt_pgt_read(struct vmt_pgt *pgt, uint64_t va, void *buf, size_t n,
			 struct vmt_err *err);

#endif
