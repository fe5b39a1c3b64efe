// SPDX-License-Identifier: GPL-2.0-or-later
/* V13, and a kernel that runs: what is gone when it is looked at again is no finding. */
#include "checktest.h"

#include "check/report.h"

/* The areas of a kernel as its text would have them, but for one; and one more. */
static struct vmt_areas *text_of(struct kerntest *t, uint64_t without, uint64_t with)
{
	struct vmt_areas *text = vmt_areas_new();

	assert_non_null(text);
	assert_int_equal(kerntest_areas(t), VMT_OK);
	for (size_t i = 0; i < t->n; i++)
		if (t->areas[i].area.start != without)
			assert_int_equal(vmt_areas_add(text, &t->areas[i].area), VMT_OK);
	if (with) {
		struct vmt_area a = t->areas[0].area;

		a.start += with;
		a.end += with;
		assert_int_equal(vmt_areas_add(text, &a), VMT_OK);
	}
	return text;
}

static void listing(bool hide, bool invent, bool same, const char *ids)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	struct vmt_check_opts opts = {.text_same_moment = same};
	struct checktest c;
	struct vmt_areas *text;
	const struct vmt_verdict *v;
	char loud[256];
	size_t n;

	sound_done(&s);
	kerntest_open(&c.t, s.k);
	text = text_of(&c.t, hide ? s.area[SOUND_VMALLOC].start : 0, invent ? 0x4000000 : 0);
	opts.text = text;
	opts.run[vmt_checks_find(vmt_str("V13"))] = true;
	assert_int_equal(vmt_check_run(&c.report, c.t.kern, &opts, &c.t.err), VMT_OK);
	assert_string_equal(checktest_loud(&c, loud), ids);
	v = checktest_verdict(&c, "V13");
	/* Where nobody is accused, what differs is not judged. */
	assert_u64(v->looked_at[0], (uint64_t)(6 - hide + (invent && same)));
	assert_u64(v->unknown, same ? 0 : (uint64_t)(hide + invent));
	assert_int_equal(v->note[0] != 0, (hide || invent) && !same);
	(void)vmt_report_unknowns(c.report, &n);
	assert_u64(n, v->unknown);
	checktest_close(&c);
	vmt_areas_free(text);
	sound_free(&s);
}

static void texts(void **state)
{
	(void)state;
	listing(false, false, true, "");
	listing(true, false, true, "V13");
	listing(false, true, true, "V13");
	/* Of another moment: counted, and nobody is accused. */
	listing(true, true, false, "");
	listing(true, false, false, "");
	listing(false, true, false, "");
	listing(false, false, false, "");
}

/* One line that says something else of an area than its record does: both are told. */
static void lines_that_differ(void **state)
{
	enum { PAGES, LONGER, CASES };

	(void)state;
	for (int how = 0; how < CASES; how++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct vmt_check_opts opts = {.text_same_moment = true};
		struct checktest c;
		struct vmt_areas *text;
		struct vmt_area a;
		const struct vmt_finding *f;
		size_t n, places = 0;

		sound_done(&s);
		kerntest_open(&c.t, s.k);
		text = text_of(&c.t, s.area[SOUND_VMALLOC].start, 0);
		a = kerntest_at(&c.t, s.area[SOUND_VMALLOC].start)->area;
		a.pages += how == PAGES;
		a.end += how == LONGER ? s.page : 0;
		a.size_bytes = a.end - a.start;
		assert_int_equal(vmt_areas_add(text, &a), VMT_OK);
		opts.text = text;
		opts.run[vmt_checks_find(vmt_str("V13"))] = true;
		assert_int_equal(vmt_check_run(&c.report, c.t.kern, &opts, &c.t.err), VMT_OK);
		f = vmt_report_findings(c.report, &n);
		assert_u64(n, 2);
		for (size_t i = 0; i < n; i++)
			places += f[i].va == a.start && f[i].area_start == a.start &&
				  (f[i].area_end == a.end ||
				   f[i].area_end == s.area[SOUND_VMALLOC].start + 3 * s.page);
		assert_u64(places, 2);
		checktest_close(&c);
		vmt_areas_free(text);
		sound_free(&s);
	}
}

/*
 * Of these the text need not tell, and may: an area being set up, or one whose vm_struct the dump
 * left out; and this line is of the buffer the text was read into, which need not be there any
 * more.
 */
