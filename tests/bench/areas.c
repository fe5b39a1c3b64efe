// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * areas AREAS PAGES FILE: an ELF dump of a tiny 6.1 in which all is well, with that many areas of
 * so many pages and a guard page each, whose frames lie in no order.
 */
#include "../unit/kernel_areas.h"

#define VMEMMAP UINT64_C(0xffffea0000000000)

/* Each frame once, up to 2^26 of them. */
static uint64_t frame(uint64_t i)
{
	return UINT64_C(0x100000000) + (i * 2654435761u % (1u << 26)) * 4096;
}

static void add_area(struct kernel *k, uint64_t n, uint64_t pages)
{
	struct kernel_area a = {.start = k->paging.vmalloc + n * (pages + 1) * 4096,
				.size = (pages + 1) * 4096,
				.flags = 0x2,
				.caller = k->paging.text + 0x1010};
	struct kernel_placed at = kernel_area(k, &a);
	uint64_t array = kernel_alloc(k, 8 * pages, 8);

	kernel_put64(k, at.vm + 32, array);
	kernel_put32(k, at.vm + k->lists->style->nr_pages, (uint32_t)pages);
	for (uint64_t i = 0; i < pages; i++) {
		uint64_t pa = frame(n * pages + i);

		kernel_put64(k, array + 8 * i, VMEMMAP + pa / 4096 * 64);
		kernel_map(k, a.start + i * 4096, pa, 0);
	}
}

int main(int argc, char **argv)
{
	uint64_t areas = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
	uint64_t pages = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	struct kernel *k = kernel_styled(&kernel_x86_4, &kernel_6_1);

	/* All of it goes below the tables. */
	if (!areas || !pages || areas * (160 + 8 * pages) > KERNEL_TABLES / 2) {
		(void)fprintf(stderr, "usage: areas AREAS PAGES FILE\n");
		return 2;
	}
	kernel_say(k, "SYMBOL(vmemmap)=%llx\nSIZE(page)=64\n", (unsigned long long)VMEMMAP);
	kernel_say(k, "NUMBER(KERNEL_IMAGE_SIZE)=1073741824\n");
	kernel_symbol(k, "first_caller", k->paging.text + 0x1000);
	for (uint64_t i = 0; i < areas; i++)
		add_area(k, i, pages);
	kernel_complete(k);
	image_save(k->img, argv[3], &(struct image_how){.format = IMAGE_ELF});
	kernel_free(k);
	return 0;
}
