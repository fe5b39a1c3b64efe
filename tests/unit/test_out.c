// SPDX-License-Identifier: GPL-2.0-or-later
/* The exact text of every cell type in every format, escaping, and that JSON is JSON. */
#include <math.h>
#include <unistd.h>

#include "unit.h"
#include "vmtool/out.h"

static const struct vmt_col c_caller = {.name = "CALLER"};
static const struct vmt_col c_size = {.name = "SIZE", .flags = VMT_COL_RIGHT};
static const struct vmt_col c_share = {.name = "SIZE%", .title = "%", .flags = VMT_COL_RIGHT};
static const struct vmt_col *const one_col[] = {&c_caller};
static const struct vmt_col *const two_cols[] = {&c_caller, &c_size};

/* What is written goes to memory; each use ends with expect().  The stream knows their places. */
static char *written;
static size_t n_written;

struct sink {
	FILE *fp;
	struct vmt_out *out;
};

static struct sink sink_with(struct vmt_out_opts opts)
{
	struct sink s = {0};

	s.fp = open_memstream(&written, &n_written);
	assert_non_null(s.fp);
	assert_int_equal(vmt_out_new(&s.out, s.fp, &opts), VMT_OK);
	return s;
}

static struct sink sink_of(enum vmt_format format)
{
	return sink_with((struct vmt_out_opts){.format = format});
}

static void expect(struct sink *s, const char *text)
{
	vmt_out_finish(s->out);
	vmt_out_free(s->out);
	assert_int_equal(fclose(s->fp), 0);
	assert_string_equal(written, text);
	assert_int_equal(n_written, strlen(text));
	free(written);
}

static struct vmt_cell str(const char *text)
{
	return vmt_cell_s(VMT_CELL_STR, vmt_str(text));
}

static struct vmt_cell bytes(uint64_t n)
{
	return vmt_cell_u(VMT_CELL_BYTES, n);
}

