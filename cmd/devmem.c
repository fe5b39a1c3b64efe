// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /dev/mem as a source, with what the kernel says of it in files beside: RAM in proc/iomem, the
 * place of VMCOREINFO in sys/kernel/vmcoreinfo, or, of a kernel without, what stands for it in
 * proc/iomem and proc/kallsyms.  All paths begin where that of dev/mem does, so that a copy of
 * these files can be read, and tested, anywhere.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

#define FILE_MAX (4u << 20)
/* x86 answers zeros here (STRICT_DEVMEM), and no kernel lies there. */
#define FIRST_MIB   UINT64_C(0x100000)
#define TEXT_MAP    UINT64_C(0xffffffff80000000) /* x86: __START_KERNEL_map */
#define IMAGE_ALIGN (UINT64_C(2) << 20)
#define INSTEAD                                                                               \
	"/proc/kcore works instead, where it is there: vmtool %s /proc/kcore; or a dump: of " \
	"kdump, virsh dump --memory-only, QEMU's dump-guest-memory"

static const char dev_mem[] = "dev/mem";

/* ROOT/dev/mem, and proc/iomem beside it. */
bool devmem_is(const char *path)
{
	size_t n = strlen(path), tail = sizeof(dev_mem) - 1;
	char iomem[4400];

	if (n < tail || strcmp(path + n - tail, dev_mem) != 0 ||
	    (n > tail && path[n - tail - 1] != '/'))
		return false;
	if (strcmp(path, "/dev/mem") == 0)
		return true;
	(void)snprintf(iomem, sizeof(iomem), "%.*sproc/iomem", (int)(n - tail), path);
	return access(iomem, F_OK) == 0;
}

/* A file below the root; free it.  NULL: it cannot be read. */
static char *slurp(const char *root, const char *name, size_t *n)
{
	char path[4400], *text;

	(void)snprintf(path, sizeof(path), "%s%s", root, name);
	return vmt_file_slurp(path, FILE_MAX, &text, n, NULL) == VMT_OK ? text : NULL;
}

/* ---- what to say when it is closed ---- */

static bool holds(const char *root, const char *name, const char *word)
{
	size_t n;
	char *text = slurp(root, name, &n);
	bool found = text && memmem(text, n, word, strlen(word));

	free(text);
	return found;
}

int devmem_complain(const struct source *s, const struct run *r, const char *path,
		    const struct vmt_err *err)
{
	const char *lock = holds(s->devmem, "sys/kernel/security/lockdown", "[confidentiality]")
				   ? "confidentiality"
			   : holds(s->devmem, "sys/kernel/security/lockdown", "[integrity]")
				   ? "integrity"
				   : NULL;

	if (err->code == VMT_NONE)
		message("%s is not there: this kernel was built without CONFIG_DEVMEM, or this is "
			"a container\n" INSTEAD,
			path, r->cmd->name);
	else if (err->code != VMT_PERM)
		return complain(err);
	else if (geteuid() != 0)
		message("%s can be read by root only: sudo vmtool %s %s", path, r->cmd->name, path);
	else if (lock && strcmp(lock, "confidentiality") == 0)
		message("%s is closed, also to root: the kernel is locked down (%s), and "
			"/proc/kcore with it\na dump works instead",
			path, lock);
	else if (lock)
		message("%s is closed, also to root: the kernel is locked down (%s)\n" INSTEAD,
			path, lock, r->cmd->name);
	else
		message("%s gives no RAM out, also to root: this kernel was built with "
			"CONFIG_STRICT_DEVMEM, as most are\n" INSTEAD,
			path, r->cmd->name);
	return EXIT_NO_ANSWER;
}

/* ---- RAM ---- */

