// SPDX-License-Identifier: GPL-2.0-or-later
/* Inline chains, calls and callees, of every compiler and form of DWARF. */
#include "kernel.h"

#define SLAB   "include/linux/slab.h"
#define RING   "drivers/net/ring.c"
#define FORK   "kernel/fork.c"
#define MODULE "drivers/net/module.c"

/* A frame that is expected: its line is where the mark stands. */
struct want {
	const char *function, *file, *mark;
};

struct place {
	const char *file, *symbol, *callee;
	struct want frames[5];
};

static const struct place in_vmlinux[] = {
	{"vmlinux",
	 "ring_probe",
	 "vzalloc_noprof",
	 {{"kvcalloc_noprof", SLAB, "@kvcalloc"},
	  {"ring_alloc", RING, "@ring_alloc"},
	  {"ring_setup", RING, "@ring_setup"},
	  {"ring_probe", RING, "@ring_probe"}}},
	{"vmlinux",
	 "ring_probe",
	 "work",
	 {{"ring_setup", RING, "@ring_work"}, {"ring_probe", RING, "@ring_probe"}}},
	{"vmlinux",
	 "copy_process",
	 "__vmalloc_node_range_noprof",
	 {{"alloc_thread_stack_node", FORK, "@stack"},
	  {"dup_task_struct", FORK, "@dup"},
	  {"copy_process", FORK, "@copy"}}},
	{"vmlinux", "kernel_clone", "copy_process", {{"kernel_clone", FORK, "@clone"}}},
	{"vmlinux", "map_registers", "ioremap", {{"map_registers", RING, "@map_registers"}}},
	{"vmlinux", "through_ops", "*", {{"through_ops", RING, "@through_ops"}}},
	{"vmlinux", "walk_tree", "walk_tree", {{"walk_tree", RING, "@recursion"}}},
	{"vmlinux", "walk_tree", "vzalloc_noprof", {{"walk_tree", RING, "@walk_tree"}}},
	/* The symbol has a suffix, the function has none. */
	{"vmlinux", "load_section.isra.0", "vzalloc_noprof", {{"load_section", RING, "@isra"}}},
	{"vmlinux",
	 "fill_table.constprop.0",
	 "vzalloc_noprof",
	 {{"fill_table", RING, "@constprop"}}},
	{"vmlinux", "slow_part.part.0", "vzalloc_noprof", {{"slow_part", RING, "@part"}}},
	{"vmlinux", "calls_tail", "tail_begin", {{"calls_tail", FORK, "@calls_tail"}}},
};

static const struct place in_module[] = {
	{"module.ko",
	 "queue_open",
	 "vzalloc_noprof",
	 {{"kvcalloc_noprof", SLAB, "@kvcalloc"},
	  {"queue_alloc", MODULE, "@queue_alloc"},
	  {"queue_setup", MODULE, "@queue_setup"},
	  {"queue_open", MODULE, "@queue_open"}}},
	{"module.ko", "buffer_user", "buffer_get", {{"buffer_user", MODULE, "@buffer_user"}}},
	{"module.ko",
	 "buffer_get",
	 "__vmalloc_node_range_noprof",
	 {{"buffer_alloc", MODULE, "@buffer_alloc"}, {"buffer_get", MODULE, "@buffer_get"}}},
	/* In another section. */
	{"module.ko", "init_module", "vzalloc_noprof", {{"init_module", MODULE, "@init_module"}}},
};

struct asked {
	const char *variant;
	const struct place *places;
	size_t n, answered;
};

static bool is_clang(const char *variant)
{
	return strncmp(variant, "clang", 5) == 0;
}

/* clang does not tell of calls of functions whose names begin with two underscores. */
static bool is_told(const char *variant, const char *callee)
{
	return !is_clang(variant) || strncmp(callee, "__", 2) != 0;
}

static void check_frames(const struct place *p, const struct vmt_chain *c)
{
	size_t n = 0;

	for (; n < ARRAY_SIZE(p->frames) && p->frames[n].function; n++) {
		const struct want *w = &p->frames[n];
		bool outermost = n + 1 == ARRAY_SIZE(p->frames) || !p->frames[n + 1].function;

		if (n >= c->n)
			fail_msg("%s: %zu frames", p->symbol, c->n);
		assert_str(c->frames[n].function, w->function);
		assert_str(c->frames[n].file, w->file);
		assert_u64(c->frames[n].line, source_line(w->file, w->mark));
		assert_int_equal(c->frames[n].inlined, !outermost);
	}
	assert_int_equal(c->n, n);
}

