// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * model, the part about time: the same groups at many times, whether a number grows, and its shape
 * as a line of text.
 */
#ifndef VMTOOL_MODEL_SERIES_H
#define VMTOOL_MODEL_SERIES_H

#include "vmtool/model.h"

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
