// SPDX-License-Identifier: GPL-2.0-or-later
/* Options: one table feeds parsing, -h and completions. */
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

static const struct cmd_opt common_opts[] = {
	{"json", 'J', NULL, OPT_JSON, "print JSON", NULL},
	{"csv", 0, NULL, OPT_CSV, "print CSV", NULL},
	{"raw", 'r', NULL, OPT_RAW, "print fields with one space between, sizes in bytes", NULL},
	{"output", 'o', "COLUMNS", OPT_OUTPUT, "choose columns, or add some with +", "COLUMNS"},
	{"bytes", 'b', NULL, OPT_BYTES, "print sizes in bytes", NULL},
	{"noheadings", 'n', NULL, OPT_NOHEADINGS, "print no headings", NULL},
	{"color", 0, "WHEN", OPT_COLOR, "use colours: auto, always, never", "auto always never"},
	{"width", 0, "COLS", OPT_WIDTH, "width of tables; 0: never cut", NULL},
	{"page-size", 0, "BYTES", OPT_PAGE_SIZE, "page size of the kernel the text came from",
	 "4K 16K 64K"},
	{"source", 0, "FILE", OPT_SOURCE, "what to read, said without doubt", "FILE"},
	{"sysroot", 0, "DIR", OPT_SYSROOT, "read proc files below this directory", "DIR"},
	{"sample", 0, NULL, OPT_SAMPLE, "read the sample built into the program", NULL},
	{"strict", 0, NULL, OPT_STRICT, "fail when a line is not understood", NULL},
	{"base", 0, "ADDR", OPT_BASE, "SOURCE is raw memory, which begins at this address", NULL},
	{"map", 0, "OFFSET:ADDR:LENGTH,...", OPT_MAP, "SOURCE is raw memory: what of it lies where",
	 NULL},
	{"vmcoreinfo", 0, "FILE", OPT_VMCOREINFO, "VMCOREINFO of an image that has none", "FILE"},
	{"help", 'h', NULL, OPT_HELP, "print this and exit", NULL},
	{"version", 'V', NULL, OPT_VERSION, "print the version and exit", NULL},
};

static const struct cmd_opt symbol_opts[] = {
	{"vmlinux", 0, "FILE", OPT_VMLINUX, "vmlinux with debug information", "FILE"},
	{"debug-dir", 0, "DIR", OPT_DEBUG_DIR, "look for vmlinux and modules here first", "DIR"},
	{"kernel", 0, "RELEASE", OPT_KERNEL, "release of the kernel, where the source has none",
	 NULL},
	{"kallsyms", 0, "FILE", OPT_KALLSYMS, "names for bare addresses: a saved /proc/kallsyms",
	 "FILE"},
	{"system-map", 0, "FILE", OPT_SYSTEM_MAP,
	 "the same from a System.map (of a text: no KASLR)", "FILE"},
	{"wrappers", 0, "GLOB,...", OPT_WRAPPERS, "more functions that merely allocate", NULL},
	{"debuginfod", 0, NULL, OPT_DEBUGINFOD, "ask the servers of $DEBUGINFOD_URLS", NULL},
	{"force", 0, NULL, OPT_FORCE, "use a vmlinux of another build-id", NULL},
	{"no-cache", 0, NULL, OPT_NO_CACHE, "neither read nor write answers kept on disk", NULL},
};

#define N_COMMON (sizeof(common_opts) / sizeof(common_opts[0]))
#define N_SYMBOL (sizeof(symbol_opts) / sizeof(symbol_opts[0]))

#define FIRST_LONG 256 /* getopt values of options, by position in the merged table */
#define MAX_OPTS   48

/* A command's own option stands for a shared one of that name. */
static bool is_shared(const struct cmd *cmd, const struct cmd_opt *o)
{
	for (size_t i = 0; i < cmd->n_opts; i++) {
		if (strcmp(cmd->opts[i].name, o->name) == 0)
			return false;
	}
	return true;
}

static const struct cmd_opt *shared_at(const struct cmd *cmd, size_t i)
{
	size_t n = cmd->symbols ? N_SYMBOL : 0;

	for (size_t k = 0; k < n + N_COMMON; k++) {
		const struct cmd_opt *o = k < n ? &symbol_opts[k] : &common_opts[k - n];

		if (is_shared(cmd, o) && i-- == 0)
			return o;
	}
	return NULL;
}

