// SPDX-License-Identifier: GPL-2.0-or-later
/* Files and memory, plain and packed; packings are made here with zlib and zstd themselves. */
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "reading.h"

struct bytes {
	char *p;
	size_t n;
};

static struct bytes gzip_of(const char *text, size_t n)
{
	uLong bound = compressBound((uLong)n) + 64;
	struct bytes b = {malloc(bound), 0};
	z_stream z = {.next_in = (z_const Bytef *)text,
		      .avail_in = (uInt)n,
		      .next_out = (Bytef *)b.p,
		      .avail_out = (uInt)bound};

	assert_non_null(b.p);
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	b.n = z.total_out;
	(void)deflateEnd(&z);
	return b;
}

static struct bytes zstd_of(const char *text, size_t n)
{
#ifdef HAVE_ZSTD
	size_t bound = ZSTD_compressBound(n);
	struct bytes b = {malloc(bound), 0};

	assert_non_null(b.p);
	b.n = ZSTD_compress(b.p, bound, text, n, 3);
	assert_false(ZSTD_isError(b.n));
	return b;
#else
	(void)text;
	(void)n;
	skip();
	return (struct bytes){NULL, 0};
#endif
}

typedef struct bytes pack_fn(const char *text, size_t n);

/* All of a memory file, in pieces of @piece bytes; *rc is the last answer. */
static struct bytes unpack(struct bytes in, size_t piece, enum vmt_rc *rc, struct vmt_err *err)
{
	struct bytes out = {malloc(1 << 22), 0};
	struct vmt_file *f = NULL;
	size_t got;

	assert_non_null(out.p);
	*rc = vmt_file_open_memory(&f, "test", in.p, in.n, err);
	while (*rc == VMT_OK) {
		assert_true(out.n + piece <= 1 << 22);
		*rc = vmt_file_read(f, out.p + out.n, piece, &got, err);
		if (*rc != VMT_OK || !got)
			break;
		out.n += got;
	}
	vmt_file_close(f);
	return out;
}

static void assert_unpacks_to(struct bytes in, const char *text, size_t n)
{
	static const size_t pieces[] = {1, 7, 4096, 262144};

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		enum vmt_rc rc;
		struct vmt_err err = {0};
		struct bytes out = unpack(in, pieces[i], &rc, &err);

		if (rc != VMT_OK)
			fail_msg("%s", err.text);
		assert_int_equal(out.n, n);
		assert_memory_equal(out.p, text, n);
		free(out.p);
	}
}

static struct bytes join(struct bytes a, struct bytes b)
{
	struct bytes c = {malloc(a.n + b.n + 1), a.n + b.n};

	assert_non_null(c.p);
	memcpy(c.p, a.p, a.n);
	memcpy(c.p + a.n, b.p, b.n);
	free(a.p);
	free(b.p);
	return c;
}

/* ---- plain ---- */

static void memory_is_given_back_byte_by_byte(void **state)
{
	size_t n;
	char *text = fixture_text(0, "vmallocinfo", &n);

	(void)state;
	assert_unpacks_to((struct bytes){text, n}, text, n);
	/* Shorter than what is looked at to tell the packing, and nothing at all. */
	assert_unpacks_to((struct bytes){text, 100}, text, 100);
	assert_unpacks_to((struct bytes){text, 1}, text, 1);
	assert_unpacks_to((struct bytes){NULL, 0}, "", 0);
	free(text);
}

static void a_file_is_read_from_disk(void **state)
{
	size_t n, got, at = 0;
	char *text = fixture_text(0, "vmallocinfo", &n), buf[1000];
	struct vmt_file *f = NULL;
	struct vmt_err err = {0};

	(void)state;
	assert_int_equal(vmt_file_open(&f, "tests/fixtures/amd64-5.10/vmallocinfo", &err), VMT_OK);
	assert_string_equal(vmt_file_name(f), "tests/fixtures/amd64-5.10/vmallocinfo");
	do {
		assert_int_equal(vmt_file_read(f, buf, sizeof(buf), &got, &err), VMT_OK);
		assert_memory_equal(buf, text + at, got);
		at += got;
	} while (got);
	assert_int_equal(at, n);
	assert_int_equal(vmt_file_read(f, buf, 0, &got, &err), VMT_OK);
	assert_int_equal(got, 0);
	vmt_file_close(f);
	vmt_file_close(NULL);
	free(text);
}

