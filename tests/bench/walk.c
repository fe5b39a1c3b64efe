// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What comparing page tables with the kernel's records costs, an entry: 16 million entries of
 * areas of 512 pages and a guard page, each compared with the frame that an array of page pointers
 * has for it, as V05 does, over a warm ELF image in which tables and arrays lie in order, or in
 * none.  What no order allows at all is said beside it: the reads of those pages alone.
 * Goal: 200 million entries a second on one core.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vmtool/kern.h"
#include "vmtool/text.h"

#define PTE_PAGES  32768u
#define ENTRIES	   512u
#define AREA_PAGES 512u
#define BASE	   UINT64_C(0x1000000)
#define VMALLOC	   UINT64_C(0xffffc90000000000)
#define DIRECT	   UINT64_C(0xffff888000000000)
#define ROUNDS	   5
/* Tables above: root, one below it, and one for each 512 of the last level; of the direct map one.
 */
#define UPPER (3u + PTE_PAGES / ENTRIES)

/* Pages of the file behind its headers: upper tables, then tables and arrays mixed. */
static uint32_t place[2 * PTE_PAGES];
static const struct vmt_page_map map = {.base = UINT64_C(0xffffea0000000000), .bytes = 64};
static const char info[] = "OSRELEASE=6.99.0\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)="
			   "ffffffff81000000\nNUMBER(phys_base)=0\nNUMBER(pgtable_l5_enabled)=0\n"
			   "NUMBER(VMALLOC_START)=0xffffc90000000000\n";

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "bench/walk: %s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t pa_of(uint64_t page)
{
	return BASE + 4096 * page;
}

/* The frame that page @i of vmalloc space maps; made up, and not in the file. */
static uint64_t frame(uint64_t i)
{
	return UINT64_C(0x100000000) + (i * 2654435761u % (1u << 26)) * 4096;
}

static void put(int fd, uint64_t page, const uint64_t *entries)
{
	need(pwrite(fd, entries, 4096, (off_t)(4096 + 4096 * page)) == 4096, "cannot be written");
}

static void shuffle(bool random)
{
	uint64_t seed = 1;

	for (uint32_t i = 0; i < 2 * PTE_PAGES; i++)
		place[i] = UPPER + i;
	for (uint32_t i = 2 * PTE_PAGES; random && i-- > 1;) {
		uint32_t j, t;

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		j = (uint32_t)(seed >> 33) % (i + 1);
		t = place[i];
		place[i] = place[j];
		place[j] = t;
	}
}

static void put_tables(int fd)
{
	uint64_t e[ENTRIES] = {0}, page = 0;

	e[VMALLOC >> 39 & 511] = pa_of(1) | 0x63;
	e[DIRECT >> 39 & 511] = pa_of(UPPER - 1) | 0x63;
	put(fd, 0, e);
	for (uint64_t i = 0; i < ENTRIES; i++)
		e[i] = i << 30 | UINT64_C(0x80000000000001e3);
	put(fd, UPPER - 1, e);
	memset(e, 0, sizeof(e));
	for (uint64_t i = 0; i < UPPER - 3; i++)
		e[i] = pa_of(2 + i) | 0x63;
	put(fd, 1, e);
	for (uint64_t i = 0; i < UPPER - 3; i++) {
		for (uint64_t k = 0; k < ENTRIES; k++)
			e[k] = pa_of(place[i * ENTRIES + k]) | 0x63;
		put(fd, 2 + i, e);
	}
	/* Of AREA_PAGES + 1 pages the last is a guard. */
	for (uint64_t i = 0; i < PTE_PAGES; i++) {
		for (uint64_t k = 0; k < ENTRIES; k++, page++)
			e[k] = page % (AREA_PAGES + 1) == AREA_PAGES
				       ? 0
				       : frame(page) | UINT64_C(0x8000000000000163);
		put(fd, place[i], e);
	}
	for (uint64_t i = 0; i < PTE_PAGES; i++) {
		for (uint64_t k = 0; k < AREA_PAGES; k++)
			e[k] = map.base + frame(i * (AREA_PAGES + 1) + k) / 4096 * map.bytes;
		put(fd, place[PTE_PAGES + i], e);
	}
}

static void write_image(const char *path)
{
	uint64_t bytes = 4096u * (UPPER + 2u * PTE_PAGES);
	struct {
		Elf64_Ehdr e;
		Elf64_Phdr p[2];
		Elf64_Nhdr n;
		char name[12], text[sizeof(info)];
	} h = {
		.e = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		      .e_type = ET_CORE,
		      .e_machine = EM_X86_64,
		      .e_version = EV_CURRENT,
		      .e_phoff = sizeof(Elf64_Ehdr),
		      .e_ehsize = sizeof(Elf64_Ehdr),
		      .e_phentsize = sizeof(Elf64_Phdr),
		      .e_phnum = 2},
		.p = {{.p_type = PT_NOTE,
		       .p_offset = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr),
		       .p_filesz = sizeof(Elf64_Nhdr) + 12 + sizeof(info)},
		      {.p_type = PT_LOAD,
		       .p_offset = 4096,
		       .p_paddr = BASE,
		       .p_filesz = bytes,
		       .p_memsz = bytes}},
		.n = {.n_namesz = 11, .n_descsz = sizeof(info)},
		.name = "VMCOREINFO",
	};
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	need(fd >= 0, "no file can be made");
	memcpy(h.text, info, sizeof(info));
	need(pwrite(fd, &h, sizeof(h), 0) == (ssize_t)sizeof(h), "cannot be written");
	put_tables(fd);
	(void)close(fd);
}

