// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * make_dump HOW FILE: a dump of the scene (kernel_scene.h), for the CLI tests and the fuzzer.
 *
 *	6.1 | 6.12 | 7.2 | arm64 | no-btf	ELF of that style
 *	laid					6.12, VMCOREINFO says nothing of kallsyms
 *	kdump | flat				6.12 as kdump, flattened
 *	part.1 | part.2 | part.3		kdump in parts; the second has one area only
 *	ram | arm-ram | far-ram			the memory itself; arm64; arm64 at no usual place
 *						(where its VMCOREINFO is, goes to stdout)
 *	live-ram | live-ram.kallsyms		as /dev/mem has it: what areas hold is mapped; its
 *						symbols
 *	bare-ram | bare-ram.info		memory without VMCOREINFO, and that VMCOREINFO
 *	broken | no-vm | no-symbols		6.12 with a broken list, a vm_struct or symbols
 *						missing
 *	no-purge				6.1, its list of freed areas is not to be found
 *	before					6.12, two areas before
 *	sound | unlinked			a kernel in which all is well (sound.h), and one
 *						with an area in no list
 *	tables | tables-arm64 | tables-riscv64	6.12 with much in its page tables, in order and not
 *	3.10 | 4.19 | 5.2 | vmlist		kernels of before 5.4, and of before 3.10
 *	labels					6.12, with a module of labels
 *	secrets | secrets-arm64 | secrets-riscv64	6.12 with SECRET-... where nobody looks
 *	text-names				6.1 without CONFIG_KALLSYMS_ALL: no name of data
 *						but vmap_area_list
 *	text					FILE is the vmallocinfo of the 6.12 scene
 *	kcore | kcore-bare			6.12 as /proc/kcore, with symbols and types and
 *						without
 *	kallsyms | kallsyms-6.1 | btf		its symbols as /proc/kallsyms, those of 6.1, its
 *						types
 */
#include <fcntl.h>

#include "kernel_old.h"
#include "kernel_scene.h"
#include "sound.h"

static void write_text(const char *path)
{
	struct scene s = scene_new(&kernel_x86_4, &kernel_6_12);
	FILE *fp = fopen(path, "w");
	char line[512];

	if (!fp)
		abort();
	for (int lazy = 0; lazy < 2; lazy++) {
		for (unsigned node = 0; node < 3; node++) {
			for (size_t i = 0; i < SCENE_AREAS; i++) {
				struct kernel_area a = scene_area(s.k, i);

				if (a.lazy == lazy && a.node == node && scene_line(s.k, i, line))
					(void)fprintf(fp, "%s\n", line);
			}
		}
	}
	if (fclose(fp))
		abort();
	kernel_free(s.k);
}

static void write_kallsyms(const struct kernel *k, const char *path)
{
	FILE *fp = fopen(path, "w");

	if (!fp)
		abort();
	for (size_t i = 0; i < k->n_names; i++)
		(void)fprintf(fp, "%016llx d %s\n", (unsigned long long)k->names[i].va,
			      k->names[i].name);
	if (fclose(fp))
		abort();
}

static uint64_t va_of(const struct kernel *k, const char *name)
{
	for (size_t i = 0; i < k->n_names; i++) {
		if (strcmp(k->names[i].name, name) == 0)
			return k->names[i].va;
	}
	abort();
}

static void write_btf(const struct kernel *k, const char *path)
{
	FILE *fp = fopen(path, "w");

	if (!fp)
		abort();
	for (uint64_t va = va_of(k, "__start_BTF"); va < va_of(k, "__stop_BTF"); va++) {
		uint64_t pa = kernel_pa(k, va);

		(void)fputc(image_page(k->img, pa)[pa % k->img->page_size], fp);
	}
	if (fclose(fp))
		abort();
}

