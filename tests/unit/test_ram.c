// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory of the machine that the image lacks: unknown, not absent. */
#include "checktest.h"

#define MIB  (UINT64_C(1) << 20)
#define BASE UINT64_C(0x40000000)
#define HAVE (256 * MIB)

/* kernel/resource.c: all memory; RAM; what it was added by. */
#define MEM 0x200
#define RAM 0x1000200

/* In the order of addresses; @depth says whose child it is. */
struct resource {
	uint64_t start, end, flags;
	const char *name;
	unsigned depth;
};

static const struct resource exact[] = {{0x9000000, 0x9000fff, MEM, "pl011", 1},
					{BASE, BASE + HAVE - 1, RAM, "System RAM", 1},
					{BASE + 0x210000, BASE + 0xffffff, RAM, "Kernel code", 2},
					{0}};
/* A part of a page at the end of RAM; RAM that is not in the file, and what was set aside in it. */
static const struct resource more[] = {{0x100, 0x1ff, RAM, "System RAM", 1},
				       {0x20000000, 0x2fffffff, RAM, "System RAM", 1},
				       {BASE, BASE + HAVE + 0x7ff, RAM, "System RAM", 1},
				       {0x80000000, 0x8fffffff, RAM, "System RAM", 1},
				       {0x88000000, 0x8bffffff, MEM, "Crash kernel", 2},
				       {0x8d000000, 0x8d000fff, MEM, "Crash kernels", 2},
				       {0xa0000800, 0xa00027ff, RAM, "System RAM", 1},
				       {0xc0000000, 0xcfffffff, MEM, "virtio0", 1},
				       {0xc0000000, 0xc7ffffff, RAM, "System RAM (virtio_mem)", 2},
				       {0}};

static uint64_t string(struct kernel *k, const char *s)
{
	uint64_t va = kernel_alloc(k, strlen(s) + 1, 1);

	kernel_write(k, va, s, strlen(s) + 1);
	return va;
}

/* struct resource: start, end, name, flags, desc, parent, sibling, child. @return of the last. */
static uint64_t put_resources(struct kernel *k, const struct resource *rows)
{
	uint64_t root = kernel_alloc(k, 64, 8), parent[4] = {root}, last[4] = {0}, va = root;

	kernel_put64(k, root + 8, UINT64_MAX);
	kernel_put64(k, root + 24, MEM);
	for (; rows->name; rows++) {
		unsigned d = rows->depth;

		va = kernel_alloc(k, 64, 8);
		kernel_put64(k, va, rows->start);
		kernel_put64(k, va + 8, rows->end);
		kernel_put64(k, va + 16, string(k, rows->name));
		kernel_put64(k, va + 24, rows->flags);
		kernel_put64(k, va + 40, parent[d - 1]);
		kernel_put64(k, last[d] ? last[d] + 48 : parent[d - 1] + 56, va);
		last[d] = parent[d] = va;
		last[d + 1] = 0;
	}
	kernel_symbol(k, "iomem_resource", root);
	return va;
}

static void put_max_pfn(struct kernel *k, uint64_t bytes)
{
	uint64_t va = kernel_alloc(k, 8, 8);

	kernel_put64(k, va, bytes / kernel_page_bytes(k));
	kernel_symbol(k, "max_pfn", va);
}

/* A file of @HAVE bytes from @BASE on. */
static void open_raw(struct kerntest *t, struct kernel *k)
{
	static const struct vmt_kern_opts none;
	int fd = memfd_create("ram", MFD_CLOEXEC);
	char path[32];

	memset(t, 0, sizeof(*t));
	kernel_complete(k);
	image_save_ram(k->img, fd, BASE, 0, HAVE);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (vmt_mem_open(&t->mem, path, NULL, &t->err) != VMT_OK ||
	    vmt_kern_open(&t->kern, t->mem, &none, &t->err) != VMT_OK)
		fail_msg("%s", t->err.text);
	(void)close(fd);
}

static struct kernel *machine(const struct kernel_paging *paging)
{
	struct scene s = scene_new(paging, &kernel_6_12);

	kernel_self(s.k, true);
	return s.k;
}

