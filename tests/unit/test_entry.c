// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entries of page tables as data: of each architecture, page size and level what an entry is, where
 * it leads, what it allows, its memory type, its words, and the bits that must not be set.
 */
#include "kerntest.h"

#define R   VMT_RIGHT_READ
#define RW  (VMT_RIGHT_READ | VMT_RIGHT_WRITE)
#define RX  (VMT_RIGHT_READ | VMT_RIGHT_EXEC)
#define U   VMT_RIGHT_USER
#define UX  VMT_RIGHT_USER_EXEC
#define ALL VMT_RIGHTS_ALL
#define NX  UINT64_C(0x8000000000000000)

struct entry {
	const struct kernel_paging *paging;
	int level;
	uint64_t raw;
	enum vmt_entry_kind kind;
	uint64_t pa;
	unsigned rights;
	enum vmt_memtype memtype;
	unsigned flags;
	uint64_t reserved;
	const char *words;
};

#define NONE  VMT_ENTRY_NONE
#define TABLE VMT_ENTRY_TABLE
#define LEAF  VMT_ENTRY_LEAF
#define WB    VMT_MEM_NORMAL
#define AD    (VMT_LEAF_ACCESSED | VMT_LEAF_DIRTY)
#define G     VMT_LEAF_GLOBAL
#define A     VMT_LEAF_ACCESSED

static const struct entry x86[] = {
	{&kernel_x86_4, 0, 0, NONE, 0, 0, WB, 0, 0, ""},
	/* Not present, whatever else is there. */
	{&kernel_x86_4, 0, 0x1234162, NONE, 0, 0, WB, 0, 0, ""},
	{&kernel_x86_4, 0, NX | 0x1234163, LEAF, 0x1234000, RW, WB, AD | G, 0, " RW NX A D G"},
	{&kernel_x86_4, 0, 0x1234121, LEAF, 0x1234000, RX, WB, A | G, 0, " RO X A G"},
	{&kernel_x86_4, 0, NX | 0x1234001, LEAF, 0x1234000, R, WB, 0, 0, " RO NX"},
	{&kernel_x86_4, 0, NX | 0x1234007, LEAF, 0x1234000, RW | U, WB, 0, 0, " RW NX US"},
	{&kernel_x86_4, 0, 0x1234005, LEAF, 0x1234000, RX | U | UX, WB, 0, 0, " RO X US"},
	/* PAT, PCD, PWT; PAT is bit 7 of a page, bit 12 of a larger one. */
	{&kernel_x86_4, 0, NX | 0x9, LEAF, 0, R, VMT_MEM_WC, 0, 0, " RO NX PWT"},
	{&kernel_x86_4, 0, NX | 0x11, LEAF, 0, R, VMT_MEM_UC_MINUS, 0, 0, " RO NX PCD"},
	{&kernel_x86_4, 0, NX | 0x19, LEAF, 0, R, VMT_MEM_UC, 0, 0, " RO NX PWT PCD"},
	{&kernel_x86_4, 0, NX | 0x81, LEAF, 0, R, WB, 0, 0, " RO NX PAT"},
	{&kernel_x86_4, 0, NX | 0x89, LEAF, 0, R, VMT_MEM_WP, 0, 0, " RO NX PWT PAT"},
	{&kernel_x86_4, 0, NX | 0x91, LEAF, 0, R, VMT_MEM_UC_MINUS, 0, 0, " RO NX PCD PAT"},
	{&kernel_x86_4, 0, NX | 0x99, LEAF, 0, R, VMT_MEM_WT, 0, 0, " RO NX PWT PCD PAT"},
	/* Bit 7 of a large page is no PAT. */
	{&kernel_x86_4, 1, NX | 0x2000089, LEAF, 0x2000000, R, VMT_MEM_WC, 0, 0, " RO NX PWT PSE"},
	{&kernel_x86_4, 1, NX | 0x2001099, LEAF, 0x2000000, R, VMT_MEM_WT, 0, 0,
	 " RO NX PWT PCD PAT PSE"},
	/* Bit 12 is no address of a large page, the others are, and must be aligned. */
	{&kernel_x86_4, 1, NX | 0x20001e3, LEAF, 0x2000000, RW, WB, AD | G, 0, " RW NX PSE A D G"},
	{&kernel_x86_4, 1, NX | 0x21021e3, LEAF, 0x2000000, RW, WB, AD | G, 0x102000,
	 " RW NX PSE A D G"},
	{&kernel_x86_4, 2, NX | 0x400001e3, LEAF, 0x40000000, RW, WB, AD | G, 0,
	 " RW NX PSE A D G"},
	{&kernel_x86_4, 2, NX | 0x402001e3, LEAF, 0x40000000, RW, WB, AD | G, 0x200000,
	 " RW NX PSE A D G"},
	{&kernel_x86_4, 1, 0x1234067, TABLE, 0x1234000, RW | RX | U | UX, WB, 0, 0, " RW X US A"},
	{&kernel_x86_4, 2, NX | 0x1234061, TABLE, 0x1234000, R, WB, 0, 0, " RO NX A"},
	/* PS where no leaf can be. */
	{&kernel_x86_4, 3, 0x12340e3, TABLE, 0x1234000, RW | RX, WB, 0, 0x80, " RW X PSE A"},
	{&kernel_x86_5, 4, 0x12340e3, TABLE, 0x1234000, RW | RX, WB, 0, 0x80, " RW X PSE A"},
	/* The highest bit of an address; where memory is encrypted it is none. */
	{&kernel_x86_4, 0, NX | 0x8000001234163, LEAF, UINT64_C(0x8000001234000), RW, WB, AD | G, 0,
	 " RW NX A D G"},
	{&kernel_x86_5, 0, NX | 0x8000001234163, LEAF, 0x1234000, RW, WB, AD | G, 0,
	 " RW NX A D G"},
	{&kernel_x86_4, 0, NX | 0x600000001234e01, LEAF, 0x1234000, R, WB, 0, 0,
	 " RO NX soft9 soft10 soft11 soft57 soft58"},
};

