// SPDX-License-Identifier: GPL-2.0-or-later
/* A source, and what is told of it in pairs: a name and its value. */
#include "cmd.h"

enum { PAIRS_NAME, PAIRS_VALUE };

const struct vmt_col pairs_cols[PAIRS_COLS] = {
	{"NAME", NULL, 0, 0, "what is told", PAIRS_NAME},
	{"VALUE", NULL, 0, 0, "and what it is", PAIRS_VALUE},
};

static bool is_object(const struct pairs *p)
{
	return p->view.opts.format == VMT_OUT_JSON;
}

int pairs_open(struct pairs *p, struct run *r)
{
	int code = view_open(&p->view, r);

	p->rc = VMT_OK;
	/* What a person is told needs no headings. */
	if (code == 0 && p->view.opts.format == VMT_OUT_TABLE)
		vmt_out_headings(p->view.out, false);
	if (code == 0)
		code = source_open(&p->src, r);
	if (code != 0)
		view_close(&p->view);
	return code;
}

void pairs_begin(struct pairs *p, const char *name)
{
	if (is_object(p))
		vmt_out_object_begin(p->view.out, name);
	else
		p->rc = view_begin(&p->view, name);
}

void pairs_put(struct pairs *p, const char *name, const char *value)
{
	struct vmt_cell cells[CELLS_MAX];

	if (is_object(p)) {
		vmt_out_member(p->view.out, name, vmt_cell_s(VMT_CELL_STR, vmt_str(value)));
		return;
	}
	if (!*value)
		return;
	for (size_t i = 0; i < p->view.n_cols; i++)
		cells[i] = vmt_cell_s(VMT_CELL_STR,
				      vmt_str(p->view.cols[i]->id == PAIRS_NAME ? name : value));
	if (p->rc == VMT_OK)
		p->rc = vmt_out_row(p->view.out, cells);
}

void pairs_put_cell(struct pairs *p, const char *name, struct vmt_cell cell, const char *text)
{
	if (is_object(p))
		vmt_out_member(p->view.out, name, cell);
	else
		pairs_put(p, name, text);
}

int pairs_end(struct pairs *p)
{
	if (is_object(p))
		vmt_out_object_end(p->view.out);
	else if (p->rc == VMT_OK)
		p->rc = vmt_out_rows_end(p->view.out);
	if (p->rc != VMT_OK)
		return complain_nomem();
	vmt_out_finish(p->view.out);
	return source_report(&p->src, EXIT_ANSWERED);
}

void pairs_close(struct pairs *p)
{
	source_close(&p->src);
	view_close(&p->view);
}
