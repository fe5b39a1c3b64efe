// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of src/mem fails once (see nomem.h): the answer is VMT_NOMEM, nothing stays
 * behind, and what was opened goes on working.
 */
#include "memtest.h"
#include "nomem.h"

/* Open, read what is stored, and close; the first answer that is not VMT_OK. */
struct file {
	const char *path;
	const struct image *img;
};

static enum vmt_rc work(void *arg)
{
	const struct file *file = arg;
	const struct image *img = file->img;
	struct vmt_mem *mem = NULL;
	unsigned char buf[4096];
	uint64_t start, end;
	enum vmt_rc rc = vmt_mem_open(&mem, file->path, NULL, NULL);

	if (rc == VMT_OK)
		rc = vmt_mem_range(mem, 0, &start, &end);
	for (size_t i = 0; i < img->n_pages && rc == VMT_OK; i++) {
		rc = vmt_mem_read(mem, img->pages[i].pa, buf, 4096, NULL);
		if (rc == VMT_OK && memcmp(buf, img->pages[i].bytes, 4096) != 0)
			rc = VMT_FORMAT;
		/* It was not there: a moment later it is. */
		if (rc == VMT_NOMEM &&
		    vmt_mem_read(mem, img->pages[i].pa, buf, 4096, NULL) != VMT_OK)
			rc = VMT_FORMAT;
	}
	vmt_mem_close(mem);
	return rc;
}

static void fail_path(const char *path, const struct image *img)
{
	assert_true(nomem_each(work, &(struct file){path, img}, NULL, 0) > 8);
}

static void fail_each(const struct image *img, const struct image_how *how, bool overlaps)
{
	struct image_bytes b = image_build(img, how);
	char path[32];
	int fd;

	if (overlaps) {
		b.n -= 16;
		image_flat_block(&b, 0, how->format == IMAGE_ELF ? "\x7f" : "K", 1);
		image_flat_end(&b);
	}
	fd = memtest_file(b.p, b.n, path);
	fail_path(path, img);
	(void)close(fd);
	free(b.p);
}

static void fail_raw(struct image *img)
{
	static const char info[] = "OSRELEASE=6.1.0\nPAGESIZE=4096\nSYMBOL(_stext)=ffff\n"
				   "NUMBER(phys_base)=0\n";
	int fd = memfd_create("ram", MFD_CLOEXEC);
	char path[32];

	image_write(img, 0x9e000, info, sizeof(info));
	image_save_ram(img, fd, 0, 0, 0x40100000);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fail_path(path, img);
	(void)close(fd);
}

static void each_allocation_may_fail(void **state)
{
	struct image *img = memtest_machine("x86_64");

	(void)state;
	for (int flat = 0; flat < 2; flat++) {
		fail_each(img, &(struct image_how){.format = IMAGE_ELF, .flattened = flat}, flat);
		fail_each(img,
			  &(struct image_how){
				  .format = IMAGE_KDUMP, .pack = IMAGE_ZLIB, .flattened = flat},
			  flat);
	}
	fail_raw(img);
	image_free(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
