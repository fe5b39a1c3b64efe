// SPDX-License-Identifier: GPL-2.0-or-later
/* Dumps that were cut short, damaged or made to harm: an answer, always, and never a wrong page. */
#include <fcntl.h>

#include "memtest.h"

static const struct image_how hows[] = {
	{.format = IMAGE_ELF},
	{.format = IMAGE_ELF, .qemu = true, .flattened = true},
	{.format = IMAGE_KDUMP, .pack = IMAGE_ZLIB},
	{.format = IMAGE_KDUMP, .pack = IMAGE_ZLIB, .flattened = true},
	{.format = IMAGE_KDUMP},
};

/* ---- cut short ---- */

/* Each page is right or not there.  @return how many are right. */
static size_t right_or_absent(struct vmt_mem *mem, const struct image *img)
{
	unsigned char buf[4096];
	size_t right = 0;

	for (size_t i = 0; i < img->n_pages; i++) {
		enum vmt_rc rc = vmt_mem_read(mem, img->pages[i].pa, buf, sizeof(buf), NULL);

		if (rc == VMT_OK)
			assert_memory_equal(buf, img->pages[i].bytes, sizeof(buf));
		else
			assert_true(rc == VMT_EXCLUDED || rc == VMT_FAULT);
		right += rc == VMT_OK;
	}
	return right;
}

static size_t open_cut(const struct image *img, const unsigned char *p, size_t n, bool whole)
{
	struct vmt_mem *mem;
	struct vmt_err err;
	enum vmt_rc rc = memtest_try(&mem, p, n, &err);
	size_t right = 0;

	if (rc == VMT_OK) {
		right = right_or_absent(mem, img);
		if (vmt_mem_about(mem)->cut == whole)
			fail_msg("%zu bytes: cut is %d", n, vmt_mem_about(mem)->cut);
	} else {
		assert_true(rc == VMT_FORMAT || rc == VMT_UNSUPPORTED);
	}
	vmt_mem_close(mem);
	return right;
}

static void a_file_may_end_anywhere(void **state)
{
	struct image *img = image_new("x86_64");

	(void)state;
	image_ram(img, 0x1000, 0x40000);
	image_noise(img, 0x2000, 0x8000);
	image_noise(img, 0x20000, 0x23000);
	image_info(img, "OSRELEASE=6.1.0\n");
	for (size_t i = 0; i < ARRAY_SIZE(hows); i++) {
		struct image_bytes b = image_build(img, &hows[i]);
		size_t last = 0, right;

		for (size_t n = 0; n < b.n; n += n < 700 ? 1 : 97) {
			right = open_cut(img, b.p, n, false);
			/* The second half of a flattened file comes first. */
			if (!hows[i].flattened)
				assert_true(right >= last);
			last = right;
		}
		for (size_t n = b.n - 40; n < b.n; n++)
			(void)open_cut(img, b.p, n, false);
		assert_u64(open_cut(img, b.p, b.n, true), img->n_pages);
		free(b.p);
	}
	image_free(img);
}

static void a_file_may_shrink_while_it_is_read(void **state)
{
	struct image *img = memtest_machine("x86_64");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hows); i++) {
		struct image_bytes b = image_build(img, &hows[i]);
		char path[32];
		int fd = memtest_file(b.p, b.n, path);
		struct vmt_err err = {0};
		struct vmt_mem *mem = NULL;

		assert_int_equal(vmt_mem_open(&mem, path, NULL, &err), VMT_OK);
		memtest_answer(mem, 0x1000, 8, VMT_OK);
		assert_false(vmt_mem_about(mem)->cut);
		assert_int_equal(ftruncate(fd, 5000), 0);
		assert_true(right_or_absent(mem, img) < img->n_pages);
		assert_true(vmt_mem_about(mem)->cut);
		vmt_mem_close(mem);
		(void)close(fd);
		free(b.p);
	}
	image_free(img);
}

/* ---- numbers made to harm ---- */

static void open_damaged(const unsigned char *p, size_t n)
{
	unsigned char buf[8192];
	uint64_t from = 0, start, end;
	struct vmt_mem *mem;
	struct vmt_err err;

	if (memtest_try(&mem, p, n, &err) != VMT_OK) {
		assert_true(strlen(err.text) > 10);
		return;
	}
	for (uint64_t pa = 0; pa < 0x50000; pa += 0x800)
		(void)vmt_mem_read(mem, pa, buf, sizeof(buf), &err);
	(void)vmt_mem_read(mem, UINT64_MAX - 100, buf, sizeof(buf), &err);
	for (int i = 0; i < 64 && vmt_mem_range(mem, from, &start, &end) == VMT_OK; i++) {
		assert_true(end > start && end > from);
		(void)vmt_mem_read(mem, start, buf, 64, &err);
		(void)vmt_mem_read(mem, end - 64, buf, 128, &err);
		from = end;
	}
	vmt_mem_close(mem);
}

