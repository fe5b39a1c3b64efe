// SPDX-License-Identifier: GPL-2.0-or-later
/* V01 to V04: silent on sound kernels, and each kind of damage told by whom it concerns. */
#include "checktest.h"

/* Nothing that could be judged is unknown; arm64 has nothing for V11. */
static void check_verdict(const struct vmt_verdict *v, const char *id, const struct sound *s)
{
	bool arm = !kernel_is_x86(s->k) && !kernel_is_riscv(s->k);

	if ((strcmp(id, "V11") == 0 && arm) || strcmp(id, "V16") == 0 || strcmp(id, "V13") == 0)
		assert_true(v->inapplicable);
	else if (v->result != VMT_RESULT_OK)
		fail_msg("%s, %s: %s is %s", s->k->paging.name, s->k->lists->style->name, id,
			 vmt_result_name(v->result));
}

static void sound_kernels_are_silent(void **state)
{
	(void)state;
	for (size_t p = 0; p < KERNEL_PAGINGS; p++) {
		for (size_t i = 0; i < ARRAY_SIZE(check_styles); i++) {
			struct sound s = sound_new(kernel_pagings[p], check_styles[i]);
			struct checktest c;
			const struct vmt_finding *f;
			char text[256];
			size_t n;

			checktest_run(&c, &s);
			f = vmt_report_findings(c.report, &n);
			if (checktest_loud(&c, text)[0])
				fail_msg("%s, %s: %s report: %s: %s", kernel_pagings[p]->name,
					 check_styles[i]->name, text, f[0].title, f[0].found);
			assert_u64(checktest_verdict(&c, "V01")->looked_at[0], 6);
			assert_u64(checktest_verdict(&c, "V01")->looked_at[1], 4);
			assert_u64(checktest_verdict(&c, "V02")->looked_at[0], 6);
			assert_u64(checktest_verdict(&c, "V03")->looked_at[0], 10);
			assert_u64(checktest_verdict(&c, "V04")->looked_at[0], 10);
			assert_u64(checktest_verdict(&c, "V05")->looked_at[0], 11);
			assert_u64(checktest_verdict(&c, "V05")->looked_at[1], 3);
			assert_u64(checktest_verdict(&c, "V06")->looked_at[0], 6);
			assert_u64(checktest_verdict(&c, "V17")->looked_at[0], 1);
			for (size_t v = 0; v < vmt_checks_count(); v++)
				check_verdict(vmt_report_verdict(c.report, v), vmt_checks_at(v)->id,
					      &s);
			checktest_close(&c);
			sound_free(&s);
		}
	}
}

/* A word of a structure of an area, and who tells of its new value. */
struct damage {
	const char *what;
	size_t area;
	enum { IN_VMAP_AREA, IN_VM } in;
	uint64_t offset, value, expect_add;
	const char *ids, *told;
};

static const struct kernel_style *const styles_with_trees[] = {&kernel_6_1, &kernel_6_12};

static void damaged(const struct damage *d, const struct kernel_style *style)
{
	struct sound s = sound_new(&kernel_x86_4, style);
	struct kernel_placed *at = &s.area[d->area].at;
	uint64_t va = (d->in == IN_VM ? at->vm : at->vmap_area) + d->offset;
	uint64_t was = kernel_read64(s.k, va);

	kernel_put64(s.k, va, d->expect_add ? was + d->expect_add : d->value);
	checktest_expect(&s, d->ids, d->told);
}

