// SPDX-License-Identifier: GPL-2.0-or-later
/* Areas of tiny kernels: what was put into their lists is what comes out, in every style. */
#include "kerntest.h"

static const struct kernel_style *const styles[] = {&kernel_6_1, &kernel_6_12, &kernel_7_2,
						    &kernel_no_btf};

/* ---- what was described is what is read ---- */

/* The line of vmallocinfo, as the reader of texts understands it, and the area are one. */
static void same_as_line(const struct vmt_karea *got, const char *line)
{
	struct vmt_area want = area_of(line);
	const uint32_t ours = VMT_AREA_EXACT | VMT_AREA_NO_GUARD;

	assert_u64(got->area.start, want.start);
	assert_u64(got->area.end, want.end);
	assert_u64(got->area.size_bytes, want.size_bytes);
	assert_u64(got->area.pages, want.pages);
	if (want.flags & VMT_AREA_HAS_PHYS)
		assert_u64(got->area.phys, want.phys);
	if (!vmt_str_eq(got->area.caller, want.caller) ||
	    !vmt_str_eq(got->area.module, want.module) || !vmt_str_eq(got->area.nodes, want.nodes))
		fail_msg("%.*s [%.*s] %.*s is not: %s", (int)got->area.caller.n,
			 got->area.caller.p ? got->area.caller.p : "", (int)got->area.module.n,
			 got->area.module.p ? got->area.module.p : "", (int)got->area.nodes.n,
			 got->area.nodes.p ? got->area.nodes.p : "", line);
	if ((got->area.flags & ~ours) != want.flags)
		fail_msg("flags %#x are not %#x: %s", got->area.flags & ~ours, want.flags, line);
	assert_int_equal(got->area.kind, want.kind);
	assert_int_equal(got->area.addr_digits, 16);
}

/* In the order of the kernel: busy ones node by node, then the lazy ones. */
static void check_order(const struct kerntest *t, const struct scene *s)
{
	size_t at = 0;
	char line[512];

	for (int lazy = 0; lazy < 2; lazy++) {
		for (unsigned node = 0; node < 8; node++) {
			for (size_t i = 0; i < SCENE_AREAS; i++) {
				struct kernel_area a = scene_area(s->k, i);

				if (a.lazy != lazy || a.node != node || !scene_line(s->k, i, line))
					continue;
				assert_true(at < t->n);
				assert_u64(t->areas[at].area.start, a.start);
				assert_u64(t->areas[at].area.line, at + 1);
				at++;
			}
		}
	}
	assert_u64(t->n, at);
}

static void check_scene(const struct kernel_paging *paging, const struct kernel_style *style)
{
	struct scene s = scene_new(paging, style);
	struct kerntest t;
	char line[512];

	kernel_complete(s.k);
	kerntest_read(&t, s.k);
	check_order(&t, &s);
	for (size_t i = 0; i < SCENE_AREAS; i++) {
		struct kernel_area a = scene_area(s.k, i);
		const struct vmt_karea *got = kerntest_at(&t, a.start);

		if (!scene_line(s.k, i, line)) {
			assert_null(got);
			continue;
		}
		assert_non_null(got);
		/* Without types nothing leads to the modules. */
		if (!style->types && a.caller >= paging->vmalloc + SCENE_MODULE &&
		    a.caller < paging->text)
			continue;
		same_as_line(got, line);
		assert_u64(got->vmap_area_va, s.at[i].vmap_area);
		assert_u64(got->vm_struct_va, a.lazy ? 0 : s.at[i].vm);
		if (a.lazy || a.ram)
			continue;
		assert_u64(got->vm_flags, a.flags);
		assert_u64(got->page_order, a.order);
		assert_u64(got->pages_va, s.at[i].pages);
		assert_u64(got->caller_va, a.caller);
		assert_u64(got->requested_bytes,
			   style->types && style->requested ? a.requested : 0);
		assert_true(got->area.flags & VMT_AREA_EXACT);
		assert_int_equal(!!(got->area.flags & VMT_AREA_NO_GUARD), !!(a.flags & 0x40));
	}
	assert_u64(t.about->uninitialized, 1);
	assert_u64(t.about->broken_lists + t.about->no_vm + t.about->no_nodes, 0);
	assert_u64(vmt_kern_about(t.kern)->n_missing, style->types ? 0 : 2);
	assert_int_equal(vmt_kern_about(t.kern)->symbols, VMT_FROM_IMAGE);
	assert_int_equal(vmt_kern_about(t.kern)->types,
			 style->types ? VMT_FROM_IMAGE : VMT_FROM_TABLE);
	kerntest_close(&t);
	kernel_free(s.k);
}

static void areas_are_what_was_described(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(styles); i++)
		check_scene(&kernel_x86_4, styles[i]);
}

static void every_paging_leads_to_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++)
		check_scene(kernel_pagings[i], i % 2 ? &kernel_6_12 : &kernel_7_2);
}

