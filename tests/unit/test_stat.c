// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics against values computed by hand, and by the definition on all pairs. */
#include "unit.h"
#include "vmtool/model_series.h"

static void near(double got, double want)
{
	double d = got > want ? got - want : want - got;

	if (!(d <= 1e-9 * (1 + (want < 0 ? -want : want))))
		fail_msg("%.12g is not %.12g", got, want);
}

static uint64_t seed = 1;

/* 0 .. 1, the same in every run. */
static double chance(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(seed >> 11) / 9007199254740992.0;
}

static int by_value(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) -
	       (*(const double *)a < *(const double *)b);
}

static void median_by_hand(void **state)
{
	double one[] = {7}, two[] = {4, 1}, odd[] = {5, 1, 9, 1, 3}, even[] = {8, 2, 6, 4};
	double same[] = {3, 3, 3, 3, 3, 3}, big[] = {1.7e308, 1.7e308};

	(void)state;
	near(vmt_stat_median(one, 1), 7);
	near(vmt_stat_median(two, 2), 2.5);
	near(vmt_stat_median(odd, 5), 3);
	near(vmt_stat_median(even, 4), 5);
	near(vmt_stat_median(same, 6), 3);
	near(vmt_stat_median(big, 2), 1.7e308);
}

static void median_by_sorting(void **state)
{
	double v[101], sorted[101];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t n = 1 + (size_t)(chance() * 100);

		for (size_t i = 0; i < n; i++)
			v[i] = sorted[i] = (double)(int)(chance() * (round % 2 ? 5 : 1000));
		qsort(sorted, n, sizeof(*sorted), by_value);
		near(vmt_stat_median(v, n),
		     n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2);
	}
}

static void theil_sen_by_hand(void **state)
{
	double room[32];
	/* Slopes of pairs: 1, 2, 5, 3, 7, 11 -> median (3 + 5) / 2. */
	const double at[] = {0, 1, 2, 3}, y[] = {0, 1, 4, 15};
	/* A line of slope 2 with one wild value: 7 of 10 pairs say 2. */
	const double at5[] = {0, 10, 20, 30, 40}, wild[] = {5, 25, 1e6, 65, 85};
	/* Two at one time say nothing of each other: slopes 4, 2. */
	const double twice[] = {0, 0, 1}, y3[] = {0, 2, 4};

	(void)state;
	near(vmt_stat_theil_sen(at, y, 4, room), 4);
	near(vmt_stat_theil_sen(at5, wild, 5, room), 2);
	near(vmt_stat_theil_sen(twice, y3, 3, room), 3);
	near(vmt_stat_theil_sen(twice, y3, 2, room), 0);
	near(vmt_stat_theil_sen(at, y, 1, room), 0);
}

static void kendall_by_hand(void **state)
{
	double room[64];
	const double up[] = {1, 2, 3, 4, 5}, down[] = {5, 4, 3, 2, 1}, flat[] = {2, 2, 2};
	/* 10 pairs: 8 rise, 2 fall: tau 0.6; var 5 * 4 * 15 / 18. */
	const double mixed[] = {1, 3, 2, 5, 4};
	/* Ties: 6 pairs, (1,1) and (2,2) tied: S = 4, tau_b = 4 / sqrt(6 * 4);
	 * var (4 * 3 * 13 - 2 * 2 * 1 * 9) / 18 = 120 / 18. */
	const double tied[] = {1, 1, 2, 2};
	struct vmt_kendall k;

	(void)state;
	near(vmt_stat_kendall(up, 5, room).tau, 1);
	near(vmt_stat_kendall(down, 5, room).tau, -1);
	k = vmt_stat_kendall(flat, 3, room);
	near(k.tau, 0);
	near(k.z, 0);
	k = vmt_stat_kendall(mixed, 5, room);
	near(k.tau, 0.6);
	near(k.z, 6 / 4.08248290463863);
	k = vmt_stat_kendall(tied, 4, room);
	near(k.tau, 4 / 4.898979485566356);
	near(k.z, 4 / 2.581988897471611);
	near(vmt_stat_kendall(up, 1, room).tau, 0);
}

static void kendall_by_all_pairs(void **state)
{
	double y[60], room[120];

	(void)state;
	for (int round = 0; round < 500; round++) {
		size_t n = 2 + (size_t)(chance() * 58);
		double s = 0, ties = 0, pairs = (double)n * (double)(n - 1) / 2;
		struct vmt_kendall k;

		for (size_t i = 0; i < n; i++)
			y[i] = (double)(int)(chance() * (round % 3 ? 8 : 1000)) + (double)i * 0.1;
		for (size_t i = 0; i < n; i++) {
			for (size_t j = i + 1; j < n; j++) {
				s += (y[j] > y[i]) - (y[j] < y[i]);
				ties += !(y[j] > y[i]) && !(y[j] < y[i]);
			}
		}
		k = vmt_stat_kendall(y, n, room);
		near(k.tau * k.tau * pairs * (pairs - ties), s * s);
		assert_true((k.tau > 0) == (s > 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(median_by_hand),	cmocka_unit_test(median_by_sorting),
		cmocka_unit_test(theil_sen_by_hand),	cmocka_unit_test(kendall_by_hand),
		cmocka_unit_test(kendall_by_all_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
