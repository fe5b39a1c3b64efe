// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmtool: what the kernel's vmalloc space is doing, who fills it, and why it costs what it costs.
 *
 * The tree, in the order in which a run passes through it:
 *
 *   cmd/main.c            this file: the table of commands
 *   cmd/opts.c            options from one table; operands
 *   cmd/source.c          what did the user name? live, file, sysroot, sample
 *   cmd/image.c           a memory image as a source
 *   cmd/kcore.c           the running kernel's memory as a source
 *   cmd/ram.c             what is said of raw memory
 *   cmd/devmem.c          /dev/mem as a source
 *   cmd/view.c            columns and the output they go to
 *   cmd/pairs.c           a source, and names and values told of it
 *   cmd/message.c         messages on stderr, the end of stdout
 *   cmd/summary*.c top.c list.c diff.c explain.c holes.c info.c   the commands
 *   cmd/symbolize.c flow.c the commands that need symbols alone
 *   cmd/live.c live_read.c   the live view: its loop, what it reads
 *   cmd/record*.c         samples into a directory
 *   cmd/trend*.c          what grows, from many samples
 *   cmd/progress.c        how far a long work is
 *   cmd/verify*.c         what checks say
 *   cmd/walk.c walk_find.c pt.c pt_alias.c   the commands that show page tables
 *   cmd/place.c bounds.c census.c   owners, ranges and sums of page tables
 *   cmd/extract.c         a memory image made small
 *   cmd/lookup*.c         callers to source lines, for all commands; how they are shown
 *   cmd/complete.c        completion scripts
 *   src/base/             err str num intern file unpack pack
 *   src/text/reader.c     blocks, lines, what surrounds the areas
 *   src/text/fast.c       one line, fast
 *   src/text/line.c       one line, carefully: every form since 2.6.28
 *   src/text/proc.c       meminfo, modules, version, snapshot header
 *   src/text/snapshot.c   that header, written and read by itself
 *   src/text/samples.c    directories of samples, in order of time
 *   src/text/kallsyms.c   kallsyms and System.map
 *   src/text/sample.S     the built-in sample
 *   src/model/area.c      one area: kind, words, caller, how addresses are shown
 *   src/model/areas.c     a table of areas
 *   src/model/guard.c     the guard rules
 *   src/model/what.c      what well-known callers are
 *   src/model/group.c     sums by a key
 *   src/model/facts.c     what a source says besides its areas
 *   src/model/gaps.c      order, holes, alignment, fit
 *   src/model/region.c    the regions holes lie in
 *   src/model/chain.c     adjacency under hashed addresses
 *   src/model/diff.c      two sources compared
 *   src/model/symbols.c   symbols by address
 *   src/model/series.c    the same groups at many times
 *   src/model/stat.c trend.c     does a row of numbers grow?
 *   src/model/spark.c     the shape of numbers as a line of text
 *   src/mem/mem.c         memory of a machine, from a dump
 *   src/mem/pages.c       pages that were unpacked
 *   src/mem/elf.c kdump.c which page is where in the file
 *   src/mem/split.c       parts of one dump
 *   src/mem/raw.c         memory without any header
 *   src/mem/scan.c        VMCOREINFO found in memory
 *   src/mem/bits.c        the bitmap of kdump
 *   src/mem/record.c      the bytes that were read, kept
 *   src/mem/write*.c      and written as a dump of its own
 *   src/mem/codec.c       one packed page
 *   src/mem/notes.c       ELF notes: VMCOREINFO
 *   src/mem/store.c flat.c ahead.c window.c   the bytes of the file, flattened or not
 *   src/model/info.c      VMCOREINFO, looked up
 *   src/text/vmcoreinfo.c and read
 *   src/text/iomem.c      where RAM is, by /proc/iomem
 *   src/debug/find.c      where vmlinux and the modules' files lie
 *   src/debug/file.c      one of them, its build-id
 *   src/debug/symtab.c    its symbols
 *   src/debug/unit.c chain.c calls.c layout.c   its DWARF: lines, inline chains, calls, structures
 *   src/pgt/walk.c        page tables: a virtual address to a physical one
 *   src/pgt/x86_64.c aarch64.c riscv64.c   their formats
 *   src/pgt/entry.c       one entry, one path, in words and rights
 *   src/pgt/cursor.c span.c seen.c census.c   ranges: a table at a time, leaves, spans, sums
 *   src/kern/open.c       a kernel understood from its memory: one step leads to the next
 *   src/kern/read.c symbols.c types.c   its bytes; names and addresses; structures
 *   src/kern/place.c ram.c   is memory where it is taken to be, and is all of it there?
 *   src/kern/kallsyms.c scan.c btf.c   both as they lie in the image
 *   src/kern/layout.c lists.c modules.c   structures, lists, modules
 *   src/kern/vmap.c pages.c moving.c   the areas
 *   src/kern/vmemmap.c tasks.c   struct page; threads
 *   src/kern/frame.c      which area has a frame
 *   src/kern/roots.c space.c tree.c window.c blocks.c   every range, list and tree of the allocator
 *   src/check/registry.c  the table of checks, their run
 *   src/check/report.c subjects.c   answers; the areas they are about
 *   src/check/locks.c hands.c   what the kernel was amid when it was stopped
 *   src/check/bounds.c links.c      checks by family: records; lists and trees
 *   src/check/mapping.c pages.c holes.c blocks.c large.c   page tables against the records
 *   src/check/rights.c sections.c exec.c codes.c   rights, and who owns code
 *   src/check/buddy.c     is a frame free?
 *   src/check/frames.c counters.c callers.c percpu.c mms.c stacks.c tables.c listing.c   the others
 *   src/kern/parts.c      parts of kernel space, what an address belongs to
 *   src/kern/slim.c       all that answers rest on, read once
 *   src/sym/sym.c         questions and answers
 *   src/sym/lookup.c      a caller in one file
 *   src/sym/inside.c      functions that pass on their return address
 *   src/sym/owner.c       who merely allocates
 *   src/sym/cache.c       answers kept on disk
 *   src/out/              cells out as table, JSON, CSV, raw
 *   src/tui/reading.c     the source at one moment, for the screen
 *   src/tui/live.c track.c events.c   what was seen so far
 *   src/tui/state.c keys.c            where the user is; the table of keys
 *   src/tui/rows.c cols.c             what a view shows
 *   src/tui/view.c frame.c map.c chains.c pages.c explain.c   drawn into cells
 *   src/tui/grid.c text.c             cells; sizes, times
 *   src/tui/screen.c      the terminal (ncurses)
 */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

