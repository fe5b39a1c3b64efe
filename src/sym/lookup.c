// SPDX-License-Identifier: GPL-2.0-or-later
/* Callers of one file: symbol by name and size, return address minus one, chain, owner. */
#include <inttypes.h>
#include <string.h>

#include "sym_priv.h"

/* Functions of one name in one kernel (7.2 has 60-odd `init`); more are not told apart. */
#define CANDIDATES_MAX 256
/* Functions are aligned to at most this, so a printed size exceeds the ELF's by less. */
#define ALIGN_MAX 64

/* A symbol that a query may mean. */
struct candidate {
	struct query *query;
	struct vmt_caller caller;
	uint64_t va, size_bytes, room;
	bool function, fits;
	/* A bare address: offset is from 0, the whole of it. */
	bool bare;
};

struct look_up {
	struct vmt_sym *sym;
	struct sym_file *file;
	struct query **queries;
	size_t n;
	struct candidate *candidates;
	size_t n_candidates, cap_candidates;
	/* What the chains gave, per candidate. */
	struct vmt_chain *best;
	struct vmt_err *err;
};

static bool parse(const struct query *q, struct vmt_caller *caller)
{
	return vmt_caller_parse(q->answer.caller, caller);
}

static enum vmt_rc add_candidate(struct look_up *l, const struct candidate *c)
{
	if (vmt_grow(&l->candidates, &l->cap_candidates, l->n_candidates + 1, sizeof(*c)) != VMT_OK)
		return VMT_NOMEM;
	l->candidates[l->n_candidates++] = *c;
	return VMT_OK;
}

static enum vmt_rc want_bare(struct look_up *l, struct query *q)
{
	struct candidate c = {.query = q, .function = true, .fits = true, .bare = true};
	struct vmt_str s = q->answer.caller;

	c.caller.function = s;
	if (!vmt_num_parse((struct vmt_str){s.p + 2, s.n - 2}, 16, &c.caller.offset))
		return VMT_OK;
	if (l->sym->opts.kaslr_known)
		c.caller.offset -= l->sym->opts.kaslr;
	return add_candidate(l, &c);
}

struct naming {
	struct look_up *l;
	struct query *query;
	struct vmt_caller caller;
};

static enum vmt_rc note_symbol(void *arg, const struct vmt_elf_symbol *symbol)
{
	const struct naming *n = arg;
	struct candidate c = {.query = n->query,
			      .caller = n->caller,
			      .va = symbol->va,
			      .size_bytes = symbol->size_bytes,
			      .room = symbol->size_bytes,
			      .function = symbol->function};

	return add_candidate(n->l, &c);
}

static enum vmt_rc find_candidates(struct look_up *l)
{
	enum vmt_rc rc = VMT_OK;

	for (size_t i = 0; rc == VMT_OK && i < l->n; i++) {
		struct naming n = {.l = l, .query = l->queries[i]};

		if (parse(n.query, &n.caller))
			rc = vmt_debug_symbols(l->file->debug, n.caller.function, note_symbol, &n,
					       l->err);
		else if (vmt_caller_is_raw(n.query->answer.caller))
			rc = want_bare(l, n.query);
	}
	return rc;
}

/* In the order of their queries, functions first. */
static int by_query(const void *pa, const void *pb)
{
	const struct candidate *a = pa, *b = pb;

	if (a->query != b->query)
		return a->query < b->query ? -1 : 1;
	if (a->function != b->function)
		return a->function ? -1 : 1;
	return (a->va > b->va) - (a->va < b->va);
}

/*
 * The kernel prints the distance to the next symbol as size.  Usually the ELF's own size, rounded
 * up, is that; where it is not, the distance is measured.
 */
static enum vmt_rc measure(struct look_up *l)
{
	uint64_t *vas VMT_FREE = calloc(l->n_candidates + 1, sizeof(*vas));
	uint64_t *rooms VMT_FREE = calloc(l->n_candidates + 1, sizeof(*rooms));
	struct candidate **which VMT_FREE = calloc(l->n_candidates + 1, sizeof(*which));
	size_t n = 0;
	enum vmt_rc rc;

	if (!vas || !rooms || !which)
		return vmt_err_nomem(l->err);
	for (size_t i = 0; i < l->n_candidates; i++) {
		struct candidate *c = &l->candidates[i];
		uint64_t want = c->caller.size_bytes, have = c->size_bytes;

		c->fits = c->bare || (have && want >= have && want - have < ALIGN_MAX);
		if (c->fits || l->file->module.n)
			continue;
		vas[n] = c->va;
		which[n++] = c;
	}
	rc = vmt_debug_rooms(l->file->debug, vas, n, rooms, l->err);
	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		which[i]->room = rooms[i];
		which[i]->fits = rooms[i] == which[i]->caller.size_bytes;
	}
	return rc;
}

