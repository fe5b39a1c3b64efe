// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool trend: rows, and the sentences around them. */
#include <langinfo.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "trend.h"

#define SPARK	 16
#define SPOKEN	 5 /* growing keys whose evidence is told under the table */
#define EVIDENCE 200

static bool is_bytes(const struct trend *t)
{
	return t->measure != VMT_MEASURE_AREAS;
}

/* ---- cells ---- */

static int64_t whole(double v)
{
	return v >= 9.2e18    ? INT64_MAX
	       : v <= -9.2e18 ? -INT64_MAX
			      : (int64_t)(v + (v < 0 ? -0.5 : 0.5));
}

static struct vmt_cell value(const struct trend *t, double v)
{
	uint64_t u = v >= 1.8e19 ? UINT64_MAX : v <= 0 ? 0 : (uint64_t)(v + 0.5);

	return vmt_cell_u(is_bytes(t) ? VMT_CELL_BYTES : VMT_CELL_COUNT, u);
}

static struct vmt_cell change(const struct trend *t, double v)
{
	return (struct vmt_cell){.type = is_bytes(t) ? VMT_CELL_DELTA : VMT_CELL_DELTA_COUNT,
				 .i = whole(v)};
}

/* Less than one area an hour is much; less than one byte is not. */
static struct vmt_cell per_hour(const struct trend *t, double slope)
{
	if (is_bytes(t))
		return change(t, slope * 3600);
	return (struct vmt_cell){.type = VMT_CELL_REAL, .d = slope * 3600};
}

static const char *text_of(const struct trend *t, struct vmt_cell c, char *buf, size_t size)
{
	vmt_cell_text(&c, t->view.opts.bytes, buf, size);
	return buf;
}

static const char *date_as(double at, const char *form, char buf[32])
{
	time_t s = (time_t)at;
	struct tm tm;

	if (at < 0 || at > 253402300799.0 || !gmtime_r(&s, &tm) || !strftime(buf, 32, form, &tm))
		(void)snprintf(buf, 32, "?");
	return buf;
}

static const char *date(double at, char buf[32])
{
	return date_as(at, "%Y-%m-%d %H:%MZ", buf);
}

/* ---- evidence ---- */

static void evidence_of_growth(const struct trend *t, const struct vmt_trend *v, double from,
			       char *buf, size_t size)
{
	bool up = v->verdict == VMT_TREND_GROWTH;
	size_t of = v->parts - 1, n = 0;
	char noise[64], when[32];

	if (v->when > from)
		n = (size_t)snprintf(buf, size, "since %s: ", date(v->when, when));
	if (v->floor)
		(void)snprintf(
			buf + n, size - n, "a sawtooth whose %s %s in %zu of %zu parts, tau %.2f",
			up ? "floor rose" : "top fell", "", v->floor_rising, of, v->kendall.tau);
	else
		(void)snprintf(buf + n, size - n, "%s in %zu of %zu parts, tau %.2f, noise %s",
			       up ? "rose" : "fell", up ? v->rising : v->falling, of,
			       v->kendall.tau,
			       text_of(t, value(t, v->noise), noise, sizeof(noise)));
}

static const char *evidence(const struct trend *t, const struct vmt_trend *v, double from,
			    char *buf, size_t size)
{
	char a[64], b[64], when[32];

	switch (v->verdict) {
	case VMT_TREND_UNKNOWN:
		(void)snprintf(buf, size, "%zu samples; %d are needed", v->points,
			       VMT_TREND_POINTS);
		break;
	case VMT_TREND_GROWTH:
	case VMT_TREND_DECLINE: evidence_of_growth(t, v, from, buf, size); break;
	case VMT_TREND_STEP:
		(void)snprintf(buf, size, "by %s at %s",
			       text_of(t, change(t, v->step), a, sizeof(a)), date(v->when, when));
		break;
	case VMT_TREND_LEVELLED:
		(void)snprintf(buf, size, "by %s, and little more since %s",
			       text_of(t, change(t, v->last - v->first), a, sizeof(a)),
			       date(v->when, when));
		break;
	case VMT_TREND_SAWTOOTH:
	case VMT_TREND_SPIKE:
		(void)snprintf(buf, size, "rose %zu and fell %zu times, between %s and %s",
			       v->rises, v->falls, text_of(t, value(t, v->low), a, sizeof(a)),
			       text_of(t, value(t, v->high), b, sizeof(b)));
		break;
	case VMT_TREND_FLAT:
		if (v->high > v->low)
			(void)snprintf(buf, size, "between %s and %s, tau %.2f",
				       text_of(t, value(t, v->low), a, sizeof(a)),
				       text_of(t, value(t, v->high), b, sizeof(b)), v->kendall.tau);
		else
			(void)snprintf(buf, size, "never changed");
		break;
	}
	return buf;
}

