// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers: what checks say, kept and counted. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* Of one check; more are counted only. */
#define KEPT_MAX 1000

const char *vmt_result_name(enum vmt_result result)
{
	static const char *const names[] = {"ok", "finding", "unknown"};

	return names[result];
}

const char *vmt_severity_name(enum vmt_severity severity)
{
	static const char *const names[] = {"severe", "wrong", "odd"};

	return names[severity];
}

bool asked(const struct ctx *c, size_t check)
{
	return c->report->verdicts[check].asked;
}

bool afford(struct ctx *c, uint64_t n)
{
	if (n > c->left)
		return false;
	c->left -= n;
	return true;
}

void look(struct ctx *c, size_t check, size_t unit, uint64_t n)
{
	c->report->verdicts[check].looked_at[unit] += n;
}

void note(struct ctx *c, size_t check, const char *fmt, ...)
{
	struct vmt_verdict *v = &c->report->verdicts[check];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(v->note, sizeof(v->note), fmt, ap);
	va_end(ap);
}

void inapplicable(struct ctx *c, size_t check, const char *why)
{
	c->report->verdicts[check].inapplicable = true;
	note(c, check, "%s", why);
}

enum vmt_rc unknown(struct ctx *c, size_t check, uint64_t n, uint64_t va, uint64_t pa,
		    const char *why, ...)
{
	struct vmt_report *r = c->report;
	struct vmt_unknown *u;
	va_list ap;

	if (!r->verdicts[check].asked || !n)
		return VMT_OK;
	r->verdicts[check].unknown = vmt_num_add(r->verdicts[check].unknown, n);
	if (r->kept_unknown[check] >= KEPT_MAX)
		return VMT_OK;
	if (vmt_grow(&r->unknowns, &r->cap_unknowns, r->n_unknowns + 1, sizeof(*u)) != VMT_OK)
		return r->nomem = VMT_NOMEM;
	r->kept_unknown[check]++;
	u = &r->unknowns[r->n_unknowns++];
	*u = (struct vmt_unknown){.check = check, .va = va, .pa = pa, .n = n};
	va_start(ap, why);
	(void)vsnprintf(u->why, sizeof(u->why), why, ap);
	va_end(ap);
	return VMT_OK;
}

enum vmt_rc unknown_now(struct ctx *c, size_t check, uint64_t va, const char *why, ...)
{
	char text[sizeof(((struct vmt_unknown *)0)->why)];
	va_list ap;

	va_start(ap, why);
	(void)vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	c->report->passing[check] = true;
	return unknown(c, check, 1, va, VMT_FACT_NONE, "%s", text);
}

enum vmt_rc unread(struct ctx *c, size_t check, uint64_t n, uint64_t va, enum vmt_rc rc,
		   const struct vmt_err *err, const char *what)
{
	if (rc == VMT_NOMEM)
		return c->report->nomem = rc;
	if (rc == VMT_EXCLUDED)
		return unknown(c, check, n, va, err->where, "%s: the dump left it out", what);
	return unknown(c, check, n, va, err->where ? err->where : VMT_FACT_NONE, "%s: %s", what,
		       err->text);
}

enum vmt_rc tasks_end(struct ctx *c, size_t check, const struct vmt_fault *fault)
{
	static const char *const what = "the list of tasks breaks off";

	if (fault->code != VMT_FORMAT)
		return unread(c, check, 1, fault->va, fault->code, &fault->err, what);
	return unknown(c, check, 1, fault->va, VMT_FACT_NONE, "%s: %s", what, fault->what);
}

enum vmt_rc unknown_for(struct ctx *c, size_t check, uint64_t n, uint64_t va,
			const struct vmt_err *err, const char *why)
{
	if (err->code == VMT_NOMEM)
		return c->report->nomem = VMT_NOMEM;
	return unknown(c, check, n, va, err->where ? err->where : VMT_FACT_NONE, "%s", why);
}

static uint64_t stamp_of(const struct vmt_karea *k)
{
	const uint64_t parts[] = {k->vmap_area_va, k->vm_struct_va, k->va_start,  k->va_end,
				  k->pages_va,	   k->area.pages,   k->caller_va, k->vm_flags};
	uint64_t h = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		h = (h ^ parts[i]) * UINT64_C(0x9e3779b97f4a7c15) + (h >> 29);
	return h;
}

