// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The areas of vmalloc space, as vmalloc_info_show() and show_purge_info() of mm/vmalloc.c print
 * them (3.10 to 7.2; s_show() of vmlist before): busy areas, by vmap node since 6.9, then what is
 * freed and not yet purged.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"

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
/* The same, to 5.3. */
#define VM_LAZY	   0x3 /* VM_LAZY_FREE, VM_LAZY_FREEING */
#define VM_VM_AREA 0x4

struct kareas {
	struct vmt_karea *items;
	size_t n, cap;
	/* Those that are not printed. */
	struct vmt_karea *hidden;
	size_t n_hidden, cap_hidden;
	struct roots roots;
	struct vmt_kareas_about about;
	struct layout layout;
	/* Their pages are counted by node. */
	bool counted;
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

static enum vmt_rc hide(struct kareas *all, const struct vmt_karea *k)
{
	if (vmt_grow(&all->hidden, &all->cap_hidden, all->n_hidden + 1, sizeof(*k)) != VMT_OK)
		return VMT_NOMEM;
	all->hidden[all->n_hidden++] = *k;
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
static enum vmt_rc name_caller(struct vmt_kern *kern, uint64_t va, struct kern_caller *named)
{
	char text[KALLSYMS_NAME + 64];
	struct vmt_symbol s;
	enum vmt_rc rc = vmt_kern_name(kern, va, &s);

	named->va = 0;
	if (rc == VMT_NOMEM)
		return rc;
	if (rc != VMT_OK)
		(void)snprintf(text, sizeof(text), "0x%" PRIx64, va);
	else
		(void)snprintf(text, sizeof(text), "%.*s+0x%" PRIx64 "/0x%" PRIx64, (int)s.name.n,
			       s.name.p, va - s.va, s.size_bytes);
	named->module = rc == VMT_OK ? s.module : (struct vmt_str){NULL, 0};
	rc = keep(kern, text, &named->caller);
	if (rc == VMT_OK)
		named->va = va;
	return rc;
}

/* Nearly all callers ask more than once. */
static enum vmt_rc set_caller(struct vmt_kern *kern, uint64_t va, struct vmt_area *a)
{
	struct kern_caller *named =
		&kern->callers[va * 0x9e3779b97f4a7c15 >> (64 - KERN_CALLERS_BITS)];
	enum vmt_rc rc = named->va == va ? VMT_OK : name_caller(kern, va, named);

	if (rc == VMT_OK) {
		a->caller = named->caller;
		a->module = named->module;
	}
	return rc;
}

static uint32_t words(uint64_t flags)
{
	return (flags & VM_IOREMAP ? VMT_AREA_IOREMAP : 0u) |
	       (flags & VM_SPARSE ? VMT_AREA_SPARSE : 0u) |
	       (flags & VM_ALLOC ? VMT_AREA_VMALLOC : 0u) | (flags & VM_MAP ? VMT_AREA_VMAP : 0u) |
	       (flags & VM_USERMAP ? VMT_AREA_USER : 0u) |
	       (flags & VM_DMA_COHERENT ? VMT_AREA_DMA_COHERENT : 0u);
}

/* A busy area with its vm_struct. */
static enum vmt_rc fill_busy(struct vmt_kern *kern, const struct layout *l, const unsigned char *vm,
			     struct vmt_karea *k)
{
	struct vmt_area *a = &k->area;

	k->has_vm = true;
	k->vm_flags = load(vm, l->flags, 8);
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
	/* To 5.3 this bit said that the array of pages is vmalloc'ed, or nothing. */
	a->flags = words(k->vm_flags & ~(uint64_t)(l->old_flags ? VM_DMA_COHERENT : 0)) |
		   (a->pages ? VMT_AREA_HAS_PAGES : 0u) | (a->phys ? VMT_AREA_HAS_PHYS : 0u) |
		   VMT_AREA_EXACT | (a->start != load(vm, l->addr, 8) ? VMT_AREA_TAGGED : 0u) |
		   (k->vm_flags & VM_NO_GUARD ? VMT_AREA_NO_GUARD : 0u);
	return k->caller_va ? set_caller(kern, k->caller_va, a) : VMT_OK;
}

static enum vmt_rc read_vmap_area(struct vmt_kern *kern, const struct layout *l, uint64_t at,
				  struct vmt_karea *k, uint64_t *va_flags, struct vmt_err *err)
{
	unsigned char va[LAYOUT_BYTES];
	enum vmt_rc rc = vmt_kern_read(kern, at, va, l->vmap_area_bytes, err);

