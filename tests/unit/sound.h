// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * A tiny kernel in which all is well: what its records say, its page tables do.  Tests break one
 * thing in it and ask the checks.
 *
 *	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
 *	kernel_put64(s.k, s.area[SOUND_STACK].vm + 16, 1);	// the damage
 *	sound_done(&s);
 *	... kerntest_open(&t, s.k) ...
 *	sound_free(&s);
 */
#ifndef VMTOOL_SOUND_H
#define VMTOOL_SOUND_H

#include "kernel_space.h"

/* struct page of 6.x on 64-bit. */
#define SOUND_PAGE_BYTES 64
#define SOUND_REFCOUNT	 52
#define SOUND_TYPE	 48
/* Of the memory: frames that areas have. */
#define SOUND_FRAMES 0x6000000

enum {
	SOUND_STACK,
	SOUND_VMALLOC,
	SOUND_DEVICE,
	SOUND_VMAP,
	SOUND_LAST,
	SOUND_CODE,
	SOUND_LAZY,
	SOUND_AREAS
};

struct sound_area {
	struct kernel_placed at;
	uint64_t start, size;
	/** Physical address of its first page; the others follow. */
	uint64_t pa;
	unsigned pages;
};

#define SOUND_TASKS 3

struct sound {
	struct kernel *k;
	uint64_t vmemmap, page, frames;
	/** init_task, a process and a second thread of it; their mm and its root. */
	uint64_t task[SOUND_TASKS], mm, root;
	/** nr_vmalloc_pages, and behind it vmap_lazy_nr. */
	uint64_t counters;
	/** A test has filled the process's root itself. */
	bool own_root;
	/** struct module of SOUND_CODE. */
	uint64_t module;
	struct sound_area area[SOUND_AREAS];
};

/** The struct page of a frame. */
static inline uint64_t sound_page_va(const struct sound *s, uint64_t pa)
{
	return s->vmemmap + pa / s->page * SOUND_PAGE_BYTES;
}

/** The physical address of that struct page, mapped when it is not yet. */
static inline uint64_t sound_page_pa(struct sound *s, uint64_t pa)
{
	uint64_t va = sound_page_va(s, pa), at = kernel_entry(s->k, va, 0);
	uint64_t raw = kernel_get64(s->k, at);

	if (!raw) {
		uint64_t frame = kernel_new_table(s->k);

		kernel_map(s->k, va - va % s->page, frame, 0);
		raw = kernel_get64(s->k, at);
	}
	return kernel_entry_pa(s->k, raw) + va % s->page;
}

/** A frame in use. */
static inline uint64_t sound_frame(struct sound *s)
{
	uint64_t pa = s->k->paging.pa + SOUND_FRAMES + s->frames++ * s->page;
	uint64_t page = sound_page_pa(s, pa);

	image_put64(s->k->img, page, 0x800);
	image_put32(s->k->img, page + SOUND_REFCOUNT, 1);
	image_put32(s->k->img, page + SOUND_TYPE, 0xffffffff);
	return pa;
}

/* As many pages as @pages has digits; @phys: none of them RAM. */
static inline void sound_add(struct sound *s, size_t i, uint64_t page, unsigned pages,
			     uint64_t flags, uint64_t phys)
{
	static const char digits[] = "0000000000000000000000000000000000000000";
	struct sound_area *a = &s->area[i];
	struct kernel_area as = {.start = s->k->paging.vmalloc + page * s->page,
				 .size = (pages + 1) * s->page,
				 .flags = flags,
				 .phys = phys,
				 .caller = s->k->paging.text + (i == SOUND_CODE ? 0x1110 : 0x1010),
				 .nodes = phys ? NULL : digits + sizeof(digits) - 1 - pages,
				 .lazy = i == SOUND_LAZY};

	if (s->k->lists->style->n_nodes)
		as.node = (unsigned)(as.start / (16 * s->page) % s->k->lists->style->n_nodes);
	if (as.lazy)
		as.nodes = NULL;
	*a = (struct sound_area){
		.at = kernel_area(s->k, &as), .start = as.start, .size = as.size, .pages = pages};
	a->pa = phys;
	for (unsigned n = 0; !as.lazy && n < pages; n++) {
		uint64_t pa = phys ? phys + n * s->page : sound_frame(s);

		if (!n)
			a->pa = pa;
		if (!phys)
			kernel_put64(s->k, a->at.pages + 8 * n, sound_page_va(s, pa));
		kernel_map(s->k, as.start + n * s->page, pa, 0);
	}
}

