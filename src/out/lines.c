// SPDX-License-Identifier: GPL-2.0-or-later
/* CSV (RFC 4180) and raw (util-linux's: one space between, blanks and odd bytes as \xNN). */
#include <ctype.h>
#include <string.h>

#include "out_priv.h"

static void put_csv(FILE *fp, struct vmt_str s)
{
	bool quote = false;

	/* A spreadsheet must not take a caller for a formula. */
	bool formula = s.n && strchr("=+-@", s.p[0]);

	for (size_t i = 0; i < s.n; i++)
		quote |= s.p[i] == '"' || s.p[i] == ',' || (unsigned char)s.p[i] < ' ' ||
			 (unsigned char)s.p[i] >= 0x7f;
	if (!quote && !formula) {
		(void)fwrite(s.p, 1, s.n, fp);
		return;
	}
	(void)putc('"', fp);
	if (formula)
		(void)putc('\'', fp);
	for (size_t i = 0; i < s.n;) {
		const unsigned char *p = (const unsigned char *)s.p + i;
		size_t len = vmt_utf8_printable(p, s.n - i);

		if (*p == '"')
			(void)putc('"', fp);
		if (len)
			(void)fwrite(p, 1, len, fp);
		else
			(void)fprintf(fp, "\\x%02x", *p);
		i += len ? len : 1;
	}
	(void)putc('"', fp);
}

static void put_raw(FILE *fp, struct vmt_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == '\\' || c >= 0x7f)
			(void)fprintf(fp, "\\x%02x", c);
		else
			(void)putc(c, fp);
	}
}

static enum vmt_rc csv_begin(struct vmt_out *out, const char *name)
{
	(void)name;
	if (out->again)
		(void)putc('\n', out->fp);
	if (out->opts.no_headings)
		return VMT_OK;
	for (size_t i = 0; i < out->n_cols; i++) {
		if (i)
			(void)putc(',', out->fp);
		for (const char *p = out->cols[i]->name; *p; p++)
			(void)putc(tolower((unsigned char)*p), out->fp);
	}
	(void)putc('\n', out->fp);
	return VMT_OK;
}

static enum vmt_rc csv_row(struct vmt_out *out, const struct vmt_cell *cells)
{
	char number[VMT_CELL_NUMBER];

	for (size_t i = 0; i < out->n_cols; i++) {
		if (i)
			(void)putc(',', out->fp);
		if (cells[i].type == VMT_CELL_NULL)
			continue;
		if (vmt_cell_plain(&cells[i], number, sizeof(number)))
			(void)fputs(number, out->fp);
		else
			put_csv(out->fp, cells[i].s);
	}
	(void)putc('\n', out->fp);
	return VMT_OK;
}

static enum vmt_rc raw_begin(struct vmt_out *out, const char *name)
{
	(void)name;
	if (out->again)
		(void)putc('\n', out->fp);
	if (out->opts.no_headings)
		return VMT_OK;
	for (size_t i = 0; i < out->n_cols; i++)
		(void)fprintf(out->fp, "%s%s", i ? " " : "", out->cols[i]->name);
	(void)putc('\n', out->fp);
	return VMT_OK;
}

/* As lsblk -r: an empty field for null, so that columns can be counted; sizes are bytes. */
static enum vmt_rc raw_row(struct vmt_out *out, const struct vmt_cell *cells)
{
	char number[VMT_CELL_NUMBER];

	for (size_t i = 0; i < out->n_cols; i++) {
		if (i)
			(void)putc(' ', out->fp);
		if (cells[i].type == VMT_CELL_NULL)
			continue;
		if (vmt_cell_plain(&cells[i], number, sizeof(number)))
			(void)fputs(number, out->fp);
		else
			put_raw(out->fp, cells[i].s);
	}
	(void)putc('\n', out->fp);
	return VMT_OK;
}

const struct vmt_format_ops vmt_format_csv = {.rows_begin = csv_begin, .row = csv_row};
const struct vmt_format_ops vmt_format_raw = {.rows_begin = raw_begin, .row = raw_row};
