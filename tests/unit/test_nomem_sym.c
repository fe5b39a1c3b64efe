// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation fails once, as in test_nomem: of kallsyms, of vmlinux and modules, of questions,
 * answers and the cache.  A run answers VMT_NOMEM, or it answers all the same as ever: what only
 * saves time is done without.  libelf, libdw and asprintf() have allocations that cannot be failed
 * here.
 */
#include "kernel.h"
#include "nomem.h"
#include "vmtool/sym.h"

#define ASKED 7

struct work {
	struct vmt_symbols *kallsyms;
	struct vmt_sym *sym;
	const struct vmt_sym_opts *opts;
	const char (*callers)[80];
	struct vmt_debug *d;
	uint64_t va;
	uint32_t ids[ASKED];
	/* What was answered: of owners, states and problems. */
	char said[1024];
	bool resolved;
};

struct question {
	const struct vmt_sym_opts *opts;
	const char (*callers)[80];
	bool debug;
	uint64_t va;
	char said[1024];
};

static const char *const modules[ASKED] = {"", "", "", "", "module", "absent", ""};

static enum vmt_rc do_kallsyms(struct work *w)
{
	static const char text[] = "ffffffff91000000 T first\n"
				   "ffffffffc0000000 t queue_open\t[module]\n"
				   "ffffffffc0000100 t late\t[module]\n"
				   "ffffffffc0000080 t early\t[other]\n";
	struct vmt_kallsyms_stats stats;
	struct vmt_file *file = NULL;
	struct vmt_err err = {0};
	enum vmt_rc rc;

	NEED(w->kallsyms = vmt_symbols_new());
	TRY(vmt_file_open_memory(&file, "kallsyms", text, sizeof(text) - 1, &err));
	rc = vmt_kallsyms_read(w->kallsyms, file, &stats, &err);
	return rc == err.code ? rc : VMT_RANGE;
}

static enum vmt_rc do_sym(struct work *w)
{
	struct vmt_err err = {0};
	enum vmt_rc rc = vmt_sym_open(&w->sym, w->opts, &err);

	if (rc != VMT_OK)
		return rc == err.code ? rc : VMT_RANGE;
	vmt_sym_set_kallsyms(w->sym, w->kallsyms);
	for (size_t i = 0; i < ASKED; i++)
		TRY(vmt_sym_ask(w->sym, vmt_str(w->callers[i]), vmt_str(modules[i]), &w->ids[i]));
	rc = vmt_sym_resolve(w->sym, &err);
	if (rc != VMT_OK)
		return rc == err.code ? rc : VMT_RANGE;
	w->resolved = true;
	return VMT_OK;
}

static enum vmt_rc count(void *arg, const struct vmt_call *call)
{
	*(size_t *)arg += call->callee.n != 0;
	return VMT_OK;
}

static enum vmt_rc do_debug(struct work *w)
{
	struct vmt_err err = {0};
	uint64_t room;
	size_t n = 0;

	TRY(vmt_debug_open(&w->d, w->opts->vmlinux, &err));
	TRY(vmt_debug_rooms(w->d, &w->va, 1, &room, &err));
	TRY(vmt_debug_calls(w->d, w->va, true, count, &n, &err));
	return n == 5 ? VMT_OK : VMT_RANGE;
}

static void say(struct work *w)
{
	for (size_t i = 0; w->resolved && i < ASKED; i++) {
		const struct vmt_answer *a = vmt_sym_answer(w->sym, w->ids[i]);
		const struct vmt_frame *owner = vmt_answer_owner(a);
		char name[64] = "";

		if (owner)
			vmt_str_copy(name, sizeof(name), owner->function);
		(void)snprintf(w->said + strlen(w->said), sizeof(w->said) - strlen(w->said),
			       "%d %zu %s\n", (int)a->state, a->n, name);
	}
	if (w->sym && vmt_sym_problem(w->sym, 0))
		(void)strcat(w->said, "problem\n");
}

