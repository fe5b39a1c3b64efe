// SPDX-License-Identifier: GPL-2.0-or-later
/* What a view shows: its rows, filtered and in order. */
#include <stdio.h>
#include <string.h>

#include "tui_priv.h"

/* ---- one row ---- */

static struct vmt_str owner_of(const struct vmt_track *t, enum vmt_owner_by by)
{
	switch (by) {
	case VMT_OWNER_FILE: return t->file;
	case VMT_OWNER_SUBSYSTEM: return t->subsystem;
	default: return t->owner;
	}
}

const struct vmt_track *vmt_track_of(const struct vmt_live *live, const struct vmt_area *a)
{
	char key[KEY_MAX];

	if (!a->module.n || a->flags & VMT_AREA_HOUSES_MODULE)
		return vmt_tracks_find(&live->callers, a->caller);
	(void)snprintf(key, sizeof(key), "%.*s [%.*s]", (int)a->caller.n, a->caller.p,
		       (int)a->module.n, a->module.p);
	return vmt_tracks_find(&live->callers, vmt_str(key));
}

/* Key of a track as a scope remembers it: as it is, cut. */
static bool is_key(struct vmt_str key, const char *scope_key)
{
	return key.n < KEY_MAX && vmt_str_is(key, scope_key);
}

static bool on_node(const struct vmt_area *a, const char *node)
{
	struct vmt_str rest = a->nodes;
	uint64_t pages;
	uint32_t id;
	char text[16];

	if (!rest.n)
		return !node[0];
	while (vmt_area_next_node(&rest, &id, &pages)) {
		(void)snprintf(text, sizeof(text), "%u", id);
		if (!strcmp(text, node))
			return true;
	}
	return false;
}

static bool in_scope(const struct vmt_tui *ui, const struct vmt_live *live,
		     const struct vmt_area *a)
{
	const struct vmt_track *t;

	switch (ui->at.scope) {
	case VMT_SCOPE_ALL: return true;
	case VMT_SCOPE_MODULE: return is_key(a->module, ui->at.scope_key);
	case VMT_SCOPE_NODE: return on_node(a, ui->at.scope_key);
	case VMT_SCOPE_CALLER:
		t = vmt_track_of(live, a);
		return t && is_key(t->key, ui->at.scope_key);
	case VMT_SCOPE_OWNER:
		t = vmt_track_of(live, a);
		return t && is_key(owner_of(t, ui->owner_by), ui->at.scope_key);
	}
	return true;
}

static void key_text(char *buf, size_t size, struct vmt_str key)
{
	vmt_str_copy(buf, size, key.n ? key : vmt_str("-"));
}

/* Of `function+0x10/0x20 [module]` the size is what is missed least. */
static void fit_caller(char *text, int width)
{
	char *slash, *end;

	if ((int)strlen(text) <= width)
		return;
	slash = strstr(text, "/0x");
	if (!slash)
		return;
	end = slash + 3 + strspn(slash + 3, "0123456789abcdef");
	memmove(slash, end, strlen(end) + 1);
}

static void address_text(char *buf, size_t size, uint64_t va, int digits)
{
	if (va)
		(void)snprintf(buf, size, "0x%0*llx", digits, (unsigned long long)va);
	else
		(void)snprintf(buf, size, "-");
}

void vmt_row_text(const struct vmt_tui *ui, union vmt_row row, char *buf, size_t size)
{
	char caller[KEY_MAX], flags[128], start[24];
	const char *what;

	switch (ui->at.view) {
	case VMT_VIEW_AREAS:
		what = vmt_what(row.area);
		vmt_caller_text(caller, sizeof(caller), row.area);
		(void)vmt_area_flags_text(row.area, flags, sizeof(flags));
		address_text(start, sizeof(start), row.area->start, row.area->addr_digits);
		(void)snprintf(buf, size, "%s %s %s %s %s", start, vmt_kind_name(row.area->kind),
			       caller, what ? what : "", flags);
		break;
	case VMT_VIEW_EVENTS:
		(void)snprintf(buf, size, "%s %s %s %s", row.event->came ? "came" : "went",
			       vmt_kind_name(row.event->kind), row.event->caller,
			       row.event->what ? row.event->what : "");
		break;
	default:
		key_text(caller, sizeof(caller), row.track->key);
		(void)snprintf(buf, size, "%s %s", caller, row.track->what ? row.track->what : "");
	}
}

