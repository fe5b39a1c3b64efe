// SPDX-License-Identifier: GPL-2.0-or-later
/* The live view by scripted keys: golden screens, and what each key does. */
#include "screens.h"

static const struct vmt_tui_opts utf8 = {.utf8 = true, .interval = 1};
static const struct vmt_tui_opts ascii = {.interval = 1};

/* Ten seconds of a leak of one area a second. */
static void leak(struct scene *s, const struct vmt_tui_opts *opts)
{
	scene_open(s, opts);
	for (int i = 0; i <= 10; i++)
		feed_leak(s, "vmallocinfo", 1 + i, (uint64_t)i * 1000);
}

static void test_sizes(void **state)
{
	static const struct {
		int rows, cols;
		const char *name;
	} sizes[] = {
		{10, 40, "callers-40x10"}, {24, 80, "callers-80x24"}, {50, 200, "callers-200x50"}};
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		scene_size(&s, sizes[i].rows, sizes[i].cols);
		golden(&s, sizes[i].name);
	}
	scene_close(&s);
}

static void test_ascii(void **state)
{
	struct scene s;
	char *text;

	(void)state;
	leak(&s, &ascii);
	golden(&s, "callers-ascii");
	for (int view = 1; view <= 7; view++) {
		char key[2] = {(char)('0' + view), 0};

		press(&s, key);
		text = screen_text(&s);
		for (const char *p = text; *p; p++)
			assert_true((unsigned char)*p < 0x80);
		free(text);
	}
	scene_close(&s);
}

/* No size is too small to draw, and none leaves the grid. */
static void test_any_size(void **state)
{
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	for (int view = 0; view < 9; view++) {
		press(&s, view < 7    ? (const char[]){(char)('1' + view), 0}
			  : view == 7 ? "?"
				      : "2 Enter");
		for (int rows = 1; rows <= 30; rows += rows < 12 ? 1 : 9) {
			for (int cols = 1; cols <= 130; cols += cols < 50 ? 3 : 40) {
				scene_size(&s, rows, cols);
				free(screen_text(&s));
			}
		}
		scene_size(&s, 24, 80);
		press(&s, "Esc Esc");
	}
	scene_close(&s);
}

static void test_views(void **state)
{
	static const char *const names[] = {"areas", "owners", "modules", "nodes", "map", "events"};
	char name[32];
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	for (int i = 0; i < 6; i++) {
		press(&s, (const char[]){(char)('2' + i), 0});
		(void)snprintf(name, sizeof(name), "%s-80x24", names[i]);
		golden(&s, name);
	}
	scene_close(&s);
}

static void test_tabs(void **state)
{
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	press(&s, "Tab");
	has(&s, "[2 Areas]");
	press(&s, "BackTab BackTab");
	has(&s, "[7 Events]");
	press(&s, "Tab");
	has(&s, "[1 Callers]");
	click(&s, 3, 40);
	has(&s, "[4 Modules]");
	scene_close(&s);
}

static void test_drill_down(void **state)
{
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	press(&s, "/ 'leaky' Enter Enter");
	golden(&s, "drill-areas");
	press(&s, "Down Enter");
	golden(&s, "drill-explain");
	press(&s, "Esc");
	has(&s, "[Areas] of leaky_init");
	press(&s, "Esc");
	has(&s, ">leaky_init");
	has(&s, "[1 Callers]");
	scene_close(&s);
}

/* The area explained goes away: the page stays and says so. */
static void test_explained_goes(void **state)
{
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	press(&s, "2 / 'leaky' Enter Enter");
	has_not(&s, "It went");
	feed_leak(&s, "vmallocinfo", 0, 11000);
	has(&s, "It went by 20:00:11.");
	has(&s, "1 guard page");
	scene_close(&s);
}

