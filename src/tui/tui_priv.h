// SPDX-License-Identifier: GPL-2.0-or-later
/** tui, for itself: the past, the state, and what draws them. */
#ifndef VMTOOL_TUI_PRIV_H
#define VMTOOL_TUI_PRIV_H

#include "vmtool/tui.h"

/* ---- the past ----------------------------------------------------------------------------- */

/** Points of a past: live, one is a second. */
#define POINTS	 300
#define POINT_MS 1000
/** A rate is the mean over so long, or over as much as was seen. */
#define RATE_MS 60000

struct vmt_reading {
	struct vmt_areas *areas;
	struct vmt_groups *callers, *modules, *nodes;
	/** Owners of extents are numbers of areas.  Finished when addresses are real. */
	struct vmt_gaps *gaps;
	struct vmt_sums total, unpurged;
	struct vmt_facts facts;
	enum vmt_addr_state addresses;
	uint64_t page_size, clock_ms;
};

/** What is kept of one key: its sums now, at the baseline, and on the way. */
struct vmt_track {
	struct vmt_str key;
	const char *what;
	struct vmt_sums now;
	/** See vmt_track_value(). */
	uint64_t value, base_value, base_areas;
	/** POINTS values, or NULL: it was the same all the time. */
	uint64_t *ring;
	/** Number of the feed that had it last. */
	uint64_t seen;
	/** Of callers, when told. */
	struct vmt_str owner, file, subsystem;
	bool owned;
};

struct vmt_tracks {
	struct vmt_intern *keys;
	struct vmt_track *items;
	size_t n, cap;
};

/** When the points were; shared by all tracks of a history. */
struct vmt_clock {
	uint64_t ms[POINTS];
	/** Place of the newest; how many there are; how many there ever were. */
	size_t head, n;
	uint64_t count;
	/** Number of samples fed since the last rewind. */
	uint64_t feeds;
};

/** RAM, or, where there is none, address space: bytes. */
uint64_t vmt_track_value(const struct vmt_sums *sums);
/** The value @back points ago; 0 is the newest. */
uint64_t vmt_track_at(const struct vmt_track *track, const struct vmt_clock *clock, size_t back);
/** Bytes per second. @return false: one sample tells no rate. */
bool vmt_track_rate(const struct vmt_track *track, const struct vmt_clock *clock, double *rate);

enum vmt_rc vmt_tracks_init(struct vmt_tracks *tracks);
void vmt_tracks_deinit(struct vmt_tracks *tracks);
/** The track of a key, made when there is none; NULL: out of memory. */
struct vmt_track *vmt_tracks_get(struct vmt_tracks *tracks, struct vmt_str key);
const struct vmt_track *vmt_tracks_find(const struct vmt_tracks *tracks, struct vmt_str key);
/** The sums of @groups are those of the newest point; @steps points are new. */
enum vmt_rc vmt_tracks_feed(struct vmt_tracks *tracks, const struct vmt_groups *groups,
			    const struct vmt_clock *clock, size_t steps);
void vmt_tracks_rewind(struct vmt_tracks *tracks);
void vmt_tracks_set_baseline(struct vmt_tracks *tracks);
/** The value of one track is new; @steps points are new. */
enum vmt_rc vmt_track_set(struct vmt_track *track, const struct vmt_clock *clock, size_t steps,
			  uint64_t value);
/** Add one to another, as when callers are summed by owner. */
enum vmt_rc vmt_track_merge(struct vmt_track *into, const struct vmt_track *from,
			    const struct vmt_clock *clock);

/** An area that came or went. */
struct vmt_event {
	/** Seconds since the epoch. */
	uint64_t time;
	uint64_t start, size_bytes, pages;
	const char *what;
	enum vmt_kind kind;
	bool came;
	int addr_digits;
	char caller[160]; /* with module, made harmless */
};

#define EVENTS 1000

struct vmt_live {
	struct vmt_reading *now;
	struct vmt_tracks callers, modules, nodes;
	/** The sum of all, freed areas not among them. */
	struct vmt_track total;
	struct vmt_clock clock;
	/** The baseline; its time in seconds since the epoch. */
	bool have_base;
	uint64_t base_time, base_clock_ms;
	/** The last EVENTS events, the newest at (n_events - 1) % EVENTS. */
	struct vmt_event *events;
	uint64_t n_events, came, went;
	/** How areas of the last two samples could be told apart, and why. */
	enum vmt_join join;
	const char *join_why;
	/** Owners, files, subsystems. */
	struct vmt_intern *names;
};

/** Compare two samples; the newest events are added. */
enum vmt_rc vmt_events_feed(struct vmt_live *live, const struct vmt_reading *before,
			    const struct vmt_reading *after);
/** The i-th event, the newest first. */
const struct vmt_event *vmt_events_at(const struct vmt_live *live, size_t i);
size_t vmt_events_count(const struct vmt_live *live);

/* ---- text --------------------------------------------------------------------------------- */

enum vmt_units {
	VMT_UNITS_SHORT,
	VMT_UNITS_KIB,
	VMT_UNITS_BYTES,
	VMT_UNITS_PAGES,
	VMT_UNITS_COUNT
};