struct vmt_finding *finding(struct ctx *c, size_t check, enum vmt_severity severity,
			    const struct subject *s, uint64_t va, const char *means,
			    const char *next)
{
	struct vmt_report *r = c->report;
	struct vmt_finding *f;

	r->spare.check = N_CHECKS;
	if (!r->verdicts[check].asked)
		return &r->spare;
	r->verdicts[check].findings++;
	if (r->verdicts[check].findings > KEPT_MAX)
		return &r->spare;
	if (vmt_grow(&r->findings, &r->cap_findings, r->n_findings + 1, sizeof(*f)) != VMT_OK) {
		r->nomem = VMT_NOMEM;
		return &r->spare;
	}
	f = &r->findings[r->n_findings++];
	*f = (struct vmt_finding){
		.check = check, .severity = severity, .va = va, .means = means, .next = next};
	if (s) {
		f->area_start = s->start;
		f->area_end = s->end;
		f->stamp = s->k ? stamp_of(s->k) : 0;
		f->caller = s->k ? s->k->area.caller : (struct vmt_str){NULL, 0};
	}
	return f;
}

void say_title(struct vmt_finding *f, const char *fmt, ...)
{
	va_list ap;

	/* A hostile image has millions of findings that nobody is told. */
	if (f->check == N_CHECKS)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(f->title, sizeof(f->title), fmt, ap);
	va_end(ap);
}

void say_expected(struct vmt_finding *f, const char *fmt, ...)
{
	va_list ap;

	if (f->check == N_CHECKS)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(f->expected, sizeof(f->expected), fmt, ap);
	va_end(ap);
}

void say_found(struct vmt_finding *f, const char *fmt, ...)
{
	va_list ap;

	if (f->check == N_CHECKS)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(f->found, sizeof(f->found), fmt, ap);
	va_end(ap);
}

/* ---- the whole ---- */

struct vmt_report *report_new(const struct vmt_check_opts *opts)
{
	struct vmt_report *r = calloc(1, sizeof(*r));

	for (size_t i = 0; r && i < N_CHECKS; i++)
		r->verdicts[i].asked = opts->run[i];
	return r;
}

void vmt_report_free(struct vmt_report *report)
{
	if (!report)
		return;
	free(report->findings);
	free(report->unknowns);
	free(report);
}

static int by_severity(const void *pa, const void *pb)
{
	const struct vmt_finding *a = pa, *b = pb;

	if (a->severity != b->severity)
		return a->severity < b->severity ? -1 : 1;
	if (a->check != b->check)
		return a->check < b->check ? -1 : 1;
	return (a->va > b->va) - (a->va < b->va);
}

/* Equal reasons stand together: who shows them may sum them up. */
static int by_reason(const void *pa, const void *pb)
{
	const struct vmt_unknown *a = pa, *b = pb;
	int c = strcmp(a->why, b->why);

	if (a->check != b->check)
		return a->check < b->check ? -1 : 1;
	if (c)
		return c;
	return (a->va > b->va) - (a->va < b->va);
}

/* Is it in @other as well, of the same record and with the same words? */
static bool is_still(const struct vmt_finding *f, const struct vmt_report *other)
{
	for (size_t i = 0; i < other->n_findings; i++) {
		const struct vmt_finding *o = &other->findings[i];

		if (o->check == f->check && o->va == f->va && o->stamp == f->stamp &&
		    o->area_start == f->area_start && strcmp(o->title, f->title) == 0 &&
		    strcmp(o->expected, f->expected) == 0 && strcmp(o->found, f->found) == 0)
			return true;
	}
	return false;
}

void report_keep(struct vmt_report *r, const struct vmt_report *other)
{
	size_t n = 0, gone = r->n_findings;

	for (size_t i = 0; i < N_CHECKS; i++)
		r->verdicts[i].findings = 0;
	for (size_t i = 0; i < r->n_findings; i++) {
		if (!is_still(&r->findings[i], other))
			continue;
		r->findings[n] = r->findings[i];
		r->verdicts[r->findings[n++].check].findings++;
	}
	r->n_findings = n;
	r->gone += gone - n;
}

void report_drop(struct vmt_report *r, size_t check)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_findings; i++) {
		if (r->findings[i].check != check)
			r->findings[n++] = r->findings[i];
	}
	r->n_findings = n;
	r->verdicts[check].findings = 0;
}

enum vmt_rc report_take(struct vmt_report *r, const struct vmt_report *other, size_t check)
{
	size_t n = 0;

