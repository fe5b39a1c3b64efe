// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool holes: free address space, and whether a request fits. */
#include <string.h>

#include "cmd.h"

enum { OPT_FIT = OPT_OWN, OPT_REQUEST, OPT_REGION };

static const struct cmd_opt opts[] = {
	{"fit", 0, "SIZE[,ALIGN]", OPT_FIT, "does it fit? as dmesg says it, with guard", NULL},
	{"request", 0, "SIZE[,ALIGN]", OPT_REQUEST, "the same, without guard: it is added", NULL},
	{"region", 0, "NAME", OPT_REGION, "only this region", "vmalloc modules"},
};

enum {
	COL_REGION,
	COL_BOUNDS,
	COL_START,
	COL_END,
	COL_SIZE,
	COL_USED,
	COL_UNPURGED,
	COL_HOLES,
	COL_FREE,
	COL_LARGEST,
	COL_AT,
	COL_FRAGMENTATION,
	COL_WHY
};

static const struct vmt_col cols[] = {
	{"REGION", NULL, 0, 0, "vmalloc, modules, static", COL_REGION},
	{"BOUNDS", NULL, 0, 0, "inferred, or unknown", COL_BOUNDS},
	{"START", NULL, 0, 0, "first address; empty when not known", COL_START},
	{"END", NULL, 0, 0, "address after the last; empty when not known", COL_END},
	{"SIZE", NULL, 0, VMT_COL_RIGHT, "END - START", COL_SIZE},
	{"USED", NULL, 0, VMT_COL_RIGHT, "held by areas, guard pages included", COL_USED},
	{"UNPURGED", NULL, 0, VMT_COL_RIGHT, "freed, not yet usable; counted as hole",
	 COL_UNPURGED},
	{"HOLES", NULL, 0, VMT_COL_RIGHT, "number of holes", COL_HOLES},
	{"FREE", NULL, 0, VMT_COL_RIGHT, "sum of the holes; at least, when bounds are unknown",
	 COL_FREE},
	{"LARGEST", NULL, 0, VMT_COL_RIGHT, "the largest hole", COL_LARGEST},
	{"AT", NULL, 0, 0, "where the largest hole begins", COL_AT},
	{"FRAGMENTATION", "FRAG", 0, VMT_COL_RIGHT, "1 - LARGEST / FREE", COL_FRAGMENTATION},
	{"WHY", NULL, 0, VMT_COL_TRUNC, "how the bounds were found, or why not", COL_WHY},
};

struct holes {
	struct source src;
	struct view view;
	struct vmt_gaps *gaps;
	struct vmt_groups *callers;
	const char *only;
	/* The question, when there is one. */
	bool ask;
	uint64_t fit_bytes, align, asked_bytes;
};

static bool wanted(const struct holes *h, const struct vmt_region *r)
{
	return !h->only || strcmp(h->only, r->name) == 0;
}

/* ---- regions and histogram ---- */

static struct vmt_cell bytes_if(bool known, uint64_t n)
{
	return known ? vmt_cell_u(VMT_CELL_BYTES, n) : vmt_cell_null();
}

static struct vmt_cell cell(int id, const struct vmt_region *r)
{
	bool known = r->bounds == VMT_BOUNDS_INFERRED;