size_t cmd_opts_count(const struct cmd *cmd)
{
	size_t n = cmd->n_opts;

	while (shared_at(cmd, n - cmd->n_opts))
		n++;
	return n;
}

const struct cmd_opt *cmd_opts_at(const struct cmd *cmd, size_t i)
{
	return i < cmd->n_opts ? &cmd->opts[i] : shared_at(cmd, i - cmd->n_opts);
}

static void make_tables(const struct cmd *cmd, struct option *longs, char *shorts)
{
	size_t n = cmd_opts_count(cmd), i;

	*shorts++ = ':';
	for (i = 0; i < n; i++) {
		const struct cmd_opt *o = cmd_opts_at(cmd, i);

		longs[i] = (struct option){o->name, o->arg ? required_argument : no_argument, NULL,
					   FIRST_LONG + (int)i};
		if (o->letter) {
			*shorts++ = o->letter;
			if (o->arg)
				*shorts++ = ':';
		}
	}
	longs[i] = (struct option){0};
	*shorts = 0;
}

static const struct cmd_opt *opt_by_value(const struct cmd *cmd, int value)
{
	size_t n = cmd_opts_count(cmd);

	if (value >= FIRST_LONG)
		return cmd_opts_at(cmd, (size_t)(value - FIRST_LONG));
	for (size_t i = 0; i < n; i++) {
		if (cmd_opts_at(cmd, i)->letter == value)
			return cmd_opts_at(cmd, i);
	}
	return NULL;
}

/* What is asked comes first, SOURCE last: the last operand is the SOURCE if it exists or is "-". */
static bool split_operands(struct run *r, int argc, char **argv, int *code)
{
	const struct cmd *cmd = r->cmd;

	r->args = argv;
	r->n_args = argc;
	if (cmd->takes_source && argc > cmd->min_args && !r->opt[OPT_SOURCE]) {
		const char *last = argv[argc - 1];

		if (strcmp(last, "-") == 0 || access(last, F_OK) == 0 || argc > cmd->max_args) {
			/* Files that are more than a command can ask are more of the SOURCE. */
			r->n_sources = 1;
			while (argc - r->n_sources > cmd->max_args &&
			       access(argv[argc - r->n_sources - 1], F_OK) == 0)
				r->n_sources++;
			r->n_args -= r->n_sources;
			r->sources = argv + r->n_args;
			r->source = r->sources[0];
		}
	}
	if (r->n_args < cmd->min_args) {
		*code = usage_error(cmd, "an operand is missing: %s", cmd->operands);
		return false;
	}
	if (r->n_args > cmd->max_args) {
		*code = usage_error(cmd, "too many operands: '%s'", r->args[cmd->max_args]);
		return false;
	}
	if (!!r->source + !!r->opt[OPT_SOURCE] + !!r->opt[OPT_SYSROOT] + !!r->opt[OPT_SAMPLE] > 1) {
		*code = usage_error(cmd, "only one of SOURCE, --source, --sysroot and --sample");
		return false;
	}
	if (!cmd->takes_source && (r->opt[OPT_SOURCE] || r->opt[OPT_SAMPLE] || r->opt[OPT_BASE] ||
				   r->opt[OPT_MAP] || r->opt[OPT_VMCOREINFO])) {
		*code = usage_error(cmd, "it reads no SOURCE: no --source, no --sample, no --base, "
					 "no --map, no --vmcoreinfo");
		return false;
	}
	if (!!r->opt[OPT_JSON] + !!r->opt[OPT_CSV] + !!r->opt[OPT_RAW] > 1) {
		*code = usage_error(cmd, "only one of --json, --csv and --raw");
		return false;
	}
	if (r->opt[OPT_KALLSYMS] && r->opt[OPT_SYSTEM_MAP]) {
		*code = usage_error(cmd, "only one of --kallsyms and --system-map");
		return false;
	}
	return true;
}

