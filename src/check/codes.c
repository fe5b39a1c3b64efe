// SPDX-License-Identifier: GPL-2.0-or-later
/* What is code, by the kernel's own lists: its image, live modules, BPF. */
#include <stdlib.h>
#include <string.h>

#include "rights.h"

/* bpf_kallsyms has one entry for each program and trampoline. */
#define BPF_MAX (4u << 20)

static enum vmt_rc add(struct codes *codes, enum code_kind kind, uint64_t start, uint64_t end,
		       struct vmt_str name)
{
	if (end <= start)
		return VMT_OK;
	if (vmt_grow(&codes->items, &codes->cap, codes->n + 1, sizeof(*codes->items)) != VMT_OK)
		return VMT_NOMEM;
	codes->items[codes->n++] = (struct code){kind, start, end, name, false};
	return VMT_OK;
}

uint64_t symbol_of(struct ctx *c, const char *name)
{
	uint64_t vas[VMT_CANDIDATES];

	return vmt_kern_symbol(c->kern, name, vas) ? vas[0] : 0;
}

static enum vmt_rc add_modules(struct ctx *c, struct codes *codes)
{
	const struct vmt_kmodule *m;
	size_t n = vmt_kern_modules(c->kern, &m);
	enum vmt_rc rc = VMT_OK;

	codes->modules_known = vmt_kern_modules_known(c->kern, &codes->modules_err);
	codes->all_live = codes->modules_known && vmt_kern_modules_formed(c->kern);
	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		codes->all_live &= m[i].live;
		rc = add(codes, CODE_MODULE, m[i].mem[VMT_MODULE_TEXT].start,
			 m[i].mem[VMT_MODULE_TEXT].start + m[i].mem[VMT_MODULE_TEXT].bytes,
			 m[i].name);
		/* While it is loaded, init text is code too. */
		if (rc == VMT_OK && !m[i].live)
			rc = add(codes, CODE_MODULE, m[i].mem[VMT_MODULE_INIT_TEXT].start,
				 m[i].mem[VMT_MODULE_INIT_TEXT].start +
					 m[i].mem[VMT_MODULE_INIT_TEXT].bytes,
				 m[i].name);
	}
	return rc;
}

struct bpf {
	struct ctx *c;
	struct codes *codes;
	struct vmt_member start, end, name, lnode;
};

/* Images have names of their own (kernel/bpf/trampoline.c, include/linux/bpf.h). */
static bool is_image(struct bpf *b, uint64_t at)
{
	char name[16] = {0};

	if (!b->codes->open_images || vmt_num_mul(b->name.size, b->name.count) < sizeof(name) ||
	    vmt_kern_read(b->c->kern, at + b->name.offset, name, sizeof(name) - 1, NULL) != VMT_OK)
		return false;
	return strcmp(name, "bpf_trampoline_") == 0 || strcmp(name, "bpf_dispatcher_") == 0;
}

static enum vmt_rc see_bpf(void *arg, uint64_t node)
{
	struct bpf *b = arg;
	uint64_t at = node - b->lnode.offset, start, end;
	enum vmt_rc rc;

	if (vmt_kern_read_u64(b->c->kern, at + b->start.offset, &start, NULL) != VMT_OK ||
	    vmt_kern_read_u64(b->c->kern, at + b->end.offset, &end, NULL) != VMT_OK ||
	    end - start > UINT64_C(1) << 30)
		return VMT_OK;
	rc = add(b->codes, CODE_BPF, start, end, vmt_str("BPF"));
	if (rc == VMT_OK && end > start)
		b->codes->items[b->codes->n - 1].open = is_image(b, at);
	return rc;
}

/* struct bpf_ksym, 5.7 to 7.2 */
static enum vmt_rc add_bpf(struct ctx *c, struct codes *codes)
{
	struct bpf b = {.c = c, .codes = codes};
	struct vmt_fault fault = {.code = VMT_OK};
	uint64_t head = symbol_of(c, "bpf_kallsyms");
	enum vmt_rc rc;

	if (!head || vmt_kern_member(c->kern, "bpf_ksym", "start", &b.start) != VMT_OK ||
	    vmt_kern_member(c->kern, "bpf_ksym", "end", &b.end) != VMT_OK ||
	    vmt_kern_member(c->kern, "bpf_ksym", "lnode", &b.lnode) != VMT_OK)
		return VMT_OK;
	/* Without it none has a name, and none is an image. */
	(void)vmt_kern_member(c->kern, "bpf_ksym", "name", &b.name);
	rc = vmt_kern_list(c->kern, head, BPF_MAX, see_bpf, &b, &fault);
	codes->bpf_known = rc == VMT_OK;
	return rc == VMT_NOMEM ? rc : VMT_OK;
}

