// SPDX-License-Identifier: GPL-2.0-or-later
/* The regions of the nine machines: bounds worked out by hand from the kernel's own layouts. */
#include "reading.h"

#define K4 UINT64_C(4096)

/*
 * VMALLOC_START + VMALLOC size of each:
 * - x86-64: randomised by 1 GiB (first area), 32 TiB with 4 levels, 12.5 PiB with 5; modules from
 *   0xffffffffc0000000 (KASLR) to 0xffffffffff000000;
 * - arm64 6.1: MODULES_END 0xffff800008000000 to VMEMMAP_START - 256 MiB; 6.12: 0xffff800080000000
 *   to VMEMMAP_START - 8 MiB - ...; modules lie near the image, inside, under KASLR;
 * - armhf: 624 MiB below 0xff800000; modules 16 MiB below PAGE_OFFSET less the 2 MiB of kmap; one
 *   static mapping lies outside both, at 0xd7000000;
 * - i386 PAE: 0xfeffe000 is PKMAP_BASE - 2 pages; modules lie in the same region;
 * - riscv64 Sv57: Documentation/arch/riscv/vm-layout.rst; modules below the image, bounds unknown.
 */
static const struct machine {
	uint64_t start, end;
	/* The second region, 0 when there is none. */
	uint64_t modules_start, modules_end;
	bool modules_inferred, inside;
} machines[FIXTURES] = {
	{0xffffb0b500000000, 0xffffd0b500000000, 0xffffffffc0000000, 0xffffffffff000000, true,
	 false},
	{0xff69c6b700000000, 0xff9bc6b700000000, 0xffffffffc0000000, 0xffffffffff000000, true,
	 false},
	{0xffffcc9d40000000, 0xffffec9d40000000, 0xffffffffc0000000, 0xffffffffff000000, true,
	 false},
	{0xff644f1580000000, 0xff964f1580000000, 0xffffffffc0000000, 0xffffffffff000000, true,
	 false},
	{0xffff800008000000, 0xfffffbfff0000000, 1, 1, false, true},
	{0xffff800080000000, 0xfffffdffbf800000, 1, 1, false, true},
	{0xd8800000, 0xff800000, 0xbf000000, 0xbfe00000, true, false},
	{0xd87d6000, 0xfeffe000, 0, 0, false, false},
	{0xff20000000000000, 0xff60000000000000, 1, 1, false, false},
};

struct space {
	struct reading r;
	struct vmt_facts facts;
	struct vmt_gaps *gaps;
	char *text, *meminfo;
};

static struct space space_of(size_t k, bool with_meminfo)
{
	struct space s = {.gaps = vmt_gaps_new(K4)};
	size_t size;

	assert_non_null(s.gaps);
	s.text = fixture_text(k, "vmallocinfo", &size);
	s.meminfo = fixture_text(k, "meminfo", NULL);
	s.r = read_memory(s.text, size, NULL);
	vmt_facts_init(&s.facts);
	if (with_meminfo)
		vmt_facts_text(&s.facts, vmt_str(s.meminfo));
	for (size_t i = 0; i < s.r.n; i++) {
		const struct vmt_area *a = &s.r.areas[i];
		struct vmt_guard g = guard_of(a, K4);

		assert_int_equal(vmt_gaps_add(s.gaps, a, &g, vmt_what(a), (uint32_t)i), VMT_OK);
	}
	assert_int_equal(vmt_gaps_finish(s.gaps, &s.facts), VMT_OK);
	return s;
}

static void space_free(struct space *s)
{
	vmt_gaps_free(s->gaps);
	vmt_facts_deinit(&s->facts);
	reading_free(&s->r);
	free(s->text);
	free(s->meminfo);
}

static void every_vmalloc_region_has_its_bounds(void **state)
{
	(void)state;
	for (size_t k = 0; k < FIXTURES; k++) {
		struct space s = space_of(k, true);
		size_t n;
		const struct vmt_region *r = vmt_gaps_regions(s.gaps, &n);

		assert_true(n >= 1);
		assert_string_equal(r->name, "vmalloc");
		assert_int_equal(r->bounds, VMT_BOUNDS_INFERRED);
		assert_u64(r->start, machines[k].start);
		assert_u64(r->end, machines[k].end);
		assert_true(r->has_holes);
		assert_non_null(r->why);
		space_free(&s);
	}
}

static void every_modules_region_has_its_bounds(void **state)
{
	(void)state;
	for (size_t k = 0; k < FIXTURES; k++) {
		const struct machine *m = &machines[k];
		struct space s = space_of(k, true);
		size_t n;
		const struct vmt_region *r = vmt_gaps_regions(s.gaps, &n);

		if (!m->modules_start) {
			assert_int_equal(n, 1);
			space_free(&s);
			continue;
		}
		assert_int_equal(n, k == 6 ? 3 : 2);
		assert_string_equal(r[1].name, "modules");
		assert_int_equal(r[1].inside, m->inside);
		assert_int_equal(r[1].bounds,
				 m->modules_inferred ? VMT_BOUNDS_INFERRED : VMT_BOUNDS_UNKNOWN);
		if (m->modules_inferred) {
			assert_u64(r[1].start, m->modules_start);
			assert_u64(r[1].end, m->modules_end);
		}
		space_free(&s);
	}
}

