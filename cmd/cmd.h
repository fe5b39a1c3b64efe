// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * cmd: what the commands share.  Only this room knows argv, exit codes, stdout and stderr.
 *
 * To add a command: one file with a const struct cmd, one line in main.c's table, one man page.
 */
#ifndef VMTOOL_CMD_H
#define VMTOOL_CMD_H

#include <stdio.h>

#include "vmtool/base.h"
#include "vmtool/check.h"
#include "vmtool/kern.h"
#include "vmtool/mem.h"
#include "vmtool/model.h"
#include "vmtool/out.h"
#include "vmtool/sym.h"
#include "vmtool/text.h"

/** Exit codes.  1 wins over 4. */
enum {
	EXIT_ANSWERED = 0,
	EXIT_LOOK_HERE = 1, /* verify: findings; diff: differences; holes --fit: does not fit */
	EXIT_USAGE = 2,
	EXIT_NO_ANSWER = 3, /* unreadable, not understood, output lost */
	EXIT_IN_PART = 4,   /* the input is cut short, or a part could judge nothing */
};

/* ---- options ------------------------------------------------------------------------------ */

/** An option, as a constant table has it: feeds parsing, -h, completions and the man page check. */
struct cmd_opt {
	const char *name;
	/** Letter, or 0. */
	char letter;
	/** Name of its argument, or NULL. */
	const char *arg;
	/** Index into run.opt[]. */
	int id;
	const char *help;
	/** For completions: words the argument can be, or "FILE", "DIR", "COLUMNS", or NULL. */
	const char *values;
};

/** Options every command has; a command's own begin at OPT_OWN. */
enum {
	OPT_JSON,
	OPT_CSV,
	OPT_RAW,
	OPT_OUTPUT,
	OPT_BYTES,
	OPT_NOHEADINGS,
	OPT_COLOR,
	OPT_WIDTH,
	OPT_PAGE_SIZE,
	OPT_SOURCE,
	OPT_SYSROOT,
	OPT_SAMPLE,
	OPT_STRICT,
	OPT_BASE,
	OPT_MAP,
	OPT_VMCOREINFO,
	OPT_HELP,
	OPT_VERSION,
	/* Those of commands that look up symbols. */
	OPT_VMLINUX,
	OPT_DEBUG_DIR,
	OPT_KERNEL,
	OPT_KALLSYMS,
	OPT_SYSTEM_MAP,
	OPT_WRAPPERS,
	OPT_DEBUGINFOD,
	OPT_FORCE,
	OPT_NO_CACHE,
	OPT_OWN,
	OPT_MAX = OPT_OWN + 12,
};

struct run;
struct view;

/** A command. */
struct cmd {
	const char *name;
	/** Heading under which `vmtool` alone lists it. */
	const char *group;
	const char *summary;
	/** Operands, as in the synopsis: "[SOURCE]". */
	const char *operands;
	const struct cmd_opt *opts;
	size_t n_opts;
	const struct vmt_col *cols;
	size_t n_cols;
	/** Columns shown without -o: names, comma-separated. */
	const char *default_cols;
	/** The same for JSON, CSV and raw, or NULL: machines have room for more. */
	const char *machine_cols;
	/** How many operands before SOURCE: least and most. */
	int min_args, max_args;
	/** The operand after them is a SOURCE. */
	bool takes_source;
	/** What it reads of a running kernel when no SOURCE is given. */
	enum cmd_live {
		LIVE_TEXT,   /* /proc/vmallocinfo */
		LIVE_EITHER, /* memory where it can be read, else text */
		LIVE_MEMORY, /* /proc/kcore: it needs memory, and a text is refused */
	} live;
	/** LIVE_MEMORY: what to do with a text that was named as SOURCE; NULL: nothing. */
	const char *of_text;
	/** Has the symbol options, and the columns that answers fill. */
	bool symbols, symbol_cols;
	int (*run)(struct run *r);
};

