// SPDX-License-Identifier: GPL-2.0-or-later
/* V15: who asked for an area is still there to free it. */
#include <inttypes.h>

#include "rights.h"

static bool is_init(uint64_t va, uint64_t start, uint64_t end)
{
	return start && va >= start && va < end;
}

/* Where nothing tells of the end of the kernel's text, its symbols do. */
static bool is_kernel(struct ctx *c, uint64_t va)
{
	struct vmt_symbol s;

	return !symbol_of(c, "_etext") && vmt_kern_name(c->kern, va, &s) == VMT_OK && !s.module.n;
}

enum vmt_rc check_callers(struct ctx *c)
{
	uint64_t init = symbol_of(c, "_sinittext"), einit = symbol_of(c, "_einittext");
	struct codes codes;
	enum vmt_rc rc;

	if (c->no_areas)
		return unknown(c, V15, 1, 0, VMT_FACT_NONE, "%s", c->no_areas);
	rc = codes_read(c, &codes);
	for (size_t i = 0; rc == VMT_OK && i < c->n_busy; i++) {
		const struct subject *s = &c->busy[i];
		uint64_t va = s->k->caller_va;

		if (!s->has_vm || !va)
			continue;
		look(c, V15, 0, 1);
		/* A return address may be the first byte behind the function. */
		if (codes_in(&codes, va - 1, va + 1) || is_init(va, init, einit) ||
		    is_kernel(c, va))
			continue;
		if (!codes.modules_known)
			rc = unknown_for(c, V15, 1, s->start, &codes.modules_err,
					 "the list of modules is not known: it may be in one");
		else
			rc = unknown(c, V15, 1, s->start, VMT_FACT_NONE,
				     "caller 0x%" PRIx64
				     ": freed module init text or an unloaded module, not "
				     "distinguishable",
				     va);
	}
	codes_free(&codes);
	return rc;
}
