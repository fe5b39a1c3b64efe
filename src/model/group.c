// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums by a key. */
#include <stdio.h>
#include <string.h>

#include "vmtool/model.h"

/*
 * Areas with one twin number (vmt_area.twin) go to one group with equal numbers: they are counted
 * here, and added to the sums of their group when the place is needed or the sums are asked for.
 */
#define TWINS 256
struct twin {
	uint32_t number, group;
	uint64_t pending;
};

struct vmt_groups {
	enum vmt_group_by by;
	uint64_t page_size;
	struct vmt_intern *keys;
	struct twin twins[TWINS];
	bool unsettled;
	/* By the number of the key. */
	struct vmt_group *items;
	size_t cap;
	/* The sums of one area of each twin; apart, as they are seldom needed, and last, as their
	 * memory is not touched before. */
	struct vmt_sums ones[TWINS];
};

static const char *const by_names[VMT_BY_COUNT] = {
	"caller", "function", "what",  "module", "kind",      "node",
	"size",	  "flags",    "owner", "file",	 "subsystem",
};

const char *vmt_group_by_name(enum vmt_group_by by)
{
	return by_names[by];
}

bool vmt_group_by_parse(const char *name, enum vmt_group_by *by)
{
	for (unsigned i = 0; i < VMT_BY_COUNT; i++) {
		if (strcmp(by_names[i], name) == 0) {
			*by = (enum vmt_group_by)i;
			return true;
		}
	}
	return false;
}

static inline void add(uint64_t *into, uint64_t n)
{
	*into = vmt_num_add(*into, n);
}

void vmt_sums_add(struct vmt_sums *s, const struct vmt_area *a, const struct vmt_guard *g,
		  uint64_t page_size)
{
	s->areas++;
	add(&s->size_bytes, a->size_bytes);
	if (a->pages) {
		uint64_t bytes = vmt_num_mul(a->pages, page_size);

		if (a->kind == VMT_KIND_VMALLOC)
			add(&s->resident_bytes, bytes);
		else
			add(&s->lent_bytes, bytes);
	}
	s->guard_areas[g->grade]++;
	if (g->guard_bytes) {
		add(&s->guard_bytes[g->grade], g->guard_bytes);
		s->guarded[g->grade]++;
	}
	add(&s->cut_bytes, g->cut_bytes);
	s->contradictions += g->contradiction;
}

void vmt_sums_merge(struct vmt_sums *into, const struct vmt_sums *from)
{
	add(&into->areas, from->areas);
	add(&into->size_bytes, from->size_bytes);
	add(&into->resident_bytes, from->resident_bytes);
	add(&into->lent_bytes, from->lent_bytes);
	for (int i = 0; i < 2; i++) {
		add(&into->guard_bytes[i], from->guard_bytes[i]);
		add(&into->guarded[i], from->guarded[i]);
	}
	for (int i = 0; i < 3; i++)
		add(&into->guard_areas[i], from->guard_areas[i]);
	add(&into->cut_bytes, from->cut_bytes);
	add(&into->contradictions, from->contradictions);
}

struct vmt_groups *vmt_groups_new(enum vmt_group_by by, uint64_t page_size)
{
	struct vmt_groups *groups = malloc(sizeof(*groups));

	if (!groups)
		return NULL;
	memset(groups, 0, offsetof(struct vmt_groups, ones));
	groups->by = by;
	groups->page_size = page_size;
	groups->keys = vmt_intern_new();
	if (!groups->keys) {
		free(groups);
		return NULL;
	}
	return groups;
}

void vmt_groups_free(struct vmt_groups *groups)
{
	if (!groups)
		return;
	free(groups->items);
	vmt_intern_free(groups->keys);
	free(groups);
}

