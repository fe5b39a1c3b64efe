// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kdump-compressed, also called diskdump: written by makedumpfile, QEMU and the diskdump of old.
 *
 *   block 0                 header
 *   block 1                 sub header, sub_hdr_size blocks
 *   then                    first bitmap: pages that are RAM
 *   then                    second bitmap: pages that are stored
 *   then                    one descriptor for each bit set in the second, in order
 *   anywhere                page data, VMCOREINFO, notes
 *
 * Offsets are those of a 64-bit, little-endian maker (makedumpfile diskdump_mod.h).
 */
#include <stdio.h>

#include "mem_priv.h"

/* Header. */
#define H_VERSION	8
#define H_MACHINE	(12 + 4 * 65)
#define H_STATUS	424
#define H_BLOCK_SIZE	428
#define H_SUB_HDR_SIZE	432
#define H_BITMAP_BLOCKS 436
#define H_MAX_MAPNR	440
#define H_BYTES		464
/* Where block_size is when the maker was a 32-bit one. */
#define H32_BLOCK_SIZE 416
#define VERSION_LAST   6
/* Bit of status: the disk was full before everything was written. */
#define STATUS_INCOMPLETE 0x8u

/* Sub header. */
#define S_DUMP_LEVEL  8
#define S_SPLIT	      12
#define S_FIRST	      16
#define S_END	      24
#define S_INFO_AT     32
#define S_INFO_N      40
#define S_NOTES_AT    48
#define S_NOTES_N     56
#define S_FIRST64     80
#define S_END64	      88
#define S_MAX_MAPNR64 96
#define S_BYTES	      104

/* Descriptor of a page: s64 offset, u32 size, u32 flags, u64 page_flags. */
#define DESC_BYTES 24
#define DESC_SOME  170 /* looked at at each end: a page of them */

/* Descriptors of so many bytes cost no more to read than one. */
#define DESC_WINDOW 4096
/* Packed pages are read by so many pages' room; this many reads of one cost as much. */
#define PACKED_WINDOW 4
#define PACKED_DEAR   4

/* No machine has more physical address bits. */
#define PA_BITS 52

struct kdump {
	uint32_t version, block_size;
	uint64_t max_pfn;
	uint64_t descs_at;
	struct vmt_bits ram, stored;
	bool diskdump, split;
	/* Page frames this file holds, and where those before it end among the set bits: others
	 * are in other parts. */
	uint64_t first_pfn, end_pfn, first_rank, end_rank;
	/* What is not in this part: before it, behind it. */
	struct vmt_mem_frames missing[2];
	/* As it is in each part of a dump. */
	unsigned char header[H_BYTES], sub[S_BYTES];
};

struct desc {
	uint64_t at;
	uint32_t n, flags;
};

static bool probe(const unsigned char *head, size_t n)
{
	return n >= 8 && (memcmp(head, "KDUMP   ", 8) == 0 || memcmp(head, "DISKDUMP", 8) == 0);
}

/* ---- header ---- */

static bool is_page_size(uint32_t n)
{
	return vmt_num_is_pow2(n) && n >= 4096 && n <= 65536;
}

/* Makers that do not know write "Unknown" (QEMU for all but x86_64), "(none)" or nothing. */
static bool is_named(const char *machine)
{
	return machine[0] && strcmp(machine, "Unknown") != 0 && strcmp(machine, "(none)") != 0;
}

static enum vmt_rc check_version(struct kdump *k, const unsigned char *h, struct vmt_err *err)
{
	k->version = vmt_le32(h + H_VERSION);
	if (k->version <= VERSION_LAST)
		return VMT_OK;
	if (__builtin_bswap32(k->version) <= VERSION_LAST)
		return vmt_mem_foreign("a big-endian machine", err);
	return vmt_err_set(err, VMT_UNSUPPORTED,
			   "kdump header version %u is not known: 0 to %d are read", k->version,
			   VERSION_LAST);
}

static enum vmt_rc check_header(struct kdump *k, const unsigned char *h, const char *machine,
				struct vmt_err *err)
{
	enum vmt_rc rc = VMT_OK;

	if (is_named(machine) && !vmt_mem_machine(machine))
		return vmt_mem_foreign(machine, err);
	rc = check_version(k, h, err);
	if (rc != VMT_OK)
		return rc;
	k->block_size = vmt_le32(h + H_BLOCK_SIZE);
	if (is_page_size(k->block_size))
		return VMT_OK;
	if (is_page_size(vmt_le32(h + H32_BLOCK_SIZE)))
		return vmt_mem_foreign("a 32-bit machine", err);
	return vmt_err_set(err, VMT_FORMAT, "damaged: block_size %u is no page size",
			   k->block_size);
}

