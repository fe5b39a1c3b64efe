// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool verify: are the kernel's records and its page tables of one mind? */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "verify.h"

enum { OPT_CHECK = OPT_OWN, OPT_SKIP, OPT_LIST_CHECKS, OPT_VERBOSE, OPT_TEXT, OPT_SAME_MOMENT };
enum {
	COL_ID,
	COL_TITLE,
	COL_RESULT,
	COL_LOOKED_AT,
	COL_UNKNOWN,
	COL_FINDINGS,
	COL_NOTE,
	COL_SEVERITY,
	COL_AREA,
	COL_CALLER,
	COL_THREAD,
	COL_ADDRESS,
	COL_EXPECTED,
	COL_FOUND,
	COL_TEXT,
	COL_MEANS,
	COL_NEXT,
	COL_WHY,
	COL_FRAME,
	COL_COUNT,
	COL_INVARIANT,
	COL_KERNEL,
	COL_EXCEPTIONS,
};

static const struct cmd_opt opts[] = {
	{"check", 0, "IDS", OPT_CHECK, "run these only: V05,V06", NULL},
	{"skip", 0, "IDS", OPT_SKIP, "run all but these", NULL},
	{"text", 0, "FILE", OPT_TEXT, "compare with this text of vmallocinfo (V13)", "FILE"},
	{"same-moment", 0, NULL, OPT_SAME_MOMENT, "the text is of the moment of the image", NULL},
	{"list-checks", 0, NULL, OPT_LIST_CHECKS, "print what the checks are, and run none", NULL},
	{"verbose", 'v', NULL, OPT_VERBOSE, "tell everything that is unknown, and why", NULL},
};

static const struct vmt_col cols[] = {
	{"ID", NULL, 0, 0, "of the check", COL_ID},
	{"TITLE", NULL, 0, 0, "what it looks for", COL_TITLE},
	{"RESULT", NULL, 0, 0, "ok, finding, or unknown", COL_RESULT},
	{"LOOKED_AT", NULL, 0, VMT_COL_RIGHT, "how many things were compared", COL_LOOKED_AT},
	{"UNKNOWN", NULL, 0, VMT_COL_RIGHT, "how many could not be judged", COL_UNKNOWN},
	{"FINDINGS", NULL, 0, VMT_COL_RIGHT, "how many are wrong", COL_FINDINGS},
	{"NOTE", NULL, 0, 0, "a remark, or empty", COL_NOTE},
};