extern const struct cmd cmd_summary, cmd_top, cmd_list, cmd_diff, cmd_explain, cmd_holes,
	cmd_symbolize, cmd_flow, cmd_info, cmd_live, cmd_record, cmd_verify, cmd_walk, cmd_pt,
	cmd_extract, cmd_trend;
extern const struct cmd *const cmd_table[];
extern const size_t cmd_count;
/** The options of a command: its own, those for symbols where it has them, the common ones. */
size_t cmd_opts_count(const struct cmd *cmd);
const struct cmd_opt *cmd_opts_at(const struct cmd *cmd, size_t i);
/** The columns of a command: its own, and those of cmd/lookup.c. */
size_t cmd_cols_count(const struct cmd *cmd);
const struct vmt_col *cmd_cols_at(const struct cmd *cmd, size_t i);
extern const struct vmt_col lookup_cols[];
extern const size_t lookup_cols_count;

/** Bytes of a text; the owner frees them.  Kept from one text to the next. */
struct raw_text {
	char *bytes;
	size_t n, cap;
};

/** One call of a command, parsed. */
struct run {
	const struct cmd *cmd;
	/** Arguments of options by id; "" for a switch that was given, NULL when it was not. */
	const char *opt[OPT_MAX];
	/** Operands without SOURCE. */
	char **args;
	int n_args;
	/** The SOURCE operand, or NULL; of several, which are parts of one dump, the first. */
	const char *source;
	/** All of them. */
	char **sources;
	int n_sources;
	/** Another name of the first column (top, diff: what --by says), or NULL. */
	const char *key;
	/** Modules are asked about: a text that has them after the areas is read as a whole first.
	 */
	bool want_modules;
	/** The whole text is wanted too: it is kept here while it is read, or NULL. */
	struct raw_text *raw;
	/** What is read of an image is recorded from the start (vmt_mem_record). */
	bool record;
	/** Symbols of an image that the command asks for (vmt_kern_opts). */
	const char *const *names;
	size_t n_names;
	/** Called with every line that is not understood; may be NULL. */
	void (*odd)(void *arg, uint64_t line, const char *why, struct vmt_str text);
};

/** Parse; on failure (or -h, -V) *code is the exit code and the answer is false. */
bool run_parse(struct run *r, const struct cmd *cmd, int argc, char **argv, int *code);
/** `vmtool top [options] [SOURCE]`, as in the SYNOPSIS of the man page. */
void usage_line(FILE *fp, const struct cmd *cmd);
void usage_full(FILE *fp, const struct cmd *cmd);
void print_version(void);
/** Completion scripts from the tables: "bash", "zsh", "fish". @return exit code. */
int complete_print(const char *shell);

/* ---- messages ----------------------------------------------------------------------------- */

