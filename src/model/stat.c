// SPDX-License-Identifier: GPL-2.0-or-later
/* Robust statistics of a row of numbers. */
#include <string.h>

#include "vmtool/model_series.h"

/* The element of rank @k, with no greater one before it and no smaller one behind it (Hoare). */
static double select_rank(double *v, size_t n, size_t k)
{
	ptrdiff_t low = 0, high = (ptrdiff_t)n - 1, rank = (ptrdiff_t)k;

	while (low < high) {
		double pivot = v[low + (high - low) / 2];
		ptrdiff_t i = low, j = high;

		while (i <= j) {
			while (v[i] < pivot)
				i++;
			while (v[j] > pivot)
				j--;
			if (i <= j) {
				double swap = v[i];

				v[i++] = v[j];
				v[j--] = swap;
			}
		}
		/* Up to j none is greater, from i on none is less; between them all are equal. */
		if (rank <= j)
			high = j;
		else if (rank >= i)
			low = i;
		else
			break;
	}
	return v[k];
}

double vmt_stat_median(double *v, size_t n)
{
	double upper = select_rank(v, n, n / 2), lower;

	if (n % 2)
		return upper;
	lower = v[0];
	for (size_t i = 1; i < n / 2; i++)
		lower = v[i] > lower ? v[i] : lower;
	return lower / 2 + upper / 2;
}

double vmt_stat_theil_sen(const double *at, const double *y, size_t n, double *scratch)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++) {
			if (at[j] > at[i])
				scratch[k++] = (y[j] - y[i]) / (at[j] - at[i]);
		}
	}
	return k ? vmt_stat_median(scratch, k) : 0;
}

/* Sort @v by merging; @return how many pairs stood in falling order. */
static double count_inversions(double *v, size_t n, double *room)
{
	size_t half = n / 2, i = 0, j = half, k = 0;
	double count;

	if (n < 2)
		return 0;
	count = count_inversions(v, half, room) + count_inversions(v + half, n - half, room);
	while (i < half && j < n) {
		if (v[j] < v[i]) {
			count += (double)(half - i);
			room[k++] = v[j++];
		} else {
			room[k++] = v[i++];
		}
	}
	while (i < half)
		room[k++] = v[i++];
	while (j < n)
		room[k++] = v[j++];
	memcpy(v, room, n * sizeof(*v));
	return count;
}

/* Newton's, of v >= 0: libm for this alone would cost at every start of the program. */
static double root(double v)
{
	double x = v > 1 ? v : 1, next;

	for (int i = 0; i < 1100 && v > 0; i++) {
		next = (x + v / x) / 2;
		if (!(next < x))
			break;
		x = next;
	}
	return v > 0 ? x : 0;
}

struct vmt_kendall vmt_stat_kendall(const double *y, size_t n, double *scratch)
{
	double *v = scratch, m = (double)n, pairs = m * (m - 1) / 2, tied = 0, inversions, s,
	       variance;
	struct vmt_kendall k = {0, 0};

	if (n < 2)
		return k;
	memcpy(v, y, n * sizeof(*v));
	inversions = count_inversions(v, n, scratch + n);
	variance = m * (m - 1) * (2 * m + 5);
	/* Sorted now: equal ones are neighbours. */
	for (size_t from = 0, i = 1; i <= n; i++) {
		double u;

		if (i < n && !(v[i] > v[from]))
			continue;
		u = (double)(i - from);
		tied += u * (u - 1) / 2;
		variance -= u * (u - 1) * (2 * u + 5);
		from = i;
	}
	s = pairs - tied - 2 * inversions;
	if (pairs > tied)
		k.tau = s / root(pairs * (pairs - tied));
	if (variance > 0)
		k.z = s / root(variance / 18);
	return k;
}
