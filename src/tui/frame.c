// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands around the view: header, tabs, time bar, bottom line. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tui_priv.h"

#include "vmtool/model_series.h"

static const struct vmt_style plain, bold = {0, VMT_ATTR_BOLD}, gray = {VMT_COLOR_GRAY, 0},
				     head = {VMT_COLOR_NONE, VMT_ATTR_REVERSE | VMT_ATTR_BOLD},
				     warn = {VMT_COLOR_RED, VMT_ATTR_BOLD},
				     spark = {VMT_COLOR_CYAN, 0};

/* ---- lines of items that give way to each other ---- */

#define ITEMS_MAX 16

struct item {
	char text[160];
	struct vmt_style style;
	/** The larger, the earlier it is left out. */
	int rank;
	/** Stands at the right edge. */
	bool right;
};

struct items {
	struct item at[ITEMS_MAX];
	size_t n;
};

static void __attribute__((format(printf, 5, 6)))
item(struct items *items, int rank, bool right, struct vmt_style style, const char *fmt, ...)
{
	struct item *it;
	va_list ap;

	if (items->n == ITEMS_MAX)
		return;
	it = &items->at[items->n++];
	it->style = style;
	it->rank = rank;
	it->right = right;
	va_start(ap, fmt);
	(void)vsnprintf(it->text, sizeof(it->text), fmt, ap);
	va_end(ap);
	if (!it->text[0])
		items->n--;
}

static int items_width(const struct items *items, int rank, int gap)
{
	int w = 1, n = 0;

	for (size_t i = 0; i < items->n; i++) {
		if (items->at[i].rank <= rank)
			w += vmt_text_cols(items->at[i].text) + (n++ ? gap : 0);
	}
	return w;
}

/* @return the column after the last item that stands at the left; *@right_at: the first at right.
 */
static int put_items(struct vmt_grid *grid, int row, const struct items *items, int *right_at)
{
	int rank = 9, gap = 3, col = 1, right = grid->cols, end = 1;

	while (rank > 0 && items_width(items, rank, 2) > grid->cols)
		rank--;
	while (gap > 2 && items_width(items, rank, gap) > grid->cols)
		gap--;
	for (size_t i = 0; i < items->n; i++) {
		const struct item *it = &items->at[i];

		if (it->rank > rank || it->right)
			continue;
		col += vmt_grid_put(grid, row, col, grid->cols, it->style, vmt_str(it->text));
		end = col;
		col += gap;
	}
	for (size_t i = items->n; i-- > 0;) {
		const struct item *it = &items->at[i];
		int w = vmt_text_cols(it->text);

		if (it->rank > rank || !it->right)
			continue;
		right -= w + (right == grid->cols ? 1 : gap);
		if (right <= end && end > 1)
			right = end + 1;
		(void)vmt_grid_put(grid, row, right, grid->cols, it->style, vmt_str(it->text));
	}
	if (right_at)
		*right_at = right;
	return end;
}

/* ---- header ---- */

static bool has_machine_line(const struct vmt_tui *ui)
{
	return ui->rows >= 12 || ui->once;
}

static bool has_spark_line(const struct vmt_tui *ui)
{
	return ui->rows >= 16 || ui->once;
}

static bool has_time_bar(const struct vmt_tui *ui)
{
	return ui->about.replay && ui->about.n > 1;
}

int vmt_tui_body_top(const struct vmt_tui *ui)
{
	return 2 + has_machine_line(ui) + has_spark_line(ui) + vmt_view_is_table(ui->at.view);
}

int vmt_tui_body_rows(const struct vmt_tui *ui)
{
	int n = ui->rows - vmt_tui_body_top(ui) - !ui->once - has_time_bar(ui);

	return n < 1 ? 1 : n;
}

struct vmt_sizes vmt_tui_sizes(const struct vmt_tui *ui, const struct vmt_live *live)
{
	return (struct vmt_sizes){ui->units, live->now ? live->now->page_size : 4096};
}

static void draw_machine(const struct vmt_tui *ui, const struct vmt_live *live,
			 struct vmt_grid *grid, int row)
{
	struct items items = {.n = 0};
	char text[SIZE_TEXT], host[64], kernel[80];
	const struct vmt_facts *f = live->now ? &live->now->facts : NULL;