/** Rights of a page: kernel_map gives RW. */
static inline void sound_protect(struct sound *s, uint64_t va, bool write, bool exec)
{
	uint64_t at = kernel_entry(s->k, va, 0), raw = kernel_get64(s->k, at);
	const uint64_t nx = kernel_is_x86(s->k)	    ? UINT64_C(1) << 63
			    : kernel_is_riscv(s->k) ? 0
						    : UINT64_C(1) << 53;
	const uint64_t x = kernel_is_riscv(s->k) ? 8 : 0;
	const uint64_t w = kernel_is_x86(s->k) ? 2 : kernel_is_riscv(s->k) ? 4 : UINT64_C(1) << 51;
	const uint64_t ro = kernel_is_x86(s->k) || kernel_is_riscv(s->k) ? 0 : 1 << 7;

	raw = (raw & ~(nx | x | w | ro)) | (write ? w : ro) | (exec ? x : nx);
	image_put64(s->k->img, at, raw);
}

/* A thread with SOUND_STACK, or none: the idle thread runs on a stack of the image. */
static inline uint64_t sound_task(struct sound *s, size_t i, const char *comm, uint64_t signal)
{
	struct kernel *k = s->k;
	uint64_t va = i ? kernel_alloc(k, 96, 16) : s->task[0];

	kernel_put32(k, va, (uint32_t)i);
	kernel_write(k, va + 8, comm, strlen(comm));
	kernel_put64(k, va + 24, i ? s->mm : 0);
	kernel_put64(k, va + 32, s->mm);
	kernel_put64(k, va + 40, i == 1 ? s->area[SOUND_STACK].start : k->paging.text);
	kernel_put64(k, va + 48, i == 1 ? s->area[SOUND_STACK].at.vm : 0);
	kernel_put64(k, va + 56, signal);
	kernel_list_add(k, signal + 8, va + 80);
	return va;
}

static inline uint64_t sound_signal(struct kernel *k)
{
	uint64_t va = kernel_alloc(k, 24, 8);

	(void)kernel_list_head(k, va + 8);
	return va;
}

static inline void sound_tasks(struct sound *s)
{
	struct kernel *k = s->k;
	uint64_t signal;

	kernel_new_page(k);
	s->root = kernel_alloc(k, s->page, s->page);
	s->mm = kernel_alloc(k, 16, 8);
	kernel_put64(k, s->mm + 8, s->root);
	s->task[0] = kernel_alloc(k, 96, 16);
	kernel_symbol(k, "init_task", s->task[0]);
	(void)kernel_list_head(k, s->task[0] + 64);
	(void)sound_task(s, 0, "swapper/0", sound_signal(k));
	signal = sound_signal(k);
	s->task[1] = sound_task(s, 1, "init", signal);
	s->task[2] = sound_task(s, 2, "init", signal);
	kernel_list_add(k, s->task[0] + 64, s->task[1] + 64);
}

static inline void sound_module(struct sound *s)
{
	const struct sound_area *a = &s->area[SOUND_CODE];

	for (unsigned i = 0; i < a->pages; i++)
		sound_protect(s, a->start + i * s->page, i > 0, i == 0);
	s->module = kernel_module(s->k, &(struct kernel_module){.name = "tiny",
								.text = a->start,
								.bytes = s->page,
								.other = a->start + s->page,
								.other_bytes = s->page});
}