#define UXN  UINT64_C(0x0040000000000000)
#define PXN  UINT64_C(0x0020000000000000)
#define CONT UINT64_C(0x0010000000000000)
#define DBM  UINT64_C(0x0008000000000000)

static const struct entry arm[] = {
	{&kernel_arm_4k, 0, 0, NONE, 0, 0, WB, 0, 0, ""},
	/* Not valid, as kfence leaves it; of the last level 01 is no form. */
	{&kernel_arm_4k, 0, UXN | PXN | 0x41234f02, NONE, 0, 0, WB, 0, 0, ""},
	{&kernel_arm_4k, 0, UXN | PXN | 0x41234f01, NONE, 0, 0, WB, 0, 1, ""},
	{&kernel_arm_4k, 0, UXN | PXN | DBM | 0x41234703, LEAF, 0x41234000, RW, WB, A | G, 0,
	 " RW DBM PXN UXN AF"},
	{&kernel_arm_4k, 0, UXN | PXN | DBM | 0x41234f83, LEAF, 0x41234000, RW, WB, A, 0,
	 " RW(clean) DBM PXN UXN AF nG"},
	{&kernel_arm_4k, 0, UXN | 0x41234783, LEAF, 0x41234000, RX, WB, A | G, 0, " RO X UXN AF"},
	{&kernel_arm_4k, 0, PXN | 0x412347c3, LEAF, 0x41234000, R | U | UX, WB, A | G, 0,
	 " RO PXN EL0 AF"},
	{&kernel_arm_4k, 0, UXN | PXN | CONT | 0x41230783, LEAF, 0x41230000, R, WB,
	 A | G | VMT_LEAF_CONT, 0, " RO PXN UXN CONT AF"},
	/* MAIR: nothing tells which kernel it is. */
	{&kernel_arm_4k, 0, UXN | PXN | 0x41234787, LEAF, 0x41234000, R, VMT_MEM_TAGGED, A | G, 0,
	 " RO PXN UXN AF"},
	{&kernel_arm_4k, 0, UXN | PXN | 0x4123478b, LEAF, 0x41234000, R, VMT_MEM_NC, A | G, 0,
	 " RO PXN UXN AF"},
	{&kernel_arm_4k, 0, UXN | PXN | 0x4123478f, LEAF, 0x41234000, R, VMT_MEM_UNKNOWN, A | G, 0,
	 " RO PXN UXN AF"},
	{&kernel_arm_4k, 0, UXN | PXN | 0x41234793, LEAF, 0x41234000, R, VMT_MEM_DEVICE, A | G, 0,
	 " RO PXN UXN AF"},
	{&kernel_arm_4k, 1, UXN | PXN | 0x40200781, LEAF, 0x40200000, R, WB, A | G, 0,
	 " RO PXN UXN AF"},
	{&kernel_arm_4k, 1, UXN | PXN | 0x40202781, LEAF, 0x40200000, R, WB, A | G, 0x2000,
	 " RO PXN UXN AF"},
	{&kernel_arm_4k, 2, UXN | PXN | 0x40000781, LEAF, 0x40000000, R, WB, A | G, 0,
	 " RO PXN UXN AF"},
	/* A block where there is none without 52-bit addresses. */
	{&kernel_arm_4k, 3, 0x40000781, NONE, 0, 0, WB, 0, 1, ""},
	{&kernel_arm_lpa2, 3, UXN | PXN | 0x401, LEAF, 0, RW, WB, A | G, 0, " RW PXN UXN AF"},
	{&kernel_arm_4k, 1, 0x41234003, TABLE, 0x41234000, ALL, WB, 0, 0, ""},
	{&kernel_arm_4k, 1, UINT64_C(0x7800000041234003), TABLE, 0x41234000, R, WB, 0, 0,
	 " PXNTable UXNTable noEL0Table ROTable"},
	{&kernel_arm_4k, 1, UINT64_C(0x0001000041234003), TABLE, 0x41234000, ALL, WB, 0,
	 UINT64_C(0x0001000000000000), ""},
	{&kernel_arm_4k, 0, UXN | PXN | UINT64_C(0x0002000041234783), LEAF, 0x41234000, R, WB,
	 A | G, UINT64_C(0x0002000000000000), " RO PXN UXN AF"},
	/* nT of a block and GP of a page are no address, and may be set; 50 of a table may not. */
	{&kernel_arm_4k, 1, UXN | PXN | 0x40210781, LEAF, 0x40200000, R, WB, A | G, 0,
	 " RO PXN UXN AF"},
	{&kernel_arm_4k, 0, UXN | PXN | UINT64_C(0x0004000041234783), LEAF, 0x41234000, R, WB,
	 A | G, 0, " RO PXN UXN GP AF"},
	{&kernel_arm_4k, 1, UINT64_C(0x0004000041234003), TABLE, 0x41234000, ALL, WB, 0,
	 UINT64_C(0x0004000000000000), ""},
	/* 16K: 13:12 hold nothing. */
	{&kernel_arm_16k, 0, UXN | PXN | 0x41234783, LEAF, 0x41234000, R, WB, A | G, 0,
	 " RO PXN UXN AF"},
	{&kernel_arm_16k, 0, UXN | PXN | 0x41235783, LEAF, 0x41234000, R, WB, A | G, 0x1000,
	 " RO PXN UXN AF"},
	{&kernel_arm_16k, 1, UXN | PXN | 0x42000781, LEAF, 0x42000000, R, WB, A | G, 0,
	 " RO PXN UXN AF"},
	{&kernel_arm_16k, 2, 0x42000781, NONE, 0, 0, WB, 0, 1, ""},
	/* LPA2: PA[51:50] in 9:8, 49:48 in place. */
	{&kernel_arm_lpa2, 0, UXN | PXN | UINT64_C(0x0003000041234683), LEAF,
	 UINT64_C(0xb000041234000), R, WB, A | G, 0, " RO PXN UXN AF"},
	{&kernel_arm_lpa2, 1, 0x41234103, TABLE, UINT64_C(0x4000041234000), ALL, WB, 0, 0, ""},
	/* 64K: PA[51:48] in 15:12. */
	{&kernel_arm_64k, 0, UXN | PXN | 0x41235783, LEAF, UINT64_C(0x5000041230000), R, WB, A | G,
	 0, " RO PXN UXN AF"},
	{&kernel_arm_64k, 1, UXN | PXN | 0x6000f781, LEAF, UINT64_C(0xf000060000000), R, WB, A | G,
	 0, " RO PXN UXN AF"},
	{&kernel_arm_64k, 1, 0x41231003, TABLE, UINT64_C(0x1000041230000), ALL, WB, 0, 0, ""},
};

