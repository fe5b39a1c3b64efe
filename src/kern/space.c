// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every range that the allocator of vmalloc space keeps (mm/vmalloc.c, 5.4 to 7.2): busy, freed,
 * pooled and free ones, from their lists and from their trees.
 */
#include <string.h>

#include "space.h"

/* A thousand nodes with 256 pools each. */
#define BOOKS_MAX (512u << 10)

struct space {
	struct vmt_range *ranges;
	size_t n, cap;
	struct vmt_book *books;
	size_t n_books, cap_books;
	struct layout layout;
	struct roots roots;
	uint64_t left;
};

/* One book being read. */
struct reading {
	struct vmt_kern *kern;
	struct space *space;
	uint32_t book;
	/* Of its list: by address of vmap_area. */
	uint32_t *by_va;
	size_t first, n_list;
	/* Offset of what links it. */
	uint64_t link;
	/* Of its tree, in order. */
	struct place {
		uint32_t range, depth;
	} * order;
	size_t n_order, cap_order;
};

const char *vmt_space_name(enum vmt_space space)
{
	static const char *const names[] = {"busy", "lazy", "being purged", "pooled", "free"};

	return names[space];
}

static uint64_t load(const unsigned char *p, uint64_t offset)
{
	uint64_t v;

	memcpy(&v, p + offset, sizeof(v));
	return v;
}

static enum vmt_rc read_range(struct reading *r, uint64_t at, bool in_list)
{
	const struct layout *l = &r->space->layout;
	struct vmt_range range = {.vmap_area_va = at, .book = r->book, .in_list = in_list};
	unsigned char va[LAYOUT_BYTES];
	enum vmt_rc rc = vmt_kern_read(r->kern, at, va, l->vmap_area_bytes, NULL);

	if (rc != VMT_OK)
		return rc;
	if (vmt_grow(&r->space->ranges, &r->space->cap, r->space->n + 1, sizeof(range)) != VMT_OK)
		return VMT_NOMEM;
	range.in_tree = !in_list;
	range.start = load(va, l->va_start);
	range.end = load(va, l->va_end);
	range.flags = l->has_va_flags ? load(va, l->va_flags) : 0;
	range.subtree_max_bytes = l->has_subtree ? load(va, l->subtree) : 0;
	r->space->ranges[r->space->n++] = range;
	if (r->space->left)
		r->space->left--;
	return VMT_OK;
}

static enum vmt_rc see_linked(void *arg, uint64_t node)
{
	struct reading *r = arg;

	return read_range(r, node - r->link, true);
}

/* ---- trees ---- */

static int by_vmap_area(const void *pa, const void *pb, void *arg)
{
	const struct space *s = arg;
	uint64_t a = s->ranges[*(const uint32_t *)pa].vmap_area_va;
	uint64_t b = s->ranges[*(const uint32_t *)pb].vmap_area_va;

	return (a > b) - (a < b);
}

static struct vmt_range *listed(struct reading *r, uint64_t vmap_area_va)
{
	size_t lo = 0, hi = r->n_list;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->space->ranges[r->by_va[mid]].vmap_area_va < vmap_area_va)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == r->n_list || r->space->ranges[r->by_va[lo]].vmap_area_va != vmap_area_va)
		return NULL;
	return &r->space->ranges[r->by_va[lo]];
}

static enum vmt_rc see_node(void *arg, uint64_t node, unsigned depth)
{
	struct reading *r = arg;
	uint64_t at = node - r->space->layout.rb_node;
	struct vmt_range *range = listed(r, at);
	enum vmt_rc rc = range ? VMT_OK : read_range(r, at, false);

	if (rc != VMT_OK)
		return rc;
	if (!range)
		range = &r->space->ranges[r->space->n - 1];
	range->in_tree = true;
	if (vmt_grow(&r->order, &r->cap_order, r->n_order + 1, sizeof(*r->order)) != VMT_OK)
		return VMT_NOMEM;
	r->order[r->n_order++] = (struct place){(uint32_t)(range - r->space->ranges), depth};
	return VMT_OK;
}

