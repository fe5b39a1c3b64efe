// SPDX-License-Identifier: GPL-2.0-or-later
/* Pairs of VMCOREINFO: some 150, looked up a few times each. */
#include <string.h>

#include "vmtool/model.h"

struct vmt_info {
	struct vmt_intern *strings;
	/* By the number of the key; UINT32_MAX: the string is a value only. */
	uint32_t *values;
	size_t n, cap;
	size_t pairs;
};

struct vmt_info *vmt_info_new(void)
{
	struct vmt_info *info = calloc(1, sizeof(*info));

	if (!info)
		return NULL;
	info->strings = vmt_intern_new();
	if (!info->strings) {
		free(info);
		return NULL;
	}
	return info;
}

void vmt_info_free(struct vmt_info *info)
{
	if (!info)
		return;
	vmt_intern_free(info->strings);
	free(info->values);
	free(info);
}

enum vmt_rc vmt_info_add(struct vmt_info *info, struct vmt_str key, struct vmt_str value)
{
	uint32_t k, v;
	size_t want;

	if (vmt_intern_add(info->strings, key, &k, NULL) != VMT_OK ||
	    vmt_intern_add(info->strings, value, &v, NULL) != VMT_OK)
		return VMT_NOMEM;
	want = (k > v ? k : v) + 1;
	if (vmt_grow(&info->values, &info->cap, want, sizeof(*info->values)) != VMT_OK)
		return VMT_NOMEM;
	while (info->n < want)
		info->values[info->n++] = UINT32_MAX;
	if (info->values[k] == UINT32_MAX) {
		info->values[k] = v;
		info->pairs++;
	}
	return VMT_OK;
}

struct vmt_str vmt_info_get(const struct vmt_info *info, const char *key)
{
	uint32_t k;

	if (!vmt_intern_find(info->strings, vmt_str(key), &k) || info->values[k] == UINT32_MAX)
		return (struct vmt_str){NULL, 0};
	return vmt_intern_str(info->strings, info->values[k]);
}

bool vmt_info_hex(const struct vmt_info *info, const char *key, uint64_t *value)
{
	struct vmt_str s = vmt_info_get(info, key);

	if (vmt_str_starts(s, "0x")) {
		s.p += 2;
		s.n -= 2;
	}
	return vmt_num_parse(s, 16, value);
}

bool vmt_info_number(const struct vmt_info *info, const char *key, uint64_t *value)
{
	struct vmt_str s = vmt_info_get(info, key);
	bool negative = vmt_str_starts(s, "-");

	if (vmt_str_starts(s, "0x"))
		return vmt_info_hex(info, key, value);
	if (negative) {
		s.p++;
		s.n--;
	}
	if (!vmt_num_parse(s, 10, value))
		return false;
	if (negative)
		*value = -*value;
	return true;
}
