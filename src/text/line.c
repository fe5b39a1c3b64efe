// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One line of /proc/vmallocinfo, the careful way: every form since 2.6.28, 32- and 64-bit.
 *
 *   0xPTR-0xPTR SIZE [CALLER [ [MODULE]]] [pages=N] [phys=P] WORD... N<node>=<count>...
 *
 * mm/vmalloc.c: s_show (2.6.28 to 6.8), show_numa_info, show_purge_info, vmalloc_info_show (6.9+).
 * phys= is %lx or %llx up to 4.10 (no 0x) and %pa from 4.12; pages= is %d, %lu from 7.2.
 */
#include <string.h>

#include "vmtool/text.h"

/* Takes "0x" and 8 or 16 hex digits, or one of the forms of a pointer that is not shown. */
static bool take_pointer(struct vmt_str *s, uint64_t *value, bool *hidden, int *digits)
{
	static const char *const hidden_forms[] = {"(____ptrval____)", "(ptrval)", "pK-error"};
	size_t n = 0;

	if (!vmt_str_starts(*s, "0x"))
		return false;
	s->p += 2;
	s->n -= 2;
	while (s->n && s->p[0] == ' ') { /* "(ptrval)" and "pK-error" are padded on the left */
		s->p++;
		s->n--;
	}
	for (size_t i = 0; i < sizeof(hidden_forms) / sizeof(hidden_forms[0]); i++) {
		n = strlen(hidden_forms[i]);
		if (vmt_str_starts(*s, hidden_forms[i])) {
			*hidden = true;
			*value = 0;
			s->p += n;
			s->n -= n;
			return true;
		}
	}
	for (n = 0; n < s->n && s->p[n] != '-' && s->p[n] != ' '; n++)
		;
	if ((n != 8 && n != 16) || !vmt_num_parse((struct vmt_str){s->p, n}, 16, value))
		return false;
	*digits = (int)n;
	s->p += n;
	s->n -= n;
	return true;
}

static bool take_byte(struct vmt_str *s, char c)
{
	if (!s->n || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

/* KASAN tags live in bits 63:56 of arm64 addresses (5.18+); bit 55 tells a kernel address. */
static uint64_t untag(uint64_t va, bool *tagged)
{
	*tagged = vmt_va_untag(va) != va;
	return vmt_va_untag(va);
}

static bool parse_node(struct vmt_str word)
{
	uint32_t node;
	uint64_t pages;

	return word.n >= 4 && word.p[0] == 'N' && word.p[1] >= '0' && word.p[1] <= '9' &&
	       vmt_area_next_node(&word, &node, &pages);
}

/* From the start of *list to the end of @word: both lie in one line. */
static void extend(struct vmt_str *list, struct vmt_str word)
{
	if (!list->n)
		*list = word;
	else
		list->n = (size_t)(word.p + word.n - list->p);
}

static const char *take_value(struct vmt_area *a, struct vmt_str word, bool *done)
{
	struct vmt_str v;

	*done = true;
	if (vmt_str_starts(word, "pages=")) {
		v = (struct vmt_str){word.p + 6, word.n - 6};
		if (a->flags & VMT_AREA_HAS_PAGES)
			return "pages= stands twice";
		a->flags |= VMT_AREA_HAS_PAGES;
		return vmt_num_parse(v, 10, &a->pages) ? NULL : "expected a number after pages=";
	}
	if (vmt_str_starts(word, "phys=")) {
		v = (struct vmt_str){word.p + 5, word.n - 5};
		if (vmt_str_starts(v, "0x")) {
			v.p += 2;
			v.n -= 2;
		}
		if (a->flags & VMT_AREA_HAS_PHYS)
			return "phys= stands twice";
		a->flags |= VMT_AREA_HAS_PHYS;
		return vmt_num_parse(v, 16, &a->phys) ? NULL
						      : "expected a hexadecimal number after phys=";
	}
	*done = false;
	return NULL;
}

/* Everything after the size. */
static const char *take_rest(struct vmt_str s, struct vmt_area *a)
{
	struct vmt_str word = vmt_str_word(&s), rest = s;
	const char *why;
	uint32_t bit;
	bool done;

	if (vmt_str_is(word, "unpurged")) {
		if (vmt_str_is(vmt_str_word(&rest), "vm_area") && !vmt_str_word(&rest).n) {
			a->flags |= VMT_AREA_UNPURGED;
			return NULL;
		}
		return "expected \"unpurged vm_area\"";
	}
	if (vmt_caller_is_symbol(word) || vmt_caller_is_raw(word)) {
		a->caller = word;
		word = vmt_str_word(&s);
		if (word.n > 2 && word.p[0] == '[' && word.p[word.n - 1] == ']') {
			a->module = (struct vmt_str){word.p + 1, word.n - 2};
			word = vmt_str_word(&s);
		}
	}
	for (; word.n; word = vmt_str_word(&s)) {
		if (a->nodes.n && !parse_node(word))
			return "unexpected text after the NUMA counts";
		why = take_value(a, word, &done);
		if (why)
			return why;
		if (done)
			continue;
		bit = vmt_area_flag_bit(word);
		if (bit && bit != VMT_AREA_UNPURGED) {
			a->flags |= bit;
			continue;
		}
		if (parse_node(word)) {
			extend(&a->nodes, word);
			continue;
		}
		if (word.p[0] == 'N' && memchr(word.p, '=', word.n))
			return "expected N<node>=<pages>";
		extend(&a->other, word);
	}
	return NULL;
}

enum vmt_rc vmt_line_careful(struct vmt_str line, struct vmt_area *area, const char **why)
{
	struct vmt_str s = line;
	bool hidden = false, tagged = false;

	memset(area, 0, sizeof(*area));
	*why = NULL;
	if (s.n && s.p[s.n - 1] == '\r')
		s.n--;
	if (!vmt_str_starts(s, "0x"))
		return VMT_NONE;
	if (memchr(s.p, 0, s.n))
		*why = "the line holds a NUL byte";
	else if (!take_pointer(&s, &area->start, &hidden, &area->addr_digits) ||
		 !take_byte(&s, '-') || !take_pointer(&s, &area->end, &hidden, &area->addr_digits))
		*why = "expected 0xSTART-0xEND";
	else if (!take_byte(&s, ' '))
		*why = "expected a space and the size after 0xSTART-0xEND";
	else if (!vmt_num_parse(vmt_str_word(&s), 10, &area->size_bytes))
		*why = "expected the size in bytes after 0xSTART-0xEND";
	else
		*why = take_rest(s, area);
	if (*why)
		return VMT_FORMAT;
	if (hidden) {
		area->flags |= VMT_AREA_ADDR_HIDDEN;
		area->start = area->end = 0;
	} else if (area->end > area->start && area->end - area->start == area->size_bytes) {
		area->start = untag(area->start, &tagged);
		area->end = area->start + area->size_bytes;
		if (tagged)
			area->flags |= VMT_AREA_TAGGED;
	}
	vmt_area_classify(area);
	return VMT_OK;
}