/* Absent parts of a sub header are as if they were 0. */
static enum vmt_rc read_sub_header(struct vmt_mem *mem, const struct kdump *k,
				   unsigned char sub[S_BYTES], struct vmt_err *err)
{
	/* Bytes of the sub header that each version has. */
	static const unsigned has[VERSION_LAST + 1] = {8, 12, 32, 48, 64, 80, 104};
	unsigned n = k->diskdump ? 0 : has[k->version];

	memset(sub, 0, S_BYTES);
	return vmt_store_fill(&mem->store, k->block_size, sub, n, 0, err);
}

/* Which pages are in this file; of a dump that is not split all are. */
static enum vmt_rc read_split(struct kdump *k, const unsigned char *sub, struct vmt_err *err)
{
	bool wide = k->version >= 6;

	k->split = vmt_le32(sub + S_SPLIT) != 0;
	k->end_pfn = k->max_pfn;
	if (!k->split)
		return VMT_OK;
	k->first_pfn = vmt_le64(sub + (wide ? S_FIRST64 : S_FIRST));
	k->end_pfn = vmt_le64(sub + (wide ? S_END64 : S_END));
	if (k->first_pfn <= k->end_pfn && k->end_pfn <= k->max_pfn)
		return VMT_OK;
	return vmt_err_set(err, VMT_FORMAT, "damaged: a part that holds page frames %#llx to %#llx",
			   (unsigned long long)k->first_pfn, (unsigned long long)k->end_pfn);
}

/* Bits set before a page frame. */
static enum vmt_rc rank_of(const struct kdump *k, struct vmt_worker *w, uint64_t pfn,
			   uint64_t *rank, struct vmt_err *err)
{
	uint64_t start, end;
	enum vmt_rc rc = vmt_bits_run(&k->stored, w, pfn, &start, &end, err);

	if (rc == VMT_OK)
		rc = vmt_bits_rank(&k->stored, w, start, rank, err);
	if (rc != VMT_NONE)
		return rc;
	*rank = k->stored.total;
	return VMT_OK;
}

static enum vmt_rc count_split(struct vmt_mem *mem, struct vmt_worker *w, struct kdump *k,
			       struct vmt_err *err)
{
	enum vmt_rc rc = VMT_OK;

	k->end_rank = k->stored.total;
	if (!k->split)
		return VMT_OK;
	rc = rank_of(k, w, k->first_pfn, &k->first_rank, err);
	if (rc == VMT_OK)
		rc = rank_of(k, w, k->end_pfn, &k->end_rank, err);
	mem->about.parts = 1;
	mem->about.missing = k->missing;
	if (k->first_pfn)
		k->missing[mem->about.n_missing++] = (struct vmt_mem_frames){0, k->first_pfn};
	if (k->end_pfn < k->max_pfn)
		k->missing[mem->about.n_missing++] =
			(struct vmt_mem_frames){k->end_pfn, k->max_pfn};
	return rc;
}

bool vmt_kdump_part(const struct vmt_mem *mem, struct vmt_kdump_part *part)
{
	const struct kdump *k = mem->image;

	if (mem->format != &vmt_mem_kdump || !k->split)
		return false;
	*part = (struct vmt_kdump_part){k->first_pfn, k->end_pfn, k->max_pfn};
	return true;
}

/* makedumpfile writes one header into all; a part that found the disk full says so in its own. */
bool vmt_kdump_same_dump(const struct vmt_mem *a, const struct vmt_mem *b)
{
	const struct kdump *x = a->image, *y = b->image;

	return memcmp(x->header, y->header, H_STATUS) == 0 &&
	       memcmp(x->header + H_BLOCK_SIZE, y->header + H_BLOCK_SIZE, H_BYTES - H_BLOCK_SIZE) ==
		       0 &&
	       memcmp(x->sub, y->sub, S_SPLIT) == 0 && x->max_pfn == y->max_pfn &&
	       vmt_str_eq(a->about.vmcoreinfo, b->about.vmcoreinfo) &&
	       x->stored.total == y->stored.total;
}

/* ---- bitmaps ---- */

