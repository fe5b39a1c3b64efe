// SPDX-License-Identifier: GPL-2.0-or-later
/** A whole text read and kept: what the tests of reader and model start from. */
#ifndef VMTOOL_READING_H
#define VMTOOL_READING_H

#include "unit.h"

struct reading {
	struct vmt_text *text; /* still open: facts may be asked of it */
	struct vmt_text_stats stats;
	enum vmt_addr_state addresses;
	enum vmt_addr_state addresses_at_open;
	uint64_t page_size;
	enum vmt_page_size_from from;
	struct vmt_areas *table; /* owns the strings of areas */
	struct vmt_area *areas;
	size_t n;
};

/* @bytes must stay until the text is closed. */
static inline enum vmt_rc open_memory(struct vmt_text **text, const char *bytes, size_t n,
				      const struct vmt_text_opts *opts, struct vmt_err *err)
{
	static const struct vmt_text_opts none;
	struct vmt_file *file = NULL;
	enum vmt_rc rc = vmt_file_open_memory(&file, "test", bytes, n, err);

	return rc == VMT_OK ? vmt_text_open(text, file, opts ? opts : &none, err) : rc;
}

/* Everything that is left in an open text. */
static inline struct reading read_text(struct vmt_text *text)
{
	struct reading r = {.text = text, .table = vmt_areas_new()};
	struct vmt_area a;
	struct vmt_err err = {0};
	enum vmt_rc rc;

	assert_non_null(r.table);
	r.addresses_at_open = vmt_text_addresses(text);
	r.page_size = vmt_text_page_size(text, &r.from);
	while ((rc = vmt_text_next(text, &a, &err)) == VMT_OK)
		assert_int_equal(vmt_areas_add(r.table, &a), VMT_OK);
	assert_int_equal(rc, VMT_NONE);
	/* Asked again, the answer stays. */
	assert_int_equal(vmt_text_next(text, &a, &err), VMT_NONE);
	r.stats = *vmt_text_stats(text);
	r.addresses = vmt_text_addresses(text);
	r.n = vmt_areas_count(r.table);
	r.areas = calloc(r.n + 1, sizeof(*r.areas));
	assert_non_null(r.areas);
	for (size_t i = 0; i < r.n; i++)
		r.areas[i] = *vmt_areas_at(r.table, i);
	assert_u64(r.stats.areas, r.n);
	return r;
}

static inline struct reading read_memory(const char *bytes, size_t n,
					 const struct vmt_text_opts *opts)
{
	struct vmt_text *text = NULL;
	struct vmt_err err = {0};

	if (open_memory(&text, bytes, n, opts, &err) != VMT_OK)
		fail_msg("%s", err.text);
	return read_text(text);
}

static inline struct reading read_string(const char *s)
{
	return read_memory(s, strlen(s), NULL);
}

static inline struct reading read_file(struct vmt_file *file, const struct vmt_text_opts *opts)
{
	static const struct vmt_text_opts none;
	struct vmt_text *text = NULL;
	struct vmt_err err = {0};

	if (vmt_text_open(&text, file, opts ? opts : &none, &err) != VMT_OK)
		fail_msg("%s", err.text);
	return read_text(text);
}

static inline void reading_free(struct reading *r)
{
	vmt_text_close(r->text);
	vmt_areas_free(r->table);
	free(r->areas);
}

/* Equal in every field; strings by their bytes. */
static inline void assert_same_record(const struct vmt_area *a, const struct vmt_area *b)
{
	struct vmt_area c = *b;

	if (!vmt_str_eq(a->caller, b->caller) || !vmt_str_eq(a->module, b->module) ||
	    !vmt_str_eq(a->other, b->other) || !vmt_str_eq(a->nodes, b->nodes))
		fail_msg("line %" PRIu64 ": a string differs", a->line);
	c.caller = a->caller;
	c.module = a->module;
	c.other = a->other;
	c.nodes = a->nodes;
	if (area_difference(a, &c))
		fail_msg("line %" PRIu64 ": %s differs", a->line, area_difference(a, &c));
}

static inline void assert_same_reading(const struct reading *a, const struct reading *b)
{
	const struct vmt_text_stats *x = &a->stats, *y = &b->stats;

	assert_u64(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_same_record(&a->areas[i], &b->areas[i]);
	assert_u64(a->page_size, b->page_size);
	assert_int_equal(a->from, b->from);
	assert_int_equal(a->addresses, b->addresses);
	assert_u64(x->lines, y->lines);
	assert_u64(x->unparsed, y->unparsed);
	assert_u64(x->other, y->other);
	assert_u64(x->unaligned, y->unaligned);
	assert_int_equal(x->cut, y->cut);
	for (size_t i = 0; i < VMT_ODD_KEPT && i < x->unparsed; i++) {
		assert_u64(x->odd[i].line, y->odd[i].line);
		assert_string_equal(x->odd[i].why, y->odd[i].why);
		assert_string_equal(x->odd[i].text, y->odd[i].text);
	}
}

#endif
