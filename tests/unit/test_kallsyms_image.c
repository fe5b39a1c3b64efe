// SPDX-License-Identifier: GPL-2.0-or-later
/* kallsyms in the image, VMCOREINFO, and symbols from elsewhere. */
#include <time.h>

#include "kerntest.h"
#include "vmtool/text.h"

static const enum kernel_encoding encodings[] = {KERNEL_PLACE_RELATIVE, KERNEL_BASE_RELATIVE,
						 KERNEL_ABSOLUTE_PERCPU};

static void is_named(struct kerntest *t, uint64_t va, const char *name, uint64_t start,
		     uint64_t size)
{
	struct vmt_symbol s;

	if (vmt_kern_name(t->kern, va, &s) != VMT_OK)
		fail_msg("0x%" PRIx64 " is not %s", va, name);
	assert_str(s.name, name);
	assert_u64(s.va, start);
	assert_u64(s.size_bytes, size);
	assert_u64(s.module.n, 0);
}

static void every_encoding(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(encodings); i++) {
		struct kernel_style style = kernel_6_12;
		uint64_t text, vas[VMT_CANDIDATES];
		struct kerntest t;
		struct vmt_symbol s;
		struct scene scene;

		style.encoding = encodings[i];
		scene = scene_new(&kernel_x86_4, &style);
		text = scene.k->paging.text;
		kernel_complete(scene.k);
		kerntest_open(&t, scene.k);
		assert_int_equal(vmt_kern_about(t.kern)->symbols, VMT_FROM_IMAGE);
		assert_u64(vmt_kern_about(t.kern)->n_symbols, scene.k->n_names);
		is_named(&t, text + 0x1000, "first_caller", text + 0x1000, 0x40);
		is_named(&t, text + 0x103f, "first_caller", text + 0x1000, 0x40);
		is_named(&t, text + 0x1100, "twice", text + 0x1100, 0x100);
		is_named(&t, text + 0x1200, "twice", text + 0x1200,
			 scene.k->lists->modules - text - 0x1200);
		assert_int_equal(vmt_kern_name(t.kern, text - 1, &s), VMT_NONE);
		assert_int_equal(vmt_kern_name(t.kern, text + KERNEL_TABLES, &s), VMT_NONE);
		assert_int_equal(vmt_kern_name(t.kern, UINT64_MAX, &s), VMT_NONE);
		assert_u64(vmt_kern_symbol(t.kern, "twice", vas), 2);
		assert_u64(vas[0], text + 0x1100);
		assert_u64(vas[1], text + 0x1200);
		assert_u64(vmt_kern_symbol(t.kern, "modules", vas), 1);
		assert_u64(vas[0], scene.k->lists->modules);
		assert_u64(vmt_kern_symbol(t.kern, "twic", vas), 0);
		assert_u64(vmt_kern_symbol(t.kern, "", vas), 0);
		assert_u64(vmt_kern_symbol(t.kern, "per_cpu_first", vas), 1);
		if (encodings[i] != KERNEL_BASE_RELATIVE)
			assert_u64((uint32_t)vas[0], 0x100);
		kerntest_close(&t);
		kernel_free(scene.k);
	}
}

/* A name of two bytes of length is whole, and so is the one behind it. */
static void long_names(void **state)
{
	struct scene s = scene_new(&kernel_x86_4, &kernel_6_12);
	struct vmt_symbol symbol;
	struct kerntest t;

	(void)state;
	kernel_complete(s.k);
	kerntest_open(&t, s.k);
	assert_int_equal(vmt_kern_name(t.kern, s.k->paging.text + 0x1080, &symbol), VMT_OK);
	assert_u64(symbol.name.n, 399);
	assert_true(vmt_str_starts(symbol.name, "long_"));
	kerntest_close(&t);
	kernel_free(s.k);
}

/* Of many symbols marks are kept: each is found, the first of those at one address. */
static void many_symbols(void **state)
{
	struct kernel *k = kernel_styled(&kernel_x86_4, &kernel_7_2);
	uint64_t text = k->paging.text;
	struct kerntest t;
	char name[64];

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "f_%04u", i);
		kernel_symbol(k, name, text + 0x10000 + 16 * i);
		(void)snprintf(name, sizeof(name), "g_%04u", i);
		kernel_symbol(k, name, text + 0x10000 + 16 * i);
	}
	kernel_complete(k);
	kerntest_open(&t, k);
	for (unsigned i = 0; i < 2999; i += 7) {
		(void)snprintf(name, sizeof(name), "f_%04u", i);
		is_named(&t, text + 0x10000 + 16 * i + 5, name, text + 0x10000 + 16 * i, 16);
	}
	kerntest_close(&t);
	kernel_free(k);
}

