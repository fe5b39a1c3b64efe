// SPDX-License-Identifier: GPL-2.0-or-later
/* The columns of each view, and where they stand in a given width. */
#include "tui_priv.h"

static const struct vmt_tui_col callers[] = {
	{COL_KEY, "CALLER", 0, 0, false, 'K', false, "sort by name: caller, owner, module, node"},
	{COL_AREAS, "AREAS", 6, 3, true, 'A', true, "sort by AREAS"},
	{COL_SIZE, "SIZE", 6, 8, true, 'V', true, "sort by SIZE (virtual)"},
	{COL_RAM, "RAM", 6, 1, true, 'M', true, "sort by RAM (memory)"},
	{COL_GUARD, "GUARD", 6, 6, true, 'H', true, "sort by GUARD"},
	{COL_SINCE, "SINCE BASE", 11, 2, true, 'D', true, "sort by SINCE BASE (difference)"},
	{COL_RATE, "/s", 6, 4, true, 'P', true, "sort by /s (pace)"},
	{COL_SPARK, "LAST MINUTES", 12, 5, false, 0, false, NULL},
	{COL_WHAT, "WHAT", 18, 7, false, 'W', false, "sort by WHAT"},
};

static const struct vmt_tui_col owners[] = {
	{COL_KEY, "OWNER", 0, 0, false, 'K', false, "sort by name: caller, owner, module, node"},
	{COL_AREAS, "AREAS", 6, 3, true, 'A', true, "sort by AREAS"},
	{COL_SIZE, "SIZE", 6, 8, true, 'V', true, "sort by SIZE (virtual)"},
	{COL_RAM, "RAM", 6, 1, true, 'M', true, "sort by RAM (memory)"},
	{COL_GUARD, "GUARD", 6, 6, true, 'H', true, "sort by GUARD"},
	{COL_SINCE, "SINCE BASE", 11, 2, true, 'D', true, "sort by SINCE BASE (difference)"},
	{COL_RATE, "/s", 6, 4, true, 'P', true, "sort by /s (pace)"},
	{COL_SPARK, "LAST MINUTES", 12, 5, false, 0, false, NULL},
	{COL_WHAT, "WHAT", 18, 7, false, 'W', false, "sort by WHAT"},
};

static const struct vmt_tui_col modules[] = {
	{COL_KEY, "MODULE", 0, 0, false, 'K', false, "sort by name: caller, owner, module, node"},
	{COL_AREAS, "AREAS", 6, 3, true, 'A', true, "sort by AREAS"},
	{COL_SIZE, "SIZE", 6, 7, true, 'V', true, "sort by SIZE (virtual)"},
	{COL_RAM, "RAM", 6, 1, true, 'M', true, "sort by RAM (memory)"},
	{COL_GUARD, "GUARD", 6, 6, true, 'H', true, "sort by GUARD"},
	{COL_SINCE, "SINCE BASE", 11, 2, true, 'D', true, "sort by SINCE BASE (difference)"},
	{COL_RATE, "/s", 6, 4, true, 'P', true, "sort by /s (pace)"},
	{COL_SPARK, "LAST MINUTES", 12, 5, false, 0, false, NULL},
};

static const struct vmt_tui_col nodes[] = {
	{COL_KEY, "NODE", 0, 0, false, 'K', false, "sort by name: caller, owner, module, node"},
	{COL_AREAS, "AREAS", 6, 3, true, 'A', true, "sort by AREAS"},
	{COL_SIZE, "SIZE", 6, 7, true, 'V', true, "sort by SIZE (virtual)"},
	{COL_RAM, "RAM", 6, 1, true, 'M', true, "sort by RAM (memory)"},
	{COL_GUARD, "GUARD", 6, 6, true, 'H', true, "sort by GUARD"},
	{COL_SINCE, "SINCE BASE", 11, 2, true, 'D', true, "sort by SINCE BASE (difference)"},
	{COL_RATE, "/s", 6, 4, true, 'P', true, "sort by /s (pace)"},
	{COL_SPARK, "LAST MINUTES", 12, 5, false, 0, false, NULL},
};

static const struct vmt_tui_col areas[] = {
	{COL_START, "START", 18, 4, false, 'T', false, "sort by START or TIME"},
	{COL_SIZE, "SIZE", 6, 1, true, 'V', true, "sort by SIZE (virtual)"},
	{COL_RAM, "RAM", 6, 2, true, 'M', true, "sort by RAM (memory)"},
	{COL_GUARD, "GUARD", 5, 6, true, 'H', true, "sort by GUARD"},
	{COL_KIND, "KIND", 12, 5, false, 'C', false, "sort by KIND (class)"},
	{COL_CALLER, "CALLER", 0, 0, false, 'K', false,
	 "sort by name: caller, owner, module, node"},
	{COL_WHAT, "WHAT", 20, 7, false, 'W', false, "sort by WHAT"},
	{COL_NODE, "NODES", 10, 8, false, 0, false, NULL},
};

