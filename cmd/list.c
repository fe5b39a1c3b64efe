// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool list: one row for each area. */
#include <string.h>
#include <strings.h>

#include "place.h"

enum {
	OPT_CALLER = OPT_OWN,
	OPT_MODULE,
	OPT_KIND,
	OPT_NODE,
	OPT_MIN,
	OPT_MAXSIZE,
	OPT_AT,
	OPT_FLAGS,
	OPT_SORT,
	OPT_REVERSE,
	OPT_ODD
};

static const struct cmd_opt opts[] = {
	{"caller", 0, "GLOB", OPT_CALLER, "only callers that match", NULL},
	{"module", 0, "GLOB", OPT_MODULE, "only callers in modules that match", NULL},
	{"kind", 0, "KIND,...", OPT_KIND, "only these kinds",
	 "vmalloc vmap ioremap dma-coherent sparse vm_map_ram percpu image unpurged other"},
	{"node", 0, "NODE", OPT_NODE, "only areas with pages on this NUMA node", NULL},
	{"min-size", 0, "SIZE", OPT_MIN, "only areas of at least this size", NULL},
	{"max-size", 0, "SIZE", OPT_MAXSIZE, "only areas of at most this size", NULL},
	{"at", 0, "ADDR", OPT_AT, "only the area that holds this address", NULL},
	{"flags", 0, "WORD,...", OPT_FLAGS, "only areas that have all these words",
	 "ioremap sparse vmalloc vmap user dma-coherent vpages vm_map_ram unpurged"},
	{"sort", 's', "COLUMN", OPT_SORT, "sort by a column; numbers fall, names rise", "COLUMNS"},
	{"reverse", 0, NULL, OPT_REVERSE, "turn the order around", NULL},
	{"odd", 0, NULL, OPT_ODD, "print the lines that are not understood, instead", NULL},
};

enum {
	COL_START,
	COL_END,
	COL_SIZE,
	COL_PAGES,
	COL_GUARD,
	COL_GRADE,
	COL_KIND,
	COL_CALLER,
	COL_MODULE,
	COL_PHYS,
	COL_NODES,
	COL_FLAGS,
	COL_WHAT,
	COL_RULE,
	COL_USABLE,
	COL_LINE,
	COL_FUNCTION
};

static const struct vmt_col cols[] = {
	{"START", NULL, 0, 0, "first address, as the kernel printed it", COL_START},
	{"END", NULL, 0, 0, "address after the last", COL_END},
	{"SIZE", NULL, 0, VMT_COL_RIGHT, "address space, guard page included", COL_SIZE},
	{"PAGES", NULL, 0, VMT_COL_RIGHT, "pages=, base pages", COL_PAGES},
	{"GUARD", NULL, 0, VMT_COL_RIGHT, "guard page", COL_GUARD},
	{"GUARD_GRADE", "GRADE", 0, 0, "how sure GUARD is: known, inferred, unknowable", COL_GRADE},
	{"KIND", NULL, 0, 0, "kind of area", COL_KIND},
	{"CALLER", NULL, 0.4, VMT_COL_TRUNC, "who asked for it: function+offset/size", COL_CALLER},
	{"MODULE", NULL, 0, VMT_COL_TRUNC, "module of the caller, or the module that lies there",
	 COL_MODULE},
	{"PHYS", NULL, 0, 0, "phys=, physical address", COL_PHYS},
	{"NODES", NULL, 0, VMT_COL_TRUNC, "pages by NUMA node", COL_NODES},
	{"FLAGS", NULL, 0, VMT_COL_TRUNC, "words of the line, unknown ones last", COL_FLAGS},
	{"WHAT", NULL, 0.2, VMT_COL_TRUNC, "what the memory is for, where it is well known",
	 COL_WHAT},
	{"GUARD_RULE", "RULE", 0, 0, "the rule that decided GUARD", COL_RULE},
	{"USABLE", NULL, 0, VMT_COL_RIGHT, "SIZE without guard and lost pages", COL_USABLE},
	{"LINE", NULL, 0, VMT_COL_RIGHT, "line number in the source", COL_LINE},
	{"FUNCTION", NULL, 0.3, VMT_COL_TRUNC, "function of the caller", COL_FUNCTION},
};

