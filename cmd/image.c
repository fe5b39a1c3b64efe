// SPDX-License-Identifier: GPL-2.0-or-later
/* A memory image as a source: its areas in the order in which the kernel would print them. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"

/* A flattened file of many gigabytes takes a while to index: say so to who watches. */
static void indexed(void *arg, uint64_t done, uint64_t total)
{
	progress_at(arg, done, total);
}

/* What the user names beside the image: it needs none where the kernel left enough in it. */
static int read_options(struct source *s, const struct run *r, struct vmt_kern_opts *opts)
{
	const char *path = r->opt[OPT_KALLSYMS] ? r->opt[OPT_KALLSYMS] : r->opt[OPT_SYSTEM_MAP];
	struct vmt_kallsyms_stats stats;
	struct vmt_err err = {0};
	struct vmt_file *file;

	if (path) {
		opts->symbols_linked = r->opt[OPT_SYSTEM_MAP] != NULL;
		opts->symbols = s->symbols = vmt_symbols_new();
		if (!s->symbols)
			return complain_nomem();
		if (vmt_file_open(&file, path, &err) != VMT_OK ||
		    vmt_kallsyms_read(s->symbols, file, &stats, &err) != VMT_OK)
			return complain(&err);
	}
	if (r->opt[OPT_VMLINUX] && vmt_debug_open(&s->vmlinux, r->opt[OPT_VMLINUX], &err) != VMT_OK)
		return complain(&err);
	opts->vmlinux = s->vmlinux;
	return 0;
}

/* A vmlinux of another kernel would name wrong addresses and lay out wrong structures. */
static int check_vmlinux(const struct source *s, const struct run *r)
{
	const char *path = r->opt[OPT_VMLINUX], *want = vmt_kern_about(s->kern)->build_id;
	char hex[VMT_BUILD_ID_TEXT];
	struct vmt_err err = {0};

	if (!path || r->opt[OPT_FORCE] || !want[0] ||
	    vmt_debug_build_id(path, hex, NULL) != VMT_OK || strcmp(hex, want) == 0)
		return 0;
	(void)vmt_err_set(&err, VMT_FORMAT,
			  "%s: is of another kernel: its build-id is %s, that of the dump %s\n"
			  "--force takes it all the same",
			  path, hex, want);
	return complain(&err);
}

static int open_kern(struct source *s, const struct run *r, const char *path)
{
	struct progress shown;
	struct ram ram;
	struct vmt_kern_opts opts = {.names = r->names, .n_names = r->n_names};
	struct vmt_err err = {0};
	int code = ram_options(&ram, r);
	enum vmt_rc rc;
	bool more;

	if (code == 0)
		code = read_options(s, r, &opts);
	if (code == 0 && s->devmem)
		code = devmem_options(&ram, s, r, &opts);
	if (code) {
		ram_free(&ram);
		return code;
	}
	progress_begin(&shown, "indexing", 0);
	ram.opts.progress = indexed;
	ram.opts.arg = &shown;
	rc = s->n_parts ? vmt_mem_open_parts(&s->mem, (const char *const *)s->parts,
					     (size_t)s->n_parts, &ram.opts, &err)
			: vmt_mem_open(&s->mem, path, &ram.opts, &err);
	ram_free(&ram);
	progress_end(&shown);
	if (rc != VMT_OK)
		return s->devmem ? devmem_complain(s, r, path, &err)
				 : live_complain(s, r, path, &err);
	if (r->record && vmt_mem_record(s->mem) != VMT_OK)
		return complain_nomem();
	if (vmt_kern_open(&s->kern, s->mem, &opts, &err) != VMT_OK)
		return s->devmem ? devmem_complain(s, r, path, &err) : complain(&err);
	code = live_add(s, &opts, &more);
	if (code == 0 && more) {
		vmt_kern_close(s->kern);
		s->kern = NULL;
		if (vmt_kern_open(&s->kern, s->mem, &opts, &err) != VMT_OK)
			return complain(&err);
	}
	return code ? code : check_vmlinux(s, r);
}

