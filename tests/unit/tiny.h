// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * A tiny kernel as data, in the memory of a machine that never was (image.h).
 *
 *	struct kernel *k = kernel_new(&kernel_x86_4);	// page tables, _stext
 *	uint64_t va = kernel_alloc(k, 64, 8);		// mapped memory of the kernel's image
 *	kernel_put64(k, va, 1);
 *	kernel_map(k, 0xffffc90000000000, pa, 1);	// a leaf: 0 a page, 1 above it, 2 above
 *that kernel_symbol(k, "modules", va);		// kernel_tables.h makes kallsyms of them
 *	kernel_say(k, "SYMBOL(mem_section)=%lx\n", va);	// a line of VMCOREINFO
 *	kernel_lose(k, va);				// the dump leaves that page out
 *	kernel_done(k);					// before image_build(k->img, ...)
 *	kernel_free(k);
 *
 * The image of the kernel lies at paging->text, its memory behind each other in physical memory at
 * paging->pa; tables are further up.  kernel_tables.h: kallsyms and BTF; kernel_areas.h: areas,
 * modules, and whole kernels of each style.
 */
#ifndef VMTOOL_KERNEL_H
#define VMTOOL_KERNEL_H

#include <stdarg.h>

#include "image.h"

/* ---- paging, as data ---- */

struct kernel_paging {
	const char *name, *machine;
	unsigned page_shift, va_bits, levels;
	/** Virtual and physical address of the kernel's image; vmalloc space. */
	uint64_t text, pa, vmalloc;
	/** aarch64: physical address bits of an entry, and where the upper ones go. */
	uint64_t pa_mask;
	unsigned high_at, high_to, high_bits;
	/** aarch64: T1SZ as told; 0: not told. */
	unsigned t1sz;
	/** VA_BITS as told, when the machine has fewer. */
	unsigned told_va_bits;
	/** x86_64: set in every entry. */
	uint64_t sme_mask;
};

static const struct kernel_paging kernel_x86_4 = {
	.name = "x86_64, 4 levels",
	.machine = "x86_64",
	.page_shift = 12,
	.va_bits = 48,
	.levels = 4,
	.text = 0xffffffff9a000000,
	.pa = 0x12000000,
	.vmalloc = 0xffffc90000000000,
	.pa_mask = 0x000ffffffffff000,
};
static const struct kernel_paging kernel_x86_5 = {
	.name = "x86_64, 5 levels, memory encrypted",
	.machine = "x86_64",
	.page_shift = 12,
	.va_bits = 57,
	.levels = 5,
	.text = 0xffffffff81000000,
	.pa = 0x4000000000,
	.vmalloc = 0xffa0000000000000,
	.pa_mask = 0x0007fffffffff000,
	.sme_mask = UINT64_C(1) << 51,
};
static const struct kernel_paging kernel_arm_4k = {
	.name = "aarch64, 4K, 48 bits",
	.machine = "aarch64",
	.page_shift = 12,
	.va_bits = 48,
	.levels = 4,
	.text = 0xffffd1dae0000000,
	.pa = 0x41200000,
	.vmalloc = 0xffff800080000000,
	.pa_mask = 0x0000fffffffff000,
	.t1sz = 16,
};
static const struct kernel_paging kernel_arm_16k = {
	.name = "aarch64, 16K, 47 bits",
	.machine = "aarch64",
	.page_shift = 14,
	.va_bits = 47,
	.levels = 3,
	.text = 0xffffd1dae0000000,
	.pa = 0x41200000,
	.vmalloc = 0xffffc00080000000,
	.pa_mask = 0x0000ffffffffc000,
};
/* LPA2: PA[51:50] in bits 9:8. */
static const struct kernel_paging kernel_arm_lpa2 = {
	.name = "aarch64, 4K, 52 bits",
	.machine = "aarch64",
	.page_shift = 12,
	.va_bits = 52,
	.levels = 5,
	.text = 0xfff8000080000000,
	.pa = 0xc000041200000,
	.vmalloc = 0xfff9000180000000,
	.pa_mask = 0x0003fffffffff000,
	.high_at = 8,
	.high_to = 50,
	.high_bits = 2,
	.t1sz = 12,
};
/* A kernel for 52 bits on a machine that has 48. */
static const struct kernel_paging kernel_arm_folded = {
	.name = "aarch64, 4K, 52 bits folded to 48",
	.machine = "aarch64",
	.page_shift = 12,
	.va_bits = 48,
	.told_va_bits = 52,
	.levels = 4,
	.text = 0xffff800080000000,
	.pa = 0x41200000,
	.vmalloc = 0xffff900180000000,
	.pa_mask = 0x0000fffffffff000,
	.t1sz = 16,
};
/* PA[51:48] in bits 15:12; the root keeps its 52-bit form whatever T1SZ says. */
static const struct kernel_paging kernel_arm_64k = {
	.name = "aarch64, 64K, 52 bits",
	.machine = "aarch64",
	.page_shift = 16,
	.va_bits = 52,
	.levels = 3,
	.text = 0xffffd1dae0000000,
	.pa = 0xf000041200000,
	.vmalloc = 0xffff800080000000,
	.pa_mask = 0x0000ffffffff0000,
	.high_at = 12,
	.high_to = 48,
	.high_bits = 4,
	.t1sz = 16,
};

