// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What callers are for.  The table itself is private, so its file is included: the library's copy
 * is then not linked.
 */
#include "model/what.c"

#include "reading.h"

static const char *what_of(const char *function)
{
	return vmt_what_function(vmt_str(function));
}

/* The table is searched by halves: one name out of order, and some are never found. */
static void the_table_is_in_order_without_repeats(void **state)
{
	(void)state;
	for (size_t i = 1; i < ARRAY_SIZE(table); i++) {
		if (strcmp(table[i - 1].function, table[i].function) >= 0)
			fail_msg("%s stands before %s", table[i - 1].function, table[i].function);
	}
}

static void every_name_of_the_table_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *what = what_of(table[i].function);

		if (!what || strcmp(what, table[i].what) != 0)
			fail_msg("%s is %s", table[i].function, what ? what : "not found");
	}
}

/* A name is looked up without its suffixes, so an entry that has one could never be met. */
static void no_name_of_the_table_has_a_suffix_or_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct vmt_str plain = plain_name(vmt_str(table[i].function));

		assert_str(plain, table[i].function);
	}
}

static void compiler_suffixes_are_stripped(void **state)
{
	static const char *const names[] = {
		"kernel_clone",
		"kernel_clone.isra.0",
		"kernel_clone.part.0",
		"kernel_clone.cold",
		"kernel_clone.constprop.0.isra.3",
		"kernel_clone.llvm.123456",
		"kernel_clone_noprof",
		"kernel_clone_noprof.isra.0",
		"__do_sys_kernel_clone",
		"__x64_sys_kernel_clone",
		"__se_sys_kernel_clone",
		"__arm64_sys_kernel_clone",
		"__riscv_sys_kernel_clone",
		"SYSC_kernel_clone",
		"SyS_kernel_clone",
		"sys_kernel_clone",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *what = what_of(names[i]);

		if (!what || strcmp(what, "thread stacks") != 0)
			fail_msg("%s is %s", names[i], what ? what : "not found");
	}
}

static void names_that_only_look_alike_are_not_found(void **state)
{
	static const char *const names[] = {
		"",
		".",
		"_noprof",
		"sys_",
		"kernel_clon",
		"kernel_clone2",
		"Kernel_clone",
		".kernel_clone",
		"0xffffffffc03a1234",
		"a",
		"zzz",
		"__do_sys_",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (what_of(names[i]))
			fail_msg("\"%s\" is %s", names[i], what_of(names[i]));
	}
	assert_null(vmt_what_function((struct vmt_str){NULL, 0}));
}

static void the_name_is_taken_from_the_caller(void **state)
{
	struct vmt_area a =
		area_of("0x00000000-0x00000000 8192 dup_task_struct.isra.0+0x5c/0x3b8 [m] "
			"pages=1 vmalloc");

	(void)state;
	assert_string_equal(vmt_what(&a), "thread stacks");
}

static void freed_areas_and_those_without_caller_are_for_nothing(void **state)
{
	struct vmt_area a = area_of("0x00000000-0x00000000 8192 unpurged vm_area");

	(void)state;
	assert_null(vmt_what(&a));
	a = area_of("0x00000000-0x00000000 8192 vm_map_ram");
	assert_null(vmt_what(&a));
	a = area_of("0x00000000-0x00000000 8192 vmalloc");
	assert_null(vmt_what(&a));
}

static void the_buffer_of_this_read_is_named(void **state)
{
	struct vmt_area a = area_of("0x00000000-0x00000000 8192 seq_read_iter+0x2d2/0x480 pages=1 "
				    "vmalloc N0=1");

	(void)state;
	assert_string_equal(vmt_what(&a), "buffer of a read of this file");
}

static void stacks_are_told_from_the_rest(void **state)
{
	(void)state;
	assert_true(vmt_what_is_stack(what_of("kernel_clone")));
	assert_true(vmt_what_is_stack(what_of("irq_init_percpu_irqstack")));
	assert_false(vmt_what_is_stack(what_of("load_module")));
	assert_false(vmt_what_is_stack(NULL));
}

/* The point of the table: on a real machine, nearly all RAM has a name. */
static void nine_tenths_of_the_ram_of_every_fixture_is_named(void **state)
{
	(void)state;
	for (size_t k = 0; k < FIXTURES * MODES; k++) {
		size_t size;
		char *text = fixture_text(k / MODES, mode_name(k % MODES), &size);
		struct reading r = read_memory(text, size, NULL);
		uint64_t all = 0, named = 0;

		for (size_t i = 0; i < r.n; i++) {
			uint64_t pages = vmt_area_resident_pages(&r.areas[i]);

			all += pages;
			named += vmt_what(&r.areas[i]) ? pages : 0;
		}
		assert_true(all > 1000);
		if (named * 10 < all * 9)
			fail_msg("%s: %" PRIu64 " of %" PRIu64 " pages", fixture_name(k / MODES),
				 named, all);
		reading_free(&r);
		free(text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_in_order_without_repeats),
		cmocka_unit_test(every_name_of_the_table_is_found),
		cmocka_unit_test(no_name_of_the_table_has_a_suffix_or_prefix),
		cmocka_unit_test(compiler_suffixes_are_stripped),
		cmocka_unit_test(names_that_only_look_alike_are_not_found),
		cmocka_unit_test(the_name_is_taken_from_the_caller),
		cmocka_unit_test(freed_areas_and_those_without_caller_are_for_nothing),
		cmocka_unit_test(the_buffer_of_this_read_is_named),
		cmocka_unit_test(stacks_are_told_from_the_rest),
		cmocka_unit_test(nine_tenths_of_the_ram_of_every_fixture_is_named),
	};

	return cmocka_run_group_tests_name("what", tests, NULL, NULL);
}
