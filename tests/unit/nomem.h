// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Allocations of the library that fail when a test says so: the linker sends malloc, calloc,
 * realloc, aligned_alloc and strdup of the library here (see the Makefile).  Shared libraries are
 * not wrapped.
 */
#ifndef VMTOOL_NOMEM_H
#define VMTOOL_NOMEM_H

#include "unit.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
char *__wrap_strdup(const char *s);

/* Counting is on only while a run goes on. */
static bool counting;
static uint64_t calls, fail_at;

/*
 * What lives: pointers given out here and not yet freed.  free() is not wrapped; glibc lets the
 * program define its own.  Under a sanitizer that is not possible, but there LeakSanitizer looks.
 */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNT_LIVE 1
#endif

#define LIVE_MAX 4096
static void *live[LIVE_MAX];
static size_t n_live;

static void *born(void *p)
{
	if (counting && p) {
		if (n_live == LIVE_MAX)
			abort();
		live[n_live++] = p;
	}
	return p;
}

static void dead(const void *p)
{
	for (size_t i = n_live; p && i-- > 0;) {
		if (live[i] == p) {
			live[i] = live[--n_live];
			return;
		}
	}
}

#ifdef COUNT_LIVE
extern void __libc_free(void *p);
void free(void *p)
{
	if (n_live)
		dead(p);
	__libc_free(p);
}
#endif

static bool must_fail(void)
{
	return counting && ++calls == fail_at;
}

void *__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : born(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return must_fail() ? NULL : born(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t size)
{
	void *q;

	if (must_fail())
		return NULL;
	dead(p);
	q = __real_realloc(p, size);
	return born(q ? q : p) ? q : NULL;
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return must_fail() ? NULL : born(__real_aligned_alloc(align, size));
}

char *__wrap_strdup(const char *s)
{
	return must_fail() ? NULL : born(__real_strdup(s));
}

/* What is done with allocation @n failing (0: none), and its answer; all that it made is freed. */
static enum vmt_rc nomem_run(enum vmt_rc (*work)(void *arg), void *arg, uint64_t n)
{
	enum vmt_rc rc;

	calls = 0;
	n_live = 0;
	fail_at = n;
	counting = true;
	rc = work(arg);
	counting = false;
#ifdef COUNT_LIVE
	if (n_live)
		fail_msg("allocation %" PRIu64 " failed: %zu were not freed", n, n_live);
#endif
	n_live = 0;
	return rc;
}

/*
 * Fail each allocation of @work once.  It must answer VMT_NOMEM; or VMT_OK with the @size bytes at
 * @answer, which it writes, being those of the run in which none failed (NULL: never).  Nothing of
 * a failure stays behind: between, and at the end, none fails.
 * @return how many allocations it has.
 */
static uint64_t nomem_each(enum vmt_rc (*work)(void *arg), void *arg, const void *answer,
			   size_t size)
{
	char whole[4096];
	uint64_t all;

	assert_true(size <= sizeof(whole));
	assert_int_equal(nomem_run(work, arg, 0), VMT_OK);
	all = calls;
	if (answer)
		memcpy(whole, answer, size);
	for (uint64_t n = 1; n <= all; n++) {
		enum vmt_rc rc = nomem_run(work, arg, n);

		if (rc != VMT_NOMEM &&
		    (rc != VMT_OK || !answer || memcmp(answer, whole, size) != 0))
			fail_msg("allocation %" PRIu64 " of %" PRIu64 " failed: answer %d", n, all,
				 (int)rc);
		if (n % 16 == 0)
			assert_int_equal(nomem_run(work, arg, 0), VMT_OK);
	}
	/* One more than there are: nothing fails. */
	assert_int_equal(nomem_run(work, arg, all + 1), VMT_OK);
	if (answer)
		assert_memory_equal(answer, whole, size);
	return all;
}

#define TRY(call)                            \
	do {                                 \
		enum vmt_rc try_rc = (call); \
		if (try_rc != VMT_OK)        \
			return try_rc;       \
	} while (0)
#define NEED(p)                           \
	do {                              \
		if (!(p))                 \
			return VMT_NOMEM; \
	} while (0)

#endif
