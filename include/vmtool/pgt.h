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

/** What the kernel, or user space, may do.  Of a table entry: what it leaves to what is below. */
enum vmt_right {
	VMT_RIGHT_READ = 1,
	VMT_RIGHT_WRITE = 2,
	VMT_RIGHT_EXEC = 4,	  /* by the kernel */
	VMT_RIGHT_USER = 8,	  /* user space may use it as the kernel may */
	VMT_RIGHT_USER_EXEC = 16, /* arm64 tells it apart */
	VMT_RIGHTS_ALL = 31,
};

/** How memory is cached.  Linux' own meaning of the bits: PAT of x86, MAIR of arm64. */
enum vmt_memtype {
	VMT_MEM_NORMAL, /* write-back; riscv: as the machine says (PMA) */
	VMT_MEM_WC,
	VMT_MEM_WT,
	VMT_MEM_WP,
	VMT_MEM_UC_MINUS,
	VMT_MEM_UC,
	VMT_MEM_TAGGED, /* arm64 MTE */
	VMT_MEM_NC,	/* arm64, riscv Svpbmt */
	VMT_MEM_DEVICE, /* arm64: which kind is not told by the image */
	VMT_MEM_DEVICE_NGNRNE,
	VMT_MEM_DEVICE_NGNRE,
	VMT_MEM_DEVICE_GRE,
	VMT_MEM_IO,	 /* riscv Svpbmt */
	VMT_MEM_UNKNOWN, /* an index that Linux does not use */
};
/** "WB", "UC-", "device-nGnRE", ...; @machine because the plain kind has several names. */
const char *vmt_memtype_name(const struct vmt_pgt *pgt, enum vmt_memtype type);

/** More about a leaf. */
enum vmt_leaf_flag {
	VMT_LEAF_CONT = 1, /* arm64 contiguous bit, riscv Svnapot: part of a larger block */
	VMT_LEAF_GLOBAL = 2,
	VMT_LEAF_ACCESSED = 4,
	VMT_LEAF_DIRTY = 8,
	VMT_LEAF_SPECIAL = 16, /* no struct page behind it, says Linux */
};

/** A bit or field of an entry, in words. */
struct vmt_bit {
	uint64_t mask, value;
	/** Levels where it is meant: bit n for level n. */
	unsigned levels;
	/** 1 << VMT_ENTRY_TABLE, 1 << VMT_ENTRY_LEAF, or both. */
	unsigned kinds;
	const char *word;
};

/** Bits that must be 0: the CPU faults, or may, on an entry that has them. */
struct vmt_reserved {
	unsigned levels, kinds;
	uint64_t mask;
};

/** A part of kernel space that an architecture has a name for. */
struct vmt_part {
	/** "direct", "vmalloc", "modules", "vmemmap", "kernel", ...; names may repeat. */
	const char *name;
	/** For people: "direct map of RAM". */
	const char *what;
	/** Half-open; an end of 0 is that of the address space.  A start of 0: not known. */
	uint64_t start, end;
	/** Where it begins is in this variable of the kernel, and it is so long; NULL. */
	const char *variable;
	uint64_t bytes;
	/** Where it begins in kernels without that variable; 0: nowhere. */
	uint64_t otherwise;
	/** Nothing tells its bounds: it is what areas reach over. */
	bool guessed;
};
#define VMT_PARTS_MAX 16

