// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * debug: vmlinux and module files: where they lie, their symbols, and the source lines, inline
 * chains and calls in their DWARF.  Reads ELF and DWARF through libelf and libdw (elfutils); knows
 * nothing of areas.  Addresses (va) are those of the file: as linked, before KASLR.
 */
#ifndef VMTOOL_DEBUG_H
#define VMTOOL_DEBUG_H

#include "vmtool/base.h"
#include "vmtool/model.h"

/* ---- one file ----------------------------------------------------------------------------- */

/** One ELF file with debug information (or at least symbols): vmlinux, or a module. */
struct vmt_debug;

/**
 * Open a 64-bit little-endian ELF file.  A module (ET_REL) is laid out and relocated in memory;
 * one packed with gzip, xz or zstd is unpacked by libdw.  Split debug information is followed
 * through .gnu_debuglink and the build-id.  libdw asks a server for it when DEBUGINFOD_URLS is in
 * the environment: who does not want that takes it out first.
 * @return VMT_OK, VMT_NONE (no such file), VMT_PERM, VMT_IO, VMT_UNSUPPORTED (32-bit, big-endian),
 * VMT_FORMAT or VMT_NOMEM.
 */
enum vmt_rc vmt_debug_open(struct vmt_debug **out, const char *path, struct vmt_err *err);
void vmt_debug_close(struct vmt_debug *d);

/** The path it was opened by; borrowed. */
const char *vmt_debug_path(const struct vmt_debug *d);
/** It has DWARF, not only symbols. */
bool vmt_debug_has_dwarf(struct vmt_debug *d);
/** Why there is no DWARF, in words; NULL when there is. */
const char *vmt_debug_no_dwarf(struct vmt_debug *d);
/** Room for the hex digits of the longest build-id and a NUL. */
#define VMT_BUILD_ID_TEXT 129

/**
 * The build-id of a plain or packed ELF file, in lower-case hex, without opening its DWARF.
 * @return VMT_OK, VMT_NONE (it has none) or as vmt_debug_open.
 */
enum vmt_rc vmt_debug_build_id(const char *path, char hex[VMT_BUILD_ID_TEXT], struct vmt_err *err);

/** The build-id in the bytes of ELF notes (/sys/kernel/notes); false when there is none. */
bool vmt_debug_notes_build_id(const void *notes, size_t size, char hex[VMT_BUILD_ID_TEXT]);

/* ---- symbols ------------------------------------------------------------------------------ */

/** A symbol of the ELF symbol table. */
struct vmt_elf_symbol {
	struct vmt_str name;
	uint64_t va;
	/** As the table has it; 0 where it has none. */
	uint64_t size_bytes;
	/** STT_FUNC; else data, or code written in assembly. */
	bool function;
};

/**
 * Tell @fn of every symbol named @name, in the table's order: names are not unique.  Symbols bear
 * no clang LTO suffix (.llvm.NUMBER), as the kernel prints none.
 * @return VMT_OK, VMT_NOMEM, or what @fn answered.
 */
enum vmt_rc vmt_debug_symbols(struct vmt_debug *d, struct vmt_str name,
			      enum vmt_rc (*fn)(void *arg, const struct vmt_elf_symbol *symbol),
			      void *arg, struct vmt_err *err);

/** Tell @fn of every symbol. @return VMT_OK, VMT_NOMEM, or what @fn answered. */
enum vmt_rc vmt_debug_each_symbol(struct vmt_debug *d,
				  enum vmt_rc (*fn)(void *arg, const struct vmt_elf_symbol *symbol),
				  void *arg, struct vmt_err *err);

/**
 * The bytes of a section as the file has them (".BTF"); borrowed.
 * @return VMT_OK or VMT_NONE.
 */
enum vmt_rc vmt_debug_section(struct vmt_debug *d, const char *name, const void **bytes, size_t *n);

/**
 * A member of a structure by DWARF; @path is one of names ("busy.head"), also through anonymous
 * structures, and "" for the structure itself.  The first look-ups go through many units.
 * @return VMT_OK, VMT_NONE (no DWARF, structure or member) or VMT_NOMEM.
 */
enum vmt_rc vmt_debug_member(struct vmt_debug *d, const char *type, const char *path,
			     struct vmt_member *member);
/** Size of a structure in bytes, likewise. */
enum vmt_rc vmt_debug_sizeof(struct vmt_debug *d, const char *type, uint64_t *bytes);
/** The value of an enumerator of a unit, likewise; each look-up goes through units anew. */
enum vmt_rc vmt_debug_enumerator(struct vmt_debug *d, const char *name, uint64_t *value);

/**
 * Bytes from each address to the next symbol: what the kernel prints as a symbol's size
 * (kernel/kallsyms.c, get_symbol_pos).  Mapping symbols ($x, .L*, L0*) are no symbols there.
 * UINT64_MAX where nothing follows.
 */
enum vmt_rc vmt_debug_rooms(struct vmt_debug *d, const uint64_t *vas, size_t n, uint64_t *rooms,
			    struct vmt_err *err);

