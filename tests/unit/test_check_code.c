// SPDX-License-Identifier: GPL-2.0-or-later
/* V07, V14: sections of the kernel and of modules, their aliases, and who may own code. */
#include "checktest.h"

/* What V07 or V14 says is unknown with these words, of so many. */
static uint64_t unknown_of(const struct checktest *c, const char *id, const char *why)
{
	const struct vmt_unknown *u;
	uint64_t told = 0;
	size_t n;

	u = vmt_report_unknowns(c->report, &n);
	for (size_t i = 0; i < n; i++)
		if (u[i].check == vmt_checks_find(vmt_str(id)) && strstr(u[i].why, why))
			told += u[i].n;
	return told;
}

static void map_code(struct sound *s, uint64_t va, uint64_t pa, bool write)
{
	kernel_map(s->k, va, pa, 0);
	sound_protect(s, va, write, true);
}

/* ---- sections ---- */

#define W 1
#define X 2

/*
 * Text of the kernel is a page and a half, its constants one and a half: of each one page is whole.
 * The halves may be anything.
 */
static void kernel_sections(struct sound *s, unsigned text, unsigned constants)
{
	struct kernel *k = s->k;
	const uint64_t va = k->paging.text, pa = k->paging.pa;

	kernel_symbol(k, "_etext", va + s->page + s->page / 2);
	kernel_symbol(k, "__start_rodata", va + 2 * s->page + s->page / 2);
	kernel_symbol(k, "__end_rodata", va + 4 * s->page);
	for (unsigned i = 1; i < 4; i++)
		kernel_map(k, va + i * s->page, pa + i * s->page, 0);
	sound_protect(s, va, text & W, text & X);
	sound_protect(s, va + 3 * s->page, constants & W, constants & X);
}

