// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool explain for a person. */
#include <string.h>

#include "explain.h"

/* Parts that add up: what it is, how much, and what that means. */
static const struct vmt_col part_cols[] = {
	{"PART", NULL, 0, 0, "", 0},
	{"BYTES", NULL, 0, VMT_COL_RIGHT, "", 1},
	{"MEANING", NULL, 0, 0, "", 2},
};

static enum vmt_rc part(struct explain *x, const char *name, struct vmt_cell bytes,
			const char *meaning)
{
	struct vmt_cell cells[3] = {vmt_cell_s(VMT_CELL_STR, vmt_str(name)),
				    bytes,
				    {.type = VMT_CELL_STR, .s = vmt_str(meaning)}};

	return vmt_out_row(x->view.out, cells);
}

static struct vmt_cell bytes(uint64_t n)
{
	return vmt_cell_u(VMT_CELL_BYTES, n);
}

static enum vmt_rc parts_begin(struct explain *x)
{
	static const struct vmt_col *c[3] = {&part_cols[0], &part_cols[1], &part_cols[2]};

	return vmt_out_rows_begin(x->view.out, "parts", c, 3);
}

static enum vmt_rc area_parts(struct explain *x, const struct vmt_area *a,
			      const struct vmt_guard *g)
{
	char name[64], why[160], ps[VMT_NUM_GROUPED], count[VMT_NUM_GROUPED];
	uint64_t align = 0, hole = x->real ? vmt_gaps_hole_before(x->gaps, a->start, &align) : 0;
	enum vmt_rc rc = parts_begin(x);

	(void)size_text(&x->view, ps, x->page_size);
	if (a->pages)
		(void)snprintf(name, sizeof(name), "%s page%s of %s",
			       vmt_num_grouped(count, a->pages), a->pages == 1 ? "" : "s", ps);
	else
		(void)snprintf(name, sizeof(name), "%s",
			       a->kind == VMT_KIND_UNPURGED ? "range" : "usable");
	if (rc == VMT_OK)
		rc = part(x, name, bytes(g->usable_bytes), vmt_area_meaning(a));
	if (rc == VMT_OK && g->guard_bytes)
		rc = part(x, "1 guard page", bytes(g->guard_bytes),
			  "unmapped, so that running off the end faults");
	if (rc == VMT_OK && g->cut_bytes)
		rc = part(x, "without pages", bytes(g->cut_bytes),
			  "shrunk by vrealloc, or in flight");
	(void)snprintf(why, sizeof(why), "= size; guard %s (%s)", vmt_grade_name(g->grade),
		       g->rule);
	if (rc == VMT_OK)
		rc = part(x, "together", bytes(a->size_bytes), why);
	if (rc == VMT_OK && hole) {
		(void)snprintf(why, sizeof(why), "%s %s boundaries", vmt_area_align_reason(a),
			       size_text(&x->view, ps, align));
		rc = part(x, "hole before it", bytes(hole), why);
	}
	return rc == VMT_OK ? vmt_out_rows_end(x->view.out) : rc;
}

static void caller_totals(struct explain *x, const struct vmt_group *g, uint32_t owner)
{
	char a[VMT_NUM_GROUPED], b[VMT_NUM_GROUPED], c[VMT_NUM_GROUPED], d[VMT_NUM_GROUPED];
	uint64_t holes, hole_bytes = x->real ? vmt_gaps_alignment_of(x->gaps, owner, &holes) : 0;

	(void)printf("  This caller   %s area%s, %s (%s RAM, %s guards)",
		     vmt_num_grouped(a, g->sums.areas), g->sums.areas == 1 ? "" : "s",
		     size_text(&x->view, b, g->sums.size_bytes),
		     size_text(&x->view, c, g->sums.resident_bytes),
		     size_text(&x->view, d, vmt_sums_guard(&g->sums)));
	if (hole_bytes)
		(void)printf(",\n                and %s of alignment holes beside them",
			     size_text(&x->view, a, hole_bytes));
	(void)putchar('\n');
}

enum vmt_rc explain_area_text(struct explain *x, const struct vmt_area *a,
			      const struct vmt_guard *g, const struct vmt_group *group,
			      uint32_t owner, const struct vmt_answer *answer)
{
	struct vmt_str module = source_module_of(&x->src, a);
	const char *what = vmt_what(a);
	char size[VMT_NUM_GROUPED];
	bool plain = x->view.opts.no_headings;
	enum vmt_rc rc;

	if (a->start || a->end)
		(void)printf("0x%0*llx - 0x%0*llx   ", a->addr_digits, (unsigned long long)a->start,
			     a->addr_digits, (unsigned long long)a->end);
	else
		(void)printf("line %llu (address hidden)   ", (unsigned long long)a->line);
	(void)printf("%s   %s", size_text(&x->view, size, a->size_bytes), vmt_kind_name(a->kind));
	if (a->nodes.n)
		(void)printf("   %s", ESC(a->nodes));
	if (a->flags & VMT_AREA_HAS_PHYS)
		(void)printf("   phys 0x%llx", (unsigned long long)a->phys);
	(void)fputs("\n\n", stdout);
	/* The parts are no table to a reader: no headings. */
	vmt_out_headings(x->view.out, false);
	rc = area_parts(x, a, g);
	vmt_out_headings(x->view.out, !plain);
	(void)putchar('\n');
	say("  Guard         ", "%s", g->why);
	if (g->contradiction)
		(void)puts("                (is --page-size right?)");
	if (a->caller.n)
		(void)printf("  Asked for by  %s", ESC(a->caller));
	if (a->caller.n && a->module.n)
		(void)printf(" [%s]", ESC(a->module));
	if (a->caller.n)
		(void)printf("%s%s\n", what ? "   " : "", what ? what : "");
	if (answer && (answer->n || answer->state != VMT_SYM_UNKNOWN))
		lookup_print(answer, "                ");
	if (module.n && !a->module.n)
		(void)printf("  Lies there    module %s\n", ESC(module));
	if (a->other.n)
		(void)printf("  Other words   %s\n", ESC(a->other));
	if (group)
		caller_totals(x, group, owner);
	return rc;
}

