// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * model: what vmtool talks about.  An area is one range of kernel virtual address space; everything
 * a user sees is a sum, a list or a comparison of areas.  No input, no output, no kernel pointers.
 */
#ifndef VMTOOL_MODEL_H
#define VMTOOL_MODEL_H

#include "vmtool/base.h"

/* ---- area -------------------------------------------------------------------------------- */

/** The words a vmallocinfo line can carry (mm/vmalloc.c, vmalloc_info_show, 2.6.28 to 7.3). */
enum vmt_area_flag {
	VMT_AREA_IOREMAP = 1 << 0,
	VMT_AREA_SPARSE = 1 << 1, /* 6.9+ */
	VMT_AREA_VMALLOC = 1 << 2,
	VMT_AREA_VMAP = 1 << 3,
	VMT_AREA_USER = 1 << 4,
	VMT_AREA_DMA_COHERENT = 1 << 5, /* 5.4+ */
	VMT_AREA_VPAGES = 1 << 6, /* the array of page pointers lies in vmalloc space itself */
	VMT_AREA_VM_MAP_RAM = 1 << 7,
	VMT_AREA_UNPURGED = 1 << 8, /* freed, waiting for a TLB flush; 4.14+ */
	VMT_AREA_HAS_PAGES = 1 << 9,
	VMT_AREA_HAS_PHYS = 1 << 10,
	VMT_AREA_ADDR_HIDDEN = 1 << 11, /* (____ptrval____): start and end are 0 and mean nothing */
	VMT_AREA_TAGGED = 1 << 12,	/* a KASAN tag was taken off start and end */
	VMT_AREA_SELF_READ = 1 << 13,	/* the buffer this very read was made into */
	VMT_AREA_HOUSES_MODULE = 1 << 14, /* module is what lies there, not the caller's */
	VMT_AREA_EXACT = 1 << 15,    /* from the kernel's own record, not from a line of text */
	VMT_AREA_NO_GUARD = 1 << 16, /* VM_NO_GUARD; only with EXACT */
};
#define VMT_AREA_WORDS 0x1ff /* the flags that are words of the line */

enum vmt_kind {
	VMT_KIND_VMALLOC,
	VMT_KIND_VMAP,
	VMT_KIND_IOREMAP,
	VMT_KIND_DMA_COHERENT,
	VMT_KIND_SPARSE,
	VMT_KIND_VM_MAP_RAM,
	VMT_KIND_PERCPU,
	VMT_KIND_IMAGE, /* a segment of the kernel image (arm64): vmap with phys= */
	VMT_KIND_UNPURGED,
	VMT_KIND_OTHER,
	VMT_KIND_COUNT
};

/** "vmalloc", "dma-coherent", ... */
const char *vmt_kind_name(enum vmt_kind kind);
/** One short remark for a person, or "". */
const char *vmt_kind_note(enum vmt_kind kind);
/** @return false when @name is no kind. */
bool vmt_kind_parse(const char *name, enum vmt_kind *kind);

/** One range of kernel virtual address space, whatever the source said about it. */
struct vmt_area {
	/** va; half-open.  Real, or a hash, or 0: see enum vmt_addr_state. */
	uint64_t start, end;
	/** As printed, guard included. */
	uint64_t size_bytes;
	/** pages=, base pages; 0 when absent (VMT_AREA_HAS_PAGES says). */
	uint64_t pages;
	/** phys=; valid when VMT_AREA_HAS_PHYS. */
	uint64_t phys;
	/** `func+off/size` or `0x...`, without ` [module]`; empty when absent. */
	struct vmt_str caller;
	/** Module of the caller, without brackets; empty when absent.  See HOUSES_MODULE. */
	struct vmt_str module;
	/** Words this program does not know (vendor kernels), as they stood. */
	struct vmt_str other;
	/** `N0=4 N1=2`, as it stood; vmt_area_next_node() reads it. */
	struct vmt_str nodes;
	/** Line number in the source, from 1. */
	uint64_t line;
	/** enum vmt_area_flag. */
	uint32_t flags;
	enum vmt_kind kind;
	/** Digits of start and end as printed: 16, or 8 on 32-bit kernels. */
	int addr_digits;
	/**
	 * 0, or a number: areas of one source with the same number differ in nothing but start, end
	 * and line.  Whoever changes another field sets it to 0.
	 */
	uint32_t twin;
};

