// SPDX-License-Identifier: GPL-2.0-or-later
/* What an address is: the way through the tables, and whose it is in words. */
#include <inttypes.h>
#include <string.h>

#include "walk.h"

static void explain_fault(struct found *f, const struct vmt_pgt *pgt, const struct vmt_err *err)
{
	const struct vmt_path *p = &f->path;
	const struct vmt_step *last = p->n ? &p->step[p->n - 1] : NULL;
	const char *level = last ? vmt_pgt_level_name(pgt, last->level) : "";

	if (!last)
		(void)snprintf(f->why, sizeof(f->why), "not an address of kernel space");
	else if (last->rc == VMT_EXCLUDED)
		(void)snprintf(f->why, sizeof(f->why),
			       "not known: the %s table at 0x%" PRIx64 " is not in the image",
			       level, last->table_pa);
	else if (last->rc == VMT_FAULT)
		(void)snprintf(f->why, sizeof(f->why),
			       "not known: the %s table would be at 0x%" PRIx64
			       ", where no memory is",
			       level, last->table_pa);
	else if (last->rc != VMT_OK)
		(void)snprintf(f->why, sizeof(f->why), "not known: %s", err->text);
	else if (last->raw)
		(void)snprintf(f->why, sizeof(f->why), "not mapped: the %s entry is not valid",
			       level);
	else
		(void)snprintf(f->why, sizeof(f->why), "not mapped: the %s entry is empty", level);
}

bool walk_is_known(const struct found *f)
{
	const struct vmt_path *p = &f->path;

	return f->rc == VMT_OK || !p->n || p->step[p->n - 1].rc == VMT_OK;
}

/* The hole's neighbours, whose running off the end it may have been. */
static void hole_text(const struct walk *w, struct found *f)
{
	const struct vmt_place *p = &f->place;
	char size[VMT_NUM_GROUPED], before[400] = "the start of the range";
	char after[400] = "its end";
	struct vmt_str name;

	if (p->before) {
		name = place_name(p->before);
		(void)snprintf(before, sizeof(before), "%.*s (ends at 0x%" PRIx64 ")", (int)name.n,
			       name.p, p->before->area.end);
	}
	if (p->after) {
		name = place_name(p->after);
		(void)snprintf(after, sizeof(after), "%.*s (begins at 0x%" PRIx64 ")", (int)name.n,
			       name.p, p->after->area.start);
	}
	(void)snprintf(f->owner, sizeof(f->owner), "%sa hole of %s in %s, between %s and %s",
		       f->rc == VMT_OK ? "nobody, and yet mapped: " : "",
		       size_text(&w->view, size, p->end - p->start), p->part->what, before, after);
}

static void page_text(const struct walk *w, const struct vmt_karea *k, uint64_t va, char *text,
		      size_t size)
{
	const struct vmt_area *a = &k->area;
	struct vmt_str name = place_name(k);
	const char *what = vmt_what(a);
	char count[VMT_NUM_GROUPED], of[VMT_NUM_GROUPED];
	struct vmt_guard g;

	vmt_guard_of(a, w->page_size, &g);
	(void)snprintf(text, size, "page %s of %s of %.*s%s%s%s, %s",
		       vmt_num_grouped(count, (va - a->start) / w->page_size + 1),
		       vmt_num_grouped(of, (a->end - a->start - g.guard_bytes) / w->page_size),
		       (int)name.n, name.p, what ? " (" : "", what ? what : "", what ? ")" : "",
		       vmt_kind_name(a->kind));
}

static void area_text(const struct walk *w, struct found *f)
{
	struct vmt_str name = place_name(f->place.area);
	const char *what = vmt_what(&f->place.area->area);

	if (f->place.kind == VMT_OWNER_GUARD)
		(void)snprintf(f->owner, sizeof(f->owner), "guard page of %.*s%s%s%s: %s",
			       (int)name.n, name.p, what ? " (" : "", what ? what : "",
			       what ? ")" : "",
			       f->rc == VMT_OK ? "nothing should be mapped here"
					       : "unmapped, so that running off the end faults");
	else
		page_text(w, f->place.area, f->va, f->owner, sizeof(f->owner));
}

/* The direct map shows all memory: whose is this? @return false: out of memory. */
static bool find_holder(struct walk *w, struct found *f)
{
	const struct vmt_karea *area;
	enum vmt_rc rc;

	if (f->rc != VMT_OK || !f->place.part || strcmp(f->place.part->name, "direct") != 0)
		return true;
	rc = vmt_kern_frame_area(w->src.kern, f->path.pa, &area, &f->holder_va, NULL);
	if (rc == VMT_OK)
		page_text(w, area, f->holder_va, f->holder, sizeof(f->holder));
	else
		f->holder_va = 0;
	return rc != VMT_NOMEM;
}

static void owner_text(const struct walk *w, struct found *f)
{
	switch (f->place.kind) {
	case VMT_OWNER_AREA:
	case VMT_OWNER_GUARD: area_text(w, f); break;
	case VMT_OWNER_HOLE: hole_text(w, f); break;
	default: (void)place_owner(&f->place, f->owner, sizeof(f->owner)); break;
	}
}

static void find_symbol(const struct walk *w, struct found *f)
{
	const struct vmt_symbol *s = &f->symbol;

	f->has_symbol = vmt_kern_name(w->src.kern, f->va, &f->symbol) == VMT_OK;
	if (f->has_symbol)
		(void)snprintf(f->symbol_text, sizeof(f->symbol_text),
			       "%.*s+0x%" PRIx64 "/0x%" PRIx64, (int)s->name.n, s->name.p,
			       f->va - s->va, s->size_bytes);
}

bool walk_find(struct walk *w, uint64_t va, struct found *f)
{
	struct vmt_err err = {0};
	enum vmt_rc rc;

	memset(f, 0, sizeof(*f));
	f->va = vmt_va_untag(va);
	f->rc = vmt_pgt_path(w->pgt, 0, f->va, &f->path, &err);
	if (f->rc == VMT_NOMEM)
		return false;
	if (f->rc != VMT_OK)
		explain_fault(f, w->pgt, &err);
	rc = vmt_kern_place(w->src.kern, f->va, &f->place, &err);
	if (rc == VMT_NOMEM)
		return false;
	f->module = place_module(&w->src, &f->place);
	find_symbol(w, f);
	if (f->has_symbol && !f->module.n)
		f->module = f->symbol.module;
	owner_text(w, f);
	return find_holder(w, f);
}
