// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * tui: the live view.  Samples are fed into a history; keys change a state; the screen is a pure
 * function of both and of a size, drawn into a grid of cells.  Only screen.c knows a terminal.
 */
#ifndef VMTOOL_TUI_H
#define VMTOOL_TUI_H

#include "vmtool/base.h"
#include "vmtool/model.h"

/* ---- grid: what a screen is made of ------------------------------------------------------- */

/** Colours by what they stand for; each is readable on light and on dark (see screen.c). */
enum vmt_color {
	VMT_COLOR_NONE, /* the terminal's own */
	VMT_COLOR_RED,
	VMT_COLOR_GREEN,
	VMT_COLOR_ORANGE,
	VMT_COLOR_BLUE,
	VMT_COLOR_MAGENTA,
	VMT_COLOR_CYAN,
	VMT_COLOR_GRAY,
	VMT_COLOR_COUNT
};

enum vmt_attr {
	VMT_ATTR_BOLD = 1 << 0,
	VMT_ATTR_REVERSE = 1 << 1,
	VMT_ATTR_UNDERLINE = 1 << 2,
};

struct vmt_style {
	uint8_t color; /* enum vmt_color */
	uint8_t attr;  /* enum vmt_attr */
};

/** One cell: a character one column wide. */
struct vmt_glyph {
	uint32_t c;
	struct vmt_style style;
};

struct vmt_grid {
	int rows, cols;
	struct vmt_glyph *cells; /* rows x cols */
};

enum vmt_rc vmt_grid_init(struct vmt_grid *grid, int rows, int cols);
void vmt_grid_deinit(struct vmt_grid *grid);
/** Make it blank. */
void vmt_grid_clear(struct vmt_grid *grid);
/**
 * Write UTF-8 text of characters one column wide, cut at @cols columns and at the edge.  Control
 * characters and bytes that are no UTF-8 become '?'.
 * @return columns written.
 */
int vmt_grid_put(struct vmt_grid *grid, int row, int col, int cols, struct vmt_style style,
		 struct vmt_str text);
/** Give a stretch of a row another style. */
void vmt_grid_style(struct vmt_grid *grid, int row, int col, int cols, struct vmt_style style);
/** One row as UTF-8 without blanks at its end; @buf holds 4 * cols + 1 bytes. @return length. */
size_t vmt_grid_row_text(const struct vmt_grid *grid, int row, char *buf);

/* ---- sample: the source at one moment ----------------------------------------------------- */

/** Areas and their sums, as read once. */
struct vmt_reading;

struct vmt_reading *vmt_reading_new(uint64_t page_size);
void vmt_reading_free(struct vmt_reading *reading);
/** @lies_there: module that lies at the area, or empty; @area->module is that of its caller. */
enum vmt_rc vmt_reading_add(struct vmt_reading *reading, const struct vmt_area *area,
			    struct vmt_str lies_there);
/**
 * After the last area.  @facts is copied, without its modules; its time is that of the sample.
 * @clock_ms: a clock that does not jump, or the time of a recorded text.
 */
enum vmt_rc vmt_reading_finish(struct vmt_reading *reading, const struct vmt_facts *facts,
			       enum vmt_addr_state addresses, uint64_t clock_ms);
const struct vmt_facts *vmt_reading_facts(const struct vmt_reading *reading);

/* ---- live: what was seen so far ----------------------------------------------------------- */

/** History of a source: the last sample, a bounded past of each caller, the baseline, events. */
struct vmt_live;

struct vmt_live *vmt_live_new(void);
void vmt_live_free(struct vmt_live *live);
/**
 * The next sample; taken, also on failure.  @evenly: points of the sparklines are moments of equal
 * distance; else each sample is one.
 * @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_live_feed(struct vmt_live *live, struct vmt_reading *reading, bool evenly);
/** Forget the past, not the baseline: another sample will be the first. */
void vmt_live_rewind(struct vmt_live *live);
/** Changes are told against the last sample from now on. */
void vmt_live_set_baseline(struct vmt_live *live);
/** The last sample, or NULL.  Borrowed. */
const struct vmt_reading *vmt_live_now(const struct vmt_live *live);
/** Callers whose owner was never told: the i-th, or an empty string. */
struct vmt_str vmt_live_unowned(const struct vmt_live *live, size_t i);
/** Tell it; @owner empty: it cannot be found out. */
enum vmt_rc vmt_live_set_owner(struct vmt_live *live, struct vmt_str caller, struct vmt_str owner,
			       struct vmt_str file, struct vmt_str subsystem);

/* ---- state: what is shown, and where the user is ------------------------------------------- */

enum vmt_view {
	VMT_VIEW_CALLERS,
	VMT_VIEW_AREAS,
	VMT_VIEW_OWNERS,
	VMT_VIEW_MODULES,
	VMT_VIEW_NODES,
	VMT_VIEW_MAP,
	VMT_VIEW_EVENTS,
	VMT_VIEW_TABS, /* how many can be chosen */
	VMT_VIEW_EXPLAIN = VMT_VIEW_TABS,
	VMT_VIEW_HELP,
	VMT_VIEW_COUNT
};
/** "callers", "areas", ...; NULL beyond the last. */
const char *vmt_view_name(enum vmt_view view);
bool vmt_view_parse(const char *name, enum vmt_view *view);

/** What the screen tells that no sample does. */
struct vmt_tui_about {
	/** "live", or the name of the text. */
	char source[128];
	/** Recorded texts: which of how many is shown, the times of the first and last (seconds).
	 */
	bool replay;
	size_t at, n;
	uint64_t first_time, last_time;
	/** Seconds since boot; VMT_FACT_NONE: not known. */
	uint64_t uptime;
	/** Why the last reading failed, or "". */
	char problem[240];
	/** Why there are no owners, or "". */
	char no_owners[240];
};

