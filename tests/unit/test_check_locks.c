// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks as PREEMPT_RT has them: what they excuse, and what not. */
#include "checktest.h"

/* include/linux/rtmutex.h, mutex_types.h and spinlock_types.h: the lock within is none of these. */
static const struct kernel_member rt_base[] = {{"wait_lock", "u32", 0}, {"owner", "ptr", 16}, {0}};
static const struct kernel_member rt_mutex[] = {{"rtmutex", "rt_mutex_base", 0}, {0}};
static const struct kernel_member rt_spin[] = {{"lock", "rt_mutex_base", 0}, {0}};

#define RT_OWNER 16
#define RT_BYTES 24

/* kernel_6_1 of PREEMPT_RT; @types stays as long as the style. */
static struct kernel_style rt_style(struct kernel_type types[ARRAY_SIZE(kernel_types_6_1) + 2])
{
	struct kernel_style style = kernel_6_1;
	size_t n = ARRAY_SIZE(kernel_types_6_1) - 1;

	memcpy(types, kernel_types_6_1, sizeof(kernel_types_6_1));
	for (size_t i = 0; i < n; i++)
		if (strcmp(types[i].name, "mutex") == 0)
			types[i] = (struct kernel_type){"mutex", RT_BYTES, rt_mutex};
	types[n++] = (struct kernel_type){"rt_mutex_base", RT_BYTES, rt_base};
	types[n++] = (struct kernel_type){"spinlock", RT_BYTES, rt_spin};
	types[n] = (struct kernel_type){0};
	style.types = types;
	return style;
}

/* An area in the tree and in no list. */
static void unlist(struct sound *s)
{
	uint64_t at = s->area[SOUND_STACK].at.list, next = kernel_read64(s->k, at),
		 prev = kernel_read64(s->k, at + 8);

	kernel_put64(s->k, prev, next);
	kernel_put64(s->k, next + 8, prev);
}

/* Who waits, and what guards the lock itself, hold nothing. */
static void a_mutex_of_preempt_rt(void **state)
{
	static const struct {
		uint64_t owner;
		const char *ids;
	} all[] = {{0, "V12"}, {1, "V12"}, {0xffff888000001000, ""}, {0xffff888000001001, ""}};
	struct kernel_type types[ARRAY_SIZE(kernel_types_6_1) + 2];
	const struct kernel_style style = rt_style(types);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct sound s = sound_new(&kernel_x86_4, &style);
		uint64_t lock = kernel_alloc(s.k, RT_BYTES, 8);

		kernel_put64(s.k, s.counters + 8, 5);
		kernel_put32(s.k, lock, 1);
		kernel_put64(s.k, lock + 8, 0xffff888000002000);
		kernel_put64(s.k, lock + RT_OWNER, all[i].owner);
		kernel_symbol(s.k, "vmap_purge_lock", lock);
		checktest_expect(&s, all[i].ids, NULL);
	}
}

static void a_spinlock_of_preempt_rt(void **state)
{
	struct kernel_type types[ARRAY_SIZE(kernel_types_6_1) + 2];
	const struct kernel_style style = rt_style(types);

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		struct sound s = sound_new(&kernel_x86_4, &style);
		uint64_t lock = kernel_alloc(s.k, RT_BYTES, 8);

		unlist(&s);
		kernel_put32(s.k, lock, i & 1);
		kernel_put64(s.k, lock + RT_OWNER, i & 2 ? 0xffff888000001000 : 0);
		kernel_symbol(s.k, "vmap_area_lock", lock);
		checktest_expect(&s, i & 2 ? "" : "V03", NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mutex_of_preempt_rt),
		cmocka_unit_test(a_spinlock_of_preempt_rt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
