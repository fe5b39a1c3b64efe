// SPDX-License-Identifier: GPL-2.0-or-later
/* The face of the room: finds the format, and reads through the cache of pages. */
#include <stdio.h>

#include "mem_priv.h"

#define HEAD_BYTES 64
/* Of a read of so many pages the cache has few: whole ones are not looked for there. */
#define LONG_PAGES 64

static const struct vmt_mem_format *const formats[] = {
	&vmt_mem_elf,
	&vmt_mem_kdump,
	&vmt_mem_raw,
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static const struct vmt_mem_format *format_of(const unsigned char *head, size_t n)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (formats[i]->probe && formats[i]->probe(head, n))
			return formats[i];
	return NULL;
}

bool vmt_mem_is_image(const void *bytes, size_t n)
{
	return vmt_flat_probe(bytes, n) || format_of(bytes, n);
}

static const struct vmt_mem_format *format_by_look(const struct vmt_store *store)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (formats[i]->look && formats[i]->look(store))
			return formats[i];
	return NULL;
}

bool vmt_mem_probe(const char *path)
{
	struct vmt_store store = {.fd = -1};
	unsigned char head[HEAD_BYTES] = {0};
	size_t got;
	bool is = false;

	/*
	 * A pipe cannot be read twice: what comes through it is refused where it is unpacked.  Nor
	 * should a file of /proc, which has no size: the kernel would print all of it for these
	 * bytes.
	 */
	if (strcmp(path, "-") != 0 && vmt_store_open_plain(&store, path, NULL, NULL) == VMT_OK &&
	    store.size && vmt_store_read(&store, 0, head, sizeof(head), &got, NULL) == VMT_OK)
		is = vmt_mem_is_image(head, got) || format_by_look(&store);
	vmt_store_close(&store);
	return is;
}

const char *vmt_mem_machine(const char *name)
{
	static const char *const ours[] = {"x86_64", "aarch64", "riscv64"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcmp(name, ours[i]) == 0)
			return ours[i];
	return NULL;
}

enum vmt_rc vmt_mem_foreign(const char *what, struct vmt_err *err)
{
	return vmt_err_set(err, VMT_UNSUPPORTED,
			   "is a dump of %s: dumps of x86_64, aarch64 and riscv64 are read\n"
			   "text of that machine works: its /proc/vmallocinfo",
			   what);
}

enum vmt_rc vmt_mem_cut(struct vmt_mem *mem, struct vmt_err *err)
{
	/* Another thread may say the same at the same time. */
	__atomic_store_n(&mem->about.cut, true, __ATOMIC_RELAXED);
	return vmt_err_set(err, VMT_EXCLUDED, "the file ends before this page");
}

/* ---- workers ---- */

static void free_worker(struct vmt_worker *w)
{
	if (!w)
		return;
	vmt_ahead_deinit(&w->ahead);
	vmt_windows_deinit(&w->descs);
	vmt_windows_deinit(&w->packed);
	vmt_codec_free(w->codec);
	vmt_bits_cache_free(w->bits);
	free(w->page);
	free(w);
}

static void free_idle(struct vmt_mem *mem)
{
	while (mem->idle) {
		struct vmt_worker *next = mem->idle->next;

		free_worker(mem->idle);
		mem->idle = next;
	}
}

/* One for each thread that reads at the same time; they are kept. */
static struct vmt_worker *take_worker(struct vmt_mem *mem)
{
	struct vmt_worker *w;

	(void)pthread_mutex_lock(&mem->lock);
	w = mem->idle;
	if (w)
		mem->idle = w->next;
	(void)pthread_mutex_unlock(&mem->lock);
	if (w)
		return w;
	w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	vmt_ahead_init(&w->ahead, &mem->store);
	w->codec = vmt_codec_new();
	if (w->codec)
		return w;
	free_worker(w);
	return NULL;
}

static void give_worker(struct vmt_mem *mem, struct vmt_worker *w)
{
	(void)pthread_mutex_lock(&mem->lock);
	w->next = mem->idle;
	mem->idle = w;
	(void)pthread_mutex_unlock(&mem->lock);
}

/* ---- open ---- */