static void test_help(void **state)
{
	const char *names, *help;
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	scene_size(&s, 90, 100);
	press(&s, "?");
	for (size_t i = 0; vmt_tui_key_help(i, &names, &help); i++) {
		has(&s, names);
		has(&s, help);
	}
	/* q leaves the page, then the program. */
	press(&s, "q");
	assert_int_equal(s.asks, VMT_ASKS_NOTHING);
	has(&s, "[1 Callers]");
	press(&s, "q");
	assert_int_equal(s.asks, VMT_ASKS_QUIT);
	press(&s, "F1 F10");
	assert_int_equal(s.asks, VMT_ASKS_QUIT);
	scene_size(&s, 24, 80);
	golden(&s, "help-80x24");
	press(&s, "End");
	has(&s, "hole");
	scene_close(&s);
}

/* Every key of the table stands in the manual with the same words. */
static void test_manual(void **state)
{
	const char *names, *help;
	struct vmt_err err = {0};
	char *page, line[300];
	size_t n;

	(void)state;
	assert_int_equal(vmt_file_slurp("man/vmtool-live.1", 1 << 20, &page, &n, &err), VMT_OK);
	for (size_t i = 0; vmt_tui_key_help(i, &names, &help); i++) {
		(void)snprintf(line, sizeof(line), "\n%s\n", help);
		if (!strstr(page, line))
			fail_msg("man/vmtool-live.1 has not: %s %s", names, help);
	}
	free(page);
}

static void test_sort(void **state)
{
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	press(&s, "D");
	has(&s, ">leaky_init");
	has(&s, "▼SINCE BASE");
	press(&s, "I");
	has(&s, "▲SINCE BASE");
	has_not(&s, ">leaky_init");
	press(&s, "K");
	has(&s, "CALLER▲");
	press(&s, ">");
	has(&s, "▼AREAS");
	press(&s, "<");
	has(&s, "CALLER▲");
	/* Headings: SINCE BASE ends at column 57. */
	click(&s, 4, 52);
	has(&s, "▼SINCE BASE");
	click(&s, 4, 52);
	has(&s, "▲SINCE BASE");
	scene_close(&s);
}

static void test_search_and_filter(void **state)
{
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	press(&s, "/ 'LEAK'");
	has(&s, ">leaky_init");
	has(&s, "/LEAK_");
	press(&s, "Esc");
	has(&s, ">load_module");
	press(&s, "/ 'bpf_prog' Enter");
	has(&s, ">bpf_prog_pack_alloc");
	press(&s, "n");
	has(&s, ">bpf_prog_alloc_no_stats");
	press(&s, "N");
	has(&s, ">bpf_prog_pack_alloc");
	press(&s, "/ 'nowhere' Enter");
	has(&s, "'nowhere' stands nowhere here");
	press(&s, "\\ 'zram' Enter");
	golden(&s, "filter-80x24");
	press(&s, "\\ BS BS BS BS 'xyzzy' Enter");
	has(&s, "Nothing has 'xyzzy' in it.");
	press(&s, "\\ 'more' Esc");
	has(&s, "Nothing has 'xyzzy' in it.");
	press(&s, "Esc");
	has(&s, "load_module");
	scene_close(&s);
}

static void test_moving(void **state)
{
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	press(&s, "End");
	has_not(&s, "load_module");
	press(&s, "Home");
	has(&s, ">load_module");
	press(&s, "PgDn");
	has_not(&s, ">load_module");
	press(&s, "PgUp");
	has(&s, ">load_module");
	press(&s, "Down j Up k WheelDown");
	has(&s, ">array_map_alloc");
	click(&s, 7, 5);
	has(&s, ">drm_fbdev");
	/* A click on the row one is on goes in. */
	click(&s, 7, 5);
	has(&s, "[Areas] of drm_fbdev");
	scene_close(&s);
}

/* The cursor stays on its row when the order changes under it. */
static void test_follow(void **state)
{
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	press(&s, "/ 'leaky' Enter");
	feed_leak(&s, "vmallocinfo", 400, 11000);
	has(&s, ">leaky_init");
	press(&s, "Home");
	feed_leak(&s, "vmallocinfo", 4000, 12000);
	/* At the top one stays at the top. */
	has(&s, ">leaky_init");
	feed_leak(&s, "vmallocinfo", 1, 13000);
	has(&s, ">load_module");
	scene_close(&s);
}