/** start and end are addresses, not hashes: they are as far apart as size says. */
static inline bool vmt_area_is_real(const struct vmt_area *area)
{
	return area->start && area->end > area->start &&
	       area->end - area->start == area->size_bytes;
}

/**
 * Take a KASAN tag off: arm64 prints tagged addresses (5.18+), tags live in bits 63:56, and bit 55
 * tells a kernel address.  Other addresses are given back as they are.
 */
static inline uint64_t vmt_va_untag(uint64_t va)
{
	return va >> 55 & 1 && va >> 56 && va >> 56 != 0xff ? va | UINT64_C(0xff) << 56 : va;
}

/** @va lies in the area; where addresses are hashed: is printed as its start. */
static inline bool vmt_area_is_at(const struct vmt_area *area, uint64_t va)
{
	if (vmt_area_is_real(area))
		return va >= area->start && va < area->end;
	return area->start && area->start == va;
}

/** What the usable part of an area is, in words. */
const char *vmt_area_meaning(const struct vmt_area *area);
/** Why the start of an area is aligned beyond a page: "stacks start on", ... boundaries. */
const char *vmt_area_align_reason(const struct vmt_area *area);

/** Set kind (and the flags that follow from the words) of an area whose other fields are set. */
void vmt_area_classify(struct vmt_area *area);

/**
 * Step through the NUMA counts: `struct vmt_str rest = a->nodes; while (vmt_area_next_node(...))`.
 * Unit: base pages.
 */
bool vmt_area_next_node(struct vmt_str *rest, uint32_t *node, uint64_t *pages);

/** The flag bit of a word ("ioremap", "user", "unpurged", ...); 0 when it is not known. */
uint32_t vmt_area_flag_bit(struct vmt_str word);

/** The flag words of an area, space-separated, unknown words last, cut to fit. @return length. */
size_t vmt_area_flags_text(const struct vmt_area *area, char *buf, size_t size);

/** Pages of RAM the area itself owns: pages= of vmalloc lines, nothing else.  Base pages. */
static inline uint64_t vmt_area_resident_pages(const struct vmt_area *area)
{
	return area->kind == VMT_KIND_VMALLOC ? area->pages : 0;
}

/** `func` of `func+off/size`; the whole of a raw `0x...`. */
struct vmt_str vmt_caller_function(struct vmt_str caller);

/** The shape of a symbolized caller: `name+0xHEX/0xHEX`.  One definition for all parsers. */
bool vmt_caller_is_symbol(struct vmt_str s);

/** The shape of an unsymbolized caller: `0xHEX`. */
bool vmt_caller_is_raw(struct vmt_str s);

/** A symbolized caller, taken apart: `func+0x10/0x20`. */
struct vmt_caller {
	struct vmt_str function;
	uint64_t offset, size_bytes;
};
/** @return false when @s is no `name+0xHEX/0xHEX`, or its numbers do not fit. */
bool vmt_caller_parse(struct vmt_str s, struct vmt_caller *caller);

/* ---- symbols ------------------------------------------------------------------------------ */

/** Symbols sorted by address, whoever filled the table (kallsyms, System.map). */
struct vmt_symbols;

/** What is known of an address. */
struct vmt_symbol {
	struct vmt_str name;
	/** Without brackets; empty for the kernel itself. */
	struct vmt_str module;
	uint64_t va;
	/** To the next symbol, as the kernel prints it; UINT64_MAX for the last. */
	uint64_t size_bytes;
};

