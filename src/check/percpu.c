// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V16: chunks of per-CPU memory.  One has an area of vmalloc space for each group of units, and a
 * bit for each page of a unit: set, it is mapped in all units (mm/percpu.c, mm/percpu-vm.c, 5.10 to
 * 7.2).
 */
#include <inttypes.h>
#include <stdlib.h>

#include "check_priv.h"

#define UNITS_MAX  16384
#define PAGES_MAX  65536 /* of a unit */
#define CHUNKS_MAX 100000
/* One call maps no more, in all units: 32 KiB as a rule, of thousands of CPUs. */
#define ODD_MAX 65536

static const char *const means_extra =
	"per-CPU memory that nobody was given is mapped: its page is lost, or another's";
static const char *const means_long =
	"per-CPU memory is given out that lies in the unit of another CPU, or in none";
static const char *const means_lacks = "a CPU that touches its per-CPU memory there faults";

/* A page whose bit and whose page table disagree. */
struct odd {
	uint64_t chunk, va;
	uint32_t page, cpu;
	bool mapped;
};

struct percpu {
	struct ctx *c;
	struct vmt_pgt *pgt;
	struct vmt_member list, base, populated, nr_pages, data;
	/** Units that are a CPU's. */
	uint32_t units;
	uint32_t unit_pages;
	uint64_t *offsets;
	struct odd *odd;
	size_t n_odd, cap_odd;
	/** More than are kept. */
	bool many;
	/** Why it is not known. */
	struct vmt_err err;
};

static bool learn(struct percpu *p)
{
	struct vmt_kern *k = p->c->kern;
	uint64_t units = symbol_of(p->c, "pcpu_nr_units"),
		 pages = symbol_of(p->c, "pcpu_unit_pages");

	return units && pages && vmt_kern_member(k, "pcpu_chunk", "list", &p->list) == VMT_OK &&
	       vmt_kern_member(k, "pcpu_chunk", "base_addr", &p->base) == VMT_OK &&
	       vmt_kern_member(k, "pcpu_chunk", "populated", &p->populated) == VMT_OK &&
	       vmt_kern_member(k, "pcpu_chunk", "nr_pages", &p->nr_pages) == VMT_OK &&
	       vmt_kern_member(k, "pcpu_chunk", "data", &p->data) == VMT_OK &&
	       vmt_kern_read_u32(k, units, &p->units, &p->err) == VMT_OK &&
	       vmt_kern_read_u32(k, pages, &p->unit_pages, &p->err) == VMT_OK && p->units &&
	       p->units <= UNITS_MAX && p->unit_pages && p->unit_pages <= PAGES_MAX;
}

/*
 * pcpu_nr_units counts those of whole groups: where the CPUs of a node do not fill one, some are no
 * CPU's, and nothing is mapped in them (pcpu_build_alloc_info).  Offsets are by CPU.
 */
static enum vmt_rc count_units(struct percpu *p)
{
	uint64_t ids = symbol_of(p->c, "nr_cpu_ids");
	uint32_t cpus = p->units;
	enum vmt_rc rc = ids ? vmt_kern_read_u32(p->c->kern, ids, &cpus, &p->err) : VMT_OK;

	if (rc == VMT_OK && cpus < p->units)
		p->units = cpus;
	return rc;
}

/* CPUs that are not possible have 0, where another's unit is. */
static enum vmt_rc read_offsets(struct percpu *p)
{
	uint64_t at;
	enum vmt_rc rc = count_units(p);

	if (rc != VMT_OK || !p->units)
		return rc == VMT_NOMEM ? rc : VMT_NONE;
	rc = VMT_NONE;
	p->offsets = calloc(p->units, sizeof(*p->offsets));
	if (!p->offsets)
		return VMT_NOMEM;
	if (vmt_kern_read_u64(p->c->kern, symbol_of(p->c, "pcpu_unit_offsets"), &at, &p->err) ==
	    VMT_OK)
		rc = vmt_kern_read(p->c->kern, at, p->offsets, p->units * sizeof(*p->offsets),
				   &p->err);
	return rc;
}

