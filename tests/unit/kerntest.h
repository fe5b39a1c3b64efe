// SPDX-License-Identifier: GPL-2.0-or-later
/** Shared by the tests of src/pgt and src/kern: a tiny kernel, dumped and opened. */
#ifndef VMTOOL_KERNTEST_H
#define VMTOOL_KERNTEST_H

#include "memtest.h"
#include "kernel_areas.h"
#include "kernel_scene.h"
#include "vmtool/kern.h"

static const struct image_how kerntest_elf = {.format = IMAGE_ELF};

/** What a test looks into. */
struct kerntest {
	struct vmt_mem *mem;
	struct vmt_kern *kern;
	const struct vmt_karea *areas;
	size_t n;
	const struct vmt_kareas_about *about;
	struct vmt_err err;
};

static inline enum vmt_rc kerntest_try(struct kerntest *t, struct kernel *k,
				       const struct vmt_kern_opts *opts)
{
	static const struct vmt_kern_opts none;

	memset(t, 0, sizeof(*t));
	t->mem = memtest_open(k->img, &kerntest_elf);
	return vmt_kern_open(&t->kern, t->mem, opts ? opts : &none, &t->err);
}

static inline void kerntest_close(struct kerntest *t)
{
	vmt_kern_close(t->kern);
	vmt_mem_close(t->mem);
}

/** Understood, without looking at its areas. */
static inline void kerntest_open(struct kerntest *t, struct kernel *k)
{
	if (kerntest_try(t, k, NULL) != VMT_OK)
		fail_msg("%s", t->err.text);
}

static inline enum vmt_rc kerntest_areas(struct kerntest *t)
{
	enum vmt_rc rc = vmt_kern_areas(t->kern, &t->areas, &t->n, &t->about, &t->err);

	return rc == VMT_OK ? vmt_kern_numa(t->kern, &t->err) : rc;
}

/** Opened, and its areas read. */
static inline void kerntest_read(struct kerntest *t, struct kernel *k)
{
	kerntest_open(t, k);
	if (kerntest_areas(t) != VMT_OK)
		fail_msg("%s", t->err.text);
}

/** One of the lines on what is missing has @word in it. */
static inline void kerntest_misses(const struct kerntest *t, const char *word)
{
	const struct vmt_kern_about *a = vmt_kern_about(t->kern);

	for (size_t i = 0; i < a->n_missing; i++)
		if (strstr(a->missing[i], word))
			return;
	fail_msg("nothing of %zu misses \"%s\": %s", a->n_missing, word, a->missing[0]);
}

/** The area that starts there, or NULL. */
static inline const struct vmt_karea *kerntest_at(const struct kerntest *t, uint64_t start)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->areas[i].area.start == start)
			return &t->areas[i];
	return NULL;
}

#endif
