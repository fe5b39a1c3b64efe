// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes in order from a file, a pipe or memory.  The only place that knows errno. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_priv.h"

#define HEAD_BYTES 512

struct vmt_file {
	char *name;
	int fd; /* -1: memory */
	const char *mem;
	size_t mem_n, mem_at;
	/* The first bytes, read to tell the packing, given out again first. */
	char head[HEAD_BYTES];
	size_t head_n, head_at;
	struct vmt_unpack *unpack;
	/* The first bytes that came out of the packing, given out again first. */
	char peek[HEAD_BYTES];
	size_t peek_n, peek_at;
	/* What comes out of a packing is the caller's to judge. */
	bool any;
};

static enum vmt_rc read_fd(int fd, void *buf, size_t size, size_t *got, struct vmt_err *err)
{
	ssize_t n;

	do
		n = read(fd, buf, size);
	while (n < 0 && errno == EINTR);
	*got = n > 0 ? (size_t)n : 0;
	if (n >= 0)
		return VMT_OK;
	return vmt_err_set(err, errno == EACCES || errno == EPERM ? VMT_PERM : VMT_IO,
			   "cannot be read: %s", strerror(errno));
}

static enum vmt_rc read_plain(void *arg, void *buf, size_t size, size_t *got, struct vmt_err *err)
{
	struct vmt_file *f = arg;

	if (f->head_at < f->head_n) {
		*got = f->head_n - f->head_at < size ? f->head_n - f->head_at : size;
		memcpy(buf, f->head + f->head_at, *got);
		f->head_at += *got;
		return VMT_OK;
	}
	if (f->fd < 0) {
		*got = f->mem_n - f->mem_at < size ? f->mem_n - f->mem_at : size;
		if (*got)
			memcpy(buf, f->mem + f->mem_at, *got);
		f->mem_at += *got;
		return VMT_OK;
	}
	return read_fd(f->fd, buf, size, got, err);
}

/* A packed archive is an archive all the same.  Damage is said later, behind what was sound. */
static enum vmt_rc probe_inside(struct vmt_file *f, struct vmt_err *err)
{
	enum vmt_packing packing;
	size_t got = 1;

	while (got && f->peek_n < sizeof(f->peek)) {
		enum vmt_rc rc = vmt_unpack_read(f->unpack, f->peek + f->peek_n,
						 sizeof(f->peek) - f->peek_n, &got, err);

		if (rc == VMT_FORMAT)
			break;
		if (rc != VMT_OK)
			return rc;
		f->peek_n += got;
	}
	return vmt_unpack_probe(f->peek, f->peek_n, f->name, &packing, err);
}

static enum vmt_rc probe(struct vmt_file *f, struct vmt_err *err)
{
	struct vmt_unpack_source source = {read_plain, f};
	enum vmt_packing packing;
	enum vmt_rc rc;
	char head[HEAD_BYTES];
	size_t n = 0, got;

	/* Pipes give bytes in small pieces. */
	do {
		rc = read_plain(f, head + n, sizeof(head) - n, &got, err);
		if (rc != VMT_OK)
			return rc;
		n += got;
	} while (got && n < sizeof(head));
	memcpy(f->head, head, n);
	f->head_n = n;
	rc = vmt_unpack_probe(f->head, n, f->name, &packing, err);
	if (rc != VMT_OK || packing == VMT_PACKING_NONE)
		return rc;
	rc = vmt_unpack_new(&f->unpack, packing, &source, err);
	return rc == VMT_OK && !f->any ? probe_inside(f, err) : rc;
}

static enum vmt_rc open_path(struct vmt_file *f, const char *path, struct vmt_err *err)
{
	struct stat st;

	if (strcmp(path, "-") == 0) {
		f->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	} else {
		f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	}
	if (f->fd < 0)
		return vmt_err_set(err, errno == EACCES || errno == EPERM ? VMT_PERM : VMT_IO,
				   "cannot be opened: %s", strerror(errno));
	if (fstat(f->fd, &st) == 0 && S_ISDIR(st.st_mode))
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "is a directory\n"
				   "name the file in it, or, for a tree with proc/vmallocinfo: "
				   "--sysroot %s",
				   path);
	return VMT_OK;
}

static enum vmt_rc finish_open(struct vmt_file **out, struct vmt_file *f, enum vmt_rc rc,
			       struct vmt_err *err)
{
	if (rc == VMT_OK)
		rc = probe(f, err);
	if (rc == VMT_OK) {
		*out = f;
		return VMT_OK;
	}
	if (rc != VMT_NOMEM)
		(void)vmt_err_prepend(err, "%s", f->name);
	vmt_file_close(f);
	return rc;
}