/* ---- cells ---- */

static void bytes_or_dash(char *buf, size_t size, struct vmt_sizes s, bool known, uint64_t n)
{
	char text[SIZE_TEXT];

	(void)snprintf(buf, size, "%s", known ? vmt_size_text(text, s, n) : "-");
}

static void track_cell(const struct vmt_tui *ui, const struct vmt_live *live,
		       const struct vmt_track *t, enum vmt_col_id id, int width, char *buf,
		       size_t size)
{
	struct vmt_sizes s = vmt_tui_sizes(ui, live);
	char text[SIZE_TEXT];
	const struct vmt_sums *u = &t->now;
	double rate;

	switch (id) {
	case COL_KEY:
		key_text(buf, size, t->key);
		fit_caller(buf, width);
		break;
	case COL_AREAS: (void)snprintf(buf, size, "%s", vmt_num_grouped(text, u->areas)); break;
	case COL_SIZE: bytes_or_dash(buf, size, s, u->areas, u->size_bytes); break;
	case COL_RAM: bytes_or_dash(buf, size, s, u->resident_bytes, u->resident_bytes); break;
	case COL_GUARD:
		bytes_or_dash(buf, size, s, u->guard_areas[VMT_GRADE_UNKNOWABLE] < u->areas,
			      vmt_sums_guard(u));
		break;
	case COL_SINCE:
		(void)snprintf(buf, size, "%s", vmt_delta_text(text, s, t->base_value, t->value));
		break;
	case COL_RATE:
		if (vmt_track_rate(t, &live->clock, &rate))
			(void)snprintf(buf, size, "%s", vmt_rate_text(text, s, rate));
		else
			(void)snprintf(buf, size, "-");
		break;
	case COL_SPARK: vmt_spark_text(ui, &live->clock, t, width, buf, size); break;
	case COL_WHAT: (void)snprintf(buf, size, "%s", t->what ? t->what : ""); break;
	default: buf[0] = 0;
	}
}

static void area_cell(const struct vmt_tui *ui, const struct vmt_live *live,
		      const struct vmt_area *a, enum vmt_col_id id, int width, char *buf,
		      size_t size)
{
	struct vmt_sizes s = vmt_tui_sizes(ui, live);
	const char *what;
	struct vmt_guard g;

	buf[0] = 0;
	switch (id) {
	case COL_START: address_text(buf, size, a->start, a->addr_digits); break;
	case COL_SIZE: bytes_or_dash(buf, size, s, true, a->size_bytes); break;
	case COL_RAM:
		bytes_or_dash(buf, size, s, vmt_area_resident_pages(a),
			      vmt_num_mul(vmt_area_resident_pages(a), s.page_size));
		break;
	case COL_GUARD:
		vmt_guard_of(a, s.page_size, &g);
		bytes_or_dash(buf, size, s, g.grade != VMT_GRADE_UNKNOWABLE, g.guard_bytes);
		break;
	case COL_KIND: (void)snprintf(buf, size, "%s", vmt_kind_name(a->kind)); break;
	case COL_CALLER:
		vmt_caller_text(buf, size, a);
		if (!buf[0])
			(void)snprintf(buf, size, "-");
		fit_caller(buf, width);
		break;
	case COL_WHAT:
		what = vmt_what(a);
		(void)snprintf(buf, size, "%s", what ? what : "");
		break;
	case COL_NODE: vmt_str_copy(buf, size, a->nodes); break;
	default: break;
	}
}

