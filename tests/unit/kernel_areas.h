// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Areas and modules of a tiny kernel, in the style of one version.
 *
 *	struct kernel *k = kernel_styled(&kernel_x86_4, &kernel_6_12);
 *	struct kernel_placed at = kernel_area(k, &(struct kernel_area){
 *		.start = v, .size = 0x3000, .flags = 2, .nodes = "01", .caller = f});
 *	kernel_module(k, &(struct kernel_module){.name = "m", .text = t, .bytes = 0x1000,
 *		.symbols = s, .n_symbols = 2});
 *	kernel_complete(k);		// symbols, types, VMCOREINFO
 */
#ifndef VMTOOL_KERNEL_AREAS_H
#define VMTOOL_KERNEL_AREAS_H

#include "kernel_tables.h"

/* ---- styles ---- */

/* struct vmap_area and vm_struct by version; lists of nodes since 6.9. */
struct kernel_style {
	const char *name;
	const struct kernel_type *types;
	enum kernel_encoding encoding;
	uint32_t btf_header;
	/** Where vm_struct has things; order of 0: none. */
	uint64_t vmap_area_bytes, vm_struct_bytes, order, nr_pages, phys, caller, requested;
	bool nr_pages_64, has_va_flags;
	/** struct vmap_node; 0 bytes: lists of their own. */
	uint64_t node_bytes, busy, lazy;
	/** struct module: its memory, and what one range takes. */
	uint64_t module_bytes, mem, stride, mem_size, text_size, kallsyms;
	unsigned n_nodes;
};

static const struct kernel_member kernel_m_rb_list[] = {
	{"root", "u64", 0}, {"head", "list_head", 8}, {"lock", "u32", 24}, {0}};
static const struct kernel_member kernel_m_list[] = {{"next", "ptr", 0}, {"prev", "ptr", 8}, {0}};
static const struct kernel_member kernel_m_union[] = {
	{"subtree_max_size", "u64", 0}, {"vm", "ptr", 0}, {0}};
static const struct kernel_member kernel_m_rb_node[] = {
	{"__rb_parent_color", "u64", 0}, {"rb_right", "ptr", 8}, {"rb_left", "ptr", 16}, {0}};
static const struct kernel_member kernel_m_va[] = {
	{"va_start", "typedef", 0}, {"va_end", "u64", 8}, {"rb_node", "rb_node", 16},
	{"list", "list_head", 40},  {NULL, "|union", 56}, {0}};
static const struct kernel_member kernel_m_va_flags[] = {{"va_start", "u64", 0},
							 {"va_end", "u64", 8},
							 {"rb_node", "rb_node", 16},
							 {"list", "list_head", 40},
							 {NULL, "|union", 56},
							 {"flags", "u64", 64},
							 {0}};
static const struct kernel_member kernel_m_vm[] = {
	{"next", "ptr", 0},	 {"addr", "ptr", 8},
	{"size", "u64", 16},	 {"flags", "u64", 24},
	{"pages", "ptr", 32},	 {"page_order", "u32", 40},
	{"nr_pages", "u32", 44}, {"phys_addr", "u64", 48},
	{"caller", "ptr", 56},	 {0}};
static const struct kernel_member kernel_m_vm_6_12[] = {{"next", "ptr", 0},
							{"addr", "ptr", 8},
							{"size", "u64", 16},
							{"flags", "u64", 24},
							{"pages", "ptr", 32},
							{"page_order", "u32", 40},
							{"nr_pages", "u32", 44},
							{"phys_addr", "u64", 48},
							{"caller", "ptr", 56},
							{"requested_size", "u64", 64},
							{0}};
static const struct kernel_member kernel_m_vm_7_2[] = {{NULL, "|next", 0},
						       {"addr", "ptr", 8},
						       {"size", "u64", 16},
						       {"flags", "u64", 24},
						       {"pages", "ptr", 32},
						       {"page_order", "u32", 40},
						       {"nr_pages", "u64", 48},
						       {"phys_addr", "u64", 56},
						       {"caller", "ptr", 64},
						       {"requested_size", "u64", 72},
						       {0}};
