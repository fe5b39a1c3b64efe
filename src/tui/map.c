// SPDX-License-Identifier: GPL-2.0-or-later
/* The address space as a picture: a cell is a power of two of bytes. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tui_priv.h"

static const struct {
	char letter;
	uint8_t color;
} kinds[VMT_KIND_COUNT] = {
	[VMT_KIND_VMALLOC] = {'V', VMT_COLOR_BLUE},
	[VMT_KIND_VMAP] = {'M', VMT_COLOR_GREEN},
	[VMT_KIND_IOREMAP] = {'I', VMT_COLOR_MAGENTA},
	[VMT_KIND_DMA_COHERENT] = {'D', VMT_COLOR_ORANGE},
	[VMT_KIND_SPARSE] = {'S', VMT_COLOR_CYAN},
	[VMT_KIND_VM_MAP_RAM] = {'R', VMT_COLOR_GREEN},
	[VMT_KIND_PERCPU] = {'P', VMT_COLOR_ORANGE},
	[VMT_KIND_IMAGE] = {'K', VMT_COLOR_CYAN},
	[VMT_KIND_UNPURGED] = {'U', VMT_COLOR_GRAY},
	[VMT_KIND_OTHER] = {'O', VMT_COLOR_NONE},
};

char vmt_kind_letter(enum vmt_kind kind)
{
	return kinds[kind].letter;
}

struct vmt_style vmt_kind_style(enum vmt_kind kind)
{
	return (struct vmt_style){kinds[kind].color, 0};
}

/* ---- the window ---- */

#define LABEL_LONG  19 /* an address, a blank before and one behind */
#define LABEL_SHORT 14 /* its last digits, where that leaves room for twice as many cells */
#define CAPTION	    1
#define FOOT	    2

/* What is seen: @lines of @n cells of @cell bytes from @start on. */
struct window {
	uint64_t start, cell, at;
	int n, lines, label;
};

/* Areas without a large hole between them. */
struct stretch {
	uint64_t start, end, areas;
};

static uint64_t add(uint64_t a, uint64_t b)
{
	return vmt_num_add(a, b);
}

/* A hole so large ends a stretch. */
static uint64_t apart(const struct vmt_gaps *g)
{
	size_t n = vmt_gaps_count(g);

	return n && vmt_gaps_at(g, n - 1)->start > UINT32_MAX ? UINT64_C(1) << 30
							      : UINT64_C(1) << 24;
}

/* The stretch number @i. @return false when there is none. */
static bool stretch_at(const struct vmt_gaps *g, size_t i, struct stretch *s)
{
	uint64_t far = apart(g);
	size_t number = 0;

	*s = (struct stretch){0};
	for (size_t k = 0; k < vmt_gaps_count(g); k++) {
		const struct vmt_extent *e = vmt_gaps_at(g, k);

		if (s->areas && e->start > s->end && e->start - s->end >= far) {
			if (number++ == i)
				return true;
			s->areas = 0;
		}
		if (!s->areas++)
			s->start = s->end = e->start;
		if (e->end > s->end)
			s->end = e->end;
	}
	return s->areas && number == i;
}

static struct window shape_of(const struct vmt_tui *ui)
{
	struct window w = {.lines = vmt_tui_body_rows(ui) - CAPTION - FOOT};

	w.n = 8;
	while (w.n * 2 <= ui->cols - LABEL_SHORT && w.n < 128)
		w.n *= 2;
	w.label = w.n <= ui->cols - LABEL_LONG ? LABEL_LONG : LABEL_SHORT;
	if (w.lines < 1)
		w.lines = 1;
	return w;
}

static uint64_t line_bytes(const struct window *w)
{
	return vmt_num_mul((uint64_t)w->n, w->cell);
}

static uint64_t picture_bytes(const struct window *w)
{
	return vmt_num_mul((uint64_t)w->lines, line_bytes(w));
}

/* As close as shows all of the stretch. */
static void fit(struct window *w, const struct stretch *s, uint64_t page_size)
{
	w->cell = page_size;
	do {
		w->start = s->start & ~(line_bytes(w) - 1);
		if (s->end - w->start <= picture_bytes(w))
			break;
		w->cell *= 2;
	} while (w->cell < UINT64_C(1) << 50);
	w->at = s->start;
}

/* Lines are aligned, and the cursor is among them. */
static void hold_cursor(struct window *w)
{
	uint64_t line = line_bytes(w), all = picture_bytes(w);

	w->start &= ~(line - 1);
	if (w->at < w->start)
		w->start = w->at & ~(line - 1);
	while (w->at - w->start >= all)
		w->start = add(w->start, ((w->at - w->start - all) / line + 1) * line);
}

