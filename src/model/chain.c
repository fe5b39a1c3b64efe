// SPDX-License-Identifier: GPL-2.0-or-later
/* Adjacency when addresses are hashed: equal addresses print equal within one boot. */
#include <string.h>

#include "model_priv.h"

struct token {
	uint64_t value;
	uint32_t area;
};

/* By value, a byte at a time, @spare as long as @t: hashes have four bytes, and no order to use. */
static struct token *sorted(struct token *t, struct token *spare, size_t n)
{
	for (unsigned shift = 0; n && shift < 64; shift += 8) {
		size_t at[257] = {0};
		struct token *swap = t;

		for (size_t i = 0; i < n; i++)
			at[(t[i].value >> shift & 255) + 1]++;
		if (at[(t[0].value >> shift & 255) + 1] == n)
			continue; /* it is the same byte in all */
		for (size_t i = 1; i < 256; i++)
			at[i] += at[i - 1];
		for (size_t i = 0; i < n; i++)
			spare[at[t[i].value >> shift & 255]++] = t[i];
		t = spare;
		spare = swap;
	}
	return t;
}

/* The token at @i stands alone in its sorted array. */
static bool is_unique(const struct token *t, size_t i, size_t n)
{
	return (i == 0 || t[i - 1].value != t[i].value) &&
	       (i + 1 == n || t[i + 1].value != t[i].value);
}

/* next[a] = b when the end of a prints like the start of b, and like no other. */
static void link_areas(const struct token *starts, const struct token *ends, size_t n,
		       uint32_t *next, bool *has_previous)
{
	size_t i = 0, j = 0;

	while (i < n && j < n) {
		if (starts[i].value < ends[j].value) {
			i++;
		} else if (starts[i].value > ends[j].value) {
			j++;
		} else {
			if (is_unique(starts, i, n) && is_unique(ends, j, n)) {
				next[ends[j].area] = starts[i].area;
				has_previous[starts[i].area] = true;
			}
			i++;
			j++;
		}
	}
}

enum vmt_rc vmt_gaps_links(const struct vmt_gaps *gaps, uint32_t *next, bool *follows)
{
	struct token *tokens VMT_FREE = malloc((gaps->n + 1) * 3 * sizeof(*tokens));
	struct token *starts = tokens, *ends, *spare;
	size_t n = 0;

	if (!tokens)
		return VMT_NOMEM;
	ends = tokens + gaps->n;
	spare = ends + gaps->n;
	for (size_t i = 0; i < gaps->n; i++) {
		const struct vmt_extent *e = &gaps->items[i];

		next[i] = UINT32_MAX;
		follows[i] = false;
		if (e->kind == VMT_KIND_UNPURGED || !e->start || !e->end)
			continue;
		starts[n] = (struct token){e->start, (uint32_t)i};
		ends[n++] = (struct token){e->end, (uint32_t)i};
	}
	/* What is left free by the first is the spare of the second. */
	starts = sorted(starts, spare, n);
	ends = sorted(ends, starts == tokens ? spare : tokens, n);
	link_areas(starts, ends, n, next, follows);
	return VMT_OK;
}

enum vmt_rc vmt_gaps_chains(const struct vmt_gaps *gaps, struct vmt_chains *chains)
{
	uint32_t *next VMT_FREE = malloc((gaps->n + 1) * sizeof(*next));
	bool *has_previous VMT_FREE = malloc((gaps->n + 1) * sizeof(*has_previous));

	memset(chains, 0, sizeof(*chains));
	if (!next || !has_previous || vmt_gaps_links(gaps, next, has_previous) != VMT_OK)
		return VMT_NOMEM;
	/* A ring has no first area, so it is never entered: every walk ends. */
	for (size_t i = 0; i < gaps->n; i++) {
		uint64_t length = 1;

		if (has_previous[i] || next[i] == UINT32_MAX)
			continue;
		for (uint32_t at = next[i]; at != UINT32_MAX; at = next[at])
			length++;
		chains->chains++;
		chains->areas += length;
		if (length > chains->longest_areas)
			chains->longest_areas = length;
	}
	return VMT_OK;
}
