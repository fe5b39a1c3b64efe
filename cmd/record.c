// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool record: samples of a source at regular times, into a directory. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "record.h"

#ifndef VERSION
#define VERSION "0.1"
#endif

#define MODULES_MAX (4u << 20)

enum { OPT_INTERVAL = OPT_OWN, OPT_COUNT, OPT_KEEP };

static const struct cmd_opt opts[] = {
	{"interval", 'i', "TIME", OPT_INTERVAL, "between samples: 60 (default), 10s, 5min, 1h",
	 NULL},
	{"count", 'N', "COUNT", OPT_COUNT, "end after this many samples; 0: go on (default)", NULL},
	{"keep", 0, "LIMIT,...", OPT_KEEP,
	 "remove older samples beyond an age (7d), a count (1440) "
	 "or a size (500M)",
	 NULL},
};

struct record {
	const struct run *run;
	struct record_dir dir;
	struct keep keep;
	double interval;
	uint64_t count, taken, lost;
	/* Samples lost since the last one that was written. */
	uint64_t streak;
	struct raw_text raw;
	sigset_t signals;
};

/* ---- options ---- */

/* 1440, 7d, 500M: what it is shows by its unit. */
static bool parse_limit(struct keep *keep, const char *s)
{
	const char *unit = s + strspn(s, "0123456789.");

	if (!*unit)
		return vmt_num_parse(vmt_str(s), 10, &keep->samples) && keep->samples;
	/* Minutes or MiB? */
	if (strcmp(unit, "m") == 0)
		return false;
	if (vmt_num_span(s, &keep->age_seconds))
		return keep->age_seconds > 0;
	return strchr("KMGTP", *unit) && vmt_num_size(s, &keep->bytes) && keep->bytes;
}

static int parse_keep(struct record *c, const struct run *r)
{
	const char *at = r->opt[OPT_KEEP];
	char limit[32];

	while (at && *at) {
		size_t n = strcspn(at, ",");

		(void)snprintf(limit, sizeof(limit), "%.*s", (int)n, at);
		if (n >= sizeof(limit) || !parse_limit(&c->keep, limit))
			return usage_error(r->cmd,
					   "--keep is an age (7d, 12h, 30min), a count (1440) or a "
					   "size (500M, 2G), or several with commas, not '%s'",
					   limit);
		at += n + (at[n] == ',');
	}
	return 0;
}

static int parse_options(struct record *c, const struct run *r)
{
	c->interval = 60;
	if (r->opt[OPT_JSON] || r->opt[OPT_CSV] || r->opt[OPT_RAW] || r->opt[OPT_OUTPUT])
		return usage_error(r->cmd, "it prints no rows: no --json, --csv, --raw, --output");
	if (r->opt[OPT_INTERVAL] && (!vmt_num_span(r->opt[OPT_INTERVAL], &c->interval) ||
				     c->interval < 0.1 || c->interval > 366.0 * 86400))
		return usage_error(r->cmd,
				   "--interval is a time from 0.1s to a year: 60, 10s, 5min, not "
				   "'%s'",
				   r->opt[OPT_INTERVAL]);
	if (r->opt[OPT_COUNT] && !vmt_num_parse(vmt_str(r->opt[OPT_COUNT]), 10, &c->count))
		return usage_error(r->cmd, "--count is a number, not '%s'", r->opt[OPT_COUNT]);
	if (r->source && strcmp(r->source, "-") == 0)
		return usage_error(r->cmd, "standard input can be read once only");
	if (r->n_sources > 1)
		return usage_error(r->cmd, "too many operands: '%s'", r->sources[1]);
	return parse_keep(c, r);
}

/* Before a directory is made for nothing. */
static int check_source(const struct run *r)
{
	if (r->source || r->opt[OPT_SOURCE] || r->opt[OPT_SYSROOT] || r->opt[OPT_SAMPLE] ||
	    access("/proc/vmallocinfo", R_OK) == 0)
		return 0;
	if (errno == EACCES)
		message("/proc/vmallocinfo can be read by root only: sudo vmtool record");
	else
		message("/proc/vmallocinfo: %s", strerror(errno));
	return EXIT_NO_ANSWER;
}

/* ---- one sample ---- */

