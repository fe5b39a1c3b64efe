// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool trend: what grows, from the samples of a directory. */
#include <locale.h>
#include <string.h>
#include <time.h>

#include "trend.h"

/* More moments than this are thinned out: a week of minutes is not. */
#define POINTS 16384

enum { OPT_BY = OPT_OWN, OPT_MEASURE, OPT_SINCE, OPT_UNTIL, OPT_COUNT };

static const struct cmd_opt opts[] = {
	{"by", 0, "KEY", OPT_BY, "sum by caller (default), function, what, owner, ...",
	 "caller function what module kind node size flags owner file subsystem"},
	{"measure", 0, "WHAT", OPT_MEASURE, "judge the size (default), resident or areas",
	 "size resident areas"},
	{"since", 0, "TIME", OPT_SINCE,
	 "samples from then on: 2026-11-22T18:00, or 6h before the last", NULL},
	{"until", 0, "TIME", OPT_UNTIL, "samples up to then", NULL},
	{"count", 'N', "COUNT", OPT_COUNT, "print this many rows; 0: all (default 20)", NULL},
};

static const struct vmt_col cols[] = {
	{"KEY", NULL, 0.3, VMT_COL_TRUNC, "what --by sums by; bears that name", COL_KEY},
	{"BOOT", NULL, 0, VMT_COL_RIGHT, "number of the boot, from 1", COL_BOOT},
	{"VERDICT", NULL, 0, 0, "steady growth, steady decline, step, sawtooth, flat, ...",
	 COL_VERDICT},
	{"FIRST", NULL, 0, VMT_COL_RIGHT, "what --measure says, in the first sample", COL_FIRST},
	{"LAST", NULL, 0, VMT_COL_RIGHT, "the same in the last", COL_LAST},
	{"CHANGE", NULL, 0, VMT_COL_RIGHT, "LAST - FIRST", COL_CHANGE},
	{"PER_HOUR", "PER HOUR", 0, VMT_COL_RIGHT, "slope: the median of all pairs", COL_PER_HOUR},
	{"TREND", NULL, 0, 0, "its shape", COL_TREND},
	{"EVIDENCE", NULL, 0.3, VMT_COL_TRUNC, "what the verdict rests on", COL_EVIDENCE},
	{"WHAT", NULL, 0.2, VMT_COL_TRUNC, "what the memory is for, where it is well known",
	 COL_WHAT},
	{"LOW", NULL, 0, VMT_COL_RIGHT, "least of all samples", COL_LOW},
	{"HIGH", NULL, 0, VMT_COL_RIGHT, "greatest of all samples", COL_HIGH},
	{"TAU", NULL, 0, VMT_COL_RIGHT,
	 "Kendall's tau: 1 never falls, 0 no direction, -1 never rises", COL_TAU},
	{"RISING", NULL, 0, VMT_COL_RIGHT, "steps between parts of the time that rise", COL_RISING},
	{"NOISE", NULL, 0, VMT_COL_RIGHT, "standard deviation from sample to sample", COL_NOISE},
	{"SAMPLES", NULL, 0, VMT_COL_RIGHT, "samples of the boot", COL_SAMPLES},
};

/* ---- options ---- */

/* 2026-11-22T18:00[:00][Z], with a blank for T, or the date alone; UTC, as names of samples are. */
static bool parse_date(const char *s, double *at)
{
	static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
					    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M",
					    "%Y%m%dT%H%M%S",	 "%Y-%m-%d"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {0};
		const char *end = strptime(s, forms[i], &tm);

		if (end && (!*end || strcmp(end, "Z") == 0)) {
			*at = (double)timegm(&tm);
			return true;
		}
	}
	return false;
}

/* A date, or a time span before the last sample. */
static int parse_when(const struct trend *t, const char *name, const char *s, double last,
		      double *at)
{
	double span;

	if (!s || parse_date(s, at))
		return 0;
	if (vmt_num_span(s, &span)) {
		*at = last - span;
		return 0;
	}
	return usage_error(t->run->cmd,
			   "--%s is a time in UTC (2026-11-22T18:00) or a span before the last "
			   "sample (6h, 2d), not '%s'",
			   name, s);
}

