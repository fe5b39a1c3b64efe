// SPDX-License-Identifier: GPL-2.0-or-later
/* The page of vmtool summary for a person: the answer, the evidence, the next step. */
#include <string.h>

#include "summary.h"

static const char *count(char buf[VMT_NUM_GROUPED], uint64_t n)
{
	return vmt_num_grouped(buf, n);
}

static void title(struct summary *s, struct view *v)
{
	const struct vmt_facts *f = source_facts(&s->src);
	char left[512], right[160], ps[VMT_NUM_GROUPED];
	const char *state = s->addresses == VMT_ADDR_HASHED   ? "addresses HASHED"
			    : s->addresses == VMT_ADDR_ZEROED ? "addresses HIDDEN"
			    : s->addresses == VMT_ADDR_REAL   ? "addresses real"
							      : "addresses unknown";
	const char *from = s->page_size_from == VMT_PS_INFERRED	 ? " (inferred)"
			   : s->page_size_from == VMT_PS_ASSUMED ? " (assumed)"
								 : "";
	const char *name = strrchr(s->src.name, '/');
	bool bold = v->opts.color;
	size_t n;

	(void)snprintf(left, sizeof(left), "vmalloc space%s%s%s%s%s%s, %s pages%s",
		       f->host[0] ? " of " : "", f->host, f->kernel[0] ? ", Linux " : "", f->kernel,
		       f->machine[0] ? " " : "", f->machine, size_text(v, ps, s->page_size), from);
	(void)snprintf(right, sizeof(right), "%.60s, %s",
		       ESC(vmt_str(name && name[1] ? name + 1 : s->src.name)), state);
	n = strlen(left) + strlen(right);
	(void)printf("%s%s%s", bold ? "\033[1m" : "", left, bold ? "\033[0m" : "");
	if (n + 2 <= PROSE_WIDTH + 2)
		(void)printf("%*s%s\n\n", (int)(PROSE_WIDTH + 2 - n), "", right);
	else
		(void)printf("\n  %s\n\n", right);
}

static void answer(struct summary *s, struct view *v)
{
	const struct vmt_facts *f = source_facts(&s->src);
	const struct vmt_sums *t = &s->total;
	char a[VMT_NUM_GROUPED], b[VMT_NUM_GROUPED], c[VMT_NUM_GROUPED], d[VMT_NUM_GROUPED];
	char share[64] = "", holes[64] = "";

	if (f->mem_total != VMT_FACT_NONE && f->mem_total)
		(void)snprintf(share, sizeof(share), " (%.1f %% of %s)",
			       100.0 * (double)t->resident_bytes / (double)f->mem_total,
			       size_text(v, a, f->mem_total));
	say("  ", "%s of RAM%s in %s areas; they take %s of address space.",
	    size_text(v, b, t->resident_bytes), share, count(c, t->areas),
	    size_text(v, d, t->size_bytes));
	if (s->alignment_holes)
		(void)snprintf(holes, sizeof(holes), " Alignment leaves up to %s of holes.",
			       size_text(v, a, s->alignment_bytes));
	say("  ", "%s of it is guard pages (%s: %s known, %s inferred).%s",
	    size_text(v, a, vmt_sums_guard(t)), count(b, t->guarded[0] + t->guarded[1]),
	    count(c, t->guarded[0]), count(d, t->guarded[1]), holes);
	if (t->cut_bytes)
		say("  ", "%s of it lost its pages (vrealloc, or in flight).",
		    size_text(v, a, t->cut_bytes));
	if (t->contradictions)
		say("  ",
		    "%s areas have more pages than their size holds: a wrong page size (%s), or "
		    "corrupt lines.",
		    count(a, t->contradictions), size_text(v, b, s->page_size));
}

/* A region is short of space when no hole is left that holds a quarter of it. */
static bool is_short(const struct vmt_region *r)
{
	return r->has_holes && r->bounds == VMT_BOUNDS_INFERRED &&
	       r->largest_bytes < (r->end - r->start) / 4;
}

static void short_region(struct view *v, const struct vmt_region *r)
{
	char a[VMT_NUM_GROUPED], b[VMT_NUM_GROUPED], c[VMT_NUM_GROUPED];

	say("  ", "Space is SHORT in the %s region: largest hole %s of %s, %s free in %llu holes.",
	    r->name, size_text(v, a, r->largest_bytes), size_text(v, b, r->end - r->start),
	    size_text(v, c, r->hole_bytes), (unsigned long long)r->holes);
}

