// SPDX-License-Identifier: GPL-2.0-or-later
/* Dumps with holes and damage: what cannot be read is lost, counted and told; the rest is listed.
 */
#include <time.h>

#include "kerntest.h"

/* Areas with one page each, of which each part lies in a page of its own. */
#define N 6

struct row {
	struct kernel *k;
	struct kernel_placed at[N];
};

static uint64_t start_of(const struct row *r, unsigned i)
{
	return r->k->paging.vmalloc + UINT64_C(0x10000) * i;
}

/* The first four in node 0 (or in the only list), the others in node 1, or lazy. */
static struct row row_new(const struct kernel_style *style)
{
	struct row r = {.k = kernel_styled(&kernel_x86_4, style)};

	kernel_say(r.k, "LENGTH(node_data)=4\n");
	for (unsigned i = 0; i < N; i++) {
		kernel_new_page(r.k);
		r.at[i] = kernel_area(r.k, &(struct kernel_area){
						   .start = start_of(&r, i),
						   .size = 0x2000,
						   .flags = 2,
						   .nodes = "1",
						   .node = style->node_bytes ? i / 4 : 0,
						   .lazy = !style->node_bytes && i >= 4,
					   });
	}
	kernel_new_page(r.k);
	return r;
}

/* Areas of which bits say that they are listed; @broken lists; the reason has @word in it. */
static void check_lists(struct row *r, unsigned listed, uint64_t broken, const char *word)
{
	struct kerntest t;

	kerntest_read(&t, r->k);
	for (unsigned i = 0; i < N; i++)
		if (!!kerntest_at(&t, start_of(r, i)) != (listed >> i & 1))
			fail_msg("area %u is %slisted", i, listed >> i & 1 ? "not " : "");
	assert_u64(t.about->broken_lists, broken);
	assert_u64(t.about->no_vm, 0);
	if (!strstr(t.about->first.text, word))
		fail_msg("no \"%s\" in: %s", word, t.about->first.text);
	kerntest_close(&t);
	kernel_free(r->k);
}

static const struct kernel_style *const both[] = {&kernel_6_1, &kernel_6_12};

static void a_wrong_back_link(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct row r = row_new(both[i]);

		kernel_put64(r.k, r.at[2].list + 8, r.at[0].list);
		kernel_complete(r.k);
		check_lists(&r, 0x33, 1, "points back");
	}
}

static void a_cycle(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct row r = row_new(both[i]);

		/* The fourth leads to the second, by and by for ever. */
		kernel_put64(r.k, r.at[3].list, r.at[1].list);
		kernel_complete(r.k);
		check_lists(&r, 0x3f, 1, "points back");
	}
}

/* A cycle of right back links can only be one that leads through the head. */
static void a_short_circle(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct row r = row_new(both[i]);

		kernel_put64(r.k, r.at[1].list, r.at[1].list);
		kernel_put64(r.k, r.at[1].list + 8, r.at[1].list);
		kernel_complete(r.k);
		check_lists(&r, 0x31, 1, "points back");
	}
}

static void next_is_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct row r = row_new(both[i]);

		kernel_complete(r.k);
		kernel_lose(r.k, r.at[2].vmap_area);
		check_lists(&r, 0x33, 1, "left this page out");
	}
}

static void next_is_not_mapped(void **state)
{
	static const uint64_t bad[] = {
		0, 8, 0xffff800000001000, 0x7fffffffffffffff, UINT64_MAX, UINT64_MAX - 7};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(bad); j++) {
			struct row r = row_new(both[i]);

			kernel_put64(r.k, r.at[1].list, bad[j]);
			kernel_complete(r.k);
			check_lists(&r, 0x33, 1, "0x");
		}
	}
}

/* A root whose first or last node is lost is the root all the same, when there is no other. */
static void the_first_is_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct row r = row_new(both[i]);

		kernel_complete(r.k);
		kernel_lose(r.k, r.at[0].vmap_area);
		check_lists(&r, 0x30, 1, "left this page out");
	}
}

