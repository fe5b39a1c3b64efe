// SPDX-License-Identifier: GPL-2.0-or-later
/* V05: every page maps the frame that is recorded for it. */
#include <inttypes.h>
#include <string.h>

#include "mapping.h"

static const char *const means_frame =
	"what is written here goes to a frame that belongs to another, and what is read is not "
	"what was written";
static const char *const means_none =
	"the kernel takes this page for mapped: the next access to it is an oops";
static const char *const means_extra =
	"what belongs to a device or to the kernel's image is not where the record says";

/* ---- pages[] ---- */

/* The pointer of page @i, read as far as its page of memory goes. @return VMT_OK or why not. */
static enum vmt_rc load_pointers(struct mapping *m, const struct subject *s, uint64_t i,
				 uint64_t count, struct vmt_err *err)
{
	uint64_t va = s->k->pages_va + 8 * i, ps = m->c->page_size;
	uint64_t n = (ps - (va & (ps - 1))) / 8;
	enum vmt_rc rc;

	if (n > POINTERS)
		n = POINTERS;
	if (n > count - i)
		n = count - i;
	/* An array at an odd address is none. */
	if (!n)
		n = 1;
	m->first = i;
	m->n = n;
	rc = vmt_kern_read(m->c->kern, va, m->pointers, 8 * n, err);
	if (rc != VMT_OK)
		m->n = 0;
	return rc;
}

/* The page of the same area that this frame is recorded for, or UINT64_MAX. */
static uint64_t recorded_for(const struct mapping *m, uint64_t page_va)
{
	for (uint64_t j = 0; j < m->n; j++) {
		if (m->pointers[j] == page_va)
			return m->first + j;
	}
	return UINT64_MAX;
}

static void tell_frame(struct mapping *m, const struct subject *s, uint64_t i, uint64_t pa,
		       uint64_t page_va)
{
	uint64_t pfn, va = s->start + i * m->c->page_size, other;
	struct vmt_finding *f = finding(m->c, V05, VMT_SEVERE, s, va,
					pa == VMT_PA_NONE ? means_none : means_frame, "walk");

	if (!vmt_page_pfn(&m->map, page_va, &pfn)) {
		say_title(f, "pages[%" PRIu64 "] is no struct page", i);
		say_expected(f, "an element of vmemmap 0x%" PRIx64, m->map.base);
		say_found(f, "0x%" PRIx64, page_va);
		return;
	}
	say_expected(f, "pages[%" PRIu64 "] = frame 0x%" PRIx64, i, pfn);
	if (pa == VMT_PA_NONE) {
		say_title(f, "page %" PRIu64 " of %" PRIu64 " is not mapped", i, s->k->area.pages);
		say_found(f, "page table: nothing");
		return;
	}
	say_title(f, "page %" PRIu64 " of %" PRIu64 " maps another frame", i, s->k->area.pages);
	other = recorded_for(m, m->map.base + (pa >> m->shift) * m->map.bytes);
	if (other != UINT64_MAX)
		say_found(f,
			  "page table = frame 0x%" PRIx64 ", which is that of pages[%" PRIu64 "]",
			  pa >> m->shift, other);
	else
		say_found(f, "page table = frame 0x%" PRIx64, pa >> m->shift);
}

/* Those of @n pages from @i on that differ. */
static void tell_frames(struct mapping *m, const struct subject *s, uint64_t i, const uint64_t *pas,
			const uint64_t *pages, uint64_t n)
{
	for (uint64_t j = 0; j < n; j++) {
		if (!vmt_page_map_same(&m->map, m->shift, pages + j, pas + j, 1))
			tell_frame(m, s, i + j, pas[j], pages[j]);
	}
}

/* Frames of pages @i to @i + @n, as the page tables have them, against what is recorded. */
static enum vmt_rc compare_pas(struct mapping *m, const struct subject *s, uint64_t i,
			       const uint64_t *pas, uint64_t n, uint64_t count)
{
	while (n) {
		uint64_t have;
		const uint64_t *p;
		struct vmt_err err = {0};
		enum vmt_rc rc = VMT_OK;

		if (i - m->first >= m->n)
			rc = load_pointers(m, s, i, count, &err);
		if (rc != VMT_OK) {
			/* As many pages as that page of the array speaks of. */
			have = (m->c->page_size -
				((s->k->pages_va + 8 * i) & (m->c->page_size - 1))) /
			       8;
			have = have < 1 ? 1 : have > n ? n : have;
			(void)unread(m->c, V05, have, s->start + i * m->c->page_size, rc, &err,
				     "pages[]");
		} else {
			have = m->first + m->n - i < n ? m->first + m->n - i : n;
			p = m->pointers + (i - m->first);
			if (!vmt_page_map_same(&m->map, m->shift, p, pas, have))
				tell_frames(m, s, i, pas, p, have);
			look(m->c, V05, 0, have);
		}
		i += have;
		pas += have;
		n -= have;
	}
	return VMT_OK;
}

