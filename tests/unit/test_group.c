// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums by each key; whatever the key, the sums of the groups are the sums of the areas. */
#include "reading.h"

#define K4 UINT64_C(4096)
#define AT "0x0000000000000000-0x0000000000000000 "

static void add_area(struct vmt_groups *g, const struct vmt_area *a)
{
	struct vmt_guard guard = guard_of(a, K4);

	assert_int_equal(vmt_groups_add(g, a, &guard, NULL), VMT_OK);
}

static struct vmt_groups *groups_of(enum vmt_group_by by, const char *const *lines, size_t n)
{
	struct vmt_groups *g = vmt_groups_new(by, K4);

	assert_non_null(g);
	for (size_t i = 0; i < n; i++) {
		struct vmt_area a = area_of(lines[i]);

		add_area(g, &a);
	}
	return g;
}

/* Lines of which every key has two or more areas and another key one. */
static const char *const lines[] = {
	AT "20480 kernel_clone+0x94/0x3e0 pages=4 vmalloc N0=4",
	AT "20480 kernel_clone+0x94/0x3e0 pages=4 vmalloc N1=4",
	AT "20480 kernel_clone+0x10/0x3e0 pages=4 vmalloc N0=4",
	AT "20480 kernel_clone+0x94/0x3e0 [weird] pages=4 vmalloc N0=4",
	AT "8192 pci_iomap_range+0x6d/0xa0 phys=0x00000000fe000000 ioremap",
	AT "12288 unknown_function+0x6d/0xa0 vmap",
};
#define N_LINES ARRAY_SIZE(lines)

struct want {
	const char *key;
	uint64_t areas, size;
};

static void check_groups(enum vmt_group_by by, const struct want *w, size_t n)
{
	struct vmt_groups *g = groups_of(by, lines, N_LINES);

	assert_int_equal(vmt_groups_count(g), n);
	for (size_t i = 0; i < n; i++) {
		const struct vmt_group *found = vmt_groups_find(g, vmt_str(w[i].key));

		if (!found)
			fail_msg("no group \"%s\"", w[i].key);
		assert_u64(found->sums.areas, w[i].areas);
		assert_u64(found->sums.size_bytes, w[i].size);
	}
	assert_null(vmt_groups_find(g, vmt_str("no such key")));
	vmt_groups_free(g);
}

static void by_caller_has_the_module(void **state)
{
	static const struct want w[] = {
		{"kernel_clone+0x94/0x3e0", 2, 40960},
		{"kernel_clone+0x10/0x3e0", 1, 20480},
		{"kernel_clone+0x94/0x3e0 [weird]", 1, 20480},
		{"pci_iomap_range+0x6d/0xa0", 1, 8192},
		{"unknown_function+0x6d/0xa0", 1, 12288},
	};

	(void)state;
	check_groups(VMT_BY_CALLER, w, ARRAY_SIZE(w));
}

static void by_function_is_without_offsets(void **state)
{
	static const struct want w[] = {
		{"kernel_clone", 4, 81920},
		{"pci_iomap_range", 1, 8192},
		{"unknown_function", 1, 12288},
	};

	(void)state;
	check_groups(VMT_BY_FUNCTION, w, ARRAY_SIZE(w));
}

static void by_what_has_one_group_for_the_unknown(void **state)
{
	static const struct want w[] = {
		{"thread stacks", 4, 81920},
		{"PCI device registers", 1, 8192},
		{"", 1, 12288},
	};

	(void)state;
	check_groups(VMT_BY_WHAT, w, ARRAY_SIZE(w));
}

static void by_module_has_one_group_for_the_kernel(void **state)
{
	static const struct want w[] = {{"", 5, 81920}, {"weird", 1, 20480}};

	(void)state;
	check_groups(VMT_BY_MODULE, w, ARRAY_SIZE(w));
}

static void by_kind_has_kinds(void **state)
{
	static const struct want w[] = {
		{"vmalloc", 4, 81920}, {"ioremap", 1, 8192}, {"vmap", 1, 12288}};

	(void)state;
	check_groups(VMT_BY_KIND, w, ARRAY_SIZE(w));
}

static void by_node_has_one_group_for_areas_without(void **state)
{
	static const struct want w[] = {{"0", 3, 61440}, {"1", 1, 20480}, {"", 2, 20480}};

	(void)state;
	check_groups(VMT_BY_NODE, w, ARRAY_SIZE(w));
}

static void by_size_has_powers_of_two(void **state)
{
	static const struct want w[] = {{"16 KiB .. 32 KiB", 4, 81920},
					{"8 KiB .. 16 KiB", 2, 20480}};

	(void)state;
	check_groups(VMT_BY_SIZE, w, ARRAY_SIZE(w));
}

