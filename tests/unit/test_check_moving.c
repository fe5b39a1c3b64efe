// SPDX-License-Identifier: GPL-2.0-or-later
/* The RAM file of a machine that may run: what looks wrong is looked at again. */
#include <time.h>

#include "checktest.h"

#define MIB (UINT64_C(1) << 20)

/* The file, and what is put right in it when the checks have begun. */
struct ram {
	int fd;
	bool mended;
	uint64_t at, value;
};

/* While nobody looks: how often, and for how long together. */
static struct {
	unsigned n, mend_at;
	int64_t ns;
	struct ram *ram;
} pauses;

int __wrap_nanosleep(const struct timespec *t, struct timespec *left);

/* The linker sends nanosleep here (UNIT_LDFLAGS in the Makefile). */
int __wrap_nanosleep(const struct timespec *t, struct timespec *left)
{
	struct ram *ram = pauses.ram;

	(void)left;
	pauses.n++;
	pauses.ns += (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
	if (pauses.n == pauses.mend_at)
		assert_int_equal(pwrite(ram->fd, &ram->value, 8, (off_t)ram->at), 8);
	return 0;
}

static void mend(void *arg, const char *what, unsigned permille)
{
	struct ram *ram = arg;

	(void)what;
	if (permille < 1000 || ram->mended || !ram->at)
		return;
	ram->mended = true;
	assert_int_equal(pwrite(ram->fd, &ram->value, 8, (off_t)ram->at), 8);
}

/*
 * Memory with one entry of a table gone; @mended: it is there again behind the first look;
 * @mend_at: it is after that many pauses.
 */
static void look(const struct kernel_paging *paging, uint64_t base, bool mended, unsigned mend_at,
		 const char *ids)
{
	static const struct vmt_kern_opts none;
	struct sound s = sound_new(paging, &kernel_6_12);
	struct vmt_check_opts opts = {.progress = mend};
	struct ram ram = {.fd = memfd_create("ram", MFD_CLOEXEC)};
	struct checktest c = {0};
	uint64_t entry = kernel_entry(s.k, s.area[SOUND_VMALLOC].start, 0);
	char path[32], loud[256];

	for (size_t i = 0; i < vmt_checks_count(); i++)
		opts.run[i] = true;
	opts.arg = &ram;
	ram.value = kernel_get64(s.k, entry);
	ram.at = mended || mend_at ? entry - base : 0;
	ram.mended = mend_at;
	memset(&pauses, 0, sizeof(pauses));
	pauses.mend_at = mend_at;
	pauses.ram = &ram;
	kernel_self(s.k, false);
	kernel_unmap(s.k, s.area[SOUND_VMALLOC].start);
	sound_done(&s);
	image_save_ram(s.k->img, ram.fd, base, 0, 512 * MIB);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ram.fd);
	if (vmt_mem_open(&c.t.mem, path, NULL, &c.t.err) != VMT_OK ||
	    vmt_kern_open(&c.t.kern, c.t.mem, &none, &c.t.err) != VMT_OK ||
	    vmt_check_run(&c.report, c.t.kern, &opts, &c.t.err) != VMT_OK)
		fail_msg("%s", c.t.err.text);
	assert_string_equal(checktest_loud(&c, loud), ids);
	assert_u64(vmt_report_gone(c.report), !ids[0]);
	assert_int_equal(ram.mended, mended || mend_at);
	checktest_close(&c);
	sound_free(&s);
	(void)close(ram.fd);
}

static void what_a_running_machine_mends_is_not_told(void **state)
{
	(void)state;
	look(&kernel_x86_4, 0, true, 0, "");
	look(&kernel_arm_4k, 0x40000000, true, 0, "");
	look(&kernel_x86_4, 0, false, 0, "V05");
	look(&kernel_arm_4k, 0x40000000, false, 0, "V05");
}

/* A thread that does not run just now, for longer than all looks take, comes to its turn. */
static void a_step_is_waited_for(void **state)
{
	(void)state;
	look(&kernel_x86_4, 0, false, 4, "");
	assert_int_equal(pauses.n, 4);
	assert_true(pauses.ns >= 100000000);
	/* What stays wrong is not waited for for long. */
	look(&kernel_x86_4, 0, false, 0, "V05");
	assert_in_range(pauses.ns, 200000000, 500000000);
}

