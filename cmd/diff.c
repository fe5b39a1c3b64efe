// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool diff: what changed between two sources. */
#include <string.h>

#include "cmd.h"

enum { OPT_BY = OPT_OWN, OPT_AREAS, OPT_COUNT };

static const struct cmd_opt opts[] = {
	{"by", 0, "KEY", OPT_BY, "compare by caller (default), what, owner, ...",
	 "caller function what module kind node size flags owner file subsystem"},
	{"areas", 0, NULL, OPT_AREAS, "also the areas that are new and gone", NULL},
	{"count", 'N', "COUNT", OPT_COUNT, "print this many rows; 0: all (default 20)", NULL},
};

enum {
	COL_KEY,
	COL_CHANGE,
	COL_AREAS,
	COL_RESIDENT,
	COL_SIZE,
	COL_NOW,
	COL_BEFORE,
	COL_RATE,
	COL_AREAS_NOW,
	COL_WHAT
};

static const struct vmt_col cols[] = {
	{"KEY", NULL, 0.4, VMT_COL_TRUNC, "what --by sums by; bears that name", COL_KEY},
	{"CHANGE", NULL, 0, 0, "new, gone, grew, shrank", COL_CHANGE},
	{"AREAS", NULL, 0, VMT_COL_RIGHT, "change in areas", COL_AREAS},
	{"RESIDENT", NULL, 0, VMT_COL_RIGHT, "change in RAM", COL_RESIDENT},
	{"SIZE", NULL, 0, VMT_COL_RIGHT, "change in address space", COL_SIZE},
	{"NOW", NULL, 0, VMT_COL_RIGHT, "RAM in NEW", COL_NOW},
	{"BEFORE", NULL, 0, VMT_COL_RIGHT, "RAM in OLD", COL_BEFORE},
	{"RATE", NULL, 0, VMT_COL_RIGHT, "change in RAM per second, when both tell their time",
	 COL_RATE},
	{"AREAS_NOW", NULL, 0, VMT_COL_RIGHT, "areas in NEW", COL_AREAS_NOW},
	{"WHAT", NULL, 0.2, VMT_COL_TRUNC, "what the memory is for, where it is well known",
	 COL_WHAT},
};

/* One of the two. */
struct side {
	struct source src;
	bool open;
	struct vmt_groups *groups;
	struct vmt_areas *areas;
	struct vmt_sums total, unpurged;
	struct lookup lookup; /* with --by owner and the like */
};

struct diff {
	struct side old, new;
	struct view view;
	enum vmt_group_by by;
	bool with_areas;
	uint64_t count;
	double seconds; /* between the two; 0: not known */
};

static int parse_options(struct diff *d, const struct run *r)
{
	d->count = 20;
	d->with_areas = r->opt[OPT_AREAS] != NULL;
	if (r->opt[OPT_BY] && !vmt_group_by_parse(r->opt[OPT_BY], &d->by))
		return usage_error(r->cmd,
				   "--by is caller, function, what, module, kind, node, "
				   "size, flags, owner, file or subsystem, not '%s'",
				   r->opt[OPT_BY]);
	if (r->opt[OPT_COUNT] && !vmt_num_parse(vmt_str(r->opt[OPT_COUNT]), 10, &d->count))
		return usage_error(r->cmd, "--count is a number, not '%s'", r->opt[OPT_COUNT]);
	return 0;
}

static int read_side(struct side *s, const struct diff *d, const struct run *r)
{
	uint64_t page_size = source_page_size(&s->src, NULL);
	struct vmt_area a;
	struct vmt_guard g;
	bool symbols = vmt_group_by_symbols(d->by);
	int more, code;

	s->groups = vmt_groups_new(symbols ? VMT_BY_CALLER : d->by, page_size);
	s->areas = d->with_areas ? vmt_areas_new() : NULL;
	if (!s->groups || (d->with_areas && !s->areas))
		return complain_nomem();
	while ((more = source_next(&s->src, &a)) > 0) {
		bool freed = a.kind == VMT_KIND_UNPURGED;

		if (d->by == VMT_BY_MODULE)
			source_name_module(&s->src, &a);
		vmt_guard_of(&a, page_size, &g);
		vmt_sums_add(freed ? &s->unpurged : &s->total, &a, &g, page_size);
		if (freed)
			continue;
		if (vmt_groups_add(s->groups, &a, &g, NULL) != VMT_OK ||
		    (s->areas && vmt_areas_add(s->areas, &a) != VMT_OK))
			return complain_nomem();
	}
	if (more < 0)
		return EXIT_NO_ANSWER;
	code = symbols ? lookup_open(&s->lookup, r, &s->src) : 0;
	return symbols && !code ? lookup_regroup(&s->lookup, &s->groups, d->by, page_size) : code;
}