/** A mapping symbol or local label ($x, .L*, L0*; is_mapping_symbol() of 6.12): never printed. */
bool vmt_symbol_is_mapping(struct vmt_str name);

struct vmt_symbols *vmt_symbols_new(void);
void vmt_symbols_free(struct vmt_symbols *symbols);
/**
 * Copy one symbol into the table, in any order.  Mapping symbols are left out, as
 * the kernel does (include/linux/module_symbol.h, is_mapping_symbol).
 * @return VMT_OK, VMT_RANGE (more than any kernel has) or VMT_NOMEM.
 */
enum vmt_rc vmt_symbols_add(struct vmt_symbols *symbols, uint64_t va, struct vmt_str name,
			    struct vmt_str module);
size_t vmt_symbols_count(const struct vmt_symbols *symbols);
/** Addresses of a name, at most @max (names are not unique); looks at every symbol. @return count.
 */
size_t vmt_symbols_named(const struct vmt_symbols *symbols, struct vmt_str name, uint64_t *vas,
			 size_t max);
/**
 * The symbol that holds @va: the last that does not begin after it, of several at one address the
 * first that was added (kernel/kallsyms.c, get_symbol_pos).  Sorts when symbols were added.
 * @return VMT_OK or VMT_NONE.
 */
enum vmt_rc vmt_symbols_at(struct vmt_symbols *symbols, uint64_t va, struct vmt_symbol *symbol);

/* ---- how addresses are shown ------------------------------------------------------------- */

enum vmt_addr_state {
	VMT_ADDR_UNKNOWN, /* nothing to go by */
	VMT_ADDR_REAL,
	VMT_ADDR_HASHED, /* %p: equal addresses still print equal */
	VMT_ADDR_ZEROED, /* kptr_restrict hid them, or (____ptrval____) */
};

/** Votes of the lines seen so far. */
struct vmt_addr_votes {
	uint64_t real, hashed, zeroed, hidden, tagged;
};

void vmt_addr_vote(struct vmt_addr_votes *votes, const struct vmt_area *area);
enum vmt_addr_state vmt_addr_decide(const struct vmt_addr_votes *votes);
/** "real", "hashed", "zeroed", "unknown". */
const char *vmt_addr_state_name(enum vmt_addr_state state);

/* ---- areas ------------------------------------------------------------------------------- */

/** A table of areas that owns its strings. */
struct vmt_areas;

struct vmt_areas *vmt_areas_new(void);
void vmt_areas_free(struct vmt_areas *areas);
/** Copy @area, strings included; all areas are of one source. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc vmt_areas_add(struct vmt_areas *areas, const struct vmt_area *area);
size_t vmt_areas_count(const struct vmt_areas *areas);
/** Borrowed; valid until the next vmt_areas_add or _free. */
const struct vmt_area *vmt_areas_at(const struct vmt_areas *areas, size_t i);
/** Stable sort in place by any order of two areas. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc vmt_areas_sort(struct vmt_areas *areas,
			   int (*cmp)(const struct vmt_area *, const struct vmt_area *, void *),
			   void *arg);

/* ---- guard: why an area is larger than its pages ------------------------------------------ */

enum vmt_grade {
	VMT_GRADE_KNOWN,
	VMT_GRADE_INFERRED,
	VMT_GRADE_UNKNOWABLE,
};
const char *vmt_grade_name(enum vmt_grade grade);

/** What one line tells about the guard page of its area.  All units bytes. */
struct vmt_guard {
	/** Guard bytes; 0 when there is none or when it cannot be known (see grade). */
	uint64_t guard_bytes;
	/** size - guard - cut: what the owner can use. */
	uint64_t usable_bytes;
	/** Address space that lost its pages: vrealloc shrank the area (7.2+) or it is in flight.
	 */
	uint64_t cut_bytes;
	enum vmt_grade grade;
	/** size is smaller than pages * page size: a corrupt line or a wrong page size. */
	bool contradiction;
	/** Short stable id of the rule that decided. */
	const char *rule;
	/** The rule in words, for people. */
	const char *why;
};

