// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * sym: a caller as the kernel prints it, to source lines, the inline chain and the owner: the
 * innermost function that does not merely allocate.
 */
#ifndef VMTOOL_SYM_H
#define VMTOOL_SYM_H

#include "vmtool/base.h"
#include "vmtool/debug.h"
#include "vmtool/model.h"

/* ---- owners ------------------------------------------------------------------------------- */

/** Names beside the built-in table that merely allocate: globs. */
struct vmt_wrappers {
	const char *const *globs;
	size_t n;
};

/**
 * A function that only passes a request on (vmalloc, kvcalloc, ioremap, ... with their __, devm_
 * and _noprof forms): it says nothing of what the memory is for.  @wrappers may be NULL.
 */
bool vmt_owner_is_wrapper(struct vmt_str function, const struct vmt_wrappers *wrappers);

/**
 * The owner among frames, innermost first: the first that is no wrapper; the last where all are.
 * @return its index; @n when there are no frames.
 */
size_t vmt_owner_of(const struct vmt_frame *frames, size_t n, const struct vmt_wrappers *wrappers);

/** The leading directories of a source file: kernel/bpf, drivers/net/ethernet/intel. */
struct vmt_str vmt_owner_subsystem(struct vmt_str file);

/* ---- the answer ---------------------------------------------------------------------------- */

enum vmt_sym_state {
	VMT_SYM_KNOWN,
	VMT_SYM_UNCERTAIN, /* there is an answer, or a part of one, and a doubt: why */
	VMT_SYM_UNKNOWN,   /* there is none: why */
};
/** "known", "uncertain", "unknown". */
const char *vmt_sym_state_name(enum vmt_sym_state state);

/** What is known of one caller.  Strings are borrowed from the struct vmt_sym. */
struct vmt_answer {
	enum vmt_sym_state state;
	/** In words; empty when known. */
	struct vmt_str why;
	/** Innermost first. */
	const struct vmt_frame *frames;
	size_t n;
	/** Index into frames; n when there are none. */
	size_t owner;
	/** What a raw address is: function+offset/size and its module; else as it was asked. */
	struct vmt_str caller, module;
};

/** The owner's frame, or NULL. */
static inline const struct vmt_frame *vmt_answer_owner(const struct vmt_answer *a)
{
	return a->owner < a->n ? &a->frames[a->owner] : NULL;
}

/* ---- asking -------------------------------------------------------------------------------- */

/** Borrowed until vmt_sym_close. */
struct vmt_sym_opts {
	/** Where files are sought; its release and build_id are those of the kernel asked about. */
	struct vmt_find find;
	/** The vmlinux to use, or NULL: find one. */
	const char *vmlinux;
	struct vmt_wrappers wrappers;
	/** Directory of answers kept from earlier runs, or NULL: keep none. */
	const char *cache_dir;
	/** Use a vmlinux of another build-id than find.build_id. */
	bool force;
	/** Ask debuginfod servers for what is found nowhere. */
	bool debuginfod;
	/** What running addresses have more than those of vmlinux, where that is known. */
	bool kaslr_known;
	uint64_t kaslr;
};

/** Asks many callers at once of vmlinux and of the modules' files, which are opened as needed. */
struct vmt_sym;

/**
 * Find vmlinux and check its build-id.  A vmlinux that is found nowhere or cannot be read is no
 * failure: modules may still have files; vmt_sym_problem tells.
 * @return VMT_OK, VMT_FORMAT (--vmlinux is of another kernel) or VMT_NOMEM.
 */
enum vmt_rc vmt_sym_open(struct vmt_sym **out, const struct vmt_sym_opts *opts,
			 struct vmt_err *err);
void vmt_sym_close(struct vmt_sym *sym);

/** Names for the bare addresses asked about from now on; borrowed until vmt_sym_close. */
void vmt_sym_set_kallsyms(struct vmt_sym *sym, struct vmt_symbols *kallsyms);
/** Ask about a caller (copied); the same caller has the same number. @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_sym_ask(struct vmt_sym *sym, struct vmt_str caller, struct vmt_str module,
			uint32_t *id);
/** Answer all that was asked and not yet answered. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc vmt_sym_resolve(struct vmt_sym *sym, struct vmt_err *err);
/** The answer to a question, after vmt_sym_resolve. */
const struct vmt_answer *vmt_sym_answer(const struct vmt_sym *sym, uint32_t id);

/** How many answers of each state there are. */
struct vmt_sym_counts {
	size_t known, uncertain, unknown;
};
void vmt_sym_count(const struct vmt_sym *sym, struct vmt_sym_counts *counts);

/** vmlinux, opened when it was not; NULL when there is none: *why says so. */
struct vmt_debug *vmt_sym_vmlinux(struct vmt_sym *sym, const char **why);
/** The same of a module. */
struct vmt_debug *vmt_sym_module(struct vmt_sym *sym, struct vmt_str module, const char **why);
/** Path of vmlinux, or NULL; its build-id, "" when not known.  Borrowed. */
const char *vmt_sym_path(const struct vmt_sym *sym, const char **build_id);
/** Modules no file was found for: their names into @buf, cut to fit. @return how many. */
size_t vmt_sym_missing(const struct vmt_sym *sym, char *buf, size_t size);
/**
 * What kept answers away: one line for each file that is damaged, and for a missing vmlinux.
 * @return NULL when @i is beyond the last.
 */
const char *vmt_sym_problem(const struct vmt_sym *sym, size_t i);

#endif
