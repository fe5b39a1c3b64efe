// SPDX-License-Identifier: GPL-2.0-or-later
/** Shared by the tests of src/mem: images opened from bytes, and what reading must answer. */
#ifndef VMTOOL_MEMTEST_H
#define VMTOOL_MEMTEST_H

#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"
#include "image.h"
#include "vmtool/mem.h"

/** A file of these bytes, in memory; @path names it as long as the descriptor is open. */
static inline int memtest_file(const void *p, size_t n, char path[32])
{
	int fd = memfd_create("vmcore", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t at = 0; at < n;) {
		ssize_t part = write(fd, (const char *)p + at, n - at);

		assert_true(part > 0);
		at += (size_t)part;
	}
	(void)snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

/** Open these bytes. */
static inline enum vmt_rc memtest_try(struct vmt_mem **mem, const void *p, size_t n,
				      struct vmt_err *err)
{
	char path[32];
	int fd = memtest_file(p, n, path);
	enum vmt_rc rc;

	*mem = NULL;
	memset(err, 0, sizeof(*err));
	rc = vmt_mem_open(mem, path, NULL, err);
	(void)close(fd);
	return rc;
}

static inline struct vmt_mem *memtest_open_bytes(const void *p, size_t n)
{
	struct vmt_mem *mem;
	struct vmt_err err;

	if (memtest_try(&mem, p, n, &err) != VMT_OK)
		fail_msg("%s", err.text);
	return mem;
}

static inline struct vmt_mem *memtest_open(const struct image *img, const struct image_how *how)
{
	struct image_bytes b = image_build(img, how);
	struct vmt_mem *mem = memtest_open_bytes(b.p, b.n);

	free(b.p);
	return mem;
}

/** Opening must be refused with @rc and a text that has @word in it. */
static inline void memtest_refused(const void *p, size_t n, enum vmt_rc rc, const char *word)
{
	struct vmt_mem *mem;
	struct vmt_err err;
	enum vmt_rc got = memtest_try(&mem, p, n, &err);

	vmt_mem_close(mem);
	if (got != rc)
		fail_msg("answer %d is not %d: %s", (int)got, (int)rc, err.text);
	assert_int_equal(err.code, rc);
	if (!strstr(err.text, word))
		fail_msg("no \"%s\" in: %s", word, err.text);
}

static inline void memtest_answer(struct vmt_mem *mem, uint64_t pa, size_t n, enum vmt_rc rc)
{
	struct vmt_err err = {0};
	unsigned char *buf = malloc(n ? n : 1);
	enum vmt_rc got = vmt_mem_read(mem, pa, buf, n, &err);

	free(buf);
	if (got != rc)
		fail_msg("0x%" PRIx64 ": answer %d is not %d: %s", pa, (int)got, (int)rc, err.text);
	if (rc != VMT_OK)
		assert_int_equal(err.code, rc);
}

/** Every stored page of the image reads back. */
static inline void memtest_same(struct vmt_mem *mem, const struct image *img)
{
	unsigned char *buf = malloc(img->page_size);
	struct vmt_err err = {0};

	for (size_t i = 0; i < img->n_pages; i++) {
		const struct image_page *p = &img->pages[i];

		if (vmt_mem_read(mem, p->pa, buf, img->page_size, &err) != VMT_OK)
			fail_msg("%s", err.text);
		assert_memory_equal(buf, p->bytes, img->page_size);
	}
	free(buf);
}

/** A little machine: memory with holes, pages stored and left out, zeros, and a note. */
static inline struct image *memtest_machine(const char *machine)
{
	struct image *img = image_new(machine);

	image_ram(img, 0x1000, 0x9f000);
	image_ram(img, 0x100000, 0x400000);
	image_ram(img, 0x40000000, 0x40100000);
	image_noise(img, 0x1000, 0x5000);
	image_noise(img, 0x80000, 0x9f000);
	image_zero(img, 0x101000, 0x103000);
	image_noise(img, 0x103000, 0x110000);
	image_noise(img, 0x3ff000, 0x400000);
	image_noise(img, 0x40080000, 0x40084000);
	image_info(img, "OSRELEASE=6.1.0\nPAGESIZE=4096\n");
	return img;
}

#endif
