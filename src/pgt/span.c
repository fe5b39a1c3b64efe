// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges, leaf by leaf, or merged where neighbours are alike. */
#include "pgt_priv.h"

/* What two leaves must share to be alike: how often they were used does not count. */
#define FLAGS_ALIKE ((unsigned)(VMT_LEAF_CONT | VMT_LEAF_GLOBAL | VMT_LEAF_SPECIAL))

void vmt_stretch_pas(const struct vmt_pgt *pgt, const struct vmt_stretch *s, size_t from, size_t n,
		     uint64_t *pas)
{
	uint64_t each = vmt_pgt_entry_bytes(pgt, s->level);

	if (s->level == 0) {
		pgt->arch->pas(pgt, s->va + from * each, s->raw + from, n, pas);
		return;
	}
	for (size_t i = 0; i < n; i++)
		pas[i] = vmt_pgt_leaf_pa(pgt, s->level, 0, s->raw[from + i]);
}

static bool is_leaf(const struct vmt_pgt *pgt, const struct vmt_stretch *s, size_t i)
{
	return pgt->arch->decode(pgt, s->level, s->raw[i]).kind == VMT_ENTRY_LEAF;
}

bool vmt_stretch_leaf(const struct vmt_pgt *pgt, const struct vmt_stretch *s, size_t i,
		      struct vmt_span *leaf)
{
	uint64_t each = vmt_pgt_entry_bytes(pgt, s->level), va = s->va + i * each, raw = s->raw[i];

	if (!is_leaf(pgt, s, i))
		return false;
	*leaf = (struct vmt_span){
		.kind = VMT_STRETCH_LEAVES,
		.va = va,
		.bytes = each,
		.n = 1,
		.pa = vmt_pgt_leaf_pa(pgt, s->level, va, raw),
		.leaf_bytes = each,
		.contiguous = true,
		.level = s->level,
		.rights = s->rights & pgt->arch->rights(pgt, VMT_ENTRY_LEAF, raw),
		.flags = pgt->arch->flags(pgt, raw) & FLAGS_ALIKE,
		.memtype = pgt->arch->memtype(pgt, s->level, raw),
		.raw = raw,
		.table_pa = s->table_pa,
	};
	return true;
}

size_t vmt_stretch_alike(const struct vmt_pgt *pgt, const struct vmt_stretch *s, size_t from)
{
	/* Above the last level part of the address bits is none: those of a leaf are compared. */
	uint64_t mask = ~(pgt->arch->loose_mask | (s->level == 0 ? pgt->addr_mask : 0));
	uint64_t first = s->raw[from];
	bool leaf = is_leaf(pgt, s, from);
	size_t i = from + 1;

	if (s->level > 0) {
		struct vmt_span a, b;

		(void)vmt_stretch_leaf(pgt, s, from, &a);
		while (i < s->n && vmt_stretch_leaf(pgt, s, i, &b) && a.rights == b.rights &&
		       a.flags == b.flags && a.memtype == b.memtype)
			i++;
		return i - from;
	}
	if (leaf)
		while (i < s->n && !((s->raw[i] ^ first) & mask))
			i++;
	else
		while (i < s->n && (!s->raw[i] || !is_leaf(pgt, s, i)))
			i++;
	return i - from;
}

/* ---- leaves ---- */

static void add_gap(struct vmt_cursor *cur, uint64_t va, uint64_t bytes)
{
	if (cur->opts.want)
		return;
	if (!cur->has_gap)
		cur->gap = va;
	cur->has_gap = true;
	cur->gap_bytes = va + bytes - cur->gap;
}

static enum vmt_rc give_gap(struct vmt_cursor *cur, struct vmt_span *leaf)
{
	uint64_t last = cur->gap + cur->gap_bytes - 1;

	cur->has_gap = false;
	if (last > cur->last)
		last = cur->last;
	*leaf = (struct vmt_span){
		.kind = VMT_STRETCH_HOLE,
		.va = cur->gap,
		.bytes = last - cur->gap + 1,
	};
	return VMT_OK;
}