/** @page_size: bytes, a power of two. */
void vmt_guard_of(const struct vmt_area *area, uint64_t page_size, struct vmt_guard *guard);

/* ---- what: what a caller's memory is for -------------------------------------------------- */

/** What a well-known caller is: "thread stacks", "BPF maps", ...; NULL when not in the table. */
const char *vmt_what(const struct vmt_area *area);
/** The same by function name alone (offset and size already taken off). */
const char *vmt_what_function(struct vmt_str function);
/** A stack whose start is aligned beyond the page. */
bool vmt_what_is_stack(const char *what);

/* ---- sums and groups ---------------------------------------------------------------------- */

/** A sum over areas.  Bytes, but areas: counts.  All sums saturate. */
struct vmt_sums {
	uint64_t areas;
	uint64_t size_bytes;
	/** RAM: pages= of vmalloc lines x page size. */
	uint64_t resident_bytes;
	/** Pages on vmap lines x page size: owned elsewhere. */
	uint64_t lent_bytes;
	/** By grade; unknowable counts no bytes. */
	uint64_t guard_bytes[2];
	/** Areas by grade. */
	uint64_t guard_areas[3];
	/** Areas that have a guard, by grade. */
	uint64_t guarded[2];
	/** Address space that lost its pages. */
	uint64_t cut_bytes;
	/** Areas whose numbers contradict each other. */
	uint64_t contradictions;
};

/** Add one area and what its line says of the guard. */
void vmt_sums_add(struct vmt_sums *sums, const struct vmt_area *area, const struct vmt_guard *guard,
		  uint64_t page_size);
/** Add sums to sums. */
void vmt_sums_merge(struct vmt_sums *into, const struct vmt_sums *from);
/** Known and inferred guard bytes. */
static inline uint64_t vmt_sums_guard(const struct vmt_sums *sums)
{
	return vmt_num_add(sums->guard_bytes[0], sums->guard_bytes[1]);
}

enum vmt_group_by {
	VMT_BY_CALLER, /* with " [module]" */
	VMT_BY_FUNCTION,
	VMT_BY_WHAT,
	VMT_BY_MODULE,
	VMT_BY_KIND,
	VMT_BY_NODE,
	VMT_BY_SIZE, /* class: powers of two */
	VMT_BY_FLAGS,
	/* What symbols tell of a caller: filled by vmt_groups_merge, not by vmt_groups_add. */
	VMT_BY_OWNER,
	VMT_BY_FILE,
	VMT_BY_SUBSYSTEM,
	VMT_BY_COUNT
};
static inline bool vmt_group_by_symbols(enum vmt_group_by by)
{
	return by >= VMT_BY_OWNER;
}
/** "caller", "function", ... */
const char *vmt_group_by_name(enum vmt_group_by by);
bool vmt_group_by_parse(const char *name, enum vmt_group_by *by);

/** One row of the answer.  Strings are borrowed from the groups. */
struct vmt_group {
	struct vmt_str key;
	/** What the memory is for, when by caller or function; NULL when not known or mixed. */
	const char *what;
	struct vmt_sums sums;
};

/** Sums by key. */
struct vmt_groups;

struct vmt_groups *vmt_groups_new(enum vmt_group_by by, uint64_t page_size);
void vmt_groups_free(struct vmt_groups *groups);
/**
 * Add an area.  An area with pages on several nodes is split by node: each node gets its pages,
 * the first also the guard and the one count, so that columns still add up.
 * @guard: what the line says of its guard; NULL: found out here, where it is needed.
 * @group: may be NULL; set to the number of the group it went to.
 */
enum vmt_rc vmt_groups_add(struct vmt_groups *groups, const struct vmt_area *area,
			   const struct vmt_guard *guard, uint32_t *group);
