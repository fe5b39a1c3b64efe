// SPDX-License-Identifier: GPL-2.0-or-later
/* Callers to source lines: the symbolizer a command asks, as its options and its source say. */
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd.h"

#define NOTES_MAX (1u << 20)

/* ---- what kernel? ---- */

void read_build_id(const char *root, char hex[VMT_BUILD_ID_TEXT])
{
	char path[4200], *notes;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/sys/kernel/notes", root);
	if (vmt_file_slurp(path, NOTES_MAX, &notes, &n, NULL) != VMT_OK)
		return;
	if (!vmt_debug_notes_build_id(notes, n, hex))
		hex[0] = 0;
	free(notes);
}

/* The release in the proc files below a directory. */
static void read_release(struct lookup *l, const char *root)
{
	char path[4200], *text;
	struct vmt_str rest, word;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/proc/version", root);
	if (vmt_file_slurp(path, NOTES_MAX, &text, &n, NULL) != VMT_OK)
		return;
	rest = (struct vmt_str){text, n};
	if (vmt_str_is(vmt_str_word(&rest), "Linux") &&
	    vmt_str_is(vmt_str_word(&rest), "version")) {
		word = vmt_str_word(&rest);
		vmt_str_copy(l->release, sizeof(l->release), word);
	}
	free(text);
}

static void know_kernel(struct lookup *l, struct source *s, const char *vmlinux)
{
	const struct run *r = l->run;
	struct utsname u;

	if (s) {
		const struct vmt_facts *f = source_facts(s);

		memcpy(l->release, f->kernel, sizeof(l->release));
		(void)snprintf(l->build_id, sizeof(l->build_id), "%s", f->build_id);
		l->proc = s->proc;
		/* What kern could not name with them has no name; here KASLR is not added. */
		l->kallsyms_tried = s->kern != NULL;
		if (!l->build_id[0] && (s->live || r->opt[OPT_SYSROOT]))
			read_build_id(s->live ? "" : r->opt[OPT_SYSROOT], l->build_id);
	} else if (!vmlinux && !r->opt[OPT_KERNEL] && !r->opt[OPT_SYSROOT]) {
		if (uname(&u) == 0)
			(void)snprintf(l->release, sizeof(l->release), "%s", u.release);
		read_build_id("", l->build_id);
		l->proc = "/proc";
	} else if (r->opt[OPT_SYSROOT]) {
		read_build_id(r->opt[OPT_SYSROOT], l->build_id);
		read_release(l, r->opt[OPT_SYSROOT]);
	}
	if (r->opt[OPT_KERNEL])
		(void)snprintf(l->release, sizeof(l->release), "%s", r->opt[OPT_KERNEL]);
}

/* $XDG_CACHE_HOME/vmtool, else ~/.cache/vmtool; relative paths do not count (XDG). */
static char *cache_directory(void)
{
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *dir = NULL;
	int n = 0;

	if (base && base[0] == '/')
		n = asprintf(&dir, "%s/vmtool", base);
	else if (home && home[0] == '/')
		n = asprintf(&dir, "%s/.cache/vmtool", home);
	return n < 0 ? NULL : dir;
}

/* ---- open ---- */

static bool text_in(const char *s)
{
	return s && s[strspn(s, " \t")];
}

static int split_wrappers(struct lookup *l, struct vmt_wrappers *w)
{
	const char *names = l->run->opt[OPT_WRAPPERS];
	char *save = NULL, *name;

	if (!names)
		return 0;
	l->wrapper_text = strdup(names);
	if (!l->wrapper_text)
		return complain_nomem();
	for (name = strtok_r(l->wrapper_text, ",", &save); name;
	     name = strtok_r(NULL, ",", &save)) {
		if (w->n == WRAPPERS_MAX)
			return usage_error(l->run->cmd, "--wrappers takes at most %d names",
					   WRAPPERS_MAX);
		l->wrappers[w->n++] = name;
	}
	w->globs = l->wrappers;
	return 0;
}

/*
 * DIR/vmlinux of --debug-dir is as good as named where there is no source it could contradict, and
 * under --force.
 */
static int name_vmlinux(struct lookup *l, const struct source *s, const char **vmlinux)
{
	const char *dir = l->run->opt[OPT_DEBUG_DIR];

	*vmlinux = l->run->opt[OPT_VMLINUX];
	if (*vmlinux || !dir || (s && !l->run->opt[OPT_FORCE]))
		return 0;
	if (asprintf(&l->vmlinux, "%s/vmlinux", dir) < 0) {
		l->vmlinux = NULL;
		return complain_nomem();
	}
	if (access(l->vmlinux, F_OK) == 0)
		*vmlinux = l->vmlinux;
	return 0;
}

