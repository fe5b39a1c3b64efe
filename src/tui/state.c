// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the user is: views, cursor, what was entered, what is typed. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tui_priv.h"

static const struct vmt_tui_col *col_titled(enum vmt_view view, const char *title)
{
	size_t n;
	const struct vmt_tui_col *c = vmt_tui_cols(view, &n);

	for (size_t i = 0; i < n; i++) {
		if (c[i].id != COL_SPARK && strlen(title) == strlen(c[i].title) &&
		    vmt_text_has(c[i].title, title, NULL))
			return &c[i];
	}
	return NULL;
}

enum vmt_rc vmt_tui_new(struct vmt_tui **out, const struct vmt_tui_opts *o)
{
	struct vmt_tui *ui = calloc(1, sizeof(*ui));
	const struct vmt_tui_col *sort = NULL;

	*out = ui;
	if (!ui)
		return VMT_NOMEM;
	for (int i = 0; i < VMT_VIEW_COUNT; i++)
		ui->sort[i] = i == VMT_VIEW_AREAS    ? COL_SIZE
			      : i == VMT_VIEW_EVENTS ? COL_TIME
						     : COL_RAM;
	if (o->sort) {
		sort = col_titled(o->view, o->sort);
		if (!sort) {
			vmt_tui_free(ui);
			*out = NULL;
			return VMT_NONE;
		}
		ui->sort[o->view] = sort->id;
	}
	ui->at.view = o->view;
	ui->utf8 = o->utf8;
	ui->once = o->once;
	ui->units = o->bytes ? VMT_UNITS_BYTES : VMT_UNITS_SHORT;
	ui->interval = o->interval;
	ui->rows = 24;
	ui->cols = 80;
	ui->about.uptime = VMT_FACT_NONE;
	if (o->filter)
		vmt_str_copy(ui->filter, sizeof(ui->filter), vmt_str(o->filter));
	return VMT_OK;
}

void vmt_tui_free(struct vmt_tui *ui)
{
	if (!ui)
		return;
	if (ui->owners.keys)
		vmt_tracks_deinit(&ui->owners);
	free(ui->list);
	free(ui->chain);
	free(ui);
}

void vmt_tui_set_about(struct vmt_tui *ui, const struct vmt_tui_about *about)
{
	if (about->replay && !ui->about.replay)
		ui->frozen = true;
	ui->about = *about;
	if (about->replay)
		ui->wanted = about->at;
}

void vmt_tui_say(struct vmt_tui *ui, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(ui->said, sizeof(ui->said), fmt, ap);
	va_end(ap);
}

int vmt_tui_head(const struct vmt_tui *ui)
{
	return vmt_tui_body_top(ui);
}

bool vmt_tui_frozen(const struct vmt_tui *ui)
{
	return ui->frozen;
}

double vmt_tui_interval(const struct vmt_tui *ui)
{
	return ui->interval;
}

size_t vmt_tui_wanted(const struct vmt_tui *ui)
{
	return ui->wanted;
}

enum vmt_view vmt_tui_view(const struct vmt_tui *ui)
{
	return ui->at.view;
}

/* ---- moving ---- */

static size_t page_lines(const struct vmt_tui *ui, const struct vmt_live *live)
{
	struct vmt_page page = {0};
	size_t n;

	if (ui->at.view == VMT_VIEW_HELP)
		vmt_page_help(&page, ui);
	else if (ui->at.view == VMT_VIEW_EXPLAIN)
		vmt_page_explain(&page, ui, live);
	n = page.n;
	vmt_page_free(&page);
	return n;
}

void vmt_tui_scroll_in(struct vmt_tui *ui)
{
	size_t rows = (size_t)vmt_tui_body_rows(ui);

	if (!vmt_view_is_table(ui->at.view))
		return;
	if (ui->at.cursor >= ui->n)
		ui->at.cursor = ui->n ? ui->n - 1 : 0;
	if (ui->at.cursor < ui->at.top)
		ui->at.top = ui->at.cursor;
	if (ui->at.cursor >= ui->at.top + rows)
		ui->at.top = ui->at.cursor - rows + 1;
	/* No blank lines at the end while there are rows above. */
	if (ui->at.top + rows > ui->n)
		ui->at.top = ui->n > rows ? ui->n - rows : 0;
}

