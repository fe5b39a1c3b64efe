// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Source lines and inline chains, through libdw.
 *
 * Addresses are sorted and each compilation unit is walked once for all of its addresses: asking
 * libdw address by address (dwarf_getscopes, dwfl_module_addrinfo) walks the unit, or the symbol
 * table, anew each time.
 */
#include <dwarf.h>
#include <string.h>

#include "debug_priv.h"

/* Deeper nests of blocks and inlined calls than any compiler makes. */
#define DEPTH_MAX 256

struct wanted {
	Dwarf_Addr va; /* as the DWARF has it: without the bias */
	size_t index;
	Dwarf_Off cu;
	bool done;
};

typedef enum vmt_rc chain_fn(void *arg, size_t index, const struct vmt_chain *chain);

static int by_cu(const void *pa, const void *pb)
{
	const struct wanted *a = pa, *b = pb;

	if (a->cu != b->cu)
		return a->cu < b->cu ? -1 : 1;
	return (a->va > b->va) - (a->va < b->va);
}

/* From the function to the innermost inlined call that holds the address; blocks are left out. */
struct path {
	Dwarf_Die dies[VMT_FRAMES_MAX];
	size_t n;
	/* The call that ends just after the address. */
	struct vmt_site site;
	bool is_call, any_call;
};

static bool is_scope(int tag)
{
	return tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine ||
	       tag == DW_TAG_subprogram;
}

/* The scope within @at that holds @va; on the way, call sites that end there are noted. */
static bool inner_scope(Dwarf_Die *at, Dwarf_Addr va, struct path *path, Dwarf_Die *inner)
{
	bool found = false;
	Dwarf_Die child;

	if (dwarf_child(at, &child) != 0)
		return false;
	do {
		if (!found && is_scope(dwarf_tag(&child)) && dwarf_haspc(&child, va) > 0) {
			*inner = child;
			found = true;
		} else if (!path->is_call && vmt_dwarf_is_call(&child)) {
			vmt_dwarf_site(&child, &path->site);
			path->any_call = true;
			path->is_call = path->site.returns_to == va + 1;
		}
	} while (!(found && path->is_call) && dwarf_siblingof(&child, &child) == 0);
	return found;
}

static void descend(Dwarf_Die *die, Dwarf_Addr va, struct path *path)
{
	Dwarf_Die at = *die, inner;

	path->dies[0] = *die;
	path->n = 1;
	path->is_call = path->any_call = false;
	for (int depth = 0; depth < DEPTH_MAX && inner_scope(&at, va, path, &inner); depth++) {
		if (dwarf_tag(&inner) == DW_TAG_inlined_subroutine) {
			if (path->n == VMT_FRAMES_MAX)
				return;
			path->dies[path->n++] = inner;
		}
		at = inner;
	}
}

/* Frames from a path: the line of each frame is where it calls the one below it. */
static void make_chain(struct vmt_unit *unit, Dwarf_Addr va, struct path *path,
		       struct vmt_chain *chain)
{
	struct vmt_str file;
	unsigned line;

	vmt_unit_line(unit, va, &file, &line);
	chain->n = 0;
	for (size_t i = path->n; i > 0; i--) {
		Dwarf_Die *die = &path->dies[i - 1];
		bool inlined = dwarf_tag(die) == DW_TAG_inlined_subroutine;

		chain->frames[chain->n++] =
			(struct vmt_frame){vmt_dwarf_name(die), file, line, inlined};
		if (inlined)
			vmt_unit_call_line(unit, die, &file, &line);
	}
	chain->is_call = path->is_call;
	chain->no_call = !path->is_call && path->any_call && unit->all_calls;
	chain->indirect = path->is_call && !path->site.callee.n;
	chain->callee = path->is_call ? path->site.callee : (struct vmt_str){NULL, 0};
	chain->callee_ref = path->is_call ? path->site.callee_ref : 0;
}

/* All wanted addresses of one unit: one pass over its functions. */
static enum vmt_rc walk_unit(Dwarf *dw, struct wanted *w, size_t n, struct vmt_chain *chain,
			     chain_fn *fn, void *arg)
{
	enum vmt_rc rc = VMT_OK;
	struct vmt_unit unit;
	Dwarf_Die cu, die;
	struct path path;
	size_t left = n;
	bool known = w[0].cu != VMT_NO_CU && dwarf_offdie(dw, w[0].cu, &cu);
	bool more = known && dwarf_child(&cu, &die) == 0;

	if (known)
		vmt_unit_init(&unit, &cu);
	for (; rc == VMT_OK && more && left; more = dwarf_siblingof(&die, &die) == 0) {
		if (dwarf_tag(&die) != DW_TAG_subprogram)
			continue;
		for (size_t i = 0; rc == VMT_OK && i < n; i++) {
			if (w[i].done || dwarf_haspc(&die, w[i].va) <= 0)
				continue;
			descend(&die, w[i].va, &path);
			make_chain(&unit, w[i].va, &path, chain);
			w[i].done = true;
			left--;
			rc = fn(arg, w[i].index, chain);
		}
	}
	/* Assembly, and copies that were folded into one, have lines and no function. */
	memset(chain, 0, sizeof(*chain));
	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		if (w[i].done)
			continue;
		if (known)
			vmt_unit_line(&unit, w[i].va, &chain->frames[0].file,
				      &chain->frames[0].line);
		rc = fn(arg, w[i].index, chain);
	}
	return rc;
}

enum vmt_rc vmt_debug_chains(struct vmt_debug *d, const uint64_t *vas, size_t n, chain_fn *fn,
			     void *arg, struct vmt_err *err)
{
	struct wanted *w VMT_FREE = malloc((n + 1) * sizeof(*w));
	struct vmt_chain *chain VMT_FREE = malloc(sizeof(*chain));
	Dwarf *dw = vmt_debug_dwarf(d);
	enum vmt_rc rc = VMT_OK;
	size_t from, to;

	if (!w || !chain)
		return vmt_err_nomem(err);
	for (size_t i = 0; i < n; i++) {
		w[i] = (struct wanted){.va = vas[i] - d->bias, .index = i};
		if (vmt_debug_unit_of(d, w[i].va, &w[i].cu) != VMT_OK)
			return vmt_err_nomem(err);
	}
	qsort(w, n, sizeof(*w), by_cu);
	for (from = 0; rc == VMT_OK && from < n; from = to) {
		for (to = from + 1; to < n && w[to].cu == w[from].cu; to++)
			;
		rc = walk_unit(dw, w + from, to - from, chain, fn, arg);
	}
	return rc == VMT_NOMEM ? vmt_err_nomem(err) : rc;
}
