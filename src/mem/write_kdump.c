// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A slim image as kdump-compressed, header version 6 (makedumpfile diskdump_mod.h); the layout is
 * in kdump.c.  Notes and VMCOREINFO stand behind the descriptors.
 */
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "write.h"

#define KDUMP_VERSION 6
#define DUMP_LEVEL    31
#define HEADER_N      464
#define SUB_N	      104
#define DESC_N	      24
/* Memory up to 32 TiB; sparse, but copies of the file may not be. */
#define BITMAP_MAX (UINT64_C(1) << 30)

struct packer {
	unsigned pack;
	size_t page_n, room;
	unsigned char *page, *packed;
#ifdef HAVE_ZSTD
	ZSTD_CCtx *zstd;
#endif
};

static enum vmt_rc packer_open(struct packer *p, const struct job *j, struct vmt_err *err)
{
	p->pack = j->how->form == VMT_MEM_KDUMP_ZSTD ? VMT_PACK_ZSTD : VMT_PACK_ZLIB;
	p->page_n = (size_t)j->how->page_size;
	p->room = 2 * p->page_n;
	p->page = malloc(p->page_n);
	p->packed = malloc(p->room);
#ifdef HAVE_ZSTD
	p->zstd = ZSTD_createCCtx();
	if (!p->zstd)
		return vmt_err_nomem(err);
#else
	if (p->pack == VMT_PACK_ZSTD)
		return vmt_err_set(err, VMT_UNSUPPORTED, "zstd is not built into this vmtool");
#endif
	return p->page && p->packed ? VMT_OK : vmt_err_nomem(err);
}

static void packer_close(struct packer *p)
{
	free(p->page);
	free(p->packed);
#ifdef HAVE_ZSTD
	(void)ZSTD_freeCCtx(p->zstd);
#endif
}

/* @return bytes; 0 when it becomes no smaller: it stands as it is then. */
static size_t pack(struct packer *p)
{
	uLongf n = p->room;

#ifdef HAVE_ZSTD
	if (p->pack == VMT_PACK_ZSTD) {
		size_t got = ZSTD_compressCCtx(p->zstd, p->packed, p->room, p->page, p->page_n, 12);

		return ZSTD_isError(got) || got >= p->page_n ? 0 : got;
	}
#endif
	return compress2(p->packed, &n, p->page, p->page_n, 9) == Z_OK && n < p->page_n ? n : 0;
}

/* ---- bitmaps ---- */

struct bitmap {
	struct sink *sink;
	uint64_t at;
	/** The block at hand. */
	uint64_t number;
	unsigned char *block;
	size_t block_n;
};

static void bitmap_flush(struct bitmap *b)
{
	uint64_t at = b->at + b->number * b->block_n;

	if (b->number == UINT64_MAX)
		return;
	sink_pad(b->sink, at);
	sink_put(b->sink, b->block, b->block_n);
	memset(b->block, 0, b->block_n);
}

/* Ranges are given in ascending order. */
static void bitmap_set(struct bitmap *b, uint64_t from, uint64_t to)
{
	while (from < to) {
		uint64_t number = from / (8 * b->block_n);
		size_t bit = (size_t)(from % (8 * b->block_n));

		if (number != b->number) {
			bitmap_flush(b);
			b->number = number;
		}
		if (bit % 8 == 0 && to - from >= 8) {
			b->block[bit / 8] = 0xff;
			from += 8;
		} else {
			b->block[bit / 8] |= (unsigned char)(1u << bit % 8);
			from++;
		}
	}
}

static void put_bitmap(const struct job *j, uint64_t at, uint64_t bytes, unsigned char *block,
		       bool stored)
{
	uint64_t ps = j->how->page_size;
	struct bitmap b = {j->sink, at, UINT64_MAX, block, (size_t)ps};

	memset(block, 0, (size_t)ps);
	for (size_t i = 0; stored && i < j->n_pages; i++)
		bitmap_set(&b, j->pages[i].pa / ps, j->pages[i].pa / ps + 1);
	for (size_t i = 0; !stored && i < j->n_ram; i++)
		bitmap_set(&b, j->ram[i].start / ps, j->ram[i].end / ps);
	bitmap_flush(&b);
	sink_pad(j->sink, at + bytes);
}

/* ---- headers ---- */

static void put_text(unsigned char *at, const char *text)
{
	/* struct new_utsname has 64 bytes and a NUL for each. */
	memcpy(at, text, strnlen(text, 64));
}

