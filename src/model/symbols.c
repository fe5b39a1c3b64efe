// SPDX-License-Identifier: GPL-2.0-or-later
/* Symbols by address: sixteen bytes each, names in one block. */
#include <string.h>

#include "vmtool/model.h"

/* The most that are read of one kernel: 7.2 on riscv64 has some 200,000 beside mapping symbols. */
#define SYMBOLS_MAX (4u << 20)
#define NAMES_MAX   (256u << 20)

struct entry {
	uint64_t va;
	uint32_t name; /* offset into names */
	uint16_t name_bytes;
	uint16_t module; /* number + 1; 0 is the kernel itself */
};

struct vmt_symbols {
	struct entry *entries;
	size_t n, cap;
	char *names;
	size_t names_n, names_cap;
	struct vmt_intern *modules;
	bool unsorted;
};

struct vmt_symbols *vmt_symbols_new(void)
{
	struct vmt_symbols *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->modules = vmt_intern_new();
	if (!s->modules) {
		free(s);
		return NULL;
	}
	return s;
}

void vmt_symbols_free(struct vmt_symbols *symbols)
{
	if (!symbols)
		return;
	vmt_intern_free(symbols->modules);
	free(symbols->entries);
	free(symbols->names);
	free(symbols);
}

bool vmt_symbol_is_mapping(struct vmt_str name)
{
	return vmt_str_starts(name, "$") || vmt_str_starts(name, ".L") ||
	       vmt_str_starts(name, "L0");
}

enum vmt_rc vmt_symbols_add(struct vmt_symbols *symbols, uint64_t va, struct vmt_str name,
			    struct vmt_str module)
{
	struct entry e = {.va = va, .name = (uint32_t)symbols->names_n};
	uint32_t id = 0;

	if (!name.n || vmt_symbol_is_mapping(name))
		return VMT_OK;
	if (symbols->n >= SYMBOLS_MAX || symbols->names_n + name.n > NAMES_MAX ||
	    name.n > UINT16_MAX)
		return VMT_RANGE;
	if (module.n && vmt_intern_add(symbols->modules, module, &id, NULL) != VMT_OK)
		return VMT_NOMEM;
	if (module.n && id >= UINT16_MAX)
		return VMT_RANGE;
	if (vmt_grow(&symbols->entries, &symbols->cap, symbols->n + 1, sizeof(e)) != VMT_OK ||
	    vmt_grow(&symbols->names, &symbols->names_cap, symbols->names_n + name.n, 1) != VMT_OK)
		return VMT_NOMEM;
	memcpy(symbols->names + symbols->names_n, name.p, name.n);
	symbols->names_n += name.n;
	e.name_bytes = (uint16_t)name.n;
	e.module = module.n ? (uint16_t)(id + 1) : 0;
	if (symbols->n && va < symbols->entries[symbols->n - 1].va)
		symbols->unsorted = true;
	symbols->entries[symbols->n++] = e;
	return VMT_OK;
}

size_t vmt_symbols_count(const struct vmt_symbols *symbols)
{
	return symbols->n;
}

size_t vmt_symbols_named(const struct vmt_symbols *symbols, struct vmt_str name, uint64_t *vas,
			 size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < symbols->n && n < max; i++) {
		const struct entry *e = &symbols->entries[i];

		if (vmt_str_eq((struct vmt_str){symbols->names + e->name, e->name_bytes}, name))
			vas[n++] = e->va;
	}
	return n;
}

/* By address; what was added first stays first: its name lies further ahead. */
static int by_va(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	if (a->va != b->va)
		return a->va < b->va ? -1 : 1;
	return (a->name > b->name) - (a->name < b->name);
}

/* The first entry whose address is at least @va. */
static size_t lower_bound(const struct vmt_symbols *s, uint64_t va)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->entries[mid].va < va)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

enum vmt_rc vmt_symbols_at(struct vmt_symbols *symbols, uint64_t va, struct vmt_symbol *symbol)
{
	const struct entry *e;
	size_t at, next;

	if (symbols->unsorted)
		qsort(symbols->entries, symbols->n, sizeof(*symbols->entries), by_va);
	symbols->unsorted = false;
	at = lower_bound(symbols, va);
	if (at == symbols->n || symbols->entries[at].va != va) {
		if (at == 0)
			return VMT_NONE;
		at = lower_bound(symbols, symbols->entries[at - 1].va);
	}
	e = &symbols->entries[at];
	for (next = at; next < symbols->n && symbols->entries[next].va == e->va;)
		next++;
	*symbol = (struct vmt_symbol){
		.name = {symbols->names + e->name, e->name_bytes},
		.va = e->va,
		.size_bytes = next < symbols->n ? symbols->entries[next].va - e->va : UINT64_MAX,
	};
	if (e->module)
		symbol->module = vmt_intern_str(symbols->modules, e->module - 1u);
	return VMT_OK;
}
