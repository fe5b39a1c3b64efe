// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * generate FIXTURE LINES [NODES]: a large /proc/vmallocinfo with the mix of a small real one.
 *
 * The busy areas of the fixture are laid out again and again at ascending addresses, with its
 * sizes, callers and holes, and one line in a hundred is an unpurged area.  They are printed as
 * 6.9+ prints them: one ascending run for each vmap node, an address belonging to a node by its
 * 64 KiB zone (mm/vmalloc.c, addr_to_node_id), then the unpurged areas, again node by node.
 * No clock and no random number: the same arguments give the same bytes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEMPLATES_MAX  65536
#define LINE_MAX_BYTES 512
#define ZONE_SHIFT     16
#define UNPURGED_EVERY 100
#define UNPURGED_BYTES 20480
/* Holes are kept modulo this, so that the alignment of every start is kept too. */
#define ALIGN (UINT64_C(16) << 20)

struct template
{
	uint64_t start, size, gap;
	char *rest; /* everything after the size, with its newline */
};

struct area {
	uint64_t start;
	uint32_t template; /* UINT32_MAX: unpurged */
};

static struct template templates[TEMPLATES_MAX];
static size_t n_templates;

static void die(const char *what)
{
	(void)fprintf(stderr, "generate: %s\n", what);
	exit(1);
}

static int by_start(const void *pa, const void *pb)
{
	const struct template *a = pa, *b = pb;

	return (a->start > b->start) - (a->start < b->start);
}

static void load(const char *path)
{
	FILE *fp = fopen(path, "r");
	char line[LINE_MAX_BYTES];
	uint64_t start, end, size;
	int at;

	if (!fp)
		die("the fixture cannot be opened");
	while (fgets(line, sizeof(line), fp)) {
		at = 0;
		if (sscanf(line, "0x%" SCNx64 "-0x%" SCNx64 " %" SCNu64 "%n", &start, &end, &size,
			   &at) != 3 ||
		    !at || end - start != size)
			die("the fixture has a line that is not understood");
		if (strstr(line, " unpurged vm_area"))
			continue;
		if (n_templates == TEMPLATES_MAX)
			die("the fixture is too long");
		templates[n_templates].rest = strdup(line + at);
		if (!templates[n_templates].rest)
			die("out of memory");
		templates[n_templates].start = start;
		templates[n_templates++].size = size;
	}
	(void)fclose(fp);
	if (!n_templates)
		die("the fixture has no area");
	qsort(templates, n_templates, sizeof(templates[0]), by_start);
	for (size_t i = 1; i < n_templates; i++) {
		uint64_t below = templates[i - 1].start + templates[i - 1].size;

		templates[i].gap = (templates[i].start - below) % ALIGN;
	}
}

static struct area *lay_out(size_t lines)
{
	struct area *areas = malloc(lines * sizeof(*areas));
	uint64_t at = templates[0].start, first = at;
	size_t t = 0;

	if (!areas)
		die("out of memory");
	for (size_t i = 0; i < lines; i++) {
		if (i % UNPURGED_EVERY == UNPURGED_EVERY - 1) {
			areas[i] = (struct area){at, UINT32_MAX};
			at += ALIGN;
			continue;
		}
		if (t == n_templates) {
			t = 0;
			at = first + (at - first + ALIGN - 1) / ALIGN * ALIGN;
		}
		at += templates[t].gap;
		areas[i] = (struct area){at, (uint32_t)t};
		at += templates[t++].size;
	}
	return areas;
}

static void print_node(const struct area *areas, size_t lines, uint64_t node, uint64_t nodes,
		       int unpurged)
{
	for (size_t i = 0; i < lines; i++) {
		const struct area *a = &areas[i];
		const struct template *t = unpurged ? NULL : &templates[a->template];

		if ((a->template == UINT32_MAX) != unpurged ||
		    (a->start >> ZONE_SHIFT) % nodes != node)
			continue;
		if (unpurged)
			(void)printf("0x%016" PRIx64 "-0x%016" PRIx64 " %7d unpurged vm_area\n",
				     a->start, a->start + UNPURGED_BYTES, UNPURGED_BYTES);
		else
			(void)printf("0x%016" PRIx64 "-0x%016" PRIx64 " %7" PRIu64 "%s", a->start,
				     a->start + t->size, t->size, t->rest);
	}
}

int main(int argc, char **argv)
{
	size_t lines = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	uint64_t nodes = argc > 3 ? strtoul(argv[3], NULL, 10) : 8;
	struct area *areas;

	if (!lines || !nodes || argc > 4)
		die("usage: generate FIXTURE LINES [NODES]");
	load(argv[1]);
	areas = lay_out(lines);
	for (int unpurged = 0; unpurged < 2; unpurged++) {
		for (uint64_t node = 0; node < nodes; node++)
			print_node(areas, lines, node, nodes, unpurged);
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		die("cannot write");
	return 0;
}
