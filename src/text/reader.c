// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A text read block by block: areas come out, other proc files become facts, and what looks like an
 * area but is not understood is counted and kept.
 *
 * Before the first area is given out, all lines of one block are looked at (the probe), because the
 * guard rules need the page size and the first lines may not tell it.  The live kernel tells it.
 */
#include <string.h>

#include "text_priv.h"

#define BLOCK_BYTES (256 * 1024)
/* Read at a time: no more of the block than this is touched, nor of the cache, if lines are short.
 */
#define READ_BYTES (32 * 1024)
/* Page sizes a kernel can have, and how many lines are asked for theirs. */
#define LEAST_SHIFT  12
#define MOST_SHIFT   18
#define VOTES_ENOUGH 64
#define SLACK_BYTES  VMT_MEMO_SLACK

/* Android bugreports have titled sections; elsewhere there are none. */
enum section { SECTION_NONE, SECTION_VMALLOC, SECTION_OTHER };

struct vmt_text {
	struct vmt_file *file;
	struct vmt_text_opts opts;
	struct vmt_text_stats stats;
	/* Votes of the lines looked at ahead. */
	struct vmt_addr_votes ahead;
	struct vmt_facts facts;
	uint64_t page_size;
	enum vmt_page_size_from page_size_from;
	enum section section;
	bool eof, probing, skip_line, binary;
	/* Lines that are no areas, since the last area: they are odd only if another area follows.
	 */
	uint64_t pending;
	struct vmt_odd *pending_odd;
	size_t pending_kept, pending_cap;
	/* Whole lines are in [at, limit); [limit, fill) is the beginning of a line. */
	size_t at, limit, fill;
	struct vmt_memo memo;
	char buf[BLOCK_BYTES + 1 + SLACK_BYTES];
};

const char *vmt_page_size_from_name(enum vmt_page_size_from from)
{
	static const char *const names[] = {"option", "source", "inferred", "assumed"};

	return names[from];
}

/* ---- lines not understood ---- */

static void keep_odd(struct vmt_odd *odd, uint64_t line, const char *why, struct vmt_str text)
{
	odd->line = line;
	odd->why = why;
	vmt_str_copy(odd->text, sizeof(odd->text), text);
}

static void add_odd(struct vmt_text *t, const char *why, struct vmt_str line)
{
	if (t->probing)
		return;
	if (t->stats.unparsed < VMT_ODD_KEPT)
		keep_odd(&t->stats.odd[t->stats.unparsed], t->stats.lines, why, line);
	t->stats.unparsed++;
	if (t->opts.odd)
		t->opts.odd(t->opts.arg, t->stats.lines, why, line);
}

/* An area follows: lines that stood between it and the area before belong to no other file. */
static void settle_pending(struct vmt_text *t)
{
	for (size_t i = 0; i < t->pending_kept; i++) {
		const struct vmt_odd *odd = &t->pending_odd[i];

		if (t->stats.unparsed + i < VMT_ODD_KEPT)
			t->stats.odd[t->stats.unparsed + i] = *odd;
		if (t->opts.odd)
			t->opts.odd(t->opts.arg, odd->line, odd->why, vmt_str(odd->text));
	}
	t->stats.unparsed += t->pending;
	t->stats.other -= t->pending;
	t->pending = t->pending_kept = 0;
}

static enum vmt_rc add_other(struct vmt_text *t, struct vmt_str line)
{
	t->stats.other++;
	if (!t->stats.areas || t->probing || !vmt_str_trim(line).n)
		return VMT_OK;
	t->pending++;
	/* All are kept only for one who wants to see all; the rest are counted. */
	if (t->pending_kept >= VMT_ODD_KEPT && !t->opts.odd)
		return VMT_OK;
	if (vmt_grow(&t->pending_odd, &t->pending_cap, t->pending_kept + 1,
		     sizeof(*t->pending_odd)) != VMT_OK)
		return VMT_NOMEM;
	keep_odd(&t->pending_odd[t->pending_kept++], t->stats.lines,
		 "expected an area, 0xSTART-0xEND SIZE ...", line);
	return VMT_OK;
}

/* ---- one line ---- */

/* `<6>[   12.345678][ T1] 0x...`, `... kernel: [ 12.3] 0x...`: what a log put in front. */
static struct vmt_str without_prefix(struct vmt_str line)
{
	struct vmt_str s = vmt_str_trim(line);
	size_t at;

