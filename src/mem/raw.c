// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory as it is: the RAM file of a virtual machine (QEMU memory-backend-file), or /dev/mem.
 *
 * Nothing in it says what it is.  A file is taken for one when it is a whole number of pages and no
 * text; the machine is known by the keys of the VMCOREINFO that lies in it; where memory begins is
 * the caller's word, or a guess that the caller proves (vmt_mem_guess).
 */
#include "mem_priv.h"

#define PAGE 4096u
/* No machine that runs Linux has less. */
#define RAW_LEAST (64u << 10)
/* Pages looked at. */
#define SAMPLES 256u
#define GIB	(UINT64_C(1) << 30)
/* Read at once when all of it is searched. */
#define BLOCK (1u << 20)

struct raw {
	struct vmt_mem_run *runs;
	size_t n;
	/* Where the next VMCOREINFO is looked for, and the next guess. */
	uint64_t scan_at;
	size_t guess;
	/* Nobody said where memory is. */
	bool guessed;
};

/*
 * What lies where, by machine and bytes of memory.  QEMU 9.0 hw/i386/pc_q35.c: from 2816 MiB on
 * 2 GiB are below 4 GiB and the rest above; hw/i386/pc_piix.c: from 3584 MiB on 3 GiB are.
 * hw/arm/virt.c and hw/riscv/virt.c: VIRT_MEM, VIRT_DRAM.
 */
static const struct guess {
	const char *machine, *name;
	uint64_t least, base, low;
} guesses[] = {
	{"x86_64", "QEMU q35", UINT64_C(0xb0000000), 0, 2 * GIB},
	{"x86_64", "QEMU pc", UINT64_C(0xe0000000), 0, 3 * GIB},
	{"x86_64", "a PC", 0, 0, 0},
	{"aarch64", "QEMU virt", 0, UINT64_C(0x40000000), 0},
	{"riscv64", "QEMU virt", 0, UINT64_C(0x80000000), 0},
};
#define GUESSES (sizeof(guesses) / sizeof(guesses[0]))

/* ---- is it one? ---- */

/* Texts have none of these; NUL bytes some have, where a file system lost their end. */
static bool is_odd(unsigned char c)
{
	return c == 127 || (c && c < 32 && !(c >= 7 && c <= 13) && c != 27);
}

static bool look(const struct vmt_store *s)
{
	unsigned char page[PAGE];
	uint64_t step = s->size / SAMPLES & ~(uint64_t)(PAGE - 1), odd = 0, all = 0;
	size_t got;

	if (s->flat || s->size < RAW_LEAST || s->size % PAGE)
		return false;
	if (vmt_store_read(s, 0, page, sizeof(page), &got, NULL) != VMT_OK ||
	    vmt_file_is_other(page, got))
		return false;
	for (uint64_t at = 0; at < s->size; at += step ? step : PAGE) {
		/* Look where something is: most of a young machine's memory may be holes. */
		uint64_t data = vmt_store_next(s, at);

		if (data == UINT64_MAX)
			break;
		at = data & ~(uint64_t)(PAGE - 1);
		if (vmt_store_read(s, at, page, sizeof(page), &got, NULL) != VMT_OK)
			break;
		for (size_t i = 0; i < got; i++) {
			odd += is_odd(page[i]);
			all += page[i] != 0;
		}
	}
	return all && odd * 64 > all;
}

/* ---- runs ---- */

static int by_pa(const void *a, const void *b)
{
	const struct vmt_mem_run *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

static enum vmt_rc check_runs(const struct vmt_mem *mem, const struct vmt_mem_run *r, size_t n,
			      struct vmt_err *err)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t end = vmt_num_add(r[i].pa, r[i].bytes);

		if (!r[i].bytes || end == UINT64_MAX)
			return vmt_err_set(err, VMT_RANGE, "no memory can be at 0x%llx (0x%llx)",
					   (unsigned long long)r[i].pa,
					   (unsigned long long)r[i].bytes);
		if (i + 1 < n && end > r[i + 1].pa)
			return vmt_err_set(err, VMT_RANGE, "two things are to be at 0x%llx",
					   (unsigned long long)r[i + 1].pa);
		if (!mem->store.device && vmt_num_add(r[i].at, r[i].bytes) > mem->store.size)
			return vmt_err_set(err, VMT_RANGE,
					   "has %llu bytes: memory at 0x%llx would lie behind them",
					   (unsigned long long)mem->store.size,
					   (unsigned long long)r[i].pa);
	}
	return VMT_OK;
}

