// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V13: what /proc/vmallocinfo prints is what the structures hold.  A text and a dump are seldom of
 * one moment: then what differs is counted and shown as unknown, and nobody is accused.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "check_priv.h"

static const char *const means_hidden =
	"who reads /proc/vmallocinfo is not told of this area: something hides it";
static const char *const means_invented =
	"the text tells of an area that the kernel does not have: it was changed, or is of another "
	"moment";

struct place {
	uint64_t start, end, pages;
};

static int by_start(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->end > b->end) - (a->end < b->end);
}

/* Freed ranges are merged by some kernels; the buffer of the read itself is in one of both. */
static bool counts(const struct vmt_area *a)
{
	return !(a->flags & (VMT_AREA_UNPURGED | VMT_AREA_SELF_READ)) && vmt_area_is_real(a);
}

static bool has(const struct place *p, size_t n, const struct place *want)
{
	const struct place *at = n ? bsearch(want, p, n, sizeof(*p), by_start) : NULL;

	return at && at->pages == want->pages;
}

/* ---- findings ---- */

static void tell_hidden(struct ctx *c, const struct subject *s)
{
	struct vmt_finding *f = finding(c, V13, VMT_SEVERE, s, s->start, means_hidden, "explain");

	say_title(f, "an area is not in the text");
	say_expected(f, "a line 0x%" PRIx64 "-0x%" PRIx64 " with %" PRIu64 " pages", s->start,
		     s->end, s->k->area.pages);
	say_found(f, "none");
}

static void tell_invented(struct ctx *c, const struct vmt_area *a)
{
	struct vmt_finding *f = finding(c, V13, VMT_SEVERE, NULL, a->start, means_invented, NULL);

	f->area_start = a->start;
	f->area_end = a->end;
	say_title(f, "the text has an area that no list has");
	say_expected(f, "an area of the kernel");
	say_found(f, "line %" PRIu64 ": 0x%" PRIx64 "-0x%" PRIx64 " with %" PRIu64 " pages",
		  a->line, a->start, a->end, a->pages);
}

/* ---- comparing ---- */

static size_t places_of_text(const struct vmt_areas *text, struct place *p)
{
	size_t n = 0;

	for (size_t i = 0; i < vmt_areas_count(text); i++) {
		const struct vmt_area *a = vmt_areas_at(text, i);

		if (counts(a))
			p[n++] = (struct place){a->start, a->end, a->pages};
	}
	qsort(p, n, sizeof(*p), by_start);
	return n;
}

/* The kernel prints none that is set up or torn down. */
static bool is_shown(const struct subject *s)
{
	return counts(&s->k->area) && !s->in_flux && (s->has_vm || !s->k->vm_struct_va);
}

static size_t places_of_kernel(const struct ctx *c, struct place *p)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_busy; i++) {
		const struct vmt_area *a = &c->busy[i].k->area;

		if (is_shown(&c->busy[i]))
			p[n++] = (struct place){a->start, a->end, a->pages};
	}
	qsort(p, n, sizeof(*p), by_start);
	return n;
}

static const char why_alone[] = "an area that no line tells of: of another moment, or hidden";
static const char why_text[] = "a line of the text alone: of another moment, or invented";

static const char why_dim[] =
	"a line of an area whose record cannot be read, or is just being filled in";

/* The kernel has it, and what it would print is not known. */
static bool is_dim(const struct ctx *c, const struct vmt_area *a)
{
	const struct subject *s = subject_at(c, a->start);

	return s && s->start == a->start && s->end == a->end && !is_shown(s);
}

/* @accuse: the text is of this moment; else what differs cannot be judged. */
static enum vmt_rc compare(struct ctx *c, const struct vmt_areas *text, bool accuse)
{
	size_t n_text = vmt_areas_count(text), hidden = 0, invented = 0, dim = 0;
	struct place *lines VMT_FREE = malloc((n_text + 1) * sizeof(*lines));
	struct place *areas VMT_FREE = malloc((c->n_busy + 1) * sizeof(*areas));
	size_t n_areas;

