// SPDX-License-Identifier: GPL-2.0-or-later
/* V01, V02: where areas lie, and whether what is said of their size agrees. */
#include <inttypes.h>
#include <stdlib.h>

#include "check_priv.h"

/* ---- V01 ---- */

static const char *const means_bounds =
	"the kernel's record of this range is damaged: what lies there can be given to two owners";

static bool in_windows(const struct ctx *c, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < c->n_windows; i++) {
		if (start >= c->windows[i].start && end <= c->windows[i].end)
			return true;
	}
	return false;
}

static const struct subject *subject_of(const struct ctx *c, const struct vmt_range *r)
{
	const struct subject *s = subject_at(c, r->start);

	return s && s->range == r ? s : NULL;
}

/*
 * Where KASAN has no shadow of vmalloc space it puts that of each module, and that of plugged
 * memory, into its own space (kasan_alloc_module_shadow, kasan_mem_notifier; mm/kasan/shadow.c,
 * 5.4 to 7.2): of all that asks for no guard page that alone has pages.
 */
static bool is_shadow(struct ctx *c, const struct vmt_range *r)
{
	const struct subject *s = subject_of(c, r);

	return s && s->has_vm && s->k->vm_flags & VM_NO_GUARD && s->k->vm_flags & VM_ALLOC &&
	       symbol_of(c, "kasan_early_shadow_pte");
}

static void check_range(struct ctx *c, const struct vmt_range *r)
{
	bool page = !((r->start | r->end) & (c->page_size - 1));
	enum vmt_space space = c->books[r->book].space;
	struct vmt_finding *f;

	/* The tree of free ranges begins at 1 and ends at the last address. */
	if (r->start < r->end &&
	    (space == VMT_SPACE_FREE ||
	     (page && (!c->has_vmalloc || in_windows(c, r->start, r->end) || is_shadow(c, r)))))
		return;
	f = finding(c, V01, VMT_WRONG, subject_of(c, r), r->start, means_bounds, "list");
	say_title(f, "%s range is outside of where it can be", vmt_space_name(space));
	if (r->start >= r->end)
		say_expected(f, "start below end");
	else if (!page)
		say_expected(f, "start and end at multiples of %" PRIu64, c->page_size);
	else
		say_expected(f, "within 0x%" PRIx64 "-0x%" PRIx64, c->windows[0].start,
			     c->windows[0].end);
	say_found(f, "vmap_area 0x%" PRIx64 " says 0x%" PRIx64 "-0x%" PRIx64, r->vmap_area_va,
		  r->start, r->end);
}

/* Within a list that the kernel keeps in the order of addresses. */
static void check_order(struct ctx *c, const struct vmt_range *before, const struct vmt_range *r)
{
	const struct vmt_book *b = &c->books[r->book];
	struct vmt_finding *f;

	/* Pools and what is being purged have no order; nor has the chain of 5.4 to 5.10. */
	if (before->book != r->book || !before->in_list || !r->in_list || !b->tree_va ||
	    r->start >= before->start)
		return;
	f = finding(c, V01, VMT_WRONG, subject_of(c, r), r->start, means_bounds, "list");
	say_title(f, "the list of %s ranges is not in the order of addresses",
		  vmt_space_name(b->space));
	say_expected(f, "behind 0x%" PRIx64, before->start);
	say_found(f, "0x%" PRIx64, r->start);
}

static int by_start(const void *pa, const void *pb)
{
	const struct vmt_range *a = *(const struct vmt_range *const *)pa;
	const struct vmt_range *b = *(const struct vmt_range *const *)pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->end > b->end) - (a->end < b->end);
}

static void overlap(struct ctx *c, const struct vmt_range *a, const struct vmt_range *b)
{
	const struct subject *s = subject_of(c, a) ? subject_of(c, a) : subject_of(c, b);
	struct vmt_finding *f = finding(c, V01, VMT_SEVERE, s, b->start,
					"two owners hold the same addresses", "list");

	say_title(f, "a %s range and a %s one overlap", vmt_space_name(c->books[a->book].space),
		  vmt_space_name(c->books[b->book].space));
	say_expected(f, "0x%" PRIx64 " or above, where the one before ends", a->end);
	say_found(f, "0x%" PRIx64 "-0x%" PRIx64, b->start, b->end);
}

static enum vmt_rc check_overlaps(struct ctx *c)
{
	const struct vmt_range **all VMT_FREE = malloc((c->n_ranges + 1) * sizeof(*all)), *last;

	if (!all)
		return VMT_NOMEM;
	for (size_t i = 0; i < c->n_ranges; i++)
		all[i] = &c->ranges[i];
	qsort(all, c->n_ranges, sizeof(*all), by_start);
	last = c->n_ranges ? all[0] : NULL;
	for (size_t i = 1; i < c->n_ranges; i++) {
		if (all[i]->start < last->end && all[i]->start < all[i]->end)
			overlap(c, last, all[i]);
		if (all[i]->end > last->end)
			last = all[i];
	}
	return VMT_OK;
}

