// SPDX-License-Identifier: GPL-2.0-or-later
/* Does a row of numbers grow?  A verdict with its evidence: see vmt_trend_judge. */
#include <string.h>

#include "vmtool/model_series.h"

/* The standard deviation of normal noise is this often its median distance from the median. */
#define MAD_TO_DEVIATION 1.4826
/* Of the difference of two neighbours it is sqrt(2) times that of one. */
#define ROOT_2 1.4142135623730951

static const char *const names[] = {
	"too few samples", "flat",     "steady growth", "steady decline", "step",
	"levelled off",	   "sawtooth", "spike",
};

const char *vmt_trend_verdict_name(enum vmt_trend_verdict verdict)
{
	return names[verdict];
}

/* What is worked on, and with. */
struct work {
	/* All points. */
	const double *at, *y;
	size_t n;
	/* At most VMT_STAT_PAIRED of them, or medians of runs. */
	double *rat, *ry;
	size_t m;
	/* Room for the most that is asked for. */
	double *scratch;
	/* Of all points, and noise of one reduced point. */
	double range, noise;
	/* Medians and lowest values of the parts. */
	size_t parts;
	double mid[VMT_TREND_PARTS], floor[VMT_TREND_PARTS];
	/* One step: first point behind it, both levels, and what is left, squared. */
	size_t step;
	double before, after, step_left, line_left, left;
};

static double distance(double a, double b)
{
	return a > b ? a - b : b - a;
}

static double median_of(struct work *w, const double *v, size_t n)
{
	memcpy(w->scratch, v, n * sizeof(*v));
	return vmt_stat_median(w->scratch, n);
}

/* ---- figures ---- */

static void reduce(struct work *w)
{
	w->m = w->n < VMT_STAT_PAIRED ? w->n : VMT_STAT_PAIRED;
	for (size_t i = 0; i < w->m; i++) {
		size_t from = i * w->n / w->m, to = (i + 1) * w->n / w->m;

		w->rat[i] = median_of(w, w->at + from, to - from);
		w->ry[i] = median_of(w, w->y + from, to - from);
	}
}

/* Robust noise of one point: how far neighbours are apart, beside what all of them rise by. */
static double noise_of(struct work *w)
{
	double *d = w->scratch, middle;

	for (size_t i = 1; i < w->n; i++)
		d[i - 1] = w->y[i] - w->y[i - 1];
	middle = vmt_stat_median(d, w->n - 1);
	for (size_t i = 0; i + 1 < w->n; i++)
		d[i] = distance(d[i], middle);
	return MAD_TO_DEVIATION / ROOT_2 * vmt_stat_median(d, w->n - 1);
}

static void cut_parts(struct work *w, struct vmt_trend *t)
{
	w->parts = w->n >= 2 * VMT_TREND_PARTS ? VMT_TREND_PARTS : VMT_TREND_PARTS / 2;
	for (size_t p = 0; p < w->parts; p++) {
		size_t from = p * w->n / w->parts, to = (p + 1) * w->n / w->parts;

		w->mid[p] = median_of(w, w->y + from, to - from);
		w->floor[p] = w->y[from];
		for (size_t i = from; i < to; i++)
			w->floor[p] = w->y[i] < w->floor[p] ? w->y[i] : w->floor[p];
	}
	t->parts = w->parts;
	for (size_t p = 1; p < w->parts; p++) {
		t->rising += w->mid[p] > w->mid[p - 1];
		t->falling += w->mid[p] < w->mid[p - 1];
		t->floor_rising += w->floor[p] > w->floor[p - 1];
	}
}

/* Falls and rises of at least @least, from each extreme to the next. */
static void count_swings(const struct work *w, double least, struct vmt_trend *t)
{
	double low = w->ry[0], high = w->ry[0];
	int way = 0;

	for (size_t i = 1; i < w->m; i++) {
		double v = w->ry[i];

		high = v > high ? v : high;
		low = v < low ? v : low;
		if (way <= 0 && v - low >= least) {
			t->rises++;
			way = 1;
			high = v;
		} else if (way >= 0 && high - v >= least) {
			t->falls++;
			way = -1;
			low = v;
		}
		/* While it goes one way, only the extreme of that way counts. */
		if (way > 0)
			low = high;
		else if (way < 0)
			high = low;
	}
}

/* What a line by least squares, the best single step, and no model leave unexplained. */
static void fit(struct work *w)
{
	double n = (double)w->m, st = 0, sy = 0, stt = 0, sty = 0, syy = 0, left_sum = 0;
	double t0 = w->rat[0], y0 = w->ry[0], best = -1;

	for (size_t i = 0; i < w->m; i++) {
		double t = w->rat[i] - t0, y = w->ry[i] - y0;

		st += t;
		sy += y;
		stt += t * t;
		sty += t * y;
		syy += y * y;
	}
	w->left = syy - sy * sy / n;
	w->line_left = w->left;
	if (stt - st * st / n > 0)
		w->line_left -= (sty - st * sy / n) * (sty - st * sy / n) / (stt - st * st / n);
	/* The step explains most where the squares between both levels are greatest. */
	for (size_t i = 1; i < w->m; i++) {
		double k = (double)i, between, a, b;

		left_sum += w->ry[i - 1] - y0;
		a = left_sum / k;
		b = (sy - left_sum) / (n - k);
		between = k * (n - k) / n * (a - b) * (a - b);
		if (between > best) {
			best = between;
			w->step = i;
			w->before = a + y0;
			w->after = b + y0;
		}
	}
	w->step_left = w->left - best;
}

