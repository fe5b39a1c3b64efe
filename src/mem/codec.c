// SPDX-License-Identifier: GPL-2.0-or-later
/* One packed page.  What a codec sets up is kept: setting up costs more than a page does. */
#include <dlfcn.h>
#include <stdio.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif

#include "mem_priv.h"

/* snappy-c.h */
typedef int (*snappy_fn)(const char *in, size_t n, char *out, size_t *out_n);

struct vmt_codec {
	z_stream z;
	bool z_live;
#ifdef HAVE_ZSTD
	ZSTD_DCtx *zstd;
#endif
#ifdef HAVE_LZO
	bool lzo_live;
#endif
	void *snappy_lib;
	snappy_fn snappy;
};

struct vmt_codec *vmt_codec_new(void)
{
	return calloc(1, sizeof(struct vmt_codec));
}

void vmt_codec_free(struct vmt_codec *c)
{
	if (!c)
		return;
	if (c->z_live)
		(void)inflateEnd(&c->z);
#ifdef HAVE_ZSTD
	(void)ZSTD_freeDCtx(c->zstd);
#endif
	if (c->snappy_lib)
		(void)dlclose(c->snappy_lib);
	free(c);
}

static enum vmt_rc damaged(const char *name, struct vmt_err *err)
{
	return vmt_err_set(err, VMT_FORMAT, "the page is damaged: %s cannot unpack it", name);
}

static enum vmt_rc unpack_zlib(struct vmt_codec *c, const void *in, size_t n, void *page,
			       size_t size, struct vmt_err *err)
{
	int status = c->z_live ? inflateReset(&c->z) : inflateInit(&c->z);

	if (status != Z_OK)
		return vmt_err_nomem(err);
	c->z_live = true;
	/* zlib does not write there. */
	c->z.next_in = (Bytef *)(uintptr_t)in;
	c->z.avail_in = (uInt)n;
	c->z.next_out = page;
	c->z.avail_out = (uInt)size;
	status = inflate(&c->z, Z_FINISH);
	if (status == Z_MEM_ERROR)
		return vmt_err_nomem(err);
	return status == Z_STREAM_END && !c->z.avail_out ? VMT_OK : damaged("zlib", err);
}

#ifdef HAVE_ZSTD
static enum vmt_rc unpack_zstd(struct vmt_codec *c, const void *in, size_t n, void *page,
			       size_t size, struct vmt_err *err)
{
	if (!c->zstd)
		c->zstd = ZSTD_createDCtx();
	if (!c->zstd)
		return vmt_err_nomem(err);
	return ZSTD_decompressDCtx(c->zstd, page, size, in, n) == size ? VMT_OK
								       : damaged("zstd", err);
}
#else
static enum vmt_rc unpack_zstd(struct vmt_codec *c, const void *in, size_t n, void *page,
			       size_t size, struct vmt_err *err)
{
	(void)c, (void)in, (void)n, (void)page, (void)size;
	return vmt_err_set(err, VMT_UNSUPPORTED,
			   "kdump pages are compressed with zstd, and this vmtool was built "
			   "without it\nrebuild with libzstd-dev installed, or: "
			   "makedumpfile -c -d 31 vmcore vmcore.zlib");
}
#endif

#ifdef HAVE_LZO
static enum vmt_rc unpack_lzo(struct vmt_codec *c, const void *in, size_t n, void *page,
			      size_t size, struct vmt_err *err)
{
	lzo_uint out_n = size;

	if (!c->lzo_live && lzo_init() != LZO_E_OK)
		return vmt_err_set(err, VMT_UNSUPPORTED, "liblzo2 is not the one of this build");
	c->lzo_live = true;
	return lzo1x_decompress_safe(in, n, page, &out_n, NULL) == LZO_E_OK && out_n == size
		       ? VMT_OK
		       : damaged("lzo", err);
}
#else
static enum vmt_rc unpack_lzo(struct vmt_codec *c, const void *in, size_t n, void *page,
			      size_t size, struct vmt_err *err)
{
	(void)c, (void)in, (void)n, (void)page, (void)size;
	return vmt_err_set(err, VMT_UNSUPPORTED,
			   "kdump pages are compressed with lzo, and this vmtool was built "
			   "without it\nrebuild with liblzo2-dev installed, or: "
			   "makedumpfile -c -d 31 vmcore vmcore.zlib");
}
#endif

/* Opened when it is needed: linking it would cost every start of the program. */
static bool snappy_there(struct vmt_codec *c)
{
	void *f;

	if (c->snappy)
		return true;
	if (!c->snappy_lib)
		c->snappy_lib = dlopen("libsnappy.so.1", RTLD_NOW | RTLD_LOCAL);
	f = c->snappy_lib ? dlsym(c->snappy_lib, "snappy_uncompress") : NULL;
	memcpy(&c->snappy, &f, sizeof(c->snappy));
	return c->snappy;
}

static enum vmt_rc unpack_snappy(struct vmt_codec *c, const void *in, size_t n, void *page,
				 size_t size, struct vmt_err *err)
{
	size_t out_n = size;

	if (!snappy_there(c))
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "kdump pages are compressed with snappy, and libsnappy.so.1 is "
				   "not installed\ninstall libsnappy1v5 (Debian), snappy "
				   "(Fedora, Arch), or: makedumpfile -c -d 31 vmcore vmcore.zlib");
	/* 0 is SNAPPY_OK.  It checks the size that the page claims against out_n first. */
	return c->snappy(in, n, page, &out_n) == 0 && out_n == size ? VMT_OK
								    : damaged("snappy", err);
}

static const struct {
	unsigned pack;
	const char *name;
	enum vmt_rc (*unpack)(struct vmt_codec *c, const void *in, size_t n, void *page,
			      size_t size, struct vmt_err *err);
} codecs[] = {
	{VMT_PACK_ZLIB, "zlib", unpack_zlib},
	{VMT_PACK_LZO, "lzo", unpack_lzo},
	{VMT_PACK_SNAPPY, "snappy", unpack_snappy},
	{VMT_PACK_ZSTD, "zstd", unpack_zstd},
};

#define CODECS (sizeof(codecs) / sizeof(codecs[0]))

enum vmt_rc vmt_codec_unpack(struct vmt_codec *c, unsigned pack, const void *in, size_t n,
			     void *page, size_t size, struct vmt_err *err)
{
	for (size_t i = 0; i < CODECS; i++)
		if (codecs[i].pack == pack)
			return codecs[i].unpack(c, in, n, page, size, err);
	return vmt_err_set(err, VMT_UNSUPPORTED, "the page is packed in an unknown way (flags %#x)",
			   pack);
}

void vmt_codec_names(char *buf, size_t size, unsigned packs, bool raw)
{
	const char *gap = "";
	size_t n = 0;

	buf[0] = 0;
	for (size_t i = 0; i <= CODECS; i++) {
		if (i < CODECS ? !(packs & codecs[i].pack) : !raw)
			continue;
		n += (size_t)snprintf(buf + n, size - n, "%s%s", gap,
				      i < CODECS ? codecs[i].name : "raw");
		gap = ", ";
	}
}
