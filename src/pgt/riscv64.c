// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * riscv64: Sv39, Sv48 and Sv57: 3 to 5 levels of 512 entries, 4 KiB pages, a leaf at any level
 * (arch/riscv/include/asm/pgtable-64.h and pgtable-bits.h, 6.1 to 7.2; the RISC-V privileged
 * architecture, chapter "Supervisor-Level ISA").  Extensions: Svnapot (64 KiB out of 16 equal
 * entries), Svpbmt (memory types), and what T-Head has in its place.
 */
#include "pgt_priv.h"

#define BIT(n)	 (UINT64_C(1) << (n))
#define VALID	 BIT(0)
#define READ	 BIT(1)
#define WRITE	 BIT(2)
#define EXEC	 BIT(3)
#define USER	 BIT(4)
#define GLOBAL	 BIT(5)
#define ACCESSED BIT(6)
#define DIRTY	 BIT(7)
#define SPECIAL	 BIT(8) /* of Linux */
#define SOFT9	 BIT(9)
#define PFN_FROM 10
#define PFN_MASK UINT64_C(0x003ffffffffffc00)
/* Svrsw60t59b leaves both to software. */
#define SOFT59	  BIT(59)
#define SOFT60	  BIT(60)
#define PBMT_FROM 61
#define PBMT_MASK (UINT64_C(3) << PBMT_FROM)
#define NAPOT	  BIT(63)
/* Of the page frame number of a NAPOT entry: 64 KiB, the one size that exists. */
#define NAPOT_PFN_MASK UINT64_C(0xf)
#define NAPOT_PFN      UINT64_C(0x8)

/*
 * T-Head's C9xx keep the memory type in 63:59 and have bit 60 set in every kernel mapping
 * (arch/riscv/include/asm/pgtable-64.h: _PAGE_PMA_THEAD and its kin); no other kernel mapping has.
 */
static bool is_thead(uint64_t raw)
{
	return raw & SOFT60;
}

/* With a frame that says no size N is a bit too many (malformed()): what the entry maps is told as
 * if it were not there, as with all others. */
static bool is_napot(uint64_t raw)
{
	return raw & NAPOT && !is_thead(raw) && (raw >> PFN_FROM & NAPOT_PFN_MASK) == NAPOT_PFN;
}

static enum vmt_rc find_root(struct vmt_pgt *pgt, const struct vmt_info *info, struct vmt_err *err)
{
	uint64_t root, offset, satp;

	if (vmt_info_hex(info, "SYMBOL(swapper_pg_dir)", &root) &&
	    vmt_info_number(info, "NUMBER(va_kernel_pa_offset)", &offset)) {
		pgt->root_pa = root - offset;
		return VMT_OK;
	}
	/* That of some process: the kernel's half is the same. */
	if (vmt_info_number(info, "NUMBER(satp)", &satp) && satp >> 60) {
		pgt->root_pa = (satp & (BIT(44) - 1)) << 12;
		return VMT_OK;
	}
	return vmt_pgt_lacks(err, vmt_info_hex(info, "SYMBOL(swapper_pg_dir)", &root)
					  ? "NUMBER(va_kernel_pa_offset)"
					  : "SYMBOL(swapper_pg_dir)");
}

static enum vmt_rc init(struct vmt_pgt *pgt, const struct vmt_info *info, struct vmt_err *err)
{
	uint64_t va_bits, end;

	if (!vmt_info_number(info, "NUMBER(VA_BITS)", &va_bits))
		return vmt_pgt_lacks(err, "NUMBER(VA_BITS)");
	if (va_bits != 39 && va_bits != 48 && va_bits != 57)
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "riscv64 with virtual addresses of %llu bits is not read",
				   (unsigned long long)va_bits);
	pgt->page_shift = 12;
	pgt->va_bits = (unsigned)va_bits;
	pgt->ones_from = pgt->va_bits - 1; /* canonical: the upper half */
	pgt->levels = (pgt->va_bits - 12) / 9;
	pgt->leaf_levels = (1u << pgt->levels) - 1;
	pgt->addr_mask = PFN_MASK;
	if (vmt_info_number(info, "NUMBER(VMALLOC_START)", &pgt->vmalloc_start) &&
	    vmt_info_number(info, "NUMBER(VMALLOC_END)", &end) && end > pgt->vmalloc_start)
		pgt->vmalloc_bytes = end - pgt->vmalloc_start;
	return find_root(pgt, info, err);
}

