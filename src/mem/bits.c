// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A bitmap that may be larger than memory should be: 32 MiB for each TiB of RAM, 128 GiB for every
 * address there can be.  What is kept is one number for each 32768 bits, and nothing for parts
 * without a bit; the bits themselves are read when they are asked for.
 */
#include "mem_priv.h"

#define BLOCK_BYTES  4096u
#define BLOCK_BITS   (8 * BLOCK_BYTES)
#define CHUNK_BLOCKS 512u
#define CHUNK_BITS   ((uint64_t)CHUNK_BLOCKS * BLOCK_BITS)
#define READ_BLOCKS  16u
/* Bits of one number in a block that is held. */
#define SUB_BYTES     64u
#define CACHED_BLOCKS 256u

struct vmt_bits_chunk {
	/* Bits set before it. */
	uint64_t base;
	/* Bits set in it before each block, and all of them; NULL: none are. */
	uint32_t *ranks;
};

struct bits_block {
	/* Where it stands in the file. */
	uint64_t at;
	uint16_t sub[BLOCK_BYTES / SUB_BYTES];
	unsigned char bits[BLOCK_BYTES];
};

struct vmt_bits_cache {
	struct bits_block *block[CACHED_BLOCKS];
};

/* The compiler's own is a call into a table on machines without the instruction. */
static unsigned count_word(uint64_t v)
{
	v -= v >> 1 & 0x5555555555555555;
	v = (v & 0x3333333333333333) + (v >> 2 & 0x3333333333333333);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (unsigned)(v * 0x0101010101010101 >> 56);
}

static unsigned count_bytes(const unsigned char *p, size_t n)
{
	unsigned count = 0;
	uint64_t v;

	for (size_t i = 0; i < n; i += 8) {
		memcpy(&v, p + i, 8);
		count += count_word(v);
	}
	return count;
}

/* Bits at and behind @n do not count, whatever the file has there. */
static void clear_behind(unsigned char *p, size_t bytes, uint64_t n)
{
	if (n / 8 >= bytes)
		return;
	if (n % 8)
		p[n / 8] = (unsigned char)(p[n / 8] & ((1u << n % 8) - 1));
	memset(p + (n + 7) / 8, 0, bytes - (n + 7) / 8);
}

/* ---- opening ---- */

