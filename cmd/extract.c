// SPDX-License-Identifier: GPL-2.0-or-later
/* vmtool extract: a memory image made small: what vmtool's answers rest on, and nothing else. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"

#include "vmtool/check.h"

enum { OPT_FILE = OPT_OWN, OPT_COMPRESS, OPT_REGISTERS, OPT_REPLACE };

static const struct cmd_opt opts[] = {
	{"output", 'o', "FILE", OPT_FILE, "what to write", "FILE"},
	{"compress", 0, "HOW", OPT_COMPRESS, "write kdump with packed pages, not ELF", "zstd zlib"},
	{"keep-registers", 0, NULL, OPT_REGISTERS, "keep the registers of the CPUs", NULL},
	{"force", 'f', NULL, OPT_REPLACE,
	 "replace FILE where it is; use a vmlinux of another build-id", NULL},
};

/* Neither the kernel's image nor the direct map is one piece everywhere. */
#define SPANS_MAX 256

struct extract {
	struct pairs pairs;
	struct vmt_mem_span spans[SPANS_MAX];
	struct vmt_mem_writing how;
	struct vmt_mem_written done;
	/* What is said in the file of its making. */
	char slim[512], wrong[160];
	time_t last;
	bool shown;
	/* The lists can be followed in it. */
	bool whole;
};

/* ---- what is told ---- */

static int tell(struct extract *x, const char *path)
{
	static const char *const forms[] = {"ELF", "kdump (zlib)", "kdump (zstd)"};
	char text[128], a[VMT_NUM_GROUPED], b[VMT_NUM_GROUPED];
	const struct vmt_mem_written *d = &x->done;
	bool kept = x->how.registers && d->registers;
	struct pairs *p = &x->pairs;
	int code;

	pairs_begin(p, "extract");
	pairs_put(p, "file", path);
	pairs_put(p, "format", forms[x->how.form]);
	pairs_put_cell(p, "bytes", vmt_cell_u(VMT_CELL_BYTES, d->file_bytes),
		       size_text(&p->view, a, d->file_bytes));
	(void)snprintf(text, sizeof(text), "%s of %s", vmt_num_grouped(a, d->pages),
		       vmt_num_grouped(b, d->pages_ram));
	pairs_put_cell(p, "pages", vmt_cell_u(VMT_CELL_COUNT, d->pages), text);
	pairs_put_cell(p, "pages_ram", vmt_cell_u(VMT_CELL_COUNT, d->pages_ram), "");
	pairs_put(p, "kept",
		  "page tables, records of areas and modules, symbols: the bytes that answers "
		  "read");
	pairs_put(p, "left_out",
		  "user memory, page cache, contents of vmalloc areas, all other bytes of pages "
		  "kept");
	pairs_put(p, "registers", !d->registers ? "none" : kept ? "kept" : "left out");
	code = pairs_end(p);
	if (x->whole)
		return code;
	message("%s: the kernel changed at each try: lists of areas or modules end early in it",
		path);
	return code == EXIT_ANSWERED ? EXIT_IN_PART : code;
}

/* ---- the work ---- */

static void progress(void *arg, uint64_t done, uint64_t total)
{
	struct extract *x = arg;
	time_t now = time(NULL);

	if (now == x->last || !isatty(STDERR_FILENO))
		return;
	if (x->last) {
		(void)fprintf(stderr, "\rwriting: %3llu %% ",
			      (unsigned long long)(total ? done / (total / 100 + 1) : 0));
		x->shown = true;
	}
	x->last = now;
}

static int read_form(const struct run *r, enum vmt_mem_form *form)
{
	const char *how = r->opt[OPT_COMPRESS];

	*form = VMT_MEM_ELF;
	if (!how)
		return 0;
	if (strcmp(how, "zstd") != 0 && strcmp(how, "zlib") != 0)
		return usage_error(r->cmd, "--compress is zstd or zlib, not '%s'", how);
	*form = strcmp(how, "zstd") == 0 ? VMT_MEM_KDUMP_ZSTD : VMT_MEM_KDUMP_ZLIB;
	return 0;
}

/*
 * A slim image of a slim one has no more than that had.
 */
static void describe(struct extract *x)
{
	struct vmt_str before = vmt_mem_about(x->pairs.src.mem)->slim;
	size_t n;

	x->how.slim = before;
	if (before.n)
		return;
	n = (size_t)snprintf(x->slim, sizeof(x->slim), "by=vmtool " VERSION "\nkept=");
	for (size_t i = 0; i < vmt_checks_count() && n < sizeof(x->slim); i++)
		n += (size_t)snprintf(x->slim + n, sizeof(x->slim) - n, "%s%s", i ? "," : "",
				      vmt_checks_at(i)->id);
	/* It ran: what is wrong, twice looked at, is told here; what else seems so is not. */
	if (vmt_mem_about(x->pairs.src.mem)->live && n < sizeof(x->slim))
		(void)snprintf(x->slim + n, sizeof(x->slim) - n, "\nlive=%s", x->wrong);
	x->how.slim = vmt_str(x->slim);
}

