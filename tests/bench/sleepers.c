// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sleepers N COMMAND [ARG...]: runs the command beside N threads that sleep.  Each has a kernel
 * stack in vmalloc space, so that /proc/vmallocinfo is as long as on a busy machine.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *sleep_on(void *arg)
{
	for (;;)
		(void)pause();
	return arg;
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[1]) : 0, status;
	pthread_attr_t attr;
	pthread_t thread;
	pid_t pid;

	if (n <= 0 || pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, 65536)) {
		(void)fputs("usage: sleepers N COMMAND [ARG...]\n", stderr);
		return 2;
	}
	/* Before the threads: the command shall not be a copy of all this. */
	pid = fork();
	if (pid == 0) {
		/* They need a moment. */
		(void)sleep(1);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	for (int i = 0; i < n; i++) {
		if (pthread_create(&thread, &attr, sleep_on, NULL)) {
			(void)fprintf(stderr, "sleepers: %d threads, no more\n", i);
			break;
		}
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