int lookup_open(struct lookup *l, const struct run *r, struct source *s)
{
	struct vmt_sym_opts opts = {.force = r->opt[OPT_FORCE] != NULL,
				    .debuginfod = r->opt[OPT_DEBUGINFOD] != NULL};
	struct vmt_err err = {0};
	int code;

	memset(l, 0, sizeof(*l));
	l->run = r;
	if (opts.debuginfod && !text_in(getenv("DEBUGINFOD_URLS")))
		return usage_error(r->cmd, "--debuginfod: $DEBUGINFOD_URLS names no server");
	/* libdw would ask the servers unasked. */
	if (!opts.debuginfod)
		(void)unsetenv("DEBUGINFOD_URLS");
	code = split_wrappers(l, &opts.wrappers);
	if (code == 0)
		code = name_vmlinux(l, s, &opts.vmlinux);
	if (code)
		return code;
	know_kernel(l, s, opts.vmlinux);
	if (!r->opt[OPT_NO_CACHE])
		l->cache_dir = cache_directory();
	opts.cache_dir = l->cache_dir;
	opts.find = (struct vmt_find){
		.sysroot = r->opt[OPT_SYSROOT],
		.release = l->release[0] ? l->release : NULL,
		.build_id = l->build_id[0] ? l->build_id : NULL,
		.dir = r->opt[OPT_DEBUG_DIR],
	};
	if (s && s->kern && vmt_kern_about(s->kern)->kaslr != VMT_FACT_NONE) {
		opts.kaslr = vmt_kern_about(s->kern)->kaslr;
		opts.kaslr_known = true;
	}
	if (vmt_sym_open(&l->sym, &opts, &err) != VMT_OK)
		return complain(&err);
	return 0;
}

void lookup_close(struct lookup *l)
{
	vmt_sym_close(l->sym);
	vmt_symbols_free(l->kallsyms);
	free(l->cache_dir);
	free(l->vmlinux);
	free(l->wrapper_text);
	memset(l, 0, sizeof(*l));
}

/* ---- ask ---- */

/* Read when the first bare address is asked for: the live file costs as much as all the rest. */
static int load_kallsyms(struct lookup *l)
{
	const char *path =
		l->run->opt[OPT_KALLSYMS] ? l->run->opt[OPT_KALLSYMS] : l->run->opt[OPT_SYSTEM_MAP];
	struct vmt_kallsyms_stats stats;
	struct vmt_err err = {0};
	struct vmt_file *file;
	char beside[4200];
	bool asked = path != NULL;

	l->kallsyms_tried = true;
	if (!path && l->proc) {
		(void)snprintf(beside, sizeof(beside), "%s/kallsyms", l->proc);
		path = beside;
	}
	if (!path)
		return 0;
	l->kallsyms = vmt_symbols_new();
	if (!l->kallsyms)
		return complain_nomem();
	if (vmt_file_open(&file, path, &err) == VMT_OK &&
	    vmt_kallsyms_read(l->kallsyms, file, &stats, &err) == VMT_OK) {
		vmt_sym_set_kallsyms(l->sym, l->kallsyms);
		return 0;
	}
	/* What was found by itself and is of no use only costs the names. */
	if (!asked && err.code != VMT_PERM)
		return 0;
	(void)complain(&err);
	return asked ? EXIT_NO_ANSWER : 0;
}

int lookup_ask(struct lookup *l, struct vmt_str caller, struct vmt_str module, uint32_t *id)
{
	if (vmt_caller_is_raw(caller) && !l->kallsyms_tried) {
		int code = load_kallsyms(l);

		if (code)
			return code;
	}
	return vmt_sym_ask(l->sym, caller, module, id) == VMT_OK ? 0 : complain_nomem();
}

/* `func+0x1/0x2 [mod]`: the module apart. */
struct vmt_str lookup_split(struct vmt_str *caller)
{
	size_t at = vmt_str_find(*caller, " [");
	struct vmt_str module = {NULL, 0};

	if (at != SIZE_MAX && caller->p[caller->n - 1] == ']') {
		module = (struct vmt_str){caller->p + at + 2, caller->n - at - 3};
		/* CONFIG_STACKTRACE_BUILD_ID: `[mod BUILD-ID]`. */
		module = vmt_str_word(&module);
		caller->n = at;
	}
	return module;
}

/* A group by caller. */
static int ask_group(struct lookup *l, const struct vmt_group *g, uint32_t *id)
{
	struct vmt_str caller = g->key, module = lookup_split(&caller);

	*id = UINT32_MAX;
	return caller.n ? lookup_ask(l, caller, module, id) : 0;
}

int lookup_ask_groups(struct lookup *l, const struct vmt_groups *groups, uint32_t **ids)
{
	size_t n = vmt_groups_count(groups);
	int code = 0;

	*ids = calloc(n + 1, sizeof(**ids));
	if (!*ids)
		return complain_nomem();
	for (size_t i = 0; code == 0 && i < n; i++)
		code = ask_group(l, vmt_groups_at(groups, i), &(*ids)[i]);
	return code ? code : lookup_resolve(l);
}

