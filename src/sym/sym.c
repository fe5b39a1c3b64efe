// SPDX-License-Identifier: GPL-2.0-or-later
/* Questions and answers: which file is asked about which caller, and what was known before. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sym_priv.h"

const char *vmt_sym_state_name(enum vmt_sym_state state)
{
	static const char *const names[] = {"known", "uncertain", "unknown"};

	return names[state];
}

enum vmt_rc vmt_sym_keep(struct vmt_sym *sym, struct vmt_str s, struct vmt_str *kept)
{
	uint32_t id;

	if (vmt_intern_add(sym->strings, s, &id, NULL) != VMT_OK)
		return VMT_NOMEM;
	*kept = vmt_intern_str(sym->strings, id);
	return VMT_OK;
}

enum vmt_rc vmt_sym_settle(struct vmt_sym *sym, struct query *q, enum vmt_sym_state state,
			   const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	q->answer.state = state;
	q->answer.owner = vmt_owner_of(q->answer.frames, q->answer.n, &sym->opts.wrappers);
	q->answered = true;
	return vmt_sym_keep(sym, vmt_str(text), &q->answer.why);
}

enum vmt_rc vmt_sym_give(struct query *q, const struct vmt_frame *frames, size_t n)
{
	struct vmt_frame *copy = malloc((n + 1) * sizeof(*copy));

	if (!copy)
		return VMT_NOMEM;
	memcpy(copy, frames, n * sizeof(*copy));
	free(q->frames);
	q->frames = copy;
	q->answer.frames = copy;
	q->answer.n = n;
	return VMT_OK;
}

/* ---- files ---- */

static enum vmt_rc cannot(struct sym_file *f, const char *text)
{
	free(f->why);
	f->why = strdup(text);
	return f->why ? VMT_OK : VMT_NOMEM;
}

static enum vmt_rc add_file(struct vmt_sym *sym, struct vmt_str module, size_t *index)
{
	if (vmt_grow(&sym->files, &sym->cap_files, sym->n_files + 1, sizeof(*sym->files)) != VMT_OK)
		return VMT_NOMEM;
	memset(&sym->files[sym->n_files], 0, sizeof(*sym->files));
	sym->files[sym->n_files].module = module;
	*index = sym->n_files++;
	return VMT_OK;
}

/* Where the kernel's own file is told: its build-id is read, and compared. */
static enum vmt_rc check_build_id(struct vmt_sym *sym, struct sym_file *f, struct vmt_err *err)
{
	const char *want = sym->opts.find.build_id;
	struct vmt_err why = {0};
	enum vmt_rc rc = vmt_debug_build_id(f->path, f->build_id, &why);

	if (rc == VMT_NOMEM)
		return vmt_err_nomem(err);
	if (rc != VMT_OK && rc != VMT_NONE)
		return cannot(f, why.text);
	if (want && f->build_id[0] && strcmp(want, f->build_id) != 0 && !sym->opts.force)
		return vmt_err_set(err, VMT_FORMAT,
				   "%s: of another kernel: its build-id is %s, the kernel's is %s; "
				   "--force uses it all the same",
				   f->path, f->build_id, want);
	return VMT_OK;
}

static enum vmt_rc say_not_found(struct vmt_sym *sym, struct sym_file *f, const char *tried)
{
	const struct vmt_find *find = &sym->opts.find;
	char *text;
	int n;

	if (!find->release && !find->build_id && !find->dir)
		return cannot(f, "no vmlinux: the source does not say of which kernel it is; "
				 "--vmlinux names one");
	n = asprintf(&text,
		     "no vmlinux with debug information%s%s: install the kernel's debug package, "
		     "or name one with --vmlinux%s%s",
		     find->release    ? " for "
		     : find->build_id ? " for build-id "
				      : "",
		     find->release    ? find->release
		     : find->build_id ? find->build_id
				      : "",
		     tried ? "; sought at:\n" : "", tried ? tried : "");
	if (n < 0)
		return VMT_NOMEM;
	free(f->why);
	f->why = text;
	return VMT_OK;
}

static enum vmt_rc find_kernel(struct vmt_sym *sym, struct vmt_err *err)
{
	struct sym_file *f = &sym->files[0];
	char *tried = NULL;
	struct vmt_err why = {0};
	enum vmt_rc rc = VMT_OK;

