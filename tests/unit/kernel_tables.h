// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * What a kernel has in its image to be understood by: kallsyms and BTF.
 *
 *	kernel_symbol(k, "modules", va);		// as many as wanted; names may repeat
 *	kernel_kallsyms(k, KERNEL_BASE_RELATIVE);	// then the table, told of in VMCOREINFO
 *
 *	static const struct kernel_member m[] = {
 *		{"va_start", "u64", 0}, {NULL, "|vm", 56}, {"mem", "module_memory[7]", 88}, {0}};
 *	static const struct kernel_type types[] = {{"vmap_area", 72, m}, {"|vm", 8, n}, {0}};
 *	kernel_btf(k, types, 24);			// before kernel_kallsyms: it has symbols
 */
#ifndef VMTOOL_KERNEL_TABLES_H
#define VMTOOL_KERNEL_TABLES_H

#include "tiny.h"

/* ---- kallsyms ---- */

enum kernel_encoding { KERNEL_PLACE_RELATIVE, KERNEL_BASE_RELATIVE, KERNEL_ABSOLUTE_PERCPU };

/* Tokens beside single characters; they stand where no name has a character. */
static const char *const kernel_tokens[] = {
	"vmap_", "_area", "list", "purge_", "nodes", "aa", "aaaaaaaa", "BTF", "__st", "_end",
};
#define KERNEL_TOKENS (sizeof(kernel_tokens) / sizeof(kernel_tokens[0]))

static inline void kernel_token(unsigned i, char text[16])
{
	text[0] = i > ' ' && i < 127 ? (char)i : 0;
	text[1] = 0;
	if (i >= 1 && i <= KERNEL_TOKENS)
		(void)strcpy(text, kernel_tokens[i - 1]);
}

/** A name with its type letter, packed. */
static inline size_t kernel_pack_name(const char *name, unsigned char *out)
{
	size_t n = 0;

	out[n++] = 'd';
	while (*name) {
		size_t best = 0, best_n = 1;

		for (size_t i = 0; i < KERNEL_TOKENS; i++) {
			size_t len = strlen(kernel_tokens[i]);

			if (len > best_n && strncmp(name, kernel_tokens[i], len) == 0) {
				best = i + 1;
				best_n = len;
			}
		}
		out[n++] = best ? (unsigned char)best : (unsigned char)*name;
		name += best_n;
	}
	return n;
}

static inline int kernel_by_va(const void *pa, const void *pb)
{
	const struct kernel_name *a = pa, *b = pb;

	if (a->va != b->va)
		return a->va < b->va ? -1 : 1;
	return strcmp(a->name, b->name);
}

/** All names, and where each of them begins; free @starts. */
static inline struct image_bytes kernel_names(const struct kernel *k, size_t **starts)
{
	struct image_bytes b = {0};

	*starts = image_alloc(NULL, (k->n_names + 1) * sizeof(**starts));
	for (size_t i = 0; i < k->n_names; i++) {
		unsigned char packed[4096];
		size_t n = kernel_pack_name(k->names[i].name, packed);

		(*starts)[i] = b.n;
		/* 6.1+: ULEB128 */
		if (n > 0x7f)
			image_num(&b, b.n, (n & 0x7f) | 0x80 | n >> 7 << 8, 2);
		else
			image_num(&b, b.n, n, 1);
		image_at(&b, b.n, packed, n);
	}
	return b;
}

static inline uint64_t kernel_put_names(struct kernel *k)
{
	size_t *starts;
	struct image_bytes b = kernel_names(k, &starts);
	uint64_t va = kernel_alloc(k, b.n, 8);

	kernel_write(k, va, b.p, b.n);
	free(b.p);
	free(starts);
	return va;
}

static inline void kernel_put_tokens(struct kernel *k)
{
	uint16_t index[256];
	char table[4096];
	size_t n = 0;
	uint64_t va;

	for (unsigned i = 0; i < 256; i++) {
		index[i] = (uint16_t)n;
		kernel_token(i, table + n);
		n += strlen(table + n) + 1;
	}
	va = kernel_alloc(k, n, 8);
	kernel_write(k, va, table, n);
	kernel_say(k, "SYMBOL(kallsyms_token_table)=%llx\n", (unsigned long long)va);
	va = kernel_alloc(k, sizeof(index), 8);
	kernel_write(k, va, index, sizeof(index));
	kernel_say(k, "SYMBOL(kallsyms_token_index)=%llx\n", (unsigned long long)va);
}

static inline uint32_t kernel_offset(enum kernel_encoding e, uint64_t va, uint64_t place,
				     uint64_t base)
{
	switch (e) {
	case KERNEL_PLACE_RELATIVE: return (uint32_t)(va - place);
	case KERNEL_BASE_RELATIVE: return (uint32_t)(va - base);
	default: return va < 0x80000000 ? (uint32_t)va : (uint32_t)(base - 1 - va);
	}
}