/* Where those of one query fit, the others are dropped. */
static void drop_unfit(struct look_up *l)
{
	size_t kept = 0, from, to;

	for (from = 0; from < l->n_candidates; from = to) {
		struct candidate *c = l->candidates;
		bool fits = false;
		size_t had = kept;

		for (to = from; to < l->n_candidates && c[to].query == c[from].query; to++)
			fits = fits || c[to].fits;
		for (size_t i = from; i < to; i++) {
			bool alias = kept > had && c[kept - 1].va == c[i].va;

			if ((c[i].fits || !fits) && !alias && kept - had < CANDIDATES_MAX)
				c[kept++] = c[i];
		}
	}
	l->n_candidates = kept;
}

/* A caller printed with +0x0 is the function itself (pcpu_get_vm_areas), not a return address. */
static uint64_t wanted_va(const struct candidate *c)
{
	return c->va + c->caller.offset - (c->caller.offset ? 1 : 0);
}

static enum vmt_rc note_chain(void *arg, size_t index, const struct vmt_chain *chain)
{
	struct look_up *l = arg;

	l->best[index] = *chain;
	return VMT_OK;
}

/* Prepend what happened inside the callee, when it is one that passes on its return address. */
static enum vmt_rc look_inside(struct look_up *l, const struct vmt_chain *chain,
			       struct vmt_frame frames[VMT_FRAMES_MAX], size_t *n)
{
	size_t inner = 0;
	enum vmt_rc rc = VMT_OK;

	if (chain->callee.n && !vmt_owner_is_wrapper(chain->callee, &l->sym->opts.wrappers))
		rc = vmt_sym_inside(l->sym, l->file->debug, chain->callee, chain->callee_ref,
				    frames, &inner, l->err);
	for (size_t i = 0; i < chain->n && inner < VMT_FRAMES_MAX; i++)
		frames[inner++] = chain->frames[i];
	*n = inner;
	return rc;
}

static const char *module_word(const struct sym_file *f)
{
	return f->module.n ? "the module's file" : "vmlinux";
}

/* Without a chain: the reason; the symbol, where it is sound, and its line, where it has one. */
static enum vmt_rc settle_bare(struct look_up *l, const struct candidate *c,
			       const struct vmt_frame *place, bool several)
{
	struct vmt_frame frame = {c->caller.function, place->file, place->line, false};
	const char *why = vmt_debug_no_dwarf(l->file->debug);
	enum vmt_rc rc;

	if (c->bare && l->sym->opts.kaslr_known)
		return vmt_sym_settle(l->sym, c->query, VMT_SYM_UNKNOWN,
				      "a bare address, of no function of vmlinux: of a module, or "
				      "of freed init code");
	if (c->bare)
		return vmt_sym_settle(l->sym, c->query, VMT_SYM_UNKNOWN,
				      "a bare address, not of vmlinux as it was linked: "
				      "--kallsyms or --system-map can name it");
	if (!c->function && !why && !frame.line)
		return vmt_sym_settle(l->sym, c->query, VMT_SYM_UNCERTAIN,
				      "no function of the debug information is there");
	rc = vmt_sym_give(c->query, &frame, 1);
	if (rc != VMT_OK)
		return rc;
	if (!why && several)
		why = "more than one function has this name and size";
	return vmt_sym_settle(l->sym, c->query, why ? VMT_SYM_UNCERTAIN : VMT_SYM_KNOWN, "%s",
			      why ? why : "");
}

/* How far the function reaches; 0 when that is not known. */
static uint64_t reach_of(const struct look_up *l, const struct candidate *c)
{
	uint64_t reach = c->room > c->size_bytes ? c->room : c->size_bytes;

	if (c->bare || !c->size_bytes)
		return 0;
	return c->fits && !l->file->module.n && c->caller.size_bytes > reach ? c->caller.size_bytes
									     : reach;
}

/* What stands at the address is no part of the function that was named. */
static enum vmt_rc settle_beyond(struct look_up *l, const struct candidate *c, uint64_t reach)
{
	return vmt_sym_settle(l->sym, c->query, VMT_SYM_UNCERTAIN,
			      "offset 0x%" PRIx64 " is beyond the symbol (0x%" PRIx64 " bytes in "
			      "%s): another function ran there, since freed, or another build",
			      c->caller.offset, reach, module_word(l->file));
}