static inline void sound_say(struct sound *s)
{
	struct kernel *k = s->k;

	kernel_say(k, "SYMBOL(vmemmap)=%llx\nSIZE(page)=%d\n", (unsigned long long)s->vmemmap,
		   SOUND_PAGE_BYTES);
	kernel_say(k, "OFFSET(page.flags)=0\nOFFSET(page._refcount)=%d\n", SOUND_REFCOUNT);
	kernel_say(k, "OFFSET(page._mapcount)=%d\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n",
		   SOUND_TYPE);
	if (kernel_is_x86(k))
		kernel_say(k, "NUMBER(KERNEL_IMAGE_SIZE)=1073741824\n");
	else
		kernel_say(k, "NUMBER(VMALLOC_END)=0x%llx\n",
			   (unsigned long long)(k->paging.vmalloc + (UINT64_C(1) << 34)));
}

static inline struct sound sound_new(const struct kernel_paging *paging,
				     const struct kernel_style *style)
{
	struct sound s = {.k = kernel_styled(paging, style)};

	s.page = kernel_page_bytes(s.k);
	/* Behind vmalloc space: that of x86 has a fixed size, others are told. */
	s.vmemmap = paging->vmalloc + (!kernel_is_x86(s.k)   ? UINT64_C(1) << 35
				       : paging->levels == 5 ? UINT64_C(13000) << 40
							     : UINT64_C(33) << 40);
	sound_say(&s);
	kernel_symbol(s.k, "first_caller", paging->text + 0x1000);
	sound_add(&s, SOUND_STACK, 0, 4, 0x2, 0);
	sound_add(&s, SOUND_VMALLOC, 8, 2, 0x2, 0);
	sound_add(&s, SOUND_DEVICE, 16, 3, 0x1, 0xfed00000);
	sound_add(&s, SOUND_VMAP, 32, 2, 0x4, 0);
	sound_add(&s, SOUND_LAST, 48, 1, 0x2, 0);
	sound_add(&s, SOUND_LAZY, 64, 3, 0, 0);
	/* Text and data of a module. */
	kernel_symbol(s.k, "load_module", paging->text + 0x1100);
	sound_add(&s, SOUND_CODE, 80, 2, 0x2, 0);
	if (style->types)
		sound_module(&s);
	sound_tasks(&s);
	s.counters = kernel_alloc(s.k, 16, 8);
	kernel_put64(s.k, s.counters, 4 + 2 + 1 + 2);
	kernel_put64(s.k, s.counters + 8, 4);
	kernel_symbol(s.k, "nr_vmalloc_pages", s.counters);
	kernel_symbol(s.k, "vmap_lazy_nr", s.counters + 8);
	(void)kernel_free_range(s.k, paging->vmalloc + 100 * s.page,
				paging->vmalloc + 200 * s.page);
	(void)kernel_free_range(s.k, paging->vmalloc + 300 * s.page,
				paging->vmalloc + 350 * s.page);
	(void)kernel_free_range(s.k, paging->vmalloc + 400 * s.page,
				paging->vmalloc + 410 * s.page);
	kernel_trees(s.k);
	return s;
}

/** A mutex of that name, and who holds it (struct mutex of kernel_areas.h). */
static inline void sound_mutex(struct sound *s, const char *name, uint64_t owner)
{
	uint64_t va = kernel_alloc(s->k, 16, 8);

	kernel_put64(s->k, va + 8, owner);
	kernel_symbol(s->k, name, va);
}

/** Nothing more is broken but in memory. */
static inline void sound_done(struct sound *s)
{
	struct kernel *k = s->k;

	kernel_complete(k);
	/* The root of the process is that of the kernel, as it is by now; pages of images are 4
	 * KiB. */
	for (uint64_t at = 0; !s->own_root && at < s->page; at += k->img->page_size)
		image_write(k->img, kernel_pa(k, s->root) + at,
			    image_page(k->img, kernel_root_pa(k) + at), k->img->page_size);
}

static inline void sound_free(struct sound *s)
{
	kernel_free(s->k);
}

#endif
