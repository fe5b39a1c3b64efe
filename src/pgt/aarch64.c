// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64: granules of 4, 16 and 64 KiB, as many levels as the virtual address needs, blocks above
 * the last (arch/arm64/include/asm/pgtable-hwdef.h, 5.10 to 7.2; Arm ARM D8).
 */
#include "pgt_priv.h"

#define BIT(n)	   (UINT64_C(1) << (n))
#define VALID	   BIT(0)
#define TABLE_BIT  BIT(1) /* of the last level: a page */
#define EL0	   BIT(6) /* AP[1] */
#define READ_ONLY  BIT(7) /* AP[2] */
#define ACCESSED   BIT(10)
#define NOT_GLOBAL BIT(11)
#define GUARDED	   BIT(50)
#define DBM	   BIT(51) /* PTE_WRITE: hardware, or Linux, may take READ_ONLY off */
#define CONT	   BIT(52)
#define PXN	   BIT(53)
#define UXN	   BIT(54)
#define DIRTY	   BIT(55) /* of Linux */
#define SPECIAL	   BIT(56) /* of Linux */
#define PXN_TABLE  BIT(59)
#define UXN_TABLE  BIT(60)
#define EL0_TABLE  BIT(61) /* APTable[0]: no access from EL0 below */
#define RO_TABLE   BIT(62) /* APTable[1]: no writes below */

/* Physical addresses of 52 bits keep their top bits low in the entry. */
static void high_bits(struct vmt_pgt *pgt)
{
	if (pgt->page_shift == 16) {
		/* LPA: PA[51:48] in bits 15:12; zero on machines without. */
		pgt->pa_mask = UINT64_C(0x0000ffffffff0000);
		pgt->high_from = 12;
		pgt->high_to = 48;
		pgt->high_bits = 4;
	} else if (pgt->va_bits > 48) {
		/* LPA2 (TCR_EL1.DS), used with addresses above 48 bits: PA[51:50] in bits 9:8. */
		pgt->pa_mask = UINT64_C(0x0003fffffffff000);
		pgt->high_from = 8;
		pgt->high_to = 50;
		pgt->high_bits = 2;
	} else {
		pgt->pa_mask = UINT64_C(0x0000fffffffff000);
	}
	pgt->pa_mask &= ~((UINT64_C(1) << pgt->page_shift) - 1);
	pgt->addr_mask = pgt->pa_mask | ((UINT64_C(1) << pgt->high_bits) - 1) << pgt->high_from;
}

/* Arm ARM D8.3.2: blocks of 1 GiB and 2 MiB, 32 MiB, 512 MiB; one level more with 52-bit PA. */
static void leaf_levels(struct vmt_pgt *pgt)
{
	bool wide = pgt->high_bits != 0;

	pgt->leaf_levels = pgt->page_shift == 12 ? 0x7 : 0x3;
	if (wide)
		pgt->leaf_levels |= pgt->page_shift == 12 ? 0x8 : 0x4;
}

static enum vmt_rc init(struct vmt_pgt *pgt, const struct vmt_info *info, struct vmt_err *err)
{
	uint64_t root, voffset, va_bits, t1sz, page_size, end;

	if (!vmt_info_hex(info, "SYMBOL(swapper_pg_dir)", &root))
		return vmt_pgt_lacks(err, "SYMBOL(swapper_pg_dir)");
	if (!vmt_info_number(info, "NUMBER(kimage_voffset)", &voffset))
		return vmt_pgt_lacks(err, "NUMBER(kimage_voffset)");
	if (!vmt_info_number(info, "PAGESIZE", &page_size) || !vmt_num_is_pow2(page_size) ||
	    page_size < 4096 || page_size > 65536)
		return vmt_pgt_lacks(err, "PAGESIZE");
	if (!vmt_info_number(info, "NUMBER(VA_BITS)", &va_bits))
		return vmt_pgt_lacks(err, "NUMBER(VA_BITS)");
	pgt->page_shift = (unsigned)__builtin_ctzll(page_size);
	/*
	 * VA_BITS is what the kernel was built for; the machine may have fewer, and T1SZ says so
	 * (5.9+).  With 64 KiB pages the table keeps its 52-bit form all the same (TTBR1 points
	 * into it: TTBR1_BADDR_4852_OFFSET), and addresses of 48 bits find their entries by their
	 * ones.
	 */
	if (pgt->page_shift != 16 && vmt_info_number(info, "NUMBER(TCR_EL1_T1SZ)", &t1sz))
		va_bits = 64 - (t1sz & 63);
	if (va_bits < 36 || va_bits > 52)
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "arm64 with virtual addresses of %llu bits is not read",
				   (unsigned long long)va_bits);
	pgt->va_bits = pgt->ones_from = (unsigned)va_bits; /* TTBR1 has all of them */
	pgt->levels =
		(pgt->va_bits - pgt->page_shift + pgt->page_shift - 4) / (pgt->page_shift - 3);
	/* 6.1 tells its end alone: it begins where modules end. */
	if ((vmt_info_number(info, "NUMBER(VMALLOC_START)", &pgt->vmalloc_start) ||
	     vmt_info_number(info, "NUMBER(MODULES_END)", &pgt->vmalloc_start)) &&
	    vmt_info_number(info, "NUMBER(VMALLOC_END)", &end) && end > pgt->vmalloc_start)
		pgt->vmalloc_bytes = end - pgt->vmalloc_start;
	/*
	 * "arm64: mm: Remove unused support for Normal-WT memory type" (5.14) gave indices 3 and up
	 * other meanings; the ranges are told since 6.0.
	 */
	pgt->mair_known = pgt->vmalloc_bytes != 0;
	high_bits(pgt);
	leaf_levels(pgt);
	pgt->root_pa = root - voffset;
	return VMT_OK;
}

