// SPDX-License-Identifier: GPL-2.0-or-later
/* Symbols by address, and callers taken apart. */
#include "unit.h"

static struct vmt_symbols *table_of(const char *const *names, const uint64_t *vas, size_t n)
{
	struct vmt_symbols *s = vmt_symbols_new();

	assert_non_null(s);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
			vmt_symbols_add(s, vas[i], vmt_str(names[i]), (struct vmt_str){NULL, 0}),
			VMT_OK);
	return s;
}

static void check_at(struct vmt_symbols *s, uint64_t va, const char *name, uint64_t start,
		     uint64_t size)
{
	struct vmt_symbol found;

	assert_int_equal(vmt_symbols_at(s, va, &found), VMT_OK);
	assert_str(found.name, name);
	assert_u64(found.va, start);
	assert_u64(found.size_bytes, size);
}

static void an_empty_table_has_nothing(void **state)
{
	struct vmt_symbols *s = vmt_symbols_new();
	struct vmt_symbol found;

	(void)state;
	assert_int_equal(vmt_symbols_count(s), 0);
	assert_int_equal(vmt_symbols_at(s, 0, &found), VMT_NONE);
	assert_int_equal(vmt_symbols_at(s, UINT64_MAX, &found), VMT_NONE);
	vmt_symbols_free(s);
	vmt_symbols_free(NULL);
}

static void symbols_reach_to_the_next(void **state)
{
	static const char *const names[] = {"a", "b", "c"};
	static const uint64_t vas[] = {0x1000, 0x1010, 0x2000};
	struct vmt_symbols *s = table_of(names, vas, 3);
	struct vmt_symbol found;

	(void)state;
	assert_int_equal(vmt_symbols_count(s), 3);
	assert_int_equal(vmt_symbols_at(s, 0xfff, &found), VMT_NONE);
	check_at(s, 0x1000, "a", 0x1000, 0x10);
	check_at(s, 0x100f, "a", 0x1000, 0x10);
	check_at(s, 0x1010, "b", 0x1010, 0xff0);
	check_at(s, 0x1fff, "b", 0x1010, 0xff0);
	check_at(s, 0x2000, "c", 0x2000, UINT64_MAX);
	check_at(s, UINT64_MAX, "c", 0x2000, UINT64_MAX);
	vmt_symbols_free(s);
}

/* Added in any order, also between questions. */
static void order_of_adding_does_not_matter(void **state)
{
	static const char *const names[] = {"c", "a", "b"};
	static const uint64_t vas[] = {0x2000, 0x1000, 0x1010};
	struct vmt_symbols *s = table_of(names, vas, 3);

	(void)state;
	check_at(s, 0x1001, "a", 0x1000, 0x10);
	check_at(s, 0x1011, "b", 0x1010, 0xff0);
	assert_int_equal(vmt_symbols_add(s, 0x1008, vmt_str("late"), (struct vmt_str){NULL, 0}),
			 VMT_OK);
	check_at(s, 0x1001, "a", 0x1000, 8);
	check_at(s, 0x100c, "late", 0x1008, 8);
	vmt_symbols_free(s);
}

/* kallsyms prints the first in its order; sizes reach past all of them. */
static void of_aliases_the_first_added_is_told(void **state)
{
	static const char *const names[] = {"z_first", "a_second", "m_third", "next"};
	static const uint64_t vas[] = {0x1000, 0x1000, 0x1000, 0x1040};
	static const char *const mixed[] = {"next", "z_first", "a_second", "m_third"};
	static const uint64_t mixed_vas[] = {0x1040, 0x1000, 0x1000, 0x1000};
	struct vmt_symbols *s = table_of(names, vas, 4);

	(void)state;
	check_at(s, 0x1000, "z_first", 0x1000, 0x40);
	check_at(s, 0x1030, "z_first", 0x1000, 0x40);
	vmt_symbols_free(s);
	/* The same when they had to be sorted. */
	s = table_of(mixed, mixed_vas, 4);
	check_at(s, 0x1030, "z_first", 0x1000, 0x40);
	vmt_symbols_free(s);
}

static void mapping_symbols_are_no_symbols(void **state)
{
	static const char *const names[] = {"f",       "$x", "$d.12", ".L123", ".Ltmp",
					    "L0\001x", "L1", ".text", "L",     ""};
	static const uint64_t vas[] = {0x100, 0x104, 0x108, 0x10c, 0x110,
				       0x114, 0x200, 0x300, 0x400, 0x500};
	struct vmt_symbols *s = table_of(names, vas, ARRAY_SIZE(vas));

	(void)state;
	assert_int_equal(vmt_symbols_count(s), 4);
	check_at(s, 0x150, "f", 0x100, 0x100);
	check_at(s, 0x250, "L1", 0x200, 0x100);
	check_at(s, 0x350, ".text", 0x300, 0x100);
	check_at(s, 0x550, "L", 0x400, UINT64_MAX);
	vmt_symbols_free(s);
}