/* Nothing but VM_UNINITIALIZED and torn down areas: an empty list is an answer. */
static void no_areas_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(styles); i++) {
		struct kernel *k = kernel_styled(&kernel_x86_4, styles[i]);
		struct kerntest t;

		if (styles[i]->has_va_flags && styles[i]->types)
			(void)kernel_area(k, &(struct kernel_area){.start = k->paging.vmalloc,
								   .size = 0x2000,
								   .torn = true});
		kernel_complete(k);
		kerntest_read(&t, k);
		assert_u64(t.n, 0);
		assert_u64(t.about->broken_lists, 0);
		kerntest_close(&t);
		kernel_free(k);
	}
}

/* Before 6.3 an area without a vm_struct is vm_map_ram's, or being torn down: both are shown. */
static void torn_down_before_6_3(void **state)
{
	struct kernel *k = kernel_styled(&kernel_x86_4, &kernel_6_1);
	struct kerntest t;

	(void)state;
	(void)kernel_area(
		k, &(struct kernel_area){.start = k->paging.vmalloc, .size = 0x2000, .torn = true});
	kernel_complete(k);
	kerntest_read(&t, k);
	assert_u64(t.n, 1);
	assert_int_equal(t.areas[0].area.kind, VMT_KIND_VM_MAP_RAM);
	kerntest_close(&t);
	kernel_free(k);
}

/* KASAN tags of addresses: the text reader takes them off and says so, and so do we. */
static void tags_are_taken_off(void **state)
{
	struct kernel *k = kernel_styled(&kernel_arm_4k, &kernel_6_12);
	uint64_t v = k->paging.vmalloc, tag = UINT64_C(0x0b) << 56;
	struct kernel_placed at, array;
	struct kerntest t;

	(void)state;
	kernel_say(k, "LENGTH(node_data)=4\n");
	array = kernel_area(
		k, &(struct kernel_area){.start = v + 0x100000, .size = 0x20000, .flags = 2});
	kernel_put64(k, array.vm + 8, (v + 0x100000) ^ tag);
	at = kernel_area(k, &(struct kernel_area){.start = v,
						  .size = 0x2000,
						  .flags = 2,
						  .nodes = "3",
						  .vpages = v + 0x100000});
	kernel_put64(k, at.vm + 8, v ^ tag);
	kernel_put64(k, at.vm + 32, (v + 0x100000) ^ tag);
	kernel_put64(k, at.vmap_area + 56, at.vm ^ tag);
	kernel_complete(k);
	kerntest_read(&t, k);
	assert_u64(t.n, 2);
	assert_u64(t.areas[0].area.start, v + 0x100000);
	assert_u64(t.areas[0].area.end, v + 0x120000);
	assert_u64(t.areas[1].area.start, v);
	assert_u64(t.areas[1].area.end, v + 0x2000);
	assert_true(t.areas[1].area.flags & VMT_AREA_TAGGED);
	assert_true(t.areas[1].area.flags & VMT_AREA_VPAGES);
	assert_str(t.areas[1].area.nodes, "N3=1");
	kerntest_close(&t);
	kernel_free(k);
}

/* ---- names ---- */

static void names_and_modules(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct scene s = scene_new(&kernel_x86_4, styles[i]);
		uint64_t mod = s.k->paging.vmalloc + SCENE_MODULE;
		struct vmt_symbol symbol;
		struct kerntest t;

		kernel_complete(s.k);
		kerntest_open(&t, s.k);
		/* Of two symbols at one address the first; mapping symbols are none. */
		assert_int_equal(vmt_kern_name(t.kern, mod + 0x130, &symbol), VMT_OK);
		assert_str(symbol.name, "mod_alloc");
		assert_str(symbol.module, "tiny");
		assert_u64(symbol.size_bytes, 0x100);
		/* The last one goes on to the end of its memory. */
		assert_int_equal(vmt_kern_name(t.kern, mod + 0x300, &symbol), VMT_OK);
		assert_str(symbol.name, "mod_end");
		assert_u64(symbol.va + symbol.size_bytes, mod + 0x1000);
		/* Before the first there is none, nor behind the memory. */
		assert_int_equal(vmt_kern_name(t.kern, mod + 0x10, &symbol), VMT_NONE);
		assert_int_equal(vmt_kern_name(t.kern, mod + 0x5000, &symbol), VMT_NONE);
		assert_str(vmt_kern_module_in(t.kern, mod, mod + 0x1000), "tiny");
		assert_str(vmt_kern_module_in(t.kern, mod + 0x2000, mod + 0x3000), "tiny");
		assert_u64(vmt_kern_module_in(t.kern, mod + 0x5000, mod + 0x6000).n, 0);
		kerntest_close(&t);
		kernel_free(s.k);
	}
}

/*
 * What is no text goes by the last symbol before it, up to the end of the text: behind that end the
 * size is below zero, as the kernel prints it (find_kallsyms_symbol, 5.10 to 7.2).
 */
