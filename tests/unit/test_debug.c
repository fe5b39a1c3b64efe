// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening vmlinux and modules: what is refused and how, build-ids, symbols, rooms. */
#include <errno.h>
#include <sys/stat.h>

#include "kernel.h"

/* ---- what cannot be opened ---- */

static void refuse(const char *path, enum vmt_rc rc, const char *part)
{
	struct vmt_debug *d = NULL;
	char hex[VMT_BUILD_ID_TEXT];
	struct vmt_err err = {0};

	assert_int_equal(vmt_debug_open(&d, path, &err), rc);
	assert_null(d);
	assert_int_equal(err.code, rc);
	if (!strstr(err.text, part) || !strstr(err.text, path))
		fail_msg("\"%s\" does not say \"%s\"", err.text, part);
	/* The build-id alone is asked in the same words. */
	memset(&err, 0, sizeof(err));
	assert_int_equal(vmt_debug_build_id(path, hex, &err), rc);
	assert_string_equal(hex, "");
	assert_non_null(strstr(err.text, part));
}

static void missing_files_and_directories_are_refused(void **state)
{
	(void)state;
	refuse("/nonexistent/vmlinux", VMT_NONE, "cannot be opened: No such file");
	refuse("tests/run/vmlinux", VMT_NONE, "cannot be opened: Not a directory");
	refuse("tests/unit", VMT_FORMAT, "not a regular file");
	refuse("/dev/null", VMT_FORMAT, "not a regular file");
}

static void a_file_that_may_not_be_read_is_no_permission(void **state)
{
	char *dir = make_tree(), path[300];

	(void)state;
	put_file(dir, "secret", "\177ELF", 4);
	(void)snprintf(path, sizeof(path), "%s/secret", dir);
	assert_int_equal(chmod(path, 0), 0);
	/* root may read it. */
	if (access(path, R_OK) != 0)
		refuse(path, VMT_PERM, "Permission denied");
	else
		refuse(path, VMT_FORMAT, "no ELF file");
	remove_tree(dir);
	free(dir);
}

static void refuse_bytes(const void *bytes, size_t n, enum vmt_rc rc, const char *part)
{
	char *dir = make_tree(), path[300];

	put_file(dir, "file", bytes, n);
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	refuse(path, rc, part);
	remove_tree(dir);
	free(dir);
}

static void what_is_no_elf_is_refused(void **state)
{
	(void)state;
	refuse_bytes("", 0, VMT_FORMAT, "no ELF file: a vmlinux or a module");
	refuse_bytes("\177EL", 3, VMT_FORMAT, "no ELF file");
	refuse_bytes("\177ELF\2\1\1", 7, VMT_FORMAT, "no ELF file");
	refuse_bytes("#!/bin/sh\necho a script\n", 24, VMT_FORMAT, "no ELF file");
	refuse_bytes("!<arch>\nfoo.o/          0           0     ", 40, VMT_FORMAT, "no ELF file");
}

static void bytes_of_another_packing_are_refused(void **state)
{
	(void)state;
	refuse_bytes("\x1f\x8b\x08\0\0\0\0\0\0\0", 10, VMT_FORMAT, "the gzip data ends too early");
	/* libdw never ends on this one. */
	refuse_bytes("BZh91AY&SY", 10, VMT_FORMAT, "no ELF file: a vmlinux");
	refuse_bytes("\xfd"
		     "7zXZ\0\0\0",
		     8, VMT_FORMAT, "damaged, or no ELF file");
#ifdef HAVE_ZSTD
	refuse_bytes("\x28\xb5\x2f\xfd\0\0\0\0", 8, VMT_FORMAT, "zstd data");
#endif
}

static void other_classes_and_byte_orders_are_refused(void **state)
{
	size_t n;
	unsigned char *b VMT_FREE = file_bytes(kernel_file("gcc5", "vmlinux"), &n);

	(void)state;
	b[4] = 1;
	refuse_bytes(b, n, VMT_UNSUPPORTED, "a 32-bit ELF file: only those of 64-bit");
	b[4] = 2;
	b[5] = 2;
	refuse_bytes(b, n, VMT_UNSUPPORTED, "a big-endian ELF file: only little-endian");
	b[5] = 1;
}