/** "vmtool: ..." on stderr; the text is escaped, lines after the first are indented. */
void message(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define PROSE_WIDTH 78
/** A paragraph on stdout: @head, then words wrapped at PROSE_WIDTH and indented under it. */
void say(const char *head, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** The text of an error the same way. @return EXIT_NO_ANSWER. */
int complain(const struct vmt_err *err);
/** Out of memory. @return EXIT_NO_ANSWER. */
int complain_nomem(void);
/** Two lines: what is wrong, and where help is. @return EXIT_USAGE. */
int usage_error(const struct cmd *cmd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** Flush stdout. @return @code, or EXIT_NO_ANSWER when output was lost. */
int finish_stdout(int code);

/** How far a long work is, on stderr, if that is a terminal and it takes a while (progress.c). */
struct progress {
	/** Of this; total 0: not known yet. */
	const char *what;
	uint64_t done, total;
	bool on, shown;
	double started, drawn;
};
void progress_begin(struct progress *p, const char *what, uint64_t total);
/** So much is done. */
void progress_at(struct progress *p, uint64_t done, uint64_t total);
/** One more is done. */
void progress_step(struct progress *p);
/** Wipe it away: before anything else is written. */
void progress_end(struct progress *p);

/* ---- source ------------------------------------------------------------------------------- */

/** What the user named, being read: a text, or a memory image. */
struct source {
	struct vmt_text *text;
	/** An image: its memory, its kernel, and the areas found in it. */
	struct vmt_mem *mem;
	struct vmt_kern *kern;
	struct vmt_symbols *symbols; /* of --kallsyms, --system-map or /proc/kallsyms */
	char btf[4400];		     /* of /sys, where the image has none */
	struct vmt_debug *vmlinux;   /* of --vmlinux */
	const struct vmt_karea *kareas;
	size_t n_kareas, kareas_at;
	const struct vmt_kareas_about *kareas_about;
	/** What stands for the statistics of a text. */
	struct vmt_text_stats image_stats;
	/** "live", or the path. */
	const char *name;
	/** Where the path of dev/mem begins ("/"), when that is the source; or NULL. */
	char *devmem;
	/** The parts of a split dump, all of them; borrowed. */
	char **parts;
	int n_parts;
	/** Directory of proc files beside the text ("/proc", DIR/proc), or NULL. */
	char *proc;
	bool live;
	bool strict;
	/** All areas, when they had to be read before the first could be given out. */
	struct vmt_areas *held;
	size_t held_at;
	/** Facts of the text and of the files beside it, after source_facts(). */
	struct vmt_facts facts;
	bool have_beside, have_modules;
};

/** Open what run names. @return 0, or an exit code after a message. */
int source_open(struct source *s, const struct run *r);
/** Open @path for the same run: diff has two. */
int source_open_path(struct source *s, const struct run *r, const char *path);
/** What --page-size says; 0: nothing. @return 0, or EXIT_USAGE after a message. */
int source_page_size_option(const struct run *r, uint64_t *page_size);
/** Bytes; @from may be NULL. */
uint64_t source_page_size(const struct source *s, enum vmt_page_size_from *from);
enum vmt_addr_state source_addresses(const struct source *s);
const struct vmt_text_stats *source_stats(const struct source *s);
/** Open a memory image for its areas (image.c). @return 0, or an exit code after a message. */
int image_open(struct source *s, const struct run *r, const char *path);
/** Its areas, anew where the kernel forgot them (vmt_kern_forget). */
enum vmt_rc image_areas(struct source *s, struct vmt_err *err);
/* The running kernel's memory (live.c). */
#define LIVE_KCORE "/proc/kcore"
bool live_is_kcore(const char *path);
bool live_can_read(const char *kcore);
/** Say why it cannot be opened, and what works instead. @return EXIT_NO_ANSWER. */
int live_complain(const struct source *s, const struct run *r, const char *kcore,
		  const struct vmt_err *err);
/**
 * Symbols and types that the image lacks and the files beside it have.
 * @more: there are some: the kernel is to be opened once more. @return 0, or an exit code.
 */
int live_add(struct source *s, struct vmt_kern_opts *opts, bool *more);
/** What the kernel of the image says of itself. */
void image_facts(struct source *s);
/** Tell on stderr what could not be read. @return @code, or EXIT_IN_PART. */
int image_report(const struct source *s, int code);
void image_close(struct source *s);

/** What is said of raw memory by options. */
struct ram {
	struct vmt_mem_opts opts;
	uint64_t base;
	struct vmt_mem_run *runs;
	char *vmcoreinfo;
};
/** Read --base, --map and --vmcoreinfo. @return 0, or an exit code after a message. */
int ram_options(struct ram *ram, const struct run *r);
void ram_free(struct ram *ram);
/* /dev/mem (devmem.c). */
bool devmem_is(const char *path);
int devmem_open(struct source *s, const struct run *r, const char *path);
/** What can be read of it, and where the kernel is. @return 0, or an exit code after a message. */
int devmem_options(struct ram *ram, struct source *s, const struct run *r,
		   struct vmt_kern_opts *opts);
/** Say why it cannot be read, and what works instead. @return EXIT_NO_ANSWER. */
int devmem_complain(const struct source *s, const struct run *r, const char *path,
		    const struct vmt_err *err);
/** Does the user say that what is to be read is raw memory? */
bool ram_said(const struct run *r);
/** What lies where: "2 GiB at 0x0, 1 GiB at 0x100000000 (a guess: QEMU q35)"; or "". */
void ram_layout(const struct source *s, char *buf, size_t size);
/** Tell on stderr what is guessed and not proved. */
void ram_report(const struct source *s);

/** The next area: 1, 0 at the end, or -1 after a message. */
int source_next(struct source *s, struct vmt_area *area);
/** Everything else it says so far: complete after the last area. */
const struct vmt_facts *source_facts(struct source *s);
/** The module of the caller, else the module that lies at a real address; or empty. */
struct vmt_str source_module_of(struct source *s, const struct vmt_area *area);
/** Put that name into the area. */
void source_name_module(struct source *s, struct vmt_area *area);
/**
 * Tell on stderr what was odd, once, at the end.
 * @return @code, or what the oddities make of it (3 under --strict, 4 when cut short).
 */
int source_report(struct source *s, int code);
/** The same without a word. */
int source_verdict(const struct source *s, int code);
/** The JSON object "source"; nothing in other formats. */
void source_json(struct source *s, const struct view *v);
void source_close(struct source *s);

/* ---- lookup: callers to source lines ------------------------------------------------------- */

#define WRAPPERS_MAX 64

/** The symbolizer a command asks, as its options say. */
struct lookup {
	struct vmt_sym *sym;
	const struct run *run;
	/** What is known of the kernel: the source's facts, or the running kernel's. */
	char release[VMT_FACT_TEXT], build_id[VMT_BUILD_ID_TEXT];
	/** Directory of the proc files, where a kallsyms may lie; NULL. */
	const char *proc;
	struct vmt_symbols *kallsyms;
	bool kallsyms_tried;
	char *cache_dir, *wrapper_text, *vmlinux;
	const char *wrappers[WRAPPERS_MAX];
	/** Another, whose report came first, or NULL: what it told is not told again. */
	const struct lookup *before;
};

/**
 * Find vmlinux for the kernel of @s (read to its end), or, where @s is NULL, for the running one.
 * @return 0, or an exit code after a message.
 */
int lookup_open(struct lookup *l, const struct run *r, struct source *s);
/** The build-id in sys/kernel/notes below @root ("": of this machine); left alone when there is
 * none. */
void read_build_id(const char *root, char hex[VMT_BUILD_ID_TEXT]);
/** Ask about a caller. @return 0, or an exit code after a message. */
int lookup_ask(struct lookup *l, struct vmt_str caller, struct vmt_str module, uint32_t *id);
/** Cut ` [module]` off a caller. @return the module, without brackets, or nothing. */
struct vmt_str lookup_split(struct vmt_str *caller);
/** The same of `func+0x10/0x20 [mod]`, as a person writes it. */
int lookup_ask_text(struct lookup *l, const char *text, uint32_t *id);
/** Ask about the callers of groups made by caller; ids by the number of the group. */
int lookup_ask_groups(struct lookup *l, const struct vmt_groups *groups, uint32_t **ids);
/** Open, and ask about some rows of such groups only. */
int lookup_ask_rows(struct lookup *l, const struct run *r, struct source *s,
		    const struct vmt_group *const *rows, size_t n, uint32_t *ids);
int lookup_resolve(struct lookup *l);
const struct vmt_answer *lookup_answer(const struct lookup *l, uint32_t id);
/** Replace groups by caller by groups by owner, file or subsystem. */
int lookup_regroup(struct lookup *l, struct vmt_groups **groups, enum vmt_group_by by,
		   uint64_t page_size);
/** The JSON object "symbols": what was asked; nothing in other formats. */
void lookup_json(struct lookup *l, struct view *v);
/** The user named a file or directory of symbols: what is wrong with it must be told. */
bool lookup_named(const struct run *r);
/** Tell what files are missing. @return @code, or EXIT_IN_PART when no answer could be given. */
int lookup_report(struct lookup *l, int code);
void lookup_close(struct lookup *l);

/** Columns that every command with symbol_cols has beside its own. */
enum { COL_OWNER = 100, COL_SOURCE, COL_FILE, COL_SUBSYSTEM, COL_INLINES, COL_SURE };
/** Does the view show any of them? */
bool lookup_wanted(const struct view *v);
/** What a cell of an answer needs to live until its row is written. */
struct lookup_cells {
	char source[1024], inlines[8192];
	struct vmt_cell frames[VMT_FRAMES_MAX * 5];
	struct vmt_rows rows;
};
/** @a may be NULL: no caller. */
struct vmt_cell lookup_cell(int id, const struct vmt_answer *a, struct lookup_cells *room);
/** The chain for a person, one frame a line, each after @indent. */
void lookup_print(const struct vmt_answer *a, const char *indent);

/* ---- view: columns and output ------------------------------------------------------------- */

/** More columns than any row has: a view has at most twice those of its command. */
#define CELLS_MAX 96

/** The columns chosen, and the output they go to. */
struct view {
	struct vmt_out *out;
	const struct vmt_col **cols;
	size_t n_cols;
	struct vmt_out_opts opts;
};

/** CSV and raw are one table, whatever else a command would print. */
bool view_is_one_table(const struct view *v);
/** Columns of the terminal on stdout; 0: it is none. */
unsigned view_width(void);
/** What --color and NO_COLOR say. @return 0, or an exit code after a message. */
int view_color(const struct run *r, bool *color);
/** From -o, -J and the like. @return 0, or an exit code after a message. */
int view_open(struct view *v, const struct run *r);
/** Choose other columns than the run's, for a second set of rows: names, comma-separated. */
int view_choose(struct view *v, const struct run *r, const char *names);
enum vmt_rc view_begin(struct view *v, const char *name);
/** Is @id among the columns? */
bool view_has(const struct view *v, int id);
void view_close(struct view *v);
/** The column of a --by key; SIZE is a column of its own, so --by size has SIZE_CLASS. */
const char *group_column(enum vmt_group_by by);
/** One of the run's own columns by name, any case; NULL when there is none. */
const struct vmt_col *col_find(const struct cmd *cmd, const char *name, size_t n);

/* ---- pairs: a name and a value a line; of JSON the members of one object --------------------- */

struct pairs {
	struct source src;
	struct view view;
	enum vmt_rc rc;
};
enum { PAIRS_COLS = 2 };
extern const struct vmt_col pairs_cols[PAIRS_COLS];
#define PAIRS_DEFAULT "NAME,VALUE"

/** View and source. @return 0 (then pairs_close), or an exit code after a message. */
int pairs_open(struct pairs *p, struct run *r);
void pairs_begin(struct pairs *p, const char *name);
/** Without a value it is left out of what is no JSON. */
void pairs_put(struct pairs *p, const char *name, const char *value);
/** @cell for JSON, @text elsewhere. */
void pairs_put_cell(struct pairs *p, const char *name, struct vmt_cell cell, const char *text);
/** @return the exit code. */
int pairs_end(struct pairs *p);
void pairs_close(struct pairs *p);

/* ---- census: sums over page tables --------------------------------------------------------- */

/** The JSON object "page_tables"; nothing in other formats. */
void census_json(const struct vmt_pgt *pgt, const struct vmt_census *census, struct view *v);
/** A few lines of prose. */
void census_print(const struct vmt_pgt *pgt, const struct vmt_census *census, struct view *v);

/** printf to stdout where every %s comes from outside: use with esc(). */
struct esc {
	char text[512];
};
/** Escape for the terminal; use only within the full expression: printf("%s", ESC(s)). */
const char *esc(struct esc *buf, struct vmt_str s);
#define ESC(s) esc(&(struct esc){{0}}, (s))

/** Units for prose: a size as -b wants it. */
const char *size_text(const struct view *v, char buf[VMT_NUM_GROUPED], uint64_t bytes);

/* The built-in sample: proc files of a real machine, one after the other (src/text/sample.S). */
extern const char vmt_sample[], vmt_sample_end[];

#endif
