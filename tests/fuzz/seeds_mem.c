// SPDX-License-Identifier: GPL-2.0-or-later
/* Small dumps of every form, to start the fuzzer of src/mem from: seeds_mem DIRECTORY. */
#include "../unit/image.h"

static void seed(const struct image *img, const char *dir, const struct image_how *how)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/mem.%d.%d.%d.%d.%d", dir, (int)how->format,
		       (int)how->pack, how->flattened, how->version, how->qemu);
	image_save(img, path, how);
}

/* Two parts of one dump, as fuzz_mem has them. */
static void seed_parts(const struct image *img, const char *dir, int version)
{
	struct image_how how = {.format = IMAGE_KDUMP,
				.pack = IMAGE_ZLIB,
				.version = version,
				.split = true,
				.split_end = 0x3000};
	struct image_bytes first = image_build(img, &how), b = {0}, second;
	char path[4096];

	how.split_first = 0x3000;
	how.split_end = 0x8000;
	second = image_build(img, &how);
	image_at(&b, 0, "PART", 4);
	image_num(&b, 4, first.n, 4);
	image_at(&b, 8, first.p, first.n);
	image_at(&b, 8 + first.n, second.p, second.n);
	(void)snprintf(path, sizeof(path), "%s/mem.parts.%d", dir, version);
	image_put_file(path, b.p, b.n);
	free(first.p);
	free(second.p);
	free(b.p);
}

/* A page of VMCOREINFO among others. */
static void seed_raw(struct image *img, const char *dir, const char *info, size_t n)
{
	struct image_bytes b = {0};
	char path[4096];

	image_at(&b, 0, image_page(img, 0x1000), 4096);
	image_at(&b, 4096, info, n);
	image_at(&b, 65536 - 4096, image_page(img, 0x2000), 4096);
	(void)snprintf(path, sizeof(path), "%s/mem.raw.%zu", dir, n);
	image_put_file(path, b.p, b.n);
	free(b.p);
}

int main(int argc, char **argv)
{
	static const enum image_pack packs[] = {IMAGE_RAW, IMAGE_ZLIB, IMAGE_LZO, IMAGE_SNAPPY,
						IMAGE_ZSTD};
	static const char x86[] =
		"OSRELEASE=6.1.0\nPAGESIZE=4096\nSYMBOL(_stext)=ffffffff81000000\n"
		"NUMBER(phys_base)=0\n",
			  arm[] = "\13\0\0\0\0\1\0\0\0\0\0\0VMCOREINFO\0\0OSRELEASE=6.1.0\n"
				  "PAGESIZE=65536\nSYMBOL(_stext)=ffff\n"
				  "NUMBER(kimage_voffset)=0x1\n";
	struct image *img = image_new("x86_64");

	if (argc != 2)
		return 2;
	image_ram(img, 0x1000, 0x8000);
	image_noise(img, 0x1000, 0x3000);
	image_zero(img, 0x4000, 0x5000);
	image_info(img, "OSRELEASE=6.1.0\n");
	for (int flat = 0; flat < 2; flat++) {
		for (int qemu = 0; qemu < 2; qemu++)
			seed(img, argv[1],
			     &(struct image_how){
				     .format = IMAGE_ELF, .flattened = flat, .qemu = qemu});
		for (size_t i = 0; i < sizeof(packs) / sizeof(packs[0]); i++)
			seed(img, argv[1],
			     &(struct image_how){
				     .format = IMAGE_KDUMP, .pack = packs[i], .flattened = flat});
	}
	for (int version = -1; version < 6; version++)
		seed(img, argv[1],
		     &(struct image_how){
			     .format = IMAGE_KDUMP, .version = version, .qemu = version > 4});
	seed(img, argv[1], &(struct image_how){.format = IMAGE_DISKDUMP, .version = 1});
	for (int version = 2; version <= 6; version += 4)
		seed_parts(img, argv[1], version);
	seed_raw(img, argv[1], x86, sizeof(x86));
	seed_raw(img, argv[1], arm, sizeof(arm));
	image_free(img);
	return 0;
}
