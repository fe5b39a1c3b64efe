// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BTF (Documentation/bpf/btf.rst; include/uapi/linux/btf.h): only what layouts need: structures by
 * name, their members by path, sizes.  Every offset is checked; a type that is damaged ends the
 * look-up, not the program.
 */
#include <endian.h>
#include <string.h>

#include "kern_priv.h"

#define MAGIC 0xeb9f

enum kind {
	KIND_INT = 1,
	KIND_PTR,
	KIND_ARRAY,
	KIND_STRUCT,
	KIND_UNION,
	KIND_ENUM,
	KIND_FWD,
	KIND_TYPEDEF,
	KIND_VOLATILE,
	KIND_CONST,
	KIND_RESTRICT,
	KIND_FUNC,
	KIND_FUNC_PROTO,
	KIND_VAR,
	KIND_DATASEC,
	KIND_FLOAT,
	KIND_DECL_TAG,
	KIND_TYPE_TAG,
	KIND_ENUM64,
	KIND_COUNT
};

struct header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len, type_off, type_len, str_off, str_len;
};

struct type {
	uint32_t name, info, size_or_type;
};

struct member {
	uint32_t name, type, offset;
};

/* Anonymous structures nest, modifiers chain; no kernel goes deeper. */
#define DEPTH_MAX 32
/* Members looked at for one path: anonymous structures of a damaged BTF may hold each other. */
#define STEPS_MAX 100000

/* A structure or union that has a name, and how that begins: most are told apart by it. */
struct named {
	uint64_t head;
	uint32_t id, name;
};

struct btf {
	unsigned char *bytes;
	const unsigned char *types;
	const char *strings;
	size_t types_n, strings_n;
	/* Offset of each type into types; type 0 is void. */
	uint32_t *at;
	size_t n;
	struct named *structs;
	size_t n_structs, structs_cap;
	/* The structure that was found last. */
	uint32_t last;
	/* A bit for each byte that an answer rested on; NULL: nobody asked. */
	unsigned char *used;
	size_t bytes_n;
};

static void use(const struct btf *b, const void *p, size_t n)
{
	size_t at = (size_t)((const unsigned char *)p - b->bytes);

	for (size_t i = at; b->used && i < at + n; i++)
		b->used[i / 8] |= (unsigned char)(1u << i % 8);
}

/* Bytes behind struct type: so many, and so many for each of its elements. */
static const struct {
	uint8_t fixed, each;
} tails[KIND_COUNT] = {
	[KIND_INT] = {4, 0},	    [KIND_VAR] = {4, 0},     [KIND_DECL_TAG] = {4, 0},
	[KIND_ARRAY] = {12, 0},	    [KIND_STRUCT] = {0, 12}, [KIND_UNION] = {0, 12},
	[KIND_DATASEC] = {0, 12},   [KIND_ENUM64] = {0, 12}, [KIND_ENUM] = {0, 8},
	[KIND_FUNC_PROTO] = {0, 8},
};

static size_t tail_of(enum kind kind, size_t vlen)
{
	return kind < KIND_COUNT ? tails[kind].fixed + tails[kind].each * vlen : 0;
}

static enum kind kind_in(uint32_t info)
{
	return (enum kind)(info >> 24 & 0x1f);
}

static size_t vlen_in(uint32_t info)
{
	return info & 0xffff;
}

static enum kind kind_of(const struct type *t)
{
	return kind_in(t->info);
}

static size_t vlen_of(const struct type *t)
{
	return vlen_in(t->info);
}

/* How the name at @p begins, filled up with zeros; @n: bytes that may be looked at. */
static uint64_t head_of(const char *p, size_t n)
{
	char bytes[8] = {0};
	uint64_t v, zeros;

	memcpy(bytes, p, n < 8 ? n : 8);
	memcpy(&v, bytes, 8);
	v = le64toh(v);
	/* The highest bit of each byte that is 0, and of some behind the first of them. */
	zeros = (v - 0x0101010101010101) & ~v & 0x8080808080808080;
	return zeros ? v & (((zeros & -zeros) >> 7) - 1) : v;
}

static enum vmt_rc note_struct(struct btf *b, uint32_t name)
{
	if (vmt_grow(&b->structs, &b->structs_cap, b->n_structs + 1, sizeof(*b->structs)) != VMT_OK)
		return VMT_NOMEM;
	b->structs[b->n_structs++] = (struct named){.id = (uint32_t)b->n, .name = name};
	return VMT_OK;
}

/* Not when they are noted: names lie anywhere, and waiting for one would be waiting for each. */
static void see_heads(struct btf *b)
{
	for (size_t i = 0; i < b->n_structs; i++) {
		struct named *s = &b->structs[i];

		if (s->name < b->strings_n)
			s->head = head_of(b->strings + s->name, b->strings_n - s->name);
	}
}

static enum vmt_rc index_types(struct btf *b, struct vmt_err *err)
{
	size_t off = 0;

