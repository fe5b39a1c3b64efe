// SPDX-License-Identifier: GPL-2.0-or-later
/* One vmlinux or module file, opened through libdwfl: it lays modules out and relocates them. */
#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debug_priv.h"

static enum vmt_rc check_ident(const char *path, const unsigned char *ident, ssize_t n,
			       struct vmt_err *err)
{
	if (n < EI_NIDENT || memcmp(ident, ELFMAG, SELFMAG) != 0)
		return vmt_err_set(err, VMT_FORMAT,
				   "%s: no ELF file: a vmlinux or a module with debug "
				   "information is wanted",
				   path);
	if (ident[EI_CLASS] != ELFCLASS64)
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "%s: a 32-bit ELF file: only those of 64-bit kernels are read",
				   path);
	if (ident[EI_DATA] != ELFDATA2LSB)
		return vmt_err_set(err, VMT_UNSUPPORTED,
				   "%s: a big-endian ELF file: only little-endian ones are read",
				   path);
	return VMT_OK;
}

/* The table of sections stands at the end: a file that was cut short has lost it. */
static enum vmt_rc check_length(const char *path, int fd, struct vmt_err *err)
{
	Elf64_Ehdr h = {0};
	struct stat st;
	uint64_t end;
	ssize_t n = pread(fd, &h, sizeof(h), 0);

	if (fstat(fd, &st) != 0)
		return vmt_err_set(err, VMT_IO, "%s: cannot be read: %s", path, strerror(errno));
	if (n >= 0 && n < (ssize_t)sizeof(h))
		end = sizeof(h);
	else if (__builtin_add_overflow(h.e_shoff, (uint64_t)h.e_shnum * h.e_shentsize, &end))
		end = UINT64_MAX;
	if (end <= (uint64_t)st.st_size)
		return VMT_OK;
	return vmt_err_set(err, VMT_FORMAT, "%s: damaged: cut short at %" PRIu64 " bytes", path,
			   (uint64_t)st.st_size);
}

/* What libdw made of a file, packed or not. */
static enum vmt_rc check_elf(const char *path, Elf *elf, struct vmt_err *err)
{
	size_t n = 0;
	const char *ident = elf ? elf_getident(elf, &n) : NULL;

	return check_ident(path, (const unsigned char *)ident, ident ? (ssize_t)n : 0, err);
}

static enum vmt_rc say_damaged(const char *path, const char *why, struct vmt_err *err)
{
#ifndef HAVE_ZSTD
	size_t n = strlen(path);

	/* Debian 12's libdw, for one, is built without it. */
	if (n > 4 && strcmp(path + n - 4, ".zst") == 0)
		return vmt_err_set(
			err, VMT_UNSUPPORTED,
			"%s: damaged, or libdw here does not unpack zstd: unpack it with "
			"'zstd -d'",
			path);
#endif
	return vmt_err_set(err, VMT_FORMAT, "%s: damaged, or no ELF file%s%s", path,
			   why ? ": " : "", why ? why : "");
}

/* More than any module, or vmlinux, has. */
#define UNPACKED_MAX (UINT64_C(4) << 30)
#define BLOCK_BYTES  (256u << 10)

static enum vmt_rc copy_to(int to, struct vmt_file *file, struct vmt_err *err)
{
	char *buf VMT_FREE = malloc(BLOCK_BYTES);
	enum vmt_rc rc = buf ? VMT_OK : vmt_err_nomem(err);
	uint64_t total = 0;
	size_t got = 1;

	while (rc == VMT_OK && got) {
		rc = vmt_file_read(file, buf, BLOCK_BYTES, &got, err);
		total += got;
		if (rc == VMT_OK && total > UNPACKED_MAX)
			return vmt_err_set(err, VMT_RANGE,
					   "%s: unpacks to more than any kernel's file",
					   vmt_file_name(file));
		for (size_t at = 0; rc == VMT_OK && at < got;) {
			ssize_t n = write(to, buf + at, got - at);

			if (n <= 0)
				return vmt_err_set(err, VMT_IO, "%s: no room to unpack it: %s",
						   vmt_file_name(file), strerror(errno));
			at += (size_t)n;
		}
	}
	return rc;
}

/*
 * zstd, and gzip along with it, is unpacked here: not every libdw can (Debian 12's cannot), and it
 * has no cap.  @fd becomes a file in memory.
 */
