// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does the image have all memory of the machine?  A file may hold one of several RAM areas of a
 * virtual machine, or a part of them (QEMU's dump-guest-memory with begin and length), and says
 * nothing of the rest.  The kernel knows: its tree of resources has all RAM.  What the image lacks
 * of that is not known; what lies outside of it is no memory.
 */
#include <inttypes.h>
#include <string.h>

#include "kern_priv.h"

/*
 * struct resource of 64-bit kernels (include/linux/ioport.h, 4.6 to 7.2): eight words.  Types are
 * not known yet: that a child names its parent proves that it is laid out so.
 */
enum { START, END, NAME, FLAGS, DESC, PARENT, SIBLING, CHILD, WORDS };

/* IORESOURCE_MEM | IORESOURCE_SYSRAM */
#define SYSTEM_RAM UINT64_C(0x01000200)
/* What the kernel sets aside for the one that dumps it (kernel/crash_core.c): no dump has it. */
#define CRASH_KERNEL "Crash kernel"
#define DEPTH_MAX    8
#define NODES_MAX    100000
#define RANGES_MAX   1024

struct ranges {
	struct vmt_mem_frames items[RANGES_MAX];
	size_t n;
};

struct ram {
	struct vmt_kern *kern;
	uint64_t page_size, left;
	/* Frames of RAM, and those of it that the image lacks. */
	struct ranges has, lacks;
};

static bool add(struct ranges *r, uint64_t first, uint64_t end)
{
	if (first >= end)
		return true;
	if (r->n == RANGES_MAX)
		return false;
	r->items[r->n++] = (struct vmt_mem_frames){first, end};
	return true;
}

static bool read_resource(struct ram *r, uint64_t va, uint64_t words[WORDS])
{
	if (!r->left || vmt_kern_read(r->kern, va, words, WORDS * sizeof(*words), NULL) != VMT_OK)
		return false;
	r->left--;
	return words[START] <= words[END];
}

static bool is_crash_kernel(struct ram *r, const uint64_t words[WORDS])
{
	char name[sizeof(CRASH_KERNEL)];

	return vmt_kern_read(r->kern, words[NAME], name, sizeof(name), NULL) == VMT_OK &&
	       memcmp(name, CRASH_KERNEL, sizeof(name)) == 0;
}

/* The frames of one resource of RAM, without those set aside in it. */
static bool add_ram(struct ram *r, uint64_t va, const uint64_t ram[WORDS])
{
	uint64_t words[WORDS], from = ram[START] / r->page_size + (ram[START] % r->page_size != 0);
	uint64_t end = (ram[END] - r->page_size + 1) / r->page_size + 1;

	if (ram[END] - ram[START] < r->page_size)
		return true;
	for (uint64_t at = ram[CHILD]; at; at = words[SIBLING]) {
		if (!read_resource(r, at, words) || words[PARENT] != va)
			return false;
		if (!is_crash_kernel(r, words))
			continue;
		if (!add(&r->has, from, words[START] / r->page_size))
			return false;
		from = words[END] / r->page_size + 1;
	}
	return add(&r->has, from, end);
}

/* RAM lies at the top, or in what it was added by (virtio_mem, dax). */
static bool walk(struct ram *r, uint64_t va, const uint64_t node[WORDS], int depth)
{
	uint64_t words[WORDS];

	for (uint64_t at = node[CHILD]; at; at = words[SIBLING]) {
		if (!read_resource(r, at, words) || words[PARENT] != va)
			return false;
		if ((words[FLAGS] & SYSTEM_RAM) == SYSTEM_RAM) {
			if (!add_ram(r, at, words))
				return false;
		} else if (depth == DEPTH_MAX || !walk(r, at, words, depth + 1)) {
			return false;
		}
	}
	return true;
}

/* @return VMT_OK or VMT_NOMEM; *@whole: everything that is lacking is known. */
static enum vmt_rc find_lacks(struct ram *r, bool *whole)
{
	*whole = true;
	for (size_t i = 0; i < r->has.n; i++) {
		uint64_t at = r->has.items[i].first, last = r->has.items[i].end;
		uint64_t start = 0, end = 0;
		enum vmt_rc rc = VMT_OK;

		while (at < last && rc == VMT_OK) {
			rc = vmt_mem_ram(r->kern->mem, at * r->page_size, &start, &end);
			if (rc == VMT_NOMEM)
				return rc;
			start = rc == VMT_OK ? start / r->page_size : last;
			*whole &= add(&r->lacks, at, start < last ? start : last);
			at = rc == VMT_OK && end / r->page_size > at ? end / r->page_size : last;
		}
	}
	return VMT_OK;
}

/* ---- what the kernel has ---- */

static bool by_resources(struct ram *r)
{
	uint64_t vas[VMT_CANDIDATES], root[WORDS];

	return vmt_kern_symbol(r->kern, "iomem_resource", vas) == 1 &&
	       read_resource(r, vas[0], root) && walk(r, vas[0], root, 0) && r->has.n;
}

/* Some of that tree lies in what is lacking: where memory ends is in the kernel's image. */
static bool by_end(struct ram *r)
{
	uint64_t vas[VMT_CANDIDATES], max_pfn, bytes = UINT64_C(1) << r->kern->pgt.page_shift;

	r->has.n = 0;
	return vmt_kern_symbol(r->kern, "max_pfn", vas) == 1 &&
	       vmt_kern_read_u64(r->kern, vas[0], &max_pfn, NULL) == VMT_OK && max_pfn &&
	       add(&r->has, 0, vmt_num_mul(max_pfn, bytes) / r->page_size);
}

static void tell(struct ram *r, bool exactly)
{
	uint64_t pages = 0;
	char size[VMT_NUM_HUMAN];

	for (size_t i = 0; i < r->lacks.n; i++)
		pages += r->lacks.items[i].end - r->lacks.items[i].first;
	if (exactly && pages)
		kern_missing(r->kern,
			     "%s of the machine's memory is not in the file, from 0x%" PRIx64
			     " on: what lies there is not known",
			     vmt_num_human(size, vmt_num_mul(pages, r->page_size)),
			     r->lacks.items[0].first * r->page_size);
	else if (pages && r->lacks.items[r->lacks.n - 1].end == r->has.items[0].end)
		kern_missing(r->kern,
			     "the machine's memory ends at 0x%" PRIx64
			     ", that in the file at 0x%" PRIx64 ": what lies between is not known",
			     r->has.items[0].end * r->page_size,
			     r->lacks.items[r->lacks.n - 1].first * r->page_size);
}

/* @return VMT_OK or VMT_NOMEM. */
static enum vmt_rc learn(struct ram *r, bool is_raw)
{
	bool exactly = by_resources(r), known = exactly || by_end(r), whole = false;

	if (known && find_lacks(r, &whole) != VMT_OK)
		return VMT_NOMEM;
	if (whole) {
		tell(r, exactly);
	} else {
		/* Raw memory says nothing of itself: whatever it has not may be there. */
		r->lacks.n = 0;
		(void)add(&r->lacks, 0, known || is_raw ? UINT64_MAX : 0);
	}
	return vmt_mem_lacks(r->kern->mem, r->lacks.items, r->lacks.n);
}

enum vmt_rc kern_learn_ram(struct vmt_kern *kern, struct vmt_err *err)
{
	const struct vmt_mem_about *a = vmt_mem_about(kern->mem);
	bool is_raw = a->n_runs > 0;
	struct ram *r;
	enum vmt_rc rc;

	/* A kdump has a map of all memory; a slim file was made of such; a running kernel says what
	 * it does not give out. */
	if (a->live || a->slim.n || (!is_raw && strcmp(a->format, "ELF") != 0))
		return VMT_OK;
	r = calloc(1, sizeof(*r));
	if (!r)
		return vmt_err_nomem(err);
	r->kern = kern;
	r->page_size = a->page_size;
	r->left = NODES_MAX;
	vmt_mem_search(kern->mem, true);
	rc = learn(r, is_raw);
	vmt_mem_search(kern->mem, false);
	free(r);
	return rc == VMT_OK ? rc : vmt_err_nomem(err);
}
