// SPDX-License-Identifier: GPL-2.0-or-later
/* V05 and V06, case by case: what areas record, and where they end. */
#include "checktest.h"

/* Behind all other areas, in a table of its own: @pages frames are recorded and none is mapped. */
static struct kernel_placed claim(struct sound *s, uint64_t start, unsigned pages, uint64_t flags)
{
	struct kernel_area a = {.start = start,
				.size = (pages + 1) * s->page,
				.flags = flags,
				.caller = s->k->paging.text + 0x1010,
				.nodes = "00000000" + 8 - pages};
	struct kernel_placed at;

	a.node = (unsigned)(start / (16 * s->page) % 3);
	at = kernel_area(s->k, &a);
	for (unsigned i = 0; i < pages; i++)
		kernel_put64(s->k, at.pages + 8 * i, sound_page_va(s, sound_frame(s)));
	kernel_trees(s->k);
	kernel_put64(s->k, s->counters, 9 + (flags & 2 ? pages : 0));
	return at;
}

/* Not a table is there: all its pages are told of at once, and counted as what they are. */
static void nothing_is_mapped(void **state)
{
	static const struct {
		const struct kernel_paging *paging;
		uint64_t flags, phys, bytes, looked[3];
		const char *title;
	} all[] = {
		{&kernel_x86_4, 2, 0, 0, {11 + 2, 3, 0}, "pages 0 to 1 are not mapped"},
		{&kernel_x86_4,
		 1,
		 0xe0000000,
		 0x4000,
		 {11, 3 + 3, 0},
		 "device pages 0 to 2 are not mapped"},
		{&kernel_x86_4,
		 1,
		 0xe0000000,
		 0x2000,
		 {11, 3 + 1, 0},
		 "device page 0 is not mapped"},
		/* A device at 0 is one that nobody told of. */
		{&kernel_x86_4, 1, 0, 0x4000, {11, 3, 0}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(all[i].paging, &kernel_6_12);
		const uint64_t start = s.k->paging.vmalloc + 0x2000000;
		struct kernel_area a = {.start = start,
					.size = all[i].bytes,
					.flags = all[i].flags,
					.phys = all[i].phys,
					.caller = s.k->paging.text + 0x1010};
		struct checktest c;
		const struct vmt_finding *f;
		size_t n;

		a.node = (unsigned)(start / 0x10000 % 3);
		if (all[i].bytes)
			(void)kernel_area(s.k, &a);
		else
			(void)claim(&s, start, 2, all[i].flags);
		kernel_trees(s.k);
		checktest_run(&c, &s);
		f = vmt_report_findings(c.report, &n);
		assert_u64(n, all[i].title != NULL);
		if (n)
			assert_string_equal(f[0].title, all[i].title);
		for (size_t unit = 0; unit < 3; unit++)
			assert_u64(checktest_verdict(&c, "V05")->looked_at[unit],
				   all[i].looked[unit]);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* ---- what records of pages count ---- */

static uint64_t vm_of(const struct sound *s)
{
	return s->area[SOUND_VMAP].at.vm;
}
/* DMA records its pages and counts none; with VM_MAP or, before 5.8, without. */
static void dma(struct sound *s, uint64_t flags)
{
	kernel_put64(s->k, vm_of(s) + 24, flags);
	kernel_put32(s->k, vm_of(s) + kernel_6_12.nr_pages, 0);
}
static void dma_sound(struct sound *s)
{
	dma(s, 0x14);
}
static void dma_broken(struct sound *s)
{
	dma(s, 0x14);
	kernel_unmap(s->k, s->area[SOUND_VMAP].start + s->page);
}
static void dma_alone_broken(struct sound *s)
{
	dma(s, 0x10);
	kernel_unmap(s->k, s->area[SOUND_VMAP].start + s->page);
}
/* All of it is pages where there is no guard page. */
static void no_guard(struct sound *s)
{
	uint64_t pages = kernel_alloc(s->k, 24, 8);

	for (unsigned i = 0; i < 3; i++)
		kernel_put64(s->k, pages + 8 * i,
			     i < 2 ? kernel_read64(s->k, s->area[SOUND_VMAP].at.pages + 8 * i)
				   : sound_page_va(s, sound_frame(s)));
	kernel_put64(s->k, vm_of(s) + 24, 0x44);
	kernel_put64(s->k, vm_of(s) + 32, pages);
	kernel_put32(s->k, vm_of(s) + kernel_6_12.nr_pages, 3);
}
/* An array that ends in the middle of a pointer: none, and no reason to look for ever. */
static void odd_array(struct sound *s)
{
	uint64_t at;

	kernel_new_page(s->k);
	at = kernel_alloc(s->k, 2 * s->page, 8);
	kernel_put64(s->k, vm_of(s) + 32, at + s->page - 4);
}
/* A device whose address is within its first page. */
static void within_a_page(struct sound *s)
{
	kernel_put64(s->k, s->area[SOUND_DEVICE].at.vm + kernel_6_12.phys, 0xfed00040);
}
/* A range that ends within a page, which V01 and V02 tell: nothing else follows from it. */
static void odd_end(struct sound *s)
{
	uint64_t at = s->area[SOUND_LAST].at.vmap_area + 8;

	kernel_put64(s->k, at, kernel_read64(s->k, at) + 8);
	kernel_unmap(s->k, s->area[SOUND_LAST].start);
}

static void records_of_pages(void **state)
{
	static const struct {
		break_fn *breaks;
		const char *ids, *told;
		uint64_t looked;
	} all[] = {
		{dma_sound, "", NULL, 11},
		{dma_broken, "V05", "page 1 of 0 is not mapped", 11},
		{dma_alone_broken, "V05", "page 1 of 0 is not mapped", 11},
		{no_guard, "V05", "page 2 of 3 is not mapped", 12},
		{odd_array, "V05", "is no struct page", 11},
		{within_a_page, "", NULL, 11},
		{odd_end, "V01 V02", NULL, 10},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct checktest c;
		const struct vmt_finding *f;
		char loud[256];
		size_t n;

		all[i].breaks(&s);
		checktest_run(&c, &s);
		if (strcmp(checktest_loud(&c, loud), all[i].ids) != 0)
			fail_msg("%zu: %s", i, loud);
		f = vmt_report_findings(c.report, &n);
		if (all[i].told)
			assert_non_null(strstr(f[0].title, all[i].told));
		assert_u64(checktest_verdict(&c, "V05")->looked_at[0], all[i].looked);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* The array of an area over two tables is left out: it is not compared with what was read before.
 */
static void a_lost_array_over_two_tables(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	const uint64_t start = s.k->paging.vmalloc + 0x2200000 - 2 * s.page;
	struct kernel_placed at = claim(&s, start, 4, 2);
	struct checktest c;
	uint64_t copy;
	char loud[256];

	(void)state;
	kernel_new_page(s.k);
	copy = kernel_alloc(s.k, s.page, s.page);
	for (unsigned i = 0; i < 4; i++)
		kernel_map(s.k, start + i * s.page, s.area[SOUND_LAST].pa + (i + 1) * s.page, 0);
	kernel_put64(s.k, at.vm + 32, copy);
	kernel_new_page(s.k);
	sound_done(&s);
	kernel_lose(s.k, copy);
	checktest_open(&c, &s);
	assert_string_equal(checktest_loud(&c, loud), "");
	assert_u64(checktest_verdict(&c, "V05")->unknown, 4);
	assert_u64(checktest_verdict(&c, "V05")->looked_at[0], 11);
	checktest_close(&c);
	sound_free(&s);
}

/* ---- what lies in no area ---- */

/* Where a page that nobody holds is mapped decides what is said of it. */
static void pages_of_nobody(void **state)
{
	static const struct {
		unsigned page;
		const char *title;
		/* Pages of the range that is named; 0: none is. */
		unsigned from, to;
	} all[] = {
		{64, "a freed range is mapped (lazy)", 64, 68},
		{67, "a freed range is mapped (lazy)", 64, 68},
		{68, "a hole is mapped", 0, 0},
		/* Of the free list. */
		{150, "a hole is mapped", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		const uint64_t vmalloc = s.k->paging.vmalloc;
		struct checktest c;
		const struct vmt_finding *f;
		size_t n;

		kernel_map(s.k, vmalloc + all[i].page * s.page, sound_frame(&s), 0);
		checktest_run(&c, &s);
		f = vmt_report_findings(c.report, &n);
		assert_u64(n, 1);
		assert_string_equal(f[0].title, all[i].title);
		assert_u64(f[0].va, vmalloc + all[i].page * s.page);
		assert_u64(f[0].area_start, all[i].to ? vmalloc + all[i].from * s.page : 0);
		assert_u64(f[0].area_end, all[i].to ? vmalloc + all[i].to * s.page : 0);
		assert_int_equal(f[0].severity, VMT_SEVERE);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* A large entry over the end of an area is told from where the area ends. */
static void a_large_entry_over_a_hole(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	struct kernel_area a = {.start = s.k->paging.vmalloc + 0x2000000,
				.size = 0x101000,
				.flags = 1,
				.phys = 0xe0000000,
				.caller = s.k->paging.text + 0x1010};
	struct checktest c;
	const struct vmt_finding *f;
	uint64_t guard = 0, hole = 0;
	size_t n;

	(void)state;
	a.node = (unsigned)(a.start / 0x10000 % 3);
	(void)kernel_area(s.k, &a);
	kernel_map(s.k, a.start, a.phys, 1);
	kernel_trees(s.k);
	checktest_run(&c, &s);
	f = vmt_report_findings(c.report, &n);
	for (size_t i = 0; i < n; i++) {
		guard = strstr(f[i].title, "guard") ? f[i].va : guard;
		hole = strstr(f[i].title, "hole") ? f[i].va : hole;
	}
	assert_u64(n, 3);
	assert_u64(guard, a.start + 0x100000);
	assert_u64(hole, a.start + 0x101000);
	checktest_close(&c);
	sound_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_mapped),
		cmocka_unit_test(records_of_pages),
		cmocka_unit_test(a_lost_array_over_two_tables),
		cmocka_unit_test(pages_of_nobody),
		cmocka_unit_test(a_large_entry_over_a_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