static void sizes_and_bounds(void **state)
{
	static const struct damage all[] = {
		{"vm_struct.size", SOUND_STACK, IN_VM, 16, 0, 0x1000, "V02",
		 "disagree on the size"},
		{"vm_struct.addr", SOUND_STACK, IN_VM, 8, 0, 0x1000, "V01", "disagree on where"},
		{"more asked for", SOUND_STACK, IN_VM, 64, 0x4001, 0, "V02", "more was asked for"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		damaged(&all[i], &kernel_6_12);
}

static void one_page_less_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(styles_with_trees); i++) {
		struct sound s = sound_new(&kernel_x86_4, styles_with_trees[i]);

		kernel_put32(s.k, s.area[SOUND_STACK].at.vm + styles_with_trees[i]->nr_pages, 3);
		/* The kernel counted four. */
		checktest_expect(&s, "V02 V12", "nr_pages 3");
	}
}

/* vrealloc() of 7.2 frees what is no longer asked for. */
static void shrunk_areas_are_legal(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_7_2);

	(void)state;
	kernel_put32(s.k, s.area[SOUND_STACK].at.vm + kernel_7_2.nr_pages, 3);
	kernel_put64(s.k, s.area[SOUND_STACK].at.vm + kernel_7_2.requested, 0x2100);
	kernel_unmap(s.k, s.area[SOUND_STACK].start + 0x3000);
	kernel_put64(s.k, s.counters, 8);
	checktest_expect(&s, "", NULL);
}

/* More pages than there is room for are no area that shrank. */
static void more_pages_than_room_are_told(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_7_2);

	(void)state;
	kernel_put32(s.k, s.area[SOUND_STACK].at.vm + kernel_7_2.nr_pages, 5);
	kernel_put64(s.k, s.area[SOUND_STACK].at.vm + kernel_7_2.requested, 0x2100);
	kernel_put64(s.k, s.counters, 10);
	checktest_expect(&s, "V02", "nr_pages 5");
}

/* VM_NO_GUARD: its pages are all of it. */
static void an_area_without_a_guard_page(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t vm = s.area[SOUND_STACK].at.vm, pa = sound_frame(&s);

	(void)state;
	kernel_put64(s.k, vm + 24, 0x42);
	kernel_put32(s.k, vm + kernel_6_12.nr_pages, 5);
	kernel_put64(s.k, s.area[SOUND_STACK].at.pages + 32, sound_page_va(&s, pa));
	kernel_map(s.k, s.area[SOUND_STACK].start + 4 * s.page, pa, 0);
	kernel_put64(s.k, s.counters, 10);
	checktest_expect(&s, "", NULL);
}

static void areas_being_set_up_are_not_judged(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

	(void)state;
	kernel_put64(s.k, s.area[SOUND_STACK].at.vm + 24, 0x22);
	kernel_put32(s.k, s.area[SOUND_STACK].at.vm + kernel_6_12.nr_pages, 0);
	checktest_expect(&s, "", NULL);
}

static void overlap_is_told(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t lazy = s.area[SOUND_LAZY].at.vmap_area;

	(void)state;
	kernel_put64(s.k, lazy, s.area[SOUND_LAST].start);
	kernel_put64(s.k, lazy + 8, s.area[SOUND_LAST].start + s.area[SOUND_LAZY].size);
	checktest_expect(&s, "V01", "overlap");
}

/* A range over two others overlaps the second as well, which does not follow it. */
static void overlap_of_more_than_one_is_told(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t lazy = s.area[SOUND_LAZY].at.vmap_area;
	struct checktest c;

	(void)state;
	kernel_put64(s.k, lazy, s.area[SOUND_STACK].start + s.area[SOUND_STACK].size);
	kernel_put64(s.k, lazy + 8, s.area[SOUND_DEVICE].start + s.area[SOUND_DEVICE].size);
	checktest_run(&c, &s);
	assert_u64(checktest_verdict(&c, "V01")->findings, 2);
	checktest_close(&c);
	sound_free(&s);
}

static void an_empty_range_is_told(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t lazy = s.area[SOUND_LAZY].at.vmap_area;

	(void)state;
	kernel_put64(s.k, lazy + 8, kernel_read64(s.k, lazy));
	kernel_put64(s.k, s.counters + 8, 0);
	checktest_expect(&s, "V01", "outside of where it can be");
}