static size_t moved(size_t from, int64_t by, size_t n)
{
	if (by < 0)
		return (uint64_t)-by > from ? 0 : from - (size_t)-by;
	return n && (uint64_t)by < n - from ? from + (size_t)by : n ? n - 1 : 0;
}

void vmt_tui_move(struct vmt_tui *ui, const struct vmt_live *live, int64_t by)
{
	size_t rows = (size_t)vmt_tui_body_rows(ui), lines;

	if (vmt_view_is_table(ui->at.view)) {
		if (ui->n)
			ui->at.cursor = moved(ui->at.cursor, by, ui->n);
		vmt_tui_scroll_in(ui);
		vmt_rows_mark(ui);
		return;
	}
	lines = page_lines(ui, live);
	ui->at.top = lines > rows ? moved(ui->at.top, by, lines - rows + 1) : 0;
}

enum vmt_rc vmt_tui_update(struct vmt_tui *ui, const struct vmt_live *live)
{
	enum vmt_rc rc = vmt_rows_find(ui, live);

	if (rc != VMT_OK)
		return rc;
	vmt_rows_follow(ui);
	vmt_tui_scroll_in(ui);
	if (ui->at.view == VMT_VIEW_EXPLAIN)
		vmt_explain_update(ui, live);
	return VMT_OK;
}

void vmt_tui_resize(struct vmt_tui *ui, const struct vmt_live *live, int rows, int cols)
{
	ui->rows = rows;
	ui->cols = cols;
	vmt_tui_scroll_in(ui);
	if (!vmt_view_is_table(ui->at.view) && ui->at.view != VMT_VIEW_MAP)
		vmt_tui_move(ui, live, 0);
}

int vmt_tui_height(const struct vmt_tui *ui, const struct vmt_live *live)
{
	size_t lines = vmt_view_is_table(ui->at.view) ? ui->n
		       : ui->at.view == VMT_VIEW_MAP  ? 24
						      : page_lines(ui, live);

	if (vmt_view_is_table(ui->at.view) && !lines)
		lines = 2;
	return vmt_tui_body_top(ui) + (int)(lines > 100000 ? 100000 : lines) +
	       (ui->about.replay && ui->about.n > 1);
}

/* ---- going in and back ---- */

static void arrive(struct vmt_tui *ui, const struct vmt_live *live)
{
	(void)vmt_rows_find(ui, live);
	vmt_tui_scroll_in(ui);
	vmt_rows_mark(ui);
}

void vmt_tui_show(struct vmt_tui *ui, const struct vmt_live *live, enum vmt_view view)
{
	ui->depth = 0;
	ui->at = (struct vmt_place){.view = view};
	arrive(ui, live);
}

static void push(struct vmt_tui *ui)
{
	if (ui->depth < STACK_MAX)
		ui->stack[ui->depth++] = ui->at;
}

void vmt_tui_back(struct vmt_tui *ui, const struct vmt_live *live)
{
	if (ui->depth) {
		ui->at = ui->stack[--ui->depth];
		arrive(ui, live);
	} else if (ui->filter[0]) {
		ui->filter[0] = 0;
		arrive(ui, live);
	} else {
		ui->search[0] = 0;
	}
}

void vmt_tui_push(struct vmt_tui *ui, const struct vmt_live *live, enum vmt_view view,
		  enum vmt_scope scope, struct vmt_str key)
{
	push(ui);
	ui->at = (struct vmt_place){.view = view, .scope = scope};
	/* Keys are compared as they are: what does not fit names nothing. */
	if (key.n < KEY_MAX && key.n) {
		memcpy(ui->at.scope_key, key.p, key.n);
		ui->at.scope_key[key.n] = 0;
	}
	if (view == VMT_VIEW_AREAS || view == VMT_VIEW_CALLERS)
		ui->filter[0] = 0;
	arrive(ui, live);
}

