// SPDX-License-Identifier: GPL-2.0-or-later
/* V16: per-CPU memory. */
#include "checktest.h"

/*
 * A chunk of two units of eight pages, pages 0 and 3 populated; @map: what is mapped of unit 1.
 * @return where pcpu_nr_units is, pcpu_unit_pages 4 and offsets 32 bytes behind it.
 */
static uint64_t percpu_chunk(struct sound *s, unsigned map)
{
	struct kernel *k = s->k;
	const uint64_t base = k->paging.vmalloc + 0x1000 * s->page;
	/* What follows the lists is no head of another. */
	uint64_t at = kernel_alloc(k, 64, 8), lists = kernel_list_head(k, kernel_alloc(k, 32, 8));
	uint64_t chunk = kernel_alloc(k, 64, 8);
	struct kernel_area a = {
		.start = base, .size = 16 * s->page, .flags = 2, .caller = k->paging.text + 0x1210};

	kernel_symbol(k, "pcpu_get_vm_areas", k->paging.text + 0x1200);
	a.node = (unsigned)(a.start / (16 * s->page) % 3);
	(void)kernel_area(k, &a);
	kernel_trees(k);
	kernel_put32(k, at, 2);
	kernel_symbol(k, "pcpu_nr_units", at);
	kernel_put32(k, at + 4, 8);
	kernel_symbol(k, "pcpu_unit_pages", at + 4);
	kernel_put32(k, at + 8, 1);
	kernel_symbol(k, "pcpu_nr_slots", at + 8);
	kernel_put64(k, at + 16, lists);
	kernel_symbol(k, "pcpu_chunk_lists", at + 16);
	kernel_put64(k, at + 24, at + 32);
	kernel_symbol(k, "pcpu_unit_offsets", at + 24);
	kernel_put64(k, at + 40, 8 * s->page);
	kernel_put32(k, chunk + 16, 8);
	kernel_put64(k, chunk + 24, base);
	kernel_put64(k, chunk + 32, 1);
	kernel_put64(k, chunk + 40, 0x9);
	kernel_list_add(k, lists, chunk);
	for (unsigned i = 0; i < 8; i++) {
		if (0x9 >> i & 1)
			kernel_map(k, base + i * s->page, sound_frame(s), 0);
		if (map >> i & 1)
			kernel_map(k, base + (8 + i) * s->page, sound_frame(s), 0);
	}
	return at;
}

static void percpu(void **state)
{
	static const struct {
		unsigned map;
		const char *ids, *told;
	} all[] = {
		{0x9, "", NULL},
		{0xb, "V16", "page 1 of unit 1 of a per-CPU chunk is mapped"},
		{0x8, "V16", "page 0 of unit 1 of a per-CPU chunk is not mapped"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct checktest c;
		const struct vmt_finding *f;
		char loud[256];
		size_t n;

		(void)percpu_chunk(&s, all[i].map);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, loud), all[i].ids);
		assert_u64(checktest_verdict(&c, "V16")->looked_at[0], 1);
		assert_u64(checktest_verdict(&c, "V16")->looked_at[1], 16);
		assert_u64(checktest_verdict(&c, "V16")->unknown, 0);
		f = vmt_report_findings(c.report, &n);
		assert_u64(n, all[i].told != NULL);
		if (n) {
			assert_non_null(strstr(f[0].title, all[i].told));
			/* A CPU faults, or memory is lost. */
			assert_int_equal(f[0].severity, all[i].map == 0x8 ? VMT_SEVERE : VMT_WRONG);
		}
		checktest_close(&c);
		sound_free(&s);
	}
}

/* A second chunk like the first, in the same list. @return its struct. */
static uint64_t another_chunk(struct sound *s, uint64_t at, uint64_t base)
{
	uint64_t lists = kernel_read64(s->k, at + 16), first = kernel_read64(s->k, lists);
	uint64_t chunk = kernel_alloc(s->k, 64, 8);

	for (unsigned i = 16; i < 48; i += 8)
		kernel_put64(s->k, chunk + i, kernel_read64(s->k, first + i));
	kernel_put64(s->k, chunk + 24, base);
	kernel_list_add(s->k, lists, chunk);
	return chunk;
}

/* The first chunk is memory of its own, in no area. */
static void the_first_chunk(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t at = percpu_chunk(&s, 0x9);
	struct checktest c;
	char loud[256];

	(void)state;
	kernel_put64(s.k, another_chunk(&s, at, s.k->paging.text) + 32, 0);
	checktest_run(&c, &s);
	assert_string_equal(checktest_loud(&c, loud), "");
	assert_u64(checktest_verdict(&c, "V16")->looked_at[0], 1);
	checktest_close(&c);
	sound_free(&s);
}

