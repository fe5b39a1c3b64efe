// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pieces of a store that are smaller than a read is dear: packed pages and their descriptors.  They
 * are served from windows.  A window is read where reads go forward, and where pieces of it were
 * asked for so often that it would have cost no more; others are read alone.  So no order of reads,
 * in a dump of no size, costs much more than the better of both would have.
 */
#include "mem_priv.h"

struct vmt_window {
	/* Number of the window, bytes that are there. */
	uint64_t number;
	size_t n;
	unsigned char bytes[];
};

/* A piece may begin near the end of its window. */
static size_t window_bytes(const struct vmt_windows *ws)
{
	return ws->bytes + ws->bytes / 4;
}

void vmt_windows_init(struct vmt_windows *ws, const struct vmt_store *store, unsigned bytes,
		      unsigned dear)
{
	ws->store = store;
	ws->bytes = bytes;
	ws->dear = dear;
	ws->held = VMT_WINDOWS_BYTES / bytes;
	if (ws->held > VMT_WINDOWS_HELD)
		ws->held = VMT_WINDOWS_HELD;
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
	size_t each = sizeof(struct vmt_window) + window_bytes(ws);
	void **chunk = &ws->chunk[ws->n / VMT_WINDOWS_CHUNK];
	unsigned char *first;

	if (!*chunk)
		*chunk = malloc(VMT_WINDOWS_CHUNK * each);
	first = *chunk;
	return first ? (void *)(first + each * (ws->n++ % VMT_WINDOWS_CHUNK)) : NULL;
}

/* Reads that go forward leave no more behind them than one window. */
static struct vmt_window *take(struct vmt_windows *ws, uint64_t number, bool forward)
{
	struct vmt_window **slot = &ws->slot[number % ws->held], **behind, *w = *slot;

	if (!w && forward && number > 1) {
		behind = &ws->slot[(number - 2) % ws->held];
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
	rc = vmt_store_read(ws->store, number * ws->bytes, w->bytes, window_bytes(ws), &w->n, err);
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
	uint64_t number = at / ws->bytes;
	size_t off = at % ws->bytes;
	struct vmt_window **slot = &ws->slot[number % ws->held];
	bool held = *slot && (*slot)->number == number, forward = number == ws->last + 1;

	ws->last = number;
	if (!held && (forward || ++ws->asked[number % VMT_WINDOWS_ASKED] >= ws->dear)) {
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
