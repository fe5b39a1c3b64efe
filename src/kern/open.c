// SPDX-License-Identifier: GPL-2.0-or-later
/* From VMCOREINFO to symbols and types: one step leads to the next. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "kern_priv.h"

#include "vmtool/text.h"

/* 7.2's is 6 MB. */
#define BTF_MAX (64u << 20)
/* Of a kernel's types; its first word: magic, version and flags. */
#define BTF_MIN	 (256u << 10)
#define BTF_HEAD 0x0001eb9fu
/* The image of a kernel is no larger. */
#define IMAGE_MAX (128u << 20)
/* What is read of a table at once: one that is not all there ends early. */
#define READ_BYTES (256u << 10)
#define LARGE_PAGE ((size_t)2 << 20)

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

/* ---- reading ---- */

enum vmt_rc vmt_kern_read(struct vmt_kern *kern, uint64_t va, void *buf, size_t n,
			  struct vmt_err *err)
{
	return vmt_pgt_read(&kern->pgt, vmt_va_untag(va), buf, n, err);
}

enum vmt_rc vmt_kern_read_u64(struct vmt_kern *kern, uint64_t va, uint64_t *v, struct vmt_err *err)
{
	return vmt_kern_read(kern, va, v, sizeof(*v), err);
}

enum vmt_rc vmt_kern_read_u32(struct vmt_kern *kern, uint64_t va, uint32_t *v, struct vmt_err *err)
{
	return vmt_kern_read(kern, va, v, sizeof(*v), err);
}

/* What is not read of it is not touched, and takes no memory. */
static void *make_room(size_t n)
{
	void *p;

	if (n < LARGE_PAGE)
		return malloc(n + 1);
	p = aligned_alloc(LARGE_PAGE, vmt_num_round_up(n, LARGE_PAGE));
	/* A fault for each small page would cost more than reading it. */
	if (p)
		(void)madvise(p, n, MADV_HUGEPAGE);
	return p;
}

enum vmt_rc kern_read_new(struct vmt_kern *kern, uint64_t va, size_t n, void **bytes,
			  struct vmt_err *err)
{
	enum vmt_rc rc = VMT_OK;
	char *p;

	if (n > kern->stored_bytes)
		return vmt_err_set(err, VMT_FORMAT, "%zu bytes at 0x%llx: the image has less", n,
				   (unsigned long long)va);
	p = make_room(n);
	if (!p)
		return vmt_err_nomem(err);
	for (size_t got = 0, part; rc == VMT_OK && got < n; got += part) {
		part = n - got < READ_BYTES ? n - got : READ_BYTES;
		rc = vmt_kern_read(kern, va + got, p + got, part, err);
	}
	if (rc == VMT_OK)
		*bytes = p;
	else
		free(p);
	return rc;
}

/* ---- steps ---- */

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
			   why.text);
}

/* Every name this room asks for, but those of older kernels that VMCOREINFO has. */
static const char *const asked[] = {
	"_stext",	   "_end",	 "__start_BTF",	   "__stop_BTF",	   "vmap_nodes",
	"nr_vmap_nodes",   "single",	 "vmap_area_list", "purge_vmap_area_list", "modules",
	"vmap_purge_list", "_einittext", "max_low_pfn",
};
#define N_ASKED (sizeof(asked) / sizeof(asked[0]))

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

static enum vmt_rc read_symbols(struct vmt_kern *kern, struct vmt_err *err)
{
	uint64_t ends[VMT_CANDIDATES];
	size_t n;
	struct vmt_err why = {0};
	enum vmt_rc rc;