/* What is within a packing is not better than what is plain. */
static void packed_files_of_other_classes_are_refused(void **state)
{
	static const struct {
		size_t at;
		unsigned char byte;
		const char *part;
	} forged[] = {{4, 1, "a 32-bit ELF file"}, {5, 2, "a big-endian ELF file"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forged); i++) {
		char *dir = make_tree(), path[300], command[700];
		size_t n;
		unsigned char *b VMT_FREE = file_bytes(kernel_file("gcc5", "module.ko"), &n);

		b[forged[i].at] = forged[i].byte;
		put_file(dir, "module.ko", b, n);
		(void)snprintf(command, sizeof(command), "gzip -n '%s/module.ko'", dir);
		assert_int_equal(system(command), 0);
		(void)snprintf(path, sizeof(path), "%s/module.ko.gz", dir);
		refuse(path, VMT_UNSUPPORTED, forged[i].part);
		remove_tree(dir);
		free(dir);
	}
}

static void a_packed_text_and_what_was_cut_are_refused(void **state)
{
	char *dir = make_tree(), path[300], command[700];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/packed.gz", dir);
	(void)snprintf(command, sizeof(command), "echo text | gzip -n >'%s'", path);
	assert_int_equal(system(command), 0);
	refuse(path, VMT_FORMAT, "no ELF file: a vmlinux or a module");
	(void)snprintf(command, sizeof(command), "head -c 5000 '%s' | gzip -n >'%s'",
		       kernel_file("gcc5", "vmlinux"), path);
	assert_int_equal(system(command), 0);
	refuse(path, VMT_FORMAT, "cut short at 5000 bytes");
	remove_tree(dir);
	free(dir);
}

/* ---- damage: no crash, and no answer that is not there ---- */

static enum vmt_rc count_chain(void *arg, size_t index, const struct vmt_chain *chain)
{
	size_t *n = arg;

	(void)index;
	assert_true(chain->n <= VMT_FRAMES_MAX);
	(*n)++;
	return VMT_OK;
}

static enum vmt_rc count_call(void *arg, const struct vmt_call *call)
{
	size_t *n = arg;

	(void)call;
	(*n)++;
	return VMT_OK;
}

/* All that can be asked of a file, whatever is in it. */
static void ask_everything(const char *path, const uint64_t *vas, size_t n_vas)
{
	struct vmt_debug *d = NULL;
	struct vmt_err err = {0};
	char hex[VMT_BUILD_ID_TEXT];
	uint64_t rooms[16], va;
	size_t n = 0, calls = 0;
	struct symbols_seen seen = {.n = 0};

	assert_true(n_vas <= 16);
	(void)vmt_debug_build_id(path, hex, &err);
	if (vmt_debug_open(&d, path, &err) != VMT_OK) {
		assert_non_null(strstr(err.text, path));
		return;
	}
	assert_int_equal(vmt_debug_symbols(d, vmt_str("ring_probe"), see_symbol, &seen, &err),
			 VMT_OK);
	assert_int_equal(vmt_debug_rooms(d, vas, n_vas, rooms, &err), VMT_OK);
	assert_int_equal(vmt_debug_chains(d, vas, n_vas, count_chain, &n, &err), VMT_OK);
	assert_int_equal(n, n_vas);
	for (size_t i = 0; i < n_vas; i++) {
		(void)vmt_debug_calls(d, vas[i], true, count_call, &calls, &err);
		(void)vmt_debug_callee(d, vmt_str("work"), 0, &va, &err);
	}
	vmt_debug_close(d);
}

static size_t places(uint64_t vas[8])
{
	static const char *const names[] = {"ring_probe", "kernel_clone", "copy_process",
					    "walk_tree"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		vas[2 * i] = map_va("gcc5", names[i], 0, NULL);
		vas[2 * i + 1] = vas[2 * i] + 13;
	}
	return 8;
}

