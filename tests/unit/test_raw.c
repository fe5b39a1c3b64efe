// SPDX-License-Identifier: GPL-2.0-or-later
/* Raw memory: what is taken for it, of what machine it is, and where it is found to lie. */
#include "kerntest.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* A file of the kernel's memory from @base on (or, with @low, with a hole below 4 GiB). */
static int ram_file(struct kernel *k, uint64_t base, uint64_t low, uint64_t size, char path[32])
{
	int fd = memfd_create("ram", MFD_CLOEXEC);

	assert_true(fd >= 0);
	image_save_ram(k->img, fd, base, low, size);
	(void)snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

/* The scene, with what is needed to find it in bare memory. */
static struct scene ram_scene(const struct kernel_paging *paging, bool note)
{
	struct scene s = scene_new(paging, &kernel_6_12);

	kernel_self(s.k, note);
	return s;
}

static enum vmt_rc try_path(struct kerntest *t, const char *path, const struct vmt_mem_opts *opts)
{
	static const struct vmt_kern_opts none;
	enum vmt_rc rc;

	memset(t, 0, sizeof(*t));
	rc = vmt_mem_open(&t->mem, path, opts, &t->err);
	return rc == VMT_OK ? vmt_kern_open(&t->kern, t->mem, &none, &t->err) : rc;
}

static enum vmt_rc try_ram(struct kerntest *t, struct kernel *k, uint64_t base, uint64_t low,
			   uint64_t size, const struct vmt_mem_opts *opts)
{
	char path[32];
	int fd = ram_file(k, base, low, size, path);
	enum vmt_rc rc = try_path(t, path, opts);

	(void)close(fd);
	return rc;
}

/* Opened, and its areas are those of the scene. */
static void check_scene(struct kerntest *t, const struct scene *s, enum vmt_rc rc)
{
	size_t shown = 0;
	char line[512];

	if (rc != VMT_OK || kerntest_areas(t) != VMT_OK)
		fail_msg("%s", t->err.text);
	for (size_t i = 0; i < SCENE_AREAS; i++) {
		if (!scene_line(s->k, i, line))
			continue;
		shown++;
		assert_non_null(kerntest_at(t, scene_area(s->k, i).start));
	}
	assert_u64(t->n, shown);
	assert_u64(t->about->broken_lists, 0);
	assert_u64(t->about->no_nodes, 0);
}

/* ---- what is taken for memory ---- */

static bool is_taken(const void *p, size_t n)
{
	char path[32];
	int fd = memtest_file(p, n, path);
	bool is = vmt_mem_probe(path);

	(void)close(fd);
	return is;
}

static void texts_are_no_memory(void **state)
{
	static char line[] =
		"0xffffc90000000000-0xffffc90000005000   20480 f+0x0/0x1 pages=4 vmalloc N0=4\n";
	enum { N = 128 * 1024 };
	char *p = malloc(N);

	(void)state;
	for (size_t i = 0; i < N; i++)
		p[i] = line[i % (sizeof(line) - 1)];
	assert_false(is_taken(p, N));
	/* What a file system leaves of a file it could not end. */
	memset(p + N / 4, 0, N / 2);
	assert_false(is_taken(p, N));
	/* Some bytes are damaged; colours of a terminal; UTF-8. */
	for (size_t i = 0; i < N; i += 777)
		p[i] = 1;
	for (size_t i = 5; i < N; i += 100)
		p[i] = 27;
	for (size_t i = 7; i < N; i += 10)
		p[i] = (char)0xc3;
	assert_false(is_taken(p, N));
	memset(p, 0, N);
	assert_false(is_taken(p, N));
	free(p);
}

static void what_is_no_text_is_taken_for_memory(void **state)
{
	enum { N = 128 * 1024 };
	unsigned char *p = malloc(N);
	uint64_t x = 1;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		x = x * 6364136223846793005 + 1442695040888963407;
		p[i] = i % 4096 < 2000 ? 0 : (unsigned char)(x >> 56);
	}
	assert_true(is_taken(p, N));
	assert_false(is_taken(p, N - 1));
	assert_false(is_taken(p, 8192));
	/* Another kind of file. */
	memcpy(p, "\x1f\x8b\x08", 3);
	assert_false(is_taken(p, N));
	free(p);
	assert_false(vmt_mem_probe("/nonexistent"));
	assert_false(vmt_mem_probe("-"));
	assert_false(vmt_mem_probe("/proc/self/maps"));
}

