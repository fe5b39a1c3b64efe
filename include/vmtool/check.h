// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * check: is what the kernel's records say what its page tables do?  Each check is one entry of a
 * table: an invariant, the kernel source it rests on, its legal exceptions.  It answers ok, finding
 * or unknown, and says what it looked at: one that could compare nothing is unknown, never ok, and
 * what could not be read is never called damaged.
 *
 * To add a check: its entry in src/check/registry.c, a function in the file of its family, a test
 * where it fires and one where it is silent.
 */
#ifndef VMTOOL_CHECK_H
#define VMTOOL_CHECK_H

#include "vmtool/base.h"
#include "vmtool/kern.h"
#include "vmtool/model.h"

/** Kinds of things that one check looks at, at most. */
#define VMT_CHECK_UNITS 4

/** What a check says of itself; all text constant. */
struct vmt_check {
	/** "V05", stable. */
	const char *id;
	const char *title;
	/** What it counts as looked at: "pages", ...; the first is the number of JSON. */
	const char *units[VMT_CHECK_UNITS];
	const char *invariant;
	/** Functions, files and versions. */
	const char *source;
	/** What looks like damage and is legal. */
	const char *exceptions;
};

/** The table, in the order of ids. */
size_t vmt_checks_count(void);
const struct vmt_check *vmt_checks_at(size_t i);
/** @return SIZE_MAX when there is no such check; case does not matter. */
size_t vmt_checks_find(struct vmt_str id);
/** More than there are. */
#define VMT_CHECKS_MAX 32
/** Symbols that checks ask for, to be named where the kernel is opened (vmt_kern_opts). */
size_t vmt_checks_symbols(const char *const **names);

enum vmt_result { VMT_RESULT_OK, VMT_RESULT_FINDING, VMT_RESULT_UNKNOWN };
/** "ok", "finding", "unknown" */
const char *vmt_result_name(enum vmt_result result);

/** How bad: memory is or will be damaged; the kernel's books are wrong; only odd. */
enum vmt_severity { VMT_SEVERE, VMT_WRONG, VMT_ODD };
/** "severe", "wrong", "odd" */
const char *vmt_severity_name(enum vmt_severity severity);

/** One thing that is wrong. */
struct vmt_finding {
	/** Index of the check. */
	size_t check;
	enum vmt_severity severity;
	/** In one line. */
	char title[120];
	/** The area, when it is in one; 0 otherwise. */
	uint64_t area_start, area_end;
	/** Its caller, or empty.  Borrowed from the kernel. */
	struct vmt_str caller;
	/** "pid 1204 (kworker/0:1)": the thread whose stack the area is, or "". */
	char thread[40];
	/** Where: a mapped address, or that of a structure. */
	uint64_t va;
	char expected[160], found[160];
	/** Of the record it is about: it is the same one when it is met again. */
	uint64_t stamp;
	/** What it means, constant. */
	const char *means;
	/** The command that shows more: "walk", "explain", "list", constant. */
	const char *next;
};

/** Something that could not be judged. */
struct vmt_unknown {
	size_t check;
	char why[160];
	/** The address it was about, or 0; the physical address that is missing, or VMT_FACT_NONE.
	 */
	uint64_t va, pa;
	/** How many things. */
	uint64_t n;
};

/** The answer of one check. */
struct vmt_verdict {
	/** It was asked for. */
	bool asked;
	enum vmt_result result;
	/** By unit. */
	uint64_t looked_at[VMT_CHECK_UNITS];
	uint64_t findings, unknown;
	/** There is nothing of its kind here: the note says why. */
	bool inapplicable;
	/** One line more, or "". */
	char note[160];
};

struct vmt_check_opts {
	/** By index: which to run. */
	bool run[VMT_CHECKS_MAX];
	/** The kernel runs on: what looks wrong is looked at again before it is accused, as it is
	 * where the image's memory may change. */
	bool live;
	/** V13: a text of vmallocinfo to compare with, or NULL; its areas have real addresses. */
	const struct vmt_areas *text;
	/** The text is of the moment of the dump. */
	bool text_same_moment;
	/** V13 of a live kernel: read its text now.  May be NULL. */
	enum vmt_rc (*read_text)(void *arg, const struct vmt_areas **text);
	/** Called now and then; 0 to 1000.  May be NULL. */
	void (*progress)(void *arg, const char *what, unsigned permille);
	void *arg;
};

struct vmt_report;

/**
 * Run checks.  @kern stays the caller's and must outlive the report.
 * @return VMT_OK also with findings; VMT_NOMEM.
 */
enum vmt_rc vmt_check_run(struct vmt_report **report, struct vmt_kern *kern,
			  const struct vmt_check_opts *opts, struct vmt_err *err);
void vmt_report_free(struct vmt_report *report);
/** Of a live kernel: how many suspects were gone when they were looked at again. */
size_t vmt_report_gone(const struct vmt_report *report);
/** By index of the check. */
const struct vmt_verdict *vmt_report_verdict(const struct vmt_report *report, size_t check);
/** Most severe first; of a check that finds very much only the first thousand. */
const struct vmt_finding *vmt_report_findings(const struct vmt_report *report, size_t *n);
/** By check, reason and address.  The same bound holds. */
const struct vmt_unknown *vmt_report_unknowns(const struct vmt_report *report, size_t *n);

#endif
