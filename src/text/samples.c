// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many samples: the files that `vmtool record` left in a directory, and single ones, put in order
 * boot by boot.  Their time is the uptime where they have it, as clocks are set and uptimes are
 * not.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "vmtool/text.h"

#define PREFIX "vmallocinfo-"

struct vmt_samples {
	struct vmt_sample *items;
	size_t n, cap;
	struct vmt_boot *boots;
	size_t n_boots, cap_boots;
	struct vmt_intern *boot_ids;
	size_t left_out, others;
	struct vmt_err why;
};

/* ---- names ---- */

void vmt_sample_name(char buf[VMT_SAMPLE_NAME], uint64_t seconds, uint64_t seq, const char *suffix)
{
	/* 9999-12-31T23:59:59Z: what four digits of the year can say. */
	time_t t = (time_t)(seconds < UINT64_C(253402300799) ? seconds : UINT64_C(253402300799));
	char utc[24] = "";
	struct tm tm;

	if (gmtime_r(&t, &tm))
		(void)strftime(utc, sizeof(utc), "%Y%m%dT%H%M%SZ", &tm);
	(void)snprintf(buf, VMT_SAMPLE_NAME, PREFIX "%s-%06" PRIu64 "%s", utc, seq, suffix);
}

bool vmt_sample_name_parse(const char *name, uint64_t *seconds, uint64_t *seq)
{
	struct tm tm = {0};
	const char *end, *dot;
	time_t t;
	size_t n;

	if (strncmp(name, PREFIX, sizeof(PREFIX) - 1) != 0)
		return false;
	name += sizeof(PREFIX) - 1;
	n = strlen(name);
	if (n < 18 || strspn(name, "0123456789") != 8 || name[8] != 'T' ||
	    strspn(name + 9, "0123456789") != 6)
		return false;
	end = strptime(name, "%Y%m%dT%H%M%SZ-", &tm);
	if (end != name + 17)
		return false;
	dot = strchr(end, '.');
	if (!dot || (strcmp(dot, ".zst") != 0 && strcmp(dot, ".gz") != 0))
		return false;
	t = timegm(&tm);
	if (t < 0 || dot - end < 6 ||
	    !vmt_num_parse((struct vmt_str){end, (size_t)(dot - end)}, 10, seq))
		return false;
	*seconds = (uint64_t)t;
	return true;
}

/* ---- adding ---- */

struct vmt_samples *vmt_samples_new(void)
{
	struct vmt_samples *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->boot_ids = vmt_intern_new();
	if (!s->boot_ids) {
		free(s);
		return NULL;
	}
	return s;
}

void vmt_samples_free(struct vmt_samples *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free((char *)(uintptr_t)s->items[i].path);
	free(s->items);
	free(s->boots);
	vmt_intern_free(s->boot_ids);
	free(s);
}

/* Takes @path. */
static enum vmt_rc add(struct vmt_samples *s, char *path, uint64_t seconds, uint64_t seq,
		       struct vmt_err *err)
{
	if (!path || vmt_grow(&s->items, &s->cap, s->n + 1, sizeof(*s->items)) != VMT_OK) {
		free(path);
		return vmt_err_nomem(err);
	}
	s->items[s->n++] = (struct vmt_sample){
		.path = path, .time = seconds, .uptime_ms = VMT_FACT_NONE, .seq = seq};
	return VMT_OK;
}

static enum vmt_rc add_entry(struct vmt_samples *s, const char *dir, const char *name,
			     struct vmt_err *err)
{
	uint64_t seconds, seq;
	char *path;

	if (!vmt_sample_name_parse(name, &seconds, &seq)) {
		/* Hidden ones are those of a recorder at work. */
		s->others += name[0] != '.';
		return VMT_OK;
	}
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		path = NULL;
	return add(s, path, seconds, seq, err);
}

static enum vmt_rc add_dir(struct vmt_samples *s, const char *dir, struct vmt_err *err)
{
	DIR *d = opendir(dir);
	enum vmt_rc rc = VMT_OK;
	const struct dirent *e;
	size_t before = s->n;

