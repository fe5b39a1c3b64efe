// SPDX-License-Identifier: GPL-2.0-or-later
/* Groups, tables of areas, diffs, facts, and the small parts of an area. */
#include "reading.h"

#define K4 UINT64_C(4096)
#define AT "0x0000000000000000-0x0000000000000000 "

/* ---- the parts of an area ---- */

static void callers_are_known_by_their_shape(void **state)
{
	(void)state;
	assert_true(vmt_caller_is_symbol(vmt_str("f+0x0/0x1")));
	assert_true(vmt_caller_is_symbol(vmt_str("a.b$c+0xdeadbeef/0x123")));
	assert_true(vmt_caller_is_symbol(vmt_str("a+b+0x0/0x1")));
	assert_false(vmt_caller_is_symbol(vmt_str("+0x0/0x1")));
	assert_false(vmt_caller_is_symbol(vmt_str("f+0x/0x1")));
	assert_false(vmt_caller_is_symbol(vmt_str("f+0x0/0x")));
	assert_false(vmt_caller_is_symbol(vmt_str("f+0x0/1")));
	assert_false(vmt_caller_is_symbol(vmt_str("f+0xG/0x1")));
	assert_false(vmt_caller_is_symbol(vmt_str("f+0x0")));
	assert_false(vmt_caller_is_symbol(vmt_str("f/0x1")));
	assert_false(vmt_caller_is_symbol(vmt_str("")));
	assert_true(vmt_caller_is_raw(vmt_str("0x0")));
	assert_true(vmt_caller_is_raw(vmt_str("0xffffffffc03a1234")));
	assert_false(vmt_caller_is_raw(vmt_str("0x")));
	assert_false(vmt_caller_is_raw(vmt_str("0xg")));
	assert_false(vmt_caller_is_raw(vmt_str("10x0")));
	assert_false(vmt_caller_is_raw(vmt_str("x0")));
}

static void the_function_of_a_caller_is_without_offset(void **state)
{
	(void)state;
	assert_str(vmt_caller_function(vmt_str("f.isra.0+0x10/0x20")), "f.isra.0");
	assert_str(vmt_caller_function(vmt_str("a+b+0x10/0x20")), "a+b");
	assert_str(vmt_caller_function(vmt_str("0xffffffffc03a1234")), "0xffffffffc03a1234");
	assert_str(vmt_caller_function(vmt_str("")), "");
}

static void flags_text_has_known_words_first(void **state)
{
	struct vmt_area a = area_of(AT "8192 f+0x0/0x1 odd vmap strange user");
	char buf[64];

	(void)state;
	assert_int_equal(vmt_area_flags_text(&a, buf, sizeof(buf)),
			 strlen("vmap user odd strange"));
	assert_string_equal(buf, "vmap user odd strange");
}

/* `pages=` between two unknown words is no word of its own: it was understood. */
static void flags_text_has_no_values(void **state)
{
	struct vmt_area a = area_of(AT "8192 f+0x0/0x1 odd pages=1 strange vmalloc");
	char buf[64];

	(void)state;
	(void)vmt_area_flags_text(&a, buf, sizeof(buf));
	assert_string_equal(buf, "vmalloc odd strange");
}

static void flags_text_is_cut_to_fit(void **state)
{
	struct vmt_area a = area_of(AT "8192 f+0x0/0x1 ioremap vmalloc a-word-of-a-vendor");
	char buf[64];

	(void)state;
	for (size_t size = 1; size < sizeof(buf); size++) {
		memset(buf, 'x', sizeof(buf));
		assert_true(vmt_area_flags_text(&a, buf, size) < size);
		assert_true(strlen(buf) < size);
	}
}

static void names_and_words_go_both_ways(void **state)
{
	enum vmt_kind kind;
	enum vmt_group_by by;

	(void)state;
	for (unsigned k = 0; k < VMT_KIND_COUNT; k++) {
		assert_true(vmt_kind_parse(vmt_kind_name((enum vmt_kind)k), &kind));
		assert_int_equal(kind, k);
		assert_non_null(vmt_kind_note((enum vmt_kind)k));
	}
	assert_false(vmt_kind_parse("vmallo", &kind));
	for (unsigned b = 0; b < VMT_BY_COUNT; b++) {
		assert_true(vmt_group_by_parse(vmt_group_by_name((enum vmt_group_by)b), &by));
		assert_int_equal(by, b);
	}
	assert_false(vmt_group_by_parse("", &by));
	assert_int_equal(vmt_area_flag_bit(vmt_str("ioremap")), VMT_AREA_IOREMAP);
	assert_int_equal(vmt_area_flag_bit(vmt_str("dma-coherent")), VMT_AREA_DMA_COHERENT);
	assert_int_equal(vmt_area_flag_bit(vmt_str("unpurged")), VMT_AREA_UNPURGED);
	assert_int_equal(vmt_area_flag_bit(vmt_str("lowmem")), 0);
}