/** Add the sums of another group under @key; its `what` stays where all that are merged agree. */
enum vmt_rc vmt_groups_merge(struct vmt_groups *groups, struct vmt_str key,
			     const struct vmt_group *from);
/** What a group's memory is for, without completing its sums: cheap between adds. */
const char *vmt_groups_what(const struct vmt_groups *groups, uint32_t group);
size_t vmt_groups_count(const struct vmt_groups *groups);
/** Borrowed; valid until the next add. */
const struct vmt_group *vmt_groups_at(const struct vmt_groups *groups, size_t i);
/** Find by key; NULL when there is none. */
const struct vmt_group *vmt_groups_find(const struct vmt_groups *groups, struct vmt_str key);

/** Sort an array of borrowed groups: resident falling, then size falling, then key. */
void vmt_groups_rank(const struct vmt_group **rows, size_t n);

/** All groups as an array for sorting; malloc'ed, the caller frees it. NULL: out of memory. */
const struct vmt_group **vmt_groups_rows(const struct vmt_groups *groups, size_t *n);

/* ---- facts: what else a source says about its machine ------------------------------------- */

#define VMT_FACT_TEXT 128
#define VMT_FACT_NONE UINT64_MAX

/** A module as /proc/modules has it. */
struct vmt_module {
	struct vmt_str name;
	uint64_t base, size_bytes;
};

/** Everything is optional: "" or VMT_FACT_NONE when the source does not say. */
struct vmt_facts {
	char kernel[VMT_FACT_TEXT]; /* release, as uname -r */
	char machine[VMT_FACT_TEXT];
	char host[VMT_FACT_TEXT];
	char boot_id[VMT_FACT_TEXT];
	char build_id[VMT_FACT_TEXT];
	char addresses[VMT_FACT_TEXT]; /* what a snapshot header claims */
	/** Seconds since the epoch, when the text was made. */
	uint64_t time;
	/** Milliseconds since boot, suspended time included; a clock that is set does not move it.
	 */
	uint64_t uptime_ms;
	uint64_t page_size;
	uint64_t kptr_restrict;
	/** /proc/meminfo, bytes. */
	uint64_t mem_total, vmalloc_total, vmalloc_used, percpu, kernel_stack, high_total;
	/** meminfo has HighTotal: a 32-bit kernel with CONFIG_HIGHMEM. */
	bool highmem;
	/** A snapshot header that `vmtool record` wrote. */
	bool recorded;
	/** Modules, and the table that owns their names (NULL when there are none). */
	struct vmt_module *modules;
	size_t n_modules, cap_modules;
	struct vmt_intern *names;
};

void vmt_facts_init(struct vmt_facts *facts);
void vmt_facts_deinit(struct vmt_facts *facts);
enum vmt_rc vmt_facts_add_module(struct vmt_facts *facts, struct vmt_str name, uint64_t base,
				 uint64_t size_bytes);
/**
 * The one module that begins in [start, end), or an empty string.  /proc/modules tells where a
 * module's text begins and the size of all its parts together, which since 6.4 lie apart: no more
 * than the area of its text can be named.  Several in one area (the ROX cache, 6.13+) name none.
 */
struct vmt_str vmt_facts_module_in(const struct vmt_facts *facts, uint64_t start, uint64_t end);

/** Take from @from what @into does not have (modules too, by moving them). */
void vmt_facts_merge(struct vmt_facts *into, struct vmt_facts *from);

/* ---- info: what a kernel tells of itself in VMCOREINFO -------------------------------------- */

/** `KEY=VALUE` lines (Documentation/admin-guide/kdump/vmcoreinfo.rst), looked up by key. */
struct vmt_info;

