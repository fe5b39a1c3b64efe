// SPDX-License-Identifier: GPL-2.0-or-later
/* What verify found, for people: a line for each check, a sum, then the findings. */
#include <inttypes.h>
#include <string.h>

#include "verify.h"

/* Of findings of one check; the rest is counted. --json has them. */
#define SHOWN_MAX 5
/* Of reasons, without -v. */
#define WHY_MAX 3

void verify_next(const struct verify *x, const struct vmt_finding *f, char text[160])
{
	text[0] = 0;
	if (!f->next)
		return;
	if (strcmp(f->next, "list") == 0)
		(void)snprintf(text, 160, "vmtool list %s", x->src.name);
	else
		(void)snprintf(text, 160, "vmtool %s 0x%" PRIx64 " %s", f->next,
			       strcmp(f->next, "explain") == 0 && f->area_start ? f->area_start
										: f->va,
			       x->src.name);
}

/* ---- the source ---- */

static void print_source(const struct verify *x)
{
	const struct vmt_mem_about *m = vmt_mem_about(x->src.mem);
	const struct vmt_kern_about *k = vmt_kern_about(x->src.kern);
	char kaslr[48] = "";

	if (k->kaslr != VMT_FACT_NONE && k->kaslr)
		(void)snprintf(kaslr, sizeof(kaslr), ", KASLR 0x%" PRIx64, k->kaslr);
	(void)printf("%s: %s%s%s%s, Linux %s %s, %u-level%s\n", ESC(vmt_str(x->src.name)),
		     m->format, m->packing[0] ? " (" : "", m->packing, m->packing[0] ? ")" : "",
		     ESC(vmt_str(k->release)), m->machine, k->levels, kaslr);
	(void)printf("symbols: %s   types: %s\n", vmt_origin_name(k->symbols),
		     vmt_origin_name(k->types));
	for (size_t i = 0; i < k->n_missing; i++)
		say("missing: ", "%s", k->missing[i]);
	(void)putchar('\n');
}

/* ---- a line for each check ---- */

/* "10,767 pages, 45 ioremaps" */
static void looked_at(const struct vmt_check *c, const struct vmt_verdict *v, char *text,
		      size_t size)
{
	size_t at = 0, len;

	text[0] = 0;
	for (size_t i = 0; i < VMT_CHECK_UNITS && c->units[i]; i++) {
		char n[VMT_NUM_GROUPED];

		if ((!v->looked_at[i] && (i || c->units[1])) || at >= size)
			continue;
		len = strlen(c->units[i]);
		/* "1 list" and "1 vm_map_ram block", but "1 of BPF and others" */
		if (v->looked_at[i] == 1 && c->units[i][len - 1] == 's' &&
		    strncmp(c->units[i], "of ", 3) != 0)
			len--;
		at += (size_t)snprintf(text + at, size - at, "%s%s %.*s", at ? ", " : "",
				       vmt_num_grouped(n, v->looked_at[i]), (int)len, c->units[i]);
	}
}

static void result(const struct vmt_verdict *v, char *text, size_t size)
{
	char n[VMT_NUM_GROUPED];

	if (v->findings)
		(void)snprintf(text, size, "%s finding%s", vmt_num_grouped(n, v->findings),
			       v->findings == 1 ? "" : "s");
	else if (v->inapplicable)
		(void)snprintf(text, size, "does not apply");
	else if (v->result == VMT_RESULT_UNKNOWN)
		(void)snprintf(text, size, "unknown");
	else if (v->unknown)
		(void)snprintf(text, size, "ok, %s unknown", vmt_num_grouped(n, v->unknown));
	else
		(void)snprintf(text, size, "ok");
}

static void print_verdicts(const struct verify *x)
{
	for (size_t i = 0; i < vmt_checks_count(); i++) {
		const struct vmt_check *c = vmt_checks_at(i);
		const struct vmt_verdict *v = vmt_report_verdict(x->report, i);
		char looked[120], text[48];

		if (!v->asked)
			continue;
		looked_at(c, v, looked, sizeof(looked));
		result(v, text, sizeof(text));
		/* Long ones go on in a line of their own. */
		(void)printf("%s %-33s %-28s %s\n", c->id, c->title,
			     strlen(looked) <= 28 ? looked : "", text);
		if (strlen(looked) > 28)
			(void)printf("    %s\n", looked);
		if (v->note[0])
			say("    ", "%s", v->note);
	}
	(void)putchar('\n');
}

/* ---- the sum, and what is not known ---- */

static void print_sum(const struct verify *x)
{
	unsigned n = 0, ok = 0, found = 0, part = 0, none = 0, not = 0;

	for (size_t i = 0; i < vmt_checks_count(); i++) {
		const struct vmt_verdict *v = vmt_report_verdict(x->report, i);

		if (!v->asked)
			continue;
		n++;
		if (v->findings)
			found++;
		else if (v->inapplicable)
			not ++;
		else if (v->result == VMT_RESULT_UNKNOWN)
			none++;
		else if (v->unknown)
			part++;
		else
			ok++;
	}
	(void)printf("%u check%s: %u ok", n, n == 1 ? "" : "s", ok);
	if (found)
		(void)printf(", %u with findings", found);
	if (part)
		(void)printf(", %u in part", part);
	if (none)
		(void)printf(", %u unknown", none);
	if (not )
		(void)printf(", %u that do%s not apply", not, not == 1 ? "es" : "");
	(void)printf("; %.2f s\n", x->seconds);
	if (vmt_report_gone(x->report))
		(void)printf("%zu suspect%s, gone when looked at again: the kernel runs\n",
			     vmt_report_gone(x->report),
			     vmt_report_gone(x->report) == 1 ? "" : "s");
}