static struct vmt_entry decode(const struct vmt_pgt *pgt, int level, uint64_t raw)
{
	uint64_t high = raw >> pgt->high_from & ((UINT64_C(1) << pgt->high_bits) - 1);
	struct vmt_entry e = {VMT_ENTRY_NONE, (raw & pgt->pa_mask) | high << pgt->high_to};

	if (!(raw & VALID))
		return e;
	if (level == 0)
		e.kind = raw & TABLE_BIT ? VMT_ENTRY_LEAF : VMT_ENTRY_NONE;
	else if (raw & TABLE_BIT)
		e.kind = VMT_ENTRY_TABLE;
	else if (pgt->leaf_levels >> level & 1)
		e.kind = VMT_ENTRY_LEAF;
	return e;
}

static unsigned rights(const struct vmt_pgt *pgt, enum vmt_entry_kind kind, uint64_t raw)
{
	unsigned r = VMT_RIGHTS_ALL;

	(void)pgt;
	if (kind == VMT_ENTRY_TABLE) {
		if (raw & RO_TABLE)
			r &= ~(unsigned)VMT_RIGHT_WRITE;
		if (raw & PXN_TABLE)
			r &= ~(unsigned)VMT_RIGHT_EXEC;
		if (raw & EL0_TABLE)
			r &= ~(unsigned)VMT_RIGHT_USER;
		if (raw & UXN_TABLE)
			r &= ~(unsigned)VMT_RIGHT_USER_EXEC;
		return r;
	}
	if (raw & READ_ONLY && !(raw & DBM))
		r &= ~(unsigned)VMT_RIGHT_WRITE;
	if (raw & PXN)
		r &= ~(unsigned)VMT_RIGHT_EXEC;
	if (!(raw & EL0))
		r &= ~(unsigned)VMT_RIGHT_USER;
	if (raw & UXN)
		r &= ~(unsigned)VMT_RIGHT_USER_EXEC;
	return r;
}

/* arch/arm64/include/asm/memory.h, MT_*. */
static enum vmt_memtype memtype(const struct vmt_pgt *pgt, int level, uint64_t raw)
{
	static const enum vmt_memtype known[8] = {
		VMT_MEM_NORMAL,	      VMT_MEM_TAGGED,  VMT_MEM_NC,	VMT_MEM_DEVICE_NGNRNE,
		VMT_MEM_DEVICE_NGNRE, VMT_MEM_UNKNOWN, VMT_MEM_UNKNOWN, VMT_MEM_UNKNOWN,
	};
	/* 3 was WT, 4 nGnRnE, 5 nGnRE, 6 GRE; then 3 nGnRnE, 4 nGnRE. */
	static const enum vmt_memtype older[8] = {
		VMT_MEM_NORMAL, VMT_MEM_TAGGED,	      VMT_MEM_NC,	  VMT_MEM_UNKNOWN,
		VMT_MEM_DEVICE, VMT_MEM_DEVICE_NGNRE, VMT_MEM_DEVICE_GRE, VMT_MEM_UNKNOWN,
	};

	(void)level;
	return (pgt->mair_known ? known : older)[raw >> 2 & 7];
}

static unsigned flags(const struct vmt_pgt *pgt, uint64_t raw)
{
	(void)pgt;
	return (raw & CONT ? VMT_LEAF_CONT : 0u) | (raw & NOT_GLOBAL ? 0u : VMT_LEAF_GLOBAL) |
	       (raw & ACCESSED ? VMT_LEAF_ACCESSED : 0u) | (raw & DIRTY ? VMT_LEAF_DIRTY : 0u) |
	       (raw & SPECIAL ? VMT_LEAF_SPECIAL : 0u);
}

static inline void pas_of(const struct vmt_pgt *pgt, const uint64_t *restrict raw, size_t n,
			  uint64_t *restrict pas)
{
	uint64_t mask = pgt->pa_mask, ones = (UINT64_C(1) << pgt->high_bits) - 1;
	unsigned from = pgt->high_from, to = pgt->high_to;

	for (size_t i = 0; i < n; i++)
		pas[i] = (raw[i] & mask) | (raw[i] >> from & ones) << to |
			 ((raw[i] & raw[i] >> 1 & 1) - 1);
}

static void pas(const struct vmt_pgt *pgt, uint64_t va, const uint64_t *raw, size_t n,
		uint64_t *pas)
{
	size_t i = 0;

	(void)va;
	for (; n - i >= VMT_BLOCK; i += VMT_BLOCK)
		pas_of(pgt, raw + i, VMT_BLOCK, pas + i);
	pas_of(pgt, raw + i, n - i, pas + i);
}

