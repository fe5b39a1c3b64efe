// SPDX-License-Identifier: GPL-2.0-or-later
/* What vmtool live shows: the source read again and again, or recorded texts. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "live.h"

/* So many recorded texts before the one shown are read for its past. */
#define PAST 60

/* ---- messages ---- */

void live_hush(struct live *l)
{
	(void)fflush(stderr);
	l->hushed = memfd_create("messages", MFD_CLOEXEC);
	l->stderr_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (l->hushed >= 0 && l->stderr_before >= 0)
		(void)dup2(l->hushed, STDERR_FILENO);
}

void live_heard(struct live *l, char *buf, size_t size)
{
	static const char head[] = "vmtool: ";
	ssize_t n;

	(void)fflush(stderr);
	buf[0] = 0;
	if (l->hushed < 0)
		return;
	n = pread(l->hushed, buf, size - 1, 0);
	buf[n > 0 ? n : 0] = 0;
	buf[strcspn(buf, "\n")] = 0;
	if (!strncmp(buf, head, strlen(head)))
		memmove(buf, buf + strlen(head), strlen(buf + strlen(head)) + 1);
	if (ftruncate(l->hushed, 0) == 0)
		(void)lseek(l->hushed, 0, SEEK_SET);
}

void live_unhush(struct live *l)
{
	(void)fflush(stderr);
	if (l->hushed < 0 || l->stderr_before < 0)
		return;
	(void)dup2(l->stderr_before, STDERR_FILENO);
	(void)close(l->stderr_before);
	(void)close(l->hushed);
	l->hushed = -1;
}

/* ---- operands ---- */

static int add_operand(struct live *l, const char *path)
{
	struct vmt_err err = {0};
	enum vmt_rc rc = vmt_samples_add(l->samples, path, &err);

	if (rc == VMT_NONE)
		message("%s: no recorded samples in this directory", path);
	else if (rc != VMT_OK)
		(void)complain(&err);
	return rc == VMT_OK ? 0 : EXIT_NO_ANSWER;
}

/* Bytes that cannot be looked at twice, or are no text. */
static bool stands_alone(const struct run *r)
{
	return strcmp(r->source, "-") == 0 || ram_said(r) || vmt_mem_probe(r->source);
}

int live_open(struct live *l)
{
	const struct run *r = l->run;
	struct vmt_err err = {0};
	int code = 0;

	l->about.uptime = VMT_FACT_NONE;
	l->past = vmt_live_new();
	if (!l->past)
		return complain_nomem();
	for (int i = 0; i < r->n_args; i++) {
		if (access(r->args[i], F_OK) != 0) {
			message("%s: %s", r->args[i], strerror(errno));
			return EXIT_NO_ANSWER;
		}
	}
	/* What the kernel makes anew is read again and again. */
	if (!r->source || !strcmp(r->source, "/proc/vmallocinfo") || live_is_kcore(r->source))
		return 0;
	if (r->n_args == 0 && stands_alone(r)) {
		l->single = r->source;
		return 0;
	}
	l->samples = vmt_samples_new();
	if (!l->samples)
		return complain_nomem();
	for (int i = 0; code == 0 && i < r->n_args; i++)
		code = add_operand(l, r->args[i]);
	if (code == 0)
		code = add_operand(l, r->source);
	if (code)
		return code;
	switch (vmt_samples_settle(l->samples, &err)) {
	case VMT_OK: return 0;
	case VMT_NOMEM: return complain_nomem();
	default: {
		const struct vmt_err *why = NULL;

		(void)vmt_samples_left_out(l->samples, &why);
		return complain(why ? why : &err);
	}
	}
}

void live_close(struct live *l)
{
	lookup_close(&l->lookup);
	if (l->lookup_open)
		source_close(&l->symbols_of);
	vmt_tui_free(l->ui);
	vmt_live_free(l->past);
	vmt_samples_free(l->samples);
}

/* ---- reading ---- */