static const struct kernel_member kernel_m_next[] = {{"next", "ptr", 0}, {"llnode", "ptr", 0}, {0}};
static const struct kernel_member kernel_m_node[] = {{"pool", "u64[2]", 0},
						     {"busy", "rb_list", 16},
						     {"lazy", "rb_list", 48},
						     {"nr", "u32:7", 80},
						     {0}};
static const struct kernel_member kernel_m_refs[] = {{"_zonerefs", "u64[9]", 0}, {0}};
static const struct kernel_member kernel_m_pgdat[] = {
	{"node_zones", "u64[4]", 0}, {"per_cpu_nodestats", "ptr", 32}, {0}};
static const struct kernel_member kernel_m_nodestat[] = {
	{"stat_threshold", "char", 0}, {"vm_node_stat_diff", "char[2]", 1}, {0}};
static const struct kernel_member kernel_m_syms[] = {
	{"symtab", "ptr", 0}, {"num_symtab", "u32", 8}, {"strtab", "ptr", 16}, {0}};
static const struct kernel_member kernel_m_layout[] = {{"base", "ptr", 0},
						       {"size", "u32", 8},
						       {"text_size", "u32", 12},
						       {"ro_size", "u32", 16},
						       {"ro_after_init_size", "u32", 20},
						       {0}};
static const struct kernel_member kernel_m_module_6_1[] = {{"state", "u32", 0},
							   {"list", "list_head", 8},
							   {"name", "char[56]", 24},
							   {"core_layout", "module_layout", 80},
							   {"init_layout", "module_layout", 104},
							   {"kallsyms", "ptr", 128},
							   {0}};
static const struct kernel_member kernel_m_mem[] = {
	{"base", "ptr", 0}, {"is_rox", "char", 8}, {"size", "u32", 12}, {0}};
static const struct kernel_member kernel_m_module[] = {
	{"state", "u32", 0},	  {"list", "list_head", 8},
	{"name", "char[56]", 24}, {"mem", "module_memory[7]", 80},
	{"kallsyms", "ptr", 192}, {0}};

/* Threads and their memory (sound.h). */
static const struct kernel_member kernel_m_task[] = {{"pid", "u32", 0},
						     {"comm", "char[16]", 8},
						     {"mm", "ptr", 24},
						     {"active_mm", "ptr", 32},
						     {"stack", "ptr", 40},
						     {"stack_vm_area", "ptr", 48},
						     {"signal", "ptr", 56},
						     {"tasks", "list_head", 64},
						     {"thread_node", "list_head", 80},
						     {0}};
static const struct kernel_member kernel_m_signal[] = {{"thread_head", "list_head", 8}, {0}};
static const struct kernel_member kernel_m_chunk[] = {
	{"list", "list_head", 0}, {"nr_pages", "u32", 16},     {"base_addr", "ptr", 24},
	{"data", "ptr", 32},	  {"populated", "u64[1]", 40}, {0}};
static const struct kernel_member kernel_m_xarray[] = {{"xa_head", "ptr", 0}, {0}};
static const struct kernel_member kernel_m_xa_node[] = {
	{"shift", "char", 0}, {"slots", "u64[64]", 8}, {0}};
static const struct kernel_member kernel_m_queue[] = {{"vmap_blocks", "xarray", 8}, {0}};
static const struct kernel_member kernel_m_block[] = {
	{"va", "ptr", 0}, {"free", "u64", 8}, {"dirty", "u64", 16}, {0}};
static const struct kernel_member kernel_m_block_used[] = {{"va", "ptr", 0},
							   {"free", "u64", 8},
							   {"dirty", "u64", 16},
							   {"used_map", "u64[4]", 24},
							   {0}};
