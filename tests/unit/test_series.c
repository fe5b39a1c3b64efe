// SPDX-License-Identifier: GPL-2.0-or-later
/* Groups over time: what comes, goes and stays; and memory that stays bounded. */
#include "unit.h"
#include "vmtool/model_series.h"

#define AT "0x0000000000000000-0x0000000000000000 "

/* One moment: each caller with so many areas of 20480 bytes and 4 pages. */
static void add(struct vmt_series *s, double at, uint64_t a, uint64_t b)
{
	struct vmt_groups *g = vmt_groups_new(VMT_BY_CALLER, 4096);
	struct vmt_area one = area_of(AT "20480 kernel_clone+0x94/0x3e0 pages=4 vmalloc");
	struct vmt_area two = area_of(AT "20480 other+0x1/0x2 [mod] pages=4 vmalloc");

	assert_non_null(g);
	for (uint64_t i = 0; i < a; i++)
		assert_int_equal(vmt_groups_add(g, &one, NULL, NULL), VMT_OK);
	for (uint64_t i = 0; i < b; i++)
		assert_int_equal(vmt_groups_add(g, &two, NULL, NULL), VMT_OK);
	assert_int_equal(vmt_series_add(s, at, g), VMT_OK);
	vmt_groups_free(g);
}

static void values_are(const struct vmt_series *s, size_t key, enum vmt_measure m,
		       const double *want, size_t n)
{
	double got[64];

	assert_int_equal(vmt_series_points(s), n);
	vmt_series_values(s, key, m, got);
	for (size_t i = 0; i < n; i++) {
		if (got[i] < want[i] || got[i] > want[i])
			fail_msg("point %zu is %g, not %g", i, got[i], want[i]);
	}
}

static void who_is_not_there_has_nothing(void **state)
{
	struct vmt_series *s = vmt_series_new(64);
	size_t clone, other;

	(void)state;
	add(s, 10, 2, 0);
	add(s, 20, 3, 1);
	add(s, 30, 3, 0);
	add(s, 40, 0, 4);
	assert_int_equal(vmt_series_keys(s), 2);
	assert_true(vmt_series_find(s, vmt_str("kernel_clone+0x94/0x3e0"), &clone));
	assert_true(vmt_series_find(s, vmt_str("other+0x1/0x2 [mod]"), &other));
	assert_false(vmt_series_find(s, vmt_str("nobody"), &other));
	assert_true(vmt_series_find(s, vmt_str("other+0x1/0x2 [mod]"), &other));
	values_are(s, clone, VMT_MEASURE_AREAS, (const double[]){2, 3, 3, 0}, 4);
	values_are(s, other, VMT_MEASURE_AREAS, (const double[]){0, 1, 0, 4}, 4);
	values_are(s, VMT_SERIES_TOTAL, VMT_MEASURE_AREAS, (const double[]){2, 4, 3, 4}, 4);
	values_are(s, clone, VMT_MEASURE_SIZE, (const double[]){40960, 61440, 61440, 0}, 4);
	values_are(s, other, VMT_MEASURE_RESIDENT, (const double[]){0, 16384, 0, 65536}, 4);
	assert_true(vmt_series_at(s, 2) >= 30 && vmt_series_at(s, 2) <= 30);
	assert_string_equal(vmt_series_what(s, clone), "thread stacks");
	assert_null(vmt_series_what(s, other));
	assert_null(vmt_series_what(s, VMT_SERIES_TOTAL));
	vmt_series_free(s);
}

/* Against the plain way: all moments kept, and every step-th and the newest taken. */
static void thinning_keeps_every_second_and_the_newest(void **state)
{
	uint64_t a[300], b[300];

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		a[i] = i * i % 7;
		b[i] = i % 50 < 25 ? 3 : 0;
	}
	for (size_t n = 1; n < 300; n += n < 60 ? 1 : 13) {
		struct vmt_series *s = vmt_series_new(16);
		double want_a[16], want_b[16], want_all[16];
		size_t step = 1, k = 0, key;

		for (size_t i = 0; i < n; i++)
			add(s, (double)i, a[i], b[i]);
		while ((n - 1) / step + 1 + ((n - 1) % step != 0) > 16)
			step *= 2;
		for (size_t i = 0; i < n; i++) {
			if (i % step && i + 1 < n)
				continue;
			if (k == 16)
				fail_msg("%zu moments", n);
			want_a[k] = (double)a[i];
			want_b[k] = (double)b[i];
			want_all[k] = (double)(a[i] + b[i]);
			assert_true(k < vmt_series_points(s));
			if (vmt_series_at(s, k) < (double)i || vmt_series_at(s, k) > (double)i)
				fail_msg("%zu moments: point %zu is %g, not %zu", n, k,
					 vmt_series_at(s, k), i);
			k++;
		}
		values_are(s, VMT_SERIES_TOTAL, VMT_MEASURE_AREAS, want_all, k);
		if (vmt_series_find(s, vmt_str("kernel_clone+0x94/0x3e0"), &key))
			values_are(s, key, VMT_MEASURE_AREAS, want_a, k);
		if (vmt_series_find(s, vmt_str("other+0x1/0x2 [mod]"), &key))
			values_are(s, key, VMT_MEASURE_AREAS, want_b, k);
		vmt_series_free(s);
	}
}

static void measures_have_names(void **state)
{
	enum vmt_measure m;

	(void)state;
	for (unsigned i = 0; i < VMT_MEASURE_COUNT; i++) {
		assert_true(vmt_measure_parse(vmt_measure_name((enum vmt_measure)i), &m));
		assert_int_equal(m, i);
	}
	assert_false(vmt_measure_parse("pages", &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_not_there_has_nothing),
		cmocka_unit_test(thinning_keeps_every_second_and_the_newest),
		cmocka_unit_test(measures_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
