// SPDX-License-Identifier: GPL-2.0-or-later
/** pgt, for itself. */
#ifndef VMTOOL_PGT_PRIV_H
#define VMTOOL_PGT_PRIV_H

#include "vmtool/pgt.h"

extern const struct vmt_arch vmt_arch_x86_64, vmt_arch_aarch64;

/** VMCOREINFO lacks @key: VMT_NONE and its message. */
enum vmt_rc vmt_pgt_lacks(struct vmt_err *err, const char *key);

#endif
