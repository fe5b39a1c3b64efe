// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What threads have in hand.  A range on its way from one list to the next is in none, and an area
 * that is being freed is no area any more: whoever does it has the record on its stack, or in a
 * register.  Looked for only when something seems wrong.
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define STACK_MAX (64 * 1024)
#define REGISTERS 512 /* bytes of one CPU's, at most */

struct layout {
	struct vmt_member start, end, node, list;
	struct vmt_member addr, size, flags, pages, nr_pages;
	/* Threads that could be amid something are TASK_RUNNING; where their state is not known all
	 * are looked at. */
	struct vmt_member state;
	bool has_state;
};

static bool learn(struct vmt_kern *k, struct layout *l)
{
	const struct {
		const char *type, *path;
		struct vmt_member *m;
	} all[] = {
		{"vmap_area", "va_start", &l->start},	 {"vmap_area", "va_end", &l->end},
		{"vmap_area", "rb_node", &l->node},	 {"vmap_area", "list", &l->list},
		{"vm_struct", "addr", &l->addr},	 {"vm_struct", "size", &l->size},
		{"vm_struct", "flags", &l->flags},	 {"vm_struct", "pages", &l->pages},
		{"vm_struct", "nr_pages", &l->nr_pages},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (vmt_kern_member(k, all[i].type, all[i].path, all[i].m) != VMT_OK)
			return false;
	}
	l->has_state = vmt_kern_member(k, "task_struct", "__state", &l->state) == VMT_OK ||
		       vmt_kern_member(k, "task_struct", "state", &l->state) == VMT_OK;
	return true;
}

/* ---- words ---- */

struct words {
	struct word *items;
	size_t n, cap;
};

static int by_value(const void *pa, const void *pb)
{
	const struct word *a = pa, *b = pb;

	return (a->value > b->value) - (a->value < b->value);
}

typedef enum vmt_rc word_fn(void *arg, const struct word *word);

/* Those that can point to something. */
static enum vmt_rc see_words(word_fn *fn, void *arg, const unsigned char *buf, size_t n,
			     uint64_t at)
{
	enum vmt_rc rc = VMT_OK;

	for (size_t i = 0; rc == VMT_OK && i + 8 <= n; i += 8) {
		struct word w = {.at = at ? at + i : 0};

		memcpy(&w.value, buf + i, 8);
		if (w.value >> 63 && !(w.value & 7))
			rc = fn(arg, &w);
	}
	return rc;
}

static enum vmt_rc see_stack(struct ctx *c, const struct subject *s, word_fn *fn, void *arg)
{
	unsigned char buf[4096];
	enum vmt_rc rc = VMT_OK;

	/* What lies on stacks is nobody's business: see see_word(). */
	vmt_mem_search(vmt_kern_mem(c->kern), true);
	for (uint64_t va = s->start; rc == VMT_OK && va < s->end; va += sizeof(buf)) {
		if (va - s->start >= STACK_MAX || !afford(c, sizeof(buf) / 8))
			break;
		rc = vmt_kern_read(c->kern, va, buf, sizeof(buf), NULL);
		if (rc == VMT_OK)
			rc = see_words(fn, arg, buf, sizeof(buf), va);
		else if (rc != VMT_NOMEM)
			rc = VMT_OK;
	}
	vmt_mem_search(vmt_kern_mem(c->kern), false);
	return rc;
}

static bool may_run(struct ctx *c, const struct layout *l, uint64_t task)
{
	uint32_t state;

	return !l->has_state ||
	       (vmt_kern_read_u32(c->kern, task + l->state.offset, &state, NULL) == VMT_OK &&
		state == 0 /* TASK_RUNNING */);
}

/* Of the stacks of threads, of those that may run with @l, and of the registers of CPUs. */
static enum vmt_rc each_word(struct ctx *c, const struct layout *l, word_fn *fn, void *arg)
{
	unsigned char regs[REGISTERS];
	const struct vmt_task *tasks;
	const struct vmt_fault *fault;
	size_t n = 0, got;
	enum vmt_rc rc = vmt_kern_tasks(c->kern, &tasks, &n, &fault, NULL);

	if (rc == VMT_NONE)
		rc = VMT_OK;
	for (size_t i = 0; rc == VMT_OK && i < n; i++) {
		const struct subject *s = subject_at(c, tasks[i].stack_va);

		if (s && s->start == tasks[i].stack_va && (!l || may_run(c, l, tasks[i].va)))
			rc = see_stack(c, s, fn, arg);
	}
	for (size_t cpu = 0; rc == VMT_OK; cpu++) {
		if (vmt_mem_registers(vmt_kern_mem(c->kern), cpu, regs, sizeof(regs), &got) !=
		    VMT_OK)
			break;
		rc = see_words(fn, arg, regs, got, 0);
	}
	return rc;
}

