// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kallsyms as it lies in the kernel's image (kernel/kallsyms.c, scripts/kallsyms.c, 4.4 to 7.2):
 * names are packed by a table of 256 tokens; addresses are offsets in one of several encodings.
 * Which one is found by trying: the right one puts _stext where VMCOREINFO says it is.
 */
#include <limits.h>
#include <string.h>

#include "kallsyms.h"

#define TOKENS	   256
#define MARK_EVERY 256
#define WANTED_MAX 64	/* names looked for in one pass */
#define CHUNK	   4096 /* no further than the page that holds the last name */
#define CHUNKS_MAX 256
#define NAME_LEAST 2 /* a length and one byte: a symbol has its type letter at least */

enum encoding {
	PLACE_RELATIVE,	 /* 7.0+: &offsets[i] + s32 */
	BASE_RELATIVE,	 /* base + u32 */
	ABSOLUTE_PERCPU, /* x86-64 SMP to 6.14: >= 0 as it is, < 0 base - 1 - offset */
	ABSOLUTE,	 /* to 4.5, and without KALLSYMS_BASE_RELATIVE: u64 */
	N_ENCODINGS
};

struct kallsyms {
	size_t n;
	unsigned char *names;
	size_t names_n;
	/* Where every MARK_EVERYth name begins. */
	uint32_t *marks;
	char tokens[TOKENS][64];
	uint8_t token_n[TOKENS];
	/* One of both. */
	int32_t *offsets;
	uint64_t *wide;
	uint64_t offsets_va, base;
	enum encoding encoding;
};

/* ---- names ---- */

/* Step over one name: its packed bytes. @return false at the end of what was read. */
static inline bool next_name(const struct kallsyms *k, size_t *at, const unsigned char **p,
			     size_t *n)
{
	size_t len;

	if (*at >= k->names_n)
		return false;
	len = k->names[(*at)++];
	/* 6.1+: two bytes of ULEB128. */
	if (len & 0x80) {
		if (*at >= k->names_n)
			return false;
		len = (len & 0x7f) | (size_t)k->names[(*at)++] << 7;
	}
	if (k->names_n - *at < len)
		return false;
	*p = k->names + *at;
	*n = len;
	*at += len;
	return true;
}

/* @return length with the type letter, cut at @size - 1. */
static size_t expand(const struct kallsyms *k, const unsigned char *p, size_t n, char *buf,
		     size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		size_t len = k->token_n[p[i]];

		if (at + len >= size)
			break;
		memcpy(buf + at, k->tokens[p[i]], len);
		at += len;
	}
	buf[at] = 0;
	return at;
}

static uint64_t address(const struct kallsyms *k, enum encoding encoding, size_t i)
{
	int32_t off = k->offsets ? k->offsets[i] : 0;

	switch (encoding) {
	case PLACE_RELATIVE: return k->offsets_va + 4 * i + (uint64_t)(int64_t)off;
	case ABSOLUTE_PERCPU:
		return off >= 0 ? (uint64_t)off : k->base - 1 - (uint64_t)(int64_t)off;
	case ABSOLUTE: return k->wide[i];
	default: return k->base + (uint32_t)off;
	}
}

/*
 * Names that are looked for, told from others by their packed bytes without expanding them.
 * Sets of names are bits, by their number.
 */
struct search {
	struct kallsyms_wanted *wanted;
	size_t n, name_n[WANTED_MAX];
	/* Names that begin with a token, which has the type letter too, that end with one, and that
	 * have one anywhere. */
	uint64_t begins[TOKENS], ends[TOKENS], has[TOKENS];
};

/* Which names, of them the one of number @w, a token may be a part of. */
static void search_token(struct search *s, size_t w, size_t t, const char *text, size_t len)
{
	const char *name = s->wanted[w].name;

	if (len && strncmp(name, text + 1, len - 1) == 0)
		s->begins[t] |= UINT64_C(1) << w;
	if (len <= s->name_n[w] && strcmp(name + s->name_n[w] - len, text) == 0)
		s->ends[t] |= UINT64_C(1) << w;
	if (strstr(name, text))
		s->has[t] |= UINT64_C(1) << w;
}