/* x86-64: KASLR moves VMALLOC_START by 1 GiB, and the first area need not lie at it. */
static void an_x86_region_begins_on_a_gib_below_the_first_area(void **state)
{
	static const char line[] = "0xffffc90012345000-0xffffc90012347000    8192 f+0x0/0x1 vmap";
	struct vmt_gaps *g = vmt_gaps_new(K4);
	struct vmt_area a = area_of(line);
	struct vmt_guard guard = guard_of(&a, K4);
	struct vmt_facts f;
	size_t n;
	const struct vmt_region *r;

	(void)state;
	vmt_facts_init(&f);
	vmt_facts_text(&f, vmt_str("VmallocTotal:   34359738367 kB\n"));
	assert_int_equal(vmt_gaps_add(g, &a, &guard, NULL, 0), VMT_OK);
	assert_int_equal(vmt_gaps_finish(g, &f), VMT_OK);
	r = vmt_gaps_regions(g, &n);
	assert_int_equal(n, 1);
	assert_u64(r->start, 0xffffc90000000000);
	assert_u64(r->end, 0xffffe90000000000);
	assert_u64(r->holes, 2);
	assert_u64(r->largest_start, 0xffffc90012347000);
	vmt_gaps_free(g);
}

/* iotable_init of armhf: 0xd7000000-0xd8000000, below VMALLOC_START. */
static void a_static_mapping_outside_is_a_region_without_holes(void **state)
{
	struct space s = space_of(6, true);
	size_t n;
	const struct vmt_region *r = vmt_gaps_regions(s.gaps, &n);

	(void)state;
	assert_int_equal(n, 3);
	assert_string_equal(r[2].name, "static");
	assert_u64(r[2].start, 0xd7000000);
	assert_u64(r[2].end, 0xd8000000);
	assert_u64(r[2].areas, 1);
	assert_false(r[2].has_holes);
	assert_u64(r[2].hole_bytes, 0);
	space_free(&s);
}

static uint64_t region_total(const struct vmt_region *r)
{
	return r->end - r->start;
}

/* Also without meminfo, when a region is only as long as what was seen. */
static void no_hole_is_larger_than_vmalloc_total(void **state)
{
	(void)state;
	for (size_t k = 0; k < FIXTURES * 2; k++) {
		struct space s = space_of(k / 2, k % 2);
		struct vmt_facts f;
		size_t n;
		const struct vmt_region *r = vmt_gaps_regions(s.gaps, &n);

		vmt_facts_init(&f);
		vmt_facts_text(&f, vmt_str(s.meminfo));
		assert_true(f.vmalloc_total != VMT_FACT_NONE);
		for (size_t i = 0; i < n; i++) {
			/* x86-64 says one KiB less: VMALLOC_END is the last byte. */
			assert_true(r[i].largest_bytes <= f.vmalloc_total + 1024);
			assert_true(r[i].hole_bytes <= f.vmalloc_total + 1024);
			assert_true(r[i].hole_bytes <= region_total(&r[i]));
			assert_true(r[i].largest_bytes <= r[i].hole_bytes);
		}
		vmt_facts_deinit(&f);
		space_free(&s);
	}
}

/* Nothing is lost and nothing is counted twice. */
static void areas_and_holes_fill_each_region(void **state)
{
	(void)state;
	for (size_t k = 0; k < FIXTURES; k++) {
		struct space s = space_of(k, true);
		size_t n;
		const struct vmt_region *r = vmt_gaps_regions(s.gaps, &n);

		assert_u64(vmt_gaps_overlaps(s.gaps), 0);
		assert_u64(vmt_gaps_repeats(s.gaps), 0);
		for (size_t i = 0; i < n; i++) {
			uint64_t sum = 0, holes = 0;

			if (r[i].inside || !r[i].has_holes)
				continue;
			assert_u64(r[i].busy_bytes + r[i].hole_bytes, region_total(&r[i]));
			for (int c = 0; c < VMT_HOLE_CLASSES; c++) {
				sum += r[i].class_bytes[c];
				holes += r[i].class_holes[c];
			}
			assert_u64(sum, r[i].hole_bytes);
			assert_u64(holes, r[i].holes);
		}
		space_free(&s);
	}
}

static void every_busy_area_is_in_one_region(void **state)
{
	(void)state;
	for (size_t k = 0; k < FIXTURES; k++) {
		struct space s = space_of(k, true);
		uint64_t busy = 0, bytes = 0, areas = 0, sum = 0;
		size_t n;
		const struct vmt_region *r = vmt_gaps_regions(s.gaps, &n);

		for (size_t i = 0; i < s.r.n; i++) {
			if (s.r.areas[i].kind == VMT_KIND_UNPURGED)
				continue;
			busy++;
			bytes += s.r.areas[i].size_bytes;
		}
		for (size_t i = 0; i < n; i++) {
			if (r[i].inside)
				continue;
			areas += r[i].areas;
			sum += r[i].busy_bytes;
		}
		assert_u64(areas, busy);
		assert_u64(sum, bytes);
		space_free(&s);
	}
}

