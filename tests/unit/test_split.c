// SPDX-License-Identifier: GPL-2.0-or-later
/* Parts of a split dump: put together they are the dump; what is missing is told, nothing more. */
#include "memtest.h"

#define PARTS 4
/* Where the memory of the little machine is cut: in a hole, between two pages, before no page. */
static const uint64_t cuts[PARTS + 1] = {0, 0x50000, 0x9e000, 0x3ff000, 0x40100000};

struct set {
	struct image *img;
	char paths[PARTS + 1][32];
	int fds[PARTS + 1];
};

static struct image_bytes build_part(const struct image *img, int version, size_t i)
{
	struct image_how how = {.format = IMAGE_KDUMP,
				.pack = IMAGE_ZLIB,
				.version = version,
				.split = true,
				.split_first = cuts[i],
				.split_end = cuts[i + 1]};

	return image_build(img, &how);
}

static struct set make_set(int version)
{
	struct set s = {.img = memtest_machine("x86_64")};

	for (size_t i = 0; i < PARTS; i++) {
		struct image_bytes b = build_part(s.img, version, i);

		s.fds[i] = memtest_file(b.p, b.n, s.paths[i]);
		free(b.p);
	}
	s.fds[PARTS] = -1;
	return s;
}

static void free_set(struct set *s)
{
	for (size_t i = 0; i <= PARTS; i++)
		if (s->fds[i] >= 0)
			(void)close(s->fds[i]);
	image_free(s->img);
}

/* Parts by their numbers: "201". */
static enum vmt_rc try_parts(struct vmt_mem **mem, const struct set *s, const char *numbers,
			     struct vmt_err *err)
{
	const char *paths[2 * PARTS];
	size_t n = strlen(numbers);

	for (size_t i = 0; i < n; i++)
		paths[i] = s->paths[numbers[i] - '0'];
	*mem = NULL;
	memset(err, 0, sizeof(*err));
	return vmt_mem_open_parts(mem, paths, n, NULL, err);
}

static struct vmt_mem *open_parts(const struct set *s, const char *numbers)
{
	struct vmt_mem *mem;
	struct vmt_err err;

	if (try_parts(&mem, s, numbers, &err) != VMT_OK)
		fail_msg("%s: %s", numbers, err.text);
	return mem;
}

static void refuse_parts(const struct set *s, const char *numbers, const char *word)
{
	struct vmt_mem *mem;
	struct vmt_err err;

	assert_int_equal(try_parts(&mem, s, numbers, &err), VMT_FORMAT);
	if (!strstr(err.text, word))
		fail_msg("%s: no \"%s\" in: %s", numbers, word, err.text);
	assert_null(mem);
}

/* ---- whole sets ---- */

static void parts_are_the_dump_in_any_order(void **state)
{
	static const char *const orders[] = {"0123", "3210", "2031"};

	(void)state;
	for (int version = 2; version <= 6; version++) {
		struct set s = make_set(version);

		for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
			struct vmt_mem *mem = open_parts(&s, orders[i]);
			const struct vmt_mem_about *a = vmt_mem_about(mem);
			uint64_t from = 0, start, end, pages = 0;

			memtest_same(mem, s.img);
			memtest_same(mem, s.img);
			memtest_answer(mem, 0x0, 8, VMT_FAULT);
			memtest_answer(mem, 0x5000, 8, VMT_EXCLUDED);
			memtest_answer(mem, 0x40100000, 8, VMT_FAULT);
			assert_u64(a->parts, PARTS);
			assert_u64(a->n_missing, 0);
			assert_u64(a->pages_stored, s.img->n_pages);
			assert_string_equal(a->format, "kdump");
			assert_string_equal(a->packing, "zlib");
			assert_false(a->cut);
			if (version >= 3)
				assert_str(a->vmcoreinfo, s.img->info);
			while (vmt_mem_range(mem, from, &start, &end) == VMT_OK) {
				assert_true(start >= from && end > start);
				pages += (end - start) / 4096;
				from = end;
			}
			assert_u64(pages, s.img->n_pages);
			vmt_mem_close(mem);
		}
		free_set(&s);
	}
}

/* makedumpfile makes empty ones of small dumps. */
static void an_empty_part_is_a_part(void **state)
{
	struct set s = make_set(6);
	struct image_how how = {.format = IMAGE_KDUMP,
				.pack = IMAGE_ZLIB,
				.split = true,
				.split_first = cuts[PARTS],
				.split_end = cuts[PARTS]};
	struct image_bytes b = image_build(s.img, &how);
	struct vmt_mem *mem;

	(void)state;
	s.fds[PARTS] = memtest_file(b.p, b.n, s.paths[PARTS]);
	free(b.p);
	mem = open_parts(&s, "402143");
	memtest_same(mem, s.img);
	assert_u64(vmt_mem_about(mem)->n_missing, 0);
	vmt_mem_close(mem);
	free_set(&s);
}

