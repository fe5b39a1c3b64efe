// SPDX-License-Identifier: GPL-2.0-or-later
/* Who only passes a request on, and who wanted the memory. */
#include <string.h>

#include "sym_priv.h"

/*
 * Functions that merely allocate or map, without leading underscores, "devm_" and "pcim_", and
 * without "_noprof" (the form since 6.10, when allocations are counted by call site).  To know
 * another: one line here, in order; and raise CACHE_VERSION in cache.c.
 */
static const char *const wrappers[] = {
	"acpi_map",
	"acpi_os_ioremap",
	"alloc_vm_area",
	"arch_alloc_vmap_stack",
	"arch_memremap_wb",
	"bpf_jit_alloc_exec",
	"bpf_map_area_alloc",
	"bpf_map_area_mmapable_alloc",
	"declare_vma",
	"dma_alloc_attrs",
	"dma_alloc_coherent",
	"dma_common_contiguous_remap",
	"dma_common_pages_remap",
	"dma_direct_alloc",
	"dmam_alloc_attrs",
	"execmem_alloc",
	"execmem_alloc_rw",
	"execmem_cache_alloc",
	"execmem_cache_populate",
	"execmem_vmalloc",
	"generic_ioremap_prot",
	"get_vm_area",
	"get_vm_area_caller",
	"get_vm_area_node",
	"iomap",
	"iomap_range",
	"iomap_region",
	"iomap_regions",
	"iommu_dma_alloc",
	"iommu_dma_alloc_remap",
	"ioremap",
	"ioremap_cache",
	"ioremap_caller",
	"ioremap_default",
	"ioremap_encrypted",
	"ioremap_np",
	"ioremap_prot",
	"ioremap_resource",
	"ioremap_resource_wc",
	"ioremap_uc",
	"ioremap_wc",
	"ioremap_wt",
	"kvcalloc",
	"kvcalloc_node",
	"kvmalloc",
	"kvmalloc_array",
	"kvmalloc_array_node",
	"kvmalloc_node",
	"kvmemdup",
	"kvrealloc",
	"kvrealloc_node_align",
	"kvzalloc",
	"kvzalloc_node",
	"memremap",
	"memremap_pages",
	"module_alloc",
	"of_iomap",
	"pci_iomap",
	"pci_iomap_range",
	"pci_iomap_wc",
	"pci_iomap_wc_range",
	"pci_ioremap_bar",
	"pci_ioremap_io",
	"pci_ioremap_resource",
	"pci_ioremap_wc_bar",
	"pci_remap_cfg_resource",
	"pci_remap_cfgspace",
	"pcpu_mem_zalloc",
	"platform_get_and_ioremap_resource",
	"platform_ioremap_resource",
	"platform_ioremap_resource_byname",
	"ram_remap",
	"try_ram_remap",
	"vcalloc",
	"vm_area_add_early",
	"vm_area_register_early",
	"vm_map_ram",
	"vmalloc",
	"vmalloc_32",
	"vmalloc_32_user",
	"vmalloc_area_node",
	"vmalloc_array",
	"vmalloc_exec",
	"vmalloc_huge",
	"vmalloc_huge_node",
	"vmalloc_no_huge",
	"vmalloc_node",
	"vmalloc_node_flags",
	"vmalloc_node_flags_caller",
	"vmalloc_node_range",
	"vmalloc_user",
	"vmap",
	"vmap_pages_range",
	"vmap_pfn",
	"vmemdup_user",
	"vrealloc",
	"vrealloc_node_align",
	"vzalloc",
	"vzalloc_node",
	"x86_acpi_os_ioremap",
};

/* Those that are given the caller as an argument (mm/vmalloc.c, arch/(*)/mm/ioremap.c). */
static const char *const takers[] = {
	"get_vm_area_caller",	     "get_vm_area_node", "ioremap_caller",
	"vm_area_add_early",	     "vmalloc_node",	 "vmalloc_node_range",
	"vmalloc_node_flags_caller",
};

static struct vmt_str without_prefix(struct vmt_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (s.n > n && vmt_str_starts(s, prefix)) {
		s.p += n;
		s.n -= n;
	}
	return s;
}

/* `__vmalloc_node_noprof.isra.0` is vmalloc_node. */
static struct vmt_str plain_name(struct vmt_str s)
{
	const char *dot = s.n > 1 ? memchr(s.p + 1, '.', s.n - 1) : NULL;

	if (dot)
		s.n = (size_t)(dot - s.p);
	while (s.n > 1 && s.p[0] == '_')
		s = without_prefix(s, "_");
	s = without_prefix(without_prefix(s, "devm_"), "pcim_");
	if (s.n > 7 && memcmp(s.p + s.n - 7, "_noprof", 7) == 0)
		s.n -= 7;
	return s;
}

static bool listed(struct vmt_str name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (vmt_str_is(name, names[i]))
			return true;
	}
	return false;
}

bool vmt_owner_is_wrapper(struct vmt_str function, const struct vmt_wrappers *more)
{
	for (size_t i = 0; more && i < more->n; i++) {
		if (vmt_str_glob(more->globs[i], function))
			return true;
	}
	return listed(plain_name(function), wrappers, sizeof(wrappers) / sizeof(wrappers[0]));
}

bool vmt_owner_takes_caller(struct vmt_str function)
{
	return listed(plain_name(function), takers, sizeof(takers) / sizeof(takers[0]));
}

size_t vmt_owner_of(const struct vmt_frame *frames, size_t n, const struct vmt_wrappers *more)
{
	for (size_t i = 0; i < n; i++) {
		if (frames[i].function.n && !vmt_owner_is_wrapper(frames[i].function, more))
			return i;
	}
	return n ? n - 1 : 0;
}

/* How many leading directories tell a subsystem; 2 elsewhere (kernel/bpf, fs/xfs, mm). */
static const struct {
	const char *first;
	int depth;
} depths[] = {{"arch/", 3}, {"drivers/", 4}, {"sound/", 3}, {"include/", 2}};

struct vmt_str vmt_owner_subsystem(struct vmt_str file)
{
	int depth = 2;
	size_t end = 0;

	for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		if (vmt_str_starts(file, depths[i].first))
			depth = depths[i].depth;
	}
	/* An absolute path is no path of the kernel's tree: all its directories. */
	if (vmt_str_starts(file, "/"))
		depth = INT32_MAX;
	for (size_t i = 0; i < file.n && depth > 0; i++) {
		if (file.p[i] == '/') {
			end = i;
			depth--;
		}
	}
	return (struct vmt_str){end ? file.p : NULL, end};
}
