// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The only program of ours in a guest beside vmtool:
 *
 *	guest hold SECONDS	areas that stay: stacks of processes, BPF maps
 *	guest churn SECONDS	areas that come and go: stacks, BPF maps and programs of all sizes
 *	guest leak SECONDS	an area more every 100 ms: BPF maps of 16 pages
 *	guest last PORT		when nothing moves any more, /proc/vmallocinfo to PORT;
 *				says so, then does nothing until the host has stopped it
 *	guest first COMMAND...	the command, before all others
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* union bpf_attr, as far as it is used; include/uapi/linux/bpf.h */
struct map_attr {
	uint32_t type, key, value, max, flags, pad[20];
};
struct prog_attr {
	uint32_t type, insns_n;
	uint64_t insns, license;
	uint32_t pad[28];
};

/* Up to eight pages are kmalloc'ed (bpf_map_area_alloc): the kernel's pages count. */
static int make_map(uint32_t pages)
{
	uint32_t bytes = pages * (uint32_t)sysconf(_SC_PAGESIZE);
	struct map_attr a = {.type = 2, .key = 4, .value = bytes, .max = 1};

	return (int)syscall(SYS_bpf, 0, &a, sizeof(a));
}

/* r0 = 0; exit */
static int make_prog(void)
{
	static const uint64_t insns[2] = {0xb7, 0x95};
	struct prog_attr a = {.type = 1,
			      .insns_n = 2,
			      .insns = (uint64_t)(uintptr_t)insns,
			      .license = (uint64_t)(uintptr_t) "GPL"};

	return (int)syscall(SYS_bpf, 5, &a, sizeof(a));
}

static void close_if(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

static void churn_maps(void)
{
	int fds[16];

	for (unsigned i = 0;; i++) {
		for (unsigned k = 0; k < 16; k++)
			fds[k] = k % 4 ? make_map(2 + (i + k) % 29) : make_prog();
		for (unsigned k = 0; k < 16; k++)
			close_if(fds[(k * 7) % 16]);
	}
}

static void churn_stacks(void)
{
	for (;;) {
		for (int i = 0; i < 8; i++) {
			if (fork() == 0)
				_exit(0);
		}
		while (wait(NULL) > 0)
			;
	}
}

static void child(void (*work)(void))
{
	if (fork() != 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (work)
		work();
	for (;;)
		(void)pause();
}

static void hold(void)
{
	for (int i = 0; i < 300; i++)
		child(NULL);
	for (uint32_t i = 0; i < 40; i++)
		(void)make_map(16 + i);
	for (int i = 0; i < 20; i++)
		(void)make_prog();
}

static void leak(void)
{
	const struct timespec tenth = {.tv_nsec = 100000000};

	for (;;) {
		(void)make_map(16);
		(void)nanosleep(&tenth, NULL);
	}
}

/* ---- the last text ---- */

#define TEXT_MAX (16u << 20)

static char text[2][TEXT_MAX];

static size_t read_text(char *to)
{
	int fd = open("/proc/vmallocinfo", O_RDONLY);
	size_t n = 0;
	ssize_t got;

	while (fd >= 0 && (got = read(fd, to + n, TEXT_MAX - n)) > 0)
		n += (size_t)got;
	close_if(fd);
	return n;
}

static void send(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t sent = write(fd, p, n);

		if (sent <= 0)
			return;
		p += sent;
		n -= (size_t)sent;
	}
}

/* Sent again until it is still the same when it has been sent; the last one counts. */
static void last(const char *port)
{
	int fd = open(port, O_WRONLY);
	size_t n;

	/* Touched before, so that no page of theirs is new. */
	memset(text, 1, sizeof(text));
	for (int tries = 0; tries < 20; tries++) {
		n = read_text(text[0]);
		if (read_text(text[1]) != n || memcmp(text[0], text[1], n) != 0) {
			(void)usleep(300000);
			continue;
		}
		send(fd, "@@TEXT\n", 7);
		send(fd, text[0], n);
		send(fd, "@@END\n", 6);
		if (read_text(text[1]) == n && memcmp(text[0], text[1], n) == 0)
			break;
	}
	(void)printf("@@READY\n");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}

int main(int argc, char **argv)
{
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	const char *what = argc == 3 ? argv[1] : "";

	if (argc > 2 && strcmp(argv[1], "first") == 0) {
		(void)setpriority(PRIO_PROCESS, 0, -15);
		(void)execvp(argv[2], argv + 2);
		return 127;
	}
	(void)setrlimit(RLIMIT_MEMLOCK, &all);
	if (strcmp(what, "last") == 0) {
		last(argv[2]);
	} else if (strcmp(what, "hold") == 0) {
		hold();
	} else if (strcmp(what, "leak") == 0) {
		child(leak);
	} else if (strcmp(what, "churn") == 0) {
		child(churn_maps);
		child(churn_stacks);
	} else {
		return 2;
	}
	(void)sleep((unsigned)strtoul(argv[2], NULL, 10));
	return 0;
}