static void is_found(struct kerntest *t, const char *name, uint64_t va)
{
	uint64_t vas[VMT_CANDIDATES];

	assert_int_equal(vmt_kern_symbol(t->kern, name, vas), va ? 1 : 0);
	if (va)
		assert_u64(vas[0], va);
}

/* More names than one pass looks for, those of vmt_kern_opts, those known later, and others. */
static void names_that_are_asked_for(void **state)
{
	struct kernel *k = kernel_styled(&kernel_x86_4, &kernel_7_2);
	uint64_t text = k->paging.text;
	char name[300][16];
	const char *names[300];
	struct vmt_kern_opts opts = {.names = names, .n_names = 100};
	struct kerntest t;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		/* Each is the beginning, and the end, of others. */
		(void)snprintf(name[i], sizeof(name[i]), "v%x_%x", i % 18, i);
		names[i] = name[i];
		if (i % 3 != 2)
			kernel_symbol(k, name[i], text + 0x10000 + 16 * i);
	}
	kernel_complete(k);
	if (kerntest_try(&t, k, &opts) != VMT_OK)
		fail_msg("%s", t.err.text);
	for (unsigned twice = 0; twice < 2; twice++) {
		for (unsigned i = 0; i < 300; i++)
			is_found(&t, names[i], i % 3 != 2 ? text + 0x10000 + 16 * i : 0);
		assert_int_equal(vmt_kern_know(t.kern, names + 50, 150), VMT_OK);
	}
	is_found(&t, "", 0);
	is_found(&t, "v", 0);
	kerntest_close(&t);
	kernel_free(k);
}

/* ---- what VMCOREINFO and the table do not have ---- */

static void no_kallsyms(void **state)
{
	struct scene s = scene_new(&kernel_x86_4, &kernel_6_12);
	struct kerntest t;

	(void)state;
	kernel_done(s.k);
	kerntest_open(&t, s.k);
	assert_int_equal(vmt_kern_about(t.kern)->symbols, VMT_FROM_NOWHERE);
	kerntest_misses(&t, "not found in the image");
	assert_int_equal(kerntest_areas(&t), VMT_NONE);
	assert_non_null(strstr(t.err.text, "vmap_nodes"));
	assert_non_null(strstr(t.err.text, "--system-map"));
	kerntest_close(&t);
	kernel_free(s.k);
}

/* To 6.8 VMCOREINFO has the root: areas are listed with addresses for callers. */
static void no_kallsyms_of_6_1(void **state)
{
	struct scene s = scene_new(&kernel_x86_4, &kernel_6_1);
	struct kerntest t;
	char want[32];

	(void)state;
	kernel_say(s.k, "SYMBOL(vmap_area_list)=%llx\n", (unsigned long long)s.k->lists->busy);
	kernel_done(s.k);
	kerntest_read(&t, s.k);
	(void)snprintf(want, sizeof(want), "0x%" PRIx64, s.k->paging.text + 0x1010);
	assert_str(t.areas[0].area.caller, want);
	assert_str(t.areas[0].area.nodes, "N0=2 N1=2");
	kerntest_misses(&t, "callers stay addresses");
	kerntest_close(&t);
	kernel_free(s.k);
}

/* A System.map has addresses as linked: what KASLR moved them by is added. */
static void system_map(void **state)
{
	static const uint64_t shifts[] = {0, 0x19000000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shifts); i++) {
		struct scene s = scene_new(&kernel_x86_4, &kernel_6_12);
		struct vmt_kern_opts opts = {.symbols_linked = true};
		struct kerntest t;
		char line[512];
		bool linked = shifts[i] != 0;

		kernel_name_nodes(s.k);
		(void)kernel_btf(s.k, kernel_types_6_12, 24);
		kernel_say(s.k, "KERNELOFFSET=%llx\n", (unsigned long long)shifts[i]);
		kernel_done(s.k);
		opts.symbols = vmt_symbols_new();
		assert_non_null(opts.symbols);
		opts.symbols_linked = linked;
		for (size_t j = 0; j < s.k->n_names; j++)
			assert_int_equal(vmt_symbols_add(opts.symbols, s.k->names[j].va - shifts[i],
							 vmt_str(s.k->names[j].name),
							 (struct vmt_str){NULL, 0}),
					 VMT_OK);
		if (kerntest_try(&t, s.k, &opts) != VMT_OK || kerntest_areas(&t) != VMT_OK)
			fail_msg("%s", t.err.text);
		assert_int_equal(vmt_kern_about(t.kern)->symbols, VMT_FROM_FILE);
		assert_int_equal(vmt_kern_about(t.kern)->types, VMT_FROM_IMAGE);
		for (size_t j = 0; j < SCENE_AREAS; j++) {
			const struct vmt_karea *a = kerntest_at(&t, scene_area(s.k, j).start);

			if (!scene_line(s.k, j, line))
				continue;
			assert_non_null(a);
			if (!vmt_str_eq(a->area.caller, area_of(line).caller))
				fail_msg("%.*s: %s", (int)a->area.caller.n, a->area.caller.p, line);
		}
		kerntest_close(&t);
		vmt_symbols_free(opts.symbols);
		kernel_free(s.k);
	}
}

