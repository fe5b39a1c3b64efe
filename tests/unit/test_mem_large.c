// SPDX-License-Identifier: GPL-2.0-or-later
/* A machine of a TiB costs no more than a small one.  The file is sparse: 6 GiB, 64 MiB of it
 * there. */
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>

#include "memtest.h"

#define PAGES	  (UINT64_C(1) << 28)
#define HALF	  (PAGES / 8)
#define BITMAP_AT 8192
#define DESCS_AT  (BITMAP_AT + 2 * HALF)
#define DATA_AT	  (DESCS_AT + 24 * PAGES)
#define STEP	  UINT64_C(50021)
#define RSS_MAX	  (64u << 20)

static void put(int fd, uint64_t at, const void *p, size_t n)
{
	assert_int_equal(pwrite(fd, p, n, (off_t)at), n);
}

static void put_header(int fd)
{
	struct image *img = image_new("x86_64");
	struct image_bytes b = {0};

	image_kdump_header(img, &(struct image_how){.format = IMAGE_KDUMP}, &b, PAGES,
			   2 * HALF / 4096);
	put(fd, 0, b.p, b.n);
	free(b.p);
	image_free(img);
}

/* Every page is stored; of each 50021st the descriptor and the bytes are there. */
static void put_pages(int fd)
{
	unsigned char page[4096] = {0};
	uint64_t n = 0;

	for (uint64_t pfn = 0; pfn < PAGES; pfn += STEP, n++) {
		struct image_bytes d = {0};

		image_num(&d, 0, DATA_AT + 4096 * n, 8);
		image_num(&d, 8, 4096, 8);
		put(fd, DESCS_AT + 24 * pfn, d.p, d.n);
		memcpy(page, &pfn, 8);
		put(fd, DATA_AT + 4096 * n, page, 4096);
		free(d.p);
	}
}

static void put_bitmaps(int fd)
{
	unsigned char *ones = malloc(1 << 20);

	assert_non_null(ones);
	memset(ones, 0xff, 1 << 20);
	for (uint64_t at = 0; at < 2 * HALF; at += 1 << 20)
		put(fd, BITMAP_AT + at, ones, 1 << 20);
	free(ones);
}

static void read_pages(struct vmt_mem *mem)
{
	uint64_t got;

	for (uint64_t pfn = 0; pfn < PAGES; pfn += STEP) {
		assert_int_equal(vmt_mem_read(mem, pfn << 12, &got, 8, NULL), VMT_OK);
		assert_u64(got, pfn);
		/* The descriptor of the next is a hole. */
		assert_int_equal(vmt_mem_read(mem, (pfn + 1) << 12, &got, 8, NULL), VMT_EXCLUDED);
	}
	memtest_answer(mem, PAGES << 12, 8, VMT_FAULT);
}

static double seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void a_machine_of_a_tebibyte(void **state)
{
	char path[] = "/tmp/vmtool-large-XXXXXX";
	int fd = mkstemp(path);
	uint64_t start = 1, end = 0;
	struct vmt_err err = {0};
	struct vmt_mem *mem = NULL;
	struct rusage use;
	double t;

	(void)state;
	assert_true(fd >= 0);
	put_header(fd);
	put_bitmaps(fd);
	put_pages(fd);
	(void)close(fd);
	t = seconds();
	assert_int_equal(vmt_mem_open(&mem, path, NULL, &err), VMT_OK);
	t = seconds() - t;
	(void)unlink(path);
	assert_u64(vmt_mem_about(mem)->pages_stored, PAGES);
	assert_u64(vmt_mem_about(mem)->pages_ram, PAGES);
	assert_false(vmt_mem_about(mem)->cut);
	assert_int_equal(vmt_mem_range(mem, 0, &start, &end), VMT_OK);
	assert_u64(start, 0);
	assert_u64(end, PAGES << 12);
	read_pages(mem);
	vmt_mem_close(mem);
	assert_int_equal(getrusage(RUSAGE_SELF, &use), 0);
	print_message("# opened in %.3f s, %ld KiB of memory\n", t, use.ru_maxrss);
#if !defined(__SANITIZE_ADDRESS__)
	assert_true(use.ru_maxrss * 1024 < RSS_MAX);
	assert_true(t < 2);
#endif
}

/* Bitmaps that are holes for the most part: every address there can be, and 16 pages. */
static void every_address_there_can_be(void **state)
{
	const uint64_t pages = UINT64_C(1) << 40, half = pages / 8;
	const uint64_t descs = BITMAP_AT + 2 * half;
	char path[] = "/tmp/vmtool-large-XXXXXX";
	struct image *img = image_new("x86_64");
	struct image_bytes b = {0};
	unsigned char page[4096] = {0}, one = 1;
	uint64_t from = 0, start, end, got;
	struct vmt_err err = {0};
	struct vmt_mem *mem = NULL;
	size_t n = 0;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	image_kdump_header(img, &(struct image_how){.format = IMAGE_KDUMP}, &b, pages,
			   2 * half / 4096);
	for (uint64_t i = 0; i < 16; i++) {
		uint64_t pfn = i * (pages / 16);

		put(fd, BITMAP_AT + pfn / 8, &one, 1);
		put(fd, BITMAP_AT + half + pfn / 8, &one, 1);
		put(fd, descs + 24 * i, &(uint64_t[]){descs + 4096 * (i + 1), 4096, 0}, 24);
		memcpy(page, &pfn, 8);
		put(fd, descs + 4096 * (i + 1), page, 4096);
	}
	put(fd, 0, b.p, b.n);
	(void)close(fd);
	assert_int_equal(vmt_mem_open(&mem, path, NULL, &err), VMT_OK);
	(void)unlink(path);
	for (; vmt_mem_range(mem, from, &start, &end) == VMT_OK; from = end, n++) {
		assert_u64(start, n * (pages / 16) * 4096);
		assert_u64(end, start + 4096);
		assert_int_equal(vmt_mem_read(mem, start, &got, 8, NULL), VMT_OK);
		assert_u64(got, start / 4096);
	}
	assert_u64(n, 16);
	vmt_mem_close(mem);
	free(b.p);
	image_free(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_of_a_tebibyte),
		cmocka_unit_test(every_address_there_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