/* Each number of [start, end) becomes everything that numbers should not be. */
static void damage(const struct image *img, const struct image_how *how, size_t start, size_t end,
		   size_t step)
{
	static const uint64_t values[] = {
		0,	    1,		3,	    0xff,	0xffff,
		0x7fffffff, 0x80000000, 0xffffffff, 1ull << 40, 1ull << 52,
		~0ull >> 1, 1ull << 63, ~0ull - 63, ~0ull - 1,	~0ull,
	};
	struct image_bytes b = image_build(img, how);

	assert_true(end <= b.n);
	for (size_t at = start; at < end; at += step) {
		unsigned char saved[8];

		memcpy(saved, b.p + at, 8);
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			memcpy(b.p + at, &values[i], step);
			open_damaged(b.p, b.n);
			memcpy(b.p + at, saved, 8);
		}
	}
	free(b.p);
}

static void numbers_may_be_anything(void **state)
{
	struct image *img = image_new("x86_64");
	struct image_how kdump = {.format = IMAGE_KDUMP, .pack = IMAGE_ZLIB};
	struct image_how elf = {.format = IMAGE_ELF}, flat = {.flattened = true};

	(void)state;
	image_ram(img, 0x1000, 0x20000);
	image_noise(img, 0x2000, 0x5000);
	image_info(img, "OSRELEASE=6.1.0\n");
	damage(img, &kdump, 8, 12, 4);
	damage(img, &kdump, 424, 464, 4);
	damage(img, &kdump, 4096, 4096 + 104, 4);
	damage(img, &kdump, 4096, 4096 + 104, 8);
	/* Notes, then bitmaps, then descriptors. */
	damage(img, &kdump, 4096 + 256, 4096 + 256 + 16, 4);
	damage(img, &kdump, 4 * 4096, 4 * 4096 + 24 * 3, 4);
	damage(img, &kdump, 4 * 4096, 4 * 4096 + 24 * 3, 8);
	damage(img, &elf, 16, 64, 2);
	damage(img, &elf, 24, 48, 8);
	damage(img, &elf, 64, 64 + 56 * 3, 8);
	damage(img, &elf, 64 + 56 * 3, 64 + 56 * 3 + 16, 4);
	damage(img, &flat, 16, 32, 8);
	damage(img, &flat, 4096, 4096 + 16, 8);
	damage(img, &flat, 4096 + 24, 4096 + 40, 8);
	image_free(img);
}

static void damaged_pages_are_told(void **state)
{
	struct image *img = image_new("x86_64");
	struct image_how how = {.format = IMAGE_KDUMP, .pack = IMAGE_ZLIB};
	struct image_bytes b;
	struct vmt_mem *mem;
	const size_t desc = 4 * 4096;

	(void)state;
	image_ram(img, 0, 0x10000);
	image_noise(img, 0, 0x7000);
	b = image_build(img, &how);
	image_num(&b, vmt_num_round_up(b.n - 100, 1), 0x55aa55aa55aa55aa, 8); /* the last */
	image_num(&b, desc, 0, 8);
	image_num(&b, desc + 8, 0, 4);		  /* 0: never written */
	image_num(&b, desc + 24 + 8, 0, 4);	  /* 1: of no bytes */
	image_num(&b, desc + 48 + 8, 4097, 4);	  /* 2: larger than a page */
	image_num(&b, desc + 72 + 12, 0, 4);	  /* 3: as it is, but too small */
	image_num(&b, desc + 96 + 12, 3, 4);	  /* 4: packed twice */
	image_num(&b, desc + 120, 1ull << 62, 8); /* 5: behind the end */
	mem = memtest_open_bytes(b.p, b.n);
	memtest_answer(mem, 0x0000, 8, VMT_EXCLUDED);
	memtest_answer(mem, 0x1000, 8, VMT_FORMAT);
	memtest_answer(mem, 0x2000, 8, VMT_FORMAT);
	memtest_answer(mem, 0x3000, 8, VMT_FORMAT);
	memtest_answer(mem, 0x4000, 8, VMT_UNSUPPORTED);
	memtest_answer(mem, 0x5000, 8, VMT_EXCLUDED);
	memtest_answer(mem, 0x6000, 8, VMT_FORMAT);
	memtest_answer(mem, 0x7000, 8, VMT_EXCLUDED);
	assert_true(vmt_mem_about(mem)->cut);
	vmt_mem_close(mem);
	free(b.p);
	image_free(img);
}

