// SPDX-License-Identifier: GPL-2.0-or-later
/* gzip and zstd read as if plain.  Several members or frames one after the other are one text. */
#include <string.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "base_priv.h"

#define IN_BYTES 65536

struct vmt_unpack {
	enum vmt_packing packing;
	struct vmt_unpack_source source;
	z_stream z;
	bool z_live;
#ifdef HAVE_ZSTD
	ZSTD_DStream *zstd;
#endif
	/* In the middle of a member: the end of the input here is damage. */
	bool inside;
	bool source_end;
	/* Damage found behind bytes that were sound: said when those have been given out. */
	struct vmt_err damage;
	size_t in_at, in_n;
	unsigned char in[IN_BYTES];
};

/*
 * What people hand over by mistake, and what helps: the name of the file stands between help and
 * tail; without help the tail says it all.
 */
static const struct {
	const char *magic;
	size_t offset, n;
	const char *what, *help, *tail;
} refused[] = {
	{"PK\003\004", 0, 4, "a zip archive", "unzip -p ", " | vmtool ... -"},
	{"\xfd"
	 "7zXZ\0",
	 0, 6, "packed with xz", "xz -dc ", " | vmtool ... -"},
	{"BZh", 0, 3, "packed with bzip2", "bzip2 -dc ", " | vmtool ... -"},
	{"\x04\x22\x4d\x18", 0, 4, "packed with lz4", "lz4 -dc ", " | vmtool ... -"},
	{"ustar", 257, 5, "a tar archive", "tar -xOf ", " PATH/IN/IT | vmtool ... -"},
	{"\x7f"
	 "ELF",
	 0, 4, "an ELF file", NULL,
	 "neither a text nor a core dump; a dump is read from a file, not from a pipe"},
	{"KDUMP   ", 0, 8, "a kdump file", NULL, "a dump is read from a file, not from a pipe"},
	{"makedumpfile", 0, 12, "a flattened dump", NULL,
	 "a dump is read from a file, not from a pipe: save it, or unflatten it: "
	 "makedumpfile -R FILE"},
};

bool vmt_file_is_other(const void *head, size_t n)
{
	const unsigned char *p = head;

	if (n >= 3 && memcmp(p, "\x1f\x8b\x08", 3) == 0)
		return true;
	if (n >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
		return true;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (n >= refused[i].offset + refused[i].n &&
		    memcmp(p + refused[i].offset, refused[i].magic, refused[i].n) == 0)
			return true;
	return false;
}

enum vmt_rc vmt_unpack_probe(const char *head, size_t n, const char *name,
			     enum vmt_packing *packing, struct vmt_err *err)
{
	*packing = VMT_PACKING_NONE;
	if (n >= 2 && memcmp(head, "\x1f\x8b", 2) == 0) {
		*packing = VMT_PACKING_GZIP;
		return VMT_OK;
	}
	if (n >= 4 && memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0) {
#ifdef HAVE_ZSTD
		*packing = VMT_PACKING_ZSTD;
		return VMT_OK;
#else
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "is packed with zstd, and this vmtool was built without it\n"
				   "unpack it first: zstd -dc %s | vmtool ... -",
				   name);
#endif
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (n < refused[i].offset + refused[i].n ||
		    memcmp(head + refused[i].offset, refused[i].magic, refused[i].n) != 0)
			continue;
		if (!refused[i].help)
			return vmt_err_set(err, VMT_UNSUPPORTED, "is %s\n%s", refused[i].what,
					   refused[i].tail);
		return vmt_err_set(err, VMT_UNSUPPORTED, "is %s\nunpack it first: %s%s%s",
				   refused[i].what, refused[i].help, name, refused[i].tail);
	}
	return VMT_OK;
}

enum vmt_rc vmt_unpack_new(struct vmt_unpack **out, enum vmt_packing packing,
			   const struct vmt_unpack_source *source, struct vmt_err *err)
{
	struct vmt_unpack *u = calloc(1, sizeof(*u));

	if (!u)
		return vmt_err_nomem(err);
	u->packing = packing;
	u->source = *source;
	if (packing == VMT_PACKING_GZIP) {
		if (inflateInit2(&u->z, 15 + 16) != Z_OK) {
			free(u);
			return vmt_err_nomem(err);
		}
		u->z_live = true;
	}
#ifdef HAVE_ZSTD
	if (packing == VMT_PACKING_ZSTD) {
		u->zstd = ZSTD_createDStream();
		if (!u->zstd || ZSTD_isError(ZSTD_initDStream(u->zstd))) {
			vmt_unpack_free(u);
			return vmt_err_nomem(err);
		}
		/* A frame may ask for any window; 128 MiB is what zstd --long=27 makes. */
		(void)ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, 27);
	}
