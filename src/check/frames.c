// SPDX-License-Identifier: GPL-2.0-or-later
/* V09, V10: a frame of an area is in use, and of one area alone. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buddy.h"

#define POINTERS 512

/* pages[@index] of busy[@subject]. */
struct frame {
	uint64_t pfn;
	uint32_t subject, index;
};

struct frames {
	struct frame *items;
	size_t n, cap;
	struct vmt_page_map map;
};

static const char *const means_twice =
	"two areas own one frame: the first that is freed takes it from the other";
static const char *const means_free =
	"the allocator gives this frame to the next who asks, though an area still uses it";

/* ---- collecting ---- */

static enum vmt_rc add_area(struct ctx *c, struct frames *fr, size_t i)
{
	const struct subject *s = &c->busy[i];
	uint64_t pointers[POINTERS], room = (s->end - s->start) / c->page_size;
	uint64_t count = s->k->area.pages < room ? s->k->area.pages : room;

	if (!afford(c, count)) {
		(void)unknown(c, V09, count, s->start, VMT_FACT_NONE,
			      "areas claim more than the image can hold");
		return unknown(c, V10, count, s->start, VMT_FACT_NONE,
			       "areas claim more than the image can hold");
	}
	for (uint64_t at = 0; at < count;) {
		uint64_t va = s->k->pages_va + 8 * at, n = (4096 - (va & 4095)) / 8;
		struct vmt_err err = {0};
		enum vmt_rc rc;

		n = n < 1 ? 1 : n > POINTERS ? POINTERS : n;
		n = n > count - at ? count - at : n;
		rc = vmt_kern_read(c->kern, va, pointers, 8 * n, &err);
		if (rc == VMT_NOMEM ||
		    vmt_grow(&fr->items, &fr->cap, fr->n + n, sizeof(*fr->items)) != VMT_OK)
			return VMT_NOMEM;
		if (rc != VMT_OK) {
			(void)unread(c, V09, n, s->start, rc, &err, "pages[]");
			(void)unread(c, V10, n, s->start, rc, &err, "pages[]");
		}
		for (uint64_t j = 0; rc == VMT_OK && j < n; j++) {
			uint64_t pfn;

			/* What is no struct page is V05's to tell. */
			if (vmt_page_pfn(&fr->map, pointers[j], &pfn))
				fr->items[fr->n++] =
					(struct frame){pfn, (uint32_t)i, (uint32_t)(at + j)};
		}
		at += n;
	}
	return VMT_OK;
}

static int by_pfn(const void *pa, const void *pb)
{
	const struct frame *a = pa, *b = pb;

	if (a->pfn != b->pfn)
		return a->pfn < b->pfn ? -1 : 1;
	if (a->subject != b->subject)
		return a->subject < b->subject ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* ---- V09 ---- */

/*
 * What vmap() puts when it is through (VM_MAP_PUT_PAGES, 5.10 to 7.2) it has taken as one user of
 * several: i915 maps pages of shmem, which are in the page cache too, as often as it likes.
 */
static bool is_put(const struct ctx *c, const struct frame *f)
{
	return c->busy[f->subject].k->vm_flags & VM_MAP_PUT_PAGES;
}

static void check_twice(struct ctx *c, const struct frames *fr)
{
	const struct frame *a = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < fr->n; i++) {
		const struct frame *before = a, *b = &fr->items[i];
		const struct subject *sa, *sb = &c->busy[b->subject];
		struct vmt_finding *f;

		if (is_put(c, b))
			continue;
		n++;
		a = b;
		/* Within one area it is V05 that tells which of both is wrong. */
		if (!before || before->pfn != b->pfn || before->subject == b->subject)
			continue;
		sa = &c->busy[before->subject];
		f = finding(c, V09, VMT_SEVERE, sb, sb->start + b->index * c->page_size,
			    means_twice, "walk");
		say_title(f, "frame 0x%" PRIx64 " is recorded in two areas", b->pfn);
		say_expected(f, "one owner");
		say_found(f, "pages[%" PRIu32 "] here, and pages[%" PRIu32 "] of 0x%" PRIx64,
			  b->index, before->index, sa->start);
	}
	look(c, V09, 0, n);
}

/* ---- V10 ---- */

struct use {
	struct ctx *c;
	const struct frames *fr;
	struct buddy buddy;
	/** Where the head of a compound page is told; VMT_FACT_NONE: not known. */
	uint64_t compound;
};

static void learn_compound(struct use *u)
{
	const struct vmt_info *info = vmt_kern_info(u->c->kern);

	if (!vmt_info_number(info, "OFFSET(page.compound_head)", &u->compound) &&
	    !vmt_info_number(info, "OFFSET(page.compound_info)", &u->compound))
		u->compound = VMT_FACT_NONE;
	if (u->compound != VMT_FACT_NONE && u->compound > u->fr->map.bytes - 8)
		u->compound = VMT_FACT_NONE;
}

