// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool summary: what is in vmalloc space, on one page. */
#include <string.h>

#include "summary.h"

enum {
	COL_KIND,
	COL_AREAS,
	COL_SIZE,
	COL_RESIDENT,
	COL_LENT,
	COL_GUARD,
	COL_GUARD_KNOWN,
	COL_GUARD_INFERRED,
	COL_UNKNOWABLE,
	COL_NOTE
};

static const struct vmt_col cols[] = {
	{"KIND", NULL, 0, 0, "kind of area", COL_KIND},
	{"AREAS", NULL, 0, VMT_COL_RIGHT, "number of areas", COL_AREAS},
	{"SIZE", "VIRTUAL", 0, VMT_COL_RIGHT, "address space, guard pages included", COL_SIZE},
	{"RESIDENT", "RAM", 0, VMT_COL_RIGHT, "RAM: pages= of vmalloc lines", COL_RESIDENT},
	{"LENT", NULL, 0, VMT_COL_RIGHT, "pages= of other lines: RAM owned elsewhere", COL_LENT},
	{"GUARD", NULL, 0, VMT_COL_RIGHT, "guard pages, known and inferred", COL_GUARD},
	{"GUARD_KNOWN", NULL, 0, VMT_COL_RIGHT, "guard pages that follow from the line",
	 COL_GUARD_KNOWN},
	{"GUARD_INFERRED", NULL, 0, VMT_COL_RIGHT, "guard pages by the rule of the kind",
	 COL_GUARD_INFERRED},
	{"UNKNOWABLE", NULL, 0, VMT_COL_RIGHT, "areas whose guard the text cannot tell",
	 COL_UNKNOWABLE},
	{"NOTE", NULL, 0, VMT_COL_TRUNC, "what to know about the kind", COL_NOTE},
};

static enum vmt_rc add_area(struct summary *s, const struct vmt_area *a)
{
	struct vmt_guard g;
	const struct vmt_guard *guard = NULL;
	uint32_t id = UINT32_MAX;
	const char *what = NULL;
	enum vmt_rc rc = VMT_OK;

	if (!a->twin) { /* once for all; of twins it is known */
		vmt_guard_of(a, s->page_size, &g);
		guard = &g;
	}
	if (vmt_groups_add(s->by_kind, a, guard, NULL) != VMT_OK)
		return VMT_NOMEM;
	if (a->kind != VMT_KIND_UNPURGED) {
		rc = vmt_groups_add(s->callers, a, guard, &id);
		if (rc == VMT_OK && a->nodes.n)
			rc = vmt_groups_add(s->nodes, a, guard, NULL);
		if (rc != VMT_OK)
			return rc;
		what = vmt_groups_what(s->callers, id);
		if (a->flags & VMT_AREA_SELF_READ)
			s->self_bytes =
				vmt_num_add(s->self_bytes, vmt_num_mul(a->pages, s->page_size));
	}
	return vmt_gaps_add(s->gaps, a, guard, what, id);
}

/* Where areas are; each stretch once, parts may overlap (arm64 modules). */
static enum vmt_rc count_tables(struct summary *s)
{
	const struct vmt_part *parts;
	uint64_t at = 0;
	size_t n;

	if (vmt_kern_parts(s->src.kern, &parts, &n, NULL) != VMT_OK)
		return VMT_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct vmt_part *p = &parts[i];
		uint64_t start = p->start > at ? p->start : at;

		if ((strcmp(p->name, "vmalloc") != 0 && strcmp(p->name, "modules") != 0) ||
		    p->end <= start)
			continue;
		if (vmt_pgt_census(vmt_kern_pgt(s->src.kern), start, p->end, &s->census, NULL) !=
		    VMT_OK)
			return VMT_NOMEM;
		s->has_census = true;
		at = p->end;
	}
	return VMT_OK;
}

