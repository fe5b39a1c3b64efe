// SPDX-License-Identifier: GPL-2.0-or-later
/* What is in a text besides lines: page size, addresses, other proc files, headers, sections. */
#include "reading.h"

#define L1 "0xffffc90000000000-0xffffc90000005000   20480 f+0x0/0x10 pages=4 vmalloc N0=4\n"
#define L2 "0xffffc90000008000-0xffffc9000000d000   20480 g+0x0/0x10 pages=4 vmalloc N0=4\n"

/* ---- page size ---- */

static void check_page_size(const char *text, uint64_t expected, enum vmt_page_size_from from)
{
	struct reading r = read_string(text);

	assert_u64(r.page_size, expected);
	assert_string_equal(vmt_page_size_from_name(r.from), vmt_page_size_from_name(from));
	reading_free(&r);
}

static void the_page_size_is_inferred_from_vmalloc_lines(void **state)
{
	(void)state;
	check_page_size(L1, 4096, VMT_PS_INFERRED);
	check_page_size("0x00000000-0x00000000   81920 f+0x0/0x1 pages=4 vmalloc\n", 16384,
			VMT_PS_INFERRED);
	check_page_size("0x00000000-0x00000000  327680 f+0x0/0x1 pages=4 vmalloc\n", 65536,
			VMT_PS_INFERRED);
}

static void the_first_lines_need_not_tell(void **state)
{
	(void)state;
	check_page_size("0x00000000-0x00000000   65536 f+0x0/0x1 vmap\n"
			"0x00000000-0x00000000  131072 f+0x0/0x1 ioremap\n"
			"0x00000000-0x00000000   49152 f+0x0/0x1 pages=2 vmalloc\n",
			16384, VMT_PS_INFERRED);
}

/* KASAN shadow and shrunk areas say something else; there are few. */
static void most_votes_decide(void **state)
{
	(void)state;
	check_page_size("0x00000000-0x00000000   65536 f+0x0/0x1 pages=1 vmalloc\n"
			"0x00000000-0x00000000   65536 f+0x0/0x1 pages=1 vmalloc\n" L1 L2 L1,
			4096, VMT_PS_INFERRED);
}

/* Pages of a vmap line are no votes. */
static void only_vmalloc_lines_vote(void **state)
{
	(void)state;
	check_page_size("0x00000000-0x00000000   65536 f+0x0/0x1 pages=1 vmap\n"
			"0x00000000-0x00000000   65536 f+0x0/0x1 pages=1 vmap\n" L1,
			4096, VMT_PS_INFERRED);
}

static void without_votes_sizes_tell_when_there_are_enough(void **state)
{
	char text[2048] = "";

	(void)state;
	for (int i = 0; i < 16; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
			       "0x00000000-0x00000000 %7d f+0x0/0x1 ioremap\n", 16384 * (2 + i));
	check_page_size(text, 16384, VMT_PS_INFERRED);
	/* One line less. */
	check_page_size(strchr(text, '\n') + 1, 4096, VMT_PS_ASSUMED);
}

static void without_anything_it_is_assumed(void **state)
{
	(void)state;
	check_page_size("0x00000000-0x00000000   65536 f+0x0/0x1 vmap\n", 4096, VMT_PS_ASSUMED);
	check_page_size("0x00000000-0x00000000       0 f+0x0/0x1 vmap\n", 4096, VMT_PS_ASSUMED);
}

/* No kernel has pages of one byte: such lines are no votes. */
static void absurd_votes_do_not_count(void **state)
{
	(void)state;
	check_page_size("0x00000000-0x00000000       5 f+0x0/0x1 pages=4 vmalloc\n"
			"0x00000000-0x00000000       5 f+0x0/0x1 pages=4 vmalloc\n" L1,
			4096, VMT_PS_INFERRED);
}

static void the_largest_page_count_is_no_trap(void **state)
{
	(void)state;
	check_page_size(
		"0x00000000-0x00000000   20480 f+0x0/0x1 pages=18446744073709551615 vmalloc\n" L1,
		4096, VMT_PS_INFERRED);
}

static void the_option_beats_all(void **state)
{
	const struct vmt_text_opts opts = {.page_size = 65536, .source_page_size = 16384};
	struct reading r = read_memory("# page_size: 8192\n" L1, 18 + strlen(L1), &opts);

	(void)state;
	assert_u64(r.page_size, 65536);
	assert_int_equal(r.from, VMT_PS_OPTION);
	reading_free(&r);
}

