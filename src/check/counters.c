// SPDX-License-Identifier: GPL-2.0-or-later
/* V12: what the kernel counts is what its lists hold. */
#include <inttypes.h>

#include "check_priv.h"

#define CPUS_MAX  8192
#define NODES_MAX 1024

static const char *const means_pages =
	"VmallocUsed of /proc/meminfo is wrong by as much: an area was lost, or freed twice";
static const char *const means_lazy =
	"the kernel purges freed address space too early, too late, or never";

static void compare(struct ctx *c, const char *name, uint64_t va, uint64_t want, uint64_t have,
		    const char *means)
{
	struct vmt_finding *f;

	look(c, V12, 0, 1);
	if (want == have)
		return;
	f = finding(c, V12, VMT_WRONG, NULL, va, means, "list");
	say_title(f, "%s is not what the lists hold", name);
	say_expected(f, "%" PRIu64 " pages", want);
	say_found(f, "%" PRIu64, have);
}

/* ---- pages ---- */

/* Pages of vmalloc areas; false: some cannot be told. */
static bool sum_pages(const struct ctx *c, uint64_t *pages)
{
	bool sure = c->all_busy;

	*pages = 0;
	for (size_t i = 0; i < c->n_busy; i++) {
		const struct subject *s = &c->busy[i];

		if (s->in_flux || (s->k->vm_struct_va && !s->has_vm))
			sure = false;
		else if (s->k->vm_flags & VM_ALLOC && !(s->k->vm_flags & VM_MAP_PUT_PAGES))
			*pages += s->k->area.pages;
	}
	return sure;
}

/* What CPUs have not added yet, of all nodes (mm/vmstat.c). */
static enum vmt_rc add_cpus(struct ctx *c, uint64_t item, uint64_t *sum, struct vmt_err *err)
{
	struct vmt_member stats, diff;
	uint64_t data = symbol_of(c, "node_data"), one = symbol_of(c, "contig_page_data");
	uint64_t offsets = symbol_of(c, "__per_cpu_offset"), pgdat, percpu, offset;
	uint32_t cpus = 1, nodes = 1;
	enum vmt_rc rc = VMT_OK;

	if (vmt_kern_member(c->kern, "pglist_data", "per_cpu_nodestats", &stats) != VMT_OK ||
	    vmt_kern_member(c->kern, "per_cpu_nodestat", "vm_node_stat_diff", &diff) != VMT_OK ||
	    item >= diff.count || !offsets || (!data && !one) || !symbol_of(c, "nr_cpu_ids"))
		return VMT_NONE;
	rc = vmt_kern_read_u32(c->kern, symbol_of(c, "nr_cpu_ids"), &cpus, err);
	if (rc == VMT_OK && symbol_of(c, "nr_node_ids"))
		rc = vmt_kern_read_u32(c->kern, symbol_of(c, "nr_node_ids"), &nodes, err);
	if (rc == VMT_OK && (cpus > CPUS_MAX || nodes > NODES_MAX))
		return VMT_NONE;
	for (uint32_t node = 0; rc == VMT_OK && node < nodes; node++) {
		pgdat = one;
		if (data)
			rc = vmt_kern_read_u64(c->kern, data + 8 * node, &pgdat, err);
		if (rc != VMT_OK || !pgdat)
			continue;
		rc = vmt_kern_read_u64(c->kern, pgdat + stats.offset, &percpu, err);
		for (uint32_t cpu = 0; rc == VMT_OK && cpu < cpus; cpu++) {
			int8_t part;

			rc = vmt_kern_read_u64(c->kern, offsets + 8 * cpu, &offset, err);
			if (rc == VMT_OK)
				rc = vmt_kern_read(c->kern, percpu + offset + diff.offset + item,
						   &part, 1, err);
			if (rc == VMT_OK)
				*sum += (uint64_t)(int64_t)part;
		}
	}
	return rc;
}

/* 5.3 to 7.0: nr_vmalloc_pages; since then a statistic of nodes (include/linux/mmzone.h). */
static enum vmt_rc read_pages(struct ctx *c, uint64_t *va, uint64_t *pages, const char **name,
			      struct vmt_err *err)
{
	uint64_t item;
	enum vmt_rc rc;

