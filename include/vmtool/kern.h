// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * kern: one kernel understood from its memory alone: VMCOREINFO leads to the page tables, these to
 * kallsyms and BTF in the kernel's own image, these to its lists of areas and modules.  What cannot
 * be read is counted and told, never guessed.  Presence decides (a symbol, a member), never the
 * version: the newest form first.
 */
#ifndef VMTOOL_KERN_H
#define VMTOOL_KERN_H

#include "vmtool/base.h"
#include "vmtool/debug.h"
#include "vmtool/mem.h"
#include "vmtool/model.h"
#include "vmtool/pgt.h"

struct vmt_kern;

/** Where a kind of knowledge came from. */
enum vmt_origin {
	VMT_FROM_NOWHERE,
	VMT_FROM_IMAGE,	  /* the kernel's own memory */
	VMT_FROM_VMLINUX, /* the file */
	VMT_FROM_FILE,	  /* kallsyms or System.map */
	VMT_FROM_TABLE,	  /* fixed layouts of this program */
};
/** "the image", "vmlinux", ... */
const char *vmt_origin_name(enum vmt_origin origin);

/** What adds to what the image has of itself; borrowed until vmt_kern_close. */
struct vmt_kern_opts {
	/** Symbols of a file, or NULL. */
	struct vmt_symbols *symbols;
	/** Their addresses are as linked (System.map): KASLR is added. */
	bool symbols_linked;
	/** vmlinux: its symbols and its BTF, or NULL. */
	struct vmt_debug *vmlinux;
	/** A file of BTF alone (/sys/kernel/btf/vmlinux), or NULL. */
	const char *btf;
	/** Names that vmt_kern_symbol will be asked for: the pass that reads the symbols finds
	 * them. */
	const char *const *names;
	size_t n_names;
};

/**
 * Understand the kernel of an image.  @mem stays the caller's and must outlive it.
 * @return VMT_OK, VMT_NONE (VMCOREINFO is missing or lacks what is needed: the message says what),
 * VMT_UNSUPPORTED, VMT_FORMAT or VMT_NOMEM.
 */
enum vmt_rc vmt_kern_open(struct vmt_kern **out, struct vmt_mem *mem,
			  const struct vmt_kern_opts *opts, struct vmt_err *err);
void vmt_kern_close(struct vmt_kern *kern);

/** What was understood, for people.  Borrowed. */
struct vmt_kern_about {
	char release[VMT_FACT_TEXT], build_id[VMT_FACT_TEXT];
	uint64_t page_size;
	/** Address space of vmalloc in bytes; 0 when not told. */
	uint64_t vmalloc_bytes;
	/** Levels of the page tables, bits of a virtual address. */
	unsigned levels, va_bits;
	/** What KASLR moved the image by; VMT_FACT_NONE when not told. */
	uint64_t kaslr;
	enum vmt_origin symbols, types;
	/** What was guessed of the place of raw memory is proved by what lies in it. */
	bool place_proved;
	/** How many symbols the image has. */
	uint64_t n_symbols;
	/** One line each on what is missing and what that costs. */
	char missing[4][200];
	size_t n_missing;
};
const struct vmt_kern_about *vmt_kern_about(const struct vmt_kern *kern);
const struct vmt_info *vmt_kern_info(const struct vmt_kern *kern);
/** Its page tables, those of init_mm; borrowed. */
struct vmt_pgt *vmt_kern_pgt(struct vmt_kern *kern);

/**
 * Of a kernel that runs, or may run: what was read of areas, modules and page tables is old, read
 * it anew when it is asked for.  Takes back what vmt_kern_areas gave.  Does nothing for a dump.
 */
void vmt_kern_forget(struct vmt_kern *kern);

/** Read kernel memory: answers as vmt_pgt_read.  KASAN tags are taken off. */
enum vmt_rc vmt_kern_read(struct vmt_kern *kern, uint64_t va, void *buf, size_t n,
			  struct vmt_err *err);
/** A pointer, a 32-bit number. */
enum vmt_rc vmt_kern_read_u64(struct vmt_kern *kern, uint64_t va, uint64_t *v, struct vmt_err *err);
enum vmt_rc vmt_kern_read_u32(struct vmt_kern *kern, uint64_t va, uint32_t *v, struct vmt_err *err);

/* ---- slim images --------------------------------------------------------------------------- */

