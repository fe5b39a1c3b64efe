// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Table pages met before.  A damaged or hostile table may lead back to itself; what was met is not
 * walked again, so that a walk ends after as many pages as there are, at each level once.
 */
#include "pgt_priv.h"

#define FIRST_CAP 256u

static struct vmt_seen_slot *find(const struct vmt_seen *s, uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (s->cap - 1);

	while (s->slot[i].key && s->slot[i].key != key)
		i = (i + 1) & (s->cap - 1);
	return &s->slot[i];
}

static enum vmt_rc grow(struct vmt_seen *s)
{
	struct vmt_seen bigger = {.cap = s->cap ? 2 * s->cap : FIRST_CAP, .n = s->n};

	bigger.slot = calloc(bigger.cap, sizeof(bigger.slot[0]));
	if (!bigger.slot)
		return VMT_NOMEM;
	for (size_t i = 0; i < s->cap; i++)
		if (s->slot[i].key)
			*find(&bigger, s->slot[i].key) = s->slot[i];
	free(s->slot);
	*s = bigger;
	return VMT_OK;
}

enum vmt_rc vmt_seen_add(struct vmt_seen *s, int level, uint64_t table_pa, uint64_t va,
			 uint64_t *first_va)
{
	struct vmt_seen_slot *slot;
	/* Tables are aligned to 64 bytes at least (arm64's smallest root). */
	uint64_t key = (table_pa & ~UINT64_C(63)) | (uint64_t)(level + 1);

	if (4 * (s->n + 1) > 3 * s->cap && grow(s) != VMT_OK)
		return VMT_NOMEM;
	slot = find(s, key);
	if (!slot->key) {
		*slot = (struct vmt_seen_slot){key, va};
		s->n++;
	}
	*first_va = slot->va;
	return VMT_OK;
}

void vmt_seen_free(struct vmt_seen *s)
{
	free(s->slot);
	*s = (struct vmt_seen){0};
}
