// SPDX-License-Identifier: GPL-2.0-or-later
/** kern, for itself. */
#ifndef VMTOOL_KERN_PRIV_H
#define VMTOOL_KERN_PRIV_H

#include "vmtool/kern.h"

struct kallsyms;
struct btf;
struct modules;
struct kareas;
struct space;
struct parts;
struct tasks;

#define KERN_CALLERS_BITS 7

struct vmt_kern {
	struct vmt_mem *mem;
	struct vmt_info *info;
	struct vmt_pgt pgt;
	struct vmt_kern_about about;
	struct kallsyms *kallsyms; /* in the image; NULL: none */
	/** The names this room asks for, found in one pass. */
	struct kallsyms_wanted *known;
	size_t n_known, cap_known;
	/** Where kern_place_by_name goes on. */
	uint64_t name_at;
	/** Symbols of the image lie between _stext and _end. */
	uint64_t stext, end;
	/** Of a file, or of vmlinux; NULL: none.  Ours to free when own_symbols. */
	struct vmt_symbols *file_symbols, *own_symbols;
	/** What running addresses have more than those of file_symbols. */
	uint64_t shift;
	struct vmt_debug *vmlinux;
	const char *btf_path;
	struct btf *btf; /* NULL: none */
	/** Why nothing tells of symbols, or of types; VMT_OK: both are known. */
	struct vmt_err lack;
	/** Then the DWARF of vmlinux has types. */
	bool dwarf_types;
	/** Where it lies in the image; 0: it does not. */
	uint64_t btf_va;
	size_t btf_bytes;
	struct modules *modules;
	struct kareas *kareas;
	struct space *space;
	struct parts *parts;
	struct tasks *tasks;
	/** Strings that areas borrow. */
	struct vmt_intern *strings;
	/** Callers named lately. */
	struct kern_caller {
		uint64_t va;
		struct vmt_str caller, module;
	} callers[1 << KERN_CALLERS_BITS];
	/** Memory ran out: what was answered since may be less than there is. */
	bool nomem;
	/** Bytes of memory the image holds: nothing in it is longer, no sum of things is more. */
	uint64_t stored_bytes;
};

/*
 * Many reads are tries, whose failure is an answer; when it is for want of memory, what was made of
 * it must not be kept.  Around what is: bool before = kern_begin(kern); ... if (kern_end(kern,
 * before))
 */
static inline bool kern_begin(struct vmt_kern *kern)
{
	bool before = kern->nomem;

	kern->nomem = false;
	return before;
}
static inline bool kern_end(struct vmt_kern *kern, bool before)
{
	bool now = kern->nomem;

	kern->nomem = now || before;
	return now;
}

