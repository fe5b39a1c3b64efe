// SPDX-License-Identifier: GPL-2.0-or-later
/* Errors: a code to branch on and one line for a person. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vmtool/base.h"

enum vmt_rc vmt_err_set(struct vmt_err *err, enum vmt_rc code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	err->where = 0;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

enum vmt_rc vmt_err_prepend(struct vmt_err *err, const char *fmt, ...)
{
	char head[sizeof(err->text)], whole[sizeof(err->text)];
	va_list ap;
	size_t n, rest;

	if (!err)
		return VMT_OK;
	va_start(ap, fmt);
	(void)vsnprintf(head, sizeof(head), fmt, ap);
	va_end(ap);
	n = strlen(head);
	memcpy(whole, head, n);
	if (n + 2 < sizeof(whole)) {
		whole[n++] = ':';
		whole[n++] = ' ';
	}
	rest = strlen(err->text);
	if (rest > sizeof(whole) - 1 - n)
		rest = sizeof(whole) - 1 - n;
	memcpy(whole + n, err->text, rest);
	whole[n + rest] = 0;
	memcpy(err->text, whole, n + rest + 1);
	return err->code;
}

enum vmt_rc vmt_err_nomem(struct vmt_err *err)
{
	return vmt_err_set(err, VMT_NOMEM, "out of memory");
}

enum vmt_rc vmt_grow(void *items, size_t *cap, size_t want, size_t size)
{
	size_t n = *cap ? *cap : 16;
	void *p;

	if (want <= *cap)
		return VMT_OK;
	while (n < want) {
		if (n > SIZE_MAX / 2)
			return VMT_NOMEM;
		n *= 2;
	}
	if (n > SIZE_MAX / size)
		return VMT_NOMEM;
	memcpy(&p, items, sizeof(p));
	p = realloc(p, n * size);
	if (!p)
		return VMT_NOMEM;
	memcpy(items, &p, sizeof(p));
	*cap = n;
	return VMT_OK;
}
