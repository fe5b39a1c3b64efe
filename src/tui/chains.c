// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The map where addresses are hashed: which areas touch can be told, where they lie cannot.  One
 * line is one run of areas.
 */
#include <stdio.h>
#include <string.h>

#include "tui_priv.h"

struct chain {
	uint32_t first;
	uint64_t areas, size_bytes;
};

struct chains {
	uint32_t *next;
	struct chain *list;
	size_t n, cap;
	uint64_t alone, alone_bytes; /* areas that touch no other */
};

static void chains_free(struct chains *c)
{
	free(c->next);
	free(c->list);
}

static int by_length(const void *pa, const void *pb)
{
	const struct chain *a = pa, *b = pb;

	if (a->areas != b->areas)
		return a->areas < b->areas ? 1 : -1;
	if (a->size_bytes != b->size_bytes)
		return a->size_bytes < b->size_bytes ? 1 : -1;
	return a->first < b->first ? -1 : a->first > b->first;
}

static const struct vmt_area *area_of(const struct vmt_reading *r, uint32_t i)
{
	return vmt_areas_at(r->areas, i);
}

static enum vmt_rc find(struct chains *c, const struct vmt_reading *r)
{
	size_t n = vmt_gaps_count(r->gaps);
	bool *follows VMT_FREE = calloc(n + 1, sizeof(*follows));

	memset(c, 0, sizeof(*c));
	c->next = calloc(n + 1, sizeof(*c->next));
	if (!follows || !c->next || vmt_gaps_links(r->gaps, c->next, follows) != VMT_OK)
		return VMT_NOMEM;
	for (uint32_t i = 0; i < n; i++) {
		struct chain one = {.first = i};

		if (follows[i] || area_of(r, i)->kind == VMT_KIND_UNPURGED)
			continue;
		for (uint32_t at = i; at != UINT32_MAX; at = c->next[at]) {
			one.areas++;
			one.size_bytes = vmt_num_add(one.size_bytes, area_of(r, at)->size_bytes);
		}
		if (one.areas == 1) {
			c->alone++;
			c->alone_bytes = vmt_num_add(c->alone_bytes, one.size_bytes);
			continue;
		}
		if (vmt_grow(&c->list, &c->cap, c->n + 1, sizeof(*c->list)) != VMT_OK)
			return VMT_NOMEM;
		c->list[c->n++] = one;
	}
	if (c->n)
		qsort(c->list, c->n, sizeof(*c->list), by_length);
	return VMT_OK;
}

/* A letter for each area; where there is no room for all, as many as there is room for. */
static void draw_chain(const struct vmt_tui *ui, const struct vmt_reading *r, struct vmt_grid *grid,
		       int row, const struct chains *c, const struct chain *one, bool here)
{
	struct vmt_sizes s = {ui->units, r->page_size};
	struct vmt_style plain = {0, here ? VMT_ATTR_REVERSE : 0};
	char head[80], size[SIZE_TEXT], count[VMT_NUM_GROUPED];
	uint64_t k = 0;
	int col = 20, room = grid->cols - col;

	(void)snprintf(head, sizeof(head), "%c%7s %9s  ", here ? '>' : ' ',
		       vmt_num_grouped(count, one->areas), vmt_size_text(size, s, one->size_bytes));
	(void)vmt_grid_put(grid, row, 0, grid->cols, plain, vmt_str(head));
	for (uint32_t at = one->first; at != UINT32_MAX; at = c->next[at], k++) {
		enum vmt_kind kind = area_of(r, at)->kind;
		char letter = vmt_kind_letter(kind);

		if ((int)k >= room - 1 && c->next[at] != UINT32_MAX) {
			(void)vmt_grid_put(grid, row, col, 1, plain, vmt_str(ui->utf8 ? "…" : "~"));
			return;
		}
		col += vmt_grid_put(grid, row, col, 1, vmt_kind_style(kind),
				    (struct vmt_str){&letter, 1});
	}
}

