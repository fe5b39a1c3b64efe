// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * mem: the physical memory of one machine, from a crash dump.  Reads bytes at a physical address,
 * or says that the dump left the page out, or that there is no such memory.  Knows no kernel.
 *
 * Formats, found by content: ELF vmcore (kdump, QEMU dump-guest-memory, virsh, makedumpfile -E),
 * the running kernel's /proc/kcore,
 * kdump-compressed (diskdump, header versions 1 to 6) and both of them flattened
 * (makedumpfile -F, QEMU dump-guest-memory -z).  64-bit little-endian machines only.
 *
 * To add a format: one file with a const struct vmt_mem_format (src/mem/mem_priv.h), one line in
 * the table of mem.c.
 */
#ifndef VMTOOL_MEM_H
#define VMTOOL_MEM_H

#include "vmtool/base.h"

/** A memory image. Memory held follows what is read, never the size of the image. */
struct vmt_mem;

struct vmt_mem_opts {
	/** Called now and then while a flattened file is indexed; bytes.  May be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};

/** Do the first bytes of a file look like a memory image? (@n: at least 64, or the whole file.) */
bool vmt_mem_is_image(const void *bytes, size_t n);

/**
 * Open an image.  The file may shrink or be cut short: what is missing is excluded, and
 * vmt_mem_about says so.
 * @return VMT_OK, VMT_NONE (no such file), VMT_PERM, VMT_IO (a pipe among others: names the command
 * that unflattens), VMT_UNSUPPORTED (32-bit, big-endian, an unknown header version),
 * VMT_FORMAT or VMT_NOMEM.
 */
enum vmt_rc vmt_mem_open(struct vmt_mem **out, const char *path, const struct vmt_mem_opts *opts,
			 struct vmt_err *err);
void vmt_mem_close(struct vmt_mem *mem);

/**
 * Read @n bytes at physical address @pa, across pages; safe for several threads.
 * @return VMT_OK; VMT_EXCLUDED (the dump left the page out, or the file ends before it); VMT_FAULT
 * (there is no such memory); VMT_UNSUPPORTED (the page is packed with a codec this build does not
 * have); VMT_FORMAT (the page cannot be unpacked); VMT_IO; VMT_NOMEM.  @err may be NULL; where[]
 * holds the physical address that failed.
 */
enum vmt_rc vmt_mem_read(struct vmt_mem *mem, uint64_t pa, void *buf, size_t n,
			 struct vmt_err *err);

/** What is known of an image without looking into its memory.  Borrowed. */
struct vmt_mem_about {
	/** "ELF", "kdump", ... */
	const char *format;
	/** How pages are packed: "zlib", "lzo", "snappy", "zstd", "raw", or a list of those met. */
	const char *packing;
	bool flattened;
	/** "x86_64", "aarch64", "riscv64", as uname -m has it. */
	const char *machine;
	/** Bytes a page of the format has (not always the kernel's page). */
	uint64_t page_size;
	/** Text of the VMCOREINFO note; n is 0 when the image has none. */
	struct vmt_str vmcoreinfo;
	/** The file ends before its last page. */
	bool cut;
	/** Memory of a kernel that runs (/proc/kcore): it changes between two reads, and nothing of
	 * it is kept.  What the kernel does not let be read is excluded. */
	bool live;
	/** The maker stopped early (DUMP_DH_COMPRESSED_INCOMPLETE, ELF flag of makedumpfile). */
	bool incomplete;
	/** makedumpfile -d level; -1 when not known. */
	int dump_level;
	/** Pages stored and pages of RAM, in page_size; 0 when not known. */
	uint64_t pages_stored, pages_ram;
};
const struct vmt_mem_about *vmt_mem_about(const struct vmt_mem *mem);
const char *vmt_mem_path(const struct vmt_mem *mem);

/**
 * Ranges of memory that may hold stored pages, in ascending order: the first that ends after @from,
 * without what is before the page of @from.  Go on with its end.
 * @return VMT_OK or VMT_NONE; VMT_IO or VMT_NOMEM.
 */
enum vmt_rc vmt_mem_range(struct vmt_mem *mem, uint64_t from, uint64_t *start, uint64_t *end);

#endif
