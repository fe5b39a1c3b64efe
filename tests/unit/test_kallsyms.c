// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/kallsyms and System.map in all their forms, and what is neither. */
#include <malloc.h>

#include "kernel.h"

struct answer {
	struct vmt_symbols *symbols;
	struct vmt_kallsyms_stats stats;
	struct vmt_err err;
	enum vmt_rc rc;
};

static struct answer read_bytes(const char *bytes, size_t n)
{
	struct answer a = {.symbols = vmt_symbols_new()};
	struct vmt_file *file = NULL;

	assert_int_equal(vmt_file_open_memory(&file, "symbols", bytes, n, &a.err), VMT_OK);
	a.rc = vmt_kallsyms_read(a.symbols, file, &a.stats, &a.err);
	if (a.rc != VMT_OK) {
		assert_int_equal(a.err.code, a.rc);
		assert_non_null(strstr(a.err.text, "symbols: "));
	}
	return a;
}

static struct answer read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void check_at(const struct answer *a, uint64_t va, const char *name, const char *module)
{
	struct vmt_symbol s;

	assert_int_equal(a->rc, VMT_OK);
	assert_int_equal(vmt_symbols_at(a->symbols, va, &s), VMT_OK);
	assert_str(s.name, name);
	assert_str(s.module, module);
}

static void refuse(const char *text, size_t n, enum vmt_rc rc, const char *part)
{
	struct answer a = read_bytes(text, n);

	assert_int_equal(a.rc, rc);
	if (!strstr(a.err.text, part))
		fail_msg("\"%s\" does not say \"%s\"", a.err.text, part);
	vmt_symbols_free(a.symbols);
}

#define REFUSE(text, rc, part) refuse(text, strlen(text), rc, part)

/* Most lines of riscv64 are local labels whose name ends with a space. */
static void names_that_end_with_a_space_are_read(void **state)
{
	struct answer a = read_text("ffffffff80002000 T _text\n"
				    "ffffffff80002040 t .L0 \n"
				    "ffffffff095df0b4 t .L0 \t[usb_storage]\n"
				    "ffffffff095df0c2 t .L0 \t[usb_storage]\n"
				    "ffffffff095df0c4 t name \t[usb_storage]\n");

	(void)state;
	check_at(&a, 0xffffffff80002050, "_text", "");
	check_at(&a, 0xffffffff095df0c4, "name", "usb_storage");
	assert_u64(a.stats.odd, 0);
	assert_u64(a.stats.symbols, 5);
	vmt_symbols_free(a.symbols);
}

static void the_forms_of_kallsyms_are_read(void **state)
{
	struct answer a = read_text("ffffffff81000000 T _text\n"
				    "ffffffff81000040 t __pfx_secondary\n"
				    "ffffffffc0a12000 t xfs_foo\t[xfs]\n"
				    "ffffffffc0a12100 T bar [spaced]\n"
				    "ffffffffc0a12200 t bpf_prog_1234_f\t[bpf]\n"
				    "  ffffffffc0a12300 d indented\n"
				    "\n"
				    "c1000000 W narrow\n");

	(void)state;
	check_at(&a, 0xffffffff81000001, "_text", "");
	check_at(&a, 0xffffffff81000040, "__pfx_secondary", "");
	check_at(&a, 0xffffffffc0a12000, "xfs_foo", "xfs");
	check_at(&a, 0xffffffffc0a12100, "bar", "spaced");
	check_at(&a, 0xffffffffc0a12200, "bpf_prog_1234_f", "bpf");
	check_at(&a, 0xffffffffc0a12300, "indented", "");
	check_at(&a, 0xc1000000, "narrow", "");
	assert_u64(a.stats.lines, 8);
	assert_u64(a.stats.symbols, 7);
	assert_u64(a.stats.odd, 0);
	assert_u64(a.stats.zeroed, 0);
	vmt_symbols_free(a.symbols);
}

