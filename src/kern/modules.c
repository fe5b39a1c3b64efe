// SPDX-License-Identifier: GPL-2.0-or-later
/* Modules: where they lie and what their symbols are (kernel/module/kallsyms.c, 5.10 to 7.2). */
#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "kern_priv.h"

#define MODULES_MAX 10000
#define MEM_MAX	    8
#define SYMTAB_MAX  4000000 /* of all modules */
#define NAME_BYTES  64	    /* MODULE_NAME_LEN is 56 on 64-bit */
#define NAMES_BYTES 4096    /* no page is smaller */

/* Memory of one kind; since 6.4 there are seven, text first and init text fifth. */
struct range {
	uint64_t start, size_bytes;
};

struct symbol {
	uint64_t va;
	/* Its place in the table, and the offset of its name. */
	uint32_t number, name;
};

struct module {
	struct vmt_str name;
	struct range mem[MEM_MAX];
	/* Where its text ends, and that of its init part. */
	uint64_t text_end, init_end;
	uint64_t kallsyms_va;
	/* By address, and of those at one address by number; only those with a name. */
	struct symbol *symbols;
	uint64_t n_symbols, strtab_va;
	/* The table, mapping symbols and others without a name of their own among them. */
	uint64_t symtab_va;
	uint32_t n_symtab;
	bool read, live;
	uint64_t va;
};

/* Where a module's memory of some kind begins. */
struct start {
	uint64_t va;
	size_t module;
};

struct modules {
	struct module *items;
	size_t n, cap;
	/* In ascending order. */
	struct start *starts;
	size_t n_starts;
	/* Layout of struct module. */
	struct vmt_member list, name, state, kallsyms, mem, base, size, text_size;
	struct vmt_member symtab, num_symtab, strtab;
	uint64_t stride;
	/* The first kind of memory that is of the init part. */
	unsigned init;
	/* 4.5 to 6.3: members of module_layout behind base. */
	struct vmt_member ro, ro_after_init;
	bool is_layout;
	/* Symbols that may still be read. */
	uint64_t left;
	struct vmt_kern *kern;
	/* Of the list some were left out. */
	bool unformed;
	/* As others are told of them; VMT_OK: the list was read to its end, and each of them. */
	struct vmt_kmodule *told;
	struct vmt_err why;
};

static bool member(struct vmt_kern *kern, const char *type, const char *path, struct vmt_member *m)
{
	return vmt_kern_member(kern, type, path, m) == VMT_OK;
}

/* 6.4+: mem[]; 4.5 to 6.3: core_layout and init_layout, which follow each other. */
static bool learn_layout(struct modules *m)
{
	struct vmt_kern *k = m->kern;

	if (!member(k, "module", "list", &m->list) || !member(k, "module", "name", &m->name) ||
	    !member(k, "module", "state", &m->state) ||
	    !member(k, "module", "kallsyms", &m->kallsyms) ||
	    !member(k, "mod_kallsyms", "symtab", &m->symtab) ||
	    !member(k, "mod_kallsyms", "num_symtab", &m->num_symtab) ||
	    !member(k, "mod_kallsyms", "strtab", &m->strtab))
		return false;
	m->init = 4; /* MOD_INIT_TEXT */
	if (member(k, "module", "mem", &m->mem)) {
		bool known = member(k, "module_memory", "base", &m->base) &&
			     member(k, "module_memory", "size", &m->size) &&
			     vmt_kern_sizeof(k, "module_memory", &m->stride) == VMT_OK;

		m->text_size = m->size;
		return known;
	}
	if (!member(k, "module", "core_layout", &m->mem) ||
	    !member(k, "module_layout", "base", &m->base) ||
	    !member(k, "module_layout", "size", &m->size) ||
	    !member(k, "module_layout", "text_size", &m->text_size) ||
	    vmt_kern_sizeof(k, "module_layout", &m->stride) != VMT_OK)
		return false;
	m->mem.count = 2;
	m->init = 1;
	m->is_layout = member(k, "module_layout", "ro_size", &m->ro) &&
		       member(k, "module_layout", "ro_after_init_size", &m->ro_after_init);
	return true;
}

