// SPDX-License-Identifier: GPL-2.0-or-later
/* V08: entries that map more than a page, and those that say they are part of a larger block. */
#include "checktest.h"

/* An ioremap of @bytes and its guard page, mapped by entries of @level. */
static uint64_t device(struct sound *s, uint64_t start, uint64_t bytes, uint64_t phys, int level)
{
	const uint64_t each = kernel_leaf_bytes(s->k, level);
	struct kernel_area a = {.start = start,
				.size = bytes + s->page,
				.flags = 1,
				.phys = phys,
				.caller = s->k->paging.text + 0x1010};

	a.node = (unsigned)(a.start / (16 * s->page) % 3);
	(void)kernel_area(s->k, &a);
	for (uint64_t at = 0; at < bytes; at += each)
		kernel_map(s->k, start + at, phys + at, level);
	kernel_trees(s->k);
	return start;
}

/* ---- contiguous blocks ---- */

enum { SOUND, OTHER_FRAME, OTHER_RIGHTS, NOT_MAPPED, NOT_ALIGNED, CASES };

/* How many entries make a block, by the manuals of the machines. */
struct block {
	const struct kernel_paging *paging;
	int level;
	unsigned entries;
};

/* Entry @i of a block at @start says that it is one. */
static void make_contiguous(struct sound *s, uint64_t start, uint64_t phys, const struct block *b)
{
	const uint64_t each = kernel_leaf_bytes(s->k, b->level);

	for (unsigned i = 0; i < b->entries; i++) {
		uint64_t at = kernel_entry(s->k, start + i * each, b->level);
		uint64_t raw = kernel_get64(s->k, at);

		if (kernel_is_riscv(s->k))
			raw = UINT64_C(1) << 63 | ((phys | 0x8000) >> 12 << 10) | 0xe7;
		else
			raw |= UINT64_C(1) << 52;
		image_put64(s->k->img, at, raw);
	}
}

static void contiguous_block(const struct block *b, int how)
{
	struct sound s = sound_new(b->paging, &kernel_6_12);
	const uint64_t each = kernel_leaf_bytes(s.k, b->level), bytes = b->entries * each;
	const bool riscv = kernel_is_riscv(s.k);
	/* Device memory, behind all that is RAM. */
	uint64_t phys = UINT64_C(0x800000000) + (how == NOT_ALIGNED ? each : 0);
	uint64_t start = device(&s, ((s.k->paging.vmalloc + 0x1ffffff) | (bytes - 1)) + 1 + bytes,
				bytes, phys, b->level);
	uint64_t last = kernel_entry(s.k, start + (b->entries - 1) * each, b->level);
	struct checktest c;
	const char *ids = how == SOUND				    ? ""
			  : how == OTHER_FRAME || how == NOT_MAPPED ? "V05 V08"
								    : "V08";
	const struct vmt_finding *f;
	char loud[256];
	size_t n;

	make_contiguous(&s, start, phys, b);
	if (how == OTHER_FRAME)
		image_put64(s.k->img, last,
			    kernel_get64(s.k, last) +
				    (riscv ? UINT64_C(1) << 20 : UINT64_C(1) << 34));
	/* Read-only; riscv: not writable. */
	if (how == OTHER_RIGHTS)
		image_put64(s.k->img, last,
			    riscv ? kernel_get64(s.k, last) & ~UINT64_C(4)
				  : (kernel_get64(s.k, last) & ~(UINT64_C(1) << 51)) | 0x80);
	if (how == NOT_MAPPED)
		image_put64(s.k->img, last, 0);
	checktest_run(&c, &s);
	if (strcmp(checktest_loud(&c, loud), ids) != 0)
		fail_msg("%s, level %d, %d: %s, not %s", b->paging->name, b->level, how, loud, ids);
	assert_u64(checktest_verdict(&c, "V08")->looked_at[2], 1);
	assert_u64(checktest_verdict(&c, "V08")->findings, how != SOUND);
	f = vmt_report_findings(c.report, &n);
	for (size_t i = 0; i < n; i++)
		if (f[i].check == vmt_checks_find(vmt_str("V08")))
			assert_u64(f[i].va, start);
	checktest_close(&c);
	sound_free(&s);
}