static void sections_of_the_kernel(void **state)
{
	static const struct {
		unsigned text, constants;
		const char *title;
	} all[] = {{X, 0, NULL},
		   {0, 0, NULL},
		   {W, 0, "text of the kernel is writable"},
		   {X, W, "read-only data of the kernel is writable"},
		   {X, X, "read-only data of the kernel is executable"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct checktest c;
		const struct vmt_finding *f;
		size_t n;

		kernel_sections(&s, all[i].text, all[i].constants);
		checktest_run(&c, &s);
		f = vmt_report_findings(c.report, &n);
		assert_u64(n, all[i].title != NULL);
		if (n) {
			assert_string_equal(f[0].title, all[i].title);
			assert_u64(f[0].va, s.k->paging.text + (all[i].text == W ? 0 : 3 * s.page));
		}
		assert_u64(checktest_verdict(&c, "V07")->looked_at[1], 2 + 2);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* The page of the module that is data by its record, as a section of another kind; 6.12. */
static void sections_of_a_module(void **state)
{
	static const struct {
		/* Index into module.mem[]. */
		unsigned section, rights;
		const char *title;
	} all[] = {{1, W, NULL},
		   {1, X, "data of tiny is executable"},
		   {2, 0, NULL},
		   {2, W, "read-only data of tiny is writable"},
		   {2, X, "read-only data of tiny is executable"},
		   {3, 0, NULL},
		   {3, X, "read-only data of tiny is executable"}};

	(void)state;
	for (unsigned coming = 0; coming < 2; coming++) {
		for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
			struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
			uint64_t mem = s.module + kernel_6_12.mem, to;
			uint64_t data = s.area[SOUND_CODE].start + s.page;
			struct checktest c;
			const struct vmt_finding *f;
			size_t n;

			kernel_put64(s.k, mem + 16, 0);
			kernel_put32(s.k, mem + 16 + 12, 0);
			to = mem + 16 * all[i].section;
			kernel_put64(s.k, to, data);
			kernel_put32(s.k, to + 12, (uint32_t)s.page);
			/* While it is loaded its rights are on their way. */
			kernel_put32(s.k, s.module, coming);
			sound_protect(&s, data, all[i].rights & W, all[i].rights & X);
			checktest_run(&c, &s);
			f = vmt_report_findings(c.report, &n);
			if (n != (all[i].title && !coming))
				fail_msg("%zu, %u: %zu, %s", i, coming, n, n ? f[0].title : "");
			if (n) {
				assert_string_equal(f[0].title, all[i].title);
				assert_u64(f[0].va, data);
			}
			assert_u64(checktest_verdict(&c, "V07")->looked_at[1], coming ? 0 : 2);
			checktest_close(&c);
			sound_free(&s);
		}
	}
}

/* An area with code of a module has more of it; that its data can be run as well is told by V07. */
static void data_behind_code(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

	(void)state;
	sound_protect(&s, s.area[SOUND_CODE].start + s.page, true, true);
	checktest_expect(&s, "V07", "writable and executable");
}

/* A section whose table the dump left out is not looked at. */
static void a_lost_section(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	struct checktest c;
	char loud[256];

	(void)state;
	sound_done(&s);
	kernel_lose_pa(s.k, kernel_entry(s.k, s.area[SOUND_CODE].start, 0) & -s.page);
	checktest_open(&c, &s);
	assert_string_equal(checktest_loud(&c, loud), "");
	assert_u64(checktest_verdict(&c, "V07")->looked_at[1], 0);
	checktest_close(&c);
	sound_free(&s);
}

/* ---- aliases ---- */

/* arm64 keeps aliases of modules writable unless it is told to protect all; x86 does always. */
static void aliases_of_modules(void **state)
{
	enum { NOT_TOLD, OFF, ON, CASES };

	(void)state;
	for (int full = 0; full < CASES; full++) {
		struct sound s = sound_new(&kernel_arm_4k, &kernel_6_12);
		uint64_t at = kernel_alloc(s.k, 1, 1), one = 1, base = UINT64_MAX << 48;
		struct checktest c;
		char loud[256];

		kernel_say(s.k, "NUMBER(PHYS_OFFSET)=0x%llx\n", (unsigned long long)s.k->paging.pa);
		kernel_map(s.k, base + s.area[SOUND_CODE].pa - s.k->paging.pa,
			   s.area[SOUND_CODE].pa, 0);
		if (full != NOT_TOLD)
			kernel_symbol(s.k, "rodata_full", at);
		if (full == ON)
			kernel_write(s.k, at, &one, 1);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, loud), full == ON ? "V07" : "");
		assert_u64(checktest_verdict(&c, "V07")->looked_at[2], full == ON);
		assert_u64(unknown_of(&c, "V07", "aliases of module text"), full != ON);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* The kernel's own text is protected there whatever is chosen. */
static void aliases_of_the_kernel(void **state)
{
	struct sound s = sound_new(&kernel_arm_4k, &kernel_6_12);
	uint64_t base = UINT64_MAX << 48;
	struct checktest c;
	char loud[256];

	(void)state;
	kernel_say(s.k, "NUMBER(PHYS_OFFSET)=0x%llx\n", (unsigned long long)s.k->paging.pa);
	kernel_sections(&s, X, 0);
	kernel_map(s.k, base, s.k->paging.pa, 0);
	checktest_run(&c, &s);
	assert_string_equal(checktest_loud(&c, loud), "V07");
	assert_u64(checktest_verdict(&c, "V07")->findings, 1);
	assert_u64(checktest_verdict(&c, "V07")->looked_at[2], 1);
	checktest_close(&c);
	sound_free(&s);
}

static void a_lost_alias(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t at = kernel_alloc(s.k, 8, 8), alias = 0xffff888000000000 + s.area[SOUND_CODE].pa;
	struct checktest c;

	(void)state;
	kernel_symbol(s.k, "page_offset_base", at);
	kernel_put64(s.k, at, 0xffff888000000000);
	kernel_map(s.k, alias, s.area[SOUND_CODE].pa, 0);
	sound_done(&s);
	kernel_lose_pa(s.k, kernel_entry(s.k, alias, 0) & -s.page);
	checktest_open(&c, &s);
	assert_u64(checktest_verdict(&c, "V07")->findings, 0);
	assert_u64(checktest_verdict(&c, "V07")->looked_at[2], 0);
	assert_u64(unknown_of(&c, "V07", "a table page of the direct map"), 1);
	checktest_close(&c);
	sound_free(&s);
}

/* ---- who may own code ---- */

/* Outside of vmalloc and module space: on x86 in these places, elsewhere anywhere. */
static void code_outside(void **state)
{
	static const struct {
		const struct kernel_paging *paging;
		uint64_t va, pa;
		bool known;
	} all[] = {
		{&kernel_x86_4, 0xfffffe0000000000, 0x12000000, true},
		{&kernel_x86_4, 0xfffffe7ffffff000, 0x12000000, true},
		{&kernel_x86_4, 0xfffffdfffffff000, 0x12000000, false},
		{&kernel_x86_4, 0xfffffe8000000000, 0x12000000, false},
		{&kernel_x86_4, 0xffffff0000000000, 0x12000000, true},
		{&kernel_x86_4, 0xffffff7ffffff000, 0x12000000, true},
		{&kernel_x86_4, 0xffffff8000000000, 0x12000000, false},
		{&kernel_x86_4, 0xffffffef00000000, 0x12000000, true},
		{&kernel_x86_4, 0xfffffffeffdff000, 0x12000000, true},
		{&kernel_x86_4, 0xffffffff00000000, 0x12000000, false},
		{&kernel_x86_4, 0xffffffff80000000, 0x12000000, true},
		{&kernel_x86_4, 0xffffffffbffff000, 0x12000000, true},
		{&kernel_x86_4, 0xffffffff7ffff000, 0x12000000, false},
		{&kernel_x86_4, 0xffffffffff600000, 0x12000000, true},
		{&kernel_x86_4, 0xffffffffff601000, 0x12000000, false},
		/* The first megabyte. */
		{&kernel_x86_4, 0xffff888000009000, 0x9000, true},
		{&kernel_x86_4, 0xffff8880000ff000, 0xff000, true},
		{&kernel_x86_4, 0xffff888000100000, 0x100000, false},
		{&kernel_arm_4k, 0xffff000000000000, 0x41200000, true},
		{&kernel_riscv_48, 0xffffaf8000000000, 0x80200000, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		/* Writable by choice, which is no excuse for code of nobody. */
		for (unsigned writable = 0; writable < 2; writable++) {
			struct sound s = sound_new(all[i].paging, &kernel_6_12);
			struct checktest c;
			char loud[256];

			if (writable)
				kernel_symbol(s.k, "rodata_enabled", kernel_alloc(s.k, 1, 1));
			map_code(&s, all[i].va, all[i].pa, writable);
			checktest_run(&c, &s);
			if (strcmp(checktest_loud(&c, loud),
				   writable && !all[i].known ? "V07" : "") != 0)
				fail_msg("%zu, %u: %s", i, writable, loud);
			assert_u64(checktest_verdict(&c, "V14")->looked_at[2], 1);
			assert_u64(checktest_verdict(&c, "V14")->unknown, !all[i].known);
			checktest_close(&c);
			sound_free(&s);
		}
	}
}

static void unnamed_caller(struct sound *s)
{
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.vm + 56, 0xdead);
}
static void set_up(struct sound *s)
{
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.vm + 24, 0x22);
}
static void coming_module(struct sound *s)
{
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.vm + 56, s->k->paging.text + 0x1110);
	(void)kernel_module(s->k, &(struct kernel_module){.name = "coming", .state = 1});
}
static void bpf(struct sound *s)
{
	kernel_symbol(s->k, "bpf_jit_alloc", s->k->paging.text + 0x1300);
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.vm + 56, s->k->paging.text + 0x1310);
}
static void moved_to_no_module(struct sound *s)
{
	kernel_symbol(s->k, "move_module", s->k->paging.text + 0x1300);
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.vm + 56, s->k->paging.text + 0x1310);
}
static void of_no_module(struct sound *s)
{
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.vm + 56, s->k->paging.text + 0x1110);
}
static void of_somebody(struct sound *s)
{
	(void)s;
}

