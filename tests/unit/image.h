// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Memory of a machine that never was, and the dumps that would have been made of it.
 *
 *	struct image *img = image_new("x86_64");
 *	image_ram(img, 0x1000, 0x100000);		// memory; what is not written is left out
 *	image_put64(img, 0x2008, 0x3067);		// a page-table entry
 *	image_write(img, 0x3ff0, bytes, 64);		// over the end of a page
 *	image_zero(img, 0x5000, 0x6000);		// stored, and zero
 *	image_info(img, "OSRELEASE=6.1.0\n...");	// the VMCOREINFO note
 *	image_save(img, path, &(struct image_how){.format = IMAGE_KDUMP, .pack = IMAGE_ZLIB});
 *	image_free(img);
 *
 * A page is stored when it was written to, left out when only image_ram names it, and no memory
 * otherwise.  image_build gives the bytes of the dump instead, to be damaged before they are saved.
 */
#ifndef VMTOOL_IMAGE_H
#define VMTOOL_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif

#include "image_bytes.h"

/* ---- memory ---- */

#define IMAGE_PAGE 4096u

struct image_page {
	uint64_t pa;
	unsigned char *bytes;
};

struct image_range {
	uint64_t start, end;
};

struct image {
	const char *machine;
	const char *info;
	/** Bytes of a page; 4096, or what the test sets before the first write. */
	uint64_t page_size;
	/** In ascending order. */
	struct image_page *pages;
	size_t n_pages, cap_pages;
	struct image_range *ram;
	size_t n_ram;
	/** What the first register of its CPU holds. */
	uint64_t cpu_register;
};

static inline struct image *image_new(const char *machine)
{
	struct image *img = calloc(1, sizeof(*img));

	if (!img)
		abort();
	img->machine = machine;
	img->page_size = IMAGE_PAGE;
	return img;
}

static inline void image_free(struct image *img)
{
	for (size_t i = 0; i < img->n_pages; i++)
		free(img->pages[i].bytes);
	free(img->pages);
	free(img->ram);
	free(img);
}

/** The VMCOREINFO text; the caller keeps it. */
static inline void image_info(struct image *img, const char *text)
{
	img->info = text;
}

/** There is memory from @start to @end.  Ranges are given in ascending order. */
static inline void image_ram(struct image *img, uint64_t start, uint64_t end)
{
	img->ram = image_alloc(img->ram, (img->n_ram + 1) * sizeof(img->ram[0]));
	img->ram[img->n_ram++] = (struct image_range){start, end};
}