static uint64_t now_ms(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* @path: NULL: what the options name. */
static int open_source(struct live *l, const char *path, struct source *src)
{
	struct run r = *l->run;

	r.want_modules = true;
	return path ? source_open_path(src, &r, path) : source_open(src, &r);
}

static int take_areas(struct source *src, struct vmt_reading *reading)
{
	struct vmt_str none = {NULL, 0};
	struct vmt_area a;
	int more;

	while ((more = source_next(src, &a)) > 0) {
		/* Asked of real addresses of the kernel's own areas only. */
		bool ask = !a.module.n && a.kind == VMT_KIND_VMALLOC;

		if (vmt_reading_add(reading, &a, ask ? source_module_of(src, &a) : none) != VMT_OK)
			return complain_nomem();
	}
	return more < 0 ? EXIT_NO_ANSWER : 0;
}

static int feed(struct live *l, const char *path, uint64_t clock_ms)
{
	struct vmt_reading *reading;
	struct vmt_facts facts;
	struct source src;
	const char *base;
	int code = open_source(l, path, &src);

	if (code)
		return code;
	reading = vmt_reading_new(source_page_size(&src, NULL));
	code = reading ? take_areas(&src, reading) : complain_nomem();
	if (code == 0) {
		facts = *source_facts(&src);
		if (!live_replays(l) && facts.time == VMT_FACT_NONE)
			facts.time = (uint64_t)time(NULL);
		if (src.live)
			l->about.uptime = now_ms(CLOCK_BOOTTIME) / 1000;
		else
			l->about.uptime = facts.uptime_ms == VMT_FACT_NONE ? VMT_FACT_NONE
									   : facts.uptime_ms / 1000;
		if (vmt_reading_finish(reading, &facts, source_addresses(&src), clock_ms) != VMT_OK)
			code = complain_nomem();
	}
	base = strrchr(src.name, '/');
	(void)snprintf(l->about.source, sizeof(l->about.source), "%.100s",
		       ESC(vmt_str(base && base[1] ? base + 1 : src.name)));
	source_close(&src);
	if (code) {
		vmt_reading_free(reading);
		return code;
	}
	return vmt_live_feed(l->past, reading, !live_replays(l) && !l->run->opt[OPT_ONCE]) == VMT_OK
		       ? 0
		       : complain_nomem();
}

int live_read(struct live *l)
{
	return feed(l, NULL, now_ms(CLOCK_MONOTONIC));
}

static int feed_sample(struct live *l, size_t i)
{
	const struct vmt_sample *s = vmt_samples_at(l->samples, i);

	return feed(l, s->path, s->at > 0 && s->at < 1e15 ? (uint64_t)(s->at * 1000) : i);
}

/* Changes are told against the first, until the user says otherwise. */
static int feed_first(struct live *l)
{
	int code = feed_sample(l, 0);

	if (code == 0)
		vmt_live_set_baseline(l->past);
	return code;
}

int live_step(struct live *l, size_t at)
{
	size_t n = l->samples ? vmt_samples_count(l->samples) : 1, first;
	bool next = vmt_live_now(l->past) && at == l->about.at + 1;
	bool begins = !vmt_live_now(l->past);
	int code = 0;

	l->about.replay = true;
	l->about.n = n;
	if (!l->samples) {
		if (l->single && !begins)
			return 0;
		return feed(l, l->single, 0);
	}
	if (!begins && at == l->about.at)
		return 0;
	l->about.first_time = vmt_samples_at(l->samples, 0)->time;
	l->about.last_time = vmt_samples_at(l->samples, n - 1)->time;
	if (begins && at > 0)
		code = feed_first(l);
	if (!next && code == 0)
		vmt_live_rewind(l->past);
	first = next ? at : at >= PAST ? at - PAST + 1 : 0;
	for (size_t i = first; code == 0 && i <= at; i++)
		code = feed_sample(l, i);
	if (code == 0)
		l->about.at = at;
	return code;
}

/* ---- symbols ---- */

/* Another reading, to its end: what kernel it is may stand there. */
static int open_lookup(struct live *l)
{
	const char *path = l->single;
	struct vmt_area a;
	int more, code;

	l->lookup_tried = true;
	if (l->samples)
		path = vmt_samples_at(l->samples, l->about.at)->path;
	code = open_source(l, path, &l->symbols_of);
	if (code)
		return code;
	l->lookup_open = true;
	while ((more = source_next(&l->symbols_of, &a)) > 0)
		;
	return more < 0 ? EXIT_NO_ANSWER : lookup_open(&l->lookup, l->run, &l->symbols_of);
}

static int ask(struct live *l, struct vmt_str key, const struct vmt_answer **answer)
{
	struct vmt_str caller = key, module = lookup_split(&caller);
	uint32_t id;
	int code;

	*answer = NULL;
	if (!l->lookup.sym || !caller.n)
		return 0;
	code = lookup_ask(&l->lookup, caller, module, &id);
	if (code == 0)
		code = lookup_resolve(&l->lookup);
	if (code == 0)
		*answer = lookup_answer(&l->lookup, id);
	return code;
}

/* Without an answer the caller's own function stands for it, as in top. */
static int set_owner(struct live *l, struct vmt_str key)
{
	const struct vmt_answer *answer;
	const struct vmt_frame *owner;
	struct vmt_str none = {NULL, 0}, function = key;
	int code = ask(l, key, &answer);

	if (code)
		return code;
	owner = answer ? vmt_answer_owner(answer) : NULL;
	(void)lookup_split(&function);
	function = owner ? owner->function : vmt_caller_function(function);
	if (vmt_live_set_owner(l->past, key, function, owner ? owner->file : none,
			       owner ? vmt_owner_subsystem(owner->file) : none) != VMT_OK)
		return complain_nomem();
	return 0;
}

static int set_owners(struct live *l)
{
	struct vmt_str key;
	const char *problem;
	int code = 0;

	while (code == 0 && (key = vmt_live_unowned(l->past, 0)).n)
		code = set_owner(l, key);
	problem = l->lookup.sym ? vmt_sym_problem(l->lookup.sym, 0) : "no symbols";
	vmt_str_copy(l->about.no_owners, sizeof(l->about.no_owners),
		     vmt_str(problem ? problem : ""));
	l->about.no_owners[strcspn(l->about.no_owners, "\n")] = 0;
	vmt_tui_set_about(l->ui, &l->about);
	return code == 0 && vmt_tui_update(l->ui, l->past) != VMT_OK ? complain_nomem() : code;
}

static int set_chain(struct live *l, const struct vmt_area *a)
{
	const struct vmt_answer *answer;
	char key[1200], text[4096] = "";
	size_t at = 0;
	int code;

	(void)snprintf(key, sizeof(key), a->module.n ? "%.*s [%.*s]" : "%.*s", (int)a->caller.n,
		       a->caller.p ? a->caller.p : "", (int)a->module.n, a->module.p);
	code = ask(l, vmt_str(key), &answer);
	for (size_t i = 0; code == 0 && answer && i < answer->n; i++) {
		const struct vmt_frame *f = &answer->frames[i];
		int n = snprintf(text + at, sizeof(text) - at, "%s%s  %s:%u%s%s", at ? "\n" : "",
				 ESC(f->function), ESC(f->file), (unsigned)f->line,
				 f->inlined ? "  (inlined)" : "",
				 i == answer->owner ? "  <- owner" : "");

		if (n < 0 || (size_t)n >= sizeof(text) - at) {
			text[at] = 0;
			break;
		}
		at += (size_t)n;
	}
	if (vmt_tui_set_chain(l->ui, text) != VMT_OK)
		return complain_nomem();
	return code;
}

int live_symbols(struct live *l)
{
	const struct vmt_area *explained = vmt_tui_explained(l->ui);
	bool owners = vmt_tui_view(l->ui) == VMT_VIEW_OWNERS && vmt_live_unowned(l->past, 0).n;
	int code = 0;

	if (!owners && !explained)
		return 0;
	if (!l->lookup_tried)
		code = open_lookup(l);
	/* Without symbols the rest goes on. */
	if (code && !l->lookup.sym)
		code = 0;
	if (code == 0 && owners)
		code = set_owners(l);
	if (code == 0 && explained)
		code = set_chain(l, explained);
	return code;
}

/* ---- saving ---- */

static bool write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t w = write(fd, bytes, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		bytes += w;
		n -= (size_t)w;
	}
	return true;
}

