// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One line of /proc/vmallocinfo, fast: the fixed columns of a 64-bit kernel since 4.12, eight bytes
 * at a time.  Whatever looks unusual is left to line.c; what is accepted here is accepted there
 * with the same result (tests/unit and the fuzzer compare the two on every line).
 */
#include <endian.h>
#include <string.h>

#include "text_priv.h"

#define ONES (~UINT64_C(0) / 255) /* 0x0101...01 */

static inline uint64_t load64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline uint64_t word64(const char s[8])
{
	return load64(s);
}

#ifdef __SSE2__
#include <emmintrin.h>

/* What is not right about the digits read so far: all zero when nothing is. */
typedef __m128i wrong;

static inline bool nothing_wrong(wrong w)
{
	return _mm_movemask_epi8(_mm_cmpeq_epi8(w, _mm_setzero_si128())) == 0xffff;
}

/* Sixteen lower-case hex digits: each less '0', or less 'a' - 10, is at most 15, a letter's at
 * least 10. */
static inline uint64_t hex16(const char *p, wrong *w)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i letter = _mm_cmpgt_epi8(v, _mm_set1_epi8('9'));
	__m128i n = _mm_sub_epi8(_mm_sub_epi8(v, _mm_set1_epi8('0')),
				 _mm_and_si128(letter, _mm_set1_epi8('a' - '0' - 10)));
	__m128i bytes;

	*w = _mm_or_si128(*w, _mm_subs_epu8(n, _mm_set1_epi8(15)));
	*w = _mm_or_si128(*w, _mm_subs_epu8(_mm_and_si128(letter, _mm_set1_epi8(10)), n));
	bytes = _mm_and_si128(_mm_or_si128(_mm_slli_epi16(n, 4), _mm_srli_epi16(n, 8)),
			      _mm_set1_epi16(0xff));
	return __builtin_bswap64((uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(bytes, bytes)));
}

static inline uint64_t same16(const char *a, const char *b)
{
	return (uint64_t)_mm_movemask_epi8(
		_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)a),
			       _mm_loadu_si128((const __m128i *)(const void *)b)));
}

/* A bit for each of 64 bytes that are equal: no loop whose end would be mispredicted. */
static inline uint64_t same64(const char *a, const char *b)
{
	return same16(a, b) | same16(a + 16, b + 16) << 16 | same16(a + 32, b + 32) << 32 |
	       same16(a + 48, b + 48) << 48;
}
#else
typedef uint64_t wrong;

static inline bool nothing_wrong(wrong w)
{
	return !w;
}

/*
 * Eight lower-case hex digits.  A letter has bit 6: its value is its low nibble + 9.  Written
 * again, the values must give the same text.
 */
static inline uint64_t hex8(uint64_t v, wrong *w)
{
	uint64_t n = (v & ONES * 0x0f) + (v >> 6 & ONES) * 9;
	uint64_t ten = (n + ONES * 6) >> 4 & ONES;

	*w |= (v ^ (n + ONES * '0' + ten * ('a' - '0' - 10))) | (n & ONES * 0xf0);
	n = __builtin_bswap64(n);
	n = (n | n >> 4) & UINT64_C(0x00ff00ff00ff00ff);
	n = (n | n >> 8) & UINT64_C(0x0000ffff0000ffff);
	return (n | n >> 16) & UINT64_C(0xffffffff);
}

static inline uint64_t hex16(const char *p, wrong *w)
{
	uint64_t high = hex8(load64(p), w);

	return high << 32 | hex8(load64(p + 8), w);
}

/* A bit for each of 64 bytes that are equal. */
static inline uint64_t same64(const char *a, const char *b)
{
	uint64_t same = 0;

	for (unsigned i = 0; i < 64; i++)
		same |= (uint64_t)(a[i] == b[i]) << i;
	return same;
}
#endif

/* Up to 15 digits, so that nothing overflows; NULL when there is none, or more. */
static inline const char *decimal(const char *p, uint64_t *value)
{
	unsigned digit = (unsigned)(unsigned char)*p - '0';
	const char *end = p + 15;
	uint64_t v = digit;

	if (digit > 9)
		return NULL;
	while ((digit = (unsigned)(unsigned char)*++p - '0') <= 9) {
		if (p == end)
			return NULL;
		v = v * 10 + digit;
	}
	*value = v;
	return p;
}

/*
 * A number right-aligned in the seven columns after the space at @p, and a space: what %7ld makes
 * of all sizes up to 9,999,999.  Leading spaces become zeros; a digit then has no bit above its
 * nibble, with 6 added or not.
 */
static inline bool decimal7(const char *p, uint64_t *value)
{
	uint64_t text = load64(p), spaces = text ^ ONES * ' ', v;

	if (!spaces || p[8] != ' ')
		return false;
	spaces = (unsigned)__builtin_ctzll(spaces) & 56u;
	v = (text ^ ONES * '0') >> spaces << spaces;
	if ((v | (v + ONES * 6)) & ONES * 0xf0)
		return false;
	v = v * 10 + (v >> 8);
	*value = ((v & UINT64_C(0xff000000ff)) * (100 + (UINT64_C(1000000) << 32)) +
		  (v >> 16 & UINT64_C(0xff000000ff)) * (1 + (UINT64_C(10000) << 32))) >>
		 32;
	return true;
}

