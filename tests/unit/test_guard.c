// SPDX-License-Identifier: GPL-2.0-or-later
/* The guard rules, one test for each, and the five lines this project began with. */
#include "unit.h"

#define K4  UINT64_C(4096)
#define K16 UINT64_C(16384)
#define K64 UINT64_C(65536)

/* A line of 64-bit form with hidden addresses: only what follows them matters here. */
#define AT "0x0000000000000000-0x0000000000000000 "

struct expected {
	const char *rule;
	enum vmt_grade grade;
	uint64_t guard, usable, cut;
	bool contradiction;
};

static void check(const char *line, uint64_t page_size, struct expected e)
{
	struct vmt_area a = area_of(line);
	struct vmt_guard g = guard_of(&a, page_size);

	assert_string_equal(g.rule, e.rule);
	assert_string_equal(vmt_grade_name(g.grade), vmt_grade_name(e.grade));
	assert_u64(g.guard_bytes, e.guard);
	assert_u64(g.usable_bytes, e.usable);
	assert_u64(g.cut_bytes, e.cut);
	assert_int_equal(g.contradiction, e.contradiction);
	assert_true(g.why && g.why[0]);
}

#define KNOWN	   VMT_GRADE_KNOWN
#define INFERRED   VMT_GRADE_INFERRED
#define UNKNOWABLE VMT_GRADE_UNKNOWABLE

/* ---- the founding fixture ---- */

/* arm64, hashed addresses; the answers were worked out by hand. */
static const struct {
	const char *line;
	uint64_t guard;
	enum vmt_grade grade;
} founding[] = {
	{"0x00000000d4d806e4-0x00000000e109dff2   20480 start_kernel+0x478/0x690 pages=4 vmalloc "
	 "N0=4",
	 4096, KNOWN},
	{"0x00000000e109dff2-0x00000000caa5ddd3    8192 gicv2m_init_one+0xa8/0x224 "
	 "phys=0x0000000008020000 ioremap",
	 4096, INFERRED},
	{"0x00000000fa4bd407-0x00000000777a02db   20480 kernel_clone+0x5c/0x3b8 pages=4 vmalloc "
	 "N0=4",
	 4096, KNOWN},
	{"0x00000000777a02db-0x00000000802411ee    8192 bpf_prog_alloc_no_stats+0x3c/0x1b8 pages=1 "
	 "vmalloc N0=1",
	 4096, KNOWN},
	{"0x00000000916f1123-0x000000007c459509 16187392 paging_init+0x130/0x60c "
	 "phys=0x0000000040210000 vmap",
	 0, KNOWN},
};

static void founding_lines_have_the_known_guards(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(founding); i++) {
		struct vmt_area a = area_of(founding[i].line);
		struct vmt_guard g = guard_of(&a, K4);

		assert_u64(g.guard_bytes, founding[i].guard);
		assert_int_equal(g.grade, founding[i].grade);
		assert_u64(g.usable_bytes, a.size_bytes - founding[i].guard);
		assert_false(g.contradiction);
	}
}

/* Line 1 ends where line 2 starts, line 3 where line 4 does; line 5 touches none. */
static void founding_lines_make_two_chains_of_four(void **state)
{
	struct vmt_gaps *gaps = vmt_gaps_new(K4);
	struct vmt_chains chains;

	(void)state;
	assert_non_null(gaps);
	for (uint32_t i = 0; i < ARRAY_SIZE(founding); i++) {
		struct vmt_area a = area_of(founding[i].line);
		struct vmt_guard g = guard_of(&a, K4);

		assert_int_equal(vmt_gaps_add(gaps, &a, &g, vmt_what(&a), i), VMT_OK);
	}
	assert_int_equal(vmt_gaps_chains(gaps, &chains), VMT_OK);
	assert_u64(chains.chains, 2);
	assert_u64(chains.areas, 4);
	assert_u64(chains.longest_areas, 2);
	vmt_gaps_free(gaps);
}

/* Guard 3 x 4096 known and 1 x 4096 inferred; RAM 9 pages. */
static void founding_lines_add_up(void **state)
{
	struct vmt_sums sums = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(founding); i++) {
		struct vmt_area a = area_of(founding[i].line);
		struct vmt_guard g = guard_of(&a, K4);

		vmt_sums_add(&sums, &a, &g, K4);
	}
	assert_u64(sums.areas, 5);
	assert_u64(sums.size_bytes, 20480 + 8192 + 20480 + 8192 + 16187392);
	assert_u64(sums.resident_bytes, 9 * 4096);
	assert_u64(sums.lent_bytes, 0);
	assert_u64(sums.guard_bytes[KNOWN], 3 * 4096);
	assert_u64(sums.guard_bytes[INFERRED], 4096);
	assert_u64(sums.guarded[KNOWN], 3);
	assert_u64(sums.guarded[INFERRED], 1);
	assert_u64(sums.guard_areas[KNOWN], 4);
	assert_u64(sums.guard_areas[INFERRED], 1);
	assert_u64(sums.guard_areas[UNKNOWABLE], 0);
	assert_u64(vmt_sums_guard(&sums), 4 * 4096);
}

