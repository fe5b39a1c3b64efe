// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmtool pt --alias: frames that kernel space maps under two addresses or more.  All RAM is in the
 * direct map, so that counts only where it allows more than the other address does: where a page
 * that is read-only here can be written, or executed, there.
 */
#include <string.h>

#include "pt.h"

/* Others that one address is compared with: a frame may be mapped very often (KASAN's zero page).
 */
#define OTHERS_MAX 16u

struct mapping {
	struct vmt_span span;
	bool direct, asked;
};

struct pair {
	/* Numbers of mappings, and the stretch of frames that both have. */
	size_t a, b;
	uint64_t pa, bytes;
};

struct aliases {
	struct mapping *m;
	size_t n, cap;
	struct pair *pairs;
	size_t n_pairs, pairs_cap;
};

static bool is_direct(const struct vmt_part *ranges, size_t n, uint64_t va)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(ranges[i].name, "direct") == 0 && va >= ranges[i].start &&
		    va <= ranges[i].end - 1)
			return true;
	return false;
}

static bool is_asked(const struct pt *x, const struct vmt_span *s)
{
	uint64_t last = s->va + (s->bytes - 1);

	if (!pt_wanted(x, s) || x->want & ~s->rights)
		return false;
	for (size_t i = 0; i < x->n_bounds; i++)
		if (last >= x->bounds[i].start && s->va <= x->bounds[i].end - 1)
			return true;
	return false;
}

/* Everything that kernel space maps, in spans whose frames follow each other. */
static enum vmt_rc collect(struct pt *x, struct aliases *all, struct vmt_err *err)
{
	static const struct vmt_cursor_opts how = {.contiguous = true};
	const struct vmt_part *ranges;
	struct vmt_cursor *cur;
	struct vmt_span s;
	size_t n_ranges;
	enum vmt_rc rc = vmt_kern_parts(x->src.kern, &ranges, &n_ranges, err);

	if (rc == VMT_OK)
		rc = vmt_cursor_open(&cur, x->pgt, &how, err);
	if (rc != VMT_OK)
		return rc;
	vmt_cursor_seek(cur, vmt_pgt_first_va(x->pgt), 0);
	while ((rc = vmt_cursor_span(cur, &s, err)) == VMT_OK) {
		if (s.kind != VMT_STRETCH_LEAVES)
			continue;
		rc = vmt_grow(&all->m, &all->cap, all->n + 1, sizeof(all->m[0]));
		if (rc != VMT_OK)
			break;
		all->m[all->n++] =
			(struct mapping){s, is_direct(ranges, n_ranges, s.va), is_asked(x, &s)};
	}
	vmt_cursor_close(cur);
	return rc == VMT_NONE ? VMT_OK : rc;
}

static int by_pa(const void *pa, const void *pb)
{
	const struct vmt_span *a = &((const struct mapping *)pa)->span;
	const struct vmt_span *b = &((const struct mapping *)pb)->span;

	if (a->pa != b->pa)
		return a->pa < b->pa ? -1 : 1;
	return (a->va > b->va) - (a->va < b->va);
}

/* Is @b worth telling of to who asked about @a? */
static bool tells(const struct mapping *a, const struct mapping *b)
{
	unsigned more = b->span.rights & ~a->span.rights;

	if (!a->asked || (a->direct && b->direct))
		return false;
	return !(a->direct || b->direct) || more & (VMT_RIGHT_WRITE | VMT_RIGHT_EXEC);
}

static enum vmt_rc add_pair(struct aliases *all, size_t a, size_t b, uint64_t pa, uint64_t bytes)
{
	if (!tells(&all->m[a], &all->m[b]))
		return VMT_OK;
	if (vmt_grow(&all->pairs, &all->pairs_cap, all->n_pairs + 1, sizeof(all->pairs[0])) !=
	    VMT_OK)
		return VMT_NOMEM;
	all->pairs[all->n_pairs++] = (struct pair){a, b, pa, bytes};
	return VMT_OK;
}

/* Mappings that reach over a frame, in order of frames; the latest last. */
struct over {
	size_t *i;
	size_t n;
};

static void drop_passed(const struct aliases *all, struct over *over, uint64_t pa)
{
	size_t kept = 0;

	for (size_t k = 0; k < over->n; k++) {
		const struct vmt_span *s = &all->m[over->i[k]].span;

		if (pa - s->pa < s->bytes)
			over->i[kept++] = over->i[k];
	}
	over->n = kept;
}

static enum vmt_rc pair_up(struct aliases *all, struct over *over)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct vmt_span *s = &all->m[i].span;

		drop_passed(all, over, s->pa);
		for (size_t k = 0; k < over->n; k++) {
			const struct vmt_span *o = &all->m[over->i[k]].span;
			uint64_t left = o->bytes - (s->pa - o->pa);
			uint64_t both = left < s->bytes ? left : s->bytes;

			if (add_pair(all, i, over->i[k], s->pa, both) != VMT_OK ||
			    add_pair(all, over->i[k], i, s->pa, both) != VMT_OK)
				return VMT_NOMEM;
		}
		if (over->n < OTHERS_MAX)
			over->i[over->n++] = i;
	}
	return VMT_OK;
}

static int by_va(const void *pa, const void *pb, void *arg)
{
	const struct mapping *m = arg;
	const struct pair *a = pa, *b = pb;
	uint64_t va = m[a->a].span.va + (a->pa - m[a->a].span.pa);
	uint64_t vb = m[b->a].span.va + (b->pa - m[b->a].span.pa);

	if (va != vb)
		return va < vb ? -1 : 1;
	return (m[a->b].span.va > m[b->b].span.va) - (m[a->b].span.va < m[b->b].span.va);
}

static enum vmt_rc put_pair(struct pt *x, const struct aliases *all, const struct pair *p)
{
	const struct vmt_span *a = &all->m[p->a].span;
	struct vmt_span b = all->m[p->b].span;
	uint64_t done = 0;
	struct pt_row row;
	enum vmt_rc rc = VMT_OK;

	/* As many rows as there are owners. */
	while (rc == VMT_OK && done < p->bytes) {
		if (!pt_piece(x, a, a->va + (p->pa - a->pa) + done, &row))
			return VMT_NOMEM;
		if (row.span.bytes > p->bytes - done)
			row.span.bytes = p->bytes - done;
		row.span.n = (row.span.bytes + a->leaf_bytes - 1) / a->leaf_bytes;
		b.va = all->m[p->b].span.va + (p->pa - all->m[p->b].span.pa) + done;
		row.alias = &b;
		rc = vmt_kern_place(x->src.kern, b.va, &row.alias_place, NULL);
		rc = rc == VMT_NOMEM ? rc : pt_put(x, &row);
		done += row.span.bytes;
	}
	return rc;
}

enum vmt_rc pt_aliases(struct pt *x, struct vmt_err *err)
{
	struct aliases all = {0};
	size_t room[OTHERS_MAX];
	struct over over = {.i = room};
	enum vmt_rc rc = collect(x, &all, err);

	if (rc == VMT_OK && all.n)
		qsort(all.m, all.n, sizeof(all.m[0]), by_pa);
	if (rc == VMT_OK)
		rc = pair_up(&all, &over);
	if (rc == VMT_OK && all.n_pairs)
		qsort_r(all.pairs, all.n_pairs, sizeof(all.pairs[0]), by_va, all.m);
	for (size_t i = 0; rc == VMT_OK && i < all.n_pairs; i++)
		rc = put_pair(x, &all, &all.pairs[i]);
	free(all.m);
	free(all.pairs);
	return rc;
}