	item(&items, 6, false, bold, "vmtool");
	if (f) {
		vmt_str_copy(host, sizeof(host), vmt_str(f->host));
		vmt_str_copy(kernel, sizeof(kernel), vmt_str(f->kernel));
		item(&items, 1, false, bold, "%s", host);
		if (kernel[0])
			item(&items, 3, false, plain, "Linux %s", kernel);
	}
	if (ui->about.uptime != VMT_FACT_NONE)
		item(&items, 4, false, plain, "up %s", vmt_span_text(text, ui->about.uptime));
	if (ui->about.replay) {
		if (ui->frozen || ui->once)
			item(&items, 5, true, plain, "%s", ui->about.source);
		else
			item(&items, 2, true, bold, "PLAYING");
	} else if (ui->frozen) {
		item(&items, 0, true, head, " FROZEN ");
	} else if (!ui->once) {
		item(&items, 6, true, plain, "every %g s", ui->interval);
	} else {
		item(&items, 6, true, plain, "%s", ui->about.source);
	}
	if (f && f->time != VMT_FACT_NONE)
		item(&items, 1, true, plain, "%s", vmt_time_text(text, f->time, ui->about.replay));
	(void)put_items(grid, row, &items, NULL);
}

static void draw_sums(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid,
		      int row)
{
	struct vmt_sizes s = vmt_tui_sizes(ui, live);
	const struct vmt_sums *t = &live->total.now;
	struct items items = {.n = 0};
	char a[SIZE_TEXT], b[SIZE_TEXT], since[64] = "", rate[64] = "";
	double per_second;

	if (!live->now)
		return;
	if (t->areas != live->total.base_areas)
		(void)snprintf(since, sizeof(since), " (%+lld)",
			       (long long)(t->areas - live->total.base_areas));
	if (vmt_track_rate(&live->total, &live->clock, &per_second))
		(void)snprintf(rate, sizeof(rate), " (%s/s)", vmt_rate_text(b, s, per_second));
	item(&items, 1, false, bold, "areas %s%s", vmt_num_grouped(a, t->areas), since);
	item(&items, 1, false, bold, "RAM %s%s", vmt_size_text(a, s, t->resident_bytes), rate);
	item(&items, 3, false, plain, "virtual %s", vmt_size_text(a, s, t->size_bytes));
	item(&items, 2, false, plain, "guard %s", vmt_size_text(a, s, vmt_sums_guard(t)));
	item(&items, 4, false, plain, "unpurged %s",
	     vmt_size_text(a, s, live->now->unpurged.size_bytes));
	(void)put_items(grid, row, &items, NULL);
}

/* What can be said of the addresses, and, when they are real, of the space between. */
static void address_items(const struct vmt_tui *ui, const struct vmt_live *live,
			  struct items *items)
{
	struct vmt_sizes s = vmt_tui_sizes(ui, live);
	const struct vmt_region *r;
	char a[SIZE_TEXT];
	size_t n;

	if (!live->now)
		return;
	switch (live->now->addresses) {
	case VMT_ADDR_REAL:
		r = vmt_gaps_regions(live->now->gaps, &n);
		if (n && r[0].largest_bytes)
			item(items, 1, true, plain, "largest hole %s",
			     vmt_size_text(a, s, r[0].largest_bytes));
		item(items, 2, true, plain, "addresses real");
		break;
	case VMT_ADDR_HASHED:
		item(items, 1, true, plain, "%s",
		     ui->cols < 60 ? "HASHED" : "addresses HASHED: holes unknown");
		break;
	case VMT_ADDR_ZEROED:
		item(items, 1, true, plain, "%s",
		     ui->cols < 60 ? "HIDDEN" : "addresses HIDDEN: holes unknown");
		break;
	default: item(items, 1, true, plain, "addresses unknown"); break;
	}
}

static void draw_spark(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid,
		       int row)
{
	struct items items = {.n = 0};
	char text[VMT_SPARK_BYTES(POINTS)];
	int right, cols;

	item(&items, 0, false, plain, "RAM");
	address_items(ui, live, &items);
	(void)put_items(grid, row, &items, &right);
	cols = right - 3 - 5;
	cols = cols > 60 ? 60 : cols;
	if (cols < 4)
		return;
	vmt_spark_text(ui, &live->clock, &live->total, cols, text, sizeof(text));
	(void)vmt_grid_put(grid, row, 5, cols, spark, vmt_str(text));
}

/* ---- tabs ---- */

static const char *const titles[VMT_VIEW_TABS] = {
	"Callers", "Areas", "Owners", "Modules", "Nodes", "Map", "Events",
};

