// SPDX-License-Identifier: GPL-2.0-or-later
/* V08, V09, V10: frames. */
#include "checktest.h"

/* ---- V09, V10 ---- */

static void own_twice(struct sound *s)
{
	uint64_t pa = s->area[SOUND_STACK].pa;

	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.pages, sound_page_va(s, pa));
	kernel_map(s->k, s->area[SOUND_VMALLOC].start, pa, 0);
}
static void no_user(struct sound *s)
{
	image_put32(s->k->img, sound_page_pa(s, s->area[SOUND_VMALLOC].pa) + SOUND_REFCOUNT, 0);
}
static void is_free(struct sound *s)
{
	image_put32(s->k->img, sound_page_pa(s, s->area[SOUND_VMALLOC].pa) + SOUND_TYPE,
		    (uint32_t)-129);
}
static void no_ram(struct sound *s)
{
	uint64_t pa = s->k->paging.pa - 0x1000000;

	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.pages, sound_page_va(s, pa));
	kernel_map(s->k, s->area[SOUND_VMALLOC].start, pa, 0);
}

static void frames(void **state)
{
	(void)state;
	checktest_everywhere(own_twice, "V09", "is recorded in two areas");
	checktest_everywhere(no_user, "V10", "has no user");
	checktest_everywhere(is_free, "V10", "is free");
	checktest_everywhere(no_ram, "V10", "is no RAM");
}

/* Pages that vmap puts when it is through with them have users: it is one of them. */
static void pages_put(struct sound *s)
{
	kernel_put64(s->k, s->area[SOUND_VMAP].at.vm + 24, 0x204);
}
/* So is another area. */
static void pages_shared(struct sound *s)
{
	uint64_t pa = s->area[SOUND_VMALLOC].pa;

	pages_put(s);
	kernel_put64(s->k, s->area[SOUND_VMAP].at.pages, sound_page_va(s, pa));
	kernel_map(s->k, s->area[SOUND_VMAP].start, pa, 0);
}
/* Of a large folio, whose first page has the count (i915 maps pages of shmem). */
static void pages_of_no_folio(struct sound *s)
{
	uint64_t page = sound_page_pa(s, s->area[SOUND_VMAP].pa + s->page);

	pages_put(s);
	kernel_say(s->k, "OFFSET(page.compound_head)=8\n");
	image_put32(s->k->img, page + SOUND_REFCOUNT, 0);
}
static void pages_of_a_folio(struct sound *s)
{
	pages_of_no_folio(s);
	image_put64(s->k->img, sound_page_pa(s, s->area[SOUND_VMAP].pa + s->page) + 8,
		    sound_page_va(s, s->area[SOUND_VMAP].pa) + 1);
}
static void set_up(struct sound *s)
{
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.vm + 24, 0x22);
	no_user(s);
}
/* More are recorded than there is room for, and all of them frames. */
static void too_many(struct sound *s)
{
	uint64_t pages = kernel_alloc(s->k, 80, 8), vm = s->area[SOUND_VMALLOC].at.vm;

	for (unsigned i = 0; i < 10; i++)
		kernel_put64(s->k, pages + 8 * i,
			     i < 2 ? kernel_read64(s->k, s->area[SOUND_VMALLOC].at.pages + 8 * i)
				   : sound_page_va(s, sound_frame(s)));
	kernel_put64(s->k, vm + 32, pages);
	kernel_put32(s->k, vm + s->k->lists->style->nr_pages, 10);
	kernel_put64(s->k, s->counters, 17);
}
/* Nothing is said of users, or of what is free: the other is judged. */
static void users_not_told(struct sound *s)
{
	checktest_forget(s, "OFFSET(page._refcount)");
	no_user(s);
}
static void users_not_told_and_free(struct sound *s)
{
	users_not_told(s);
	is_free(s);
}
static void free_not_told(struct sound *s)
{
	checktest_forget(s, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)");
	no_user(s);
}
/* A table of vmemmap that is no memory. */
static void struct_pages_nowhere(struct sound *s)
{
	uint64_t at = kernel_entry(s->k, sound_page_va(s, s->area[SOUND_STACK].pa), 1);

	image_put64(s->k->img, at, kernel_table_entry(s->k, s->k->paging.pa + 16 * KERNEL_RAM));
}

