// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every form of a line since 2.6.28, as tables, and the odd lines that must be refused.  The fast
 * path is compared with the careful one in test_fast.c, over the same forms.
 */
#include "forms.h"

static void check_form(const struct form *f)
{
	struct vmt_area a;
	const char *why = "unset";
	enum vmt_rc rc = vmt_line_careful(vmt_str(f->line), &a, &why);

	if (rc != VMT_OK)
		fail_msg("refused (%s): %s", why ? why : "no area", f->line);
	assert_null(why);
	if (a.start != f->start || a.end != f->end)
		fail_msg("range 0x%" PRIx64 "-0x%" PRIx64 ": %s", a.start, a.end, f->line);
	assert_u64(a.size_bytes, f->size);
	assert_u64(a.pages, f->pages);
	assert_u64(a.phys, f->phys);
	assert_str(a.caller, f->caller ? f->caller : "");
	assert_str(a.module, f->module ? f->module : "");
	assert_str(a.other, f->other ? f->other : "");
	assert_str(a.nodes, f->nodes ? f->nodes : "");
	if (a.flags != f->flags)
		fail_msg("flags 0x%x, not 0x%x: %s", a.flags, f->flags, f->line);
	if (a.kind != f->kind)
		fail_msg("kind %s: %s", vmt_kind_name(a.kind), f->line);
	assert_int_equal(a.addr_digits, f->digits);
	assert_u64(a.line, 0);
}

static void check_forms(const struct form *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_form(&f[i]);
}

static void forms_of_early_kernels(void **state)
{
	(void)state;
	check_forms(early_forms, ARRAY_SIZE(early_forms));
}

static void forms_of_64_bit_kernels(void **state)
{
	(void)state;
	check_forms(wide_forms, ARRAY_SIZE(wide_forms));
}

static void forms_of_32_bit_kernels(void **state)
{
	(void)state;
	check_forms(narrow_forms, ARRAY_SIZE(narrow_forms));
}

static void forms_without_caller(void **state)
{
	(void)state;
	check_forms(bare_forms, ARRAY_SIZE(bare_forms));
}

static void forms_of_pointers_not_shown(void **state)
{
	(void)state;
	check_forms(hidden_forms, ARRAY_SIZE(hidden_forms));
}

static void forms_with_kasan_tags(void **state)
{
	(void)state;
	check_forms(tagged_forms, ARRAY_SIZE(tagged_forms));
}

static void forms_with_words_of_vendors(void **state)
{
	(void)state;
	check_forms(vendor_forms, ARRAY_SIZE(vendor_forms));
}

static void names_of_512_bytes(void **state)
{
	char name[513], line[800];
	struct vmt_area a;

	(void)state;
	memset(name, 'x', 512);
	name[512] = 0;
	(void)snprintf(line, sizeof(line), W1 " %s+0x0/0x10 [%s] pages=1 vmalloc", name, "m");
	a = area_of(line);
	assert_int_equal(a.caller.n, 512 + 9);
	assert_int_equal(vmt_caller_function(a.caller).n, 512);
	assert_str(a.module, "m");
	assert_u64(a.pages, 1);
}

static void the_size_is_padded_to_seven(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
	} sizes[] = {
		{"      0", 0},	      {"      1", 1},	      {"   4096", 4096},
		{"1048576", 1 << 20}, {"16187392", 16187392}, {"4295036928", UINT64_C(4295036928)},
		{"4096", 4096}, /* not padded: text that went through an editor */
	};
	char line[120];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		(void)snprintf(line, sizeof(line),
			       "0x0000000012345678-0x0000000087654321 %s f+0x0/0x1", sizes[i].text);
		assert_u64(area_of(line).size_bytes, sizes[i].size);
	}
}

static void a_carriage_return_is_no_part_of_the_line(void **state)
{
	struct vmt_area a = area_of(W1 " f+0x0/0x10 pages=1 vmalloc N0=1\r");

	(void)state;
	assert_str(a.nodes, "N0=1");
	assert_int_equal(a.flags, VMT_AREA_VMALLOC | VMT_AREA_HAS_PAGES);
	a = area_of(W1 " unpurged vm_area\r");
	assert_int_equal(a.kind, VMT_KIND_UNPURGED);
}

