// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer: any bytes as a vmlinux or a module, and as ELF notes.  All that can be asked of a file
 * is asked.  libelf and libdw are not instrumented: what breaks there shows as a crash all the
 * same, which is why tests/fuzz/run mutates files without DWARF only, and runs those with it as
 * they are.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmtool/debug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                       \
	do {                                                                             \
		if (!(cond)) {                                                           \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                         \
		}                                                                        \
	} while (0)

#define PLACES 8

static void touch(struct vmt_str s)
{
	static volatile char sink;

	MUST(s.p || !s.n);
	for (size_t i = 0; i < s.n; i++)
		sink = s.p[i];
	(void)sink;
}

struct seen {
	uint64_t vas[PLACES];
	size_t n;
	struct vmt_debug *d;
};

static enum vmt_rc see_symbol(void *arg, const struct vmt_elf_symbol *symbol)
{
	struct seen *s = arg;

	touch(symbol->name);
	MUST(symbol->name.n);
	if (s->n < PLACES)
		s->vas[s->n++] = symbol->va + 9;
	return VMT_OK;
}

static enum vmt_rc see_chain(void *arg, size_t index, const struct vmt_chain *chain)
{
	const struct seen *s = arg;

	MUST(index < s->n && chain->n <= VMT_FRAMES_MAX);
	for (size_t i = 0; i < chain->n; i++) {
		touch(chain->frames[i].function);
		touch(chain->frames[i].file);
		MUST(chain->frames[i].inlined == (i + 1 < chain->n));
	}
	touch(chain->callee);
	MUST(!chain->indirect || chain->is_call);
	MUST(!chain->is_call || !chain->no_call);
	MUST(chain->is_call || !chain->callee.n);
	return VMT_OK;
}

static enum vmt_rc see_call(void *arg, const struct vmt_call *call)
{
	struct seen *s = arg;
	struct vmt_err err;
	uint64_t va;

	touch(call->callee);
	touch(call->file);
	MUST(call->depth <= 256);
	MUST(call->kind != VMT_CALL_INDIRECT || !call->callee.n);
	(void)vmt_debug_callee(s->d, call->callee, call->callee_ref, &va, &err);
	return VMT_OK;
}

static void ask_everything(struct vmt_debug *d)
{
	static const char *const names[] = {"ring_probe", "kernel_clone", "init_one_way",
					    "queue_open", "asm_label",	  "f"};
	struct seen s = {.d = d};
	uint64_t rooms[PLACES];
	struct vmt_err err = {0};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		MUST(vmt_debug_symbols(d, vmt_str(names[i]), see_symbol, &s, &err) == VMT_OK);
	MUST(vmt_debug_rooms(d, s.vas, s.n, rooms, &err) == VMT_OK);
	for (size_t i = 0; i < s.n; i++)
		MUST(rooms[i] > 0);
	MUST(vmt_debug_has_dwarf(d) == !vmt_debug_no_dwarf(d));
	MUST(vmt_debug_chains(d, s.vas, s.n, see_chain, &s, &err) == VMT_OK);
	for (size_t i = 0; i < s.n; i++) {
		enum vmt_rc rc = vmt_debug_calls(d, s.vas[i], i % 2, see_call, &s, &err);

		MUST(rc == VMT_OK || rc == VMT_NONE);
	}
}

static void check_hex(const char *hex)
{
	size_t n = strlen(hex);

	MUST(n > 0 && n % 2 == 0 && n < VMT_BUILD_ID_TEXT);
	MUST(hex[strspn(hex, "0123456789abcdef")] == 0);
}

static void as_file(const uint8_t *data, size_t size)
{
	char path[64], hex[VMT_BUILD_ID_TEXT];
	struct vmt_debug *d = NULL;
	struct vmt_err err = {0};
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, data, size) == (ssize_t)size) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (vmt_debug_build_id(path, hex, &err) == VMT_OK)
			check_hex(hex);
		else
			MUST(!hex[0]);
		if (vmt_debug_open(&d, path, &err) == VMT_OK)
			ask_everything(d);
		else
			MUST(err.text[0]);
		vmt_debug_close(d);
	}
	(void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char hex[VMT_BUILD_ID_TEXT];
	/* In a buffer of its own size, so that a byte read too far is seen. */
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (vmt_debug_notes_build_id(copy, size, hex))
		check_hex(hex);
	as_file(copy, size);
	free(copy);
	return 0;
}