/* ---- where it is found to lie ---- */

static void each_machine_is_found_where_qemu_has_it(void **state)
{
	static const struct {
		const struct kernel_paging *paging;
		uint64_t base;
		const char *guess;
	} machines[] = {
		{&kernel_x86_4, 0, "a PC"},
		{&kernel_arm_4k, 0x40000000, "QEMU virt"},
		{&kernel_arm_16k, 0x40000000, "QEMU virt"},
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(machines); i++) {
		const struct kernel_paging *paging = machines[i / 2].paging;
		struct scene s = ram_scene(paging, i % 2);
		const struct vmt_mem_about *a;
		struct kerntest t;

		kernel_complete(s.k);
		check_scene(&t, &s, try_ram(&t, s.k, machines[i / 2].base, 0, 512 * MIB, NULL));
		a = vmt_mem_about(t.mem);
		assert_string_equal(a->machine, paging->machine);
		assert_string_equal(a->format, "raw memory");
		assert_string_equal(a->guess, machines[i / 2].guess);
		assert_true(a->vmcoreinfo_found);
		assert_true(vmt_kern_about(t.kern)->place_proved);
		assert_u64(a->n_runs, 1);
		assert_u64(a->runs[0].pa, machines[i / 2].base);
		assert_u64(a->pages_ram, 512 * MIB / 4096);
		kerntest_close(&t);
		kernel_free(s.k);
	}
}

/* The RAM of another monitor begins elsewhere: the kernel's own name tells where. */
static void another_base_is_found_by_the_kernels_name(void **state)
{
	struct scene s = scene_new(&kernel_arm_4k, &kernel_6_12);
	uint64_t decoy;
	struct kerntest t;

	(void)state;
	/* A name space of a container has the same name, and may lie as far into its page. */
	decoy = kernel_alloc(s.k, 4096, 4096) + 4;
	kernel_write(s.k, decoy, "Linux", 6);
	kernel_write(s.k, decoy + 2 * 65, "6.99.0-test", 12);
	kernel_self(s.k, false);
	kernel_complete(s.k);
	check_scene(&t, &s, try_ram(&t, s.k, 0x41000000, 0, 256 * MIB, NULL));
	assert_u64(vmt_mem_about(t.mem)->runs[0].pa, 0x41000000);
	assert_true(vmt_kern_about(t.kern)->place_proved);
	kerntest_close(&t);
	kernel_free(s.k);
}

static void a_wrong_base_is_told(void **state)
{
	struct scene s = ram_scene(&kernel_arm_4k, false);
	uint64_t wrong = 0x80000000, right = 0x41000000;
	struct kerntest t;

	(void)state;
	kernel_complete(s.k);
	assert_int_not_equal(
		try_ram(&t, s.k, right, 0, 256 * MIB, &(struct vmt_mem_opts){.base = &wrong}),
		VMT_OK);
	if (!strstr(t.err.text, "--base"))
		fail_msg("%s", t.err.text);
	kerntest_close(&t);
	check_scene(&t, &s,
		    try_ram(&t, s.k, right, 0, 256 * MIB, &(struct vmt_mem_opts){.base = &right}));
	assert_null(vmt_mem_about(t.mem)->guess);
	kerntest_close(&t);
	kernel_free(s.k);
}