static enum vmt_rc add_word(void *arg, const struct word *word)
{
	struct words *w = arg;

	if (vmt_grow(&w->items, &w->cap, w->n + 1, sizeof(w->items[0])) != VMT_OK)
		return VMT_NOMEM;
	w->items[w->n++] = *word;
	return VMT_OK;
}

static enum vmt_rc read_words(struct ctx *c, const struct layout *l, struct words *w)
{
	enum vmt_rc rc = each_word(c, l, add_word, w);

	if (w->n)
		qsort(w->items, w->n, sizeof(w->items[0]), by_value);
	return rc;
}

/* ---- records ---- */

static bool read2(struct ctx *c, uint64_t va, const struct vmt_member *a,
		  const struct vmt_member *b, uint64_t *x, uint64_t *y)
{
	return vmt_kern_read_u64(c->kern, va + a->offset, x, NULL) == VMT_OK &&
	       vmt_kern_read_u64(c->kern, va + b->offset, y, NULL) == VMT_OK;
}

static bool is_range(const struct ctx *c, uint64_t start, uint64_t end)
{
	if (start >= end || (start | end) & (c->page_size - 1))
		return false;
	for (size_t i = 0; i < c->n_windows; i++) {
		if (start >= c->windows[i].start && end <= c->windows[i].end)
			return true;
	}
	return false;
}

/* include/linux/poison.h, with the ILLEGAL_POINTER_VALUE of 64-bit machines. */
#define LIST_POISON1 UINT64_C(0xdead000000000100)
#define LIST_POISON2 UINT64_C(0xdead000000000122)

/* What list_del_init() leaves (unlink_va of 6.0 to 7.2), or list_del() (5.4 to 5.19). */
static bool is_off_list(uint64_t list, const uint64_t links[2])
{
	return (links[0] == list && links[1] == list) ||
	       (links[0] == LIST_POISON1 && links[1] == LIST_POISON2);
}

/* As unlink_va() leaves a vmap_area: in no list, in no tree (mm/vmalloc.c, 5.4 to 7.2). */
static bool is_unlinked(struct ctx *c, const struct layout *l, uint64_t va, struct hand *h)
{
	uint64_t node = va + l->node.offset, list = va + l->list.offset, links[2], up;

	*h = (struct hand){.kind = HAND_RANGE, .va = va};
	if (!read2(c, va, &l->start, &l->end, &h->start, &h->end))
		return false;
	h->pages = (h->end - h->start) / c->page_size;
	return is_range(c, h->start, h->end) &&
	       vmt_kern_read_u64(c->kern, node, &up, NULL) == VMT_OK && up == node &&
	       vmt_kern_read(c->kern, list, links, sizeof(links), NULL) == VMT_OK &&
	       is_off_list(list, links);
}

/* The vm_struct of an area with pages of its own that is busy no more. */
static bool is_removed(struct ctx *c, const struct layout *l, uint64_t va, struct hand *h)
{
	const struct subject *s;
	uint64_t flags, pages, size;
	uint32_t n;

	*h = (struct hand){.kind = HAND_AREA, .va = va};
	if (!read2(c, va, &l->addr, &l->size, &h->start, &size) ||
	    !is_range(c, h->start, h->start + size) ||
	    !read2(c, va, &l->flags, &l->pages, &flags, &pages) || !(flags & VM_ALLOC) ||
	    flags & VM_MAP_PUT_PAGES || !pages ||
	    /* 8 bytes since 7.2: of so many pages the low half is all. */
	    vmt_kern_read_u32(c->kern, va + l->nr_pages.offset, &n, NULL) != VMT_OK || !n ||
	    n > size / c->page_size)
		return false;
	h->end = h->start + size;
	h->pages = n;
	s = subject_at(c, h->start);
	return !s || s->k->vm_struct_va != va;
}

static enum vmt_rc add_hand(struct ctx *c, const struct hand *h)
{
	if (vmt_grow(&c->hands, &c->hands_cap, c->n_hands + 1, sizeof(*h)) != VMT_OK)
		return VMT_NOMEM;
	c->hands[c->n_hands++] = *h;
	return VMT_OK;
}

static enum vmt_rc see_word(struct ctx *c, const struct layout *l, const struct word *w)
{
	struct vmt_mem *mem = vmt_kern_mem(c->kern);
	uint64_t value;
	bool range, area;
	struct hand h;

