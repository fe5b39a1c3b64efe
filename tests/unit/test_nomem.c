// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation fails once.  The linker sends malloc, calloc, realloc and strdup of the library
 * here (see the Makefile); the n-th of them fails, for n = 1, 2, ... until a run has fewer.  Each
 * run must answer VMT_NOMEM, leave nothing allocated, and the run after it must succeed.
 *
 * Shared libraries (zlib, libsmartcols) are not wrapped: their failures cannot be made here.
 */
#include <zlib.h>

#include "nomem.h"
#include "vmtool/model_series.h"
#include "vmtool/out.h"

/* ---- the run: all that the library does with a file ---- */

struct work {
	const char *bytes;
	size_t size;
	struct vmt_text *text;
	struct vmt_groups *groups[VMT_BY_COUNT];
	struct vmt_areas *areas;
	struct vmt_gaps *gaps;
	struct vmt_diff_row *rows;
	const struct vmt_area **gone, **born;
	const struct vmt_group **ranked;
	struct vmt_series *series;
	char *packed;
	struct vmt_out *out;
	FILE *fp;
};

static enum vmt_rc do_open(struct work *w)
{
	const struct vmt_text_opts opts = {0};
	struct vmt_file *file = NULL;
	struct vmt_err err = {0};
	enum vmt_rc rc = vmt_file_open_memory(&file, "memory", w->bytes, w->size, &err);

	if (rc == VMT_OK)
		rc = vmt_text_open(&w->text, file, &opts, &err);
	/* The error says the same as the answer. */
	if (rc != VMT_OK && err.code != rc)
		return VMT_RANGE;
	return rc;
}

static enum vmt_rc do_read(struct work *w)
{
	uint64_t ps = vmt_text_page_size(w->text, NULL);
	struct vmt_area a;
	struct vmt_err err = {0};
	enum vmt_rc rc;

	for (unsigned by = 0; by < VMT_BY_COUNT; by++)
		NEED(w->groups[by] = vmt_groups_new((enum vmt_group_by)by, ps));
	NEED(w->areas = vmt_areas_new());
	NEED(w->gaps = vmt_gaps_new(ps));
	while ((rc = vmt_text_next(w->text, &a, &err)) == VMT_OK) {
		struct vmt_guard guard;
		uint32_t owner = 0;

		vmt_guard_of(&a, ps, &guard);
		for (unsigned by = 0; by < VMT_BY_COUNT; by++)
			TRY(vmt_groups_add(w->groups[by], &a, &guard, by ? NULL : &owner));
		TRY(vmt_gaps_add(w->gaps, &a, &guard, vmt_what(&a), owner));
		TRY(vmt_areas_add(w->areas, &a));
	}
	return rc == VMT_NONE ? VMT_OK : rc;
}

static int by_size(const struct vmt_area *a, const struct vmt_area *b, void *arg)
{
	(void)arg;
	return (a->size_bytes > b->size_bytes) - (a->size_bytes < b->size_bytes);
}

static enum vmt_rc do_model(struct work *w)
{
	struct vmt_chains chains;
	size_t n, n_gone, n_born;

	TRY(vmt_areas_sort(w->areas, by_size, NULL));
	TRY(vmt_gaps_chains(w->gaps, &chains));
	TRY(vmt_gaps_finish(w->gaps, vmt_text_facts(w->text)));
	NEED(w->ranked = vmt_groups_rows(w->groups[0], &n));
	vmt_groups_rank(w->ranked, n);
	TRY(vmt_diff_groups(w->groups[VMT_BY_CALLER], w->groups[VMT_BY_FUNCTION], &w->rows, &n));
	return vmt_diff_areas(w->areas, w->areas, &w->gone, &n_gone, &w->born, &n_born);
}

/* Grows to 1,000, then begins anew; falls all the time; and the groups, thinned out. */
static enum vmt_rc do_series(struct work *w)
{
	static double at[2000], up[2000], down[2000];
	struct vmt_trend t;
	size_t n;

	for (size_t i = 0; i < 2000; i++) {
		at[i] = (double)i;
		up[i] = (double)(i % 1000);
		down[i] = -at[i];
	}
	TRY(vmt_trend_judge(at, up, 2000, &t));
	TRY(vmt_trend_judge(at, down, 2000, &t));
	NEED(w->series = vmt_series_new(4));
	for (int i = 0; i < 6; i++)
		TRY(vmt_series_add(w->series, i, w->groups[i % 2]));
	return vmt_pack(w->bytes, w->size, &w->packed, &n, NULL);
}

