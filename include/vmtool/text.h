// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * text: /proc/vmallocinfo and the other proc files around it, as the kernel prints them
 * (mm/vmalloc.c: s_show of 2.6.28 to 6.8, vmalloc_info_show of 6.9 to 7.2), live or saved.
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

/**
 * /proc/kallsyms, live or saved, or a System.map: symbols into @symbols.  Takes @file.
 * @return VMT_OK, VMT_FORMAT (no symbols in it), VMT_PERM (all addresses are zero), VMT_RANGE
 * (more symbols than any kernel has), VMT_IO or VMT_NOMEM.
 */
enum vmt_rc vmt_kallsyms_read(struct vmt_symbols *symbols, struct vmt_file *file,
			      struct vmt_kallsyms_stats *stats, struct vmt_err *err);

#endif