static void truncated_files_do_no_harm(void **state)
{
	char *dir = make_tree(), path[300];
	const char *variant = *state;
	uint64_t vas[8];
	size_t n, n_vas = places(vas);
	unsigned char *b VMT_FREE = file_bytes(kernel_file(variant, "vmlinux"), &n);

	(void)snprintf(path, sizeof(path), "%s/vmlinux", dir);
	for (size_t cut = 0; cut < n; cut += cut < 256 ? 7 : n / 64) {
		put_file(dir, "vmlinux", b, cut);
		ask_everything(path, vas, n_vas);
	}
	remove_tree(dir);
	free(dir);
}

/* Where a section lies in an ELF file, without any library. */
static size_t section_at(const unsigned char *b, size_t n, const char *name, size_t *size)
{
	uint64_t shoff, strings_at, at, bytes;
	uint16_t shnum, shstrndx;
	uint32_t sh_name;

	memcpy(&shoff, b + 40, 8);
	memcpy(&shnum, b + 60, 2);
	memcpy(&shstrndx, b + 62, 2);
	memcpy(&strings_at, b + shoff + shstrndx * 64u + 24, 8);
	for (size_t i = 0; i < shnum; i++) {
		const unsigned char *sh = b + shoff + i * 64;

		memcpy(&sh_name, sh, 4);
		memcpy(&at, sh + 24, 8);
		memcpy(&bytes, sh + 32, 8);
		if (strcmp((const char *)b + strings_at + sh_name, name) == 0) {
			assert_true(at + bytes <= n);
			*size = bytes;
			return at;
		}
	}
	fail_msg("no section %s", name);
	return 0;
}

/* Single bytes of the symbol table, the strings and the DWARF are not what they were. */
static void corrupted_sections_do_no_harm(void **state)
{
	static const char *const sections[] = {".symtab", ".strtab", ".debug_abbrev",
					       ".debug_aranges"};
	static const unsigned char values[] = {0, 0x7f, 0x80, 0xff};
	char *dir = make_tree(), path[300];
	uint64_t vas[8];
	size_t n, n_vas = places(vas), at, size = 0;
	unsigned char *b VMT_FREE = file_bytes(kernel_file("gcc5", "vmlinux"), &n);

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/vmlinux", dir);
	for (size_t k = 0; k < ARRAY_SIZE(sections); k++) {
		at = section_at(b, n, sections[k], &size);
		for (size_t i = 0; i < size; i += size / 16 + 1) {
			unsigned char was = b[at + i];

			b[at + i] = values[i % 4];
			put_file(dir, "vmlinux", b, n);
			ask_everything(path, vas, n_vas);
			b[at + i] = was;
		}
	}
	remove_tree(dir);
	free(dir);
}

/* ---- build-ids ---- */

static void the_build_id_is_that_of_readelf(void **state)
{
	static const char *const variants[] = {"gcc4", "gcc5", "gz", "split", "stripped", "dyn"};
	char hex[VMT_BUILD_ID_TEXT], debug[VMT_BUILD_ID_TEXT];
	struct vmt_err err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
		char *want VMT_FREE = kernel_text(variants[i], "build-id");

		want[strcspn(want, "\n")] = 0;
		assert_int_equal(strlen(want), 40);
		assert_int_equal(vmt_debug_build_id(kernel_file(variants[i], "vmlinux"), hex, &err),
				 VMT_OK);
		assert_string_equal(hex, want);
	}
	/* The debug file bears that of the file it was taken from. */
	assert_int_equal(vmt_debug_build_id(kernel_file("split", "vmlinux.debug"), debug, &err),
			 VMT_OK);
	assert_int_equal(vmt_debug_build_id(kernel_file("split", "vmlinux"), hex, &err), VMT_OK);
	assert_string_equal(debug, hex);
}

