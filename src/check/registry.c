// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of checks, and their run. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "report.h"

/* How often a suspect of a live kernel is looked at again, and how long after the last look: each
 * time twice as long, so that who stands between two steps of its work comes to its turn. */
#define AGAIN	    5
#define PAUSE_FIRST 10000000 /* ns */

const struct registered registry[N_CHECKS] = {
	[V01] = {{"V01",
		  "bounds, order, overlap",
		  {"areas", "other ranges"},
		  "Ranges are page-aligned, lie in the vmalloc or the module range, follow each "
		  "other in their lists and do not overlap; vm_struct says where vmap_area does.",
		  "alloc_vmap_area, insert_vmap_area, setup_vmalloc_vm (mm/vmalloc.c, 5.4 to 7.2)",
		  "KASAN's tags in vm_struct.addr, and its shadow, which lies elsewhere; free "
		  "ranges reach beyond the vmalloc range; a dump of a crash in the middle of an "
		  "update"},
		 check_bounds},
	[V02] = {{"V02",
		  "size, pages, guard, request",
		  {"areas"},
		  "vm_struct.size is va_end - va_start; pages and guard page fill it; what was "
		  "asked for fits.",
		  "__get_vm_area_node, __vmalloc_area_node (mm/vmalloc.c, 5.4 to 7.2), "
		  "vrealloc (7.2)",
		  "areas being set up; percpu, early and image areas have no guard page; vrealloc "
		  "shrinks nr_pages alone (7.2)"},
		 check_sizes},
	[V03] = {{"V03",
		  "lists against trees, nodes",
		  {"tree nodes", "trees"},
		  "Lists and red-black trees hold the same ranges; trees are in order, balanced, "
		  "and know their largest free range; an area hangs in the node of its address.",
		  "link_va, unlink_va, augment_tree_propagate_from, addr_to_node (mm/vmalloc.c, "
		  "5.4 to 7.2)",
		  "freed areas keep their node (6.9+); one range that is in a list or in its tree "
		  "alone while their lock is held; a dump of a crash in the middle of another "
		  "update"},
		 check_trees},
	[V04] = {{"V04",
		  "lists link both ways",
		  {"links", "lists"},
		  "next and prev of every list of ranges agree, and lead back to the head.",
		  "include/linux/list.h",
		  "vmap_node.purge_list is set up by the first purge only (6.9+)"},
		 check_lists},
	[V05] = {{"V05",
		  "pages mapped are those recorded",
		  {"pages", "device pages", "image pages", "vm_map_ram pages"},
		  "Page i of an area maps the frame of pages[i]; an ioremap and a segment of the "
		  "kernel's image map what begins at phys_addr, without a break; what vm_map_ram "
		  "has handed out is mapped.",
		  "vmap_pages_range, ioremap_page_range (mm/vmalloc.c, 5.4 to 7.2); map_kernel "
		  "(arch/arm64/mm)",
		  "areas being set up, the end of an ioremap that a running thread has in hand "
		  "among them; phys_addr 0; vmap areas that record no pages; init text and "
		  "data of the image are unmapped after boot; vm_map_ram rounds up to a power of "
		  "two; a range of it that a thread is just mapping or unmapping"},
		 check_mapping},
	[V06] = {{"V06",
		  "guards, holes, freed unmapped",
		  {"guards", "holes", "vm_map_ram blocks"},
		  "Nothing is mapped in guard pages, in ranges that are freed or pooled, and where "
		  "no area is.",
		  "free_unmap_vmap_area: unmapped before it is freed; only the TLB is lazy "
		  "(mm/vmalloc.c, 2.6.38 to 7.2)",
		  "percpu, early and image areas have no guard page; areas being set up or torn "
		  "down; a range that a running thread has taken from the areas and is unmapping"},
		 check_mapping},
	[V07] = {{"V07",
		  "rights: W^X, data NX, text RO",
		  {"entries", "pages of text and data", "aliases"},
		  "No mapping of the kernel is writable and executable, none is the user's; data "
		  "in vmalloc space is not executable; text and constants of the kernel and of "
		  "modules are not writable, nor are their frames in the direct map.",
		  "module_enable_*, set_memory_ro (kernel/module/strict_rwx.c); mark_rodata_ro "
		  "(arch/*/mm); bpf_prog_lock_ro (5.10 to 7.2)",
		  "rodata=off; a kernel that still boots; data that a module which has its init "
		  "part still will protect when that goes; padding behind read-only data, freed "
		  "init memory, fixmap, cpu_entry_area and espfix on x86; on arm64 aliases of "
		  "modules unless "
		  "rodata=full; the vsyscall page; trampolines, dispatchers and struct_ops of BPF "
		  "(5.5 to 6.0)"},
		 check_rights},
	[V08] = {{"V08",
		  "large and contiguous entries",
		  {"entries", "large", "contiguous blocks"},
		  "A large entry lies within one area; pages[] of an area with a page_order come "
		  "in aligned blocks of that order; entries of a contiguous block (arm64 CONT, "
		  "riscv NAPOT) "
		  "are alike and follow each other.",
		  "vmap_try_huge_pmd, vmap_pte_range, arch_vmap_pte_range_map_size (mm/vmalloc.c, "
		  "5.13 to 7.2)",
		  "smaller entries than the order allows (set_memory splits), and larger ones (x86 "
		  "joins "
		  "what lies in a row, 7.x)"},
		 check_large},
	[V09] = {{"V09",
		  "no frame in two areas",
		  {"frames"},
		  "No two areas that own their pages record one frame.",
		  "vm_area_alloc_pages (mm/vmalloc.c, 5.4 to 7.2)",
		  "what vmap maps belongs to others and is not counted, that which it puts "
		  "(VM_MAP_PUT_PAGES) to others as well"},
		 check_frames},
	[V10] = {{"V10",
		  "frames in use",
		  {"frames"},
		  "Frames of areas are RAM, have users (_refcount), and are not in the buddy "
		  "allocator.",
		  "include/linux/page-flags.h, PAGE_BUDDY_MAPCOUNT_VALUE (5.10 to 7.2)",
		  "tails of huge pages have no count of their own (5.13 to 5.17), nor have those "
		  "of folios that vmap was given"},
		 check_frames},
	[V11] = {{"V11",
		  "each mm has the kernel's entries",
		  {"mms", "entries"},
		  "Top-level entries of every process over vmalloc and module space are those of "
		  "init_mm.",
		  "pgd_ctor, preallocate_vmalloc_pages (arch/x86/mm, 5.9 to 7.2); "
		  "sync_kernel_mappings "
		  "(arch/riscv)",
		  "before x86 5.9 and riscv 6.5 an entry may be absent until it is used; accessed "
		  "and dirty bits; arm64 has one root for all"},
		 check_mms},
	[V12] = {{"V12",
		  "counters",
		  {"counters"},
		  "nr_vmalloc_pages (NR_VMALLOC with what CPUs have not added yet) is the pages of "
		  "vmalloc areas; vmap_lazy_nr those of ranges freed and not purged.",
		  "__vmalloc_area_node, vfree, free_vmap_area_noflush (mm/vmalloc.c, 5.3 to 7.2); "
		  "mm/vmstat.c",
		  "areas being set up; pages of VM_MAP_PUT_PAGES are not counted; ranges that are "
		  "just being purged, under vmap_purge_lock, or freed by a running thread"},
		 check_counters},
	[V13] = {{"V13",
		  "text against structures",
		  {"lines"},
		  "/proc/vmallocinfo has a line for every busy area, and no other.",
		  "vmalloc_info_show (mm/vmalloc.c, 5.4 to 7.2)",
		  "a text of another moment; the buffer the text is read into; areas being set up"},
		 check_listing},
	[V14] = {{"V14",
		  "executable memory has an owner",
		  {"spans", "of BPF and others", "elsewhere"},
		  "What is executable in vmalloc and module space lies in an area of a module, of "
		  "BPF, or of another maker of code.",
		  "module_alloc, execmem_alloc, bpf_jit_alloc_exec (5.10 to 7.2)",
		  "what BPF, kprobes and ftrace share stays executable when parts are freed; init "
		  "text of a module waits for RCU before it is freed: unknown while it may; "
		  "elsewhere kernel text, cpu_entry_area, EFI, real-mode and entry trampolines; "
		  "riscv's direct map of text"},
		 check_rights},
	[V15] = {{"V15",
		  "callers are still there",
		  {"callers"},
		  "Who asked for an area is in live text; else it is listed: nobody may be left to "
		  "free it.",
		  "vm_struct.caller (mm/vmalloc.c)",
		  "freed init text of a module looks the same as a module that is gone: never a "
		  "finding"},
		 check_callers},
	[V16] = {{"V16",
		  "per-CPU pages",
		  {"chunks", "pages"},
		  "A page of a per-CPU chunk is mapped in all units when its bit in populated is "
		  "set, and in none when not.",
		  "pcpu_populate_chunk, pcpu_create_chunk (mm/percpu-vm.c, 5.10 to 7.2)",
		  "the first chunk is memory of its own; a run of pages that is just being mapped "
		  "or unmapped under pcpu_alloc_mutex"},
		 check_percpu},
	[V17] = {{"V17",
		  "stacks of threads are areas",
		  {"threads"},
		  "stack_vm_area of every thread is the vm_struct of a busy area that begins where "
		  "the stack does.",
		  "alloc_thread_stack_node (kernel/fork.c, 4.9 to 7.2, CONFIG_VMAP_STACK)",
		  "cached stacks, those being freed, and of idle threads belong to no listed "
		  "thread: counted"},
		 check_stacks},
	[V18] = {{"V18",
		  "page tables themselves",
		  {"tables", "entries"},
		  "Table pages are RAM, in use, none has two parents, and no entry has a bit that "
		  "must be 0.",
		  "arch/*/include/asm/pgtable*.h, include/linux/page-flags.h (5.10 to 7.2); the "
		  "manuals of the machines",
		  "espfix on x86 and KASAN's early shadow show one table many times"},
		 check_tables},
};

