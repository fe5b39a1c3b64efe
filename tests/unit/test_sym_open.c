// SPDX-License-Identifier: GPL-2.0-or-later
/* What is asked of: the right vmlinux, kallsyms for bare addresses, wrappers, the cache. */
#include <sys/stat.h>

#include "kernel.h"
#include "vmtool/sym.h"

static char *dir;

static int set_up(void **state)
{
	(void)state;
	dir = make_tree();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	remove_tree(dir);
	free(dir);
	return 0;
}

static struct vmt_sym *must_open(const struct vmt_sym_opts *opts)
{
	struct vmt_sym *sym = NULL;
	struct vmt_err err = {0};

	if (vmt_sym_open(&sym, opts, &err) != VMT_OK)
		fail_msg("%s", err.text);
	return sym;
}

static const struct vmt_answer *ask(struct vmt_sym *sym, const char *caller, const char *module)
{
	struct vmt_err err = {0};
	uint32_t id;

	assert_int_equal(vmt_sym_ask(sym, vmt_str(caller), vmt_str(module), &id), VMT_OK);
	assert_int_equal(vmt_sym_resolve(sym, &err), VMT_OK);
	return vmt_sym_answer(sym, id);
}

static void assert_says(struct vmt_str text, const char *part)
{
	if (vmt_str_find(text, part) == SIZE_MAX)
		fail_msg("\"%.*s\" does not say \"%s\"", (int)text.n, text.p ? text.p : "", part);
}

/* ring_probe's call of vzalloc_noprof, as the kernel prints it. */
static const char *ring_call(void)
{
	static char text[100];
	uint64_t room;

	(void)map_va("gcc5", "ring_probe", 0, &room);
	(void)snprintf(text, sizeof(text), "ring_probe+0x%" PRIx64 "/0x%" PRIx64,
		       call_offset("gcc5", "vmlinux", "ring_probe", "vzalloc_noprof"), room);
	return text;
}

static uint64_t ring_va(const char *variant)
{
	return map_va(variant, "ring_probe", 0, NULL) +
	       call_offset(variant, "vmlinux", "ring_probe", "vzalloc_noprof");
}

/* ---- which vmlinux ---- */

static void a_vmlinux_of_another_kernel_is_refused_unless_forced(void **state)
{
	char hex[VMT_BUILD_ID_TEXT];
	struct vmt_sym_opts opts = {.vmlinux = kernel_file("gcc5", "vmlinux"),
				    .find.build_id = "0123456789abcdef"};
	struct vmt_sym *sym = NULL;
	struct vmt_err err = {0};
	const char *id;

	(void)state;
	assert_int_equal(vmt_debug_build_id(opts.vmlinux, hex, &err), VMT_OK);
	assert_int_equal(vmt_sym_open(&sym, &opts, &err), VMT_FORMAT);
	assert_null(sym);
	assert_non_null(strstr(err.text, hex));
	assert_non_null(strstr(err.text, "the kernel's is 0123456789abcdef; --force"));
	opts.force = true;
	sym = must_open(&opts);
	assert_int_equal(ask(sym, ring_call(), "")->state, VMT_SYM_KNOWN);
	vmt_sym_close(sym);
	opts.force = false;
	opts.find.build_id = hex;
	sym = must_open(&opts);
	assert_string_equal(vmt_sym_path(sym, &id), opts.vmlinux);
	assert_string_equal(id, hex);
	assert_null(vmt_sym_problem(sym, 0));
	vmt_sym_close(sym);
}

static void a_vmlinux_that_is_found_nowhere_is_told_of(void **state)
{
	struct vmt_sym_opts opts = {.find = {.sysroot = dir, .release = "6.12-none"}};
	struct vmt_sym *sym = must_open(&opts);
	const struct vmt_answer *ans = ask(sym, "f+0x1/0x2", "");
	const char *why, *id;

	(void)state;
	assert_int_equal(ans->state, VMT_SYM_UNKNOWN);
	assert_str(ans->why, "no vmlinux");
	assert_null(vmt_sym_vmlinux(sym, &why));
	assert_string_equal(why, vmt_sym_problem(sym, 0));
	assert_non_null(strstr(why, "no vmlinux with debug information for 6.12-none"));
	assert_non_null(strstr(why, "boot/vmlinux-6.12-none"));
	assert_null(vmt_sym_problem(sym, 1));
	assert_null(vmt_sym_path(sym, &id));
	assert_string_equal(id, "");
	vmt_sym_close(sym);
	opts.find.release = NULL;
	sym = must_open(&opts);
	assert_non_null(strstr(vmt_sym_problem(sym, 0), "does not say of which kernel"));
	vmt_sym_close(sym);
	opts.find.build_id = "00112233";
	sym = must_open(&opts);
	assert_non_null(strstr(vmt_sym_problem(sym, 0), "for build-id 00112233:"));
	vmt_sym_close(sym);
	opts.find = (struct vmt_find){.dir = "/no/such/directory"};
	sym = must_open(&opts);
	assert_non_null(strstr(vmt_sym_problem(sym, 0), "with debug information: install"));
	vmt_sym_close(sym);
}

