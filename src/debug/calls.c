// SPDX-License-Identifier: GPL-2.0-or-later
/* The calls of one function: its call sites and what was inlined into it. */
#include <dwarf.h>
#include <string.h>

#include "debug_priv.h"

/* Deeper nests, and more calls, than any function of a kernel has. */
#define DEPTH_MAX 256
#define CALLS_MAX 100000
/* Calls of one scope for each of which all inlined calls are looked through. */
#define SCATTERED_MAX 4000

struct item {
	struct vmt_call call;
	Dwarf_Die die; /* an inlined call's */
	Dwarf_Addr va; /* within the call */
	size_t around; /* index of the inlined call it stands in, or SIZE_MAX */
};

struct walk {
	Dwarf *dw;
	struct vmt_unit unit;
	bool lines;
	/* Call sites stand in the function's scope, not in that of the inlined call they are of. */
	bool scattered;
	enum vmt_rc (*fn)(void *arg, const struct vmt_call *call);
	void *arg;
	size_t left;
};

struct items {
	struct item *items;
	size_t n, cap;
};

static void add_inlined(struct walk *w, Dwarf_Die *die, struct item *item)
{
	Dwarf_Attribute attr;
	Dwarf_Die origin;

	item->call.kind = VMT_CALL_INLINED;
	item->call.callee = vmt_dwarf_name(die);
	if (dwarf_attr(die, DW_AT_abstract_origin, &attr) && dwarf_formref_die(&attr, &origin))
		item->call.callee_ref = dwarf_dieoffset(&origin);
	if (w->lines)
		vmt_unit_call_line(&w->unit, die, &item->call.file, &item->call.line);
	item->die = *die;
	if (dwarf_entrypc(die, &item->va) != 0)
		item->va = 0;
}

static void add_site(struct walk *w, Dwarf_Die *die, struct item *item)
{
	struct vmt_site site;

	vmt_dwarf_site(die, &site);
	item->call.kind = site.callee.n ? VMT_CALL_DIRECT : VMT_CALL_INDIRECT;
	item->call.callee = site.callee;
	item->call.callee_ref = site.callee_ref;
	item->call.tail = site.tail;
	item->va = site.at;
	if (site.at && w->lines)
		vmt_unit_line(&w->unit, site.at, &item->call.file, &item->call.line);
}

/* Calls that stand in one scope, blocks flattened. */
static enum vmt_rc collect(struct walk *w, Dwarf_Die *scope, struct items *items, int depth)
{
	enum vmt_rc rc = VMT_OK;
	Dwarf_Die child;

	if (depth == DEPTH_MAX || dwarf_child(scope, &child) != 0)
		return VMT_OK;
	do {
		bool inlined = dwarf_tag(&child) == DW_TAG_inlined_subroutine;

		if (dwarf_tag(&child) == DW_TAG_lexical_block) {
			rc = collect(w, &child, items, depth + 1);
			continue;
		}
		if ((!inlined && !vmt_dwarf_is_call(&child)) || !w->left)
			continue;
		w->left--;
		if (vmt_grow(&items->items, &items->cap, items->n + 1, sizeof(struct item)) !=
		    VMT_OK)
			return VMT_NOMEM;
		memset(&items->items[items->n], 0, sizeof(struct item));
		if (inlined)
			add_inlined(w, &child, &items->items[items->n]);
		else
			add_site(w, &child, &items->items[items->n]);
		items->n++;
	} while (rc == VMT_OK && dwarf_siblingof(&child, &child) == 0);
	return rc;
}

/* All calls of one scope stand in one file, but for macros of headers. */
static int by_place(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;

	int c = vmt_str_cmp(a->call.file, b->call.file);

	if (c == 0 && a->call.line != b->call.line)
		c = a->call.line < b->call.line ? -1 : 1;
	return c ? c : (a->va > b->va) - (a->va < b->va);
}

/* Which inlined call of the same scope each call site stands in. */
static void find_around(const struct walk *w, struct items *items)
{
	for (size_t i = 0; i < items->n; i++)
		items->items[i].around = SIZE_MAX;
	if (!w->scattered || items->n > SCATTERED_MAX)
		return;
	for (size_t k = 0; k < items->n; k++) {
		struct item *inlined = &items->items[k];

		for (size_t i = 0; inlined->call.kind == VMT_CALL_INLINED && i < items->n; i++) {
			struct item *site = &items->items[i];

			if (site->call.kind != VMT_CALL_INLINED && site->va &&
			    site->around == SIZE_MAX && dwarf_haspc(&inlined->die, site->va) > 0)
				site->around = k;
		}
	}
}

/* Copy to @inner the call sites of @items that stand in the inlined call @k. */
static enum vmt_rc take_inner(const struct items *items, size_t k, struct items *inner)
{
	for (size_t i = 0; i < items->n; i++) {
		if (items->items[i].around != k)
			continue;
		if (vmt_grow(&inner->items, &inner->cap, inner->n + 1, sizeof(struct item)) !=
		    VMT_OK)
			return VMT_NOMEM;
		inner->items[inner->n++] = items->items[i];
	}
	return VMT_OK;
}

/* @items: the calls of the scope that were told of outside of it; taken. */
static enum vmt_rc walk_scope(struct walk *w, Dwarf_Die *scope, unsigned depth, struct items items)
{
	enum vmt_rc rc = depth < DEPTH_MAX ? collect(w, scope, &items, 0) : VMT_OK;

