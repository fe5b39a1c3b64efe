// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/iomem: `00100000-17fcdfff : System RAM`, children indented by two spaces
 * (kernel/resource.c, r_show, 2.6 to 7.2).  To who is not root the kernel shows zeros.
 */
#include <string.h>

#include "vmtool/text.h"

/* Up to the end of the digits. */
static bool cut_hex(struct vmt_str *s, uint64_t *value)
{
	size_t n = 0;

	while (n < s->n && strchr("0123456789abcdefABCDEF", s->p[n]) && s->p[n])
		n++;
	if (!n || !vmt_num_parse((struct vmt_str){s->p, n}, 16, value))
		return false;
	s->p += n;
	s->n -= n;
	return true;
}

static bool cut_text(struct vmt_str *s, const char *text)
{
	if (!vmt_str_starts(*s, text))
		return false;
	s->p += strlen(text);
	s->n -= strlen(text);
	return true;
}

/* "System RAM", and "System RAM (kmem)" of memory that was added (drivers/dax/kmem.c). */
static bool is_ram(struct vmt_str name)
{
	return cut_text(&name, "System RAM") && (!name.n || name.p[0] == ' ');
}

static enum vmt_rc take_line(struct vmt_iomem *io, struct vmt_str line)
{
	uint64_t start, last;

	while (cut_text(&line, " "))
		;
	if (!cut_hex(&line, &start) || !cut_text(&line, "-") || !cut_hex(&line, &last) ||
	    !cut_text(&line, " : ") || last < start)
		return VMT_OK;
	io->lines++;
	io->zeroed += !start && !last;
	if (!last || last == UINT64_MAX)
		return VMT_OK;
	if (vmt_str_eq(line, vmt_str("Kernel code")) && !io->kernel_code)
		io->kernel_code = start;
	if (!is_ram(line))
		return VMT_OK;
	if (vmt_grow(&io->ram, &io->cap, io->n_ram + 1, sizeof(*io->ram)) != VMT_OK)
		return VMT_NOMEM;
	io->ram[io->n_ram++] = (struct vmt_iomem_range){start, last + 1};
	return VMT_OK;
}

static int by_start(const void *a, const void *b)
{
	const struct vmt_iomem_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* In order, and each byte once. */
static void settle(struct vmt_iomem *io)
{
	size_t n = 0;

	if (io->n_ram)
		qsort(io->ram, io->n_ram, sizeof(*io->ram), by_start);
	for (size_t i = 0; i < io->n_ram; i++) {
		struct vmt_iomem_range r = io->ram[i];

		if (n && r.start <= io->ram[n - 1].end) {
			if (r.end > io->ram[n - 1].end)
				io->ram[n - 1].end = r.end;
		} else {
			io->ram[n++] = r;
		}
	}
	io->n_ram = n;
}

enum vmt_rc vmt_iomem_read(struct vmt_iomem *io, struct vmt_str text)
{
	memset(io, 0, sizeof(*io));
	while (text.n) {
		const char *nl = memchr(text.p, '\n', text.n);
		size_t n = nl ? (size_t)(nl - text.p) : text.n;

		if (take_line(io, (struct vmt_str){text.p, n}) != VMT_OK) {
			vmt_iomem_deinit(io);
			return VMT_NOMEM;
		}
		n += nl != NULL;
		text.p += n;
		text.n -= n;
	}
	settle(io);
	return VMT_OK;
}

void vmt_iomem_deinit(struct vmt_iomem *io)
{
	free(io->ram);
	memset(io, 0, sizeof(*io));
}