static void by_flags_has_the_words(void **state)
{
	static const struct want w[] = {
		{"vmalloc", 4, 81920}, {"ioremap", 1, 8192}, {"vmap", 1, 12288}};

	(void)state;
	check_groups(VMT_BY_FLAGS, w, ARRAY_SIZE(w));
}

static void a_group_knows_what_it_is_for(void **state)
{
	struct vmt_groups *g = groups_of(VMT_BY_FUNCTION, lines, N_LINES);

	(void)state;
	assert_string_equal(vmt_groups_find(g, vmt_str("kernel_clone"))->what, "thread stacks");
	assert_null(vmt_groups_find(g, vmt_str("unknown_function"))->what);
	vmt_groups_free(g);
}

/* The number given back is the place in the table. */
static void the_number_of_a_group_is_told(void **state)
{
	struct vmt_groups *g = vmt_groups_new(VMT_BY_CALLER, K4);
	uint32_t id;

	(void)state;
	for (size_t i = 0; i < N_LINES; i++) {
		struct vmt_area a = area_of(lines[i]);
		struct vmt_guard guard = guard_of(&a, K4);

		id = UINT32_MAX;
		assert_int_equal(vmt_groups_add(g, &a, &guard, &id), VMT_OK);
		assert_true(id < vmt_groups_count(g));
		assert_memory_equal(vmt_groups_at(g, id)->key.p, a.caller.p, a.caller.n);
	}
	assert_int_equal(id, 4);
	vmt_groups_free(g);
}

/* A caller in a table of areas lies elsewhere than its module: the key must still be right. */
static void keys_are_right_for_areas_kept_in_a_table(void **state)
{
	/* "sg" lies between the caller and the next module, where " [" is in a line. */
	static const char *const kept[] = {
		AT "20480 f+0x0/0x1 [sg] pages=4 vmalloc",
		AT "20480 f+0x0/0x1 [nvme] pages=4 vmalloc",
	};
	struct vmt_areas *t = vmt_areas_new();
	struct vmt_groups *g = vmt_groups_new(VMT_BY_CALLER, K4);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct vmt_area a = area_of(kept[i]);

		assert_int_equal(vmt_areas_add(t, &a), VMT_OK);
	}
	for (size_t i = 0; i < 2; i++)
		add_area(g, vmt_areas_at(t, i));
	assert_int_equal(vmt_groups_count(g), 2);
	assert_str(vmt_groups_at(g, 0)->key, "f+0x0/0x1 [sg]");
	assert_str(vmt_groups_at(g, 1)->key, "f+0x0/0x1 [nvme]");
	vmt_groups_free(g);
	vmt_areas_free(t);
}

/* 512 bytes is the longest name of the kernel, 55 that of a module: both are kept whole. */
static void long_callers_keep_their_module(void **state)
{
	char line[2][800];
	struct vmt_areas *t = vmt_areas_new();
	struct vmt_groups *g = vmt_groups_new(VMT_BY_CALLER, K4);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct vmt_area a;

		(void)snprintf(line[i], sizeof(line[i]), AT "8192 f%0511d+0x0/0x1 [m%053d%zu] vmap",
			       1, 2, i);
		a = area_of(line[i]);
		assert_int_equal(vmt_areas_add(t, &a), VMT_OK);
	}
	for (size_t i = 0; i < 2; i++)
		add_area(g, vmt_areas_at(t, i));
	assert_int_equal(vmt_groups_count(g), 2);
	assert_int_equal(vmt_groups_at(g, 0)->key.n, 512 + 8 + 3 + 55);
	vmt_groups_free(g);
	vmt_areas_free(t);
}

/* ---- sums ---- */

static struct vmt_sums total_of(const struct vmt_groups *g)
{
	struct vmt_sums sums = {0};

	for (size_t i = 0; i < vmt_groups_count(g); i++)
		vmt_sums_merge(&sums, &vmt_groups_at(g, i)->sums);
	return sums;
}

static void assert_same_sums(const struct vmt_sums *a, const struct vmt_sums *b)
{
	assert_u64(a->areas, b->areas);
	assert_u64(a->size_bytes, b->size_bytes);
	assert_u64(a->resident_bytes, b->resident_bytes);
	assert_u64(a->lent_bytes, b->lent_bytes);
	assert_u64(a->cut_bytes, b->cut_bytes);
	assert_u64(a->contradictions, b->contradictions);
	for (int i = 0; i < 2; i++) {
		assert_u64(a->guard_bytes[i], b->guard_bytes[i]);
		assert_u64(a->guarded[i], b->guarded[i]);
	}
	for (int i = 0; i < 3; i++)
		assert_u64(a->guard_areas[i], b->guard_areas[i]);
}

