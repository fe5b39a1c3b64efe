// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer: any bytes as a dump, and as raw memory; with PART and a length in front as two parts
 * of one.  Opened, read here and there and by ranges; what a page gives must be the same when it is
 * read again in pieces.  The sanitizers look for the rest.
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

static void look_at(struct vmt_mem *mem)
{
	const struct vmt_mem_about *about = vmt_mem_about(mem);

	if (!about->format || !about->packing || !about->machine || !about->page_size)
		abort();
	for (uint64_t pa = 0; pa < 0x8000; pa += 0x1000)
		read_page(mem, pa);
	read_page(mem, UINT64_MAX - 50);
	read_ranges(mem);
	for (size_t i = 0; i < about->n_missing; i++)
		if (about->missing[i].first >= about->missing[i].end)
			abort();
}

static void try_open(const char *const *paths, size_t n, const struct vmt_mem_opts *opts)
{
	struct vmt_mem *mem = NULL;
	struct vmt_err err = {0};

	if (vmt_mem_open_parts(&mem, paths, n, opts, &err) != VMT_OK) {
		if (!err.text[0])
			abort();
		return;
	}
	look_at(mem);
	/* Other guesses are as good. */
	for (int i = 0; i < 3 && vmt_mem_guess(mem) == VMT_OK; i++)
		look_at(mem);
	if (vmt_mem_place(mem, 0x1000, 0x3000) == VMT_OK)
		look_at(mem);
	vmt_mem_close(mem);
}

static int file_of(const uint8_t *data, size_t size, char path[32])
{
	int fd = memfd_create("vmcore", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char paths[2][32];
	const char *const both[] = {paths[0], paths[1]};
	const uint64_t base = 0x1000;
	uint32_t first;
	int fds[2];

	if (size >= 8 && memcmp(data, "PART", 4) == 0) {
		memcpy(&first, data + 4, 4);
		data += 8;
		size -= 8;
		if (first > size)
			first = (uint32_t)size;
		fds[0] = file_of(data, first, paths[0]);
		fds[1] = file_of(data + first, size - first, paths[1]);
		try_open(both, 2, NULL);
		(void)close(fds[1]);
	} else {
		fds[0] = file_of(data, size, paths[0]);
		try_open(both, 1, NULL);
		try_open(both, 1, &(struct vmt_mem_opts){.base = &base});
	}
	(void)close(fds[0]);
	return 0;
}