struct vmt_info *vmt_info_new(void);
void vmt_info_free(struct vmt_info *info);
/** Copy one pair; the first of a key counts. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc vmt_info_add(struct vmt_info *info, struct vmt_str key, struct vmt_str value);
/** The value of a key; n is 0 when there is none.  Borrowed. */
struct vmt_str vmt_info_get(const struct vmt_info *info, const char *key);
/** `SYMBOL(name)`, `KERNELOFFSET`: hexadecimal without 0x. */
bool vmt_info_hex(const struct vmt_info *info, const char *key, uint64_t *value);
/** `NUMBER(x)`, `LENGTH(x)`, `SIZE(x)`, `OFFSET(x.y)`: decimal, may be negative, or 0x... */
bool vmt_info_number(const struct vmt_info *info, const char *key, uint64_t *value);

/* ---- gaps: holes, regions, alignment ------------------------------------------------------ */

/** What is kept of an area for questions about neighbours: 24 bytes. */
struct vmt_extent {
	uint64_t start, end;
	/** Any number the caller of vmt_gaps_add chose (a group, an index). */
	uint32_t owner;
	uint8_t kind;
	/** log2 of the alignment the kernel gave the start; 0 = one page. */
	uint8_t align_log2;
	/** Code (module, BPF) or a static mapping: see gaps.c. */
	uint8_t role;
	uint8_t pad;
};

enum vmt_bounds {
	VMT_BOUNDS_UNKNOWN,  /* start and end are those of the first and last area: "at least" */
	VMT_BOUNDS_INFERRED, /* by a rule of the architecture and VmallocTotal */
};

#define VMT_REGIONS_MAX	 4
#define VMT_HOLE_CLASSES 64

/** A stretch of address space the kernel allocates from.  Bytes; half-open. */
struct vmt_region {
	const char *name; /* "vmalloc", "modules", "static" */
	enum vmt_bounds bounds;
	/** How the bounds were found, or why they cannot be. */
	const char *why;
	/** Lies inside the vmalloc region (arm64 modules under KASLR): in no sum twice. */
	bool inside;
	/** Holes are meaningful here ("static" has none). */
	bool has_holes;
	uint64_t start, end;
	uint64_t areas, busy_bytes, unpurged_bytes;
	/** Holes: space no busy area holds; unpurged space counts as hole, as the kernel purges
	 * before it gives up. */
	uint64_t holes, hole_bytes, largest_bytes, largest_start;
	/** Owners of the areas below and above the largest hole; UINT32_MAX when there is none. */
	uint32_t below, above;
	/** Holes by power of two: [k] holes of 2^k <= size < 2^(k+1). */
	uint64_t class_holes[VMT_HOLE_CLASSES], class_bytes[VMT_HOLE_CLASSES];
};

/** The extents of one source, and what was found out about the space between them. */
struct vmt_gaps;

struct vmt_gaps *vmt_gaps_new(uint64_t page_size);
void vmt_gaps_free(struct vmt_gaps *gaps);
/**
 * @guard: NULL: found out here, where it is needed.  @what: from vmt_what(), may be NULL; of areas
 * with one twin number it is the same.
 * @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_gaps_add(struct vmt_gaps *gaps, const struct vmt_area *area,
			 const struct vmt_guard *guard, const char *what, uint32_t owner);
/** Sort and compute.  Call once, after the last add. @facts gives VmallocTotal and the like. */
enum vmt_rc vmt_gaps_finish(struct vmt_gaps *gaps, const struct vmt_facts *facts);

/** Regions, the vmalloc one first.  Borrowed. */
const struct vmt_region *vmt_gaps_regions(const struct vmt_gaps *gaps, size_t *n);

/** Holes before areas whose start the kernel aligned; bytes, areas with such a hole. */
uint64_t vmt_gaps_alignment(const struct vmt_gaps *gaps, uint64_t *holes);
/** The same for the areas of one owner. */
uint64_t vmt_gaps_alignment_of(const struct vmt_gaps *gaps, uint32_t owner, uint64_t *holes);

/** Lines that overlap another: read while it changed (<= 6.8 reads are not one snapshot). */
uint64_t vmt_gaps_overlaps(const struct vmt_gaps *gaps);
/** Lines that stood twice. */
uint64_t vmt_gaps_repeats(const struct vmt_gaps *gaps);

