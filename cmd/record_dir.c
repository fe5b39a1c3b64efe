// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The directory of a recorder.  Samples tell kernel addresses: it is for its owner alone.  They
 * are numbered in the order in which they were taken, so that a clock that is set turns nothing
 * around; what is pruned is decided by that number and by the header.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record.h"

#define LOCK  ".vmtool-record.lock"
#define ASIDE ".vmtool-record.tmp"

static enum vmt_rc io_error(const struct record_dir *d, const char *name, struct vmt_err *err)
{
	return vmt_err_set(err, VMT_IO, "%s/%s: %s", d->path, name, strerror(errno));
}

/* ---- open and lock ---- */

static int check_dir(const struct record_dir *d, bool made)
{
	struct stat st;

	if (fstat(d->fd, &st) != 0) {
		message("%s: %s", d->path, strerror(errno));
		return EXIT_NO_ANSWER;
	}
	if (made || !(st.st_mode & 077))
		return 0;
	/* Who may write here may put other files in our place. */
	if (st.st_mode & 022) {
		message("%s: others may write there (mode %o)\n"
			"samples hold kernel addresses: chmod 700 %s, or name a directory that "
			"does not exist yet",
			d->path, (unsigned)st.st_mode & 07777, d->path);
		return EXIT_NO_ANSWER;
	}
	message("%s: others may list it (mode %o), but not read the samples", d->path,
		(unsigned)st.st_mode & 07777);
	return 0;
}

