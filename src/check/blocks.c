// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V06 within blocks of vm_map_ram: used_map (6.3+) says which pages are handed out; before, only
 * that none at or behind BITS - free ever was.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "mapping.h"

static const char *const means_block =
	"a page of this block is mapped that nobody has: its next owner will share it";

static const char *const means_counts =
	"the kernel hands out pages of this block that are in use, or behind its end";

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

static uint64_t used_pages(const struct vmt_block *b)
{
	uint64_t n = 0;

	for (size_t i = 0; i < sizeof(b->used) / sizeof(b->used[0]); i++)
		n += (uint64_t)__builtin_popcountll(b->used[i]);
	return n;
}

static void mapped(struct mapping *m, const struct subject *s, uint64_t va,
		   const struct vmt_stretch *st, size_t i)
{
	const struct vmt_block *b = m->block;
	uint64_t page = (va - s->start) >> m->shift, bits = (b->end - b->start) >> m->shift;
	struct vmt_finding *f;

	(void)st;
	(void)i;
	if (b->has_used ? b->used[page / 64 % 16] >> page % 64 & 1 : page < bits - b->free)
		return;
	f = finding(m->c, V06, VMT_SEVERE, s, va, means_block, "walk");
	say_title(f, "page %" PRIu64 " of a vm_map_ram block is mapped and not in use", page);
	if (b->has_used)
		say_expected(f, "nothing: its bit in used_map is clear, and freed pages are dirty");
	else
		say_expected(f, "nothing at or behind page %" PRIu64, bits - b->free);
	say_found(f, "a page");
}

static void tell_counts(struct mapping *m, const struct subject *s, const struct vmt_block *b,
			uint64_t bits)
{
	struct vmt_finding *f = finding(m->c, V06, VMT_WRONG, s, s->start, means_counts, "walk");

	say_title(f, "a vm_map_ram block counts more pages than it has");
	say_expected(f, "up to %" PRIu64, bits);
	say_found(f, "%" PRIu64 " free, %" PRIu64 " dirty (vmap_block 0x%" PRIx64 ")", b->free,
		  b->dirty, b->va);
}

static void lost(struct mapping *m, const struct subject *s, uint64_t start, uint64_t end,
		 const struct vmt_stretch *st)
{
	(void)s;
	(void)end;
	if (st->kind == VMT_STRETCH_CLONE)
		(void)unknown(m->c, V06, 1, start, st->table_pa,
			      "a table that is met a second time (V18)");
	else
		(void)unread(m->c, V06, 1, start, st->why, st->err, "a table page");
}

enum vmt_rc check_block(struct mapping *m, const struct subject *s)
{
	const struct vmt_block key = {.start = s->start};
	const struct vmt_block *b =
		m->n_blocks ? bsearch(&key, m->blocks, m->n_blocks, sizeof(key), by_start) : NULL;
	uint64_t bits;

	/* A range of its own is mapped as a whole: nothing says how much of it. */
	if (!b || b->end != s->end)
		return VMT_OK;
	bits = (b->end - b->start) >> m->shift;
	if (bits > 64 * sizeof(b->used) / sizeof(b->used[0]))
		return unknown(m->c, V06, 1, s->start, VMT_FACT_NONE,
			       "a vm_map_ram block is larger than those that are known");
	if (b->free > bits || b->dirty > bits) {
		tell_counts(m, s, b, bits);
		return VMT_OK;
	}
	/* Between clearing a bit and counting it dirty the page is still mapped. */
	if (b->has_used && b->free + b->dirty + used_pages(b) != bits)
		return unknown(m->c, V06, bits, s->start, VMT_FACT_NONE,
			       "a vm_map_ram block is just being freed from");
	look(m->c, V06, 2, 1);
	m->block = b;
	if (!b->has_used)
		(void)unknown(m->c, V06, bits - b->free, s->start, VMT_FACT_NONE,
			      "this kernel does not say which pages of a vm_map_ram block are in "
			      "use");
	return each_mapped(m, s, s->start, s->end, mapped, lost);
}