	kern->known = calloc(N_ASKED, sizeof(*kern->known));
	if (!kern->known)
		return vmt_err_nomem(err);
	kern->cap_known = N_ASKED;
	for (size_t i = 0; i < N_ASKED; i++)
		kern->known[i].name = asked[i];
	(void)vmt_info_hex(kern->info, "SYMBOL(_stext)", &kern->stext);
	rc = kallsyms_open(kern, &kern->kallsyms, kern->known, N_ASKED, &why);
	if (rc == VMT_NOMEM)
		return vmt_err_nomem(err);
	if (rc == VMT_OK) {
		kern->n_known = N_ASKED;
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
		kern_missing(kern, "no symbols (%s): callers stay addresses", why.text);
	}
	n = vmt_kern_symbol(kern, "_end", ends);
	/* Without CONFIG_KALLSYMS_ALL there are symbols of text only. */
	if (!n)
		n = vmt_kern_symbol(kern, "_einittext", ends);
	kern->end = n ? ends[n - 1] : 0;
	return VMT_OK;
}

static enum vmt_rc types_of_file(struct vmt_kern *kern)
{
	char *bytes;
	size_t n;
	enum vmt_rc rc = vmt_file_slurp(kern->btf_path, BTF_MAX, &bytes, &n, NULL);

	return rc == VMT_OK ? btf_open(&kern->btf, bytes, n, NULL) : rc;
}

/* Without BTF in the image: that of vmlinux or of a file, else the table of layout.c. */
static enum vmt_rc types_of_vmlinux(struct vmt_kern *kern, const char *why, struct vmt_err *err)
{
	const void *bytes;
	size_t n;
	enum vmt_rc rc = VMT_NONE;

	kern->about.types = VMT_FROM_VMLINUX;
	if (kern->vmlinux && vmt_debug_section(kern->vmlinux, ".BTF", &bytes, &n) == VMT_OK) {
		void *copy = malloc(n + 1);

		if (!copy)
			return vmt_err_nomem(err);
		memcpy(copy, bytes, n);
		rc = btf_open(&kern->btf, copy, n, NULL);
	}
	if (rc == VMT_NOMEM)
		return vmt_err_nomem(err);
	if (rc != VMT_OK && kern->btf_path) {
		kern->about.types = VMT_FROM_FILE;
		rc = types_of_file(kern);
		if (rc == VMT_NOMEM)
			return vmt_err_nomem(err);
	}
	if (rc != VMT_OK && kern->vmlinux) {
		uint64_t size;

		rc = vmt_debug_sizeof(kern->vmlinux, "vmap_area", &size);
		if (rc == VMT_NOMEM)
			return vmt_err_nomem(err);
		kern->dwarf_types = rc == VMT_OK;
		kern->about.types = VMT_FROM_VMLINUX;
	}
	if (rc != VMT_OK)
		kern->about.types = VMT_FROM_TABLE;
	if (rc != VMT_OK)
		kern_missing(kern, "no BTF in the image (%s): layouts are vmtool's own", why);
	return VMT_OK;
}

/* By its header: magic, version 1, no flags, 24 bytes, types at 0 and strings behind them. */
static bool is_btf(struct vmt_kern *kern, uint64_t va, uint64_t *stop)
{
	struct {
		uint32_t magic, hdr_len, type_off, type_len, str_off, str_len;
	} h;

	if (vmt_kern_read(kern, va, &h, sizeof(h), NULL) != VMT_OK || h.magic != BTF_HEAD ||
	    h.hdr_len != sizeof(h) || h.type_off || h.str_off != h.type_len ||
	    h.type_len < BTF_MIN || h.type_len > BTF_MAX || h.str_len > BTF_MAX)
		return false;
	*stop = va + sizeof(h) + h.type_len + h.str_len;
	return true;
}

/* Without a symbol that tells: it lies behind the text, at a multiple of 4. */
static bool scan_btf(struct vmt_kern *kern, uint64_t *start, uint64_t *stop)
{
	uint32_t page[1024];

	for (uint64_t va = kern->stext & ~UINT64_C(4095), end = va + IMAGE_MAX;
	     kern->stext && va < end; va += sizeof(page)) {
		if (vmt_kern_read(kern, va, page, sizeof(page), NULL) != VMT_OK)
			continue;
		for (size_t i = 0; i < sizeof(page) / sizeof(page[0]); i++) {
			*start = va + 4 * i;
			if (page[i] == BTF_HEAD && is_btf(kern, *start, stop))
				return true;
		}
	}
	return false;
}

