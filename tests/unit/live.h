// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * A kernel that runs: its memory changes between two reads.  A file in the form of /proc/kcore, and
 * a change of it at a read that the test chooses: every one in turn.  For tests that are linked
 * with --wrap=pread64.
 */
#ifndef VMTOOL_LIVE_H
#define VMTOOL_LIVE_H

#include <errno.h>
#include <sys/types.h>

#include "kerntest.h"

ssize_t __real_pread64(int fd, void *buf, size_t n, off_t at);
ssize_t __wrap_pread64(int fd, void *buf, size_t n, off_t at);

/* Called before a read: the how many-th, from 1. */
static void (*at_read)(unsigned n);
static unsigned reads;
/* A place in the file, and how often it was read. */
static uint64_t watched;
static unsigned watched_reads;
/* Reads of this range of the file fail, as the kernel refuses them. */
static uint64_t refused_from, refused_to;

/* The linker sends pread of the library here (UNIT_LDFLAGS in the Makefile). */
ssize_t __wrap_pread64(int fd, void *buf, size_t n, off_t at)
{
	reads++;
	watched_reads += watched - (uint64_t)at < n;
	if (at_read)
		at_read(reads);
	if ((uint64_t)at < refused_to && (uint64_t)at + n > refused_from) {
		errno = EFAULT;
		return -1;
	}
	return __real_pread64(fd, buf, n, at);
}

/* ---- a kcore that can be changed ---- */

#define TASKS 4

static struct live {
	struct scene s;
	/** init_task, two threads of one process, another process. */
	uint64_t task[TASKS];
	/** Room for four pointers. */
	uint64_t spare;
	int fd;
	char path[32];
	struct vmt_mem *mem;
	struct vmt_kern *kern;
	/** How many areas there were at first. */
	size_t n;
} live;

static inline uint64_t get(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return v;
}

/* Where in the file a physical address is. */
static inline uint64_t offset_of(uint64_t pa)
{
	unsigned char h[64], ph[56];

	assert_int_equal(__real_pread64(live.fd, h, sizeof(h), 0), sizeof(h));
	for (uint64_t i = 0; i < get(h + 56, 2); i++) {
		off_t at = (off_t)(get(h + 32, 8) + 56 * i);

		assert_int_equal(__real_pread64(live.fd, ph, sizeof(ph), at), sizeof(ph));
		if (get(ph, 4) == PT_LOAD && get(ph + 24, 8) != UINT64_MAX &&
		    pa - get(ph + 24, 8) < get(ph + 32, 8))
			return get(ph + 8, 8) + pa - get(ph + 24, 8);
	}
	fail_msg("0x%" PRIx64 " is not in the file", pa);
	return 0;
}

static inline void poke(uint64_t va, uint64_t value)
{
	off_t at = (off_t)offset_of(kernel_pa(live.s.k, va));

	assert_int_equal(pwrite(live.fd, &value, 8, at), 8);
}

static inline uint64_t peek(uint64_t va)
{
	uint64_t value;
	off_t at = (off_t)offset_of(kernel_pa(live.s.k, va));

	assert_int_equal(__real_pread64(live.fd, &value, 8, at), 8);
	return value;
}

/* Offsets: kernel_m_task of kernel_areas.h. */
static inline void add_tasks(struct kernel *k)
{
	uint64_t signal = 0;

	for (uint32_t i = 0; i < TASKS; i++) {
		live.task[i] = kernel_alloc(k, 96, 16);
		if (i != 2)
			signal = kernel_alloc(k, 24, 8);
		if (i != 2)
			(void)kernel_list_head(k, signal + 8);
		kernel_put32(k, live.task[i], i);
		kernel_put64(k, live.task[i] + 56, signal);
		kernel_list_add(k, signal + 8, live.task[i] + 80);
		if (i == 0)
			(void)kernel_list_head(k, live.task[i] + 64);
		else if (i != 2)
			kernel_list_add(k, live.task[0] + 64, live.task[i] + 64);
	}
	kernel_symbol(k, "init_task", live.task[0]);
}

static inline void live_start(const struct kernel_style *style)
{
	static const struct image_how how = {.format = IMAGE_ELF, .kcore = true};
	const struct vmt_kern_opts none = {0};
	const struct vmt_kareas_about *about;
	const struct vmt_karea *areas;
	struct image_bytes b;
	struct vmt_err err;

	at_read = NULL;
	refused_from = refused_to = 0;
	live.s = scene_new(&kernel_x86_4, style);
	scene_map(live.s.k);
	add_tasks(live.s.k);
	live.spare = kernel_alloc(live.s.k, 32, 8);
	kernel_complete(live.s.k);
	b = image_build(live.s.k->img, &how);
	live.fd = memtest_file(b.p, b.n, live.path);
	free(b.p);
	if (vmt_mem_open(&live.mem, live.path, NULL, &err) != VMT_OK ||
	    vmt_kern_open(&live.kern, live.mem, &none, &err) != VMT_OK ||
	    vmt_kern_areas(live.kern, &areas, &live.n, &about, &err) != VMT_OK)
		fail_msg("%s", err.text);
	assert_int_equal(about->again, 0);
	assert_int_equal(about->moved, 0);
	vmt_kern_forget(live.kern);
}

static inline void live_end(void)
{
	at_read = NULL;
	refused_from = refused_to = 0;
	vmt_kern_close(live.kern);
	vmt_mem_close(live.mem);
	(void)close(live.fd);
	kernel_free(live.s.k);
}

/* All areas, read while at_read is at work. */
static inline const struct vmt_kareas_about *live_areas(const struct vmt_karea **areas, size_t *n)
{
	const struct vmt_kareas_about *about;
	struct vmt_err err;

	vmt_kern_forget(live.kern);
	reads = 0;
	if (vmt_kern_areas(live.kern, areas, n, &about, &err) != VMT_OK ||
	    vmt_kern_numa(live.kern, &err) != VMT_OK)
		fail_msg("%s", err.text);
	return about;
}

/* ---- changes ---- */

static unsigned change_at;

static inline void unlink_node(uint64_t node)
{
	uint64_t next = peek(node), prev = peek(node + 8);

	poke(prev, next);
	poke(next + 8, prev);
}

/* From the busy list to that of freed areas. */
static inline void purge_second(unsigned n)
{
	const struct kernel_placed *at = &live.s.at[1];
	uint64_t head = kernel_head(live.s.k, 1, true), first;

	if (n != change_at)
		return;
	unlink_node(at->list);
	first = peek(head);
	poke(at->list, first);
	poke(at->list + 8, head);
	poke(first + 8, at->list);
	poke(head, at->list);
	poke(at->vmap_area + 56, 0);
}

/* The list is never what it was. */
static inline void change_always(unsigned n)
{
	poke(live.s.at[0].list + 8, n);
}

#endif
