// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * text: /proc/vmallocinfo and the other proc files around it, as the kernel prints them
 * (mm/vmalloc.c: s_show of 2.6.28 to 6.8, vmalloc_info_show of 6.9 to 7.3), live or saved.
 */
#ifndef VMTOOL_TEXT_H
#define VMTOOL_TEXT_H

#include "vmtool/base.h"
#include "vmtool/model.h"

/** Where the page size came from. */
enum vmt_page_size_from {
	VMT_PS_OPTION,	 /* the user said */
	VMT_PS_SOURCE,	 /* snapshot header or the live kernel */
	VMT_PS_INFERRED, /* size / (pages + 1) of the vmalloc lines */
	VMT_PS_ASSUMED,	 /* nothing to go by: 4096 */
};
const char *vmt_page_size_from_name(enum vmt_page_size_from from);

/** A line that looked like an area and could not be understood, or broke into the areas. */
struct vmt_odd {
	uint64_t line;
	/** What was expected. */
	const char *why;
	/** The line, cut. */
	char text[120];
};
#define VMT_ODD_KEPT 8

/** Counts over what was read so far; final once vmt_text_next has answered VMT_NONE. */
struct vmt_text_stats {
	uint64_t lines, areas;
	/** Lines not understood; the first VMT_ODD_KEPT are in odd[]. */
	uint64_t unparsed;
	struct vmt_odd odd[VMT_ODD_KEPT];
	/** Other text: other proc files, prompts, blank lines. */
	uint64_t other;
	/** Real addresses, but end - start is not the size. */
	uint64_t mismatched;
	/** Sizes that are no multiple of the page size. */
	uint64_t unaligned;
	/** The input ends in the middle of a line, or its packing is damaged. */
	bool cut;
	/** Message that goes with cut when the packing is damaged. */
	struct vmt_err cut_err;
	struct vmt_addr_votes votes;
};

struct vmt_text_opts {
	/** Bytes; 0: find out. */
	uint64_t page_size;
	/** Bytes; 0, or the page size of the live kernel, used when there is no option. */
	uint64_t source_page_size;
	/** Never use the fast path (tests compare both). */
	bool careful;
	/** Called with every line not understood; may be NULL. */
	void (*odd)(void *arg, uint64_t line, const char *why, struct vmt_str text);
	void *arg;
};

/** A text being read. */
struct vmt_text;

/**
 * Start reading; looks ahead far enough to know the page size.  Takes @file, also on failure.
 * @return VMT_OK, VMT_IO, VMT_FORMAT (no vmallocinfo line, or bytes that are no text) or VMT_NOMEM.
 */
enum vmt_rc vmt_text_open(struct vmt_text **out, struct vmt_file *file,
			  const struct vmt_text_opts *opts, struct vmt_err *err);

/**
 * The next area.  Its strings are borrowed until the next call.
 * @return VMT_OK, VMT_NONE at the end, VMT_IO or VMT_NOMEM.
 */
enum vmt_rc vmt_text_next(struct vmt_text *text, struct vmt_area *area, struct vmt_err *err);

/** Bytes; settled at open. */
uint64_t vmt_text_page_size(const struct vmt_text *text, enum vmt_page_size_from *from);
/** How addresses are shown, by the lines seen so far (at open: those looked at ahead). */
enum vmt_addr_state vmt_text_addresses(const struct vmt_text *text);
const struct vmt_text_stats *vmt_text_stats(const struct vmt_text *text);
/** What the text said besides areas.  Final at the end.  The caller may move things out of it. */
struct vmt_facts *vmt_text_facts(struct vmt_text *text);
const char *vmt_text_name(const struct vmt_text *text);
void vmt_text_close(struct vmt_text *text);

/**
 * One line, without its newline, the careful way.
 * @why: set to what was expected when the answer is VMT_FORMAT.
 * @return VMT_OK, VMT_NONE (not an area line at all) or VMT_FORMAT (begins like one, but is odd).
 */
enum vmt_rc vmt_line_careful(struct vmt_str line, struct vmt_area *area, const char **why);

/**
 * One line at @p, fast, when it has the form of a 64-bit kernel since 4.12 and nothing unusual.
 * There must be a newline before @end and 64 readable bytes after @end.
 * @return the byte after the newline, or NULL: ask the careful way.
 */
const char *vmt_line_fast(const char *p, const char *end, struct vmt_area *area);

/** One line of another proc file or of a snapshot header. @return true when it was understood. */
bool vmt_facts_line(struct vmt_facts *facts, struct vmt_str line);

/** A whole proc file's text, line by line, into @facts. */
void vmt_facts_text(struct vmt_facts *facts, struct vmt_str text);

/* ---- snapshots and recorded directories (vmtool-snapshot(5)) ------------------------------ */

/** Room that vmt_snapshot_header needs. */
#define VMT_SNAPSHOT_HEADER 4096
/**
 * The header of a snapshot, from what @facts say, @writer included ("vmtool record 0.1").
 * @return its length.
 */
size_t vmt_snapshot_header(const struct vmt_facts *facts, const char *writer,
			   char buf[VMT_SNAPSHOT_HEADER]);
