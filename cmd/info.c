// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool info: what a source is, and what was understood of it. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"

enum { COL_NAME, COL_VALUE };

static const struct vmt_col cols[] = {
	{"NAME", NULL, 0, 0, "what is told", COL_NAME},
	{"VALUE", NULL, 0, 0, "and what it is", COL_VALUE},
};

struct info {
	struct source src;
	struct view view;
	enum vmt_rc rc;
};

static void put(struct info *x, const char *name, const char *value)
{
	struct vmt_cell cells[CELLS_MAX];

	if (x->view.opts.format == VMT_OUT_JSON) {
		vmt_out_member(x->view.out, name, vmt_cell_s(VMT_CELL_STR, vmt_str(value)));
		return;
	}
	if (!*value)
		return;
	for (size_t i = 0; i < x->view.n_cols; i++)
		cells[i] = vmt_cell_s(VMT_CELL_STR,
				      vmt_str(x->view.cols[i]->id == COL_NAME ? name : value));
	if (x->rc == VMT_OK)
		x->rc = vmt_out_row(x->view.out, cells);
}

static void put_number(struct info *x, const char *name, bool known, uint64_t n, const char *unit)
{
	char text[64], number[VMT_NUM_GROUPED];

	if (x->view.opts.format == VMT_OUT_JSON) {
		vmt_out_member(x->view.out, name,
			       known ? vmt_cell_u(VMT_CELL_COUNT, n) : vmt_cell_null());
		return;
	}
	(void)snprintf(text, sizeof(text), "%s%s", vmt_num_grouped(number, n), unit);
	put(x, name, known ? text : "");
}

/* A format counts in pages of its own: QEMU's kdump of arm64 in 64 KiB, ELF in 4 KiB. */
static void put_pages(struct info *x, const char *name, uint64_t n)
{
	uint64_t bytes = n * vmt_mem_about(x->src.mem)->page_size;

	put_number(x, name, n > 0, bytes / vmt_kern_about(x->src.kern)->page_size, "");
}

/* As many lines as there are; of JSON one member. */
static void put_missing(struct info *x, const struct vmt_kern_about *k)
{
	static const struct vmt_col what = {"WHAT", NULL, 0, 0, "", 0};
	static const struct vmt_col *const one[] = {&what};
	struct vmt_cell cells[sizeof(k->missing) / sizeof(k->missing[0])];
	struct vmt_rows rows = {one, 1, cells, k->n_missing};

	for (size_t i = 0; i < k->n_missing; i++)
		cells[i] = vmt_cell_s(VMT_CELL_STR, vmt_str(k->missing[i]));
	if (x->view.opts.format == VMT_OUT_JSON) {
		vmt_out_member(x->view.out, "missing",
			       (struct vmt_cell){.type = VMT_CELL_ROWS, .rows = &rows});
		return;
	}
	for (size_t i = 0; i < k->n_missing; i++)
		put(x, "missing", k->missing[i]);
}

/* The line "by=...". */
static void put_slim(struct info *x, struct vmt_str slim)
{
	char text[64] = "";

	if (vmt_str_starts(slim, "by=")) {
		const char *end = memchr(slim.p, '\n', slim.n);

		vmt_str_copy(
			text, sizeof(text),
			(struct vmt_str){slim.p + 3, (end ? (size_t)(end - slim.p) : slim.n) - 3});
	}
	put(x, "extracted_by", text);
}

