// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the members of vmap_area, vm_struct and vmap_node lie: from BTF, else by fixed tables. */
#include <string.h>

#include "layout.h"

/* 6272 in 6.9 to 7.2. */
#define NODE_BYTES_MAX (1u << 20)

static bool get(struct vmt_kern *kern, const char *type, const char *path, uint64_t *offset)
{
	struct vmt_member m;

	if (vmt_kern_member(kern, type, path, &m) != VMT_OK)
		return false;
	*offset = m.offset;
	return true;
}

/* What only checks look at. */
static void links_from_btf(struct vmt_kern *k, struct layout *l)
{
	struct vmt_member pool;

	l->has_rb_node = get(k, "vmap_area", "rb_node", &l->rb_node);
	l->has_subtree = get(k, "vmap_area", "subtree_max_size", &l->subtree);
	l->has_roots = l->has_nodes && get(k, "vmap_node", "busy.root", &l->busy_root) &&
		       get(k, "vmap_node", "lazy.root", &l->lazy_root);
	l->has_node_purge = l->has_nodes && get(k, "vmap_node", "purge_list", &l->node_purge);
	l->has_pools = l->has_nodes && vmt_kern_member(k, "vmap_node", "pool", &pool) == VMT_OK &&
		       vmt_kern_sizeof(k, "vmap_pool", &l->pool_bytes) == VMT_OK &&
		       get(k, "vmap_pool", "head", &l->pool_head) &&
		       get(k, "vmap_pool", "len", &l->pool_len);
	if (l->has_pools) {
		l->pool = pool.offset;
		l->n_pools = pool.count;
	}
}

static bool from_btf(struct vmt_kern *k, struct layout *l)
{
	struct vmt_member m;

	if (!get(k, "vmap_area", "va_start", &l->va_start) ||
	    !get(k, "vmap_area", "va_end", &l->va_end) || !get(k, "vmap_area", "list", &l->list) ||
	    !get(k, "vmap_area", "vm", &l->vm) || !get(k, "vm_struct", "addr", &l->addr) ||
	    !get(k, "vm_struct", "size", &l->size) || !get(k, "vm_struct", "flags", &l->flags) ||
	    !get(k, "vm_struct", "pages", &l->pages) ||
	    !get(k, "vm_struct", "phys_addr", &l->phys) ||
	    !get(k, "vm_struct", "caller", &l->caller) ||
	    vmt_kern_member(k, "vm_struct", "nr_pages", &m) != VMT_OK ||
	    vmt_kern_sizeof(k, "vmap_area", &l->vmap_area_bytes) != VMT_OK ||
	    vmt_kern_sizeof(k, "vm_struct", &l->vm_struct_bytes) != VMT_OK)
		return false;
	l->nr_pages = m.offset;
	l->nr_pages_bytes = m.size;
	l->has_va_flags = get(k, "vmap_area", "flags", &l->va_flags);
	l->has_purge_list = get(k, "vmap_area", "purge_list", &l->purge_list);
	/* Flags of today (6.3+) say other things with the same bits. */
	l->old_flags = l->has_va_flags && l->has_purge_list;
	l->has_va_flags = l->has_va_flags && !l->old_flags;
	l->has_order = get(k, "vm_struct", "page_order", &l->page_order);
	l->has_requested = get(k, "vm_struct", "requested_size", &l->requested);
	l->has_nodes = get(k, "vmap_node", "busy.head", &l->node_busy) &&
		       get(k, "vmap_node", "lazy.head", &l->node_lazy) &&
		       vmt_kern_sizeof(k, "vmap_node", &l->node_bytes) == VMT_OK;
	links_from_btf(k, l);
	return true;
}

/* Nodes that are asked where vmap_area.vm is. */
#define VOTERS 64

/*
 * vmap_area.vm, of 3.10 to 5.3: behind purge_list, which is a list_head to 4.6 and an llist_node
 * since.  The right one leads to a vm_struct of the same address.
 */
