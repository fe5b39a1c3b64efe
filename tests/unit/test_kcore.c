// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel that runs: its areas and threads, whenever they change. */
#include "live.h"

/* ---- memory ---- */

static void segments_without_memory_make_it_live(void **state)
{
	const struct vmt_mem_about *a;
	unsigned char byte;
	struct vmt_err err;
	uint64_t pa;

	(void)state;
	live_start(&kernel_6_12);
	a = vmt_mem_about(live.mem);
	assert_true(a->live);
	assert_string_equal(a->format, "kcore");
	assert_false(a->cut);
	assert_int_equal(a->pages_ram, KERNEL_RAM / 4096);
	/* Where the fanciful segments say nothing is nothing. */
	memtest_answer(live.mem, UINT64_MAX - 8, 4, VMT_FAULT);
	memtest_answer(live.mem, 0x2f7280003000, 4, VMT_FAULT);
	/* What the kernel does not let be read is unknown, and known for its neighbours. */
	pa = kernel_pa(live.s.k, live.s.at[0].vm);
	refused_from = offset_of(pa);
	refused_to = refused_from + 8;
	memtest_answer(live.mem, pa, 8, VMT_EXCLUDED);
	memtest_answer(live.mem, pa + 8, 8, VMT_OK);
	assert_int_equal(vmt_mem_read(live.mem, pa, &byte, 1, &err), VMT_EXCLUDED);
	assert_non_null(strstr(err.text, "Bad address"));
	live_end();
}

static void nothing_read_is_kept(void **state)
{
	uint64_t va, v;

	(void)state;
	live_start(&kernel_6_12);
	va = live.s.at[0].vm + 8;
	for (uint64_t i = 1; i < 20; i++) {
		poke(va, i);
		assert_int_equal(vmt_kern_read_u64(live.kern, va, &v, NULL), VMT_OK);
		assert_int_equal(v, i);
	}
	live_end();
}

static void old_kernels_do_not_say_where(void **state)
{
	struct image *img = memtest_machine("x86_64");
	struct image_bytes b = image_build(img, &kerntest_elf);
	uint64_t zero = 0, va = 0xffff888000000000;

	(void)state;
	/* All segments have an address in the upper half, and 0 for the physical one. */
	for (uint64_t i = 1; i < get(b.p + 56, 2); i++) {
		memcpy(b.p + 64 + 56 * i + 16, &va, 8);
		memcpy(b.p + 64 + 56 * i + 24, &zero, 8);
	}
	memtest_refused(b.p, b.n, VMT_UNSUPPORTED, "before 4.11");
	free(b.p);
	image_free(img);
}

/* ---- areas ---- */

/* list_del() and what kfree() leaves. */
static void free_second(unsigned n)
{
	const struct kernel_placed *at = &live.s.at[1];

	if (n != change_at)
		return;
	unlink_node(at->list);
	poke(at->list, 0xdead000000000100);
	poke(at->list + 8, 0xdead000000000122);
	poke(at->vmap_area, 0x5a5a5a5a5a5a5a5a);
	poke(at->vmap_area + 56, 0x5a5a5a5a5a5a5a5a);
	poke(at->vm + 8, 0x5a5a5a5a5a5a5a5a);
}

/* Whenever it happens: the areas are those of before or of after, and nothing is broken. */
static void freed_at(const struct kernel_style *style)
{
	bool again = false;
	unsigned last = 1000;

	for (change_at = 1; change_at < last; change_at++) {
		const struct vmt_kareas_about *about;
		const struct vmt_karea *areas;
		uint64_t start;
		size_t n;

		live_start(style);
		start = scene_area(live.s.k, 1).start;
		at_read = free_second;
		about = live_areas(&areas, &n);
		last = reads;
		assert_int_equal(about->broken_lists, 0);
		assert_int_equal(about->no_vm, 0);
		assert_in_range(n, live.n - 1, live.n);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(areas[i].area.line, i + 1);
			assert_int_not_equal(areas[i].area.start, 0x5a5a5a5a5a5a5a5a);
			if (areas[i].area.start == start)
				assert_int_equal(n, live.n);
		}
		again |= about->again > 0;
		live_end();
	}
	assert_true(change_at > 20);
	assert_true(again);
}

static void an_area_freed_at_any_read_breaks_nothing(void **state)
{
	(void)state;
	freed_at(&kernel_6_12);
	freed_at(&kernel_6_1);
}

static void an_area_that_moves_is_listed_once(void **state)
{
	unsigned last = 1000;
	bool moved = false;

	(void)state;
	for (change_at = 1; change_at < last; change_at++) {
		const struct vmt_kareas_about *about;
		const struct vmt_karea *areas;
		size_t n, seen = 0;
		uint64_t start;

		live_start(&kernel_6_12);
		start = scene_area(live.s.k, 1).start;
		at_read = purge_second;
		about = live_areas(&areas, &n);
		last = reads;
		assert_int_equal(about->broken_lists, 0);
		assert_in_range(n, live.n - 1, live.n);
		for (size_t i = 0; i < n; i++)
			seen += areas[i].area.start == start;
		assert_true(seen <= 1);
		moved |= about->moved > 0;
		live_end();
	}
	assert_true(moved);
}

