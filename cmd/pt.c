// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool pt: what the page tables map, as spans of equal rights. */
#include <inttypes.h>
#include <string.h>

#include "pt.h"

static const struct cmd_opt opts[] = {
	{"writable", 0, NULL, OPT_WRITABLE, "only what the kernel may write", NULL},
	{"exec", 0, NULL, OPT_EXEC, "only what the kernel may execute", NULL},
	{"wx", 0, NULL, OPT_WX, "only what it may both write and execute", NULL},
	{"huge", 0, NULL, OPT_HUGE, "only large pages and contiguous blocks", NULL},
	{"alias", 0, NULL, OPT_ALIAS, "only frames that are mapped elsewhere too, and where", NULL},
	{"entries", 0, NULL, OPT_ENTRIES, "a row for each entry: nothing is merged", NULL},
};

static const struct vmt_col cols[] = {
	{"START", NULL, 0, 0, "first address", PT_START},
	{"END", NULL, 0, 0, "address after the last", PT_END},
	{"SIZE", NULL, 0, VMT_COL_RIGHT, "END - START", PT_SIZE},
	{"PAGE", NULL, 0, VMT_COL_RIGHT, "what one entry maps", PT_PAGE},
	{"COUNT", NULL, 0, VMT_COL_RIGHT, "entries; of KIND clone or unknown: tables", PT_COUNT},
	{"LEVEL", NULL, 0, 0, "of the entries: PTE, PMD, PUD, P4D, PGD", PT_LEVEL},
	{"RIGHTS", NULL, 0, 0, "r, w, x of the whole path; user", PT_RIGHTS},
	{"TYPE", NULL, 0, 0, "memory type: WB, UC-, normal, device-nGnRE, ...", PT_TYPE},
	{"FLAGS", NULL, 0, VMT_COL_TRUNC, "contiguous, global, special", PT_FLAGS},
	{"PHYS", NULL, 0, 0, "physical address of the first byte", PT_PHYS},
	{"SCATTERED", NULL, 0, 0, "the frames do not follow each other", PT_SCATTERED},
	{"KIND", NULL, 0, 0, "mapped, clone or unknown", PT_KIND},
	{"OWNER", NULL, 0.4, VMT_COL_TRUNC, "caller of the area, or the range", PT_OWNER},
	{"OWNER_KIND", NULL, 0, 0, "area, guard, unpurged, hole, image, range, none",
	 PT_OWNER_KIND},
	{"MODULE", NULL, 0, VMT_COL_TRUNC, "module that lies there", PT_MODULE},
	{"RANGE", NULL, 0, 0, "the narrowest range: vmalloc, modules, direct, ...", PT_RANGE},
	{"TABLE", NULL, 0, 0, "physical address of the page table", PT_TABLE},
	{"SAME_AS", NULL, 0, 0, "clone: where its table was met first", PT_SAME_AS},
	{"ALIAS", NULL, 0, 0, "the other address", PT_ALIAS},
	{"ALIAS_RIGHTS", NULL, 0, 0, "rights there", PT_ALIAS_RIGHTS},
	{"ALIAS_OWNER", NULL, 0.3, VMT_COL_TRUNC, "owner there", PT_ALIAS_OWNER},
};

#define ALIAS_COLS "START,SIZE,RIGHTS,PHYS,OWNER,ALIAS,ALIAS_RIGHTS,ALIAS_OWNER"
#define MACHINE_COLS                                                                              \
	"START,END,SIZE,PAGE,COUNT,LEVEL,RIGHTS,TYPE,FLAGS,PHYS,SCATTERED,KIND,OWNER,OWNER_KIND," \
	"MODULE,RANGE,TABLE,SAME_AS"

/* ---- cells ---- */

static struct vmt_cell text(const char *s)
{
	return vmt_cell_s(VMT_CELL_STR, vmt_str(s));
}

static struct vmt_cell va_cell(uint64_t va)
{
	return (struct vmt_cell){.type = VMT_CELL_ADDR, .u = va, .width = 16};
}