/* Room is made before the key is kept, so that every key has its group. */
static enum vmt_rc group_of(struct vmt_groups *groups, struct vmt_str key,
			    const struct vmt_area *area, uint32_t *id)
{
	size_t n = vmt_intern_count(groups->keys);
	bool added;

	if (vmt_grow(&groups->items, &groups->cap, n + 1, sizeof(*groups->items)) != VMT_OK ||
	    vmt_intern_add(groups->keys, key, id, &added) != VMT_OK)
		return VMT_NOMEM;
	if (!added)
		return VMT_OK;
	groups->items[*id] = (struct vmt_group){.key = vmt_intern_str(groups->keys, *id)};
	if (groups->by == VMT_BY_CALLER || groups->by == VMT_BY_FUNCTION)
		groups->items[*id].what = vmt_what(area);
	return VMT_OK;
}

static const char *size_class(char *buf, size_t size, uint64_t bytes)
{
	char low[VMT_NUM_HUMAN], high[VMT_NUM_HUMAN];
	int k = bytes ? 63 - __builtin_clzll(bytes) : 0;

	(void)vmt_num_human(low, UINT64_C(1) << k);
	if (k == 63)
		(void)snprintf(high, sizeof(high), "16 EiB");
	else
		(void)vmt_num_human(high, UINT64_C(2) << k);
	(void)snprintf(buf, size, "%s .. %s", low, high);
	return buf;
}

/* The key of an area, in @buf where it has to be made. */
static struct vmt_str key_of(const struct vmt_groups *groups, const struct vmt_area *a, char *buf,
			     size_t size)
{
	const char *what;

	switch (groups->by) {
	case VMT_BY_CALLER:
		if (!a->module.n)
			return a->caller;
		if (a->caller.n + a->module.n + 3 > size)
			return a->caller;
		memcpy(buf, a->caller.p, a->caller.n);
		memcpy(buf + a->caller.n, " [", 2);
		memcpy(buf + a->caller.n + 2, a->module.p, a->module.n);
		buf[a->caller.n + 2 + a->module.n] = ']';
		return (struct vmt_str){buf, a->caller.n + a->module.n + 3};
	case VMT_BY_FUNCTION: return vmt_caller_function(a->caller);
	case VMT_BY_WHAT:
		what = vmt_what(a);
		return what ? vmt_str(what) : (struct vmt_str){NULL, 0};
	case VMT_BY_MODULE: return a->module;
	case VMT_BY_KIND: return vmt_str(vmt_kind_name(a->kind));
	case VMT_BY_SIZE: return vmt_str(size_class(buf, size, a->size_bytes));
	case VMT_BY_FLAGS: return (struct vmt_str){buf, vmt_area_flags_text(a, buf, size)};
	case VMT_BY_NODE:
	case VMT_BY_OWNER:
	case VMT_BY_FILE:
	case VMT_BY_SUBSYSTEM:
	case VMT_BY_COUNT: break;
	}
	return (struct vmt_str){NULL, 0};
}

static inline enum vmt_rc add_to(struct vmt_groups *groups, struct vmt_str key,
				 const struct vmt_area *area, const struct vmt_guard *guard,
				 uint32_t *group)
{
	uint32_t id;

	if (group_of(groups, key, area, &id) != VMT_OK)
		return VMT_NOMEM;
	vmt_sums_add(&groups->items[id].sums, area, guard, groups->page_size);
	if (group)
		*group = id;
	return VMT_OK;
}

/* `N0=4`, the whole of it: the digits between N and =. */
static bool single_node(struct vmt_str nodes, struct vmt_str *key)
{
	const char *eq = memchr(nodes.p, '=', nodes.n);

	if (!eq || memchr(nodes.p, ' ', nodes.n))
		return false;
	*key = (struct vmt_str){nodes.p + 1, (size_t)(eq - nodes.p - 1)};
	return true;
}

/* Bytes of the pages on all nodes but the first. */
static uint64_t bytes_elsewhere(struct vmt_str nodes, uint64_t page_size)
{
	uint64_t pages, sum = 0;
	uint32_t node;

	if (!vmt_area_next_node(&nodes, &node, &pages))
		return 0;
	while (vmt_area_next_node(&nodes, &node, &pages))
		sum = vmt_num_add(sum, vmt_num_mul(pages, page_size));
	return sum;
}