/* A region whose modules are elsewhere holds no module; the other holds nothing else. */
static void x86_modules_are_counted_in_their_region(void **state)
{
	(void)state;
	for (size_t k = 0; k < 4; k++) {
		struct space s = space_of(k, true);
		uint64_t high = 0;
		size_t n;
		const struct vmt_region *r = vmt_gaps_regions(s.gaps, &n);

		for (size_t i = 0; i < s.r.n; i++)
			high += s.r.areas[i].start >= 0xffffffffc0000000 &&
				s.r.areas[i].kind != VMT_KIND_UNPURGED;
		assert_true(high > 100);
		assert_u64(r[1].areas, high);
		space_free(&s);
	}
}

static void without_meminfo_no_bounds_are_claimed(void **state)
{
	(void)state;
	for (size_t k = 0; k < FIXTURES; k++) {
		struct space s = space_of(k, false);
		size_t n;
		const struct vmt_region *r = vmt_gaps_regions(s.gaps, &n);

		assert_string_equal(r->name, "vmalloc");
		assert_int_equal(r->bounds, VMT_BOUNDS_UNKNOWN);
		assert_true(r->start >= machines[k].start && r->end <= machines[k].end);
		assert_non_null(r->why);
		space_free(&s);
	}
}

/* A VmallocTotal of another machine must not be believed. */
static void a_total_that_does_not_fit_claims_no_bounds(void **state)
{
	static const uint64_t totals[] = {1, 4096, 1 << 20, UINT64_MAX - 1, UINT64_MAX - 1023};

	(void)state;
	for (size_t k = 0; k < FIXTURES; k++) {
		for (size_t t = 0; t < ARRAY_SIZE(totals); t++) {
			struct space s = space_of(k, false);
			struct vmt_gaps *g = vmt_gaps_new(K4);
			size_t n;
			const struct vmt_region *r;

			assert_non_null(g);
			s.facts.vmalloc_total = totals[t];
			for (size_t i = 0; i < s.r.n; i++) {
				struct vmt_guard guard = guard_of(&s.r.areas[i], K4);

				assert_int_equal(vmt_gaps_add(g, &s.r.areas[i], &guard,
							      vmt_what(&s.r.areas[i]), 0),
						 VMT_OK);
			}
			assert_int_equal(vmt_gaps_finish(g, &s.facts), VMT_OK);
			r = vmt_gaps_regions(g, &n);
			for (size_t i = 0; i < n; i++) {
				assert_true(r[i].end > r[i].start);
				assert_true(r[i].hole_bytes <= region_total(&r[i]));
				if (!strcmp(r[i].name, "vmalloc"))
					assert_int_equal(r[i].bounds, VMT_BOUNDS_UNKNOWN);
			}
			vmt_gaps_free(g);
			space_free(&s);
		}
	}
}

/* Alignment holes of real machines are holes, and stacks have most of them. */
static void alignment_is_a_part_of_the_holes(void **state)
{
	(void)state;
	for (size_t k = 0; k < FIXTURES; k++) {
		struct space s = space_of(k, true);
		uint64_t holes, bytes = vmt_gaps_alignment(s.gaps, &holes), all = 0, stacks = 0,
				one;
		size_t n;
		const struct vmt_region *r = vmt_gaps_regions(s.gaps, &n);

		for (size_t i = 0; i < n; i++)
			all += r[i].inside ? 0 : r[i].hole_bytes;
		for (size_t i = 0; i < s.r.n; i++)
			if (vmt_what_is_stack(vmt_what(&s.r.areas[i]))) {
				(void)vmt_gaps_alignment_of(s.gaps, (uint32_t)i, &one);
				stacks += one;
			}
		assert_true(bytes <= all);
		assert_true(stacks <= holes);
		assert_true((bytes == 0) == (holes == 0));
		/* Large device mappings have the most bytes; 32-bit x86 has no vmap stacks. */
		if (k != 7)
			assert_true(stacks * 2 > holes);
		space_free(&s);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vmalloc_region_has_its_bounds),
		cmocka_unit_test(every_modules_region_has_its_bounds),
		cmocka_unit_test(an_x86_region_begins_on_a_gib_below_the_first_area),
		cmocka_unit_test(a_static_mapping_outside_is_a_region_without_holes),
		cmocka_unit_test(no_hole_is_larger_than_vmalloc_total),
		cmocka_unit_test(areas_and_holes_fill_each_region),
		cmocka_unit_test(every_busy_area_is_in_one_region),
		cmocka_unit_test(x86_modules_are_counted_in_their_region),
		cmocka_unit_test(without_meminfo_no_bounds_are_claimed),
		cmocka_unit_test(a_total_that_does_not_fit_claims_no_bounds),
		cmocka_unit_test(alignment_is_a_part_of_the_holes),
	};

	return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
