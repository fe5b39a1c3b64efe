// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /dev/mem: a file that stands for the device, which refuses what the kernel refuses; and what is
 * said of each refusal.
 */
#include <errno.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "kerntest.h"

#include "../../cmd/cmd.h"

ssize_t __real_pread64(int fd, void *buf, size_t n, off_t at);
ssize_t __wrap_pread64(int fd, void *buf, size_t n, off_t at);

/* Reads of this range fail with this. */
static uint64_t refused_from, refused_to;
static int refused_with;

/* The linker sends pread of the library here (UNIT_LDFLAGS in the Makefile). */
ssize_t __wrap_pread64(int fd, void *buf, size_t n, off_t at)
{
	if ((uint64_t)at < refused_to && (uint64_t)at + n > refused_from) {
		errno = refused_with;
		return -1;
	}
	return __real_pread64(fd, buf, n, at);
}

#define RAM_END UINT64_C(0x20000000)

static struct device {
	struct scene s;
	int fd;
	char path[32];
	struct vmt_mem_run runs[2];
	struct vmt_mem_opts opts;
} dev;

static int make_device(void **state)
{
	(void)state;
	memset(&dev, 0, sizeof(dev));
	refused_to = 0;
	dev.s = scene_new(&kernel_x86_4, &kernel_6_12);
	kernel_self(dev.s.k, true);
	kernel_complete(dev.s.k);
	dev.fd = memfd_create("mem", MFD_CLOEXEC);
	image_save_ram(dev.s.k->img, dev.fd, 0, 0, RAM_END);
	(void)snprintf(dev.path, sizeof(dev.path), "/proc/self/fd/%d", dev.fd);
	dev.runs[0] = (struct vmt_mem_run){0x100000, 0x100000, 0x700000};
	dev.runs[1] = (struct vmt_mem_run){0x1000800, 0x1000800, RAM_END - 0x1000800};
	dev.opts = (struct vmt_mem_opts){
		.device = true,
		.runs = dev.runs,
		.n_runs = 2,
		.info_pa = kernel_pa(dev.s.k, dev.s.k->info_page),
	};
	return 0;
}

static int free_device(void **state)
{
	(void)state;
	(void)close(dev.fd);
	kernel_free(dev.s.k);
	return 0;
}

static enum vmt_rc try_device(struct kerntest *t)
{
	static const struct vmt_kern_opts none;
	enum vmt_rc rc;

	memset(t, 0, sizeof(*t));
	rc = vmt_mem_open(&t->mem, dev.path, &dev.opts, &t->err);
	return rc == VMT_OK ? vmt_kern_open(&t->kern, t->mem, &none, &t->err) : rc;
}

static void what_iomem_names_is_read(void **state)
{
	struct kerntest t;

	(void)state;
	if (try_device(&t) != VMT_OK || kerntest_areas(&t) != VMT_OK)
		fail_msg("%s", t.err.text);
	assert_true(vmt_mem_about(t.mem)->live);
	assert_u64(t.about->broken_lists, 0);
	memtest_answer(t.mem, 0x0, 8, VMT_FAULT);
	memtest_answer(t.mem, 0x800000 - 8, 8, VMT_OK);
	memtest_answer(t.mem, 0x800000 - 4, 8, VMT_FAULT);
	memtest_answer(t.mem, 0x1000800, 8, VMT_OK);
	memtest_answer(t.mem, 0x10007ff, 8, VMT_FAULT);
	memtest_answer(t.mem, RAM_END, 8, VMT_FAULT);
	kerntest_close(&t);
}

/* A page that the kernel does not map is as one a dump left out. */
static void a_page_that_is_refused_is_excluded(void **state)
{
	struct kerntest t;

	(void)state;
	assert_int_equal(try_device(&t), VMT_OK);
	refused_from = 0x200000;
	refused_to = 0x201000;
	refused_with = EFAULT;
	memtest_answer(t.mem, 0x200010, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x1fffff, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x201000, 8, VMT_OK);
	kerntest_close(&t);
}

