// SPDX-License-Identifier: GPL-2.0-or-later
/* vmt_text_*: lines, odd lines, over-long lines and blocks; test_text.c has what is in a text. */
#include <unistd.h>
#include <sys/wait.h>

#include "reading.h"

#define L1 "0xffffc90000000000-0xffffc90000005000   20480 f+0x0/0x10 pages=4 vmalloc N0=4\n"
#define L2 "0xffffc90000008000-0xffffc9000000d000   20480 g+0x0/0x10 pages=4 vmalloc N0=4\n"

#define BLOCK (256 * 1024) /* as reader.c has it: borders lie at multiples of it */

/* ---- refusals ---- */

static void assert_refused(const char *text, size_t n, const char *words)
{
	struct vmt_text *t = NULL;
	struct vmt_err err = {0};

	assert_int_equal(open_memory(&t, text, n, NULL, &err), VMT_FORMAT);
	assert_int_equal(err.code, VMT_FORMAT);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
	assert_non_null(strstr(err.text, "test")); /* the name it was opened by */
}

static void an_empty_text_is_refused(void **state)
{
	(void)state;
	assert_refused("", 0, "is empty");
}

static void a_text_without_areas_is_refused(void **state)
{
	static const char text[] = "MemTotal: 5 kB\nhello\n\n";

	(void)state;
	assert_refused(text, sizeof(text) - 1, "no vmallocinfo line among 3 lines");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
	static const char bytes[] = "\x01\x02\x03\0\0\n\0\xff\xfe\n";

	(void)state;
	assert_refused(bytes, sizeof(bytes) - 1, "is no text");
}

static void a_text_of_odd_lines_alone_is_refused_with_the_first(void **state)
{
	static const char text[] = "hello\n0xffffc90000000000-0xffffc90000005000 x\n";

	(void)state;
	assert_refused(text, sizeof(text) - 1, "line 2: expected the size");
}

static void a_megabyte_of_zeros_is_refused(void **state)
{
	char *zeros = calloc(1, 1 << 20);
	struct vmt_text *t = NULL;
	struct vmt_err err = {0};

	(void)state;
	assert_non_null(zeros);
	assert_int_equal(open_memory(&t, zeros, 1 << 20, NULL, &err), VMT_FORMAT);
	free(zeros);
}

/* ---- odd and other lines ---- */

static void odd_lines_are_counted_and_kept_with_their_numbers(void **state)
{
	struct reading r =
		read_string(L1 "0xbad\n" L2 "0x12345678-0x12345679 1 f+0x0/0x1 pages=x\n" L1);

	(void)state;
	assert_u64(r.stats.areas, 3);
	assert_u64(r.stats.unparsed, 2);
	assert_u64(r.stats.other, 0);
	assert_u64(r.stats.lines, 5);
	assert_u64(r.stats.odd[0].line, 2);
	assert_string_equal(r.stats.odd[0].text, "0xbad");
	assert_non_null(strstr(r.stats.odd[0].why, "0xSTART-0xEND"));
	assert_u64(r.stats.odd[1].line, 4);
	assert_non_null(strstr(r.stats.odd[1].why, "pages="));
	assert_u64(r.areas[0].line, 1);
	assert_u64(r.areas[1].line, 3);
	assert_u64(r.areas[2].line, 5);
	reading_free(&r);
}

static void text_among_the_areas_is_odd(void **state)
{
	struct reading r = read_string(L1 "some words\nmore\n" L2);

	(void)state;
	assert_u64(r.stats.unparsed, 2);
	assert_u64(r.stats.other, 0);
	assert_u64(r.stats.odd[0].line, 2);
	assert_u64(r.stats.odd[1].line, 3);
	assert_string_equal(r.stats.odd[1].text, "more");
	reading_free(&r);
}

static void text_before_and_after_the_areas_is_not(void **state)
{
	struct reading r = read_string("$ cat /proc/vmallocinfo\n" L1 L2 "$ exit\nlogout\n");

	(void)state;
	assert_u64(r.stats.unparsed, 0);
	assert_u64(r.stats.other, 3);
	assert_u64(r.stats.areas, 2);
	reading_free(&r);
}

