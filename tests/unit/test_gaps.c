// SPDX-License-Identifier: GPL-2.0-or-later
/* Holes, alignment, fit and order.  Regions of real machines are in test_region.c. */
#include "reading.h"

#define K4 UINT64_C(4096)

/* Page numbers count from here. */
#define BASE UINT64_C(0xffffc90000000000)

static struct vmt_facts no_facts(void)
{
	struct vmt_facts f;

	vmt_facts_init(&f);
	return f;
}

/* An area of pages [from, to) that says `rest`; its owner is @owner. */
static void put(struct vmt_gaps *g, uint64_t from, uint64_t to, const char *rest, uint32_t owner)
{
	char line[300];
	struct vmt_area a;
	struct vmt_guard guard;

	(void)snprintf(line, sizeof(line), "0x%016" PRIx64 "-0x%016" PRIx64 " %" PRIu64 " %s",
		       BASE + from * K4, BASE + to * K4, (to - from) * K4, rest);
	a = area_of(line);
	guard = guard_of(&a, K4);
	assert_int_equal(vmt_gaps_add(g, &a, &guard, vmt_what(&a), owner), VMT_OK);
}

static struct vmt_gaps *begin(void)
{
	struct vmt_gaps *g = vmt_gaps_new(K4);

	assert_non_null(g);
	return g;
}

static const struct vmt_region *finish(struct vmt_gaps *g)
{
	struct vmt_facts f = no_facts();
	const struct vmt_region *r;
	size_t n;

	assert_int_equal(vmt_gaps_finish(g, &f), VMT_OK);
	r = vmt_gaps_regions(g, &n);
	assert_true(n >= 1);
	return r;
}

/* ---- holes ---- */

/* [0,2) hole of 3 [5,6) [6,8) hole of 1 [9,10): two holes of 4 pages. */
static void holes_are_what_no_area_holds(void **state)
{
	struct vmt_gaps *g = begin();
	const struct vmt_region *r;

	(void)state;
	put(g, 0, 2, "f+0x0/0x1 vmap", 10);
	put(g, 5, 6, "f+0x0/0x1 vmap", 11);
	put(g, 6, 8, "f+0x0/0x1 vmap", 12);
	put(g, 9, 10, "f+0x0/0x1 vmap", 13);
	r = finish(g);
	assert_string_equal(r->name, "vmalloc");
	assert_int_equal(r->bounds, VMT_BOUNDS_UNKNOWN);
	assert_u64(r->start, BASE);
	assert_u64(r->end, BASE + 10 * K4);
	assert_u64(r->areas, 4);
	assert_u64(r->busy_bytes, 6 * K4);
	assert_u64(r->holes, 2);
	assert_u64(r->hole_bytes, 4 * K4);
	assert_u64(r->largest_bytes, 3 * K4);
	assert_u64(r->largest_start, BASE + 2 * K4);
	assert_int_equal(r->below, 10);
	assert_int_equal(r->above, 11);
	assert_u64(r->class_holes[12], 1); /* 4 KiB */
	assert_u64(r->class_holes[13], 1); /* 8 KiB <= 12 KiB < 16 KiB */
	assert_u64(r->class_bytes[13], 3 * K4);
	assert_u64(r->class_holes[14], 0);
	vmt_gaps_free(g);
}

/* The kernel purges before it gives up, so that space is there for the taking. */
static void unpurged_space_is_a_hole(void **state)
{
	struct vmt_gaps *g = begin();
	const struct vmt_region *r;

	(void)state;
	put(g, 0, 2, "f+0x0/0x1 vmap", 0);
	put(g, 2, 5, "unpurged vm_area", 1);
	put(g, 6, 8, "f+0x0/0x1 vmap", 2);
	r = finish(g);
	assert_u64(r->areas, 2);
	assert_u64(r->unpurged_bytes, 3 * K4);
	assert_u64(r->busy_bytes, 4 * K4);
	assert_u64(r->holes, 1);
	assert_u64(r->largest_bytes, 4 * K4);
	assert_int_equal(r->below, 0);
	assert_int_equal(r->above, 2);
	vmt_gaps_free(g);
}