/* ---- verdicts ---- */

/* From the first of @v[0, n) to the last it rises more than noise and range allow for. */
static bool lifts(const struct work *w, const double *v, size_t n, double share)
{
	double rise = v[n - 1] - v[0];
	double each = (double)w->n / (double)w->parts, noise = w->noise;

	/* The deviation of a median of k is about 1.25 / sqrt(k); 1 / k is less than that squared.
	 */
	for (double k = 4; k <= each; k *= 4)
		noise /= 2;
	return rise > 0 && rise >= 4 * 1.25 * noise && rise >= share * w->range;
}

static bool still_rises(const struct work *w)
{
	const double *v = w->mid;
	size_t n = w->parts, late = n / 4;
	double pace = (v[n - 1] - v[0]) / (double)(n - 1);

	return v[n - 1] - v[n - 1 - late] >= pace * (double)late / 4;
}

/* Between the levels of the first and the last part it took its time. */
static bool is_gradual(const struct work *w)
{
	double from = w->mid[0], rise = w->mid[w->parts - 1] - from;
	size_t between = 0;

	if (rise < 6 * w->noise)
		return false;
	for (size_t i = 0; i < w->m; i++)
		between += w->ry[i] > from + rise / 4 && w->ry[i] < from + rise * 3 / 4;
	return between >= 3 && between * 10 >= w->m;
}

static bool has_direction(const struct work *w, const struct vmt_trend *t)
{
	return t->kendall.z >= 3 && t->kendall.tau >= 0.5 && t->falls < 2 &&
	       lifts(w, w->mid, w->parts, 0.25);
}

static bool is_steady(const struct work *w, const struct vmt_trend *t)
{
	return has_direction(w, t) && t->rising * 7 >= 5 * (w->parts - 1) && still_rises(w) &&
	       (w->line_left <= w->step_left || is_gradual(w));
}

static bool is_levelled(const struct work *w, const struct vmt_trend *t)
{
	return has_direction(w, t) && !still_rises(w) && is_gradual(w);
}

/* A sawtooth whose lowest values rise from part to part. */
static bool floor_rises(const struct work *w, const struct vmt_trend *t)
{
	return t->falls >= 2 && t->kendall.z >= 3 && t->floor_rising + 2 >= w->parts &&
	       lifts(w, w->floor, w->parts, 0.2);
}

/* Smooth, or slow up and quick down (or the other way round): not mere noise. */
static bool has_shape(const struct work *w)
{
	double moved = 0;
	size_t up = 0, down = 0;

	for (size_t i = 1; i < w->m; i++) {
		double d = w->ry[i] - w->ry[i - 1];

		moved += d * d;
		up += d > 0;
		down += d < 0;
	}
	/* Von Neumann's ratio is 2 for noise. */
	return moved < w->left || up * 7 < down * 3 || down * 7 < up * 3;
}

static bool is_step(const struct work *w)
{
	double change = distance(w->after, w->before);

	return !is_gradual(w) && w->step_left <= 0.35 * w->left && change >= 3 * w->noise &&
	       change >= 0.4 * w->range;
}

static void judge_shape(const struct work *w, struct vmt_trend *t)
{
	size_t swings = t->falls < t->rises ? t->falls : t->rises;

	if (is_step(w)) {
		t->verdict = VMT_TREND_STEP;
		t->step = w->after - w->before;
		t->when = w->rat[w->step];
	} else if (swings >= 2 && has_shape(w)) {
		t->verdict = VMT_TREND_SAWTOOTH;
	} else if (swings == 1 && has_shape(w)) {
		t->verdict = VMT_TREND_SPIKE;
	} else {
		t->verdict = VMT_TREND_FLAT;
	}
}

/* When it reached nine tenths of what it rose by. */
static double levelled_at(const struct work *w)
{
	double goal = w->mid[0] + 0.9 * (w->mid[w->parts - 1] - w->mid[0]);

	for (size_t i = 0; i < w->m; i++) {
		if (w->ry[i] >= goal)
			return w->rat[i];
	}
	return w->rat[w->m - 1];
}

static enum vmt_rc judge(const double *at, const double *y, size_t n, struct vmt_trend *t,
			 bool tail);

/* A leak may begin late: what follows a step is asked for itself. */
static enum vmt_rc judge_tail(const struct work *w, struct vmt_trend *t)
{
	struct vmt_trend late;
	size_t from = w->step * w->n / w->m, n = w->n - from;
	enum vmt_rc rc;