static const struct vmt_col all_finding[] = {
	{"ID", NULL, 0, 0, "", COL_ID},
	{"SEVERITY", NULL, 0, 0, "", COL_SEVERITY},
	{"AREA", NULL, 0, 0, "", COL_AREA},
	{"CALLER", NULL, 0, 0, "", COL_CALLER},
	{"THREAD", NULL, 0, 0, "", COL_THREAD},
	{"ADDRESS", NULL, 0, 0, "", COL_ADDRESS},
	{"EXPECTED", NULL, 0, 0, "", COL_EXPECTED},
	{"FOUND", NULL, 0, 0, "", COL_FOUND},
	{"TEXT", NULL, 0, 0, "", COL_TEXT},
	{"MEANS", NULL, 0, 0, "", COL_MEANS},
	{"NEXT", NULL, 0, 0, "", COL_NEXT},
};
static const struct vmt_col all_unknown[] = {
	{"ID", NULL, 0, 0, "", COL_ID},
	{"WHY", NULL, 0, 0, "", COL_WHY},
	{"ADDRESS", NULL, 0, 0, "", COL_ADDRESS},
	{"FRAME", NULL, 0, 0, "", COL_FRAME},
	{"COUNT", NULL, 0, VMT_COL_RIGHT, "", COL_COUNT},
};
static const struct vmt_col all_check[] = {
	{"ID", NULL, 0, 0, "", COL_ID},
	{"TITLE", NULL, 0, 0, "", COL_TITLE},
	{"INVARIANT", NULL, 0, 0, "", COL_INVARIANT},
	{"KERNEL", NULL, 0, 0, "", COL_KERNEL},
	{"EXCEPTIONS", NULL, 0, 0, "", COL_EXCEPTIONS},
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct vmt_cell text(const char *s)
{
	return vmt_cell_s(VMT_CELL_STR, vmt_str(s));
}

/* ---- cells ---- */

static struct vmt_cell verdict_cell(const struct verify *x, size_t check, int id)
{
	const struct vmt_verdict *v = vmt_report_verdict(x->report, check);

	switch (id) {
	case COL_ID: return text(vmt_checks_at(check)->id);
	case COL_TITLE: return text(vmt_checks_at(check)->title);
	case COL_RESULT: return text(vmt_result_name(v->result));
	case COL_LOOKED_AT: return vmt_cell_u(VMT_CELL_COUNT, v->looked_at[0]);
	case COL_UNKNOWN: return vmt_cell_u(VMT_CELL_COUNT, v->unknown);
	case COL_FINDINGS: return vmt_cell_u(VMT_CELL_COUNT, v->findings);
	default: return text(v->note);
	}
}

/* @room: what the cell of the next command borrows. */
static struct vmt_cell finding_cell(const struct verify *x, const struct vmt_finding *f, int id,
				    char room[160])
{
	switch (id) {
	case COL_ID: return text(vmt_checks_at(f->check)->id);
	case COL_SEVERITY: return text(vmt_severity_name(f->severity));
	case COL_AREA:
		return f->area_end ? (struct vmt_cell){.type = VMT_CELL_ADDR,
						       .u = f->area_start,
						       .width = 16}
				   : vmt_cell_null();
	case COL_CALLER: return vmt_cell_s(VMT_CELL_STR, f->caller);
	case COL_THREAD: return f->thread[0] ? text(f->thread) : vmt_cell_null();
	case COL_ADDRESS: return (struct vmt_cell){.type = VMT_CELL_ADDR, .u = f->va, .width = 16};
	case COL_EXPECTED: return text(f->expected);
	case COL_FOUND: return text(f->found);
	case COL_TEXT: return text(f->title);
	case COL_MEANS: return text(f->means);
	default: verify_next(x, f, room); return text(room);
	}
}

static struct vmt_cell unknown_cell(const struct vmt_unknown *u, uint64_t page_size, int id)
{
	switch (id) {
	case COL_ID: return text(vmt_checks_at(u->check)->id);
	case COL_WHY: return text(u->why);
	case COL_ADDRESS:
		return u->va ? (struct vmt_cell){.type = VMT_CELL_ADDR, .u = u->va, .width = 16}
			     : vmt_cell_null();
	case COL_FRAME:
		return u->pa == VMT_FACT_NONE
			       ? vmt_cell_null()
			       : (struct vmt_cell){.type = VMT_CELL_ADDR, .u = u->pa / page_size};
	default: return vmt_cell_u(VMT_CELL_COUNT, u->n);
	}
}

static struct vmt_cell check_cell(const struct vmt_check *c, int id)
{
	switch (id) {
	case COL_ID: return text(c->id);
	case COL_TITLE: return text(c->title);
	case COL_INVARIANT: return text(c->invariant);
	case COL_KERNEL: return text(c->source);
	default: return text(c->exceptions);
	}
}

/* ---- rows ---- */

/* All columns of a set other than that of the options. */
static enum vmt_rc begin(struct view *v, const char *name, const struct vmt_col *all, size_t n,
			 const struct vmt_col **chosen)
{
	for (size_t i = 0; i < n; i++)
		chosen[i] = &all[i];
	return vmt_out_rows_begin(v->out, name, chosen, n);
}

static enum vmt_rc put_verdicts(struct verify *x)
{
	struct vmt_cell cells[CELLS_MAX];
	enum vmt_rc rc = view_begin(&x->view, "verify");

	for (size_t i = 0; rc == VMT_OK && i < vmt_checks_count(); i++) {
		if (!x->opts.run[i])
			continue;
		for (size_t j = 0; j < x->view.n_cols; j++)
			cells[j] = verdict_cell(x, i, x->view.cols[j]->id);
		rc = vmt_out_row(x->view.out, cells);
	}
	return rc == VMT_OK ? vmt_out_rows_end(x->view.out) : rc;
}

static enum vmt_rc put_findings(struct verify *x)
{
	const struct vmt_col *chosen[COUNT(all_finding)];
	struct vmt_cell cells[COUNT(all_finding)];
	char room[160];
	size_t n;
	const struct vmt_finding *f = vmt_report_findings(x->report, &n);
	enum vmt_rc rc = begin(&x->view, "findings", all_finding, COUNT(all_finding), chosen);

	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		for (size_t j = 0; j < COUNT(all_finding); j++)
			cells[j] = finding_cell(x, &f[i], all_finding[j].id, room);
		rc = vmt_out_row(x->view.out, cells);
	}
	return rc == VMT_OK ? vmt_out_rows_end(x->view.out) : rc;
}