static int lock_dir(struct record_dir *d)
{
	char text[32] = "";
	ssize_t n;

	d->lock_fd = openat(d->fd, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (d->lock_fd < 0) {
		message("%s/" LOCK ": %s", d->path, strerror(errno));
		return EXIT_NO_ANSWER;
	}
	if (flock(d->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		n = pread(d->lock_fd, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = 0;
		text[strcspn(text, "\n")] = 0;
		if (errno == EWOULDBLOCK)
			message("%s: another vmtool record%s%s writes there", d->path,
				text[0] ? ", process " : "", text);
		else
			message("%s/" LOCK ": cannot be locked: %s", d->path, strerror(errno));
		return EXIT_NO_ANSWER;
	}
	/* For the message above only: on a full disk it is missing. */
	(void)fchmod(d->lock_fd, 0600);
	(void)snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(d->lock_fd, 0) != 0 || pwrite(d->lock_fd, text, strlen(text), 0) < 0)
		(void)ftruncate(d->lock_fd, 0);
	return 0;
}

/* One that may be listed twice: the directory's own position is not touched. */
static DIR *list(const struct record_dir *d)
{
	int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		(void)close(fd);
	return dir;
}

static void find_last(struct record_dir *d)
{
	DIR *dir = list(d);
	const struct dirent *e;
	uint64_t time, seq;

	while (dir && (e = readdir(dir)) != NULL) {
		if (vmt_sample_name_parse(e->d_name, &time, &seq) && seq > d->seq &&
		    seq < UINT64_MAX)
			d->seq = seq;
	}
	if (dir)
		(void)closedir(dir);
}

int record_dir_open(struct record_dir *d, const char *path)
{
	bool made = mkdir(path, 0700) == 0;
	int code;

	*d = (struct record_dir){.path = path, .fd = -1, .lock_fd = -1};
	if (!made && errno != EEXIST) {
		message("%s: cannot be made: %s", path, strerror(errno));
		return EXIT_NO_ANSWER;
	}
	/* Whatever the umask took away. */
	if (made && chmod(path, 0700) != 0) {
		message("%s: %s", path, strerror(errno));
		return EXIT_NO_ANSWER;
	}
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0) {
		message("%s: cannot be opened: %s", path, strerror(errno));
		return EXIT_NO_ANSWER;
	}
	code = check_dir(d, made);
	if (code == 0)
		code = lock_dir(d);
	if (code == 0) {
		/* What a recorder left that was killed. */
		(void)unlinkat(d->fd, ASIDE, 0);
		find_last(d);
	}
	return code;
}

void record_dir_close(struct record_dir *d)
{
	if (d->lock_fd >= 0)
		(void)close(d->lock_fd);
	if (d->fd >= 0)
		(void)close(d->fd);
	d->fd = d->lock_fd = -1;
}

/* ---- write ---- */

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* Not all file systems know RENAME_NOREPLACE; with the lock held the number is ours anyway. */
static bool rename_new(const struct record_dir *d, const char *name)
{
	if (renameat2(d->fd, ASIDE, d->fd, name, RENAME_NOREPLACE) == 0)
		return true;
	return (errno == EINVAL || errno == ENOSYS) && renameat(d->fd, ASIDE, d->fd, name) == 0;
}

static enum vmt_rc write_aside(const struct record_dir *d, const char *bytes, size_t n,
			       struct vmt_err *err)
{
	int fd = openat(d->fd, ASIDE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool good;
	int saved;

	if (fd < 0)
		return io_error(d, ASIDE, err);
	/* Data first, then its name: after a crash a name has all of its data. */
	good = fchmod(fd, 0600) == 0 && write_all(fd, bytes, n) && fdatasync(fd) == 0;
	saved = errno;
	if (close(fd) != 0 && good) {
		good = false;
		saved = errno;
	}
	errno = saved;
	return good ? VMT_OK : io_error(d, ASIDE, err);
}

enum vmt_rc record_dir_write(struct record_dir *d, uint64_t time, const char *bytes, size_t n,
			     char name[VMT_SAMPLE_NAME], struct vmt_err *err)
{
	struct stat st;
	enum vmt_rc rc;

	if (fstat(d->fd, &st) == 0 && st.st_nlink == 0)
		return vmt_err_set(err, VMT_NONE, "%s: was removed", d->path);
	rc = write_aside(d, bytes, n, err);
	vmt_sample_name(name, time, d->seq + 1, vmt_pack_suffix());
	if (rc == VMT_OK && !rename_new(d, name))
		rc = io_error(d, name, err);
	if (rc == VMT_OK)
		d->seq++;
	else
		(void)unlinkat(d->fd, ASIDE, 0);
	return rc;
}

/* ---- prune ---- */

struct old {
	char name[VMT_SAMPLE_NAME];
	uint64_t time, seq, bytes;
};

struct olds {
	struct old *items;
	size_t n, cap;
	uint64_t bytes;
};

static int by_seq(const void *pa, const void *pb)
{
	const struct old *a = pa, *b = pb;

	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	return strcmp(a->name, b->name);
}

static enum vmt_rc find_olds(const struct record_dir *d, struct olds *olds, struct vmt_err *err)
{
	DIR *dir = list(d);
	const struct dirent *e;
	uint64_t time, seq;
	struct stat st;

	if (!dir)
		return io_error(d, ".", err);
	while ((e = readdir(dir)) != NULL) {
		if (!vmt_sample_name_parse(e->d_name, &time, &seq) ||
		    strlen(e->d_name) >= VMT_SAMPLE_NAME ||
		    fstatat(d->fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		if (vmt_grow(&olds->items, &olds->cap, olds->n + 1, sizeof(*olds->items)) !=
		    VMT_OK) {
			(void)closedir(dir);
			return vmt_err_nomem(err);
		}
		olds->items[olds->n] =
			(struct old){.time = time, .seq = seq, .bytes = (uint64_t)st.st_size};
		memcpy(olds->items[olds->n++].name, e->d_name, strlen(e->d_name) + 1);
		olds->bytes += (uint64_t)st.st_size;
	}
	(void)closedir(dir);
	qsort(olds->items, olds->n, sizeof(*olds->items), by_seq);
	return VMT_OK;
}

/* Within a boot by uptime, as clocks are set. */
static double age_of(const struct vmt_facts *then, const struct vmt_facts *now)
{
	if (then->boot_id[0] && strcmp(then->boot_id, now->boot_id) == 0 &&
	    then->uptime_ms != VMT_FACT_NONE && now->uptime_ms != VMT_FACT_NONE)
		return ((double)now->uptime_ms - (double)then->uptime_ms) / 1000;
	return (double)now->time - (double)then->time;
}

/* The header, if a recorder wrote it. */
static bool is_ours(const struct record_dir *d, const struct old *old, struct vmt_facts *facts)
{
	char path[64 + VMT_SAMPLE_NAME];

	vmt_facts_init(facts);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", d->fd, old->name);
	if (vmt_snapshot_head(facts, path, NULL) != VMT_OK)
		return false;
	if (facts->time == VMT_FACT_NONE)
		facts->time = old->time;
	return facts->recorded;
}

enum vmt_rc record_dir_prune(struct record_dir *d, const struct keep *keep,
			     const struct vmt_facts *now, struct vmt_err *err)
{
	struct olds olds = {0};
	enum vmt_rc rc = find_olds(d, &olds, err);
	size_t left = olds.n;

	for (size_t i = 0; rc == VMT_OK && i < olds.n && olds.items[i].seq < d->seq; i++) {
		const struct old *old = &olds.items[i];
		bool over = (keep->samples && left > keep->samples) ||
			    (keep->bytes && olds.bytes > keep->bytes);
		struct vmt_facts facts;
		bool ours;

		if (!over && keep->age_seconds <= 0)
			break;
		ours = is_ours(d, old, &facts);
		/* They come in the order in which they were taken: the rest is younger. */
		if (ours && !over && age_of(&facts, now) <= keep->age_seconds) {
			vmt_facts_deinit(&facts);
			break;
		}
		vmt_facts_deinit(&facts);
		if (ours && unlinkat(d->fd, old->name, 0) != 0 && errno != ENOENT)
			rc = io_error(d, old->name, err);
		left--;
		olds.bytes -= old->bytes;
	}
	free(olds.items);
	return rc;
}
