// SPDX-License-Identifier: GPL-2.0-or-later
/* Sparklines: what they show of values, and what they make of few, many and odd ones. */
#include <math.h>

#include "unit.h"
#include "vmtool/model_series.h"

static void spark_is(const double *values, size_t n, size_t width, bool utf8, const char *want)
{
	char buf[VMT_SPARK_BYTES(64)];

	(void)vmt_spark(buf, sizeof(buf), values, n, width, utf8);
	assert_string_equal(buf, want);
}

static void one_character_for_each_of_few(void **state)
{
	const double v[] = {0, 1, 2, 3, 4, 5, 6, 7};

	(void)state;
	spark_is(v, 8, 10, true, "▁▂▃▄▅▆▇█");
	spark_is(v, 8, 10, false, "_.-=+*%#");
	spark_is(v, 1, 10, true, "▅");
	spark_is(v, 0, 10, true, "");
	spark_is(v, 8, 0, true, "");
}

static void many_become_the_mean_of_those_on_one_character(void **state)
{
	const double even[] = {0, 2, 10, 12, 4, 8};
	const double uneven[] = {0, 0, 0, 7, 7};

	(void)state;
	/* Means 1, 11, 6: lowest, highest, half way. */
	spark_is(even, 6, 3, true, "▁█▅");
	/* Two and three: 0 and 14/3. */
	spark_is(uneven, 5, 2, true, "▁█");
}

static void what_does_not_change_is_of_middle_height(void **state)
{
	const double v[] = {5e9, 5e9, 5e9};

	(void)state;
	spark_is(v, 3, 8, true, "▅▅▅");
	spark_is(v, 3, 8, false, "+++");
}

static void what_is_missing_is_blank(void **state)
{
	const double v[] = {1, (double)NAN, 2, (double)INFINITY};
	const double none[] = {(double)NAN, (double)NAN};

	(void)state;
	spark_is(v, 4, 8, true, "▁ █ ");
	spark_is(none, 2, 8, false, "  ");
}

static void hostile_numbers_stay_in_range(void **state)
{
	const double v[] = {-1.7e308, 1.7e308, 0, 1.7e308, 1.7e308, 1.7e308};

	(void)state;
	spark_is(v, 3, 8, true, "▁█▅");
	spark_is(v, 6, 3, true, "▁▅█");
}

static void a_small_buffer_cuts_at_a_whole_character(void **state)
{
	const double v[] = {0, 1, 2};
	char buf[8] = "xxxxxxx";

	(void)state;
	assert_int_equal(vmt_spark(buf, 8, v, 3, 3, true), 2);
	assert_string_equal(buf, "▁█");
	assert_int_equal(vmt_spark(buf, 1, v, 3, 3, true), 0);
	assert_string_equal(buf, "");
	assert_int_equal(vmt_spark(buf, 0, v, 3, 3, true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_character_for_each_of_few),
		cmocka_unit_test(many_become_the_mean_of_those_on_one_character),
		cmocka_unit_test(what_does_not_change_is_of_middle_height),
		cmocka_unit_test(what_is_missing_is_blank),
		cmocka_unit_test(hostile_numbers_stay_in_range),
		cmocka_unit_test(a_small_buffer_cuts_at_a_whole_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