static void a_packed_module_has_the_build_id_of_the_plain(void **state)
{
	static const char *const packed[] = {"module.ko.gz", "module.ko.xz", "module.ko.zst"};
	char plain[VMT_BUILD_ID_TEXT], hex[VMT_BUILD_ID_TEXT];
	struct vmt_err err = {0};

	(void)state;
	assert_int_equal(vmt_debug_build_id(kernel_file("gcc5", "module.ko"), plain, &err), VMT_OK);
	assert_int_equal(strlen(plain), 40);
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		enum vmt_rc rc = vmt_debug_build_id(kernel_file("gcc5", packed[i]), hex, &err);

#ifndef HAVE_ZSTD
		/* Not every libdw knows it. */
		if (rc == VMT_UNSUPPORTED && strstr(packed[i], ".zst")) {
			assert_non_null(strstr(err.text, "zstd -d"));
			continue;
		}
#endif
		assert_int_equal(rc, VMT_OK);
		assert_string_equal(hex, plain);
	}
}

static void an_object_file_has_no_build_id(void **state)
{
	char hex[VMT_BUILD_ID_TEXT] = "x";
	struct vmt_err err = {0};

	(void)state;
	assert_int_equal(vmt_debug_build_id(kernel_file("gcc5", "obj/ring.o"), hex, &err),
			 VMT_NONE);
	assert_string_equal(hex, "");
}

/* A note as the kernel has it in /sys/kernel/notes. */
static size_t put_note(unsigned char *at, uint32_t type, const char *name, uint32_t name_n,
		       const void *desc, uint32_t desc_n)
{
	uint32_t head[3] = {name_n, desc_n, type};
	size_t n = 12;

	memcpy(at, head, 12);
	memcpy(at + n, name, name_n);
	n += (name_n + 3u) & ~3u;
	memcpy(at + n, desc, desc_n);
	return n + ((desc_n + 3u) & ~3u);
}

static void notes_are_searched_for_the_build_id(void **state)
{
	unsigned char notes[512] = {0};
	char hex[VMT_BUILD_ID_TEXT];
	size_t n = 0, with;

	(void)state;
	assert_false(vmt_debug_notes_build_id(notes, 0, hex));
	n += put_note(notes + n, 1, "Linux", 6, "12345", 5);
	n += put_note(notes + n, 3, "GNX", 4, "\1\2\3\4", 4);
	n += put_note(notes + n, 4, "GNU", 4, "\1\2\3\4", 4);
	assert_false(vmt_debug_notes_build_id(notes, n, hex));
	with = n + put_note(notes + n, 3, "GNU", 4, "\xde\xad\xbe\xef\x01", 5);
	assert_true(vmt_debug_notes_build_id(notes, with, hex));
	assert_string_equal(hex, "deadbeef01");
	/* The last note need not be padded; one byte less, and it is cut. */
	assert_true(vmt_debug_notes_build_id(notes, with - 3, hex));
	assert_false(vmt_debug_notes_build_id(notes, with - 4, hex));
	for (size_t cut = 0; cut < with - 3; cut++)
		assert_false(vmt_debug_notes_build_id(notes, cut, hex));
}

static void notes_of_hostile_sizes_are_no_notes(void **state)
{
	static const uint32_t sizes[] = {0, 1, 3, 4, 5, 64, 0x7fffffff, 0xfffffffc, 0xffffffff};
	unsigned char *notes = malloc(32);
	char hex[VMT_BUILD_ID_TEXT];

	(void)state;
	assert_non_null(notes);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
			uint32_t head[3] = {sizes[i], sizes[k], 3};
			bool fits = sizes[i] == 4 && sizes[k] > 0 && sizes[k] <= 16;

			memset(notes, 0, 32);
			memcpy(notes, head, 12);
			memcpy(notes + 12, "GNU", 4);
			assert_int_equal(vmt_debug_notes_build_id(notes, 32, hex), fits);
		}
	}
	free(notes);
}

/* Longer than any: 64 bytes are 128 digits, for which there is room. */
static void build_ids_of_all_lengths_are_read_or_refused(void **state)
{
	unsigned char notes[128], id[80];
	char hex[VMT_BUILD_ID_TEXT];

	(void)state;
	memset(id, 0xab, sizeof(id));
	for (uint32_t n = 1; n <= 80; n++) {
		size_t size = put_note(notes, 3, "GNU", 4, id, n);

		assert_int_equal(vmt_debug_notes_build_id(notes, size, hex), n <= 64);
		if (n <= 64)
			assert_int_equal(strlen(hex), 2 * n);
	}
}

