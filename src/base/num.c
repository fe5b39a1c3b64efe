// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers in and out. */
#include <stdio.h>
#include <string.h>

#include "vmtool/base.h"

bool vmt_num_parse(struct vmt_str s, unsigned base, uint64_t *out)
{
	uint64_t v = 0;

	if (!s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		unsigned d;

		if (c >= '0' && c <= '9')
			d = c - '0';
		else if (base == 16 && c >= 'a' && c <= 'f')
			d = c - 'a' + 10u;
		else if (base == 16 && c >= 'A' && c <= 'F')
			d = c - 'A' + 10u;
		else
			return false;
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)d, &v))
			return false;
	}
	*out = v;
	return true;
}

bool vmt_num_size(const char *s, uint64_t *bytes)
{
	static const char units[] = "KMGTPE";
	const char *unit, *dot;
	unsigned shift = 0;
	struct vmt_str digits = vmt_str(s);
	uint64_t whole, frac = 0, scale = 1;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		return vmt_num_parse((struct vmt_str){s + 2, digits.n - 2}, 16, bytes);
	digits.n = strspn(s, "0123456789.");
	if (s[digits.n]) {
		char c = s[digits.n];
		const char *rest = s + digits.n + 1;

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		unit = strchr(units, c);
		if (unit && (!*rest || !strcmp(rest, "iB") || !strcmp(rest, "B") ||
			     !strcmp(rest, "ib") || !strcmp(rest, "b")))
			shift = 10 * (unsigned)(unit - units + 1);
		else if (c != 'B' || *rest)
			return false;
	}
	dot = memchr(s, '.', digits.n);
	if (dot) {
		struct vmt_str f = {dot + 1, (size_t)(s + digits.n - dot - 1)};

		if (f.n > 9 || !shift || !vmt_num_parse(f, 10, &frac))
			return false;
		for (size_t i = 0; i < f.n; i++)
			scale *= 10;
		digits.n = (size_t)(dot - s);
	}
	if (!vmt_num_parse(digits, 10, &whole) || (shift && whole >> (64 - shift)))
		return false;
	whole <<= shift;
	if (frac) {
		/* frac < 10^9 < 2^30, so a fraction of up to 2^60 is computed in two halves. */
		uint64_t part = shift <= 30 ? (frac << shift) / scale
					    : ((frac << 30) / scale) << (shift - 30);

		if (__builtin_add_overflow(whole, part, &whole))
			return false;
	}
	*bytes = whole;
	return true;
}

bool vmt_num_span(const char *s, double *seconds)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {
		{"", 1},     {"s", 1},	   {"m", 60},	     {"min", 60},
		{"h", 3600}, {"d", 86400}, {"w", 7 * 86400},
	};
	size_t n = strspn(s, "0123456789"), frac = 0;
	double v = 0, scale = 1;

	if (s[n] == '.')
		frac = strspn(s + n + 1, "0123456789");
	if (!n || n > 15 || (s[n] == '.' && !frac) || frac > 9)
		return false;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (s[i] - '0');
	for (size_t i = 0; i < frac; i++) {
		scale /= 10;
		v += (s[n + 1 + i] - '0') * scale;
	}
	s += n + (frac ? frac + 1 : 0);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(s, units[i].name) == 0) {
			*seconds = v * units[i].seconds;
			return true;
		}
	}
	return false;
}

const char *vmt_num_human(char buf[VMT_NUM_HUMAN], uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	unsigned u = 0;
	double v = (double)bytes;

	while (v >= 1024 && u + 1 < sizeof(units) / sizeof(units[0])) {
		v /= 1024;
		u++;
	}
	/* 1023.96 MiB must not read "1024 MiB". */
	if (u && v >= 1023.5 && u + 1 < sizeof(units) / sizeof(units[0])) {
		v /= 1024;
		u++;
	}
	if (u == 0 || v >= 99.95 || (u == 1 && bytes % 1024 == 0))
		(void)snprintf(buf, VMT_NUM_HUMAN, "%.0f %s", v, units[u]);
	else
		(void)snprintf(buf, VMT_NUM_HUMAN, "%.1f %s", v, units[u]);
	return buf;
}

const char *vmt_num_grouped(char buf[VMT_NUM_GROUPED], uint64_t n)
{
	char *p = buf + VMT_NUM_GROUPED - 1;
	unsigned digits = 0;

	*p = 0;
	do {
		if (digits && digits % 3 == 0)
			*--p = ',';
		*--p = (char)('0' + n % 10);
		n /= 10;
		digits++;
	} while (n);
	return p;
}
