// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V05 and V06 within blocks of vm_map_ram: used_map (6.3+) says which pages are handed out; before,
 * it is those in front of BITS - free, as long as none was given back.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mapping.h"

static const char *const means_block =
	"a page of this block is mapped that nobody has: its next owner will share it";

static const char *const means_lost =
	"who has this page takes it for mapped: the next access to it is an oops";

static const char *const means_counts =
	"the kernel hands out pages of this block that are in use, or behind its end";

static const char why_clone[] = "a table that is met a second time (V18)";

static int by_start(const void *pa, const void *pb)
{
	const struct vmt_block *a = pa, *b = pb;

	return (a->start > b->start) - (a->start < b->start);
}

enum vmt_rc blocks_read(struct mapping *m)
{
	enum vmt_rc rc = vmt_kern_blocks(m->c->kern, &m->blocks, &m->n_blocks);

	if (m->n_blocks)
		qsort(m->blocks, m->n_blocks, sizeof(*m->blocks), by_start);
	return rc == VMT_NOMEM ? rc : VMT_OK;
}

static bool bit(const uint64_t *map, uint64_t i)
{
	return map[i / 64] >> i % 64 & 1;
}

static void set_bits(uint64_t *map, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++)
		map[i / 64] |= UINT64_C(1) << i % 64;
}

static uint64_t used_pages(const struct vmt_block *b)
{
	uint64_t n = 0;

	for (size_t i = 0; i < VMT_BLOCK_PAGES / 64; i++)
		n += (uint64_t)__builtin_popcountll(b->used[i]);
	return n;
}

/* ---- mapped, and not in use ---- */

static void mapped(struct mapping *m, const struct subject *s, uint64_t va,
		   const struct vmt_stretch *st, size_t i)
{
	const struct vmt_block *b = m->block;
	uint64_t page = (va - s->start) >> m->shift, bits = (b->end - b->start) >> m->shift;
	uint64_t next =
		(st->va + (i + 1) * vmt_pgt_entry_bytes(m->pgt, st->level) - s->start) >> m->shift;
	struct vmt_finding *f;

	set_bits(m->there, page, next < bits ? next : bits);
	if (bit(m->in_use, page))
		return;
	f = finding(m->c, V06, VMT_SEVERE, s, va, means_block, "walk");
	say_title(f, "page %" PRIu64 " of a vm_map_ram block is mapped and not in use", page);
	if (b->has_used)
		say_expected(f, "nothing: its bit in used_map is clear, and freed pages are dirty");
	else
		say_expected(f, "nothing at or behind page %" PRIu64, bits - b->free);
	say_found(f, "a page");
}

static void lost(struct mapping *m, const struct subject *s, uint64_t start, uint64_t end,
		 const struct vmt_stretch *st)
{
	uint64_t used = 0;

	for (uint64_t va = start; va < end; va += m->c->page_size)
		used += bit(m->in_use, (va - s->start) >> m->shift);
	m->block_lost = true;
	if (st->kind == VMT_STRETCH_CLONE) {
		(void)unknown(m->c, V05, used, start, st->table_pa, "%s", why_clone);
		(void)unknown(m->c, V06, 1, start, st->table_pa, "%s", why_clone);
	} else {
		(void)unread(m->c, V05, used, start, st->why, st->err, "a table page");
		(void)unread(m->c, V06, 1, start, st->why, st->err, "a table page");
	}
}

/* ---- in use, and not mapped ---- */

/* What V05 counts them as. */
#define PAGES_OF_BLOCKS 3

/*
 * What is handed out is rounded to a power of two and mapped as far as was asked for (vb_alloc):
 * with so many pages in a row before them, so many that are not mapped are its rest.
 */
static bool is_rest(uint64_t before, uint64_t pages)
{
	uint64_t all = 1;

	while (all <= 2 * pages)
		all *= 2;
	return before >= all - pages;
}

static void tell_unmapped(struct mapping *m, const struct subject *s, uint64_t from, uint64_t to)
{
	uint64_t va = s->start + (from << m->shift);
	struct vmt_finding *f = finding(m->c, V05, VMT_SEVERE, s, va, means_lost, "walk");

	if (to == from + 1)
		say_title(f, "page %" PRIu64 " of a vm_map_ram block is in use and not mapped",
			  from);
	else
		say_title(f,
			  "pages %" PRIu64 " to %" PRIu64
			  " of a vm_map_ram block are in use and not mapped",
			  from, to - 1);
	say_expected(f, "a page: vmap_block 0x%" PRIx64 " has it handed out", m->block->va);
	say_found(f, "page table: nothing");
	look(m->c, V05, PAGES_OF_BLOCKS, to - from);
}