static void most_votes_tell_how_addresses_are_shown(void **state)
{
	static const struct {
		struct vmt_addr_votes votes;
		enum vmt_addr_state expected;
	} cases[] = {
		{{0}, VMT_ADDR_UNKNOWN},
		{{.real = 5, .hashed = 1}, VMT_ADDR_REAL},
		{{.real = 1, .hashed = 5}, VMT_ADDR_HASHED},
		{{.hashed = 1, .zeroed = 5}, VMT_ADDR_ZEROED},
		{{.hidden = 1}, VMT_ADDR_ZEROED},
		{{.zeroed = 1, .hidden = 1, .hashed = 1}, VMT_ADDR_ZEROED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(vmt_addr_decide(&cases[i].votes), cases[i].expected);
}

/* ---- tables of areas ---- */

static void a_table_owns_its_strings(void **state)
{
	struct vmt_areas *t = vmt_areas_new();
	char line[] = AT "8192 f+0x0/0x1 [mod] pages=1 vmalloc odd N0=1";
	struct vmt_area a = area_of(line);

	(void)state;
	assert_int_equal(vmt_areas_add(t, &a), VMT_OK);
	memset(line, 'z', sizeof(line) - 1);
	assert_str(vmt_areas_at(t, 0)->caller, "f+0x0/0x1");
	assert_str(vmt_areas_at(t, 0)->module, "mod");
	assert_str(vmt_areas_at(t, 0)->other, "odd");
	assert_str(vmt_areas_at(t, 0)->nodes, "N0=1");
	vmt_areas_free(t);
}

static int by_size(const struct vmt_area *a, const struct vmt_area *b, void *arg)
{
	++*(size_t *)arg;
	return (a->size_bytes > b->size_bytes) - (a->size_bytes < b->size_bytes);
}

static void sorting_is_stable(void **state)
{
	size_t calls = 0;

	(void)state;
	for (size_t n = 0; n < 70; n++) {
		struct vmt_areas *t = vmt_areas_new();

		for (size_t i = 0; i < n; i++) {
			struct vmt_area a = {.size_bytes = i * 7 % 5, .line = i};

			assert_int_equal(vmt_areas_add(t, &a), VMT_OK);
		}
		assert_int_equal(vmt_areas_sort(t, by_size, &calls), VMT_OK);
		assert_int_equal(vmt_areas_count(t), n);
		for (size_t i = 1; i < n; i++) {
			const struct vmt_area *a = vmt_areas_at(t, i - 1), *b = vmt_areas_at(t, i);

			assert_true(a->size_bytes < b->size_bytes ||
				    (a->size_bytes == b->size_bytes && a->line < b->line));
		}
		vmt_areas_free(t);
	}
	assert_true(calls > 0);
}

/* ---- facts ---- */

/* Several modules in one area (the ROX cache, 6.13+) name none; a hidden base names none. */
static void the_one_module_that_begins_in_a_range_is_found(void **state)
{
	struct vmt_facts f;

	(void)state;
	vmt_facts_init(&f);
	assert_str(vmt_facts_module_in(&f, 0, UINT64_MAX), "");
	assert_int_equal(vmt_facts_add_module(&f, vmt_str("a"), 0x1000, 0x1000), VMT_OK);
	assert_int_equal(vmt_facts_add_module(&f, vmt_str("b"), 0x2000, 0x10), VMT_OK);
	assert_str(vmt_facts_module_in(&f, 0x1000, 0x1001), "a");
	assert_str(vmt_facts_module_in(&f, 0xf00, 0x2000), "a");
	assert_str(vmt_facts_module_in(&f, 0x1001, 0x2000), "");
	assert_str(vmt_facts_module_in(&f, 0x1001, 0x2001), "b");
	assert_str(vmt_facts_module_in(&f, 0x1000, 0x2001), "");
	vmt_facts_deinit(&f);
}

/* kptr_restrict: /proc/modules shows 0 for each, and zeroed areas begin at 0 too. */
static void modules_with_hidden_bases_are_found_nowhere(void **state)
{
	struct vmt_facts f;

	(void)state;
	vmt_facts_init(&f);
	assert_int_equal(vmt_facts_add_module(&f, vmt_str("hidden"), 0, 0x1000), VMT_OK);
	assert_str(vmt_facts_module_in(&f, 0, 0), "");
	assert_str(vmt_facts_module_in(&f, 1, 0x1000), "");
	vmt_facts_deinit(&f);
}

static void merging_fills_only_what_is_missing(void **state)
{
	struct vmt_facts into, from;

	(void)state;
	vmt_facts_init(&into);
	vmt_facts_init(&from);
	vmt_facts_text(&into, vmt_str("Linux version 6.1 x\nVmallocUsed: 1 kB\n"));
	vmt_facts_text(&from, vmt_str("Linux version 5.10 x\nVmallocUsed: 2 kB\nPercpu: 3 kB\n"
				      "HighTotal: 0 kB\nxfs 1 1 - Live 0xffffffffc0a12000\n"));
	vmt_facts_merge(&into, &from);
	assert_string_equal(into.kernel, "6.1");
	assert_u64(into.vmalloc_used, 1024);
	assert_u64(into.percpu, 3072);
	assert_u64(into.mem_total, VMT_FACT_NONE);
	assert_true(into.highmem);
	assert_u64(into.n_modules, 1);
	assert_u64(from.n_modules, 0);
	vmt_facts_deinit(&from);
	assert_str(into.modules[0].name, "xfs");
	vmt_facts_deinit(&into);
}

/* ---- diff ---- */

static struct vmt_groups *groups_of(const char *const *lines, size_t n)
{
	struct vmt_groups *g = vmt_groups_new(VMT_BY_CALLER, K4);

	assert_non_null(g);
	for (size_t i = 0; i < n; i++) {
		struct vmt_area a = area_of(lines[i]);
		struct vmt_guard guard = guard_of(&a, K4);

		assert_int_equal(vmt_groups_add(g, &a, &guard, NULL), VMT_OK);
	}
	return g;
}

static void each_change_has_its_name_and_place(void **state)
{
	static const char *const before[] = {
		AT "8192 gone+0x0/0x1 pages=1 vmalloc", AT "8192 same+0x0/0x1 pages=1 vmalloc",
		AT "8192 grew+0x0/0x1 pages=1 vmalloc", AT "40960 shrank+0x0/0x1 pages=9 vmalloc",
		AT "8192 vmapped+0x0/0x1 vmap",
	};
	static const char *const after[] = {
		AT "8192 same+0x0/0x1 pages=1 vmalloc",	  AT "24576 grew+0x0/0x1 pages=5 vmalloc",
		AT "8192 shrank+0x0/0x1 pages=1 vmalloc", AT "12288 new+0x0/0x1 pages=2 vmalloc",
		AT "12288 vmapped+0x0/0x1 vmap",
	};
	/* Largest change of RAM first: 8, 4, 2, 1 pages, then of size, then none. */
	static const struct {
		const char *key;
		enum vmt_change change;
	} expected[] = {
		{"shrank+0x0/0x1", VMT_SHRANK}, {"grew+0x0/0x1", VMT_GREW},
		{"new+0x0/0x1", VMT_NEW},	{"gone+0x0/0x1", VMT_GONE},
		{"vmapped+0x0/0x1", VMT_GREW},	{"same+0x0/0x1", VMT_SAME},
	};
	struct vmt_groups *a = groups_of(before, 5), *b = groups_of(after, 5);
	struct vmt_diff_row *rows = NULL;
	size_t n;

	(void)state;
	assert_int_equal(vmt_diff_groups(a, b, &rows, &n), VMT_OK);
	assert_int_equal(n, ARRAY_SIZE(expected));
	for (size_t i = 0; i < n; i++) {
		assert_str(rows[i].key, expected[i].key);
		assert_string_equal(vmt_change_name(rows[i].change),
				    vmt_change_name(expected[i].change));
	}
	assert_u64(rows[2].before.areas, 0);
	assert_u64(rows[2].after.resident_bytes, 2 * K4);
	free(rows);
	vmt_groups_free(a);
	vmt_groups_free(b);
}

static void nothing_compared_with_nothing_is_no_row(void **state)
{
	struct vmt_groups *a = groups_of(NULL, 0);
	struct vmt_diff_row *rows = NULL;
	size_t n = 7;

	(void)state;
	assert_int_equal(vmt_diff_groups(a, a, &rows, &n), VMT_OK);
	assert_int_equal(n, 0);
	free(rows);
	vmt_groups_free(a);
}

/* Real addresses join; hashes only within one boot that both name. */
static void what_can_be_joined_is_decided_by_boot_and_addresses(void **state)
{
	static const struct {
		enum vmt_addr_state a, b;
		const char *boot_a, *boot_b;
		enum vmt_join join;
	} cases[] = {
		{VMT_ADDR_REAL, VMT_ADDR_REAL, "", "", VMT_JOIN_REAL},
		{VMT_ADDR_REAL, VMT_ADDR_REAL, "x", "x", VMT_JOIN_REAL},
		{VMT_ADDR_REAL, VMT_ADDR_REAL, "x", "y", VMT_JOIN_CALLER},
		{VMT_ADDR_HASHED, VMT_ADDR_HASHED, "x", "x", VMT_JOIN_HASHED},
		{VMT_ADDR_HASHED, VMT_ADDR_HASHED, "x", "y", VMT_JOIN_CALLER},
		{VMT_ADDR_HASHED, VMT_ADDR_HASHED, "", "", VMT_JOIN_CALLER},
		{VMT_ADDR_HASHED, VMT_ADDR_HASHED, "x", "", VMT_JOIN_CALLER},
		{VMT_ADDR_REAL, VMT_ADDR_HASHED, "x", "x", VMT_JOIN_CALLER},
		{VMT_ADDR_ZEROED, VMT_ADDR_ZEROED, "x", "x", VMT_JOIN_CALLER},
		{VMT_ADDR_UNKNOWN, VMT_ADDR_UNKNOWN, "x", "x", VMT_JOIN_CALLER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vmt_facts a, b;
		const char *why = NULL;

		vmt_facts_init(&a);
		vmt_facts_init(&b);
		(void)snprintf(a.boot_id, sizeof(a.boot_id), "%s", cases[i].boot_a);
		(void)snprintf(b.boot_id, sizeof(b.boot_id), "%s", cases[i].boot_b);
		assert_int_equal(vmt_diff_join(cases[i].a, &a, cases[i].b, &b, &why),
				 cases[i].join);
		assert_non_null(why);
	}
}

/* Hashed beside zeroed: neither has real addresses, and the reason must not say so. */
static void the_reason_of_a_join_is_true(void **state)
{
	struct vmt_facts f;
	const char *why = NULL;

	(void)state;
	vmt_facts_init(&f);
	assert_int_equal(vmt_diff_join(VMT_ADDR_HASHED, &f, VMT_ADDR_ZEROED, &f, &why),
			 VMT_JOIN_CALLER);
	assert_null(strstr(why, "one has real addresses"));
}

static struct vmt_areas *table_of(const uint64_t (*items)[2], size_t n)
{
	struct vmt_areas *t = vmt_areas_new();

	assert_non_null(t);
	for (size_t i = 0; i < n; i++) {
		struct vmt_area a = {.start = items[i][0],
				     .size_bytes = items[i][1],
				     .caller = vmt_str("f+0x0/0x1")};

		assert_int_equal(vmt_areas_add(t, &a), VMT_OK);
	}
	return t;
}

/* A start that is taken again with another size is one gone and one born; twice is twice. */
static void areas_are_told_one_by_one(void **state)
{
	static const uint64_t before[][2] = {{5, 1}, {1, 1}, {2, 1}, {3, 1}, {3, 1}};
	static const uint64_t after[][2] = {{3, 1}, {2, 9}, {1, 1}, {9, 1}};
	struct vmt_areas *a = table_of(before, 5), *b = table_of(after, 4);
	const struct vmt_area **gone = NULL, **born = NULL;
	size_t n_gone, n_born;

	(void)state;
	assert_int_equal(vmt_diff_areas(a, b, &gone, &n_gone, &born, &n_born), VMT_OK);
	assert_int_equal(n_gone, 3);
	assert_u64(gone[0]->start, 2);
	assert_u64(gone[1]->start, 3);
	assert_u64(gone[2]->start, 5);
	assert_int_equal(n_born, 2);
	assert_u64(born[0]->start, 2);
	assert_u64(born[0]->size_bytes, 9);
	assert_u64(born[1]->start, 9);
	free(gone);
	free(born);
	vmt_areas_free(a);
	vmt_areas_free(b);
}

/* Which area of a table of few starts, so that much stands twice and in another order. */
static uint64_t roll(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return *seed >> 33;
}

/* The difference of two multisets, whatever the order they stand in. */
static void the_order_of_texts_is_no_difference(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		uint64_t items[2][200][2];
		int64_t count[30] = {0};
		size_t n[2], n_gone, n_born, gone_n = 0, born_n = 0;
		const struct vmt_area **gone, **born;
		struct vmt_areas *t[2];

		for (int k = 0; k < 2; k++) {
			n[k] = roll(&seed) % 200;
			for (size_t i = 0; i < n[k]; i++) {
				/* Mostly in order, as texts are. */
				uint64_t start = roll(&seed) % 4 ? i * 30 / 200 : roll(&seed) % 30;

				items[k][i][0] = start + 1;
				items[k][i][1] = 1;
				count[start] += k ? 1 : -1;
			}
			t[k] = table_of((const uint64_t(*)[2])items[k], n[k]);
		}
		assert_int_equal(vmt_diff_areas(t[0], t[1], &gone, &n_gone, &born, &n_born),
				 VMT_OK);
		for (size_t i = 0; i < 30; i++) {
			gone_n += count[i] < 0 ? (size_t)-count[i] : 0;
			born_n += count[i] > 0 ? (size_t)count[i] : 0;
		}
		assert_int_equal(n_gone, gone_n);
		assert_int_equal(n_born, born_n);
		for (size_t i = 0; i < n_gone; i++)
			assert_int_equal(count[gone[i]->start - 1]++ < 0, 1);
		for (size_t i = 0; i < n_born; i++)
			assert_int_equal(count[born[i]->start - 1]-- > 0, 1);
		free(gone);
		free(born);
		vmt_areas_free(t[0]);
		vmt_areas_free(t[1]);
	}
}

static void freed_areas_are_in_no_difference(void **state)
{
	struct vmt_areas *a = table_of(NULL, 0), *b = table_of(NULL, 0);
	struct vmt_area freed =
		area_of("0xffffc90000000000-0xffffc90000002000 8192 unpurged vm_area");
	const struct vmt_area **gone = NULL, **born = NULL;
	size_t n_gone, n_born;

	(void)state;
	assert_int_equal(vmt_areas_add(b, &freed), VMT_OK);
	assert_int_equal(vmt_diff_areas(a, b, &gone, &n_gone, &born, &n_born), VMT_OK);
	assert_int_equal(n_gone + n_born, 0);
	free(gone);
	free(born);
	vmt_areas_free(a);
	vmt_areas_free(b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(callers_are_known_by_their_shape),
		cmocka_unit_test(the_function_of_a_caller_is_without_offset),
		cmocka_unit_test(flags_text_has_known_words_first),
		cmocka_unit_test(flags_text_has_no_values),
		cmocka_unit_test(flags_text_is_cut_to_fit),
		cmocka_unit_test(names_and_words_go_both_ways),
		cmocka_unit_test(most_votes_tell_how_addresses_are_shown),
		cmocka_unit_test(a_table_owns_its_strings),
		cmocka_unit_test(sorting_is_stable),
		cmocka_unit_test(the_one_module_that_begins_in_a_range_is_found),
		cmocka_unit_test(modules_with_hidden_bases_are_found_nowhere),
		cmocka_unit_test(merging_fills_only_what_is_missing),
		cmocka_unit_test(each_change_has_its_name_and_place),
		cmocka_unit_test(nothing_compared_with_nothing_is_no_row),
		cmocka_unit_test(what_can_be_joined_is_decided_by_boot_and_addresses),
		cmocka_unit_test(the_reason_of_a_join_is_true),
		cmocka_unit_test(areas_are_told_one_by_one),
		cmocka_unit_test(the_order_of_texts_is_no_difference),
		cmocka_unit_test(freed_areas_are_in_no_difference),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
