// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool info: what a source is, and what was understood of it. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"

static void put_number(struct pairs *p, const char *name, bool known, uint64_t n, const char *unit)
{
	char text[64], number[VMT_NUM_GROUPED];

	(void)snprintf(text, sizeof(text), "%s%s", vmt_num_grouped(number, n), unit);
	pairs_put_cell(p, name, known ? vmt_cell_u(VMT_CELL_COUNT, n) : vmt_cell_null(),
		       known ? text : "");
}

/* A format counts in pages of its own: QEMU's kdump of arm64 in 64 KiB, ELF in 4 KiB. */
static void put_pages(struct pairs *p, const char *name, uint64_t n)
{
	uint64_t bytes = n * vmt_mem_about(p->src.mem)->page_size;

	put_number(p, name, n > 0, bytes / vmt_kern_about(p->src.kern)->page_size, "");
}

/* As many lines as there are; of JSON one member. */
static void put_missing(struct pairs *p, const struct vmt_kern_about *k)
{
	static const struct vmt_col what = {"WHAT", NULL, 0, 0, "", 0};
	static const struct vmt_col *const one[] = {&what};
	struct vmt_cell cells[sizeof(k->missing) / sizeof(k->missing[0])];
	struct vmt_rows rows = {one, 1, cells, k->n_missing};

	for (size_t i = 0; i < k->n_missing; i++)
		cells[i] = vmt_cell_s(VMT_CELL_STR, vmt_str(k->missing[i]));
	if (p->view.opts.format == VMT_OUT_JSON) {
		vmt_out_member(p->view.out, "missing",
			       (struct vmt_cell){.type = VMT_CELL_ROWS, .rows = &rows});
		return;
	}
	for (size_t i = 0; i < k->n_missing; i++)
		pairs_put(p, "missing", k->missing[i]);
}

/* The line "by=...". */
static void put_slim(struct pairs *p, struct vmt_str slim)
{
	bool live = vmt_str_find(slim, "\nlive=") != SIZE_MAX;
	char by[64] = "", text[128];

	if (vmt_str_starts(slim, "by=")) {
		const char *end = memchr(slim.p, '\n', slim.n);

		vmt_str_copy(
			by, sizeof(by),
			(struct vmt_str){slim.p + 3, (end ? (size_t)(end - slim.p) : slim.n) - 3});
	}
	(void)snprintf(text, sizeof(text), "%s%s", by, live ? ", of a kernel that ran" : "");
	pairs_put(p, "extracted_by", text);
}

static void put_image(struct pairs *p)
{
	const struct vmt_mem_about *m = vmt_mem_about(p->src.mem);
	const struct vmt_kern_about *k = vmt_kern_about(p->src.kern);
	const struct vmt_kareas_about *a = p->src.kareas_about;
	char text[128], layout[256];

	(void)snprintf(text, sizeof(text), "%s%s%s%s%s", m->format, m->packing[0] ? " (" : "",
		       m->packing, m->packing[0] ? ")" : "", m->flattened ? ", flattened" : "");
	pairs_put(p, "format", text);
	pairs_put(p, "kernel", k->release);
	pairs_put(p, "build_id", k->build_id);
	pairs_put(p, "machine", m->machine);
	put_number(p, "page_size", true, k->page_size, " bytes");
	(void)snprintf(text, sizeof(text), "%u levels, virtual addresses of %u bits", k->levels,
		       k->va_bits);
	pairs_put(p, "paging", text);
	(void)snprintf(text, sizeof(text), "0x%" PRIx64, k->kaslr);
	pairs_put(p, "kaslr", k->kaslr == VMT_FACT_NONE ? "" : text);
	pairs_put(p, "symbols_from", vmt_origin_name(k->symbols));
	put_number(p, "symbols", k->n_symbols > 0, k->n_symbols, "");
	pairs_put(p, "types_from", vmt_origin_name(k->types));
	put_number(p, "parts", m->parts > 0, m->parts,
		   m->n_missing ? ", and some are missing" : "");
	ram_layout(&p->src, layout, sizeof(layout));
	pairs_put(p, "memory", layout);
	put_number(p, "dump_level", m->dump_level >= 0, (uint64_t)m->dump_level, "");
	put_slim(p, m->slim);
	put_pages(p, "pages_stored", m->pages_stored);
	put_pages(p, "pages_ram", m->pages_ram);
	put_number(p, "areas", true, p->src.n_kareas, "");
	put_number(p, "areas_being_set_up", a->uninitialized > 0, a->uninitialized, "");
	put_missing(p, k);
}

static void put_text(struct pairs *p)
{
	const struct vmt_facts *f = source_facts(&p->src);
	const struct vmt_text_stats *st = source_stats(&p->src);
	enum vmt_page_size_from from;
	uint64_t ps = source_page_size(&p->src, &from);
	char text[64];

	pairs_put(p, "format",
		  p->src.live ? "live /proc/vmallocinfo" : "text of /proc/vmallocinfo");
	pairs_put(p, "kernel", f->kernel);
	pairs_put(p, "build_id", f->build_id);
	pairs_put(p, "machine", f->machine);
	put_number(p, "page_size", true, ps, " bytes");
	pairs_put(p, "page_size_from", vmt_page_size_from_name(from));
	(void)snprintf(text, sizeof(text), "%s", vmt_addr_state_name(source_addresses(&p->src)));
	pairs_put(p, "addresses", text);
	put_number(p, "lines", true, st->lines, "");
	put_number(p, "areas", true, st->areas, "");
	put_number(p, "unparsed", st->unparsed > 0, st->unparsed, "");
}

static int print(struct pairs *p)
{
	struct vmt_area a;
	int more;

	/* What a text is, is known at its end. */
	while ((more = source_next(&p->src, &a)) > 0)
		;
	if (more < 0)
		return EXIT_NO_ANSWER;
	pairs_begin(p, "info");
	if (p->src.kern)
		put_image(p);
	else
		put_text(p);
	return pairs_end(p);
}

static int run(struct run *r)
{
	struct pairs p = {0};
	int code = pairs_open(&p, r);

	if (code == 0) {
		code = print(&p);
		pairs_close(&p);
	}
	return code;
}

const struct cmd cmd_info = {
	.name = "info",
	.group = "Look",
	.summary = "What a source is, and where the knowledge of it comes from.",
	.operands = "[SOURCE]",
	.cols = pairs_cols,
	.n_cols = PAIRS_COLS,
	.default_cols = PAIRS_DEFAULT,
	.takes_source = true,
	.live = LIVE_EITHER,
	.symbols = true,
	.run = run,
};
