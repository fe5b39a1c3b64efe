// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The tiny kernel of tests/fixtures/kernel, as its script has built it: where its files lie, and
 * what objdump, nm and the sources say of it.  None of that comes from libdw.
 */
#ifndef VMTOOL_KERNEL_H
#define VMTOOL_KERNEL_H

#include <unistd.h>

#include "unit.h"
#include "vmtool/debug.h"

#define VARIANTS 4
static inline const char *variant_name(size_t i)
{
	static const char *const names[VARIANTS] = {"gcc4", "gcc5", "clang4", "clang5"};

	return names[i];
}

/* The path of a file of a variant; it stays as long as the test runs. */
static inline const char *kernel_file(const char *variant, const char *file)
{
	static char paths[128][256];
	char path[256];
	const char *build = getenv("BUILD");
	size_t i = 0;

	(void)snprintf(path, sizeof(path), "%s/tests/kernel/%s/%s", build ? build : "build",
		       variant, file);
	while (i < ARRAY_SIZE(paths) && paths[i][0] && strcmp(paths[i], path) != 0)
		i++;
	assert_true(i < ARRAY_SIZE(paths));
	memcpy(paths[i], path, sizeof(path));
	return paths[i];
}

/* Without clang, its variants are not built: such a test is skipped, the rest must be there. */
static inline bool kernel_there(const char *variant)
{
	if (access(kernel_file(variant, "vmlinux"), F_OK) == 0)
		return true;
	if (strncmp(variant, "clang", 5) != 0)
		fail_msg("%s is not built: make kernel-fixtures", kernel_file(variant, "vmlinux"));
	return false;
}

static inline char *kernel_text(const char *variant, const char *file)
{
	struct vmt_err err = {0};
	char *text = NULL;
	size_t n;

	if (vmt_file_slurp(kernel_file(variant, file), 1 << 24, &text, &n, &err) != VMT_OK)
		fail_msg("%s", err.text);
	return text;
}

/* Offset of the return address of the n-th call of @callee ("*": through a pointer); 0: none. */
static inline uint64_t call_offset_or_0(const char *variant, const char *file, const char *function,
					const char *callee, int nth)
{
	char *text VMT_FREE = kernel_text(variant, "calls"), *save, *line;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char f[64], by[64], whom[64];
		uint64_t offset;

		if (sscanf(line, "%63s %63s 0x%" SCNx64 " %63s", f, by, &offset, whom) == 4 &&
		    strcmp(f, file) == 0 && strcmp(by, function) == 0 &&
		    strcmp(whom, callee) == 0 && nth-- == 0)
			return offset;
	}
	return 0;
}

static inline uint64_t call_offset(const char *variant, const char *file, const char *function,
				   const char *callee)
{
	uint64_t offset = call_offset_or_0(variant, file, function, callee, 0);

	if (!offset)
		fail_msg("%s: %s does not call %s", kernel_file(variant, file), function, callee);
	return offset;
}

/* Address of the n-th symbol @name of vmlinux, and bytes to the next that is no local label. */
static inline uint64_t map_va(const char *variant, const char *name, int nth, uint64_t *room)
{
	char *text VMT_FREE = kernel_text(variant, "System.map"), *save, *line;
	uint64_t va, found = 0;
	bool is_found = false;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char type, sym[64];

		if (sscanf(line, "%" SCNx64 " %c %63s", &va, &type, sym) != 3)
			continue;
		if (is_found && va > found && strncmp(sym, "L0", 2) != 0 && sym[0] != '$') {
			if (room)
				*room = va - found;
			return found;
		}
		if (!is_found && strcmp(sym, name) == 0 && nth-- == 0) {
			found = va;
			is_found = true;
		}
	}
	fail_msg("%s: no %s", kernel_file(variant, "System.map"), name);
	return 0;
}

