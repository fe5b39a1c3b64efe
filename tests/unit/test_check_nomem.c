// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of kern, pgt and check fails once (see nomem.h): the answer is VMT_NOMEM, or
 * what it is when none fails; nothing stays behind.  Less is never taken for all there is.
 */
#include "checktest.h"
#include "nomem.h"

/** What was answered. */
struct answer {
	uint64_t looked_at, unknown, findings, spans, clones, modules, missing;
	bool held;
};

static enum vmt_rc run_checks(struct vmt_kern *kern, struct answer *a)
{
	struct vmt_check_opts opts = {.live = false};
	struct vmt_report *report = NULL;
	enum vmt_rc rc;

	for (size_t i = 0; i < vmt_checks_count(); i++)
		opts.run[i] = true;
	rc = vmt_check_run(&report, kern, &opts, NULL);
	for (size_t i = 0; rc == VMT_OK && i < vmt_checks_count(); i++) {
		const struct vmt_verdict *v = vmt_report_verdict(report, i);

		a->looked_at += v->looked_at[0] + v->looked_at[1] + v->looked_at[2];
		a->unknown += v->unknown;
		a->findings += v->findings;
	}
	vmt_report_free(report);
	return rc;
}

static enum vmt_rc walk_all(struct vmt_kern *kern, struct answer *a)
{
	struct vmt_pgt *pgt = vmt_kern_pgt(kern);
	struct vmt_cursor *cur;
	struct vmt_span s;
	enum vmt_rc rc = vmt_cursor_open(&cur, pgt, NULL, NULL);

	if (rc != VMT_OK)
		return rc;
	vmt_cursor_seek(cur, vmt_pgt_first_va(pgt), 0);
	while ((rc = vmt_cursor_span(cur, &s, NULL)) == VMT_OK) {
		a->spans++;
		a->clones += s.kind == VMT_STRETCH_CLONE;
	}
	vmt_cursor_close(cur);
	return rc == VMT_NONE ? VMT_OK : rc;
}

static enum vmt_rc ask(struct vmt_kern *kern, uint64_t va, struct answer *a)
{
	const struct vmt_karea *area;
	const struct vmt_kmodule *modules;
	struct vmt_place place;
	struct vmt_path path;

	TRY(walk_all(kern, a));
	TRY(run_checks(kern, a));
	TRY(vmt_pgt_path(vmt_kern_pgt(kern), 0, va, &path, NULL));
	TRY(vmt_kern_place(kern, va, &place, NULL));
	TRY(vmt_kern_frame_area(kern, path.pa, &area, &va, NULL));
	a->held = area == place.area;
	a->modules = vmt_kern_modules(kern, &modules);
	a->missing = vmt_kern_about(kern)->n_missing;
	return VMT_OK;
}

struct question {
	char path[32];
	uint64_t va;
	struct answer answer;
};

static enum vmt_rc work(void *arg)
{
	struct question *q = arg;
	static const struct vmt_kern_opts none;
	struct vmt_mem *mem = NULL;
	struct vmt_kern *kern = NULL;
	enum vmt_rc rc = vmt_mem_open(&mem, q->path, NULL, NULL);

	q->answer = (struct answer){0};
	if (rc == VMT_OK)
		rc = vmt_kern_open(&kern, mem, &none, NULL);
	if (rc == VMT_OK)
		rc = ask(kern, q->va, &q->answer);
	vmt_kern_close(kern);
	vmt_mem_close(mem);
	return rc;
}

static void fail_each(struct sound *s)
{
	struct question q = {.va = s->area[SOUND_STACK].start};
	struct image_bytes b;
	int fd;

	sound_done(s);
	kernel_done(s->k);
	b = image_build(s->k->img, &kerntest_elf);
	fd = memtest_file(b.p, b.n, q.path);
	assert_true(nomem_each(work, &q, &q.answer, sizeof(q.answer)) > 50);
	/* That of the last, in which nothing failed. */
	assert_true(q.answer.held);
	assert_int_equal(q.answer.modules, 1);
	(void)close(fd);
	free(b.p);
	sound_free(s);
}

static void all_is_well(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

	(void)state;
	fail_each(&s);
}

/* Findings and unknowns of their own, and tables met again. */
static void much_is_wrong(void **state)
{
	struct sound s = sound_new(&kernel_arm_4k, &kernel_7_2);
	uint64_t va = s.area[SOUND_VMALLOC].start, entry = kernel_entry(s.k, va, 0);
	uint64_t big = kernel_leaf_bytes(s.k, 1);

	(void)state;
	image_put64(s.k->img, entry, 0);
	image_put64(s.k->img, kernel_entry(s.k, s.k->paging.vmalloc + big, 1),
		    kernel_get64(s.k, kernel_entry(s.k, s.k->paging.vmalloc, 1)));
	kernel_put64(s.k, s.area[SOUND_STACK].at.vm + 16, 1);
	fail_each(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_well),
		cmocka_unit_test(much_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
