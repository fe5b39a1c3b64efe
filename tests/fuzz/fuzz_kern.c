// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer: any bytes as a dump: opened, understood, its areas read, names looked up.  The
 * sanitizers look for what is wrong; what must hold of answers is checked here.
 *
 * Bytes that begin with "RAM:" are raw memory without what is 0 in it, which a fuzzer could not
 * hold: pages, each behind its number of 4 bytes (tests/fuzz/pack_ram).
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmtool/check.h"
#include "vmtool/kern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nobody waits for more areas of a dump of some hundred kilobytes. */
#define MUST(cond)                                                                   \
	do {                                                                         \
		if (!(cond)) {                                                       \
			(void)fprintf(stderr, "not so: %s (%d)\n", #cond, __LINE__); \
			abort();                                                     \
		}                                                                    \
	} while (0)

static void look_at_areas(struct vmt_kern *kern, size_t size)
{
	const struct vmt_kareas_about *about;
	const struct vmt_karea *areas;
	struct vmt_symbol symbol;
	struct vmt_err err = {0};
	size_t n;
	enum vmt_rc rc = vmt_kern_areas(kern, &areas, &n, &about, &err);

	MUST(rc == VMT_OK || err.text[0]);
	if (rc != VMT_OK)
		return;
	MUST(vmt_kern_numa(kern, &err) == VMT_OK || err.text[0]);
	MUST(!about->broken_lists == !about->first.text[0]);
	/* Pages of a kdump are packed. */
	MUST(n <= 64 * size + 1024);
	for (size_t i = 0; i < n; i++) {
		MUST(areas[i].area.line == i + 1);
		(void)vmt_kern_module_in(kern, areas[i].area.start, areas[i].area.end);
		(void)vmt_kern_name(kern, areas[i].caller_va + i, &symbol);
	}
}

/* All of kernel space: every address is told of once, in order, and the walk comes to an end. */
static void look_at_tables(struct vmt_kern *kern)
{
	struct vmt_pgt *pgt = vmt_kern_pgt(kern);
	uint64_t at = vmt_pgt_first_va(pgt), n = 0;
	struct vmt_census census = {0};
	struct vmt_cursor *cur;
	struct vmt_place place;
	struct vmt_path steps;
	struct vmt_span s;

	if (vmt_cursor_open(&cur, pgt, NULL, NULL) != VMT_OK)
		return;
	vmt_cursor_seek(cur, 0, 0);
	while (vmt_cursor_span(cur, &s, NULL) == VMT_OK) {
		MUST(s.va == at && s.bytes);
		at += s.bytes;
		if (++n > 64)
			continue;
		(void)vmt_kern_place(kern, s.va, &place, NULL);
		MUST(s.va >= place.start && (place.end == 0 || s.va < place.end));
		/* Of a table that is there in part the path needs one entry only. */
		MUST((vmt_pgt_path(pgt, 0, s.va, &steps, NULL) == VMT_OK) ==
			     (s.kind == VMT_STRETCH_LEAVES) ||
		     s.kind == VMT_STRETCH_CLONE || s.kind == VMT_STRETCH_UNKNOWN);
		MUST(s.kind != VMT_STRETCH_LEAVES || steps.pa == s.pa);
	}
	MUST(at == 0);
	vmt_cursor_close(cur);
	(void)vmt_pgt_census(pgt, vmt_pgt_first_va(pgt), 0, &census, NULL);
}

/* Whatever is in it, checks come to an end, and what is counted is told. */
static void run_checks(struct vmt_kern *kern)
{
	struct vmt_check_opts opts = {.live = false};
	const struct vmt_finding *f;
	struct vmt_report *report;
	size_t n;

	for (size_t i = 0; i < vmt_checks_count(); i++)
		opts.run[i] = true;
	if (vmt_check_run(&report, kern, &opts, NULL) != VMT_OK)
		return;
	f = vmt_report_findings(report, &n);
	for (size_t i = 0; i < n; i++)
		MUST(vmt_report_verdict(report, f[i].check)->findings && f[i].title[0]);
	vmt_report_free(report);
}

static void look_at_kern(struct vmt_mem *mem, size_t size)
{
	static const char *const names[] = {"modules", "twice", "nothing", ""};
	const struct vmt_kern_opts opts = {0};
	uint64_t vas[VMT_CANDIDATES];
	struct vmt_member member;
	struct vmt_symbol symbol;
	struct vmt_err err = {0};
	struct vmt_kern *kern;

	if (vmt_kern_open(&kern, mem, &opts, &err) != VMT_OK) {
		MUST(err.text[0]);
		return;
	}
	look_at_areas(kern, size);
	look_at_tables(kern);
	run_checks(kern);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = vmt_kern_symbol(kern, names[i], vas);

		MUST(n <= VMT_CANDIDATES);
		for (size_t k = 0; k < n; k++)
			(void)vmt_kern_name(kern, vas[k], &symbol);
	}
	(void)vmt_kern_member(kern, "vm_struct", "nr_pages", &member);
	(void)vmt_kern_member(kern, "vmap_node", "busy.head.next", &member);
	vmt_kern_close(kern);
}

#define RAM_PAGE  4096u
#define RAM_BYTES (UINT64_C(512) << 20)

/* @return false: it could not be written. */
static bool put_ram(int fd, const uint8_t *data, size_t size)
{
	if (ftruncate(fd, RAM_BYTES) != 0)
		return false;
	for (size_t at = 4; at + 4 + RAM_PAGE <= size; at += 4 + RAM_PAGE) {
		uint32_t number;

		memcpy(&number, data + at, sizeof(number));
		number %= RAM_BYTES / RAM_PAGE;
		if (pwrite(fd, data + at + 4, RAM_PAGE, (off_t)number * RAM_PAGE) != RAM_PAGE)
			return false;
	}
	return true;
}

static bool put_image(int fd, const uint8_t *data, size_t size)
{
	if (fd < 0 || ftruncate(fd, 0) != 0)
		return false;
	if (size > 4 && memcmp(data, "RAM:", 4) == 0)
		return put_ram(fd, data, size);
	return pwrite(fd, data, size, 0) == (ssize_t)size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	char path[64];
	struct vmt_err err = {0};
	struct vmt_mem *mem;

	if (fd < 0)
		fd = memfd_create("dump", MFD_CLOEXEC);
	if (!put_image(fd, data, size))
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (vmt_mem_open(&mem, path, NULL, &err) != VMT_OK) {
		MUST(err.text[0]);
		return 0;
	}
	look_at_kern(mem, size);
	vmt_mem_close(mem);
	return 0;
}
