// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers kept between runs: one file for each build-id, one line for each caller:
 *
 *   vmtool-symbols VERSION BUILD-ID
 *   CALLER \t STATE \t WHY { \t FUNCTION \t FILE \t LINE \t INLINED }
 *
 * What is read is not trusted: a file of another owner or writable by others, a line that is not of
 * this form, a number that is none are as if they were not there.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sym_priv.h"

/* Raised when answers change for the same file: another wrapper in owner.c, another rule. */
#define CACHE_VERSION 1
#define BYTES_MAX     (8u << 20)

struct vmt_cache {
	char *dir;
	char *path;
	/* The file as read: header and lines. */
	char *text;
	size_t n, header_n;
	/* Caller -> number of its line. */
	struct vmt_intern *callers;
	struct vmt_str *lines;
	size_t n_lines, cap_lines;
	/* Lines to add. */
	char *fresh;
	size_t fresh_n, fresh_cap;
	char header[64 + VMT_BUILD_ID_TEXT];
};

/* ---- reading ---- */

static struct vmt_str next_field(struct vmt_str *rest)
{
	const char *tab = rest->n ? memchr(rest->p, '\t', rest->n) : NULL;
	struct vmt_str field = {rest->p, tab ? (size_t)(tab - rest->p) : rest->n};

	rest->p += field.n + (tab != NULL);
	rest->n -= field.n + (tab != NULL);
	return field;
}

static enum vmt_rc index_lines(struct vmt_cache *c)
{
	size_t at = c->header_n;
	const char *nl;

	while (at < c->n && (nl = memchr(c->text + at, '\n', c->n - at))) {
		struct vmt_str line = {c->text + at, (size_t)(nl - c->text) - at};
		struct vmt_str rest = line, caller = next_field(&rest);
		uint32_t id;
		bool added;

		at = (size_t)(nl - c->text) + 1;
		if (vmt_intern_add(c->callers, caller, &id, &added) != VMT_OK)
			return VMT_NOMEM;
		/* The last of a caller's lines counts: it was added as the one before was odd. */
		if (!added) {
			c->lines[id] = rest;
			continue;
		}
		if (vmt_grow(&c->lines, &c->cap_lines, c->n_lines + 1, sizeof(line)) != VMT_OK)
			return VMT_NOMEM;
		c->lines[c->n_lines++] = rest;
	}
	/* What is new must not be written behind a line that is cut. */
	c->n = at;
	return VMT_OK;
}

/* The whole file, when it is ours alone. */
static bool read_own(const char *path, char **text, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	ssize_t got = -1;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    !(st.st_mode & (S_IWGRP | S_IWOTH)) && st.st_size > 0 && st.st_size <= BYTES_MAX) {
		*text = malloc((size_t)st.st_size);
		if (*text)
			got = read(fd, *text, (size_t)st.st_size);
	}
	(void)close(fd);
	*n = got > 0 ? (size_t)got : 0;
	return got > 0;
}

/* A build-id becomes a file's name. */
static bool is_hex(const char *s)
{
	return *s && s[strspn(s, "0123456789abcdef")] == 0;
}

struct vmt_cache *vmt_cache_open(const char *dir, const char *build_id)
{
	struct vmt_cache *c = calloc(1, sizeof(*c));
	bool ours;

	if (!c)
		return NULL;
	c->callers = vmt_intern_new();
	c->dir = strdup(dir);
	if (!c->callers || !c->dir || !is_hex(build_id) ||
	    asprintf(&c->path, "%s/%s", dir, build_id) < 0) {
		c->path = NULL;
		vmt_cache_close(c);
		return NULL;
	}
	(void)snprintf(c->header, sizeof(c->header), "vmtool-symbols %d %s\n", CACHE_VERSION,
		       build_id);
	c->header_n = strlen(c->header);
	ours = read_own(c->path, &c->text, &c->n) && c->n >= c->header_n &&
	       memcmp(c->text, c->header, c->header_n) == 0;
	if (!ours) {
		free(c->text);
		c->text = NULL;
		c->n = 0;
	} else if (index_lines(c) != VMT_OK) {
		vmt_cache_close(c);
		return NULL;
	}
	return c;
}

static bool next_frame(struct vmt_str *rest, struct vmt_frame *frame)
{
	struct vmt_str line, inlined;
	uint64_t number;

	frame->function = next_field(rest);
	frame->file = next_field(rest);
	line = next_field(rest);
	inlined = next_field(rest);
	if (!frame->function.n || !vmt_num_parse(line, 10, &number) || number > INT32_MAX ||
	    (!vmt_str_is(inlined, "0") && !vmt_str_is(inlined, "1")))
		return false;
	frame->line = (unsigned)number;
	frame->inlined = vmt_str_is(inlined, "1");
	return true;
}