/* The header, the modules, and the text as it was, without a header of its own. */
static enum vmt_rc compose(const struct record *c, const struct source *s,
			   const struct vmt_facts *facts, char **text, size_t *n)
{
	char header[VMT_SNAPSHOT_HEADER], path[4400], *modules VMT_FREE = NULL;
	size_t n_header = vmt_snapshot_header(facts, "vmtool record " VERSION, header);
	size_t n_modules = 0, skip = 0;

	if (s->proc) {
		(void)snprintf(path, sizeof(path), "%s/modules", s->proc);
		if (vmt_file_slurp(path, MODULES_MAX, &modules, &n_modules, NULL) != VMT_OK)
			n_modules = 0;
	}
	while (skip < c->raw.n && c->raw.bytes[skip] == '#') {
		const char *nl = memchr(c->raw.bytes + skip, '\n', c->raw.n - skip);

		skip = nl ? (size_t)(nl + 1 - c->raw.bytes) : c->raw.n;
	}
	*n = n_header + n_modules + c->raw.n - skip;
	*text = malloc(*n + 1);
	if (!*text)
		return VMT_NOMEM;
	memcpy(*text, header, n_header);
	if (n_modules)
		memcpy(*text + n_header, modules, n_modules);
	memcpy(*text + n_header + n_modules, c->raw.bytes + skip, c->raw.n - skip);
	return VMT_OK;
}

/* What the source says of itself, and what this moment adds. */
static void fill_facts(const struct source *s, const struct run *r, struct vmt_facts *f)
{
	char build_id[VMT_BUILD_ID_TEXT] = "";

	if (!s->live) {
		f->time = (uint64_t)time(NULL);
		if (!s->proc)
			f->uptime_ms = VMT_FACT_NONE;
	}
	f->page_size = source_page_size(s, NULL);
	vmt_str_copy(f->addresses, sizeof(f->addresses),
		     vmt_str(vmt_addr_state_name(source_addresses(s))));
	if (!f->build_id[0] && (s->live || r->opt[OPT_SYSROOT]))
		read_build_id(s->live ? "" : r->opt[OPT_SYSROOT], build_id);
	if (!f->build_id[0])
		vmt_str_copy(f->build_id, sizeof(f->build_id), vmt_str(build_id));
}

/* Read the source. @return 0, or an exit code after a message. */
static int read_source(struct record *c, struct vmt_facts *facts, char **text, size_t *n)
{
	struct source src;
	struct vmt_area area;
	int more, code = source_open(&src, c->run);

	if (code)
		return code;
	if (src.kern) {
		message("%s: is a memory image: what is recorded is the text of /proc/vmallocinfo",
			src.name);
		source_close(&src);
		return EXIT_NO_ANSWER;
	}
	while ((more = source_next(&src, &area)) > 0)
		;
	code = more < 0 ? EXIT_NO_ANSWER : source_verdict(&src, 0);
	if (code == EXIT_NO_ANSWER) {
		code = source_report(&src, 0);
	} else {
		struct vmt_facts *f = (struct vmt_facts *)(uintptr_t)source_facts(&src);

		code = 0;
		fill_facts(&src, c->run, f);
		if (compose(c, &src, f, text, n) != VMT_OK)
			code = complain_nomem();
		vmt_facts_merge(facts, f);
	}
	source_close(&src);
	return code;
}

static void tell(const struct record *c, const char *name, size_t bytes)
{
	char size[VMT_NUM_HUMAN];

	if (isatty(STDOUT_FILENO)) {
		(void)printf("%s/%s  %s\n", ESC(vmt_str(c->dir.path)), name,
			     vmt_num_human(size, bytes));
		(void)fflush(stdout);
	}
}

/* A disk stays full for a while: said when it begins and when it ends. */
static void lose(struct record *c, const struct vmt_err *err)
{
	if (!c->streak++) {
		(void)complain(err);
		message("this sample is lost; trying again at each of the next");
	}
}

static void found_again(struct record *c)
{
	if (c->streak)
		message("%s: samples can be written again; %llu were lost", c->dir.path,
			(unsigned long long)c->streak);
	c->streak = 0;
}

