// SPDX-License-Identifier: GPL-2.0-or-later
/* What the live view keeps of the past: courses, rates, events, owners; bounded, however long. */
#include <malloc.h>
#include <math.h>

#include "screens.h"

#include "tui/tui_priv.h"

static const struct vmt_tui_opts utf8 = {.utf8 = true, .interval = 1};

static const struct vmt_track *track(const struct scene *s, const char *caller)
{
	const struct vmt_track *t = vmt_tracks_find(&s->live->callers, vmt_str(caller));

	assert_non_null(t);
	return t;
}

#define LEAKY "leaky_init+0x10/0x20 [leaky]"
#define STACK "kernel_clone+0xbd/0x440"
#define KIB16 UINT64_C(16384)

static void test_course(void **state)
{
	struct scene s;
	double rate = 0;

	(void)state;
	scene_open(&s, &utf8);
	feed_leak(&s, "vmallocinfo", 1, 0);
	assert_false(vmt_track_rate(track(&s, LEAKY), &s.live->clock, &rate));
	feed_leak(&s, "vmallocinfo", 2, 1000);
	feed_leak(&s, "vmallocinfo", 4, 2000);
	assert_u64(vmt_track_at(track(&s, LEAKY), &s.live->clock, 0), 4 * KIB16);
	assert_u64(vmt_track_at(track(&s, LEAKY), &s.live->clock, 1), 2 * KIB16);
	assert_u64(vmt_track_at(track(&s, LEAKY), &s.live->clock, 2), KIB16);
	assert_true(vmt_track_rate(track(&s, LEAKY), &s.live->clock, &rate));
	assert_true(fabs(rate - 1.5 * (double)KIB16) < 1);
	/* Nothing is kept of what stays the same. */
	assert_null(track(&s, STACK)->ring);
	assert_true(vmt_track_rate(track(&s, STACK), &s.live->clock, &rate));
	assert_true(rate == 0);
	scene_close(&s);
}

/* Moments without a reading have what was before; several readings in one moment are one point. */
static void test_points(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, &utf8);
	feed_leak(&s, "vmallocinfo", 1, 0);
	feed_leak(&s, "vmallocinfo", 2, 300);
	feed_leak(&s, "vmallocinfo", 3, 600);
	assert_int_equal(s.live->clock.n, 1);
	feed_leak(&s, "vmallocinfo", 5, 10000);
	assert_int_equal(s.live->clock.n, 11);
	assert_u64(vmt_track_at(track(&s, LEAKY), &s.live->clock, 0), 5 * KIB16);
	for (size_t back = 1; back <= 10; back++)
		assert_u64(vmt_track_at(track(&s, LEAKY), &s.live->clock, back), 3 * KIB16);
	/* A night without a reading. */
	feed_leak(&s, "vmallocinfo", 6, 40000000);
	assert_int_equal(s.live->clock.n, POINTS);
	for (size_t back = 1; back < POINTS; back++)
		assert_u64(vmt_track_at(track(&s, LEAKY), &s.live->clock, back), 5 * KIB16);
	scene_close(&s);
}

/* The rate is that of the last minute, not of all that is kept. */
static void test_rate_of_a_minute(void **state)
{
	struct scene s;
	double rate = 0;

	(void)state;
	scene_open(&s, &utf8);
	for (int i = 0; i < 200; i++)
		feed_leak(&s, "vmallocinfo", i < 100 ? 1 + i : 100, (uint64_t)i * 1000);
	assert_true(vmt_track_rate(track(&s, LEAKY), &s.live->clock, &rate));
	assert_true(rate == 0);
	scene_close(&s);
}

/* A caller that was not there before had nothing, and one that is gone has nothing. */
static void test_come_and_go(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, &utf8);
	feed_leak(&s, "vmallocinfo", 0, 0);
	feed_leak(&s, "vmallocinfo", 2, 1000);
	assert_u64(vmt_track_at(track(&s, LEAKY), &s.live->clock, 1), 0);
	assert_u64(track(&s, LEAKY)->base_value, 0);
	feed_leak(&s, "vmallocinfo", 0, 2000);
	assert_u64(track(&s, LEAKY)->value, 0);
	assert_u64(track(&s, LEAKY)->now.areas, 0);
	scene_close(&s);
}

