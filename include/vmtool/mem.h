// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * mem: the physical memory of one machine, from a crash dump.  Reads bytes at a physical address,
 * or says that the dump left the page out, or that there is no such memory.  Knows no kernel.
 *
 * Formats, found by content: ELF vmcore (kdump, QEMU dump-guest-memory, virsh, makedumpfile -E),
 * the running kernel's /proc/kcore, kdump-compressed (diskdump, header versions 1 to 6), both of
 * them flattened (makedumpfile -F, QEMU dump-guest-memory -z), and the bare bytes of memory (the
 * RAM file of a virtual machine, /dev/mem).  64-bit little-endian machines only.
 *
 * To add a format: one file with a const struct vmt_mem_format (src/mem/mem_priv.h), one line in
 * the table of mem.c.
 */
#ifndef VMTOOL_MEM_H
#define VMTOOL_MEM_H

#include "vmtool/base.h"

/** A memory image. Memory held follows what is read, never the size of the image. */
struct vmt_mem;

/** A run of a file that is memory as it is: offset, physical address, length. */
struct vmt_mem_run {
	uint64_t at, pa, bytes;
};

struct vmt_mem_opts {
	/** Called now and then while a flattened file is indexed; bytes.  May be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *arg;
	/** The file is raw memory, these runs of it (copied; any order).  n_runs 0: see base. */
	const struct vmt_mem_run *runs;
	size_t n_runs;
	/** The file is raw memory from this physical address on; NULL: by content, and a guess. */
	const uint64_t *base;
	/**
	 * The file is /dev/mem, the memory of the running kernel: what @runs name can be read of
	 * it.  @info_pa: where the kernel keeps the note of VMCOREINFO in it; 0: not known.
	 */
	bool device;
	uint64_t info_pa;
	/** Text of VMCOREINFO that is better than what the image has; n 0: none.  Copied. */
	struct vmt_str vmcoreinfo;
};

/** Do the first bytes of a file look like a memory image? (@n: at least 64, or the whole file.) */
bool vmt_mem_is_image(const void *bytes, size_t n);

/**
 * Is the file at @path a memory image?  More of it is read than the first bytes when these say
 * nothing: raw memory is a whole number of pages that are no text.
 */
bool vmt_mem_probe(const char *path);

/**
 * Open an image.  The file may shrink or be cut short: what is missing is excluded, and
 * vmt_mem_about says so.
 * @return VMT_OK, VMT_NONE (no such file), VMT_PERM, VMT_IO (a pipe among others: names the command
 * that unflattens), VMT_UNSUPPORTED (32-bit, big-endian, an unknown header version),
 * VMT_FORMAT or VMT_NOMEM.
 */
enum vmt_rc vmt_mem_open(struct vmt_mem **out, const char *path, const struct vmt_mem_opts *opts,
			 struct vmt_err *err);
/**
 * The same of several files that are the parts of one dump (makedumpfile --split), in any order.
 * Parts may be missing: their pages are excluded, and vmt_mem_about names them.
 * @return as vmt_mem_open; VMT_FORMAT: a file is no part, or of another dump.
 */
enum vmt_rc vmt_mem_open_parts(struct vmt_mem **out, const char *const *paths, size_t n,
			       const struct vmt_mem_opts *opts, struct vmt_err *err);
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

/** Forget what is kept of memory that may change.  No thread reads meanwhile. */
void vmt_mem_forget(struct vmt_mem *mem);
/** It was seen to change: from now on it is live. */
void vmt_mem_moves(struct vmt_mem *mem);

/**
 * Take another guess at what the image does not say of itself: the next VMCOREINFO that lies in its
 * memory, or the next place where raw memory may begin.  What vmt_mem_about told changes with it.
 * The caller judges by what it finds in memory, and no thread reads meanwhile.
 * @return VMT_OK, VMT_NONE (nothing is left to guess) or VMT_NOMEM.
 */
enum vmt_rc vmt_mem_guess(struct vmt_mem *mem);

/**
 * Raw memory whose place was guessed: place it so that the byte at file offset @at is at @pa, or,
 * with @low, so that memory up to @low is at 0 and the rest at 4 GiB, which is told as @why
 * (constant).
 * @return VMT_OK, VMT_NONE (it was not guessed, or cannot be so) or VMT_NOMEM.
 */
enum vmt_rc vmt_mem_place(struct vmt_mem *mem, uint64_t at, uint64_t pa);
enum vmt_rc vmt_mem_place_low(struct vmt_mem *mem, uint64_t low, const char *why);

/** Bytes, then @gap bytes of any kind, then bytes again. */
struct vmt_mem_find {
	const void *first;
	size_t first_n, gap;
	const void *second;
	size_t second_n;
};
/**
 * Find such bytes in raw memory, from file offset *@at on; *@at becomes their offset.
 * @return VMT_OK, VMT_NONE, VMT_IO or VMT_NOMEM.
 */
enum vmt_rc vmt_mem_find(struct vmt_mem *mem, const struct vmt_mem_find *what, uint64_t *at);

/** Page frames from first on, before end. */
struct vmt_mem_frames {
	uint64_t first, end;
};

