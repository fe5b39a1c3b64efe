// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges of kernel space as the user names them. */
#include <inttypes.h>
#include <string.h>

#include "place.h"

struct parsing {
	struct source *src;
	const struct run *run;
	struct bounds *b;
	size_t n, cap;
};

static int add(struct parsing *p, uint64_t start, uint64_t end)
{
	if (vmt_grow(&p->b, &p->cap, p->n + 1, sizeof(p->b[0])) != VMT_OK)
		return complain_nomem();
	p->b[p->n++] = (struct bounds){start, end};
	return 0;
}

static bool address(struct vmt_str s, uint64_t *va)
{
	if (!vmt_str_starts(s, "0x"))
		return false;
	s.p += 2;
	s.n -= 2;
	return vmt_num_parse(s, 16, va);
}

/* START-END or START+SIZE. @return false when it is neither. */
static bool numbers(const char *text, uint64_t *start, uint64_t *end)
{
	const char *sign = strpbrk(text, "-+");
	uint64_t size;

	if (!sign || !address((struct vmt_str){text, (size_t)(sign - text)}, start))
		return false;
	if (*sign == '-')
		return address(vmt_str(sign + 1), end) && *end > *start;
	if (!vmt_num_size(sign + 1, &size) || !size || vmt_num_add(*start, size - 1) == UINT64_MAX)
		return false;
	*end = *start + size;
	return true;
}

static int unknown_name(const struct parsing *p, const char *name, const struct vmt_part *parts,
			size_t n)
{
	char names[256] = "all";

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names);

		if (!strstr(names, parts[i].name))
			(void)snprintf(names + len, sizeof(names) - len, ", %s", parts[i].name);
	}
	if (strcmp(name, "vmalloc") == 0 || strcmp(name, "modules") == 0 ||
	    strcmp(name, "direct") == 0 || strcmp(name, "vmemmap") == 0) {
		message("%s: where %s begins is not known; ranges that are: %s", p->src->name, name,
			names);
		return EXIT_NO_ANSWER;
	}
	return usage_error(p->run->cmd, "'%s' is no range: START-END, START+SIZE, or of %s", name,
			   names);
}

static int one(struct parsing *p, const char *name)
{
	const struct vmt_part *parts;
	struct vmt_err err = {0};
	uint64_t start, end;
	bool found = false;
	size_t n;
	int code = 0;

	if (numbers(name, &start, &end))
		return add(p, start, end);
	if (strcmp(name, "all") == 0)
		return add(p, vmt_pgt_first_va(vmt_kern_pgt(p->src->kern)), 0);
	if (vmt_kern_parts(p->src->kern, &parts, &n, &err) != VMT_OK)
		return complain(&err);
	for (size_t i = 0; i < n && code == 0; i++) {
		if (strcmp(parts[i].name, name) != 0)
			continue;
		found = true;
		code = add(p, parts[i].start, parts[i].end);
	}
	return found || code ? code : unknown_name(p, name, parts, n);
}

static int by_start(const void *pa, const void *pb)
{
	const struct bounds *a = pa, *b = pb;

	return (a->start > b->start) - (a->start < b->start);
}

/* Sorted; those that overlap or touch become one. */
static size_t settle(struct bounds *b, size_t n)
{
	size_t kept = 0;

	qsort(b, n, sizeof(b[0]), by_start);
	for (size_t i = 0; i < n; i++) {
		struct bounds *last = kept ? &b[kept - 1] : NULL;

		if (last && (last->end == 0 || b[i].start <= last->end)) {
			if (last->end && (b[i].end == 0 || b[i].end > last->end))
				last->end = b[i].end;
		} else {
			b[kept++] = b[i];
		}
	}
	return kept;
}

/* That of modules is not known of every kernel. */
const char *bounds_usual(const struct source *s)
{
	const struct vmt_part *parts;
	size_t n;

	if (vmt_kern_parts(s->kern, &parts, &n, NULL) != VMT_OK)
		return "vmalloc";
	for (size_t i = 0; i < n; i++)
		if (strcmp(parts[i].name, "modules") == 0)
			return "vmalloc,modules";
	return "vmalloc";
}

int bounds_parse(struct source *s, const struct run *r, const char *text, struct bounds **out,
		 size_t *n)
{
	struct parsing p = {.src = s, .run = r};
	char name[64];
	int code = 0;

	while (*text && code == 0) {
		size_t len = strcspn(text, ",");

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, text);
		code = one(&p, name);
		text += len + (text[len] == ',');
	}
	if (code == 0 && !p.n)
		code = usage_error(r->cmd, "an empty range");
	if (code) {
		free(p.b);
		return code;
	}
	*n = settle(p.b, p.n);
	*out = p.b;
	return 0;
}