#define PFN(pa) (UINT64_C(pa) >> 12 << 10)
#define N	UINT64_C(0x8000000000000000)

static const struct entry riscv[] = {
	{&kernel_riscv_48, 0, 0, NONE, 0, 0, WB, 0, 0, ""},
	{&kernel_riscv_48, 0, PFN(0x80234000) | 0xe6, NONE, 0, 0, WB, 0, 0, ""},
	{&kernel_riscv_48, 0, PFN(0x80234000) | 0xe7, LEAF, 0x80234000, RW, WB, AD | G, 0,
	 " R W G A D"},
	{&kernel_riscv_48, 0, PFN(0x80234000) | 0x6b, LEAF, 0x80234000, RX, WB, A | G, 0,
	 " R X G A"},
	{&kernel_riscv_48, 0, PFN(0x80234000) | 0x69, LEAF, 0x80234000, VMT_RIGHT_EXEC, WB, A | G,
	 0, " X G A"},
	{&kernel_riscv_48, 0, PFN(0x80234000) | 0x5b, LEAF, 0x80234000, R | U | UX, WB, A, 0,
	 " R X U A"},
	/* To write what cannot be read; a table below the last level. */
	{&kernel_riscv_48, 0, PFN(0x80234000) | 0xe5, NONE, 0, 0, WB, 0, 5, ""},
	{&kernel_riscv_48, 0, PFN(0x80234000) | 0xed, NONE, 0, 0, WB, 0, 0xd, ""},
	{&kernel_riscv_48, 0, PFN(0x80234000) | 1, NONE, 0, 0, WB, 0, 1, ""},
	{&kernel_riscv_39, 1, PFN(0x80200000) | 0xe7, LEAF, 0x80200000, RW, WB, AD | G, 0,
	 " R W G A D"},
	{&kernel_riscv_39, 1, PFN(0x80204000) | 0xe7, LEAF, 0x80200000, RW, WB, AD | G, PFN(0x4000),
	 " R W G A D"},
	{&kernel_riscv_39, 1, PFN(0x80300000) | 0xe7, LEAF, 0x80200000, RW, WB, AD | G,
	 PFN(0x100000), " R W G A D"},
	/* Software's own. */
	{&kernel_riscv_39, 0, UINT64_C(0x0800000000000200) | PFN(0x80234000) | 0xe7, LEAF,
	 0x80234000, RW, WB, AD | G, 0, " R W G A D soft9"},
	{&kernel_riscv_39, 2, PFN(0x80000000) | 0xe7, LEAF, 0x80000000, RW, WB, AD | G, 0,
	 " R W G A D"},
	{&kernel_riscv_48, 3, PFN(0x8000000000) | 0xe7, LEAF, UINT64_C(0x8000000000), RW, WB,
	 AD | G, 0, " R W G A D"},
	{&kernel_riscv_57, 4, PFN(0x1000000000000) | 0xe7, LEAF, UINT64_C(0x1000000000000), RW, WB,
	 AD | G, 0, " R W G A D"},
	{&kernel_riscv_57, 4, PFN(0x80234000) | 1, TABLE, 0x80234000, ALL, WB, 0, 0, ""},
	{&kernel_riscv_48, 1, PFN(0x80234000) | 0xd1, TABLE, 0x80234000, ALL, WB, 0, 0xd0,
	 " U A D"},
	/* Svpbmt: NC, IO, and a form kept for later. */
	{&kernel_riscv_48, 0, UINT64_C(0x2000000000000000) | PFN(0x80234000) | 0xe7, LEAF,
	 0x80234000, RW, VMT_MEM_NC, AD | G, 0, " R W G A D"},
	{&kernel_riscv_48, 0, UINT64_C(0x4000000000000000) | PFN(0x80234000) | 0xe7, LEAF,
	 0x80234000, RW, VMT_MEM_IO, AD | G, 0, " R W G A D"},
	{&kernel_riscv_48, 0, UINT64_C(0x6000000000000000) | PFN(0x80234000) | 0xe7, LEAF,
	 0x80234000, RW, VMT_MEM_UNKNOWN, AD | G, UINT64_C(0x6000000000000000), " R W G A D"},
	{&kernel_riscv_48, 0, UINT64_C(0x0040000000000000) | PFN(0x80234000) | 0xe7, LEAF,
	 0x80234000, RW, WB, AD | G, UINT64_C(0x0040000000000000), " R W G A D"},
	/* Svnapot: of 16 pages the one at the place of the entry, here the first. */
	{&kernel_riscv_48, 0, N | PFN(0x80238000) | 0xe7, LEAF, 0x80230000, RW, WB,
	 AD | G | VMT_LEAF_CONT, 0, " R W G A D NAPOT"},
	/* Of no size that exists: N is one bit too many, and the rest is what it is without. */
	{&kernel_riscv_48, 0, N | PFN(0x80234000) | 0xe7, LEAF, 0x80234000, RW, WB, AD | G, N,
	 " R W G A D NAPOT"},
	/* There are none of larger pages. */
	{&kernel_riscv_48, 1, N | PFN(0x80208000) | 0xe7, LEAF, 0x80200000, RW, WB,
	 AD | G | VMT_LEAF_CONT, N | PFN(0x8000), " R W G A D NAPOT"},
	/* T-Head: the same bits, another meaning. */
	{&kernel_riscv_48, 0, UINT64_C(0x9000000000000000) | PFN(0x80238000) | 0xe7, LEAF,
	 0x80238000, RW, VMT_MEM_IO, AD | G, 0, " R W G A D T-Head"},
	{&kernel_riscv_48, 0, UINT64_C(0x7000000000000000) | PFN(0x80234000) | 0xe7, LEAF,
	 0x80234000, RW, WB, AD | G, 0, " R W G A D T-Head"},
	{&kernel_riscv_48, 0, UINT64_C(0x9000000000000000) | PFN(0x80234000) | 0xe7, LEAF,
	 0x80234000, RW, VMT_MEM_IO, AD | G, 0, " R W G A D T-Head"},
	{&kernel_riscv_48, 0, UINT64_C(0x3000000000000000) | PFN(0x80234000) | 0xe7, LEAF,
	 0x80234000, RW, VMT_MEM_NC, AD | G, 0, " R W G A D T-Head"},
};

