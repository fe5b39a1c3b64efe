// SPDX-License-Identifier: GPL-2.0-or-later
/** base, for itself: the unpackers behind vmt_file. */
#ifndef VMTOOL_BASE_PRIV_H
#define VMTOOL_BASE_PRIV_H

#include "vmtool/base.h"

/** Where packed bytes come from. */
struct vmt_unpack_source {
	enum vmt_rc (*read)(void *arg, void *buf, size_t size, size_t *got, struct vmt_err *err);
	void *arg;
};

/** A stream being unpacked. */
struct vmt_unpack;

enum vmt_packing {
	VMT_PACKING_NONE,
	VMT_PACKING_GZIP,
	VMT_PACKING_ZSTD,
};

/**
 * Tell the packing by its first bytes.  Packings and files that are not read here are refused:
 * the text says what they are and what to do.
 */
enum vmt_rc vmt_unpack_probe(const char *head, size_t n, const char *name,
			     enum vmt_packing *packing, struct vmt_err *err);

/** @source is copied; its arg must outlive the stream. */
enum vmt_rc vmt_unpack_new(struct vmt_unpack **out, enum vmt_packing packing,
			   const struct vmt_unpack_source *source, struct vmt_err *err);
/** As vmt_file_read. */
enum vmt_rc vmt_unpack_read(struct vmt_unpack *u, void *buf, size_t size, size_t *got,
			    struct vmt_err *err);
void vmt_unpack_free(struct vmt_unpack *u);

#endif
