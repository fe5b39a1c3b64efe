// SPDX-License-Identifier: GPL-2.0-or-later
/* V03, V04: the lists and trees that ranges hang in. */
#include <inttypes.h>

#include "check_priv.h"

static const char *const means_links =
	"the kernel's list or tree of ranges is damaged: it will find, free or give out wrong ones";

static const char *space_of(const struct vmt_book *b)
{
	return vmt_space_name(b->space);
}

/* What a fault is: damage, or something that cannot be read. */
static enum vmt_rc judge(struct ctx *c, size_t check, const struct vmt_book *b,
			 const struct vmt_fault *f, const char *kind)
{
	struct vmt_finding *x;

	/* A pointer into the void is damage; one to what the dump left out is not. */
	if (f->code != VMT_FORMAT && f->code != VMT_FAULT)
		return unread(c, check, 1, f->va, f->code, &f->err, f->what);
	x = finding(c, check, VMT_SEVERE, NULL, f->va, means_links, NULL);
	say_title(x, "the %s of %s ranges%s is broken", kind, space_of(b),
		  c->n_books > 4 ? " of a node" : "");
	say_expected(x, "0x%" PRIx64, f->expected);
	say_found(x, "0x%" PRIx64 ": %s", f->found, f->what);
	return VMT_OK;
}

/* ---- V03 ---- */

/* The spinlock that a list and a tree are changed under; 0: not known. */
static uint64_t lock_of(struct ctx *c, const struct vmt_book *b)
{
	static const char *const names[] = {
		[VMT_SPACE_BUSY] = "vmap_area_lock",
		[VMT_SPACE_LAZY] = "purge_vmap_area_lock",
		[VMT_SPACE_FREE] = "free_vmap_area_lock",
	};
	struct vmt_member head, lock;
	uint64_t zone;

	if (b->space != VMT_SPACE_FREE && vmt_kern_nodes(c->kern, &zone))
		return vmt_kern_member(c->kern, "rb_list", "head", &head) == VMT_OK &&
				       vmt_kern_member(c->kern, "rb_list", "lock", &lock) == VMT_OK
			       ? b->list_va - head.offset + lock.offset
			       : 0;
	return b->space < sizeof(names) / sizeof(names[0]) && names[b->space]
		       ? symbol_of(c, names[b->space])
		       : 0;
}

/*
 * link_va() and unlink_va() change the tree first and the list then, under the lock of both (5.4 to
 * 7.2): while that is held one range may be in one of them alone.
 */
static bool is_amid(struct ctx *c, const struct vmt_range *r)
{
	const struct vmt_book *b = &c->books[r->book];

	for (size_t i = 0; i < c->n_ranges; i++) {
		const struct vmt_range *other = &c->ranges[i];

		if (other != r && other->book == r->book && other->in_list != other->in_tree)
			return false;
	}
	return spin_is_held(c, lock_of(c, b));
}

static void missing(struct ctx *c, const struct vmt_range *r)
{
	const struct vmt_book *b = &c->books[r->book];
	struct vmt_finding *f;

	if (afford(c, c->n_ranges) && is_amid(c, r)) {
		(void)unknown(c, V03, 1, r->start, VMT_FACT_NONE,
			      "a %s range is just being put in, or taken out: it is in the %s "
			      "and not in the %s, and their lock is held",
			      space_of(b), r->in_list ? "list" : "tree",
			      r->in_list ? "tree" : "list");
		return;
	}
	f = finding(c, V03, VMT_SEVERE, subject_at(c, r->start), r->start, means_links, "list");
	say_title(f, "a %s range is in the %s and not in the %s", space_of(b),
		  r->in_list ? "list" : "tree", r->in_list ? "tree" : "list");
	say_expected(f, "in both");
	say_found(f, "vmap_area 0x%" PRIx64 ", 0x%" PRIx64 "-0x%" PRIx64, r->vmap_area_va, r->start,
		  r->end);
}

/* addr_to_node_id() (6.9+): freed ones keep the node that had them. */
static void check_node(struct ctx *c, const struct vmt_range *r, uint32_t nodes, uint64_t zone)
{
	const struct vmt_book *b = &c->books[r->book];
	struct vmt_finding *f;

	if (b->space != VMT_SPACE_BUSY || r->start / zone % nodes == b->node)
		return;
	f = finding(c, V03, VMT_SEVERE, subject_at(c, r->start), r->start,
		    "the kernel looks for this area in another node and does not find it", "list");
	say_title(f, "an area hangs in the wrong node");
	say_expected(f, "node %" PRIu64, r->start / zone % nodes);
	say_found(f, "node %" PRIu32, b->node);
}

enum vmt_rc check_trees(struct ctx *c)
{
	uint64_t zone = 0;
	uint32_t nodes;
	enum vmt_rc rc = VMT_OK;

	if (c->no_areas)
		return unknown(c, V03, 1, 0, VMT_FACT_NONE, "%s", c->no_areas);
	nodes = vmt_kern_nodes(c->kern, &zone);
	for (size_t i = 0; rc == VMT_OK && i < c->n_books; i++) {
		const struct vmt_book *b = &c->books[i];

		if (!b->tree_va)
			continue;
		look(c, V03, 0, b->n_tree);
		look(c, V03, 1, 1);
		if (b->tree.code != VMT_OK)
			rc = judge(c, V03, b, &b->tree, "tree");
	}
	for (size_t i = 0; i < c->n_ranges; i++) {
		const struct vmt_range *r = &c->ranges[i];
		const struct vmt_book *b = &c->books[r->book];

		/* Where one of both ends early, nothing is missing for sure. */
		if (b->tree_va && b->list.code == VMT_OK && b->tree.code == VMT_OK &&
		    r->in_list != r->in_tree)
			missing(c, r);
		if (nodes)
			check_node(c, r, nodes, zone);
	}
	if (rc == VMT_OK && c->n_books && !c->books[0].tree_va)
		rc = unknown_for(c, V03, 1, 0, vmt_kern_lack(c->kern),
				 "the root of the tree of areas is not known");
	return rc;
}

/* ---- V04 ---- */

enum vmt_rc check_lists(struct ctx *c)
{
	enum vmt_rc rc = VMT_OK;

	if (c->no_areas)
		return unknown(c, V04, 1, 0, VMT_FACT_NONE, "%s", c->no_areas);
	for (size_t i = 0; rc == VMT_OK && i < c->n_books; i++) {
		const struct vmt_book *b = &c->books[i];

		look(c, V04, 0, b->n_list);
		look(c, V04, 1, 1);
		if (b->list.code != VMT_OK)
			rc = judge(c, V04, b, &b->list, "list");
	}
	return rc;
}
