// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the layouts of structures are from: BTF or DWARF, of the image or of a file. */
#include <string.h>

#include "kern_priv.h"

/* 7.2's is 6 MB. */
#define BTF_MAX (64u << 20)
/* Of a kernel's types; its first word: magic, version and flags. */
#define BTF_MIN	 (256u << 10)
#define BTF_HEAD 0x0001eb9fu
/* The image of a kernel is no larger. */
#define IMAGE_MAX (128u << 20)

static enum vmt_rc types_of_file(struct vmt_kern *kern)
{
	char *bytes;
	size_t n;
	enum vmt_rc rc = vmt_file_slurp(kern->btf_path, BTF_MAX, &bytes, &n, NULL);

	return rc == VMT_OK ? btf_open(&kern->btf, bytes, n, NULL) : rc;
}

/* Without BTF in the image: that of vmlinux or of a file, else the table of layout.c. */
static enum vmt_rc types_of_vmlinux(struct vmt_kern *kern, const struct vmt_err *why,
				    struct vmt_err *err)
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
	if (rc != VMT_OK) {
		kern->about.types = VMT_FROM_TABLE;
		if (kern->lack.code == VMT_OK)
			kern->lack = *why;
		kern_missing(kern, "no BTF in the image (%s): layouts are vmtool's own", why->text);
	}
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

/*
 * Without a symbol that tells: it lies behind the text, at a multiple of 4.  @why: the first page
 * of the image that is missing, where it may have been.
 */
static bool scan_btf(struct vmt_kern *kern, uint64_t *start, uint64_t *stop, struct vmt_err *why)
{
	uint32_t page[1024];
	struct vmt_err err = {0};

	for (uint64_t va = kern->stext & ~UINT64_C(4095), end = va + IMAGE_MAX;
	     kern->stext && va < end; va += sizeof(page)) {
		if (vmt_kern_read(kern, va, page, sizeof(page), &err) != VMT_OK) {
			/* Who made an image slim searched what it left out, and found none. */
			if (err.code == VMT_EXCLUDED && !why->where && !vmt_kern_slim(kern).n)
				why->where = err.where;
			continue;
		}
		for (size_t i = 0; i < sizeof(page) / sizeof(page[0]); i++) {
			*start = va + 4 * i;
			if (page[i] == BTF_HEAD && is_btf(kern, *start, stop))
				return true;
		}
	}
	return false;
}

enum vmt_rc types_read(struct vmt_kern *kern, struct vmt_err *err)
{
	uint64_t starts[VMT_CANDIDATES], stops[VMT_CANDIDATES];
	size_t n = vmt_kern_symbol(kern, "__start_BTF", starts);
	size_t m = vmt_kern_symbol(kern, "__stop_BTF", stops);
	struct vmt_err why = {0}, missing = {.code = VMT_NONE, .text = "its place is not known"};
	enum vmt_rc rc;
	void *bytes;

	if (!n || !m) {
		vmt_mem_search(kern->mem, true);
		n = m = scan_btf(kern, &starts[0], &stops[0], &missing);
		vmt_mem_search(kern->mem, false);
	}
	if (!n || !m || stops[0] <= starts[0] || stops[0] - starts[0] > BTF_MAX)
		return types_of_vmlinux(kern, &missing, err);
	/* All is looked through for little: kern_read_all keeps what was used. */
	vmt_mem_search(kern->mem, true);
	rc = kern_read_new(kern, starts[0], stops[0] - starts[0], &bytes, &why);
	vmt_mem_search(kern->mem, false);
	if (rc == VMT_OK)
		rc = btf_open(&kern->btf, bytes, stops[0] - starts[0], &why);
	if (rc == VMT_NOMEM)
		return vmt_err_nomem(err);
	if (rc != VMT_OK)
		return types_of_vmlinux(kern, &why, err);
	if (vmt_mem_is_recorded(kern->mem) && btf_watch(kern->btf) != VMT_OK)
		return vmt_err_nomem(err);
	kern->btf_va = starts[0];
	kern->btf_bytes = stops[0] - starts[0];
	kern->about.types = VMT_FROM_IMAGE;
	return VMT_OK;
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
	if (kern->btf)
		return btf_enumerator(kern->btf, name, value);
	return kern->dwarf_types ? vmt_debug_enumerator(kern->vmlinux, name, value) : VMT_NONE;
}

const struct vmt_err *vmt_kern_lack(const struct vmt_kern *kern)
{
	return &kern->lack;
}