/** How sizes are written; page_size is for VMT_UNITS_PAGES. */
struct vmt_sizes {
	enum vmt_units units;
	uint64_t page_size;
};

#define SIZE_TEXT 40
/** "42.1M", "512"; as the units say. */
const char *vmt_size_text(char buf[SIZE_TEXT], struct vmt_sizes s, uint64_t bytes);
/** With its sign; "0" for none. */
const char *vmt_delta_text(char buf[SIZE_TEXT], struct vmt_sizes s, uint64_t before,
			   uint64_t after);
/** Per second, with its sign. */
const char *vmt_rate_text(char buf[SIZE_TEXT], struct vmt_sizes s, double per_second);
/** "14m", "3h 04m", "12d 04:11". */
const char *vmt_span_text(char buf[SIZE_TEXT], uint64_t seconds);
/** "10:41:02", or with the day where @day. */
const char *vmt_time_text(char buf[SIZE_TEXT], uint64_t time, bool day);
/** What @needle is found in, whatever the case. */
bool vmt_text_has(const char *text, const char *needle, size_t *at);
/** Columns of UTF-8 text. */
int vmt_text_cols(const char *s);
/** UTF-8 of one character. @return bytes. */
size_t vmt_char_utf8(uint32_t c, char buf[4]);
/** Caller and module as the kernel prints them, made harmless. */
void vmt_caller_text(char *buf, size_t size, const struct vmt_area *area);

/* ---- columns ------------------------------------------------------------------------------ */

enum vmt_col_id {
	COL_KEY,
	COL_AREAS,
	COL_SIZE,
	COL_RAM,
	COL_GUARD,
	COL_SINCE,
	COL_RATE,
	COL_SPARK,
	COL_WHAT,
	COL_START,
	COL_KIND,
	COL_CALLER,
	COL_NODE,
	COL_TIME,
	COL_CHANGE,
};

/** A column of a view. */
struct vmt_tui_col {
	enum vmt_col_id id;
	const char *title;
	/** Least width; 0: takes what is left. */
	int width;
	/** The larger, the earlier it is left out. */
	int rank;
	bool right;
	/** Key that sorts by it, or 0. */
	char key;
	/** Order of numbers falls at first. */
	bool falls;
	/** What key does, or NULL. */
	const char *sort_help;
};

const struct vmt_tui_col *vmt_tui_cols(enum vmt_view view, size_t *n);

/** Where the columns of a view stand. */
#define COLS_MAX 12
struct vmt_layout {
	size_t n;
	struct {
		const struct vmt_tui_col *col;
		int at, width;
	} c[COLS_MAX];
};
/** Sizes in some units are longer than in others. */
void vmt_layout_make(struct vmt_layout *layout, enum vmt_view view, int cols, enum vmt_units units);

/* ---- state -------------------------------------------------------------------------------- */

/** Restriction of the areas shown, by what was entered. */
enum vmt_scope {
	VMT_SCOPE_ALL,
	VMT_SCOPE_CALLER,
	VMT_SCOPE_OWNER,
	VMT_SCOPE_MODULE,
	VMT_SCOPE_NODE,
};

/** By what owners are summed. */
enum vmt_owner_by { VMT_OWNER_FUNCTION, VMT_OWNER_FILE, VMT_OWNER_SUBSYSTEM, VMT_OWNER_BY_COUNT };

#define TEXT_MAX 120
#define KEY_MAX	 600

/** Where one is in a view. */
struct vmt_place {
	enum vmt_view view;
	enum vmt_scope scope;
	char scope_key[KEY_MAX];
	size_t cursor, top;
};

/** The window of the map. */
struct vmt_map {
	/** The first address shown, and bytes of a cell: a power of two; 0: not chosen yet. */
	uint64_t start, cell_bytes;
	/** The address under the cursor. */
	uint64_t at;
};

/** A row: one of these by the kind of view. */
union vmt_row {
	const struct vmt_track *track;
	const struct vmt_area *area;
	const struct vmt_event *event;
};

#define STACK_MAX 4

enum vmt_prompt { VMT_PROMPT_NONE, VMT_PROMPT_SEARCH, VMT_PROMPT_FILTER };

struct vmt_tui {
	struct vmt_tui_about about;
	bool utf8, once;
	int rows, cols;
	double interval;
	enum vmt_units units;
	bool frozen, unpurged;
	enum vmt_owner_by owner_by;
	/** Where one is, and where Esc goes back to. */
	struct vmt_place at, stack[STACK_MAX];
	size_t depth;
	/** By view: the column sorted by, against its order. */
	enum vmt_col_id sort[VMT_VIEW_COUNT];
	bool invert[VMT_VIEW_COUNT];
	char search[TEXT_MAX], filter[TEXT_MAX];
	enum vmt_prompt prompt;
	char typed[TEXT_MAX], filter_before[TEXT_MAX];
	size_t cursor_before;
	char said[240];
	size_t wanted;
	struct vmt_map map;
	/** The rows of the view; borrowed from the history until the next feed. */
	union vmt_row *list;
	size_t n, cap, n_all;
	/** What the row under the cursor is, to find it again. */
	char cursor_key[KEY_MAX];
	uint64_t cursor_start, cursor_size, cursor_line;
	/** Sums by owner, made from those by caller. */
	struct vmt_tracks owners;
	/** The area explained, a copy; explained.caller and so on lie in explained_text. */
	struct vmt_area explained;
	char explained_text[1600];
	bool explained_gone;
	uint64_t gone_time;
	char *chain;
};

