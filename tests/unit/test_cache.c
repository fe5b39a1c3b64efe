// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers kept between runs, and files that are not what was written. */
#include <dirent.h>
#include <sys/stat.h>

#include "kernel.h"
#include "sym/sym_priv.h"

#define ID     "0123456789abcdef"
#define HEADER "vmtool-symbols 1 " ID "\n"

static char *dir;
static char file[300];

static int set_up(void **state)
{
	(void)state;
	dir = make_tree();
	(void)snprintf(file, sizeof(file), "%s/" ID, dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	remove_tree(dir);
	free(dir);
	return 0;
}

static struct query query_of(const char *caller)
{
	return (struct query){.caller = vmt_str(caller), .answer = {.caller = vmt_str(caller)}};
}

static void put_answer(struct vmt_cache *c, const char *caller, enum vmt_sym_state state,
		       const char *why, const struct vmt_frame *frames, size_t n)
{
	struct query q = query_of(caller);

	q.answer.state = state;
	q.answer.why = vmt_str(why);
	q.answer.frames = frames;
	q.answer.n = n;
	assert_int_equal(vmt_cache_put(c, &q), VMT_OK);
}

static struct vmt_cache *cache_open(void)
{
	struct vmt_cache *c = vmt_cache_open(dir, ID);

	assert_non_null(c);
	return c;
}

static const struct vmt_frame two_frames[] = {
	{{"inner", 5}, {"mm/a.c", 6}, 12, true},
	{{"outer", 5}, {NULL, 0}, 0, false},
};

/* A file as text, as a run would have left it. */
static void leave(const char *text, size_t n)
{
	put_file(dir, ID, text, n);
	assert_int_equal(chmod(file, 0600), 0);
}

static bool has(const char *caller)
{
	struct vmt_cache *c = cache_open();
	struct query q = query_of(caller);
	enum vmt_rc rc = vmt_cache_get(c, &q);

	assert_true(rc == VMT_OK || rc == VMT_NONE);
	assert_int_equal(q.answered, rc == VMT_OK);
	free(q.frames);
	vmt_cache_close(c);
	return rc == VMT_OK;
}

static size_t files_in(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

static void answers_come_back_as_they_were(void **state)
{
	struct vmt_cache *c = cache_open();
	struct query q;
	struct stat st;

	(void)state;
	put_answer(c, "f+0x1/0x2", VMT_SYM_KNOWN, "", two_frames, 2);
	put_answer(c, "g+0x1/0x2", VMT_SYM_UNCERTAIN, "a doubt", two_frames + 1, 1);
	put_answer(c, "h+0x1/0x2", VMT_SYM_UNCERTAIN, "nothing but a doubt", NULL, 0);
	put_answer(c, "u+0x1/0x2", VMT_SYM_UNKNOWN, "not known", NULL, 0);
	vmt_cache_close(c);
	assert_int_equal(files_in(dir), 1);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	c = cache_open();
	q = query_of("f+0x1/0x2");
	assert_int_equal(vmt_cache_get(c, &q), VMT_OK);
	assert_true(q.answered);
	assert_int_equal(q.answer.state, VMT_SYM_KNOWN);
	assert_int_equal(q.answer.why.n, 0);
	assert_int_equal(q.answer.n, 2);
	assert_str(q.answer.frames[0].function, "inner");
	assert_str(q.answer.frames[0].file, "mm/a.c");
	assert_int_equal(q.answer.frames[0].line, 12);
	assert_true(q.answer.frames[0].inlined);
	assert_str(q.answer.frames[1].function, "outer");
	assert_str(q.answer.frames[1].file, "");
	assert_int_equal(q.answer.frames[1].line, 0);
	assert_false(q.answer.frames[1].inlined);
	free(q.frames);
	q = query_of("g+0x1/0x2");
	assert_int_equal(vmt_cache_get(c, &q), VMT_OK);
	assert_int_equal(q.answer.state, VMT_SYM_UNCERTAIN);
	assert_str(q.answer.why, "a doubt");
	free(q.frames);
	q = query_of("h+0x1/0x2");
	assert_int_equal(vmt_cache_get(c, &q), VMT_OK);
	assert_int_equal(q.answer.n, 0);
	assert_str(q.answer.why, "nothing but a doubt");
	free(q.frames);
	/* What was not known is asked again. */
	q = query_of("u+0x1/0x2");
	assert_int_equal(vmt_cache_get(c, &q), VMT_NONE);
	q = query_of("f+0x1/0x3");
	assert_int_equal(vmt_cache_get(c, &q), VMT_NONE);
	vmt_cache_close(c);
	vmt_cache_close(NULL);
}

static void old_and_new_are_kept_together(void **state)
{
	struct vmt_cache *c = cache_open();

	(void)state;
	put_answer(c, "f+0x1/0x2", VMT_SYM_KNOWN, "", two_frames, 2);
	vmt_cache_close(c);
	c = cache_open();
	put_answer(c, "g+0x1/0x2", VMT_SYM_KNOWN, "", two_frames, 2);
	vmt_cache_close(c);
	assert_true(has("f+0x1/0x2"));
	assert_true(has("g+0x1/0x2"));
	assert_int_equal(files_in(dir), 1);
}

static void nothing_new_writes_nothing(void **state)
{
	struct stat before, after;

	(void)state;
	assert_false(has("f+0x1/0x2"));
	assert_int_equal(files_in(dir), 0);
	leave(HEADER "f\tknown\t\n", strlen(HEADER "f\tknown\t\n"));
	assert_int_equal(stat(file, &before), 0);
	assert_true(has("f"));
	assert_int_equal(stat(file, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void each_build_has_its_own_file(void **state)
{
	struct vmt_cache *c = cache_open();
	struct query q = query_of("f+0x1/0x2");

	(void)state;
	put_answer(c, "f+0x1/0x2", VMT_SYM_KNOWN, "", two_frames, 2);
	vmt_cache_close(c);
	c = vmt_cache_open(dir, "fedcba9876543210");
	assert_int_equal(vmt_cache_get(c, &q), VMT_NONE);
	vmt_cache_close(c);
	/* A build-id becomes a file's name. */
	assert_null(vmt_cache_open(dir, "../" ID));
	assert_null(vmt_cache_open(dir, ""));
	assert_null(vmt_cache_open(dir, "ABC"));
}

#define LINE "f\tknown\t\tg\tmm/a.c\t3\t0\n"
static void leave_good(void)
{
	leave(HEADER LINE, strlen(HEADER LINE));
	assert_true(has("f"));
}

static void a_file_that_others_may_write_is_as_none(void **state)
{
	static const mode_t modes[] = {0666, 0622, 0620, 0602, 0777};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		leave_good();
		assert_int_equal(chmod(file, modes[i]), 0);
		assert_false(has("f"));
	}
	assert_int_equal(chmod(file, 0644), 0);
	assert_true(has("f"));
}

static void a_file_of_another_owner_is_as_none_root(void **state)
{
	(void)state;
	leave_good();
	/* Only root can give files away. */
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(file, 12345, (gid_t)-1), 0);
	assert_false(has("f"));
}

static void links_directories_and_pipes_are_as_none(void **state)
{
	char other[310];
	struct vmt_cache *c;

	(void)state;
	leave_good();
	(void)snprintf(other, sizeof(other), "%s.other", file);
	assert_int_equal(rename(file, other), 0);
	assert_int_equal(symlink(other, file), 0);
	assert_false(has("f"));
	/* What is new takes the link's place, and leaves where it led alone. */
	c = cache_open();
	put_answer(c, "new", VMT_SYM_KNOWN, "", two_frames, 2);
	vmt_cache_close(c);
	assert_true(has("new"));
	assert_int_equal(rename(other, file), 0);
	assert_true(has("f"));
	assert_false(has("new"));
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkdir(file, 0700), 0);
	assert_false(has("f"));
	assert_int_equal(rmdir(file), 0);
	/* Must not wait for a writer. */
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_false(has("f"));
}

static void other_headers_are_as_none(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"vmtool-symbols 1 " ID,
		"vmtool-symbols 2 " ID "\n" LINE,
		"vmtool-symbols 1 fedcba9876543210\n" LINE,
		"VMTOOL-symbols 1 " ID "\n" LINE,
		LINE,
		" " HEADER LINE,
		"vmtool-symbols 1 " ID "0\n" LINE,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		leave(texts[i], strlen(texts[i]));
		assert_false(has("f"));
	}
	/* The next run begins anew. */
	struct vmt_cache *c = cache_open();

	put_answer(c, "g", VMT_SYM_KNOWN, "", two_frames, 2);
	vmt_cache_close(c);
	assert_true(has("g"));
	assert_false(has("f"));
}

static void odd_lines_are_as_none(void **state)
{
	static const char *const lines[] = {
		"f",
		"f\t",
		"f\tknown\t\tg",
		"f\tknown\t\tg\tmm/a.c",
		"f\tknown\t\tg\tmm/a.c\t3",
		"f\tknown\t\tg\tmm/a.c\t3\t",
		"f\tknown\t\tg\tmm/a.c\t3\t2",
		"f\tknown\t\tg\tmm/a.c\t3\t01",
		"f\tknown\t\tg\tmm/a.c\tx\t0",
		"f\tknown\t\tg\tmm/a.c\t\t0",
		"f\tknown\t\tg\tmm/a.c\t-3\t0",
		"f\tknown\t\tg\tmm/a.c\t99999999999\t0",
		"f\tknown\t\tg\tmm/a.c\t18446744073709551616\t0",
		"f\tknown\t\t\tmm/a.c\t3\t0",
		"f\tunknown\twhy",
		"f\tKNOWN\t",
		"f\tknown\t\tg\tmm/a.c\t3\t0\th",
		" f\tknown\t",
		"\tknown\t",
		"f \tknown\t",
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		(void)snprintf(text, sizeof(text), HEADER "%s\nlast\tknown\t\n", lines[i]);
		leave(text, strlen(text));
		if (has("f"))
			fail_msg("taken: %s", lines[i]);
		/* The lines after it are sound. */
		assert_true(has("last"));
	}
}

static void more_frames_than_an_answer_has_are_as_none(void **state)
{
	char text[8192];
	size_t n = (size_t)sprintf(text, HEADER "f\tknown\t");

	(void)state;
	for (int i = 0; i < VMT_FRAMES_MAX; i++)
		n += (size_t)sprintf(text + n, "\tg%d\tmm/a.c\t3\t1", i);
	text[n] = '\n';
	leave(text, n + 1);
	assert_true(has("f"));
	n += (size_t)sprintf(text + n, "\tone_more\tmm/a.c\t3\t0\n");
	leave(text, n);
	assert_false(has("f"));
}

static void nul_bytes_do_no_harm(void **state)
{
	static const char text[] =
		HEADER "a\0b\tknown\t\nf\tkn\0wn\t\ng\tknown\t\t\0\t\0\t3\t0\n\0\0";

	(void)state;
	leave(text, sizeof(text));
	assert_false(has("f"));
	assert_false(has("a"));
	assert_true(has("g"));
}

static void a_file_cut_anywhere_holds_whole_lines_only(void **state)
{
	static const char text[] = HEADER "f\tknown\t\tg\tmm/a.c\t3\t0\nh\tuncertain\tdoubt\n";

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		leave(text, n);
		assert_int_equal(has("f"), n >= strlen(HEADER LINE));
		assert_false(has("h"));
	}
	leave(text, sizeof(text) - 1);
	assert_true(has("h"));
}

