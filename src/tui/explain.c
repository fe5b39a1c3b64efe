// SPDX-License-Identifier: GPL-2.0-or-later
/* One area on a page of its own: its parts, who asked for it, and what else that caller has. */
#include <stdio.h>
#include <string.h>

#include "tui_priv.h"

/* Copies of the strings of an area that will be gone with its sample. */
static struct vmt_str keep(char **at, const char *end, struct vmt_str s)
{
	struct vmt_str kept = {*at, s.n};

	if ((size_t)(end - *at) < s.n)
		kept.n = 0;
	if (kept.n)
		memcpy(*at, s.p, kept.n);
	*at += kept.n;
	return kept;
}

void vmt_explain_open(struct vmt_tui *ui, const struct vmt_live *live, const struct vmt_area *a)
{
	char *at = ui->explained_text;
	const char *end = at + sizeof(ui->explained_text);

	ui->explained = *a;
	ui->explained.caller = keep(&at, end, a->caller);
	ui->explained.module = keep(&at, end, a->module);
	ui->explained.nodes = keep(&at, end, a->nodes);
	ui->explained.other = keep(&at, end, a->other);
	ui->explained_gone = false;
	free(ui->chain);
	ui->chain = NULL;
	vmt_tui_push(ui, live, VMT_VIEW_EXPLAIN, VMT_SCOPE_ALL, (struct vmt_str){NULL, 0});
}

const struct vmt_area *vmt_tui_explained(const struct vmt_tui *ui)
{
	return ui->at.view == VMT_VIEW_EXPLAIN && !ui->chain ? &ui->explained : NULL;
}

enum vmt_rc vmt_tui_set_chain(struct vmt_tui *ui, const char *text)
{
	free(ui->chain);
	ui->chain = strdup(text);
	return ui->chain ? VMT_OK : VMT_NOMEM;
}

void vmt_explain_update(struct vmt_tui *ui, const struct vmt_live *live)
{
	const struct vmt_area *e = &ui->explained;

	/* What has no address cannot be told from its like. */
	if (!live->now || ui->explained_gone || !e->start)
		return;
	for (size_t i = 0; i < vmt_areas_count(live->now->areas); i++) {
		const struct vmt_area *a = vmt_areas_at(live->now->areas, i);

		if (a->start == e->start && a->size_bytes == e->size_bytes && a->kind == e->kind &&
		    vmt_str_eq(a->caller, e->caller))
			return;
	}
	ui->explained_gone = true;
	ui->gone_time = live->now->facts.time;
}

/* ---- the page ---- */

static void part(struct vmt_page *page, const char *name, const char *bytes, const char *meaning)
{
	vmt_page_add(page, "  %-20s %8s   %s", name, bytes, meaning);
}

static void parts(struct vmt_page *page, const struct vmt_tui *ui, const struct vmt_live *live)
{
	struct vmt_sizes s = vmt_tui_sizes(ui, live);
	const struct vmt_area *a = &ui->explained;
	char name[64], text[SIZE_TEXT], count[VMT_NUM_GROUPED], why[200];
	uint64_t align = 0, hole = 0;
	struct vmt_guard g;

	vmt_guard_of(a, s.page_size, &g);
	if (a->pages)
		(void)snprintf(name, sizeof(name), "%s page%s of %s",
			       vmt_num_grouped(count, a->pages), a->pages == 1 ? "" : "s",
			       vmt_size_text(text, s, s.page_size));
	else
		(void)snprintf(name, sizeof(name), "%s",
			       a->kind == VMT_KIND_UNPURGED ? "range" : "usable");
	part(page, name, vmt_size_text(text, s, g.usable_bytes), vmt_area_meaning(a));
	if (g.guard_bytes)
		part(page, "1 guard page", vmt_size_text(text, s, g.guard_bytes),
		     "unmapped, so that running off the end faults");
	if (g.cut_bytes)
		part(page, "without pages", vmt_size_text(text, s, g.cut_bytes),
		     "shrunk by vrealloc, or in flight");
	(void)snprintf(why, sizeof(why), "= size; guard %s (%s)", vmt_grade_name(g.grade), g.rule);
	part(page, "together", vmt_size_text(text, s, a->size_bytes), why);
	if (live->now && live->now->addresses == VMT_ADDR_REAL && !ui->explained_gone)
		hole = vmt_gaps_hole_before(live->now->gaps, a->start, &align);
	if (hole) {
		(void)snprintf(why, sizeof(why), "%s %s boundaries", vmt_area_align_reason(a),
			       vmt_size_text(text, s, align));
		part(page, "hole before it", vmt_size_text(text, s, hole), why);
	}
	vmt_page_add(page, "%s", "");
	if (g.why && g.why[0])
		vmt_page_add(page, "  %s", g.why);
}

