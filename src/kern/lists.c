// SPDX-License-Identifier: GPL-2.0-or-later
/* Circular lists (include/linux/list.h), walked without trust. */
#include <inttypes.h>

#include "kern_priv.h"

struct links {
	uint64_t next, prev;
};

static enum vmt_rc read_links(struct vmt_kern *kern, uint64_t va, struct links *l,
			      struct vmt_err *err)
{
	return vmt_kern_read(kern, va, l, sizeof(*l), err);
}

static enum vmt_rc set_fault(struct vmt_fault *f, enum vmt_rc code, uint64_t va, uint64_t expected,
			     uint64_t found, const char *what)
{
	f->code = code;
	f->va = va;
	f->expected = expected;
	f->found = found;
	f->what = what;
	return code;
}

/* @last: what the head's prev should be. */
static enum vmt_rc walk_list(struct vmt_kern *kern, uint64_t head, uint64_t max,
			     enum vmt_rc (*fn)(void *arg, uint64_t node), void *arg, uint64_t *last,
			     struct vmt_fault *fault)
{
	struct links l;
	uint64_t before = head, node;
	enum vmt_rc rc = read_links(kern, head, &l, &fault->err);

	if (rc != VMT_OK)
		return set_fault(fault, rc, head, 0, 0, "the head of the list cannot be read");
	for (uint64_t i = 0; l.next != head; i++) {
		node = l.next;
		if (i == max)
			return set_fault(fault, VMT_FORMAT, head, max, 0,
					 "more nodes than there can be");
		rc = read_links(kern, node, &l, &fault->err);
		if (rc != VMT_OK)
			return set_fault(fault, rc, before, 0, node, "next leads nowhere");
		/* Also what ends every cycle that does not pass through the head. */
		if (l.prev != before)
			return set_fault(fault, VMT_FORMAT, node, before, l.prev,
					 "prev does not point back");
		rc = fn(arg, node);
		if (rc != VMT_OK)
			return set_fault(fault, rc, node, 0, 0, "an entry cannot be read");
		before = node;
	}
	*last = before;
	return VMT_OK;
}

enum vmt_rc vmt_kern_list(struct vmt_kern *kern, uint64_t head, uint64_t max,
			  enum vmt_rc (*fn)(void *arg, uint64_t node), void *arg,
			  struct vmt_fault *fault)
{
	struct links l;
	uint64_t last;
	enum vmt_rc rc = walk_list(kern, head, max, fn, arg, &last, fault);

	if (rc != VMT_OK || read_links(kern, head, &l, NULL) != VMT_OK || l.prev == last)
		return rc;
	return set_fault(fault, VMT_FORMAT, head, last, l.prev,
			 "the head's prev is not the last entry");
}

enum vmt_rc kern_list(struct vmt_kern *kern, uint64_t head, uint64_t max,
		      enum vmt_rc (*fn)(void *arg, uint64_t node), void *arg, struct vmt_err *err)
{
	struct vmt_fault f = {.code = VMT_OK};
	uint64_t last;
	enum vmt_rc rc = walk_list(kern, head, max, fn, arg, &last, &f);

	/* What @fn answers has its own words. */
	if (rc == VMT_OK || rc == VMT_NOMEM || (rc != VMT_FORMAT && !f.err.text[0]))
		return rc;
	if (rc != VMT_FORMAT || f.err.text[0]) {
		(void)vmt_err_set(err, rc, "list 0x%" PRIx64 ", node 0x%" PRIx64 ": %s: %s", head,
				  f.va, f.what, f.err.text);
		/* The page that is missing. */
		if (err)
			err->where = f.err.where;
		return rc;
	}
	if (f.va == head)
		return vmt_err_set(err, rc, "list 0x%" PRIx64 ": %s", head, f.what);
	return vmt_err_set(err, rc,
			   "list 0x%" PRIx64 ": node 0x%" PRIx64 " points back to 0x%" PRIx64
			   ", not to 0x%" PRIx64,
			   head, f.va, f.found, f.expected);
}

enum vmt_rc kern_chain(struct vmt_kern *kern, uint64_t first, uint64_t max,
		       enum vmt_rc (*fn)(void *arg, uint64_t node), void *arg, struct vmt_err *err)
{
	uint64_t node, next, earlier = 0, again = 1;
	enum vmt_rc rc = vmt_kern_read_u64(kern, first, &node, err);

	for (uint64_t i = 0; rc == VMT_OK && node; i++) {
		if (i == max)
			return vmt_err_set(err, VMT_FORMAT,
					   "chain 0x%" PRIx64 ": more than %" PRIu64 " nodes",
					   first, max);
		/* Brent: a node kept from 1, 2, 4, ... steps ago is met again only in a cycle. */
		if (node == earlier)
			return vmt_err_set(err, VMT_FORMAT,
					   "chain 0x%" PRIx64 ": comes back to 0x%" PRIx64, first,
					   node);
		if (i == again) {
			earlier = node;
			again *= 2;
		}
		rc = vmt_kern_read_u64(kern, node, &next, err);
		if (rc == VMT_OK)
			rc = fn(arg, node);
		node = next;
	}
	return rc;
}

bool kern_again(struct vmt_kern *kern, enum vmt_rc rc, unsigned *tries)
{
	const struct vmt_mem_about *a = vmt_mem_about(kern->mem);

	/* It was there when it was looked for again. */
	if (rc == VMT_OK && *tries && !a->live)
		vmt_mem_moves(kern->mem);
	if (rc == VMT_OK || rc == VMT_NOMEM || (!a->live && !a->may_change) ||
	    ++*tries == (a->live ? KERN_TRIES : KERN_TRIES_OF_FILE))
		return false;
	vmt_mem_forget(kern->mem);
	vmt_pgt_forget(&kern->pgt);
	return true;
}

int kern_list_likeness(struct vmt_kern *kern, uint64_t head)
{
	struct links l, end;
	int n = 1;

	if (read_links(kern, head, &l, NULL) != VMT_OK || !(l.next >> 63) || !(l.prev >> 63))
		return 0;
	n += read_links(kern, l.next, &end, NULL) == VMT_OK && end.prev == head;
	n += read_links(kern, l.prev, &end, NULL) == VMT_OK && end.next == head;
	return n;
}

bool kern_find_list(struct vmt_kern *kern, const uint64_t *heads, size_t n, size_t *found)
{
	int best = 0;

	for (size_t i = 0; i < n; i++) {
		int like = kern_list_likeness(kern, heads[i]);

		if (like > best) {
			best = like;
			*found = i;
		}
	}
	return best > 0;
}
