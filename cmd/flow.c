// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool flow: what a function calls, as it is in this vmlinux. */
#include <string.h>

#include "cmd.h"

enum { OPT_DEPTH = OPT_OWN, OPT_ONLY, OPT_ALL, OPT_IN_MODULE };

static const struct cmd_opt opts[] = {
	{"depth", 'd', "N", OPT_DEPTH, "levels shown below the function (default 4)", NULL},
	{"only", 0, "GLOB,...", OPT_ONLY, "only the ways to functions that match", NULL},
	{"all", 'a', NULL, OPT_ALL, "also inlined calls that call nothing themselves", NULL},
	{"module", 'm', "NAME", OPT_IN_MODULE, "a function of this module", NULL},
};

enum { COL_FUNCTION, COL_LEVEL, COL_AT, COL_KIND, COL_TAIL, COL_TIMES, COL_NOTE };

static const struct vmt_col cols[] = {
	{"FUNCTION", NULL, 0, 0, "what is called; indented by level in a table", COL_FUNCTION},
	{"LEVEL", NULL, 0, VMT_COL_RIGHT, "0 for the function asked about", COL_LEVEL},
	{"CALLED_AT", NULL, 0.2, VMT_COL_TRUNC,
	 "file and line of the call; of level 0, where it is defined", COL_AT},
	{"KIND", NULL, 0, 0, "call, inlined, indirect", COL_KIND},
	{"TAIL", NULL, 0, 0, "a tail call: it returns to the caller's caller", COL_TAIL},
	{"TIMES", NULL, 0, VMT_COL_RIGHT, "how often it is called from there", COL_TIMES},
	{"NOTE", NULL, 0, 0, "inlined, tail call, and where the knowledge ends", COL_NOTE},
};

#define DEPTH_MAX 64
#define NODES_MAX 50000
/* The kernel's longest has 511 (KSYM_NAME_LEN); what is cut is no function. */
#define NAME_MAX_BYTES 600
#define NONE	       UINT32_MAX

struct node {
	struct vmt_str name, file;
	unsigned line, times;
	enum vmt_call_kind kind;
	bool tail, shown, deeper; /* deeper: it has calls beyond --depth */
	uint64_t ref;
	const char *end; /* why nothing follows, or NULL */
	uint32_t level, child, last_child, next;
};

struct flow {
	struct lookup lookup;
	struct view view;
	struct vmt_debug *debug;
	const char *only;
	bool all, full;
	unsigned depth;
	/* Room for CALLED_AT on the screen; 0: as it comes. */
	size_t at_room;
	struct node *nodes;
	size_t n, cap;
	/* Functions on the way from the root: recursion is cut there. */
	uint64_t way[DEPTH_MAX + 1];
	size_t n_way;
	/* Functions expanded already: they are not shown twice. */
	uint64_t *seen;
	size_t n_seen, cap_seen;
};

/* The calls of one function, being collected below @root. */
struct collect {
	struct flow *f;
	uint32_t at[DEPTH_MAX + 2]; /* parent of the calls at each inline depth */
};

/* ---- the tree ---- */

static uint32_t twin_of(const struct flow *f, uint32_t parent, const struct vmt_call *call)
{
	for (uint32_t i = f->nodes[parent].child; i != NONE; i = f->nodes[i].next) {
		const struct node *n = &f->nodes[i];

		if (n->kind == call->kind && n->tail == call->tail && n->ref == call->callee_ref &&
		    vmt_str_eq(n->name, call->callee))
			return i;
	}
	return NONE;
}

static enum vmt_rc add_node(struct flow *f, uint32_t parent, const struct vmt_call *call,
			    uint32_t *index)
{
	struct node node = {.name = call->callee,
			    .file = call->file,
			    .line = call->line,
			    .times = 1,
			    .kind = call->kind,
			    .tail = call->tail,
			    .ref = call->callee_ref,
			    .child = NONE,
			    .last_child = NONE,
			    .next = NONE};

	if (vmt_grow(&f->nodes, &f->cap, f->n + 1, sizeof(node)) != VMT_OK)
		return VMT_NOMEM;
	*index = (uint32_t)f->n++;
	if (parent != NONE) {
		struct node *p = &f->nodes[parent];

		node.level = p->level + 1;
		if (p->last_child == NONE)
			p->child = *index;
		else
			f->nodes[p->last_child].next = *index;
		p->last_child = *index;
	}
	f->nodes[*index] = node;
	return VMT_OK;
}

static enum vmt_rc see_call(void *arg, const struct vmt_call *call)
{
	struct collect *c = arg;
	struct flow *f = c->f;
	uint32_t parent, index;