/* ---- symbols ---- */

static void symbols_are_those_of_nm(void **state)
{
	struct vmt_debug *d = debug_open(kernel_file(*state, "vmlinux"));
	char *map = kernel_text(*state, "System.map"), *save, *line;
	size_t n = 0;

	assert_string_equal(vmt_debug_path(d), kernel_file(*state, "vmlinux"));
	for (line = strtok_r(map, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct symbols_seen s;
		char type, name[64], *llvm;
		bool found = false;
		uint64_t va;

		assert_int_equal(sscanf(line, "%" SCNx64 " %c %63s", &va, &type, name), 3);
		llvm = strstr(name, ".llvm.");
		if (llvm)
			*llvm = 0;
		s = symbols_named(d, name);
		for (size_t i = 0; i < s.n; i++)
			found = found || s.vas[i] == va;
		if (!found)
			fail_msg("%s is not found", name);
		assert_str(s.first.name, name);
		n++;
	}
	assert_true(n > 40);
	assert_int_equal(symbols_named(d, "no_such_function").n, 0);
	assert_int_equal(symbols_named(d, "").n, 0);
	assert_int_equal(symbols_named(d, "lto_local.llvm.1234567890").n, 0);
	assert_int_equal(symbols_named(d, "load_section").n, 0);
	free(map);
	vmt_debug_close(d);
}

static void names_are_not_unique_and_keep_the_tables_order(void **state)
{
	struct vmt_debug *d = debug_open(kernel_file(*state, "vmlinux"));
	struct symbols_seen s = symbols_named(d, "init_one_way");

	assert_int_equal(s.n, 2);
	assert_u64(s.vas[0], map_va(*state, "init_one_way", 0, NULL));
	assert_u64(s.vas[1], map_va(*state, "init_one_way", 1, NULL));
	vmt_debug_close(d);
}

static void functions_and_code_without_a_type_are_told_apart(void **state)
{
	struct vmt_debug *d = debug_open(kernel_file(*state, "vmlinux"));

	assert_true(symbol_of(d, "asm_function").function);
	assert_u64(symbol_of(d, "asm_function").size_bytes,
		   symbol_of(d, "asm_label").va - symbol_of(d, "asm_function").va);
	assert_false(symbol_of(d, "asm_label").function);
	assert_u64(symbol_of(d, "asm_label").size_bytes, 0);
	assert_true(symbol_of(d, "kernel_clone").function);
	assert_true(symbol_of(d, "kernel_clone").size_bytes > 8);
	vmt_debug_close(d);
}

static enum vmt_rc refuse_second(void *arg, const struct vmt_elf_symbol *symbol)
{
	int *n = arg;

	(void)symbol;
	return ++*n == 1 ? VMT_RANGE : VMT_OK;
}

static void what_the_callee_answers_ends_the_search(void **state)
{
	struct vmt_debug *d = debug_open(kernel_file("gcc5", "vmlinux"));
	struct vmt_err err = {0};
	int n = 0;

	(void)state;
	assert_int_equal(vmt_debug_symbols(d, vmt_str("init_one_way"), refuse_second, &n, &err),
			 VMT_RANGE);
	assert_int_equal(n, 1);
	vmt_debug_close(d);
}

/* ---- rooms ---- */

static void rooms_reach_to_the_next_symbol(void **state)
{
	static const char *const names[] = {"ring_probe", "vzalloc_noprof", "asm_function",
					    "asm_label", "kernel_clone"};
	struct vmt_debug *d = debug_open(kernel_file(*state, "vmlinux"));
	uint64_t vas[ARRAY_SIZE(names) + 1], rooms[ARRAY_SIZE(names) + 1], want;
	struct vmt_err err = {0};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		vas[i] = map_va(*state, names[i], 0, NULL);
	vas[ARRAY_SIZE(names)] = UINT64_MAX;
	assert_int_equal(vmt_debug_rooms(d, vas, ARRAY_SIZE(vas), rooms, &err), VMT_OK);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		(void)map_va(*state, names[i], 0, &want);
		assert_u64(rooms[i], want);
	}
	/* Past the local label. */
	assert_u64(rooms[3], map_va(*state, "asm_end", 0, NULL) - vas[3]);
	assert_u64(rooms[ARRAY_SIZE(names)], UINT64_MAX);
	assert_int_equal(vmt_debug_rooms(d, NULL, 0, NULL, &err), VMT_OK);
	vmt_debug_close(d);
}

