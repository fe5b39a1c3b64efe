// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers about callers of the tiny kernel: known, uncertain, unknown, and why. */
#include "kernel.h"
#include "vmtool/sym.h"

#define RING "drivers/net/ring.c"
#define FORK "kernel/fork.c"

struct asking {
	struct vmt_sym *sym;
	const char *variant;
};

static struct asking open_with(const char *variant, struct vmt_sym_opts opts)
{
	struct asking a = {.variant = variant};
	struct vmt_err err = {0};
	/* Where module files are sought; borrowed by one sym at a time. */
	static char dir[300];

	(void)snprintf(dir, sizeof(dir), "%s", kernel_file(variant, "."));
	opts.vmlinux = opts.vmlinux ? opts.vmlinux : kernel_file(variant, "vmlinux");
	if (!opts.find.dir)
		opts.find.dir = dir;
	if (vmt_sym_open(&a.sym, &opts, &err) != VMT_OK)
		fail_msg("%s", err.text);
	return a;
}

static struct asking open_plain(const char *variant)
{
	return open_with(variant, (struct vmt_sym_opts){0});
}

static const struct vmt_answer *ask(struct asking *a, const char *caller, const char *module)
{
	struct vmt_err err = {0};
	uint32_t id, again;

	assert_int_equal(vmt_sym_ask(a->sym, vmt_str(caller), vmt_str(module), &id), VMT_OK);
	assert_int_equal(vmt_sym_resolve(a->sym, &err), VMT_OK);
	assert_int_equal(vmt_sym_ask(a->sym, vmt_str(caller), vmt_str(module), &again), VMT_OK);
	assert_int_equal(id, again);
	return vmt_sym_answer(a->sym, id);
}

/* As the kernel prints the return address of a call. */
static const char *printed(const char *variant, const char *function, const char *callee)
{
	static char text[200];
	uint64_t room, offset = call_offset(variant, "vmlinux", function, callee);

	(void)map_va(variant, function, 0, &room);
	(void)snprintf(text, sizeof(text), "%s+0x%" PRIx64 "/0x%" PRIx64, function, offset, room);
	return text;
}

static const struct vmt_answer *ask_call(struct asking *a, const char *function, const char *callee)
{
	return ask(a, printed(a->variant, function, callee), "");
}

static void check(const struct vmt_answer *ans, enum vmt_sym_state state, const char *why)
{
	char text[300];

	vmt_str_copy(text, sizeof(text), ans->why);
	if (ans->state != state || !strstr(text, why) || (state == VMT_SYM_KNOWN) != !ans->why.n)
		fail_msg("%.*s: %s, not %s: %s", (int)ans->caller.n, ans->caller.p,
			 vmt_sym_state_name(ans->state), vmt_sym_state_name(state), text);
	assert_true(ans->owner <= ans->n);
}

/* "a b c": the functions, innermost first; the owner's stands first in @owner. */
static void check_functions(const struct vmt_answer *ans, const char *functions, const char *owner)
{
	char got[600] = "", name[100];

	for (size_t i = 0; i < ans->n; i++) {
		vmt_str_copy(name, sizeof(name), ans->frames[i].function);
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? " " : "",
			       name);
	}
	assert_string_equal(got, functions);
	assert_non_null(vmt_answer_owner(ans));
	assert_str(vmt_answer_owner(ans)->function, owner);
}

static bool is_clang(const char *variant)
{
	return strncmp(variant, "clang", 5) == 0;
}

/* ---- known ---- */