/** The table of all symbols named so far. @return address of kallsyms_num_syms. */
static inline uint64_t kernel_kallsyms(struct kernel *k, enum kernel_encoding e)
{
	uint64_t num, names, offsets, base = k->paging.text;

	qsort(k->names, k->n_names, sizeof(k->names[0]), kernel_by_va);
	num = kernel_alloc(k, 8, 8);
	kernel_put32(k, num, (uint32_t)k->n_names);
	names = kernel_put_names(k);
	kernel_put_tokens(k);
	offsets = kernel_alloc(k, 4 * k->n_names, 8);
	for (size_t i = 0; i < k->n_names; i++)
		kernel_put32(k, offsets + 4 * i,
			     kernel_offset(e, k->names[i].va, offsets + 4 * i, base));
	kernel_say(k, "SYMBOL(kallsyms_num_syms)=%llx\nSYMBOL(kallsyms_names)=%llx\n",
		   (unsigned long long)num, (unsigned long long)names);
	kernel_say(k, "SYMBOL(kallsyms_offsets)=%llx\n", (unsigned long long)offsets);
	if (e != KERNEL_PLACE_RELATIVE) {
		uint64_t at = kernel_alloc(k, 8, 8);

		kernel_put64(k, at, base);
		kernel_say(k, "SYMBOL(kallsyms_relative_base)=%llx\n", (unsigned long long)at);
	}
	return num;
}

/* ---- kallsyms that nothing tells of ---- */

/** The tables behind each other, as the kernels of some versions have them. */
struct kernel_laid {
	const char *name;
	/** Addresses stand before the names (to 6.3), else behind the tokens. */
	bool before;
	/** All eight bytes of each address (to 4.5). */
	bool wide;
	/** A permutation of the symbols, 3 bytes each, before the tokens or at the end. */
	bool seqs;
	unsigned align, num_bytes, mark_bytes;
	enum kernel_encoding encoding;
};

static const struct kernel_laid kernel_laid[] = {
	{"4.4", true, true, false, 8, 8, 8, KERNEL_BASE_RELATIVE},
	{"4.19", true, false, false, 8, 8, 8, KERNEL_ABSOLUTE_PERCPU},
	{"5.10", true, false, false, 8, 4, 4, KERNEL_ABSOLUTE_PERCPU},
	{"6.1", true, false, true, 8, 4, 4, KERNEL_BASE_RELATIVE},
	{"6.12", false, false, true, 8, 4, 4, KERNEL_BASE_RELATIVE},
	{"7.2", false, false, true, 4, 4, 4, KERNEL_PLACE_RELATIVE},
	{"6.9, absolute", false, true, true, 8, 4, 4, KERNEL_BASE_RELATIVE},
};
#define KERNEL_LAID (sizeof(kernel_laid) / sizeof(kernel_laid[0]))

/** Where a test finds them. */
struct kernel_laid_at {
	uint64_t num, names, marks, table, index, addresses;
};

static inline void kernel_laid_addresses(struct kernel *k, const struct kernel_laid *l,
					 struct kernel_laid_at *at)
{
	uint64_t base = k->paging.text, va = kernel_alloc(k, 0, l->align);

	at->addresses = va;
	for (size_t i = 0; i < k->n_names; i++) {
		if (l->wide)
			kernel_put64(k, kernel_alloc(k, 8, l->align), k->names[i].va);
		else
			kernel_put32(k, kernel_alloc(k, 4, 4),
				     kernel_offset(l->encoding, k->names[i].va, va + 4 * i, base));
	}
	if (!l->wide && l->encoding != KERNEL_PLACE_RELATIVE)
		kernel_put64(k, kernel_alloc(k, 8, l->align), base);
}

static inline void kernel_laid_seqs(struct kernel *k)
{
	for (size_t i = 0; i < k->n_names; i++) {
		unsigned char seq[3] = {0, (unsigned char)(i * 7 >> 8), (unsigned char)(i * 7)};

		kernel_write(k, kernel_alloc(k, 3, 1), seq, 3);
	}
}

static inline void kernel_laid_tokens(struct kernel *k, const struct kernel_laid *l,
				      struct kernel_laid_at *at)
{
	uint16_t index[256];
	char table[4096];
	size_t n = 0;

	for (unsigned i = 0; i < 256; i++) {
		index[i] = (uint16_t)n;
		kernel_token(i, table + n);
		n += strlen(table + n) + 1;
	}
	at->table = kernel_alloc(k, n, l->align);
	kernel_write(k, at->table, table, n);
	at->index = kernel_alloc(k, sizeof(index), l->align);
	kernel_write(k, at->index, index, sizeof(index));
}

