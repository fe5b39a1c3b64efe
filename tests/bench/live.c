// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the live view costs: own CPU time of a sample, read from memory, so that no kernel's time is
 * in it, while a hundredth of the areas come and go at every moment; fed, looked at and drawn in
 * each view.  And its memory over a day of samples, one a second, in which callers come and go,
 * too.
 *
 *   live TEXT [SAMPLES [SAMPLES_OF_THE_DAY]]
 * prints: NAME VALUE, one a line.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "vmtool/text.h"
#include "vmtool/tui.h"

#define LINE 160

/* A line of area @i at moment @t: some come and go, and some callers do. */
static size_t line(char *p, unsigned i, unsigned t)
{
	unsigned age = (t + i * 37) / 3600, caller = i % 97;
	unsigned long long start = 0xffffc90000000000ULL + (unsigned long long)i * 0x8000;

	/* One in a hundred moves about at every moment; one caller in ten is another every hour. */
	if (i % 100 == 0)
		start += 0x200000000ULL + (unsigned long long)t % 5 * 0x4000000;
	return (size_t)sprintf(p,
			       "0x%016llx-0x%016llx   20480 caller_%u_%u+0x%x/0x%x pages=4 vmalloc "
			       "N0=4\n",
			       start, start + 0x5000, caller, caller % 10 ? 0 : age, caller + 16,
			       caller + 64);
}

static size_t make_text(char *text, unsigned areas, unsigned t)
{
	size_t n = 0;

	for (unsigned i = 0; i < areas; i++)
		n += line(text + n, i, t);
	return n;
}

static int feed(struct vmt_live *live, const char *text, size_t n, unsigned t)
{
	struct vmt_text_opts opts = {0};
	struct vmt_facts facts;
	struct vmt_reading *r;
	struct vmt_area area;
	struct vmt_file *file;
	struct vmt_text *in;
	struct vmt_err err;

	if (vmt_file_open_memory(&file, "bench", text, n, &err) != VMT_OK ||
	    vmt_text_open(&in, file, &opts, &err) != VMT_OK)
		return -1;
	r = vmt_reading_new(vmt_text_page_size(in, NULL));
	while (r && vmt_text_next(in, &area, &err) == VMT_OK) {
		if (vmt_reading_add(r, &area, (struct vmt_str){NULL, 0}) != VMT_OK)
			return -1;
	}
	facts = *vmt_text_facts(in);
	facts.time = 1764100800 + t;
	if (!r || vmt_reading_finish(r, &facts, vmt_text_addresses(in), t * 1000ULL) != VMT_OK)
		return -1;
	vmt_text_close(in);
	return vmt_live_feed(live, r, true) == VMT_OK ? 0 : -1;
}

static double cpu_ms(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static long resident_kib(void)
{
	long size, resident = 0;
	FILE *fp = fopen("/proc/self/statm", "r");

	if (!fp || fscanf(fp, "%ld %ld", &size, &resident) != 2)
		resident = 0;
	if (fp)
		(void)fclose(fp);
	return resident * 4;
}

struct scene {
	struct vmt_live *live;
	struct vmt_tui *ui;
	struct vmt_grid grid;
	char *text;
};

static int scene_open(struct scene *s, unsigned areas)
{
	struct vmt_tui_opts opts = {.utf8 = true, .interval = 1};

	s->live = vmt_live_new();
	s->text = malloc((size_t)areas * LINE);
	if (!s->live || !s->text || vmt_tui_new(&s->ui, &opts) != VMT_OK ||
	    vmt_grid_init(&s->grid, 50, 160) != VMT_OK)
		return -1;
	vmt_tui_resize(s->ui, s->live, 50, 160);
	return 0;
}

static void scene_close(struct scene *s)
{
	vmt_grid_deinit(&s->grid);
	vmt_tui_free(s->ui);
	vmt_live_free(s->live);
	free(s->text);
}

/* All of @from but a hundredth, another one at every moment. */
static size_t churn(char *to, const char *from, unsigned t)
{
	size_t n = 0;
	unsigned i = 0;

	for (const char *p = from, *end; (end = strchr(p, '\n')); p = end + 1) {
		if ((i++ + t) % 100 == 0)
			continue;
		memcpy(to + n, p, (size_t)(end + 1 - p));
		n += (size_t)(end + 1 - p);
	}
	return n;
}

static int cost(const char *path, unsigned samples)
{
	struct scene s = {0};
	struct vmt_press press = {0};
	struct vmt_err err;
	char *text, *now;
	double all, begin;
	size_t n;

	if (vmt_file_slurp(path, (size_t)1 << 26, &text, &n, &err) != VMT_OK ||
	    !(now = malloc(n + 1)) || scene_open(&s, 1) != 0)
		return -1;
	for (unsigned view = 0; view < VMT_VIEW_TABS; view++) {
		press.key = '1' + view;
		(void)vmt_tui_press(s.ui, s.live, &press);
		all = 0;
		for (unsigned t = 0; t < samples; t++) {
			n = churn(now, text, view * samples + t);
			begin = cpu_ms();
			if (feed(s.live, now, n, view * samples + t) != 0 ||
			    vmt_tui_update(s.ui, s.live) != VMT_OK)
				return -1;
			vmt_tui_draw(s.ui, s.live, &s.grid);
			all += cpu_ms() - begin;
		}
		(void)printf("%s_us %.0f\n", vmt_view_name((enum vmt_view)view),
			     all * 1000 / samples);
	}
	scene_close(&s);
	free(text);
	free(now);
	return 0;
}

static int day(unsigned samples)
{
	struct scene s = {0};
	long early = 0, late;

	if (scene_open(&s, 300) != 0)
		return -1;
	for (unsigned t = 0; t < samples; t++) {
		if (feed(s.live, s.text, make_text(s.text, 300, t), t) != 0 ||
		    vmt_tui_update(s.ui, s.live) != VMT_OK)
			return -1;
		vmt_tui_draw(s.ui, s.live, &s.grid);
		/* All that is bounded is full by then. */
		if (t == samples / 10)
			early = resident_kib();
	}
	late = resident_kib();
	(void)printf("day_samples %u\nday_early_kib %ld\nday_late_kib %ld\n", samples, early, late);
	scene_close(&s);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned samples = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 50;
	unsigned of_day = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 86400;

	if (argc < 2) {
		(void)fprintf(stderr, "live TEXT [SAMPLES [SAMPLES_OF_THE_DAY]]\n");
		return 2;
	}
	if (cost(argv[1], samples ? samples : 1) != 0 || (of_day && day(of_day) != 0)) {
		(void)fprintf(stderr, "live: out of memory, or not understood\n");
		return 1;
	}
	return 0;
}
