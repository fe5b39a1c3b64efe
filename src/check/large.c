// SPDX-License-Identifier: GPL-2.0-or-later
/* V08: entries that map more than a page, and those that say they are part of a larger block. */
#include <inttypes.h>
#include <string.h>

#include "check_priv.h"

static const char *const means_beyond =
	"the area reaches further than its record: what lies behind it is reachable through it";
static const char *const means_order =
	"the record says blocks of frames, and they are none: freeing and splitting go wrong";
static const char *const means_block =
	"the CPU takes the whole block from one of its entries: which one is chance";

struct large {
	struct ctx *c;
	struct vmt_pgt *pgt;
};

/* Entries of a contiguous block of a level; 0: there is none (arch/arm64, CONT_PTE_SHIFT and
 * CONT_PMD_SHIFT; riscv: 64 KiB alone). */
static size_t block_entries(const struct vmt_pgt *pgt, int level)
{
	if (strcmp(pgt->arch->machine, "riscv64") == 0)
		return level == 0 ? 16 : 0;
	if (strcmp(pgt->arch->machine, "aarch64") != 0)
		return 0;
	switch (pgt->page_shift) {
	case 12: return 16;
	case 14: return level == 0 ? 128 : 32;
	default: return 32;
	}
}

static void check_leaf(struct large *l, uint64_t va, uint64_t bytes)
{
	const struct subject *s = subject_at(l->c, va);
	struct vmt_finding *f;

	look(l->c, V08, 1, 1);
	/* In no area it is a hole that is mapped (V06). */
	if (!s || s->in_flux || !s->has_vm)
		return;
	if (va + bytes > s->end - s->guard.guard_bytes) {
		f = finding(l->c, V08, VMT_SEVERE, s, va, means_beyond, "walk");
		say_title(f, "a large entry reaches beyond its area");
		say_expected(f, "up to 0x%" PRIx64, s->end - s->guard.guard_bytes);
		say_found(f, "0x%" PRIx64 "-0x%" PRIx64, va, va + bytes);
		return;
	}
}

/* What is no struct page at all is V05's to tell. */
static bool is_aligned(const struct vmt_page_map *map, uint64_t page_va, uint64_t block)
{
	uint64_t pfn;

	return !vmt_page_pfn(map, page_va, &pfn) || pfn % block == 0;
}

/* More frames than any machine has. */
#define ORDER_MAX 30

static void tell_order(struct large *l, const struct subject *s)
{
	struct vmt_finding *f =
		finding(l->c, V08, VMT_WRONG, s, s->k->vm_struct_va, means_order, "explain");

	say_title(f, "page_order %u is that of no block of frames", s->k->page_order);
	say_expected(f, "the order of what was allocated, 0 for single frames");
	say_found(f, "page_order %u", s->k->page_order);
}

/* A record of larger pages is one of blocks of frames (vm_area_alloc_pages). */
static enum vmt_rc check_order(struct large *l, const struct subject *s,
			       const struct vmt_page_map *map)
{
	uint64_t pointers[512], room = (s->end - s->start) / l->c->page_size, before = 0;
	uint64_t count = s->k->area.pages < room ? s->k->area.pages : room;
	uint64_t block = UINT64_C(1) << s->k->page_order, n;

	if (!afford(l->c, count))
		return unknown(l->c, V08, count, s->start, VMT_FACT_NONE,
			       "areas claim more than the image can hold");
	for (uint64_t at = 0; at < count; at += n) {
		n = count - at < 512 ? count - at : 512;
		/* What cannot be read, V05 tells. */
		if (vmt_kern_read(l->c->kern, s->k->pages_va + 8 * at, pointers, 8 * n, NULL) !=
		    VMT_OK)
			return VMT_OK;
		for (uint64_t i = 0; i < n; i++) {
			struct vmt_finding *f;

			if ((at + i) % block == 0 && !is_aligned(map, pointers[i], block)) {
				f = finding(l->c, V08, VMT_WRONG, s,
					    s->start + (at + i) * l->c->page_size, means_order,
					    "explain");
				say_title(f, "pages[%" PRIu64 "] does not begin a block of frames",
					  at + i);
				say_expected(f,
					     "a frame that is a multiple of %" PRIu64
					     " (page_order %u)",
					     block, s->k->page_order);
				say_found(f, "struct page 0x%" PRIx64, pointers[i]);
				return VMT_OK;
			}
			if ((at + i) % block && pointers[i] != before + map->bytes) {
				f = finding(l->c, V08, VMT_WRONG, s,
					    s->start + (at + i) * l->c->page_size, means_order,
					    "explain");
				say_title(f, "pages[%" PRIu64 "] is not behind the one before it",
					  at + i);
				say_expected(f, "blocks of %" PRIu64 " frames (page_order %u)",
					     block, s->k->page_order);
				say_found(f, "0x%" PRIx64 " behind 0x%" PRIx64, pointers[i],
					  before);
				return VMT_OK;
			}
			before = pointers[i];
		}
	}
	return VMT_OK;
}

