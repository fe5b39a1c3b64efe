// SPDX-License-Identifier: GPL-2.0-or-later
/* What a finding says beside its title: how bad it is, where, of which area, and what to ask next.
 */
#include "checktest.h"

static void loop(struct sound *s)
{
	kernel_put64(s->k, s->area[SOUND_LAST].at.list, s->area[SOUND_LAST].at.list);
}
static void unmap(struct sound *s)
{
	kernel_unmap(s->k, s->area[SOUND_VMALLOC].start + s->page);
}
static void map_guard(struct sound *s)
{
	kernel_map(s->k, s->area[SOUND_STACK].start + 4 * s->page, s->area[SOUND_STACK].pa, 0);
}
static void write_code(struct sound *s)
{
	sound_protect(s, s->area[SOUND_CODE].start, true, true);
}
static void own_twice(struct sound *s)
{
	uint64_t pa = s->area[SOUND_STACK].pa;

	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.pages + 8, sound_page_va(s, pa));
	kernel_map(s->k, s->area[SOUND_VMALLOC].start + s->page, pa, 0);
}
static void no_user(struct sound *s)
{
	image_put32(s->k->img,
		    sound_page_pa(s, s->area[SOUND_VMALLOC].pa + s->page) + SOUND_REFCOUNT, 0);
}
static void count(struct sound *s)
{
	kernel_put64(s->k, s->counters, 10);
}
static void code_in_a_hole(struct sound *s)
{
	kernel_map(s->k, s->k->paging.vmalloc + 83 * s->page, s->area[SOUND_STACK].pa, 0);
	sound_protect(s, s->k->paging.vmalloc + 83 * s->page, false, true);
}
static void hide_module(struct sound *s)
{
	uint64_t at = s->module + 8;

	kernel_put64(s->k, kernel_read64(s->k, at + 8), kernel_read64(s->k, at));
	kernel_put64(s->k, kernel_read64(s->k, at) + 8, kernel_read64(s->k, at + 8));
}
static void another_stack(struct sound *s)
{
	kernel_put64(s->k, s->task[1] + 48, s->area[SOUND_VMALLOC].at.vm);
}
static void table_nowhere(struct sound *s)
{
	uint64_t at = kernel_entry(s->k, s->area[SOUND_STACK].start, 1);

	image_put64(s->k->img, at, kernel_table_entry(s->k, s->k->paging.pa + 16 * KERNEL_RAM));
}

#define NO_AREA SOUND_AREAS

static void findings(void **state)
{
	static const struct {
		break_fn *breaks;
		const char *id;
		enum vmt_severity severity;
		/* The area that is named, and the page of vmalloc space that is meant, if it is
		 * one. */
		size_t area;
		unsigned page;
		const char *next;
	} all[] = {
		{loop, "V04", VMT_SEVERE, NO_AREA, 0, NULL},
		{unmap, "V05", VMT_SEVERE, SOUND_VMALLOC, 9, "walk"},
		{map_guard, "V06", VMT_SEVERE, SOUND_STACK, 4, "walk"},
		{write_code, "V07", VMT_SEVERE, SOUND_CODE, 80, "walk"},
		{own_twice, "V09", VMT_SEVERE, SOUND_VMALLOC, 9, "walk"},
		{no_user, "V10", VMT_SEVERE, SOUND_VMALLOC, 9, "walk"},
		{count, "V12", VMT_WRONG, NO_AREA, 0, "list"},
		/* The first page behind an area is none of it. */
		{code_in_a_hole, "V14", VMT_SEVERE, NO_AREA, 83, "walk"},
		{hide_module, "V14", VMT_WRONG, SOUND_CODE, 80, "explain"},
		{another_stack, "V17", VMT_SEVERE, SOUND_STACK, 0, "explain"},
		{table_nowhere, "V18", VMT_SEVERE, SOUND_STACK, 0, "walk"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		const struct sound_area *a = all[i].area == NO_AREA ? NULL : &s.area[all[i].area];
		struct checktest c;
		const struct vmt_finding *f;
		size_t n;

		all[i].breaks(&s);
		checktest_run(&c, &s);
		f = vmt_report_findings(c.report, &n);
		while (n && f->check != vmt_checks_find(vmt_str(all[i].id))) {
			f++;
			n--;
		}
		if (!n)
			fail_msg("%s does not report", all[i].id);
		if (f->severity != all[i].severity)
			fail_msg("%s is %s", all[i].id, vmt_severity_name(f->severity));
		if (f->area_start != (a ? a->start : 0) ||
		    f->area_end != (a ? a->start + a->size : 0))
			fail_msg("%s names 0x%" PRIx64 "-0x%" PRIx64, all[i].id, f->area_start,
				 f->area_end);
		if (a || all[i].page)
			assert_u64(f->va, s.k->paging.vmalloc + all[i].page * s.page);
		assert_int_equal(f->next != NULL, all[i].next != NULL);
		if (all[i].next)
			assert_string_equal(f->next, all[i].next);
		checktest_close(&c);
		sound_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
