// SPDX-License-Identifier: GPL-2.0-or-later
/* What did the user name?  The live kernel, a text, a tree of proc files, or the sample. */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"

#define FACTS_MAX (4u << 20)
#define RAW_BYTES 65536
#define SHOWN_ODD 3 /* lines not understood that are shown; list --odd shows all */

/* Called for every line: inline, and the error is not cleared. */
static inline int next_of_text(struct source *s, struct vmt_area *area)
{
	struct vmt_err err;

	switch (vmt_text_next(s->text, area, &err)) {
	case VMT_OK: return 1;
	case VMT_NONE: return 0;
	default: (void)complain(&err); return -1;
	}
}

/* Modules may stand after the areas: then all areas are read first. */
static int hold_areas(struct source *s)
{
	struct vmt_area area;
	int more;

	s->held = vmt_areas_new();
	if (!s->held)
		return complain_nomem();
	while ((more = next_of_text(s, &area)) > 0) {
		if (vmt_areas_add(s->held, &area) != VMT_OK)
			return complain_nomem();
	}
	return more < 0 ? EXIT_NO_ANSWER : 0;
}

/* The whole text into r->raw, and read from there.  Takes @file. */
static enum vmt_rc keep_text(const struct run *r, struct vmt_file **file, const char *name,
			     struct vmt_err *err)
{
	struct raw_text *raw = r->raw;
	enum vmt_rc rc = VMT_OK;
	size_t got = 1;

	raw->n = 0;
	while (rc == VMT_OK && got) {
		if (vmt_grow(&raw->bytes, &raw->cap, raw->n + RAW_BYTES, 1) != VMT_OK) {
			rc = vmt_err_nomem(err);
			break;
		}
		rc = vmt_file_read(*file, raw->bytes + raw->n, raw->cap - raw->n, &got, err);
		raw->n += got;
	}
	vmt_file_close(*file);
	return rc == VMT_OK ? vmt_file_open_memory(file, name, raw->bytes, raw->n, err) : rc;
}

int source_page_size_option(const struct run *r, uint64_t *page_size)
{
	const char *text = r->opt[OPT_PAGE_SIZE];

	if (!text || (vmt_num_size(text, page_size) && vmt_num_is_pow2(*page_size) &&
		      *page_size >= 1024 && *page_size <= 1 << 20))
		return 0;
	return usage_error(r->cmd, "--page-size is a power of two, 4K for example, not '%s'", text);
}

static int wants_memory(const struct source *s, const struct run *r, bool text)
{
	const char *hint = r->cmd->of_text;

	message("%s: is %s, and %s needs %s\n"
		"a dump, a RAM file or, without SOURCE and as root, the running kernel%s%s",
		s->name, text ? "a text" : "no memory image", r->cmd->name, text ? "memory" : "one",
		hint ? "\n" : "", hint ? hint : "");
	return EXIT_NO_ANSWER;
}

static int open_text(struct source *s, const struct run *r, struct vmt_file *file)
{
	struct vmt_text_opts opts = {0};
	struct vmt_err err = {0};

	if (r->raw && keep_text(r, &file, s->name, &err) != VMT_OK)
		return complain(&err);
	if (source_page_size_option(r, &opts.page_size) != 0) {
		vmt_file_close(file);
		return EXIT_USAGE;
	}
	if (s->live)
		opts.source_page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	opts.odd = r->odd;
	s->strict = r->opt[OPT_STRICT] != NULL;
	if (vmt_text_open(&s->text, file, &opts, &err) != VMT_OK)
		return err.code == VMT_FORMAT && r->cmd->live == LIVE_MEMORY
			       ? wants_memory(s, r, false)
			       : complain(&err);
	if (r->want_modules && !s->proc && !vmt_text_facts(s->text)->n_modules)
		return hold_areas(s);
	return 0;
}

static int open_file(struct source *s, const struct run *r, const char *path)
{
	struct vmt_file *file;
	struct vmt_err err = {0};

	if (!s->name)
		s->name = strcmp(path, "-") == 0 ? "standard input" : path;
	if (strcmp(path, "/proc/vmallocinfo") == 0) {
		s->live = true;
		s->name = "live";
		s->proc = strdup("/proc");
		if (!s->proc)
			return complain_nomem();
	}
	if (live_is_kcore(path)) {
		s->live = true;
		s->name = "live";
		s->proc = strdup("/proc");
		if (!s->proc)
			return complain_nomem();
		return image_open(s, r, path);
	}
	if (devmem_is(path))
		return devmem_open(s, r, path);
	if (ram_said(r) || vmt_mem_probe(path))
		return image_open(s, r, path);
	if (vmt_file_open(&file, path, &err) == VMT_OK)
		return open_text(s, r, file);
	if (s->live && err.code == VMT_PERM) {
		message("/proc/vmallocinfo can be read by root only: sudo vmtool %s", r->cmd->name);
		return EXIT_NO_ANSWER;
	}
	return complain(&err);
}

