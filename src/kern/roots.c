// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the lists of areas begin (mm/vmalloc.c): vmap_nodes since 6.9, vmap_area_list before,
 * vmlist to 3.9, and what is freed and not yet purged: purge_vmap_area_list (5.11+),
 * vmap_purge_list (to 5.10).
 */
#include "layout.h"

/* More areas than any machine has, all lists together, and more nodes (128 in 6.9 to 7.2). */
#define AREAS_MAX (4u << 20)
#define NODES_MAX 1024

uint64_t roots_most(const struct vmt_kern *kern)
{
	uint64_t most = kern->stored_bytes / sizeof(uint64_t[2]);

	return most < AREAS_MAX ? most : AREAS_MAX;
}

/* The likest of all nodes' lists: the dump may have left out some. */
static int likeness_of(struct vmt_kern *kern, const struct layout *l, uint64_t base, uint32_t count)
{
	int best = 0;

	for (uint32_t i = 0; i < count && best < 3; i++) {
		int like = kern_list_likeness(kern, base + i * l->node_bytes + l->node_busy);

		best = like > best ? like : best;
	}
	return best;
}

/* How many nodes: what cannot be read cannot be told from one node. */
static uint32_t count_nodes(struct vmt_kern *kern)
{
	uint64_t vas[VMT_CANDIDATES];
	size_t n = vmt_kern_symbol(kern, "nr_vmap_nodes", vas);
	uint32_t count;

	for (size_t i = 0; i < n; i++) {
		if (vmt_kern_read_u32(kern, vas[i], &count, NULL) == VMT_OK && count &&
		    count <= NODES_MAX)
			return count;
	}
	return n ? 0 : 1;
}

/* 6.9+: vmap_nodes points to an array; on one CPU, and 32-bit, to `single`. */
static bool find_nodes(struct vmt_kern *kern, const struct layout *l, uint64_t *base,
		       uint32_t *count)
{
	uint64_t vas[VMT_CANDIDATES], array;
	size_t n = l->has_nodes ? vmt_kern_symbol(kern, "vmap_nodes", vas) : 0;
	uint32_t nodes = n ? count_nodes(kern) : 0;
	int best = 0, like;

	*base = 0;
	for (size_t i = 0; i < n; i++) {
		like = vmt_kern_read_u64(kern, vas[i], &array, NULL) == VMT_OK
			       ? likeness_of(kern, l, array, nodes)
			       : 0;
		if (like > best) {
			best = like;
			*base = array;
			*count = nodes;
		}
	}
	n = best ? 0 : l->has_nodes ? vmt_kern_symbol(kern, "single", vas) : 0;
	for (size_t i = 0; i < n; i++) {
		like = likeness_of(kern, l, vas[i], 1);
		if (like > best) {
			best = like;
			*base = vas[i];
			*count = 1;
		}
	}
	return best > 0;
}

static bool find_head(struct vmt_kern *kern, const char *name, uint64_t *head)
{
	uint64_t vas[VMT_CANDIDATES];
	size_t n = vmt_kern_symbol(kern, name, vas), at;

	if (!kern_find_list(kern, vas, n, &at))
		return false;
	*head = vas[at];
	return true;
}

enum vmt_rc roots_find(struct vmt_kern *kern, const struct layout *l, struct roots *roots,
		       struct vmt_err *err)
{
	uint64_t vas[VMT_CANDIDATES];

	*roots = (struct roots){0};
	if (find_nodes(kern, l, &roots->nodes, &roots->n_nodes))
		return VMT_OK;
	/* Later kernels have one too, of use while they boot; VMCOREINFO does not have it then. */
	if (vmt_info_hex(kern->info, "SYMBOL(vmlist)", &roots->vms))
		return VMT_OK;
	if (!find_head(kern, "vmap_area_list", &roots->busy))
		return vmt_err_set(
			err, VMT_NONE,
			"%s: neither vmap_nodes nor vmap_area_list is known: the areas are "
			"not found; symbols are needed (--kallsyms, --system-map)",
			vmt_mem_path(kern->mem));
	if (!find_head(kern, "purge_vmap_area_list", &roots->lazy) && l->has_purge_list &&
	    !l->old_flags && vmt_kern_symbol(kern, "vmap_purge_list", vas))
		roots->chain = vas[0];
	return VMT_OK;
}