#endif
	*out = u;
	return VMT_OK;
}

void vmt_unpack_free(struct vmt_unpack *u)
{
	if (!u)
		return;
	if (u->z_live)
		(void)inflateEnd(&u->z);
#ifdef HAVE_ZSTD
	if (u->zstd)
		(void)ZSTD_freeDStream(u->zstd);
#endif
	free(u);
}

static enum vmt_rc fill(struct vmt_unpack *u, struct vmt_err *err)
{
	enum vmt_rc rc;

	if (u->in_at < u->in_n || u->source_end)
		return VMT_OK;
	u->in_at = u->in_n = 0;
	rc = u->source.read(u->source.arg, u->in, sizeof(u->in), &u->in_n, err);
	if (rc == VMT_OK && u->in_n == 0)
		u->source_end = true;
	return rc;
}

static enum vmt_rc gzip_step(struct vmt_unpack *u, unsigned char *buf, size_t size, size_t *got,
			     struct vmt_err *err)
{
	int z;

	u->z.next_in = u->in + u->in_at;
	u->z.avail_in = (uInt)(u->in_n - u->in_at);
	u->z.next_out = buf;
	u->z.avail_out = size > (1u << 30) ? 1u << 30 : (uInt)size;
	z = inflate(&u->z, Z_NO_FLUSH);
	*got = (size_t)(u->z.next_out - buf);
	u->in_at = u->in_n - u->z.avail_in;
	u->inside = true;
	if (z == Z_STREAM_END) {
		u->inside = false;
		if (inflateReset(&u->z) != Z_OK)
			return vmt_err_nomem(err);
	} else if (z == Z_MEM_ERROR) {
		return vmt_err_nomem(err);
	} else if (z != Z_OK && z != Z_BUF_ERROR) {
		return vmt_err_set(err, VMT_FORMAT, "the gzip data is damaged (%s)",
				   u->z.msg ? u->z.msg : "unexpected bytes");
	}
	return VMT_OK;
}

#ifdef HAVE_ZSTD
static enum vmt_rc zstd_step(struct vmt_unpack *u, unsigned char *buf, size_t size, size_t *got,
			     struct vmt_err *err)
{
	ZSTD_inBuffer in = {u->in, u->in_n, u->in_at};
	ZSTD_outBuffer out = {buf, size, 0};
	size_t z = ZSTD_decompressStream(u->zstd, &out, &in);

	u->in_at = in.pos;
	*got = out.pos;
	if (ZSTD_isError(z))
		return vmt_err_set(err, VMT_FORMAT, "the zstd data is damaged (%s)",
				   ZSTD_getErrorName(z));
	u->inside = z != 0;
	return VMT_OK;
}
#endif

enum vmt_rc vmt_unpack_read(struct vmt_unpack *u, void *buf, size_t size, size_t *got,
			    struct vmt_err *err)
{
	enum vmt_rc rc;

	*got = 0;
	if (u->damage.code) {
		if (err)
			*err = u->damage;
		return u->damage.code;
	}
	while (*got == 0) {
		rc = fill(u, err);
		if (rc != VMT_OK)
			return rc;
		if (u->source_end && !u->inside)
			return VMT_OK;
#ifdef HAVE_ZSTD
		if (u->packing == VMT_PACKING_ZSTD)
			rc = zstd_step(u, buf, size, got, err);
		else
#endif
			rc = gzip_step(u, buf, size, got, err);
		if (rc == VMT_FORMAT) {
			if (err)
				u->damage = *err;
			u->damage.code = rc;
			if (*got)
				return VMT_OK;
		}
		if (rc != VMT_OK)
			return rc;
		if (*got == 0 && u->source_end && u->inside)
			return vmt_err_set(err, VMT_FORMAT, "the %s data ends too early",
					   u->packing == VMT_PACKING_GZIP ? "gzip" : "zstd");
	}
	return VMT_OK;
}
