// SPDX-License-Identifier: GPL-2.0-or-later
/* Page tables as data, of every paging: where addresses lead, and what is said when they do not. */
#include "kerntest.h"

struct walk {
	struct kernel *k;
	struct vmt_mem *mem;
	struct vmt_info *info;
	struct vmt_pgt pgt;
	struct vmt_err err;
};

static enum vmt_rc walk_try(struct walk *w)
{
	kernel_done(w->k);
	w->mem = memtest_open(w->k->img, &kerntest_elf);
	w->info = vmt_info_new();
	assert_non_null(w->info);
	assert_int_equal(vmt_vmcoreinfo_parse(w->info, vmt_str(w->k->img->info)), VMT_OK);
	return vmt_pgt_init(&w->pgt, w->mem, w->info, &w->err);
}

static void walk_open(struct walk *w)
{
	if (walk_try(w) != VMT_OK)
		fail_msg("%s: %s", w->k->paging.name, w->err.text);
}

static void walk_close(struct walk *w)
{
	vmt_info_free(w->info);
	vmt_mem_close(w->mem);
	kernel_free(w->k);
}

static void leads_to(struct walk *w, uint64_t va, uint64_t pa)
{
	uint64_t got = 0;

	/* And once more, from what is remembered. */
	for (int i = 0; i < 2; i++) {
		if (vmt_pgt_translate(&w->pgt, va, &got, &w->err) != VMT_OK)
			fail_msg("%s: %s", w->k->paging.name, w->err.text);
		assert_u64(got, pa);
	}
}

static void answers(struct walk *w, uint64_t va, enum vmt_rc rc)
{
	uint64_t pa;
	enum vmt_rc got = vmt_pgt_translate(&w->pgt, va, &pa, &w->err);

	if (got != rc)
		fail_msg("%s: 0x%" PRIx64 ": answer %d is not %d: %s", w->k->paging.name, va,
			 (int)got, (int)rc, w->err.text);
}

/* The highest leaf an architecture has: 1 GiB; of 16K and 64K pages there are none above PMD. */
static int top_leaf(const struct kernel *k)
{
	return k->paging.page_shift == 12 ? 2 : 1;
}

/* From one leaf of a test to the next: of 39 bits there is not much room. */
static uint64_t far_apart(const struct kernel *k)
{
	return UINT64_C(1) << (k->paging.va_bits > 43 ? 43 : 33);
}

static void every_paging_and_leaf(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		struct walk w = {.k = kernel_new(kernel_pagings[i])};
		uint64_t text = w.k->paging.text, far = w.k->paging.vmalloc;
		uint64_t high = w.k->paging.pa & ~UINT64_C(0xffffffffff);

		for (int level = 0; level <= top_leaf(w.k); level++)
			kernel_map(w.k, far + far_apart(w.k) * (uint64_t)level,
				   high + 3 * kernel_leaf_bytes(w.k, level), level);
		walk_open(&w);
		assert_int_equal(w.pgt.levels, w.k->paging.levels);
		assert_u64(w.pgt.va_bits, w.k->paging.va_bits);
		leads_to(&w, text, w.k->paging.pa);
		leads_to(&w, text + 0xabc, w.k->paging.pa + 0xabc);
		for (int level = 0; level <= top_leaf(w.k); level++) {
			uint64_t n = kernel_leaf_bytes(w.k, level);
			uint64_t va = far + far_apart(w.k) * (uint64_t)level;

			leads_to(&w, va, high + 3 * n);
			leads_to(&w, va + n / 2 + 5, high + 3 * n + n / 2 + 5);
			leads_to(&w, va + n - 1, high + 4 * n - 1);
			answers(&w, va + n, VMT_FAULT);
			answers(&w, va - 1, VMT_FAULT);
		}
		walk_close(&w);
	}
}

static void no_kernel_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		struct walk w = {.k = kernel_new(kernel_pagings[i])};
		unsigned bits = w.k->paging.va_bits;

		walk_open(&w);
		answers(&w, 0, VMT_FAULT);
		answers(&w, 0x400000, VMT_FAULT);
		answers(&w, w.k->paging.text & ((UINT64_C(1) << bits) - 1), VMT_FAULT);
		answers(&w, w.k->paging.text ^ UINT64_C(1) << 63, VMT_FAULT);
		answers(&w, w.k->paging.text ^ UINT64_C(1) << bits, VMT_FAULT);
		answers(&w, UINT64_C(1) << 63, VMT_FAULT);
		answers(&w, UINT64_MAX, VMT_FAULT);
		walk_close(&w);
	}
}

/* A table that is left out: nothing can be said. One where no memory is: nothing is mapped. */
static void tables_that_are_not_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		int levels = (int)kernel_pagings[i]->levels;

		for (int level = 0; level < levels - 1; level++) {
			struct walk w = {.k = kernel_new(kernel_pagings[i])};
			uint64_t lost = w.k->paging.vmalloc;
			uint64_t wild = lost + kernel_leaf_bytes(w.k, level + 1);
			uint64_t table;

			kernel_map(w.k, lost, w.k->paging.pa, 0);
			table = kernel_entry(w.k, lost, level);
			kernel_lose_pa(w.k, table);
			image_put64(w.k->img, kernel_entry(w.k, wild, level + 1),
				    kernel_table_entry(w.k, w.k->paging.pa + KERNEL_RAM));
			walk_open(&w);
			answers(&w, lost, VMT_EXCLUDED);
			answers(&w, wild, VMT_FAULT);
			leads_to(&w, w.k->paging.text, w.k->paging.pa);
			walk_close(&w);
		}
	}
}

