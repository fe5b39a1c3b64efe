// SPDX-License-Identifier: GPL-2.0-or-later
/* BTF: layouts by name and path, and bytes that are none. */
#include <time.h>

#include "unit.h"
#include "kernel_areas.h"
#include "kern/kern_priv.h"

/* A copy of exactly these bytes, so that a read beyond them is seen. */
static enum vmt_rc try_open(struct btf **btf, const void *p, size_t n)
{
	void *copy = malloc(n ? n : 1);
	struct vmt_err err = {0};
	enum vmt_rc rc;

	assert_non_null(copy);
	if (n)
		memcpy(copy, p, n);
	*btf = NULL;
	rc = btf_open(btf, copy, n, &err);
	if (rc != VMT_OK)
		assert_non_null(strstr(err.text, "BTF"));
	return rc;
}

static struct btf *open_types(const struct kernel_type *types, uint32_t header)
{
	struct image_bytes b = kernel_btf_build(types, header);
	struct btf *btf;

	assert_int_equal(try_open(&btf, b.p, b.n), VMT_OK);
	free(b.p);
	return btf;
}

static void is_at(struct btf *btf, const char *type, const char *path, uint64_t offset,
		  uint64_t size, uint64_t count)
{
	struct vmt_member m;

	if (btf_member(btf, type, path, &m) != VMT_OK)
		fail_msg("no %s.%s", type, path);
	assert_u64(m.offset, offset);
	assert_u64(m.size, size);
	assert_u64(m.count, count);
}

static void is_none(struct btf *btf, const char *type, const char *path)
{
	struct vmt_member m;

	assert_int_equal(btf_member(btf, type, path, &m), VMT_NONE);
}

/* ---- sound ---- */

static const struct kernel_member deepest[] = {{"x", "u32", 4}, {"y", "char[12]", 8}, {0}};
static const struct kernel_member inner[] = {{NULL, "#deepest", 8}, {"z", "ptr", 0}, {0}};
static const struct kernel_member outer[] = {{"first", "typedef", 0}, {NULL, "|inner", 8},
					     {"named", "thing", 40},  {"many", "thing[5]", 64},
					     {"flag", "u32:3", 184},  {0}};
static const struct kernel_type types[] = {{"thing", 24, inner},
					   {"outer", 192, outer},
					   {"|inner", 32, inner},
					   {"#deepest", 20, deepest},
					   {0}};

static void members_by_path(void **state)
{
	(void)state;
	for (uint32_t header = 24; header <= 32; header += 8) {
		struct btf *btf = open_types(types, header);
		uint64_t bytes;

		is_at(btf, "outer", "first", 0, 8, 1);
		is_at(btf, "outer", "x", 20, 4, 1);
		is_at(btf, "outer", "y", 24, 1, 12);
		is_at(btf, "outer", "z", 8, 8, 1);
		is_at(btf, "outer", "named", 40, 24, 1);
		is_at(btf, "outer", "named.x", 52, 4, 1);
		is_at(btf, "outer", "many", 64, 24, 5);
		/* A bit field lies in the byte that it begins in. */
		is_at(btf, "outer", "flag", 184, 4, 1);
		is_none(btf, "outer", "firs");
		is_none(btf, "outer", "first.x");
		is_none(btf, "oute", "first");
		is_none(btf, "", "first");
		is_none(btf, "char", "first");
		assert_int_equal(btf_sizeof(btf, "outer", &bytes), VMT_OK);
		assert_u64(bytes, 192);
		assert_int_equal(btf_sizeof(btf, "x", &bytes), VMT_NONE);
		btf_close(btf);
	}
}