/** Extents that have a place: all of them, after vmt_gaps_finish those that make a range. */
size_t vmt_gaps_count(const struct vmt_gaps *gaps);
/** The i-th by address; before vmt_gaps_finish in the order they were added. */
const struct vmt_extent *vmt_gaps_at(const struct vmt_gaps *gaps, size_t i);
/** How many extents start below @va. */
size_t vmt_gaps_lower_bound(const struct vmt_gaps *gaps, uint64_t va);

/** The alignment hole just before the area that starts at @va; 0 when there is none. */
uint64_t vmt_gaps_hole_before(const struct vmt_gaps *gaps, uint64_t va, uint64_t *align_bytes);

/** Does a request fit? */
struct vmt_fit {
	/** How many such areas fit into the holes, and the lowest place. */
	uint64_t times, where;
	/** Size of the largest hole, and what is missing when nothing fits (0 otherwise). */
	uint64_t largest_bytes, short_bytes;
};

/** @size_bytes: guard included; @align: power of two, at least the page size. */
void vmt_gaps_fit(const struct vmt_gaps *gaps, const struct vmt_region *region, uint64_t size_bytes,
		  uint64_t align, struct vmt_fit *fit);

/* ---- chains: adjacency when addresses are hashed ------------------------------------------ */

struct vmt_chains {
	/** Runs of two or more areas that touch; areas in them; the longest run in areas. */
	uint64_t chains, areas, longest_areas;
};

/** Areas i and j touch when the end of i prints like the start of j and of no other. */
enum vmt_rc vmt_gaps_chains(const struct vmt_gaps *gaps, struct vmt_chains *chains);
/**
 * The same one by one: next[i] is the number of the extent that follows extent i, or UINT32_MAX;
 * follows[i]: extent i follows one.  Both have vmt_gaps_count elements, in the order of adding.
 */
enum vmt_rc vmt_gaps_links(const struct vmt_gaps *gaps, uint32_t *next, bool *follows);

/* ---- diff --------------------------------------------------------------------------------- */

enum vmt_change { VMT_NEW, VMT_GONE, VMT_GREW, VMT_SHRANK, VMT_SAME };
const char *vmt_change_name(enum vmt_change change);

struct vmt_diff_row {
	struct vmt_str key; /* borrowed from the groups given */
	const char *what;
	enum vmt_change change;
	struct vmt_sums before, after;
};

/**
 * Compare groups by key.  Rows that are equal in areas, size and RAM are VMT_SAME.
 * @rows: malloc'ed, the caller frees it; largest change of RAM first, then of size, then key.
 */
enum vmt_rc vmt_diff_groups(const struct vmt_groups *before, const struct vmt_groups *after,
			    struct vmt_diff_row **rows, size_t *n);

/** Can the areas of two sources be told one by one? */
enum vmt_join {
	VMT_JOIN_REAL,	 /* by address */
	VMT_JOIN_HASHED, /* by hash: both of one boot */
	VMT_JOIN_CALLER, /* only sums by caller can be compared */
};
/** @why: set to the reason in words. */
enum vmt_join vmt_diff_join(enum vmt_addr_state a, const struct vmt_facts *fa,
			    enum vmt_addr_state b, const struct vmt_facts *fb, const char **why);

/**
 * Areas of one table that the other does not have (start, size and caller are the same area).
 * @gone and @born: malloc'ed arrays of borrowed areas in address order; the caller frees them.
 */
enum vmt_rc vmt_diff_areas(const struct vmt_areas *before, const struct vmt_areas *after,
			   const struct vmt_area ***gone, size_t *n_gone,
			   const struct vmt_area ***born, size_t *n_born);

/** Where a member of a structure lies, in bytes from its beginning; @size is that of an element. */
struct vmt_member {
	uint64_t offset, size;
	/** Elements, when it is an array; else 1. */
	uint64_t count;
};

#endif