	switch (id) {
	case COL_REGION: return vmt_cell_s(VMT_CELL_STR, vmt_str(r->name));
	case COL_BOUNDS: return vmt_cell_s(VMT_CELL_STR, vmt_str(known ? "inferred" : "unknown"));
	case COL_START: return known ? vmt_cell_u(VMT_CELL_ADDR, r->start) : vmt_cell_null();
	case COL_END: return known ? vmt_cell_u(VMT_CELL_ADDR, r->end) : vmt_cell_null();
	case COL_SIZE: return bytes_if(known, r->end - r->start);
	case COL_USED: return vmt_cell_u(VMT_CELL_BYTES, r->busy_bytes);
	case COL_UNPURGED: return vmt_cell_u(VMT_CELL_BYTES, r->unpurged_bytes);
	case COL_HOLES:
		return r->has_holes ? vmt_cell_u(VMT_CELL_COUNT, r->holes) : vmt_cell_null();
	case COL_FREE: return bytes_if(r->has_holes, r->hole_bytes);
	case COL_LARGEST: return bytes_if(r->has_holes, r->largest_bytes);
	case COL_AT:
		return r->holes ? vmt_cell_u(VMT_CELL_ADDR, r->largest_start) : vmt_cell_null();
	case COL_FRAGMENTATION:
		if (!known || !r->hole_bytes)
			return vmt_cell_null();
		return (struct vmt_cell){.type = VMT_CELL_SHARE,
					 .d = 1 - (double)r->largest_bytes / (double)r->hole_bytes};
	case COL_WHY: return vmt_cell_s(VMT_CELL_STR, vmt_str(r->why));
	}
	return vmt_cell_null();
}

static enum vmt_rc print_regions(struct holes *h, const struct vmt_region *regions, size_t n)
{
	struct vmt_cell cells[CELLS_MAX];
	struct view *v = &h->view;
	enum vmt_rc rc = view_begin(v, "holes");

	for (size_t k = 0; rc == VMT_OK && k < n; k++) {
		if (!wanted(h, &regions[k]))
			continue;
		for (size_t i = 0; i < v->n_cols; i++)
			cells[i] = cell(v->cols[i]->id, &regions[k]);
		rc = vmt_out_row(v->out, cells);
	}
	return rc == VMT_OK ? vmt_out_rows_end(v->out) : rc;
}

static const struct vmt_col class_cols[] = {
	{"REGION", NULL, 0, 0, "", 0},
	{"FROM", "HOLES OF", 0, VMT_COL_RIGHT, "", 1},
	{"TO", "BELOW", 0, VMT_COL_RIGHT, "", 2},
	{"HOLES", NULL, 0, VMT_COL_RIGHT, "", 3},
	{"BYTES", NULL, 0, VMT_COL_RIGHT, "", 4},
	{"SHARE", NULL, 0, VMT_COL_RIGHT, "", 5},
};

static enum vmt_rc put_classes(struct holes *h, const struct vmt_region *r)
{
	struct vmt_cell cells[6];
	enum vmt_rc rc = VMT_OK;

	for (int k = 0; rc == VMT_OK && k < VMT_HOLE_CLASSES; k++) {
		if (!r->class_holes[k])
			continue;
		cells[0] = vmt_cell_s(VMT_CELL_STR, vmt_str(r->name));
		cells[1] = vmt_cell_u(VMT_CELL_BYTES, UINT64_C(1) << k);
		cells[2] = k == 63 ? vmt_cell_null() : vmt_cell_u(VMT_CELL_BYTES, UINT64_C(2) << k);
		cells[3] = vmt_cell_u(VMT_CELL_COUNT, r->class_holes[k]);
		cells[4] = vmt_cell_u(VMT_CELL_BYTES, r->class_bytes[k]);
		cells[5] =
			(struct vmt_cell){.type = VMT_CELL_SHARE,
					  .d = (double)r->class_bytes[k] / (double)r->hole_bytes};
		rc = vmt_out_row(h->view.out, cells);
	}
	return rc;
}

static enum vmt_rc print_histogram(struct holes *h, const struct vmt_region *regions, size_t n)
{
	const struct vmt_col *c[6];
	enum vmt_rc rc;

	for (size_t i = 0; i < 6; i++)
		c[i] = &class_cols[i];
	rc = vmt_out_rows_begin(h->view.out, "histogram", c, 6);
	for (size_t k = 0; rc == VMT_OK && k < n; k++) {
		if (wanted(h, &regions[k]))
			rc = put_classes(h, &regions[k]);
	}
	return rc == VMT_OK ? vmt_out_rows_end(h->view.out) : rc;
}

