// SPDX-License-Identifier: GPL-2.0-or-later
/* Areas that came and went between two samples. */
#include <string.h>

#include "tui_priv.h"

static void add(struct vmt_live *live, const struct vmt_area *a, uint64_t time, bool came)
{
	struct vmt_event *e = &live->events[live->n_events++ % EVENTS];

	*e = (struct vmt_event){
		.time = time,
		.start = a->start,
		.size_bytes = a->size_bytes,
		.pages = a->pages,
		.what = vmt_what(a),
		.kind = a->kind,
		.came = came,
		.addr_digits = a->addr_digits,
	};
	vmt_caller_text(e->caller, sizeof(e->caller), a);
	live->came += came;
	live->went += !came;
}

/* The buffer a reading was made into comes and goes with every reading. */
static void add_all(struct vmt_live *live, const struct vmt_area *const *list, size_t n,
		    uint64_t time, bool came)
{
	for (size_t i = 0; i < n; i++) {
		if (!(list[i]->flags & VMT_AREA_SELF_READ))
			add(live, list[i], time, came);
	}
}

enum vmt_rc vmt_events_feed(struct vmt_live *live, const struct vmt_reading *before,
			    const struct vmt_reading *after)
{
	const struct vmt_area **gone = NULL, **born = NULL;
	size_t n_gone, n_born;
	enum vmt_rc rc;

	live->join = vmt_diff_join(before->addresses, &before->facts, after->addresses,
				   &after->facts, &live->join_why);
	if (live->join == VMT_JOIN_CALLER)
		return VMT_OK;
	rc = vmt_diff_areas(before->areas, after->areas, &gone, &n_gone, &born, &n_born);
	if (rc != VMT_OK)
		return rc;
	add_all(live, gone, n_gone, after->facts.time, false);
	add_all(live, born, n_born, after->facts.time, true);
	free(gone);
	free(born);
	return VMT_OK;
}

size_t vmt_events_count(const struct vmt_live *live)
{
	return live->n_events < EVENTS ? (size_t)live->n_events : EVENTS;
}

const struct vmt_event *vmt_events_at(const struct vmt_live *live, size_t i)
{
	return &live->events[(live->n_events - 1 - i) % EVENTS];
}
