// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * model, the part about time: the same groups at many times, whether a number grows, and its shape
 * as a line of text.
 */
#ifndef VMTOOL_MODEL_SERIES_H
#define VMTOOL_MODEL_SERIES_H

#include "vmtool/model.h"

/* ---- series ------------------------------------------------------------------------------- */

/** What of a group is looked at over time. */
enum vmt_measure {
	VMT_MEASURE_SIZE,     /* bytes of address space: what every area has */
	VMT_MEASURE_RESIDENT, /* bytes of RAM */
	VMT_MEASURE_AREAS,    /* a count */
	VMT_MEASURE_COUNT
};
/** "size", "resident", "areas". */
const char *vmt_measure_name(enum vmt_measure measure);
bool vmt_measure_parse(const char *name, enum vmt_measure *measure);

/**
 * The same groups at many times.  Kept are changes, not values: what does not change costs nothing.
 * At most max_points moments are kept; when there would be more, every second one is dropped, and
 * from then on only every second, fourth, ... new one stays, beside the newest.
 */
struct vmt_series;

/** @max_points: at least 4, even. */
struct vmt_series *vmt_series_new(size_t max_points);
void vmt_series_free(struct vmt_series *series);
/**
 * A new moment.  A key of an earlier one that @groups do not have has nothing now.
 * @at: seconds on any clock; not before the last one's.
 */
enum vmt_rc vmt_series_add(struct vmt_series *series, double at, const struct vmt_groups *groups);
/** Moments kept. */
size_t vmt_series_points(const struct vmt_series *series);
double vmt_series_at(const struct vmt_series *series, size_t point);
size_t vmt_series_keys(const struct vmt_series *series);
struct vmt_str vmt_series_key(const struct vmt_series *series, size_t key);
/** Number of a key; false when it was never there. */
bool vmt_series_find(const struct vmt_series *series, struct vmt_str name, size_t *key);
/** What the memory is for, or NULL. */
const char *vmt_series_what(const struct vmt_series *series, size_t key);
/** Key of the sum of all groups. */
#define VMT_SERIES_TOTAL SIZE_MAX
/** One value for each point, into @values; 0 where the key was not there. */
void vmt_series_values(const struct vmt_series *series, size_t key, enum vmt_measure measure,
		       double *values);

/* ---- statistics --------------------------------------------------------------------------- */

/** The median; of an even number the mean of the middle two.  Reorders @v; n > 0. */
double vmt_stat_median(double *v, size_t n);
/**
 * Theil and Sen's slope: the median of the slopes of all pairs, which up to 29% of wild values
 * cannot move.  O(n^2): for at most VMT_STAT_PAIRED points.  Pairs at the same time are left out.
 * @scratch: room for n (n - 1) / 2 numbers.
 */
double vmt_stat_theil_sen(const double *at, const double *y, size_t n, double *scratch);
#define VMT_STAT_PAIRED 256

/** Kendall's rank correlation of y with its order. */
struct vmt_kendall {
	/** tau-b: 1 where no later value is less, -1 where none is greater; 0 where all are equal.
	 */
	double tau;
	/** Standard deviations of S from what chance gives, ties taken into account. */
	double z;
};
/** O(n log n).  @scratch: room for 2 n numbers. */
struct vmt_kendall vmt_stat_kendall(const double *y, size_t n, double *scratch);

/* ---- does it grow? ------------------------------------------------------------------------- */

enum vmt_trend_verdict {
	VMT_TREND_UNKNOWN,  /* too few points */
	VMT_TREND_FLAT,	    /* no direction */
	VMT_TREND_GROWTH,   /* steady, and to the end */
	VMT_TREND_DECLINE,  /* the same downwards */
	VMT_TREND_STEP,	    /* one level, then another */
	VMT_TREND_LEVELLED, /* grew (or fell), and stopped */
	VMT_TREND_SAWTOOTH, /* up and down, again and again */
	VMT_TREND_SPIKE,    /* up once, and back */
};
/** "steady growth", "sawtooth", ... */
const char *vmt_trend_verdict_name(enum vmt_trend_verdict verdict);

/** Points below which there is no verdict. */
#define VMT_TREND_POINTS 8
/** Into how many parts, of equally many points, a series is cut to see whether it rises in each. */
#define VMT_TREND_PARTS 8

/** A verdict and what it rests on.  Values have the unit of the series, times are its seconds. */
struct vmt_trend {
	enum vmt_trend_verdict verdict;
	size_t points;
	double first, last, low, high;
	/** Theil-Sen, per second. */
	double slope;
	struct vmt_kendall kendall;
	/** Standard deviation of what is left between one point and the next, robust. */
	double noise;
	/** Parts, and from how many to the next the median rose, fell, and the lowest value rose.
	 */
	size_t parts, rising, falling, floor_rising;
	/** Falls and rises of more than a quarter of the range. */
	size_t falls, rises;
	/** Growth is that of the floor of a sawtooth. */
	bool floor;
	/** Growth: when it began.  Step: when.  Levelled: when it ended. */
	double when;
	/** Step: the change of level. */
	double step;
};

/**
 * Judge a series.
 *
 * Growth is: Kendall's z at least 3 and tau at least 0.5; the medians of the parts rise from one to
 * the next in five of seven; from first part to last they rise by 4 times their noise and by a
 * quarter of the range; a line explains the points better than one step, or a tenth of them lie
 * between the levels; and the last quarter still rises, at a fourth of the pace or more: else it
 * has levelled off.  Where it falls back again and again, the lowest values of the parts are asked
 * instead: a leak under a sawtooth lifts its floor.  What follows a step, or a long time without
 * direction, is judged for itself: a leak may begin late.  A decline is growth upside down.
 *
 * Slope and step are computed from at most VMT_STAT_PAIRED points: of more, the medians of runs of
 * equally many take their place.  All is deterministic, O(n log n) + O(VMT_STAT_PAIRED^2).
 * @at: rising.
 * @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_trend_judge(const double *at, const double *y, size_t n, struct vmt_trend *trend);

/* ---- sparklines --------------------------------------------------------------------------- */

/** Bytes that a sparkline of @width characters needs, its NUL included. */
#define VMT_SPARK_BYTES(width) (3 * (size_t)(width) + 1)

/**
 * The shape of @values, in order of time, as text: one character for each value, or, when there are
 * more than @width, one for the mean of as many as fall on it.  The lowest character is the least
 * of what is shown, the highest the greatest; where nothing changes all are of middle height.
 * A value that is not finite leaves a blank.
 * @utf8: block elements; else ASCII.
 * @return characters written, at most @width and what @size holds; NUL-terminated.
 */
size_t vmt_spark(char *buf, size_t size, const double *values, size_t n, size_t width, bool utf8);

#endif
