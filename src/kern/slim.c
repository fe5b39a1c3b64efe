// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything this room's answers rest on, read once: who records what is read of the image has it
 * then, and nothing else.
 */
#include "kern_priv.h"

/* What is read of a place in the image that was looked at before, as a whole, under vmt_mem_search.
 */
static void read_again(void *arg, size_t offset, size_t n)
{
	struct vmt_kern *kern = arg;
	unsigned char buf[512];

	while (n) {
		size_t part = n < sizeof(buf) ? n : sizeof(buf);

		(void)vmt_kern_read(kern, kern->btf_va + offset, buf, part, NULL);
		offset += part;
		n -= part;
	}
}

/* Every table of the kernel's half is read whole. */
static enum vmt_rc read_tables(struct vmt_kern *kern, struct vmt_err *err)
{
	struct vmt_stretch stretch;
	struct vmt_cursor *cur;
	enum vmt_rc rc = vmt_cursor_open(&cur, &kern->pgt, NULL, err);

	if (rc != VMT_OK)
		return rc;
	vmt_cursor_seek(cur, vmt_pgt_first_va(&kern->pgt), 0);
	while ((rc = vmt_cursor_next(cur, &stretch, err)) == VMT_OK)
		;
	vmt_cursor_close(cur);
	return rc == VMT_NONE ? VMT_OK : rc;
}

/* ---- all ---- */

enum vmt_rc vmt_kern_read_all(struct vmt_kern *kern, struct vmt_err *err)
{
	const struct vmt_karea *areas;
	const struct vmt_kareas_about *about;
	const struct vmt_part *parts;
	size_t n;
	enum vmt_rc rc = vmt_kern_areas(kern, &areas, &n, &about, err);

	if (rc == VMT_OK)
		rc = vmt_kern_numa(kern, err);
	if (rc == VMT_OK)
		rc = vmt_kern_parts(kern, &parts, &n, err);
	if (rc != VMT_OK)
		return rc;
	if (modules_read_all(kern) != VMT_OK || kern_read_others(kern) != VMT_OK)
		return vmt_err_nomem(err);
	return read_tables(kern, err);
}

/* How often the lists are read anew until they hang together in what is kept. */
#define LAST_TRIES 64

struct lists {
	bool modules;
	uint64_t broken;
};

static enum vmt_rc look_at_lists(struct vmt_kern *kern, bool replay, struct lists *l)
{
	enum vmt_rc rc;

	vmt_mem_replay(kern->mem, replay);
	vmt_kern_forget(kern);
	rc = modules_open(kern, &kern->modules);
	l->modules = rc == VMT_OK && modules_are_known(kern);
	if (rc == VMT_OK)
		rc = kareas_look(kern, !replay, &l->broken);
	vmt_mem_replay(kern->mem, false);
	vmt_kern_forget(kern);
	return rc;
}

/*
 * An entry that went from one list to another, or was freed, between two reads is kept as it was
 * read last: whoever follows the first list in what is kept gets lost there.  And an area may be
 * met here for the first time.
 */
enum vmt_rc vmt_kern_read_lists(struct vmt_kern *kern, bool *whole)
{
	/* What a try missed that came to nothing is not missed. */
	size_t n_missing = kern->about.n_missing;
	enum vmt_rc rc = VMT_OK;

	*whole = !vmt_mem_about(kern->mem)->live || !vmt_mem_is_recorded(kern->mem);
	for (unsigned i = 0; i < LAST_TRIES && !*whole && rc != VMT_NOMEM; i++) {
		struct lists seen = {0}, kept = {0};

		rc = look_at_lists(kern, false, &seen);
		/* It was tried often enough. */
		if (seen.broken)
			break;
		if (rc == VMT_OK)
			rc = look_at_lists(kern, true, &kept);
		*whole = rc == VMT_OK && !kept.broken && kept.modules >= seen.modules;
	}
	kern->about.n_missing = n_missing;
	return rc == VMT_NOMEM ? rc : VMT_OK;
}