/** Note what is missing, once, for people. */
void kern_missing(struct vmt_kern *kern, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * The symbols of the image, or of a file where it has none; that there are none is noted.
 * @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc symbols_read(struct vmt_kern *kern, const struct vmt_kern_opts *opts,
			 struct vmt_err *err);
/** The same of layouts, behind symbols_read. */
enum vmt_rc types_read(struct vmt_kern *kern, struct vmt_err *err);

/**
 * Read @n bytes into a new buffer, which grows as they are found to be there; free it.  Refused
 * when the image holds less.
 */
enum vmt_rc kern_read_new(struct vmt_kern *kern, uint64_t va, size_t n, void **bytes,
			  struct vmt_err *err);

/* ---- is memory where it is taken to be? ---- */

/** What @why says, without the name of the image, which the sentence around it has. */
const char *kern_reason(const struct vmt_kern *kern, const struct vmt_err *why);
/**
 * Does what lies at init_uts_ns name the release that VMCOREINFO does?  Asked only where VMCOREINFO
 * or the place of memory was found, not told. @return VMT_OK (it does, or there is no telling) or
 * VMT_FORMAT; otherwise as vmt_kern_read.
 */
enum vmt_rc kern_check_name(struct vmt_kern *kern, struct vmt_err *err);
/**
 * Where no guess is right: search raw memory for that name, and place memory so that it is where
 * VMCOREINFO says. @return VMT_OK (to be checked), VMT_NONE or VMT_NOMEM.
 */
enum vmt_rc kern_place_by_name(struct vmt_kern *kern);
/**
 * The kernel knows where memory below 4 GiB ends: raw memory whose place was guessed is put right.
 * @return whether it was moved: then the page tables are to be found anew.
 */
bool kern_low_moved(struct vmt_kern *kern);
/** Add to the reason in @err (with @rc) what can be done when memory is placed wrong. */
enum vmt_rc kern_misplaced(const struct vmt_kern *kern, enum vmt_rc rc, struct vmt_err *err);

/**
 * Behind symbols_read: memory that the kernel has and the image lacks is excluded from then on, not
 * absent. @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc kern_learn_ram(struct vmt_kern *kern, struct vmt_err *err);

/* ---- kallsyms in the image ---- */

struct kallsyms_wanted;
/**
 * Read the table, and find @wanted in the same pass (there is no index by name that VMCOREINFO
 * tells of); the first of them is _stext, by which the encoding of addresses is known.
 * @return VMT_OK, VMT_NONE (VMCOREINFO does not tell where), VMT_FORMAT, VMT_EXCLUDED, ...
 */
enum vmt_rc kallsyms_open(struct vmt_kern *kern, struct kallsyms **out,
			  struct kallsyms_wanted *wanted, size_t n, struct vmt_err *err);
void kallsyms_close(struct kallsyms *k);
size_t kallsyms_count(const struct kallsyms *k);
/** A name that is looked for, and where it was found. */
struct kallsyms_wanted {
	const char *name;
	uint64_t vas[VMT_CANDIDATES];
	uint32_t index[VMT_CANDIDATES]; /* for kallsyms.c itself */
	size_t n;
};
/** Find names in a pass of their own. */
void kallsyms_find(const struct kallsyms *k, struct kallsyms_wanted *wanted, size_t n);
/** The symbol at or before @va; @name has room for KALLSYMS_NAME. */
#define KALLSYMS_NAME 1024
bool kallsyms_at(const struct kallsyms *k, uint64_t va, uint64_t *start, uint64_t *size,
		 char name[KALLSYMS_NAME]);

/* ---- BTF ---- */

/** Take @bytes (malloc'ed), also on failure. @return VMT_OK, VMT_FORMAT or VMT_NOMEM. */
enum vmt_rc btf_open(struct btf **out, void *bytes, size_t n, struct vmt_err *err);
void btf_close(struct btf *btf);
enum vmt_rc btf_member(struct btf *btf, const char *type, const char *path,
		       struct vmt_member *member);
enum vmt_rc btf_sizeof(struct btf *btf, const char *type, uint64_t *bytes);
enum vmt_rc btf_enumerator(struct btf *btf, const char *name, uint64_t *value);
/**
 * From now on remember which bytes answers rest on: a fiftieth of them, or so. @return VMT_OK or
 * VMT_NOMEM.
 */
enum vmt_rc btf_watch(struct btf *btf);
/** The stretches of bytes used since btf_watch, in order. */
void btf_each_used(struct btf *btf, void (*fn)(void *arg, size_t offset, size_t n), void *arg);

/* ---- lists ---- */

/**
 * Walk a circular list from its head: @fn gets the address of each struct list_head.  Stops at a
 * link that does not point back, at @max nodes, or where memory cannot be read.
 * @return VMT_OK when it came back to the head; VMT_FORMAT (broken), VMT_EXCLUDED, VMT_FAULT, ...
 */
enum vmt_rc kern_list(struct vmt_kern *kern, uint64_t head, uint64_t max,
		      enum vmt_rc (*fn)(void *arg, uint64_t node), void *arg, struct vmt_err *err);
/**
 * The same of a chain that ends with 0 (include/linux/llist.h): nothing points back, so cycles are
 * looked for.
 */
enum vmt_rc kern_chain(struct vmt_kern *kern, uint64_t first, uint64_t max,
		       enum vmt_rc (*fn)(void *arg, uint64_t node), void *arg, struct vmt_err *err);
/** A list of a kernel that runs is read so many times, no more. */
#define KERN_TRIES 64
/** And one of a machine that may run or not. */
#define KERN_TRIES_OF_FILE 4
/**
 * A walk ended with @rc: was it the kernel, which runs and changed the list, and is there another
 * try?  Then what is remembered of page tables is forgotten.  @tries counts from 0.
 */
bool kern_again(struct vmt_kern *kern, enum vmt_rc rc, unsigned *tries);
/**
 * How much an address is like the head of a list: 3, both ends point back; 2, one does; 1, the
 * links could be addresses (the ends may be what the dump left out); 0, it is none, or cannot be
 * read.
 */
int kern_list_likeness(struct vmt_kern *kern, uint64_t head);
/** The likest of @n addresses.  @return false: none is. */
bool kern_find_list(struct vmt_kern *kern, const uint64_t *heads, size_t n, size_t *found);

/* ---- modules ---- */

enum vmt_rc modules_open(struct vmt_kern *kern, struct modules **out);
void modules_close(struct modules *m);
/** The symbol of a module that holds @va. @return VMT_OK, VMT_NONE or VMT_NOMEM. */
enum vmt_rc modules_name(struct vmt_kern *kern, uint64_t va, struct vmt_symbol *symbol);
/** Read the symbols and names of all modules. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc modules_read_all(struct vmt_kern *kern);
/** Is the list of modules there?  Then no address but theirs is a module's. */
bool modules_are_known(const struct vmt_kern *kern);

/**
 * Read the few bytes without which other tools do not open a slim image (others.c has the list).
 * @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc kern_read_others(struct vmt_kern *kern);

/**
 * Read all lists of areas, and keep nothing but how many broke.  @pages: read too what is shown of
 * their pages (vmt_kern_numa).  As vmt_kern_areas.
 */
enum vmt_rc kareas_look(struct vmt_kern *kern, bool pages, uint64_t *broken_lists);
void kareas_free(struct kareas *k);
void space_free(struct space *s);
void parts_free(struct parts *parts);
void tasks_free(struct tasks *t);

#endif