static void the_last_is_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct row r = row_new(both[i]);

		kernel_complete(r.k);
		kernel_lose(r.k, r.at[3].vmap_area);
		check_lists(&r, 0x37, 1, "left this page out");
	}
}

static void the_lazy_list_is_left_out(void **state)
{
	struct row r = row_new(&kernel_6_1);

	(void)state;
	kernel_complete(r.k);
	kernel_lose(r.k, r.at[4].vmap_area);
	check_lists(&r, 0x0f, 1, "left this page out");
}

/* Its list_head is there, the rest of it in a page before, which is not. */
static void half_a_vmap_area(void **state)
{
	struct row r = row_new(&kernel_6_12);
	struct kernel_placed p;

	(void)state;
	kernel_new_page(r.k);
	(void)kernel_alloc(r.k, 4096 - 24, 8);
	p = kernel_area(r.k, &(struct kernel_area){.start = r.k->paging.vmalloc + 0x900000,
						   .size = 0x2000,
						   .flags = 2});
	assert_u64(p.list % 4096, 16);
	kernel_new_page(r.k);
	kernel_complete(r.k);
	kernel_lose(r.k, p.vmap_area);
	check_lists(&r, 0x3f, 1, "left this page out");
}

/* ---- structures ---- */

static void vm_struct_is_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct row r = row_new(both[i]);
		struct kerntest t;
		const struct vmt_karea *a;
		uint64_t vm;

		kernel_new_page(r.k);
		vm = kernel_alloc(r.k, 80, 8);
		kernel_put64(r.k, r.at[1].vmap_area + 56, vm);
		kernel_put64(r.k, r.at[2].vmap_area + 56, 0x123);
		kernel_new_page(r.k);
		kernel_complete(r.k);
		kernel_lose(r.k, vm);
		kerntest_read(&t, r.k);
		assert_u64(t.n, N);
		assert_u64(t.about->no_vm, 2);
		assert_u64(t.about->broken_lists, 0);
		a = kerntest_at(&t, start_of(&r, 1));
		assert_non_null(a);
		assert_u64(a->area.end, start_of(&r, 1) + 0x2000);
		assert_u64(a->vm_struct_va, vm);
		assert_u64(a->area.flags, 0);
		kerntest_close(&t);
		kernel_free(r.k);
	}
}

static void struct_pages_are_left_out(void **state)
{
	struct row r = row_new(&kernel_6_12);
	struct kernel_placed array, pages;
	struct kerntest t;
	uint64_t v = r.k->paging.vmalloc + 0x800000;

	(void)state;
	kernel_new_page(r.k);
	pages = kernel_area(
		r.k, &(struct kernel_area){.start = v, .size = 0x3000, .flags = 2, .nodes = "12"});
	kernel_new_page(r.k);
	kernel_put64(r.k, pages.pages + 8, kernel_alloc(r.k, 64, 64));
	kernel_new_page(r.k);
	array = kernel_area(
		r.k, &(struct kernel_area){
			     .start = v + 0x10000, .size = 0x3000, .flags = 2, .nodes = "12"});
	kernel_new_page(r.k);
	kernel_put64(r.k, array.vm + 32, kernel_alloc(r.k, 16, 8));
	kernel_new_page(r.k);
	kernel_complete(r.k);
	kernel_lose(r.k, kernel_read64(r.k, pages.pages + 8));
	kernel_lose(r.k, kernel_read64(r.k, array.vm + 32));
	kerntest_read(&t, r.k);
	assert_u64(t.n, N + 2);
	assert_u64(t.about->no_nodes, 2);
	assert_u64(kerntest_at(&t, v)->area.nodes.n, 0);
	assert_u64(kerntest_at(&t, v)->area.pages, 2);
	assert_u64(kerntest_at(&t, v + 0x10000)->area.nodes.n, 0);
	assert_str(kerntest_at(&t, start_of(&r, 1))->area.nodes, "N1=1");
	kerntest_close(&t);
	kernel_free(r.k);
}