static struct vmt_file *new_file(const char *name)
{
	struct vmt_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->fd = -1;
	f->name = strdup(name);
	if (!f->name) {
		free(f);
		return NULL;
	}
	return f;
}

enum vmt_rc vmt_file_open_packed(struct vmt_file **out, const char *path, struct vmt_err *err)
{
	struct vmt_file *f = new_file(path);

	if (!f)
		return vmt_err_nomem(err);
	f->any = true;
	return finish_open(out, f, open_path(f, path, err), err);
}

enum vmt_rc vmt_file_open(struct vmt_file **out, const char *path, struct vmt_err *err)
{
	struct vmt_file *f = new_file(strcmp(path, "-") == 0 ? "standard input" : path);

	if (!f)
		return vmt_err_nomem(err);
	return finish_open(out, f, open_path(f, path, err), err);
}

enum vmt_rc vmt_file_open_memory(struct vmt_file **out, const char *name, const void *bytes,
				 size_t size, struct vmt_err *err)
{
	struct vmt_file *f = new_file(name);

	if (!f)
		return vmt_err_nomem(err);
	f->mem = bytes;
	f->mem_n = size;
	return finish_open(out, f, VMT_OK, err);
}

enum vmt_rc vmt_file_read(struct vmt_file *f, void *buf, size_t size, size_t *got,
			  struct vmt_err *err)
{
	enum vmt_rc rc;

	*got = 0;
	if (!size)
		return VMT_OK;
	if (f->peek_at < f->peek_n) {
		*got = f->peek_n - f->peek_at < size ? f->peek_n - f->peek_at : size;
		memcpy(buf, f->peek + f->peek_at, *got);
		f->peek_at += *got;
		return VMT_OK;
	}
	rc = f->unpack ? vmt_unpack_read(f->unpack, buf, size, got, err)
		       : read_plain(f, buf, size, got, err);
	if (rc != VMT_OK && rc != VMT_NOMEM)
		(void)vmt_err_prepend(err, "%s", f->name);
	return rc;
}

const char *vmt_file_name(const struct vmt_file *f)
{
	return f->name;
}

void vmt_file_close(struct vmt_file *f)
{
	if (!f)
		return;
	vmt_unpack_free(f->unpack);
	if (f->fd >= 0)
		(void)close(f->fd);
	free(f->name);
	free(f);
}

/* All of it into one buffer, with a NUL behind. */
static enum vmt_rc gather(const struct vmt_unpack_source *from, const char *name, size_t max,
			  char **text, size_t *size, struct vmt_err *err)
{
	char *buf = NULL;
	size_t n = 0, cap = 0, got;
	enum vmt_rc rc;

	do {
		if (vmt_grow(&buf, &cap, n + 8192, 1) != VMT_OK) {
			rc = vmt_err_nomem(err);
			break;
		}
		rc = from->read(from->arg, buf + n, cap - n - 1, &got, err);
		if (rc != VMT_OK)
			break;
		n += got;
		if (n > max) {
			rc = vmt_err_set(err, VMT_RANGE, "%s: longer than %zu bytes", name, max);
			break;
		}
	} while (got);
	if (rc != VMT_OK) {
		free(buf);
		return rc;
	}
	buf[n] = 0;
	*text = buf;
	*size = n;
	return VMT_OK;
}

static enum vmt_rc read_file(void *arg, void *buf, size_t size, size_t *got, struct vmt_err *err)
{
	return vmt_file_read(arg, buf, size, got, err);
}

enum vmt_rc vmt_file_rest(struct vmt_file *f, size_t max, char **text, size_t *size,
			  struct vmt_err *err)
{
	const struct vmt_unpack_source source = {read_file, f};

	return gather(&source, f->name, max, text, size, err);
}

enum vmt_rc vmt_file_slurp(const char *path, size_t max, char **text, size_t *size,
			   struct vmt_err *err)
{
	/* A pipe, in the tree of another machine for example, must not make us wait. */
	struct vmt_file f = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
	const struct vmt_unpack_source source = {read_plain, &f};
	enum vmt_rc rc;
	struct stat st;

	if (f.fd < 0) {
		rc = errno == ENOENT || errno == ENOTDIR ? VMT_NONE
		     : errno == EACCES || errno == EPERM ? VMT_PERM
							 : VMT_IO;
		return vmt_err_set(err, rc, "%s: cannot be opened: %s", path, strerror(errno));
	}
	if (fstat(f.fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))) {
		(void)close(f.fd);
		return vmt_err_set(err, VMT_IO, "%s: is a pipe, not a file", path);
	}
	rc = gather(&source, path, max, text, size, err);
	(void)close(f.fd);
	/* Reading alone does not know the name. */
	return rc == VMT_PERM || rc == VMT_IO ? vmt_err_prepend(err, "%s", path) : rc;
}