static void search_begin(const struct kallsyms *k, struct search *s, struct kallsyms_wanted *wanted,
			 size_t n)
{
	memset(s, 0, sizeof(*s));
	s->wanted = wanted;
	s->n = n < WANTED_MAX ? n : WANTED_MAX;
	for (size_t w = 0; w < s->n; w++) {
		bool letter[UCHAR_MAX + 1] = {false};

		wanted[w].n = 0;
		s->name_n[w] = strlen(wanted[w].name);
		for (size_t i = 0; i < s->name_n[w]; i++)
			letter[(unsigned char)wanted[w].name[i]] = true;
		for (size_t t = 0; t < TOKENS; t++) {
			const char *text = k->tokens[t];
			size_t len = k->token_n[t];

			/* Nearly all end with a letter that the name has not. */
			if (len < 2 || letter[(unsigned char)text[len - 1]])
				search_token(s, w, t, text, len);
		}
	}
}

/* Is it this name, whatever its type letter? */
static bool is_name(const struct kallsyms *k, const unsigned char *p, size_t n, const char *name,
		    size_t name_n)
{
	size_t at = k->token_n[p[0]] - 1u;

	for (size_t i = 1; i < n; i++) {
		size_t len = k->token_n[p[i]];

		if (len > name_n - at || memcmp(k->tokens[p[i]], name + at, len) != 0)
			return false;
		at += len;
	}
	return at == name_n;
}

static void search_match(const struct kallsyms *k, struct search *s, uint64_t left, size_t i,
			 const unsigned char *p, size_t n)
{
	for (; left; left &= left - 1) {
		unsigned w = (unsigned)__builtin_ctzll(left);
		struct kallsyms_wanted *want = &s->wanted[w];

		if (is_name(k, p, n, want->name, s->name_n[w]) && want->n < VMT_CANDIDATES)
			want->index[want->n++] = (uint32_t)i;
	}
}

/* Nearly all names end here. */
static inline void search_see(const struct kallsyms *k, struct search *s, size_t i,
			      const unsigned char *p, size_t n)
{
	uint64_t left = n ? s->begins[p[0]] : 0;

	if (n > 1)
		left &= s->ends[p[n - 1]];
	for (size_t j = 1; left && j < n; j++)
		left &= s->has[p[j]];
	if (left)
		search_match(k, s, left, i, p, n);
}

static void place(const struct kallsyms *k, struct kallsyms_wanted *wanted)
{
	for (size_t i = 0; i < wanted->n; i++)
		wanted->vas[i] = address(k, k->encoding, wanted->index[i]);
}

void kallsyms_find(const struct kallsyms *k, struct kallsyms_wanted *wanted, size_t n)
{
	const unsigned char *p;
	struct search s;
	size_t at, len;

	for (size_t done = 0; done < n; done += s.n) {
		search_begin(k, &s, wanted + done, n - done);
		at = 0;
		for (size_t i = 0; i < k->n && next_name(k, &at, &p, &len); i++)
			search_see(k, &s, i, p, len);
		for (size_t i = done; i < done + s.n; i++)
			place(k, &wanted[i]);
	}
}

static bool name_of(const struct kallsyms *k, size_t i, char name[KALLSYMS_NAME])
{
	size_t at, n = 0;
	const unsigned char *p = NULL;
	char buf[KALLSYMS_NAME];

	/* Where addresses are in no order the search may end behind the last. */
	if (i >= k->n)
		return false;
	at = k->marks[i / MARK_EVERY];
	for (size_t j = i / MARK_EVERY * MARK_EVERY; j <= i; j++) {
		if (!next_name(k, &at, &p, &n))
			return false;
	}
	if (expand(k, p, n, buf, sizeof(buf)) < 2)
		return false;
	/* Without the type letter. */
	memcpy(name, buf + 1, strlen(buf));
	return true;
}