static const struct kernel_member kernel_m_uts[] = {{"name", "new_utsname", 0}, {0}};
static const struct kernel_member kernel_m_utsname[] = {{"sysname", "char[65]", 0},
							{"nodename", "char[65]", 65},
							{"release", "char[65]", 130},
							{"version", "char[65]", 195},
							{"machine", "char[65]", 260},
							{"domainname", "char[65]", 325},
							{0}};
static const struct kernel_member kernel_m_mutex[] = {{"owner", "u64", 8}, {0}};
static const struct kernel_member kernel_m_mm[] = {{"pgd", "ptr", 8}, {0}};
static const struct kernel_member kernel_m_rcu[] = {
	{"expedited_sequence", "u64", 8}, {"gp_seq", "u64", 16}, {0}};
static const struct kernel_member kernel_m_ksym[] = {{"start", "u64", 0},
						     {"end", "u64", 8},
						     {"name", "char[32]", 16},
						     {"lnode", "list_head", 48},
						     {0}};

#define KERNEL_TYPES_COMMON                                                                   \
	{"list_head", 16, kernel_m_list}, {"|union", 8, kernel_m_union},                      \
		{"rb_node", 24, kernel_m_rb_node}, {"task_struct", 96, kernel_m_task},        \
		{"signal_struct", 24, kernel_m_signal}, {"mm_struct", 16, kernel_m_mm},       \
		{"xarray", 8, kernel_m_xarray}, {"xa_node", 520, kernel_m_xa_node},           \
		{"vmap_block_queue", 16, kernel_m_queue}, {"pcpu_chunk", 48, kernel_m_chunk}, \
		{"uts_namespace", 392, kernel_m_uts}, {"new_utsname", 390, kernel_m_utsname}, \
		{"mod_kallsyms", 24, kernel_m_syms}, {"zonelist", 72, kernel_m_refs},         \
		{"rcu_state", 24, kernel_m_rcu}, {"mutex", 16, kernel_m_mutex},               \
		{"bpf_ksym", 64, kernel_m_ksym}, {"per_cpu_nodestat", 3, kernel_m_nodestat},  \
	{                                                                                     \
		"pglist_data", 40, kernel_m_pgdat                                             \
	}

static const struct kernel_type kernel_types_6_1[] = {KERNEL_TYPES_COMMON,
						      {"vmap_area", 64, kernel_m_va},
						      {"vmap_block", 24, kernel_m_block},
						      {"vm_struct", 64, kernel_m_vm},
						      {"module_layout", 24, kernel_m_layout},
						      {"module", 256, kernel_m_module_6_1},
						      {0}};
static const struct kernel_type kernel_types_6_12[] = {KERNEL_TYPES_COMMON,
						       {"rb_list", 32, kernel_m_rb_list},
						       {"vmap_node", 96, kernel_m_node},
						       {"vmap_area", 72, kernel_m_va_flags},
						       {"vmap_block", 56, kernel_m_block_used},
						       {"vm_struct", 72, kernel_m_vm_6_12},
						       {"module_memory", 16, kernel_m_mem},
						       {"module", 256, kernel_m_module},
						       {0}};
static const struct kernel_type kernel_types_7_2[] = {KERNEL_TYPES_COMMON,
						      {"|next", 8, kernel_m_next},
						      {"rb_list", 32, kernel_m_rb_list},
						      {"vmap_node", 96, kernel_m_node},
						      {"vmap_area", 72, kernel_m_va_flags},
						      {"vmap_block", 56, kernel_m_block_used},
						      {"vm_struct", 80, kernel_m_vm_7_2},
						      {"module_memory", 16, kernel_m_mem},
						      {"module", 256, kernel_m_module},
						      {0}};