/* More pages than the image can have page pointers of: not counted, one by one, for hours. */
static void more_pages_than_there_are(void **state)
{
	struct row r = row_new(&kernel_7_2);
	uint64_t leaf = r.k->paging.vmalloc + (UINT64_C(1) << 40), pa;
	struct kerntest t;
	time_t before = time(NULL);

	(void)state;
	/* 512 GiB of page pointers, all of them the same page of the image. */
	pa = kernel_pa(r.k, kernel_alloc(r.k, 4096, 4096));
	for (uint64_t i = 0; i < 512; i++)
		kernel_map(r.k, leaf + 4096 * i, pa, 0);
	for (uint64_t i = 0; i < 512; i++)
		kernel_put64(r.k, r.k->paging.text + (pa - r.k->paging.pa) + 8 * i, r.at[0].page);
	for (uint64_t i = 1; i < 512; i++)
		image_put64(r.k->img, kernel_entry(r.k, leaf + (i << 21), 1),
			    kernel_get64(r.k, kernel_entry(r.k, leaf, 1)));
	for (uint64_t i = 1; i < 512; i++)
		image_put64(r.k->img, kernel_entry(r.k, leaf + (i << 30), 2),
			    kernel_get64(r.k, kernel_entry(r.k, leaf, 2)));
	for (unsigned i = 2; i < N; i++) {
		kernel_put64(r.k, r.at[i].vm + 32, leaf);
		kernel_put64(r.k, r.at[i].vm + 48, i == 2 ? UINT64_MAX : UINT64_C(1) << 36);
	}
	kernel_complete(r.k);
	kerntest_read(&t, r.k);
	assert_u64(t.n, N);
	assert_u64(t.about->no_nodes, 4);
	kerntest_close(&t);
	kernel_free(r.k);
	assert_true(time(NULL) - before < 5);
}

/* ---- layouts ---- */

/* Members that lie outside of their structures: offsets are not to be believed. */
static void layouts_beyond_the_structure(void **state)
{
	static const char *const said[] = {
		"OFFSET(vmap_area.va_start)=9223372036854775807\n",
		"OFFSET(vmap_area.list)=100000\n",
		"OFFSET(vmap_area.list)=-8\n",
		"OFFSET(vmap_area.va_start)=60\n",
		"OFFSET(vmap_area.va_start)=-1\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		struct kernel *k = kernel_styled(&kernel_x86_4, &kernel_no_btf);
		struct kerntest t;

		kernel_say(k, "%s", said[i]);
		(void)kernel_area(k, &(struct kernel_area){.start = k->paging.vmalloc,
							   .size = 0x2000,
							   .flags = 2});
		kernel_complete(k);
		kerntest_open(&t, k);
		assert_int_equal(kerntest_areas(&t), VMT_FORMAT);
		assert_non_null(strstr(t.err.text, "vmap_area"));
		kerntest_close(&t);
		kernel_free(k);
	}
}

static void a_btf_with_wrong_offsets(void **state)
{
	static const uint32_t bad[] = {249, 300, 100000, 65};
	static const char *const who[] = {"va_start", "va_end", "list"};

	(void)state;
	for (size_t w = 0; w < ARRAY_SIZE(who); w++) {
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
			struct kernel_style style = kernel_6_12;
			struct kernel_type types[32];
			struct kernel_member m[8];
			struct kernel *k;
			struct kerntest t;
			size_t n = 0;

			for (; kernel_types_6_12[n].name; n++) {
				types[n] = kernel_types_6_12[n];
				if (strcmp(types[n].name, "vmap_area") == 0)
					types[n].members = m;
			}
			types[n] = (struct kernel_type){0};
			memcpy(m, kernel_m_va_flags, sizeof(kernel_m_va_flags));
			m[w].offset = bad[i];
			style.types = types;
			k = kernel_styled(&kernel_x86_4, &style);
			(void)kernel_area(k, &(struct kernel_area){.start = k->paging.vmalloc,
								   .size = 0x2000,
								   .flags = 2});
			kernel_complete(k);
			kerntest_open(&t, k);
			assert_int_equal(kerntest_areas(&t), VMT_FORMAT);
			assert_non_null(strstr(t.err.text, "vmap_area"));
			kerntest_close(&t);
			kernel_free(k);
		}
	}
}