/*
 * An area on several nodes: each gets its pages, the first also the rest of the size (guard, cut)
 * and the one count.  @group: set when the area went to one group only.
 */
static enum vmt_rc add_by_node(struct vmt_groups *groups, const struct vmt_area *area,
			       const struct vmt_guard *guard, uint32_t *group)
{
	struct vmt_str rest = area->nodes, only = {NULL, 0};
	uint64_t pages, left = area->size_bytes, elsewhere;
	uint32_t node, id;
	char key[16];
	bool first = true;

	if (!area->nodes.n || single_node(area->nodes, &only))
		return add_to(groups, only, area, guard, group);
	elsewhere = bytes_elsewhere(area->nodes, groups->page_size);
	while (vmt_area_next_node(&rest, &node, &pages)) {
		struct vmt_area part = *area;
		struct vmt_guard none = {.grade = guard->grade, .rule = guard->rule};
		uint64_t bytes = vmt_num_mul(pages, groups->page_size);

		if (first)
			bytes = area->size_bytes > elsewhere ? area->size_bytes - elsewhere : 0;
		(void)snprintf(key, sizeof(key), "%u", node);
		part.pages = pages;
		part.size_bytes = bytes < left ? bytes : left;
		left -= part.size_bytes;
		if (group_of(groups, vmt_str(key), area, &id) != VMT_OK)
			return VMT_NOMEM;
		vmt_sums_add(&groups->items[id].sums, &part, first ? guard : &none,
			     groups->page_size);
		if (!first) {
			groups->items[id].sums.areas--;
			groups->items[id].sums.guard_areas[guard->grade]--;
		}
		first = false;
	}
	return VMT_OK;
}

static enum vmt_rc add_by_key(struct vmt_groups *groups, const struct vmt_area *area,
			      const struct vmt_guard *guard, uint32_t *group)
{
	char buf[1024];

	return add_to(groups, key_of(groups, area, buf, sizeof(buf)), area, guard, group);
}

static void settle_twin(struct vmt_groups *groups, struct twin *twin)
{
	const struct vmt_sums *one = &groups->ones[twin - groups->twins];
	uint64_t n = twin->pending;
	struct vmt_sums all;

	if (!n)
		return;
	all = (struct vmt_sums){
		.areas = vmt_num_mul(one->areas, n),
		.size_bytes = vmt_num_mul(one->size_bytes, n),
		.resident_bytes = vmt_num_mul(one->resident_bytes, n),
		.lent_bytes = vmt_num_mul(one->lent_bytes, n),
		.cut_bytes = vmt_num_mul(one->cut_bytes, n),
		.contradictions = vmt_num_mul(one->contradictions, n),
	};
	for (int i = 0; i < 2; i++) {
		all.guard_bytes[i] = vmt_num_mul(one->guard_bytes[i], n);
		all.guarded[i] = vmt_num_mul(one->guarded[i], n);
	}
	for (int i = 0; i < 3; i++)
		all.guard_areas[i] = vmt_num_mul(one->guard_areas[i], n);
	vmt_sums_merge(&groups->items[twin->group].sums, &all);
	twin->pending = 0;
}

/* Sums are complete only after this; const to those who ask, as the answer is the same. */
static void settle(const struct vmt_groups *asked)
{
	struct vmt_groups *groups = (struct vmt_groups *)(uintptr_t)asked;

	for (size_t i = 0; groups->unsettled && i < TWINS; i++)
		settle_twin(groups, &groups->twins[i]);
	groups->unsettled = false;
}

/* The first of its kind; apart from the rest, which only counts. */
static __attribute__((noinline)) enum vmt_rc add_first(struct vmt_groups *groups,
						       const struct vmt_area *area,
						       const struct vmt_guard *guard,
						       struct twin *twin, uint32_t *group)
{
	uint32_t id = UINT32_MAX;
	struct vmt_guard own;
	enum vmt_rc rc;