/* Whoever holds the mutex works on one run of pages of one chunk, and maps or unmaps it. */
static void two_runs_of_pages(void **state)
{
	(void)state;
	for (unsigned chunks = 1; chunks <= 2; chunks++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		/* Page 2 is mapped, and page 3 is not; or of each chunk page 1 is mapped. */
		uint64_t at = percpu_chunk(&s, chunks == 1 ? 0x5 : 0xb);

		if (chunks == 2)
			(void)another_chunk(&s, at, s.k->paging.vmalloc + 0x1000 * s.page);
		sound_mutex(&s, "pcpu_alloc_mutex", 0xffff888000001000);
		checktest_expect(&s, "V16", NULL);
	}
}

/* 5.9 to 5.13: chunks that cgroups are charged for hang in lists behind the others. */
static void a_second_set_of_lists(void **state)
{
	(void)state;
	for (unsigned bad = 0; bad < 2; bad++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t at = percpu_chunk(&s, bad ? 0xb : 0x9);
		uint64_t sets = kernel_alloc(s.k, 48, 8);
		uint64_t chunk = kernel_read64(s.k, kernel_read64(s.k, at + 16));
		struct checktest c;
		char loud[256];

		(void)kernel_list_head(s.k, sets);
		kernel_list_add(s.k, kernel_list_head(s.k, sets + 16), chunk);
		kernel_put64(s.k, at + 16, sets);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, loud), bad ? "V16" : "");
		assert_u64(checktest_verdict(&c, "V16")->looked_at[0], 1);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* More pages than a word has bits. */
static void pages_of_a_long_unit(void **state)
{
	(void)state;
	for (unsigned mapped = 0; mapped < 2; mapped++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t at = percpu_chunk(&s, 0x9), base = s.k->paging.vmalloc + 0x1000 * s.page;
		uint64_t chunk = kernel_read64(s.k, kernel_read64(s.k, at + 16));

		kernel_put32(s.k, at, 1);
		kernel_put32(s.k, at + 4, 80);
		kernel_put32(s.k, chunk + 16, 72);
		/* Of the first unit now: pages 0, 3, 8, 11 and 70. */
		kernel_put64(s.k, chunk + 40, 0x909);
		kernel_put64(s.k, chunk + 48, 1 << 6);
		if (mapped)
			kernel_map(s.k, base + 70 * s.page, sound_frame(&s), 0);
		/* The area ends before: that is not V16's. */
		{
			struct checktest c;

			checktest_run(&c, &s);
			assert_u64(checktest_verdict(&c, "V16")->findings, !mapped);
			assert_u64(checktest_verdict(&c, "V16")->looked_at[1], 72);
			checktest_close(&c);
		}
		sound_free(&s);
	}
}

