// SPDX-License-Identifier: GPL-2.0-or-later
/** Ranges of address space as the kernel links them: lists and trees. */
#ifndef VMTOOL_KERN_SPACE_H
#define VMTOOL_KERN_SPACE_H

#include "layout.h"

/** @depth: of the node, 1 the root. */
typedef enum vmt_rc kern_tree_fn(void *arg, uint64_t node, unsigned depth);

/**
 * Walk a tree in order from its first rb_node; 0: there is none.  @fn gets the address of each
 * rb_node.  Stops at the first thing that is wrong, after @max nodes, or where memory cannot be
 * read.
 */
enum vmt_rc kern_tree(struct vmt_kern *kern, uint64_t top, uint64_t max, kern_tree_fn *fn,
		      void *arg, struct vmt_fault *fault);
/** The first node of the tree that @node is in, by way of its parents; 0: there is no end. */
uint64_t kern_tree_top(struct vmt_kern *kern, uint64_t node);

#endif