static enum vmt_rc read_ranges(struct modules *m, struct module *mod, uint64_t va,
			       struct vmt_err *err)
{
	for (uint64_t i = 0; i < m->mem.count && i < MEM_MAX; i++) {
		uint64_t at = va + m->mem.offset + i * m->stride;
		uint32_t size, text;
		enum vmt_rc rc =
			vmt_kern_read_u64(m->kern, at + m->base.offset, &mod->mem[i].start, err);

		if (rc == VMT_OK)
			rc = vmt_kern_read_u32(m->kern, at + m->size.offset, &size, err);
		if (rc == VMT_OK)
			rc = vmt_kern_read_u32(m->kern, at + m->text_size.offset, &text, err);
		if (rc != VMT_OK)
			return rc;
		mod->mem[i].size_bytes = size;
		if (i == 0)
			mod->text_end = mod->mem[i].start + text;
		if (i == m->init)
			mod->init_end = mod->mem[i].start + text;
	}
	return VMT_OK;
}

static enum vmt_rc add_module(void *arg, uint64_t node)
{
	struct modules *m = arg;
	uint64_t va = node - m->list.offset;
	struct module mod = {0};
	char name[NAME_BYTES];
	uint32_t state = 0, id;
	struct vmt_err err = {0};
	enum vmt_rc rc = vmt_kern_read(m->kern, va + m->name.offset, name, sizeof(name) - 8, &err);

	if (rc == VMT_OK)
		rc = vmt_kern_read_u32(m->kern, va + m->state.offset, &state, &err);
	if (rc == VMT_OK)
		rc = vmt_kern_read_u64(m->kern, va + m->kallsyms.offset, &mod.kallsyms_va, &err);
	if (rc == VMT_OK)
		rc = read_ranges(m, &mod, va, &err);
	if (rc == VMT_NOMEM)
		return rc;
	/* One that cannot be read only loses its names. */
	if (rc != VMT_OK && m->why.code == VMT_OK)
		m->why = err;
	m->unformed |= rc == VMT_OK && state == 3 /* MODULE_STATE_UNFORMED */;
	if (rc != VMT_OK || state == 3)
		return VMT_OK;
	name[sizeof(name) - 8] = 0;
	if (vmt_intern_add(m->kern->strings, vmt_str(name), &id, NULL) != VMT_OK ||
	    vmt_grow(&m->items, &m->cap, m->n + 1, sizeof(mod)) != VMT_OK)
		return VMT_NOMEM;
	mod.name = vmt_intern_str(m->kern->strings, id);
	mod.live = state == 0 /* MODULE_STATE_LIVE */;
	mod.va = va;
	m->items[m->n++] = mod;
	return VMT_OK;
}

static int by_start(const void *pa, const void *pb)
{
	const struct start *a = pa, *b = pb;

	return (a->va > b->va) - (a->va < b->va);
}

static enum vmt_rc sort_starts(struct modules *m)
{
	m->starts = calloc(m->n * MEM_MAX + 1, sizeof(*m->starts));
	if (!m->starts)
		return VMT_NOMEM;
	for (size_t i = 0; i < m->n; i++) {
		for (size_t k = 0; k < MEM_MAX; k++) {
			if (m->items[i].mem[k].size_bytes)
				m->starts[m->n_starts++] =
					(struct start){m->items[i].mem[k].start, i};
		}
	}
	qsort(m->starts, m->n_starts, sizeof(*m->starts), by_start);
	return VMT_OK;
}

static enum vmt_rc read_modules(struct vmt_kern *kern, struct modules *m)
{
	uint64_t heads[VMT_CANDIDATES];
	size_t n = vmt_kern_symbol(kern, "modules", heads), at = 0;
	struct vmt_err why = {0};
	enum vmt_rc rc = VMT_OK;
	unsigned tries = 0;

	m->kern = kern;
	m->left = SYMTAB_MAX;
	if (!n || !learn_layout(m)) {
		if (!kern->file_symbols || kern->shift)
			kern_missing(kern, "no list of modules: their callers stay addresses");
		(void)vmt_err_set(&m->why, VMT_NONE, "no list of modules");
		m->why.where = kern->lack.where;
		return sort_starts(m);
	}
	if (!kern_find_list(kern, heads, n, &at)) {
		uint64_t head;

		if (vmt_kern_read_u64(kern, heads[0], &head, &m->why) == VMT_OK)
			(void)vmt_err_set(&m->why, VMT_FORMAT, "the list of modules is damaged");
		kern_missing(kern, "the list of modules is damaged: their callers stay addresses");
		return sort_starts(m);
	}
	do {
		m->n = 0;
		m->unformed = false;
		m->why = (struct vmt_err){0};
		rc = kern_list(kern, heads[at], MODULES_MAX, add_module, m, &why);
	} while (kern_again(kern, rc, &tries));
	if (rc != VMT_OK)
		m->why = why;
	if (rc != VMT_OK && rc != VMT_NOMEM)
		kern_missing(kern, "the list of modules ends early: %s", why.text);
	return rc == VMT_NOMEM ? rc : sort_starts(m);
}