enum vmt_rc vmt_cache_get(struct vmt_cache *cache, struct query *q)
{
	struct vmt_frame frames[VMT_FRAMES_MAX];
	struct vmt_str rest, state, why;
	size_t n = 0;
	uint32_t id;
	enum vmt_rc rc;

	if (!vmt_intern_find(cache->callers, q->answer.caller, &id) || id >= cache->n_lines)
		return VMT_NONE;
	rest = cache->lines[id];
	state = next_field(&rest);
	why = next_field(&rest);
	if (!vmt_str_is(state, "known") && !vmt_str_is(state, "uncertain"))
		return VMT_NONE;
	while (rest.n) {
		if (n == VMT_FRAMES_MAX || !next_frame(&rest, &frames[n++]))
			return VMT_NONE;
	}
	rc = vmt_sym_give(q, frames, n);
	if (rc != VMT_OK)
		return rc;
	q->answer.state = vmt_str_is(state, "known") ? VMT_SYM_KNOWN : VMT_SYM_UNCERTAIN;
	q->answer.why = why;
	q->answered = true;
	return VMT_OK;
}

/* ---- writing ---- */

static enum vmt_rc put(struct vmt_cache *c, struct vmt_str s, char end)
{
	if (vmt_grow(&c->fresh, &c->fresh_cap, c->fresh_n + s.n + 1, 1) != VMT_OK)
		return VMT_NOMEM;
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];

		c->fresh[c->fresh_n++] = (unsigned char)ch < ' ' ? '?' : ch;
	}
	c->fresh[c->fresh_n++] = end;
	return VMT_OK;
}

static enum vmt_rc put_line(struct vmt_cache *c, const struct vmt_answer *a)
{
	enum vmt_rc rc = put(c, a->caller, '\t');

	if (rc == VMT_OK)
		rc = put(c, vmt_str(vmt_sym_state_name(a->state)), '\t');
	if (rc == VMT_OK)
		rc = put(c, a->why, a->n ? '\t' : '\n');
	for (size_t i = 0; rc == VMT_OK && i < a->n; i++) {
		const struct vmt_frame *f = &a->frames[i];
		char tail[32];

		(void)snprintf(tail, sizeof(tail), "%u", f->line);
		rc = put(c, f->function, '\t');
		if (rc == VMT_OK)
			rc = put(c, f->file, '\t');
		if (rc == VMT_OK)
			rc = put(c, vmt_str(tail), '\t');
		if (rc == VMT_OK)
			rc = put(c, vmt_str(f->inlined ? "1" : "0"), i + 1 < a->n ? '\t' : '\n');
	}
	return rc;
}

enum vmt_rc vmt_cache_put(struct vmt_cache *cache, const struct query *q)
{
	size_t before = cache->fresh_n;
	enum vmt_rc rc;

	/* What is not known now may be known later; and addresses are kept nowhere. */
	if (q->answer.state == VMT_SYM_UNKNOWN || vmt_caller_is_raw(q->answer.caller) ||
	    before > BYTES_MAX / 2)
		return VMT_OK;
	rc = put_line(cache, &q->answer);
	if (rc != VMT_OK)
		cache->fresh_n = before;
	return rc;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t put_n = write(fd, p, n);

		if (put_n <= 0)
			return false;
		p += put_n;
		n -= (size_t)put_n;
	}
	return true;
}

static void save(const struct vmt_cache *c)
{
	/* Too much to keep: begin anew with what is fresh. */
	bool old = c->n > c->header_n && c->n + c->fresh_n <= BYTES_MAX;
	char *aside;
	bool ok;
	int fd;

	if (asprintf(&aside, "%s.XXXXXX", c->path) < 0)
		return;
	fd = mkostemp(aside, O_CLOEXEC); /* 0600 */
	if (fd >= 0) {
		ok = write_all(fd, c->header, c->header_n);
		if (old)
			ok = ok && write_all(fd, c->text + c->header_n, c->n - c->header_n);
		ok = ok && write_all(fd, c->fresh, c->fresh_n);
		ok = close(fd) == 0 && ok;
		if (!ok || rename(aside, c->path) != 0)
			(void)unlink(aside);
	}
	free(aside);
}

/* The directory and the one it lies in: ~/.cache may not exist yet. */
static void make_dirs(const char *dir)
{
	const char *slash = strrchr(dir, '/');
	char *parent = slash && slash > dir ? strndup(dir, (size_t)(slash - dir)) : NULL;

	if (parent)
		(void)mkdir(parent, 0700);
	(void)mkdir(dir, 0700);
	free(parent);
}

void vmt_cache_close(struct vmt_cache *cache)
{
	if (!cache)
		return;
	if (cache->fresh_n) {
		make_dirs(cache->dir);
		save(cache);
	}
	vmt_intern_free(cache->callers);
	free(cache->lines);
	free(cache->fresh);
	free(cache->text);
	free(cache->path);
	free(cache->dir);
	free(cache);
}