/* Half of the file is elsewhere. */
static void runs_of_the_file_are_where_they_are_put(void **state)
{
	const struct vmt_mem_run runs[] = {{128 * MIB, 0x40000000, 128 * MIB},
					   {0, 0x100000000, 128 * MIB}},
				 overlap[] = {{0, 0x1000, 0x2000}, {0x8000, 0x2000, 0x1000}},
				 behind[] = {{255 * MIB, 0, 2 * MIB}}, none[] = {{0, 5, 0}};
	const struct {
		const struct vmt_mem_run *runs;
		size_t n;
	} wrong[] = {{overlap, 2}, {behind, 1}, {none, 1}};
	struct scene s = ram_scene(&kernel_arm_4k, false);
	struct vmt_mem_opts opts = {.runs = runs, .n_runs = 2};
	struct kerntest t;
	uint64_t start, end;

	(void)state;
	kernel_complete(s.k);
	check_scene(&t, &s, try_ram(&t, s.k, 0x40000000 - 128 * MIB, 0, 256 * MIB, &opts));
	/* This kernel does not say what memory it has (test_ram.c). */
	memtest_answer(t.mem, 0x0, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x48000000, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x47ffffff, 2, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x100000000, 8, VMT_OK);
	memtest_answer(t.mem, 0x107ffffff, 1, VMT_OK);
	assert_int_equal(vmt_mem_range(t.mem, 0x48000000, &start, &end), VMT_OK);
	assert_u64(start, 0x100000000);
	assert_u64(end, 0x108000000);
	assert_int_equal(vmt_mem_range(t.mem, end, &start, &end), VMT_NONE);
	kerntest_close(&t);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		opts.runs = wrong[i].runs;
		opts.n_runs = wrong[i].n;
		assert_int_equal(try_ram(&t, s.k, 0x40000000, 0, 256 * MIB, &opts), VMT_RANGE);
		kerntest_close(&t);
	}
	kernel_free(s.k);
}

/* ---- the hole below 4 GiB ---- */

/* What the firmware says of memory (struct e820_table), at @va and @pa; @high: bytes above 4 GiB.
 */
static void put_e820(struct kernel *k, uint64_t va, uint64_t pa, uint64_t low, uint64_t high)
{
	const struct {
		uint64_t start, bytes;
		uint32_t type;
	} entries[] = {
		{0x1000, 0x9ec00, 1},		{0x9fc00, 0x400, 2},
		{0x100000, low - 0x132000, 1},	{low - 0x32000, 0x32000, 2},
		{0xfffc0000, 0x40000, 2},	{4 * GIB, high, high ? 1 : 13},
		{0xfd00000000, 0x300000000, 2},
	};
	unsigned char bytes[4 + 20 * ARRAY_SIZE(entries)];
	uint64_t pointer = kernel_alloc(k, 8, 8);

	memcpy(bytes, &(uint32_t){ARRAY_SIZE(entries)}, 4);
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		memcpy(bytes + 4 + 20 * i, &entries[i].start, 8);
		memcpy(bytes + 12 + 20 * i, &entries[i].bytes, 8);
		memcpy(bytes + 20 + 20 * i, &entries[i].type, 4);
	}
	kernel_map(k, va, pa, 0);
	image_write(k->img, pa, bytes, sizeof(bytes));
	kernel_put64(k, pointer, va);
	kernel_symbol(k, "e820_table", pointer);
}