static enum vmt_rc compute(struct summary *s)
{
	for (int k = 0; k < VMT_KIND_COUNT; k++) {
		const struct vmt_group *g =
			vmt_groups_find(s->by_kind, vmt_str(vmt_kind_name((enum vmt_kind)k)));

		if (g)
			s->kinds[k] = g->sums;
		if (k != VMT_KIND_UNPURGED)
			vmt_sums_merge(&s->total, &s->kinds[k]);
	}
	s->ranked = vmt_groups_rows(s->callers, &s->n_ranked);
	if (!s->ranked)
		return VMT_NOMEM;
	vmt_groups_rank(s->ranked, s->n_ranked);
	s->addresses = source_addresses(&s->src);
	if (s->src.kern && count_tables(s) != VMT_OK)
		return VMT_NOMEM;
	if (s->addresses == VMT_ADDR_HASHED)
		return vmt_gaps_chains(s->gaps, &s->chains);
	if (s->addresses != VMT_ADDR_REAL)
		return VMT_OK;
	if (vmt_gaps_finish(s->gaps, source_facts(&s->src)) != VMT_OK)
		return VMT_NOMEM;
	s->alignment_bytes = vmt_gaps_alignment(s->gaps, &s->alignment_holes);
	return VMT_OK;
}

enum meminfo_verdict summary_meminfo(const struct summary *s, const struct vmt_facts *facts,
				     uint64_t *apart)
{
	uint64_t used = facts->vmalloc_used, ram = s->total.resident_bytes;
	uint64_t space = s->total.size_bytes, near;

	*apart = 0;
	if (used == VMT_FACT_NONE)
		return MEMINFO_ABSENT;
	if (used == 0 && ram)
		return MEMINFO_ZERO;
	/* Read at another moment: a few stacks or one buffer more or less. */
	near = ram / 64 > 256 << 10 ? ram / 64 : 256 << 10;
	*apart = used > ram ? used - ram : ram - used;
	if (*apart <= near)
		return MEMINFO_AGREES;
	if ((used > space ? used - space : space - used) <= near)
		return MEMINFO_COUNTS_SPACE;
	return MEMINFO_DIFFERS;
}

/* ---- rows ---- */

static struct vmt_cell bytes_or_null(uint64_t bytes, bool null)
{
	return null ? vmt_cell_null() : vmt_cell_u(VMT_CELL_BYTES, bytes);
}

static struct vmt_cell cell(int id, const char *name, const char *note, const struct vmt_sums *u,
			    bool table)
{
	/* On a terminal a dash reads better than a column of zeros. */
	switch (id) {
	case COL_KIND: return vmt_cell_s(VMT_CELL_STR, vmt_str(name));
	case COL_AREAS: return vmt_cell_u(VMT_CELL_COUNT, u->areas);
	case COL_SIZE: return vmt_cell_u(VMT_CELL_BYTES, u->size_bytes);
	case COL_RESIDENT: return bytes_or_null(u->resident_bytes, table && !u->resident_bytes);
	case COL_LENT: return bytes_or_null(u->lent_bytes, table && !u->lent_bytes);
	case COL_GUARD: return bytes_or_null(vmt_sums_guard(u), table && !vmt_sums_guard(u));
	case COL_GUARD_KNOWN: return vmt_cell_u(VMT_CELL_BYTES, u->guard_bytes[VMT_GRADE_KNOWN]);
	case COL_GUARD_INFERRED:
		return vmt_cell_u(VMT_CELL_BYTES, u->guard_bytes[VMT_GRADE_INFERRED]);
	case COL_UNKNOWABLE:
		return vmt_cell_u(VMT_CELL_COUNT, u->guard_areas[VMT_GRADE_UNKNOWABLE]);
	case COL_NOTE:
		return table ? (struct vmt_cell){.type = VMT_CELL_STR, .s = vmt_str(note)}
			     : vmt_cell_s(VMT_CELL_STR, vmt_str(note));
	}
	return vmt_cell_null();
}

static enum vmt_rc put_row(struct view *v, const char *name, const char *note,
			   const struct vmt_sums *u)
{
	struct vmt_cell cells[CELLS_MAX];

	for (size_t i = 0; i < v->n_cols; i++)
		cells[i] = cell(v->cols[i]->id, name, note, u, v->opts.format == VMT_OUT_TABLE);
	return vmt_out_row(v->out, cells);
}

enum vmt_rc summary_kind_rows(const struct summary *s, struct view *v, bool with_total)
{
	enum vmt_rc rc = VMT_OK;

