// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges: how much is mapped, by leaves of what size, and what the tables cost. */
#include "pgt_priv.h"

struct counting {
	struct vmt_census *census;
	uint64_t start, last;
};

static void count_table(void *arg, const struct vmt_table *t)
{
	struct counting *c = arg;

	if (t->again)
		c->census->clones++;
	else if (t->va >= c->start && t->va + (t->bytes - 1) <= c->last)
		c->census->tables[t->level]++;
}

/* Run by run: of most tables all entries are alike. */
static void count_leaves(const struct vmt_pgt *pgt, const struct vmt_stretch *s,
			 struct vmt_census *c)
{
	uint64_t each = vmt_pgt_entry_bytes(pgt, s->level);

	for (size_t i = 0, n; i < s->n; i += n) {
		struct vmt_span leaf;

		n = vmt_stretch_alike(pgt, s, i);
		if (!vmt_stretch_leaf(pgt, s, i, &leaf))
			continue;
		c->leaves[s->level] += n;
		c->cont[s->level] += leaf.flags & VMT_LEAF_CONT ? n : 0;
		c->mapped_bytes += n * each;
	}
}

enum vmt_rc vmt_pgt_census(struct vmt_pgt *pgt, uint64_t start, uint64_t end,
			   struct vmt_census *census, struct vmt_err *err)
{
	struct counting counting = {census, start, end - 1};
	struct vmt_cursor_opts opts = {.table = count_table, .arg = &counting};
	struct vmt_cursor *cur;
	struct vmt_stretch s;
	enum vmt_rc rc = vmt_cursor_open(&cur, pgt, &opts, err);

	if (rc != VMT_OK)
		return rc;
	vmt_cursor_seek(cur, start, end);
	while ((rc = vmt_cursor_next(cur, &s, err)) == VMT_OK) {
		if (s.kind == VMT_STRETCH_LEAVES)
			count_leaves(pgt, &s, census);
		if (s.kind != VMT_STRETCH_UNKNOWN)
			continue;
		census->unknown++;
		census->unknown_bytes += s.bytes;
	}
	vmt_cursor_close(cur);
	return rc == VMT_NONE ? VMT_OK : rc;
}