static void areas_that_touch_leave_no_hole(void **state)
{
	struct vmt_gaps *g = begin();
	const struct vmt_region *r;

	(void)state;
	put(g, 0, 2, "f+0x0/0x1 vmap", 0);
	put(g, 2, 4, "f+0x0/0x1 vmap", 1);
	r = finish(g);
	assert_u64(r->holes, 0);
	assert_u64(r->largest_bytes, 0);
	assert_int_equal(r->below, UINT32_MAX);
	assert_int_equal(r->above, UINT32_MAX);
	vmt_gaps_free(g);
}

static void overlaps_are_counted_and_make_no_hole(void **state)
{
	struct vmt_gaps *g = begin();
	const struct vmt_region *r;

	(void)state;
	put(g, 0, 10, "f+0x0/0x1 vmap", 0);
	put(g, 2, 3, "f+0x0/0x1 vmap", 1);
	put(g, 8, 12, "f+0x0/0x1 vmap", 2);
	put(g, 13, 14, "f+0x0/0x1 vmap", 3);
	r = finish(g);
	assert_u64(vmt_gaps_overlaps(g), 2);
	assert_u64(vmt_gaps_repeats(g), 0);
	assert_u64(r->hole_bytes, K4);
	assert_int_equal(r->below, 2);
	vmt_gaps_free(g);
}

static void lines_that_stand_twice_are_repeats(void **state)
{
	struct vmt_gaps *g = begin();
	const struct vmt_region *r;

	(void)state;
	put(g, 0, 2, "f+0x0/0x1 vmap", 0);
	put(g, 4, 6, "f+0x0/0x1 vmap", 1);
	put(g, 0, 2, "f+0x0/0x1 vmap", 0);
	put(g, 4, 6, "f+0x0/0x1 vmap", 1);
	put(g, 4, 6, "f+0x0/0x1 vmap", 1);
	r = finish(g);
	assert_u64(vmt_gaps_repeats(g), 3);
	assert_u64(vmt_gaps_overlaps(g), 0);
	assert_u64(r->hole_bytes, 2 * K4);
	vmt_gaps_free(g);
}

/* Zeroed and hashed lines have no place in the order. */
static void lines_without_a_range_have_no_holes(void **state)
{
	struct vmt_gaps *g = begin();
	struct vmt_area a = area_of("0x0000000000000000-0x0000000000000000 8192 f+0x0/0x1 vmap");
	struct vmt_guard guard = guard_of(&a, K4);
	struct vmt_facts f = no_facts();
	size_t n;

	(void)state;
	assert_int_equal(vmt_gaps_add(g, &a, &guard, NULL, 0), VMT_OK);
	a = area_of("0x00000000e109dff2-0x00000000caa5ddd3    8192 f+0x0/0x1 vmap");
	assert_int_equal(vmt_gaps_add(g, &a, &guard, NULL, 0), VMT_OK);
	assert_int_equal(vmt_gaps_finish(g, &f), VMT_OK);
	(void)vmt_gaps_regions(g, &n);
	assert_int_equal(n, 0);
	vmt_gaps_free(g);
}

static void nothing_at_all_has_no_region(void **state)
{
	struct vmt_gaps *g = begin();
	struct vmt_facts f = no_facts();
	size_t n;

	(void)state;
	assert_int_equal(vmt_gaps_finish(g, &f), VMT_OK);
	(void)vmt_gaps_regions(g, &n);
	assert_int_equal(n, 0);
	assert_u64(vmt_gaps_alignment(g, NULL), 0);
	vmt_gaps_free(g);
}

/* ---- alignment ---- */

#define STACK "kernel_clone+0x0/0x1 pages=4 vmalloc"

