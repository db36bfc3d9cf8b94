/* SPDX-License-Identifier: Apache-2.0 */
#include "wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What was sent at the end is captured, acknowledgements and FINs too. */
#define LINGER INT64_C(1000000000)

/* A command that is to end and does not: so long. */
#define PATIENCE INT64_C(10000000000)

static int64_t monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* In the child: an error is told to the parent through the pipe, which a successful exec closes. */
__attribute__((noreturn)) static void become(char **argv, int tell)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	int error = errno;
	if (write(tell, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

static bool complain(const struct wrap *w, int error)
{
	fprintf(stderr, "regroup: cannot run %s: %s\n", w->argv[0], strerror(error));
	return false;
}

bool wrap_start(struct wrap *w)
{
	int tell[2], error = 0;
	ssize_t n;

	if (pipe2(tell, O_CLOEXEC) != 0)
		return complain(w, errno);
	w->pid = fork();
	if (w->pid == 0)
		become(w->argv, tell[1]);
	close(tell[1]);
	if (w->pid < 0) {
		w->pid = 0;
		close(tell[0]);
		return complain(w, errno);
	}
	do
		n = read(tell[0], &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	close(tell[0]);
	if (n <= 0)
		return true;
	waitpid(w->pid, NULL, 0);
	w->pid = 0;
	return complain(w, error);
}

bool wrap_goes_on(struct wrap *w)
{
	if (w->pid && waitpid(w->pid, &w->status, WNOHANG) == w->pid) {
		w->pid = 0;
		w->ended = true;
		w->since = monotonic();
	}
	return w->pid || monotonic() - w->since < LINGER;
}

/* Interrupted: the command is asked to end, and made to. */
static bool end_command(struct wrap *w)
{
	const struct timespec nap = { .tv_nsec = 20000000 };
	int64_t until = monotonic() + PATIENCE;
	pid_t ended = 0;

	kill(w->pid, SIGTERM);
	while (ended == 0 && monotonic() < until) {
		ended = waitpid(w->pid, &w->status, WNOHANG);
		if (ended == 0)
			nanosleep(&nap, NULL);
	}
	if (ended == 0) {
		kill(w->pid, SIGKILL);
		ended = waitpid(w->pid, &w->status, 0);
	}
	return ended == w->pid;
}

bool wrap_finish(struct wrap *w)
{
	if (w->pid) {
		w->ended = end_command(w);
		w->pid = 0;
	}
	if (w->ended && WIFEXITED(w->status) && WEXITSTATUS(w->status) == 0)
		return true;
	if (w->ended && WIFEXITED(w->status))
		fprintf(stderr, "regroup: %s ended with exit code %d\n", w->argv[0], WEXITSTATUS(w->status));
	else if (w->ended && WIFSIGNALED(w->status))
		fprintf(stderr, "regroup: %s was ended by signal %d\n", w->argv[0], WTERMSIG(w->status));
	return false;
}
