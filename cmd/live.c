// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool live: the screen one keeps open while hunting a leak. */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "live.h"

enum { OPT_INTERVAL = OPT_LIVE_OWN, OPT_VIEW, OPT_SORT, OPT_FILTER, OPT_COUNT, OPT_ASCII };

static const struct cmd_opt opts[] = {
	{"interval", 'i', "SECONDS", OPT_INTERVAL, "read so often (default 1)", NULL},
	{"view", 0, "NAME", OPT_VIEW, "begin with callers (default), areas, owners, ...",
	 "callers areas owners modules nodes map events"},
	{"sort", 's', "COLUMN", OPT_SORT, "sort that view by a column", NULL},
	{"filter", 'f', "TEXT", OPT_FILTER, "show only rows with this text in them", NULL},
	{"once", 0, NULL, OPT_ONCE, "print the view as text and leave", NULL},
	{"count", 'N', "COUNT", OPT_COUNT, "with --once, print so many rows; 0: all", NULL},
	{"ascii", 0, NULL, OPT_ASCII, "draw with ASCII characters only", NULL},
};

static int parse_interval(const struct run *r, double *seconds)
{
	const char *text = r->opt[OPT_INTERVAL];
	char *end;

	*seconds = 1;
	if (!text)
		return 0;
	*seconds = strtod(text, &end);
	if (end == text || *end || !(*seconds >= 0.1) || *seconds > 86400)
		return usage_error(r->cmd, "--interval is 0.1 to 86400 seconds, not '%s'", text);
	return 0;
}

static int parse_options(struct live *l, struct vmt_tui_opts *o, uint64_t *count)
{
	const struct run *r = l->run;
	int code = parse_interval(r, &o->interval);

	if (code)
		return code;
	if (r->opt[OPT_JSON] || r->opt[OPT_CSV] || r->opt[OPT_RAW] || r->opt[OPT_OUTPUT])
		return usage_error(r->cmd,
				   "live draws a screen: for --json, --csv, --raw and --output "
				   "see 'vmtool top' and 'vmtool list'");
	if (r->opt[OPT_VIEW] && !vmt_view_parse(r->opt[OPT_VIEW], &o->view))
		return usage_error(r->cmd,
				   "--view is callers, areas, owners, modules, nodes, map or "
				   "events, not '%s'",
				   r->opt[OPT_VIEW]);
	*count = 0;
	if (r->opt[OPT_COUNT] && !vmt_num_parse(vmt_str(r->opt[OPT_COUNT]), 10, count))
		return usage_error(r->cmd, "--count is a number, not '%s'", r->opt[OPT_COUNT]);
	o->bytes = r->opt[OPT_BYTES] != NULL;
	o->filter = r->opt[OPT_FILTER];
	o->sort = r->opt[OPT_SORT];
	o->once = r->opt[OPT_ONCE] != NULL;
	(void)setlocale(LC_CTYPE, "");
	o->utf8 = !r->opt[OPT_ASCII] && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	switch (vmt_tui_new(&l->ui, o)) {
	case VMT_OK: return 0;
	case VMT_NONE:
		return usage_error(r->cmd, "--sort: the view %s has no column '%s'",
				   vmt_view_name(o->view), o->sort);
	default: return complain_nomem();
	}
}

static int update(struct live *l)
{
	int code;

	vmt_tui_set_about(l->ui, &l->about);
	if (vmt_tui_update(l->ui, l->past) != VMT_OK)
		return complain_nomem();
	code = live_symbols(l);
	vmt_tui_set_about(l->ui, &l->about);
	return code;
}

static int first_reading(struct live *l)
{
	if (!live_replays(l))
		return live_read(l);
	/* The last is the one that is asked about most. */
	return live_step(l, l->samples ? vmt_samples_count(l->samples) - 1 : 0);
}

/* ---- once ---- */