/* Take @runs over, sorted.  What was read before was read from elsewhere. */
static enum vmt_rc set_runs(struct vmt_mem *mem, const struct vmt_mem_run *runs, size_t n,
			    struct vmt_err *err)
{
	struct raw *r = mem->image;
	struct vmt_mem_run *copy = malloc(n * sizeof(*copy) + 1);
	uint64_t sum = 0;
	enum vmt_rc rc;

	if (!copy)
		return vmt_err_nomem(err);
	memcpy(copy, runs, n * sizeof(*copy));
	qsort(copy, n, sizeof(*copy), by_pa);
	rc = check_runs(mem, copy, n, err);
	if (rc == VMT_OK && mem->pages) {
		vmt_pages_free(mem->pages);
		mem->pages = vmt_pages_new(PAGE);
		if (!mem->pages)
			rc = vmt_err_nomem(err);
	}
	if (rc != VMT_OK) {
		free(copy);
		return rc;
	}
	free(r->runs);
	r->runs = copy;
	r->n = n;
	for (size_t i = 0; i < n; i++)
		sum = vmt_num_add(sum, copy[i].bytes);
	mem->about.runs = copy;
	mem->about.n_runs = n;
	mem->about.pages_stored = mem->about.pages_ram = sum / PAGE;
	return VMT_OK;
}

/* All of the file from @base on; with @low, what is more than that at 4 GiB. */
static enum vmt_rc set_layout(struct vmt_mem *mem, uint64_t base, uint64_t low, struct vmt_err *err)
{
	uint64_t size = mem->store.size;
	struct vmt_mem_run runs[2] = {{0, base, size}, {low, 4 * GIB, size - low}};

	if (!low || low >= size)
		return set_runs(mem, runs, 1, err);
	runs[0].bytes = low;
	return set_runs(mem, runs, 2, err);
}

/* ---- guesses ---- */