static enum vmt_rc check_chain(void *arg, size_t index, const struct vmt_chain *c)
{
	struct asked *a = arg;
	const struct place *p = &a->places[index];
	bool indirect = strcmp(p->callee, "*") == 0, told = is_told(a->variant, p->callee);

	assert_true(index < a->n);
	check_frames(p, c);
	a->answered++;
	/* Not told of is not the same as none. */
	assert_false(c->no_call);
	assert_int_equal(c->is_call, told);
	if (!told) {
		assert_int_equal(c->callee.n, 0);
		return VMT_OK;
	}
	assert_int_equal(c->indirect, indirect);
	assert_str(c->callee, indirect ? "" : p->callee);
	assert_int_equal(c->callee_ref != 0, !indirect);
	return VMT_OK;
}

/* All at once, in another order than that of the code. */
static void ask(const char *variant, const char *file, const struct place *places, size_t n)
{
	struct vmt_debug *d = debug_open(kernel_file(variant, file));
	struct asked a = {variant, places, n, 0};
	struct vmt_err err = {0};
	uint64_t vas[16];

	assert_true(n <= 16);
	for (size_t i = 0; i < n; i++)
		vas[i] = symbol_of(d, places[i].symbol).va +
			 call_offset(variant, places[i].file, places[i].symbol, places[i].callee) -
			 1;
	assert_int_equal(vmt_debug_chains(d, vas, n, check_chain, &a, &err), VMT_OK);
	assert_int_equal(a.answered, n);
	vmt_debug_close(d);
}

static void chains_of_vmlinux(void **state)
{
	if (!kernel_there(*state))
		skip();
	ask(*state, "vmlinux", in_vmlinux, ARRAY_SIZE(in_vmlinux));
}

static void chains_of_a_module(void **state)
{
	if (!kernel_there(*state))
		skip();
	ask(*state, "module.ko", in_module, ARRAY_SIZE(in_module));
}

static void chains_of_packed_modules(void **state)
{
	static const char *const packed[] = {"module.ko.gz", "module.ko.xz", "module.ko.zst"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		const char *path = kernel_file("gcc5", packed[i]);
		struct vmt_debug *d = NULL;
		struct vmt_err err = {0};
		enum vmt_rc rc = vmt_debug_open(&d, path, &err);

		vmt_debug_close(d);
		if (rc == VMT_UNSUPPORTED && strstr(path, ".zst"))
			continue; /* libdw without zstd: test_debug looks at what is said */
		ask("gcc5", packed[i], in_module, ARRAY_SIZE(in_module));
	}
}

static void chains_of_the_debug_file_itself(void **state)
{
	(void)state;
	ask("split", "vmlinux.debug", in_vmlinux, ARRAY_SIZE(in_vmlinux));
	ask("split", "module.ko.debug", in_module, ARRAY_SIZE(in_module));
}

/* The cold part of a function lies elsewhere, under a name of its own (gcc). */
static void the_cold_part_is_of_its_function(void **state)
{
	static const struct place cold[] = {{"vmlinux",
					     "rare_failure.cold",
					     "vzalloc_noprof",
					     {{"rare_failure", RING, "@cold"}}}};
	static const struct place whole[] = {
		{"vmlinux", "rare_failure", "vzalloc_noprof", {{"rare_failure", RING, "@cold"}}}};
	const char *variant = *state;

	if (!kernel_there(variant))
		skip();
	if (call_offset_or_0(variant, "vmlinux", "rare_failure.cold", "vzalloc_noprof", 0))
		ask(variant, "vmlinux", cold, 1);
	else
		ask(variant, "vmlinux", whole, 1);
}

static enum vmt_rc copy_chain(void *arg, size_t index, const struct vmt_chain *c)
{
	((struct vmt_chain *)arg)[index] = *c;
	return VMT_OK;
}

