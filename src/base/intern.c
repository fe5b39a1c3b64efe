// SPDX-License-Identifier: GPL-2.0-or-later
/* A string table: open addressing over a dense array of strings kept in an arena of blocks. */
#include <string.h>

#include "vmtool/base.h"

#define BLOCK_BYTES 16384

struct block {
	struct block *next;
	size_t used, size;
	char bytes[];
};

struct entry {
	struct vmt_str s;
	uint64_t hash;
};

struct vmt_intern {
	struct block *blocks;
	struct entry *entries;
	size_t n, cap;
	/* Slot: entry number + 1; 0 is empty.  The size is a power of two. */
	uint32_t *slots;
	size_t n_slots;
};

static uint64_t load64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t mix(uint64_t h, uint64_t a, uint64_t b)
{
	h = (h ^ a) * UINT64_C(0xff51afd7ed558ccd);
	return (h ^ h >> 32 ^ b) * UINT64_C(0xc4ceb9fe1a85ec53);
}

/*
 * Eight-byte words that overlap, so that callers, 16 to 64 bytes long and each of another length,
 * are read without a loop: its end would be mispredicted on nearly every line.
 */
static inline uint64_t hash_of(struct vmt_str s)
{
	uint64_t h = s.n * UINT64_C(0x9e3779b97f4a7c15), tail = 0;
	const char *p = s.p, *e;

	if (s.n < 8) {
		if (s.n)
			memcpy(&tail, p, s.n);
		h = mix(h, tail, 0);
		return h ^ h >> 32;
	}
	e = p + s.n;
	for (; e - p > 64; p += 16)
		h = mix(h, load64(p), load64(p + 8));
	if (e - p > 32) {
		h = mix(h, load64(p), load64(p + 8));
		h = mix(h, load64(p + 16), load64(p + 24));
		h = mix(h, load64(e - 32), load64(e - 24));
	} else if (e - p > 16) {
		h = mix(h, load64(p), load64(p + 8));
	}
	h = mix(h, load64(e - (s.n < 16 ? 8 : 16)), load64(e - 8));
	if (s.n < 16)
		h = mix(h, load64(s.p), 0);
	return h ^ h >> 32;
}

struct vmt_intern *vmt_intern_new(void)
{
	return calloc(1, sizeof(struct vmt_intern));
}

void vmt_intern_free(struct vmt_intern *in)
{
	struct block *b, *next;

	if (!in)
		return;
	for (b = in->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	free(in->entries);
	free(in->slots);
	free(in);
}

static char *arena_copy(struct vmt_intern *in, struct vmt_str s)
{
	struct block *b = in->blocks;
	char *p;

	if (!b || b->size - b->used < s.n) {
		size_t size = s.n > BLOCK_BYTES ? s.n : BLOCK_BYTES;

		if (size > SIZE_MAX - sizeof(*b))
			return NULL;
		b = malloc(sizeof(*b) + size);
		if (!b)
			return NULL;
		b->size = size;
		b->used = 0;
		b->next = in->blocks;
		in->blocks = b;
	}
	p = b->bytes + b->used;
	if (s.n)
		memcpy(p, s.p, s.n);
	b->used += s.n;
	return p;
}

static enum vmt_rc rehash(struct vmt_intern *in)
{
	size_t size = in->n_slots ? in->n_slots * 2 : 256;
	uint32_t *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return VMT_NOMEM;
	for (size_t i = 0; i < in->n; i++) {
		size_t at = in->entries[i].hash & (size - 1);

		while (slots[at])
			at = (at + 1) & (size - 1);
		slots[at] = (uint32_t)i + 1;
	}
	free(in->slots);
	in->slots = slots;
	in->n_slots = size;
	return VMT_OK;
}

/* Apart from the look-up, which is done for every line of a text. */
static __attribute__((noinline)) enum vmt_rc insert(struct vmt_intern *in, struct vmt_str s,
						    uint64_t hash, uint32_t *id)
{
	char *copy;
	size_t at;

	if (in->n * 2 >= in->n_slots && (in->n >= UINT32_MAX - 1 || rehash(in) != VMT_OK))
		return VMT_NOMEM;
	if (vmt_grow(&in->entries, &in->cap, in->n + 1, sizeof(*in->entries)) != VMT_OK)
		return VMT_NOMEM;
	copy = arena_copy(in, s);
	if (!copy)
		return VMT_NOMEM;
	for (at = hash & (in->n_slots - 1); in->slots[at]; at = (at + 1) & (in->n_slots - 1))
		;
	in->entries[in->n] = (struct entry){{copy, s.n}, hash};
	*id = (uint32_t)in->n++;
	in->slots[at] = *id + 1;
	return VMT_OK;
}

/* Eight bytes at a time, as most strings are short and a call costs as much as comparing them. */
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
	size_t i = 0;

	if (n < 8)
		return !n || memcmp(a, b, n) == 0;
	for (; i + 8 < n; i += 8) {
		if (load64(a + i) != load64(b + i))
			return false;
	}
	return load64(a + n - 8) == load64(b + n - 8);
}

static bool find(const struct vmt_intern *in, struct vmt_str s, uint64_t hash, uint32_t *id)
{
	size_t mask = in->n_slots - 1;

	for (size_t at = hash & mask; in->n_slots && in->slots[at]; at = (at + 1) & mask) {
		const struct entry *e = &in->entries[in->slots[at] - 1];

		if (e->hash == hash && e->s.n == s.n && same_bytes(e->s.p, s.p, s.n)) {
			*id = in->slots[at] - 1;
			return true;
		}
	}
	return false;
}

bool vmt_intern_find(const struct vmt_intern *in, struct vmt_str s, uint32_t *id)
{
	return find(in, s, hash_of(s), id);
}

static __attribute__((noinline)) enum vmt_rc
find_or_insert(struct vmt_intern *in, struct vmt_str s, uint64_t hash, uint32_t *id, bool *added)
{
	if (find(in, s, hash, id))
		return VMT_OK;
	if (added)
		*added = true;
	return insert(in, s, hash, id);
}

enum vmt_rc vmt_intern_add(struct vmt_intern *in, struct vmt_str s, uint32_t *id, bool *added)
{
	uint64_t hash = hash_of(s);

	if (added)
		*added = false;
	/* Here the string is nearly always; find_or_insert() looks further. */
	if (in->n_slots) {
		uint32_t slot = in->slots[hash & (in->n_slots - 1)];
		const struct entry *e = slot ? &in->entries[slot - 1] : NULL;

		if (e && e->hash == hash && e->s.n == s.n && same_bytes(e->s.p, s.p, s.n)) {
			*id = slot - 1;
			return VMT_OK;
		}
	}
	return find_or_insert(in, s, hash, id, added);
}

struct vmt_str vmt_intern_str(const struct vmt_intern *in, uint32_t id)
{
	return in->entries[id].s;
}

uint32_t vmt_intern_count(const struct vmt_intern *in)
{
	return (uint32_t)in->n;
}
