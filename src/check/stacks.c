// SPDX-License-Identifier: GPL-2.0-or-later
/* V17: every thread's stack is a busy area. */
#include <inttypes.h>
#include <stdlib.h>

#include "check_priv.h"

static const char *const means_stack =
	"this thread runs on a stack that the kernel does not hold for it any more";

static int by_va(const void *pa, const void *pb)
{
	const uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return (a > b) - (a < b);
}

static void see_task(struct ctx *c, const struct vmt_task *t, const uint64_t *vms, size_t n)
{
	const struct subject *s = subject_at(c, t->stack_va);
	struct vmt_finding *f;

	look(c, V17, 0, 1);
	if (s && s->k->vm_struct_va == t->stack_vm_va && s->start == t->stack_va)
		return;
	/* Of an area whose record cannot be read nothing is known. */
	if (s && s->k->vm_struct_va && !s->has_vm) {
		const struct vmt_err err = vm_err(c, s);

		(void)unknown_for(c, V17, 1, t->stack_va, &err,
				  "vm_struct of the stack cannot be read");
		return;
	}
	f = finding(c, V17, VMT_SEVERE, s, t->stack_va, means_stack, "explain");
	say_title(f, "the stack of pid %" PRIu32 " (%s) is not a busy area of its own", t->pid,
		  t->comm);
	say_expected(f, "an area at 0x%" PRIx64 " with vm_struct 0x%" PRIx64, t->stack_va,
		     t->stack_vm_va);
	if (s)
		say_found(f, "area 0x%" PRIx64 " with vm_struct 0x%" PRIx64, s->start,
			  s->k->vm_struct_va);
	else
		say_found(f, bsearch(&t->stack_vm_va, vms, n, sizeof(*vms), by_va)
				     ? "no area there; that vm_struct is of another one"
				     : "no area there");
}

/* Areas that look like stacks and are no thread's: cached ones, idle threads of other CPUs. */
static void count_others(struct ctx *c, const uint64_t *stacks, size_t n)
{
	uint64_t others = 0;

	for (size_t i = 0; i < c->n_busy; i++) {
		const struct subject *s = &c->busy[i];
		const char *what = s->has_vm ? vmt_what(&s->k->area) : NULL;

		others += what && vmt_what_is_stack(what) &&
			  !bsearch(&s->k->vm_struct_va, stacks, n, sizeof(*stacks), by_va);
	}
	if (others)
		note(c, V17,
		     "%" PRIu64 " stacks of no listed thread: cached, being freed, or idle "
		     "threads",
		     others);
}

enum vmt_rc check_stacks(struct ctx *c)
{
	const struct vmt_task *tasks;
	const struct vmt_fault *fault;
	uint64_t *stacks VMT_FREE = NULL;
	size_t n, with = 0;
	enum vmt_rc rc;

	if (c->no_areas)
		return unknown(c, V17, 1, 0, VMT_FACT_NONE, "%s", c->no_areas);
	rc = vmt_kern_tasks(c->kern, &tasks, &n, &fault, &c->err);
	if (rc != VMT_OK)
		return rc == VMT_NOMEM ? rc : unknown_for(c, V17, 1, 0, &c->err, c->err.text);
	stacks = malloc((n + 1) * sizeof(*stacks));
	if (!stacks)
		return VMT_NOMEM;
	for (size_t i = 0; i < n; i++) {
		if (tasks[i].stack_vm_va)
			stacks[with++] = tasks[i].stack_vm_va;
	}
	qsort(stacks, with, sizeof(*stacks), by_va);
	for (size_t i = 0; i < n && c->all_busy; i++) {
		if (tasks[i].stack_vm_va)
			see_task(c, &tasks[i], stacks, with);
	}
	if (!c->all_busy)
		rc = unknown(c, V17, with, 0, VMT_FACT_NONE, "a list of areas is broken");
	count_others(c, stacks, with);
	if (!with)
		rc = unknown(c, V17, 1, 0, VMT_FACT_NONE,
			     "no thread has a stack in vmalloc space (CONFIG_VMAP_STACK)");
	if (rc == VMT_OK && fault->code != VMT_OK)
		rc = tasks_end(c, V17, fault);
	return rc;
}