/* ---- fit ---- */

enum answer { FITS, DOES_NOT_FIT, UNKNOWN };

static const struct vmt_col fit_cols[] = {
	{"REGION", NULL, 0, 0, "", 0},
	{"FITS", NULL, 0, 0, "", 1},
	{"TIMES", NULL, 0, VMT_COL_RIGHT, "", 2},
	{"AT", NULL, 0, 0, "", 3},
	{"LARGEST", NULL, 0, VMT_COL_RIGHT, "", 4},
	{"SHORT", NULL, 0, VMT_COL_RIGHT, "", 5},
	{"BELOW", NULL, 0.25, VMT_COL_TRUNC, "", 6},
	{"ABOVE", NULL, 0.25, VMT_COL_TRUNC, "", 7},
};

static struct vmt_cell owner(const struct holes *h, uint32_t id)
{
	if (id == UINT32_MAX)
		return vmt_cell_null();
	return vmt_cell_s(VMT_CELL_STR, vmt_groups_at(h->callers, id)->key);
}

static enum answer fit_row(struct holes *h, const struct vmt_region *r, struct vmt_cell *cells)
{
	struct vmt_fit fit;
	enum answer answer;

	vmt_gaps_fit(h->gaps, r, h->fit_bytes, h->align, &fit);
	answer = fit.times ? FITS : r->bounds == VMT_BOUNDS_INFERRED ? DOES_NOT_FIT : UNKNOWN;
	for (size_t i = 0; i < 8; i++)
		cells[i] = vmt_cell_null();
	cells[0] = vmt_cell_s(VMT_CELL_STR, vmt_str(r->name));
	if (answer != UNKNOWN)
		cells[1] = vmt_cell_u(VMT_CELL_BOOL, answer == FITS);
	cells[2] = vmt_cell_u(VMT_CELL_COUNT, fit.times);
	if (fit.times)
		cells[3] = vmt_cell_u(VMT_CELL_ADDR, fit.where);
	cells[4] = vmt_cell_u(VMT_CELL_BYTES, fit.largest_bytes);
	if (answer == DOES_NOT_FIT)
		cells[5] = vmt_cell_u(VMT_CELL_BYTES, fit.short_bytes);
	if (answer != FITS) {
		cells[6] = owner(h, r->below);
		cells[7] = owner(h, r->above);
	}
	return answer;
}

static void say_question(const struct holes *h)
{
	char a[VMT_NUM_GROUPED], b[VMT_NUM_GROUPED], c[VMT_NUM_GROUPED];
	char how[80] = "its guard page included";

	if (h->view.opts.format != VMT_OUT_TABLE)
		return;
	if (h->asked_bytes)
		(void)snprintf(how, sizeof(how), "%s asked, guard page added",
			       size_text(&h->view, c, h->asked_bytes));
	(void)size_text(&h->view, b, h->fit_bytes);
	(void)size_text(&h->view, c, h->align);
	(void)putchar('\n');
	say("", "Does an area of %s bytes (%s, %s) on a boundary of %s fit?",
	    vmt_num_grouped(a, h->fit_bytes), b, how, c);
}

static enum vmt_rc print_fit(struct holes *h, const struct vmt_region *regions, size_t n, int *code)
{
	const struct vmt_col *c[8];
	struct vmt_cell cells[8];
	bool fits = false, unknown = false;
	enum vmt_rc rc;

