// SPDX-License-Identifier: GPL-2.0-or-later
/* The keys: one table that is followed, and that the help screen is made of. */
#include <stdio.h>
#include <string.h>

#include "tui_priv.h"

struct key {
	/** As the help screen names them. */
	const char *names;
	uint32_t codes[4];
	enum vmt_asks (*run)(struct vmt_tui *ui, struct vmt_live *live);
	const char *help;
};

static enum vmt_asks quit(struct vmt_tui *ui, struct vmt_live *live)
{
	/* Out of a page q leads back, as in less and htop. */
	if (ui->depth && !vmt_view_is_table(ui->at.view)) {
		vmt_tui_back(ui, live);
		return VMT_ASKS_NOTHING;
	}
	return VMT_ASKS_QUIT;
}

static enum vmt_asks quit_now(struct vmt_tui *ui, struct vmt_live *live)
{
	(void)ui;
	(void)live;
	return VMT_ASKS_QUIT;
}

static enum vmt_asks help(struct vmt_tui *ui, struct vmt_live *live)
{
	if (ui->at.view == VMT_VIEW_HELP)
		vmt_tui_back(ui, live);
	else
		vmt_tui_push(ui, live, VMT_VIEW_HELP, VMT_SCOPE_ALL, vmt_str(""));
	return VMT_ASKS_NOTHING;
}

/* ---- moving ---- */