static enum vmt_rc find_format(struct vmt_mem *mem, struct vmt_err *err)
{
	unsigned char head[HEAD_BYTES] = {0};
	bool said = mem->opts->n_runs || mem->opts->base;
	size_t got;
	enum vmt_rc rc;

	mem->format = &vmt_mem_raw;
	if (mem->store.device)
		return VMT_OK;
	rc = vmt_store_read(&mem->store, 0, head, sizeof(head), &got, err);
	if (rc != VMT_OK)
		return rc;
	mem->about.flattened = mem->store.flat;
	mem->format = format_of(head, got);
	if (mem->format && said)
		return vmt_err_set(err, VMT_RANGE,
				   "is a dump (%s), which says itself where its memory is",
				   mem->format->name);
	if (!mem->format)
		mem->format = said ? &vmt_mem_raw : format_by_look(&mem->store);
	if (!mem->format)
		return vmt_err_set(err, VMT_FORMAT, "is no memory image that is known");
	return VMT_OK;
}

static enum vmt_rc open_format(struct vmt_mem *mem, struct vmt_err *err)
{
	struct vmt_str given = mem->opts->vmcoreinfo;
	struct vmt_worker *w;
	enum vmt_rc rc = find_format(mem, err);

	if (rc != VMT_OK)
		return rc;
	if (given.n && vmt_scan_keep(mem, given.p, given.n) != VMT_OK)
		return vmt_err_nomem(err);
	mem->about.format = mem->format->name;
	w = take_worker(mem);
	if (!w)
		return vmt_err_nomem(err);
	rc = mem->format->open(mem, w, err);
	give_worker(mem, w);
	if (rc != VMT_OK)
		return rc;
	return vmt_mem_ready(mem, err);
}

struct vmt_mem *vmt_mem_new(const char *path)
{
	struct vmt_mem *mem = calloc(1, sizeof(*mem));

	if (!mem)
		return NULL;
	(void)pthread_mutex_init(&mem->lock, NULL);
	mem->store.fd = -1;
	mem->about.dump_level = -1;
	mem->path = strdup(path);
	if (mem->path)
		return mem;
	vmt_mem_close(mem);
	return NULL;
}

enum vmt_rc vmt_mem_ready(struct vmt_mem *mem, struct vmt_err *err)
{
	mem->page_shift = (unsigned)__builtin_ctzll(mem->about.page_size);
	mem->pages = vmt_pages_new((size_t)mem->about.page_size);
	return mem->pages ? VMT_OK : vmt_err_nomem(err);
}

enum vmt_rc vmt_mem_open(struct vmt_mem **out, const char *path, const struct vmt_mem_opts *opts,
			 struct vmt_err *err)
{
	static const struct vmt_mem_opts none;
	struct vmt_mem *mem = vmt_mem_new(path);
	enum vmt_rc rc;

	if (!mem)
		return vmt_err_nomem(err);
	mem->opts = opts ? opts : &none;
	rc = vmt_store_open(&mem->store, path, opts, err);
	if (rc == VMT_OK)
		rc = open_format(mem, err);
	mem->opts = NULL;
	if (rc == VMT_OK) {
		*out = mem;
		return VMT_OK;
	}
	if (rc != VMT_NOMEM)
		(void)vmt_err_prepend(err, "%s", path);
	vmt_mem_close(mem);
	return rc;
}

void vmt_mem_close(struct vmt_mem *mem)
{
	if (!mem)
		return;
	free_idle(mem);
	if (mem->image)
		mem->format->close(mem->image);
	vmt_pages_free(mem->pages);
	vmt_record_free(mem->record);
	free(mem->lacks);
	vmt_store_close(&mem->store);
	(void)pthread_mutex_destroy(&mem->lock);
	free(mem->vmcoreinfo);
	free(mem->slim);
	free(mem->registers);
	free(mem->path);
	free(mem);
}

void vmt_mem_forget(struct vmt_mem *mem)
{
	if (!mem->about.may_change)
		return;
	free_idle(mem);
	vmt_pages_clear(mem->pages);
}

void vmt_mem_moves(struct vmt_mem *mem)
{
	vmt_mem_forget(mem);
	mem->about.live = true;
}