static enum vmt_rc unpack(const char *path, int *fd, struct vmt_err *err)
{
	int memory = memfd_create("vmtool", MFD_CLOEXEC);
	struct vmt_file *file = NULL;
	enum vmt_rc rc = memory < 0 ? VMT_IO : vmt_file_open_packed(&file, path, err);

	if (memory < 0)
		return vmt_err_set(err, VMT_IO, "%s: no memory to unpack it: %s", path,
				   strerror(errno));
	if (rc == VMT_OK)
		rc = copy_to(memory, file, err);
	vmt_file_close(file);
	(void)close(rc == VMT_OK ? *fd : memory);
	if (rc == VMT_OK)
		*fd = memory;
	return rc;
}

/* Enough of a packed file to know it by. */
#define MAGIC_BYTES 6

static bool is_zstd(const unsigned char *b, ssize_t n)
{
	return n >= MAGIC_BYTES && memcmp(b, "\x28\xb5\x2f\xfd", 4) == 0;
}

static bool is_unpacked_here(const unsigned char *b, ssize_t n)
{
#ifdef HAVE_ZSTD
	if (is_zstd(b, n))
		return true;
#endif
	return n >= MAGIC_BYTES && memcmp(b, "\x1f\x8b", 2) == 0;
}

/*
 * xz, and what was not unpacked here: libdw will see what is in them.  Not bzip2, though libdw
 * knows it: 0.188 never ends on a file of it that is cut short.
 */
static bool is_left_to_libdw(const unsigned char *b, ssize_t n)
{
	static const unsigned char xz[] = {0xfd, '7', 'z', 'X', 'Z'};

	return is_zstd(b, n) || (n >= MAGIC_BYTES && memcmp(b, xz, sizeof(xz)) == 0);
}

/* Unpacked, it is looked at as if it never had been packed. */
static enum vmt_rc look_at(const char *path, int *fd, struct vmt_err *err)
{
	unsigned char ident[EI_NIDENT] = {0};
	ssize_t n = pread(*fd, ident, sizeof(ident), 0);
	enum vmt_rc rc = VMT_OK;

	if (is_unpacked_here(ident, n)) {
		rc = unpack(path, fd, err);
		n = rc == VMT_OK ? pread(*fd, ident, sizeof(ident), 0) : n;
	} else if (is_left_to_libdw(ident, n)) {
		return VMT_OK;
	}
	if (rc == VMT_OK)
		rc = check_ident(path, ident, n, err);
	return rc == VMT_OK ? check_length(path, *fd, err) : rc;
}

static enum vmt_rc open_file(const char *path, int *fd, struct vmt_err *err)
{
	struct stat st;
	enum vmt_rc rc;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0)
		return vmt_err_set(err,
				   errno == ENOENT || errno == ENOTDIR ? VMT_NONE
				   : errno == EACCES || errno == EPERM ? VMT_PERM
								       : VMT_IO,
				   "%s: cannot be opened: %s", path, strerror(errno));
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))
		rc = vmt_err_set(err, VMT_FORMAT, "%s: not a regular file", path);
	else
		rc = look_at(path, fd, err);
	if (rc != VMT_OK)
		(void)close(*fd);
	return rc;
}

static const Dwfl_Callbacks callbacks = {
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
	.find_elf = dwfl_build_id_find_elf,
};

enum vmt_rc vmt_debug_open(struct vmt_debug **out, const char *path, struct vmt_err *err)
{
	struct vmt_debug *d;
	int fd;
	enum vmt_rc rc = open_file(path, &fd, err);

	if (rc != VMT_OK)
		return rc;
	d = calloc(1, sizeof(*d));
	if (d) {
		d->path = strdup(path);
		d->dwfl = dwfl_begin(&callbacks);
	}
	if (!d || !d->path || !d->dwfl) {
		(void)close(fd);
		vmt_debug_close(d);
		return vmt_err_nomem(err);
	}
	dwfl_report_begin(d->dwfl);
	/* Takes the descriptor, unless it fails. */
	d->module = dwfl_report_offline(d->dwfl, "file", path, fd);
	(void)dwfl_report_end(d->dwfl, NULL, NULL);
	if (!d->module)
		(void)close(fd);
	rc = d->module ? check_elf(path, dwfl_module_getelf(d->module, &d->elf_bias), err)
		       : say_damaged(path, dwfl_errmsg(-1), err);
	if (rc != VMT_OK) {
		vmt_debug_close(d);
		return rc;
	}
	*out = d;
	return VMT_OK;
}

