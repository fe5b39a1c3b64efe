// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON (RFC 8259): one object; numbers are numbers, addresses are strings, unknown is null. */
#include <ctype.h>
#include <string.h>

#include "out_priv.h"

/* Keys are lower-case column names; every one is ASCII of ours. */
static void put_key(FILE *fp, const char *name)
{
	(void)putc('"', fp);
	for (; *name; name++)
		(void)putc(tolower((unsigned char)*name), fp);
	(void)fputs("\":", fp);
}

static void put_plain_run(FILE *fp, const char *p, size_t n)
{
	if (n)
		(void)fwrite(p, 1, n, fp);
}

/* Bytes that are no ASCII become \u00NN: text from a kernel has no encoding to trust. */
static void put_string(FILE *fp, struct vmt_str s)
{
	size_t from = 0;

	(void)putc('"', fp);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
			continue;
		put_plain_run(fp, s.p + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\')
			(void)fprintf(fp, "\\%c", c);
		else
			(void)fprintf(fp, "\\u%04x", c);
	}
	put_plain_run(fp, s.p + from, s.n - from);
	(void)putc('"', fp);
}

static void put_words(FILE *fp, struct vmt_str s)
{
	struct vmt_str word;
	bool first = true;

	(void)putc('[', fp);
	while ((word = vmt_str_word(&s)).n) {
		if (!first)
			(void)putc(',', fp);
		put_string(fp, word);
		first = false;
	}
	(void)putc(']', fp);
}

/* `N0=4 N1=2` as {"0":4,"1":2}. */
static void put_nodes(FILE *fp, struct vmt_str s)
{
	struct vmt_str word;
	bool first = true;

	(void)putc('{', fp);
	while ((word = vmt_str_word(&s)).n) {
		const char *eq = memchr(word.p, '=', word.n);
		uint64_t pages;

		if (!eq ||
		    !vmt_num_parse((struct vmt_str){eq + 1, (size_t)(word.p + word.n - eq - 1)}, 10,
				   &pages))
			continue;
		if (!first)
			(void)putc(',', fp);
		put_string(fp, (struct vmt_str){word.p + 1, (size_t)(eq - word.p - 1)});
		(void)fprintf(fp, ":%llu", (unsigned long long)pages);
		first = false;
	}
	(void)putc('}', fp);
}

static void put_cell(FILE *fp, const struct vmt_cell *cell);

static void put_members(FILE *fp, const struct vmt_col *const *cols, size_t n,
			const struct vmt_cell *cells)
{
	(void)putc('{', fp);
	for (size_t i = 0; i < n; i++) {
		if (i)
			(void)putc(',', fp);
		put_key(fp, cols[i]->name);
		put_cell(fp, &cells[i]);
	}
	(void)putc('}', fp);
}

static void put_rows(FILE *fp, const struct vmt_rows *rows)
{
	(void)putc('[', fp);
	for (size_t i = 0; i < rows->n_rows; i++) {
		if (i)
			(void)putc(',', fp);
		put_members(fp, rows->cols, rows->n_cols, rows->cells + i * rows->n_cols);
	}
	(void)putc(']', fp);
}

static void put_cell(FILE *fp, const struct vmt_cell *cell)
{
	char number[VMT_CELL_NUMBER];

	switch (cell->type) {
	case VMT_CELL_NULL: (void)fputs("null", fp); break;
	case VMT_CELL_STR: put_string(fp, cell->s); break;
	case VMT_CELL_WORDS: put_words(fp, cell->s); break;
	case VMT_CELL_NODES: put_nodes(fp, cell->s); break;
	case VMT_CELL_ROWS: put_rows(fp, cell->rows); break;
	case VMT_CELL_ADDR:
		(void)vmt_cell_plain(cell, number, sizeof(number));
		put_string(fp, vmt_str(number));
		break;
	default:
		(void)vmt_cell_plain(cell, number, sizeof(number));
		(void)fputs(number, fp);
		break;
	}
}

static void begin_member(struct vmt_out *out, const char *name)
{
	(void)fputs(out->members++ ? ",\n   " : "{\n   ", out->fp);
	put_key(out->fp, name);
	(void)putc(' ', out->fp);
}

static enum vmt_rc rows_begin(struct vmt_out *out, const char *name)
{
	/* Inside an object rows are a member of it. */
	if (out->object_members) {
		(void)fputs(out->object_members++ > 1 ? ",\n      " : "\n      ", out->fp);
		put_key(out->fp, name);
		(void)putc(' ', out->fp);
	} else {
		begin_member(out, name);
	}
	(void)putc('[', out->fp);
	return VMT_OK;
}

static enum vmt_rc row(struct vmt_out *out, const struct vmt_cell *cells)
{
	(void)fputs(out->rows ? ",\n      " : "\n      ", out->fp);
	put_members(out->fp, out->cols, out->n_cols, cells);
	return VMT_OK;
}

static enum vmt_rc rows_end(struct vmt_out *out)
{
	(void)fputs(out->rows ? "\n   ]" : "]", out->fp);
	return VMT_OK;
}

static void object_begin(struct vmt_out *out, const char *name)
{
	/* One level of objects in an object: a named member of the open one. */
	if (out->object_members) {
		(void)fputs(out->object_members++ > 1 ? ",\n      " : "\n      ", out->fp);
		put_key(out->fp, name);
		(void)fputs(" {", out->fp);
		out->outer_members = out->object_members;
		out->object_members = 1;
		out->nested = true;
		return;
	}
	begin_member(out, name);
	(void)putc('{', out->fp);
	out->object_members = 1;
}

static void member(struct vmt_out *out, const char *name, struct vmt_cell cell)
{
	(void)fputs(out->object_members++ > 1 ? "," : "", out->fp);
	(void)fputs(out->nested ? "" : "\n      ", out->fp);
	put_key(out->fp, name);
	put_cell(out->fp, &cell);
}

static void object_end(struct vmt_out *out)
{
	if (out->nested) {
		(void)putc('}', out->fp);
		out->object_members = out->outer_members;
		out->nested = false;
		return;
	}
	(void)fputs(out->object_members > 1 ? "\n   }" : "}", out->fp);
	out->object_members = 0;
}

static void finish(struct vmt_out *out)
{
	(void)fputs(out->members ? "\n}\n" : "{}\n", out->fp);
}

const struct vmt_format_ops vmt_format_json = {
	.rows_begin = rows_begin,
	.row = row,
	.rows_end = rows_end,
	.object_begin = object_begin,
	.member = member,
	.object_end = object_end,
	.finish = finish,
};
