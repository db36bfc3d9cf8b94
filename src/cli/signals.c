/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include <regroup/capture.h>

/* A signal handler is handed nothing but a number: these are the program's only variables of file scope. */
static _Atomic(struct capture *) running;
static volatile sig_atomic_t counters_wanted, stopped;

static void on_stop(int signal)
{
	struct capture *c = atomic_load(&running);

	(void)signal;
	stopped = 1;
	if (c)
		cap_stop(c);
}

static void on_usr1(int signal)
{
	(void)signal;
	counters_wanted = 1;
}

void signals_begin(struct capture *c)
{
	struct sigaction stop = { .sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND };
	struct sigaction usr1 = { .sa_handler = on_usr1, .sa_flags = SA_RESTART };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	atomic_store(&running, c);
	sigemptyset(&stop.sa_mask);
	sigemptyset(&usr1.sa_mask);
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGUSR1, &usr1, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

void signals_end(void)
{
	atomic_store(&running, NULL);
}

struct capture *signals_instead(struct capture *c)
{
	return atomic_exchange(&running, c);
}

void signals_back(struct capture *former)
{
	atomic_store(&running, former);
	if (stopped && former)
		cap_stop(former);
}

bool signals_counters_wanted(void)
{
	bool wanted = counters_wanted;

	if (wanted)
		counters_wanted = 0;
	return wanted;
}