static uint64_t find_vm(struct vmt_kern *k, const struct layout *l)
{
	uint64_t heads[VMT_CANDIDATES], node, start, vm, addr;
	size_t n = vmt_kern_symbol(k, "vmap_area_list", heads), at;

	if (!kern_find_list(k, heads, n, &at))
		return l->list + 24;
	node = heads[at];
	for (unsigned i = 0; i < VOTERS; i++) {
		if (vmt_kern_read_u64(k, node, &node, NULL) != VMT_OK || node == heads[at] ||
		    vmt_kern_read_u64(k, node - l->list + l->va_start, &start, NULL) != VMT_OK)
			break;
		for (uint64_t off = l->list + 24; off <= l->list + 32; off += 8) {
			if (vmt_kern_read_u64(k, node - l->list + off, &vm, NULL) == VMT_OK &&
			    vmt_kern_read_u64(k, vm + l->addr, &addr, NULL) == VMT_OK &&
			    addr == start)
				return off;
		}
	}
	return l->list + 24;
}

/* 3.10 to 5.1, and 5.2 and 5.3, which have subtree_max_size before the flags. */
static void make_old(struct vmt_kern *k, struct layout *l)
{
	l->old_flags = true;
	l->va_flags = l->list - 32;
	l->rb_node = l->list - 24;
	l->has_subtree = false;
	l->has_nodes = false;
	l->vm = find_vm(k, l);
	l->vmap_area_bytes = l->list + 40;
}

/*
 * struct vmap_node of 6.9 to 7.2 (mm/vmalloc.c): pool[256], pool_lock, skip_populate, busy and lazy
 * (struct rb_list: root, head, lock), purge_list.  Its kernels have vmap_area.flags, too.
 */
static void make_nodes(struct layout *l)
{
	l->has_nodes = l->has_roots = l->has_pools = l->has_node_purge = l->has_va_flags = true;
	l->n_pools = 256;
	l->pool_bytes = 24;
	l->pool_head = 0;
	l->pool_len = 16;
	l->busy_root = 6152;
	l->node_busy = l->busy_root + 8;
	l->lazy_root = 6184;
	l->node_lazy = l->lazy_root + 8;
	l->node_purge = 6216;
	l->node_bytes = 6272;
	l->vmap_area_bytes = 72;
}

/* An address of the kernel's, which no physical address and no size is. */
static bool is_pointer(struct vmt_kern *k, uint64_t at)
{
	uint64_t v;

	return vmt_kern_read_u64(k, at, &v, NULL) == VMT_OK && v >> 63;
}

/*
 * vm_struct of 7.2: nr_pages is a long, what follows lies 8 bytes further.  It shows where a node's
 * first areas have their callers.
 */
static void make_long(struct vmt_kern *k, struct layout *l)
{
	uint64_t vas[VMT_CANDIDATES], head, node, vm;

	if (!vmt_kern_symbol(k, "vmap_nodes", vas) ||
	    vmt_kern_read_u64(k, vas[0], &head, NULL) != VMT_OK)
		return;
	node = head += l->node_busy;
	for (unsigned i = 0; i < VOTERS; i++) {
		if (vmt_kern_read_u64(k, node, &node, NULL) != VMT_OK || node == head)
			return;
		if (vmt_kern_read_u64(k, node - l->list + l->vm, &vm, NULL) != VMT_OK || !vm)
			continue;
		if (is_pointer(k, vm + l->caller))
			return;
		if (is_pointer(k, vm + l->caller + 8))
			break;
	}
	l->nr_pages = 48;
	l->nr_pages_bytes = 8;
	l->phys = 56;
	l->caller = 64;
	l->vm_struct_bytes = 80;
	l->order_or_pages = false;
}

/*
 * Without BTF: 64-bit layouts of 5.4 to 7.2 with huge vmalloc (mm/vmalloc.c, include/linux/
 * vmalloc.h).  VMCOREINFO has two offsets of vmap_area up to 6.8.
 */
