// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel that runs: its memory changes between two reads.  A file in the form of /proc/kcore, and
 * a change of it at a read that the test chooses: every one in turn.
 */
#include <errno.h>
#include <sys/types.h>

#include "kerntest.h"

ssize_t __real_pread64(int fd, void *buf, size_t n, off_t at);
ssize_t __wrap_pread64(int fd, void *buf, size_t n, off_t at);

/* Called before a read: the how many-th, from 1. */
static void (*at_read)(unsigned n);
static unsigned reads;
/* Reads of this range of the file fail, as the kernel refuses them. */
static uint64_t refused_from, refused_to;

/* The linker sends pread of the library here (UNIT_LDFLAGS in the Makefile). */
ssize_t __wrap_pread64(int fd, void *buf, size_t n, off_t at)
{
	reads++;
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
	int fd;
	char path[32];
	struct vmt_mem *mem;
	struct vmt_kern *kern;
	/** How many areas there were at first. */
	size_t n;
} live;

static uint64_t get(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return v;
}

/* Where in the file a physical address is. */
static uint64_t offset_of(uint64_t pa)
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

static void poke(uint64_t va, uint64_t value)
{
	off_t at = (off_t)offset_of(kernel_pa(live.s.k, va));

	assert_int_equal(pwrite(live.fd, &value, 8, at), 8);
}

static uint64_t peek(uint64_t va)
{
	uint64_t value;
	off_t at = (off_t)offset_of(kernel_pa(live.s.k, va));

	assert_int_equal(__real_pread64(live.fd, &value, 8, at), 8);
	return value;
}

/* Offsets: kernel_m_task of kernel_areas.h. */
static void add_tasks(struct kernel *k)
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

static void live_start(const struct kernel_style *style)
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

static void live_end(void)
{
	at_read = NULL;
	refused_from = refused_to = 0;
	vmt_kern_close(live.kern);
	vmt_mem_close(live.mem);
	(void)close(live.fd);
	kernel_free(live.s.k);
}

/* All areas, read while at_read is at work. */
static const struct vmt_kareas_about *live_areas(const struct vmt_karea **areas, size_t *n)
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

/* ---- memory ---- */

static void segments_without_memory_make_it_live(void **state)
{
	const struct vmt_mem_about *a;
	unsigned char byte;
	struct vmt_err err;
	uint64_t pa;

	(void)state;
	live_start(&kernel_6_12);
	a = vmt_mem_about(live.mem);
	assert_true(a->live);
	assert_string_equal(a->format, "kcore");
	assert_false(a->cut);
	assert_int_equal(a->pages_ram, KERNEL_RAM / 4096);
	/* Where the fanciful segments say nothing is nothing. */
	memtest_answer(live.mem, UINT64_MAX - 8, 4, VMT_FAULT);
	memtest_answer(live.mem, 0x2f7280003000, 4, VMT_FAULT);
	/* What the kernel does not let be read is unknown, and known for its neighbours. */
	pa = kernel_pa(live.s.k, live.s.at[0].vm);
	refused_from = offset_of(pa);
	refused_to = refused_from + 8;
	memtest_answer(live.mem, pa, 8, VMT_EXCLUDED);
	memtest_answer(live.mem, pa + 8, 8, VMT_OK);
	assert_int_equal(vmt_mem_read(live.mem, pa, &byte, 1, &err), VMT_EXCLUDED);
	assert_non_null(strstr(err.text, "Bad address"));
	live_end();
}

static void nothing_read_is_kept(void **state)
{
	uint64_t va, v;

	(void)state;
	live_start(&kernel_6_12);
	va = live.s.at[0].vm + 8;
	for (uint64_t i = 1; i < 20; i++) {
		poke(va, i);
		assert_int_equal(vmt_kern_read_u64(live.kern, va, &v, NULL), VMT_OK);
		assert_int_equal(v, i);
	}
	live_end();
}

