// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The areas of vmalloc space, as vmalloc_info_show() and show_purge_info() of mm/vmalloc.c print
 * them (5.10 to 7.2): busy areas, by vmap node since 6.9, then what is freed and not yet purged.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"

/* More areas than any machine has, all lists together, and more nodes (128 in 6.9 to 7.2). */
#define AREAS_MAX (4u << 20)
#define NODES_MAX 1024
/* include/linux/vmalloc.h */
#define VM_IOREMAP	 0x1
#define VM_ALLOC	 0x2
#define VM_MAP		 0x4
#define VM_USERMAP	 0x8
#define VM_DMA_COHERENT	 0x10
#define VM_UNINITIALIZED 0x20
#define VM_NO_GUARD	 0x40
#define VM_SPARSE	 0x1000
/* mm/vmalloc.c, vmap_area.flags, 6.3+ */
#define VMAP_RAM 0x1

struct kareas {
	struct vmt_karea *items;
	size_t n, cap;
	struct vmt_kareas_about about;
	struct layout layout;
};

struct reading {
	struct vmt_kern *kern;
	struct kareas *all;
	/* The list being read is of freed areas: their vm is not to be looked at. */
	bool freed;
	/* Why it ends. */
	struct vmt_err err;
	/* Nodes of lists that may still be read. */
	uint64_t left;
};

static uint64_t load(const unsigned char *p, uint64_t offset, uint64_t bytes)
{
	uint64_t v = 0;

	memcpy(&v, p + offset, bytes < 8 ? bytes : 8);
	return v;
}

static enum vmt_rc add(struct kareas *all, const struct vmt_karea *k)
{
	if (vmt_grow(&all->items, &all->cap, all->n + 1, sizeof(*k)) != VMT_OK)
		return VMT_NOMEM;
	all->items[all->n] = *k;
	all->items[all->n].area.line = all->n + 1;
	vmt_area_classify(&all->items[all->n].area);
	all->n++;
	return VMT_OK;
}

static enum vmt_rc keep(struct vmt_kern *kern, const char *text, struct vmt_str *kept)
{
	uint32_t id;

	if (vmt_intern_add(kern->strings, vmt_str(text), &id, NULL) != VMT_OK)
		return VMT_NOMEM;
	*kept = vmt_intern_str(kern->strings, id);
	return VMT_OK;
}

/* %pS */
static enum vmt_rc name_caller(struct vmt_kern *kern, uint64_t va, struct vmt_area *a)
{
	char text[KALLSYMS_NAME + 64];
	struct vmt_symbol s;
	enum vmt_rc rc = vmt_kern_name(kern, va, &s);

	if (rc == VMT_NOMEM)
		return rc;
	if (rc != VMT_OK)
		(void)snprintf(text, sizeof(text), "0x%" PRIx64, va);
	else
		(void)snprintf(text, sizeof(text), "%.*s+0x%" PRIx64 "/0x%" PRIx64, (int)s.name.n,
			       s.name.p, va - s.va, s.size_bytes);
	a->module = rc == VMT_OK ? s.module : (struct vmt_str){NULL, 0};
	return keep(kern, text, &a->caller);
}

static uint32_t words(uint64_t flags)
{
	return (flags & VM_IOREMAP ? VMT_AREA_IOREMAP : 0u) |
	       (flags & VM_SPARSE ? VMT_AREA_SPARSE : 0u) |
	       (flags & VM_ALLOC ? VMT_AREA_VMALLOC : 0u) | (flags & VM_MAP ? VMT_AREA_VMAP : 0u) |
	       (flags & VM_USERMAP ? VMT_AREA_USER : 0u) |
	       (flags & VM_DMA_COHERENT ? VMT_AREA_DMA_COHERENT : 0u);
}

/* A busy area with its vm_struct. @return VMT_NONE: not printed. */
static enum vmt_rc fill_busy(struct reading *r, const unsigned char *vm, struct vmt_karea *k)
{
	const struct layout *l = &r->all->layout;
	struct vmt_area *a = &k->area;

	k->vm_flags = load(vm, l->flags, 8);
	if (k->vm_flags & VM_UNINITIALIZED) {
		r->all->about.uninitialized++;
		return VMT_NONE;
	}
	/* With KASAN's tags addr has one. */
	a->start = vmt_va_untag(load(vm, l->addr, 8));
	a->size_bytes = load(vm, l->size, 8);
	a->end = a->start + a->size_bytes;
	a->pages = load(vm, l->nr_pages, l->nr_pages_bytes);
	a->phys = load(vm, l->phys, 8);
	k->pages_va = vmt_va_untag(load(vm, l->pages, 8));
	k->caller_va = load(vm, l->caller, 8);
	k->page_order = l->has_order ? (unsigned)load(vm, l->page_order, 4) : 0;
	if (l->order_or_pages && !a->pages) {
		a->pages = k->page_order;
		k->page_order = 0;
	}
	k->requested_bytes = l->has_requested ? load(vm, l->requested, 8) : 0;
	a->flags = words(k->vm_flags) | (a->pages ? VMT_AREA_HAS_PAGES : 0u) |
		   (a->phys ? VMT_AREA_HAS_PHYS : 0u) | VMT_AREA_EXACT |
		   (a->start != load(vm, l->addr, 8) ? VMT_AREA_TAGGED : 0u) |
		   (k->vm_flags & VM_NO_GUARD ? VMT_AREA_NO_GUARD : 0u);
	return k->caller_va ? name_caller(r->kern, k->caller_va, a) : VMT_OK;
}