/* ---- rows ---- */

/* What a row's cells need until it is written. */
struct room {
	char spark[VMT_SPARK_BYTES(SPARK)], evidence[EVIDENCE];
};

static struct vmt_cell spark(const struct trend *t, const struct trend_row *row, struct room *room)
{
	const struct vmt_series *s = t->boots[row->boot].series;
	size_t n = vmt_series_points(s);
	double *values VMT_FREE = calloc(n + 1, sizeof(*values));
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

	if (!values)
		return vmt_cell_null();
	vmt_series_values(s, row->key, t->measure, values);
	(void)vmt_spark(room->spark, sizeof(room->spark), values, n, SPARK,
			utf8 && t->view.opts.format == VMT_OUT_TABLE);
	return vmt_cell_s(VMT_CELL_STR, vmt_str(room->spark));
}

static struct vmt_cell figure(const struct trend *t, int id, const struct trend_row *row)
{
	const struct vmt_trend *v = &row->t;

	switch (id) {
	case COL_BOOT: return vmt_cell_u(VMT_CELL_COUNT, row->boot + UINT64_C(1));
	case COL_FIRST: return value(t, v->first);
	case COL_LAST: return value(t, v->last);
	case COL_CHANGE: return change(t, v->last - v->first);
	case COL_LOW: return value(t, v->low);
	case COL_HIGH: return value(t, v->high);
	case COL_SAMPLES: return vmt_cell_u(VMT_CELL_COUNT, t->boots[row->boot].samples);
	}
	/* Without a verdict there are no figures either. */
	if (v->verdict == VMT_TREND_UNKNOWN)
		return vmt_cell_null();
	switch (id) {
	case COL_PER_HOUR: return per_hour(t, v->slope);
	case COL_TAU: return (struct vmt_cell){.type = VMT_CELL_REAL, .d = v->kendall.tau};
	case COL_RISING: return vmt_cell_u(VMT_CELL_COUNT, v->rising);
	case COL_NOISE: return value(t, v->noise);
	}
	return vmt_cell_null();
}

static struct vmt_cell cell(const struct trend *t, int id, const struct trend_row *row,
			    struct room *room)
{
	const struct trend_boot *b = &t->boots[row->boot];
	const char *what;

	switch (id) {
	case COL_KEY:
		return vmt_cell_s(t->by == VMT_BY_FLAGS ? VMT_CELL_WORDS : VMT_CELL_STR,
				  vmt_series_key(b->series, row->key));
	case COL_VERDICT:
		return vmt_cell_s(VMT_CELL_STR, vmt_str(vmt_trend_verdict_name(row->t.verdict)));
	case COL_TREND: return spark(t, row, room);
	case COL_EVIDENCE:
		return vmt_cell_s(VMT_CELL_STR,
				  vmt_str(evidence(t, &row->t, b->from, room->evidence,
						   sizeof(room->evidence))));
	case COL_WHAT:
		what = vmt_series_what(b->series, row->key);
		return what ? vmt_cell_s(VMT_CELL_STR, vmt_str(what)) : vmt_cell_null();
	default: return figure(t, id, row);
	}
}

/* What needs a look first. */
static int rank(enum vmt_trend_verdict v)
{
	static const int ranks[] = {
		[VMT_TREND_GROWTH] = 0,	  [VMT_TREND_STEP] = 1,	 [VMT_TREND_LEVELLED] = 1,
		[VMT_TREND_SAWTOOTH] = 2, [VMT_TREND_SPIKE] = 2, [VMT_TREND_DECLINE] = 3,
		[VMT_TREND_UNKNOWN] = 4,  [VMT_TREND_FLAT] = 5,
	};

	return ranks[v];
}

static double weight(const struct trend_row *r)
{
	double w = r->t.verdict == VMT_TREND_GROWTH ? r->t.slope : r->t.last - r->t.first;

	return w < 0 ? -w : w;
}