	if (sym->opts.vmlinux) {
		f->path = strdup(sym->opts.vmlinux);
		return f->path ? check_build_id(sym, f, err) : vmt_err_nomem(err);
	}
	rc = vmt_find_vmlinux(&sym->opts.find, &f->path, &tried);
	if (rc == VMT_NONE && sym->opts.debuginfod && sym->opts.find.build_id)
		rc = vmt_find_debuginfod(sym->opts.find.build_id, &f->path, &why);
	if (rc == VMT_OK)
		rc = check_build_id(sym, f, err);
	else if (rc != VMT_NOMEM)
		rc = why.text[0] ? cannot(f, why.text) : say_not_found(sym, f, tried);
	free(tried);
	return rc == VMT_NOMEM ? vmt_err_nomem(err) : rc;
}

static enum vmt_rc find_module(struct vmt_sym *sym, struct sym_file *f)
{
	enum vmt_rc rc = vmt_find_module(&sym->opts.find, f->module, &f->path);

	/* Without a build-id there is no cache; what else is wrong will be told on opening. */
	if (rc == VMT_OK)
		rc = vmt_debug_build_id(f->path, f->build_id, NULL);
	return rc == VMT_NOMEM ? rc : VMT_OK;
}

/* VMT_OK also when it cannot be used: f->why says why. */
static enum vmt_rc open_debug(struct sym_file *f)
{
	struct vmt_err err = {0};
	enum vmt_rc rc = VMT_OK;

	if (f->debug || !f->path || f->why)
		return VMT_OK;
	rc = vmt_debug_open(&f->debug, f->path, &err);
	if (rc == VMT_OK && !vmt_debug_has_dwarf(f->debug) &&
	    vmt_err_set(&err, VMT_NONE, "%s: %s: its functions are all that is known", f->path,
			vmt_debug_no_dwarf(f->debug)) != VMT_OK)
		return cannot(f, err.text);
	return rc == VMT_OK || rc == VMT_NOMEM ? rc : cannot(f, err.text);
}

static struct vmt_debug *debug_of(struct sym_file *f, const char *none, const char **why)
{
	enum vmt_rc rc = open_debug(f);

	*why = f->debug ? NULL : rc == VMT_NOMEM ? "out of memory" : f->why ? f->why : none;
	return f->debug;
}

struct vmt_debug *vmt_sym_vmlinux(struct vmt_sym *sym, const char **why)
{
	return debug_of(&sym->files[0], "no vmlinux", why);
}

/* ---- open, ask, close ---- */

enum vmt_rc vmt_sym_open(struct vmt_sym **out, const struct vmt_sym_opts *opts, struct vmt_err *err)
{
	struct vmt_sym *sym = calloc(1, sizeof(*sym));
	enum vmt_rc rc = VMT_NOMEM;
	size_t kernel;

	if (!sym)
		return vmt_err_nomem(err);
	sym->opts = *opts;
	sym->strings = vmt_intern_new();
	sym->asked = vmt_intern_new();
	if (sym->strings && sym->asked &&
	    add_file(sym, (struct vmt_str){NULL, 0}, &kernel) == VMT_OK)
		rc = find_kernel(sym, err);
	if (rc != VMT_OK) {
		vmt_sym_close(sym);
		return rc == VMT_NOMEM ? vmt_err_nomem(err) : rc;
	}
	*out = sym;
	return VMT_OK;
}

void vmt_sym_close(struct vmt_sym *sym)
{
	if (!sym)
		return;
	for (size_t i = 0; i < sym->n_files; i++) {
		vmt_cache_close(sym->files[i].cache);
		vmt_debug_close(sym->files[i].debug);
		free(sym->files[i].path);
		free(sym->files[i].why);
	}
	for (size_t i = 0; i < sym->n; i++)
		free(sym->queries[i].frames);
	free(sym->queries);
	free(sym->files);
	vmt_intern_free(sym->strings);
	vmt_intern_free(sym->asked);
	free(sym);
}

void vmt_sym_set_kallsyms(struct vmt_sym *sym, struct vmt_symbols *kallsyms)
{
	sym->kallsyms = kallsyms;
}