static void what_the_text_need_not_have(void **state)
{
	enum { SET_UP, LOST, SELF_READ, SET_UP_TOLD, LOST_TOLD, CASES };

	(void)state;
	for (int i = 0; i < CASES; i++) {
		const int how = i % 3, told = i >= SET_UP_TOLD;
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct vmt_check_opts opts = {.text_same_moment = true};
		uint64_t vm = s.area[SOUND_VMALLOC].at.vm, apart;
		struct checktest c;
		struct vmt_areas *text;
		char loud[256];

		kernel_new_page(s.k);
		apart = kernel_alloc(s.k, s.page, s.page);
		for (uint64_t at = 0; how == LOST && at < 72; at += 8)
			kernel_put64(s.k, apart + at, kernel_read64(s.k, vm + at));
		if (how == LOST)
			kernel_put64(s.k, s.area[SOUND_VMALLOC].at.vmap_area + 56, apart);
		if (how == SET_UP)
			kernel_put64(s.k, vm + 24, 0x22);
		kernel_new_page(s.k);
		sound_done(&s);
		if (how == LOST)
			kernel_lose(s.k, apart);
		kerntest_open(&c.t, s.k);
		text = text_of(&c.t, how == SELF_READ ? 0 : s.area[SOUND_VMALLOC].start, 0);
		if (how == SELF_READ) {
			struct vmt_area a = c.t.areas[0].area;

			a.start += 0x4000000;
			a.end += 0x4000000;
			a.flags |= VMT_AREA_SELF_READ;
			assert_int_equal(vmt_areas_add(text, &a), VMT_OK);
		}
		if (told) {
			struct vmt_area a = c.t.areas[0].area;

			a.start = s.area[SOUND_VMALLOC].start;
			a.size_bytes = s.area[SOUND_VMALLOC].size;
			a.end = a.start + a.size_bytes;
			a.pages = 2;
			assert_int_equal(vmt_areas_add(text, &a), VMT_OK);
		}
		opts.text = text;
		opts.run[vmt_checks_find(vmt_str("V13"))] = true;
		assert_int_equal(vmt_check_run(&c.report, c.t.kern, &opts, &c.t.err), VMT_OK);
		assert_string_equal(checktest_loud(&c, loud), "");
		assert_u64(checktest_verdict(&c, "V13")->unknown, (uint64_t)told);
		assert_u64(checktest_verdict(&c, "V13")->looked_at[0], how == SELF_READ ? 6 : 5);
		checktest_close(&c);
		vmt_areas_free(text);
		sound_free(&s);
	}
}

static enum vmt_rc no_text(void *arg, const struct vmt_areas **text)
{
	(void)arg;
	(void)text;
	return VMT_IO;
}

static enum vmt_rc text_without(void *arg, const struct vmt_areas **text)
{
	*text = arg;
	return VMT_OK;
}

/* Neither compared nor accused: the text has no addresses, cannot be read, or areas are not known.
 */
static void texts_that_tell_nothing(void **state)
{
	enum { HASHED, LIVE_HASHED, LIVE_NONE, BROKEN, NOT_LIVE, CASES };
	static const char *const why[CASES] = {
		"the text has no real addresses", "/proc/vmallocinfo has no real addresses",
		"/proc/vmallocinfo cannot be read", "the areas are not all known", NULL};

	(void)state;
	for (int how = 0; how < CASES; how++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct vmt_check_opts opts = {.text_same_moment = true,
					      .live = how == LIVE_HASHED || how == LIVE_NONE};
		struct vmt_areas *text;
		struct checktest c;
		const struct vmt_unknown *u;
		size_t n;

		if (how == BROKEN) {
			uint64_t head = kernel_head(s.k, 0, false);

			kernel_put64(s.k, kernel_read64(s.k, head), 0x1234);
			kernel_put64(s.k, head - 8, 0x1234);
		}
		sound_done(&s);
		kerntest_open(&c.t, s.k);
		text = how == BROKEN || how == NOT_LIVE ? text_of(&c.t, 0, 0) : vmt_areas_new();
		if (how == HASHED || how == BROKEN)
			opts.text = text;
		else
			opts.read_text = how == LIVE_NONE ? no_text : text_without;
		opts.arg = text;
		opts.run[vmt_checks_find(vmt_str("V13"))] = true;
		assert_int_equal(vmt_check_run(&c.report, c.t.kern, &opts, &c.t.err), VMT_OK);
		assert_int_equal(checktest_verdict(&c, "V13")->result, VMT_RESULT_UNKNOWN);
		assert_int_equal(checktest_verdict(&c, "V13")->inapplicable, !why[how]);
		u = vmt_report_unknowns(c.report, &n);
		assert_u64(n, why[how] != NULL);
		if (n)
			assert_non_null(strstr(u[0].why, why[how]));
		checktest_close(&c);
		vmt_areas_free(text);
		sound_free(&s);
	}
}