	for (int k = 0; rc == VMT_OK && k < VMT_KIND_COUNT; k++) {
		if (s->kinds[k].areas)
			rc = put_row(v, vmt_kind_name((enum vmt_kind)k),
				     vmt_kind_note((enum vmt_kind)k), &s->kinds[k]);
	}
	return rc == VMT_OK && with_total ? put_row(v, "total", "", &s->total) : rc;
}

/* ---- JSON ---- */

static void json_total(const struct summary *s, struct view *v)
{
	vmt_out_object_begin(v->out, "total");
	for (size_t i = 0; i < sizeof(cols) / sizeof(cols[0]); i++) {
		if (cols[i].id != COL_KIND && cols[i].id != COL_NOTE)
			vmt_out_member(v->out, cols[i].name,
				       cell(cols[i].id, "", "", &s->total, false));
	}
	vmt_out_object_end(v->out);
}

static const struct vmt_col group_cols[] = {
	{"NODE", NULL, 0, 0, "", 0},  {"CALLER", NULL, 0, 0, "", 1},   {"AREAS", NULL, 0, 0, "", 2},
	{"SIZE", NULL, 0, 0, "", 3},  {"RESIDENT", NULL, 0, 0, "", 4}, {"GUARD", NULL, 0, 0, "", 5},
	{"SHARE", NULL, 0, 0, "", 6}, {"WHAT", NULL, 0, 0, "", 7},     {"OWNER", NULL, 0, 0, "", 8},
};

static double share_of(const struct summary *s, uint64_t bytes)
{
	return s->total.resident_bytes ? (double)bytes / (double)s->total.resident_bytes : 0;
}

struct vmt_cell summary_owner(const struct summary *s, const struct vmt_group *g)
{
	for (size_t i = 0; s->lookup.sym && i < s->n_ranked && i < SUMMARY_CALLERS; i++) {
		if (s->ranked[i] == g)
			return lookup_cell(COL_OWNER, lookup_answer(&s->lookup, s->ids[i]), NULL);
	}
	return vmt_cell_null();
}

static enum vmt_rc json_groups(const struct summary *s, struct view *v, const char *name,
			       const struct vmt_group **rows, size_t n, int key)
{
	const struct vmt_col *c[8];
	struct vmt_cell cells[8];
	size_t n_cols = !key ? 6 : s->lookup.sym ? 8 : 7;
	enum vmt_rc rc;

	c[0] = &group_cols[key];
	for (size_t i = 1; i < n_cols; i++)
		c[i] = &group_cols[i + 1];
	rc = vmt_out_rows_begin(v->out, name, c, n_cols);
	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		const struct vmt_sums *u = &rows[i]->sums;
		const char *what = rows[i]->what;

		cells[0] = vmt_cell_s(VMT_CELL_STR, rows[i]->key);
		cells[1] = vmt_cell_u(VMT_CELL_COUNT, u->areas);
		cells[2] = vmt_cell_u(VMT_CELL_BYTES, u->size_bytes);
		cells[3] = vmt_cell_u(VMT_CELL_BYTES, u->resident_bytes);
		cells[4] = vmt_cell_u(VMT_CELL_BYTES, vmt_sums_guard(u));
		cells[5] = (struct vmt_cell){.type = VMT_CELL_SHARE,
					     .d = share_of(s, u->resident_bytes)};
		cells[6] = what ? vmt_cell_s(VMT_CELL_STR, vmt_str(what)) : vmt_cell_null();
		if (key)
			cells[7] = summary_owner(s, rows[i]);
		rc = vmt_out_row(v->out, cells);
	}
	return rc == VMT_OK ? vmt_out_rows_end(v->out) : rc;
}

