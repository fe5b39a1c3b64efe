// SPDX-License-Identifier: GPL-2.0-or-later
/* V05, V06: page tables against the records, on every paging and style. */
#include "extracttest.h"

/* ---- V05 ---- */

static void unmap_page(struct sound *s)
{
	kernel_unmap(s->k, s->area[SOUND_VMALLOC].start + s->page);
}
static void change_frame(struct sound *s)
{
	kernel_map(s->k, s->area[SOUND_VMALLOC].start, s->area[SOUND_STACK].pa + 3 * s->page, 0);
}
static void swap_pages(struct sound *s)
{
	uint64_t at = s->area[SOUND_STACK].at.pages, a = kernel_read64(s->k, at + 8),
		 b = kernel_read64(s->k, at + 16);

	kernel_put64(s->k, at + 8, b);
	kernel_put64(s->k, at + 16, a);
}
static void no_struct_page(struct sound *s)
{
	kernel_put64(s->k, s->area[SOUND_STACK].at.pages + 8, s->vmemmap + 8);
}
/* What is recorded is the struct page that "no frame" would have. */
static void record_no_frame(struct sound *s)
{
	unmap_page(s);
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.pages + 8,
		     s->vmemmap + UINT64_MAX / s->page * SOUND_PAGE_BYTES);
}
static void redirect_device(struct sound *s)
{
	kernel_map(s->k, s->area[SOUND_DEVICE].start + s->page, 0xfee00000, 0);
}
static void unmap_device(struct sound *s)
{
	kernel_unmap(s->k, s->area[SOUND_DEVICE].start + 2 * s->page);
}

static void pages_and_frames(void **state)
{
	(void)state;
	checktest_everywhere(unmap_page, "V05", "page 1 of 2 is not mapped");
	checktest_everywhere(change_frame, "V05", "page 0 of 2 maps another frame");
	checktest_everywhere(swap_pages, "V05", "which is that of pages[2]");
	checktest_everywhere(no_struct_page, "V05", "is no struct page");
	checktest_everywhere(record_no_frame, "V05", "is no struct page");
	checktest_everywhere(redirect_device, "V05", "device page 1 maps another address");
	checktest_everywhere(unmap_device, "V05", "device page 2 is not mapped");
}