/* ---- one test for each rule ---- */

static void unpurged_is_unknowable(void **state)
{
	(void)state;
	check(AT "20480 unpurged vm_area", K4,
	      (struct expected){"unpurged", UNKNOWABLE, 0, 20480, 0, false});
}

static void vm_map_ram_has_none(void **state)
{
	(void)state;
	check(AT "4194304 vm_map_ram", K4,
	      (struct expected){"vm_map_ram", KNOWN, 0, 4194304, 0, false});
}

static void one_page_more_is_the_guard(void **state)
{
	(void)state;
	check(AT "20480 f+0x0/0x1 pages=4 vmalloc", K4,
	      (struct expected){"pages-one", KNOWN, 4096, 16384, 0, false});
	check(AT "81920 f+0x0/0x1 pages=4 vmalloc", K16,
	      (struct expected){"pages-one", KNOWN, 16384, 65536, 0, false});
	check(AT "327680 f+0x0/0x1 pages=4 vmalloc", K64,
	      (struct expected){"pages-one", KNOWN, 65536, 262144, 0, false});
}

static void a_vmap_with_pages_is_measured_too(void **state)
{
	(void)state;
	check(AT "20480 f+0x0/0x1 pages=4 vmap", K4,
	      (struct expected){"pages-one", KNOWN, 4096, 16384, 0, false});
}

static void no_page_more_is_no_guard(void **state)
{
	(void)state;
	check(AT "16384 kasan_module_alloc+0x0/0x1 pages=4 vmalloc", K4,
	      (struct expected){"pages-none", KNOWN, 0, 16384, 0, false});
}

/* vrealloc (7.2+): one guard page, and address space that lost its pages. */
static void many_pages_more_are_guard_and_cut(void **state)
{
	(void)state;
	check(AT "40960 f+0x0/0x1 pages=4 vmalloc", K4,
	      (struct expected){"pages-cut", KNOWN, 4096, 16384, 20480, false});
}

static void too_many_pages_contradict(void **state)
{
	(void)state;
	check(AT "8192 f+0x0/0x1 pages=4 vmalloc", K4,
	      (struct expected){"pages-over", UNKNOWABLE, 0, 8192, 0, true});
}

/* The page size of another machine: 20480 bytes cannot be four pages of 64 KiB. */
static void a_wrong_page_size_contradicts(void **state)
{
	(void)state;
	check(AT "20480 f+0x0/0x1 pages=4 vmalloc", K64,
	      (struct expected){"pages-over", UNKNOWABLE, 0, 20480, 0, true});
}

static void half_a_page_more_is_no_guard(void **state)
{
	struct vmt_area a = area_of(AT "18432 f+0x0/0x1 pages=4 vmalloc");
	struct vmt_guard g = guard_of(&a, K4);

	(void)state;
	assert_u64(g.guard_bytes, 0);
	assert_u64(g.usable_bytes + g.guard_bytes + g.cut_bytes, 18432);
}

static void percpu_has_none(void **state)
{
	(void)state;
	check(AT "2097152 pcpu_get_vm_areas+0x0/0x1050 vmalloc", K4,
	      (struct expected){"percpu", INFERRED, 0, 2097152, 0, false});
}

static void early_areas_have_none(void **state)
{
	(void)state;
	check(AT "2097152 vmalloc", K4, (struct expected){"early", INFERRED, 0, 2097152, 0, false});
}

static void vmalloc_without_pages_is_unknowable(void **state)
{
	(void)state;
	check(AT "20480 f+0x0/0x1 vmalloc", K4,
	      (struct expected){"vmalloc-no-pages", UNKNOWABLE, 0, 20480, 0, false});
	/* pages=0 says no more than nothing. */
	check(AT "20480 f+0x0/0x1 pages=0 vmalloc", K4,
	      (struct expected){"vmalloc-no-pages", UNKNOWABLE, 0, 20480, 0, false});
}

static void the_last_image_segment_has_one(void **state)
{
	(void)state;
	/* 37 x 64 KiB + 4 KiB. */
	check(AT "2428928 paging_init+0x130/0x60c phys=0x0000000041f90000 vmap", K4,
	      (struct expected){"image-last", KNOWN, 4096, 2424832, 0, false});
}

