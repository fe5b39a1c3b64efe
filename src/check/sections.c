// SPDX-License-Identifier: GPL-2.0-or-later
/* V07: text and read-only data are not writable, neither where they are nor in the direct map. */
#include <inttypes.h>
#include <string.h>

#include "rights.h"

static const char *const means_text = "the kernel's own code or constants can be changed";
static const char *const means_alias =
	"code can be changed by way of the direct map, whatever its own mapping says";
static const char *const means_nx = "what is stored here can be run";

/* A part of the kernel or of a module, and the rights it must not have. */
struct section {
	uint64_t start, end;
	unsigned forbidden;
	const char *what;
	struct vmt_str name;
};

static void tell(struct ctx *c, const struct section *x, const struct vmt_span *s)
{
	bool write = s->rights & x->forbidden & VMT_RIGHT_WRITE;
	uint64_t va = s->va > x->start ? s->va : x->start;
	struct vmt_finding *f = finding(c, V07, VMT_SEVERE, subject_at(c, va), va,
					write ? means_text : means_nx, "walk");

	say_title(f, "%s of %.*s is %s", x->what, (int)(x->name.n < 60 ? x->name.n : 60), x->name.p,
		  write ? "writable" : "executable");
	say_expected(f, write ? "read only" : "no right to execute");
	say_found(f, "0x%" PRIx64 ":%s%s", va, s->rights & VMT_RIGHT_WRITE ? " W" : "",
		  s->rights & VMT_RIGHT_EXEC ? " X" : "");
}

/* Bytes of a span that are the section's. */
static uint64_t within(const struct section *x, const struct vmt_span *s)
{
	uint64_t from = s->va > x->start ? s->va : x->start, last = s->va + (s->bytes - 1);

	return (last < x->end - 1 ? last : x->end - 1) - from + 1;
}

/* Pages that lie wholly within. */
static enum vmt_rc see_section(struct ctx *c, struct vmt_cursor *cur, struct section x)
{
	uint64_t ps = c->page_size, lost = 0;
	struct vmt_span s;
	enum vmt_rc rc;

	x.start = vmt_num_round_up(x.start, ps);
	x.end &= ~(ps - 1);
	if (x.end <= x.start || x.end - x.start > UINT64_C(1) << 32)
		return VMT_OK;
	if (!afford(c, (x.end - x.start) / ps))
		return unknown(c, V07, (x.end - x.start) / ps, x.start, VMT_FACT_NONE,
			       "sections claim more than the image can hold");
	vmt_cursor_seek(cur, x.start, x.end);
	while ((rc = vmt_cursor_span(cur, &s, &c->err)) == VMT_OK) {
		/* That these could not be looked at is told by the pass over all: see_all(). */
		if (s.kind == VMT_STRETCH_UNKNOWN || s.kind == VMT_STRETCH_CLONE)
			lost += within(&x, &s);
		else if (s.kind == VMT_STRETCH_LEAVES && s.rights & x.forbidden)
			tell(c, &x, &s);
	}
	look(c, V07, 1, (x.end - x.start - lost) / ps);
	return rc == VMT_NONE ? VMT_OK : rc;
}

/*
 * do_init_module() lets it live, protects what was to be written in its init alone, and forgets
 * then where the init part was (kernel/module, 5.10 to 7.2).
 */
static bool has_init(const struct vmt_kmodule *m)
{
	return m->mem[VMT_MODULE_INIT_TEXT].bytes || m->mem[VMT_MODULE_INIT_DATA].bytes ||
	       m->mem[VMT_MODULE_INIT_RODATA].bytes;
}

static enum vmt_rc see_module(struct ctx *c, struct vmt_cursor *cur, const struct vmt_kmodule *m)
{
	static const struct {
		unsigned forbidden;
		const char *what;
	} parts[VMT_MODULE_MEMS] = {
		[VMT_MODULE_TEXT] = {VMT_RIGHT_WRITE, "text"},
		[VMT_MODULE_DATA] = {VMT_RIGHT_EXEC, "data"},
		[VMT_MODULE_RODATA] = {VMT_RIGHT_WRITE | VMT_RIGHT_EXEC, "read-only data"},
		[VMT_MODULE_RO_AFTER_INIT] = {VMT_RIGHT_WRITE | VMT_RIGHT_EXEC, "read-only data"},
	};
	enum vmt_rc rc = VMT_OK;

	for (size_t i = 0; rc == VMT_OK && i < VMT_MODULE_MEMS; i++) {
		if (i == VMT_MODULE_RO_AFTER_INIT && m->mem[i].bytes && has_init(m))
			rc = unknown(c, V07,
				     vmt_num_round_up(m->mem[i].bytes, c->page_size) / c->page_size,
				     m->mem[i].start, VMT_FACT_NONE,
				     "a module that has just been loaded has its init part still: "
				     "some of its data is read only once that is gone");
		else if (parts[i].what && m->mem[i].bytes)
			rc = see_section(
				c, cur,
				(struct section){m->mem[i].start, m->mem[i].start + m->mem[i].bytes,
						 parts[i].forbidden, parts[i].what, m->name});
	}
	return rc;
}