/* proc/vmallocinfo below DIR, or vmallocinfo in DIR itself. */
static int open_sysroot(struct source *s, const struct run *r, const char *dir)
{
	static const char *const forms[] = {"%s/proc", "%s"};
	char proc[4096], path[4200];
	/* Memory first where it is read at all. */
	bool memory = r->cmd->live != LIVE_TEXT;

	for (size_t i = 0; i < 4; i++) {
		bool kcore = memory && i < 2;

		if ((!memory && i < 2) || (r->cmd->live == LIVE_MEMORY && i >= 2))
			continue;
		(void)snprintf(proc, sizeof(proc), i % 2 ? forms[1] : forms[0], dir);
		(void)snprintf(path, sizeof(path), "%s/%s", proc, kcore ? "kcore" : "vmallocinfo");
		if (access(path, F_OK) != 0 || (kcore && !vmt_mem_probe(path)))
			continue;
		s->proc = strdup(proc);
		if (!s->proc)
			return complain_nomem();
		s->name = dir;
		if (strncmp(path, "//", 2) == 0 || strncmp(path, "/proc/", 6) == 0) {
			free(s->proc);
			s->proc = NULL;
			return open_file(s, r, kcore ? LIVE_KCORE : "/proc/vmallocinfo");
		}
		return open_file(s, r, path);
	}
	(void)snprintf(path, sizeof(path), "%s/dev/mem", dir);
	if (access(path, F_OK) == 0 && devmem_is(path)) {
		s->name = dir;
		return open_file(s, r, path);
	}
	if (r->cmd->live == LIVE_MEMORY)
		message("%s: has neither proc/kcore nor kcore in it, which %s needs", dir,
			r->cmd->name);
	else
		message("%s: has neither proc/vmallocinfo nor vmallocinfo in it", dir);
	return EXIT_NO_ANSWER;
}

static int open_sample(struct source *s, const struct run *r)
{
	struct vmt_file *file;
	struct vmt_err err = {0};

	s->name = "sample";
	if (vmt_file_open_memory(&file, s->name, vmt_sample, (size_t)(vmt_sample_end - vmt_sample),
				 &err) != VMT_OK)
		return complain(&err);
	return open_text(s, r, file);
}

/* Several operands are one SOURCE only as the parts of one dump. */
static int open_parts(struct source *s, const struct run *r)
{
	if (ram_said(r))
		return usage_error(r->cmd, "--base and --map are for one file of raw memory");
	for (int i = 0; i < r->n_sources; i++)
		if (access(r->sources[i], R_OK) == 0 && !vmt_mem_probe(r->sources[i]))
			return usage_error(r->cmd,
					   "too many operands: '%s' is no part of a split dump",
					   r->sources[i]);
	s->name = r->source;
	s->parts = r->sources;
	s->n_parts = r->n_sources;
	return image_open(s, r, r->source);
}

int source_open_path(struct source *s, const struct run *r, const char *path)
{
	int code;

	memset(s, 0, sizeof(*s));
	vmt_facts_init(&s->facts);
	code = open_file(s, r, path);
	if (code)
		source_close(s);
	return code;
}

/* What a command reads when it is told nothing. */
static const char *live_path(const struct run *r)
{
	if (r->cmd->live == LIVE_MEMORY ||
	    (r->cmd->live == LIVE_EITHER && live_can_read(LIVE_KCORE)))
		return LIVE_KCORE;
	return "/proc/vmallocinfo";
}

int source_open(struct source *s, const struct run *r)
{
	const char *path = r->source ? r->source : r->opt[OPT_SOURCE];
	int code;

	memset(s, 0, sizeof(*s));
	vmt_facts_init(&s->facts);
	if (r->opt[OPT_SYSROOT])
		code = open_sysroot(s, r, r->opt[OPT_SYSROOT]);
	else if (r->opt[OPT_SAMPLE])
		code = open_sample(s, r);
	else if (r->n_sources > 1)
		code = open_parts(s, r);
	else
		code = open_file(s, r, path ? path : live_path(r));
	if (code == 0 && r->cmd->live == LIVE_MEMORY && !s->kern)
		code = wants_memory(s, r, true);
	if (code)
		source_close(s);
	return code;
}

