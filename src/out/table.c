// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables, drawn by libsmartcols: nothing else here counts columns. */
#include <libsmartcols.h>
#include <string.h>

#include "out_priv.h"

/* A caller may be 512 bytes long, and each may become \xNN. */
#define CELL_TEXT 2300

static enum vmt_rc rows_begin(struct vmt_out *out, const char *name)
{
	struct libscols_table *tb = scols_new_table();

	if (!tb)
		return VMT_NOMEM;
	out->table = tb;
	(void)name;
	if (out->again)
		(void)putc('\n', out->fp);
	(void)scols_table_set_stream(tb, out->fp);
	(void)scols_table_enable_noheadings(tb, out->opts.no_headings);
	(void)scols_table_enable_nowrap(tb, 1);
	(void)scols_table_enable_colors(tb, out->opts.color);
	(void)scols_table_set_termforce(tb, out->opts.width ? SCOLS_TERMFORCE_ALWAYS
							    : SCOLS_TERMFORCE_NEVER);
	if (out->opts.width)
		(void)scols_table_set_termwidth(tb, out->opts.width);
	for (size_t i = 0; i < out->n_cols; i++) {
		const struct vmt_col *c = out->cols[i];
		int flags = (c->flags & VMT_COL_RIGHT ? SCOLS_FL_RIGHT : 0) |
			    (c->flags & VMT_COL_TRUNC ? SCOLS_FL_TRUNC : 0);
		struct libscols_column *cl =
			scols_table_new_column(tb, c->title ? c->title : c->name, c->width, flags);

		if (!cl)
			return VMT_NOMEM;
		if (out->opts.color)
			(void)scols_cell_set_color(scols_column_get_header(cl), "bold");
	}
	return VMT_OK;
}

/* Growth is what people look for in a diff. */
static const char *color_of(const struct vmt_cell *cell)
{
	if (cell->type == VMT_CELL_DELTA && cell->i)
		return cell->i > 0 ? "red" : "green";
	return NULL;
}

/* libsmartcols escapes what it is given: text goes to it as it is, and its length is bounded. */
static void cell_text(const struct vmt_cell *cell, bool bytes, char *buf, size_t size)
{
	bool is_text = cell->type == VMT_CELL_STR || cell->type == VMT_CELL_WORDS ||
		       cell->type == VMT_CELL_NODES;
	size_t n = is_text && cell->s.n < size ? cell->s.n : size - 1;

	if (!is_text) {
		vmt_cell_text(cell, bytes, buf, size);
		return;
	}
	for (size_t i = 0; i < n; i++)
		buf[i] = cell->s.p[i] ? cell->s.p[i] : '?';
	buf[n] = 0;
}

static enum vmt_rc row(struct vmt_out *out, const struct vmt_cell *cells)
{
	struct libscols_line *ln = scols_table_new_line(out->table, NULL);
	char text[CELL_TEXT];

	if (!ln)
		return VMT_NOMEM;
	for (size_t i = 0; i < out->n_cols; i++) {
		const char *color = out->opts.color ? color_of(&cells[i]) : NULL;

		cell_text(&cells[i], out->opts.bytes, text, sizeof(text));
		if (scols_line_set_data(ln, i, text))
			return VMT_NOMEM;
		if (color)
			(void)scols_cell_set_color(scols_line_get_cell(ln, i), color);
	}
	return VMT_OK;
}

static void release(struct vmt_out *out)
{
	scols_unref_table(out->table);
	out->table = NULL;
}

static enum vmt_rc rows_end(struct vmt_out *out)
{
	int bad = scols_print_table(out->table);

	release(out);
	return bad ? VMT_NOMEM : VMT_OK;
}

const struct vmt_format_ops vmt_format_table = {
	.rows_begin = rows_begin,
	.row = row,
	.rows_end = rows_end,
	.release = release,
};
