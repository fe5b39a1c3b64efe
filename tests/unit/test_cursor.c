// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges of page tables, of every paging: leaves, holes, what is not known, clones, filters. */
#include "kerntest.h"
#include "pgt/pgt_priv.h"

struct ranges {
	struct kernel *k;
	struct vmt_mem *mem;
	struct vmt_info *info;
	struct vmt_pgt pgt;
	struct vmt_cursor *cur;
	struct vmt_err err;
	/* Tables told of: pages read, met again, not read. */
	unsigned read, again, lost;
};

static void on_table(void *arg, const struct vmt_table *t)
{
	struct ranges *r = arg;

	if (t->again)
		r->again++;
	else if (t->rc != VMT_OK)
		r->lost++;
	else
		r->read++;
	assert_true(t->again || t->rc != VMT_OK || (t->raw && t->n >= 2));
	if (t->entry_pa)
		assert_u64(kernel_get64(r->k, t->entry_pa), t->entry_raw);
}

static struct ranges *ranges_new(const struct kernel_paging *paging)
{
	struct ranges *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->k = kernel_new(paging);
	return r;
}

static void ranges_open(struct ranges *r, unsigned want, bool contiguous)
{
	struct vmt_cursor_opts opts = {
		.want = want, .table = on_table, .arg = r, .contiguous = contiguous};

	kernel_done(r->k);
	r->mem = memtest_open(r->k->img, &kerntest_elf);
	r->info = vmt_info_new();
	assert_non_null(r->info);
	assert_int_equal(vmt_vmcoreinfo_parse(r->info, vmt_str(r->k->img->info)), VMT_OK);
	if (vmt_pgt_init(&r->pgt, r->mem, r->info, &r->err) != VMT_OK)
		fail_msg("%s: %s", r->k->paging.name, r->err.text);
	assert_int_equal(vmt_cursor_open(&r->cur, &r->pgt, &opts, &r->err), VMT_OK);
}

static void ranges_close(struct ranges *r)
{
	vmt_cursor_close(r->cur);
	vmt_info_free(r->info);
	vmt_mem_close(r->mem);
	kernel_free(r->k);
	free(r);
}

/* What is expected next; numbers that are 0 are not looked at but for @va and @bytes. */
static void expect(struct ranges *r, bool merged, enum vmt_stretch_kind kind, uint64_t va,
		   uint64_t bytes, uint64_t pa, uint64_t n)
{
	struct vmt_span s;
	enum vmt_rc rc = merged ? vmt_cursor_span(r->cur, &s, &r->err)
				: vmt_cursor_leaf(r->cur, &s, &r->err);

	if (rc != VMT_OK)
		fail_msg("%s: ends before 0x%" PRIx64, r->k->paging.name, va);
	if (s.kind != kind || s.va != va || s.bytes != bytes || (pa && s.pa != pa) ||
	    (n && s.n != n))
		fail_msg("%s: kind %d 0x%" PRIx64 " + 0x%" PRIx64 " at 0x%" PRIx64 " x%" PRIu64
			 ", not kind %d 0x%" PRIx64 " + 0x%" PRIx64 " at 0x%" PRIx64 " x%" PRIu64,
			 r->k->paging.name, (int)s.kind, s.va, s.bytes, s.pa, s.n, (int)kind, va,
			 bytes, pa, n);
}

static void expect_end(struct ranges *r, bool merged)
{
	struct vmt_span s;

	assert_int_equal(merged ? vmt_cursor_span(r->cur, &s, &r->err)
				: vmt_cursor_leaf(r->cur, &s, &r->err),
			 VMT_NONE);
}