/* What is damaged is replaced by what is asked anew, once: the file does not grow for ever. */
static void damage_heals(void **state)
{
	static const char *const damaged[] = {
		HEADER "f\tknown\t\tg\tmm/a.c\tx\t0\n",
		HEADER "f\tkno",
		HEADER "h\tknown\t\tg\tmm/a.c\t3\t1",
		HEADER "f",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
		struct vmt_cache *c;

		leave(damaged[i], strlen(damaged[i]));
		assert_false(has("f"));
		c = cache_open();
		put_answer(c, "f", VMT_SYM_KNOWN, "", two_frames, 2);
		vmt_cache_close(c);
		if (!has("f"))
			fail_msg("not healed: %s", damaged[i] + strlen(HEADER));
	}
}

static void a_huge_file_is_as_none(void **state)
{
	struct vmt_cache *c;
	struct stat st;

	(void)state;
	leave_good();
	assert_int_equal(truncate(file, (8 << 20) + 1), 0);
	assert_false(has("f"));
	/* And is begun anew. */
	c = cache_open();
	put_answer(c, "g", VMT_SYM_KNOWN, "", two_frames, 2);
	vmt_cache_close(c);
	assert_true(has("g"));
	assert_int_equal(stat(file, &st), 0);
	assert_true(st.st_size < 200);
}