/* ---- what is refused ---- */

static void what_is_not_read_is_named(void **state)
{
	struct image *img = memtest_machine("x86_64");
	struct image_bytes b = image_build(img, &(struct image_how){.format = IMAGE_KDUMP});
	struct image_bytes e = image_build(img, &(struct image_how){.format = IMAGE_ELF});
	struct vmt_mem *mem = NULL;
	struct vmt_err err = {0};
	char path[32];
	int fd[2];

	(void)state;
	memtest_refused("hello", 5, VMT_FORMAT, "no memory image");
	memtest_refused("", 0, VMT_FORMAT, "no memory image");
	memtest_refused(b.p, 100, VMT_FORMAT, "cut short");
	image_num(&b, 8, 7, 4);
	memtest_refused(b.p, b.n, VMT_UNSUPPORTED, "version 7");
	image_num(&b, 8, 0x06000000, 4);
	memtest_refused(b.p, b.n, VMT_UNSUPPORTED, "big-endian");
	image_num(&b, 8, 6, 4);
	image_at(&b, 12 + 4 * 65, "s390x", 6);
	memtest_refused(b.p, b.n, VMT_UNSUPPORTED, "s390x");
	image_at(&b, 12 + 4 * 65, "i686\0", 6);
	memtest_refused(b.p, b.n, VMT_UNSUPPORTED, "text of that machine works");
	image_at(&b, 12 + 4 * 65, "\0\0\0\0\0", 6);
	image_num(&b, 4096 + 56, 0, 8);
	memtest_refused(b.p, b.n, VMT_UNSUPPORTED, "does not say of what machine");
	free(b.p);

	e.p[4] = ELFCLASS32;
	memtest_refused(e.p, e.n, VMT_UNSUPPORTED, "text of that machine works");
	e.p[4] = ELFCLASS64;
	image_num(&e, 18, EM_PPC64, 2);
	memtest_refused(e.p, e.n, VMT_UNSUPPORTED, "ppc64le");
	image_at(&e, 16, "\0\4\0\x16", 4);
	e.p[5] = ELFDATA2MSB;
	memtest_refused(e.p, e.n, VMT_UNSUPPORTED, "s390x");

	assert_int_equal(vmt_mem_open(&mem, "/nonexistent/vmcore", NULL, &err), VMT_NONE);
	assert_int_equal(vmt_mem_open(&mem, "/tmp", NULL, &err), VMT_IO);
	assert_non_null(strstr(err.text, "directory"));
	assert_int_equal(pipe(fd), 0);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
	assert_int_equal(vmt_mem_open(&mem, path, NULL, &err), VMT_IO);
	assert_non_null(strstr(err.text, "makedumpfile -R"));
	(void)close(fd[0]);
	(void)close(fd[1]);
	free(e.p);
	image_free(img);
}

static void the_core_of_a_process_is_refused(void **state)
{
	struct image_bytes b = {0}, notes = {0};
	struct image *img = image_new("x86_64");

	(void)state;
	image_note(&notes, "CORE", NT_PRSTATUS, "", 0);
	image_note(&notes, "CORE", NT_AUXV, "12345678", 8);
	(void)image_room(&b, 0, 64 + 56);
	image_elf_header(img, &(struct image_how){0}, &b, 64, 1);
	image_phdr(&b, 64, PT_NOTE, b.n, 0, notes.n, 0);
	image_at(&b, b.n, notes.p, notes.n);
	memtest_refused(b.p, b.n, VMT_FORMAT, "core of a process");
	free(b.p);
	free(notes.p);
	image_free(img);
}

/* ---- ELF: many segments, and over each other ---- */

/* The numbers are in section header 0; segments come in no order and are 24 bytes each. */
static void seventy_thousand_segments(void **state)
{
	const size_t n = 70000, ph_at = 192, data = ph_at + 56 * n;
	struct image *img = image_new("x86_64");
	struct image_bytes b = {0};
	struct vmt_mem *mem;
	uint64_t from = 0, start, end, got;
	size_t count = 0;

	(void)state;
	(void)image_room(&b, 0, data + 24 * n);
	image_elf_header(img, &(struct image_how){0}, &b, ph_at, n);
	for (size_t i = 0; i < n; i++) {
		size_t place = i * 7919 % n;

		image_phdr(&b, ph_at + 56 * place, PT_LOAD, data + 24 * i, 0x10008 * i, 24, 32);
		image_num(&b, data + 24 * i, i, 8);
		image_num(&b, data + 24 * i + 16, ~i, 8);
	}
	mem = memtest_open_bytes(b.p, b.n);
	for (size_t i = 0; i < n; i += 7) {
		assert_int_equal(vmt_mem_read(mem, 0x10008 * i, &got, 8, NULL), VMT_OK);
		assert_u64(got, i);
		assert_int_equal(vmt_mem_read(mem, 0x10008 * i + 16, &got, 8, NULL), VMT_OK);
		assert_u64(got, ~i);
		memtest_answer(mem, 0x10008 * i + 24, 8, VMT_EXCLUDED);
		memtest_answer(mem, 0x10008 * i + 32, 8, VMT_FAULT);
	}
	for (; vmt_mem_range(mem, from, &start, &end) == VMT_OK; from = end)
		assert_u64(start, 0x10008 * count++);
	assert_u64(count, n);
	vmt_mem_close(mem);
	free(b.p);
	image_free(img);
}