/* As the user left it, else the first stretch; also when the size of the screen is another. */
static struct window window_of(const struct vmt_tui *ui, const struct vmt_reading *r)
{
	struct window w = shape_of(ui);
	struct stretch s;

	if (ui->map.cell_bytes) {
		w.cell = ui->map.cell_bytes;
		w.start = ui->map.start;
		w.at = ui->map.at;
		hold_cursor(&w);
	} else if (stretch_at(r->gaps, 0, &s)) {
		fit(&w, &s, r->page_size);
	}
	return w;
}

static bool has_picture(const struct vmt_reading *r)
{
	return r && r->addresses == VMT_ADDR_REAL && vmt_gaps_count(r->gaps);
}

/* ---- cells ---- */

static size_t first_extent(const struct vmt_gaps *g, uint64_t va)
{
	size_t i = vmt_gaps_lower_bound(g, va);

	/* Those before that reach into it: one, and a few where lines overlap. */
	while (i > 0 && vmt_gaps_at(g, i - 1)->end > va)
		i--;
	return i;
}

struct cell {
	uint64_t filled; /* bytes */
	const struct vmt_extent *most;
	uint64_t most_bytes;
};

static struct cell look(const struct vmt_gaps *g, size_t *i, uint64_t start, uint64_t end)
{
	size_t n = vmt_gaps_count(g);
	struct cell c = {0};

	while (*i < n && vmt_gaps_at(g, *i)->end <= start)
		++*i;
	for (size_t k = *i; k < n && vmt_gaps_at(g, k)->start < end; k++) {
		const struct vmt_extent *e = vmt_gaps_at(g, k);
		uint64_t lo = e->start > start ? e->start : start, hi = e->end < end ? e->end : end;

		if (hi <= lo)
			continue;
		c.filled = add(c.filled, hi - lo);
		if (hi - lo > c.most_bytes) {
			c.most_bytes = hi - lo;
			c.most = e;
		}
	}
	return c;
}

static const struct vmt_region *region_of(const struct vmt_gaps *g, uint64_t va)
{
	size_t n;
	const struct vmt_region *r = vmt_gaps_regions(g, &n);

	for (size_t i = 0; i < n; i++) {
		if (va >= r[i].start && va < r[i].end && !r[i].inside)
			return &r[i];
	}
	return NULL;
}

static void draw_cell(const struct vmt_tui *ui, const struct vmt_gaps *g, struct vmt_grid *grid,
		      int row, int col, const struct cell *c, const struct window *w, uint64_t va)
{
	struct vmt_style style = {VMT_COLOR_GRAY, 0};
	char text[2] = " ";
	bool here = w->at >= va && w->at - va < w->cell;

	if (c->most) {
		style = vmt_kind_style((enum vmt_kind)c->most->kind);
		text[0] = vmt_kind_letter((enum vmt_kind)c->most->kind);
		if (c->filled < w->cell / 2)
			text[0] = (char)tolower((unsigned char)text[0]);
	}
	if (here)
		style = (struct vmt_style){style.color, VMT_ATTR_REVERSE | VMT_ATTR_BOLD};
	if (c->most || !region_of(g, va))
		(void)vmt_grid_put(grid, row, col, 1, style, vmt_str(text));
	else
		(void)vmt_grid_put(grid, row, col, 1, style, vmt_str(ui->utf8 ? "·" : "."));
}

static void draw_picture(const struct vmt_tui *ui, const struct vmt_gaps *g, struct vmt_grid *grid,
			 int top, const struct window *w)
{
	size_t i = first_extent(g, w->start);
	uint64_t va = w->start;
	char text[24];

	for (int line = 0; line < w->lines; line++) {
		if (w->label == LABEL_LONG)
			(void)snprintf(text, sizeof(text), "0x%0*llx", va > UINT32_MAX ? 16 : 8,
				       (unsigned long long)va);
		else
			(void)snprintf(text, sizeof(text), "%s%011llx", ui->utf8 ? "…" : "~",
				       (unsigned long long)(va & ((UINT64_C(1) << 44) - 1)));
		(void)vmt_grid_put(grid, top + line, 1, w->label - 1,
				   (struct vmt_style){VMT_COLOR_GRAY, 0}, vmt_str(text));
		for (int k = 0; k < w->n; k++) {
			struct cell c = look(g, &i, va, add(va, w->cell));

			draw_cell(ui, g, grid, top + line, w->label + k, &c, w, va);
			if (add(va, w->cell) == UINT64_MAX)
				return;
			va += w->cell;
		}
	}
}

