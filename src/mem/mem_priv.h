// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * mem, for itself.  From the bottom up:
 *
 *   store   the bytes of the dump, flattened or not
 *   ahead   reads of a store, in larger pieces where they go forward
 *   window  many small pieces of a store
 *   codec   one packed page
 *   elf, kdump   which page is where (struct vmt_mem_format)
 *   pages   pages that were unpacked
 *   mem     the face
 */
#ifndef VMTOOL_MEM_PRIV_H
#define VMTOOL_MEM_PRIV_H

#include <pthread.h>
#include <string.h>

#include "vmtool/mem.h"

/* ---- numbers of a dump: little-endian, at any address ---- */

static inline uint64_t vmt_le(const unsigned char *p, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = bytes; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

static inline uint16_t vmt_le16(const unsigned char *p)
{
	return (uint16_t)vmt_le(p, 2);
}

static inline uint32_t vmt_le32(const unsigned char *p)
{
	return (uint32_t)vmt_le(p, 4);
}

static inline uint64_t vmt_le64(const unsigned char *p)
{
	return vmt_le(p, 8);
}

static inline uint64_t vmt_be64(const unsigned char *p)
{
	return __builtin_bswap64(vmt_le64(p));
}

/* ---- store ---- */

struct vmt_flat;

/** The bytes of a dump, by offset.  Never changed after it was opened: safe for threads. */
struct vmt_store {
	int fd;
	/** Bytes the file has, and what it would have if it were not flattened. */
	uint64_t disk_bytes, size;
	/** NULL: not flattened. */
	struct vmt_flat *flat;
	/** The file ends before its end mark (flattened). */
	bool cut;
	/** A device: what it lets be read, it is asked for piece by piece. */
	bool device;
};

/** @opts may be NULL. */
enum vmt_rc vmt_store_open(struct vmt_store *s, const char *path, const struct vmt_mem_opts *opts,
			   struct vmt_err *err);
/** The same, without an index: what a flattened file holds is not known. */
enum vmt_rc vmt_store_open_plain(struct vmt_store *s, const char *path,
				 const struct vmt_mem_opts *opts, struct vmt_err *err);
void vmt_store_close(struct vmt_store *s);

/** As many of @n bytes at @at as are there without a gap; *@got tells. */
enum vmt_rc vmt_store_read(const struct vmt_store *s, uint64_t at, void *buf, size_t n, size_t *got,
			   struct vmt_err *err);

/**
 * The same, with gaps filled.  A flattened file leaves out what is 0; what a file that was cut
 * short does not hold becomes @lost.
 */
enum vmt_rc vmt_store_fill(const struct vmt_store *s, uint64_t at, void *buf, size_t n, int lost,
			   struct vmt_err *err);

/** The first offset from @at on that may hold other than zeros, or UINT64_MAX. */
uint64_t vmt_store_next(const struct vmt_store *s, uint64_t at);

/** pread until @n bytes are there or the file ends. */
enum vmt_rc vmt_fd_read(int fd, uint64_t at, void *buf, size_t n, size_t *got, struct vmt_err *err);

/* ---- flattened files: the part of store that knows them ---- */

bool vmt_flat_probe(const unsigned char *head, size_t n);
enum vmt_rc vmt_flat_open(struct vmt_store *s, const struct vmt_mem_opts *opts,
			  struct vmt_err *err);
void vmt_flat_close(struct vmt_flat *f);
enum vmt_rc vmt_flat_read(const struct vmt_store *s, uint64_t at, void *buf, size_t n, size_t *got,
			  struct vmt_err *err);
uint64_t vmt_flat_next(const struct vmt_flat *f, uint64_t at);

/* ---- ahead ---- */

#define VMT_AHEAD_WAYS	4
#define VMT_AHEAD_BYTES 65536

/** Some places of a store where it was read lately; of one thread. */
struct vmt_ahead {
	const struct vmt_store *store;
	unsigned turn;
	struct vmt_ahead_way {
		unsigned char *buf;
		size_t cap, n;
		uint64_t at;
		/** Where the next read begins if reads go forward. */
		uint64_t next;
	} way[VMT_AHEAD_WAYS];
};

void vmt_ahead_init(struct vmt_ahead *a, const struct vmt_store *store);
void vmt_ahead_deinit(struct vmt_ahead *a);

/**
 * @n bytes at @at, borrowed until the next call.  VMT_NONE when not all of them are there.
 * @least: read so many when it has to be read.
 */
enum vmt_rc vmt_ahead_get(struct vmt_ahead *a, uint64_t at, size_t n, size_t least,
			  const unsigned char **p, struct vmt_err *err);

/** The same into @buf. */
enum vmt_rc vmt_ahead_copy(struct vmt_ahead *a, uint64_t at, void *buf, size_t n,
			   struct vmt_err *err);

/* ---- windows ---- */

/** No more than so many are held, that show no more than so many bytes of the store. */
#define VMT_WINDOWS_HELD  2048u
#define VMT_WINDOWS_BYTES (32u << 20)
/** Windows are allocated so many at a time. */
#define VMT_WINDOWS_CHUNK 16u
#define VMT_WINDOWS_ASKED 16384u

/** Parts of a store in which small pieces are read; of one thread. */
struct vmt_windows {
	const struct vmt_store *store;
	/** Of one window; what it costs to read it, in pieces; windows that are held at most. */
	unsigned bytes, dear, held;
	/** By their number. */
	struct vmt_window *slot[VMT_WINDOWS_HELD];
	void *chunk[VMT_WINDOWS_HELD / VMT_WINDOWS_CHUNK + 1];
	/** Windows that were made. */
	unsigned n;
	/** How often each was asked for while it was not held. */
	uint8_t asked[VMT_WINDOWS_ASKED];
	/** The one asked for last. */
	uint64_t last;
	/** A piece that was read alone. */
	unsigned char *piece;
	size_t piece_cap;
};

/** @ws is all zeros.  @bytes of a window: a power of two. @dear: 1 to 255. */
void vmt_windows_init(struct vmt_windows *ws, const struct vmt_store *store, unsigned bytes,
		      unsigned dear);
void vmt_windows_deinit(struct vmt_windows *ws);

/** @n bytes at @at, borrowed until the next call.  VMT_NONE when not all of them are there. */
enum vmt_rc vmt_windows_get(struct vmt_windows *ws, uint64_t at, size_t n, const unsigned char **p,
			    struct vmt_err *err);

/* ---- codec ---- */

/** Flags of a page descriptor. */
#define VMT_PACK_ZLIB	0x1u
#define VMT_PACK_LZO	0x2u
#define VMT_PACK_SNAPPY 0x4u
#define VMT_PACK_ZSTD	0x20u
/** Unpacked nearly as fast as copied. */
#define VMT_PACK_CHEAP (VMT_PACK_LZO | VMT_PACK_SNAPPY)
#define VMT_PACK_ALL   (VMT_PACK_ZLIB | VMT_PACK_LZO | VMT_PACK_SNAPPY | VMT_PACK_ZSTD)

/** What the codecs keep between pages; of one thread. */
struct vmt_codec;

struct vmt_codec *vmt_codec_new(void);
void vmt_codec_free(struct vmt_codec *c);

/**
 * Unpack one page: exactly @size bytes, or it is damaged.
 * @return VMT_OK, VMT_UNSUPPORTED, VMT_FORMAT or VMT_NOMEM.
 */
enum vmt_rc vmt_codec_unpack(struct vmt_codec *c, unsigned pack, const void *in, size_t n,
			     void *page, size_t size, struct vmt_err *err);

/** "zlib", "zlib, lzo", ...: @packs is a set of VMT_PACK_*; with @raw, pages stand as they are. */
void vmt_codec_names(char *buf, size_t size, unsigned packs, bool raw);

/* ---- one thread's work ---- */

struct vmt_bits_cache;

struct vmt_worker {
	struct vmt_worker *next;
	struct vmt_ahead ahead;
	struct vmt_codec *codec;
	/** kdump: page descriptors, and packed pages. */
	struct vmt_windows descs, packed;
	/** kdump: parts of the bitmap. */
	struct vmt_bits_cache *bits;
	/** One page; the cache takes it and leaves another. */
	unsigned char *page;
	/** The page loaded last is as cheap to load again as to keep. */
	bool cheap;
};

/* ---- notes ---- */

/** What the ELF notes of a dump say. */
struct vmt_notes {
	/** By the size of the registers; NULL: not told. */
	const char *machine;
	/** Where registers stand in the file: one NT_PRSTATUS for each CPU; free it. */
	struct vmt_registers {
		uint64_t at, n;
	} * registers;
	size_t n_registers, registers_cap;
	/** Place of the VMCOREINFO text, and of that of a slim image. */
	uint64_t info_at, info_n, slim_at, slim_n;
	/** A note that only the dump of a process has. */
	bool process;
	/** A note of registers was met and could not be remembered. */
	bool nomem;
};

enum vmt_rc vmt_notes_scan(struct vmt_ahead *a, uint64_t at, uint64_t n, struct vmt_notes *notes,
			   struct vmt_err *err);

/** Name of the note that a slim image has. */
#define VMT_NOTE_SLIM "VMTOOL"

/** Keep the texts, where they are there as a whole, and where registers are. */
enum vmt_rc vmt_notes_keep(struct vmt_mem *mem, struct vmt_notes *notes, struct vmt_err *err);

/* ---- scan: VMCOREINFO in memory ---- */

/** Copy a text into mem->about, in place of what is there.  VMT_OK or VMT_NOMEM. */
enum vmt_rc vmt_scan_keep(struct vmt_mem *mem, const void *text, size_t n);

/** Keep the next one from file offset *@at on.  VMT_OK, VMT_NONE, VMT_IO or VMT_NOMEM. */
enum vmt_rc vmt_scan_file(struct vmt_mem *mem, uint64_t *at, struct vmt_err *err);

/** Keep the one that begins the page at file offset @at.  VMT_OK, VMT_NONE, ... */
enum vmt_rc vmt_scan_page(struct vmt_mem *mem, uint64_t at, struct vmt_err *err);

/** The same from physical address *@at on. VMT_OK, VMT_NONE or VMT_NOMEM. */
enum vmt_rc vmt_scan_memory(struct vmt_mem *mem, uint64_t *at);

/* ---- bitmap of kdump: which pages are stored, and the how many-th each is ---- */

struct vmt_bits {
	const struct vmt_store *store;
	/** Where it stands in the file, and bits that count. */
	uint64_t at, n;
	/** Set bits. */
	uint64_t total;
	struct vmt_bits_chunk *chunks;
	size_t n_chunks;
};

enum vmt_rc vmt_bits_open(struct vmt_bits *b, const struct vmt_store *store, uint64_t at,
			  uint64_t n, struct vmt_err *err);
void vmt_bits_close(struct vmt_bits *b);

/** Is bit @i set, and how many are set before it?  VMT_OK, VMT_NONE (clear), VMT_IO, VMT_NOMEM. */
enum vmt_rc vmt_bits_rank(const struct vmt_bits *b, struct vmt_worker *w, uint64_t i,
			  uint64_t *rank, struct vmt_err *err);

/** The first run of set bits from @from on. VMT_OK, VMT_NONE, VMT_IO or VMT_NOMEM. */
enum vmt_rc vmt_bits_run(const struct vmt_bits *b, struct vmt_worker *w, uint64_t from,
			 uint64_t *start, uint64_t *end, struct vmt_err *err);

void vmt_bits_cache_free(struct vmt_bits_cache *c);

/* ---- formats ---- */

struct vmt_mem_format {
	const char *name;
	/** Pages stand in the file as in memory: what is long is read in one piece. */
	bool plain;

	/** @n may be less than 64 when the file is. */
	bool (*probe)(const unsigned char *head, size_t n);

	/** Is it one, although its first bytes do not say so?  NULL: no. */
	bool (*look)(const struct vmt_store *store);

	/** Set mem->image and mem->about.  What was set is closed when this fails. */
	enum vmt_rc (*open)(struct vmt_mem *mem, struct vmt_worker *w, struct vmt_err *err);

	/** One whole page; may set w->cheap.  VMT_NONE: it is stored in parts: ask for pieces. */
	enum vmt_rc (*load)(struct vmt_mem *mem, struct vmt_worker *w, uint64_t page,
			    unsigned char *to, struct vmt_err *err);

	/** A part of one page, of several when plain; NULL when load never answers VMT_NONE. */
	enum vmt_rc (*piece)(struct vmt_mem *mem, struct vmt_worker *w, uint64_t pa, void *buf,
			     size_t n, struct vmt_err *err);

	/** As vmt_mem_guess; NULL: the next VMCOREINFO in memory, where there is no note. */
	enum vmt_rc (*guess)(struct vmt_mem *mem);

	/** As vmt_mem_range. */
	enum vmt_rc (*range)(struct vmt_mem *mem, struct vmt_worker *w, uint64_t from,
			     uint64_t *start, uint64_t *end);

	/** As vmt_mem_ram; NULL: all memory there is, is stored. */
	enum vmt_rc (*ram)(struct vmt_mem *mem, struct vmt_worker *w, uint64_t from,
			   uint64_t *start, uint64_t *end);

	void (*close)(void *image);
};

extern const struct vmt_mem_format vmt_mem_elf, vmt_mem_kdump, vmt_mem_raw, vmt_mem_split;

/* ---- parts of a split kdump ---- */

struct vmt_kdump_part {
	/** Page frames it holds, and the end of all. */
	uint64_t first, end, max;
};
/** @return false: it is no part of a split dump. */
bool vmt_kdump_part(const struct vmt_mem *mem, struct vmt_kdump_part *part);
/** Are two kdump files of one dump?  Their headers are the same. */
bool vmt_kdump_same_dump(const struct vmt_mem *a, const struct vmt_mem *b);

/* ---- pages ---- */

struct vmt_pages;

struct vmt_pages *vmt_pages_new(size_t page_size);
/** Forget all pages. */
void vmt_pages_clear(struct vmt_pages *c);
void vmt_pages_free(struct vmt_pages *c);

/** Copy @n bytes at @off of a page. @return false when the page is not there. */
bool vmt_pages_get(struct vmt_pages *c, uint64_t page, size_t off, void *buf, size_t n);

/** Take the bytes of a page; *@bytes becomes another buffer of that size, or NULL. */
void vmt_pages_put(struct vmt_pages *c, uint64_t page, unsigned char **bytes);

/* ---- what was read ---- */

struct vmt_record;

struct vmt_record_page {
	uint64_t pa;
	/** VMT_RECORD_PAGE of them; what was not read is 0. */
	unsigned char *bytes;
};

void vmt_record_keep(struct vmt_record *r, uint64_t pa, const void *bytes, size_t n);
/** Forget what was read at @from and above; @r may be NULL. */
void vmt_record_drop(struct vmt_record *r, uint64_t from);
void vmt_record_free(struct vmt_record *r);

/** What is kept.  VMT_OK, or VMT_EXCLUDED: of one of the pages nothing is. */
enum vmt_rc vmt_record_read(struct vmt_record *r, uint64_t pa, void *buf, size_t n);

/** All pages in ascending order: free the array; the bytes stay the record's.  VMT_OK, VMT_NOMEM.
 */
enum vmt_rc vmt_record_pages(const struct vmt_record *r, struct vmt_record_page **pages, size_t *n);

/* ---- the image ---- */

struct vmt_mem {
	char *path;
	struct vmt_store store;
	const struct vmt_mem_format *format;
	/** While it is opened. */
	const struct vmt_mem_opts *opts;
	void *image;
	unsigned page_shift;
	struct vmt_mem_about about;
	char packing[48];
	char *vmcoreinfo;
	/** How far memory was searched for VMCOREINFO. */
	uint64_t scan_at;
	char *slim;
	struct vmt_registers *registers;
	size_t n_registers;
	struct vmt_pages *pages;
	/** Memory that the image lacks. */
	struct vmt_mem_frames *lacks;
	size_t n_lacks;
	/** What was read, or NULL: nobody asked. */
	struct vmt_record *record;
	/** Answers come from it. */
	bool replay;
	/** Guards idle. */
	pthread_mutex_t lock;
	struct vmt_worker *idle;
};

/** One to be filled and made ready, or NULL. */
struct vmt_mem *vmt_mem_new(const char *path);
/** about is set: what reading needs.  VMT_OK or VMT_NOMEM. */
enum vmt_rc vmt_mem_ready(struct vmt_mem *mem, struct vmt_err *err);
/** One whole page, past the cache; answers as the format's load. */
enum vmt_rc vmt_mem_load(struct vmt_mem *mem, uint64_t page, unsigned char *to,
			 struct vmt_err *err);

/** The machine if we read its dumps, as uname -m has it; else NULL. */
const char *vmt_mem_machine(const char *name);

/** Said when a machine is not one of ours. */
enum vmt_rc vmt_mem_foreign(const char *what, struct vmt_err *err);

/** The file ends before something that should be there: VMT_EXCLUDED. */
enum vmt_rc vmt_mem_cut(struct vmt_mem *mem, struct vmt_err *err);

#endif