static int parse_options(struct trend *t, const struct run *r)
{
	double ignored;
	int code;

	t->run = r;
	t->count = 20;
	t->since = r->opt[OPT_SINCE];
	t->until = r->opt[OPT_UNTIL];
	if (r->opt[OPT_BY] && !vmt_group_by_parse(r->opt[OPT_BY], &t->by))
		return usage_error(r->cmd,
				   "--by is caller, function, what, module, kind, node, "
				   "size, flags, owner, file or subsystem, not '%s'",
				   r->opt[OPT_BY]);
	if (r->opt[OPT_MEASURE] && !vmt_measure_parse(r->opt[OPT_MEASURE], &t->measure))
		return usage_error(r->cmd, "--measure is size, resident or areas, not '%s'",
				   r->opt[OPT_MEASURE]);
	if (r->opt[OPT_COUNT] && !vmt_num_parse(vmt_str(r->opt[OPT_COUNT]), 10, &t->count))
		return usage_error(r->cmd, "--count is a number, not '%s'", r->opt[OPT_COUNT]);
	code = parse_when(t, "since", t->since, 0, &ignored);
	if (code == 0)
		code = parse_when(t, "until", t->until, 0, &ignored);
	return code ? code : source_page_size_option(r, &t->page_size);
}

/* ---- reading ---- */

/* As cmd/source.c does for one source: the module whose text begins in the area. */
static void name_module(struct vmt_text *text, struct vmt_area *a)
{
	if (a->module.n || a->kind != VMT_KIND_VMALLOC || !vmt_area_is_real(a))
		return;
	a->module = vmt_facts_module_in(vmt_text_facts(text), a->start, a->end);
	if (a->module.n) {
		a->flags |= VMT_AREA_HOUSES_MODULE;
		a->twin = 0;
	}
}

static enum vmt_rc sum(const struct trend *t, struct vmt_text *text, struct vmt_groups *groups,
		       struct vmt_err *err)
{
	struct vmt_area a;
	enum vmt_rc rc;

	while ((rc = vmt_text_next(text, &a, err)) == VMT_OK) {
		if (a.kind == VMT_KIND_UNPURGED)
			continue;
		if (t->by == VMT_BY_MODULE)
			name_module(text, &a);
		if (vmt_groups_add(groups, &a, NULL, NULL) != VMT_OK)
			return vmt_err_nomem(err);
	}
	return rc == VMT_NONE ? VMT_OK : rc;
}

/* The kernel of a boot is that of its first sample, which has been read. */
static int open_lookup(struct trend *t, struct trend_boot *boot, struct vmt_text *text)
{
	struct source s = {.text = text, .name = vmt_text_name(text)};
	int code;

	if (boot->lookup.sym)
		return 0;
	vmt_facts_init(&s.facts);
	code = lookup_open(&boot->lookup, t->run, &s);
	vmt_facts_deinit(&s.facts);
	return code;
}

/* @return VMT_FORMAT: the sample is damaged; what is missing in it would look like a fall. */
static enum vmt_rc read_text(struct trend *t, const struct vmt_sample *sample,
			     struct vmt_text *text, struct vmt_err *err)
{
	uint64_t page_size = vmt_text_page_size(text, NULL);
	struct trend_boot *boot = &t->boots[sample->boot];
	bool symbols = vmt_group_by_symbols(t->by);
	struct vmt_groups *groups = vmt_groups_new(symbols ? VMT_BY_CALLER : t->by, page_size);
	const struct vmt_text_stats *stats;
	enum vmt_rc rc = groups ? sum(t, text, groups, err) : vmt_err_nomem(err);

	stats = vmt_text_stats(text);
	if (rc == VMT_OK && stats->cut) {
		*err = stats->cut_err;
		if (!err->code)
			(void)vmt_err_set(err, VMT_FORMAT, "%s: is cut short", sample->path);
		rc = VMT_FORMAT;
	}
	if (rc == VMT_OK && symbols) {
		t->fatal = open_lookup(t, boot, text);
		if (!t->fatal)
			t->fatal = lookup_regroup(&boot->lookup, &groups, t->by, page_size);
		rc = t->fatal ? VMT_IO : VMT_OK;
	}
	if (rc == VMT_OK) {
		t->odd_lines += stats->unparsed;
		t->odd_samples += stats->unparsed > 0;
		rc = vmt_series_add(boot->series, sample->at, groups);
	}
	vmt_groups_free(groups);
	return rc;
}