void vmt_tui_enter(struct vmt_tui *ui, const struct vmt_live *live)
{
	union vmt_row row;

	if (!vmt_view_is_table(ui->at.view) || ui->at.cursor >= ui->n)
		return;
	row = ui->list[ui->at.cursor];
	switch (ui->at.view) {
	case VMT_VIEW_CALLERS:
		vmt_tui_push(ui, live, VMT_VIEW_AREAS, VMT_SCOPE_CALLER, row.track->key);
		break;
	case VMT_VIEW_OWNERS:
		vmt_tui_push(ui, live, VMT_VIEW_CALLERS, VMT_SCOPE_OWNER, row.track->key);
		break;
	case VMT_VIEW_MODULES:
		vmt_tui_push(ui, live, VMT_VIEW_AREAS, VMT_SCOPE_MODULE, row.track->key);
		break;
	case VMT_VIEW_NODES:
		vmt_tui_push(ui, live, VMT_VIEW_AREAS, VMT_SCOPE_NODE, row.track->key);
		break;
	case VMT_VIEW_EVENTS:
		vmt_tui_push(ui, live, VMT_VIEW_AREAS, VMT_SCOPE_CALLER,
			     vmt_str(row.event->caller));
		break;
	case VMT_VIEW_AREAS: vmt_explain_open(ui, live, row.area); break;
	default: break;
	}
}

/* ---- searching ---- */

bool vmt_tui_search(struct vmt_tui *ui, const struct vmt_live *live, int direction, bool here)
{
	char text[2 * KEY_MAX];
	const char *needle = ui->prompt == VMT_PROMPT_SEARCH ? ui->typed : ui->search;

	(void)live;
	if (!needle[0] || !ui->n)
		return false;
	for (size_t k = here ? 0 : 1; k <= ui->n; k++) {
		size_t i = direction > 0 ? (ui->at.cursor + k) % ui->n
					 : (ui->at.cursor + ui->n - k % ui->n) % ui->n;

		vmt_row_text(ui, ui->list[i], text, sizeof(text));
		if (vmt_text_has(text, needle, NULL)) {
			ui->at.cursor = i;
			vmt_tui_scroll_in(ui);
			vmt_rows_mark(ui);
			return true;
		}
	}
	return false;
}

void vmt_tui_prompt(struct vmt_tui *ui, enum vmt_prompt prompt)
{
	ui->prompt = prompt;
	ui->typed[0] = 0;
	ui->cursor_before = ui->at.cursor;
	if (prompt == VMT_PROMPT_FILTER)
		memcpy(ui->typed, ui->filter, sizeof(ui->typed));
	memcpy(ui->filter_before, ui->filter, sizeof(ui->filter_before));
}

/* What is typed shows its effect at once. */
static void typed(struct vmt_tui *ui, const struct vmt_live *live)
{
	if (ui->prompt == VMT_PROMPT_FILTER) {
		memcpy(ui->filter, ui->typed, sizeof(ui->filter));
		ui->at.cursor = ui->at.top = 0;
		(void)vmt_rows_find(ui, live);
		vmt_rows_mark(ui);
	} else {
		ui->at.cursor = ui->cursor_before < ui->n ? ui->cursor_before : 0;
		(void)vmt_tui_search(ui, live, 1, true);
		vmt_tui_scroll_in(ui);
	}
}

static void prompt_press(struct vmt_tui *ui, const struct vmt_live *live, uint32_t key)
{
	size_t n = strlen(ui->typed);

	switch (key) {
	case VMT_KEY_ENTER:
		if (ui->prompt == VMT_PROMPT_SEARCH && ui->typed[0]) {
			memcpy(ui->search, ui->typed, sizeof(ui->search));
			if (!vmt_tui_search(ui, live, 1, true))
				vmt_tui_say(ui, "'%s' stands nowhere here", ui->search);
		}
		ui->prompt = VMT_PROMPT_NONE;
		return;
	case VMT_KEY_ESC:
	case VMT_CTRL('g'):
		if (ui->prompt == VMT_PROMPT_FILTER)
			memcpy(ui->typed, ui->filter_before, sizeof(ui->typed));
		else
			ui->typed[0] = 0;
		typed(ui, live);
		ui->prompt = VMT_PROMPT_NONE;
		return;
	case VMT_KEY_BACKSPACE:
		if (n)
			ui->typed[n - 1] = 0;
		break;
	case VMT_CTRL('u'): ui->typed[0] = 0; break;
	default:
		if (key < ' ' || key > '~' || n + 1 >= TEXT_MAX)
			return;
		ui->typed[n] = (char)key;
		ui->typed[n + 1] = 0;
	}
	typed(ui, live);
}

