// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool walk: from an address to its page, table by table, and whose it is. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "walk.h"

enum {
	WALK_ADDRESS,
	WALK_MAPPED,
	WALK_PHYS,
	WALK_PAGE,
	WALK_RIGHTS,
	WALK_TYPE,
	WALK_FLAGS,
	WALK_OWNER,
	WALK_OWNER_KIND,
	WALK_START,
	WALK_END,
	WALK_INDEX,
	WALK_CALLER,
	WALK_MODULE,
	WALK_SYMBOL,
	WALK_RANGE,
	WALK_HOLDER,
	WALK_HOLDER_AT,
	WALK_WHY,
	WALK_STEPS
};

static const struct vmt_col cols[] = {
	{"ADDRESS", NULL, 0, 0, "as asked", WALK_ADDRESS},
	{"MAPPED", NULL, 0, 0, "whether it is; empty: not known", WALK_MAPPED},
	{"PHYS", NULL, 0, 0, "physical address", WALK_PHYS},
	{"PAGE", NULL, 0, VMT_COL_RIGHT, "what the last entry maps", WALK_PAGE},
	{"RIGHTS", NULL, 0, 0, "r, w, x of the whole path; user", WALK_RIGHTS},
	{"TYPE", NULL, 0, 0, "memory type", WALK_TYPE},
	{"FLAGS", NULL, 0, VMT_COL_TRUNC, "contiguous, global, special", WALK_FLAGS},
	{"OWNER", NULL, 0.4, VMT_COL_TRUNC, "whose address it is, in words", WALK_OWNER},
	{"OWNER_KIND", NULL, 0, 0, "area, guard, unpurged, hole, image, range, none",
	 WALK_OWNER_KIND},
	{"START", NULL, 0, 0, "of the area, the hole or the range", WALK_START},
	{"END", NULL, 0, 0, "the address after it", WALK_END},
	{"INDEX", NULL, 0, VMT_COL_RIGHT, "page of the area, from 0", WALK_INDEX},
	{"CALLER", NULL, 0.3, VMT_COL_TRUNC, "caller of the area", WALK_CALLER},
	{"MODULE", NULL, 0, VMT_COL_TRUNC, "module that lies there", WALK_MODULE},
	{"SYMBOL", NULL, 0.3, VMT_COL_TRUNC, "symbol of kernel or module there", WALK_SYMBOL},
	{"RANGE", NULL, 0, 0, "the narrowest range: vmalloc, modules, direct, ...", WALK_RANGE},
	{"HOLDER", NULL, 0.3, VMT_COL_TRUNC, "of the direct map: the area that has the page",
	 WALK_HOLDER},
	{"HOLDER_AT", NULL, 0, 0, "where that area has it", WALK_HOLDER_AT},
	{"WHY", NULL, 0, VMT_COL_TRUNC, "why it is not mapped, or not known", WALK_WHY},
	{"STEPS", NULL, 0.3, VMT_COL_TRUNC, "entries from the root down", WALK_STEPS},
};

/* Symbols are no longer (KSYM_NAME_LEN). */
#define SYMBOL_MAX 511

#define DEFAULT_COLS "ADDRESS,PHYS,PAGE,RIGHTS,TYPE,OWNER"
#define MACHINE_COLS                                                                          \
	"ADDRESS,MAPPED,PHYS,PAGE,RIGHTS,TYPE,FLAGS,OWNER,OWNER_KIND,START,END,INDEX,CALLER," \
	"MODULE,SYMBOL,RANGE,HOLDER,HOLDER_AT,WHY,STEPS"

/* ---- prose ---- */

