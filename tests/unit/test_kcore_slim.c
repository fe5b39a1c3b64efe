// SPDX-License-Identifier: GPL-2.0-or-later
/* An extract of a kernel that runs: what is kept of it hangs together. */
#include "live.h"

static void live_record(void)
{
	const struct vmt_kern_opts none = {0};
	struct vmt_err err;

	vmt_kern_close(live.kern);
	vmt_mem_close(live.mem);
	if (vmt_mem_open(&live.mem, live.path, NULL, &err) != VMT_OK ||
	    vmt_mem_record(live.mem) != VMT_OK ||
	    vmt_kern_open(&live.kern, live.mem, &none, &err) != VMT_OK)
		fail_msg("%s", err.text);
}

/* Everything is read while at_read is at work. @return are the lists whole in what is kept? */
static bool live_read_all(void)
{
	struct vmt_err err;
	bool whole;

	reads = 0;
	if (vmt_kern_read_all(live.kern, &err) != VMT_OK)
		fail_msg("%s", err.text);
	vmt_kern_read_types(live.kern);
	assert_int_equal(vmt_kern_read_lists(live.kern, &whole), VMT_OK);
	at_read = NULL;
	return whole;
}

/* The file that is written of what was read, opened. */
static struct vmt_kern *open_slim(struct vmt_mem *from, const struct vmt_kern *of,
				  enum vmt_mem_form form, struct vmt_mem **mem)
{
	char path[] = "/tmp/vmtool-kcore-slim.XXXXXX";
	const struct vmt_kern_about *k = vmt_kern_about(of);
	struct vmt_mem_writing how = {.form = form,
				      .page_size = k->page_size,
				      .vmcoreinfo = vmt_mem_about(from)->vmcoreinfo,
				      .release = k->release,
				      .replace = true};
	const struct vmt_kern_opts none = {0};
	struct vmt_mem_written done;
	struct vmt_kern *kern;
	struct vmt_err err;

	(void)vmt_info_number(vmt_kern_info(of), "NUMBER(phys_base)", &how.phys_base);
	assert_int_equal(close(mkstemp(path)), 0);
	if (vmt_mem_write(from, path, &how, &done, &err) != VMT_OK ||
	    vmt_mem_open(mem, path, NULL, &err) != VMT_OK ||
	    vmt_kern_open(&kern, *mem, &none, &err) != VMT_OK)
		fail_msg("%s", err.text);
	(void)unlink(path);
	return kern;
}

static size_t slim_areas(struct vmt_kareas_about *told)
{
	const struct vmt_kareas_about *about;
	const struct vmt_karea *areas;
	struct vmt_mem *mem;
	struct vmt_kern *kern = open_slim(live.mem, live.kern, VMT_MEM_ELF, &mem);
	struct vmt_err err;
	size_t n;

	if (vmt_kern_areas(kern, &areas, &n, &about, &err) != VMT_OK ||
	    vmt_kern_numa(kern, &err) != VMT_OK)
		fail_msg("%s", err.text);
	*told = *about;
	vmt_kern_close(kern);
	vmt_mem_close(mem);
	return n;
}

/* The entry of an area that was freed behind the reader's back is read again in another list. */
static void an_extract_has_lists_that_can_be_followed(void **state)
{
	unsigned last = 1000;

	(void)state;
	for (change_at = 1; change_at < last; change_at += 3) {
		struct vmt_kareas_about about;
		size_t n;

		live_start(&kernel_6_12);
		live_record();
		at_read = purge_second;
		assert_true(live_read_all());
		last = reads;
		n = slim_areas(&about);
		if (about.broken_lists)
			fail_msg("read %u: %s", change_at, about.first.text);
		assert_in_range(n, live.n - 1, live.n);
		live_end();
	}
}

static void an_extract_says_when_its_lists_end_early(void **state)
{
	struct vmt_kareas_about about;

	(void)state;
	live_start(&kernel_6_12);
	live_record();
	at_read = change_always;
	assert_false(live_read_all());
	assert_true(slim_areas(&about) < live.n);
	assert_int_equal(about.broken_lists, 1);
	live_end();
}