	/* No type is shorter; what is not used of it is not touched. */
	b->at = malloc((b->types_n / sizeof(struct type) + 1) * sizeof(*b->at));
	if (!b->at)
		return vmt_err_nomem(err);
	while (off < b->types_n) {
		const unsigned char *p = b->types + off;
		uint32_t name, info;
		enum kind kind;
		size_t size;

		if (b->types_n - off < sizeof(struct type))
			return vmt_err_set(err, VMT_FORMAT, "BTF: cut within a type");
		memcpy(&info, p + offsetof(struct type, info), sizeof(info));
		kind = kind_in(info);
		size = sizeof(struct type) + tail_of(kind, vlen_in(info));
		if (kind == 0 || kind >= KIND_COUNT || b->types_n - off < size)
			return vmt_err_set(err, VMT_FORMAT, "BTF: type %zu is of no known kind",
					   b->n);
		b->at[b->n++] = (uint32_t)off;
		memcpy(&name, p + offsetof(struct type, name), sizeof(name));
		if ((kind == KIND_STRUCT || kind == KIND_UNION) && name &&
		    note_struct(b, name) != VMT_OK)
			return vmt_err_nomem(err);
		off += size;
	}
	see_heads(b);
	return VMT_OK;
}

enum vmt_rc btf_open(struct btf **out, void *bytes, size_t n, struct vmt_err *err)
{
	struct btf *b = calloc(1, sizeof(*b));
	struct header h = {0};
	enum vmt_rc rc = b ? VMT_OK : vmt_err_nomem(err);

	if (n >= sizeof(h))
		memcpy(&h, bytes, sizeof(h));
	if (rc == VMT_OK &&
	    (h.magic != MAGIC || h.version != 1 || h.hdr_len < sizeof(h) || h.hdr_len > n ||
	     h.type_off > n - h.hdr_len || h.type_len > n - h.hdr_len - h.type_off ||
	     h.str_off > n - h.hdr_len || !h.str_len || h.str_len > n - h.hdr_len - h.str_off))
		rc = vmt_err_set(err, VMT_FORMAT, "BTF: no header, or a damaged one");
	if (rc != VMT_OK) {
		free(bytes);
		free(b);
		return rc;
	}
	b->bytes = bytes;
	b->bytes_n = n;
	b->types = b->bytes + h.hdr_len + h.type_off;
	b->types_n = h.type_len;
	b->strings = (const char *)b->bytes + h.hdr_len + h.str_off;
	b->strings_n = h.str_len;
	rc = index_types(b, err);
	if (rc == VMT_OK)
		*out = b;
	else
		btf_close(b);
	return rc;
}

void btf_close(struct btf *b)
{
	if (!b)
		return;
	free(b->bytes);
	free(b->at);
	free(b->used);
	free(b->structs);
	free(b);
}

/* ---- look-up ---- */

/* Types are numbered from 1. */
static bool get(const struct btf *b, uint32_t id, struct type *t)
{
	if (id == 0 || id > b->n)
		return false;
	memcpy(t, b->types + b->at[id - 1], sizeof(*t));
	return true;
}

/* What lies behind struct type; its length was checked by index_types. */
static const unsigned char *tail(const struct btf *b, uint32_t id)
{
	const unsigned char *p = b->types + b->at[id - 1];
	struct type t;

	memcpy(&t, p, sizeof(t));
	use(b, p, sizeof(t) + tail_of(kind_of(&t), vlen_of(&t)));
	return p + sizeof(t);
}

static bool name_is(const struct btf *b, uint32_t name, struct vmt_str want)
{
	if (name >= b->strings_n || b->strings_n - name <= want.n ||
	    memcmp(b->strings + name, want.p, want.n) != 0 || b->strings[name + want.n])
		return false;
	use(b, b->strings + name, want.n + 1);
	return true;
}

/* Past typedefs and qualifiers. */
static bool resolve(const struct btf *b, uint32_t *id, struct type *t)
{
	for (int i = 0; i < DEPTH_MAX && get(b, *id, t); i++) {
		use(b, b->types + b->at[*id - 1], sizeof(*t));
		switch (kind_of(t)) {
		case KIND_TYPEDEF:
		case KIND_VOLATILE:
		case KIND_CONST:
		case KIND_RESTRICT:
		case KIND_TYPE_TAG: *id = t->size_or_type; break;
		default: return true;
		}
	}
	return false;
}

static bool is_struct(const struct btf *b, uint32_t id, struct vmt_str name)
{
	struct type t;

	return get(b, id, &t) && name_is(b, t.name, name);
}

/* Members of one structure are asked for one after the other. */
static uint32_t find_struct(struct btf *b, const char *name)
{
	struct vmt_str want = vmt_str(name);
	uint64_t head;

	if (is_struct(b, b->last, want))
		return b->last;
	head = head_of(want.p, want.n);
	for (size_t i = 0; i < b->n_structs; i++) {
		const struct named *s = &b->structs[i];

		if (s->head == head && is_struct(b, s->id, want))
			return b->last = s->id;
	}
	return 0;
}

