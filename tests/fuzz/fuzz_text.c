// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer: any bytes as a text.  (1) Each line through both paths, (2) the whole text read with
 * and without the fast path, (3) the model and the output over what was read.  What must be equal
 * is compared and a difference aborts; the sanitizers look for the rest.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vmtool/model.h"
#include "vmtool/out.h"
#include "vmtool/text.h"

#define SLACK 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond, ...)                                                          \
	do {                                                                     \
		if (!(cond)) {                                                   \
			(void)fprintf(stderr, __VA_ARGS__);                      \
			(void)fprintf(stderr, " (%s:%d)\n", __FILE__, __LINE__); \
			abort();                                                 \
		}                                                                \
	} while (0)

/* ---- (1) one line ---- */

/* By bytes, or, when both are of one buffer, by place. */
static bool same(struct vmt_str a, struct vmt_str b, bool by_place)
{
	return vmt_str_eq(a, b) && (!by_place || !a.n || a.p == b.p);
}

static void compare(const struct vmt_area *a, const struct vmt_area *b, bool by_place)
{
	MUST(a->start == b->start && a->end == b->end, "range differs");
	MUST(a->size_bytes == b->size_bytes, "size differs");
	MUST(a->pages == b->pages && a->phys == b->phys, "pages or phys differs");
	MUST(same(a->caller, b->caller, by_place), "caller differs");
	MUST(same(a->module, b->module, by_place), "module differs");
	MUST(same(a->other, b->other, by_place), "other differs");
	MUST(same(a->nodes, b->nodes, by_place), "nodes differ");
	MUST(a->line == b->line, "line number differs");
	MUST(a->flags == b->flags && a->kind == b->kind, "flags or kind differs");
	MUST(a->addr_digits == b->addr_digits, "digits differ");
}

/* Each line in a buffer of its own, so that a byte read too far is seen. */
static void one_line(const char *line, size_t n)
{
	char *buf = malloc(n + 1 + SLACK);
	struct vmt_area fast, careful;
	const char *next, *why = NULL;
	enum vmt_rc rc;

	if (!buf)
		return;
	memcpy(buf, line, n);
	buf[n] = '\n';
	memset(buf + n + 1, line[0], SLACK);
	next = vmt_line_fast(buf, buf + n + 1, &fast);
	rc = vmt_line_careful((struct vmt_str){buf, n}, &careful, &why);
	MUST((rc == VMT_FORMAT) == (why != NULL), "a reason without a refusal, or the reverse");
	if (next) {
		MUST(next == buf + n + 1, "the fast path went past its line");
		MUST(rc == VMT_OK, "the careful path refuses: %s", why ? why : "no area");
		compare(&fast, &careful, true);
	}
	free(buf);
}

static void each_line(const char *p, size_t size)
{
	while (size) {
		const char *nl = memchr(p, '\n', size);
		size_t n = nl ? (size_t)(nl - p) : size;

		if (n)
			one_line(p, n);
		p += n + (nl != NULL);
		size -= n + (nl != NULL);
	}
}

/* ---- (2) the whole text ---- */

static enum vmt_rc open_text(struct vmt_text **text, const void *data, size_t size, bool careful)
{
	const struct vmt_text_opts opts = {.careful = careful};
	struct vmt_file *file;
	struct vmt_err err = {0};
	enum vmt_rc rc = vmt_file_open_memory(&file, "fuzz", data, size, &err);

	return rc == VMT_OK ? vmt_text_open(text, file, &opts, &err) : rc;
}

/* What both readers must agree on, at the end too. */
static void compare_readers(struct vmt_text *a, struct vmt_text *b)
{
	const struct vmt_text_stats *x = vmt_text_stats(a), *y = vmt_text_stats(b);

	MUST(vmt_text_page_size(a, NULL) == vmt_text_page_size(b, NULL), "page size differs");
	MUST(vmt_num_is_pow2(vmt_text_page_size(a, NULL)), "page size is no power of two");
	MUST(x->lines == y->lines && x->areas == y->areas, "lines or areas differ");
	MUST(x->unparsed == y->unparsed && x->other == y->other, "odd or other lines differ");
	MUST(x->unaligned == y->unaligned && x->cut == y->cut, "unaligned or cut differs");
	MUST(x->areas + x->unparsed + x->other == x->lines,
	     "%" PRIu64 " areas + %" PRIu64 " odd + %" PRIu64 " other are not %" PRIu64 " lines",
	     x->areas, x->unparsed, x->other, x->lines);
	MUST(vmt_text_addresses(a) == vmt_text_addresses(b), "addresses differ");
}

/* ---- (3) the model and the output ---- */

struct model {
	uint64_t page_size;
	struct vmt_groups *groups[VMT_BY_COUNT];
	struct vmt_gaps *gaps;
	struct vmt_areas *areas;
	struct vmt_sums sums;
};

static bool model_init(struct model *m, uint64_t page_size)
{
	bool ok = true;

	memset(m, 0, sizeof(*m));
	m->page_size = page_size;
	for (unsigned by = 0; by < VMT_BY_COUNT; by++)
		ok &= (m->groups[by] = vmt_groups_new((enum vmt_group_by)by, page_size)) != NULL;
	ok &= (m->gaps = vmt_gaps_new(page_size)) != NULL;
	return ok & ((m->areas = vmt_areas_new()) != NULL);
}

static void model_deinit(struct model *m)
{
	for (unsigned by = 0; by < VMT_BY_COUNT; by++)
		vmt_groups_free(m->groups[by]);
	vmt_gaps_free(m->gaps);
	vmt_areas_free(m->areas);
}