#define ALL_COLS  "START,END,SIZE,PAGES,GUARD,GUARD_GRADE,KIND,CALLER,MODULE,PHYS,NODES,FLAGS,WHAT"
#define TABLE_MAX 50000

struct filter {
	const char *caller, *module;
	uint32_t kinds; /* bits by kind; 0: all */
	uint32_t flags;
	const char *words; /* the argument of --flags, for words not known */
	uint64_t min, max, node, at;
	bool has_node, has_at;
};

struct list {
	struct source src;
	struct view view;
	struct filter filter;
	uint64_t page_size;
	int sort; /* column id or -1 */
	bool reverse;
	struct vmt_areas *areas; /* when sorted, or when symbols are asked for */
	struct lookup lookup;
	bool symbols;
	uint32_t *ids; /* questions by number of the area */
};

/* ---- filters ---- */

static int parse_kinds(struct filter *f, const struct run *r, const char *names)
{
	char name[32];
	enum vmt_kind kind;

	while (*names) {
		size_t n = strcspn(names, ",");

		(void)snprintf(name, sizeof(name), "%.*s", (int)n, names);
		if (!vmt_kind_parse(name, &kind))
			return usage_error(r->cmd, "--kind: '%s' is none; try --help", name);
		f->kinds |= 1u << kind;
		names += n + (names[n] == ',');
	}
	return 0;
}

static int parse_filter(struct filter *f, const struct run *r)
{
	f->caller = r->opt[OPT_CALLER];
	f->module = r->opt[OPT_MODULE];
	f->words = r->opt[OPT_FLAGS];
	f->max = UINT64_MAX;
	if (r->opt[OPT_MIN] && !vmt_num_size(r->opt[OPT_MIN], &f->min))
		return usage_error(r->cmd, "--min-size is a size, 64K for example, not '%s'",
				   r->opt[OPT_MIN]);
	if (r->opt[OPT_MAXSIZE] && !vmt_num_size(r->opt[OPT_MAXSIZE], &f->max))
		return usage_error(r->cmd, "--max-size is a size, 64K for example, not '%s'",
				   r->opt[OPT_MAXSIZE]);
	if (r->opt[OPT_NODE]) {
		f->has_node = true;
		if (!vmt_num_parse(vmt_str(r->opt[OPT_NODE]), 10, &f->node))
			return usage_error(r->cmd, "--node is a number, not '%s'",
					   r->opt[OPT_NODE]);
	}
	if (r->opt[OPT_AT]) {
		f->has_at = true;
		if (!address_parse(vmt_str(r->opt[OPT_AT]), &f->at))
			return usage_error(r->cmd, "--at is an address, 0xffff... , not '%s'",
					   r->opt[OPT_AT]);
	}
	return r->opt[OPT_KIND] ? parse_kinds(f, r, r->opt[OPT_KIND]) : 0;
}

static bool has_all_words(const struct vmt_area *a, const char *names)
{
	char have[1024];
	struct vmt_str words, word;

	(void)vmt_area_flags_text(a, have, sizeof(have));
	while (*names) {
		size_t n = strcspn(names, ",");
		bool found = false;

		words = vmt_str(have);
		while (!found && (word = vmt_str_word(&words)).n)
			found = vmt_str_eq(word, (struct vmt_str){names, n});
		if (!found)
			return false;
		names += n + (names[n] == ',');
	}
	return true;
}

static bool on_node(const struct vmt_area *a, uint64_t wanted)
{
	struct vmt_str rest = a->nodes;
	uint32_t node;
	uint64_t pages;

	while (vmt_area_next_node(&rest, &node, &pages)) {
		if (node == wanted)
			return true;
	}
	return false;
}