static void an_inline_chain_is_known_with_its_owner(void **state)
{
	struct asking a;
	const struct vmt_answer *ans;

	if (!kernel_there(*state))
		skip();
	a = open_plain(*state);
	ans = ask_call(&a, "ring_probe", "vzalloc_noprof");
	check(ans, VMT_SYM_KNOWN, "");
	check_functions(ans, "kvcalloc_noprof ring_alloc ring_setup ring_probe", "ring_alloc");
	assert_str(vmt_answer_owner(ans)->file, RING);
	assert_u64(vmt_answer_owner(ans)->line, source_line(RING, "@ring_alloc"));
	assert_str(ans->module, "");
	ans = ask_call(&a, "map_registers", "ioremap");
	check(ans, VMT_SYM_KNOWN, "");
	check_functions(ans, "map_registers", "map_registers");
	ans = ask_call(&a, "through_ops", "*");
	check(ans, VMT_SYM_KNOWN, "");
	ans = ask_call(&a, "walk_tree", "vzalloc_noprof");
	check(ans, VMT_SYM_KNOWN, "");
	assert_u64(ans->frames[0].line, source_line(RING, "@walk_tree"));
	vmt_sym_close(a.sym);
	vmt_sym_close(NULL);
}

static void clones_and_cold_parts_are_known(void **state)
{
	struct asking a;
	const struct vmt_answer *ans;

	if (!kernel_there(*state))
		skip();
	a = open_plain(*state);
	ans = ask_call(&a, "load_section.isra.0", "vzalloc_noprof");
	check(ans, VMT_SYM_KNOWN, "");
	check_functions(ans, "load_section", "load_section");
	ans = ask_call(&a, "fill_table.constprop.0", "vzalloc_noprof");
	check_functions(ans, "fill_table", "fill_table");
	ans = ask_call(&a, "slow_part.part.0", "vzalloc_noprof");
	check_functions(ans, "slow_part", "slow_part");
	if (!is_clang(*state)) {
		ans = ask_call(&a, "rare_failure.cold", "vzalloc_noprof");
		check(ans, VMT_SYM_KNOWN, "");
		check_functions(ans, "rare_failure", "rare_failure");
		assert_u64(ans->frames[0].line, source_line(RING, "@cold"));
	}
	vmt_sym_close(a.sym);
}

/*
 * Who hands on its own return address: the owner stands within the function called.  clang does not
 * tell of calls of __vmalloc_node_range, so that only the caller is known there.
 */
static void the_way_into_the_function_called_is_told(void **state)
{
	struct asking a;
	const struct vmt_answer *ans;

	if (!kernel_there(*state))
		skip();
	a = open_plain(*state);
	ans = ask_call(&a, "kernel_clone", "copy_process");
	check(ans, VMT_SYM_KNOWN, "");
	if (is_clang(*state)) {
		check_functions(ans, "kernel_clone", "kernel_clone");
		vmt_sym_close(a.sym);
		return;
	}
	check_functions(ans, "alloc_thread_stack_node dup_task_struct copy_process kernel_clone",
			"alloc_thread_stack_node");
	assert_u64(ans->frames[0].line, source_line(FORK, "@stack"));
	assert_u64(ans->frames[1].line, source_line(FORK, "@dup"));
	assert_u64(ans->frames[2].line, source_line(FORK, "@copy"));
	assert_u64(ans->frames[3].line, source_line(FORK, "@clone"));
	assert_true(ans->frames[0].inlined && ans->frames[1].inlined);
	assert_false(ans->frames[2].inlined || ans->frames[3].inlined);
	/* Two ways of one owner are one. */
	ans = ask_call(&a, "calls_same_way", "same_way_twice");
	check_functions(ans, "first_purpose same_way_twice calls_same_way", "first_purpose");
	/* Two that differ: only the function is sure, and no line of it. */
	ans = ask_call(&a, "calls_two_ways", "two_ways");
	check(ans, VMT_SYM_KNOWN, "");
	check_functions(ans, "two_ways calls_two_ways", "two_ways");
	assert_int_equal(ans->frames[0].line, 0);
	assert_u64(ans->frames[1].line, source_line(FORK, "@calls_two_ways"));
	vmt_sym_close(a.sym);
}

static void tail_calls_are_followed(void **state)
{
	struct asking a = open_plain(*state);
	const struct vmt_answer *ans = ask_call(&a, "calls_tail", "tail_begin");

	check(ans, VMT_SYM_KNOWN, "");
	check_functions(ans, "tail_end tail_middle tail_begin calls_tail", "tail_end");
	assert_u64(ans->frames[0].line, source_line(FORK, "@tail_end"));
	assert_u64(ans->frames[1].line, source_line(FORK, "@tail_middle"));
	assert_u64(ans->frames[2].line, source_line(FORK, "@tail_begin"));
	/* Round and round, and never an allocator. */
	ans = ask_call(&a, "calls_tail_loop", "tail_loop");
	check_functions(ans, "calls_tail_loop", "calls_tail_loop");
	vmt_sym_close(a.sym);
}