static void the_header_beats_the_live_kernel(void **state)
{
	const struct vmt_text_opts opts = {.source_page_size = 4096};
	struct reading r = read_memory("# page_size: 16384\n" L1, 19 + strlen(L1), &opts);

	(void)state;
	assert_u64(r.page_size, 16384);
	assert_int_equal(r.from, VMT_PS_SOURCE);
	reading_free(&r);
}

static void the_live_kernel_beats_inference(void **state)
{
	const struct vmt_text_opts opts = {.source_page_size = 16384};
	struct reading r = read_memory(L1, strlen(L1), &opts);

	(void)state;
	assert_u64(r.page_size, 16384);
	assert_int_equal(r.from, VMT_PS_SOURCE);
	reading_free(&r);
}

static void a_header_with_an_impossible_page_size_is_ignored(void **state)
{
	(void)state;
	check_page_size("# page_size: 5000\n" L1, 4096, VMT_PS_INFERRED);
	check_page_size("# page_size: 0\n" L1, 4096, VMT_PS_INFERRED);
	check_page_size("# page_size: 18446744073709551615\n" L1, 4096, VMT_PS_INFERRED);
	check_page_size("# page_size: x\n" L1, 4096, VMT_PS_INFERRED);
}

/* ---- addresses ---- */

static void every_fixture_tells_how_addresses_are_shown(void **state)
{
	static const enum vmt_addr_state expected[MODES] = {VMT_ADDR_REAL, VMT_ADDR_HASHED,
							    VMT_ADDR_ZEROED};

	(void)state;
	for (size_t k = 0; k < FIXTURES * MODES; k++) {
		size_t size;
		char *text = fixture_text(k / MODES, mode_name(k % MODES), &size);
		struct reading r = read_memory(text, size, NULL);

		assert_int_equal(r.addresses, expected[k % MODES]);
		assert_u64(r.page_size, 4096);
		assert_int_equal(r.from, VMT_PS_INFERRED);
		reading_free(&r);
		free(text);
	}
}

/* text.h: "at open: those looked at ahead". */
static void addresses_are_known_at_open(void **state)
{
	struct reading r = read_string(L1 L2);

	(void)state;
	assert_int_equal(r.addresses_at_open, VMT_ADDR_REAL);
	reading_free(&r);
}

/* Lines looked at ahead must not vote twice. */
static void each_line_votes_once(void **state)
{
	struct reading r =
		read_string(L1 L2 "0x00000000-0x00000000    8192 f+0x0/0x1 vmap\n"
				  "0x(ptrval)-0x(ptrval)    8192 f+0x0/0x1 vmap\n"
				  "0x12345678-0x02345678    8192 f+0x0/0x1 vmap\n"
				  "0xf4ff800080005000-0xf4ff800080007000    8192 f+0x0/0x1 vmap\n");

	(void)state;
	assert_u64(r.stats.votes.real, 3);
	assert_u64(r.stats.votes.tagged, 1);
	assert_u64(r.stats.votes.zeroed, 1);
	assert_u64(r.stats.votes.hidden, 1);
	assert_u64(r.stats.votes.hashed, 1);
	reading_free(&r);
}

/* ---- other proc files ---- */

/* `cat version meminfo modules vmallocinfo` and the other way round, of every fixture. */
static void other_proc_files_around_become_facts(void **state)
{
	static const char *const orders[2][4] = {
		{"version", "meminfo", "modules", "vmallocinfo"},
		{"vmallocinfo", "modules", "meminfo", "version"},
	};

	(void)state;
	for (size_t k = 0; k < FIXTURES * 2; k++) {
		char *all = calloc(1, 1 << 20);
		size_t n = 0, modules = 0;
		char *alone = fixture_text(k / 2, "vmallocinfo", NULL);
		struct reading r, only = read_string(alone);
		struct vmt_facts *f;

		assert_non_null(all);
		for (size_t i = 0; i < 4; i++) {
			size_t size;
			char *part = fixture_text(k / 2, orders[k % 2][i], &size);

			if (!strcmp(orders[k % 2][i], "modules")) {
				for (size_t c = 0; c < size; c++)
					modules += part[c] == '\n';
			}
			memcpy(all + n, part, size);
			n += size;
			free(part);
		}
		r = read_memory(all, n, NULL);
		f = vmt_text_facts(r.text);
		assert_u64(r.stats.unparsed, 0);
		assert_u64(r.n, only.n);
		assert_non_null(strstr(fixture_name(k / 2), "-"));
		/* "amd64-6.12" was read on kernel 6.12. */
		assert_memory_equal(f->kernel, strchr(fixture_name(k / 2), '-') + 1, 3);
		assert_u64(f->n_modules, modules);
		assert_true(f->vmalloc_total != VMT_FACT_NONE && f->vmalloc_total > 1 << 29);
		assert_int_equal(f->highmem, fixture_is_32(k / 2));
		reading_free(&r);
		reading_free(&only);
		free(alone);
		free(all);
	}
}