/* seq_read_iter's own buffer is there because the file is being read. */
static void the_buffer_of_the_read_is_marked(void **state)
{
	struct vmt_area a = area_of(W1 " seq_read_iter+0x2d2/0x480 pages=1 vmalloc N0=1");

	(void)state;
	assert_true(a.flags & VMT_AREA_SELF_READ);
	a = area_of(W1 " seq_read_iter2+0x2d2/0x480 pages=1 vmalloc N0=1");
	assert_false(a.flags & VMT_AREA_SELF_READ);
}

static void words_around_the_counts_do_not_lose_a_node(void **state)
{
	struct vmt_area a = area_of(W1 " f+0x0/0x1 pages=3 vmalloc N0=1 N2=2");
	struct vmt_str rest = a.nodes;
	uint32_t node;
	uint64_t pages;

	(void)state;
	assert_true(vmt_area_next_node(&rest, &node, &pages));
	assert_int_equal(node, 0);
	assert_u64(pages, 1);
	assert_true(vmt_area_next_node(&rest, &node, &pages));
	assert_int_equal(node, 2);
	assert_u64(pages, 2);
	assert_false(vmt_area_next_node(&rest, &node, &pages));
}

/* `nodes` must never hold anything but counts: a word between them would end the walk early. */
static void a_word_between_counts_is_refused_or_kept_out(void **state)
{
	struct vmt_area a;
	const char *why;
	uint64_t pages, sum = 0;
	uint32_t node;
	struct vmt_str rest;

	(void)state;
	if (vmt_line_careful(vmt_str(W1 " f+0x0/0x1 pages=3 N0=1 vmalloc N1=2"), &a, &why) !=
	    VMT_OK)
		return;
	for (rest = a.nodes; vmt_area_next_node(&rest, &node, &pages);)
		sum += pages;
	assert_u64(sum, 3);
}

