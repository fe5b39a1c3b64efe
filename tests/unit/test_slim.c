// SPDX-License-Identifier: GPL-2.0-or-later
/* What was read of an image, written as a dump of its own: those bytes, and no others. */
#include "memtest.h"

#include <sys/stat.h>

#define INFO "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n"

static const enum vmt_mem_form forms[] = {
	VMT_MEM_ELF,
	VMT_MEM_KDUMP_ZLIB,
#ifdef HAVE_ZSTD
	VMT_MEM_KDUMP_ZSTD,
#endif
};

struct slim {
	struct image *img;
	struct vmt_mem *mem;
	char path[64];
	struct vmt_mem_writing how;
	struct vmt_mem_written done;
	struct vmt_err err;
};

static struct slim slim_open(const struct image_how *how)
{
	struct slim s = {.img = memtest_machine("x86_64"),
			 .how = {.page_size = 4096,
				 .vmcoreinfo = {INFO, sizeof(INFO) - 1},
				 .release = "6.1.0-test"}};

	s.mem = memtest_open(s.img, how);
	(void)snprintf(s.path, sizeof(s.path), "/tmp/vmtool-slim.%d", (int)getpid());
	(void)unlink(s.path);
	assert_int_equal(vmt_mem_record(s.mem), VMT_OK);
	return s;
}

static void slim_close(struct slim *s)
{
	(void)unlink(s->path);
	vmt_mem_close(s->mem);
	image_free(s->img);
}

static struct vmt_mem *slim_written(struct slim *s)
{
	struct vmt_mem *mem = NULL;

	if (vmt_mem_write(s->mem, s->path, &s->how, &s->done, &s->err) != VMT_OK ||
	    vmt_mem_open(&mem, s->path, NULL, &s->err) != VMT_OK)
		fail_msg("%s", s->err.text);
	return mem;
}

static void read_byte(struct vmt_mem *mem, uint64_t pa, unsigned char want)
{
	unsigned char byte = 0xa5;

	assert_int_equal(vmt_mem_read(mem, pa, &byte, 1, NULL), VMT_OK);
	assert_int_equal(byte, want);
}

static void test_only_what_was_read(void **state)
{
	static const struct image_how from[] = {{.format = IMAGE_ELF},
						{.format = IMAGE_KDUMP, .pack = IMAGE_ZLIB}};
	unsigned char bytes[64];

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(forms); i++) {
		struct slim s = slim_open(&from[i % 2]);
		struct vmt_mem *slim;
		const struct vmt_mem_about *a;

		/* Over the end of a page; twice; and one that a search looks at. */
		assert_int_equal(vmt_mem_read(s.mem, 0x1fe0, bytes, 64, NULL), VMT_OK);
		assert_int_equal(vmt_mem_read(s.mem, 0x1fe8, bytes, 8, NULL), VMT_OK);
		vmt_mem_search(s.mem, true);
		assert_int_equal(vmt_mem_read(s.mem, 0x4000, bytes, 64, NULL), VMT_OK);
		vmt_mem_search(s.mem, false);
		assert_int_equal(vmt_mem_read(s.mem, 0x101000, bytes, 64, NULL), VMT_OK);
		/* What cannot be read is not kept. */
		memtest_answer(s.mem, 0x200000, 8, VMT_EXCLUDED);
		memtest_answer(s.mem, 0xa0000, 8, VMT_FAULT);
		s.how.form = forms[i / 2];
		slim = slim_written(&s);
		assert_int_equal(s.done.pages, 3);
		a = vmt_mem_about(slim);
		assert_int_equal(a->pages_stored, 3);
		assert_int_equal(a->pages_ram, vmt_mem_about(s.mem)->pages_ram);
		assert_int_equal(a->pages_ram, s.done.pages_ram);
		assert_string_equal(a->machine, "x86_64");
		assert_true(vmt_str_is(a->vmcoreinfo, INFO));
		assert_int_equal(vmt_mem_read(slim, 0x1fe0, bytes, 64, NULL), VMT_OK);
		assert_memory_equal(bytes, image_page(s.img, 0x1000) + 0xfe0, 32);
		assert_memory_equal(bytes + 32, image_page(s.img, 0x2000), 32);
		for (uint64_t pa = 0x1000; pa < 0x1fe0; pa++)
			read_byte(slim, pa, 0);
		for (uint64_t pa = 0x2020; pa < 0x3000; pa++)
			read_byte(slim, pa, 0);
		read_byte(slim, 0x101000, 0);
		memtest_answer(slim, 0x3000, 8, VMT_EXCLUDED);
		memtest_answer(slim, 0x4000, 8, VMT_EXCLUDED);
		memtest_answer(slim, 0x200000, 8, VMT_EXCLUDED);
		memtest_answer(slim, 0xa0000, 8, VMT_FAULT);
		memtest_answer(slim, 0x40000000, 8, VMT_EXCLUDED);
		memtest_answer(slim, 0x40100000, 8, VMT_FAULT);
		vmt_mem_close(slim);
		slim_close(&s);
	}
}