static void meminfo_is_in_bytes(void **state)
{
	struct reading r =
		read_string("MemTotal:         399752 kB\nVmallocTotal:   34359738367 kB\n"
			    "VmallocUsed:       31652 kB\nPercpu:              608 kB\n"
			    "KernelStack:        6576 kB\nHugePages_Total:       0\n" L1);
	const struct vmt_facts *f = vmt_text_facts(r.text);

	(void)state;
	assert_u64(f->mem_total, 399752 * UINT64_C(1024));
	assert_u64(f->vmalloc_total, UINT64_C(34359738367) * 1024);
	assert_u64(f->vmalloc_used, 31652 * 1024);
	assert_u64(f->percpu, 608 * 1024);
	assert_u64(f->kernel_stack, 6576 * 1024);
	assert_false(f->highmem);
	reading_free(&r);
}

static void modules_are_taken_with_their_base(void **state)
{
	struct reading r = read_string("xfs 1994752 1 - Live 0xffffffffc0a12000 (E)\n"
				       "loop 32768 0 xfs,ext4, Loading 0x0000000000000000\n" L1);
	const struct vmt_facts *f = vmt_text_facts(r.text);

	(void)state;
	assert_u64(f->n_modules, 2);
	assert_str(f->modules[0].name, "xfs");
	assert_u64(f->modules[0].base, 0xffffffffc0a12000);
	assert_u64(f->modules[0].size_bytes, 1994752);
	assert_str(f->modules[1].name, "loop");
	reading_free(&r);
}

/* All of /proc/meminfo between two areas, HugePages_Total and all, is no odd text. */
static void a_proc_file_among_areas_is_not_odd(void **state)
{
	char *meminfo = fixture_text(3, "meminfo", NULL);
	char text[8192];
	struct reading r;

	(void)state;
	assert_true(strlen(meminfo) + strlen(L1 L2) < sizeof(text));
	(void)snprintf(text, sizeof(text), L1 "%s" L2, meminfo);
	r = read_string(text);
	assert_u64(r.stats.areas, 2);
	assert_u64(r.stats.unparsed, 0);
	reading_free(&r);
	free(meminfo);
}

/* ---- snapshots, bugreports, logs ---- */

static void a_snapshot_header_is_read(void **state)
{
	struct reading r = read_string("# vmtool-snapshot 1\n# time: 2026-11-22T17:00:00Z\n"
				       "# kernel: 6.12.1-test\n# machine: aarch64\n# host: h\n"
				       "# boot_id: 01234567-89ab\n# build_id: abcdef\n"
				       "# addresses: hashed\n# page_size: 16384\n# unknown: thing\n"
				       "# meminfo.VmallocTotal: 100 kB\n# a remark\n#\n" L1);
	const struct vmt_facts *f = vmt_text_facts(r.text);

	(void)state;
	assert_u64(f->time, 1795366800);
	assert_string_equal(f->kernel, "6.12.1-test");
	assert_string_equal(f->machine, "aarch64");
	assert_string_equal(f->host, "h");
	assert_string_equal(f->boot_id, "01234567-89ab");
	assert_string_equal(f->build_id, "abcdef");
	assert_string_equal(f->addresses, "hashed");
	assert_u64(f->vmalloc_total, 102400);
	assert_u64(r.page_size, 16384);
	assert_u64(r.stats.unparsed, 0);
	assert_u64(r.areas[0].line, 14);
	reading_free(&r);
}

static void a_long_header_value_is_cut(void **state)
{
	char text[1024];
	struct reading r;

	(void)state;
	(void)snprintf(text, sizeof(text), "# host: %0500d\n%s", 7, L1);
	r = read_string(text);
	assert_int_equal(strlen(vmt_text_facts(r.text)->host), VMT_FACT_TEXT - 1);
	reading_free(&r);
}