static void with_zero_offset_the_function_itself_is_meant(void **state)
{
	struct asking a = open_plain("gcc5");
	uint64_t room;
	char text[100];
	const struct vmt_answer *ans;

	(void)state;
	(void)map_va("gcc5", "kernel_clone", 0, &room);
	(void)snprintf(text, sizeof(text), "kernel_clone+0x0/0x%" PRIx64, room);
	ans = ask(&a, text, "");
	check(ans, VMT_SYM_KNOWN, "");
	check_functions(ans, "kernel_clone", "kernel_clone");
	vmt_sym_close(a.sym);
}

static void code_without_dwarf_is_known_by_its_name(void **state)
{
	struct asking a = open_plain("gcc5");
	const struct vmt_answer *ans = ask(&a, "asm_function+0x4/0x10", "");

	(void)state;
	check(ans, VMT_SYM_KNOWN, "");
	check_functions(ans, "asm_function", "asm_function");
	assert_int_equal(ans->frames[0].line, 0);
	ans = ask(&a, "asm_label+0x4/0x10", "");
	check(ans, VMT_SYM_UNCERTAIN, "no function of the debug information is there");
	assert_int_equal(ans->n, 0);
	assert_null(vmt_answer_owner(ans));
	vmt_sym_close(a.sym);
}

static void modules_are_asked_in_their_own_files(void **state)
{
	struct asking a;
	const struct vmt_answer *ans;
	char text[100];

	if (!kernel_there(*state))
		skip();
	a = open_plain(*state);
	(void)snprintf(text, sizeof(text), "queue_open+0x%" PRIx64 "/0x30",
		       call_offset(*state, "module.ko", "queue_open", "vzalloc_noprof"));
	ans = ask(&a, text, "module");
	check(ans, VMT_SYM_KNOWN, "");
	check_functions(ans, "kvcalloc_noprof queue_alloc queue_setup queue_open", "queue_alloc");
	assert_str(ans->module, "module");
	if (!is_clang(*state)) {
		(void)snprintf(text, sizeof(text), "buffer_user+0x%" PRIx64 "/0x20",
			       call_offset(*state, "module.ko", "buffer_user", "buffer_get"));
		check_functions(ask(&a, text, "module"), "buffer_alloc buffer_get buffer_user",
				"buffer_alloc");
	}
	(void)snprintf(text, sizeof(text), "init_module+0x%" PRIx64 "/0x20",
		       call_offset(*state, "module.ko", "init_module", "vzalloc_noprof"));
	check(ask(&a, text, "module"), VMT_SYM_KNOWN, "");
	/* Not of vmlinux: the name is known there only. */
	check(ask(&a, "ring_probe+0x10/0x20", "module"), VMT_SYM_UNKNOWN,
	      "no symbol of that name in the module's file");
	vmt_sym_close(a.sym);
}

/* ---- uncertain ---- */

static void a_size_that_differs_is_a_doubt(void **state)
{
	struct asking a = open_plain("gcc5");
	uint64_t offset = call_offset("gcc5", "vmlinux", "ring_probe", "vzalloc_noprof");
	const struct vmt_answer *ans;
	char text[100];

	(void)state;
	(void)snprintf(text, sizeof(text), "ring_probe+0x%" PRIx64 "/0x999", offset);
	ans = ask(&a, text, "");
	check(ans, VMT_SYM_UNCERTAIN, "bytes in vmlinux, not 0x999: it may be of another build");
	assert_str(vmt_answer_owner(ans)->function, "ring_alloc");
	vmt_sym_close(a.sym);
}

