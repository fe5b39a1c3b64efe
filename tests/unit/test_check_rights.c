// SPDX-License-Identifier: GPL-2.0-or-later
/* V07, V11, V14, V17: rights, owners of code, processes and threads. */
#include "checktest.h"

static void set_bits(struct sound *s, uint64_t va, int level, uint64_t set)
{
	uint64_t at = kernel_entry(s->k, va, level);

	image_put64(s->k->img, at, kernel_get64(s->k, at) | set);
}

/* ---- V07 ---- */

static void writable_code(struct sound *s)
{
	sound_protect(s, s->area[SOUND_CODE].start, true, true);
}
static void writable_text(struct sound *s)
{
	sound_protect(s, s->area[SOUND_CODE].start, true, false);
}
static void executable_data(struct sound *s)
{
	sound_protect(s, s->area[SOUND_VMALLOC].start + s->page, false, true);
}
static void user_page(struct sound *s)
{
	set_bits(s, s->area[SOUND_VMALLOC].start, 0,
		 kernel_is_x86(s->k)	 ? 4
		 : kernel_is_riscv(s->k) ? 16
					 : 64);
}

static void rights(void **state)
{
	(void)state;
	checktest_everywhere(writable_code, "V07", "writable and executable");
	checktest_everywhere(writable_text, "V07", "text of tiny is writable");
	checktest_everywhere(executable_data, "V07", "data is executable");
}

/* x86: user all the way down. */
static void user_access(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

	(void)state;
	user_page(&s);
	for (int level = 1; level < 4; level++)
		set_bits(&s, s.area[SOUND_VMALLOC].start, level, 4);
	checktest_expect(&s, "V07", "user space has access");
	s = sound_new(&kernel_riscv_48, &kernel_6_12);
	user_page(&s);
	checktest_expect(&s, "V07", "user space has access");
}

/*
 * What a module writes in its init alone is read only once that is done: it lives before, and its
 * init part goes after.  6.12 has a range for it, 6.1 the end of its one range.
 */
static void after_init(struct sound *s, bool has_init)
{
	const struct kernel_style *style = s->k->lists->style;
	uint64_t mem = s->module + style->mem, data = s->area[SOUND_CODE].start + s->page;
	uint64_t init = mem + (style->text_size ? 1 : 4) * style->stride;

	if (style->text_size) {
		kernel_put32(s->k, mem + style->mem_size, (uint32_t)(2 * s->page));
		kernel_put32(s->k, mem + 16, (uint32_t)s->page);
		kernel_put32(s->k, mem + 20, (uint32_t)(2 * s->page));
	} else {
		kernel_put64(s->k, mem + style->stride, 0);
		kernel_put32(s->k, mem + style->stride + style->mem_size, 0);
		kernel_put64(s->k, mem + 3 * style->stride, data);
		kernel_put32(s->k, mem + 3 * style->stride + style->mem_size, (uint32_t)s->page);
	}
	kernel_put64(s->k, init, has_init ? s->area[SOUND_LAST].start : 0);
	kernel_put32(s->k, init + style->mem_size, has_init ? (uint32_t)s->page : 0);
}
static void init_running(struct sound *s)
{
	after_init(s, true);
}
static void init_done(struct sound *s)
{
	after_init(s, false);
}

static void read_only_after_init(void **state)
{
	(void)state;
	checktest_everywhere(init_running, "", NULL);
	checktest_everywhere(init_done, "V07", "read-only data of tiny is writable");
}