static void rows_of(struct sink *s, const struct vmt_col *const *cols, size_t n_cols,
		    const struct vmt_cell *cells, size_t n)
{
	assert_int_equal(vmt_out_rows_begin(s->out, "rows", cols, n_cols), VMT_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(vmt_out_row(s->out, cells + i * n_cols), VMT_OK);
	assert_int_equal(vmt_out_rows_count(s->out), n);
	assert_int_equal(vmt_out_rows_end(s->out), VMT_OK);
}

/* ---- every type of cell ---- */

static const struct typed {
	struct vmt_cell cell;
	const char *json, *csv, *raw, *table, *table_bytes;
} typed[] = {
	{{.type = VMT_CELL_NULL}, "null", "", "", "-", "-"},
	{{.type = VMT_CELL_STR, .s = {"f+0x0/0x1", 9}},
	 "\"f+0x0/0x1\"",
	 "f+0x0/0x1",
	 "f+0x0/0x1",
	 "f+0x0/0x1",
	 "f+0x0/0x1"},
	{{.type = VMT_CELL_COUNT, .u = 1064}, "1064", "1064", "1064", "1,064", "1,064"},
	{{.type = VMT_CELL_BYTES, .u = 20480}, "20480", "20480", "20480", "20 KiB", "20480"},
	{{.type = VMT_CELL_BYTES, .u = UINT64_MAX},
	 "18446744073709551615",
	 "18446744073709551615",
	 "18446744073709551615",
	 "16.0 EiB",
	 "18446744073709551615"},
	{{.type = VMT_CELL_ADDR, .u = 0xbf000000, .width = 8},
	 "\"0xbf000000\"",
	 "0xbf000000",
	 "0xbf000000",
	 "0xbf000000",
	 "0xbf000000"},
	{{.type = VMT_CELL_ADDR, .u = 0x1000, .width = 16},
	 "\"0x0000000000001000\"",
	 "0x0000000000001000",
	 "0x0000000000001000",
	 "0x0000000000001000",
	 "0x0000000000001000"},
	{{.type = VMT_CELL_ADDR, .u = 0x1000},
	 "\"0x1000\"",
	 "0x1000",
	 "0x1000",
	 "0x1000",
	 "0x1000"},
	{{.type = VMT_CELL_SHARE, .d = 0.25}, "0.25", "0.25", "0.25", "25.0%", "25.0%"},
	{{.type = VMT_CELL_SHARE, .d = 1}, "1", "1", "1", "100.0%", "100.0%"},
	{{.type = VMT_CELL_DELTA, .i = 20480}, "20480", "20480", "20480", "+20 KiB", "+20480"},
	{{.type = VMT_CELL_DELTA, .i = -20480}, "-20480", "-20480", "-20480", "-20 KiB", "-20480"},
	{{.type = VMT_CELL_DELTA, .i = 0}, "0", "0", "0", "0", "0"},
	{{.type = VMT_CELL_DELTA, .i = INT64_MIN},
	 "-9223372036854775808",
	 "-9223372036854775808",
	 "-9223372036854775808",
	 "-8.0 EiB",
	 "-9223372036854775808"},
	{{.type = VMT_CELL_DELTA_COUNT, .i = 3}, "3", "3", "3", "+3", "+3"},
	{{.type = VMT_CELL_DELTA_COUNT, .i = -3}, "-3", "-3", "-3", "-3", "-3"},
	{{.type = VMT_CELL_DELTA_COUNT, .i = 0}, "0", "0", "0", "0", "0"},
	{{.type = VMT_CELL_RATE, .d = 2048}, "2048", "2048", "2048", "+2 KiB/s", "+2048/s"},
	{{.type = VMT_CELL_RATE, .d = -2048}, "-2048", "-2048", "-2048", "-2 KiB/s", "-2048/s"},
	{{.type = VMT_CELL_RATE, .d = 0.25}, "0.25", "0.25", "0.25", "0/s", "0/s"},
	{{.type = VMT_CELL_BOOL, .u = 1}, "true", "true", "true", "yes", "yes"},
	{{.type = VMT_CELL_BOOL, .u = 0}, "false", "false", "false", "no", "no"},
	{{.type = VMT_CELL_WORDS, .s = {"vmalloc user", 12}},
	 "[\"vmalloc\",\"user\"]",
	 "vmalloc user",
	 "vmalloc\\x20user",
	 "vmalloc user",
	 "vmalloc user"},
	{{.type = VMT_CELL_NODES, .s = {"N0=4 N12=2", 10}},
	 "{\"0\":4,\"12\":2}",
	 "N0=4 N12=2",
	 "N0=4\\x20N12=2",
	 "N0=4 N12=2",
	 "N0=4 N12=2"},
};

static void every_type_in_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(typed); i++) {
		struct sink s = sink_of(VMT_OUT_JSON);
		char want[200];

		rows_of(&s, one_col, 1, &typed[i].cell, 1);
		(void)snprintf(want, sizeof(want),
			       "{\n   \"rows\": [\n      {\"caller\":%s}\n   ]\n}\n",
			       typed[i].json);
		expect(&s, want);
	}
}

static void every_type_in_csv(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(typed); i++) {
		struct sink s = sink_of(VMT_OUT_CSV);
		char want[200];

		rows_of(&s, one_col, 1, &typed[i].cell, 1);
		(void)snprintf(want, sizeof(want), "caller\n%s\n", typed[i].csv);
		expect(&s, want);
	}
}

static void every_type_in_raw(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(typed); i++) {
		struct sink s = sink_of(VMT_OUT_RAW);
		char want[200];

		rows_of(&s, one_col, 1, &typed[i].cell, 1);
		(void)snprintf(want, sizeof(want), "CALLER\n%s\n", typed[i].raw);
		expect(&s, want);
	}
}

static void every_type_in_a_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(typed) * 2; i++) {
		const struct typed *t = &typed[i / 2];
		struct sink s =
			sink_with((struct vmt_out_opts){.bytes = i % 2, .no_headings = true});
		char want[200], buf[200];

		rows_of(&s, one_col, 1, &t->cell, 1);
		(void)snprintf(want, sizeof(want), "%s\n", i % 2 ? t->table_bytes : t->table);
		expect(&s, want);
		vmt_cell_text(&t->cell, i % 2, buf, sizeof(buf));
		assert_string_equal(buf, i % 2 ? t->table_bytes : t->table);
	}
}

