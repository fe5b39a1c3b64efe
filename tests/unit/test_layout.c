// SPDX-License-Identifier: GPL-2.0-or-later
/* Structures by DWARF: where their members lie. */
#include "kernel.h"

static void lies_at(struct vmt_debug *d, const char *type, const char *path, uint64_t offset,
		    uint64_t size, uint64_t count)
{
	struct vmt_member m;

	if (vmt_debug_member(d, type, path, &m) != VMT_OK)
		fail_msg("no %s.%s", type, path);
	assert_u64(m.offset, offset);
	assert_u64(m.size, size);
	assert_u64(m.count, count);
}

static void enumerators_have_values(void **state)
{
	struct vmt_debug *d = NULL;
	struct vmt_err err = {0};
	uint64_t v;

	if (vmt_debug_open(&d, kernel_file(*state, "vmlinux"), &err) != VMT_OK)
		fail_msg("%s", err.text);
	/* Twice: the second time units were gone through. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(vmt_debug_enumerator(d, "NR_VMALLOC", &v), VMT_OK);
		assert_u64(v, 41);
		assert_int_equal(vmt_debug_enumerator(d, "NR_LAST", &v), VMT_OK);
		assert_u64(v, 42);
		assert_int_equal(vmt_debug_enumerator(d, "NR_LRU_BASE", &v), VMT_OK);
		assert_u64(v, 0);
		assert_int_equal(vmt_debug_enumerator(d, "NR_ODD", &v), VMT_OK);
		assert_u64(v, (uint64_t)-3);
		assert_int_equal(vmt_debug_enumerator(d, "NR_VMALLO", &v), VMT_NONE);
		assert_int_equal(vmt_debug_enumerator(d, "item", &v), VMT_NONE);
	}
	vmt_debug_close(d);
	assert_int_equal(vmt_debug_open(&d, kernel_file("stripped", "vmlinux"), &err), VMT_OK);
	assert_int_equal(vmt_debug_enumerator(d, "NR_VMALLOC", &v), VMT_NONE);
	vmt_debug_close(d);
}

static void members_lie_where_the_compiler_put_them(void **state)
{
	struct vmt_debug *d = NULL;
	struct vmt_err err = {0};
	struct vmt_member m;
	uint64_t bytes;

	if (vmt_debug_open(&d, kernel_file(*state, "vmlinux"), &err) != VMT_OK)
		fail_msg("%s", err.text);
	lies_at(d, "vmap_area", "va_end", 8, 8, 1);
	lies_at(d, "vmap_area", "list.prev", 48, 8, 1);
	lies_at(d, "vmap_area", "vm", 56, 8, 1);
	lies_at(d, "vm_struct", "nr_pages", 44, 4, 1);
	lies_at(d, "vmap_node", "busy.head", 6160, 16, 1);
	lies_at(d, "odd", "marks", 8, 8, 3);
	lies_at(d, "odd", "lists", 32, 16, 2);
	lies_at(d, "odd", "byte", 32, 1, 1);
	lies_at(d, "odd", "unknown", 200, 8, 1);
	lies_at(d, "odd", "kind", 208, 4, 1);
	lies_at(d, "odd", "high", 192, 4, 1);
	assert_int_equal(vmt_debug_sizeof(d, "vmap_area", &bytes), VMT_OK);
	assert_u64(bytes, 72);
	assert_int_equal(vmt_debug_sizeof(d, "unknown", &bytes), VMT_NONE);
	assert_int_equal(vmt_debug_sizeof(d, "module", &bytes), VMT_NONE);
	assert_int_equal(vmt_debug_member(d, "odd", "none", &m), VMT_NONE);
	assert_int_equal(vmt_debug_member(d, "odd", "kind.x", &m), VMT_NONE);
	assert_int_equal(vmt_debug_member(d, "odd", "first.x", &m), VMT_NONE);
	vmt_debug_close(d);
	assert_int_equal(vmt_debug_open(&d, kernel_file("stripped", "vmlinux"), &err), VMT_OK);
	assert_int_equal(vmt_debug_sizeof(d, "vmap_area", &bytes), VMT_NONE);
	vmt_debug_close(d);
}

#define VARIANT(v)                                                                              \
	{"members_lie_where_the_compiler_put_them " v, members_lie_where_the_compiler_put_them, \
	 NULL, NULL, v},                                                                        \
	{                                                                                       \
		"enumerators_have_values " v, enumerators_have_values, NULL, NULL, v            \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VARIANT("gcc4"), VARIANT("gcc5"),  VARIANT("clang5"),
		VARIANT("gz"),	 VARIANT("split"),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