static enum vmt_rc put_unknowns(struct verify *x)
{
	const struct vmt_col *chosen[COUNT(all_unknown)];
	struct vmt_cell cells[COUNT(all_unknown)];
	uint64_t ps = vmt_kern_about(x->src.kern)->page_size;
	size_t n;
	const struct vmt_unknown *u = vmt_report_unknowns(x->report, &n);
	enum vmt_rc rc = begin(&x->view, "unknowns", all_unknown, COUNT(all_unknown), chosen);

	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		for (size_t j = 0; j < COUNT(all_unknown); j++)
			cells[j] = unknown_cell(&u[i], ps, all_unknown[j].id);
		rc = vmt_out_row(x->view.out, cells);
	}
	return rc == VMT_OK ? vmt_out_rows_end(x->view.out) : rc;
}

static enum vmt_rc put_checks(struct verify *x)
{
	const struct vmt_col *chosen[COUNT(all_check)];
	struct vmt_cell cells[COUNT(all_check)];
	enum vmt_rc rc = begin(&x->view, "checks", all_check, COUNT(all_check), chosen);

	for (size_t i = 0; rc == VMT_OK && i < vmt_checks_count(); i++) {
		if (!x->opts.run[i])
			continue;
		for (size_t j = 0; j < COUNT(all_check); j++)
			cells[j] = check_cell(vmt_checks_at(i), all_check[j].id);
		rc = vmt_out_row(x->view.out, cells);
	}
	return rc == VMT_OK ? vmt_out_rows_end(x->view.out) : rc;
}

/* ---- options ---- */

/* V05,V06: set them in @which. */
static int read_ids(const struct run *r, const char *ids, bool value, bool *which)
{
	while (*ids) {
		size_t n = strcspn(ids, ","), at = vmt_checks_find((struct vmt_str){ids, n});

		if (at == SIZE_MAX)
			return usage_error(r->cmd, "there is no check '%.*s' (see --list-checks)",
					   (int)n, ids);
		which[at] = value;
		ids += n + (ids[n] == ',');
	}
	return 0;
}

static int read_choice(struct verify *x, const struct run *r)
{
	const char *only = r->opt[OPT_CHECK];
	int code = 0;

	if (only)
		code = read_ids(r, only, true, x->named);
	for (size_t i = 0; i < vmt_checks_count(); i++)
		x->opts.run[i] = only ? x->named[i] : true;
	if (code == 0 && r->opt[OPT_SKIP])
		code = read_ids(r, r->opt[OPT_SKIP], false, x->opts.run);
	/* What was not looked at must not pass for sound: a script's empty variable. */
	for (size_t i = 0; code == 0 && i < vmt_checks_count(); i++) {
		if (x->opts.run[i])
			return 0;
	}
	return code ? code : usage_error(r->cmd, "no check is left to run (see --list-checks)");
}

/* ---- a text to compare with ---- */

/* Only for who watches, and only what takes longer than a moment. */
struct bar {
	struct timespec start;
	bool shown;
	struct verify *verify;
};

static int read_text(struct verify *x, const char *path)
{
	struct source s = {.text = NULL};
	/* As list would read it: this command wants memory. */
	struct run as = {.cmd = &cmd_list};
	struct vmt_area a;
	int code = source_open_path(&s, &as, path), more = 0;

	if (code)
		return code;
	vmt_areas_free(x->text);
	x->text = vmt_areas_new();
	while (x->text && (more = source_next(&s, &a)) > 0 && vmt_areas_add(x->text, &a) == VMT_OK)
		;
	/* What areas have of text is borrowed: only their numbers are looked at. */
	source_close(&s);
	return more < 0 ? EXIT_NO_ANSWER : x->text && more == 0 ? 0 : complain_nomem();
}

static enum vmt_rc read_live_text(void *arg, const struct vmt_areas **text)
{
	struct verify *x = ((struct bar *)arg)->verify;
	char path[4400];

	(void)snprintf(path, sizeof(path), "%s/vmallocinfo", x->src.proc);
	if (access(path, R_OK) != 0 || read_text(x, path) != 0)
		return VMT_NONE;
	*text = x->text;
	return VMT_OK;
}

/* ---- the run ---- */

