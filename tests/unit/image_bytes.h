// SPDX-License-Identifier: GPL-2.0-or-later
/** Bytes of a file that is being made, and the flattened form of any file. */
#ifndef VMTOOL_IMAGE_BYTES_H
#define VMTOOL_IMAGE_BYTES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void *image_alloc(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (!p)
		abort();
	return p;
}

/** Bytes that grow. */
struct image_bytes {
	unsigned char *p;
	size_t n, cap;
};

/** @n bytes at @at, which are there from now on; new ones are zero. */
static inline unsigned char *image_room(struct image_bytes *b, size_t at, size_t n)
{
	size_t end = at + n;

	if (end > b->cap) {
		size_t cap = 2 * end;

		b->p = image_alloc(b->p, cap);
		memset(b->p + b->cap, 0, cap - b->cap);
		b->cap = cap;
	}
	if (end > b->n)
		b->n = end;
	return b->p + at;
}

static inline void image_at(struct image_bytes *b, size_t at, const void *p, size_t n)
{
	unsigned char *to = image_room(b, at, n);

	if (n)
		memcpy(to, p, n);
}

static inline void image_num(struct image_bytes *b, size_t at, uint64_t v, size_t n)
{
	image_at(b, at, &v, n);
}

/** A number big-endian, as flattened files have them. */
static inline void image_be64(struct image_bytes *b, size_t at, uint64_t v)
{
	image_num(b, at, __builtin_bswap64(v), 8);
}

static inline size_t image_round(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* ---- flattened ---- */

static inline void image_flat_header(struct image_bytes *b)
{
	(void)image_room(b, 0, 4096);
	image_at(b, 0, "makedumpfile", 12);
	image_be64(b, 16, 1);
	image_be64(b, 24, 1);
}

static inline void image_flat_block(struct image_bytes *b, uint64_t at, const void *p, size_t n)
{
	size_t mark = b->n;

	image_be64(b, mark, at);
	image_be64(b, mark + 8, n);
	image_at(b, mark + 16, p, n);
}

static inline void image_flat_end(struct image_bytes *b)
{
	image_flat_block(b, UINT64_MAX, NULL, 0);
	image_be64(b, b->n - 8, UINT64_MAX);
}

/* Blocks of @step bytes, the second half first, a wrong beginning that is put right later. */
static inline void image_flatten(struct image_bytes *b, size_t step)
{
	struct image_bytes out = {0};
	size_t half = b->n / 2;

	image_flat_header(&out);
	image_flat_block(&out, 0, "\0\0\0\0\0\0\0\0", 8);
	for (size_t at = half; at < b->n; at += step)
		image_flat_block(&out, at, b->p + at, b->n - at < step ? b->n - at : step);
	for (size_t at = 0; at < half; at += step)
		image_flat_block(&out, at, b->p + at, half - at < step ? half - at : step);
	image_flat_end(&out);
	free(b->p);
	*b = out;
}

static inline void image_put_file(const char *path, const void *p, size_t n)
{
	FILE *fp = fopen(path, "wb");

	if (!fp || fwrite(p, 1, n, fp) != n || fclose(fp) != 0)
		abort();
}

#endif