/**
 * Read everything that answers about this kernel rest on: areas, modules and their symbols, page
 * tables.  Of use to who records what is read (vmt_mem_record).  What cannot be read is left.
 * @return as vmt_kern_areas.
 */
enum vmt_rc vmt_kern_read_all(struct vmt_kern *kern, struct vmt_err *err);

/**
 * The last to be read of a kernel that runs and is recorded: its lists, of areas and of modules,
 * until each can be followed in what is kept.  What is known of areas and modules is forgotten.
 * @param whole false: they changed at every try, and end early in what is kept.
 * @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_kern_read_lists(struct vmt_kern *kern, bool *whole);

/**
 * Read what was used of the kernel's types since it was opened: the last thing before what was
 * recorded is written.  (All of BTF is looked through, as a search, and little is used.)
 */
void vmt_kern_read_types(struct vmt_kern *kern);

/** vmt_mem_about.slim of its image. */
struct vmt_str vmt_kern_slim(const struct vmt_kern *kern);
/**
 * Why nothing tells of symbols, or of types, with the page that is missing where one is; VMT_OK:
 * both are known.
 */
const struct vmt_err *vmt_kern_lack(const struct vmt_kern *kern);

/**
 * Where the kernel's image is mapped, and memory by the direct map: each in order, at most @most
 * spans.  @return how many.
 */
size_t vmt_kern_mapped(struct vmt_kern *kern, struct vmt_mem_span *spans, size_t most);

/* ---- symbols and types -------------------------------------------------------------------- */

#define VMT_CANDIDATES 16
/** Addresses of the symbols of that name (names are not unique). @return how many. */
size_t vmt_kern_symbol(struct vmt_kern *kern, const char *name, uint64_t vas[VMT_CANDIDATES]);

/**
 * The function an address lies in, as %pS prints it: `name+0x10/0x20`, and its module.
 * @return VMT_OK, VMT_NONE (no symbol) or VMT_NOMEM.
 */
enum vmt_rc vmt_kern_name(struct vmt_kern *kern, uint64_t va, struct vmt_symbol *symbol);

/**
 * The one module that has memory in [start, end), whatever kind of memory; empty when there is none
 * or more than one (the ROX cache, 6.13+).
 */
struct vmt_str vmt_kern_module_in(struct vmt_kern *kern, uint64_t start, uint64_t end);

/**
 * Look for names in one pass over the symbols, so that vmt_kern_symbol answers at once; for those
 * that vmt_kern_opts named there is none.  @names: borrowed until vmt_kern_close.
 * @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_kern_know(struct vmt_kern *kern, const char *const *names, size_t n);

/** A member of a structure, by a path of names: "busy.head". */
/** @return VMT_OK or VMT_NONE (no such structure or member). */
enum vmt_rc vmt_kern_member(struct vmt_kern *kern, const char *type, const char *path,
			    struct vmt_member *member);
/** Size of a structure in bytes. @return VMT_OK or VMT_NONE. */
enum vmt_rc vmt_kern_sizeof(struct vmt_kern *kern, const char *type, uint64_t *bytes);
/** The value of an enumerator: "NR_VMALLOC". @return VMT_OK or VMT_NONE. */
enum vmt_rc vmt_kern_enumerator(struct vmt_kern *kern, const char *name, uint64_t *value);

/* ---- areas --------------------------------------------------------------------------------- */

/** One area as the kernel has it. */
struct vmt_karea {
	/** As a line of vmallocinfo would give it; line is its place in the lists, from 1. */
	struct vmt_area area;
	/** Addresses of struct vmap_area and struct vm_struct (0: none). */
	uint64_t vmap_area_va, vm_struct_va;
	/** vm_struct.flags, page_order, requested_size (0 where the kernel has none). */
	uint64_t vm_flags, requested_bytes;
	unsigned page_order;
	/** vm_struct.pages, the array of struct page pointers; read only for NUMA counts. */
	uint64_t pages_va;
	/** vm_struct.caller. */
	uint64_t caller_va;
	/** As struct vmap_area has them: area has those of vm_struct, untagged. */
	uint64_t va_start, va_end;
	/** Its vm_struct was read. */
	bool has_vm;
};