/* ---- looking at them ---- */

struct pages {
	struct kernel *k;
	struct vmt_mem *mem;
	struct vmt_info *info;
	struct vmt_pgt pgt;
};

static void pages_open(struct pages *p, const struct kernel_paging *paging, const char *more)
{
	struct vmt_err err = {0};

	p->k = kernel_new(paging);
	if (more)
		kernel_say(p->k, "%s", more);
	kernel_done(p->k);
	p->mem = memtest_open(p->k->img, &kerntest_elf);
	p->info = vmt_info_new();
	assert_non_null(p->info);
	assert_int_equal(vmt_vmcoreinfo_parse(p->info, vmt_str(p->k->img->info)), VMT_OK);
	if (vmt_pgt_init(&p->pgt, p->mem, p->info, &err) != VMT_OK)
		fail_msg("%s: %s", paging->name, err.text);
}

static void pages_close(struct pages *p)
{
	vmt_info_free(p->info);
	vmt_mem_close(p->mem);
	kernel_free(p->k);
}

static void differs(const struct entry *e, const char *what, uint64_t got, uint64_t want)
{
	if (got != want)
		fail_msg("%s, level %d, 0x%016" PRIx64 ": %s 0x%" PRIx64 " is not 0x%" PRIx64,
			 e->paging->name, e->level, e->raw, what, got, want);
}