/* The next entry of the stretch, if it is one to be told. */
static bool entry(struct vmt_cursor *cur, struct vmt_span *leaf)
{
	struct vmt_stretch *s = &cur->rest;
	uint64_t each = vmt_pgt_entry_bytes(cur->pgt, s->level);
	size_t n;

	if (vmt_stretch_leaf(cur->pgt, s, cur->rest_at, leaf)) {
		if (!(cur->opts.want & ~leaf->rights))
			return true;
		n = 1;
	} else {
		n = vmt_stretch_alike(cur->pgt, s, cur->rest_at);
		add_gap(cur, s->va + cur->rest_at * each, n * each);
	}
	cur->rest_at += n;
	return false;
}

static void give_other(const struct vmt_stretch *s, struct vmt_span *leaf)
{
	*leaf = (struct vmt_span){
		.kind = s->kind,
		.va = s->va,
		.bytes = s->bytes,
		.n = 1,
		.level = s->level,
		.rights = s->rights,
		.table_pa = s->table_pa,
		.first_va = s->first_va,
		.why = s->why,
	};
}

enum vmt_rc vmt_cursor_leaf(struct vmt_cursor *cur, struct vmt_span *leaf, struct vmt_err *err)
{
	struct vmt_stretch *s = &cur->rest;

	for (;;) {
		if (!cur->has_rest) {
			enum vmt_rc rc = vmt_cursor_next(cur, s, err);

			if (rc == VMT_NONE && cur->has_gap)
				return give_gap(cur, leaf);
			if (rc != VMT_OK)
				return rc;
			cur->has_rest = true;
			cur->rest_at = 0;
		}
		if (s->kind == VMT_STRETCH_HOLE) {
			add_gap(cur, s->va, s->bytes);
			cur->has_rest = false;
		} else if (s->kind != VMT_STRETCH_LEAVES) {
			if (cur->has_gap)
				return give_gap(cur, leaf);
			cur->has_rest = false;
			give_other(s, leaf);
			return VMT_OK;
		} else if (cur->rest_at == s->n) {
			cur->has_rest = false;
		} else if (entry(cur, leaf)) {
			if (cur->has_gap)
				return give_gap(cur, leaf);
			cur->rest_at++;
			return VMT_OK;
		}
	}
}

/* ---- spans ---- */

static bool goes_on(const struct vmt_cursor *cur, const struct vmt_span *a,
		    const struct vmt_span *b)
{
	if (a->kind != b->kind || a->level != b->level || a->va + a->bytes != b->va)
		return false;
	if (a->kind == VMT_STRETCH_UNKNOWN)
		return a->why == b->why;
	if (a->kind == VMT_STRETCH_CLONE)
		return a->table_pa == b->table_pa;
	return a->kind == VMT_STRETCH_LEAVES && a->rights == b->rights && a->flags == b->flags &&
	       a->memtype == b->memtype && (!cur->opts.contiguous || a->pa + a->bytes == b->pa);
}

enum vmt_rc vmt_cursor_span(struct vmt_cursor *cur, struct vmt_span *span, struct vmt_err *err)
{
	enum vmt_rc rc = VMT_OK;

	if (cur->has_ahead)
		*span = cur->ahead;
	else
		rc = vmt_cursor_leaf(cur, span, err);
	cur->has_ahead = false;
	if (rc != VMT_OK || span->kind == VMT_STRETCH_HOLE)
		return rc;
	for (;;) {
		rc = vmt_cursor_leaf(cur, &cur->ahead, err);
		if (rc == VMT_NOMEM)
			return rc;
		cur->has_ahead = rc == VMT_OK;
		if (rc != VMT_OK || !goes_on(cur, span, &cur->ahead))
			return VMT_OK;
		if (span->pa + span->bytes != cur->ahead.pa)
			span->contiguous = false;
		span->bytes += cur->ahead.bytes;
		span->n++;
	}
}