/** The bytes of the page that holds @pa; made, all zero, when there is none yet. */
static inline unsigned char *image_page(struct image *img, uint64_t pa)
{
	size_t lo = 0, hi = img->n_pages;

	pa -= pa % img->page_size;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (img->pages[mid].pa == pa)
			return img->pages[mid].bytes;
		if (img->pages[mid].pa < pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (img->n_pages == img->cap_pages) {
		img->cap_pages = img->cap_pages ? 2 * img->cap_pages : 64;
		img->pages = image_alloc(img->pages, img->cap_pages * sizeof(img->pages[0]));
	}
	memmove(img->pages + lo + 1, img->pages + lo, (img->n_pages - lo) * sizeof(img->pages[0]));
	img->n_pages++;
	img->pages[lo].pa = pa;
	img->pages[lo].bytes = image_alloc(NULL, img->page_size);
	return memset(img->pages[lo].bytes, 0, img->page_size);
}

static inline void image_write(struct image *img, uint64_t pa, const void *bytes, size_t n)
{
	const unsigned char *from = bytes;

	while (n) {
		size_t off = pa % img->page_size;
		size_t part = img->page_size - off < n ? img->page_size - off : n;

		memcpy(image_page(img, pa) + off, from, part);
		from += part;
		pa += part;
		n -= part;
	}
}

static inline void image_put64(struct image *img, uint64_t pa, uint64_t value)
{
	image_write(img, pa, &value, sizeof(value));
}

static inline void image_put32(struct image *img, uint64_t pa, uint32_t value)
{
	image_write(img, pa, &value, sizeof(value));
}

/** Stored pages of zeros. */
static inline void image_zero(struct image *img, uint64_t start, uint64_t end)
{
	for (; start < end; start += img->page_size)
		(void)image_page(img, start);
}

/** Stored pages that differ from each other and shrink when packed. */
static inline void image_noise(struct image *img, uint64_t start, uint64_t end)
{
	for (; start < end; start += img->page_size) {
		unsigned char *p = image_page(img, start);
		uint64_t x = start * 0x9e3779b97f4a7c15 + 1;

		for (size_t i = 0; i < img->page_size / 2; i++) {
			x = x * 6364136223846793005 + 1442695040888963407;
			p[i] = (unsigned char)(x >> 60);
		}
		memcpy(p, &start, sizeof(start));
	}
}

/* ---- dumps ---- */

enum image_format { IMAGE_ELF, IMAGE_KDUMP, IMAGE_DISKDUMP };

/* As the flags of a page descriptor have it. */
enum image_pack {
	IMAGE_RAW = 0,
	IMAGE_ZLIB = 1,
	IMAGE_LZO = 2,
	IMAGE_SNAPPY = 4,
	IMAGE_ZSTD = 0x20,
};

struct image_how {
	enum image_format format;
	enum image_pack pack;
	bool flattened;
	/* Bytes of a block of a flattened one; 0: an odd number. */
	size_t block;
	/** kdump header version, 1 to 6.  0: 6.  -1: 0. */
	int version;
	/** As QEMU does: the machine only in the notes (kdump), other headers first (ELF). */
	bool qemu;
	/** VMCOREINFO is in the notes only. */
	bool info_in_notes;
	/** kdump: status says that the maker stopped early. ELF: e_flags does. */
	bool incomplete;
	/** kdump: one part of several: it holds the pages from first on, before end. */
	bool split;
	uint64_t split_first, split_end;
	/** ELF: as /proc/kcore, with segments that have no physical address and fanciful sizes. */
	bool kcore;
};

/* ---- notes ---- */

static inline void image_note(struct image_bytes *b, const char *name, uint32_t type,
			      const void *desc, size_t n)
{
	size_t at = b->n, name_n = strlen(name) + 1;

	image_num(b, at, name_n, 4);
	image_num(b, at + 4, n, 4);
	image_num(b, at + 8, type, 4);
	image_at(b, at + 12, name, name_n);
	at += 12 + image_round(name_n, 4);
	(void)image_room(b, at, image_round(n, 4));
	image_at(b, at, desc, n);
}

/* Registers have another size on each machine; struct elf_prstatus has them from byte 112 on. */
static inline void image_notes(const struct image *img, struct image_bytes *b)
{
	unsigned char status[392] = {0};
	size_t n = strcmp(img->machine, "aarch64") == 0	  ? 392
		   : strcmp(img->machine, "riscv64") == 0 ? 376
							  : 336;

	for (size_t i = 0; i < 8; i++)
		status[112 + i] = (unsigned char)(img->cpu_register >> 8 * i);
	image_note(b, "CORE", NT_PRSTATUS, status, n);
	if (img->info)
		image_note(b, "VMCOREINFO", 0, img->info, strlen(img->info));
}

/* ---- packing ---- */

/* Snappy is read through a library that is opened late; to write it nothing is needed. */
static inline size_t image_literal(const unsigned char *in, size_t n, unsigned char *out)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i += 60) {
		size_t part = n - i < 60 ? n - i : 60;

		out[at++] = (unsigned char)((part - 1) << 2);
		memcpy(out + at, in + i, part);
		at += part;
	}
	return at;
}