static void frames_that_count(void **state)
{
	static const struct {
		break_fn *breaks;
		const char *ids;
		uint64_t twice, used, unknown;
	} all[] = {
		{pages_put, "", 9, 11, 0},
		{pages_shared, "", 9, 11, 0},
		{pages_of_a_folio, "", 9, 11, 0},
		{pages_of_no_folio, "V10", 9, 11, 0},
		{set_up, "", 7, 7, 0},
		{too_many, "V02", 10, 10, 0},
		{users_not_told, "", 9, 9, 0},
		{users_not_told_and_free, "V10", 9, 9, 0},
		{free_not_told, "V10", 9, 9, 0},
		{struct_pages_nowhere, "V18", 9, 0, 9},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct checktest c;
		char loud[256];

		all[i].breaks(&s);
		checktest_run(&c, &s);
		if (strcmp(checktest_loud(&c, loud), all[i].ids) != 0)
			fail_msg("%zu: %s report", i, loud);
		assert_u64(checktest_verdict(&c, "V09")->looked_at[0], all[i].twice);
		assert_u64(checktest_verdict(&c, "V10")->looked_at[0], all[i].used);
		assert_u64(checktest_verdict(&c, "V10")->unknown, all[i].unknown);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* 5.13 to 5.17: the second frame of a huge page has no count of its own. */
static void tails_of_huge_pages(void **state)
{
	static const struct {
		const char *where;
		uint64_t head;
		uint32_t order;
		const char *ids;
	} all[] = {{"OFFSET(page.compound_head)=8\n", 1, 1, ""},
		   {"OFFSET(page.compound_info)=8\n", 1, 1, ""},
		   {"OFFSET(page.compound_head)=8\n", 0, 1, "V10"},
		   {"OFFSET(page.compound_head)=8\n", 1, 0, "V10"},
		   {"OFFSET(page.compound_head)=1099511627776\n", 1, 1, "V10"},
		   {"", 1, 1, "V10"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		const struct sound_area *a = &s.area[SOUND_VMALLOC];
		uint64_t pa = sound_frame(&s), page;

		if (pa / s.page % 2)
			pa = sound_frame(&s);
		(void)sound_frame(&s);
		kernel_say(s.k, "%s", all[i].where);
		kernel_put32(s.k, a->at.vm + kernel_6_12.order, all[i].order);
		for (unsigned n = 0; n < 2; n++) {
			kernel_put64(s.k, a->at.pages + 8 * n, sound_page_va(&s, pa + n * s.page));
			kernel_map(s.k, a->start + n * s.page, pa + n * s.page, 0);
		}
		page = sound_page_pa(&s, pa + s.page);
		image_put32(s.k->img, page + SOUND_REFCOUNT, 0);
		image_put64(s.k->img, page + 8, sound_page_va(&s, pa) | all[i].head);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* Since 6.11 the type is the top byte; what is below may be anything. */
static void types_in_the_top_byte(void **state)
{
	(void)state;
	for (int free = 0; free < 2; free++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		char *at = strstr((char *)s.k->info.p, "MAPCOUNT_VALUE)=-129");

		assert_non_null(at);
		(void)memcpy(at, "MAPCOUNT_XALUE)=-129", 20);
		kernel_say(s.k, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n");
		image_put32(s.k->img, sound_page_pa(&s, s.area[SOUND_VMALLOC].pa) + SOUND_TYPE,
			    free ? 0xf0000003 : 0xff000003);
		checktest_expect(&s, free ? "V10" : "", free ? "is free" : NULL);
	}
}

/* A struct page that is left out: its frame is unknown, and named. */
static void a_lost_struct_page(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	struct checktest c;
	uint64_t pa = sound_page_pa(&s, s.area[SOUND_STACK].pa);
	const struct vmt_unknown *u;
	char text[256];
	size_t n, found = 0;

	(void)state;
	sound_done(&s);
	kernel_lose_pa(s.k, pa);
	checktest_open(&c, &s);
	assert_string_equal(checktest_loud(&c, text), "");
	assert_true(checktest_verdict(&c, "V10")->unknown > 0);
	u = vmt_report_unknowns(c.report, &n);
	for (size_t i = 0; i < n; i++)
		found += u[i].check == vmt_checks_find(vmt_str("V10")) &&
			 u[i].pa / 4096 == pa / 4096;
	assert_true(found > 0);
	checktest_close(&c);
	sound_free(&s);
}

/* ---- V08 ---- */

static void a_large_entry_beyond_its_area(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	const uint64_t va = s.k->paging.vmalloc + 0x1000000;
	struct kernel_area a = {.start = va,
				.size = 0x101000,
				.flags = 1,
				.phys = 0xe0000000,
				.caller = s.k->paging.text + 0x1010};

	(void)state;
	a.node = (unsigned)(a.start / 0x10000 % 3);
	(void)kernel_area(s.k, &a);
	kernel_map(s.k, va, a.phys, 1);
	kernel_trees(s.k);
	/* Its guard page and the hole behind it are mapped, too. */
	checktest_expect(&s, "V06 V08", "reaches beyond its area");
}

/* Sixteen entries of arm64, all with the bit: the fifth maps another frame. */
static void contiguous_blocks(void **state)
{
	(void)state;
	for (int bad = 0; bad < 2; bad++) {
		struct sound s = sound_new(&kernel_arm_4k, &kernel_6_12);
		const uint64_t va = s.k->paging.vmalloc + 0x1000000;
		struct kernel_area a = {.start = va,
					.size = 0x11000,
					.flags = 1,
					.phys = 0xe0000000,
					.caller = s.k->paging.text + 0x1010};
		struct checktest c;
		char text[256];

		a.node = (unsigned)(a.start / 0x10000 % 3);
		(void)kernel_area(s.k, &a);
		for (uint64_t i = 0; i < 16; i++) {
			uint64_t at = kernel_entry(s.k, va + i * 0x1000, 0);

			kernel_map(s.k, va + i * 0x1000, a.phys + i * 0x1000, 0);
			image_put64(s.k->img, at,
				    (kernel_get64(s.k, at) | UINT64_C(1) << 52) +
					    (bad && i == 4 ? 0x100000 : 0));
		}
		kernel_trees(s.k);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, text), bad ? "V05 V08" : "");
		assert_u64(checktest_verdict(&c, "V08")->looked_at[2], 1);
		checktest_close(&c);
		sound_free(&s);
	}
}

static void order_without_blocks(struct sound *s)
{
	kernel_put32(s->k, s->area[SOUND_STACK].at.vm + s->k->lists->style->order, 1);
	kernel_put64(s->k, s->area[SOUND_STACK].at.pages + 8,
		     sound_page_va(s, s->area[SOUND_STACK].pa + 3 * s->page));
	kernel_map(s->k, s->area[SOUND_STACK].start + s->page,
		   s->area[SOUND_STACK].pa + 3 * s->page, 0);
}

/* Two frames, one behind the other, the first of which is an odd one. */
static void order_not_aligned(struct sound *s)
{
	const struct sound_area *a = &s->area[SOUND_VMALLOC];
	uint64_t pa = sound_frame(s);

	if (pa / s->page % 2 == 0)
		pa = sound_frame(s);
	(void)sound_frame(s);
	kernel_put32(s->k, a->at.vm + s->k->lists->style->order, 1);
	for (unsigned i = 0; i < 2; i++) {
		kernel_put64(s->k, a->at.pages + 8 * i, sound_page_va(s, pa + i * s->page));
		kernel_map(s->k, a->start + i * s->page, pa + i * s->page, 0);
	}
}

/* More pages than an image can have pointers to: nobody waits for them. */
static void order_of_too_much(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t pages = UINT64_C(1) << 31;
	struct kernel_placed at = kernel_area(
		s.k, &(struct kernel_area){.start = s.k->paging.vmalloc + (UINT64_C(1) << 40),
					   .size = (pages + 1) * s.page,
					   .flags = 0x2,
					   .caller = s.k->paging.text + 0x1010,
					   .nodes = "0"});
	struct checktest c;
	const struct vmt_unknown *u;
	size_t n, told = 0;

	(void)state;
	kernel_put32(s.k, at.vm + kernel_6_12.nr_pages, (uint32_t)pages);
	kernel_put32(s.k, at.vm + kernel_6_12.order, 9);
	kernel_trees(s.k);
	checktest_run(&c, &s);
	u = vmt_report_unknowns(c.report, &n);
	for (size_t i = 0; i < n; i++)
		told += (strcmp(vmt_checks_at(u[i].check)->id, "V08") == 0 ||
			 strcmp(vmt_checks_at(u[i].check)->id, "V09") == 0 ||
			 strcmp(vmt_checks_at(u[i].check)->id, "V10") == 0) &&
			u[i].n == pages && strstr(u[i].why, "more than the image can hold");
	assert_u64(told, 3);
	checktest_close(&c);
	sound_free(&s);
}

static void orders(void **state)
{
	(void)state;
	checktest_everywhere(order_not_aligned, "V08", "does not begin a block");
	checktest_everywhere(order_without_blocks, "V08", "is not behind the one before it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames),
		cmocka_unit_test(frames_that_count),
		cmocka_unit_test(tails_of_huge_pages),
		cmocka_unit_test(types_in_the_top_byte),
		cmocka_unit_test(a_lost_struct_page),
		cmocka_unit_test(a_large_entry_beyond_its_area),
		cmocka_unit_test(contiguous_blocks),
		cmocka_unit_test(orders),
		cmocka_unit_test(order_of_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