/* x86-64: stacks of 20 KiB on 16 KiB boundaries: three pages are lost before each. */
static void a_hole_before_a_stack_is_alignment(void **state)
{
	struct vmt_gaps *g = begin();
	uint64_t holes, align;

	(void)state;
	put(g, 0, 5, STACK, 1);
	put(g, 8, 13, STACK, 1);
	put(g, 20, 25, STACK, 1); /* behind a free hole of seven pages, not alignment alone */
	put(g, 28, 33, STACK, 1);
	(void)finish(g);
	assert_u64(vmt_gaps_alignment(g, &holes), 6 * K4);
	assert_u64(holes, 2);
	assert_u64(vmt_gaps_hole_before(g, BASE + 8 * K4, &align), 3 * K4);
	assert_u64(align, 16384);
	assert_u64(vmt_gaps_hole_before(g, BASE + 20 * K4, &align), 0);
	assert_u64(vmt_gaps_hole_before(g, BASE, &align), 0);
	assert_u64(vmt_gaps_hole_before(g, BASE + K4, &align), 0);
	vmt_gaps_free(g);
}

/* arm64 and riscv: THREAD_ALIGN is twice THREAD_SIZE, and then every stack is so aligned. */
static void stacks_may_be_aligned_to_twice_their_size(void **state)
{
	struct vmt_gaps *g = begin();

	(void)state;
	put(g, 0, 5, STACK, 1);
	put(g, 8, 13, STACK, 1);
	put(g, 13, 18, "f+0x0/0x1 vmap", 2);
	put(g, 24, 29, STACK, 1); /* six pages lost: more than 16 KiB could explain */
	put(g, 32, 37, STACK, 1);
	(void)finish(g);
	assert_u64(vmt_gaps_alignment(g, NULL), (3 + 6 + 3) * K4);
	vmt_gaps_free(g);
}

/* Three stacks on 32 KiB boundaries may be there by chance. */
static void few_stacks_do_not_tell_of_a_larger_alignment(void **state)
{
	struct vmt_gaps *g = begin();

	(void)state;
	put(g, 0, 5, STACK, 1);
	put(g, 5, 10, "f+0x0/0x1 vmap", 2);
	put(g, 16, 21, STACK, 1); /* six pages */
	put(g, 24, 29, STACK, 1); /* three pages */
	(void)finish(g);
	assert_u64(vmt_gaps_alignment(g, NULL), 3 * K4);
	vmt_gaps_free(g);
}

static void alignment_is_told_by_owner(void **state)
{
	struct vmt_gaps *g = begin();
	uint64_t holes;

	(void)state;
	put(g, 0, 5, STACK, 7);
	put(g, 8, 13, STACK, 8);
	put(g, 20, 25, STACK, 7);
	put(g, 28, 33, STACK, 7);
	put(g, 36, 41, STACK, 8);
	(void)finish(g);
	assert_u64(vmt_gaps_alignment_of(g, 7, &holes), 3 * K4);
	assert_u64(holes, 1);
	assert_u64(vmt_gaps_alignment_of(g, 8, &holes), 6 * K4);
	assert_u64(holes, 2);
	assert_u64(vmt_gaps_alignment_of(g, 9, NULL), 0);
	vmt_gaps_free(g);
}

/* ioremap aligns to the request rounded up to a power of two: 3 pages go on 4. */
static void ioremap_is_aligned_to_its_request(void **state)
{
	struct vmt_gaps *g = begin();
	uint64_t align;

	(void)state;
	put(g, 0, 1, "f+0x0/0x1 vmap", 0);
	put(g, 4, 8, "g+0x0/0x1 phys=0x0000000000001000 ioremap", 1);	/* 3 pages and a guard */
	put(g, 10, 12, "g+0x0/0x1 phys=0x0000000000001000 ioremap", 1); /* 1 page: no alignment */
	(void)finish(g);
	assert_u64(vmt_gaps_hole_before(g, BASE + 4 * K4, &align), 3 * K4);
	assert_u64(align, 4 * K4);
	assert_u64(vmt_gaps_hole_before(g, BASE + 10 * K4, &align), 0);
	vmt_gaps_free(g);
}

static void plain_areas_have_no_alignment(void **state)
{
	struct vmt_gaps *g = begin();

	(void)state;
	put(g, 0, 1, "f+0x0/0x1 vmap", 0);
	put(g, 8, 10, "f+0x0/0x1 pages=1 vmalloc", 0);
	(void)finish(g);
	assert_u64(vmt_gaps_alignment(g, NULL), 0);
	vmt_gaps_free(g);
}

/* ---- fit ---- */