enum vmt_rc modules_open(struct vmt_kern *kern, struct modules **out)
{
	bool before = kern_begin(kern);
	struct modules *m = calloc(1, sizeof(*m));

	if (!m || read_modules(kern, m) == VMT_NOMEM)
		kern->nomem = true;
	*out = m;
	if (!kern_end(kern, before))
		return VMT_OK;
	modules_close(m);
	*out = NULL;
	return VMT_NOMEM;
}

void modules_close(struct modules *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->items[i].symbols);
	free(m->items);
	free(m->told);
	free(m->starts);
	free(m);
}

/* ---- names ---- */

/* A name, read as far as its page goes at a time. @return length; 0 when there is none. */
static size_t read_name(struct modules *m, const struct module *mod, uint32_t off, char *name,
			size_t size)
{
	size_t n = 0;

	while (n + 1 < size) {
		uint64_t va = mod->strtab_va + off + n;
		size_t part = 64 - (va & 63), len;

		if (part > size - 1 - n)
			part = size - 1 - n;
		if (vmt_kern_read(m->kern, va, name + n, part, NULL) != VMT_OK)
			break;
		len = strnlen(name + n, part);
		n += len;
		if (len < part)
			break;
	}
	name[n] = 0;
	return n;
}

/* A piece of a table of names, which stand in it in the order of their symbols. */
struct names {
	uint64_t va;
	bool there;
	char bytes[NAMES_BYTES];
};

static char byte_at(struct modules *m, struct names *names, uint64_t va)
{
	uint64_t start = va & ~(uint64_t)(NAMES_BYTES - 1);

	if (names->va != start) {
		names->va = start;
		names->there =
			vmt_kern_read(m->kern, start, names->bytes, NAMES_BYTES, NULL) == VMT_OK;
	}
	return names->there ? names->bytes[va - start] : 0;
}

static bool is_named(struct modules *m, const struct module *mod, struct names *names,
		     const Elf64_Sym *s)
{
	uint64_t va = mod->strtab_va + s->st_name;
	char first[3] = {0};

	if (s->st_shndx == SHN_UNDEF)
		return false;
	first[0] = byte_at(m, names, va);
	if (first[0])
		first[1] = byte_at(m, names, va + 1);
	return first[0] && !vmt_symbol_is_mapping(vmt_str(first));
}