static enum vmt_rc see_area(struct reading *r, uint64_t at)
{
	const struct layout *l = &r->all->layout;
	unsigned char va[LAYOUT_BYTES], vm[LAYOUT_BYTES];
	struct vmt_karea k = {.vmap_area_va = at};
	struct vmt_area *a = &k.area;
	enum vmt_rc rc = vmt_kern_read(r->kern, k.vmap_area_va, va, l->vmap_area_bytes, &r->err);

	r->left--;
	if (rc != VMT_OK)
		return rc;
	a->addr_digits = 16;
	a->start = load(va, l->va_start, 8);
	a->end = load(va, l->va_end, 8);
	a->size_bytes = a->end - a->start;
	k.vm_struct_va = r->freed ? 0 : load(va, l->vm, 8);
	if (r->freed) {
		a->flags = VMT_AREA_UNPURGED;
		return add(r->all, &k);
	}
	if (!k.vm_struct_va) {
		/* 6.3+: only those that are; before, also areas being torn down. */
		if (l->has_va_flags && !(load(va, l->va_flags, 8) & VMAP_RAM))
			return VMT_OK;
		a->flags = VMT_AREA_VM_MAP_RAM;
		return add(r->all, &k);
	}
	rc = vmt_kern_read(r->kern, k.vm_struct_va, vm, l->vm_struct_bytes, NULL);
	if (vmt_mem_about(r->kern->mem)->live &&
	    (rc == VMT_OK ? vmt_va_untag(load(vm, l->addr, 8)) != a->start : rc != VMT_NOMEM))
		return vmt_err_set(&r->err, VMT_FORMAT,
				   "area 0x%" PRIx64 " is gone while it is read", at);
	if (rc == VMT_OK)
		rc = fill_busy(r, vm, &k);
	else if (rc != VMT_NOMEM) {
		r->all->about.no_vm++;
		rc = VMT_OK;
	}
	if (rc == VMT_NONE)
		return VMT_OK;
	return rc == VMT_OK ? add(r->all, &k) : rc;
}

static enum vmt_rc see_node(void *arg, uint64_t node)
{
	struct reading *r = arg;

	return see_area(r, node - r->all->layout.list);
}

/* 5.4 to 5.10: freed areas hang by a member that overlays vm. */
static enum vmt_rc see_purged(void *arg, uint64_t node)
{
	struct reading *r = arg;

	return see_area(r, node - r->all->layout.purge_list);
}

/* A list that breaks loses its rest, not the answer. */
static enum vmt_rc note_end(struct reading *r, enum vmt_rc rc)
{
	if (rc == VMT_OK || rc == VMT_NOMEM)
		return rc;
	if (!r->all->about.broken_lists++)
		r->all->about.first = r->err;
	return VMT_OK;
}

static enum vmt_rc walk_list(struct reading *r, uint64_t head)
{
	return kern_list(r->kern, head, r->left, see_node, r, &r->err);
}

static enum vmt_rc walk_chain(struct reading *r, uint64_t first)
{
	return kern_chain(r->kern, first, r->left, see_purged, r, &r->err);
}

/* All of one list, from its head; what a try has read that failed is forgotten before the next. */
static enum vmt_rc read_with(struct reading *r, uint64_t from, bool freed,
			     enum vmt_rc (*walk)(struct reading *r, uint64_t from))
{
	const struct vmt_kareas_about before = r->all->about;
	size_t n = r->all->n;
	uint64_t left = r->left;
	unsigned tries = 0;
	enum vmt_rc rc;

	r->freed = freed;
	do {
		r->all->about = before;
		r->all->about.again += tries;
		r->all->n = n;
		r->left = left;
		r->err = (struct vmt_err){0};
		rc = walk(r, from);
	} while (kern_again(r->kern, rc, &tries));
	r->all->about.unsteady += tries == KERN_TRIES;
	return note_end(r, rc);
}

static enum vmt_rc read_list(struct reading *r, uint64_t head, bool freed)
{
	return read_with(r, head, freed, walk_list);
}

static enum vmt_rc read_chain(struct reading *r, uint64_t first)
{
	return read_with(r, first, true, walk_chain);
}

/* ---- roots ---- */

/* The likest of all nodes' lists: the dump may have left out some. */
static int likeness_of(struct reading *r, uint64_t base, uint32_t count)
{
	const struct layout *l = &r->all->layout;
	int best = 0;

	for (uint32_t i = 0; i < count && best < 3; i++) {
		int like = kern_list_likeness(r->kern, base + i * l->node_bytes + l->node_busy);

		best = like > best ? like : best;
	}
	return best;
}

