// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows within a cell: chains of frames within a row of callers. */
#include "unit.h"
#include "vmtool/out.h"

static const struct vmt_col c_caller = {.name = "CALLER"};
static const struct vmt_col c_size = {.name = "SIZE"};
static const struct vmt_col *const two_cols[] = {&c_caller, &c_size};

static struct vmt_cell str(const char *text)
{
	return vmt_cell_s(VMT_CELL_STR, vmt_str(text));
}

static struct vmt_cell bytes(uint64_t n)
{
	return vmt_cell_u(VMT_CELL_BYTES, n);
}

/* What is written of @n rows; the caller frees it. */
static char *written(enum vmt_format format, const struct vmt_col *const *cols, size_t n_cols,
		     const struct vmt_cell *cells, size_t n)
{
	const struct vmt_out_opts opts = {.format = format};
	struct vmt_out *out = NULL;
	char *text = NULL;
	size_t size;
	FILE *fp = open_memstream(&text, &size);

	assert_non_null(fp);
	assert_int_equal(vmt_out_new(&out, fp, &opts), VMT_OK);
	assert_int_equal(vmt_out_rows_begin(out, "rows", cols, n_cols), VMT_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(vmt_out_row(out, cells + i * n_cols), VMT_OK);
	assert_int_equal(vmt_out_rows_end(out), VMT_OK);
	vmt_out_finish(out);
	vmt_out_free(out);
	assert_int_equal(fclose(fp), 0);
	return text;
}

/* In words where a cell is text, an array of objects in JSON. */
static void rows_within_a_cell_are_objects_in_json(void **state)
{
	static const struct vmt_col c_frames = {.name = "FRAMES"};
	static const struct vmt_col *const outer[] = {&c_caller, &c_frames};
	const struct vmt_cell inner[] = {str("a\"b"), bytes(1), vmt_cell_null(), bytes(20480)};
	const struct vmt_rows rows = {two_cols, 2, inner, 2};
	const struct vmt_rows none = {two_cols, 2, NULL, 0};
	struct vmt_cell cells[] = {str("f+0x0/0x1"),
				   {.type = VMT_CELL_ROWS, .s = vmt_str("a < b"), .rows = &rows},
				   str("g+0x0/0x1"),
				   {.type = VMT_CELL_ROWS, .s = vmt_str(""), .rows = &none}};
	char *text;

	(void)state;
	text = written(VMT_OUT_JSON, outer, 2, cells, 2);
	assert_string_equal(
		text, "{\n   \"rows\": [\n"
		      "      {\"caller\":\"f+0x0/0x1\",\"frames\":["
		      "{\"caller\":\"a\\\"b\",\"size\":1},{\"caller\":null,\"size\":20480}]},\n"
		      "      {\"caller\":\"g+0x0/0x1\",\"frames\":[]}\n   ]\n}\n");
	free(text);
	text = written(VMT_OUT_CSV, outer, 2, cells, 2);
	assert_string_equal(text, "caller,frames\nf+0x0/0x1,a < b\ng+0x0/0x1,\n");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_within_a_cell_are_objects_in_json),
	};

	return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