static void modules_have_their_names(void **state)
{
	struct vmt_symbols *s = vmt_symbols_new();
	struct vmt_symbol found;
	char name[16];

	(void)state;
	assert_int_equal(vmt_symbols_add(s, 0x10, vmt_str("core"), (struct vmt_str){NULL, 0}),
			 VMT_OK);
	for (unsigned i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "m%u", i);
		assert_int_equal(
			vmt_symbols_add(s, 0x1000 + i * 16, vmt_str("init"), vmt_str(name)),
			VMT_OK);
	}
	assert_int_equal(vmt_symbols_at(s, 0x20, &found), VMT_OK);
	assert_int_equal(found.module.n, 0);
	for (unsigned i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "m%u", i);
		assert_int_equal(vmt_symbols_at(s, 0x1008 + i * 16, &found), VMT_OK);
		assert_str(found.module, name);
	}
	vmt_symbols_free(s);
}

static void what_no_kernel_has_is_refused(void **state)
{
	struct vmt_symbols *s = vmt_symbols_new();
	char *name VMT_FREE = malloc(70000);
	enum vmt_rc rc = VMT_OK;
	size_t n = 0;

	(void)state;
	memset(name, 'x', 70000);
	assert_int_equal(
		vmt_symbols_add(s, 1, (struct vmt_str){name, 65535}, (struct vmt_str){NULL, 0}),
		VMT_OK);
	assert_int_equal(
		vmt_symbols_add(s, 1, (struct vmt_str){name, 65536}, (struct vmt_str){NULL, 0}),
		VMT_RANGE);
	assert_int_equal(vmt_symbols_count(s), 1);
	for (n = 1; rc == VMT_OK && n < 5000000; n++)
		rc = vmt_symbols_add(s, n, vmt_str("f"), (struct vmt_str){NULL, 0});
	assert_int_equal(rc, VMT_RANGE);
	assert_int_equal(vmt_symbols_count(s), 4 << 20);
	check_at(s, 77, "f", 77, 1);
	vmt_symbols_free(s);
}

/* More modules than a number has room for. */
static void too_many_modules_are_refused(void **state)
{
	struct vmt_symbols *s = vmt_symbols_new();
	enum vmt_rc rc = VMT_OK;
	char name[16];
	unsigned n;

	(void)state;
	for (n = 0; rc == VMT_OK && n < 70000; n++) {
		(void)snprintf(name, sizeof(name), "m%u", n);
		rc = vmt_symbols_add(s, n, vmt_str("f"), vmt_str(name));
	}
	assert_int_equal(rc, VMT_RANGE);
	assert_int_equal(n, 65536);
	vmt_symbols_free(s);
}

/* ---- callers ---- */

static void callers_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *function;
		uint64_t offset, size;
	} good[] = {
		{"f+0x0/0x1", "f", 0, 1},
		{"kernel_clone+0xbd/0x440", "kernel_clone", 0xbd, 0x440},
		{"load_section.isra.0+0x5c/0x3b8", "load_section.isra.0", 0x5c, 0x3b8},
		{"a+0x1/0x2+0x3/0x4", "a+0x1/0x2", 3, 4},
		{"f+0xffffffffffffffff/0xffffffffffffffff", "f", UINT64_MAX, UINT64_MAX},
		{"+0x1/0x2", "", 1, 2},
	};
	static const char *const bad[] = {
		"",
		"f",
		"f+0x1",
		"f+0x/0x1",
		"f+0x1/0x",
		"f+1/2",
		"f 0x1/0x2",
		"0xffffffff81000000",
		"f+0xg/1",
		"f+0x1/2",
		"f+0x1/0x2 ",
		"f+0x10000000000000000/0x1",
		"/0x1",
		"f-0x1/0x2",
		"f+0x1/0x10000000000000000",
		"f+0X1/0x2",
	};
	struct vmt_caller c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		bool is = vmt_caller_parse(vmt_str(good[i].text), &c);

		/* A name of no letters is none: either answer, but not both. */
		if (!good[i].function[0]) {
			assert_int_equal(is, vmt_caller_is_symbol(vmt_str(good[i].text)));
			continue;
		}
		assert_true(is);
		assert_str(c.function, good[i].function);
		assert_u64(c.offset, good[i].offset);
		assert_u64(c.size_bytes, good[i].size);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (vmt_caller_parse(vmt_str(bad[i]), &c))
			fail_msg("%s is taken for a caller", bad[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_table_has_nothing),
		cmocka_unit_test(symbols_reach_to_the_next),
		cmocka_unit_test(order_of_adding_does_not_matter),
		cmocka_unit_test(of_aliases_the_first_added_is_told),
		cmocka_unit_test(mapping_symbols_are_no_symbols),
		cmocka_unit_test(modules_have_their_names),
		cmocka_unit_test(what_no_kernel_has_is_refused),
		cmocka_unit_test(too_many_modules_are_refused),
		cmocka_unit_test(callers_are_taken_apart),
	};

	return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