/* The first byte that is a space or below.  There is one: the newline. */
static inline const char *token_end(const char *p)
{
	for (;; p += 8) {
		uint64_t v = load64(p), hit = (v - ONES * 0x21) & ~v & ONES * 0x80;

		if (hit)
			return p + (__builtin_ctzll(hit) >> 3);
	}
}

static const bool is_hex[256] = {
	['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true,
	['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true, ['a'] = true, ['b'] = true,
	['c'] = true, ['d'] = true, ['e'] = true, ['f'] = true,
};

/* Before @e stand 0x and hex digits: the 0; NULL when not.  What stands before the caller ends it.
 */
static inline const char *before_hex(const char *e)
{
	const char *p = e;

	while (is_hex[(unsigned char)p[-1]])
		p--;
	return p < e && p[-1] == 'x' && p[-2] == '0' ? p - 2 : NULL;
}

/* vmt_caller_is_symbol() of a token behind a space. */
static inline bool is_symbol(const char *p, const char *e)
{
	e = before_hex(e);
	if (!e || e[-1] != '/')
		return false;
	e = before_hex(e - 1);
	return e && e - p >= 2 && e[-1] == '+';
}

static inline bool at_end(const char *p)
{
	return *p == ' ' || *p == '\n';
}

/* A known word at p[1], behind its space: its flag and its length with the space. */
static inline uint32_t known_word(const char *p, size_t *n)
{
	uint64_t v = load64(p);

	if (v == word64(" vmalloc")) {
		*n = 8;
		return VMT_AREA_VMALLOC;
	}
	if (v == word64(" ioremap")) {
		*n = 8;
		return VMT_AREA_IOREMAP;
	}
	if ((v & 0xffffffffff) == (word64(" vmap\0\0\0") & 0xffffffffff)) {
		*n = 5;
		return VMT_AREA_VMAP;
	}
	if ((v & 0xffffffffff) == (word64(" user\0\0\0") & 0xffffffffff)) {
		*n = 5;
		return VMT_AREA_USER;
	}
	if ((v & 0xffffffffffffff) == (word64(" vpages\0") & 0xffffffffffffff)) {
		*n = 7;
		return VMT_AREA_VPAGES;
	}
	if (v == word64(" dma-coh") && load64(p + 5) == word64("coherent")) {
		*n = 13;
		return VMT_AREA_DMA_COHERENT;
	}
	return 0;
}

/* ` N0=4 N1=2` up to the newline. */
static inline const char *nodes(const char *p, struct vmt_area *a)
{
	const char *begin = p + 1;
	uint64_t v;

	while (*p == ' ') {
		if (p[1] != 'N')
			return NULL;
		p = decimal(p + 2, &v);
		if (!p || v > UINT32_MAX || *p != '=')
			return NULL;
		p = decimal(p + 1, &v);
		if (!p)
			return NULL;
	}
	if (*p != '\n')
		return NULL;
	a->nodes = (struct vmt_str){begin, (size_t)(p - begin)};
	return p;
}

/* Everything after the caller, from the space or newline that follows it. */
static inline const char *values_and_words(const char *p, struct vmt_area *a)
{
	size_t n;
	uint32_t bit, flags = 0;

	if (*p == ' ' && p[1] == '[') {
		const char *e = token_end(p + 1);

		if (e - p < 4 || e[-1] != ']')
			return NULL;
		a->module = (struct vmt_str){p + 2, (size_t)(e - p - 3)};
		p = e;
	}
	if ((load64(p) & 0xffffffffffffff) == (word64(" pages=\0") & 0xffffffffffffff)) {
		p = decimal(p + 7, &a->pages);
		if (!p || !at_end(p))
			return NULL;
		flags |= VMT_AREA_HAS_PAGES;
	}
	if (load64(p) == word64(" phys=0x")) {
		wrong w = {0};

		a->phys = hex16(p + 8, &w);
		if (!nothing_wrong(w) || !at_end(p + 24))
			return NULL;
		p += 24;
		flags |= VMT_AREA_HAS_PHYS;
	}
	while (*p == ' ' && p[1] != 'N') {
		bit = known_word(p, &n);
		if (!bit || !at_end(p + n))
			return NULL;
		flags |= bit;
		p += n;
	}
	a->flags = flags;
	return *p == ' ' ? nodes(p, a) : p;
}

/* vmt_area_classify() of nearly every line. */
static inline void classify(struct vmt_area *a)
{
	const uint32_t others =
		VMT_AREA_WORDS & ~(uint32_t)(VMT_AREA_VMALLOC | VMT_AREA_USER | VMT_AREA_VPAGES);

	if ((a->flags & (VMT_AREA_VMALLOC | VMT_AREA_HAS_PAGES | others)) !=
		    (VMT_AREA_VMALLOC | VMT_AREA_HAS_PAGES) ||
	    a->caller.p[0] == 's')
		vmt_area_classify(a);
	else
		a->kind = VMT_KIND_VMALLOC;
}

/* `0xSTART-0xEND `, the columns that lines do not share. */
static inline bool addresses(const char *p, struct vmt_area *a)
{
	wrong w = {0};

	if (p[0] != '0' || p[1] != 'x' || (load64(p + 17) >> 8 & 0xffffff) != 0x78302d ||
	    p[37] != ' ')
		return false;
	a->start = hex16(p + 2, &w);
	a->end = hex16(p + 21, &w);
	/* Other top bytes may be tags. */
	return nothing_wrong(w) && (a->start >> 56 == 0xff || a->start >> 56 == 0);
}

const char *vmt_line_fast(const char *p, const char *end, struct vmt_area *a)
{
	const char *e;

	(void)end; /* the newline before it stops every scan */
	if (!addresses(p, a))
		return NULL;
	/* Field by field: a memset of this size becomes a slow string instruction. */
	a->pages = a->phys = a->line = 0;
	a->twin = 0;
	a->module = a->other = a->nodes = (struct vmt_str){NULL, 0};
	a->addr_digits = 16;
	if (decimal7(p + 37, &a->size_bytes)) {
		p += 46;
	} else {
		for (p += 38; *p == ' '; p++)
			;
		p = decimal(p, &a->size_bytes);
		if (!p || *p != ' ')
			return NULL;
		p++;
	}
	e = token_end(p);
	a->caller = (struct vmt_str){p, (size_t)(e - p)};
	if (is_symbol(p, e) || vmt_caller_is_raw(a->caller)) {
		p = values_and_words(e, a);
		if (!p || *p != '\n')
			return NULL;
		classify(a);
	} else if (a->caller.n == 8 && !memcmp(p, "unpurged vm_area\n", 17)) {
		a->caller = (struct vmt_str){NULL, 0};
		a->flags = VMT_AREA_UNPURGED;
		a->kind = VMT_KIND_UNPURGED;
		p += 16;
	} else {
		return NULL;
	}
	return p + 1;
}

/* The size and sixteen bytes of the caller tell most lines apart. */
static inline size_t hash_of(const char *rest)
{
	uint64_t h = load64(rest) ^ load64(rest + 8) * UINT64_C(0x9e3779b97f4a7c15) ^
		     load64(rest + 16) * UINT64_C(0xff51afd7ed558ccd);

	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	return h >> 32 & (VMT_MEMO_SLOTS - 1);
}

/* Of the first @n bytes; up to 64 behind them may be read. */
static inline bool same_text(const char *a, const char *b, size_t n)
{
	for (; n > 64; n -= 64, a += 64, b += 64) {
		if (~same64(a, b))
			return false;
	}
	return ~same64(a, b) << (64 - n) == 0;
}

/* A string of a line, moved to where the copy of the line lies. */
static struct vmt_str moved(struct vmt_str s, const char *from, const char *to)
{
	return s.n ? (struct vmt_str){to + (s.p - from), s.n} : (struct vmt_str){NULL, 0};
}

static void remember(struct vmt_memo *memo, uint16_t *place, const char *rest, size_t n,
		     struct vmt_area *a)
{
	struct vmt_memo_slot *slot;

	/* phys= is another on every line; after 2^32 - 1 texts no more are told apart. */
	if (n > sizeof(slot->text) - 8 || a->flags & VMT_AREA_HAS_PHYS || memo->twins == UINT32_MAX)
		return;
	if (!*place)
		*place = (uint16_t)++memo->used;
	slot = &memo->slots[*place - 1];
	memcpy(slot->text, rest, n);
	slot->n = (uint32_t)n;
	a->twin = ++memo->twins;
	slot->area = *a;
	slot->area.caller = moved(a->caller, rest, slot->text);
	slot->area.module = moved(a->module, rest, slot->text);
	slot->area.nodes = moved(a->nodes, rest, slot->text);
}

/* Apart from vmt_memo_line, which then has nothing to save on the stack. */
static __attribute__((noinline)) const char *not_remembered(struct vmt_memo *memo, uint16_t *place,
							    const char *p, const char *end,
							    struct vmt_area *a)
{
	const char *next = vmt_line_fast(p, end, a);

	if (next)
		remember(memo, place, p + 38, (size_t)(next - p - 38), a);
	return next;
}

const char *vmt_memo_line(struct vmt_memo *memo, const char *p, const char *end, struct vmt_area *a)
{
	const char *rest = p + 38;
	uint16_t *place = &memo->slot_of[hash_of(rest)];
	const struct vmt_memo_slot *slot;
	struct vmt_area range;

	if (!*place)
		return not_remembered(memo, place, p, end, a);
	slot = &memo->slots[*place - 1];
	if (!same_text(slot->text, rest, slot->n) || !addresses(p, &range))
		return not_remembered(memo, place, p, end, a);
	*a = slot->area;
	a->start = range.start;
	a->end = range.end;
	return rest + slot->n;
}
