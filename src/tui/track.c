// SPDX-License-Identifier: GPL-2.0-or-later
/* What is kept of each key over time: bounded, however long it goes on. */
#include <string.h>

#include "tui_priv.h"

uint64_t vmt_track_value(const struct vmt_sums *sums)
{
	return sums->resident_bytes ? sums->resident_bytes : sums->size_bytes;
}

uint64_t vmt_track_at(const struct vmt_track *t, const struct vmt_clock *clock, size_t back)
{
	return t->ring ? t->ring[(clock->head + POINTS - back % POINTS) % POINTS] : t->value;
}

bool vmt_track_rate(const struct vmt_track *t, const struct vmt_clock *clock, double *rate)
{
	uint64_t now = clock->ms[clock->head], then;
	size_t back = clock->n - 1;

	if (clock->n < 2)
		return false;
	/* The oldest point that is young enough, else the one before. */
	for (; back > 1; back--) {
		if (now - clock->ms[(clock->head + POINTS - back) % POINTS] <= RATE_MS)
			break;
	}
	then = clock->ms[(clock->head + POINTS - back) % POINTS];
	if (now <= then)
		return false;
	*rate = ((double)t->value - (double)vmt_track_at(t, clock, back)) * 1000 /
		(double)(now - then);
	return true;
}

/* A ring is kept only of what has ever changed. */
static enum vmt_rc ring_of(struct vmt_track *t, uint64_t value)
{
	t->ring = malloc(POINTS * sizeof(*t->ring));
	if (!t->ring)
		return VMT_NOMEM;
	for (size_t i = 0; i < POINTS; i++)
		t->ring[i] = value;
	return VMT_OK;
}

enum vmt_rc vmt_track_set(struct vmt_track *t, const struct vmt_clock *clock, size_t steps,
			  uint64_t value)
{
	if (!t->ring && value != t->value && clock->feeds > 1 && ring_of(t, t->value) != VMT_OK)
		return VMT_NOMEM;
	/* Moments between two samples had what was before. */
	for (size_t i = 1; t->ring && i < steps && i < POINTS; i++)
		t->ring[(clock->head + POINTS - i) % POINTS] = t->value;
	if (t->ring)
		t->ring[clock->head] = value;
	t->value = value;
	return VMT_OK;
}

enum vmt_rc vmt_tracks_init(struct vmt_tracks *tracks)
{
	memset(tracks, 0, sizeof(*tracks));
	tracks->keys = vmt_intern_new();
	return tracks->keys ? VMT_OK : VMT_NOMEM;
}

void vmt_tracks_deinit(struct vmt_tracks *tracks)
{
	for (size_t i = 0; i < tracks->n; i++)
		free(tracks->items[i].ring);
	free(tracks->items);
	vmt_intern_free(tracks->keys);
	memset(tracks, 0, sizeof(*tracks));
}

struct vmt_track *vmt_tracks_get(struct vmt_tracks *tracks, struct vmt_str key)
{
	uint32_t id;
	bool added;

	if (vmt_grow(&tracks->items, &tracks->cap, tracks->n + 1, sizeof(*tracks->items)) !=
		    VMT_OK ||
	    vmt_intern_add(tracks->keys, key, &id, &added) != VMT_OK)
		return NULL;
	if (added) {
		tracks->items[id] = (struct vmt_track){.key = vmt_intern_str(tracks->keys, id)};
		tracks->n++;
	}
	return &tracks->items[id];
}

const struct vmt_track *vmt_tracks_find(const struct vmt_tracks *tracks, struct vmt_str key)
{
	uint32_t id;

	return vmt_intern_find(tracks->keys, key, &id) ? &tracks->items[id] : NULL;
}

/* Of no use any more: it has been gone for as long as points are kept, and is not missed. */
static bool is_dead(const struct vmt_track *t, const struct vmt_clock *clock)
{
	return !t->now.areas && !t->base_areas && clock->feeds > t->seen + POINTS;
}