	vmt_mem_search(mem, true);
	range = is_unlinked(c, l, w->value, &h);
	area = !range && is_removed(c, l, w->value, &h);
	vmt_mem_search(mem, false);
	if (!range && !area)
		return VMT_OK;
	/* What the answer rests on is read again: see vmt_mem_search. */
	if (w->at)
		(void)vmt_kern_read_u64(c->kern, w->at, &value, NULL);
	if (range ? is_unlinked(c, l, w->value, &h) : is_removed(c, l, w->value, &h))
		return add_hand(c, &h);
	return VMT_OK;
}

static enum vmt_rc read_hands(struct ctx *c)
{
	struct words w = {0};
	struct layout l;
	enum vmt_rc rc;

	if (c->no_areas || !learn(c->kern, &l))
		return VMT_OK;
	rc = read_words(c, &l, &w);
	for (size_t i = 0; rc == VMT_OK && i < w.n; i++) {
		if (i && w.items[i].value == w.items[i - 1].value)
			continue;
		if (!afford(c, 1))
			break;
		rc = see_word(c, &l, &w.items[i]);
	}
	c->words = w.items;
	c->n_words = w.n;
	return rc;
}

static void know_hands(struct ctx *c)
{
	if (c->hands_known)
		return;
	c->hands_known = true;
	if (read_hands(c) == VMT_NOMEM)
		c->report->nomem = VMT_NOMEM;
}

bool range_in_hand(struct ctx *c, uint64_t va)
{
	know_hands(c);
	/* A hostile image has as many of them as pages that are asked for. */
	if (!afford(c, c->n_hands))
		return false;
	for (size_t i = 0; i < c->n_hands; i++) {
		const struct hand *h = &c->hands[i];

		if (h->kind == HAND_RANGE && va >= h->start && va < h->end)
			return true;
	}
	return false;
}

bool record_in_hand(struct ctx *c, uint64_t va)
{
	const struct word key = {va, 0}, *w;
	uint64_t value;

	know_hands(c);
	w = c->n_words ? bsearch(&key, c->words, c->n_words, sizeof(key), by_value) : NULL;
	/* Kept by who records: see see_word(). */
	if (w && w->at)
		(void)vmt_kern_read_u64(c->kern, w->at, &value, NULL);
	return w;
}

/* Of so many areas every choice is tried. */
#define CHOICES_OF 12

/* Some of that kind have so many together; @in_part: so many or more. */
static bool some_have(struct ctx *c, enum hand_kind kind, uint64_t pages, bool in_part)
{
	uint64_t each[CHOICES_OF], all = 0;
	size_t n = 0;

	know_hands(c);
	for (size_t i = 0; i < c->n_hands; i++) {
		if (c->hands[i].kind != kind)
			continue;
		if (n < CHOICES_OF)
			each[n] = c->hands[i].pages;
		n++;
		all += c->hands[i].pages;
	}
	if (in_part || n > CHOICES_OF)
		return pages <= all;
	for (unsigned choice = 1; choice < 1u << n; choice++) {
		uint64_t sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += choice >> i & 1 ? each[i] : 0;
		if (sum == pages)
			return true;
	}
	return false;
}

bool pages_in_hand(struct ctx *c, uint64_t pages, bool in_part)
{
	return some_have(c, HAND_AREA, pages, in_part);
}

bool ranges_in_hand(struct ctx *c, uint64_t pages)
{
	return some_have(c, HAND_RANGE, pages, false);
}

/* ---- an address ---- */

struct addresses {
	const struct ctx *c;
	struct words words;
};

static enum vmt_rc add_address(void *arg, const struct word *word)
{
	struct addresses *a = arg;

	if (word->value & (a->c->page_size - 1))
		return VMT_OK;
	/* Where areas may be is not always known. */
	if (a->c->n_windows && !is_range(a->c, word->value, word->value + a->c->page_size))
		return VMT_OK;
	return add_word(&a->words, word);
}

/* All stacks are gone through once, however often is asked. */
static void know_addresses(struct ctx *c)
{
	struct addresses a = {.c = c};

	if (c->addresses_known)
		return;
	c->addresses_known = true;
	if (each_word(c, NULL, add_address, &a) == VMT_NOMEM)
		c->report->nomem = VMT_NOMEM;
	if (a.words.n)
		qsort(a.words.items, a.words.n, sizeof(a.words.items[0]), by_value);
	c->addresses = a.words.items;
	c->n_addresses = a.words.n;
}

bool page_in_hand(struct ctx *c, uint64_t from, uint64_t to)
{
	size_t lo = 0, hi;
	uint64_t value;

	know_addresses(c);
	for (hi = c->n_addresses; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->addresses[mid].value < from)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == c->n_addresses || c->addresses[lo].value > to)
		return false;
	/* What the answer rests on is read again: see vmt_mem_search. */
	if (c->addresses[lo].at)
		(void)vmt_kern_read_u64(c->kern, c->addresses[lo].at, &value, NULL);
	return true;
}
