// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * measure [-c FILE] ROUNDS NAME COMMAND [ARG...] [-- NAME COMMAND [ARG...]]...
 *
 * Runs the commands in turn, ROUNDS times after one unmeasured round, and prints for each
 *   NAME STATUS WALL_MIN WALL_MEDIAN CPU_MIN CPU_MEDIAN RSS_MAX READ_MAX
 * in microseconds and KiB.  STATUS is 0 when every run left with 0.  In turn, because a machine
 * that is slow for a while must be so for all of them.
 *
 * With -c, FILE is taken out of the page cache before each run, and READ_MAX is what of it is there
 * after the run that was not there before: what it made the kernel read, read ahead included.
 *
 * The command `= +A -B ...` is not run: in each round it is the sum of the named commands before
 * it, so that its median is one of differences between neighbours, not a difference of medians.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 16

struct command {
	char *name, **argv;
	int status;
	long *wall, *cpu, rss, read;
};

/* The file that is to be cold. */
struct cold {
	int fd; /* -1: none */
	size_t size;
	void *map;
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static int by_value(const void *pa, const void *pb)
{
	long a = *(const long *)pa, b = *(const long *)pb;

	return (a > b) - (a < b);
}

static long micros(struct timeval t)
{
	return t.tv_sec * 1000000 + t.tv_usec;
}

static void cold_open(struct cold *c, const char *path)
{
	struct stat st;

	c->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (c->fd < 0 || fstat(c->fd, &st))
		die(path);
	c->size = (size_t)st.st_size;
	c->map = mmap(NULL, c->size, PROT_READ, MAP_SHARED, c->fd, 0);
	if (c->map == MAP_FAILED)
		die(path);
}

/* KiB of it that are in memory. */
static long cold_count(const struct cold *c)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = (c->size + page - 1) / page, there = 0;
	unsigned char *pages = c->fd < 0 ? NULL : calloc(n, 1);

	if (c->fd < 0)
		return 0;
	if (!pages || mincore(c->map, c->size, pages))
		die("mincore");
	for (size_t i = 0; i < n; i++)
		there += pages[i] & 1;
	free(pages);
	return (long)(there * (page / 1024));
}

static long cold_drop(const struct cold *c)
{
	if (c->fd >= 0 && (fdatasync(c->fd) || posix_fadvise(c->fd, 0, 0, POSIX_FADV_DONTNEED)))
		die("posix_fadvise");
	return cold_count(c);
}

/* Not posix_spawn: ru_maxrss of a child that shares our memory until exec would begin with ours. */
static void run(struct command *c, int round, const struct cold *cold)
{
	struct timespec before, after;
	long there = cold_drop(cold);
	struct rusage u;
	int status;
	pid_t pid;

	if (clock_gettime(CLOCK_MONOTONIC, &before))
		die("clock_gettime");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		execvp(c->argv[0], c->argv);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &u) != pid || clock_gettime(CLOCK_MONOTONIC, &after))
		die("wait4");
	there = cold_count(cold) - there;
	if (status)
		c->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (round < 0)
		return;
	c->wall[round] =
		(after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000;
	c->cpu[round] = micros(u.ru_utime) + micros(u.ru_stime);
	if (u.ru_maxrss > c->rss)
		c->rss = u.ru_maxrss;
	if (there > c->read)
		c->read = there;
}

static void derive(struct command *commands, size_t at, int round)
{
	struct command *c = &commands[at];

	if (round < 0)
		return;
	for (char **term = c->argv + 1; *term; term++) {
		long sign = **term == '-' ? -1 : 1;
		size_t i = 0;

		while (i < at && strcmp(commands[i].name, *term + 1) != 0)
			i++;
		if (i == at) {
			c->status = 127;
			return;
		}
		if (commands[i].status)
			c->status = commands[i].status;
		c->wall[round] += sign * commands[i].wall[round];
		c->cpu[round] += sign * commands[i].cpu[round];
	}
}

static size_t parse(struct command *commands, char **argv, int rounds)
{
	size_t n = 0;

	for (char **p = argv; *p; n++) {
		if (n == COMMANDS_MAX || !p[1])
			return 0;
		commands[n] = (struct command){.name = p[0], .argv = p + 1};
		commands[n].wall = calloc((size_t)rounds, sizeof(long));
		commands[n].cpu = calloc((size_t)rounds, sizeof(long));
		if (!commands[n].wall || !commands[n].cpu)
			die("calloc");
		for (p++; *p && strcmp(*p, "--") != 0; p++)
			;
		if (*p)
			*p++ = NULL;
	}
	return n;
}

int main(int argc, char **argv)
{
	struct command commands[COMMANDS_MAX];
	struct cold cold = {.fd = -1};
	int at = argc > 2 && strcmp(argv[1], "-c") == 0 ? 3 : 1, out, null;
	int rounds = argc > at + 2 ? atoi(argv[at]) : 0;
	size_t n = rounds > 0 ? parse(commands, argv + at + 1, rounds) : 0;
	FILE *report;

	if (!n) {
		(void)fputs("usage: measure [-c FILE] ROUNDS NAME COMMAND [ARG...] [-- ...]\n",
			    stderr);
		return 2;
	}
	if (at == 3)
		cold_open(&cold, argv[2]);
	/* The commands get /dev/null; the report goes where our output went. */
	out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	null = open("/dev/null", O_RDWR);
	report = out < 0 ? NULL : fdopen(out, "w");
	if (!report || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		die("/dev/null");
	(void)close(null);
	for (int round = -1; round < rounds; round++) {
		for (size_t i = 0; i < n; i++) {
			if (strcmp(commands[i].argv[0], "=") == 0)
				derive(commands, i, round);
			else
				run(&commands[i], round, &cold);
		}
	}
	for (size_t i = 0; i < n; i++) {
		struct command *c = &commands[i];

		qsort(c->wall, (size_t)rounds, sizeof(long), by_value);
		qsort(c->cpu, (size_t)rounds, sizeof(long), by_value);
		(void)fprintf(report, "%s %d %ld %ld %ld %ld %ld %ld\n", c->name, c->status,
			      c->wall[0], c->wall[rounds / 2], c->cpu[0], c->cpu[rounds / 2],
			      c->rss, c->read);
	}
	return fclose(report) == 0 ? 0 : 2;
}