static void put_step(const struct walk *w, const struct found *f, const struct vmt_step *s)
{
	char words[200], to[64] = "";
	uint64_t bad;

	(void)printf("  %s[%zu]%*s 0x%" PRIx64, vmt_pgt_level_name(w->pgt, s->level),
		     vmt_pgt_index(w->pgt, s->level, f->va),
		     vmt_pgt_index(w->pgt, s->level, f->va) < 10    ? 2
		     : vmt_pgt_index(w->pgt, s->level, f->va) < 100 ? 1
								    : 0,
		     "", s->entry_pa);
	if (s->rc != VMT_OK) {
		(void)puts("   not in the image");
		return;
	}
	vmt_pgt_words(w->pgt, s->level, s->raw, words, sizeof(words));
	if (s->entry.kind == VMT_ENTRY_TABLE)
		(void)snprintf(to, sizeof(to), "table 0x%" PRIx64, s->entry.pa);
	else if (s->entry.kind == VMT_ENTRY_LEAF)
		(void)snprintf(to, sizeof(to), "page 0x%" PRIx64,
			       f->path.pa & ~(f->path.leaf_bytes - 1));
	(void)printf("   0x%016" PRIx64 "   %s%s%s\n", s->raw, s->raw ? to : "empty",
		     to[0] || !s->raw ? "" : "not valid", words);
	bad = vmt_pgt_reserved(w->pgt, s->level, s->raw);
	if (bad)
		say("      ",
		    "Bits 0x%" PRIx64 " of this entry should not be set so: it is damaged.", bad);
}

static void put_result(const struct walk *w, const struct found *f)
{
	const struct vmt_path *p = &f->path;
	char rights[RIGHTS_TEXT], size[VMT_NUM_GROUPED];
	struct vmt_str flags = leaf_flags(p->flags);

	if (f->rc != VMT_OK) {
		say("  result    ", "%s", f->why);
		return;
	}
	(void)printf("  physical  0x%" PRIx64 "   %s page, %s, %s%s%.*s\n", p->pa,
		     size_text(&w->view, size, p->leaf_bytes), rights_text(p->rights, rights),
		     vmt_memtype_name(w->pgt, p->memtype), flags.n ? ", " : "", (int)flags.n,
		     flags.n ? flags.p : "");
}

static void put_place(const struct walk *w, const struct found *f)
{
	const struct vmt_place *p = &f->place;
	const struct vmt_area *a = p->area ? &p->area->area : NULL;
	char size[VMT_NUM_GROUPED];

	say("  owner     ", "%s", ESC(vmt_str(f->owner)));
	if (a)
		(void)printf("            0x%" PRIx64 " - 0x%" PRIx64 ", %s\n", a->start, a->end,
			     size_text(&w->view, size, a->size_bytes));
	if (f->holder_va)
		say("  holder    ", "%s, at 0x%" PRIx64, ESC(vmt_str(f->holder)), f->holder_va);
	if (f->module.n)
		(void)printf("  module    %s\n", ESC(f->module));
	if (f->has_symbol)
		(void)printf("  symbol    %s\n", ESC(vmt_str(f->symbol_text)));
}

static void print_found(const struct walk *w, const struct found *f)
{
	(void)printf("0x%016" PRIx64 "   %u levels from 0x%" PRIx64 "\n", f->va, w->pgt->levels,
		     w->pgt->root_pa);
	for (unsigned i = 0; i < f->path.n; i++)
		put_step(w, f, &f->path.step[i]);
	put_result(w, f);
	put_place(w, f);
}

/* ---- rows ---- */

static const struct vmt_col step_cols[] = {
	{"LEVEL", NULL, 0, 0, "", 0}, {"INDEX", NULL, 0, 0, "", 0}, {"ENTRY", NULL, 0, 0, "", 0},
	{"RAW", NULL, 0, 0, "", 0},   {"KIND", NULL, 0, 0, "", 0},  {"PHYS", NULL, 0, 0, "", 0},
	{"BITS", NULL, 0, 0, "", 0},  {"BAD", NULL, 0, 0, "", 0},
};
#define STEP_COLS (sizeof(step_cols) / sizeof(step_cols[0]))