static enum vmt_rc settle_chain(struct look_up *l, const struct candidate *c,
				const struct vmt_chain *chain, bool several)
{
	struct vmt_frame frames[VMT_FRAMES_MAX];
	size_t n;
	enum vmt_rc rc;

	rc = look_inside(l, chain, frames, &n);
	if (rc == VMT_OK)
		rc = vmt_sym_give(c->query, frames, n);
	if (rc != VMT_OK)
		return rc;
	if (c->bare && !l->sym->opts.kaslr_known)
		return vmt_sym_settle(l->sym, c->query, VMT_SYM_UNCERTAIN,
				      "taken as linked: under KASLR another function is there");
	if (several)
		return vmt_sym_settle(l->sym, c->query, VMT_SYM_UNCERTAIN,
				      "more than one function has this name and size");
	if (chain->no_call && c->caller.offset)
		return vmt_sym_settle(l->sym, c->query, VMT_SYM_UNCERTAIN,
				      "no call ends there: another function may have run there, "
				      "since freed");
	if (!l->file->module.n && !c->fits)
		return vmt_sym_settle(l->sym, c->query, VMT_SYM_UNCERTAIN,
				      "the function has 0x%" PRIx64 " bytes in %s, not 0x%" PRIx64
				      ": it may be of another build",
				      c->room, module_word(l->file), c->caller.size_bytes);
	return vmt_sym_settle(l->sym, c->query, VMT_SYM_KNOWN, "%s", "");
}

/* Of several candidates, one after which a call ends is meant. */
static enum vmt_rc settle_one(struct look_up *l, size_t from, size_t to)
{
	size_t pick = from, calls = 0;
	uint64_t reach;

	for (size_t i = from; i < to; i++) {
		if (l->best[i].is_call && calls++ == 0)
			pick = i;
	}
	/* A chain of a name alone says less than that of a code address. */
	for (size_t i = from; !calls && i < to && !l->best[pick].n; i++)
		pick = i;
	reach = reach_of(l, &l->candidates[pick]);
	if (reach && l->candidates[pick].caller.offset > reach)
		return settle_beyond(l, &l->candidates[pick], reach);
	if (!l->best[pick].n)
		return settle_bare(l, &l->candidates[pick], &l->best[pick].frames[0],
				   to - from > 1);
	return settle_chain(l, &l->candidates[pick], &l->best[pick],
			    calls > 1 || (!calls && to - from > 1));
}

static enum vmt_rc settle_none(struct look_up *l, struct query *q)
{
	struct vmt_caller caller;

	if (!parse(q, &caller))
		return vmt_sym_settle(l->sym, q, VMT_SYM_UNKNOWN,
				      "not of the form function+0xoff/0xsize");
	return vmt_sym_settle(l->sym, q, VMT_SYM_UNKNOWN, "no symbol of that name in %s",
			      module_word(l->file));
}

static enum vmt_rc settle_all(struct look_up *l)
{
	enum vmt_rc rc = VMT_OK;
	size_t from, to;

	for (from = 0; rc == VMT_OK && from < l->n_candidates; from = to) {
		for (to = from;
		     to < l->n_candidates && l->candidates[to].query == l->candidates[from].query;)
			to++;
		rc = settle_one(l, from, to);
	}
	for (size_t i = 0; rc == VMT_OK && i < l->n; i++) {
		if (!l->queries[i]->answered)
			rc = settle_none(l, l->queries[i]);
	}
	return rc;
}

static enum vmt_rc get_chains(struct look_up *l)
{
	uint64_t *vas VMT_FREE = calloc(l->n_candidates + 1, sizeof(*vas));

	l->best = calloc(l->n_candidates + 1, sizeof(*l->best));
	if (!vas || !l->best)
		return vmt_err_nomem(l->err);
	for (size_t i = 0; i < l->n_candidates; i++)
		vas[i] = wanted_va(&l->candidates[i]);
	return vmt_debug_chains(l->file->debug, vas, l->n_candidates, note_chain, l, l->err);
}

enum vmt_rc vmt_sym_look_up(struct vmt_sym *sym, struct sym_file *file, struct query **queries,
			    size_t n, struct vmt_err *err)
{
	struct look_up l = {.sym = sym, .file = file, .queries = queries, .n = n, .err = err};
	enum vmt_rc rc = find_candidates(&l);

	if (rc == VMT_OK && l.n_candidates)
		qsort(l.candidates, l.n_candidates, sizeof(*l.candidates), by_query);
	if (rc == VMT_OK)
		rc = measure(&l);
	if (rc == VMT_OK) {
		drop_unfit(&l);
		rc = get_chains(&l);
	}
	if (rc == VMT_OK)
		rc = settle_all(&l);
	free(l.candidates);
	free(l.best);
	return rc == VMT_NOMEM ? vmt_err_nomem(err) : rc;
}
