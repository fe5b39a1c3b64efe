// SPDX-License-Identifier: GPL-2.0-or-later
/* V12, V15: counters and callers. */
#include "checktest.h"

/* ---- V12 ---- */

static void counters(void **state)
{
	static const struct {
		uint64_t pages, lazy;
		const char *ids;
	} all[] = {{9, 4, ""}, {10, 4, "V12"}, {9, 5, "V12"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

		kernel_put64(s.k, s.counters, all[i].pages);
		kernel_put64(s.k, s.counters + 8, all[i].lazy);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* The vm_struct of an area that is busy no more. */
static uint64_t removed(struct sound *s, uint32_t pages, uint64_t size)
{
	uint64_t vm = kernel_alloc(s->k, s->k->lists->style->vm_struct_bytes, 8);

	kernel_put64(s->k, vm + 8, s->k->paging.vmalloc + 220 * s->page);
	kernel_put64(s->k, vm + 16, size * s->page);
	kernel_put64(s->k, vm + 24, 0x2);
	kernel_put64(s->k, vm + 32, s->area[SOUND_LAST].at.pages);
	kernel_put32(s->k, vm + s->k->lists->style->nr_pages, pages);
	return vm;
}

/* A word of the stack of a thread that runs. */
static void hold(struct sound *s, unsigned word, uint64_t va)
{
	image_put64(s->k->img, s->area[SOUND_STACK].pa + 0x108 + 8 * word, va);
}

/* The pages of an area that vfree() has removed are counted until the last of them is freed. */
static void freeing(void **state)
{
	static const struct {
		uint64_t counted;
		bool in_hand;
		const char *ids;
	} all[] = {{14, true, ""}, {14, false, "V12"}, {13, true, "V12"}, {15, true, "V12"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t vm = removed(&s, 5, 6);

		kernel_put64(s.k, s.counters, all[i].counted);
		if (all[i].in_hand)
			hold(&s, 0, vm);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* Of several that are being freed any are counted still, and no part of one. */
static void freeing_several(void **state)
{
	static const struct {
		uint64_t more;
		const char *ids;
	} all[] = {{5, ""},    {7, ""},	    {12, ""},	 {1, "V12"},
		   {6, "V12"}, {10, "V12"}, {13, "V12"}, {24, "V12"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t five = removed(&s, 5, 6);

		kernel_put64(s.k, s.counters, 9 + all[i].more);
		hold(&s, 0, five);
		/* One record is one, however many words lead to it. */
		hold(&s, 2, five);
		hold(&s, 3, removed(&s, 7, 8));
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* What is no record of an area that was removed: it is held, and excuses nothing. */
static void no_area_that_is_freed(void **state)
{
	static const struct {
		uint64_t offset, value;
	} all[] = {
		/* No address, no size, and a size that is none. */
		{8, 0},
		{16, 0},
		{16, 0x6001},
		/* Of vmap, and of pages that are its caller's. */
		{24, 0x4},
		{24, 0x202},
		/* No array, no pages, more of them than the size has room for. */
		{32, 0},
		{44, 0},
		{16, 0x4000},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t vm = removed(&s, 5, 6);

		kernel_put64(s.k, s.counters, 14);
		kernel_put64(s.k, vm + all[i].offset, all[i].value);
		hold(&s, 0, vm);
		checktest_expect(&s, "V12", NULL);
	}
	{
		/* That of an area which is busy. */
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

		kernel_put64(s.k, s.counters, 11);
		hold(&s, 0, s.area[SOUND_VMALLOC].at.vm);
		checktest_expect(&s, "V12", NULL);
	}
	{
		/* A second record over a busy one is no record of it: it was there before. */
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t vm = removed(&s, 5, 6);

		kernel_put64(s.k, s.counters, 14);
		kernel_put64(s.k, vm + 8, s.area[SOUND_STACK].start);
		hold(&s, 0, vm);
		checktest_expect(&s, "", NULL);
	}
}

/* An unlinked vmap_area of so many pages. @return its address. */
static uint64_t unlinked(struct sound *s, uint64_t page, uint64_t pages)
{
	uint64_t at = kernel_alloc(s->k, 72, 8);

	kernel_put64(s->k, at, s->k->paging.vmalloc + page * s->page);
	kernel_put64(s->k, at + 8, s->k->paging.vmalloc + (page + pages) * s->page);
	kernel_put64(s->k, at + 16, at + 16);
	kernel_put64(s->k, at + 40, at + 40);
	kernel_put64(s->k, at + 48, at + 40);
	return at;
}

/* free_vmap_area_noflush() counts a range, and waits for the lock of the list it goes to then. */
static void freed_and_not_yet_listed(void **state)
{
	static const struct {
		uint64_t lazy;
		const char *ids;
	} all[] = {{4 + 6, ""},	   {4 + 9, ""},	    {4 + 15, ""},  {4, ""},
		   {4 + 7, "V12"}, {4 + 16, "V12"}, {4 - 1, "V12"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, check_styles[i % 3]);
		uint64_t nine = unlinked(&s, 240, 9);

		kernel_put64(s.k, s.counters + 8, all[i].lazy);
		hold(&s, 0, unlinked(&s, 220, 6));
		hold(&s, 1, nine);
		/* list_del() up to 5.19, list_del_init() since. */
		kernel_put64(s.k, nine + 40, 0xdead000000000100);
		kernel_put64(s.k, nine + 48, 0xdead000000000122);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* Ranges that are being purged are in no list, and counted still. */
static void purging(void **state)
{
	static const struct {
		uint64_t lazy, owner;
		const char *ids;
	} all[] = {{5, 0xffff888000001001, ""},
		   {3, 0xffff888000001000, "V12"},
		   {5, 0, "V12"},
		   {5, 1, "V12"}};

	(void)state;
	for (size_t i = 0; i < 3 * ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, check_styles[i % 3]);

		kernel_put64(s.k, s.counters + 8, all[i / 3].lazy);
		sound_mutex(&s, "vmap_purge_lock", all[i / 3].owner);
		checktest_expect(&s, all[i / 3].ids, NULL);
	}
}

/* 7.1+: a statistic of nodes, and what each CPU has not added yet, with its sign. */
static void counters_of_nodes(void **state)
{
	enum { NONE = 2 };
	static const struct {
		uint64_t all;
		int8_t cpu[2];
		const char *ids;
		/* Of the array of nodes the one that is there; none: there is no array. */
		int node;
		uint64_t unknown;
		/* As many pages of an area are being freed, one by one. */
		uint32_t freed;
		/* More of them than a kernel can have. */
		bool many;
	} tries[] = {
		{9, {0, 0}, "", 0, 0, 0, false},      {16, {-5, -2}, "", 0, 0, 0, false},
		{2, {127, -120}, "", 0, 0, 0, false}, {9, {0, 1}, "V12", 0, 0, 0, false},
		{16, {-5, -2}, "", 1, 0, 0, false},   {16, {-5, -2}, "", NONE, 0, 0, false},
		{12, {0, 0}, "", 0, 1, 5, false},     {9, {0, 0}, "", 0, 0, 5, false},
		{15, {0, 0}, "V12", 0, 0, 5, false},  {8, {0, 0}, "V12", 0, 0, 5, false},
		{9, {0, 0}, "", 0, 1, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_7_2);
		/* vm_node_stat[2]; two nodes, the second is none; offsets and numbers; the node. */
		uint64_t at = kernel_alloc(s.k, 16 + 16 + 16 + 8 + 40, 8), node = at + 56;
		uint64_t cpu = kernel_alloc(s.k, 2 * 64, 64);
		struct checktest c;
		const struct vmt_unknown *u;
		char loud[256];
		size_t n;

		for (n = 0; n < s.k->n_names; n++)
			if (strcmp(s.k->names[n].name, "nr_vmalloc_pages") == 0)
				s.k->names[n].name[0] = 'x';
		kernel_put64(s.k, at + 8, tries[i].all);
		kernel_put64(s.k, at + 16 + 8 * (unsigned)(tries[i].node == 1), node);
		kernel_put64(s.k, at + 40, 64);
		kernel_put32(s.k, at + 48, tries[i].many ? 8193 : 2);
		kernel_put32(s.k, at + 52, 2);
		kernel_put64(s.k, node + 32, cpu);
		for (n = 0; n < 2; n++)
			kernel_write(s.k, cpu + 64 * n + 2, &tries[i].cpu[n], 1);
		kernel_symbol(s.k, "vm_node_stat", at);
		if (tries[i].node == NONE)
			kernel_symbol(s.k, "contig_page_data", node);
		else
			kernel_symbol(s.k, "node_data", at + 16);
		kernel_symbol(s.k, "__per_cpu_offset", at + 32);
		kernel_symbol(s.k, "nr_cpu_ids", at + 48);
		if (tries[i].node != NONE)
			kernel_symbol(s.k, "nr_node_ids", at + 52);
		if (tries[i].freed)
			hold(&s, 0, removed(&s, tries[i].freed, tries[i].freed + 1));
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, loud), tries[i].ids);
		assert_u64(checktest_verdict(&c, "V12")->looked_at[0], 2 - tries[i].unknown);
		assert_u64(checktest_verdict(&c, "V12")->unknown, tries[i].unknown);
		/* Nothing is asked of CPUs that are not there. */
		u = vmt_report_unknowns(c.report, &n);
		for (size_t j = 0; tries[i].many && j < n; j++)
			if (u[j].check == vmt_checks_find(vmt_str("V12")))
				assert_non_null(strstr(u[j].why, "where the kernel counts"));
		checktest_close(&c);
		sound_free(&s);
	}
}

/* While an area is being set up its pages may be counted or not: when they are, it is known. */
static void counters_in_flux(void **state)
{
	(void)state;
	for (unsigned counted = 0; counted < 2; counted++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct checktest c;
		char loud[256];

		kernel_put64(s.k, s.area[SOUND_VMALLOC].at.vm + 24, 0x22);
		kernel_put64(s.k, s.counters, 7 + counted);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, loud), "");
		assert_u64(checktest_verdict(&c, "V12")->unknown, counted);
		assert_u64(checktest_verdict(&c, "V12")->looked_at[0], 2 - counted);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* Pages that vmap was given are not counted, though they are put with the area. */
static void pages_that_are_put(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

	(void)state;
	kernel_put64(s.k, s.area[SOUND_VMALLOC].at.vm + 24, 0x202);
	kernel_put64(s.k, s.counters, 7);
	checktest_expect(&s, "", NULL);
}

/* A list of freed ranges that breaks off: what is counted may be behind it, or be right. */
static void a_broken_list_of_freed_ranges(void **state)
{
	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_1);
		struct checktest c;
		char loud[256];

		kernel_put64(s.k, s.area[SOUND_LAZY].at.list, 0x1234);
		kernel_put64(s.k, s.counters + 8, 4 + more);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, loud), "V04");
		assert_u64(checktest_verdict(&c, "V12")->unknown, more);
		assert_u64(checktest_verdict(&c, "V12")->looked_at[0], 2 - more);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* 6.9+: what is just being purged hangs in a list of its node, and is counted still. */
static void ranges_being_purged(void **state)
{
	static const struct kernel_member node[] = {{"pool", "u64[2]", 0},
						    {"busy", "rb_list", 16},
						    {"lazy", "rb_list", 48},
						    {"purge_list", "list_head", 80},
						    {0}};
	struct kernel_type types[ARRAY_SIZE(kernel_types_6_12)];
	struct kernel_style style = kernel_6_12;

	(void)state;
	memcpy(types, kernel_types_6_12, sizeof(types));
	for (size_t i = 0; types[i].name; i++)
		if (strcmp(types[i].name, "vmap_node") == 0)
			types[i].members = node;
	style.types = types;
	for (unsigned broken = 0; broken < 2; broken++) {
		struct sound s = sound_new(&kernel_x86_4, &style);
		uint64_t at = s.area[SOUND_LAZY].at.list, prev = kernel_read64(s.k, at + 8);
		uint64_t next = kernel_read64(s.k, at), head = s.k->lists->nodes + 80, second = 0;
		struct checktest c;
		char loud[256];

		kernel_put64(s.k, prev, next);
		kernel_put64(s.k, next + 8, prev);
		kernel_list_add(s.k, kernel_list_head(s.k, head), at);
		for (unsigned i = 0; i < 2; i++) {
			struct kernel_area a = {.start = s.k->paging.vmalloc +
							 (500 + 10 * i) * s.page,
						.size = 2 * s.page,
						.lazy = true};
			struct kernel_placed more = kernel_area(s.k, &a);
			uint64_t lazy = kernel_head(s.k, 0, true);

			prev = kernel_read64(s.k, lazy + 8);
			assert_u64(prev, more.list);
			prev = kernel_read64(s.k, more.list + 8);
			kernel_put64(s.k, prev, lazy);
			kernel_put64(s.k, lazy + 8, prev);
			kernel_list_add(s.k, head, more.list);
			if (!i)
				second = more.list;
		}
		kernel_trees(s.k);
		kernel_put64(s.k, s.counters + 8, 8);
		/* The list breaks off behind the second of the three. */
		if (broken)
			kernel_put64(s.k, second, 0x1234);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, loud), broken ? "V04" : "");
		assert_u64(checktest_verdict(&c, "V04")->looked_at[1], 8);
		assert_u64(checktest_verdict(&c, "V12")->looked_at[0], 2 - broken);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* ---- V15 ---- */

/* Who asked for an area, by offset from the kernel's text; or from the module's, @module. */
static void callers(void **state)
{
	static const struct {
		uint64_t caller;
		bool module, etext;
		unsigned unknown;
		const char *why;
	} all[] = {
		{0x1010, false, true, 0, NULL},
		/* Behind the last byte of text, where a call that does not return ends; further. */
		{0x2000, false, true, 0, NULL},
		{0x2001, false, true, 1, "not distinguishable"},
		{0x1000, true, true, 0, NULL},
		{0x1001, true, true, 1, "not distinguishable"},
		/* In front of the first. */
		{UINT64_MAX, true, true, 1, "not distinguishable"},
		/* Init text, which may be freed, is none of a module. */
		{0x8000, false, true, 0, NULL},
		{0x8fff, false, true, 0, NULL},
		{0x9000, false, true, 1, "not distinguishable"},
		/* Where text ends is not told: by its symbols. */
		{0x2001, false, false, 0, NULL},
		{0x1001, true, false, 1, "not distinguishable"},
		{0x20000000000, false, false, 1, "not distinguishable"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		const uint64_t text = s.k->paging.text;
		struct checktest c;
		const struct vmt_unknown *u;
		size_t n;

		if (all[i].etext)
			kernel_symbol(s.k, "_etext", text + 0x2000);
		kernel_symbol(s.k, "_sinittext", text + 0x8000);
		kernel_symbol(s.k, "_einittext", text + 0x9000);
		kernel_put64(s.k, s.area[SOUND_VMALLOC].at.vm + 56,
			     (all[i].module ? s.area[SOUND_CODE].start : text) + all[i].caller);
		/* Who does not say is not asked. */
		kernel_put64(s.k, s.area[SOUND_LAST].at.vm + 56, 0);
		checktest_run(&c, &s);
		assert_u64(checktest_verdict(&c, "V15")->findings, 0);
		assert_u64(checktest_verdict(&c, "V15")->looked_at[0], 5);
		if (checktest_verdict(&c, "V15")->unknown != all[i].unknown)
			fail_msg("%zu: %" PRIu64 " are unknown", i,
				 checktest_verdict(&c, "V15")->unknown);
		u = vmt_report_unknowns(c.report, &n);
		while (n && u[n - 1].check != vmt_checks_find(vmt_str("V15")))
			n--;
		if (all[i].why)
			assert_non_null(strstr(u[n - 1].why, all[i].why));
		checktest_close(&c);
		sound_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters),
		cmocka_unit_test(purging),
		cmocka_unit_test(freed_and_not_yet_listed),
		cmocka_unit_test(freeing),
		cmocka_unit_test(freeing_several),
		cmocka_unit_test(no_area_that_is_freed),
		cmocka_unit_test(counters_of_nodes),
		cmocka_unit_test(counters_in_flux),
		cmocka_unit_test(pages_that_are_put),
		cmocka_unit_test(a_broken_list_of_freed_ranges),
		cmocka_unit_test(ranges_being_purged),
		cmocka_unit_test(callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
