// SPDX-License-Identifier: GPL-2.0-or-later
/** Screens without a terminal: texts are fed, keys are pressed, what is drawn is compared. */
#ifndef VMTOOL_UNIT_SCREENS_H
#define VMTOOL_UNIT_SCREENS_H

#include "unit.h"

#include "vmtool/tui.h"

#define T0 UINT64_C(1764100800) /* 2025-11-25T20:00:00Z */

struct scene {
	struct vmt_live *live;
	struct vmt_tui *ui;
	struct vmt_tui_about about;
	int rows, cols;
	enum vmt_asks asks;
};

/* One reading of a text, @ms after the beginning. */
static inline void scene_feed(struct scene *s, const char *text, uint64_t ms)
{
	struct vmt_text_opts opts = {0};
	struct vmt_reading *r;
	struct vmt_facts facts;
	struct vmt_area area;
	struct vmt_file *file;
	struct vmt_text *t;
	struct vmt_err err = {0};

	assert_int_equal(vmt_file_open_memory(&file, "scene", text, strlen(text), &err), VMT_OK);
	assert_int_equal(vmt_text_open(&t, file, &opts, &err), VMT_OK);
	r = vmt_reading_new(vmt_text_page_size(t, NULL));
	assert_non_null(r);
	while (vmt_text_next(t, &area, &err) == VMT_OK)
		assert_int_equal(vmt_reading_add(r, &area, (struct vmt_str){NULL, 0}), VMT_OK);
	facts = *vmt_text_facts(t);
	(void)snprintf(facts.host, sizeof(facts.host), "web-17");
	(void)snprintf(facts.kernel, sizeof(facts.kernel), "6.12.107");
	facts.time = T0 + ms / 1000;
	assert_int_equal(vmt_reading_finish(r, &facts, vmt_text_addresses(t), 5000000 + ms),
			 VMT_OK);
	vmt_text_close(t);
	assert_int_equal(vmt_live_feed(s->live, r, !s->about.replay), VMT_OK);
	s->about.uptime = 1051860 + ms / 1000;
	vmt_tui_set_about(s->ui, &s->about);
	assert_int_equal(vmt_tui_update(s->ui, s->live), VMT_OK);
}

static inline void scene_size(struct scene *s, int rows, int cols)
{
	s->rows = rows;
	s->cols = cols;
	vmt_tui_resize(s->ui, s->live, rows, cols);
}

static inline void scene_open(struct scene *s, const struct vmt_tui_opts *opts)
{
	memset(s, 0, sizeof(*s));
	(void)snprintf(s->about.source, sizeof(s->about.source), "live");
	s->about.uptime = VMT_FACT_NONE;
	s->live = vmt_live_new();
	assert_non_null(s->live);
	assert_int_equal(vmt_tui_new(&s->ui, opts), VMT_OK);
	scene_size(s, 24, 80);
}

static inline void scene_close(struct scene *s)
{
	vmt_tui_free(s->ui);
	vmt_live_free(s->live);
}

static inline uint32_t key_named(const char *name)
{
	static const struct {
		const char *name;
		uint32_t key;
	} keys[] = {
		{"Up", VMT_KEY_UP},
		{"Down", VMT_KEY_DOWN},
		{"Left", VMT_KEY_LEFT},
		{"Right", VMT_KEY_RIGHT},
		{"PgUp", VMT_KEY_PGUP},
		{"PgDn", VMT_KEY_PGDN},
		{"Home", VMT_KEY_HOME},
		{"End", VMT_KEY_END},
		{"Enter", VMT_KEY_ENTER},
		{"Esc", VMT_KEY_ESC},
		{"Tab", VMT_KEY_TAB},
		{"BackTab", VMT_KEY_BACKTAB},
		{"BS", VMT_KEY_BACKSPACE},
		{"space", ' '},
		{"F1", VMT_KEY_F1},
		{"F10", VMT_KEY_F1 + 9},
		{"WheelUp", VMT_KEY_WHEEL_UP},
		{"WheelDown", VMT_KEY_WHEEL_DOWN},
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!strcmp(keys[i].name, name))
			return keys[i].key;
	}
	if (name[1])
		fail_msg("no key is named %s", name);
	return (unsigned char)name[0];
}

