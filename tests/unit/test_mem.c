// SPDX-License-Identifier: GPL-2.0-or-later
/* Sound dumps of every form: what was put into memory reads back, and what was not is told. */
#include <dlfcn.h>
#include <pthread.h>

#include "memtest.h"

static bool can_read(enum image_pack pack)
{
	void *lib;

	switch (pack) {
	case IMAGE_RAW:
	case IMAGE_ZLIB: return true;
	case IMAGE_LZO:
#ifdef HAVE_LZO
		return true;
#else
		return false;
#endif
	case IMAGE_ZSTD:
#ifdef HAVE_ZSTD
		return true;
#else
		return false;
#endif
	case IMAGE_SNAPPY: lib = dlopen("libsnappy.so.1", RTLD_NOW); return lib && !dlclose(lib);
	default: return false;
	}
}

static const enum image_pack packs[] = {IMAGE_RAW, IMAGE_ZLIB, IMAGE_LZO, IMAGE_SNAPPY, IMAGE_ZSTD};
static const char *const pack_names[] = {"raw", "zlib", "lzo", "snappy", "zstd"};

static void check_answers(struct vmt_mem *mem)
{
	memtest_answer(mem, 0x0, 8, VMT_FAULT);
	memtest_answer(mem, 0x5000, 8, VMT_EXCLUDED);
	memtest_answer(mem, 0x9f000, 8, VMT_FAULT);
	memtest_answer(mem, 0x100ff8, 8, VMT_EXCLUDED);
	memtest_answer(mem, 0x110000, 8, VMT_EXCLUDED);
	memtest_answer(mem, 0x400000, 8, VMT_FAULT);
	memtest_answer(mem, 0x40000000, 8, VMT_EXCLUDED);
	memtest_answer(mem, 0x40084000, 8, VMT_EXCLUDED);
	memtest_answer(mem, 0x40100000, 8, VMT_FAULT);
	memtest_answer(mem, UINT64_C(1) << 51, 8, VMT_FAULT);
	memtest_answer(mem, UINT64_MAX - 7, 8, VMT_FAULT);
	memtest_answer(mem, UINT64_MAX - 3, 8, VMT_FAULT);
	memtest_answer(mem, UINT64_MAX, 8, VMT_FAULT);
	memtest_answer(mem, 0x400000, 0, VMT_OK);
}

/* Everything about one dump of the little machine. */
static void check_dump(const struct image *img, const struct image_how *how, const char *packing)
{
	struct vmt_mem *mem = memtest_open(img, how);
	const struct vmt_mem_about *about = vmt_mem_about(mem);

	memtest_same(mem, img);
	/* And once more, from the cache. */
	memtest_same(mem, img);
	check_answers(mem);
	assert_string_equal(about->machine, img->machine);
	assert_string_equal(about->packing, packing);
	assert_int_equal(about->flattened, how->flattened);
	assert_int_equal(about->incomplete, how->incomplete);
	assert_false(about->cut);
	assert_u64(about->page_size, 4096);
	assert_u64(about->pages_stored, img->n_pages);
	assert_u64(about->pages_ram, 0x9e + 0x300 + 0x100);
	assert_str(about->vmcoreinfo, img->info);
	vmt_mem_close(mem);
}

static void every_format_and_packing_reads_back(void **state)
{
	struct image *img = memtest_machine("x86_64");

	(void)state;
	for (int flat = 0; flat < 2; flat++) {
		check_dump(img, &(struct image_how){.format = IMAGE_ELF, .flattened = flat}, "raw");
		for (size_t i = 0; i < ARRAY_SIZE(packs); i++) {
			struct image_how how = {
				.format = IMAGE_KDUMP, .pack = packs[i], .flattened = flat};

			if (can_read(packs[i]))
				check_dump(img, &how, pack_names[i]);
		}
	}
	image_free(img);
}

