// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory of the running kernel as a source: /proc/kcore, and what stands beside it of symbols
 * and types where the kernel's own image does not have them.  Nothing is ever written.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

#define DUMPS "a dump works instead: of kdump, virsh dump --memory-only, QEMU's dump-guest-memory"

bool live_is_kcore(const char *path)
{
	return strcmp(path, LIVE_KCORE) == 0;
}

bool live_can_read(const char *kcore)
{
	/* Open decides, not the mode: a kernel that is locked down refuses root. */
	return vmt_mem_probe(kcore);
}

static bool is_locked_down(void)
{
	char *text;
	size_t n;
	bool locked;

	if (vmt_file_slurp("/sys/kernel/security/lockdown", 4096, &text, &n, NULL) != VMT_OK)
		return false;
	locked = memmem(text, n, "[confidentiality]", strlen("[confidentiality]"));
	free(text);
	return locked;
}

int live_complain(const struct source *s, const struct run *r, const char *kcore,
		  const struct vmt_err *err)
{
	struct stat st;

	if (!s->live)
		return complain(err);
	if (err->code == VMT_NONE)
		message("%s is not there: this kernel was built without CONFIG_PROC_KCORE\n" DUMPS,
			kcore);
	else if (err->code == VMT_PERM && geteuid() != 0)
		message("%s can be read by root only: sudo vmtool %s", kcore, r->cmd->name);
	else if (err->code == VMT_PERM && is_locked_down())
		message("%s is closed, also to root: the kernel is locked down "
			"(confidentiality)\n" DUMPS,
			kcore);
	else if (err->code == VMT_PERM)
		message("%s cannot be opened: CAP_SYS_RAWIO is wanted, which containers do not "
			"have: run it on the host",
			kcore);
	else if (err->code == VMT_IO && stat(kcore, &st) == 0 && !S_ISREG(st.st_mode))
		message("%s is masked here, as in a container: run it on the host", kcore);
	else
		return complain(err);
	return EXIT_NO_ANSWER;
}

/* With its zeros explained, which only a sysctl can change; that is not ours to write. */
static int read_kallsyms(struct source *s, const char *path, struct vmt_kern_opts *opts)
{
	struct vmt_kallsyms_stats stats;
	struct vmt_err err = {0};
	struct vmt_file *file;
	enum vmt_rc rc;

	if (s->symbols || vmt_file_open(&file, path, NULL) != VMT_OK)
		return 0;
	s->symbols = vmt_symbols_new();
	if (!s->symbols) {
		vmt_file_close(file);
		return complain_nomem();
	}
	rc = vmt_kallsyms_read(s->symbols, file, &stats, &err);
	if (rc == VMT_NOMEM)
		return complain(&err);
	if (rc == VMT_PERM)
		message("%s has zeros for addresses: sudo sysctl kernel.kptr_restrict=1 shows them "
			"to root, and to root alone",
			path);
	if (rc == VMT_OK) {
		opts->symbols = s->symbols;
		return 0;
	}
	vmt_symbols_free(s->symbols);
	s->symbols = NULL;
	return 0;
}

int live_add(struct source *s, struct vmt_kern_opts *opts, bool *more)
{
	const struct vmt_kern_about *a = vmt_kern_about(s->kern);
	char path[4400];
	int code = 0;
	size_t n;

	*more = false;
	if (!vmt_mem_about(s->mem)->live || !s->proc)
		return 0;
	n = strlen(s->proc);
	/* Beside a directory proc lies sys, beside another one who knows what. */
	if (n >= 5 && strcmp(s->proc + n - 5, "/proc") == 0)
		(void)snprintf(s->btf, sizeof(s->btf), "%.*s/sys/kernel/btf/vmlinux", (int)n - 5,
			       s->proc);
	(void)snprintf(path, sizeof(path), "%s/kallsyms", s->proc);
	if (a->symbols == VMT_FROM_NOWHERE)
		code = read_kallsyms(s, path, opts);
	if (a->types == VMT_FROM_TABLE && access(s->btf, R_OK) == 0)
		opts->btf = s->btf;
	*more = opts->btf || (a->symbols == VMT_FROM_NOWHERE && opts->symbols);
	return code;
}