	if (!d)
		return vmt_err_set(err, errno == EACCES || errno == EPERM ? VMT_PERM : VMT_IO,
				   "%s: cannot be read: %s", dir, strerror(errno));
	while (rc == VMT_OK && (errno = 0, e = readdir(d)) != NULL)
		rc = add_entry(s, dir, e->d_name, err);
	if (rc == VMT_OK && errno)
		rc = vmt_err_set(err, VMT_IO, "%s: cannot be read: %s", dir, strerror(errno));
	(void)closedir(d);
	if (rc == VMT_OK && s->n == before)
		rc = vmt_err_set(err, VMT_NONE,
				 "%s: no samples in it\n"
				 "expected files of vmtool record: " PREFIX
				 "20261122T180144Z-000001.zst",
				 dir);
	return rc;
}

enum vmt_rc vmt_samples_add(struct vmt_samples *s, const char *path, struct vmt_err *err)
{
	const char *slash = strrchr(path, '/');
	uint64_t seconds = VMT_FACT_NONE, seq = 0;
	struct stat st;

	if (stat(path, &st) != 0)
		return vmt_err_set(err, errno == EACCES ? VMT_PERM : VMT_IO,
				   "%s: cannot be opened: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return add_dir(s, path, err);
	if (!vmt_sample_name_parse(slash ? slash + 1 : path, &seconds, &seq)) {
		seconds = VMT_FACT_NONE;
		seq = 0;
	}
	return add(s, strdup(path), seconds, seq, err);
}

/* ---- order ---- */

/* What does not tell its boot is told apart by its machine. */
static enum vmt_rc join_boot(struct vmt_samples *s, struct vmt_sample *sample,
			     const struct vmt_facts *f)
{
	char key[3 * VMT_FACT_TEXT];
	struct vmt_boot *b;
	bool added;

	(void)snprintf(key, sizeof(key), "%s\n%s\n%s", f->boot_id, f->boot_id[0] ? "" : f->host,
		       f->boot_id[0] ? "" : f->kernel);
	if (vmt_intern_add(s->boot_ids, vmt_str(key), &sample->boot, &added) != VMT_OK ||
	    vmt_grow(&s->boots, &s->cap_boots, sample->boot + (size_t)1, sizeof(*s->boots)) !=
		    VMT_OK)
		return VMT_NOMEM;
	b = &s->boots[sample->boot];
	if (added) {
		*b = (struct vmt_boot){.n = 0};
		s->n_boots++;
		memcpy(b->id, f->boot_id, sizeof(b->id));
		memcpy(b->host, f->host, sizeof(b->host));
		memcpy(b->kernel, f->kernel, sizeof(b->kernel));
	}
	b->n++;
	return VMT_OK;
}

/* @return VMT_NONE: the file is left out. */
static enum vmt_rc read_head(struct vmt_samples *s, struct vmt_sample *sample)
{
	struct vmt_facts f;
	struct vmt_err err = {0};
	enum vmt_rc rc;

	vmt_facts_init(&f);
	rc = vmt_snapshot_head(&f, sample->path, &err);
	if (rc == VMT_OK || rc == VMT_NONE) {
		if (f.time != VMT_FACT_NONE)
			sample->time = f.time;
		sample->uptime_ms = f.uptime_ms;
		rc = join_boot(s, sample, &f);
	} else if (rc != VMT_NOMEM) {
		if (!s->left_out++)
			s->why = err;
		rc = VMT_NONE;
	}
	vmt_facts_deinit(&f);
	return rc;
}

static enum vmt_rc read_heads(struct vmt_samples *s)
{
	size_t kept = 0, i;
	enum vmt_rc rc = VMT_OK;

