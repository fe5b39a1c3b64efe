// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * base: errors, byte strings, numbers, interning and files.  Open to every room.
 *
 * Ownership, once for the whole library: values are copied; a returned pointer or struct vmt_str
 * is borrowed from the object it was asked of and dies with it; strings kept by an object live in
 * that object's arena.  Nothing below cmd/ prints, exits, or keeps global state.
 */
#ifndef VMTOOL_BASE_H
#define VMTOOL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* ---- errors ------------------------------------------------------------------------------ */

/** What a function answers.  NONE is an answer, not a failure: callers branch on the code. */
enum vmt_rc {
	VMT_OK = 0,
	VMT_NONE,	 /* not found, or no more */
	VMT_NOMEM,	 /* out of memory */
	VMT_IO,		 /* the operating system refused; text holds strerror */
	VMT_PERM,	 /* permission denied */
	VMT_FORMAT,	 /* the bytes are not what was expected */
	VMT_UNSUPPORTED, /* recognised, but this build or program does not read it */
	VMT_RANGE,	 /* a number or a count is beyond what is allowed */
	VMT_EXCLUDED,	 /* the dump left the page out: an answer, not a failure */
	VMT_FAULT,	 /* no such memory, or nothing is mapped there: an answer, not a failure */
};

/** Caller-owned; filled when a function does not answer VMT_OK (or VMT_NONE). */
struct vmt_err {
	/** Same as the function's return value. */
	enum vmt_rc code;
	/** Line number, or byte offset, or 0. */
	uint64_t where;
	/** One line, outer context first, never ending in a newline; not escaped. */
	char text[480];
};

