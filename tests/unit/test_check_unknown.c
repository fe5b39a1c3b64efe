// SPDX-License-Identifier: GPL-2.0-or-later
/* What cannot be known is unknown, of as many things as it is: it is neither ok nor a finding. */
#include "checktest.h"

/* A table of symbols without that one. */
static void hide(struct sound *s, const char *name)
{
	for (size_t i = 0; i < s->k->n_names; i++)
		if (strcmp(s->k->names[i].name, name) == 0)
			s->k->names[i].name[0] = 'x';
}

/* @bytes of a structure on a page of their own, which may be lost alone. @return their address. */
static uint64_t apart(struct sound *s, uint64_t from, size_t bytes)
{
	uint64_t to;

	kernel_new_page(s->k);
	to = kernel_alloc(s->k, s->page, s->page);
	for (size_t i = 0; i < bytes; i += 8)
		kernel_put64(s->k, to + i, kernel_read64(s->k, from + i));
	kernel_new_page(s->k);
	return kernel_pa(s->k, to);
}

static uint64_t virtual(const struct sound *s, uint64_t pa)
{
	return pa - s->k->paging.pa + s->k->paging.text;
}

/* Makes something unknown. @return what the dump leaves out as well, or 0. */
typedef uint64_t lack_fn(struct sound *s);

struct lack {
	lack_fn *lack;
	const struct kernel_paging *paging;
	const struct kernel_style *style;
	/* The checks that do report. */
	const char *loud;
	/* And of each of these so many are unknown, for a reason with these words. */
	struct {
		const char *id, *why;
		uint64_t n;
		/* Nothing else was looked at. */
		bool whole;
	} told[18];
};

static void expect(const struct lack *l)
{
	struct sound s = sound_new(l->paging, l->style);
	uint64_t pa = l->lack(&s);
	struct checktest c;
	const struct vmt_unknown *u;
	char loud[256];
	size_t n;

	sound_done(&s);
	for (uint64_t at = 0; pa && at < s.page; at += s.k->img->page_size)
		kernel_lose_pa(s.k, pa + at);
	checktest_open(&c, &s);
	assert_string_equal(checktest_loud(&c, loud), l->loud);
	u = vmt_report_unknowns(c.report, &n);
	for (size_t i = 0; i < ARRAY_SIZE(l->told) && l->told[i].id; i++) {
		const struct vmt_verdict *v = checktest_verdict(&c, l->told[i].id);
		uint64_t told = 0;

		for (size_t j = 0; j < n; j++)
			if (u[j].check == vmt_checks_find(vmt_str(l->told[i].id)) &&
			    strstr(u[j].why, l->told[i].why))
				told += u[j].n;
		if (told != l->told[i].n)
			fail_msg("%s: %" PRIu64 " \"%s\", not %" PRIu64, l->told[i].id, told,
				 l->told[i].why, l->told[i].n);
		if (l->told[i].whole)
			assert_int_equal(v->result, VMT_RESULT_UNKNOWN);
	}
	checktest_close(&c);
	sound_free(&s);
}

/* ---- what the kernel is not asked for ---- */

static uint64_t no_areas(struct sound *s)
{
	hide(s, "vmap_area_list");
	return 0;
}

static uint64_t no_range(struct sound *s)
{
	checktest_forget(s, "NUMBER(VMALLOC_END)");
	return 0;
}

static uint64_t no_struct_page(struct sound *s)
{
	char *at = memmem(s->k->info.p, s->k->info.n, "SIZE(page)=64", 13);

	assert_non_null(at);
	memcpy(at + 11, "16", 2);
	return 0;
}

static uint64_t no_use(struct sound *s)
{
	checktest_forget(s, "OFFSET(page._refcount)");
	checktest_forget(s, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)");
	return 0;
}

static uint64_t no_counters(struct sound *s)
{
	hide(s, "nr_vmalloc_pages");
	hide(s, "vmap_lazy_nr");
	return 0;
}

static uint64_t no_threads(struct sound *s)
{
	hide(s, "init_task");
	return 0;
}