/* Remove what is beyond the limits. */
static void prune(struct record *c, const struct vmt_facts *facts)
{
	struct vmt_err err = {0};

	if ((c->keep.samples || c->keep.bytes || c->keep.age_seconds > 0) &&
	    record_dir_prune(&c->dir, &c->keep, facts, &err) != VMT_OK)
		(void)complain(&err);
}

/* @return 0, or an exit code: going on is of no use. */
static int take(struct record *c)
{
	struct vmt_facts facts;
	char *text VMT_FREE = NULL, *packed VMT_FREE = NULL, name[VMT_SAMPLE_NAME];
	struct vmt_err err = {0};
	enum vmt_rc rc;
	size_t n = 0, n_packed = 0;
	int code;

	vmt_facts_init(&facts);
	code = read_source(c, &facts, &text, &n);
	if (code) {
		vmt_facts_deinit(&facts);
		c->lost++;
		/* What cannot be read at all will not be there the next time. */
		return c->taken ? 0 : code;
	}
	rc = vmt_pack(text, n, &packed, &n_packed, &err);
	if (rc == VMT_OK)
		rc = record_dir_write(&c->dir, facts.time, packed, n_packed, name, &err);
	prune(c, &facts);
	if (rc == VMT_OK) {
		c->taken++;
		found_again(c);
		tell(c, name, n_packed);
	} else {
		c->lost++;
		lose(c, &err);
	}
	vmt_facts_deinit(&facts);
	return rc == VMT_NONE ? EXIT_NO_ANSWER : 0;
}

/* ---- the loop ---- */

/* Seconds on a clock that goes on while the machine sleeps, and that nobody sets. */
static double now(void)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* They are blocked, and waited for between samples: none is cut in the middle. */
static void block_signals(struct record *c)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction old;

	(void)sigemptyset(&c->signals);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		/* nohup means it. */
		if (sigaction(ends[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			(void)sigaddset(&c->signals, ends[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &c->signals, NULL);
	/* A limit on the size of files is an error like a full disk. */
	(void)signal(SIGXFSZ, SIG_IGN);
}

/* @return true: a signal says to end. */
static bool wait_until(const struct record *c, double when)
{
	for (;;) {
		double left = when - now();
		struct timespec ts = {0};

		/* A sleeping machine wakes up late: short naps find it out. */
		if (left > 60)
			left = 60;
		if (left > 0) {
			ts.tv_sec = (time_t)left;
			ts.tv_nsec = (long)((left - (double)ts.tv_sec) * 1e9);
		}
		if (sigtimedwait(&c->signals, NULL, &ts) > 0)
			return true;
		if (errno == EAGAIN && when - now() <= 0)
			return false;
	}
}

static int go(struct record *c)
{
	double next = now();

	for (uint64_t i = 0;; i++) {
		int code = take(c);
		double t = now();

		if (code)
			return code;
		if (c->count && i + 1 == c->count)
			return 0;
		next += c->interval;
		/* What was slept over is not made up for. */
		if (next < t)
			next += c->interval * (double)(uint64_t)((t - next) / c->interval);
		if (wait_until(c, next))
			return 0;
	}
}

static int run(struct run *r)
{
	struct record c = {.run = r, .dir = {.fd = -1, .lock_fd = -1}};
	int code = parse_options(&c, r);

	if (code == 0)
		code = check_source(r);
	if (code)
		return code;
	r->raw = &c.raw;
	(void)umask(077);
	code = record_dir_open(&c.dir, r->args[0]);
	if (code == 0) {
		block_signals(&c);
		code = go(&c);
	}
	record_dir_close(&c.dir);
	free(c.raw.bytes);
	if (c.lost)
		message("%llu of %llu samples were lost", (unsigned long long)c.lost,
			(unsigned long long)(c.lost + c.taken));
	if (code == 0 && c.lost)
		code = c.taken ? EXIT_IN_PART : EXIT_NO_ANSWER;
	return code;
}

const struct cmd cmd_record = {
	.name = "record",
	.group = "Over time",
	.summary = "Samples at regular times into a directory: for trend, diff, live.",
	.operands = "DIR [SOURCE]",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.min_args = 1,
	.max_args = 1,
	.takes_source = true,
	.run = run,
};