	if (!lines || !areas)
		return VMT_NOMEM;
	n_text = places_of_text(text, lines);
	n_areas = places_of_kernel(c, areas);
	if (!n_text)
		return unknown(c, V13, n_areas, 0, VMT_FACT_NONE,
			       "the text has no real addresses (kernel.kptr_restrict)");
	for (size_t i = 0; i < c->n_busy; i++) {
		const struct subject *s = &c->busy[i];
		const struct place p = {s->k->area.start, s->k->area.end, s->k->area.pages};

		if (!is_shown(s) || has(lines, n_text, &p))
			continue;
		hidden++;
		if (accuse)
			tell_hidden(c, s);
		else
			(void)unknown(c, V13, 1, s->start, VMT_FACT_NONE, "%s", why_alone);
	}
	for (size_t i = 0; i < vmt_areas_count(text); i++) {
		const struct vmt_area *a = vmt_areas_at(text, i);
		const struct place p = {a->start, a->end, a->pages};

		if (!counts(a) || has(areas, n_areas, &p))
			continue;
		if (is_dim(c, a)) {
			dim++;
			(void)unknown(c, V13, 1, a->start, VMT_FACT_NONE, "%s", why_dim);
			continue;
		}
		invented++;
		if (accuse)
			tell_invented(c, a);
		else
			(void)unknown(c, V13, 1, a->start, VMT_FACT_NONE, "%s", why_text);
	}
	n_text -= dim;
	look(c, V13, 0, accuse ? n_text : n_text - invented);
	if (!accuse && (hidden || invented))
		note(c, V13,
		     "%zu in the kernel alone, %zu in the text alone: of another moment, or "
		     "damage (--same-moment)",
		     hidden, invented);
	return VMT_OK;
}

/* ---- a kernel that runs ---- */

/*
 * The text is read after the structures, and these once more behind it: what was in both, the text
 * had to print.
 */
static enum vmt_rc compare_live(struct ctx *c)
{
	struct place *first VMT_FREE = malloc((c->n_busy + 1) * sizeof(*first));
	const struct vmt_areas *text = NULL;
	struct place *lines VMT_FREE = NULL;
	const struct vmt_karea *again;
	const struct vmt_kareas_about *about;
	size_t n_first, n_lines, n;
	enum vmt_rc rc;

	if (!first)
		return VMT_NOMEM;
	n_first = places_of_kernel(c, first);
	rc = c->opts->read_text(c->opts->arg, &text);
	if (rc == VMT_NOMEM)
		return rc;
	if (rc != VMT_OK || !text)
		return unknown(c, V13, 1, 0, VMT_FACT_NONE, "/proc/vmallocinfo cannot be read");
	lines = malloc((vmt_areas_count(text) + 1) * sizeof(*lines));
	if (!lines)
		return VMT_NOMEM;
	n_lines = places_of_text(text, lines);
	if (!n_lines)
		return unknown(c, V13, 1, 0, VMT_FACT_NONE,
			       "/proc/vmallocinfo has no real addresses (kernel.kptr_restrict)");
	/* What c has of areas dies with this: the caller runs nothing behind it. */
	vmt_kern_forget(c->kern);
	rc = vmt_kern_areas(c->kern, &again, &n, &about, &c->err);
	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		const struct vmt_area *a = &again[i].area;
		const struct place p = {a->start, a->end, a->pages};
		struct subject s = {.k = &again[i], .start = a->start, .end = a->end};

		if (counts(a) && has(first, n_first, &p)) {
			look(c, V13, 0, 1);
			if (!has(lines, n_lines, &p))
				tell_hidden(c, &s);
		}
	}
	return rc == VMT_NOMEM ? rc : VMT_OK;
}

enum vmt_rc check_listing(struct ctx *c)
{
	if (!c->opts->text && !(c->opts->live && c->opts->read_text)) {
		inapplicable(c, V13, "no text to compare with (--text)");
		return VMT_OK;
	}
	if (c->no_areas || !c->all_busy)
		return unknown(c, V13, 1, 0, VMT_FACT_NONE, "the areas are not all known");
	if (c->opts->text)
		return compare(c, c->opts->text, c->opts->text_same_moment);
	return compare_live(c);
}