bool run_parse(struct run *r, const struct cmd *cmd, int argc, char **argv, int *code)
{
	struct option longs[MAX_OPTS];
	char shorts[2 * MAX_OPTS + 2];
	int value;

	memset(r, 0, sizeof(*r));
	r->cmd = cmd;
	make_tables(cmd, longs, shorts);
	opterr = 0;
	optind = 1;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct cmd_opt *o;

		if (value == ':') {
			*code = usage_error(cmd, "option '%s' needs an argument", argv[optind - 1]);
			return false;
		}
		o = value == '?' ? NULL : opt_by_value(cmd, value);
		if (!o) {
			if (optopt && optopt < FIRST_LONG)
				*code = usage_error(cmd, "unknown option '-%c'", optopt);
			else
				*code = usage_error(cmd, "unknown option '%s'", argv[optind - 1]);
			return false;
		}
		if (o->id == OPT_HELP || o->id == OPT_VERSION) {
			if (o->id == OPT_HELP)
				usage_full(stdout, cmd);
			else
				print_version();
			*code = finish_stdout(EXIT_ANSWERED);
			return false;
		}
		r->opt[o->id] = o->arg ? optarg : "";
	}
	return split_operands(r, argc - optind, argv + optind, code);
}

static void put_option(FILE *fp, const struct cmd_opt *o)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%c%c%c --%s%s%s", o->letter ? '-' : ' ',
		       o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
		       o->arg ? " " : "", o->arg ? o->arg : "");
	(void)fprintf(fp, "  %-24s %s\n", left, o->help);
}

static void put_shared(FILE *fp, const struct cmd *cmd, const struct cmd_opt *opts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_shared(cmd, &opts[i]))
			put_option(fp, &opts[i]);
	}
}

/* The columns shown without --output, wrapped. */
static void put_default(FILE *fp, const char *names)
{
	size_t at = 2;

	(void)fputs("Without it:\n ", fp);
	while (*names) {
		size_t n = strcspn(names, ",");

		if (at + n + 2 > PROSE_WIDTH) {
			(void)fputs("\n ", fp);
			at = 2;
		}
		(void)fprintf(fp, " %.*s", (int)n, names);
		at += n + 1;
		names += n + (names[n] == ',');
	}
	(void)putc('\n', fp);
}

void usage_line(FILE *fp, const struct cmd *cmd)
{
	(void)fprintf(fp, "vmtool %s", cmd->name);
	for (size_t i = 0; i < cmd->n_opts; i++) {
		const struct cmd_opt *o = &cmd->opts[i];

		if (o->letter)
			(void)fprintf(fp, " [-%c", o->letter);
		else
			(void)fprintf(fp, " [--%s", o->name);
		(void)fprintf(fp, "%s%s]", o->arg ? " " : "", o->arg ? o->arg : "");
	}
	(void)fprintf(fp, "%s [COMMON OPTIONS] %s\n", cmd->symbols ? " [SYMBOL OPTIONS]" : "",
		      cmd->operands);
}

/* Where -o is something else there are no columns to choose. */
static bool has_columns(const struct cmd *cmd)
{
	for (size_t i = 0; i < N_COMMON; i++) {
		if (common_opts[i].id == OPT_OUTPUT)
			return cmd->n_cols && is_shared(cmd, &common_opts[i]);
	}
	return false;
}

void usage_full(FILE *fp, const struct cmd *cmd)
{
	(void)fputs("Usage: ", fp);
	usage_line(fp, cmd);
	(void)fprintf(fp, "\n%s\n", cmd->summary);
	if (cmd->n_opts) {
		(void)fputs("\nOptions:\n", fp);
		for (size_t i = 0; i < cmd->n_opts; i++)
			put_option(fp, &cmd->opts[i]);
	}
	if (cmd->symbols) {
		(void)fputs("\nSymbol options:\n", fp);
		put_shared(fp, cmd, symbol_opts, N_SYMBOL);
	}
	(void)fputs("\nCommon options:\n", fp);
	put_shared(fp, cmd, common_opts, N_COMMON);
	if (has_columns(cmd)) {
		(void)fputs("\nColumns for --output:\n", fp);
		for (size_t i = 0; i < cmd_cols_count(cmd); i++)
			(void)fprintf(fp, "  %-15s %s\n", cmd_cols_at(cmd, i)->name,
				      cmd_cols_at(cmd, i)->help);
		put_default(fp, cmd->default_cols);
	}
	if (cmd->takes_source)
		(void)fputs("\nSOURCE is a text, a crash dump, '-' for standard input, or the live "
			    "kernel.\n",
			    fp);
	(void)fprintf(fp, "%sSee vmtool-%s(1).\n", cmd->takes_source ? "" : "\n", cmd->name);
}