/* The frame a table page is in is left out: as many pages are unknown, and none is accused. */
static void a_lost_table_is_unknown(void **state)
{
	(void)state;
	for (size_t p = 0; p < KERNEL_PAGINGS; p++) {
		struct sound s = sound_new(kernel_pagings[p], &kernel_6_12);
		struct checktest c;
		uint64_t table = kernel_entry(s.k, s.area[SOUND_STACK].start, 0), lost = 0;
		const struct vmt_unknown *u;
		char text[256];
		size_t n;

		table -= table % s.page;
		sound_done(&s);
		/* One page of the dump may be smaller than one of the kernel. */
		for (uint64_t at = table; at < table + s.page; at += s.k->img->page_size)
			kernel_lose_pa(s.k, at);
		checktest_open(&c, &s);
		assert_string_equal(checktest_loud(&c, text), "");
		assert_u64(checktest_verdict(&c, "V05")->unknown, 11 + 3);
		assert_u64(checktest_verdict(&c, "V05")->looked_at[0], 0);
		assert_int_equal(checktest_verdict(&c, "V05")->result, VMT_RESULT_UNKNOWN);
		u = vmt_report_unknowns(c.report, &n);
		for (size_t i = 0; i < n; i++)
			lost += u[i].check == vmt_checks_find(vmt_str("V05")) && u[i].pa == table;
		assert_true(lost > 0);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* The array of pages is left out. */
static void a_lost_array_is_unknown(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	struct checktest c;
	uint64_t pages, copy;
	char text[256];

	(void)state;
	kernel_new_page(s.k);
	copy = kernel_alloc(s.k, s.page, s.page);
	pages = s.area[SOUND_STACK].at.pages;
	for (unsigned i = 0; i < 4; i++)
		kernel_put64(s.k, copy + 8 * i, kernel_read64(s.k, pages + 8 * i));
	kernel_put64(s.k, s.area[SOUND_STACK].at.vm + 32, copy);
	kernel_new_page(s.k);
	sound_done(&s);
	kernel_lose(s.k, copy);
	checktest_open(&c, &s);
	assert_string_equal(checktest_loud(&c, text), "");
	assert_u64(checktest_verdict(&c, "V05")->unknown, 4);
	assert_u64(checktest_verdict(&c, "V05")->looked_at[0], 7);
	assert_u64(checktest_verdict(&c, "V09")->unknown, 4);
	assert_u64(checktest_verdict(&c, "V10")->unknown, 4);
	checktest_close(&c);
	sound_free(&s);
}

/* Nothing tells of vmemmap: the areas do, by a vote, and one of them is wrong. */
static void vmemmap_by_vote(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_1);
	struct checktest c;
	char *at = strstr((char *)s.k->info.p, "SYMBOL(vmemmap)"), text[256];

	(void)state;
	assert_non_null(at);
	memcpy(at, "SYMBOL(nothing)", 15);
	swap_pages(&s);
	checktest_run(&c, &s);
	assert_string_equal(checktest_loud(&c, text), "V05");
	assert_u64(checktest_verdict(&c, "V05")->findings, 2);
	checktest_close(&c);
	sound_free(&s);
}

/* A leaf above the last level, for as many pages as it maps. */
static void large_leaves(void **state)
{
	(void)state;
	for (int bad = 0; bad < 2; bad++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct checktest c;
		char text[256];
		const uint64_t big = 0x200000, va = s.k->paging.vmalloc + 8 * big;
		struct kernel_area a = {.start = va,
					.size = big + s.page,
					.flags = 1,
					.phys = 0xe0000000,
					.caller = s.k->paging.text + 0x1010};

		a.node = (unsigned)(a.start / 0x10000 % 3);
		(void)kernel_area(s.k, &a);
		kernel_map(s.k, va, a.phys + (bad ? big : 0), 1);
		kernel_trees(s.k);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, text), bad ? "V05" : "");
		assert_u64(checktest_verdict(&c, "V05")->findings, bad ? 512 : 0);
		assert_u64(checktest_verdict(&c, "V05")->looked_at[1], 512 + 3);
		checktest_close(&c);
		sound_free(&s);
	}
}

/*
 * What a confidential guest shares with its host has a bit in its entries that is no address: TDX's
 * 51, Hyper-V's vTOM.  The kernel takes it from physical_mask; from one that is none nothing is
 * learned.
 */
