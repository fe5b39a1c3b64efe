// SPDX-License-Identifier: GPL-2.0-or-later
/* Where vmlinux and modules are sought, in which order, and what is passed over. */
#include <sys/stat.h>

#include "kernel.h"

#define RELEASE "6.12.1-test"

static char *dir;

static int set_up(void **state)
{
	(void)state;
	dir = make_tree();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	remove_tree(dir);
	free(dir);
	return 0;
}

static const char *const places[] = {
	"usr/lib/debug/boot/vmlinux-" RELEASE,
	"usr/lib/debug/lib/modules/" RELEASE "/vmlinux",
	"usr/lib/debug/lib/modules/" RELEASE "/vmlinux.debug",
	"usr/lib/modules/" RELEASE "/build/vmlinux",
	"lib/modules/" RELEASE "/build/vmlinux",
	"lib/modules/" RELEASE "/vmlinux",
	"boot/vmlinux-" RELEASE,
	"usr/lib/debug/vmlinux-" RELEASE,
};

static void assert_found(const struct vmt_find *find, const char *place)
{
	char *path = NULL, *tried = NULL, want[300];

	assert_int_equal(vmt_find_vmlinux(find, &path, &tried), VMT_OK);
	(void)snprintf(want, sizeof(want), "%s/%s", dir, place);
	assert_string_equal(path, want);
	free(path);
	free(tried);
}

/* @return the places tried; the caller frees them. */
static char *assert_none(const struct vmt_find *find)
{
	char *path = NULL, *tried = NULL;

	assert_int_equal(vmt_find_vmlinux(find, &path, &tried), VMT_NONE);
	assert_null(path);
	return tried;
}

static size_t lines_of(const char *text)
{
	size_t n = text && *text ? 1 : 0;

	for (; text && *text; text++)
		n += *text == '\n';
	return n;
}

static void every_place_is_looked_at_in_order(void **state)
{
	struct vmt_find find = {.sysroot = dir, .release = RELEASE};
	char *tried, full[300];

	(void)state;
	tried = assert_none(&find);
	assert_int_equal(lines_of(tried), ARRAY_SIZE(places));
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		(void)snprintf(full, sizeof(full), "%s/%s", dir, places[i]);
		assert_non_null(strstr(tried, full));
	}
	free(tried);
	/* From the last to the first: each goes before those after it. */
	for (size_t i = ARRAY_SIZE(places); i-- > 0;) {
		copy_kernel_file(dir, places[i], "gcc5", "vmlinux");
		assert_found(&find, places[i]);
	}
}

static void build_id_of(const char *variant, char hex[VMT_BUILD_ID_TEXT])
{
	struct vmt_err err = {0};

	assert_int_equal(vmt_debug_build_id(kernel_file(variant, "vmlinux"), hex, &err), VMT_OK);
}

static void the_build_id_goes_before_the_release(void **state)
{
	char hex[VMT_BUILD_ID_TEXT], place[200];
	struct vmt_find find = {.sysroot = dir, .release = RELEASE, .build_id = hex};

	(void)state;
	build_id_of("split", hex);
	(void)snprintf(place, sizeof(place), "usr/lib/debug/.build-id/%.2s/%s.debug", hex, hex + 2);
	copy_kernel_file(dir, places[0], "gcc5", "vmlinux");
	assert_found(&find, places[0]);
	copy_kernel_file(dir, place, "split", "vmlinux.debug");
	assert_found(&find, place);
	/* Also alone. */
	find.release = NULL;
	assert_found(&find, place);
}

static void a_file_of_another_build_is_passed_over_and_told(void **state)
{
	char hex[VMT_BUILD_ID_TEXT], *tried;
	struct vmt_find find = {.sysroot = dir, .release = RELEASE, .build_id = hex};

	(void)state;
	build_id_of("gcc5", hex);
	copy_kernel_file(dir, places[0], "gcc4", "vmlinux");
	tried = assert_none(&find);
	assert_non_null(strstr(tried, "boot/vmlinux-" RELEASE " (of another build)\n"));
	assert_int_equal(lines_of(tried), ARRAY_SIZE(places) + 1);
	free(tried);
	copy_kernel_file(dir, places[3], "gcc5", "vmlinux");
	assert_found(&find, places[3]);
	/* A file without a build-id cannot be told to be of another. */
	copy_kernel_file(dir, places[1], "gcc5", "obj/ring.o");
	assert_found(&find, places[1]);
	/* And without one to compare with, the first is taken. */
	find.build_id = NULL;
	assert_found(&find, places[0]);
}

