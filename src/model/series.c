// SPDX-License-Identifier: GPL-2.0-or-later
/* The same groups at many times: for each key the moments at which its sums changed. */
#include <string.h>

#include "vmtool/model_series.h"

/* From this point on, until the next change. */
struct change {
	uint32_t point;
	uint64_t of[VMT_MEASURE_COUNT];
};

struct line {
	struct change *changes;
	size_t n, cap;
	const char *what;
	/* The last moment at which the groups had it. */
	uint64_t seen;
};

struct vmt_series {
	size_t max;
	/* Moments so far, and how many of them one point stands for. */
	uint64_t moments, step;
	double *at;
	size_t n;
	/* The last point is there for being the newest: the next moment takes its place. */
	bool passing;
	struct vmt_intern *keys;
	struct line *lines;
	size_t cap;
	struct line total;
};

static const char *const measures[VMT_MEASURE_COUNT] = {"size", "resident", "areas"};

const char *vmt_measure_name(enum vmt_measure measure)
{
	return measures[measure];
}

bool vmt_measure_parse(const char *name, enum vmt_measure *measure)
{
	for (unsigned i = 0; i < VMT_MEASURE_COUNT; i++) {
		if (strcmp(measures[i], name) == 0) {
			*measure = (enum vmt_measure)i;
			return true;
		}
	}
	return false;
}

struct vmt_series *vmt_series_new(size_t max_points)
{
	struct vmt_series *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->max = max_points;
	s->step = 1;
	s->at = calloc(max_points, sizeof(*s->at));
	s->keys = vmt_intern_new();
	if (!s->at || !s->keys) {
		vmt_series_free(s);
		return NULL;
	}
	return s;
}

void vmt_series_free(struct vmt_series *s)
{
	if (!s)
		return;
	for (size_t i = 0; s->keys && i < vmt_intern_count(s->keys); i++)
		free(s->lines[i].changes);
	free(s->total.changes);
	free(s->lines);
	free(s->at);
	vmt_intern_free(s->keys);
	free(s);
}

/* ---- adding ---- */

static bool same(const struct change *c, const uint64_t of[VMT_MEASURE_COUNT])
{
	return memcmp(c->of, of, sizeof(c->of)) == 0;
}

/* The line has these sums from @point on; what it had from there on is forgotten. */
static enum vmt_rc set(struct line *l, uint32_t point, const uint64_t of[VMT_MEASURE_COUNT])
{
	static const uint64_t nothing[VMT_MEASURE_COUNT];

	while (l->n && l->changes[l->n - 1].point >= point)
		l->n--;
	if (l->n ? same(&l->changes[l->n - 1], of) : memcmp(of, nothing, sizeof(nothing)) == 0)
		return VMT_OK;
	if (vmt_grow(&l->changes, &l->cap, l->n + 1, sizeof(*l->changes)) != VMT_OK)
		return VMT_NOMEM;
	l->changes[l->n].point = point;
	memcpy(l->changes[l->n++].of, of, sizeof(nothing));
	return VMT_OK;
}

/* Points 0, 2, 4, ... become 0, 1, 2, ...; what changed at an odd one has by the next even one. */
static void thin_line(struct line *l, size_t points)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct change c = l->changes[i];

		c.point = (c.point + 1) / 2;
		if (c.point >= points)
			break;
		if (n && l->changes[n - 1].point == c.point)
			n--;
		if (n && same(&l->changes[n - 1], c.of))
			continue;
		l->changes[n++] = c;
	}
	l->n = n;
}

static void thin(struct vmt_series *s)
{
	size_t n = (s->n + 1) / 2;

	for (size_t i = 0; i < n; i++)
		s->at[i] = s->at[2 * i];
	for (size_t i = 0; i < vmt_intern_count(s->keys); i++)
		thin_line(&s->lines[i], n);
	thin_line(&s->total, n);
	s->n = n;
	s->step *= 2;
}

static enum vmt_rc add_group(struct vmt_series *s, uint32_t point, const struct vmt_group *g,
			     uint64_t total[VMT_MEASURE_COUNT])
{
	const uint64_t of[VMT_MEASURE_COUNT] = {
		[VMT_MEASURE_SIZE] = g->sums.size_bytes,
		[VMT_MEASURE_RESIDENT] = g->sums.resident_bytes,
		[VMT_MEASURE_AREAS] = g->sums.areas,
	};
	struct line *l;
	uint32_t id;
	bool added;

	/* Room first, so that every key has its line. */
	if (vmt_grow(&s->lines, &s->cap, vmt_intern_count(s->keys) + (size_t)1,
		     sizeof(*s->lines)) != VMT_OK ||
	    vmt_intern_add(s->keys, g->key, &id, &added) != VMT_OK)
		return VMT_NOMEM;
	l = &s->lines[id];
	if (added)
		*l = (struct line){.what = g->what};
	l->seen = s->moments;
	for (int i = 0; i < VMT_MEASURE_COUNT; i++)
		total[i] = vmt_num_add(total[i], of[i]);
	return set(l, point, of);
}

enum vmt_rc vmt_series_add(struct vmt_series *s, double at, const struct vmt_groups *groups)
{
	static const uint64_t nothing[VMT_MEASURE_COUNT];
	uint64_t total[VMT_MEASURE_COUNT] = {0};
	enum vmt_rc rc = VMT_OK;
	uint32_t point;

	if (s->passing)
		s->n--;
	else if (s->n == s->max)
		thin(s);
	s->passing = s->moments % s->step != 0;
	s->moments++;
	point = (uint32_t)s->n;
	s->at[s->n++] = at;
	for (size_t i = 0; rc == VMT_OK && i < vmt_groups_count(groups); i++)
		rc = add_group(s, point, vmt_groups_at(groups, i), total);
	for (size_t i = 0; rc == VMT_OK && i < vmt_intern_count(s->keys); i++) {
		if (s->lines[i].seen != s->moments)
			rc = set(&s->lines[i], point, nothing);
	}
	return rc == VMT_OK ? set(&s->total, point, total) : rc;
}

/* ---- asking ---- */

size_t vmt_series_points(const struct vmt_series *s)
{
	return s->n;
}

double vmt_series_at(const struct vmt_series *s, size_t point)
{
	return s->at[point];
}

size_t vmt_series_keys(const struct vmt_series *s)
{
	return vmt_intern_count(s->keys);
}

struct vmt_str vmt_series_key(const struct vmt_series *s, size_t key)
{
	return vmt_intern_str(s->keys, (uint32_t)key);
}

bool vmt_series_find(const struct vmt_series *s, struct vmt_str name, size_t *key)
{
	uint32_t id;

	if (!vmt_intern_find(s->keys, name, &id))
		return false;
	*key = id;
	return true;
}

const char *vmt_series_what(const struct vmt_series *s, size_t key)
{
	return key == VMT_SERIES_TOTAL ? NULL : s->lines[key].what;
}

void vmt_series_values(const struct vmt_series *s, size_t key, enum vmt_measure measure,
		       double *values)
{
	const struct line *l = key == VMT_SERIES_TOTAL ? &s->total : &s->lines[key];
	uint64_t now = 0;
	size_t next = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (next < l->n && l->changes[next].point == i)
			now = l->changes[next++].of[measure];
		values[i] = (double)now;
	}
}