/* JSON has no NaN and no infinity. */
static void json_numbers_are_finite(void **state)
{
	const double odd[] = {NAN, INFINITY, -INFINITY};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd) * 2; i++) {
		struct sink s = sink_of(VMT_OUT_JSON);
		struct vmt_cell cell = {.type = i % 2 ? VMT_CELL_SHARE : VMT_CELL_RATE,
					.d = odd[i / 2]};

		rows_of(&s, one_col, 1, &cell, 1);
		expect(&s, "{\n   \"rows\": [\n      {\"caller\":null}\n   ]\n}\n");
	}
}

static void a_text_that_is_empty_is_null(void **state)
{
	(void)state;
	assert_int_equal(vmt_cell_s(VMT_CELL_STR, (struct vmt_str){NULL, 0}).type, VMT_CELL_NULL);
	assert_int_equal(vmt_cell_s(VMT_CELL_WORDS, vmt_str("")).type, VMT_CELL_NULL);
	assert_int_equal(vmt_cell_null().type, VMT_CELL_NULL);
}

/* ---- several rows, and several sets of them ---- */

static void rows_in_json(void **state)
{
	struct sink s = sink_of(VMT_OUT_JSON);
	const struct vmt_cell cells[] = {str("a"), bytes(1), str("b"), bytes(2)};

	(void)state;
	rows_of(&s, two_cols, 2, cells, 2);
	rows_of(&s, one_col, 1, NULL, 0);
	expect(&s, "{\n   \"rows\": [\n      {\"caller\":\"a\",\"size\":1},\n"
		   "      {\"caller\":\"b\",\"size\":2}\n   ],\n   \"rows\": []\n}\n");
}

static void rows_in_csv_and_raw(void **state)
{
	const struct vmt_cell cells[] = {str("a"), bytes(1), vmt_cell_null(), bytes(2)};
	struct sink s = sink_of(VMT_OUT_CSV);

	(void)state;
	rows_of(&s, two_cols, 2, cells, 2);
	rows_of(&s, one_col, 1, cells, 1);
	expect(&s, "caller,size\na,1\n,2\n\ncaller\na\n");
	s = sink_of(VMT_OUT_RAW);
	rows_of(&s, two_cols, 2, cells, 2);
	rows_of(&s, one_col, 1, cells, 1);
	expect(&s, "CALLER SIZE\na 1\n 2\n\nCALLER\na\n");
}

static void rows_in_a_table_are_aligned(void **state)
{
	const struct vmt_cell cells[] = {str("a"), bytes(4096), str("longer"), bytes(20480)};
	struct sink s = sink_of(VMT_OUT_TABLE);

	(void)state;
	rows_of(&s, two_cols, 2, cells, 2);
	expect(&s, "CALLER   SIZE\na       4 KiB\nlonger 20 KiB\n");
}

static void a_title_stands_in_the_heading_only(void **state)
{
	static const struct vmt_col *const cols[] = {&c_share};
	const struct vmt_cell cell = {.type = VMT_CELL_SHARE, .d = 0.5};
	struct sink s = sink_of(VMT_OUT_TABLE);

	(void)state;
	rows_of(&s, cols, 1, &cell, 1);
	expect(&s, "    %\n50.0%\n");
	s = sink_of(VMT_OUT_CSV);
	rows_of(&s, cols, 1, &cell, 1);
	expect(&s, "size%\n0.5\n");
	s = sink_of(VMT_OUT_JSON);
	rows_of(&s, cols, 1, &cell, 1);
	expect(&s, "{\n   \"rows\": [\n      {\"size%\":0.5}\n   ]\n}\n");
}

