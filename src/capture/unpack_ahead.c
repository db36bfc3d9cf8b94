/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack_ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BUFFERS 4u
#define BYTES (128u << 10)
#define WAIT_NS 100000000L /* after which the stop flag is looked at: a signal handler cannot wake the reader */

struct buffer {
	size_t len;
	uint8_t bytes[BYTES];
};

struct unpack_ahead {
	unpack_ahead_pull *pull;
	void *ctx;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	unsigned first, count; /* buffers that wait to be read */
	size_t at;             /* the reader's place in the first */
	enum source_state over; /* SOURCE_OK while there may be more behind them */
	atomic_bool stopping;
	struct buffer buffer[BUFFERS];
};

bool unpack_ahead_stopping(const struct unpack_ahead *a)
{
	return a && atomic_load_explicit(&a->stopping, memory_order_relaxed);
}

/* NULL to end. */
static struct buffer *wait_for_room(struct unpack_ahead *a)
{
	struct buffer *b;

	pthread_mutex_lock(&a->lock);
	while (a->count == BUFFERS && !unpack_ahead_stopping(a))
		pthread_cond_wait(&a->emptied, &a->lock);
	b = unpack_ahead_stopping(a) ? NULL : &a->buffer[(a->first + a->count) % BUFFERS];
	pthread_mutex_unlock(&a->lock);
	return b;
}

static void *run(void *arg)
{
	enum source_state state = SOURCE_OK;
	struct unpack_ahead *a = arg;
	struct buffer *b;

	while (state == SOURCE_OK && (b = wait_for_room(a))) {
		state = a->pull(a->ctx, b->bytes, sizeof(b->bytes), &b->len);
		pthread_mutex_lock(&a->lock);
		a->count += b->len > 0;
		a->over = state;
		pthread_cond_signal(&a->filled);
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

/* Signals are the main thread's. */
static bool start(struct unpack_ahead *a)
{
	sigset_t all, before;
	bool ok;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ok = pthread_create(&a->thread, NULL, run, a) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ok;
}

static void destroy(struct unpack_ahead *a)
{
	pthread_cond_destroy(&a->filled);
	pthread_cond_destroy(&a->emptied);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

bool unpack_ahead_begin(struct unpack_ahead **out, unpack_ahead_pull *pull, void *ctx)
{
	struct unpack_ahead *a = malloc(sizeof(*a));

	*out = a;
	if (!a)
		return false;
	memset(a, 0, offsetof(struct unpack_ahead, buffer));
	a->pull = pull;
	a->ctx = ctx;
	a->over = SOURCE_OK;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->filled, NULL);
	pthread_cond_init(&a->emptied, NULL);
	if (start(a))
		return true;
	destroy(a);
	*out = NULL;
	return false;
}

void unpack_ahead_free(struct unpack_ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	atomic_store(&a->stopping, true);
	pthread_cond_signal(&a->emptied);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	destroy(a);
}

/* A little while, or until something is there. */
static void wait_for_bytes(struct unpack_ahead *a)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += WAIT_NS;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&a->filled, &a->lock, &until);
}

/* The buffer is the reader's alone until it is given back, so it is copied without the lock. */
static size_t take(struct unpack_ahead *a, uint8_t *to, size_t size)
{
	const struct buffer *b = &a->buffer[a->first];
	size_t n = b->len - a->at < size ? b->len - a->at : size;

	memcpy(to, b->bytes + a->at, n);
	a->at += n;
	if (a->at < b->len)
		return n;
	pthread_mutex_lock(&a->lock);
	a->first = (a->first + 1) % BUFFERS;
	a->count--;
	a->at = 0;
	pthread_cond_signal(&a->emptied);
	pthread_mutex_unlock(&a->lock);
	return n;
}

enum source_state unpack_ahead_read(struct unpack_ahead *a, const atomic_int *stop, uint8_t *to, size_t size,
				    size_t *got)
{
	enum source_state over;
	unsigned count;

	*got = 0;
	pthread_mutex_lock(&a->lock);
	while (!a->count && a->over == SOURCE_OK && !*stop)
		wait_for_bytes(a);
	count = a->count;
	over = a->over;
	pthread_mutex_unlock(&a->lock);
	if (!count)
		return over == SOURCE_OK ? SOURCE_IDLE : over;
	*got = take(a, to, size);
	return SOURCE_OK;
}