size_t vmt_checks_count(void)
{
	return N_CHECKS;
}

const struct vmt_check *vmt_checks_at(size_t i)
{
	return &registry[i].about;
}

size_t vmt_checks_find(struct vmt_str id)
{
	for (size_t i = 0; i < N_CHECKS; i++) {
		const char *known = registry[i].about.id;

		if (id.n == strlen(known) && strncasecmp(known, id.p, id.n) == 0)
			return i;
	}
	return SIZE_MAX;
}

/* All names that checks ask for, found in one pass. */
static const char *const names[] = {
	"vmap_area_root",
	"purge_vmap_area_root",
	"free_vmap_area_list",
	"free_vmap_area_root",
	"vmap_zone_size",
	"vmalloc_base",
	"vmemmap_base",
	"page_offset_base",
	"kernel_map",
	"_etext",
	"__start_rodata",
	"__end_rodata",
	"rodata_enabled",
	"rodata_full",
	"system_state",
	"bpf_kallsyms",
	"bpf_jit_alloc_exec_page",
	"init_free_list",
	"rcu_state",
	"init_task",
	"_sinittext",
	"_einittext",
	"nr_vmalloc_pages",
	"vmap_lazy_nr",
	"vmap_purge_lock",
	"vmap_area_lock",
	"purge_vmap_area_lock",
	"free_vmap_area_lock",
	"vm_node_stat",
	"node_data",
	"contig_page_data",
	"__per_cpu_offset",
	"nr_cpu_ids",
	"nr_node_ids",
	"kasan_early_shadow_pte",
	"kasan_early_shadow_pmd",
	"kasan_early_shadow_pud",
	"kasan_early_shadow_p4d",
	"pcpu_nr_units",
	"pcpu_unit_pages",
	"pcpu_unit_offsets",
	"pcpu_chunk_lists",
	"pcpu_slot",
	"pcpu_nr_slots",
	"pcpu_alloc_mutex",
	"vmap_blocks",
	"vmap_block_queue",
};

