// SPDX-License-Identifier: GPL-2.0-or-later
/* What threads have in hand: what it excuses, and what it does not. */
#include "checktest.h"

/* A page of a hole that is mapped, and an unlinked vmap_area over it as remove_vm_area() has it. */
static uint64_t hole(const struct sound *s)
{
	return s->k->paging.vmalloc + 220 * s->page;
}

static void put_range(struct sound *s, uint64_t at, uint64_t start, uint64_t end)
{
	kernel_put64(s->k, at, start);
	kernel_put64(s->k, at + 8, end);
	kernel_put64(s->k, at + 16, at + 16);
	kernel_put64(s->k, at + 40, at + 40);
	kernel_put64(s->k, at + 48, at + 40);
}

/* A word of the stack of a thread. */
static void hold(struct sound *s, unsigned word, uint64_t va)
{
	image_put64(s->k->img, s->area[SOUND_STACK].pa + 0x108 + 8 * word, va);
}

/* Of a record in hand all of this must be so, or it is none. */
static void ranges_that_are_none(void **state)
{
	static const struct {
		/* Pages from the hole; beyond vmalloc space. */
		int64_t from, to;
		bool below, above;
		/* A word of the record that says something else. */
		uint64_t offset, value;
		const char *ids;
	} all[] = {
		{0, 6, false, false, 0, 0, ""},
		{-2, 1, false, false, 0, 0, ""},
		/* Before the page and behind it. */
		{-4, 0, false, false, 0, 0, "V06"},
		{1, 6, false, false, 0, 0, "V06"},
		{0, 6, true, false, 0, 0, "V06"},
		{0, 6, false, true, 0, 0, "V06"},
		/* Still in the tree, or in a list, by either link. */
		{0, 6, false, false, 16, 1, "V06"},
		{0, 6, false, false, 40, 1, "V06"},
		{0, 6, false, false, 48, 1, "V06"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t at = kernel_alloc(s.k, 72, 8);
		uint64_t start = hole(&s) + (uint64_t)all[i].from * s.page;
		uint64_t end = hole(&s) + (uint64_t)all[i].to * s.page;

		kernel_map(s.k, hole(&s), sound_frame(&s), 0);
		put_range(&s, at, all[i].below ? s.k->paging.vmalloc - s.page : start,
			  all[i].above ? s.k->paging.vmalloc + (UINT64_C(33) << 40) : end);
		if (all[i].offset)
			kernel_put64(s.k, at + all[i].offset, all[i].value);
		hold(&s, 0, at);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* Records are aligned: what points between is no pointer to one. */
static void a_record_at_an_odd_address(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t at = kernel_alloc(s.k, 80, 8) + 4;

	(void)state;
	kernel_map(s.k, hole(&s), sound_frame(&s), 0);
	put_range(&s, at, hole(&s), hole(&s) + 6 * s.page);
	hold(&s, 0, at);
	checktest_expect(&s, "V06", NULL);
}

/* A CPU that runs has what it works on in registers, and not on the stack yet. */
static void a_record_in_a_register(void **state)
{
	(void)state;
	for (int held = 0; held < 2; held++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t at = kernel_alloc(s.k, 72, 8);

		kernel_map(s.k, hole(&s), sound_frame(&s), 0);
		put_range(&s, at, hole(&s), hole(&s) + 6 * s.page);
		s.k->img->cpu_register = held ? at : at + 8;
		checktest_expect(&s, held ? "" : "V06", NULL);
	}
}

#define LARGE_STACK 20 /* pages */

/* The stack of the third thread, of 80 KiB. @return its first frame. */
static uint64_t large_stack(struct sound *s)
{
	struct kernel_area a = {.start = s->k->paging.vmalloc + 500 * s->page,
				.size = (LARGE_STACK + 1) * s->page,
				.flags = 0x2,
				.caller = s->k->paging.text + 0x1010,
				.nodes = "00000000000000000000"};
	struct kernel_placed at;
	uint64_t first = 0;

	a.node = (unsigned)(a.start / (16 * s->page) % s->k->lists->style->n_nodes);
	at = kernel_area(s->k, &a);
	for (uint64_t i = 0; i < LARGE_STACK; i++) {
		uint64_t pa = sound_frame(s);

		first = i ? first : pa;
		kernel_put64(s->k, at.pages + 8 * i, sound_page_va(s, pa));
		kernel_map(s->k, a.start + i * s->page, pa, 0);
	}
	kernel_trees(s->k);
	kernel_put64(s->k, s->counters, 9 + LARGE_STACK);
	kernel_put64(s->k, s->task[2] + 40, a.start);
	kernel_put64(s->k, s->task[2] + 48, at.vm);
	return first;
}

/* No stack is larger than 64 KiB: what lies behind is none of one. */
static void a_stack_has_an_end(void **state)
{
	static const struct {
		uint64_t at;
		const char *ids;
	} all[] = {{0, ""}, {0xfff8, ""}, {0x10000, "V06"}, {0x13ff8, "V06"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t at = kernel_alloc(s.k, 72, 8), stack = large_stack(&s);

		kernel_map(s.k, hole(&s), sound_frame(&s), 0);
		put_range(&s, at, hole(&s), hole(&s) + 6 * s.page);
		image_put64(s.k->img, stack + all[i].at, at);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* More stacks than the image has bytes for are not gone through: they are one, again and again. */
static void stacks_of_many_threads(void **state)
{
	(void)state;
	for (int many = 0; many < 2; many++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t at = kernel_alloc(s.k, 72, 8), signal, task;
		struct checktest c;

		(void)large_stack(&s);
		kernel_map(s.k, hole(&s), sound_frame(&s), 0);
		put_range(&s, at, hole(&s), hole(&s) + 6 * s.page);
		for (int i = 0; many && i < 1000; i++) {
			signal = sound_signal(s.k);
			task = sound_task(&s, 2, "again", signal);
			kernel_put64(s.k, task + 40, kernel_read64(s.k, s.task[2] + 40));
			kernel_put64(s.k, task + 48, kernel_read64(s.k, s.task[2] + 48));
			kernel_list_add(s.k, s.task[0] + 64, task + 64);
		}
		/* Behind them: a thread that has the record. */
		signal = sound_signal(s.k);
		task = sound_task(&s, 1, "last", signal);
		kernel_list_add(s.k, s.task[0] + 64, task + 64);
		kernel_put64(s.k, s.task[1] + 40, kernel_read64(s.k, s.task[2] + 40));
		kernel_put64(s.k, s.task[1] + 48, kernel_read64(s.k, s.task[2] + 48));
		hold(&s, 0, at);
		checktest_run(&c, &s);
		assert_u64(checktest_verdict(&c, "V06")->findings, (uint64_t)many);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* The vm_struct of an area whose pages are being freed says nothing of what is mapped: that was
 * unmapped before. */
static void an_area_excuses_no_mapping(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t vm = kernel_alloc(s.k, 72, 8);

	(void)state;
	kernel_map(s.k, hole(&s), sound_frame(&s), 0);
	kernel_put64(s.k, vm + 8, hole(&s));
	kernel_put64(s.k, vm + 16, 6 * s.page);
	kernel_put64(s.k, vm + 24, 0x2);
	kernel_put64(s.k, vm + 32, s.area[SOUND_LAST].at.pages);
	kernel_put32(s.k, vm + kernel_6_12.nr_pages, 5);
	hold(&s, 0, vm);
	checktest_expect(&s, "V06", NULL);
}

/* A range that a list has is known to be freed, whatever anybody has in hand. */
static void a_freed_range_is_no_range_in_hand(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	const struct sound_area *lazy = &s.area[SOUND_LAZY];
	uint64_t at = kernel_alloc(s.k, 72, 8);

	(void)state;
	kernel_map(s.k, lazy->start, sound_frame(&s), 0);
	put_range(&s, at, lazy->start, lazy->start + lazy->size);
	hold(&s, 0, at);
	checktest_expect(&s, "V06", "a freed range is mapped (lazy)");
}

/* A thread that sleeps is amid nothing but what it may sleep in. */
static void threads_that_sleep(void **state)
{
	static const struct kernel_member task[] = {{"pid", "u32", 0},
						    {"__state", "u32", 4},
						    {"comm", "char[16]", 8},
						    {"mm", "ptr", 24},
						    {"active_mm", "ptr", 32},
						    {"stack", "ptr", 40},
						    {"stack_vm_area", "ptr", 48},
						    {"signal", "ptr", 56},
						    {"tasks", "list_head", 64},
						    {"thread_node", "list_head", 80},
						    {0}};
	struct kernel_type types[ARRAY_SIZE(kernel_types_6_12)];
	struct kernel_style style = kernel_6_12;

	(void)state;
	memcpy(types, kernel_types_6_12, sizeof(types));
	for (size_t i = 0; types[i].name; i++)
		if (strcmp(types[i].name, "task_struct") == 0)
			types[i].members = task;
	style.types = types;
	for (uint32_t sleeps = 0; sleeps < 2; sleeps++) {
		struct sound s = sound_new(&kernel_x86_4, &style);
		uint64_t at = kernel_alloc(s.k, 72, 8);

		kernel_map(s.k, hole(&s), sound_frame(&s), 0);
		put_range(&s, at, hole(&s), hole(&s) + 6 * s.page);
		hold(&s, 0, at);
		kernel_put32(s.k, s.task[1] + 4, sleeps);
		checktest_expect(&s, sleeps ? "V06" : "", NULL);
	}
}

/* So many areas that not every choice of them is tried: up to all of their pages may be counted. */
static void many_areas_are_being_freed(void **state)
{
	enum { MANY = 13 };
	static const struct {
		uint64_t more;
		const char *ids;
	} all[] = {{1, ""}, {2 * MANY - 1, ""}, {2 * MANY, ""}, {2 * MANY + 1, "V12"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

		for (unsigned n = 0; n < MANY; n++) {
			uint64_t vm = kernel_alloc(s.k, 72, 8);

			kernel_put64(s.k, vm + 8, hole(&s) + n * 4 * s.page);
			kernel_put64(s.k, vm + 16, 3 * s.page);
			kernel_put64(s.k, vm + 24, 0x2);
			kernel_put64(s.k, vm + 32, s.area[SOUND_LAST].at.pages);
			kernel_put32(s.k, vm + kernel_6_12.nr_pages, 2);
			hold(&s, n, vm);
		}
		kernel_put64(s.k, s.counters, 9 + all[i].more);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* ---- an ioremap ---- */

/* Its record in hand excuses the pages that are not mapped yet, and no other. */
static void what_an_ioremap_in_hand_excuses(void **state)
{
	enum { TAIL, WRONG_PAGE, IMAGE, LOST_END, END_NOWHERE, CASES };
	static const char *const ids[CASES] = {"", "V05", "V05", "V05", "V05 V18"};

	(void)state;
	for (int how = 0; how < CASES; how++) {
		struct sound s = sound_new(&kernel_arm_4k, &kernel_6_12);
		const uint64_t big = kernel_leaf_bytes(s.k, 1);
		struct kernel_area a = {.start = s.k->paging.vmalloc + 4 * big - 0x8000,
					.size = how == IMAGE ? 0x10000 : 0x11000,
					.flags = how == IMAGE ? 0x44 : 1,
					.phys = 0x800000000,
					.caller = s.k->paging.text + 0x1010};
		struct kernel_placed at;
		struct checktest c;
		char loud[256];

		a.node = (unsigned)(a.start / 0x10000 % 3);
		at = kernel_area(s.k, &a);
		kernel_trees(s.k);
		/* Of 16 pages the last four are not mapped. */
		for (uint64_t i = 0; i < 12; i++)
			kernel_map(s.k, a.start + i * s.page, a.phys + i * s.page, 0);
		if (how == WRONG_PAGE)
			kernel_map(s.k, a.start + 3 * s.page, a.phys, 0);
		if (how == LOST_END || how == END_NOWHERE)
			kernel_unmap(s.k, a.start + 3 * s.page);
		if (how == END_NOWHERE)
			image_put64(s.k->img, kernel_entry(s.k, a.start + 12 * s.page, 1),
				    kernel_table_entry(s.k, s.k->paging.pa + 16 * KERNEL_RAM));
		hold(&s, 0, at.vm);
		sound_done(&s);
		if (how == LOST_END)
			kernel_lose_pa(s.k, kernel_entry(s.k, a.start + 12 * s.page, 0) & -s.page);
		checktest_open(&c, &s);
		if (strcmp(checktest_loud(&c, loud), ids[how]) != 0)
			fail_msg("%d: %s", how, loud);
		if (how == WRONG_PAGE || how >= LOST_END)
			assert_u64(checktest_verdict(&c, "V05")->findings, 1);
		checktest_close(&c);
		sound_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_that_are_none),
		cmocka_unit_test(a_record_at_an_odd_address),
		cmocka_unit_test(a_record_in_a_register),
		cmocka_unit_test(a_stack_has_an_end),
		cmocka_unit_test(stacks_of_many_threads),
		cmocka_unit_test(an_area_excuses_no_mapping),
		cmocka_unit_test(a_freed_range_is_no_range_in_hand),
		cmocka_unit_test(threads_that_sleep),
		cmocka_unit_test(many_areas_are_being_freed),
		cmocka_unit_test(what_an_ioremap_in_hand_excuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