	if (call->depth > DEPTH_MAX)
		return VMT_OK;
	parent = c->at[call->depth];
	c->at[call->depth + 1] = NONE;
	if (parent == NONE)
		return VMT_OK;
	if (f->nodes[parent].level >= f->depth) {
		f->nodes[parent].deeper = true;
		return VMT_OK;
	}
	if (f->n >= NODES_MAX) {
		f->full = true;
		return VMT_OK;
	}
	index = twin_of(f, parent, call);
	if (index != NONE) {
		f->nodes[index].times++;
		return VMT_OK;
	}
	if (add_node(f, parent, call, &index) != VMT_OK)
		return VMT_NOMEM;
	if (call->kind == VMT_CALL_INLINED)
		c->at[call->depth + 1] = index;
	return VMT_OK;
}

static bool is_among(const uint64_t *vas, size_t n, uint64_t va)
{
	for (size_t i = 0; i < n; i++) {
		if (vas[i] == va)
			return true;
	}
	return false;
}

static enum vmt_rc expand(struct flow *f, uint32_t root, uint64_t va, struct vmt_err *err);

/* Calls below @root, at any inline depth, are followed into their functions. */
static enum vmt_rc follow(struct flow *f, uint32_t root, struct vmt_err *err)
{
	enum vmt_rc rc = VMT_OK;

	for (uint32_t i = f->nodes[root].child; rc == VMT_OK && i != NONE; i = f->nodes[i].next) {
		struct node *n = &f->nodes[i];
		uint64_t va;

		if (n->kind == VMT_CALL_INLINED) {
			rc = follow(f, i, err);
			continue;
		}
		if (n->kind == VMT_CALL_INDIRECT || n->level >= f->depth)
			continue;
		rc = vmt_debug_callee(f->debug, n->name, n->ref, &va, err);
		if (rc == VMT_NONE) {
			n->end = "not in this file";
			rc = VMT_OK;
		} else if (rc == VMT_OK) {
			rc = expand(f, i, va, err);
		}
	}
	return rc;
}

static enum vmt_rc expand(struct flow *f, uint32_t root, uint64_t va, struct vmt_err *err)
{
	struct collect c = {.f = f, .at = {root}};
	enum vmt_rc rc;

	if (is_among(f->way, f->n_way, va)) {
		f->nodes[root].end = "recursion";
		return VMT_OK;
	}
	if (is_among(f->seen, f->n_seen, va)) {
		f->nodes[root].end = "shown above";
		return VMT_OK;
	}
	if (vmt_grow(&f->seen, &f->cap_seen, f->n_seen + 1, sizeof(va)) != VMT_OK)
		return vmt_err_nomem(err);
	rc = vmt_debug_calls(f->debug, va, true, see_call, &c, err);
	if (rc == VMT_NONE) {
		f->nodes[root].end = "no debug information";
		return VMT_OK;
	}
	f->seen[f->n_seen++] = va;
	f->way[f->n_way++] = va;
	if (rc == VMT_OK)
		rc = follow(f, root, err);
	f->n_way--;
	return rc;
}

/* ---- what is shown ---- */

static bool matches(const struct flow *f, struct vmt_str name)
{
	const char *p = f->only;
	char glob[512];

	while (*p) {
		size_t n = strcspn(p, ",");

		(void)snprintf(glob, sizeof(glob), "%.*s", (int)n, p);
		if (vmt_str_glob(glob, name))
			return true;
		p += n + (p[n] == ',');
	}
	return false;
}

/* Marks what is shown below and at @i. @return whether @i is. */
static bool mark(struct flow *f, uint32_t i)
{
	bool below = false;

	for (uint32_t k = f->nodes[i].child; k != NONE; k = f->nodes[k].next)
		below = mark(f, k) || below;
	if (f->only)
		f->nodes[i].shown = below || matches(f, f->nodes[i].name);
	else
		f->nodes[i].shown = below || f->all || f->nodes[i].deeper ||
				    f->nodes[i].kind != VMT_CALL_INLINED;
	return f->nodes[i].shown;
}

static const char *kind_name(enum vmt_call_kind kind)
{
	static const char *const names[] = {"call", "indirect", "inlined"};

	return names[kind];
}

struct texts {
	char function[1024], at[1024], note[128];
};

/* The end of a path says more than its beginning. */
static const char *keep_end(char *at, size_t room)
{
	size_t n = strlen(at);

	if (!room || n <= room)
		return at;
	at += n - room;
	at[0] = at[1] = '.';
	return at;
}

static struct vmt_cell cell(const struct flow *f, int id, const struct node *n, struct texts *t)
{
	bool table = f->view.opts.format == VMT_OUT_TABLE;
	unsigned indent = table ? 2 * n->level : 0;