static void one_chain(struct vmt_debug *d, uint64_t va, struct vmt_chain *c)
{
	struct vmt_err err = {0};

	assert_int_equal(vmt_debug_chains(d, &va, 1, copy_chain, c, &err), VMT_OK);
}

static void addresses_that_end_no_call_are_told(void **state)
{
	static struct vmt_chain c;
	struct vmt_debug *d;
	uint64_t va, offset;

	if (!kernel_there(*state))
		skip();
	d = debug_open(kernel_file(*state, "vmlinux"));
	va = symbol_of(d, "kernel_clone").va;
	offset = call_offset(*state, "vmlinux", "kernel_clone", "copy_process");
	one_chain(d, va, &c);
	assert_int_equal(c.n, 1);
	assert_str(c.frames[0].function, "kernel_clone");
	assert_false(c.is_call);
	assert_int_equal(c.no_call, !is_clang(*state));
	assert_int_equal(c.callee.n, 0);
	/* The return address itself, not the byte before it. */
	one_chain(d, va + offset, &c);
	assert_false(c.is_call);
	assert_int_equal(c.no_call, !is_clang(*state));
	/* A function without calls tells of none. */
	one_chain(d, symbol_of(d, "work").va, &c);
	assert_int_equal(c.n, 1);
	assert_false(c.is_call || c.no_call || c.indirect);
	vmt_debug_close(d);
}

static void addresses_without_dwarf_have_no_frames(void **state)
{
	static struct vmt_chain c;
	struct vmt_debug *d;

	if (!kernel_there(*state))
		skip();
	d = debug_open(kernel_file(*state, "vmlinux"));
	one_chain(d, symbol_of(d, "asm_function").va + 3, &c);
	assert_int_equal(c.n, 0);
	one_chain(d, 0, &c);
	assert_int_equal(c.n, 0);
	one_chain(d, UINT64_MAX, &c);
	assert_int_equal(c.n, 0);
	vmt_debug_close(d);
	d = debug_open(kernel_file("stripped", "vmlinux"));
	one_chain(d, symbol_of(d, "ring_probe").va + 3, &c);
	assert_int_equal(c.n, 0);
	vmt_debug_close(d);
}

static enum vmt_rc refuse_chain(void *arg, size_t index, const struct vmt_chain *c)
{
	(void)index;
	(void)c;
	return ++*(int *)arg == 2 ? VMT_RANGE : VMT_OK;
}

static void what_the_callee_answers_ends_the_chains(void **state)
{
	struct vmt_debug *d = debug_open(kernel_file("gcc5", "vmlinux"));
	uint64_t vas[4] = {symbol_of(d, "work").va, 5, symbol_of(d, "oops").va, 6};
	struct vmt_err err = {0};
	int n = 0;

	(void)state;
	assert_int_equal(vmt_debug_chains(d, vas, 4, refuse_chain, &n, &err), VMT_RANGE);
	assert_int_equal(n, 2);
	assert_int_equal(vmt_debug_chains(d, NULL, 0, refuse_chain, &n, &err), VMT_OK);
	vmt_debug_close(d);
}

/* ---- calls ---- */

struct calls_seen {
	struct vmt_call calls[64];
	size_t n;
};

static enum vmt_rc see_call(void *arg, const struct vmt_call *call)
{
	struct calls_seen *s = arg;

	assert_true(s->n < 64);
	s->calls[s->n++] = *call;
	return VMT_OK;
}

static struct calls_seen calls_of(struct vmt_debug *d, const char *function, bool lines)
{
	struct calls_seen s = {.n = 0};
	struct vmt_err err = {0};

	assert_int_equal(vmt_debug_calls(d, symbol_of(d, function).va, lines, see_call, &s, &err),
			 VMT_OK);
	return s;
}

static void check_call(const struct vmt_call *c, enum vmt_call_kind kind, unsigned depth,
		       const char *callee, const char *file, const char *mark)
{
	assert_str(c->callee, callee);
	assert_int_equal(c->kind, kind);
	assert_int_equal(c->depth, depth);
	assert_false(c->tail);
	if (file) {
		assert_str(c->file, file);
		assert_u64(c->line, source_line(file, mark));
	} else {
		assert_int_equal(c->file.n, 0);
		assert_int_equal(c->line, 0);
	}
}

