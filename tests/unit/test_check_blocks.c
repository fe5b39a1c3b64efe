// SPDX-License-Identifier: GPL-2.0-or-later
/* V05, V06 within blocks of vm_map_ram. */
#include "extracttest.h"

/* Bits are pages. */
struct ram_block {
	uint64_t mapped, used;
	uint64_t free, dirty;
};

/* A larger one: how many it has, and what holds for its pages 64 to 127. */
struct large_block {
	struct ram_block first;
	uint64_t pages, mapped, used;
	/* As many has the vmap_area that its record names, which is another; 0: it is its own. */
	uint64_t other;
};

/*
 * A block of 64 pages, or more.  One xarray for all (6.1), or one for each CPU; a node or the block
 * itself.
 * @return where it begins.
 */
static uint64_t large_block(struct sound *s, const struct large_block *large, bool node)
{
	const struct ram_block *b = &large->first;
	struct kernel *k = s->k;
	const uint64_t start = k->paging.vmalloc + 0x1000 * s->page;
	struct kernel_area a = {.start = start, .size = large->pages * s->page, .ram = true};
	uint64_t offsets = kernel_alloc(k, 24, 8);
	uint64_t block = kernel_alloc(k, 56, 8), array = kernel_alloc(k, 32, 8), entry = block;
	struct kernel_placed at;

	if (k->lists->style->n_nodes)
		a.node = (unsigned)(start / (16 * s->page) % k->lists->style->n_nodes);
	at = kernel_area(k, &a);
	kernel_trees(k);
	kernel_put64(k, block, at.vmap_area);
	if (large->other) {
		uint64_t area = kernel_alloc(k, 72, 8);

		kernel_put64(k, area, start);
		kernel_put64(k, area + 8, start + large->other * s->page);
		kernel_put64(k, block, area);
	}
	kernel_put64(k, block + 8, b->free);
	kernel_put64(k, block + 16, b->dirty);
	kernel_put64(k, block + 24, b->used);
	kernel_put64(k, block + 32, large->used);
	if (node) {
		entry = kernel_alloc(k, 520, 8);
		kernel_put64(k, entry + 8 + 8 * 5, block);
		entry += 2;
	}
	if (k->lists->style->node_bytes) {
		/* Per CPU: the queue at 8 of the second CPU's memory. */
		kernel_put64(k, array + 8, entry);
		kernel_symbol(k, "vmap_block_queue", array - 0x40);
		kernel_put64(k, offsets, UINT64_C(0x100000));
		kernel_put64(k, offsets + 8, 0x40);
		kernel_put32(k, offsets + 16, 2);
		kernel_symbol(k, "__per_cpu_offset", offsets);
		kernel_symbol(k, "nr_cpu_ids", offsets + 16);
	} else {
		kernel_put64(k, array, entry);
		kernel_symbol(k, "vmap_blocks", array);
	}
	for (uint64_t i = 0; i < 128; i++) {
		if ((i < 64 ? b->mapped : large->mapped) >> i % 64 & 1)
			kernel_map(k, start + i * s->page, sound_frame(s), 0);
	}
	return start;
}

static uint64_t ram_block(struct sound *s, const struct ram_block *b, bool node)
{
	return large_block(s, &(struct large_block){*b, 64, 0, 0, 0}, node);
}