/* Holes [2,5) and [6,16) between one-page areas: 3 and 10 pages. */
static struct vmt_gaps *two_holes(void)
{
	struct vmt_gaps *g = begin();

	put(g, 0, 2, "f+0x0/0x1 vmap", 0);
	put(g, 5, 6, "f+0x0/0x1 vmap", 0);
	put(g, 16, 17, "f+0x0/0x1 vmap", 0);
	return g;
}

static void check_fit(uint64_t pages, uint64_t align, uint64_t times, uint64_t where)
{
	struct vmt_gaps *g = two_holes();
	const struct vmt_region *r = finish(g);
	struct vmt_fit fit;

	vmt_gaps_fit(g, r, pages * K4, align * K4, &fit);
	assert_u64(fit.times, times);
	assert_u64(fit.largest_bytes, 10 * K4);
	if (times) {
		assert_u64(fit.where, BASE + where * K4);
		assert_u64(fit.short_bytes, 0);
	} else {
		assert_true(fit.short_bytes > 0);
	}
	vmt_gaps_free(g);
}

static void requests_of_a_page_alignment_fill_holes(void **state)
{
	(void)state;
	check_fit(1, 1, 13, 2);
	check_fit(2, 1, 1 + 5, 2);
	check_fit(3, 1, 1 + 3, 2);
	check_fit(4, 1, 2, 6);
	check_fit(10, 1, 1, 6);
}

/* On 4-page boundaries: [4,5) holds one page; [6,16) has 8 and 12. */
static void an_alignment_leaves_fewer_places(void **state)
{
	(void)state;
	check_fit(1, 4, 1 + 2, 4);
	check_fit(2, 4, 2, 8);
	check_fit(4, 4, 2, 8);
	check_fit(5, 4, 1, 8);
	check_fit(8, 8, 1, 8);
	check_fit(1, 16, 0, 0);
}

static void what_is_missing_is_told(void **state)
{
	struct vmt_gaps *g = two_holes();
	const struct vmt_region *r = finish(g);
	struct vmt_fit fit;

	(void)state;
	vmt_gaps_fit(g, r, 12 * K4, K4, &fit);
	assert_u64(fit.times, 0);
	assert_u64(fit.short_bytes, 2 * K4);
	vmt_gaps_free(g);
}

static void hostile_requests_do_not_wrap(void **state)
{
	struct vmt_gaps *g = two_holes();
	const struct vmt_region *r = finish(g);
	struct vmt_fit fit;

	(void)state;
	vmt_gaps_fit(g, r, UINT64_MAX, K4, &fit);
	assert_u64(fit.times, 0);
	vmt_gaps_fit(g, r, K4, UINT64_C(1) << 63, &fit);
	assert_u64(fit.times, 0);
	vmt_gaps_fit(g, r, K4 + 1, K4, &fit); /* not rounded by the caller */
	assert_u64(fit.times, 1 + 5);
	vmt_gaps_free(g);
}

/* ---- order ---- */

/* Everything that is told of the first region, and the alignment. */
static void assert_same_space(struct vmt_gaps *a, struct vmt_gaps *b)
{
	size_t na, nb;
	const struct vmt_region *x = vmt_gaps_regions(a, &na), *y = vmt_gaps_regions(b, &nb);

	assert_int_equal(na, nb);
	for (size_t i = 0; i < na; i++) {
		assert_u64(x[i].start, y[i].start);
		assert_u64(x[i].end, y[i].end);
		assert_u64(x[i].areas, y[i].areas);
		assert_u64(x[i].hole_bytes, y[i].hole_bytes);
		assert_u64(x[i].holes, y[i].holes);
		assert_u64(x[i].largest_start, y[i].largest_start);
		assert_u64(x[i].below, y[i].below);
		assert_u64(x[i].above, y[i].above);
		assert_memory_equal(x[i].class_bytes, y[i].class_bytes, sizeof(x[i].class_bytes));
	}
	assert_u64(vmt_gaps_alignment(a, NULL), vmt_gaps_alignment(b, NULL));
	assert_u64(vmt_gaps_overlaps(a), vmt_gaps_overlaps(b));
}