static void outside_is_told(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t lazy = s.area[SOUND_LAZY].at.vmap_area;

	(void)state;
	kernel_put64(s.k, lazy, 0xffff888000000000);
	kernel_put64(s.k, lazy + 8, 0xffff888000004000);
	checktest_expect(&s, "V01", "outside");
}

/* KASAN puts shadow where it has its own space, without a guard page: no other area is there. */
static void shadow_lies_elsewhere(void **state)
{
	static const struct {
		const char *symbol;
		uint64_t flags;
		const char *ids;
	} all[] = {{"kasan_early_shadow_pte", 0x42, ""},
		   {"kasan_early_shadow_pte", 0x2, "V01 V02"},
		   {"kasan_early_shadow_pte", 0x44, "V01"},
		   {"other", 0x42, "V01"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct kernel_area a = {.start = 0xfffffbfff4000000,
					.size = 2 * s.page,
					.flags = all[i].flags,
					.caller = s.k->paging.text + 0x1010,
					.nodes = "00"};
		struct kernel_placed at;

		a.node = (unsigned)(a.start / (16 * s.page) % s.k->lists->style->n_nodes);
		at = kernel_area(s.k, &a);
		for (unsigned n = 0; n < 2; n++) {
			uint64_t pa = sound_frame(&s);

			kernel_put64(s.k, at.pages + 8 * n, sound_page_va(&s, pa));
			kernel_map(s.k, a.start + n * s.page, pa, 0);
		}
		kernel_trees(s.k);
		kernel_symbol(s.k, all[i].symbol, s.area[SOUND_VMALLOC].start);
		if (a.flags & 0x2)
			kernel_put64(s.k, s.counters, 11);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* Out of the list and not of the tree. */
static void an_unlinked_area_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(check_styles); i++) {
		struct sound s = sound_new(&kernel_x86_4, check_styles[i]);
		uint64_t at = s.area[SOUND_STACK].at.list, next = kernel_read64(s.k, at),
			 prev = kernel_read64(s.k, at + 8);

		kernel_put64(s.k, prev, next);
		kernel_put64(s.k, next + 8, prev);
		checktest_expect(&s, "V03", "in the tree and not in the list");
	}
}

/* While the lock of both is held, one range may be in one of them alone; two may not. */
static void a_range_on_its_way_is_unknown(void **state)
{
	static const uint32_t locks[] = {0, 1, 0x40101, 0x20001, 0x30003};
	static const bool held[] = {false, true, true, true, false};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(check_styles) * ARRAY_SIZE(locks) * 2; i++) {
		struct sound s = sound_new(&kernel_x86_4, check_styles[i % 3]);
		const size_t lock = i / 3 % ARRAY_SIZE(locks);
		const bool two = i / 3 / ARRAY_SIZE(locks);
		const size_t areas[] = {SOUND_STACK, SOUND_VMALLOC};
		uint64_t own = kernel_alloc(s.k, 8, 8);

		kernel_symbol(s.k, "vmap_area_lock", own);
		kernel_put32(s.k, own, locks[lock]);
		if (s.k->lists->style->node_bytes)
			for (unsigned node = 0; node < s.k->lists->style->n_nodes; node++)
				kernel_put32(s.k, kernel_head(s.k, node, false) + 16, locks[lock]);
		for (size_t a = 0; a < (two ? 2u : 1u); a++) {
			uint64_t at = s.area[areas[a]].at.list, next = kernel_read64(s.k, at),
				 prev = kernel_read64(s.k, at + 8);

			kernel_put64(s.k, prev, next);
			kernel_put64(s.k, next + 8, prev);
		}
		checktest_expect(&s, held[lock] && !two ? "" : "V03", NULL);
	}
}