/* The bounds of a freed area, read half before and half after they were written. */
static void bounds_that_are_torn_take_nothing_away(void **state)
{
	const struct vmt_kareas_about *about;
	const struct vmt_karea *areas;
	uint64_t start;
	size_t n, seen = 0;

	(void)state;
	live_start(&kernel_6_12);
	start = scene_area(live.s.k, SCENE_UNNAMED).start;
	poke(live.s.at[SCENE_AREAS - 1].vmap_area, start);
	about = live_areas(&areas, &n);
	assert_int_equal(about->moved, 1);
	assert_int_equal(n, live.n - 1);
	for (size_t i = 0; i < n; i++) {
		seen += areas[i].area.start == start && areas[i].has_vm;
		assert_false(areas[i].area.flags & VMT_AREA_UNPURGED);
	}
	assert_int_equal(seen, 1);
	live_end();
}

/* Freed, and made anew: in the same place, with the same structures, of other pages. */
static void remake_first(unsigned n)
{
	const struct kernel_placed *at = &live.s.at[0];

	if (n != change_at)
		return;
	for (uint64_t i = 0; i < 4; i++) {
		poke(live.spare + 8 * i, peek(at->pages + 8 * i));
		poke(at->pages + 8 * i, 0x5a5a5a5a5a5a5a5a);
	}
	poke(at->vm + 32, live.spare);
}

/* Whose pages are not known has moved, and nothing is wrong with it. */
static void pages_of_an_area_made_anew_are_not_missed(void **state)
{
	unsigned last = 1000;
	bool moved = false;

	(void)state;
	for (change_at = 1; change_at < last; change_at++) {
		const struct vmt_kareas_about *about;
		const struct vmt_karea *areas;
		struct vmt_err err;
		size_t n;

		live_start(&kernel_6_12);
		at_read = remake_first;
		reads = 0;
		if (vmt_kern_areas(live.kern, &areas, &n, &about, &err) != VMT_OK ||
		    vmt_kern_numa(live.kern, &err) != VMT_OK)
			fail_msg("%s", err.text);
		last = reads;
		assert_u64(n, live.n);
		assert_int_equal(about->no_nodes, 0);
		assert_int_equal(areas[0].area.nodes.n != 0, about->moved == 0);
		moved |= about->moved > 0;
		live_end();
	}
	assert_true(moved);
}

static void tries_are_bounded(void **state)
{
	const struct vmt_kareas_about *about;
	const struct vmt_karea *areas;
	size_t n;

	(void)state;
	live_start(&kernel_6_12);
	at_read = change_always;
	about = live_areas(&areas, &n);
	assert_int_equal(about->unsteady, 1);
	assert_int_equal(about->broken_lists, 1);
	assert_in_range(about->again, 10, 100);
	assert_true(n < live.n);
	live_end();
}

/* ---- threads ---- */

/* list_del_rcu(), and what becomes of a thread after the grace period. */
static void end_task(uint32_t i)
{
	unlink_node(live.task[i] + 80);
	poke(live.task[i] + 88, 0xdead000000000122);
	if (i != 2) {
		unlink_node(live.task[i] + 64);
		poke(live.task[i] + 72, 0xdead000000000122);
	}
	poke(live.task[i] + 56, 0x5a5a5a5a5a5a5a5a);
}

static void end_second_thread(unsigned n)
{
	if (n == change_at)
		end_task(2);
}

static void end_last_process(unsigned n)
{
	if (n == change_at)
		end_task(3);
}

/* Whenever it happens: all others are listed, once. */
static void thread_ends(void (*end)(unsigned n), uint32_t which)
{
	unsigned last = 1000, without = 0;

	for (change_at = 1; change_at < last; change_at++) {
		const struct vmt_task *tasks;
		const struct vmt_fault *fault;
		unsigned seen[TASKS] = {0};
		struct vmt_err err;
		size_t n;

		live_start(&kernel_6_12);
		reads = 0;
		at_read = end;
		assert_int_equal(vmt_kern_tasks(live.kern, &tasks, &n, &fault, &err), VMT_OK);
		at_read = NULL;
		last = reads;
		assert_int_equal(fault->code, VMT_OK);
		for (size_t i = 0; i < n; i++) {
			assert_in_range(tasks[i].pid, 0, TASKS - 1);
			seen[tasks[i].pid]++;
		}
		for (uint32_t i = 0; i < TASKS; i++)
			assert_in_range(seen[i], i != which, 1);
		without += !seen[which];
		live_end();
	}
	assert_true(change_at > 20);
	assert_in_range(without, 1, change_at - 2);
}

static void a_thread_that_ends_at_any_read_breaks_nothing(void **state)
{
	(void)state;
	thread_ends(end_second_thread, 2);
	thread_ends(end_last_process, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_without_memory_make_it_live),
		cmocka_unit_test(nothing_read_is_kept),
		cmocka_unit_test(old_kernels_do_not_say_where),
		cmocka_unit_test(an_area_freed_at_any_read_breaks_nothing),
		cmocka_unit_test(an_area_that_moves_is_listed_once),
		cmocka_unit_test(bounds_that_are_torn_take_nothing_away),
		cmocka_unit_test(pages_of_an_area_made_anew_are_not_missed),
		cmocka_unit_test(tries_are_bounded),
		cmocka_unit_test(a_thread_that_ends_at_any_read_breaks_nothing),
	};

	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