	if (vmt_str_starts(s, "0x"))
		return s;
	at = vmt_str_find(s, " kernel: ");
	if (at != SIZE_MAX && at < 80) {
		s.p += at + 9;
		s.n -= at + 9;
	}
	while (s.n && (s.p[0] == '<' || s.p[0] == '[')) {
		const char *close = memchr(s.p, s.p[0] == '<' ? '>' : ']', s.n < 40 ? s.n : 40);

		if (!close)
			return line;
		s.n -= (size_t)(close + 1 - s.p);
		s.p = close + 1;
		s = vmt_str_trim(s);
	}
	return s;
}

/* `------ VMALLOC INFO (/proc/vmallocinfo) ------` (Android dumpstate). */
static bool is_section_title(struct vmt_text *t, struct vmt_str line)
{
	if (!vmt_str_starts(line, "------ "))
		return false;
	t->section = vmt_str_find(line, "VMALLOC INFO") != SIZE_MAX &&
				     vmt_str_find(line, "was the duration of") == SIZE_MAX
			     ? SECTION_VMALLOC
			     : SECTION_OTHER;
	t->pending = t->pending_kept = 0;
	return true;
}

/* A range far above any hash that is not as long as its size says. */
static __attribute__((noinline)) void count_unreal(struct vmt_text *t, const struct vmt_area *area)
{
	vmt_addr_vote(&t->stats.votes, area);
	if (!vmt_area_is_real(area) && area->start > UINT32_MAX)
		t->stats.mismatched++;
}

static inline void count_area(struct vmt_text *t, struct vmt_area *area)
{
	if (t->pending)
		settle_pending(t);
	t->stats.areas++;
	area->line = t->stats.lines;
	if (vmt_area_is_real(area) && !(area->flags & VMT_AREA_TAGGED))
		t->stats.votes.real++;
	else
		count_unreal(t, area);
	if (t->page_size && area->size_bytes & (t->page_size - 1))
		t->stats.unaligned++;
}

/* The careful way. @return VMT_OK when @area is one, VMT_NONE when it is not, or VMT_NOMEM. */
static enum vmt_rc take_line(struct vmt_text *t, struct vmt_str line, struct vmt_area *area)
{
	const char *why;
	enum vmt_rc rc;

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (is_section_title(t, line)) {
		t->stats.other++;
		return VMT_NONE;
	}
	if (t->section == SECTION_OTHER) {
		if (!t->probing)
			(void)vmt_facts_line(&t->facts, line);
		t->stats.other++;
		return VMT_NONE;
	}
	rc = vmt_line_careful(without_prefix(line), area, &why);
	if (rc == VMT_OK)
		return VMT_OK;
	if (rc == VMT_FORMAT) {
		if (t->stats.areas || t->probing || vmt_str_find(line, "-0x") != SIZE_MAX)
			add_odd(t, why, line);
		else
			return add_other(t, line) == VMT_OK ? VMT_NONE : VMT_NOMEM;
	} else if (!t->probing && vmt_facts_line(&t->facts, line)) {
		t->stats.other++;
		t->pending = t->pending_kept = 0;
	} else {
		if (line.n && memchr(line.p, 0, line.n))
			t->binary = true;
		return add_other(t, line) == VMT_OK ? VMT_NONE : VMT_NOMEM;
	}
	return VMT_NONE;
}

/* The next line, when it is an area in the usual form. */
static inline bool next_fast(struct vmt_text *t, struct vmt_area *area)
{
	const char *next;

	if (t->at >= t->limit || t->opts.careful || t->section == SECTION_OTHER)
		return false;
	next = vmt_memo_line(&t->memo, t->buf + t->at, t->buf + t->limit, area);
	if (!next)
		return false;
	t->at = (size_t)(next - t->buf);
	t->stats.lines++;
	count_area(t, area);
	return true;
}

/* The next area among the whole lines in the buffer: VMT_OK, VMT_NONE or VMT_NOMEM. */
static enum vmt_rc next_in_block(struct vmt_text *t, struct vmt_area *area)
{
	while (t->at < t->limit) {
		const char *p = t->buf + t->at, *nl;
		enum vmt_rc rc;

		if (next_fast(t, area))
			return VMT_OK;
		t->stats.lines++;
		nl = memchr(p, '\n', t->limit - t->at);
		t->at = (size_t)(nl + 1 - t->buf);
		rc = take_line(t, (struct vmt_str){p, (size_t)(nl - p)}, area);
		if (rc == VMT_OK)
			count_area(t, area);
		if (rc != VMT_NONE)
			return rc;
	}
	return VMT_NONE;
}

/* ---- blocks ---- */

static void find_limit(struct vmt_text *t)
{
	const char *nl = memrchr(t->buf + t->at, '\n', t->fill - t->at);

	t->limit = nl ? (size_t)(nl + 1 - t->buf) : t->at;
}