/* Whatever lies there is another function: its frames are no answer. */
static void an_offset_beyond_the_symbol_is_a_doubt(void **state)
{
	struct asking a = open_plain(*state);
	uint64_t room, other;
	const struct vmt_answer *ans;
	char text[100];

	other = map_va(*state, "load_section.isra.0", 0, NULL) +
		call_offset(*state, "vmlinux", "load_section.isra.0", "vzalloc_noprof") -
		map_va(*state, "ring_probe", 0, &room);
	assert_true(other > room);
	(void)snprintf(text, sizeof(text), "ring_probe+0x%" PRIx64 "/0x%" PRIx64, other, room);
	ans = ask(&a, text, "");
	check(ans, VMT_SYM_UNCERTAIN, "is beyond the symbol");
	assert_int_equal(ans->n, 0);
	(void)snprintf(text, sizeof(text), "ring_probe+0x%" PRIx64 "/0x4000", other);
	ans = ask(&a, text, "");
	check(ans, VMT_SYM_UNCERTAIN, "is beyond the symbol");
	assert_int_equal(ans->n, 0);
	ans = ask(&a, "asm_function+0x500/0x10", "");
	check(ans, VMT_SYM_UNCERTAIN, "offset 0x500 is beyond the symbol (0x");
	vmt_sym_close(a.sym);
}

static void an_offset_beyond_a_modules_symbol_is_a_doubt(void **state)
{
	struct asking a = open_plain(*state);
	const struct vmt_answer *ans = ask(&a, "queue_open+0x48/0x40", "module");

	check(ans, VMT_SYM_UNCERTAIN, "is beyond the symbol");
	for (size_t i = 0; i < ans->n; i++)
		assert_str(ans->frames[i].function, "queue_open");
	vmt_sym_close(a.sym);
}

static void a_place_after_no_call_is_a_doubt(void **state)
{
	struct asking a = open_plain("gcc5");
	uint64_t room;
	const struct vmt_answer *ans;
	char text[100];

	(void)state;
	(void)map_va("gcc5", "kernel_clone", 0, &room);
	(void)snprintf(text, sizeof(text), "kernel_clone+0x1/0x%" PRIx64, room);
	ans = ask(&a, text, "");
	check(ans, VMT_SYM_UNCERTAIN, "no call ends there");
	check_functions(ans, "kernel_clone", "kernel_clone");
	vmt_sym_close(a.sym);
}

static void functions_of_one_name_are_told_apart_by_size_and_call(void **state)
{
	struct asking a;
	const char *v = *state;
	const struct vmt_answer *ans;
	uint64_t rooms[2], offset;
	char text[100];

	if (!kernel_there(v))
		skip();
	a = open_plain(v);
	/* By size. */
	for (int i = 0; i < 2; i++) {
		(void)map_va(v, "init_one_way", i, &rooms[i]);
		offset = call_offset_or_0(v, "vmlinux", "init_one_way", "vzalloc_noprof", i);
		(void)snprintf(text, sizeof(text), "init_one_way+0x%" PRIx64 "/0x%" PRIx64, offset,
			       rooms[i]);
		ans = ask(&a, text, "");
		check(ans, VMT_SYM_KNOWN, "");
		assert_str(ans->frames[0].file, i ? "fs/two.c" : "drivers/net/one.c");
	}
	/* Of one size, by the place of the call. */
	for (int i = 0; i < 2; i++) {
		(void)map_va(v, "same_but_call", i, &rooms[i]);
		offset = call_offset_or_0(v, "vmlinux", "same_but_call", "vzalloc_noprof", i);
		(void)snprintf(text, sizeof(text), "same_but_call+0x%" PRIx64 "/0x%" PRIx64, offset,
			       rooms[i]);
		ans = ask(&a, text, "");
		check(ans, VMT_SYM_KNOWN, "");
		assert_str(ans->frames[0].file, i ? "fs/two.c" : "drivers/net/one.c");
	}
	/* By nothing. */
	ans = ask_call(&a, "same_probe", "vzalloc_noprof");
	check(ans, VMT_SYM_UNCERTAIN, "more than one function has this name and size");
	check_functions(ans, "same_probe", "same_probe");
	vmt_sym_close(a.sym);
}

