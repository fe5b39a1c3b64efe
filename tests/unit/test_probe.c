// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether a file is a memory image is asked of its first bytes; but not of files of /proc: the
 * kernel would print all of /proc/vmallocinfo for them, and again when it is read.
 */
#include <sys/types.h>

#include "unit.h"
#include "vmtool/mem.h"

ssize_t __real_pread64(int fd, void *buf, size_t n, off_t at);
ssize_t __wrap_pread64(int fd, void *buf, size_t n, off_t at);

static int reads;

/* The linker sends pread of the library here (UNIT_LDFLAGS in the Makefile). */
ssize_t __wrap_pread64(int fd, void *buf, size_t n, off_t at)
{
	reads++;
	return __real_pread64(fd, buf, n, at);
}

static void files_without_a_size_are_not_read(void **state)
{
	(void)state;
	reads = 0;
	assert_false(vmt_mem_probe("/proc/self/status"));
	assert_int_equal(reads, 0);
}

static void others_are(void **state)
{
	(void)state;
	reads = 0;
	assert_false(vmt_mem_probe("tests/fixtures/founding.txt"));
	assert_int_equal(reads, 1);
	assert_false(vmt_mem_probe("tests/fixtures"));
	assert_false(vmt_mem_probe("-"));
	assert_int_equal(reads, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_without_a_size_are_not_read),
		cmocka_unit_test(others_are),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
