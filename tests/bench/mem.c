// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What reading a page of a dump costs, beside what its codec alone costs (for pages that are not
 * packed: one pread of the same bytes, which seldom begin where a page of the file does).  Goal: at
 * most 1.5 times as much.  CPU time, best of ROUNDS, each page once; an open dump each time, so
 * that no page is in our cache.  Goal of a page that is in the cache: 60 ns for 8 bytes.
 *
 * What a codec costs is a matter of what it unpacks: pages are made as a kernel's are, and take
 * the codecs as long as those of a Debian 6.1 do (lzo 3.3 to 4.6 us, snappy 3.4 to 4.3 us; noise
 * would be copied by them in 1).  Flattened files have blocks of 64 KiB, as makedumpfile's.
 */
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../unit/image.h"
#include "mem/mem_priv.h"

#define PAGES  16384u
#define ROUNDS 5

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "bench/mem: %s\n", what);
	exit(1);
}

/* Pointers of few kinds, small numbers, zeros and names, as in slabs and page caches. */
static void fill_page(unsigned char *p, uint64_t pa)
{
	static const char *const words[] = {"kworker/", "ext4_ino", "task_str", "0123456\n"};
	uint64_t x = pa * 0x9e3779b97f4a7c15 + 1;

	for (size_t i = 0; i < 2560; i += 8) {
		uint64_t v = 0;

		x = x * 6364136223846793005 + 1442695040888963407;
		switch (x >> 60) {
		case 0:
		case 1:
		case 2: v = 0xffff888100000000 | (x >> 40 & 0xffff) << 6; break;
		case 3:
		case 4: v = 0xffffffff81000000 + (x >> 50 & 0xff) * 16; break;
		case 5:
		case 6: v = x >> 40 & 0xff; break;
		case 7: memcpy(&v, words[x >> 50 & 3], 8); break;
		default: break;
		}
		memcpy(p + i, &v, 8);
	}
	memcpy(p, &pa, sizeof(pa));
}

/* In order, or each once in no order. */
static uint64_t nth(uint64_t i, bool random)
{
	return random ? i * 7919 % PAGES : i;
}

static double read_all(const char *path, bool random)
{
	unsigned char page[4096];
	struct vmt_mem *mem = NULL;
	struct vmt_err err = {0};
	double t;

	need(vmt_mem_open(&mem, path, NULL, &err) == VMT_OK, err.text);
	t = now();
	for (uint64_t i = 0; i < PAGES; i++)
		need(vmt_mem_read(mem, nth(i, random) << 12, page, 4096, &err) == VMT_OK, err.text);
	t = now() - t;
	vmt_mem_close(mem);
	return t / PAGES;
}

static double unpack_all(const struct image *img, enum image_pack pack, bool random)
{
	unsigned char *packed = malloc(PAGES * 4096u), page[4096];
	size_t *n = calloc(PAGES, sizeof(*n));
	unsigned char big[IMAGE_PACKED(4096)];
	struct vmt_codec *codec = vmt_codec_new();
	struct vmt_err err = {0};
	double t;

	need(packed && n && codec, "out of memory");
	for (size_t i = 0; i < PAGES; i++) {
		n[i] = image_pack(pack, img->pages[i].bytes, 4096, big);
		need(n[i] && n[i] <= 4096, "a page did not become smaller");
		memcpy(packed + 4096 * i, big, n[i]);
	}
	t = now();
	for (uint64_t i = 0; i < PAGES; i++) {
		uint64_t k = nth(i, random);

		need(vmt_codec_unpack(codec, pack, packed + 4096 * k, n[k], page, 4096, &err) ==
			     VMT_OK,
		     err.text);
	}
	t = now() - t;
	vmt_codec_free(codec);
	free(packed);
	free(n);
	return t / PAGES;
}