static enum vmt_rc do_out(struct work *w, enum vmt_format format)
{
	static const struct vmt_col caller = {.name = "CALLER"}, size = {.name = "SIZE"};
	const struct vmt_col *const cols[] = {&caller, &size};
	const struct vmt_out_opts opts = {.format = format};

	TRY(vmt_out_new(&w->out, w->fp, &opts));
	TRY(vmt_out_rows_begin(w->out, "rows", cols, 2));
	for (size_t i = 0; i < 20; i++) {
		const struct vmt_area *a = vmt_areas_at(w->areas, i);
		const struct vmt_cell cells[] = {vmt_cell_s(VMT_CELL_STR, a->caller),
						 vmt_cell_u(VMT_CELL_BYTES, a->size_bytes)};

		TRY(vmt_out_row(w->out, cells));
	}
	TRY(vmt_out_rows_end(w->out));
	vmt_out_finish(w->out);
	vmt_out_free(w->out);
	w->out = NULL;
	return VMT_OK;
}

static enum vmt_rc do_all(struct work *w)
{
	TRY(do_open(w));
	TRY(do_read(w));
	TRY(do_model(w));
	TRY(do_series(w));
	TRY(do_out(w, VMT_OUT_JSON));
	TRY(do_out(w, VMT_OUT_CSV));
	return do_out(w, VMT_OUT_TABLE);
}

static void work_free(struct work *w)
{
	vmt_out_free(w->out);
	vmt_series_free(w->series);
	free(w->packed);
	free(w->ranked);
	free(w->rows);
	free(w->gone);
	free(w->born);
	for (unsigned by = 0; by < VMT_BY_COUNT; by++)
		vmt_groups_free(w->groups[by]);
	vmt_areas_free(w->areas);
	vmt_gaps_free(w->gaps);
	vmt_text_close(w->text);
}

static enum vmt_rc work(void *arg)
{
	struct work w = *(const struct work *)arg;
	enum vmt_rc rc = do_all(&w);

	work_free(&w);
	return rc;
}

/* @return how many allocations a run has. */
static uint64_t fail_each(const char *bytes, size_t size)
{
	FILE *null = fopen("/dev/null", "w");
	struct work w = {.bytes = bytes, .size = size, .fp = null};
	uint64_t all;

	assert_non_null(null);
	all = nomem_each(work, &w, NULL, 0);
	(void)fclose(null);
	return all;
}

static void each_allocation_over_a_fixture_may_fail(void **state)
{
	(void)state;
	/* Sorted and unsorted, real and hashed, 64- and 32-bit. */
	for (size_t k = 3; k < FIXTURES; k += 3) {
		size_t size;
		char *text = fixture_text(k, mode_name(k % 2), &size);

		assert_true(fail_each(text, size) > 80);
		free(text);
	}
}

/* An order of areas that needs sorting. */
static void each_allocation_over_an_unsorted_text_may_fail(void **state)
{
	static char text[8192];

	(void)state;
	text[0] = 0;
	for (int i = 40; i > 0; i--)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
			       "0xffffc900000%03x00-0xffffc900000%03x00    8192 f%d+0x0/0x1 [m%d] "
			       "pages=1 vmalloc lowmem N0=1\n",
			       i * 0x40, i * 0x40 + 0x20, i, i);
	assert_true(fail_each(text, strlen(text)) > 80);
}

/* Modules and version: facts allocate too, and losing a module there only loses a name. */
static void facts_do_without_what_cannot_be_kept(void **state)
{
	struct vmt_facts f;

	(void)state;
	for (uint64_t n = 1; n < 6; n++) {
		vmt_facts_init(&f);
		calls = 0;
		fail_at = n;
		counting = true;
		assert_true(vmt_facts_line(&f, vmt_str("xfs 1 1 - Live 0xffffffffc0a12000")));
		assert_true(vmt_facts_line(&f, vmt_str("loop 1 1 - Live 0xffffffffc0a13000")));
		counting = false;
		assert_true(f.n_modules >= 1 && f.n_modules <= 2);
		for (size_t i = 0; i < f.n_modules; i++)
			assert_true(f.modules[i].name.n >= 3);
		vmt_facts_deinit(&f);
		n_live = 0;
	}
}