/* Begins like an area and is none: the reason says what was expected. */
static const struct {
	const char *line, *why;
} odd_lines[] = {
	{"0x", "expected 0xSTART-0xEND"},
	{"0xffffc90000000000", "expected 0xSTART-0xEND"},
	{"0xffffc90000000000-", "expected 0xSTART-0xEND"},
	{"0xffffc90000000000-0x", "expected 0xSTART-0xEND"},
	{"0xffffc90000000000-ffffc90000002000    8192 f+0x0/0x1", "expected 0xSTART-0xEND"},
	{"0xffffc90000000000+0xffffc90000002000    8192 f+0x0/0x1", "expected 0xSTART-0xEND"},
	{"0xgfffc90000000000-0xffffc90000002000    8192 f+0x0/0x1", "expected 0xSTART-0xEND"},
	{"0x1ffffc90000000000-0xffffc90000002000    8192 f+0x0/0x1", "expected 0xSTART-0xEND"},
	{"0x0ffffc90000000000-0x0ffffc90000002000    8192 f+0x0/0x1", "expected 0xSTART-0xEND"},
	{"0xf880000-0xf880200    8192 f+0x0/0x1", "expected 0xSTART-0xEND"},
	{"0x0f8800000-0x0f8802000    8192 f+0x0/0x1", "expected 0xSTART-0xEND"},
	{"0xfffc90000000000-0xfffc90000002000    8192 f+0x0/0x1", "expected 0xSTART-0xEND"},
	{"0x(ptrval-0xffffc90000002000    8192 f+0x0/0x1", "expected 0xSTART-0xEND"},
	{"0xffffc90000000000 - 0xffffc90000002000    8192", "expected 0xSTART-0xEND"},
	{"0xffffc90000000000-0xffffc90000002000", "expected a space and the size"},
	{"0xffffc90000000000-0xffffc90000002000\t8192", "expected 0xSTART-0xEND"},
	{"0xffffc90000000000-0xffffc90000002000 ", "expected the size"},
	{"0xffffc90000000000-0xffffc90000002000 f+0x0/0x1", "expected the size"},
	{"0xffffc90000000000-0xffffc90000002000    -8192 f+0x0/0x1", "expected the size"},
	{"0xffffc90000000000-0xffffc90000002000    0x2000 f+0x0/0x1", "expected the size"},
	{"0xffffc90000000000-0xffffc90000002000    8192K f+0x0/0x1", "expected the size"},
	{"0xffffc90000000000-0xffffc90000002000 18446744073709551616 f+0x0/0x1",
	 "expected the size"},
	{W1 " f+0x0/0x1 pages=", "a number after pages="},
	{W1 " f+0x0/0x1 pages=-1 vmalloc", "a number after pages="},
	{W1 " f+0x0/0x1 pages=1x vmalloc", "a number after pages="},
	{W1 " f+0x0/0x1 pages=0x1 vmalloc", "a number after pages="},
	{W1 " f+0x0/0x1 pages=18446744073709551616 vmalloc", "a number after pages="},
	{W1 " f+0x0/0x1 pages=1 pages=1 vmalloc", "pages= stands twice"},
	{W1 " f+0x0/0x1 phys= ioremap", "number after phys="},
	{W1 " f+0x0/0x1 phys=0x ioremap", "number after phys="},
	{W1 " f+0x0/0x1 phys=fedg0000 ioremap", "number after phys="},
	{W1 " f+0x0/0x1 phys=10000000000000000 ioremap", "number after phys="},
	{W1 " f+0x0/0x1 phys=fed00000 phys=0 ioremap", "phys= stands twice"},
	{W1 " unpurged", "unpurged vm_area"},
	{W1 " unpurged vm_are", "unpurged vm_area"},
	{W1 " unpurged vm_area more", "unpurged vm_area"},
	{W1 " f+0x0/0x1 pages=1 vmalloc N0=", "N<node>=<pages>"},
	{W1 " f+0x0/0x1 pages=1 vmalloc N0=-1", "N<node>=<pages>"},
	{W1 " f+0x0/0x1 pages=1 vmalloc N0=1x", "N<node>=<pages>"},
	{W1 " f+0x0/0x1 pages=1 vmalloc N=1", "N<node>=<pages>"},
	{W1 " f+0x0/0x1 pages=1 vmalloc Nx=1", "N<node>=<pages>"},
	{W1 " f+0x0/0x1 pages=1 vmalloc N4294967296=1", "N<node>=<pages>"},
	{W1 " f+0x0/0x1 pages=1 vmalloc N0=18446744073709551616", "N<node>=<pages>"},
	{W1 " f+0x0/0x1 pages=1 vmalloc N0=1 junk", "after the NUMA counts"},
};

static void odd_lines_are_refused_with_a_reason(void **state)
{
	struct vmt_area a;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd_lines); i++) {
		const char *why = NULL;
		enum vmt_rc rc = vmt_line_careful(vmt_str(odd_lines[i].line), &a, &why);

		if (rc != VMT_FORMAT || !why)
			fail_msg("not refused: %s", odd_lines[i].line);
		if (!strstr(why, odd_lines[i].why))
			fail_msg("refused with \"%s\": %s", why, odd_lines[i].line);
	}
}

static void a_nul_byte_in_a_line_is_refused(void **state)
{
	static const char line[] = W1 " f+0x0/0x1\0 pages=1 vmalloc";
	struct vmt_area a;
	const char *why = NULL;

	(void)state;
	assert_int_equal(vmt_line_careful((struct vmt_str){line, sizeof(line) - 1}, &a, &why),
			 VMT_FORMAT);
	assert_non_null(strstr(why, "NUL"));
}

static void other_text_is_no_area(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"\r",
		"0",
		"x",
		"MemTotal:  399752 kB",
		"root@host:~# cat /proc/vmallocinfo",
		"0Xffffc90000000000-0xffffc90000002000    8192 f+0x0/0x1",
		"ffffc90000000000-ffffc90000002000 rw-p",
	};
	struct vmt_area a;
	const char *why;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		why = "unset";
		assert_int_equal(vmt_line_careful(vmt_str(lines[i]), &a, &why), VMT_NONE);
		assert_null(why);
	}
}