/** Lines between headings and the bottom line. */
int vmt_tui_body_top(const struct vmt_tui *ui);
int vmt_tui_body_rows(const struct vmt_tui *ui);
/** The view is a table of rows with columns. */
bool vmt_view_is_table(enum vmt_view view);
struct vmt_sizes vmt_tui_sizes(const struct vmt_tui *ui, const struct vmt_live *live);

/* rows.c: what the view shows, in its order. */
/** What is kept of the caller of an area; NULL: nothing. */
const struct vmt_track *vmt_track_of(const struct vmt_live *live, const struct vmt_area *area);
enum vmt_rc vmt_rows_find(struct vmt_tui *ui, const struct vmt_live *live);
/** The text in which searching and filtering look. */
void vmt_row_text(const struct vmt_tui *ui, union vmt_row row, char *buf, size_t size);
/** Remember the row under the cursor; find it again. */
void vmt_rows_mark(struct vmt_tui *ui);
void vmt_rows_follow(struct vmt_tui *ui);
/** The text of a cell. */
void vmt_row_cell(const struct vmt_tui *ui, const struct vmt_live *live, union vmt_row row,
		  enum vmt_col_id id, int width, char *buf, size_t size);
/** A sparkline of @cols columns as UTF-8 or ASCII. */
void vmt_spark_text(const struct vmt_tui *ui, const struct vmt_clock *clock,
		    const struct vmt_track *track, int cols, char *buf, size_t size);

/* pages.c: pages of lines that scroll: explain and help. */
struct vmt_page {
	char (*lines)[KEY_MAX];
	size_t n, cap;
};
void vmt_page_add(struct vmt_page *page, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void vmt_page_free(struct vmt_page *page);
void vmt_page_help(struct vmt_page *page, const struct vmt_tui *ui);
void vmt_page_explain(struct vmt_page *page, const struct vmt_tui *ui, const struct vmt_live *live);

/* map.c: the address space as a picture. */
void vmt_map_draw(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid,
		  int top, int rows);
/** Does the map have a use for the key? Then it is done. */
bool vmt_map_press(struct vmt_tui *ui, const struct vmt_live *live, uint32_t key);
bool vmt_map_click(struct vmt_tui *ui, const struct vmt_live *live, int row, int col);
/** The letters of the kinds there are. */
void vmt_map_legend(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid,
		    int row);
/** Kind, size, caller of an area. */
void vmt_map_describe(const struct vmt_tui *ui, const struct vmt_live *live, char *buf, size_t size,
		      const struct vmt_area *area);
/* chains.c: the same of hashed addresses. */
void vmt_chains_draw(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid,
		     int top, int rows);
bool vmt_chains_press(struct vmt_tui *ui, const struct vmt_live *live, uint32_t key);
struct vmt_style vmt_kind_style(enum vmt_kind kind);
char vmt_kind_letter(enum vmt_kind kind);

/* explain.c: one area. */
void vmt_explain_open(struct vmt_tui *ui, const struct vmt_live *live, const struct vmt_area *area);
/** Is the area still there? */
void vmt_explain_update(struct vmt_tui *ui, const struct vmt_live *live);

/* keys.c */
enum vmt_asks vmt_keys_do(struct vmt_tui *ui, struct vmt_live *live, uint32_t key);

/* state.c */
void vmt_tui_enter(struct vmt_tui *ui, const struct vmt_live *live);
void vmt_tui_back(struct vmt_tui *ui, const struct vmt_live *live);
/** Go into another view, from which Esc leads back. */
void vmt_tui_push(struct vmt_tui *ui, const struct vmt_live *live, enum vmt_view view,
		  enum vmt_scope scope, struct vmt_str key);
void vmt_tui_show(struct vmt_tui *ui, const struct vmt_live *live, enum vmt_view view);
void vmt_tui_move(struct vmt_tui *ui, const struct vmt_live *live, int64_t by);
void vmt_tui_scroll_in(struct vmt_tui *ui);
void vmt_tui_sort_by(struct vmt_tui *ui, const struct vmt_live *live, enum vmt_col_id id);
void vmt_tui_prompt(struct vmt_tui *ui, enum vmt_prompt prompt);
/** @here: the row under the cursor may be it. */
bool vmt_tui_search(struct vmt_tui *ui, const struct vmt_live *live, int direction, bool here);

/* frame.c: what stands around the view. */
void vmt_frame_draw(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid);
/** The tab at a column of the row of tabs, or -1. */
int vmt_tab_at(const struct vmt_tui *ui, int col);
int vmt_tabs_row(const struct vmt_tui *ui);

#endif