/* Three pages, a guard, one more; far behind a large leaf; and the range ends in between. */
static void leaves_holes_and_spans(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		struct ranges *r = ranges_new(kernel_pagings[i]);
		uint64_t va = r->k->paging.vmalloc, page = kernel_page_bytes(r->k);
		uint64_t pa = r->k->paging.pa, big = kernel_leaf_bytes(r->k, 1);
		uint64_t at = va + 3 * big, end = va + 10 * big;

		kernel_map(r->k, va, pa + 7 * page, 0);
		kernel_map(r->k, va + page, pa + 8 * page, 0);
		kernel_map(r->k, va + 2 * page, pa + 4 * page, 0);
		kernel_map(r->k, va + 4 * page, pa + 5 * page, 0);
		kernel_map(r->k, at, (pa & ~(big - 1)) + big, 1);
		ranges_open(r, 0, false);
		vmt_cursor_seek(r->cur, va - page, end);
		expect(r, false, VMT_STRETCH_HOLE, va - page, page, 0, 0);
		expect(r, false, VMT_STRETCH_LEAVES, va, page, pa + 7 * page, 1);
		expect(r, false, VMT_STRETCH_LEAVES, va + page, page, pa + 8 * page, 1);
		expect(r, false, VMT_STRETCH_LEAVES, va + 2 * page, page, pa + 4 * page, 1);
		expect(r, false, VMT_STRETCH_HOLE, va + 3 * page, page, 0, 0);
		expect(r, false, VMT_STRETCH_LEAVES, va + 4 * page, page, pa + 5 * page, 1);
		expect(r, false, VMT_STRETCH_HOLE, va + 5 * page, 3 * big - 5 * page, 0, 0);
		expect(r, false, VMT_STRETCH_LEAVES, at, big, (pa & ~(big - 1)) + big, 1);
		expect(r, false, VMT_STRETCH_HOLE, at + big, end - at - big, 0, 0);
		expect_end(r, false);
		vmt_cursor_seek(r->cur, va, va + 4 * page);
		expect(r, true, VMT_STRETCH_LEAVES, va, 3 * page, pa + 7 * page, 3);
		expect(r, true, VMT_STRETCH_HOLE, va + 3 * page, page, 0, 0);
		expect_end(r, true);
		vmt_cursor_seek(r->cur, va + page + 1, va + page + 2);
		expect(r, true, VMT_STRETCH_LEAVES, va + page, page, pa + 8 * page, 1);
		expect_end(r, true);
		vmt_cursor_seek(r->cur, va, va);
		expect_end(r, true);
		ranges_close(r);
	}
}

/* Stretches end where the range does: of large leaves with the last it touches, of holes by the
 * byte.
 */
static void where_stretches_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		struct ranges *r = ranges_new(kernel_pagings[i]);
		uint64_t va = r->k->paging.vmalloc, page = kernel_page_bytes(r->k);
		uint64_t pa = r->k->paging.pa, big = kernel_leaf_bytes(r->k, 1);
		struct vmt_stretch s;

		kernel_map(r->k, va, pa, 0);
		kernel_map(r->k, va + page, pa, 0);
		for (uint64_t n = 2; n < 5; n++)
			kernel_map(r->k, va + n * big, pa & ~(big - 1), 1);
		ranges_open(r, 0, false);
		vmt_cursor_seek(r->cur, va + 2 * big, va + 4 * big);
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_OK);
		assert_int_equal(s.n, 2);
		assert_u64(s.bytes, 2 * big);
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_NONE);
		vmt_cursor_seek(r->cur, va + 2 * big, va + 3 * big + 1);
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_OK);
		assert_int_equal(s.n, 2);
		vmt_cursor_seek(r->cur, va, va + page + 1);
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_OK);
		assert_int_equal(s.n, 2);
		vmt_cursor_seek(r->cur, va + 6 * big, va + 6 * big + 100);
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_OK);
		assert_int_equal(s.kind, VMT_STRETCH_HOLE);
		assert_u64(s.va, va + 6 * big);
		assert_u64(s.bytes, 100);
		/* A large leaf, and one byte of the next. */
		vmt_cursor_seek(r->cur, va + big, va + 2 * big + 1);
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_OK);
		assert_int_equal(s.kind, VMT_STRETCH_HOLE);
		assert_u64(s.bytes, big);
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_OK);
		assert_int_equal(s.kind, VMT_STRETCH_LEAVES);
		assert_int_equal(s.n, 1);
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_NONE);
		ranges_close(r);
	}
}