static void event_cell(const struct vmt_tui *ui, const struct vmt_live *live,
		       const struct vmt_event *e, enum vmt_col_id id, int width, char *buf,
		       size_t size)
{
	struct vmt_sizes s = vmt_tui_sizes(ui, live);
	uint64_t ram = e->kind == VMT_KIND_VMALLOC ? vmt_num_mul(e->pages, s.page_size) : 0;
	char text[SIZE_TEXT];

	buf[0] = 0;
	switch (id) {
	case COL_TIME: (void)snprintf(buf, size, "%s", vmt_time_text(text, e->time, false)); break;
	case COL_CHANGE: (void)snprintf(buf, size, "%s", e->came ? "+came" : "-went"); break;
	case COL_SIZE: bytes_or_dash(buf, size, s, true, e->size_bytes); break;
	case COL_RAM: bytes_or_dash(buf, size, s, ram, ram); break;
	case COL_KIND: (void)snprintf(buf, size, "%s", vmt_kind_name(e->kind)); break;
	case COL_CALLER:
		(void)snprintf(buf, size, "%s", e->caller[0] ? e->caller : "-");
		fit_caller(buf, width);
		break;
	case COL_START: address_text(buf, size, e->start, e->addr_digits); break;
	case COL_WHAT: (void)snprintf(buf, size, "%s", e->what ? e->what : ""); break;
	default: break;
	}
}

void vmt_row_cell(const struct vmt_tui *ui, const struct vmt_live *live, union vmt_row row,
		  enum vmt_col_id id, int width, char *buf, size_t size)
{
	if (ui->at.view == VMT_VIEW_AREAS)
		area_cell(ui, live, row.area, id, width, buf, size);
	else if (ui->at.view == VMT_VIEW_EVENTS)
		event_cell(ui, live, row.event, id, width, buf, size);
	else
		track_cell(ui, live, row.track, id, width, buf, size);
}

/* ---- order ---- */

struct order {
	const struct vmt_tui *ui;
	const struct vmt_live *live;
	enum vmt_col_id id;
	bool invert;
	uint64_t page_size;
};