/* A section of the kernel between two symbols; without CONFIG_KALLSYMS_ALL some have none. */
static enum vmt_rc see_kernel(struct ctx *c, struct vmt_cursor *cur, const char *start,
			      const char *end, unsigned forbidden, const char *what)
{
	const struct section x = {symbol_of(c, start), symbol_of(c, end), forbidden, what,
				  vmt_str("the kernel")};

	if (x.start && x.end)
		return see_section(c, cur, x);
	return unknown(c, V07, 1, 0, VMT_FACT_NONE, "%s of the kernel is not judged: no symbol %s",
		       what, x.start ? end : start);
}

static enum vmt_rc see_sections(struct ctx *c, struct vmt_cursor *cur)
{
	const struct vmt_kmodule *m;
	size_t n = vmt_kern_modules(c->kern, &m);
	enum vmt_rc rc = see_kernel(c, cur, "_stext", "_etext", VMT_RIGHT_WRITE, "text");

	if (rc == VMT_OK)
		rc = see_kernel(c, cur, "__start_rodata", "__end_rodata",
				VMT_RIGHT_WRITE | VMT_RIGHT_EXEC, "read-only data");
	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		if (m[i].live)
			rc = see_module(c, cur, &m[i]);
	}
	return rc;
}

/* ---- aliases ---- */

static enum vmt_rc see_alias(struct ctx *c, const struct code *code, uint64_t va)
{
	struct vmt_pgt *pgt = vmt_kern_pgt(c->kern);
	struct vmt_path path;
	uint64_t pa, alias;
	struct vmt_finding *f;
	enum vmt_rc rc = vmt_pgt_translate(pgt, va, &pa, NULL);

	if (rc == VMT_NOMEM)
		return rc;
	if (rc == VMT_OK)
		rc = vmt_kern_direct_va(c->kern, pa, &alias, NULL);
	if (rc != VMT_OK)
		return rc == VMT_NOMEM ? rc : VMT_OK;
	rc = vmt_pgt_path(pgt, 0, alias, &path, &c->err);
	if (rc == VMT_NOMEM)
		return rc;
	if (rc == VMT_EXCLUDED)
		return unread(c, V07, 1, alias, rc, &c->err, "a table page of the direct map");
	look(c, V07, 2, 1);
	if (rc != VMT_OK || !(path.rights & VMT_RIGHT_WRITE))
		return VMT_OK;
	f = finding(c, V07, VMT_SEVERE, subject_at(c, va), va, means_alias, "walk");
	say_title(f, "text of %.*s is writable in the direct map",
		  (int)(code->name.n < 60 ? code->name.n : 60), code->name.p);
	say_expected(f, "0x%" PRIx64 " read only", alias);
	say_found(f, "writable, frame 0x%" PRIx64, pa >> pgt->page_shift);
	return VMT_OK;
}

/* arm64 maps the direct map of module text read-only with rodata=full alone. */
static bool has_strict_alias(struct ctx *c)
{
	uint64_t va = symbol_of(c, "rodata_full");
	unsigned char full = 0;

	if (strcmp(vmt_kern_pgt(c->kern)->arch->machine, "aarch64") != 0)
		return true;
	return va && vmt_kern_read(c->kern, va, &full, 1, NULL) == VMT_OK && full;
}

static enum vmt_rc see_aliases(struct ctx *c, const struct codes *codes)
{
	bool strict = has_strict_alias(c);
	uint64_t va, weak = 0;
	enum vmt_rc rc = vmt_kern_direct_va(c->kern, 0, &va, &c->err);

	if (rc != VMT_OK)
		return rc == VMT_NOMEM
			       ? rc
			       : unknown_for(
					 c, V07, 1, 0, &c->err,
					 "where the direct map is: aliases of text are not judged");
	for (size_t i = 0; rc == VMT_OK && i < codes->n; i++) {
		const struct code *code = &codes->items[i];
		uint64_t ps = c->page_size, start = vmt_num_round_up(code->start, ps),
			 end = code->end & ~(ps - 1);

		if (end <= start || end - start > UINT64_C(1) << 31 || code->open)
			continue;
		if (code->kind != CODE_KERNEL && !strict) {
			weak += (end - start) / ps;
			continue;
		}
		if (!afford(c, (end - start) / ps))
			rc = unknown(c, V07, (end - start) / ps, start, VMT_FACT_NONE,
				     "text claims more than the image can hold");
		else
			for (va = start; rc == VMT_OK && va < end; va += ps)
				rc = see_alias(c, code, va);
	}
	if (rc == VMT_OK && weak)
		rc = unknown(
			c, V07, weak, 0, VMT_FACT_NONE,
			"aliases of module text: only rodata=full makes them read-only, and it "
			"is off or not known");
	return rc;
}

enum vmt_rc check_sections(struct ctx *c, const struct codes *codes)
{
	struct vmt_cursor *cur = NULL;
	enum vmt_rc rc;

	if (codes->writable) {
		note(c, V07, "%s", codes->writable);
		return VMT_OK;
	}
	if (!codes->modules_known)
		(void)unknown_for(c, V07, 1, 0, &codes->modules_err,
				  "the list of modules: their text is not judged");
	rc = vmt_cursor_open(&cur, vmt_kern_pgt(c->kern), NULL, &c->err);
	if (rc == VMT_OK)
		rc = see_sections(c, cur);
	vmt_cursor_close(cur);
	return rc == VMT_OK ? see_aliases(c, codes) : rc;
}
