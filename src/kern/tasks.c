// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads: init_task.tasks leads through all processes, signal->thread_head through the threads of
 * one (kernel/fork.c, 3.14 to 7.2).  Idle threads of other CPUs are in no list.
 */
#include <string.h>

#include "kern_priv.h"

/* PID_MAX_LIMIT */
#define TASKS_MAX (4u << 20)

struct tasks {
	struct vmt_task *items;
	size_t n, cap;
	/* threads: of the list of one process. */
	struct vmt_fault fault, threads;
	struct vmt_member tasks, pid, comm, mm, active_mm, stack, vm_area, signal, node, head;
	bool has_vm_area;
	struct vmt_kern *kern;
	uint64_t left;
};

static bool learn(struct tasks *t)
{
	struct vmt_kern *k = t->kern;
	const struct {
		const char *type, *path;
		struct vmt_member *member;
	} all[] = {
		{"task_struct", "tasks", &t->tasks},
		{"task_struct", "pid", &t->pid},
		{"task_struct", "comm", &t->comm},
		{"task_struct", "mm", &t->mm},
		{"task_struct", "active_mm", &t->active_mm},
		{"task_struct", "stack", &t->stack},
		{"task_struct", "signal", &t->signal},
		{"task_struct", "thread_node", &t->node},
		{"signal_struct", "thread_head", &t->head},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (vmt_kern_member(k, all[i].type, all[i].path, all[i].member) != VMT_OK)
			return false;
	}
	t->has_vm_area = vmt_kern_member(k, "task_struct", "stack_vm_area", &t->vm_area) == VMT_OK;
	return true;
}

static enum vmt_rc read_task(struct tasks *t, uint64_t va, struct vmt_task *task)
{
	const struct {
		const struct vmt_member *member;
		uint64_t *value;
	} all[] = {
		{&t->mm, &task->mm_va},
		{&t->active_mm, &task->active_mm_va},
		{&t->stack, &task->stack_va},
	};
	/* An array of char; TASK_COMM_LEN is 16. */
	uint64_t comm = vmt_num_mul(t->comm.size, t->comm.count);
	enum vmt_rc rc;

	*task = (struct vmt_task){.va = va};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		rc = vmt_kern_read_u64(t->kern, va + all[i].member->offset, all[i].value,
				       &t->fault.err);
		if (rc != VMT_OK)
			return rc;
	}
	rc = vmt_kern_read_u32(t->kern, va + t->pid.offset, &task->pid, &t->fault.err);
	if (rc == VMT_OK)
		rc = vmt_kern_read(t->kern, va + t->comm.offset, task->comm, comm < 16 ? comm : 16,
				   &t->fault.err);
	if (rc == VMT_OK && t->has_vm_area)
		rc = vmt_kern_read_u64(t->kern, va + t->vm_area.offset, &task->stack_vm_va,
				       &t->fault.err);
	return rc;
}

static enum vmt_rc add(struct tasks *t, uint64_t va)
{
	struct vmt_task task;
	enum vmt_rc rc = read_task(t, va, &task);

	if (rc != VMT_OK)
		return rc;
	if (vmt_grow(&t->items, &t->cap, t->n + 1, sizeof(task)) != VMT_OK)
		return VMT_NOMEM;
	t->items[t->n++] = task;
	t->left -= t->left > 0;
	return VMT_OK;
}

static enum vmt_rc see_thread(void *arg, uint64_t node)
{
	struct tasks *t = arg;

	return add(t, node - t->node.offset);
}

/* A process: its threads, the leader among them; without signal_struct the leader alone. */
static enum vmt_rc add_process(struct tasks *t, uint64_t va)
{
	size_t before = t->n;
	uint64_t signal;
	enum vmt_rc rc = vmt_kern_read_u64(t->kern, va + t->signal.offset, &signal, &t->fault.err);

	if (rc != VMT_OK)
		return rc;
	if (!signal)
		return add(t, va);
	rc = vmt_kern_list(t->kern, signal + t->head.offset, t->left, see_thread, t, &t->threads);
	if (rc == VMT_OK && t->n == before)
		rc = add(t, va);
	return rc;
}

static enum vmt_rc see_process(void *arg, uint64_t node)
{
	struct tasks *t = arg;

	return add_process(t, node - t->tasks.offset);
}

/* A kernel that runs makes and ends threads while they are read: then all are read again. */
static enum vmt_rc read_tasks(struct tasks *t, uint64_t init_task)
{
	unsigned tries = 0;
	enum vmt_rc rc;

	do {
		t->n = 0;
		t->left = TASKS_MAX;
		t->fault = t->threads = (struct vmt_fault){.code = VMT_OK};
		rc = add_process(t, init_task);
		if (rc == VMT_OK)
			rc = vmt_kern_list(t->kern, init_task + t->tasks.offset, t->left,
					   see_process, t, &t->fault);
	} while (kern_again(t->kern, rc, &tries));
	if (t->threads.code != VMT_OK) {
		/* What of a thread cannot be read is told where it was read. */
		if (!t->threads.err.text[0])
			t->threads.err = t->fault.err;
		t->fault = t->threads;
	}
	t->fault.code = rc;
	return rc;
}

enum vmt_rc vmt_kern_tasks(struct vmt_kern *kern, const struct vmt_task **tasks, size_t *n,
			   const struct vmt_fault **fault, struct vmt_err *err)
{
	struct tasks *t = kern->tasks;
	uint64_t vas[VMT_CANDIDATES];

	if (!t) {
		t = calloc(1, sizeof(*t));
		if (!t)
			return vmt_err_nomem(err);
		t->kern = kern;
		if (!vmt_kern_symbol(kern, "init_task", vas) || !learn(t)) {
			tasks_free(t);
			(void)vmt_err_set(err, VMT_NONE,
					  "init_task or the layout of task_struct is not known");
			if (err)
				err->where = kern->lack.where;
			return VMT_NONE;
		}
		if (read_tasks(t, vas[0]) == VMT_NOMEM) {
			tasks_free(t);
			return vmt_err_nomem(err);
		}
		kern->tasks = t;
	}
	*tasks = t->items;
	*n = t->n;
	*fault = &t->fault;
	return VMT_OK;
}

void tasks_free(struct tasks *t)
{
	if (!t)
		return;
	free(t->items);
	free(t);
}