static enum vmt_rc file_of(struct vmt_sym *sym, struct vmt_str module, size_t *index)
{
	*index = 0;
	if (!module.n)
		return VMT_OK;
	for (size_t i = 1; i < sym->n_files; i++) {
		if (vmt_str_eq(sym->files[i].module, module)) {
			*index = i;
			return VMT_OK;
		}
	}
	if (add_file(sym, module, index) != VMT_OK)
		return VMT_NOMEM;
	return find_module(sym, &sym->files[*index]);
}

/* A raw address becomes a symbol, where kallsyms is at hand. */
static enum vmt_rc name_raw(struct vmt_sym *sym, struct query *q)
{
	struct vmt_symbol s;
	char text[1024], name[512];
	uint64_t va;

	if (!vmt_num_parse((struct vmt_str){q->caller.p + 2, q->caller.n - 2}, 16, &va) || !va ||
	    vmt_symbols_at(sym->kallsyms, va - 1, &s) != VMT_OK || s.size_bytes == UINT64_MAX ||
	    va - s.va > UINT32_MAX)
		return vmt_sym_settle(
			sym, q, VMT_SYM_UNKNOWN,
			"a bare address beyond all symbols: of a module that is gone, "
			"or of freed init code");
	vmt_str_copy(name, sizeof(name), s.name);
	(void)snprintf(text, sizeof(text), "%s+0x%llx/0x%llx", name,
		       (unsigned long long)(va - s.va), (unsigned long long)s.size_bytes);
	if (vmt_sym_keep(sym, vmt_str(text), &q->answer.caller) != VMT_OK ||
	    vmt_sym_keep(sym, s.module, &q->answer.module) != VMT_OK)
		return VMT_NOMEM;
	return VMT_OK;
}

static enum vmt_rc set_up(struct vmt_sym *sym, struct query *q, struct vmt_str caller,
			  struct vmt_str module)
{
	memset(q, 0, sizeof(*q));
	if (vmt_sym_keep(sym, caller, &q->caller) != VMT_OK ||
	    vmt_sym_keep(sym, module, &q->module) != VMT_OK)
		return VMT_NOMEM;
	q->answer.caller = q->caller;
	q->answer.module = q->module;
	/* Without kallsyms it is looked up as it is: vmlinux may be where it was linked. */
	if (sym->kallsyms && vmt_caller_is_raw(q->caller) && name_raw(sym, q) != VMT_OK)
		return VMT_NOMEM;
	return file_of(sym, q->answer.module, &q->file);
}

enum vmt_rc vmt_sym_ask(struct vmt_sym *sym, struct vmt_str caller, struct vmt_str module,
			uint32_t *id)
{
	char *key VMT_FREE = malloc(caller.n + module.n + 2);
	bool added;
	enum vmt_rc rc;

	if (!key || vmt_grow(&sym->queries, &sym->cap, sym->n + 1, sizeof(*sym->queries)) != VMT_OK)
		return VMT_NOMEM;
	if (caller.n)
		memcpy(key, caller.p, caller.n);
	key[caller.n] = ' ';
	if (module.n)
		memcpy(key + caller.n + 1, module.p, module.n);
	rc = vmt_intern_add(sym->asked, (struct vmt_str){key, caller.n + module.n + 1}, id, &added);
	if (rc != VMT_OK || !added)
		return rc;
	rc = set_up(sym, &sym->queries[sym->n], caller, module);
	/* Counted also on failure: its number is taken. */
	sym->n++;
	return rc;
}

struct vmt_debug *vmt_sym_module(struct vmt_sym *sym, struct vmt_str module, const char **why)
{
	size_t index;

	*why = "out of memory";
	if (file_of(sym, module, &index) != VMT_OK)
		return NULL;
	return debug_of(&sym->files[index], "no file is found", why);
}

const char *vmt_sym_path(const struct vmt_sym *sym, const char **build_id)
{
	*build_id = sym->files[0].build_id;
	return sym->files[0].path;
}

/* ---- answers ---- */

/* What the offset of one boot makes of a bare address is true of no other. */
static bool is_lasting(const struct vmt_sym *sym, const struct query *q)
{
	return !sym->opts.kaslr_known || !vmt_caller_is_raw(q->answer.caller);
}

