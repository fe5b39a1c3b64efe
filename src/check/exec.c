// SPDX-License-Identifier: GPL-2.0-or-later
/* V14, and of V07 that data is not executable: who owns code. */
#include <inttypes.h>
#include <string.h>

#include "rights.h"

static const char *const means_code = "code that no part of the kernel knows can be run by it";
static const char *const means_data =
	"what is stored here can be run: a first step of many attacks needs just that";

/*
 * Legal owners on x86 outside of the ranges areas lie in, met on real kernels
 * (arch/x86/include/asm/pgtable_64_types.h, Documentation/arch/x86/x86_64/mm.rst).
 */
static const struct legal {
	const char *what;
	uint64_t start, end;
} legal[] = {
	{"cpu_entry_area", UINT64_C(0xfffffe0000000000), UINT64_C(0xfffffe8000000000)},
	{"espfix", UINT64_C(0xffffff0000000000), UINT64_C(0xffffff8000000000)},
	{"EFI", UINT64_C(0xffffffef00000000), UINT64_C(0xffffffff00000000)},
	{"the kernel's image", UINT64_C(0xffffffff80000000), UINT64_C(0xffffffffc0000000)},
	{"vsyscall", UINT64_C(0xffffffffff600000), UINT64_C(0xffffffffff601000)},
};

static bool in_window(const struct ctx *c, uint64_t va)
{
	for (size_t i = 0; i < c->n_windows; i++) {
		if (va >= c->windows[i].start && va < c->windows[i].end)
			return true;
	}
	return false;
}

static bool is_legal(const struct ctx *c, const struct vmt_span *s)
{
	/* arm64's entry trampoline in the fixmap; riscv's linear map is executable where it shows
	 * text (arch/arm64/mm/mmu.c, map_entry_trampoline; arch/riscv/mm/init.c). */
	if (strcmp(vmt_kern_pgt(c->kern)->arch->machine, "x86_64") != 0)
		return true;
	for (size_t i = 0; i < sizeof(legal) / sizeof(legal[0]); i++) {
		if (s->va >= legal[i].start && s->va < legal[i].end)
			return true;
	}
	/* The real-mode trampoline, in the direct map of the first megabyte. */
	return s->pa + s->bytes <= 1 << 20;
}

bool is_code(const struct ctx *c, const struct codes *codes, const struct vmt_span *s)
{
	return codes_in(codes, s->va, s->va + s->bytes) || (!in_window(c, s->va) && is_legal(c, s));
}

static void tell_hole(struct ctx *c, uint64_t va, uint64_t bytes)
{
	struct vmt_finding *f;

	if (range_in_hand(c, va)) {
		(void)unknown(c, V14, 1, va, VMT_FACT_NONE,
			      "executable, in no area: a running thread is just freeing it");
		return;
	}
	f = finding(c, V14, VMT_SEVERE, NULL, va, means_code, "walk");
	say_title(f, "executable memory that no area holds");
	say_expected(f, "a module, BPF or another owner of code");
	say_found(f, "0x%" PRIx64 " and %" PRIu64 " bytes from there", va, bytes);
}

/*
 * The init text of a module stays executable until it is freed: do_init_module() puts it on a list,
 * and do_free_init(), which empties the list first, waits for RCU before it frees (kernel/module.c,
 * 5.0 to 7.2).  While a grace period runs, normal or expedited, some may be on its way.
 */
static bool may_be_init(struct ctx *c)
{
	uint64_t list = symbol_of(c, "init_free_list"), rcu = symbol_of(c, "rcu_state"), v;
	static const char *const sequences[] = {"gp_seq", "expedited_sequence"};
	const uint64_t running = 3; /* RCU_SEQ_STATE_MASK */
	struct vmt_member m;

	if (list && vmt_kern_read_u64(c->kern, list, &v, NULL) == VMT_OK && v)
		return true;
	for (size_t i = 0; rcu && i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		if (vmt_kern_member(c->kern, "rcu_state", sequences[i], &m) == VMT_OK &&
		    vmt_kern_read_u64(c->kern, rcu + m.offset, &v, NULL) == VMT_OK && v & running)
			return true;
	}
	return false;
}

/* The part of an executable span that lies in one area. */
static void see_part(struct ctx *c, const struct codes *codes, const struct subject *s,
		     uint64_t start, uint64_t end)
{
	struct vmt_finding *f;

	look(c, V14, 0, 1);
	if (s->k->area.kind == VMT_KIND_IMAGE || codes_in(codes, s->start, s->end))
		return;
	if (!is_code_caller(s)) {
		/* Without a name of its caller nothing says that it is data. */
		if (!s->has_vm || s->in_flux || !vmt_caller_is_symbol(s->k->area.caller)) {
			const struct vmt_err err = s->has_vm || !s->k->vm_struct_va
							   ? *vmt_kern_lack(c->kern)
							   : vm_err(c, s);

			(void)unknown_for(c, V14, 1, start, &err,
					  "executable, and nothing says who asked for the area");
			return;
		}
		f = finding(c, V07, VMT_SEVERE, s, start, means_data, "walk");
		say_title(f, "data is executable");
		say_expected(f, "no right to execute");
		say_found(f, "0x%" PRIx64 " and %" PRIu64 " bytes from there: X", start,
			  end - start);
		return;
	}
	if (!is_module_loader(s)) {
		/* Freed parts of what BPF, kprobes and ftrace share stay executable. */
		look(c, V14, 1, 1);
		return;
	}
	if (!codes->all_live) {
		(void)unknown(c, V14, 1, start, VMT_FACT_NONE,
			      "the module loader's, of no module that lives: one is just being "
			      "loaded or unloaded, or is not known, or hides");
		return;
	}
	if (may_be_init(c)) {
		(void)unknown(
			c, V14, 1, start, VMT_FACT_NONE,
			"the module loader's, of no module: init text on its way to be freed, "
			"or code that is hidden");
		return;
	}
	f = finding(c, V14, VMT_WRONG, s, start, means_code, "explain");
	say_title(f, "the module loader's memory belongs to no module");
	say_expected(f, "a module in the list of modules");
	say_found(f, "none has anything between 0x%" PRIx64 " and 0x%" PRIx64, s->start, s->end);
}

enum vmt_rc check_executable(struct ctx *c, const struct codes *codes, const struct vmt_span *span)
{
	uint64_t at = span->va, end = span->va + span->bytes;

	if (!in_window(c, span->va)) {
		look(c, V14, 2, 1);
		if (is_code(c, codes, span))
			return VMT_OK;
		return unknown(c, V14, 1, at, VMT_FACT_NONE,
			       "executable outside of vmalloc space, by nobody known");
	}
	if (c->no_areas || !c->all_busy)
		return unknown(c, V14, 1, at, VMT_FACT_NONE, "areas are not known");
	for (size_t i = subject_after(c, at); at < end; i++) {
		const struct subject *s = i < c->n_busy ? &c->busy[i] : NULL;
		uint64_t next = s && s->start < end ? s->start : end;

		if (next > at)
			tell_hole(c, at, next - at);
		if (!s || s->start >= end)
			break;
		if (next < at)
			next = at;
		at = s->end < end ? s->end : end;
		if (at > next)
			see_part(c, codes, s, next, at);
	}
	return VMT_OK;
}