static void ample_regions(struct view *v, const struct vmt_region *r, size_t n, bool some_short)
{
	char a[VMT_NUM_GROUPED], b[VMT_NUM_GROUPED], text[400] = "", broken[40];
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		double frag = r[i].hole_bytes
				      ? 1 - (double)r[i].largest_bytes / (double)r[i].hole_bytes
				      : 0;

		if (r[i].bounds != VMT_BOUNDS_INFERRED || is_short(&r[i]))
			continue;
		broken[0] = 0;
		if (frag >= 0.005)
			(void)snprintf(broken, sizeof(broken), ", %.0f %% fragmented", frag * 100);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s of %s free in %s%s",
				       at ? "; " : "", size_text(v, a, r[i].largest_bytes),
				       size_text(v, b, r[i].hole_bytes), r[i].name, broken);
	}
	if (at)
		say("  ", "%s: largest hole %s.",
		    some_short ? "Elsewhere it is not" : "Space is not short", text);
	for (size_t i = 0; i < n; i++) {
		if (r[i].bounds != VMT_BOUNDS_INFERRED && r[i].has_holes)
			say("  ", "In %s %s is used; this text does not tell how much there is.",
			    r[i].name, size_text(v, a, r[i].busy_bytes));
	}
}

static void space(struct summary *s, struct view *v)
{
	bool some_short = false;
	char a[VMT_NUM_GROUPED], b[VMT_NUM_GROUPED];
	const struct vmt_region *r;
	size_t n;

	r = vmt_gaps_regions(s->gaps, &n);
	for (size_t i = 0; i < n; i++) {
		if (is_short(&r[i])) {
			short_region(v, &r[i]);
			some_short = true;
		}
	}
	ample_regions(v, r, n, some_short);
	if (vmt_gaps_overlaps(s->gaps) + vmt_gaps_repeats(s->gaps))
		say("  ",
		    "%s areas stand twice and %s overlap others: they changed while they were "
		    "read.",
		    count(a, vmt_gaps_repeats(s->gaps)), count(b, vmt_gaps_overlaps(s->gaps)));
}

static void hidden(struct summary *s)
{
	const struct vmt_facts *f = source_facts(&s->src);
	const struct vmt_text_stats *st = source_stats(&s->src);
	char a[VMT_NUM_GROUPED], b[VMT_NUM_GROUPED];

	if (s->addresses == VMT_ADDR_HASHED && s->chains.chains)
		say("  ", "By equal prints %s areas touch a neighbour, in %s runs (inferred).",
		    count(a, s->chains.areas), count(b, s->chains.chains));
	if (s->addresses == VMT_ADDR_ZEROED && st->votes.hidden > st->votes.zeroed)
		say("  ", "Holes, regions and alignment need real addresses. (____ptrval____) was "
			  "printed "
			  "before the kernel had randomness to hash with: read it again later.");
	else if (f->kptr_restrict == 2 || (s->addresses == VMT_ADDR_ZEROED && !s->src.live))
		say("  ",
		    "Holes, regions and alignment need real addresses. kernel.kptr_restrict is 2, "
		    "or "
		    "the reader had no CAP_SYSLOG: all see zeros. 1 shows them to root:");
	else if (s->addresses == VMT_ADDR_ZEROED)
		say("  ", "Holes, regions and alignment need real addresses, and this reader lacks "
			  "CAP_SYSLOG. Outside the container, as root, with:");
	else
		say("  ",
		    "Holes, regions and alignment need real addresses. kernel.kptr_restrict %s: "
		    "even "
		    "root sees hashes. 1 shows them to root only (stricter, not looser):",
		    s->src.live ? "is 0" : "was 0");
	if (s->addresses != VMT_ADDR_ZEROED || st->votes.hidden <= st->votes.zeroed)
		(void)puts("    sudo sysctl kernel.kptr_restrict=1");
}

static const struct vmt_col caller_cols[] = {
	{"BIGGEST CALLERS", NULL, 0.5, VMT_COL_TRUNC, "", 0},
	{"AREAS", NULL, 0, VMT_COL_RIGHT, "", 1},
	{"RAM", NULL, 0, VMT_COL_RIGHT, "", 2},
	{"SHARE", NULL, 0, VMT_COL_RIGHT, "", 3},
	{"WHAT", NULL, 0, VMT_COL_TRUNC, "", 4},
	{"OWNER", NULL, 0, VMT_COL_TRUNC, "", 5},
};

static enum vmt_rc callers(const struct summary *s, struct view *v)
{
	const struct vmt_col *c[6];
	struct vmt_cell cells[6];
	enum vmt_rc rc;

	if (!s->total.resident_bytes)
		return VMT_OK;
	for (size_t i = 0; i < 6; i++)
		c[i] = &caller_cols[i];
	rc = vmt_out_rows_begin(v->out, "callers", c, s->lookup.sym ? 6 : 5);
	for (size_t i = 0; rc == VMT_OK && i < s->n_ranked && i < SUMMARY_CALLERS; i++) {
		const struct vmt_group *g = s->ranked[i];

		if (!g->sums.resident_bytes)
			break;
		cells[0] = vmt_cell_s(VMT_CELL_STR, g->key);
		cells[1] = vmt_cell_u(VMT_CELL_COUNT, g->sums.areas);
		cells[2] = vmt_cell_u(VMT_CELL_BYTES, g->sums.resident_bytes);
		cells[3] = (struct vmt_cell){.type = VMT_CELL_SHARE,
					     .d = (double)g->sums.resident_bytes /
						  (double)s->total.resident_bytes};
		cells[4] = g->what ? vmt_cell_s(VMT_CELL_STR, vmt_str(g->what)) : vmt_cell_null();
		cells[5] = summary_owner(s, g);
		rc = vmt_out_row(v->out, cells);
	}
	return rc == VMT_OK ? vmt_out_rows_end(v->out) : rc;
}