static void close_all(struct kerntest *t, struct kernel *k)
{
	kerntest_close(t);
	kernel_free(k);
}

static void says_nothing(const struct kerntest *t)
{
	const struct vmt_kern_about *a = vmt_kern_about(t->kern);

	for (size_t i = 0; i < a->n_missing; i++)
		assert_null(strstr(a->missing[i], "machine's memory"));
}

static void all_is_there(void **state)
{
	static const struct kernel_paging *const pagings[] = {&kernel_arm_4k, &kernel_arm_16k};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pagings); i++) {
		struct kernel *k = machine(pagings[i]);
		struct kerntest t;

		(void)put_resources(k, exact);
		open_raw(&t, k);
		says_nothing(&t);
		memtest_answer(t.mem, 0x9000000, 8, VMT_FAULT);
		memtest_answer(t.mem, BASE + HAVE, 8, VMT_FAULT);
		memtest_answer(t.mem, UINT64_MAX - 7, 8, VMT_FAULT);
		close_all(&t, k);
	}
}

static void some_is_lacking(void **state)
{
	struct kernel *k = machine(&kernel_arm_4k);
	struct kerntest t;

	(void)state;
	(void)put_resources(k, more);
	open_raw(&t, k);
	kerntest_misses(&t, "576 MiB of the machine's memory is not in the file, from 0x20000000");
	memtest_answer(t.mem, BASE + HAVE - 8, 8, VMT_OK);
	memtest_answer(t.mem, BASE + HAVE, 8, VMT_FAULT);
	memtest_answer(t.mem, 0x80000000 - 8, 8, VMT_FAULT);
	memtest_answer(t.mem, 0x80000000, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x87fffff8, 8, VMT_EXCLUDED);
	/* No dump has what is set aside for the next kernel. */
	memtest_answer(t.mem, 0x88000000, 8, VMT_FAULT);
	memtest_answer(t.mem, 0x8bfffff8, 8, VMT_FAULT);
	memtest_answer(t.mem, 0x8c000000, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x8d000000, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x8ffffff8, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x90000000, 8, VMT_FAULT);
	/* Parts of pages are no frames. */
	memtest_answer(t.mem, 0x100, 8, VMT_FAULT);
	memtest_answer(t.mem, 0xa0000800, 8, VMT_FAULT);
	memtest_answer(t.mem, 0xa0001000, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0xa0002000, 8, VMT_FAULT);
	/* What lies before the file, as far as it is RAM. */
	memtest_answer(t.mem, 0x20000000 - 8, 8, VMT_FAULT);
	memtest_answer(t.mem, 0x20000000, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x2ffffff8, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x30000000, 8, VMT_FAULT);
	memtest_answer(t.mem, 0xc0000000, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0xc8000000, 8, VMT_FAULT);
	close_all(&t, k);
}

/* The tree cannot be followed: where memory ends is known all the same, but not its holes. */
static void where_it_ends(void **state)
{
	enum { LOOP, PARENT, BACKWARDS, NOWHERE, PARENT_OF_RAM, NO_RAM, BEHIND_RAM, CASES };
	const struct resource ram[] = {exact[0], exact[1], {0}}, none[] = {exact[0], {0}};
	const struct resource behind[] = {exact[1], {0x90000000, 0x90000fff, MEM, "pl011", 1}, {0}};

	(void)state;
	for (int i = 0; i < CASES; i++) {
		struct kernel *k = machine(&kernel_arm_16k);
		uint64_t last = put_resources(k, i == PARENT_OF_RAM ? ram
						 : i == NO_RAM	    ? none
						 : i == BEHIND_RAM  ? behind
								    : exact);
		struct kerntest t;

		if (i == LOOP)
			kernel_put64(k, last + 48, last);
		else if (i == PARENT || i == PARENT_OF_RAM || i == BEHIND_RAM)
			kernel_put64(k, last + 40, last);
		else if (i == BACKWARDS)
			kernel_put64(k, last, UINT64_MAX);
		else if (i == NOWHERE)
			kernel_put64(k, last + 48, 8);
		put_max_pfn(k, 0x60000000);
		open_raw(&t, k);
		kerntest_misses(&t, "memory ends at 0x60000000, that in the file at 0x50000000");
		memtest_answer(t.mem, 0x9000000, 8, VMT_EXCLUDED);
		memtest_answer(t.mem, BASE + HAVE, 8, VMT_EXCLUDED);
		memtest_answer(t.mem, 0x60000000 - 8, 8, VMT_EXCLUDED);
		memtest_answer(t.mem, 0x60000000, 8, VMT_FAULT);
		close_all(&t, k);
	}
}