static void an_image_segment_has_none(void **state)
{
	(void)state;
	check(AT "16187392 paging_init+0x130/0x60c phys=0x0000000040210000 vmap", K4,
	      (struct expected){"image", KNOWN, 0, 16187392, 0, false});
	check(AT "16187392 map_kernel_segment+0x1/0x2 phys=0x0000000040210000 vmap", K16,
	      (struct expected){"image", KNOWN, 0, 16187392, 0, false});
}

/* On 64 KiB pages one page more is a multiple of the segment alignment too. */
static void an_image_segment_of_64k_pages_is_unknowable(void **state)
{
	(void)state;
	check(AT "16187392 declare_kernel_vmas+0x1/0x2 phys=0x0000000040210000 vmap", K64,
	      (struct expected){"image-64k", UNKNOWABLE, 0, 16187392, 0, false});
}

static void static_mappings_have_none(void **state)
{
	(void)state;
	check(AT "1048576 iotable_init+0x0/0x1 phys=0x01c00000 ioremap", K4,
	      (struct expected){"static", INFERRED, 0, 1048576, 0, false});
	check(AT "65536 pci_reserve_io+0x0/0x1 ioremap", K4,
	      (struct expected){"static", INFERRED, 0, 65536, 0, false});
	check(AT "1048576 pmd_empty_section_gap+0x0/0x1 ioremap", K4,
	      (struct expected){"static", INFERRED, 0, 1048576, 0, false});
}

static void mappings_are_inferred_to_have_one(void **state)
{
	static const char *const words[] = {"ioremap", "vmap", "dma-coherent", "sparse",
					    "user vmap"};
	char line[120];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		(void)snprintf(line, sizeof(line), AT "8192 f+0x0/0x1 %s", words[i]);
		check(line, K4, (struct expected){"mapped", INFERRED, 4096, 4096, 0, false});
	}
}

static void a_line_that_says_nothing_is_unknowable(void **state)
{
	(void)state;
	check(AT "8192 f+0x0/0x1", K4, (struct expected){"other", UNKNOWABLE, 0, 8192, 0, false});
	check(AT "8192 lowmem", K4, (struct expected){"other", UNKNOWABLE, 0, 8192, 0, false});
}

/* ---- order of the rules, and numbers nobody should believe ---- */

static void a_function_name_must_match_whole(void **state)
{
	(void)state;
	check(AT "8192 iotable_init_more+0x0/0x1 ioremap", K4,
	      (struct expected){"mapped", INFERRED, 4096, 4096, 0, false});
	check(AT "8192 pcpu_get_vm_areas2+0x0/0x1 vmalloc", K4,
	      (struct expected){"vmalloc-no-pages", UNKNOWABLE, 0, 8192, 0, false});
}

static void pages_decide_before_the_caller(void **state)
{
	(void)state;
	check(AT "20480 pcpu_get_vm_areas+0x0/0x1050 pages=4 vmalloc", K4,
	      (struct expected){"pages-one", KNOWN, 4096, 16384, 0, false});
}

static void an_area_smaller_than_a_page_has_no_guard(void **state)
{
	(void)state;
	check(AT "2048 f+0x0/0x1 ioremap", K4,
	      (struct expected){"mapped", INFERRED, 0, 2048, 0, false});
	check(AT "0 f+0x0/0x1 ioremap", K4, (struct expected){"mapped", INFERRED, 0, 0, 0, false});
}

/* Pages whose bytes do not fit in 64 bits cannot lie in any area. */
static void pages_beyond_64_bits_contradict(void **state)
{
	static const char *const lines[] = {
		AT "0 f+0x0/0x1 pages=18446744073709551615 vmalloc",
		AT "4096 f+0x0/0x1 pages=18446744073709551615 vmalloc",
		AT "18446744073709551615 f+0x0/0x1 pages=9223372036854775808 vmalloc",
		AT "18446744073709551615 f+0x0/0x1 pages=18446744073709551615 vmalloc",
		AT "18446744073709551615 f+0x0/0x1 pages=9223372036854775808 vmap",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct vmt_area a = area_of(lines[i]);
		struct vmt_guard g = guard_of(&a, K4);

		if (!g.contradiction)
			fail_msg("rule %s: %s", g.rule, lines[i]);
	}
}

