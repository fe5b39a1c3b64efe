// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes packed at once: zstd, or gzip in a build without it.  What reads them is unpack.c. */
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "vmtool/base.h"

#ifdef HAVE_ZSTD

/* Where a vmallocinfo stops becoming smaller for more work. */
#define LEVEL 9

const char *vmt_pack_suffix(void)
{
	return ".zst";
}

enum vmt_rc vmt_pack(const void *bytes, size_t size, char **packed, size_t *packed_size,
		     struct vmt_err *err)
{
	size_t room = ZSTD_compressBound(size), n = 0;
	ZSTD_CCtx *z;
	char *buf;

	if (ZSTD_isError(room))
		return vmt_err_set(err, VMT_RANGE, "%zu bytes are too many to pack", size);
	z = ZSTD_createCCtx();
	buf = malloc(room);
	if (z && buf) {
		(void)ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, LEVEL);
		(void)ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
		n = ZSTD_compress2(z, buf, room, bytes, size);
	}
	(void)ZSTD_freeCCtx(z);
	/* With room for the worst case nothing but memory can be short. */
	if (!buf || !z || ZSTD_isError(n)) {
		free(buf);
		return vmt_err_nomem(err);
	}
	*packed = buf;
	*packed_size = n;
	return VMT_OK;
}

#else

const char *vmt_pack_suffix(void)
{
	return ".gz";
}

enum vmt_rc vmt_pack(const void *bytes, size_t size, char **packed, size_t *packed_size,
		     struct vmt_err *err)
{
	z_stream z = {0};
	uLong room;
	char *buf;
	int rc;

	if (size > UINT32_MAX / 2)
		return vmt_err_set(err, VMT_RANGE, "%zu bytes are too many to pack", size);
	if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return vmt_err_nomem(err);
	room = deflateBound(&z, (uLong)size);
	buf = malloc(room);
	if (!buf) {
		(void)deflateEnd(&z);
		return vmt_err_nomem(err);
	}
	z.next_in = (Bytef *)(uintptr_t)bytes;
	z.avail_in = (uInt)size;
	z.next_out = (Bytef *)buf;
	z.avail_out = (uInt)room;
	rc = deflate(&z, Z_FINISH);
	(void)deflateEnd(&z);
	if (rc != Z_STREAM_END) {
		free(buf);
		return vmt_err_nomem(err);
	}
	*packed = buf;
	*packed_size = (size_t)((char *)z.next_out - buf);
	return VMT_OK;
}

#endif
