// SPDX-License-Identifier: GPL-2.0-or-later
/* Columns by name, and the output they go to. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd.h"

size_t cmd_cols_count(const struct cmd *cmd)
{
	return cmd->n_cols + (cmd->symbol_cols ? lookup_cols_count : 0);
}

const struct vmt_col *cmd_cols_at(const struct cmd *cmd, size_t i)
{
	return i < cmd->n_cols ? &cmd->cols[i] : &lookup_cols[i - cmd->n_cols];
}

const struct vmt_col *col_find(const struct cmd *cmd, const char *name, size_t n)
{
	for (size_t i = 0; i < cmd_cols_count(cmd); i++) {
		const struct vmt_col *c = cmd_cols_at(cmd, i);

		if ((strlen(c->name) == n && strncasecmp(c->name, name, n) == 0) ||
		    (c->title && strlen(c->title) == n && strncasecmp(c->title, name, n) == 0))
			return c;
	}
	return NULL;
}

const char *group_column(enum vmt_group_by by)
{
	static const char *const names[VMT_BY_COUNT] = {
		"CALLER",     "FUNCTION", "WHAT",  "MODULE", "KIND",	  "NODE",
		"SIZE_CLASS", "FLAGS",	  "OWNER", "FILE",   "SUBSYSTEM",
	};

	return names[by];
}

static int add_names(struct view *v, const struct run *r, const char *names)
{
	const struct cmd *cmd = r->cmd;

	while (*names) {
		/* `+a,+b` is `+a,b`. */
		const char *name = names + (names[0] == '+');
		size_t n = strcspn(name, ",");
		const struct vmt_col *c = NULL;

		/* With --by what or --by owner a column has that name too, and is empty. */
		if (r->key && strlen(r->key) == n && strncasecmp(r->key, name, n) == 0)
			c = &cmd->cols[0];
		if (!c)
			c = col_find(cmd, name, n);
		if (!c)
			return usage_error(cmd, "unknown column '%.*s'", (int)n, name);
		if (v->n_cols == 2 * cmd_cols_count(cmd))
			return usage_error(cmd, "too many columns");
		v->cols[v->n_cols++] = c;
		names = name + n + (name[n] == ',');
	}
	return 0;
}

int view_choose(struct view *v, const struct run *r, const char *names)
{
	const struct cmd *cmd = r->cmd;
	bool machine = v->opts.format != VMT_OUT_TABLE && cmd->machine_cols;
	const char *base = machine ? cmd->machine_cols : cmd->default_cols;
	int code = 0;

	free(v->cols);
	v->n_cols = 0;
	v->cols = calloc(2 * cmd_cols_count(cmd) + 1, sizeof(const struct vmt_col *));
	if (!v->cols)
		return complain_nomem();
	if (!names || names[0] == '+')
		code = add_names(v, r, base);
	if (code == 0 && names)
		code = add_names(v, r, names + (names[0] == '+'));
	if (code == 0 && !v->n_cols)
		code = usage_error(cmd, "--output names no column");
	return code;
}

unsigned view_width(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col)
		return ws.ws_col;
	return isatty(STDOUT_FILENO) ? 80 : 0;
}

int view_color(const struct run *r, bool *color)
{
	const char *when = r->opt[OPT_COLOR] ? r->opt[OPT_COLOR] : "auto";
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (strcmp(when, "always") == 0)
		*color = true;
	else if (strcmp(when, "never") == 0)
		*color = false;
	else if (strcmp(when, "auto") == 0)
		*color = isatty(STDOUT_FILENO) && !(none && *none) &&
			 !(term && strcmp(term, "dumb") == 0);
	else
		return usage_error(r->cmd, "--color is auto, always or never, not '%s'", when);
	return 0;
}

int view_open(struct view *v, const struct run *r)
{
	uint64_t width;
	int code;

	memset(v, 0, sizeof(*v));
	v->opts.format = r->opt[OPT_JSON]  ? VMT_OUT_JSON
			 : r->opt[OPT_CSV] ? VMT_OUT_CSV
			 : r->opt[OPT_RAW] ? VMT_OUT_RAW
					   : VMT_OUT_TABLE;
	v->opts.bytes = r->opt[OPT_BYTES] != NULL;
	v->opts.no_headings = r->opt[OPT_NOHEADINGS] != NULL;
	v->opts.width = view_width();
	if (r->opt[OPT_WIDTH]) {
		if (!vmt_num_parse(vmt_str(r->opt[OPT_WIDTH]), 10, &width) || width > 10000)
			return usage_error(r->cmd, "--width is a number of columns, not '%s'",
					   r->opt[OPT_WIDTH]);
		v->opts.width = (unsigned)width;
	}
	code = view_color(r, &v->opts.color);
	if (code == 0)
		code = view_choose(v, r, r->opt[OPT_OUTPUT]);
	if (code == 0 && vmt_out_new(&v->out, stdout, &v->opts) != VMT_OK)
		code = complain_nomem();
	return code;
}

bool view_is_one_table(const struct view *v)
{
	return v->opts.format == VMT_OUT_CSV || v->opts.format == VMT_OUT_RAW;
}

enum vmt_rc view_begin(struct view *v, const char *name)
{
	return vmt_out_rows_begin(v->out, name, v->cols, v->n_cols);
}

bool view_has(const struct view *v, int id)
{
	for (size_t i = 0; i < v->n_cols; i++) {
		if (v->cols[i]->id == id)
			return true;
	}
	return false;
}

void view_close(struct view *v)
{
	vmt_out_free(v->out);
	free(v->cols);
	memset(v, 0, sizeof(*v));
}

const char *size_text(const struct view *v, char buf[VMT_NUM_GROUPED], uint64_t bytes)
{
	if (v->opts.bytes)
		(void)snprintf(buf, VMT_NUM_GROUPED, "%" PRIu64 " B", bytes);
	else
		(void)vmt_num_human(buf, bytes);
	return buf;
}
