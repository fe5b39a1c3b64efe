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
		(void)fwrite_unlocked(s.p, 1, s.n, fp);
		return;
	}
	(void)putc_unlocked('"', fp);
	if (formula)
		(void)putc_unlocked('\'', fp);
	for (size_t i = 0; i < s.n;) {
		const unsigned char *p = (const unsigned char *)s.p + i;
		size_t len = vmt_utf8_printable(p, s.n - i);

		if (*p == '"')
			(void)putc_unlocked('"', fp);
		if (len)
			(void)fwrite_unlocked(p, 1, len, fp);
		else
			(void)fprintf(fp, "\\x%02x", *p);
		i += len ? len : 1;
	}
	(void)putc_unlocked('"', fp);
}

static void put_raw(FILE *fp, struct vmt_str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c > ' ' && c != '\\' && c < 0x7f)
			continue;
		(void)fwrite_unlocked(s.p + from, 1, i - from, fp);
		(void)fprintf(fp, "\\x%02x", c);
		from = i + 1;
	}
	if (s.n > from)
		(void)fwrite_unlocked(s.p + from, 1, s.n - from, fp);
}

static enum vmt_rc csv_begin(struct vmt_out *out, const char *name)
{
	(void)name;
	if (out->again)
		(void)putc_unlocked('\n', out->fp);
	if (out->opts.no_headings)
		return VMT_OK;
	for (size_t i = 0; i < out->n_cols; i++) {
		if (i)
			(void)putc_unlocked(',', out->fp);
		for (const char *p = out->cols[i]->name; *p; p++)
			(void)putc_unlocked(tolower((unsigned char)*p), out->fp);
	}
	(void)putc_unlocked('\n', out->fp);
	return VMT_OK;
}

static enum vmt_rc csv_row(struct vmt_out *out, const struct vmt_cell *cells)
{
	char number[VMT_CELL_NUMBER];

	for (size_t i = 0; i < out->n_cols; i++) {
		if (i)
			(void)putc_unlocked(',', out->fp);
		if (cells[i].type == VMT_CELL_NULL)
			continue;
		if (vmt_cell_plain(&cells[i], number, sizeof(number)))
			(void)fputs_unlocked(number, out->fp);
		else
			put_csv(out->fp, cells[i].s);
	}
	(void)putc_unlocked('\n', out->fp);
	return VMT_OK;
}

static enum vmt_rc raw_begin(struct vmt_out *out, const char *name)
{
	(void)name;
	if (out->again)
		(void)putc_unlocked('\n', out->fp);
	if (out->opts.no_headings)
		return VMT_OK;
	for (size_t i = 0; i < out->n_cols; i++)
		(void)fprintf(out->fp, "%s%s", i ? " " : "", out->cols[i]->name);
	(void)putc_unlocked('\n', out->fp);
	return VMT_OK;
}

/* As lsblk -r: an empty field for null, so that columns can be counted; sizes are bytes. */
static enum vmt_rc raw_row(struct vmt_out *out, const struct vmt_cell *cells)
{
	char number[VMT_CELL_NUMBER];

	for (size_t i = 0; i < out->n_cols; i++) {
		if (i)
			(void)putc_unlocked(' ', out->fp);
		if (cells[i].type == VMT_CELL_NULL)
			continue;
		if (vmt_cell_plain(&cells[i], number, sizeof(number)))
			(void)fputs_unlocked(number, out->fp);
		else
			put_raw(out->fp, cells[i].s);
	}
	(void)putc_unlocked('\n', out->fp);
	return VMT_OK;
}

const struct vmt_format_ops vmt_format_csv = {.rows_begin = csv_begin, .row = csv_row};
const struct vmt_format_ops vmt_format_raw = {.rows_begin = raw_begin, .row = raw_row};
