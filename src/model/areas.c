// SPDX-License-Identifier: GPL-2.0-or-later
/* A table of areas that owns its strings. */
#include <string.h>

#include "vmtool/model.h"

/* Strings kept for areas with one twin number: they need not be looked for again. */
#define TWINS 256

struct vmt_areas {
	struct vmt_area *items;
	size_t n, cap;
	struct vmt_intern *strings;
	struct twin {
		uint32_t number;
		struct vmt_str caller, module, other, nodes;
	} twins[TWINS];
};

struct vmt_areas *vmt_areas_new(void)
{
	struct vmt_areas *areas = calloc(1, sizeof(*areas));

	if (!areas)
		return NULL;
	areas->strings = vmt_intern_new();
	if (!areas->strings) {
		free(areas);
		return NULL;
	}
	return areas;
}

void vmt_areas_free(struct vmt_areas *areas)
{
	if (!areas)
		return;
	free(areas->items);
	vmt_intern_free(areas->strings);
	free(areas);
}

static enum vmt_rc keep(struct vmt_areas *areas, struct vmt_str *s)
{
	uint32_t id;

	if (!s->n)
		return VMT_OK;
	if (vmt_intern_add(areas->strings, *s, &id, NULL) != VMT_OK)
		return VMT_NOMEM;
	*s = vmt_intern_str(areas->strings, id);
	return VMT_OK;
}

static enum vmt_rc keep_all(struct vmt_areas *areas, struct vmt_area *copy)
{
	if (keep(areas, &copy->caller) != VMT_OK || keep(areas, &copy->module) != VMT_OK ||
	    keep(areas, &copy->other) != VMT_OK || keep(areas, &copy->nodes) != VMT_OK)
		return VMT_NOMEM;
	return VMT_OK;
}

enum vmt_rc vmt_areas_add(struct vmt_areas *areas, const struct vmt_area *area)
{
	struct twin *twin = &areas->twins[area->twin % TWINS];
	struct vmt_area copy = *area;

	if (vmt_grow(&areas->items, &areas->cap, areas->n + 1, sizeof(*areas->items)) != VMT_OK)
		return VMT_NOMEM;
	if (copy.twin && twin->number == copy.twin) {
		copy.caller = twin->caller;
		copy.module = twin->module;
		copy.other = twin->other;
		copy.nodes = twin->nodes;
	} else if (keep_all(areas, &copy) != VMT_OK) {
		return VMT_NOMEM;
	} else if (copy.twin) {
		*twin = (struct twin){copy.twin, copy.caller, copy.module, copy.other, copy.nodes};
	}
	areas->items[areas->n++] = copy;
	return VMT_OK;
}

size_t vmt_areas_count(const struct vmt_areas *areas)
{
	return areas->n;
}

const struct vmt_area *vmt_areas_at(const struct vmt_areas *areas, size_t i)
{
	return &areas->items[i];
}

/* Merge sort: stable, and no order of the input makes it slow. */
enum vmt_rc vmt_areas_sort(struct vmt_areas *areas,
			   int (*cmp)(const struct vmt_area *, const struct vmt_area *, void *),
			   void *arg)
{
	size_t n = areas->n;
	struct vmt_area *from = areas->items, *to, *spare;

	if (n < 2)
		return VMT_OK;
	spare = to = malloc(n * sizeof(*to));
	if (!to)
		return VMT_NOMEM;
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t lo = 0; lo < n; lo += 2 * width) {
			size_t mid = n - lo < width ? n : lo + width;
			size_t hi = n - mid < width ? n : mid + width;
			size_t i = lo, j = mid;

			for (size_t k = lo; k < hi; k++) {
				bool left =
					i < mid && (j >= hi || cmp(&from[i], &from[j], arg) <= 0);

				to[k] = left ? from[i++] : from[j++];
			}
		}
		struct vmt_area *swap = from;

		from = to;
		to = swap;
	}
	if (from != areas->items)
		memcpy(areas->items, from, n * sizeof(*from));
	free(spare);
	return VMT_OK;
}