/* Names of keys with blanks between; 'word' types the word. */
static inline void press(struct scene *s, const char *script)
{
	char name[64];
	int n;

	for (; sscanf(script, " %63s%n", name, &n) == 1; script += n) {
		if (name[0] == '\'' && name[1]) {
			for (const char *p = name + 1; *p && *p != '\''; p++)
				s->asks = vmt_tui_press(s->ui, s->live,
							&(struct vmt_press){.key = (uint32_t)*p});
			continue;
		}
		s->asks =
			vmt_tui_press(s->ui, s->live, &(struct vmt_press){.key = key_named(name)});
	}
}

static inline void click(struct scene *s, int row, int col)
{
	s->asks = vmt_tui_press(s->ui, s->live,
				&(struct vmt_press){.key = VMT_KEY_CLICK, .row = row, .col = col});
}

/* The screen as text; the caller frees it. */
static inline char *screen_text(const struct scene *s)
{
	struct vmt_grid grid;
	size_t n = 0;
	char *text;

	assert_int_equal(vmt_grid_init(&grid, s->rows, s->cols), VMT_OK);
	text = malloc((size_t)s->rows * ((size_t)s->cols * 4 + 1) + 1);
	assert_non_null(text);
	vmt_tui_draw(s->ui, s->live, &grid);
	for (int row = 0; row < s->rows; row++) {
		n += vmt_grid_row_text(&grid, row, text + n);
		text[n++] = '\n';
	}
	text[n] = 0;
	vmt_grid_deinit(&grid);
	return text;
}

static inline void has(const struct scene *s, const char *part)
{
	char *text = screen_text(s);

	if (!strstr(text, part))
		fail_msg("\"%s\" does not stand on\n%s", part, text);
	free(text);
}

static inline void has_not(const struct scene *s, const char *part)
{
	char *text = screen_text(s);

	if (strstr(text, part))
		fail_msg("\"%s\" stands on\n%s", part, text);
	free(text);
}

/* The screen is tests/fixtures/screens/NAME; UPDATE_GOLDEN=1 rewrites it. */
static inline void golden(const struct scene *s, const char *name)
{
	char path[256], *want = NULL, *text = screen_text(s);
	const char *update = getenv("UPDATE_GOLDEN");
	struct vmt_err err = {0};
	size_t n;

	(void)snprintf(path, sizeof(path), "tests/fixtures/screens/%s", name);
	if (update && !strcmp(update, "1")) {
		FILE *fp = fopen(path, "w");

		assert_non_null(fp);
		assert_int_equal(fputs(text, fp) < 0, 0);
		assert_int_equal(fclose(fp), 0);
	} else {
		if (vmt_file_slurp(path, 1 << 20, &want, &n, &err) != VMT_OK)
			fail_msg("%s: %s", path, err.text);
		if (strcmp(want, text) != 0)
			fail_msg("%s is\n%sand the screen is\n%s", path, want, text);
	}
	free(want);
	free(text);
}

/* A fixture with @n areas of a leak at its end, 20 KiB each; the caller frees it. */
static inline char *leaking(const char *file, int n)
{
	size_t size, at;
	char *text = fixture_text(3, file, &size), *all = malloc(size + (size_t)n * 160 + 1);

	assert_non_null(all);
	memcpy(all, text, size);
	at = size;
	for (int i = 0; i < n; i++)
		at += (size_t)sprintf(all + at,
				      "0x%016llx-0x%016llx   20480 leaky_init+0x10/0x20 [leaky] "
				      "pages=4 vmalloc N0=4\n",
				      0xff644f1700000000ULL + (unsigned long long)i * 0x8000,
				      0xff644f1700005000ULL + (unsigned long long)i * 0x8000);
	free(text);
	all[at] = 0;
	return all;
}

static inline void feed_leak(struct scene *s, const char *file, int n, uint64_t ms)
{
	char *text = leaking(file, n);

	scene_feed(s, text, ms);
	free(text);
}

#endif
