/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unpack.h"

bool source_open(struct source *s, int fd, struct source_budget *budget, const atomic_int *stop,
		 int wait_ms)
{
	struct stat st;

	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->budget = budget;
	s->stop = stop;
	s->wait_ms = wait_ms;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		s->regular = true;
		s->raw_size = (uint64_t)st.st_size;
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	s->size = SOURCE_FIRST;
	s->buf = malloc(s->size);
	if (!s->buf)
		source_close(s);
	return s->buf != NULL;
}

void source_close(struct source *s)
{
	unpack_free(s->unpack);
	s->unpack = NULL;
	free(s->buf);
	s->buf = NULL;
	s->base += s->pos;
	s->size = s->pos = s->end = 0;
	if (s->borrowed)
		s->budget->left += s->borrowed;
	s->borrowed = 0;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

bool source_unpack(struct source *s)
{
	const struct unpack_kind *kind = unpack_kind(source_at(s), source_left(s));

	if (!kind)
		return true;
	s->unpack = unpack_new(kind, s, s->error, sizeof(s->error));
	if (!s->unpack)
		return false;
	s->pos = s->end = 0;
	return true;
}

/* False when nothing arrived within the wait. Errors are left to the read that follows. */
static bool wait_readable(const struct source *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };

	return poll(&p, 1, s->wait_ms) > 0;
}

enum source_state source_raw(struct source *s, uint8_t *to, size_t size, size_t *got)
{
	ssize_t n;

	*got = 0;
	for (;;) {
		if (*s->stop || (!s->regular && !wait_readable(s)))
			return SOURCE_IDLE;
		n = read(s->fd, to, size);
		if (n >= 0)
			break;
		if (errno == EAGAIN)
			return SOURCE_IDLE;
		if (errno != EINTR) {
			snprintf(s->error, sizeof(s->error), "%s", strerror(errno));
			return SOURCE_FAILED;
		}
	}
	s->raw_read += (uint64_t)n;
	*got = (size_t)n;
	return n ? SOURCE_OK : SOURCE_END;
}

static void compact(struct source *s)
{
	if (!s->pos)
		return;
	if (s->end > s->pos)
		memmove(s->buf, s->buf + s->pos, s->end - s->pos);
	s->base += s->pos;
	s->end -= s->pos;
	s->pos = 0;
}

/* From the second fill on a file is being read in earnest: the large window, when the budget has one left. */
static size_t wanted_size(struct source *s, size_t need)
{
	size_t size = s->size;

	if (s->filled && size < SOURCE_WINDOW && s->budget->left >= SOURCE_WINDOW - size) {
		s->borrowed += SOURCE_WINDOW - size;
		s->budget->left -= SOURCE_WINDOW - size;
		size = SOURCE_WINDOW;
	}
	if (s->end == size && need > size)
		size *= 2;
	return size;
}

static bool make_room(struct source *s, size_t need)
{
	size_t size = wanted_size(s, need);
	uint8_t *buf;

	if (size == s->size)
		return true;
	buf = realloc(s->buf, size);
	if (!buf)
		return false;
	s->buf = buf;
	s->size = size;
	return true;
}

static void drop_skipped(struct source *s)
{
	size_t n = source_left(s) < s->skip ? source_left(s) : (size_t)s->skip;

	s->pos += n;
	s->skip -= n;
}

enum source_state source_fill(struct source *s, size_t need)
{
	enum source_state state;
	size_t got;

	do {
		compact(s);
		if (!make_room(s, need) || s->end == s->size) {
			snprintf(s->error, sizeof(s->error), "out of memory");
			return SOURCE_FAILED;
		}
		state = s->unpack ? unpack_read(s->unpack, s->buf + s->end, s->size - s->end, &got)
				  : source_raw(s, s->buf + s->end, s->size - s->end, &got);
		s->end += got;
		s->filled = true;
		drop_skipped(s);
	} while (state == SOURCE_OK && s->pos == s->end);
	return state;
}

enum source_state source_want(struct source *s, size_t need)
{
	enum source_state state = SOURCE_OK;

	while (source_left(s) < need && (state == SOURCE_OK || state == SOURCE_IDLE)) {
		if (*s->stop)
			return SOURCE_IDLE;
		state = source_fill(s, need);
	}
	return state == SOURCE_FAILED ? state : SOURCE_OK;
}

void source_skip(struct source *s, uint64_t n)
{
	s->skip += n;
	drop_skipped(s);
}