/* The first symbol at @va or above; the table is in the order of addresses. */
static size_t lower_bound(const struct kallsyms *k, uint64_t va)
{
	size_t lo = 0, hi = k->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (address(k, k->encoding, mid) < va)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Per-cpu symbols, absolute and low, come first. */
bool kallsyms_at(const struct kallsyms *k, uint64_t va, uint64_t *start, uint64_t *size,
		 char name[KALLSYMS_NAME])
{
	size_t next = va == UINT64_MAX ? k->n : lower_bound(k, va + 1);

	if (next == 0)
		return false;
	*start = address(k, k->encoding, next - 1);
	*size = next < k->n ? address(k, k->encoding, next) - *start : UINT64_MAX;
	/* Of several at one address the first (get_symbol_pos). */
	return name_of(k, lower_bound(k, *start), name);
}

size_t kallsyms_count(const struct kallsyms *k)
{
	return k->n;
}

/* ---- reading ---- */

static enum vmt_rc lacks(struct vmt_err *err, const char *key)
{
	return vmt_err_set(err, VMT_NONE, "VMCOREINFO has no %s", key);
}

static enum vmt_rc read_tokens(struct vmt_kern *kern, struct kallsyms *k, uint64_t table_va,
			       uint64_t index_va, struct vmt_err *err)
{
	uint16_t index[TOKENS];
	char table[TOKENS * 64];
	enum vmt_rc rc = vmt_kern_read(kern, index_va, index, sizeof(index), err);
	size_t size;

	if (rc != VMT_OK)
		return rc;
	size = (size_t)index[TOKENS - 1] + 64;
	if (size > sizeof(table))
		return vmt_err_set(err, VMT_FORMAT, "kallsyms_token_index is damaged");
	rc = vmt_kern_read(kern, table_va, table, size, err);
	for (size_t i = 0; rc == VMT_OK && i < TOKENS; i++) {
		size_t n = index[i] < size ? strnlen(table + index[i], size - index[i]) : SIZE_MAX;

		if (n >= sizeof(k->tokens[0]))
			return vmt_err_set(err, VMT_FORMAT, "kallsyms_token_table is damaged");
		memcpy(k->tokens[i], table + index[i], n);
		k->token_n[i] = (uint8_t)n;
	}
	return rc;
}

/* What is read next: up to the end of a page that has names for sure. */
static size_t next_chunk(uint64_t va, size_t names)
{
	size_t first = CHUNK - (va & (CHUNK - 1)), sure = NAME_LEAST * names;

	if (sure <= first)
		return first;
	sure = (sure - first) / CHUNK;
	return first + CHUNK * (sure < CHUNKS_MAX ? sure : CHUNKS_MAX);
}

/* Names are read until there are enough of them: their size is told nowhere. */
static enum vmt_rc read_names(struct vmt_kern *kern, struct kallsyms *k, uint64_t va,
			      struct search *s, struct vmt_err *err)
{
	size_t cap = 0, seen = 0, at = 0, n;
	const unsigned char *p;

	k->marks = calloc(k->n / MARK_EVERY + 1, sizeof(*k->marks));
	if (!k->marks)
		return vmt_err_nomem(err);
	while (seen < k->n) {
		size_t before = at, chunk = next_chunk(va + k->names_n, k->n - seen);
		enum vmt_rc rc;

		if (k->names_n >= KALLSYMS_NAMES_MAX || k->names_n >= kern->stored_bytes)
			return vmt_err_set(err, VMT_FORMAT, "kallsyms_names has no end");
		if (vmt_grow(&k->names, &cap, k->names_n + chunk, 1) != VMT_OK)
			return vmt_err_nomem(err);
		rc = vmt_kern_read(kern, va + k->names_n, k->names + k->names_n, chunk, err);
		if (rc != VMT_OK)
			return rc;
		k->names_n += chunk;
		for (; seen < k->n; before = at, seen++) {
			if (!next_name(k, &at, &p, &n)) {
				at = before;
				break;
			}
			if (seen % MARK_EVERY == 0)
				k->marks[seen / MARK_EVERY] = (uint32_t)before;
			search_see(k, s, seen, p, n);
		}
	}
	return VMT_OK;
}

/* Does this encoding put any of the names _stext where it is? */
static bool is_right(const struct kallsyms *k, enum encoding e, const struct kallsyms_wanted *s,
		     uint64_t stext)
{
	for (size_t i = 0; i < s->n; i++) {
		if (address(k, e, s->index[i]) == stext)
			return true;
	}
	return false;
}

static enum vmt_rc choose_encoding(const struct vmt_kern *kern, struct kallsyms *k,
				   const struct kallsyms_wanted *s, struct vmt_err *err)
{
	uint64_t stext;

	if (!vmt_info_hex(kern->info, "SYMBOL(_stext)", &stext))
		return lacks(err, "SYMBOL(_stext)");
	for (enum encoding e = PLACE_RELATIVE; e < N_ENCODINGS; e++) {
		if ((e == ABSOLUTE) != !!k->wide || (!k->base && !k->wide && e != PLACE_RELATIVE))
			continue;
		k->encoding = e;
		if (is_right(k, e, s, stext))
			return VMT_OK;
	}
	return vmt_err_set(err, VMT_FORMAT, "kallsyms: no encoding puts _stext right");
}

static enum vmt_rc try_addresses(struct vmt_kern *kern, struct kallsyms *k,
				 const struct kallsyms_addresses *a,
				 const struct kallsyms_wanted *stext, struct vmt_err *err)
{
	void *bytes;
	enum vmt_rc rc = VMT_OK;

	free(k->offsets);
	free(k->wide);
	k->offsets = NULL;
	k->wide = NULL;
	k->offsets_va = a->va;
	k->base = 0;
	if (a->base_va)
		rc = vmt_kern_read_u64(kern, a->base_va, &k->base, err);
	if (rc == VMT_OK)
		rc = kern_read_new(kern, a->va, k->n * (a->wide ? 8 : 4), &bytes, err);
	if (rc != VMT_OK)
		return rc;
	if (a->wide)
		k->wide = bytes;
	else
		k->offsets = bytes;
	return choose_encoding(kern, k, stext, err);
}

/* VMCOREINFO has them since 6.0. */
static enum vmt_rc places_told(struct vmt_kern *kern, struct kallsyms_places *at,
			       struct vmt_err *err)
{
	uint64_t num;
	uint32_t n;
	enum vmt_rc rc;

	memset(at, 0, sizeof(*at));
	at->n_tries = 1;
	at->tries[0].wide =
		vmt_info_hex(kern->info, "SYMBOL(kallsyms_addresses)", &at->tries[0].va);
	if (!vmt_info_hex(kern->info, "SYMBOL(kallsyms_names)", &at->names) ||
	    !vmt_info_hex(kern->info, "SYMBOL(kallsyms_num_syms)", &num) ||
	    !vmt_info_hex(kern->info, "SYMBOL(kallsyms_token_table)", &at->table) ||
	    !vmt_info_hex(kern->info, "SYMBOL(kallsyms_token_index)", &at->index) ||
	    (!at->tries[0].wide &&
	     !vmt_info_hex(kern->info, "SYMBOL(kallsyms_offsets)", &at->tries[0].va)))
		return VMT_NONE;
	(void)vmt_info_hex(kern->info, "SYMBOL(kallsyms_relative_base)", &at->tries[0].base_va);
	rc = vmt_kern_read_u32(kern, num, &n, err);
	if (rc != VMT_OK)
		return rc;
	if (n == 0 || n > KALLSYMS_MAX)
		return vmt_err_set(err, VMT_FORMAT, "kallsyms_num_syms is %u", n);
	at->n = n;
	return VMT_OK;
}

static enum vmt_rc read_all(struct vmt_kern *kern, struct kallsyms *k,
			    struct kallsyms_wanted *wanted, size_t n_wanted, struct vmt_err *err)
{
	struct kallsyms_places at;
	struct search s;
	enum vmt_rc rc = places_told(kern, &at, err);

	if (rc == VMT_NONE && !kallsyms_scan(kern, &at))
		return vmt_err_set(err, VMT_NONE,
				   "VMCOREINFO does not say where kallsyms is, and it is not found "
				   "in the image");
	if (rc != VMT_OK && rc != VMT_NONE)
		return rc;
	k->n = at.n;
	rc = read_tokens(kern, k, at.table, at.index, err);
	if (rc == VMT_OK)
		search_begin(k, &s, wanted, n_wanted);
	if (rc == VMT_OK)
		rc = read_names(kern, k, at.names, &s, err);
	if (rc != VMT_OK)
		return rc;
	for (unsigned i = 0; i < at.n_tries; i++) {
		rc = try_addresses(kern, k, &at.tries[i], &wanted[0], err);
		if (rc == VMT_OK || rc == VMT_NOMEM)
			break;
	}
	if (rc != VMT_OK)
		return rc;
	for (size_t i = 0; i < s.n; i++)
		place(k, &wanted[i]);
	kallsyms_find(k, wanted + s.n, n_wanted - s.n);
	return VMT_OK;
}

enum vmt_rc kallsyms_open(struct vmt_kern *kern, struct kallsyms **out,
			  struct kallsyms_wanted *wanted, size_t n, struct vmt_err *err)
{
	struct kallsyms *k = calloc(1, sizeof(*k));
	enum vmt_rc rc = k ? read_all(kern, k, wanted, n, err) : vmt_err_nomem(err);

	if (rc == VMT_OK)
		*out = k;
	else
		kallsyms_close(k);
	return rc;
}

void kallsyms_close(struct kallsyms *k)
{
	if (!k)
		return;
	free(k->names);
	free(k->marks);
	free(k->offsets);
	free(k->wide);
	free(k);
}