/** What could not be read of the areas. */
struct vmt_kareas_about {
	/** Lists that end early, and the first reason. */
	uint64_t broken_lists;
	/** The list of freed areas that are not yet purged is not known: none is listed. */
	bool no_unpurged;
	/** Areas whose vm_struct is excluded or damaged: they are listed without what it tells. */
	uint64_t no_vm;
	/** Areas whose NUMA counts are unknown: their page array or struct pages are not there. */
	uint64_t no_nodes;
	/** Of a kernel that runs: how often a list was read again because it changed on the way;
	 * lists that changed each time (they are among broken_lists); areas that were there when
	 * they were read, and gone when others were. */
	uint64_t again, unsteady, moved;
	/** Areas left out because they are being set up (VM_UNINITIALIZED), as the kernel does. */
	uint64_t uninitialized;
	struct vmt_err first;
};

/**
 * All areas in the order in which the kernel prints them: busy ones node by node, then unpurged
 * ones.  The array and its strings are borrowed from @kern; read once, until vmt_kern_forget.
 *
 * A kernel that runs changes its lists while they are read.  One that breaks off is read again, a
 * bounded number of times and without waiting; an area that is met twice, in two states or two
 * areas of one place, is kept as it was met last.
 * @return VMT_OK, VMT_NONE (the roots of the lists are not known: the message says why) or
 * VMT_NOMEM.
 */
enum vmt_rc vmt_kern_areas(struct vmt_kern *kern, const struct vmt_karea **areas, size_t *n,
			   const struct vmt_kareas_about **about, struct vmt_err *err);

/**
 * Count the pages of each area by NUMA node, as show_numa_info() of mm/vmalloc.c does: into
 * area.nodes of what vmt_kern_areas gave, which comes first.  Once; it reads each page's struct
 * page.  What cannot be counted is in about->no_nodes.
 * @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_kern_numa(struct vmt_kern *kern, struct vmt_err *err);

/**
 * Busy areas that the kernel does not print: being set up (VM_UNINITIALIZED), being torn down (no
 * vm_struct and no VMAP_RAM), those whose vm_struct cannot be read.  As vmt_kern_areas, after it.
 */
void vmt_kern_areas_hidden(const struct vmt_kern *kern, const struct vmt_karea **areas, size_t *n);

/** Read one busy area by the address of its struct vmap_area. @return as vmt_kern_read. */
enum vmt_rc vmt_kern_area_at(struct vmt_kern *kern, uint64_t vmap_area_va, struct vmt_karea *area,
			     struct vmt_err *err);

/* ---- address space: every range the allocator of mm/vmalloc.c keeps, and how it is linked --- */

enum vmt_space {
	VMT_SPACE_BUSY,	 /* an area */
	VMT_SPACE_LAZY,	 /* freed, waits for a purge */
	VMT_SPACE_PURGE, /* being purged (6.9+) */
	VMT_SPACE_POOL,	 /* kept for reuse by a vmap node (6.9+) */
	VMT_SPACE_FREE,	 /* free_vmap_area_list (5.2+) */
};
const char *vmt_space_name(enum vmt_space space);

/** One struct vmap_area. */
struct vmt_range {
	uint64_t vmap_area_va;
	/** va_start and va_end, as they are. */
	uint64_t start, end;
	/** vmap_area.flags (6.3+), and in the tree of free ranges subtree_max_size. */
	uint64_t flags, subtree_max_bytes;
	/** Which list or tree: index into vmt_kern_books(). */
	uint32_t book;
	bool in_list, in_tree;
};

/** Something that does not link: the first of a list or tree. */
struct vmt_fault {
	/** VMT_OK: none; VMT_EXCLUDED and the like: it could not be read; VMT_FORMAT: damaged. */
	enum vmt_rc code;
	/** The link that is wrong, what it should be, what it is. */
	uint64_t va, expected, found;
	/** What is wrong, a constant phrase. */
	const char *what;
	/** Why it cannot be read. */
	struct vmt_err err;
};

/**
 * Walk a circular list (include/linux/list.h) from its head: @fn gets the address of each struct
 * list_head, and ends the walk by another answer than VMT_OK.  Stops at a link that does not point
 * back, at @max nodes, or where memory cannot be read; @fault says what is wrong where.
 * @return VMT_OK when it came back to the head; else fault->code.
 */
enum vmt_rc vmt_kern_list(struct vmt_kern *kern, uint64_t head, uint64_t max,
			  enum vmt_rc (*fn)(void *arg, uint64_t node), void *arg,
			  struct vmt_fault *fault);

