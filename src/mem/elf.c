// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF vmcore: kexec's /proc/vmcore, QEMU dump-guest-memory, virsh, makedumpfile -E.
 *
 * Only p_paddr says where memory is (QEMU leaves p_vaddr 0), only e_phoff where program headers
 * are (QEMU puts section headers before them and writes an e_ehsize of its own).  The part of a
 * segment that the file does not hold (p_filesz < p_memsz) was left out.
 *
 * /proc/kcore (fs/proc/kcore.c, 4.11 to 7.2) is such a file too.  Only its RAM and the kernel's
 * text have a physical address, the other segments -1: these are not read, for behind them is
 * vread(), which answers zeros where nothing is mapped.  Their sizes, and that of the file, are
 * those of address space.
 */
#include <elf.h>

#include "mem_priv.h"

#define PAGE_BYTES  4096u
#define EHDR_BYTES  64u
#define PHDR_BYTES  56u
#define SH_INFO	    44u
#define SHDR_BYTES  64u
#define E_TYPE	    16
#define E_MACHINE   18
#define E_PHOFF	    32
#define E_SHOFF	    40
#define E_FLAGS	    48
#define E_PHENTSIZE 54
#define E_PHNUM	    56
/* makedumpfile: the disk was full before everything was written. */
#define FLAG_INCOMPLETE 1u

/* Memory from start on, and where it is in the file. */
struct part {
	uint64_t start, end, at;
	/* Order of the headers. */
	size_t number;
};

struct parts {
	struct part *p;
	size_t n, cap;
};

struct elf {
	uint64_t ph_at, ph_n, ph_size;
	/* Segments of /proc/kcore that are no RAM; those of any file that say nothing of it. */
	size_t virtual_only, silent;
	/* What the file holds, and what memory there is; each in order and without overlaps. */
	struct parts stored, ram;
};

static bool probe(const unsigned char *head, size_t n)
{
	if (n < EI_NIDENT + 4 || memcmp(head, ELFMAG, SELFMAG) != 0)
		return false;
	return head[EI_DATA] == ELFDATA2MSB ? head[E_TYPE + 1] == ET_CORE && !head[E_TYPE]
					    : vmt_le16(head + E_TYPE) == ET_CORE;
}

/* ---- header ---- */

static const char *machine_name(unsigned machine, bool wide, bool big)
{
	switch (machine) {
	case EM_X86_64: return "x86_64";
	case EM_AARCH64: return big ? "aarch64_be" : "aarch64";
	case EM_RISCV: return wide ? "riscv64" : "riscv32";
	case EM_386: return "i686";
	case EM_ARM: return "a 32-bit ARM machine";
	case EM_S390: return wide ? "s390x" : "s390";
	case EM_PPC64: return big ? "ppc64" : "ppc64le";
	case EM_PPC: return "ppc";
	case EM_MIPS: return wide ? "mips64" : "mips";
	case EM_SPARCV9: return "sparc64";
	case 258: return "loongarch64";
	default: return NULL;
	}
}

static enum vmt_rc check_machine(struct vmt_mem *mem, const unsigned char *h, struct vmt_err *err)
{
	bool wide = h[EI_CLASS] == ELFCLASS64, big = h[EI_DATA] == ELFDATA2MSB;
	unsigned number =
		big ? (unsigned)h[E_MACHINE] << 8 | h[E_MACHINE + 1] : vmt_le16(h + E_MACHINE);
	const char *name = machine_name(number, wide, big);

	if (wide && !big && name)
		mem->about.machine = vmt_mem_machine(name);
	if (mem->about.machine)
		return VMT_OK;
	if (!name)
		name = big ? "a big-endian machine" : wide ? "another machine" : "a 32-bit machine";
	return vmt_mem_foreign(name, err);
}

/* With 65535 segments and more their number stands in the first section header. */
static enum vmt_rc find_headers(struct vmt_mem *mem, struct vmt_worker *w, struct elf *e,
				const unsigned char *h, struct vmt_err *err)
{
	const unsigned char *p;
	uint64_t most;
	enum vmt_rc rc;

	e->ph_at = vmt_le64(h + E_PHOFF);
	e->ph_n = vmt_le16(h + E_PHNUM);
	e->ph_size = vmt_le16(h + E_PHENTSIZE);
	if (e->ph_size < PHDR_BYTES)
		return vmt_err_set(err, VMT_FORMAT, "damaged: e_phentsize is %u",
				   (unsigned)e->ph_size);
	if (e->ph_n == PN_XNUM) {
		rc = vmt_ahead_get(&w->ahead, vmt_le64(h + E_SHOFF), SHDR_BYTES, SHDR_BYTES, &p,
				   err);
		if (rc != VMT_OK && rc != VMT_NONE)
			return rc;
		if (rc == VMT_OK)
			e->ph_n = vmt_le32(p + SH_INFO);
	}
	most = mem->store.disk_bytes / e->ph_size;
	if (e->ph_n > most) {
		e->ph_n = most;
		mem->about.cut = true;
	}
	return VMT_OK;
}

/* ---- segments ---- */

