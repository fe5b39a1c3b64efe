// SPDX-License-Identifier: GPL-2.0-or-later
/* Slim images: the file, its notes, and what every format is given. */
#include <errno.h>
#include <fcntl.h>
#include <elf.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "write.h"

#define SINK_BYTES (256u << 10)
#define HOLE_BYTES (64u << 10)
/* Of one CPU's registers; 480 at most. */
#define REGISTERS_MAX 4096

/* ---- the file ---- */

static void write_at(struct sink *s, uint64_t at, const unsigned char *p, size_t n)
{
	while (n && !s->failed) {
		ssize_t got = pwrite(s->fd, p, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			s->failed = got < 0 ? errno : ENOSPC;
			return;
		}
		p += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
}

static void sink_flush(struct sink *s)
{
	write_at(s, s->at, s->buf, s->n);
	s->at += s->n;
	s->n = 0;
}

void sink_put(struct sink *s, const void *bytes, size_t n)
{
	const unsigned char *from = bytes;

	while (n) {
		size_t part = SINK_BYTES - s->n < n ? SINK_BYTES - s->n : n;

		memcpy(s->buf + s->n, from, part);
		s->n += part;
		from += part;
		n -= part;
		if (s->n == SINK_BYTES)
			sink_flush(s);
	}
}

void sink_pad(struct sink *s, uint64_t at)
{
	static const unsigned char zeros[512];

	/* What is far away becomes a hole of the file. */
	if (at >= sink_pos(s) + HOLE_BYTES) {
		sink_flush(s);
		s->at = at;
	}
	while (sink_pos(s) < at) {
		uint64_t left = at - sink_pos(s);

		sink_put(s, zeros, left < sizeof(zeros) ? (size_t)left : sizeof(zeros));
	}
}

void sink_at(struct sink *s, uint64_t at, const void *bytes, size_t n)
{
	sink_flush(s);
	write_at(s, at, bytes, n);
}

uint64_t sink_pos(const struct sink *s)
{
	return s->at + s->n;
}

static enum vmt_rc refused(const char *path, int number, struct vmt_err *err)
{
	return vmt_err_set(err, number == EACCES || number == EPERM ? VMT_PERM : VMT_IO, "%s: %s",
			   path, strerror(number));
}

static enum vmt_rc there_already(const char *path, struct vmt_err *err)
{
	return vmt_err_set(err, VMT_NONE, "%s: is there already", path);
}

static enum vmt_rc sink_open(struct sink *s, const char *path, bool replace, struct vmt_err *err)
{
	struct stat st;

	s->fd = -1;
	/* A device or a pipe would be replaced by a file. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return vmt_err_set(err, VMT_IO, "%s: is no regular file", path);
	if (!replace && access(path, F_OK) == 0)
		return there_already(path, err);
	s->buf = malloc(SINK_BYTES);
	if (!s->buf || asprintf(&s->aside, "%s.XXXXXX", path) < 0) {
		s->aside = NULL;
		return vmt_err_nomem(err);
	}
	s->fd = mkostemp(s->aside, O_CLOEXEC); /* 0600 */
	if (s->fd >= 0)
		return VMT_OK;
	free(s->aside);
	s->aside = NULL;
	return refused(path, errno, err);
}

/* Into its place.  link() is the one that never replaces, but not every file system has it. */
static int put_in_place(const char *aside, const char *path, bool replace)
{
	if (!replace && link(aside, path) == 0) {
		(void)unlink(aside);
		return 0;
	}
	if (!replace && (errno == EEXIST || access(path, F_OK) == 0))
		return EEXIST;
	return rename(aside, path) == 0 ? 0 : errno;
}

static enum vmt_rc sink_commit(struct sink *s, const char *path, bool replace, struct vmt_err *err)
{
	int placed;

	sink_flush(s);
	if (!s->failed && (ftruncate(s->fd, (off_t)s->at) != 0 || fsync(s->fd) != 0))
		s->failed = errno;
	if (close(s->fd) != 0 && !s->failed)
		s->failed = errno;
	s->fd = -1;
	if (s->failed)
		return refused(path, s->failed, err);
	placed = put_in_place(s->aside, path, replace);
	if (placed == EEXIST && !replace)
		return there_already(path, err);
	if (placed)
		return refused(path, placed, err);
	free(s->aside);
	s->aside = NULL;
	return VMT_OK;
}

static void sink_close(struct sink *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	if (s->aside)
		(void)unlink(s->aside);
	free(s->aside);
	free(s->buf);
}

/* ---- notes ---- */

static enum vmt_rc add_note(struct job *j, const char *name, uint32_t type, const void *desc,
			    size_t n, size_t *desc_at)
{
	size_t name_n = strlen(name) + 1;
	size_t at = j->n_notes + 12 + (size_t)vmt_num_round_up(name_n, 4);
	size_t end = at + (size_t)vmt_num_round_up(n, 4);
	unsigned char *p;

	if (vmt_grow(&j->notes, &j->cap_notes, end, 1) != VMT_OK)
		return VMT_NOMEM;
	p = j->notes + j->n_notes;
	memset(p, 0, end - j->n_notes);
	put_le(p, name_n, 4);
	put_le(p + 4, n, 4);
	put_le(p + 8, type, 4);
	memcpy(p + 12, name, name_n);
	if (n)
		memcpy(j->notes + at, desc, n);
	if (desc_at)
		*desc_at = at;
	j->n_notes = end;
	return VMT_OK;
}

static enum vmt_rc add_registers(struct job *j, struct vmt_err *err)
{
	unsigned char desc[REGISTERS_MAX];
	enum vmt_rc rc = VMT_OK;

	j->done->registers = j->mem->n_registers;
	for (size_t i = 0; j->how->registers && rc == VMT_OK && i < j->mem->n_registers; i++) {
		const struct vmt_registers *r = &j->mem->registers[i];
		size_t got = 0;

		if (r->n <= sizeof(desc))
			rc = vmt_store_read(&j->mem->store, r->at, desc, (size_t)r->n, &got, err);
		if (rc == VMT_OK && got &&
		    add_note(j, "CORE", NT_PRSTATUS, desc, got, NULL) != VMT_OK)
			rc = vmt_err_nomem(err);
	}
	return rc;
}

static enum vmt_rc make_notes(struct job *j, struct vmt_err *err)
{
	struct vmt_str info = j->how->vmcoreinfo, slim = j->how->slim;
	enum vmt_rc rc = add_registers(j, err);

	if (rc == VMT_OK && info.n &&
	    add_note(j, "VMCOREINFO", 0, info.p, info.n, &j->info_at) != VMT_OK)
		rc = vmt_err_nomem(err);
	if (rc == VMT_OK && slim.n && add_note(j, VMT_NOTE_SLIM, 0, slim.p, slim.n, NULL) != VMT_OK)
		rc = vmt_err_nomem(err);
	return rc;
}

/* ---- memory ---- */

static enum vmt_rc add_ram(struct job *j, size_t *cap, uint64_t start, uint64_t end)
{
	uint64_t ps = j->how->page_size;

	start &= ~(ps - 1);
	end = vmt_num_round_up(end, ps);
	if (end == UINT64_MAX)
		end &= ~(ps - 1);
	if (j->n_ram && start <= j->ram[j->n_ram - 1].end) {
		if (end > j->ram[j->n_ram - 1].end)
			j->ram[j->n_ram - 1].end = end;
		return VMT_OK;
	}
	if (vmt_grow(&j->ram, cap, j->n_ram + 1, sizeof(j->ram[0])) != VMT_OK)
		return VMT_NOMEM;
	j->ram[j->n_ram++] = (struct range){start, end};
	return VMT_OK;
}

/* What the image says there is; and what was read is there too, whatever it says. */
static enum vmt_rc find_ram(struct job *j)
{
	uint64_t from = 0, start, end;
	size_t cap = 0, page = 0;
	enum vmt_rc rc;

	do {
		rc = vmt_mem_ram(j->mem, from, &start, &end);
		if (rc == VMT_NONE)
			start = end = UINT64_MAX;
		else if (rc != VMT_OK)
			return rc;
		for (; page < j->n_pages && j->pages[page].pa < start; page++) {
			if (add_ram(j, &cap, j->pages[page].pa,
				    j->pages[page].pa + VMT_RECORD_PAGE) != VMT_OK)
				return VMT_NOMEM;
		}
		if (rc == VMT_OK && add_ram(j, &cap, start, end) != VMT_OK)
			return VMT_NOMEM;
		from = end;
	} while (rc == VMT_OK && from != UINT64_MAX);
	return VMT_OK;
}

void job_progress(const struct job *j, uint64_t done, uint64_t total)
{
	if (j->how->progress)
		j->how->progress(j->how->arg, done, total);
}

/* Of the kernel's size, and so not more than are stored in any format. */
static void count_pages(struct job *j)
{
	uint64_t ps = j->how->page_size;

	for (size_t i = 0; i < j->n_pages; i++)
		j->done->pages += !i || j->pages[i].pa / ps != j->pages[i - 1].pa / ps;
	for (size_t i = 0; i < j->n_ram; i++)
		j->done->pages_ram += (j->ram[i].end - j->ram[i].start) / ps;
}

/* ---- all of it ---- */

static enum vmt_rc write_form(struct job *j, struct vmt_err *err)
{
	enum vmt_rc rc = find_ram(j);

	if (rc == VMT_NOMEM)
		return vmt_err_nomem(err);
	if (rc != VMT_OK)
		return vmt_err_set(err, rc, "%s: its memory cannot be told", j->mem->path);
	count_pages(j);
	rc = make_notes(j, err);
	if (rc != VMT_OK)
		return rc;
	return j->how->form == VMT_MEM_ELF ? vmt_write_elf(j, err) : vmt_write_kdump(j, err);
}

enum vmt_rc vmt_mem_write(struct vmt_mem *mem, const char *path, const struct vmt_mem_writing *how,
			  struct vmt_mem_written *done, struct vmt_err *err)
{
	struct sink sink = {0};
	struct vmt_record_page *pages = NULL;
	struct job j = {.mem = mem, .how = how, .sink = &sink, .done = done};
	enum vmt_rc rc = vmt_record_pages(mem->record, &pages, &j.n_pages);

	memset(done, 0, sizeof(*done));
	j.pages = pages;
	rc = rc == VMT_OK ? sink_open(&sink, path, how->replace, err) : vmt_err_nomem(err);
	if (rc == VMT_OK)
		rc = write_form(&j, err);
	done->file_bytes = sink_pos(&sink);
	if (rc == VMT_OK)
		rc = sink_commit(&sink, path, how->replace, err);
	sink_close(&sink);
	free(j.notes);
	free(j.ram);
	free(pages);
	return rc;
}