/* A clone or what is not known, told where the owner stands: there is no owner to tell of. */
static const char *note(const struct pt_row *row, char *buf, size_t size)
{
	const struct vmt_span *s = &row->span;

	if (s->kind == VMT_STRETCH_CLONE)
		(void)snprintf(buf, size, "as 0x%" PRIx64 ", x%" PRIu64, s->first_va, s->n);
	else
		(void)snprintf(buf, size, "unknown: %" PRIu64 " page table%s %s", s->n,
			       s->n == 1 ? "" : "s",
			       s->why == VMT_EXCLUDED ? "not in the image"
			       : s->why == VMT_FAULT  ? "where no memory is"
						      : "that cannot be read");
	return buf;
}

static struct vmt_cell mapped_cell(int id, const struct vmt_pgt *pgt, const struct pt_row *row,
				   char *buf)
{
	const struct vmt_span *s = &row->span;

	switch (id) {
	case PT_PAGE: return vmt_cell_u(VMT_CELL_BYTES, s->leaf_bytes);
	case PT_RIGHTS: return text(rights_text(s->rights, buf));
	case PT_TYPE: return text(vmt_memtype_name(pgt, s->memtype));
	case PT_FLAGS: return vmt_cell_s(VMT_CELL_WORDS, leaf_flags(s->flags));
	case PT_PHYS: return vmt_cell_u(VMT_CELL_ADDR, s->pa);
	case PT_SCATTERED: return vmt_cell_u(VMT_CELL_BOOL, !s->contiguous);
	}
	return vmt_cell_null();
}

static struct vmt_cell alias_cell(int id, const struct pt_row *row, char *buf, size_t size)
{
	const struct vmt_span *a = row->alias;

	if (!a)
		return vmt_cell_null();
	switch (id) {
	case PT_ALIAS: return va_cell(a->va);
	case PT_ALIAS_RIGHTS: return text(rights_text(a->rights, buf));
	case PT_ALIAS_OWNER: return text(place_owner(&row->alias_place, buf, size));
	}
	return vmt_cell_null();
}

static struct vmt_cell cell(int id, struct pt *x, const struct pt_row *row, char *buf, size_t size)
{
	static const char *const kinds[] = {"hole", "mapped", "unknown", "clone"};
	const struct vmt_span *s = &row->span;
	bool mapped = s->kind == VMT_STRETCH_LEAVES;

	switch (id) {
	case PT_START: return va_cell(s->va);
	case PT_END: return va_cell(s->va + s->bytes);
	case PT_SIZE: return vmt_cell_u(VMT_CELL_BYTES, s->bytes);
	case PT_COUNT: return vmt_cell_u(VMT_CELL_COUNT, s->n);
	case PT_LEVEL: return text(vmt_pgt_level_name(x->pgt, s->level));
	case PT_KIND: return text(kinds[s->kind]);
	case PT_OWNER:
		return text(mapped || x->view.opts.format != VMT_OUT_TABLE
				    ? place_owner(&row->place, buf, size)
				    : note(row, buf, size));
	case PT_OWNER_KIND: return text(vmt_owner_name(row->place.kind));
	case PT_MODULE: return vmt_cell_s(VMT_CELL_STR, place_module(&x->src, &row->place));
	case PT_RANGE: return row->place.part ? text(row->place.part->name) : vmt_cell_null();
	case PT_TABLE:
		return s->n == 1 || s->kind == VMT_STRETCH_CLONE
			       ? vmt_cell_u(VMT_CELL_ADDR, s->table_pa)
			       : vmt_cell_null();
	case PT_SAME_AS:
		return s->kind == VMT_STRETCH_CLONE ? va_cell(s->first_va) : vmt_cell_null();
	}
	if (id >= PT_ALIAS)
		return alias_cell(id, row, buf, size);
	return mapped ? mapped_cell(id, x->pgt, row, buf) : vmt_cell_null();
}

enum vmt_rc pt_put(struct pt *x, const struct pt_row *row)
{
	struct vmt_cell cells[CELLS_MAX];
	char bufs[CELLS_MAX][256];

