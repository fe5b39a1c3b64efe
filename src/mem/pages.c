// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages as they are in memory, by page frame.  Sets of eight, each with a lock of its own, so that
 * threads seldom meet.  Buffers change hands instead of being copied.
 */
#include "mem_priv.h"

#define WAYS	    8
#define CACHE_BYTES (16u << 20)

struct slot {
	/* Page frame + 1; 0: empty. */
	uint64_t tag;
	unsigned char *bytes;
	uint32_t used;
};

struct set {
	pthread_mutex_t lock;
	uint32_t tick;
	struct slot slot[WAYS];
};

struct vmt_pages {
	unsigned shift;
	size_t n;
	struct set sets[];
};

struct vmt_pages *vmt_pages_new(size_t page_size)
{
	size_t n = CACHE_BYTES / page_size / WAYS;
	struct vmt_pages *c = calloc(1, sizeof(*c) + n * sizeof(c->sets[0]));

	if (!c)
		return NULL;
	c->n = n;
	c->shift = 64;
	while (n > 1) {
		n /= 2;
		c->shift--;
	}
	for (size_t i = 0; i < c->n; i++)
		(void)pthread_mutex_init(&c->sets[i].lock, NULL);
	return c;
}

void vmt_pages_clear(struct vmt_pages *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct set *s = &c->sets[i];

		(void)pthread_mutex_lock(&s->lock);
		for (size_t j = 0; j < WAYS; j++)
			s->slot[j].tag = 0;
		(void)pthread_mutex_unlock(&s->lock);
	}
}

void vmt_pages_free(struct vmt_pages *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		(void)pthread_mutex_destroy(&c->sets[i].lock);
		for (size_t j = 0; j < WAYS; j++)
			free(c->sets[i].slot[j].bytes);
	}
	free(c);
}

static struct set *set_of(struct vmt_pages *c, uint64_t page)
{
	/* Tables and stacks come at regular distances: spread them. */
	return &c->sets[c->shift == 64 ? 0 : page * 0x9e3779b97f4a7c15 >> c->shift];
}

bool vmt_pages_get(struct vmt_pages *c, uint64_t page, size_t off, void *buf, size_t n)
{
	struct set *set = set_of(c, page);
	bool found = false;

	(void)pthread_mutex_lock(&set->lock);
	for (size_t i = 0; i < WAYS; i++) {
		struct slot *slot = &set->slot[i];

		if (slot->tag != page + 1)
			continue;
		slot->used = ++set->tick;
		memcpy(buf, slot->bytes + off, n);
		found = true;
		break;
	}
	(void)pthread_mutex_unlock(&set->lock);
	return found;
}

/* The page itself if another thread was faster, an empty slot, or the one not used for longest. */
static struct slot *victim(struct set *set, uint64_t page)
{
	struct slot *best = &set->slot[0];

	for (size_t i = 0; i < WAYS; i++) {
		struct slot *slot = &set->slot[i];

		if (slot->tag == page + 1)
			return slot;
		if (best->tag && (!slot->tag || set->tick - slot->used > set->tick - best->used))
			best = slot;
	}
	return best;
}

void vmt_pages_put(struct vmt_pages *c, uint64_t page, unsigned char **bytes)
{
	struct set *set = set_of(c, page);
	struct slot *slot;
	unsigned char *old;

	(void)pthread_mutex_lock(&set->lock);
	slot = victim(set, page);
	old = slot->bytes;
	slot->bytes = *bytes;
	slot->tag = page + 1;
	slot->used = ++set->tick;
	(void)pthread_mutex_unlock(&set->lock);
	*bytes = old;
}