static void side_close(struct side *s)
{
	lookup_close(&s->lookup);
	vmt_groups_free(s->groups);
	vmt_areas_free(s->areas);
	if (s->open)
		source_close(&s->src);
}

/* ---- rows ---- */

static int64_t change(uint64_t before, uint64_t after)
{
	uint64_t d = after > before ? after - before : before - after;

	if (d > INT64_MAX)
		d = INT64_MAX;
	return after >= before ? (int64_t)d : -(int64_t)d;
}

static struct vmt_cell delta(enum vmt_cell_type type, uint64_t before, uint64_t after)
{
	return (struct vmt_cell){.type = type, .i = change(before, after)};
}

static struct vmt_cell cell(const struct diff *d, int id, const struct vmt_diff_row *r)
{
	const struct vmt_sums *a = &r->before, *b = &r->after;

	switch (id) {
	case COL_KEY: return vmt_cell_s(VMT_CELL_STR, r->key);
	case COL_CHANGE: return vmt_cell_s(VMT_CELL_STR, vmt_str(vmt_change_name(r->change)));
	case COL_AREAS: return delta(VMT_CELL_DELTA_COUNT, a->areas, b->areas);
	case COL_RESIDENT: return delta(VMT_CELL_DELTA, a->resident_bytes, b->resident_bytes);
	case COL_SIZE: return delta(VMT_CELL_DELTA, a->size_bytes, b->size_bytes);
	case COL_NOW: return vmt_cell_u(VMT_CELL_BYTES, b->resident_bytes);
	case COL_BEFORE: return vmt_cell_u(VMT_CELL_BYTES, a->resident_bytes);
	case COL_RATE:
		if (d->seconds <= 0)
			return vmt_cell_null();
		return (struct vmt_cell){.type = VMT_CELL_RATE,
					 .d = (double)change(a->resident_bytes, b->resident_bytes) /
					      d->seconds};
	case COL_AREAS_NOW: return vmt_cell_u(VMT_CELL_COUNT, b->areas);
	case COL_WHAT:
		return r->what ? vmt_cell_s(VMT_CELL_STR, vmt_str(r->what)) : vmt_cell_null();
	}
	return vmt_cell_null();
}

static enum vmt_rc print_rows(struct diff *d, const struct vmt_diff_row *rows, size_t n)
{
	struct vmt_cell cells[CELLS_MAX];
	struct vmt_col key = cols[COL_KEY];
	struct view *v = &d->view;
	enum vmt_rc rc;

	key.name = group_column(d->by);
	for (size_t i = 0; i < v->n_cols; i++) {
		if (v->cols[i]->id == COL_KEY)
			v->cols[i] = &key;
	}
	rc = view_begin(v, "diff");
	for (size_t k = 0; rc == VMT_OK && k < n; k++) {
		if (rows[k].change == VMT_SAME)
			continue;
		if (d->count && vmt_out_rows_count(v->out) >= d->count)
			break;
		for (size_t i = 0; i < v->n_cols; i++)
			cells[i] = cell(d, v->cols[i]->id, &rows[k]);
		rc = vmt_out_row(v->out, cells);
	}
	return rc == VMT_OK ? vmt_out_rows_end(v->out) : rc;
}

static const struct vmt_col area_cols[] = {
	{"CHANGE", NULL, 0, 0, "", 0},
	{"START", NULL, 0, 0, "", 1},
	{"SIZE", NULL, 0, VMT_COL_RIGHT, "", 2},
	{"PAGES", NULL, 0, VMT_COL_RIGHT, "", 3},
	{"KIND", NULL, 0, 0, "", 4},
	{"CALLER", NULL, 0.4, VMT_COL_TRUNC, "", 5},
	{"MODULE", NULL, 0, VMT_COL_TRUNC, "", 6},
};