/* x86's vsyscall page alone is for users; elsewhere that address is one like others. */
static void user_access_by_vsyscall(void **state)
{
	const uint64_t va = 0xffffffffff600000;

	(void)state;
	for (unsigned pages = 1; pages <= 2; pages++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

		for (unsigned i = 0; i < pages; i++) {
			kernel_map(s.k, va + i * s.page, s.area[SOUND_CODE].pa + i * s.page, 0);
			sound_protect(&s, va + i * s.page, false, false);
			for (int level = 0; level < 4; level++)
				set_bits(&s, va + i * s.page, level, 4);
		}
		checktest_expect(&s, pages == 1 ? "" : "V07",
				 pages == 1 ? NULL : "user space has access");
	}
	{
		struct sound s = sound_new(&kernel_riscv_48, &kernel_6_12);

		kernel_map(s.k, va, s.area[SOUND_CODE].pa, 0);
		set_bits(&s, va, 0, 16);
		checktest_expect(&s, "V07", "user space has access");
	}
}

/* What cannot be found is not judged, and that is told. */
static void sections_that_are_not_known(void **state)
{
	static const char *const names[] = {"_etext", "__start_rodata", "__end_rodata"};

	(void)state;
	for (size_t left_out = 0; left_out <= ARRAY_SIZE(names); left_out++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct checktest c;
		const struct vmt_unknown *u;
		size_t n, told = 0;

		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (i != left_out)
				kernel_symbol(s.k, names[i], s.k->paging.text + 0x2000 * (i + 1));
		checktest_run(&c, &s);
		u = vmt_report_unknowns(c.report, &n);
		for (size_t i = 0; i < n; i++)
			told += strstr(u[i].why, "of the kernel is not judged") != NULL;
		assert_u64(told, left_out < ARRAY_SIZE(names));
		checktest_close(&c);
		sound_free(&s);
	}
}

/* rodata=off: a module's text is writable by choice; data that is, and can be run, is not. */
static void rodata_off(struct sound *s)
{
	uint64_t on = kernel_alloc(s->k, 1, 1);

	kernel_symbol(s->k, "rodata_enabled", on);
	writable_code(s);
}
static void rodata_off_and_data(struct sound *s)
{
	rodata_off(s);
	sound_protect(s, s->area[SOUND_VMALLOC].start + s->page, true, true);
}

/* Before there is a first process, and then. */
static void state_of_system(struct sound *s, uint32_t state)
{
	uint64_t at = kernel_alloc(s->k, 4, 4);

	kernel_put32(s->k, at, state);
	kernel_symbol(s->k, "system_state", at);
	writable_code(s);
}
static void booting(struct sound *s)
{
	state_of_system(s, 0);
}
static void running(struct sound *s)
{
	state_of_system(s, 1);
}

static void rights_before_they_are_set(void **state)
{
	(void)state;
	checktest_everywhere(booting, "", NULL);
	checktest_everywhere(running, "V07", "writable and executable");
}

static void rights_by_choice(void **state)
{
	(void)state;
	checktest_everywhere(rodata_off, "", NULL);
	checktest_everywhere(rodata_off_and_data, "V07", "writable and executable");
}

/* The direct map shows the module's text. */
static void aliases(void **state)
{
	(void)state;
	for (int write = 0; write < 2; write++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t base = 0xffff888000000000, at = kernel_alloc(s.k, 8, 8);
		uint64_t alias = base + s.area[SOUND_CODE].pa;

		kernel_symbol(s.k, "page_offset_base", at);
		kernel_put64(s.k, at, base);
		kernel_map(s.k, alias, s.area[SOUND_CODE].pa, 0);
		sound_protect(&s, alias, write, false);
		checktest_expect(&s, write ? "V07" : "",
				 write ? "writable in the direct map" : NULL);
	}
}

/*
 * bpf_jit_alloc_exec_page() of 5.5 to 6.0 leaves the one page of a trampoline writable, and so its
 * alias; that of a program never is.
 */