/* The text of another boot: no line is compared with anything, which is no "ok". */
static void a_text_that_shares_nothing(void **state)
{
	for (int same = 0; same < 2; same++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct vmt_check_opts opts = {.text_same_moment = same};
		struct vmt_areas *text = vmt_areas_new();
		const struct vmt_verdict *v;
		struct checktest c;

		(void)state;
		sound_done(&s);
		kerntest_open(&c.t, s.k);
		assert_non_null(text);
		assert_int_equal(kerntest_areas(&c.t), VMT_OK);
		for (size_t i = 0; i < c.t.n; i++) {
			struct vmt_area a = c.t.areas[i].area;

			a.start += 0x400000000;
			a.end += 0x400000000;
			assert_int_equal(vmt_areas_add(text, &a), VMT_OK);
		}
		opts.text = text;
		opts.run[vmt_checks_find(vmt_str("V13"))] = true;
		assert_int_equal(vmt_check_run(&c.report, c.t.kern, &opts, &c.t.err), VMT_OK);
		v = checktest_verdict(&c, "V13");
		assert_int_equal(v->result, same ? VMT_RESULT_FINDING : VMT_RESULT_UNKNOWN);
		assert_u64(v->looked_at[0], same ? 6 : 0);
		assert_u64(v->unknown, same ? 0 : 12);
		checktest_close(&c);
		vmt_areas_free(text);
		sound_free(&s);
	}
}

/* Both readings of the structures have it, and the text between does not. */
static void a_live_text_without_an_area(void **state)
{
	(void)state;
	for (int hide = 0; hide < 2; hide++) {
		struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
		struct vmt_check_opts opts = {.live = true, .read_text = text_without};
		struct checktest c;
		char loud[256];

		sound_done(&s);
		kerntest_open(&c.t, s.k);
		opts.arg = text_of(&c.t, hide ? s.area[SOUND_VMALLOC].start : 0, 0x4000000);
		opts.run[vmt_checks_find(vmt_str("V13"))] = true;
		assert_int_equal(vmt_check_run(&c.report, c.t.kern, &opts, &c.t.err), VMT_OK);
		assert_string_equal(checktest_loud(&c, loud), hide ? "V13" : "");
		assert_u64(checktest_verdict(&c, "V13")->looked_at[0], 6);
		checktest_close(&c);
		vmt_areas_free(opts.arg);
		sound_free(&s);
	}
}

/* What stays is accused, of a kernel that runs too. */
static void what_stays_is_told(void **state)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);
	struct vmt_check_opts opts = {.live = true};
	struct checktest c;
	char loud[256];

	(void)state;
	kernel_unmap(s.k, s.area[SOUND_VMALLOC].start);
	sound_done(&s);
	kerntest_open(&c.t, s.k);
	opts.run[vmt_checks_find(vmt_str("V05"))] = true;
	assert_int_equal(vmt_check_run(&c.report, c.t.kern, &opts, &c.t.err), VMT_OK);
	assert_string_equal(checktest_loud(&c, loud), "V05");
	assert_u64(vmt_report_gone(c.report), 0);
	checktest_close(&c);
	sound_free(&s);
}

static struct vmt_report *report_on(struct checktest *c, bool unmapped, uint64_t caller)
{
	struct sound s = sound_new(&kernel_x86_4, &kernel_6_12);

	if (unmapped)
		kernel_unmap(s.k, s.area[SOUND_VMALLOC].start);
	kernel_put64(s.k, s.area[SOUND_VMALLOC].at.vm + 56, s.k->paging.text + caller);
	checktest_run(c, &s);
	sound_free(&s);
	return c->report;
}

static void what_is_gone_is_not_told(void **state)
{
	static const struct {
		bool still;
		uint64_t caller;
		size_t kept;
	} all[] = {
		{true, 0x1010, 1},
		{false, 0x1010, 0},
		/* The same place, and another record: the area was freed and made anew. */
		{true, 0x1020, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct checktest a, b;
		struct vmt_report *r = report_on(&a, true, 0x1010);

		assert_u64(r->n_findings, 1);
		report_keep(r, report_on(&b, all[i].still, all[i].caller));
		assert_u64(r->n_findings, all[i].kept);
		assert_u64(r->verdicts[vmt_checks_find(vmt_str("V05"))].findings, all[i].kept);
		assert_u64(vmt_report_gone(r), 1 - all[i].kept);
		checktest_close(&a);
		checktest_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(lines_that_differ),
		cmocka_unit_test(what_the_text_need_not_have),
		cmocka_unit_test(texts_that_tell_nothing),
		cmocka_unit_test(a_text_that_shares_nothing),
		cmocka_unit_test(a_live_text_without_an_area),
		cmocka_unit_test(what_stays_is_told),
		cmocka_unit_test(what_is_gone_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
