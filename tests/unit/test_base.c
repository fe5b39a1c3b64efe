// SPDX-License-Identifier: GPL-2.0-or-later
/* Byte strings, numbers and errors. */
#include "unit.h"

/* ---- strings ---- */

static void equality_and_order_are_by_bytes(void **state)
{
	struct vmt_str none = {NULL, 0};

	(void)state;
	assert_true(vmt_str_eq(none, vmt_str("")));
	assert_false(vmt_str_eq(vmt_str("a"), none));
	assert_true(vmt_str_is(vmt_str("abc"), "abc"));
	assert_false(vmt_str_is(vmt_str("abc"), "ab"));
	assert_true(vmt_str_cmp(vmt_str("ab"), vmt_str("abc")) < 0);
	assert_true(vmt_str_cmp(vmt_str("abd"), vmt_str("abc")) > 0);
	assert_true(vmt_str_cmp(vmt_str("\xff"), vmt_str("a")) > 0);
	assert_int_equal(vmt_str_cmp(none, vmt_str("")), 0);
}

static void finding_and_prefixes(void **state)
{
	(void)state;
	assert_true(vmt_str_starts(vmt_str("abc"), "ab"));
	assert_true(vmt_str_starts(vmt_str("abc"), ""));
	assert_false(vmt_str_starts(vmt_str("a"), "ab"));
	assert_int_equal(vmt_str_find(vmt_str("abcabc"), "ca"), 2);
	assert_true(vmt_str_find(vmt_str("abc"), "x") == SIZE_MAX);
	assert_true(vmt_str_find((struct vmt_str){NULL, 0}, "x") == SIZE_MAX);
	/* No further than its end. */
	assert_true(vmt_str_find((struct vmt_str){"abc", 2}, "c") == SIZE_MAX);
}

static void trimming_takes_blanks_off_both_ends(void **state)
{
	(void)state;
	assert_str(vmt_str_trim(vmt_str(" \t a b \r")), "a b");
	assert_str(vmt_str_trim(vmt_str(" \t\r")), "");
	assert_str(vmt_str_trim((struct vmt_str){NULL, 0}), "");
}

static void words_come_one_by_one(void **state)
{
	struct vmt_str rest = vmt_str("  one two\tb  three ");

	(void)state;
	assert_str(vmt_str_word(&rest), "one");
	assert_str(vmt_str_word(&rest), "two\tb");
	assert_str(vmt_str_word(&rest), "three");
	assert_int_equal(vmt_str_word(&rest).n, 0);
	assert_int_equal(vmt_str_word(&rest).n, 0);
}

/* UBSan of clang reports arithmetic on a null pointer, also by 0. */
static void no_string_has_no_word(void **state)
{
	struct vmt_str none = {NULL, 0};

	(void)state;
	assert_int_equal(vmt_str_word(&none).n, 0);
	assert_int_equal(none.n, 0);
}

static void globs_match_strings_of_any_length(void **state)
{
	char long_text[1000];

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	assert_true(vmt_str_glob("a*c", vmt_str("abbbc")));
	assert_false(vmt_str_glob("a*c", vmt_str("abbbcd")));
	assert_true(vmt_str_glob("[bf]*", vmt_str("foo")));
	assert_true(vmt_str_glob("*", (struct vmt_str){NULL, 0}));
	for (size_t n = 250; n < 260; n++) {
		assert_true(vmt_str_glob("x*x", (struct vmt_str){long_text, n}));
		assert_false(vmt_str_glob("x*y", (struct vmt_str){long_text, n}));
	}
	assert_true(vmt_str_glob("x*x", (struct vmt_str){long_text, sizeof(long_text)}));
	assert_false(vmt_str_glob("*", (struct vmt_str){"a\0b", 3}));
}

static void copies_are_cut_and_made_printable(void **state)
{
	char buf[8];

	(void)state;
	vmt_str_copy(buf, sizeof(buf), vmt_str("a\x01\x7f\xc3z"));
	assert_string_equal(buf, "a???z");
	vmt_str_copy(buf, sizeof(buf), vmt_str("123456789"));
	assert_string_equal(buf, "1234567");
	vmt_str_copy(buf, 1, vmt_str("x"));
	assert_string_equal(buf, "");
}

/* ---- numbers ---- */