void vmt_debug_close(struct vmt_debug *d)
{
	if (!d)
		return;
	vmt_symtab_free(d->symtab);
	vmt_ranges_free(d->ranges);
	vmt_layouts_free(d->layouts);
	if (d->dwfl)
		dwfl_end(d->dwfl);
	free(d->path);
	free(d);
}

const char *vmt_debug_path(const struct vmt_debug *d)
{
	return d->path;
}

Dwarf *vmt_debug_dwarf(struct vmt_debug *d)
{
	if (!d->dwarf_asked) {
		d->dwarf_asked = true;
		d->dwarf = dwfl_module_getdwarf(d->module, &d->bias);
		d->bias -= d->elf_bias;
		if (!d->dwarf)
			d->no_dwarf = dwfl_errmsg(-1);
	}
	return d->dwarf;
}

bool vmt_debug_has_dwarf(struct vmt_debug *d)
{
	return vmt_debug_dwarf(d) != NULL;
}

const char *vmt_debug_no_dwarf(struct vmt_debug *d)
{
	return vmt_debug_dwarf(d) ? NULL : d->no_dwarf ? d->no_dwarf : "no DWARF debug information";
}

enum vmt_rc vmt_debug_section(struct vmt_debug *d, const char *name, const void **bytes, size_t *n)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(d->module, &bias);
	Elf_Scn *scn = NULL;
	size_t strings;

	if (!elf || elf_getshdrstrndx(elf, &strings) != 0)
		return VMT_NONE;
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr;
		const char *is;
		Elf_Data *data;

		if (!gelf_getshdr(scn, &shdr) || !(is = elf_strptr(elf, strings, shdr.sh_name)) ||
		    strcmp(is, name) != 0 || shdr.sh_type == SHT_NOBITS)
			continue;
		data = elf_rawdata(scn, NULL);
		if (!data || !data->d_buf)
			return VMT_NONE;
		*bytes = data->d_buf;
		*n = data->d_size;
		return VMT_OK;
	}
	return VMT_NONE;
}

/* ---- build-id ---- */

static void hex_of(const unsigned char *bits, size_t n, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		hex[2 * i] = digits[bits[i] >> 4];
		hex[2 * i + 1] = digits[bits[i] & 15];
	}
	hex[2 * n] = 0;
}

static enum vmt_rc build_id_of(Elf *elf, char *hex)
{
	const void *bits = NULL;
	ssize_t n = dwelf_elf_gnu_build_id(elf, &bits);

	if (n <= 0 || 2 * (size_t)n >= VMT_BUILD_ID_TEXT)
		return VMT_NONE;
	hex_of(bits, (size_t)n, hex);
	return VMT_OK;
}

enum vmt_rc vmt_debug_build_id(const char *path, char hex[VMT_BUILD_ID_TEXT], struct vmt_err *err)
{
	Elf *elf;
	int fd;
	enum vmt_rc rc = open_file(path, &fd, err);

	hex[0] = 0;
	if (rc != VMT_OK)
		return rc;
	(void)elf_version(EV_CURRENT);
	elf = dwelf_elf_begin(fd);
	if (!elf || elf_kind(elf) != ELF_K_ELF)
		rc = say_damaged(path, NULL, err);
	else
		rc = check_elf(path, elf, err);
	if (rc == VMT_OK)
		rc = build_id_of(elf, hex);
	(void)elf_end(elf);
	(void)close(fd);
	return rc;
}

static uint32_t load32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

bool vmt_debug_notes_build_id(const void *notes, size_t size, char hex[VMT_BUILD_ID_TEXT])
{
	const unsigned char *p = notes;

	while (size >= 12) {
		uint64_t name = load32(p), desc = load32(p + 4), type = load32(p + 8);
		uint64_t at = 12 + vmt_num_round_up(name, 4), next = at + vmt_num_round_up(desc, 4);

		if (at + desc > size)
			return false;
		if (type == NT_GNU_BUILD_ID && name == 4 && memcmp(p + 12, "GNU", 4) == 0 && desc &&
		    2 * desc < VMT_BUILD_ID_TEXT) {
			hex_of(p + at, desc, hex);
			return true;
		}
		if (next > size)
			return false;
		p += next;
		size -= next;
	}
	return false;
}
