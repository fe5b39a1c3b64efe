// SPDX-License-Identifier: GPL-2.0-or-later
/* Who holds a lock was stopped amid what it guards. */
#include "check_priv.h"

bool mutex_is_held(struct ctx *c, const char *name)
{
	/* Who waits, and how it is handed over (kernel/locking/mutex.c, 4.10 to 7.2). */
	const uint64_t flags = 7;
	uint64_t va = symbol_of(c, name), owner;
	struct vmt_member m;

	if (!va || (vmt_kern_member(c->kern, "mutex", "owner", &m) != VMT_OK &&
		    /* PREEMPT_RT, 5.15 to 7.2 */
		    vmt_kern_member(c->kern, "mutex", "rtmutex.owner", &m) != VMT_OK))
		return false;
	return vmt_kern_read_u64(c->kern, va + m.offset, &owner, NULL) == VMT_OK && owner & ~flags;
}

bool spin_is_held(struct ctx *c, uint64_t va)
{
	struct vmt_member m;
	uint64_t owner;
	uint32_t lock;

	if (!va)
		return false;
	/* PREEMPT_RT, 5.15 to 7.2 */
	if (vmt_kern_member(c->kern, "spinlock", "lock.owner", &m) == VMT_OK)
		return vmt_kern_read_u64(c->kern, va + m.offset, &owner, NULL) == VMT_OK && owner;
	/* A lock that nobody holds is 0 as qspinlock, and of a ticket lock (riscv) both halves are
	 * alike: who is served, and who comes next (include/asm-generic, 4.2 to 7.2). */
	return vmt_kern_read_u32(c->kern, va, &lock, NULL) == VMT_OK &&
	       lock >> 16 != (lock & 0xffff);
}