static void images_of_bpf(void **state)
{
	static const struct {
		const char *name, *ids;
		bool by_choice;
		unsigned pages;
	} all[] = {
		{"bpf_trampoline_6442_1", "", true, 1},
		{"bpf_dispatcher_xdp", "", true, 1},
		{"bpf_trampoline_6442_1", "V07", true, 2},
		{"bpf_prog_6deef7357e7b4530", "V07", true, 1},
		{"bpf_trampoline_6442_1", "V07", false, 1},
		{"", "V07", true, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_1);
		uint64_t head = kernel_list_head(s.k, kernel_alloc(s.k, 16, 16));
		uint64_t ksym = kernel_alloc(s.k, 64, 16), at = kernel_alloc(s.k, 8, 8);
		const struct sound_area *a = &s.area[SOUND_VMALLOC];
		uint64_t alias = 0xffff888000000000 + a->pa;

		kernel_symbol(s.k, "bpf_kallsyms", head);
		kernel_list_add(s.k, head, ksym + 48);
		kernel_put64(s.k, ksym, a->start);
		kernel_put64(s.k, ksym + 8, a->start + s.page);
		kernel_write(s.k, ksym + 16, all[i].name, strlen(all[i].name));
		if (all[i].by_choice)
			kernel_symbol(s.k, "bpf_jit_alloc_exec_page", s.k->paging.text + 0x1200);
		kernel_symbol(s.k, "page_offset_base", at);
		kernel_put64(s.k, at, 0xffff888000000000);
		kernel_map(s.k, alias, a->pa, 0);
		sound_protect(&s, alias, true, false);
		for (unsigned n = 0; n < all[i].pages; n++)
			sound_protect(&s, a->start + n * s.page, true, true);
		checktest_expect(&s, all[i].ids, *all[i].ids ? "writable and executable" : NULL);
	}
}

/* That of struct_ops is known by who asked for it. */
static void image_of_struct_ops(void **state)
{
	(void)state;
	for (int by_choice = 0; by_choice < 2; by_choice++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_1);

		kernel_symbol(s.k, "bpf_struct_ops_map_alloc", s.k->paging.text + 0x1008);
		if (by_choice)
			kernel_symbol(s.k, "bpf_jit_alloc_exec_page", s.k->paging.text + 0x1200);
		sound_protect(&s, s.area[SOUND_LAST].start, true, true);
		checktest_expect(&s, by_choice ? "" : "V07", NULL);
	}
}

/* ---- V14 ---- */

static void code_in_a_hole(struct sound *s)
{
	kernel_map(s->k, s->k->paging.vmalloc + 200 * s->page, s->area[SOUND_STACK].pa, 0);
	sound_protect(s, s->k->paging.vmalloc + 200 * s->page, false, true);
}
static void hide_module(struct sound *s)
{
	uint64_t at = s->module + 8;

	kernel_put64(s->k, kernel_read64(s->k, at + 8), kernel_read64(s->k, at));
	kernel_put64(s->k, kernel_read64(s->k, at) + 8, kernel_read64(s->k, at + 8));
}

static void owners_of_code(void **state)
{
	(void)state;
	/* It is a hole that is mapped, too. */
	checktest_everywhere(code_in_a_hole, "V06 V14", "executable memory that no area holds");
	checktest_everywhere(hide_module, "V14", "belongs to no module");
}

/* Init text waits in a list, then for RCU, before it is freed: nothing is accused. */
static void init_text_on_its_way(void **state)
{
	static const struct {
		uint64_t list, expedited, gp;
		const char *ids;
	} all[] = {
		{0, 8, 4, "V14"}, {1, 8, 4, ""}, {0, 9, 4, ""}, {0, 8, 5, ""}, {0, 8, 6, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t list = kernel_alloc(s.k, 8, 8), rcu = kernel_alloc(s.k, 24, 8);
		struct checktest c;
		char loud[256];

		kernel_symbol(s.k, "init_free_list", list);
		kernel_symbol(s.k, "rcu_state", rcu);
		kernel_put64(s.k, list, all[i].list);
		kernel_put64(s.k, rcu + 8, all[i].expedited);
		kernel_put64(s.k, rcu + 16, all[i].gp);
		hide_module(&s);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, loud), all[i].ids);
		assert_int_equal(checktest_verdict(&c, "V14")->unknown, !*all[i].ids);
		checktest_close(&c);
		sound_free(&s);
	}
}