static void old_kernels_do_not_say_where(void **state)
{
	struct image *img = memtest_machine("x86_64");
	struct image_bytes b = image_build(img, &kerntest_elf);
	uint64_t zero = 0, va = 0xffff888000000000;

	(void)state;
	/* All segments have an address in the upper half, and 0 for the physical one. */
	for (uint64_t i = 1; i < get(b.p + 56, 2); i++) {
		memcpy(b.p + 64 + 56 * i + 16, &va, 8);
		memcpy(b.p + 64 + 56 * i + 24, &zero, 8);
	}
	memtest_refused(b.p, b.n, VMT_UNSUPPORTED, "before 4.11");
	free(b.p);
	image_free(img);
}

/* ---- areas ---- */

static unsigned change_at;

static void unlink_node(uint64_t node)
{
	uint64_t next = peek(node), prev = peek(node + 8);

	poke(prev, next);
	poke(next + 8, prev);
}

/* list_del() and what kfree() leaves. */
static void free_second(unsigned n)
{
	const struct kernel_placed *at = &live.s.at[1];

	if (n != change_at)
		return;
	unlink_node(at->list);
	poke(at->list, 0xdead000000000100);
	poke(at->list + 8, 0xdead000000000122);
	poke(at->vmap_area, 0x5a5a5a5a5a5a5a5a);
	poke(at->vmap_area + 56, 0x5a5a5a5a5a5a5a5a);
	poke(at->vm + 8, 0x5a5a5a5a5a5a5a5a);
}

/* Whenever it happens: the areas are those of before or of after, and nothing is broken. */
static void freed_at(const struct kernel_style *style)
{
	bool again = false;
	unsigned last = 1000;

	for (change_at = 1; change_at < last; change_at++) {
		const struct vmt_kareas_about *about;
		const struct vmt_karea *areas;
		uint64_t start;
		size_t n;

		live_start(style);
		start = scene_area(live.s.k, 1).start;
		at_read = free_second;
		about = live_areas(&areas, &n);
		last = reads;
		assert_int_equal(about->broken_lists, 0);
		assert_int_equal(about->no_vm, 0);
		assert_in_range(n, live.n - 1, live.n);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(areas[i].area.line, i + 1);
			assert_int_not_equal(areas[i].area.start, 0x5a5a5a5a5a5a5a5a);
			if (areas[i].area.start == start)
				assert_int_equal(n, live.n);
		}
		again |= about->again > 0;
		live_end();
	}
	assert_true(change_at > 20);
	assert_true(again);
}

static void an_area_freed_at_any_read_breaks_nothing(void **state)
{
	(void)state;
	freed_at(&kernel_6_12);
	freed_at(&kernel_6_1);
}

/* From the busy list to that of freed areas. */
static void purge_second(unsigned n)
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

static void an_area_that_moves_is_listed_once(void **state)
{
	unsigned last = 1000;
	bool moved = false;

	(void)state;
	for (change_at = 1; change_at < last; change_at++) {
		const struct vmt_kareas_about *about;
		const struct vmt_karea *areas;
		size_t n, seen = 0;
		uint64_t start;

		live_start(&kernel_6_12);
		start = scene_area(live.s.k, 1).start;
		at_read = purge_second;
		about = live_areas(&areas, &n);
		last = reads;
		assert_int_equal(about->broken_lists, 0);
		assert_in_range(n, live.n - 1, live.n);
		for (size_t i = 0; i < n; i++)
			seen += areas[i].area.start == start;
		assert_true(seen <= 1);
		moved |= about->moved > 0;
		live_end();
	}
	assert_true(moved);
}

/* The bounds of a freed area, read half before and half after they were written. */
static void bounds_that_are_torn_take_nothing_away(void **state)
{
	const struct vmt_kareas_about *about;
	const struct vmt_karea *areas;
	uint64_t start;
	size_t n, seen = 0;

	(void)state;
	live_start(&kernel_6_12);
	start = scene_area(live.s.k, SCENE_UNNAMED).start;
	poke(live.s.at[SCENE_AREAS - 1].vmap_area, start);
	about = live_areas(&areas, &n);
	assert_int_equal(about->moved, 1);
	assert_int_equal(n, live.n - 1);
	for (size_t i = 0; i < n; i++) {
		seen += areas[i].area.start == start && areas[i].has_vm;
		assert_false(areas[i].area.flags & VMT_AREA_UNPURGED);
	}
	assert_int_equal(seen, 1);
	live_end();
}