	for (i = 0; i < s->n && rc != VMT_NOMEM; i++) {
		rc = read_head(s, &s->items[i]);
		if (rc == VMT_OK)
			s->items[kept++] = s->items[i];
		else if (rc == VMT_NONE)
			free((char *)(uintptr_t)s->items[i].path);
		else
			break;
	}
	/* Out of memory: those not yet looked at stay, and are freed with the rest. */
	for (; i < s->n; i++)
		s->items[kept++] = s->items[i];
	s->n = kept;
	return rc == VMT_NOMEM ? rc : VMT_OK;
}

static int by_boot_and_time(const void *pa, const void *pb)
{
	const struct vmt_sample *a = pa, *b = pb;

	if (a->boot != b->boot)
		return a->boot < b->boot ? -1 : 1;
	if (a->at < b->at || a->at > b->at)
		return a->at < b->at ? -1 : 1;
	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	return strcmp(a->path, b->path);
}

static double wall(const struct vmt_sample *sample)
{
	return sample->time == VMT_FACT_NONE ? 0 : (double)sample->time;
}

/*
 * The clock of one boot, whose samples are @a[0, n).  When it booted is said by the last sample: by
 * then the clock has been set, if ever.
 */
static void set_clock(struct vmt_sample *a, size_t n)
{
	const struct vmt_sample *last = a;
	double booted;

	for (size_t i = 0; i < n; i++) {
		a[i].at = wall(&a[i]);
		if (last && a[i].uptime_ms == VMT_FACT_NONE)
			last = NULL;
		else if (last && a[i].uptime_ms >= last->uptime_ms)
			last = &a[i];
	}
	if (!last)
		return;
	booted = wall(last) - (double)last->uptime_ms / 1000;
	for (size_t i = 0; i < n; i++)
		a[i].at = booted + (double)a[i].uptime_ms / 1000;
}

struct order {
	double at;
	uint32_t boot;
};

static int by_first(const void *pa, const void *pb)
{
	const struct order *a = pa, *b = pb;

	if (a->at < b->at || a->at > b->at)
		return a->at < b->at ? -1 : 1;
	return a->boot < b->boot ? -1 : a->boot > b->boot;
}

/* Boots get new numbers, in order of their first samples. */
static enum vmt_rc renumber(struct vmt_samples *s)
{
	struct order *order VMT_FREE = calloc(s->n_boots + 1, sizeof(*order));
	struct vmt_boot *boots = calloc(s->n_boots + 1, sizeof(*boots));
	uint32_t *now VMT_FREE = calloc(s->n_boots + 1, sizeof(*now));
	size_t at = 0;

	if (!order || !boots || !now) {
		free(boots);
		return VMT_NOMEM;
	}
	for (uint32_t i = 0; i < s->n_boots; i++)
		order[i] = (struct order){s->items[s->boots[i].first].at, i};
	qsort(order, s->n_boots, sizeof(*order), by_first);
	for (uint32_t i = 0; i < s->n_boots; i++) {
		now[order[i].boot] = i;
		boots[i] = s->boots[order[i].boot];
		boots[i].first = at;
		at += boots[i].n;
	}
	for (size_t i = 0; i < s->n; i++)
		s->items[i].boot = now[s->items[i].boot];
	free(s->boots);
	s->boots = boots;
	s->cap_boots = s->n_boots + 1;
	qsort(s->items, s->n, sizeof(*s->items), by_boot_and_time);
	return VMT_OK;
}

enum vmt_rc vmt_samples_settle(struct vmt_samples *s, struct vmt_err *err)
{
	size_t at = 0;

	if (read_heads(s) != VMT_OK)
		return vmt_err_nomem(err);
	if (!s->n) {
		if (err && s->left_out)
			*err = s->why;
		return VMT_NONE;
	}
	qsort(s->items, s->n, sizeof(*s->items), by_boot_and_time);
	for (size_t i = 0; i < s->n_boots; i++) {
		s->boots[i].first = at;
		set_clock(s->items + at, s->boots[i].n);
		at += s->boots[i].n;
	}
	qsort(s->items, s->n, sizeof(*s->items), by_boot_and_time);
	return renumber(s) == VMT_OK ? VMT_OK : vmt_err_nomem(err);
}

size_t vmt_samples_count(const struct vmt_samples *s)
{
	return s->n;
}

const struct vmt_sample *vmt_samples_at(const struct vmt_samples *s, size_t i)
{
	return &s->items[i];
}

size_t vmt_samples_boots(const struct vmt_samples *s)
{
	return s->n_boots;
}

const struct vmt_boot *vmt_samples_boot(const struct vmt_samples *s, size_t i)
{
	return &s->boots[i];
}

size_t vmt_samples_left_out(const struct vmt_samples *s, const struct vmt_err **why)
{
	if (why)
		*why = s->left_out ? &s->why : NULL;
	return s->left_out;
}

size_t vmt_samples_others(const struct vmt_samples *s)
{
	return s->others;
}
