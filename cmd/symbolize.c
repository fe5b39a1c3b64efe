// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool symbolize: callers to source lines, inline chains and owners. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"

enum { COL_CALLER, COL_MODULE, COL_WHY };

static const struct vmt_col cols[] = {
	{"CALLER", NULL, 0.4, VMT_COL_TRUNC, "function+offset/size; a bare address by its name",
	 COL_CALLER},
	{"MODULE", NULL, 0, VMT_COL_TRUNC, "module of the caller", COL_MODULE},
	{"WHY", NULL, 0.4, VMT_COL_TRUNC, "why it is uncertain or unknown", COL_WHY},
};

/* A line longer than this holds no caller: a symbol's name has at most 511 bytes. */
#define LINE_MAX_BYTES 65536

/* What was asked: an operand or a line. */
struct question {
	char *text;
	uint32_t id; /* UINT32_MAX: there is no caller in it */
};

struct symbolize {
	struct lookup lookup;
	struct view view;
	struct question *questions;
	size_t n, cap;
};

/* ---- questions ---- */

static int add(struct symbolize *s, const char *text, struct question **q)
{
	if (vmt_grow(&s->questions, &s->cap, s->n + 1, sizeof(**q)) != VMT_OK)
		return complain_nomem();
	*q = &s->questions[s->n];
	(*q)->id = UINT32_MAX;
	(*q)->text = strdup(text);
	if (!(*q)->text)
		return complain_nomem();
	s->n++;
	return 0;
}

/* `[mod]`, or `[mod BUILD-ID]` as kernels with CONFIG_STACKTRACE_BUILD_ID print it. */
static struct vmt_str module_in(struct vmt_str rest)
{
	const char *end;
	struct vmt_str name;

	rest = vmt_str_trim(rest);
	if (rest.n < 3 || rest.p[0] != '[' || !(end = memchr(rest.p, ']', rest.n)))
		return (struct vmt_str){NULL, 0};
	rest = (struct vmt_str){rest.p + 1, (size_t)(end - rest.p) - 1};
	name = vmt_str_word(&rest);
	return name;
}

/* `RIP: 0010:func+0x1/0x2`: the selector in front is no part of the name (x86, show_ip). */
static struct vmt_str without_selector(struct vmt_str word)
{
	if (word.n > 5 && word.p[4] == ':' && strspn(word.p, "0123456789abcdef") == 4)
		return (struct vmt_str){word.p + 5, word.n - 5};
	return word;
}

/* The first word of a line that has the form of a caller: stack traces and vmallocinfo too. */
static int ask_line(struct symbolize *s, const char *line)
{
	struct vmt_str rest = vmt_str(line), word;
	struct question *q;
	int code = add(s, line, &q);

	while (code == 0 && (word = vmt_str_word(&rest)).n) {
		if (!vmt_caller_is_symbol(word))
			continue;
		return lookup_ask(&s->lookup, without_selector(word), module_in(rest), &q->id);
	}
	word = vmt_str_trim(vmt_str(line));
	if (code == 0 && vmt_caller_is_raw(word))
		code = lookup_ask(&s->lookup, word, (struct vmt_str){NULL, 0}, &q->id);
	return code;
}

static int ask_stdin(struct symbolize *s)
{
	char *line VMT_FREE = NULL;
	size_t cap = 0;
	ssize_t n;
	int code = 0;

	while (code == 0 && (n = getline(&line, &cap, stdin)) >= 0) {
		if (n > 0 && line[n - 1] == '\n')
			line[--n] = 0;
		if (n > 0 && line[n - 1] == '\r')
			line[--n] = 0;
		if (n > LINE_MAX_BYTES)
			line[LINE_MAX_BYTES] = 0;
		code = ask_line(s, line);
	}
	if (code == 0 && ferror(stdin)) {
		message("standard input: cannot be read");
		code = EXIT_NO_ANSWER;
	}
	return code;
}