static enum vmt_rc lay_out(struct vmt_mem *mem, struct kdump *k, const unsigned char *h,
			   const unsigned char *sub, struct vmt_err *err)
{
	uint64_t block = k->block_size;
	uint64_t bitmap = vmt_le32(h + H_BITMAP_BLOCKS) * block;
	uint64_t at = (1 + (uint64_t)vmt_le32(h + H_SUB_HDR_SIZE)) * block;
	uint64_t pages = k->version >= 6 ? vmt_le64(sub + S_MAX_MAPNR64) : 0, want;
	enum vmt_rc rc;

	if (!pages)
		pages = vmt_le32(h + H_MAX_MAPNR);
	if (pages > (UINT64_C(1) << PA_BITS) / block)
		return vmt_err_set(err, VMT_FORMAT,
				   "damaged: max_mapnr %#llx is more than there are addresses",
				   (unsigned long long)pages);
	want = vmt_num_round_up((pages + 7) / 8, block);
	if (bitmap < want)
		return vmt_err_set(err, VMT_FORMAT,
				   "damaged: bitmap_blocks %u is too small for max_mapnr %#llx",
				   vmt_le32(h + H_BITMAP_BLOCKS), (unsigned long long)pages);
	k->max_pfn = pages;
	memcpy(k->sub, sub, S_BYTES);
	mem->about.dump_level =
		k->diskdump || k->version < 1 ? -1 : (int)vmt_le32(sub + S_DUMP_LEVEL);
	k->descs_at = at + bitmap;
	rc = vmt_bits_open(&k->ram, &mem->store, at, pages, err);
	if (rc != VMT_OK)
		return rc;
	/* A dump of every page has one bitmap only. */
	return vmt_bits_open(&k->stored, &mem->store, bitmap >= 2 * want ? at + bitmap / 2 : at,
			     pages, err);
}

/* ---- notes ---- */

static enum vmt_rc set_machine(struct vmt_mem *mem, const char *name, struct vmt_err *err)
{
	if (!name)
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "the dump does not say of what machine it is");
	mem->about.machine = vmt_mem_machine(name);
	return mem->about.machine ? VMT_OK : vmt_mem_foreign(name, err);
}

static enum vmt_rc read_notes(struct vmt_mem *mem, struct vmt_worker *w, const unsigned char *sub,
			      const char *machine, struct vmt_err *err)
{
	struct vmt_notes notes = {0};
	uint64_t at = vmt_le64(sub + S_INFO_AT), n = vmt_le64(sub + S_INFO_N);
	enum vmt_rc rc = vmt_notes_scan(&w->ahead, vmt_le64(sub + S_NOTES_AT),
					vmt_le64(sub + S_NOTES_N), &notes, err);

	if (rc == VMT_OK)
		rc = set_machine(mem, is_named(machine) ? machine : notes.machine, err);
	if (at && n) {
		notes.info_at = at;
		notes.info_n = n;
	}
	if (rc == VMT_OK)
		rc = vmt_notes_keep(mem, &notes, err);
	free(notes.registers);
	return rc;
}

/* ---- descriptors ---- */

static void parse_desc(const unsigned char *p, struct desc *d)
{
	d->at = vmt_le64(p);
	d->n = vmt_le32(p + 8);
	d->flags = vmt_le32(p + 12);
}

/* Descriptors of a part are those of its own pages. */
static uint64_t pages_here(const struct kdump *k)
{
	return k->end_rank - k->first_rank;
}

/* What some descriptors say of all. */
struct look {
	unsigned packs;
	bool raw;
};

static enum vmt_rc look_at_descs(struct vmt_mem *mem, struct vmt_worker *w, const struct kdump *k,
				 uint64_t first, struct look *look, struct vmt_err *err)
{
	uint64_t last = first + DESC_SOME < pages_here(k) ? first + DESC_SOME : pages_here(k);
	const unsigned char *p;
	struct desc d;

	for (uint64_t i = first; i < last; i++) {
		enum vmt_rc rc = vmt_ahead_get(&w->ahead, k->descs_at + i * DESC_BYTES, DESC_BYTES,
					       DESC_SOME * DESC_BYTES, &p, err);

		if (rc != VMT_OK)
			return rc == VMT_NONE ? VMT_OK : rc;
		parse_desc(p, &d);
		look->packs |= d.flags & VMT_PACK_ALL;
		look->raw |= d.at && !(d.flags & VMT_PACK_ALL);
		mem->about.cut |= vmt_num_add(d.at, d.n) > mem->store.size;
	}
	return VMT_OK;
}