#ifndef VERSION
#define VERSION "0.1"
#endif

const struct cmd *const cmd_table[] = {
	&cmd_summary, &cmd_live,   &cmd_top,   &cmd_list,    &cmd_info,	  &cmd_holes,
	&cmd_explain, &cmd_diff,   &cmd_walk,  &cmd_pt,	     &cmd_verify, &cmd_symbolize,
	&cmd_flow,    &cmd_record, &cmd_trend, &cmd_extract,
};
const size_t cmd_count = sizeof(cmd_table) / sizeof(cmd_table[0]);

void print_version(void)
{
#ifdef HAVE_ZSTD
	const char *zstd = "+zstd";
#else
	const char *zstd = "-zstd";
#endif
#ifdef HAVE_LZO
	const char *lzo = "+lzo";
#else
	const char *lzo = "-lzo";
#endif

	(void)printf("vmtool " VERSION " +zlib %s %s\n", zstd, lzo);
}

static void print_commands(FILE *fp)
{
	const char *group = "";

	(void)fputs("Usage: vmtool COMMAND [OPTIONS] [SOURCE]\n", fp);
	for (size_t i = 0; i < cmd_count; i++) {
		const struct cmd *c = cmd_table[i];

		if (strcmp(group, c->group) != 0)
			(void)fprintf(fp, "\n%s\n", c->group);
		group = c->group;
		(void)fprintf(fp, "  %-10s %s\n", c->name, c->summary);
	}
	(void)fputs("\nSOURCE is a saved /proc/vmallocinfo, a crash dump, '-' for standard "
		    "input,\n"
		    "or the live kernel when left out.  'vmtool COMMAND --help' tells more; see\n"
		    "vmtool(1).\n",
		    fp);
}

static int no_command(const char *word)
{
	struct stat st;

	if (stat(word, &st) == 0 && S_ISDIR(st.st_mode)) {
		(void)fprintf(
			stderr,
			"vmtool: %s is a directory: did you mean 'vmtool summary --sysroot %s'?\n",
			ESC(vmt_str(word)), ESC(vmt_str(word)));
		return EXIT_USAGE;
	}
	if (access(word, F_OK) == 0 || strcmp(word, "-") == 0) {
		(void)fprintf(stderr, "vmtool: %s is a file: did you mean 'vmtool summary %s'?\n",
			      ESC(vmt_str(word)), ESC(vmt_str(word)));
		return EXIT_USAGE;
	}
	return usage_error(NULL, "'%s' is no command", word);
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	struct run r;
	int code;

	/* `| head` ends quietly, also where SIGPIPE was inherited ignored. */
	(void)signal(SIGPIPE, SIG_DFL);
	if (!word || !strcmp(word, "-h") || !strcmp(word, "--help") || !strcmp(word, "help")) {
		print_commands(stdout);
		return finish_stdout(EXIT_ANSWERED);
	}
	if (!strcmp(word, "-V") || !strcmp(word, "--version")) {
		print_version();
		return finish_stdout(EXIT_ANSWERED);
	}
	if (!strcmp(word, "--completions") && argc == 3)
		return finish_stdout(complete_print(argv[2]));
	if (word[0] == '-' && word[1])
		return usage_error(NULL, "unknown option '%s'", word);
	for (size_t i = 0; i < cmd_count; i++) {
		if (strcmp(cmd_table[i]->name, word) != 0)
			continue;
		if (!run_parse(&r, cmd_table[i], argc - 1, argv + 1, &code))
			return code;
		return finish_stdout(cmd_table[i]->run(&r));
	}
	return no_command(word);
}
