// SPDX-License-Identifier: GPL-2.0-or-later
/* VMCOREINFO: pairs of a text, and the numbers in it. */
#include "unit.h"

static struct vmt_info *parsed(const char *text, size_t n)
{
	struct vmt_info *info = vmt_info_new();

	assert_non_null(info);
	assert_int_equal(vmt_vmcoreinfo_parse(info, (struct vmt_str){text, n}), VMT_OK);
	return info;
}

static void pairs(void **state)
{
	static const char text[] = "OSRELEASE=6.1.0=x\n\nBUILD-ID=\n=nothing\nno pair\nA=1\nA=2\n"
				   "1=A\nCRASHTIME=5";
	struct vmt_info *info = parsed(text, sizeof(text) - 1);

	(void)state;
	assert_str(vmt_info_get(info, "OSRELEASE"), "6.1.0=x");
	assert_str(vmt_info_get(info, "BUILD-ID"), "");
	/* The first one counts; a value may be a key elsewhere. */
	assert_str(vmt_info_get(info, "A"), "1");
	assert_str(vmt_info_get(info, "1"), "A");
	assert_str(vmt_info_get(info, "CRASHTIME"), "5");
	assert_null(vmt_info_get(info, "2").p);
	assert_null(vmt_info_get(info, "no pair").p);
	assert_null(vmt_info_get(info, "").p);
	vmt_info_free(info);
}

static void it_ends_at_a_nul(void **state)
{
	static const char text[] = "A=1\nB=2\n\0\0C=3\n";
	struct vmt_info *info = parsed(text, sizeof(text) - 1);

	(void)state;
	assert_str(vmt_info_get(info, "A"), "1");
	assert_null(vmt_info_get(info, "C").p);
	vmt_info_free(info);
	info = parsed("", 0);
	assert_null(vmt_info_get(info, "A").p);
	vmt_info_free(info);
	vmt_info_free(NULL);
}

static void numbers(void **state)
{
	static const char text[] =
		"plain=4096\nhex=0x10\nnegative=-16\nmost=18446744073709551615\n"
		"over=18446744073709551616\nbad=12x\nempty=\nminus=-\nbare=ffff8000\nx=0x\n"
		"least=-9223372036854775808\nlong=0x10000000000000000\n";
	struct vmt_info *info = parsed(text, sizeof(text) - 1);
	static const struct {
		const char *key;
		bool is_number;
		uint64_t number;
		bool is_hex;
		uint64_t hex;
	} want[] = {
		{"plain", true, 4096, true, 0x4096},
		{"hex", true, 16, true, 16},
		{"negative", true, (uint64_t)-16, false, 0},
		{"most", true, UINT64_MAX, false, 0},
		{"over", false, 0, false, 0},
		{"bad", false, 0, false, 0},
		{"empty", false, 0, false, 0},
		{"minus", false, 0, false, 0},
		{"bare", false, 0, true, 0xffff8000},
		{"x", false, 0, false, 0},
		{"least", true, UINT64_C(1) << 63, false, 0},
		{"long", false, 0, false, 0},
		{"absent", false, 0, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		uint64_t v = 0;

		if (vmt_info_number(info, want[i].key, &v) != want[i].is_number)
			fail_msg("%s: a number, or not?", want[i].key);
		if (want[i].is_number)
			assert_u64(v, want[i].number);
		if (vmt_info_hex(info, want[i].key, &v) != want[i].is_hex)
			fail_msg("%s: hexadecimal, or not?", want[i].key);
		if (want[i].is_hex)
			assert_u64(v, want[i].hex);
	}
	vmt_info_free(info);
}

/* A text of nothing but keys, all different. */
static void many_pairs(void **state)
{
	static char text[200000];
	struct vmt_info *info;
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "K%u=%u\n", i, i + 1);
	info = parsed(text, n);
	assert_str(vmt_info_get(info, "K0"), "1");
	assert_str(vmt_info_get(info, "K9999"), "10000");
	vmt_info_free(info);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs),
		cmocka_unit_test(it_ends_at_a_nul),
		cmocka_unit_test(numbers),
		cmocka_unit_test(many_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
