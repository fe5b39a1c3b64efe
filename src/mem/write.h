// SPDX-License-Identifier: GPL-2.0-or-later
/** Writing of slim images: what the formats share. */
#ifndef VMTOOL_MEM_WRITE_H
#define VMTOOL_MEM_WRITE_H

#include "mem_priv.h"

/** A file that comes into being beside its final name. */
struct sink {
	int fd;
	char *aside;
	unsigned char *buf;
	size_t n;
	/** Where buf goes. */
	uint64_t at;
	/** The first errno, or 0: what is put after it is dropped. */
	int failed;
};

/** Append. */
void sink_put(struct sink *s, const void *bytes, size_t n);
/** Append zeros up to @at. */
void sink_pad(struct sink *s, uint64_t at);
/** Write at a place that was passed already. */
void sink_at(struct sink *s, uint64_t at, const void *bytes, size_t n);
/** Where the next byte goes. */
uint64_t sink_pos(const struct sink *s);

struct range {
	uint64_t start, end;
};

/** What a format is given to write. */
struct job {
	struct vmt_mem *mem;
	const struct vmt_mem_writing *how;
	struct sink *sink;
	/** Pages of VMT_RECORD_PAGE bytes, and memory; both in ascending order, without overlaps.
	 */
	const struct vmt_record_page *pages;
	size_t n_pages;
	struct range *ram;
	size_t n_ram;
	/** ELF notes, VMCOREINFO among them; and where the text of that begins. */
	unsigned char *notes;
	size_t n_notes, cap_notes, info_at;
	struct vmt_mem_written *done;
};

void job_progress(const struct job *j, uint64_t done, uint64_t total);

enum vmt_rc vmt_write_elf(struct job *j, struct vmt_err *err);
enum vmt_rc vmt_write_kdump(struct job *j, struct vmt_err *err);

/** Put a number into a header that is being made; little-endian. */
static inline void put_le(unsigned char *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

#endif