static enum vmt_rc put_areas(struct diff *d, const char *name, const struct vmt_area *const *list,
			     size_t n)
{
	struct vmt_cell cells[7];
	enum vmt_rc rc = VMT_OK;

	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		const struct vmt_area *a = list[i];

		cells[0] = vmt_cell_s(VMT_CELL_STR, vmt_str(name));
		cells[1] = (struct vmt_cell){
			.type = VMT_CELL_ADDR, .u = a->start, .width = a->addr_digits};
		cells[2] = vmt_cell_u(VMT_CELL_BYTES, a->size_bytes);
		cells[3] = a->flags & VMT_AREA_HAS_PAGES ? vmt_cell_u(VMT_CELL_COUNT, a->pages)
							 : vmt_cell_null();
		cells[4] = vmt_cell_s(VMT_CELL_STR, vmt_str(vmt_kind_name(a->kind)));
		cells[5] = vmt_cell_s(VMT_CELL_STR, a->caller);
		cells[6] = vmt_cell_s(VMT_CELL_STR, a->module);
		rc = vmt_out_row(d->view.out, cells);
	}
	return rc;
}

static enum vmt_rc print_areas(struct diff *d, enum vmt_join join, bool *differ)
{
	const struct vmt_area **gone = NULL, **born = NULL;
	const struct vmt_col *c[7];
	size_t n_gone, n_born;
	enum vmt_rc rc;

	if (join == VMT_JOIN_CALLER)
		return VMT_OK;
	for (size_t i = 0; i < 7; i++)
		c[i] = &area_cols[i];
	rc = vmt_diff_areas(d->old.areas, d->new.areas, &gone, &n_gone, &born, &n_born);
	if (rc != VMT_OK)
		return rc;
	*differ |= n_gone + n_born > 0;
	rc = vmt_out_rows_begin(d->view.out, "areas", c, 7);
	if (rc == VMT_OK)
		rc = put_areas(d, "gone", gone, n_gone);
	if (rc == VMT_OK)
		rc = put_areas(d, "new", born, n_born);
	if (rc == VMT_OK)
		rc = vmt_out_rows_end(d->view.out);
	free(gone);
	free(born);
	return rc;
}

/* ---- around them ---- */

static void json_side(struct diff *d, const char *name, struct side *s)
{
	struct vmt_out *out = d->view.out;
	const struct vmt_facts *f = source_facts(&s->src);

	vmt_out_object_begin(out, name);
	vmt_out_member(out, "path", vmt_cell_s(VMT_CELL_STR, vmt_str(s->src.name)));
	vmt_out_member(out, "kernel", vmt_cell_s(VMT_CELL_STR, vmt_str(f->kernel)));
	vmt_out_member(out, "time",
		       f->time == VMT_FACT_NONE ? vmt_cell_null()
						: vmt_cell_u(VMT_CELL_COUNT, f->time));
	vmt_out_member(out, "areas", vmt_cell_u(VMT_CELL_COUNT, s->total.areas));
	vmt_out_member(out, "size", vmt_cell_u(VMT_CELL_BYTES, s->total.size_bytes));
	vmt_out_member(out, "resident", vmt_cell_u(VMT_CELL_BYTES, s->total.resident_bytes));
	vmt_out_object_end(out);
}

static void say_head(struct diff *d)
{
	char a[VMT_NUM_GROUPED], b[VMT_NUM_GROUPED], c[64];
	const struct vmt_sums *o = &d->old.total, *n = &d->new.total;
	struct vmt_cell ram = delta(VMT_CELL_DELTA, o->resident_bytes, n->resident_bytes);

	if (d->view.opts.format != VMT_OUT_TABLE || d->view.opts.no_headings)
		return;
	vmt_cell_text(&ram, d->view.opts.bytes, c, sizeof(c));
	(void)printf("RAM %s -> %s (%s)", size_text(&d->view, a, o->resident_bytes),
		     size_text(&d->view, b, n->resident_bytes), c);
	(void)printf(", areas %s -> %s", vmt_num_grouped(a, o->areas),
		     vmt_num_grouped(b, n->areas));
	if (d->seconds > 0)
		(void)printf(", in %.0f s", d->seconds);
	(void)fputs("\n\n", stdout);
}

static void say_foot(struct diff *d, size_t changed, enum vmt_join join, const char *why)
{
	char a[VMT_NUM_GROUPED];

	if (d->view.opts.format != VMT_OUT_TABLE || d->view.opts.no_headings)
		return;
	if (!changed)
		(void)puts("No difference in the sums.");
	else if (d->count && changed > d->count)
		(void)printf("(%llu more; -N 0 shows all)\n",
			     (unsigned long long)(changed - d->count));
	if (d->with_areas && join == VMT_JOIN_CALLER)
		(void)printf("Areas cannot be compared one by one: %s.\n", why);
	else if (d->with_areas)
		(void)printf("Areas joined by address: %s.\n", why);
	if (d->new.unpurged.areas || d->old.unpurged.areas)
		(void)printf("Unpurged areas are not compared (%s in NEW).\n",
			     vmt_num_grouped(a, d->new.unpurged.areas));
}