static void every_key_adds_up_on_every_fixture(void **state)
{
	(void)state;
	for (size_t k = 0; k < FIXTURES; k++) {
		size_t size;
		char *text = fixture_text(k, mode_name(k % MODES), &size);
		struct reading r = read_memory(text, size, NULL);
		struct vmt_sums all = {0};

		for (size_t i = 0; i < r.n; i++) {
			struct vmt_guard guard = guard_of(&r.areas[i], K4);

			vmt_sums_add(&all, &r.areas[i], &guard, K4);
		}
		for (unsigned by = 0; by < VMT_BY_COUNT; by++) {
			struct vmt_groups *g = vmt_groups_new((enum vmt_group_by)by, K4);
			struct vmt_sums sum;

			for (size_t i = 0; i < r.n; i++)
				add_area(g, &r.areas[i]);
			sum = total_of(g);
			assert_same_sums(&sum, &all);
			vmt_groups_free(g);
		}
		reading_free(&r);
		free(text);
	}
}

static void check_split(const char *line)
{
	struct vmt_groups *g = groups_of(VMT_BY_NODE, &line, 1);
	struct vmt_area a = area_of(line);
	struct vmt_guard guard = guard_of(&a, K4);
	struct vmt_sums all = {0}, sum = total_of(g);

	vmt_sums_add(&all, &a, &guard, K4);
	assert_same_sums(&sum, &all);
	vmt_groups_free(g);
}

static void an_area_on_two_nodes_is_split_and_adds_up(void **state)
{
	static const char *const line = AT "28672 f+0x0/0x1 pages=6 vmalloc N0=4 N2=2";
	struct vmt_groups *g = groups_of(VMT_BY_NODE, &line, 1);
	const struct vmt_group *n0 = vmt_groups_find(g, vmt_str("0"));
	const struct vmt_group *n2 = vmt_groups_find(g, vmt_str("2"));

	(void)state;
	assert_non_null(n0);
	assert_non_null(n2);
	assert_u64(n0->sums.areas, 1);
	assert_u64(n0->sums.resident_bytes, 4 * K4);
	assert_u64(n0->sums.size_bytes, 5 * K4); /* the guard goes to the first */
	assert_u64(n0->sums.guard_bytes[0], K4);
	assert_u64(n2->sums.areas, 0);
	assert_u64(n2->sums.resident_bytes, 2 * K4);
	assert_u64(n2->sums.size_bytes, 2 * K4);
	assert_u64(n2->sums.guard_bytes[0], 0);
	vmt_groups_free(g);
	check_split(line);
}

static void a_split_without_guard_adds_up(void **state)
{
	(void)state;
	check_split(AT "24576 f+0x0/0x1 pages=6 vmalloc N0=4 N2=2");
}

/* vrealloc (7.2): the address space that lost its pages belongs to some node too. */
static void a_split_of_a_cut_area_adds_up(void **state)
{
	(void)state;
	check_split(AT "40960 f+0x0/0x1 pages=6 vmalloc N0=4 N2=2");
}

static void a_split_of_a_contradiction_adds_up(void **state)
{
	(void)state;
	check_split(AT "8192 f+0x0/0x1 pages=6 vmalloc N0=4 N2=2");
}

static void sums_saturate(void **state)
{
	static const char *const line = AT "18446744073709551615 f+0x0/0x1 "
					   "pages=18446744073709551615 vmalloc";
	struct vmt_groups *g = groups_of(VMT_BY_CALLER, &line, 1);
	struct vmt_sums sum = vmt_groups_at(g, 0)->sums;

	(void)state;
	vmt_sums_merge(&sum, &vmt_groups_at(g, 0)->sums);
	assert_u64(sum.areas, 2);
	assert_u64(sum.size_bytes, UINT64_MAX);
	assert_u64(sum.resident_bytes, UINT64_MAX);
	vmt_groups_free(g);
}

/* ---- order ---- */

static void rank_is_ram_then_size_then_key(void **state)
{
	static const char *const some[] = {
		AT "8192 c+0x0/0x1 vmap",
		AT "12288 d+0x0/0x1 vmap",
		AT "8192 b+0x0/0x1 vmap",
		AT "8192 a+0x0/0x1 pages=1 vmalloc",
		AT "40960 e+0x0/0x1 pages=9 vmalloc",
	};
	static const char *const order[] = {"e+0x0/0x1", "a+0x0/0x1", "d+0x0/0x1", "b+0x0/0x1",
					    "c+0x0/0x1"};
	struct vmt_groups *g = groups_of(VMT_BY_CALLER, some, 5);
	const struct vmt_group **rows;
	size_t n;

	(void)state;
	rows = vmt_groups_rows(g, &n);
	assert_int_equal(n, 5);
	vmt_groups_rank(rows, n);
	for (size_t i = 0; i < n; i++)
		assert_str(rows[i]->key, order[i]);
	free(rows);
	vmt_groups_free(g);
}

