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
	uint64_t chunk = kernel_alloc(k, 48, 8);
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

		(void)percpu_chunk(&s, all[i].map);
		checktest_expect(&s, all[i].ids, all[i].told);
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
	checktest_expect(&s, "V16", "not mapped");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percpu),
		cmocka_unit_test(percpu_in_flux),
		cmocka_unit_test(percpu_units_without_a_cpu),
		cmocka_unit_test(percpu_chunk_of_more_than_a_unit),
		cmocka_unit_test(percpu_of_too_many_odd_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
