// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A recorded directory: day DIR [SAMPLES [AREAS]].  One sample a minute of so many areas (1,440 of
 * 10,000).  In each, one area in two hundred is another of its caller, some callers come and go,
 * and leak_it gets one area more.  The same bytes in every run.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "vmtool/text.h"

#define CALLERS 200
#define START	1795370000

static uint64_t seed = 1;

static uint64_t chance(uint64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (seed >> 33) % below;
}

struct area {
	uint64_t va;
	unsigned caller;
};

static size_t put_area(char *p, const struct area *a)
{
	unsigned pages = 1 + a->caller % 9;
	uint64_t size = (pages + 1) * UINT64_C(4096);
	char module[16] = "";

	if (a->caller % 3 == 0)
		(void)snprintf(module, sizeof(module), " [mod%u]", a->caller % 17);
	if (a->caller == CALLERS)
		return (size_t)sprintf(p,
				       "0x%016" PRIx64 "-0x%016" PRIx64
				       "   12288 leak_it+0x1/0x20 [leaky] pages=2 vmalloc N0=2\n",
				       a->va, a->va + 12288);
	return (size_t)sprintf(p,
			       "0x%016" PRIx64 "-0x%016" PRIx64 " %7" PRIu64
			       " some_function_%u+0x%x/0x%x%s pages=%u vmalloc N0=%u\n",
			       a->va, a->va + size, size, a->caller, a->caller * 4 + 16,
			       a->caller * 16 + 64, module, pages, pages);
}

static struct area new_area(unsigned caller)
{
	return (struct area){UINT64_C(0xffffc90000000000) + chance(1u << 31) * 4096, caller};
}

static int write_sample(const char *dir, uint64_t i, const char *text, size_t n)
{
	char path[4096], name[VMT_SAMPLE_NAME], *packed;
	size_t size;
	FILE *fp;

	if (vmt_pack(text, n, &packed, &size, NULL) != VMT_OK)
		return 1;
	vmt_sample_name(name, START + 60 * i, i + 1, vmt_pack_suffix());
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fp = fopen(path, "w");
	if (!fp || fwrite(packed, 1, size, fp) != size || fclose(fp) != 0) {
		perror(path);
		return 1;
	}
	free(packed);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t samples = argc > 2 ? strtoull(argv[2], NULL, 10) : 1440;
	size_t n = argc > 3 ? (size_t)strtoull(argv[3], NULL, 10) : 10000;
	struct area *areas = calloc(n + samples, sizeof(*areas));
	char *text = malloc((n + samples) * 160 + VMT_SNAPSHOT_HEADER);
	struct vmt_facts facts;

	if (argc < 2 || !areas || !text || !n)
		return 2;
	(void)mkdir(argv[1], 0700);
	vmt_facts_init(&facts);
	facts.page_size = 4096;
	strcpy(facts.boot_id, "7ca684f2-5029-4978-bb2d-dfe023dc667f");
	strcpy(facts.host, "box");
	for (size_t i = 0; i < n; i++)
		areas[i] = new_area((unsigned)chance(CALLERS));
	for (uint64_t i = 0; i < samples; i++) {
		size_t at;

		for (size_t k = 0; k < n / 200; k++) {
			size_t which = (size_t)chance(n);

			areas[which] = new_area(areas[which].caller);
		}
		areas[n + i] = new_area(CALLERS);
		facts.time = START + 60 * i;
		facts.uptime_ms = (1000 + 60 * i) * 1000;
		at = vmt_snapshot_header(&facts, "vmtool record 0.1", text);
		for (size_t k = 0; k < n + i + 1; k++) {
			/* Some are not always there. */
			if (k >= n || areas[k].caller % 10 || chance(8))
				at += put_area(text + at, &areas[k]);
		}
		if (write_sample(argv[1], i, text, at))
			return 1;
	}
	free(areas);
	free(text);
	return 0;
}