static enum vmt_rc check_orders(struct large *l)
{
	struct vmt_page_map map;
	enum vmt_rc rc = vmt_kern_page_map(l->c->kern, &map, NULL);

	for (size_t i = 0; rc == VMT_OK && i < l->c->n_busy; i++) {
		const struct subject *s = &l->c->busy[i];

		if (!s->has_vm || s->in_flux || !(s->k->vm_flags & VM_ALLOC) || !s->k->pages_va ||
		    !s->k->page_order)
			continue;
		if (s->k->page_order > ORDER_MAX)
			tell_order(l, s);
		else if (s->end > s->start)
			rc = check_order(l, s, &map);
	}
	return rc == VMT_NOMEM ? rc : VMT_OK;
}

/* The block that entry @i of a table is in: all of it must be alike and follow each other. */
static void check_block(struct large *l, const struct vmt_stretch *st, const uint64_t *table,
			size_t i, size_t n)
{
	const size_t first = i - i % n;
	uint64_t each = vmt_pgt_entry_bytes(l->pgt, st->level), pas[128];
	uint64_t va = st->va - st->index * each + first * each;
	struct vmt_stretch block = *st;
	struct vmt_finding *f;
	bool sound = true;

	look(l->c, V08, 2, 1);
	block.va = va;
	block.raw = table + first;
	block.n = n;
	block.index = first;
	vmt_stretch_pas(l->pgt, &block, 0, n, pas);
	for (size_t j = 0; j < n; j++)
		sound &= pas[j] == pas[0] + j * each;
	sound = sound && pas[0] % (n * each) == 0 && vmt_stretch_alike(l->pgt, &block, 0) == n;
	if (sound)
		return;
	f = finding(l->c, V08, VMT_SEVERE, subject_at(l->c, va), va, means_block, "walk");
	say_title(f, "entries of a contiguous block do not belong together");
	say_expected(f, "%zu entries alike, one behind the other, aligned to %" PRIu64 " bytes", n,
		     n * each);
	say_found(f, "the first maps 0x%" PRIx64, pas[0]);
}

static enum vmt_rc see_stretch(struct large *l, const struct vmt_stretch *st)
{
	uint64_t each = vmt_pgt_entry_bytes(l->pgt, st->level), table[8192];
	size_t n = block_entries(l->pgt, st->level), last = SIZE_MAX;
	enum vmt_rc rc = VMT_OK;
	bool have = false;

	for (size_t i = 0; i < st->n && rc == VMT_OK; i++) {
		size_t at = st->index + i;

		if (l->pgt->arch->decode(l->pgt, st->level, st->raw[i]).kind != VMT_ENTRY_LEAF)
			continue;
		look(l->c, V08, 0, 1);
		if (st->level > 0)
			check_leaf(l, st->va + i * each, each);
		if (!n || !(l->pgt->arch->flags(l->pgt, st->raw[i]) & VMT_LEAF_CONT) ||
		    (last != SIZE_MAX && at / n == last / n))
			continue;
		last = at;
		/* A stretch may be a part of the block. */
		if (!have)
			rc = vmt_pgt_read_table(l->pgt, st->level, st->table_pa, table, &l->c->err);
		have = true;
		if (rc == VMT_OK)
			check_block(l, st, table, at, n);
	}
	return rc == VMT_NOMEM ? rc : VMT_OK;
}

enum vmt_rc check_large(struct ctx *c)
{
	struct large l = {c, vmt_kern_pgt(c->kern)};
	struct vmt_cursor *cur = NULL;
	struct vmt_stretch st;
	enum vmt_rc rc;

	if (c->no_areas)
		return unknown(c, V08, 1, 0, VMT_FACT_NONE, "%s", c->no_areas);
	if (!c->has_vmalloc)
		(void)unknown_for(
			c, V08, 1, 0, vmt_kern_lack(c->kern),
			"where vmalloc space is is not known: entries of it are not judged");
	rc = vmt_cursor_open(&cur, l.pgt, NULL, &c->err);
	for (size_t w = 0; rc == VMT_OK && w < c->n_windows; w++) {
		vmt_cursor_seek(cur, c->windows[w].start, c->windows[w].end);
		while (rc == VMT_OK && (rc = vmt_cursor_next(cur, &st, &c->err)) == VMT_OK) {
			if (st.kind == VMT_STRETCH_LEAVES)
				rc = see_stretch(&l, &st);
			else if (st.kind == VMT_STRETCH_UNKNOWN)
				rc = unread(c, V08, 1, st.va, st.why, st.err, "a table page");
		}
		rc = rc == VMT_NONE ? VMT_OK : rc;
	}
	if (rc == VMT_OK)
		rc = check_orders(&l);
	vmt_cursor_close(cur);
	return rc;
}