static void check_leaf(const struct vmt_pgt *pgt, const struct entry *e)
{
	uint64_t raw[2] = {e->raw, e->raw}, pas[2];
	struct vmt_stretch s = {
		.kind = VMT_STRETCH_LEAVES, .level = e->level, .rights = ALL, .raw = raw, .n = 2};
	struct vmt_span leaf;

	if (!vmt_stretch_leaf(pgt, &s, 0, &leaf))
		differs(e, "leaf", false, true);
	differs(e, "address of the leaf", leaf.pa, e->pa);
	differs(e, "rights of the leaf", leaf.rights, e->rights);
	vmt_stretch_pas(pgt, &s, 0, 2, pas);
	differs(e, "address in bulk", pas[0], e->pa);
	differs(e, "alike", vmt_stretch_alike(pgt, &s, 0), 2);
	differs(e, "flags", pgt->arch->flags(pgt, e->raw), e->flags);
	differs(e, "memory type", pgt->arch->memtype(pgt, e->level, e->raw), e->memtype);
}

static void check_entry(const struct vmt_pgt *pgt, const struct entry *e)
{
	struct vmt_entry got = pgt->arch->decode(pgt, e->level, e->raw);
	char words[200];
	uint64_t pa;

	differs(e, "kind", got.kind, e->kind);
	differs(e, "reserved", vmt_pgt_reserved(pgt, e->level, e->raw), e->reserved);
	vmt_pgt_words(pgt, e->level, e->raw, words, sizeof(words));
	if (strcmp(words, e->words) != 0)
		fail_msg("%s, level %d, 0x%016" PRIx64 ": \"%s\" is not \"%s\"", e->paging->name,
			 e->level, e->raw, words, e->words);
	if (e->kind == TABLE) {
		differs(e, "address", got.pa, e->pa);
		differs(e, "rights", pgt->arch->rights(pgt, TABLE, e->raw), e->rights);
	} else if (e->kind == LEAF) {
		check_leaf(pgt, e);
	} else if (e->level == 0) {
		pgt->arch->pas(pgt, 0, &e->raw, 1, &pa);
		differs(e, "address in bulk", pa, VMT_PA_NONE);
	}
}