size_t vmt_checks_symbols(const char *const **symbols)
{
	*symbols = names;
	return sizeof(names) / sizeof(names[0]);
}

/* Does the note of a slim image name the check in the line that begins so? */
static bool names_check(struct vmt_str slim, const char *line, const char *id)
{
	size_t at = vmt_str_find(slim, line);
	struct vmt_str ids = {slim.p + at, at == SIZE_MAX ? 0 : slim.n - at};
	const char *end = ids.n > 1 ? memchr(ids.p + 1, '\n', ids.n - 1) : NULL;

	if (end)
		ids.n = (size_t)(end - ids.p);
	return ids.n && vmt_str_find(ids, id) != SIZE_MAX;
}

/*
 * In a slim image what no answer read is 0.  A check that its maker did not have would take that
 * for what the kernel had there: it is not run.
 */
static void leave_out(struct ctx *c, bool left[N_CHECKS])
{
	struct vmt_str slim = vmt_kern_slim(c->kern);

	for (size_t i = 0; i < N_CHECKS; i++) {
		left[i] = slim.n && asked(c, i) &&
			  !names_check(slim, "\nkept=", registry[i].about.id);
		if (!left[i])
			continue;
		(void)unknown(c, i, 1, 0, VMT_FACT_NONE,
			      "the vmtool that made this image small had no such check");
		c->report->verdicts[i].asked = false;
	}
}

