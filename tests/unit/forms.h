// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The forms of a line by kernel version, with what each field must be.  Strings are NULL when they
 * must be empty.
 */
#ifndef VMTOOL_FORMS_H
#define VMTOOL_FORMS_H

#include "unit.h"

struct form {
	const char *line;
	uint64_t start, end, size, pages, phys;
	const char *caller, *module, *other, *nodes;
	uint32_t flags;
	enum vmt_kind kind;
	int digits;
};

/* A range and size that agree, for lines whose rest is of interest. */
#define W1     "0xffffc90000000000-0xffffc90000002000    8192"
#define N1     "0xf8800000-0xf8802000    8192"
#define W1_VAL .start = 0xffffc90000000000, .end = 0xffffc90000002000, .size = 8192, .digits = 16
#define N1_VAL .start = 0xf8800000, .end = 0xf8802000, .size = 8192, .digits = 8
#define PAGES  VMT_AREA_HAS_PAGES
#define PHYS   VMT_AREA_HAS_PHYS

/* 2.6.28 to 4.10: phys= without 0x and not padded; %p and %pK show real addresses. */
static const struct form early_forms[] __attribute__((unused)) = {
	{N1 " acpi_tb_verify_table+0x20/0x49 phys=bf7fa000 ioremap", N1_VAL, .phys = 0xbf7fa000,
	 .caller = "acpi_tb_verify_table+0x20/0x49", .flags = PHYS | VMT_AREA_IOREMAP,
	 .kind = VMT_KIND_IOREMAP},
	{W1 " hpet_enable+0x2f/0x26f phys=fed00000 ioremap", W1_VAL, .phys = 0xfed00000,
	 .caller = "hpet_enable+0x2f/0x26f", .flags = PHYS | VMT_AREA_IOREMAP,
	 .kind = VMT_KIND_IOREMAP},
	{W1 " msix_map_region+0x5/0x40 phys=4000000000 ioremap", W1_VAL, .phys = 0x4000000000,
	 .caller = "msix_map_region+0x5/0x40", .flags = PHYS | VMT_AREA_IOREMAP,
	 .kind = VMT_KIND_IOREMAP},
	{"0xffffc20000801000-0xffffc20000a02000 2101248 alloc_large_system_hash+0x148/0x1f9 "
	 "pages=512 vmalloc vpages N0=512",
	 .start = 0xffffc20000801000, .end = 0xffffc20000a02000, .size = 2101248, .pages = 512,
	 .caller = "alloc_large_system_hash+0x148/0x1f9", .nodes = "N0=512",
	 .flags = PAGES | VMT_AREA_VMALLOC | VMT_AREA_VPAGES, .kind = VMT_KIND_VMALLOC,
	 .digits = 16},
	/* Before 2.6.37 the caller's module had no brackets of its own here: same form. */
	{W1 " e1000_probe+0x2f6/0xcb0 [e1000] phys=0 ioremap", W1_VAL,
	 .caller = "e1000_probe+0x2f6/0xcb0", .module = "e1000", .flags = PHYS | VMT_AREA_IOREMAP,
	 .kind = VMT_KIND_IOREMAP},
};