static enum vmt_rc ask_cache(struct vmt_sym *sym, struct sym_file *f, struct query **open,
			     size_t *n)
{
	size_t left = 0;

	if (!f->cache && sym->opts.cache_dir && !sym->opts.wrappers.n && f->build_id[0]) {
		f->cache = vmt_cache_open(sym->opts.cache_dir, f->build_id);
		if (!f->cache)
			return VMT_NOMEM;
	}
	for (size_t i = 0; f->cache && i < *n; i++) {
		enum vmt_rc rc =
			is_lasting(sym, open[i]) ? vmt_cache_get(f->cache, open[i]) : VMT_NONE;

		if (rc == VMT_NOMEM)
			return rc;
		if (rc == VMT_OK)
			open[i]->answer.owner =
				vmt_owner_of(open[i]->answer.frames, open[i]->answer.n, NULL);
		else
			open[left++] = open[i];
	}
	if (f->cache)
		*n = left;
	return VMT_OK;
}

static const char *no_answer(const struct sym_file *f)
{
	if (f->module.n)
		return f->path ? "the module's file cannot be read" : "no file for the module";
	return f->path ? "vmlinux cannot be read" : "no vmlinux";
}

static enum vmt_rc ask_file(struct vmt_sym *sym, struct sym_file *f, struct query **open, size_t n,
			    struct vmt_err *err)
{
	enum vmt_rc rc = ask_cache(sym, f, open, &n);

	if (rc == VMT_OK && n)
		rc = open_debug(f);
	if (rc == VMT_OK && n && f->debug)
		rc = vmt_sym_look_up(sym, f, open, n, err);
	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		if (!open[i]->answered)
			rc = vmt_sym_settle(sym, open[i], VMT_SYM_UNKNOWN, "%s", no_answer(f));
		/* What a file without DWARF tells, its twin with DWARF tells better. */
		else if (f->cache && is_lasting(sym, open[i]) && vmt_debug_has_dwarf(f->debug))
			rc = vmt_cache_put(f->cache, open[i]);
	}
	return rc == VMT_NOMEM ? vmt_err_nomem(err) : rc;
}

enum vmt_rc vmt_sym_resolve(struct vmt_sym *sym, struct vmt_err *err)
{
	struct query **open VMT_FREE = malloc((sym->n + 1) * sizeof(struct query *));
	enum vmt_rc rc = VMT_OK;

	if (!open)
		return vmt_err_nomem(err);
	for (size_t f = 0; rc == VMT_OK && f < sym->n_files; f++) {
		size_t n = 0;

		for (size_t i = 0; i < sym->n; i++) {
			if (!sym->queries[i].answered && sym->queries[i].file == f)
				open[n++] = &sym->queries[i];
		}
		if (n)
			rc = ask_file(sym, &sym->files[f], open, n, err);
	}
	return rc;
}

const struct vmt_answer *vmt_sym_answer(const struct vmt_sym *sym, uint32_t id)
{
	return &sym->queries[id].answer;
}

void vmt_sym_count(const struct vmt_sym *sym, struct vmt_sym_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	for (size_t i = 0; i < sym->n; i++) {
		switch (sym->queries[i].answer.state) {
		case VMT_SYM_KNOWN: counts->known++; break;
		case VMT_SYM_UNCERTAIN: counts->uncertain++; break;
		case VMT_SYM_UNKNOWN: counts->unknown++; break;
		}
	}
}

size_t vmt_sym_missing(const struct vmt_sym *sym, char *buf, size_t size)
{
	size_t n = 0, at = 0;
	char name[64];

	buf[0] = 0;
	for (size_t i = 1; i < sym->n_files; i++) {
		if (sym->files[i].path)
			continue;
		vmt_str_copy(name, sizeof(name), sym->files[i].module);
		if (at < size)
			at += (size_t)snprintf(buf + at, size - at, "%s%s", n ? ", " : "", name);
		n++;
	}
	return n;
}

const char *vmt_sym_problem(const struct vmt_sym *sym, size_t i)
{
	for (size_t f = 0; f < sym->n_files; f++) {
		if (sym->files[f].why && i-- == 0)
			return sym->files[f].why;
	}
	return NULL;
}