static void nodes(struct summary *s, struct view *v)
{
	size_t n;
	const struct vmt_group **rows VMT_FREE = vmt_groups_rows(s->nodes, &n);
	char a[VMT_NUM_GROUPED], text[900];
	size_t at = 0;

	if (!rows || n < 2)
		return;
	for (size_t i = 0; i < n && at + 80 < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%snode %.*s: %s",
				       i ? ", " : "", (int)rows[i]->key.n, rows[i]->key.p,
				       size_text(v, a, rows[i]->sums.resident_bytes));
	say("  ", "RAM by %s.", text);
}

static void meminfo(struct summary *s, struct view *v)
{
	const struct vmt_facts *f = source_facts(&s->src);
	char used[VMT_NUM_GROUPED], ours[VMT_NUM_GROUPED], apart[VMT_NUM_GROUPED];
	char percpu[VMT_NUM_GROUPED], tail[96] = "";
	uint64_t n;
	enum meminfo_verdict m = summary_meminfo(s, f, &n);

	if (f->percpu != VMT_FACT_NONE)
		(void)snprintf(tail, sizeof(tail), " Not in either: Percpu %s.",
			       size_text(v, percpu, f->percpu));
	if (m != MEMINFO_ABSENT)
		(void)size_text(v, used, f->vmalloc_used);
	(void)size_text(v, ours, s->total.resident_bytes);
	(void)size_text(v, apart, n);
	switch (m) {
	case MEMINFO_ABSENT: return;
	case MEMINFO_AGREES:
		if (n)
			say("  ",
			    "meminfo agrees: VmallocUsed %s (%s apart: read at another moment).%s",
			    used, apart, tail);
		else
			say("  ", "meminfo agrees: VmallocUsed %s.%s", used, tail);
		return;
	case MEMINFO_COUNTS_SPACE:
		say("  ",
		    "meminfo's VmallocUsed %s is address space, as kernels up to 4.3 count.%s",
		    used, tail);
		return;
	case MEMINFO_ZERO:
		say("  ", "meminfo's VmallocUsed is 0: kernels 4.4 to 5.2 do not count it.%s",
		    tail);
		return;
	case MEMINFO_DIFFERS:
		say("  ",
		    "meminfo differs: VmallocUsed %s counts pages of vmalloc areas, and the areas "
		    "here have %s (%s apart): not of one moment, or not of one machine.%s",
		    used, ours, apart, tail);
		return;
	}
}

static void next(const struct summary *s, const struct run *r)
{
	const char *source = "";
	char named[64] = "";
	struct vmt_str f = s->n_ranked ? vmt_caller_function(s->ranked[0]->key) : vmt_str("");

	if (r->opt[OPT_SAMPLE])
		source = " --sample";
	else if (r->opt[OPT_SYSROOT])
		source = strlen(r->opt[OPT_SYSROOT]) < 16 ? named : " --sysroot DIR";
	else if (r->source || r->opt[OPT_SOURCE])
		source = strlen(r->source ? r->source : r->opt[OPT_SOURCE]) < 24 ? named
			 : r->opt[OPT_SOURCE]					 ? " --source FILE"
										 : " SOURCE";
	if (source == named)
		(void)snprintf(named, sizeof(named), "%s%s",
			       r->opt[OPT_SYSROOT]  ? " --sysroot "
			       : r->opt[OPT_SOURCE] ? " --source "
						    : " ",
			       ESC(vmt_str(r->opt[OPT_SYSROOT] ? r->opt[OPT_SYSROOT]
					   : r->source	       ? r->source
							       : r->opt[OPT_SOURCE])));
	(void)printf("Next: vmtool top --by what%s", source);
	if (f.n && f.n < 32)
		(void)printf(" | vmtool explain %s%s", ESC(f), source);
	(void)putchar('\n');
}

enum vmt_rc summary_print(struct summary *s, struct view *v, const struct run *r)
{
	char a[VMT_NUM_GROUPED];
	enum vmt_rc rc;

	title(s, v);
	answer(s, v);
	if (s->addresses == VMT_ADDR_REAL)
		space(s, v);
	else
		hidden(s);
	(void)putchar('\n');
	rc = view_begin(v, "kinds");
	if (rc == VMT_OK)
		rc = summary_kind_rows(s, v, false);
	if (rc == VMT_OK)
		rc = vmt_out_rows_end(v->out);
	if (rc == VMT_OK)
		rc = callers(s, v);
	if (rc != VMT_OK)
		return rc;
	(void)putchar('\n');
	nodes(s, v);
	meminfo(s, v);
	if (s->has_census)
		census_print(vmt_kern_pgt(s->src.kern), &s->census, v);
	if (s->self_bytes)
		say("  ",
		    "%s of this is the buffer that this very read was made into (seq_read_iter).",
		    size_text(v, a, s->self_bytes));
	next(s, r);
	return VMT_OK;
}