	*va = symbol_of(c, "nr_vmalloc_pages");
	*name = "nr_vmalloc_pages";
	if (*va)
		return vmt_kern_read_u64(c->kern, *va, pages, err);
	*va = symbol_of(c, "vm_node_stat");
	*name = "NR_VMALLOC";
	if (!*va || vmt_kern_enumerator(c->kern, "NR_VMALLOC", &item) != VMT_OK)
		return VMT_NONE;
	*va += 8 * item;
	rc = vmt_kern_read_u64(c->kern, *va, pages, err);
	return rc == VMT_OK ? add_cpus(c, item, pages, err) : rc;
}

static enum vmt_rc check_pages(struct ctx *c)
{
	uint64_t va, have, want;
	const char *name;
	struct vmt_err err = {0};
	enum vmt_rc rc = read_pages(c, &va, &have, &name, &err);

	if (rc == VMT_NONE)
		return unknown_for(c, V12, 1, 0, vmt_kern_lack(c->kern),
				   "where the kernel counts pages of vmalloc");
	if (rc != VMT_OK)
		return unread(c, V12, 1, va, rc, &err, name);
	if (!sum_pages(c, &want) && want != have)
		return unknown_now(c, V12, va,
				   "%s: %" PRIu64 ", and areas that are known have %" PRIu64, name,
				   have, want);
	/* Freed pages are counted off after the last of them (5.3 to 7.0), or one by one. */
	if (have > want && pages_in_hand(c, have - want, name[0] == 'N'))
		return unknown_now(c, V12, va,
				   "%s: %" PRIu64 ", and areas have %" PRIu64
				   ": a running thread is just freeing the pages of one",
				   name, have, want);
	compare(c, name, va, want, have, means_pages);
	return VMT_OK;
}

/* ---- lazy ---- */

static enum vmt_rc check_lazy(struct ctx *c)
{
	uint64_t va = symbol_of(c, "vmap_lazy_nr"), have, want = 0;
	bool known = false, sure = true;
	struct vmt_err err = {0};
	enum vmt_rc rc;

	for (size_t i = 0; i < c->n_books; i++) {
		const struct vmt_book *b = &c->books[i];

		if (b->space == VMT_SPACE_LAZY || b->space == VMT_SPACE_PURGE) {
			known = true;
			sure &= b->list.code == VMT_OK;
		}
	}
	for (size_t i = 0; i < c->n_ranges; i++) {
		enum vmt_space space = c->books[c->ranges[i].book].space;

		if (space == VMT_SPACE_LAZY || space == VMT_SPACE_PURGE)
			want += (c->ranges[i].end - c->ranges[i].start) / c->page_size;
	}
	if (!va || !known)
		return unknown_for(c, V12, 1, 0, vmt_kern_lack(c->kern),
				   "where the kernel counts what is freed and not yet purged");
	rc = vmt_kern_read_u64(c->kern, va, &have, &err);
	if (rc != VMT_OK)
		return unread(c, V12, 1, va, rc, &err, "vmap_lazy_nr");
	if (!sure && want != have)
		return unknown_now(c, V12, va, "a list of freed ranges is broken");
	/* __purge_vmap_area_lazy() takes them from their lists first, and counts them off after
	 * (5.4 to 7.2). */
	if (have > want && mutex_is_held(c, "vmap_purge_lock"))
		return unknown_now(c, V12, va,
				   "vmap_lazy_nr: %" PRIu64 ", and the lists hold %" PRIu64
				   ": freed ranges are just being purged, vmap_purge_lock is held",
				   have, want);
	/* free_vmap_area_noflush() counts a range first, and lists it under a lock it may have to
	 * wait for (5.4 to 7.2). */
	if (have > want && ranges_in_hand(c, have - want))
		return unknown_now(c, V12, va,
				   "vmap_lazy_nr: %" PRIu64 ", and the lists hold %" PRIu64
				   ": a running thread is just putting a range into one",
				   have, want);
	compare(c, "vmap_lazy_nr", va, want, have, means_lazy);
	return VMT_OK;
}

enum vmt_rc check_counters(struct ctx *c)
{
	enum vmt_rc rc;

	if (c->no_areas)
		return unknown(c, V12, 1, 0, VMT_FACT_NONE, "%s", c->no_areas);
	rc = check_pages(c);
	return rc == VMT_OK ? check_lazy(c) : rc;
}
