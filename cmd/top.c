// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool top: who fills vmalloc space. */
#include <string.h>
#include <strings.h>

#include "cmd.h"

enum { OPT_BY = OPT_OWN, OPT_SORT, OPT_REVERSE, OPT_COUNT };

static const struct cmd_opt opts[] = {
	{"by", 0, "KEY", OPT_BY, "sum by caller (default), function, what, owner, ...",
	 "caller function what module kind node size flags owner file subsystem"},
	{"sort", 's', "COLUMN", OPT_SORT, "sort by a column; numbers fall, names rise", "COLUMNS"},
	{"reverse", 0, NULL, OPT_REVERSE, "turn the order around", NULL},
	{"count", 'N', "COUNT", OPT_COUNT, "print this many rows; 0: all (default 20)", NULL},
};

enum {
	COL_KEY,
	COL_AREAS,
	COL_SIZE,
	COL_RESIDENT,
	COL_GUARD,
	COL_SHARE,
	COL_AVERAGE,
	COL_GUARD_SHARE,
	COL_WHAT,
	COL_LENT,
	COL_UNKNOWABLE
};

/* The first column is named by --by; this is its place. */
static const struct vmt_col cols[] = {
	{"KEY", NULL, 0.5, VMT_COL_TRUNC, "what --by sums by; bears that name", COL_KEY},
	{"AREAS", NULL, 0, VMT_COL_RIGHT, "number of areas", COL_AREAS},
	{"SIZE", NULL, 0, VMT_COL_RIGHT, "address space, guard pages included", COL_SIZE},
	{"RESIDENT", NULL, 0, VMT_COL_RIGHT, "RAM: pages= of vmalloc lines", COL_RESIDENT},
	{"GUARD", NULL, 0, VMT_COL_RIGHT, "guard pages, known and inferred", COL_GUARD},
	{"SHARE", NULL, 0, VMT_COL_RIGHT, "part of all RESIDENT", COL_SHARE},
	{"AVERAGE", NULL, 0, VMT_COL_RIGHT, "SIZE / AREAS", COL_AVERAGE},
	{"GUARD_SHARE", "GUARD%", 0, VMT_COL_RIGHT, "GUARD / SIZE", COL_GUARD_SHARE},
	{"WHAT", NULL, 0.3, VMT_COL_TRUNC, "what the memory is for, where it is well known",
	 COL_WHAT},
	{"LENT", NULL, 0, VMT_COL_RIGHT, "pages= of other lines: RAM owned elsewhere", COL_LENT},
	{"UNKNOWABLE", NULL, 0, VMT_COL_RIGHT, "areas whose guard the text cannot tell",
	 COL_UNKNOWABLE},
};

#define SUM_COLS "KEY,AREAS,SIZE,RESIDENT,GUARD,SHARE"

struct top {
	struct source src;
	struct view view;
	enum vmt_group_by by;
	uint64_t count;
	int sort; /* column id, or -1: the default order */
	bool reverse;
	struct vmt_groups *groups;
	struct vmt_sums total, unpurged;
	/* When symbols are asked for: by --by, or by a column. */
	struct lookup lookup;
	bool symbols;
	uint32_t *ids; /* questions by number of the group, for columns */
};

static int parse_options(struct top *t, const struct run *r)
{
	const struct vmt_col *c;
	const char *sort = r->opt[OPT_SORT];

	t->count = 20;
	t->sort = -1;
	t->reverse = r->opt[OPT_REVERSE] != NULL;
	if (r->opt[OPT_BY] && !vmt_group_by_parse(r->opt[OPT_BY], &t->by))
		return usage_error(r->cmd,
				   "--by is caller, function, what, module, kind, node, "
				   "size, flags, owner, file or subsystem, not '%s'",
				   r->opt[OPT_BY]);
	if (r->opt[OPT_COUNT] && !vmt_num_parse(vmt_str(r->opt[OPT_COUNT]), 10, &t->count))
		return usage_error(r->cmd, "--count is a number, not '%s'", r->opt[OPT_COUNT]);
	if (sort) {
		c = col_find(r->cmd, sort, strlen(sort));
		if (!c && (!strcasecmp(sort, group_column(t->by)) ||
			   !strcasecmp(sort, vmt_group_by_name(t->by))))
			c = &cols[COL_KEY];
		if (!c)
			return usage_error(r->cmd, "--sort: unknown column '%s'", sort);
		t->sort = c->id;
	}
	return 0;
}

/* ---- order ---- */

static uint64_t number_of(int id, const struct vmt_group *g)
{
	const struct vmt_sums *u = &g->sums;

	switch (id) {
	case COL_AREAS: return u->areas;
	case COL_SIZE: return u->size_bytes;
	case COL_RESIDENT:
	case COL_SHARE: return u->resident_bytes;
	case COL_GUARD: return vmt_sums_guard(u);
	case COL_AVERAGE: return u->areas ? u->size_bytes / u->areas : 0;
	/* In millionths, for an order. */
	case COL_GUARD_SHARE:
		return u->size_bytes
			       ? (uint64_t)((double)vmt_sums_guard(u) / (double)u->size_bytes * 1e6)
			       : 0;
	case COL_LENT: return u->lent_bytes;
	case COL_UNKNOWABLE: return u->guard_areas[VMT_GRADE_UNKNOWABLE];
	}
	return 0;
}