static void json_regions(const struct summary *s, struct view *v)
{
	size_t n;
	const struct vmt_region *r = vmt_gaps_regions(s->gaps, &n);
	static const struct vmt_col region_cols[] = {
		{"REGION", NULL, 0, 0, "", 0},	      {"BOUNDS", NULL, 0, 0, "", 0},
		{"START", NULL, 0, 0, "", 0},	      {"END", NULL, 0, 0, "", 0},
		{"SIZE", NULL, 0, 0, "", 0},	      {"USED", NULL, 0, 0, "", 0},
		{"FREE", NULL, 0, 0, "", 0},	      {"LARGEST", NULL, 0, 0, "", 0},
		{"FRAGMENTATION", NULL, 0, 0, "", 0},
	};
	const struct vmt_col *c[9];
	struct vmt_cell cells[9];

	for (size_t i = 0; i < 9; i++)
		c[i] = &region_cols[i];
	(void)vmt_out_rows_begin(v->out, "regions", c, 9);
	for (size_t i = 0; s->addresses == VMT_ADDR_REAL && i < n; i++) {
		bool known = r[i].bounds == VMT_BOUNDS_INFERRED;

		for (size_t k = 2; k < 9; k++)
			cells[k] = vmt_cell_null();
		cells[0] = vmt_cell_s(VMT_CELL_STR, vmt_str(r[i].name));
		cells[1] = vmt_cell_s(VMT_CELL_STR, vmt_str(known ? "inferred" : "unknown"));
		if (known) {
			cells[2] = vmt_cell_u(VMT_CELL_ADDR, r[i].start);
			cells[3] = vmt_cell_u(VMT_CELL_ADDR, r[i].end);
			cells[4] = vmt_cell_u(VMT_CELL_BYTES, r[i].end - r[i].start);
			cells[6] = vmt_cell_u(VMT_CELL_BYTES, r[i].hole_bytes);
			if (r[i].hole_bytes)
				cells[8] =
					(struct vmt_cell){.type = VMT_CELL_SHARE,
							  .d = 1 - (double)r[i].largest_bytes /
									   (double)r[i].hole_bytes};
		}
		cells[5] = vmt_cell_u(VMT_CELL_BYTES, r[i].busy_bytes);
		if (r[i].has_holes)
			cells[7] = vmt_cell_u(VMT_CELL_BYTES, r[i].largest_bytes);
		(void)vmt_out_row(v->out, cells);
	}
	(void)vmt_out_rows_end(v->out);
}

static struct vmt_cell fact(uint64_t n)
{
	return n == VMT_FACT_NONE ? vmt_cell_null() : vmt_cell_u(VMT_CELL_BYTES, n);
}

static void json_meminfo(struct summary *s, struct view *v)
{
	static const char *const verdicts[] = {NULL, "agrees", "counts address space", "zero",
					       "differs"};
	const struct vmt_facts *f = source_facts(&s->src);
	uint64_t apart;
	enum meminfo_verdict m = summary_meminfo(s, f, &apart);

	vmt_out_object_begin(v->out, "meminfo");
	vmt_out_member(v->out, "mem_total", fact(f->mem_total));
	vmt_out_member(v->out, "vmalloc_total", fact(f->vmalloc_total));
	vmt_out_member(v->out, "vmalloc_used", fact(f->vmalloc_used));
	vmt_out_member(v->out, "percpu", fact(f->percpu));
	vmt_out_member(v->out, "verdict",
		       verdicts[m] ? vmt_cell_s(VMT_CELL_STR, vmt_str(verdicts[m]))
				   : vmt_cell_null());
	vmt_out_member(v->out, "apart",
		       m == MEMINFO_ABSENT ? vmt_cell_null() : vmt_cell_u(VMT_CELL_BYTES, apart));
	vmt_out_object_end(v->out);
}

static void json_alignment(const struct summary *s, struct view *v)
{
	bool real = s->addresses == VMT_ADDR_REAL, hashed = s->addresses == VMT_ADDR_HASHED;

	vmt_out_member(v->out, "alignment_holes",
		       real ? vmt_cell_u(VMT_CELL_COUNT, s->alignment_holes) : vmt_cell_null());
	vmt_out_member(v->out, "alignment_bytes", bytes_or_null(s->alignment_bytes, !real));
	vmt_out_member(v->out, "chains",
		       hashed ? vmt_cell_u(VMT_CELL_COUNT, s->chains.chains) : vmt_cell_null());
	vmt_out_member(v->out, "chain_areas",
		       hashed ? vmt_cell_u(VMT_CELL_COUNT, s->chains.areas) : vmt_cell_null());
}

static enum vmt_rc print_json(struct summary *s, struct view *v)
{
	size_t n_nodes, n = s->n_ranked < SUMMARY_CALLERS ? s->n_ranked : SUMMARY_CALLERS;
	const struct vmt_group **nodes VMT_FREE = vmt_groups_rows(s->nodes, &n_nodes);
	enum vmt_rc rc;