/* A release is text from outside: it leads to no other directory. */
static void a_release_that_is_a_path_is_refused(void **state)
{
	static const char *const bad[] = {"",	       "..",  ".",  "../x",
					  "a/../../x", "x/y", "/x", ".hidden"};
	struct vmt_find find = {.sysroot = dir};
	char *path, *tried;

	(void)state;
	copy_kernel_file(dir, "lib/modules/x/y/vmlinux", "gcc5", "vmlinux");
	copy_kernel_file(dir, "lib/vmlinux", "gcc5", "vmlinux");
	copy_kernel_file(dir, "lib/modules/vmlinux", "gcc5", "vmlinux");
	put_file(dir, "lib/x/m.ko", "", 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		find.release = bad[i];
		tried = assert_none(&find);
		assert_null(tried);
		assert_int_equal(vmt_find_module(&find, vmt_str("m"), &path), VMT_NONE);
		assert_null(path);
	}
	find.release = NULL;
	assert_null(assert_none(&find));
}

static void a_build_id_that_is_a_path_is_refused(void **state)
{
	static const char *const bad[] = {"", "ab", "../x", "ab/cd", "ABCDEF", "abcg", "ab cd"};
	struct vmt_find find = {.sysroot = dir};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		find.build_id = bad[i];
		assert_null(assert_none(&find));
	}
}

static void the_directory_given_goes_first(void **state)
{
	char hex[VMT_BUILD_ID_TEXT], given[300];
	struct vmt_find find = {.sysroot = dir, .release = RELEASE, .dir = given};

	(void)state;
	(void)snprintf(given, sizeof(given), "%s/mine", dir);
	copy_kernel_file(dir, places[0], "gcc5", "vmlinux");
	assert_found(&find, places[0]);
	copy_kernel_file(dir, "mine/vmlinux", "gcc4", "vmlinux");
	assert_found(&find, "mine/vmlinux");
	/* Not when it is of another build. */
	build_id_of("gcc5", hex);
	find.build_id = hex;
	assert_found(&find, places[0]);
	/* The directory alone is enough. */
	find = (struct vmt_find){.dir = given};
	assert_found(&find, "mine/vmlinux");
}

/* ---- modules ---- */

static void assert_module(const struct vmt_find *find, const char *module, const char *place)
{
	char *path = NULL, want[300];

	if (!place) {
		assert_int_equal(vmt_find_module(find, vmt_str(module), &path), VMT_NONE);
		assert_null(path);
		return;
	}
	assert_int_equal(vmt_find_module(find, vmt_str(module), &path), VMT_OK);
	(void)snprintf(want, sizeof(want), "%s/%s", dir, place);
	assert_string_equal(path, want);
	free(path);
}

static void modules_are_found_by_either_spelling(void **state)
{
	struct vmt_find find = {.sysroot = dir, .release = RELEASE};

	(void)state;
	put_file(dir, "lib/modules/" RELEASE "/kernel/sound/snd-hda-intel.ko", "", 0);
	put_file(dir, "lib/modules/" RELEASE "/kernel/net/nf_tables.ko.xz", "", 0);
	put_file(dir, "lib/modules/" RELEASE "/kernel/fs/xfs.ko.zst", "", 0);
	assert_module(&find, "snd_hda_intel",
		      "lib/modules/" RELEASE "/kernel/sound/snd-hda-intel.ko");
	assert_module(&find, "snd-hda-intel",
		      "lib/modules/" RELEASE "/kernel/sound/snd-hda-intel.ko");
	assert_module(&find, "nf-tables", "lib/modules/" RELEASE "/kernel/net/nf_tables.ko.xz");
	assert_module(&find, "xfs", "lib/modules/" RELEASE "/kernel/fs/xfs.ko.zst");
}

