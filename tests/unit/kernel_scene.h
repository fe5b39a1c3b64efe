// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * One set of areas that every style of kernel can have: of each kind one, on several nodes, with
 * callers in the kernel and in a module, and three that vmallocinfo does not show.
 */
#ifndef VMTOOL_KERNEL_SCENE_H
#define VMTOOL_KERNEL_SCENE_H

#include "kernel_areas.h"

#define SCENE_MODULE UINT64_C(0x40000000) /* of vmalloc space: text of the module */

/** An area of the scene, by offsets into vmalloc space and the kernel's text, and its line. */
struct scene_area {
	struct kernel_area is;
	/** What vmallocinfo says behind the size; NULL: nothing, it is not shown. */
	const char *line;
};

static const struct scene_area scene_areas[] = {
	{{.start = 0x0,
	  .size = 0x5000,
	  .flags = 0x2 | 0x4,
	  .caller = 0x1010,
	  .nodes = "0011",
	  .requested = 0x4000},
	 "first_caller+0x10/0x40 pages=4 vmalloc vmap N0=2 N1=2"},
	{{.start = 0x8000,
	  .size = 0x2000,
	  .flags = 0x1,
	  .phys = 0xfed00000,
	  .caller = 0x1048,
	  .node = 1},
	 "vmap_caller+0x8/0x40 phys=0x00000000fed00000 ioremap"},
	{{.start = 0x10000, .size = 0x4000, .ram = true}, "vm_map_ram"},
	{{.start = 0x18000, .size = 0x3000, .flags = 0x22, .caller = 0x1010}, NULL},
	{{.start = 0x20000,
	  .size = 0x9000,
	  .flags = 0x2,
	  .caller = SCENE_MODULE + 0x124,
	  .nodes = "33333333",
	  .order = 2,
	  .node = 2},
	 "mod_alloc+0x4/0x100 [tiny] pages=8 vmalloc N3=8"},
	{{.start = 0x30000,
	  .size = 0x3000,
	  .flags = 0x8 | 0x2,
	  .caller = 0x1010,
	  .nodes = "20",
	  .vpages = 0x8000000,
	  .node = 1},
	 "first_caller+0x10/0x40 pages=2 vmalloc user vpages N0=1 N2=1"},
	/* The array of page pointers of the one before. */
	{{.start = 0x8000000, .size = 0x20000, .flags = 0x2, .caller = 0x1010, .nodes = "0"},
	 "first_caller+0x10/0x40 pages=1 vmalloc N0=1"},
	{{.start = 0x50000, .size = 0x2000, .flags = 0x10 | 0x4, .caller = 0x1800000},
	 "late_caller+0x0/0x2800000 vmap dma-coherent"},
	{{.start = 0x60000, .size = 0x2000, .flags = 0x4 | 0x40, .caller = 0x8001}, NULL},
	{{.start = 0x70000, .size = 0x4000, .lazy = true, .node = 1}, "unpurged vm_area"},
};
#define SCENE_AREAS (sizeof(scene_areas) / sizeof(scene_areas[0]))
/* The one of those whose caller nothing names. */
#define SCENE_UNNAMED 8

/** Where a scene's areas are; lists in the order of the kernel's. */
struct scene {
	struct kernel *k;
	struct kernel_placed at[SCENE_AREAS];
	uint64_t module;
};

static inline uint64_t scene_caller(const struct kernel *k, uint64_t caller)
{
	if (!caller)
		return 0;
	return caller >= SCENE_MODULE ? k->paging.vmalloc + caller
	       : caller == 0x8001     ? 0xdead000000000001
				      : k->paging.text + caller;
}

/** An area as it is put into a kernel. */
static inline struct kernel_area scene_area(const struct kernel *k, size_t i)
{
	struct kernel_area a = scene_areas[i].is;

	a.start += k->paging.vmalloc;
	a.caller = scene_caller(k, a.caller);
	if (a.vpages)
		a.vpages += k->paging.vmalloc;
	if (!k->lists->style->node_bytes || a.node >= k->lists->style->n_nodes)
		a.node = 0;
	return a;
}

static inline void scene_symbols(struct kernel *k)
{
	uint64_t text = k->paging.text, mod = k->paging.vmalloc + SCENE_MODULE;
	char longest[400] = "long_";
	const struct kernel_name symbols[] = {
		{"$d", mod + 0x122},	    {"mod_init", mod + 0x20}, {"mod_alloc", mod + 0x120},
		{"mod_again", mod + 0x120}, {"mod_end", mod + 0x220}, {".Lone", mod + 0x130},
	};

	for (size_t i = strlen(longest); i < sizeof(longest) - 1; i++)
		longest[i] = (char)('b' + i % 20);
	kernel_symbol(k, "per_cpu_first", 0x100);
	kernel_symbol(k, "first_caller", text + 0x1000);
	kernel_symbol(k, "vmap_caller", text + 0x1040);
	kernel_symbol(k, longest, text + 0x1080);
	kernel_symbol(k, "twice", text + 0x1100);
	kernel_symbol(k, "twice", text + 0x1200);
	kernel_symbol(k, "late_caller", text + 0x1800000);
	(void)kernel_module(k, &(struct kernel_module){.name = "tiny",
						       .text = mod,
						       .bytes = 0x1000,
						       .other = mod + 0x2000,
						       .other_bytes = 0x1000,
						       .symbols = symbols,
						       .n_symbols = 6});
}

/** A kernel with the scene in it; kernel_complete is still to come. */
static inline struct scene scene_new(const struct kernel_paging *paging,
				     const struct kernel_style *style)
{
	struct scene s = {.k = kernel_styled(paging, style)};

	kernel_say(s.k, "OFFSET(page.flags)=0\nLENGTH(node_data)=4\n");
	scene_symbols(s.k);
	for (size_t i = 0; i < SCENE_AREAS; i++) {
		struct kernel_area a = scene_area(s.k, i);

		/* Each in a page of its own: it can be left out alone. */
		kernel_new_page(s.k);
		s.at[i] = kernel_area(s.k, &a);
	}
	kernel_new_page(s.k);
	return s;
}

/** The vmallocinfo line of an area, or NULL. */
static inline const char *scene_line(const struct kernel *k, size_t i, char line[512])
{
	struct kernel_area a = scene_area(k, i);
	const char *rest = scene_areas[i].line;

	if (i == SCENE_UNNAMED)
		rest = "0xdead000000000001 vmap";
	if (!rest)
		return NULL;
	(void)snprintf(line, 512, "0x%016llx-0x%016llx %7llu %s", (unsigned long long)a.start,
		       (unsigned long long)(a.start + a.size), (unsigned long long)a.size, rest);
	return line;
}

/** Map the first page of each area that is in use: of a kernel that runs, the rest was freed. */
static inline void scene_map(struct kernel *k)
{
	for (size_t i = 0; i < SCENE_AREAS; i++) {
		struct kernel_area a = scene_area(k, i);

		/* kernel_areas.h maps that page array itself. */
		if (!a.lazy && !a.ram && a.start != k->paging.vmalloc + 0x8000000)
			kernel_map(k, a.start, k->paging.pa, 0);
	}
}

#endif