static void what_cannot_be_opened_says_why(void **state)
{
	struct vmt_file *f = NULL;
	struct vmt_err err = {0};

	(void)state;
	assert_int_equal(vmt_file_open(&f, "/nonexistent/file", &err), VMT_IO);
	assert_non_null(strstr(err.text, "/nonexistent/file: cannot be opened: No such file"));
	assert_int_equal(vmt_file_open(&f, "tests/fixtures", &err), VMT_UNSUPPORTED);
	assert_non_null(strstr(err.text, "is a directory"));
}

static void slurping_is_bounded(void **state)
{
	char *text = NULL, dir[] = "/tmp/vmtool-unit-XXXXXX", path[40];
	size_t n = 0;
	struct vmt_err err = {0};

	(void)state;
	assert_int_equal(vmt_file_slurp("tests/fixtures/amd64-5.10/version", 4096, &text, &n, &err),
			 VMT_OK);
	assert_int_equal(n, 185);
	assert_int_equal(strlen(text), 185);
	free(text);
	assert_int_equal(vmt_file_slurp("tests/fixtures/amd64-5.10/version", 185, &text, &n, &err),
			 VMT_OK);
	free(text);
	assert_int_equal(vmt_file_slurp("tests/fixtures/amd64-5.10/version", 184, &text, &n, &err),
			 VMT_RANGE);
	assert_int_equal(vmt_file_slurp("/nonexistent", 10, &text, &n, &err), VMT_NONE);
	assert_int_equal(vmt_file_slurp("tests/run/x", 10, &text, &n, &err), VMT_NONE);
	assert_int_equal(vmt_file_slurp("tests", 10, &text, &n, &err), VMT_IO);
	/* Nobody writes into it: it would be waited for. */
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(vmt_file_slurp(path, 10, &text, &n, &err), VMT_IO);
	assert_non_null(strstr(err.text, "is a pipe"));
	(void)unlink(path);
	(void)rmdir(dir);
}

/* ---- packed ---- */

static void check_packing(pack_fn *pack)
{
	size_t n;
	char *text = fixture_text(3, "vmallocinfo", &n);
	struct bytes b = pack(text, n);

	assert_true(b.n < n / 2);
	assert_unpacks_to(b, text, n);
	free(b.p);
	b = pack("", 0);
	assert_unpacks_to(b, "", 0);
	free(b.p);
	free(text);
}

static void gzip_is_read_as_if_plain(void **state)
{
	(void)state;
	check_packing(gzip_of);
}

static void zstd_is_read_as_if_plain(void **state)
{
	(void)state;
	check_packing(zstd_of);
}

/* `cat a.gz b.gz` is the text of both; an empty member between is nothing. */
static void check_members(pack_fn *pack)
{
	struct bytes b = join(join(pack("one\n", 4), pack("", 0)), pack("two\n", 4));

	assert_unpacks_to(b, "one\ntwo\n", 8);
	free(b.p);
}

static void members_of_gzip_are_one_text(void **state)
{
	(void)state;
	check_members(gzip_of);
}

static void frames_of_zstd_are_one_text(void **state)
{
	(void)state;
	check_members(zstd_of);
}

/* Cut anywhere: what comes out is a beginning of the text, and the end is damage, not an end. */
static void check_truncation(pack_fn *pack)
{
	size_t n;
	char *text = fixture_text(3, "vmallocinfo", &n);
	struct bytes b = pack(text, n), cut = b;

	for (cut.n = 4; cut.n < b.n; cut.n += cut.n < 40 || cut.n + 40 > b.n ? 1 : 211) {
		enum vmt_rc rc;
		struct vmt_err err = {0};
		struct bytes out = unpack(cut, 4096, &rc, &err);

		assert_int_equal(rc, VMT_FORMAT);
		assert_non_null(strstr(err.text, "ends too early"));
		assert_true(out.n <= n);
		assert_memory_equal(out.p, text, out.n);
		free(out.p);
	}
	free(b.p);
	free(text);
}

static void cut_gzip_is_damage(void **state)
{
	(void)state;
	check_truncation(gzip_of);
}

static void cut_zstd_is_damage(void **state)
{
	(void)state;
	check_truncation(zstd_of);
}