static int write_ram(struct scene *s, const char *how, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	bool bare = strstr(how, "bare");

	if (fd < 0)
		abort();
	if (!bare)
		kernel_self(s->k, false);
	if (strncmp(how, "live", 4) == 0)
		scene_map(s->k);
	kernel_complete(s->k);
	if (strcmp(how, "live-ram.kallsyms") == 0) {
		write_kallsyms(s->k, path);
	} else if (strcmp(how, "bare-ram.info") == 0) {
		if (write(fd, s->k->info.p, s->k->info.n) != (ssize_t)s->k->info.n)
			abort();
	} else {
		image_save_ram(s->k->img, fd,
			       strstr(how, "arm")   ? 0x40000000
			       : strstr(how, "far") ? 0x41000000
						    : 0,
			       0, UINT64_C(512) << 20);
	}
	(void)close(fd);
	/* As /sys/kernel/vmcoreinfo. */
	if (!bare)
		(void)printf("0x%016llx 1024\n",
			     (unsigned long long)kernel_pa(s->k, s->k->info_page));
	kernel_free(s->k);
	return 0;
}

/*
 * Words where no answer looks: in a page of user memory and one of the page cache, in a vmalloc
 * buffer, before and behind each vm_struct in its slab.
 */
static void put_secrets(struct scene *s)
{
	static const char user[] = "SECRET-user", cache[] = "SECRET-cache",
			  data[] = "SECRET-vmalloc", slab[] = "SECRET-slab";
	uint64_t pa = 0x7000000;

	image_write(s->k->img, pa + 0x100, user, sizeof(user));
	image_write(s->k->img, pa + 0x1100, cache, sizeof(cache));
	image_write(s->k->img, pa + 0x2100, data, sizeof(data));
	image_ram(s->k->img, pa, pa + 0x3000);
	kernel_map(s->k, scene_area(s->k, 0).start, pa + 0x2000, 0);
	for (size_t i = 0; i < SCENE_AREAS; i++) {
		uint64_t end = s->at[i].vm + s->k->lists->style->vm_struct_bytes;

		if (s->at[i].vm)
			kernel_write(s->k, end, slab, sizeof(slab));
	}
}

/* What other tools ask for, and beside it what says whose machine it is. */
static void put_names(struct kernel *k)
{
	static const char *const names[] = {"KEPT-sysname", "SECRET-node",  "KEPT-release",
					    "KEPT-version", "KEPT-machine", "SECRET-domain"};
	static const char banner[] = "KEPT-banner\0SECRET-behind";
	uint64_t uts = kernel_alloc(k, 392, 8), va = kernel_alloc(k, sizeof(banner), 8);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		kernel_write(k, uts + 65 * i, names[i], strlen(names[i]));
	kernel_write(k, va, banner, sizeof(banner));
	kernel_symbol(k, "init_uts_ns", uts);
	kernel_symbol(k, "linux_banner", va);
}

/*
 * A module whose table of symbols is of labels but for one, and ends with some bytes of its last
 * entry in a page that has nothing else; and an area of its making.
 */
static void put_labels(struct kernel *k)
{
	enum { N = 170 };
	uint64_t text = k->paging.vmalloc + SCENE_MODULE + 0x10000;
	struct kernel_name symbols[N];

	for (unsigned i = 0; i < N; i++)
		symbols[i] = (struct kernel_name){"$x", text + 8 * i};
	symbols[N / 2].name = "mod_named";
	kernel_new_page(k);
	(void)kernel_module(k, &(struct kernel_module){.name = "labels",
						       .text = text,
						       .bytes = 0x1000,
						       .symbols = symbols,
						       .n_symbols = N});
	(void)kernel_area(k, &(struct kernel_area){.start = k->paging.vmalloc + 0x90000,
						   .size = 0x2000,
						   .flags = 0x4,
						   .caller = symbols[N / 2].va + 4});
}

static void lose_name(struct kernel *k, const char *name)
{
	for (size_t i = 0; i < k->n_names; i++) {
		if (strcmp(k->names[i].name, name) == 0)
			k->names[i].name[0] = '_';
	}
}

static const struct kernel_style *style_of(const char *how)
{
	return strcmp(how, "6.1") == 0		  ? &kernel_6_1
	       : strcmp(how, "kallsyms-6.1") == 0 ? &kernel_6_1
	       : strcmp(how, "text-names") == 0	  ? &kernel_6_1
	       : strcmp(how, "no-purge") == 0	  ? &kernel_6_1
	       : strcmp(how, "7.2") == 0	  ? &kernel_7_2
	       : strcmp(how, "no-btf") == 0	  ? &kernel_no_btf
						  : &kernel_6_12;
}