/* ---- inline chains ------------------------------------------------------------------------ */

/** One frame of an inline chain.  Strings are borrowed from the file. */
struct vmt_frame {
	struct vmt_str function;
	/** As the DWARF has it, without the build directory; empty when not known. */
	struct vmt_str file;
	/** 0: not known. */
	unsigned line;
	/** Inlined into the next frame. */
	bool inlined;
};

#define VMT_FRAMES_MAX 64

/** What was found for one address. */
struct vmt_chain {
	/**
	 * Innermost first; the last is the function itself.  Where no function is known (n is 0:
	 * assembly, folded copies), the first has the file and line alone, if they are known.
	 */
	struct vmt_frame frames[VMT_FRAMES_MAX];
	size_t n;
	/** The function of the call that ends at va + 1; empty where the DWARF does not tell. */
	struct vmt_str callee;
	/** For vmt_debug_calls; 0 when callee is empty. */
	uint64_t callee_ref;
	/** The call at va + 1 goes through a pointer. */
	bool indirect;
	/** There is a call that ends at va + 1, whatever it calls. */
	bool is_call;
	/** There is none, though calls around it are told of: va + 1 is hardly a return address. */
	bool no_call;
};

/**
 * The chains of many addresses at once: they are grouped by compilation unit, each unit is walked
 * once.  @vas: addresses to look up as they are (a return address minus one).  @fn is called once
 * for each, in any order, with n = 0 where no function is known.
 */
enum vmt_rc vmt_debug_chains(struct vmt_debug *d, const uint64_t *vas, size_t n,
			     enum vmt_rc (*fn)(void *arg, size_t index,
					       const struct vmt_chain *chain),
			     void *arg, struct vmt_err *err);

/* ---- calls -------------------------------------------------------------------------------- */

enum vmt_call_kind {
	VMT_CALL_DIRECT,
	VMT_CALL_INDIRECT, /* through a pointer: callee is empty */
	VMT_CALL_INLINED,  /* the callee's code stands here; its own calls follow, one level deeper
			    */
};

/** One call that a function makes.  Strings are borrowed from the file. */
struct vmt_call {
	enum vmt_call_kind kind;
	/** 0: made by the function itself; k: by the k-th inlined call around it. */
	unsigned depth;
	struct vmt_str callee;
	/** Where the call stands. */
	struct vmt_str file;
	unsigned line;
	/** For vmt_debug_calls; 0 for an indirect call. */
	uint64_t callee_ref;
	/** The last thing it does: the callee returns to the caller's caller. */
	bool tail;
};

/**
 * The calls of the function that begins at @va in the order of their lines, each inlined call
 * followed by those within it.  Without @lines files and lines stay empty and the order is that of
 * the code: much cheaper, as the unit's line table is not read.
 * @return VMT_OK, VMT_NONE (no DWARF for a function there) or VMT_NOMEM, or what @fn answered.
 */
enum vmt_rc vmt_debug_calls(struct vmt_debug *d, uint64_t va, bool lines,
			    enum vmt_rc (*fn)(void *arg, const struct vmt_call *call), void *arg,
			    struct vmt_err *err);

/**
 * The address of a callee: of the function itself, of its out-of-line copy in the same unit, or of
 * the one function of that name.
 * @return VMT_OK, VMT_NONE (it is not in this file, or the name alone does not tell) or VMT_NOMEM.
 */
enum vmt_rc vmt_debug_callee(struct vmt_debug *d, struct vmt_str name, uint64_t ref, uint64_t *va,
			     struct vmt_err *err);

/* ---- finding the files -------------------------------------------------------------------- */

/** What is known of a kernel, and where to look. */
struct vmt_find {
	/** Directory that stands for /, or NULL. */
	const char *sysroot;
	/** uname -r, or NULL when not known. */
	const char *release;
	/** Lower-case hex, or NULL when not known. */
	const char *build_id;
	/** A directory searched before all others, or NULL. */
	const char *dir;
};

/**
 * vmlinux in the places where distributions and people have it: by build-id below
 * usr/lib/debug/.build-id, else by release; a file of another build-id is passed over.
 * @path: the file found; @tried: the places, one a line, for a message.  Both malloc'ed or NULL.
 * @return VMT_OK, VMT_NONE or VMT_NOMEM.
 */
enum vmt_rc vmt_find_vmlinux(const struct vmt_find *find, char **path, char **tried);

/**
 * The file of a module: NAME.ko.debug or NAME.ko, packed or not; '-' and '_' are alike.
 * @release is needed, or @dir.
 */
enum vmt_rc vmt_find_module(const struct vmt_find *find, struct vmt_str module, char **path);

/**
 * Ask the debuginfod servers of $DEBUGINFOD_URLS for the debug file of a build-id (by
 * libdebuginfod, opened when asked for; it keeps what it fetched in its own cache).
 * @return VMT_OK, VMT_NONE (no server has it), VMT_UNSUPPORTED (no libdebuginfod), VMT_IO.
 */
enum vmt_rc vmt_find_debuginfod(const char *build_id, char **path, struct vmt_err *err);

#endif
