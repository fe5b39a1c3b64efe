// SPDX-License-Identifier: GPL-2.0-or-later
/* What page tables map and what they cost, in sums: for pt and summary. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"

static uint64_t tables_of(const struct vmt_census *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i < VMT_LEVELS_MAX; i++)
		n += c->tables[i];
	return n;
}

static uint64_t leaves_of(const struct vmt_census *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i < VMT_LEVELS_MAX; i++)
		n += c->leaves[i];
	return n;
}

/* Bytes in pages above the base size, and in contiguous blocks of these. */
static uint64_t huge_of(const struct vmt_pgt *pgt, const struct vmt_census *c)
{
	uint64_t n = c->cont[0] << pgt->page_shift;

	for (int i = 1; i < (int)pgt->levels; i++)
		n += c->leaves[i] * vmt_pgt_entry_bytes(pgt, i);
	return n;
}

static const struct vmt_col page_cols[] = {
	{"PAGE", NULL, 0, 0, "", 0},  {"LEVEL", NULL, 0, 0, "", 0},
	{"COUNT", NULL, 0, 0, "", 0}, {"CONTIGUOUS", NULL, 0, 0, "", 0},
	{"SIZE", NULL, 0, 0, "", 0},
};
#define PAGE_COLS (sizeof(page_cols) / sizeof(page_cols[0]))

static void json_pages(const struct vmt_pgt *pgt, const struct vmt_census *c, struct view *v)
{
	const struct vmt_col *cols[PAGE_COLS];
	struct vmt_cell cells[PAGE_COLS];

	for (size_t i = 0; i < PAGE_COLS; i++)
		cols[i] = &page_cols[i];
	(void)vmt_out_rows_begin(v->out, "pages", cols, PAGE_COLS);
	for (int i = 0; i < (int)pgt->levels; i++) {
		uint64_t each = vmt_pgt_entry_bytes(pgt, i);

		if (!c->leaves[i])
			continue;
		cells[0] = vmt_cell_u(VMT_CELL_BYTES, each);
		cells[1] = vmt_cell_s(VMT_CELL_STR, vmt_str(vmt_pgt_level_name(pgt, i)));
		cells[2] = vmt_cell_u(VMT_CELL_COUNT, c->leaves[i]);
		cells[3] = vmt_cell_u(VMT_CELL_COUNT, c->cont[i]);
		cells[4] = vmt_cell_u(VMT_CELL_BYTES, c->leaves[i] * each);
		(void)vmt_out_row(v->out, cells);
	}
	(void)vmt_out_rows_end(v->out);
}

void census_json(const struct vmt_pgt *pgt, const struct vmt_census *c, struct view *v)
{
	uint64_t tables = tables_of(c);

	if (v->opts.format != VMT_OUT_JSON)
		return;
	vmt_out_object_begin(v->out, "page_tables");
	vmt_out_member(v->out, "mapped", vmt_cell_u(VMT_CELL_BYTES, c->mapped_bytes));
	vmt_out_member(v->out, "huge", vmt_cell_u(VMT_CELL_BYTES, huge_of(pgt, c)));
	vmt_out_member(v->out, "entries", vmt_cell_u(VMT_CELL_COUNT, leaves_of(c)));
	vmt_out_member(v->out, "tables", vmt_cell_u(VMT_CELL_COUNT, tables));
	vmt_out_member(v->out, "table_bytes",
		       vmt_cell_u(VMT_CELL_BYTES, tables << pgt->page_shift));
	vmt_out_member(v->out, "clones", vmt_cell_u(VMT_CELL_COUNT, c->clones));
	vmt_out_member(v->out, "unknown_tables", vmt_cell_u(VMT_CELL_COUNT, c->unknown));
	vmt_out_member(v->out, "unknown_bytes", vmt_cell_u(VMT_CELL_BYTES, c->unknown_bytes));
	json_pages(pgt, c, v);
	vmt_out_object_end(v->out);
}

/* "10,867 pages of 4 KiB, 131 of 2.0 MiB" */
static void sizes(const struct vmt_pgt *pgt, const struct vmt_census *c, char *buf, size_t size)
{
	char count[VMT_NUM_GROUPED], each[VMT_NUM_HUMAN];
	size_t n = 0;

	buf[0] = '\0';
	for (int i = 0; i < (int)pgt->levels && n < size; i++) {
		const char *form = n		       ? ", %s of %s"
				   : c->leaves[i] == 1 ? "%s page of %s"
						       : "%s pages of %s";

		if (c->leaves[i])
			n += (size_t)snprintf(buf + n, size - n, form,
					      vmt_num_grouped(count, c->leaves[i]),
					      vmt_num_human(each, vmt_pgt_entry_bytes(pgt, i)));
	}
}

void census_print(const struct vmt_pgt *pgt, const struct vmt_census *c, struct view *v)
{
	char mapped[VMT_NUM_GROUPED], cost[VMT_NUM_GROUPED], list[200], share[64] = "",
									n[VMT_NUM_GROUPED];
	uint64_t tables = tables_of(c), huge = huge_of(pgt, c);

	if (!c->mapped_bytes && !c->unknown) {
		say("  ", "Nothing is mapped.");
		return;
	}
	sizes(pgt, c, list, sizeof(list));
	if (huge)
		(void)snprintf(share, sizeof(share), "; large ones map %.0f%% of it",
			       100.0 * (double)huge / (double)c->mapped_bytes);
	if (c->mapped_bytes)
		say("  ", "Mapped: %s in %s%s.", size_text(v, mapped, c->mapped_bytes), list,
		    share);
	say("  ", "Page tables: %s, %s.", vmt_num_grouped(n, tables),
	    size_text(v, cost, tables << pgt->page_shift));
	if (c->clones)
		say("  ", "%s tables were met again under another address and are counted once.",
		    vmt_num_grouped(n, c->clones));
	if (c->unknown)
		say("  ", "%s page table%s cannot be read: nothing is known of %s.",
		    vmt_num_grouped(n, c->unknown), c->unknown == 1 ? "" : "s",
		    size_text(v, mapped, c->unknown_bytes));
}