struct vmt_arch {
	/** As uname -m has it. */
	const char *machine;
	/** Fill levels, page_shift, va_bits, root_pa, and what decode needs, from VMCOREINFO. */
	enum vmt_rc (*init)(struct vmt_pgt *pgt, const struct vmt_info *info, struct vmt_err *err);
	struct vmt_entry (*decode)(const struct vmt_pgt *pgt, int level, uint64_t raw);
	/** enum vmt_right of an entry alone. */
	unsigned (*rights)(const struct vmt_pgt *pgt, enum vmt_entry_kind kind, uint64_t raw);
	enum vmt_memtype (*memtype)(const struct vmt_pgt *pgt, int level, uint64_t raw);
	/** enum vmt_leaf_flag. */
	unsigned (*flags)(const struct vmt_pgt *pgt, uint64_t raw);
	/** Physical addresses of @n last-level entries, or VMT_PA_NONE; @va of the first. */
	void (*pas)(const struct vmt_pgt *pgt, uint64_t va, const uint64_t *raw, size_t n,
		    uint64_t *pas);
	/** Address bits set in a leaf above the last level that lie within what it maps. */
	uint64_t (*unaligned)(const struct vmt_pgt *pgt, int level, uint64_t raw);
	/** Bits of a leaf that do not go together; may be NULL. */
	uint64_t (*malformed)(const struct vmt_pgt *pgt, int level, uint64_t raw);
	/** Bits that are none of the entry's meaning: accessed, dirty, software's own. */
	uint64_t loose_mask;
	/** The kernel's variable of the address bits that entries have on this machine; or NULL. */
	const char *pa_variable;
	/** Ended by an empty one. */
	const struct vmt_bit *bits;
	const struct vmt_reserved *reserved;
	/** What VMT_MEM_NORMAL is called. */
	const char *normal;
	/** What VMCOREINFO and the architecture tell; at most VMT_PARTS_MAX. @return how many. */
	size_t (*parts)(const struct vmt_pgt *pgt, const struct vmt_info *info,
			struct vmt_part *parts);
};

/** Translations remembered: kernel structures lie close together; pages, and large leaves. */
#define VMT_TLB	      512
#define VMT_TLB_LARGE 64

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
	/** Bits of a raw entry that hold the address. */
	uint64_t addr_mask;
	/** Levels at which an entry may be a leaf: bit n for level n. */
	unsigned leaf_levels;
	/** arm64: the indices of MAIR are those of 5.14 and later; else what they mean is not told.
	 */
	bool mair_known;
	struct {
		uint64_t page, pa;
	} tlb[VMT_TLB];
	/** By what a leaf of the second level covers; bytes 0: none. */
	struct {
		uint64_t va, pa, bytes;
	} large[VMT_TLB_LARGE];
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

/** Forget translations: of a kernel that runs they grow old. */
void vmt_pgt_forget(struct vmt_pgt *pgt);
/**
 * Other bits of an entry than those of @mask are no address: by the variable that pa_variable of
 * the architecture names.  What cannot be such a mask changes nothing.
 */
void vmt_pgt_narrow(struct vmt_pgt *pgt, uint64_t mask);

/** Read @n bytes at @va, across pages.  Answers as vmt_pgt_translate and vmt_mem_read. */
enum vmt_rc vmt_pgt_read(struct vmt_pgt *pgt, uint64_t va, void *buf, size_t n,
			 struct vmt_err *err);

/* ---- geometry ------------------------------------------------------------------------------ */

/** Bytes that one entry of a level maps. */
static inline uint64_t vmt_pgt_entry_bytes(const struct vmt_pgt *pgt, int level)
{
	return UINT64_C(1) << (pgt->page_shift + (pgt->page_shift - 3) * (unsigned)level);
}

/** Entries of a table of a level; the root may have fewer than others. */
static inline size_t vmt_pgt_entries(const struct vmt_pgt *pgt, int level)
{
	unsigned bits = pgt->page_shift - 3;

	if ((unsigned)level + 1 == pgt->levels)
		bits = pgt->va_bits - pgt->page_shift - bits * (unsigned)level;
	return (size_t)1 << bits;
}

/** The entry of @va in its table of a level. */
static inline size_t vmt_pgt_index(const struct vmt_pgt *pgt, int level, uint64_t va)
{
	return (size_t)(va / vmt_pgt_entry_bytes(pgt, level)) & (vmt_pgt_entries(pgt, level) - 1);
}

/** The first address of kernel space. */
static inline uint64_t vmt_pgt_first_va(const struct vmt_pgt *pgt)
{
	return UINT64_MAX << pgt->ones_from;
}

/** "PGD", "P4D", "PUD", "PMD", "PTE": the root is PGD however many levels there are. */
const char *vmt_pgt_level_name(const struct vmt_pgt *pgt, int level);

/* ---- one entry ----------------------------------------------------------------------------- */

/** What an entry is, in words, each after a blank: " RW NX A D"; cut to fit. */
void vmt_pgt_words(const struct vmt_pgt *pgt, int level, uint64_t raw, char *buf, size_t size);

