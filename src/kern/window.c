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

static uint64_t value_of(struct vmt_kern *kern, const char *name)
{
	uint64_t vas[VMT_CANDIDATES], v = 0;

	return vmt_kern_symbol(kern, name, vas) &&
			       vmt_kern_read_u64(kern, vas[0], &v, NULL) == VMT_OK
		       ? v
		       : 0;
}

static uint64_t number(const struct vmt_kern *kern, const char *key)
{
	uint64_t v;

	return vmt_info_number(kern->info, key, &v) ? v : 0;
}

/*
 * x86: page_offset_base; arm64: PAGE_OFFSET is -1 << VA_BITS, and PHYS_OFFSET is memstart_addr,
 * right modulo 2^64; riscv: kernel_map.va_pa_offset (arch/riscv/include/asm/page.h).
 */
bool vmt_kern_direct_va(struct vmt_kern *kern, uint64_t pa, uint64_t *va)
{
	const char *machine = kern->pgt.arch->machine;
	uint64_t bits = number(kern, "NUMBER(VA_BITS)"), phys, base, vas[VMT_CANDIDATES];
	struct vmt_member m;

	if (strcmp(machine, "x86_64") == 0) {
		base = value_of(kern, "page_offset_base");
		*va = base + pa;
		return base != 0;
	}
	if (strcmp(machine, "aarch64") == 0) {
		if (bits < 36 || bits > 52 ||
		    !vmt_info_number(kern->info, "NUMBER(PHYS_OFFSET)", &phys))
			return false;
		*va = pa - phys + (UINT64_MAX << bits);
		return true;
	}
	if (!vmt_kern_symbol(kern, "kernel_map", vas) ||
	    vmt_kern_member(kern, "kernel_mapping", "va_pa_offset", &m) != VMT_OK ||
	    vmt_kern_read_u64(kern, vas[0] + m.offset, &base, NULL) != VMT_OK)
		return false;
	*va = pa + base;
	return true;
}