/* `func+0x1/0x2 [mod]` is one operand, or two when the shell was not told. */
static int ask_operands(struct symbolize *s, const struct run *r)
{
	int code = 0;

	for (int i = 0; code == 0 && i < r->n_args; i++) {
		struct vmt_str text = vmt_str(r->args[i]);
		struct question *q;

		if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']') {
			message("%s: a module alone: quote it with its caller, "
				"'func+0x10/0x20 [mod]'",
				r->args[i]);
			return EXIT_USAGE;
		}
		code = add(s, r->args[i], &q);
		if (code == 0)
			code = lookup_ask_text(&s->lookup, r->args[i], &q->id);
	}
	return code;
}

/* ---- answers ---- */

static void print_text(const struct symbolize *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct vmt_answer *a = lookup_answer(&s->lookup, s->questions[i].id);

		(void)printf("%s\n", ESC(vmt_str(s->questions[i].text)));
		if (a && vmt_caller_is_raw(vmt_str_trim(vmt_str(s->questions[i].text))) &&
		    vmt_caller_is_symbol(a->caller))
			(void)printf("  = %s%s%s%s\n", ESC(a->caller), a->module.n ? " [" : "",
				     ESC(a->module), a->module.n ? "]" : "");
		if (a)
			lookup_print(a, "  ");
	}
}

static struct vmt_cell cell(int id, const struct vmt_answer *a, struct lookup_cells *room)
{
	switch (id) {
	case COL_CALLER: return vmt_cell_s(VMT_CELL_STR, a->caller);
	case COL_MODULE: return vmt_cell_s(VMT_CELL_STR, a->module);
	case COL_WHY: return vmt_cell_s(VMT_CELL_STR, a->why);
	default: return lookup_cell(id, a, room);
	}
}

static int print_rows(struct symbolize *s)
{
	struct lookup_cells room;
	struct vmt_cell cells[CELLS_MAX];
	struct view *v = &s->view;
	enum vmt_rc rc = view_begin(v, "symbolize");

	for (size_t i = 0; rc == VMT_OK && i < s->n; i++) {
		const struct vmt_answer *a = lookup_answer(&s->lookup, s->questions[i].id);

		if (!a)
			continue;
		for (size_t k = 0; k < v->n_cols; k++)
			cells[k] = cell(v->cols[k]->id, a, &room);
		rc = vmt_out_row(v->out, cells);
	}
	if (rc == VMT_OK)
		rc = vmt_out_rows_end(v->out);
	if (rc != VMT_OK)
		return complain_nomem();
	lookup_json(&s->lookup, v);
	vmt_out_finish(v->out);
	return EXIT_ANSWERED;
}

static int ask(struct symbolize *s, const struct run *r)
{
	int code = lookup_open(&s->lookup, r, NULL);

	if (code == 0)
		code = r->n_args ? ask_operands(s, r) : ask_stdin(s);
	if (code == 0)
		code = lookup_resolve(&s->lookup);
	if (code)
		return code;
	if (s->view.opts.format == VMT_OUT_TABLE && !r->opt[OPT_OUTPUT])
		print_text(s);
	else
		code = print_rows(s);
	return lookup_report(&s->lookup, code);
}

static int run(struct run *r)
{
	struct symbolize s = {0};
	int code = view_open(&s.view, r);

	if (code == 0)
		code = ask(&s, r);
	for (size_t i = 0; i < s.n; i++)
		free(s.questions[i].text);
	free(s.questions);
	lookup_close(&s.lookup);
	view_close(&s.view);
	return code;
}

const struct cmd cmd_symbolize = {
	.name = "symbolize",
	.group = "Symbols",
	.summary = "Callers to file:line, inline chain and owner.",
	.operands = "[CALLER|ADDR ...]",
	.cols = cols,
	.n_cols = sizeof(cols) / sizeof(cols[0]),
	.default_cols = "CALLER,MODULE,OWNER,SOURCE,SURE",
	.machine_cols = "CALLER,MODULE,SURE,WHY,OWNER,SOURCE,SUBSYSTEM,INLINES",
	.max_args = 1 << 20,
	.symbols = true,
	.symbol_cols = true,
	.run = run,
};