static void numbers_are_all_digits_and_fit(void **state)
{
	static const struct {
		const char *text;
		unsigned base;
		bool ok;
		uint64_t value;
	} cases[] = {
		{"0", 10, true, 0},
		{"00012", 10, true, 12},
		{"ff", 16, true, 255},
		{"FF", 16, true, 255},
		{"18446744073709551615", 10, true, UINT64_MAX},
		{"18446744073709551616", 10, false, 0},
		{"99999999999999999999", 10, false, 0},
		{"ffffffffffffffff", 16, true, UINT64_MAX},
		{"10000000000000000", 16, false, 0},
		{"00000000000000000000001", 16, true, 1},
		{"", 10, false, 0},
		{"-1", 10, false, 0},
		{"+1", 10, false, 0},
		{" 1", 10, false, 0},
		{"1 ", 10, false, 0},
		{"a", 10, false, 0},
		{"g", 16, false, 0},
		{"0x1", 16, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t v = 0;

		if (vmt_num_parse(vmt_str(cases[i].text), cases[i].base, &v) != cases[i].ok)
			fail_msg("\"%s\"", cases[i].text);
		assert_u64(v, cases[i].value);
	}
}

static const struct {
	const char *text;
	uint64_t bytes;
} good_sizes[] = {
	{"0", 0},
	{"4096", 4096},
	{"4096B", 4096},
	{"0x1000", 4096},
	{"0X10", 16},
	{"64K", 65536},
	{"64k", 65536},
	{"64KiB", 65536},
	{"64KB", 65536},
	{"64kib", 65536},
	{"1.5M", 1572864},
	{"0.5K", 512},
	{"2GiB", UINT64_C(1) << 31},
	{"1T", UINT64_C(1) << 40},
	{"1P", UINT64_C(1) << 50},
	{"15E", UINT64_C(15) << 60},
	{"1.25G", 1342177280},
	{"1.5E", UINT64_C(3) << 59},
	{"0.25T", UINT64_C(1) << 38},
	{"18446744073709551615", UINT64_MAX},
	{"0xffffffffffffffff", UINT64_MAX},
};

static void sizes_are_read_as_people_write_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good_sizes); i++) {
		uint64_t v = 7;

		if (!vmt_num_size(good_sizes[i].text, &v))
			fail_msg("refused: %s", good_sizes[i].text);
		if (v != good_sizes[i].bytes)
			fail_msg("%s is %" PRIu64, good_sizes[i].text, v);
	}
}

static void bad_sizes_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"K",
		".5M",
		"1.M",
		"1.5",
		"1.5B",
		"1.5.2M",
		"-1",
		"+1",
		" 1",
		"1 K",
		"1KK",
		"1KiBx",
		"0x",
		"0xg",
		"16E",
		"16384P",
		"18446744073709551616",
		"0x10000000000000000",
		"1Z",
		"M1",
		"1.0000000001M",
		"1e3",
		"15.9999E9",
		"1,5M",
		"1i",
		"..",
		".",
	};
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (vmt_num_size(bad[i], &v))
			fail_msg("\"%s\" is %" PRIu64, bad[i], v);
	}
}

static void sizes_are_written_in_three_digits(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{0, "0 B"},
		{512, "512 B"},
		{1023, "1023 B"},
		{1024, "1 KiB"},
		{20480, "20 KiB"},
		{1536, "1.5 KiB"},
		{102400, "100 KiB"},
		{1048576, "1.0 MiB"},
		{4299161, "4.1 MiB"},
		{348127232, "332 MiB"},
		{1023 << 10, "1023 KiB"},
		{1048575, "1.0 MiB"},
		{UINT64_C(1073700000), "1.0 GiB"},
		{UINT64_C(104857600), "100 MiB"},
		{UINT64_C(104800000), "99.9 MiB"},
		{UINT64_C(104854000), "100 MiB"},
		{UINT64_C(1) << 40, "1.0 TiB"},
		{UINT64_MAX, "16.0 EiB"},
	};
	char buf[VMT_NUM_HUMAN];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(vmt_num_human(buf, cases[i].bytes), cases[i].text);
}

static void counts_are_grouped_in_thousands(void **state)
{
	char buf[VMT_NUM_GROUPED];

	(void)state;
	assert_string_equal(vmt_num_grouped(buf, 0), "0");
	assert_string_equal(vmt_num_grouped(buf, 999), "999");
	assert_string_equal(vmt_num_grouped(buf, 1064), "1,064");
	assert_string_equal(vmt_num_grouped(buf, 1000000), "1,000,000");
	assert_string_equal(vmt_num_grouped(buf, UINT64_MAX), "18,446,744,073,709,551,615");
}

static void sums_and_products_saturate(void **state)
{
	(void)state;
	assert_u64(vmt_num_add(1, 2), 3);
	assert_u64(vmt_num_add(UINT64_MAX, 1), UINT64_MAX);
	assert_u64(vmt_num_add(UINT64_MAX - 1, 1), UINT64_MAX);
	assert_u64(vmt_num_mul(3, 4), 12);
	assert_u64(vmt_num_mul(UINT64_MAX, 0), 0);
	assert_u64(vmt_num_mul(UINT64_C(1) << 52, 4096), UINT64_MAX);
	assert_u64(vmt_num_mul(UINT64_C(1) << 51, 4096), UINT64_C(1) << 63);
}

