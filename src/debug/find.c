// SPDX-License-Identifier: GPL-2.0-or-later
/* Where distributions and people keep vmlinux and the modules' files. */
#include <dlfcn.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vmtool/debug.h"

/* By release; the first %s is the release. */
static const char *const vmlinux_places[] = {
	"usr/lib/debug/boot/vmlinux-%s",
	"usr/lib/debug/lib/modules/%s/vmlinux",
	"usr/lib/debug/lib/modules/%s/vmlinux.debug",
	"usr/lib/modules/%s/build/vmlinux",
	"lib/modules/%s/build/vmlinux",
	"lib/modules/%s/vmlinux",
	"boot/vmlinux-%s",
	"usr/lib/debug/vmlinux-%s",
};
#define N_VMLINUX (sizeof(vmlinux_places) / sizeof(vmlinux_places[0]))

static const char *const module_roots[] = {
	"usr/lib/debug/lib/modules/%s",
	"usr/lib/debug/usr/lib/modules/%s",
	"lib/modules/%s",
	"usr/lib/modules/%s",
};
#define N_ROOTS (sizeof(module_roots) / sizeof(module_roots[0]))

static const char *const module_suffixes[] = {".ko.debug", ".ko", ".ko.xz", ".ko.zst", ".ko.gz"};
#define N_SUFFIXES (sizeof(module_suffixes) / sizeof(module_suffixes[0]))

/* More files than a tree of modules has (7.2: some 4,500 with their directories). */
#define FILES_MAX 200000

/* A release becomes part of a path: only what a release can be. */
static bool is_release(const char *release)
{
	return release && *release && *release != '.' && !strchr(release, '/');
}

static bool is_hex_id(const char *id)
{
	return id && strlen(id) > 2 && id[strspn(id, "0123456789abcdef")] == 0;
}

static enum vmt_rc note_place(char **tried, const char *place)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *tried ? *tried : "", *tried ? "\n" : "", place) < 0)
		return VMT_NOMEM;
	free(*tried);
	*tried = longer;
	return VMT_OK;
}

/* Take @place if it is there and is not of another kernel. */
static enum vmt_rc try_place(const struct vmt_find *find, char *place, char **path, char **tried)
{
	char hex[VMT_BUILD_ID_TEXT];
	enum vmt_rc rc;

	if (access(place, F_OK) != 0) {
		rc = note_place(tried, place);
		free(place);
		return rc == VMT_OK ? VMT_NONE : rc;
	}
	if (find->build_id && vmt_debug_build_id(place, hex, NULL) == VMT_OK &&
	    strcmp(hex, find->build_id) != 0) {
		char *other;

		if (asprintf(&other, "%s (of another build)", place) < 0)
			other = NULL;
		free(place);
		rc = other ? note_place(tried, other) : VMT_NOMEM;
		free(other);
		return rc == VMT_OK ? VMT_NONE : rc;
	}
	*path = place;
	return VMT_OK;
}

static const char *root_of(const struct vmt_find *find)
{
	return find->sysroot ? find->sysroot : "";
}

static char *format_place(const char *root, const char *form, const char *release)
{
	char rest[1024], *place;

	/* One %s, the release: the forms above. */
	(void)snprintf(rest, sizeof(rest), "%.*s%s%s", (int)(strstr(form, "%s") - form), form,
		       release, strstr(form, "%s") + 2);
	return asprintf(&place, "%s/%s", root, rest) < 0 ? NULL : place;
}

static enum vmt_rc find_by_id(const struct vmt_find *find, char **path, char **tried)
{
	char *place;

	if (!is_hex_id(find->build_id))
		return VMT_NONE;
	if (asprintf(&place, "%s/usr/lib/debug/.build-id/%.2s/%s.debug", root_of(find),
		     find->build_id, find->build_id + 2) < 0)
		return VMT_NOMEM;
	return try_place(find, place, path, tried);
}

enum vmt_rc vmt_find_vmlinux(const struct vmt_find *find, char **path, char **tried)
{
	enum vmt_rc rc = VMT_NONE;
	char *place;