/* ---- words around it ---- */

static void caption(const struct vmt_live *live, struct vmt_grid *grid, int row,
		    const struct window *w)
{
	struct vmt_sizes s = {VMT_UNITS_SHORT, live->now->page_size};
	const struct vmt_region *r = region_of(live->now->gaps, w->at);
	char a[SIZE_TEXT], b[SIZE_TEXT], c[SIZE_TEXT], d[SIZE_TEXT], text[300];
	int n = snprintf(text, sizeof(text), "cell %s, picture %s, in ",
			 vmt_size_text(a, s, w->cell), vmt_size_text(b, s, picture_bytes(w)));
	size_t left = sizeof(text) - (size_t)n;

	if (!r)
		(void)snprintf(text + n, left, "no region");
	else if (!r->has_holes)
		(void)snprintf(text + n, left, "region %s", r->name);
	else
		(void)snprintf(text + n, left, "region %s (%s), largest hole %s", r->name,
			       r->bounds == VMT_BOUNDS_INFERRED
				       ? vmt_size_text(c, s, r->end - r->start)
				       : "size not known",
			       vmt_size_text(d, s, r->largest_bytes));
	(void)vmt_grid_put(grid, row, 1, grid->cols - 1, (struct vmt_style){0, VMT_ATTR_BOLD},
			   vmt_str(text));
}

/* Only kinds there are. */
void vmt_map_legend(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid,
		    int row)
{
	bool there[VMT_KIND_COUNT] = {false};
	char text[40];
	int col = 1;

	for (size_t i = 0; i < vmt_areas_count(live->now->areas); i++)
		there[vmt_areas_at(live->now->areas, i)->kind] = true;
	for (unsigned k = 0; k < VMT_KIND_COUNT; k++) {
		struct vmt_style style = vmt_kind_style((enum vmt_kind)k);

		if (!there[k])
			continue;
		style.attr = VMT_ATTR_BOLD;
		(void)snprintf(text, sizeof(text), " %s", vmt_kind_name((enum vmt_kind)k));
		if (col + (int)strlen(text) + 1 > grid->cols)
			break;
		col += vmt_grid_put(
			grid, row, col, 1, style,
			(struct vmt_str){(char[]){vmt_kind_letter((enum vmt_kind)k)}, 1});
		col += vmt_grid_put(grid, row, col, grid->cols, (struct vmt_style){0},
				    vmt_str(text));
		col += 2;
	}
	if (live->now->addresses == VMT_ADDR_REAL && col + 6 < grid->cols)
		(void)vmt_grid_put(grid, row, col, grid->cols,
				   (struct vmt_style){VMT_COLOR_GRAY, 0},
				   vmt_str(ui->utf8 ? "· hole" : ". hole"));
}

/* The area that fills most of the cell under the cursor, or NULL. */
static const struct vmt_area *area_at(const struct vmt_reading *r, const struct window *w)
{
	uint64_t start = w->at & ~(w->cell - 1);
	size_t i = first_extent(r->gaps, start);
	struct cell c = look(r->gaps, &i, start, add(start, w->cell));

	return c.most && c.most->owner < vmt_areas_count(r->areas)
		       ? vmt_areas_at(r->areas, c.most->owner)
		       : NULL;
}

void vmt_map_describe(const struct vmt_tui *ui, const struct vmt_live *live, char *buf, size_t size,
		      const struct vmt_area *a)
{
	char caller[KEY_MAX], text[SIZE_TEXT];
	const char *what = vmt_what(a);

	vmt_caller_text(caller, sizeof(caller), a);
	(void)snprintf(buf, size, "%s %s  %s%s%s", vmt_kind_name(a->kind),
		       vmt_size_text(text, vmt_tui_sizes(ui, live), a->size_bytes), caller,
		       what ? "  " : "", what ? what : "");
}

static void describe(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid,
		     int row, const struct window *w)
{
	const struct vmt_area *a = area_at(live->now, w);
	uint64_t cell = w->at & ~(w->cell - 1), below = 0, above = 0;
	char text[2 * KEY_MAX], size[SIZE_TEXT];
	const struct vmt_gaps *g = live->now->gaps;
	size_t i;
	int n = snprintf(text, sizeof(text), "0x%llx: ", (unsigned long long)(a ? a->start : cell));

	if (a) {
		vmt_map_describe(ui, live, text + n, sizeof(text) - (size_t)n, a);
	} else {
		i = vmt_gaps_lower_bound(g, cell);
		above = i < vmt_gaps_count(g) ? vmt_gaps_at(g, i)->start : 0;
		below = i ? vmt_gaps_at(g, i - 1)->end : 0;
		(void)snprintf(text + n, sizeof(text) - (size_t)n, "%s%s",
			       region_of(g, cell) ? "hole" : "outside the regions",
			       below && above ? " of " : "");
		if (below && above)
			(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s",
				       vmt_size_text(size, vmt_tui_sizes(ui, live), above - below));
	}
	(void)vmt_grid_put(grid, row, 1, grid->cols - 1, (struct vmt_style){0}, vmt_str(text));
}