/** What the cell of the steps needs to live until its row is written. */
struct steps_room {
	const struct vmt_col *cols[STEP_COLS];
	struct vmt_cell cells[VMT_LEVELS_MAX * STEP_COLS];
	char words[VMT_LEVELS_MAX][200], text[1400];
	struct vmt_rows rows;
};

static void fill_step(const struct walk *w, const struct found *f, unsigned i,
		      struct steps_room *room)
{
	static const char *const kinds[] = {"none", "table", "page"};
	const struct vmt_step *s = &f->path.step[i];
	struct vmt_cell *c = &room->cells[i * STEP_COLS];
	uint64_t bad;
	char *words = room->words[i];
	size_t len = strlen(room->text);

	for (size_t k = 0; k < STEP_COLS; k++)
		c[k] = vmt_cell_null();
	c[0] = vmt_cell_s(VMT_CELL_STR, vmt_str(vmt_pgt_level_name(w->pgt, s->level)));
	c[1] = vmt_cell_u(VMT_CELL_COUNT, vmt_pgt_index(w->pgt, s->level, f->va));
	c[2] = vmt_cell_u(VMT_CELL_ADDR, s->entry_pa);
	if (s->rc != VMT_OK)
		return;
	vmt_pgt_words(w->pgt, s->level, s->raw, words, sizeof(room->words[i]));
	c[3] = (struct vmt_cell){.type = VMT_CELL_ADDR, .u = s->raw, .width = 16};
	c[4] = vmt_cell_s(VMT_CELL_STR, vmt_str(kinds[s->entry.kind]));
	if (s->entry.kind != VMT_ENTRY_NONE)
		c[5] = vmt_cell_u(VMT_CELL_ADDR, s->entry.kind == VMT_ENTRY_LEAF
							 ? f->path.pa & ~(f->path.leaf_bytes - 1)
							 : s->entry.pa);
	if (words[0])
		c[6] = vmt_cell_s(VMT_CELL_WORDS, vmt_str(words + 1));
	bad = vmt_pgt_reserved(w->pgt, s->level, s->raw);
	if (bad)
		c[7] = vmt_cell_u(VMT_CELL_ADDR, bad);
	(void)snprintf(room->text + len, sizeof(room->text) - len, "%s%s=0x%" PRIx64,
		       len ? " " : "", vmt_pgt_level_name(w->pgt, s->level), s->raw);
}

static struct vmt_cell steps_cell(const struct walk *w, const struct found *f,
				  struct steps_room *room)
{
	room->text[0] = '\0';
	for (size_t k = 0; k < STEP_COLS; k++)
		room->cols[k] = &step_cols[k];
	for (unsigned i = 0; i < f->path.n; i++)
		fill_step(w, f, i, room);
	room->rows = (struct vmt_rows){room->cols, STEP_COLS, room->cells, f->path.n};
	return (struct vmt_cell){
		.type = VMT_CELL_ROWS, .s = vmt_str(room->text), .rows = &room->rows};
}

static struct vmt_cell str_cell(const char *s)
{
	return vmt_cell_s(VMT_CELL_STR, vmt_str(s));
}

static struct vmt_cell va_cell(uint64_t va)
{
	return (struct vmt_cell){.type = VMT_CELL_ADDR, .u = va, .width = 16};
}

static struct vmt_cell path_cell(int id, const struct walk *w, const struct found *f, char *buf)
{
	if (f->rc != VMT_OK)
		return vmt_cell_null();
	switch (id) {
	case WALK_PHYS: return vmt_cell_u(VMT_CELL_ADDR, f->path.pa);
	case WALK_PAGE: return vmt_cell_u(VMT_CELL_BYTES, f->path.leaf_bytes);
	case WALK_RIGHTS: return str_cell(rights_text(f->path.rights, buf));
	case WALK_TYPE: return str_cell(vmt_memtype_name(w->pgt, f->path.memtype));
	case WALK_FLAGS: return vmt_cell_s(VMT_CELL_WORDS, leaf_flags(f->path.flags));
	}
	return vmt_cell_null();
}