static void a_damaged_vmlinux_is_told_of_and_modules_still_answer(void **state)
{
	char path[300];
	struct vmt_sym_opts opts = {.vmlinux = path, .find.dir = dir};
	const struct vmt_answer *ans;
	struct vmt_sym *sym;
	const char *why;

	(void)state;
	put_file(dir, "vmlinux", "no kernel", 9);
	(void)snprintf(path, sizeof(path), "%s/vmlinux", dir);
	copy_kernel_file(dir, "deep/tiny-ring.ko", "gcc5", "module.ko");
	put_file(dir, "damaged.ko", "\177ELF\2\1\1\0 no more", 16);
	sym = must_open(&opts);
	assert_non_null(strstr(vmt_sym_problem(sym, 0), "no ELF file"));
	assert_int_equal(ask(sym, "f+0x1/0x2", "")->state, VMT_SYM_UNKNOWN);
	ans = ask(sym, "queue_open+0x1/0x30", "tiny_ring");
	assert_true(ans->n > 0);
	assert_str(ans->frames[ans->n - 1].function, "queue_open");
	assert_int_equal(ask(sym, "f+0x1/0x2", "damaged")->state, VMT_SYM_UNKNOWN);
	assert_non_null(vmt_sym_problem(sym, 1));
	assert_non_null(strstr(vmt_sym_problem(sym, 1), "damaged.ko"));
	assert_null(vmt_sym_module(sym, vmt_str("damaged"), &why));
	assert_non_null(strstr(why, "damaged.ko"));
	assert_null(vmt_sym_module(sym, vmt_str("absent"), &why));
	assert_string_equal(why, "no file is found");
	assert_non_null(vmt_sym_module(sym, vmt_str("tiny-ring"), &why));
	assert_null(why);
	vmt_sym_close(sym);
}

/* ---- bare addresses ---- */

static void bare_addresses_without_kallsyms_are_taken_as_linked(void **state)
{
	struct vmt_sym_opts opts = {.vmlinux = kernel_file(*state, "vmlinux")};
	struct vmt_sym *sym = must_open(&opts);
	const struct vmt_answer *ans;
	char text[40];

	(void)snprintf(text, sizeof(text), "0x%" PRIx64, ring_va(*state));
	ans = ask(sym, text, "");
	assert_int_equal(ans->state, VMT_SYM_UNCERTAIN);
	assert_says(ans->why, "taken as linked: under KASLR");
	assert_str(vmt_answer_owner(ans)->function, "ring_alloc");
	ans = ask(sym, "0xffffffffc0a12345", "");
	assert_int_equal(ans->state, VMT_SYM_UNKNOWN);
	assert_says(ans->why, "--kallsyms or --system-map can name it");
	assert_int_equal(ask(sym, "0x0", "")->state, VMT_SYM_UNKNOWN);
	vmt_sym_close(sym);
}

/* The running kernel lies elsewhere: KASLR. */
#define SLIDE UINT64_C(0x12000000)

static void bare_addresses_are_looked_up_without_kaslr(void **state)
{
	struct vmt_sym_opts opts = {
		.vmlinux = kernel_file(*state, "vmlinux"), .kaslr_known = true, .kaslr = SLIDE};
	char text[40], kept[] = "/tmp/vmtool-unit.XXXXXX";
	const struct vmt_answer *ans;
	struct vmt_sym *sym;

	assert_non_null(mkdtemp(kept));
	opts.cache_dir = kept;
	(void)snprintf(text, sizeof(text), "0x%" PRIx64, ring_va(*state) + SLIDE);
	/* The next boot has another offset: the answer is not kept. */
	for (int boot = 0; boot < 2; boot++) {
		sym = must_open(&opts);
		ans = ask(sym, text, "");
		assert_int_equal(ans->state, boot ? VMT_SYM_UNKNOWN : VMT_SYM_KNOWN);
		if (!boot)
			assert_str(vmt_answer_owner(ans)->function, "ring_alloc");
		else
			assert_says(ans->why, "of no function of vmlinux");
		vmt_sym_close(sym);
		opts.kaslr += UINT64_C(0x10000000);
	}
	(void)rmdir(kept);
}

static struct vmt_symbols *slid_kallsyms(void)
{
	struct vmt_symbols *k = vmt_symbols_new();
	struct vmt_str none = {NULL, 0};
	uint64_t room, va = map_va("gcc5", "ring_probe", 0, &room) + SLIDE;

