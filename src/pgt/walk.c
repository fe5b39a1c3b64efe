// SPDX-License-Identifier: GPL-2.0-or-later
/* The walk, whatever the architecture. */
#include <inttypes.h>
#include <string.h>

#include "pgt_priv.h"

static const struct vmt_arch *const archs[] = {&vmt_arch_x86_64, &vmt_arch_aarch64,
					       &vmt_arch_riscv64};

enum vmt_rc vmt_pgt_lacks(struct vmt_err *err, const char *key)
{
	return vmt_err_set(err, VMT_NONE, "VMCOREINFO has no %s: the page tables are not found",
			   key);
}

void vmt_pgt_forget(struct vmt_pgt *pgt)
{
	for (size_t i = 0; i < VMT_TLB; i++)
		pgt->tlb[i].page = UINT64_MAX;
	memset(pgt->large, 0, sizeof(pgt->large));
}

void vmt_pgt_narrow(struct vmt_pgt *pgt, uint64_t mask)
{
	/* Every machine has 32 bits of addresses, and what was read so far was read with these. */
	if (~mask & UINT32_MAX || pgt->root_pa & ~mask)
		return;
	pgt->pa_mask &= mask;
	pgt->addr_mask &= mask;
	vmt_pgt_forget(pgt);
}

enum vmt_rc vmt_pgt_init(struct vmt_pgt *pgt, struct vmt_mem *mem, const struct vmt_info *info,
			 struct vmt_err *err)
{
	const char *machine = vmt_mem_about(mem)->machine;

	memset(pgt, 0, sizeof(*pgt));
	pgt->mem = mem;
	vmt_pgt_forget(pgt);
	for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]); i++) {
		if (strcmp(archs[i]->machine, machine) == 0)
			pgt->arch = archs[i];
	}
	if (!pgt->arch)
		return vmt_err_set(err, VMT_UNSUPPORTED, "page tables of %s are not read", machine);
	return pgt->arch->init(pgt, info, err);
}

static bool is_kernel(const struct vmt_pgt *pgt, uint64_t va)
{
	return va >> pgt->ones_from == UINT64_MAX >> pgt->ones_from;
}

static uint64_t entry_pa(const struct vmt_pgt *pgt, int level, uint64_t table, uint64_t va)
{
	unsigned bits = pgt->page_shift - 3;
	unsigned shift = pgt->page_shift + bits * (unsigned)level;
	unsigned top = pgt->va_bits - shift;
	uint64_t mask = (unsigned)level + 1 == pgt->levels ? (UINT64_C(1) << top) - 1
							   : (UINT64_C(1) << bits) - 1;

	return table + 8 * (va >> shift & mask);
}

/* @into, @left: bytes of its leaf before @va and from there on. */
static enum vmt_rc walk(struct vmt_pgt *pgt, uint64_t va, uint64_t *pa, uint64_t *into,
			uint64_t *left, struct vmt_err *err)
{
	unsigned bits = pgt->page_shift - 3;
	uint64_t table = pgt->root_pa, raw, size;
	enum vmt_rc rc;

	for (int level = (int)pgt->levels - 1; level >= 0; level--) {
		struct vmt_entry e;

		rc = vmt_mem_read(pgt->mem, entry_pa(pgt, level, table, va), &raw, sizeof(raw),
				  err);
		/* A table where no memory is: damaged, but nothing is mapped by it either. */
		if (rc != VMT_OK)
			return rc;
		e = pgt->arch->decode(pgt, level, raw);
		if (e.kind == VMT_ENTRY_NONE)
			return vmt_err_set(err, VMT_FAULT, "0x%" PRIx64 " is not mapped", va);
		if (e.kind == VMT_ENTRY_LEAF) {
			size = UINT64_C(1) << (pgt->page_shift + bits * (unsigned)level);
			*into = va & (size - 1);
			*pa = vmt_pgt_leaf_pa(pgt, level, va - *into, raw) | *into;
			*left = size - *into;
			return VMT_OK;
		}
		table = e.pa;
	}
	return vmt_err_set(err, VMT_FAULT, "0x%" PRIx64 ": a table where a page should be", va);
}

/* @left: bytes from @va that are mapped in one piece, as far as that is known. */
static enum vmt_rc translate(struct vmt_pgt *pgt, uint64_t va, uint64_t *pa, uint64_t *left,
			     struct vmt_err *err)
{
	uint64_t bytes = UINT64_C(1) << pgt->page_shift, page = va >> pgt->page_shift;
	size_t slot = page % VMT_TLB, large = va / vmt_pgt_entry_bytes(pgt, 1) % VMT_TLB_LARGE;
	uint64_t into = va - pgt->large[large].va;
	enum vmt_rc rc;

	if (into < pgt->large[large].bytes) {
		*pa = pgt->large[large].pa + into;
		*left = pgt->large[large].bytes - into;
		return VMT_OK;
	}
	if (pgt->tlb[slot].page == page) {
		*pa = pgt->tlb[slot].pa + (va & (bytes - 1));
		*left = bytes - (va & (bytes - 1));
		return VMT_OK;
	}
	if (!is_kernel(pgt, va))
		return vmt_err_set(err, VMT_FAULT, "0x%" PRIx64 " is no kernel address", va);
	rc = walk(pgt, va, pa, &into, left, err);
	if (rc != VMT_OK)
		return rc;
	if (into + *left > bytes) {
		pgt->large[large].va = va - into;
		pgt->large[large].pa = *pa - into;
		pgt->large[large].bytes = into + *left;
	} else {
		pgt->tlb[slot].page = page;
		pgt->tlb[slot].pa = *pa - into;
	}
	return VMT_OK;
}

enum vmt_rc vmt_pgt_translate(struct vmt_pgt *pgt, uint64_t va, uint64_t *pa, struct vmt_err *err)
{
	uint64_t left;

	return translate(pgt, va, pa, &left, err);
}

enum vmt_rc vmt_pgt_read(struct vmt_pgt *pgt, uint64_t va, void *buf, size_t n, struct vmt_err *err)
{
	uint64_t pa, left;
	char *into = buf;

	while (n) {
		enum vmt_rc rc = translate(pgt, va, &pa, &left, err);
		size_t part = n < left ? n : (size_t)left;

		if (rc == VMT_OK)
			rc = vmt_mem_read(pgt->mem, pa, into, part, err);
		if (rc != VMT_OK)
			return rc;
		into += part;
		va += part;
		n -= part;
	}
	return VMT_OK;
}