static const struct form wide_forms[] __attribute__((unused)) = {
	{W1 " pci_iomap_range+0x6d/0xa0 phys=0x00000000fe000000 ioremap", W1_VAL,
	 .phys = 0xfe000000, .caller = "pci_iomap_range+0x6d/0xa0",
	 .flags = PHYS | VMT_AREA_IOREMAP, .kind = VMT_KIND_IOREMAP},
	{W1 " kernel_clone+0x94/0x3e0 pages=1 vmalloc N0=1", W1_VAL, .pages = 1,
	 .caller = "kernel_clone+0x94/0x3e0", .nodes = "N0=1", .flags = PAGES | VMT_AREA_VMALLOC,
	 .kind = VMT_KIND_VMALLOC},
	/* No CONFIG_NUMA. */
	{W1 " kernel_clone+0x94/0x3e0 pages=1 vmalloc", W1_VAL, .pages = 1,
	 .caller = "kernel_clone+0x94/0x3e0", .flags = PAGES | VMT_AREA_VMALLOC,
	 .kind = VMT_KIND_VMALLOC},
	{W1 " load_module+0xa90/0x21c8 [zfs] pages=1 vmalloc N0=1", W1_VAL, .pages = 1,
	 .caller = "load_module+0xa90/0x21c8", .module = "zfs", .nodes = "N0=1",
	 .flags = PAGES | VMT_AREA_VMALLOC, .kind = VMT_KIND_VMALLOC},
	{"0xffffc90000000000-0xffffc90000005000   20480 f+0x0/0x1 pages=4 vmalloc N0=3 N12=1",
	 .start = 0xffffc90000000000, .end = 0xffffc90000005000, .size = 20480, .pages = 4,
	 .caller = "f+0x0/0x1", .nodes = "N0=3 N12=1", .flags = PAGES | VMT_AREA_VMALLOC,
	 .kind = VMT_KIND_VMALLOC, .digits = 16},
	{W1 " irq_init_percpu_irqstack+0xca/0x100 vmap", W1_VAL,
	 .caller = "irq_init_percpu_irqstack+0xca/0x100", .flags = VMT_AREA_VMAP,
	 .kind = VMT_KIND_VMAP},
	/* 5.10: vmap that owns its pages. */
	{W1 " i915_gem_object_pin_map+0x1/0x2 [i915] pages=1 vmap N0=1", W1_VAL, .pages = 1,
	 .caller = "i915_gem_object_pin_map+0x1/0x2", .module = "i915", .nodes = "N0=1",
	 .flags = PAGES | VMT_AREA_VMAP, .kind = VMT_KIND_VMAP},
	/* arm64: a segment of the kernel image. */
	{W1 " paging_init+0x130/0x60c phys=0x0000000040210000 vmap", W1_VAL, .phys = 0x40210000,
	 .caller = "paging_init+0x130/0x60c", .flags = PHYS | VMT_AREA_VMAP,
	 .kind = VMT_KIND_IMAGE},
	{W1 " packet_set_ring+0x1/0x2 pages=1 vmalloc user N0=1", W1_VAL, .pages = 1,
	 .caller = "packet_set_ring+0x1/0x2", .nodes = "N0=1",
	 .flags = PAGES | VMT_AREA_VMALLOC | VMT_AREA_USER, .kind = VMT_KIND_VMALLOC},
	{W1 " dma_common_pages_remap+0x1/0x2 dma-coherent", W1_VAL,
	 .caller = "dma_common_pages_remap+0x1/0x2", .flags = VMT_AREA_DMA_COHERENT,
	 .kind = VMT_KIND_DMA_COHERENT},
	{W1 " dma_common_pages_remap+0x1/0x2 user dma-coherent", W1_VAL,
	 .caller = "dma_common_pages_remap+0x1/0x2", .flags = VMT_AREA_USER | VMT_AREA_DMA_COHERENT,
	 .kind = VMT_KIND_DMA_COHERENT},
	{"0xffffc90004000000-0xffffc90104011000 4295036928 arena_map_alloc+0xa9/0x1e0 sparse",
	 .start = 0xffffc90004000000, .end = 0xffffc90104011000, .size = UINT64_C(4295036928),
	 .caller = "arena_map_alloc+0xa9/0x1e0", .flags = VMT_AREA_SPARSE, .kind = VMT_KIND_SPARSE,
	 .digits = 16},
	/* vpages is about the array of page pointers: it may stand without pages=. */
	{W1 " f+0x0/0x1 vmalloc vpages", W1_VAL, .caller = "f+0x0/0x1",
	 .flags = VMT_AREA_VMALLOC | VMT_AREA_VPAGES, .kind = VMT_KIND_VMALLOC},
	/* Every word at once, in the kernel's order. */
	{W1 " f+0x0/0x1 pages=1 phys=0x0000000000001000 ioremap sparse vmalloc vmap user "
	    "dma-coherent vpages N0=1",
	 W1_VAL, .pages = 1, .phys = 0x1000, .caller = "f+0x0/0x1", .nodes = "N0=1",
	 .flags = PAGES | PHYS | VMT_AREA_IOREMAP | VMT_AREA_SPARSE | VMT_AREA_VMALLOC |
		  VMT_AREA_VMAP | VMT_AREA_USER | VMT_AREA_DMA_COHERENT | VMT_AREA_VPAGES,
	 .kind = VMT_KIND_IOREMAP},
	{"0xffffe8ffffc00000-0xffffe8ffffe00000 2097152 pcpu_get_vm_areas+0x0/0x1050 vmalloc",
	 .start = 0xffffe8ffffc00000, .end = 0xffffe8ffffe00000, .size = 2097152,
	 .caller = "pcpu_get_vm_areas+0x0/0x1050", .flags = VMT_AREA_VMALLOC,
	 .kind = VMT_KIND_PERCPU, .digits = 16},
	/* No symbol: freed init text, or kallsyms off. */
	{W1 " 0xffffffffc03a1234 pages=1 vmalloc N0=1", W1_VAL, .pages = 1,
	 .caller = "0xffffffffc03a1234", .nodes = "N0=1", .flags = PAGES | VMT_AREA_VMALLOC,
	 .kind = VMT_KIND_VMALLOC},
	/* Clones, LLVM's names, Rust, and an assembler's local name. */
	{W1 " dup_task_struct.isra.0+0x5c/0x3b8 pages=1 vmalloc", W1_VAL, .pages = 1,
	 .caller = "dup_task_struct.isra.0+0x5c/0x3b8", .flags = PAGES | VMT_AREA_VMALLOC,
	 .kind = VMT_KIND_VMALLOC},
	{W1 " f$abc.llvm.123456789+0x0/0x10 vmap", W1_VAL,
	 .caller = "f$abc.llvm.123456789+0x0/0x10", .flags = VMT_AREA_VMAP, .kind = VMT_KIND_VMAP},
	{W1 " _RNvMs_NtC6kernel5alloc+0x1c/0x40 [rust_mod] vmap", W1_VAL,
	 .caller = "_RNvMs_NtC6kernel5alloc+0x1c/0x40", .module = "rust_mod",
	 .flags = VMT_AREA_VMAP, .kind = VMT_KIND_VMAP},
	/* A caller that reads like a word of the line. */
	{W1 " vmalloc+0x5/0x10 pages=1 vmalloc", W1_VAL, .pages = 1, .caller = "vmalloc+0x5/0x10",
	 .flags = PAGES | VMT_AREA_VMALLOC, .kind = VMT_KIND_VMALLOC},
	/* pages=0 is not printed by any kernel, but says the same as none. */
	{W1 " f+0x0/0x1 pages=0 vmalloc", W1_VAL, .caller = "f+0x0/0x1",
	 .flags = PAGES | VMT_AREA_VMALLOC, .kind = VMT_KIND_VMALLOC},
	/* 7.2: pages= is %lu. */
	{W1 " f+0x0/0x1 pages=4294967296 vmalloc", W1_VAL, .pages = UINT64_C(4294967296),
	 .caller = "f+0x0/0x1", .flags = PAGES | VMT_AREA_VMALLOC, .kind = VMT_KIND_VMALLOC},
	/* Hashed: start and end have nothing to do with the size. */
	{"0x0000000032c56bfc-0x00000000ce88c5b0   20480 kernel_clone+0x94/0x3e0 pages=4 vmalloc "
	 "N0=4",
	 .start = 0x32c56bfc, .end = 0xce88c5b0, .size = 20480, .pages = 4,
	 .caller = "kernel_clone+0x94/0x3e0", .nodes = "N0=4", .flags = PAGES | VMT_AREA_VMALLOC,
	 .kind = VMT_KIND_VMALLOC, .digits = 16},
	/* kptr_restrict 2. */
	{"0x0000000000000000-0x0000000000000000   20480 kernel_clone+0x94/0x3e0 pages=4 vmalloc "
	 "N0=4",
	 .size = 20480, .pages = 4, .caller = "kernel_clone+0x94/0x3e0", .nodes = "N0=4",
	 .flags = PAGES | VMT_AREA_VMALLOC, .kind = VMT_KIND_VMALLOC, .digits = 16},
};