static bool size_of(const struct btf *b, uint32_t id, uint64_t *size, uint64_t *count, int depth)
{
	struct type t;
	uint32_t element, nelems;

	if (depth == DEPTH_MAX || !resolve(b, &id, &t))
		return false;
	*count = 1;
	switch (kind_of(&t)) {
	case KIND_PTR: *size = 8; return true;
	case KIND_ARRAY:
		memcpy(&element, tail(b, id), 4);
		memcpy(&nelems, tail(b, id) + 8, 4);
		if (!size_of(b, element, size, count, depth + 1))
			return false;
		*count = nelems;
		return true;
	case KIND_INT:
	case KIND_STRUCT:
	case KIND_UNION:
	case KIND_ENUM:
	case KIND_ENUM64:
	case KIND_FLOAT: *size = t.size_or_type; return true;
	default: return false;
	}
}

/* One member of @id, also through anonymous structures. @type: set to the member's type. */
static bool find_member(const struct btf *b, uint32_t id, struct vmt_str name, uint64_t *offset,
			uint32_t *type, int depth, unsigned *steps)
{
	struct type t;

	if (depth == DEPTH_MAX || !resolve(b, &id, &t) ||
	    (kind_of(&t) != KIND_STRUCT && kind_of(&t) != KIND_UNION))
		return false;
	for (size_t i = 0; i < vlen_of(&t) && *steps; i++) {
		struct member m;
		uint64_t inner = 0;
		uint32_t bits;

		--*steps;
		memcpy(&m, tail(b, id) + i * sizeof(m), sizeof(m));
		/* With kind_flag the upper byte is the width of a bit field. */
		bits = t.info >> 31 ? m.offset & 0xffffff : m.offset;
		if (m.name ? name_is(b, m.name, name)
			   : find_member(b, m.type, name, &inner, type, depth + 1, steps)) {
			if (m.name)
				*type = m.type;
			*offset = bits / 8 + inner;
			return true;
		}
	}
	return false;
}

enum vmt_rc btf_member(struct btf *btf, const char *type, const char *path,
		       struct vmt_member *member)
{
	uint32_t id = find_struct(btf, type);
	unsigned steps = STEPS_MAX;
	uint64_t offset;

	memset(member, 0, sizeof(*member));
	while (id && *path) {
		size_t n = strcspn(path, ".");

		if (!find_member(btf, id, (struct vmt_str){path, n}, &offset, &id, 0, &steps))
			return VMT_NONE;
		member->offset += offset;
		path += n + (path[n] == '.');
	}
	if (!id || !size_of(btf, id, &member->size, &member->count, 0))
		return VMT_NONE;
	return VMT_OK;
}

enum vmt_rc btf_sizeof(struct btf *btf, const char *type, uint64_t *bytes)
{
	uint32_t id = find_struct(btf, type);
	uint64_t count;

	return id && size_of(btf, id, bytes, &count, 0) ? VMT_OK : VMT_NONE;
}

/* Names of enumerators are not unique either; one of a kernel's own is met once. */
enum vmt_rc btf_enumerator(struct btf *btf, const char *name, uint64_t *value)
{
	struct vmt_str want = vmt_str(name);
	struct type t;

	for (uint32_t id = 1; get(btf, id, &t); id++) {
		const unsigned char *p = btf->types + btf->at[id - 1] + sizeof(t);

		for (size_t i = 0; kind_of(&t) == KIND_ENUM && i < vlen_of(&t); i++, p += 8) {
			struct {
				uint32_t name;
				int32_t value;
			} e;

			memcpy(&e, p, sizeof(e));
			if (!name_is(btf, e.name, want))
				continue;
			use(btf, p, sizeof(e));
			*value = (uint64_t)(int64_t)e.value;
			return VMT_OK;
		}
	}
	return VMT_NONE;
}

/* ---- what was used ---- */

enum vmt_rc btf_watch(struct btf *btf)
{
	btf->used = calloc(1, btf->bytes_n / 8 + 1);
	return btf->used ? VMT_OK : VMT_NOMEM;
}

/* Every type is stepped over by its kind and count; structures are looked for by name. */
static void use_index(struct btf *btf)
{
	struct type t;

	use(btf, btf->bytes, sizeof(struct header));
	for (uint32_t id = 1; get(btf, id, &t); id++) {
		const unsigned char *p = btf->types + btf->at[id - 1];

		if (kind_of(&t) == KIND_STRUCT || kind_of(&t) == KIND_UNION)
			use(btf, p, sizeof(t));
		else
			use(btf, p + offsetof(struct type, info), sizeof(t.info));
	}
}

void btf_each_used(struct btf *btf, void (*fn)(void *arg, size_t offset, size_t n), void *arg)
{
	use_index(btf);
	for (size_t i = 0, n; i < btf->bytes_n; i += n + 1) {
		for (n = 0; i + n < btf->bytes_n && btf->used[(i + n) / 8] >> (i + n) % 8 & 1;)
			n++;
		if (n)
			fn(arg, i, n);
	}
}