static const struct kernel_style kernel_6_1 = {
	.name = "6.1",
	.types = kernel_types_6_1,
	.encoding = KERNEL_ABSOLUTE_PERCPU,
	.btf_header = 24,
	.vmap_area_bytes = 64,
	.vm_struct_bytes = 64,
	.order = 40,
	.nr_pages = 44,
	.phys = 48,
	.caller = 56,
	.mem = 80,
	.stride = 24,
	.mem_size = 8,
	.text_size = 12,
	.kallsyms = 128,
};
static const struct kernel_style kernel_6_12 = {
	.name = "6.12",
	.types = kernel_types_6_12,
	.encoding = KERNEL_BASE_RELATIVE,
	.btf_header = 24,
	.vmap_area_bytes = 72,
	.vm_struct_bytes = 72,
	.order = 40,
	.nr_pages = 44,
	.phys = 48,
	.caller = 56,
	.requested = 64,
	.has_va_flags = true,
	.node_bytes = 96,
	.busy = 24,
	.lazy = 56,
	.mem = 80,
	.stride = 16,
	.mem_size = 12,
	.kallsyms = 192,
	.n_nodes = 3,
};
static const struct kernel_style kernel_7_2 = {
	.name = "7.2",
	.types = kernel_types_7_2,
	.encoding = KERNEL_PLACE_RELATIVE,
	.btf_header = 32,
	.vmap_area_bytes = 72,
	.vm_struct_bytes = 80,
	.order = 40,
	.nr_pages = 48,
	.phys = 56,
	.caller = 64,
	.requested = 72,
	.nr_pages_64 = true,
	.has_va_flags = true,
	.node_bytes = 96,
	.busy = 24,
	.lazy = 56,
	.mem = 80,
	.stride = 16,
	.mem_size = 12,
	.kallsyms = 192,
	.n_nodes = 3,
};
/* Without BTF: where vmtool's own table has things. */
static const struct kernel_style kernel_no_btf = {
	.name = "6.12, no BTF",
	.encoding = KERNEL_BASE_RELATIVE,
	.vmap_area_bytes = 72,
	.vm_struct_bytes = 72,
	.order = 40,
	.nr_pages = 44,
	.phys = 48,
	.caller = 56,
	.requested = 64,
	.has_va_flags = true,
	.node_bytes = 6272,
	.busy = 6160,
	.lazy = 6192,
	.n_nodes = 2,
};

/* ---- lists ---- */

struct kernel_lists {
	const struct kernel_style *style;
	/** Lists of their own, or the array of nodes; head of modules. */
	uint64_t busy, purge, nodes, modules;
	/** kernel_space.h; 0: there is none. */
	uint64_t free, roots;
};

static inline uint64_t kernel_list_head(struct kernel *k, uint64_t head)
{
	kernel_put64(k, head, head);
	kernel_put64(k, head + 8, head);
	return head;
}

/** As list_add_tail(). */
static inline void kernel_list_add(struct kernel *k, uint64_t head, uint64_t node)
{
	uint64_t last = kernel_read64(k, head + 8);

	kernel_put64(k, last, node);
	kernel_put64(k, node, head);
	kernel_put64(k, node + 8, last);
	kernel_put64(k, head + 8, node);
}

/** Head of the busy or lazy list of a node; of 6.1: of the only two there are. */
static inline uint64_t kernel_head(const struct kernel *k, unsigned node, bool lazy)
{
	const struct kernel_lists *l = k->lists;
	const struct kernel_style *s = l->style;

	if (!s->node_bytes)
		return lazy ? l->purge : l->busy;
	return l->nodes + node * s->node_bytes + (lazy ? s->lazy : s->busy);
}