static void shared_pages(void **state)
{
	static const struct {
		uint64_t mask;
		const char *ids;
	} all[] = {
		{(UINT64_C(1) << 51) - 1, ""},
		{(UINT64_C(1) << 52) - 1, "V05"},
		{0, "V05"},
		{UINT64_C(1) << 51, "V05"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		static const size_t shared[] = {SOUND_DEVICE, SOUND_VMALLOC};
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t at = kernel_alloc(s.k, 8, 8);

		kernel_symbol(s.k, "physical_mask", at);
		kernel_put64(s.k, at, all[i].mask);
		for (size_t n = 0; n < 2 * ARRAY_SIZE(shared); n++) {
			uint64_t va = s.area[shared[n / 2]].start + n % 2 * s.page;
			uint64_t entry = kernel_entry(s.k, va, 0);

			image_put64(s.k->img, entry, kernel_get64(s.k, entry) | UINT64_C(1) << 51);
		}
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* ---- V06 ---- */

static void map_guard(struct sound *s)
{
	kernel_map(s->k, s->area[SOUND_STACK].start + 4 * s->page, s->area[SOUND_STACK].pa, 0);
}
static void map_hole(struct sound *s)
{
	kernel_map(s->k, s->k->paging.vmalloc + 200 * s->page, s->area[SOUND_STACK].pa, 0);
}
static void map_lazy(struct sound *s)
{
	kernel_map(s->k, s->area[SOUND_LAZY].start + s->page, s->area[SOUND_STACK].pa, 0);
}

static void what_nobody_holds(void **state)
{
	(void)state;
	checktest_everywhere(map_guard, "V06", "the guard page is mapped");
	checktest_everywhere(map_hole, "V06", "a hole is mapped");
	checktest_everywhere(map_lazy, "V06", "a freed range is mapped (lazy)");
}

/* Set up or torn down: nothing is said of what is mapped there. */
static void areas_in_flux(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

	(void)state;
	kernel_put64(s.k, s.area[SOUND_VMALLOC].at.vm + 24, 0x22);
	kernel_unmap(s.k, s.area[SOUND_VMALLOC].start);
	map_guard(&s);
	kernel_put64(s.k, s.area[SOUND_STACK].at.vm + 24, 0x22);
	checktest_expect(&s, "", NULL);
}

/* An area that no list has is in its tree: what it maps is no hole. */
static void an_unlinked_area_maps_no_hole(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t at = s.area[SOUND_VMALLOC].at.list;

	(void)state;
	kernel_put64(s.k, kernel_read64(s.k, at + 8), kernel_read64(s.k, at));
	kernel_put64(s.k, kernel_read64(s.k, at) + 8, kernel_read64(s.k, at + 8));
	unmap_page(&s);
	checktest_expect(&s, "V03 V05", "page 1 of 2 is not mapped");
}

/* An area of vmalloc of so many pages, as its record says; what lies there is the caller's. */
static void claim(struct sound *s, uint64_t start, uint64_t pages)
{
	struct kernel_placed at =
		kernel_area(s->k, &(struct kernel_area){.start = start,
							.size = (pages + 1) * s->page,
							.flags = 0x2,
							.caller = s->k->paging.text + 0x1010,
							.nodes = "0"});

	kernel_put32(s->k, at.vm + kernel_6_12.nr_pages, (uint32_t)pages);
	/* The array is nowhere. */
	kernel_put64(s->k, at.vm + 32, s->k->paging.vmalloc + (UINT64_C(1) << 33));
}

/*
 * What is looked at has an end, also where tables lead nowhere: a hostile image has many areas over
 * many of those.  Here the first area leaves little of what may be looked at.
 */
static void areas_over_lost_tables(void **state)
{
	struct sound s = sound_new(&kernel_arm_64k, &kernel_6_12);
	const uint64_t each = kernel_leaf_bytes(s.k, 1), tables = s.page / 8, blocks = 120;
	/* Another entry of the root. */
	const uint64_t start = (s.k->paging.vmalloc | (each * tables - 1)) + 1;
	const uint64_t lost = start + each * (blocks + 1);
	const uint64_t pages = each / s.page * (tables - blocks - 2);
	struct checktest c;
	const struct vmt_unknown *u;
	size_t n, told = 0, ended = 0;

	(void)state;
	for (uint64_t i = 0; i < blocks; i++)
		kernel_map(s.k, start + i * each, s.k->paging.pa, 1);
	for (uint64_t va = lost; va < start + each * tables; va += each)
		image_put64(s.k->img, kernel_entry(s.k, va, 1),
			    kernel_table_entry(s.k, s.k->paging.pa + 16 * KERNEL_RAM));
	claim(&s, start, each / s.page * blocks);
	claim(&s, lost, pages);
	checktest_run(&c, &s);
	u = vmt_report_unknowns(c.report, &n);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(vmt_checks_at(u[i].check)->id, "V05") != 0 || u[i].va < lost)
			continue;
		told += u[i].n;
		ended += strstr(u[i].why, "more than the image can hold") != NULL;
	}
	assert_u64(told, pages);
	assert_u64(ended, 1);
	checktest_close(&c);
	sound_free(&s);
}

/* ---- what threads have in hand ---- */

enum { IN_HAND, NOT_IN_HAND, STILL_LINKED, ELSEWHERE };

/* A page that is mapped and in no area, and an unlinked vmap_area. @return its address. */
static uint64_t unlinked_range(struct sound *s, uint64_t hole)
{
	uint64_t at = kernel_alloc(s->k, 72, 8);

	kernel_map(s->k, hole, sound_frame(s), 0);
	kernel_put64(s->k, at, hole);
	kernel_put64(s->k, at + 8, hole + 6 * s->page);
	kernel_put64(s->k, at + 16, at + 16);
	kernel_put64(s->k, at + 40, at + 40);
	kernel_put64(s->k, at + 48, at + 40);
	return at;
}

/*
 * 6.9+: remove_vm_area() unlinks the vmap_area first and unmaps then; the thread that does so has
 * it on its stack.  It is proof only when it is unlinked and covers what is mapped.
 */
static void a_range_in_hand(void **state)
{
	(void)state;
	for (int how = IN_HAND; how <= ELSEWHERE; how++) {
		for (int exec = 0; exec < 2; exec++) {
			struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
			uint64_t hole = s.k->paging.vmalloc + 220 * s.page;
			uint64_t at = unlinked_range(&s, hole);

			sound_protect(&s, hole, !exec, exec);
			if (how == ELSEWHERE)
				kernel_put64(s.k, at, hole + 4 * s.page);
			if (how == STILL_LINKED)
				kernel_put64(s.k, at + 40, at + 48);
			if (how != NOT_IN_HAND)
				image_put64(s.k->img, s.area[SOUND_STACK].pa + 0x108, at);
			checktest_expect(&s, how == IN_HAND ? "" : exec ? "V06 V14" : "V06", NULL);
		}
	}
}

/* An ioremap is mapped from its first page to its last while its vm_struct is in hand. */
static void an_ioremap_in_hand(void **state)
{
	static const struct {
		unsigned from, to;
		bool in_hand;
		const char *ids;
	} all[] = {{1, 3, true, ""}, {0, 3, true, ""}, {1, 3, false, "V05"}, {0, 2, true, "V05"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, check_styles[i % 3]);
		const struct sound_area *a = &s.area[SOUND_DEVICE];

		for (unsigned page = all[i].from; page < all[i].to; page++)
			kernel_unmap(s.k, a->start + page * s.page);
		if (all[i].in_hand)
			image_put64(s.k->img, s.area[SOUND_STACK].pa + 0x108, a->at.vm);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* An extract answers as the image did, and has of the stack what the answer rests on. */
static void hands_of_an_extract(void **state)
{
	enum { RANGE, IOREMAP, CASES };
	static const char *const check[CASES] = {"V06", "V05"};

	(void)state;
	for (int how = 0; how < CASES; how++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		const struct sound_area *device = &s.area[SOUND_DEVICE];
		uint64_t stack = s.area[SOUND_STACK].pa + 0x108, at = device->at.vm, word;
		struct checktest c;
		char text[256];

		if (how == RANGE)
			at = unlinked_range(&s, s.k->paging.vmalloc + 220 * s.page);
		else
			kernel_unmap(s.k, device->start + 2 * s.page);
		image_put64(s.k->img, stack, at);
		image_put64(s.k->img, stack + 8, 0xffff888012345678);
		extracttest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, text), "");
		assert_true(checktest_verdict(&c, check[how])->unknown > 0);
		assert_u64(checktest_verdict(&c, "V17")->unknown, 0);
		assert_int_equal(vmt_mem_read(c.t.mem, stack, &word, 8, NULL), VMT_OK);
		assert_u64(word, at);
		assert_int_equal(vmt_mem_read(c.t.mem, stack + 8, &word, 8, NULL), VMT_OK);
		assert_u64(word, 0);
		checktest_close(&c);
		sound_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_and_frames),
		cmocka_unit_test(shared_pages),
		cmocka_unit_test(a_lost_table_is_unknown),
		cmocka_unit_test(a_lost_array_is_unknown),
		cmocka_unit_test(vmemmap_by_vote),
		cmocka_unit_test(large_leaves),
		cmocka_unit_test(what_nobody_holds),
		cmocka_unit_test(areas_in_flux),
		cmocka_unit_test(an_unlinked_area_maps_no_hole),
		cmocka_unit_test(areas_over_lost_tables),
		cmocka_unit_test(a_range_in_hand),
		cmocka_unit_test(an_ioremap_in_hand),
		cmocka_unit_test(hands_of_an_extract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