	for (size_t i = 0; i < 8; i++)
		c[i] = &fit_cols[i];
	say_question(h);
	vmt_out_object_begin(h->view.out, "question");
	vmt_out_member(h->view.out, "size", vmt_cell_u(VMT_CELL_BYTES, h->fit_bytes));
	vmt_out_member(h->view.out, "align", vmt_cell_u(VMT_CELL_BYTES, h->align));
	vmt_out_object_end(h->view.out);
	rc = vmt_out_rows_begin(h->view.out, "fit", c, 8);
	for (size_t k = 0; rc == VMT_OK && k < n; k++) {
		enum answer answer;

		if (!regions[k].has_holes || !wanted(h, &regions[k]))
			continue;
		answer = fit_row(h, &regions[k], cells);
		fits |= answer == FITS;
		unknown |= answer == UNKNOWN;
		rc = vmt_out_row(h->view.out, cells);
	}
	*code = fits ? EXIT_ANSWERED : unknown ? EXIT_IN_PART : EXIT_LOOK_HERE;
	if (rc == VMT_OK)
		rc = vmt_out_rows_end(h->view.out);
	if (h->view.opts.format == VMT_OUT_TABLE && *code == EXIT_IN_PART)
		(void)puts("Between first and last area it does not fit; beyond them this text "
			   "cannot tell.");
	else if (h->view.opts.format == VMT_OUT_TABLE && *code == EXIT_LOOK_HERE)
		(void)puts("It fits nowhere.  BELOW and ABOVE hold the ends of the largest hole.");
	return rc;
}

/* SIZE[,ALIGN] */
static int parse_fit(struct holes *h, const struct run *r, const char *arg, const char *name)
{
	char size[64];
	const char *comma = strchr(arg, ',');
	size_t n = comma ? (size_t)(comma - arg) : strlen(arg);

	(void)snprintf(size, sizeof(size), "%.*s", (int)n, arg);
	if (n >= sizeof(size) || !vmt_num_size(size, &h->fit_bytes) || !h->fit_bytes)
		return usage_error(r->cmd, "--%s is SIZE[,ALIGN], 430080 for example, not '%s'",
				   name, arg);
	if (comma && (!vmt_num_size(comma + 1, &h->align) || !vmt_num_is_pow2(h->align)))
		return usage_error(r->cmd, "--%s: the alignment is a power of two, not '%s'", name,
				   comma + 1);
	h->ask = true;
	return 0;
}

static int parse_options(struct holes *h, const struct run *r)
{
	const char *fit = r->opt[OPT_FIT], *request = r->opt[OPT_REQUEST];

	h->only = r->opt[OPT_REGION];
	if (h->only && strcmp(h->only, "vmalloc") != 0 && strcmp(h->only, "modules") != 0)
		return usage_error(r->cmd, "--region is vmalloc or modules, not '%s'", h->only);
	if (fit && request)
		return usage_error(r->cmd, "only one of --fit and --request");
	if (fit)
		return parse_fit(h, r, fit, "fit");
	if (request) {
		int code = parse_fit(h, r, request, "request");

		h->asked_bytes = h->fit_bytes;
		return code;
	}
	return 0;
}

/* ---- the command ---- */

static int needs_addresses(struct holes *h, enum vmt_addr_state state)
{
	/* A reader of JSON gets its document all the same. */
	if (h->view.opts.format == VMT_OUT_JSON &&
	    (print_regions(h, NULL, 0) != VMT_OK || print_histogram(h, NULL, 0) != VMT_OK))
		return complain_nomem();
	source_json(&h->src, &h->view);
	if (h->view.opts.format == VMT_OUT_JSON)
		vmt_out_finish(h->view.out);
	(void)fflush(stdout);
	message("%s: the addresses are %s: holes and regions need real ones\n"
		"read it as root with: sudo sysctl kernel.kptr_restrict=1",
		h->src.name, vmt_addr_state_name(state));
	return EXIT_IN_PART;
}

/* Where bounds are not known, nothing is said of the space beyond the areas. */
static void say_open(const struct holes *h, const struct vmt_region *regions, size_t n)
{
	if (h->view.opts.format != VMT_OUT_TABLE || h->view.opts.no_headings)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct vmt_region *r = &regions[i];

		if (wanted(h, r) && r->has_holes && r->bounds == VMT_BOUNDS_UNKNOWN)
			say("",
			    "%s: free space is at least so much, between its first and last area: "
			    "%s.",
			    r->name, r->why);
	}
}