/* Nodes of no size are one node, told of many times. */
static void nodes_of_no_size(void **state)
{
	struct kernel_style style = kernel_6_12;
	struct kernel_type types[32];
	struct kernel *k;
	struct kerntest t;
	size_t n = 0;

	(void)state;
	for (; kernel_types_6_12[n].name; n++) {
		types[n] = kernel_types_6_12[n];
		if (strcmp(types[n].name, "vmap_node") == 0)
			types[n].size = 0;
	}
	types[n] = (struct kernel_type){0};
	style.types = types;
	k = kernel_styled(&kernel_x86_4, &style);
	(void)kernel_area(
		k, &(struct kernel_area){.start = k->paging.vmalloc, .size = 0x2000, .flags = 2});
	kernel_complete(k);
	kerntest_open(&t, k);
	assert_int_equal(kerntest_areas(&t), VMT_FORMAT);
	assert_non_null(strstr(t.err.text, "vmap_node"));
	kerntest_close(&t);
	kernel_free(k);
}

/* A sentence about tables that cannot be read says once which file that is. */
static void the_file_is_named_once(void **state)
{
	struct kernel *k = kernel_styled(&kernel_x86_4, &kernel_6_12);
	struct kerntest t;
	const char *at;

	(void)state;
	kernel_complete(k);
	kernel_lose_pa(k, kernel_entry(k, k->paging.text, 0));
	assert_int_equal(kerntest_try(&t, k, NULL), VMT_EXCLUDED);
	at = strstr(t.err.text, vmt_mem_path(t.mem));
	assert_ptr_equal(at, t.err.text);
	assert_null(strstr(at + 1, vmt_mem_path(t.mem)));
	assert_non_null(strstr(at, "kernel's own text: physical address"));
	vmt_mem_close(t.mem);
	kernel_free(k);
}

/* Symbols that put the end of the image as far away as there are addresses: nobody goes all the
 * way. */
static void an_image_without_an_end(void **state)
{
	struct scene s = scene_new(&kernel_arm_4k, &kernel_6_1);
	struct vmt_mem_span spans[64];
	const struct vmt_part *parts;
	struct kerntest t;
	size_t n;

	(void)state;
	for (size_t i = 0; i < s.k->n_names; i++)
		if (strcmp(s.k->names[i].name, "_end") == 0)
			s.k->names[i].va = 0xfffffffffffff000;
	(void)kernel_complete_laid(s.k, &kernel_laid[6]);
	kerntest_open(&t, s.k);
	assert_true(vmt_kern_mapped(t.kern, spans, ARRAY_SIZE(spans)) <= ARRAY_SIZE(spans));
	assert_int_equal(vmt_kern_parts(t.kern, &parts, &n, &t.err), VMT_OK);
	for (size_t i = 0; i < n; i++)
		assert_string_not_equal(parts[i].name, "image");
	kerntest_close(&t);
	kernel_free(s.k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_back_link),
		cmocka_unit_test(a_cycle),
		cmocka_unit_test(a_short_circle),
		cmocka_unit_test(next_is_left_out),
		cmocka_unit_test(next_is_not_mapped),
		cmocka_unit_test(the_first_is_left_out),
		cmocka_unit_test(the_last_is_left_out),
		cmocka_unit_test(the_lazy_list_is_left_out),
		cmocka_unit_test(half_a_vmap_area),
		cmocka_unit_test(vm_struct_is_left_out),
		cmocka_unit_test(struct_pages_are_left_out),
		cmocka_unit_test(layouts_beyond_the_structure),
		cmocka_unit_test(a_btf_with_wrong_offsets),
		cmocka_unit_test(nodes_of_no_size),
		cmocka_unit_test(more_pages_than_there_are),
		cmocka_unit_test(the_file_is_named_once),
		cmocka_unit_test(an_image_without_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
