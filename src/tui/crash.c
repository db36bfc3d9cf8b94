/* SPDX-License-Identifier: Apache-2.0 */
#include "crash.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* A signal handler is handed nothing but a number: what it needs has to lie where it finds it. */
static struct {
	volatile sig_atomic_t armed;
	int fd;
	struct termios modes;
	char text[128];
	size_t len;
	struct sigaction before[NSIG];
} crash;

static volatile sig_atomic_t end_wanted;

static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGQUIT, SIGSYS };
static const int ends[] = { SIGINT, SIGTERM, SIGHUP };

#define N(list) (sizeof(list) / sizeof((list)[0]))

/* Only calls that a signal handler may make. The signal goes on to whoever had it before. */
static void on_crash(int sig)
{
	if (crash.armed) {
		crash.armed = 0;
		(void)!write(crash.fd, crash.text, crash.len);
		tcsetattr(crash.fd, TCSANOW, &crash.modes);
	}
	sigaction(sig, &crash.before[sig], NULL);
	raise(sig);
}

static void on_end(int sig)
{
	(void)sig;
	end_wanted = 1;
}

static void add(const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (crash.len + n > sizeof(crash.text))
		return;
	memcpy(crash.text + crash.len, text ? text : "", n);
	crash.len += n;
}

void crash_arm(int fd, const struct termios *modes, const char *leave)
{
	struct sigaction on = { .sa_handler = on_crash, .sa_flags = (int)(SA_NODEFER | SA_ONSTACK) };
	struct sigaction end = { .sa_handler = on_end };

	crash.fd = fd;
	crash.modes = *modes;
	crash.len = 0;
	add("\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?25h\033[0m"); /* mouse off, cursor on, no colours */
	add(leave);
	add("\r");
	sigemptyset(&on.sa_mask);
	sigemptyset(&end.sa_mask);
	for (size_t i = 0; i < N(crashes); i++)
		sigaction(crashes[i], &on, &crash.before[crashes[i]]);
	for (size_t i = 0; i < N(ends); i++)
		sigaction(ends[i], &end, &crash.before[ends[i]]);
	crash.armed = 1;
	end_wanted = 0;
}

void crash_disarm(void)
{
	if (!crash.armed)
		return;
	crash.armed = 0;
	for (size_t i = 0; i < N(crashes); i++)
		sigaction(crashes[i], &crash.before[crashes[i]], NULL);
	for (size_t i = 0; i < N(ends); i++)
		sigaction(ends[i], &crash.before[ends[i]], NULL);
}

bool crash_end_wanted(void)
{
	return end_wanted;
}