	if (!nodes)
		return VMT_NOMEM;
	vmt_out_object_begin(v->out, "summary");
	rc = view_begin(v, "kinds");
	if (rc == VMT_OK)
		rc = summary_kind_rows(s, v, false);
	if (rc == VMT_OK)
		rc = vmt_out_rows_end(v->out);
	json_total(s, v);
	if (rc == VMT_OK)
		rc = json_groups(s, v, "nodes", nodes, n_nodes, 0);
	if (rc == VMT_OK)
		rc = json_groups(s, v, "callers", s->ranked, n, 1);
	json_regions(s, v);
	json_meminfo(s, v);
	if (s->has_census)
		census_json(vmt_kern_pgt(s->src.kern), &s->census, v);
	json_alignment(s, v);
	vmt_out_object_end(v->out);
	source_json(&s->src, v);
	vmt_out_finish(v->out);
	return rc;
}

/* ---- the command ---- */

static enum vmt_rc print(struct summary *s, struct view *v, const struct run *r)
{
	enum vmt_rc rc;

	switch (v->opts.format) {
	case VMT_OUT_JSON: return print_json(s, v);
	case VMT_OUT_TABLE: return summary_print(s, v, r);
	default: break;
	}
	rc = view_begin(v, "kinds");
	if (rc == VMT_OK)
		rc = summary_kind_rows(s, v, true);
	return rc == VMT_OK ? vmt_out_rows_end(v->out) : rc;
}

static int read_all(struct summary *s)
{
	struct vmt_area a;
	int more;

	s->page_size = source_page_size(&s->src, &s->page_size_from);
	s->callers = vmt_groups_new(VMT_BY_CALLER, s->page_size);
	s->nodes = vmt_groups_new(VMT_BY_NODE, s->page_size);
	s->by_kind = vmt_groups_new(VMT_BY_KIND, s->page_size);
	s->gaps = vmt_gaps_new(s->page_size);
	if (!s->by_kind || !s->callers || !s->nodes || !s->gaps)
		return complain_nomem();
	while ((more = source_next(&s->src, &a)) > 0) {
		if (add_area(s, &a) != VMT_OK)
			return complain_nomem();
	}
	if (more < 0)
		return EXIT_NO_ANSWER;
	return compute(s) == VMT_OK ? 0 : complain_nomem();
}

/* vmlinux is not looked for unasked here: the page must come at once. */
static int ask_owners(struct summary *s, const struct run *r)
{
	size_t n = s->n_ranked < SUMMARY_CALLERS ? s->n_ranked : SUMMARY_CALLERS;

	return lookup_named(r) ? lookup_ask_rows(&s->lookup, r, &s->src, s->ranked, n, s->ids) : 0;
}

static int answer(struct summary *s, struct view *v, const struct run *r)
{
	int code = ask_owners(s, r);

	if (code)
		return code;
	if (print(s, v, r) != VMT_OK)
		return complain_nomem();
	return source_report(&s->src, s->lookup.sym ? lookup_report(&s->lookup, EXIT_ANSWERED)
						    : EXIT_ANSWERED);
}

static int run(struct run *r)
{
	struct summary s = {0};
	struct view v;
	int code = view_open(&v, r);

	if (code == 0)
		code = source_open(&s.src, r);
	if (code == 0) {
		code = read_all(&s);
		if (code == 0)
			code = answer(&s, &v, r);
		source_close(&s.src);
	}
	lookup_close(&s.lookup);
	vmt_groups_free(s.callers);
	vmt_groups_free(s.nodes);
	vmt_groups_free(s.by_kind);
	vmt_gaps_free(s.gaps);
	free(s.ranked);
	view_close(&v);
	return code;
}

const struct cmd cmd_summary = {
	.name = "summary",
	.group = "Look",
	.summary = "What is in vmalloc space, on one page.",
	.operands = "[SOURCE]",
	.cols = cols,
	.n_cols = sizeof(cols) / sizeof(cols[0]),
	.default_cols = "KIND,AREAS,SIZE,RESIDENT,GUARD,NOTE",
	.machine_cols = "KIND,AREAS,SIZE,RESIDENT,LENT,GUARD,GUARD_KNOWN,GUARD_INFERRED,"
			"UNKNOWABLE,NOTE",
	.max_args = 0,
	.takes_source = true,
	.symbols = true,
	.run = run,
};