/* Numbers at the very end of their range are still numbers. */
static void the_largest_numbers_are_taken(void **state)
{
	struct vmt_area a = area_of("0xffffffffffffffff-0xffffffffffffffff 18446744073709551615 "
				    "f+0xffffffffffffffff/0xffffffffffffffff "
				    "pages=18446744073709551615 phys=0xffffffffffffffff vmalloc "
				    "N4294967295=18446744073709551615");

	(void)state;
	assert_u64(a.start, UINT64_MAX);
	assert_u64(a.end, UINT64_MAX);
	assert_u64(a.size_bytes, UINT64_MAX);
	assert_u64(a.pages, UINT64_MAX);
	assert_u64(a.phys, UINT64_MAX);
	assert_str(a.nodes, "N4294967295=18446744073709551615");
}

/* ---- fixtures: what was read, written again as the kernel writes it, is the line ---- */

static size_t print_area(char *buf, size_t size, const struct vmt_area *a)
{
	int d = a->addr_digits;
	/* As the kernel orders them, and our bits too. */
	static const char *const words[] = {"ioremap", "sparse",       "vmalloc", "vmap",
					    "user",    "dma-coherent", "vpages",  "vm_map_ram"};
	size_t n = (size_t)snprintf(buf, size, "0x%0*" PRIx64 "-0x%0*" PRIx64 " %7" PRIu64, d,
				    a->start, d, a->end, a->size_bytes);

	if (a->caller.n)
		n += (size_t)snprintf(buf + n, size - n, " %.*s", (int)a->caller.n, a->caller.p);
	if (a->module.n)
		n += (size_t)snprintf(buf + n, size - n, " [%.*s]", (int)a->module.n, a->module.p);
	if (a->flags & VMT_AREA_HAS_PAGES)
		n += (size_t)snprintf(buf + n, size - n, " pages=%" PRIu64, a->pages);
	/* phys_addr_t of the PAE and LPAE kernels has 64 bits. */
	if (a->flags & VMT_AREA_HAS_PHYS)
		n += (size_t)snprintf(buf + n, size - n, " phys=0x%016" PRIx64, a->phys);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (a->flags & UINT32_C(1) << i)
			n += (size_t)snprintf(buf + n, size - n, " %s", words[i]);
	}
	if (a->flags & VMT_AREA_UNPURGED)
		n += (size_t)snprintf(buf + n, size - n, " unpurged vm_area");
	if (a->nodes.n)
		n += (size_t)snprintf(buf + n, size - n, " %.*s", (int)a->nodes.n, a->nodes.p);
	return n;
}

static void every_line_of_every_fixture_reads_back(void **state)
{
	char again[2048];
	size_t lines = 0;

	(void)state;
	for (size_t k = 0; k < FIXTURES * MODES; k++) {
		size_t size;
		char *text = fixture_text(k / MODES, mode_name(k % MODES), &size);

		for (char *p = text, *nl; (nl = strchr(p, '\n')); p = nl + 1) {
			struct vmt_area a;

			*nl = 0;
			a = area_of(p);
			(void)print_area(again, sizeof(again), &a);
			assert_string_equal(again, p);
			assert_int_equal(a.other.n, 0);
			lines++;
		}
		free(text);
	}
	assert_int_equal(lines, MODES * 9944); /* wc -l of the fixtures */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_early_kernels),
		cmocka_unit_test(forms_of_64_bit_kernels),
		cmocka_unit_test(forms_of_32_bit_kernels),
		cmocka_unit_test(forms_without_caller),
		cmocka_unit_test(forms_of_pointers_not_shown),
		cmocka_unit_test(forms_with_kasan_tags),
		cmocka_unit_test(forms_with_words_of_vendors),
		cmocka_unit_test(names_of_512_bytes),
		cmocka_unit_test(the_size_is_padded_to_seven),
		cmocka_unit_test(a_carriage_return_is_no_part_of_the_line),
		cmocka_unit_test(the_buffer_of_the_read_is_marked),
		cmocka_unit_test(words_around_the_counts_do_not_lose_a_node),
		cmocka_unit_test(a_word_between_counts_is_refused_or_kept_out),
		cmocka_unit_test(odd_lines_are_refused_with_a_reason),
		cmocka_unit_test(a_nul_byte_in_a_line_is_refused),
		cmocka_unit_test(other_text_is_no_area),
		cmocka_unit_test(the_largest_numbers_are_taken),
		cmocka_unit_test(every_line_of_every_fixture_reads_back),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