static struct vmt_cell cell(int id, const struct walk *w, const struct found *f, char *buf,
			    struct steps_room *room)
{
	const struct vmt_place *p = &f->place;
	const struct vmt_area *a = p->area ? &p->area->area : NULL;

	switch (id) {
	case WALK_ADDRESS: return va_cell(f->va);
	case WALK_MAPPED:
		return walk_is_known(f) ? vmt_cell_u(VMT_CELL_BOOL, f->rc == VMT_OK)
					: vmt_cell_null();
	case WALK_OWNER: return str_cell(f->owner);
	case WALK_OWNER_KIND: return str_cell(vmt_owner_name(p->kind));
	case WALK_START: return va_cell(a ? a->start : p->start);
	case WALK_END: return va_cell(a ? a->end : p->end);
	case WALK_INDEX:
		return a ? vmt_cell_u(VMT_CELL_COUNT, (f->va - a->start) / w->page_size)
			 : vmt_cell_null();
	case WALK_CALLER: return a ? vmt_cell_s(VMT_CELL_STR, a->caller) : vmt_cell_null();
	case WALK_MODULE: return vmt_cell_s(VMT_CELL_STR, f->module);
	case WALK_SYMBOL: return f->has_symbol ? str_cell(f->symbol_text) : vmt_cell_null();
	case WALK_RANGE: return p->part ? str_cell(p->part->name) : vmt_cell_null();
	case WALK_HOLDER: return f->holder_va ? str_cell(f->holder) : vmt_cell_null();
	case WALK_HOLDER_AT: return f->holder_va ? va_cell(f->holder_va) : vmt_cell_null();
	case WALK_WHY: return f->rc == VMT_OK ? vmt_cell_null() : str_cell(f->why);
	case WALK_STEPS: return steps_cell(w, f, room);
	}
	return path_cell(id, w, f, buf);
}

static enum vmt_rc put_row(const struct walk *w, const struct found *f)
{
	struct vmt_cell cells[CELLS_MAX];
	char rights[RIGHTS_TEXT];
	struct steps_room room;

	for (size_t i = 0; i < w->view.n_cols; i++)
		cells[i] = cell(w->view.cols[i]->id, w, f, rights, &room);
	return vmt_out_row(w->view.out, cells);
}

/* ---- what is asked ---- */

struct addresses {
	uint64_t *vas;
	size_t n, cap;
};

/* NAME, NAME+OFFSET, or as it is printed: NAME+OFFSET/SIZE. */
static bool parse_symbol(const char *s, char name[SYMBOL_MAX + 1], uint64_t *offset)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$");
	struct vmt_caller caller = {.offset = 0};

	if (n == 0 || n > SYMBOL_MAX || (s[0] >= '0' && s[0] <= '9'))
		return false;
	if (s[n] && !vmt_caller_parse(vmt_str(s), &caller) &&
	    (s[n] != '+' || !address_parse(vmt_str(s + n + 1), &caller.offset)))
		return false;
	vmt_str_copy(name, SYMBOL_MAX + 1, (struct vmt_str){s, n});
	*offset = caller.offset;
	return true;
}

/* Before a source is opened: is it an address, or may it be a symbol?  @return 0 or EXIT_USAGE. */
static int check_operand(const struct run *r, int i)
{
	const char *s = r->args[i];
	char name[SYMBOL_MAX + 1];
	bool here = r->source || r->opt[OPT_SOURCE] || r->opt[OPT_SYSROOT];
	uint64_t v;

	if (address_parse(vmt_str(s), &v))
		return 0;
	if (access(s, F_OK) == 0)
		return usage_error(r->cmd, "'%s' is a file: ADDR comes before it", s);
	/* Behind an address it rather is a file that does not exist. */
	if (parse_symbol(s, name, &v) && (here || i == 0 || i + 1 < r->n_args))
		return 0;
	return usage_error(r->cmd, "'%s' is no address, and no SOURCE that exists", s);
}