enum vmt_rc image_areas(struct source *s, struct vmt_err *err)
{
	return vmt_kern_areas(s->kern, &s->kareas, &s->n_kareas, &s->kareas_about, err);
}

int image_open(struct source *s, const struct run *r, const char *path)
{
	struct vmt_err err = {0};
	int code = open_kern(s, r, path);

	if (code)
		return code;
	s->strict = r->opt[OPT_STRICT] != NULL;
	if (image_areas(s, &err) != VMT_OK)
		return complain(&err);
	/* What needs memory lists no areas. */
	if (r->cmd->live != LIVE_MEMORY && vmt_kern_numa(s->kern, &err) != VMT_OK)
		return complain(&err);
	s->image_stats.lines = s->image_stats.areas = s->n_kareas;
	s->image_stats.cut = vmt_mem_about(s->mem)->cut;
	return 0;
}

void image_facts(struct source *s)
{
	const struct vmt_kern_about *a = vmt_kern_about(s->kern);
	struct vmt_facts *f = &s->facts;

	if (f->kernel[0])
		return;
	memcpy(f->kernel, a->release, sizeof(f->kernel));
	memcpy(f->build_id, a->build_id, sizeof(f->build_id));
	(void)snprintf(f->machine, sizeof(f->machine), "%s", vmt_mem_about(s->mem)->machine);
	f->page_size = a->page_size;
	if (a->vmalloc_bytes)
		f->vmalloc_total = a->vmalloc_bytes & ~UINT64_C(1023); /* as meminfo: whole KiB */
}

int image_report(const struct source *s, int code)
{
	const struct vmt_kern_about *k = vmt_kern_about(s->kern);
	const struct vmt_kareas_about *a = s->kareas_about;
	const struct vmt_mem_about *m = vmt_mem_about(s->mem);
	bool part = a->broken_lists > 0 || a->no_unpurged || a->no_vm > 0 || m->cut || m->n_missing;

	ram_report(s);
	for (size_t i = 0; i < k->n_missing; i++)
		message("%s: %s", s->name, k->missing[i]);
	if (a->unsteady)
		message("%s: %llu list%s of areas changed each time while %s read: what follows "
			"the change is not known",
			s->name, (unsigned long long)a->unsteady, a->unsteady == 1 ? "" : "s",
			a->unsteady == 1 ? "it was" : "they were");
	if (a->broken_lists > a->unsteady)
		message("%s: %llu list%s of areas end%s early, what follows is not known: %s",
			s->name, (unsigned long long)a->broken_lists,
			a->broken_lists == 1 ? "" : "s", a->broken_lists == 1 ? "s" : "",
			a->first.text);
	if (a->moved)
		message("%s: the kernel changed while it was read: %llu area%s moved", s->name,
			(unsigned long long)a->moved, a->moved == 1 ? "" : "s");
	if (a->no_vm)
		message("%s: of %llu areas only the range is known: their vm_struct is not in the "
			"image",
			s->name, (unsigned long long)a->no_vm);
	if (a->no_nodes)
		message("%s: NUMA nodes of %llu area%s are not known: %s struct pages cannot be "
			"read",
			s->name, (unsigned long long)a->no_nodes, a->no_nodes == 1 ? "" : "s",
			a->no_nodes == 1 ? "its" : "their");
	for (size_t i = 0; i < m->n_missing; i++)
		message("%s: the part of the dump that holds page frames 0x%" PRIx64
			" to 0x%" PRIx64 " is missing: its pages are not known",
			s->name, m->missing[i].first, m->missing[i].end - 1);
	if (m->cut)
		message("%s: the file is cut short: what lies beyond its end is not known",
			s->name);
	return part && code == EXIT_ANSWERED ? EXIT_IN_PART : code;
}

void image_close(struct source *s)
{
	vmt_kern_close(s->kern);
	vmt_mem_close(s->mem);
	vmt_symbols_free(s->symbols);
	vmt_debug_close(s->vmlinux);
	s->kern = NULL;
	s->mem = NULL;
	s->symbols = NULL;
	s->vmlinux = NULL;
}
