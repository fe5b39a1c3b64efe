// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers, times and callers as the screen writes them: short. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui_priv.h"

/* "42.1 MiB" as "42.1M", "512 B" as "512". */
static void shorten(char buf[SIZE_TEXT], uint64_t bytes)
{
	char human[VMT_NUM_HUMAN];
	size_t n;

	(void)vmt_num_human(human, bytes);
	n = strcspn(human, " ");
	memcpy(buf, human, n);
	if (human[n] && human[n + 1] != 'B') {
		buf[n] = human[n + 1];
		n++;
	}
	buf[n] = 0;
}

const char *vmt_size_text(char buf[SIZE_TEXT], struct vmt_sizes s, uint64_t bytes)
{
	char grouped[VMT_NUM_GROUPED];

	switch (s.units) {
	case VMT_UNITS_KIB: (void)snprintf(buf, SIZE_TEXT, "%" PRIu64 "K", bytes >> 10); break;
	case VMT_UNITS_BYTES: (void)snprintf(buf, SIZE_TEXT, "%" PRIu64, bytes); break;
	case VMT_UNITS_PAGES:
		(void)snprintf(
			buf, SIZE_TEXT, "%sp",
			vmt_num_grouped(grouped, bytes / (s.page_size ? s.page_size : 4096)));
		break;
	default: shorten(buf, bytes);
	}
	return buf;
}

static const char *with_sign(char buf[SIZE_TEXT], char sign, struct vmt_sizes s, uint64_t bytes)
{
	char text[SIZE_TEXT];

	if (!bytes)
		(void)snprintf(buf, SIZE_TEXT, "0");
	else
		(void)snprintf(buf, SIZE_TEXT, "%c%.38s", sign, vmt_size_text(text, s, bytes));
	return buf;
}

const char *vmt_delta_text(char buf[SIZE_TEXT], struct vmt_sizes s, uint64_t before, uint64_t after)
{
	return after < before ? with_sign(buf, '-', s, before - after)
			      : with_sign(buf, '+', s, after - before);
}

const char *vmt_rate_text(char buf[SIZE_TEXT], struct vmt_sizes s, double per_second)
{
	double n = per_second < 0 ? -per_second : per_second;

	/* Below a byte a second, and above what a kernel has. */
	return with_sign(buf, per_second < 0 ? '-' : '+', s,
			 n < 1	    ? 0
			 : n > 1e18 ? 0
				    : (uint64_t)n);
}

const char *vmt_span_text(char buf[SIZE_TEXT], uint64_t seconds)
{
	unsigned long long days = seconds / 86400, h = seconds / 3600 % 24, m = seconds / 60 % 60;

	if (days)
		(void)snprintf(buf, SIZE_TEXT, "%llud %02llu:%02llu", days, h, m);
	else if (h)
		(void)snprintf(buf, SIZE_TEXT, "%lluh %02llum", h, m);
	else if (m)
		(void)snprintf(buf, SIZE_TEXT, "%llum", m);
	else
		(void)snprintf(buf, SIZE_TEXT, "%llus", (unsigned long long)seconds);
	return buf;
}

const char *vmt_time_text(char buf[SIZE_TEXT], uint64_t t, bool day)
{
	time_t when = (time_t)t;
	struct tm tm;

	if (t == VMT_FACT_NONE || t > INT64_MAX || !localtime_r(&when, &tm) ||
	    !strftime(buf, SIZE_TEXT, day ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &tm))
		(void)snprintf(buf, SIZE_TEXT, "-");
	return buf;
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool vmt_text_has(const char *text, const char *needle, size_t *at)
{
	for (size_t i = 0; text[i]; i++) {
		size_t k = 0;

		while (needle[k] && lower(text[i + k]) == lower(needle[k]))
			k++;
		if (!needle[k]) {
			if (at)
				*at = i;
			return true;
		}
	}
	return !needle[0];
}

void vmt_caller_text(char *buf, size_t size, const struct vmt_area *a)
{
	size_t n;

	vmt_str_copy(buf, size, a->caller);
	n = strlen(buf);
	if (a->module.n && !(a->flags & VMT_AREA_HOUSES_MODULE) && n + a->module.n + 4 < size) {
		buf[n++] = ' ';
		buf[n++] = '[';
		vmt_str_copy(buf + n, size - n, a->module);
		n = strlen(buf);
		buf[n++] = ']';
		buf[n] = 0;
	}
}

int vmt_text_cols(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}
