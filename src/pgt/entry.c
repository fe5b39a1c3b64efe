// SPDX-License-Identifier: GPL-2.0-or-later
/* One entry and one path: what they say, in words and in rights. */
#include <inttypes.h>
#include <string.h>

#include "pgt_priv.h"

const char *vmt_memtype_name(const struct vmt_pgt *pgt, enum vmt_memtype type)
{
	static const char *const names[] = {
		[VMT_MEM_WC] = "WC",
		[VMT_MEM_WT] = "WT",
		[VMT_MEM_WP] = "WP",
		[VMT_MEM_UC_MINUS] = "UC-",
		[VMT_MEM_UC] = "UC",
		[VMT_MEM_TAGGED] = "tagged",
		[VMT_MEM_NC] = "NC",
		[VMT_MEM_DEVICE] = "device",
		[VMT_MEM_DEVICE_NGNRNE] = "device-nGnRnE",
		[VMT_MEM_DEVICE_NGNRE] = "device-nGnRE",
		[VMT_MEM_DEVICE_GRE] = "device-GRE",
		[VMT_MEM_IO] = "IO",
		[VMT_MEM_UNKNOWN] = "unknown",
	};

	return type == VMT_MEM_NORMAL ? pgt->arch->normal : names[type];
}

const char *vmt_pgt_level_name(const struct vmt_pgt *pgt, int level)
{
	static const char *const names[VMT_LEVELS_MAX] = {"PTE", "PMD", "PUD", "P4D", "PGD"};

	return (unsigned)level + 1 == pgt->levels ? "PGD" : names[level];
}

void vmt_pgt_words(const struct vmt_pgt *pgt, int level, uint64_t raw, char *buf, size_t size)
{
	enum vmt_entry_kind kind = pgt->arch->decode(pgt, level, raw).kind;
	size_t n = 0;

	buf[0] = '\0';
	for (const struct vmt_bit *b = pgt->arch->bits; b->word; b++) {
		size_t len = strlen(b->word);

		if (!(b->levels >> level & 1) || !(b->kinds >> kind & 1) ||
		    (raw & b->mask) != b->value || n + len + 2 > size)
			continue;
		buf[n++] = ' ';
		memcpy(buf + n, b->word, len + 1);
		n += len;
	}
}

uint64_t vmt_pgt_reserved(const struct vmt_pgt *pgt, int level, uint64_t raw)
{
	struct vmt_entry e = pgt->arch->decode(pgt, level, raw);
	uint64_t bad = 0;

	/* Valid, bit 0 everywhere, and yet of no form that exists: its form is what is wrong. */
	if (e.kind == VMT_ENTRY_NONE)
		return raw & 1 ? raw & 0xf : 0;
	for (const struct vmt_reserved *r = pgt->arch->reserved; r->mask; r++)
		if (r->levels >> level & 1 && r->kinds >> e.kind & 1)
			bad |= raw & r->mask & ~pgt->addr_mask;
	if (e.kind == VMT_ENTRY_LEAF && level > 0)
		bad |= pgt->arch->unaligned(pgt, level, raw);
	if (e.kind == VMT_ENTRY_LEAF && pgt->arch->malformed)
		bad |= pgt->arch->malformed(pgt, level, raw);
	return bad;
}

uint64_t vmt_pgt_leaf_pa(const struct vmt_pgt *pgt, int level, uint64_t va, uint64_t raw)
{
	uint64_t pa;

	if (level > 0)
		return pgt->arch->decode(pgt, level, raw).pa &
		       ~(vmt_pgt_entry_bytes(pgt, level) - 1);
	pgt->arch->pas(pgt, va, &raw, 1, &pa);
	return pa;
}

/* ---- the path of one address ---- */

static void finish(const struct vmt_pgt *pgt, uint64_t va, const struct vmt_step *s,
		   struct vmt_path *path)
{
	path->leaf_bytes = vmt_pgt_entry_bytes(pgt, s->level);
	path->rights &= pgt->arch->rights(pgt, VMT_ENTRY_LEAF, s->raw);
	path->flags = pgt->arch->flags(pgt, s->raw);
	path->memtype = pgt->arch->memtype(pgt, s->level, s->raw);
	path->pa = vmt_pgt_leaf_pa(pgt, s->level, va & ~(path->leaf_bytes - 1), s->raw) |
		   (va & (path->leaf_bytes - 1));
}

enum vmt_rc vmt_pgt_path(struct vmt_pgt *pgt, uint64_t root_pa, uint64_t va, struct vmt_path *path,
			 struct vmt_err *err)
{
	uint64_t table = root_pa ? root_pa : pgt->root_pa;

	memset(path, 0, sizeof(*path));
	path->rights = VMT_RIGHTS_ALL;
	if (va < vmt_pgt_first_va(pgt))
		return vmt_err_set(err, VMT_FAULT, "0x%" PRIx64 " is no kernel address", va);
	for (int level = (int)pgt->levels - 1; level >= 0; level--) {
		struct vmt_step *s = &path->step[path->n++];

		s->level = level;
		s->table_pa = table;
		s->entry_pa = table + 8 * vmt_pgt_index(pgt, level, va);
		s->rc = vmt_mem_read(pgt->mem, s->entry_pa, &s->raw, sizeof(s->raw), err);
		if (s->rc != VMT_OK)
			return s->rc;
		s->entry = pgt->arch->decode(pgt, level, s->raw);
		if (s->entry.kind == VMT_ENTRY_LEAF) {
			finish(pgt, va, s, path);
			return VMT_OK;
		}
		if (s->entry.kind == VMT_ENTRY_NONE)
			break;
		path->rights &= pgt->arch->rights(pgt, VMT_ENTRY_TABLE, s->raw);
		table = s->entry.pa;
	}
	return vmt_err_set(err, VMT_FAULT, "0x%" PRIx64 " is not mapped", va);
}

enum vmt_rc vmt_pgt_read_table(struct vmt_pgt *pgt, int level, uint64_t table_pa, uint64_t *raw,
			       struct vmt_err *err)
{
	return vmt_mem_read(pgt->mem, table_pa, raw, 8 * vmt_pgt_entries(pgt, level), err);
}