static uint64_t no_stacks(struct sound *s)
{
	kernel_put64(s->k, s->task[1] + 48, 0);
	return 0;
}

static uint64_t no_chunks(struct sound *s)
{
	struct kernel_area a = {.start = s->k->paging.vmalloc + 0x1000 * s->page,
				.size = 16 * s->page,
				.flags = 2,
				.caller = s->k->paging.text + 0x1210};

	kernel_symbol(s->k, "pcpu_get_vm_areas", s->k->paging.text + 0x1200);
	a.node = (unsigned)(a.start / (16 * s->page) % 3);
	(void)kernel_area(s->k, &a);
	kernel_trees(s->k);
	return 0;
}

/* Who asked for an area may be in one. */
static uint64_t no_modules(struct sound *s)
{
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.vm + 56, s->k->paging.vmalloc + 0x7000000);
	hide(s, "modules");
	return 0;
}

/* ---- what the dump leaves out ---- */

static uint64_t lost_counters(struct sound *s)
{
	uint64_t pa = apart(s, s->counters, 16);

	no_counters(s);
	kernel_symbol(s->k, "nr_vmalloc_pages", virtual(s, pa));
	kernel_symbol(s->k, "vmap_lazy_nr", virtual(s, pa) + 8);
	return pa;
}

static uint64_t lost_root(struct sound *s)
{
	uint64_t pa = apart(s, s->root, 8);

	kernel_put64(s->k, s->mm + 8, virtual(s, pa));
	return pa;
}

/* The stack's; it can be run. */
static uint64_t lost_vm(struct sound *s)
{
	struct kernel_placed *at = &s->area[SOUND_STACK].at;
	uint64_t pa = apart(s, at->vm, s->k->lists->style->vm_struct_bytes);

	/* The thread names another, which need not be so: that one may be damaged. */
	kernel_put64(s->k, at->vmap_area + 56, virtual(s, pa));
	sound_protect(s, s->area[SOUND_STACK].start, false, true);
	return pa;
}

static uint64_t lost_table(struct sound *s)
{
	return kernel_entry(s->k, s->area[SOUND_STACK].start, 0) & -s->page;
}

/* ---- what is broken: others tell of it ---- */

/* The list of a node and its tree. */
static uint64_t broken_books(struct sound *s)
{
	uint64_t head = kernel_head(s->k, 0, false);

	kernel_put64(s->k, kernel_read64(s->k, head), 0x1234);
	kernel_put64(s->k, head - 8, 0x1234);
	/* And code in a hole, which may be an area of that list. */
	kernel_map(s->k, s->k->paging.vmalloc + 220 * s->page, sound_frame(s), 0);
	sound_protect(s, s->k->paging.vmalloc + 220 * s->page, false, true);
	return 0;
}

/* The table of the first areas, where another area is. */
static uint64_t table_met_again(struct sound *s)
{
	const uint64_t big = kernel_leaf_bytes(s->k, 1), start = s->k->paging.vmalloc + big;
	struct kernel_area a = {.start = start,
				.size = 3 * s->page,
				.flags = 2,
				.caller = s->k->paging.text + 0x1010,
				.nodes = "00"};
	struct kernel_placed at;

	a.node = (unsigned)(start / (16 * s->page) % 3);
	at = kernel_area(s->k, &a);
	for (uint64_t i = 0; i < 2; i++)
		kernel_put64(s->k, at.pages + 8 * i, sound_page_va(s, sound_frame(s)));
	kernel_trees(s->k);
	kernel_put64(s->k, s->counters, 11);
	image_put64(s->k->img, kernel_entry(s->k, start, 1),
		    kernel_get64(s->k, kernel_entry(s->k, s->k->paging.vmalloc, 1)));
	return 0;
}

/* In the direct map, which nobody knows of. */
static uint64_t code_of_nobody(struct sound *s)
{
	kernel_map(s->k, 0xffff888000000000 + s->area[SOUND_CODE].pa, s->area[SOUND_CODE].pa, 0);
	sound_protect(s, 0xffff888000000000 + s->area[SOUND_CODE].pa, false, true);
	return 0;
}