static void segments_may_overlap(void **state)
{
	struct image *img = image_new("x86_64");
	struct image_bytes b = {0};
	struct vmt_mem *mem;
	unsigned char got[0x6000];

	(void)state;
	(void)image_room(&b, 0, 0x1000);
	image_elf_header(img, &(struct image_how){0}, &b, 64, 4);
	/* 'b' lies within 'a', 'c' begins in it; d is memory that only a header knows. */
	image_phdr(&b, 64, PT_LOAD, 0x1000, 0x2000, 0x1800, 0x1800);
	image_phdr(&b, 120, PT_LOAD, 0x3000, 0x1000, 0x3000, 0x3000);
	image_phdr(&b, 176, PT_LOAD, 0x6000, 0x3000, 0x2000, 0x2000);
	image_phdr(&b, 232, PT_LOAD, 0, UINT64_MAX, 0x1000, 0x1000);
	memset(image_room(&b, 0x1000, 0x2000), 'b', 0x2000);
	memset(image_room(&b, 0x3000, 0x3000), 'a', 0x3000);
	memset(image_room(&b, 0x6000, 0x2000), 'c', 0x2000);
	mem = memtest_open_bytes(b.p, b.n);
	assert_int_equal(vmt_mem_read(mem, 0x1000, got, 0x4000, NULL), VMT_OK);
	for (size_t i = 0; i < 0x4000; i++)
		assert_int_equal(got[i], i < 0x3000 ? 'a' : 'c');
	assert_u64(vmt_mem_about(mem)->pages_stored, 4);
	vmt_mem_close(mem);
	free(b.p);
	image_free(img);
}

/* ---- flattened: blocks over each other ---- */

/* Blocks at random over a machine's memory; a plain array says what must come out. */
static void the_last_block_wins(void **state)
{
	struct image *img = image_new("x86_64");
	struct image_bytes want, b = {0};
	uint64_t x = 42;
	size_t head;
	struct vmt_mem *mem;
	unsigned char got[4096];

	(void)state;
	image_noise(img, 0x1000, 0x81000);
	want = image_build(img, &(struct image_how){.format = IMAGE_ELF});
	head = want.n - 0x80000;
	image_flat_header(&b);
	for (size_t at = 0; at < want.n; at += 4000)
		image_flat_block(&b, at, want.p + at, want.n - at < 4000 ? want.n - at : 4000);
	for (int i = 0; i < 2000; i++) {
		size_t at, n;

		x = x * 6364136223846793005 + 1442695040888963407;
		at = head + (x >> 20) % (want.n - head);
		n = (x >> 50) % (i % 8 ? 3000 : 16000);
		n = n > want.n - at ? want.n - at : n;
		memset(want.p + at, (int)(x >> 40), n);
		image_flat_block(&b, at, want.p + at, n);
	}
	image_flat_end(&b);
	mem = memtest_open_bytes(b.p, b.n);
	for (uint64_t pa = 0x1000; pa < 0x81000; pa += 4096) {
		assert_int_equal(vmt_mem_read(mem, pa, got, 4096, NULL), VMT_OK);
		assert_memory_equal(got, want.p + head + pa - 0x1000, 4096);
	}
	vmt_mem_close(mem);
	free(want.p);
	free(b.p);
	image_free(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_may_end_anywhere),
		cmocka_unit_test(a_file_may_shrink_while_it_is_read),
		cmocka_unit_test(numbers_may_be_anything),
		cmocka_unit_test(damaged_pages_are_told),
		cmocka_unit_test(what_is_not_read_is_named),
		cmocka_unit_test(the_core_of_a_process_is_refused),
		cmocka_unit_test(seventy_thousand_segments),
		cmocka_unit_test(segments_may_overlap),
		cmocka_unit_test(the_last_block_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