static void fault(struct vmt_book *b, const struct vmt_range *at, uint64_t expected, uint64_t found,
		  const char *what)
{
	if (b->tree.code == VMT_OK)
		b->tree = (struct vmt_fault){.code = VMT_FORMAT,
					     .va = at->vmap_area_va,
					     .expected = expected,
					     .found = found,
					     .what = what};
}

/* The largest range of the subtree whose nodes, in order, begin at *@at (free trees only). */
static uint64_t subtree(struct reading *r, struct vmt_book *b, size_t *at, uint32_t depth)
{
	const struct vmt_range *node;
	uint64_t max = 0, other = 0;

	if (*at < r->n_order && r->order[*at].depth > depth)
		max = subtree(r, b, at, depth + 1);
	if (*at == r->n_order || r->order[*at].depth != depth)
		return max;
	node = &r->space->ranges[r->order[(*at)++].range];
	if (*at < r->n_order && r->order[*at].depth > depth)
		other = subtree(r, b, at, depth + 1);
	max = other > max ? other : max;
	max = node->end - node->start > max ? node->end - node->start : max;
	if (node->subtree_max_bytes != max)
		fault(b, node, max, node->subtree_max_bytes,
		      "subtree_max_size is not that of the largest range below");
	return max;
}

static void check_order(struct reading *r, struct vmt_book *b)
{
	size_t at = 0;

	for (size_t i = 1; i < r->n_order; i++) {
		const struct vmt_range *before = &r->space->ranges[r->order[i - 1].range];
		const struct vmt_range *range = &r->space->ranges[r->order[i].range];

		if (range->start < before->start)
			fault(b, range, before->start, range->start,
			      "the tree is not in the order of addresses");
	}
	if (b->space == VMT_SPACE_FREE && r->space->layout.has_subtree && b->tree.code == VMT_OK)
		(void)subtree(r, b, &at, 1);
}

/* Without CONFIG_KALLSYMS_ALL nothing tells of the root, but any node leads up to it. */
static enum vmt_rc find_top(struct reading *r, struct vmt_book *b, uint64_t *top)
{
	enum vmt_rc rc = VMT_OK;

	*top = 0;
	if (b->tree_va)
		rc = vmt_kern_read_u64(r->kern, b->tree_va, top, &b->tree.err);
	else if (b->space != VMT_SPACE_POOL && b->space != VMT_SPACE_PURGE && r->n_list &&
		 r->space->layout.has_rb_node)
		*top = b->tree_va = kern_tree_top(r->kern, r->space->ranges[r->first].vmap_area_va +
								   r->space->layout.rb_node);
	if (rc != VMT_OK)
		b->tree = (struct vmt_fault){.code = rc,
					     .va = b->tree_va,
					     .what = "the root of the tree cannot be read",
					     .err = b->tree.err};
	return rc;
}

static enum vmt_rc read_tree(struct reading *r, struct vmt_book *b)
{
	uint32_t *by_va VMT_FREE = malloc((r->n_list + 1) * sizeof(*by_va));
	uint64_t top;
	enum vmt_rc rc = find_top(r, b, &top);

	if (rc != VMT_OK || !b->tree_va)
		return VMT_OK;
	if (!by_va)
		return VMT_NOMEM;
	for (size_t i = 0; i < r->n_list; i++)
		by_va[i] = (uint32_t)(r->first + i);
	qsort_r(by_va, r->n_list, sizeof(*by_va), by_vmap_area, r->space);
	r->by_va = by_va;
	rc = kern_tree(r->kern, top, r->space->left + r->n_list, see_node, r, &b->tree);
	b->n_tree = r->n_order;
	if (rc == VMT_OK)
		check_order(r, b);
	r->by_va = NULL;
	return rc == VMT_NOMEM ? rc : VMT_OK;
}

/* ---- books ---- */

static enum vmt_rc read_linked(struct reading *r, struct vmt_book *b, bool chain)
{
	enum vmt_rc rc;

