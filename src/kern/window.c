// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the kernel puts areas, where they are known; and the direct map. */
#include <string.h>

#include "kern_priv.h"

size_t vmt_kern_windows(struct vmt_kern *kern, struct vmt_window windows[VMT_WINDOWS])
{
	const struct vmt_part *parts;
	size_t n_parts, n = 0;

	if (vmt_kern_parts(kern, &parts, &n_parts, NULL) != VMT_OK)
		return 0;
	for (size_t i = 0; i < n_parts && n < VMT_WINDOWS; i++) {
		const struct vmt_part *p = &parts[i];

		/* By what areas reach over, none of them would ever be out of bounds. */
		if (!p->guessed && p->end > p->start &&
		    (strcmp(p->name, "vmalloc") == 0 || strcmp(p->name, "modules") == 0))
			windows[n++] = (struct vmt_window){p->name, p->start, p->end};
	}
	return n;
}

/*
 * x86: page_offset_base; arm64: PAGE_OFFSET is -1 << VA_BITS, and PHYS_OFFSET is memstart_addr,
 * right modulo 2^64; riscv: kernel_map.va_pa_offset (arch/riscv/include/asm/page.h).
 */
enum vmt_rc vmt_kern_direct_va(struct vmt_kern *kern, uint64_t pa, uint64_t *va,
			       struct vmt_err *err)
{
	const char *machine = kern->pgt.arch->machine;
	uint64_t bits, phys, base = 0, vas[VMT_CANDIDATES];
	struct vmt_member m = {0};
	enum vmt_rc rc;

	if (strcmp(machine, "aarch64") == 0) {
		if (!vmt_info_number(kern->info, "NUMBER(VA_BITS)", &bits) || bits < 36 ||
		    bits > 52 || !vmt_info_number(kern->info, "NUMBER(PHYS_OFFSET)", &phys))
			return vmt_err_set(err, VMT_NONE, "VMCOREINFO has no PHYS_OFFSET");
		*va = pa - phys + (UINT64_MAX << bits);
		return VMT_OK;
	}
	if (strcmp(machine, "x86_64") == 0
		    ? !vmt_kern_symbol(kern, "page_offset_base", vas)
		    : !vmt_kern_symbol(kern, "kernel_map", vas) ||
			      vmt_kern_member(kern, "kernel_mapping", "va_pa_offset", &m) !=
				      VMT_OK) {
		(void)vmt_err_set(err, VMT_NONE, "nothing says where the direct map is");
		if (err)
			err->where = kern->lack.where;
		return VMT_NONE;
	}
	rc = vmt_kern_read_u64(kern, vas[0] + m.offset, &base, err);
	if (rc == VMT_OK && !base)
		return vmt_err_set(err, VMT_NONE, "the direct map is not set up yet");
	*va = pa + base;
	return rc;
}