/* All were changed too often at first; then they are read whole, and all that is shown of them. */
static void an_extract_knows_areas_that_are_met_at_last(void **state)
{
	uint64_t list, prev;
	struct vmt_kareas_about about;
	struct vmt_err err;
	bool whole;

	(void)state;
	live_start(&kernel_6_12);
	live_record();
	list = live.s.at[0].list;
	prev = peek(list + 8);
	at_read = change_always;
	if (vmt_kern_read_all(live.kern, &err) != VMT_OK)
		fail_msg("%s", err.text);
	at_read = NULL;
	vmt_kern_read_types(live.kern);
	poke(list + 8, prev);
	assert_int_equal(vmt_kern_read_lists(live.kern, &whole), VMT_OK);
	assert_true(whole);
	assert_u64(slim_areas(&about), live.n);
	assert_int_equal(about.no_nodes, 0);
	live_end();
}

/*
 * Bounds of an area that was freed and made anew would be kept beside links of the old one, and on
 * a slow machine at each try.
 */
static void an_entry_is_read_with_its_list_alone(void **state)
{
	bool whole;

	(void)state;
	live_start(&kernel_6_12);
	live_record();
	watched = offset_of(kernel_pa(live.s.k, live.s.at[0].vmap_area));
	watched_reads = 0;
	assert_int_equal(vmt_kern_read_lists(live.kern, &whole), VMT_OK);
	assert_true(whole);
	assert_int_equal(watched_reads, 1);
	live_end();
}

/* ---- types ---- */

#define FILLERS 1000

/* Types that nobody asks for, more than a page of the kernel's takes. */
static struct kernel_type *many_types(const struct kernel_type *types)
{
	static const struct kernel_member none[] = {{0}};
	static char names[FILLERS][16];
	struct kernel_type *all;
	size_t n = 0;

	while (types[n].name)
		n++;
	all = calloc(n + FILLERS + 1, sizeof(*all));
	assert_non_null(all);
	for (size_t i = 0; i < n; i++)
		all[i] = types[i];
	for (size_t i = 0; i < FILLERS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "filler_%zu", i);
		all[n + i] = (struct kernel_type){names[i], 8, none};
	}
	return all;
}

/* Also where a page of the kernel's is larger than what is kept as one. */
static void an_extract_has_types_whole(void **state)
{
	static const struct kernel_paging *const pagings[] = {&kernel_x86_4, &kernel_arm_4k,
							      &kernel_arm_16k};
	static const struct image_how how = {.format = IMAGE_ELF};
	struct kernel_style style = kernel_6_12;
	struct kernel_type *types = many_types(kernel_6_12.types);
	const struct vmt_kern_opts none = {0};

	(void)state;
	style.types = types;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(pagings); i++) {
		struct scene s = scene_new(pagings[i / 2], &style);
		struct vmt_mem *mem, *slim_mem;
		struct vmt_kern *kern, *slim;
		struct vmt_err err;

		scene_map(s.k);
		kernel_complete(s.k);
		mem = memtest_open(s.k->img, &how);
		if (vmt_mem_record(mem) != VMT_OK ||
		    vmt_kern_open(&kern, mem, &none, &err) != VMT_OK ||
		    vmt_kern_read_all(kern, &err) != VMT_OK)
			fail_msg("%s", err.text);
		vmt_kern_read_types(kern);
		slim = open_slim(mem, kern, i % 2 ? VMT_MEM_KDUMP_ZLIB : VMT_MEM_ELF, &slim_mem);
		assert_int_equal(vmt_kern_about(kern)->types, VMT_FROM_IMAGE);
		assert_int_equal(vmt_kern_about(slim)->types, VMT_FROM_IMAGE);
		assert_u64(vmt_kern_about(slim)->n_missing, vmt_kern_about(kern)->n_missing);
		vmt_kern_close(slim);
		vmt_mem_close(slim_mem);
		vmt_kern_close(kern);
		vmt_mem_close(mem);
		kernel_free(s.k);
	}
	free(types);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_extract_has_lists_that_can_be_followed),
		cmocka_unit_test(an_extract_says_when_its_lists_end_early),
		cmocka_unit_test(an_entry_is_read_with_its_list_alone),
		cmocka_unit_test(an_extract_knows_areas_that_are_met_at_last),
		cmocka_unit_test(an_extract_has_types_whole),
	};

	return cmocka_run_group_tests_name("live extract", tests, NULL, NULL);
}
