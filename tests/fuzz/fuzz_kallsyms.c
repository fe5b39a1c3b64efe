// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer: any bytes as /proc/kallsyms, and as a caller.  What was read is asked about, address
 * by address: symbols lie in order and do not overlap.
 */
#include <stdio.h>
#include <string.h>

#include "vmtool/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                       \
	do {                                                                             \
		if (!(cond)) {                                                           \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                         \
		}                                                                        \
	} while (0)

static void walk(struct vmt_symbols *symbols)
{
	uint64_t va = UINT64_MAX;
	struct vmt_symbol s;
	size_t n = 0;

	/* From the last down to the first; each is found from its first and its last byte. */
	while (vmt_symbols_at(symbols, va, &s) == VMT_OK) {
		struct vmt_symbol again;

		MUST(s.va <= va && s.name.n);
		MUST(s.size_bytes == UINT64_MAX || s.va + s.size_bytes > va);
		MUST(vmt_symbols_at(symbols, s.va, &again) == VMT_OK);
		MUST(again.va == s.va && vmt_str_eq(again.name, s.name));
		n++;
		if (!s.va)
			break;
		va = s.va - 1;
	}
	MUST(n <= vmt_symbols_count(symbols));
	MUST((n == 0) == (vmt_symbols_count(symbols) == 0));
}

/* The same bytes as /proc/iomem: ranges in order that do not touch. */
static void walk_ram(struct vmt_str text)
{
	struct vmt_iomem io;

	MUST(vmt_iomem_read(&io, text) == VMT_OK);
	MUST(io.zeroed <= io.lines && io.n_ram <= io.lines);
	for (size_t i = 0; i < io.n_ram; i++) {
		MUST(io.ram[i].start < io.ram[i].end);
		MUST(!i || io.ram[i].start > io.ram[i - 1].end);
	}
	vmt_iomem_deinit(&io);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmt_symbols *symbols = vmt_symbols_new();
	struct vmt_kallsyms_stats stats;
	struct vmt_file *file = NULL;
	struct vmt_caller caller;
	struct vmt_err err = {0};
	struct vmt_str whole = {(const char *)data, size};
	enum vmt_rc rc;

	walk_ram(whole);
	if (size && vmt_caller_parse(whole, &caller))
		MUST(caller.function.p == whole.p && caller.function.n < size);
	MUST(symbols);
	if (vmt_file_open_memory(&file, "fuzz", data, size, &err) == VMT_OK) {
		rc = vmt_kallsyms_read(symbols, file, &stats, &err);
		MUST(rc == VMT_OK || rc == VMT_FORMAT || rc == VMT_PERM || rc == VMT_IO ||
		     rc == VMT_RANGE);
		MUST(rc == VMT_OK || err.text[0]);
		MUST(stats.symbols + stats.odd <= stats.lines);
		MUST(vmt_symbols_count(symbols) <= stats.symbols - stats.zeroed);
		walk(symbols);
	}
	vmt_symbols_free(symbols);
	return 0;
}
