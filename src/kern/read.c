// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes by virtual address. */
#include <sys/mman.h>

#include "kern_priv.h"

/* What is read of a table at once: one that is not all there ends early. */
#define READ_BYTES (256u << 10)
#define LARGE_PAGE ((size_t)2 << 20)

enum vmt_rc vmt_kern_read(struct vmt_kern *kern, uint64_t va, void *buf, size_t n,
			  struct vmt_err *err)
{
	enum vmt_rc rc = vmt_pgt_read(&kern->pgt, vmt_va_untag(va), buf, n, err);

	kern->nomem |= rc == VMT_NOMEM;
	return rc;
}

enum vmt_rc vmt_kern_read_u64(struct vmt_kern *kern, uint64_t va, uint64_t *v, struct vmt_err *err)
{
	return vmt_kern_read(kern, va, v, sizeof(*v), err);
}

enum vmt_rc vmt_kern_read_u32(struct vmt_kern *kern, uint64_t va, uint32_t *v, struct vmt_err *err)
{
	return vmt_kern_read(kern, va, v, sizeof(*v), err);
}

/* What is not read of it is not touched, and takes no memory. */
static void *make_room(size_t n)
{
	void *p;

	if (n < LARGE_PAGE)
		return malloc(n + 1);
	p = aligned_alloc(LARGE_PAGE, vmt_num_round_up(n, LARGE_PAGE));
	/* A fault for each small page would cost more than reading it. */
	if (p)
		(void)madvise(p, n, MADV_HUGEPAGE);
	return p;
}

enum vmt_rc kern_read_new(struct vmt_kern *kern, uint64_t va, size_t n, void **bytes,
			  struct vmt_err *err)
{
	enum vmt_rc rc = VMT_OK;
	char *p;

	if (n > kern->stored_bytes)
		return vmt_err_set(err, VMT_FORMAT, "%zu bytes at 0x%llx: the image has less", n,
				   (unsigned long long)va);
	p = make_room(n);
	if (!p)
		return vmt_err_nomem(err);
	for (size_t got = 0, part; rc == VMT_OK && got < n; got += part) {
		part = n - got < READ_BYTES ? n - got : READ_BYTES;
		rc = vmt_kern_read(kern, va + got, p + got, part, err);
	}
	if (rc == VMT_OK)
		*bytes = p;
	else
		free(p);
	return rc;
}
