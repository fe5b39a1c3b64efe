// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The trees of a tiny kernel, and its free ranges, so that its books are those of a sound kernel.
 *
 *	... kernel_area() as often as wanted ...
 *	kernel_free_range(k, start, end);
 *	kernel_trees(k);			// of all lists, as they are then
 *	kernel_complete(k);
 */
#ifndef VMTOOL_KERNEL_SPACE_H
#define VMTOOL_KERNEL_SPACE_H

#include "kernel_areas.h"

/** A range of the free list; its head is made with the first. */
static inline uint64_t kernel_free_range(struct kernel *k, uint64_t start, uint64_t end)
{
	uint64_t at = kernel_alloc(k, k->lists->style->vmap_area_bytes, 8);

	if (!k->lists->free) {
		k->lists->free = kernel_list_head(k, kernel_alloc(k, 16, 16));
		kernel_symbol(k, "free_vmap_area_list", k->lists->free);
	}
	kernel_put64(k, at, start);
	kernel_put64(k, at + 8, end);
	kernel_list_add(k, k->lists->free, at + 40);
	return at;
}

/* Balanced: all black but the deepest level, which is red where it is not full. */
static inline uint64_t kernel_tree(struct kernel *k, const uint64_t *vas, size_t n, uint64_t parent,
				   unsigned level, unsigned deepest, bool is_free, uint64_t *max)
{
	size_t mid = n / 2;
	uint64_t node = vas[mid] + 16, left = 0, right = 0, most;
	bool black = level != deepest || deepest == 0;

	if (!n) {
		*max = 0;
		return 0;
	}
	most = kernel_read64(k, vas[mid] + 8) - kernel_read64(k, vas[mid]);
	*max = most;
	left = kernel_tree(k, vas, mid, node, level + 1, deepest, is_free, &most);
	*max = most > *max ? most : *max;
	right = kernel_tree(k, vas + mid + 1, n - mid - 1, node, level + 1, deepest, is_free,
			    &most);
	*max = most > *max ? most : *max;
	kernel_put64(k, node, parent | black);
	kernel_put64(k, node + 8, right);
	kernel_put64(k, node + 16, left);
	if (is_free)
		kernel_put64(k, vas[mid] + 56, *max);
	return node;
}

/** The tree of what hangs in a list; @root: where its rb_root is. */
static inline void kernel_tree_of(struct kernel *k, uint64_t head, uint64_t root, bool is_free)
{
	uint64_t vas[512], max;
	size_t n = 0;
	unsigned deepest = 0;

	for (uint64_t at = kernel_read64(k, head); at != head; at = kernel_read64(k, at)) {
		if (n == 512)
			abort();
		vas[n++] = at - 40;
	}
	while (n >> (deepest + 1))
		deepest++;
	kernel_put64(k, root, kernel_tree(k, vas, n, 0, 0, deepest, is_free, &max));
}

/** Trees of all lists as they are now; once more when they have changed. */
static inline void kernel_trees(struct kernel *k)
{
	struct kernel_lists *l = k->lists;
	const struct kernel_style *s = l->style;
	bool first = !l->roots;
	uint64_t roots = first ? kernel_alloc(k, 32, 8) : l->roots;

	l->roots = roots;
	if (first && !s->node_bytes) {
		kernel_symbol(k, "vmap_area_root", roots);
		kernel_symbol(k, "purge_vmap_area_root", roots + 8);
	}
	if (first && l->free)
		kernel_symbol(k, "free_vmap_area_root", roots + 16);
	for (unsigned i = 0; s->node_bytes && i < s->n_nodes; i++) {
		for (int lazy = 0; lazy < 2; lazy++) {
			uint64_t head = kernel_head(k, i, lazy);

			kernel_tree_of(k, head, head - 8, false);
		}
	}
	if (!s->node_bytes) {
		kernel_tree_of(k, l->busy, roots, false);
		kernel_tree_of(k, l->purge, roots + 8, false);
	}
	if (l->free)
		kernel_tree_of(k, l->free, roots + 16, true);
}

#endif