static struct vmt_entry decode(const struct vmt_pgt *pgt, int level, uint64_t raw)
{
	struct vmt_entry e = {VMT_ENTRY_NONE, (raw & PFN_MASK) >> PFN_FROM << 12};

	(void)pgt;
	/* To write what cannot be read is a form kept for later: the CPU faults. */
	if (!(raw & VALID) || (raw & (READ | WRITE)) == WRITE)
		return e;
	if (raw & (READ | EXEC))
		e.kind = VMT_ENTRY_LEAF;
	else if (level > 0)
		e.kind = VMT_ENTRY_TABLE;
	return e;
}

static unsigned rights(const struct vmt_pgt *pgt, enum vmt_entry_kind kind, uint64_t raw)
{
	unsigned r = 0;

	(void)pgt;
	/* Tables take no rights away. */
	if (kind == VMT_ENTRY_TABLE)
		return VMT_RIGHTS_ALL;
	if (raw & READ)
		r |= VMT_RIGHT_READ;
	if (raw & WRITE)
		r |= VMT_RIGHT_WRITE;
	if (raw & USER)
		r |= VMT_RIGHT_USER;
	/* The kernel never executes what is user space's. */
	if (raw & EXEC)
		r |= raw & USER ? VMT_RIGHT_USER_EXEC : VMT_RIGHT_EXEC;
	return r;
}

static enum vmt_memtype memtype(const struct vmt_pgt *pgt, int level, uint64_t raw)
{
	static const enum vmt_memtype pbmt[4] = {VMT_MEM_NORMAL, VMT_MEM_NC, VMT_MEM_IO,
						 VMT_MEM_UNKNOWN};

	(void)pgt;
	(void)level;
	/* T-Head: bit 63 strongly ordered, 62 cacheable, 61 bufferable. */
	if (is_thead(raw))
		return raw & BIT(62) ? VMT_MEM_NORMAL : raw & BIT(63) ? VMT_MEM_IO : VMT_MEM_NC;
	return pbmt[(raw & PBMT_MASK) >> PBMT_FROM];
}

static unsigned flags(const struct vmt_pgt *pgt, uint64_t raw)
{
	(void)pgt;
	return (is_napot(raw) ? VMT_LEAF_CONT : 0u) | (raw & GLOBAL ? VMT_LEAF_GLOBAL : 0u) |
	       (raw & ACCESSED ? VMT_LEAF_ACCESSED : 0u) | (raw & DIRTY ? VMT_LEAF_DIRTY : 0u) |
	       (raw & SPECIAL ? VMT_LEAF_SPECIAL : 0u);
}

/* @return the bits that any of them has. */
static inline uint64_t pas_of(const uint64_t *restrict raw, size_t n, uint64_t *restrict pas)
{
	uint64_t any = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t r = raw[i];
		/* V, and R without W, R with W, or X without W. */
		uint64_t leaf = r & ((r >> 1) | (r >> 3 & ~(r >> 2))) & 1;

		pas[i] = (r & PFN_MASK) << 2 | (leaf - 1);
		any |= r;
	}
	return any;
}

static void pas(const struct vmt_pgt *pgt, uint64_t va, const uint64_t *raw, size_t n,
		uint64_t *pas)
{
	uint64_t napot = 0;
	size_t done = 0;

	(void)pgt;
	for (; n - done >= VMT_BLOCK; done += VMT_BLOCK)
		napot |= pas_of(raw + done, VMT_BLOCK, pas + done);
	napot |= pas_of(raw + done, n - done, pas + done);
	/* Sixteen equal entries: which of the pages one is follows from its place. */
	for (size_t i = 0; napot & NAPOT && i < n; i++) {
		uint64_t at = va + i * 4096;

		if (pas[i] != VMT_PA_NONE && is_napot(raw[i]))
			pas[i] = (pas[i] & ~UINT64_C(0xffff)) | (at & UINT64_C(0xf000));
	}
}

static uint64_t unaligned(const struct vmt_pgt *pgt, int level, uint64_t raw)
{
	return raw & PFN_MASK & ((vmt_pgt_entry_bytes(pgt, level) - 1) >> 2);
}