static inline struct kernel *kernel_styled(const struct kernel_paging *paging,
					   const struct kernel_style *style)
{
	struct kernel *k = kernel_new(paging);
	struct kernel_lists *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	k->lists = l;
	l->style = style;
	l->modules = kernel_list_head(k, kernel_alloc(k, 16, 16));
	kernel_symbol(k, "modules", l->modules);
	if (!style->node_bytes) {
		l->busy = kernel_list_head(k, kernel_alloc(k, 16, 16));
		l->purge = kernel_list_head(k, kernel_alloc(k, 16, 16));
		kernel_symbol(k, "vmap_area_list", l->busy);
		kernel_symbol(k, "purge_vmap_area_list", l->purge);
		kernel_say(k, "OFFSET(vmap_area.va_start)=0\nOFFSET(vmap_area.list)=40\n");
		return k;
	}
	l->nodes = kernel_alloc(k, style->n_nodes * style->node_bytes, 64);
	for (unsigned i = 0; i < style->n_nodes; i++) {
		(void)kernel_list_head(k, kernel_head(k, i, false));
		(void)kernel_list_head(k, kernel_head(k, i, true));
	}
	return k;
}

/** The pointers to the nodes and their number. */
static inline void kernel_name_nodes(struct kernel *k)
{
	uint64_t at;

	if (!k->lists->style->node_bytes)
		return;
	at = kernel_alloc(k, 16, 16);
	kernel_put64(k, at, k->lists->nodes);
	kernel_put32(k, at + 8, k->lists->style->n_nodes);
	kernel_symbol(k, "vmap_nodes", at);
	kernel_symbol(k, "nr_vmap_nodes", at + 8);
}

static inline void kernel_complete_types(struct kernel *k)
{
	const struct kernel_style *s = k->lists->style;

	kernel_name_nodes(k);
	if (s->types)
		(void)kernel_btf(k, s->types, s->btf_header);
}

/** Types and symbols, as the style has them. */
static inline void kernel_complete(struct kernel *k)
{
	kernel_complete_types(k);
	(void)kernel_kallsyms(k, k->lists->style->encoding);
	kernel_done(k);
}

/** The same, and VMCOREINFO says nothing of symbols. */
static inline struct kernel_laid_at kernel_complete_laid(struct kernel *k,
							 const struct kernel_laid *l)
{
	struct kernel_laid_at at;

	kernel_complete_types(k);
	at = kernel_kallsyms_laid(k, l);
	kernel_done(k);
	return at;
}

/* ---- areas ---- */

struct kernel_area {
	uint64_t start, size, flags, phys, caller, requested;
	/** One digit for each page: the node it is on.  NULL: no pages. */
	const char *nodes;
	unsigned order;
	/** The vmap node that lists it. */
	unsigned node;
	/** Freed, and not yet purged. */
	bool lazy;
	/** No vm_struct: with VMAP_RAM, or being torn down. */
	bool ram, torn;
	/** The page array lies there, in vmalloc space. */
	uint64_t vpages;
};

struct kernel_placed {
	uint64_t vmap_area, list, vm, pages;
	/** The first struct page. */
	uint64_t page;
};

/** Two bits of node above, as with 4 nodes; a page of its own for each struct page is not needed.
 */
static inline void kernel_pages(struct kernel *k, const struct kernel_area *a,
				struct kernel_placed *at)
{
	size_t n = strlen(a->nodes);

	at->pages = kernel_alloc(k, 8 * n, a->vpages ? kernel_page_bytes(k) : 8);
	at->page = kernel_alloc(k, 64 * n, 64);
	for (size_t i = 0; i < n; i++) {
		kernel_put64(k, at->pages + 8 * i, at->page + 64 * i);
		kernel_put64(k, at->page + 64 * i, (uint64_t)(a->nodes[i] - '0') << 62 | 0x800);
	}
	if (!a->vpages)
		return;
	kernel_map(k, a->vpages, kernel_pa(k, at->pages), 0);
	at->pages = a->vpages;
}

static inline void kernel_vm(struct kernel *k, const struct kernel_area *a, uint64_t vm,
			     uint64_t pages)
{
	const struct kernel_style *s = k->lists->style;

	kernel_put64(k, vm + 8, a->start);
	kernel_put64(k, vm + 16, a->size);
	kernel_put64(k, vm + 24, a->flags);
	kernel_put64(k, vm + 32, pages);
	kernel_put32(k, vm + s->order, a->order);
	kernel_put32(k, vm + s->nr_pages, a->nodes ? (uint32_t)strlen(a->nodes) : 0);
	kernel_put64(k, vm + s->phys, a->phys);
	kernel_put64(k, vm + s->caller, a->caller);
	if (s->requested)
		kernel_put64(k, vm + s->requested, a->requested);
}