static enum vmt_rc read_sample(struct trend *t, const struct vmt_sample *sample,
			       struct vmt_err *err)
{
	struct vmt_text_opts text_opts = {.page_size = t->page_size};
	struct vmt_file *file;
	struct vmt_text *text;
	enum vmt_rc rc = vmt_file_open(&file, sample->path, err);

	if (rc == VMT_OK)
		rc = vmt_text_open(&text, file, &text_opts, err);
	if (rc != VMT_OK)
		return rc;
	rc = read_text(t, sample, text, err);
	vmt_text_close(text);
	return rc;
}

/* One sample into the series of its boot. @return 0, or an exit code after a message. */
static int add_sample(struct trend *t, const struct vmt_sample *sample)
{
	struct trend_boot *boot = &t->boots[sample->boot];
	struct vmt_err err = {0};
	enum vmt_rc rc;

	if (!boot->series)
		boot->series = vmt_series_new(POINTS);
	if (!boot->series)
		return complain_nomem();
	rc = read_sample(t, sample, &err);
	if (t->fatal)
		return t->fatal;
	if (rc == VMT_NOMEM)
		return complain_nomem();
	if (rc != VMT_OK) {
		if (!t->damaged++)
			t->first_damage = err;
		return 0;
	}
	if (!boot->samples++)
		boot->from = sample->at;
	boot->to = sample->at;
	return 0;
}

static bool chosen(const struct vmt_sample *s, double since, double until)
{
	return s->at >= since && s->at <= until;
}

static int read_all(struct trend *t)
{
	size_t n = vmt_samples_count(t->samples), within = 0;
	double last = 0, since = -1e300, until = 1e300;
	struct progress p;
	int code;

	for (size_t i = 0; i < n; i++)
		last = vmt_samples_at(t->samples, i)->at > last ? vmt_samples_at(t->samples, i)->at
								: last;
	code = parse_when(t, "since", t->since, last, &since);
	if (code == 0)
		code = parse_when(t, "until", t->until, last, &until);
	for (size_t i = 0; i < n; i++)
		within += chosen(vmt_samples_at(t->samples, i), since, until);
	if (code == 0 && !within) {
		message("no sample of the %zu lies between --since and --until", n);
		code = EXIT_NO_ANSWER;
	}
	progress_begin(&p, "reading samples", within);
	for (size_t i = 0; code == 0 && i < n; i++) {
		const struct vmt_sample *s = vmt_samples_at(t->samples, i);

		if (!chosen(s, since, until))
			continue;
		code = add_sample(t, s);
		progress_step(&p);
	}
	progress_end(&p);
	return code;
}

/* ---- judging ---- */

static enum vmt_rc judge_key(struct trend *t, uint32_t number, size_t key, const double *at,
			     double *values, struct vmt_trend *into)
{
	const struct trend_boot *b = &t->boots[number];

	vmt_series_values(b->series, key, t->measure, values);
	if (vmt_trend_judge(at, values, vmt_series_points(b->series), into) != VMT_OK)
		return VMT_NOMEM;
	t->growing += into->verdict == VMT_TREND_GROWTH;
	return VMT_OK;
}

static enum vmt_rc judge_boot(struct trend *t, uint32_t number)
{
	struct trend_boot *b = &t->boots[number];
	size_t n = vmt_series_points(b->series);
	double *at VMT_FREE = calloc(n + 1, sizeof(*at));
	double *values VMT_FREE = calloc(n + 1, sizeof(*values));

	if (!at || !values)
		return VMT_NOMEM;
	for (size_t i = 0; i < n; i++)
		at[i] = vmt_series_at(b->series, i);
	for (size_t k = 0; k < vmt_series_keys(b->series); k++) {
		if (vmt_grow(&t->rows, &t->cap_rows, t->n_rows + 1, sizeof(*t->rows)) != VMT_OK)
			return VMT_NOMEM;
		t->rows[t->n_rows] = (struct trend_row){.boot = number, .key = k};
		if (judge_key(t, number, k, at, values, &t->rows[t->n_rows].t) != VMT_OK)
			return VMT_NOMEM;
		t->n_rows++;
	}
	t->n_judged += n >= VMT_TREND_POINTS;
	return judge_key(t, number, VMT_SERIES_TOTAL, at, values, &b->total);
}

