// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arm64: granules of 4, 16 and 64 KiB, as many levels as the virtual address needs, blocks above
 * the last (arch/arm64/include/asm/pgtable-hwdef.h, 5.10 to 7.2; Arm ARM D8).
 */
#include "pgt_priv.h"

#define VALID (UINT64_C(1) << 0)
#define TABLE (UINT64_C(1) << 1) /* of the last level: a page */

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
	if (vmt_info_number(info, "NUMBER(VMALLOC_START)", &pgt->vmalloc_start) &&
	    vmt_info_number(info, "NUMBER(VMALLOC_END)", &end) && end > pgt->vmalloc_start)
		pgt->vmalloc_bytes = end - pgt->vmalloc_start;
	high_bits(pgt);
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
		e.kind = raw & TABLE ? VMT_ENTRY_LEAF : VMT_ENTRY_NONE;
	else
		e.kind = raw & TABLE ? VMT_ENTRY_TABLE : VMT_ENTRY_LEAF;
	return e;
}

const struct vmt_arch vmt_arch_aarch64 = {.machine = "aarch64", .init = init, .decode = decode};
