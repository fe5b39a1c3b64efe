// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ranges of kernel space, a table at a time.  Every call starts at the root, which costs nothing
 * beside the hundreds of entries it hands out; the tables of the way down are kept, so that each is
 * read once.
 */
#include <string.h>

#include "pgt_priv.h"

enum vmt_rc vmt_cursor_open(struct vmt_cursor **out, struct vmt_pgt *pgt,
			    const struct vmt_cursor_opts *opts, struct vmt_err *err)
{
	struct vmt_cursor *cur = calloc(1, sizeof(*cur));

	if (!cur)
		return vmt_err_nomem(err);
	cur->pgt = pgt;
	if (opts)
		cur->opts = *opts;
	if (!cur->opts.root_pa)
		cur->opts.root_pa = pgt->root_pa;
	cur->done = true;
	for (int level = 0; level < (int)pgt->levels; level++) {
		struct vmt_held *h = &cur->held[level];

		h->raw = malloc(vmt_pgt_entries(pgt, level) * sizeof(h->raw[0]));
		if (!h->raw) {
			vmt_cursor_close(cur);
			return vmt_err_nomem(err);
		}
	}
	*out = cur;
	return VMT_OK;
}

void vmt_cursor_close(struct vmt_cursor *cur)
{
	if (!cur)
		return;
	for (size_t i = 0; i < VMT_LEVELS_MAX; i++)
		free(cur->held[i].raw);
	vmt_seen_free(&cur->seen);
	free(cur);
}

void vmt_cursor_forget(struct vmt_cursor *cur)
{
	for (size_t i = 0; i < VMT_LEVELS_MAX; i++)
		cur->held[i].valid = false;
	cur->barred_rc = VMT_OK;
	vmt_seen_free(&cur->seen);
}

void vmt_cursor_seek(struct vmt_cursor *cur, uint64_t start, uint64_t end)
{
	uint64_t first = vmt_pgt_first_va(cur->pgt);

	cur->at = start > first ? start : first;
	cur->last = end - 1;
	cur->done = cur->last < cur->at;
	cur->in_hole = false;
	cur->has_rest = cur->has_gap = cur->has_ahead = false;
}

/* ---- tables ---- */

static uint64_t table_bytes(const struct vmt_pgt *pgt, int level)
{
	return vmt_pgt_entry_bytes(pgt, level) * vmt_pgt_entries(pgt, level);
}

static void tell(const struct vmt_cursor *cur, const struct vmt_table *t)
{
	if (cur->opts.table)
		cur->opts.table(cur->opts.arg, t);
}

static bool is_barred(const struct vmt_cursor *cur, const struct vmt_table *t)
{
	const struct vmt_table *b = &cur->barred;

	return cur->barred_rc != VMT_OK && b->level == t->level && b->table_pa == t->table_pa &&
	       b->va == t->va;
}

static enum vmt_rc bar(struct vmt_cursor *cur, const struct vmt_table *t, enum vmt_rc rc)
{
	cur->barred = *t;
	cur->barred_rc = rc;
	tell(cur, t);
	return rc;
}

/*
 * The table of @t->level into its place.  @return VMT_OK; VMT_NONE: it is a clone; VMT_NOMEM; or
 * why it cannot be read, which is in cur->why.
 */
static enum vmt_rc enter(struct vmt_cursor *cur, struct vmt_table *t, unsigned rights)
{
	struct vmt_held *h = &cur->held[t->level];

