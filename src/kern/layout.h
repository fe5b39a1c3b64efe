// SPDX-License-Identifier: GPL-2.0-or-later
/** Layout of the structures that areas are made of; offsets in bytes. */
#ifndef VMTOOL_KERN_LAYOUT_H
#define VMTOOL_KERN_LAYOUT_H

#include "kern_priv.h"

/** Neither vmap_area nor vm_struct is larger than this in any kernel. */
#define LAYOUT_BYTES 256

struct layout {
	/** struct vmap_area; subtree_max_size lies where vm does since 5.4 */
	uint64_t rb_node, subtree, va_start, va_end, list, vm, va_flags, purge_list,
		vmap_area_bytes;
	/** struct vm_struct */
	uint64_t addr, size, flags, pages, page_order, nr_pages, nr_pages_bytes, phys, caller,
		requested, vm_struct_bytes;
	/** struct vmap_node (6.9+) */
	uint64_t node_busy, node_lazy, node_purge, node_bytes;
	/** Of rb_list: the root, where node_busy and node_lazy are heads. */
	uint64_t busy_root, lazy_root;
	/** pool[]: where, of how many, and one's bytes, head and length. */
	uint64_t pool, n_pools, pool_bytes, pool_head, pool_len;
	/** By the table: up to 5.10 nr_pages stands where page_order does since. */
	bool order_or_pages;
	bool has_purge_list, has_va_flags, has_order, has_requested, has_nodes;
	/** To 5.3: va_flags say what an area is, and freed ones stay on the list. */
	bool old_flags;
	bool has_rb_node, has_subtree, has_roots, has_pools, has_node_purge;
};

/** @return VMT_OK, or VMT_FORMAT when members lie outside of structures no kernel has. */
enum vmt_rc layout_learn(struct vmt_kern *kern, struct layout *l, struct vmt_err *err);

/** VMT_AREA_VPAGES, where all areas are known. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc kareas_mark_vpages(struct vmt_karea *areas, size_t n);
/** NUMA counts.  @l: NULL, and nobody looks whether areas of a running kernel have moved. @return
 * VMT_OK or VMT_NOMEM. */
enum vmt_rc kareas_count(struct vmt_kern *kern, const struct layout *l, struct vmt_karea *areas,
			 size_t n, struct vmt_kareas_about *about);
/** Of a kernel that runs: is that area still there, and mapped? */
bool kareas_is_still(struct vmt_kern *kern, const struct layout *l, const struct vmt_karea *k);
/**
 * Of a kernel that runs: areas that lie over each other were not there at the same time; of two the
 * one that was read last stays, unless the other is there still. @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc kareas_settle(struct vmt_kern *kern, const struct layout *l, struct vmt_karea *areas,
			  size_t *n, struct vmt_kareas_about *about);

/** Where the lists of areas begin. */
struct roots {
	/** 6.9+: the array of nodes; 0 before. */
	uint64_t nodes;
	uint32_t n_nodes;
	/** Before: the list of areas, of freed ones (5.11+), and the chain of them (to 5.10). */
	uint64_t busy, lazy, chain;
	/** To 3.9: no list of areas but a chain of vm_struct (vmlist). */
	uint64_t vms;
};
/** @return VMT_OK, or VMT_NONE: neither nodes nor a list is known. */
enum vmt_rc roots_find(struct vmt_kern *kern, const struct layout *l, struct roots *roots,
		       struct vmt_err *err);
/** Nodes that lists can have, all together: no two are at one place of the image. */
uint64_t roots_most(const struct vmt_kern *kern);

#endif