static void a_system_map_is_read(void **state)
{
	char *map = kernel_text("gcc5", "System.map");
	struct answer a = read_text(map);
	uint64_t room, va = map_va("gcc5", "ring_probe", 0, &room);
	struct vmt_symbol s;

	(void)state;
	check_at(&a, va + 5, "ring_probe", "");
	assert_int_equal(vmt_symbols_at(a.symbols, va + 5, &s), VMT_OK);
	assert_u64(s.size_bytes, room);
	assert_u64(a.stats.odd, 0);
	/* The local label is left out. */
	assert_u64(vmt_symbols_count(a.symbols), a.stats.symbols - 1);
	vmt_symbols_free(a.symbols);
	free(map);
}

static void line_ends_may_be_crlf_or_missing(void **state)
{
	struct answer a = read_text("1000 T a\r\n2000 t b\t[m]\r\n3000 T c");

	(void)state;
	check_at(&a, 0x1000, "a", "");
	check_at(&a, 0x2000, "b", "m");
	check_at(&a, 0x3000, "c", "");
	assert_u64(a.stats.symbols, 3);
	vmt_symbols_free(a.symbols);
}

static void odd_lines_are_counted(void **state)
{
	static const char *const odd[] = {
		"junk",
		"1000 T",
		"1000 TT name",
		"xyz T name",
		"10000000000000000 T name",
		"1000 T name [m",
		"1000 T name m]",
		"1000 T name []",
		"0x1000 T name",
		"1000 T \t[m]",
		"-1000 T name",
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		struct answer a;

		(void)snprintf(text, sizeof(text), "2000 T good\n%s\n3000 T other\n", odd[i]);
		a = read_text(text);
		assert_int_equal(a.rc, VMT_OK);
		if (a.stats.odd != 1 || vmt_symbols_count(a.symbols) != 2)
			fail_msg("not odd: %s", odd[i]);
		vmt_symbols_free(a.symbols);
	}
}

static void hidden_addresses_are_no_permission(void **state)
{
	struct answer a;

	(void)state;
	REFUSE("0000000000000000 T _text\n0000000000000000 t b\t[m]\n", VMT_PERM,
	       "all addresses are zero: kernel.kptr_restrict");
	REFUSE("0 T a\n", VMT_PERM, "kptr_restrict");
	/* Per-cpu symbols are at 0 in what is sound. */
	a = read_text("0000000000000000 A fixed_percpu_data\n1000 T f\n");
	assert_int_equal(a.rc, VMT_OK);
	assert_u64(a.stats.zeroed, 1);
	assert_int_equal(vmt_symbols_count(a.symbols), 1);
	vmt_symbols_free(a.symbols);
}

static void what_is_no_list_of_symbols_is_refused(void **state)
{
	static const char zeros[5000];
	char binary[5000];

	(void)state;
	REFUSE("", VMT_FORMAT, "no symbols in it");
	REFUSE("\n\n\n", VMT_FORMAT, "no symbols in it");
	REFUSE("some text\nof another kind\n1000 T f\n", VMT_FORMAT, "no symbols in it");
	REFUSE("0xffffc90000000000-0xffffc90000002000 8192 f+0x0/0x1 vmap\n", VMT_FORMAT,
	       "no symbols in it");
	refuse(zeros, sizeof(zeros), VMT_FORMAT, "line 1 is longer than any symbol");
	for (size_t i = 0; i < sizeof(binary); i++)
		binary[i] = (char)(i * 7 + i / 256);
	refuse(binary, sizeof(binary), VMT_FORMAT, "no symbols in it");
}

static void a_line_too_long_is_told_by_its_number(void **state)
{
	size_t n = 200000;
	char *text VMT_FREE = malloc(n);

	(void)state;
	memset(text, 'x', n);
	memcpy(text, "1000 T a\n2000 T b\n3000 T ", 25);
	refuse(text, n, VMT_FORMAT, "line 3 is longer than any symbol");
	/* As long as may be. */
	text[25 + 4000] = '\n';
	refuse(text, 25 + 4001, VMT_OK, "");
}

