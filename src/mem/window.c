// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pieces of a store that are smaller than a read is dear: packed pages and their descriptors.  They
 * are served from windows of 64 KiB.  A window is read where reads go forward, and where pieces of
 * it were asked for so often that it would have cost no more; others are read alone.  So no order
 * of reads, in a dump of no size, costs much more than the better of both would have.
 */
#include <sys/mman.h>

#include "mem_priv.h"

/* A piece may begin near the end of its window. */
#define SLACK_BYTES 4096u
/* What a window costs, in pieces. */
#define DEAR	    8
#define CHUNK_BYTES (2u << 20)

struct vmt_window {
	/* Number of the window, bytes that are there. */
	uint64_t number;
	size_t n;
	unsigned char bytes[VMT_WINDOW_BYTES + SLACK_BYTES];
};

_Static_assert(sizeof(struct vmt_window) * VMT_WINDOWS_CHUNK <= CHUNK_BYTES, "a chunk of windows");

void vmt_windows_init(struct vmt_windows *ws, const struct vmt_store *store)
{
	memset(ws, 0, sizeof(*ws));
	ws->store = store;
	ws->last = UINT64_MAX - 1;
}

void vmt_windows_deinit(struct vmt_windows *ws)
{
	for (size_t i = 0; i < sizeof(ws->chunk) / sizeof(ws->chunk[0]); i++)
		free(ws->chunk[i]);
	free(ws->piece);
}

static struct vmt_window *make(struct vmt_windows *ws)
{
	void **chunk = &ws->chunk[ws->n / VMT_WINDOWS_CHUNK];

	if (!*chunk) {
		*chunk = aligned_alloc(CHUNK_BYTES, CHUNK_BYTES);
		if (*chunk)
			(void)madvise(*chunk, CHUNK_BYTES, MADV_HUGEPAGE);
	}
	return *chunk ? (struct vmt_window *)*chunk + ws->n++ % VMT_WINDOWS_CHUNK : NULL;
}

/* Reads that go forward leave no more behind them than one window. */
static struct vmt_window *take(struct vmt_windows *ws, uint64_t number, bool forward)
{
	struct vmt_window **slot = &ws->slot[number % VMT_WINDOWS_HELD], **behind, *w = *slot;

	if (!w && forward && number > 1) {
		behind = &ws->slot[(number - 2) % VMT_WINDOWS_HELD];
		if (*behind && (*behind)->number == number - 2) {
			w = *behind;
			*behind = NULL;
		}
	}
	if (!w)
		w = make(ws);
	*slot = w;
	return w;
}

static enum vmt_rc fill(struct vmt_windows *ws, uint64_t number, bool forward, struct vmt_err *err)
{
	struct vmt_window *w = take(ws, number, forward);
	enum vmt_rc rc;

	if (!w)
		return vmt_err_nomem(err);
	ws->asked[number % VMT_WINDOWS_ASKED] = 0;
	w->number = number;
	rc = vmt_store_read(ws->store, number * VMT_WINDOW_BYTES, w->bytes, sizeof(w->bytes), &w->n,
			    err);
	if (rc != VMT_OK)
		w->number = UINT64_MAX;
	return rc;
}

static enum vmt_rc read_piece(struct vmt_windows *ws, uint64_t at, size_t n,
			      const unsigned char **p, struct vmt_err *err)
{
	size_t got;
	enum vmt_rc rc;

	if (ws->piece_cap < n) {
		unsigned char *piece = malloc(n);

		if (!piece)
			return vmt_err_nomem(err);
		free(ws->piece);
		ws->piece = piece;
		ws->piece_cap = n;
	}
	rc = vmt_store_read(ws->store, at, ws->piece, n, &got, err);
	*p = ws->piece;
	return rc != VMT_OK ? rc : got < n ? VMT_NONE : VMT_OK;
}

enum vmt_rc vmt_windows_get(struct vmt_windows *ws, uint64_t at, size_t n, const unsigned char **p,
			    struct vmt_err *err)
{
	uint64_t number = at / VMT_WINDOW_BYTES;
	size_t off = at % VMT_WINDOW_BYTES;
	struct vmt_window **slot = &ws->slot[number % VMT_WINDOWS_HELD];
	bool held = *slot && (*slot)->number == number, forward = number == ws->last + 1;

	ws->last = number;
	if (!held && (forward || ++ws->asked[number % VMT_WINDOWS_ASKED] >= DEAR)) {
		enum vmt_rc rc = fill(ws, number, forward, err);

		if (rc != VMT_OK)
			return rc;
		held = true;
	}
	/* What does not lie in it whole: too long, or behind a gap. */
	if (!held || (*slot)->n < off || (*slot)->n - off < n)
		return read_piece(ws, at, n, p, err);
	*p = (*slot)->bytes + off;
	return VMT_OK;
}