/* Only one machine has each of these (vmcoreinfo.rst; arch_crash_save_vmcoreinfo()). */
static const char *machine_of_keys(struct vmt_str text)
{
	static const struct {
		const char *key, *machine;
	} keys[] = {
		{"\nNUMBER(phys_base)=", "x86_64"},
		{"\nNUMBER(kimage_voffset)=", "aarch64"},
		{"\nNUMBER(va_kernel_pa_offset)=", "riscv64"},
		{"\nNUMBER(satp)=", "riscv64"},
		{"\nNUMBER(phys_ram_base)=", "riscv64"}, /* 6.2 to 6.7 */
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (memmem(text.p, text.n, keys[i].key, strlen(keys[i].key)))
			return keys[i].machine;
	return NULL;
}

/* The next line of the table that fits. */
static enum vmt_rc guess_layout(struct vmt_mem *mem, struct vmt_err *err)
{
	struct raw *r = mem->image;

	while (r->guess < GUESSES) {
		const struct guess *g = &guesses[r->guess++];

		if (strcmp(g->machine, mem->about.machine) != 0 || mem->store.size < g->least)
			continue;
		mem->about.guess = g->name;
		return set_layout(mem, g->base, g->low, err);
	}
	return VMT_NONE;
}

/* The next VMCOREINFO of a machine we know, and the first guess for it. */
static enum vmt_rc guess_info(struct vmt_mem *mem, struct vmt_err *err)
{
	struct raw *r = mem->image;
	enum vmt_rc rc;

	while ((rc = vmt_scan_file(mem, &r->scan_at, err)) == VMT_OK) {
		mem->about.machine = machine_of_keys(mem->about.vmcoreinfo);
		r->guess = 0;
		if (mem->about.machine)
			return r->guessed ? guess_layout(mem, err) : VMT_OK;
	}
	return rc;
}

static enum vmt_rc raw_guess(struct vmt_mem *mem)
{
	struct raw *r = mem->image;
	const char *machine = mem->about.machine;
	enum vmt_rc rc = r->guessed ? guess_layout(mem, NULL) : VMT_NONE;

	if (rc != VMT_NONE || r->scan_at == UINT64_MAX)
		return rc;
	rc = guess_info(mem, NULL);
	if (!mem->about.machine)
		mem->about.machine = machine;
	return rc == VMT_IO ? VMT_NONE : rc;
}

enum vmt_rc vmt_mem_place(struct vmt_mem *mem, uint64_t at, uint64_t pa)
{
	const struct raw *r = mem->image;
	enum vmt_rc rc;

	if (mem->format != &vmt_mem_raw || !r->guessed || pa < at || (pa - at) % PAGE)
		return VMT_NONE;
	mem->about.guess = "the kernel's own name was found there";
	rc = set_layout(mem, pa - at, 0, NULL);
	vmt_record_drop(mem->record, 0);
	return rc == VMT_NOMEM ? rc : rc == VMT_OK ? VMT_OK : VMT_NONE;
}

enum vmt_rc vmt_mem_place_low(struct vmt_mem *mem, uint64_t low, const char *why)
{
	const struct raw *r = mem->image;

	if (mem->format != &vmt_mem_raw || !r->guessed || !low || low > 4 * GIB || low % PAGE)
		return VMT_NONE;
	mem->about.guess = why;
	return set_layout(mem, 0, low, NULL);
}

static const unsigned char *find_in(const unsigned char *p, size_t n,
				    const struct vmt_mem_find *what)
{
	size_t second = what->first_n + what->gap, all = second + what->second_n;
	const unsigned char *end = p + n;

	while ((size_t)(end - p) >= all &&
	       (p = memmem(p, (size_t)(end - p), what->first, what->first_n)) &&
	       (size_t)(end - p) >= all) {
		if (memcmp(p + second, what->second, what->second_n) == 0)
			return p;
		p++;
	}
	return NULL;
}

enum vmt_rc vmt_mem_find(struct vmt_mem *mem, const struct vmt_mem_find *what, uint64_t *at)
{
	size_t all = what->first_n + what->gap + what->second_n, got = BLOCK;
	unsigned char *block;
	enum vmt_rc rc = VMT_NONE;

	if (mem->format != &vmt_mem_raw || all > BLOCK / 2)
		return VMT_NONE;
	block = malloc(BLOCK);
	if (!block)
		return VMT_NOMEM;
	while (rc == VMT_NONE && got == BLOCK) {
		const unsigned char *found;
		/* Where the file has a hole it is zero: nothing begins there. */
		uint64_t next = vmt_store_next(&mem->store, *at);

		if (next == UINT64_MAX)
			break;
		*at = next;
		rc = vmt_store_read(&mem->store, *at, block, BLOCK, &got, NULL);
		if (rc != VMT_OK)
			break;
		found = find_in(block, got, what);
		*at += found ? (uint64_t)(found - block) : BLOCK - all + 1;
		rc = found ? VMT_OK : VMT_NONE;
	}
	free(block);
	return rc;
}

/* ---- open ---- */

static enum vmt_rc find_info(struct vmt_mem *mem, struct vmt_err *err)
{
	struct raw *r = mem->image;
	struct vmt_str given = mem->opts->vmcoreinfo;
	enum vmt_rc rc;

	if (given.n) {
		r->scan_at = UINT64_MAX;
		mem->about.machine = machine_of_keys(mem->about.vmcoreinfo);
		if (!mem->about.machine)
			return vmt_err_set(err, VMT_UNSUPPORTED,
					   "of what machine it is is not known: the VMCOREINFO "
					   "given is not one of x86_64, aarch64 or riscv64");
		return r->guessed ? guess_layout(mem, err) : VMT_OK;
	}
	/* A device is not read through: the kernel tells where to look. */
	if (!mem->store.device)
		rc = guess_info(mem, err);
	else
		rc = mem->opts->info_pa ? vmt_scan_page(mem, mem->opts->info_pa, err) : VMT_NONE;
	if (rc == VMT_OK && mem->store.device) {
		mem->about.machine = machine_of_keys(mem->about.vmcoreinfo);
		rc = mem->about.machine ? VMT_OK : VMT_NONE;
	}
	if (rc == VMT_NONE && mem->store.device)
		return vmt_err_set(err, VMT_FORMAT, "has no VMCOREINFO where the kernel says");
	if (rc != VMT_NONE)
		return rc;
	return vmt_err_set(
		err, VMT_FORMAT,
		"is neither a text nor a dump that is known; taken for the memory of a "
		"machine, there is no VMCOREINFO in it that says of which\n"
		"if it is one: --vmcoreinfo FILE, a copy of the VMCOREINFO of that boot");
}

static enum vmt_rc raw_open(struct vmt_mem *mem, struct vmt_worker *w, struct vmt_err *err)
{
	const struct vmt_mem_opts *opts = mem->opts;
	struct raw *r = calloc(1, sizeof(*r));
	enum vmt_rc rc = VMT_OK;

	(void)w;
	if (!r)
		return vmt_err_nomem(err);
	mem->image = r;
	mem->about.page_size = PAGE;
	mem->about.packing = "";
	mem->about.live = mem->store.device;
	mem->about.may_change = !mem->store.device;
	if (mem->store.device)
		r->scan_at = UINT64_MAX;
	r->guessed = !opts->n_runs && !opts->base;
	if (!mem->store.size)
		return vmt_err_set(err, VMT_FORMAT, "is empty");
	if (opts->n_runs)
		rc = set_runs(mem, opts->runs, opts->n_runs, err);
	else if (opts->base)
		rc = set_layout(mem, *opts->base, 0, err);
	return rc == VMT_OK ? find_info(mem, err) : rc;
}

static void raw_close(void *image)
{
	struct raw *r = image;

	free(r->runs);
	free(r);
}

/* ---- reading ---- */

/* The first run that ends behind @pa; NULL: none. */
static const struct vmt_mem_run *find(const struct raw *r, uint64_t pa)
{
	size_t lo = 0, hi = r->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->runs[mid].pa + r->runs[mid].bytes > pa)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo < r->n ? &r->runs[lo] : NULL;
}