/* The end of the input in the middle of a line: a newline is put there, and it is remembered. */
static void end_of_input(struct vmt_text *t)
{
	t->eof = true;
	if (t->skip_line)
		t->stats.cut = true;
	if (t->fill > t->limit) {
		t->stats.cut = true;
		t->buf[t->fill++] = '\n';
		t->limit = t->fill;
	}
}

/* Move what is left to the front and fill up. @return VMT_OK also at the end (see eof). */
static enum vmt_rc refill(struct vmt_text *t, struct vmt_err *err)
{
	memmove(t->buf, t->buf + t->at, t->fill - t->at);
	t->fill -= t->at;
	t->at = 0;
	while (!t->eof && t->fill < BLOCK_BYTES) {
		size_t got, before = t->fill, room = BLOCK_BYTES - t->fill;
		enum vmt_rc rc = vmt_file_read(t->file, t->buf + t->fill,
					       room < READ_BYTES ? room : READ_BYTES, &got, err);

		if (rc == VMT_FORMAT) { /* damaged packing: what came before is sound */
			t->stats.cut = true;
			t->stats.cut_err = *err;
			got = 0;
		} else if (rc != VMT_OK) {
			return rc;
		}
		t->fill += got;
		if (t->skip_line && got) { /* the rest of an over-long line */
			char *nl = memchr(t->buf + before, '\n', got);

			t->fill = before;
			if (nl) {
				size_t rest = (size_t)(t->buf + before + got - nl - 1);

				memmove(t->buf + before, nl + 1, rest);
				t->fill += rest;
				t->skip_line = false;
			}
		}
		find_limit(t);
		if (!got)
			end_of_input(t);
		else if (t->limit > t->at && !t->probing)
			break;
	}
	find_limit(t);
	memset(t->buf + t->fill, 0, SLACK_BYTES);
	if (!t->eof && t->limit == t->at && t->fill >= BLOCK_BYTES) {
		t->stats.lines++;
		add_odd(t, "the line is too long", (struct vmt_str){t->buf, t->fill});
		t->skip_line = true;
		t->fill = t->at;
		t->limit = t->at;
	}
	return VMT_OK;
}

static __attribute__((noinline)) enum vmt_rc next_slow(struct vmt_text *t, struct vmt_area *area,
						       struct vmt_err *err)
{
	enum vmt_rc rc;

	while ((rc = next_in_block(t, area)) == VMT_NONE) {
		if (t->eof)
			return VMT_NONE;
		rc = refill(t, err);
		if (rc != VMT_OK)
			return rc;
	}
	return rc == VMT_OK ? VMT_OK : vmt_err_nomem(err);
}

enum vmt_rc vmt_text_next(struct vmt_text *t, struct vmt_area *area, struct vmt_err *err)
{
	return next_fast(t, area) ? VMT_OK : next_slow(t, area, err);
}

/* ---- the probe ---- */

/*
 * The page size: a vmalloc area of P pages has size (P + 1) x page size, its guard included.  Most
 * lines must say so; without such lines it is the largest power of two that divides all sizes,
 * when that is one a kernel can have.
 */
static void infer_page_size(struct vmt_text *t)
{
	uint64_t votes[64] = {0}, all = 0, n = 0, voters = 0;
	size_t at = t->at;
	struct vmt_text_stats stats = t->stats;
	enum section section = t->section;
	struct vmt_area a;
	int best = 0;

	while (next_in_block(t, &a) == VMT_OK) {
		uint64_t pages = a.pages, ps;

		all |= a.size_bytes;
		n++;
		if (!(a.flags & VMT_AREA_VMALLOC) || !pages || pages > UINT32_MAX)
			continue;
		ps = a.size_bytes / (pages + 1);
		if (vmt_num_is_pow2(ps) && ps * (pages + 1) == a.size_bytes) {
			votes[__builtin_ctzll(ps)]++;
			voters++;
		}
		/* Enough, when nobody disagrees. */
		if (voters == VOTES_ENOUGH && votes[__builtin_ctzll(ps)] == voters)
			break;
	}
	for (int k = LEAST_SHIFT; k <= MOST_SHIFT; k++) {
		if (votes[k] > (best ? votes[best] : 0))
			best = k;
	}
	t->ahead = t->stats.votes;
	t->page_size = UINT64_C(1) << best;
	t->page_size_from = VMT_PS_INFERRED;
	if (!best) {
		uint64_t low = all & -all;

		t->page_size = n >= 16 && low >= 4096 && low <= 65536 ? low : 4096;
		t->page_size_from =
			t->page_size == low && n >= 16 ? VMT_PS_INFERRED : VMT_PS_ASSUMED;
	}
	t->stats = stats;
	t->section = section;
	t->at = at;
}

static bool usable_page_size(uint64_t ps)
{
	return ps != VMT_FACT_NONE && vmt_num_is_pow2(ps) && ps >= 1024 && ps <= 1 << 20;
}

