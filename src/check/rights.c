// SPDX-License-Identifier: GPL-2.0-or-later
/* V07 and V14: one pass over all of kernel space, span by span. */
#include <inttypes.h>
#include <string.h>

#include "rights.h"

#define VSYSCALL UINT64_C(0xffffffffff600000)

static const char *const means_wx = "whoever can write here decides what the kernel runs";
static const char *const means_user = "user space reads or writes kernel memory";

static void tell_span(struct ctx *c, const struct vmt_span *s, const char *what, const char *means)
{
	struct vmt_finding *f =
		finding(c, V07, VMT_SEVERE, subject_at(c, s->va), s->va, means, "walk");

	say_title(f, "%s", what);
	say_expected(f, "%s",
		     s->rights & VMT_RIGHT_USER ? "no access for user space"
						: "writable or executable, not both");
	say_found(f, "0x%" PRIx64 " and %" PRIu64 " bytes from there:%s%s%s%s", s->va, s->bytes,
		  s->rights & VMT_RIGHT_READ ? " R" : "", s->rights & VMT_RIGHT_WRITE ? "W" : "",
		  s->rights & VMT_RIGHT_EXEC ? "X" : "",
		  s->rights & VMT_RIGHT_USER ? ", user" : "");
}

/* x86: one page that user space may see. */
static bool is_vsyscall(const struct ctx *c, const struct vmt_span *s)
{
	return s->va == VSYSCALL && s->bytes == c->page_size &&
	       strcmp(vmt_kern_pgt(c->kern)->arch->machine, "x86_64") == 0;
}

static enum vmt_rc see_leaves(struct ctx *c, const struct codes *codes, const struct vmt_span *s)
{
	const unsigned wx = VMT_RIGHT_WRITE | VMT_RIGHT_EXEC;

	look(c, V07, 0, s->n);
	if ((s->rights & wx) == wx && !(codes->writable && is_code(c, codes, s)) &&
	    !is_open_image(c, codes, s))
		tell_span(c, s, "memory is writable and executable", means_wx);
	if (s->rights & VMT_RIGHT_USER && !is_vsyscall(c, s))
		tell_span(c, s, "user space has access", means_user);
	return s->rights & VMT_RIGHT_EXEC ? check_executable(c, codes, s) : VMT_OK;
}

static enum vmt_rc see_all(struct ctx *c, struct vmt_cursor *cur, const struct codes *codes)
{
	struct vmt_span s;
	enum vmt_rc rc;

	vmt_cursor_seek(cur, vmt_pgt_first_va(vmt_kern_pgt(c->kern)), 0);
	while ((rc = vmt_cursor_span(cur, &s, &c->err)) == VMT_OK) {
		if (s.kind == VMT_STRETCH_LEAVES)
			rc = see_leaves(c, codes, &s);
		if (s.kind == VMT_STRETCH_UNKNOWN) {
			struct vmt_err why = {
				.code = s.why, .where = s.table_pa, .text = "no such memory"};

			rc = unread(c, V07, 1, s.va, s.why, &why, "a table page");
			if (rc == VMT_OK)
				rc = unread(c, V14, 1, s.va, s.why, &why, "a table page");
		}
		if (rc != VMT_OK)
			return rc;
	}
	return rc == VMT_NONE ? VMT_OK : rc;
}

enum vmt_rc check_rights(struct ctx *c)
{
	struct vmt_cursor *cur = NULL;
	struct codes codes;
	enum vmt_rc rc = codes_read(c, &codes);

	if (rc == VMT_OK)
		rc = vmt_cursor_open(&cur, vmt_kern_pgt(c->kern), NULL, &c->err);
	if (rc == VMT_OK)
		rc = see_all(c, cur, &codes);
	if (rc == VMT_OK && asked(c, V07))
		rc = check_sections(c, &codes);
	vmt_cursor_close(cur);
	codes_free(&codes);
	return rc;
}
