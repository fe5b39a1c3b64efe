// SPDX-License-Identifier: GPL-2.0-or-later
/* From VMCOREINFO to symbols and types: one step leads to the next. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kern_priv.h"

#include "vmtool/text.h"

const char *vmt_origin_name(enum vmt_origin origin)
{
	static const char *const names[] = {
		"nowhere", "the image", "vmlinux", "a file", "a table of vmtool",
	};

	return names[origin];
}

void kern_missing(struct vmt_kern *kern, const char *fmt, ...)
{
	struct vmt_kern_about *a = &kern->about;
	char *line = a->missing[a->n_missing];
	va_list ap;

	if (a->n_missing == sizeof(a->missing) / sizeof(a->missing[0]))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(a->missing[0]), fmt, ap);
	va_end(ap);
	/* What is read again misses the same again. */
	for (size_t i = 0; i < a->n_missing; i++) {
		if (strcmp(a->missing[i], line) == 0)
			return;
	}
	a->n_missing++;
}

static enum vmt_rc read_info(struct vmt_kern *kern, struct vmt_err *err)
{
	struct vmt_str text = vmt_mem_about(kern->mem)->vmcoreinfo;
	struct vmt_kern_about *a = &kern->about;
	enum vmt_rc rc;

	/* Of another guess nothing is kept. */
	vmt_info_free(kern->info);
	kern->info = vmt_info_new();
	rc = kern->info ? vmt_vmcoreinfo_parse(kern->info, text) : VMT_NOMEM;
	if (rc != VMT_OK)
		return vmt_err_nomem(err);
	vmt_str_copy(a->release, sizeof(a->release), vmt_info_get(kern->info, "OSRELEASE"));
	vmt_str_copy(a->build_id, sizeof(a->build_id), vmt_info_get(kern->info, "BUILD-ID"));
	if (!vmt_info_number(kern->info, "PAGESIZE", &a->page_size) ||
	    !vmt_num_is_pow2(a->page_size) || a->page_size < 4096 || a->page_size > 1 << 16)
		return vmt_err_set(err, VMT_NONE, "%s: VMCOREINFO has no PAGESIZE",
				   vmt_mem_path(kern->mem));
	if (!vmt_info_hex(kern->info, "KERNELOFFSET", &a->kaslr))
		a->kaslr = VMT_FACT_NONE;
	return VMT_OK;
}

const char *kern_reason(const struct vmt_kern *kern, const struct vmt_err *why)
{
	const char *path = vmt_mem_path(kern->mem);
	size_t n = strlen(path);

	return strncmp(why->text, path, n) == 0 && strncmp(why->text + n, ": ", 2) == 0
		       ? why->text + n + 2
		       : why->text;
}

/* The root is right when _stext, which is always mapped, is found by it. */
static enum vmt_rc find_tables(struct vmt_kern *kern, struct vmt_err *err)
{
	struct vmt_err why = {0};
	uint64_t stext, pa;
	enum vmt_rc rc = vmt_pgt_init(&kern->pgt, kern->mem, kern->info, err);

	if (rc != VMT_OK)
		return vmt_err_prepend(err, "%s", vmt_mem_path(kern->mem));
	kern->about.levels = kern->pgt.levels;
	kern->about.va_bits = kern->pgt.va_bits;
	kern->about.vmalloc_bytes = kern->pgt.vmalloc_bytes;
	if (!vmt_info_hex(kern->info, "SYMBOL(_stext)", &stext))
		return VMT_OK;
	rc = vmt_pgt_translate(&kern->pgt, stext, &pa, &why);
	if (rc == VMT_OK)
		return kern_check_name(kern, err);
	if (rc == VMT_NOMEM)
		return rc;
	return vmt_err_set(err, rc == VMT_FAULT ? VMT_FORMAT : rc,
			   "%s: the page tables at 0x%llx do not lead to the kernel's own text: %s",
			   vmt_mem_path(kern->mem), (unsigned long long)kern->pgt.root_pa,
			   kern_reason(kern, &why));
}

/* VMCOREINFO and the page tables; what was guessed of the image is tried until both are right. */
static enum vmt_rc understand(struct vmt_kern *kern, struct vmt_err *err)
{
	enum vmt_rc rc = read_info(kern, err);

	return rc == VMT_OK ? find_tables(kern, err) : rc;
}

static enum vmt_rc find_kernel(struct vmt_kern *kern, struct vmt_err *err)
{
	struct vmt_err why;
	enum vmt_rc rc = VMT_NONE, next;