/* N and PBMT of forms that do not exist; T-Head has another use for the bits. */
static uint64_t malformed(const struct vmt_pgt *pgt, int level, uint64_t raw)
{
	uint64_t bad = 0;

	(void)pgt;
	if (is_thead(raw))
		return 0;
	if (raw & NAPOT && (level > 0 || !is_napot(raw)))
		bad |= NAPOT;
	if ((raw & PBMT_MASK) == PBMT_MASK)
		bad |= PBMT_MASK;
	return bad;
}

#define LEAF  (1u << VMT_ENTRY_LEAF)
#define TABLE (1u << VMT_ENTRY_TABLE)
#define BOTH  (LEAF | TABLE)
#define ALL   0x1fu

static const struct vmt_bit bits[] = {
	{READ, READ, ALL, LEAF, "R"},	       {WRITE, WRITE, ALL, LEAF, "W"},
	{EXEC, EXEC, ALL, LEAF, "X"},	       {USER, USER, ALL, BOTH, "U"},
	{GLOBAL, GLOBAL, ALL, BOTH, "G"},      {ACCESSED, ACCESSED, ALL, BOTH, "A"},
	{DIRTY, DIRTY, ALL, BOTH, "D"},	       {SPECIAL, SPECIAL, ALL, BOTH, "special"},
	{SOFT9, SOFT9, ALL, BOTH, "soft9"},    {NAPOT | SOFT60, NAPOT, ALL, BOTH, "NAPOT"},
	{SOFT60, SOFT60, ALL, BOTH, "T-Head"}, {.word = NULL},
};

/* "D, A, U, PBMT and N of a table, and 58:54 of all are kept for later." */
static const struct vmt_reserved reserved[] = {
	{ALL, TABLE, DIRTY | ACCESSED | USER | PBMT_MASK | NAPOT},
	{ALL, BOTH, UINT64_C(0x07c0000000000000)},
	{.mask = 0},
};

static bool told(const struct vmt_info *info, const char *from, const char *to,
		 struct vmt_part *range)
{
	if (!vmt_info_number(info, from, &range->start) ||
	    !vmt_info_number(info, to, &range->end) || range->start >= range->end)
		return false;
	/* Of some kernels it is the last byte. */
	range->end = vmt_num_round_up(range->end, 4096);
	return true;
}

/* Documentation/arch/riscv/vm-layout.rst; told since 6.2. */
static size_t parts(const struct vmt_pgt *pgt, const struct vmt_info *info, struct vmt_part *parts)
{
	struct vmt_part r = {.name = "direct", .what = "direct map of RAM"};
	size_t n = 0;

	if (vmt_info_number(info, "NUMBER(PAGE_OFFSET)", &r.start)) {
		r.end = r.start + (UINT64_C(1) << (pgt->va_bits - 2));
		parts[n++] = r;
	}
	r = (struct vmt_part){.name = "vmalloc", .what = "vmalloc space"};
	if (told(info, "NUMBER(VMALLOC_START)", "NUMBER(VMALLOC_END)", &r))
		parts[n++] = r;
	r = (struct vmt_part){.name = "vmemmap", .what = "struct pages"};
	if (told(info, "NUMBER(VMEMMAP_START)", "NUMBER(VMEMMAP_END)", &r))
		parts[n++] = r;
	r = (struct vmt_part){.name = "modules", .what = "modules"};
	if (told(info, "NUMBER(MODULES_VADDR)", "NUMBER(MODULES_END)", &r))
		parts[n++] = r;
	r = (struct vmt_part){.name = "kernel", .what = "kernel image"};
	if (vmt_info_number(info, "NUMBER(KERNEL_LINK_ADDR)", &r.start))
		parts[n++] = r;
	return n;
}

const struct vmt_arch vmt_arch_riscv64 = {
	.machine = "riscv64",
	.init = init,
	.decode = decode,
	.rights = rights,
	.memtype = memtype,
	.flags = flags,
	.pas = pas,
	.unaligned = unaligned,
	.malformed = malformed,
	.loose_mask = ACCESSED | DIRTY | SOFT9 | SOFT59,
	.bits = bits,
	.reserved = reserved,
	.normal = "normal",
	.parts = parts,
};
