// SPDX-License-Identifier: GPL-2.0-or-later
/* Names and addresses: of the image, of a file, of the modules. */
#include <stdio.h>
#include <string.h>

#include "kern_priv.h"

/* Every name this room asks for, but those of older kernels that VMCOREINFO has. */
static const char *const asked[] = {
	"_stext",	   "_end",	 "__start_BTF",	   "__stop_BTF",	   "vmap_nodes",
	"nr_vmap_nodes",   "single",	 "vmap_area_list", "purge_vmap_area_list", "modules",
	"vmap_purge_list", "_einittext", "e820_table",	   "iomem_resource",	   "max_pfn",
	"physical_mask",
};
#define N_ASKED (sizeof(asked) / sizeof(asked[0]))

/* No image is larger: symbols that say so are damaged. */
#define IMAGE_MAX (UINT64_C(1) << 32)

static enum vmt_rc keep_symbol(void *arg, const struct vmt_elf_symbol *symbol)
{
	return vmt_symbols_add(arg, symbol->va, symbol->name, (struct vmt_str){NULL, 0});
}

/* Where the image tells of none, or not of all, and no file was given. */
static enum vmt_rc symbols_of_vmlinux(struct vmt_kern *kern)
{
	if (kern->file_symbols || !kern->vmlinux)
		return VMT_OK;
	kern->own_symbols = vmt_symbols_new();
	if (!kern->own_symbols ||
	    vmt_debug_each_symbol(kern->vmlinux, keep_symbol, kern->own_symbols, NULL) == VMT_NOMEM)
		return VMT_NOMEM;
	kern->file_symbols = kern->own_symbols;
	kern->shift = kern->about.kaslr == VMT_FACT_NONE ? 0 : kern->about.kaslr;
	return VMT_OK;
}

static bool lacks_data(struct vmt_kern *kern)
{
	uint64_t vas[VMT_CANDIDATES];

	return !vmt_kern_symbol(kern, "modules", vas) ||
	       (!vmt_kern_symbol(kern, "vmap_nodes", vas) &&
		!vmt_kern_symbol(kern, "purge_vmap_area_list", vas));
}

enum vmt_rc symbols_read(struct vmt_kern *kern, const struct vmt_kern_opts *opts,
			 struct vmt_err *err)
{
	uint64_t ends[VMT_CANDIDATES];
	size_t n = N_ASKED + opts->n_names;
	struct vmt_err why = {0};
	enum vmt_rc rc;

	kern->known = calloc(n, sizeof(*kern->known));
	if (!kern->known)
		return vmt_err_nomem(err);
	kern->cap_known = n;
	for (size_t i = 0; i < n; i++)
		kern->known[i].name = i < N_ASKED ? asked[i] : opts->names[i - N_ASKED];
	(void)vmt_info_hex(kern->info, "SYMBOL(_stext)", &kern->stext);
	rc = kallsyms_open(kern, &kern->kallsyms, kern->known, n, &why);
	if (rc == VMT_NOMEM)
		return vmt_err_nomem(err);
	if (rc == VMT_OK) {
		kern->n_known = n;
		kern->about.symbols = VMT_FROM_IMAGE;
		kern->about.n_symbols = kallsyms_count(kern->kallsyms);
		/* Without CONFIG_KALLSYMS_ALL there is no data among them. */
		if (lacks_data(kern) && symbols_of_vmlinux(kern) == VMT_NOMEM)
			return vmt_err_nomem(err);
	} else if (symbols_of_vmlinux(kern) == VMT_NOMEM) {
		return vmt_err_nomem(err);
	} else if (kern->file_symbols) {
		kern->about.symbols = kern->own_symbols ? VMT_FROM_VMLINUX : VMT_FROM_FILE;
		kern->about.n_symbols = vmt_symbols_count(kern->file_symbols);
	} else {
		why.where = why.where ? why.where : kern->lack.where;
		kern->lack = why;
		kern_missing(kern, "no symbols (%s): callers stay addresses", why.text);
	}
	if (kern->about.symbols != VMT_FROM_NOWHERE)
		kern->lack = (struct vmt_err){0};
	n = vmt_kern_symbol(kern, "_end", ends);
	/* Without CONFIG_KALLSYMS_ALL there are symbols of text only. */
	if (!n)
		n = vmt_kern_symbol(kern, "_einittext", ends);
	kern->end = n ? ends[n - 1] : 0;
	if (kern->stext && kern->end - kern->stext > IMAGE_MAX)
		kern->end = 0;
	return VMT_OK;
}