/* ---- what the page tables have ---- */

/* Frames of [va, end) of a stretch, page by page. */
static uint64_t frames_of(struct mapping *m, const struct vmt_stretch *st, uint64_t va,
			  uint64_t end)
{
	uint64_t ps = m->c->page_size, n = (end - va) / ps, each, pa = VMT_PA_NONE;
	size_t at = SIZE_MAX;

	if (n > sizeof(m->pas) / sizeof(m->pas[0]))
		n = sizeof(m->pas) / sizeof(m->pas[0]);
	if (st->level == 0) {
		vmt_stretch_pas(m->pgt, st, (size_t)((va - st->va) / ps), (size_t)n, m->pas);
		return n;
	}
	each = vmt_pgt_entry_bytes(m->pgt, st->level);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t into = va + i * ps - st->va;

		if (into / each != at) {
			at = (size_t)(into / each);
			vmt_stretch_pas(m->pgt, st, at, 1, &pa);
		}
		m->pas[i] = pa == VMT_PA_NONE ? pa : pa + (into & (each - 1));
	}
	return n;
}

static const char why_being_mapped[] = "device pages that a running thread is just mapping";

/*
 * ioremap_page_range() maps from the first page to the last, and whoever called it holds the
 * vm_struct (5.4 to 7.2).
 */
static bool is_being_mapped(struct mapping *m, const struct subject *s)
{
	uint64_t last = s->end - s->guard.guard_bytes - m->c->page_size, pa;
	struct vmt_err err = {0};

	return s->k->vm_flags & VM_IOREMAP &&
	       vmt_pgt_translate(m->pgt, last, &pa, &err) == VMT_FAULT && !err.where &&
	       record_in_hand(m->c, s->k->vm_struct_va);
}

/* Pages in a row of which none is mapped. */
static void tell_missing(struct mapping *m, const struct subject *s, uint64_t va, uint64_t pages)
{
	uint64_t i = (va - s->start) >> m->shift;
	bool device = s->k->vm_flags & VM_IOREMAP;
	struct vmt_finding *f;

	if (device && is_being_mapped(m, s)) {
		(void)unknown(m->c, V05, pages, va, VMT_FACT_NONE, "%s", why_being_mapped);
		return;
	}
	f = finding(m->c, V05, VMT_SEVERE, s, va, means_none, "walk");
	if (pages == 1)
		say_title(f, "%spage %" PRIu64 " is not mapped", device ? "device " : "", i);
	else
		say_title(f, "%spages %" PRIu64 " to %" PRIu64 " are not mapped",
			  device ? "device " : "", i, i + pages - 1);
	say_expected(f, "%" PRIu64 " pages from 0x%" PRIx64, pages, va);
	say_found(f, "page table: nothing");
	look(m->c, V05, s->k->area.pages ? 0 : device ? 1 : 2, pages);
}

typedef enum vmt_rc compare_fn(struct mapping *m, const struct subject *s, uint64_t va, uint64_t n);

/* What a stretch that maps nothing costs, in pages: a table was looked at for it. */
#define STRETCH_PAGES 512u

/* All pages of [start, end), a bounded number at a time: their frames are in m->pas. */
static enum vmt_rc walk_pages(struct mapping *m, const struct subject *s, uint64_t start,
			      uint64_t end, compare_fn *compare)
{
	struct vmt_stretch st;
	enum vmt_rc rc;

	vmt_cursor_seek(m->cur, start, end);
	while ((rc = vmt_cursor_next(m->cur, &st, &m->c->err)) == VMT_OK) {
		uint64_t va = st.va > start ? st.va : start;
		uint64_t to = st.va + st.bytes - 1 < end - 1 ? st.va + st.bytes : end;
		uint64_t pages = (to - va) >> m->shift;

		if (!afford(m->c, st.kind == VMT_STRETCH_LEAVES ? pages : STRETCH_PAGES))
			return unknown(m->c, V05, (end - va) >> m->shift, va, VMT_FACT_NONE,
				       "areas claim more than the image can hold");
		if (st.kind == VMT_STRETCH_UNKNOWN)
			rc = unread(m->c, V05, pages, va, st.why, st.err, "a table page");
		else if (st.kind == VMT_STRETCH_CLONE)
			rc = unknown(m->c, V05, pages, va, st.table_pa,
				     "a table that is met a second time (V18)");
		else if (st.kind == VMT_STRETCH_HOLE)
			tell_missing(m, s, va, pages);
		else
			for (uint64_t n; rc == VMT_OK && va < to; va += n << m->shift) {
				n = frames_of(m, &st, va, to);
				rc = compare(m, s, va, n);
			}
		if (rc != VMT_OK)
			return rc;
	}
	return rc == VMT_NONE ? VMT_OK : rc;
}