/** The bits set in an entry that must not be: reserved ones, and an address that is not aligned. */
uint64_t vmt_pgt_reserved(const struct vmt_pgt *pgt, int level, uint64_t raw);

/** Do two entries mean the same?  Accessed, dirty and software's own bits may differ. */
static inline bool vmt_pgt_same(const struct vmt_pgt *pgt, uint64_t a, uint64_t b)
{
	return !((a ^ b) & ~pgt->arch->loose_mask);
}

/* ---- the path of one address --------------------------------------------------------------- */

struct vmt_step {
	int level;
	/** Of the table, and of the entry in it. */
	uint64_t table_pa, entry_pa;
	/** VMT_OK: @raw was read; else why not. */
	enum vmt_rc rc;
	uint64_t raw;
	struct vmt_entry entry;
};

/** From the root down, as far as it goes. */
struct vmt_path {
	unsigned n;
	struct vmt_step step[VMT_LEVELS_MAX];
	/** With all of the path applied; meant when the walk was answered VMT_OK. */
	uint64_t pa, leaf_bytes;
	unsigned rights, flags;
	enum vmt_memtype memtype;
};

/**
 * All steps to @va, from the root at @root_pa (0: that of init_mm).
 * @return VMT_OK: mapped; otherwise as vmt_pgt_translate.  @path holds the steps in any case.
 */
enum vmt_rc vmt_pgt_path(struct vmt_pgt *pgt, uint64_t root_pa, uint64_t va, struct vmt_path *path,
			 struct vmt_err *err);

/** A whole table, vmt_pgt_entries() entries, into @raw.  Answers as vmt_mem_read. */
enum vmt_rc vmt_pgt_read_table(struct vmt_pgt *pgt, int level, uint64_t table_pa, uint64_t *raw,
			       struct vmt_err *err);

/* ---- ranges: stretches, a table at a time -------------------------------------------------- */

#define VMT_PA_NONE UINT64_MAX

enum vmt_stretch_kind {
	/** Nothing is mapped: every entry that could is 0 or not present. */
	VMT_STRETCH_HOLE,
	/** Entries of one table.  Of the last level some may map nothing. */
	VMT_STRETCH_LEAVES,
	/** A table cannot be read: @why. Nothing can be said of what it maps. */
	VMT_STRETCH_UNKNOWN,
	/** The table was met before under another address, and is not walked again. */
	VMT_STRETCH_CLONE,
};

struct vmt_stretch {
	enum vmt_stretch_kind kind;
	/** Not clipped: a large leaf may begin before the range and end behind it. */
	uint64_t va, bytes;
	/** Of the entries, or of the entries of the table that is unknown or a clone. */
	int level;
	/** The table, and enum vmt_right that the path above it leaves. */
	uint64_t table_pa;
	unsigned rights;
	/** LEAVES: raw entries, borrowed until the next call with the cursor; the first is @index.
	 */
	const uint64_t *raw;
	size_t n, index;
	/** UNKNOWN: VMT_EXCLUDED, VMT_FAULT (no such memory), ... and words, borrowed as @raw. */
	enum vmt_rc why;
	const struct vmt_err *err;
	/** CLONE: the address it was met under first. */
	uint64_t first_va;
};

/** A table page on the way. */
struct vmt_table {
	/** Of its entries. */
	int level;
	uint64_t table_pa, va, bytes;
	/** The entry that leads here: where it is (0: the root) and what it says. */
	uint64_t entry_pa, entry_raw;
	/** VMT_OK: @raw holds its @n entries; else why not. */
	enum vmt_rc rc;
	const uint64_t *raw;
	size_t n;
	/** Met before under another address, @first_va; @raw is NULL then. */
	bool again;
	uint64_t first_va;
	/** The level at which this page was met first: a sound one is of one level alone. */
	int first_level;
};

struct vmt_cursor_opts {
	/** 0: that of init_mm. */
	uint64_t root_pa;
	/**
	 * enum vmt_right that leaves must have, all of them: tables above which they are lost are
	 * not read.  With these no holes are told.  Stretches may hold entries that lack them,
	 * leaves and spans do not.
	 */
	unsigned want;
	/** Called for every table page when it is entered.  May be NULL. */
	void (*table)(void *arg, const struct vmt_table *table);
	void *arg;
	/** Spans: also end them where physical addresses do not go on. */
	bool contiguous;
};