static void contiguous_blocks(void **state)
{
	static const struct block all[] = {
		{&kernel_arm_4k, 0, 16},   {&kernel_arm_4k, 1, 16},  {&kernel_arm_16k, 0, 128},
		{&kernel_arm_16k, 1, 32},  {&kernel_arm_64k, 0, 32}, {&kernel_riscv_48, 0, 16},
		{&kernel_riscv_39, 0, 16},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (int how = SOUND; how < CASES; how++)
			/* Where riscv's block begins its entries do not say. */
			if (how != NOT_ALIGNED ||
			    !kernel_is_riscv(&(struct kernel){.paging = *all[i].paging}))
				contiguous_block(&all[i], how);
}

/* The bit is another's where there are no blocks: x86, and riscv's larger entries (V18). */
static void no_blocks(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	struct checktest c;
	char loud[256];
	uint64_t start = device(&s, s.k->paging.vmalloc + 0x1000000, s.page, 0xe0000000, 0);

	(void)state;
	image_put64(s.k->img, kernel_entry(s.k, start, 0),
		    kernel_get64(s.k, kernel_entry(s.k, start, 0)) | UINT64_C(1) << 52);
	checktest_run(&c, &s);
	assert_u64(checktest_verdict(&c, "V08")->looked_at[2], 0);
	checktest_close(&c);
	sound_free(&s);
	s = sound_new(&kernel_riscv_48, &kernel_6_12);
	start = device(&s, s.k->paging.vmalloc + 0x1000000, 0x200000, 0xe0000000, 1);
	image_put64(s.k->img, kernel_entry(s.k, start, 1),
		    UINT64_C(1) << 63 | (UINT64_C(0xe0008000) >> 12 << 10) | 0xe7);
	checktest_run(&c, &s);
	assert_string_equal(checktest_loud(&c, loud), "V18");
	assert_u64(checktest_verdict(&c, "V08")->looked_at[1], 1);
	assert_u64(checktest_verdict(&c, "V08")->looked_at[2], 0);
	checktest_close(&c);
	sound_free(&s);
}

/* ---- large entries ---- */

/* One that ends where its area does maps its guard page, whatever the area is being made of. */
static void large_entries(void **state)
{
	static const struct {
		uint64_t bytes, flags;
		const char *ids;
	} all[] = {{0x200000, 1, ""},
		   {0x1ff000, 1, "V06 V08"},
		   {0x100000, 1, "V06 V08"},
		   /* What is being set up is judged by nobody, but for what lies behind. */
		   {0x1ff000, 0x21, ""}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct kernel_area a = {.start = s.k->paging.vmalloc + 0x1000000,
					.size = all[i].bytes + s.page,
					.flags = all[i].flags,
					.phys = 0xe0000000,
					.caller = s.k->paging.text + 0x1010};

		a.node = (unsigned)(a.start / 0x10000 % 3);
		(void)kernel_area(s.k, &a);
		kernel_map(s.k, a.start, a.phys, 1);
		kernel_trees(s.k);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

/* ---- orders ---- */

static void put_order(struct sound *s, uint32_t order)
{
	kernel_put32(s->k, s->area[SOUND_VMALLOC].at.vm + kernel_6_12.order, order);
}
/* Frames apart from each other; the record says a block of two. */
static void apart(struct sound *s)
{
	const struct sound_area *a = &s->area[SOUND_VMALLOC];
	uint64_t pa = sound_frame(s);

	if (pa / s->page % 2)
		pa = sound_frame(s);
	put_order(s, 1);
	kernel_put64(s->k, a->at.pages, sound_page_va(s, pa));
	kernel_map(s->k, a->start, pa, 0);
}
static void no_struct_page(struct sound *s)
{
	put_order(s, 1);
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.pages, s->vmemmap + 8);
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.pages + 8, s->vmemmap + 8 + SOUND_PAGE_BYTES);
}
static void set_up(struct sound *s)
{
	apart(s);
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.vm + 24, 0x22);
}
static void vmap(struct sound *s)
{
	apart(s);
	kernel_put64(s->k, s->area[SOUND_VMALLOC].at.vm + 24, 0x4);
	kernel_put64(s->k, s->counters, 7);
}
static void no_order(struct sound *s)
{
	put_order(s, 33);
}

static void orders_of_areas(void **state)
{
	static const struct {
		break_fn *breaks;
		const char *ids, *told;
	} all[] = {
		{apart, "V08", "pages[1] is not behind the one before it"},
		/* What is no struct page is none of a block either: V05 tells. */
		{no_struct_page, "V05", NULL},
		{set_up, "", NULL},
		{vmap, "", NULL},
		{no_order, "V08", "page_order 33 is that of no block"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

		all[i].breaks(&s);
		checktest_expect(&s, all[i].ids, all[i].told);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contiguous_blocks),
		cmocka_unit_test(no_blocks),
		cmocka_unit_test(large_entries),
		cmocka_unit_test(orders_of_areas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