	switch (id) {
	case COL_FUNCTION:
		if (n->kind == VMT_CALL_INDIRECT && !table)
			return vmt_cell_null();
		(void)snprintf(t->function, sizeof(t->function), "%*s%.*s%s", (int)indent, "",
			       (int)n->name.n, n->name.p ? n->name.p : "",
			       n->kind == VMT_CALL_INDIRECT ? "(*pointer)()"
			       : table			    ? "()"
							    : "");
		return vmt_cell_s(VMT_CELL_STR, vmt_str(t->function));
	case COL_LEVEL: return vmt_cell_u(VMT_CELL_COUNT, n->level);
	case COL_AT:
		if (!n->file.n)
			return vmt_cell_null();
		(void)snprintf(t->at, sizeof(t->at), "%.*s:%u", (int)n->file.n, n->file.p, n->line);
		return vmt_cell_s(VMT_CELL_STR, vmt_str(keep_end(t->at, f->at_room)));
	case COL_KIND: return vmt_cell_s(VMT_CELL_STR, vmt_str(kind_name(n->kind)));
	case COL_TAIL: return vmt_cell_u(VMT_CELL_BOOL, n->tail);
	case COL_TIMES: return vmt_cell_u(VMT_CELL_COUNT, n->times);
	case COL_NOTE:
		(void)snprintf(t->note, sizeof(t->note), "%s%s%s%s%s",
			       n->kind == VMT_CALL_INLINED    ? "inlined"
			       : n->kind == VMT_CALL_INDIRECT ? "through a pointer"
							      : "",
			       n->tail ? "tail call" : "", n->tail && n->end ? ", " : "",
			       n->end ? n->end : "", "");
		return vmt_cell_s(VMT_CELL_STR, vmt_str(t->note));
	}
	return vmt_cell_null();
}

/* What FUNCTION and NOTE leave of the screen. */
static void measure(struct flow *f, uint32_t i, size_t *function, size_t *note)
{
	struct texts texts;
	struct vmt_cell c;

	if (!f->nodes[i].shown && i != 0)
		return;
	c = cell(f, COL_FUNCTION, &f->nodes[i], &texts);
	*function = c.s.n > *function ? c.s.n : *function;
	c = cell(f, COL_NOTE, &f->nodes[i], &texts);
	*note = c.s.n > *note ? c.s.n : *note;
	for (uint32_t k = f->nodes[i].child; k != NONE; k = f->nodes[k].next)
		measure(f, k, function, note);
}

#define AT_MIN 9 /* its heading; a line number and a bit of the name */

static size_t at_room(struct flow *f)
{
	size_t function = 0, note = 4, width = f->view.opts.width;

	if (f->view.opts.format != VMT_OUT_TABLE || !width)
		return 0;
	measure(f, 0, &function, &note);
	return function + note + 2 + AT_MIN < width ? width - function - note - 2 : AT_MIN;
}

static enum vmt_rc print_node(struct flow *f, uint32_t i)
{
	struct vmt_cell cells[CELLS_MAX];
	struct texts texts;
	enum vmt_rc rc;

	if (!f->nodes[i].shown && i != 0)
		return VMT_OK;
	for (size_t k = 0; k < f->view.n_cols; k++)
		cells[k] = cell(f, f->view.cols[k]->id, &f->nodes[i], &texts);
	rc = vmt_out_row(f->view.out, cells);
	for (uint32_t k = f->nodes[i].child; rc == VMT_OK && k != NONE; k = f->nodes[k].next)
		rc = print_node(f, k);
	return rc;
}

static int print(struct flow *f)
{
	enum vmt_rc rc = view_begin(&f->view, "flow");
	bool shown = mark(f, 0);

	f->at_room = at_room(f);
	if (rc == VMT_OK)
		rc = print_node(f, 0);
	if (rc == VMT_OK)
		rc = vmt_out_rows_end(f->view.out);
	if (rc != VMT_OK)
		return complain_nomem();
	lookup_json(&f->lookup, &f->view);
	vmt_out_finish(f->view.out);
	(void)fflush(stdout);
	if (f->full)
		message("more than %d calls: the rest is left out; a smaller --depth shows less",
			NODES_MAX);
	if (!shown && f->only)
		message("nothing below it matches '%s' within %u levels", f->only, f->depth);
	return f->full ? EXIT_IN_PART : EXIT_ANSWERED;
}

/* ---- the function ---- */

struct named {
	uint64_t va;
	unsigned n;
};

static enum vmt_rc note_symbol(void *arg, const struct vmt_elf_symbol *symbol)
{
	struct named *named = arg;

	if (symbol->function && (!named->n || named->va != symbol->va)) {
		named->va = symbol->va;
		named->n++;
	}
	return VMT_OK;
}

/*
 * The function @name (of NAME_MAX_BYTES), or what became of it: vmalloc is vmalloc_noprof since
 * 6.10, and gcc names what it splits and specializes.  @name is then that one's.
 */