/*
 * An image that was made of a kernel that ran is of many moments: what seems wrong in it need never
 * have been so, unless its maker saw it too, who looked again.
 */
static enum vmt_rc doubt(struct ctx *c)
{
	struct vmt_str slim = vmt_kern_slim(c->kern);
	enum vmt_rc rc = VMT_OK;

	for (size_t i = 0; rc == VMT_OK && i < N_CHECKS; i++) {
		uint64_t n = c->report->verdicts[i].findings;

		if (!n || vmt_str_find(slim, "\nlive=") == SIZE_MAX ||
		    names_check(slim, "\nlive=", registry[i].about.id))
			continue;
		report_drop(c->report, i);
		rc = unknown(c, i, n, 0, VMT_FACT_NONE,
			     "seems wrong, in an image of many moments: it was made of a kernel "
			     "that ran, where nothing was wrong when it was looked at again");
	}
	return rc;
}

/* Each check may look at eight times what the image can have. */
static uint64_t budget(struct vmt_kern *kern)
{
	const struct vmt_mem_about *m = vmt_mem_about(vmt_kern_mem(kern));
	uint64_t bytes = m->pages_stored && !m->live ? vmt_num_mul(m->pages_stored, m->page_size)
						     : UINT64_C(1) << 40;

	return bytes < 1 << 20 ? 1 << 20 : bytes;
}

static enum vmt_rc run_checks(struct ctx *c)
{
	enum vmt_rc rc = subjects_read(c);

	for (size_t k = 0; rc == VMT_OK && k < N_CHECKS; k++) {
		/* V13 comes last: of a live kernel it reads the areas anew. */
		size_t i = k < V13 ? k : k + 1 < N_CHECKS ? k + 1 : V13;
		bool done = false;

		/* Checks that are made in one pass stand with the same function. */
		for (size_t j = 0; j < i; j++)
			done |= asked(c, j) && registry[j].run == registry[i].run;
		c->left = budget(c->kern);
		if (asked(c, i) && !done)
			rc = registry[i].run(c);
		if (rc == VMT_OK)
			rc = c->report->nomem;
		if (c->opts->progress)
			c->opts->progress(c->opts->arg, registry[i].about.title,
					  (unsigned)(1000 * (k + 1) / N_CHECKS));
	}
	return rc;
}

static enum vmt_rc run_all(struct ctx *c)
{
	bool left[N_CHECKS];
	enum vmt_rc rc;

	leave_out(c, left);
	rc = run_checks(c);
	if (rc == VMT_OK)
		rc = doubt(c);
	for (size_t i = 0; i < N_CHECKS; i++) {
		struct vmt_verdict *v = &c->report->verdicts[i];

		if (!left[i])
			continue;
		/* Some are made in one pass with others. */
		memset(v->looked_at, 0, sizeof(v->looked_at));
		v->inapplicable = false;
		v->note[0] = 0;
		v->asked = true;
	}
	return rc;
}