/* A fixture's areas in the order order[0..n), owners by their number in the file. */
static struct vmt_gaps *in_order(const struct reading *r, const size_t *order,
				 const struct vmt_facts *f)
{
	struct vmt_gaps *g = begin();

	for (size_t i = 0; i < r->n; i++) {
		const struct vmt_area *a = &r->areas[order[i]];
		struct vmt_guard guard = guard_of(a, K4);

		assert_int_equal(vmt_gaps_add(g, a, &guard, vmt_what(a), (uint32_t)order[i]),
				 VMT_OK);
	}
	assert_int_equal(vmt_gaps_finish(g, f), VMT_OK);
	return g;
}

static void any_order_gives_the_same_answer(void **state)
{
	size_t size;
	char *text = fixture_text(3, "vmallocinfo", &size);
	struct reading r = read_memory(text, size, NULL);
	size_t *order = calloc(r.n, sizeof(*order));
	struct vmt_facts f = no_facts();
	struct vmt_gaps *as_read, *other;
	uint32_t seed = 7;

	(void)state;
	assert_non_null(order);
	for (size_t i = 0; i < r.n; i++)
		order[i] = i;
	as_read = in_order(&r, order, &f);
	for (size_t i = 0; i < r.n; i++)
		order[i] = r.n - 1 - i;
	other = in_order(&r, order, &f);
	assert_same_space(as_read, other);
	vmt_gaps_free(other);
	for (int round = 0; round < 20; round++) {
		for (size_t i = r.n - 1; i > 0; i--) {
			size_t j, swap = order[i];

			seed = seed * 1664525 + 1013904223;
			j = (seed >> 8) % (i + 1);
			order[i] = order[j];
			order[j] = swap;
		}
		other = in_order(&r, order, &f);
		assert_same_space(as_read, other);
		vmt_gaps_free(other);
	}
	vmt_gaps_free(as_read);
	free(order);
	reading_free(&r);
	free(text);
}

/* 6.9+: one ascending run for each of up to 128 vmap nodes, then as many of unpurged areas. */
static void several_ascending_runs_are_merged(void **state)
{
	struct vmt_gaps *g = begin();
	const struct vmt_region *r;

	(void)state;
	for (uint64_t node = 0; node < 128; node++) {
		for (uint64_t i = 0; i < 20; i++)
			put(g, (i * 128 + node) * 2, (i * 128 + node) * 2 + 1, "f+0x0/0x1 vmap", 0);
	}
	r = finish(g);
	assert_u64(r->areas, 2560);
	assert_u64(r->holes, 2559);
	assert_u64(r->hole_bytes, 2559 * K4);
	assert_u64(r->largest_bytes, K4);
	assert_u64(vmt_gaps_overlaps(g), 0);
	vmt_gaps_free(g);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(holes_are_what_no_area_holds),
		cmocka_unit_test(unpurged_space_is_a_hole),
		cmocka_unit_test(areas_that_touch_leave_no_hole),
		cmocka_unit_test(overlaps_are_counted_and_make_no_hole),
		cmocka_unit_test(lines_that_stand_twice_are_repeats),
		cmocka_unit_test(lines_without_a_range_have_no_holes),
		cmocka_unit_test(nothing_at_all_has_no_region),
		cmocka_unit_test(a_hole_before_a_stack_is_alignment),
		cmocka_unit_test(stacks_may_be_aligned_to_twice_their_size),
		cmocka_unit_test(few_stacks_do_not_tell_of_a_larger_alignment),
		cmocka_unit_test(alignment_is_told_by_owner),
		cmocka_unit_test(ioremap_is_aligned_to_its_request),
		cmocka_unit_test(plain_areas_have_no_alignment),
		cmocka_unit_test(requests_of_a_page_alignment_fill_holes),
		cmocka_unit_test(an_alignment_leaves_fewer_places),
		cmocka_unit_test(what_is_missing_is_told),
		cmocka_unit_test(hostile_requests_do_not_wrap),
		cmocka_unit_test(any_order_gives_the_same_answer),
		cmocka_unit_test(several_ascending_runs_are_merged),
	};

	return cmocka_run_group_tests_name("gaps", tests, NULL, NULL);
}