static enum vmt_rc guess(struct vmt_mem *mem)
{
	if (mem->format->guess)
		return mem->format->guess(mem);
	/* A note, or what was given, is no guess. */
	if (mem->about.vmcoreinfo.n && !mem->scan_at)
		return VMT_NONE;
	return vmt_scan_memory(mem, &mem->scan_at);
}

enum vmt_rc vmt_mem_guess(struct vmt_mem *mem)
{
	enum vmt_rc rc;

	vmt_mem_search(mem, true);
	rc = guess(mem);
	vmt_mem_search(mem, false);
	/* What was read under another guess was not there. */
	vmt_record_drop(mem->record, 0);
	return rc;
}

const struct vmt_mem_about *vmt_mem_about(const struct vmt_mem *mem)
{
	return &mem->about;
}

const char *vmt_mem_path(const struct vmt_mem *mem)
{
	return mem->path;
}

/* ---- reading ---- */

static bool have_page(struct vmt_mem *mem, struct vmt_worker *w)
{
	if (!w->page)
		w->page = malloc((size_t)mem->about.page_size);
	return w->page;
}

/*
 * A page into the cache, and @n bytes of it at @off into @buf.  @pass: it is one of several in a
 * row, and who reads those seldom comes back.
 */
static enum vmt_rc load_page(struct vmt_mem *mem, struct vmt_worker *w, uint64_t page, size_t off,
			     void *buf, size_t n, bool pass, struct vmt_err *err)
{
	enum vmt_rc rc;

	w->cheap = false;
	if (n == mem->about.page_size) {
		rc = mem->format->load(mem, w, page, buf, err);
		if (rc != VMT_OK || w->cheap || pass)
			return rc;
		if (!have_page(mem, w))
			return vmt_err_nomem(err);
		memcpy(w->page, buf, n);
	} else {
		if (!have_page(mem, w))
			return vmt_err_nomem(err);
		rc = mem->format->load(mem, w, page, w->page, err);
		if (rc != VMT_OK)
			return rc;
		memcpy(buf, w->page + off, n);
	}
	vmt_pages_put(mem->pages, page, &w->page);
	return VMT_OK;
}

enum vmt_rc vmt_mem_load(struct vmt_mem *mem, uint64_t page, unsigned char *to, struct vmt_err *err)
{
	struct vmt_worker *w = take_worker(mem);
	enum vmt_rc rc;

	if (!w)
		return vmt_err_nomem(err);
	rc = mem->format->load(mem, w, page, to, err);
	give_worker(mem, w);
	return rc;
}

static enum vmt_rc read_missed(struct vmt_mem *mem, uint64_t pa, void *buf, size_t n, bool pass,
			       struct vmt_err *err)
{
	struct vmt_worker *w = take_worker(mem);
	size_t off = (size_t)(pa & (mem->about.page_size - 1));
	enum vmt_rc rc;

	if (!w)
		return vmt_err_nomem(err);
	rc = load_page(mem, w, pa >> mem->page_shift, off, buf, n, pass, err);
	if (rc == VMT_NONE)
		rc = mem->format->piece(mem, w, pa, buf, n, err);
	give_worker(mem, w);
	return rc;
}

/* Whole pages in one piece, where they stand so: the cache has parts of few of them, and to look
 * there costs more than it saves. @return VMT_OK, VMT_NOMEM, or VMT_NONE: page by page. */
static enum vmt_rc read_long(struct vmt_mem *mem, uint64_t pa, void *buf, size_t n)
{
	struct vmt_worker *w;
	enum vmt_rc rc;

	if (!mem->format->plain || n < mem->about.page_size || pa > UINT64_MAX - n)
		return VMT_NONE;
	w = take_worker(mem);
	if (!w)
		return VMT_NOMEM;
	rc = mem->format->piece(mem, w, pa, buf, n, NULL);
	give_worker(mem, w);
	return rc == VMT_OK || rc == VMT_NOMEM ? rc : VMT_NONE;
}

enum vmt_rc vmt_mem_lacks(struct vmt_mem *mem, const struct vmt_mem_frames *frames, size_t n)
{
	struct vmt_mem_frames *copy = malloc(n * sizeof(*copy) + 1);