	*k = (struct vmt_karea){.vmap_area_va = at};
	if (rc != VMT_OK)
		return rc;
	k->area.addr_digits = 16;
	k->area.start = k->va_start = load(va, l->va_start, 8);
	k->area.end = k->va_end = load(va, l->va_end, 8);
	k->area.size_bytes = k->va_end - k->va_start;
	k->vm_struct_va = load(va, l->vm, 8);
	*va_flags = l->has_va_flags || l->old_flags ? load(va, l->va_flags, 8) : 0;
	return VMT_OK;
}

/* What a busy area is. @return VMT_NONE: the kernel does not print it. */
static enum vmt_rc fill(struct vmt_kern *kern, const struct layout *l, uint64_t va_flags,
			struct vmt_karea *k)
{
	unsigned char vm[LAYOUT_BYTES];
	enum vmt_rc rc;

	/* vm holds something else then. */
	if (l->old_flags && !(va_flags & VM_VM_AREA)) {
		k->vm_struct_va = 0;
		k->area.flags = va_flags & VM_LAZY ? VMT_AREA_UNPURGED : VMT_AREA_VM_MAP_RAM;
		return VMT_OK;
	}
	if (!k->vm_struct_va) {
		/* 6.3+: only those that are; before, also areas being torn down. */
		if (l->has_va_flags && !(va_flags & VMAP_RAM))
			return VMT_NONE;
		k->area.flags = VMT_AREA_VM_MAP_RAM;
		return VMT_OK;
	}
	rc = vmt_kern_read(kern, k->vm_struct_va, vm, l->vm_struct_bytes, NULL);
	if (rc == VMT_OK)
		rc = fill_busy(kern, l, vm, k);
	else if (rc != VMT_NOMEM)
		return VMT_FAULT;
	return rc == VMT_OK && k->vm_flags & VM_UNINITIALIZED ? VMT_NONE : rc;
}

static enum vmt_rc see_area(struct reading *r, uint64_t at)
{
	struct kareas *all = r->all;
	struct vmt_karea k;
	uint64_t va_flags;
	enum vmt_rc rc = read_vmap_area(r->kern, &all->layout, at, &k, &va_flags, &r->err);

	r->left--;
	if (rc != VMT_OK)
		return rc;
	if (r->freed) {
		k.vm_struct_va = 0;
		k.area.flags = VMT_AREA_UNPURGED;
		return add(all, &k);
	}
	rc = fill(r->kern, &all->layout, va_flags, &k);
	if (rc == VMT_NOMEM)
		return rc;
	if (k.vm_struct_va && vmt_mem_about(r->kern->mem)->live &&
	    (!k.has_vm || k.area.start != k.va_start))
		return vmt_err_set(&r->err, VMT_FORMAT,
				   "area 0x%" PRIx64 " is gone while it is read", at);
	/* Without its vm_struct it is listed as far as it is known. */
	if (rc == VMT_FAULT) {
		all->about.no_vm++;
		rc = VMT_OK;
	}
	all->about.uninitialized += rc == VMT_NONE && k.vm_flags & VM_UNINITIALIZED;
	return rc == VMT_OK ? add(all, &k) : hide(all, &k);
}

/* To 3.9: there is nothing but the vm_struct. */
static enum vmt_rc see_vm(void *arg, uint64_t node)
{
	struct reading *r = arg;
	struct layout l = r->all->layout;
	struct vmt_karea k = {.vm_struct_va = node, .area.addr_digits = 16};
	unsigned char vm[LAYOUT_BYTES];
	enum vmt_rc rc = vmt_kern_read(r->kern, node, vm, l.vm_struct_bytes, &r->err);

	r->left--;
	l.old_flags = true;
	if (rc == VMT_OK)
		rc = fill_busy(r->kern, &l, vm, &k);
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

/* vm_struct.next comes first. */
static enum vmt_rc walk_vms(struct reading *r, uint64_t first)
{
	return kern_chain(r->kern, first, r->left, see_vm, r, &r->err);
}

/* All of one list, from its head; what a try has read that failed is forgotten before the next. */
static enum vmt_rc read_with(struct reading *r, uint64_t from, bool freed,
			     enum vmt_rc (*walk)(struct reading *r, uint64_t from))
{
	const struct vmt_kareas_about before = r->all->about;
	size_t n = r->all->n, n_hidden = r->all->n_hidden;
	uint64_t left = r->left;
	unsigned tries = 0;
	enum vmt_rc rc;