int source_next(struct source *s, struct vmt_area *area)
{
	if (s->kern) {
		if (s->kareas_at == s->n_kareas)
			return 0;
		*area = s->kareas[s->kareas_at++].area;
		return 1;
	}
	if (!s->held)
		return next_of_text(s, area);
	if (s->held_at == vmt_areas_count(s->held))
		return 0;
	*area = *vmt_areas_at(s->held, s->held_at++);
	return 1;
}

uint64_t source_page_size(const struct source *s, enum vmt_page_size_from *from)
{
	if (!s->kern)
		return vmt_text_page_size(s->text, from);
	if (from)
		*from = VMT_PS_SOURCE;
	return vmt_kern_about(s->kern)->page_size;
}

enum vmt_addr_state source_addresses(const struct source *s)
{
	return s->kern ? VMT_ADDR_REAL : vmt_text_addresses(s->text);
}

const struct vmt_text_stats *source_stats(const struct source *s)
{
	return s->kern ? &s->image_stats : vmt_text_stats(s->text);
}

/* ---- facts ---- */

static void load(struct vmt_facts *facts, const char *proc, const char *name)
{
	char path[4400], *text;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", proc, name);
	if (vmt_file_slurp(path, FACTS_MAX, &text, &n, NULL) != VMT_OK)
		return;
	vmt_facts_text(facts, (struct vmt_str){text, n});
	free(text);
}

/* A file whose whole text is one value. */
static void load_value(char *into, const char *proc, const char *name)
{
	char path[4400], *text;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", proc, name);
	if (into[0] || vmt_file_slurp(path, 4096, &text, &n, NULL) != VMT_OK)
		return;
	if (n && text[n - 1] == '\n')
		n--;
	vmt_str_copy(into, VMT_FACT_TEXT, (struct vmt_str){text, n});
	free(text);
}

static void load_beside(struct source *s)
{
	struct vmt_facts beside;
	struct utsname u;
	char kptr[VMT_FACT_TEXT] = "", uptime[VMT_FACT_TEXT] = "";

	vmt_facts_init(&beside);
	if (s->live && uname(&u) == 0) {
		/* One call for what three of the files below say. */
		vmt_str_copy(beside.kernel, VMT_FACT_TEXT, vmt_str(u.release));
		vmt_str_copy(beside.host, VMT_FACT_TEXT, vmt_str(u.nodename));
		vmt_str_copy(beside.machine, VMT_FACT_TEXT, vmt_str(u.machine));
	} else {
		load(&beside, s->proc, "version");
	}
	load(&beside, s->proc, "meminfo");
	load_value(beside.kernel, s->proc, "sys/kernel/osrelease");
	load_value(beside.host, s->proc, "sys/kernel/hostname");
	load_value(beside.boot_id, s->proc, "sys/kernel/random/boot_id");
	load_value(kptr, s->proc, "sys/kernel/kptr_restrict");
	(void)vmt_num_parse(vmt_str(kptr), 10, &beside.kptr_restrict);
	if (s->live) {
		struct timespec up;

		beside.time = (uint64_t)time(NULL);
		if (clock_gettime(CLOCK_BOOTTIME, &up) == 0)
			beside.uptime_ms =
				(uint64_t)up.tv_sec * 1000 + (uint64_t)up.tv_nsec / 1000000;
	} else {
		load_value(uptime, s->proc, "uptime");
		vmt_facts_uptime(&beside, vmt_str(uptime));
	}
	vmt_facts_merge(&s->facts, &beside);
	vmt_facts_deinit(&beside);
}

const struct vmt_facts *source_facts(struct source *s)
{
	if (s->kern)
		image_facts(s);
	else
		vmt_facts_merge(&s->facts, vmt_text_facts(s->text));
	if (s->proc && !s->have_beside)
		load_beside(s);
	s->have_beside = true;
	return &s->facts;
}

/* A busy machine has hundreds, and most commands ask for none. */
static void load_modules(struct source *s)
{
	struct vmt_facts beside;

	vmt_facts_init(&beside);
	load(&beside, s->proc, "modules");
	vmt_facts_merge(&s->facts, &beside);
	vmt_facts_deinit(&beside);
}

struct vmt_str source_module_of(struct source *s, const struct vmt_area *area)
{
	const struct vmt_facts *facts;

