// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMCOREINFO as it lies in memory.  The kernel keeps it twice: a page that begins with the text
 * (vmcoreinfo_data), and one that begins with the note made of it (vmcoreinfo_note), both in
 * kernel/vmcore_info.c (7.2; kernel/crash_core.c, kernel/kexec_core.c before).  Other pages may
 * look alike (a file in the page cache, the kernel that ran before): the caller judges.
 */
#include <elf.h>

#include "mem_priv.h"

/* The kernel keeps one page for it, and no page is larger. */
#define INFO_MAX    65536u
#define SCAN_BYTES  (1u << 20)
#define NOTE_HEADER 24
/* Pages in a row that cannot be read: behind the end of a file that is cut there are only such. */
#define LOST_MAX (64u << 10)
#define PAGE	 4096u

static const char first[] = "OSRELEASE=";
#define FIRST_BYTES (sizeof(first) - 1)

/* Where in a page the text would begin; 0 or NOTE_HEADER, or -1: nowhere. */
static int text_at(const unsigned char *page)
{
	if (memcmp(page, first, FIRST_BYTES) == 0)
		return 0;
	if (vmt_le32(page) != sizeof("VMCOREINFO") ||
	    memcmp(page + 12, "VMCOREINFO", sizeof("VMCOREINFO")) != 0)
		return -1;
	return memcmp(page + NOTE_HEADER, first, FIRST_BYTES) == 0 ? NOTE_HEADER : -1;
}

/* How long the text at @p is, of @n bytes that are there; 0: it is none. */
static size_t text_length(const unsigned char *p, size_t n)
{
	static const char key[] = "\nPAGESIZE=";
	size_t length = strnlen((const char *)p, n);
	const char *size = memmem(p, length, key, sizeof(key) - 1);
	uint64_t page_size = 0;

	for (size = size ? size + sizeof(key) - 1 : NULL;
	     size && size < (const char *)p + length && *size >= '0' && *size <= '9' &&
	     page_size < INFO_MAX;
	     size++)
		page_size = 10 * page_size + (uint64_t)(*size - '0');
	if (!vmt_num_is_pow2(page_size) || page_size < PAGE || page_size > INFO_MAX)
		return 0;
	if (length > page_size)
		length = (size_t)page_size;
	return memmem(p, length, "\nSYMBOL(_stext)=", 16) ? length : 0;
}

enum vmt_rc vmt_scan_keep(struct vmt_mem *mem, const void *text, size_t n)
{
	char *copy = malloc(n + 1);

	if (!copy)
		return VMT_NOMEM;
	memcpy(copy, text, n);
	free(mem->vmcoreinfo);
	mem->vmcoreinfo = copy;
	mem->about.vmcoreinfo = (struct vmt_str){copy, n};
	mem->about.vmcoreinfo_found = true;
	return VMT_OK;
}

/* @page looks like it: read on, with @read, and keep it. VMT_NONE: it is something else. */
static enum vmt_rc take(struct vmt_mem *mem, const unsigned char *page, uint64_t where,
			size_t (*read)(struct vmt_mem *mem, uint64_t where, void *buf, size_t n))
{
	int at = text_at(page);
	unsigned char *buf;
	size_t n;
	enum vmt_rc rc = VMT_NONE;

	if (at < 0)
		return VMT_NONE;
	buf = malloc(INFO_MAX);
	if (!buf)
		return VMT_NOMEM;
	n = text_length(buf, read(mem, where + (unsigned)at, buf, INFO_MAX));
	if (n)
		rc = vmt_scan_keep(mem, buf, n);
	free(buf);
	return rc;
}

/* ---- the bytes of a file ---- */

/* Page by page: what lies behind the text may not be there to read. */
static size_t read_file(struct vmt_mem *mem, uint64_t where, void *buf, size_t n)
{
	size_t all = 0, got;

	while (all < n) {
		size_t part = PAGE - (size_t)((where + all) % PAGE);

		if (part > n - all)
			part = n - all;
		if (vmt_store_read(&mem->store, where + all, (char *)buf + all, part, &got, NULL) !=
		    VMT_OK)
			break;
		all += got;
		if (got < part)
			break;
	}
	return all;
}

enum vmt_rc vmt_scan_page(struct vmt_mem *mem, uint64_t at, struct vmt_err *err)
{
	unsigned char page[PAGE];
	size_t got;
	enum vmt_rc rc = vmt_store_read(&mem->store, at, page, sizeof(page), &got, err);

	if (rc != VMT_OK)
		return rc;
	return got == sizeof(page) ? take(mem, page, at, read_file) : VMT_NONE;
}

static enum vmt_rc scan_block(struct vmt_mem *mem, const unsigned char *block, size_t n,
			      uint64_t where, uint64_t *at)
{
	for (size_t off = 0; n - off >= PAGE; off += PAGE) {
		enum vmt_rc rc = take(mem, block + off, where + off, read_file);

		*at = where + off + PAGE;
		if (rc != VMT_NONE)
			return rc;
	}
	return VMT_NONE;
}

enum vmt_rc vmt_scan_file(struct vmt_mem *mem, uint64_t *at, struct vmt_err *err)
{
	unsigned char *block = malloc(SCAN_BYTES);
	enum vmt_rc rc = block ? VMT_NONE : vmt_err_nomem(err);

	while (rc == VMT_NONE) {
		uint64_t data = vmt_store_next(&mem->store, *at);
		size_t got;

		/* What is not there in a file with holes is zero. */
		if (data == UINT64_MAX)
			break;
		*at = data & ~(uint64_t)(PAGE - 1);
		rc = vmt_store_read(&mem->store, *at, block, SCAN_BYTES, &got, err);
		if (rc != VMT_OK)
			break;
		rc = VMT_NONE;
		if (got < PAGE)
			break;
		rc = scan_block(mem, block, got, *at, at);
	}
	free(block);
	return rc;
}

/* ---- the memory of a dump ---- */

static size_t read_memory(struct vmt_mem *mem, uint64_t where, void *buf, size_t n)
{
	size_t got = 0;

	while (got < n) {
		size_t part = PAGE - (size_t)((where + got) % PAGE);

		if (part > n - got)
			part = n - got;
		if (vmt_mem_read(mem, where + got, (char *)buf + got, part, NULL) != VMT_OK)
			break;
		got += part;
	}
	return got;
}

enum vmt_rc vmt_scan_memory(struct vmt_mem *mem, uint64_t *at)
{
	uint64_t start, end;
	unsigned char page[PAGE];
	unsigned lost = 0;

	while (lost < LOST_MAX && vmt_mem_range(mem, *at, &start, &end) == VMT_OK) {
		for (uint64_t pa = vmt_num_round_up(start, PAGE); pa < end && end - pa >= PAGE;
		     pa += PAGE) {
			enum vmt_rc rc = vmt_mem_read(mem, pa, page, sizeof(page), NULL);

			lost = rc == VMT_OK ? 0 : lost + 1;
			if (lost == LOST_MAX)
				break;
			if (rc == VMT_OK)
				rc = take(mem, page, pa, read_memory);
			*at = pa + PAGE;
			if (rc == VMT_OK || rc == VMT_NOMEM)
				return rc;
		}
		*at = end;
	}
	return VMT_NONE;
}