/** Fill @err (may be NULL) and return @code, so that `return vmt_err_set(...)` reads well. */
enum vmt_rc vmt_err_set(struct vmt_err *err, enum vmt_rc code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** Put "context: " in front of the text of @err (may be NULL); return its code. */
enum vmt_rc vmt_err_prepend(struct vmt_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** Out of memory, said the same way everywhere. */
enum vmt_rc vmt_err_nomem(struct vmt_err *err);

/** Scope guard for malloc'ed memory: `char *p VMT_FREE = NULL;`. */
#define VMT_FREE __attribute__((cleanup(vmt_free_cleanup)))
static inline void vmt_free_cleanup(void *pp)
{
	free(*(void **)pp);
}

/**
 * Make room for @want elements of @size bytes in the array at *@items, doubling *@cap.
 * @return VMT_OK or VMT_NOMEM (the array is left as it was).
 */
enum vmt_rc vmt_grow(void *items, size_t *cap, size_t want, size_t size);

/* ---- byte strings ------------------------------------------------------------------------ */

/** A run of bytes that somebody else owns.  Not NUL-terminated; p is NULL only when n is 0. */
struct vmt_str {
	const char *p;
	size_t n;
};

/** The bytes of a C string, without its NUL. */
struct vmt_str vmt_str(const char *s);

/** Equal, byte by byte. */
bool vmt_str_eq(struct vmt_str a, struct vmt_str b);

/** Equal to a C string. */
bool vmt_str_is(struct vmt_str a, const char *b);

/** Order as memcmp does, shorter first when one is the beginning of the other. */
int vmt_str_cmp(struct vmt_str a, struct vmt_str b);

/** @a begins with @prefix. */
bool vmt_str_starts(struct vmt_str a, const char *prefix);

/** Offset of @needle in @a, or SIZE_MAX. */
size_t vmt_str_find(struct vmt_str a, const char *needle);

/** Without leading and trailing blanks (space, tab, CR). */
struct vmt_str vmt_str_trim(struct vmt_str a);

/**
 * Cut the next word (run of bytes without a space) off the front of *@rest.
 * @return the word; n is 0 when there is none left.
 */
struct vmt_str vmt_str_word(struct vmt_str *rest);

/** fnmatch(3) on a byte string, any length.  A string with a NUL byte matches nothing. */
bool vmt_str_glob(const char *pattern, struct vmt_str s);

/** Copy into @buf, cut to fit, NUL-terminated; control and non-ASCII bytes become '?'. */
void vmt_str_copy(char *buf, size_t size, struct vmt_str s);

/* ---- numbers ----------------------------------------------------------------------------- */

/** All of @s as an unsigned number.  Base 10 or 16 (no 0x). @return false if it is not one. */
bool vmt_num_parse(struct vmt_str s, unsigned base, uint64_t *out);

/**
 * A size as a person writes it: 4096, 0x1000, 64K, 64KiB, 1.5M, 2GiB (all powers of 1024).
 * @return false when it is not one or does not fit in 64 bits.
 */
bool vmt_num_size(const char *s, uint64_t *bytes);

/**
 * A time span as a person writes it: seconds, or with a unit: 90, 0.5, 30s, 5min (or 5m), 12h, 7d,
 * 2w.
 * @return false when it is not one.
 */
bool vmt_num_span(const char *s, double *seconds);

/** Room that vmt_num_human needs. */
#define VMT_NUM_HUMAN 16

/** "512 B", "20 KiB", "4.1 MiB", "332 MiB": three digits, so that a column reads at a glance. */
const char *vmt_num_human(char buf[VMT_NUM_HUMAN], uint64_t bytes);

/** Room that vmt_num_grouped needs. */
#define VMT_NUM_GROUPED 32

/** "1,064": a count with thousands separators, whatever the locale. */
const char *vmt_num_grouped(char buf[VMT_NUM_GROUPED], uint64_t n);

/** a + b, or UINT64_MAX when that does not fit: sums of hostile numbers must not wrap. */
static inline uint64_t vmt_num_add(uint64_t a, uint64_t b)
{
	uint64_t s;

	return __builtin_add_overflow(a, b, &s) ? UINT64_MAX : s;
}

/** a * b, or UINT64_MAX when that does not fit. */
static inline uint64_t vmt_num_mul(uint64_t a, uint64_t b)
{
	uint64_t p;

	return __builtin_mul_overflow(a, b, &p) ? UINT64_MAX : p;
}

/** Round @n up to a multiple of @to (a power of two); UINT64_MAX when that does not fit. */
static inline uint64_t vmt_num_round_up(uint64_t n, uint64_t to)
{
	return n > UINT64_MAX - (to - 1) ? UINT64_MAX : (n + to - 1) & ~(to - 1);
}

/** A power of two (0 is none). */
static inline bool vmt_num_is_pow2(uint64_t n)
{
	return n && !(n & (n - 1));
}

/* ---- interning --------------------------------------------------------------------------- */

/** A string table: equal strings are stored once and have one address and one number. */
struct vmt_intern;

/** A new, empty table, or NULL when memory is out.  Freed with vmt_intern_free (NULL is fine). */
struct vmt_intern *vmt_intern_new(void);
void vmt_intern_free(struct vmt_intern *in);

/**
 * The number of @s in the table (0, 1, 2, ... in order of first sight), added when it is new.
 * @added: may be NULL.  Set to whether it was new.
 * @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_intern_add(struct vmt_intern *in, struct vmt_str s, uint32_t *id, bool *added);

/** Is @s in the table?  *@id is its number when it is. */
bool vmt_intern_find(const struct vmt_intern *in, struct vmt_str s, uint32_t *id);

/** The string of a number that vmt_intern_add gave; borrowed from the table. */
struct vmt_str vmt_intern_str(const struct vmt_intern *in, uint32_t id);

/** How many strings are in the table. */
uint32_t vmt_intern_count(const struct vmt_intern *in);

/* ---- files ------------------------------------------------------------------------------- */

/** Bytes in order from a file, a pipe or memory; gzip and zstd are unpacked on the way. */
struct vmt_file;

/**
 * Open @path ("-" is standard input).  What is in it is found by content: gzip and zstd are read
 * as if plain; other packings, directories and dumps are refused with what to do instead.
 * @return VMT_OK, VMT_PERM, VMT_IO, VMT_UNSUPPORTED, VMT_FORMAT or VMT_NOMEM.
 */
enum vmt_rc vmt_file_open(struct vmt_file **out, const char *path, struct vmt_err *err);

/** The same of a packed file that may hold anything: what is in it is not judged. */
enum vmt_rc vmt_file_open_packed(struct vmt_file **out, const char *path, struct vmt_err *err);

/** The same over memory that the caller keeps until vmt_file_close; @name is for messages. */
enum vmt_rc vmt_file_open_memory(struct vmt_file **out, const char *name, const void *bytes,
				 size_t size, struct vmt_err *err);

/**
 * Up to @size bytes into @buf.  *@got is 0 only at the end.
 * @return VMT_OK, VMT_IO, VMT_FORMAT (damaged packing; what came before is sound) or VMT_NOMEM.
 */
enum vmt_rc vmt_file_read(struct vmt_file *f, void *buf, size_t size, size_t *got,
			  struct vmt_err *err);

/**
 * All that is left of it into a malloc'ed, NUL-terminated buffer; at most @max bytes.
 * @return as vmt_file_read, and VMT_RANGE (more).
 */
enum vmt_rc vmt_file_rest(struct vmt_file *f, size_t max, char **text, size_t *size,
			  struct vmt_err *err);

/** Do the first bytes of a file say that it is packed, an archive, or an ELF file? */
bool vmt_file_is_other(const void *head, size_t n);

/** The name it was opened by; borrowed. */
const char *vmt_file_name(const struct vmt_file *f);

/** Close and free; NULL is fine. */
void vmt_file_close(struct vmt_file *f);

/** ".zst" or ".gz": how this build packs. */
const char *vmt_pack_suffix(void);
/**
 * Pack bytes as one zstd frame, or, where this build has no zstd, as one gzip member, with a
 * checksum, so that what was cut is known.
 * @packed: malloc'ed, the caller frees it.
 * @return VMT_OK, VMT_RANGE (too much at once) or VMT_NOMEM.
 */
enum vmt_rc vmt_pack(const void *bytes, size_t size, char **packed, size_t *packed_size,
		     struct vmt_err *err);

/**
 * A whole small file into a malloc'ed, NUL-terminated buffer; at most @max bytes.  It is read as it
 * is, and a pipe is refused: for files that nobody named.
 * @return VMT_OK, VMT_NONE (no such file), VMT_PERM, VMT_IO, VMT_RANGE (longer) or VMT_NOMEM.
 */
enum vmt_rc vmt_file_slurp(const char *path, size_t max, char **text, size_t *size,
			   struct vmt_err *err);

#endif
