// SPDX-License-Identifier: GPL-2.0-or-later
/* VMCOREINFO: `KEY=VALUE` lines the kernel keeps for its dumps (kernel/vmcore_info.c). */
#include <string.h>

#include "vmtool/text.h"

enum vmt_rc vmt_vmcoreinfo_parse(struct vmt_info *info, struct vmt_str text)
{
	size_t at = 0;

	while (at < text.n && text.p[at]) {
		const char *p = text.p + at, *nl = memchr(p, '\n', text.n - at), *eq;
		size_t n = nl ? (size_t)(nl - p) : text.n - at;

		at += n + 1;
		eq = memchr(p, '=', n);
		if (!eq || eq == p)
			continue;
		if (vmt_info_add(info, (struct vmt_str){p, (size_t)(eq - p)},
				 (struct vmt_str){eq + 1, n - (size_t)(eq - p) - 1}) != VMT_OK)
			return VMT_NOMEM;
	}
	return VMT_OK;
}