/* Other sections of an Android bugreport may hold lines that read like areas. */
static void only_the_vmalloc_section_of_a_bugreport_is_read(void **state)
{
	struct reading r = read_string("== dumpstate\nKernel: Linux version 5.10.43-android12 (x)\n"
				       "------ KERNEL LOG (dmesg) ------\n" L2 L2
				       "------ VMALLOC INFO (/proc/vmallocinfo) ------\n" L1 L2
				       "------ 0.012s was the duration of 'VMALLOC INFO' ------\n\n"
				       "------ SLAB INFO (/proc/slabinfo) ------\n" L1 "junk\n");

	(void)state;
	assert_u64(r.stats.areas, 2);
	assert_u64(r.stats.unparsed, 0);
	assert_u64(r.areas[0].line, 7);
	assert_string_equal(vmt_text_facts(r.text)->kernel, "5.10.43-android12");
	reading_free(&r);
}

static void prefixes_of_logs_are_taken_off(void **state)
{
	static const char *const prefixes[] = {
		"[   12.345678] ",
		"<6>[   12.345678] ",
		"[   12.345678][    T1] ",
		"  ",
		"Nov 22 17:00:00 host kernel: ",
		"Nov 22 17:00:00 host kernel: [   12.345678] ",
		"<4>",
	};
	char text[400];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		struct reading r;

		(void)snprintf(text, sizeof(text), "%s%s%s%s", prefixes[i], L1, prefixes[i], L2);
		r = read_string(text);
		assert_u64(r.stats.areas, 2);
		assert_u64(r.stats.unparsed, 0);
		assert_u64(r.areas[0].start, 0xffffc90000000000);
		assert_str(r.areas[1].caller, "g+0x0/0x10");
		reading_free(&r);
	}
}

static void carriage_returns_are_no_part_of_lines(void **state)
{
	struct reading r =
		read_string("MemTotal: 5 kB\r\n"
			    "0xffffc90000000000-0xffffc90000002000    8192 f+0x0/0x1 vmap\r\n"
			    "\r\n0xffffc90000004000-0xffffc90000006000    8192 "
			    "unpurged vm_area\r\n");

	(void)state;
	assert_u64(r.stats.areas, 2);
	assert_u64(r.stats.unparsed, 0);
	assert_u64(vmt_text_facts(r.text)->mem_total, 5 * 1024);
	assert_int_equal(r.areas[1].kind, VMT_KIND_UNPURGED);
	reading_free(&r);
}

static void the_name_is_the_one_it_was_opened_by(void **state)
{
	struct reading r = read_string(L1);

	(void)state;
	assert_string_equal(vmt_text_name(r.text), "test");
	reading_free(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_size_is_inferred_from_vmalloc_lines),
		cmocka_unit_test(the_first_lines_need_not_tell),
		cmocka_unit_test(most_votes_decide),
		cmocka_unit_test(only_vmalloc_lines_vote),
		cmocka_unit_test(without_votes_sizes_tell_when_there_are_enough),
		cmocka_unit_test(without_anything_it_is_assumed),
		cmocka_unit_test(absurd_votes_do_not_count),
		cmocka_unit_test(the_largest_page_count_is_no_trap),
		cmocka_unit_test(the_option_beats_all),
		cmocka_unit_test(the_header_beats_the_live_kernel),
		cmocka_unit_test(the_live_kernel_beats_inference),
		cmocka_unit_test(a_header_with_an_impossible_page_size_is_ignored),
		cmocka_unit_test(every_fixture_tells_how_addresses_are_shown),
		cmocka_unit_test(addresses_are_known_at_open),
		cmocka_unit_test(each_line_votes_once),
		cmocka_unit_test(other_proc_files_around_become_facts),
		cmocka_unit_test(meminfo_is_in_bytes),
		cmocka_unit_test(modules_are_taken_with_their_base),
		cmocka_unit_test(a_proc_file_among_areas_is_not_odd),
		cmocka_unit_test(a_snapshot_header_is_read),
		cmocka_unit_test(a_long_header_value_is_cut),
		cmocka_unit_test(only_the_vmalloc_section_of_a_bugreport_is_read),
		cmocka_unit_test(prefixes_of_logs_are_taken_off),
		cmocka_unit_test(carriage_returns_are_no_part_of_lines),
		cmocka_unit_test(the_name_is_the_one_it_was_opened_by),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
