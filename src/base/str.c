// SPDX-License-Identifier: GPL-2.0-or-later
/* Byte strings that somebody else owns. */
#include <fnmatch.h>
#include <string.h>

#include "vmtool/base.h"

struct vmt_str vmt_str(const char *s)
{
	return (struct vmt_str){s, strlen(s)};
}

bool vmt_str_eq(struct vmt_str a, struct vmt_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool vmt_str_is(struct vmt_str a, const char *b)
{
	return vmt_str_eq(a, vmt_str(b));
}

int vmt_str_cmp(struct vmt_str a, struct vmt_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool vmt_str_starts(struct vmt_str a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && memcmp(a.p, prefix, n) == 0;
}

size_t vmt_str_find(struct vmt_str a, const char *needle)
{
	const char *p = a.n ? memmem(a.p, a.n, needle, strlen(needle)) : NULL;

	return p ? (size_t)(p - a.p) : SIZE_MAX;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct vmt_str vmt_str_trim(struct vmt_str a)
{
	while (a.n && is_blank(a.p[0])) {
		a.p++;
		a.n--;
	}
	while (a.n && is_blank(a.p[a.n - 1]))
		a.n--;
	return a;
}

struct vmt_str vmt_str_word(struct vmt_str *rest)
{
	struct vmt_str word;
	const char *space;

	while (rest->n && rest->p[0] == ' ') {
		rest->p++;
		rest->n--;
	}
	space = rest->n ? memchr(rest->p, ' ', rest->n) : NULL;
	word = (struct vmt_str){rest->p, space ? (size_t)(space - rest->p) : rest->n};
	if (word.n) {
		rest->p += word.n;
		rest->n -= word.n;
	}
	return word;
}

bool vmt_str_glob(const char *pattern, struct vmt_str s)
{
	char small[256];
	char *copy = small;
	bool match;

	if (s.n && memchr(s.p, 0, s.n))
		return false;
	if (s.n >= sizeof(small)) {
		copy = malloc(s.n + 1);
		if (!copy)
			return false;
	}
	if (s.n)
		memcpy(copy, s.p, s.n);
	copy[s.n] = 0;
	match = fnmatch(pattern, copy, 0) == 0;
	if (copy != small)
		free(copy);
	return match;
}

void vmt_str_copy(char *buf, size_t size, struct vmt_str s)
{
	size_t i;

	for (i = 0; i < s.n && i + 1 < size; i++)
		buf[i] = s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '?';
	buf[i] = 0;
}