/* The list is never what it was. */
static void change_always(unsigned n)
{
	poke(live.s.at[0].list + 8, n);
}

static void tries_are_bounded(void **state)
{
	const struct vmt_kareas_about *about;
	const struct vmt_karea *areas;
	size_t n;

	(void)state;
	live_start(&kernel_6_12);
	at_read = change_always;
	about = live_areas(&areas, &n);
	assert_int_equal(about->unsteady, 1);
	assert_int_equal(about->broken_lists, 1);
	assert_in_range(about->again, 10, 100);
	assert_true(n < live.n);
	live_end();
}

/* ---- threads ---- */

/* list_del_rcu(), and what becomes of a thread after the grace period. */
static void end_task(uint32_t i)
{
	unlink_node(live.task[i] + 80);
	poke(live.task[i] + 88, 0xdead000000000122);
	if (i != 2) {
		unlink_node(live.task[i] + 64);
		poke(live.task[i] + 72, 0xdead000000000122);
	}
	poke(live.task[i] + 56, 0x5a5a5a5a5a5a5a5a);
}

static void end_second_thread(unsigned n)
{
	if (n == change_at)
		end_task(2);
}

static void end_last_process(unsigned n)
{
	if (n == change_at)
		end_task(3);
}

/* Whenever it happens: all others are listed, once. */
static void thread_ends(void (*end)(unsigned n), uint32_t which)
{
	unsigned last = 1000, without = 0;

	for (change_at = 1; change_at < last; change_at++) {
		const struct vmt_task *tasks;
		const struct vmt_fault *fault;
		unsigned seen[TASKS] = {0};
		struct vmt_err err;
		size_t n;

		live_start(&kernel_6_12);
		reads = 0;
		at_read = end;
		assert_int_equal(vmt_kern_tasks(live.kern, &tasks, &n, &fault, &err), VMT_OK);
		at_read = NULL;
		last = reads;
		assert_int_equal(fault->code, VMT_OK);
		for (size_t i = 0; i < n; i++) {
			assert_in_range(tasks[i].pid, 0, TASKS - 1);
			seen[tasks[i].pid]++;
		}
		for (uint32_t i = 0; i < TASKS; i++)
			assert_in_range(seen[i], i != which, 1);
		without += !seen[which];
		live_end();
	}
	assert_true(change_at > 20);
	assert_in_range(without, 1, change_at - 2);
}

static void a_thread_that_ends_at_any_read_breaks_nothing(void **state)
{
	(void)state;
	thread_ends(end_second_thread, 2);
	thread_ends(end_last_process, 3);
}

/* ---- an extract of it ---- */

static void live_record(void)
{
	const struct vmt_kern_opts none = {0};
	struct vmt_err err;

	vmt_kern_close(live.kern);
	vmt_mem_close(live.mem);
	if (vmt_mem_open(&live.mem, live.path, NULL, &err) != VMT_OK ||
	    vmt_mem_record(live.mem) != VMT_OK ||
	    vmt_kern_open(&live.kern, live.mem, &none, &err) != VMT_OK)
		fail_msg("%s", err.text);
}

/* Everything is read while at_read is at work. @return are the lists whole in what is kept? */
static bool live_read_all(void)
{
	struct vmt_err err;
	bool whole;

	reads = 0;
	if (vmt_kern_read_all(live.kern, &err) != VMT_OK)
		fail_msg("%s", err.text);
	vmt_kern_read_types(live.kern);
	assert_int_equal(vmt_kern_read_lists(live.kern, &whole), VMT_OK);
	at_read = NULL;
	return whole;
}

