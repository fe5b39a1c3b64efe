// SPDX-License-Identifier: GPL-2.0-or-later
/** record: the directory that samples go to (record_dir.c). */
#ifndef VMTOOL_RECORD_H
#define VMTOOL_RECORD_H

#include "cmd.h"

/** What is kept; 0: without limit. */
struct keep {
	double age_seconds;
	uint64_t samples, bytes;
};

/** A directory with samples that this process alone writes. */
struct record_dir {
	const char *path;
	int fd, lock_fd;
	/** Number of the last sample in it. */
	uint64_t seq;
};

/** Make it or open it, and lock it. @return 0, or an exit code after a message. */
int record_dir_open(struct record_dir *d, const char *path);
void record_dir_close(struct record_dir *d);
/**
 * Write one sample aside and rename it; there is never a part of one under its name.
 * @name: set to its name.
 * @return VMT_OK, VMT_IO (nothing is left of it), or VMT_NONE: the directory was removed.
 */
enum vmt_rc record_dir_write(struct record_dir *d, uint64_t time, const char *bytes, size_t n,
			     char name[VMT_SAMPLE_NAME], struct vmt_err *err);
/** Remove the oldest samples beyond @keep, but not the last. @now: what the last one says. */
enum vmt_rc record_dir_prune(struct record_dir *d, const struct keep *keep,
			     const struct vmt_facts *now, struct vmt_err *err);

#endif
