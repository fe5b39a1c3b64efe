// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The terminal, and nothing else: a grid goes out, keys, signals and sizes come in.
 *
 * ncurses is opened when the live view begins: linking it would cost every start of every command a
 * fifth of a millisecond, more than most of them need for their answer.
 */
#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <curses.h>

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vmtool/tui.h"

#define STR(x)	#x
#define XSTR(x) STR(x)
#define LIBRARY "libncursesw.so." XSTR(NCURSES_VERSION_MAJOR)

/*
 * Colours by their contrast: each is between 3.8:1 and 5.5:1 on black as on white, so that whoever
 * has which background can read it.  Terminals with eight colours have only two such.
 */
static const struct {
	short of256, of8; /* -1: the terminal's own */
	uint32_t rgb;
} palette[VMT_COLOR_COUNT] = {
	[VMT_COLOR_NONE] = {-1, -1, 0},
	[VMT_COLOR_RED] = {160, COLOR_RED, 0xd70000},
	[VMT_COLOR_GREEN] = {28, -1, 0x008700},
	[VMT_COLOR_ORANGE] = {130, -1, 0xaf5f00},
	[VMT_COLOR_BLUE] = {27, -1, 0x005fff},
	[VMT_COLOR_MAGENTA] = {163, COLOR_MAGENTA, 0xd700af},
	[VMT_COLOR_CYAN] = {30, -1, 0x008787},
	[VMT_COLOR_GRAY] = {243, -1, 0x767676},
};

uint32_t vmt_screen_rgb(enum vmt_color color)
{
	return palette[color].rgb;
}

/* What is used of the library. */
struct curses {
	/* Of <term.h>, whose macros have names like lines and columns. */
	int (*setupterm)(const char *term, int fd, int *why);
	struct term *(*set_curterm)(struct term *);
	int (*del_curterm)(struct term *);
	__typeof__(tigetstr) *tigetstr;
	__typeof__(newterm) *newterm;
	__typeof__(delscreen) *delscreen;
	__typeof__(endwin) *endwin;
	__typeof__(newwin) *newwin;
	__typeof__(delwin) *delwin;
	__typeof__(wresize) *wresize;
	__typeof__(resizeterm) *resizeterm;
	__typeof__(cbreak) *cbreak;
	__typeof__(noecho) *noecho;
	__typeof__(nonl) *nonl;
	__typeof__(keypad) *keypad;
	__typeof__(nodelay) *nodelay;
	__typeof__(curs_set) *curs_set;
	__typeof__(set_escdelay) *set_escdelay;
	__typeof__(has_colors) *has_colors;
	__typeof__(start_color) *start_color;
	__typeof__(use_default_colors) *use_default_colors;
	__typeof__(init_pair) *init_pair;
	__typeof__(mousemask) *mousemask;
	__typeof__(mouseinterval) *mouseinterval;
	__typeof__(getmouse) *getmouse;
	__typeof__(wget_wch) *wget_wch;
	__typeof__(wattr_set) *wattr_set;
	__typeof__(mvwaddnwstr) *mvwaddnwstr;
	__typeof__(clearok) *clearok;
	__typeof__(wnoutrefresh) *wnoutrefresh;
	__typeof__(doupdate) *doupdate;
	int *colors; /* COLORS */
};

#define NAMED(f)                               \
	{                                      \
#f, offsetof(struct curses, f) \
	}
static const struct {
	const char *name;
	size_t at;
} functions[] = {
	NAMED(newterm),	      NAMED(delscreen),
	NAMED(endwin),	      NAMED(newwin),
	NAMED(delwin),	      NAMED(wresize),
	NAMED(resizeterm),    NAMED(cbreak),
	NAMED(noecho),	      NAMED(nonl),
	NAMED(keypad),	      NAMED(nodelay),
	NAMED(curs_set),      NAMED(set_escdelay),
	NAMED(has_colors),    NAMED(start_color),
	NAMED(init_pair),     NAMED(use_default_colors),
	NAMED(mousemask),     NAMED(getmouse),
	NAMED(mouseinterval), NAMED(wget_wch),
	NAMED(wattr_set),     NAMED(mvwaddnwstr),
	NAMED(wnoutrefresh),  NAMED(clearok),
	NAMED(setupterm),     NAMED(set_curterm),
	NAMED(del_curterm),   NAMED(tigetstr),
	NAMED(doupdate),      {"COLORS", offsetof(struct curses, colors)},
};