/* The path of the text that is read again and again. */
static void text_path(const struct live *l, char *buf, size_t size)
{
	const char *root = l->run->opt[OPT_SYSROOT];

	if (root) {
		(void)snprintf(buf, size, "%s/proc/vmallocinfo", root);
		if (access(buf, F_OK) != 0)
			(void)snprintf(buf, size, "%s/vmallocinfo", root);
	} else {
		(void)snprintf(buf, size, "%s",
			       l->run->opt[OPT_SOURCE] ? l->run->opt[OPT_SOURCE]
						       : "/proc/vmallocinfo");
	}
}

/* A header and the text, packed; *packed is malloc'ed. */
static enum vmt_rc pack_snapshot(struct live *l, char **packed, size_t *n, struct vmt_err *err)
{
	char header[VMT_SNAPSHOT_HEADER], path[4400];
	struct vmt_facts facts = *vmt_reading_facts(vmt_live_now(l->past));
	char *text = NULL, *all = NULL;
	size_t text_n, header_n;
	enum vmt_rc rc;

	text_path(l, path, sizeof(path));
	rc = vmt_file_slurp(path, (size_t)1 << 30, &text, &text_n, err);
	if (rc != VMT_OK)
		return rc == VMT_NONE ? vmt_err_set(err, rc, "%s is gone", path) : rc;
	facts.time = (uint64_t)time(NULL);
	if (facts.uptime_ms != VMT_FACT_NONE)
		facts.uptime_ms = now_ms(CLOCK_BOOTTIME);
	header_n = vmt_snapshot_header(&facts, "vmtool live", header);
	all = malloc(header_n + text_n);
	if (all) {
		memcpy(all, header, header_n);
		memcpy(all + header_n, text, text_n);
		rc = vmt_pack(all, header_n + text_n, packed, n, err);
	} else {
		rc = vmt_err_nomem(err);
	}
	free(all);
	free(text);
	return rc;
}