static enum vmt_rc add(struct addresses *list, uint64_t va)
{
	if (vmt_grow(&list->vas, &list->cap, list->n + 1, sizeof(*list->vas)) != VMT_OK)
		return VMT_NOMEM;
	list->vas[list->n++] = va;
	return VMT_OK;
}

/* Names are not unique: all that have it. */
static int add_operand(struct walk *w, const struct run *r, const char *s, struct addresses *list)
{
	uint64_t vas[VMT_CANDIDATES], v;
	char name[SYMBOL_MAX + 1];
	size_t n;

	if (address_parse(vmt_str(s), &v))
		return add(list, v) == VMT_OK ? 0 : complain_nomem();
	if (!parse_symbol(s, name, &v))
		return 0;
	n = vmt_kern_symbol(w->src.kern, name, vas);
	if (n == VMT_CANDIDATES)
		message("%s: %zu symbols of that name; there may be more", ESC(vmt_str(s)), n);
	for (size_t i = 0; i < n; i++)
		if (add(list, vas[i] + v) != VMT_OK)
			return complain_nomem();
	return n ? 0
		 : usage_error(r->cmd,
			       "'%s' is no address, no symbol of this kernel, and no SOURCE that "
			       "exists",
			       s);
}

/* ---- the command ---- */

static enum vmt_rc one(struct walk *w, uint64_t va, bool prose, bool first, bool *unknown)
{
	struct found f;

	if (!walk_find(w, va, &f))
		return VMT_NOMEM;
	*unknown |= !walk_is_known(&f);
	if (!prose)
		return put_row(w, &f);
	if (!first)
		(void)putchar('\n');
	print_found(w, &f);
	return VMT_OK;
}

static int answer(struct walk *w, const struct run *r, const struct addresses *list)
{
	bool prose = w->view.opts.format == VMT_OUT_TABLE && !r->opt[OPT_OUTPUT], unknown = false;
	enum vmt_rc rc = prose ? VMT_OK : view_begin(&w->view, "walk");

	for (size_t i = 0; rc == VMT_OK && i < list->n; i++)
		rc = one(w, list->vas[i], prose, i == 0, &unknown);
	if (rc == VMT_OK && !prose)
		rc = vmt_out_rows_end(w->view.out);
	if (rc != VMT_OK)
		return complain_nomem();
	source_json(&w->src, &w->view);
	vmt_out_finish(w->view.out);
	return source_report(&w->src, unknown ? EXIT_IN_PART : EXIT_ANSWERED);
}

static int run(struct run *r)
{
	struct walk w = {0};
	struct addresses list = {0};
	int code = 0;

	for (int i = 0; i < r->n_args && code == 0; i++)
		code = check_operand(r, i);
	if (code)
		return code;
	code = view_open(&w.view, r);
	if (code == 0)
		code = source_open(&w.src, r);
	if (code == 0) {
		w.pgt = vmt_kern_pgt(w.src.kern);
		w.page_size = vmt_kern_about(w.src.kern)->page_size;
		for (int i = 0; i < r->n_args && code == 0; i++)
			code = add_operand(&w, r, r->args[i], &list);
		if (code == 0)
			code = answer(&w, r, &list);
		free(list.vas);
		source_close(&w.src);
	}
	view_close(&w.view);
	return code;
}

const struct cmd cmd_walk = {
	.name = "walk",
	.group = "Ask",
	.summary = "From an address to its page, table by table, and whose it is.",
	.operands = "ADDR|SYMBOL ... [SOURCE]",
	.cols = cols,
	.n_cols = sizeof(cols) / sizeof(cols[0]),
	.default_cols = DEFAULT_COLS,
	.machine_cols = MACHINE_COLS,
	.min_args = 1,
	.max_args = 100000,
	.takes_source = true,
	.live = LIVE_MEMORY,
	.symbols = true,
	.run = run,
};