static void other_names_are_not_taken(void **state)
{
	struct vmt_find find = {.sysroot = dir, .release = RELEASE};
	static const char *const bad[] = {"xf",	    "xfss", "",	 "fs/xfs",
					  "../xfs", "XFS",  "x", "xfs.ko"};

	(void)state;
	put_file(dir, "lib/modules/" RELEASE "/kernel/fs/xfs.ko", "", 0);
	put_file(dir, "lib/modules/" RELEASE "/kernel/fs/xf.ko.bak", "", 0);
	put_file(dir, "lib/modules/" RELEASE "/kernel/fs/x", "", 0);
	put_file(dir, "lib/modules/" RELEASE "/kernel/xfss.ko/file", "", 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_module(&find, bad[i], NULL);
}

/* Of one directory the file that has most to tell. */
static void suffixes_are_preferred_in_order(void **state)
{
	static const char *const suffixes[] = {".ko.gz", ".ko.zst", ".ko.xz", ".ko", ".ko.debug"};
	struct vmt_find find = {.sysroot = dir, .release = RELEASE};
	char place[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		(void)snprintf(place, sizeof(place), "lib/modules/" RELEASE "/k%zu/xfs%s", i,
			       suffixes[i]);
		put_file(dir, place, "", 0);
		assert_module(&find, "xfs", place);
	}
}

static void module_directories_are_looked_at_in_order(void **state)
{
	static const char *const roots[] = {"usr/lib/modules/" RELEASE, "lib/modules/" RELEASE,
					    "usr/lib/debug/usr/lib/modules/" RELEASE,
					    "usr/lib/debug/lib/modules/" RELEASE};
	struct vmt_find find = {.sysroot = dir, .release = RELEASE};
	char place[200], given[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		(void)snprintf(place, sizeof(place), "%s/kernel/fs/xfs.ko", roots[i]);
		put_file(dir, place, "", 0);
		assert_module(&find, "xfs", place);
	}
	put_file(dir, "mine/deep/er/xfs.ko.gz", "", 0);
	(void)snprintf(given, sizeof(given), "%s/mine", dir);
	find.dir = given;
	assert_module(&find, "xfs", "mine/deep/er/xfs.ko.gz");
	find = (struct vmt_find){.dir = given};
	assert_module(&find, "xfs", "mine/deep/er/xfs.ko.gz");
	assert_module(&find, "ext4", NULL);
	/* Neither a release nor a directory. */
	find = (struct vmt_find){.sysroot = dir};
	assert_module(&find, "xfs", NULL);
}

/* A directory that is given may be a link; links within lead nowhere ("build", loops). */
static void links_are_followed_where_they_are_given(void **state)
{
	char given[300], target[300], loop[300];
	struct vmt_find find = {.dir = given};

	(void)state;
	put_file(dir, "real/kernel/xfs.ko", "", 0);
	put_file(dir, "elsewhere/ext4.ko", "", 0);
	(void)snprintf(target, sizeof(target), "%s/real", dir);
	(void)snprintf(given, sizeof(given), "%s/link", dir);
	assert_int_equal(symlink(target, given), 0);
	(void)snprintf(loop, sizeof(loop), "%s/real/loop", dir);
	assert_int_equal(symlink("..", loop), 0);
	assert_module(&find, "xfs", "link/kernel/xfs.ko");
	assert_module(&find, "ext4", NULL);
}

static void missing_and_closed_directories_hold_nothing(void **state)
{
	char given[300];
	struct vmt_find find = {.dir = given};

	(void)state;
	(void)snprintf(given, sizeof(given), "%s/nowhere", dir);
	assert_module(&find, "xfs", NULL);
	free(assert_none(&find));
	put_file(dir, "closed/kernel/xfs.ko", "", 0);
	(void)snprintf(given, sizeof(given), "%s/closed", dir);
	assert_int_equal(chmod(given, 0), 0);
	/* root looks inside all the same. */
	assert_module(&find, "xfs", access(given, R_OK) == 0 ? "closed/kernel/xfs.ko" : NULL);
}

/* Without a server nothing is asked of the network. */
static void debuginfod_is_asked_for_build_ids_only(void **state)
{
	struct vmt_err err = {0};
	char *path = (char *)"x";

	(void)state;
	assert_int_equal(vmt_find_debuginfod(NULL, &path, &err), VMT_NONE);
	assert_null(path);
	assert_int_equal(vmt_find_debuginfod("not hex", &path, &err), VMT_NONE);
	assert_int_equal(vmt_find_debuginfod("", &path, &err), VMT_NONE);
}

#define IN_TREE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_TREE(every_place_is_looked_at_in_order),
		IN_TREE(the_build_id_goes_before_the_release),
		IN_TREE(a_file_of_another_build_is_passed_over_and_told),
		IN_TREE(a_release_that_is_a_path_is_refused),
		IN_TREE(a_build_id_that_is_a_path_is_refused),
		IN_TREE(the_directory_given_goes_first),
		IN_TREE(modules_are_found_by_either_spelling),
		IN_TREE(other_names_are_not_taken),
		IN_TREE(suffixes_are_preferred_in_order),
		IN_TREE(module_directories_are_looked_at_in_order),
		IN_TREE(links_are_followed_where_they_are_given),
		IN_TREE(missing_and_closed_directories_hold_nothing),
		cmocka_unit_test(debuginfod_is_asked_for_build_ids_only),
	};

	return cmocka_run_group_tests_name("find", tests, NULL, NULL);
}