	if (h->valid && h->pa == t->table_pa && h->va == t->va)
		return VMT_OK;
	if (is_barred(cur, t)) {
		*t = cur->barred;
		return cur->barred_rc;
	}
	h->valid = false;
	t->bytes = table_bytes(cur->pgt, t->level);
	if (vmt_seen_add(&cur->seen, t->level, t->table_pa, t->va, &t->first_va, &t->first_level) !=
	    VMT_OK)
		return VMT_NOMEM;
	t->again = t->first_va != t->va;
	if (t->again)
		return bar(cur, t, VMT_NONE);
	t->rc = vmt_pgt_read_table(cur->pgt, t->level, t->table_pa, h->raw, &cur->why);
	if (t->rc == VMT_NOMEM)
		return VMT_NOMEM;
	if (t->rc != VMT_OK) {
		vmt_seen_lost(&cur->seen);
		return bar(cur, t, t->rc);
	}
	t->raw = h->raw;
	t->n = vmt_pgt_entries(cur->pgt, t->level);
	*h = (struct vmt_held){h->raw, true, t->table_pa, t->va, rights};
	tell(cur, t);
	return VMT_OK;
}

/* ---- the walk ---- */

/* On to @va; 0 is behind the last address. */
static void go_on(struct vmt_cursor *cur, uint64_t va)
{
	cur->at = va;
	cur->done = va == 0 || va > cur->last;
}

static void pass_hole(struct vmt_cursor *cur, uint64_t to)
{
	if (!cur->in_hole && !cur->opts.want) {
		cur->in_hole = true;
		cur->hole = cur->at;
	}
	go_on(cur, to);
}

/* What was passed over is told before what comes behind it. */
static bool take_hole(struct vmt_cursor *cur, struct vmt_stretch *s)
{
	uint64_t last = cur->done ? cur->last : cur->at - 1;

	if (!cur->in_hole)
		return false;
	cur->in_hole = false;
	*s = (struct vmt_stretch){
		.kind = VMT_STRETCH_HOLE,
		.va = cur->hole,
		.bytes = last - cur->hole + 1,
		.rights = VMT_RIGHTS_ALL,
	};
	return true;
}

/* How many entries from @i on are of @kind, up to the end of the range. */
static size_t run_of(const struct vmt_cursor *cur, int level, size_t i, enum vmt_entry_kind kind)
{
	const struct vmt_pgt *pgt = cur->pgt;
	const uint64_t *raw = cur->held[level].raw;
	uint64_t each = vmt_pgt_entry_bytes(pgt, level);
	uint64_t left = cur->last / each - cur->at / each + 1;
	size_t n = vmt_pgt_entries(pgt, level), j = i + 1;

	if (left < n - i)
		n = i + (size_t)left;
	while (j < n && pgt->arch->decode(pgt, level, raw[j]).kind == kind)
		j++;
	return j - i;
}

/* Entries of the last level, as far as the range goes; false: all are 0. */
static bool some(const uint64_t *raw, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (raw[i])
			return true;
	return false;
}

static void give_leaves(struct vmt_cursor *cur, int level, size_t i, size_t n,
			struct vmt_stretch *s)
{
	const struct vmt_held *h = &cur->held[level];
	uint64_t each = vmt_pgt_entry_bytes(cur->pgt, level);

	*s = (struct vmt_stretch){
		.kind = VMT_STRETCH_LEAVES,
		.va = cur->at & ~(each - 1),
		.bytes = n * each,
		.level = level,
		.table_pa = h->pa,
		.rights = h->rights,
		.raw = h->raw + i,
		.n = n,
		.index = i,
	};
}

static void give_table(struct vmt_cursor *cur, const struct vmt_table *t, enum vmt_rc rc,
		       unsigned rights, struct vmt_stretch *s)
{
	uint64_t first = vmt_pgt_first_va(cur->pgt);
	/* A root covers addresses below kernel space as well. */
	uint64_t before = t->va < first ? first - t->va : 0;

	*s = (struct vmt_stretch){
		.kind = rc == VMT_NONE ? VMT_STRETCH_CLONE : VMT_STRETCH_UNKNOWN,
		.va = t->va + before,
		.bytes = t->bytes - before,
		.level = t->level,
		.table_pa = t->table_pa,
		.rights = rights,
		.why = rc == VMT_NONE ? VMT_OK : rc,
		.err = rc == VMT_NONE ? NULL : &cur->why,
		.first_va = t->first_va,
	};
}

