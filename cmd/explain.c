// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool explain: why an area, or a caller's areas, have the size they have. */
#include <ctype.h>
#include <string.h>

#include "explain.h"

enum {
	COL_START,
	COL_END,
	COL_LINE,
	COL_KIND,
	COL_SIZE,
	COL_PAGES,
	COL_RESIDENT,
	COL_GUARD,
	COL_GRADE,
	COL_RULE,
	COL_CUT,
	COL_USABLE,
	COL_HOLE,
	COL_ALIGN,
	COL_CALLER,
	COL_MODULE,
	COL_WHAT,
	COL_NODES,
	COL_PHYS,
	COL_C_AREAS,
	COL_C_SIZE,
	COL_C_RESIDENT,
	COL_C_GUARD,
	COL_C_HOLES
};

static const struct vmt_col cols[] = {
	{"START", NULL, 0, 0, "first address, as the kernel printed it", COL_START},
	{"END", NULL, 0, 0, "address after the last", COL_END},
	{"LINE", NULL, 0, VMT_COL_RIGHT, "line number in the source", COL_LINE},
	{"KIND", NULL, 0, 0, "kind of area", COL_KIND},
	{"SIZE", NULL, 0, VMT_COL_RIGHT, "address space, guard page included", COL_SIZE},
	{"PAGES", NULL, 0, VMT_COL_RIGHT, "pages=, base pages", COL_PAGES},
	{"RESIDENT", NULL, 0, VMT_COL_RIGHT, "RAM of the area", COL_RESIDENT},
	{"GUARD", NULL, 0, VMT_COL_RIGHT, "guard page", COL_GUARD},
	{"GUARD_GRADE", NULL, 0, 0, "known, inferred, unknowable", COL_GRADE},
	{"GUARD_RULE", NULL, 0, 0, "the rule that decided GUARD", COL_RULE},
	{"CUT", NULL, 0, VMT_COL_RIGHT, "address space that lost its pages", COL_CUT},
	{"USABLE", NULL, 0, VMT_COL_RIGHT, "SIZE without GUARD and CUT", COL_USABLE},
	{"HOLE_BEFORE", NULL, 0, VMT_COL_RIGHT, "alignment hole before the area", COL_HOLE},
	{"ALIGN", NULL, 0, VMT_COL_RIGHT, "alignment of the start", COL_ALIGN},
	{"CALLER", NULL, 0.4, VMT_COL_TRUNC, "who asked for it", COL_CALLER},
	{"MODULE", NULL, 0, VMT_COL_TRUNC, "module of the caller, or the module that lies there",
	 COL_MODULE},
	{"WHAT", NULL, 0.2, VMT_COL_TRUNC, "what the memory is for, where it is well known",
	 COL_WHAT},
	{"NODES", NULL, 0, VMT_COL_TRUNC, "pages by NUMA node", COL_NODES},
	{"PHYS", NULL, 0, 0, "phys=, physical address", COL_PHYS},
	{"CALLER_AREAS", NULL, 0, VMT_COL_RIGHT, "areas of this caller", COL_C_AREAS},
	{"CALLER_SIZE", NULL, 0, VMT_COL_RIGHT, "their address space", COL_C_SIZE},
	{"CALLER_RESIDENT", NULL, 0, VMT_COL_RIGHT, "their RAM", COL_C_RESIDENT},
	{"CALLER_GUARD", NULL, 0, VMT_COL_RIGHT, "their guard pages", COL_C_GUARD},
	{"CALLER_HOLES", NULL, 0, VMT_COL_RIGHT, "alignment holes before them", COL_C_HOLES},
};

#define CALLER_COLS "CALLER,WHAT,CALLER_AREAS,CALLER_SIZE,CALLER_RESIDENT,CALLER_GUARD,CALLER_HOLES"

/* ---- the question ---- */

enum question { BY_ADDRESS, BY_LINE, BY_CALLER };

static enum question classify(const char *what, uint64_t *number)
{
	struct vmt_str s = vmt_str(what);

	if (vmt_str_starts(s, "0x") &&
	    vmt_num_parse((struct vmt_str){s.p + 2, s.n - 2}, 16, number)) {
		*number = vmt_va_untag(*number);
		return BY_ADDRESS;
	}
	return vmt_num_parse(s, 10, number) ? BY_LINE : BY_CALLER;
}