static uint64_t div_up(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

/* Bits set in each of the blocks from bit @first on; at most READ_BLOCKS of them. */
static enum vmt_rc count_blocks(const struct vmt_store *store, uint64_t at, uint64_t n,
				uint64_t first, unsigned char *buf, unsigned counts[READ_BLOCKS],
				struct vmt_err *err)
{
	size_t bytes = READ_BLOCKS * BLOCK_BYTES;
	enum vmt_rc rc = vmt_store_fill(store, at + first / 8, buf, bytes, 0, err);

	if (rc != VMT_OK)
		return rc;
	clear_behind(buf, bytes, n - first);
	for (size_t i = 0; i < READ_BLOCKS; i++)
		counts[i] = count_bytes(buf + i * BLOCK_BYTES, BLOCK_BYTES);
	return VMT_OK;
}

static enum vmt_rc set_ranks(struct vmt_bits_chunk *c, unsigned block, const unsigned *counts)
{
	unsigned any = 0;

	for (unsigned i = 0; i < READ_BLOCKS; i++)
		any |= counts[i];
	if (any && !c->ranks)
		c->ranks = calloc(CHUNK_BLOCKS + 1, sizeof(c->ranks[0]));
	if (!c->ranks)
		return any ? VMT_NOMEM : VMT_OK;
	for (unsigned i = 0; i < READ_BLOCKS; i++)
		c->ranks[block + i + 1] = c->ranks[block + i] + counts[i];
	return VMT_OK;
}

static enum vmt_rc open_chunk(struct vmt_bits *b, size_t number, unsigned char *buf,
			      struct vmt_err *err)
{
	struct vmt_bits_chunk *c = &b->chunks[number];
	uint64_t first = number * CHUNK_BITS;
	unsigned counts[READ_BLOCKS];

	c->base = b->total;
	if (vmt_store_next(b->store, b->at + first / 8) >= b->at + (first + CHUNK_BITS) / 8)
		return VMT_OK;
	for (unsigned block = 0; block < CHUNK_BLOCKS; block += READ_BLOCKS) {
		uint64_t bit = first + (uint64_t)block * BLOCK_BITS;
		enum vmt_rc rc;

		if (bit < b->n)
			rc = count_blocks(b->store, b->at, b->n, bit, buf, counts, err);
		else
			rc = VMT_OK, memset(counts, 0, sizeof(counts));
		if (rc != VMT_OK)
			return rc;
		if (set_ranks(c, block, counts) != VMT_OK)
			return vmt_err_nomem(err);
	}
	b->total += c->ranks ? c->ranks[CHUNK_BLOCKS] : 0;
	return VMT_OK;
}

enum vmt_rc vmt_bits_open(struct vmt_bits *b, const struct vmt_store *store, uint64_t at,
			  uint64_t n, struct vmt_err *err)
{
	unsigned char *buf VMT_FREE = malloc(READ_BLOCKS * BLOCK_BYTES);
	enum vmt_rc rc = VMT_OK;

	*b = (struct vmt_bits){.store = store, .at = at, .n = n};
	b->chunks = calloc(div_up(n, CHUNK_BITS) + 1, sizeof(b->chunks[0]));
	if (!buf || !b->chunks)
		return vmt_err_nomem(err);
	b->n_chunks = div_up(n, CHUNK_BITS);
	for (size_t i = 0; i < b->n_chunks && rc == VMT_OK; i++)
		rc = open_chunk(b, i, buf, err);
	return rc;
}

void vmt_bits_close(struct vmt_bits *b)
{
	for (size_t i = 0; i < b->n_chunks; i++)
		free(b->chunks[i].ranks);
	free(b->chunks);
	memset(b, 0, sizeof(*b));
}

/* ---- asking ---- */

void vmt_bits_cache_free(struct vmt_bits_cache *c)
{
	for (size_t i = 0; c && i < CACHED_BLOCKS; i++)
		free(c->block[i]);
	free(c);
}

static enum vmt_rc fill_block(const struct vmt_bits *b, struct bits_block *block, uint64_t number,
			      struct vmt_err *err)
{
	uint64_t at = b->at + number * BLOCK_BYTES;
	unsigned sum = 0;
	enum vmt_rc rc;

	block->at = UINT64_MAX;
	rc = vmt_store_fill(b->store, at, block->bits, BLOCK_BYTES, 0, err);
	if (rc != VMT_OK)
		return rc;
	clear_behind(block->bits, BLOCK_BYTES, b->n - number * BLOCK_BITS);
	for (size_t i = 0; i < BLOCK_BYTES / SUB_BYTES; i++) {
		block->sub[i] = (uint16_t)sum;
		sum += count_bytes(block->bits + i * SUB_BYTES, SUB_BYTES);
	}
	block->at = at;
	return VMT_OK;
}

static enum vmt_rc get_block(const struct vmt_bits *b, struct vmt_worker *w, uint64_t number,
			     const struct bits_block **out, struct vmt_err *err)
{
	struct bits_block **slot;

	if (!w->bits)
		w->bits = calloc(1, sizeof(*w->bits));
	if (!w->bits)
		return vmt_err_nomem(err);
	slot = &w->bits->block[number % CACHED_BLOCKS];
	*out = *slot;
	if (*slot && (*slot)->at == b->at + number * BLOCK_BYTES)
		return VMT_OK;
	if (!*slot)
		*out = *slot = malloc(sizeof(**slot));
	return *slot ? fill_block(b, *slot, number, err) : vmt_err_nomem(err);
}

static bool bit_of(const unsigned char *p, size_t i)
{
	return p[i / 8] >> i % 8 & 1;
}

/* Set bits of a block before bit @i. */
static unsigned rank_in(const struct bits_block *block, size_t i)
{
	size_t sub = i / (8 * SUB_BYTES), at = sub * SUB_BYTES;
	unsigned count = block->sub[sub];
	uint64_t v;

	for (; at + 8 <= i / 8; at += 8) {
		memcpy(&v, block->bits + at, 8);
		count += count_word(v);
	}
	v = vmt_le64(block->bits + at) & ((UINT64_C(1) << (i - 8 * at)) - 1);
	return count + count_word(v);
}

enum vmt_rc vmt_bits_rank(const struct vmt_bits *b, struct vmt_worker *w, uint64_t i,
			  uint64_t *rank, struct vmt_err *err)
{
	uint64_t number = i / BLOCK_BITS;
	const struct vmt_bits_chunk *c;
	const struct bits_block *block;
	enum vmt_rc rc;

	if (i >= b->n)
		return VMT_NONE;
	c = &b->chunks[i / CHUNK_BITS];
	if (!c->ranks)
		return VMT_NONE;
	rc = get_block(b, w, number, &block, err);
	if (rc != VMT_OK)
		return rc;
	if (!bit_of(block->bits, i % BLOCK_BITS))
		return VMT_NONE;
	*rank = c->base + c->ranks[number % CHUNK_BLOCKS] + rank_in(block, i % BLOCK_BITS);
	return VMT_OK;
}

/* Bits set in a block, without looking at it. */
static unsigned block_count(const struct vmt_bits *b, uint64_t number)
{
	const struct vmt_bits_chunk *c = &b->chunks[number / CHUNK_BLOCKS];
	size_t i = number % CHUNK_BLOCKS;

	return c->ranks ? c->ranks[i + 1] - c->ranks[i] : 0;
}

/* The first bit from @i on that is @set, or BLOCK_BITS. */
static size_t find_in(const unsigned char *p, size_t i, bool set)
{
	while (i < BLOCK_BITS) {
		uint64_t v = vmt_le64(p + i / 64 * 8);

		v = (set ? v : ~v) >> i % 64;
		if (v)
			return i + (size_t)__builtin_ctzll(v);
		i = (i / 64 + 1) * 64;
	}
	return BLOCK_BITS;
}

/* The first bit from @i on that is @set; b->n when there is none. */
static enum vmt_rc find(const struct vmt_bits *b, struct vmt_worker *w, uint64_t i, bool set,
			uint64_t *found, struct vmt_err *err)
{
	const struct bits_block *block;

	while (i < b->n) {
		uint64_t number = i / BLOCK_BITS;
		uint64_t next = (number + 1) * BLOCK_BITS;
		size_t in = BLOCK_BITS;

		if (set && !b->chunks[i / CHUNK_BITS].ranks) {
			i = (i / CHUNK_BITS + 1) * CHUNK_BITS;
			continue;
		}
		if (block_count(b, number) != (set ? 0 : BLOCK_BITS)) {
			enum vmt_rc rc = get_block(b, w, number, &block, err);

			if (rc != VMT_OK)
				return rc;
			in = find_in(block->bits, i % BLOCK_BITS, set);
		}
		if (in < BLOCK_BITS) {
			i = number * BLOCK_BITS + in;
			break;
		}
		i = next;
	}
	*found = i < b->n ? i : b->n;
	return VMT_OK;
}

enum vmt_rc vmt_bits_run(const struct vmt_bits *b, struct vmt_worker *w, uint64_t from,
			 uint64_t *start, uint64_t *end, struct vmt_err *err)
{
	enum vmt_rc rc = find(b, w, from, true, start, err);

	if (rc != VMT_OK)
		return rc;
	if (*start >= b->n)
		return VMT_NONE;
	return find(b, w, *start, false, end, err);
}