/* One byte of each page that is kept: who looks through all of it later finds no page missing. */
void vmt_kern_read_types(struct vmt_kern *kern)
{
	if (!kern->btf || !kern->btf_va || !vmt_mem_is_recorded(kern->mem))
		return;
	btf_each_used(kern->btf, read_again, kern);
	for (size_t at = 0; at < kern->btf_bytes; at += VMT_RECORD_PAGE)
		read_again(kern, at, 1);
	read_again(kern, kern->btf_bytes - 1, 1);
}

struct vmt_str vmt_kern_slim(const struct vmt_kern *kern)
{
	return vmt_mem_about(kern->mem)->slim;
}

/* ---- where memory is mapped ---- */

/* Distances of virtual from physical addresses that are looked at: the direct map has one. */
#define WAYS_MAX 64

struct mapped {
	struct vmt_kern *kern;
	struct vmt_mem_span *spans;
	size_t most, n;
	/* While votes are counted; then the distance that is the direct map's. */
	struct {
		uint64_t distance, bytes;
	} way[WAYS_MAX];
	size_t n_ways;
	uint64_t direct;
};

static void put_span(struct mapped *m, uint64_t va, uint64_t pa, uint64_t bytes, bool again)
{
	struct vmt_mem_span *last = m->n ? &m->spans[m->n - 1] : NULL;

	if (last && last->again == again && va - last->va == last->bytes &&
	    pa - last->pa == last->bytes)
		last->bytes += bytes;
	else if (m->n < m->most)
		m->spans[m->n++] = (struct vmt_mem_span){va, pa, bytes, again};
}

static void count_vote(struct mapped *m, const struct vmt_span *s)
{
	size_t i = 0;

	while (i < m->n_ways && m->way[i].distance != s->va - s->pa)
		i++;
	if (i == WAYS_MAX)
		return;
	m->n_ways += i == m->n_ways;
	m->way[i].distance = s->va - s->pa;
	m->way[i].bytes += s->bytes;
}

static void put_direct(struct mapped *m, const struct vmt_span *s)
{
	if (s->va - s->pa == m->direct)
		put_span(m, s->va, s->pa, s->bytes, false);
}

static bool is_image(const struct vmt_kern *kern, uint64_t va)
{
	return va >= kern->stext && va < kern->end;
}

static void each_mapped(struct mapped *m, void (*fn)(struct mapped *m, const struct vmt_span *s))
{
	struct vmt_cursor_opts opts = {.contiguous = true};
	struct vmt_cursor *cur;
	struct vmt_span s;

	if (vmt_cursor_open(&cur, &m->kern->pgt, &opts, NULL) != VMT_OK)
		return;
	vmt_cursor_seek(cur, vmt_pgt_first_va(&m->kern->pgt), 0);
	while (vmt_cursor_span(cur, &s, NULL) == VMT_OK) {
		if (s.kind == VMT_STRETCH_LEAVES && s.contiguous && !is_image(m->kern, s.va))
			fn(m, &s);
	}
	vmt_cursor_close(cur);
}

static void put_image(struct mapped *m)
{
	struct vmt_kern *k = m->kern;
	uint64_t step = UINT64_C(1) << k->pgt.page_shift, pa;

	for (uint64_t va = k->stext & ~(step - 1); k->stext && va < k->end; va += step) {
		if (vmt_pgt_translate(&k->pgt, va, &pa, NULL) == VMT_OK)
			put_span(m, va, pa, step, true);
	}
}

/* Most memory is mapped by the direct map: at one distance, all of it. */
size_t vmt_kern_mapped(struct vmt_kern *kern, struct vmt_mem_span *spans, size_t most)
{
	struct mapped m = {.kern = kern, .spans = spans, .most = most};
	uint64_t best = 0;

	put_image(&m);
	each_mapped(&m, count_vote);
	for (size_t i = 0; i < m.n_ways; i++) {
		if (m.way[i].bytes > best) {
			best = m.way[i].bytes;
			m.direct = m.way[i].distance;
		}
	}
	if (best)
		each_mapped(&m, put_direct);
	return m.n;
}