	for (size_t i = 0; i < x->view.n_cols; i++)
		cells[i] = cell(x->view.cols[i]->id, x, row, bufs[i], sizeof(bufs[i]));
	x->mapped_rows += row->span.kind == VMT_STRETCH_LEAVES;
	x->unknown_rows += row->span.kind == VMT_STRETCH_UNKNOWN;
	return vmt_out_row(x->view.out, cells);
}

/* ---- spans ---- */

bool pt_wanted(const struct pt *x, const struct vmt_span *s)
{
	if (s->kind == VMT_STRETCH_HOLE)
		return false;
	return !x->huge || s->kind != VMT_STRETCH_LEAVES || s->level > 0 ||
	       s->flags & VMT_LEAF_CONT;
}

bool pt_piece(struct pt *x, const struct vmt_span *s, uint64_t va, struct pt_row *row)
{
	uint64_t last = s->va + (s->bytes - 1), offset = va - s->va;
	enum vmt_rc rc;

	row->span = *s;
	row->alias = NULL;
	rc = vmt_kern_place(x->src.kern, va, &row->place, NULL);
	if (rc == VMT_NOMEM)
		return false;
	if (s->kind != VMT_STRETCH_LEAVES)
		return true;
	/* An entry is one row, also where two have it. */
	if (!x->entries && row->place.end && row->place.end - 1 < last)
		last = row->place.end - 1;
	row->span.va = va;
	row->span.bytes = last - va + 1;
	row->span.n = (row->span.bytes + s->leaf_bytes - 1) / s->leaf_bytes;
	if (s->contiguous || offset < s->leaf_bytes)
		row->span.pa = s->pa + offset;
	else if (vmt_pgt_translate(x->pgt, va, &row->span.pa, NULL) != VMT_OK)
		return false;
	/* One page is in order, whatever its neighbours are. */
	row->span.contiguous |= row->span.n == 1;
	return true;
}

/* A span with several owners is several rows. */
static enum vmt_rc put_span(struct pt *x, const struct vmt_span *s)
{
	uint64_t va = s->va;
	struct pt_row row;
	enum vmt_rc rc;

	do {
		if (!pt_piece(x, s, va, &row))
			return VMT_NOMEM;
		rc = pt_put(x, &row);
		va = row.span.va + row.span.bytes;
	} while (rc == VMT_OK && va - s->va < s->bytes);
	return rc;
}

static enum vmt_rc put_range(struct pt *x, const struct bounds *b, struct vmt_err *err)
{
	struct vmt_cursor_opts how = {.want = x->want};
	struct vmt_cursor *cur;
	struct vmt_span s;
	enum vmt_rc rc = vmt_cursor_open(&cur, x->pgt, &how, err);

	if (rc != VMT_OK)
		return rc;
	vmt_cursor_seek(cur, b->start, b->end);
	while ((rc = x->entries ? vmt_cursor_leaf(cur, &s, err) : vmt_cursor_span(cur, &s, err)) ==
	       VMT_OK) {
		if (pt_wanted(x, &s))
			rc = put_span(x, &s);
		if (rc != VMT_OK)
			break;
	}
	vmt_cursor_close(cur);
	return rc == VMT_NONE ? VMT_OK : rc;
}

/* ---- the command ---- */

static enum vmt_rc print(struct pt *x, struct vmt_err *err)
{
	enum vmt_rc rc = view_begin(&x->view, "pt");

	if (rc == VMT_OK && x->alias)
		rc = pt_aliases(x, err);
	for (size_t i = 0; rc == VMT_OK && !x->alias && i < x->n_bounds; i++)
		rc = put_range(x, &x->bounds[i], err);
	if (rc == VMT_OK)
		rc = vmt_out_rows_end(x->view.out);
	for (size_t i = 0; rc == VMT_OK && i < x->n_bounds; i++)
		rc = vmt_pgt_census(x->pgt, x->bounds[i].start, x->bounds[i].end, &x->census, err);
	return rc;
}