static int read_ram(struct ram *ram, struct source *s, struct vmt_iomem *io)
{
	size_t n, cap = 0;
	char *text = slurp(s->devmem, "proc/iomem", &n);
	enum vmt_rc rc;

	if (!text) {
		message("%sproc/iomem cannot be read: it says which of %sdev/mem is RAM", s->devmem,
			s->devmem);
		return EXIT_NO_ANSWER;
	}
	rc = vmt_iomem_read(io, (struct vmt_str){text, n});
	free(text);
	if (rc != VMT_OK)
		return complain_nomem();
	if (!io->n_ram && io->zeroed) {
		message("%sproc/iomem shows zeros: only root sees where RAM is", s->devmem);
		return EXIT_NO_ANSWER;
	}
	for (size_t i = 0; i < io->n_ram; i++) {
		uint64_t start = io->ram[i].start, end = io->ram[i].end;

		if (start < FIRST_MIB)
			start = FIRST_MIB;
		if (start >= end)
			continue;
		if (vmt_grow(&ram->runs, &cap, ram->opts.n_runs + 1, sizeof(*ram->runs)) != VMT_OK)
			return complain_nomem();
		ram->runs[ram->opts.n_runs++] = (struct vmt_mem_run){start, start, end - start};
	}
	ram->opts.runs = ram->runs;
	if (ram->opts.n_runs)
		return 0;
	message("%sproc/iomem names no System RAM", s->devmem);
	return EXIT_NO_ANSWER;
}

/* ---- VMCOREINFO ---- */

/* `0x0000000016cc2000 1024`: address and size, both in hex (kernel/ksysfs.c, vmcoreinfo_show). */
static uint64_t info_place(const char *root)
{
	size_t n;
	char *text = slurp(root, "sys/kernel/vmcoreinfo", &n);
	struct vmt_str rest = {text, text ? n : 0}, word;
	uint64_t pa = 0;

	word = vmt_str_word(&rest);
	if (vmt_str_starts(word, "0x")) {
		word.p += 2;
		word.n -= 2;
	}
	if (!vmt_num_parse(word, 16, &pa))
		pa = 0;
	free(text);
	return pa;
}

/* The symbols of the running kernel, for what VMCOREINFO would have said. */
static int read_symbols(struct source *s, struct vmt_kern_opts *opts)
{
	struct vmt_kallsyms_stats stats;
	struct vmt_err err = {0};
	struct vmt_file *file;
	char path[4400];

	if (opts->symbols)
		return 0;
	(void)snprintf(path, sizeof(path), "%sproc/kallsyms", s->devmem);
	s->symbols = vmt_symbols_new();
	if (!s->symbols)
		return complain_nomem();
	if (vmt_file_open(&file, path, &err) == VMT_OK &&
	    vmt_kallsyms_read(s->symbols, file, &stats, &err) == VMT_OK) {
		opts->symbols = s->symbols;
		return 0;
	}
	if (err.code == VMT_PERM)
		message("%s has zeros for addresses: sudo sysctl kernel.kptr_restrict=1 shows them "
			"to root, and to root alone",
			path);
	else
		return complain(&err);
	return EXIT_NO_ANSWER;
}

static uint64_t va_of(const struct vmt_kern_opts *opts, const char *name)
{
	uint64_t va;

	return vmt_symbols_named(opts->symbols, vmt_str(name), &va, 1) ? va : 0;
}

/*
 * "Kernel code" begins at _text, or, on arm64 from 5.11 to 6.1 and before, at _stext: the image
 * lies at a multiple of 2 MiB from where it is mapped.
 */
static bool image_offset(const struct vmt_kern_opts *opts, uint64_t code, uint64_t *offset)
{
	static const char *const names[] = {"_text", "_stext"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t va = va_of(opts, names[i]);

		*offset = va - code;
		if (va && *offset % IMAGE_ALIGN == 0)
			return true;
	}
	return false;
}

/* Bits of a kernel address by the mmu line of proc/cpuinfo. */
static unsigned riscv_bits(const char *root)
{
	return holds(root, "proc/cpuinfo", "sv57")   ? 57
	       : holds(root, "proc/cpuinfo", "sv48") ? 48
						     : 39;
}

/*
 * arm64: the image lies in the upper half of kernel addresses, and only some sizes are built
 * (arch/arm64/Kconfig, ARM64_VA_BITS).
 */
static unsigned arm_bits(uint64_t text_va, uint64_t page_size)
{
	static const struct {
		uint64_t page_size;
		unsigned less, more;
	} sizes[] = {{4096, 39, 48}, {16384, 36, 47}, {65536, 42, 48}};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i].page_size == page_size)
			return ~text_va >> (sizes[i].less - 1) ? sizes[i].more : sizes[i].less;
	return 48;
}