static void without_dwarf_the_name_is_all(void **state)
{
	struct asking a = open_plain("stripped");
	const struct vmt_answer *ans = ask_call(&a, "ring_probe", "vzalloc_noprof");

	(void)state;
	assert_int_equal(ans->state, VMT_SYM_UNCERTAIN);
	assert_true(ans->why.n > 4);
	check_functions(ans, "ring_probe", "ring_probe");
	assert_int_equal(ans->frames[0].file.n, 0);
	vmt_sym_close(a.sym);
}

/* ---- unknown ---- */

static void names_that_are_nowhere_are_unknown(void **state)
{
	struct asking a = open_plain("gcc5");
	struct vmt_sym_counts counts;
	char missing[100];

	(void)state;
	check(ask(&a, "no_such_function+0x1/0x2", ""), VMT_SYM_UNKNOWN,
	      "no symbol of that name in vmlinux");
	check(ask(&a, "ring_probe", ""), VMT_SYM_UNKNOWN, "not of the form function+0xoff/0xsize");
	check(ask(&a, "", ""), VMT_SYM_UNKNOWN, "not of the form");
	check(ask(&a, "0x11112222333344445", ""), VMT_SYM_UNKNOWN, "not of the form");
	check(ask(&a, "f+0x1/0x2", "absent_module"), VMT_SYM_UNKNOWN, "no file for the module");
	check(ask(&a, "g+0x1/0x2", "another"), VMT_SYM_UNKNOWN, "no file for the module");
	check(ask_call(&a, "ring_probe", "work"), VMT_SYM_KNOWN, "");
	vmt_sym_count(a.sym, &counts);
	assert_int_equal(counts.known, 1);
	assert_int_equal(counts.uncertain, 0);
	assert_int_equal(counts.unknown, 6);
	assert_int_equal(vmt_sym_missing(a.sym, missing, sizeof(missing)), 2);
	assert_string_equal(missing, "absent_module, another");
	assert_int_equal(vmt_sym_missing(a.sym, missing, 5), 2);
	assert_string_equal(missing, "abse");
	assert_null(vmt_sym_problem(a.sym, 0));
	vmt_sym_close(a.sym);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define VARIANT(f, v)                       \
	{                                   \
		#f " " v, f, NULL, NULL, v, \
	}
#define EACH(f) VARIANT(f, "gcc4"), VARIANT(f, "gcc5"), VARIANT(f, "clang4"), VARIANT(f, "clang5")
		EACH(an_inline_chain_is_known_with_its_owner),
		VARIANT(an_inline_chain_is_known_with_its_owner, "gz"),
		VARIANT(an_inline_chain_is_known_with_its_owner, "split"),
		VARIANT(an_inline_chain_is_known_with_its_owner, "dyn"),
		EACH(clones_and_cold_parts_are_known),
		EACH(the_way_into_the_function_called_is_told),
		VARIANT(the_way_into_the_function_called_is_told, "split"),
		VARIANT(the_way_into_the_function_called_is_told, "dyn"),
		VARIANT(tail_calls_are_followed, "gcc4"),
		VARIANT(tail_calls_are_followed, "gcc5"),
		cmocka_unit_test(with_zero_offset_the_function_itself_is_meant),
		cmocka_unit_test(code_without_dwarf_is_known_by_its_name),
		EACH(modules_are_asked_in_their_own_files),
		VARIANT(modules_are_asked_in_their_own_files, "split"),
		cmocka_unit_test(a_size_that_differs_is_a_doubt),
		VARIANT(an_offset_beyond_the_symbol_is_a_doubt, "gcc5"),
		VARIANT(an_offset_beyond_the_symbol_is_a_doubt, "gcc4"),
		VARIANT(an_offset_beyond_a_modules_symbol_is_a_doubt, "gcc5"),
		cmocka_unit_test(a_place_after_no_call_is_a_doubt),
		EACH(functions_of_one_name_are_told_apart_by_size_and_call),
		cmocka_unit_test(without_dwarf_the_name_is_all),
		cmocka_unit_test(names_that_are_nowhere_are_unknown),
	};

	return cmocka_run_group_tests_name("sym", tests, NULL, NULL);
}