static void blocks_of_vm_map_ram(void **state)
{
	static const struct {
		const struct kernel_style *style;
		struct ram_block block;
		const char *ids;
		uint64_t looked, unknown, unmapped_unknown;
		/* Pages in use that are mapped, or are told not to be. */
		uint64_t compared;
	} all[] = {
		{&kernel_6_12, {0xb, 0xb, 60, 1}, "", 1, 0, 0, 3},
		/* Page 3 is given back, and still mapped. */
		{&kernel_6_12, {0xb, 0x3, 60, 2}, "V06", 1, 0, 0, 2},
		/* Its bit is clear, and it is not dirty yet: it is just being unmapped. */
		{&kernel_6_12, {0xb, 0x3, 60, 1}, "", 0, 64, 0, 0},
		/* A page is in use and free, or dirty. */
		{&kernel_6_12, {0xb, 0x1b, 60, 1}, "V06", 0, 0, 0, 0},
		{&kernel_6_12, {0xb, 0xb, 60, 2}, "V06", 0, 0, 0, 0},
		/* Of four pages three are mapped, of eight six; of two ranges of four three each.
		 */
		{&kernel_6_12, {0x7, 0xf, 60, 0}, "", 1, 0, 0, 3},
		{&kernel_6_12, {0x3f, 0xff, 56, 0}, "", 1, 0, 0, 6},
		{&kernel_6_12, {0x77, 0xff, 56, 0}, "", 1, 0, 0, 6},
		/* No range has two of four, none of its first, or of what follows a freed one. */
		{&kernel_6_12, {0xf3, 0xff, 56, 0}, "V05", 1, 0, 0, 8},
		{&kernel_6_12, {0xe, 0xf, 60, 0}, "V05", 1, 0, 0, 4},
		{&kernel_6_12, {0x97, 0xf7, 56, 1}, "V05", 1, 0, 0, 7},
		/* The last may be on its way. */
		{&kernel_6_12, {0x3, 0xf, 60, 0}, "", 1, 0, 2, 2},
		{&kernel_6_12, {0, 0xf, 60, 0}, "", 1, 0, 4, 0},
		/* Freed as a whole. */
		{&kernel_6_12, {0, 0, 0, 64}, "", 1, 0, 0, 0},
		/* Before 6.3: pages 0 to 3 were handed out, and one of them was given back... */
		{&kernel_6_1, {0xb, 0, 60, 1}, "", 1, 4, 0, 0},
		/* ... or none; or 0 to 2 alone were handed out. */
		{&kernel_6_1, {0xb, 0, 60, 0}, "V05", 1, 0, 0, 4},
		{&kernel_6_1, {0x7, 0, 60, 0}, "", 1, 0, 0, 3},
		{&kernel_6_1, {0xf, 0, 61, 0}, "V06", 1, 0, 0, 3},
		{&kernel_6_1, {0xb, 0, 61, 1}, "V06", 1, 3, 0, 0},
		{&kernel_6_1, {0xb, 0, 65, 0}, "V06", 0, 0, 0, 0},
		{&kernel_6_1, {0xb, 0, 60, 5}, "V06", 0, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		for (int node = 0; node < 2; node++) {
			struct sound s = sound_new(&kernel_x86_4, all[i].style);
			struct checktest c;
			char text[256];

			(void)ram_block(&s, &all[i].block, node);
			checktest_run(&c, &s);
			assert_string_equal(checktest_loud(&c, text), all[i].ids);
			assert_u64(checktest_verdict(&c, "V06")->looked_at[2], all[i].looked);
			assert_u64(checktest_verdict(&c, "V06")->unknown, all[i].unknown);
			assert_u64(checktest_verdict(&c, "V05")->unknown, all[i].unmapped_unknown);
			assert_u64(checktest_verdict(&c, "V05")->looked_at[3], all[i].compared);
			/* Those that records name are counted by themselves. */
			assert_u64(checktest_verdict(&c, "V05")->looked_at[0], 11);
			checktest_close(&c);
			sound_free(&s);
		}
	}
}

/* Of 256 pages some behind the first 64 are in use, too; one is not mapped, or not in use. */
static void large_blocks_of_vm_map_ram(void **state)
{
	static const struct {
		struct large_block block;
		const char *ids;
		uint64_t compared;
	} all[] = {
		{{{UINT64_MAX, UINT64_MAX, 184, 0}, 256, 0xff, 0xff, 0}, "", 72},
		{{{INT64_MAX, INT64_MAX, 176, 1}, 256, 0xfffe, 0xffff, 0}, "V05", 79},
		{{{UINT64_MAX, UINT64_MAX, 184, 4}, 256, 0x1f, 0xf, 0}, "V06", 68},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct checktest c;
		char text[256];

		(void)large_block(&s, &all[i].block, true);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, text), all[i].ids);
		assert_u64(checktest_verdict(&c, "V06")->looked_at[2], 1);
		assert_u64(checktest_verdict(&c, "V06")->unknown, 0);
		assert_u64(checktest_verdict(&c, "V05")->looked_at[3], all[i].compared);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* A block whose record ends elsewhere than its area is not that of this area: nothing is judged. */
static void blocks_that_end_elsewhere(void **state)
{
	static const struct large_block all[] = {
		{{0xb | UINT64_C(1) << 40, 0xb, 28, 1}, 64, 0, 0, 32},
		{{0xb, 0xb, 124, 1}, 64, 0, 0, 128},
		{{0xb, 0xf3, 120, 2}, 64, 0, 0, 128},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct checktest c;
		char text[256];

		(void)large_block(&s, &all[i], false);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, text), "");
		assert_u64(checktest_verdict(&c, "V06")->looked_at[2], 0);
		assert_u64(checktest_verdict(&c, "V06")->unknown, 0);
		assert_u64(checktest_verdict(&c, "V05")->looked_at[3], 0);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* Of pages in use below a table that cannot be read nobody knows whether they are mapped. */
static void a_block_below_a_lost_table(void **state)
{
	(void)state;
	for (int twice = 0; twice < 2; twice++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		uint64_t start = ram_block(&s, &(struct ram_block){0xf7, 0xf7, 56, 1}, false);
		uint64_t table = kernel_entry(s.k, start, 0) & -s.page;
		struct checktest c;
		const struct vmt_unknown *u;
		char text[256];
		size_t n, told = 0;

		/* It is the one of lower addresses, too: it is met here a second time. */
		if (twice)
			image_put64(s.k->img, kernel_entry(s.k, start - 3 * (s.page << 9), 1),
				    kernel_table_entry(s.k, table));
		sound_done(&s);
		if (!twice)
			kernel_lose_pa(s.k, table);
		checktest_open(&c, &s);
		if (!twice)
			assert_string_equal(checktest_loud(&c, text), "");
		assert_u64(checktest_verdict(&c, "V05")->findings, 0);
		assert_u64(checktest_verdict(&c, "V05")->unknown, 7);
		assert_u64(checktest_verdict(&c, "V05")->looked_at[3], 0);
		assert_true(checktest_verdict(&c, "V06")->unknown > 0);
		u = vmt_report_unknowns(c.report, &n);
		for (size_t i = 0; i < n; i++)
			told += u[i].va == start && u[i].pa == table && u[i].n == 7;
		assert_u64(told, 1);
		checktest_close(&c);
		sound_free(&s);
	}
}

/*
 * A range that is just being mapped, or, up to 6.2, unmapped and not yet given back: who does it,
 * and may sleep there, has the address of its first page.
 */
static void a_range_of_a_block_in_hand(void **state)
{
	static const struct {
		/* A page of the block, or the byte in it, that lies on a stack. */
		uint64_t page, byte;
		bool excused;
	} all[] = {{0, 0, true}, {2, 0, true}, {3, 0, false}, {1, 8, false}};
	static const struct {
		const struct kernel_style *style;
		struct ram_block block;
	} blocks[] = {{&kernel_6_12, {0xf3, 0xff, 56, 0}}, {&kernel_6_1, {0xb, 0, 60, 0}}};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(all); i++) {
		const size_t n = i / 2;
		struct sound s = sound_new(&kernel_x86_4, blocks[i % 2].style);
		uint64_t start = ram_block(&s, &blocks[i % 2].block, false);
		struct checktest c;
		char text[256];

		image_put64(s.k->img, s.area[SOUND_STACK].pa + 0x208,
			    start + all[n].page * s.page + all[n].byte);
		checktest_run(&c, &s);
		assert_string_equal(checktest_loud(&c, text), all[n].excused ? "" : "V05");
		assert_int_equal(checktest_verdict(&c, "V05")->unknown > 0, all[n].excused);
		checktest_close(&c);
		sound_free(&s);
	}
}