static void put_image(struct info *x)
{
	const struct vmt_mem_about *m = vmt_mem_about(x->src.mem);
	const struct vmt_kern_about *k = vmt_kern_about(x->src.kern);
	const struct vmt_kareas_about *a = x->src.kareas_about;
	char text[128], layout[256];

	(void)snprintf(text, sizeof(text), "%s%s%s%s%s", m->format, m->packing[0] ? " (" : "",
		       m->packing, m->packing[0] ? ")" : "", m->flattened ? ", flattened" : "");
	put(x, "format", text);
	put(x, "kernel", k->release);
	put(x, "build_id", k->build_id);
	put(x, "machine", m->machine);
	put_number(x, "page_size", true, k->page_size, " bytes");
	(void)snprintf(text, sizeof(text), "%u levels, virtual addresses of %u bits", k->levels,
		       k->va_bits);
	put(x, "paging", text);
	(void)snprintf(text, sizeof(text), "0x%" PRIx64, k->kaslr);
	put(x, "kaslr", k->kaslr == VMT_FACT_NONE ? "" : text);
	put(x, "symbols_from", vmt_origin_name(k->symbols));
	put_number(x, "symbols", k->n_symbols > 0, k->n_symbols, "");
	put(x, "types_from", vmt_origin_name(k->types));
	put_number(x, "parts", m->parts > 0, m->parts,
		   m->n_missing ? ", and some are missing" : "");
	ram_layout(&x->src, layout, sizeof(layout));
	put(x, "memory", layout);
	put_number(x, "dump_level", m->dump_level >= 0, (uint64_t)m->dump_level, "");
	put_slim(x, m->slim);
	put_pages(x, "pages_stored", m->pages_stored);
	put_pages(x, "pages_ram", m->pages_ram);
	put_number(x, "areas", true, x->src.n_kareas, "");
	put_number(x, "areas_being_set_up", a->uninitialized > 0, a->uninitialized, "");
	put_missing(x, k);
}

static void put_text(struct info *x)
{
	const struct vmt_facts *f = source_facts(&x->src);
	const struct vmt_text_stats *st = source_stats(&x->src);
	enum vmt_page_size_from from;
	uint64_t ps = source_page_size(&x->src, &from);
	char text[64];

	put(x, "format", x->src.live ? "live /proc/vmallocinfo" : "text of /proc/vmallocinfo");
	put(x, "kernel", f->kernel);
	put(x, "build_id", f->build_id);
	put(x, "machine", f->machine);
	put_number(x, "page_size", true, ps, " bytes");
	put(x, "page_size_from", vmt_page_size_from_name(from));
	(void)snprintf(text, sizeof(text), "%s", vmt_addr_state_name(source_addresses(&x->src)));
	put(x, "addresses", text);
	put_number(x, "lines", true, st->lines, "");
	put_number(x, "areas", true, st->areas, "");
	put_number(x, "unparsed", st->unparsed > 0, st->unparsed, "");
}

static int print(struct info *x)
{
	struct vmt_area a;
	int more;

	/* What a text is, is known at its end. */
	while ((more = source_next(&x->src, &a)) > 0)
		;
	if (more < 0)
		return EXIT_NO_ANSWER;
	if (x->view.opts.format == VMT_OUT_JSON)
		vmt_out_object_begin(x->view.out, "info");
	else
		x->rc = view_begin(&x->view, "info");
	if (x->src.kern)
		put_image(x);
	else
		put_text(x);
	if (x->view.opts.format == VMT_OUT_JSON)
		vmt_out_object_end(x->view.out);
	else if (x->rc == VMT_OK)
		x->rc = vmt_out_rows_end(x->view.out);
	if (x->rc != VMT_OK)
		return complain_nomem();
	vmt_out_finish(x->view.out);
	return source_report(&x->src, EXIT_ANSWERED);
}

static int run(struct run *r)
{
	struct info x = {0};
	int code = view_open(&x.view, r);

	/* What is told are pairs, no table: no headings. */
	if (code == 0 && x.view.opts.format == VMT_OUT_TABLE)
		vmt_out_headings(x.view.out, false);
	if (code == 0)
		code = source_open(&x.src, r);
	if (code == 0) {
		code = print(&x);
		source_close(&x.src);
	}
	view_close(&x.view);
	return code;
}

const struct cmd cmd_info = {
	.name = "info",
	.group = "Look",
	.summary = "What a source is, and where the knowledge of it comes from.",
	.operands = "[SOURCE]",
	.cols = cols,
	.n_cols = sizeof(cols) / sizeof(cols[0]),
	.default_cols = "NAME,VALUE",
	.takes_source = true,
	.live = LIVE_EITHER,
	.symbols = true,
	.run = run,
};