static void the_hole_below_4_gib(void **state)
{
	static const char told[] = "the kernel's e820 table";
	const uint64_t va = 0xffff888100000000;
	struct kernel_paging high = kernel_x86_4;
	const struct {
		uint64_t pa, low, size;
		/* Where the e820 table lies; 0: there is none. */
		uint64_t e820;
		/* It has so many bytes more above 4 GiB than there are. */
		uint64_t more;
		const char *guess;
		bool proved;
	} rows[] = {
		/* The kernel above 4 GiB: only one place is right, but it does not tell of the end.
		 */
		{0x112000000, 2 * GIB, 4 * GIB, 0, 0, "QEMU q35", false},
		{0x112000000, 3 * GIB, 4 * GIB, 0, 0, "QEMU pc", false},
		{0x112000000, 3 * GIB, 4 * GIB, 0x3000000, 0, "QEMU pc", true},
		/* The kernel below: its table says where memory ends there. */
		{0x12000000, 2 * GIB, 5 * GIB, 0x3000000, 0, "QEMU q35", true},
		{0x12000000, 3 * GIB, 5 * GIB, 0x3000000, 0, told, true},
		{0x12000000, GIB, 5 * GIB, 0x3000000, 0, told, true},
		{0x12000000, 0, 3 * GIB, 0x3000000, 0, told, true},
		/* The table lies above: found when memory is where it is. */
		{0x12000000, 2 * GIB, 5 * GIB, 0x140000000, 0, "QEMU q35", true},
		{0x12000000, 3 * GIB, 5 * GIB, 0x140000000, 0, told, true},
		{0x12000000, 13 * GIB / 4, 5 * GIB, 0x140000000, 0, told, true},
		/* Less is the kernel's than the file has (mem=): it proves nothing. */
		{0x12000000, 2 * GIB, 5 * GIB, 0x3000000, GIB, "QEMU q35", false},
		{0x12000000, 2 * GIB, 5 * GIB, 0, 0, "QEMU q35", false},
		{0x12000000, 0, 2 * GIB, 0x3000000, 0, "a PC", true},
		{0x12000000, 0, 2 * GIB, 0, 0, "a PC", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t low = rows[i].low ? rows[i].low : rows[i].size;
		const struct vmt_mem_about *a;
		struct kerntest t;
		struct scene s;
		enum vmt_rc rc;

		high.pa = rows[i].pa;
		s = ram_scene(&high, false);
		if (rows[i].e820)
			put_e820(s.k, va, rows[i].e820, low, rows[i].size - low + rows[i].more);
		kernel_complete(s.k);
		rc = try_ram(&t, s.k, 0, rows[i].low, rows[i].size, NULL);
		check_scene(&t, &s, rc);
		a = vmt_mem_about(t.mem);
		assert_string_equal(a->guess, rows[i].guess);
		assert_int_equal(vmt_kern_about(t.kern)->place_proved, rows[i].proved);
		assert_u64(a->n_runs, rows[i].low ? 2 : 1);
		assert_u64(a->runs[0].bytes, low);
		if (rows[i].low)
			assert_u64(a->runs[1].pa, 4 * GIB);
		kerntest_close(&t);
		kernel_free(s.k);
	}
}

/* ---- VMCOREINFO ---- */

/* The page cache has one of another kernel; the one before this boot left one; only ours leads on.
 */
static void other_vmcoreinfo_is_passed_over(void **state)
{
	static const char other[] = "OSRELEASE=6.99.0-test\nPAGESIZE=4096\n"
				    "SYMBOL(swapper_pg_dir)=ffffffff9a040000\n"
				    "SYMBOL(_stext)=ffffffff9a000000\nNUMBER(phys_base)=0\n",
			  foreign[] = "OSRELEASE=5.0\nPAGESIZE=4096\nSYMBOL(_stext)=c000\n",
			  half[] = "OSRELEASE=6.99.0-test\nnothing more";
	struct scene s = ram_scene(&kernel_x86_4, false);
	struct kerntest t;

	(void)state;
	image_write(s.k->img, 0x10000, half, sizeof(half));
	image_write(s.k->img, 0x20000, foreign, sizeof(foreign));
	image_write(s.k->img, 0x30000, other, sizeof(other));
	kernel_complete(s.k);
	check_scene(&t, &s, try_ram(&t, s.k, 0, 0, 512 * MIB, NULL));
	kerntest_close(&t);
	/* The same in a dump that has no note. */
	s.k->img->info = NULL;
	t.mem = memtest_open(s.k->img, &kerntest_elf);
	check_scene(&t, &s, vmt_kern_open(&t.kern, t.mem, &(struct vmt_kern_opts){0}, &t.err));
	kerntest_close(&t);
	kernel_free(s.k);
}

static void without_vmcoreinfo_it_is_asked_for(void **state)
{
	struct scene s = scene_new(&kernel_x86_4, &kernel_6_12);
	struct vmt_mem_opts opts = {0};
	uint64_t base = 0;
	struct kerntest t;

	(void)state;
	kernel_complete(s.k);
	assert_int_equal(try_ram(&t, s.k, 0, 0, 512 * MIB, NULL), VMT_FORMAT);
	assert_non_null(strstr(t.err.text, "--vmcoreinfo"));
	kerntest_close(&t);
	opts.vmcoreinfo = (struct vmt_str){(const char *)s.k->info.p, s.k->info.n};
	check_scene(&t, &s, try_ram(&t, s.k, 0, 0, 512 * MIB, &opts));
	kerntest_close(&t);
	/* Of another boot. */
	opts.vmcoreinfo = vmt_str("OSRELEASE=6.99.0-test\nPAGESIZE=4096\n"
				  "SYMBOL(swapper_pg_dir)=ffffffff9a040000\n"
				  "SYMBOL(_stext)=ffffffff9a000000\nNUMBER(phys_base)=4096\n");
	opts.base = &base;
	assert_int_not_equal(try_ram(&t, s.k, 0, 0, 512 * MIB, &opts), VMT_OK);
	kerntest_close(&t);
	opts.vmcoreinfo = vmt_str("OSRELEASE=6.99.0-test\nPAGESIZE=4096\n");
	assert_int_equal(try_ram(&t, s.k, 0, 0, 512 * MIB, &opts), VMT_UNSUPPORTED);
	kerntest_close(&t);
	kernel_free(s.k);
}

/* A dump says itself where its memory is. */
static void a_dump_has_no_base(void **state)
{
	struct image *img = memtest_machine("x86_64");
	struct image_bytes b = image_build(img, &kerntest_elf);
	uint64_t base = 0;
	struct vmt_mem *mem = NULL;
	struct vmt_err err;
	char path[32];
	int fd = memtest_file(b.p, b.n, path);

	(void)state;
	assert_int_equal(vmt_mem_open(&mem, path, &(struct vmt_mem_opts){.base = &base}, &err),
			 VMT_RANGE);
	assert_non_null(strstr(err.text, "ELF"));
	(void)close(fd);
	free(b.p);
	image_free(img);
}

/* ---- a file that changes ---- */

static void a_file_that_shrinks_is_cut(void **state)
{
	struct scene s = ram_scene(&kernel_arm_4k, false);
	struct kerntest t;
	char path[32];
	int fd;

	(void)state;
	kernel_complete(s.k);
	fd = ram_file(s.k, 0x40000000, 0, 256 * MIB, path);
	assert_int_equal(try_path(&t, path, NULL), VMT_OK);
	memtest_answer(t.mem, 0x4ff00000, 8, VMT_OK);
	assert_false(vmt_mem_about(t.mem)->cut);
	assert_int_equal(ftruncate(fd, 64 * MIB), 0);
	memtest_answer(t.mem, 0x4fe00000, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x43fffffc, 8, VMT_EXCLUDED);
	memtest_answer(t.mem, 0x43fffff8, 8, VMT_OK);
	assert_true(vmt_mem_about(t.mem)->cut);
	kerntest_close(&t);
	(void)close(fd);
	kernel_free(s.k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_no_memory),
		cmocka_unit_test(what_is_no_text_is_taken_for_memory),
		cmocka_unit_test(each_machine_is_found_where_qemu_has_it),
		cmocka_unit_test(another_base_is_found_by_the_kernels_name),
		cmocka_unit_test(a_wrong_base_is_told),
		cmocka_unit_test(runs_of_the_file_are_where_they_are_put),
		cmocka_unit_test(the_hole_below_4_gib),
		cmocka_unit_test(other_vmcoreinfo_is_passed_over),
		cmocka_unit_test(without_vmcoreinfo_it_is_asked_for),
		cmocka_unit_test(a_dump_has_no_base),
		cmocka_unit_test(a_file_that_shrinks_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