static void all_of_kernel_space_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		struct ranges *r = ranges_new(kernel_pagings[i]);
		uint64_t text = r->k->paging.text, page = kernel_page_bytes(r->k), first;

		kernel_map(r->k, r->k->paging.vmalloc, r->k->paging.pa, 0);
		ranges_open(r, 0, true);
		first = vmt_pgt_first_va(&r->pgt);
		for (int round = 0; round < 2; round++) {
			struct vmt_span s;
			uint64_t at = first, leaves = 0;

			vmt_cursor_seek(r->cur, 0, 0);
			while (vmt_cursor_span(r->cur, &s, &r->err) == VMT_OK) {
				assert_u64(s.va, at);
				at += s.bytes;
				leaves += s.kind == VMT_STRETCH_LEAVES ? s.n : 0;
				if (s.va == text)
					assert_u64(s.bytes, page);
			}
			assert_u64(at, 0);
			assert_u64(leaves, 2);
		}
		assert_int_equal(r->again + r->lost, 0);
		ranges_close(r);
	}
}

static void tables_not_there_are_unknown(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		struct ranges *r = ranges_new(kernel_pagings[i]);
		uint64_t va = r->k->paging.vmalloc, big = kernel_leaf_bytes(r->k, 1);
		uint64_t wild = r->k->paging.pa + KERNEL_RAM, page = kernel_page_bytes(r->k);
		struct vmt_stretch s;
		uint64_t table;

		kernel_map(r->k, va + big, r->k->paging.pa, 0);
		table = kernel_entry(r->k, va + big, 0);
		kernel_lose_pa(r->k, table);
		image_put64(r->k->img, kernel_entry(r->k, va + 2 * big, 1),
			    kernel_table_entry(r->k, wild));
		ranges_open(r, 0, false);
		vmt_cursor_seek(r->cur, va, va + 3 * big);
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_OK);
		assert_int_equal(s.kind, VMT_STRETCH_HOLE);
		assert_u64(s.bytes, big);
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_OK);
		assert_int_equal(s.kind, VMT_STRETCH_UNKNOWN);
		assert_int_equal(s.why, VMT_EXCLUDED);
		assert_u64(s.va, va + big);
		assert_u64(s.bytes, big);
		assert_u64(s.table_pa, table & ~(page - 1));
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_OK);
		assert_int_equal(s.kind, VMT_STRETCH_UNKNOWN);
		assert_int_equal(s.why, VMT_FAULT);
		assert_u64(s.table_pa, wild);
		assert_non_null(strstr(s.err->text, "no such memory"));
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_NONE);
		assert_int_equal(r->lost, 2);
		/* Asked again, a table that cannot be read is not asked for again. */
		vmt_cursor_seek(r->cur, va + 2 * big + page, va + 2 * big + 2 * page);
		expect(r, false, VMT_STRETCH_UNKNOWN, va + 2 * big, big, 0, 1);
		assert_int_equal(r->lost, 2);
		/* But it is when all is forgotten. */
		vmt_cursor_forget(r->cur);
		vmt_cursor_seek(r->cur, va + 2 * big + page, va + 2 * big + 2 * page);
		expect(r, false, VMT_STRETCH_UNKNOWN, va + 2 * big, big, 0, 1);
		assert_int_equal(r->lost, 3);
		ranges_close(r);
	}
}

/* One table under three addresses in a row, as x86 espfix; and the root as a table of its own. */
/* Its table covers user space too, which is not asked for. */
static void a_root_that_is_not_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		struct ranges *r = ranges_new(kernel_pagings[i]);
		uint64_t first;

		ranges_open(r, 0, false);
		first = vmt_pgt_first_va(&r->pgt);
		vmt_mem_close(r->mem);
		kernel_lose_pa(r->k, r->pgt.root_pa);
		r->mem = r->pgt.mem = memtest_open(r->k->img, &kerntest_elf);
		vmt_cursor_seek(r->cur, 0, 0);
		expect(r, true, VMT_STRETCH_UNKNOWN, first, 0 - first, 0, 1);
		expect_end(r, true);
		/* Of a part of it the same. */
		vmt_cursor_seek(r->cur, first + 0x4000, 0);
		expect(r, true, VMT_STRETCH_UNKNOWN, first, 0 - first, 0, 1);
		expect_end(r, true);
		ranges_close(r);
	}
}