static void damaged_gzip_is_told(void **state)
{
	size_t n;
	char *text = fixture_text(3, "vmallocinfo", &n);
	struct bytes b = gzip_of(text, n), out;
	enum vmt_rc rc;
	struct vmt_err err = {0};

	(void)state;
	b.p[b.n - 6] ^= 0x55; /* its checksum */
	out = unpack(b, 4096, &rc, &err);
	assert_int_equal(rc, VMT_FORMAT);
	assert_non_null(strstr(err.text, "test: the gzip data is damaged"));
	free(out.p);
	free(b.p);
	free(text);
}

/* Whatever bytes are wrong, it ends and does not crash. */
static void packed_bytes_damaged_anywhere_are_survived(void **state)
{
	static pack_fn *const packs[] = {gzip_of, zstd_of};
	size_t n;
	char *text = fixture_text(3, "vmallocinfo", &n);

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct bytes b = packs[k](text, 5000);

		for (size_t i = 2; i < b.n; i++) {
			enum vmt_rc rc;
			struct vmt_err err = {0};
			struct bytes out;

			b.p[i] ^= 0x11;
			out = unpack(b, 65536, &rc, &err);
			assert_true(rc == VMT_OK || rc == VMT_FORMAT || rc == VMT_NOMEM);
			free(out.p);
			b.p[i] ^= 0x11;
		}
		free(b.p);
	}
	free(text);
}

/* base.h: "damaged packing; what came before is sound": the reader must give it out. */
static void check_text_before_damage(struct bytes b, size_t all)
{
	struct reading r = read_memory(b.p, b.n, NULL);

	assert_true(r.stats.cut);
	assert_int_equal(r.stats.cut_err.code, VMT_FORMAT);
	if (r.n * 10 < all * 4)
		fail_msg("%zu of %zu areas", r.n, all);
	reading_free(&r);
}

static void areas_before_a_cut_are_read(void **state)
{
	size_t n;
	char *text = fixture_text(3, "vmallocinfo", &n);
	struct bytes b = gzip_of(text, n);

	(void)state;
	b.n = b.n / 2;
	check_text_before_damage(b, 1343);
	free(b.p);
	free(text);
}

/* All of the text is sound but for its checksum. */
static void areas_before_a_wrong_checksum_are_read(void **state)
{
	size_t n;
	char *text = fixture_text(3, "vmallocinfo", &n);
	struct bytes b = gzip_of(text, n);

	(void)state;
	b.p[b.n - 6] ^= 0x55;
	check_text_before_damage(b, 1343);
	free(b.p);
	free(text);
}

/* A sound member, then bytes that are none. */
static void areas_before_trailing_bytes_are_read(void **state)
{
	size_t n;
	char *text = fixture_text(3, "vmallocinfo", &n);
	struct bytes junk = {strdup("this is no gzip"), 15};
	struct bytes b = join(gzip_of(text, n), junk);

	(void)state;
	check_text_before_damage(b, 1343);
	free(b.p);
	free(text);
}

/* ---- refusals ---- */

