// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flattened files (makedumpfile -F, QEMU dump-guest-memory -z): the writes that would have made the
 * dump, one after the other, so that it goes through a pipe.
 *
 *   4096 bytes              "makedumpfile", be64 type 1, be64 version 1
 *   then, again and again   be64 offset, be64 size, size bytes
 *   at the end              offset and size -1
 *
 * A later write over an earlier one wins (makedumpfile writes its header twice).
 */
#include <sys/uio.h>

#include "mem_priv.h"

#define HEADER_BYTES 4096u
#define SIGNATURE    "makedumpfile"
#define MARK_BYTES   16u
/* Between two calls of the progress callback. */
#define REPORT_BLOCKS 4096u

struct block {
	/* Of the dump, how many, and where in the file. */
	uint64_t at, n, from;
};

struct vmt_flat {
	struct block *b;
	size_t n, cap;
};

bool vmt_flat_probe(const unsigned char *head, size_t n)
{
	return n >= sizeof(SIGNATURE) && memcmp(head, SIGNATURE, sizeof(SIGNATURE)) == 0;
}

/* ---- reading the marks ---- */

enum mark { MARK_BLOCK, MARK_END, MARK_DAMAGED };

static enum mark parse_mark(const unsigned char *p, uint64_t from, struct block *b)
{
	*b = (struct block){vmt_be64(p), vmt_be64(p + 8), from};
	if (b->at == UINT64_MAX)
		return MARK_END;
	return b->at > INT64_MAX || b->n > INT64_MAX - b->at ? MARK_DAMAGED : MARK_BLOCK;
}

static enum vmt_rc add_block(struct vmt_flat *f, struct block b)
{
	if (!b.n)
		return VMT_OK;
	if (vmt_grow(&f->b, &f->cap, f->n + 1, sizeof(b)) != VMT_OK)
		return VMT_NOMEM;
	f->b[f->n++] = b;
	return VMT_OK;
}

/* A mark, from a piece of the file read before or a new one: blocks may be small. */
struct marks {
	int fd;
	uint64_t at;
	size_t n;
	unsigned char buf[HEADER_BYTES];
};

static enum vmt_rc read_mark(struct marks *m, uint64_t at, const unsigned char **p,
			     struct vmt_err *err)
{
	if (at < m->at || at - m->at > m->n || m->n - (at - m->at) < MARK_BYTES) {
		enum vmt_rc rc = vmt_fd_read(m->fd, at, m->buf, sizeof(m->buf), &m->n, err);

		m->at = at;
		if (rc != VMT_OK || m->n < MARK_BYTES)
			return rc != VMT_OK ? rc : VMT_NONE;
	}
	*p = m->buf + (at - m->at);
	return VMT_OK;
}

/* Every block of the file, in order.  What is there of a file that was cut short is used. */
static enum vmt_rc read_blocks(struct vmt_store *s, struct vmt_flat *f,
			       const struct vmt_mem_opts *opts, struct vmt_err *err)
{
	struct marks marks = {.fd = s->fd};
	uint64_t at = HEADER_BYTES, count = 0;
	const unsigned char *p;
	struct block b;

	for (;;) {
		enum vmt_rc rc = read_mark(&marks, at, &p, err);
		enum mark mark;

		if (rc != VMT_OK && rc != VMT_NONE)
			return rc;
		mark = rc == VMT_OK ? parse_mark(p, at + MARK_BYTES, &b) : MARK_DAMAGED;
		if (mark == MARK_END)
			return VMT_OK;
		s->cut = mark == MARK_DAMAGED || b.n > s->disk_bytes - b.from;
		if (mark == MARK_DAMAGED)
			return VMT_OK;
		if (s->cut)
			b.n = s->disk_bytes - b.from;
		if (add_block(f, b) != VMT_OK)
			return vmt_err_nomem(err);
		if (s->cut)
			return VMT_OK;
		at = b.from + b.n;
		if (opts && opts->progress && ++count % REPORT_BLOCKS == 0)
			opts->progress(opts->arg, at, s->disk_bytes);
	}
}

/* ---- overlaps ---- */