static void tables_met_again_are_not_walked_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		struct ranges *r = ranges_new(kernel_pagings[i]);
		uint64_t va = r->k->paging.vmalloc, big = kernel_leaf_bytes(r->k, 1);
		uint64_t page = kernel_page_bytes(r->k), entry, table;
		struct vmt_stretch st;
		int top = (int)r->k->paging.levels - 1;

		kernel_map(r->k, va, r->k->paging.pa, 0);
		table = kernel_entry(r->k, va, 0) & ~(page - 1);
		for (uint64_t n = 1; n < 4; n++)
			image_put64(r->k->img, kernel_entry(r->k, va + n * big, 1),
				    kernel_table_entry(r->k, table));
		entry = kernel_entry(r->k, UINT64_MAX, top);
		image_put64(r->k->img, entry, kernel_table_entry(r->k, kernel_root_pa(r->k)));
		ranges_open(r, 0, false);
		vmt_cursor_seek(r->cur, va, va + 4 * big);
		expect(r, true, VMT_STRETCH_LEAVES, va, page, r->k->paging.pa, 1);
		expect(r, true, VMT_STRETCH_HOLE, va + page, big - page, 0, 0);
		expect(r, true, VMT_STRETCH_CLONE, va + big, 3 * big, 0, 3);
		expect_end(r, true);
		assert_int_equal(r->again, 3);
		vmt_cursor_seek(r->cur, va + 2 * big, va + 3 * big);
		assert_int_equal(vmt_cursor_next(r->cur, &st, &r->err), VMT_OK);
		assert_int_equal(st.kind, VMT_STRETCH_CLONE);
		assert_u64(st.first_va, va);
		/* However often it leads to itself, the walk comes to an end. */
		vmt_cursor_seek(r->cur, 0, 0);
		for (unsigned n = 0;; n++) {
			struct vmt_span s;

			if (vmt_cursor_span(r->cur, &s, &r->err) != VMT_OK)
				break;
			assert_true(n < 10000);
		}
		assert_true(r->read < 100);
		ranges_close(r);
	}
}

/* x86_64: writable is what every level says; a filter does not read what it need not. */
static void rights_are_those_of_the_path(void **state)
{
	struct ranges *r = ranges_new(&kernel_x86_4);
	uint64_t va = r->k->paging.vmalloc, big = kernel_leaf_bytes(r->k, 1), pa = r->k->paging.pa;
	uint64_t rx = 0x161, rwx = 0x163;
	struct vmt_span s;
	struct vmt_path p;

	(void)state;
	image_put64(r->k->img, kernel_entry(r->k, va, 0), pa | rx);
	image_put64(r->k->img, kernel_entry(r->k, va + 4096, 0), pa | rwx | UINT64_C(1) << 63);
	image_put64(r->k->img, kernel_entry(r->k, va + big, 0), pa | rwx);
	image_put64(r->k->img, kernel_entry(r->k, va + big, 1),
		    (kernel_entry(r->k, va + big, 0) & ~UINT64_C(4095)) | 0x61);
	ranges_open(r, 0, false);
	vmt_cursor_seek(r->cur, va, va + 2 * big);
	assert_int_equal(vmt_cursor_leaf(r->cur, &s, &r->err), VMT_OK);
	assert_int_equal(s.rights, VMT_RIGHT_READ | VMT_RIGHT_EXEC);
	assert_int_equal(vmt_cursor_leaf(r->cur, &s, &r->err), VMT_OK);
	assert_int_equal(s.rights, VMT_RIGHT_READ | VMT_RIGHT_WRITE);
	assert_int_equal(vmt_cursor_leaf(r->cur, &s, &r->err), VMT_OK);
	assert_int_equal(s.kind, VMT_STRETCH_HOLE);
	assert_int_equal(vmt_cursor_leaf(r->cur, &s, &r->err), VMT_OK);
	assert_u64(s.va, va + big);
	assert_int_equal(s.rights, VMT_RIGHT_READ | VMT_RIGHT_EXEC);
	/* So it is on the path of one address. */
	assert_int_equal(vmt_pgt_path(&r->pgt, 0, va + big, &p, &r->err), VMT_OK);
	assert_int_equal(p.rights, VMT_RIGHT_READ | VMT_RIGHT_EXEC);
	/* Of another root nothing is there. */
	assert_int_equal(vmt_pgt_path(&r->pgt, pa, va, &p, &r->err), VMT_FAULT);
	ranges_close(r);
}