/* Names hold what a line cannot: it is written without. */
static void control_bytes_in_names_break_no_line(void **state)
{
	static const struct vmt_frame odd[] = {{{"in\tner\n", 7}, {"a\tb", 3}, 1, false}};
	struct vmt_cache *c = cache_open();
	struct query q = query_of("f");

	(void)state;
	put_answer(c, "f", VMT_SYM_KNOWN, "", odd, 1);
	put_answer(c, "g\th\nknown", VMT_SYM_KNOWN, "", odd, 1);
	vmt_cache_close(c);
	assert_false(has("g"));
	assert_false(has("known"));
	c = cache_open();
	assert_int_equal(vmt_cache_get(c, &q), VMT_OK);
	assert_str(q.answer.frames[0].function, "in?ner?");
	assert_str(q.answer.frames[0].file, "a?b");
	free(q.frames);
	vmt_cache_close(c);
}

static void directories_are_made(void **state)
{
	char deep[300], found[400];
	struct vmt_cache *c;

	(void)state;
	(void)snprintf(deep, sizeof(deep), "%s/one/two", dir);
	c = vmt_cache_open(deep, ID);
	put_answer(c, "f", VMT_SYM_KNOWN, "", two_frames, 2);
	vmt_cache_close(c);
	(void)snprintf(found, sizeof(found), "%s/" ID, deep);
	assert_int_equal(access(found, R_OK), 0);
	assert_int_equal(files_in(deep), 1);
}