/* The parts of an area are never more than the area, whatever its line says. */
static void guard_usable_and_cut_add_up(void **state)
{
	static const uint64_t numbers[] = {
		0, 1, 4095, 4096, 4097, 8192, 20480, 65536, 69632, UINT64_MAX - 4096, UINT64_MAX};
	static const uint64_t page_sizes[] = {K4, K16, K64};
	struct vmt_area a = {.caller = {"f+0x0/0x1", 9}};

	(void)state;
	for (uint32_t flags = 0; flags <= (VMT_AREA_HAS_PHYS << 1) - 1; flags++) {
		for (size_t i = 0; i < ARRAY_SIZE(numbers) * ARRAY_SIZE(numbers) * 3; i++) {
			struct vmt_guard g;

			a.flags = flags;
			a.size_bytes = numbers[i / 3 % ARRAY_SIZE(numbers)];
			a.pages = flags & VMT_AREA_HAS_PAGES ? numbers[i / 3 / ARRAY_SIZE(numbers)]
							     : 0;
			vmt_area_classify(&a);
			g = guard_of(&a, page_sizes[i % 3]);
			if (g.usable_bytes + g.guard_bytes + g.cut_bytes != a.size_bytes ||
			    g.usable_bytes > a.size_bytes || g.cut_bytes > a.size_bytes)
				fail_msg("rule %s, flags 0x%x, size %" PRIu64 ", pages %" PRIu64,
					 g.rule, flags, a.size_bytes, a.pages);
			if (g.guard_bytes && g.guard_bytes != page_sizes[i % 3])
				fail_msg("rule %s: guard %" PRIu64, g.rule, g.guard_bytes);
			if (g.grade == UNKNOWABLE)
				assert_u64(g.guard_bytes, 0);
		}
	}
}

/* On every machine each pages= line is one page longer than its pages: KERNEL, "Met on real". */
static void every_pages_line_of_every_fixture_has_one(void **state)
{
	size_t lines = 0;

	(void)state;
	for (size_t k = 0; k < FIXTURES * MODES; k++) {
		char *text = fixture_text(k / MODES, mode_name(k % MODES), NULL);

		for (char *p = text, *nl; (nl = strchr(p, '\n')); p = nl + 1) {
			struct vmt_area a;

			*nl = 0;
			a = area_of(p);
			if (!(a.flags & VMT_AREA_HAS_PAGES))
				continue;
			lines++;
			assert_string_equal(guard_of(&a, K4).rule, "pages-one");
		}
		free(text);
	}
	assert_int_equal(lines, MODES * 6601); /* grep -c pages= */
}

/* One segment of each arm64 kernel, the last by phys, ends in a guard page. */
static void each_arm64_fixture_has_one_last_segment(void **state)
{
	static const size_t arm64[] = {4, 5};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(arm64); k++) {
		char *text = fixture_text(arm64[k], "vmallocinfo", NULL);
		uint64_t highest = 0, last_phys = 0;
		size_t with = 0, without = 0;

		for (char *p = text, *nl; (nl = strchr(p, '\n')); p = nl + 1) {
			struct vmt_area a;
			struct vmt_guard g;

			*nl = 0;
			a = area_of(p);
			if (a.kind != VMT_KIND_IMAGE)
				continue;
			g = guard_of(&a, K4);
			highest = a.phys > highest ? a.phys : highest;
			if (g.guard_bytes)
				last_phys = a.phys;
			with += strcmp(g.rule, "image-last") == 0;
			without += strcmp(g.rule, "image") == 0;
		}
		assert_int_equal(with, 1);
		assert_int_equal(without, 4);
		assert_u64(last_phys, highest);
		free(text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(founding_lines_have_the_known_guards),
		cmocka_unit_test(founding_lines_make_two_chains_of_four),
		cmocka_unit_test(founding_lines_add_up),
		cmocka_unit_test(unpurged_is_unknowable),
		cmocka_unit_test(vm_map_ram_has_none),
		cmocka_unit_test(one_page_more_is_the_guard),
		cmocka_unit_test(a_vmap_with_pages_is_measured_too),
		cmocka_unit_test(no_page_more_is_no_guard),
		cmocka_unit_test(many_pages_more_are_guard_and_cut),
		cmocka_unit_test(too_many_pages_contradict),
		cmocka_unit_test(a_wrong_page_size_contradicts),
		cmocka_unit_test(half_a_page_more_is_no_guard),
		cmocka_unit_test(percpu_has_none),
		cmocka_unit_test(early_areas_have_none),
		cmocka_unit_test(vmalloc_without_pages_is_unknowable),
		cmocka_unit_test(the_last_image_segment_has_one),
		cmocka_unit_test(an_image_segment_has_none),
		cmocka_unit_test(an_image_segment_of_64k_pages_is_unknowable),
		cmocka_unit_test(static_mappings_have_none),
		cmocka_unit_test(mappings_are_inferred_to_have_one),
		cmocka_unit_test(a_line_that_says_nothing_is_unknowable),
		cmocka_unit_test(a_function_name_must_match_whole),
		cmocka_unit_test(pages_decide_before_the_caller),
		cmocka_unit_test(an_area_smaller_than_a_page_has_no_guard),
		cmocka_unit_test(pages_beyond_64_bits_contradict),
		cmocka_unit_test(guard_usable_and_cut_add_up),
		cmocka_unit_test(every_pages_line_of_every_fixture_has_one),
		cmocka_unit_test(each_arm64_fixture_has_one_last_segment),
	};

	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