/* The area that holds @va (busy before unpurged), or that begins with the print @va. */
static const struct vmt_area *find_address(const struct explain *x, uint64_t va)
{
	const struct vmt_area *found = NULL;

	for (size_t i = 0; i < vmt_areas_count(x->areas); i++) {
		const struct vmt_area *a = vmt_areas_at(x->areas, i);

		if (vmt_area_is_at(a, va) && (!found || found->kind == VMT_KIND_UNPURGED))
			found = a;
	}
	return found;
}

static const struct vmt_area *find_line(const struct explain *x, uint64_t line)
{
	for (size_t i = 0; i < vmt_areas_count(x->areas); i++) {
		if (vmt_areas_at(x->areas, i)->line == line)
			return vmt_areas_at(x->areas, i);
	}
	return NULL;
}

static bool caller_matches(const char *glob, struct vmt_str key)
{
	size_t space = vmt_str_find(key, " [");
	struct vmt_str caller = {key.p, space == SIZE_MAX ? key.n : space};

	return key.n && (vmt_str_glob(glob, key) || vmt_str_glob(glob, caller) ||
			 vmt_str_glob(glob, vmt_caller_function(caller)));
}

/* ---- cells ---- */

static uint32_t owner_of(const struct explain *x, const struct vmt_group *g)
{
	return g ? (uint32_t)(g - vmt_groups_at(x->callers, 0)) : UINT32_MAX;
}

static struct vmt_cell bytes_if(bool known, uint64_t n)
{
	return known ? vmt_cell_u(VMT_CELL_BYTES, n) : vmt_cell_null();
}

static struct vmt_cell caller_cell(const struct explain *x, int id, const struct vmt_group *g)
{
	if (!g)
		return vmt_cell_null();
	switch (id) {
	case COL_CALLER: return vmt_cell_s(VMT_CELL_STR, g->key);
	case COL_WHAT:
		return g->what ? vmt_cell_s(VMT_CELL_STR, vmt_str(g->what)) : vmt_cell_null();
	case COL_C_AREAS: return vmt_cell_u(VMT_CELL_COUNT, g->sums.areas);
	case COL_C_SIZE: return vmt_cell_u(VMT_CELL_BYTES, g->sums.size_bytes);
	case COL_C_RESIDENT: return vmt_cell_u(VMT_CELL_BYTES, g->sums.resident_bytes);
	case COL_C_GUARD: return vmt_cell_u(VMT_CELL_BYTES, vmt_sums_guard(&g->sums));
	case COL_C_HOLES:
		return bytes_if(x->real, vmt_gaps_alignment_of(x->gaps, owner_of(x, g), NULL));
	}
	return vmt_cell_null();
}

static struct vmt_cell address(const struct vmt_area *a, uint64_t va)
{
	return (struct vmt_cell){.type = a->start || a->end ? VMT_CELL_ADDR : VMT_CELL_NULL,
				 .u = va,
				 .width = a->addr_digits};
}