static enum vmt_rc run_once(struct vmt_report **report, struct vmt_kern *kern,
			    const struct vmt_check_opts *opts)
{
	struct ctx c = {.kern = kern,
			.opts = opts,
			.report = report_new(opts),
			.page_size = vmt_kern_about(kern)->page_size};
	enum vmt_rc rc = c.report ? VMT_OK : VMT_NOMEM;

	if (rc == VMT_OK) {
		(void)vmt_kern_ran_out(kern);
		c.n_windows = vmt_kern_windows(kern, c.windows);
		for (size_t i = 0; i < c.n_windows; i++)
			c.has_vmalloc |= strcmp(c.windows[i].name, "vmalloc") == 0;
		rc = run_all(&c);
		if (vmt_kern_ran_out(kern))
			rc = VMT_NOMEM;
	}
	subjects_free(&c);
	/* Whatever else ends a pass has been told as unknown. */
	if (rc != VMT_NOMEM) {
		*report = c.report;
		return VMT_OK;
	}
	vmt_report_free(c.report);
	return rc;
}

static enum vmt_rc look_again(struct vmt_report **other, struct vmt_kern *kern,
			      const struct vmt_check_opts *opts, unsigned n)
{
	(void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_FIRST << n}, NULL);
	vmt_kern_forget(kern);
	return run_once(other, kern, opts);
}

/*
 * A kernel that runs changes while it is read: what looks wrong is read anew, records and page
 * tables, and stays a finding only where it is the same each time.  An area that is being freed is
 * in no list and still counted; and the thread that frees it may not run just now, above all where
 * CPUs are those of a busy host.
 */
static enum vmt_rc confirm(struct vmt_report *report, struct vmt_kern *kern,
			   const struct vmt_check_opts *opts)
{
	for (unsigned i = 0; i < AGAIN && report->n_findings; i++) {
		struct vmt_check_opts again = *opts;
		struct vmt_report *other = NULL;
		enum vmt_rc rc;

		for (size_t k = 0; k < N_CHECKS; k++)
			again.run[k] = report->verdicts[k].findings > 0;
		rc = look_again(&other, kern, &again, i);
		if (rc != VMT_OK)
			return rc;
		report_keep(report, other);
		vmt_report_free(other);
	}
	return VMT_OK;
}

static bool judged_nothing(const struct vmt_report *r, size_t i)
{
	const struct vmt_verdict *v = &r->verdicts[i];

	return v->asked && r->passing[i] && !v->findings && !has_looked(v);
}

/* A check that met no quiet moment has more of them. */
static enum vmt_rc wait_for_quiet(struct vmt_report *report, struct vmt_kern *kern,
				  const struct vmt_check_opts *opts)
{
	for (unsigned i = 0; i < AGAIN; i++) {
		struct vmt_check_opts again = *opts;
		struct vmt_report *other = NULL;
		bool any = false;
		enum vmt_rc rc;

		for (size_t k = 0; k < N_CHECKS; k++)
			any |= again.run[k] = judged_nothing(report, k);
		if (!any)
			return VMT_OK;
		rc = look_again(&other, kern, &again, i);
		for (size_t k = 0; rc == VMT_OK && k < N_CHECKS; k++)
			if (again.run[k])
				rc = report_take(report, other, k);
		vmt_report_free(other);
		if (rc != VMT_OK)
			return rc;
	}
	return VMT_OK;
}

enum vmt_rc vmt_check_run(struct vmt_report **report, struct vmt_kern *kern,
			  const struct vmt_check_opts *opts, struct vmt_err *err)
{
	struct vmt_report *r = NULL;
	enum vmt_rc rc = vmt_kern_know(kern, names, sizeof(names) / sizeof(names[0]));

	if (rc == VMT_OK)
		rc = run_once(&r, kern, opts);
	if (rc == VMT_OK && (opts->live || vmt_mem_about(vmt_kern_mem(kern))->may_change))
		rc = wait_for_quiet(r, kern, opts);
	if (rc == VMT_OK && (opts->live || vmt_mem_about(vmt_kern_mem(kern))->may_change))
		rc = confirm(r, kern, opts);
	if (rc == VMT_OK && r->gone && !vmt_mem_about(vmt_kern_mem(kern))->live)
		vmt_mem_moves(vmt_kern_mem(kern));
	if (rc == VMT_OK)
		rc = report_name(r, kern);
	if (rc != VMT_OK) {
		vmt_report_free(r);
		return vmt_err_nomem(err);
	}
	report_finish(r);
	*report = r;
	return VMT_OK;
}

size_t vmt_report_gone(const struct vmt_report *report)
{
	return report->gone;
}
