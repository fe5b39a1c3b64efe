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
	add(windows, &n, "vmalloc", kern->pgt.vmalloc_start,
	    kern->pgt.vmalloc_start + kern->pgt.vmalloc_bytes);
	add(windows, &n, "modules", number(kern, "NUMBER(MODULES_VADDR)"),
	    number(kern, "NUMBER(MODULES_END)"));
	return n;
}