static bool passes(const struct filter *f, const struct vmt_area *a)
{
	if (f->kinds && !(f->kinds >> a->kind & 1))
		return false;
	if (a->size_bytes < f->min || a->size_bytes > f->max)
		return false;
	if (f->has_at && !vmt_area_is_at(a, f->at))
		return false;
	if (f->caller && !vmt_str_glob(f->caller, a->caller) &&
	    !vmt_str_glob(f->caller, vmt_caller_function(a->caller)))
		return false;
	if (f->module && !vmt_str_glob(f->module, a->module))
		return false;
	if (f->has_node && !on_node(a, f->node))
		return false;
	return !f->words || has_all_words(a, f->words);
}

/* ---- cells ---- */

/* An address that is none (zeroed, hidden) is null. */
static struct vmt_cell address(const struct vmt_area *a, uint64_t va)
{
	if (!a->start && !a->end)
		return vmt_cell_null();
	return (struct vmt_cell){.type = VMT_CELL_ADDR, .u = va, .width = a->addr_digits};
}

static struct vmt_cell cell(int id, const struct vmt_area *a, const struct vmt_guard *g,
			    char *flags, size_t size)
{
	const char *what;

	switch (id) {
	case COL_START: return address(a, a->start);
	case COL_END: return address(a, a->end);
	case COL_SIZE: return vmt_cell_u(VMT_CELL_BYTES, a->size_bytes);
	case COL_PAGES:
		return a->flags & VMT_AREA_HAS_PAGES ? vmt_cell_u(VMT_CELL_COUNT, a->pages)
						     : vmt_cell_null();
	case COL_GUARD:
		return g->grade == VMT_GRADE_UNKNOWABLE
			       ? vmt_cell_null()
			       : vmt_cell_u(VMT_CELL_BYTES, g->guard_bytes);
	case COL_GRADE: return vmt_cell_s(VMT_CELL_STR, vmt_str(vmt_grade_name(g->grade)));
	case COL_KIND: return vmt_cell_s(VMT_CELL_STR, vmt_str(vmt_kind_name(a->kind)));
	case COL_CALLER: return vmt_cell_s(VMT_CELL_STR, a->caller);
	case COL_FUNCTION: return vmt_cell_s(VMT_CELL_STR, vmt_caller_function(a->caller));
	case COL_MODULE: return vmt_cell_s(VMT_CELL_STR, a->module);
	case COL_PHYS:
		return a->flags & VMT_AREA_HAS_PHYS ? vmt_cell_u(VMT_CELL_ADDR, a->phys)
						    : vmt_cell_null();
	case COL_NODES: return vmt_cell_s(VMT_CELL_NODES, a->nodes);
	case COL_FLAGS: {
		struct vmt_cell c = {.type = VMT_CELL_WORDS};

		c.s = (struct vmt_str){flags, vmt_area_flags_text(a, flags, size)};
		return c;
	}
	case COL_WHAT:
		what = vmt_what(a);
		return what ? vmt_cell_s(VMT_CELL_STR, vmt_str(what)) : vmt_cell_null();
	case COL_RULE: return vmt_cell_s(VMT_CELL_STR, vmt_str(g->rule));
	case COL_USABLE: return vmt_cell_u(VMT_CELL_BYTES, g->usable_bytes);
	case COL_LINE: return vmt_cell_u(VMT_CELL_COUNT, a->line);
	}
	return vmt_cell_null();
}

static enum vmt_rc put_area(struct list *l, const struct vmt_area *a,
			    const struct vmt_answer *answer)
{
	struct vmt_cell cells[CELLS_MAX];
	struct vmt_guard g;
	char flags[1024];
	struct lookup_cells room;

	vmt_guard_of(a, l->page_size, &g);
	for (size_t i = 0; i < l->view.n_cols; i++) {
		int id = l->view.cols[i]->id;

		cells[i] = id >= COL_OWNER ? lookup_cell(id, answer, &room)
					   : cell(id, a, &g, flags, sizeof(flags));
	}
	if (l->view.opts.format == VMT_OUT_TABLE && vmt_out_rows_count(l->view.out) == TABLE_MAX)
		message("more than %d rows: a table holds them all in memory; "
			"--raw, --csv and --json stream",
			TABLE_MAX);
	return vmt_out_row(l->view.out, cells);
}

/* ---- order ---- */