	assert_int_equal(vmt_symbols_add(k, va, vmt_str("ring_probe"), none), VMT_OK);
	assert_int_equal(vmt_symbols_add(k, va + room, vmt_str("next"), none), VMT_OK);
	assert_int_equal(
		vmt_symbols_add(k, 0xffffffffd0000000, vmt_str("queue_open"), vmt_str("module")),
		VMT_OK);
	assert_int_equal(vmt_symbols_add(k, 0xffffffffd0000030, vmt_str("last"), vmt_str("module")),
			 VMT_OK);
	return k;
}

static void kallsyms_names_bare_addresses(void **state)
{
	struct vmt_sym_opts opts = {.vmlinux = kernel_file("gcc5", "vmlinux"), .find.dir = dir};
	struct vmt_sym *sym = must_open(&opts);
	struct vmt_symbols *k = slid_kallsyms();
	const struct vmt_answer *ans;
	char text[40];

	(void)state;
	copy_kernel_file(dir, "module.ko", "gcc5", "module.ko");
	vmt_sym_set_kallsyms(sym, k);
	(void)snprintf(text, sizeof(text), "0x%" PRIx64, ring_va("gcc5") + SLIDE);
	ans = ask(sym, text, "");
	assert_int_equal(ans->state, VMT_SYM_KNOWN);
	assert_str(ans->caller, ring_call());
	assert_str(vmt_answer_owner(ans)->function, "ring_alloc");
	(void)snprintf(text, sizeof(text), "0x%" PRIx64,
		       0xffffffffd0000000 +
			       call_offset("gcc5", "module.ko", "queue_open", "vzalloc_noprof"));
	ans = ask(sym, text, "");
	assert_int_equal(ans->state, VMT_SYM_KNOWN);
	assert_str(ans->module, "module");
	assert_str(vmt_answer_owner(ans)->function, "queue_alloc");
	/* Below the first and beyond the last. */
	assert_says(ask(sym, "0x1000", "")->why, "beyond all symbols");
	assert_says(ask(sym, "0xffffffffd0000040", "")->why, "beyond all symbols");
	assert_says(ask(sym, "0x0", "")->why, "beyond all symbols");
	/* What is no bare address is not touched. */
	assert_str(ask(sym, ring_call(), "")->caller, ring_call());
	vmt_sym_close(sym);
	vmt_symbols_free(k);
}

/* The address after a function's last call may be the next function's. */
static void an_address_at_a_border_is_of_the_function_that_called(void **state)
{
	struct vmt_sym_opts opts = {.vmlinux = kernel_file("gcc5", "vmlinux")};
	struct vmt_sym *sym = must_open(&opts);
	struct vmt_symbols *k = slid_kallsyms();
	uint64_t room, va = map_va("gcc5", "ring_probe", 0, &room) + SLIDE;
	char text[60], want[60];

	(void)state;
	vmt_sym_set_kallsyms(sym, k);
	(void)snprintf(text, sizeof(text), "0x%" PRIx64, va + room);
	(void)snprintf(want, sizeof(want), "ring_probe+0x%" PRIx64 "/0x%" PRIx64, room, room);
	assert_str(ask(sym, text, "")->caller, want);
	vmt_sym_close(sym);
	vmt_symbols_free(k);
}

/* ---- wrappers, cache ---- */

static void wrappers_given_move_the_owner(void **state)
{
	static const char *const globs[] = {"ring_a*"};
	struct vmt_sym_opts opts = {.vmlinux = kernel_file("gcc5", "vmlinux"),
				    .wrappers = {globs, 1},
				    .cache_dir = dir};
	struct vmt_sym *sym = must_open(&opts);

	(void)state;
	assert_str(vmt_answer_owner(ask(sym, ring_call(), ""))->function, "ring_setup");
	vmt_sym_close(sym);
	/* Answers by one's own rules are not kept for others. */
	opts.wrappers.n = 0;
	sym = must_open(&opts);
	assert_str(vmt_answer_owner(ask(sym, ring_call(), ""))->function, "ring_alloc");
	vmt_sym_close(sym);
}

