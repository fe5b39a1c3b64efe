// SPDX-License-Identifier: GPL-2.0-or-later
/* Snapshots written and read back; names of samples; directories of them in order. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#define AREA                                                                                     \
	"0xffffc90000000000-0xffffc90000005000   20480 kernel_clone+0xbd/0x440 pages=4 vmalloc " \
	"N0=4\n"
#define BOOT_A "7ca684f2-5029-4978-bb2d-dfe023dc667f"
#define BOOT_B "00000000-1111-2222-3333-444444444444"

/* ---- names ---- */

static void names_come_back(void **state)
{
	char name[VMT_SAMPLE_NAME];
	uint64_t t, seq;

	(void)state;
	vmt_sample_name(name, 1795370504, 42, ".zst");
	assert_string_equal(name, "vmallocinfo-20261122T180144Z-000042.zst");
	assert_true(vmt_sample_name_parse(name, &t, &seq));
	assert_u64(t, 1795370504);
	assert_u64(seq, 42);
	vmt_sample_name(name, 0, 12345678, ".gz");
	assert_string_equal(name, "vmallocinfo-19700101T000000Z-12345678.gz");
	assert_true(vmt_sample_name_parse(name, &t, &seq));
	assert_u64(t, 0);
	assert_u64(seq, 12345678);
	vmt_sample_name(name, UINT64_MAX, UINT64_MAX, ".zst");
	assert_true(vmt_sample_name_parse(name, &t, &seq));
	assert_u64(seq, UINT64_MAX);
}

static void other_names_are_not_ours(void **state)
{
	static const char *const names[] = {
		"",
		"vmallocinfo",
		"vmallocinfo-",
		"vmallocinfo-20261122T180144Z",
		"vmallocinfo-20261122T180144Z-000042",
		"vmallocinfo-20261122T180144Z-42.zst",
		"vmallocinfo-20261122T180144Z-000042.xz",
		"vmallocinfo-20261122T180144Z-000042.zst.bak",
		"vmallocinfo-20261122T180144Z-00004x.zst",
		"vmallocinfo-20261122T180144Z-.zst",
		"vmallocinfo-2026112 T180144Z-000042.zst",
		"vmallocinfo-20261322T180144Z-000042.zst",
		"vmallocinfo-20261122T180144 -000042.zst",
		"vmallocinfo-20261122t180144Z-000042.zst",
		"vmallocinfo- 2026122T180144Z-000042.zst",
		"avmallocinfo-20261122T180144Z-000042.zst",
		".vmallocinfo-20261122T180144Z-000042.zst",
		"vmallocinfo-20261122T180144Z-99999999999999999999999.zst",
	};
	uint64_t t, seq;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (vmt_sample_name_parse(names[i], &t, &seq))
			fail_msg("taken for ours: %s", names[i]);
	}
}

/* ---- headers ---- */

static void a_header_says_what_it_was_made_of(void **state)
{
	struct vmt_facts f, back;
	char buf[VMT_SNAPSHOT_HEADER];
	size_t n;

	(void)state;
	vmt_facts_init(&f);
	vmt_facts_init(&back);
	f.time = 1795370504;
	f.uptime_ms = 1234560;
	f.page_size = 4096;
	f.mem_total = UINT64_C(343860) << 10;
	f.high_total = 0;
	f.kernel_stack = 7 << 10;
	f.vmalloc_total = UINT64_C(13743895347199) << 10;
	f.vmalloc_used = UINT64_C(43084) << 10;
	f.percpu = 576 << 10;
	strcpy(f.boot_id, BOOT_A);
	strcpy(f.host, "box");
	strcpy(f.kernel, "6.12.107+deb13-amd64");
	strcpy(f.machine, "x86_64");
	strcpy(f.build_id, "0123456789abcdef");
	strcpy(f.addresses, "hashed");
	n = vmt_snapshot_header(&f, "vmtool record 0.1", buf);
	assert_int_equal(n, strlen(buf));
	vmt_facts_text(&back, (struct vmt_str){buf, n});
	assert_u64(back.time, f.time);
	assert_u64(back.uptime_ms, f.uptime_ms);
	assert_u64(back.page_size, f.page_size);
	assert_u64(back.mem_total, f.mem_total);
	assert_u64(back.high_total, f.high_total);
	assert_u64(back.kernel_stack, f.kernel_stack);
	assert_u64(back.vmalloc_total, f.vmalloc_total);
	assert_u64(back.vmalloc_used, f.vmalloc_used);
	assert_u64(back.percpu, f.percpu);
	assert_true(back.highmem);
	assert_true(back.recorded);
	assert_string_equal(back.boot_id, f.boot_id);
	assert_string_equal(back.host, f.host);
	assert_string_equal(back.kernel, f.kernel);
	assert_string_equal(back.machine, f.machine);
	assert_string_equal(back.build_id, f.build_id);
	assert_string_equal(back.addresses, f.addresses);
}

