// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One level further in.  Functions that allocate for others record not their own address but
 * __builtin_return_address(0): copy_process() of kernel/fork.c, with alloc_thread_stack_node()
 * inlined into it, hands kernel_clone+0xbd to __vmalloc_node_range().  The caller's line then says
 * only who called copy_process(); the way from there to the allocator stands in its call sites.
 */
#include <string.h>

#include "sym_priv.h"

/* Tail calls followed: each returns to the same place. */
#define TAILS_MAX 4

struct search {
	struct vmt_sym *sym;
	struct vmt_debug *d;
	struct vmt_str function;
	/* Inlined calls around the current one: path[k] was called at depth k. */
	struct vmt_call path[VMT_FRAMES_MAX];
	/* The way found. */
	struct vmt_frame frames[VMT_FRAMES_MAX];
	size_t n;
	bool differ;
	/* A tail call of the function itself to something that is no wrapper. */
	struct vmt_call tail;
	bool has_tail, tails_differ;
};

/* The frames from the call up to the function, innermost first. */
static size_t frames_of(const struct search *s, const struct vmt_call *call,
			struct vmt_frame *frames)
{
	struct vmt_str file = call->file;
	unsigned line = call->line;
	size_t n = 0;

	for (unsigned k = call->depth; k > 0; k--) {
		const struct vmt_call *around = &s->path[k - 1];

		frames[n++] = (struct vmt_frame){around->callee, file, line, true};
		file = around->file;
		line = around->line;
	}
	frames[n++] = (struct vmt_frame){s->function, file, line, false};
	return n;
}

static void note_way(struct search *s, const struct vmt_call *call)
{
	const struct vmt_wrappers *w = &s->sym->opts.wrappers;
	struct vmt_frame frames[VMT_FRAMES_MAX];
	size_t n = frames_of(s, call, frames), a, b;

	if (!s->n) {
		memcpy(s->frames, frames, n * sizeof(frames[0]));
		s->n = n;
		return;
	}
	a = vmt_owner_of(s->frames, s->n, w);
	b = vmt_owner_of(frames, n, w);
	if (!vmt_str_eq(s->frames[a].function, frames[b].function))
		s->differ = true;
}

static enum vmt_rc see_call(void *arg, const struct vmt_call *call)
{
	struct search *s = arg;

	if (call->depth >= VMT_FRAMES_MAX - 1)
		return VMT_OK;
	if (call->kind == VMT_CALL_INLINED) {
		s->path[call->depth] = *call;
	} else if (call->kind == VMT_CALL_DIRECT && vmt_owner_takes_caller(call->callee)) {
		note_way(s, call);
	} else if (call->kind == VMT_CALL_DIRECT && call->tail && call->depth == 0) {
		if (s->has_tail && !vmt_str_eq(s->tail.callee, call->callee))
			s->tails_differ = true;
		s->tail = *call;
		s->has_tail = true;
	}
	return VMT_OK;
}

static enum vmt_rc search_in(struct search *s, struct vmt_str name, uint64_t ref,
			     struct vmt_err *err)
{
	uint64_t va;
	enum vmt_rc rc = vmt_debug_callee(s->d, name, ref, &va, err);

	/* Most callees do not allocate: lines only for those that do. */
	for (int lines = 0; rc == VMT_OK && lines < 2; lines++) {
		s->function = name;
		s->n = 0;
		s->differ = s->has_tail = s->tails_differ = false;
		rc = vmt_debug_calls(s->d, va, lines, see_call, s, err);
		if (!s->n && !s->has_tail)
			break;
	}
	return rc;
}

enum vmt_rc vmt_sym_inside(struct vmt_sym *sym, struct vmt_debug *d, struct vmt_str callee,
			   uint64_t ref, struct vmt_frame frames[VMT_FRAMES_MAX], size_t *n,
			   struct vmt_err *err)
{
	struct search *s VMT_FREE = calloc(1, sizeof(*s));
	struct vmt_frame tails[TAILS_MAX];
	size_t n_tails = 0;
	enum vmt_rc rc;

	*n = 0;
	if (!s)
		return vmt_err_nomem(err);
	s->sym = sym;
	s->d = d;
	rc = search_in(s, callee, ref, err);
	while (rc == VMT_OK && !s->n && s->has_tail && !s->tails_differ && n_tails < TAILS_MAX) {
		struct vmt_call tail = s->tail;

		tails[n_tails++] = (struct vmt_frame){s->function, tail.file, tail.line, false};
		rc = search_in(s, tail.callee, tail.callee_ref, err);
	}
	if (rc != VMT_OK || !s->n || s->n + n_tails > VMT_FRAMES_MAX)
		return rc == VMT_NONE ? VMT_OK : rc;
	/* More than one purpose: only the function is sure. */
	if (s->differ) {
		s->frames[0] = s->frames[s->n - 1];
		s->frames[0].line = 0;
		s->n = 1;
	}
	memcpy(frames, s->frames, s->n * sizeof(frames[0]));
	*n = s->n;
	while (n_tails)
		frames[(*n)++] = tails[--n_tails];
	return VMT_OK;
}
