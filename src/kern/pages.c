// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known only when all areas are: page arrays that are areas themselves, NUMA nodes. */
#include <stdio.h>
#include <string.h>

#include "layout.h"

#define NUMA_MAX  1024
#define POINTERS  512	      /* of struct page, read at a time */
#define PAGES_MAX (64u << 20) /* 256 GiB of 4 KiB pages: some seconds */

struct extent {
	uint64_t start, end;
};

/* ---- vpages ---- */

static int by_start(const void *pa, const void *pb)
{
	const struct extent *a = pa, *b = pb;

	return (a->start > b->start) - (a->start < b->start);
}

static bool is_within(const struct extent *e, size_t n, uint64_t va)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (e[mid].start <= va)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && va < e[lo - 1].end;
}

/* is_vmalloc_addr(v->pages): an array that was allocated by vmalloc lies in another area. */
enum vmt_rc kareas_mark_vpages(struct vmt_karea *areas, size_t n)
{
	struct extent *e VMT_FREE = malloc((n + 1) * sizeof(*e));
	size_t busy = 0;

	if (!e)
		return VMT_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct vmt_area *a = &areas[i].area;

		if (!(a->flags & VMT_AREA_UNPURGED) && a->end > a->start)
			e[busy++] = (struct extent){a->start, a->end};
	}
	qsort(e, busy, sizeof(*e), by_start);
	for (size_t i = 0; i < n; i++) {
		if (areas[i].pages_va && is_within(e, busy, areas[i].pages_va))
			areas[i].area.flags |= VMT_AREA_VPAGES;
	}
	return VMT_OK;
}

/* ---- NUMA ---- */

struct numa {
	struct vmt_kern *kern;
	unsigned width; /* bits of the node in page->flags, its top ones: no section there */
	uint64_t flags_offset;
	/* Of the area at hand: pages by node, and the highest node met. */
	uint64_t counts[NUMA_MAX];
	unsigned highest;
	/* Pages that are still looked at: a hostile dump has more of them than anybody waits for.
	 */
	uint64_t left;
};

/*
 * MAX_NUMNODES is told by VMCOREINFO on x86 (LENGTH(node_data)), else by the array of zone
 * references, which has one for each zone of each node and an end mark.
 */
static bool learn_numa(struct numa *m)
{
	struct vmt_kern *k = m->kern;
	struct vmt_member refs, zones;
	uint64_t nodes = 0;

	if (!vmt_info_number(k->info, "OFFSET(page.flags)", &m->flags_offset))
		m->flags_offset = 0;
	if (!vmt_info_number(k->info, "LENGTH(node_data)", &nodes)) {
		if (vmt_kern_member(k, "zonelist", "_zonerefs", &refs) != VMT_OK ||
		    vmt_kern_member(k, "pglist_data", "node_zones", &zones) != VMT_OK ||
		    !zones.count)
			return false;
		nodes = (refs.count - 1) / zones.count;
	}
	if (nodes < 2 || nodes > NUMA_MAX || !vmt_num_is_pow2(nodes))
		return false;
	m->width = (unsigned)__builtin_ctzll(nodes);
	return true;
}

static void count_page(struct numa *m, unsigned node, uint64_t pages)
{
	m->counts[node] += pages;
	if (node > m->highest)
		m->highest = node;
}

static enum vmt_rc count_pages(struct numa *m, const struct vmt_karea *k)
{
	uint64_t pointers[POINTERS], step = UINT64_C(1) << (k->page_order & 31), flags;
	enum vmt_rc rc = VMT_OK;

	if (k->area.pages > m->left)
		return VMT_RANGE;
	m->left -= k->area.pages;
	for (uint64_t i = 0; rc == VMT_OK && i < k->area.pages; i += POINTERS) {
		uint64_t n = k->area.pages - i < POINTERS ? k->area.pages - i : POINTERS;

		rc = vmt_kern_read(m->kern, k->pages_va + 8 * i, pointers, 8 * n, NULL);
		for (uint64_t j = 0; rc == VMT_OK && j < n; j++) {
			if ((i + j) % step)
				continue;
			rc = vmt_kern_read_u64(m->kern, pointers[j] + m->flags_offset, &flags,
					       NULL);
			if (rc == VMT_OK)
				count_page(m, (unsigned)(flags >> (64 - m->width)), step);
		}
	}
	return rc;
}

/* ` N0=4 N1=2`, as show_numa_info() prints them. */
static enum vmt_rc name_nodes(struct numa *m, struct vmt_karea *k)
{
	char text[1024];
	size_t at = 0;
	uint32_t id;
	enum vmt_rc rc = count_pages(m, k);

	for (unsigned i = 0; i <= m->highest; i++) {
		if (rc == VMT_OK && m->counts[i] && at + 40 < sizeof(text))
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%sN%u=%llu",
					       at ? " " : "", i, (unsigned long long)m->counts[i]);
		m->counts[i] = 0;
	}
	m->highest = 0;
	if (rc != VMT_OK)
		return rc;
	if (vmt_intern_add(m->kern->strings, (struct vmt_str){text, at}, &id, NULL) != VMT_OK)
		return VMT_NOMEM;
	k->area.nodes = vmt_intern_str(m->kern->strings, id);
	return VMT_OK;
}

enum vmt_rc kareas_count(struct vmt_kern *kern, const struct layout *l, struct vmt_karea *areas,
			 size_t n, struct vmt_kareas_about *about)
{
	bool live = vmt_mem_about(kern->mem)->live;
	/* Each page has a pointer of eight bytes in the image. */
	struct numa numa = {.kern = kern,
			    .left = kern->stored_bytes / 8 < PAGES_MAX ? kern->stored_bytes / 8
								       : PAGES_MAX};
	bool known = learn_numa(&numa);
	enum vmt_rc rc = VMT_OK;

	for (size_t i = 0; rc == VMT_OK && known && i < n; i++) {
		enum vmt_rc got;

		if (!areas[i].area.pages || !areas[i].pages_va)
			continue;
		got = name_nodes(&numa, &areas[i]);
		if (got == VMT_NOMEM) {
			rc = got;
		} else if (live && l && !kareas_is_still(kern, l, &areas[i])) {
			areas[i].area.nodes = (struct vmt_str){NULL, 0};
			about->moved++;
		} else if (got != VMT_OK) {
			about->no_nodes++;
		}
	}
	return rc;
}