/*
 * vm_map_ram() maps a range that it has been handed, from its first page on, and may sleep there;
 * up to 6.2 vm_unmap_ram() unmaps one before it gives it back.  Both have the address of its first
 * page, which is no further back than the row of pages in use.
 */
static bool is_under_way(struct mapping *m, const struct subject *s, uint64_t before, uint64_t from)
{
	return page_in_hand(m->c, s->start + ((from - before) << m->shift),
			    s->start + (from << m->shift));
}

/* @end: of what was ever handed out.  What is no more than a rest is compared with nothing. */
static void see_unmapped(struct mapping *m, const struct subject *s, uint64_t end)
{
	uint64_t before = 0, from;

	for (uint64_t i = 0; i < end;) {
		if (!bit(m->in_use, i) || bit(m->there, i)) {
			look(m->c, V05, PAGES_OF_BLOCKS, bit(m->in_use, i));
			before = bit(m->in_use, i++) ? before + 1 : 0;
			continue;
		}
		for (from = i; i < end && bit(m->in_use, i) && !bit(m->there, i); i++)
			;
		if (is_rest(before, i - from))
			;
		else if (i == end || is_under_way(m, s, before, from))
			(void)unknown(m->c, V05, i - from, s->start + (from << m->shift),
				      VMT_FACT_NONE,
				      "pages of a vm_map_ram block may just be being mapped or "
				      "unmapped");
		else
			tell_unmapped(m, s, from, i);
		before = 0;
	}
}

/* ---- the block ---- */

static void tell_counts(struct mapping *m, const struct subject *s, const struct vmt_block *b,
			uint64_t bits)
{
	struct vmt_finding *f = finding(m->c, V06, VMT_WRONG, s, s->start, means_counts, "walk");

	say_title(f, "a vm_map_ram block counts more pages than it has");
	say_expected(f, "up to %" PRIu64, bits);
	if (b->has_used)
		say_found(f,
			  "%" PRIu64 " free, %" PRIu64 " dirty, %" PRIu64
			  " in use (vmap_block 0x%" PRIx64 ")",
			  b->free, b->dirty, used_pages(b), b->va);
	else
		say_found(f, "%" PRIu64 " free, %" PRIu64 " dirty (vmap_block 0x%" PRIx64 ")",
			  b->free, b->dirty, b->va);
}

/* Pages that may be mapped.  @return false: some of them may have been given back. */
static bool learn_used(struct mapping *m, const struct vmt_block *b, uint64_t bits)
{
	memset(m->there, 0, sizeof(m->there));
	memset(m->in_use, 0, sizeof(m->in_use));
	if (b->has_used)
		memcpy(m->in_use, b->used, sizeof(m->in_use));
	else
		set_bits(m->in_use, 0, bits - b->free);
	return b->has_used || !b->dirty;
}

enum vmt_rc check_block(struct mapping *m, const struct subject *s)
{
	const struct vmt_block key = {.start = s->start};
	const struct vmt_block *b =
		m->n_blocks ? bsearch(&key, m->blocks, m->n_blocks, sizeof(key), by_start) : NULL;
	uint64_t bits, all;
	enum vmt_rc rc;
	bool sure;

	/* A range of its own is mapped as a whole: nothing says how much of it. */
	if (!b || b->end != s->end)
		return VMT_OK;
	bits = (b->end - b->start) >> m->shift;
	if (bits > VMT_BLOCK_PAGES)
		return unknown(m->c, V06, 1, s->start, VMT_FACT_NONE,
			       "a vm_map_ram block is larger than those that are known");
	all = b->free <= bits && b->dirty <= bits ? b->free + b->dirty : UINT64_MAX;
	if (all <= bits && b->has_used)
		all += used_pages(b);
	if (all > bits) {
		tell_counts(m, s, b, bits);
		return VMT_OK;
	}
	/* Between clearing a bit and counting it dirty the page is still mapped. */
	if (b->has_used && all != bits)
		return unknown(m->c, V06, bits, s->start, VMT_FACT_NONE,
			       "a vm_map_ram block is just being freed from");
	look(m->c, V06, 2, 1);
	m->block = b;
	m->block_lost = false;
	sure = learn_used(m, b, bits);
	if (!sure)
		(void)unknown(m->c, V06, bits - b->free, s->start, VMT_FACT_NONE,
			      "this kernel does not say which pages of a vm_map_ram block are in "
			      "use");
	rc = each_mapped(m, s, s->start, s->end, mapped, lost);
	if (rc == VMT_OK && sure && !m->block_lost)
		see_unmapped(m, s, bits - b->free);
	return rc;
}