/* Names are not unique: a wrong vmap_nodes stands first, and one that leads nowhere. */
static void wrong_symbols_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct kernel *k = kernel_styled(&kernel_x86_4, i ? &kernel_6_12 : &kernel_6_1);
		uint64_t wrong = kernel_alloc(k, 64, 8), empty = kernel_alloc(k, 64, 8);
		struct kerntest t;

		/* Pointers that could be a list's; what they point at is none. */
		kernel_put64(k, wrong, wrong);
		kernel_put64(k, wrong + 24, k->paging.text);
		kernel_put64(k, wrong + 32, k->paging.text);
		for (int j = 0; j < 2; j++) {
			uint64_t va = j ? wrong : empty;

			kernel_symbol(k, "vmap_nodes", va);
			kernel_symbol(k, "vmap_area_list", j ? va + 24 : va);
			kernel_symbol(k, "purge_vmap_area_list", j ? va + 24 : va);
			kernel_symbol(k, "modules", j ? va + 24 : va);
			kernel_symbol(k, "nr_vmap_nodes", empty);
			kernel_symbol(k, "vmap_nodes", 0x1000);
		}
		(void)kernel_module(k, &(struct kernel_module){.name = "m",
							       .text = k->paging.vmalloc,
							       .bytes = 0x1000});
		(void)kernel_area(k, &(struct kernel_area){.start = k->paging.vmalloc,
							   .size = 0x2000,
							   .flags = 2});
		kernel_complete(k);
		kerntest_read(&t, k);
		assert_u64(t.n, 1);
		assert_u64(t.about->broken_lists, 0);
		assert_str(vmt_kern_module_in(t.kern, k->paging.vmalloc, k->paging.vmalloc + 4096),
			   "m");
		kerntest_close(&t);
		kernel_free(k);
	}
}

/* ---- damaged tables ---- */

/* What is damaged is not used, and the kernel is opened all the same. */
static void damaged(uint32_t num, unsigned token, uint64_t at_index, const char *word)
{
	struct scene s = scene_new(&kernel_x86_4, &kernel_6_12);
	time_t before = time(NULL);
	struct kerntest t;
	uint64_t va;

	va = kernel_kallsyms(s.k, KERNEL_BASE_RELATIVE);
	kernel_put32(s.k, va, num ? num : (uint32_t)s.k->n_names);
	if (at_index) {
		char *p = memmem(s.k->info.p, s.k->info.n, "SYMBOL(kallsyms_token_index)=", 29);

		assert_non_null(p);
		kernel_put64(s.k, strtoull(p + 29, NULL, 16) + 2 * token, at_index);
	}
	kernel_done(s.k);
	kerntest_open(&t, s.k);
	assert_int_equal(vmt_kern_about(t.kern)->symbols, VMT_FROM_NOWHERE);
	kerntest_misses(&t, word);
	kerntest_close(&t);
	kernel_free(s.k);
	assert_true(time(NULL) - before < 5);
}

static void damaged_tables(void **state)
{
	(void)state;
	damaged(4000000, 0, 0, "no symbols");
	damaged(4000001, 0, 0, "kallsyms_num_syms");
	damaged(UINT32_MAX, 0, 0, "kallsyms_num_syms");
	damaged(0, 252, UINT64_MAX, "kallsyms_token_index");
	/* Beyond what the last of them says is the end. */
	damaged(0, 200, 0x6300, "kallsyms_token_table");
}