	if (!chain)
		return vmt_kern_list(r->kern, b->list_va, r->space->left, see_linked, r, &b->list);
	rc = kern_chain(r->kern, b->list_va, r->space->left, see_linked, r, &b->list.err);
	if (rc != VMT_OK)
		b->list = (struct vmt_fault){.code = rc,
					     .va = b->list_va,
					     .what = "the chain breaks",
					     .err = b->list.err};
	return rc;
}

/*
 * @chain: the list is one of llist.h, 5.4 to 5.10.  A kernel that runs may change either while it
 * is read: then both are read again.
 */
static enum vmt_rc read_book(struct vmt_kern *kern, struct space *s, struct vmt_book book,
			     bool chain)
{
	const size_t first = s->n;
	const uint64_t left = s->left;
	unsigned tries = 0;
	enum vmt_rc rc, list;

	if (s->n_books == BOOKS_MAX)
		return VMT_OK;
	if (vmt_grow(&s->books, &s->cap_books, s->n_books + 1, sizeof(book)) != VMT_OK)
		return VMT_NOMEM;
	do {
		struct reading r = {.kern = kern,
				    .space = s,
				    .book = (uint32_t)s->n_books,
				    .first = first,
				    .link = chain ? s->layout.purge_list : s->layout.list};
		struct vmt_book *b = &s->books[s->n_books];

		*b = book;
		s->n = first;
		s->left = left;
		list = rc = read_linked(&r, b, chain);
		b->n_list = r.n_list = s->n - first;
		if (rc != VMT_NOMEM && !chain)
			rc = read_tree(&r, b);
		if (rc == VMT_OK)
			rc = list != VMT_OK ? list : b->tree.code;
		free(r.order);
	} while (kern_again(kern, rc, &tries));
	s->n_books++;
	return rc == VMT_NOMEM ? rc : VMT_OK;
}

static uint64_t symbol(struct vmt_kern *kern, const char *name)
{
	uint64_t vas[VMT_CANDIDATES];

	return vmt_kern_symbol(kern, name, vas) ? vas[0] : 0;
}

static enum vmt_rc read_pools(struct vmt_kern *kern, struct space *s, uint32_t node)
{
	const struct layout *l = &s->layout;
	uint64_t at = s->roots.nodes + node * l->node_bytes + l->pool;
	enum vmt_rc rc = VMT_OK;

	for (uint32_t i = 0; rc == VMT_OK && i < l->n_pools; i++) {
		uint64_t head = at + i * l->pool_bytes + l->pool_head, next;

		/* Nearly all are empty: not worth a book. */
		if (vmt_kern_read_u64(kern, head, &next, NULL) == VMT_OK && next == head)
			continue;
		rc = read_book(
			kern, s,
			(struct vmt_book){
				.space = VMT_SPACE_POOL, .node = node, .pool = i, .list_va = head},
			false);
	}
	return rc;
}

/* It is set up by the first purge only: a head that nothing points back to is none yet. */
static enum vmt_rc read_purge_list(struct vmt_kern *kern, struct space *s, uint32_t node)
{
	uint64_t head = s->roots.nodes + node * s->layout.node_bytes + s->layout.node_purge;

	if (!s->layout.has_node_purge || kern_list_likeness(kern, head) < 3)
		return VMT_OK;
	return read_book(kern, s,
			 (struct vmt_book){.space = VMT_SPACE_PURGE, .node = node, .list_va = head},
			 false);
}

static enum vmt_rc read_node(struct vmt_kern *kern, struct space *s, uint32_t node)
{
	const struct layout *l = &s->layout;
	uint64_t at = s->roots.nodes + node * l->node_bytes;
	bool trees = l->has_roots && l->has_rb_node;
	struct vmt_book busy = {.space = VMT_SPACE_BUSY,
				.node = node,
				.list_va = at + l->node_busy,
				.tree_va = trees ? at + l->busy_root : 0};
	struct vmt_book lazy = {.space = VMT_SPACE_LAZY,
				.node = node,
				.list_va = at + l->node_lazy,
				.tree_va = trees ? at + l->lazy_root : 0};
	enum vmt_rc rc = read_book(kern, s, busy, false);

