// SPDX-License-Identifier: GPL-2.0-or-later
/* The emitter: one sequence of calls, four formats. */
#include "out_priv.h"

enum vmt_rc vmt_out_new(struct vmt_out **out, FILE *fp, const struct vmt_out_opts *opts)
{
	static const struct vmt_format_ops *const formats[] = {
		[VMT_OUT_TABLE] = &vmt_format_table,
		[VMT_OUT_RAW] = &vmt_format_raw,
		[VMT_OUT_JSON] = &vmt_format_json,
		[VMT_OUT_CSV] = &vmt_format_csv,
	};
	struct vmt_out *o = calloc(1, sizeof(*o));

	if (!o)
		return VMT_NOMEM;
	o->fp = fp;
	o->opts = *opts;
	o->ops = formats[opts->format];
	*out = o;
	return VMT_OK;
}

void vmt_out_free(struct vmt_out *out)
{
	if (!out)
		return;
	if (out->ops->release)
		out->ops->release(out);
	free(out);
}

enum vmt_rc vmt_out_rows_begin(struct vmt_out *out, const char *name,
			       const struct vmt_col *const *cols, size_t n)
{
	out->cols = cols;
	out->n_cols = n;
	out->rows = 0;
	return out->ops->rows_begin ? out->ops->rows_begin(out, name) : VMT_OK;
}

enum vmt_rc vmt_out_row(struct vmt_out *out, const struct vmt_cell *cells)
{
	enum vmt_rc rc = out->ops->row(out, cells);

	out->rows++;
	return rc;
}

enum vmt_rc vmt_out_rows_end(struct vmt_out *out)
{
	enum vmt_rc rc = out->ops->rows_end ? out->ops->rows_end(out) : VMT_OK;

	out->again = true;
	return rc;
}

void vmt_out_headings(struct vmt_out *out, bool on)
{
	out->opts.no_headings = !on;
}

size_t vmt_out_rows_count(const struct vmt_out *out)
{
	return out->rows;
}

void vmt_out_object_begin(struct vmt_out *out, const char *name)
{
	if (out->ops->object_begin)
		out->ops->object_begin(out, name);
}

void vmt_out_member(struct vmt_out *out, const char *name, struct vmt_cell cell)
{
	if (out->ops->member)
		out->ops->member(out, name, cell);
}

void vmt_out_object_end(struct vmt_out *out)
{
	if (out->ops->object_end)
		out->ops->object_end(out);
}

void vmt_out_finish(struct vmt_out *out)
{
	if (out->ops->finish)
		out->ops->finish(out);
}