/* What has no name comes last. */
static int by_name(struct vmt_str a, struct vmt_str b)
{
	return a.n && b.n ? vmt_str_cmp(a, b) : (a.n < b.n) - (a.n > b.n);
}

static int compare(const struct vmt_area *a, const struct vmt_area *b, void *arg)
{
	const struct list *l = arg;
	struct vmt_guard ga, gb;
	uint64_t na = 0, nb = 0;
	char fa[1024], fb[1024];
	int c = 0;

	switch (l->sort) {
	case COL_START: c = (a->start > b->start) - (a->start < b->start); break;
	case COL_END: c = (a->end > b->end) - (a->end < b->end); break;
	case COL_LINE: c = (a->line > b->line) - (a->line < b->line); break;
	case COL_CALLER: c = by_name(a->caller, b->caller); break;
	case COL_FUNCTION:
		c = by_name(vmt_caller_function(a->caller), vmt_caller_function(b->caller));
		break;
	case COL_MODULE: c = by_name(a->module, b->module); break;
	case COL_KIND: c = (int)a->kind - (int)b->kind; break;
	case COL_NODES: c = by_name(a->nodes, b->nodes); break;
	case COL_PHYS: c = (a->phys > b->phys) - (a->phys < b->phys); break;
	case COL_SIZE:
		na = a->size_bytes;
		nb = b->size_bytes;
		break;
	case COL_PAGES:
		na = a->pages;
		nb = b->pages;
		break;
	case COL_FLAGS:
		(void)vmt_area_flags_text(a, fa, sizeof(fa));
		(void)vmt_area_flags_text(b, fb, sizeof(fb));
		c = strcmp(fa, fb);
		break;
	case COL_WHAT: {
		const char *wa = vmt_what(a), *wb = vmt_what(b);

		c = strcmp(wa ? wa : "\377", wb ? wb : "\377");
		break;
	}
	default:
		vmt_guard_of(a, l->page_size, &ga);
		vmt_guard_of(b, l->page_size, &gb);
		if (l->sort == COL_RULE)
			c = strcmp(ga.rule, gb.rule);
		else if (l->sort == COL_GRADE)
			c = (int)ga.grade - (int)gb.grade;
		na = l->sort == COL_GUARD ? ga.guard_bytes : ga.usable_bytes;
		nb = l->sort == COL_GUARD ? gb.guard_bytes : gb.usable_bytes;
		if (c || l->sort == COL_RULE || l->sort == COL_GRADE)
			na = nb = 0;
		break;
	}
	if (!c && na != nb)
		c = na < nb ? 1 : -1;
	return l->reverse ? -c : c;
}

/* ---- the command ---- */

static void print_odd(void *arg, uint64_t line, const char *why, struct vmt_str text)
{
	(void)arg;
	(void)printf("line %llu: %s: %s\n", (unsigned long long)line, why, ESC(text));
}

/* --odd: everything else is read and dropped; the callback prints. */
static int run_odd(struct run *r)
{
	struct source s;
	struct vmt_area a;
	int code, more;

	if (r->opt[OPT_JSON] || r->opt[OPT_CSV] || r->opt[OPT_RAW])
		return usage_error(r->cmd, "--odd prints lines as they are, not in a format");
	r->odd = print_odd;
	code = source_open(&s, r);
	if (code)
		return code;
	while ((more = source_next(&s, &a)) > 0)
		;
	code = more < 0 ? EXIT_NO_ANSWER : source_verdict(&s, EXIT_ANSWERED);
	source_close(&s);
	return code;
}

static int parse_sort(struct list *l, const struct run *r)
{
	const char *sort = r->opt[OPT_SORT];
	const struct vmt_col *c;

	l->sort = -1;
	l->reverse = r->opt[OPT_REVERSE] != NULL;
	if (!sort) {
		if (l->reverse)
			l->sort = COL_LINE;
		return 0;
	}
	c = col_find(r->cmd, sort, strlen(sort));
	if (!c)
		return usage_error(r->cmd, "--sort: unknown column '%s'", sort);
	l->sort = c->id;
	return 0;
}

