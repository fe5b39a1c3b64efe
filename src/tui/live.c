// SPDX-License-Identifier: GPL-2.0-or-later
/* What was seen so far: the last sample, the past of its sums, the baseline. */
#include <string.h>

#include "tui_priv.h"

struct vmt_live *vmt_live_new(void)
{
	struct vmt_live *live = calloc(1, sizeof(*live));

	if (!live)
		return NULL;
	live->events = calloc(EVENTS, sizeof(*live->events));
	live->names = vmt_intern_new();
	live->join_why = "";
	if (vmt_tracks_init(&live->callers) != VMT_OK ||
	    vmt_tracks_init(&live->modules) != VMT_OK || vmt_tracks_init(&live->nodes) != VMT_OK ||
	    !live->events || !live->names) {
		vmt_live_free(live);
		return NULL;
	}
	return live;
}

void vmt_live_free(struct vmt_live *live)
{
	if (!live)
		return;
	vmt_reading_free(live->now);
	vmt_tracks_deinit(&live->callers);
	vmt_tracks_deinit(&live->modules);
	vmt_tracks_deinit(&live->nodes);
	free(live->total.ring);
	free(live->events);
	vmt_intern_free(live->names);
	free(live);
}

/* How many points are new with a sample of that time. */
static size_t advance(struct vmt_clock *clock, uint64_t ms, bool evenly)
{
	uint64_t last = clock->n ? clock->ms[clock->head] : 0, steps = 1;

	clock->feeds++;
	if (clock->n && evenly)
		steps = ms / POINT_MS > last / POINT_MS ? ms / POINT_MS - last / POINT_MS : 0;
	if (steps > POINTS)
		steps = POINTS;
	for (uint64_t i = 1; i <= steps; i++) {
		clock->head = clock->n ? (clock->head + 1) % POINTS : 0;
		clock->n += clock->n < POINTS;
		clock->count++;
		/* What lies between is as far apart as points are. */
		clock->ms[clock->head] =
			ms > (steps - i) * POINT_MS ? ms - (steps - i) * POINT_MS : 0;
	}
	clock->ms[clock->head] = ms;
	return (size_t)steps;
}

static enum vmt_rc feed_sums(struct vmt_live *live, const struct vmt_reading *s, size_t steps)
{
	live->total.now = s->total;
	if (vmt_track_set(&live->total, &live->clock, steps, s->total.resident_bytes) != VMT_OK ||
	    vmt_tracks_feed(&live->callers, s->callers, &live->clock, steps) != VMT_OK ||
	    vmt_tracks_feed(&live->modules, s->modules, &live->clock, steps) != VMT_OK)
		return VMT_NOMEM;
	return vmt_tracks_feed(&live->nodes, s->nodes, &live->clock, steps);
}

enum vmt_rc vmt_live_feed(struct vmt_live *live, struct vmt_reading *s, bool evenly)
{
	struct vmt_reading *before = live->now;
	size_t steps = advance(&live->clock, s->clock_ms, evenly);
	enum vmt_rc rc;

	live->now = s;
	rc = feed_sums(live, s, steps);
	if (rc == VMT_OK && before)
		rc = vmt_events_feed(live, before, s);
	vmt_reading_free(before);
	if (rc == VMT_OK && !live->have_base)
		vmt_live_set_baseline(live);
	return rc;
}

void vmt_live_rewind(struct vmt_live *live)
{
	vmt_reading_free(live->now);
	live->now = NULL;
	memset(&live->clock, 0, sizeof(live->clock));
	vmt_tracks_rewind(&live->callers);
	vmt_tracks_rewind(&live->modules);
	vmt_tracks_rewind(&live->nodes);
	free(live->total.ring);
	live->total.ring = NULL;
	live->total.value = 0;
	live->n_events = live->came = live->went = 0;
	live->join_why = "";
}

void vmt_live_set_baseline(struct vmt_live *live)
{
	if (!live->now)
		return;
	live->have_base = true;
	live->base_time = live->now->facts.time;
	live->base_clock_ms = live->now->clock_ms;
	live->total.base_value = live->total.value;
	live->total.base_areas = live->total.now.areas;
	vmt_tracks_set_baseline(&live->callers);
	vmt_tracks_set_baseline(&live->modules);
	vmt_tracks_set_baseline(&live->nodes);
}

const struct vmt_reading *vmt_live_now(const struct vmt_live *live)
{
	return live->now;
}

/* ---- owners ---- */

struct vmt_str vmt_live_unowned(const struct vmt_live *live, size_t i)
{
	for (size_t k = 0; k < live->callers.n; k++) {
		const struct vmt_track *t = &live->callers.items[k];

		if (!t->owned && t->key.n && i-- == 0)
			return t->key;
	}
	return (struct vmt_str){NULL, 0};
}

static enum vmt_rc keep(struct vmt_live *live, struct vmt_str *into, struct vmt_str s)
{
	uint32_t id;

	if (vmt_intern_add(live->names, s, &id, NULL) != VMT_OK)
		return VMT_NOMEM;
	*into = vmt_intern_str(live->names, id);
	return VMT_OK;
}

enum vmt_rc vmt_live_set_owner(struct vmt_live *live, struct vmt_str caller, struct vmt_str owner,
			       struct vmt_str file, struct vmt_str subsystem)
{
	struct vmt_track *t = vmt_tracks_get(&live->callers, caller);

	if (!t)
		return VMT_NOMEM;
	t->owned = true;
	if (keep(live, &t->owner, owner) != VMT_OK || keep(live, &t->file, file) != VMT_OK)
		return VMT_NOMEM;
	return keep(live, &t->subsystem, subsystem);
}