static int print_grid(const struct vmt_grid *grid, int rows)
{
	char *line VMT_FREE = malloc((size_t)grid->cols * 4 + 1);

	if (!line)
		return complain_nomem();
	for (int i = 0; i < rows; i++) {
		(void)vmt_grid_row_text(grid, i, line);
		(void)puts(line);
	}
	return 0;
}

static int print_once(struct live *l, double interval, uint64_t count)
{
	const struct run *r = l->run;
	struct vmt_grid grid;
	uint64_t width = view_width();
	int code = 0, rows;

	if (r->opt[OPT_WIDTH] &&
	    (!vmt_num_parse(vmt_str(r->opt[OPT_WIDTH]), 10, &width) || width < 20 || width > 1000))
		return usage_error(r->cmd, "--width is 20 to 1000 columns, not '%s'",
				   r->opt[OPT_WIDTH]);
	/* One reading tells of no changes: who names an interval waits for a second one. */
	if (r->opt[OPT_INTERVAL] && !live_replays(l)) {
		struct timespec ts = {.tv_sec = (time_t)interval,
				      .tv_nsec =
					      (long)((interval - (double)(time_t)interval) * 1e9)};

		(void)nanosleep(&ts, NULL);
		code = live_read(l);
	}
	if (code == 0)
		code = update(l);
	if (code)
		return code;
	vmt_tui_resize(l->ui, l->past, 24, width ? (int)width : 80);
	rows = vmt_tui_height(l->ui, l->past);
	if (count && count < (uint64_t)(rows - vmt_tui_head(l->ui)))
		rows = vmt_tui_head(l->ui) + (int)count;
	vmt_tui_resize(l->ui, l->past, rows, width ? (int)width : 80);
	if (vmt_grid_init(&grid, rows, width ? (int)width : 80) != VMT_OK)
		return complain_nomem();
	vmt_tui_draw(l->ui, l->past, &grid);
	code = print_grid(&grid, rows);
	vmt_grid_deinit(&grid);
	return code;
}

/* ---- the screen ---- */

struct loop {
	struct live *live;
	struct vmt_screen *screen;
	struct vmt_grid grid;
	/** When to read next, on the clock that does not jump. */
	double next;
};

static double now_seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool fit(struct loop *o)
{
	int rows, cols;

	vmt_screen_size(o->screen, &rows, &cols);
	if (o->grid.rows != rows || o->grid.cols != cols) {
		vmt_grid_deinit(&o->grid);
		if (vmt_grid_init(&o->grid, rows, cols) != VMT_OK)
			return false;
		vmt_tui_resize(o->live->ui, o->live->past, rows, cols);
	}
	return true;
}

/* A source that goes away may come back: the last of it stays on the screen, and why. */
static void read_again(struct loop *o)
{
	struct live *l = o->live;
	char why[sizeof(l->about.problem)];
	int code = live_read(l);

	live_heard(l, why, sizeof(why));
	(void)snprintf(l->about.problem, sizeof(l->about.problem), "%s",
		       code == 0 ? ""
		       : why[0]	 ? why
				 : "it cannot be read any more");
	(void)update(l);
	live_heard(l, why, sizeof(why));
}

static void step_to(struct loop *o, size_t at)
{
	struct live *l = o->live;
	char why[sizeof(l->about.problem)];
	int code = live_step(l, at);

	live_heard(l, why, sizeof(why));
	(void)snprintf(l->about.problem, sizeof(l->about.problem), "%s",
		       code == 0 ? ""
		       : why[0]	 ? why
				 : "it cannot be read");
	/* What cannot be read is stepped over, not stood upon. */
	if (code)
		l->about.at = at;
	(void)update(l);
	live_heard(l, why, sizeof(why));
}

static void on_time(struct loop *o)
{
	struct live *l = o->live;
	double now = now_seconds(), interval = vmt_tui_interval(l->ui);

	if (now < o->next || vmt_tui_frozen(l->ui))
		return;
	if (!live_replays(l))
		read_again(o);
	else if (l->about.at + 1 < l->about.n)
		step_to(o, l->about.at + 1);
	/* On the beat, unless it was missed. */
	o->next += interval;
	if (o->next < now)
		o->next = now + interval;
}

