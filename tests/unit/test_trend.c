// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verdicts on series whose truth is known, under noise, many times each: what is a leak is found,
 * and what is none is not taken for one.
 */
#include "unit.h"
#include "vmtool/model_series.h"

#define MOST 1440

static uint64_t seed;

static double chance(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(seed >> 11) / 9007199254740992.0;
}

/* Nearly normal, deviation 1: the sum of twelve. */
static double noise(void)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += chance();
	return sum;
}

/* A series: its value at minute @i of @n, without noise. */
typedef double shape(size_t i, size_t n);

static double level(size_t i, size_t n)
{
	(void)i;
	(void)n;
	return 400;
}
static double leak(size_t i, size_t n)
{
	(void)n;
	return 400 + (double)i;
}
static double slow_leak(size_t i, size_t n)
{
	/* Ten areas in all the time. */
	return 400 + (double)(10 * i / n);
}
static double drain(size_t i, size_t n)
{
	return 400 + (double)n - (double)i;
}
static double step_up(size_t i, size_t n)
{
	return i < n * 2 / 5 ? 400 : 700;
}
static double step_down(size_t i, size_t n)
{
	return i < n * 2 / 5 ? 700 : 400;
}
static double teeth(size_t i, size_t n)
{
	size_t period = n / 7;

	return 400 + 300 * (double)(i % period) / (double)period;
}
static double teeth_on_a_leak(size_t i, size_t n)
{
	size_t period = n / 30;

	return 400 + 300 * (double)i / (double)n + 300 * (double)(i % period) / (double)period;
}
static double on_and_off(size_t i, size_t n)
{
	return i * 9 / n % 2 ? 700 : 400;
}
static double spike(size_t i, size_t n)
{
	return i > n / 3 && i < n / 2 ? 900 : 400;
}
static double warm_up(size_t i, size_t n)
{
	return i < n / 2 ? 400 + 600 * (double)i / (double)n : 700;
}
static double late_leak(size_t i, size_t n)
{
	return i < n * 3 / 4 ? 400 : 400 + 1200 * (double)(i - n * 3 / 4) / (double)n;
}
static double leak_after_a_step(size_t i, size_t n)
{
	return i < n / 2 ? 400 : 2000 + 400 * (double)i / (double)n;
}

static double at[MOST], y[MOST];

static struct vmt_trend judge(shape *f, size_t n, double deviation, uint64_t round)
{
	struct vmt_trend t;

	seed = round * 7919 + 17;
	for (size_t i = 0; i < n; i++) {
		double v = f(i, n) + deviation * noise();

		/* Areas are whole, and never less than none. */
		at[i] = 1e9 + 60 * (double)i;
		y[i] = v > 0 ? (double)(uint64_t)(v + 0.5) : 0;
	}
	assert_int_equal(vmt_trend_judge(at, y, n, &t), VMT_OK);
	return t;
}

/* At least @least of @rounds, each with other noise, are judged so. */
static void judged(const char *name, shape *f, size_t n, double deviation,
		   enum vmt_trend_verdict want, int rounds, int least)
{
	int good = 0, others[8] = {0};

	for (int r = 0; r < rounds; r++) {
		struct vmt_trend t = judge(f, n, deviation, (uint64_t)r);

		good += t.verdict == want;
		others[t.verdict]++;
	}
	if (good < least)
		fail_msg("%s, %zu points, noise %g: %d of %d (%d %d %d %d %d %d %d %d)", name, n,
			 deviation, good, rounds, others[0], others[1], others[2], others[3],
			 others[4], others[5], others[6], others[7]);
}

static const size_t lengths[] = {60, 250, MOST};

static void a_leak_of_one_area_a_minute_is_found_under_noise(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		judged("leak", leak, lengths[i], 0, VMT_TREND_GROWTH, 1, 1);
		judged("leak", leak, lengths[i], 5, VMT_TREND_GROWTH, 100, 100);
		judged("leak", leak, lengths[i], 10, VMT_TREND_GROWTH, 100, 90);
	}
	judged("leak", leak, MOST, 100, VMT_TREND_GROWTH, 50, 50);
	judged("leak", leak, 16, 0, VMT_TREND_GROWTH, 1, 1);
	judged("leak", leak, 8, 0, VMT_TREND_GROWTH, 1, 1);
	judged("slow leak", slow_leak, MOST, 0, VMT_TREND_GROWTH, 1, 1);
	judged("drain", drain, MOST, 20, VMT_TREND_DECLINE, 50, 50);
	judged("drain", drain, 60, 3, VMT_TREND_DECLINE, 50, 50);
}

static void its_slope_is_one_area_a_minute(void **state)
{
	struct vmt_trend t = judge(leak, MOST, 20, 1);

	(void)state;
	assert_true(t.slope * 60 > 0.97 && t.slope * 60 < 1.03);
	assert_true(t.noise > 17 && t.noise < 23);
	assert_true(t.kendall.tau > 0.9);
	assert_int_equal(t.rising, 7);
	assert_int_equal(t.parts, 8);
	assert_true(t.when >= 1e9 && t.when <= 1e9);
	t = judge(drain, MOST, 20, 1);
	assert_true(t.slope * 60 < -0.97 && t.slope * 60 > -1.03);
	assert_int_equal(t.falling, 7);
	assert_true(t.first > t.last && t.high > t.low);
}