/** More names, so that there are markers; then the tables, and not a word of them. */
static inline struct kernel_laid_at kernel_kallsyms_laid(struct kernel *k,
							 const struct kernel_laid *l)
{
	struct kernel_laid_at at;
	struct image_bytes b;
	char name[64];
	size_t *starts;

	for (unsigned i = 0; i < 2400; i++) {
		(void)snprintf(name, sizeof(name), "filler_%u_list", i);
		kernel_symbol(k, name, k->paging.text + 0x1000000 + 16 * i);
	}
	qsort(k->names, k->n_names, sizeof(k->names[0]), kernel_by_va);
	if (l->before)
		kernel_laid_addresses(k, l, &at);
	b = kernel_names(k, &starts);
	at.num = kernel_alloc(k, l->num_bytes, l->align);
	kernel_put32(k, at.num, (uint32_t)k->n_names);
	at.names = kernel_alloc(k, b.n, l->align);
	kernel_write(k, at.names, b.p, b.n);
	at.marks = kernel_alloc(k, 0, l->align);
	for (size_t i = 0; i < k->n_names; i += 256)
		kernel_put32(k, kernel_alloc(k, l->mark_bytes, 4), (uint32_t)starts[i]);
	if (l->before && l->seqs)
		kernel_laid_seqs(k);
	kernel_laid_tokens(k, l, &at);
	if (!l->before)
		kernel_laid_addresses(k, l, &at);
	if (!l->before && l->seqs)
		kernel_laid_seqs(k);
	free(b.p);
	free(starts);
	return at;
}

/* ---- BTF ---- */

/**
 * A member: its type is u32, u64, char, ptr, typedef (of const u64) or the name of a structure,
 * with [N] behind it an array, with :N a bit field, for which the structure's flag is set.
 */
struct kernel_member {
	const char *name; /* NULL: anonymous, when a type is given */
	const char *type;
	uint32_t offset;
};

/**
 * A structure.  A name that begins with # or | is for members' types only: an anonymous structure
 * or union.
 */
struct kernel_type {
	const char *name;
	uint32_t size;
	const struct kernel_member *members;
};

/* Types 1 to 6 stand first. */
#define KERNEL_BTF_FIRST 7

enum kernel_btf_kind {
	KERNEL_INT = 1,
	KERNEL_PTR,
	KERNEL_ARRAY,
	KERNEL_STRUCT,
	KERNEL_UNION,
	KERNEL_ENUM,
	KERNEL_TYPEDEF = 8,
	KERNEL_CONST = 10
};
#define KERNEL_KIND(kind) ((uint32_t)(kind) << 24)

struct kernel_btf {
	struct image_bytes types, strings;
	const struct kernel_type *all;
	/* Arrays stand behind the structures. */
	struct image_bytes arrays;
	uint32_t n_types, n_arrays;
};

static inline uint32_t kernel_btf_string(struct kernel_btf *b, const char *s)
{
	size_t n = strlen(s) + 1;

	if (!b->strings.n)
		image_at(&b->strings, 0, "", 1);
	if (n == 1)
		return 0;
	for (size_t at = 1; at < b->strings.n; at += strlen((char *)b->strings.p + at) + 1)
		if (strcmp((char *)b->strings.p + at, s) == 0)
			return (uint32_t)at;
	image_at(&b->strings, b->strings.n, s, n);
	return (uint32_t)(b->strings.n - n);
}

static inline void kernel_btf_put(struct image_bytes *b, uint32_t name, uint32_t info,
				  uint32_t size)
{
	image_num(b, b->n, name, 4);
	image_num(b, b->n, info, 4);
	image_num(b, b->n, size, 4);
}

static inline uint32_t kernel_btf_plain(struct kernel_btf *b, const char *type, size_t n)
{
	static const char *const plain[] = {"u32", "u64", "char", "ptr", "const", "typedef"};

	for (uint32_t i = 0; i < KERNEL_BTF_FIRST - 1; i++)
		if (strlen(plain[i]) == n && strncmp(plain[i], type, n) == 0)
			return i + 1;
	for (uint32_t i = 0; i < b->n_types; i++)
		if (strlen(b->all[i].name) == n && strncmp(b->all[i].name, type, n) == 0)
			return KERNEL_BTF_FIRST + i;
	abort();
}

static inline uint32_t kernel_btf_type(struct kernel_btf *b, const char *type)
{
	size_t n = strcspn(type, "[:");
	uint32_t id = kernel_btf_plain(b, type, n);

	if (type[n] != '[')
		return id;
	kernel_btf_put(&b->arrays, 0, KERNEL_KIND(KERNEL_ARRAY), 0);
	image_num(&b->arrays, b->arrays.n, id, 4);
	image_num(&b->arrays, b->arrays.n, 1, 4);
	image_num(&b->arrays, b->arrays.n, strtoul(type + n + 1, NULL, 10), 4);
	return KERNEL_BTF_FIRST + b->n_types + b->n_arrays++;
}

