// SPDX-License-Identifier: GPL-2.0-or-later
/** trend: the series of each boot, judged (trend.c), and how they are shown (trend_show.c). */
#ifndef VMTOOL_TREND_H
#define VMTOOL_TREND_H

#include "cmd.h"
#include "vmtool/model_series.h"

enum {
	COL_KEY,
	COL_BOOT,
	COL_VERDICT,
	COL_FIRST,
	COL_LAST,
	COL_CHANGE,
	COL_PER_HOUR,
	COL_TREND,
	COL_EVIDENCE,
	COL_WHAT,
	COL_LOW,
	COL_HIGH,
	COL_TAU,
	COL_RISING,
	COL_NOISE,
	COL_SAMPLES
};

/** One key in one boot. */
struct trend_row {
	uint32_t boot;
	size_t key;
	struct vmt_trend t;
};

/** One boot's samples that are looked at. */
struct trend_boot {
	struct vmt_series *series;
	/** Samples of it, left out or not. */
	size_t samples;
	double from, to;
	struct vmt_trend total;
	/** With --by owner and the like: its kernel's symbols. */
	struct lookup lookup;
};

struct trend {
	const struct run *run;
	struct view view;
	enum vmt_group_by by;
	enum vmt_measure measure;
	uint64_t count, page_size;
	const char *since, *until;
	struct vmt_samples *samples;
	/** By the numbers that the samples have. */
	struct trend_boot *boots;
	size_t n_boots, n_judged;
	struct trend_row *rows;
	size_t n_rows, cap_rows;
	size_t growing, damaged, odd_samples;
	uint64_t odd_lines;
	struct vmt_err first_damage;
	/** Exit code of what ends everything, after a message; 0. */
	int fatal;
};

/** Print everything. @return exit code. */
int trend_show(struct trend *t);

#endif
