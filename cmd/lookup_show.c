// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of a caller as cells of a row, and as a chain of frames for a person. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"

const struct vmt_col lookup_cols[] = {
	{"OWNER", NULL, 0.3, VMT_COL_TRUNC, "function that wanted the memory: no mere allocator",
	 COL_OWNER},
	{"SOURCE", NULL, 0.3, VMT_COL_TRUNC, "file and line where OWNER asks for it", COL_SOURCE},
	{"FILE", NULL, 0.3, VMT_COL_TRUNC, "source file of OWNER", COL_FILE},
	{"SUBSYSTEM", NULL, 0.2, VMT_COL_TRUNC, "leading directories of FILE", COL_SUBSYSTEM},
	{"INLINES", NULL, 0.5, VMT_COL_TRUNC, "all frames, innermost first, with file and line",
	 COL_INLINES},
	{"SURE", NULL, 0, 0, "how sure they are: known, uncertain, unknown", COL_SURE},
};
const size_t lookup_cols_count = sizeof(lookup_cols) / sizeof(lookup_cols[0]);

bool lookup_wanted(const struct view *v)
{
	for (int id = COL_OWNER; id <= COL_SURE; id++) {
		if (view_has(v, id))
			return true;
	}
	return false;
}

static struct vmt_cell source_cell(const struct vmt_frame *f, char *buf, size_t size)
{
	if (!f || !f->file.n)
		return vmt_cell_null();
	if (f->line)
		(void)snprintf(buf, size, "%.*s:%u", (int)f->file.n, f->file.p, f->line);
	else
		(void)snprintf(buf, size, "%.*s", (int)f->file.n, f->file.p);
	return vmt_cell_s(VMT_CELL_STR, vmt_str(buf));
}

static const struct vmt_col frame_cols[] = {
	{"FUNCTION", NULL, 0, 0, "", 0}, {"FILE", NULL, 0, 0, "", 1},  {"LINE", NULL, 0, 0, "", 2},
	{"INLINED", NULL, 0, 0, "", 3},	 {"OWNER", NULL, 0, 0, "", 4},
};
#define FRAME_COLS (sizeof(frame_cols) / sizeof(frame_cols[0]))

/* In words `inner@file:line <- outer@file:line`. */
static struct vmt_cell frames_cell(const struct vmt_answer *a, struct lookup_cells *room)
{
	static const struct vmt_col *const c[FRAME_COLS] = {
		&frame_cols[0], &frame_cols[1], &frame_cols[2], &frame_cols[3], &frame_cols[4]};
	size_t at = 0;

	if (!a->n)
		return vmt_cell_null();
	for (size_t i = 0; i < a->n; i++) {
		const struct vmt_frame *f = &a->frames[i];
		struct vmt_cell *cells = &room->frames[i * FRAME_COLS];
		char source[1024];
		struct vmt_cell s = source_cell(f, source, sizeof(source));

		if (at < sizeof(room->inlines))
			at += (size_t)snprintf(room->inlines + at, sizeof(room->inlines) - at,
					       "%s%.*s%s%.*s", i ? " <- " : "", (int)f->function.n,
					       f->function.p, s.type == VMT_CELL_NULL ? "" : "@",
					       (int)s.s.n, s.type == VMT_CELL_NULL ? "" : s.s.p);
		cells[0] = vmt_cell_s(VMT_CELL_STR, f->function);
		cells[1] = vmt_cell_s(VMT_CELL_STR, f->file);
		cells[2] = f->line ? vmt_cell_u(VMT_CELL_COUNT, f->line) : vmt_cell_null();
		cells[3] = vmt_cell_u(VMT_CELL_BOOL, f->inlined);
		cells[4] = vmt_cell_u(VMT_CELL_BOOL, i == a->owner);
	}
	room->rows = (struct vmt_rows){c, FRAME_COLS, room->frames, a->n};
	return (struct vmt_cell){
		.type = VMT_CELL_ROWS, .s = vmt_str(room->inlines), .rows = &room->rows};
}

