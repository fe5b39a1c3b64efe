// SPDX-License-Identifier: GPL-2.0-or-later
/* How far a long work is: a bar on the last line of the terminal, for what takes over half a
 * second. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"

#define BAR	30
#define FIRST	0.5 /* seconds before it is shown */
#define BETWEEN 0.1 /* and from one drawing to the next */

static double now(void)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void progress_begin(struct progress *p, const char *what, uint64_t total)
{
	*p = (struct progress){.what = what, .total = total};
	p->on = isatty(STDERR_FILENO);
	p->started = p->drawn = p->on ? now() : 0;
}

static void draw(struct progress *p, double t)
{
	char bar[BAR + 1];
	double share = (double)p->done / (double)p->total;
	size_t full = (size_t)(BAR * share);

	memset(bar, '.', BAR);
	memset(bar, '#', full < BAR ? full : BAR);
	bar[BAR] = 0;
	(void)fprintf(stderr, "\r%s [%s] %3.0f %%, %.0f s left \033[K", p->what, bar, share * 100,
		      (t - p->started) / share * (1 - share));
	p->drawn = t;
	p->shown = true;
}

void progress_at(struct progress *p, uint64_t done, uint64_t total)
{
	double t;

	p->total = total;
	p->done = done < total ? done : total;
	if (!p->on || !p->done)
		return;
	t = now();
	if (t - p->started >= FIRST && t - p->drawn >= BETWEEN)
		draw(p, t);
}

void progress_step(struct progress *p)
{
	progress_at(p, p->done + 1, p->total);
}

void progress_end(struct progress *p)
{
	if (p->shown)
		(void)fputs("\r\033[K", stderr);
	p->on = p->shown = false;
}