	if (!copy)
		return VMT_NOMEM;
	if (n)
		memcpy(copy, frames, n * sizeof(*copy));
	free(mem->lacks);
	mem->lacks = copy;
	mem->n_lacks = n;
	return VMT_OK;
}

static bool is_lacking(const struct vmt_mem *mem, uint64_t frame)
{
	size_t lo = 0, hi = mem->n_lacks;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (mem->lacks[mid].end > frame)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo < mem->n_lacks && mem->lacks[lo].first <= frame;
}

static enum vmt_rc failed(const struct vmt_mem *mem, uint64_t pa, enum vmt_rc rc,
			  struct vmt_err *err)
{
	if (rc == VMT_FAULT && is_lacking(mem, pa >> mem->page_shift))
		rc = vmt_err_set(err, VMT_EXCLUDED, "is not in the file");
	if (err && rc != VMT_NOMEM)
		(void)vmt_err_prepend(err, "%s: physical address %#llx", mem->path,
				      (unsigned long long)pa);
	if (err)
		err->where = pa;
	return rc;
}

/* Past all caches: two reads of one place are two answers of the kernel. */
static enum vmt_rc read_live(struct vmt_mem *mem, uint64_t pa, void *buf, size_t n,
			     struct vmt_err *err)
{
	struct vmt_worker *w;
	enum vmt_rc rc;

	if (mem->replay) {
		rc = vmt_record_read(mem->record, pa, buf, n);
		return rc == VMT_OK ? rc
				    : failed(mem, pa, vmt_err_set(err, rc, "nothing is kept"), err);
	}
	w = take_worker(mem);
	if (!w)
		return vmt_err_nomem(err);
	rc = mem->format->piece(mem, w, pa, buf, n, err);
	give_worker(mem, w);
	if (rc != VMT_OK)
		return failed(mem, pa, rc, err);
	if (mem->record)
		vmt_record_keep(mem->record, pa, buf, n);
	return VMT_OK;
}

enum vmt_rc vmt_mem_read(struct vmt_mem *mem, uint64_t pa, void *buf, size_t n, struct vmt_err *err)
{
	unsigned char *to = buf;
	bool pass = n >= 2 * mem->about.page_size;
	bool look = n < LONG_PAGES * mem->about.page_size;
	enum vmt_rc whole;

	if (mem->about.live)
		return read_live(mem, pa, buf, n, err);
	whole = mem->record ? VMT_NONE : read_long(mem, pa, buf, n);
	if (whole != VMT_NONE)
		return whole == VMT_OK ? whole : vmt_err_nomem(err);
	while (n) {
		size_t off = (size_t)(pa & (mem->about.page_size - 1));
		size_t piece = (size_t)mem->about.page_size - off;

		if (piece > n)
			piece = n;
		if ((!look && piece == mem->about.page_size) ||
		    !vmt_pages_get(mem->pages, pa >> mem->page_shift, off, to, piece)) {
			enum vmt_rc rc = read_missed(mem, pa, to, piece, pass, err);

			if (rc != VMT_OK)
				return failed(mem, pa, rc, err);
		}
		if (mem->record)
			vmt_record_keep(mem->record, pa, to, piece);
		to += piece;
		n -= piece;
		/* Behind the last address there is none. */
		if (n && pa > UINT64_MAX - piece)
			return failed(mem, pa, vmt_err_set(err, VMT_FAULT, "no such memory"), err);
		pa += piece;
	}
	return VMT_OK;
}

enum vmt_rc vmt_mem_ram(struct vmt_mem *mem, uint64_t from, uint64_t *start, uint64_t *end)
{
	struct vmt_worker *w;
	enum vmt_rc rc;

	if (!mem->format->ram)
		return vmt_mem_range(mem, from, start, end);
	w = take_worker(mem);
	if (!w)
		return VMT_NOMEM;
	rc = mem->format->ram(mem, w, from, start, end);
	give_worker(mem, w);
	return rc;
}

enum vmt_rc vmt_mem_range(struct vmt_mem *mem, uint64_t from, uint64_t *start, uint64_t *end)
{
	struct vmt_worker *w = take_worker(mem);
	enum vmt_rc rc;

	if (!w)
		return VMT_NOMEM;
	rc = mem->format->range(mem, w, from, start, end);
	give_worker(mem, w);
	return rc;
}