/**
 * Memory that the machine has and the image lacks: from now on reads of it answer VMT_EXCLUDED
 * where they answered VMT_FAULT.  @frames, of about.page_size, in order; they are copied, and take
 * the place of those told before.  No thread reads meanwhile.
 * @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_mem_lacks(struct vmt_mem *mem, const struct vmt_mem_frames *frames, size_t n);

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
	/** It is no note of the image: it was found in memory, or given. */
	bool vmcoreinfo_found;
	/** Raw memory: which runs of the file are where, in order of addresses. */
	const struct vmt_mem_run *runs;
	size_t n_runs;
	/** Who lays memory out like that, when it is a guess: "QEMU q35", ...; else NULL. */
	const char *guess;
	/** How many parts of a split dump these are; 0: it is not split. */
	size_t parts;
	/** Page frames that are in parts that are not here. */
	const struct vmt_mem_frames *missing;
	size_t n_missing;
	/**
	 * Lines of who made the image small, and what for: "by=vmtool 0.1", "kept=V01,V02"; n is 0
	 * when nobody did.  What answers it was not made for read is 0 in it, not what it was.
	 */
	struct vmt_str slim;
	/** The file ends before its last page. */
	bool cut;
	/** Memory of a kernel that runs (/proc/kcore): it changes between two reads, and nothing of
	 * it is kept.  What the kernel does not let be read is excluded. */
	bool live;
	/** The memory of a machine that may run (raw memory): what looks wrong in it is read again
	 * (vmt_mem_forget) before it is believed. */
	bool may_change;
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
/** The same of all memory there is, stored or left out. */
enum vmt_rc vmt_mem_ram(struct vmt_mem *mem, uint64_t from, uint64_t *start, uint64_t *end);

/* ---- slim images: what was read, as a dump of its own -------------------------------------- */

/** Bytes are kept in pages of this size, whatever the kernel's: of ELF, one is there or not. */
#define VMT_RECORD_PAGE 4096u

/**
 * From now on keep a copy of every byte that is read: all that answers can rest on.  Memory held
 * grows with the pages that are touched.  @return VMT_OK or VMT_NOMEM.
 */
enum vmt_rc vmt_mem_record(struct vmt_mem *mem);

bool vmt_mem_is_recorded(const struct vmt_mem *mem);
/** Memory from @from on was placed anew: drop what was kept of it. */
void vmt_mem_unrecord(struct vmt_mem *mem, uint64_t from);

/**
 * Between true and false reads are not kept: a search looks at much and rests on what it finds,
 * which is read again.  Pairs nest.  Nothing happens when nobody records.
 */
void vmt_mem_search(struct vmt_mem *mem, bool searching);

/**
 * While @on, a live image that is recorded answers with the bytes that are kept, VMT_EXCLUDED where
 * none are, as the file will that is written of them.  What a reader keeps of it must be forgotten
 * at each change (vmt_kern_forget).  Nothing happens when nobody records.
 */
void vmt_mem_replay(struct vmt_mem *mem, bool on);

/**
 * The registers of a CPU as the dump has them (the pr_reg of NT_PRSTATUS and what is around it), as
 * far as @size goes; *@n: how many bytes.
 * @return VMT_OK; VMT_NONE: there is no such CPU; or why they cannot be read.
 */
enum vmt_rc vmt_mem_registers(struct vmt_mem *mem, size_t cpu, void *buf, size_t size, size_t *n);

/** Virtual addresses that lead to physical ones without a gap. */
struct vmt_mem_span {
	uint64_t va, pa, bytes;
	/** Memory that another span maps already (the kernel's image beside the direct map). */
	bool again;
};

enum vmt_mem_form { VMT_MEM_ELF, VMT_MEM_KDUMP_ZLIB, VMT_MEM_KDUMP_ZSTD };

/** How to write what was recorded.  Everything is borrowed during the call. */
struct vmt_mem_writing {
	enum vmt_mem_form form;
	/** Bytes of the kernel's page: kdump counts in them. */
	uint64_t page_size;
	/** Text for the VMCOREINFO note: the image itself may have it in memory only. */
	struct vmt_str vmcoreinfo;
	/** OSRELEASE, for the header of kdump. */
	const char *release;
	/** x86: NUMBER(phys_base). */
	uint64_t phys_base;
	/** ELF: where memory is mapped, in ascending order of pa. */
	const struct vmt_mem_span *spans;
	size_t n_spans;
	/** Lines for vmt_mem_about.slim of what is written. */
	struct vmt_str slim;
	/** Copy the registers of the CPUs (NT_PRSTATUS). */
	bool registers;
	/** Put it in the place of a file that is there. */
	bool replace;
	/** Called now and then; pages.  May be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};

/** What was written. */
struct vmt_mem_written {
	/** Pages of the kernel's size: stored, and of RAM. */
	uint64_t pages, pages_ram;
	uint64_t file_bytes;
	/** CPUs whose registers were there to copy; copied when they were wanted. */
	size_t registers;
};

/**
 * Write what was recorded of @mem to @path, mode 0600: beside it first, then renamed, so that it is
 * there as a whole or not at all.
 * @return VMT_OK, VMT_NONE (there is such a file, and it is not to be replaced), VMT_IO (disk full
 * among others), VMT_PERM, VMT_RANGE (kdump's bitmaps would be larger than sense), VMT_UNSUPPORTED
 * (zstd is not built in) or VMT_NOMEM.
 */
enum vmt_rc vmt_mem_write(struct vmt_mem *mem, const char *path, const struct vmt_mem_writing *how,
			  struct vmt_mem_written *done, struct vmt_err *err);

#endif
