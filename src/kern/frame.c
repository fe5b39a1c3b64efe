// SPDX-License-Identifier: GPL-2.0-or-later
/* Which area a frame belongs to: what vmalloc maps is its own, by whatever address it is asked for.
 */
#include "kern_priv.h"

/* Where in [start, end) is @pa mapped? @return VMT_OK, VMT_NONE or VMT_NOMEM. */
static enum vmt_rc find_in(struct vmt_cursor *cur, uint64_t start, uint64_t end, uint64_t pa,
			   uint64_t *va, struct vmt_err *err)
{
	struct vmt_span s;
	enum vmt_rc rc;

	vmt_cursor_seek(cur, start, end);
	while ((rc = vmt_cursor_span(cur, &s, err)) == VMT_OK) {
		if (s.kind != VMT_STRETCH_LEAVES || pa - s.pa >= s.bytes)
			continue;
		*va = s.va + (pa - s.pa);
		/* A large leaf may reach beyond the area. */
		if (*va >= start && *va < end)
			return VMT_OK;
	}
	return rc;
}

/* What vmap maps belongs to others. */
static bool owns(const struct vmt_karea *k)
{
	return k->area.flags & VMT_AREA_VMALLOC && k->area.end > k->area.start;
}

/* Areas of a damaged kernel may lie over each other: what one has been through is left out. */
enum vmt_rc vmt_kern_frame_area(struct vmt_kern *kern, uint64_t pa, const struct vmt_karea **area,
				uint64_t *va, struct vmt_err *err)
{
	const struct vmt_cursor_opts how = {.contiguous = true};
	const struct vmt_karea *const *areas;
	struct vmt_cursor *cur;
	uint64_t reached = 0;
	size_t n, i;
	enum vmt_rc rc = vmt_kern_areas_sorted(kern, &areas, &n, err);

	if (rc == VMT_OK)
		rc = vmt_cursor_open(&cur, &kern->pgt, &how, err);
	if (rc != VMT_OK)
		return rc;
	rc = VMT_NONE;
	for (i = 0; rc == VMT_NONE && i < n; i++) {
		const struct vmt_area *a = &areas[i]->area;

		if (!owns(areas[i]) || a->end <= reached)
			continue;
		rc = find_in(cur, a->start > reached ? a->start : reached, a->end, pa, va, err);
		reached = a->end;
	}
	vmt_cursor_close(cur);
	/* Of several that have it, the first. */
	for (i = 0; rc == VMT_OK && i < n; i++) {
		*area = areas[i];
		if (owns(*area) && *va >= (*area)->area.start && *va < (*area)->area.end)
			break;
	}
	return rc;
}