static void what_is_not_told(void **state)
{
	static const struct lack all[] = {
		{no_areas,
		 &kernel_x86_4,
		 &kernel_6_1,
		 "",
		 {{"V01", "", 1, true},
		  {"V02", "", 1, true},
		  {"V03", "", 1, true},
		  {"V04", "", 1, true},
		  {"V05", "", 1, true},
		  {"V06", "", 1, true},
		  {"V08", "", 1, true},
		  {"V09", "", 1, true},
		  {"V10", "", 1, true},
		  {"V12", "", 1, true},
		  {"V14", "areas are not known", 1, true},
		  {"V15", "", 1, true},
		  {"V16", "", 1, true},
		  {"V17", "", 1, true}}},
		{no_range,
		 &kernel_riscv_48,
		 &kernel_6_12,
		 "",
		 {{"V01", "bounds are not judged", 1, false},
		  {"V06", "holes are not judged", 1, false},
		  {"V08", "entries of it are not judged", 1, true},
		  {"V11", "entries of it are not judged", 1, false}}},
		{no_struct_page,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "",
		 {{"V05", "", 11, false},
		  {"V09", "", 1, true},
		  {"V10", "", 1, true},
		  {"V18", "", 1, false}}},
		{no_use,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "",
		 {{"V10", "the layout of struct page", 9, true},
		  {"V18", "whether tables are free", 1, false}}},
		{no_counters,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "",
		 {{"V12", "where the kernel counts pages", 1, true},
		  {"V12", "freed and not yet purged", 1, true}}},
		{no_threads,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "",
		 {{"V11", "", 1, true}, {"V17", "", 1, true}}},
		{no_stacks,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "",
		 {{"V17", "no thread has a stack in vmalloc space", 1, true}}},
		{no_chunks,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "",
		 {{"V16", "the layout of per-CPU chunks", 1, true}}},
		{no_modules,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "",
		 {{"V07", "their text is not judged", 1, false},
		  {"V15", "the list of modules is not known", 1, false}}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		expect(&all[i]);
}

static void what_is_left_out(void **state)
{
	static const struct lack all[] = {
		{lost_counters,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "",
		 {{"V12", "nr_vmalloc_pages: the dump left it out", 1, true},
		  {"V12", "vmap_lazy_nr: the dump left it out", 1, true}}},
		{lost_root,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "",
		 {{"V11", "the root of an mm: the dump left it out", 1, true}}},
		{lost_vm,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "",
		 {{"V02", "vm_struct cannot be read", 1, false},
		  {"V05", "vm_struct cannot be read", 5, false},
		  {"V12", "areas that are known have 5", 1, false},
		  {"V14", "nothing says who asked for the area", 1, false},
		  {"V17", "vm_struct of the stack cannot be read", 1, false}}},
		{lost_table,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "",
		 {{"V05", "a table page", 14, true},
		  {"V06", "a table page", 12, false},
		  {"V07", "a table page", 1, false},
		  {"V08", "a table page", 1, true},
		  {"V14", "a table page", 1, true},
		  {"V18", "a table page", 1, false}}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		expect(&all[i]);
}

static void what_is_broken(void **state)
{
	static const struct lack all[] = {
		{broken_books,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "V03 V04",
		 {{"V06", "a list of areas is broken", 5, false},
		  {"V12", "and areas that are known have", 1, false},
		  {"V14", "areas are not known", 2, true},
		  {"V17", "a list of areas is broken", 1, true}}},
		{table_met_again,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "V18",
		 {{"V05", "met a second time", 2, false}, {"V06", "met a second time", 2, false}}},
		{code_of_nobody,
		 &kernel_x86_4,
		 &kernel_6_12,
		 "",
		 {{"V14", "by nobody known", 1, false}}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		expect(&all[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_told),
		cmocka_unit_test(what_is_left_out),
		cmocka_unit_test(what_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