/* The free ranges have a lock of their own; and each list is changed under its own alone. */
static void ranges_on_their_way_in_two_lists(void **state)
{
	(void)state;
	for (unsigned held = 0; held < 2; held++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		const uint64_t lists[] = {s.area[SOUND_STACK].at.list,
					  kernel_read64(s.k, s.k->lists->free)};
		uint64_t lock = kernel_alloc(s.k, 8, 8);
		struct checktest c;
		char loud[256];

		kernel_symbol(s.k, "free_vmap_area_lock", lock);
		kernel_put32(s.k, lock, held);
		for (unsigned node = 0; node < 3; node++)
			kernel_put32(s.k, kernel_head(s.k, node, false) + 16, held);
		for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
			uint64_t next = kernel_read64(s.k, lists[i]),
				 prev = kernel_read64(s.k, lists[i] + 8);

			kernel_put64(s.k, prev, next);
			kernel_put64(s.k, next + 8, prev);
		}
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, loud), held ? "" : "V03");
		assert_u64(checktest_verdict(&c, "V03")->findings, held ? 0 : 2);
		assert_u64(checktest_verdict(&c, "V03")->unknown, held ? 2 : 0);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* All areas are known by the tree of a list that is broken; a list of freed ones has none. */
static void a_broken_list_hides_no_area(void **state)
{
	(void)state;
	for (unsigned lazy = 0; lazy < 2; lazy++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_1);
		uint64_t at = s.area[lazy ? SOUND_LAZY : SOUND_LAST].at.list;
		struct checktest c;
		char loud[256];

		kernel_put64(s.k, at, 0x1234);
		if (lazy)
			kernel_put64(s.k, s.k->lists->roots + 8, 0x1234);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, loud), lazy ? "V03 V04" : "V04");
		assert_u64(checktest_verdict(&c, "V06")->unknown, 0);
		assert_u64(checktest_verdict(&c, "V17")->unknown, 0);
		assert_u64(checktest_verdict(&c, "V17")->looked_at[0], 1);
		checktest_close(&c);
		sound_free(&s);
	}
}

static void a_looped_list_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(check_styles); i++) {
		struct sound s = sound_new(&kernel_x86_4, check_styles[i]);
		uint64_t at = s.area[SOUND_LAST].at.list;

		kernel_put64(s.k, at, at);
		checktest_expect(&s, "V04", "prev does not point back");
	}
}

static void a_list_that_leads_nowhere_is_told(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

	(void)state;
	kernel_put64(s.k, s.area[SOUND_LAST].at.list, 0x1234);
	checktest_expect(&s, "V04", "next leads nowhere");
}

/* The entries behind what the dump left out are not missing for sure. */
static void a_lost_entry_is_unknown(void **state)
{
	struct sound s = {0};
	struct checktest c;

	(void)state;
	s = sound_new(&kernel_x86_4, &kernel_6_1);
	kernel_new_page(s.k);
	s.area[SOUND_LAST].at =
		kernel_area(s.k, &(struct kernel_area){.start = s.k->paging.vmalloc + 0x250000,
						       .size = 0x2000,
						       .flags = 4 | 0x40,
						       .caller = s.k->paging.text + 0x1010});
	kernel_trees(s.k);
	kernel_new_page(s.k);
	sound_done(&s);
	kernel_lose(s.k, s.area[SOUND_LAST].at.vmap_area);
	kerntest_open(&c.t, s.k);
	assert_int_equal(vmt_check_run(&c.report, c.t.kern,
				       &(struct vmt_check_opts){.run = {true, true, true, true}},
				       &c.t.err),
			 VMT_OK);
	assert_u64(checktest_verdict(&c, "V04")->findings, 0);
	assert_u64(checktest_verdict(&c, "V04")->unknown, 1);
	assert_u64(checktest_verdict(&c, "V03")->findings, 0);
	assert_u64(checktest_verdict(&c, "V03")->unknown, 1);
	checktest_close(&c);
	sound_free(&s);
}