struct vmt_cell lookup_cell(int id, const struct vmt_answer *a, struct lookup_cells *room)
{
	const struct vmt_frame *owner = a ? vmt_answer_owner(a) : NULL;

	if (!a)
		return vmt_cell_null();
	switch (id) {
	case COL_OWNER: return owner ? vmt_cell_s(VMT_CELL_STR, owner->function) : vmt_cell_null();
	case COL_FILE: return owner ? vmt_cell_s(VMT_CELL_STR, owner->file) : vmt_cell_null();
	case COL_SUBSYSTEM:
		return owner ? vmt_cell_s(VMT_CELL_STR, vmt_owner_subsystem(owner->file))
			     : vmt_cell_null();
	case COL_SOURCE: return source_cell(owner, room->source, sizeof(room->source));
	case COL_INLINES: return frames_cell(a, room);
	case COL_SURE: return vmt_cell_s(VMT_CELL_STR, vmt_str(vmt_sym_state_name(a->state)));
	}
	return vmt_cell_null();
}

/* Columns of a chain: those of the longest function and source, or none where that is too wide. */
struct chain_widths {
	size_t functions, sources;
	bool inlined;
};

#define INLINED "(inlined)"
#define OWNER	"  <- owner"

static struct chain_widths measure_chain(const struct vmt_answer *a, size_t indent)
{
	struct chain_widths w = {0};
	char source[1024];
	size_t wide;

	for (size_t i = 0; i < a->n; i++) {
		struct vmt_cell s = source_cell(&a->frames[i], source, sizeof(source));

		w.inlined |= a->frames[i].inlined;
		if (a->frames[i].function.n > w.functions)
			w.functions = a->frames[i].function.n;
		if (s.type != VMT_CELL_NULL && s.s.n > w.sources)
			w.sources = s.s.n;
	}
	wide = indent + w.functions + 2 + w.sources + strlen(OWNER);
	if (w.inlined)
		wide += 2 + strlen(INLINED);
	if (wide > PROSE_WIDTH + 2)
		w.functions = w.sources = 0;
	return w;
}

/* `  function  file:line  (inlined)  <- owner`; what is behind the function in a line of its own
 * where it has no room. */
static void print_frame(const struct vmt_frame *f, bool owner, const struct chain_widths *w,
			const char *indent)
{
	char source[1024], rest[1200], where[1100] = "";
	struct vmt_cell s = source_cell(f, source, sizeof(source));
	bool last = !f->inlined && !owner;
	size_t used;
	int n;

	if (s.type != VMT_CELL_NULL || w->sources)
		(void)snprintf(where, sizeof(where), "  %-*s", last ? 0 : (int)w->sources,
			       s.type == VMT_CELL_NULL ? "" : ESC(s.s));
	n = snprintf(rest, sizeof(rest), "%s%s%s", where,
		     f->inlined				 ? "  " INLINED
		     : owner && w->inlined && w->sources ? "           "
							 : "",
		     owner ? OWNER : "");
	used = strlen(indent) + (w->functions > f->function.n ? w->functions : f->function.n);
	(void)printf("%s%-*s", indent, (int)w->functions, ESC(f->function));
	if (!w->functions && n > 0 && used + (size_t)n > PROSE_WIDTH + 2)
		(void)printf("\n%s", indent);
	while (n > 0 && rest[n - 1] == ' ')
		rest[--n] = 0;
	(void)printf("%s\n", rest);
}

void lookup_print(const struct vmt_answer *a, const char *indent)
{
	struct chain_widths w = measure_chain(a, strlen(indent));

	for (size_t i = 0; i < a->n; i++)
		print_frame(&a->frames[i], i == a->owner, &w, indent);
	if (a->state != VMT_SYM_KNOWN)
		say(indent, "%s: %s", vmt_sym_state_name(a->state), ESC(a->why));
}
