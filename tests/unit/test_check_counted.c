// SPDX-License-Identifier: GPL-2.0-or-later
/* What was looked at is counted, and nothing else: "ok" stands on these numbers. */
#include "checktest.h"

static void counts(const struct checktest *c, const char *id, uint64_t first, uint64_t second,
		   uint64_t third)
{
	const uint64_t want[3] = {first, second, third};
	const struct vmt_verdict *v = checktest_verdict(c, id);

	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		if (v->looked_at[i] != want[i])
			fail_msg("%s: unit %zu: %" PRIu64 ", not %" PRIu64, id, i, v->looked_at[i],
				 want[i]);
}

/* What the tables of the kernel's half have. */
struct tables {
	uint64_t tables, entries, leaves;
};

static void count_tables(const struct kernel *k, uint64_t table, int level, struct tables *t)
{
	const uint64_t n = kernel_page_bytes(k) / 8;

	t->tables++;
	for (uint64_t i = level + 1 == (int)k->paging.levels ? n / 2 : 0; i < n; i++) {
		uint64_t raw = kernel_get64(k, table + 8 * i);

		t->entries++;
		if (!(raw & 1))
			continue;
		if (level == 0 || raw & 0x80)
			t->leaves++;
		else
			count_tables(k, kernel_entry_pa(k, raw), level - 1, t);
	}
}

static void a_sound_kernel(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	struct tables t = {.tables = 0};
	struct checktest c;

	(void)state;
	checktest_run(&c, &s);
	count_tables(s.k, kernel_root_pa(s.k), 3, &t);
	counts(&c, "V01", 6, 4, 0);
	counts(&c, "V02", 6, 0, 0);
	/* Three nodes with two lists each, and the free one. */
	counts(&c, "V03", 10, 7, 0);
	counts(&c, "V04", 10, 7, 0);
	counts(&c, "V05", 11, 3, 0);
	/* Before each area that does not begin where the one before ends, and behind the last: of
	 * vmalloc space and of module space. */
	counts(&c, "V06", 6, 7, 0);
	/* Two pages of the module. */
	counts(&c, "V07", t.leaves, 2, 0);
	counts(&c, "V08", 14, 0, 0);
	counts(&c, "V09", 9, 0, 0);
	counts(&c, "V10", 9, 0, 0);
	/* 32 TiB of vmalloc space, and that of modules, by 512 GiB. */
	counts(&c, "V11", 1, 65, 0);
	counts(&c, "V12", 2, 0, 0);
	counts(&c, "V14", 1, 0, 0);
	counts(&c, "V15", 6, 0, 0);
	counts(&c, "V17", 1, 0, 0);
	counts(&c, "V18", t.tables, t.entries, 0);
	/* Nothing else is unknown than what sections this kernel has. */
	for (size_t i = 0; i < vmt_checks_count(); i++)
		assert_u64(vmt_report_verdict(c.report, i)->unknown,
			   strcmp(vmt_checks_at(i)->id, "V07") == 0 ? 3 : 0);
	checktest_close(&c);
	sound_free(&s);
}

/* The direct map with an alias of the module's text; code of BPF in vmalloc space and code outside
 * of it. */
static void code_and_its_aliases(void **state)
{
	const uint64_t base = 0xffff888000000000;
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t at = kernel_alloc(s.k, 8, 8), low = 0x9000, text = s.k->paging.text;
	uint64_t alias = base + s.area[SOUND_CODE].pa;
	struct checktest c;
	char loud[256];

	(void)state;
	kernel_symbol(s.k, "page_offset_base", at);
	kernel_put64(s.k, at, base);
	kernel_map(s.k, alias, s.area[SOUND_CODE].pa, 0);
	sound_protect(&s, alias, false, false);
	/* The trampoline that starts other CPUs, in the first megabyte. */
	kernel_map(s.k, base + low, low, 0);
	sound_protect(&s, base + low, false, true);
	kernel_symbol(s.k, "bpf_jit_alloc", text + 0x1300);
	kernel_put64(s.k, s.area[SOUND_VMALLOC].at.vm + 56, text + 0x1310);
	sound_protect(&s, s.area[SOUND_VMALLOC].start, false, true);
	checktest_run(&c, &s);
	assert_string_equal(checktest_loud(&c, loud), "");
	assert_u64(checktest_verdict(&c, "V07")->looked_at[2], 1);
	counts(&c, "V14", 2, 1, 1);
	assert_u64(checktest_verdict(&c, "V14")->unknown, 0);
	checktest_close(&c);
	sound_free(&s);
}

static void a_large_entry(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	struct kernel_area a = {.start = s.k->paging.vmalloc + 0x1000000,
				.size = 0x201000,
				.flags = 1,
				.phys = 0xe0000000,
				.caller = s.k->paging.text + 0x1010};
	struct checktest c;

	(void)state;
	a.node = (unsigned)(a.start / 0x10000 % 3);
	(void)kernel_area(s.k, &a);
	kernel_map(s.k, a.start, a.phys, 1);
	kernel_trees(s.k);
	checktest_run(&c, &s);
	counts(&c, "V05", 11, 3 + 512, 0);
	counts(&c, "V08", 15, 1, 0);
	checktest_close(&c);
	sound_free(&s);
}

/* A segment of the kernel's image is mapped as a whole, or not at all: init text and data. */
static void segments_of_the_image(void **state)
{
	enum { WHOLE, GONE, HALF, ELSEWHERE, CASES };
	static const struct {
		size_t findings;
		const char *first;
	} told[CASES] = {[HALF] = {8, "image page 8 is not mapped"},
			 [ELSEWHERE] = {1, "image page 3 maps another address"}};

	(void)state;
	for (int how = 0; how < CASES; how++) {
		struct sound s = sound_new(&kernel_arm_4k, &kernel_6_12);
		struct kernel_area a = {.start = s.k->paging.vmalloc + 0x1000000,
					.size = 0x10000,
					.flags = 0x44,
					.phys = s.k->paging.pa + SOUND_FRAMES + 0x100000};
		struct checktest c;
		const struct vmt_finding *f;
		char loud[256];
		size_t n;

		a.node = (unsigned)(a.start / 0x10000 % 3);
		(void)kernel_area(s.k, &a);
		kernel_trees(s.k);
		for (uint64_t i = 0; how != GONE && i < (how == HALF ? 8 : 16); i++)
			kernel_map(s.k, a.start + i * s.page,
				   a.phys + (how == ELSEWHERE && i == 3 ? 9 : i) * s.page, 0);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, loud), told[how].first ? "V05" : "");
		counts(&c, "V05", 11, 3, 16);
		f = vmt_report_findings(c.report, &n);
		assert_u64(n, told[how].findings);
		if (n)
			assert_string_equal(f[0].title, told[how].first);
		checktest_close(&c);
		sound_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_kernel),
		cmocka_unit_test(code_and_its_aliases),
		cmocka_unit_test(a_large_entry),
		cmocka_unit_test(segments_of_the_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
