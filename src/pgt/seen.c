// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Table pages met before.  A damaged or hostile table may lead back to itself; what was met is not
 * walked again, so that a walk ends after as many pages as there are, at each level once.
 */
#include "pgt_priv.h"

#define FIRST_CAP 256u
/* Tables that cannot be read and are kept, however few can. */
#define LOST_MIN 4096u
/* Tables are aligned to 64 bytes at least (arm64's smallest root): below are the level + 1, and
 * that the page was met at another level before. */
#define LEVEL UINT64_C(15)
#define LATER UINT64_C(32)
#define PLACE (~UINT64_C(63))

static struct vmt_seen_slot *first_slot(const struct vmt_seen *s, uint64_t place)
{
	return &s->slot[(size_t)(place * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (s->cap - 1)];
}

static struct vmt_seen_slot *next_slot(const struct vmt_seen *s, struct vmt_seen_slot *slot)
{
	return ++slot == s->slot + s->cap ? s->slot : slot;
}

static enum vmt_rc grow(struct vmt_seen *s)
{
	struct vmt_seen bigger = *s;

	bigger.cap = s->cap ? 2 * s->cap : FIRST_CAP;
	bigger.slot = calloc(bigger.cap, sizeof(bigger.slot[0]));
	if (!bigger.slot)
		return VMT_NOMEM;
	for (size_t i = 0; i < s->cap; i++) {
		struct vmt_seen_slot *slot = first_slot(&bigger, s->slot[i].key & PLACE);

		if (!s->slot[i].key)
			continue;
		while (slot->key)
			slot = next_slot(&bigger, slot);
		*slot = s->slot[i];
	}
	free(s->slot);
	*s = bigger;
	return VMT_OK;
}

enum vmt_rc vmt_seen_add(struct vmt_seen *s, int level, uint64_t table_pa, uint64_t va,
			 uint64_t *first_va, int *first_level)
{
	struct vmt_seen_slot *slot, *mine = NULL;
	uint64_t place = table_pa & PLACE, key = place | (uint64_t)(level + 1);

	if (4 * (s->n + 1) > 3 * s->cap && grow(s) != VMT_OK)
		return VMT_NOMEM;
	*first_level = level;
	s->added = NULL;
	for (slot = first_slot(s, place); slot->key; slot = next_slot(s, slot)) {
		if ((slot->key & PLACE) != place)
			continue;
		if ((slot->key & LEVEL) == (key & LEVEL))
			mine = slot;
		if (!(slot->key & LATER))
			*first_level = (int)(slot->key & LEVEL) - 1;
		if (mine && !(slot->key & LATER))
			break;
	}
	if (!mine) {
		if (*first_level != level)
			key |= LATER;
		*slot = (struct vmt_seen_slot){key, va};
		s->n++;
		s->added = mine = slot;
	}
	*first_va = mine->va;
	return VMT_OK;
}

void vmt_seen_lost(struct vmt_seen *s)
{
	if (!s->added)
		return;
	if (s->lost < LOST_MIN || s->lost < s->n - s->lost) {
		s->lost++;
	} else {
		/* Nothing was put behind it since: no other is looked for across its slot. */
		*s->added = (struct vmt_seen_slot){0};
		s->n--;
	}
	s->added = NULL;
}

void vmt_seen_free(struct vmt_seen *s)
{
	free(s->slot);
	*s = (struct vmt_seen){0};
}
