// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * out: rows of typed cells in, a table, JSON, CSV or raw text out.  Knows nothing of areas.
 * Text from outside is escaped here, once, for each format.
 */
#ifndef VMTOOL_OUT_H
#define VMTOOL_OUT_H

#include <stdio.h>

#include "vmtool/base.h"

enum vmt_cell_type {
	VMT_CELL_NULL,	      /* absent or unknown */
	VMT_CELL_STR,	      /* s */
	VMT_CELL_COUNT,	      /* u: a number of things */
	VMT_CELL_BYTES,	      /* u: a size */
	VMT_CELL_ADDR,	      /* u: a hexadecimal address; JSON "0x..." */
	VMT_CELL_SHARE,	      /* d: 0..1; shown in per cent, JSON a fraction */
	VMT_CELL_DELTA,	      /* i: a change in bytes, with its sign */
	VMT_CELL_DELTA_COUNT, /* i: a change in a number of things */
	VMT_CELL_RATE,	      /* d: bytes per second, with its sign */
	VMT_CELL_REAL,	      /* d: a number with a fraction */
	VMT_CELL_BOOL,	      /* u: 0 or 1 */
	VMT_CELL_WORDS,	      /* s: words separated by spaces; JSON an array of strings */
	VMT_CELL_NODES,	      /* s: `N0=4 N1=2`; JSON {"0":4,"1":2} */
	VMT_CELL_ROWS,	      /* s: in words; JSON: rows, an array of objects */
};

struct vmt_rows;

struct vmt_cell {
	enum vmt_cell_type type;
	union {
		struct vmt_str s;
		uint64_t u;
		int64_t i;
		double d;
	};
	/** Digits an address is padded to (8 or 16); 0: as many as needed. */
	int width;
	/** Of VMT_CELL_ROWS; the caller keeps them until the row is written. */
	const struct vmt_rows *rows;
};

static inline struct vmt_cell vmt_cell_null(void)
{
	return (struct vmt_cell){.type = VMT_CELL_NULL};
}
static inline struct vmt_cell vmt_cell_u(enum vmt_cell_type type, uint64_t u)
{
	return (struct vmt_cell){.type = type, .u = u};
}
static inline struct vmt_cell vmt_cell_s(enum vmt_cell_type type, struct vmt_str s)
{
	return (struct vmt_cell){.type = s.n ? type : VMT_CELL_NULL, .s = s};
}

enum vmt_col_flag {
	VMT_COL_RIGHT = 1 << 0,
	VMT_COL_TRUNC = 1 << 1, /* may be cut when the terminal is narrow */
};

/** A column, as a constant table of a command has it. */
struct vmt_col {
	const char *name;  /* "CALLER"; lower case is the JSON key */
	const char *title; /* heading of tables when it is not the name, or NULL */
	double width;	   /* hint: < 1 a share of the width, >= 1 columns */
	unsigned flags;	   /* enum vmt_col_flag */
	const char *help;  /* one line for -h and the man page */
	int id;		   /* the command's own number */
};

/** Rows within a cell. */
struct vmt_rows {
	const struct vmt_col *const *cols;
	size_t n_cols;
	/** n_rows times n_cols. */
	const struct vmt_cell *cells;
	size_t n_rows;
};

enum vmt_format { VMT_OUT_TABLE, VMT_OUT_RAW, VMT_OUT_JSON, VMT_OUT_CSV };

struct vmt_out_opts {
	enum vmt_format format;
	/** Sizes as bytes, not "4.1 MiB" (tables and raw; JSON and CSV always have bytes). */
	bool bytes;
	bool no_headings;
	bool color;
	/** Columns of the terminal; 0: never cut. */
	unsigned width;
};

/** An output being written. */
struct vmt_out;

/** @fp is the caller's. @return VMT_OK or VMT_NOMEM. */
enum vmt_rc vmt_out_new(struct vmt_out **out, FILE *fp, const struct vmt_out_opts *opts);
void vmt_out_free(struct vmt_out *out);

/**
 * Begin rows named @name (the key of the JSON array) with columns @cols[0..n).
 * Only JSON can hold more than one set of rows; the others write them one after the other.
 */
enum vmt_rc vmt_out_rows_begin(struct vmt_out *out, const char *name,
			       const struct vmt_col *const *cols, size_t n);
/** One row; @cells has one cell for each column.  Streams, but for tables. */
enum vmt_rc vmt_out_row(struct vmt_out *out, const struct vmt_cell *cells);
/** End of the rows; a table is drawn now. */
enum vmt_rc vmt_out_rows_end(struct vmt_out *out);
/** Headings on or off for the rows that follow. */
void vmt_out_headings(struct vmt_out *out, bool on);
/** Rows in the current table so far. */
size_t vmt_out_rows_count(const struct vmt_out *out);

/** JSON only, nothing in the other formats: a named object, filled by vmt_out_member. */
void vmt_out_object_begin(struct vmt_out *out, const char *name);
void vmt_out_member(struct vmt_out *out, const char *name, struct vmt_cell cell);
void vmt_out_object_end(struct vmt_out *out);
/** End of the document: closes what JSON needs.  Write errors are the caller's to ask of @fp. */
void vmt_out_finish(struct vmt_out *out);

/** The text of a cell as a table shows it, into @buf, escaped for a terminal. */
void vmt_cell_text(const struct vmt_cell *cell, bool bytes, char *buf, size_t size);

/**
 * Make text from outside safe for a terminal: control bytes and bytes that are no UTF-8 become
 * \xNN.  NUL-terminated, cut to fit at a whole character.
 */
void vmt_out_escape(char *buf, size_t size, struct vmt_str s);

#endif