static void test_events(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, &utf8);
	feed_leak(&s, "vmallocinfo", 3, 0);
	feed_leak(&s, "vmallocinfo", 3, 1000);
	assert_int_equal(vmt_events_count(s.live), 0);
	assert_int_equal(s.live->join, VMT_JOIN_REAL);
	feed_leak(&s, "vmallocinfo", 5, 2000);
	assert_int_equal(vmt_events_count(s.live), 2);
	assert_true(vmt_events_at(s.live, 0)->came);
	assert_string_equal(vmt_events_at(s.live, 0)->caller, LEAKY);
	assert_u64(vmt_events_at(s.live, 0)->time, T0 + 2);
	feed_leak(&s, "vmallocinfo", 0, 3000);
	assert_int_equal(vmt_events_count(s.live), 7);
	assert_false(vmt_events_at(s.live, 0)->came);
	/* More than are kept: the newest are. */
	for (int i = 0; i < 6; i++)
		feed_leak(&s, "vmallocinfo", i % 2 ? 0 : 400, 4000 + (uint64_t)i * 1000);
	assert_int_equal(vmt_events_count(s.live), EVENTS);
	assert_u64(s.live->n_events, 7 + 6 * 400);
	scene_close(&s);
}

/* The buffer of the reading itself is no event. */
static void test_own_buffer(void **state)
{
	static const char *const text = "0xffffc90000000000-0xffffc90000005000   20480 "
					"kernel_clone+0x1/0x2 pages=4 vmalloc "
					"N0=4\n%s";
	static const char *const own =
		"0xffffc90000006000-0xffffc9000000b000   20480 seq_read_iter+0x1/0x2 pages=4 "
		"vmalloc N0=4\n";
	char a[400], b[400];
	struct scene s;

	(void)state;
	(void)snprintf(a, sizeof(a), text, own);
	(void)snprintf(b, sizeof(b), text, "");
	scene_open(&s, &utf8);
	scene_feed(&s, a, 0);
	scene_feed(&s, b, 1000);
	scene_feed(&s, a, 2000);
	assert_int_equal(vmt_events_count(s.live), 0);
	scene_close(&s);
}

static void test_rewind(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, &utf8);
	feed_leak(&s, "vmallocinfo", 1, 0);
	feed_leak(&s, "vmallocinfo", 9, 1000);
	vmt_live_rewind(s.live);
	assert_null(vmt_live_now(s.live));
	assert_int_equal(vmt_tui_update(s.ui, s.live), VMT_OK);
	has(&s, "Reading ...");
	feed_leak(&s, "vmallocinfo", 5, 500);
	/* The baseline stays. */
	assert_u64(track(&s, LEAKY)->base_value, KIB16);
	assert_int_equal(s.live->clock.n, 1);
	has(&s, "(+4)");
	scene_close(&s);
}

static void test_owners(void **state)
{
	struct scene s;
	struct vmt_str key;
	size_t n = 0;

	(void)state;
	scene_open(&s, &utf8);
	feed_leak(&s, "vmallocinfo", 1, 0);
	feed_leak(&s, "vmallocinfo", 3, 1000);
	while ((key = vmt_live_unowned(s.live, 0)).n) {
		bool bpf = vmt_str_starts(key, "bpf") || vmt_str_starts(key, "array_map");

		assert_int_equal(vmt_live_set_owner(s.live, key,
						    vmt_str(bpf ? "bpf_owner" : "other"),
						    vmt_str(bpf ? "kernel/bpf/core.c" : ""),
						    vmt_str(bpf ? "kernel/bpf" : "")),
				 VMT_OK);
		n++;
	}
	assert_true(n > 30);
	press(&s, "3");
	has(&s, "bpf_owner                        102");
	has(&s, "+32K"); /* the leak, in the sum of the others */
	press(&s, "o");
	has(&s, "kernel/bpf/core.c");
	press(&s, "o");
	has(&s, "kernel/bpf ");
	press(&s, "K G Enter");
	has(&s, "[Callers] of kernel/bpf");
	has(&s, "array_map_alloc");
	has_not(&s, "kernel_clone");
	press(&s, "Enter");
	has(&s, "[Areas] of ");
	press(&s, "Esc Esc");
	has(&s, "[3 Owners]");
	scene_close(&s);
}

/* What the course of a track looks like in so many columns. */
static void test_spark(void **state)
{
	struct scene s;
	char text[100];

	(void)state;
	scene_open(&s, &utf8);
	for (int i = 0; i < 100; i++) {
		feed_leak(&s, "vmallocinfo", 1 + i / 10, (uint64_t)i * 1000);
		vmt_spark_text(s.ui, &s.live->clock, track(&s, LEAKY), 10, text, sizeof(text));
		assert_true(vmt_text_cols(text) <= 10);
		assert_true(vmt_text_cols(text) >= (i < 10 ? i + 1 : 4));
	}
	vmt_spark_text(s.ui, &s.live->clock, track(&s, LEAKY), 10, text, sizeof(text));
	assert_string_equal(text, "▁▁▂▃▄▅▆▇██");
	scene_close(&s);
}