/* An entry that is not present, whatever its other bits are; a last level without pages. */
static void entries_that_map_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		struct walk w = {.k = kernel_new(kernel_pagings[i])};
		uint64_t va = w.k->paging.vmalloc, n = kernel_page_bytes(w.k);
		uint64_t leaf = kernel_leaf(w.k, w.k->paging.pa, 0);

		image_put64(w.k->img, kernel_entry(w.k, va, 0), leaf & ~UINT64_C(1));
		image_put64(w.k->img, kernel_entry(w.k, va + n, 0), UINT64_MAX - 1);
		image_put64(w.k->img, kernel_entry(w.k, va + 2 * n, 0), leaf & ~UINT64_C(2));
		walk_open(&w);
		answers(&w, va, VMT_FAULT);
		answers(&w, va + n, VMT_FAULT);
		/* Read-only on x86; of arm64 no page. */
		answers(&w, va + 2 * n, kernel_is_x86(w.k) ? VMT_OK : VMT_FAULT);
		walk_close(&w);
	}
}

static void reads_go_over_pages(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNEL_PAGINGS; i++) {
		struct walk w = {.k = kernel_new(kernel_pagings[i])};
		uint64_t va = w.k->paging.vmalloc, n = kernel_page_bytes(w.k);
		uint64_t pa = w.k->paging.pa + 0x1000000;
		unsigned char buf[16];

		/* Pages that lie the other way round in memory. */
		kernel_map(w.k, va, pa + n, 0);
		kernel_map(w.k, va + n, pa, 0);
		image_write(w.k->img, pa + 2 * n - 8, "abcdefgh", 8);
		image_write(w.k->img, pa, "ijklmnop", 8);
		walk_open(&w);
		assert_int_equal(vmt_pgt_read(&w.pgt, va + n - 8, buf, 16, &w.err), VMT_OK);
		assert_memory_equal(buf, "abcdefghijklmnop", 16);
		assert_int_equal(vmt_pgt_read(&w.pgt, va + 2 * n - 8, buf, 16, NULL),
				 n > 4096 ? VMT_EXCLUDED : VMT_FAULT);
		assert_int_equal(vmt_pgt_read(&w.pgt, UINT64_MAX - 7, buf, 16, NULL), VMT_FAULT);
		assert_int_equal(vmt_pgt_read(&w.pgt, 0, buf, 0, NULL), VMT_OK);
		walk_close(&w);
	}
}

/* ---- VMCOREINFO ---- */

static void lacks(const struct kernel_paging *paging, const char *key)
{
	struct walk w = {.k = kernel_new(paging)};
	char *at;

	at = memmem(w.k->info.p, w.k->info.n, key, strlen(key));
	assert_non_null(at);
	at[1] = '!';
	assert_int_equal(walk_try(&w), VMT_NONE);
	assert_non_null(strstr(w.err.text, key));
	walk_close(&w);
}

static void what_vmcoreinfo_lacks_is_named(void **state)
{
	(void)state;
	lacks(&kernel_x86_4, "SYMBOL(swapper_pg_dir)");
	lacks(&kernel_x86_4, "NUMBER(phys_base)");
	lacks(&kernel_arm_4k, "SYMBOL(swapper_pg_dir)");
	lacks(&kernel_arm_4k, "NUMBER(kimage_voffset)");
	lacks(&kernel_arm_4k, "NUMBER(VA_BITS)");
	lacks(&kernel_arm_4k, "PAGESIZE");
	lacks(&kernel_riscv_48, "SYMBOL(swapper_pg_dir)");
	lacks(&kernel_riscv_48, "NUMBER(va_kernel_pa_offset)");
	lacks(&kernel_riscv_48, "NUMBER(VA_BITS)");
}

static void bits_that_no_machine_has(void **state)
{
	static const unsigned bits[] = {0, 12, 16, 35, 53, 64};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
		for (int riscv = 0; riscv < 2; riscv++) {
			struct kernel_paging p = riscv ? kernel_riscv_48 : kernel_arm_16k;
			struct walk w;

			p.told_va_bits = bits[i] ? bits[i] : 1000;
			w = (struct walk){.k = kernel_new(&p)};
			assert_int_equal(walk_try(&w), VMT_UNSUPPORTED);
			walk_close(&w);
		}
	}
}

/* riscv64, 7.1+: where the image lies is not needed when some process's root is told. */
static void satp_is_a_root_too(void **state)
{
	struct walk w = {.k = kernel_new(&kernel_riscv_48)};
	char *at;

	(void)state;
	kernel_say(w.k, "NUMBER(satp)=0x%llx\n",
		   (unsigned long long)(UINT64_C(0x9000f00000000000) | kernel_root_pa(w.k) >> 12));
	at = memmem(w.k->info.p, w.k->info.n, "NUMBER(va_kernel", 16);
	assert_non_null(at);
	at[1] = '!';
	walk_open(&w);
	leads_to(&w, w.k->paging.text, w.k->paging.pa);
	walk_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_paging_and_leaf),
		cmocka_unit_test(no_kernel_addresses),
		cmocka_unit_test(tables_that_are_not_there),
		cmocka_unit_test(entries_that_map_nothing),
		cmocka_unit_test(reads_go_over_pages),
		cmocka_unit_test(what_vmcoreinfo_lacks_is_named),
		cmocka_unit_test(bits_that_no_machine_has),
		cmocka_unit_test(satp_is_a_root_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
