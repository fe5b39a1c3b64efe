// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads that go forward are served from larger ones; others read what they ask for and no more.
 * Several places at once: page descriptors, page data, and the one page that all zero pages share.
 */
#include "mem_priv.h"

void vmt_ahead_init(struct vmt_ahead *a, const struct vmt_store *store)
{
	memset(a, 0, sizeof(*a));
	a->store = store;
	for (size_t i = 0; i < VMT_AHEAD_WAYS; i++)
		a->way[i].next = UINT64_MAX;
}

void vmt_ahead_deinit(struct vmt_ahead *a)
{
	for (size_t i = 0; i < VMT_AHEAD_WAYS; i++)
		free(a->way[i].buf);
}

static bool holds(const struct vmt_ahead_way *w, uint64_t at, size_t n)
{
	return at >= w->at && at - w->at <= w->n && w->n - (at - w->at) >= n;
}

static bool follows(const struct vmt_ahead_way *w, uint64_t at)
{
	return at >= w->next && at - w->next < VMT_AHEAD_BYTES;
}

/* The way that holds the bytes, or the one to read them with. */
static struct vmt_ahead_way *choose(struct vmt_ahead *a, uint64_t at, size_t n, bool *forward)
{
	*forward = false;
	for (size_t i = 0; i < VMT_AHEAD_WAYS; i++)
		if (holds(&a->way[i], at, n))
			return &a->way[i];
	*forward = true;
	for (size_t i = 0; i < VMT_AHEAD_WAYS; i++)
		if (follows(&a->way[i], at))
			return &a->way[i];
	*forward = false;
	return &a->way[a->turn++ % VMT_AHEAD_WAYS];
}

static enum vmt_rc fill(struct vmt_ahead *a, struct vmt_ahead_way *w, uint64_t at, size_t n,
			struct vmt_err *err)
{
	enum vmt_rc rc;

	w->n = 0;
	if (w->cap < n) {
		unsigned char *buf = malloc(n);

		if (!buf)
			return vmt_err_nomem(err);
		free(w->buf);
		w->buf = buf;
		w->cap = n;
	}
	w->at = at;
	rc = vmt_store_read(a->store, at, w->buf, n, &w->n, err);
	if (rc != VMT_OK)
		w->n = 0;
	return rc;
}

enum vmt_rc vmt_ahead_get(struct vmt_ahead *a, uint64_t at, size_t n, size_t least,
			  const unsigned char **p, struct vmt_err *err)
{
	bool forward;
	struct vmt_ahead_way *w = choose(a, at, n, &forward);

	if (!holds(w, at, n)) {
		size_t want = forward ? VMT_AHEAD_BYTES : least;
		enum vmt_rc rc = fill(a, w, at, want < n ? n : want, err);

		if (rc != VMT_OK)
			return rc;
		if (w->n < n)
			return VMT_NONE;
	}
	w->next = at + n;
	*p = w->buf + (at - w->at);
	return VMT_OK;
}

enum vmt_rc vmt_ahead_copy(struct vmt_ahead *a, uint64_t at, void *buf, size_t n,
			   struct vmt_err *err)
{
	const unsigned char *p;
	bool forward;
	struct vmt_ahead_way *w = choose(a, at, n, &forward);
	size_t got;
	enum vmt_rc rc;

	if ((!forward || n >= VMT_AHEAD_BYTES) && !holds(w, at, n)) {
		w->n = 0;
		w->next = vmt_num_add(at, n);
		rc = vmt_store_read(a->store, at, buf, n, &got, err);
		return rc != VMT_OK ? rc : got < n ? VMT_NONE : VMT_OK;
	}
	rc = vmt_ahead_get(a, at, n, n, &p, err);
	if (rc == VMT_OK)
		memcpy(buf, p, n);
	return rc;
}
