// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernels of before 5.4, which have no BTF: vmap_area with flags of its own, and vmlist. */
#include "kernel_old.h"
#include "kerntest.h"

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