static void test_text(void **state)
{
	struct vmt_sizes shorts = {VMT_UNITS_SHORT, 4096};
	char buf[SIZE_TEXT];
	size_t at = 0;

	(void)state;
	assert_string_equal(vmt_size_text(buf, shorts, 512), "512");
	assert_string_equal(vmt_size_text(buf, shorts, 20480), "20K");
	assert_string_equal(vmt_size_text(buf, shorts, 44040192), "42.0M");
	assert_string_equal(vmt_delta_text(buf, shorts, 4096, 0), "-4K");
	assert_string_equal(vmt_delta_text(buf, shorts, 0, UINT64_MAX), "+16.0E");
	assert_string_equal(vmt_delta_text(buf, shorts, 7, 7), "0");
	assert_string_equal(vmt_rate_text(buf, shorts, -2048), "-2K");
	assert_string_equal(vmt_rate_text(buf, shorts, 0.4), "0");
	assert_string_equal(vmt_span_text(buf, 59), "59s");
	assert_string_equal(vmt_span_text(buf, 3600 + 240), "1h 04m");
	assert_string_equal(vmt_span_text(buf, 86400 * 12 + 4 * 3600 + 660), "12d 04:11");
	assert_string_equal(vmt_time_text(buf, VMT_FACT_NONE, false), "-");
	assert_string_equal(vmt_time_text(buf, UINT64_MAX - 1, true), "-");
	assert_true(vmt_text_has("Kernel_Clone", "CLONE", &at));
	assert_int_equal(at, 7);
	assert_false(vmt_text_has("kernel", "kernels", NULL));
	assert_true(vmt_text_has("", "", NULL));
}

static double luminance(uint32_t rgb)
{
	double sum = 0;
	static const double weight[] = {0.2126, 0.7152, 0.0722};

	for (int i = 0; i < 3; i++) {
		double c = (rgb >> (16 - 8 * i) & 255) / 255.0;

		sum += weight[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

/* WCAG asks 3:1 of large text and symbols; every colour has more, on black and on white. */
static void test_colours_on_light_and_dark(void **state)
{
	(void)state;
	for (unsigned c = 1; c < VMT_COLOR_COUNT; c++) {
		double l = luminance(vmt_screen_rgb((enum vmt_color)c));

		assert_true(1.05 / (l + 0.05) >= 3.8);
		assert_true((l + 0.05) / 0.05 >= 3.8);
	}
}

/* Kinds differ by letter: colour is never alone. */
static void test_letters(void **state)
{
	char seen[VMT_KIND_COUNT + 1] = "";

	(void)state;
	for (unsigned k = 0; k < VMT_KIND_COUNT; k++) {
		char letter = vmt_kind_letter((enum vmt_kind)k);

		assert_true(letter >= 'A' && letter <= 'Z');
		assert_null(strchr(seen, letter));
		seen[k] = letter;
	}
}

/* Eighty minutes of samples in which callers come and go: memory is what it was after the first
 * part. */
static void test_bounded(void **state)
{
	size_t most[4] = {0};
	char text[64 * 128];
	struct scene s;

	(void)state;
	scene_open(&s, &utf8);
	for (unsigned t = 0; t < 4800; t++) {
		size_t n = 0;

		for (unsigned i = 0; i < 40; i++)
			n += (size_t)sprintf(
				text + n,
				"0x%016llx-0x%016llx   20480 caller_%u+0x1/0x2 pages=4 "
				"vmalloc N0=4\n",
				0xffffc90000000000ULL + (t + i) * 0x8000ULL,
				0xffffc90000005000ULL + (t + i) * 0x8000ULL, i ? (t / 8 + i) : 0);
		scene_feed(&s, text, t * 1000ULL);
		/* What is dead is swept out now and then: the most there is counts. */
		if (mallinfo2().uordblks > most[t / 1200])
			most[t / 1200] = mallinfo2().uordblks;
	}
	/* Ten bytes lost in each sample would be more. */
	if (most[3] > most[2] + 8192)
		fail_msg("%zu bytes in the third part, %zu in the last", most[2], most[3]);
	assert_true(s.live->callers.n < 500);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_course),
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_rate_of_a_minute),
		cmocka_unit_test(test_come_and_go),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_own_buffer),
		cmocka_unit_test(test_rewind),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_spark),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_colours_on_light_and_dark),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