static bool has_region(const struct holes *h, const struct vmt_region *regions, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (wanted(h, &regions[i]))
			return true;
	}
	return false;
}

static int print(struct holes *h)
{
	enum vmt_addr_state state = source_addresses(&h->src);
	const struct vmt_region *regions;
	int code = EXIT_ANSWERED;
	enum vmt_rc rc = VMT_OK;
	size_t n;

	if (state != VMT_ADDR_REAL)
		return source_report(&h->src, needs_addresses(h, state));
	if (vmt_gaps_finish(h->gaps, source_facts(&h->src)) != VMT_OK)
		return complain_nomem();
	regions = vmt_gaps_regions(h->gaps, &n);
	if (h->only && !has_region(h, regions, n)) {
		message("%s: no %s region can be told apart in this text", h->src.name, h->only);
		return source_report(&h->src, EXIT_IN_PART);
	}
	if (!h->ask || !view_is_one_table(&h->view))
		rc = print_regions(h, regions, n);
	if (rc == VMT_OK && !view_is_one_table(&h->view) &&
	    (!h->ask || h->view.opts.format == VMT_OUT_JSON))
		rc = print_histogram(h, regions, n);
	if (rc == VMT_OK)
		say_open(h, regions, n);
	if (rc == VMT_OK && h->ask)
		rc = print_fit(h, regions, n, &code);
	if (rc != VMT_OK)
		return complain_nomem();
	source_json(&h->src, &h->view);
	vmt_out_finish(h->view.out);
	return source_report(&h->src, code);
}

static int read_all(struct holes *h)
{
	uint64_t page_size = source_page_size(&h->src, NULL);
	struct vmt_area a;
	struct vmt_guard g;
	int more;

	if (h->align < page_size)
		h->align = page_size;
	if (h->ask) {
		h->fit_bytes = vmt_num_round_up(h->fit_bytes, page_size);
		if (h->asked_bytes)
			h->fit_bytes = vmt_num_add(h->fit_bytes, page_size);
	}
	h->gaps = vmt_gaps_new(page_size);
	h->callers = vmt_groups_new(VMT_BY_CALLER, page_size);
	if (!h->gaps || !h->callers)
		return complain_nomem();
	while ((more = source_next(&h->src, &a)) > 0) {
		uint32_t id = UINT32_MAX;
		const char *what = NULL;

		vmt_guard_of(&a, page_size, &g);
		if (a.kind != VMT_KIND_UNPURGED) {
			if (vmt_groups_add(h->callers, &a, &g, &id) != VMT_OK)
				return complain_nomem();
			what = vmt_groups_what(h->callers, id);
		}
		if (vmt_gaps_add(h->gaps, &a, &g, what, id) != VMT_OK)
			return complain_nomem();
	}
	return more < 0 ? EXIT_NO_ANSWER : print(h);
}

static int run(struct run *r)
{
	struct holes h = {0};
	int code = parse_options(&h, r);

	if (code == 0)
		code = view_open(&h.view, r);
	if (code == 0)
		code = source_open(&h.src, r);
	if (code == 0) {
		code = read_all(&h);
		source_close(&h.src);
	}
	vmt_gaps_free(h.gaps);
	vmt_groups_free(h.callers);
	view_close(&h.view);
	return code;
}

const struct cmd cmd_holes = {
	.name = "holes",
	.group = "Ask",
	.summary = "Free address space by region, and whether a request fits.",
	.operands = "[SOURCE]",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.cols = cols,
	.n_cols = sizeof(cols) / sizeof(cols[0]),
	.default_cols = "REGION,BOUNDS,SIZE,USED,HOLES,FREE,LARGEST,FRAGMENTATION",
	.takes_source = true,
	.symbols = true,
	.run = run,
};