static void test_state_of_addresses(void **state)
{
	static const char *const files[] = {"vmallocinfo.hashed", "vmallocinfo.zeroed"};
	static const char *const maps[] = {"map-hashed", "map-hidden"};
	static const char *const words[] = {"addresses HASHED", "addresses HIDDEN"};
	struct scene s;
	char *text;

	(void)state;
	for (int i = 0; i < 2; i++) {
		scene_open(&s, &utf8);
		text = fixture_text(3, files[i], NULL);
		scene_feed(&s, text, 0);
		scene_feed(&s, text, 1000);
		has(&s, words[i]);
		press(&s, "6");
		golden(&s, maps[i]);
		press(&s, "7");
		has(&s, "Areas cannot be told apart");
		press(&s, "2 Enter");
		has(&s, "together");
		free(text);
		scene_close(&s);
	}
}

static void test_baseline(void **state)
{
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	press(&s, "/ 'leaky' Enter");
	has(&s, "+160K");
	has(&s, "base 10s");
	scene_size(&s, 24, 120);
	has(&s, "base 20:00:00 (10s)");
	scene_size(&s, 24, 80);
	press(&s, "b");
	has_not(&s, "+160K");
	feed_leak(&s, "vmallocinfo", 12, 11000);
	has(&s, "+16K");
	/* What is gone since stays to be seen. */
	feed_leak(&s, "vmallocinfo", 0, 12000);
	press(&s, "/ 'leaky' Enter");
	has(&s, "-176K");
	scene_close(&s);
}

static void test_units(void **state)
{
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	press(&s, "t");
	has(&s, "24528K");
	press(&s, "t");
	has(&s, "25116672");
	press(&s, "t");
	has(&s, "6,132p");
	press(&s, "t");
	has(&s, "24.0M");
	scene_close(&s);
}

static void test_freeze_and_interval(void **state)
{
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	press(&s, "space");
	assert_true(vmt_tui_frozen(s.ui));
	has(&s, "FROZEN");
	press(&s, "space");
	assert_false(vmt_tui_frozen(s.ui));
	assert_int_equal(s.asks, VMT_ASKS_READ);
	press(&s, "+");
	assert_true(vmt_tui_interval(s.ui) == 2);
	press(&s, "- - -");
	assert_true(vmt_tui_interval(s.ui) < 0.3);
	press(&s, "- - - -");
	assert_true(vmt_tui_interval(s.ui) > 0.09);
	press(&s, "Left");
	has(&s, "recorded files only");
	press(&s, "S");
	assert_int_equal(s.asks, VMT_ASKS_SAVE);
	scene_close(&s);
}

static void test_replay(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, &utf8);
	s.about = (struct vmt_tui_about){.replay = true,
					 .n = 120,
					 .at = 60,
					 .first_time = T0,
					 .last_time = T0 + 7200,
					 .uptime = VMT_FACT_NONE};
	for (int i = 0; i < 60; i++)
		feed_leak(&s, "vmallocinfo", 1 + i, (uint64_t)i * 60000);
	golden(&s, "replay-80x24");
	scene_size(&s, 10, 40);
	golden(&s, "replay-40x10");
	assert_true(vmt_tui_frozen(s.ui));
	press(&s, "Right Right Left .");
	assert_int_equal(s.asks, VMT_ASKS_STEP);
	assert_int_equal(vmt_tui_wanted(s.ui), 62);
	press(&s, "{");
	assert_int_equal(vmt_tui_wanted(s.ui), 56);
	press(&s, "} } } } } } } } } } } } } } } }");
	assert_int_equal(vmt_tui_wanted(s.ui), 119);
	press(&s, "space");
	assert_false(vmt_tui_frozen(s.ui));
	has(&s, "▶");
	scene_size(&s, 24, 80);
	has(&s, "PLAYING");
	scene_close(&s);
}

static void test_problem(void **state)
{
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	(void)snprintf(s.about.problem, sizeof(s.about.problem),
		       "x.txt: No such file or directory");
	vmt_tui_set_about(s.ui, &s.about);
	has(&s, "! x.txt: No such file");
	scene_close(&s);
}