/* The line of a source that bears a mark. */
static inline unsigned source_line(const char *file, const char *mark)
{
	struct vmt_err err = {0};
	char path[256], sought[64], *text VMT_FREE = NULL, *at;
	unsigned line = 1;
	size_t n;

	(void)snprintf(path, sizeof(path), "tests/fixtures/kernel/%s", file);
	(void)snprintf(sought, sizeof(sought), "/* %s */", mark);
	if (vmt_file_slurp(path, 1 << 20, &text, &n, &err) != VMT_OK)
		fail_msg("%s", err.text);
	at = strstr(text, sought);
	if (!at)
		fail_msg("%s: no %s", path, mark);
	for (const char *p = text; p < at; p++)
		line += *p == '\n';
	return line;
}

static inline struct vmt_debug *debug_open(const char *path)
{
	struct vmt_debug *d = NULL;
	struct vmt_err err = {0};

	if (vmt_debug_open(&d, path, &err) != VMT_OK)
		fail_msg("%s", err.text);
	return d;
}

/* ---- symbols of an opened file ---- */

struct symbols_seen {
	struct vmt_elf_symbol first;
	uint64_t vas[8];
	size_t n;
};

static inline enum vmt_rc see_symbol(void *arg, const struct vmt_elf_symbol *symbol)
{
	struct symbols_seen *s = arg;

	if (!s->n)
		s->first = *symbol;
	assert_true(s->n < 8);
	s->vas[s->n++] = symbol->va;
	return VMT_OK;
}

static inline struct symbols_seen symbols_named(struct vmt_debug *d, const char *name)
{
	struct symbols_seen s = {.n = 0};
	struct vmt_err err = {0};

	assert_int_equal(vmt_debug_symbols(d, vmt_str(name), see_symbol, &s, &err), VMT_OK);
	return s;
}

/* The one symbol of that name. */
static inline struct vmt_elf_symbol symbol_of(struct vmt_debug *d, const char *name)
{
	struct symbols_seen s = symbols_named(d, name);

	if (s.n != 1)
		fail_msg("%s: %zu symbols %s", vmt_debug_path(d), s.n, name);
	return s.first;
}

/* ---- directories of a test's own ---- */

static inline void remove_tree(const char *dir)
{
	char command[300];

	(void)snprintf(command, sizeof(command), "chmod -R u+rwX '%s' && rm -rf '%s'", dir, dir);
	assert_int_equal(system(command), 0);
}

static inline char *make_tree(void)
{
	char *dir = strdup("/tmp/vmtool-unit.XXXXXX");

	assert_non_null(dir);
	assert_non_null(mkdtemp(dir));
	return dir;
}

/* DIR/PATH with its directories, holding @size bytes. */
static inline void put_file(const char *dir, const char *path, const void *bytes, size_t size)
{
	char full[512], command[600];
	FILE *fp;

	(void)snprintf(full, sizeof(full), "%s/%s", dir, path);
	(void)snprintf(command, sizeof(command), "mkdir -p \"$(dirname '%s')\"", full);
	if (strchr(path, '/'))
		assert_int_equal(system(command), 0);
	fp = fopen(full, "w");
	assert_non_null(fp);
	assert_int_equal(fwrite(bytes, 1, size, fp), size);
	assert_int_equal(fclose(fp), 0);
}

static inline unsigned char *file_bytes(const char *path, size_t *size)
{
	struct vmt_err err = {0};
	char *text = NULL;

	if (vmt_file_slurp(path, 1 << 24, &text, size, &err) != VMT_OK)
		fail_msg("%s", err.text);
	return (unsigned char *)text;
}

/* A copy of a built file as DIR/PATH. */
static inline void copy_kernel_file(const char *dir, const char *path, const char *variant,
				    const char *file)
{
	size_t n;
	unsigned char *bytes VMT_FREE = file_bytes(kernel_file(variant, file), &n);

	put_file(dir, path, bytes, n);
}

#endif