static int by_offset(const void *a, const void *b)
{
	const struct block *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

static bool overlap(const struct vmt_flat *f)
{
	for (size_t i = 1; i < f->n; i++)
		if (f->b[i].at < f->b[i - 1].at + f->b[i - 1].n)
			return true;
	return false;
}

/* Blocks that reach over one place, the latest on top. */
struct heap {
	struct block *b;
	size_t n;
};

static void heap_push(struct heap *h, struct block b)
{
	size_t i = h->n++;

	while (i && h->b[(i - 1) / 2].from < b.from) {
		h->b[i] = h->b[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->b[i] = b;
}

static void heap_pop(struct heap *h)
{
	struct block last = h->b[--h->n];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < h->n) {
		if (child + 1 < h->n && h->b[child + 1].from > h->b[child].from)
			child++;
		if (h->b[child].from < last.from)
			break;
		h->b[i] = h->b[child];
		i = child;
	}
	h->b[i] = last;
}

/* [at, end) as @top has it; a piece that continues the one before becomes one with it. */
static enum vmt_rc emit(struct vmt_flat *out, const struct block *top, uint64_t at, uint64_t end)
{
	struct block b = {at, end - at, top->from + (at - top->at)};
	struct block *last = out->n ? &out->b[out->n - 1] : NULL;

	if (last && last->at + last->n == b.at && last->from + last->n == b.from) {
		last->n += b.n;
		return VMT_OK;
	}
	return add_block(out, b);
}

/* From left to right over sorted blocks; of those that reach over a place the latest counts. */
static enum vmt_rc resolve(const struct vmt_flat *in, struct vmt_flat *out, struct heap *h)
{
	uint64_t at = 0;
	size_t i = 0;

	while (i < in->n || h->n) {
		uint64_t end;

		if (!h->n)
			at = in->b[i].at;
		while (i < in->n && in->b[i].at <= at)
			heap_push(h, in->b[i++]);
		while (h->n && h->b[0].at + h->b[0].n <= at)
			heap_pop(h);
		if (!h->n)
			continue;
		end = h->b[0].at + h->b[0].n;
		if (i < in->n && in->b[i].at < end)
			end = in->b[i].at;
		if (emit(out, &h->b[0], at, end) != VMT_OK)
			return VMT_NOMEM;
		at = end;
	}
	return VMT_OK;
}

static enum vmt_rc settle(struct vmt_flat *f, struct vmt_err *err)
{
	struct vmt_flat out = {0};
	struct heap h = {0};
	enum vmt_rc rc;

	if (f->n)
		qsort(f->b, f->n, sizeof(f->b[0]), by_offset);
	if (!overlap(f))
		return VMT_OK;
	h.b = malloc(f->n * sizeof(f->b[0]));
	rc = h.b ? resolve(f, &out, &h) : VMT_NOMEM;
	free(h.b);
	if (rc != VMT_OK) {
		free(out.b);
		return vmt_err_nomem(err);
	}
	free(f->b);
	*f = out;
	return VMT_OK;
}

/* ---- face ---- */

enum vmt_rc vmt_flat_open(struct vmt_store *s, const struct vmt_mem_opts *opts, struct vmt_err *err)
{
	unsigned char h[32];
	size_t got;
	enum vmt_rc rc = vmt_fd_read(s->fd, 0, h, sizeof(h), &got, err);

	if (rc != VMT_OK)
		return rc;
	if (got < sizeof(h) || vmt_be64(h + 16) != 1 || vmt_be64(h + 24) != 1)
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "is a flattened file of a kind that is not known");
	s->flat = calloc(1, sizeof(*s->flat));
	if (!s->flat)
		return vmt_err_nomem(err);
	rc = read_blocks(s, s->flat, opts, err);
	if (rc == VMT_OK)
		rc = settle(s->flat, err);
	if (rc != VMT_OK)
		return rc;
	s->size = s->flat->n ? s->flat->b[s->flat->n - 1].at + s->flat->b[s->flat->n - 1].n : 0;
	if (opts && opts->progress)
		opts->progress(opts->arg, s->disk_bytes, s->disk_bytes);
	return VMT_OK;
}

void vmt_flat_close(struct vmt_flat *f)
{
	if (!f)
		return;
	free(f->b);
	free(f);
}

/* The first block that ends behind @at; NULL: none. */
static const struct block *find(const struct vmt_flat *f, uint64_t at)
{
	size_t lo = 0, hi = f->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->b[mid].at + f->b[mid].n > at)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo < f->n ? &f->b[lo] : NULL;
}

/*
 * Blocks that follow each other in the dump mostly do so in the file, with a mark between them:
 * what lies across is read at once, and the marks into a place of their own.
 */
#define PARTS_MAX 16

struct gather {
	unsigned char marks[MARK_BYTES];
	struct iovec v[2 * PARTS_MAX];
	int n;
	/* Of the dump, and with the marks. */
	size_t bytes, all;
};

static const struct block *gather(struct gather *g, const struct vmt_flat *f, const struct block *b,
				  uint64_t at, unsigned char *to, size_t n)
{
	g->n = 0;
	g->bytes = g->all = 0;
	for (;;) {
		uint64_t left = b->at + b->n - at;
		size_t part = left < n ? (size_t)left : n;

		g->v[g->n++] = (struct iovec){to, part};
		g->bytes += part;
		g->all += part;
		to += part;
		at += part;
		n -= part;
		b++;
		if (!n || b == f->b + f->n || b->at != at || g->n == 2 * PARTS_MAX - 1 ||
		    b->from != b[-1].from + b[-1].n + MARK_BYTES)
			return b;
		g->v[g->n++] = (struct iovec){g->marks, MARK_BYTES};
		g->all += MARK_BYTES;
	}
}

/* @return false: less than all of it, for whatever reason. */
static bool read_gathered(const struct gather *g, int fd, uint64_t from)
{
	return g->n > 1 && from <= INT64_MAX && g->all <= INT64_MAX - from &&
	       preadv(fd, g->v, g->n, (off_t)from) == (ssize_t)g->all;
}

enum vmt_rc vmt_flat_read(const struct vmt_store *s, uint64_t at, void *buf, size_t n, size_t *got,
			  struct vmt_err *err)
{
	const struct vmt_flat *f = s->flat;
	const struct block *b = find(f, at);
	unsigned char *to = buf;
	struct gather g;

	*got = 0;
	while (b && b < f->b + f->n && b->at <= at && *got < n) {
		uint64_t from = b->from + (at - b->at), left = b->at + b->n - at;
		size_t part = left < n - *got ? (size_t)left : n - *got, there;
		const struct block *next = gather(&g, f, b, at, to + *got, n - *got);

		if (read_gathered(&g, s->fd, from)) {
			there = g.bytes;
			b = next;
		} else {
			enum vmt_rc rc = vmt_fd_read(s->fd, from, to + *got, part, &there, err);

			if (rc != VMT_OK)
				return rc;
			b = there < part ? NULL : b + 1;
		}
		*got += there;
		at += there;
	}
	return VMT_OK;
}

uint64_t vmt_flat_next(const struct vmt_flat *f, uint64_t at)
{
	const struct block *b = find(f, at);

	return !b ? UINT64_MAX : b->at > at ? b->at : at;
}
