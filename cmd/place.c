// SPDX-License-Identifier: GPL-2.0-or-later
/* What an address of kernel space belongs to, in words. */
#include <inttypes.h>
#include <string.h>

#include "place.h"

bool address_parse(struct vmt_str s, uint64_t *va)
{
	if (vmt_str_starts(s, "0x")) {
		s.p += 2;
		s.n -= 2;
	}
	if (!vmt_num_parse(s, 16, va))
		return false;
	*va = vmt_va_untag(*va);
	return true;
}

struct vmt_str place_module(struct source *s, const struct vmt_place *p)
{
	return p->area && p->kind != VMT_OWNER_UNPURGED ? source_module_of(s, &p->area->area)
							: (struct vmt_str){NULL, 0};
}

/* "kernel_clone+0xbd/0x440", or what else is known of an area without a caller. */
struct vmt_str place_name(const struct vmt_karea *a)
{
	return a->area.caller.n ? a->area.caller : vmt_str(vmt_kind_name(a->area.kind));
}

const char *place_owner(const struct vmt_place *p, char *buf, size_t size)
{
	struct vmt_str name = {NULL, 0};

	if (p->area)
		name = place_name(p->area);
	switch (p->kind) {
	case VMT_OWNER_AREA: (void)snprintf(buf, size, "%.*s", (int)name.n, name.p); break;
	case VMT_OWNER_GUARD:
		(void)snprintf(buf, size, "guard page of %.*s", (int)name.n, name.p);
		break;
	case VMT_OWNER_UNPURGED: (void)snprintf(buf, size, "freed area, not yet purged"); break;
	case VMT_OWNER_HOLE: (void)snprintf(buf, size, "hole in %s", p->part->what); break;
	case VMT_OWNER_IMAGE:
	case VMT_OWNER_PART: (void)snprintf(buf, size, "%s", p->part->what); break;
	default: (void)snprintf(buf, size, "no range that is known"); break;
	}
	return buf;
}

const char *rights_text(unsigned rights, char buf[RIGHTS_TEXT])
{
	(void)snprintf(buf, RIGHTS_TEXT, "%c%c%c%s", rights & VMT_RIGHT_READ ? 'r' : '-',
		       rights & VMT_RIGHT_WRITE ? 'w' : '-', rights & VMT_RIGHT_EXEC ? 'x' : '-',
		       rights & VMT_RIGHT_USER	      ? " user"
		       : rights & VMT_RIGHT_USER_EXEC ? " userx"
						      : "");
	return buf;
}

struct vmt_str leaf_flags(unsigned flags)
{
	static const struct {
		unsigned flags;
		const char *words;
	} names[] = {
		{VMT_LEAF_CONT | VMT_LEAF_GLOBAL | VMT_LEAF_SPECIAL, "contiguous global special"},
		{VMT_LEAF_CONT | VMT_LEAF_GLOBAL, "contiguous global"},
		{VMT_LEAF_CONT | VMT_LEAF_SPECIAL, "contiguous special"},
		{VMT_LEAF_GLOBAL | VMT_LEAF_SPECIAL, "global special"},
		{VMT_LEAF_CONT, "contiguous"},
		{VMT_LEAF_GLOBAL, "global"},
		{VMT_LEAF_SPECIAL, "special"},
	};

	flags &= VMT_LEAF_CONT | VMT_LEAF_GLOBAL | VMT_LEAF_SPECIAL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].flags == flags)
			return vmt_str(names[i].words);
	return (struct vmt_str){NULL, 0};
}