	if (!vmt_mem_about(kern->mem)->vmcoreinfo.n) {
		next = vmt_mem_guess(kern->mem);
		if (next == VMT_NOMEM)
			return vmt_err_nomem(err);
		if (next == VMT_NONE)
			return vmt_err_set(
				err, VMT_NONE,
				"%s: has no VMCOREINFO, neither as a note nor in its "
				"memory: nothing says where this kernel is\n"
				"--vmcoreinfo FILE gives it: a copy of that of this boot",
				vmt_mem_path(kern->mem));
	}
	rc = understand(kern, err);
	while (rc != VMT_OK && rc != VMT_NOMEM && rc != VMT_UNSUPPORTED) {
		next = vmt_mem_guess(kern->mem);
		if (next == VMT_NONE)
			next = kern_place_by_name(kern);
		if (next == VMT_NOMEM)
			return vmt_err_nomem(err);
		if (next != VMT_OK)
			return kern_misplaced(kern, rc, err);
		/* The first answer says most: those that follow are about worse guesses. */
		next = understand(kern, &why);
		if (next == VMT_OK || next == VMT_NOMEM)
			rc = next;
	}
	return rc;
}

static uint64_t stored_bytes(const struct vmt_mem *mem)
{
	const struct vmt_mem_about *a = vmt_mem_about(mem);

	return a->pages_stored ? vmt_num_mul(a->pages_stored, a->page_size) : UINT64_MAX;
}

/* VMCOREINFO tells of AMD's bit alone (sme_mask), and not of one that shared pages have. */
static void learn_addresses(struct vmt_kern *kern)
{
	const char *name = kern->pgt.arch->pa_variable;
	uint64_t vas[VMT_CANDIDATES], mask;

	if (name && vmt_kern_symbol(kern, name, vas) &&
	    vmt_kern_read_u64(kern, vas[0], &mask, NULL) == VMT_OK)
		vmt_pgt_narrow(&kern->pgt, mask);
}

enum vmt_rc vmt_kern_open(struct vmt_kern **out, struct vmt_mem *mem,
			  const struct vmt_kern_opts *opts, struct vmt_err *err)
{
	struct vmt_kern *kern = calloc(1, sizeof(*kern));
	enum vmt_rc rc;

	if (!kern)
		return vmt_err_nomem(err);
	kern->mem = mem;
	kern->file_symbols = opts->symbols;
	kern->vmlinux = opts->vmlinux;
	kern->btf_path = opts->btf;
	kern->stored_bytes = stored_bytes(mem);
	kern->strings = vmt_intern_new();
	rc = kern->strings ? find_kernel(kern, err) : vmt_err_nomem(err);
	if (rc == VMT_OK && kern->file_symbols && opts->symbols_linked)
		kern->shift = kern->about.kaslr == VMT_FACT_NONE ? 0 : kern->about.kaslr;
	if (rc == VMT_OK)
		rc = symbols_read(kern, opts, err);
	if (rc == VMT_OK && kern_low_moved(kern))
		rc = find_tables(kern, err);
	if (rc == VMT_OK)
		learn_addresses(kern);
	if (rc == VMT_OK)
		rc = kern_learn_ram(kern, err);
	if (rc == VMT_OK)
		rc = types_read(kern, err);
	if (rc == VMT_OK && kern->nomem)
		rc = vmt_err_nomem(err);
	if (rc == VMT_OK)
		*out = kern;
	else
		vmt_kern_close(kern);
	return rc;
}

bool vmt_kern_ran_out(struct vmt_kern *kern)
{
	return kern_begin(kern);
}

static void forget(struct vmt_kern *kern)
{
	parts_free(kern->parts);
	space_free(kern->space);
	tasks_free(kern->tasks);
	kareas_free(kern->kareas);
	modules_close(kern->modules);
	kern->parts = NULL;
	kern->space = NULL;
	kern->tasks = NULL;
	kern->kareas = NULL;
	kern->modules = NULL;
}

void vmt_kern_close(struct vmt_kern *kern)
{
	if (!kern)
		return;
	forget(kern);
	btf_close(kern->btf);
	kallsyms_close(kern->kallsyms);
	free(kern->known);
	vmt_symbols_free(kern->own_symbols);
	vmt_info_free(kern->info);
	vmt_intern_free(kern->strings);
	free(kern);
}

void vmt_kern_forget(struct vmt_kern *kern)
{
	const struct vmt_mem_about *a = vmt_mem_about(kern->mem);

	if (!a->live && !a->may_change)
		return;
	forget(kern);
	vmt_mem_forget(kern->mem);
	vmt_pgt_forget(&kern->pgt);
}

struct vmt_pgt *vmt_kern_pgt(struct vmt_kern *kern)
{
	return &kern->pgt;
}

struct vmt_mem *vmt_kern_mem(struct vmt_kern *kern)
{
	return kern->mem;
}

const struct vmt_kern_about *vmt_kern_about(const struct vmt_kern *kern)
{
	return &kern->about;
}

const struct vmt_info *vmt_kern_info(const struct vmt_kern *kern)
{
	return kern->info;
}