static int by_column(const void *pa, const void *pb, void *arg)
{
	const struct vmt_group *a = *(const struct vmt_group *const *)pa;
	const struct vmt_group *b = *(const struct vmt_group *const *)pb;
	int id = *(const int *)arg;
	uint64_t na = number_of(id, a), nb = number_of(id, b);
	int c = 0;

	if (id == COL_WHAT)
		c = strcmp(a->what ? a->what : "\377", b->what ? b->what : "\377");
	else if (na != nb)
		c = na < nb ? 1 : -1;
	return c ? c : vmt_str_cmp(a->key, b->key);
}

static void order(const struct top *t, const struct vmt_group **rows, size_t n)
{
	int id = t->sort;

	if (id < 0)
		vmt_groups_rank(rows, n);
	else
		qsort_r(rows, n, sizeof(const struct vmt_group *), by_column, &id);
	for (size_t i = 0; t->reverse && i < n / 2; i++) {
		const struct vmt_group *swap = rows[i];

		rows[i] = rows[n - 1 - i];
		rows[n - 1 - i] = swap;
	}
}

/* ---- rows ---- */

static struct vmt_cell fraction(uint64_t part, uint64_t whole)
{
	if (!whole)
		return vmt_cell_null();
	return (struct vmt_cell){.type = VMT_CELL_SHARE, .d = (double)part / (double)whole};
}

static struct vmt_cell cell(const struct top *t, int id, const struct vmt_group *g)
{
	const struct vmt_sums *u = &g->sums;
	/* Where no line told anything of a guard, 0 would be a claim. */
	bool guard_unknown = u->guard_areas[VMT_GRADE_UNKNOWABLE] == u->areas;

	switch (id) {
	case COL_KEY:
		return vmt_cell_s(t->by == VMT_BY_FLAGS ? VMT_CELL_WORDS : VMT_CELL_STR, g->key);
	case COL_AREAS:
	case COL_UNKNOWABLE: return vmt_cell_u(VMT_CELL_COUNT, number_of(id, g));
	case COL_SHARE: return fraction(u->resident_bytes, t->total.resident_bytes);
	case COL_GUARD_SHARE:
		return guard_unknown ? vmt_cell_null() : fraction(vmt_sums_guard(u), u->size_bytes);
	case COL_GUARD:
		return guard_unknown ? vmt_cell_null()
				     : vmt_cell_u(VMT_CELL_BYTES, vmt_sums_guard(u));
	case COL_WHAT:
		return g->what ? vmt_cell_s(VMT_CELL_STR, vmt_str(g->what)) : vmt_cell_null();
	default: return vmt_cell_u(VMT_CELL_BYTES, number_of(id, g));
	}
}

static const struct vmt_answer *answer_of(const struct top *t, const struct vmt_group *g)
{
	return t->ids ? lookup_answer(&t->lookup, t->ids[g - vmt_groups_at(t->groups, 0)]) : NULL;
}

static enum vmt_rc print_rows(struct top *t, const struct vmt_group **rows, size_t n)
{
	struct lookup_cells room;
	struct vmt_cell cells[CELLS_MAX];
	struct view *v = &t->view;
	struct vmt_col key = cols[COL_KEY];
	enum vmt_rc rc;

	key.name = group_column(t->by);
	for (size_t i = 0; i < v->n_cols; i++) {
		if (v->cols[i]->id == COL_KEY)
			v->cols[i] = &key;
	}
	rc = view_begin(v, "top");
	for (size_t k = 0; rc == VMT_OK && k < n; k++) {
		for (size_t i = 0; i < v->n_cols; i++) {
			int id = v->cols[i]->id;

			cells[i] = id >= COL_OWNER ? lookup_cell(id, answer_of(t, rows[k]), &room)
						   : cell(t, id, rows[k]);
		}
		rc = vmt_out_row(v->out, cells);
	}
	return rc == VMT_OK ? vmt_out_rows_end(v->out) : rc;
}

static void sums_object(struct vmt_out *out, const char *name, const struct vmt_sums *u)
{
	vmt_out_object_begin(out, name);
	vmt_out_member(out, "areas", vmt_cell_u(VMT_CELL_COUNT, u->areas));
	vmt_out_member(out, "size", vmt_cell_u(VMT_CELL_BYTES, u->size_bytes));
	vmt_out_member(out, "resident", vmt_cell_u(VMT_CELL_BYTES, u->resident_bytes));
	vmt_out_member(out, "guard", vmt_cell_u(VMT_CELL_BYTES, vmt_sums_guard(u)));
	vmt_out_object_end(out);
}

