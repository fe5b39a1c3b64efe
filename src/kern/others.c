// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What other readers of dumps want to see before they start, though no answer of ours rests on it:
 * few bytes, all of the kernel's own state.  Found by what crash 8.0.2 and 9.0.2 stop at (its
 * kernel.c, memory.c, task.c, x86_64.c); drgn needs nothing.
 *
 *	the banner, and the names of the system but for those of the host	is it this kernel?
 *	bases of address space, mem_section	how are addresses translated?
 *	masks of CPUs, __per_cpu_offset, of each CPU its number and its current and idle task
 *	of these tasks the stack, its pointer, the name and the number	who ran?
 */
#include <string.h>

#include "kern_priv.h"

#define CPUS_MAX   8192u
#define BANNER_MAX 512u

/* Variables, and how many bytes of them; 0: a bit for each CPU. */
static const struct {
	const char *name;
	size_t bytes;
} variables[] = {
	{"page_offset_base", 8},   {"vmalloc_base", 8},		 {"vmemmap_base", 8},
	{"mem_section", 8},	   {"arch_task_struct_size", 4}, {"__cpu_possible_mask", 0},
	{"__cpu_present_mask", 0}, {"__cpu_online_mask", 0},	 {"__cpu_active_mask", 0},
};

/* Of each CPU; a member of a structure, or the variable itself.  A task is looked into. */
static const struct per_cpu {
	const char *name, *type, *path;
	size_t bytes;
	bool task;
} per_cpu[] = {
	/* pcpu_hot: 6.2 to 6.14. */
	{"cpu_number", NULL, NULL, 4, false},
	{"pcpu_hot", "pcpu_hot", "cpu_number", 4, false},
	{"current_task", NULL, NULL, 8, true},
	{"pcpu_hot", "pcpu_hot", "current_task", 8, true},
	{"hardirq_stack_ptr", NULL, NULL, 8, false},
	{"pcpu_hot", "pcpu_hot", "hardirq_stack_ptr", 8, false},
	{"runqueues", "rq", "curr", 8, true},
	{"runqueues", "rq", "idle", 8, true},
};

static const char *const task_members[] = {"stack", "thread.sp", "pid", "comm"};
/* Without nodename and domainname: whose machine it is. */
static const char *const uts_members[] = {"name.sysname", "name.release", "name.version",
					  "name.machine"};

static bool find(struct vmt_kern *kern, const char *name, uint64_t *va)
{
	uint64_t vas[VMT_CANDIDATES];
	bool found = vmt_kern_symbol(kern, name, vas) > 0;

	if (found)
		*va = vas[0];
	return found;
}

static void touch(struct vmt_kern *kern, uint64_t va, size_t n)
{
	unsigned char bytes[CPUS_MAX / 8];

	(void)vmt_kern_read(kern, va, bytes, n < sizeof(bytes) ? n : sizeof(bytes), NULL);
}

static void touch_members(struct vmt_kern *kern, uint64_t va, const char *type,
			  const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct vmt_member m;

		if (vmt_kern_member(kern, type, paths[i], &m) == VMT_OK)
			touch(kern, va + m.offset, (size_t)(m.size * m.count));
	}
}

/* As far as it goes. */
static void touch_banner(struct vmt_kern *kern)
{
	uint64_t va;
	char c = 1;

	if (!find(kern, "linux_banner", &va))
		return;
	for (unsigned i = 0; c && i < BANNER_MAX; i++) {
		if (vmt_kern_read(kern, va + i, &c, 1, NULL) != VMT_OK)
			return;
	}
}

/* One thing of one CPU, whose memory is @offset from where the symbols say. */
static void touch_cpu(struct vmt_kern *kern, const struct per_cpu *p, uint64_t offset)
{
	struct vmt_member m = {0};
	uint64_t va, task;

	if (!find(kern, p->name, &va) ||
	    (p->type && vmt_kern_member(kern, p->type, p->path, &m) != VMT_OK))
		return;
	va += offset + m.offset;
	if (!p->task)
		touch(kern, va, p->bytes);
	else if (vmt_kern_read_u64(kern, va, &task, NULL) == VMT_OK && task)
		touch_members(kern, task, "task_struct", task_members,
			      sizeof(task_members) / sizeof(task_members[0]));
}

static uint32_t count_cpus(struct vmt_kern *kern)
{
	uint64_t va;
	uint32_t cpus;

	if (!find(kern, "nr_cpu_ids", &va) || vmt_kern_read_u32(kern, va, &cpus, NULL) != VMT_OK)
		return 1;
	return cpus < CPUS_MAX ? cpus : CPUS_MAX;
}

static void touch_cpus(struct vmt_kern *kern, uint32_t cpus)
{
	uint64_t offsets, offset;

	if (!find(kern, "__per_cpu_offset", &offsets))
		return;
	for (uint32_t cpu = 0; cpu < cpus; cpu++) {
		if (vmt_kern_read_u64(kern, offsets + 8 * cpu, &offset, NULL) != VMT_OK)
			return;
		for (size_t i = 0; i < sizeof(per_cpu) / sizeof(per_cpu[0]); i++)
			touch_cpu(kern, &per_cpu[i], offset);
	}
}

/* All names, so that one pass finds them. */
static enum vmt_rc know(struct vmt_kern *kern)
{
	const char *names[sizeof(variables) / sizeof(variables[0]) +
			  sizeof(per_cpu) / sizeof(per_cpu[0]) + 4];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		names[n++] = variables[i].name;
	for (size_t i = 0; i < sizeof(per_cpu) / sizeof(per_cpu[0]); i++)
		names[n++] = per_cpu[i].name;
	names[n++] = "linux_banner";
	names[n++] = "init_uts_ns";
	names[n++] = "nr_cpu_ids";
	names[n++] = "__per_cpu_offset";
	return vmt_kern_know(kern, names, n);
}

enum vmt_rc kern_read_others(struct vmt_kern *kern)
{
	enum vmt_rc rc = know(kern);
	uint32_t cpus;
	uint64_t va;

	if (rc != VMT_OK)
		return rc;
	cpus = count_cpus(kern);
	touch_banner(kern);
	if (find(kern, "init_uts_ns", &va))
		touch_members(kern, va, "uts_namespace", uts_members,
			      sizeof(uts_members) / sizeof(uts_members[0]));
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		if (find(kern, variables[i].name, &va))
			touch(kern, va,
			      variables[i].bytes ? variables[i].bytes : (cpus + 63) / 64 * 8);
	}
	touch_cpus(kern, cpus);
	return VMT_OK;
}