/* Caches only save time: what cannot be written is not kept, without a word. */
static void what_cannot_be_written_is_not_kept(void **state)
{
	char under[300];
	struct vmt_cache *c;

	(void)state;
	put_file(dir, "plain", "", 0);
	(void)snprintf(under, sizeof(under), "%s/plain", dir);
	c = vmt_cache_open(under, ID);
	put_answer(c, "f", VMT_SYM_KNOWN, "", two_frames, 2);
	vmt_cache_close(c);
	c = vmt_cache_open("/proc/no/such", ID);
	put_answer(c, "f", VMT_SYM_KNOWN, "", two_frames, 2);
	vmt_cache_close(c);
	/* A directory stands where the file should: nothing is left beside it. */
	assert_int_equal(mkdir(file, 0700), 0);
	c = cache_open();
	put_answer(c, "f", VMT_SYM_KNOWN, "", two_frames, 2);
	vmt_cache_close(c);
	assert_int_equal(files_in(dir), 2);
}

#define IN_TREE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_TREE(answers_come_back_as_they_were),
		IN_TREE(old_and_new_are_kept_together),
		IN_TREE(nothing_new_writes_nothing),
		IN_TREE(each_build_has_its_own_file),
		IN_TREE(a_file_that_others_may_write_is_as_none),
		IN_TREE(a_file_of_another_owner_is_as_none_root),
		IN_TREE(links_directories_and_pipes_are_as_none),
		IN_TREE(other_headers_are_as_none),
		IN_TREE(odd_lines_are_as_none),
		IN_TREE(more_frames_than_an_answer_has_are_as_none),
		IN_TREE(nul_bytes_do_no_harm),
		IN_TREE(a_file_cut_anywhere_holds_whole_lines_only),
		IN_TREE(damage_heals),
		IN_TREE(a_huge_file_is_as_none),
		IN_TREE(control_bytes_in_names_break_no_line),
		IN_TREE(directories_are_made),
		IN_TREE(what_cannot_be_written_is_not_kept),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