/* setup_vmalloc_vm(): addr is va_start; KASAN's tags are off. */
static void check_addr(struct ctx *c, const struct subject *s)
{
	struct vmt_finding *f;

	if (!s->has_vm || s->k->area.start == s->start)
		return;
	f = finding(c, V01, VMT_WRONG, s, s->k->vm_struct_va, means_bounds, "explain");
	say_title(f, "vm_struct and vmap_area disagree on where the area is");
	say_expected(f, "vm_struct.addr 0x%" PRIx64, s->start);
	say_found(f, "0x%" PRIx64, s->k->area.start);
}

enum vmt_rc check_bounds(struct ctx *c)
{
	uint64_t others = 0;

	if (c->no_areas)
		return unknown(c, V01, 1, 0, VMT_FACT_NONE, "%s", c->no_areas);
	for (size_t i = 0; i < c->n_ranges; i++) {
		check_range(c, &c->ranges[i]);
		if (i)
			check_order(c, &c->ranges[i - 1], &c->ranges[i]);
		others += c->books[c->ranges[i].book].space != VMT_SPACE_BUSY;
	}
	for (size_t i = 0; i < c->n_busy; i++)
		check_addr(c, &c->busy[i]);
	look(c, V01, 0, c->n_ranges - others);
	look(c, V01, 1, others);
	if (!c->has_vmalloc)
		(void)unknown_for(
			c, V01, 1, 0, vmt_kern_lack(c->kern),
			"where the kernel may put areas is not known: bounds are not judged");
	return check_overlaps(c);
}

/* ---- V02 ---- */

static const char *const means_size =
	"what is said of this area's size does not agree: freeing it will free too much or too "
	"little";

static struct vmt_finding *wrong_size(struct ctx *c, const struct subject *s)
{
	return finding(c, V02, VMT_WRONG, s, s->k->vm_struct_va, means_size, "explain");
}

/* vrealloc() that shrinks frees the pages behind what is asked for (7.2). */
static bool is_shrunk(const struct subject *s, uint64_t pages_bytes, uint64_t ps)
{
	uint64_t asked_bytes = vmt_num_round_up(s->k->requested_bytes, ps);

	return s->k->requested_bytes && asked_bytes <= pages_bytes;
}

static void check_pages(struct ctx *c, const struct subject *s, uint64_t room)
{
	uint64_t ps = c->page_size, pages = s->k->area.pages, bytes = vmt_num_mul(pages, ps);
	struct vmt_finding *f;

	if (bytes == room || (bytes < room && is_shrunk(s, bytes, ps)))
		return;
	f = wrong_size(c, s);
	say_title(f, "pages and size disagree");
	say_expected(f, "%" PRIu64 " pages%s, as the size says", room / ps,
		     s->k->vm_flags & VM_NO_GUARD ? "" : " and a guard page");
	say_found(f, "nr_pages %" PRIu64, pages);
}

static void check_size(struct ctx *c, const struct subject *s)
{
	const struct vmt_karea *k = s->k;
	bool has_pages = k->area.pages && k->vm_flags & (VM_ALLOC | VM_MAP);
	/* Percpu, early and image areas have none, flag or not; with pages the flag decides. */
	uint64_t guard =
		has_pages ? (k->vm_flags & VM_NO_GUARD ? 0 : c->page_size) : s->guard.guard_bytes;
	uint64_t size = k->area.size_bytes, room = size > guard ? size - guard : 0;
	struct vmt_finding *f;

	if (size != s->end - s->start) {
		f = wrong_size(c, s);
		say_title(f, "vm_struct and vmap_area disagree on the size");
		say_expected(f, "vm_struct.size %" PRIu64 " bytes, as va_end - va_start",
			     s->end - s->start);
		say_found(f, "%" PRIu64, size);
		return;
	}
	if (has_pages) {
		check_pages(c, s, room);
	} else if (!room) {
		f = wrong_size(c, s);
		say_title(f, "the area holds nothing but its guard page");
		say_expected(f, "more than %" PRIu64 " bytes", guard);
		say_found(f, "%" PRIu64, size);
	} else if (k->vm_flags & VM_ALLOC && k->pages_va) {
		f = wrong_size(c, s);
		say_title(f, "an array of pages, and none of them counted");
		say_expected(f, "nr_pages %" PRIu64, room / c->page_size);
		say_found(f, "0");
	}
	if (k->requested_bytes > room) {
		f = wrong_size(c, s);
		say_title(f, "more was asked for than the area has");
		say_expected(f, "requested_size up to %" PRIu64, room);
		say_found(f, "%" PRIu64, k->requested_bytes);
	}
}

enum vmt_rc check_sizes(struct ctx *c)
{
	uint64_t in_flux = 0;
	enum vmt_rc rc = VMT_OK;

	if (c->no_areas)
		return unknown(c, V02, 1, 0, VMT_FACT_NONE, "%s", c->no_areas);
	for (size_t i = 0; rc == VMT_OK && i < c->n_busy; i++) {
		const struct subject *s = &c->busy[i];

		if (s->in_flux) {
			in_flux++;
		} else if (s->has_vm) {
			check_size(c, s);
			look(c, V02, 0, 1);
		} else if (s->k->vm_struct_va) {
			const struct vmt_err err = vm_err(c, s);

			rc = unknown_for(c, V02, 1, s->start, &err,
					 "vm_struct cannot be read: only its range is known");
		}
	}
	if (in_flux)
		note(c, V02, "%" PRIu64 " being set up or torn down, not judged", in_flux);
	return rc;
}