static void rounding_up_saturates(void **state)
{
	(void)state;
	assert_u64(vmt_num_round_up(0, 4096), 0);
	assert_u64(vmt_num_round_up(1, 4096), 4096);
	assert_u64(vmt_num_round_up(4096, 4096), 4096);
	assert_u64(vmt_num_round_up(UINT64_MAX - 4095, 4096), UINT64_MAX - 4095);
	assert_u64(vmt_num_round_up(UINT64_MAX - 4094, 4096), UINT64_MAX);
	assert_u64(vmt_num_round_up(UINT64_MAX, 4096), UINT64_MAX);
	assert_true(vmt_num_is_pow2(1) && vmt_num_is_pow2(UINT64_C(1) << 63));
	assert_false(vmt_num_is_pow2(0) || vmt_num_is_pow2(3));
}

/* ---- errors and growing ---- */

static void errors_have_outer_context_first(void **state)
{
	struct vmt_err err;

	(void)state;
	assert_int_equal(vmt_err_set(&err, VMT_IO, "cannot %s", "read"), VMT_IO);
	assert_int_equal(vmt_err_prepend(&err, "file %d", 3), VMT_IO);
	assert_string_equal(err.text, "file 3: cannot read");
	assert_int_equal(vmt_err_set(NULL, VMT_PERM, "x"), VMT_PERM);
	(void)vmt_err_prepend(NULL, "x");
	assert_int_equal(vmt_err_nomem(&err), VMT_NOMEM);
}

static void long_errors_are_cut(void **state)
{
	struct vmt_err err;
	char name[600];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	for (size_t skip = 0; skip < 200; skip++) {
		(void)vmt_err_set(&err, VMT_IO, "reason");
		(void)vmt_err_prepend(&err, "%s", name + skip);
		assert_true(strlen(err.text) < sizeof(err.text));
	}
	(void)vmt_err_set(&err, VMT_IO, "%s", name);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void arrays_grow_and_refuse_what_cannot_be(void **state)
{
	uint64_t *items = NULL;
	size_t cap = 0;

	(void)state;
	assert_int_equal(vmt_grow(&items, &cap, 1, sizeof(*items)), VMT_OK);
	assert_true(cap >= 1);
	items[0] = 42;
	assert_int_equal(vmt_grow(&items, &cap, 1000, sizeof(*items)), VMT_OK);
	assert_true(cap >= 1000);
	assert_u64(items[0], 42);
	assert_int_equal(vmt_grow(&items, &cap, SIZE_MAX / 4, sizeof(*items)), VMT_NOMEM);
	assert_int_equal(vmt_grow(&items, &cap, SIZE_MAX, 1), VMT_NOMEM);
	assert_u64(items[0], 42);
	free(items);
}

static void time_spans(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} good[] = {
		{"90", 90},	{"0.5", 0.5},	{"30s", 30},	 {"5min", 300},	 {"5m", 300},
		{"12h", 43200}, {"7d", 604800}, {"2w", 1209600}, {"1.5h", 5400}, {"0", 0},
	};
	static const char *const bad[] = {
		"",   "s",     "-1",  "1 h", "1.",  ".5",  "1.h",
		"1H", "1hour", "0x1", "1e3", "1,5", "1h ", "12345678901234567"};
	double seconds;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		if (!vmt_num_span(good[i].text, &seconds) || seconds < good[i].seconds ||
		    seconds > good[i].seconds)
			fail_msg("\"%s\" is %g", good[i].text, seconds);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (vmt_num_span(bad[i], &seconds))
			fail_msg("\"%s\" is taken for %g", bad[i], seconds);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(equality_and_order_are_by_bytes),
		cmocka_unit_test(finding_and_prefixes),
		cmocka_unit_test(trimming_takes_blanks_off_both_ends),
		cmocka_unit_test(words_come_one_by_one),
		cmocka_unit_test(no_string_has_no_word),
		cmocka_unit_test(globs_match_strings_of_any_length),
		cmocka_unit_test(copies_are_cut_and_made_printable),
		cmocka_unit_test(numbers_are_all_digits_and_fit),
		cmocka_unit_test(sizes_are_read_as_people_write_them),
		cmocka_unit_test(bad_sizes_are_refused),
		cmocka_unit_test(sizes_are_written_in_three_digits),
		cmocka_unit_test(counts_are_grouped_in_thousands),
		cmocka_unit_test(sums_and_products_saturate),
		cmocka_unit_test(rounding_up_saturates),
		cmocka_unit_test(errors_have_outer_context_first),
		cmocka_unit_test(long_errors_are_cut),
		cmocka_unit_test(arrays_grow_and_refuse_what_cannot_be),
		cmocka_unit_test(time_spans),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
