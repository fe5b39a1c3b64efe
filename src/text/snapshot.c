// SPDX-License-Identifier: GPL-2.0-or-later
/* The header of a snapshot, written and read by itself: vmtool-snapshot(5). */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "vmtool/text.h"

/* No header of ours is longer; of a longer one the rest is not looked at. */
#define HEAD_MAX 16384

struct out {
	char *buf;
	size_t n;
};

static __attribute__((format(printf, 2, 3))) void put(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->buf + o->n, VMT_SNAPSHOT_HEADER - o->n, fmt, ap);
	va_end(ap);
	/* Never a part of a line. */
	if (n > 0 && (size_t)n < VMT_SNAPSHOT_HEADER - o->n)
		o->n += (size_t)n;
	o->buf[o->n] = 0;
}

static void put_text(struct out *o, const char *key, const char *value)
{
	if (value[0])
		put(o, "# %s: %s\n", key, value);
}

static void put_kib(struct out *o, const char *key, uint64_t bytes)
{
	if (bytes != VMT_FACT_NONE)
		put(o, "# meminfo.%s: %15" PRIu64 " kB\n", key, bytes / 1024);
}

static void put_time(struct out *o, uint64_t seconds)
{
	time_t t = (time_t)seconds;
	char text[32];
	struct tm tm;

	/* Four digits of the year are what is read back. */
	if (seconds > UINT64_C(253402300799) || !gmtime_r(&t, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return;
	put(o, "# time: %s\n", text);
}

size_t vmt_snapshot_header(const struct vmt_facts *f, const char *writer,
			   char buf[VMT_SNAPSHOT_HEADER])
{
	struct out o = {buf, 0};

	put(&o, "# vmtool-snapshot 1\n");
	put_text(&o, "writer", writer);
	if (f->time != VMT_FACT_NONE)
		put_time(&o, f->time);
	if (f->uptime_ms != VMT_FACT_NONE)
		put(&o, "# uptime: %" PRIu64 ".%02" PRIu64 "\n", f->uptime_ms / 1000,
		    f->uptime_ms / 10 % 100);
	put_text(&o, "boot_id", f->boot_id);
	put_text(&o, "host", f->host);
	put_text(&o, "kernel", f->kernel);
	put_text(&o, "machine", f->machine);
	put_text(&o, "build_id", f->build_id);
	if (f->page_size != VMT_FACT_NONE)
		put(&o, "# page_size: %" PRIu64 "\n", f->page_size);
	put_text(&o, "addresses", f->addresses);
	put_kib(&o, "MemTotal", f->mem_total);
	put_kib(&o, "HighTotal", f->high_total);
	put_kib(&o, "KernelStack", f->kernel_stack);
	put_kib(&o, "VmallocTotal", f->vmalloc_total);
	put_kib(&o, "VmallocUsed", f->vmalloc_used);
	put_kib(&o, "Percpu", f->percpu);
	return o.n;
}

/* Whole lines of @text as long as they begin with '#'. @return true: the header ends here. */
static bool take_lines(struct vmt_facts *facts, struct vmt_str *text)
{
	while (text->n) {
		const char *nl = memchr(text->p, '\n', text->n);
		size_t n = nl ? (size_t)(nl - text->p) : 0;

		if (text->p[0] != '#')
			return true;
		if (!nl)
			return false;
		(void)vmt_facts_line(facts, (struct vmt_str){text->p, n});
		text->p += n + 1;
		text->n -= n + 1;
	}
	return false;
}

enum vmt_rc vmt_snapshot_head(struct vmt_facts *facts, const char *path, struct vmt_err *err)
{
	static const char magic[] = "# vmtool-snapshot ";
	char buf[HEAD_MAX];
	struct vmt_str rest = {buf, 0};
	struct vmt_file *file;
	size_t n = 0, got;
	enum vmt_rc rc = vmt_file_open(&file, path, err);
	bool done = false;

	if (rc != VMT_OK)
		return rc;
	while (!done && n < sizeof(buf)) {
		rc = vmt_file_read(file, buf + n, sizeof(buf) - n, &got, err);
		if (rc != VMT_OK || !got)
			break;
		n += got;
		rest.n += got;
		if (n < sizeof(magic) - 1)
			continue;
		if (memcmp(buf, magic, sizeof(magic) - 1) != 0)
			break;
		done = take_lines(facts, &rest);
	}
	vmt_file_close(file);
	if (rc != VMT_OK)
		return rc;
	return rest.p > buf ? VMT_OK : VMT_NONE;
}
