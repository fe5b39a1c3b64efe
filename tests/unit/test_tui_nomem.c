// SPDX-License-Identifier: GPL-2.0-or-later
/* Every allocation of the live view fails once: it is told, nothing leaks, and it goes on. */
#include "nomem.h"

#include "vmtool/tui.h"

static char *text;

static enum vmt_rc read_text(struct vmt_live *past, uint64_t ms)
{
	struct vmt_text_opts opts = {0};
	struct vmt_reading *r = NULL;
	struct vmt_file *file;
	struct vmt_text *t = NULL;
	struct vmt_err err;
	struct vmt_area area;
	enum vmt_rc rc = vmt_file_open_memory(&file, "text", text, strlen(text), &err);

	if (rc == VMT_OK)
		rc = vmt_text_open(&t, file, &opts, &err);
	if (rc == VMT_OK && !(r = vmt_reading_new(4096)))
		rc = VMT_NOMEM;
	while (rc == VMT_OK && (rc = vmt_text_next(t, &area, &err)) == VMT_OK)
		rc = vmt_reading_add(r, &area, (struct vmt_str){NULL, 0});
	if (rc == VMT_NONE)
		rc = vmt_reading_finish(r, vmt_text_facts(t), vmt_text_addresses(t), ms);
	if (rc == VMT_OK) {
		rc = vmt_live_feed(past, r, true);
		r = NULL;
	}
	vmt_reading_free(r);
	vmt_text_close(t);
	return rc;
}

static enum vmt_rc use(struct vmt_live *past, struct vmt_tui *ui)
{
	static const char keys[] = "1234567D2\n\033?q6z";
	struct vmt_grid grid = {0};
	enum vmt_rc rc = VMT_OK;

	for (const char *p = keys; rc == VMT_OK && *p; p++) {
		(void)vmt_tui_press(ui, past, &(struct vmt_press){.key = (uint32_t)*p});
		rc = vmt_grid_init(&grid, 24, 80);
		if (rc == VMT_OK)
			vmt_tui_draw(ui, past, &grid);
		vmt_grid_deinit(&grid);
	}
	return rc;
}

static enum vmt_rc all(void *arg)
{
	struct vmt_tui_opts opts = {.utf8 = true, .interval = 1};
	struct vmt_live *past = vmt_live_new();
	struct vmt_tui *ui = NULL;
	enum vmt_rc rc = past ? vmt_tui_new(&ui, &opts) : VMT_NOMEM;

	(void)arg;
	for (uint64_t t = 0; rc == VMT_OK && t < 2; t++) {
		rc = read_text(past, t * 1000);
		/* What there is can be looked at, whatever failed. */
		if (vmt_tui_update(ui, past) != VMT_OK || use(past, ui) != VMT_OK)
			rc = VMT_NOMEM;
	}
	vmt_tui_free(ui);
	vmt_live_free(past);
	return rc;
}

static void test_each_allocation_fails_once(void **state)
{
	(void)state;
	/* What is shown is not compared. */
	assert_true(nomem_each(all, NULL, "", 0) > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_fails_once)};
	size_t size;

	/* A few lines are enough. */
	text = fixture_text(3, "vmallocinfo", &size);
	for (size_t i = 0, lines = 0; i < size; i++) {
		if (text[i] == '\n' && ++lines == 40)
			text[i + 1] = 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