/* Pages that claim a packing and are none: damaged, or, without the codec, not to be read. */
static void a_missing_codec_is_told(void **state)
{
	struct image *img = memtest_machine("x86_64");
	/* Header, sub header, two bitmaps: then the descriptors. */
	size_t desc = (2 + 2 * 9) * 4096;

	(void)state;
	for (size_t i = 1; i < ARRAY_SIZE(packs); i++) {
		struct image_bytes b = image_build(img, &(struct image_how){.format = IMAGE_KDUMP});
		struct vmt_mem *mem;

		assert_int_equal(b.p[desc + 9], 0x10);
		image_num(&b, desc + 8, 100, 4);
		image_num(&b, desc + 12, packs[i], 4);
		mem = memtest_open_bytes(b.p, b.n);
		assert_non_null(strstr(vmt_mem_about(mem)->packing, pack_names[i]));
		memtest_answer(mem, 0x1000, 8, can_read(packs[i]) ? VMT_FORMAT : VMT_UNSUPPORTED);
		memtest_answer(mem, 0x2000, 8, VMT_OK);
		vmt_mem_close(mem);
		free(b.p);
	}
	image_free(img);
}

static void every_machine_of_ours(void **state)
{
	static const char *const machines[] = {"x86_64", "aarch64", "riscv64"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct image *img = memtest_machine(machines[i]);

		for (int qemu = 0; qemu < 2; qemu++) {
			check_dump(img, &(struct image_how){.format = IMAGE_ELF, .qemu = qemu},
				   "raw");
			check_dump(img,
				   &(struct image_how){.format = IMAGE_KDUMP,
						       .pack = IMAGE_ZLIB,
						       .qemu = qemu,
						       .info_in_notes = qemu,
						       .incomplete = qemu},
				   "zlib");
		}
		image_free(img);
	}
}

static void every_header_version(void **state)
{
	struct image *img = memtest_machine("x86_64");

	(void)state;
	for (int version = -1; version <= 6; version++) {
		struct image_how how = {
			.format = IMAGE_KDUMP, .pack = IMAGE_ZLIB, .version = version};
		struct vmt_mem *mem = memtest_open(img, &how);
		const struct vmt_mem_about *about = vmt_mem_about(mem);

		memtest_same(mem, img);
		check_answers(mem);
		assert_int_equal(about->dump_level, version < 0 ? -1 : 31);
		assert_int_equal(about->vmcoreinfo.n > 0, version == 0 || version >= 3);
		assert_string_equal(about->format, "kdump");
		vmt_mem_close(mem);
	}
	image_free(img);
}

static void diskdump_of_old(void **state)
{
	struct image *img = memtest_machine("x86_64");
	struct vmt_mem *mem =
		memtest_open(img, &(struct image_how){.format = IMAGE_DISKDUMP, .version = 1});

	(void)state;
	memtest_same(mem, img);
	check_answers(mem);
	assert_string_equal(vmt_mem_about(mem)->format, "diskdump");
	assert_int_equal(vmt_mem_about(mem)->dump_level, -1);
	vmt_mem_close(mem);
	image_free(img);
}

/* QEMU writes 64 KiB pages for aarch64. */
static void large_pages(void **state)
{
	struct image *img = image_new("aarch64");
	struct vmt_mem *mem;
	char byte;

	(void)state;
	img->page_size = 65536;
	image_ram(img, 0x40000000, 0x41000000);
	image_noise(img, 0x40000000, 0x40800000);
	mem = memtest_open(img, &(struct image_how){.format = IMAGE_KDUMP, .pack = IMAGE_ZLIB});
	memtest_same(mem, img);
	assert_u64(vmt_mem_about(mem)->page_size, 65536);
	assert_int_equal(vmt_mem_read(mem, 0x4001fffe, &byte, 1, NULL), VMT_OK);
	memtest_answer(mem, 0x407ffff8, 8, VMT_OK);
	memtest_answer(mem, 0x407ffff8, 9, VMT_EXCLUDED);
	vmt_mem_close(mem);
	image_free(img);
}