/* ---- what is measured ---- */

struct compare {
	struct vmt_pgt *pgt;
	uint64_t area, bad, entries;
	uint64_t array[AREA_PAGES];
};

static void load(struct compare *c, uint64_t area)
{
	struct vmt_err err = {0};

	if (c->area == area)
		return;
	need(vmt_pgt_read(c->pgt, DIRECT + pa_of(place[PTE_PAGES + area]), c->array,
			  sizeof(c->array), &err) == VMT_OK,
	     err.text);
	c->area = area;
}

static void compare(struct compare *c, const struct vmt_stretch *s)
{
	uint64_t pas[ENTRIES], page = (s->va - VMALLOC) / 4096;

	vmt_stretch_pas(c->pgt, s, 0, s->n, pas);
	for (size_t i = 0; i < s->n;) {
		uint64_t at = (page + i) % (AREA_PAGES + 1);
		size_t n = AREA_PAGES - at < s->n - i ? (size_t)(AREA_PAGES - at) : s->n - i;

		if (at == AREA_PAGES) {
			c->bad += pas[i++] != VMT_PA_NONE;
			continue;
		}
		load(c, (page + i) / (AREA_PAGES + 1));
		c->bad += !vmt_page_map_same(&map, 12, c->array + at, pas + i, n);
		c->entries += n;
		i += n;
	}
}

static double walk(const char *path, bool with_arrays)
{
	struct vmt_info *facts = vmt_info_new();
	struct vmt_pgt *pgt = malloc(sizeof(*pgt));
	struct compare c = {.pgt = pgt, .area = UINT64_MAX};
	struct vmt_mem *mem;
	struct vmt_cursor *cur;
	struct vmt_census census = {0};
	struct vmt_stretch s;
	struct vmt_err err = {0};
	double t;

	need(facts && pgt, "out of memory");
	need(vmt_vmcoreinfo_parse(facts, vmt_str(info)) == VMT_OK, "VMCOREINFO");
	need(vmt_mem_open(&mem, path, NULL, &err) == VMT_OK, err.text);
	need(vmt_pgt_init(pgt, mem, facts, &err) == VMT_OK, err.text);
	t = now();
	if (with_arrays) {
		need(vmt_cursor_open(&cur, pgt, NULL, &err) == VMT_OK, err.text);
		vmt_cursor_seek(cur, VMALLOC, VMALLOC + UINT64_C(4096) * ENTRIES * PTE_PAGES);
		while (vmt_cursor_next(cur, &s, &err) == VMT_OK)
			compare(&c, &s);
		vmt_cursor_close(cur);
		need(!c.bad && c.entries > 16000000, "frames differ");
	} else {
		need(vmt_pgt_census(pgt, VMALLOC, VMALLOC + UINT64_C(4096) * ENTRIES * PTE_PAGES,
				    &census, &err) == VMT_OK,
		     err.text);
		c.entries = census.leaves[0];
	}
	t = now() - t;
	vmt_mem_close(mem);
	vmt_info_free(facts);
	free(pgt);
	return (double)c.entries / t / 1e6;
}

/* A pread for each table, and for each array where @with_arrays. */
static double reads(const char *path, bool with_arrays)
{
	static uint64_t page[ENTRIES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	double t = now();

	need(fd >= 0, "cannot be opened");
	for (uint32_t i = 0; i < PTE_PAGES; i++)
		for (uint32_t k = 0; k <= with_arrays; k++)
			need(pread(fd, page, 4096,
				   (off_t)(4096 + 4096 * place[k * PTE_PAGES + i])) == 4096,
			     "cannot be read");
	t = now() - t;
	(void)close(fd);
	return (double)PTE_PAGES * ENTRIES / t / 1e6;
}

static void measure(const char *path, const char *what, bool with_arrays)
{
	double best = 0, alone = 0;

	for (int i = 0; i < ROUNDS; i++) {
		double rate = walk(path, with_arrays), read = reads(path, with_arrays);

		best = rate > best ? rate : best;
		alone = read > alone ? read : alone;
	}
	(void)printf("%-53s %5.0f M/s   goal 200   %s   (page by page read alone: %.0f)\n", what,
		     best, best >= 200 ? "PASS" : "MISS", alone);
}

int main(void)
{
	char path[] = "/tmp/vmtool-bench.XXXXXX";
	int fd = mkstemp(path);

	need(fd >= 0, "no file can be made");
	(void)close(fd);
	for (int random = 0; random < 2; random++) {
		const char *order = random ? "in no order" : "in order";
		char what[80];

		shuffle(random);
		write_image(path);
		(void)snprintf(what, sizeof(what), "16 M entries, tables %s: counted", order);
		measure(path, what, false);
		(void)snprintf(what, sizeof(what), "16 M entries, tables %s: compared with arrays",
			       order);
		measure(path, what, true);
	}
	(void)unlink(path);
	return 0;
}
