// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * x86_64: 4 or 5 levels of 512 entries, 4 KiB pages, leaves of 2 MiB and 1 GiB (arch/x86/include/
 * asm/pgtable_types.h, the same in 5.10 to 7.2).
 */
#include "pgt_priv.h"

#define BIT(n)	 (UINT64_C(1) << (n))
#define PRESENT	 BIT(0)
#define RW	 BIT(1)
#define USER	 BIT(2)
#define PWT	 BIT(3)
#define PCD	 BIT(4)
#define ACCESSED BIT(5)
#define DIRTY	 BIT(6)
#define PSE	 BIT(7) /* above the last level; there it is PAT */
#define GLOBAL	 BIT(8)
#define PAT_4K	 BIT(7)
#define PAT_BIG	 BIT(12)
#define NX	 BIT(63)
#define PA_MASK	 UINT64_C(0x000ffffffffff000)
#define TEXT_MAP UINT64_C(0xffffffff80000000) /* __START_KERNEL_map */
/* Software's own, protection keys: 11:9 and 62:57. */
#define SOFT UINT64_C(0x7e00000000000e00)

static enum vmt_rc init(struct vmt_pgt *pgt, const struct vmt_info *info, struct vmt_err *err)
{
	uint64_t root, phys_base, five = 0, sme = 0;

	/* init_top_pgt since 4.12, init_level4_pgt before; swapper_pg_dir is either by #define. */
	if (!vmt_info_hex(info, "SYMBOL(swapper_pg_dir)", &root) &&
	    !vmt_info_hex(info, "SYMBOL(init_top_pgt)", &root) &&
	    !vmt_info_hex(info, "SYMBOL(init_level4_pgt)", &root))
		return vmt_pgt_lacks(err, "SYMBOL(swapper_pg_dir)");
	if (!vmt_info_number(info, "NUMBER(phys_base)", &phys_base))
		return vmt_pgt_lacks(err, "NUMBER(phys_base)");
	(void)vmt_info_number(info, "NUMBER(pgtable_l5_enabled)", &five);
	(void)vmt_info_number(info, "NUMBER(sme_mask)", &sme);
	/* arch/x86/include/asm/pgtable_64_types.h: VMALLOC_SIZE_TB; the end is inclusive there. */
	(void)vmt_info_number(info, "NUMBER(VMALLOC_START)", &pgt->vmalloc_start);
	pgt->vmalloc_bytes = (five ? UINT64_C(12800) << 40 : UINT64_C(32) << 40) - 1;
	pgt->page_shift = 12;
	pgt->levels = five ? 5 : 4;
	pgt->va_bits = five ? 57 : 48;
	pgt->ones_from = pgt->va_bits - 1; /* canonical: the upper half */
	pgt->pa_mask = PA_MASK & ~sme;
	pgt->addr_mask = pgt->pa_mask;
	pgt->leaf_levels = 1 << 0 | 1 << 1 | 1 << 2;
	pgt->root_pa = root - TEXT_MAP + phys_base;
	return VMT_OK;
}

static struct vmt_entry decode(const struct vmt_pgt *pgt, int level, uint64_t raw)
{
	struct vmt_entry e = {VMT_ENTRY_NONE, raw & pgt->pa_mask};

	if (!(raw & PRESENT))
		return e;
	e.kind = level == 0 || (level <= 2 && raw & PSE) ? VMT_ENTRY_LEAF : VMT_ENTRY_TABLE;
	return e;
}

static unsigned rights(const struct vmt_pgt *pgt, enum vmt_entry_kind kind, uint64_t raw)
{
	unsigned r = VMT_RIGHT_READ;

	(void)pgt;
	(void)kind;
	if (raw & RW)
		r |= VMT_RIGHT_WRITE;
	if (!(raw & NX))
		r |= VMT_RIGHT_EXEC;
	if (raw & USER)
		r |= VMT_RIGHT_USER;
	if (raw & USER && !(raw & NX))
		r |= VMT_RIGHT_USER_EXEC;
	return r;
}

/* PAT as Linux programs it: arch/x86/mm/pat/memtype.c, pat_bp_init(), 4.2 to 7.2. */
static enum vmt_memtype memtype(const struct vmt_pgt *pgt, int level, uint64_t raw)
{
	static const enum vmt_memtype pat[8] = {
		VMT_MEM_NORMAL, VMT_MEM_WC, VMT_MEM_UC_MINUS, VMT_MEM_UC,
		VMT_MEM_NORMAL, VMT_MEM_WP, VMT_MEM_UC_MINUS, VMT_MEM_WT,
	};

	(void)pgt;
	return pat[(raw & (level ? PAT_BIG : PAT_4K) ? 4 : 0) | (raw & PCD ? 2 : 0) |
		   (raw & PWT ? 1 : 0)];
}

static unsigned flags(const struct vmt_pgt *pgt, uint64_t raw)
{
	(void)pgt;
	return (raw & GLOBAL ? VMT_LEAF_GLOBAL : 0u) | (raw & ACCESSED ? VMT_LEAF_ACCESSED : 0u) |
	       (raw & DIRTY ? VMT_LEAF_DIRTY : 0u);
}

static inline void pas_of(uint64_t mask, const uint64_t *restrict raw, size_t n,
			  uint64_t *restrict pas)
{
	for (size_t i = 0; i < n; i++)
		pas[i] = (raw[i] & mask) | ((raw[i] & PRESENT) - 1);
}

static void pas(const struct vmt_pgt *pgt, uint64_t va, const uint64_t *raw, size_t n,
		uint64_t *pas)
{
	uint64_t mask = pgt->pa_mask;
	size_t i = 0;

	(void)va;
	for (; n - i >= VMT_BLOCK; i += VMT_BLOCK)
		pas_of(mask, raw + i, VMT_BLOCK, pas + i);
	pas_of(mask, raw + i, n - i, pas + i);
}