static int by_va(const void *pa, const void *pb)
{
	const struct symbol *a = pa, *b = pb;

	if (a->va != b->va)
		return a->va < b->va ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* The first symbol of a table is none. */
static enum vmt_rc keep_symbols(struct modules *m, struct module *mod, const Elf64_Sym *all,
				uint32_t n)
{
	struct names names = {.va = 1};

	mod->symbols = malloc(((size_t)n + 1) * sizeof(*mod->symbols));
	if (!mod->symbols)
		return VMT_NOMEM;
	for (uint32_t i = 1; i < n; i++) {
		if (is_named(m, mod, &names, &all[i]))
			mod->symbols[mod->n_symbols++] =
				(struct symbol){all[i].st_value, i, all[i].st_name};
	}
	qsort(mod->symbols, mod->n_symbols, sizeof(*mod->symbols), by_va);
	return VMT_OK;
}

static enum vmt_rc read_symtab(struct modules *m, struct module *mod)
{
	uint64_t symtab;
	void *all;
	uint32_t n;
	enum vmt_rc rc;

	mod->read = true;
	if (vmt_kern_read_u64(m->kern, mod->kallsyms_va + m->symtab.offset, &symtab, NULL) !=
		    VMT_OK ||
	    vmt_kern_read_u64(m->kern, mod->kallsyms_va + m->strtab.offset, &mod->strtab_va,
			      NULL) != VMT_OK ||
	    vmt_kern_read_u32(m->kern, mod->kallsyms_va + m->num_symtab.offset, &n, NULL) !=
		    VMT_OK ||
	    n > m->left)
		return VMT_OK;
	/* On riscv64 nine of ten are labels: modules_read_all keeps the others. */
	vmt_mem_search(m->kern->mem, true);
	rc = kern_read_new(m->kern, symtab, (size_t)n * sizeof(Elf64_Sym), &all, NULL);
	if (rc == VMT_OK) {
		m->left -= n;
		mod->symtab_va = symtab;
		mod->n_symtab = n;
		rc = keep_symbols(m, mod, all, n);
		free(all);
	}
	vmt_mem_search(m->kern->mem, false);
	return rc == VMT_NOMEM ? rc : VMT_OK;
}

/* The first symbol at @va or above. */
static size_t lower_bound(const struct module *mod, uint64_t va)
{
	size_t lo = 0, hi = mod->n_symbols;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (mod->symbols[mid].va < va)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * find_kallsyms_symbol(): the last address at or before @va, there the first symbol; up to the next
 * one or the @end of the module's text.  What lies behind its text has a size below zero then, as
 * %pS prints it.
 */
static enum vmt_rc name_in(struct modules *m, struct module *mod, uint64_t end, uint64_t va,
			   struct vmt_symbol *symbol)
{
	const struct symbol *best;
	char name[KALLSYMS_NAME];
	size_t next;
	uint32_t id;

	if (!mod->read && read_symtab(m, mod) != VMT_OK)
		return VMT_NOMEM;
	next = lower_bound(mod, va + 1);
	if (next == 0)
		return VMT_NONE;
	best = &mod->symbols[lower_bound(mod, mod->symbols[next - 1].va)];
	if (!read_name(m, mod, best->name, name, sizeof(name)))
		return VMT_NONE;
	if (vmt_intern_add(m->kern->strings, vmt_str(name), &id, NULL) != VMT_OK)
		return VMT_NOMEM;
	if (next < mod->n_symbols && mod->symbols[next].va < end)
		end = mod->symbols[next].va;
	symbol->name = vmt_intern_str(m->kern->strings, id);
	symbol->module = mod->name;
	symbol->va = best->va;
	symbol->size_bytes = end - best->va;
	return VMT_OK;
}

enum vmt_rc modules_name(struct vmt_kern *kern, uint64_t va, struct vmt_symbol *symbol)
{
	if (!kern->modules && modules_open(kern, &kern->modules) != VMT_OK)
		return VMT_NOMEM;
	for (size_t i = 0; i < kern->modules->n; i++) {
		struct module *mod = &kern->modules->items[i];

		for (size_t k = 0; k < MEM_MAX; k++) {
			if (va - mod->mem[k].start < mod->mem[k].size_bytes)
				return name_in(kern->modules, mod,
					       k < kern->modules->init ? mod->text_end
								       : mod->init_end,
					       va, symbol);
		}
	}
	return VMT_NONE;
}

/*
 * An entry of zeros is SHN_UNDEF and passed over; one byte keeps each page: st_other of an entry in
 * it, which is 0, so that a page with nothing else in it is one of zeros, and takes no room.
 */
static void read_symtab_again(struct modules *m, const struct module *mod)
{
	uint64_t page = UINT64_C(1) << m->kern->pgt.page_shift;
	char name[KALLSYMS_NAME], other;
	Elf64_Sym symbol;

	for (uint64_t i = 0, last = 0; i < mod->n_symtab; i++) {
		uint64_t at = mod->symtab_va + i * sizeof(symbol) + offsetof(Elf64_Sym, st_other);

		if (i == 0 || at / page != last)
			(void)vmt_kern_read(m->kern, at, &other, 1, NULL);
		last = at / page;
	}
	/* The last entry may end in a page of its own: with the high byte of st_size, 0 as well. */
	if (mod->n_symtab)
		(void)vmt_kern_read(m->kern, mod->symtab_va + mod->n_symtab * sizeof(symbol) - 1,
				    &other, 1, NULL);
	for (uint64_t i = 0; i < mod->n_symbols; i++) {
		const struct symbol *s = &mod->symbols[i];

		(void)vmt_kern_read(m->kern, mod->symtab_va + s->number * sizeof(symbol), &symbol,
				    sizeof(symbol), NULL);
		(void)read_name(m, mod, s->name, name, sizeof(name));
	}
}

enum vmt_rc modules_read_all(struct vmt_kern *kern)
{
	enum vmt_rc rc = kern->modules ? VMT_OK : modules_open(kern, &kern->modules);

	for (size_t i = 0; rc == VMT_OK && i < kern->modules->n; i++) {
		struct module *mod = &kern->modules->items[i];

		if (!mod->read)
			rc = read_symtab(kern->modules, mod);
		if (rc == VMT_OK)
			read_symtab_again(kern->modules, mod);
	}
	return rc;
}

/*
 * core_layout: text, then what is read only, then what became so after init, then data;
 * init_layout: text, then the rest.
 */
static void tell_layout(struct modules *m, const struct module *mod, struct vmt_kmodule *t)
{
	uint64_t at = mod->va + m->mem.offset, base = mod->mem[0].start;
	uint64_t whole = mod->mem[0].size_bytes, text = mod->text_end - base;
	uint64_t init = mod->mem[1].size_bytes, init_text = mod->init_end - mod->mem[1].start;
	uint32_t ro, after;

	t->mem[VMT_MODULE_TEXT].start = base;
	t->mem[VMT_MODULE_TEXT].bytes = text;
	t->mem[VMT_MODULE_INIT_TEXT].start = mod->mem[1].start;
	t->mem[VMT_MODULE_INIT_TEXT].bytes = init_text < init ? init_text : init;
	t->mem[VMT_MODULE_INIT_DATA].start = mod->mem[1].start + t->mem[VMT_MODULE_INIT_TEXT].bytes;
	t->mem[VMT_MODULE_INIT_DATA].bytes = init - t->mem[VMT_MODULE_INIT_TEXT].bytes;
	if (!m->is_layout || vmt_kern_read_u32(m->kern, at + m->ro.offset, &ro, NULL) != VMT_OK ||
	    vmt_kern_read_u32(m->kern, at + m->ro_after_init.offset, &after, NULL) != VMT_OK ||
	    text > ro || ro > after || after > whole)
		return;
	t->mem[VMT_MODULE_RODATA].start = base + text;
	t->mem[VMT_MODULE_RODATA].bytes = ro - text;
	t->mem[VMT_MODULE_RO_AFTER_INIT].start = base + ro;
	t->mem[VMT_MODULE_RO_AFTER_INIT].bytes = after - ro;
	t->mem[VMT_MODULE_DATA].start = base + after;
	t->mem[VMT_MODULE_DATA].bytes = whole - after;
}

size_t vmt_kern_modules(struct vmt_kern *kern, const struct vmt_kmodule **modules)
{
	struct modules *m;

	*modules = NULL;
	if (!kern->modules && modules_open(kern, &kern->modules) != VMT_OK)
		return 0;
	m = kern->modules;
	if (!m->told) {
		m->told = calloc(m->n + 1, sizeof(*m->told));
		kern->nomem |= !m->told;
		if (!m->told)
			return 0;
		for (size_t i = 0; i < m->n; i++) {
			m->told[i].name = m->items[i].name;
			m->told[i].live = m->items[i].live;
			if (m->mem.count == 2)
				tell_layout(m, &m->items[i], &m->told[i]);
			for (size_t j = 0; m->mem.count > 2 && j < VMT_MODULE_MEMS; j++) {
				m->told[i].mem[j].start = m->items[i].mem[j].start;
				m->told[i].mem[j].bytes = m->items[i].mem[j].size_bytes;
			}
		}
	}
	*modules = m->told;
	return m->n;
}

bool vmt_kern_modules_known(struct vmt_kern *kern, struct vmt_err *why)
{
	const struct vmt_kmodule *modules;

	(void)vmt_kern_modules(kern, &modules);
	if (!kern->modules)
		return vmt_err_nomem(why) == VMT_OK;
	if (why)
		*why = kern->modules->why;
	return kern->modules->why.code == VMT_OK;
}

bool vmt_kern_modules_formed(struct vmt_kern *kern)
{
	const struct vmt_kmodule *modules;

	(void)vmt_kern_modules(kern, &modules);
	return kern->modules && !kern->modules->unformed;
}

bool modules_are_known(const struct vmt_kern *kern)
{
	return kern->modules && kern->modules->n;
}

struct vmt_str vmt_kern_module_in(struct vmt_kern *kern, uint64_t start, uint64_t end)
{
	const struct modules *m;
	const struct vmt_str none = {NULL, 0};
	size_t lo = 0, hi, i;

	if (!kern->modules && modules_open(kern, &kern->modules) != VMT_OK)
		return none;
	m = kern->modules;
	for (hi = m->n_starts; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->starts[mid].va < start)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == m->n_starts || m->starts[lo].va >= end)
		return none;
	for (i = lo; i < m->n_starts && m->starts[i].va < end; i++) {
		if (m->starts[i].module != m->starts[lo].module)
			return none;
	}
	return m->items[m->starts[lo].module].name;
}