/* Last-level entries from where the walk is. @return true: *@s is to be told. */
static bool last_level(struct vmt_cursor *cur, struct vmt_stretch *s)
{
	const struct vmt_pgt *pgt = cur->pgt;
	uint64_t page = UINT64_C(1) << pgt->page_shift, at = cur->at & ~(page - 1);
	size_t i = vmt_pgt_index(pgt, 0, at), n = vmt_pgt_entries(pgt, 0) - i;

	if ((cur->last - at) / page + 1 < n)
		n = (size_t)((cur->last - at) / page) + 1;
	if (!some(cur->held[0].raw + i, n)) {
		pass_hole(cur, at + n * page);
		return false;
	}
	if (take_hole(cur, s))
		return true;
	give_leaves(cur, 0, i, n, s);
	go_on(cur, at + n * page);
	return true;
}

/* An entry of a level above that is no table. @return as last_level. */
static bool upper_level(struct vmt_cursor *cur, int level, enum vmt_entry_kind kind,
			struct vmt_stretch *s)
{
	const struct vmt_pgt *pgt = cur->pgt;
	uint64_t each = vmt_pgt_entry_bytes(pgt, level), at = cur->at & ~(each - 1);
	size_t i = vmt_pgt_index(pgt, level, at), n = run_of(cur, level, i, kind);

	if (kind == VMT_ENTRY_NONE) {
		pass_hole(cur, at + n * each);
		return false;
	}
	if (take_hole(cur, s))
		return true;
	give_leaves(cur, level, i, n, s);
	go_on(cur, at + n * each);
	return true;
}

/*
 * One step down or on. @return VMT_OK: *@s is to be told; VMT_NONE: nothing yet; VMT_NOMEM.
 */
static enum vmt_rc step(struct vmt_cursor *cur, struct vmt_stretch *s)
{
	const struct vmt_pgt *pgt = cur->pgt;
	int level = (int)pgt->levels - 1;
	unsigned rights = VMT_RIGHTS_ALL;
	struct vmt_table t = {.level = level,
			      .table_pa = cur->opts.root_pa,
			      .va = vmt_pgt_first_va(pgt) & ~(table_bytes(pgt, level) - 1)};

	for (;;) {
		struct vmt_entry e;
		enum vmt_rc rc = enter(cur, &t, rights);
		size_t i;

		if (rc == VMT_NOMEM)
			return rc;
		if (rc != VMT_OK) {
			if (take_hole(cur, s))
				return VMT_OK;
			give_table(cur, &t, rc, rights, s);
			go_on(cur, t.va + t.bytes);
			return VMT_OK;
		}
		if (level == 0)
			return last_level(cur, s) ? VMT_OK : VMT_NONE;
		i = vmt_pgt_index(pgt, level, cur->at);
		e = pgt->arch->decode(pgt, level, cur->held[level].raw[i]);
		if (e.kind != VMT_ENTRY_TABLE)
			return upper_level(cur, level, e.kind, s) ? VMT_OK : VMT_NONE;
		rights &= pgt->arch->rights(pgt, e.kind, cur->held[level].raw[i]);
		t = (struct vmt_table){
			.level = level - 1,
			.table_pa = e.pa,
			.va = cur->at & ~(vmt_pgt_entry_bytes(pgt, level) - 1),
			.entry_pa = cur->held[level].pa + 8 * i,
			.entry_raw = cur->held[level].raw[i],
		};
		if (cur->opts.want & ~rights) {
			go_on(cur, t.va + vmt_pgt_entry_bytes(pgt, level));
			return VMT_NONE;
		}
		level--;
	}
}

enum vmt_rc vmt_cursor_next(struct vmt_cursor *cur, struct vmt_stretch *s, struct vmt_err *err)
{
	while (!cur->done) {
		enum vmt_rc rc = step(cur, s);

		if (rc == VMT_OK)
			return VMT_OK;
		if (rc == VMT_NOMEM)
			return vmt_err_nomem(err);
	}
	return take_hole(cur, s) ? VMT_OK : VMT_NONE;
}