static void check_entries(const struct entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct pages p;

		pages_open(&p, entries[i].paging, NULL);
		check_entry(&p.pgt, &entries[i]);
		pages_close(&p);
	}
}

static void entries_of_x86(void **state)
{
	(void)state;
	check_entries(x86, ARRAY_SIZE(x86));
}

static void entries_of_arm64(void **state)
{
	(void)state;
	check_entries(arm, ARRAY_SIZE(arm));
}

static void entries_of_riscv(void **state)
{
	(void)state;
	check_entries(riscv, ARRAY_SIZE(riscv));
}

/* Since 6.0 the ranges are told, and the indices of MAIR have one meaning. */
static void mair_is_known_where_ranges_are_told(void **state)
{
	static const enum vmt_memtype types[8] = {
		VMT_MEM_NORMAL,	      VMT_MEM_TAGGED,  VMT_MEM_NC,	VMT_MEM_DEVICE_NGNRNE,
		VMT_MEM_DEVICE_NGNRE, VMT_MEM_UNKNOWN, VMT_MEM_UNKNOWN, VMT_MEM_UNKNOWN,
	};
	struct pages p;

	(void)state;
	pages_open(&p, &kernel_arm_4k, "NUMBER(VMALLOC_END)=0xfffffdffbf000000\n");
	for (uint64_t i = 0; i < 8; i++)
		assert_int_equal(p.pgt.arch->memtype(&p.pgt, 0, 0x41234703 | i << 2), types[i]);
	assert_string_equal(vmt_memtype_name(&p.pgt, types[0]), "normal");
	assert_string_equal(vmt_memtype_name(&p.pgt, types[4]), "device-nGnRE");
	pages_close(&p);
}