/* Lines that lie across the blocks they are read by. */
static void every_border_of_a_block_is_crossed(void **state)
{
	enum { LINES = 3000 };
	char *text VMT_FREE = malloc(LINES * 64 + 100);

	(void)state;
	for (size_t shift = 0; shift < 48; shift++) {
		size_t n = (size_t)sprintf(text, "1 T %.*s\n", (int)shift + 1,
					   "ppppppppppppppppppppppppppppppppppppppppppppppppp");
		struct answer a;

		for (unsigned i = 0; i < LINES; i++)
			n += (size_t)sprintf(text + n, "%016x t function_%u\t[mod_%u]\n",
					     0x1000 + i * 16, i, i % 7);
		assert_true(n > 65536);
		a = read_bytes(text, n);
		assert_int_equal(a.rc, VMT_OK);
		assert_u64(a.stats.symbols, LINES + 1);
		assert_u64(a.stats.odd, 0);
		for (unsigned i = 0; i < LINES; i += 13) {
			char name[32], module[16];

			(void)snprintf(name, sizeof(name), "function_%u", i);
			(void)snprintf(module, sizeof(module), "mod_%u", i % 7);
			check_at(&a, 0x1000 + i * 16, name, module);
		}
		vmt_symbols_free(a.symbols);
	}
}

/* A kernel's list is kept in little more than its names and 16 bytes for each. */
static void memory_stays_small(void **state)
{
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
	enum { LINES = 200000 };
	char *text = malloc(LINES * 48);
	struct mallinfo2 before, after;
	struct answer a;
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < LINES; i++)
		n += (size_t)sprintf(text + n, "%016x t some_function_name_%u\n", 0x1000 + i * 16,
				     i);
	before = mallinfo2();
	a = read_bytes(text, n);
	after = mallinfo2();
	assert_int_equal(vmt_symbols_count(a.symbols), LINES);
	assert_true(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd < (16u << 20));
	check_at(&a, 0x1000 + 12345 * 16, "some_function_name_12345", "");
	vmt_symbols_free(a.symbols);
	free(text);
#else
	(void)state;
#endif
}

static void packed_lists_are_read(void **state)
{
	char *dir = make_tree(), path[300], command[700];
	struct vmt_kallsyms_stats stats;
	struct vmt_symbols *symbols = vmt_symbols_new();
	struct vmt_file *file = NULL;
	struct vmt_err err = {0};

	(void)state;
	put_file(dir, "kallsyms", "1000 T a\n2000 t b\t[m]\n", 21);
	(void)snprintf(command, sizeof(command), "gzip -n '%s/kallsyms'", dir);
	assert_int_equal(system(command), 0);
	(void)snprintf(path, sizeof(path), "%s/kallsyms.gz", dir);
	assert_int_equal(vmt_file_open(&file, path, &err), VMT_OK);
	assert_int_equal(vmt_kallsyms_read(symbols, file, &stats, &err), VMT_OK);
	assert_u64(stats.symbols, 2);
	vmt_symbols_free(symbols);
	remove_tree(dir);
	free(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_end_with_a_space_are_read),
		cmocka_unit_test(the_forms_of_kallsyms_are_read),
		cmocka_unit_test(a_system_map_is_read),
		cmocka_unit_test(line_ends_may_be_crlf_or_missing),
		cmocka_unit_test(odd_lines_are_counted),
		cmocka_unit_test(hidden_addresses_are_no_permission),
		cmocka_unit_test(what_is_no_list_of_symbols_is_refused),
		cmocka_unit_test(a_line_too_long_is_told_by_its_number),
		cmocka_unit_test(every_border_of_a_block_is_crossed),
		cmocka_unit_test(memory_stays_small),
		cmocka_unit_test(packed_lists_are_read),
	};

	return cmocka_run_group_tests_name("kallsyms", tests, NULL, NULL);
}