/* A page of an area can be run: by whom it was asked for decides. */
static void code_in_an_area(void **state)
{
	static const struct {
		break_fn *make;
		const char *ids;
		uint64_t shared, unknown;
	} all[] = {{of_somebody, "V07", 0, 0},
		   {unnamed_caller, "", 0, 1},
		   {set_up, "", 0, 1},
		   {of_no_module, "V14", 0, 0},
		   {moved_to_no_module, "V14", 0, 0},
		   {coming_module, "", 0, 1},
		   {bpf, "", 1, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct checktest c;
		char loud[256];

		all[i].make(&s);
		sound_protect(&s, s.area[SOUND_VMALLOC].start, false, true);
		checktest_run(&c, &s);
		if (strcmp(checktest_loud(&c, loud), all[i].ids) != 0)
			fail_msg("%zu: %s", i, loud);
		assert_u64(checktest_verdict(&c, "V14")->looked_at[0], 2);
		assert_u64(checktest_verdict(&c, "V14")->looked_at[1], all[i].shared);
		assert_u64(checktest_verdict(&c, "V14")->unknown, all[i].unknown);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* arm64: text of the kernel is an area. */
static void code_in_the_image(void **state)
{
	struct sound s = sound_new(&kernel_arm_4k, &kernel_6_12);
	struct kernel_area a = {.start = s.k->paging.vmalloc + 0x1000000,
				.size = 0x10000,
				.flags = 0x44,
				.phys = s.k->paging.pa + SOUND_FRAMES + 0x100000};
	struct checktest c;
	char loud[256];

	(void)state;
	a.node = (unsigned)(a.start / 0x10000 % 3);
	(void)kernel_area(s.k, &a);
	kernel_trees(s.k);
	for (uint64_t i = 0; i < 16; i++)
		map_code(&s, a.start + i * s.page, a.phys + i * s.page, false);
	checktest_run(&c, &s);
	assert_string_equal(checktest_loud(&c, loud), "");
	assert_u64(checktest_verdict(&c, "V14")->looked_at[0], 2);
	assert_u64(checktest_verdict(&c, "V14")->unknown, 0);
	checktest_close(&c);
	sound_free(&s);
}

/* While a module is loaded its init text calls; one that lives has none, whatever its record says.
 */
static void init_text_of_a_module(void **state)
{
	(void)state;
	for (uint32_t coming = 0; coming < 2; coming++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t init = s.k->paging.vmalloc + 0x7000000;
		uint64_t mem = s.module + kernel_6_12.mem + 4 * 16;
		struct checktest c;

		kernel_symbol(s.k, "_etext", s.k->paging.text + 0x2000);
		kernel_put32(s.k, s.module, coming);
		kernel_put64(s.k, mem, init);
		kernel_put32(s.k, mem + 12, (uint32_t)s.page);
		kernel_put64(s.k, s.area[SOUND_VMALLOC].at.vm + 56, init + 0x10);
		checktest_run(&c, &s);
		assert_u64(checktest_verdict(&c, "V15")->unknown, !coming);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* What BPF lists as its own is code, unless it is too much to be. */
static void code_of_bpf(void **state)
{
	static const struct kernel_member ksym[] = {
		{"start", "u64", 0}, {"end", "u64", 8}, {"lnode", "list_head", 16}, {0}};
	struct kernel_type types[ARRAY_SIZE(kernel_types_6_12) + 1];
	struct kernel_style style = kernel_6_12;

	(void)state;
	memcpy(types + 1, kernel_types_6_12, sizeof(kernel_types_6_12));
	types[0] = (struct kernel_type){"bpf_ksym", 32, ksym};
	style.types = types;
	for (unsigned too_large = 0; too_large < 2; too_large++) {
		struct sound s = sound_new(&kernel_x86_4, &style);
		uint64_t head = kernel_list_head(s.k, kernel_alloc(s.k, 16, 8));
		uint64_t sym = kernel_alloc(s.k, 32, 8), at = s.area[SOUND_VMALLOC].start;

		kernel_symbol(s.k, "bpf_kallsyms", head);
		kernel_put64(s.k, sym, at + 16);
		kernel_put64(s.k, sym + 8, at + (too_large ? (UINT64_C(1) << 30) + 17 : 64));
		kernel_list_add(s.k, head, sym + 16);
		sound_protect(&s, at, false, true);
		checktest_expect(&s, too_large ? "V07" : "", NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_of_the_kernel), cmocka_unit_test(sections_of_a_module),
		cmocka_unit_test(data_behind_code),	  cmocka_unit_test(a_lost_section),
		cmocka_unit_test(aliases_of_modules),	  cmocka_unit_test(aliases_of_the_kernel),
		cmocka_unit_test(a_lost_alias),		  cmocka_unit_test(code_outside),
		cmocka_unit_test(code_in_an_area),	  cmocka_unit_test(code_in_the_image),
		cmocka_unit_test(init_text_of_a_module),  cmocka_unit_test(code_of_bpf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