static void trees_are_judged(void **state)
{
	static const struct {
		unsigned offset;
		uint64_t value;
		const char *told;
	} all[] = {
		/* rb_left of the root: itself; nowhere. */
		{16, 1, "a child cannot be read"},
		{0, 0x1000, "does not point back"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_1);
		struct checktest c;
		const struct vmt_finding *f;
		char loud[256];
		size_t n;

		kernel_put64(s.k, kernel_read64(s.k, s.k->lists->roots) + all[i].offset,
			     all[i].value);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, loud), "V03");
		/* What lies below is missing from the tree, and not told of one by one. */
		f = vmt_report_findings(c.report, &n);
		assert_u64(n, 1);
		assert_non_null(strstr(f[0].found, all[i].told));
		assert_int_equal(f[0].severity, VMT_SEVERE);
		checktest_close(&c);
		sound_free(&s);
	}
}

static void a_moved_child_is_told(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_1);
	uint64_t root = kernel_read64(s.k, s.k->lists->roots);
	uint64_t right = kernel_read64(s.k, root + 8), left = kernel_read64(s.k, root + 16);

	(void)state;
	kernel_put64(s.k, root + 8, left);
	kernel_put64(s.k, root + 16, right);
	checktest_expect(&s, "V03", "order of addresses");
}

/* A head that leads nowhere is no reason to leave the list out. */
static void a_lost_head_of_the_free_list_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(check_styles); i++) {
		struct sound s = sound_new(&kernel_x86_4, check_styles[i]);

		kernel_put64(s.k, s.k->lists->free, 0);
		kernel_put64(s.k, s.k->lists->free + 8, 0);
		checktest_expect(&s, "V04", "next leads nowhere");
	}
}

static void the_largest_free_range_is_judged(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t second = kernel_read64(s.k, kernel_read64(s.k, s.k->lists->free)) - 40;

	(void)state;
	kernel_put64(s.k, second + 56, 0x1000);
	checktest_expect(&s, "V03", "subtree_max_size");
}

static void the_wrong_node_is_told(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	struct kernel_area a = {.start = s.k->paging.vmalloc + 0x290000,
				.size = 0x2000,
				.flags = 0x4 | 0x40,
				.caller = s.k->paging.text + 0x1010};

	(void)state;
	a.node = (unsigned)((a.start / 0x10000 + 1) % 3);
	(void)kernel_area(s.k, &a);
	kernel_trees(s.k);
	checktest_expect(&s, "V03", "node");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_kernels_are_silent),
		cmocka_unit_test(sizes_and_bounds),
		cmocka_unit_test(one_page_less_counted),
		cmocka_unit_test(shrunk_areas_are_legal),
		cmocka_unit_test(areas_being_set_up_are_not_judged),
		cmocka_unit_test(more_pages_than_room_are_told),
		cmocka_unit_test(an_area_without_a_guard_page),
		cmocka_unit_test(overlap_is_told),
		cmocka_unit_test(overlap_of_more_than_one_is_told),
		cmocka_unit_test(an_empty_range_is_told),
		cmocka_unit_test(outside_is_told),
		cmocka_unit_test(shadow_lies_elsewhere),
		cmocka_unit_test(an_unlinked_area_is_told),
		cmocka_unit_test(a_range_on_its_way_is_unknown),
		cmocka_unit_test(ranges_on_their_way_in_two_lists),
		cmocka_unit_test(a_broken_list_hides_no_area),
		cmocka_unit_test(a_looped_list_is_told),
		cmocka_unit_test(a_list_that_leads_nowhere_is_told),
		cmocka_unit_test(a_lost_entry_is_unknown),
		cmocka_unit_test(trees_are_judged),
		cmocka_unit_test(a_moved_child_is_told),
		cmocka_unit_test(a_lost_head_of_the_free_list_is_told),
		cmocka_unit_test(the_largest_free_range_is_judged),
		cmocka_unit_test(the_wrong_node_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
