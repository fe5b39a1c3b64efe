// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was read of an image, byte by byte: a page that was touched is kept with the bytes that were
 * read and zeros everywhere else.  The bytes themselves are kept, not only their places: the memory
 * of a running kernel is another one when it is read again.
 */
#include "mem_priv.h"

#define SLOTS_FIRST 4096

struct vmt_record {
	pthread_mutex_t lock;
	/** Open addressing; bytes is NULL where nothing is. */
	struct vmt_record_page *slots;
	size_t cap, n;
	/** Reads do not count. */
	unsigned searching;
	/** Something could not be kept. */
	bool nomem;
};

static size_t slot_of(const struct vmt_record *r, uint64_t page)
{
	size_t i = (size_t)(page * 0x9e3779b97f4a7c15 >> 20) & (r->cap - 1);

	while (r->slots[i].bytes && r->slots[i].pa != page * VMT_RECORD_PAGE)
		i = (i + 1) & (r->cap - 1);
	return i;
}

static enum vmt_rc make_room(struct vmt_record *r)
{
	struct vmt_record bigger = {.cap = r->cap ? 2 * r->cap : SLOTS_FIRST};

	if (r->n < r->cap / 2)
		return VMT_OK;
	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return VMT_NOMEM;
	for (size_t i = 0; i < r->cap; i++) {
		if (r->slots[i].bytes)
			bigger.slots[slot_of(&bigger, r->slots[i].pa / VMT_RECORD_PAGE)] =
				r->slots[i];
	}
	free(r->slots);
	r->slots = bigger.slots;
	r->cap = bigger.cap;
	return VMT_OK;
}

static enum vmt_rc keep_in_page(struct vmt_record *r, uint64_t pa, const void *bytes, size_t n)
{
	struct vmt_record_page *page;

	if (make_room(r) != VMT_OK)
		return VMT_NOMEM;
	page = &r->slots[slot_of(r, pa / VMT_RECORD_PAGE)];
	if (!page->bytes) {
		page->bytes = calloc(1, VMT_RECORD_PAGE);
		if (!page->bytes)
			return VMT_NOMEM;
		page->pa = pa & ~(uint64_t)(VMT_RECORD_PAGE - 1);
		r->n++;
	}
	memcpy(page->bytes + pa % VMT_RECORD_PAGE, bytes, n);
	return VMT_OK;
}

void vmt_record_keep(struct vmt_record *r, uint64_t pa, const void *bytes, size_t n)
{
	const unsigned char *from = bytes;

	(void)pthread_mutex_lock(&r->lock);
	while (n && !r->searching && !r->nomem) {
		size_t part = VMT_RECORD_PAGE - pa % VMT_RECORD_PAGE;

		part = part < n ? part : n;
		r->nomem = keep_in_page(r, pa, from, part) != VMT_OK;
		from += part;
		pa += part;
		n -= part;
	}
	(void)pthread_mutex_unlock(&r->lock);
}

enum vmt_rc vmt_mem_record(struct vmt_mem *mem)
{
	struct vmt_record *r = calloc(1, sizeof(*r));

	if (!r)
		return VMT_NOMEM;
	(void)pthread_mutex_init(&r->lock, NULL);
	vmt_record_free(mem->record);
	mem->record = r;
	return VMT_OK;
}

bool vmt_mem_is_recorded(const struct vmt_mem *mem)
{
	return mem->record;
}

void vmt_mem_unrecord(struct vmt_mem *mem, uint64_t from)
{
	vmt_record_drop(mem->record, from);
}

void vmt_mem_search(struct vmt_mem *mem, bool searching)
{
	struct vmt_record *r = mem->record;

	if (!r)
		return;
	(void)pthread_mutex_lock(&r->lock);
	r->searching += searching ? 1 : -1u;
	(void)pthread_mutex_unlock(&r->lock);
}

enum vmt_rc vmt_record_read(struct vmt_record *r, uint64_t pa, void *buf, size_t n)
{
	unsigned char *to = buf;
	bool kept = true;

	(void)pthread_mutex_lock(&r->lock);
	while (n && kept) {
		size_t part = VMT_RECORD_PAGE - pa % VMT_RECORD_PAGE;
		const unsigned char *bytes =
			r->cap ? r->slots[slot_of(r, pa / VMT_RECORD_PAGE)].bytes : NULL;

		part = part < n ? part : n;
		kept = bytes;
		if (kept)
			memcpy(to, bytes + pa % VMT_RECORD_PAGE, part);
		to += part;
		pa += part;
		n -= part;
	}
	(void)pthread_mutex_unlock(&r->lock);
	return kept ? VMT_OK : VMT_EXCLUDED;
}

void vmt_mem_replay(struct vmt_mem *mem, bool on)
{
	mem->replay = on && mem->record;
}

void vmt_record_drop(struct vmt_record *r, uint64_t from)
{
	struct vmt_record_page *old = r ? r->slots : NULL;
	size_t cap = old ? r->cap : 0;

	if (!old)
		return;
	r->slots = calloc(cap, sizeof(*r->slots));
	r->nomem |= !r->slots;
	r->cap = r->slots ? cap : 0;
	r->n = 0;
	for (size_t i = 0; i < cap; i++) {
		if (!old[i].bytes)
			continue;
		if (old[i].pa < from && r->slots) {
			r->slots[slot_of(r, old[i].pa / VMT_RECORD_PAGE)] = old[i];
			r->n++;
		} else {
			free(old[i].bytes);
		}
	}
	free(old);
}

static int by_pa(const void *a, const void *b)
{
	const struct vmt_record_page *x = a, *y = b;

	return (x->pa > y->pa) - (x->pa < y->pa);
}

enum vmt_rc vmt_record_pages(const struct vmt_record *r, struct vmt_record_page **pages, size_t *n)
{
	*n = 0;
	*pages = r->nomem ? NULL : malloc((r->n + 1) * sizeof(**pages));
	if (!*pages)
		return VMT_NOMEM;
	for (size_t i = 0; i < r->cap; i++) {
		if (r->slots[i].bytes)
			(*pages)[(*n)++] = r->slots[i];
	}
	qsort(*pages, *n, sizeof(**pages), by_pa);
	return VMT_OK;
}

void vmt_record_free(struct vmt_record *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->cap; i++)
		free(r->slots[i].bytes);
	free(r->slots);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}
