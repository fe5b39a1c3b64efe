// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Areas of a kernel that runs are not read at one instant: one may be freed after it was read, and
 * be met again on the list of freed areas, or its place be taken by another.  Also the bounds of
 * one may be read while they are written, and lie over areas that never moved.
 */
#include "layout.h"

struct place {
	uint64_t start, end;
	/* Its number in the order of reading. */
	size_t at;
};

static int by_start(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/*
 * What is freed keeps what it said until it is used again; but it is unmapped before anything else
 * (remove_vm_area), and what is being made is mapped last.  The same structures may soon serve
 * another area in the same place: that has another array of pages.
 */
bool kareas_is_still(struct vmt_kern *kern, const struct layout *l, const struct vmt_karea *k)
{
	uint64_t start, end, vm, pages, pa;

	return k->has_vm &&
	       vmt_kern_read_u64(kern, k->vmap_area_va + l->va_start, &start, NULL) == VMT_OK &&
	       vmt_kern_read_u64(kern, k->vmap_area_va + l->va_end, &end, NULL) == VMT_OK &&
	       vmt_kern_read_u64(kern, k->vmap_area_va + l->vm, &vm, NULL) == VMT_OK &&
	       vmt_kern_read_u64(kern, k->vm_struct_va + l->pages, &pages, NULL) == VMT_OK &&
	       start == k->va_start && end == k->va_end && vm == k->vm_struct_va &&
	       vmt_va_untag(pages) == k->pages_va &&
	       vmt_pgt_translate(&kern->pgt, k->va_start, &pa, NULL) == VMT_OK;
}

/* Neighbours that overlap: the one read first had gone when the other was read, or that one never
 * was. */
static void find_gone(struct vmt_kern *kern, const struct layout *l, const struct vmt_karea *areas,
		      const struct place *p, size_t n, bool *gone)
{
	size_t last = 0;

	for (size_t i = 1; i < n; i++) {
		bool newer = p[i].at > p[last].at;

		if (p[i].start >= p[last].end) {
			last = i;
			continue;
		}
		if (kareas_is_still(kern, l, &areas[newer ? p[last].at : p[i].at]))
			newer = !newer;
		gone[newer ? p[last].at : p[i].at] = true;
		if (newer)
			last = i;
	}
}

enum vmt_rc kareas_settle(struct vmt_kern *kern, const struct layout *l, struct vmt_karea *areas,
			  size_t *n, struct vmt_kareas_about *about)
{
	struct place *p VMT_FREE = malloc((*n + 1) * sizeof(*p));
	bool *gone VMT_FREE = calloc(*n + 1, sizeof(*gone));
	size_t kept = 0;

	if (!p || !gone)
		return VMT_NOMEM;
	for (size_t i = 0; i < *n; i++)
		p[i] = (struct place){areas[i].area.start, areas[i].area.end, i};
	qsort(p, *n, sizeof(*p), by_start);
	find_gone(kern, l, areas, p, *n, gone);
	for (size_t i = 0; i < *n; i++) {
		about->moved += gone[i];
		if (gone[i])
			continue;
		areas[kept] = areas[i];
		areas[kept].area.line = kept + 1;
		kept++;
	}
	*n = kept;
	return VMT_OK;
}