/* Names without an end: one page, mapped again and again. */
static void names_without_an_end(void **state)
{
	struct kernel *k = kernel_styled(&kernel_x86_4, &kernel_6_12);
	uint64_t va = k->paging.vmalloc, page;
	time_t before = time(NULL);
	struct kerntest t;
	char *p;

	(void)state;
	kernel_complete(k);
	page = kernel_alloc(k, 4096, 4096);
	for (uint64_t i = 0; i < 512; i++) {
		kernel_put64(k, page + 8 * i, UINT64_C(0xffffffffffffffff));
		kernel_map(k, va + 4096 * i, kernel_pa(k, page), 0);
	}
	for (uint64_t i = 1; i < 512; i++)
		image_put64(k->img, kernel_entry(k, va + (i << 21), 1),
			    kernel_get64(k, kernel_entry(k, va, 1)));
	p = memmem(k->info.p, k->info.n, "SYMBOL(kallsyms_names)=", 23);
	assert_non_null(p);
	(void)snprintf(p + 23, 17, "%llx", (unsigned long long)va);
	p[39] = '\n';
	kernel_done(k);
	kerntest_open(&t, k);
	assert_int_equal(vmt_kern_about(t.kern)->symbols, VMT_FROM_NOWHERE);
	kerntest_close(&t);
	kernel_free(k);
	assert_true(time(NULL) - before < 5);
}

/* ---- VMCOREINFO ---- */

static void no_note(void **state)
{
	struct scene s = scene_new(&kernel_x86_4, &kernel_6_12);
	struct kerntest t;
	uint64_t va;

	(void)state;
	kernel_complete(s.k);
	va = kernel_alloc(s.k, 8192, 4096);
	if (s.k->info.n < 4096)
		kernel_write(s.k, va, s.k->info.p, s.k->info.n);
	image_info(s.k->img, NULL);
	kerntest_read(&t, s.k);
	assert_true(t.n > 5);
	assert_string_equal(vmt_kern_about(t.kern)->release, "6.99.0-test");
	kerntest_close(&t);
	kernel_lose(s.k, va);
	assert_int_equal(kerntest_try(&t, s.k, NULL), VMT_NONE);
	assert_non_null(strstr(t.err.text, "VMCOREINFO"));
	kerntest_close(&t);
	kernel_free(s.k);
}

static void tables_that_do_not_lead_to_the_text(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct scene s = scene_new(&kernel_x86_4, &kernel_6_12);
		struct kerntest t;

		kernel_complete(s.k);
		if (i)
			kernel_lose_pa(s.k, kernel_root_pa(s.k));
		else
			image_put64(s.k->img, kernel_root_pa(s.k) + 8 * 511, 0);
		assert_int_equal(kerntest_try(&t, s.k, NULL), i ? VMT_EXCLUDED : VMT_FORMAT);
		assert_non_null(strstr(t.err.text, "page tables"));
		kerntest_close(&t);
		kernel_free(s.k);
	}
}

/* ELF that claims segments of exabytes, and has none: looked through for ever, were it not limited.
 */
static void a_segment_without_an_end(void **state)
{
	struct kernel *k = kernel_new(&kernel_x86_4);
	time_t before = time(NULL);
	struct image_bytes b;
	struct vmt_kern_opts opts = {0};
	struct vmt_err err = {0};
	struct vmt_kern *kern;
	struct vmt_mem *mem;

	(void)state;
	b = image_build(k->img, &kerntest_elf);
	image_num(&b, 64 + 56 + 32, UINT64_C(1) << 60, 8);
	image_num(&b, 64 + 56 + 40, UINT64_C(1) << 60, 8);
	mem = memtest_open_bytes(b.p, b.n);
	assert_int_equal(vmt_kern_open(&kern, mem, &opts, &err), VMT_NONE);
	vmt_mem_close(mem);
	free(b.p);
	kernel_free(k);
	assert_true(time(NULL) - before < 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_encoding),
		cmocka_unit_test(long_names),
		cmocka_unit_test(many_symbols),
		cmocka_unit_test(names_that_are_asked_for),
		cmocka_unit_test(no_kallsyms),
		cmocka_unit_test(no_kallsyms_of_6_1),
		cmocka_unit_test(system_map),
		cmocka_unit_test(wrong_symbols_first),
		cmocka_unit_test(damaged_tables),
		cmocka_unit_test(names_without_an_end),
		cmocka_unit_test(no_note),
		cmocka_unit_test(tables_that_do_not_lead_to_the_text),
		cmocka_unit_test(a_segment_without_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