/* What is compared between two copies of a table: not how often they were used. */
static void copies_that_are_the_same(void **state)
{
	struct pages p;

	(void)state;
	pages_open(&p, &kernel_x86_4, NULL);
	assert_true(vmt_pgt_same(&p.pgt, 0x1234067, 0x1234007));
	assert_true(vmt_pgt_same(&p.pgt, 0x1234067, UINT64_C(0x400000001234e07)));
	assert_false(vmt_pgt_same(&p.pgt, 0x1234067, 0x1235067));
	assert_false(vmt_pgt_same(&p.pgt, 0x1234067, 0x1234065));
	assert_false(vmt_pgt_same(&p.pgt, 0x1234067, 0));
	assert_false(vmt_pgt_same(&p.pgt, 0x1234067, NX | 0x1234067));
	pages_close(&p);
	pages_open(&p, &kernel_arm_4k, NULL);
	assert_true(vmt_pgt_same(&p.pgt, 0x41234003, UINT64_C(0x0600000041234403)));
	assert_false(vmt_pgt_same(&p.pgt, 0x41234003, 0x41235003));
	assert_false(vmt_pgt_same(&p.pgt, 0x41234003, UINT64_C(0x0800000041234003)));
	pages_close(&p);
	pages_open(&p, &kernel_riscv_48, NULL);
	assert_true(vmt_pgt_same(&p.pgt, PFN(0x80234000) | 1,
				 UINT64_C(0x0800000000000000) | PFN(0x80234000) | 0x2c1));
	assert_false(vmt_pgt_same(&p.pgt, PFN(0x80234000) | 1, PFN(0x80235000) | 1));
	assert_false(vmt_pgt_same(&p.pgt, PFN(0x80234000) | 1, PFN(0x80234000) | 0x11));
	pages_close(&p);
}