/** A list and a tree that hold the same ranges. */
struct vmt_book {
	enum vmt_space space;
	/** Of a vmap node (6.9+), and of a pool the number of pages less one; else 0. */
	uint32_t node, pool;
	/** Addresses of the head and of the root, or of the tree's first node where nothing tells
	 * of the root; 0: there is none, or it is not known. */
	uint64_t list_va, tree_va;
	uint64_t n_list, n_tree;
	struct vmt_fault list, tree;
};

/**
 * All of it, lists and trees, joined by address of vmap_area; read once, borrowed from @kern.  What
 * is in a broken list behind the break is in its tree all the same.
 * @return VMT_OK, VMT_NONE (the roots are not known) or VMT_NOMEM.
 */
enum vmt_rc vmt_kern_ranges(struct vmt_kern *kern, const struct vmt_range **ranges, size_t *n,
			    struct vmt_err *err);
const struct vmt_book *vmt_kern_books(const struct vmt_kern *kern, size_t *n);
/** Of vmap nodes; 0 before 6.9. @zone_bytes: what one node has before the next has its turn. */
uint32_t vmt_kern_nodes(struct vmt_kern *kern, uint64_t *zone_bytes);

/** Where the kernel puts areas. */
struct vmt_window {
	/** "vmalloc", "modules" */
	const char *name;
	uint64_t start, end;
};
#define VMT_WINDOWS 4
/** @return how many are known, in no order. */
size_t vmt_kern_windows(struct vmt_kern *kern, struct vmt_window windows[VMT_WINDOWS]);

/**
 * Where the direct map shows physical address @pa. @return VMT_OK; VMT_NONE: the kernel does not
 * say; or why that cannot be read.
 */
enum vmt_rc vmt_kern_direct_va(struct vmt_kern *kern, uint64_t pa, uint64_t *va,
			       struct vmt_err *err);

/** struct page: which frame one is of, and where things are in it; bytes. */
struct vmt_page_map {
	/** Address of the struct page of frame 0 (vmemmap), and of one to the next. */
	uint64_t base, bytes;
	uint64_t flags, refcount, mapcount;
	/** How the base was found, for people. */
	const char *from;
};
/**
 * @return VMT_OK; VMT_NONE (the kernel does not say, and its areas do not tell); VMT_NOMEM.
 */
enum vmt_rc vmt_kern_page_map(struct vmt_kern *kern, struct vmt_page_map *map, struct vmt_err *err);
/** The frame of a struct page. @return false: @page_va is none. */
static inline bool vmt_page_pfn(const struct vmt_page_map *map, uint64_t page_va, uint64_t *pfn)
{
	*pfn = (page_va - map->base) / map->bytes;
	return page_va >= map->base && (page_va - map->base) % map->bytes == 0;
}

/**
 * Are @pages the struct pages of the frames at @pas, one for one?  No frame (VMT_PA_NONE) has one.
 */
bool vmt_page_map_same(const struct vmt_page_map *map, unsigned page_shift, const uint64_t *pages,
		       const uint64_t *pas, size_t n);

/** Pages of the largest block: VMAP_BBMAP_BITS_MAX of mm/vmalloc.c. */
#define VMT_BLOCK_PAGES 1024

/** A block of vm_map_ram, from which pages are handed out. */
struct vmt_block {
	/** Of struct vmap_block; the range it hands out. */
	uint64_t va, start, end;
	/** Pages never handed out since, and pages given back. */
	uint64_t free, dirty;
	/** used_map is there (6.3+): a bit for each page that is handed out. */
	bool has_used;
	uint64_t used[VMT_BLOCK_PAGES / 64];
};
/** All of them, in a new array: free it. @return VMT_OK, VMT_NONE (not known) or VMT_NOMEM. */
enum vmt_rc vmt_kern_blocks(struct vmt_kern *kern, struct vmt_block **blocks, size_t *n);

/* ---- tasks and modules ---------------------------------------------------------------------- */

/** A thread. */
struct vmt_task {
	uint64_t va, mm_va, active_mm_va, stack_va;
	/** vm_struct of its stack; 0: it has none (CONFIG_VMAP_STACK is off, or it is dead). */
	uint64_t stack_vm_va;
	uint32_t pid;
	char comm[17];
};
/**
 * All threads, by the list of init_task and that of each process; read once, borrowed from @kern.
 * @fault: where a list breaks; what was read before it is given all the same.
 * @return VMT_OK, VMT_NONE (init_task or types are not known) or VMT_NOMEM.
 */
