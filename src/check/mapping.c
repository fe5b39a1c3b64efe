// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pass over vmalloc space: areas in the order of addresses, and the gaps between them.  Each
 * table page is read once.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mapping.h"

enum vmt_rc each_mapped(struct mapping *m, const struct subject *s, uint64_t start, uint64_t end,
			each_fn *fn, lost_fn *lost)
{
	struct vmt_stretch st;
	enum vmt_rc rc;

	if (start >= end)
		return VMT_OK;
	vmt_cursor_seek(m->cur, start, end);
	while ((rc = vmt_cursor_next(m->cur, &st, &m->c->err)) == VMT_OK) {
		uint64_t from = st.va > start ? st.va : start;
		uint64_t last = st.va + st.bytes - 1 < end - 1 ? st.va + st.bytes - 1 : end - 1;

		if (st.kind == VMT_STRETCH_UNKNOWN || st.kind == VMT_STRETCH_CLONE)
			lost(m, s, from, last + 1, &st);
		if (st.kind != VMT_STRETCH_LEAVES)
			continue;
		for (size_t i = 0; i < st.n; i++) {
			uint64_t each = vmt_pgt_entry_bytes(m->pgt, st.level),
				 va = st.va + i * each;

			if (va + each - 1 < start || va > end - 1 ||
			    m->pgt->arch->decode(m->pgt, st.level, st.raw[i]).kind !=
				    VMT_ENTRY_LEAF)
				continue;
			fn(m, s, va > start ? va : start, &st, i);
		}
	}
	return rc == VMT_NONE ? VMT_OK : rc;
}

/* What of an area is judged, and how much of the gap before it. */
static enum vmt_rc see_area(struct mapping *m, const struct subject *s)
{
	enum vmt_rc rc = VMT_OK;

	/* Of a damaged record nothing follows (V01). */
	if (s->end <= s->start || (s->start | s->end) & (m->c->page_size - 1))
		return VMT_OK;
	if (asked(m->c, V06) && s->start > m->at)
		rc = check_gap(m, m->at, s->start);
	if (rc == VMT_OK && asked(m->c, V05))
		rc = compare_area(m, s);
	if (rc == VMT_OK && s->k->area.kind == VMT_KIND_VM_MAP_RAM)
		rc = check_block(m, s);
	else if (rc == VMT_OK && asked(m->c, V06))
		rc = check_guard(m, s);
	if (s->end > m->at)
		m->at = s->end;
	return rc;
}

static enum vmt_rc see_window(struct mapping *m, uint64_t start, uint64_t end)
{
	struct ctx *c = m->c;
	enum vmt_rc rc = VMT_OK;
	size_t i = subject_after(c, start);

	m->at = start;
	for (; rc == VMT_OK && i < c->n_busy && c->busy[i].start < end; i++) {
		rc = see_area(m, &c->busy[i]);
		if (c->opts->progress && i % 256 == 0)
			c->opts->progress(c->opts->arg, "areas against page tables",
					  (unsigned)(1000 * i / c->n_busy));
	}
	if (rc == VMT_OK && asked(c, V06) && m->at < end)
		rc = check_gap(m, m->at, end);
	return rc;
}

static int by_start(const void *pa, const void *pb)
{
	const struct vmt_window *a = pa, *b = pb;

	return (a->start > b->start) - (a->start < b->start);
}

/* Windows in order, those that touch as one. */
static size_t join_windows(const struct ctx *c, struct vmt_window *w)
{
	size_t n = 0;

	memcpy(w, c->windows, sizeof(c->windows));
	qsort(w, c->n_windows, sizeof(*w), by_start);
	for (size_t i = 0; i < c->n_windows; i++) {
		if (n && w[i].start <= w[n - 1].end) {
			if (w[i].end > w[n - 1].end)
				w[n - 1].end = w[i].end;
		} else {
			w[n++] = w[i];
		}
	}
	return n;
}

/* Was it looked at with its window?  See see_window(). */
static bool in_windows(const struct vmt_window *w, size_t n, const struct subject *s)
{
	for (size_t i = 0; i < n; i++) {
		if (s->start < w[i].end && s->end > w[i].start)
			return true;
	}
	return false;
}

static enum vmt_rc see_all(struct mapping *m)
{
	struct ctx *c = m->c;
	struct vmt_window w[VMT_WINDOWS];
	size_t n = join_windows(c, w);
	enum vmt_rc rc = VMT_OK;

	for (size_t i = 0; rc == VMT_OK && i < n; i++)
		rc = see_window(m, w[i].start, w[i].end);
	/* An area in no window is looked at by itself: where they may be is not known, or it is
	 * damaged (V01). */
	for (size_t i = 0; rc == VMT_OK && i < c->n_busy; i++) {
		m->at = UINT64_MAX;
		if (!in_windows(w, n, &c->busy[i]))
			rc = see_area(m, &c->busy[i]);
	}
	if (rc == VMT_OK && !c->has_vmalloc)
		rc = unknown_for(
			c, V06, 1, 0, vmt_kern_lack(c->kern),
			"where the kernel may put areas is not known: holes are not judged");
	return rc;
}

enum vmt_rc check_mapping(struct ctx *c)
{
	struct mapping *m;
	enum vmt_rc rc;

	if (c->no_areas) {
		(void)unknown(c, V05, 1, 0, VMT_FACT_NONE, "%s", c->no_areas);
		return unknown(c, V06, 1, 0, VMT_FACT_NONE, "%s", c->no_areas);
	}
	m = calloc(1, sizeof(*m));
	if (!m)
		return VMT_NOMEM;
	m->c = c;
	m->pgt = vmt_kern_pgt(c->kern);
	m->shift = m->pgt->page_shift;
	rc = vmt_kern_page_map(c->kern, &m->map, &m->map_err);
	m->no_map = rc == VMT_OK ? NULL : m->map_err.text;
	if (rc != VMT_NOMEM)
		rc = vmt_cursor_open(&m->cur, m->pgt, NULL, &c->err);
	if (rc == VMT_OK)
		rc = blocks_read(m);
	if (rc == VMT_OK)
		rc = see_all(m);
	vmt_cursor_close(m->cur);
	free(m->blocks);
	free(m);
	return rc;
}