static void nothing_known_is_nothing_said(void **state)
{
	struct vmt_facts f;
	char buf[VMT_SNAPSHOT_HEADER];

	(void)state;
	vmt_facts_init(&f);
	(void)vmt_snapshot_header(&f, "me", buf);
	assert_string_equal(buf, "# vmtool-snapshot 1\n# writer: me\n");
}

static void uptime_is_read_carefully(void **state)
{
	static const struct {
		const char *line;
		uint64_t ms;
	} t[] = {
		{"# uptime: 12.34", 12340},
		{"# uptime: 12", 12000},
		{"# uptime: 0.5", 500},
		{"# uptime: 1.007", 1007},
		{"# uptime: 1.0071", VMT_FACT_NONE},
		{"# uptime: .5", VMT_FACT_NONE},
		{"# uptime: 1.", VMT_FACT_NONE},
		{"# uptime: -1", VMT_FACT_NONE},
		{"# uptime: 18446744073709551615.99", VMT_FACT_NONE},
		{"# uptime: 12.34 56.78", VMT_FACT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct vmt_facts f;

		vmt_facts_init(&f);
		assert_true(vmt_facts_line(&f, vmt_str(t[i].line)));
		if (f.uptime_ms != t[i].ms)
			fail_msg("%s: %llu", t[i].line, (unsigned long long)f.uptime_ms);
	}
}

/* ---- directories ---- */

static char dir[] = "/tmp/vmtool-test-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static void put_bytes(const char *name, const char *bytes, size_t n)
{
	char path[256];
	FILE *fp;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fp = fopen(path, "w");
	assert_non_null(fp);
	assert_int_equal(fwrite(bytes, 1, n, fp), n);
	assert_int_equal(fclose(fp), 0);
}

/* A sample as vmtool record would leave it: @uptime 0 leaves it out. */
static void put_sample(uint64_t t, uint64_t seq, const char *boot, uint64_t uptime)
{
	char name[VMT_SAMPLE_NAME], text[VMT_SNAPSHOT_HEADER + sizeof(AREA)], *packed;
	struct vmt_facts f;
	size_t n;

	vmt_facts_init(&f);
	f.time = t;
	if (uptime)
		f.uptime_ms = uptime * 1000;
	vmt_str_copy(f.boot_id, sizeof(f.boot_id), vmt_str(boot));
	(void)vmt_snapshot_header(&f, "vmtool record 0.1", text);
	strcat(text, AREA);
	assert_int_equal(vmt_pack(text, strlen(text), &packed, &n, NULL), VMT_OK);
	vmt_sample_name(name, t, seq, vmt_pack_suffix());
	put_bytes(name, packed, n);
	free(packed);
}

static struct vmt_samples *open_dir(void)
{
	struct vmt_samples *s = vmt_samples_new();
	struct vmt_err err = {0};

	assert_non_null(s);
	if (vmt_samples_add(s, dir, &err) != VMT_OK || vmt_samples_settle(s, &err) != VMT_OK)
		fail_msg("%s", err.text);
	return s;
}

static void boots_are_told_apart_and_clocks_that_were_set_are_not_believed(void **state)
{
	struct vmt_samples *s;
	/* Boot A: the clock is an hour ahead until it is set right at the third sample. */
	static const struct {
		uint64_t t, seq, uptime;
	} a[] = {{13600, 1, 100}, {13660, 2, 160}, {10120, 3, 220}, {10180, 4, 280}};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		put_sample(a[i].t, a[i].seq, BOOT_A, a[i].uptime);
	put_sample(10400, 5, BOOT_B, 10);
	put_sample(10460, 6, BOOT_B, 70);
	s = open_dir();
	assert_int_equal(vmt_samples_count(s), 6);
	assert_int_equal(vmt_samples_boots(s), 2);
	assert_string_equal(vmt_samples_boot(s, 0)->id, BOOT_A);
	assert_string_equal(vmt_samples_boot(s, 1)->id, BOOT_B);
	assert_int_equal(vmt_samples_boot(s, 0)->first, 0);
	assert_int_equal(vmt_samples_boot(s, 0)->n, 4);
	assert_int_equal(vmt_samples_boot(s, 1)->first, 4);
	assert_int_equal(vmt_samples_boot(s, 1)->n, 2);
	for (size_t i = 0; i < 4; i++) {
		assert_u64(vmt_samples_at(s, i)->seq, i + 1);
		/* By the last sample of the boot it booted at 9900. */
		assert_true(vmt_samples_at(s, i)->at == 10000.0 + 60.0 * (double)i);
		assert_u64(vmt_samples_at(s, i)->time, a[i].t);
		assert_int_equal(vmt_samples_at(s, i)->boot, 0);
	}
	assert_int_equal(vmt_samples_at(s, 5)->boot, 1);
	assert_true(vmt_samples_at(s, 5)->at == 10460);
	vmt_samples_free(s);
}

static void without_uptime_the_time_counts(void **state)
{
	struct vmt_samples *s;

	(void)state;
	put_sample(200, 1, BOOT_A, 0);
	put_sample(100, 2, BOOT_A, 50);
	s = open_dir();
	assert_u64(vmt_samples_at(s, 0)->time, 100);
	assert_true(vmt_samples_at(s, 0)->at == 100);
	assert_true(vmt_samples_at(s, 1)->at == 200);
	vmt_samples_free(s);
}

static void what_is_no_sample_is_left_out_and_counted(void **state)
{
	static const char torn[] = "\x28\xb5\x2f\xfd\x24";
	struct vmt_samples *s;
	const struct vmt_err *why;

	(void)state;
	put_sample(100, 1, BOOT_A, 1);
	put_bytes("vmallocinfo-20261122T180144Z-000007.gz", "\x1f\x8b\x08", 3);
	put_bytes("vmallocinfo-20261122T180145Z-000008.zst", torn, sizeof(torn) - 1);
	put_bytes("vmallocinfo-20261122T180146Z-000009.gz", "MZ", 2);
	put_bytes("notes.txt", "hello\n", 6);
	put_bytes(".vmtool-record.tmp", "x", 1);
	s = open_dir();
	/* Bytes that are no header are judged by who reads the areas. */
	assert_int_equal(vmt_samples_count(s), 2);
	assert_int_equal(vmt_samples_left_out(s, &why), 2);
	assert_non_null(why);
	assert_int_equal(vmt_samples_others(s), 1);
	vmt_samples_free(s);
}

static void a_plain_file_is_one_sample(void **state)
{
	struct vmt_samples *s = vmt_samples_new();
	struct vmt_err err = {0};
	char path[256];

	(void)state;
	put_bytes("before.txt", AREA, sizeof(AREA) - 1);
	(void)snprintf(path, sizeof(path), "%s/before.txt", dir);
	assert_int_equal(vmt_samples_add(s, path, &err), VMT_OK);
	assert_int_equal(vmt_samples_settle(s, &err), VMT_OK);
	assert_int_equal(vmt_samples_count(s), 1);
	assert_u64(vmt_samples_at(s, 0)->time, VMT_FACT_NONE);
	assert_u64(vmt_samples_at(s, 0)->seq, 0);
	assert_string_equal(vmt_samples_boot(s, 0)->id, "");
	assert_string_equal(vmt_samples_at(s, 0)->path, path);
	assert_int_equal(vmt_samples_left_out(s, NULL), 0);
	vmt_samples_free(s);
}

static void nothing_there_is_said(void **state)
{
	struct vmt_samples *s = vmt_samples_new();
	struct vmt_err err = {0};

	(void)state;
	assert_int_equal(vmt_samples_add(s, dir, &err), VMT_NONE);
	assert_non_null(strstr(err.text, "no samples"));
	assert_int_equal(vmt_samples_settle(s, &err), VMT_NONE);
	assert_int_equal(vmt_samples_add(s, "/nonexistent/x", &err), VMT_IO);
	vmt_samples_free(s);
	vmt_samples_free(NULL);
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_back),
		cmocka_unit_test(other_names_are_not_ours),
		cmocka_unit_test(a_header_says_what_it_was_made_of),
		cmocka_unit_test(nothing_known_is_nothing_said),
		cmocka_unit_test(uptime_is_read_carefully),
		IN_DIR(boots_are_told_apart_and_clocks_that_were_set_are_not_believed),
		IN_DIR(without_uptime_the_time_counts),
		IN_DIR(what_is_no_sample_is_left_out_and_counted),
		IN_DIR(a_plain_file_is_one_sample),
		IN_DIR(nothing_there_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