	if (rc == VMT_OK)
		rc = read_book(kern, s, lazy, false);
	if (rc == VMT_OK)
		rc = read_purge_list(kern, s, node);
	if (rc == VMT_OK && l->has_pools)
		rc = read_pools(kern, s, node);
	return rc;
}

static enum vmt_rc read_before_nodes(struct vmt_kern *kern, struct space *s)
{
	bool trees = s->layout.has_rb_node;
	struct vmt_book busy = {.space = VMT_SPACE_BUSY,
				.list_va = s->roots.busy,
				.tree_va = trees ? symbol(kern, "vmap_area_root") : 0};
	struct vmt_book lazy = {.space = VMT_SPACE_LAZY,
				.list_va = s->roots.lazy ? s->roots.lazy : s->roots.chain,
				.tree_va = trees ? symbol(kern, "purge_vmap_area_root") : 0};
	enum vmt_rc rc = read_book(kern, s, busy, false);

	if (rc == VMT_OK && lazy.list_va)
		rc = read_book(kern, s, lazy, !s->roots.lazy);
	return rc;
}

static enum vmt_rc read_free(struct vmt_kern *kern, struct space *s)
{
	uint64_t heads[VMT_CANDIDATES];
	size_t n = vmt_kern_symbol(kern, "free_vmap_area_list", heads), at = 0;
	struct vmt_book b = {.space = VMT_SPACE_FREE};

	if (!n)
		return VMT_OK;
	/* It is there from the start: a head that is none is damaged, or was left out. */
	(void)kern_find_list(kern, heads, n, &at);
	b.list_va = heads[at];
	b.tree_va = s->layout.has_rb_node ? symbol(kern, "free_vmap_area_root") : 0;
	return read_book(kern, s, b, false);
}

enum vmt_rc vmt_kern_ranges(struct vmt_kern *kern, const struct vmt_range **ranges, size_t *n,
			    struct vmt_err *err)
{
	struct space *s = kern->space;
	enum vmt_rc rc = VMT_OK;

	if (!s) {
		s = calloc(1, sizeof(*s));
		if (!s)
			return vmt_err_nomem(err);
		s->left = roots_most(kern);
		rc = layout_learn(kern, &s->layout, err);
		if (rc == VMT_OK)
			rc = roots_find(kern, &s->layout, &s->roots, err);
		for (uint32_t i = 0; rc == VMT_OK && i < s->roots.n_nodes; i++)
			rc = read_node(kern, s, i);
		if (rc == VMT_OK && s->roots.vms)
			rc = vmt_err_set(err, VMT_NONE,
					 "kernels before 3.10 have a plain chain of areas: there "
					 "is nothing to hold it against");
		if (rc == VMT_OK && !s->roots.nodes)
			rc = read_before_nodes(kern, s);
		if (rc == VMT_OK)
			rc = read_free(kern, s);
		if (rc != VMT_OK) {
			space_free(s);
			return rc == VMT_NOMEM ? vmt_err_nomem(err) : rc;
		}
		kern->space = s;
	}
	*ranges = s->ranges;
	*n = s->n;
	return VMT_OK;
}

const struct vmt_book *vmt_kern_books(const struct vmt_kern *kern, size_t *n)
{
	*n = kern->space ? kern->space->n_books : 0;
	return kern->space ? kern->space->books : NULL;
}

/* vmap_init_nodes(): 16 pages each, where there is more than one node. */
uint32_t vmt_kern_nodes(struct vmt_kern *kern, uint64_t *zone_bytes)
{
	uint64_t va = symbol(kern, "vmap_zone_size");
	uint32_t bytes;

	*zone_bytes = 16 * kern->about.page_size;
	if (va && vmt_kern_read_u32(kern, va, &bytes, NULL) == VMT_OK && bytes)
		*zone_bytes = bytes;
	return kern->space ? kern->space->roots.n_nodes : 0;
}

void space_free(struct space *s)
{
	if (!s)
		return;
	free(s->ranges);
	free(s->books);
	free(s);
}