/* ---- missing ones ---- */

static void what_is_missing_is_named_and_excluded(void **state)
{
	static const struct {
		const char *numbers;
		/* Page frames that are missing. */
		uint64_t first[2], end[2];
		size_t n;
	} rows[] = {
		{"123", {0}, {0x50}, 1},
		{"031", {0x9e}, {0x3ff}, 1},
		{"210", {0x3ff}, {0x40100}, 1},
		{"13", {0, 0x9e}, {0x50, 0x3ff}, 2},
		{"1", {0, 0x9e}, {0x50, 0x40100}, 2},
		{"0", {0x50}, {0x40100}, 1},
	};
	struct set s = make_set(6);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct vmt_mem *mem = open_parts(&s, rows[i].numbers);
		const struct vmt_mem_about *a = vmt_mem_about(mem);

		assert_u64(a->parts, strlen(rows[i].numbers));
		assert_u64(a->n_missing, rows[i].n);
		for (size_t k = 0; k < rows[i].n; k++) {
			assert_u64(a->missing[k].first, rows[i].first[k]);
			assert_u64(a->missing[k].end, rows[i].end[k]);
		}
		for (size_t k = 0; k < s.img->n_pages; k++) {
			uint64_t pa = s.img->pages[k].pa;
			bool gone = false;

			for (size_t j = 0; j < rows[i].n; j++)
				gone |= pa / 4096 >= rows[i].first[j] && pa / 4096 < rows[i].end[j];
			memtest_answer(mem, pa, 4096, gone ? VMT_EXCLUDED : VMT_OK);
		}
		memtest_answer(mem, 0x0, 8, VMT_FAULT);
		vmt_mem_close(mem);
	}
	free_set(&s);
}

/* ---- what is none ---- */

static void parts_of_other_dumps_are_refused(void **state)
{
	struct set s = make_set(6);
	struct image_bytes b = build_part(s.img, 6, 3);
	static const struct {
		/* In the file, and what stands there then. */
		size_t at, n;
		uint64_t value;
		const char *word;
	} rows[] = {
		{12 + 65, 4, 0x61616161, "part of another dump"},      /* the host */
		{408, 8, 4711, "part of another dump"},		       /* the time */
		{4096 + 8, 4, 1, "part of another dump"},	       /* dump level */
		{4096, 8, 4096, "part of another dump"},	       /* phys_base */
		{4096 + 80, 8, 0x300, "holds page frames that"},       /* first */
		{4096 + 80, 8, 0x40101, "damaged: a part that holds"}, /* behind its end */
		{4096 + 88, 8, 0x40101, "damaged: a part that holds"}, /* end behind all */
		{4096 + 12, 4, 0, "is no part of a split dump"},
		{0, 4, 0x34333231, "is no part of a split dump"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t was = 0;

		memcpy(&was, b.p + rows[i].at, rows[i].n);
		image_num(&b, rows[i].at, rows[i].value, rows[i].n);
		s.fds[PARTS] = memtest_file(b.p, b.n, s.paths[PARTS]);
		refuse_parts(&s, "0124", rows[i].word);
		(void)close(s.fds[PARTS]);
		image_num(&b, rows[i].at, was, rows[i].n);
	}
	s.fds[PARTS] = memtest_file(b.p, b.n, s.paths[PARTS]);
	refuse_parts(&s, "01234", "holds page frames that");
	refuse_parts(&s, "00", "holds page frames that");
	vmt_mem_close(open_parts(&s, "0124"));
	free(b.p);
	free_set(&s);
}

/* The header is the same but for that one word, when the disk was full. */
static void a_part_that_ends_early_is_a_part(void **state)
{
	struct set s = make_set(6);
	struct image_bytes b = build_part(s.img, 6, 3);
	struct vmt_mem *mem;

	(void)state;
	b.p[424] |= 8;
	s.fds[PARTS] = memtest_file(b.p, b.n - 100, s.paths[PARTS]);
	mem = open_parts(&s, "0124");
	assert_true(vmt_mem_about(mem)->incomplete);
	assert_true(vmt_mem_about(mem)->cut);
	memtest_answer(mem, 0x40083000, 8, VMT_EXCLUDED);
	memtest_answer(mem, 0x1000, 8, VMT_OK);
	vmt_mem_close(mem);
	free(b.p);
	free_set(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_the_dump_in_any_order),
		cmocka_unit_test(an_empty_part_is_a_part),
		cmocka_unit_test(what_is_missing_is_named_and_excluded),
		cmocka_unit_test(parts_of_other_dumps_are_refused),
		cmocka_unit_test(a_part_that_ends_early_is_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