/* Structures are told apart by how they begin, and where that is the same by the rest. */
static void names_that_begin_alike(void **state)
{
	static const struct kernel_member one[] = {{"x", "u32", 0}, {0}};
	static const struct kernel_type alike[] = {{"sevens_", 8, one},	   {"eights__", 16, one},
						   {"eights__9", 24, one}, {"eights__90", 32, one},
						   {"eights__8", 40, one}, {0}};
	struct btf *btf = open_types(alike, 24);
	uint64_t bytes;

	(void)state;
	for (size_t i = 0; alike[i].name; i++) {
		assert_int_equal(btf_sizeof(btf, alike[i].name, &bytes), VMT_OK);
		assert_u64(bytes, 8 * (i + 1));
	}
	assert_int_equal(btf_sizeof(btf, "sevens", &bytes), VMT_NONE);
	assert_int_equal(btf_sizeof(btf, "sevens__", &bytes), VMT_NONE);
	assert_int_equal(btf_sizeof(btf, "eights_", &bytes), VMT_NONE);
	assert_int_equal(btf_sizeof(btf, "eights__7", &bytes), VMT_NONE);
	assert_int_equal(btf_sizeof(btf, "eights__901", &bytes), VMT_NONE);
	btf_close(btf);
}

/* ---- damaged ---- */

static void a_header_that_lies(void **state)
{
	static const struct {
		size_t at;
		uint32_t v;
	} lies[] = {{0, 0},	      {4, 23},	       {4, 0},	      {4, UINT32_MAX},
		    {8, 1 << 20},     {8, UINT32_MAX}, {12, 1 << 20}, {12, UINT32_MAX},
		    {16, UINT32_MAX}, {16, 1 << 20},   {20, 0},	      {20, UINT32_MAX},
		    {12, 13}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		struct image_bytes b = kernel_btf_build(types, 24);
		struct btf *btf;

		image_num(&b, lies[i].at, lies[i].v, 4);
		assert_int_equal(try_open(&btf, b.p, b.n), VMT_FORMAT);
		free(b.p);
	}
}

static void cut_anywhere(void **state)
{
	struct image_bytes b = kernel_btf_build(types, 32);
	struct btf *btf;

	(void)state;
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(try_open(&btf, b.p, n), VMT_FORMAT);
	free(b.p);
}

/* Any byte of it changed: refused or answered, and never read beyond. */
static void any_byte_changed(void **state)
{
	struct image_bytes b = kernel_btf_build(types, 24);

	(void)state;
	for (size_t at = 0; at < b.n; at++) {
		static const unsigned char odd[] = {0x00, 0xff, 0x80, 0x7f, 0x04, 0x0a};
		unsigned char was = b.p[at];

		for (size_t i = 0; i < sizeof(odd); i++) {
			struct vmt_member m;
			struct btf *btf;
			uint64_t bytes;

			b.p[at] = odd[i];
			if (try_open(&btf, b.p, b.n) != VMT_OK)
				continue;
			(void)btf_member(btf, "outer", "named.x", &m);
			(void)btf_member(btf, "outer", "flag", &m);
			(void)btf_sizeof(btf, "thing", &bytes);
			btf_close(btf);
		}
		b.p[at] = was;
	}
	free(b.p);
}

/* A BTF by hand: types after each other, then strings. */
struct hand {
	struct image_bytes types;
};

static const char strings[] = "\0s\0m\0deep";

static struct btf *hand_open(struct hand *h)
{
	struct image_bytes b = {0};
	struct btf *btf;

	if (h->types.n > 1 << 24)
		abort();
	(void)image_room(&b, 0, 24);
	image_num(&b, 0, 0xeb9f, 2);
	image_num(&b, 2, 1, 1);
	image_num(&b, 4, 24, 4);
	image_num(&b, 12, h->types.n, 4);
	image_num(&b, 16, h->types.n, 4);
	image_num(&b, 20, sizeof(strings), 4);
	image_at(&b, b.n, h->types.p, h->types.n);
	image_at(&b, b.n, strings, sizeof(strings));
	(void)try_open(&btf, b.p, b.n);
	free(b.p);
	free(h->types.p);
	return btf;
}