	*path = *tried = NULL;
	if (find->dir) {
		if (asprintf(&place, "%s/vmlinux", find->dir) < 0)
			return VMT_NOMEM;
		rc = try_place(find, place, path, tried);
	}
	if (rc == VMT_NONE)
		rc = find_by_id(find, path, tried);
	for (size_t i = 0; rc == VMT_NONE && is_release(find->release) && i < N_VMLINUX; i++) {
		place = format_place(root_of(find), vmlinux_places[i], find->release);
		rc = place ? try_place(find, place, path, tried) : VMT_NOMEM;
	}
	return rc;
}

/* ---- modules ---- */

/* NAME.ko and the like, where '-' and '_' are alike (the kernel prints '_'). @return rank or -1. */
static int module_rank(const char *file, struct vmt_str module)
{
	size_t i;

	if (strlen(file) <= module.n)
		return -1;
	for (i = 0; i < module.n; i++) {
		char a = file[i] == '-' ? '_' : file[i], b = module.p[i] == '-' ? '_' : module.p[i];

		if (a != b)
			return -1;
	}
	for (size_t k = 0; k < N_SUFFIXES; k++) {
		if (strcmp(file + i, module_suffixes[k]) == 0)
			return (int)k;
	}
	return -1;
}

/* The best file of the module below @dir. */
static enum vmt_rc find_below(const char *dir, struct vmt_str module, char **path)
{
	char *roots[2] = {(char *)(uintptr_t)dir, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	int best = (int)N_SUFFIXES;
	enum vmt_rc rc = VMT_NONE;
	FTSENT *e;

	for (size_t n = 0; fts && n < FILES_MAX && (e = fts_read(fts)); n++) {
		int rank = e->fts_info == FTS_D || e->fts_info == FTS_DP
				   ? -1
				   : module_rank(e->fts_name, module);
		char *copy;

		if (rank < 0 || rank >= best)
			continue;
		copy = strdup(e->fts_path);
		if (!copy) {
			rc = VMT_NOMEM;
			break;
		}
		free(*path);
		*path = copy;
		best = rank;
		rc = VMT_OK;
	}
	if (fts)
		(void)fts_close(fts);
	return rc;
}

enum vmt_rc vmt_find_module(const struct vmt_find *find, struct vmt_str module, char **path)
{
	enum vmt_rc rc = VMT_NONE;

	*path = NULL;
	if (!module.n || memchr(module.p, '/', module.n))
		return VMT_NONE;
	if (find->dir)
		rc = find_below(find->dir, module, path);
	for (size_t i = 0; rc == VMT_NONE && is_release(find->release) && i < N_ROOTS; i++) {
		char *root = format_place(root_of(find), module_roots[i], find->release);

		rc = root ? find_below(root, module, path) : VMT_NOMEM;
		free(root);
	}
	return rc;
}

/* ---- debuginfod ---- */

/* As elfutils/debuginfod.h declares them: a build-id of length 0 is hex text. */
struct debuginfod_client;
typedef struct debuginfod_client *begin_fn(void);
typedef int find_fn(struct debuginfod_client *client, const unsigned char *id, int len,
		    char **path);
typedef void end_fn(struct debuginfod_client *client);

enum vmt_rc vmt_find_debuginfod(const char *build_id, char **path, struct vmt_err *err)
{
	void *lib;
	begin_fn *begin;
	find_fn *find;
	end_fn *end;
	struct debuginfod_client *client;
	int fd;

	*path = NULL;
	if (!is_hex_id(build_id))
		return VMT_NONE;
	lib = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "--debuginfod: libdebuginfod.so.1 is not installed");
	/* POSIX has it that an object pointer from dlsym can be a function's. */
	*(void **)&begin = dlsym(lib, "debuginfod_begin");
	*(void **)&find = dlsym(lib, "debuginfod_find_debuginfo");
	*(void **)&end = dlsym(lib, "debuginfod_end");
	client = begin && find && end ? begin() : NULL;
	if (!client) {
		(void)dlclose(lib);
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "--debuginfod: libdebuginfod.so.1 cannot be used");
	}
	fd = find(client, (const unsigned char *)build_id, 0, path);
	if (fd >= 0)
		(void)close(fd);
	end(client);
	/* Not closed: curl, which it loads, does not like to be unloaded. */
	if (fd < 0)
		return vmt_err_set(err, VMT_NONE, "debuginfod: no debug file for build-id %s: %s",
				   build_id, strerror(-fd));
	return VMT_OK;
}