/* Keys that came and went must not pile up: when most are dead, all are put into a new table. */
static enum vmt_rc sweep(struct vmt_tracks *tracks, const struct vmt_clock *clock)
{
	struct vmt_tracks kept;
	size_t dead = 0;

	for (size_t i = 0; i < tracks->n; i++)
		dead += is_dead(&tracks->items[i], clock);
	if (dead < 64 || dead < tracks->n / 2)
		return VMT_OK;
	if (vmt_tracks_init(&kept) != VMT_OK)
		return VMT_NOMEM;
	for (size_t i = 0; i < tracks->n; i++) {
		struct vmt_track *t = &tracks->items[i], *to;

		if (is_dead(t, clock))
			continue;
		to = vmt_tracks_get(&kept, t->key);
		if (!to) {
			vmt_tracks_deinit(&kept);
			return VMT_NOMEM;
		}
		struct vmt_str key = to->key;

		*to = *t;
		to->key = key;
		t->ring = NULL; /* went over */
	}
	vmt_tracks_deinit(tracks);
	*tracks = kept;
	return VMT_OK;
}

enum vmt_rc vmt_tracks_feed(struct vmt_tracks *tracks, const struct vmt_groups *groups,
			    const struct vmt_clock *clock, size_t steps)
{
	enum vmt_rc rc = VMT_OK;

	for (size_t i = 0; i < vmt_groups_count(groups); i++) {
		const struct vmt_group *g = vmt_groups_at(groups, i);
		struct vmt_track *t = vmt_tracks_get(tracks, g->key);

		if (!t)
			return VMT_NOMEM;
		t->now = g->sums;
		t->what = g->what;
		t->seen = clock->feeds;
	}
	for (size_t i = 0; rc == VMT_OK && i < tracks->n; i++) {
		struct vmt_track *t = &tracks->items[i];

		if (t->seen != clock->feeds)
			memset(&t->now, 0, sizeof(t->now));
		rc = vmt_track_set(t, clock, steps, vmt_track_value(&t->now));
	}
	if (rc == VMT_OK && clock->feeds % POINTS == 0)
		rc = sweep(tracks, clock);
	return rc;
}

void vmt_tracks_rewind(struct vmt_tracks *tracks)
{
	for (size_t i = 0; i < tracks->n; i++) {
		struct vmt_track *t = &tracks->items[i];

		free(t->ring);
		t->ring = NULL;
		t->value = t->seen = 0;
		memset(&t->now, 0, sizeof(t->now));
	}
}

void vmt_tracks_set_baseline(struct vmt_tracks *tracks)
{
	for (size_t i = 0; i < tracks->n; i++) {
		tracks->items[i].base_value = tracks->items[i].value;
		tracks->items[i].base_areas = tracks->items[i].now.areas;
	}
}

enum vmt_rc vmt_track_merge(struct vmt_track *into, const struct vmt_track *from,
			    const struct vmt_clock *clock)
{
	bool first = !into->seen;

	if ((into->ring || from->ring) && !into->ring && ring_of(into, into->value) != VMT_OK)
		return VMT_NOMEM;
	for (size_t i = 0; into->ring && i < clock->n; i++)
		into->ring[(clock->head + POINTS - i) % POINTS] =
			vmt_num_add(vmt_track_at(into, clock, i), vmt_track_at(from, clock, i));
	into->value = vmt_num_add(into->value, from->value);
	into->base_value = vmt_num_add(into->base_value, from->base_value);
	into->base_areas = vmt_num_add(into->base_areas, from->base_areas);
	vmt_sums_merge(&into->now, &from->now);
	if (first)
		into->what = from->what;
	else if (!into->what || !from->what || strcmp(into->what, from->what) != 0)
		into->what = NULL;
	into->seen = 1;
	return VMT_OK;
}