static const struct form narrow_forms[] __attribute__((unused)) = {
	{N1 " hpet_enable+0xc7/0x3dc phys=0xfed00000 ioremap", N1_VAL, .phys = 0xfed00000,
	 .caller = "hpet_enable+0xc7/0x3dc", .flags = PHYS | VMT_AREA_IOREMAP,
	 .kind = VMT_KIND_IOREMAP},
	/* PAE and LPAE: phys_addr_t has 64 bits. */
	{N1 " hpet_enable+0xc7/0x3dc phys=0x00000000fed00000 ioremap", N1_VAL, .phys = 0xfed00000,
	 .caller = "hpet_enable+0xc7/0x3dc", .flags = PHYS | VMT_AREA_IOREMAP,
	 .kind = VMT_KIND_IOREMAP},
	{N1 " load_module+0xa90/0x21c8 [ext4] pages=1 vmalloc", N1_VAL, .pages = 1,
	 .caller = "load_module+0xa90/0x21c8", .module = "ext4", .flags = PAGES | VMT_AREA_VMALLOC,
	 .kind = VMT_KIND_VMALLOC},
	{N1 " 0xc1234567 pages=1 vmalloc", N1_VAL, .pages = 1, .caller = "0xc1234567",
	 .flags = PAGES | VMT_AREA_VMALLOC, .kind = VMT_KIND_VMALLOC},
	{N1 " vm_map_ram", N1_VAL, .flags = VMT_AREA_VM_MAP_RAM, .kind = VMT_KIND_VM_MAP_RAM},
	{N1 " unpurged vm_area", N1_VAL, .flags = VMT_AREA_UNPURGED, .kind = VMT_KIND_UNPURGED},
	{"0xff800000-0x00000000 8388608 f+0x0/0x1 vmap", .start = 0xff800000, .size = 8388608,
	 .caller = "f+0x0/0x1", .flags = VMT_AREA_VMAP, .kind = VMT_KIND_VMAP, .digits = 8},
};