static inline uint32_t kernel_btf_bits(const struct kernel_member *m)
{
	const char *colon = strchr(m->type, ':');

	return colon ? (uint32_t)strtoul(colon + 1, NULL, 10) : 0;
}

static inline void kernel_btf_struct(struct kernel_btf *b, const struct kernel_type *t)
{
	uint32_t n = 0, flag = 0;

	for (const struct kernel_member *m = t->members; m->type; m++, n++)
		flag |= kernel_btf_bits(m) != 0;
	kernel_btf_put(&b->types,
		       t->name[0] == '#' || t->name[0] == '|' ? 0 : kernel_btf_string(b, t->name),
		       flag << 31 | KERNEL_KIND(t->name[0] == '|' ? KERNEL_UNION : KERNEL_STRUCT) |
			       n,
		       t->size);
	for (const struct kernel_member *m = t->members; m->type; m++)
		kernel_btf_put(&b->types, m->name ? kernel_btf_string(b, m->name) : 0,
			       kernel_btf_type(b, m->type),
			       kernel_btf_bits(m) << 24 | 8 * m->offset);
}

static inline void kernel_btf_basic(struct kernel_btf *b)
{
	static const struct {
		const char *name;
		uint32_t size;
	} ints[] = {{"unsigned int", 4}, {"long unsigned int", 8}, {"char", 1}};

	for (size_t i = 0; i < 3; i++) {
		kernel_btf_put(&b->types, kernel_btf_string(b, ints[i].name),
			       KERNEL_KIND(KERNEL_INT), ints[i].size);
		image_num(&b->types, b->types.n, 8 * ints[i].size, 4);
	}
	kernel_btf_put(&b->types, 0, KERNEL_KIND(KERNEL_PTR), 0);
	kernel_btf_put(&b->types, 0, KERNEL_KIND(KERNEL_CONST), 2);
	kernel_btf_put(&b->types, kernel_btf_string(b, "u64_const"), KERNEL_KIND(KERNEL_TYPEDEF),
		       5);
}

/* Enumerators from 0 on. */
static inline void kernel_btf_enum(struct kernel_btf *b, const char *first, const char *second)
{
	const char *const names[] = {first, second};

	kernel_btf_put(&b->types, 0, KERNEL_KIND(KERNEL_ENUM) | 2, 4);
	for (uint32_t i = 0; i < 2; i++) {
		image_num(&b->types, b->types.n, kernel_btf_string(b, names[i]), 4);
		image_num(&b->types, b->types.n, i, 4);
	}
}

/** The bytes of a BTF section; free .p. @header: 24, or 32 as since 7.2. */
static inline struct image_bytes kernel_btf_build(const struct kernel_type *types, uint32_t header)
{
	struct kernel_btf b = {.all = types};
	struct image_bytes out = {0};

	while (types[b.n_types].name)
		b.n_types++;
	kernel_btf_basic(&b);
	for (uint32_t i = 0; i < b.n_types; i++)
		kernel_btf_struct(&b, &types[i]);
	image_at(&b.types, b.types.n, b.arrays.p, b.arrays.n);
	kernel_btf_enum(&b, "NR_TINY", "NR_VMALLOC");
	kernel_btf_enum(&b, "SYSTEM_BOOTING", "SYSTEM_RUNNING");
	(void)image_room(&out, 0, header);
	image_num(&out, 0, 0xeb9f, 2);
	image_num(&out, 2, 1, 1);
	image_num(&out, 4, header, 4);
	image_num(&out, 12, b.types.n, 4);
	image_num(&out, 16, b.types.n, 4);
	image_num(&out, 20, b.strings.n, 4);
	image_at(&out, header, b.types.p, b.types.n);
	image_at(&out, out.n, b.strings.p, b.strings.n);
	free(b.types.p);
	free(b.arrays.p);
	free(b.strings.p);
	return out;
}

/** BTF in the kernel's image, with the symbols that find it. @return its address. */
static inline uint64_t kernel_btf(struct kernel *k, const struct kernel_type *types,
				  uint32_t header)
{
	struct image_bytes b = kernel_btf_build(types, header);
	uint64_t va;

	kernel_new_page(k);
	va = kernel_alloc(k, b.n, 8);
	kernel_write(k, va, b.p, b.n);
	kernel_symbol(k, "__start_BTF", va);
	kernel_symbol(k, "__stop_BTF", va + b.n);
	free(b.p);
	return va;
}

#endif
