// SPDX-License-Identifier: GPL-2.0-or-later
/* What the user says of raw memory: --base, --map, --vmcoreinfo; and what is told of it. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"

#define VMCOREINFO_MAX (1u << 20)

/* OFFSET:ADDR:LENGTH */
static bool parse_run(char *text, struct vmt_mem_run *run)
{
	char *pa = strchr(text, ':'), *bytes = pa ? strchr(pa + 1, ':') : NULL;

	if (!bytes)
		return false;
	*pa++ = *bytes++ = 0;
	return vmt_num_size(text, &run->at) && vmt_num_size(pa, &run->pa) &&
	       vmt_num_size(bytes, &run->bytes);
}

static int parse_map(struct ram *ram, const struct run *r)
{
	const char *text = r->opt[OPT_MAP];
	size_t cap = 0;

	while (*text) {
		size_t n = strcspn(text, ",");
		char one[128];

		if (vmt_grow(&ram->runs, &cap, ram->opts.n_runs + 1, sizeof(*ram->runs)) != VMT_OK)
			return complain_nomem();
		(void)snprintf(one, sizeof(one), "%.*s", n < sizeof(one) ? (int)n : 0, text);
		if (!parse_run(one, &ram->runs[ram->opts.n_runs++]))
			return usage_error(r->cmd,
					   "--map is OFFSET:ADDR:LENGTH,..., 0:0:2G,2G:4G:1G for "
					   "example, not '%s'",
					   r->opt[OPT_MAP]);
		text += n + (text[n] == ',');
	}
	ram->opts.runs = ram->runs;
	return ram->opts.n_runs ? 0 : usage_error(r->cmd, "--map names no memory");
}

static int read_info(struct ram *ram, const char *path)
{
	struct vmt_file *file;
	struct vmt_err err = {0};
	size_t n;
	enum vmt_rc rc = vmt_file_open(&file, path, &err);

	if (rc == VMT_OK) {
		rc = vmt_file_rest(file, VMCOREINFO_MAX, &ram->vmcoreinfo, &n, &err);
		vmt_file_close(file);
	}
	if (rc != VMT_OK)
		return complain(&err);
	if (!memmem(ram->vmcoreinfo, n, "OSRELEASE=", 10)) {
		message("%s: is no VMCOREINFO: there is no OSRELEASE= in it", path);
		return EXIT_NO_ANSWER;
	}
	ram->opts.vmcoreinfo = (struct vmt_str){ram->vmcoreinfo, n};
	return 0;
}

int ram_options(struct ram *ram, const struct run *r)
{
	int code = 0;

	memset(ram, 0, sizeof(*ram));
	if (r->opt[OPT_BASE] && r->opt[OPT_MAP])
		return usage_error(r->cmd, "only one of --base and --map");
	if (r->opt[OPT_BASE]) {
		if (!vmt_num_size(r->opt[OPT_BASE], &ram->base))
			return usage_error(r->cmd,
					   "--base is an address, 0x40000000 for example, not '%s'",
					   r->opt[OPT_BASE]);
		ram->opts.base = &ram->base;
	}
	if (r->opt[OPT_VMCOREINFO])
		code = read_info(ram, r->opt[OPT_VMCOREINFO]);
	if (code)
		return code;
	return r->opt[OPT_MAP] ? parse_map(ram, r) : 0;
}

void ram_free(struct ram *ram)
{
	free(ram->runs);
	free(ram->vmcoreinfo);
}

bool ram_said(const struct run *r)
{
	return r->opt[OPT_BASE] || r->opt[OPT_MAP];
}

void ram_layout(const struct source *s, char *buf, size_t size)
{
	const struct vmt_mem_about *m = vmt_mem_about(s->mem);
	size_t at = 0;

	buf[0] = 0;
	/* /dev/mem has dozens, and they are known. */
	for (size_t i = 0; i < m->n_runs && at < size; i++) {
		const struct vmt_mem_run *run = &m->runs[i];
		char human[VMT_NUM_HUMAN];
		int n = i < 4 ? snprintf(buf + at, size - at, "%s%s at 0x%" PRIx64, i ? ", " : "",
					 vmt_num_human(human, run->bytes), run->pa)
			      : snprintf(buf + at, size - at, ", ...");

		at += n > 0 ? (size_t)n : 0;
		if (i == 4)
			break;
	}
	if (m->guess && at < size)
		(void)snprintf(buf + at, size - at, " (%s: %s)",
			       vmt_kern_about(s->kern)->place_proved ? "a guess that holds"
								     : "a guess",
			       m->guess);
}

void ram_report(const struct source *s)
{
	char layout[256];

	if (!vmt_mem_about(s->mem)->guess || vmt_kern_about(s->kern)->place_proved)
		return;
	ram_layout(s, layout, sizeof(layout));
	message("%s: memory is taken to lie like this: %s; --map says otherwise", s->name, layout);
}