static const struct form bare_forms[] __attribute__((unused)) = {
	{W1 " vm_map_ram", W1_VAL, .flags = VMT_AREA_VM_MAP_RAM, .kind = VMT_KIND_VM_MAP_RAM},
	{W1 " unpurged vm_area", W1_VAL, .flags = VMT_AREA_UNPURGED, .kind = VMT_KIND_UNPURGED},
	/* vm_area_register_early gives no caller. */
	{W1 " vmalloc", W1_VAL, .flags = VMT_AREA_VMALLOC, .kind = VMT_KIND_VMALLOC},
	{W1 " pages=1 vmalloc N0=1", W1_VAL, .pages = 1, .nodes = "N0=1",
	 .flags = PAGES | VMT_AREA_VMALLOC, .kind = VMT_KIND_VMALLOC},
	{W1 " phys=0x0000000000001000 ioremap", W1_VAL, .phys = 0x1000,
	 .flags = PHYS | VMT_AREA_IOREMAP, .kind = VMT_KIND_IOREMAP},
	{W1, W1_VAL, .kind = VMT_KIND_OTHER},
	{W1 " f+0x0/0x1", W1_VAL, .caller = "f+0x0/0x1", .kind = VMT_KIND_OTHER},
	/* Not yet filled in (<= 6.14): neither words nor pages. */
	{W1 " f+0x0/0x1 [m]", W1_VAL, .caller = "f+0x0/0x1", .module = "m", .kind = VMT_KIND_OTHER},
};

#define HIDDEN                                                                     \
	.size = 8192, .caller = "f+0x0/0x1", .pages = 1, .kind = VMT_KIND_VMALLOC, \
	.flags = PAGES | VMT_AREA_VMALLOC | VMT_AREA_ADDR_HIDDEN