/* What is told of kernel space, and what is of the architecture: bounds of parts. */
static void parts_of_kernel_space(void **state)
{
	static const struct {
		const struct kernel_paging *paging;
		const char *more, *name;
		uint64_t start, end;
	} all[] = {
		{&kernel_x86_4, NULL, "cpu_entry_area", 0xfffffe0000000000, 0xfffffe8000000000},
		{&kernel_x86_4, NULL, "modules", 0xffffffffa0000000, 0xffffffffff000000},
		{&kernel_x86_4, "NUMBER(KERNEL_IMAGE_SIZE)=1073741824\n", "modules",
		 0xffffffffc0000000, 0xffffffffff000000},
		/* No image is so large. */
		{&kernel_x86_4, "NUMBER(KERNEL_IMAGE_SIZE)=1152921504606846976\n", "modules",
		 0xffffffffa0000000, 0xffffffffff000000},
		{&kernel_arm_4k, NULL, "direct", 0xffff000000000000, 0xffff800000000000},
		{&kernel_arm_folded, NULL, "direct", 0xffff000000000000, 0xffff800000000000},
		{&kernel_arm_lpa2, NULL, "direct", 0xfff0000000000000, 0xffff800000000000},
		/* Told as the last byte, or as what is behind it; backwards, which is nothing. */
		{&kernel_riscv_48, "NUMBER(VMALLOC_END)=0xffffaf7fffffffff\n", "vmalloc",
		 0xffff8f8000000000, 0xffffaf8000000000},
		{&kernel_riscv_48, "NUMBER(VMALLOC_END)=0xffffaf8000000000\n", "vmalloc",
		 0xffff8f8000000000, 0xffffaf8000000000},
		{&kernel_riscv_48, "NUMBER(VMALLOC_END)=0xffff8f8000000000\n", "vmalloc", 0, 0},
		{&kernel_riscv_48, "NUMBER(PAGE_OFFSET)=0xffffaf8000000000\n", "direct",
		 0xffffaf8000000000, 0xffffef8000000000},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct vmt_part parts[VMT_PARTS_MAX];
		struct pages p;
		size_t n, at = 0;

		pages_open(&p, all[i].paging, all[i].more);
		n = p.pgt.arch->parts(&p.pgt, p.info, parts);
		while (at < n && strcmp(parts[at].name, all[i].name) != 0)
			at++;
		if (all[i].end && at == n)
			fail_msg("%zu: no %s", i, all[i].name);
		if (at < n && (parts[at].start != all[i].start || parts[at].end != all[i].end))
			fail_msg("%zu: %s is 0x%" PRIx64 "-0x%" PRIx64, i, all[i].name,
				 parts[at].start, parts[at].end);
		pages_close(&p);
	}
}

/* Names of levels go by the number of them; words that do not fit are left out whole. */
static void names_and_words(void **state)
{
	struct pages p;
	char words[8];

	(void)state;
	pages_open(&p, &kernel_x86_4, NULL);
	assert_string_equal(vmt_pgt_level_name(&p.pgt, 0), "PTE");
	assert_string_equal(vmt_pgt_level_name(&p.pgt, 2), "PUD");
	assert_string_equal(vmt_pgt_level_name(&p.pgt, 3), "PGD");
	vmt_pgt_words(&p.pgt, 0, NX | 0x1234163, words, sizeof(words));
	assert_string_equal(words, " RW NX");
	vmt_pgt_words(&p.pgt, 0, NX | 0x1234163, words, 4);
	assert_string_equal(words, " RW");
	pages_close(&p);
	pages_open(&p, &kernel_x86_5, NULL);
	assert_string_equal(vmt_pgt_level_name(&p.pgt, 3), "P4D");
	assert_string_equal(vmt_pgt_level_name(&p.pgt, 4), "PGD");
	/* The last byte is told. */
	assert_u64(p.pgt.vmalloc_bytes, (UINT64_C(12800) << 40) - 1);
	pages_close(&p);
}

/* Sixteen equal entries of 64 KiB are sixteen pages. */
static void napot_pages_follow_their_place(void **state)
{
	uint64_t raw[18], pas[18], va = UINT64_C(0xffff8f800000f000);
	struct pages p;

	(void)state;
	pages_open(&p, &kernel_riscv_48, NULL);
	for (size_t i = 0; i < 18; i++)
		raw[i] = N | PFN(0x80238000) | 0xe7;
	raw[0] = PFN(0x1000) | 0xe7;
	raw[17] = 0;
	p.pgt.arch->pas(&p.pgt, va, raw, 18, pas);
	assert_u64(pas[0], 0x1000);
	for (size_t i = 1; i < 17; i++)
		assert_u64(pas[i], 0x80230000 + (i - 1) * 4096);
	assert_u64(pas[17], VMT_PA_NONE);
	pages_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_of_x86),
		cmocka_unit_test(entries_of_arm64),
		cmocka_unit_test(entries_of_riscv),
		cmocka_unit_test(mair_is_known_where_ranges_are_told),
		cmocka_unit_test(copies_that_are_the_same),
		cmocka_unit_test(parts_of_kernel_space),
		cmocka_unit_test(names_and_words),
		cmocka_unit_test(napot_pages_follow_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
