// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds kallsyms in the kernel's image when VMCOREINFO does not tell where it is (before 6.0, and
 * where the note is missing).  scripts/kallsyms.c puts its tables behind each other, each aligned
 * to 8 bytes on 64-bit machines, to 4 since 7.0, in one of two orders:
 *
 *	offsets, relative_base, num_syms, names, markers, [seqs_of_names], token_table, token_index
 *	num_syms, names, markers, token_table, token_index, offsets, relative_base, seqs_of_names
 *
 * the second since 6.4; addresses instead of offsets and base to 4.5 and where they are absolute;
 * no base since 7.0.  num_syms has 8 bytes and markers have 8 each to 4.19; since 5.0 it is 4.
 *
 * The anchor is token_table: digits are in names, so each is a token of its own, at its own place.
 * What is found is only believed when all of it agrees: token_index with token_table, markers with
 * names, num_syms with both.
 */
#include <string.h>

#include "kallsyms.h"

#define TOKENS	  256
#define TOKEN_MAX 64
#define TABLE_MAX (TOKENS * TOKEN_MAX)
/* The image of a kernel is no larger, and has no larger hole (freed init memory). */
#define IMAGE_MAX (128u << 20)
#define HOLE_MAX  (16u << 20)
#define PIECE	  (64u << 10)
/* Names of a marker: one byte of length and one of type each, KSYM_NAME_LEN and two at most. */
#define PER_MARK  256u
#define STEP_MIN  (PER_MARK * 2)
#define STEP_MAX  (PER_MARK * 514)
#define MARKS_MIN 8
/* seqs_of_names may stand between: three bytes for each symbol. */
#define BACK_MAX (3u * KALLSYMS_MAX + PIECE)
/* Bytes looked at, all in all: what only looks like the tables is looked at again and again. */
#define LOOK_MAX (4u * IMAGE_MAX)

struct search {
	struct vmt_kern *kern;
	struct kallsyms_places *at;
	/* Of LOOK_MAX. */
	uint64_t left;
};

static bool spend(struct search *s, uint64_t n)
{
	bool enough = n <= s->left;

	s->left -= enough ? n : s->left;
	return enough;
}

/* ---- reading ---- */

/* What cannot be read is zero, and the first page left out is noted. @return bytes that were there.
 */
static size_t read_holes(struct vmt_kern *kern, uint64_t va, unsigned char *p, size_t n)
{
	struct vmt_err err = {0};
	size_t there = 0;

	while (n) {
		size_t part = 4096 - (va & 4095);

		if (part > n)
			part = n;
		if (vmt_kern_read(kern, va, p, part, &err) == VMT_OK)
			there += part;
		else
			memset(p, 0, part);
		if (err.code == VMT_EXCLUDED && !kern->lack.where)
			kern->lack.where = err.where;
		va += part;
		p += part;
		n -= part;
	}
	return there;
}

static uint64_t number(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return v;
}

/* ---- tokens ---- */

/* The end of tokens from @from to the last; NULL: they do not end in the buffer. */
static const unsigned char *skip_tokens(const unsigned char *p, const unsigned char *end,
					unsigned from)
{
	for (unsigned i = from; p && i < TOKENS; i++) {
		size_t left = (size_t)(end - p);
		const unsigned char *nul = memchr(p, 0, left < TOKEN_MAX ? left : TOKEN_MAX);

		p = nul ? nul + 1 : NULL;
	}
	return p;
}

/* Do the offsets of token_index lead to where tokens begin? */
static bool index_fits(const unsigned char *table, size_t n, const unsigned char *index)
{
	for (unsigned i = 0; i < TOKENS; i++) {
		uint64_t at = number(index + 2 * i, 2);

		if (i ? at <= number(index + 2 * i - 2, 2) || at >= n || table[at - 1] : at)
			return false;
	}
	return true;
}

/*
 * Where token_index stands in a buffer that begins at @base: behind the tokens, whose "0" is at
 * @zero and whose end at @end.  @return 0: not there.
 */
