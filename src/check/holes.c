// SPDX-License-Identifier: GPL-2.0-or-later
/* V06: what nobody holds is not mapped: guard pages, freed ranges, holes. */
#include <inttypes.h>

#include "mapping.h"

static const char *const means_guard =
	"running off the end of this area does not fault: it writes to what is mapped here";
static const char *const means_hole =
	"memory is reachable that no record holds: its next owner will share it";

static void lost(struct mapping *m, const struct subject *s, uint64_t start, uint64_t end,
		 const struct vmt_stretch *st)
{
	(void)s;
	if (st->kind == VMT_STRETCH_CLONE)
		(void)unknown(m->c, V06, 1, start, st->table_pa,
			      "a table that is met a second time (V18)");
	else
		(void)unread(m->c, V06, 1, start, st->why, st->err, "a table page");
	(void)end;
}

static void mapped_guard(struct mapping *m, const struct subject *s, uint64_t va,
			 const struct vmt_stretch *st, size_t i)
{
	struct vmt_finding *f = finding(m->c, V06, VMT_SEVERE, s, va, means_guard, "walk");
	struct vmt_entry e = m->pgt->arch->decode(m->pgt, st->level, st->raw[i]);

	say_title(f, "the guard page is mapped");
	say_expected(f, "nothing behind 0x%" PRIx64, s->end - m->c->page_size);
	say_found(f, "page table = 0x%" PRIx64, e.pa);
}

enum vmt_rc check_guard(struct mapping *m, const struct subject *s)
{
	if (!s->guard.guard_bytes || !s->has_vm || s->in_flux ||
	    s->guard.guard_bytes > s->end - s->start)
		return VMT_OK;
	look(m->c, V06, 0, 1);
	return each_mapped(m, s, s->end - s->guard.guard_bytes, s->end, mapped_guard, lost);
}

/* ---- gaps ---- */

/* What the kernel's books say of an address that is in no area. */
static const struct vmt_range *range_at(struct ctx *c, uint64_t va)
{
	const struct vmt_range *best = NULL;

	if (!afford(c, c->n_ranges))
		return NULL;
	for (size_t i = 0; i < c->n_ranges; i++) {
		const struct vmt_range *r = &c->ranges[i];

		if (va >= r->start && va < r->end &&
		    (!best || c->books[r->book].space < c->books[best->book].space))
			best = r;
	}
	return best;
}

static void mapped_hole(struct mapping *m, const struct subject *s, uint64_t va,
			const struct vmt_stretch *st, size_t i)
{
	const struct vmt_range *r = range_at(m->c, va);
	enum vmt_space space = r ? m->c->books[r->book].space : VMT_SPACE_FREE;
	struct vmt_entry e = m->pgt->arch->decode(m->pgt, st->level, st->raw[i]);
	struct vmt_finding *f;

	if (!r && range_in_hand(m->c, va)) {
		(void)unknown(m->c, V06, 1, va, VMT_FACT_NONE,
			      "mapped, in no area: a running thread is just freeing it");
		return;
	}
	f = finding(m->c, V06, VMT_SEVERE, s, va, means_hole, "walk");
	if (r && space != VMT_SPACE_FREE) {
		say_title(f, "a freed range is mapped (%s)", vmt_space_name(space));
		f->area_start = r->start;
		f->area_end = r->end;
	} else {
		say_title(f, "a hole is mapped");
	}
	say_expected(f, "nothing: no area holds 0x%" PRIx64, va);
	say_found(f, "page table = 0x%" PRIx64 ", %" PRIu64 " bytes", e.pa,
		  vmt_pgt_entry_bytes(m->pgt, st->level));
}

enum vmt_rc check_gap(struct mapping *m, uint64_t start, uint64_t end)
{
	if (!m->c->all_busy)
		return unknown(m->c, V06, 1, start, VMT_FACT_NONE,
			       "a list of areas is broken: what lies here may be one of its own");
	look(m->c, V06, 1, 1);
	return each_mapped(m, NULL, start, end, mapped_hole, lost);
}