/* Signals that are told to vmt_screen_wait; there is one terminal, so there is one set of flags. */
static volatile sig_atomic_t ended, stopped, continued, resized;
static __typeof__(endwin) *volatile end_now;

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
#define CAUGHT (sizeof(caught) / sizeof(caught[0]))

struct vmt_screen {
	struct curses c;
	void *library;
	SCREEN *screen;
	WINDOW *window;
	FILE *tty; /* opened when standard input is none */
	int in;
	int rows, cols;
	bool color;
	unsigned silent; /* times in a row that input was promised and did not come */
	struct sigaction before[CAUGHT];
	sigset_t set;
};

static void on_signal(int sig)
{
	switch (sig) {
	case SIGTSTP: stopped = 1; break;
	case SIGCONT: continued = 1; break;
	case SIGWINCH: resized = 1; break;
	default:
		/* Told twice, and still here: the source keeps us waiting. */
		if (ended) {
			if (end_now)
				(void)end_now();
			_exit(128 + sig);
		}
		ended = sig;
	}
}

static void catch_signals(struct vmt_screen *s)
{
	struct sigaction act = {.sa_handler = on_signal};

	ended = stopped = continued = resized = 0;
	(void)sigemptyset(&s->set);
	for (size_t i = 0; i < CAUGHT; i++)
		(void)sigaddset(&s->set, caught[i]);
	/* Reading a source goes on when the window is resized. */
	act.sa_flags = SA_RESTART;
	for (size_t i = 0; i < CAUGHT; i++) {
		(void)sigaction(caught[i], &act, &s->before[i]);
		/* Ignored by whom started us, as nohup does: it stays so. */
		if (s->before[i].sa_handler == SIG_IGN && caught[i] != SIGWINCH)
			(void)sigaction(caught[i], &s->before[i], NULL);
	}
}

static void release_signals(const struct vmt_screen *s)
{
	for (size_t i = 0; i < CAUGHT; i++)
		(void)sigaction(caught[i], &s->before[i], NULL);
}

/* ---- open ---- */

static enum vmt_rc load(struct vmt_screen *s, struct vmt_err *err)
{
	s->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!s->library)
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   LIBRARY " (ncurses) is needed for the live view and is not "
					   "there; --once needs it not");
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *p = dlsym(s->library, functions[i].name);

		if (!p)
			return vmt_err_set(err, VMT_UNSUPPORTED, LIBRARY " has no %s",
					   functions[i].name);
		memcpy((char *)&s->c + functions[i].at, &p, sizeof(p));
	}
	return VMT_OK;
}

static void measure(struct vmt_screen *s)
{
	struct winsize ws;

	s->rows = 24;
	s->cols = 80;
	if (ioctl(s->in, TIOCGWINSZ, &ws) == 0 && ws.ws_row && ws.ws_col) {
		s->rows = ws.ws_row;
		s->cols = ws.ws_col;
	}
}

static void set_colors(struct vmt_screen *s)
{
	bool many;

	if (!s->c.has_colors() || s->c.start_color() == ERR || s->c.use_default_colors() == ERR) {
		s->color = false;
		return;
	}
	many = *s->c.colors >= 256;
	for (short i = 1; i < VMT_COLOR_COUNT; i++)
		(void)s->c.init_pair(i, many ? palette[i].of256 : palette[i].of8, -1);
}

/* newterm() takes any terminal, and would draw on one that cannot go back to the first line. */
static enum vmt_rc ask_terminal(struct vmt_screen *s, struct vmt_err *err)
{
	enum { HARDCOPY = 1 };
	const char *term = getenv("TERM"), *cup;
	struct term *asked;
	int why = 0;
	bool known = s->c.setupterm(NULL, STDOUT_FILENO, &why) == OK, moves = false;

	if (known) {
		cup = s->c.tigetstr("cup");
		/* -1: of a capability that is no string. */
		moves = cup && cup != (const char *)-1 && *cup;
	}
	asked = s->c.set_curterm(NULL);
	if (asked)
		(void)s->c.del_curterm(asked);
	if (!known && why != HARDCOPY)
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "the terminal '%s' is not known here: TERM=xterm may do, --once "
				   "prints",
				   term ? term : "");
	if (!moves)
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "live needs a terminal whose cursor can be moved, not '%s': "
				   "--once prints",
				   term ? term : "");
	return VMT_OK;
}

static enum vmt_rc take(struct vmt_screen *s, struct vmt_err *err)
{
	FILE *in = stdin;