/** A walk over ranges of kernel space.  Of one thread; several may walk one struct vmt_pgt. */
struct vmt_cursor;

/** @opts may be NULL; copied. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc vmt_cursor_open(struct vmt_cursor **out, struct vmt_pgt *pgt,
			    const struct vmt_cursor_opts *opts, struct vmt_err *err);
void vmt_cursor_close(struct vmt_cursor *cur);

/**
 * Walk [start, end) next, pages not clipped; @end 0 is the end of the address space.  What is below
 * kernel space is passed over.  Tables on the way to @start that were read last are not read again:
 * ranges in ascending order cost one read a table page.
 */
void vmt_cursor_seek(struct vmt_cursor *cur, uint64_t start, uint64_t end);

/** Forget tables that were read: memory may have changed (a live kernel). */
void vmt_cursor_forget(struct vmt_cursor *cur);

/** The next stretch. @return VMT_OK, VMT_NONE (the end of the range) or VMT_NOMEM. */
enum vmt_rc vmt_cursor_next(struct vmt_cursor *cur, struct vmt_stretch *stretch,
			    struct vmt_err *err);

/**
 * Physical addresses of entries @from to @from + @n of LEAVES, VMT_PA_NONE where nothing is mapped:
 * an element every vmt_pgt_entry_bytes() from stretch->va + @from of them.
 */
void vmt_stretch_pas(const struct vmt_pgt *pgt, const struct vmt_stretch *stretch, size_t from,
		     size_t n, uint64_t *pas);

/**
 * How many entries from @from on are like it but for their address: all map nothing, or all have
 * the same rights, memory type and flags.
 */
size_t vmt_stretch_alike(const struct vmt_pgt *pgt, const struct vmt_stretch *stretch, size_t from);

/* ---- ranges: leaves and spans -------------------------------------------------------------- */

/** Leaves with equal rights, level, memory type and flags; or a stretch of another kind. */
struct vmt_span {
	/** VMT_STRETCH_LEAVES: mapped. */
	enum vmt_stretch_kind kind;
	/** HOLE: clipped to the range; others not. */
	uint64_t va, bytes;
	/** How many leaves; of CLONE how many times the table was met again in a row. */
	uint64_t n;
	/** LEAVES: of the first byte; the others follow it only where contiguous is set. */
	uint64_t pa, leaf_bytes;
	bool contiguous;
	int level;
	/** enum vmt_right, the path applied; enum vmt_leaf_flag without accessed and dirty. */
	unsigned rights, flags;
	enum vmt_memtype memtype;
	/** The first raw entry. */
	uint64_t raw;
	/** As of struct vmt_stretch. */
	uint64_t table_pa, first_va;
	enum vmt_rc why;
};

/** One leaf of LEAVES; false where entry @i maps nothing. */
bool vmt_stretch_leaf(const struct vmt_pgt *pgt, const struct vmt_stretch *stretch, size_t i,
		      struct vmt_span *leaf);

/**
 * The next leaf, hole, unknown or cloned table, one by one; do not mix with vmt_cursor_next in one
 * range.  @return as vmt_cursor_next.
 */
enum vmt_rc vmt_cursor_leaf(struct vmt_cursor *cur, struct vmt_span *leaf, struct vmt_err *err);

/** The same with neighbours that are alike merged. */
enum vmt_rc vmt_cursor_span(struct vmt_cursor *cur, struct vmt_span *span, struct vmt_err *err);

/* ---- ranges: how much ---------------------------------------------------------------------- */

/** Sums over ranges; [level]. */
struct vmt_census {
	/** Leaves, those that are part of a contiguous block, and bytes they map. */
	uint64_t leaves[VMT_LEVELS_MAX], cont[VMT_LEVELS_MAX], mapped_bytes;
	/** Table pages of whose range all lies in those counted, read or not. */
	uint64_t tables[VMT_LEVELS_MAX];
	/** Tables that could not be read, and the address space of which nothing is known. */
	uint64_t unknown, unknown_bytes;
	/** Tables met again, not walked again. */
	uint64_t clones;
};

/** Add what [start, end) has. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc vmt_pgt_census(struct vmt_pgt *pgt, uint64_t start, uint64_t end,
			   struct vmt_census *census, struct vmt_err *err);

#endif