static void strict_devmem_is_told_apart(void **state)
{
	struct kerntest t;

	(void)state;
	refused_from = 0x100000;
	refused_to = UINT64_MAX;
	refused_with = EPERM;
	assert_int_equal(try_device(&t), VMT_PERM);
	assert_int_equal(t.err.code, VMT_PERM);
	kerntest_close(&t);
	/* With VMCOREINFO from elsewhere it is met later. */
	dev.opts.vmcoreinfo = (struct vmt_str){(const char *)dev.s.k->info.p, dev.s.k->info.n};
	assert_int_equal(try_device(&t), VMT_PERM);
	kerntest_close(&t);
}

static void no_note_where_the_kernel_says(void **state)
{
	struct kerntest t;

	(void)state;
	dev.opts.info_pa += 4096;
	assert_int_equal(try_device(&t), VMT_FORMAT);
	kerntest_close(&t);
	dev.opts.info_pa = UINT64_MAX - 100;
	assert_int_not_equal(try_device(&t), VMT_OK);
	kerntest_close(&t);
	dev.opts.info_pa = RAM_END - 100;
	assert_int_not_equal(try_device(&t), VMT_OK);
	kerntest_close(&t);
}

/* ---- what is said ---- */

static void check_said(const char *root, enum vmt_rc code, const char *word)
{
	struct run r = {.cmd = &cmd_list};
	struct source s = {.devmem = strdup(root)};
	struct vmt_err err = {.code = code, .text = "x"};
	int fd = memfd_create("stderr", MFD_CLOEXEC), was = dup(STDERR_FILENO);
	char text[1024] = "";

	(void)fflush(stderr);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	assert_int_equal(devmem_complain(&s, &r, "/dev/mem", &err), EXIT_NO_ANSWER);
	(void)fflush(stderr);
	(void)dup2(was, STDERR_FILENO);
	(void)close(was);
	assert_true(__real_pread64(fd, text, sizeof(text) - 1, 0) > 0);
	(void)close(fd);
	if (!strstr(text, word))
		fail_msg("no \"%s\" in: %s", word, text);
	free(s.devmem);
}

static void each_refusal_is_explained(void **state)
{
	static const struct {
		const char *lockdown, *word;
	} rows[] = {
		{"[none] integrity confidentiality\n", "CONFIG_STRICT_DEVMEM"},
		{"none [integrity] confidentiality\n", "locked down (integrity)"},
		{"none integrity [confidentiality]\n", "/proc/kcore with it"},
	};
	char root[] = "/tmp/vmtool-unit.XXXXXX", path[128], command[256];

	(void)state;
	refused_to = 0;
	assert_non_null(mkdtemp(root));
	(void)snprintf(command, sizeof(command), "mkdir -p '%s/sys/kernel/security'", root);
	assert_int_equal(system(command), 0);
	(void)snprintf(path, sizeof(path), "%s/", root);
	check_said(path, VMT_NONE, "CONFIG_DEVMEM");
	check_said(path, VMT_PERM, geteuid() ? "root only" : "CONFIG_STRICT_DEVMEM");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		FILE *fp;

		(void)snprintf(command, sizeof(command), "%s/sys/kernel/security/lockdown", root);
		fp = fopen(command, "w");
		assert_non_null(fp);
		(void)fputs(rows[i].lockdown, fp);
		(void)fclose(fp);
		check_said(path, VMT_PERM, geteuid() ? "root only" : rows[i].word);
	}
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_iomem_names_is_read, make_device, free_device),
		cmocka_unit_test_setup_teardown(a_page_that_is_refused_is_excluded, make_device,
						free_device),
		cmocka_unit_test_setup_teardown(strict_devmem_is_told_apart, make_device,
						free_device),
		cmocka_unit_test_setup_teardown(no_note_where_the_kernel_says, make_device,
						free_device),
		cmocka_unit_test(each_refusal_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
