// SPDX-License-Identifier: GPL-2.0-or-later
/** sym, for itself. */
#ifndef VMTOOL_SYM_PRIV_H
#define VMTOOL_SYM_PRIV_H

#include "vmtool/sym.h"

/** A question and its answer. */
struct query {
	/** `func+off/size` or `0x...`, and ` [module]`'s name, as asked. */
	struct vmt_str caller, module;
	/** Index of the file asked. */
	size_t file;
	struct vmt_answer answer;
	struct vmt_frame *frames; /* what answer.frames points to */
	bool answered;
};

/** vmlinux or a module's file. */
struct sym_file {
	/** Empty for vmlinux. */
	struct vmt_str module;
	char *path; /* NULL: not found */
	char build_id[VMT_BUILD_ID_TEXT];
	struct vmt_debug *debug; /* opened when first needed */
	/** One line for people when it cannot be used. */
	char *why;
	struct vmt_cache *cache;
};

struct vmt_sym {
	struct vmt_sym_opts opts;
	struct vmt_symbols *kallsyms;
	/** Every string that answers hold and no file owns. */
	struct vmt_intern *strings;
	/** `caller [module]` -> number of the query. */
	struct vmt_intern *asked;
	struct query *queries;
	size_t n, cap;
	/** The first is vmlinux. */
	struct sym_file *files;
	size_t n_files, cap_files;
};

/** A copy that lives as long as the sym. */
enum vmt_rc vmt_sym_keep(struct vmt_sym *sym, struct vmt_str s, struct vmt_str *kept);
/** Answer without frames. */
enum vmt_rc vmt_sym_settle(struct vmt_sym *sym, struct query *q, enum vmt_sym_state state,
			   const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/** Give a query its frames (copied; their strings are not). */
enum vmt_rc vmt_sym_give(struct query *q, const struct vmt_frame *frames, size_t n);

/** Answer all open queries of one file from its symbols and DWARF. */
enum vmt_rc vmt_sym_look_up(struct vmt_sym *sym, struct sym_file *file, struct query **queries,
			    size_t n, struct vmt_err *err);

/**
 * Frames within @callee, a function that gave its own return address as the caller of an
 * allocation: the way from there to the allocator, innermost first, @callee last.  @n is 0 when
 * there is no such way, or more than one that differ in their owner.
 */
enum vmt_rc vmt_sym_inside(struct vmt_sym *sym, struct vmt_debug *d, struct vmt_str callee,
			   uint64_t ref, struct vmt_frame frames[VMT_FRAMES_MAX], size_t *n,
			   struct vmt_err *err);
/** A function that is given the caller as an argument (caller of __vmalloc_node_range, ...). */
bool vmt_owner_takes_caller(struct vmt_str function);

/** Answers kept on disk for one build-id. */
struct vmt_cache;
/** What @dir has for @build_id; a file that is damaged or not ours is as none. NULL: no memory. */
struct vmt_cache *vmt_cache_open(const char *dir, const char *build_id);
/** Fill a query. @return VMT_OK, VMT_NONE or VMT_NOMEM. */
enum vmt_rc vmt_cache_get(struct vmt_cache *cache, struct query *q);
/** Keep an answer. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc vmt_cache_put(struct vmt_cache *cache, const struct query *q);
/** Write what is new, aside and renamed; what cannot be written is not kept, without a word. */
void vmt_cache_close(struct vmt_cache *cache);

#endif