enum vmt_rc vmt_kern_tasks(struct vmt_kern *kern, const struct vmt_task **tasks, size_t *n,
			   const struct vmt_fault **fault, struct vmt_err *err);

/** What a module's memory is, and what its rights should be once it lives. */
enum vmt_module_mem {
	VMT_MODULE_TEXT,   /* RO X */
	VMT_MODULE_DATA,   /* RW NX */
	VMT_MODULE_RODATA, /* RO NX */
	VMT_MODULE_RO_AFTER_INIT,
	VMT_MODULE_INIT_TEXT, /* freed once it lives */
	VMT_MODULE_INIT_DATA,
	VMT_MODULE_INIT_RODATA,
	VMT_MODULE_MEMS
};
struct vmt_kmodule {
	struct vmt_str name;
	/** It lives: MODULE_STATE_LIVE. */
	bool live;
	/** By enum vmt_module_mem; 0 bytes: none. */
	struct {
		uint64_t start, bytes;
	} mem[VMT_MODULE_MEMS];
};
/**
 * The modules that are loaded; borrowed.
 * @return how many; 0 also when their list is not known (vmt_kern_modules_known).
 */
size_t vmt_kern_modules(struct vmt_kern *kern, const struct vmt_kmodule **modules);
/** Their list was found and read to its end, and each of them; @why: what is not, may be NULL. */
bool vmt_kern_modules_known(struct vmt_kern *kern, struct vmt_err *why);
/**
 * None of the list is left out of them because it is just being put together or taken apart
 * (MODULE_STATE_UNFORMED): it has memory all the same.
 */
bool vmt_kern_modules_formed(struct vmt_kern *kern);

/** Memory ran out since this was asked last: an answer that does not tell so may be less than all.
 */
bool vmt_kern_ran_out(struct vmt_kern *kern);

/** The memory all of it lies in. */
struct vmt_mem *vmt_kern_mem(struct vmt_kern *kern);

/* ---- space: what an address belongs to ------------------------------------------------------ */

/**
 * The parts of kernel space whose bounds are known, in ascending order; they may overlap (arm64
 * has modules within vmalloc space).  Borrowed.  @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_kern_parts(struct vmt_kern *kern, const struct vmt_part **parts, size_t *n,
			   struct vmt_err *err);

/**
 * The areas of vmt_kern_areas in ascending order, at one address the busy one first.  Borrowed as
 * those.  Answers as vmt_kern_areas.
 */
enum vmt_rc vmt_kern_areas_sorted(struct vmt_kern *kern, const struct vmt_karea *const **areas,
				  size_t *n, struct vmt_err *err);

/** What an address, or a stretch of them, belongs to. */
enum vmt_owner_kind {
	VMT_OWNER_NONE,	    /* no part that is known, or nothing within one */
	VMT_OWNER_AREA,	    /* a busy area, @area */
	VMT_OWNER_GUARD,    /* its guard page, or what the text says is one */
	VMT_OWNER_UNPURGED, /* an area freed and not yet purged, @area */
	VMT_OWNER_HOLE,	    /* between the areas @before and @after, within a part for areas */
	VMT_OWNER_IMAGE,    /* the kernel's image, from _stext to _end */
	VMT_OWNER_PART,	    /* another part, @part */
};
const char *vmt_owner_name(enum vmt_owner_kind kind);

struct vmt_place {
	enum vmt_owner_kind kind;
	/** All of [start, end) has this owner; an end of 0 is that of the address space. */
	uint64_t start, end;
	const struct vmt_karea *area;
	/** The areas next to a hole, in its part; NULL: none. */
	const struct vmt_karea *before, *after;
	/** The narrowest part it lies in; NULL: none that is known. */
	const struct vmt_part *part;
};

/**
 * The area of vmalloc that maps physical address @pa, at *@va; of several the first.  What areas
 * take is gone through, once.
 * @return VMT_OK, VMT_NONE (none does, or it cannot be read), or as vmt_kern_areas.
 */
enum vmt_rc vmt_kern_frame_area(struct vmt_kern *kern, uint64_t pa, const struct vmt_karea **area,
				uint64_t *va, struct vmt_err *err);

/** @return VMT_OK, or as vmt_kern_areas (then without areas, @place is what parts alone tell). */
enum vmt_rc vmt_kern_place(struct vmt_kern *kern, uint64_t va, struct vmt_place *place,
			   struct vmt_err *err);

#endif
