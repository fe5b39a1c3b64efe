// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the kernel puts areas: the vmalloc range and that of modules. */
#include <string.h>

#include "kern_priv.h"

/* arch/x86/include/asm/pgtable_64_types.h, 5.10 to 7.2 */
#define X86_TEXT_MAP	UINT64_C(0xffffffff80000000) /* __START_KERNEL_map */
#define X86_MODULES_END UINT64_C(0xffffffffff000000)

static void add(struct vmt_window windows[VMT_WINDOWS], size_t *n, const char *name, uint64_t start,
		uint64_t end)
{
	if (start && end > start && *n < VMT_WINDOWS)
		windows[(*n)++] = (struct vmt_window){name, start, end};
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

/* Without KASLR of memory regions vmalloc_base is a constant, and the variable holds it too. */
static size_t windows_of_x86(struct vmt_kern *kern, struct vmt_window windows[VMT_WINDOWS])
{
	uint64_t start = kern->pgt.vmalloc_start, image = number(kern, "NUMBER(KERNEL_IMAGE_SIZE)");
	size_t n = 0;

	if (!start)
		start = value_of(kern, "vmalloc_base");
	/* VMALLOC_END is the last byte there. */
	if (start)
		add(windows, &n, "vmalloc", start, start + kern->pgt.vmalloc_bytes + 1);
	if (image && image < X86_MODULES_END - X86_TEXT_MAP)
		add(windows, &n, "modules", X86_TEXT_MAP + image, X86_MODULES_END);
	return n;
}

size_t vmt_kern_windows(struct vmt_kern *kern, struct vmt_window windows[VMT_WINDOWS])
{
	size_t n = 0;

	if (strcmp(kern->pgt.arch->machine, "x86_64") == 0)
		return windows_of_x86(kern, windows);
	/* arm64 6.1 tells the end alone: vmalloc begins where modules end. */
	add(windows, &n, "vmalloc",
	    kern->pgt.vmalloc_start ? kern->pgt.vmalloc_start : number(kern, "NUMBER(MODULES_END)"),
	    /* riscv's end is the last byte. */
	    vmt_num_round_up(number(kern, "NUMBER(VMALLOC_END)"), kern->about.page_size));
	add(windows, &n, "modules", number(kern, "NUMBER(MODULES_VADDR)"),
	    number(kern, "NUMBER(MODULES_END)"));
	return n;
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