static void keys_survive_many_groups(void **state)
{
	struct vmt_groups *g = vmt_groups_new(VMT_BY_CALLER, K4);
	char line[120];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct vmt_area a;

		(void)snprintf(line, sizeof(line), AT "8192 f%d+0x0/0x1 vmap", i);
		a = area_of(line);
		add_area(g, &a);
	}
	assert_int_equal(vmt_groups_count(g), 5000);
	assert_str(vmt_groups_at(g, 4321)->key, "f4321+0x0/0x1");
	assert_u64(vmt_groups_at(g, 4321)->sums.areas, 1);
	vmt_groups_free(g);
}

/* ---- merged groups: what symbols tell of callers ---- */

static void merged_groups_have_the_sums_of_their_parts(void **state)
{
	struct vmt_groups *callers = groups_of(VMT_BY_CALLER, lines, N_LINES);
	struct vmt_groups *owners = vmt_groups_new(VMT_BY_OWNER, K4);
	const struct vmt_group *g, *h;

	(void)state;
	assert_non_null(owners);
	assert_true(vmt_group_by_symbols(VMT_BY_OWNER) && !vmt_group_by_symbols(VMT_BY_FLAGS));
	for (size_t i = 0; i < vmt_groups_count(callers); i++) {
		const struct vmt_group *from = vmt_groups_at(callers, i);
		bool clone = vmt_str_starts(from->key, "kernel_clone");

		assert_int_equal(vmt_groups_merge(owners, vmt_str(clone ? "stacks" : "rest"), from),
				 VMT_OK);
	}
	assert_int_equal(vmt_groups_count(owners), 2);
	g = vmt_groups_find(owners, vmt_str("stacks"));
	assert_non_null(g);
	assert_u64(g->sums.areas, 4);
	assert_u64(g->sums.size_bytes, 81920);
	/* All that were merged agree on what it is for. */
	assert_string_equal(g->what, "thread stacks");
	h = vmt_groups_find(owners, vmt_str("rest"));
	assert_u64(h->sums.areas, 2);
	assert_u64(h->sums.size_bytes, 20480);
	/* Device registers and nobody knows what. */
	assert_null(h->what);
	vmt_groups_free(owners);
	vmt_groups_free(callers);
}

/* A merged `what` that was lost does not come back with the next part. */
static void a_doubt_about_merged_groups_stays(void **state)
{
	struct vmt_groups *callers = groups_of(VMT_BY_CALLER, lines, N_LINES);
	struct vmt_groups *owners = vmt_groups_new(VMT_BY_SUBSYSTEM, K4);
	static const char *const order[] = {"kernel_clone+0x94/0x3e0", "pci_iomap_range+0x6d/0xa0",
					    "kernel_clone+0x10/0x3e0"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		const struct vmt_group *from = vmt_groups_find(callers, vmt_str(order[i]));

		assert_int_equal(vmt_groups_merge(owners, vmt_str("one"), from), VMT_OK);
		if (i == 0)
			assert_string_equal(vmt_groups_what(owners, 0), "thread stacks");
		else
			assert_null(vmt_groups_what(owners, 0));
	}
	assert_u64(vmt_groups_at(owners, 0)->sums.areas, 4);
	vmt_groups_free(owners);
	vmt_groups_free(callers);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_caller_has_the_module),
		cmocka_unit_test(by_function_is_without_offsets),
		cmocka_unit_test(by_what_has_one_group_for_the_unknown),
		cmocka_unit_test(by_module_has_one_group_for_the_kernel),
		cmocka_unit_test(by_kind_has_kinds),
		cmocka_unit_test(by_node_has_one_group_for_areas_without),
		cmocka_unit_test(by_size_has_powers_of_two),
		cmocka_unit_test(by_flags_has_the_words),
		cmocka_unit_test(a_group_knows_what_it_is_for),
		cmocka_unit_test(the_number_of_a_group_is_told),
		cmocka_unit_test(keys_are_right_for_areas_kept_in_a_table),
		cmocka_unit_test(long_callers_keep_their_module),
		cmocka_unit_test(every_key_adds_up_on_every_fixture),
		cmocka_unit_test(an_area_on_two_nodes_is_split_and_adds_up),
		cmocka_unit_test(a_split_without_guard_adds_up),
		cmocka_unit_test(a_split_of_a_cut_area_adds_up),
		cmocka_unit_test(a_split_of_a_contradiction_adds_up),
		cmocka_unit_test(sums_saturate),
		cmocka_unit_test(rank_is_ram_then_size_then_key),
		cmocka_unit_test(keys_survive_many_groups),
		cmocka_unit_test(merged_groups_have_the_sums_of_their_parts),
		cmocka_unit_test(a_doubt_about_merged_groups_stays),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