	if (!isatty(STDIN_FILENO)) {
		s->tty = fopen("/dev/tty", "r+");
		if (!s->tty)
			return vmt_err_set(err, VMT_IO,
					   "/dev/tty: %s: keys must come from somewhere",
					   strerror(errno));
		in = s->tty;
	}
	s->in = fileno(in);
	catch_signals(s);
	s->screen = s->c.newterm(NULL, stdout, in);
	if (!s->screen)
		return vmt_err_nomem(err);
	end_now = s->c.endwin;
	measure(s);
	(void)s->c.resizeterm(s->rows, s->cols);
	s->window = s->c.newwin(0, 0, 0, 0);
	if (!s->window)
		return vmt_err_nomem(err);
	(void)s->c.cbreak();
	(void)s->c.noecho();
	(void)s->c.nonl();
	(void)s->c.keypad(s->window, true);
	(void)s->c.nodelay(s->window, true);
	(void)s->c.curs_set(0);
	(void)s->c.set_escdelay(25);
	(void)s->c.mouseinterval(0);
	(void)s->c.mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	if (s->color)
		set_colors(s);
	return VMT_OK;
}

enum vmt_rc vmt_screen_open(struct vmt_screen **out, bool color, struct vmt_err *err)
{
	struct vmt_screen *s = calloc(1, sizeof(*s));
	enum vmt_rc rc;

	*out = NULL;
	if (!s)
		return vmt_err_nomem(err);
	s->color = color;
	s->in = -1;
	rc = load(s, err);
	if (rc == VMT_OK)
		rc = ask_terminal(s, err);
	if (rc == VMT_OK)
		rc = take(s, err);
	if (rc == VMT_OK)
		*out = s;
	else
		(void)vmt_screen_close(s);
	return rc;
}

int vmt_screen_close(struct vmt_screen *s)
{
	int sig = ended;

	if (!s)
		return 0;
	if (s->window)
		(void)s->c.delwin(s->window);
	if (s->screen) {
		(void)s->c.endwin();
		s->c.delscreen(s->screen);
	}
	end_now = NULL;
	if (s->in >= 0)
		release_signals(s);
	if (s->tty)
		(void)fclose(s->tty);
	/* The library stays: it keeps what it allocated, and would lose it. */
	free(s);
	return sig;
}

void vmt_screen_size(const struct vmt_screen *s, int *rows, int *cols)
{
	*rows = s->rows;
	*cols = s->cols;
}

void vmt_screen_redraw(struct vmt_screen *s)
{
	(void)s->c.clearok(s->window, true);
}

/* ---- out ---- */

static attr_t attributes(struct vmt_style style)
{
	attr_t a = A_NORMAL;

	if (style.attr & VMT_ATTR_BOLD)
		a |= A_BOLD;
	if (style.attr & VMT_ATTR_REVERSE)
		a |= A_REVERSE;
	if (style.attr & VMT_ATTR_UNDERLINE)
		a |= A_UNDERLINE;
	return a;
}

void vmt_screen_show(struct vmt_screen *s, const struct vmt_grid *grid)
{
	wchar_t run[512];

	for (int row = 0; row < grid->rows; row++) {
		const struct vmt_glyph *g = &grid->cells[row * grid->cols];

		for (int col = 0; col < grid->cols;) {
			struct vmt_style style = g[col].style;
			int n = 0;

			while (col + n < grid->cols && n < 512 &&
			       g[col + n].style.color == style.color &&
			       g[col + n].style.attr == style.attr) {
				run[n] = (wchar_t)g[col + n].c;
				n++;
			}
			(void)s->c.wattr_set(s->window, attributes(style),
					     s->color ? (short)style.color : 0, NULL);
			(void)s->c.mvwaddnwstr(s->window, row, col, run, n);
			col += n;
		}
	}
	(void)s->c.wnoutrefresh(s->window);
	(void)s->c.doupdate();
}

/* ---- in ---- */