static void blank_lines_among_the_areas_are_not(void **state)
{
	struct reading r = read_string(L1 "\n  \n" L2);

	(void)state;
	assert_u64(r.stats.unparsed, 0);
	assert_u64(r.stats.other, 2);
	reading_free(&r);
}

struct heard {
	uint64_t calls, last_line;
	char last_text[64];
};

static void hear(void *arg, uint64_t line, const char *why, struct vmt_str text)
{
	struct heard *h = arg;

	assert_non_null(why);
	h->calls++;
	h->last_line = line;
	vmt_str_copy(h->last_text, sizeof(h->last_text), text);
}

static void each_odd_line_is_told_once(void **state)
{
	struct heard h = {0};
	struct vmt_text_opts opts = {.odd = hear, .arg = &h};
	struct reading r = read_memory(L1 "0xbad\nwords\n0xworse\n" L2, strlen(L1 L2) + 20, &opts);

	(void)state;
	assert_u64(h.calls, 3);
	assert_u64(h.calls, r.stats.unparsed);
	reading_free(&r);
}

static void more_odd_lines_than_are_kept_are_counted(void **state)
{
	char text[4096] = "";
	struct reading r;

	(void)state;
	for (int i = 0; i < 3 * VMT_ODD_KEPT; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), L1 "0xbad%d\n", i);
	r = read_string(text);
	assert_u64(r.stats.unparsed, 3 * VMT_ODD_KEPT);
	assert_u64(r.stats.odd[VMT_ODD_KEPT - 1].line, 2 * VMT_ODD_KEPT);
	assert_string_equal(r.stats.odd[VMT_ODD_KEPT - 1].text, "0xbad7");
	reading_free(&r);
}

static void a_nul_byte_makes_its_line_odd(void **state)
{
	static const char text[] =
		L1 "0xffffc90000008000-0xffffc9000000d000   20480 g\0+0x0/0x10\n" L2;
	struct reading r = read_memory(text, sizeof(text) - 1, NULL);

	(void)state;
	assert_u64(r.stats.areas, 2);
	assert_u64(r.stats.unparsed, 1);
	assert_non_null(strstr(r.stats.odd[0].why, "NUL"));
	assert_string_equal(r.stats.odd[0].text,
			    "0xffffc90000008000-0xffffc9000000d000   20480 g?+0x0/0x10");
	reading_free(&r);
}

static void sizes_off_the_page_are_counted(void **state)
{
	struct reading r =
		read_string(L1 L2 "0xffffc90000000000-0xffffc90000001001    4097 f+0x0/0x1 "
				  "vmap\n");

	(void)state;
	assert_u64(r.page_size, 4096);
	assert_u64(r.stats.unaligned, 1);
	reading_free(&r);
}

/* Among real addresses, a line whose range is not its size. */
static void real_ranges_that_are_not_their_size_are_counted(void **state)
{
	struct reading r = read_string(L1 L2 L1 L2 "0xffffc90000010000-0xffffc90000012000   20480 "
						   "f+0x0/0x1 pages=4 vmalloc\n");

	(void)state;
	assert_int_equal(r.addresses, VMT_ADDR_REAL);
	assert_u64(r.stats.mismatched, 1);
	reading_free(&r);
}

/* ---- the end of the text ---- */

static void the_last_line_may_lack_its_newline(void **state)
{
	struct reading r = read_memory(L1 L2, strlen(L1 L2) - 1, NULL);

	(void)state;
	assert_u64(r.stats.areas, 2);
	assert_true(r.stats.cut);
	reading_free(&r);
}

static void a_text_cut_in_a_line_is_said_to_be(void **state)
{
	for (size_t n = 1; n < strlen(L2); n++) {
		struct reading r = read_memory(L1 L2, strlen(L1) + n, NULL);

		assert_true(r.stats.cut);
		assert_u64(r.stats.lines, 2);
		assert_u64(r.stats.areas + r.stats.unparsed + r.stats.other, 2);
		reading_free(&r);
	}
	(void)state;
}

static void a_whole_text_is_not_cut(void **state)
{
	struct reading r = read_string(L1 L2);

	(void)state;
	assert_false(r.stats.cut);
	assert_int_equal(r.stats.cut_err.code, VMT_OK);
	reading_free(&r);
}

