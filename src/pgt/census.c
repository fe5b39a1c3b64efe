// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges: how much is mapped, by leaves of what size, and what the tables cost. */
#include "pgt_priv.h"

#define AT_ONCE 512u

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

static void count_leaves(const struct vmt_pgt *pgt, const struct vmt_stretch *s,
			 struct vmt_census *c)
{
	uint64_t each = vmt_pgt_entry_bytes(pgt, s->level), pas[AT_ONCE], n = 0, cont = 0;

	for (size_t from = 0; from < s->n; from += AT_ONCE) {
		size_t some = s->n - from < AT_ONCE ? s->n - from : AT_ONCE;

		vmt_stretch_pas(pgt, s, from, some, pas);
		for (size_t i = 0; i < some; i++) {
			bool leaf = pas[i] != VMT_PA_NONE;

			n += leaf;
			cont += leaf && pgt->arch->flags(pgt, s->raw[from + i]) & VMT_LEAF_CONT;
		}
	}
	c->leaves[s->level] += n;
	c->cont[s->level] += cont;
	c->mapped_bytes += n * each;
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
