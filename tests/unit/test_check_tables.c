// SPDX-License-Identifier: GPL-2.0-or-later
/* V18: the page tables themselves. */
#include "checktest.h"

static void table_nowhere(struct sound *s)
{
	uint64_t at = kernel_entry(s->k, s->area[SOUND_STACK].start, 1);

	image_put64(s->k->img, at, kernel_table_entry(s->k, s->k->paging.pa + 16 * KERNEL_RAM));
}
static void shared_table(struct sound *s)
{
	uint64_t at = kernel_entry(s->k, s->area[SOUND_STACK].start, 1);
	uint64_t other = kernel_entry(s->k, s->k->paging.vmalloc + kernel_leaf_bytes(s->k, 1), 1);

	image_put64(s->k->img, other, kernel_get64(s->k, at));
}

/* The struct page of the last table on the way to the stack: in use, or not. */
static uint64_t page_of_table(struct sound *s, uint32_t users)
{
	uint64_t table = kernel_entry(s->k, s->area[SOUND_STACK].start, 0) & -s->page;
	uint64_t page = sound_page_pa(s, table);

	image_put64(s->k->img, page, 0x800);
	image_put32(s->k->img, page + SOUND_REFCOUNT, users);
	image_put32(s->k->img, page + SOUND_TYPE, 0xffffffff);
	return page;
}
static void table_free(struct sound *s)
{
	image_put32(s->k->img, page_of_table(s, 1) + SOUND_TYPE, (uint32_t)-129);
}
/* The first frame of a block says that it is free, and of how many frames. @return its struct page.
 */
static uint64_t in_block(struct sound *s, uint32_t users, unsigned order, uint64_t says)
{
	uint64_t table = kernel_entry(s->k, s->area[SOUND_STACK].start, 0) & -s->page, head;

	(void)page_of_table(s, users);
	head = sound_page_pa(s, table & -(s->page << order));
	image_put32(s->k->img, head + SOUND_TYPE, (uint32_t)-129);
	image_put64(s->k->img, head + 40, says);
	return head;
}
static void table_in_free_block(struct sound *s)
{
	kernel_say(s->k, "OFFSET(page.private)=40\n");
	(void)in_block(s, 0, 3, 3);
}

/* The frame that a block of so many begins with is no table here: what is told is of the block. */
static void tables_and_blocks(void **state)
{
	static const struct {
		unsigned order;
		uint64_t says, at;
		uint32_t users;
		const char *ids;
	} all[] = {
		{10, 10, 40, 0, "V18"},
		{10, 12, 40, 0, "V18"},
		{13, 13, 40, 0, "V18"},
		/* Whoever has users is in no free block. */
		{10, 10, 40, 1, ""},
		/* The block ends before it; it is larger than any; nothing says how large it is. */
		{10, 9, 40, 0, ""},
		{13, 14, 40, 0, ""},
		{10, 10, UINT64_C(1) << 40, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_arm_4k, &kernel_6_12);
		struct checktest c;
		char loud[256];

		kernel_say(s.k, "OFFSET(page.private)=%llu\n", (unsigned long long)all[i].at);
		(void)in_block(&s, all[i].users, all[i].order, all[i].says);
		checktest_run(&c, &s);
		if (strcmp(checktest_loud(&c, loud), all[i].ids) != 0)
			fail_msg("%zu: %s", i, loud);
		assert_u64(checktest_verdict(&c, "V18")->findings, all[i].ids[0] != 0);
		checktest_close(&c);
		sound_free(&s);
	}
}

static void table_without_user(struct sound *s)
{
	(void)page_of_table(s, 0);
}

/* The same page as a table of two levels. */
static void a_table_of_two_levels(struct sound *s)
{
	uint64_t table = kernel_new_table(s->k);
	uint64_t va = s->k->paging.vmalloc + 4 * kernel_leaf_bytes(s->k, 1);

	image_put64(s->k->img, kernel_entry(s->k, va, 1), kernel_table_entry(s->k, table));
	va = s->k->paging.vmalloc + 4 * kernel_leaf_bytes(s->k, 2);
	image_put64(s->k->img, kernel_entry(s->k, va, 2), kernel_table_entry(s->k, table));
}

static void tables(void **state)
{
	(void)state;
	checktest_everywhere(table_free, "V18", "a table page is free");
	checktest_everywhere(table_in_free_block, "V18", "a table page is free");
	/* Not proven: pages of larger allocations have no count of their own. */
	checktest_everywhere(table_without_user, "", NULL);
	checktest_everywhere(table_nowhere, "V18", "a table page is no memory");
	checktest_everywhere(shared_table, "V18", "a table page has two parents");
	{
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

		a_table_of_two_levels(&s);
		checktest_expect(&s, "V18", "of two levels");
	}
}