static void model_add(struct model *m, const struct vmt_area *a)
{
	struct vmt_guard g;
	uint32_t owner = 0;
	char flags[256];

	vmt_guard_of(a, m->page_size, &g);
	MUST(g.usable_bytes + g.guard_bytes + g.cut_bytes == a->size_bytes, "rule %s", g.rule);
	vmt_sums_add(&m->sums, a, &g, m->page_size);
	for (unsigned by = 0; by < VMT_BY_COUNT; by++)
		(void)vmt_groups_add(m->groups[by], a, &g, by == VMT_BY_CALLER ? &owner : NULL);
	(void)vmt_gaps_add(m->gaps, a, &g, vmt_what(a), owner);
	(void)vmt_areas_add(m->areas, a);
	MUST(vmt_area_flags_text(a, flags, sizeof(flags)) < sizeof(flags), "flags text too long");
}

static void check_regions(const struct vmt_gaps *gaps)
{
	size_t n;
	const struct vmt_region *r = vmt_gaps_regions(gaps, &n);

	for (size_t i = 0; i < n; i++) {
		struct vmt_fit fit;

		MUST(r[i].start < r[i].end, "region %s is empty", r[i].name);
		MUST(r[i].hole_bytes <= r[i].end - r[i].start, "holes of %s exceed it", r[i].name);
		MUST(r[i].largest_bytes <= r[i].hole_bytes, "largest hole of %s", r[i].name);
		vmt_gaps_fit(gaps, &r[i], 8192, 4096, &fit);
		MUST(fit.largest_bytes == r[i].largest_bytes || !r[i].has_holes, "fit's largest");
		MUST(!fit.times == (fit.short_bytes != 0), "fits and is short");
	}
	(void)vmt_gaps_alignment(gaps, NULL);
}

static void emit(const struct model *m, FILE *fp)
{
	static const struct vmt_col key = {.name = "CALLER"}, size = {.name = "SIZE"};
	static const struct vmt_col nodes = {.name = "NODES"}, words = {.name = "FLAGS"};
	const struct vmt_col *cols[] = {&key, &size, &nodes, &words};
	static const enum vmt_format formats[] = {VMT_OUT_JSON, VMT_OUT_CSV, VMT_OUT_RAW,
						  VMT_OUT_TABLE};

	for (size_t f = 0; f < 4; f++) {
		const struct vmt_out_opts opts = {.format = formats[f]};
		struct vmt_out *out;
		size_t n = vmt_areas_count(m->areas);

		if (vmt_out_new(&out, fp, &opts) != VMT_OK)
			return;
		(void)vmt_out_rows_begin(out, "areas", cols, 4);
		/* Tables are slow to draw; the others stream. */
		for (size_t i = 0; i < n && (f < 3 || i < 8); i++) {
			const struct vmt_area *a = vmt_areas_at(m->areas, i);
			const struct vmt_cell cells[] = {
				vmt_cell_s(VMT_CELL_STR, a->caller),
				vmt_cell_u(VMT_CELL_BYTES, a->size_bytes),
				vmt_cell_s(VMT_CELL_NODES, a->nodes),
				vmt_cell_s(VMT_CELL_WORDS, a->other),
			};

			(void)vmt_out_row(out, cells);
		}
		(void)vmt_out_rows_end(out);
		vmt_out_finish(out);
		vmt_out_free(out);
	}
}

static void finish(struct model *m, const struct vmt_facts *facts)
{
	struct vmt_diff_row *rows = NULL;
	const struct vmt_area **gone = NULL, **born = NULL;
	struct vmt_chains chains;
	size_t n, n_gone, n_born;
	static FILE *null;

	if (!null)
		null = fopen("/dev/null", "w");
	(void)vmt_gaps_chains(m->gaps, &chains);
	MUST(chains.areas >= 2 * chains.chains && chains.longest_areas <= chains.areas, "chains");
	(void)vmt_gaps_finish(m->gaps, facts);
	check_regions(m->gaps);
	if (vmt_diff_groups(m->groups[0], m->groups[0], &rows, &n) == VMT_OK) {
		for (size_t i = 0; i < n; i++)
			MUST(rows[i].change == VMT_SAME, "a table differs from itself");
	}
	free(rows);
	if (vmt_diff_areas(m->areas, m->areas, &gone, &n_gone, &born, &n_born) == VMT_OK)
		MUST(n_gone == 0 && n_born == 0, "areas differ from themselves");
	free(gone);
	free(born);
	if (null)
		emit(m, null);
}

static void whole_text(const void *data, size_t size)
{
	struct vmt_text *fast = NULL, *careful = NULL;
	struct vmt_area a, b;
	struct vmt_err err = {0};
	struct model m;
	enum vmt_rc rc = open_text(&fast, data, size, false), rc2;

	rc2 = open_text(&careful, data, size, true);
	MUST(rc == rc2, "opened %d and %d", (int)rc, (int)rc2);
	if (rc != VMT_OK)
		return;
	if (model_init(&m, vmt_text_page_size(fast, NULL))) {
		for (;;) {
			rc = vmt_text_next(fast, &a, &err);
			rc2 = vmt_text_next(careful, &b, &err);
			MUST(rc == rc2, "read %d and %d", (int)rc, (int)rc2);
			if (rc != VMT_OK)
				break;
			compare(&a, &b, false);
			model_add(&m, &a);
		}
		compare_readers(fast, careful);
		finish(&m, vmt_text_facts(fast));
	}
	model_deinit(&m);
	vmt_text_close(fast);
	vmt_text_close(careful);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	each_line((const char *)data, size);
	whole_text(data, size);
	return 0;
}