	if (n < 2 * VMT_TREND_PARTS || n * 8 < w->n)
		return VMT_OK;
	rc = judge(w->at + from, w->y + from, n, &late, true);
	if (rc != VMT_OK || late.verdict != VMT_TREND_GROWTH)
		return rc;
	t->verdict = VMT_TREND_GROWTH;
	t->slope = late.slope;
	t->kendall = late.kendall;
	t->parts = late.parts;
	t->rising = late.rising;
	t->falling = late.falling;
	t->floor = late.floor;
	t->floor_rising = late.floor_rising;
	t->when = w->at[from];
	return VMT_OK;
}

static enum vmt_rc judge_points(struct work *w, struct vmt_trend *t, bool tail)
{
	enum vmt_rc rc = VMT_OK;

	w->range = t->high - t->low;
	w->noise = t->noise = noise_of(w);
	reduce(w);
	t->slope = vmt_stat_theil_sen(w->rat, w->ry, w->m, w->scratch);
	t->kendall = vmt_stat_kendall(w->y, w->n, w->scratch);
	cut_parts(w, t);
	/* The extremes of noise alone lie four to seven deviations apart. */
	count_swings(w, w->range / 4 > 7 * w->noise ? w->range / 4 : 7 * w->noise, t);
	fit(w);
	if (floor_rises(w, t) && still_rises(w)) {
		t->verdict = VMT_TREND_GROWTH;
		t->floor = true;
	} else if (is_steady(w, t)) {
		t->verdict = VMT_TREND_GROWTH;
	} else if (is_levelled(w, t)) {
		t->verdict = VMT_TREND_LEVELLED;
		t->when = levelled_at(w);
	} else {
		judge_shape(w, t);
		if (!tail && (t->verdict == VMT_TREND_STEP || t->verdict == VMT_TREND_FLAT))
			rc = judge_tail(w, t);
	}
	return rc;
}

static enum vmt_rc judge(const double *at, const double *y, size_t n, struct vmt_trend *t,
			 bool tail)
{
	size_t m = n < VMT_STAT_PAIRED ? n : VMT_STAT_PAIRED;
	size_t pairs = m * (m - 1) / 2, scratch = pairs > 2 * n ? pairs : 2 * n;
	struct work w = {.at = at, .y = y, .n = n};
	enum vmt_rc rc;

	*t = (struct vmt_trend){.points = n, .first = y[0], .last = y[n - 1], .when = at[0]};
	t->low = t->high = y[0];
	for (size_t i = 1; i < n; i++) {
		t->low = y[i] < t->low ? y[i] : t->low;
		t->high = y[i] > t->high ? y[i] : t->high;
	}
	if (n < VMT_TREND_POINTS || !(t->high > t->low)) {
		t->verdict = n < VMT_TREND_POINTS ? VMT_TREND_UNKNOWN : VMT_TREND_FLAT;
		return VMT_OK;
	}
	w.scratch = malloc((scratch + 2 * m) * sizeof(double));
	if (!w.scratch)
		return VMT_NOMEM;
	w.rat = w.scratch + scratch;
	w.ry = w.rat + m;
	rc = judge_points(&w, t, tail);
	free(w.scratch);
	return rc;
}

static double flipped(double v)
{
	return v > 0 || v < 0 ? -v : 0;
}

/* What was said of -y, said of y. */
static void flip(struct vmt_trend *t)
{
	double low = t->low;
	size_t n = t->rising;

	t->first = flipped(t->first);
	t->last = flipped(t->last);
	t->low = flipped(t->high);
	t->high = flipped(low);
	t->slope = flipped(t->slope);
	t->kendall.tau = flipped(t->kendall.tau);
	t->kendall.z = flipped(t->kendall.z);
	t->rising = t->falling;
	t->falling = n;
	n = t->rises;
	t->rises = t->falls;
	t->falls = n;
	if (t->verdict == VMT_TREND_GROWTH)
		t->verdict = VMT_TREND_DECLINE;
}

enum vmt_rc vmt_trend_judge(const double *at, const double *y, size_t n, struct vmt_trend *trend)
{
	double *mirror VMT_FREE = NULL;
	struct vmt_trend down;
	enum vmt_rc rc;

	if (!n) {
		*trend = (struct vmt_trend){.verdict = VMT_TREND_UNKNOWN};
		return VMT_OK;
	}
	rc = judge(at, y, n, trend, false);
	/* What falls grows upside down. */
	if (rc != VMT_OK || trend->kendall.tau > -0.5)
		return rc;
	mirror = malloc(n * sizeof(*mirror));
	if (!mirror)
		return VMT_NOMEM;
	for (size_t i = 0; i < n; i++)
		mirror[i] = -y[i];
	rc = judge(at, mirror, n, &down, true);
	if (rc == VMT_OK &&
	    (down.verdict == VMT_TREND_GROWTH || down.verdict == VMT_TREND_LEVELLED)) {
		flip(&down);
		*trend = down;
	}
	return rc;
}