static struct image_how part_of(const struct scene *s, char number)
{
	uint64_t second = kernel_pa(s->k, s->at[2].vmap_area) & ~UINT64_C(4095);
	const uint64_t cuts[] = {0, second, second + 4096, s->k->paging.pa + KERNEL_RAM};
	size_t i = (size_t)(number - '1') % 3;

	return (struct image_how){.format = IMAGE_KDUMP,
				  .pack = IMAGE_ZLIB,
				  .split = true,
				  .split_first = cuts[i],
				  .split_end = cuts[i + 1]};
}

/* For verify. */
static int write_sound(const char *how, const char *path)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	uint64_t at = s.area[SOUND_STACK].at.list;

	if (strcmp(how, "unlinked") == 0) {
		kernel_put64(s.k, kernel_read64(s.k, at + 8), kernel_read64(s.k, at));
		kernel_put64(s.k, kernel_read64(s.k, at) + 8, kernel_read64(s.k, at + 8));
	}
	sound_done(&s);
	image_save(s.k->img, path, &(struct image_how){.format = IMAGE_ELF});
	sound_free(&s);
	return 0;
}

/* Of before 5.4.  @return false: @how is none of them. */
static bool write_old(const char *how, const char *path)
{
	struct kernel *k = NULL;

	if (strcmp(how, "vmlist") == 0) {
		k = vmlist_kernel().k;
		(void)kernel_kallsyms_laid(k, &kernel_laid[0]);
		kernel_done(k);
	}
	for (size_t i = 0; i < sizeof(olds) / sizeof(olds[0]); i++) {
		if (strcmp(how, olds[i].name) == 0)
			k = old_kernel(&olds[i]);
	}
	if (!k)
		return false;
	image_save(k->img, path, &(struct image_how){.format = IMAGE_ELF});
	kernel_free(k);
	return true;
}

/* A leaf of vmalloc space, with bits set and others cleared. */
static void put_leaf(struct kernel *k, uint64_t offset, uint64_t pa, int level, uint64_t set,
		     uint64_t clear)
{
	uint64_t va = k->paging.vmalloc + offset;

	image_put64(k->img, kernel_entry(k, va, level), (kernel_leaf(k, pa, level) | set) & ~clear);
}

/* For walk and pt. */
static int write_tables(const char *how, const char *path)
{
	const struct kernel_paging *paging = strstr(how, "arm64")   ? &kernel_arm_4k
					     : strstr(how, "riscv") ? &kernel_riscv_48
								    : &kernel_x86_4;
	struct scene s = scene_new(paging, &kernel_6_12);
	struct kernel *k = s.k;
	uint64_t pa = paging->pa + 0x1000000, big = kernel_leaf_bytes(k, 1), first, lost;
	bool x86 = kernel_is_x86(k), riscv = kernel_is_riscv(k);
	uint64_t nx = UINT64_C(1) << (x86 ? 63 : 53), device = x86 ? 0x10 : riscv ? 0 : 0x10;
	uint64_t exec = riscv ? 8 : 0, write = x86 ? 2 : riscv ? 4 : 0;

	nx = riscv ? 0 : nx;
	/* A stack in scattered pages, device memory, code, and what is writable and executable. */
	for (uint64_t i = 0; i < 4; i++)
		put_leaf(k, i * 0x1000, pa + i * 3 % 4 * 0x1000, 0, 0, 0);
	put_leaf(k, 0x8000, 0xfed00000, 0, device, 0);
	for (uint64_t i = 0; i < 8; i++)
		put_leaf(k, 0x20000 + i * 0x1000, pa + 0x10000 + i * 0x1000, 0,
			 exec | (x86 || riscv ? 0 : 0x80),
			 nx | write | (x86 || riscv ? 0 : UINT64_C(1) << 51));
	put_leaf(k, 0x30000, pa + 0x20000, 0, exec, nx);
	/* A frame that another area has, a hole that is mapped, a guard page that is. */
	put_leaf(k, 0x31000, pa, 0, 0, 0);
	put_leaf(k, 0x40000, pa + 0x30000, 0, 0, 0);
	put_leaf(k, 0x32000, pa + 0x31000, 0, 0, 0);
	/* A large page; a table with three parents; one that is lost; one where no memory is. */
	put_leaf(k, 2 * big, 4 * big + (pa & ~(big - 1)), 1, 0, 0);
	first = kernel_entry(k, paging->vmalloc, 0) & ~UINT64_C(4095);
	for (uint64_t i = 3; i < 5; i++)
		image_put64(k->img, kernel_entry(k, paging->vmalloc + i * big, 1),
			    kernel_table_entry(k, first));
	put_leaf(k, 5 * big, pa, 0, 0, 0);
	lost = kernel_entry(k, paging->vmalloc + 5 * big, 0);
	image_put64(k->img, kernel_entry(k, paging->vmalloc + 6 * big, 1),
		    kernel_table_entry(k, paging->pa + KERNEL_RAM));
	/* A large page whose address is not aligned. */
	put_leaf(k, 7 * big, 8 * big + (pa & ~(big - 1)) + 0x4000, 1, 0, 0);
	kernel_complete(k);
	kernel_lose_pa(k, lost);
	image_save(k->img, path, &(struct image_how){.format = IMAGE_ELF});
	kernel_free(k);
	return 0;
}