/* ---- lines and blocks ---- */

/* n bytes of x between two areas, each a line of its own. */
static void check_long_line(size_t n, bool newline_at_end)
{
	size_t size = strlen(L1) + n + 1 + strlen(L2);
	char *text = malloc(size);
	struct reading r;

	assert_non_null(text);
	memcpy(text, L1, strlen(L1));
	memset(text + strlen(L1), 'x', n);
	text[strlen(L1) + n] = '\n';
	memcpy(text + strlen(L1) + n + 1, L2, strlen(L2));
	r = read_memory(text, newline_at_end ? size : size - strlen(L2) - 1, NULL);
	if (newline_at_end) {
		assert_u64(r.stats.areas, 2);
		assert_u64(r.areas[1].line, 3);
		assert_u64(r.stats.unparsed, 1);
		assert_u64(r.stats.odd[0].line, 2);
		assert_u64(r.stats.lines, 3);
		assert_false(r.stats.cut);
	} else {
		assert_u64(r.stats.areas, 1);
		assert_u64(r.stats.lines, 2);
		assert_u64(r.stats.unparsed + r.stats.other, 1);
		assert_true(r.stats.cut);
	}
	reading_free(&r);
	free(text);
}

static void an_over_long_line_is_one_odd_line(void **state)
{
	(void)state;
	check_long_line(BLOCK + 1, true);
	check_long_line(3 * BLOCK + 17, true);
	check_long_line(300, true);
}

/* Around the border the line just fits, or just does not. */
static void lines_about_as_long_as_a_block_are_one_odd_line(void **state)
{
	(void)state;
	for (size_t d = 0; d < 6; d++) {
		check_long_line(BLOCK - 3 + d, true);
		check_long_line(2 * BLOCK - 3 + d, true);
		check_long_line(BLOCK - strlen(L1) - 3 + d, true);
	}
}

static void an_over_long_line_may_be_the_last(void **state)
{
	(void)state;
	check_long_line(BLOCK + 1, false);
	check_long_line(BLOCK - 1, false);
	check_long_line(BLOCK, false);
	check_long_line(2 * BLOCK, false);
}

/* An over-long line before the first area. */
static void an_over_long_first_line_is_passed_over(void **state)
{
	size_t n = BLOCK + 100;
	char *text = malloc(n + 1 + strlen(L1) + 1);
	struct reading r;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	(void)snprintf(text + n, strlen(L1) + 2, "\n%s", L1);
	r = read_string(text);
	assert_u64(r.stats.areas, 1);
	assert_u64(r.areas[0].line, 2);
	assert_u64(r.stats.lines, 2);
	reading_free(&r);
	free(text);
}

/* The same text of more than a megabyte, shifted byte by byte over the borders of blocks. */
static void lines_over_block_borders_are_whole(void **state)
{
	size_t size, copies = 14, shift_max = 120;
	char *one = fixture_text(1, "vmallocinfo", &size);
	char *text = malloc(shift_max + 1 + copies * size);
	struct reading whole = read_memory(one, size, NULL);

	(void)state;
	assert_non_null(text);
	assert_true(copies * size > 1 << 20);
	for (size_t shift = 1; shift < shift_max; shift += 7) {
		struct reading r;

		memset(text, ' ', shift);
		text[shift - 1] = '\n';
		for (size_t i = 0; i < copies; i++)
			memcpy(text + shift + i * size, one, size);
		r = read_memory(text, shift + copies * size, NULL);
		assert_u64(r.stats.unparsed, 0);
		assert_u64(r.n, copies * whole.n);
		for (size_t i = 0; i < r.n; i++) {
			struct vmt_area again = r.areas[i];

			assert_u64(again.line, i + 2);
			again.line = whole.areas[i % whole.n].line;
			assert_same_record(&again, &whole.areas[i % whole.n]);
		}
		reading_free(&r);
	}
	reading_free(&whole);
	free(text);
	free(one);
}

