// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interning.  The table is private, and strings of one hash are wanted, so the file is included:
 * the library's copy is then not linked.
 */
#include "base/intern.c"

#include "unit.h"

static void equal_strings_are_one(void **state)
{
	struct vmt_intern *in = vmt_intern_new();
	uint32_t a, b, c;
	bool added;

	(void)state;
	assert_int_equal(vmt_intern_add(in, vmt_str("one"), &a, &added), VMT_OK);
	assert_true(added);
	assert_int_equal(vmt_intern_add(in, vmt_str("two"), &b, NULL), VMT_OK);
	assert_int_equal(vmt_intern_add(in, vmt_str("one"), &c, &added), VMT_OK);
	assert_false(added);
	assert_int_equal(a, 0);
	assert_int_equal(b, 1);
	assert_int_equal(c, 0);
	assert_int_equal(vmt_intern_count(in), 2);
	vmt_intern_free(in);
}

static void the_empty_string_is_one_too(void **state)
{
	struct vmt_intern *in = vmt_intern_new();
	uint32_t a, b, c;

	(void)state;
	assert_int_equal(vmt_intern_add(in, (struct vmt_str){NULL, 0}, &a, NULL), VMT_OK);
	assert_int_equal(vmt_intern_add(in, vmt_str(""), &b, NULL), VMT_OK);
	assert_int_equal(vmt_intern_add(in, (struct vmt_str){NULL, 0}, &c, NULL), VMT_OK);
	assert_int_equal(a, b);
	assert_int_equal(a, c);
	assert_int_equal(vmt_intern_str(in, a).n, 0);
	vmt_intern_free(in);
}

/* Beginnings of one another, and bytes of any value, are different strings. */
static void strings_are_told_apart_by_every_byte(void **state)
{
	struct vmt_intern *in = vmt_intern_new();
	char text[300];
	uint32_t id;
	bool added;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t n = 1; n < sizeof(text); n++) {
		assert_int_equal(vmt_intern_add(in, (struct vmt_str){text, n}, &id, &added),
				 VMT_OK);
		assert_true(added);
	}
	/* One byte changed, at each place of strings of each length. */
	for (size_t n = 1; n < 40; n++) {
		for (size_t i = 0; i < n; i++) {
			text[i] = 'y';
			for (int again = 0; again < 2; again++) {
				assert_int_equal(
					vmt_intern_add(in, (struct vmt_str){text, n}, &id, &added),
					VMT_OK);
				assert_int_equal(added, !again);
			}
			text[i] = 'x';
		}
	}
	assert_int_equal(vmt_intern_add(in, (struct vmt_str){"a\0b", 3}, &id, &added), VMT_OK);
	assert_int_equal(vmt_intern_add(in, (struct vmt_str){"a\0c", 3}, &id, &added), VMT_OK);
	assert_true(added);
	vmt_intern_free(in);
}

/* Many more than there are slots at first: collisions and growth happen. */
static void a_hundred_thousand_strings_are_all_there(void **state)
{
	struct vmt_intern *in = vmt_intern_new();
	char text[32];
	uint32_t id;
	bool added;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 100000; i++) {
			(void)snprintf(text, sizeof(text), "f%u+0x%x/0x10", i / 4, i % 4);
			assert_int_equal(vmt_intern_add(in, vmt_str(text), &id, &added), VMT_OK);
			assert_int_equal(id, i);
			assert_int_equal(added, round == 0);
		}
	}
	for (uint32_t i = 0; i < 100000; i += 777) {
		(void)snprintf(text, sizeof(text), "f%u+0x%x/0x10", i / 4, i % 4);
		assert_str(vmt_intern_str(in, i), text);
	}
	vmt_intern_free(in);
}

