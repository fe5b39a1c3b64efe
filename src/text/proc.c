// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The other proc files that may stand around the areas, and the snapshot header: each line is
 * known by its own form, so that `cat /proc/version /proc/meminfo /proc/vmallocinfo` is one source.
 */
#include <string.h>
#include <time.h>

#include "vmtool/text.h"

static void set_text(char *into, struct vmt_str value)
{
	vmt_str_copy(into, VMT_FACT_TEXT, vmt_str_trim(value));
}

/* `VmallocTotal:   34359738367 kB` (fs/proc/meminfo.c). */
static bool meminfo_line(struct vmt_facts *f, struct vmt_str key, struct vmt_str value)
{
	struct vmt_str number = vmt_str_word(&value);
	const struct {
		const char *key;
		uint64_t *into;
	} keys[] = {
		{"MemTotal", &f->mem_total},	   {"VmallocTotal", &f->vmalloc_total},
		{"VmallocUsed", &f->vmalloc_used}, {"Percpu", &f->percpu},
		{"KernelStack", &f->kernel_stack}, {"HighTotal", &f->high_total},
	};
	uint64_t kib;

	if (!vmt_str_is(vmt_str_trim(value), "kB") || !vmt_num_parse(number, 10, &kib))
		return false;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (vmt_str_is(key, keys[i].key))
			*keys[i].into = vmt_num_mul(kib, 1024);
	}
	if (vmt_str_is(key, "HighTotal"))
		f->highmem = true;
	return true;
}

/* `xfs 1994752 1 - Live 0xffffffffc0a12000 (E)` (kernel/module/procfs.c). */
static bool module_line(struct vmt_facts *f, struct vmt_str line)
{
	struct vmt_str name = vmt_str_word(&line), size = vmt_str_word(&line);
	struct vmt_str refs = vmt_str_word(&line), users = vmt_str_word(&line);
	struct vmt_str state = vmt_str_word(&line), base = vmt_str_word(&line);
	uint64_t n, bytes, va;

	if (!users.n || !vmt_num_parse(size, 10, &bytes) ||
	    !(vmt_str_is(refs, "-") || vmt_num_parse(refs, 10, &n)))
		return false;
	if (!vmt_str_is(state, "Live") && !vmt_str_is(state, "Loading") &&
	    !vmt_str_is(state, "Unloading"))
		return false;
	if (!vmt_str_starts(base, "0x") ||
	    !vmt_num_parse((struct vmt_str){base.p + 2, base.n - 2}, 16, &va))
		return false;
	/* Out of memory here only loses a name: the areas still say what they are. */
	(void)vmt_facts_add_module(f, name, va, bytes);
	return true;
}

/* `2026-11-22T17:00:00Z` or seconds since the epoch. */
static bool parse_time(struct vmt_str value, uint64_t *seconds)
{
	struct tm tm = {0};
	char text[32];
	const char *end;
	time_t t;

	if (vmt_num_parse(value, 10, seconds))
		return true;
	vmt_str_copy(text, sizeof(text), value);
	end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	/* UTC or nothing: an offset would be taken for UTC. */
	if (!end || (*end && strcmp(end, "Z") != 0))
		return false;
	t = timegm(&tm);
	if (t < 0)
		return false;
	*seconds = (uint64_t)t;
	return true;
}

/* `12345.67`, seconds as /proc/uptime has them, in milliseconds. */
static bool parse_uptime(struct vmt_str value, uint64_t *ms)
{
	size_t dot = vmt_str_find(value, ".");
	struct vmt_str whole = {value.p, dot == SIZE_MAX ? value.n : dot};
	uint64_t seconds, part = 0;

	if (!vmt_num_parse(whole, 10, &seconds) || seconds > UINT64_MAX / 2000)
		return false;
	if (dot != SIZE_MAX) {
		struct vmt_str digits = {value.p + dot + 1, value.n - dot - 1};

		if (digits.n > 3 || !vmt_num_parse(digits, 10, &part))
			return false;
		for (size_t i = digits.n; i < 3; i++)
			part *= 10;
	}
	*ms = seconds * 1000 + part;
	return true;
}

/* `# key: value` of a snapshot; keys that are not known are ignored. */
static bool header_line(struct vmt_facts *f, struct vmt_str line)
{
	struct vmt_str key, value;
	size_t colon;

	line.p++;
	line.n--;
	line = vmt_str_trim(line);
	if (vmt_str_starts(line, "vmtool-snapshot"))
		return true;
	colon = vmt_str_find(line, ":");
	if (colon == SIZE_MAX)
		return true;
	key = vmt_str_trim((struct vmt_str){line.p, colon});
	value = vmt_str_trim((struct vmt_str){line.p + colon + 1, line.n - colon - 1});
	if (vmt_str_is(key, "time"))
		(void)parse_time(value, &f->time);
	else if (vmt_str_is(key, "uptime"))
		(void)parse_uptime(value, &f->uptime_ms);
	else if (vmt_str_is(key, "writer"))
		f->recorded = vmt_str_starts(value, "vmtool record");
	else if (vmt_str_is(key, "boot_id"))
		set_text(f->boot_id, value);
	else if (vmt_str_is(key, "host"))
		set_text(f->host, value);
	else if (vmt_str_is(key, "kernel"))
		set_text(f->kernel, value);
	else if (vmt_str_is(key, "machine"))
		set_text(f->machine, value);
	else if (vmt_str_is(key, "build_id"))
		set_text(f->build_id, value);
	else if (vmt_str_is(key, "addresses"))
		set_text(f->addresses, value);
	else if (vmt_str_is(key, "page_size"))
		(void)vmt_num_parse(value, 10, &f->page_size);
	else if (vmt_str_starts(key, "meminfo."))
		(void)meminfo_line(f, (struct vmt_str){key.p + 8, key.n - 8}, value);
	return true;
}

void vmt_facts_uptime(struct vmt_facts *facts, struct vmt_str text)
{
	(void)parse_uptime(vmt_str_word(&text), &facts->uptime_ms);
}

bool vmt_facts_line(struct vmt_facts *facts, struct vmt_str line)
{
	struct vmt_str rest;
	size_t colon;

	line = vmt_str_trim(line);
	if (!line.n)
		return false;
	if (line.p[0] == '#')
		return header_line(facts, line);
	if (vmt_str_starts(line, "Kernel: ")) { /* Android bugreport */
		line.p += 8;
		line.n -= 8;
	}
	if (vmt_str_starts(line, "Linux version ")) {
		rest = (struct vmt_str){line.p + 14, line.n - 14};
		set_text(facts->kernel, vmt_str_word(&rest));
		return true;
	}
	colon = vmt_str_find(line, ":");
	if (colon != SIZE_MAX && colon + 1 < line.n && line.p[colon + 1] == ' ' &&
	    !memchr(line.p, ' ', colon))
		return meminfo_line(facts, (struct vmt_str){line.p, colon},
				    (struct vmt_str){line.p + colon + 1, line.n - colon - 1});
	return module_line(facts, line);
}

void vmt_facts_text(struct vmt_facts *facts, struct vmt_str text)
{
	while (text.n) {
		const char *nl = memchr(text.p, '\n', text.n);
		size_t n = nl ? (size_t)(nl - text.p) : text.n;

		(void)vmt_facts_line(facts, (struct vmt_str){text.p, n});
		text.p += n + (nl != NULL);
		text.n -= n + (nl != NULL);
	}
}
