// SPDX-License-Identifier: GPL-2.0-or-later
/* The RAM file of a machine that may run: what looks wrong is looked at again. */
#include "checktest.h"

#define MIB (UINT64_C(1) << 20)

/* The file, and what is put right in it when the checks have begun. */
struct ram {
	int fd;
	bool mended;
	uint64_t at, value;
};

static void mend(void *arg, const char *what, unsigned permille)
{
	struct ram *ram = arg;

	(void)what;
	if (permille < 1000 || ram->mended || !ram->at)
		return;
	ram->mended = true;
	assert_int_equal(pwrite(ram->fd, &ram->value, 8, (off_t)ram->at), 8);
}

/* Memory with one entry of a table gone; @mended: it is there again behind the first look. */
static void look(const struct kernel_paging *paging, uint64_t base, bool mended, const char *ids)
{
	static const struct vmt_kern_opts none;
	struct sound s = sound_new(paging, &kernel_6_12);
	struct vmt_check_opts opts = {.progress = mend};
	struct ram ram = {.fd = memfd_create("ram", MFD_CLOEXEC)};
	struct checktest c = {0};
	uint64_t entry = kernel_entry(s.k, s.area[SOUND_VMALLOC].start, 0);
	char path[32], loud[256];

	for (size_t i = 0; i < vmt_checks_count(); i++)
		opts.run[i] = true;
	opts.arg = &ram;
	ram.value = kernel_get64(s.k, entry);
	ram.at = mended ? entry - base : 0;
	kernel_self(s.k, false);
	kernel_unmap(s.k, s.area[SOUND_VMALLOC].start);
	sound_done(&s);
	image_save_ram(s.k->img, ram.fd, base, 0, 512 * MIB);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ram.fd);
	if (vmt_mem_open(&c.t.mem, path, NULL, &c.t.err) != VMT_OK ||
	    vmt_kern_open(&c.t.kern, c.t.mem, &none, &c.t.err) != VMT_OK ||
	    vmt_check_run(&c.report, c.t.kern, &opts, &c.t.err) != VMT_OK)
		fail_msg("%s", c.t.err.text);
	assert_string_equal(checktest_loud(&c, loud), ids);
	assert_u64(vmt_report_gone(c.report), mended);
	assert_int_equal(ram.mended, mended);
	checktest_close(&c);
	sound_free(&s);
	(void)close(ram.fd);
}

static void what_a_running_machine_mends_is_not_told(void **state)
{
	(void)state;
	look(&kernel_x86_4, 0, true, "");
	look(&kernel_arm_4k, 0x40000000, true, "");
	look(&kernel_x86_4, 0, false, "V05");
	look(&kernel_arm_4k, 0x40000000, false, "V05");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_running_machine_mends_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
