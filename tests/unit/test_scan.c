// SPDX-License-Identifier: GPL-2.0-or-later
/* kallsyms in an image whose VMCOREINFO does not tell of it: found in every layout, or not at all.
 */
#include "kerntest.h"

static void every_layout_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_LAID; i++) {
		struct scene s = scene_new(i % 2 ? &kernel_arm_4k : &kernel_x86_4, &kernel_6_12);
		uint64_t vas[VMT_CANDIDATES], text = s.k->paging.text;
		struct vmt_symbol symbol;
		struct kerntest t;

		(void)kernel_complete_laid(s.k, &kernel_laid[i]);
		kerntest_read(&t, s.k);
		if (vmt_kern_about(t.kern)->symbols != VMT_FROM_IMAGE)
			fail_msg("%s: not found", kernel_laid[i].name);
		assert_u64(vmt_kern_about(t.kern)->n_symbols, s.k->n_names);
		assert_u64(vmt_kern_about(t.kern)->n_missing, 0);
		assert_u64(vmt_kern_symbol(t.kern, "twice", vas), 2);
		assert_u64(vas[0], text + 0x1100);
		assert_u64(vas[1], text + 0x1200);
		assert_u64(vmt_kern_symbol(t.kern, "filler_2399_list", vas), 1);
		assert_u64(vas[0], text + 0x1000000 + 16 * 2399);
		assert_int_equal(vmt_kern_name(t.kern, text + 0x1000000 + 16 * 300 + 1, &symbol),
				 VMT_OK);
		assert_str(symbol.name, "filler_300_list");
		assert_u64(symbol.size_bytes, 16);
		assert_u64(t.n, SCENE_AREAS - 1);
		kerntest_close(&t);
		kernel_free(s.k);
	}
}

static uint64_t num_of(const struct kernel_laid_at *at)
{
	return at->num;
}
static uint64_t name_of(const struct kernel_laid_at *at)
{
	return at->names;
}
static uint64_t mark_of(const struct kernel_laid_at *at)
{
	return at->marks + 16;
}
static uint64_t last_mark_of(const struct kernel_laid_at *at)
{
	return at->marks + 4 * 9;
}
static uint64_t token_of(const struct kernel_laid_at *at)
{
	return at->table + 6; /* the end of vmap_ */
}
static uint64_t index_of(const struct kernel_laid_at *at)
{
	return at->index + 200;
}

/* One byte is wrong, and nothing is believed. */
static void what_does_not_agree_is_not_believed(void **state)
{
	static const struct {
		const char *name;
		uint64_t (*where)(const struct kernel_laid_at *at);
	} places[] = {
		{"number", num_of},	  {"names", name_of},	{"marker", mark_of},
		{"marker", last_mark_of}, {"tokens", token_of}, {"index", index_of},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct scene s = scene_new(&kernel_x86_4, &kernel_6_1);
		struct kernel_laid_at at = kernel_complete_laid(s.k, &kernel_laid[2]);
		uint64_t va = places[i].where(&at);
		unsigned char byte =
			(unsigned char)(kernel_read64(s.k, va & ~UINT64_C(7)) >> va % 8 * 8);
		struct kerntest t;

		byte ^= 0x11;
		kernel_write(s.k, va, &byte, 1);
		kerntest_open(&t, s.k);
		if (vmt_kern_about(t.kern)->symbols != VMT_FROM_NOWHERE)
			fail_msg("%s: believed", places[i].name);
		kerntest_misses(&t, "no symbols");
		kerntest_close(&t);
		kernel_free(s.k);
	}
}

/* A page of any table is not in the dump: without it there are none, and no wrong ones. */
static void a_table_that_is_not_there(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct scene s = scene_new(&kernel_x86_4, &kernel_6_1);
		struct kernel_laid_at at = kernel_complete_laid(s.k, &kernel_laid[2]);
		const uint64_t places[] = {at.num, at.names + 9000, at.marks, at.table,
					   at.addresses};
		struct kerntest t;

		kernel_lose(s.k, places[i]);
		kerntest_open(&t, s.k);
		assert_int_equal(vmt_kern_about(t.kern)->symbols, VMT_FROM_NOWHERE);
		kerntest_close(&t);
		kernel_free(s.k);
	}
}

/* Digits that stand like tokens, many times: the search ends, and finds what is behind them. */
static void what_only_looks_like_tokens(void **state)
{
	static const unsigned many[] = {1, 50, 17000};
	static const char digits[] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009";

	(void)state;
	for (size_t at = 0; at < ARRAY_SIZE(many); at++) {
		struct scene s = scene_new(&kernel_x86_4, &kernel_6_1);
		struct kerntest t;

		for (unsigned i = 0; i < many[at]; i++)
			kernel_write(s.k, kernel_alloc(s.k, 64, 8), digits, sizeof(digits));
		(void)kernel_complete_laid(s.k, &kernel_laid[2]);
		kerntest_open(&t, s.k);
		assert_int_equal(vmt_kern_about(t.kern)->symbols,
				 many[at] < 1000 ? VMT_FROM_IMAGE : VMT_FROM_NOWHERE);
		kerntest_close(&t);
		kernel_free(s.k);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_is_found),
		cmocka_unit_test(what_does_not_agree_is_not_believed),
		cmocka_unit_test(a_table_that_is_not_there),
		cmocka_unit_test(what_only_looks_like_tokens),
	};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
