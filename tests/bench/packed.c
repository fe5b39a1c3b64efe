// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * packed DUMP PLAIN: what V05 and V06 cost on a compressed dump, what unpacking the pages that they
 * touch costs alone, and what they cost on the same dump when it is not compressed: one line,
 * PAGES DUMP_US ALONE_US PLAIN_US, CPU time, each the best of ROUNDS.
 *
 * The linker puts __wrap_vmt_codec_unpack in the place of vmt_codec_unpack: it keeps what is
 * unpacked, each packed page once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mem/mem_priv.h"
#include "vmtool/check.h"

#define ROUNDS 5

struct packed {
	unsigned pack;
	size_t n, size;
	unsigned char *bytes;
};

static struct packed *kept;
static size_t n_kept, cap;
static bool keeping;

enum vmt_rc __real_vmt_codec_unpack(struct vmt_codec *c, unsigned pack, const void *in, size_t n,
				    void *page, size_t size, struct vmt_err *err);
enum vmt_rc __wrap_vmt_codec_unpack(struct vmt_codec *c, unsigned pack, const void *in, size_t n,
				    void *page, size_t size, struct vmt_err *err);

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "bench/packed: %s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

static void keep(unsigned pack, const void *in, size_t n, size_t size)
{
	for (size_t i = 0; i < n_kept; i++)
		if (kept[i].n == n && memcmp(kept[i].bytes, in, n) == 0)
			return;
	need(vmt_grow(&kept, &cap, n_kept + 1, sizeof(*kept)) == VMT_OK, "out of memory");
	kept[n_kept] = (struct packed){pack, n, size, malloc(n)};
	need(kept[n_kept].bytes, "out of memory");
	memcpy(kept[n_kept++].bytes, in, n);
}

enum vmt_rc __wrap_vmt_codec_unpack(struct vmt_codec *c, unsigned pack, const void *in, size_t n,
				    void *page, size_t size, struct vmt_err *err)
{
	if (keeping)
		keep(pack, in, n, size);
	return __real_vmt_codec_unpack(c, pack, in, n, page, size, err);
}

static double check(const char *path)
{
	struct vmt_check_opts opts = {.live = false};
	struct vmt_kern_opts kern_opts = {0};
	struct vmt_mem *mem;
	struct vmt_kern *kern;
	struct vmt_report *report;
	struct vmt_err err = {0};
	double t = now();

	kern_opts.n_names = vmt_checks_symbols(&kern_opts.names);
	opts.run[vmt_checks_find(vmt_str("V05"))] = opts.run[vmt_checks_find(vmt_str("V06"))] =
		true;
	need(vmt_mem_open(&mem, path, NULL, &err) == VMT_OK, err.text);
	need(vmt_kern_open(&kern, mem, &kern_opts, &err) == VMT_OK, err.text);
	need(vmt_check_run(&report, kern, &opts, &err) == VMT_OK, err.text);
	t = now() - t;
	vmt_report_free(report);
	vmt_kern_close(kern);
	vmt_mem_close(mem);
	return t;
}

static double unpack(void)
{
	struct vmt_codec *codec = vmt_codec_new();
	struct vmt_err err = {0};
	unsigned char *page = malloc(65536);
	double t = now();

	need(codec && page, "out of memory");
	for (size_t i = 0; i < n_kept; i++)
		need(kept[i].size <= 65536 &&
			     __real_vmt_codec_unpack(codec, kept[i].pack, kept[i].bytes, kept[i].n,
						     page, kept[i].size, &err) == VMT_OK,
		     err.text);
	t = now() - t;
	vmt_codec_free(codec);
	free(page);
	return t;
}

int main(int argc, char **argv)
{
	double all = 1e12, alone = 1e12, plain = 1e12;

	need(argc == 3, "usage: packed DUMP PLAIN");
	keeping = true;
	(void)check(argv[1]);
	keeping = false;
	need(n_kept, "nothing of that dump is packed");
	for (int i = 0; i < ROUNDS; i++) {
		all = least(all, check(argv[1]));
		alone = least(alone, unpack());
		plain = least(plain, check(argv[2]));
	}
	(void)printf("%zu %.0f %.0f %.0f\n", n_kept, all, alone, plain);
	return 0;
}