	if (items.n)
		qsort(items.items, items.n, sizeof(struct item), by_place);
	find_around(w, &items);
	for (size_t i = 0; rc == VMT_OK && i < items.n; i++) {
		struct item *item = &items.items[i];
		struct items inner = {0};

		if (item->around != SIZE_MAX)
			continue;
		item->call.depth = depth;
		rc = w->fn(w->arg, &item->call);
		if (rc != VMT_OK || item->call.kind != VMT_CALL_INLINED)
			continue;
		rc = w->scattered ? take_inner(&items, i, &inner) : VMT_OK;
		if (rc == VMT_OK)
			rc = walk_scope(w, &item->die, depth + 1, inner);
		else
			free(inner.items);
	}
	free(items.items);
	return rc;
}

static void note_function(struct vmt_debug *d, Dwarf_Addr va, Dwarf_Die *die)
{
	d->function = dwarf_dieoffset(die);
	d->function_va = va;
}

/* The function that holds an address. */
static enum vmt_rc function_at(struct vmt_debug *d, Dwarf_Addr va, Dwarf_Die *cu, Dwarf_Die *die)
{
	Dwarf_Off off;
	bool more;

	if (d->function && d->function_va == va && dwarf_offdie(d->dwarf, d->function, die) &&
	    dwarf_diecu(die, cu, NULL, NULL))
		return VMT_OK;
	if (vmt_debug_unit_of(d, va, &off) != VMT_OK)
		return VMT_NOMEM;
	more = off != VMT_NO_CU && dwarf_offdie(d->dwarf, off, cu) && dwarf_child(cu, die) == 0;
	for (; more; more = dwarf_siblingof(die, die) == 0) {
		if (dwarf_tag(die) == DW_TAG_subprogram && dwarf_haspc(die, va) > 0) {
			note_function(d, va, die);
			return VMT_OK;
		}
	}
	return VMT_NONE;
}

enum vmt_rc vmt_debug_calls(struct vmt_debug *d, uint64_t va, bool lines,
			    enum vmt_rc (*fn)(void *arg, const struct vmt_call *call), void *arg,
			    struct vmt_err *err)
{
	struct walk w = {
		.dw = vmt_debug_dwarf(d), .lines = lines, .fn = fn, .arg = arg, .left = CALLS_MAX};
	Dwarf_Die cu, die;
	enum vmt_rc rc = w.dw ? function_at(d, va - d->bias, &cu, &die) : VMT_NONE;

	if (rc == VMT_OK)
		w.scattered = vmt_dwarf_by_clang(&cu);
	if (rc == VMT_OK && lines)
		vmt_unit_init(&w.unit, &cu);
	if (rc == VMT_OK)
		rc = walk_scope(&w, &die, 0, (struct items){0});
	return rc == VMT_NOMEM ? vmt_err_nomem(err) : rc;
}

/* ---- callees ---- */

/* The function in the same unit whose abstract origin is @abstract: none of a mere declaration. */
static bool concrete_copy(Dwarf_Die *abstract, Dwarf_Die *die, Dwarf_Addr *va)
{
	Dwarf_Off ref = dwarf_dieoffset(abstract);
	Dwarf_Die cu, origin;
	bool more = !dwarf_hasattr(abstract, DW_AT_declaration) &&
		    dwarf_diecu(abstract, &cu, NULL, NULL) && dwarf_child(&cu, die) == 0;

	for (; more; more = dwarf_siblingof(die, die) == 0) {
		Dwarf_Attribute attr;

		if (dwarf_tag(die) == DW_TAG_subprogram &&
		    dwarf_attr(die, DW_AT_abstract_origin, &attr) &&
		    dwarf_formref_die(&attr, &origin) && dwarf_dieoffset(&origin) == ref &&
		    dwarf_entrypc(die, va) == 0)
			return true;
	}
	return false;
}

struct only {
	uint64_t va;
	int n;
};

static enum vmt_rc note_only(void *arg, const struct vmt_elf_symbol *symbol)
{
	struct only *o = arg;

	if (symbol->function && (!o->n || o->va != symbol->va)) {
		o->va = symbol->va;
		o->n++;
	}
	return VMT_OK;
}

static enum vmt_rc only_of_name(struct vmt_debug *d, struct vmt_str name, uint64_t *va,
				struct vmt_err *err)
{
	struct only only = {0, 0};
	enum vmt_rc rc = vmt_debug_symbols(d, name, note_only, &only, err);

	if (rc != VMT_OK)
		return rc;
	*va = only.va;
	return only.n == 1 ? VMT_OK : VMT_NONE;
}

enum vmt_rc vmt_debug_callee(struct vmt_debug *d, struct vmt_str name, uint64_t ref, uint64_t *va,
			     struct vmt_err *err)
{
	Dwarf *dw = vmt_debug_dwarf(d);
	Dwarf_Die named, copy;
	Dwarf_Addr at;

	if (ref && dw && dwarf_offdie(dw, ref, &named)) {
		if (dwarf_entrypc(&named, &at) == 0)
			copy = named;
		else if (!concrete_copy(&named, &copy, &at))
			return only_of_name(d, name, va, err);
		if (dwarf_tag(&copy) == DW_TAG_subprogram)
			note_function(d, at, &copy);
		*va = at + d->bias;
		return VMT_OK;
	}
	return only_of_name(d, name, va, err);
}