/*
 * Who asks for memory to put code into, as the kernel records it: the page for calls of Hyper-V is
 * recorded for the caller of hyperv_init(), and compilers do not always inline
 * module_memory_alloc().
 */
static void makers_of_code(void **state)
{
	static const struct {
		const char *name, *ids;
	} all[] = {{"apic_intr_mode_init", ""},	   {"hyperv_init", ""},	 {"alloc_insn_page", ""},
		   {"module_memory_alloc", "V14"}, {"apic_intr", "V07"}, {"memory_alloc", "V07"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

		kernel_symbol(s.k, all[i].name, s.k->paging.text + 0x1008);
		sound_protect(&s, s.area[SOUND_LAST].start, false, true);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* Neither accused nor passed over: who hides a module may say that it is unformed. */
static void expect_unknown_code(struct sound *s)
{
	struct checktest c;
	char loud[256];

	checktest_run(&c, s);
	assert_string_equal(checktest_loud(&c, loud), "");
	assert_u64(checktest_verdict(&c, "V14")->unknown, 1);
	assert_u64(checktest_verdict(&c, "V14")->looked_at[1], 0);
	checktest_close(&c);
	sound_free(s);
}

/* While a module is loaded, nothing is accused. */
static void a_module_being_loaded(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

	(void)state;
	(void)kernel_module(s.k, &(struct kernel_module){.name = "coming", .state = 1});
	hide_module(&s);
	expect_unknown_code(&s);
}

/* free_module() calls it unformed, and frees its text, executable still, much later. */
static void a_module_being_unloaded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(check_styles); i++) {
		struct sound s = sound_new(&kernel_x86_4, check_styles[i]);

		kernel_put32(s.k, s.module, 3);
		expect_unknown_code(&s);
	}
}

/* ---- V11 ---- */

static uint64_t root_entry(const struct sound *s, uint64_t va)
{
	return kernel_pa(s->k, s->root) +
	       kernel_entry_at(s->k, 0, (int)s->k->paging.levels - 1, va);
}

static void copy_root(struct sound *s)
{
	s->own_root = true;
	image_write(s->k->img, kernel_pa(s->k, s->root),
		    image_page(s->k->img, kernel_root_pa(s->k)), s->page);
}

static void another_entry(struct sound *s)
{
	uint64_t at;

	copy_root(s);
	at = root_entry(s, s->k->paging.vmalloc);
	image_put64(s->k->img, at, kernel_table_entry(s->k, s->k->paging.pa + 0x7000000));
}
/* Accessed, dirty: no difference. */
static void another_bit(struct sound *s)
{
	uint64_t at;

	copy_root(s);
	at = root_entry(s, s->k->paging.vmalloc);
	image_put64(s->k->img, at, kernel_get64(s->k, at) ^ 0x20);
}
static void no_entry(struct sound *s)
{
	copy_root(s);
	image_put64(s->k->img, root_entry(s, s->k->paging.vmalloc), 0);
}

static void entries_of_a_process(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	struct checktest c;
	char loud[256];

	(void)state;
	another_entry(&s);
	checktest_expect(&s, "V11", "have another entry");
	s = sound_new(&kernel_riscv_48, &kernel_6_12);
	another_entry(&s);
	checktest_expect(&s, "V11", "have another entry");
	s = sound_new(&kernel_x86_5, &kernel_6_12);
	another_bit(&s);
	checktest_expect(&s, "", NULL);
	/* Where entries are filled on demand, one may be absent... */
	s = sound_new(&kernel_x86_4, &kernel_6_1);
	no_entry(&s);
	checktest_run(&c, &s);
	assert_string_equal(checktest_loud(&c, loud), "");
	assert_non_null(strstr(checktest_verdict(&c, "V11")->note, "1 entries absent"));
	checktest_close(&c);
	sound_free(&s);
	/* ... and not where the kernel made them all in advance. */
	s = sound_new(&kernel_x86_4, &kernel_6_1);
	for (uint64_t i = 0; i < 64; i++)
		(void)kernel_entry(s.k, s.k->paging.vmalloc + (i << 39), 2);
	(void)kernel_entry(s.k, 0xffffffffc0000000, 2);
	no_entry(&s);
	checktest_expect(&s, "V11", "lack an entry");
}

/* ---- V17 ---- */

static void stacks(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

	(void)state;
	kernel_put64(s.k, s.task[1] + 40, s.area[SOUND_LAZY].start);
	checktest_expect(&s, "V17", "no area there");
	s = sound_new(&kernel_x86_4, &kernel_6_12);
	kernel_put64(s.k, s.task[1] + 48, s.area[SOUND_VMALLOC].at.vm);
	checktest_expect(&s, "V17", "pid 1 (init) is not a busy area of its own");
}

/* In the middle of its area a stack does not begin. */
static void stacks_that_begin_elsewhere(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

	(void)state;
	kernel_put64(s.k, s.task[1] + 40, s.area[SOUND_STACK].start + s.page);
	checktest_expect(&s, "V17", "pid 1 (init) is not a busy area of its own");
}

/* Stacks that no thread has are counted, and no more. */
static void stacks_of_nobody(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	const size_t areas[] = {SOUND_STACK, SOUND_LAST, SOUND_VMALLOC};
	struct checktest c;
	char loud[256];

	(void)state;
	kernel_symbol(s.k, "alloc_thread_stack_node", s.k->paging.text + 0x1400);
	for (size_t i = 0; i < ARRAY_SIZE(areas); i++)
		kernel_put64(s.k, s.area[areas[i]].at.vm + 56, s.k->paging.text + 0x1410);
	checktest_run(&c, &s);
	assert_string_equal(checktest_loud(&c, loud), "");
	assert_non_null(strstr(checktest_verdict(&c, "V17")->note, "2 stacks of no listed"));
	checktest_close(&c);
	sound_free(&s);
}

/* @link: of a list that leads to a thread, it does not point back. */
static void broken_link(struct sound *s, uint64_t link)
{
	struct checktest c;
	const struct vmt_unknown *u;
	unsigned told = 0;
	char loud[256];
	size_t n;

	kernel_put64(s->k, link + 8, s->task[0]);
	checktest_run(&c, s);
	assert_string_equal(checktest_loud(&c, loud), "");
	u = vmt_report_unknowns(c.report, &n);
	for (size_t i = 0; i < n; i++)
		told += strcmp(u[i].why, "the list of tasks breaks off: prev does not point "
					 "back") == 0 &&
			u[i].va == link;
	assert_int_equal(told, 2);
	checktest_close(&c);
	sound_free(s);
}

/* V11 and V17 both say where, and what of it. */
static void where_the_list_of_tasks_breaks_off(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

	(void)state;
	broken_link(&s, s.task[1] + 64);
	s = sound_new(&kernel_x86_4, &kernel_6_12);
	broken_link(&s, s.task[2] + 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rights),
		cmocka_unit_test(read_only_after_init),
		cmocka_unit_test(rights_by_choice),
		cmocka_unit_test(rights_before_they_are_set),
		cmocka_unit_test(user_access),
		cmocka_unit_test(user_access_by_vsyscall),
		cmocka_unit_test(sections_that_are_not_known),
		cmocka_unit_test(aliases),
		cmocka_unit_test(images_of_bpf),
		cmocka_unit_test(image_of_struct_ops),
		cmocka_unit_test(owners_of_code),
		cmocka_unit_test(init_text_on_its_way),
		cmocka_unit_test(makers_of_code),
		cmocka_unit_test(a_module_being_loaded),
		cmocka_unit_test(a_module_being_unloaded),
		cmocka_unit_test(entries_of_a_process),
		cmocka_unit_test(stacks),
		cmocka_unit_test(stacks_that_begin_elsewhere),
		cmocka_unit_test(stacks_of_nobody),
		cmocka_unit_test(where_the_list_of_tasks_breaks_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
