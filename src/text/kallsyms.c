// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/kallsyms and System.map: `ffffffff81000000 T _text`, modules' as
 * `ffffffffc0a12000 t xfs_foo	[xfs]` (kernel/kallsyms.c, s_show).
 */
#include <string.h>

#include "vmtool/text.h"

#define BLOCK_BYTES (64u << 10)
/* KSYM_NAME_LEN is 512 since 6.1, and a module's name 56. */
#define LINE_MAX_BYTES 4096

static enum vmt_rc add_line(struct vmt_symbols *symbols, struct vmt_str line,
			    struct vmt_kallsyms_stats *stats)
{
	struct vmt_str address, type, name, module;
	const char *tab;
	uint64_t va;

	stats->lines++;
	line = vmt_str_trim(line);
	if (!line.n)
		return VMT_OK;
	address = vmt_str_word(&line);
	type = vmt_str_word(&line);
	name = vmt_str_word(&line);
	module = vmt_str_word(&line);
	/* Names of riscv64 end with a space: `.L0 	[xfs]`, half of all lines there. */
	if (module.n && module.p[0] == '\t') {
		module.p++;
		module.n--;
	}
	tab = name.n ? memchr(name.p, '\t', name.n) : NULL;
	if (tab) {
		module = (struct vmt_str){tab + 1, (size_t)(name.p + name.n - tab - 1)};
		name.n = (size_t)(tab - name.p);
	}
	if (!name.n || type.n != 1 || address.n > 16 || !vmt_num_parse(address, 16, &va) ||
	    (module.n && (module.n < 3 || module.p[0] != '[' || module.p[module.n - 1] != ']'))) {
		stats->odd++;
		return VMT_OK;
	}
	if (module.n) {
		module.p++;
		module.n -= 2;
	}
	stats->symbols++;
	if (!va) {
		stats->zeroed++;
		return VMT_OK;
	}
	return vmt_symbols_add(symbols, va, name, module);
}

/* Whole lines of a block. @return bytes used. */
static size_t add_lines(struct vmt_symbols *symbols, const char *p, size_t n,
			struct vmt_kallsyms_stats *stats, enum vmt_rc *rc)
{
	size_t used = 0;
	const char *nl;

	while (*rc == VMT_OK && (nl = memchr(p + used, '\n', n - used))) {
		*rc = add_line(symbols, (struct vmt_str){p + used, (size_t)(nl - p) - used}, stats);
		used = (size_t)(nl - p) + 1;
	}
	return used;
}

static enum vmt_rc read_lines(struct vmt_symbols *symbols, struct vmt_file *file,
			      struct vmt_kallsyms_stats *stats, struct vmt_err *err)
{
	char *buf VMT_FREE = malloc(BLOCK_BYTES);
	size_t have = 0, got = 1, used;
	enum vmt_rc rc = buf ? VMT_OK : VMT_NOMEM;

	while (rc == VMT_OK && got) {
		rc = vmt_file_read(file, buf + have, BLOCK_BYTES - have, &got, err);
		if (rc != VMT_OK)
			return rc;
		have += got;
		used = add_lines(symbols, buf, have, stats, &rc);
		have -= used;
		memmove(buf, buf + used, have);
		if (have > LINE_MAX_BYTES)
			return vmt_err_set(err, VMT_FORMAT,
					   "%s: line %llu is longer than any symbol: no kallsyms",
					   vmt_file_name(file),
					   (unsigned long long)stats->lines + 1);
	}
	if (rc == VMT_OK && have)
		rc = add_line(symbols, (struct vmt_str){buf, have}, stats);
	if (rc == VMT_RANGE)
		return vmt_err_set(err, rc, "%s: line %llu: more symbols than any kernel has",
				   vmt_file_name(file), (unsigned long long)stats->lines);
	return rc == VMT_NOMEM ? vmt_err_nomem(err) : rc;
}

enum vmt_rc vmt_kallsyms_read(struct vmt_symbols *symbols, struct vmt_file *file,
			      struct vmt_kallsyms_stats *stats, struct vmt_err *err)
{
	const char *name = vmt_file_name(file);
	enum vmt_rc rc;

	memset(stats, 0, sizeof(*stats));
	rc = read_lines(symbols, file, stats, err);
	if (rc == VMT_OK && (!stats->symbols || stats->odd > stats->symbols))
		rc = vmt_err_set(err, VMT_FORMAT,
				 "%s: no symbols in it: lines like 'ffffffff81000000 T _text' "
				 "are wanted, of /proc/kallsyms or System.map",
				 name);
	/* Of what is live, some per-cpu symbols are really at 0. */
	else if (rc == VMT_OK && stats->zeroed == stats->symbols)
		rc = vmt_err_set(err, VMT_PERM,
				 "%s: all addresses are zero: kernel.kptr_restrict hid them from "
				 "who saved it; save it as root, with kptr_restrict 0 or 1",
				 name);
	vmt_file_close(file);
	return rc;
}