static int ask_symbols(struct list *l, const struct run *r)
{
	size_t n = vmt_areas_count(l->areas);
	int code = lookup_open(&l->lookup, r, &l->src);

	l->ids = code ? NULL : calloc(n + 1, sizeof(*l->ids));
	if (code == 0 && !l->ids)
		code = complain_nomem();
	for (size_t i = 0; code == 0 && i < n; i++) {
		const struct vmt_area *a = vmt_areas_at(l->areas, i);
		bool own = !(a->flags & VMT_AREA_HOUSES_MODULE);

		l->ids[i] = UINT32_MAX;
		if (a->caller.n)
			code = lookup_ask(&l->lookup, a->caller,
					  own ? a->module : (struct vmt_str){NULL, 0}, &l->ids[i]);
	}
	return code ? code : lookup_resolve(&l->lookup);
}

/* Those that had to be held. */
static int put_held(struct list *l, const struct run *r)
{
	int code;

	if (l->sort >= 0 && vmt_areas_sort(l->areas, compare, l) != VMT_OK)
		return complain_nomem();
	code = l->symbols ? ask_symbols(l, r) : 0;
	for (size_t i = 0; code == 0 && i < vmt_areas_count(l->areas); i++) {
		const struct vmt_answer *answer =
			l->symbols ? lookup_answer(&l->lookup, l->ids[i]) : NULL;

		if (put_area(l, vmt_areas_at(l->areas, i), answer) != VMT_OK)
			code = complain_nomem();
	}
	return code;
}

static int read_all(struct list *l, const struct run *r)
{
	struct vmt_area a;
	enum vmt_rc rc;
	int more, code = 0;

	l->page_size = source_page_size(&l->src, NULL);
	if (l->sort >= 0 || l->symbols) {
		l->areas = vmt_areas_new();
		if (!l->areas)
			return complain_nomem();
	}
	rc = view_begin(&l->view, "list");
	while (rc == VMT_OK && (more = source_next(&l->src, &a)) > 0) {
		source_name_module(&l->src, &a);
		if (!passes(&l->filter, &a))
			continue;
		rc = l->areas ? vmt_areas_add(l->areas, &a) : put_area(l, &a, NULL);
	}
	if (rc == VMT_OK && more < 0)
		return EXIT_NO_ANSWER;
	if (rc == VMT_OK && l->areas)
		code = put_held(l, r);
	if (code)
		return code;
	if (rc == VMT_OK)
		rc = vmt_out_rows_end(l->view.out);
	if (rc != VMT_OK)
		return complain_nomem();
	if (l->symbols)
		lookup_json(&l->lookup, &l->view);
	source_json(&l->src, &l->view);
	vmt_out_finish(l->view.out);
	return source_report(&l->src,
			     l->symbols ? lookup_report(&l->lookup, EXIT_ANSWERED) : EXIT_ANSWERED);
}

static int run(struct run *r)
{
	struct list l = {0};
	int code;

	if (r->opt[OPT_ODD])
		return run_odd(r);
	code = parse_filter(&l.filter, r);
	if (code == 0)
		code = parse_sort(&l, r);
	if (code == 0)
		code = view_open(&l.view, r);
	l.symbols = lookup_wanted(&l.view);
	r->want_modules = r->opt[OPT_MODULE] || l.sort == COL_MODULE;
	if (code == 0)
		code = source_open(&l.src, r);
	if (code == 0) {
		code = read_all(&l, r);
		source_close(&l.src);
	}
	free(l.ids);
	lookup_close(&l.lookup);
	vmt_areas_free(l.areas);
	view_close(&l.view);
	return code;
}

const struct cmd cmd_list = {
	.name = "list",
	.group = "Look",
	.summary = "One row for each area, filtered and sorted.",
	.operands = "[SOURCE]",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.cols = cols,
	.n_cols = sizeof(cols) / sizeof(cols[0]),
	.default_cols = "START,SIZE,PAGES,GUARD,KIND,CALLER,WHAT",
	.machine_cols = ALL_COLS,
	.takes_source = true,
	.symbols = true,
	.symbol_cols = true,
	.run = run,
};