static void noise_alone_is_no_leak(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		judged("level", level, lengths[i], 20, VMT_TREND_FLAT, 300, 295);
	judged("level", level, 8, 20, VMT_TREND_FLAT, 1000, 900);
	for (uint64_t r = 0; r < 3000; r++) {
		struct vmt_trend t = judge(level, 8 + r % 90, 0.3 + (double)(r % 7), r);

		if (t.verdict == VMT_TREND_GROWTH)
			fail_msg("round %d is taken for a leak", (int)r);
	}
	judged("level", level, MOST, 0, VMT_TREND_FLAT, 1, 1);
}

static void steps_teeth_and_spikes_are_no_leak(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t n = lengths[i];

		for (double d = 0; d <= 20; d += 10) {
			judged("step up", step_up, n, d, VMT_TREND_STEP, 50, 50);
			judged("step down", step_down, n, d, VMT_TREND_STEP, 50, 50);
			judged("teeth", teeth, n, d, VMT_TREND_SAWTOOTH, 50, 47);
			judged("on and off", on_and_off, n, d, VMT_TREND_SAWTOOTH, 50, 50);
			judged("spike", spike, n, d, VMT_TREND_SPIKE, 50, 50);
			judged("warm-up", warm_up, n, d, VMT_TREND_LEVELLED, 50, 45);
		}
	}
}

static void a_step_tells_when_and_how_much(void **state)
{
	struct vmt_trend t = judge(step_up, 250, 10, 3);

	(void)state;
	assert_true(t.step > 290 && t.step < 310);
	assert_true(t.when >= 1e9 + 60 * 98 && t.when <= 1e9 + 60 * 102);
	t = judge(warm_up, 250, 3, 3);
	assert_true(t.when > 1e9 + 60 * 100 && t.when < 1e9 + 60 * 130);
}

static void a_leak_is_found_under_teeth_and_behind_a_step(void **state)
{
	struct vmt_trend t;

	(void)state;
	judged("teeth on a leak", teeth_on_a_leak, MOST, 5, VMT_TREND_GROWTH, 50, 50);
	t = judge(teeth_on_a_leak, MOST, 5, 1);
	assert_true(t.floor);
	judged("late leak", late_leak, MOST, 5, VMT_TREND_GROWTH, 50, 50);
	t = judge(late_leak, MOST, 5, 1);
	assert_true(t.when > 1e9 + 60 * 1000);
	judged("leak after a step", leak_after_a_step, MOST, 5, VMT_TREND_GROWTH, 50, 50);
}

static void a_restart_seen_as_two_series_is_judged_by_each(void **state)
{
	struct vmt_trend t;

	(void)state;
	/* Half a day each: the second begins again at 400. */
	t = judge(leak, 720, 10, 1);
	assert_int_equal(t.verdict, VMT_TREND_GROWTH);
	t = judge(level, 720, 10, 2);
	assert_int_equal(t.verdict, VMT_TREND_FLAT);
}

static void few_points_are_no_evidence(void **state)
{
	struct vmt_trend t;

	(void)state;
	assert_int_equal(vmt_trend_judge(at, y, 0, &t), VMT_OK);
	assert_int_equal(t.verdict, VMT_TREND_UNKNOWN);
	t = judge(leak, 7, 0, 1);
	assert_int_equal(t.verdict, VMT_TREND_UNKNOWN);
	assert_true(t.first <= 400 && t.last >= 406);
}

static void times_may_be_uneven_or_equal(void **state)
{
	struct vmt_trend t;

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		at[i] = i < 50 ? 60 * (double)i : 60 * 50 + 3600 * (double)(i - 50);
		y[i] = at[i] / 60;
	}
	assert_int_equal(vmt_trend_judge(at, y, 100, &t), VMT_OK);
	assert_int_equal(t.verdict, VMT_TREND_GROWTH);
	assert_true(t.slope * 60 > 0.999 && t.slope * 60 < 1.001);
	for (size_t i = 0; i < 100; i++)
		at[i] = 5;
	assert_int_equal(vmt_trend_judge(at, y, 100, &t), VMT_OK);
	assert_true(t.slope <= 0 && t.slope >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leak_of_one_area_a_minute_is_found_under_noise),
		cmocka_unit_test(its_slope_is_one_area_a_minute),
		cmocka_unit_test(noise_alone_is_no_leak),
		cmocka_unit_test(steps_teeth_and_spikes_are_no_leak),
		cmocka_unit_test(a_step_tells_when_and_how_much),
		cmocka_unit_test(a_leak_is_found_under_teeth_and_behind_a_step),
		cmocka_unit_test(a_restart_seen_as_two_series_is_judged_by_each),
		cmocka_unit_test(few_points_are_no_evidence),
		cmocka_unit_test(times_may_be_uneven_or_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