/* kallsyms and sym; the addresses that counting needs are looked up before. */
static enum vmt_rc work(void *arg)
{
	struct question *q = arg;
	struct work w = {.opts = q->opts, .callers = q->callers, .va = q->va};
	enum vmt_rc rc = q->debug ? do_debug(&w) : do_kallsyms(&w);

	if (!q->debug && rc == VMT_OK)
		rc = do_sym(&w);
	counting = false;
	say(&w);
	counting = true;
	vmt_sym_close(w.sym);
	vmt_debug_close(w.d);
	vmt_symbols_free(w.kallsyms);
	memcpy(q->said, w.said, sizeof(q->said));
	return rc;
}

static void fail_each(const struct vmt_sym_opts *opts, const char (*callers)[80], bool debug)
{
	struct question q = {opts, callers, debug, map_va("gcc5", "ring_probe", 0, NULL), ""};

	assert_true(nomem_each(work, &q, q.said, sizeof(q.said)) > (debug ? 5 : 40));
}

/* An inline chain, a way within, a clash of names, a bare address, modules, nonsense. */
static void name_callers(char callers[ASKED][80])
{
	static const struct {
		const char *function, *callee;
	} of[] = {{"ring_probe", "vzalloc_noprof"},
		  {"kernel_clone", "copy_process"},
		  {"same_probe", "vzalloc_noprof"}};
	uint64_t room;

	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		(void)map_va("gcc5", of[i].function, 0, &room);
		(void)snprintf(callers[i], 80, "%s+0x%" PRIx64 "/0x%" PRIx64, of[i].function,
			       call_offset("gcc5", "vmlinux", of[i].function, of[i].callee), room);
	}
	(void)snprintf(callers[3], 80, "0xffffffffc0000011");
	(void)snprintf(callers[4], 80, "queue_open+0x11/0x30");
	(void)snprintf(callers[5], 80, "f+0x11/0x30");
	(void)snprintf(callers[6], 80, "nonsense");
}

static void each_allocation_of_questions_may_fail(void **state)
{
	char dir[256], callers[ASKED][80];
	struct vmt_sym_opts opts = {.vmlinux = kernel_file("gcc5", "vmlinux"), .find.dir = dir};

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s", kernel_file("gcc5", "."));
	name_callers(callers);
	fail_each(&opts, (const char(*)[80])callers, false);
}

/* The cache is empty, then full, then damaged by nobody. */
static void each_allocation_of_the_cache_may_fail(void **state)
{
	char *cache = make_tree(), dir[256], callers[ASKED][80];
	struct vmt_sym_opts opts = {
		.vmlinux = kernel_file("gcc5", "vmlinux"), .find.dir = dir, .cache_dir = cache};

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s", kernel_file("gcc5", "."));
	name_callers(callers);
	fail_each(&opts, (const char(*)[80])callers, false);
	remove_tree(cache);
	free(cache);
}

/* Sought, not named. */
static void each_allocation_of_the_search_may_fail(void **state)
{
	char dir[256], callers[ASKED][80];
	struct vmt_sym_opts opts = {.find = {.dir = dir, .release = "6.12"}};

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s", kernel_file("gcc5", "."));
	name_callers(callers);
	fail_each(&opts, (const char(*)[80])callers, false);
}

static void each_allocation_of_a_file_may_fail(void **state)
{
	struct vmt_sym_opts opts = {.vmlinux = kernel_file("gcc5", "vmlinux")};

	(void)state;
	fail_each(&opts, NULL, true);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_of_questions_may_fail),
		cmocka_unit_test(each_allocation_of_the_cache_may_fail),
		cmocka_unit_test(each_allocation_of_the_search_may_fail),
		cmocka_unit_test(each_allocation_of_a_file_may_fail),
	};

	return cmocka_run_group_tests_name("nomem_sym", tests, NULL, NULL);
}
