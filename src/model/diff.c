// SPDX-License-Identifier: GPL-2.0-or-later
/* What changed between two sources. */
#include <string.h>

#include "vmtool/model.h"

const char *vmt_change_name(enum vmt_change change)
{
	static const char *const names[] = {"new", "gone", "grew", "shrank", "same"};

	return names[change];
}

/* RAM decides; without a change of RAM, size; without that, the number of areas. */
static enum vmt_change change_of(const struct vmt_sums *a, const struct vmt_sums *b)
{
	if (!a->areas)
		return VMT_NEW;
	if (!b->areas)
		return VMT_GONE;
	if (a->resident_bytes != b->resident_bytes)
		return b->resident_bytes > a->resident_bytes ? VMT_GREW : VMT_SHRANK;
	if (a->size_bytes != b->size_bytes)
		return b->size_bytes > a->size_bytes ? VMT_GREW : VMT_SHRANK;
	if (a->areas != b->areas)
		return b->areas > a->areas ? VMT_GREW : VMT_SHRANK;
	return VMT_SAME;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static int by_change(const void *pa, const void *pb)
{
	const struct vmt_diff_row *a = pa, *b = pb;
	uint64_t ra = distance(a->before.resident_bytes, a->after.resident_bytes);
	uint64_t rb = distance(b->before.resident_bytes, b->after.resident_bytes);
	uint64_t sa = distance(a->before.size_bytes, a->after.size_bytes);
	uint64_t sb = distance(b->before.size_bytes, b->after.size_bytes);

	if (ra != rb)
		return ra < rb ? 1 : -1;
	if (sa != sb)
		return sa < sb ? 1 : -1;
	return vmt_str_cmp(a->key, b->key);
}

static int by_key(const void *pa, const void *pb)
{
	return vmt_str_cmp((*(const struct vmt_group *const *)pa)->key,
			   (*(const struct vmt_group *const *)pb)->key);
}

enum vmt_rc vmt_diff_groups(const struct vmt_groups *before, const struct vmt_groups *after,
			    struct vmt_diff_row **out, size_t *n_out)
{
	size_t na, nb, i = 0, j = 0, n = 0;
	const struct vmt_group **a VMT_FREE = vmt_groups_rows(before, &na);
	const struct vmt_group **b VMT_FREE = vmt_groups_rows(after, &nb);
	struct vmt_diff_row *rows;

	if (!a || !b)
		return VMT_NOMEM;
	rows = calloc(na + nb + 1, sizeof(*rows));
	if (!rows)
		return VMT_NOMEM;
	qsort(a, na, sizeof(const struct vmt_group *), by_key);
	qsort(b, nb, sizeof(const struct vmt_group *), by_key);
	while (i < na || j < nb) {
		struct vmt_diff_row *r = &rows[n++];
		int c = i >= na ? 1 : j >= nb ? -1 : vmt_str_cmp(a[i]->key, b[j]->key);

		r->key = c <= 0 ? a[i]->key : b[j]->key;
		r->what = c <= 0 ? a[i]->what : b[j]->what;
		if (c <= 0)
			r->before = a[i++]->sums;
		if (c >= 0)
			r->after = b[j++]->sums;
		r->change = change_of(&r->before, &r->after);
	}
	qsort(rows, n, sizeof(*rows), by_change);
	*out = rows;
	*n_out = n;
	return VMT_OK;
}

enum vmt_join vmt_diff_join(enum vmt_addr_state a, const struct vmt_facts *fa,
			    enum vmt_addr_state b, const struct vmt_facts *fb, const char **why)
{
	bool boots = fa->boot_id[0] && fb->boot_id[0];

	if (boots && strcmp(fa->boot_id, fb->boot_id) != 0) {
		*why = "the two are of different boots";
		return VMT_JOIN_CALLER;
	}
	if (a == VMT_ADDR_REAL && b == VMT_ADDR_REAL) {
		*why = boots ? "both have real addresses of one boot" : "both have real addresses";
		return VMT_JOIN_REAL;
	}
	if (a != b) {
		*why = a == VMT_ADDR_REAL || b == VMT_ADDR_REAL
			       ? "one has real addresses and the other has not"
			       : "the addresses of one are hidden";
		return VMT_JOIN_CALLER;
	}
	if (a == VMT_ADDR_HASHED) {
		*why = boots ? "both have hashed addresses of one boot"
			     : "both have hashed addresses, and neither says of which boot";
		return boots ? VMT_JOIN_HASHED : VMT_JOIN_CALLER;
	}
	*why = "the addresses are hidden";
	return VMT_JOIN_CALLER;
}

static int by_identity(const struct vmt_area *a, const struct vmt_area *b)
{
	int c;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->size_bytes != b->size_bytes)
		return a->size_bytes < b->size_bytes ? -1 : 1;
	c = vmt_str_cmp(a->caller, b->caller);
	return c ? c : vmt_str_cmp(a->module, b->module);
}