static void put_headers(const struct job *j, const struct packer *p, uint64_t pfns,
			uint64_t bitmap_n, uint64_t notes_at)
{
	unsigned char h[HEADER_N] = {0}, sub[SUB_N] = {0};
	uint64_t ps = j->how->page_size;

	memcpy(h, "KDUMP   ", 8);
	put_le(h + 8, KDUMP_VERSION, 4);
	put_text(h + 12, "Linux");
	put_text(h + 12 + 2 * 65, j->how->release);
	/* libkdumpfile (drgn) takes no header without one. */
	put_text(h + 12 + 3 * 65, "#1 slim");
	put_text(h + 12 + 4 * 65, j->mem->about.machine);
	put_le(h + 424, p->pack, 4);
	put_le(h + 428, ps, 4);
	put_le(h + 432, 1, 4);
	put_le(h + 436, 2 * bitmap_n / ps, 4);
	put_le(h + 440, pfns > UINT32_MAX ? 0 : pfns, 4);
	put_le(h + 460, j->how->registers && j->mem->n_registers ? j->mem->n_registers : 1, 4);
	sink_put(j->sink, h, sizeof(h));
	sink_pad(j->sink, ps);
	put_le(sub, j->how->phys_base, 8);
	put_le(sub + 8, DUMP_LEVEL, 4);
	if (j->how->vmcoreinfo.n) {
		put_le(sub + 32, notes_at + j->info_at, 8);
		put_le(sub + 40, j->how->vmcoreinfo.n, 8);
	}
	put_le(sub + 48, notes_at, 8);
	put_le(sub + 56, j->n_notes, 8);
	put_le(sub + 96, pfns, 8);
	sink_put(j->sink, sub, sizeof(sub));
	sink_pad(j->sink, 2 * ps);
}

/* ---- pages ---- */

/* The parts of a page that were recorded, zeros for the others. @return how many there are. */
static size_t gather(const struct job *j, size_t at, unsigned char *page, bool *zero)
{
	uint64_t ps = j->how->page_size, pa = j->pages[at].pa & ~(ps - 1);
	size_t n = 0;

	memset(page, 0, (size_t)ps);
	for (; at + n < j->n_pages && j->pages[at + n].pa - pa < ps; n++)
		memcpy(page + (j->pages[at + n].pa - pa), j->pages[at + n].bytes, VMT_RECORD_PAGE);
	*zero = !page[0] && memcmp(page, page + 1, (size_t)ps - 1) == 0;
	return n;
}

static void put_desc(unsigned char *desc, uint64_t at, size_t n, unsigned flags)
{
	put_le(desc, at, 8);
	put_le(desc + 8, n, 4);
	put_le(desc + 12, flags, 4);
	put_le(desc + 16, 0, 8);
}

/* Pages of zeros share one place. */
static void put_pages(const struct job *j, struct packer *p, unsigned char *descs)
{
	unsigned char zero_desc[DESC_N] = {0};
	size_t i = 0;

	while (i < j->n_pages && !j->sink->failed) {
		uint64_t at = sink_pos(j->sink);
		bool zero;
		size_t n;

		job_progress(j, i, j->n_pages);
		i += gather(j, i, p->page, &zero);
		if (zero && zero_desc[8]) {
			memcpy(descs, zero_desc, DESC_N);
			descs += DESC_N;
			continue;
		}
		n = pack(p);
		put_desc(descs, at, n ? n : p->page_n, n ? p->pack : 0);
		sink_put(j->sink, n ? p->packed : p->page, n ? n : p->page_n);
		if (zero)
			memcpy(zero_desc, descs, DESC_N);
		descs += DESC_N;
	}
}

static enum vmt_rc write_all(struct job *j, struct packer *p, struct vmt_err *err)
{
	uint64_t ps = j->how->page_size, pfns = j->n_ram ? j->ram[j->n_ram - 1].end / ps : 0;
	uint64_t bitmap_n = vmt_num_round_up((pfns + 7) / 8, ps);
	uint64_t descs_at = 2 * ps + 2 * bitmap_n, descs_n;
	unsigned char *descs VMT_FREE = NULL;

	if (bitmap_n > BITMAP_MAX)
		return vmt_err_set(err, VMT_RANGE,
				   "memory goes up to %#llx: the bitmaps of kdump would be too "
				   "large; ELF has none",
				   (unsigned long long)(pfns * ps));
	descs_n = j->done->pages * DESC_N;
	descs = calloc(1, (size_t)descs_n + 1);
	if (!descs)
		return vmt_err_nomem(err);
	put_headers(j, p, pfns, bitmap_n, descs_at + descs_n);
	put_bitmap(j, 2 * ps, bitmap_n, p->page, false);
	put_bitmap(j, 2 * ps + bitmap_n, bitmap_n, p->page, true);
	sink_pad(j->sink, descs_at + descs_n);
	sink_put(j->sink, j->notes, j->n_notes);
	put_pages(j, p, descs);
	sink_at(j->sink, descs_at, descs, (size_t)descs_n);
	return VMT_OK;
}

enum vmt_rc vmt_write_kdump(struct job *j, struct vmt_err *err)
{
	struct packer p = {0};
	enum vmt_rc rc = packer_open(&p, j, err);

	if (rc == VMT_OK)
		rc = write_all(j, &p, err);
	packer_close(&p);
	return rc;
}