/* @return false: it is over. */
static bool on_key(struct loop *o, struct vmt_press *press)
{
	struct live *l = o->live;
	double interval = vmt_tui_interval(l->ui);
	bool stepped = false;

	/* Keys that came while something was read are all followed before it is drawn. */
	do {
		switch (vmt_tui_press(l->ui, l->past, press)) {
		case VMT_ASKS_QUIT: return false;
		case VMT_ASKS_SAVE: live_save(l); break;
		case VMT_ASKS_STEP: stepped = true; break;
		case VMT_ASKS_REDRAW: vmt_screen_redraw(o->screen); break;
		case VMT_ASKS_READ: o->next = now_seconds(); break;
		case VMT_ASKS_NOTHING: break;
		}
	} while (vmt_screen_pending(o->screen, press));
	if (stepped)
		step_to(o, vmt_tui_wanted(l->ui));
	else if (live_symbols(l) != 0)
		vmt_tui_say(l->ui, "symbols cannot be looked up");
	if (vmt_tui_interval(l->ui) < interval)
		o->next = now_seconds() + vmt_tui_interval(l->ui);
	return true;
}

static int wait_ms(const struct loop *o)
{
	double left = o->next - now_seconds();

	if (vmt_tui_frozen(o->live->ui))
		return -1;
	return left <= 0 ? 0 : (int)(left * 1000) + 1;
}

static int run_loop(struct loop *o)
{
	struct vmt_press press;

	o->next = now_seconds() + vmt_tui_interval(o->live->ui);
	for (;;) {
		on_time(o);
		if (!fit(o))
			return EXIT_NO_ANSWER;
		vmt_tui_draw(o->live->ui, o->live->past, &o->grid);
		vmt_screen_show(o->screen, &o->grid);
		switch (vmt_screen_wait(o->screen, wait_ms(o), &press)) {
		case VMT_WOKEN_END: return EXIT_ANSWERED;
		case VMT_WOKEN_KEY:
			if (!on_key(o, &press))
				return EXIT_ANSWERED;
			break;
		case VMT_WOKEN_TIME:
		case VMT_WOKEN_RESIZE: break;
		}
	}
}

static int run_screen(struct live *l)
{
	struct loop o = {.live = l};
	struct vmt_err err = {0};
	bool color;
	int code = view_color(l->run, &color), sig;

	if (code == 0 && !isatty(STDOUT_FILENO)) {
		message("live draws on a terminal, and standard output is none: --once prints");
		code = EXIT_USAGE;
	}
	if (code == 0)
		code = update(l);
	if (code)
		return code;
	if (vmt_screen_open(&o.screen, color, &err) != VMT_OK)
		return complain(&err);
	live_hush(l);
	code = run_loop(&o);
	sig = vmt_screen_close(o.screen);
	live_unhush(l);
	vmt_grid_deinit(&o.grid);
	if (sig) {
		/* Who started us shall see what ended us. */
		(void)signal(sig, SIG_DFL);
		(void)raise(sig);
	}
	if (code == EXIT_ANSWERED && l->about.problem[0]) {
		message("%s", l->about.problem);
		code = EXIT_IN_PART;
	}
	return code;
}

static int run(struct run *r)
{
	struct live l = {.run = r, .hushed = -1, .stderr_before = -1};
	struct vmt_tui_opts o = {0};
	uint64_t count;
	int code = parse_options(&l, &o, &count);

	if (code == 0)
		code = live_open(&l);
	if (code == 0)
		code = first_reading(&l);
	if (code == 0)
		code = o.once ? print_once(&l, o.interval, count) : run_screen(&l);
	live_close(&l);
	return code;
}

const struct cmd cmd_live = {
	.name = "live",
	.group = "Look",
	.summary = "A screen that shows who fills vmalloc space, as it happens.",
	.operands = "[DIR|FILE ...]",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.max_args = 1 << 20,
	.takes_source = true,
	.symbols = true,
	.run = run,
};