/* Literals, and copies of the byte before. */
static inline size_t image_pack_snappy(const unsigned char *in, size_t n, unsigned char *out)
{
	size_t at = 0, from = 0, i = 0;

	for (size_t v = n; v || !at; v >>= 7)
		out[at++] = (unsigned char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
	while (i < n) {
		size_t run = 1;

		while (i + run < n && run <= 64 && in[i + run] == in[i])
			run++;
		i += 1;
		if (run < 8)
			continue;
		at += image_literal(in + from, i - from, out + at);
		out[at++] = (unsigned char)((run - 2) << 2 | 2);
		out[at++] = 1;
		out[at++] = 0;
		from = i += run - 1;
	}
	return at + image_literal(in + from, n - from, out + at);
}

/* Room for @n bytes packed in any way. */
#define IMAGE_PACKED(n) (2 * (n) + 4096)

/** A page packed; 0 when this build cannot. */
static inline size_t image_pack(enum image_pack pack, const unsigned char *in, size_t n,
				unsigned char *out)
{
	uLongf z = IMAGE_PACKED(n);

	if (pack == IMAGE_ZLIB)
		return compress2(out, &z, in, n, 1) == Z_OK ? z : 0;
	if (pack == IMAGE_SNAPPY)
		return image_pack_snappy(in, n, out);
#ifdef HAVE_ZSTD
	if (pack == IMAGE_ZSTD)
		return ZSTD_compress(out, IMAGE_PACKED(n), in, n, 1);
#endif
#ifdef HAVE_LZO
	if (pack == IMAGE_LZO) {
		lzo_uint out_n = 0;
		void *work = image_alloc(NULL, LZO1X_1_MEM_COMPRESS);

		(void)lzo1x_1_compress(in, n, out, &out_n, work);
		free(work);
		return out_n;
	}
#endif
	return 0;
}

/* ---- kdump ---- */

static inline uint64_t image_end(const struct image *img)
{
	uint64_t end = img->n_pages ? img->pages[img->n_pages - 1].pa + img->page_size : 0;

	for (size_t i = 0; i < img->n_ram; i++)
		end = img->ram[i].end > end ? img->ram[i].end : end;
	return end;
}

static inline void image_kdump_header(const struct image *img, const struct image_how *how,
				      struct image_bytes *b, uint64_t pfns, size_t bitmap_blocks)
{
	int version = how->version > 0 ? how->version : how->version < 0 ? 0 : 6;
	const char *machine = how->qemu ? "Unknown" : img->machine;
	size_t sub = img->page_size;

	(void)image_room(b, 0, 2 * img->page_size);
	image_at(b, 0, how->format == IMAGE_DISKDUMP ? "DISKDUMP" : "KDUMP   ", 8);
	image_num(b, 8, (uint64_t)version, 4);
	image_at(b, 12, "Linux", 5);
	image_at(b, 12 + 4 * 65, machine, strlen(machine));
	image_num(b, 424, (how->qemu ? 1 : how->pack) | (how->incomplete ? 8u : 0), 4);
	image_num(b, 428, img->page_size, 4);
	image_num(b, 432, 1, 4);
	image_num(b, 436, bitmap_blocks, 4);
	image_num(b, 440, version >= 6 ? 0 : pfns, 4);
	image_num(b, 460, 1, 4);
	if (how->format == IMAGE_DISKDUMP)
		return;
	if (version >= 1)
		image_num(b, sub + 8, 31, 4);
	if (version >= 2)
		image_num(b, sub + 12, how->split, 4);
	if (version >= 2) {
		image_num(b, sub + 16, how->split_first / img->page_size, 8);
		image_num(b, sub + 24, how->split_end / img->page_size, 8);
	}
	if (version >= 6)
		image_num(b, sub + 96, pfns, 8);
	if (version >= 6) {
		/* The narrow ones are not to be looked at. */
		image_num(b, sub + 16, 0, 8);
		image_num(b, sub + 24, 0, 8);
		image_num(b, sub + 80, how->split_first / img->page_size, 8);
		image_num(b, sub + 88, how->split_end / img->page_size, 8);
	}
}

/* Notes stand in the sub header's block, behind it. */
static inline void image_kdump_notes(const struct image *img, const struct image_how *how,
				     struct image_bytes *b)
{
	int version = how->version > 0 ? how->version : how->version < 0 ? 0 : 6;
	size_t sub = img->page_size, at = sub + 256, info_n = img->info ? strlen(img->info) : 0;
	struct image_bytes notes = {0};

	if (how->format == IMAGE_DISKDUMP || version < 3)
		return;
	image_notes(img, &notes);
	if (notes.n + info_n + 256 > img->page_size)
		abort();
	if (version >= 4) {
		image_num(b, sub + 48, at, 8);
		image_num(b, sub + 56, notes.n, 8);
		image_at(b, at, notes.p, notes.n);
	}
	free(notes.p);
	if (how->info_in_notes || !info_n)
		return;
	image_num(b, sub + 32, at + notes.n, 8);
	image_num(b, sub + 40, info_n, 8);
	image_at(b, at + notes.n, img->info, info_n);
}

static inline void image_kdump_page(const struct image *img, const struct image_how *how,
				    struct image_bytes *b, size_t desc, const struct image_page *p)
{
	unsigned char *packed = image_alloc(NULL, IMAGE_PACKED(img->page_size));
	size_t n = image_pack(how->pack, p->bytes, img->page_size, packed), at = b->n;
	/* What does not become smaller stands as it is. */
	bool keep = n && n < img->page_size;

	image_at(b, at, keep ? packed : p->bytes, keep ? n : img->page_size);
	image_num(b, desc, at, 8);
	image_num(b, desc + 8, keep ? n : img->page_size, 4);
	image_num(b, desc + 12, keep ? how->pack : 0, 4);
	free(packed);
}

static inline void image_kdump(const struct image *img, const struct image_how *how,
			       struct image_bytes *b)
{
	uint64_t ps = img->page_size, pfns = image_end(img) / ps;
	size_t half = image_round((pfns + 7) / 8, ps), bits = 2 * ps, descs = bits + 2 * half;

	image_kdump_header(img, how, b, pfns, 2 * half / ps);
	image_kdump_notes(img, how, b);
	(void)image_room(b, 0, descs + 24 * img->n_pages);
	for (size_t i = 0; i < img->n_ram; i++)
		for (uint64_t n = img->ram[i].start / ps; n < img->ram[i].end / ps; n++)
			b->p[bits + n / 8] |= (unsigned char)(1u << n % 8);
	for (size_t i = 0; i < img->n_pages; i++) {
		uint64_t n = img->pages[i].pa / ps;

		b->p[bits + n / 8] |= (unsigned char)(1u << n % 8);
		b->p[bits + half + n / 8] |= (unsigned char)(1u << n % 8);
	}
	for (size_t i = 0, n = 0; i < img->n_pages; i++) {
		uint64_t pa = img->pages[i].pa;

		if (!how->split || (pa >= how->split_first && pa < how->split_end))
			image_kdump_page(img, how, b, descs + 24 * n++, &img->pages[i]);
	}
}

/* ---- ELF ---- */

static inline void image_phdr(struct image_bytes *b, size_t at, uint32_t type, uint64_t off,
			      uint64_t pa, uint64_t file_n, uint64_t mem_n)
{
	image_num(b, at, type, 4);
	image_num(b, at + 4, 7, 4);
	image_num(b, at + 8, off, 8);
	image_num(b, at + 16, 0, 8);
	image_num(b, at + 24, pa, 8);
	image_num(b, at + 32, file_n, 8);
	image_num(b, at + 40, mem_n, 8);
	image_num(b, at + 48, 0, 8);
}

/** Memory whose beginning is stored. */
struct image_segment {
	uint64_t pa, file_n, mem_n;
	size_t first_page;
};

/* Where the memory that @pa is in goes on to, or the next stored page if that is nearer. */
static inline uint64_t image_left_out(const struct image *img, uint64_t pa, size_t next)
{
	uint64_t end = pa;

	for (size_t i = 0; i < img->n_ram; i++)
		if (pa >= img->ram[i].start && pa < img->ram[i].end)
			end = img->ram[i].end;
	return next < img->n_pages && img->pages[next].pa < end ? img->pages[next].pa : end;
}

static inline size_t image_segments(const struct image *img, struct image_segment *s)
{
	size_t n = 0, page = 0;

	/* Memory whose first page is not stored has segments without bytes. */
	for (size_t i = 0; i < img->n_ram; i++) {
		uint64_t pa = img->ram[i].start;
		size_t next = 0;

		while (next < img->n_pages && img->pages[next].pa < pa)
			next++;
		if (next == img->n_pages || img->pages[next].pa != pa)
			s[n++] = (struct image_segment){pa, 0, image_left_out(img, pa, next) - pa,
							0};
	}
	while (page < img->n_pages) {
		struct image_segment seg = {img->pages[page].pa, 0, 0, page};

		while (page < img->n_pages && img->pages[page].pa == seg.pa + seg.file_n) {
			seg.file_n += img->page_size;
			page++;
		}
		seg.mem_n = image_left_out(img, seg.pa + seg.file_n, page) - seg.pa;
		s[n++] = seg;
	}
	return n;
}

static inline void image_elf_header(const struct image *img, const struct image_how *how,
				    struct image_bytes *b, size_t ph_at, size_t ph_n)
{
	unsigned machine = strcmp(img->machine, "aarch64") == 0	  ? EM_AARCH64
			   : strcmp(img->machine, "riscv64") == 0 ? EM_RISCV
								  : EM_X86_64;

	image_at(b, 0,
		 "\x7f"
		 "ELF\2\1\1",
		 7);
	image_num(b, 16, ET_CORE, 2);
	image_num(b, 18, machine, 2);
	image_num(b, 20, 1, 4);
	image_num(b, 32, ph_at, 8);
	image_num(b, 40, how->qemu || ph_n >= PN_XNUM ? 64 : 0, 8);
	image_num(b, 48, how->incomplete, 4);
	image_num(b, 52, how->qemu ? 8 : 64, 2);
	image_num(b, 54, 56, 2);
	image_num(b, 56, ph_n < PN_XNUM ? ph_n : PN_XNUM, 2);
	image_num(b, 58, 64, 2);
	image_num(b, 60, 1, 2);
	/* The section header that holds the number of segments. */
	image_num(b, 64 + 44, ph_n, 4);
}

static inline void image_elf(const struct image *img, const struct image_how *how,
			     struct image_bytes *b)
{
	struct image_segment *s = image_alloc(NULL, (img->n_pages + img->n_ram + 1) * sizeof(*s));
	size_t n = image_segments(img, s), ph_at = how->qemu || n + 1 >= PN_XNUM ? 192 : 64;
	size_t fanciful = how->kcore ? 2 : 0;
	struct image_bytes notes = {0};

	(void)image_room(b, 0, ph_at + 56 * (n + 1 + fanciful));
	image_elf_header(img, how, b, ph_at, n + 1 + fanciful);
	for (size_t i = 0; i < fanciful; i++)
		image_phdr(b, ph_at + 56 * (n + 1 + i), PT_LOAD, 0x2f7280003000 + (i << 44),
			   UINT64_MAX, 0x1fffffffffff, 0x1fffffffffff);
	image_notes(img, &notes);
	image_phdr(b, ph_at, PT_NOTE, b->n, 0, notes.n, notes.n);
	image_at(b, b->n, notes.p, notes.n);
	free(notes.p);
	for (size_t i = 0; i < n; i++) {
		image_phdr(b, ph_at + 56 * (i + 1), PT_LOAD, b->n, s[i].pa, s[i].file_n,
			   s[i].mem_n);
		for (size_t k = 0; k < s[i].file_n / img->page_size; k++)
			image_at(b, b->n, img->pages[s[i].first_page + k].bytes, img->page_size);
	}
	free(s);
}

/* ---- all of it ---- */

/** The bytes of a dump; free .p. */
static inline struct image_bytes image_build(const struct image *img, const struct image_how *how)
{
	struct image_bytes b = {0};

	if (how->format == IMAGE_ELF)
		image_elf(img, how, &b);
	else
		image_kdump(img, how, &b);
	if (how->flattened)
		image_flatten(&b, how->block ? how->block : 10007);
	return b;
}

/**
 * The memory itself into an open file: what is not written is a hole.  Up to @low it begins at
 * address 0, the rest follows it in the file and is at 4 GiB; low 0: all of it begins at @base.
 */
static inline void image_save_ram(const struct image *img, int fd, uint64_t base, uint64_t low,
				  uint64_t size)
{
	if (ftruncate(fd, (off_t)size) != 0)
		abort();
	for (size_t i = 0; i < img->n_pages; i++) {
		uint64_t pa = img->pages[i].pa, at = pa - base;

		if (low && pa >= low)
			at = pa - (UINT64_C(4) << 30) + low;
		if (at + img->page_size <= size && pwrite(fd, img->pages[i].bytes, img->page_size,
							  (off_t)at) != (ssize_t)img->page_size)
			abort();
	}
}

/** Write a dump of the machine to @path. */
static inline void image_save(const struct image *img, const char *path,
			      const struct image_how *how)
{
	struct image_bytes b = image_build(img, how);

	image_put_file(path, b.p, b.n);
	free(b.p);
}

#endif