/* Freed areas have no owner: they are told apart, on one line. */
static void print_foot(struct top *t, size_t shown, size_t n)
{
	char a[VMT_NUM_GROUPED], b[VMT_NUM_GROUPED], c[VMT_NUM_GROUPED];
	char apart[96] = "";
	struct view *v = &t->view;

	vmt_out_object_begin(v->out, "unpurged");
	vmt_out_member(v->out, "areas", vmt_cell_u(VMT_CELL_COUNT, t->unpurged.areas));
	vmt_out_member(v->out, "size", vmt_cell_u(VMT_CELL_BYTES, t->unpurged.size_bytes));
	vmt_out_object_end(v->out);
	sums_object(v->out, "total", &t->total);
	if (t->symbols)
		lookup_json(&t->lookup, v);
	source_json(&t->src, v);
	vmt_out_finish(v->out);
	if (v->opts.format != VMT_OUT_TABLE || v->opts.no_headings)
		return;
	if (t->unpurged.areas)
		(void)snprintf(apart, sizeof(apart), "; apart: %s unpurged, %s",
			       vmt_num_grouped(c, t->unpurged.areas),
			       size_text(v, a, t->unpurged.size_bytes));
	if (shown < n)
		(void)printf("(%s of %s rows; -N 0 shows all)\n", vmt_num_grouped(b, shown),
			     vmt_num_grouped(c, n));
	if (t->by == VMT_BY_MODULE)
		say("",
		    "Of a module's own memory only the area where its text begins can be named.");
	say("", "Total %s RAM in %s areas%s.", size_text(v, b, t->total.resident_bytes),
	    vmt_num_grouped(c, t->total.areas), apart);
}

static int print(struct top *t)
{
	size_t n, shown;
	const struct vmt_group **rows VMT_FREE = vmt_groups_rows(t->groups, &n);

	if (!rows)
		return complain_nomem();
	/* By node, what lies on no node is in no row. */
	for (size_t i = 0; t->by != VMT_BY_NODE && i < n; i++)
		vmt_sums_merge(&t->total, &rows[i]->sums);
	order(t, rows, n);
	shown = t->count && t->count < n ? (size_t)t->count : n;
	if (print_rows(t, rows, shown) != VMT_OK)
		return complain_nomem();
	print_foot(t, shown, n);
	return source_report(&t->src,
			     t->symbols ? lookup_report(&t->lookup, EXIT_ANSWERED) : EXIT_ANSWERED);
}

/* Callers are asked about when all are read: what kernel it is may stand at the end of a text. */
static int ask_symbols(struct top *t, const struct run *r, uint64_t page_size)
{
	int code = lookup_open(&t->lookup, r, &t->src);

	if (code)
		return code;
	if (vmt_group_by_symbols(t->by))
		return lookup_regroup(&t->lookup, &t->groups, t->by, page_size);
	return t->by == VMT_BY_CALLER ? lookup_ask_groups(&t->lookup, t->groups, &t->ids) : 0;
}

static int read_all(struct top *t, const struct run *r)
{
	uint64_t page_size = source_page_size(&t->src, NULL);
	struct vmt_area a;
	struct vmt_guard g;
	int more, code;

	t->groups = vmt_groups_new(vmt_group_by_symbols(t->by) ? VMT_BY_CALLER : t->by, page_size);
	if (!t->groups)
		return complain_nomem();
	while ((more = source_next(&t->src, &a)) > 0) {
		bool freed = a.kind == VMT_KIND_UNPURGED;

		if (t->by == VMT_BY_MODULE)
			source_name_module(&t->src, &a);
		if (freed || t->by == VMT_BY_NODE) {
			vmt_guard_of(&a, page_size, &g);
			vmt_sums_add(freed ? &t->unpurged : &t->total, &a, &g, page_size);
		}
		if (!freed && vmt_groups_add(t->groups, &a, NULL, NULL) != VMT_OK)
			return complain_nomem();
	}
	code = more < 0 ? EXIT_NO_ANSWER : t->symbols ? ask_symbols(t, r, page_size) : 0;
	return code ? code : print(t);
}

static int run(struct run *r)
{
	struct top t = {0};
	int code = parse_options(&t, r);

	r->key = group_column(t.by);
	r->want_modules = t.by == VMT_BY_MODULE;
	if (code == 0)
		code = view_open(&t.view, r);
	/* What a caller is can be said of a caller only. */
	if (code == 0 && t.by != VMT_BY_CALLER && t.by != VMT_BY_FUNCTION && t.by != VMT_BY_OWNER &&
	    !r->opt[OPT_OUTPUT])
		code = view_choose(&t.view, r, SUM_COLS);
	if (code == 0)
		code = source_open(&t.src, r);
	t.symbols = vmt_group_by_symbols(t.by) || lookup_wanted(&t.view);
	if (code == 0) {
		code = read_all(&t, r);
		source_close(&t.src);
	}
	free(t.ids);
	lookup_close(&t.lookup);
	vmt_groups_free(t.groups);
	view_close(&t.view);
	return code;
}

const struct cmd cmd_top = {
	.name = "top",
	.group = "Look",
	.summary = "Who fills vmalloc space: sums by caller, what, module, kind, ...",
	.operands = "[SOURCE]",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.cols = cols,
	.n_cols = sizeof(cols) / sizeof(cols[0]),
	.default_cols = SUM_COLS ",WHAT",
	.takes_source = true,
	.symbols = true,
	.symbol_cols = true,
	.run = run,
};
