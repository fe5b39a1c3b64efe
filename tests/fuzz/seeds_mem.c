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

int main(int argc, char **argv)
{
	static const enum image_pack packs[] = {IMAGE_RAW, IMAGE_ZLIB, IMAGE_LZO, IMAGE_SNAPPY,
						IMAGE_ZSTD};
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
	image_free(img);
	return 0;
}
