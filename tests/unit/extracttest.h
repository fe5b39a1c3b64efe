// SPDX-License-Identifier: GPL-2.0-or-later
/** The checks on a tiny kernel, and on an extract of what they read of it. */
#ifndef VMTOOL_EXTRACTTEST_H
#define VMTOOL_EXTRACTTEST_H

#include "checktest.h"

static inline void extracttest_check(struct checktest *c)
{
	struct vmt_check_opts opts = {.live = false};

	for (size_t i = 0; i < vmt_checks_count(); i++)
		opts.run[i] = true;
	if (vmt_kern_open(&c->t.kern, c->t.mem, &(struct vmt_kern_opts){0}, &c->t.err) != VMT_OK ||
	    vmt_check_run(&c->report, c->t.kern, &opts, &c->t.err) != VMT_OK)
		fail_msg("%s", c->t.err.text);
}

static inline void extracttest_write(struct checktest *c, const char *path)
{
	struct vmt_mem_span spans[16];
	struct vmt_mem_writing how = {.page_size = 4096, .replace = true};
	struct vmt_mem_written done;

	assert_int_equal(vmt_kern_read_all(c->t.kern, &c->t.err), VMT_OK);
	vmt_kern_read_types(c->t.kern);
	how.n_spans = vmt_kern_mapped(c->t.kern, spans, ARRAY_SIZE(spans));
	how.spans = spans;
	how.release = vmt_kern_about(c->t.kern)->release;
	(void)vmt_info_number(vmt_kern_info(c->t.kern), "NUMBER(phys_base)", &how.phys_base);
	how.vmcoreinfo = vmt_mem_about(c->t.mem)->vmcoreinfo;
	assert_int_equal(vmt_mem_write(c->t.mem, path, &how, &done, &c->t.err), VMT_OK);
}

/* As many findings of each check, as much that is unknown, and why. */
static inline void extracttest_same(const struct checktest *a, const struct checktest *b)
{
	const struct vmt_unknown *u, *v;
	size_t n, m;

	for (size_t i = 0; i < vmt_checks_count(); i++) {
		const struct vmt_verdict *of_image = vmt_report_verdict(a->report, i);
		const struct vmt_verdict *of_extract = vmt_report_verdict(b->report, i);

		if (of_image->findings != of_extract->findings ||
		    of_image->unknown != of_extract->unknown)
			fail_msg("%s: %zu and %zu findings, %llu and %llu unknown",
				 vmt_checks_at(i)->id, (size_t)of_image->findings,
				 (size_t)of_extract->findings,
				 (unsigned long long)of_image->unknown,
				 (unsigned long long)of_extract->unknown);
	}
	u = vmt_report_unknowns(a->report, &n);
	v = vmt_report_unknowns(b->report, &m);
	assert_u64(n, m);
	for (size_t i = 0; i < n; i++) {
		assert_u64(u[i].va, v[i].va);
		assert_string_equal(u[i].why, v[i].why);
	}
}

/** All checks on the kernel, then on an extract of it, which answers the same: it is in @c. */
static inline void extracttest_run(struct checktest *c, struct sound *s)
{
	struct checktest image = {0};
	char path[64];

	memset(c, 0, sizeof(*c));
	(void)snprintf(path, sizeof(path), "/tmp/vmtool-extract.%d", (int)getpid());
	sound_done(s);
	image.t.mem = memtest_open(s->k->img, &kerntest_elf);
	assert_int_equal(vmt_mem_record(image.t.mem), VMT_OK);
	extracttest_check(&image);
	extracttest_write(&image, path);
	assert_int_equal(vmt_mem_open(&c->t.mem, path, NULL, &c->t.err), VMT_OK);
	(void)unlink(path);
	extracttest_check(c);
	extracttest_same(&image, c);
	checktest_close(&image);
}

#endif