static void calls_stand_in_the_order_of_lines(void **state)
{
	struct vmt_debug *d;
	struct calls_seen s;

	if (!kernel_there(*state))
		skip();
	d = debug_open(kernel_file(*state, "vmlinux"));
	s = calls_of(d, "ring_probe", true);
	assert_int_equal(s.n, 5);
	check_call(&s.calls[0], VMT_CALL_INLINED, 0, "ring_setup", RING, "@ring_probe");
	check_call(&s.calls[1], VMT_CALL_INLINED, 1, "ring_alloc", RING, "@ring_setup");
	check_call(&s.calls[2], VMT_CALL_INLINED, 2, "kvcalloc_noprof", RING, "@ring_alloc");
	check_call(&s.calls[3], VMT_CALL_DIRECT, 3, "vzalloc_noprof", SLAB, "@kvcalloc");
	check_call(&s.calls[4], VMT_CALL_DIRECT, 1, "work", RING, "@ring_work");
	s = calls_of(d, "through_ops", true);
	assert_int_equal(s.n, 1);
	check_call(&s.calls[0], VMT_CALL_INDIRECT, 0, "", RING, "@through_ops");
	assert_u64(s.calls[0].callee_ref, 0);
	assert_int_equal(calls_of(d, "work", true).n, 0);
	vmt_debug_close(d);
}

static void calls_without_lines_are_the_same_calls(void **state)
{
	struct vmt_debug *d;
	struct calls_seen with, without;

	if (!kernel_there(*state))
		skip();
	d = debug_open(kernel_file(*state, "vmlinux"));
	with = calls_of(d, "ring_probe", true);
	without = calls_of(d, "ring_probe", false);
	assert_int_equal(with.n, without.n);
	for (size_t i = 0; i < with.n; i++) {
		bool found = false;

		assert_int_equal(without.calls[i].line, 0);
		assert_int_equal(without.calls[i].file.n, 0);
		for (size_t k = 0; k < without.n; k++)
			found = found || (with.calls[i].callee_ref == without.calls[k].callee_ref &&
					  with.calls[i].depth == without.calls[k].depth);
		assert_true(found);
	}
	vmt_debug_close(d);
}

static void tail_calls_are_marked(void **state)
{
	struct vmt_debug *d;
	struct calls_seen s;

	if (!kernel_there(*state))
		skip();
	d = debug_open(kernel_file(*state, "vmlinux"));
	s = calls_of(d, "tail_middle", true);
	assert_int_equal(s.n, 1);
	assert_true(s.calls[0].tail);
	assert_str(s.calls[0].callee, "tail_end");
	assert_int_equal(s.calls[0].kind, VMT_CALL_DIRECT);
	assert_int_equal(s.calls[0].depth, 0);
	assert_str(s.calls[0].file, FORK);
	assert_u64(s.calls[0].line, source_line(FORK, "@tail_middle"));
	s = calls_of(d, "calls_tail", true);
	assert_int_equal(s.n, 1);
	assert_false(s.calls[0].tail);
	vmt_debug_close(d);
}

static void calls_of_what_is_no_function_are_none(void **state)
{
	struct vmt_debug *d = debug_open(kernel_file("gcc5", "vmlinux"));
	struct calls_seen s = {.n = 0};
	struct vmt_err err = {0};

	(void)state;
	assert_int_equal(
		vmt_debug_calls(d, symbol_of(d, "asm_function").va, true, see_call, &s, &err),
		VMT_NONE);
	assert_int_equal(vmt_debug_calls(d, 1, true, see_call, &s, &err), VMT_NONE);
	vmt_debug_close(d);
	d = debug_open(kernel_file("stripped", "vmlinux"));
	assert_int_equal(
		vmt_debug_calls(d, symbol_of(d, "ring_probe").va, true, see_call, &s, &err),
		VMT_NONE);
	assert_int_equal(s.n, 0);
	vmt_debug_close(d);
}

/* ---- callees ---- */