static enum vmt_rc read_types(struct vmt_kern *kern, struct vmt_err *err)
{
	uint64_t starts[VMT_CANDIDATES], stops[VMT_CANDIDATES];
	size_t n = vmt_kern_symbol(kern, "__start_BTF", starts);
	size_t m = vmt_kern_symbol(kern, "__stop_BTF", stops);
	struct vmt_err why = {0};
	enum vmt_rc rc;
	void *bytes;

	if (!n || !m) {
		vmt_mem_search(kern->mem, true);
		n = m = scan_btf(kern, &starts[0], &stops[0]);
		vmt_mem_search(kern->mem, false);
	}
	if (!n || !m || stops[0] <= starts[0] || stops[0] - starts[0] > BTF_MAX)
		return types_of_vmlinux(kern, "its place is not known", err);
	/* All is looked through for little: kern_read_all keeps what was used. */
	vmt_mem_search(kern->mem, true);
	rc = kern_read_new(kern, starts[0], stops[0] - starts[0], &bytes, &why);
	vmt_mem_search(kern->mem, false);
	if (rc == VMT_OK)
		rc = btf_open(&kern->btf, bytes, stops[0] - starts[0], &why);
	if (rc == VMT_NOMEM)
		return vmt_err_nomem(err);
	if (rc != VMT_OK)
		return types_of_vmlinux(kern, why.text, err);
	if (vmt_mem_is_recorded(kern->mem) && btf_watch(kern->btf) != VMT_OK)
		return vmt_err_nomem(err);
	kern->btf_va = starts[0];
	kern->btf_bytes = stops[0] - starts[0];
	kern->about.types = VMT_FROM_IMAGE;
	return VMT_OK;
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
		rc = read_symbols(kern, err);
	if (rc == VMT_OK && kern_low_moved(kern))
		rc = find_tables(kern, err);
	if (rc == VMT_OK)
		rc = read_types(kern, err);
	if (rc == VMT_OK)
		*out = kern;
	else
		vmt_kern_close(kern);
	return rc;
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
	if (!vmt_mem_about(kern->mem)->live)
		return;
	forget(kern);
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

/* ---- symbols and types ---- */

size_t vmt_kern_symbol(struct vmt_kern *kern, const char *name, uint64_t vas[VMT_CANDIDATES])
{
	char key[128];
	struct kallsyms_wanted other = {.name = name}, *found = &other;
	size_t n = 0;

	for (size_t i = 0; i < kern->n_known; i++) {
		if (strcmp(kern->known[i].name, name) == 0)
			found = &kern->known[i];
	}
	if (found == &other && kern->kallsyms)
		kallsyms_find(kern->kallsyms, &other, 1);
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
	if (!kern->kallsyms)
		return VMT_OK;
	if (vmt_grow(&kern->known, &kern->cap_known, kern->n_known + n, sizeof(*kern->known)) !=
	    VMT_OK)
		return VMT_NOMEM;
	for (size_t i = 0; i < n; i++)
		kern->known[kern->n_known + i] = (struct kallsyms_wanted){.name = names[i]};
	kallsyms_find(kern->kallsyms, kern->known + kern->n_known, n);
	kern->n_known += n;
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

enum vmt_rc vmt_kern_member(struct vmt_kern *kern, const char *type, const char *path,
			    struct vmt_member *member)
{
	if (kern->btf)
		return btf_member(kern->btf, type, path, member);
	if (!kern->dwarf_types)
		return VMT_NONE;
	return vmt_debug_member(kern->vmlinux, type, path, member);
}

enum vmt_rc vmt_kern_sizeof(struct vmt_kern *kern, const char *type, uint64_t *bytes)
{
	if (kern->btf)
		return btf_sizeof(kern->btf, type, bytes);
	return kern->dwarf_types ? vmt_debug_sizeof(kern->vmlinux, type, bytes) : VMT_NONE;
}

enum vmt_rc vmt_kern_enumerator(struct vmt_kern *kern, const char *name, uint64_t *value)
{
	return kern->btf ? btf_enumerator(kern->btf, name, value) : VMT_NONE;
}