/* How pages are packed, and whether they end where the file does: some at each end tell. */
static enum vmt_rc look_at_pages(struct vmt_mem *mem, struct vmt_worker *w, const struct kdump *k,
				 uint32_t status, struct vmt_err *err)
{
	uint64_t total = pages_here(k);
	struct look look = {.packs = status & VMT_PACK_ALL};
	enum vmt_rc rc;

	mem->about.cut |= mem->store.cut || k->descs_at + total * DESC_BYTES > mem->store.size;
	rc = look_at_descs(mem, w, k, 0, &look, err);
	if (rc == VMT_OK && total > DESC_SOME)
		rc = look_at_descs(mem, w, k, total - DESC_SOME, &look, err);
	/* A page that does not become smaller stands as it is: not worth a word. */
	vmt_codec_names(mem->packing, sizeof(mem->packing), look.packs, look.raw && !look.packs);
	mem->about.packing = mem->packing;
	return rc;
}

/* ---- open ---- */

static enum vmt_rc read_tables(struct vmt_mem *mem, struct vmt_worker *w, struct kdump *k,
			       const unsigned char *h, const char *machine, struct vmt_err *err)
{
	unsigned char sub[S_BYTES];
	enum vmt_rc rc = read_sub_header(mem, k, sub, err);

	if (rc == VMT_OK)
		rc = read_notes(mem, w, sub, machine, err);
	if (rc == VMT_OK)
		rc = lay_out(mem, k, h, sub, err);
	if (rc == VMT_OK)
		rc = read_split(k, sub, err);
	if (rc == VMT_OK)
		rc = count_split(mem, w, k, err);
	if (rc != VMT_OK)
		return rc;
	mem->about.pages_ram = k->ram.total;
	mem->about.page_size = k->block_size;
	mem->about.pages_stored = pages_here(k);
	mem->about.incomplete = vmt_le32(h + H_STATUS) & STATUS_INCOMPLETE;
	return look_at_pages(mem, w, k, vmt_le32(h + H_STATUS), err);
}

static enum vmt_rc kdump_open(struct vmt_mem *mem, struct vmt_worker *w, struct vmt_err *err)
{
	struct kdump *k = calloc(1, sizeof(*k));
	unsigned char h[H_BYTES] = {0};
	char machine[65];
	size_t got;
	enum vmt_rc rc;

	if (!k)
		return vmt_err_nomem(err);
	mem->image = k;
	rc = vmt_store_read(&mem->store, 0, h, sizeof(h), &got, err);
	if (rc != VMT_OK)
		return rc;
	if (got < sizeof(h))
		return vmt_err_set(err, VMT_FORMAT, "is cut short: %zu bytes of a kdump header",
				   got);
	memcpy(k->header, h, H_BYTES);
	k->diskdump = memcmp(h, "DISKDUMP", 8) == 0;
	mem->about.format = k->diskdump ? "diskdump" : "kdump";
	vmt_str_copy(machine, sizeof(machine),
		     (struct vmt_str){(const char *)h + H_MACHINE,
				      strnlen((const char *)h + H_MACHINE, sizeof(machine) - 1)});
	rc = check_header(k, h, machine, err);
	return rc == VMT_OK ? read_tables(mem, w, k, h, machine, err) : rc;
}

static void kdump_close(void *image)
{
	struct kdump *k = image;

	vmt_bits_close(&k->ram);
	vmt_bits_close(&k->stored);
	free(k);
}

/* ---- pages ---- */

/* A page that is not stored: left out, or no memory at all?  Behind the end of a file that is cut
 * nobody knows: it may have been left out. */
static enum vmt_rc not_stored(const struct vmt_mem *mem, const struct kdump *k, uint64_t pfn,
			      struct vmt_err *err)
{
	unsigned char byte;
	enum vmt_rc rc;

	if (pfn >= k->max_pfn)
		return vmt_err_set(err, VMT_FAULT, "no such memory");
	rc = vmt_store_fill(&mem->store, k->ram.at + pfn / 8, &byte, 1, 0xff, err);
	if (rc != VMT_OK)
		return rc;
	if (byte >> pfn % 8 & 1)
		return vmt_err_set(err, VMT_EXCLUDED, "the dump left this page out");
	return vmt_err_set(err, VMT_FAULT, "no such memory");
}