/* Where a tab stands: narrow screens have room for the title of one only. */
static int tab_width(const struct vmt_tui *ui, int i, bool wide)
{
	return wide || i == (int)ui->at.view ? (int)strlen(titles[i]) + 4 : 3;
}

static bool tabs_are_wide(int cols)
{
	int w = 0;

	for (int i = 0; i < VMT_VIEW_TABS; i++)
		w += (int)strlen(titles[i]) + 4;
	return w <= cols;
}

int vmt_tab_at(const struct vmt_tui *ui, int col)
{
	bool wide = tabs_are_wide(ui->cols);
	int at = 0;

	for (int i = 0; i < VMT_VIEW_TABS; i++) {
		int w = tab_width(ui, i, wide);

		if (col >= at && col < at + w)
			return i;
		at += w;
	}
	return -1;
}

int vmt_tabs_row(const struct vmt_tui *ui)
{
	return vmt_tui_body_top(ui) - vmt_view_is_table(ui->at.view) - 1;
}

static void draw_tabs(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid)
{
	bool wide = tabs_are_wide(grid->cols);
	int row = vmt_tabs_row(ui), at = 0;
	char text[40], a[SIZE_TEXT], b[SIZE_TEXT], right[120] = "";
	struct items items = {.n = 0};

	for (int i = 0; i < VMT_VIEW_TABS; i++) {
		bool here = i == (int)ui->at.view;
		int w = tab_width(ui, i, wide);

		(void)snprintf(text, sizeof(text), "%c%d%s%s%c", here ? '[' : ' ', i + 1,
			       wide || here ? " " : "", wide || here ? titles[i] : "",
			       here ? ']' : ' ');
		(void)vmt_grid_put(grid, row, at, w, here ? bold : plain, vmt_str(text));
		at += w;
	}
	if (live->have_base && live->now && !ui->once) {
		uint64_t span = live->now->clock_ms > live->base_clock_ms
					? (live->now->clock_ms - live->base_clock_ms) / 1000
					: 0;

		(void)snprintf(right, sizeof(right), "base %s (%s)",
			       vmt_time_text(a, live->base_time, false), vmt_span_text(b, span));
		if (at + vmt_text_cols(right) + 2 > grid->cols)
			(void)snprintf(right, sizeof(right), "base %s", vmt_span_text(b, span));
	}
	if (right[0] && at + vmt_text_cols(right) + 2 <= grid->cols) {
		item(&items, 0, true, gray, "%s", right);
		(void)put_items(grid, row, &items, NULL);
	}
}

/* What was entered: the way back. */
static void draw_path(const struct vmt_tui *ui, struct vmt_grid *grid)
{
	static const char *const names[VMT_VIEW_COUNT] = {
		"Callers", "Areas", "Owners", "Modules", "Nodes", "Map", "Events", "Area", "Help",
	};
	struct items items = {.n = 0};
	char key[KEY_MAX];
	int row = vmt_tabs_row(ui);

	vmt_str_copy(key, sizeof(key), vmt_str(ui->at.scope_key[0] ? ui->at.scope_key : "-"));
	if (ui->at.scope != VMT_SCOPE_ALL && ui->at.view != VMT_VIEW_EXPLAIN)
		item(&items, 0, false, bold, "[%s] of %s", names[ui->at.view], key);
	else
		item(&items, 0, false, bold, "[%s]", names[ui->at.view]);
	item(&items, 1, true, gray, "Esc goes back");
	(void)put_items(grid, row, &items, NULL);
}

/* ---- the bottom ---- */

static void draw_time_bar(const struct vmt_tui *ui, struct vmt_grid *grid, int row)
{
	const struct vmt_tui_about *b = &ui->about;
	char first[SIZE_TEXT], last[SIZE_TEXT], count[64];
	bool day = grid->cols >= 90;
	int left, right, at;

	(void)vmt_time_text(first, b->first_time, day);
	(void)vmt_time_text(last, b->last_time, day);
	(void)snprintf(count, sizeof(count), "%zu/%zu", b->at + 1, b->n);
	left = 1 + vmt_grid_put(grid, row, 1, grid->cols, plain, vmt_str(first)) + 1;
	right = grid->cols - 2 - vmt_text_cols(last) - 2 - vmt_text_cols(count);
	(void)vmt_grid_put(grid, row, grid->cols - 1 - vmt_text_cols(count), grid->cols, bold,
			   vmt_str(count));
	(void)vmt_grid_put(grid, row, right + 1, grid->cols, plain, vmt_str(last));
	if (right - left < 3)
		return;
	for (int i = left; i < right; i++)
		(void)vmt_grid_put(grid, row, i, 1, gray, vmt_str(ui->utf8 ? "─" : "-"));
	at = left + (int)((double)(right - left - 1) * (double)b->at / (double)(b->n - 1) + 0.5);
	(void)vmt_grid_put(grid, row, at, 1, bold,
			   vmt_str(ui->frozen || ui->once ? (ui->utf8 ? "●" : "O")
				   : ui->utf8		  ? "▶"
							  : ">"));
}