static int judge_all(struct trend *t)
{
	for (uint32_t i = 0; i < t->n_boots; i++) {
		if (t->boots[i].samples && judge_boot(t, i) != VMT_OK)
			return complain_nomem();
	}
	return 0;
}

/* ---- the whole ---- */

static int open_samples(struct trend *t, const struct run *r)
{
	struct vmt_err err = {0};
	enum vmt_rc rc;

	t->samples = vmt_samples_new();
	if (!t->samples)
		return complain_nomem();
	for (int i = 0; i < r->n_args; i++) {
		if (vmt_samples_add(t->samples, r->args[i], &err) != VMT_OK)
			return complain(&err);
	}
	rc = vmt_samples_settle(t->samples, &err);
	if (rc != VMT_OK)
		return complain(&err);
	t->n_boots = vmt_samples_boots(t->samples);
	t->boots = calloc(t->n_boots + 1, sizeof(*t->boots));
	return t->boots ? 0 : complain_nomem();
}

/* What was odd, once, at the end. */
static int report(struct trend *t, int code)
{
	const struct vmt_err *why;
	size_t unread = vmt_samples_left_out(t->samples, &why);
	struct lookup *before = NULL;

	(void)fflush(stdout);
	for (size_t i = 0; i < t->n_boots; i++) {
		if (!t->boots[i].lookup.sym)
			continue;
		t->boots[i].lookup.before = before;
		code = lookup_report(&t->boots[i].lookup, code);
		before = &t->boots[i].lookup;
	}
	if (unread + t->damaged) {
		(void)complain(unread ? why : &t->first_damage);
		message("%zu samples are damaged or gone, and left out", unread + t->damaged);
	}
	if (t->odd_lines)
		message("%llu lines of %zu samples were not understood: vmtool list --odd SAMPLE "
			"shows them",
			(unsigned long long)t->odd_lines, t->odd_samples);
	if (t->odd_lines && t->run->opt[OPT_STRICT])
		return EXIT_NO_ANSWER;
	if (!t->n_judged)
		message("too few samples for a verdict: %d of one boot are needed",
			VMT_TREND_POINTS);
	return code == EXIT_ANSWERED && (unread + t->damaged || !t->n_judged) ? EXIT_IN_PART : code;
}

static void trend_close(struct trend *t)
{
	for (size_t i = 0; t->boots && i < t->n_boots; i++) {
		vmt_series_free(t->boots[i].series);
		lookup_close(&t->boots[i].lookup);
	}
	free(t->boots);
	free(t->rows);
	vmt_samples_free(t->samples);
	view_close(&t->view);
}

static bool any_read(const struct trend *t)
{
	for (size_t i = 0; i < t->n_boots; i++) {
		if (t->boots[i].samples)
			return true;
	}
	return false;
}

static int run(struct run *r)
{
	struct trend t = {0};
	int code = parse_options(&t, r);

	/* Sparklines are UTF-8 where the terminal is. */
	(void)setlocale(LC_CTYPE, "");
	r->key = group_column(t.by);
	if (code == 0)
		code = view_open(&t.view, r);
	if (code == 0)
		code = open_samples(&t, r);
	if (code == 0)
		code = read_all(&t);
	if (code == 0 && !any_read(&t))
		code = complain(&t.first_damage);
	if (code == 0)
		code = judge_all(&t);
	if (code == 0)
		code = report(&t, trend_show(&t));
	trend_close(&t);
	return code;
}

const struct cmd cmd_trend = {
	.name = "trend",
	.group = "Over time",
	.summary = "What grows steadily, from the samples of vmtool record.",
	.operands = "DIR|FILE ...",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.cols = cols,
	.n_cols = sizeof(cols) / sizeof(cols[0]),
	.default_cols = "KEY,VERDICT,FIRST,LAST,PER_HOUR,TREND",
	.machine_cols = "KEY,BOOT,VERDICT,FIRST,LAST,CHANGE,PER_HOUR,TAU,RISING,NOISE,LOW,HIGH,"
			"SAMPLES,EVIDENCE,WHAT",
	.min_args = 1,
	.max_args = 1 << 20,
	.symbols = true,
	.run = run,
};
