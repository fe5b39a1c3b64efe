// SPDX-License-Identifier: GPL-2.0-or-later
/* The screen, from what was seen and where the user is: a pure function into a grid. */
#include <stdio.h>
#include <string.h>

#include "tui_priv.h"

#include "vmtool/model_series.h"

static const struct vmt_style plain,
	bold = {0, VMT_ATTR_BOLD}, reverse = {0, VMT_ATTR_REVERSE}, gray = {VMT_COLOR_GRAY, 0},
	head = {VMT_COLOR_NONE, VMT_ATTR_REVERSE | VMT_ATTR_BOLD}, spark = {VMT_COLOR_CYAN, 0};

/* ---- sparklines ---- */

void vmt_spark_text(const struct vmt_tui *ui, const struct vmt_clock *clock,
		    const struct vmt_track *track, int cols, char *buf, size_t size)
{
	double values[POINTS];
	uint64_t each, first = clock->count - clock->n;
	size_t n = 0;

	buf[0] = 0;
	if (cols < 1 || !clock->n)
		return;
	/*
	 * As many points on a column as are needed, and always the same ones together, so that
	 * columns move and do not flicker.
	 */
	each = (clock->n + (size_t)cols - 1) / (size_t)cols;
	while (each > 1 && (clock->count - 1) / each - first / each + 1 > (uint64_t)cols)
		each++;
	for (uint64_t i = first; i < clock->count; i++) {
		/* The last of those that fall together. */
		if (i + 1 == clock->count || (i + 1) / each != i / each)
			values[n++] =
				(double)vmt_track_at(track, clock, (size_t)(clock->count - 1 - i));
	}
	(void)vmt_spark(buf, size, values, n, (size_t)cols, ui->utf8);
}

/* ---- rows ---- */

static void draw_heads(const struct vmt_tui *ui, struct vmt_grid *grid, const struct vmt_layout *l)
{
	int row = vmt_tui_body_top(ui) - 1;

	vmt_grid_style(grid, row, 0, grid->cols, head);
	for (size_t i = 0; i < l->n; i++) {
		const struct vmt_tui_col *c = l->c[i].col;
		bool sorted = ui->sort[ui->at.view] == c->id;
		bool down = c->falls != ui->invert[ui->at.view];
		const char *mark = !sorted ? "" : ui->utf8 ? (down ? "▼" : "▲") : down ? "v" : "^";
		const char *title = c->title;
		char text[64];
		int w;

		if (c->id == COL_SPARK && ui->about.replay)
			title = "COURSE";
		(void)snprintf(text, sizeof(text), "%s%s%s", c->right ? mark : "", title,
			       c->right ? "" : mark);
		w = vmt_text_cols(text);
		(void)vmt_grid_put(grid, row,
				   c->right && w < l->c[i].width ? l->c[i].at + l->c[i].width - w
								 : l->c[i].at,
				   l->c[i].width, head, vmt_str(text));
	}
}

static struct vmt_style cell_style(const struct vmt_tui *ui, union vmt_row row, enum vmt_col_id id)
{
	const struct vmt_track *t = row.track;

	switch (id) {
	case COL_SINCE:
		return t->value > t->base_value	  ? (struct vmt_style){VMT_COLOR_RED, 0}
		       : t->value < t->base_value ? (struct vmt_style){VMT_COLOR_GREEN, 0}
						  : gray;
	/* What stays the same stands back. */
	case COL_SPARK: return t->ring ? spark : gray;
	case COL_RATE: return t->ring ? plain : gray;
	case COL_WHAT: return gray;
	case COL_CHANGE:
		return row.event->came ? (struct vmt_style){VMT_COLOR_RED, 0}
				       : (struct vmt_style){VMT_COLOR_GREEN, 0};
	case COL_KIND:
		if (ui->at.view == VMT_VIEW_AREAS)
			return vmt_kind_style(row.area->kind);
		return vmt_kind_style(row.event->kind);
	default: return plain;
	}
}

/* Too long: what is cut off is shown to be. */
static void put_cell(const struct vmt_tui *ui, struct vmt_grid *grid, int row, int at, int width,
		     bool right, struct vmt_style style, const char *text)
{
	int w = vmt_text_cols(text);

	if (w <= width) {
		(void)vmt_grid_put(grid, row, right ? at + width - w : at, width, style,
				   vmt_str(text));
		return;
	}
	(void)vmt_grid_put(grid, row, at, width, style, vmt_str(text));
	(void)vmt_grid_put(grid, row, at + width - 1, 1, style, vmt_str(ui->utf8 ? "…" : "~"));
}