/* " (first frame 0x1234)", " (at 0xffffc90000001000, frame 0x1234)", or "" */
static void place_of(const struct verify *x, const struct vmt_unknown *u, bool first, char *text,
		     size_t size)
{
	char at[32] = "", frame[32] = "";

	if (x->verbose && u->va)
		(void)snprintf(at, sizeof(at), "at 0x%016" PRIx64, u->va);
	if (u->pa != VMT_FACT_NONE)
		(void)snprintf(frame, sizeof(frame), "frame 0x%" PRIx64,
			       u->pa / vmt_kern_about(x->src.kern)->page_size);
	text[0] = 0;
	if (at[0] || frame[0])
		(void)snprintf(text, size, " (%s%s%s%s)", at, at[0] && frame[0] ? ", " : "",
			       first ? "first " : "", frame);
}

/* Equal reasons of a check are one line, unless all are wanted. */
static void print_unknowns(const struct verify *x)
{
	uint64_t told[VMT_CHECKS_MAX] = {0}, sum;
	char count[VMT_NUM_GROUPED], place[80];
	size_t n, next, lines = 0;
	const struct vmt_unknown *u = vmt_report_unknowns(x->report, &n);

	for (size_t i = 0; i < n; i = next) {
		sum = 0;
		for (next = i; next < n && u[next].check == u[i].check &&
			       (next == i || (!x->verbose && strcmp(u[next].why, u[i].why) == 0));
		     next++)
			sum += u[next].n;
		told[u[i].check] += sum;
		if (lines++ >= WHY_MAX && !x->verbose)
			continue;
		place_of(x, &u[i], next > i + 1, place, sizeof(place));
		(void)printf("unknown %s  %s  %s%s\n", vmt_checks_at(u[i].check)->id,
			     vmt_num_grouped(count, sum), ESC(vmt_str(u[i].why)), place);
	}
	if (lines > WHY_MAX && !x->verbose)
		(void)printf("unknown: %zu reasons more; -v tells them\n", lines - WHY_MAX);
	for (size_t i = 0; i < vmt_checks_count(); i++) {
		uint64_t more = vmt_report_verdict(x->report, i)->unknown - told[i];

		if (more)
			(void)printf("unknown %s  %s  more, counted and not kept\n",
				     vmt_checks_at(i)->id, vmt_num_grouped(count, more));
	}
}

/* ---- findings ---- */

static void print_finding(const struct verify *x, const struct vmt_finding *f)
{
	char next[160];

	(void)printf("\nFINDING %s  %-60s %s\n", vmt_checks_at(f->check)->id,
		     ESC(vmt_str(f->title)), vmt_severity_name(f->severity));
	if (f->area_end)
		(void)printf("  area      0x%016" PRIx64 " + 0x%" PRIx64 "   %s\n", f->area_start,
			     f->va >= f->area_start && f->va < f->area_end ? f->va - f->area_start
									   : 0,
			     f->caller.n ? ESC(f->caller) : "(no caller)");
	if (f->thread[0])
		say("            ", "stack of %s", ESC(vmt_str(f->thread)));
	if (!f->area_end)
		(void)printf("  at        0x%016" PRIx64 "\n", f->va);
	say("  expected  ", "%s", ESC(vmt_str(f->expected)));
	say("  found     ", "%s", ESC(vmt_str(f->found)));
	if (f->means)
		say("  means     ", "%s", f->means);
	verify_next(x, f, next);
	if (next[0])
		(void)printf("  next      %s\n", ESC(vmt_str(next)));
}

/* Some of every check that accuses, lest one that accuses much hides the others. */
static void print_findings(const struct verify *x)
{
	uint64_t shown[VMT_CHECKS_MAX] = {0};
	char count[VMT_NUM_GROUPED];
	size_t n;
	const struct vmt_finding *f = vmt_report_findings(x->report, &n);

	for (size_t i = 0; i < n; i++) {
		if (!x->verbose && shown[f[i].check] == SHOWN_MAX)
			continue;
		print_finding(x, &f[i]);
		shown[f[i].check]++;
	}
	for (size_t i = 0, first = 1; i < vmt_checks_count(); i++) {
		uint64_t more = vmt_report_verdict(x->report, i)->findings - shown[i];

		if (more)
			(void)printf("%s%s: %s finding%s more%s\n", first ? "\n" : "",
				     vmt_checks_at(i)->id, vmt_num_grouped(count, more),
				     more == 1 ? "" : "s",
				     x->verbose ? ", counted and not kept" : "; -v tells them");
		first = first && !more;
	}
}

void verify_print(const struct verify *x)
{
	print_source(x);
	print_verdicts(x);
	print_sum(x);
	print_unknowns(x);
	print_findings(x);
}

void verify_print_checks(const struct verify *x)
{
	for (size_t i = 0; i < vmt_checks_count(); i++) {
		const struct vmt_check *c = vmt_checks_at(i);

		if (!x->opts.run[i])
			continue;
		(void)printf("%s %s\n", c->id, c->title);
		say("    holds:   ", "%s", c->invariant);
		say("    kernel:  ", "%s", c->source);
		say("    legal:   ", "%s", c->exceptions);
	}
}