	r->freed = freed;
	do {
		r->all->about = before;
		r->all->about.again += tries;
		r->all->n = n;
		r->all->n_hidden = n_hidden;
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

/* ---- all of them ---- */

static enum vmt_rc read_nodes(struct reading *r)
{
	const struct layout *l = &r->all->layout;
	enum vmt_rc rc = VMT_OK;

	for (int freed = 0; rc == VMT_OK && freed < 2; freed++) {
		uint64_t head = freed ? l->node_lazy : l->node_busy;

		for (uint32_t i = 0; rc == VMT_OK && i < r->all->roots.n_nodes; i++)
			rc = read_list(r, r->all->roots.nodes + i * l->node_bytes + head, freed);
	}
	return rc;
}

static enum vmt_rc read_lists(struct reading *r)
{
	const struct roots *roots = &r->all->roots;
	enum vmt_rc rc;

	if (roots->nodes)
		return read_nodes(r);
	/* What waits to be purged has no vm_struct any more, and was never printed. */
	if (roots->vms)
		return read_with(r, roots->vms, false, walk_vms);
	rc = read_list(r, roots->busy, false);
	if (rc == VMT_OK && roots->lazy)
		return read_list(r, roots->lazy, true);
	if (rc == VMT_OK && roots->chain)
		return read_chain(r, roots->chain);
	/* To 5.3 they were in the list. */
	if (r->all->layout.old_flags)
		return rc;
	r->all->about.no_unpurged = true;
	kern_missing(r->kern, "areas that are freed and not yet purged are left out: their list is "
			      "not known");
	return rc;
}

/* As far as they are in lists: what all else is read of. */
static enum vmt_rc read_areas(struct reading *r, struct vmt_err *err)
{
	enum vmt_rc rc;

	r->all = calloc(1, sizeof(*r->all));
	if (!r->all)
		return vmt_err_nomem(err);
	rc = layout_learn(r->kern, &r->all->layout, err);
	if (rc == VMT_OK)
		rc = roots_find(r->kern, &r->all->layout, &r->all->roots, err);
	return rc == VMT_OK ? read_lists(r) : rc;
}

enum vmt_rc kareas_look(struct vmt_kern *kern, bool pages, uint64_t *broken_lists)
{
	struct reading r = {.kern = kern, .left = roots_most(kern)};
	bool before = kern_begin(kern);
	enum vmt_rc rc = read_areas(&r, NULL);

	/* What is kept of an entry stays that of its list. */
	if (rc == VMT_OK && pages)
		rc = kareas_count(kern, NULL, r.all->items, r.all->n, &r.all->about);
	kern->nomem |= rc == VMT_NOMEM;
	if (kern_end(kern, before))
		rc = VMT_NOMEM;
	*broken_lists = r.all ? r.all->about.broken_lists : 0;
	kareas_free(r.all);
	return rc;
}

enum vmt_rc vmt_kern_areas(struct vmt_kern *kern, const struct vmt_karea **areas, size_t *n,
			   const struct vmt_kareas_about **about, struct vmt_err *err)
{
	struct reading r = {.kern = kern, .left = roots_most(kern)};
	enum vmt_rc rc = VMT_OK;

	if (!kern->kareas) {
		bool before = kern_begin(kern);

		rc = read_areas(&r, err);
		if (rc == VMT_OK && vmt_mem_about(kern->mem)->live)
			rc = kareas_settle(kern, &r.all->layout, r.all->items, &r.all->n,
					   &r.all->about);
		if (rc == VMT_OK)
			rc = kareas_mark_vpages(r.all->items, r.all->n);
		kern->nomem |= rc == VMT_NOMEM;
		if (kern_end(kern, before))
			rc = VMT_NOMEM;
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

enum vmt_rc vmt_kern_numa(struct vmt_kern *kern, struct vmt_err *err)
{
	struct kareas *all = kern->kareas;
	enum vmt_rc rc = VMT_OK;
	bool before;

	if (!all || all->counted)
		return VMT_OK;
	before = kern_begin(kern);
	rc = kareas_count(kern, &all->layout, all->items, all->n, &all->about);
	kern->nomem |= rc == VMT_NOMEM;
	if (kern_end(kern, before))
		return vmt_err_nomem(err);
	all->counted = true;
	return VMT_OK;
}

void vmt_kern_areas_hidden(const struct vmt_kern *kern, const struct vmt_karea **areas, size_t *n)
{
	*areas = kern->kareas ? kern->kareas->hidden : NULL;
	*n = kern->kareas ? kern->kareas->n_hidden : 0;
}

enum vmt_rc vmt_kern_area_at(struct vmt_kern *kern, uint64_t vmap_area_va, struct vmt_karea *area,
			     struct vmt_err *err)
{
	struct layout l;
	uint64_t va_flags;
	enum vmt_rc rc = layout_learn(kern, &l, err);

	if (rc == VMT_OK)
		rc = read_vmap_area(kern, &l, vmap_area_va, area, &va_flags, err);
	if (rc == VMT_OK && fill(kern, &l, va_flags, area) == VMT_NOMEM)
		return vmt_err_nomem(err);
	if (rc == VMT_OK)
		vmt_area_classify(&area->area);
	return rc;
}

void kareas_free(struct kareas *k)
{
	if (!k)
		return;
	free(k->items);
	free(k->hidden);
	free(k);
}