/* The word that excuses a range is in an extract, and nothing else of its stack. */
static void a_range_in_hand_of_an_extract(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t start = ram_block(&s, &(struct ram_block){0xf3, 0xff, 56, 0}, false), word;
	uint64_t stack = s.area[SOUND_STACK].pa + 0x208;
	struct checktest c;
	char text[256];

	(void)state;
	image_put64(s.k->img, stack, start + 2 * s.page);
	image_put64(s.k->img, stack + 8, start + 9 * s.page);
	extracttest_run(&c, &s);
	assert_string_equal(checktest_loud(&c, text), "");
	assert_u64(checktest_verdict(&c, "V05")->unknown, 2);
	assert_int_equal(vmt_mem_read(c.t.mem, stack, &word, 8, NULL), VMT_OK);
	assert_u64(word, start + 2 * s.page);
	assert_int_equal(vmt_mem_read(c.t.mem, stack + 8, &word, 8, NULL), VMT_OK);
	assert_u64(word, 0);
	checktest_close(&c);
	sound_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_vm_map_ram),
		cmocka_unit_test(large_blocks_of_vm_map_ram),
		cmocka_unit_test(blocks_that_end_elsewhere),
		cmocka_unit_test(a_block_below_a_lost_table),
		cmocka_unit_test(a_range_of_a_block_in_hand),
		cmocka_unit_test(a_range_in_hand_of_an_extract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