/* A purge is on its way, until @mend_at pauses later, or for ever. */
static void purge(unsigned mend_at, enum vmt_result result, unsigned n_pauses)
{
	static const struct vmt_kern_opts none;
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_1);
	struct vmt_check_opts opts = {.live = false};
	struct ram ram = {.fd = memfd_create("ram", MFD_CLOEXEC), .value = 4};
	uint64_t lock = kernel_alloc(s.k, 16, 8);
	struct checktest c = {0};
	const struct vmt_verdict *v;
	const struct vmt_unknown *u;
	char path[32], loud[256];
	size_t n;

	opts.run[vmt_checks_find(vmt_str("V12"))] = true;
	for (size_t i = 0; i < s.k->n_names; i++)
		if (strcmp(s.k->names[i].name, "nr_vmalloc_pages") == 0)
			s.k->names[i].name[0] = 'x';
	kernel_symbol(s.k, "vmap_purge_lock", lock);
	kernel_put64(s.k, lock + 8, 0xffff888001000000);
	kernel_put64(s.k, s.counters + 8, 5);
	ram.at = kernel_pa(s.k, s.counters + 8);
	memset(&pauses, 0, sizeof(pauses));
	pauses.mend_at = mend_at;
	pauses.ram = &ram;
	kernel_self(s.k, false);
	sound_done(&s);
	image_save_ram(s.k->img, ram.fd, 0, 0, 512 * MIB);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ram.fd);
	if (vmt_mem_open(&c.t.mem, path, NULL, &c.t.err) != VMT_OK ||
	    vmt_kern_open(&c.t.kern, c.t.mem, &none, &c.t.err) != VMT_OK ||
	    vmt_check_run(&c.report, c.t.kern, &opts, &c.t.err) != VMT_OK)
		fail_msg("%s", c.t.err.text);
	assert_string_equal(checktest_loud(&c, loud), "");
	assert_int_equal(pauses.n, n_pauses);
	v = checktest_verdict(&c, "V12");
	assert_int_equal(v->result, result);
	assert_u64(v->looked_at[0], result == VMT_RESULT_OK);
	/* Each reason once: what is unknown of the other counter stays so. */
	u = vmt_report_unknowns(c.report, &n);
	assert_u64(n, result == VMT_RESULT_OK ? 1 : 2);
	assert_u64(v->unknown, n);
	assert_u64(u[0].check, vmt_checks_find(vmt_str("V12")));
	checktest_close(&c);
	sound_free(&s);
	(void)close(ram.fd);
}

static void a_quiet_moment_is_waited_for(void **state)
{
	(void)state;
	purge(2, VMT_RESULT_OK, 2);
	purge(0, VMT_RESULT_UNKNOWN, 5);
}

/* ---- V13 ---- */

/* The kernel makes an area, whose memory goes to the file, when its text has been read. */
struct text_between {
	struct vmt_areas *text;
	const struct sound *s;
	int fd;
};

static enum vmt_rc text_between(void *arg, const struct vmt_areas **text)
{
	const struct text_between *t = arg;

	image_save_ram(t->s->k->img, t->fd, 0, 0, 512 * MIB);
	*text = t->text;
	return VMT_OK;
}

/* The lines of a kernel, but for that of the area that starts there. */
static struct vmt_areas *text_without(struct sound *s, uint64_t start)
{
	struct vmt_areas *text = vmt_areas_new();
	struct kerntest t;

	assert_non_null(text);
	kerntest_read(&t, s->k);
	for (size_t i = 0; i < t.n; i++)
		if (t.areas[i].area.start != start)
			assert_int_equal(vmt_areas_add(text, &t.areas[i].area), VMT_OK);
	kerntest_close(&t);
	return text;
}

/*
 * An area made between the two looks at the structures is in the second alone, and the text between
 * them need not have it; what both have is missed in it.
 */
static void an_area_made_meanwhile_is_not_hidden(void **state)
{
	static const struct vmt_kern_opts none;

	(void)state;
	for (int hide = 0; hide < 2; hide++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct vmt_check_opts opts = {.live = true, .read_text = text_between};
		struct text_between between = {.s = &s, .fd = memfd_create("ram", MFD_CLOEXEC)};
		struct kernel_area a = {.start = s.k->paging.vmalloc + 500 * s.page,
					.size = 3 * s.page,
					.flags = 0x2,
					.caller = s.k->paging.text + 0x1010,
					.nodes = "00"};
		struct checktest c = {0};
		char path[32], loud[256];

		memset(&pauses, 0, sizeof(pauses));
		kernel_self(s.k, false);
		sound_done(&s);
		image_save_ram(s.k->img, between.fd, 0, 0, 512 * MIB);
		between.text = text_without(&s, hide ? s.area[SOUND_VMALLOC].start : 0);
		a.node = (unsigned)(a.start / (16 * s.page) % s.k->lists->style->n_nodes);
		(void)kernel_area(s.k, &a);
		kernel_trees(s.k);
		opts.arg = &between;
		opts.run[vmt_checks_find(vmt_str("V13"))] = true;
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", between.fd);
		if (vmt_mem_open(&c.t.mem, path, NULL, &c.t.err) != VMT_OK ||
		    vmt_kern_open(&c.t.kern, c.t.mem, &none, &c.t.err) != VMT_OK ||
		    vmt_check_run(&c.report, c.t.kern, &opts, &c.t.err) != VMT_OK)
			fail_msg("%s", c.t.err.text);
		assert_string_equal(checktest_loud(&c, loud), hide ? "V13" : "");
		assert_u64(checktest_verdict(&c, "V13")->findings, (uint64_t)hide);
		assert_int_equal(kerntest_areas(&c.t), VMT_OK);
		assert_non_null(kerntest_at(&c.t, a.start));
		checktest_close(&c);
		vmt_areas_free(between.text);
		(void)close(between.fd);
		sound_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_running_machine_mends_is_not_told),
		cmocka_unit_test(a_step_is_waited_for),
		cmocka_unit_test(a_quiet_moment_is_waited_for),
		cmocka_unit_test(an_area_made_meanwhile_is_not_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