static int by_number(double a, double b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int by_u64(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int by_name(const char *a, const char *b)
{
	/* What has no name comes last. */
	return strcmp(a ? a : "\377", b ? b : "\377");
}

static int compare_tracks(const struct order *o, const struct vmt_track *a,
			  const struct vmt_track *b)
{
	double ra = 0, rb = 0;
	int c = 0;

	switch (o->id) {
	case COL_AREAS: c = by_u64(a->now.areas, b->now.areas); break;
	case COL_SIZE: c = by_u64(a->now.size_bytes, b->now.size_bytes); break;
	case COL_GUARD: c = by_u64(vmt_sums_guard(&a->now), vmt_sums_guard(&b->now)); break;
	case COL_SINCE:
		c = by_number((double)a->value - (double)a->base_value,
			      (double)b->value - (double)b->base_value);
		break;
	case COL_RATE:
		(void)vmt_track_rate(a, &o->live->clock, &ra);
		(void)vmt_track_rate(b, &o->live->clock, &rb);
		c = by_number(ra, rb);
		break;
	case COL_WHAT: c = by_name(a->what, b->what); break;
	case COL_KEY: c = vmt_str_cmp(a->key, b->key); break;
	default: break;
	}
	if (o->invert)
		c = -c;
	/* Then as top does: RAM falling, size falling, name. */
	if (!c)
		c = by_u64(a->now.resident_bytes, b->now.resident_bytes) *
		    (o->invert && o->id == COL_RAM ? -1 : 1);
	if (!c)
		c = by_u64(a->now.size_bytes, b->now.size_bytes);
	return c ? c : vmt_str_cmp(a->key, b->key);
}

static int compare_areas(const struct order *o, const struct vmt_area *a, const struct vmt_area *b)
{
	struct vmt_guard ga, gb;
	int c = 0;

	switch (o->id) {
	case COL_SIZE: c = by_u64(a->size_bytes, b->size_bytes); break;
	case COL_RAM: c = by_u64(vmt_area_resident_pages(a), vmt_area_resident_pages(b)); break;
	case COL_GUARD:
		vmt_guard_of(a, o->page_size, &ga);
		vmt_guard_of(b, o->page_size, &gb);
		c = by_u64(ga.guard_bytes, gb.guard_bytes);
		break;
	case COL_KIND: c = (int)a->kind - (int)b->kind; break;
	case COL_CALLER: c = vmt_str_cmp(a->caller, b->caller); break;
	case COL_WHAT: c = by_name(vmt_what(a), vmt_what(b)); break;
	case COL_NODE: c = vmt_str_cmp(a->nodes, b->nodes); break;
	default: c = -by_u64(a->start, b->start); break;
	}
	if (o->invert)
		c = -c;
	if (!c)
		c = -by_u64(a->start, b->start);
	return c ? c : -by_u64(a->line, b->line);
}

static int compare_events(const struct order *o, const struct vmt_event *a,
			  const struct vmt_event *b)
{
	int c = 0;

	switch (o->id) {
	case COL_SIZE: c = by_u64(a->size_bytes, b->size_bytes); break;
	case COL_RAM:
		c = by_u64(a->kind == VMT_KIND_VMALLOC ? a->pages : 0,
			   b->kind == VMT_KIND_VMALLOC ? b->pages : 0);
		break;
	case COL_KIND: c = (int)a->kind - (int)b->kind; break;
	case COL_CALLER: c = strcmp(a->caller, b->caller); break;
	case COL_WHAT: c = by_name(a->what, b->what); break;
	default: break;
	}
	if (o->invert)
		c = -c;
	return c ? c : by_u64(a->time, b->time);
}

static int compare(const void *pa, const void *pb, void *arg)
{
	const union vmt_row *a = pa, *b = pb;
	const struct order *o = arg;

	if (o->ui->at.view == VMT_VIEW_AREAS)
		return compare_areas(o, a->area, b->area);
	if (o->ui->at.view == VMT_VIEW_EVENTS)
		return compare_events(o, a->event, b->event);
	return compare_tracks(o, a->track, b->track);
}

static void sort_rows(struct vmt_tui *ui, const struct vmt_live *live)
{
	struct order o = {ui, live, ui->sort[ui->at.view], ui->invert[ui->at.view],
			  vmt_tui_sizes(ui, live).page_size};

	if (ui->n < 2)
		return;
	/* Events stand as they came, the newest first. */
	if (ui->at.view == VMT_VIEW_EVENTS && o.id == COL_TIME) {
		for (size_t i = 0; o.invert && i < ui->n / 2; i++) {
			union vmt_row swap = ui->list[i];

			ui->list[i] = ui->list[ui->n - 1 - i];
			ui->list[ui->n - 1 - i] = swap;
		}
		return;
	}
	qsort_r(ui->list, ui->n, sizeof(*ui->list), compare, &o);
}

/* ---- finding ---- */

static enum vmt_rc add(struct vmt_tui *ui, union vmt_row row)
{
	char text[2 * KEY_MAX];

	ui->n_all++;
	if (ui->filter[0]) {
		vmt_row_text(ui, row, text, sizeof(text));
		if (!vmt_text_has(text, ui->filter, NULL))
			return VMT_OK;
	}
	if (vmt_grow(&ui->list, &ui->cap, ui->n + 1, sizeof(*ui->list)) != VMT_OK)
		return VMT_NOMEM;
	ui->list[ui->n++] = row;
	return VMT_OK;
}

static enum vmt_rc add_tracks(struct vmt_tui *ui, const struct vmt_tracks *tracks)
{
	enum vmt_rc rc = VMT_OK;

	for (size_t i = 0; rc == VMT_OK && i < tracks->n; i++) {
		const struct vmt_track *t = &tracks->items[i];

		/* What is gone since the baseline stays to be seen. */
		if (!t->now.areas && !t->base_areas)
			continue;
		if (ui->at.view == VMT_VIEW_CALLERS && ui->at.scope == VMT_SCOPE_OWNER &&
		    !is_key(owner_of(t, ui->owner_by), ui->at.scope_key))
			continue;
		rc = add(ui, (union vmt_row){.track = t});
	}
	return rc;
}

static enum vmt_rc make_owners(struct vmt_tui *ui, const struct vmt_live *live)
{
	vmt_tracks_deinit(&ui->owners);
	if (vmt_tracks_init(&ui->owners) != VMT_OK)
		return VMT_NOMEM;
	for (size_t i = 0; i < live->callers.n; i++) {
		const struct vmt_track *t = &live->callers.items[i];
		struct vmt_track *into;

		if (!t->now.areas && !t->base_areas)
			continue;
		into = vmt_tracks_get(&ui->owners, owner_of(t, ui->owner_by));
		if (!into || vmt_track_merge(into, t, &live->clock) != VMT_OK)
			return VMT_NOMEM;
	}
	return VMT_OK;
}

static enum vmt_rc add_areas(struct vmt_tui *ui, const struct vmt_live *live)
{
	enum vmt_rc rc = VMT_OK;

	for (size_t i = 0; rc == VMT_OK && i < vmt_areas_count(live->now->areas); i++) {
		const struct vmt_area *a = vmt_areas_at(live->now->areas, i);

		if (a->kind == VMT_KIND_UNPURGED && !ui->unpurged)
			continue;
		if (in_scope(ui, live, a))
			rc = add(ui, (union vmt_row){.area = a});
	}
	return rc;
}

enum vmt_rc vmt_rows_find(struct vmt_tui *ui, const struct vmt_live *live)
{
	enum vmt_rc rc = VMT_OK;

	ui->n = ui->n_all = 0;
	if (!live->now || !vmt_view_is_table(ui->at.view))
		return VMT_OK;
	switch (ui->at.view) {
	case VMT_VIEW_CALLERS: rc = add_tracks(ui, &live->callers); break;
	case VMT_VIEW_MODULES: rc = add_tracks(ui, &live->modules); break;
	case VMT_VIEW_NODES: rc = add_tracks(ui, &live->nodes); break;
	case VMT_VIEW_OWNERS:
		rc = make_owners(ui, live);
		if (rc == VMT_OK)
			rc = add_tracks(ui, &ui->owners);
		break;
	case VMT_VIEW_AREAS: rc = add_areas(ui, live); break;
	default:
		for (size_t i = 0; rc == VMT_OK && i < vmt_events_count(live); i++)
			rc = add(ui, (union vmt_row){.event = vmt_events_at(live, i)});
	}
	if (rc == VMT_OK)
		sort_rows(ui, live);
	return rc;
}

/* ---- the cursor ---- */

void vmt_rows_mark(struct vmt_tui *ui)
{
	union vmt_row row;

	ui->cursor_key[0] = 0;
	ui->cursor_start = ui->cursor_size = ui->cursor_line = 0;
	if (ui->at.cursor >= ui->n)
		return;
	row = ui->list[ui->at.cursor];
	if (ui->at.view == VMT_VIEW_AREAS) {
		ui->cursor_start = row.area->start;
		ui->cursor_size = row.area->size_bytes;
		ui->cursor_line = row.area->start ? 0 : row.area->line;
	} else if (ui->at.view == VMT_VIEW_EVENTS) {
		ui->cursor_start = row.event->start;
		ui->cursor_size = row.event->size_bytes;
		ui->cursor_line = row.event->time;
	} else {
		vmt_str_copy(ui->cursor_key, sizeof(ui->cursor_key), row.track->key);
	}
}

static bool is_marked(const struct vmt_tui *ui, union vmt_row row)
{
	char key[KEY_MAX];

	if (ui->at.view == VMT_VIEW_AREAS)
		return row.area->start == ui->cursor_start &&
		       row.area->size_bytes == ui->cursor_size &&
		       (row.area->start || row.area->line == ui->cursor_line);
	if (ui->at.view == VMT_VIEW_EVENTS)
		return row.event->start == ui->cursor_start &&
		       row.event->size_bytes == ui->cursor_size &&
		       row.event->time == ui->cursor_line;
	vmt_str_copy(key, sizeof(key), row.track->key);
	return strcmp(key, ui->cursor_key) == 0;
}

void vmt_rows_follow(struct vmt_tui *ui)
{
	/* At the top one wants to see what is at the top. */
	if (!ui->at.cursor) {
		vmt_rows_mark(ui);
		return;
	}
	/* Where nothing moved it is found at once. */
	if (ui->at.cursor < ui->n && is_marked(ui, ui->list[ui->at.cursor]))
		return;
	for (size_t i = 0; i < ui->n; i++) {
		if (is_marked(ui, ui->list[i])) {
			ui->at.cursor = i;
			return;
		}
	}
	if (ui->at.cursor >= ui->n)
		ui->at.cursor = ui->n ? ui->n - 1 : 0;
	vmt_rows_mark(ui);
}