	if (!guard) {
		vmt_guard_of(area, groups->page_size, &own);
		guard = &own;
	}
	rc = groups->by == VMT_BY_NODE ? add_by_node(groups, area, guard, &id)
				       : add_by_key(groups, area, guard, &id);
	if (rc == VMT_OK && area->twin && id != UINT32_MAX) {
		settle_twin(groups, twin);
		*twin = (struct twin){.number = area->twin, .group = id};
		groups->ones[twin - groups->twins] = (struct vmt_sums){0};
		vmt_sums_add(&groups->ones[twin - groups->twins], area, guard, groups->page_size);
	}
	if (group)
		*group = id;
	return rc;
}

enum vmt_rc vmt_groups_add(struct vmt_groups *groups, const struct vmt_area *area,
			   const struct vmt_guard *guard, uint32_t *group)
{
	struct twin *twin = &groups->twins[area->twin % TWINS];

	if (!area->twin || twin->number != area->twin)
		return add_first(groups, area, guard, twin, group);
	twin->pending++;
	groups->unsettled = true;
	if (group)
		*group = twin->group;
	return VMT_OK;
}

enum vmt_rc vmt_groups_merge(struct vmt_groups *groups, struct vmt_str key,
			     const struct vmt_group *from)
{
	struct vmt_group *g;
	uint32_t id;
	bool added;

	if (vmt_grow(&groups->items, &groups->cap, vmt_intern_count(groups->keys) + 1,
		     sizeof(*groups->items)) != VMT_OK ||
	    vmt_intern_add(groups->keys, key, &id, &added) != VMT_OK)
		return VMT_NOMEM;
	g = &groups->items[id];
	if (added)
		*g = (struct vmt_group){.key = vmt_intern_str(groups->keys, id),
					.what = from->what};
	else if (!g->what || !from->what || strcmp(g->what, from->what) != 0)
		g->what = NULL;
	vmt_sums_merge(&g->sums, &from->sums);
	return VMT_OK;
}

const char *vmt_groups_what(const struct vmt_groups *groups, uint32_t group)
{
	return groups->items[group].what;
}

size_t vmt_groups_count(const struct vmt_groups *groups)
{
	return vmt_intern_count(groups->keys);
}

const struct vmt_group *vmt_groups_at(const struct vmt_groups *groups, size_t i)
{
	settle(groups);
	return &groups->items[i];
}

const struct vmt_group *vmt_groups_find(const struct vmt_groups *groups, struct vmt_str key)
{
	settle(groups);
	for (size_t i = 0; i < vmt_groups_count(groups); i++) {
		if (vmt_str_eq(groups->items[i].key, key))
			return &groups->items[i];
	}
	return NULL;
}

static int by_rank(const void *pa, const void *pb)
{
	const struct vmt_group *a = *(const struct vmt_group *const *)pa;
	const struct vmt_group *b = *(const struct vmt_group *const *)pb;

	if (a->sums.resident_bytes != b->sums.resident_bytes)
		return a->sums.resident_bytes < b->sums.resident_bytes ? 1 : -1;
	if (a->sums.size_bytes != b->sums.size_bytes)
		return a->sums.size_bytes < b->sums.size_bytes ? 1 : -1;
	return vmt_str_cmp(a->key, b->key);
}

void vmt_groups_rank(const struct vmt_group **rows, size_t n)
{
	qsort(rows, n, sizeof(const struct vmt_group *), by_rank);
}

const struct vmt_group **vmt_groups_rows(const struct vmt_groups *groups, size_t *n)
{
	const struct vmt_group **rows;

	settle(groups);
	*n = vmt_groups_count(groups);
	rows = malloc((*n + 1) * sizeof(const struct vmt_group *));
	for (size_t i = 0; rows && i < *n; i++)
		rows[i] = &groups->items[i];
	return rows;
}
