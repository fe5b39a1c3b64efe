// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fast path against the careful one: whatever it accepts, the careful path accepts too, with
 * the same record, field by field; over every form, every fixture, and systematic damage.
 */
#include "forms.h"

#define SLACK 64
#define ROOM  4096

static const struct {
	const struct form *forms;
	size_t n;
} all_forms[] = {
	{early_forms, ARRAY_SIZE(early_forms)},	  {wide_forms, ARRAY_SIZE(wide_forms)},
	{narrow_forms, ARRAY_SIZE(narrow_forms)}, {bare_forms, ARRAY_SIZE(bare_forms)},
	{hidden_forms, ARRAY_SIZE(hidden_forms)}, {tagged_forms, ARRAY_SIZE(tagged_forms)},
	{vendor_forms, ARRAY_SIZE(vendor_forms)},
};

/* What may lie behind the newline: the bytes there must never matter. */
static const char *const slack_fills[] = {"\0", " ", "9", "f", "\n", " N0=4", " vmalloc", "\xff"};

static void fill_slack(char *p, const char *fill)
{
	size_t n = strlen(fill);

	for (size_t i = 0; i < SLACK; i++)
		p[i] = n ? fill[i % n] : 0;
}

/* Both paths over line[0..n), malloc'ed so that ASan sees.  @return whether the fast one took it.
 */
static bool compare(const char *line, size_t n, const char *fill)
{
	char *buf = malloc(n + 1 + SLACK), *nl;
	struct vmt_area fast, careful;
	const char *next, *why = NULL, *field;
	enum vmt_rc rc;

	assert_non_null(buf);
	memcpy(buf, line, n);
	buf[n] = '\n';
	fill_slack(buf + n + 1, fill);
	memset(&fast, 0xa5, sizeof(fast));
	next = vmt_line_fast(buf, buf + n + 1, &fast);
	nl = memchr(buf, '\n', n + 1);
	memset(&careful, 0x5a, sizeof(careful));
	rc = vmt_line_careful((struct vmt_str){buf, (size_t)(nl - buf)}, &careful, &why);
	if (next) {
		if (rc != VMT_OK)
			fail_msg("the careful path refuses (%s): %.*s", why ? why : "no area",
				 (int)n, line);
		if (next != nl + 1)
			fail_msg("ends at %td, not behind its newline: %.*s", next - buf, (int)n,
				 line);
		field = area_difference(&fast, &careful);
		if (field)
			fail_msg("%s differs: %.*s", field, (int)n, line);
	}
	free(buf);
	return next != NULL;
}

static void all_forms_are_equal(void **state)
{
	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(all_forms); t++) {
		for (size_t i = 0; i < all_forms[t].n; i++) {
			const char *line = all_forms[t].forms[i].line;

			for (size_t k = 0; k < ARRAY_SIZE(slack_fills); k++)
				(void)compare(line, strlen(line), slack_fills[k]);
		}
	}
}

/* Else every comparison here would be empty. */
static void the_common_forms_are_taken(void **state)
{
	static const char *const lines[] = {
		W1 " kernel_clone+0x94/0x3e0 pages=4 vmalloc N0=4",
		W1 " kernel_clone+0x94/0x3e0 pages=4 vmalloc N0=3 N1=1",
		W1 " kernel_clone+0x94/0x3e0 pages=4 vmalloc",
		W1 " load_module+0x94/0x3e0 [xfs] pages=4 vmalloc vpages N0=4",
		W1 " pci_iomap_range+0x6d/0xa0 phys=0x00000000fe000000 ioremap",
		W1 " f+0x0/0x1 vmap",
		W1 " f+0x0/0x1 user dma-coherent",
		W1 " f+0x0/0x1",
		W1 " 0xffffffffc03a1234 vmap",
		W1 " unpurged vm_area",
		"0x0000000032c56bfc-0x00000000ce88c5b0   20480 f+0x0/0x1 pages=4 vmalloc N0=4",
		"0x0000000000000000-0x0000000000000000   20480 f+0x0/0x1 pages=4 vmalloc N0=4",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (!compare(lines[i], strlen(lines[i]), " "))
			fail_msg("left to the careful path: %s", lines[i]);
	}
}

/* Unusual lines must not be guessed at. */
static void unusual_lines_are_left_to_the_careful_path(void **state)
{
	static const char *const lines[] = {
		N1 " f+0x0/0x1 vmap",
		W1 " f+0x0/0x1 vmap\r",
		W1 " f+0x0/0x1 lowmem",
		W1 " f+0x0/0x1 vmap ",
		W1 "  f+0x0/0x1 vmap",
		W1 " vm_map_ram",
		W1 " f+0x0/0x1 pages=1000000000000000 vmalloc",
		W1 " f+0x0/0x1 phys=fed00000 ioremap",
		"0xf4ff800080005000-0xf4ff800080007000    8192 f+0x0/0x1 vmap",
		"0xFFFFC90000000000-0xFFFFC90000002000    8192 f+0x0/0x1 vmap",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (compare(lines[i], strlen(lines[i]), " "))
			fail_msg("taken: %s", lines[i]);
	}
}