void vmt_map_draw(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid,
		  int top, int rows)
{
	struct window w;

	if (!live->now)
		return;
	if (!has_picture(live->now)) {
		vmt_chains_draw(ui, live, grid, top, rows);
		return;
	}
	w = window_of(ui, live->now);
	caption(live, grid, top, &w);
	draw_picture(ui, live->now->gaps, grid, top + CAPTION, &w);
	vmt_map_legend(ui, live, grid, top + rows - 2);
	describe(ui, live, grid, top + rows - 1, &w);
}

/* ---- moving ---- */

static void zoom(struct window *w, bool in, uint64_t page_size)
{
	if (in)
		w->cell = w->cell / 4 > page_size ? w->cell / 4 : page_size;
	else if (w->cell < UINT64_C(1) << 48)
		w->cell *= 4;
	w->start = w->at > picture_bytes(w) / 2 ? w->at - picture_bytes(w) / 2 : 0;
}

static void go(struct window *w, bool on, uint64_t bytes)
{
	if (on)
		w->at = add(w->at, bytes) == UINT64_MAX ? w->at : w->at + bytes;
	else
		w->at -= bytes > w->at ? w->at : bytes;
}

/* The stretch before or after the one the cursor is in. */
static void change_stretch(struct window *w, const struct vmt_reading *r, bool on)
{
	struct stretch s, before = {0};

	for (size_t i = 0; stretch_at(r->gaps, i, &s); i++) {
		if (on && s.start > w->at) {
			fit(w, &s, r->page_size);
			return;
		}
		if (s.end > w->at && !on)
			break;
		before = s;
	}
	if (!on && before.areas)
		fit(w, &before, r->page_size);
}

bool vmt_map_press(struct vmt_tui *ui, const struct vmt_live *live, uint32_t key)
{
	const struct vmt_area *a;
	struct stretch s;
	struct window w;
	uint64_t line;

	if (!has_picture(live->now))
		return vmt_chains_press(ui, live, key);
	w = window_of(ui, live->now);
	line = line_bytes(&w);
	switch (key) {
	case VMT_KEY_LEFT: go(&w, false, w.cell); break;
	case VMT_KEY_RIGHT: go(&w, true, w.cell); break;
	case VMT_KEY_UP:
	case 'k': go(&w, false, line); break;
	case VMT_KEY_DOWN:
	case 'j': go(&w, true, line); break;
	case VMT_KEY_PGUP: go(&w, false, picture_bytes(&w)); break;
	case VMT_KEY_PGDN: go(&w, true, picture_bytes(&w)); break;
	case VMT_KEY_HOME:
	case 'g':
		if (stretch_at(live->now->gaps, 0, &s))
			fit(&w, &s, live->now->page_size);
		break;
	case VMT_KEY_END:
	case 'G':
		for (size_t i = 0; stretch_at(live->now->gaps, i, &s); i++)
			fit(&w, &s, live->now->page_size);
		break;
	case 'z': zoom(&w, true, live->now->page_size); break;
	case 'Z': zoom(&w, false, live->now->page_size); break;
	case '[': change_stretch(&w, live->now, false); break;
	case ']': change_stretch(&w, live->now, true); break;
	case VMT_KEY_ENTER:
		a = area_at(live->now, &w);
		if (a)
			vmt_explain_open(ui, live, a);
		return true;
	default: return false;
	}
	hold_cursor(&w);
	ui->map = (struct vmt_map){w.start, w.cell, w.at};
	return true;
}

bool vmt_map_click(struct vmt_tui *ui, const struct vmt_live *live, int row, int col)
{
	struct window w;
	int line = row - vmt_tui_body_top(ui) - CAPTION, k = col;

	if (!has_picture(live->now))
		return false;
	w = window_of(ui, live->now);
	k -= w.label;
	if (line < 0 || line >= w.lines || k < 0 || k >= w.n)
		return false;
	w.at = add(w.start, (uint64_t)line * line_bytes(&w) + (uint64_t)k * w.cell);
	hold_cursor(&w);
	ui->map = (struct vmt_map){w.start, w.cell, w.at};
	return true;
}