static int by_rank(const void *pa, const void *pb, void *arg)
{
	const struct trend_row *a = pa, *b = pb;
	const struct trend *t = arg;
	int ra = rank(a->t.verdict), rb = rank(b->t.verdict);

	if (ra != rb)
		return ra - rb;
	if (weight(a) < weight(b) || weight(a) > weight(b))
		return weight(a) < weight(b) ? 1 : -1;
	if (a->t.last < b->t.last || a->t.last > b->t.last)
		return a->t.last < b->t.last ? 1 : -1;
	ra = vmt_str_cmp(vmt_series_key(t->boots[a->boot].series, a->key),
			 vmt_series_key(t->boots[b->boot].series, b->key));
	return ra ? ra : (a->boot > b->boot) - (a->boot < b->boot);
}

static enum vmt_rc print_rows(struct trend *t)
{
	struct vmt_cell cells[CELLS_MAX];
	struct room room;
	struct view *v = &t->view;
	struct vmt_col key;
	enum vmt_rc rc;

	for (size_t i = 0; i < v->n_cols; i++) {
		if (v->cols[i]->id != COL_KEY)
			continue;
		key = *v->cols[i];
		key.name = group_column(t->by);
		v->cols[i] = &key;
		break;
	}
	rc = view_begin(v, "trend");
	for (size_t k = 0; rc == VMT_OK && k < t->n_rows && (!t->count || k < t->count); k++) {
		for (size_t i = 0; i < v->n_cols; i++) {
			/* One sparkline and one sentence a row: the same room holds them. */
			cells[i] = cell(t, v->cols[i]->id, &t->rows[k], &room);
		}
		rc = vmt_out_row(v->out, cells);
	}
	return rc == VMT_OK ? vmt_out_rows_end(v->out) : rc;
}

/* ---- around them ---- */

static size_t boots_with_samples(const struct trend *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_boots; i++)
		n += t->boots[i].samples > 0;
	return n;
}

static void say_boot(struct trend *t, uint32_t i, bool numbered)
{
	const struct trend_boot *b = &t->boots[i];
	const struct vmt_boot *about = vmt_samples_boot(t->samples, i);
	char n[VMT_NUM_GROUPED], from[32], to[32], first[64], last[64], slope[64], number[32] = "";
	char line[VMT_SPARK_BYTES(SPARK)] = "";
	const char *form = b->to - b->from < 600 ? "%Y-%m-%d %H:%M:%SZ" : "%Y-%m-%d %H:%MZ";
	struct room room;
	struct vmt_cell c =
		spark(t, &(struct trend_row){.boot = i, .key = VMT_SERIES_TOTAL}, &room);

	if (c.type == VMT_CELL_STR)
		(void)snprintf(line, sizeof(line), "%s", room.spark);
	if (numbered)
		(void)snprintf(number, sizeof(number), "boot %u: ", i + 1);
	say("", "%s%s samples%s%s%s%s, %s to %s", number, vmt_num_grouped(n, b->samples),
	    about->host[0] ? " of " : "", ESC(vmt_str(about->host)),
	    about->kernel[0] ? ", Linux " : "", ESC(vmt_str(about->kernel)),
	    date_as(b->from, form, from), date_as(b->to, form, to));
	(void)printf("  %s %s -> %s", vmt_measure_name(t->measure),
		     text_of(t, value(t, b->total.first), first, sizeof(first)),
		     text_of(t, value(t, b->total.last), last, sizeof(last)));
	if (b->total.verdict != VMT_TREND_UNKNOWN)
		(void)printf(", %s, %s an hour  %s", vmt_trend_verdict_name(b->total.verdict),
			     text_of(t, per_hour(t, b->total.slope), slope, sizeof(slope)), line);
	(void)putchar('\n');
}

static void say_head(struct trend *t)
{
	bool numbered = boots_with_samples(t) > 1;

	for (uint32_t i = 0; i < t->n_boots; i++) {
		if (t->boots[i].samples)
			say_boot(t, i, numbered);
	}
	(void)putchar('\n');
}