/* What comes from outside moves no cursor. */
static void test_hostile(void **state)
{
	struct scene s;
	char *text;

	(void)state;
	scene_open(&s, &utf8);
	scene_feed(&s,
		   "0xffffc90000000000-0xffffc90000005000   20480 "
		   "\033[31mevil\x9b\xe2\x80\xae+0x1/0x2 "
		   "pages=4 vmalloc N0=4\n"
		   "0xffffc90000006000-0xffffc9000000b000   20480 kernel_clone+0x1/0x2 pages=4 "
		   "vmalloc N0=4\n",
		   0);
	for (int view = 1; view <= 7; view++) {
		press(&s, (const char[]){(char)('0' + view), 0});
		text = screen_text(&s);
		for (const char *p = text; *p; p++) {
			assert_true(*p == '\n' || (unsigned char)*p >= ' ');
			assert_true((unsigned char)*p != 0x7f);
		}
		assert_null(strstr(text, "\xe2\x80\xae"));
		free(text);
	}
	scene_close(&s);
}

static uint32_t roll(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

static void rewind_scene(struct scene *s)
{
	vmt_live_rewind(s->live);
	assert_int_equal(vmt_tui_update(s->ui, s->live), VMT_OK);
}

/* Whoever leans on the keyboard, clicks about and drags the window, while texts of all kinds come.
 */
static void test_any_keys(void **state)
{
	static const char *const files[] = {"vmallocinfo", "vmallocinfo.hashed", "vmallocinfo",
					    "vmallocinfo.zeroed"};
	static const uint32_t keys[] = {
		VMT_KEY_UP,
		VMT_KEY_DOWN,
		VMT_KEY_LEFT,
		VMT_KEY_RIGHT,
		VMT_KEY_PGUP,
		VMT_KEY_PGDN,
		VMT_KEY_HOME,
		VMT_KEY_END,
		VMT_KEY_ENTER,
		VMT_KEY_ESC,
		VMT_KEY_TAB,
		VMT_KEY_F1,
		VMT_KEY_WHEEL_UP,
		VMT_KEY_ENTER,
		VMT_KEY_DOWN,
		'z',
		'Z',
		'[',
		']',
		'6',
	};
	const char *rounds = getenv("TUI_ROUNDS");
	uint32_t seed = 7, n = rounds ? (uint32_t)strtoul(rounds, NULL, 10) : 4000;
	struct scene s;

	(void)state;
	leak(&s, &utf8);
	for (uint32_t i = 0; i < n; i++) {
		struct vmt_press p = {.key = VMT_KEY_CLICK};

		switch (roll(&seed, 8)) {
		case 0: p.key = ' ' + roll(&seed, 95); break;
		case 1:
			p.row = (int)roll(&seed, 60);
			p.col = (int)roll(&seed, 160);
			break;
		default: p.key = keys[roll(&seed, ARRAY_SIZE(keys))];
		}
		(void)vmt_tui_press(s.ui, s.live, &p);
		if (roll(&seed, 50) == 0)
			scene_size(&s, 1 + (int)roll(&seed, 60), 1 + (int)roll(&seed, 160));
		if (roll(&seed, 100) == 0)
			feed_leak(&s, files[roll(&seed, 4)], (int)roll(&seed, 50),
				  (11 + i) * 1000ULL);
		if (roll(&seed, 500) == 0)
			rewind_scene(&s);
		if (roll(&seed, 4) == 0)
			free(screen_text(&s));
	}
	scene_close(&s);
}

/* The same state and size give the same cells. */
static void test_pure(void **state)
{
	struct scene s;
	char *a, *b;

	(void)state;
	leak(&s, &utf8);
	for (int view = 1; view <= 7; view++) {
		press(&s, (const char[]){(char)('0' + view), 0});
		a = screen_text(&s);
		b = screen_text(&s);
		assert_string_equal(a, b);
		free(a);
		free(b);
	}
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_any_size),
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_tabs),
		cmocka_unit_test(test_drill_down),
		cmocka_unit_test(test_explained_goes),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_search_and_filter),
		cmocka_unit_test(test_moving),
		cmocka_unit_test(test_follow),
		cmocka_unit_test(test_state_of_addresses),
		cmocka_unit_test(test_baseline),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_freeze_and_interval),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_problem),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_any_keys),
		cmocka_unit_test(test_pure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