static size_t find_index(const unsigned char *buf, const unsigned char *zero,
			 const unsigned char *end, uint64_t base, uint64_t align)
{
	uint64_t va = vmt_num_round_up(base + (uint64_t)(end - buf), align);
	size_t index = (size_t)(va - base);
	uint64_t offset = number(buf + index + 2 * '0', 2);

	if (offset > TABLE_MAX || (base + TABLE_MAX - offset) % align ||
	    !index_fits(zero - offset, (size_t)(end - zero) + offset, buf + index))
		return 0;
	return index;
}

/* Is @anchor the "0" of a token_table? */
static bool see_tokens(struct search *s, uint64_t anchor)
{
	unsigned char *buf VMT_FREE = malloc(2 * TABLE_MAX + 1024);
	const unsigned char *zero, *end;
	uint64_t base = anchor - TABLE_MAX, offset;
	size_t index = 0;

	if (!buf || !spend(s, 2 * TABLE_MAX))
		return false;
	(void)read_holes(s->kern, base, buf, 2 * TABLE_MAX + 1024);
	zero = buf + TABLE_MAX;
	end = skip_tokens(zero, zero + TABLE_MAX, '0');
	if (!end)
		return false;
	for (size_t align = 4; align <= 8 && !index; align += 4)
		index = find_index(buf, zero, end, base, align);
	if (!index)
		return false;
	offset = number(buf + index + 2 * '0', 2);
	if (anchor - offset <= s->kern->stext)
		return false;
	s->at->table = anchor - offset;
	s->at->index = base + index;
	return true;
}

/* ---- markers and names ---- */

/* How many markers of @width bytes there are from @p on: the first is 0, and then they grow. */
static size_t count_marks(const unsigned char *p, const unsigned char *end, unsigned width)
{
	size_t n = 1;

	if ((size_t)(end - p) < width || number(p, width))
		return 0;
	for (; (size_t)(end - p) >= (n + 1) * width; n++) {
		uint64_t step = number(p + n * width, width) - number(p + (n - 1) * width, width);

		if (step < STEP_MIN || step > STEP_MAX)
			break;
	}
	return n;
}

/* Do @n names from @p on begin where the markers say, and end at @end? */
static bool names_fit(const unsigned char *p, const unsigned char *end, uint64_t n,
		      const unsigned char *marks, unsigned width)
{
	const unsigned char *at = p;

	for (uint64_t i = 0; i < n; i++) {
		size_t len;

		if (i % PER_MARK == 0 &&
		    (uint64_t)(at - p) != number(marks + i / PER_MARK * width, width))
			return false;
		if (at == end)
			return false;
		len = *at++;
		if (len & 0x80) {
			if (at == end)
				return false;
			len = (len & 0x7f) | (size_t)*at++ << 7;
		}
		if (!len || (size_t)(end - at) < len)
			return false;
		at += len;
	}
	return end - at < 8;
}

/* Markers at @va: names end before them, and begin behind the number of symbols. */
static bool see_names(struct search *s, uint64_t va, const unsigned char *marks, size_t n,
		      unsigned width)
{
	struct kallsyms_places *at = s->at;
	struct vmt_kern *kern = s->kern;
	uint64_t last = number(marks + (n - 1) * width, width);
	uint64_t size = last + STEP_MAX + 16, least = vmt_num_round_up(last + 2, 4);
	unsigned char *buf VMT_FREE = NULL;
	bool found = false;

	if (size > va - kern->stext)
		size = va - kern->stext;
	if (size > kern->stored_bytes)
		size = kern->stored_bytes;
	if (size < least + 8 || size > KALLSYMS_NAMES_MAX)
		return false;
	size &= ~UINT64_C(3);
	if (!spend(s, size))
		return false;
	buf = malloc(size);
	if (!buf || !read_holes(kern, va - size, buf, size))
		return false;
	for (uint64_t back = least; !found && back + 8 <= size; back += 4) {
		const unsigned char *names = buf + size - back;

		/* The number stands before them, with what aligns them. */
		for (unsigned pad = 4; !found && pad <= 8; pad += 4) {
			uint64_t count = number(names - pad, pad);

			at->n = count;
			at->names = va - back;
			at->num = at->names - pad;
			found = count && count <= KALLSYMS_MAX &&
				(count + PER_MARK - 1) / PER_MARK == n &&
				names_fit(names, buf + size, count, marks, width);
		}
	}
	return found;
}