static struct vmt_cell area_cell(struct explain *x, int id, const struct vmt_area *a,
				 const struct vmt_guard *g, const struct vmt_group *group)
{
	uint64_t align = 0, hole;
	const char *what;

	switch (id) {
	case COL_START: return address(a, a->start);
	case COL_END: return address(a, a->end);
	case COL_LINE: return vmt_cell_u(VMT_CELL_COUNT, a->line);
	case COL_KIND: return vmt_cell_s(VMT_CELL_STR, vmt_str(vmt_kind_name(a->kind)));
	case COL_SIZE: return vmt_cell_u(VMT_CELL_BYTES, a->size_bytes);
	case COL_PAGES:
		return a->flags & VMT_AREA_HAS_PAGES ? vmt_cell_u(VMT_CELL_COUNT, a->pages)
						     : vmt_cell_null();
	case COL_RESIDENT:
		return vmt_cell_u(VMT_CELL_BYTES,
				  vmt_num_mul(vmt_area_resident_pages(a), x->page_size));
	case COL_GUARD: return bytes_if(g->grade != VMT_GRADE_UNKNOWABLE, g->guard_bytes);
	case COL_GRADE: return vmt_cell_s(VMT_CELL_STR, vmt_str(vmt_grade_name(g->grade)));
	case COL_RULE: return vmt_cell_s(VMT_CELL_STR, vmt_str(g->rule));
	case COL_CUT: return vmt_cell_u(VMT_CELL_BYTES, g->cut_bytes);
	case COL_USABLE: return vmt_cell_u(VMT_CELL_BYTES, g->usable_bytes);
	case COL_HOLE:
	case COL_ALIGN:
		hole = x->real ? vmt_gaps_hole_before(x->gaps, a->start, &align) : 0;
		return bytes_if(x->real, id == COL_HOLE ? hole : align);
	case COL_CALLER: return vmt_cell_s(VMT_CELL_STR, a->caller);
	case COL_MODULE: return vmt_cell_s(VMT_CELL_STR, source_module_of(&x->src, a));
	case COL_WHAT:
		what = vmt_what(a);
		return what ? vmt_cell_s(VMT_CELL_STR, vmt_str(what)) : vmt_cell_null();
	case COL_NODES: return vmt_cell_s(VMT_CELL_NODES, a->nodes);
	case COL_PHYS:
		return a->flags & VMT_AREA_HAS_PHYS ? vmt_cell_u(VMT_CELL_ADDR, a->phys)
						    : vmt_cell_null();
	default: return caller_cell(x, id, group);
	}
}

static enum vmt_rc put_area(struct explain *x, const struct vmt_area *a, const struct vmt_guard *g,
			    const struct vmt_group *group, const struct vmt_answer *answer)
{
	struct lookup_cells room;
	struct vmt_cell cells[CELLS_MAX];
	struct view *v = &x->view;
	enum vmt_rc rc = view_begin(v, "explain");

	for (size_t i = 0; i < v->n_cols; i++)
		cells[i] = v->cols[i]->id >= COL_OWNER ? lookup_cell(v->cols[i]->id, answer, &room)
						       : area_cell(x, v->cols[i]->id, a, g, group);
	if (rc == VMT_OK)
		rc = vmt_out_row(v->out, cells);
	return rc == VMT_OK ? vmt_out_rows_end(v->out) : rc;
}

/* @ids: of the questions about the callers, where a column asks, or NULL. */
static enum vmt_rc put_callers(struct explain *x, const struct vmt_group *const *rows, size_t n,
			       const uint32_t *ids)
{
	struct lookup_cells room;
	struct vmt_cell cells[CELLS_MAX];
	struct view *v = &x->view;
	enum vmt_rc rc = view_begin(v, "explain");

	for (size_t k = 0; rc == VMT_OK && k < n; k++) {
		const struct vmt_answer *answer = ids ? lookup_answer(&x->lookup, ids[k]) : NULL;

		for (size_t i = 0; i < v->n_cols; i++)
			cells[i] = v->cols[i]->id >= COL_OWNER
					   ? lookup_cell(v->cols[i]->id, answer, &room)
					   : caller_cell(x, v->cols[i]->id, rows[k]);
		rc = vmt_out_row(v->out, cells);
	}
	return rc == VMT_OK ? vmt_out_rows_end(v->out) : rc;
}

/* ---- answers ---- */

static const struct vmt_group *group_of(const struct explain *x, const struct vmt_area *a)
{
	char key[1200];

	if (a->kind == VMT_KIND_UNPURGED)
		return NULL;
	if (!a->module.n)
		return vmt_groups_find(x->callers, a->caller);
	(void)snprintf(key, sizeof(key), "%.*s [%.*s]", (int)a->caller.n, a->caller.p,
		       (int)a->module.n, a->module.p);
	return vmt_groups_find(x->callers, vmt_str(key));
}

/*
 * Source lines are given where vmlinux is found by itself; only who names one is told when it is of
 * no use.
 */
static int ask_symbols(struct explain *x, struct vmt_str caller, struct vmt_str module,
		       const struct run *r, const struct vmt_answer **answer)
{
	uint32_t id;
	int code = x->symbols ? 0 : lookup_open(&x->lookup, r, &x->src);

	*answer = NULL;
	if (code || !caller.n)
		return code;
	x->symbols = true;
	code = lookup_ask(&x->lookup, caller, module, &id);
	if (code == 0)
		code = lookup_resolve(&x->lookup);
	if (code == 0)
		*answer = lookup_answer(&x->lookup, id);
	return code;
}