static enum vmt_rc unpack(struct vmt_mem *mem, struct vmt_worker *w, const struct desc *d,
			  unsigned char *to, struct vmt_err *err)
{
	size_t size = (size_t)mem->about.page_size;
	const unsigned char *in;
	enum vmt_rc rc;

	if (!d->at && !d->n)
		return vmt_err_set(err, VMT_EXCLUDED, "the dump ended before this page");
	if (d->at > INT64_MAX || !d->n || d->n > size)
		return vmt_err_set(err, VMT_FORMAT, "damaged page descriptor: %u bytes at %#llx",
				   d->n, (unsigned long long)d->at);
	if (!(d->flags & VMT_PACK_ALL)) {
		if (d->n != size)
			return vmt_err_set(err, VMT_FORMAT,
					   "damaged page descriptor: %u bytes, not packed", d->n);
		w->cheap = true;
		rc = vmt_ahead_copy(&w->ahead, d->at, to, size, err);
	} else {
		w->cheap = d->flags & VMT_PACK_CHEAP;
		rc = vmt_windows_get(&w->packed, d->at, d->n, &in, err);
		if (rc == VMT_OK)
			rc = vmt_codec_unpack(w->codec, d->flags & VMT_PACK_ALL, in, d->n, to, size,
					      err);
	}
	return rc == VMT_NONE ? vmt_mem_cut(mem, err) : rc;
}

/* What a page has is known only now, not when the first worker is made. */
static void ready(const struct vmt_mem *mem, struct vmt_worker *w)
{
	if (w->descs.store)
		return;
	vmt_windows_init(&w->descs, &mem->store, DESC_WINDOW, 1);
	vmt_windows_init(&w->packed, &mem->store, PACKED_WINDOW * (unsigned)mem->about.page_size,
			 PACKED_DEAR);
}

static enum vmt_rc kdump_load(struct vmt_mem *mem, struct vmt_worker *w, uint64_t page,
			      unsigned char *to, struct vmt_err *err)
{
	const struct kdump *k = mem->image;
	const unsigned char *p;
	struct desc d;
	uint64_t rank;
	enum vmt_rc rc = vmt_bits_rank(&k->stored, w, page, &rank, err);

	if (rc == VMT_NONE)
		return not_stored(mem, k, page, err);
	if (rc != VMT_OK)
		return rc;
	if (page < k->first_pfn || page >= k->end_pfn)
		return vmt_err_set(err, VMT_EXCLUDED, "the part that holds this page is missing");
	if (rank < k->first_rank || rank >= k->end_rank)
		return vmt_err_set(err, VMT_FORMAT, "damaged: the bitmap changes while it is read");
	rank -= k->first_rank;
	ready(mem, w);
	rc = vmt_windows_get(&w->descs, k->descs_at + rank * DESC_BYTES, DESC_BYTES, &p, err);
	if (rc == VMT_NONE)
		return vmt_mem_cut(mem, err);
	if (rc != VMT_OK)
		return rc;
	parse_desc(p, &d);
	return unpack(mem, w, &d, to, err);
}

/* The first run from @from on, as far as it lies among these page frames. */
static enum vmt_rc run_of(const struct vmt_bits *bits, const struct vmt_mem *mem,
			  struct vmt_worker *w, uint64_t from, const struct vmt_mem_frames *frames,
			  uint64_t *start, uint64_t *end)
{
	uint64_t pfn = from >> mem->page_shift;
	enum vmt_rc rc =
		vmt_bits_run(bits, w, pfn < frames->first ? frames->first : pfn, start, end, NULL);

	if (rc != VMT_OK)
		return rc;
	if (*start >= frames->end)
		return VMT_NONE;
	if (*end > frames->end)
		*end = frames->end;
	*start <<= mem->page_shift;
	*end <<= mem->page_shift;
	return VMT_OK;
}

static enum vmt_rc kdump_range(struct vmt_mem *mem, struct vmt_worker *w, uint64_t from,
			       uint64_t *start, uint64_t *end)
{
	const struct kdump *k = mem->image;
	const struct vmt_mem_frames here = {k->first_pfn, k->end_pfn};

	return run_of(&k->stored, mem, w, from, &here, start, end);
}

/* Each part of a split dump knows of all memory. */
static enum vmt_rc kdump_ram(struct vmt_mem *mem, struct vmt_worker *w, uint64_t from,
			     uint64_t *start, uint64_t *end)
{
	const struct kdump *k = mem->image;
	const struct vmt_mem_frames all = {0, k->max_pfn};

	return run_of(&k->ram, mem, w, from, &all, start, end);
}

const struct vmt_mem_format vmt_mem_kdump = {
	.name = "kdump",
	.probe = probe,
	.open = kdump_open,
	.load = kdump_load,
	.range = kdump_range,
	.ram = kdump_ram,
	.close = kdump_close,
};