/* ---- callers ---- */

static const struct vmt_col caller_cols[] = {
	{"CALLER", NULL, 0.5, VMT_COL_TRUNC, "", 0}, {"AREAS", NULL, 0, VMT_COL_RIGHT, "", 1},
	{"SIZE", NULL, 0, VMT_COL_RIGHT, "", 2},     {"RAM", NULL, 0, VMT_COL_RIGHT, "", 3},
	{"GUARD", NULL, 0, VMT_COL_RIGHT, "", 4},    {"HOLES", NULL, 0, VMT_COL_RIGHT, "", 5},
};

static enum vmt_rc caller_rows(struct explain *x, const struct vmt_group *const *rows, size_t n)
{
	const struct vmt_col *c[6];
	struct vmt_cell cells[6];
	enum vmt_rc rc;

	for (size_t i = 0; i < 6; i++)
		c[i] = &caller_cols[i];
	rc = vmt_out_rows_begin(x->view.out, "callers", c, x->real ? 6 : 5);
	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		uint32_t owner = (uint32_t)(rows[i] - vmt_groups_at(x->callers, 0));

		cells[0] = vmt_cell_s(VMT_CELL_STR, rows[i]->key);
		cells[1] = vmt_cell_u(VMT_CELL_COUNT, rows[i]->sums.areas);
		cells[2] = bytes(rows[i]->sums.size_bytes);
		cells[3] = bytes(rows[i]->sums.resident_bytes);
		cells[4] = bytes(vmt_sums_guard(&rows[i]->sums));
		cells[5] = bytes(x->real ? vmt_gaps_alignment_of(x->gaps, owner, NULL) : 0);
		rc = vmt_out_row(x->view.out, cells);
	}
	return rc == VMT_OK ? vmt_out_rows_end(x->view.out) : rc;
}

static enum vmt_rc caller_parts(struct explain *x, const struct vmt_sums *s, uint64_t holes)
{
	uint64_t rest = s->size_bytes - s->resident_bytes - vmt_sums_guard(s) - s->cut_bytes;
	enum vmt_rc rc = parts_begin(x);

	if (rc == VMT_OK && s->resident_bytes)
		rc = part(x, "pages", bytes(s->resident_bytes), "RAM");
	if (rc == VMT_OK && rest && rest <= s->size_bytes)
		rc = part(x, "mapped", bytes(rest),
			  "address space; no RAM of its own, or not told");
	if (rc == VMT_OK && vmt_sums_guard(s))
		rc = part(x, "guard pages", bytes(vmt_sums_guard(s)),
			  "unmapped, so that running off the end faults");
	if (rc == VMT_OK && s->cut_bytes)
		rc = part(x, "without pages", bytes(s->cut_bytes),
			  "shrunk by vrealloc, or in flight");
	if (rc == VMT_OK)
		rc = part(x, "together", bytes(s->size_bytes), "= size");
	if (rc == VMT_OK && holes)
		rc = part(x, "holes before them", bytes(holes), "alignment of their starts");
	return rc == VMT_OK ? vmt_out_rows_end(x->view.out) : rc;
}

enum vmt_rc explain_callers_text(struct explain *x, const struct vmt_group *const *rows, size_t n,
				 const char *glob)
{
	struct vmt_sums sum = {0};
	uint64_t holes = 0, ours;
	const char *what = rows[0]->what;
	char a[VMT_NUM_GROUPED], b[VMT_NUM_GROUPED];
	bool plain = x->view.opts.no_headings;
	enum vmt_rc rc;

	for (size_t i = 0; i < n; i++) {
		uint32_t owner = (uint32_t)(rows[i] - vmt_groups_at(x->callers, 0));

		vmt_sums_merge(&sum, &rows[i]->sums);
		ours = x->real ? vmt_gaps_alignment_of(x->gaps, owner, NULL) : 0;
		holes = vmt_num_add(holes, ours);
		if (what && (!rows[i]->what || strcmp(what, rows[i]->what) != 0))
			what = NULL;
	}
	(void)printf("%s: %s area%s of %s caller%s%s%s\n\n", ESC(vmt_str(glob)),
		     vmt_num_grouped(a, sum.areas), sum.areas == 1 ? "" : "s",
		     vmt_num_grouped(b, n), n == 1 ? "" : "s", what ? ", " : "", what ? what : "");
	vmt_out_headings(x->view.out, false);
	rc = caller_parts(x, &sum, holes);
	vmt_out_headings(x->view.out, !plain);
	return rc == VMT_OK ? caller_rows(x, rows, n) : rc;
}