/* Go on to the first area and settle the page size, by the rest of its block if nothing tells it.
 */
static enum vmt_rc look_ahead(struct vmt_text *t, struct vmt_err *err)
{
	struct vmt_area area;
	struct vmt_text_stats before;
	enum vmt_rc rc;
	size_t at;

	for (;;) {
		at = t->at;
		before = t->stats;
		/* Line by line, so that the one with the first area is not yet counted. */
		if (t->at < t->limit) {
			size_t limit = t->limit;
			const char *nl = memchr(t->buf + at, '\n', limit - at);

			t->limit = (size_t)(nl + 1 - t->buf);
			rc = next_in_block(t, &area);
			t->limit = limit;
			if (rc == VMT_NONE)
				continue;
			if (rc != VMT_OK)
				return vmt_err_nomem(err);
			t->at = at;
			t->stats = before;
			break;
		}
		if (t->eof)
			return VMT_NONE;
		rc = refill(t, err);
		if (rc != VMT_OK)
			return rc;
	}
	if (t->opts.page_size) {
		t->page_size = t->opts.page_size;
		t->page_size_from = VMT_PS_OPTION;
		return VMT_OK;
	}
	t->page_size_from = VMT_PS_SOURCE;
	if (usable_page_size(t->facts.page_size)) {
		t->page_size = t->facts.page_size;
		return VMT_OK;
	}
	if (t->opts.source_page_size) {
		t->page_size = t->opts.source_page_size;
		return VMT_OK;
	}
	t->probing = true;
	rc = refill(t, err);
	if (rc == VMT_OK)
		infer_page_size(t);
	t->probing = false;
	return rc;
}

static enum vmt_rc no_areas(struct vmt_text *t, struct vmt_err *err)
{
	const char *name = vmt_file_name(t->file);

	if (t->stats.cut_err.code)
		*err = t->stats.cut_err;
	else if (!t->stats.lines)
		(void)vmt_err_set(err, VMT_FORMAT,
				  "%s: is empty\nexpected the text of /proc/vmallocinfo", name);
	else if (t->binary)
		(void)vmt_err_set(err, VMT_FORMAT,
				  "%s: is no text\nexpected the text of /proc/vmallocinfo", name);
	else if (t->stats.unparsed)
		(void)vmt_err_set(err, VMT_FORMAT,
				  "%s: line %llu: %s\nno line of the %llu could be understood",
				  name, (unsigned long long)t->stats.odd[0].line,
				  t->stats.odd[0].why, (unsigned long long)t->stats.lines);
	else
		(void)vmt_err_set(err, VMT_FORMAT,
				  "%s: no vmallocinfo line among %llu lines\n"
				  "expected 0xSTART-0xEND SIZE CALLER ..., as in /proc/vmallocinfo",
				  name, (unsigned long long)t->stats.lines);
	return VMT_FORMAT;
}

enum vmt_rc vmt_text_open(struct vmt_text **out, struct vmt_file *file,
			  const struct vmt_text_opts *opts, struct vmt_err *err)
{
	/* Not calloc: most of it is the buffer, and pages of it are touched only when used. */
	struct vmt_text *t = malloc(sizeof(*t));
	enum vmt_rc rc;

	if (!t) {
		vmt_file_close(file);
		return vmt_err_nomem(err);
	}
	memset(t, 0, offsetof(struct vmt_text, memo.slots));
	t->file = file;
	t->opts = *opts;
	vmt_facts_init(&t->facts);
	rc = look_ahead(t, err);
	if (rc == VMT_NONE)
		rc = no_areas(t, err);
	if (rc != VMT_OK) {
		vmt_text_close(t);
		return rc;
	}
	*out = t;
	return VMT_OK;
}

uint64_t vmt_text_page_size(const struct vmt_text *t, enum vmt_page_size_from *from)
{
	if (from)
		*from = t->page_size_from;
	return t->page_size;
}

enum vmt_addr_state vmt_text_addresses(const struct vmt_text *t)
{
	return vmt_addr_decide(t->stats.areas ? &t->stats.votes : &t->ahead);
}

const struct vmt_text_stats *vmt_text_stats(const struct vmt_text *t)
{
	return &t->stats;
}

struct vmt_facts *vmt_text_facts(struct vmt_text *t)
{
	return &t->facts;
}

const char *vmt_text_name(const struct vmt_text *t)
{
	return vmt_file_name(t->file);
}

void vmt_text_close(struct vmt_text *t)
{
	if (!t)
		return;
	vmt_file_close(t->file);
	vmt_facts_deinit(&t->facts);
	free(t->pending_odd);
	free(t);
}