static uint32_t key_of(struct vmt_screen *s, wint_t code, struct vmt_press *press)
{
	MEVENT m;

	switch (code) {
	case KEY_UP: return VMT_KEY_UP;
	case KEY_DOWN: return VMT_KEY_DOWN;
	case KEY_LEFT: return VMT_KEY_LEFT;
	case KEY_RIGHT: return VMT_KEY_RIGHT;
	case KEY_PPAGE: return VMT_KEY_PGUP;
	case KEY_NPAGE: return VMT_KEY_PGDN;
	case KEY_HOME: return VMT_KEY_HOME;
	case KEY_END: return VMT_KEY_END;
	case KEY_BTAB: return VMT_KEY_BACKTAB;
	case KEY_BACKSPACE: return VMT_KEY_BACKSPACE;
	case KEY_ENTER: return VMT_KEY_ENTER;
	case KEY_MOUSE:
		if (s->c.getmouse(&m) != OK)
			return VMT_KEY_NONE;
		press->row = m.y;
		press->col = m.x;
		return m.bstate & BUTTON1_PRESSED   ? VMT_KEY_CLICK
		       : m.bstate & BUTTON4_PRESSED ? VMT_KEY_WHEEL_UP
		       : m.bstate & BUTTON5_PRESSED ? VMT_KEY_WHEEL_DOWN
						    : VMT_KEY_NONE;
	default: break;
	}
	if (code > KEY_F(0) && code <= KEY_F(12))
		return VMT_KEY_F1 + (uint32_t)(code - KEY_F(1));
	return VMT_KEY_NONE;
}

bool vmt_screen_pending(struct vmt_screen *s, struct vmt_press *press)
{
	wint_t code;
	int rc;

	for (;;) {
		rc = s->c.wget_wch(s->window, &code);
		if (rc == ERR)
			return false;
		*press = (struct vmt_press){.key = (uint32_t)code};
		if (rc == KEY_CODE_YES)
			press->key = key_of(s, code, press);
		else if (code == '\r')
			press->key = VMT_KEY_ENTER;
		else if (code == 127 || code == 8)
			press->key = VMT_KEY_BACKSPACE;
		if (press->key != VMT_KEY_NONE)
			return true;
	}
}

static void resize(struct vmt_screen *s)
{
	measure(s);
	(void)s->c.resizeterm(s->rows, s->cols);
	(void)s->c.wresize(s->window, s->rows, s->cols);
	vmt_screen_redraw(s);
}

/* As a shell expects it: the terminal is given back, and taken again when we are continued. */
static void stop(struct vmt_screen *s)
{
	struct sigaction act = {.sa_handler = SIG_DFL}, ours;
	sigset_t tstp, before;

	(void)s->c.endwin();
	(void)sigaction(SIGTSTP, &act, &ours);
	(void)raise(SIGTSTP);
	(void)sigemptyset(&tstp);
	(void)sigaddset(&tstp, SIGTSTP);
	(void)sigprocmask(SIG_UNBLOCK, &tstp, &before); /* here it stops */
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)sigaction(SIGTSTP, &ours, NULL);
}

/* What signals brought; the next doupdate takes the terminal again after endwin. */
static bool told(struct vmt_screen *s)
{
	bool any = false;

	if (stopped) {
		stopped = 0;
		stop(s);
		continued = 1;
	}
	if (continued) {
		continued = 0;
		(void)s->c.endwin();
		resized = 1;
	}
	if (resized) {
		resized = 0;
		resize(s);
		any = true;
	}
	return any;
}

static enum vmt_woken listen(struct vmt_screen *s, int ms, const sigset_t *open,
			     struct vmt_press *press)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	struct pollfd fd = {.fd = s->in, .events = POLLIN};
	int n;

	if (ended)
		return VMT_WOKEN_END;
	if (told(s))
		return VMT_WOKEN_RESIZE;
	if (vmt_screen_pending(s, press))
		return VMT_WOKEN_KEY;
	n = ppoll(&fd, 1, ms < 0 ? NULL : &ts, open);
	if (ended)
		return VMT_WOKEN_END;
	if (told(s))
		return VMT_WOKEN_RESIZE;
	if (n <= 0)
		return VMT_WOKEN_TIME;
	if (vmt_screen_pending(s, press)) {
		s->silent = 0;
		return VMT_WOKEN_KEY;
	}
	if (fd.revents & (POLLHUP | POLLERR | POLLNVAL) || ++s->silent > 50)
		return VMT_WOKEN_END;
	return VMT_WOKEN_TIME;
}

enum vmt_woken vmt_screen_wait(struct vmt_screen *s, int ms, struct vmt_press *press)
{
	enum vmt_woken woken;
	sigset_t open;

	/* None may come between looking and waiting. */
	(void)sigprocmask(SIG_BLOCK, &s->set, &open);
	woken = listen(s, ms, &open, press);
	(void)sigprocmask(SIG_SETMASK, &open, NULL);
	return woken;
}