static int find_function(struct flow *f, char *name, uint64_t *va)
{
	static const char *const suffixes[] = {"", "_noprof", ".isra.0", ".part.0", ".constprop.0"};
	size_t n = strlen(name);
	struct vmt_err err = {0};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		struct named found = {0, 0};

		(void)snprintf(name + n, NAME_MAX_BYTES - n, "%s", suffixes[i]);
		if (vmt_debug_symbols(f->debug, vmt_str(name), note_symbol, &found, &err) != VMT_OK)
			return complain(&err);
		if (!found.n)
			continue;
		*va = found.va;
		if (found.n > 1)
			message("%s: %u functions have this name: this is the last of them", name,
				found.n);
		return 0;
	}
	name[n] = 0;
	message("%s: has no function %s", vmt_debug_path(f->debug), name);
	return EXIT_NO_ANSWER;
}

static enum vmt_rc note_place(void *arg, size_t index, const struct vmt_chain *chain)
{
	struct vmt_call *root = arg;

	(void)index;
	if (chain->n) {
		root->file = chain->frames[chain->n - 1].file;
		root->line = chain->frames[chain->n - 1].line;
	}
	return VMT_OK;
}

static int show(struct flow *f, const struct run *r)
{
	struct vmt_call root = {.kind = VMT_CALL_DIRECT};
	struct vmt_err err = {0};
	char name[NAME_MAX_BYTES];
	uint32_t index;
	uint64_t va;
	int code;

	/* Of function+0x10/0x20 the function. */
	vmt_str_copy(name, sizeof(name),
		     vmt_caller_function(vmt_str(r->n_args ? r->args[0] : "vmalloc")));
	code = find_function(f, name, &va);
	if (code)
		return code;
	if (!vmt_debug_has_dwarf(f->debug)) {
		message("%s: %s: calls cannot be told", vmt_debug_path(f->debug),
			vmt_debug_no_dwarf(f->debug));
		return EXIT_NO_ANSWER;
	}
	root.callee = vmt_str(name);
	if (vmt_debug_chains(f->debug, &va, 1, note_place, &root, &err) != VMT_OK ||
	    add_node(f, NONE, &root, &index) != VMT_OK || expand(f, index, va, &err) != VMT_OK)
		return complain_nomem();
	return print(f);
}

static int parse_options(struct flow *f, const struct run *r)
{
	uint64_t depth = 4;

	f->only = r->opt[OPT_ONLY];
	f->all = r->opt[OPT_ALL] != NULL;
	if (r->opt[OPT_DEPTH] &&
	    (!vmt_num_parse(vmt_str(r->opt[OPT_DEPTH]), 10, &depth) || depth > DEPTH_MAX))
		return usage_error(r->cmd, "--depth is a number up to %d, not '%s'", DEPTH_MAX,
				   r->opt[OPT_DEPTH]);
	if (r->opt[OPT_IN_MODULE] && !r->n_args)
		return usage_error(r->cmd, "--module needs a FUNCTION");
	f->depth = (unsigned)depth;
	return 0;
}

static int open_file(struct flow *f, const struct run *r)
{
	const char *why;
	int code = lookup_open(&f->lookup, r, NULL);

	if (code)
		return code;
	f->debug = r->opt[OPT_IN_MODULE]
			   ? vmt_sym_module(f->lookup.sym, vmt_str(r->opt[OPT_IN_MODULE]), &why)
			   : vmt_sym_vmlinux(f->lookup.sym, &why);
	if (f->debug)
		return 0;
	if (r->opt[OPT_IN_MODULE])
		message("module %s: %s; --debug-dir DIR names where it lies", r->opt[OPT_IN_MODULE],
			why);
	else
		message("%s", why);
	return EXIT_NO_ANSWER;
}

static int run(struct run *r)
{
	struct flow f = {0};
	int code = parse_options(&f, r);

	if (code == 0)
		code = view_open(&f.view, r);
	if (code == 0)
		code = open_file(&f, r);
	if (code == 0)
		code = show(&f, r);
	free(f.nodes);
	free(f.seen);
	lookup_close(&f.lookup);
	view_close(&f.view);
	return code;
}

const struct cmd cmd_flow = {
	.name = "flow",
	.group = "Symbols",
	.summary = "What a function calls, as it is in this vmlinux.",
	.operands = "[FUNCTION]",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.cols = cols,
	.n_cols = sizeof(cols) / sizeof(cols[0]),
	.default_cols = "FUNCTION,CALLED_AT,NOTE",
	.machine_cols = "LEVEL,FUNCTION,CALLED_AT,KIND,TAIL,TIMES,NOTE",
	.max_args = 1,
	.symbols = true,
	.run = run,
};
