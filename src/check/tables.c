// SPDX-License-Identifier: GPL-2.0-or-later
/* V18: the page tables themselves, those of the kernel's half. */
#include <inttypes.h>
#include <string.h>

#include "buddy.h"

static const char *const means_reserved =
	"the CPU faults on an entry with such a bit, whatever else it says";
static const char *const means_outside =
	"the CPU takes for page tables what is no memory: any access below is unpredictable";
static const char *const means_shared =
	"two parts of address space are one: what is mapped in one appears in the other";

static const char *const means_free =
	"the allocator gives this page to the next who asks, who then writes to page tables";

struct tables {
	struct ctx *c;
	struct vmt_pgt *pgt;
	struct vmt_page_map map;
	bool has_map;
	struct buddy buddy;
	/** Tables of KASAN's early shadow, by physical address; some are not known. */
	uint64_t shadow[4];
	size_t n_shadow;
	bool shadow_lost;
	enum vmt_rc rc;
};

/* Tables that have several parents by design. */
static bool is_clone(const struct tables *t, const struct vmt_table *table)
{
	/* x86's espfix (arch/x86/kernel/espfix_64.c): one page of stacks shown many times. */
	if (strcmp(t->pgt->arch->machine, "x86_64") == 0 &&
	    table->va >= UINT64_C(0xffffff0000000000) && table->va < UINT64_C(0xffffff8000000000))
		return true;
	/* KASAN's early shadow: one page of zeros for all that is not shadowed. */
	for (size_t i = 0; i < t->n_shadow; i++) {
		if (table->table_pa == t->shadow[i])
			return true;
	}
	return false;
}

static void see_reserved(struct tables *t, const struct vmt_table *table, size_t i, uint64_t bits)
{
	uint64_t va = table->va + i * vmt_pgt_entry_bytes(t->pgt, table->level);
	struct vmt_finding *f =
		finding(t->c, V18, VMT_SEVERE, subject_at(t->c, va), va, means_reserved, "walk");

	say_title(f, "a %s entry has a bit that must be 0",
		  vmt_pgt_level_name(t->pgt, table->level));
	say_expected(f, "0x%" PRIx64 " without 0x%" PRIx64, table->raw[i], bits);
	say_found(f, "entry %zu of the table at 0x%" PRIx64, i, table->table_pa);
}

static void see_entries(struct tables *t, const struct vmt_table *table)
{
	size_t first = 0;

	/* Of the root the kernel's half alone. */
	if ((unsigned)table->level + 1 == t->pgt->levels)
		first = vmt_pgt_index(t->pgt, table->level, vmt_pgt_first_va(t->pgt));
	for (size_t i = first; i < table->n; i++) {
		uint64_t bits;

		if (!table->raw[i])
			continue;
		bits = vmt_pgt_reserved(t->pgt, table->level, table->raw[i]);
		if (bits && t->pgt->arch->decode(t->pgt, table->level, table->raw[i]).kind !=
				    VMT_ENTRY_NONE)
			see_reserved(t, table, i, bits);
	}
	look(t->c, V18, 1, table->n - first);
}

/* A free frame has no user, and is in a block of free ones. */
static enum vmt_rc see_frame(struct tables *t, const struct vmt_table *table)
{
	static const unsigned char empty[PAGE_STRUCT_MAX];
	uint64_t pfn = table->table_pa >> t->pgt->page_shift, head = pfn;
	uint64_t va = t->map.base + pfn * t->map.bytes;
	unsigned char page[PAGE_STRUCT_MAX];
	struct vmt_err err = {0};
	struct vmt_finding *f;
	unsigned order = 0;
	int32_t count;
	enum vmt_rc rc = vmt_kern_read(t->c->kern, va, page, t->map.bytes, &err);

	/* Memory that has no struct page is not the allocator's. */
	if (rc == VMT_FAULT && !err.where)
		return VMT_OK;
	if (rc != VMT_OK)
		return unread(t->c, V18, 1, table->va, rc, &err, "struct page of a table");
	if (memcmp(page, empty, t->map.bytes) == 0)
		return unknown(t->c, V18, 1, table->va, VMT_FACT_NONE,
			       "struct page of a table is empty: was it kept when the image was "
			       "made small?");
	memcpy(&count, page + t->map.refcount, sizeof(count));
	if (!buddy_is_head(&t->buddy, page)) {
		if (count > 0)
			return VMT_OK;
		rc = buddy_find(t->c, &t->buddy, pfn, &head, &order, &err);
		if (rc == VMT_NONE)
			return VMT_OK;
		if (rc != VMT_OK)
			return unread(t->c, V18, 1, table->va, rc, &err,
				      "struct page of a table's neighbour");
	}
	f = finding(t->c, V18, VMT_SEVERE, subject_at(t->c, table->va), table->va, means_free,
		    "walk");
	say_title(f, "a table page is free");
	say_expected(f, "a frame in use for the table of 0x%" PRIx64, table->va);
	say_found(f, "frame 0x%" PRIx64 ", in the free block at 0x%" PRIx64, pfn, head);
	return VMT_OK;
}

