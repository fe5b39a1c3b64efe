// SPDX-License-Identifier: GPL-2.0-or-later
/* The source at one moment: its areas, and their sums by what views show. */
#include <string.h>

#include "tui_priv.h"

struct vmt_reading *vmt_reading_new(uint64_t page_size)
{
	struct vmt_reading *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->page_size = page_size;
	s->areas = vmt_areas_new();
	s->callers = vmt_groups_new(VMT_BY_CALLER, page_size);
	s->modules = vmt_groups_new(VMT_BY_MODULE, page_size);
	s->nodes = vmt_groups_new(VMT_BY_NODE, page_size);
	s->gaps = vmt_gaps_new(page_size);
	if (!s->areas || !s->callers || !s->modules || !s->nodes || !s->gaps) {
		vmt_reading_free(s);
		return NULL;
	}
	return s;
}

void vmt_reading_free(struct vmt_reading *s)
{
	if (!s)
		return;
	vmt_areas_free(s->areas);
	vmt_groups_free(s->callers);
	vmt_groups_free(s->modules);
	vmt_groups_free(s->nodes);
	vmt_gaps_free(s->gaps);
	free(s);
}

/* Guards are found out where sums need them: areas that are alike are asked about once. */
static enum vmt_rc add_sums(struct vmt_reading *s, const struct vmt_area *a,
			    struct vmt_str lies_there, const char **what)
{
	struct vmt_area named = *a;
	uint32_t id;

	if (vmt_groups_add(s->callers, a, NULL, &id) != VMT_OK ||
	    vmt_groups_add(s->nodes, a, NULL, NULL) != VMT_OK)
		return VMT_NOMEM;
	*what = vmt_groups_what(s->callers, id);
	if (!a->module.n && lies_there.n) {
		named.module = lies_there;
		named.twin = 0;
	}
	return vmt_groups_add(s->modules, &named, NULL, NULL);
}

enum vmt_rc vmt_reading_add(struct vmt_reading *s, const struct vmt_area *a,
			    struct vmt_str lies_there)
{
	struct vmt_area kept = *a;
	const char *what = NULL;
	struct vmt_guard g;
	size_t i = vmt_areas_count(s->areas);

	if (i >= UINT32_MAX)
		return VMT_NOMEM;
	if (a->kind == VMT_KIND_UNPURGED) {
		vmt_guard_of(a, s->page_size, &g);
		vmt_sums_add(&s->unpurged, a, &g, s->page_size);
	} else if (add_sums(s, a, lies_there, &what) != VMT_OK) {
		return VMT_NOMEM;
	}
	if (!kept.module.n && lies_there.n) {
		kept.module = lies_there;
		kept.flags |= VMT_AREA_HOUSES_MODULE;
		kept.twin = 0;
	}
	if (vmt_areas_add(s->areas, &kept) != VMT_OK)
		return VMT_NOMEM;
	return vmt_gaps_add(s->gaps, a, NULL, what, (uint32_t)i);
}

enum vmt_rc vmt_reading_finish(struct vmt_reading *s, const struct vmt_facts *facts,
			       enum vmt_addr_state addresses, uint64_t clock_ms)
{
	for (size_t i = 0; i < vmt_groups_count(s->callers); i++)
		vmt_sums_merge(&s->total, &vmt_groups_at(s->callers, i)->sums);
	s->facts = *facts;
	s->facts.modules = NULL;
	s->facts.names = NULL;
	s->facts.n_modules = s->facts.cap_modules = 0;
	s->addresses = addresses;
	s->clock_ms = clock_ms;
	return addresses == VMT_ADDR_REAL ? vmt_gaps_finish(s->gaps, facts) : VMT_OK;
}

const struct vmt_facts *vmt_reading_facts(const struct vmt_reading *s)
{
	return &s->facts;
}