/* The evidence of what grows, in sentences. */
static void say_foot(struct trend *t)
{
	size_t grow = 0, totals = 0;
	char buf[EVIDENCE], slope[64];
	const char *by;

	while (grow < t->n_rows && t->rows[grow].t.verdict == VMT_TREND_GROWTH)
		grow++;
	totals = t->growing - grow;
	if (t->count && t->n_rows > t->count)
		(void)printf("(%llu of %zu rows; -N 0 shows all)\n", (unsigned long long)t->count,
			     t->n_rows);
	for (size_t k = 0; k < grow && k < SPOKEN; k++) {
		const struct trend_row *r = &t->rows[k];
		struct vmt_str key = vmt_series_key(t->boots[r->boot].series, r->key);

		by = text_of(t, per_hour(t, r->t.slope), slope, sizeof(slope));
		say("", "%s grows by %s an hour: %s.", key.n ? ESC(key) : "-", by + (*by == '+'),
		    evidence(t, &r->t, t->boots[r->boot].from, buf, sizeof(buf)));
	}
	if (grow > SPOKEN)
		(void)printf("%zu more grow; -o +EVIDENCE tells of each.\n", grow - SPOKEN);
	else if (!grow && totals)
		(void)puts("No single one grows steadily, but all together do.");
	else if (!grow && t->n_judged)
		(void)puts("Nothing grows steadily.");
}

static void json_boots(struct trend *t)
{
	static const struct vmt_col boot_cols[] = {
		{"BOOT", NULL, 0, 0, "", 0},	  {"BOOT_ID", NULL, 0, 0, "", 1},
		{"HOST", NULL, 0, 0, "", 2},	  {"KERNEL", NULL, 0, 0, "", 3},
		{"SAMPLES", NULL, 0, 0, "", 4},	  {"FROM", NULL, 0, 0, "", 5},
		{"TO", NULL, 0, 0, "", 6},	  {"VERDICT", NULL, 0, 0, "", 7},
		{"FIRST", NULL, 0, 0, "", 8},	  {"LAST", NULL, 0, 0, "", 9},
		{"PER_HOUR", NULL, 0, 0, "", 10}, {"EVIDENCE", NULL, 0, 0, "", 11},
	};
	const struct vmt_col *c[12];
	char buf[EVIDENCE];

	for (size_t i = 0; i < 12; i++)
		c[i] = &boot_cols[i];
	(void)vmt_out_rows_begin(t->view.out, "boots", c, 12);
	for (uint32_t i = 0; i < t->n_boots; i++) {
		const struct vmt_boot *about = vmt_samples_boot(t->samples, i);
		const struct trend_boot *b = &t->boots[i];
		const struct trend_row row = {.boot = i, .t = b->total};

		if (!b->samples)
			continue;
		(void)vmt_out_row(
			t->view.out,
			(struct vmt_cell[]){
				figure(t, COL_BOOT, &row),
				vmt_cell_s(VMT_CELL_STR, vmt_str(about->id)),
				vmt_cell_s(VMT_CELL_STR, vmt_str(about->host)),
				vmt_cell_s(VMT_CELL_STR, vmt_str(about->kernel)),
				figure(t, COL_SAMPLES, &row),
				vmt_cell_u(VMT_CELL_COUNT, b->from > 0 ? (uint64_t)b->from : 0),
				vmt_cell_u(VMT_CELL_COUNT, b->to > 0 ? (uint64_t)b->to : 0),
				cell(t, COL_VERDICT, &row, NULL),
				figure(t, COL_FIRST, &row),
				figure(t, COL_LAST, &row),
				figure(t, COL_PER_HOUR, &row),
				vmt_cell_s(VMT_CELL_STR, vmt_str(evidence(t, &b->total, b->from,
									  buf, sizeof(buf)))),
			});
	}
	(void)vmt_out_rows_end(t->view.out);
}

int trend_show(struct trend *t)
{
	bool words = t->view.opts.format == VMT_OUT_TABLE && !t->view.opts.no_headings;
	const struct run *r = t->run;
	int code;

	qsort_r(t->rows, t->n_rows, sizeof(*t->rows), by_rank, t);
	/* With several boots a row must tell which. */
	if (boots_with_samples(t) > 1 && t->view.opts.format == VMT_OUT_TABLE &&
	    !r->opt[OPT_OUTPUT]) {
		code = view_choose(&t->view, r, "KEY,BOOT,VERDICT,FIRST,LAST,PER_HOUR,TREND");
		if (code)
			return code;
	}
	if (words)
		say_head(t);
	if (print_rows(t) != VMT_OK)
		return complain_nomem();
	if (words)
		say_foot(t);
	if (t->view.opts.format == VMT_OUT_JSON)
		json_boots(t);
	vmt_out_finish(t->view.out);
	return t->growing ? EXIT_LOOK_HERE : EXIT_ANSWERED;
}