/* How many nodes: what cannot be read cannot be told from one node. */
static uint32_t count_nodes(struct reading *r)
{
	uint64_t vas[VMT_CANDIDATES];
	size_t n = vmt_kern_symbol(r->kern, "nr_vmap_nodes", vas);
	uint32_t count;

	for (size_t i = 0; i < n; i++) {
		if (vmt_kern_read_u32(r->kern, vas[i], &count, NULL) == VMT_OK && count &&
		    count <= NODES_MAX)
			return count;
	}
	return n ? 0 : 1;
}

/* 6.9+: vmap_nodes points to an array; on one CPU, and 32-bit, to `single`. */
static bool find_nodes(struct reading *r, uint64_t *base, uint32_t *count)
{
	const struct layout *l = &r->all->layout;
	uint64_t vas[VMT_CANDIDATES], array;
	size_t n = l->has_nodes ? vmt_kern_symbol(r->kern, "vmap_nodes", vas) : 0;
	uint32_t nodes = n ? count_nodes(r) : 0;
	int best = 0, like;

	*base = 0;
	for (size_t i = 0; i < n; i++) {
		like = vmt_kern_read_u64(r->kern, vas[i], &array, NULL) == VMT_OK
			       ? likeness_of(r, array, nodes)
			       : 0;
		if (like > best) {
			best = like;
			*base = array;
			*count = nodes;
		}
	}
	n = best ? 0 : l->has_nodes ? vmt_kern_symbol(r->kern, "single", vas) : 0;
	for (size_t i = 0; i < n; i++) {
		like = likeness_of(r, vas[i], 1);
		if (like > best) {
			best = like;
			*base = vas[i];
			*count = 1;
		}
	}
	return best > 0;
}

static enum vmt_rc read_nodes(struct reading *r, uint64_t base, uint32_t count)
{
	const struct layout *l = &r->all->layout;
	enum vmt_rc rc = VMT_OK;

	for (int freed = 0; rc == VMT_OK && freed < 2; freed++) {
		uint64_t head = freed ? l->node_lazy : l->node_busy;

		for (uint32_t i = 0; rc == VMT_OK && i < count; i++)
			rc = read_list(r, base + i * l->node_bytes + head, freed);
	}
	return rc;
}

static bool find_head(struct reading *r, const char *name, uint64_t *head)
{
	uint64_t vas[VMT_CANDIDATES];
	size_t n = vmt_kern_symbol(r->kern, name, vas), at;

	if (!kern_find_list(r->kern, vas, n, &at))
		return false;
	*head = vas[at];
	return true;
}

static enum vmt_rc read_roots(struct reading *r, struct vmt_err *err)
{
	uint64_t base, head, purge, vas[VMT_CANDIDATES];
	uint32_t count;
	enum vmt_rc rc;

	if (find_nodes(r, &base, &count))
		return read_nodes(r, base, count);
	if (!find_head(r, "vmap_area_list", &head))
		return vmt_err_set(
			err, VMT_NONE,
			"%s: neither vmap_nodes nor vmap_area_list is known: the areas are "
			"not found; symbols are needed (--kallsyms, --system-map)",
			vmt_mem_path(r->kern->mem));
	rc = read_list(r, head, false);
	if (rc == VMT_OK && find_head(r, "purge_vmap_area_list", &purge))
		return read_list(r, purge, true);
	if (rc == VMT_OK && r->all->layout.has_purge_list &&
	    vmt_kern_symbol(r->kern, "vmap_purge_list", vas))
		return read_chain(r, vas[0]);
	r->all->about.no_unpurged = true;
	kern_missing(r->kern, "areas that are freed and not yet purged are left out: their list is "
			      "not known");
	return rc;
}

enum vmt_rc vmt_kern_areas(struct vmt_kern *kern, const struct vmt_karea **areas, size_t *n,
			   const struct vmt_kareas_about **about, struct vmt_err *err)
{
	/* No two nodes are at one place of the image. */
	uint64_t most = kern->stored_bytes / sizeof(uint64_t[2]);
	struct reading r = {.kern = kern, .left = most < AREAS_MAX ? most : AREAS_MAX};
	enum vmt_rc rc = VMT_OK;

	if (!kern->kareas) {
		r.all = calloc(1, sizeof(*r.all));
		if (!r.all)
			return vmt_err_nomem(err);
		rc = layout_learn(kern, &r.all->layout, err);
		if (rc == VMT_OK)
			rc = read_roots(&r, err);
		if (rc == VMT_OK && vmt_mem_about(kern->mem)->live)
			rc = kareas_settle(r.all->items, &r.all->n, &r.all->about);
		if (rc == VMT_OK)
			rc = kareas_finish(kern, &r.all->layout, r.all->items, r.all->n,
					   &r.all->about);
		if (rc != VMT_OK) {
			kareas_free(r.all);
			return rc == VMT_NOMEM ? vmt_err_nomem(err) : rc;
		}
		kern->kareas = r.all;
	}
	*areas = kern->kareas->items;
	*n = kern->kareas->n;
	*about = &kern->kareas->about;
	return VMT_OK;
}

void kareas_free(struct kareas *k)
{
	if (!k)
		return;
	free(k->items);
	free(k);
}