/** Keys beyond characters. */
enum vmt_key {
	VMT_KEY_NONE = 0,
	VMT_KEY_TAB = 9,
	VMT_KEY_ENTER = 10,
	VMT_KEY_ESC = 27,
	VMT_KEY_UP = 0x200000,
	VMT_KEY_DOWN,
	VMT_KEY_LEFT,
	VMT_KEY_RIGHT,
	VMT_KEY_PGUP,
	VMT_KEY_PGDN,
	VMT_KEY_HOME,
	VMT_KEY_END,
	VMT_KEY_BACKTAB,
	VMT_KEY_BACKSPACE,
	VMT_KEY_CLICK, /* with row and col */
	VMT_KEY_WHEEL_UP,
	VMT_KEY_WHEEL_DOWN,
	VMT_KEY_F1 = 0x200100, /* F2 is one more, and so on */
};
#define VMT_CTRL(c) ((c)&0x1f)

struct vmt_press {
	/** A character, or enum vmt_key. */
	uint32_t key;
	/** Where, of VMT_KEY_CLICK. */
	int row, col;
};

/** What a key asks of who runs the screen. */
enum vmt_asks {
	VMT_ASKS_NOTHING,
	VMT_ASKS_QUIT,
	VMT_ASKS_SAVE,	 /* write a snapshot */
	VMT_ASKS_STEP,	 /* vmt_tui_wanted() says which of the recorded texts */
	VMT_ASKS_REDRAW, /* the terminal was scribbled on */
	VMT_ASKS_READ,	 /* read the source now */
};

struct vmt_tui_opts {
	enum vmt_view view;
	/** Characters beyond ASCII can be shown. */
	bool utf8;
	/** Sizes in bytes. */
	bool bytes;
	/** Seconds between two readings. */
	double interval;
	/** Show only rows with this text in them; NULL. */
	const char *filter;
	/** Title of a column of the view, or NULL. */
	const char *sort;
	/** No keys will come: the bottom line is not for hints. */
	bool once;
};

struct vmt_tui;

/** @return VMT_OK, VMT_NOMEM, or VMT_NONE when the view has no column opts->sort. */
enum vmt_rc vmt_tui_new(struct vmt_tui **ui, const struct vmt_tui_opts *opts);
void vmt_tui_free(struct vmt_tui *ui);
void vmt_tui_resize(struct vmt_tui *ui, const struct vmt_live *live, int rows, int cols);
void vmt_tui_set_about(struct vmt_tui *ui, const struct vmt_tui_about *about);
/** After a sample was fed: find the rows again; what was under the cursor stays there. */
enum vmt_rc vmt_tui_update(struct vmt_tui *ui, const struct vmt_live *live);
enum vmt_asks vmt_tui_press(struct vmt_tui *ui, struct vmt_live *live,
			    const struct vmt_press *press);
/** One line for the user, until the next key. */
void vmt_tui_say(struct vmt_tui *ui, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void vmt_tui_draw(const struct vmt_tui *ui, const struct vmt_live *live, struct vmt_grid *grid);
/** Rows a grid needs to show the whole view, for printing. */
int vmt_tui_height(const struct vmt_tui *ui, const struct vmt_live *live);

/** Rows above those of the view. */
int vmt_tui_head(const struct vmt_tui *ui);

bool vmt_tui_frozen(const struct vmt_tui *ui);
double vmt_tui_interval(const struct vmt_tui *ui);
size_t vmt_tui_wanted(const struct vmt_tui *ui);
enum vmt_view vmt_tui_view(const struct vmt_tui *ui);
/** The area explained: who asked for it is to be told by vmt_tui_set_chain.  NULL: none is. */
const struct vmt_area *vmt_tui_explained(const struct vmt_tui *ui);
/** Lines of its inline chain, separated by newlines; copied. */
enum vmt_rc vmt_tui_set_chain(struct vmt_tui *ui, const char *text);

/** The keys, as help and man page show them. @return false beyond the last. */
bool vmt_tui_key_help(size_t i, const char **keys, const char **help);

/* ---- screen: the terminal ------------------------------------------------------------------ */

struct vmt_screen;

/** What vmt_screen_wait came back for. */
enum vmt_woken {
	VMT_WOKEN_TIME,
	VMT_WOKEN_KEY,
	VMT_WOKEN_RESIZE, /* also after a stop: draw all */
	VMT_WOKEN_END,	  /* a signal to end, or the terminal is gone */
};

/**
 * Take the terminal.  @color: colours may be used.
 * @return VMT_OK, VMT_UNSUPPORTED (no library, no such terminal, or one whose cursor cannot be
 * moved: nothing was written to it), VMT_IO or VMT_NOMEM.
 */
enum vmt_rc vmt_screen_open(struct vmt_screen **screen, bool color, struct vmt_err *err);
/** Leave it as it was.  @return the signal that ended it, or 0. */
int vmt_screen_close(struct vmt_screen *screen);
void vmt_screen_size(const struct vmt_screen *screen, int *rows, int *cols);
void vmt_screen_show(struct vmt_screen *screen, const struct vmt_grid *grid);
/** Draw everything anew at the next vmt_screen_show. */
void vmt_screen_redraw(struct vmt_screen *screen);
/** @ms: at most so long; negative: until something happens. */
enum vmt_woken vmt_screen_wait(struct vmt_screen *screen, int ms, struct vmt_press *press);
/** A key that has already come. */
bool vmt_screen_pending(struct vmt_screen *screen, struct vmt_press *press);

/** The colours, 0xRRGGBB as 256-colour terminals show them, for whoever measures contrast. */
uint32_t vmt_screen_rgb(enum vmt_color color);

#endif