static int explain_area(struct explain *x, const struct vmt_area *a, const struct run *r)
{
	const struct vmt_group *group = group_of(x, a);
	const struct vmt_answer *answer;
	struct vmt_guard g;
	enum vmt_rc rc;
	int code = ask_symbols(x, a->caller, a->module, r, &answer);

	if (code)
		return code;
	vmt_guard_of(a, x->page_size, &g);
	if (x->view.opts.format == VMT_OUT_TABLE && !r->opt[OPT_OUTPUT])
		rc = explain_area_text(x, a, &g, group, owner_of(x, group), answer);
	else
		rc = put_area(x, a, &g, group, answer);
	return rc == VMT_OK ? EXIT_ANSWERED : complain_nomem();
}

/* Its caller, or, without one, its kind. */
static struct vmt_str area_name(const struct vmt_area *a)
{
	if (!a)
		return vmt_str("nothing");
	return a->caller.n ? a->caller : vmt_str(vmt_kind_name(a->kind));
}

/* An address that no area holds: in a hole, or in no region at all. */
static int explain_nothing(const struct explain *x, uint64_t va)
{
	const struct vmt_area *below = NULL, *above = NULL;
	struct vmt_str nb, na;

	if (!x->real) {
		message("%s: the addresses are hidden or hashed: no area is printed as 0x%llx",
			x->src.name, (unsigned long long)va);
		return EXIT_NO_ANSWER;
	}
	for (size_t i = 0; i < vmt_areas_count(x->areas); i++) {
		const struct vmt_area *a = vmt_areas_at(x->areas, i);

		if (a->end <= va && (!below || a->end > below->end))
			below = a;
		if (a->start > va && (!above || a->start < above->start))
			above = a;
	}
	nb = area_name(below);
	na = area_name(above);
	message("%s: no area holds 0x%llx\nbelow it: %.*s, above it: %.*s", x->src.name,
		(unsigned long long)va, (int)nb.n, nb.p, (int)na.n, na.p);
	return EXIT_NO_ANSWER;
}

/* The chain of the one caller that matches; of many it would be a screen of its own. */
static int explain_one(struct explain *x, const struct vmt_group *group, const struct run *r)
{
	const struct vmt_answer *answer;
	uint32_t id;
	int code = lookup_ask_rows(&x->lookup, r, &x->src, &group, 1, &id);

	if (code)
		return code;
	x->symbols = true;
	answer = lookup_answer(&x->lookup, id);
	if (answer && (answer->n || answer->state != VMT_SYM_UNKNOWN)) {
		(void)printf("\n  Asked for by  %s\n", ESC(group->key));
		lookup_print(answer, "                ");
	}
	return EXIT_ANSWERED;
}

static int explain_rows(struct explain *x, const struct vmt_group *const *rows, size_t n,
			const struct run *r)
{
	uint32_t *ids VMT_FREE = calloc(n, sizeof(*ids));
	int code;

	if (!ids)
		return complain_nomem();
	if (!r->opt[OPT_OUTPUT] && view_choose(&x->view, r, CALLER_COLS))
		return EXIT_NO_ANSWER;
	if (lookup_wanted(&x->view)) {
		code = lookup_ask_rows(&x->lookup, r, &x->src, rows, n, ids);
		if (code)
			return code;
		x->symbols = true;
	}
	return put_callers(x, rows, n, x->symbols ? ids : NULL) == VMT_OK ? EXIT_ANSWERED
									  : complain_nomem();
}

static int explain_caller(struct explain *x, const char *glob, const struct run *r)
{
	size_t n, kept = 0;
	const struct vmt_group **rows VMT_FREE = vmt_groups_rows(x->callers, &n);

	if (!rows)
		return complain_nomem();
	for (size_t i = 0; i < n; i++) {
		if (caller_matches(glob, rows[i]->key))
			rows[kept++] = rows[i];
	}
	if (!kept) {
		message("%s: no caller matches '%s'\n"
			"WHAT is an address (0x...), a line number, or a caller; quote * and ?",
			x->src.name, glob);
		return EXIT_NO_ANSWER;
	}
	vmt_groups_rank(rows, kept);
	if (x->view.opts.format != VMT_OUT_TABLE || r->opt[OPT_OUTPUT])
		return explain_rows(x, rows, kept, r);
	if (explain_callers_text(x, rows, kept, glob) != VMT_OK)
		return complain_nomem();
	return kept == 1 ? explain_one(x, rows[0], r) : EXIT_ANSWERED;
}

