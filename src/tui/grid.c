// SPDX-License-Identifier: GPL-2.0-or-later
/* A grid of characters and styles. */
#include <string.h>

#include "tui_priv.h"

#define GRID_MAX 4000000

enum vmt_rc vmt_grid_init(struct vmt_grid *grid, int rows, int cols)
{
	rows = rows < 1 ? 1 : rows;
	cols = cols < 1 ? 1 : cols;
	*grid = (struct vmt_grid){0};
	if ((int64_t)rows * cols > GRID_MAX)
		return VMT_RANGE;
	grid->cells = malloc((size_t)rows * (size_t)cols * sizeof(*grid->cells));
	if (!grid->cells)
		return VMT_NOMEM;
	grid->rows = rows;
	grid->cols = cols;
	vmt_grid_clear(grid);
	return VMT_OK;
}

void vmt_grid_deinit(struct vmt_grid *grid)
{
	free(grid->cells);
	*grid = (struct vmt_grid){0};
}

void vmt_grid_clear(struct vmt_grid *grid)
{
	size_t n = (size_t)grid->rows * (size_t)grid->cols;

	for (size_t i = 0; i < n; i++)
		grid->cells[i] = (struct vmt_glyph){.c = ' '};
}

/* One character off the front; '?' for what is none, or would move the cursor. */
static uint32_t next_char(struct vmt_str *s)
{
	const unsigned char *p = (const unsigned char *)s->p;
	size_t len = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : 0;
	uint32_t c = p[0];

	if (len > 1) {
		c &= 0xffu >> (len + 1);
		for (size_t i = 1; i < len; i++) {
			if (i >= s->n || p[i] >> 6 != 2) {
				len = 0;
				break;
			}
			c = c << 6 | (p[i] & 0x3f);
		}
	}
	if (!len) {
		c = '?';
		len = 1;
	}
	s->p += len;
	s->n -= len;
	return c < ' ' || (c >= 0x7f && c < 0xa0) ? '?' : c;
}

int vmt_grid_put(struct vmt_grid *grid, int row, int col, int cols, struct vmt_style style,
		 struct vmt_str text)
{
	struct vmt_glyph *at;
	int n = 0;

	if (row < 0 || row >= grid->rows || col < 0 || col >= grid->cols)
		return 0;
	if (cols > grid->cols - col)
		cols = grid->cols - col;
	at = &grid->cells[row * grid->cols + col];
	while (n < cols && text.n)
		at[n++] = (struct vmt_glyph){.c = next_char(&text), .style = style};
	return n;
}

void vmt_grid_style(struct vmt_grid *grid, int row, int col, int cols, struct vmt_style style)
{
	if (row < 0 || row >= grid->rows)
		return;
	for (int i = col < 0 ? 0 : col; i < col + cols && i < grid->cols; i++)
		grid->cells[row * grid->cols + i].style = style;
}

size_t vmt_char_utf8(uint32_t c, char buf[4])
{
	if (c < 0x80) {
		buf[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		buf[0] = (char)(0xc0 | c >> 6);
		buf[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	buf[0] = (char)(0xe0 | c >> 12);
	buf[1] = (char)(0x80 | (c >> 6 & 0x3f));
	buf[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

size_t vmt_grid_row_text(const struct vmt_grid *grid, int row, char *buf)
{
	const struct vmt_glyph *at = &grid->cells[row * grid->cols];
	size_t n = 0;
	int cols = grid->cols;

	while (cols && at[cols - 1].c == ' ')
		cols--;
	for (int i = 0; i < cols; i++)
		n += vmt_char_utf8(at[i].c, buf + n);
	buf[n] = 0;
	return n;
}