static void tell(struct percpu *p, const struct odd *o)
{
	struct vmt_finding *f =
		finding(p->c, V16, o->mapped ? VMT_WRONG : VMT_SEVERE, subject_at(p->c, o->va),
			o->va, o->mapped ? means_extra : means_lacks, "walk");

	say_title(f, "page %" PRIu32 " of unit %" PRIu32 " of a per-CPU chunk is %s", o->page,
		  o->cpu, o->mapped ? "mapped" : "not mapped");
	say_expected(f, o->mapped ? "nothing: its bit in populated is clear"
				  : "mapped: its bit in populated is set");
	say_found(f, o->mapped ? "a page" : "nothing");
}

/* They lie in a row, in one chunk, and go the same way: what one call maps or unmaps. */
static bool is_one_run(const struct percpu *p)
{
	for (size_t i = 1; i < p->n_odd; i++) {
		const struct odd *a = &p->odd[i - 1], *b = &p->odd[i];

		if (a->chunk != b->chunk || a->mapped != b->mapped || b->page > a->page + 1)
			return false;
	}
	return true;
}

/*
 * Whoever maps a run of pages sets their bits after, and whoever unmaps one clears them after; all
 * do so under pcpu_alloc_mutex (pcpu_alloc, pcpu_balance_workfn; mm/percpu.c, 5.10 to 7.2).
 */
static enum vmt_rc judge(struct percpu *p)
{
	if (p->n_odd && !p->many && is_one_run(p) && mutex_is_held(p->c, "pcpu_alloc_mutex"))
		return unknown(p->c, V16, p->n_odd, p->odd[0].va, VMT_FACT_NONE,
			       "pages of a per-CPU chunk are just being mapped or unmapped: "
			       "pcpu_alloc_mutex is held");
	for (size_t i = 0; i < p->n_odd; i++)
		tell(p, &p->odd[i]);
	return VMT_OK;
}

static enum vmt_rc see_page(struct percpu *p, struct odd o, bool bit)
{
	uint64_t pa, va = o.va;
	struct vmt_err err = {0};
	enum vmt_rc rc = vmt_pgt_translate(p->pgt, va, &pa, &err);

	if (rc == VMT_FAULT && err.where)
		return unread(p->c, V16, 1, va, rc, &err, "a table page");
	if (rc != VMT_OK && rc != VMT_FAULT)
		return unread(p->c, V16, 1, va, rc, &err, "a table page");
	look(p->c, V16, 1, 1);
	if ((rc == VMT_OK) == bit)
		return VMT_OK;
	o.mapped = !bit;
	/* What is kept may be one call's: this is more. */
	if (p->n_odd == ODD_MAX) {
		p->many = true;
		tell(p, &o);
		return VMT_OK;
	}
	rc = vmt_grow(&p->odd, &p->cap_odd, p->n_odd + 1, sizeof(o));
	if (rc == VMT_OK)
		p->odd[p->n_odd++] = o;
	return rc;
}

static enum vmt_rc tell_long(struct percpu *p, uint64_t at, uint32_t pages)
{
	struct vmt_finding *f = finding(p->c, V16, VMT_WRONG, NULL, at, means_long, NULL);

	say_title(f, "a per-CPU chunk has more pages than a unit");
	say_expected(f, "up to %" PRIu32 " pages", p->unit_pages);
	say_found(f, "%" PRIu32 " pages (pcpu_chunk 0x%" PRIx64 ")", pages, at);
	return VMT_OK;
}

static enum vmt_rc see_chunk(void *arg, uint64_t node)
{
	struct percpu *p = arg;
	uint64_t at = node - p->list.offset, base, data, word = 0;
	uint32_t pages;
	struct vmt_err err = {0};
	enum vmt_rc rc = vmt_kern_read_u64(p->c->kern, at + p->base.offset, &base, &err);