int main(int argc, char **argv)
{
	struct image_how form = {.format = IMAGE_ELF};
	const char *how = argc == 3 ? argv[1] : "";
	struct scene s;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: make_dump HOW FILE\n");
		return 2;
	}
	if (strcmp(how, "text") == 0) {
		write_text(argv[2]);
		return 0;
	}
	if (strncmp(how, "tables", 6) == 0)
		return write_tables(how, argv[2]);
	if (strcmp(how, "sound") == 0 || strcmp(how, "unlinked") == 0)
		return write_sound(how, argv[2]);
	if (write_old(how, argv[2]))
		return 0;
	s = scene_new(strstr(how, "arm") || strstr(how, "far-ram") ? &kernel_arm_4k
		      : strstr(how, "riscv")			   ? &kernel_riscv_48
								   : &kernel_x86_4,
		      style_of(how));
	if (strstr(how, "ram"))
		return write_ram(&s, how, argv[2]);
	if (strcmp(how, "before") == 0) {
		kernel_put64(s.k, s.at[0].vm + 24, 0x22);
		kernel_put64(s.k, s.at[2].vmap_area + 64, 0);
	}
	if (strcmp(how, "text-names") == 0)
		lose_name(s.k, "purge_vmap_area_list");
	if (strcmp(how, "labels") == 0)
		put_labels(s.k);
	form.kcore = strncmp(how, "kcore", 5) == 0;
	if (form.kcore)
		scene_map(s.k);
	if (strcmp(how, "kcore-bare") == 0)
		kernel_name_nodes(s.k);
	if (strncmp(how, "secrets", 7) == 0)
		put_names(s.k);
	if (strcmp(how, "no-symbols") == 0 || strcmp(how, "kcore-bare") == 0)
		kernel_done(s.k);
	else if (strcmp(how, "laid") == 0)
		(void)kernel_complete_laid(s.k, &kernel_laid[4]);
	else
		kernel_complete(s.k);
	if (strncmp(how, "secrets", 7) == 0)
		put_secrets(&s);
	if (strcmp(how, "broken") == 0)
		kernel_put64(s.k, s.at[2].list, 0);
	if (strcmp(how, "no-purge") == 0) {
		kernel_put64(s.k, s.k->lists->purge, 0);
		kernel_put64(s.k, s.k->lists->purge + 8, 0);
	}
	if (strcmp(how, "no-vm") == 0)
		kernel_put64(s.k, s.at[0].vmap_area + 56, 0x123);
	if (strcmp(how, "kdump") == 0 || strcmp(how, "flat") == 0)
		form = (struct image_how){.format = IMAGE_KDUMP, .pack = IMAGE_ZLIB};
	if (strncmp(how, "part.", 5) == 0)
		form = part_of(&s, how[5]);
	form.flattened = strcmp(how, "flat") == 0;
	if (strncmp(how, "kallsyms", 8) == 0)
		write_kallsyms(s.k, argv[2]);
	else if (strcmp(how, "btf") == 0)
		write_btf(s.k, argv[2]);
	else
		image_save(s.k->img, argv[2], &form);
	kernel_free(s.k);
	return 0;
}
