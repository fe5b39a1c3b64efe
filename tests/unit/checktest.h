// SPDX-License-Identifier: GPL-2.0-or-later
/** Shared by the tests of src/check: a sound kernel, one thing broken, and who tells. */
#ifndef VMTOOL_CHECKTEST_H
#define VMTOOL_CHECKTEST_H

#include "kerntest.h"
#include "sound.h"
#include "vmtool/check.h"

static const struct kernel_style *const check_styles[] = {&kernel_6_1, &kernel_6_12, &kernel_7_2};

struct checktest {
	struct kerntest t;
	struct vmt_report *report;
};

/** Run all checks on the kernel as it is now, after sound_done. */
static inline void checktest_open(struct checktest *c, struct sound *s)
{
	struct vmt_check_opts opts = {.live = false};

	for (size_t i = 0; i < vmt_checks_count(); i++)
		opts.run[i] = true;
	kerntest_open(&c->t, s->k);
	assert_int_equal(vmt_check_run(&c->report, c->t.kern, &opts, &c->t.err), VMT_OK);
}

static inline void checktest_run(struct checktest *c, struct sound *s)
{
	sound_done(s);
	checktest_open(c, s);
}

static inline void checktest_close(struct checktest *c)
{
	vmt_report_free(c->report);
	kerntest_close(&c->t);
}

static inline const struct vmt_verdict *checktest_verdict(const struct checktest *c, const char *id)
{
	size_t at = vmt_checks_find(vmt_str(id));

	assert_true(at < vmt_checks_count());
	return vmt_report_verdict(c->report, at);
}

/** The ids that report, in order, with a blank between: "V01 V02". */
static inline const char *checktest_loud(const struct checktest *c, char text[256])
{
	size_t at = 0;

	text[0] = 0;
	for (size_t i = 0; i < vmt_checks_count(); i++)
		if (vmt_report_verdict(c->report, i)->findings)
			at += (size_t)snprintf(text + at, 256 - at, "%s%s", at ? " " : "",
					       vmt_checks_at(i)->id);
	return text;
}

/** Exactly these report.  @told: what one of the findings says, or NULL. */
static inline void checktest_expect(struct sound *s, const char *ids, const char *told)
{
	struct checktest c;
	const struct vmt_finding *f;
	char text[256];
	size_t n, i;

	checktest_run(&c, s);
	f = vmt_report_findings(c.report, &n);
	if (strcmp(checktest_loud(&c, text), ids) != 0)
		fail_msg("%s report, not %s: %s", text, ids, n ? f[0].title : "");
	for (i = 0; told && i < n && !strstr(f[i].title, told) && !strstr(f[i].found, told); i++)
		;
	if (told && i == n)
		fail_msg("none tells of \"%s\": %s, %s", told, f[0].title, f[0].found);
	checktest_close(&c);
	sound_free(s);
}

/** VMCOREINFO without that line. */
static inline void checktest_forget(struct sound *s, const char *key)
{
	char *at = memmem(s->k->info.p, s->k->info.n, key, strlen(key));

	assert_non_null(at);
	*at = 'x';
}

typedef void break_fn(struct sound *s);

/** The same with each paging, and each age of the kernel. */
static inline void checktest_everywhere(break_fn *breaks, const char *ids, const char *told)
{
	for (size_t p = 0; p < KERNEL_PAGINGS; p++) {
		struct sound s = sound_new(kernel_pagings[p], check_styles[p % 3]);

		breaks(&s);
		checktest_expect(&s, ids, told);
	}
}

#endif