static void names_behind_the_text_of_a_module(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct kernel *k = kernel_styled(&kernel_x86_4, styles[i]);
		uint64_t v = k->paging.vmalloc;
		bool one = k->lists->style->text_size;
		const struct kernel_name symbols[] = {{"text", v + 0x100}, {"data", v + 0x2000}};
		struct kernel_module m = {.name = "m",
					  .text = v,
					  .bytes = one ? 0x3000 : 0x1000,
					  .text_bytes = 0x1000,
					  .other = v + (one ? 0x8000 : 0x2000),
					  .other_bytes = 0x1000,
					  .symbols = symbols,
					  .n_symbols = 2};
		struct vmt_symbol symbol;
		struct kerntest t;

		(void)kernel_module(k, &m);
		kernel_complete(k);
		kerntest_open(&t, k);
		assert_int_equal(vmt_kern_name(t.kern, v + 0x2010, &symbol), VMT_OK);
		assert_str(symbol.name, "data");
		assert_u64(symbol.size_bytes, -UINT64_C(0x1000));
		assert_int_equal(vmt_kern_name(t.kern, v + 0x200, &symbol), VMT_OK);
		assert_str(symbol.name, "text");
		assert_u64(symbol.size_bytes, 0xf00);
		/* Init text ends on its own. */
		if (one) {
			assert_int_equal(vmt_kern_name(t.kern, v + 0x8010, &symbol), VMT_OK);
			assert_u64(symbol.va + symbol.size_bytes, v + 0x9000);
		}
		kerntest_close(&t);
		kernel_free(k);
	}
}

/* Two modules in one area: neither is named (the ROX cache, 6.13+). Unformed ones are none. */
static void modules_that_share_memory(void **state)
{
	struct kernel *k = kernel_styled(&kernel_x86_4, &kernel_6_12);
	uint64_t v = k->paging.vmalloc;
	struct vmt_symbol symbol;
	struct kerntest t;

	(void)state;
	(void)kernel_module(k, &(struct kernel_module){.name = "a", .text = v, .bytes = 0x1000});
	(void)kernel_module(
		k, &(struct kernel_module){.name = "b", .text = v + 0x1000, .bytes = 0x1000});
	(void)kernel_module(k,
			    &(struct kernel_module){
				    .name = "c", .text = v + 0x2000, .bytes = 0x1000, .state = 3});
	kernel_complete(k);
	kerntest_open(&t, k);
	assert_str(vmt_kern_module_in(t.kern, v, v + 0x1000), "a");
	assert_u64(vmt_kern_module_in(t.kern, v, v + 0x3000).n, 0);
	assert_u64(vmt_kern_module_in(t.kern, v + 0x2000, v + 0x3000).n, 0);
	assert_int_equal(vmt_kern_name(t.kern, v + 0x10, &symbol), VMT_NONE);
	kerntest_close(&t);
	kernel_free(k);
}

/* Any number of pages, a struct page of 64 bytes and one of another size; one of them wrong. */
static void struct_pages_in_bulk(void **state)
{
	static const uint64_t sizes[] = {64, 56};
	uint64_t pages[40], pas[40];

	(void)state;
	for (size_t z = 0; z < ARRAY_SIZE(sizes); z++) {
		const struct vmt_page_map m = {.base = 0xffffea0000000000, .bytes = sizes[z]};

		for (uint64_t i = 0; i < ARRAY_SIZE(pas); i++) {
			pas[i] = i * 0x7654321 % 1000 << 12;
			pages[i] = m.base + (pas[i] >> 12) * m.bytes;
		}
		for (size_t n = 0; n <= ARRAY_SIZE(pas); n++) {
			assert_true(vmt_page_map_same(&m, 12, pages, pas, n));
			for (size_t i = 0; i < n; i++) {
				uint64_t page = pages[i], pa = pas[i];

				pages[i] += m.bytes;
				assert_false(vmt_page_map_same(&m, 12, pages, pas, n));
				pages[i] = page + 1;
				assert_false(vmt_page_map_same(&m, 12, pages, pas, n));
				pas[i] = VMT_PA_NONE;
				pages[i] = m.base + (VMT_PA_NONE >> 12) * m.bytes;
				assert_false(vmt_page_map_same(&m, 12, pages, pas, n));
				pages[i] = m.base + (VMT_PA_NONE >> 6);
				assert_false(vmt_page_map_same(&m, 12, pages, pas, n));
				pages[i] = page;
				pas[i] = pa;
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(areas_are_what_was_described),
		cmocka_unit_test(every_paging_leads_to_them),
		cmocka_unit_test(no_areas_at_all),
		cmocka_unit_test(torn_down_before_6_3),
		cmocka_unit_test(tags_are_taken_off),
		cmocka_unit_test(names_and_modules),
		cmocka_unit_test(names_behind_the_text_of_a_module),
		cmocka_unit_test(modules_that_share_memory),
		cmocka_unit_test(struct_pages_in_bulk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