/* "vmalloc,modules: 0x...-0x..., 0x...-0x..."; addresses stand for themselves. */
static void where(const struct pt *x, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	if (x->n_bounds > 1 || strncmp(x->range, "0x", 2) != 0)
		n = (size_t)snprintf(buf, size, "%s:", ESC(vmt_str(x->range)));
	for (size_t i = 0; i < x->n_bounds && n < size; i++) {
		const struct bounds *b = &x->bounds[i];

		n += (size_t)snprintf(buf + n, size - n, "%s0x%016" PRIx64, n ? " " : "", b->start);
		if (n < size)
			n += (size_t)(b->end ? snprintf(buf + n, size - n, "-0x%016" PRIx64 "%s",
							b->end, i + 1 < x->n_bounds ? "," : "")
					     : snprintf(buf + n, size - n, " and up"));
	}
}

/* No table is an answer, too, and a reader wants to know to what. */
static void say_nothing(const struct pt *x)
{
	char place[700];
	const char *rights = "";
	bool in_part = x->alias ? x->census.unknown : x->unknown_rows;

	where(x, place, sizeof(place));
	if (x->want == (VMT_RIGHT_WRITE | VMT_RIGHT_EXEC))
		rights = "W+X ";
	else if (x->want)
		rights = x->want & VMT_RIGHT_WRITE ? "writable " : "executable ";
	say("  ", "No %s%smapping %sin %s%s.", rights, x->huge ? "large-page " : "",
	    x->alias ? "of frames that are mapped elsewhere, too, " : "",
	    in_part ? "what can be read of " : "", place);
}

static int answer(struct pt *x, const struct run *r)
{
	struct vmt_err err = {0};

	if (print(x, &err) != VMT_OK)
		return complain_nomem();
	census_json(x->pgt, &x->census, &x->view);
	source_json(&x->src, &x->view);
	vmt_out_finish(x->view.out);
	if (x->view.opts.format == VMT_OUT_TABLE && !r->opt[OPT_OUTPUT] &&
	    !r->opt[OPT_NOHEADINGS]) {
		if (!x->mapped_rows)
			say_nothing(x);
		census_print(x->pgt, &x->census, &x->view);
	}
	return source_report(&x->src, EXIT_ANSWERED);
}

static int run(struct run *r)
{
	struct pt x = {0};
	int code = view_open(&x.view, r);

	x.huge = r->opt[OPT_HUGE] != NULL;
	x.alias = r->opt[OPT_ALIAS] != NULL;
	x.entries = r->opt[OPT_ENTRIES] != NULL;
	if (r->opt[OPT_WRITABLE] || r->opt[OPT_WX])
		x.want |= VMT_RIGHT_WRITE;
	if (r->opt[OPT_EXEC] || r->opt[OPT_WX])
		x.want |= VMT_RIGHT_EXEC;
	if (code == 0 && x.alias && x.entries)
		code = usage_error(r->cmd, "only one of --alias and --entries");
	if (code == 0 && x.alias && !r->opt[OPT_OUTPUT])
		code = view_choose(&x.view, r, ALIAS_COLS);
	if (code == 0)
		code = source_open(&x.src, r);
	if (code == 0) {
		x.pgt = vmt_kern_pgt(x.src.kern);
		x.range = r->n_args ? r->args[0] : bounds_usual(&x.src);
		code = bounds_parse(&x.src, r, x.range, &x.bounds, &x.n_bounds);
		if (code == 0)
			code = answer(&x, r);
		free(x.bounds);
		source_close(&x.src);
	}
	view_close(&x.view);
	return code;
}

const struct cmd cmd_pt = {
	.name = "pt",
	.group = "Ask",
	.summary = "What the page tables map: spans of equal rights and their owners.",
	.operands = "[RANGE] [SOURCE]",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.cols = cols,
	.n_cols = sizeof(cols) / sizeof(cols[0]),
	.default_cols = "START,SIZE,PAGE,RIGHTS,TYPE,OWNER",
	.machine_cols = MACHINE_COLS,
	.max_args = 1,
	.takes_source = true,
	.live = LIVE_MEMORY,
	.symbols = true,
	.run = run,
};