/* Bit 16 of a block is nT, no address. */
static uint64_t unaligned(const struct vmt_pgt *pgt, int level, uint64_t raw)
{
	return raw & pgt->pa_mask & (vmt_pgt_entry_bytes(pgt, level) - 1) & ~BIT(16);
}

#define LEAF  (1u << VMT_ENTRY_LEAF)
#define TABLE (1u << VMT_ENTRY_TABLE)
#define ALL   0x1fu

static const struct vmt_bit bits[] = {
	{READ_ONLY | DBM, 0, ALL, LEAF, "RW"},
	{READ_ONLY | DBM, DBM, ALL, LEAF, "RW DBM"},
	{READ_ONLY | DBM, READ_ONLY, ALL, LEAF, "RO"},
	{READ_ONLY | DBM, READ_ONLY | DBM, ALL, LEAF, "RW(clean) DBM"},
	{PXN, PXN, ALL, LEAF, "PXN"},
	{PXN, 0, ALL, LEAF, "X"},
	{UXN, UXN, ALL, LEAF, "UXN"},
	{EL0, EL0, ALL, LEAF, "EL0"},
	{CONT, CONT, ALL, LEAF, "CONT"},
	{GUARDED, GUARDED, ALL, LEAF, "GP"},
	{ACCESSED, ACCESSED, ALL, LEAF, "AF"},
	{NOT_GLOBAL, NOT_GLOBAL, ALL, LEAF, "nG"},
	{DIRTY, DIRTY, ALL, LEAF, "dirty"},
	{SPECIAL, SPECIAL, ALL, LEAF, "special"},
	{PXN_TABLE, PXN_TABLE, ALL, TABLE, "PXNTable"},
	{UXN_TABLE, UXN_TABLE, ALL, TABLE, "UXNTable"},
	{EL0_TABLE, EL0_TABLE, ALL, TABLE, "noEL0Table"},
	{RO_TABLE, RO_TABLE, ALL, TABLE, "ROTable"},
	{.word = NULL},
};

/*
 * Arm ARM D8.3: bits 50:48 of a table, 49:48 of a leaf (50 is GP), 15:12 of either, as far as they
 * hold no address.
 */
static const struct vmt_reserved reserved[] = {
	{ALL, TABLE, UINT64_C(0x000700000000f000)},
	{ALL, LEAF, UINT64_C(0x000300000000f000)},
	{.mask = 0},
};

#define GIB(n) ((uint64_t)(n) << 30)

/*
 * arch/arm64/include/asm/memory.h; the ranges are told since 6.0.  With KASLR modules lie where
 * arch/arm64/kernel/module.c (6.5+) or kaslr.c (before) put them, whatever is told.
 */
static size_t parts(const struct vmt_pgt *pgt, const struct vmt_info *info, struct vmt_part *parts)
{
	uint64_t start = 0, end = 0, va_bits = pgt->va_bits, least;
	size_t n = 0;

	(void)vmt_info_number(info, "NUMBER(VA_BITS)", &va_bits);
	least = va_bits <= 48 ? va_bits : pgt->page_shift == 14 ? 47 : 48;
	parts[n++] = vmt_part_of("direct", "direct map of RAM", vmt_pgt_first_va(pgt),
				 UINT64_MAX << (least - 1));
	parts[n++] = vmt_part_of("vmalloc", "vmalloc space", pgt->vmalloc_start,
				 pgt->vmalloc_start + pgt->vmalloc_bytes);
	if (vmt_info_number(info, "NUMBER(VMEMMAP_START)", &start) &&
	    vmt_info_number(info, "NUMBER(VMEMMAP_END)", &end))
		parts[n++] = vmt_part_of("vmemmap", "struct pages", start, end);
	if (vmt_info_number(info, "NUMBER(MODULES_VADDR)", &start) &&
	    vmt_info_number(info, "NUMBER(MODULES_END)", &end))
		parts[n++] = vmt_part_of("modules", "modules", start, end);
	parts[n++] = (struct vmt_part){.name = "modules",
				       .what = "modules",
				       .variable = "module_plt_base",
				       .bytes = GIB(2)};
	parts[n++] = (struct vmt_part){.name = "modules",
				       .what = "modules",
				       .variable = "module_direct_base",
				       .bytes = GIB(1) / 8};
	parts[n++] = (struct vmt_part){.name = "modules",
				       .what = "modules",
				       .variable = "module_alloc_base",
				       .bytes = GIB(1) / 8};
	return n;
}

const struct vmt_arch vmt_arch_aarch64 = {
	.machine = "aarch64",
	.init = init,
	.decode = decode,
	.rights = rights,
	.memtype = memtype,
	.flags = flags,
	.pas = pas,
	.unaligned = unaligned,
	.loose_mask = ACCESSED | DIRTY | BIT(57) | BIT(58),
	.bits = bits,
	.reserved = reserved,
	.normal = "normal",
	.parts = parts,
};