static void answers_from_the_cache_are_the_same(void **state)
{
	struct vmt_sym_opts opts = {.vmlinux = kernel_file("gcc5", "vmlinux"), .cache_dir = dir};
	char path[400];
	const char *id;

	(void)state;
	for (int run = 0; run < 3; run++) {
		struct vmt_sym *sym = must_open(&opts);
		const struct vmt_answer *ans = ask(sym, ring_call(), "");

		assert_int_equal(ans->state, VMT_SYM_KNOWN);
		assert_int_equal(ans->n, 4);
		assert_str(vmt_answer_owner(ans)->function, "ring_alloc");
		assert_str(vmt_answer_owner(ans)->file, "drivers/net/ring.c");
		assert_u64(vmt_answer_owner(ans)->line,
			   source_line("drivers/net/ring.c", "@ring_alloc"));
		assert_int_equal(ask(sym, "ring_probe+0x1/0x999", "")->state, VMT_SYM_UNCERTAIN);
		assert_int_equal(ask(sym, "nowhere+0x1/0x2", "")->state, VMT_SYM_UNKNOWN);
		assert_non_null(vmt_sym_path(sym, &id));
		(void)snprintf(path, sizeof(path), "%s/%s", dir, id);
		vmt_sym_close(sym);
		assert_int_equal(access(path, R_OK), 0);
	}
}

/*
 * A file without DWARF and its debug file have one build-id.  What was answered without must not
 * stand in the way once the debug file is installed.
 */
static void answers_without_dwarf_are_not_kept(void **state)
{
	struct vmt_sym_opts opts = {.vmlinux = kernel_file("stripped", "vmlinux"),
				    .cache_dir = dir};
	struct vmt_sym *sym = must_open(&opts);

	(void)state;
	assert_int_equal(ask(sym, ring_call(), "")->state, VMT_SYM_UNCERTAIN);
	vmt_sym_close(sym);
	opts.vmlinux = kernel_file("gcc5", "vmlinux");
	sym = must_open(&opts);
	assert_int_equal(ask(sym, ring_call(), "")->state, VMT_SYM_KNOWN);
	vmt_sym_close(sym);
}

static void states_have_names(void **state)
{
	(void)state;
	assert_string_equal(vmt_sym_state_name(VMT_SYM_KNOWN), "known");
	assert_string_equal(vmt_sym_state_name(VMT_SYM_UNCERTAIN), "uncertain");
	assert_string_equal(vmt_sym_state_name(VMT_SYM_UNKNOWN), "unknown");
}

/* Many at once, asked in several rounds: numbers and answers stay. */
static void many_callers_are_asked_in_rounds(void **state)
{
	struct vmt_sym_opts opts = {.vmlinux = kernel_file("gcc5", "vmlinux")};
	struct vmt_sym *sym = must_open(&opts);
	struct vmt_sym_counts counts;
	struct vmt_err err = {0};
	uint32_t first, id;
	char text[60];

	(void)state;
	assert_int_equal(vmt_sym_resolve(sym, &err), VMT_OK);
	assert_int_equal(vmt_sym_ask(sym, vmt_str(ring_call()), vmt_str(""), &first), VMT_OK);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 1000; i++) {
			(void)snprintf(text, sizeof(text), "kernel_clone+0x%x/0x20",
				       round * 500 + i);
			assert_int_equal(vmt_sym_ask(sym, vmt_str(text), vmt_str(""), &id), VMT_OK);
			assert_int_equal(id, round * 500 + i + 1);
		}
		assert_int_equal(vmt_sym_resolve(sym, &err), VMT_OK);
		assert_str(vmt_answer_owner(vmt_sym_answer(sym, first))->function, "ring_alloc");
	}
	vmt_sym_count(sym, &counts);
	assert_int_equal(counts.known + counts.uncertain + counts.unknown, 2001);
	assert_int_equal(counts.unknown, 0);
	vmt_sym_close(sym);
}

#define IN_TREE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vmlinux_of_another_kernel_is_refused_unless_forced),
		IN_TREE(a_vmlinux_that_is_found_nowhere_is_told_of),
		IN_TREE(a_damaged_vmlinux_is_told_of_and_modules_still_answer),
		{"bare_addresses_without_kallsyms_are_taken_as_linked gcc5",
		 bare_addresses_without_kallsyms_are_taken_as_linked, NULL, NULL, "gcc5"},
		{"bare_addresses_without_kallsyms_are_taken_as_linked dyn",
		 bare_addresses_without_kallsyms_are_taken_as_linked, NULL, NULL, "dyn"},
		{"bare_addresses_are_looked_up_without_kaslr gcc5",
		 bare_addresses_are_looked_up_without_kaslr, NULL, NULL, "gcc5"},
		IN_TREE(kallsyms_names_bare_addresses),
		cmocka_unit_test(an_address_at_a_border_is_of_the_function_that_called),
		IN_TREE(wrappers_given_move_the_owner),
		IN_TREE(answers_from_the_cache_are_the_same),
		IN_TREE(answers_without_dwarf_are_not_kept),
		cmocka_unit_test(states_have_names),
		cmocka_unit_test(many_callers_are_asked_in_rounds),
	};

	return cmocka_run_group_tests_name("sym_open", tests, NULL, NULL);
}