/* What says nothing of chunks, or is not there to be read. */
static void chunks_that_are_not_known(void **state)
{
	enum { TABLE_LOST, TABLE_NOWHERE, LIST, NO_LISTS, OLD_NAME, UNITS, TOO_MUCH, CASES };
	static const struct {
		const char *why;
		uint64_t unknown, chunks;
	} all[CASES] = {[TABLE_LOST] = {"a table page", 16, 1},
			[TABLE_NOWHERE] = {"a table page", 16, 1},
			[LIST] = {"a list of per-CPU chunks", 1, 1},
			[NO_LISTS] = {"where chunks are listed", 1, 0},
			[OLD_NAME] = {"", 0, 1},
			[UNITS] = {"the layout of per-CPU chunks", 1, 0},
			[TOO_MUCH] = {"more than the image can hold", 1, 0}};

	(void)state;
	for (int how = 0; how < CASES; how++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t at = percpu_chunk(&s, 0x9), base = s.k->paging.vmalloc + 0x1000 * s.page;
		uint64_t chunk = kernel_read64(s.k, kernel_read64(s.k, at + 16)), told = 0;
		uint64_t table = kernel_entry(s.k, base, 0) & -s.page;
		const struct vmt_unknown *u;
		struct checktest c;
		size_t n;

		if (how == TABLE_NOWHERE)
			image_put64(s.k->img, kernel_entry(s.k, base, 1),
				    kernel_table_entry(s.k, s.k->paging.pa + 16 * KERNEL_RAM));
		if (how == LIST)
			kernel_put64(s.k, chunk, 0x1234);
		for (size_t i = 0; i < s.k->n_names; i++)
			if (strcmp(s.k->names[i].name, "pcpu_chunk_lists") == 0 &&
			    (how == NO_LISTS || how == OLD_NAME))
				(void)strcpy(s.k->names[i].name,
					     how == OLD_NAME ? "pcpu_slot" : "nobody");
		if (how == UNITS)
			kernel_put32(s.k, at, 1 << 20);
		if (how == TOO_MUCH) {
			kernel_put32(s.k, at, 128);
			kernel_put32(s.k, at + 4, 65536);
			kernel_put32(s.k, chunk + 16, 65536);
			(void)kernel_alloc(s.k, 1024, 8);
		}
		sound_done(&s);
		if (how == TABLE_LOST)
			kernel_lose_pa(s.k, table);
		checktest_open(&c, &s);
		assert_u64(checktest_verdict(&c, "V16")->findings, 0);
		assert_u64(checktest_verdict(&c, "V16")->looked_at[0], all[how].chunks);
		u = vmt_report_unknowns(c.report, &n);
		for (size_t i = 0; i < n; i++)
			if (u[i].check == vmt_checks_find(vmt_str("V16")) &&
			    strstr(u[i].why, all[how].why))
				told += u[i].n;
		if (told != all[how].unknown)
			fail_msg("%d: %" PRIu64, how, told);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* Under pcpu_alloc_mutex pages are mapped before their bits are set, and unmapped before they go.
 */
static void percpu_in_flux(void **state)
{
	static const struct {
		unsigned map;
		uint64_t owner;
		const char *ids;
	} all[] = {
		{0xb, 0xffff888000001000, ""},
		{0x8, 0xffff888000001001, ""},
		{0xf, 0xffff888000001000, ""},
		/* Two runs, nobody, and nobody who waits. */
		{0x1b, 0xffff888000001000, "V16"},
		{0x0, 0xffff888000001000, "V16"},
		{0xb, 0, "V16"},
		{0xb, 1, "V16"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

		(void)percpu_chunk(&s, all[i].map);
		sound_mutex(&s, "pcpu_alloc_mutex", all[i].owner);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/*
 * Units are given out in whole groups, and there may be more of them than CPUs: four of each socket
 * here.  Only CPUs have an offset; what lies behind these in memory is another's.
 */
static void percpu_units_without_a_cpu(void **state)
{
	(void)state;
	for (uint32_t ids = 2; ids <= 3; ids++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t at = percpu_chunk(&s, 0x9), cpus = kernel_alloc(s.k, 4, 4);

		kernel_put32(s.k, at, 4);
		kernel_put64(s.k, at + 48, UINT64_C(0x100000000));
		kernel_put32(s.k, cpus, ids);
		kernel_symbol(s.k, "nr_cpu_ids", cpus);
		checktest_expect(&s, ids == 2 ? "" : "V16", NULL);
	}
}

static void percpu_chunk_of_more_than_a_unit(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t at = percpu_chunk(&s, 0x9),
		 chunk = kernel_read64(s.k, kernel_read64(s.k, at + 16));

	(void)state;
	kernel_put32(s.k, chunk + 16, 9);
	checktest_expect(&s, "V16", "9 pages");
}

/* So many pages are in no flux, whoever holds the mutex; and they are not all kept. */
static void percpu_of_too_many_odd_pages(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t at = percpu_chunk(&s, 0x1), lists = kernel_read64(s.k, at + 16);
	uint64_t small = kernel_read64(s.k, lists), chunk = kernel_alloc(s.k, 40 + 8192, 8);
	struct checktest c;

	(void)state;
	for (unsigned i = 0; i < 40; i += 8)
		kernel_put64(s.k, chunk + i, kernel_read64(s.k, small + i));
	kernel_put64(s.k, lists, chunk);
	kernel_put64(s.k, lists + 8, chunk);
	kernel_put32(s.k, at + 4, 65536);
	kernel_put32(s.k, chunk + 16, 65536);
	for (unsigned i = 0; i < 1024; i++)
		kernel_put64(s.k, chunk + 40 + 8 * i, UINT64_MAX);
	sound_mutex(&s, "pcpu_alloc_mutex", 0xffff888000001000);
	checktest_run(&c, &s);
	/* Pages 0, 3 and 8 of the first unit are mapped, the last as page 0 of the second; none is
	 * forgotten. */
	assert_u64(checktest_verdict(&c, "V16")->findings, 2 * 65536 - 4);
	checktest_close(&c);
	sound_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percpu),
		cmocka_unit_test(the_first_chunk),
		cmocka_unit_test(two_runs_of_pages),
		cmocka_unit_test(a_second_set_of_lists),
		cmocka_unit_test(pages_of_a_long_unit),
		cmocka_unit_test(chunks_that_are_not_known),
		cmocka_unit_test(percpu_in_flux),
		cmocka_unit_test(percpu_units_without_a_cpu),
		cmocka_unit_test(percpu_chunk_of_more_than_a_unit),
		cmocka_unit_test(percpu_of_too_many_odd_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
