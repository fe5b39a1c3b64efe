// SPDX-License-Identifier: GPL-2.0-or-later
/* Which area maps a frame, also where areas lie over each other. */
#include "kerntest.h"
#include "vmtool/pgt.h"

/* Of what may be mapped: so many areas, each a page shorter than the one before, over so much. */
#define AREAS  64u
#define TABLES 4u
#define PAGES  (512u * TABLES)

/* The linker leads calls here (Makefile). */
static unsigned tables_read;
enum vmt_rc __real_vmt_pgt_read_table(struct vmt_pgt *pgt, int level, uint64_t pa, uint64_t *raw,
				      struct vmt_err *err);
enum vmt_rc __wrap_vmt_pgt_read_table(struct vmt_pgt *pgt, int level, uint64_t pa, uint64_t *raw,
				      struct vmt_err *err);

enum vmt_rc __wrap_vmt_pgt_read_table(struct vmt_pgt *pgt, int level, uint64_t pa, uint64_t *raw,
				      struct vmt_err *err)
{
	tables_read++;
	return __real_vmt_pgt_read_table(pgt, level, pa, raw, err);
}

struct frames {
	struct kernel *k;
	struct kerntest t;
	uint64_t start, pa;
};

static void add_area(struct frames *f, uint64_t page, uint64_t pages, uint64_t flags)
{
	(void)kernel_area(f->k, &(struct kernel_area){.start = f->start + page * 4096,
						      .size = pages * 4096,
						      .flags = flags,
						      .caller = f->k->paging.text});
}

static struct frames frames_new(void)
{
	struct frames f = {.k = kernel_styled(&kernel_x86_4, &kernel_6_12)};

	f.start = f.k->paging.vmalloc;
	f.pa = f.k->paging.pa + 0x6000000;
	return f;
}

/* Frame @frame at page @page of what is mapped. */
static void map(struct frames *f, uint64_t page, uint64_t frame)
{
	kernel_map(f->k, f->start + page * 4096, f->pa + frame * 4096, 0);
}

static void open_frames(struct frames *f)
{
	kernel_complete(f->k);
	kerntest_read(&f->t, f->k);
}

static void close_frames(struct frames *f)
{
	kerntest_close(&f->t);
	kernel_free(f->k);
}

/* @page, @area: where it is, and where the area begins; UINT64_MAX: nowhere. */
static void expect(struct frames *f, uint64_t frame, uint64_t page, uint64_t area)
{
	const struct vmt_karea *found = NULL;
	uint64_t va = 0, into = 0x123;
	enum vmt_rc rc =
		vmt_kern_frame_area(f->t.kern, f->pa + frame * 4096 + into, &found, &va, &f->t.err);

	assert_int_equal(rc, page == UINT64_MAX ? VMT_NONE : VMT_OK);
	if (rc != VMT_OK)
		return;
	assert_u64(va, f->start + page * 4096 + into);
	assert_u64(found->area.start, f->start + area * 4096);
}

static void the_first_area_of_those_that_map_it(void **state)
{
	struct frames f = frames_new();

	(void)state;
	/* One in the other, one behind, one that only borrows; the last begins in a hole. */
	add_area(&f, 0, 16, 2);
	add_area(&f, 4, 4, 2);
	add_area(&f, 8, 20, 2);
	add_area(&f, 40, 8, 4);
	add_area(&f, 44, 8, 2);
	add_area(&f, 60, 4, 2);
	for (uint64_t i = 0; i < 3; i++)
		map(&f, 5 + i, 10 + i);
	map(&f, 20, 20);
	map(&f, 41, 30);
	map(&f, 46, 31);
	map(&f, 55, 40);
	/* A frame in two areas, and in a hole before both. */
	map(&f, 32, 50);
	map(&f, 45, 50);
	map(&f, 61, 50);
	open_frames(&f);
	expect(&f, 10, 5, 0);
	expect(&f, 12, 7, 0);
	expect(&f, 20, 20, 8);
	expect(&f, 30, UINT64_MAX, 0);
	expect(&f, 31, 46, 44);
	expect(&f, 40, UINT64_MAX, 0);
	expect(&f, 50, 45, 44);
	expect(&f, 99, UINT64_MAX, 0);
	close_frames(&f);
}

/* As many tables are read as there are, not so many for each area. */
static void areas_over_each_other_are_walked_once(void **state)
{
	struct frames f = frames_new();

	(void)state;
	for (unsigned i = 0; i < AREAS; i++)
		add_area(&f, i, PAGES - i, 2);
	for (unsigned i = 0; i < PAGES; i += 64)
		map(&f, i, i);
	open_frames(&f);
	tables_read = 0;
	expect(&f, 3, UINT64_MAX, 0);
	assert_in_range(tables_read, TABLES, TABLES + 4);
	tables_read = 0;
	expect(&f, PAGES - 64, PAGES - 64, 0);
	assert_in_range(tables_read, TABLES, TABLES + 4);
	close_frames(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_area_of_those_that_map_it),
		cmocka_unit_test(areas_over_each_other_are_walked_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