/* ---- the mouse ---- */

void vmt_tui_sort_by(struct vmt_tui *ui, const struct vmt_live *live, enum vmt_col_id id)
{
	enum vmt_view view = ui->at.view;

	if (ui->sort[view] == id)
		ui->invert[view] = !ui->invert[view];
	else
		ui->invert[view] = false;
	ui->sort[view] = id;
	/* The new order is looked at from its top. */
	ui->at.cursor = ui->at.top = 0;
	arrive(ui, live);
}

static void click_heading(struct vmt_tui *ui, const struct vmt_live *live, int col)
{
	struct vmt_layout l;

	vmt_layout_make(&l, ui->at.view, ui->cols, ui->units);
	for (size_t i = 0; i < l.n; i++) {
		if (col >= l.c[i].at - 1 && col <= l.c[i].at + l.c[i].width &&
		    l.c[i].col->id != COL_SPARK) {
			vmt_tui_sort_by(ui, live, l.c[i].col->id);
			return;
		}
	}
}

static enum vmt_asks click(struct vmt_tui *ui, const struct vmt_live *live, int row, int col)
{
	int top = vmt_tui_body_top(ui), rows = vmt_tui_body_rows(ui), tab;
	bool table = vmt_view_is_table(ui->at.view);
	size_t i;

	if (row == vmt_tabs_row(ui)) {
		tab = ui->depth ? -1 : vmt_tab_at(ui, col);
		if (ui->depth)
			vmt_tui_back(ui, live);
		else if (tab >= 0)
			vmt_tui_show(ui, live, (enum vmt_view)tab);
	} else if (ui->at.view == VMT_VIEW_MAP) {
		(void)vmt_map_click(ui, live, row, col);
	} else if (table && row == top - 1) {
		click_heading(ui, live, col);
	} else if (table && row >= top && row < top + rows) {
		i = ui->at.top + (size_t)(row - top);
		if (i == ui->at.cursor)
			vmt_tui_enter(ui, live);
		else if (i < ui->n)
			vmt_tui_move(ui, live, (int64_t)i - (int64_t)ui->at.cursor);
	}
	return VMT_ASKS_NOTHING;
}

/* ---- keys ---- */

enum vmt_asks vmt_tui_press(struct vmt_tui *ui, struct vmt_live *live,
			    const struct vmt_press *press)
{
	ui->said[0] = 0;
	if (ui->prompt != VMT_PROMPT_NONE && press->key < VMT_KEY_CLICK) {
		prompt_press(ui, live, press->key);
		return VMT_ASKS_NOTHING;
	}
	switch (press->key) {
	case VMT_KEY_CLICK: return click(ui, live, press->row, press->col);
	case VMT_KEY_WHEEL_UP:
	case VMT_KEY_WHEEL_DOWN:
		if (ui->at.view == VMT_VIEW_MAP)
			(void)vmt_map_press(ui, live,
					    press->key == VMT_KEY_WHEEL_UP ? VMT_KEY_UP
									   : VMT_KEY_DOWN);
		else
			vmt_tui_move(ui, live, press->key == VMT_KEY_WHEEL_UP ? -3 : 3);
		return VMT_ASKS_NOTHING;
	default: break;
	}
	if (ui->at.view == VMT_VIEW_MAP && vmt_map_press(ui, live, press->key))
		return VMT_ASKS_NOTHING;
	return vmt_keys_do(ui, live, press->key);
}