static void draw_words(const struct vmt_reading *r, struct vmt_grid *grid, int row)
{
	const char *text =
		r->addresses == VMT_ADDR_HASHED
			? "Addresses are hashes: areas that touch are told, where they lie is not."
			: "Addresses are hidden: nothing can be said of where areas lie.";

	(void)vmt_grid_put(grid, row, 1, grid->cols - 1, (struct vmt_style){0, VMT_ATTR_BOLD},
			   vmt_str(text));
}

void vmt_chains_draw(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid,
		     int top, int rows)
{
	const struct vmt_reading *r = live->now;
	struct vmt_style head = {0, VMT_ATTR_REVERSE | VMT_ATTR_BOLD};
	char text[2 * KEY_MAX], size[SIZE_TEXT], count[VMT_NUM_GROUPED];
	struct chains c;
	int shown = rows - 4;

	draw_words(r, grid, top);
	if (r->addresses != VMT_ADDR_HASHED) {
		(void)vmt_grid_put(grid, top + 2, 1, grid->cols - 1, (struct vmt_style){0},
				   vmt_str("Root sees them with: sysctl kernel.kptr_restrict=1"));
		return;
	}
	vmt_grid_style(grid, top + 1, 0, grid->cols, head);
	(void)vmt_grid_put(grid, top + 1, 0, grid->cols, head,
			   vmt_str("   AREAS      SIZE  RUNS OF AREAS THAT TOUCH"));
	if (find(&c, r) == VMT_OK) {
		for (int i = 0; i < shown && ui->at.top + (size_t)i < c.n; i++)
			draw_chain(ui, r, grid, top + 2 + i, &c, &c.list[ui->at.top + (size_t)i],
				   ui->at.top + (size_t)i == ui->at.cursor && !ui->once);
		vmt_map_legend(ui, live, grid, top + rows - 2);
		if (ui->at.cursor < c.n && !ui->once) {
			(void)snprintf(text, sizeof(text), "it begins with ");
			vmt_map_describe(ui, live, text + strlen(text), sizeof(text) - strlen(text),
					 area_of(r, c.list[ui->at.cursor].first));
		} else {
			(void)snprintf(text, sizeof(text), "%s areas touch no other (%s)",
				       vmt_num_grouped(count, c.alone),
				       vmt_size_text(size, vmt_tui_sizes(ui, live), c.alone_bytes));
		}
		(void)vmt_grid_put(grid, top + rows - 1, 1, grid->cols - 1, (struct vmt_style){0},
				   vmt_str(text));
	}
	chains_free(&c);
}

bool vmt_chains_press(struct vmt_tui *ui, const struct vmt_live *live, uint32_t key)
{
	size_t rows = (size_t)(vmt_tui_body_rows(ui) > 5 ? vmt_tui_body_rows(ui) - 4 : 1);
	size_t at = ui->at.cursor;
	struct chains c;

	if (!live->now || live->now->addresses != VMT_ADDR_HASHED || find(&c, live->now) != VMT_OK)
		return false;
	switch (key) {
	case VMT_KEY_UP:
	case 'k': at -= at > 0; break;
	case VMT_KEY_DOWN:
	case 'j': at++; break;
	case VMT_KEY_PGUP: at -= at > rows ? rows : at; break;
	case VMT_KEY_PGDN: at += rows; break;
	case VMT_KEY_HOME:
	case 'g': at = 0; break;
	case VMT_KEY_END:
	case 'G': at = c.n; break;
	case VMT_KEY_ENTER:
		if (at < c.n)
			vmt_explain_open(ui, live, area_of(live->now, c.list[at].first));
		chains_free(&c);
		return true;
	default: chains_free(&c); return false;
	}
	if (at >= c.n)
		at = c.n ? c.n - 1 : 0;
	ui->at.cursor = at;
	if (at < ui->at.top)
		ui->at.top = at;
	if (at >= ui->at.top + rows)
		ui->at.top = at - rows + 1;
	chains_free(&c);
	return true;
}