void live_save(struct live *l)
{
	char name[64], *packed VMT_FREE = NULL;
	struct vmt_err err = {0};
	time_t now = time(NULL);
	size_t n, at;
	struct tm tm;
	int fd;

	if (live_replays(l)) {
		vmt_tui_say(l->ui, "this is a saved text already: %s", l->about.source);
		return;
	}
	if (!vmt_live_now(l->past))
		return;
	if (pack_snapshot(l, &packed, &n, &err) != VMT_OK) {
		vmt_tui_say(l->ui, "not saved: %.200s", err.text);
		return;
	}
	(void)gmtime_r(&now, &tm);
	at = strftime(name, sizeof(name), "vmtool-%Y%m%dT%H%M%SZ", &tm);
	(void)snprintf(name + at, sizeof(name) - at, "%s", vmt_pack_suffix());
	/* Kernel addresses are for the user alone; what is there is not touched. */
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		vmt_tui_say(l->ui, "not saved: %s: %s", name, strerror(errno));
		return;
	}
	if (!write_all(fd, packed, n) || fsync(fd) != 0) {
		vmt_tui_say(l->ui, "not saved: %s: %s", name, strerror(errno));
		(void)unlink(name);
	} else {
		vmt_tui_say(l->ui, "saved %s, read at this moment", name);
	}
	(void)close(fd);
}