static void hints(const struct vmt_tui *ui, const struct vmt_live *live, struct items *items)
{
	bool real = live->now && live->now->addresses == VMT_ADDR_REAL;

	item(items, 1, false, plain, "? Help");
	if (ui->at.view == VMT_VIEW_MAP) {
		item(items, 2, false, plain, "%s", real ? "z Z Zoom" : "");
		item(items, 3, false, plain, "%s", real ? "[ ] Next stretch" : "");
		item(items, 4, false, plain, "Enter Explain");
	} else if (vmt_view_is_table(ui->at.view)) {
		item(items, 3, false, plain, "/ Search");
		item(items, 4, false, plain, "\\ Filter");
		item(items, 5, false, plain, "< > Sort");
		if (ui->at.view != VMT_VIEW_EVENTS)
			item(items, 2, false, plain, "Enter %s",
			     ui->at.view == VMT_VIEW_AREAS ? "Explain" : "Areas");
	} else {
		item(items, 2, false, plain, "Esc Back");
	}
	if (ui->about.replay) {
		item(items, 1, false, plain, "%s Step", ui->utf8 ? "← →" : ", .");
		item(items, 5, false, plain, "space Play");
	} else {
		item(items, 6, false, plain, "space Freeze");
	}
	item(items, 6, false, plain, "b Baseline");
	item(items, 1, false, plain, "q Quit");
}

static void draw_bottom(const struct vmt_tui *ui, const struct vmt_live *live,
			struct vmt_grid *grid)
{
	struct items items = {.n = 0};
	char right[64] = "";
	int row = grid->rows - 1;

	if (ui->prompt != VMT_PROMPT_NONE) {
		item(&items, 0, false, bold, "%c%s_", ui->prompt == VMT_PROMPT_SEARCH ? '/' : '\\',
		     ui->typed);
		item(&items, 1, true, gray, "Enter takes it, Esc does not");
	} else if (ui->said[0]) {
		item(&items, 0, false, bold, "%s", ui->said);
	} else if (ui->about.problem[0]) {
		item(&items, 0, false, warn, "! %s", ui->about.problem);
	} else {
		if (ui->filter[0] && vmt_view_is_table(ui->at.view))
			item(&items, 0, false, bold, "filter: %s (%zu of %zu)", ui->filter, ui->n,
			     ui->n_all);
		if (ui->at.view == VMT_VIEW_OWNERS && ui->about.no_owners[0])
			item(&items, 0, false, warn, "! %s", ui->about.no_owners);
		if (ui->at.view == VMT_VIEW_EVENTS && live->n_events)
			item(&items, 0, false, bold, "%llu came, %llu went",
			     (unsigned long long)live->came, (unsigned long long)live->went);
		hints(ui, live, &items);
	}
	if (vmt_view_is_table(ui->at.view) && ui->n && ui->prompt == VMT_PROMPT_NONE)
		(void)snprintf(right, sizeof(right), "%zu/%zu", ui->at.cursor + 1, ui->n);
	item(&items, 2, true, gray, "%s", right);
	(void)put_items(grid, row, &items, NULL);
}

/* ---- together ---- */

void vmt_frame_draw(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid)
{
	int row = 0;

	if (has_machine_line(ui))
		draw_machine(ui, live, grid, row++);
	draw_sums(ui, live, grid, row++);
	if (has_spark_line(ui))
		draw_spark(ui, live, grid, row++);
	if (ui->depth)
		draw_path(ui, grid);
	else
		draw_tabs(ui, live, grid);
	if (has_time_bar(ui))
		draw_time_bar(ui, grid, grid->rows - 1 - !ui->once);
	if (!ui->once)
		draw_bottom(ui, live, grid);
}