static const struct vmt_tui_col events[] = {
	{COL_TIME, "TIME", 8, 1, false, 'T', true, "sort by START or TIME"},
	{COL_CHANGE, "EVENT", 5, 0, false, 0, false, NULL},
	{COL_SIZE, "SIZE", 6, 2, true, 'V', true, "sort by SIZE (virtual)"},
	{COL_RAM, "RAM", 6, 4, true, 'M', true, "sort by RAM (memory)"},
	{COL_KIND, "KIND", 12, 5, false, 'C', false, "sort by KIND (class)"},
	{COL_CALLER, "CALLER", 0, 0, false, 'K', false,
	 "sort by name: caller, owner, module, node"},
	{COL_START, "START", 18, 6, false, 0, false, NULL},
	{COL_WHAT, "WHAT", 20, 7, false, 'W', false, "sort by WHAT"},
};

#define SIZE_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	const struct vmt_tui_col *cols;
	size_t n;
} views[VMT_VIEW_COUNT] = {
	[VMT_VIEW_CALLERS] = {"callers", callers, SIZE_OF(callers)},
	[VMT_VIEW_AREAS] = {"areas", areas, SIZE_OF(areas)},
	[VMT_VIEW_OWNERS] = {"owners", owners, SIZE_OF(owners)},
	[VMT_VIEW_MODULES] = {"modules", modules, SIZE_OF(modules)},
	[VMT_VIEW_NODES] = {"nodes", nodes, SIZE_OF(nodes)},
	[VMT_VIEW_MAP] = {"map", NULL, 0},
	[VMT_VIEW_EVENTS] = {"events", events, SIZE_OF(events)},
	[VMT_VIEW_EXPLAIN] = {"explain", NULL, 0},
	[VMT_VIEW_HELP] = {"help", NULL, 0},
};

const char *vmt_view_name(enum vmt_view view)
{
	return view < VMT_VIEW_COUNT ? views[view].name : NULL;
}

bool vmt_view_parse(const char *name, enum vmt_view *view)
{
	for (unsigned i = 0; i < VMT_VIEW_TABS; i++) {
		if (vmt_str_is(vmt_str(name), views[i].name)) {
			*view = (enum vmt_view)i;
			return true;
		}
	}
	return false;
}

bool vmt_view_is_table(enum vmt_view view)
{
	return views[view].n > 0;
}

const struct vmt_tui_col *vmt_tui_cols(enum vmt_view view, size_t *n)
{
	*n = views[view].n;
	return views[view].cols;
}

#define MARK	  1  /* the cursor's column at the left */
#define KEY_LEAST 26 /* of the column that takes what is left */
#define KEY_MOST  46 /* beyond that the sparkline grows, too */
#define RANKS	  9

static bool is_size(const struct vmt_tui_col *c)
{
	return c->id == COL_SIZE || c->id == COL_RAM || c->id == COL_GUARD || c->id == COL_SINCE ||
	       c->id == COL_RATE;
}

/* Of sizes as many as a TiB needs. */
static int width_of(const struct vmt_tui_col *c, enum vmt_units units)
{
	static const int least[VMT_UNITS_COUNT] = {6, 11, 14, 12};

	return c->width && is_size(c) && c->width < least[units] ? least[units] : c->width;
}

/* Of all columns of a rank up to @rank, with two blanks between. */
static int total_width(const struct vmt_tui_col *cols, size_t n, int rank, int key,
		       enum vmt_units units)
{
	int w = MARK;

	for (size_t i = 0; i < n; i++) {
		if (cols[i].rank <= rank)
			w += (i ? 2 : 0) + (cols[i].width ? width_of(&cols[i], units) : key);
	}
	return w;
}

void vmt_layout_make(struct vmt_layout *l, enum vmt_view view, int cols, enum vmt_units units)
{
	size_t n;
	const struct vmt_tui_col *c = vmt_tui_cols(view, &n);
	int rank = 0, left, at = MARK, spark = 0, what = 0;

	l->n = 0;
	while (rank < RANKS &&
	       total_width(c, n, rank + 1, cols < 60 ? 14 : KEY_LEAST, units) <= cols)
		rank++;
	left = cols - total_width(c, n, rank, 0, units);
	if (left < 4)
		left = 4;
	for (size_t i = n; i-- > 0 && left > KEY_MOST;) {
		if (c[i].rank > rank)
			continue;
		if (c[i].id == COL_WHAT) {
			what = (left - KEY_MOST) / 2 > 8 ? 8 : (left - KEY_MOST) / 2;
			left -= what;
		} else if (c[i].id == COL_SPARK) {
			spark = (left - KEY_MOST) * 2 / 3 > 50 ? 50 : (left - KEY_MOST) * 2 / 3;
			left -= spark;
		}
	}
	for (size_t i = 0; i < n && l->n < COLS_MAX; i++) {
		int width = c[i].width ? width_of(&c[i], units) : left;

		if (c[i].rank > rank)
			continue;
		if (c[i].id == COL_SPARK)
			width += spark;
		if (c[i].id == COL_WHAT)
			width += what;
		l->c[l->n].col = &c[i];
		l->c[l->n].at = at;
		l->c[l->n].width = width;
		l->n++;
		at += width + 2;
	}
}