static const struct kernel_paging kernel_riscv_39 = {
	.name = "riscv64, Sv39",
	.machine = "riscv64",
	.page_shift = 12,
	.va_bits = 39,
	.levels = 3,
	.text = 0xffffffff80000000,
	.pa = 0x80200000,
	.vmalloc = 0xffffffc600000000,
};
static const struct kernel_paging kernel_riscv_48 = {
	.name = "riscv64, Sv48",
	.machine = "riscv64",
	.page_shift = 12,
	.va_bits = 48,
	.levels = 4,
	.text = 0xffffffff80000000,
	.pa = 0x80200000,
	.vmalloc = 0xffff8f8000000000,
};
static const struct kernel_paging kernel_riscv_57 = {
	.name = "riscv64, Sv57",
	.machine = "riscv64",
	.page_shift = 12,
	.va_bits = 57,
	.levels = 5,
	.text = 0xffffffff80000000,
	.pa = 0xe0000080200000,
	.vmalloc = 0xff1c000000000000,
};

static const struct kernel_paging *const kernel_pagings[] = {
	&kernel_x86_4,	    &kernel_x86_5,   &kernel_arm_4k,   &kernel_arm_16k,	 &kernel_arm_lpa2,
	&kernel_arm_folded, &kernel_arm_64k, &kernel_riscv_39, &kernel_riscv_48, &kernel_riscv_57,
};
#define KERNEL_PAGINGS (sizeof(kernel_pagings) / sizeof(kernel_pagings[0]))

/* ---- the kernel ---- */

#define KERNEL_RAM    UINT64_C(0x8000000)
#define KERNEL_ROOT   UINT64_C(0x40000)	  /* of the image: swapper_pg_dir */
#define KERNEL_DATA   UINT64_C(0x200000)  /* of the image: what kernel_alloc gives */
#define KERNEL_TABLES UINT64_C(0x4000000) /* of the memory */

struct kernel_name {
	char *name;
	uint64_t va;
};

struct kernel_lists;

struct kernel {
	struct image *img;
	struct kernel_paging paging;
	/** Offsets from paging.text and paging.pa. */
	uint64_t data_end, tables_end, mapped_end;
	struct kernel_name *names;
	size_t n_names;
	/** Text of VMCOREINFO; the note is set by kernel_done. */
	struct image_bytes info;
	/** Where that text lies in memory too; 0: nowhere.  As the note of it? */
	uint64_t info_page;
	bool info_note;
	/** kernel_areas.h */
	struct kernel_lists *lists;
};

