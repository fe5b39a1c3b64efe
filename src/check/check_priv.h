// SPDX-License-Identifier: GPL-2.0-or-later
/** check, for itself. */
#ifndef VMTOOL_CHECK_PRIV_H
#define VMTOOL_CHECK_PRIV_H

#include "vmtool/check.h"

/* Indices into the registry. */
enum {
	V01,
	V02,
	V03,
	V04,
	V05,
	V06,
	V07,
	V08,
	V09,
	V10,
	V11,
	V12,
	V13,
	V14,
	V15,
	V16,
	V17,
	V18,
	N_CHECKS
};

/** include/linux/vmalloc.h, vm_struct.flags */
enum {
	VM_IOREMAP = 0x1,
	VM_ALLOC = 0x2,
	VM_MAP = 0x4,
	VM_USERMAP = 0x8,
	VM_DMA_COHERENT = 0x10,
	VM_UNINITIALIZED = 0x20,
	VM_NO_GUARD = 0x40,
	VM_MAP_PUT_PAGES = 0x200,
	VM_SPARSE = 0x1000,
};
/** mm/vmalloc.c, vmap_area.flags (6.3+) */
enum { VMAP_RAM = 1, VMAP_BLOCK = 2 };

/** A busy area with all that is known of it. */
struct subject {
	const struct vmt_karea *k;
	const struct vmt_range *range;
	/** va_start and va_end. */
	uint64_t start, end;
	struct vmt_guard guard;
	/** Its vm_struct was read. */
	bool has_vm;
	/** Being set up (VM_UNINITIALIZED), or torn down: what is mapped is in flux. */
	bool in_flux;
};

enum hand_kind { HAND_RANGE, HAND_AREA };

/** A record that a thread or a CPU has in hand, and no list of the kernel. */
struct hand {
	enum hand_kind kind;
	/** Of the vmap_area, or the vm_struct. */
	uint64_t va, start, end, pages;
};

/** A word of a stack, at @at, or of a register (0). */
struct word {
	uint64_t value, at;
};

struct ctx {
	struct vmt_kern *kern;
	struct vmt_report *report;
	const struct vmt_check_opts *opts;
	uint64_t page_size;
	/** By start.  Those of the tree alone are among them. */
	struct subject *busy;
	size_t n_busy;
	/** What they borrow when they are in no list. */
	struct vmt_karea *strays;
	size_t n_strays;
	/** See range_in_hand(). */
	struct hand *hands;
	size_t n_hands, hands_cap;
	bool hands_known;
	/** All words that can point to a record, by value. */
	struct word *words;
	size_t n_words;
	/** See page_in_hand(): all words that are the address of a page of vmalloc space. */
	struct word *addresses;
	size_t n_addresses;
	bool addresses_known;
	const struct vmt_range *ranges;
	size_t n_ranges;
	const struct vmt_book *books;
	size_t n_books;
	/** NULL, or why nothing is known of areas. */
	const char *no_areas;
	/** Every busy area is known: no list and tree are both broken. */
	bool all_busy;
	struct vmt_window windows[VMT_WINDOWS];
	size_t n_windows;
	/** That of vmalloc space is among them: areas lie in windows alone. */
	bool has_vmalloc;
	/** Things that may still be looked at: a hostile image has more of them than anybody waits
	 * for, and none can have more than its bytes hold pointers. */
	uint64_t left;
	struct vmt_err err;
};

/** Some checks are made in one pass. */
typedef enum vmt_rc check_pass(struct ctx *c);

struct registered {
	struct vmt_check about;
	check_pass *run;
};
extern const struct registered registry[N_CHECKS];

/** Families. */
check_pass check_bounds, check_sizes, check_trees, check_lists, check_mapping, check_rights,
	check_large, check_frames, check_mms, check_counters, check_callers, check_percpu,
	check_stacks, check_tables, check_listing;