/* Packed input: the unpacker is one allocation more. */
static void each_allocation_over_packed_bytes_may_fail(void **state)
{
	size_t size;
	char *text = fixture_text(3, "vmallocinfo", &size);
	uLong bound = compressBound((uLong)size) + 64;
	unsigned char *packed = malloc(bound);
	z_stream z = {.next_in = (unsigned char *)text,
		      .avail_in = (uInt)size,
		      .next_out = packed,
		      .avail_out = (uInt)bound};

	(void)state;
	assert_non_null(packed);
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	(void)deflateEnd(&z);
	assert_true(fail_each((const char *)packed, z.total_out) > 80);
	free(packed);
	free(text);
}

/* 600 areas of as many callers, the n-th allocation fails; then the add is tried again, or not. */
static void add_with_failure(uint64_t n, bool again)
{
	struct vmt_groups *g = vmt_groups_new(VMT_BY_CALLER, 4096);
	struct vmt_guard guard;
	uint64_t failures = 0, sum = 0;

	calls = 0;
	fail_at = n;
	for (int i = 0; i < 600; i++) {
		char line[120];
		struct vmt_area a;
		enum vmt_rc rc;

		(void)snprintf(line, sizeof(line), "0x00000000-0x00000000 8192 f%d+0x0/0x1 vmap",
			       i);
		a = area_of(line);
		vmt_guard_of(&a, 4096, &guard);
		counting = true;
		rc = vmt_groups_add(g, &a, &guard, NULL);
		failures += rc == VMT_NOMEM;
		if (rc == VMT_NOMEM && again)
			rc = vmt_groups_add(g, &a, &guard, NULL);
		counting = false;
		assert_true(rc == VMT_OK || (rc == VMT_NOMEM && !again));
	}
	assert_true(failures <= 1);
	for (size_t i = 0; i < vmt_groups_count(g); i++) {
		sum += vmt_groups_at(g, i)->sums.areas;
		assert_true(vmt_groups_at(g, i)->key.n > 9 && vmt_groups_at(g, i)->key.n < 14);
	}
	assert_u64(sum, again ? 600 : 600 - failures);
	vmt_groups_free(g);
	n_live = 0;
}

/*
 * An add that failed may be tried again: its key is known by then, and what belongs to the key must
 * be there (seen with ASan, or as a crash).
 */
static void a_failed_add_to_groups_may_be_tried_again(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 40; n++)
		add_with_failure(n, true);
}

/* The next area goes to its own group, not beside a hole. */
static void a_failed_add_leaves_no_hole_among_groups(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 40; n++)
		add_with_failure(n, false);
}

/* The same for strings and areas. */
static void tables_can_go_on_after_a_failure(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 40; n++) {
		struct vmt_areas *t = vmt_areas_new();

		calls = 0;
		fail_at = n;
		for (int i = 0; i < 600; i++) {
			char line[120];
			struct vmt_area a;
			enum vmt_rc rc;

			(void)snprintf(line, sizeof(line),
				       "0x00000000-0x00000000 8192 f%d+0x0/0x1 [m%d] vmap", i, i);
			a = area_of(line);
			counting = true;
			rc = vmt_areas_add(t, &a);
			if (rc == VMT_NOMEM)
				rc = vmt_areas_add(t, &a);
			counting = false;
			assert_int_equal(rc, VMT_OK);
			assert_true(vmt_str_eq(vmt_areas_at(t, (size_t)i)->caller, a.caller));
			assert_true(vmt_str_eq(vmt_areas_at(t, (size_t)i)->module, a.module));
		}
		assert_int_equal(vmt_areas_count(t), 600);
		vmt_areas_free(t);
		n_live = 0;
	}
}

/* Without the wrappers every test above would pass for nothing. */
static void the_wrappers_are_linked(void **state)
{
	struct vmt_intern *in;

	(void)state;
	calls = 0;
	fail_at = 1;
	counting = true;
	in = vmt_intern_new();
	counting = false;
	assert_null(in);
	assert_u64(calls, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wrappers_are_linked),
		cmocka_unit_test(each_allocation_over_a_fixture_may_fail),
		cmocka_unit_test(each_allocation_over_an_unsorted_text_may_fail),
		cmocka_unit_test(facts_do_without_what_cannot_be_kept),
		cmocka_unit_test(each_allocation_over_packed_bytes_may_fail),
		cmocka_unit_test(tables_can_go_on_after_a_failure),
		cmocka_unit_test(a_failed_add_to_groups_may_be_tried_again),
		cmocka_unit_test(a_failed_add_leaves_no_hole_among_groups),
	};

	return cmocka_run_group_tests_name("nomem", tests, NULL, NULL);
}