static double since(const struct timespec *start)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void progress(void *arg, const char *what, unsigned permille)
{
	static const char full[] = "####################", none[] = "                    ";
	struct bar *b = arg;
	int at = (int)permille / 50;

	if (!isatty(STDERR_FILENO) || since(&b->start) < 0.5)
		return;
	(void)fprintf(stderr, "\r[%.*s%.*s] %-44.44s", at, full, 20 - at, none, what);
	b->shown = true;
}

/* 1 wins over 4. */
static int verdict(const struct verify *x)
{
	int code = EXIT_ANSWERED;

	for (size_t i = 0; i < vmt_checks_count(); i++) {
		const struct vmt_verdict *v = vmt_report_verdict(x->report, i);

		if (v->findings)
			return EXIT_LOOK_HERE;
		if (v->asked && v->result == VMT_RESULT_UNKNOWN &&
		    (x->named[i] || !v->inapplicable))
			code = EXIT_IN_PART;
	}
	return code;
}

static int print(struct verify *x)
{
	enum vmt_rc rc = VMT_OK;

	if (x->view.opts.format == VMT_OUT_TABLE) {
		verify_print(x);
	} else {
		rc = put_verdicts(x);
		if (rc == VMT_OK)
			rc = put_findings(x);
		if (rc == VMT_OK && x->view.opts.format == VMT_OUT_JSON)
			rc = put_unknowns(x);
		source_json(&x->src, &x->view);
		vmt_out_finish(x->view.out);
	}
	return rc == VMT_OK ? verdict(x) : complain_nomem();
}

static int check(struct verify *x, const struct run *r)
{
	struct bar bar = {.shown = false, .verify = x};
	struct vmt_err err = {0};
	enum vmt_rc rc;
	int code = source_open(&x->src, r);

	if (code == 0 && r->opt[OPT_TEXT] && x->src.kern)
		code = read_text(x, r->opt[OPT_TEXT]);
	if (code)
		return code;
	(void)clock_gettime(CLOCK_MONOTONIC, &bar.start);
	x->opts.progress = progress;
	x->opts.arg = &bar;
	x->opts.live = vmt_mem_about(x->src.mem)->live;
	x->opts.text = r->opt[OPT_TEXT] ? x->text : NULL;
	x->opts.text_same_moment = r->opt[OPT_SAME_MOMENT] != NULL;
	/* Nothing beside the memory of a virtual machine tells of its areas. */
	x->opts.read_text = x->src.proc ? read_live_text : NULL;
	rc = vmt_check_run(&x->report, x->src.kern, &x->opts, &err);
	x->seconds = since(&bar.start);
	if (bar.shown)
		(void)fprintf(stderr, "\r%68s\r", "");
	if (rc != VMT_OK)
		return complain(&err);
	code = print(x);
	/* What is broken is told by the checks; what is missing by the source. */
	if (vmt_mem_about(x->src.mem)->cut) {
		message("%s: the file is cut short: what lies beyond its end is not known",
			x->src.name);
		code = code == EXIT_ANSWERED ? EXIT_IN_PART : code;
	}
	return code;
}

static int run(struct run *r)
{
	struct verify x = {.verbose = r->opt[OPT_VERBOSE] != NULL};
	int code = read_choice(&x, r);

	r->n_names = vmt_checks_symbols(&r->names);
	if (code == 0)
		code = view_open(&x.view, r);
	if (code)
		return code;
	if (!r->opt[OPT_LIST_CHECKS]) {
		code = check(&x, r);
	} else if (x.view.opts.format == VMT_OUT_TABLE) {
		verify_print_checks(&x);
	} else {
		code = put_checks(&x) == VMT_OK ? 0 : complain_nomem();
		vmt_out_finish(x.view.out);
	}
	vmt_report_free(x.report);
	vmt_areas_free(x.text);
	source_close(&x.src);
	view_close(&x.view);
	return code;
}

const struct cmd cmd_verify = {
	.name = "verify",
	.group = "Check",
	.summary = "Hold the kernel's records of vmalloc space against its page tables.",
	.operands = "[SOURCE]",
	.opts = opts,
	.n_opts = COUNT(opts),
	.cols = cols,
	.n_cols = COUNT(cols),
	.default_cols = "ID,TITLE,RESULT,LOOKED_AT,UNKNOWN,FINDINGS",
	.takes_source = true,
	.live = LIVE_MEMORY,
	.of_text = "--text FILE beside it compares what a text of vmallocinfo says",
	.symbols = true,
	.run = run,
};