/* A kernel with larger pages: kdump counts in them, and parts that were not read are 0. */
static void test_large_pages(void **state)
{
	unsigned char bytes[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct slim s = slim_open(&(struct image_how){.format = IMAGE_ELF});
		struct vmt_mem *slim;

		assert_int_equal(vmt_mem_read(s.mem, 0x105000, bytes, 8, NULL), VMT_OK);
		assert_int_equal(vmt_mem_read(s.mem, 0x107ff8, bytes, 8, NULL), VMT_OK);
		s.how.form = forms[i];
		s.how.page_size = 16384;
		slim = slim_written(&s);
		assert_int_equal(s.done.pages, 1);
		assert_int_equal(vmt_mem_read(slim, 0x107ff8, bytes, 8, NULL), VMT_OK);
		assert_memory_equal(bytes, image_page(s.img, 0x107000) + 0xff8, 8);
		read_byte(slim, 0x105000, image_page(s.img, 0x105000)[0]);
		read_byte(slim, 0x105008, 0);
		memtest_answer(slim, 0x108000, 8, VMT_EXCLUDED);
		vmt_mem_close(slim);
		slim_close(&s);
	}
}

/* As /proc/vmcore has it: the direct map, and the kernel's image once more. */
static void test_virtual_addresses(void **state)
{
	static const struct vmt_mem_span spans[] = {
		{0xffffffff81000000, 0x103000, 0x3000, true},
		{0xffff888000000000, 0, 0x400000, false},
	};
	struct slim s = slim_open(&(struct image_how){.format = IMAGE_ELF});
	unsigned char bytes[0x3000];
	bool image = false, direct = false;
	Elf64_Ehdr h;
	Elf64_Phdr p;
	FILE *fp;

	(void)state;
	assert_int_equal(vmt_mem_read(s.mem, 0x104000, bytes, sizeof(bytes), NULL), VMT_OK);
	s.how.spans = spans;
	s.how.n_spans = ARRAY_SIZE(spans);
	vmt_mem_close(slim_written(&s));
	fp = fopen(s.path, "r");
	assert_non_null(fp);
	assert_int_equal(fread(&h, sizeof(h), 1, fp), 1);
	for (unsigned i = 0; i < h.e_phnum; i++) {
		assert_int_equal(fread(&p, sizeof(p), 1, fp), 1);
		if (p.p_type != PT_LOAD || p.p_paddr != 0x104000)
			continue;
		image |= p.p_vaddr == 0xffffffff81001000 && p.p_filesz == 0x2000;
		direct |= p.p_vaddr == 0xffff888000104000 && p.p_filesz == 0x3000;
	}
	(void)fclose(fp);
	assert_true(image && direct);
	slim_close(&s);
}

static void test_another_guess(void **state)
{
	struct slim s = slim_open(&(struct image_how){.format = IMAGE_ELF});
	unsigned char byte;

	(void)state;
	assert_int_equal(vmt_mem_read(s.mem, 0x1000, &byte, 1, NULL), VMT_OK);
	(void)vmt_mem_guess(s.mem);
	assert_int_equal(vmt_mem_read(s.mem, 0x2000, &byte, 1, NULL), VMT_OK);
	vmt_mem_close(slim_written(&s));
	assert_int_equal(s.done.pages, 1);
	slim_close(&s);
}

static void test_files(void **state)
{
	struct slim s = slim_open(&(struct image_how){.format = IMAGE_ELF});
	struct stat st;

	(void)state;
	vmt_mem_close(slim_written(&s));
	assert_int_equal(s.done.pages, 0);
	assert_int_equal(stat(s.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal((uint64_t)st.st_size, s.done.file_bytes);
	assert_int_equal(vmt_mem_write(s.mem, s.path, &s.how, &s.done, &s.err), VMT_NONE);
	s.how.replace = true;
	assert_int_equal(vmt_mem_write(s.mem, s.path, &s.how, &s.done, &s.err), VMT_OK);
	assert_int_equal(vmt_mem_write(s.mem, "/dev/null", &s.how, &s.done, &s.err), VMT_IO);
	assert_int_equal(vmt_mem_write(s.mem, "/nowhere/x", &s.how, &s.done, &s.err), VMT_IO);
	slim_close(&s);
}

/* The bitmaps of such a machine would have 64 GiB. */
static void test_far_memory(void **state)
{
	struct image *img = memtest_machine("aarch64");
	struct vmt_mem *mem;
	struct vmt_mem_writing how = {.form = VMT_MEM_KDUMP_ZLIB, .page_size = 4096, .release = ""};
	struct vmt_mem_written done;
	struct vmt_err err = {0};

	(void)state;
	image_ram(img, UINT64_C(1) << 51, (UINT64_C(1) << 51) + 4096);
	mem = memtest_open(img, &(struct image_how){.format = IMAGE_ELF});
	assert_int_equal(vmt_mem_record(mem), VMT_OK);
	assert_int_equal(vmt_mem_write(mem, "/tmp/vmtool-far", &how, &done, &err), VMT_RANGE);
	assert_int_not_equal(access("/tmp/vmtool-far", F_OK), 0);
	vmt_mem_close(mem);
	image_free(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_what_was_read),
		cmocka_unit_test(test_large_pages),
		cmocka_unit_test(test_virtual_addresses),
		cmocka_unit_test(test_another_guess),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_far_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