/* ---- answers; all do nothing for a check that was not asked for ---- */

bool asked(const struct ctx *c, size_t check);
void look(struct ctx *c, size_t check, size_t unit, uint64_t n);
/** @why is copied. @va, and @pa VMT_FACT_NONE: what it was about and what is missing. */
enum vmt_rc unknown(struct ctx *c, size_t check, uint64_t n, uint64_t va, uint64_t pa,
		    const char *why, ...) __attribute__((format(printf, 6, 7)));
/** As unknown(), for want of a quiet moment: of a kernel that runs it is looked at again. */
enum vmt_rc unknown_now(struct ctx *c, size_t check, uint64_t va, const char *why, ...)
	__attribute__((format(printf, 4, 5)));
/** Why memory could not be read, as unknown(): the frame is taken from @err. */
enum vmt_rc unread(struct ctx *c, size_t check, uint64_t n, uint64_t va, enum vmt_rc rc,
		   const struct vmt_err *err, const char *what);
/** The list of threads (vmt_kern_tasks) ends before its end: what lies behind is not judged. */
enum vmt_rc tasks_end(struct ctx *c, size_t check, const struct vmt_fault *fault);
/** As unknown(), for want of what @err tells of: when that is a page, its frame is named. */
enum vmt_rc unknown_for(struct ctx *c, size_t check, uint64_t n, uint64_t va,
			const struct vmt_err *err, const char *why);
void note(struct ctx *c, size_t check, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/** There is nothing to compare, and never will be: no reason to worry. */
void inapplicable(struct ctx *c, size_t check, const char *why);

/** A finding: filled by the caller but for the area. @s may be NULL. */
struct vmt_finding *finding(struct ctx *c, size_t check, enum vmt_severity severity,
			    const struct subject *s, uint64_t va, const char *means,
			    const char *next);
/** Its lines. */
void say_title(struct vmt_finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void say_expected(struct vmt_finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void say_found(struct vmt_finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Take @n from what may still be looked at. @return false: there is not so much left. */
bool afford(struct ctx *c, uint64_t n);

/** A mutex of that name has an owner: what it guards may be in the middle of an update. */
bool mutex_is_held(struct ctx *c, const char *name);
/** So has a spinlock_t at @va. */
bool spin_is_held(struct ctx *c, uint64_t va);
/**
 * A vmap_area over @va is unlinked from everything, and a running thread points to it: the range is
 * just being unmapped (remove_vm_area, 6.9 to 7.2).
 */
bool range_in_hand(struct ctx *c, uint64_t va);
/** A running thread or a CPU has the address of this record in hand. */
bool record_in_hand(struct ctx *c, uint64_t va);
/**
 * Running threads have areas in hand that are busy no more and whose pages are as many, of some of
 * them together; @in_part: as many or more.
 */
bool pages_in_hand(struct ctx *c, uint64_t pages, bool in_part);
/** The same of ranges that are unlinked from everything, as range_in_hand(). */
bool ranges_in_hand(struct ctx *c, uint64_t pages);
/**
 * A thread, whatever its state, or a CPU has the address of a page from @from to @to, which it may
 * just be mapping or unmapping.
 */
bool page_in_hand(struct ctx *c, uint64_t from, uint64_t to);

/* ---- areas ---- */

/** Fill busy and what goes with it. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc subjects_read(struct ctx *c);
void subjects_free(struct ctx *c);
/** Why vm_struct of @s could not be read (has_vm is false). */
struct vmt_err vm_err(struct ctx *c, const struct subject *s);
/** The first of the symbols of that name; 0: there is none. */
uint64_t symbol_of(struct ctx *c, const char *name);
/** The busy area that holds @va, or NULL. */
const struct subject *subject_at(const struct ctx *c, uint64_t va);
/** The first busy area that ends behind @va; n_busy: none. */
size_t subject_after(const struct ctx *c, uint64_t va);

#endif
