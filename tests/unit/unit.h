// SPDX-License-Identifier: GPL-2.0-or-later
/** Shared by the unit tests: cmocka, the fixtures, and comparing areas field by field. */
#ifndef VMTOOL_UNIT_H
#define VMTOOL_UNIT_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vmtool/model.h"
#include "vmtool/text.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define FIXTURES 9
#define MODES	 3

/* Nine machines; tests run from the root of the tree. */
static inline const char *fixture_name(size_t i)
{
	static const char *const names[FIXTURES] = {
		"amd64-5.10", "amd64-6.1", "amd64-6.1-4lvl", "amd64-6.12",   "arm64-6.1",
		"arm64-6.12", "armhf-6.1", "i386-6.1",	     "riscv64-6.12",
	};

	return names[i];
}

static inline bool fixture_is_32(size_t i)
{
	return i == 6 || i == 7;
}

/* Each machine was read with real, hashed and zeroed addresses. */
static inline const char *mode_name(size_t i)
{
	static const char *const names[MODES] = {"vmallocinfo", "vmallocinfo.hashed",
						 "vmallocinfo.zeroed"};

	return names[i];
}

/* Zeros for the addresses that begin each line, as the kernel prints with kptr_restrict=2. */
static inline void zero_addresses(char *text)
{
	for (char *line = text; *line; line = strchr(line, '\n') + 1) {
		for (char *p = line; *p != ' '; p++) {
			if (*p != 'x' && *p != '-')
				*p = '0';
		}
	}
}

/*
 * A file of a fixture as a string that the caller frees; absence is a failure, never a skip.
 * vmallocinfo.zeroed is made here.
 */
static inline char *fixture_text(size_t i, const char *file, size_t *size)
{
	bool zeroed = strcmp(file, "vmallocinfo.zeroed") == 0;
	char path[256], *text = NULL;
	struct vmt_err err = {0};
	size_t n = 0;

	file = zeroed ? "vmallocinfo" : file;
	(void)snprintf(path, sizeof(path), "tests/fixtures/%s/%s", fixture_name(i), file);
	if (vmt_file_slurp(path, 1 << 24, &text, &n, &err) != VMT_OK)
		fail_msg("%s", err.text);
	if (zeroed)
		zero_addresses(text);
	if (size)
		*size = n;
	return text;
}

static inline void assert_str(struct vmt_str s, const char *expected)
{
	if (!vmt_str_is(s, expected))
		fail_msg("\"%.*s\" is not \"%s\"", (int)s.n, s.p ? s.p : "", expected);
}

static inline void assert_u64(uint64_t got, uint64_t expected)
{
	if (got != expected)
		fail_msg("%" PRIu64 " (0x%" PRIx64 ") is not %" PRIu64 " (0x%" PRIx64 ")", got, got,
			 expected, expected);
}

/* An area of a line that must be understood; its strings are borrowed from @line. */
static inline struct vmt_area area_of(const char *line)
{
	struct vmt_area a;
	const char *why;

	if (vmt_line_careful(vmt_str(line), &a, &why) != VMT_OK)
		fail_msg("not understood (%s): %s", why ? why : "no area", line);
	return a;
}

static inline struct vmt_guard guard_of(const struct vmt_area *a, uint64_t page_size)
{
	struct vmt_guard g;

	vmt_guard_of(a, page_size, &g);
	return g;
}

static inline bool same_slice(struct vmt_str a, struct vmt_str b)
{
	return a.n == b.n && (a.n == 0 || a.p == b.p);
}

/*
 * The name of the first field in which two areas of one and the same text differ, or NULL.  Strings
 * are compared by place and length: equal bytes from another place would be a wrong slice.
 */
static inline const char *area_difference(const struct vmt_area *a, const struct vmt_area *b)
{
	if (a->start != b->start || a->end != b->end)
		return "range";
	if (a->size_bytes != b->size_bytes)
		return "size_bytes";
	if (a->pages != b->pages)
		return "pages";
	if (a->phys != b->phys)
		return "phys";
	if (!same_slice(a->caller, b->caller))
		return "caller";
	if (!same_slice(a->module, b->module))
		return "module";
	if (!same_slice(a->other, b->other))
		return "other";
	if (!same_slice(a->nodes, b->nodes))
		return "nodes";
	if (a->line != b->line)
		return "line";
	if (a->flags != b->flags)
		return "flags";
	if (a->kind != b->kind)
		return "kind";
	return a->addr_digits != b->addr_digits ? "addr_digits" : NULL;
}

#endif