/* What was searched for, where it stands. */
static void mark_search(const struct vmt_tui *ui, struct vmt_grid *grid, int row)
{
	const char *needle = ui->prompt == VMT_PROMPT_SEARCH ? ui->typed : ui->search;
	char text[KEY_MAX];
	size_t at = 0, found;
	int n = grid->cols < (int)sizeof(text) - 1 ? grid->cols : (int)sizeof(text) - 1;

	/* A screen of few lines has none for the row. */
	if (!needle[0] || row >= grid->rows)
		return;
	for (int i = 0; i < n; i++) {
		uint32_t c = grid->cells[row * grid->cols + i].c;

		text[i] = c < 0x80 ? (char)c : '\1';
	}
	text[n] = 0;
	while (vmt_text_has(text + at, needle, &found)) {
		for (size_t i = 0; i < strlen(needle); i++)
			grid->cells[row * grid->cols + (int)(at + found + i)].style.attr |=
				VMT_ATTR_UNDERLINE | VMT_ATTR_BOLD;
		at += found + strlen(needle);
	}
}

static void draw_row(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid,
		     const struct vmt_layout *l, int row, size_t i)
{
	bool here = i == ui->at.cursor && !ui->once;
	char text[2 * KEY_MAX];

	for (size_t k = 0; k < l->n; k++) {
		const struct vmt_tui_col *c = l->c[k].col;

		vmt_row_cell(ui, live, ui->list[i], c->id, l->c[k].width, text, sizeof(text));
		put_cell(ui, grid, row, l->c[k].at, l->c[k].width, c->right,
			 here ? reverse : cell_style(ui, ui->list[i], c->id), text);
	}
	if (here) {
		vmt_grid_style(grid, row, 0, grid->cols, reverse);
		(void)vmt_grid_put(grid, row, 0, 1, reverse, vmt_str(">"));
	}
	mark_search(ui, grid, row);
}

static void draw_empty(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid,
		       int row)
{
	char text[400] = "";

	if (!live->now)
		(void)snprintf(text, sizeof(text), "Reading ...");
	else if (ui->filter[0])
		(void)snprintf(text, sizeof(text), "Nothing has '%s' in it.", ui->filter);
	else if (ui->at.view == VMT_VIEW_EVENTS && live->join_why[0] &&
		 live->join == VMT_JOIN_CALLER)
		(void)snprintf(text, sizeof(text), "Areas cannot be told apart: %s.",
			       live->join_why);
	else if (ui->at.view == VMT_VIEW_EVENTS)
		(void)snprintf(text, sizeof(text), "No area came or went so far.");
	else
		(void)snprintf(text, sizeof(text), "Nothing here.");
	(void)vmt_grid_put(grid, row, 2, grid->cols - 2, gray, vmt_str(text));
}

static void draw_table(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid)
{
	int top = vmt_tui_body_top(ui), rows = vmt_tui_body_rows(ui);
	struct vmt_layout l;

	vmt_layout_make(&l, ui->at.view, grid->cols, ui->units);
	draw_heads(ui, grid, &l);
	if (!ui->n)
		draw_empty(ui, live, grid, top + 1);
	for (int i = 0; i < rows && ui->at.top + (size_t)i < ui->n; i++)
		draw_row(ui, live, grid, &l, top + i, ui->at.top + (size_t)i);
}

static void draw_page(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid)
{
	int top = vmt_tui_body_top(ui), rows = vmt_tui_body_rows(ui);
	struct vmt_page page = {0};

	if (ui->at.view == VMT_VIEW_HELP)
		vmt_page_help(&page, ui);
	else
		vmt_page_explain(&page, ui, live);
	for (int i = 0; i < rows && ui->at.top + (size_t)i < page.n; i++) {
		const char *line = page.lines[ui->at.top + (size_t)i];
		bool title = line[0] == '=';

		(void)vmt_grid_put(grid, top + i, 1, grid->cols - 1, title ? bold : plain,
				   vmt_str(line + title));
	}
	vmt_page_free(&page);
}

/* ---- all of it ---- */

void vmt_tui_draw(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid)
{
	vmt_grid_clear(grid);
	vmt_frame_draw(ui, live, grid);
	if (vmt_view_is_table(ui->at.view))
		draw_table(ui, live, grid);
	else if (ui->at.view == VMT_VIEW_MAP)
		vmt_map_draw(ui, live, grid, vmt_tui_body_top(ui), vmt_tui_body_rows(ui));
	else
		draw_page(ui, live, grid);
}
