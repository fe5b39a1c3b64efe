// SPDX-License-Identifier: GPL-2.0-or-later
/* Neighbours told by equal prints, when addresses are hashed. */
#include "reading.h"

#define K4 UINT64_C(4096)

static struct vmt_chains chains_of(const uint64_t (*ranges)[2], size_t n)
{
	struct vmt_gaps *g = vmt_gaps_new(K4);
	struct vmt_chains c;

	for (size_t i = 0; i < n; i++) {
		struct vmt_area a = {.start = ranges[i][0],
				     .end = ranges[i][1],
				     .size_bytes = 8192,
				     .flags = VMT_AREA_VMAP,
				     .kind = VMT_KIND_VMAP};
		struct vmt_guard guard = guard_of(&a, K4);

		assert_int_equal(vmt_gaps_add(g, &a, &guard, NULL, 0), VMT_OK);
	}
	assert_int_equal(vmt_gaps_chains(g, &c), VMT_OK);
	vmt_gaps_free(g);
	return c;
}

static void check_chains(const uint64_t (*ranges)[2], size_t n, uint64_t chains, uint64_t areas,
			 uint64_t longest)
{
	struct vmt_chains c = chains_of(ranges, n);

	assert_u64(c.chains, chains);
	assert_u64(c.areas, areas);
	assert_u64(c.longest_areas, longest);
}

static void equal_prints_make_chains_in_any_order(void **state)
{
	static const uint64_t ranges[][2] = {{30, 40}, {7, 8},	 {10, 20},
					     {8, 9},   {20, 30}, {77, 99}};

	(void)state;
	check_chains(ranges, 6, 2, 5, 3);
}

/* No hash of one boot does this, but a hostile text may: it must end. */
static void a_ring_is_no_chain_and_ends(void **state)
{
	static const uint64_t ring[][2] = {{1, 2}, {2, 3}, {3, 1}, {50, 60}, {60, 70}};
	static const uint64_t self[][2] = {{5, 5}};

	(void)state;
	check_chains(ring, 5, 1, 2, 2);
	check_chains(self, 1, 0, 0, 0);
}

/* Two areas that print the same start, or the same end: nobody can tell which one touches. */
static void prints_that_are_not_unique_join_nothing(void **state)
{
	static const uint64_t starts[][2] = {{1, 2}, {2, 3}, {2, 4}};
	static const uint64_t ends[][2] = {{1, 3}, {2, 3}, {3, 4}};

	(void)state;
	check_chains(starts, 3, 0, 0, 0);
	check_chains(ends, 3, 0, 0, 0);
}

static void zeroed_addresses_make_no_chain(void **state)
{
	static const uint64_t zeros[][2] = {{0, 0}, {0, 0}, {0, 7}, {7, 0}};

	(void)state;
	check_chains(zeros, 4, 0, 0, 0);
}

/* Hashes of one boot are one to one: chains of hashed prints are the chains of real addresses. */
static void hashed_fixtures_have_the_chains_of_the_real_ones(void **state)
{
	(void)state;
	for (size_t k = 0; k < FIXTURES; k++) {
		struct vmt_chains c[2];

		for (size_t m = 0; m < 2; m++) {
			size_t size;
			char *text = fixture_text(k, mode_name(m), &size);
			struct reading r = read_memory(text, size, NULL);
			struct vmt_gaps *g = vmt_gaps_new(K4);

			for (size_t i = 0; i < r.n; i++) {
				struct vmt_guard guard = guard_of(&r.areas[i], K4);

				assert_int_equal(vmt_gaps_add(g, &r.areas[i], &guard, NULL, 0),
						 VMT_OK);
			}
			assert_int_equal(vmt_gaps_chains(g, &c[m]), VMT_OK);
			vmt_gaps_free(g);
			reading_free(&r);
			free(text);
		}
		assert_true(c[0].chains >= 20);
		assert_u64(c[1].chains, c[0].chains);
		assert_u64(c[1].areas, c[0].areas);
		assert_u64(c[1].longest_areas, c[0].longest_areas);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_prints_make_chains_in_any_order),
		cmocka_unit_test(a_ring_is_no_chain_and_ends),
		cmocka_unit_test(prints_that_are_not_unique_join_nothing),
		cmocka_unit_test(zeroed_addresses_make_no_chain),
		cmocka_unit_test(hashed_fixtures_have_the_chains_of_the_real_ones),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