/* Every call of a function leads to the symbol that objdump names. */
static void callees_are_found(void **state)
{
	static const char *const functions[] = {"kernel_clone", "ring_probe", "calls_tail",
						"walk_tree", "tail_middle"};
	struct vmt_debug *d;
	struct vmt_err err = {0};

	if (!kernel_there(*state))
		skip();
	d = debug_open(kernel_file(*state, "vmlinux"));
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		struct calls_seen s = calls_of(d, functions[i], false);

		assert_true(s.n > 0);
		for (size_t k = 0; k < s.n; k++) {
			char name[64];
			uint64_t va;

			if (s.calls[k].kind != VMT_CALL_DIRECT)
				continue;
			vmt_str_copy(name, sizeof(name), s.calls[k].callee);
			assert_int_equal(vmt_debug_callee(d, s.calls[k].callee,
							  s.calls[k].callee_ref, &va, &err),
					 VMT_OK);
			assert_u64(va, symbol_of(d, name).va);
		}
	}
	vmt_debug_close(d);
}

/* one() and two() each call a static function of the same name: the reference tells which. */
static void a_reference_tells_functions_of_one_name_apart(void **state)
{
	static const char *const by[] = {"one", "two"}, *const files[] = {"drivers/net/one.c",
									  "fs/two.c"};
	struct vmt_debug *d;
	struct vmt_err err = {0};

	if (!kernel_there(*state))
		skip();
	d = debug_open(kernel_file(*state, "vmlinux"));
	for (size_t i = 0; i < 2; i++) {
		struct calls_seen s = calls_of(d, by[i], true);
		uint64_t va = 0;
		static struct vmt_chain c;

		assert_int_equal(s.n, 3);
		assert_str(s.calls[1].callee, "same_probe");
		assert_int_equal(
			vmt_debug_callee(d, s.calls[1].callee, s.calls[1].callee_ref, &va, &err),
			VMT_OK);
		one_chain(d, va, &c);
		assert_str(c.frames[0].function, "same_probe");
		assert_str(c.frames[0].file, files[i]);
		/* The name alone does not tell. */
		assert_int_equal(vmt_debug_callee(d, vmt_str("same_probe"), 0, &va, &err),
				 VMT_NONE);
	}
	assert_int_equal(vmt_debug_callee(d, vmt_str("no_such"), 0, &(uint64_t){0}, &err),
			 VMT_NONE);
	/* A number that is no place in the DWARF. */
	assert_int_equal(vmt_debug_callee(d, vmt_str("no_such"), UINT64_MAX, &(uint64_t){0}, &err),
			 VMT_NONE);
	vmt_debug_close(d);
}

#define EACH(f)                                                                   \
	{#f " gcc4", f, NULL, NULL, "gcc4"}, {#f " gcc5", f, NULL, NULL, "gcc5"}, \
		{#f " clang4", f, NULL, NULL, "clang4"},                          \
	{                                                                         \
#f " clang5", f, NULL, NULL, "clang5"                             \
	}
#define VARIANT(f, v)                       \
	{                                   \
#f " " v, f, NULL, NULL, v, \
	}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		EACH(chains_of_vmlinux),
		VARIANT(chains_of_vmlinux, "gz"),
		VARIANT(chains_of_vmlinux, "split"),
		VARIANT(chains_of_vmlinux, "dyn"),
		EACH(chains_of_a_module),
		VARIANT(chains_of_a_module, "gz"),
		VARIANT(chains_of_a_module, "split"),
		cmocka_unit_test(chains_of_packed_modules),
		cmocka_unit_test(chains_of_the_debug_file_itself),
		EACH(the_cold_part_is_of_its_function),
		EACH(addresses_that_end_no_call_are_told),
		VARIANT(addresses_that_end_no_call_are_told, "dyn"),
		EACH(addresses_without_dwarf_have_no_frames),
		cmocka_unit_test(what_the_callee_answers_ends_the_chains),
		EACH(calls_stand_in_the_order_of_lines),
		VARIANT(calls_stand_in_the_order_of_lines, "dyn"),
		EACH(calls_without_lines_are_the_same_calls),
		EACH(tail_calls_are_marked),
		cmocka_unit_test(calls_of_what_is_no_function_are_none),
		EACH(callees_are_found),
		VARIANT(callees_are_found, "dyn"),
		EACH(a_reference_tells_functions_of_one_name_apart),
	};

	return cmocka_run_group_tests_name("inline", tests, NULL, NULL);
}
