// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/iomem: where RAM is, of real machines and of hostile ones. */
#include "unit.h"
#include "vmtool/text.h"

static struct vmt_iomem read_text(const char *text)
{
	struct vmt_iomem io;

	assert_int_equal(vmt_iomem_read(&io, vmt_str(text)), VMT_OK);
	return io;
}

/* What is read is "start-end start-end ...". */
static void check(const char *text, const char *ram, uint64_t kernel_code, uint64_t lines)
{
	struct vmt_iomem io = read_text(text);
	char got[512] = "";
	size_t n = 0;

	for (size_t i = 0; i < io.n_ram; i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%" PRIx64 "-%" PRIx64,
				      i ? " " : "", io.ram[i].start, io.ram[i].end);
	assert_string_equal(got, ram);
	assert_u64(io.kernel_code, kernel_code);
	assert_u64(io.lines, lines);
	vmt_iomem_deinit(&io);
}

static void real_machines(void **state)
{
	(void)state;
	check("00000000-00000fff : Reserved\n"
	      "00001000-0009fbff : System RAM\n"
	      "000f0000-000fffff : Reserved\n"
	      "  000f0000-000fffff : System ROM\n"
	      "00100000-17fcdfff : System RAM\n"
	      "  0b400000-0c001f41 : Kernel code\n"
	      "  0ca00000-0cc7aa7f : Kernel data\n"
	      "b0000000-bfffffff : PCI MMCONFIG 0000 [bus 00-ff]\n"
	      "fd00000000-ffffffffff : Reserved\n",
	      "1000-9fc00 100000-17fce000", 0xb400000, 9);
	/* arm64, riscv64: children deeper, and memory that was added. */
	check("40000000-57ffffff : System RAM\n"
	      "    40200000-41f1ffff : Kernel code\n"
	      "240000000-43fffffff : CXL Window 0\n"
	      "  240000000-43fffffff : dax0.0\n"
	      "    240000000-43fffffff : System RAM (kmem)\n",
	      "40000000-58000000 240000000-440000000", 0x40200000, 5);
}

static void zeros_are_told(void **state)
{
	struct vmt_iomem io = read_text("00000000-00000000 : Reserved\n"
					"00000000-00000000 : System RAM\n"
					"  00000000-00000000 : Kernel code\n");

	(void)state;
	assert_u64(io.n_ram, 0);
	assert_u64(io.kernel_code, 0);
	assert_u64(io.lines, 3);
	assert_u64(io.zeroed, 3);
	vmt_iomem_deinit(&io);
}

static void what_is_none_is_passed_over(void **state)
{
	(void)state;
	check("", "", 0, 0);
	check("\n\n \n-\n:\n0-\n-0\n1-2\n1-2 :\n1-2:System RAM\nx-y : System RAM\n", "", 0, 0);
	/* Backwards, beyond all addresses, too long for a number. */
	check("2000-1000 : System RAM\n"
	      "1000-ffffffffffffffff : System RAM\n"
	      "10000000000000000-20000000000000000 : System RAM\n",
	      "", 0, 1);
	/* Other names. */
	check("1000-1fff : System RAMs\n1000-1fff : Persistent System RAM\n", "", 0, 2);
	/* No newline at the end. */
	check("1000-1fff : System RAM", "1000-2000", 0, 1);
}

static void overlaps_and_disorder_are_settled(void **state)
{
	(void)state;
	check("5000-5fff : System RAM\n1000-1fff : System RAM\n2000-2fff : System RAM\n"
	      "1800-4fff : System RAM\n1000-10ff : System RAM\n8000-8fff : System RAM\n",
	      "1000-6000 8000-9000", 0, 6);
	check("1000-2fff : Kernel code\n8000-9fff : Kernel code\n", "", 0x1000, 2);
}

static void many_lines_cost_what_they_are_long(void **state)
{
	enum { N = 20000 };
	char *text = malloc(N * 40);
	struct vmt_iomem io;
	size_t n = 0;

	(void)state;
	for (size_t i = N; i > 0; i--)
		n += (size_t)sprintf(text + n, "%zx000-%zx7ff : System RAM\n", i, i);
	assert_int_equal(vmt_iomem_read(&io, (struct vmt_str){text, n}), VMT_OK);
	assert_u64(io.n_ram, N);
	assert_u64(io.ram[0].start, 0x1000);
	vmt_iomem_deinit(&io);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_machines),
		cmocka_unit_test(zeros_are_told),
		cmocka_unit_test(what_is_none_is_passed_over),
		cmocka_unit_test(overlaps_and_disorder_are_settled),
		cmocka_unit_test(many_lines_cost_what_they_are_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