static void filters_pass_over(void **state)
{
	static const struct vmt_cursor_opts want = {.want = VMT_RIGHT_WRITE};
	struct ranges *r = ranges_new(&kernel_x86_4);
	uint64_t va = r->k->paging.vmalloc, big = kernel_leaf_bytes(r->k, 1), pa = r->k->paging.pa;
	struct vmt_stretch s;
	uint64_t table;

	(void)state;
	image_put64(r->k->img, kernel_entry(r->k, va, 0), pa | 0x161);
	image_put64(r->k->img, kernel_entry(r->k, va + 4096, 0), pa | 0x163);
	/* Read-only as a whole, and not in the dump: nobody has to know. */
	kernel_map(r->k, va + big, pa, 0);
	table = kernel_entry(r->k, va + big, 0) & ~UINT64_C(4095);
	image_put64(r->k->img, kernel_entry(r->k, va + big, 1), table | 0x61);
	kernel_lose_pa(r->k, table);
	ranges_open(r, want.want, false);
	vmt_cursor_seek(r->cur, va, va + 2 * big);
	expect(r, true, VMT_STRETCH_LEAVES, va + 4096, 4096, pa, 1);
	expect_end(r, true);
	/* Nor of what is not mapped. */
	vmt_cursor_seek(r->cur, va - big, va + big);
	assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_OK);
	assert_int_equal(s.kind, VMT_STRETCH_LEAVES);
	assert_u64(s.va, va);
	assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_NONE);
	ranges_close(r);
}

/* What the bulk primitives give is what leaf by leaf gives. */
static void bulk_is_as_one_by_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		struct ranges *r = ranges_new(kernel_pagings[i]);
		uint64_t va = r->k->paging.vmalloc, page = kernel_page_bytes(r->k), pas[64];
		uint64_t pa = r->k->paging.pa;
		struct vmt_stretch s;
		struct vmt_span leaf;

		for (uint64_t n = 0; n < 40; n++)
			if (n % 8 != 5)
				kernel_map(r->k, va + n * page, pa + n * 3 % 40 * page, 0);
		ranges_open(r, 0, false);
		vmt_cursor_seek(r->cur, va, va + 40 * page);
		assert_int_equal(vmt_cursor_next(r->cur, &s, &r->err), VMT_OK);
		assert_int_equal(s.kind, VMT_STRETCH_LEAVES);
		assert_int_equal(s.n, 40);
		vmt_stretch_pas(&r->pgt, &s, 1, 39, pas + 1);
		for (size_t n = 1; n < 40; n++) {
			bool mapped = vmt_stretch_leaf(&r->pgt, &s, n, &leaf);

			assert_int_equal(mapped, n % 8 != 5);
			assert_u64(pas[n], mapped ? pa + n * 3 % 40 * page : VMT_PA_NONE);
			if (mapped)
				assert_u64(leaf.pa, pas[n]);
		}
		assert_int_equal(vmt_stretch_alike(&r->pgt, &s, 0), 5);
		assert_int_equal(vmt_stretch_alike(&r->pgt, &s, 5), 1);
		assert_int_equal(vmt_stretch_alike(&r->pgt, &s, 6), 7);
		ranges_close(r);
	}
}

static void paths_step_by_step(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		struct ranges *r = ranges_new(kernel_pagings[i]);
		uint64_t va = r->k->paging.vmalloc, pa = r->k->paging.pa + 0x100000;
		struct vmt_path p;

		kernel_map(r->k, va, pa, 0);
		ranges_open(r, 0, false);
		assert_int_equal(vmt_pgt_path(&r->pgt, 0, va + 5, &p, &r->err), VMT_OK);
		assert_int_equal(p.n, r->k->paging.levels);
		assert_u64(p.pa, pa + 5);
		for (unsigned n = 0; n < p.n; n++) {
			int level = p.step[n].level;

			assert_int_equal(level, (int)(p.n - n) - 1);
			assert_u64(p.step[n].entry_pa, kernel_entry(r->k, va, level));
			assert_u64(p.step[n].raw, kernel_get64(r->k, p.step[n].entry_pa));
		}
		assert_int_equal(vmt_pgt_path(&r->pgt, 0, va - 1, &p, &r->err), VMT_FAULT);
		assert_true(p.n > 0);
		assert_int_equal(vmt_pgt_path(&r->pgt, 0, 4096, &p, &r->err), VMT_FAULT);
		assert_int_equal(p.n, 0);
		ranges_close(r);
	}
}