static void put_machine(char *to, size_t size, const struct vmt_kern_opts *opts, const char *root,
			uint64_t offset, uint64_t page_size)
{
	if (va_of(opts, "init_top_pgt") || va_of(opts, "startup_64"))
		(void)snprintf(to, size,
			       "NUMBER(phys_base)=%" PRId64 "\n"
			       "NUMBER(pgtable_l5_enabled)=%d\n",
			       (int64_t)(TEXT_MAP - offset), holds(root, "proc/cpuinfo", " la57"));
	else if (va_of(opts, "handle_exception"))
		(void)snprintf(to, size,
			       "NUMBER(VA_BITS)=%u\nNUMBER(va_kernel_pa_offset)=0x%" PRIx64 "\n",
			       riscv_bits(root), offset);
	else
		(void)snprintf(to, size,
			       "NUMBER(VA_BITS)=%u\nNUMBER(kimage_voffset)=0x%" PRIx64 "\n",
			       arm_bits(va_of(opts, "_stext"), page_size), offset);
}

/* What VMCOREINFO would say of where the kernel is. */
static int make_info(struct ram *ram, struct source *s, const struct run *r,
		     struct vmt_kern_opts *opts, const struct vmt_iomem *io)
{
	uint64_t offset, root_va, page_size = 4096;
	char machine[160], text[640];
	size_t n;
	char *release;
	int code = read_symbols(s, opts);

	if (code)
		return code;
	root_va = va_of(opts, "swapper_pg_dir");
	if (!root_va)
		root_va = va_of(opts, "init_top_pgt");
	if (!root_va || !io->kernel_code || !image_offset(opts, io->kernel_code, &offset)) {
		message("%sdev/mem: neither VMCOREINFO (sys/kernel/vmcoreinfo) nor \"Kernel code\" "
			"in proc/iomem with swapper_pg_dir in proc/kallsyms say where the kernel "
			"is\n--vmcoreinfo FILE and --kallsyms FILE (System.map has no KASLR) may",
			s->devmem);
		return EXIT_NO_ANSWER;
	}
	if (s->live)
		page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	if (r->opt[OPT_PAGE_SIZE] && !vmt_num_size(r->opt[OPT_PAGE_SIZE], &page_size))
		return usage_error(r->cmd, "--page-size is a power of two, 4K for example");
	release = slurp(s->devmem, "proc/sys/kernel/osrelease", &n);
	put_machine(machine, sizeof(machine), opts, s->devmem, offset, page_size);
	(void)snprintf(text, sizeof(text),
		       "OSRELEASE=%.64s%sPAGESIZE=%" PRIu64 "\nSYMBOL(swapper_pg_dir)=%" PRIx64
		       "\nSYMBOL(_stext)=%" PRIx64 "\n%s",
		       release ? release : "unknown",
		       release && n && memchr(release, '\n', n) ? "" : "\n", page_size, root_va,
		       va_of(opts, "_stext"), machine);
	free(release);
	ram->vmcoreinfo = strdup(text);
	if (!ram->vmcoreinfo)
		return complain_nomem();
	ram->opts.vmcoreinfo = vmt_str(ram->vmcoreinfo);
	return 0;
}

int devmem_options(struct ram *ram, struct source *s, const struct run *r,
		   struct vmt_kern_opts *opts)
{
	struct vmt_iomem io;
	int code;

	if (ram_said(r))
		return usage_error(r->cmd, "--base and --map are not for /dev/mem: proc/iomem says "
					   "where RAM is");
	code = read_ram(ram, s, &io);
	ram->opts.device = true;
	if (code == 0 && !ram->opts.vmcoreinfo.n) {
		ram->opts.info_pa = info_place(s->devmem);
		if (!ram->opts.info_pa)
			code = make_info(ram, s, r, opts, &io);
	}
	vmt_iomem_deinit(&io);
	return code;
}

int devmem_open(struct source *s, const struct run *r, const char *path)
{
	size_t n = strlen(path) - (sizeof(dev_mem) - 1);

	s->live = strcmp(path, "/dev/mem") == 0;
	if (s->live)
		s->name = "live";
	free(s->proc);
	s->devmem = strndup(path, n);
	s->proc = malloc(n + sizeof("proc"));
	if (!s->devmem || !s->proc)
		return complain_nomem();
	(void)sprintf(s->proc, "%sproc", s->devmem);
	return image_open(s, r, path);
}