/* Markers may stand some way before @table; what is nearest is tried first. */
static bool find_names(struct search *s)
{
	const struct kallsyms_places *at = s->at;
	struct vmt_kern *kern = s->kern;
	uint64_t low = at->table - kern->stext < BACK_MAX ? kern->stext : at->table - BACK_MAX;
	unsigned char *buf VMT_FREE = malloc(2 * PIECE);

	if (!buf)
		return false;
	for (uint64_t end = at->table; end > low && end - low >= 8;) {
		size_t n = end - low < PIECE ? (size_t)(end - low) & ~(size_t)3 : PIECE;
		size_t over = at->table - end < PIECE ? (size_t)(at->table - end) : PIECE;

		if (!spend(s, n))
			return false;
		/* The piece, and what may continue behind it. */
		(void)read_holes(kern, end - n, buf, n + over);
		for (size_t i = n; i >= 4; i -= 4) {
			const unsigned char *p = buf + i - 4;

			for (unsigned width = 4; width <= 8; width += 4) {
				size_t marks = count_marks(p, buf + n + over, width);

				if (marks < MARKS_MIN)
					continue;
				if (see_names(s, end - n + i - 4, p, marks, width) ||
				    see_names(s, end - n + i - 4, p, marks - 1, width)) {
					s->at->marks = end - n + i - 4;
					s->at->marks_bytes = marks * width;
					return true;
				}
			}
		}
		end -= n;
	}
	return false;
}

/* ---- all of it ---- */

static void add_place(struct kallsyms_places *at, uint64_t offsets, uint64_t base, bool wide)
{
	at->tries[at->n_tries++] = (struct kallsyms_addresses){offsets, base, wide};
}

static void place_addresses(struct kallsyms_places *at)
{
	uint64_t behind = at->index + 2 * TOKENS;
	uint64_t size = vmt_num_round_up(4 * at->n, 8);

	add_place(at, at->num - 8 - size, at->num - 8, false);
	add_place(at, behind, behind + size, false);
	add_place(at, at->num - 8 * at->n, 0, true);
	add_place(at, behind, 0, true);
}

static bool scan_image(struct vmt_kern *kern, struct kallsyms_places *at)
{
	static const unsigned char digits[20] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009";
	unsigned char *buf VMT_FREE = malloc(PIECE + sizeof(digits));
	uint64_t end = kern->stext + IMAGE_MAX;
	struct search s = {kern, at, LOOK_MAX};
	size_t hole = 0;

	if (!buf || !kern->stext || end < kern->stext)
		return false;
	memset(buf, 1, sizeof(digits));
	for (uint64_t va = kern->stext & ~UINT64_C(4095); va < end && hole < HOLE_MAX;
	     va += PIECE) {
		const unsigned char *p = buf, *stop = buf + PIECE + sizeof(digits);

		if (read_holes(kern, va, buf + sizeof(digits), PIECE))
			hole = 0;
		else
			hole += PIECE;
		while ((p = memmem(p, (size_t)(stop - p), digits, sizeof(digits)))) {
			uint64_t anchor = va - sizeof(digits) + (uint64_t)(p - buf);

			memset(at, 0, sizeof(*at));
			if (see_tokens(&s, anchor) && find_names(&s)) {
				place_addresses(at);
				return true;
			}
			p++;
		}
		memcpy(buf, buf + PIECE, sizeof(digits));
	}
	return false;
}

/* What the search rests on and nobody else reads. */
static void read_again(struct vmt_kern *kern, const struct kallsyms_places *at)
{
	unsigned char num[8];
	void *marks;

	(void)vmt_kern_read(kern, at->num, num, at->names - at->num, NULL);
	if (kern_read_new(kern, at->marks, at->marks_bytes, &marks, NULL) == VMT_OK)
		free(marks);
}

bool kallsyms_scan(struct vmt_kern *kern, struct kallsyms_places *at)
{
	bool found;

	vmt_mem_search(kern->mem, true);
	found = scan_image(kern, at);
	vmt_mem_search(kern->mem, false);
	if (found && vmt_mem_is_recorded(kern->mem))
		read_again(kern, at);
	return found;
}