static int by_start(const void *pa, const void *pb)
{
	const struct code *a = pa, *b = pb;

	return (a->start > b->start) - (a->start < b->start);
}

/*
 * rodata_enabled, 4.6 to 7.2: set_memory_ro() and its like do nothing without.  And text of the
 * kernel is made read-only last of all, before there is a first process (kernel_init() of
 * init/main.c, 4.13 to 7.2).
 */
static const char *why_writable(struct ctx *c)
{
	uint64_t rodata = symbol_of(c, "rodata_enabled"), at = symbol_of(c, "system_state");
	unsigned char on;
	uint64_t running;
	uint32_t state;

	if (rodata && vmt_kern_read(c->kern, rodata, &on, 1, NULL) == VMT_OK && !on)
		return "rodata=off: text and constants are writable by choice";
	if (at && vmt_kern_enumerator(c->kern, "SYSTEM_RUNNING", &running) == VMT_OK &&
	    vmt_kern_read_u32(c->kern, at, &state, NULL) == VMT_OK && state < running)
		return "the kernel still boots: text and constants are writable until it is done";
	return NULL;
}

enum vmt_rc codes_read(struct ctx *c, struct codes *codes)
{
	uint64_t stext = symbol_of(c, "_stext"), etext = symbol_of(c, "_etext");
	enum vmt_rc rc;

	*codes = (struct codes){.writable = why_writable(c)};
	/*
	 * "Keep image as writeable", until "bpf: Enforce W^X for bpf trampoline" took the function
	 * away (5.5 to 6.0; that of struct_ops went the same way, kernel/bpf/bpf_struct_ops.c).
	 */
	codes->open_images = symbol_of(c, "bpf_jit_alloc_exec_page") != 0;
	rc = add(codes, CODE_KERNEL, stext, etext, vmt_str("the kernel"));
	if (rc == VMT_OK)
		rc = add_modules(c, codes);
	if (rc == VMT_OK)
		rc = add_bpf(c, codes);
	if (rc == VMT_OK && codes->n)
		qsort(codes->items, codes->n, sizeof(*codes->items), by_start);
	return rc;
}

void codes_free(struct codes *codes)
{
	free(codes->items);
}

const struct code *codes_in(const struct codes *codes, uint64_t start, uint64_t end)
{
	size_t lo = 0, hi = codes->n;

	/* The last that begins before the end, and the one before it: they do not overlap. */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (codes->items[mid].start < end)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && codes->items[lo - 1].end > start ? &codes->items[lo - 1] : NULL;
}

bool is_open_image(const struct ctx *c, const struct codes *codes, const struct vmt_span *s)
{
	const struct code *code = codes_in(codes, s->va, s->va + s->bytes);
	const struct subject *area = subject_at(c, s->va);

	if (code && code->open && s->va >= code->start && s->va + s->bytes <= code->end)
		return true;
	/* That of struct_ops is in no list. */
	return codes->open_images && area && s->va + s->bytes <= area->end &&
	       vmt_str_starts(vmt_caller_function(area->k->area.caller), "bpf_struct_ops_map_");
}

/*
 * Functions that ask for memory to put code into; the beginning of a name.  hyperv_init() records
 * its caller (arch/x86/hyperv/hv_init.c, 5.8 to 7.2), which is apic_intr_mode_init().
 */
static const char *const makers[] = {
	"module_alloc",
	"load_module",
	"layout_and_allocate",
	"move_module",
	"execmem",
	"bpf_",
	"arch_alloc_bpf",
	"alloc_new_pack",
	"alloc_insn",
	"arch_ftrace",
	"create_tramp",
	"alloc_tramp",
	"jit_",
	"__get_insn",
	"hv_",
	"hyperv_init",
	"apic_intr_mode_init",
	"module_memory_alloc",
	"__bpf",
	"ftrace_",
	"arch_alloc_tramp",
};

bool is_module_loader(const struct subject *s)
{
	static const char *const loaders[] = {"load_module", "layout_and_allocate", "move_module",
					      "module_memory_alloc"};
	struct vmt_str f = vmt_caller_function(s->k->area.caller);

	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		if (vmt_str_starts(f, loaders[i]))
			return true;
	}
	return false;
}

bool is_code_caller(const struct subject *s)
{
	struct vmt_str f = vmt_caller_function(s->k->area.caller);

	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		if (vmt_str_starts(f, makers[i]))
			return true;
	}
	return false;
}