static inline struct kernel_placed kernel_area(struct kernel *k, const struct kernel_area *a)
{
	const struct kernel_style *s = k->lists->style;
	struct kernel_placed at = {.vmap_area = kernel_alloc(k, s->vmap_area_bytes, 8)};

	at.list = at.vmap_area + 40;
	kernel_put64(k, at.vmap_area, a->start);
	kernel_put64(k, at.vmap_area + 8, a->start + a->size);
	if (s->has_va_flags)
		kernel_put64(k, at.vmap_area + 64, a->ram ? 1 : 0);
	if (a->nodes)
		kernel_pages(k, a, &at);
	if (!a->ram && !a->torn) {
		at.vm = kernel_alloc(k, s->vm_struct_bytes, 8);
		kernel_vm(k, a, at.vm, at.pages);
		kernel_put64(k, at.vmap_area + 56, at.vm);
	}
	kernel_list_add(k, kernel_head(k, a->node, a->lazy), at.list);
	return at;
}

/* ---- modules ---- */

struct kernel_module {
	const char *name;
	uint64_t text, bytes;
	/** How much of it is text, where the kernel tells that apart (6.1); 0: all. */
	uint64_t text_bytes;
	/** A second range: init of 6.1, data since. */
	uint64_t other, other_bytes;
	const struct kernel_name *symbols;
	unsigned n_symbols;
	uint32_t state;
};

static inline uint64_t kernel_symtab(struct kernel *k, const struct kernel_module *m)
{
	uint64_t symtab = kernel_alloc(k, 24 * (m->n_symbols + 1), 8), at, strtab;

	/* A long one has its pages alone. */
	if (m->n_symbols > 100)
		kernel_new_page(k);
	at = kernel_alloc(k, 24, 8);
	strtab = kernel_alloc(k, 1, 1);

	for (unsigned i = 0; i < m->n_symbols; i++) {
		const char *name = m->symbols[i].name;
		uint64_t va = kernel_alloc(k, strlen(name) + 1, 1);
		Elf64_Sym sym = {.st_name = (uint32_t)(va - strtab),
				 .st_shndx = 1,
				 .st_value = m->symbols[i].va};

		kernel_write(k, va, name, strlen(name) + 1);
		kernel_write(k, symtab + 24 * (i + 1), &sym, sizeof(sym));
	}
	kernel_put64(k, at, symtab);
	kernel_put32(k, at + 8, m->n_symbols + 1);
	kernel_put64(k, at + 16, strtab);
	return at;
}

/** @return address of struct module. */
static inline uint64_t kernel_module(struct kernel *k, const struct kernel_module *m)
{
	const struct kernel_style *s = k->lists->style;
	uint64_t syms = kernel_symtab(k, m), va = kernel_alloc(k, 256, 64);

	kernel_put32(k, va, m->state);
	kernel_write(k, va + 24, m->name, strlen(m->name));
	kernel_put64(k, va + s->mem, m->text);
	kernel_put32(k, va + s->mem + s->mem_size, (uint32_t)m->bytes);
	if (s->text_size)
		kernel_put32(k, va + s->mem + s->text_size,
			     (uint32_t)(m->text_bytes ? m->text_bytes : m->bytes));
	kernel_put64(k, va + s->mem + s->stride, m->other);
	kernel_put32(k, va + s->mem + s->stride + s->mem_size, (uint32_t)m->other_bytes);
	if (s->text_size)
		kernel_put32(k, va + s->mem + s->stride + s->text_size, (uint32_t)m->other_bytes);
	kernel_put64(k, va + s->kallsyms, syms);
	kernel_list_add(k, k->lists->modules, va + 8);
	return va;
}

#endif