static void every_fixture_line_is_equal(void **state)
{
	(void)state;
	for (size_t k = 0; k < FIXTURES * MODES; k++) {
		char *text = fixture_text(k / MODES, mode_name(k % MODES), NULL);
		size_t lines = 0, taken = 0;

		for (char *p = text, *nl; (nl = strchr(p, '\n')); p = nl + 1) {
			lines++;
			taken += compare(p, (size_t)(nl - p), " N0=4");
		}
		/* 64-bit kernels since 4.12 are what it is made for; only vm_map_ram is left. */
		if (fixture_is_32(k / MODES))
			assert_int_equal(taken, 0);
		else if (taken * 100 < lines * 99)
			fail_msg("%s: only %zu of %zu lines taken", fixture_name(k / MODES), taken,
				 lines);
		free(text);
	}
}

/* ---- damage ---- */

/* Bytes at the edges of what the scanners tell apart. */
static const char interesting[] = "0179aAfFgGxNXn=-+/[](). \t\r\n\v_$:,;<>?@`{~\x7f\x80\x8d\xa0\xff"
				  "pvius";

static void mutate(const char *line, size_t n)
{
	char buf[ROOM];

	assert_true(n + 2 < ROOM);
	for (size_t i = 0; i <= n; i++) {
		for (size_t k = 0; k < sizeof(interesting); k++) { /* the NUL at its end too */
			memcpy(buf, line, n);
			if (i < n) {
				buf[i] = interesting[k];
				(void)compare(buf, n, " N0=4");
			}
			memcpy(buf, line, i);
			buf[i] = interesting[k];
			memcpy(buf + i + 1, line + i, n - i);
			(void)compare(buf, n + 1, " vmalloc");
		}
		if (i < n) {
			memcpy(buf, line, i);
			memcpy(buf + i, line + i + 1, n - i - 1);
			(void)compare(buf, n - 1, "9");
		}
	}
}

static void truncate_everywhere(const char *line, size_t n)
{
	for (size_t i = 0; i <= n; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(slack_fills); k++)
			(void)compare(line, i, slack_fills[k]);
	}
}

static void every_form_damaged_is_equal(void **state)
{
	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(all_forms); t++) {
		for (size_t i = 0; i < all_forms[t].n; i++)
			mutate(all_forms[t].forms[i].line, strlen(all_forms[t].forms[i].line));
	}
}

static void every_form_cut_is_equal(void **state)
{
	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(all_forms); t++) {
		for (size_t i = 0; i < all_forms[t].n; i++)
			truncate_everywhere(all_forms[t].forms[i].line,
					    strlen(all_forms[t].forms[i].line));
	}
}

static void fixture_lines_damaged_are_equal(void **state)
{
	(void)state;
	for (size_t k = 0; k < FIXTURES; k++) {
		char *text = fixture_text(k, mode_name(k % MODES), NULL);
		size_t at = 0;

		for (char *p = text, *nl; (nl = strchr(p, '\n')); p = nl + 1) {
			if (at++ % 151 == 0)
				mutate(p, (size_t)(nl - p));
			if (at % 13 == 0)
				truncate_everywhere(p, (size_t)(nl - p));
		}
		free(text);
	}
}

/* Two words run together, words of one line in another: any two halves of two forms. */
static void halves_of_two_forms_are_equal(void **state)
{
	char buf[ROOM];
	size_t n_wide = ARRAY_SIZE(wide_forms);

	(void)state;
	for (size_t i = 0; i < n_wide; i++) {
		for (size_t j = 0; j < n_wide; j++) {
			const char *a = wide_forms[i].line, *b = wide_forms[j].line;

			for (const char *sa = a; (sa = strchr(sa + 1, ' '));) {
				for (const char *sb = b; (sb = strchr(sb + 1, ' '));) {
					size_t n = (size_t)(sa - a), m = strlen(sb);

					memcpy(buf, a, n);
					memcpy(buf + n, sb, m);
					(void)compare(buf, n + m, " ");
				}
			}
		}
	}
}

/* Hex digits are checked eight at once: each byte value at each place. */
static void every_byte_in_every_digit_is_equal(void **state)
{
	static const char line[] = W1 " f+0x0/0x1 phys=0x00000000fe000000 ioremap";
	char buf[sizeof(line)];
	size_t taken = 0, n = sizeof(line) - 1;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		memcpy(buf, line, sizeof(line));
		for (int c = 0; c < 256; c++) {
			buf[i] = (char)c;
			taken += compare(buf, n, " ");
		}
	}
	/* 48 places take 16 digits each, but those of the high byte of the start, which may be a
	 * tag. */
	assert_true(taken > 46 * 16);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_forms_are_equal),
		cmocka_unit_test(the_common_forms_are_taken),
		cmocka_unit_test(unusual_lines_are_left_to_the_careful_path),
		cmocka_unit_test(every_fixture_line_is_equal),
		cmocka_unit_test(every_form_damaged_is_equal),
		cmocka_unit_test(every_form_cut_is_equal),
		cmocka_unit_test(fixture_lines_damaged_are_equal),
		cmocka_unit_test(halves_of_two_forms_are_equal),
		cmocka_unit_test(every_byte_in_every_digit_is_equal),
	};

	return cmocka_run_group_tests_name("fast", tests, NULL, NULL);
}
