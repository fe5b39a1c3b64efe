// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Red-black trees (include/linux/rbtree.h, lib/rbtree.c), walked in order and without trust: every
 * child must point back to its parent, so that nothing is met twice.
 */
#include "space.h"

/* A sound tree of 2^32 nodes is no deeper. */
#define DEPTH_MAX 64
#define BLACK	  1u
#define COLORS	  3u

/* As in memory. */
struct rb_node {
	uint64_t parent_color, right, left;
};

struct step {
	uint64_t va;
	struct rb_node node;
	/* Black nodes from the root to here. */
	unsigned blacks;
	/* Its left is done, and so is it. */
	bool done;
};

struct walk {
	struct vmt_kern *kern;
	struct vmt_fault *fault;
	struct step stack[DEPTH_MAX];
	unsigned depth;
	/* Black nodes on every way down; 0: none was at its end yet. */
	unsigned blacks;
	uint64_t left;
};

static enum vmt_rc fault(struct walk *w, uint64_t va, uint64_t expected, uint64_t found,
			 const char *what)
{
	w->fault->code = VMT_FORMAT;
	w->fault->va = va;
	w->fault->expected = expected;
	w->fault->found = found;
	w->fault->what = what;
	return VMT_FORMAT;
}

/* The end of a way down: as many black nodes as on every other. */
static enum vmt_rc at_end(struct walk *w, const struct step *s)
{
	if (!w->blacks)
		w->blacks = s->blacks;
	return w->blacks == s->blacks
		       ? VMT_OK
		       : fault(w, s->va, w->blacks, s->blacks, "the tree's colours do not balance");
}

static enum vmt_rc push(struct walk *w, uint64_t va, uint64_t parent, bool parent_black)
{
	struct step *s;
	bool black;
	enum vmt_rc rc;

	if (w->depth == DEPTH_MAX || !w->left)
		return fault(w, va, 0, 0, "the tree is deeper or larger than it can be");
	s = &w->stack[w->depth];
	s->va = va;
	rc = vmt_kern_read(w->kern, va, &s->node, sizeof(s->node), &w->fault->err);
	if (rc != VMT_OK) {
		(void)fault(w, parent, 0, va, "a child cannot be read");
		return w->fault->code = rc;
	}
	if ((s->node.parent_color & ~(uint64_t)COLORS) != parent)
		return fault(w, va, parent, s->node.parent_color & ~(uint64_t)COLORS,
			     "a child does not point back to its parent");
	black = s->node.parent_color & BLACK;
	if (!black && !parent_black)
		return fault(w, va, 0, 0, "a red node has a red child");
	if (s->node.left && s->node.left == s->node.right)
		return fault(w, va, 0, s->node.left, "one child stands on both sides");
	s->blacks = (w->depth ? s[-1].blacks : 0) + black;
	s->done = false;
	w->depth++;
	w->left--;
	return VMT_OK;
}

/* Down to the leftmost below @va. */
static enum vmt_rc descend(struct walk *w, uint64_t va, uint64_t parent, bool parent_black)
{
	enum vmt_rc rc = VMT_OK;

	while (rc == VMT_OK && va) {
		const struct step *s = &w->stack[w->depth];

		rc = push(w, va, parent, parent_black);
		if (rc != VMT_OK)
			return rc;
		parent = va;
		parent_black = s->node.parent_color & BLACK;
		va = s->node.left;
		if (!va)
			rc = at_end(w, s);
	}
	return rc;
}

uint64_t kern_tree_top(struct vmt_kern *kern, uint64_t node)
{
	uint64_t up;

	for (int i = 0; i < DEPTH_MAX; i++) {
		if (vmt_kern_read_u64(kern, node, &up, NULL) != VMT_OK)
			return 0;
		if (!(up & ~(uint64_t)COLORS))
			return node;
		node = up & ~(uint64_t)COLORS;
	}
	return 0;
}

enum vmt_rc kern_tree(struct vmt_kern *kern, uint64_t top, uint64_t max, kern_tree_fn *fn,
		      void *arg, struct vmt_fault *fault)
{
	struct walk w = {.kern = kern, .fault = fault, .left = max};
	enum vmt_rc rc;

	rc = descend(&w, top, 0, true);
	while (rc == VMT_OK && w.depth) {
		struct step *s = &w.stack[w.depth - 1];

		if (s->done) {
			w.depth--;
			continue;
		}
		s->done = true;
		rc = fn(arg, s->va, w.depth);
		if (rc != VMT_OK) {
			fault->va = s->va;
			fault->what = "a node cannot be read";
			return fault->code = rc;
		}
		rc = s->node.right ? descend(&w, s->node.right, s->va, s->node.parent_color & BLACK)
				   : at_end(&w, s);
	}
	return rc;
}