static enum vmt_rc compare_recorded(struct mapping *m, const struct subject *s, uint64_t va,
				    uint64_t n)
{
	uint64_t i = (va - s->start) >> m->shift;
	uint64_t room = (s->end - s->start) >> m->shift;

	return compare_pas(m, s, i, m->pas, n, room);
}

/* ---- contiguous from phys_addr ---- */

static void tell_device(struct mapping *m, const struct subject *s, uint64_t va, uint64_t want,
			uint64_t pa)
{
	struct vmt_finding *f = finding(m->c, V05, VMT_SEVERE, s, va, means_extra, "walk");

	say_title(f, "%s page %" PRIu64 " %s", s->k->vm_flags & VM_IOREMAP ? "device" : "image",
		  (va - s->start) >> m->shift,
		  pa == VMT_PA_NONE ? "is not mapped" : "maps another address");
	say_expected(f, "phys_addr 0x%" PRIx64 " + 0x%" PRIx64 " = 0x%" PRIx64, s->k->area.phys,
		     va - s->start, want);
	if (pa == VMT_PA_NONE)
		say_found(f, "page table: nothing");
	else
		say_found(f, "page table = 0x%" PRIx64, pa);
}

static enum vmt_rc compare_contiguous(struct mapping *m, const struct subject *s, uint64_t va,
				      uint64_t n)
{
	uint64_t ps = m->c->page_size, want = (s->k->area.phys & ~(ps - 1)) + (va - s->start);
	size_t unit = s->k->vm_flags & VM_IOREMAP ? 1 : 2;

	for (uint64_t i = 0; i < n; i++) {
		if (m->pas[i] == want + i * ps)
			continue;
		if (m->pas[i] == VMT_PA_NONE && is_being_mapped(m, s))
			(void)unknown(m->c, V05, 1, va + i * ps, VMT_FACT_NONE, "%s",
				      why_being_mapped);
		else
			tell_device(m, s, va + i * ps, want + i * ps, m->pas[i]);
	}
	look(m->c, V05, unit, n);
	return VMT_OK;
}

/* Init text and data of an arm64 image are unmapped after boot: all of them, or none. */
static enum vmt_rc compare_image(struct mapping *m, const struct subject *s, uint64_t end)
{
	struct vmt_stretch st;
	enum vmt_rc rc;
	bool any = false;

	vmt_cursor_seek(m->cur, s->start, end);
	while ((rc = vmt_cursor_next(m->cur, &st, &m->c->err)) == VMT_OK)
		any |= st.kind != VMT_STRETCH_HOLE;
	if (rc != VMT_NONE)
		return rc;
	if (any)
		return walk_pages(m, s, s->start, end, compare_contiguous);
	look(m->c, V05, 2, (end - s->start) >> m->shift);
	return VMT_OK;
}

/* ---- an area ---- */

/* Pages that pages[] speaks of; 0: it has none that counts. */
static uint64_t recorded_pages(const struct mapping *m, const struct subject *s)
{
	uint64_t room = (s->end - s->start) >> m->shift, pages = s->k->area.pages;

	if (!s->k->pages_va || !(s->k->vm_flags & (VM_ALLOC | VM_MAP | VM_DMA_COHERENT)))
		return 0;
	if (!(s->k->vm_flags & VM_NO_GUARD) && room)
		room--;
	/* dma_common_pages_remap() records them without counting (kernel/dma/remap.c). */
	if (!pages && s->k->vm_flags & VM_DMA_COHERENT)
		return room;
	/* More than fit is V02's to tell. */
	return pages < room ? pages : room;
}

enum vmt_rc compare_area(struct mapping *m, const struct subject *s)
{
	uint64_t pages, end = s->end - s->guard.guard_bytes;

	if (!s->has_vm && s->k->vm_struct_va) {
		const struct vmt_err err = vm_err(m->c, s);

		return unknown_for(m->c, V05, (s->end - s->start) >> m->shift, s->start, &err,
				   "vm_struct cannot be read");
	}
	if (s->in_flux || !s->has_vm)
		return VMT_OK;
	m->n = m->first = 0;
	pages = recorded_pages(m, s);
	if (pages) {
		if (m->no_map)
			return unknown(m->c, V05, pages, s->start, VMT_FACT_NONE, "%s", m->no_map);
		return walk_pages(m, s, s->start, s->start + (pages << m->shift), compare_recorded);
	}
	if (!s->k->area.phys || end <= s->start)
		return VMT_OK;
	if (s->k->vm_flags & VM_IOREMAP)
		return walk_pages(m, s, s->start, end, compare_contiguous);
	if (s->k->area.kind == VMT_KIND_IMAGE)
		return compare_image(m, s, end);
	return VMT_OK;
}