/* The areas of the file that is written of what was read. */
static size_t slim_areas(struct vmt_kareas_about *told)
{
	char path[] = "/tmp/vmtool-kcore-slim.XXXXXX";
	const struct vmt_kern_about *k = vmt_kern_about(live.kern);
	struct vmt_mem_writing how = {.page_size = k->page_size,
				      .vmcoreinfo = vmt_mem_about(live.mem)->vmcoreinfo,
				      .release = k->release,
				      .replace = true};
	const struct vmt_kern_opts none = {0};
	const struct vmt_kareas_about *about;
	const struct vmt_karea *areas;
	struct vmt_mem_written done;
	struct vmt_mem *mem;
	struct vmt_kern *kern;
	struct vmt_err err;
	size_t n;

	(void)vmt_info_number(vmt_kern_info(live.kern), "NUMBER(phys_base)", &how.phys_base);
	assert_int_equal(close(mkstemp(path)), 0);
	if (vmt_mem_write(live.mem, path, &how, &done, &err) != VMT_OK ||
	    vmt_mem_open(&mem, path, NULL, &err) != VMT_OK ||
	    vmt_kern_open(&kern, mem, &none, &err) != VMT_OK ||
	    vmt_kern_areas(kern, &areas, &n, &about, &err) != VMT_OK ||
	    vmt_kern_numa(kern, &err) != VMT_OK)
		fail_msg("%s", err.text);
	*told = *about;
	vmt_kern_close(kern);
	vmt_mem_close(mem);
	(void)unlink(path);
	return n;
}

/* The entry of an area that was freed behind the reader's back is read again in another list. */
static void an_extract_has_lists_that_can_be_followed(void **state)
{
	unsigned last = 1000;

	(void)state;
	for (change_at = 1; change_at < last; change_at += 3) {
		struct vmt_kareas_about about;
		size_t n;

		live_start(&kernel_6_12);
		live_record();
		at_read = purge_second;
		assert_true(live_read_all());
		last = reads;
		n = slim_areas(&about);
		if (about.broken_lists)
			fail_msg("read %u: %s", change_at, about.first.text);
		assert_in_range(n, live.n - 1, live.n);
		live_end();
	}
}

static void an_extract_says_when_its_lists_end_early(void **state)
{
	struct vmt_kareas_about about;

	(void)state;
	live_start(&kernel_6_12);
	live_record();
	at_read = change_always;
	assert_false(live_read_all());
	assert_true(slim_areas(&about) < live.n);
	assert_int_equal(about.broken_lists, 1);
	live_end();
}

/* All were changed too often at first; then they are read whole, and all that is shown of them. */
static void an_extract_knows_areas_that_are_met_at_last(void **state)
{
	uint64_t list, prev;
	struct vmt_kareas_about about;
	struct vmt_err err;
	bool whole;

	(void)state;
	live_start(&kernel_6_12);
	live_record();
	list = live.s.at[0].list;
	prev = peek(list + 8);
	at_read = change_always;
	if (vmt_kern_read_all(live.kern, &err) != VMT_OK)
		fail_msg("%s", err.text);
	at_read = NULL;
	vmt_kern_read_types(live.kern);
	poke(list + 8, prev);
	assert_int_equal(vmt_kern_read_lists(live.kern, &whole), VMT_OK);
	assert_true(whole);
	assert_u64(slim_areas(&about), live.n);
	assert_int_equal(about.no_nodes, 0);
	live_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_without_memory_make_it_live),
		cmocka_unit_test(nothing_read_is_kept),
		cmocka_unit_test(old_kernels_do_not_say_where),
		cmocka_unit_test(an_area_freed_at_any_read_breaks_nothing),
		cmocka_unit_test(an_area_that_moves_is_listed_once),
		cmocka_unit_test(bounds_that_are_torn_take_nothing_away),
		cmocka_unit_test(tries_are_bounded),
		cmocka_unit_test(a_thread_that_ends_at_any_read_breaks_nothing),
		cmocka_unit_test(an_extract_has_lists_that_can_be_followed),
		cmocka_unit_test(an_extract_says_when_its_lists_end_early),
		cmocka_unit_test(an_extract_knows_areas_that_are_met_at_last),
	};

	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