static enum vmt_rc read_bytes(struct vmt_mem *mem, struct vmt_worker *w, uint64_t at, void *buf,
			      size_t n, struct vmt_err *err)
{
	size_t got;
	enum vmt_rc rc;

	/* The device refuses a whole read when a page of it is not to be read. */
	if (!mem->about.live)
		return vmt_ahead_copy(&w->ahead, at, buf, n, err);
	rc = vmt_store_read(&mem->store, at, buf, n, &got, err);
	if (rc == VMT_IO)
		return vmt_err_set(err, VMT_EXCLUDED, "the kernel does not give this page out");
	return rc != VMT_OK ? rc : got < n ? VMT_NONE : VMT_OK;
}

static enum vmt_rc raw_load(struct vmt_mem *mem, struct vmt_worker *w, uint64_t page,
			    unsigned char *to, struct vmt_err *err)
{
	uint64_t pa = page * PAGE;
	const struct vmt_mem_run *run = find(mem->image, pa);

	w->cheap = true;
	/* Memory may begin and end anywhere, and so may the file. */
	if (!run || run->pa > pa || run->pa + run->bytes - pa < PAGE)
		return VMT_NONE;
	return read_bytes(mem, w, run->at + (pa - run->pa), to, PAGE, err);
}

static enum vmt_rc raw_piece(struct vmt_mem *mem, struct vmt_worker *w, uint64_t pa, void *buf,
			     size_t n, struct vmt_err *err)
{
	unsigned char *to = buf;

	while (n) {
		const struct vmt_mem_run *run = find(mem->image, pa);
		size_t part = n;
		enum vmt_rc rc;

		if (!run || run->pa > pa)
			return vmt_err_set(err, VMT_FAULT, "no such memory");
		if (run->pa + run->bytes - pa < part)
			part = (size_t)(run->pa + run->bytes - pa);
		rc = read_bytes(mem, w, run->at + (pa - run->pa), to, part, err);
		if (rc != VMT_OK)
			return rc == VMT_NONE ? vmt_mem_cut(mem, err) : rc;
		to += part;
		pa += part;
		n -= part;
	}
	return VMT_OK;
}

static enum vmt_rc raw_range(struct vmt_mem *mem, struct vmt_worker *w, uint64_t from,
			     uint64_t *start, uint64_t *end)
{
	const struct vmt_mem_run *run = find(mem->image, from);

	(void)w;
	if (!run)
		return VMT_NONE;
	*start = run->pa > from ? run->pa : from;
	*end = run->pa + run->bytes;
	return VMT_OK;
}

const struct vmt_mem_format vmt_mem_raw = {
	.name = "raw memory",
	.plain = true,
	.look = look,
	.open = raw_open,
	.guess = raw_guess,
	.load = raw_load,
	.piece = raw_piece,
	.range = raw_range,
	.close = raw_close,
};