static void headings_can_be_left_out(void **state)
{
	const struct vmt_cell cells[] = {str("a"), bytes(1)};
	static const struct {
		enum vmt_format format;
		const char *text;
	} formats[] = {{VMT_OUT_RAW, "a 1\n"}, {VMT_OUT_CSV, "a,1\n"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct sink s = sink_with(
			(struct vmt_out_opts){.format = formats[i].format, .no_headings = true});

		rows_of(&s, two_cols, 2, cells, 1);
		expect(&s, formats[i].text);
	}
}

/* Some versions of libsmartcols keep the width of a heading that is not shown: one column here. */
static void the_heading_of_a_table_can_be_left_out(void **state)
{
	const struct vmt_cell cell = str("wider than its heading");
	struct sink s = sink_with((struct vmt_out_opts){.no_headings = true});

	(void)state;
	rows_of(&s, one_col, 1, &cell, 1);
	expect(&s, "wider than its heading\n");
}

static void an_empty_document(void **state)
{
	struct sink s = sink_of(VMT_OUT_JSON);

	(void)state;
	expect(&s, "{}\n");
	s = sink_of(VMT_OUT_CSV);
	expect(&s, "");
	/* Given up before the rows ended. */
	s = sink_of(VMT_OUT_TABLE);
	assert_int_equal(vmt_out_rows_begin(s.out, "rows", one_col, 1), VMT_OK);
	expect(&s, "");
}

/* ---- objects ---- */

static void write_objects(struct vmt_out *out)
{
	const struct vmt_cell cells[] = {str("x"), bytes(7), vmt_cell_null()};

	vmt_out_object_begin(out, "TOTALS");
	vmt_out_member(out, "areas", vmt_cell_u(VMT_CELL_COUNT, 5));
	vmt_out_object_begin(out, "guard");
	vmt_out_member(out, "known", bytes(4096));
	vmt_out_member(out, "inferred", vmt_cell_null());
	vmt_out_object_end(out);
	vmt_out_object_begin(out, "empty");
	vmt_out_object_end(out);
	assert_int_equal(vmt_out_rows_begin(out, "inner", one_col, 1), VMT_OK);
	assert_int_equal(vmt_out_row(out, cells), VMT_OK);
	assert_int_equal(vmt_out_rows_end(out), VMT_OK);
	vmt_out_member(out, "last", vmt_cell_u(VMT_CELL_BOOL, 1));
	vmt_out_object_end(out);
	vmt_out_object_begin(out, "void");
	vmt_out_object_end(out);
}

static void objects_nest_in_json(void **state)
{
	struct sink s = sink_of(VMT_OUT_JSON);

	(void)state;
	write_objects(s.out);
	expect(&s,
	       "{\n   \"totals\": {\n      \"areas\":5,\n"
	       "      \"guard\": {\"known\":4096,\"inferred\":null},\n"
	       "      \"empty\": {},\n"
	       "      \"inner\": [\n      {\"caller\":\"x\"}\n   ],\n      \"last\":true\n   },\n"
	       "   \"void\": {}\n}\n");
}

static void objects_are_in_no_other_format(void **state)
{
	struct sink s = sink_of(VMT_OUT_CSV);

	(void)state;
	write_objects(s.out);
	expect(&s, "caller\nx\n");
}

/* ---- escaping ---- */

static void check_escape(const char *text, const char *expected)
{
	char buf[200];

	vmt_out_escape(buf, sizeof(buf), vmt_str(text));
	assert_string_equal(buf, expected);
}

static void control_bytes_do_not_reach_a_terminal(void **state)
{
	(void)state;
	check_escape("a\x1b[2Jb", "a\\x1b[2Jb");
	check_escape("\r\n\t\b\x7f", "\\x0d\\x0a\\x09\\x08\\x7f");
	check_escape("\x9b"
		     "31m",
		     "\\x9b31m"); /* C1, as a byte */
	check_escape("\xc2\x9b"
		     "31m",
		     "\\xc2\\x9b31m"); /* C1, as UTF-8 */
}

static void text_of_other_languages_stays(void **state)
{
	(void)state;
	check_escape("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	check_escape("\xe2\x82\xac \xf0\x9f\x98\x80", "\xe2\x82\xac \xf0\x9f\x98\x80");
	check_escape("\xc2\xa0", "\xc2\xa0");
}

/* They turn the rest of a line around: a name could read as another. */
static void bidirectional_overrides_are_shown(void **state)
{
	(void)state;
	check_escape("a\xe2\x80\xae"
		     "b",
		     "a\\xe2\\x80\\xaeb");
	check_escape("\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9",
		     "\\xe2\\x80\\xaa\\xe2\\x81\\xa6\\xe2\\x81\\xa9");
}

static void bytes_that_are_no_utf8_are_shown(void **state)
{
	(void)state;
	check_escape("\xff", "\\xff");
	check_escape("\x80", "\\x80");
	check_escape("\xc3", "\\xc3"); /* cut */
	check_escape("\xc3z", "\\xc3z");
	check_escape("\xe2\x82", "\\xe2\\x82");
	check_escape("\xc0\xaf", "\\xc0\\xaf");			  /* overlong */
	check_escape("\xed\xa0\x80", "\\xed\\xa0\\x80");	  /* surrogate */
	check_escape("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
}

/* Never half an escape and never half a character. */
static void escaped_text_is_cut_at_a_character(void **state)
{
	char buf[16];

	(void)state;
	for (size_t size = 1; size < sizeof(buf); size++) {
		size_t n;

		memset(buf, 'z', sizeof(buf));
		vmt_out_escape(buf, size, vmt_str("\x1b\x1b\x1b\x1b"));
		n = strlen(buf);
		assert_true(n < size && n % 4 == 0 && n + 4 >= size);
		vmt_out_escape(buf, size,
			       vmt_str("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
				       "\xe2\x82\xac\xe2\x82\xac"));
		n = strlen(buf);
		assert_true(n < size && n % 3 == 0 && n + 3 >= size);
	}
}

static void json_strings_are_escaped(void **state)
{
	struct sink s = sink_of(VMT_OUT_JSON);
	const struct vmt_cell cells[] = {
		str("q\"b\\s/"),
		str("\x01\n\x1f\x7f"),
		str("\xc3\xbc\xff"),
		{.type = VMT_CELL_WORDS, .s = {"a\"b c\\d", 7}},
		vmt_cell_s(VMT_CELL_STR, (struct vmt_str){"a\0b", 3}),
	};

	(void)state;
	rows_of(&s, one_col, 1, cells, 5);
	expect(&s, "{\n   \"rows\": [\n      {\"caller\":\"q\\\"b\\\\s/\"},\n"
		   "      {\"caller\":\"\\u0001\\u000a\\u001f\\u007f\"},\n"
		   "      {\"caller\":\"\\u00c3\\u00bc\\u00ff\"},\n"
		   "      {\"caller\":[\"a\\\"b\",\"c\\\\d\"]},\n"
		   "      {\"caller\":\"a\\u0000b\"}\n   ]\n}\n");
}

static void csv_quotes_what_would_break_it(void **state)
{
	struct sink s =
		sink_with((struct vmt_out_opts){.format = VMT_OUT_CSV, .no_headings = true});
	const struct vmt_cell cells[] = {str("plain"), str("a,b"), str("say \"x\""),
					 str("a\nb"),  str("a b"), str("\x1b[2J")};

	(void)state;
	rows_of(&s, one_col, 1, cells, 6);
	expect(&s, "plain\n\"a,b\"\n\"say \"\"x\"\"\"\n\"a\\x0ab\"\na b\n\"\\x1b[2J\"\n");
}

/* A spreadsheet must not run a caller. */
static void csv_formulas_are_text(void **state)
{
	struct sink s =
		sink_with((struct vmt_out_opts){.format = VMT_OUT_CSV, .no_headings = true});
	const struct vmt_cell cells[] = {str("=1+1"),
					 str("+f"),
					 str("-f"),
					 str("@f"),
					 str("f=1"),
					 str("=\"a\""),
					 {.type = VMT_CELL_DELTA, .i = -5}};

	(void)state;
	rows_of(&s, one_col, 1, cells, 7);
	expect(&s, "\"'=1+1\"\n\"'+f\"\n\"'-f\"\n\"'@f\"\nf=1\n\"'=\"\"a\"\"\"\n-5\n");
}

/* DEL alone is a control byte like the others. */
static void csv_has_no_control_byte(void **state)
{
	struct sink s =
		sink_with((struct vmt_out_opts){.format = VMT_OUT_CSV, .no_headings = true});
	struct vmt_cell cell = str("a\x7f"
				   "b");

	(void)state;
	rows_of(&s, one_col, 1, &cell, 1);
	expect(&s, "\"a\\x7fb\"\n");
}

static void raw_has_one_blank_between_fields(void **state)
{
	struct sink s =
		sink_with((struct vmt_out_opts){.format = VMT_OUT_RAW, .no_headings = true});
	const struct vmt_cell cells[] = {str("a b\\c"), bytes(1), str("\x1b\xc3\xbc"), bytes(2)};

	(void)state;
	rows_of(&s, two_cols, 2, cells, 2);
	expect(&s, "a\\x20b\\x5cc 1\n\\x1b\\xc3\\xbc 2\n");
}

static void a_table_is_safe_for_a_terminal(void **state)
{
	struct sink s = sink_with((struct vmt_out_opts){.no_headings = true});
	struct vmt_cell cell = str("a\x1b[2J\nb");

	(void)state;
	rows_of(&s, one_col, 1, &cell, 1);
	expect(&s, "a\\x1b[2J\\x0ab\n");
}

/*
 * Bytes of other languages in the C locale: libsmartcols 2.38 without its own encoding never ends
 * on them (found by fuzzing a change).
 */
static void a_table_with_bytes_beyond_ascii_ends(void **state)
{
	struct sink s = sink_with((struct vmt_out_opts){.no_headings = true});
	struct vmt_cell cell = str("a\xdf\x89 and more");

	(void)state;
	(void)alarm(10);
	rows_of(&s, one_col, 1, &cell, 1);
	(void)alarm(0);
	expect(&s, "a\\xdf\\x89 and more\n");
}

/* The longest caller, each byte of it escaped. */
static void the_longest_caller_fits_a_table(void **state)
{
	struct sink s = sink_with((struct vmt_out_opts){.no_headings = true});
	char name[531], want[531 * 4 + 2];
	struct vmt_cell cell = {.type = VMT_CELL_STR, .s = {name, 530}};

	(void)state;
	memset(name, 0x01, sizeof(name));
	for (size_t i = 0; i < 530; i++)
		memcpy(want + 4 * i, "\\x01", 4);
	memcpy(want + 530 * 4, "\n", 2);
	rows_of(&s, one_col, 1, &cell, 1);
	expect(&s, want);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_in_json),
		cmocka_unit_test(every_type_in_csv),
		cmocka_unit_test(every_type_in_raw),
		cmocka_unit_test(every_type_in_a_table),
		cmocka_unit_test(json_numbers_are_finite),
		cmocka_unit_test(a_text_that_is_empty_is_null),
		cmocka_unit_test(rows_in_json),
		cmocka_unit_test(rows_in_csv_and_raw),
		cmocka_unit_test(rows_in_a_table_are_aligned),
		cmocka_unit_test(a_title_stands_in_the_heading_only),
		cmocka_unit_test(headings_can_be_left_out),
		cmocka_unit_test(the_heading_of_a_table_can_be_left_out),
		cmocka_unit_test(an_empty_document),
		cmocka_unit_test(objects_nest_in_json),
		cmocka_unit_test(objects_are_in_no_other_format),
		cmocka_unit_test(control_bytes_do_not_reach_a_terminal),
		cmocka_unit_test(text_of_other_languages_stays),
		cmocka_unit_test(bidirectional_overrides_are_shown),
		cmocka_unit_test(bytes_that_are_no_utf8_are_shown),
		cmocka_unit_test(escaped_text_is_cut_at_a_character),
		cmocka_unit_test(json_strings_are_escaped),
		cmocka_unit_test(csv_quotes_what_would_break_it),
		cmocka_unit_test(csv_formulas_are_text),
		cmocka_unit_test(csv_has_no_control_byte),
		cmocka_unit_test(raw_has_one_blank_between_fields),
		cmocka_unit_test(a_table_is_safe_for_a_terminal),
		cmocka_unit_test(a_table_with_bytes_beyond_ascii_ends),
		cmocka_unit_test(the_longest_caller_fits_a_table),
	};

	return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