static int answer(struct explain *x, const struct run *r)
{
	const struct vmt_area *a = NULL;
	uint64_t number = 0;
	enum question q = classify(r->args[0], &number);
	int code;

	if (q == BY_CALLER) {
		code = explain_caller(x, r->args[0], r);
	} else {
		a = q == BY_ADDRESS ? find_address(x, number) : find_line(x, number);
		if (a) {
			code = explain_area(x, a, r);
		} else if (q == BY_ADDRESS) {
			code = explain_nothing(x, number);
		} else {
			message("%s: line %llu is no area", x->src.name,
				(unsigned long long)number);
			code = EXIT_NO_ANSWER;
		}
	}
	if (code == EXIT_ANSWERED) {
		source_json(&x->src, &x->view);
		vmt_out_finish(x->view.out);
	}
	if (x->symbols && code == EXIT_ANSWERED && (lookup_named(r) || lookup_wanted(&x->view)))
		code = lookup_report(&x->lookup, code);
	return source_report(&x->src, code);
}

static int read_all(struct explain *x, const struct run *r)
{
	struct vmt_area a;
	struct vmt_guard g;
	int more;

	x->page_size = source_page_size(&x->src, NULL);
	x->areas = vmt_areas_new();
	x->callers = vmt_groups_new(VMT_BY_CALLER, x->page_size);
	x->gaps = vmt_gaps_new(x->page_size);
	if (!x->areas || !x->callers || !x->gaps)
		return complain_nomem();
	while ((more = source_next(&x->src, &a)) > 0) {
		uint32_t id = UINT32_MAX;
		const char *what = NULL;

		vmt_guard_of(&a, x->page_size, &g);
		if (a.kind != VMT_KIND_UNPURGED) {
			if (vmt_groups_add(x->callers, &a, &g, &id) != VMT_OK)
				return complain_nomem();
			what = vmt_groups_what(x->callers, id);
		}
		if (vmt_areas_add(x->areas, &a) != VMT_OK ||
		    vmt_gaps_add(x->gaps, &a, &g, what, id) != VMT_OK)
			return complain_nomem();
	}
	if (more < 0)
		return EXIT_NO_ANSWER;
	x->real = source_addresses(&x->src) == VMT_ADDR_REAL;
	if (x->real && vmt_gaps_finish(x->gaps, source_facts(&x->src)) != VMT_OK)
		return complain_nomem();
	return answer(x, r);
}

static int run(struct run *r)
{
	struct explain x = {0};
	int code = view_open(&x.view, r);

	if (code == 0)
		code = source_open(&x.src, r);
	if (code == 0) {
		code = read_all(&x, r);
		source_close(&x.src);
	}
	lookup_close(&x.lookup);
	vmt_areas_free(x.areas);
	vmt_groups_free(x.callers);
	vmt_gaps_free(x.gaps);
	view_close(&x.view);
	return code;
}

const struct cmd cmd_explain = {
	.name = "explain",
	.group = "Ask",
	.summary = "Why an area, or a caller's areas, have the size they have.",
	.operands = "WHAT [SOURCE]",
	.cols = cols,
	.n_cols = sizeof(cols) / sizeof(cols[0]),
	.default_cols = "START,END,LINE,KIND,SIZE,PAGES,RESIDENT,GUARD,GUARD_GRADE,GUARD_RULE,CUT,"
			"USABLE,HOLE_BEFORE,ALIGN,CALLER,MODULE,WHAT,NODES,PHYS,CALLER_AREAS,"
			"CALLER_SIZE,CALLER_RESIDENT,CALLER_GUARD,CALLER_HOLES",
	.min_args = 1,
	.max_args = 1,
	.takes_source = true,
	.symbols = true,
	.symbol_cols = true,
	.run = run,
};