static enum vmt_rc add_part(struct parts *parts, uint64_t start, uint64_t n, uint64_t at)
{
	uint64_t end = vmt_num_add(start, n);

	if (!n)
		return VMT_OK;
	if (vmt_grow(&parts->p, &parts->cap, parts->n + 1, sizeof(parts->p[0])) != VMT_OK)
		return VMT_NOMEM;
	parts->p[parts->n] = (struct part){start, end, at, parts->n};
	parts->n++;
	return VMT_OK;
}

static enum vmt_rc take_load(struct vmt_mem *mem, struct elf *e, const unsigned char *p,
			     struct vmt_err *err)
{
	uint64_t at = vmt_le64(p + 8), pa = vmt_le64(p + 24);
	uint64_t file_n = vmt_le64(p + 32), mem_n = vmt_le64(p + 40);

	if (pa == UINT64_MAX) {
		e->virtual_only++;
		return VMT_OK;
	}
	e->silent += !pa && vmt_le64(p + 16) >> 63;
	if (vmt_num_add(at, file_n) > mem->store.size)
		mem->about.cut = true;
	if (add_part(&e->stored, pa, file_n, at) != VMT_OK ||
	    add_part(&e->ram, pa, file_n > mem_n ? file_n : mem_n, 0) != VMT_OK)
		return vmt_err_nomem(err);
	return VMT_OK;
}

static enum vmt_rc read_headers(struct vmt_mem *mem, struct vmt_worker *w, struct elf *e,
				struct vmt_notes *notes, struct vmt_err *err)
{
	for (uint64_t i = 0; i < e->ph_n; i++) {
		uint64_t at = vmt_num_add(e->ph_at, i * e->ph_size);
		const unsigned char *p;
		enum vmt_rc rc = vmt_ahead_get(&w->ahead, at, PHDR_BYTES, PAGE_BYTES, &p, err);

		if (rc == VMT_NONE) {
			mem->about.cut = true;
			return VMT_OK;
		}
		if (rc == VMT_OK && vmt_le32(p) == PT_LOAD)
			rc = take_load(mem, e, p, err);
		else if (rc == VMT_OK && vmt_le32(p) == PT_NOTE)
			rc = vmt_notes_scan(&w->ahead, vmt_le64(p + 8), vmt_le64(p + 32), notes,
					    err);
		if (rc != VMT_OK)
			return rc;
	}
	return VMT_OK;
}