	if (area->module.n || area->kind != VMT_KIND_VMALLOC || !vmt_area_is_real(area))
		return area->module;
	if (s->kern)
		return vmt_kern_module_in(s->kern, area->start, area->end);
	facts = source_facts(s);
	if (s->proc && !s->have_modules)
		load_modules(s);
	s->have_modules = true;
	return vmt_facts_module_in(facts, area->start, area->end);
}

void source_name_module(struct source *s, struct vmt_area *area)
{
	if (area->module.n)
		return;
	area->module = source_module_of(s, area);
	if (area->module.n) {
		area->flags |= VMT_AREA_HOUSES_MODULE;
		area->twin = 0;
	}
}

/* ---- what was odd ---- */

int source_verdict(const struct source *s, int code)
{
	const struct vmt_text_stats *st = source_stats(s);

	if (st->unparsed && s->strict)
		return EXIT_NO_ANSWER;
	return st->cut && code == EXIT_ANSWERED ? EXIT_IN_PART : code;
}

int source_report(struct source *s, int code)
{
	const struct vmt_text_stats *st = source_stats(s);
	enum vmt_page_size_from from;
	uint64_t ps = source_page_size(s, &from);
	uint64_t shown = st->unparsed < SHOWN_ODD ? st->unparsed : SHOWN_ODD;

	(void)fflush(stdout);
	if (s->kern)
		return image_report(s, code);
	for (uint64_t i = 0; i < shown; i++)
		message("%s: line %llu not understood: %s\n%s", vmt_text_name(s->text),
			(unsigned long long)st->odd[i].line, st->odd[i].why, st->odd[i].text);
	if (st->unparsed > shown)
		message("%s: %llu more lines not understood: vmtool list --odd shows them all",
			vmt_text_name(s->text), (unsigned long long)(st->unparsed - shown));
	if (st->unaligned)
		message("%s: %llu sizes are no multiple of the page size %llu (%s): --page-size "
			"sets it",
			vmt_text_name(s->text), (unsigned long long)st->unaligned,
			(unsigned long long)ps, vmt_page_size_from_name(from));
	if (st->mismatched)
		message("%s: %llu ranges are not as long as their size says: these lines are "
			"damaged",
			vmt_text_name(s->text), (unsigned long long)st->mismatched);
	if (st->cut && st->cut_err.code)
		(void)complain(&st->cut_err);
	else if (st->cut)
		message("%s: line %llu: ends without a newline: the text may be cut short",
			vmt_text_name(s->text), (unsigned long long)st->lines);
	return source_verdict(s, code);
}

void source_json(struct source *s, const struct view *v)
{
	const struct vmt_text_stats *st = source_stats(s);
	enum vmt_addr_state state = source_addresses(s);
	enum vmt_page_size_from from;
	uint64_t ps = source_page_size(s, &from);
	const struct vmt_facts *facts;
	struct vmt_out *out = v->out;

	if (v->opts.format != VMT_OUT_JSON)
		return;
	facts = source_facts(s);
	vmt_out_object_begin(out, "source");
	vmt_out_member(out, "path", vmt_cell_s(VMT_CELL_STR, vmt_str(s->name)));
	vmt_out_member(out, "kernel", vmt_cell_s(VMT_CELL_STR, vmt_str(facts->kernel)));
	vmt_out_member(out, "page_size", vmt_cell_u(VMT_CELL_COUNT, ps));
	vmt_out_member(out, "page_size_from",
		       vmt_cell_s(VMT_CELL_STR, vmt_str(vmt_page_size_from_name(from))));
	vmt_out_member(out, "addresses",
		       vmt_cell_s(VMT_CELL_STR, vmt_str(vmt_addr_state_name(state))));
	vmt_out_member(out, "lines", vmt_cell_u(VMT_CELL_COUNT, st->lines));
	vmt_out_member(out, "areas", vmt_cell_u(VMT_CELL_COUNT, st->areas));
	vmt_out_member(out, "unparsed", vmt_cell_u(VMT_CELL_COUNT, st->unparsed));
	vmt_out_member(out, "cut", vmt_cell_u(VMT_CELL_BOOL, st->cut));
	vmt_out_object_end(out);
}

void source_close(struct source *s)
{
	image_close(s);
	vmt_text_close(s->text);
	vmt_areas_free(s->held);
	s->held = NULL;
	vmt_facts_deinit(&s->facts);
	free(s->proc);
	free(s->devmem);
	s->devmem = NULL;
	s->text = NULL;
	s->proc = NULL;
}
