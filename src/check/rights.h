// SPDX-License-Identifier: GPL-2.0-or-later
/** Code, and who owns it: for the checks of rights. */
#ifndef VMTOOL_CHECK_RIGHTS_H
#define VMTOOL_CHECK_RIGHTS_H

#include "check_priv.h"

enum code_kind { CODE_KERNEL, CODE_MODULE, CODE_BPF };
/** Text that lives: [start, end), and whose. */
struct code {
	enum code_kind kind;
	uint64_t start, end;
	struct vmt_str name;
	/** It is writable as well, in good order: an image of BPF, see codes.open_images. */
	bool open;
};

struct codes {
	/** By start; they do not overlap in a sound kernel. */
	struct code *items;
	size_t n, cap;
	bool modules_known, bpf_known;
	/** Why modules are not known. */
	struct vmt_err modules_err;
	/** Every module lives: none is being loaded or unloaded. */
	bool all_live;
	/** Why all text and constants are writable, in good order; or NULL. */
	const char *writable;
	/** This kernel leaves trampolines, dispatchers and struct_ops of BPF writable. */
	bool open_images;
};
/** @return VMT_OK or VMT_NOMEM. */
enum vmt_rc codes_read(struct ctx *c, struct codes *codes);
void codes_free(struct codes *codes);
/** Any that has a byte in [start, end), or NULL. */
const struct code *codes_in(const struct codes *codes, uint64_t start, uint64_t end);
/** Whether an area was asked for by who makes code: the module loader, BPF, kprobes, ftrace. */
bool is_code_caller(const struct subject *s);
/** The module loader alone. */
bool is_module_loader(const struct subject *s);

/** Of code that is known, or in a place outside of vmalloc space where code may be. */
bool is_code(const struct ctx *c, const struct codes *codes, const struct vmt_span *s);

/** An image of BPF that this kernel leaves writable. */
bool is_open_image(const struct ctx *c, const struct codes *codes, const struct vmt_span *s);

/** V14: an executable span. */
enum vmt_rc check_executable(struct ctx *c, const struct codes *codes, const struct vmt_span *span);
/** V07: kernel text and data, modules, and their aliases in the direct map. */
enum vmt_rc check_sections(struct ctx *c, const struct codes *codes);

#endif