static int by_start(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/*
 * Sort and take overlaps out: the part that begins first keeps what it has.  (Of /proc/vmcore the
 * kernel's text is a segment of its own, over the memory it is in.)  @join: neighbours become one.
 */
static uint64_t settle(struct parts *parts, bool join)
{
	uint64_t end = 0, sum = 0;
	size_t n = 0;

	if (parts->n)
		qsort(parts->p, parts->n, sizeof(parts->p[0]), by_start);
	for (size_t i = 0; i < parts->n; i++) {
		struct part p = parts->p[i];

		if (n && p.end <= end)
			continue;
		if (n && p.start < end) {
			p.at += end - p.start;
			p.start = end;
		}
		if (join && n && p.start == end)
			parts->p[n - 1].end = p.end;
		else
			parts->p[n++] = p;
		end = p.end;
		sum += p.end - p.start;
	}
	parts->n = n;
	return sum;
}

/* The first part that ends behind @pa; NULL: none. */
static const struct part *find(const struct parts *parts, uint64_t pa)
{
	size_t lo = 0, hi = parts->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (parts->p[mid].end > pa)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo < parts->n ? &parts->p[lo] : NULL;
}

/* ---- open ---- */

static enum vmt_rc read_tables(struct vmt_mem *mem, struct vmt_worker *w, struct elf *e,
			       struct vmt_err *err)
{
	struct vmt_notes notes = {0};
	enum vmt_rc rc = read_headers(mem, w, e, &notes, err);

	if (rc == VMT_OK && notes.process)
		rc = vmt_err_set(err, VMT_FORMAT,
				 "is the core of a process: the memory of a machine is wanted");
	if (rc == VMT_OK && !e->ram.n && !mem->about.cut)
		rc = vmt_err_set(err, VMT_FORMAT, "holds no memory (no PT_LOAD segment)");
	if (rc == VMT_OK && e->silent > 1)
		rc = vmt_err_set(err, VMT_UNSUPPORTED,
				 "does not say where in memory its segments are, as kernels before "
				 "4.11 do not\na dump works");
	if (rc == VMT_OK)
		rc = vmt_notes_keep(mem, &notes, err);
	free(notes.registers);
	if (e->virtual_only) {
		mem->about.live = true;
		mem->about.cut = false;
	}
	mem->about.pages_stored = settle(&e->stored, false) / PAGE_BYTES;
	mem->about.pages_ram = settle(&e->ram, true) / PAGE_BYTES;
	return rc;
}

static enum vmt_rc elf_open(struct vmt_mem *mem, struct vmt_worker *w, struct vmt_err *err)
{
	struct elf *e = calloc(1, sizeof(*e));
	unsigned char h[EHDR_BYTES] = {0};
	size_t got;
	enum vmt_rc rc;

	if (!e)
		return vmt_err_nomem(err);
	mem->image = e;
	rc = vmt_store_read(&mem->store, 0, h, sizeof(h), &got, err);
	if (rc == VMT_OK)
		rc = check_machine(mem, h, err);
	if (rc == VMT_OK && got < sizeof(h))
		rc = vmt_err_set(err, VMT_FORMAT, "is cut short: %zu bytes of an ELF header", got);
	if (rc == VMT_OK)
		rc = find_headers(mem, w, e, h, err);
	if (rc == VMT_OK)
		rc = read_tables(mem, w, e, err);
	if (rc != VMT_OK)
		return rc;
	mem->about.cut |= mem->store.cut;
	mem->about.incomplete = vmt_le32(h + E_FLAGS) & FLAG_INCOMPLETE;
	mem->about.packing = "raw";
	if (mem->about.live) {
		mem->about.format = "kcore";
		mem->about.packing = "";
	}
	mem->about.page_size = PAGE_BYTES;
	return VMT_OK;
}

static void elf_close(void *image)
{
	struct elf *e = image;

	free(e->stored.p);
	free(e->ram.p);
	free(e);
}

/* ---- reading ---- */

static enum vmt_rc elf_load(struct vmt_mem *mem, struct vmt_worker *w, uint64_t page,
			    unsigned char *to, struct vmt_err *err)
{
	const struct elf *e = mem->image;
	uint64_t pa = page * PAGE_BYTES;
	const struct part *p = find(&e->stored, pa);

	w->cheap = true;
	/* Memory may begin and end anywhere, and so may the file. */
	if (!p || p->start > pa || p->end - pa < PAGE_BYTES)
		return VMT_NONE;
	return vmt_ahead_copy(&w->ahead, vmt_num_add(p->at, pa - p->start), to, PAGE_BYTES, err);
}

static enum vmt_rc not_stored(const struct elf *e, uint64_t pa, struct vmt_err *err)
{
	const struct part *p = find(&e->ram, pa);

	return p && p->start <= pa ? vmt_err_set(err, VMT_EXCLUDED, "the dump left this page out")
				   : vmt_err_set(err, VMT_FAULT, "no such memory");
}

/* Of a kernel that runs, what was read ahead would be old when it is wanted. */
static enum vmt_rc copy(struct vmt_mem *mem, struct vmt_worker *w, uint64_t at, void *buf, size_t n,
			struct vmt_err *err)
{
	struct vmt_err why;
	size_t got;
	enum vmt_rc rc;

	if (!mem->about.live) {
		rc = vmt_ahead_copy(&w->ahead, at, buf, n, err);
		return rc == VMT_NONE ? vmt_mem_cut(mem, err) : rc;
	}
	rc = vmt_store_read(&mem->store, at, buf, n, &got, &why);
	if (rc == VMT_IO)
		return vmt_err_set(err, VMT_EXCLUDED, "%s", why.text);
	if (rc == VMT_OK && got < n)
		return vmt_err_set(err, VMT_EXCLUDED, "the kernel does not let it be read");
	return rc;
}

static enum vmt_rc elf_piece(struct vmt_mem *mem, struct vmt_worker *w, uint64_t pa, void *buf,
			     size_t n, struct vmt_err *err)
{
	const struct elf *e = mem->image;
	unsigned char *to = buf;

	while (n) {
		const struct part *p = find(&e->stored, pa);
		size_t part = n;
		enum vmt_rc rc;

		if (!p || p->start > pa)
			return not_stored(e, pa, err);
		if (p->end - pa < part)
			part = (size_t)(p->end - pa);
		rc = copy(mem, w, vmt_num_add(p->at, pa - p->start), to, part, err);
		if (rc != VMT_OK)
			return rc;
		to += part;
		pa += part;
		n -= part;
	}
	return VMT_OK;
}

static enum vmt_rc range_of(const struct parts *parts, uint64_t from, uint64_t *start,
			    uint64_t *end)
{
	const struct part *p = find(parts, from);

	if (!p)
		return VMT_NONE;
	*start = p->start > from ? p->start : from;
	*end = p->end;
	return VMT_OK;
}

static enum vmt_rc elf_range(struct vmt_mem *mem, struct vmt_worker *w, uint64_t from,
			     uint64_t *start, uint64_t *end)
{
	const struct elf *e = mem->image;

	(void)w;
	return range_of(&e->stored, from, start, end);
}

static enum vmt_rc elf_ram(struct vmt_mem *mem, struct vmt_worker *w, uint64_t from,
			   uint64_t *start, uint64_t *end)
{
	const struct elf *e = mem->image;

	(void)w;
	return range_of(&e->ram, from, start, end);
}

const struct vmt_mem_format vmt_mem_elf = {
	.name = "ELF",
	.plain = true,
	.probe = probe,
	.open = elf_open,
	.load = elf_load,
	.piece = elf_piece,
	.range = elf_range,
	.ram = elf_ram,
	.close = elf_close,
};