static void see_again(struct tables *t, const struct vmt_table *table)
{
	struct vmt_finding *f;

	if (is_clone(t, table))
		return;
	if (t->shadow_lost) {
		t->rc = unknown(t->c, V18, 1, table->va, table->table_pa,
				"a table with two parents, which may be KASAN's");
		return;
	}
	f = finding(t->c, V18, VMT_SEVERE, subject_at(t->c, table->va), table->va, means_shared,
		    "walk");
	say_title(f, "a table page has two parents");
	say_expected(f, "a table of its own for 0x%" PRIx64, table->va);
	say_found(f, "0x%" PRIx64 ", which is that for 0x%" PRIx64, table->table_pa,
		  table->first_va);
}

static void see_level(struct tables *t, const struct vmt_table *table)
{
	struct vmt_finding *f = finding(t->c, V18, VMT_SEVERE, subject_at(t->c, table->va),
					table->va, means_shared, "walk");

	say_title(f, "a table page has two parents, of two levels");
	say_expected(f, "a %s table for 0x%" PRIx64, vmt_pgt_level_name(t->pgt, table->level),
		     table->va);
	say_found(f, "0x%" PRIx64 ", which is a %s table", table->table_pa,
		  vmt_pgt_level_name(t->pgt, table->first_level));
}

static void see_table(void *arg, const struct vmt_table *table)
{
	struct tables *t = arg;
	struct vmt_err err = {.code = table->rc, .where = table->table_pa};
	struct vmt_finding *f;

	if (table->again) {
		see_again(t, table);
		return;
	}
	if (table->rc == VMT_OK && table->first_level != table->level)
		see_level(t, table);
	if (table->rc == VMT_OK) {
		look(t->c, V18, 0, 1);
		see_entries(t, table);
		if (t->has_map)
			t->rc = see_frame(t, table);
		return;
	}
	if (table->rc != VMT_FAULT) {
		t->rc = unread(t->c, V18, 1, table->va, table->rc, &err, "a table page");
		return;
	}
	f = finding(t->c, V18, VMT_SEVERE, subject_at(t->c, table->va), table->va, means_outside,
		    "walk");
	say_title(f, "a table page is no memory");
	say_expected(f, "a table in RAM for 0x%" PRIx64, table->va);
	say_found(f, "0x%" PRIx64 " by the entry 0x%" PRIx64 " at 0x%" PRIx64, table->table_pa,
		  table->entry_raw, table->entry_pa);
}

/* Whether the allocator has them as free can be judged when struct page is understood. */
static enum vmt_rc learn_frames(struct tables *t)
{
	struct ctx *c = t->c;
	enum vmt_rc rc = vmt_kern_page_map(c->kern, &t->map, &c->err);

	if (rc == VMT_NOMEM)
		return rc;
	t->has_map = rc == VMT_OK;
	if (!t->has_map)
		return unknown_for(c, V18, 1, 0, &c->err, c->err.text);
	buddy_learn(c, &t->map, &t->buddy);
	t->has_map = t->buddy.known && t->map.refcount != VMT_FACT_NONE;
	return t->has_map ? VMT_OK
			  : unknown(c, V18, 1, 0, VMT_FACT_NONE,
				    "the layout of struct page: whether tables are free");
}

/* include/linux/kasan.h: one for each level, where the kernel has it. */
static void learn_shadow(struct tables *t)
{
	static const char *const names[] = {"kasan_early_shadow_pte", "kasan_early_shadow_pmd",
					    "kasan_early_shadow_pud", "kasan_early_shadow_p4d"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t va = symbol_of(t->c, names[i]);

		if (!va)
			continue;
		if (vmt_pgt_translate(t->pgt, va, &t->shadow[t->n_shadow], NULL) == VMT_OK)
			t->n_shadow++;
		else
			t->shadow_lost = true;
	}
}

enum vmt_rc check_tables(struct ctx *c)
{
	struct tables t = {.c = c, .pgt = vmt_kern_pgt(c->kern), .rc = VMT_OK};
	struct vmt_cursor_opts opts = {.table = see_table, .arg = &t};
	struct vmt_cursor *cur = NULL;
	struct vmt_stretch st;
	enum vmt_rc rc = learn_frames(&t);

	if (rc == VMT_OK)
		rc = vmt_cursor_open(&cur, t.pgt, &opts, &c->err);
	if (rc != VMT_OK)
		return rc;
	learn_shadow(&t);
	vmt_cursor_seek(cur, vmt_pgt_first_va(t.pgt), 0);
	while (t.rc == VMT_OK && (rc = vmt_cursor_next(cur, &st, &c->err)) == VMT_OK)
		;
	vmt_cursor_close(cur);
	return t.rc != VMT_OK ? t.rc : rc == VMT_NONE ? VMT_OK : rc;
}
