// SPDX-License-Identifier: GPL-2.0-or-later
/** Kernels of before 5.4, which have no BTF: vmap_area with flags of its own, and vmlist. */
#ifndef VMTOOL_KERNEL_OLD_H
#define VMTOOL_KERNEL_OLD_H

#include "kernel_areas.h"

/* Offsets of struct vmap_area by version; the rest is as in all. */
static const struct old {
	const char *name;
	uint64_t list, vm;
} olds[] = {
	{"3.10", 48, 80},
	{"4.19", 48, 72},
	{"5.2", 56, 80},
};

#define VM_VM_AREA 4

static inline uint64_t old_vm(struct kernel *k, uint64_t start, uint64_t size, uint64_t flags,
			      uint32_t pages)
{
	uint64_t vm = kernel_alloc(k, 64, 8);

	kernel_put64(k, vm + 8, start);
	kernel_put64(k, vm + 16, size);
	kernel_put64(k, vm + 24, flags);
	kernel_put32(k, vm + 40, pages);
	kernel_put64(k, vm + 56, k->paging.text + 0x1010);
	return vm;
}

static inline void old_area(struct kernel *k, const struct old *o, uint64_t head, uint64_t start,
			    uint64_t size, uint64_t flags, uint64_t vm)
{
	uint64_t va = kernel_alloc(k, 112, 8);

	kernel_put64(k, va, start);
	kernel_put64(k, va + 8, start + size);
	kernel_put64(k, va + o->list - 32, flags);
	/* The purge list of others, and whatever was there. */
	kernel_put64(k, va + (o->list == 56 ? 72 : 64), 0x1234);
	kernel_put64(k, va + o->vm, vm);
	kernel_list_add(k, head, va + o->list);
}

static inline struct kernel *old_kernel(const struct old *o)
{
	struct kernel *k = kernel_new(&kernel_x86_4);
	uint64_t head = kernel_list_head(k, kernel_alloc(k, 16, 16)), v = k->paging.vmalloc;

	kernel_symbol(k, "first_caller", k->paging.text + 0x1000);
	kernel_symbol(k, "vmap_area_list", head);
	/* A list of them is in all, and must not be read as one more. */
	kernel_symbol(k, "vmap_purge_list", kernel_alloc(k, 16, 16));
	old_area(k, o, head, v, 0x4000, 0, 0x5a5a5a5a);
	old_area(k, o, head, v + 0x8000, 0x3000, 1, old_vm(k, v + 0x99000, 0x1000, 2, 1));
	old_area(k, o, head, v + 0x10000, 0x3000, VM_VM_AREA,
		 old_vm(k, v + 0x10000, 0x3000, 2 | 0x10, 2));
	old_area(k, o, head, v + 0x20000, 0x2000, VM_VM_AREA, old_vm(k, v + 0x20000, 0x2000, 1, 0));
	kernel_say(k, "OFFSET(vmap_area.va_start)=0\nOFFSET(vmap_area.list)=%llu\n",
		   (unsigned long long)o->list);
	(void)kernel_kallsyms_laid(k, &kernel_laid[1]);
	kernel_done(k);
	return k;
}

/* ---- vmlist ---- */

struct vmlist {
	struct kernel *k;
	uint64_t vms[3];
};

static inline struct vmlist vmlist_kernel(void)
{
	struct vmlist l = {.k = kernel_new(&kernel_x86_4)};
	uint64_t first = kernel_alloc(l.k, 8, 8), v = l.k->paging.vmalloc;

	for (unsigned i = 0; i < 3; i++) {
		l.vms[i] = old_vm(l.k, v + 0x10000 * i, 0x4000, i == 1 ? 1 : 2 | 0x10, i ? 0 : 3);
		kernel_put64(l.k, i ? l.vms[i - 1] : first, l.vms[i]);
	}
	kernel_symbol(l.k, "first_caller", l.k->paging.text + 0x1000);
	/* It had one, but without what vmallocinfo printed. */
	kernel_symbol(l.k, "vmap_area_list", kernel_list_head(l.k, kernel_alloc(l.k, 16, 16)));
	kernel_say(l.k, "SYMBOL(vmlist)=%llx\nOFFSET(vm_struct.addr)=8\n",
		   (unsigned long long)first);
	return l;
}

#endif
