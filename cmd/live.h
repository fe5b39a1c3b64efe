// SPDX-License-Identifier: GPL-2.0-or-later
/** vmtool live, for itself: what is read, and who looks at it. */
#ifndef VMTOOL_LIVE_H
#define VMTOOL_LIVE_H

#include "cmd.h"

#include "vmtool/tui.h"

/** Options of vmtool live that both its files ask about. */
enum { OPT_ONCE = OPT_OWN, OPT_LIVE_OWN };

struct live {
	const struct run *run;
	struct vmt_live *past;
	struct vmt_tui *ui;
	/** Recorded texts, or NULL: one source is read again and again. */
	struct vmt_samples *samples;
	/** The only operand, when it is a memory image or standard input. */
	const char *single;
	struct vmt_tui_about about;
	/** Symbols, once they were asked for. */
	struct source symbols_of;
	struct lookup lookup;
	bool lookup_tried, lookup_open;
	/** Where standard error is while the screen is ours; -1: where it always is. */
	int hushed, stderr_before;
};

/** Recorded texts instead of a source that changes. */
static inline bool live_replays(const struct live *l)
{
	return l->samples || l->single || l->run->opt[OPT_SAMPLE];
}

/** Sort out the operands. @return 0, or an exit code after a message. */
int live_open(struct live *l);
void live_close(struct live *l);
/** Read the source anew, or show recorded text @at. @return 0, or an exit code after a message. */
int live_read(struct live *l);
int live_step(struct live *l, size_t at);
/** Tell the screen what it does not know: owners, inline chains. */
int live_symbols(struct live *l);
/** Write a snapshot of what is read now; what became of it is said on the screen. */
void live_save(struct live *l);

/** Messages go nowhere while the screen is ours. */
void live_hush(struct live *l);
/** The first of those that came since, without its head; "" when there is none. */
void live_heard(struct live *l, char *buf, size_t size);
void live_unhush(struct live *l);

#endif
