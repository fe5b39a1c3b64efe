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

#endif
