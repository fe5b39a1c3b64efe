// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of checks, and their run. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "report.h"

const struct registered registry[N_CHECKS] = {
	[V01] = {{"V01",
		  "bounds, order, overlap",
		  {"areas", "other ranges"},
		  "Ranges are page-aligned, lie in the vmalloc or the module range, follow each "
		  "other in their lists and do not overlap; vm_struct says where vmap_area does.",
		  "alloc_vmap_area, insert_vmap_area, setup_vmalloc_vm (mm/vmalloc.c, 5.4 to 7.2)",
		  "KASAN's tags in vm_struct.addr; free ranges reach beyond the vmalloc range; a "
		  "dump of a crash in the middle of an update"},
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
		  "freed areas keep their node (6.9+); a dump of a crash in the middle of an "
		  "update"},
		 check_trees},
	[V04] = {{"V04",
		  "lists link both ways",
		  {"links", "lists"},
		  "next and prev of every list of ranges agree, and lead back to the head.",
		  "include/linux/list.h",
		  "vmap_node.purge_list is set up by the first purge only (6.9+)"},
		 check_lists},
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

static enum vmt_rc run_all(struct ctx *c)
{
	enum vmt_rc rc = subjects_read(c);

	for (size_t i = 0; rc == VMT_OK && i < N_CHECKS; i++) {
		bool done = false;

		/* Checks that are made in one pass stand with the same function. */
		for (size_t j = 0; j < i; j++)
			done |= asked(c, j) && registry[j].run == registry[i].run;
		if (asked(c, i) && !done)
			rc = registry[i].run(c);
		if (rc == VMT_OK)
			rc = c->report->nomem;
		if (c->opts->progress)
			c->opts->progress(c->opts->arg, registry[i].about.title,
					  (unsigned)(1000 * (i + 1) / N_CHECKS));
	}
	return rc;
}

enum vmt_rc vmt_check_run(struct vmt_report **report, struct vmt_kern *kern,
			  const struct vmt_check_opts *opts, struct vmt_err *err)
{
	struct ctx c = {.kern = kern,
			.opts = opts,
			.report = report_new(opts),
			.page_size = vmt_kern_about(kern)->page_size};
	enum vmt_rc rc = c.report ? VMT_OK : VMT_NOMEM;

	if (rc == VMT_OK) {
		c.n_windows = vmt_kern_windows(kern, c.windows);
		rc = run_all(&c);
	}
	subjects_free(&c);
	if (rc != VMT_OK) {
		vmt_report_free(c.report);
		return vmt_err_nomem(err);
	}
	report_finish(c.report);
	*report = c.report;
	return VMT_OK;
}