static uint32_t load32(const unsigned char *page, uint64_t offset)
{
	uint32_t v;

	memcpy(&v, page + offset, sizeof(v));
	return v;
}

static void tell_use(struct use *u, const struct frame *f, const char *what, const char *found,
		     uint32_t value)
{
	const struct subject *s = &u->c->busy[f->subject];
	struct vmt_finding *x = finding(u->c, V10, VMT_SEVERE, s,
					s->start + f->index * u->c->page_size, means_free, "walk");

	say_title(x, "frame 0x%" PRIx64 " of pages[%" PRIu32 "] %s", f->pfn, f->index, what);
	say_expected(x, "a frame in use: _refcount above 0, not in the buddy allocator");
	say_found(x, "%s 0x%" PRIx32, found, value);
}

static void check_page(struct use *u, const struct frame *f, const unsigned char *page)
{
	const struct vmt_page_map *m = &u->fr->map;
	uint64_t head = 0;

	look(u->c, V10, 0, 1);
	if (buddy_is_head(&u->buddy, page)) {
		tell_use(u, f, "is free", "page_type", load32(page, m->mapcount));
		return;
	}
	if (m->refcount == VMT_FACT_NONE || (int32_t)load32(page, m->refcount) > 0)
		return;
	/* Tails of a folio have none of their own: of huge vmalloc (5.13 to 5.17), of shmem. */
	if (u->compound != VMT_FACT_NONE)
		memcpy(&head, page + u->compound, sizeof(head));
	if (head & 1 && (u->c->busy[f->subject].k->page_order || is_put(u->c, f)))
		return;
	tell_use(u, f, "has no user", "_refcount", load32(page, m->refcount));
}

static enum vmt_rc check_use(struct ctx *c, const struct frames *fr)
{
	struct use u = {.c = c, .fr = fr};
	unsigned char page[PAGE_STRUCT_MAX];
	enum vmt_rc rc = VMT_OK;

	buddy_learn(c, &fr->map, &u.buddy);
	learn_compound(&u);
	if (fr->map.refcount == VMT_FACT_NONE && !u.buddy.known)
		return unknown(c, V10, fr->n, 0, VMT_FACT_NONE, "the layout of struct page");
	for (size_t i = 0; rc == VMT_OK && i < fr->n; i++) {
		const struct frame *f = &fr->items[i];
		uint64_t va = fr->map.base + f->pfn * fr->map.bytes;
		struct vmt_err err = {0};

		rc = vmt_kern_read(c->kern, va, page, fr->map.bytes, &err);
		if (rc == VMT_OK) {
			check_page(&u, f, page);
		} else if (rc == VMT_FAULT && !err.where) {
			struct vmt_finding *x = finding(c, V10, VMT_SEVERE, &c->busy[f->subject],
							va, means_free, "walk");

			say_title(x, "frame 0x%" PRIx64 " of pages[%" PRIu32 "] is no RAM", f->pfn,
				  f->index);
			say_expected(x, "a struct page at 0x%" PRIx64, va);
			say_found(x, "nothing is mapped there");
			rc = VMT_OK;
		} else {
			rc = unread(c, V10, 1, c->busy[f->subject].start, rc, &err, "struct page");
		}
	}
	return rc;
}

/* ---- both ---- */

enum vmt_rc check_frames(struct ctx *c)
{
	struct frames fr = {.n = 0};
	enum vmt_rc rc;

	rc = c->no_areas ? VMT_NONE : vmt_kern_page_map(c->kern, &fr.map, &c->err);
	if (rc == VMT_NOMEM)
		return rc;
	if (rc != VMT_OK) {
		(void)unknown(c, V09, 1, 0, VMT_FACT_NONE, "%s", c->err.text);
		return unknown(c, V10, 1, 0, VMT_FACT_NONE, "%s", c->err.text);
	}
	for (size_t i = 0; rc == VMT_OK && i < c->n_busy; i++) {
		const struct subject *s = &c->busy[i];

		/* What vmap maps belongs to others, unless it puts the pages itself. */
		if (s->has_vm && !s->in_flux && s->k->pages_va && s->end > s->start &&
		    s->k->vm_flags & (VM_ALLOC | VM_MAP_PUT_PAGES))
			rc = add_area(c, &fr, i);
	}
	if (rc == VMT_OK && fr.n)
		qsort(fr.items, fr.n, sizeof(*fr.items), by_pfn);
	if (rc == VMT_OK && asked(c, V09))
		check_twice(c, &fr);
	if (rc == VMT_OK && asked(c, V10))
		rc = check_use(c, &fr);
	free(fr.items);
	return rc;
}