static void put(struct hand *h, uint32_t a, uint32_t b, uint32_t c)
{
	kernel_btf_put(&h->types, a, b, c);
}

static void typedefs_in_a_circle(void **state)
{
	struct hand h = {0};
	struct btf *btf;

	(void)state;
	put(&h, 1, KERNEL_KIND(KERNEL_STRUCT) | 2, 16);
	put(&h, 3, 2, 0);
	put(&h, 0, 2, 64);
	put(&h, 3, KERNEL_KIND(KERNEL_TYPEDEF), 3);
	put(&h, 3, KERNEL_KIND(KERNEL_CONST), 2);
	btf = hand_open(&h);
	assert_non_null(btf);
	is_none(btf, "s", "m");
	is_none(btf, "s", "m.m");
	is_none(btf, "s", "deep");
	btf_close(btf);
}

static void arrays_in_a_circle(void **state)
{
	struct hand h = {0};
	struct btf *btf;

	(void)state;
	put(&h, 1, KERNEL_KIND(KERNEL_STRUCT) | 1, 16);
	put(&h, 3, 2, 0);
	put(&h, 0, KERNEL_KIND(KERNEL_ARRAY), 0);
	put(&h, 2, 2, 7);
	btf = hand_open(&h);
	assert_non_null(btf);
	is_none(btf, "s", "m");
	btf_close(btf);
}

/* Anonymous structures that hold themselves, many times: looked at for ever, were it not limited.
 */
static void structures_that_hold_themselves(void **state)
{
	struct hand h = {0};
	time_t before = time(NULL);
	struct btf *btf;

	(void)state;
	put(&h, 1, KERNEL_KIND(KERNEL_STRUCT) | 60000, 16);
	for (unsigned i = 0; i < 60000; i++)
		put(&h, 0, 1, 64);
	btf = hand_open(&h);
	assert_non_null(btf);
	is_none(btf, "s", "m");
	btf_close(btf);
	assert_true(time(NULL) - before < 5);
}

static void names_out_of_range(void **state)
{
	static const uint32_t names[] = {sizeof(strings), sizeof(strings) - 1, 1000000, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct hand h = {0};
		struct btf *btf;

		put(&h, names[i], KERNEL_KIND(KERNEL_STRUCT), 16);
		put(&h, 1, KERNEL_KIND(KERNEL_STRUCT) | 3, 16);
		put(&h, names[i], 4, 0);
		put(&h, 3, 4, 64);
		put(&h, 5, 99, 64);
		put(&h, 0, KERNEL_KIND(KERNEL_PTR), 0);
		btf = hand_open(&h);
		assert_non_null(btf);
		is_none(btf, "s", "m");
		is_none(btf, "s", "deep");
		btf_close(btf);
	}
}

static void kinds_and_counts(void **state)
{
	static const uint32_t infos[] = {0,
					 KERNEL_KIND(20),
					 KERNEL_KIND(31),
					 KERNEL_KIND(KERNEL_STRUCT) | 0xffff,
					 KERNEL_KIND(6) | 1,
					 KERNEL_KIND(19) | 1,
					 KERNEL_KIND(KERNEL_INT),
					 KERNEL_KIND(KERNEL_ARRAY)};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(infos); i++) {
		struct hand h = {0};
		struct btf *btf;

		put(&h, 1, infos[i], 16);
		btf = hand_open(&h);
		assert_null(btf);
		btf_close(btf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_by_path),
		cmocka_unit_test(names_that_begin_alike),
		cmocka_unit_test(a_header_that_lies),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(any_byte_changed),
		cmocka_unit_test(typedefs_in_a_circle),
		cmocka_unit_test(arrays_in_a_circle),
		cmocka_unit_test(structures_that_hold_themselves),
		cmocka_unit_test(names_out_of_range),
		cmocka_unit_test(kinds_and_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