static void other_packings_and_dumps_are_refused_with_help(void **state)
{
	static const struct {
		const char *head;
		size_t n;
		const char *what;
	} kinds[] = {
		{"PK\003\004zzzz", 8, "a zip archive"},
		{"\xfd"
		 "7zXZ\0\0\4",
		 8, "packed with xz"},
		{"BZh91AY&SY", 10, "packed with bzip2"},
		{"\x04\x22\x4d\x18zzzz", 8, "packed with lz4"},
		{"\x7f"
		 "ELF\2\1\1",
		 7, "an ELF file"},
		{"KDUMP   \6", 9, "a kdump file"},
		{"makedumpfile\0\0", 14, "a flattened dump"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct vmt_file *f = NULL;
		struct vmt_err err = {0};

		assert_int_equal(vmt_file_open_memory(&f, "some", kinds[i].head, kinds[i].n, &err),
				 VMT_UNSUPPORTED);
		assert_non_null(strstr(err.text, "some: is "));
		assert_non_null(strstr(err.text, kinds[i].what));
		assert_non_null(strchr(err.text, '\n')); /* what to do instead */
	}
}

static void a_tar_archive_is_refused(void **state)
{
	static char tar[1024] = "proc/vmallocinfo";
	struct vmt_file *f = NULL;
	struct vmt_err err = {0};

	(void)state;
	memcpy(tar + 257, "ustar", 6);
	assert_int_equal(vmt_file_open_memory(&f, "x.tar", tar, sizeof(tar), &err),
			 VMT_UNSUPPORTED);
	assert_non_null(strstr(err.text, "a tar archive"));
}

/* Half a magic number is text. */
static void the_beginning_of_a_magic_number_is_plain(void **state)
{
	static const char *const heads[] = {"P",      "PK",   "BZ",	  "KDUMP",
					    "\177EL", "\x1f", "\x28\xb5", "makedumpfil"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		assert_unpacks_to((struct bytes){(char *)(uintptr_t)heads[i], strlen(heads[i])},
				  heads[i], strlen(heads[i]));
}

/* A packed file on disk goes the same way; its head comes in one read, the rest in others. */
static void a_packed_file_is_read_from_disk(void **state)
{
	size_t n, got, at = 0;
	char *text = fixture_text(3, "vmallocinfo", &n), buf[5000];
	struct bytes b = gzip_of(text, n);
	char path[] = "/tmp/vmtool-unit-XXXXXX";
	int fd = mkstemp(path);
	struct vmt_file *f = NULL;
	struct vmt_err err = {0};

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, b.p, b.n), (ssize_t)b.n);
	(void)close(fd);
	assert_int_equal(vmt_file_open(&f, path, &err), VMT_OK);
	(void)unlink(path);
	do {
		assert_int_equal(vmt_file_read(f, buf, sizeof(buf), &got, &err), VMT_OK);
		assert_memory_equal(buf, text + at, got);
		at += got;
	} while (got);
	assert_int_equal(at, n);
	vmt_file_close(f);
	free(b.p);
	free(text);
}

static void what_is_packed_is_read_back(void **state)
{
	static const size_t sizes[] = {0, 1, 4096, 300000};
	struct vmt_file *f;
	struct vmt_err err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *plain = malloc(sizes[i] + 1), *back = malloc(sizes[i] + 1), *packed;
		size_t n, got, at = 0;

		assert_true(plain && back);
		for (size_t k = 0; k < sizes[i]; k++)
			plain[k] = (char)('a' + k * k % 23);
		assert_int_equal(vmt_pack(plain, sizes[i], &packed, &n, &err), VMT_OK);
		assert_int_equal(vmt_file_open_memory(&f, "packed", packed, n, &err), VMT_OK);
		do {
			assert_int_equal(vmt_file_read(f, back + at, sizes[i] + 1 - at, &got, &err),
					 VMT_OK);
			at += got;
		} while (got);
		assert_int_equal(at, sizes[i]);
		assert_memory_equal(plain, back, at);
		vmt_file_close(f);
		/* One byte is missing: known by the end, if not before. */
		assert_int_equal(vmt_file_open_memory(&f, "cut", packed, n - 1, &err), VMT_OK);
		at = 0;
		while (vmt_file_read(f, back, sizes[i] + 1, &got, &err) == VMT_OK && got)
			at += got;
		assert_int_equal(err.code, VMT_FORMAT);
		vmt_file_close(f);
		free(packed);
		free(plain);
		free(back);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_given_back_byte_by_byte),
		cmocka_unit_test(a_file_is_read_from_disk),
		cmocka_unit_test(what_cannot_be_opened_says_why),
		cmocka_unit_test(slurping_is_bounded),
		cmocka_unit_test(gzip_is_read_as_if_plain),
		cmocka_unit_test(zstd_is_read_as_if_plain),
		cmocka_unit_test(members_of_gzip_are_one_text),
		cmocka_unit_test(frames_of_zstd_are_one_text),
		cmocka_unit_test(cut_gzip_is_damage),
		cmocka_unit_test(cut_zstd_is_damage),
		cmocka_unit_test(damaged_gzip_is_told),
		cmocka_unit_test(packed_bytes_damaged_anywhere_are_survived),
		cmocka_unit_test(areas_before_a_cut_are_read),
		cmocka_unit_test(areas_before_a_wrong_checksum_are_read),
		cmocka_unit_test(areas_before_trailing_bytes_are_read),
		cmocka_unit_test(other_packings_and_dumps_are_refused_with_help),
		cmocka_unit_test(a_tar_archive_is_refused),
		cmocka_unit_test(the_beginning_of_a_magic_number_is_plain),
		cmocka_unit_test(a_packed_file_is_read_from_disk),
		cmocka_unit_test(what_is_packed_is_read_back),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
