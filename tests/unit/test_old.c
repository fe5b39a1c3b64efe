// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernels of before 5.4, which have no BTF: vmap_area with flags of its own, and vmlist. */
#include "kerntest.h"

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

static uint64_t put_vm(struct kernel *k, uint64_t start, uint64_t size, uint64_t flags,
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

static void put_area(struct kernel *k, const struct old *o, uint64_t head, uint64_t start,
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

static struct kernel *old_kernel(const struct old *o)
{
	struct kernel *k = kernel_new(&kernel_x86_4);
	uint64_t head = kernel_list_head(k, kernel_alloc(k, 16, 16)), v = k->paging.vmalloc;

	kernel_symbol(k, "first_caller", k->paging.text + 0x1000);
	kernel_symbol(k, "vmap_area_list", head);
	/* A list of them is in all, and must not be read as one more. */
	kernel_symbol(k, "vmap_purge_list", kernel_alloc(k, 16, 16));
	put_area(k, o, head, v, 0x4000, 0, 0x5a5a5a5a);
	put_area(k, o, head, v + 0x8000, 0x3000, 1, put_vm(k, v + 0x99000, 0x1000, 2, 1));
	put_area(k, o, head, v + 0x10000, 0x3000, VM_VM_AREA,
		 put_vm(k, v + 0x10000, 0x3000, 2 | 0x10, 2));
	put_area(k, o, head, v + 0x20000, 0x2000, VM_VM_AREA, put_vm(k, v + 0x20000, 0x2000, 1, 0));
	kernel_say(k, "OFFSET(vmap_area.va_start)=0\nOFFSET(vmap_area.list)=%llu\n",
		   (unsigned long long)o->list);
	(void)kernel_kallsyms_laid(k, &kernel_laid[1]);
	kernel_done(k);
	return k;
}

static void areas_with_flags_of_their_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(olds); i++) {
		struct kernel *k = old_kernel(&olds[i]);
		const struct vmt_area *a;
		struct kerntest t;

		kerntest_read(&t, k);
		assert_int_equal(vmt_kern_about(t.kern)->types, VMT_FROM_TABLE);
		if (t.n != 4)
			fail_msg("%s: %zu areas", olds[i].name, t.n);
		assert_false(t.about->no_unpurged);
		assert_u64(t.about->broken_lists + t.about->no_vm, 0);
		assert_int_equal(t.areas[0].area.kind, VMT_KIND_VM_MAP_RAM);
		a = &t.areas[1].area;
		assert_int_equal(a->kind, VMT_KIND_UNPURGED);
		assert_u64(a->start, k->paging.vmalloc + 0x8000);
		assert_u64(a->size_bytes, 0x3000);
		a = &t.areas[2].area;
		assert_int_equal(a->kind, VMT_KIND_VMALLOC);
		assert_u64(a->pages, 2);
		assert_true(vmt_str_starts(a->caller, "first_caller+0x10/"));
		assert_false(a->flags & VMT_AREA_DMA_COHERENT);
		assert_int_equal(t.areas[3].area.kind, VMT_KIND_IOREMAP);
		kerntest_close(&t);
		kernel_free(k);
	}
}

/* ---- vmlist ---- */

struct vmlist {
	struct kernel *k;
	uint64_t vms[3];
};

static struct vmlist vmlist_kernel(void)
{
	struct vmlist l = {.k = kernel_new(&kernel_x86_4)};
	uint64_t first = kernel_alloc(l.k, 8, 8), v = l.k->paging.vmalloc;

	for (unsigned i = 0; i < 3; i++) {
		l.vms[i] = put_vm(l.k, v + 0x10000 * i, 0x4000, i == 1 ? 1 : 2 | 0x10, i ? 0 : 3);
		kernel_put64(l.k, i ? l.vms[i - 1] : first, l.vms[i]);
	}
	kernel_symbol(l.k, "first_caller", l.k->paging.text + 0x1000);
	/* It had one, but without what vmallocinfo printed. */
	kernel_symbol(l.k, "vmap_area_list", kernel_list_head(l.k, kernel_alloc(l.k, 16, 16)));
	kernel_say(l.k, "SYMBOL(vmlist)=%llx\nOFFSET(vm_struct.addr)=8\n",
		   (unsigned long long)first);
	return l;
}

static void vmlist_is_read(void **state)
{
	struct vmlist l = vmlist_kernel();
	struct kerntest t;

	(void)state;
	(void)kernel_kallsyms_laid(l.k, &kernel_laid[0]);
	kernel_done(l.k);
	kerntest_read(&t, l.k);
	assert_u64(t.n, 3);
	assert_false(t.about->no_unpurged);
	assert_int_equal(t.areas[0].area.kind, VMT_KIND_VMALLOC);
	assert_u64(t.areas[0].area.pages, 3);
	assert_u64(t.areas[0].area.start, l.k->paging.vmalloc);
	assert_u64(t.areas[0].area.end, l.k->paging.vmalloc + 0x4000);
	assert_true(vmt_str_starts(t.areas[0].area.caller, "first_caller+0x10/"));
	assert_int_equal(t.areas[1].area.kind, VMT_KIND_IOREMAP);
	assert_u64(t.areas[2].area.line, 3);
	kerntest_close(&t);
	kernel_free(l.k);
}

/* VMCOREINFO alone is enough for the areas, and what it does not give is said. */
static void vmlist_without_symbols(void **state)
{
	struct vmlist l = vmlist_kernel();
	struct kerntest t;

	(void)state;
	kernel_done(l.k);
	kerntest_read(&t, l.k);
	assert_u64(t.n, 3);
	assert_str(t.areas[0].area.caller, "0xffffffff9a001010");
	kerntest_misses(&t, "callers stay addresses");
	kerntest_close(&t);
	kernel_free(l.k);
}

static void vmlist_that_never_ends(void **state)
{
	struct vmlist l = vmlist_kernel();
	struct kerntest t;

	(void)state;
	kernel_put64(l.k, l.vms[2], l.vms[1]);
	kernel_done(l.k);
	kerntest_read(&t, l.k);
	assert_u64(t.about->broken_lists, 1);
	assert_non_null(strstr(t.about->first.text, "comes back"));
	assert_in_range(t.n, 3, 10);
	kerntest_close(&t);
	kernel_free(l.k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(areas_with_flags_of_their_own),
		cmocka_unit_test(vmlist_is_read),
		cmocka_unit_test(vmlist_without_symbols),
		cmocka_unit_test(vmlist_that_never_ends),
	};

	return cmocka_run_group_tests_name("old", tests, NULL, NULL);
}