static uint64_t empty_page(struct sound *s)
{
	uint64_t page = page_of_table(s, 0);

	image_zero(s->k->img, page, page + SOUND_PAGE_BYTES);
	return 0;
}
static uint64_t lost_page(struct sound *s)
{
	return page_of_table(s, 1);
}
static uint64_t lost_head(struct sound *s)
{
	kernel_say(s->k, "OFFSET(page.private)=40\n");
	return in_block(s, 0, 13, 13);
}
static uint64_t nobody_knows_users(struct sound *s)
{
	checktest_forget(s, "OFFSET(page._refcount)");
	return 0;
}
/* Neighbours that have no struct page are in no block. */
static uint64_t nothing(struct sound *s)
{
	(void)page_of_table(s, 0);
	return 0;
}
/* A shadow of KASAN that nobody finds: it may be the table that is shown twice. */
static uint64_t shadow_nowhere(struct sound *s)
{
	kernel_symbol(s->k, "kasan_early_shadow_pte", s->k->paging.text + 0x3f00000);
	shared_table(s);
	return 0;
}

/* Whether a table is free, or has two parents, that cannot be known. */
static void tables_of_which_little_is_known(void **state)
{
	static const struct {
		uint64_t (*lack)(struct sound *s);
		const char *why;
	} all[] = {{nothing, NULL},
		   {empty_page, "struct page of a table is empty"},
		   {lost_page, "struct page of a table: the dump left it out"},
		   {lost_head, "struct page of a table's neighbour: the dump left it out"},
		   {nobody_knows_users, "whether tables are free"},
		   {shadow_nowhere, "which may be KASAN's"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_arm_4k, &kernel_6_12);
		uint64_t pa = all[i].lack(&s);
		struct checktest c;
		const struct vmt_unknown *u;
		size_t n, told = 0;

		sound_done(&s);
		if (pa)
			kernel_lose_pa(s.k, pa);
		checktest_open(&c, &s);
		assert_u64(checktest_verdict(&c, "V18")->findings, 0);
		u = vmt_report_unknowns(c.report, &n);
		for (size_t j = 0; j < n; j++)
			told += u[j].check == vmt_checks_find(vmt_str("V18")) &&
				strstr(u[j].why, all[i].why ? all[i].why : "neighbour");
		if ((told > 0) != (all[i].why != NULL))
			fail_msg("%zu: %zu", i, told);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* A table of vmemmap that is no memory is told; whether other tables are free is not known then. */
static void struct_pages_nowhere(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t table = kernel_entry(s.k, s.area[SOUND_STACK].start, 0) & -s.page;
	struct checktest c;

	(void)state;
	image_put64(s.k->img, kernel_entry(s.k, sound_page_va(&s, table), 1),
		    kernel_table_entry(s.k, s.k->paging.pa + 16 * KERNEL_RAM));
	checktest_run(&c, &s);
	assert_u64(checktest_verdict(&c, "V18")->findings, 1);
	assert_u64(checktest_verdict(&c, "V18")->unknown,
		   checktest_verdict(&c, "V18")->looked_at[0]);
	checktest_close(&c);
	sound_free(&s);
}

/* x86's espfix shows one table many times, and nobody else does, there or elsewhere. */
static void clones_of_espfix(void **state)
{
	static const struct {
		const struct kernel_paging *paging;
		uint64_t va;
		const char *ids;
	} all[] = {{&kernel_x86_4, 0xffffff0000000000, ""},
		   {&kernel_x86_4, 0xffffff7fffc00000, ""},
		   {&kernel_x86_4, 0xffffff8000000000, "V18"},
		   {&kernel_x86_4, 0xfffffeffffa00000, "V18"},
		   {&kernel_arm_4k, 0xffffff0000000000, "V18"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(all[i].paging, &kernel_6_12);
		uint64_t table = kernel_new_table(s.k);

		for (uint64_t n = 0; n < 2; n++)
			image_put64(s.k->img, kernel_entry(s.k, all[i].va + (n << 21), 1),
				    kernel_table_entry(s.k, table));
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* With KASAN tables of its early shadow, and no others, are shown many times. */
static void clones_of_kasan(void **state)
{
	(void)state;
	for (int other = 0; other < 2; other++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t shadow = kernel_alloc(s.k, s.page, s.page);
		uint64_t to = kernel_table_entry(s.k, kernel_pa(s.k, shadow));

		kernel_symbol(s.k, "kasan_early_shadow_pte", shadow);
		for (uint64_t i = 0; i < 2; i++)
			image_put64(s.k->img, kernel_entry(s.k, 0xffffec0000000000 + (i << 21), 1),
				    to);
		if (other)
			shared_table(&s);
		checktest_expect(&s, other ? "V18" : "",
				 other ? "a table page has two parents" : NULL);
	}
}

static void reserved_bits(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t at = kernel_entry(s.k, s.area[SOUND_STACK].start, 3);

	(void)state;
	image_put64(s.k->img, at, kernel_get64(s.k, at) | 0x80);
	checktest_expect(&s, "V18", "has a bit that must be 0");
	/* A page that is not there, of no form: whoever made it so knows why. */
	s = sound_new(&kernel_arm_4k, &kernel_6_12);
	at = kernel_entry(s.k, s.k->paging.vmalloc + 220 * s.page, 0);
	image_put64(s.k->img, at, s.area[SOUND_STACK].pa | 0xf01);
	checktest_expect(&s, "", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables),
		cmocka_unit_test(tables_and_blocks),
		cmocka_unit_test(tables_of_which_little_is_known),
		cmocka_unit_test(struct_pages_nowhere),
		cmocka_unit_test(clones_of_espfix),
		cmocka_unit_test(clones_of_kasan),
		cmocka_unit_test(reserved_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
