// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where struct page of a frame is (CONFIG_SPARSEMEM_VMEMMAP, as all 64-bit kernels of distributions
 * have it): an array, whose element for frame 0 is at `vmemmap`.
 */
#include <string.h>

#include "kern_priv.h"

/* Areas that are asked when nothing tells. */
#define VOTERS 64

static bool number(const struct vmt_kern *kern, const char *key, uint64_t *v)
{
	return vmt_info_number(kern->info, key, v);
}

/* VMCOREINFO (6.9+) has the value of vmemmap under SYMBOL(). */
static bool told(struct vmt_kern *kern, struct vmt_page_map *m)
{
	uint64_t vas[VMT_CANDIDATES], start, phys;

	m->from = "VMCOREINFO";
	if (vmt_info_hex(kern->info, "SYMBOL(vmemmap)", &m->base))
		return true;
	/* arch/arm64/include/asm/memory.h, 5.10 to 6.8: memstart_addr is signed. */
	if (number(kern, "NUMBER(VMEMMAP_START)", &start) &&
	    number(kern, "NUMBER(PHYS_OFFSET)", &phys)) {
		m->base = start - (uint64_t)((int64_t)phys >> kern->pgt.page_shift) * m->bytes;
		return true;
	}
	m->from = "vmemmap_base";
	return vmt_kern_symbol(kern, "vmemmap_base", vas) &&
	       vmt_kern_read_u64(kern, vas[0], &m->base, NULL) == VMT_OK && m->base;
}

/* What one area says: the frame its first page maps, and the struct page it records for it. */
static bool vote_of(struct vmt_kern *kern, const struct vmt_karea *k, uint64_t page_bytes,
		    uint64_t *base)
{
	uint64_t page, pa;

	if (!k->area.pages || !k->pages_va ||
	    vmt_kern_read_u64(kern, k->pages_va, &page, NULL) != VMT_OK ||
	    vmt_pgt_translate(&kern->pgt, k->area.start, &pa, NULL) != VMT_OK)
		return false;
	*base = page - (pa >> kern->pgt.page_shift) * page_bytes;
	return true;
}

/* Page and frame less their common part are the same for all areas but damaged ones. */
static bool voted(struct vmt_kern *kern, struct vmt_page_map *m)
{
	uint64_t votes[VOTERS];
	size_t n = 0, n_areas, best = 0;
	const struct vmt_karea *areas;
	const struct vmt_kareas_about *about;

	if (vmt_kern_areas(kern, &areas, &n_areas, &about, NULL) != VMT_OK)
		return false;
	for (size_t i = 0; i < n_areas && n < VOTERS; i++)
		n += vote_of(kern, &areas[i], m->bytes, &votes[n]);
	for (size_t i = 0; i < n; i++) {
		size_t same = 0;

		for (size_t j = 0; j < n; j++)
			same += votes[j] == votes[i];
		if (same > best) {
			best = same;
			m->base = votes[i];
		}
	}
	m->from = "a vote of the areas";
	return best > 2 && 2 * best > n;
}

enum vmt_rc vmt_kern_page_map(struct vmt_kern *kern, struct vmt_page_map *m, struct vmt_err *err)
{
	*m = (struct vmt_page_map){.bytes = 0};
	if (!number(kern, "SIZE(page)", &m->bytes) &&
	    vmt_kern_sizeof(kern, "page", &m->bytes) != VMT_OK)
		m->bytes = 64;
	if (m->bytes < 32 || m->bytes > 1024)
		return vmt_err_set(err, VMT_NONE, "a struct page of %llu bytes is not understood",
				   (unsigned long long)m->bytes);
	if (!number(kern, "OFFSET(page.flags)", &m->flags))
		m->flags = 0;
	if (!number(kern, "OFFSET(page._refcount)", &m->refcount) || m->refcount > m->bytes - 4)
		m->refcount = VMT_FACT_NONE;
	if (!number(kern, "OFFSET(page._mapcount)", &m->mapcount) || m->mapcount > m->bytes - 4)
		m->mapcount = VMT_FACT_NONE;
	if (!told(kern, m) && !voted(kern, m))
		return vmt_err_set(err, VMT_NONE,
				   "which frame a struct page is of is not told (vmemmap)");
	return VMT_OK;
}

/* ---- many at a time ---- */

/* So many, without a branch and a multiplication: the compiler makes vectors of it. */
#define BLOCK 16u

/* Bits that differ from struct pages a power of two apart; *@any: those that any address has. */
static inline uint64_t differ(uint64_t base, unsigned shift, const uint64_t *restrict pages,
			      const uint64_t *restrict pas, size_t n, uint64_t *any)
{
	uint64_t bits = 0, all = 0;

	for (size_t i = 0; i < n; i++) {
		bits |= pages[i] ^ (base + (pas[i] >> shift));
		all |= pas[i];
	}
	*any |= all;
	return bits;
}

bool vmt_page_map_same(const struct vmt_page_map *map, unsigned page_shift, const uint64_t *pages,
		       const uint64_t *pas, size_t n)
{
	uint64_t bits = 0, any = 0;
	size_t i = 0;

	if (vmt_num_is_pow2(map->bytes)) {
		/* A page has more bytes than its struct page. */
		unsigned shift = page_shift - (unsigned)__builtin_ctzll(map->bytes);

		for (; n - i >= BLOCK; i += BLOCK)
			bits |= differ(map->base, shift, pages + i, pas + i, BLOCK, &any);
		bits |= differ(map->base, shift, pages + i, pas + i, n - i, &any);
	} else {
		for (; i < n; i++) {
			bits |= pages[i] ^ (map->base + (pas[i] >> page_shift) * map->bytes);
			any |= pas[i];
		}
	}
	/* VMT_PA_NONE alone has the top bit. */
	return !bits && !(any >> 63);
}
