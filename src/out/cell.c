// SPDX-License-Identifier: GPL-2.0-or-later
/* Cells as text, and text made safe. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "out_priv.h"

/* Length of the UTF-8 sequence at @p, 0 when it is none (or a control character of C1). */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = p[0] < 0x80       ? 1
		     : p[0] >> 5 == 6  ? 2
		     : p[0] >> 4 == 14 ? 3
		     : p[0] >> 3 == 30 ? 4
				       : 0;
	uint32_t c;

	if (len < 2 || len > n)
		return len == 1;
	c = p[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	/* Overlong forms, surrogates, C1 controls, bidirectional overrides. */
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || c < 0xa0 ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return 0;
	return len;
}

size_t vmt_utf8_printable(const unsigned char *p, size_t n)
{
	return *p < 0x20 || *p == 0x7f ? 0 : utf8_length(p, n);
}

void vmt_out_escape(char *buf, size_t size, struct vmt_str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t at = 0;

	for (size_t i = 0; i < s.n;) {
		size_t len = vmt_utf8_printable(p + i, s.n - i);
		bool plain = len != 0;

		if (at + (plain ? len : 4) + 1 > size)
			break;
		if (plain) {
			memcpy(buf + at, p + i, len);
			at += len;
			i += len;
		} else {
			at += (size_t)snprintf(buf + at, size - at, "\\x%02x", p[i]);
			i++;
		}
	}
	if (size)
		buf[at] = 0;
}

static void signed_bytes(const struct vmt_cell *cell, bool bytes, char *buf, size_t size)
{
	uint64_t n = cell->i < 0 ? -(uint64_t)cell->i : (uint64_t)cell->i;
	char human[VMT_NUM_HUMAN];
	char sign = cell->i < 0 ? '-' : '+';

	if (!n)
		(void)snprintf(buf, size, "0");
	else if (bytes)
		(void)snprintf(buf, size, "%c%" PRIu64, sign, n);
	else
		(void)snprintf(buf, size, "%c%s", sign, vmt_num_human(human, n));
}

static void rate_text(double per_second, bool bytes, char *buf, size_t size)
{
	double n = per_second < 0 ? -per_second : per_second;
	char human[VMT_NUM_HUMAN];
	char sign = per_second < 0 ? '-' : '+';

	if (n < 0.5)
		(void)snprintf(buf, size, "0/s");
	else if (bytes || n > 9e18)
		(void)snprintf(buf, size, "%c%.0f/s", sign, n);
	else
		(void)snprintf(buf, size, "%c%s/s", sign, vmt_num_human(human, (uint64_t)n));
}

bool vmt_cell_number(const struct vmt_cell *cell, bool bytes, char *buf, size_t size)
{
	char tmp[VMT_NUM_GROUPED];

	switch (cell->type) {
	case VMT_CELL_COUNT:
		vmt_str_copy(buf, size, vmt_str(vmt_num_grouped(tmp, cell->u)));
		return true;
	case VMT_CELL_BYTES:
		if (bytes)
			(void)snprintf(buf, size, "%" PRIu64, cell->u);
		else
			vmt_str_copy(buf, size, vmt_str(vmt_num_human(tmp, cell->u)));
		return true;
	case VMT_CELL_SHARE: (void)snprintf(buf, size, "%.1f%%", cell->d * 100); return true;
	case VMT_CELL_DELTA: signed_bytes(cell, bytes, buf, size); return true;
	case VMT_CELL_DELTA_COUNT:
		(void)snprintf(buf, size, cell->i ? "%+" PRId64 : "%" PRId64, cell->i);
		return true;
	case VMT_CELL_REAL: (void)snprintf(buf, size, "%.3g", cell->d); return true;
	case VMT_CELL_RATE: rate_text(cell->d, bytes, buf, size); return true;
	case VMT_CELL_BOOL: (void)snprintf(buf, size, "%s", cell->u ? "yes" : "no"); return true;
	default: return vmt_cell_plain(cell, buf, size);
	}
}

/* JSON has no word for what is not finite. */
static void plain_double(double d, char *buf, size_t size)
{
	if (d - d != 0)
		(void)snprintf(buf, size, "null");
	else
		(void)snprintf(buf, size, "%.6g", d);
}

/* What rows are full of: printf would cost more than all else in a row. */
static void plain_count(uint64_t n, char *buf, size_t size)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	vmt_str_copy(buf, size, (struct vmt_str){digits + at, sizeof(digits) - at});
}

/* As 0x%0*llx; @width is 16 at most. */
static void plain_address(uint64_t va, int width, char *buf, size_t size)
{
	char digits[18];
	size_t at = sizeof(digits), least = at - (size_t)(width > 16 ? 16 : width > 1 ? width : 1);

	while (va || at > least) {
		digits[--at] = "0123456789abcdef"[va & 15];
		va >>= 4;
	}
	digits[--at] = 'x';
	digits[--at] = '0';
	vmt_str_copy(buf, size, (struct vmt_str){digits + at, sizeof(digits) - at});
}

bool vmt_cell_plain(const struct vmt_cell *cell, char *buf, size_t size)
{
	switch (cell->type) {
	case VMT_CELL_COUNT:
	case VMT_CELL_BYTES: plain_count(cell->u, buf, size); return true;
	case VMT_CELL_ADDR: plain_address(cell->u, cell->width, buf, size); return true;
	case VMT_CELL_SHARE: plain_double(cell->d, buf, size); return true;
	case VMT_CELL_DELTA:
	case VMT_CELL_DELTA_COUNT: (void)snprintf(buf, size, "%" PRId64, cell->i); return true;
	case VMT_CELL_REAL:
	case VMT_CELL_RATE: plain_double(cell->d, buf, size); return true;
	case VMT_CELL_BOOL:
		(void)snprintf(buf, size, "%s", cell->u ? "true" : "false");
		return true;
	default: return false;
	}
}

void vmt_cell_text(const struct vmt_cell *cell, bool bytes, char *buf, size_t size)
{
	if (vmt_cell_number(cell, bytes, buf, size))
		return;
	if (cell->type == VMT_CELL_NULL)
		(void)snprintf(buf, size, "-");
	else
		vmt_out_escape(buf, size, cell->s);
}