/* What is known of a name, or NULL. */
static struct kallsyms_wanted *known(struct vmt_kern *kern, const char *name)
{
	for (size_t i = 0; i < kern->n_known; i++) {
		if (strcmp(kern->known[i].name, name) == 0)
			return &kern->known[i];
	}
	return NULL;
}

size_t vmt_kern_symbol(struct vmt_kern *kern, const char *name, uint64_t vas[VMT_CANDIDATES])
{
	char key[128];
	struct kallsyms_wanted other = {.name = name}, *found = known(kern, name);
	size_t n = 0;

	if (!found && kern->kallsyms)
		kallsyms_find(kern->kallsyms, &other, 1);
	if (!found)
		found = &other;
	memcpy(vas, found->vas, sizeof(found->vas));
	if (found->n)
		return found->n;
	if (kern->file_symbols)
		n = vmt_symbols_named(kern->file_symbols, vmt_str(name), vas, VMT_CANDIDATES);
	for (size_t i = 0; i < n; i++)
		vas[i] += kern->shift;
	if (n)
		return n;
	(void)snprintf(key, sizeof(key), "SYMBOL(%s)", name);
	return vmt_info_hex(kern->info, key, &vas[0]) ? 1 : 0;
}

enum vmt_rc vmt_kern_know(struct vmt_kern *kern, const char *const *names, size_t n)
{
	size_t more = 0;

	if (!kern->kallsyms)
		return VMT_OK;
	if (vmt_grow(&kern->known, &kern->cap_known, kern->n_known + n, sizeof(*kern->known)) !=
	    VMT_OK)
		return VMT_NOMEM;
	for (size_t i = 0; i < n; i++) {
		if (!known(kern, names[i]))
			kern->known[kern->n_known + more++] =
				(struct kallsyms_wanted){.name = names[i]};
	}
	kallsyms_find(kern->kallsyms, kern->known + kern->n_known, more);
	kern->n_known += more;
	return VMT_OK;
}

static enum vmt_rc file_name(struct vmt_kern *kern, uint64_t va, struct vmt_symbol *symbol)
{
	enum vmt_rc rc = vmt_symbols_at(kern->file_symbols, va - kern->shift, symbol);

	symbol->va += kern->shift;
	return rc;
}

enum vmt_rc vmt_kern_name(struct vmt_kern *kern, uint64_t va, struct vmt_symbol *symbol)
{
	char name[KALLSYMS_NAME];
	uint32_t id;
	enum vmt_rc rc;

	memset(symbol, 0, sizeof(*symbol));
	/* is_ksym_addr(): between _stext and _end; the rest is a module's. */
	if (kern->kallsyms && va >= kern->stext && va < kern->end &&
	    kallsyms_at(kern->kallsyms, va, &symbol->va, &symbol->size_bytes, name)) {
		if (vmt_intern_add(kern->strings, vmt_str(name), &id, NULL) != VMT_OK)
			return VMT_NOMEM;
		symbol->name = vmt_intern_str(kern->strings, id);
		return VMT_OK;
	}
	if (!kern->kallsyms && kern->file_symbols && va >= kern->stext && va < kern->end)
		return file_name(kern, va, symbol);
	rc = modules_name(kern, va, symbol);
	/* Without the list of modules a file's word; its sizes are not always the kernel's. */
	if (rc == VMT_NONE && !modules_are_known(kern) && kern->file_symbols && !kern->shift) {
		rc = file_name(kern, va, symbol);
		if (rc == VMT_OK && !symbol->module.n)
			rc = VMT_NONE;
	}
	return rc;
}