static inline uint64_t kernel_page_bytes(const struct kernel *k)
{
	return UINT64_C(1) << k->paging.page_shift;
}

static inline bool kernel_is_x86(const struct kernel *k)
{
	return strcmp(k->paging.machine, "x86_64") == 0;
}

static inline bool kernel_is_riscv(const struct kernel *k)
{
	return strcmp(k->paging.machine, "riscv64") == 0;
}

/** A line of VMCOREINFO. */
static inline void __attribute__((format(printf, 2, 3)))
kernel_say(struct kernel *k, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	image_at(&k->info, k->info.n, line, strlen(line));
}

/* ---- page tables ---- */

static inline uint64_t kernel_get64(const struct kernel *k, uint64_t pa)
{
	uint64_t v;

	memcpy(&v, image_page(k->img, pa) + pa % k->img->page_size, sizeof(v));
	return v;
}

static inline uint64_t kernel_entry_address(const struct kernel *k, uint64_t pa)
{
	const struct kernel_paging *p = &k->paging;
	uint64_t high = pa >> p->high_to & ((UINT64_C(1) << p->high_bits) - 1);

	if (kernel_is_riscv(k))
		return pa >> 12 << 10;
	return (pa & p->pa_mask) | (p->high_bits ? high << p->high_at : 0);
}

static inline uint64_t kernel_entry_pa(const struct kernel *k, uint64_t raw)
{
	const struct kernel_paging *p = &k->paging;
	uint64_t high = raw >> p->high_at & ((UINT64_C(1) << p->high_bits) - 1);

	if (kernel_is_riscv(k))
		return raw << 10 >> 20 << 12;
	return (raw & p->pa_mask) | (p->high_bits ? high << p->high_to : 0);
}

static inline uint64_t kernel_leaf(const struct kernel *k, uint64_t pa, int level)
{
	if (kernel_is_x86(k))
		return pa | k->paging.sme_mask | UINT64_C(0x8000000000000163) | (level ? 0x80 : 0);
	if (kernel_is_riscv(k))
		return kernel_entry_address(k, pa) | 0xe7;
	return kernel_entry_address(k, pa) | UINT64_C(0x0068000000000401) | (level ? 0 : 2);
}

static inline uint64_t kernel_table_entry(const struct kernel *k, uint64_t pa)
{
	if (kernel_is_x86(k))
		return pa | k->paging.sme_mask | 0x63;
	if (kernel_is_riscv(k))
		return kernel_entry_address(k, pa) | 1;
	return kernel_entry_address(k, pa) | 3;
}

/** Bytes a leaf of a level maps. */
static inline uint64_t kernel_leaf_bytes(const struct kernel *k, int level)
{
	unsigned shift = k->paging.page_shift;

	return UINT64_C(1) << (shift + (shift - 3) * (unsigned)level);
}

static inline uint64_t kernel_entry_at(const struct kernel *k, uint64_t table, int level,
				       uint64_t va)
{
	uint64_t n = UINT64_C(1) << (k->paging.page_shift - 3);
	uint64_t index = va % (UINT64_C(1) << k->paging.va_bits) / kernel_leaf_bytes(k, level);

	return table + 8 * (index % n);
}

static inline uint64_t kernel_root_pa(const struct kernel *k)
{
	return k->paging.pa + KERNEL_ROOT;
}

static inline uint64_t kernel_new_table(struct kernel *k)
{
	uint64_t pa = k->paging.pa + k->tables_end;

	image_zero(k->img, pa, pa + kernel_page_bytes(k));
	k->tables_end += kernel_page_bytes(k);
	return pa;
}

/** Where the entry of a level for @va stands; tables are made on the way. */
static inline uint64_t kernel_entry(struct kernel *k, uint64_t va, int level)
{
	uint64_t table = kernel_root_pa(k);

	for (int l = (int)k->paging.levels - 1; l > level; l--) {
		uint64_t at = kernel_entry_at(k, table, l, va), raw = kernel_get64(k, at);

		table = raw ? kernel_entry_pa(k, raw) : kernel_new_table(k);
		if (!raw)
			image_put64(k->img, at, kernel_table_entry(k, table));
	}
	return kernel_entry_at(k, table, level, va);
}

