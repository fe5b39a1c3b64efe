// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * x86_64: 4 or 5 levels of 512 entries, 4 KiB pages, leaves of 2 MiB and 1 GiB (arch/x86/include/
 * asm/pgtable_types.h, the same in 5.10 to 7.2).
 */
#include "pgt_priv.h"

#define PRESENT	 (UINT64_C(1) << 0)
#define PSE	 (UINT64_C(1) << 7)
#define PA_MASK	 UINT64_C(0x000ffffffffff000)
#define TEXT_MAP UINT64_C(0xffffffff80000000) /* __START_KERNEL_map */

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

const struct vmt_arch vmt_arch_x86_64 = {.machine = "x86_64", .init = init, .decode = decode};