static void reads_go_over_pages_and_end_with_memory(void **state)
{
	struct image *img = memtest_machine("x86_64");
	static const enum image_format formats[] = {IMAGE_ELF, IMAGE_KDUMP};
	unsigned char want[8192], got[8192];
	struct vmt_err err = {0};

	(void)state;
	memcpy(want, image_page(img, 0x103000), 4096);
	memcpy(want + 4096, image_page(img, 0x104000), 4096);
	for (size_t i = 0; i < 2; i++) {
		struct vmt_mem *mem = memtest_open(img, &(struct image_how){.format = formats[i]});

		for (size_t off = 1; off < 4096; off += 371)
			for (size_t n = 1; n < 4096; n += 511) {
				assert_int_equal(vmt_mem_read(mem, 0x103000 + off, got, n, &err),
						 VMT_OK);
				assert_memory_equal(got, want + off, n);
			}
		/* The second page is not there: the answer is its, and so is the address. */
		assert_int_equal(vmt_mem_read(mem, 0x10ff00, got, 4096, &err), VMT_EXCLUDED);
		assert_u64(err.where, 0x110000);
		assert_int_equal(vmt_mem_read(mem, 0x3fff00, got, 0x101, &err), VMT_FAULT);
		assert_u64(err.where, 0x400000);
		assert_int_equal(vmt_mem_read(mem, 0x3fff00, got, 0x100, &err), VMT_OK);
		assert_int_equal(vmt_mem_read(mem, 0x400000, got, 1, NULL), VMT_FAULT);
		vmt_mem_close(mem);
	}
	image_free(img);
}

/* Ranges name every stored page once, in order, and nothing that is no memory. */
static void check_ranges(const struct image *img, const struct image_how *how)
{
	struct vmt_mem *mem = memtest_open(img, how);
	uint64_t from = 0, start = 0, end = 0;
	size_t i = 0;

	while (vmt_mem_range(mem, from, &start, &end) == VMT_OK) {
		assert_true(start >= from && end > start);
		for (; start < end; start += img->page_size, i++)
			assert_u64(start, img->pages[i].pa);
		from = end;
	}
	assert_u64(i, img->n_pages);
	/* In the middle of one. */
	assert_int_equal(vmt_mem_range(mem, 0x104000, &start, &end), VMT_OK);
	assert_u64(start, 0x104000);
	assert_u64(end, 0x110000);
	assert_int_equal(vmt_mem_range(mem, UINT64_MAX, &start, &end), VMT_NONE);
	vmt_mem_close(mem);
}

static void ranges_name_what_is_stored(void **state)
{
	struct image *img = memtest_machine("x86_64");

	(void)state;
	check_ranges(img, &(struct image_how){.format = IMAGE_ELF});
	check_ranges(img, &(struct image_how){.format = IMAGE_ELF, .flattened = true});
	check_ranges(img, &(struct image_how){.format = IMAGE_KDUMP});
	check_ranges(img, &(struct image_how){.format = IMAGE_KDUMP, .flattened = true});
	image_free(img);
}

static void images_are_known_by_their_first_bytes(void **state)
{
	struct image *img = memtest_machine("x86_64");

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct image_how how = {.format = (enum image_format)(i % 3), .flattened = i > 2};
		struct image_bytes b = image_build(img, &how);

		assert_true(vmt_mem_is_image(b.p, 64));
		assert_false(vmt_mem_is_image(b.p, 4));
		free(b.p);
	}
	assert_false(vmt_mem_is_image("", 0));
	assert_false(
		vmt_mem_is_image("0xffffc90000000000-0xffffc90000002000    8192 f+0x0/0x1", 55));
	/* A program is ELF too, but no core. */
	assert_false(vmt_mem_is_image("\x7f"
				      "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0>\0\1\0\0\0",
				      24));
	/* 32-bit and big-endian ones are images; opening says why not. */
	assert_true(vmt_mem_is_image("\x7f"
				     "ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\4\0\x16\0\0\0\1",
				     24));
	image_free(img);
}

/* Calls come in order and end with the whole file. */
struct progress {
	uint64_t calls, done, total;
};

static void on_progress(void *arg, uint64_t done, uint64_t total)
{
	struct progress *p = arg;

	assert_true(done >= p->done && done <= total);
	*p = (struct progress){p->calls + 1, done, total};
}

static void indexing_reports_progress(void **state)
{
	struct image_bytes b = {0};
	struct progress p = {0};
	struct vmt_mem_opts opts = {.progress = on_progress, .arg = &p};
	struct vmt_err err = {0};
	struct vmt_mem *mem = NULL;
	char path[32];
	int fd;

	(void)state;
	image_flat_header(&b);
	for (uint64_t i = 0; i < 20000; i++)
		image_flat_block(&b, 8 * i, "abcdefgh", 8);
	image_flat_end(&b);
	fd = memtest_file(b.p, b.n, path);
	assert_int_equal(vmt_mem_open(&mem, path, &opts, &err), VMT_FORMAT);
	(void)close(fd);
	assert_true(p.calls >= 4);
	assert_u64(p.done, b.n);
	assert_u64(p.total, b.n);
	free(b.p);
}

