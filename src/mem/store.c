// SPDX-License-Identifier: GPL-2.0-or-later
/* The bytes of a dump.  Always pread, never mmap: a file that shrinks must not kill us. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem_priv.h"

enum vmt_rc vmt_fd_read(int fd, uint64_t at, void *buf, size_t n, size_t *got, struct vmt_err *err)
{
	*got = 0;
	while (*got < n && vmt_num_add(at, n) <= INT64_MAX) {
		ssize_t r = pread(fd, (char *)buf + *got, n - *got, (off_t)(at + *got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return vmt_err_set(err,
					   errno == EPERM || errno == EACCES ? VMT_PERM : VMT_IO,
					   "cannot be read: %s", strerror(errno));
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return VMT_OK;
}

static enum vmt_rc check_kind(int fd, struct vmt_store *s, struct vmt_err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return vmt_err_set(err, VMT_IO, "cannot be opened: %s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		return vmt_err_set(err, VMT_IO, "is a directory, not a memory image");
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		return vmt_err_set(err, VMT_IO,
				   "is a pipe, and a memory image is read here and there\n"
				   "write it to a file first: ... | makedumpfile -R vmcore");
	if (s->device && (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode)))
		return VMT_OK;
	if (!S_ISREG(st.st_mode))
		return vmt_err_set(err, VMT_IO, "is not a regular file");
	s->disk_bytes = s->size = (uint64_t)st.st_size;
	return VMT_OK;
}

static int open_path(const char *path)
{
	if (strcmp(path, "-") == 0)
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	/* Opening a pipe must not wait for its writer. */
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* A device has no size: it ends where the last of its memory does. */
static void set_device(struct vmt_store *s, const struct vmt_mem_opts *opts)
{
	s->device = opts && opts->device;
	for (size_t i = 0; s->device && i < opts->n_runs; i++) {
		uint64_t end = vmt_num_add(opts->runs[i].at, opts->runs[i].bytes);

		s->disk_bytes = s->size = end > s->size ? end : s->size;
	}
}

enum vmt_rc vmt_store_open_plain(struct vmt_store *s, const char *path,
				 const struct vmt_mem_opts *opts, struct vmt_err *err)
{
	s->fd = open_path(path);
	if (s->fd < 0)
		return vmt_err_set(err,
				   errno == ENOENT || errno == ENOTDIR ? VMT_NONE
				   : errno == EACCES || errno == EPERM ? VMT_PERM
								       : VMT_IO,
				   "cannot be opened: %s", strerror(errno));
	set_device(s, opts);
	return check_kind(s->fd, s, err);
}

enum vmt_rc vmt_store_open(struct vmt_store *s, const char *path, const struct vmt_mem_opts *opts,
			   struct vmt_err *err)
{
	unsigned char head[16];
	size_t got;
	enum vmt_rc rc = vmt_store_open_plain(s, path, opts, err);

	if (rc == VMT_OK && !s->device)
		rc = vmt_fd_read(s->fd, 0, head, sizeof(head), &got, err);
	if (rc == VMT_OK && !s->device && vmt_flat_probe(head, got))
		rc = vmt_flat_open(s, opts, err);
	return rc;
}

void vmt_store_close(struct vmt_store *s)
{
	vmt_flat_close(s->flat);
	s->flat = NULL;
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

enum vmt_rc vmt_store_read(const struct vmt_store *s, uint64_t at, void *buf, size_t n, size_t *got,
			   struct vmt_err *err)
{
	return s->flat ? vmt_flat_read(s, at, buf, n, got, err)
		       : vmt_fd_read(s->fd, at, buf, n, got, err);
}

enum vmt_rc vmt_store_fill(const struct vmt_store *s, uint64_t at, void *buf, size_t n, int lost,
			   struct vmt_err *err)
{
	unsigned char *to = buf;
	size_t got;

	while (n) {
		enum vmt_rc rc = vmt_store_read(s, at, to, n, &got, err);
		uint64_t gap;

		if (rc != VMT_OK)
			return rc;
		to += got;
		at += got;
		n -= got;
		if (!n)
			break;
		gap = s->flat ? vmt_store_next(s, at) - at : 0;
		memset(to, gap && !s->cut ? 0 : lost, gap && gap < n ? gap : n);
		/* No gap, and yet no more: the file ends here, or it has become shorter. */
		if (!gap || gap >= n)
			break;
		to += gap;
		at += gap;
		n -= gap;
	}
	return VMT_OK;
}

uint64_t vmt_store_next(const struct vmt_store *s, uint64_t at)
{
	off_t next;

	if (s->flat)
		return vmt_flat_next(s->flat, at);
	if (at >= s->size)
		return UINT64_MAX;
	next = lseek(s->fd, (off_t)at, SEEK_DATA);
	if (next >= 0)
		return (uint64_t)next;
	/* A file system that does not know answers with an error of its own. */
	return errno == ENXIO ? UINT64_MAX : at;
}
