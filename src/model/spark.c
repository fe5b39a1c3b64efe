// SPDX-License-Identifier: GPL-2.0-or-later
/* The shape of a series as a line of text. */
#include <math.h>
#include <string.h>

#include "vmtool/model_series.h"

#define LEVELS 8

/* U+2581 to U+2588, lower one eighth to full block; in ASCII what looks like rising. */
static const char *const blocks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const ascii[LEVELS] = {"_", ".", "-", "=", "+", "*", "%", "#"};

/* Mean of the finite values among @values[from, to), or not a number. */
static double mean_of(const double *values, size_t from, size_t to)
{
	double mean = 0, k = 0;

	for (size_t i = from; i < to; i++) {
		if (!isfinite(values[i]))
			continue;
		/* Step by step, so that no sum overflows. */
		k++;
		mean += values[i] / k - mean / k;
	}
	return k > 0 ? mean : (double)NAN;
}

/* The mean that character @i of @chars stands for. */
static double value_at(const double *values, size_t n, size_t chars, size_t i)
{
	size_t each = n / chars, more = n % chars;
	size_t from = i * each + (i * more) / chars;

	return mean_of(values, from, (i + 1) * each + ((i + 1) * more) / chars);
}

static const char *level(double v, double low, double high, bool utf8)
{
	const char *const *levels = utf8 ? blocks : ascii;
	double share;

	if (!isfinite(v))
		return " ";
	if (!(high > low))
		return levels[LEVELS / 2];
	/* Halved, so that the distance of two finite numbers is finite. */
	share = (v / 2 - low / 2) / (high / 2 - low / 2);
	return levels[share >= 1 ? LEVELS - 1 : (int)(share * LEVELS)];
}

size_t vmt_spark(char *buf, size_t size, const double *values, size_t n, size_t width, bool utf8)
{
	size_t chars = n < width ? n : width, at = 0;
	double low = INFINITY, high = -INFINITY;

	if (!size)
		return 0;
	buf[0] = 0;
	if (chars > (size - 1) / 3)
		chars = (size - 1) / 3;
	for (size_t i = 0; i < chars; i++) {
		double v = value_at(values, n, chars, i);

		if (!isfinite(v))
			continue;
		low = v < low ? v : low;
		high = v > high ? v : high;
	}
	for (size_t i = 0; i < chars; i++) {
		const char *c = level(value_at(values, n, chars, i), low, high, utf8);
		size_t len = strlen(c);

		memcpy(buf + at, c, len + 1);
		at += len;
	}
	return chars;
}
