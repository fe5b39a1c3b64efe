// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who merely allocates, who wanted the memory, and the subsystem of a file.  The tables are
 * private, so their file is included: the library's copy is then not linked.
 */
#include "sym/owner.c"

#include "unit.h"

static void assert_ordered(const char *const *names, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (strcmp(names[i - 1], names[i]) >= 0)
			fail_msg("%s stands before %s", names[i - 1], names[i]);
	}
}

static void the_wrappers_are_in_order_without_repeats(void **state)
{
	(void)state;
	assert_ordered(wrappers, ARRAY_SIZE(wrappers));
	assert_true(ARRAY_SIZE(wrappers) > 60);
}

/* An entry that a plain name never equals would never be met. */
static void every_entry_is_a_plain_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrappers); i++)
		assert_str(plain_name(vmt_str(wrappers[i])), wrappers[i]);
	for (size_t i = 0; i < ARRAY_SIZE(takers); i++)
		assert_str(plain_name(vmt_str(takers[i])), takers[i]);
}

/* Who is given the caller as an argument allocates for others, too. */
static void takers_are_wrappers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(takers); i++)
		assert_true(vmt_owner_is_wrapper(vmt_str(takers[i]), NULL));
}

static void wrappers_are_known_in_all_their_forms(void **state)
{
	static const char *const yes[] = {
		"vmalloc",
		"__vmalloc",
		"vmalloc_noprof",
		"__vmalloc_node_range_noprof",
		"ioremap",
		"__ioremap_caller",
		"devm_ioremap",
		"__devm_ioremap_resource",
		"pcim_iomap_regions",
		"kvcalloc_noprof.isra.0",
		"vzalloc.constprop.0",
		"__kvmalloc_node_noprof.part.0.isra.1",
		"___vmalloc",
		"x86_acpi_os_ioremap",
	};
	static const char *const no[] = {
		"",
		"v",
		"_",
		"___",
		"_noprof",
		"vmallo",
		"vmallocx",
		"my_vmalloc",
		"vmalloc_info_show",
		".vmalloc",
		"devm_",
		"kernel_clone",
		"copy_process",
		"VMALLOC",
		"noprof_vmalloc",
		"bpf_prog_alloc",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!vmt_owner_is_wrapper(vmt_str(yes[i]), NULL))
			fail_msg("%s is no wrapper", yes[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		if (vmt_owner_is_wrapper(vmt_str(no[i]), NULL))
			fail_msg("%s is a wrapper", no[i]);
	}
	assert_false(vmt_owner_is_wrapper((struct vmt_str){NULL, 0}, NULL));
}

static void takers_are_known_in_all_their_forms(void **state)
{
	(void)state;
	assert_true(vmt_owner_takes_caller(vmt_str("__vmalloc_node_range_noprof")));
	assert_true(vmt_owner_takes_caller(vmt_str("__ioremap_caller")));
	assert_true(vmt_owner_takes_caller(vmt_str("__get_vm_area_node.constprop.0")));
	assert_false(vmt_owner_takes_caller(vmt_str("vmalloc")));
	assert_false(vmt_owner_takes_caller(vmt_str("kernel_clone")));
	assert_false(vmt_owner_takes_caller(vmt_str("")));
}

static void names_can_be_added_by_globs(void **state)
{
	static const char *const globs[] = {"mem_*", "exact"};
	const struct vmt_wrappers more = {globs, 2};

	(void)state;
	assert_true(vmt_owner_is_wrapper(vmt_str("mem_get"), &more));
	assert_true(vmt_owner_is_wrapper(vmt_str("exact"), &more));
	assert_true(vmt_owner_is_wrapper(vmt_str("vmalloc"), &more));
	assert_false(vmt_owner_is_wrapper(vmt_str("exactly"), &more));
	assert_false(vmt_owner_is_wrapper(vmt_str("mem_get"), NULL));
}

static struct vmt_frame frame(const char *function)
{
	return (struct vmt_frame){.function = vmt_str(function)};
}

static void the_owner_is_the_first_that_does_not_merely_allocate(void **state)
{
	const struct vmt_frame frames[] = {frame("kvcalloc_noprof"), frame(""), frame("ring_alloc"),
					   frame("ring_setup")};
	const struct vmt_frame all[] = {frame("kvcalloc"), frame("vmalloc")};
	static const char *const glob[] = {"ring_alloc"};
	const struct vmt_wrappers more = {glob, 1};

	(void)state;
	assert_int_equal(vmt_owner_of(frames, 4, NULL), 2);
	assert_int_equal(vmt_owner_of(frames, 4, &more), 3);
	assert_int_equal(vmt_owner_of(frames + 2, 2, NULL), 0);
	/* Where all merely allocate, the outermost. */
	assert_int_equal(vmt_owner_of(all, 2, NULL), 1);
	assert_int_equal(vmt_owner_of(frames, 2, NULL), 1);
	assert_int_equal(vmt_owner_of(NULL, 0, NULL), 0);
}

static void subsystems_are_leading_directories(void **state)
{
	static const char *const pairs[][2] = {
		{"kernel/bpf/core.c", "kernel/bpf"},
		{"kernel/fork.c", "kernel"},
		{"mm/vmalloc.c", "mm"},
		{"fs/xfs/libxfs/xfs_btree.c", "fs/xfs"},
		{"net/netfilter/x_tables.c", "net/netfilter"},
		{"arch/x86/kernel/cpu/mce/core.c", "arch/x86/kernel"},
		{"arch/x86/mm/pat.c", "arch/x86/mm"},
		{"drivers/net/ethernet/intel/e1000e/netdev.c", "drivers/net/ethernet/intel"},
		{"drivers/gpu/drm/drm_gem.c", "drivers/gpu/drm"},
		{"drivers/pci/iomap.c", "drivers/pci"},
		{"sound/pci/hda/hda_intel.c", "sound/pci/hda"},
		{"include/linux/slab.h", "include/linux"},
		{"/home/me/mod/sub/dir/x.c", "/home/me/mod/sub/dir"},
		{"init.c", ""},
		{"", ""},
		{"/x.c", ""},
		{"a/", "a"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct vmt_str s = vmt_owner_subsystem(vmt_str(pairs[i][0]));

		assert_str(s, pairs[i][1]);
		assert_true(s.n || !s.p);
	}
	assert_str(vmt_owner_subsystem((struct vmt_str){NULL, 0}), "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wrappers_are_in_order_without_repeats),
		cmocka_unit_test(every_entry_is_a_plain_name),
		cmocka_unit_test(takers_are_wrappers),
		cmocka_unit_test(wrappers_are_known_in_all_their_forms),
		cmocka_unit_test(takers_are_known_in_all_their_forms),
		cmocka_unit_test(names_can_be_added_by_globs),
		cmocka_unit_test(the_owner_is_the_first_that_does_not_merely_allocate),
		cmocka_unit_test(subsystems_are_leading_directories),
	};

	return cmocka_run_group_tests_name("owner", tests, NULL, NULL);
}
