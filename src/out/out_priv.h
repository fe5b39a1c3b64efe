// SPDX-License-Identifier: GPL-2.0-or-later
/** out, for itself: what each format does with rows. */
#ifndef VMTOOL_OUT_PRIV_H
#define VMTOOL_OUT_PRIV_H

#include "vmtool/out.h"

struct vmt_out {
	FILE *fp;
	struct vmt_out_opts opts;
	const struct vmt_format_ops *ops;
	const struct vmt_col *const *cols;
	size_t n_cols, rows;
	/* JSON: how many members the document and the open object have. */
	unsigned members, object_members, outer_members;
	bool nested;
	/* Table: libsmartcols' handle. */
	void *table;
	/* Rows have been written before: put an empty line between two sets. */
	bool again;
};

/** A format.  NULL functions do nothing. */
struct vmt_format_ops {
	enum vmt_rc (*rows_begin)(struct vmt_out *out, const char *name);
	enum vmt_rc (*row)(struct vmt_out *out, const struct vmt_cell *cells);
	enum vmt_rc (*rows_end)(struct vmt_out *out);
	void (*object_begin)(struct vmt_out *out, const char *name);
	void (*member)(struct vmt_out *out, const char *name, struct vmt_cell cell);
	void (*object_end)(struct vmt_out *out);
	void (*finish)(struct vmt_out *out);
	void (*release)(struct vmt_out *out);
};

extern const struct vmt_format_ops vmt_format_table, vmt_format_json, vmt_format_csv,
	vmt_format_raw;

/** Room for the text of any number. */
#define VMT_CELL_NUMBER 48

/** The text of a cell that is a number, into @buf; false when it is text or null. */
bool vmt_cell_number(const struct vmt_cell *cell, bool bytes, char *buf, size_t size);

/** Length of the printable UTF-8 character at @p, 0 when it is none (controls, bidi overrides). */
size_t vmt_utf8_printable(const unsigned char *p, size_t n);

/** A number as JSON and CSV have it: no units. */
bool vmt_cell_plain(const struct vmt_cell *cell, char *buf, size_t size);

#endif