/* Many table pages, each met at up to three levels and again: told of as a list would. */
static void table_pages_met_before(void **state)
{
	enum { PAGES = 700 };
	static const int levels[] = {1, 0, 3, 0, 1, 3};
	struct vmt_seen seen = {0};
	uint64_t first_va;
	int first_level;

	(void)state;
	for (int round = 0; round < 6; round++) {
		for (uint64_t i = 0; i < PAGES; i++) {
			/* The first has the address 0; a page out of three is met at other levels.
			 */
			int at = i % 3 ? 0 : round;
			uint64_t va = 0x1000 * (uint64_t)(round + 1);

			assert_int_equal(vmt_seen_add(&seen, levels[at], 64 * (i * i % 7919), va,
						      &first_va, &first_level),
					 VMT_OK);
			assert_int_equal(first_level, levels[0]);
			assert_u64(first_va, i % 3     ? 0x1000
					     : at < 3  ? 0x1000 * (uint64_t)(at + 1)
					     : at == 3 ? 0x2000
					     : at == 4 ? 0x1000
						       : 0x3000);
		}
	}
	assert_u64(seen.n, PAGES + 2 * ((PAGES + 2) / 3));
	vmt_seen_free(&seen);
}

/* Every entry of a hostile table may name another table that is not there. */
static void tables_not_there_are_not_all_kept(void **state)
{
	enum { MANY = 40 * 512 };
	struct ranges *r = ranges_new(&kernel_x86_4);
	uint64_t va = r->k->paging.vmalloc, big = kernel_leaf_bytes(r->k, 1);
	uint64_t wild = r->k->paging.pa + KERNEL_RAM, page = kernel_page_bytes(r->k);
	size_t kept;

	(void)state;
	for (uint64_t n = 0; n < MANY; n++)
		image_put64(r->k->img, kernel_entry(r->k, va + n * big, 1),
			    kernel_table_entry(r->k, wild + n * page));
	/* One is met again, and told of as one with two parents. */
	image_put64(r->k->img, kernel_entry(r->k, va + 7 * big, 1),
		    kernel_table_entry(r->k, wild + 3 * page));
	ranges_open(r, 0, false);
	for (unsigned round = 1; round <= 2; round++) {
		struct vmt_stretch s;
		uint64_t unknown = 0, again = 0;

		vmt_cursor_seek(r->cur, va, va + MANY * big);
		while (vmt_cursor_next(r->cur, &s, &r->err) == VMT_OK) {
			unknown += s.kind == VMT_STRETCH_UNKNOWN;
			again += s.kind == VMT_STRETCH_CLONE;
		}
		assert_u64(unknown, MANY - 1);
		assert_u64(again, 1);
		assert_int_equal(r->lost, round * (MANY - 1));
		assert_in_range(r->cur->seen.n, 1024, 4096 + 2 * r->read);
		if (round == 1)
			kept = r->cur->seen.n;
		assert_u64(r->cur->seen.n, kept);
	}
	ranges_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_holes_and_spans),
		cmocka_unit_test(where_stretches_end),
		cmocka_unit_test(all_of_kernel_space_once),
		cmocka_unit_test(tables_not_there_are_unknown),
		cmocka_unit_test(a_root_that_is_not_there),
		cmocka_unit_test(tables_met_again_are_not_walked_again),
		cmocka_unit_test(rights_are_those_of_the_path),
		cmocka_unit_test(filters_pass_over),
		cmocka_unit_test(bulk_is_as_one_by_one),
		cmocka_unit_test(paths_step_by_step),
		cmocka_unit_test(table_pages_met_before),
		cmocka_unit_test(tables_not_there_are_not_all_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
