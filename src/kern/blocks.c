// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blocks of vm_map_ram (mm/vmalloc.c, struct vmap_block): found by an xarray for all (5.7 to 6.1),
 * or by one for each CPU (6.2+).
 */
#include <string.h>

#include "kern_priv.h"

#define NODES_MAX  100000
#define BLOCKS_MAX 1000000
#define DEPTH_MAX  12
#define CPUS_MAX   8192

struct blocks {
	struct vmt_block *items;
	size_t n, cap;
	struct vmt_kern *kern;
	struct vmt_member va, free, dirty, used, head, shift, slots;
	struct vmt_member va_start, va_end;
	bool has_used;
	/* Of used_map. */
	uint64_t used_bytes;
	uint64_t nodes_left;
};

static bool learn(struct blocks *b)
{
	struct vmt_kern *k = b->kern;
	const struct {
		const char *type, *path;
		struct vmt_member *member;
	} all[] = {
		{"vmap_block", "va", &b->va},
		{"vmap_block", "free", &b->free},
		{"vmap_block", "dirty", &b->dirty},
		{"xarray", "xa_head", &b->head},
		{"xa_node", "shift", &b->shift},
		{"xa_node", "slots", &b->slots},
		{"vmap_area", "va_start", &b->va_start},
		{"vmap_area", "va_end", &b->va_end},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (vmt_kern_member(k, all[i].type, all[i].path, all[i].member) != VMT_OK)
			return false;
	}
	b->has_used = vmt_kern_member(k, "vmap_block", "used_map", &b->used) == VMT_OK;
	b->used_bytes = vmt_num_mul(b->used.size, b->used.count);
	b->has_used &= b->used_bytes <= VMT_BLOCK_PAGES / 8;
	return b->slots.count && b->slots.count <= 256;
}

/* What cannot be read is no block: its pages stay unknown. */
static enum vmt_rc add(struct blocks *b, uint64_t at)
{
	struct vmt_block block = {.va = at, .has_used = b->has_used};
	struct vmt_kern *k = b->kern;
	uint64_t va, free = 0, dirty = 0;

	if (vmt_kern_read_u64(k, at + b->va.offset, &va, NULL) != VMT_OK ||
	    vmt_kern_read_u64(k, va + b->va_start.offset, &block.start, NULL) != VMT_OK ||
	    vmt_kern_read_u64(k, va + b->va_end.offset, &block.end, NULL) != VMT_OK ||
	    vmt_kern_read(k, at + b->free.offset, &free, b->free.size < 8 ? b->free.size : 8,
			  NULL) != VMT_OK ||
	    vmt_kern_read(k, at + b->dirty.offset, &dirty, b->dirty.size < 8 ? b->dirty.size : 8,
			  NULL) != VMT_OK ||
	    (b->has_used &&
	     vmt_kern_read(k, at + b->used.offset, block.used, b->used_bytes, NULL) != VMT_OK) ||
	    block.end <= block.start || b->n == BLOCKS_MAX)
		return VMT_OK;
	block.free = free;
	block.dirty = dirty;
	if (vmt_grow(&b->items, &b->cap, b->n + 1, sizeof(block)) != VMT_OK)
		return VMT_NOMEM;
	b->items[b->n++] = block;
	return VMT_OK;
}

/* lib/xarray.c: an entry with 2 in its low bits, above 4096, is a node. */
static enum vmt_rc walk(struct blocks *b, uint64_t entry, unsigned depth)
{
	uint64_t node = entry - 2, slot;
	enum vmt_rc rc = VMT_OK;

	if (!entry)
		return VMT_OK;
	if ((entry & 3) == 0)
		return add(b, entry);
	if ((entry & 3) != 2 || entry <= 4096 || depth == DEPTH_MAX || !b->nodes_left)
		return VMT_OK;
	b->nodes_left--;
	for (uint64_t i = 0; rc == VMT_OK && i < b->slots.count; i++) {
		if (vmt_kern_read_u64(b->kern, node + b->slots.offset + 8 * i, &slot, NULL) ==
		    VMT_OK)
			rc = walk(b, slot, depth + 1);
	}
	return rc;
}

static enum vmt_rc walk_xarray(struct blocks *b, uint64_t xarray)
{
	uint64_t head;

	return vmt_kern_read_u64(b->kern, xarray + b->head.offset, &head, NULL) == VMT_OK
		       ? walk(b, head, 0)
		       : VMT_OK;
}

static enum vmt_rc walk_cpus(struct blocks *b, uint64_t queue, uint64_t offsets, uint64_t ids)
{
	struct vmt_member m;
	uint64_t offset;
	uint32_t cpus;
	enum vmt_rc rc = VMT_OK;

	if (vmt_kern_member(b->kern, "vmap_block_queue", "vmap_blocks", &m) != VMT_OK ||
	    vmt_kern_read_u32(b->kern, ids, &cpus, NULL) != VMT_OK || cpus > CPUS_MAX)
		return VMT_NONE;
	for (uint32_t i = 0; rc == VMT_OK && i < cpus; i++) {
		if (vmt_kern_read_u64(b->kern, offsets + 8 * i, &offset, NULL) == VMT_OK)
			rc = walk_xarray(b, queue + offset + m.offset);
	}
	return rc;
}

enum vmt_rc vmt_kern_blocks(struct vmt_kern *kern, struct vmt_block **blocks, size_t *n)
{
	struct blocks b = {.kern = kern, .nodes_left = NODES_MAX};
	uint64_t one[VMT_CANDIDATES], queue[VMT_CANDIDATES], offsets[VMT_CANDIDATES],
		ids[VMT_CANDIDATES];
	enum vmt_rc rc = learn(&b) ? VMT_OK : VMT_NONE;

	*blocks = NULL;
	*n = 0;
	if (rc != VMT_OK)
		return rc;
	if (vmt_kern_symbol(kern, "vmap_blocks", one))
		rc = walk_xarray(&b, one[0]);
	else if (vmt_kern_symbol(kern, "vmap_block_queue", queue) &&
		 vmt_kern_symbol(kern, "__per_cpu_offset", offsets) &&
		 vmt_kern_symbol(kern, "nr_cpu_ids", ids))
		rc = walk_cpus(&b, queue[0], offsets[0], ids[0]);
	else
		rc = VMT_NONE;
	if (rc != VMT_OK) {
		free(b.items);
		return rc;
	}
	*blocks = b.items;
	*n = b.n;
	return VMT_OK;
}