#define REST "    8192 f+0x0/0x1 pages=1 vmalloc"
static const struct form hidden_forms[] __attribute__((unused)) = {
	{"0x(____ptrval____)-0x(____ptrval____)" REST, HIDDEN},
	{"0x(ptrval)-0x(ptrval)" REST, HIDDEN},
	{"0x        (ptrval)-0x        (ptrval)" REST, HIDDEN},
	{"0xpK-error-0xpK-error" REST, HIDDEN},
	{"0x        pK-error-0x        pK-error" REST, HIDDEN},
	{"0x(____ptrval____)-0x(____ptrval____)    8192 unpurged vm_area", .size = 8192,
	 .flags = VMT_AREA_UNPURGED | VMT_AREA_ADDR_HIDDEN, .kind = VMT_KIND_UNPURGED},
};

/* arm64 with KASAN_HW_TAGS (5.18+): bits 63:56 hold a tag; vm_map_ram and unpurged have none. */
static const struct form tagged_forms[] __attribute__((unused)) = {
	{"0xf4ff800080005000-0xf4ff800080007000    8192 f+0x0/0x1 pages=1 vmalloc",
	 .start = 0xffff800080005000, .end = 0xffff800080007000, .size = 8192, .pages = 1,
	 .caller = "f+0x0/0x1", .flags = PAGES | VMT_AREA_VMALLOC | VMT_AREA_TAGGED,
	 .kind = VMT_KIND_VMALLOC, .digits = 16},
	{"0xf0ff800080005000-0xf0ff800080007000    8192 f+0x0/0x1 vmap",
	 .start = 0xffff800080005000, .end = 0xffff800080007000, .size = 8192,
	 .caller = "f+0x0/0x1", .flags = VMT_AREA_VMAP | VMT_AREA_TAGGED, .kind = VMT_KIND_VMAP,
	 .digits = 16},
	{"0xffff800080005000-0xffff800080007000    8192 vm_map_ram", .start = 0xffff800080005000,
	 .end = 0xffff800080007000, .size = 8192, .flags = VMT_AREA_VM_MAP_RAM,
	 .kind = VMT_KIND_VM_MAP_RAM, .digits = 16},
	/* Bit 55 clear: no kernel address, so no tag. */
	{"0xf47f800080005000-0xf47f800080007000    8192 f+0x0/0x1 vmap",
	 .start = 0xf47f800080005000, .end = 0xf47f800080007000, .size = 8192,
	 .caller = "f+0x0/0x1", .flags = VMT_AREA_VMAP, .kind = VMT_KIND_VMAP, .digits = 16},
	/* Hashed: the high byte is no tag. */
	{"0xf4ff800080005000-0xf4ff800080009000    8192 f+0x0/0x1 vmap",
	 .start = 0xf4ff800080005000, .end = 0xf4ff800080009000, .size = 8192,
	 .caller = "f+0x0/0x1", .flags = VMT_AREA_VMAP, .kind = VMT_KIND_VMAP, .digits = 16},
};

static const struct form vendor_forms[] __attribute__((unused)) = {
	{N1 " paging_init+0x0/0x1 phys=80000000 ioremap lowmem", N1_VAL, .phys = 0x80000000,
	 .caller = "paging_init+0x0/0x1", .other = "lowmem", .flags = PHYS | VMT_AREA_IOREMAP,
	 .kind = VMT_KIND_IOREMAP},
	{W1 " f+0x0/0x1 pages=1 vmalloc lazy N0=1", W1_VAL, .pages = 1, .caller = "f+0x0/0x1",
	 .other = "lazy", .nodes = "N0=1", .flags = PAGES | VMT_AREA_VMALLOC,
	 .kind = VMT_KIND_VMALLOC},
	{W1 " f+0x0/0x1 foo bar vmap", W1_VAL, .caller = "f+0x0/0x1", .other = "foo bar",
	 .flags = VMT_AREA_VMAP, .kind = VMT_KIND_VMAP},
	/* A caller of no known shape is a word. */
	{W1 " some_function vmap", W1_VAL, .other = "some_function", .flags = VMT_AREA_VMAP,
	 .kind = VMT_KIND_VMAP},
	{W1 " f+0x0/0x1 [m] x=5 Nx vmap", W1_VAL, .caller = "f+0x0/0x1", .module = "m",
	 .other = "x=5 Nx", .flags = VMT_AREA_VMAP, .kind = VMT_KIND_VMAP},
};

#undef HIDDEN
#undef REST

#endif