static int print(struct diff *d)
{
	const struct vmt_facts *fo = source_facts(&d->old.src), *fn = source_facts(&d->new.src);
	struct vmt_diff_row *rows VMT_FREE = NULL;
	size_t n, changed = 0;
	const char *why;
	bool differ, areas_alone;
	enum vmt_join join = vmt_diff_join(source_addresses(&d->old.src), fo,
					   source_addresses(&d->new.src), fn, &why);
	enum vmt_rc rc = vmt_diff_groups(d->old.groups, d->new.groups, &rows, &n);
	int code;

	if (rc != VMT_OK)
		return complain_nomem();
	if (fo->time != VMT_FACT_NONE && fn->time != VMT_FACT_NONE && fn->time > fo->time)
		d->seconds = (double)(fn->time - fo->time);
	for (size_t i = 0; i < n; i++)
		changed += rows[i].change != VMT_SAME;
	differ = changed > 0;
	say_head(d);
	areas_alone = d->with_areas && join != VMT_JOIN_CALLER && view_is_one_table(&d->view);
	if (!areas_alone && (changed || d->view.opts.format != VMT_OUT_TABLE))
		rc = print_rows(d, rows, n);
	if (rc == VMT_OK && d->with_areas)
		rc = print_areas(d, join, &differ);
	if (rc != VMT_OK)
		return complain_nomem();
	say_foot(d, changed, join, why);
	if (d->view.opts.format == VMT_OUT_JSON) {
		json_side(d, "old", &d->old);
		json_side(d, "new", &d->new);
		vmt_out_object_begin(d->view.out, "join");
		vmt_out_member(
			d->view.out, "by",
			vmt_cell_s(VMT_CELL_STR, vmt_str(join == VMT_JOIN_REAL	   ? "address"
							 : join == VMT_JOIN_HASHED ? "hash"
										   : "caller")));
		vmt_out_member(d->view.out, "why", vmt_cell_s(VMT_CELL_STR, vmt_str(why)));
		vmt_out_object_end(d->view.out);
		source_json(&d->new.src, &d->view);
	}
	vmt_out_finish(d->view.out);
	code = differ ? EXIT_LOOK_HERE : EXIT_ANSWERED;
	if (d->old.lookup.sym)
		code = lookup_report(&d->old.lookup, code);
	d->new.lookup.before = d->old.lookup.sym ? &d->old.lookup : NULL;
	if (d->new.lookup.sym)
		code = lookup_report(&d->new.lookup, code);
	code = source_report(&d->old.src, code);
	return source_report(&d->new.src, code);
}

static int read_both(struct diff *d, const struct run *r)
{
	int code = source_open_path(&d->old.src, r, r->args[0]);

	if (code)
		return code;
	d->old.open = true;
	code = read_side(&d->old, d, r);
	if (code)
		return code;
	code = source_open(&d->new.src, r);
	if (code)
		return code;
	d->new.open = true;
	code = read_side(&d->new, d, r);
	return code ? code : print(d);
}

static int run(struct run *r)
{
	struct diff d = {0};
	int code = parse_options(&d, r);

	if (code == 0 && r->source && !strcmp(r->source, "-") && !strcmp(r->args[0], "-"))
		code = usage_error(r->cmd, "standard input cannot be both OLD and NEW");
	r->key = group_column(d.by);
	r->want_modules = d.by == VMT_BY_MODULE;
	if (code == 0)
		code = view_open(&d.view, r);
	if (code == 0)
		code = read_both(&d, r);
	side_close(&d.old);
	side_close(&d.new);
	view_close(&d.view);
	return code;
}

const struct cmd cmd_diff = {
	.name = "diff",
	.group = "Ask",
	.summary = "What grew, shrank, came and went between two sources.",
	.operands = "OLD [NEW]",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.cols = cols,
	.n_cols = sizeof(cols) / sizeof(cols[0]),
	.default_cols = "KEY,CHANGE,AREAS,RESIDENT,SIZE,NOW,RATE",
	.min_args = 1,
	.max_args = 1,
	.takes_source = true,
	.symbols = true,
	.run = run,
};