static enum vmt_asks up(struct vmt_tui *ui, struct vmt_live *live)
{
	vmt_tui_move(ui, live, -1);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks down(struct vmt_tui *ui, struct vmt_live *live)
{
	vmt_tui_move(ui, live, 1);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks page_up(struct vmt_tui *ui, struct vmt_live *live)
{
	vmt_tui_move(ui, live, -(vmt_tui_body_rows(ui) - 1));
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks page_down(struct vmt_tui *ui, struct vmt_live *live)
{
	vmt_tui_move(ui, live, vmt_tui_body_rows(ui) - 1);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks first(struct vmt_tui *ui, struct vmt_live *live)
{
	vmt_tui_move(ui, live, -INT32_MAX);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks last(struct vmt_tui *ui, struct vmt_live *live)
{
	vmt_tui_move(ui, live, INT32_MAX);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks enter(struct vmt_tui *ui, struct vmt_live *live)
{
	vmt_tui_enter(ui, live);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks back(struct vmt_tui *ui, struct vmt_live *live)
{
	vmt_tui_back(ui, live);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks next_view(struct vmt_tui *ui, struct vmt_live *live)
{
	unsigned v = ui->depth ? ui->stack[0].view : ui->at.view;

	vmt_tui_show(ui, live, (enum vmt_view)((v + 1) % VMT_VIEW_TABS));
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks previous_view(struct vmt_tui *ui, struct vmt_live *live)
{
	unsigned v = ui->depth ? ui->stack[0].view : ui->at.view;

	vmt_tui_show(ui, live, (enum vmt_view)((v + VMT_VIEW_TABS - 1) % VMT_VIEW_TABS));
	return VMT_ASKS_NOTHING;
}

/* ---- finding ---- */

static enum vmt_asks search(struct vmt_tui *ui, struct vmt_live *live)
{
	(void)live;
	if (vmt_view_is_table(ui->at.view))
		vmt_tui_prompt(ui, VMT_PROMPT_SEARCH);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks filter(struct vmt_tui *ui, struct vmt_live *live)
{
	(void)live;
	if (vmt_view_is_table(ui->at.view))
		vmt_tui_prompt(ui, VMT_PROMPT_FILTER);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks find_next(struct vmt_tui *ui, struct vmt_live *live)
{
	if (ui->search[0] && !vmt_tui_search(ui, live, 1, false))
		vmt_tui_say(ui, "'%s' stands nowhere here", ui->search);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks find_previous(struct vmt_tui *ui, struct vmt_live *live)
{
	if (ui->search[0] && !vmt_tui_search(ui, live, -1, false))
		vmt_tui_say(ui, "'%s' stands nowhere here", ui->search);
	return VMT_ASKS_NOTHING;
}

/* ---- order ---- */

static enum vmt_asks sort_step(struct vmt_tui *ui, struct vmt_live *live, int by)
{
	struct vmt_layout l;
	size_t i = 0;

	vmt_layout_make(&l, ui->at.view, ui->cols, ui->units);
	if (!l.n)
		return VMT_ASKS_NOTHING;
	while (i < l.n && l.c[i].col->id != ui->sort[ui->at.view])
		i++;
	do
		i = (i + l.n + (size_t)by) % l.n;
	while (l.c[i].col->id == COL_SPARK || l.c[i].col->id == COL_CHANGE);
	vmt_tui_sort_by(ui, live, l.c[i].col->id);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks sort_left(struct vmt_tui *ui, struct vmt_live *live)
{
	return sort_step(ui, live, -1);
}

static enum vmt_asks sort_right(struct vmt_tui *ui, struct vmt_live *live)
{
	return sort_step(ui, live, 1);
}

static enum vmt_asks invert(struct vmt_tui *ui, struct vmt_live *live)
{
	if (vmt_view_is_table(ui->at.view))
		vmt_tui_sort_by(ui, live, ui->sort[ui->at.view]);
	return VMT_ASKS_NOTHING;
}

/* ---- what is shown ---- */

static enum vmt_asks units(struct vmt_tui *ui, struct vmt_live *live)
{
	static const char *const names[VMT_UNITS_COUNT] = {"short: K, M, G", "KiB", "bytes",
							   "pages"};

	(void)live;
	ui->units = (enum vmt_units)((ui->units + 1) % VMT_UNITS_COUNT);
	vmt_tui_say(ui, "sizes in %s", names[ui->units]);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks unpurged(struct vmt_tui *ui, struct vmt_live *live)
{
	ui->unpurged = !ui->unpurged;
	(void)vmt_tui_update(ui, live);
	vmt_tui_say(ui, "areas view: freed areas (unpurged) are %s",
		    ui->unpurged ? "shown" : "left out");
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks owner_by(struct vmt_tui *ui, struct vmt_live *live)
{
	static const char *const names[VMT_OWNER_BY_COUNT] = {"function", "file", "subsystem"};

	if (ui->at.view != VMT_VIEW_OWNERS) {
		vmt_tui_show(ui, live, VMT_VIEW_OWNERS);
		return VMT_ASKS_NOTHING;
	}
	ui->owner_by = (enum vmt_owner_by)((ui->owner_by + 1) % VMT_OWNER_BY_COUNT);
	ui->at.cursor = ui->at.top = 0;
	(void)vmt_rows_find(ui, live);
	vmt_rows_mark(ui);
	vmt_tui_say(ui, "owners by %s", names[ui->owner_by]);
	return VMT_ASKS_NOTHING;
}

/* ---- time ---- */

static enum vmt_asks freeze(struct vmt_tui *ui, struct vmt_live *live)
{
	(void)live;
	ui->frozen = !ui->frozen;
	if (!ui->about.replay)
		vmt_tui_say(ui, ui->frozen ? "frozen: nothing is read until space" : "reading on");
	return ui->frozen || ui->about.replay ? VMT_ASKS_NOTHING : VMT_ASKS_READ;
}

static enum vmt_asks baseline(struct vmt_tui *ui, struct vmt_live *live)
{
	if (!vmt_live_now(live))
		return VMT_ASKS_NOTHING;
	vmt_live_set_baseline(live);
	(void)vmt_tui_update(ui, live);
	vmt_tui_say(ui, "baseline set: changes are told since now");
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks change_interval(struct vmt_tui *ui, int by)
{
	static const double steps[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300};
	const int n = sizeof(steps) / sizeof(steps[0]);
	int i = 0;

	while (i + 1 < n && steps[i] < ui->interval - 1e-9)
		i++;
	/* From between two steps one goes to the next in the direction asked for. */
	if (by > 0 && steps[i] > ui->interval + 1e-9)
		by = 0;
	i += by;
	ui->interval = steps[i < 0 ? 0 : i >= n ? n - 1 : i];
	vmt_tui_say(ui, "every %g s", ui->interval);
	return VMT_ASKS_NOTHING;
}

static enum vmt_asks slower(struct vmt_tui *ui, struct vmt_live *live)
{
	(void)live;
	return change_interval(ui, 1);
}

static enum vmt_asks faster(struct vmt_tui *ui, struct vmt_live *live)
{
	(void)live;
	return change_interval(ui, -1);
}

static enum vmt_asks step(struct vmt_tui *ui, int64_t by)
{
	size_t n = ui->about.n;

	if (!ui->about.replay || !n) {
		vmt_tui_say(ui, "time can be stepped through in recorded files only");
		return VMT_ASKS_NOTHING;
	}
	ui->frozen = true;
	if (by < 0)
		ui->wanted -= (uint64_t)-by > ui->wanted ? ui->wanted : (size_t)-by;
	else
		ui->wanted = (uint64_t)by < n - ui->wanted ? ui->wanted + (size_t)by : n - 1;
	return VMT_ASKS_STEP;
}

static enum vmt_asks step_left(struct vmt_tui *ui, struct vmt_live *live)
{
	(void)live;
	return step(ui, -1);
}

static enum vmt_asks step_right(struct vmt_tui *ui, struct vmt_live *live)
{
	(void)live;
	return step(ui, 1);
}

static enum vmt_asks leap_left(struct vmt_tui *ui, struct vmt_live *live)
{
	(void)live;
	return step(ui, ui->about.n >= 40 ? -(int64_t)(ui->about.n / 20) : -10);
}

static enum vmt_asks leap_right(struct vmt_tui *ui, struct vmt_live *live)
{
	(void)live;
	return step(ui, ui->about.n >= 40 ? (int64_t)(ui->about.n / 20) : 10);
}

static enum vmt_asks save(struct vmt_tui *ui, struct vmt_live *live)
{
	(void)ui;
	(void)live;
	return VMT_ASKS_SAVE;
}

static enum vmt_asks redraw(struct vmt_tui *ui, struct vmt_live *live)
{
	(void)ui;
	(void)live;
	return VMT_ASKS_REDRAW;
}

/* ---- the table ---- */

static const struct key keys[] = {
	{"q", {'q'}, quit, "quit; from a page like this one: go back"},
	{"F10", {VMT_KEY_F1 + 9}, quit_now, "quit"},
	{"? h F1", {'?', 'h', VMT_KEY_F1}, help, "this page"},
	{"Up k", {VMT_KEY_UP, 'k', VMT_CTRL('p')}, up, "one row up"},
	{"Down j", {VMT_KEY_DOWN, 'j', VMT_CTRL('n')}, down, "one row down"},
	{"PgUp ^B", {VMT_KEY_PGUP, VMT_CTRL('b')}, page_up, "a screen up"},
	{"PgDn ^F", {VMT_KEY_PGDN, VMT_CTRL('f')}, page_down, "a screen down"},
	{"Home g", {VMT_KEY_HOME, 'g'}, first, "the first row"},
	{"End G", {VMT_KEY_END, 'G'}, last, "the last row"},
	{"Tab", {VMT_KEY_TAB}, next_view, "the next view; 1 to 7 choose one"},
	{"Shift-Tab", {VMT_KEY_BACKTAB}, previous_view, "the view before"},
	{"Enter", {VMT_KEY_ENTER, '\r'}, enter, "go into: a caller, its areas, one area explained"},
	{"Esc", {VMT_KEY_ESC, VMT_KEY_BACKSPACE}, back, "go back; at the top: drop the filter"},
	{"/ F3", {'/', VMT_KEY_F1 + 2}, search, "search: callers, kinds, what it is, addresses"},
	{"n", {'n'}, find_next, "the next that was searched for"},
	{"N", {'N'}, find_previous, "the one before"},
	{"\\ F4", {'\\', VMT_KEY_F1 + 3}, filter, "filter: show only rows with this text"},
	{"<", {'<'}, sort_left, "sort by the column to the left"},
	{"> F6", {'>', VMT_KEY_F1 + 5}, sort_right, "sort by the column to the right"},
	{"I", {'I'}, invert, "turn the order around"},
	{"space", {' '}, freeze, "freeze; of recorded files: play"},
	{"b", {'b'}, baseline, "tell changes since this moment"},
	{"+", {'+', '='}, slower, "read less often"},
	{"-", {'-'}, faster, "read more often"},
	{"t", {'t'}, units, "units: short, KiB, bytes, pages"},
	{"o", {'o'}, owner_by, "owners: by function, file, subsystem"},
	{"u", {'u'}, unpurged, "areas: show freed ones, too"},
	{"Left ,", {VMT_KEY_LEFT, ','}, step_left, "recorded files: the sample before"},
	{"Right .", {VMT_KEY_RIGHT, '.'}, step_right, "recorded files: the next sample"},
	{"{", {'{'}, leap_left, "recorded files: a twentieth back"},
	{"}", {'}'}, leap_right, "recorded files: a twentieth on"},
	{"S", {'S'}, save, "save a snapshot, vmtool-snapshot(5), in this directory"},
	{"^L", {VMT_CTRL('l')}, redraw, "draw the screen anew"},
};

/* Keys of the map, which map.c follows. */
static const struct {
	const char *names, *help;
} map_keys[] = {
	{"arrows", "map: move the cursor; PgUp, PgDn, Home, End move far"},
	{"z Z", "map: zoom in and out around the cursor"},
	{"[ ]", "map: the stretch of areas before, the next one"},
};

#define N_KEYS	   (sizeof(keys) / sizeof(keys[0]))
#define N_MAP_KEYS (sizeof(map_keys) / sizeof(map_keys[0]))

/* Letters that sort, from the columns of all views, each once. */
static const struct vmt_tui_col *sort_key(size_t i)
{
	char seen[64] = "";
	size_t n_seen = 0;

	for (unsigned v = 0; v < VMT_VIEW_TABS; v++) {
		size_t n;
		const struct vmt_tui_col *c = vmt_tui_cols((enum vmt_view)v, &n);

		for (size_t k = 0; k < n; k++) {
			if (!c[k].key || strchr(seen, c[k].key))
				continue;
			if (i-- == 0)
				return &c[k];
			seen[n_seen++] = c[k].key;
		}
	}
	return NULL;
}

bool vmt_tui_key_help(size_t i, const char **names, const char **help_text)
{
	static const char letters[26][2] = {"A", "B", "C", "D", "E", "F", "G", "H", "I",
					    "J", "K", "L", "M", "N", "O", "P", "Q", "R",
					    "S", "T", "U", "V", "W", "X", "Y", "Z"};
	const struct vmt_tui_col *c;

	if (i < N_KEYS) {
		*names = keys[i].names;
		*help_text = keys[i].help;
		return true;
	}
	i -= N_KEYS;
	if (i < N_MAP_KEYS) {
		*names = map_keys[i].names;
		*help_text = map_keys[i].help;
		return true;
	}
	c = sort_key(i - N_MAP_KEYS);
	if (!c)
		return false;
	*names = letters[c->key - 'A'];
	*help_text = c->sort_help;
	return true;
}

enum vmt_asks vmt_keys_do(struct vmt_tui *ui, struct vmt_live *live, uint32_t code)
{
	size_t n;
	const struct vmt_tui_col *c = vmt_tui_cols(ui->at.view, &n);

	for (size_t i = 0; i < N_KEYS; i++) {
		for (size_t k = 0; k < 4 && keys[i].codes[k]; k++) {
			if (keys[i].codes[k] == code)
				return keys[i].run(ui, live);
		}
	}
	if (code >= '1' && code < '1' + VMT_VIEW_TABS) {
		vmt_tui_show(ui, live, (enum vmt_view)(code - '1'));
		return VMT_ASKS_NOTHING;
	}
	for (size_t i = 0; i < n; i++) {
		if (c[i].key && (uint32_t)c[i].key == code)
			vmt_tui_sort_by(ui, live, c[i].id);
	}
	return VMT_ASKS_NOTHING;
}