/* ---- with and without DWARF ---- */

static void a_file_says_whether_it_has_dwarf(void **state)
{
	struct vmt_debug *d = debug_open(kernel_file("gcc5", "vmlinux"));

	(void)state;
	assert_true(vmt_debug_has_dwarf(d));
	assert_null(vmt_debug_no_dwarf(d));
	vmt_debug_close(d);
	d = debug_open(kernel_file("stripped", "vmlinux"));
	assert_false(vmt_debug_has_dwarf(d));
	assert_non_null(vmt_debug_no_dwarf(d));
	assert_true(strlen(vmt_debug_no_dwarf(d)) > 4);
	assert_u64(symbol_of(d, "ring_probe").va, map_va("stripped", "ring_probe", 0, NULL));
	vmt_debug_close(d);
	vmt_debug_close(NULL);
}

/* Linked at 0, addresses stay those of the file. */
static void addresses_are_those_of_the_file(void **state)
{
	struct vmt_debug *d = debug_open(kernel_file("dyn", "vmlinux"));

	(void)state;
	assert_u64(symbol_of(d, "ring_probe").va, map_va("dyn", "ring_probe", 0, NULL));
	vmt_debug_close(d);
}

#define VARIANT(f, v)                       \
	{                                   \
#f " " v, f, NULL, NULL, v, \
	}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_files_and_directories_are_refused),
		cmocka_unit_test(a_file_that_may_not_be_read_is_no_permission),
		cmocka_unit_test(what_is_no_elf_is_refused),
		cmocka_unit_test(bytes_of_another_packing_are_refused),
		cmocka_unit_test(other_classes_and_byte_orders_are_refused),
		cmocka_unit_test(packed_files_of_other_classes_are_refused),
		cmocka_unit_test(a_packed_text_and_what_was_cut_are_refused),
		VARIANT(truncated_files_do_no_harm, "gcc5"),
		VARIANT(truncated_files_do_no_harm, "gz"),
		cmocka_unit_test(corrupted_sections_do_no_harm),
		cmocka_unit_test(the_build_id_is_that_of_readelf),
		cmocka_unit_test(a_packed_module_has_the_build_id_of_the_plain),
		cmocka_unit_test(an_object_file_has_no_build_id),
		cmocka_unit_test(notes_are_searched_for_the_build_id),
		cmocka_unit_test(notes_of_hostile_sizes_are_no_notes),
		cmocka_unit_test(build_ids_of_all_lengths_are_read_or_refused),
		VARIANT(symbols_are_those_of_nm, "gcc4"),
		VARIANT(symbols_are_those_of_nm, "gcc5"),
		VARIANT(symbols_are_those_of_nm, "gz"),
		VARIANT(symbols_are_those_of_nm, "split"),
		VARIANT(symbols_are_those_of_nm, "stripped"),
		VARIANT(names_are_not_unique_and_keep_the_tables_order, "gcc5"),
		VARIANT(names_are_not_unique_and_keep_the_tables_order, "split"),
		VARIANT(functions_and_code_without_a_type_are_told_apart, "gcc5"),
		VARIANT(functions_and_code_without_a_type_are_told_apart, "split"),
		cmocka_unit_test(what_the_callee_answers_ends_the_search),
		VARIANT(rooms_reach_to_the_next_symbol, "gcc5"),
		VARIANT(rooms_reach_to_the_next_symbol, "split"),
		cmocka_unit_test(a_file_says_whether_it_has_dwarf),
		cmocka_unit_test(addresses_are_those_of_the_file),
	};

	return cmocka_run_group_tests_name("debug", tests, NULL, NULL);
}