static void from_table(struct vmt_kern *k, struct layout *l)
{
	uint64_t vas[VMT_CANDIDATES];

	*l = (struct layout){
		.va_start = 0,
		.va_end = 8,
		.rb_node = 16,
		.has_rb_node = true,
		.subtree = 56,
		.has_subtree = true,
		.list = 40,
		.vm = 56,
		.va_flags = 64,
		.vmap_area_bytes = 64,
		.addr = 8,
		.size = 16,
		.flags = 24,
		.pages = 32,
		.page_order = 40,
		.nr_pages = 44,
		.nr_pages_bytes = 4,
		.phys = 48,
		.caller = 56,
		.vm_struct_bytes = 64,
		.has_order = true,
		.order_or_pages = true,
	};
	(void)vmt_info_number(k->info, "OFFSET(vmap_area.va_start)", &l->va_start);
	(void)vmt_info_number(k->info, "OFFSET(vmap_area.list)", &l->list);
	(void)vmt_info_number(k->info, "OFFSET(vm_struct.addr)", &l->addr);
	l->va_end = l->va_start + 8;
	if (l->list == 48 || l->list == 56)
		make_old(k, l);
	/* 5.4 to 5.10: it overlays vm. */
	l->has_purge_list = l->list == 40 && vmt_kern_symbol(k, "vmap_purge_list", vas) > 0;
	l->purge_list = 56;
	if (vmt_kern_symbol(k, "vmap_nodes", vas)) {
		make_nodes(l);
		make_long(k, l);
	}
}

/* Offsets come from the dump: every member lies within its structure. */
static bool fits(uint64_t offset, uint64_t bytes, uint64_t whole)
{
	return whole <= LAYOUT_BYTES && offset <= whole && bytes <= whole - offset;
}

static const char *misfit(const struct layout *l)
{
	uint64_t va = l->vmap_area_bytes, vm = l->vm_struct_bytes;

	if (!fits(l->va_start, 8, va) || !fits(l->va_end, 8, va) || !fits(l->list, 16, va) ||
	    !fits(l->vm, 8, va) ||
	    ((l->has_va_flags || l->old_flags) && !fits(l->va_flags, 8, va)) ||
	    (l->has_rb_node && !fits(l->rb_node, 24, va)) ||
	    (l->has_subtree && !fits(l->subtree, 8, va)))
		return "vmap_area";
	if (!fits(l->addr, 8, vm) || !fits(l->size, 8, vm) || !fits(l->flags, 8, vm) ||
	    !fits(l->pages, 8, vm) || !fits(l->nr_pages, 4, vm) ||
	    !fits(l->nr_pages, l->nr_pages_bytes, vm) || !fits(l->phys, 8, vm) ||
	    !fits(l->caller, 8, vm) || (l->has_order && !fits(l->page_order, 4, vm)) ||
	    (l->has_requested && !fits(l->requested, 8, vm)))
		return "vm_struct";
	if (l->has_nodes &&
	    (l->node_bytes > NODE_BYTES_MAX || l->node_bytes < 32 ||
	     l->node_busy > l->node_bytes - 16 || l->node_lazy > l->node_bytes - 16))
		return "vmap_node";
	if ((l->has_roots &&
	     (l->busy_root > l->node_bytes - 8 || l->lazy_root > l->node_bytes - 8)) ||
	    (l->has_node_purge && l->node_purge > l->node_bytes - 16) ||
	    (l->has_pools &&
	     (l->n_pools > 4096 || l->pool_bytes > 4096 || l->pool_bytes < 16 ||
	      l->pool_head > l->pool_bytes - 16 || l->n_pools * l->pool_bytes > l->node_bytes ||
	      l->pool > l->node_bytes - l->n_pools * l->pool_bytes)))
		return "vmap_node";
	return NULL;
}

enum vmt_rc layout_learn(struct vmt_kern *kern, struct layout *l, struct vmt_err *err)
{
	const char *name;

	memset(l, 0, sizeof(*l));
	if (!from_btf(kern, l))
		from_table(kern, l);
	name = misfit(l);
	return name ? vmt_err_set(err, VMT_FORMAT,
				  "%s: the layout of struct %s is damaged: the areas are not found",
				  vmt_mem_path(kern->mem), name)
		    : VMT_OK;
}
