// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer: any bytes as a dump.  Opened, read here and there and by ranges; what a page gives
 * must be the same when it is read again in pieces.  The sanitizers look for the rest.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmtool/mem.h"

/* Ranges and pages looked at. */
#define RANGES_MAX 24
#define PAGES_MAX  6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_page(struct vmt_mem *mem, uint64_t pa)
{
	unsigned char whole[4096], piece[64];
	struct vmt_err err = {0};
	enum vmt_rc rc = vmt_mem_read(mem, pa, whole, sizeof(whole), &err);

	if (rc != VMT_OK && (err.code != rc || !err.text[0]))
		abort();
	for (size_t off = 0; rc == VMT_OK && off < sizeof(whole); off += 1000) {
		if (vmt_mem_read(mem, pa + off, piece, sizeof(piece), NULL) == VMT_OK &&
		    memcmp(piece, whole + off,
			   sizeof(whole) - off < sizeof(piece) ? sizeof(whole) - off
							       : sizeof(piece)) != 0)
			abort();
	}
}

static void read_ranges(struct vmt_mem *mem)
{
	uint64_t from = 0, start, end;

	for (int i = 0; i < RANGES_MAX && vmt_mem_range(mem, from, &start, &end) == VMT_OK; i++) {
		if (end <= start || end <= from || start < from)
			abort();
		for (uint64_t k = 0; k < PAGES_MAX && start + 4096 * k < end; k++)
			read_page(mem, start + 4096 * k);
		read_page(mem, end - 100);
		from = end;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("vmcore", MFD_CLOEXEC);
	struct vmt_mem *mem = NULL;
	struct vmt_err err = {0};
	char path[32];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (vmt_mem_open(&mem, path, NULL, &err) == VMT_OK) {
		const struct vmt_mem_about *about = vmt_mem_about(mem);

		if (!about->format || !about->packing || !about->machine || !about->page_size)
			abort();
		for (uint64_t pa = 0; pa < 0x8000; pa += 0x1000)
			read_page(mem, pa);
		read_page(mem, UINT64_MAX - 50);
		read_ranges(mem);
		vmt_mem_close(mem);
	} else if (!err.text[0]) {
		abort();
	}
	(void)close(fd);
	return 0;
}