static int by_identity_qsort(const void *pa, const void *pb)
{
	return by_identity(*(const struct vmt_area *const *)pa,
			   *(const struct vmt_area *const *)pb);
}

/* Borrowed areas; freed ones are nobody's. */
static const struct vmt_area **list_of(const struct vmt_areas *areas, size_t *n)
{
	const struct vmt_area **list =
		malloc((vmt_areas_count(areas) + 1) * sizeof(const struct vmt_area *));

	*n = 0;
	for (size_t i = 0; list && i < vmt_areas_count(areas); i++) {
		const struct vmt_area *a = vmt_areas_at(areas, i);

		if (a->kind != VMT_KIND_UNPURGED)
			list[(*n)++] = a;
	}
	return list;
}

static bool is_same(const struct vmt_area *a, const struct vmt_area *b)
{
	return a->start == b->start && a->size_bytes == b->size_bytes &&
	       vmt_str_eq(a->caller, b->caller) && vmt_str_eq(a->module, b->module);
}

/* So far is looked for where two texts go on alike. */
#define AHEAD 16

/* How many of @list come before one that is the same as @a; @n: none of the next. */
static size_t ahead(const struct vmt_area *a, const struct vmt_area *const *list, size_t n)
{
	size_t far = n < AHEAD ? n : AHEAD;

	for (size_t k = 1; k < far; k++) {
		if (is_same(a, list[k]))
			return k;
	}
	return n;
}

/*
 * Most areas stand in both texts, and in the same order: those are taken out as pairs, so that few
 * are left to be sorted.  To take out one of each side changes nothing of the difference.
 */
static void drop_pairs(const struct vmt_area **a, size_t *na, const struct vmt_area **b, size_t *nb)
{
	size_t i = 0, j = 0, ka = 0, kb = 0;

	while (i < *na && j < *nb) {
		size_t in_a, in_b;

		if (is_same(a[i], b[j])) {
			i++;
			j++;
			continue;
		}
		in_b = ahead(a[i], b + j, *nb - j);
		in_a = ahead(b[j], a + i, *na - i);
		if (in_b < *nb - j && in_b <= in_a) {
			while (in_b--)
				b[kb++] = b[j++];
		} else if (in_a < *na - i) {
			while (in_a--)
				a[ka++] = a[i++];
		} else {
			a[ka++] = a[i++];
			b[kb++] = b[j++];
		}
	}
	while (i < *na)
		a[ka++] = a[i++];
	while (j < *nb)
		b[kb++] = b[j++];
	*na = ka;
	*nb = kb;
}

enum vmt_rc vmt_diff_areas(const struct vmt_areas *before, const struct vmt_areas *after,
			   const struct vmt_area ***gone, size_t *n_gone,
			   const struct vmt_area ***born, size_t *n_born)
{
	size_t na, nb, i = 0, j = 0;
	const struct vmt_area **a = list_of(before, &na), **b = list_of(after, &nb);

	*n_gone = *n_born = 0;
	if (!a || !b) {
		free(a);
		free(b);
		return VMT_NOMEM;
	}
	drop_pairs(a, &na, b, &nb);
	qsort(a, na, sizeof(const struct vmt_area *), by_identity_qsort);
	qsort(b, nb, sizeof(const struct vmt_area *), by_identity_qsort);
	/* Both lists shrink in place to what has no partner. */
	while (i < na || j < nb) {
		int c = i >= na ? 1 : j >= nb ? -1 : by_identity(a[i], b[j]);

		if (c == 0) {
			i++;
			j++;
		} else if (c < 0) {
			a[(*n_gone)++] = a[i++];
		} else {
			b[(*n_born)++] = b[j++];
		}
	}
	*gone = a;
	*born = b;
	return VMT_OK;
}