/* ---- threads ---- */

struct reader {
	struct vmt_mem *mem;
	const struct image *img;
	uint64_t seed;
	bool failed;
};

static void *read_at_random(void *arg)
{
	struct reader *r = arg;
	uint64_t x = r->seed;
	unsigned char buf[4096];

	for (int i = 0; i < 8000 && !r->failed; i++) {
		const struct image_page *p;
		size_t off, n;

		x = x * 6364136223846793005 + 1442695040888963407;
		p = &r->img->pages[(x >> 33) % r->img->n_pages];
		off = x >> 20 & 4095;
		n = i % 3 ? 8 : 4096;
		if (n > 4096 - off)
			n = 4096 - off;
		r->failed = vmt_mem_read(r->mem, p->pa + off, buf, n, NULL) != VMT_OK ||
			    memcmp(buf, p->bytes + off, n) != 0;
	}
	return NULL;
}

/* More pages than the cache holds, read by four at once. */
static void threads_read_the_same(void **state)
{
	struct image *img = image_new("x86_64");
	struct vmt_mem *mem;
	struct reader r[4];
	pthread_t t[4];

	(void)state;
	image_noise(img, 0, 4500 * 4096);
	for (int flat = 0; flat < 2; flat++) {
		mem = memtest_open(img, &(struct image_how){.format = IMAGE_KDUMP,
							    .pack = IMAGE_ZLIB,
							    .flattened = flat});
		for (size_t i = 0; i < 4; i++) {
			r[i] = (struct reader){mem, img, 77 * i + 1, false};
			assert_int_equal(pthread_create(&t[i], NULL, read_at_random, &r[i]), 0);
		}
		for (size_t i = 0; i < 4; i++) {
			assert_int_equal(pthread_join(t[i], NULL), 0);
			assert_false(r[i].failed);
		}
		vmt_mem_close(mem);
	}
	image_free(img);
}

/* Many small pieces: read alone, from windows that are read again and again, across their ends. */
static void reads_in_any_order(const char *machine, uint32_t page_size, size_t pages)
{
	static const size_t strides[] = {1, 709, 2503};
	struct image *img = image_new(machine);
	unsigned char page[65536];
	struct vmt_err err = {0};

	img->page_size = page_size;
	image_noise(img, 0, pages * page_size);
	for (size_t f = 0; f < 4; f++) {
		struct vmt_mem *mem = memtest_open(
			img, &(struct image_how){.format = IMAGE_KDUMP,
						 .pack = f & 1 ? IMAGE_RAW : IMAGE_ZLIB,
						 .flattened = f & 2});

		for (size_t s = 0; s < sizeof(strides) / sizeof(strides[0]); s++) {
			for (size_t i = 0; i < pages; i++) {
				size_t k = i * strides[s] % pages;

				if (vmt_mem_read(mem, k * page_size, page, page_size, &err) !=
				    VMT_OK)
					fail_msg("%s", err.text);
				assert_memory_equal(page, img->pages[k].bytes, page_size);
			}
		}
		vmt_mem_close(mem);
	}
	image_free(img);
}

static void any_order_reads_the_same(void **state)
{
	(void)state;
	reads_in_any_order("x86_64", 4096, 1009);
	reads_in_any_order("aarch64", 65536, 67);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_and_packing_reads_back),
		cmocka_unit_test(a_missing_codec_is_told),
		cmocka_unit_test(every_machine_of_ours),
		cmocka_unit_test(every_header_version),
		cmocka_unit_test(diskdump_of_old),
		cmocka_unit_test(large_pages),
		cmocka_unit_test(reads_go_over_pages_and_end_with_memory),
		cmocka_unit_test(ranges_name_what_is_stored),
		cmocka_unit_test(images_are_known_by_their_first_bytes),
		cmocka_unit_test(indexing_reports_progress),
		cmocka_unit_test(threads_read_the_same),
		cmocka_unit_test(any_order_reads_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