/* Longer than a block of the arena, among short ones: addresses stay. */
static void long_strings_are_kept_whole(void **state)
{
	struct vmt_intern *in = vmt_intern_new();
	size_t n = 200000;
	char *text = malloc(n);
	uint32_t first, id;
	const char *place;

	(void)state;
	assert_non_null(text);
	assert_int_equal(vmt_intern_add(in, vmt_str("first"), &first, NULL), VMT_OK);
	place = vmt_intern_str(in, first).p;
	for (char c = 'a'; c <= 'e'; c++) {
		memset(text, c, n);
		assert_int_equal(vmt_intern_add(in, (struct vmt_str){text, n}, &id, NULL), VMT_OK);
		assert_int_equal(vmt_intern_str(in, id).n, n);
		assert_memory_equal(vmt_intern_str(in, id).p, text, n);
		assert_int_equal(vmt_intern_add(in, vmt_str("short"), &id, NULL), VMT_OK);
	}
	assert_ptr_equal(vmt_intern_str(in, first).p, place);
	assert_str(vmt_intern_str(in, first), "first");
	assert_int_equal(vmt_intern_count(in), 7);
	free(text);
	vmt_intern_free(in);
	vmt_intern_free(NULL);
}

/*
 * Hashes may be equal where strings are not, and anybody can write such names into a text.  So that
 * this holds for any hash, the entry of one string is given the hash and the slot of another.
 */
static void strings_of_one_hash_are_told_apart(void **state)
{
	char a[80], b[80];

	(void)state;
	memset(a, 'x', sizeof(a));
	for (size_t n = 1; n <= sizeof(a); n++) {
		for (size_t i = 0; i < n; i++) {
			struct vmt_intern *in = vmt_intern_new();
			struct vmt_str s = {b, n};
			uint32_t id;
			bool added;

			memcpy(b, a, n);
			b[i] ^= 1;
			assert_int_equal(vmt_intern_add(in, (struct vmt_str){a, n}, &id, NULL),
					 VMT_OK);
			memset(in->slots, 0, in->n_slots * sizeof(*in->slots));
			in->slots[hash_of(s) & (in->n_slots - 1)] = 1;
			in->entries[0].hash = hash_of(s);
			for (int again = 0; again < 2; again++) {
				assert_int_equal(vmt_intern_add(in, s, &id, &added), VMT_OK);
				assert_int_equal(id, 1);
				assert_int_equal(added, !again);
			}
			vmt_intern_free(in);
		}
	}
}

/* What was never added is not found, and asking does not add it. */
static void finding_adds_nothing(void **state)
{
	struct vmt_intern *in = vmt_intern_new();
	char name[16];
	uint32_t id, found;

	(void)state;
	assert_false(vmt_intern_find(in, vmt_str("a"), &found));
	assert_false(vmt_intern_find(in, (struct vmt_str){NULL, 0}, &found));
	for (unsigned i = 0; i < 2000; i++) {
		(void)snprintf(name, sizeof(name), "s%u", i);
		assert_false(vmt_intern_find(in, vmt_str(name), &found));
		assert_int_equal(vmt_intern_add(in, vmt_str(name), &id, NULL), VMT_OK);
		assert_true(vmt_intern_find(in, vmt_str(name), &found));
		assert_int_equal(found, id);
	}
	assert_int_equal(vmt_intern_count(in), 2000);
	assert_int_equal(vmt_intern_add(in, (struct vmt_str){NULL, 0}, &id, NULL), VMT_OK);
	assert_true(vmt_intern_find(in, (struct vmt_str){NULL, 0}, &found));
	assert_int_equal(found, id);
	vmt_intern_free(in);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_strings_are_one),
		cmocka_unit_test(the_empty_string_is_one_too),
		cmocka_unit_test(strings_are_told_apart_by_every_byte),
		cmocka_unit_test(a_hundred_thousand_strings_are_all_there),
		cmocka_unit_test(long_strings_are_kept_whole),
		cmocka_unit_test(strings_of_one_hash_are_told_apart),
		cmocka_unit_test(finding_adds_nothing),
	};

	return cmocka_run_group_tests_name("intern", tests, NULL, NULL);
}