static void caller(struct vmt_page *page, const struct vmt_tui *ui, const struct vmt_live *live)
{
	struct vmt_sizes s = vmt_tui_sizes(ui, live);
	const struct vmt_area *a = &ui->explained;
	const struct vmt_track *t = vmt_track_of(live, a);
	const char *what = vmt_what(a);
	char key[KEY_MAX], b[SIZE_TEXT], c[SIZE_TEXT], d[SIZE_TEXT], n[SIZE_TEXT];
	double rate;

	vmt_caller_text(key, sizeof(key), a);
	vmt_page_add(page, "=Asked for by  %s%s%s", key[0] ? key : "-", what ? "   " : "",
		     what ? what : "");
	if (ui->chain) {
		struct vmt_str rest = vmt_str(ui->chain);

		while (rest.n) {
			size_t end = vmt_str_find(rest, "\n");

			if (end == SIZE_MAX)
				end = rest.n;
			vmt_page_add(page, "               %.*s", (int)end, rest.p);
			end += end < rest.n;
			rest = (struct vmt_str){rest.p + end, rest.n - end};
		}
	}
	if (!t || !a->caller.n || a->kind == VMT_KIND_UNPURGED)
		return;
	vmt_page_add(page, "%s", "");
	vmt_page_add(page, "This caller    %s area%s, %s (%s RAM, %s guards)",
		     vmt_num_grouped(n, t->now.areas), t->now.areas == 1 ? "" : "s",
		     vmt_size_text(b, s, t->now.size_bytes),
		     vmt_size_text(c, s, t->now.resident_bytes),
		     vmt_size_text(d, s, vmt_sums_guard(&t->now)));
	(void)snprintf(n, sizeof(n), "%+lld", (long long)(t->now.areas - t->base_areas));
	if (vmt_track_rate(t, &live->clock, &rate))
		vmt_page_add(page, "Since base     %s areas, %s; now %s/s", n,
			     vmt_delta_text(b, s, t->base_value, t->value),
			     vmt_rate_text(c, s, rate));
	else
		vmt_page_add(page, "Since base     %s areas, %s", n,
			     vmt_delta_text(b, s, t->base_value, t->value));
	if (t->owner.n) {
		vmt_str_copy(key, sizeof(key), t->owner);
		vmt_page_add(page, "Owner          %s", key);
	}
}

void vmt_page_explain(struct vmt_page *page, const struct vmt_tui *ui, const struct vmt_live *live)
{
	struct vmt_sizes s = vmt_tui_sizes(ui, live);
	const struct vmt_area *a = &ui->explained;
	char size[SIZE_TEXT], text[KEY_MAX], when[SIZE_TEXT];

	if (a->start || a->end)
		vmt_page_add(page, "=0x%0*llx - 0x%0*llx   %s   %s", a->addr_digits,
			     (unsigned long long)a->start, a->addr_digits,
			     (unsigned long long)a->end, vmt_size_text(size, s, a->size_bytes),
			     vmt_kind_name(a->kind));
	else
		vmt_page_add(page, "=line %llu   %s   %s", (unsigned long long)a->line,
			     vmt_size_text(size, s, a->size_bytes), vmt_kind_name(a->kind));
	if ((a->start || a->end) && !vmt_area_is_real(a))
		vmt_page_add(page, "(the addresses are hashes: equal ones are equal, no more)");
	if (ui->explained_gone)
		vmt_page_add(page, "It went by %s.", vmt_time_text(when, ui->gone_time, false));
	vmt_page_add(page, "%s", "");
	parts(page, ui, live);
	if (a->flags & VMT_AREA_HAS_PHYS)
		vmt_page_add(page, "  phys=0x%llx", (unsigned long long)a->phys);
	if (a->nodes.n) {
		vmt_str_copy(text, sizeof(text), a->nodes);
		vmt_page_add(page, "  pages by NUMA node: %s", text);
	}
	if (a->flags & VMT_AREA_HOUSES_MODULE) {
		vmt_str_copy(text, sizeof(text), a->module);
		vmt_page_add(page, "  module %s lies there", text);
	}
	if (a->other.n) {
		vmt_str_copy(text, sizeof(text), a->other);
		vmt_page_add(page, "  other words: %s", text);
	}
	vmt_page_add(page, "%s", "");
	caller(page, ui, live);
}