int lookup_ask_rows(struct lookup *l, const struct run *r, struct source *s,
		    const struct vmt_group *const *rows, size_t n, uint32_t *ids)
{
	int code = lookup_open(l, r, s);

	for (size_t i = 0; code == 0 && i < n; i++)
		code = ask_group(l, rows[i], &ids[i]);
	return code ? code : lookup_resolve(l);
}

int lookup_ask_text(struct lookup *l, const char *text, uint32_t *id)
{
	struct vmt_str caller = vmt_str_trim(vmt_str(text));
	struct vmt_str module = lookup_split(&caller);

	return lookup_ask(l, caller, module, id);
}

int lookup_resolve(struct lookup *l)
{
	struct vmt_err err = {0};

	return vmt_sym_resolve(l->sym, &err) == VMT_OK ? 0 : complain(&err);
}

const struct vmt_answer *lookup_answer(const struct lookup *l, uint32_t id)
{
	return id == UINT32_MAX ? NULL : vmt_sym_answer(l->sym, id);
}

/* What a caller is summed under; without an answer its function, and no file. */
static struct vmt_str key_of(const struct vmt_answer *a, struct vmt_str key, enum vmt_group_by by)
{
	const struct vmt_frame *owner = a ? vmt_answer_owner(a) : NULL;

	if (by == VMT_BY_FILE)
		return owner ? owner->file : (struct vmt_str){NULL, 0};
	if (by == VMT_BY_SUBSYSTEM)
		return owner ? vmt_owner_subsystem(owner->file) : (struct vmt_str){NULL, 0};
	(void)lookup_split(&key);
	return owner ? owner->function : vmt_caller_function(key);
}

int lookup_regroup(struct lookup *l, struct vmt_groups **groups, enum vmt_group_by by,
		   uint64_t page_size)
{
	uint32_t *ids VMT_FREE = NULL;
	struct vmt_groups *by_key;
	int code = lookup_ask_groups(l, *groups, &ids);

	if (code)
		return code;
	by_key = vmt_groups_new(by, page_size);
	for (size_t i = 0; by_key && i < vmt_groups_count(*groups); i++) {
		const struct vmt_group *g = vmt_groups_at(*groups, i);
		struct vmt_str key = key_of(lookup_answer(l, ids[i]), g->key, by);

		if (vmt_groups_merge(by_key, key, g) != VMT_OK) {
			vmt_groups_free(by_key);
			by_key = NULL;
		}
	}
	if (!by_key)
		return complain_nomem();
	vmt_groups_free(*groups);
	*groups = by_key;
	return 0;
}

static struct vmt_cell text_or_null(const char *s)
{
	return s && *s ? vmt_cell_s(VMT_CELL_STR, vmt_str(s)) : vmt_cell_null();
}

void lookup_json(struct lookup *l, struct view *v)
{
	const char *build_id, *path = vmt_sym_path(l->sym, &build_id);

	vmt_out_object_begin(v->out, "symbols");
	vmt_out_member(v->out, "vmlinux", text_or_null(path));
	vmt_out_member(v->out, "build_id", text_or_null(build_id));
	vmt_out_member(v->out, "kernel", text_or_null(l->release));
	vmt_out_object_end(v->out);
}

bool lookup_named(const struct run *r)
{
	return r->opt[OPT_VMLINUX] || r->opt[OPT_DEBUG_DIR] || r->opt[OPT_DEBUGINFOD];
}

static bool was_told(const struct lookup *before, const char *problem)
{
	const char *told;

	for (size_t i = 0; before && (told = vmt_sym_problem(before->sym, i)); i++) {
		if (strcmp(told, problem) == 0)
			return true;
	}
	return false;
}

int lookup_report(struct lookup *l, int code)
{
	struct vmt_sym_counts n;
	const char *problem;
	char names[600], told[600] = "";
	size_t missing;

	(void)fflush(stdout);
	for (size_t i = 0; (problem = vmt_sym_problem(l->sym, i)); i++) {
		if (!was_told(l->before, problem))
			message("%s", problem);
	}
	missing = vmt_sym_missing(l->sym, names, sizeof(names));
	if (l->before)
		(void)vmt_sym_missing(l->before->sym, told, sizeof(told));
	if (missing && strcmp(names, told) != 0)
		message("no file for %s %s%s: %s callers stay without lines; --debug-dir DIR has "
			"%s?",
			missing == 1 ? "module" : "modules", names,
			strlen(names) + 1 < sizeof(names) ? "" : "...",
			missing == 1 ? "its" : "their", missing == 1 ? "it" : "them");
	vmt_sym_count(l->sym, &n);
	return n.unknown && !n.known && !n.uncertain && code == EXIT_ANSWERED ? EXIT_IN_PART : code;
}
