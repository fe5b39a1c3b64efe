// SPDX-License-Identifier: GPL-2.0-or-later
/** Layout of the structures that areas are made of; offsets in bytes. */
#ifndef VMTOOL_KERN_LAYOUT_H
#define VMTOOL_KERN_LAYOUT_H

#include "kern_priv.h"

/** Neither vmap_area nor vm_struct is larger than this in any kernel. */
#define LAYOUT_BYTES 256

struct layout {
	/** struct vmap_area */
	uint64_t va_start, va_end, list, vm, va_flags, purge_list, vmap_area_bytes;
	/** struct vm_struct */
	uint64_t addr, size, flags, pages, page_order, nr_pages, nr_pages_bytes, phys, caller,
		requested, vm_struct_bytes;
	/** struct vmap_node (6.9+) */
	uint64_t node_busy, node_lazy, node_bytes;
	/** By the table: up to 5.10 nr_pages stands where page_order does since. */
	bool order_or_pages;
	bool has_purge_list, has_va_flags, has_order, has_requested, has_nodes;
};

/** @return VMT_OK, or VMT_FORMAT when members lie outside of structures no kernel has. */
enum vmt_rc layout_learn(struct vmt_kern *kern, struct layout *l, struct vmt_err *err);

/** Words and NUMA counts that need all areas. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc kareas_finish(struct vmt_kern *kern, const struct layout *l, struct vmt_karea *areas,
			  size_t n, struct vmt_kareas_about *about);
/**
 * Of a kernel that runs: areas that lie over each other were not there at the same time; of two the
 * one that was read last stays. @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc kareas_settle(struct vmt_karea *areas, size_t *n, struct vmt_kareas_about *about);

#endif