/* More is in the file than the kernel uses (mem=). */
static void less_is_used(void **state)
{
	struct kernel *k = machine(&kernel_arm_4k);
	struct kerntest t;

	(void)state;
	put_max_pfn(k, BASE + HAVE / 2);
	open_raw(&t, k);
	says_nothing(&t);
	memtest_answer(t.mem, BASE + HAVE, 8, VMT_FAULT);
	close_all(&t, k);
}

/* More pieces than are kept, or no end at all: then nothing is known to be no memory. */
static void too_much_and_nothing(void **state)
{
	enum { MANY = 1100 };
	struct resource *rows = calloc(MANY + 1, sizeof(*rows));
	struct kerntest t;

	(void)state;
	assert_non_null(rows);
	for (uint64_t i = 0; i < MANY; i++)
		rows[i] =
			(struct resource){0x80000000 + i * 2 * MIB,
					  0x80000000 + (2 * i + 1) * MIB - 1, RAM, "System RAM", 1};
	for (unsigned nothing = 0; nothing < 2; nothing++) {
		struct kernel *k = machine(&kernel_arm_4k);

		if (nothing)
			put_max_pfn(k, 0);
		else
			(void)put_resources(k, rows);
		open_raw(&t, k);
		memtest_answer(t.mem, 0x80000000, 8, VMT_EXCLUDED);
		memtest_answer(t.mem, 0x80000000 + (2 * MANY - 2) * MIB, 8, VMT_EXCLUDED);
		memtest_answer(t.mem, 0x9000000, 8, VMT_EXCLUDED);
		close_all(&t, k);
	}
	free(rows);
}

/* Raw memory says nothing of itself, a dump names all there is. */
static void nothing_says(void **state)
{
	struct kernel *k = machine(&kernel_arm_4k);
	struct kerntest t;

	(void)state;
	open_raw(&t, k);
	says_nothing(&t);
	memtest_answer(t.mem, BASE + HAVE, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0, 8, VMT_EXCLUDED);
	kerntest_close(&t);
	kerntest_open(&t, k);
	says_nothing(&t);
	memtest_answer(t.mem, BASE + HAVE, 8, VMT_FAULT);
	close_all(&t, k);
}

/* A table page that is not there: a finding where no memory is, unknown where the file has it not.
 */
static void checks_know_the_difference(void **state)
{
	(void)state;
	for (int lacking = 0; lacking < 2; lacking++) {
		struct sound s = sound_new(&kernel_arm_4k, &kernel_6_12);
		uint64_t nowhere = s.k->paging.pa + 16 * KERNEL_RAM;
		const struct resource rows[] = {
			{s.k->paging.pa, s.k->paging.pa + KERNEL_RAM - 1, RAM, "System RAM", 1},
			{nowhere, nowhere + MIB - 1, RAM, "System RAM", 1},
			{0}};
		struct resource without[2] = {rows[0], {0}};
		struct checktest c;
		char text[256];

		image_put64(s.k->img, kernel_entry(s.k, s.area[SOUND_STACK].start, 1),
			    kernel_table_entry(s.k, nowhere));
		(void)put_resources(s.k, lacking ? rows : without);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, text), lacking ? "" : "V18");
		assert_true(checktest_verdict(&c, "V18")->unknown > 0 || !lacking);
		checktest_close(&c);
		sound_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_there),
		cmocka_unit_test(some_is_lacking),
		cmocka_unit_test(where_it_ends),
		cmocka_unit_test(less_is_used),
		cmocka_unit_test(nothing_says),
		cmocka_unit_test(too_much_and_nothing),
		cmocka_unit_test(checks_know_the_difference),
	};

	return cmocka_run_group_tests_name("ram", tests, NULL, NULL);
}