	report_drop(r, check);
	for (size_t i = 0; i < r->n_unknowns; i++) {
		if (r->unknowns[i].check != check)
			r->unknowns[n++] = r->unknowns[i];
	}
	r->n_unknowns = n;
	if (vmt_grow(&r->findings, &r->cap_findings, r->n_findings + other->n_findings,
		     sizeof(*r->findings)) != VMT_OK ||
	    vmt_grow(&r->unknowns, &r->cap_unknowns, r->n_unknowns + other->n_unknowns,
		     sizeof(*r->unknowns)) != VMT_OK)
		return VMT_NOMEM;
	for (size_t i = 0; i < other->n_findings; i++) {
		if (other->findings[i].check == check)
			r->findings[r->n_findings++] = other->findings[i];
	}
	for (size_t i = 0; i < other->n_unknowns; i++) {
		if (other->unknowns[i].check == check)
			r->unknowns[r->n_unknowns++] = other->unknowns[i];
	}
	r->verdicts[check] = other->verdicts[check];
	r->kept_unknown[check] = other->kept_unknown[check];
	r->passing[check] = other->passing[check];
	return VMT_OK;
}

static int by_stack(const void *pa, const void *pb)
{
	const struct vmt_task *const *a = pa, *const *b = pb;

	return ((*a)->stack_va > (*b)->stack_va) - ((*a)->stack_va < (*b)->stack_va);
}

static const struct vmt_task *task_at(const struct vmt_task **tasks, size_t n, uint64_t stack_va)
{
	const struct vmt_task key = {.stack_va = stack_va}, *at = &key, **found;

	found = bsearch(&at, tasks, n, sizeof(*tasks), by_stack);
	return found ? *found : NULL;
}

enum vmt_rc report_name(struct vmt_report *r, struct vmt_kern *kern)
{
	const struct vmt_task *all, **tasks VMT_FREE = NULL;
	const struct vmt_fault *fault;
	size_t n, with = 0, areas = 0;
	enum vmt_rc rc;

	for (size_t i = 0; i < r->n_findings; i++)
		areas += r->findings[i].area_end != 0;
	if (!areas)
		return VMT_OK;
	rc = vmt_kern_tasks(kern, &all, &n, &fault, NULL);
	if (rc != VMT_OK)
		return rc == VMT_NOMEM ? rc : VMT_OK;
	tasks = malloc((n + 1) * sizeof(*tasks));
	if (!tasks)
		return VMT_NOMEM;
	for (size_t i = 0; i < n; i++)
		if (all[i].stack_vm_va)
			tasks[with++] = &all[i];
	if (with)
		qsort(tasks, with, sizeof(*tasks), by_stack);
	for (size_t i = 0; with && i < r->n_findings; i++) {
		struct vmt_finding *f = &r->findings[i];
		const struct vmt_task *t = f->area_end ? task_at(tasks, with, f->area_start) : NULL;

		if (t)
			(void)snprintf(f->thread, sizeof(f->thread), "pid %" PRIu32 " (%s)", t->pid,
				       t->comm);
	}
	return VMT_OK;
}

bool has_looked(const struct vmt_verdict *v)
{
	for (size_t i = 0; i < VMT_CHECK_UNITS; i++) {
		if (v->looked_at[i])
			return true;
	}
	return false;
}

void report_finish(struct vmt_report *r)
{
	for (size_t i = 0; i < N_CHECKS; i++) {
		struct vmt_verdict *v = &r->verdicts[i];

		v->result = v->findings	    ? VMT_RESULT_FINDING
			    : has_looked(v) ? VMT_RESULT_OK
					    : VMT_RESULT_UNKNOWN;
	}
	if (r->n_findings)
		qsort(r->findings, r->n_findings, sizeof(*r->findings), by_severity);
	if (r->n_unknowns)
		qsort(r->unknowns, r->n_unknowns, sizeof(*r->unknowns), by_reason);
}

const struct vmt_verdict *vmt_report_verdict(const struct vmt_report *report, size_t check)
{
	return &report->verdicts[check];
}

const struct vmt_finding *vmt_report_findings(const struct vmt_report *report, size_t *n)
{
	*n = report->n_findings;
	return report->findings;
}

const struct vmt_unknown *vmt_report_unknowns(const struct vmt_report *report, size_t *n)
{
	*n = report->n_unknowns;
	return report->unknowns;
}