	if (rc == VMT_OK)
		rc = vmt_kern_read_u64(p->c->kern, at + p->data.offset, &data, &err);
	if (rc == VMT_OK)
		rc = vmt_kern_read_u32(p->c->kern, at + p->nr_pages.offset, &pages, &err);
	if (rc != VMT_OK)
		return unread(p->c, V16, 1, at, rc, &err, "a per-CPU chunk");
	if (pages > p->unit_pages)
		return tell_long(p, at, pages);
	/* The first chunk was made at boot, of memory of its own. */
	if (!data)
		return VMT_OK;
	if (!afford(p->c, (uint64_t)pages * p->units))
		return unknown(p->c, V16, 1, at, VMT_FACT_NONE,
			       "chunks claim more than the image can hold");
	look(p->c, V16, 0, 1);
	for (uint32_t page = 0; rc == VMT_OK && page < pages; page++) {
		if (page % 64 == 0)
			rc = vmt_kern_read_u64(p->c->kern, at + p->populated.offset + page / 8,
					       &word, &err);
		if (rc != VMT_OK)
			return unread(p->c, V16, 1, at, rc, &err, "a per-CPU chunk");
		for (uint32_t cpu = 0; rc == VMT_OK && cpu < p->units; cpu++)
			rc = see_page(
				p,
				(struct odd){.chunk = at,
					     .va = base + p->offsets[cpu] + page * p->c->page_size,
					     .page = page,
					     .cpu = cpu},
				word >> page % 64 & 1);
	}
	return rc;
}

static bool is_head(struct percpu *p, uint64_t va)
{
	uint64_t link[2], back[2];

	return vmt_kern_read(p->c->kern, va, link, sizeof(link), NULL) == VMT_OK &&
	       vmt_kern_read_u64(p->c->kern, link[0] + 8, &back[0], NULL) == VMT_OK &&
	       vmt_kern_read_u64(p->c->kern, link[1], &back[1], NULL) == VMT_OK && back[0] == va &&
	       back[1] == va;
}

/*
 * 5.9 to 5.13 have a second set of lists behind the first, of chunks that cgroups are charged for
 * (PCPU_CHUNK_MEMCG, mm/percpu-internal.h): every one of them is a head of a list there.
 */
static bool has_second_set(struct percpu *p, uint64_t lists, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!is_head(p, lists + 16 * i))
			return false;
	}
	return true;
}

/* Chunks hang in lists by the room they have. */
static enum vmt_rc see_slots(struct percpu *p)
{
	uint64_t slots = symbol_of(p->c, "pcpu_chunk_lists"),
		 n_va = symbol_of(p->c, "pcpu_nr_slots");
	uint64_t lists;
	uint32_t n;
	enum vmt_rc rc = VMT_OK;

	if (!slots)
		slots = symbol_of(p->c, "pcpu_slot");
	if (!slots || !n_va || vmt_kern_read_u64(p->c->kern, slots, &lists, &p->err) != VMT_OK ||
	    vmt_kern_read_u32(p->c->kern, n_va, &n, &p->err) != VMT_OK || n > 256)
		return unknown_for(p->c, V16, 1, 0, &p->err, "where chunks are listed");
	if (has_second_set(p, lists + 16 * n, n))
		n *= 2;
	for (uint32_t i = 0; rc == VMT_OK && i < n; i++) {
		struct vmt_fault fault = {.code = VMT_OK};

		rc = vmt_kern_list(p->c->kern, lists + 16 * i, CHUNKS_MAX, see_chunk, p, &fault);
		if (rc != VMT_OK && rc != VMT_NOMEM)
			rc = unread(p->c, V16, 1, fault.va, rc, &fault.err,
				    "a list of per-CPU chunks");
	}
	return rc;
}

enum vmt_rc check_percpu(struct ctx *c)
{
	struct percpu p = {.c = c, .pgt = vmt_kern_pgt(c->kern)};
	bool any = false;
	enum vmt_rc rc;

	for (size_t i = 0; i < c->n_busy; i++)
		any |= c->busy[i].k->area.kind == VMT_KIND_PERCPU;
	if (c->no_areas)
		return unknown(c, V16, 1, 0, VMT_FACT_NONE, "%s", c->no_areas);
	if (!any) {
		inapplicable(c, V16, "no per-CPU chunk lies in vmalloc space");
		return VMT_OK;
	}
	rc = learn(&p) ? read_offsets(&p) : VMT_NONE;
	if (rc == VMT_OK) {
		rc = see_slots(&p);
		if (rc == VMT_OK)
			rc = judge(&p);
	} else if (rc != VMT_NOMEM)
		rc = unknown_for(c, V16, 1, 0,
				 p.err.code == VMT_OK ? vmt_kern_lack(c->kern) : &p.err,
				 "the layout of per-CPU chunks");
	free(p.odd);
	free(p.offsets);
	return rc;
}
