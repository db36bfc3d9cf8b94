/* SPDX-License-Identifier: Apache-2.0
 *
 * measure COMMAND...: runs it with its output thrown away; prints wall and processor seconds and the peak of its resident
 * memory as one JSON line. A program of its own because the kernel counts a parent's pages in a child's peak.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct timespec a, b;
	struct rusage u;
	int status;
	pid_t child;

	clock_gettime(CLOCK_MONOTONIC, &a);
	child = argc > 1 ? fork() : -1;
	if (child == 0) {
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &u) < 0) {
		fprintf(stderr, "usage: measure COMMAND...\n");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("{\"wall\":%.6f,\"cpu\":%.6f,\"rss\":%ld,\"code\":%d}\n",
	       (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9,
	       seconds(&u.ru_utime) + seconds(&u.ru_stime), u.ru_maxrss * 1024,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
