// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V11: every process has the kernel's own top-level entries for vmalloc space.  x86-64 and riscv
 * give each mm a root of its own (arch/x86/mm/pgtable.c, pgd_ctor;
 * arch/riscv/include/asm/pgalloc.h); arm64 has one root for all.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check_priv.h"

static const char *const means_mm =
	"while this process runs, vmalloc space is another one: what the kernel reads there is not "
	"what it wrote";
static const char *const means_absent =
	"while this process runs, touching that part of vmalloc space is a fault nothing repairs";

struct roots {
	struct ctx *c;
	struct vmt_pgt *pgt;
	uint64_t *own, *other;
	/** Entries of the root that cover windows: [first, last] of each. */
	size_t first[VMT_WINDOWS], last[VMT_WINDOWS];
	/** Every entry of the vmalloc range is there: preallocated, for ever. */
	bool preallocated;
	uint64_t absent;
};

static void tell(struct roots *r, const struct vmt_task *t, size_t i)
{
	bool absent = r->pgt->arch->decode(r->pgt, (int)r->pgt->levels - 1, r->other[i]).kind ==
		      VMT_ENTRY_NONE;
	uint64_t each = vmt_pgt_entry_bytes(r->pgt, (int)r->pgt->levels - 1);
	/* Of the upper half. */
	uint64_t va = (UINT64_MAX << r->pgt->va_bits) | i * each;
	struct vmt_finding *f =
		finding(r->c, V11, VMT_SEVERE, NULL, va, absent ? means_absent : means_mm, "walk");

	say_title(f, "the page tables of pid %" PRIu32 " (%s) %s", t->pid, t->comm,
		  absent ? "lack an entry" : "have another entry");
	say_expected(f, "entry %zu as in init_mm: 0x%" PRIx64, i, r->own[i]);
	say_found(f, "0x%" PRIx64 ", mm 0x%" PRIx64, r->other[i], t->mm_va);
}

static bool is_none(const struct roots *r, uint64_t raw)
{
	return r->pgt->arch->decode(r->pgt, (int)r->pgt->levels - 1, raw).kind == VMT_ENTRY_NONE;
}

static void compare(struct roots *r, const struct vmt_task *t)
{
	for (size_t w = 0; w < r->c->n_windows; w++) {
		for (size_t i = r->first[w]; i <= r->last[w]; i++) {
			if (vmt_pgt_same(r->pgt, r->own[i], r->other[i]))
				continue;
			/* Filled by the fault on its first use, before 5.9 (riscv: 6.5). */
			if (!r->preallocated && is_none(r, r->other[i]))
				r->absent++;
			else
				tell(r, t, i);
		}
	}
}

/* vmalloc space covers whole entries, or at least parts of them. */
static void cover(struct roots *r)
{
	int top = (int)r->pgt->levels - 1;

	r->preallocated = true;
	for (size_t w = 0; w < r->c->n_windows; w++) {
		r->first[w] = vmt_pgt_index(r->pgt, top, r->c->windows[w].start);
		r->last[w] = vmt_pgt_index(r->pgt, top, r->c->windows[w].end - 1);
		for (size_t i = r->first[w]; i <= r->last[w]; i++)
			r->preallocated &= !is_none(r, r->own[i]);
	}
}

static enum vmt_rc see_mm(struct roots *r, const struct vmt_task *t, uint64_t pgd_offset)
{
	uint64_t pgd, pa;
	struct vmt_err err = {0};
	enum vmt_rc rc = vmt_kern_read_u64(r->c->kern, t->mm_va + pgd_offset, &pgd, &err);

	if (rc == VMT_OK)
		rc = vmt_pgt_translate(r->pgt, pgd, &pa, &err);
	if (rc == VMT_OK)
		rc = vmt_pgt_read_table(r->pgt, (int)r->pgt->levels - 1, pa, r->other, &err);
	if (rc != VMT_OK)
		return unread(r->c, V11, 1, t->mm_va, rc, &err, "the root of an mm");
	look(r->c, V11, 0, 1);
	for (size_t w = 0; w < r->c->n_windows; w++)
		look(r->c, V11, 1, r->last[w] - r->first[w] + 1);
	compare(r, t);
	return VMT_OK;
}

static int by_mm(const void *pa, const void *pb)
{
	const struct vmt_task *a = pa, *b = pb;

	if (a->mm_va != b->mm_va)
		return a->mm_va < b->mm_va ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

static enum vmt_rc see_mms(struct roots *r, const struct vmt_task *tasks, size_t n)
{
	struct vmt_task *sorted VMT_FREE = malloc((n + 1) * sizeof(*sorted));
	struct vmt_member pgd;
	enum vmt_rc rc = VMT_OK;

	if (!sorted)
		return VMT_NOMEM;
	if (vmt_kern_member(r->c->kern, "mm_struct", "pgd", &pgd) != VMT_OK)
		return unknown_for(r->c, V11, 1, 0, vmt_kern_lack(r->c->kern),
				   "the layout of mm_struct is not known");
	memcpy(sorted, tasks, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_mm);
	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		/* Kernel threads have none; threads of one process share theirs. */
		if (sorted[i].mm_va && (!i || sorted[i].mm_va != sorted[i - 1].mm_va))
			rc = see_mm(r, &sorted[i], pgd.offset);
	}
	return rc;
}

static enum vmt_rc compare_all(struct roots *r)
{
	struct ctx *c = r->c;
	const struct vmt_task *tasks;
	const struct vmt_fault *fault;
	size_t n;
	enum vmt_rc rc = vmt_pgt_read_table(r->pgt, (int)r->pgt->levels - 1, r->pgt->root_pa,
					    r->own, &c->err);

	if (rc != VMT_OK)
		return unread(c, V11, 1, 0, rc, &c->err, "the root of init_mm");
	cover(r);
	rc = vmt_kern_tasks(c->kern, &tasks, &n, &fault, &c->err);
	if (rc != VMT_OK)
		return rc == VMT_NOMEM ? rc : unknown_for(c, V11, 1, 0, &c->err, c->err.text);
	rc = see_mms(r, tasks, n);
	if (rc == VMT_OK && fault->code != VMT_OK)
		rc = tasks_end(c, V11, fault);
	if (r->absent)
		note(c, V11, "%" PRIu64 " entries absent: filled when they are needed (before 5.9)",
		     r->absent);
	return rc;
}

enum vmt_rc check_mms(struct ctx *c)
{
	struct roots r = {.c = c, .pgt = vmt_kern_pgt(c->kern)};
	size_t n = vmt_pgt_entries(r.pgt, (int)r.pgt->levels - 1);
	enum vmt_rc rc;

	if (strcmp(r.pgt->arch->machine, "aarch64") == 0) {
		inapplicable(c, V11, "arm64 has one root for all processes (TTBR1)");
		return VMT_OK;
	}
	if (!c->has_vmalloc)
		(void)unknown_for(
			c, V11, 1, 0, vmt_kern_lack(c->kern),
			"where vmalloc space is is not known: entries of it are not judged");
	r.own = malloc(n * sizeof(*r.own));
	r.other = malloc(n * sizeof(*r.other));
	rc = r.own && r.other ? compare_all(&r) : VMT_NOMEM;
	free(r.own);
	free(r.other);
	return rc;
}