/**
 * Read the header of the file at @path and nothing behind it.
 * @return VMT_OK, VMT_NONE (it has none), or what vmt_file_open and vmt_file_read answer.
 */
enum vmt_rc vmt_snapshot_head(struct vmt_facts *facts, const char *path, struct vmt_err *err);

/** Room for the name of a recorded file. */
#define VMT_SAMPLE_NAME 80
/** `vmallocinfo-20261122T180144Z-000042.zst`: UTC, number in the directory, @suffix. */
void vmt_sample_name(char buf[VMT_SAMPLE_NAME], uint64_t time, uint64_t seq, const char *suffix);
/** Is @name one that vmt_sample_name makes (suffix .zst or .gz)? */
bool vmt_sample_name_parse(const char *name, uint64_t *time, uint64_t *seq);

/** One sample among many. */
struct vmt_sample {
	/** Where it lies. */
	const char *path;
	/** Seconds since the epoch, as the header says, or the name; VMT_FACT_NONE: neither does.
	 */
	uint64_t time;
	/**
	 * Seconds since the epoch on a clock that nobody sets: where all samples of a boot have
	 * their uptime, boot + uptime.  Rises within a boot.
	 */
	double at;
	/** Milliseconds since boot, or VMT_FACT_NONE. */
	uint64_t uptime_ms;
	/** Number in its directory; 0: not named as a recorded file is. */
	uint64_t seq;
	/** Which boot: vmt_samples_boot(). */
	uint32_t boot;
};

/** The samples of one boot of one machine; "" what they do not say. */
struct vmt_boot {
	char id[VMT_FACT_TEXT], host[VMT_FACT_TEXT], kernel[VMT_FACT_TEXT];
	/** Its samples are [first, first + n). */
	size_t first, n;
};

/** Samples of directories and single files, boot by boot, each in order of time. */
struct vmt_samples;

struct vmt_samples *vmt_samples_new(void);
void vmt_samples_free(struct vmt_samples *samples);
/**
 * Add what @path names: a directory's files that are named as `vmtool record` names them, or one
 * file of any name.
 * @return VMT_OK, VMT_NONE (a directory without samples), VMT_PERM, VMT_IO or VMT_NOMEM.
 */
enum vmt_rc vmt_samples_add(struct vmt_samples *samples, const char *path, struct vmt_err *err);
/**
 * Read the headers and put the samples in order; call after the last add.  A file that cannot be
 * read, or is gone by now, is left out and counted.
 * @return VMT_OK, VMT_NONE (nothing is left) or VMT_NOMEM.
 */
enum vmt_rc vmt_samples_settle(struct vmt_samples *samples, struct vmt_err *err);
size_t vmt_samples_count(const struct vmt_samples *samples);
/** Borrowed, as is its path; boots in order of their first sample. */
const struct vmt_sample *vmt_samples_at(const struct vmt_samples *samples, size_t i);
size_t vmt_samples_boots(const struct vmt_samples *samples);
const struct vmt_boot *vmt_samples_boot(const struct vmt_samples *samples, size_t i);
/** Files left out by vmt_samples_settle, and why the first was; NULL when there are none. */
size_t vmt_samples_left_out(const struct vmt_samples *samples, const struct vmt_err **why);
/** Other files in the directories. */
size_t vmt_samples_others(const struct vmt_samples *samples);

/** The text of /proc/uptime, into @facts. */
void vmt_facts_uptime(struct vmt_facts *facts, struct vmt_str text);

/** The text of a VMCOREINFO note, into @info. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc vmt_vmcoreinfo_parse(struct vmt_info *info, struct vmt_str text);

/** What a file of symbols held. */
struct vmt_kallsyms_stats {
	uint64_t lines, symbols;
	/** Lines that are none of `ADDRESS TYPE NAME [MODULE]`. */
	uint64_t odd;
	/** Symbols whose address is zero: kptr_restrict hides them from who reads. */
	uint64_t zeroed;
};

/* ---- /proc/iomem --------------------------------------------------------------------------- */

/** Physical addresses, half-open. */
struct vmt_iomem_range {
	uint64_t start, end;
};

/** What /proc/iomem says of memory. */
struct vmt_iomem {
	/** "System RAM", in ascending order, without overlaps. */
	struct vmt_iomem_range *ram;
	size_t n_ram, cap;
	/** Where "Kernel code" begins; 0: not told. */
	uint64_t kernel_code;
	/** Lines understood, and those with zeros for addresses: only root sees them. */
	uint64_t lines, zeroed;
};

/** Lines that are none are passed over. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc vmt_iomem_read(struct vmt_iomem *io, struct vmt_str text);
void vmt_iomem_deinit(struct vmt_iomem *io);

/**
 * /proc/kallsyms, live or saved, or a System.map: symbols into @symbols.  Takes @file.
 * @return VMT_OK, VMT_FORMAT (no symbols in it), VMT_PERM (all addresses are zero), VMT_RANGE
 * (more symbols than any kernel has), VMT_IO or VMT_NOMEM.
 */
enum vmt_rc vmt_kallsyms_read(struct vmt_symbols *symbols, struct vmt_file *file,
			      struct vmt_kallsyms_stats *stats, struct vmt_err *err);

#endif