/** Map the leaf of a level at @va to @pa, both aligned to what it maps. */
static inline void kernel_map(struct kernel *k, uint64_t va, uint64_t pa, int level)
{
	image_put64(k->img, kernel_entry(k, va, level), kernel_leaf(k, pa, level));
}

static inline void kernel_unmap(struct kernel *k, uint64_t va)
{
	image_put64(k->img, kernel_entry(k, va, 0), 0);
}

/* ---- memory ---- */

/** Physical address of memory of the image. */
static inline uint64_t kernel_pa(const struct kernel *k, uint64_t va)
{
	return va - k->paging.text + k->paging.pa;
}

/** Memory of the kernel's image: mapped, stored, zero. */
static inline uint64_t kernel_alloc(struct kernel *k, uint64_t n, uint64_t align)
{
	uint64_t page = kernel_page_bytes(k), va;

	k->data_end = image_round(k->data_end, align);
	va = k->paging.text + k->data_end;
	k->data_end += n;
	while (k->mapped_end < k->data_end) {
		kernel_map(k, k->paging.text + k->mapped_end, k->paging.pa + k->mapped_end, 0);
		image_zero(k->img, k->paging.pa + k->mapped_end,
			   k->paging.pa + k->mapped_end + page);
		k->mapped_end += page;
	}
	return va;
}

/** What is allocated next begins a page. */
static inline void kernel_new_page(struct kernel *k)
{
	k->data_end = image_round(k->data_end, kernel_page_bytes(k));
}

static inline void kernel_write(struct kernel *k, uint64_t va, const void *p, size_t n)
{
	image_write(k->img, kernel_pa(k, va), p, n);
}

static inline void kernel_put64(struct kernel *k, uint64_t va, uint64_t v)
{
	image_put64(k->img, kernel_pa(k, va), v);
}

static inline void kernel_put32(struct kernel *k, uint64_t va, uint32_t v)
{
	image_put32(k->img, kernel_pa(k, va), v);
}

static inline uint64_t kernel_read64(const struct kernel *k, uint64_t va)
{
	return kernel_get64(k, kernel_pa(k, va));
}

/** The dump leaves out the page that holds a physical address. */
static inline void kernel_lose_pa(struct kernel *k, uint64_t pa)
{
	struct image *img = k->img;

	pa -= pa % img->page_size;
	for (size_t i = 0; i < img->n_pages; i++) {
		if (img->pages[i].pa != pa)
			continue;
		free(img->pages[i].bytes);
		memmove(img->pages + i, img->pages + i + 1,
			(img->n_pages - i - 1) * sizeof(img->pages[0]));
		img->n_pages--;
		return;
	}
	abort();
}

static inline void kernel_lose(struct kernel *k, uint64_t va)
{
	kernel_lose_pa(k, kernel_pa(k, va));
}

static inline void kernel_symbol(struct kernel *k, const char *name, uint64_t va)
{
	k->names = image_alloc(k->names, (k->n_names + 1) * sizeof(k->names[0]));
	k->names[k->n_names++] = (struct kernel_name){strdup(name), va};
}

/* ---- all of it ---- */