/* The checks that find something, by id. */
static void name_wrong(struct extract *x, const struct vmt_report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < vmt_checks_count() && n < sizeof(x->wrong); i++) {
		if (vmt_report_verdict(report, i)->findings)
			n += (size_t)snprintf(x->wrong + n, sizeof(x->wrong) - n, "%s%s",
					      n ? "," : "", vmt_checks_at(i)->id);
	}
}

/* What the checks say is not told: a dump is made small to be judged elsewhere. */
static enum vmt_rc run_checks(struct extract *x, struct vmt_err *err)
{
	struct vmt_check_opts all = {.live = vmt_mem_about(x->pairs.src.mem)->live};
	struct vmt_report *report = NULL;
	enum vmt_rc rc;

	for (size_t i = 0; i < vmt_checks_count(); i++)
		all.run[i] = true;
	rc = vmt_check_run(&report, x->pairs.src.kern, &all, err);
	if (rc == VMT_OK)
		name_wrong(x, report);
	vmt_report_free(report);
	return rc;
}

/* Everything that an answer may rest on is read, and so recorded. */
static enum vmt_rc read_everything(struct extract *x, struct vmt_err *err)
{
	struct source *s = &x->pairs.src;
	enum vmt_rc rc = vmt_kern_read_all(s->kern, err);

	if (rc == VMT_OK)
		rc = run_checks(x, err);
	if (rc == VMT_OK)
		x->how.n_spans = vmt_kern_mapped(s->kern, x->spans, SPANS_MAX);
	vmt_kern_read_types(s->kern);
	if (rc == VMT_OK && vmt_kern_read_lists(s->kern, &x->whole) != VMT_OK)
		rc = vmt_err_nomem(err);
	if (rc != VMT_OK)
		return rc;
	/* Some was read anew; what is told of it at the end is no part of the file. */
	vmt_mem_search(s->mem, true);
	rc = image_areas(s, err);
	vmt_mem_search(s->mem, false);
	return rc;
}

static int extract(struct extract *x, const struct run *r)
{
	const struct vmt_kern_about *k;
	const char *path = r->opt[OPT_FILE];
	struct vmt_err err = {0};
	enum vmt_rc rc;

	rc = read_everything(x, &err);
	k = vmt_kern_about(x->pairs.src.kern);
	x->how.page_size = k->page_size;
	x->how.vmcoreinfo = vmt_mem_about(x->pairs.src.mem)->vmcoreinfo;
	x->how.release = k->release;
	describe(x);
	(void)vmt_info_number(vmt_kern_info(x->pairs.src.kern), "NUMBER(phys_base)",
			      &x->how.phys_base);
	x->how.spans = x->spans;
	x->how.progress = progress;
	x->how.arg = x;
	if (rc == VMT_OK)
		rc = vmt_mem_write(x->pairs.src.mem, path, &x->how, &x->done, &err);
	if (x->shown)
		(void)fprintf(stderr, "\r%16s\r", "");
	if (rc == VMT_NONE && strstr(err.text, "is there already"))
		(void)vmt_err_set(&err, rc, "%s: is there already\n--force replaces it", path);
	return rc == VMT_OK ? tell(x, path) : complain(&err);
}

static int run(struct run *r)
{
	struct extract x = {0};
	int code;

	if (!r->opt[OPT_FILE])
		return usage_error(r->cmd, "-o FILE is missing: what to write");
	r->record = true;
	r->n_names = vmt_checks_symbols(&r->names);
	/* What the option of the same name is for symbols. */
	r->opt[OPT_FORCE] = r->opt[OPT_REPLACE];
	x.how.replace = r->opt[OPT_REPLACE] != NULL;
	x.how.registers = r->opt[OPT_REGISTERS] != NULL;
	code = read_form(r, &x.how.form);
	if (code == 0)
		code = pairs_open(&x.pairs, r);
	if (code == 0) {
		code = extract(&x, r);
		pairs_close(&x.pairs);
	}
	return code;
}

const struct cmd cmd_extract = {
	.name = "extract",
	.group = "Keep",
	.summary = "A memory image made small: what answers read, nothing else.",
	.operands = "[SOURCE]",
	.opts = opts,
	.n_opts = sizeof(opts) / sizeof(opts[0]),
	.cols = pairs_cols,
	.n_cols = PAIRS_COLS,
	.default_cols = PAIRS_DEFAULT,
	.takes_source = true,
	.live = LIVE_MEMORY,
	.symbols = true,
	.run = run,
};