/* Where each page begins in the file, by its first bytes, which hold its address. */
static off_t *places(const struct image *img, const struct image_bytes *b)
{
	off_t *at = calloc(PAGES, sizeof(*at));
	size_t from = 0;

	need(at, "out of memory");
	for (size_t i = 0; i < PAGES; i++) {
		const unsigned char *p = img->pages[i].bytes, *found;

		found = memmem(b->p + from, b->n - from, p, 64);
		if (!found)
			found = memmem(b->p, b->n, p, 64);
		/* A mark of the flattened file is in the midst of them; or its second half. */
		from = found ? (size_t)(found - b->p) : from + 4096;
		from = from < b->n - 4096 ? from : b->n - 4096;
		at[i] = (off_t)from;
	}
	return at;
}

static double pread_all(int fd, const off_t *places, bool random)
{
	unsigned char page[4096];
	double t = now();

	for (uint64_t i = 0; i < PAGES; i++)
		need(pread(fd, page, 4096, places[nth(i, random)]) == 4096, "pread");
	return (now() - t) / PAGES;
}

static double read_again(const char *path)
{
	struct vmt_mem *mem = NULL;
	struct vmt_err err = {0};
	uint64_t v, sum = 0;
	double t;

	need(vmt_mem_open(&mem, path, NULL, &err) == VMT_OK, err.text);
	for (uint64_t i = 0; i < 512; i++)
		need(vmt_mem_read(mem, i << 12, &v, 8, &err) == VMT_OK, err.text);
	t = now();
	for (uint64_t i = 0; i < 4000000; i++) {
		(void)vmt_mem_read(mem, (i & 511) << 12 | (i & 0xff8), &v, 8, NULL);
		sum += v;
	}
	t = now() - t;
	vmt_mem_close(mem);
	return sum == 1 ? 0 : t / 4e6 * 1e3;
}

static double least(double a, double b)
{
	return b < a ? b : a;
}

static void bench(const struct image *img, const char *name, const struct image_how *how)
{
	struct image_bytes b = image_build(img, how);
	double all[2] = {1e9, 1e9}, alone[2] = {1e9, 1e9};
	off_t *at = how->pack ? NULL : places(img, &b);
	int fd = memfd_create("vmcore", 0);
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	image_put_file(path, b.p, b.n);
	free(b.p);
	for (int i = 0; i < ROUNDS; i++)
		for (int random = 0; random < 2; random++) {
			all[random] = least(all[random], read_all(path, random));
			alone[random] =
				least(alone[random], how->pack ? unpack_all(img, how->pack, random)
							       : pread_all(fd, at, random));
		}
	(void)printf("  %-18s %8.2f %8.2f %6.2f  %8.2f %8.2f %6.2f  %8.1f\n", name, all[0],
		     alone[0], all[0] / alone[0], all[1], alone[1], all[1] / alone[1],
		     read_again(path));
	(void)close(fd);
	free(at);
}

int main(void)
{
	static const struct {
		const char *name;
		struct image_how how;
	} rows[] = {
		{"ELF", {.format = IMAGE_ELF}},
		{"ELF flattened", {.format = IMAGE_ELF, .flattened = true, .block = 65536}},
		{"kdump raw", {.format = IMAGE_KDUMP}},
		{"kdump zlib", {.format = IMAGE_KDUMP, .pack = IMAGE_ZLIB}},
		{"kdump zlib flat.",
		 {.format = IMAGE_KDUMP, .pack = IMAGE_ZLIB, .flattened = true, .block = 65536}},
#ifdef HAVE_LZO
		{"kdump lzo", {.format = IMAGE_KDUMP, .pack = IMAGE_LZO}},
#endif
		{"kdump snappy", {.format = IMAGE_KDUMP, .pack = IMAGE_SNAPPY}},
#ifdef HAVE_ZSTD
		{"kdump zstd", {.format = IMAGE_KDUMP, .pack = IMAGE_ZSTD}},
#endif
	};
	struct image *img = image_new("x86_64");

	for (uint64_t pa = 0; pa < PAGES * 4096u; pa += 4096)
		fill_page(image_page(img, pa), pa);
	(void)printf("  us/page            in order    alone  ratio    random    alone  ratio  "
		     "cached ns\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		bench(img, rows[i].name, &rows[i].how);
	image_free(img);
	return 0;
}
