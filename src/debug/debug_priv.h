// SPDX-License-Identifier: GPL-2.0-or-later
/** debug, for itself. */
#ifndef VMTOOL_DEBUG_PRIV_H
#define VMTOOL_DEBUG_PRIV_H

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include "vmtool/debug.h"

struct vmt_layouts;

struct vmt_debug {
	char *path;
	Dwfl *dwfl;
	Dwfl_Module *module;
	/** Read when first asked for. */
	Dwarf *dwarf;
	/** What addresses of libdwfl have more than those of the file: it lays ET_DYN out
	 * elsewhere. */
	Dwarf_Addr elf_bias;
	/** What addresses of the file have more than those of its DWARF. */
	Dwarf_Addr bias;
	/** dwarf was looked for. */
	bool dwarf_asked;
	const char *no_dwarf;
	/** Read when first asked for. */
	struct vmt_symtab *symtab;
	/** The same: what .debug_aranges does not tell. */
	struct vmt_ranges *ranges;
	/** The same: structures. */
	struct vmt_layouts *layouts;
	/** The function found last (0: none) and an address in it: it is asked about again. */
	Dwarf_Off function;
	Dwarf_Addr function_va;
};

void vmt_symtab_free(struct vmt_symtab *t);
void vmt_ranges_free(struct vmt_ranges *r);

/** The DWARF, or NULL. */
Dwarf *vmt_debug_dwarf(struct vmt_debug *d);

/** No compilation unit holds the address. */
#define VMT_NO_CU ((Dwarf_Off)-1)

/**
 * Offset of the unit DIE that holds an address (of the DWARF), or VMT_NO_CU.
 * @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_debug_unit_of(struct vmt_debug *d, Dwarf_Addr va, Dwarf_Off *cu);

/** The name of a function or inlined call, which may stand in another unit. */
struct vmt_str vmt_dwarf_name(Dwarf_Die *die);

/**
 * The unit was made by clang.  It tells of all calls of a function in the function's own scope,
 * also of those that stand in inlined calls; and, though it claims to tell of all
 * (DW_AT_call_all_calls), not of calls of functions that are declared only and whose name is
 * reserved, as that of
 * __vmalloc_node_range is (14 and later; CGDebugInfo.cpp, EmitFuncDeclForCallSite).
 */
bool vmt_dwarf_by_clang(Dwarf_Die *unit);

/** Files of one unit, for call lines. */
struct vmt_unit {
	Dwarf_Die die;
	Dwarf_Files *files;
	const char *dir;
	/** Since DWARF 5 the first file has number 0, which before meant none. */
	bool from_zero;
	/** What is not told of as a call is none. */
	bool all_calls;
};
void vmt_unit_init(struct vmt_unit *u, Dwarf_Die *die);
/** Source line of an address. */
void vmt_unit_line(struct vmt_unit *u, Dwarf_Addr va, struct vmt_str *file, unsigned *line);
/** Where an inlined call stands. */
void vmt_unit_call_line(const struct vmt_unit *u, Dwarf_Die *die, struct vmt_str *file,
			unsigned *line);

/** A call site: DW_TAG_call_site of DWARF 5, DW_TAG_GNU_call_site before. */
bool vmt_dwarf_is_call(Dwarf_Die *die);
struct vmt_site {
	/** The address after the call; 0 when not told. */
	Dwarf_Addr returns_to;
	/** An address within the call; 0 when not told. */
	Dwarf_Addr at;
	struct vmt_str callee;
	uint64_t callee_ref;
	bool tail;
};
void vmt_dwarf_site(Dwarf_Die *die, struct vmt_site *site);

/* ---- structures ---- */

void vmt_layouts_free(struct vmt_layouts *l);

#endif
