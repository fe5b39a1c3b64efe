// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer: any bytes as a file of answers.  Every line's caller is asked for; then one more
 * answer is kept, and must be there when the file is read again, with all that could be read
 * before.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sym/sym_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                       \
	do {                                                                             \
		if (!(cond)) {                                                           \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                         \
		}                                                                        \
	} while (0)

#define ID     "0123456789abcdef"
#define HEADER "vmtool-symbols 1 " ID "\n"

static char dir[64], path[128];

static void remove_dir(void)
{
	(void)unlink(path);
	(void)rmdir(dir);
}

static void write_file(const uint8_t *data, size_t size, bool header)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t n = header ? strlen(HEADER) : 0;

	MUST(fd >= 0 && write(fd, HEADER, n) == (ssize_t)n);
	MUST(write(fd, data, size) == (ssize_t)size);
	(void)close(fd);
}

/* @return how many of the callers in @data have an answer. */
static size_t ask_all(struct vmt_cache *c, const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;
	size_t n = 0;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t line = nl ? (size_t)(nl - p) : (size_t)(end - p);
		const char *tab = memchr(p, '\t', line);
		struct query q = {.answer.caller = {p, tab ? (size_t)(tab - p) : line}};
		enum vmt_rc rc = vmt_cache_get(c, &q);

		MUST((rc == VMT_OK) == q.answered);
		MUST(rc == VMT_OK || rc == VMT_NONE);
		n += rc == VMT_OK;
		MUST(q.answer.n <= VMT_FRAMES_MAX);
		for (size_t i = 0; i < q.answer.n; i++)
			MUST(q.answer.frames[i].function.n);
		free(q.frames);
		p += line + (nl != NULL);
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct vmt_frame frame = {{"function", 8}, {"mm/a.c", 6}, 7, false};
	struct query q = {.answer.caller = {"fuzz+0x1/0x2", 12}};
	struct vmt_cache *c;
	size_t before;

	if (!dir[0]) {
		/* In memory, where there is such a place: each input is written three times. */
		(void)snprintf(dir, sizeof(dir), "%s/vmtool-fuzz-cache.XXXXXX",
			       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		MUST(mkdtemp(dir));
		(void)atexit(remove_dir);
		(void)snprintf(path, sizeof(path), "%s/" ID, dir);
	}
	/* Every other input lacks nothing but lines. */
	write_file(data, size, size % 2);
	c = vmt_cache_open(dir, ID);
	MUST(c);
	before = ask_all(c, data, size);
	q.answer.frames = &frame;
	q.answer.n = 1;
	MUST(vmt_cache_put(c, &q) == VMT_OK);
	vmt_cache_close(c);
	c = vmt_cache_open(dir, ID);
	MUST(c && ask_all(c, data, size) >= before);
	q.answer.n = 0;
	q.answer.frames = NULL;
	MUST(vmt_cache_get(c, &q) == VMT_OK && q.answer.n == 1);
	MUST(vmt_str_eq(q.answer.frames[0].function, frame.function));
	free(q.frames);
	vmt_cache_close(c);
	(void)unlink(path);
	return 0;
}