static uint64_t unaligned(const struct vmt_pgt *pgt, int level, uint64_t raw)
{
	return raw & PA_MASK & (vmt_pgt_entry_bytes(pgt, level) - 1) & ~PAT_BIG;
}

#define LEAF  (1u << VMT_ENTRY_LEAF)
#define TABLE (1u << VMT_ENTRY_TABLE)
#define BOTH  (LEAF | TABLE)
#define ALL   0x1fu
#define UPPER 0x1eu

static const struct vmt_bit bits[] = {
	{RW, RW, ALL, BOTH, "RW"},
	{RW, 0, ALL, BOTH, "RO"},
	{NX, NX, ALL, BOTH, "NX"},
	{NX, 0, ALL, BOTH, "X"},
	{USER, USER, ALL, BOTH, "US"},
	{PWT, PWT, ALL, BOTH, "PWT"},
	{PCD, PCD, ALL, BOTH, "PCD"},
	{PAT_4K, PAT_4K, 1, LEAF, "PAT"},
	{PAT_BIG, PAT_BIG, UPPER, LEAF, "PAT"},
	{PSE, PSE, UPPER, BOTH, "PSE"},
	{ACCESSED, ACCESSED, ALL, BOTH, "A"},
	{DIRTY, DIRTY, ALL, LEAF, "D"},
	{GLOBAL, GLOBAL, ALL, LEAF, "G"},
	{BIT(9), BIT(9), ALL, BOTH, "soft9"},
	{BIT(10), BIT(10), ALL, BOTH, "soft10"},
	{BIT(11), BIT(11), ALL, BOTH, "soft11"},
	{BIT(57), BIT(57), ALL, BOTH, "soft57"},
	{BIT(58), BIT(58), ALL, BOTH, "soft58"},
	{.word = NULL},
};

/*
 * SDM 4.5: PS of a PML4 and PML5 entry.  Which physical address bits the machine has is not told
 * by its memory, so none of them is accused.
 */
static const struct vmt_reserved reserved[] = {
	{1u << 3 | 1u << 4, TABLE, PSE},
	{.mask = 0},
};

#define TIB(n) ((uint64_t)(n) << 40)

/*
 * Documentation/arch/x86/x86_64/mm.rst; the first three move with CONFIG_RANDOMIZE_MEMORY, and then
 * they follow each other more closely than their sizes say.
 */
static size_t parts(const struct vmt_pgt *pgt, const struct vmt_info *info, struct vmt_part *parts)
{
	bool five = pgt->levels == 5;
	uint64_t vmemmap = 0, image = 0;
	size_t n = 0;

	(void)vmt_info_hex(info, "SYMBOL(vmemmap)", &vmemmap);
	if (!vmt_info_number(info, "NUMBER(KERNEL_IMAGE_SIZE)", &image) || image > TIB(1))
		image = 512 << 20;
	parts[n++] = (struct vmt_part){
		.name = "direct",
		.what = "direct map of RAM",
		.variable = "page_offset_base",
		.bytes = five ? TIB(32 << 10) : TIB(64),
		.otherwise = five ? UINT64_C(0xff11000000000000) : UINT64_C(0xffff888000000000),
	};
	parts[n++] = (struct vmt_part){
		.name = "vmalloc",
		.what = "vmalloc space",
		.start = pgt->vmalloc_start,
		.variable = "vmalloc_base",
		.bytes = pgt->vmalloc_bytes + 1,
		.otherwise = five ? UINT64_C(0xffa0000000000000) : UINT64_C(0xffffc90000000000),
	};
	parts[n++] = (struct vmt_part){
		.name = "vmemmap",
		.what = "struct pages",
		.start = vmemmap,
		.variable = "vmemmap_base",
		.bytes = five ? TIB(512) : TIB(1),
		.otherwise = five ? UINT64_C(0xffd4000000000000) : UINT64_C(0xffffea0000000000),
	};
	parts[n++] = vmt_part_of("cpu_entry_area", "CPU entry areas", UINT64_C(0xfffffe0000000000),
				 UINT64_C(0xfffffe8000000000));
	parts[n++] = vmt_part_of("espfix", "espfix stacks", UINT64_C(0xffffff0000000000),
				 UINT64_C(0xffffff8000000000));
	parts[n++] = vmt_part_of("efi", "EFI runtime services", UINT64_C(0xffffffef00000000),
				 UINT64_C(0xffffffff00000000));
	parts[n++] = vmt_part_of("kernel", "kernel image", TEXT_MAP, TEXT_MAP + image);
	parts[n++] =
		vmt_part_of("modules", "modules", TEXT_MAP + image, UINT64_C(0xffffffffff000000));
	parts[n++] = vmt_part_of("fixmap", "fixed mappings", UINT64_C(0xffffffffff000000),
				 UINT64_C(0xffffffffffe00000));
	return n;
}

const struct vmt_arch vmt_arch_x86_64 = {
	.machine = "x86_64",
	.init = init,
	.decode = decode,
	.rights = rights,
	.memtype = memtype,
	.flags = flags,
	.pas = pas,
	.unaligned = unaligned,
	.loose_mask = ACCESSED | DIRTY | SOFT,
	/*
	 * __PHYSICAL_MASK (arch/x86/mm/pgtable.c, CONFIG_DYNAMIC_PHYSICAL_MASK, 4.18 to 7.2): the
	 * bit that says encrypted (SME, SEV) or shared (TDX, Hyper-V's vTOM) is taken off.
	 */
	.pa_variable = "physical_mask",
	.bits = bits,
	.reserved = reserved,
	.normal = "WB",
	.parts = parts,
};