/* A pipe gives what it has: pieces of any size, in the middle of anything. */
static void a_pipe_in_small_pieces_is_the_same_text(void **state)
{
	size_t size, at = 0;
	char *text = fixture_text(4, "vmallocinfo", &size), path[32];
	struct reading r, whole = read_memory(text, size, NULL);
	struct vmt_file *file = NULL;
	struct vmt_err err = {0};
	int fd[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(fd[0]);
		for (size_t piece = 1; at < size; piece = piece % 997 + 13) {
			size_t n = size - at < piece ? size - at : piece;

			if (write(fd[1], text + at, n) != (ssize_t)n)
				_exit(1);
			at += n;
		}
		_exit(0);
	}
	(void)close(fd[1]);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
	assert_int_equal(vmt_file_open(&file, path, &err), VMT_OK);
	r = read_file(file, NULL);
	(void)close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_same_reading(&r, &whole);
	reading_free(&r);
	reading_free(&whole);
	free(text);
}

/* ---- both paths ---- */

static void both_paths_read_every_fixture_alike(void **state)
{
	const struct vmt_text_opts careful = {.careful = true};

	(void)state;
	for (size_t k = 0; k < FIXTURES * MODES; k++) {
		size_t size;
		char *text = fixture_text(k / MODES, mode_name(k % MODES), &size);
		struct reading a = read_memory(text, size, NULL);
		struct reading b = read_memory(text, size, &careful);

		assert_same_reading(&a, &b);
		assert_u64(a.stats.lines, a.stats.areas);
		assert_u64(a.stats.unparsed, 0);
		reading_free(&a);
		reading_free(&b);
		free(text);
	}
}

/* Damage must lead both paths to the same odd lines. */
static void both_paths_read_damaged_fixtures_alike(void **state)
{
	const struct vmt_text_opts careful = {.careful = true};
	uint32_t seed = 1;

	(void)state;
	for (size_t k = 0; k < FIXTURES * 4; k++) {
		size_t size;
		char *text = fixture_text(k % FIXTURES, mode_name(k % MODES), &size);
		struct reading a, b;

		for (int i = 0; i < 300; i++) {
			seed = seed * 1664525 + 1013904223;
			text[(seed >> 8) % size] = "\n 0xN=[\0f-"[seed >> 4 & 7];
		}
		a = read_memory(text, size, NULL);
		b = read_memory(text, size, &careful);
		assert_same_reading(&a, &b);
		assert_true(a.stats.unparsed > 20);
		assert_u64(a.stats.areas + a.stats.unparsed + a.stats.other, a.stats.lines);
		reading_free(&a);
		reading_free(&b);
		free(text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_text_is_refused),
		cmocka_unit_test(a_text_without_areas_is_refused),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(a_text_of_odd_lines_alone_is_refused_with_the_first),
		cmocka_unit_test(a_megabyte_of_zeros_is_refused),
		cmocka_unit_test(odd_lines_are_counted_and_kept_with_their_numbers),
		cmocka_unit_test(text_among_the_areas_is_odd),
		cmocka_unit_test(text_before_and_after_the_areas_is_not),
		cmocka_unit_test(blank_lines_among_the_areas_are_not),
		cmocka_unit_test(each_odd_line_is_told_once),
		cmocka_unit_test(more_odd_lines_than_are_kept_are_counted),
		cmocka_unit_test(a_nul_byte_makes_its_line_odd),
		cmocka_unit_test(sizes_off_the_page_are_counted),
		cmocka_unit_test(real_ranges_that_are_not_their_size_are_counted),
		cmocka_unit_test(the_last_line_may_lack_its_newline),
		cmocka_unit_test(a_text_cut_in_a_line_is_said_to_be),
		cmocka_unit_test(a_whole_text_is_not_cut),
		cmocka_unit_test(an_over_long_line_is_one_odd_line),
		cmocka_unit_test(lines_about_as_long_as_a_block_are_one_odd_line),
		cmocka_unit_test(an_over_long_line_may_be_the_last),
		cmocka_unit_test(an_over_long_first_line_is_passed_over),
		cmocka_unit_test(lines_over_block_borders_are_whole),
		cmocka_unit_test(a_pipe_in_small_pieces_is_the_same_text),
		cmocka_unit_test(both_paths_read_every_fixture_alike),
		cmocka_unit_test(both_paths_read_damaged_fixtures_alike),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