static inline void kernel_say_paging(struct kernel *k)
{
	const struct kernel_paging *p = &k->paging;

	kernel_say(k, "OSRELEASE=6.99.0-test\nBUILD-ID=0123456789abcdef\nPAGESIZE=%llu\n",
		   (unsigned long long)kernel_page_bytes(k));
	kernel_say(k, "SYMBOL(swapper_pg_dir)=%llx\nSYMBOL(_stext)=%llx\n",
		   (unsigned long long)(p->text + KERNEL_ROOT), (unsigned long long)p->text);
	if (kernel_is_x86(k)) {
		kernel_say(k, "NUMBER(phys_base)=%lld\nNUMBER(pgtable_l5_enabled)=%d\n",
			   (long long)(p->pa - (p->text - UINT64_C(0xffffffff80000000))),
			   p->levels == 5);
		kernel_say(k, "NUMBER(sme_mask)=%llu\n", (unsigned long long)p->sme_mask);
	} else if (kernel_is_riscv(k)) {
		kernel_say(k, "NUMBER(VA_BITS)=%u\nNUMBER(va_kernel_pa_offset)=0x%llx\n",
			   p->told_va_bits ? p->told_va_bits : p->va_bits,
			   (unsigned long long)(p->text - p->pa));
	} else {
		kernel_say(k, "NUMBER(VA_BITS)=%u\nNUMBER(kimage_voffset)=0x%llx\n",
			   p->told_va_bits ? p->told_va_bits : p->va_bits,
			   (unsigned long long)(p->text - p->pa));
		if (p->t1sz)
			kernel_say(k, "NUMBER(TCR_EL1_T1SZ)=0x%x\n", p->t1sz);
	}
	kernel_say(k, "NUMBER(VMALLOC_START)=0x%llx\n", (unsigned long long)p->vmalloc);
}

static inline struct kernel *kernel_new(const struct kernel_paging *paging)
{
	struct kernel *k = calloc(1, sizeof(*k));

	if (!k)
		abort();
	k->paging = *paging;
	k->img = image_new(paging->machine);
	image_ram(k->img, paging->pa, paging->pa + KERNEL_RAM);
	k->data_end = k->mapped_end = KERNEL_DATA;
	k->tables_end = KERNEL_TABLES;
	image_zero(k->img, kernel_root_pa(k), kernel_root_pa(k) + kernel_page_bytes(k));
	kernel_map(k, paging->text, paging->pa, 0);
	image_zero(k->img, paging->pa, paging->pa + kernel_page_bytes(k));
	kernel_say_paging(k);
	kernel_symbol(k, "_stext", paging->text);
	kernel_symbol(k, "_end", paging->text + KERNEL_TABLES);
	return k;
}

/**
 * The kernel's own name in its memory (init_uts_ns), and a page that its VMCOREINFO will be in;
 * with @note behind the header of a note.  Before kernel_done.
 */
static inline void kernel_self(struct kernel *k, bool note)
{
	uint64_t va;

	kernel_new_page(k);
	k->info_page = kernel_alloc(k, kernel_page_bytes(k), kernel_page_bytes(k));
	k->info_note = note;
	va = kernel_alloc(k, 4 + 6 * 65, 8);
	kernel_write(k, va + 4, "Linux", 6);
	kernel_write(k, va + 4 + 65, "host", 5);
	kernel_write(k, va + 4 + 2 * 65, "6.99.0-test", 12);
	kernel_say(k, "SYMBOL(init_uts_ns)=%llx\nOFFSET(uts_namespace.name)=4\n",
		   (unsigned long long)va);
}

/** Nothing more is said. */
static inline void kernel_done(struct kernel *k)
{
	uint64_t page = k->info_page;

	if (page && k->info_note) {
		kernel_put32(k, page, 11);
		kernel_put32(k, page + 4, (uint32_t)k->info.n);
		kernel_write(k, page + 12, "VMCOREINFO", 11);
		page += 24;
	}
	if (page)
		kernel_write(k, page, k->info.p, k->info.n);
	image_at(&k->info, k->info.n, "", 1);
	k->info.n--;
	image_info(k->img, (const char *)k->info.p);
}

static inline void kernel_free(struct kernel *k)
{
	for (size_t i = 0; i < k->n_names; i++)
		free(k->names[i].name);
	free(k->names);
	free(k->info.p);
	free(k->lists);
	image_free(k->img);
	free(k);
}

#endif
