/* SPDX-License-Identifier: Apache-2.0 */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool out_init(struct out *o)
{
	*o = (struct out){ .fd = -1 };
	o->buf = malloc(OUT_BUFFER);
	return o->buf != NULL;
}

void out_destroy(struct out *o)
{
	if (o->fd >= 0)
		close(o->fd);
	free(o->buf);
	*o = (struct out){ .fd = -1 };
}

static int failed(struct out *o, int error)
{
	o->error = error;
	errno = error;
	return -1;
}

int out_open(struct out *o, const char *name, bool own, uid_t uid, gid_t gid)
{
	bool standard = strcmp(name, "-") == 0;

	o->used = 0;
	o->size = 0;
	o->fd = standard ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
			 : open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	if (o->fd < 0 || (own && !standard && fchown(o->fd, uid, gid) != 0))
		return failed(o, errno);
	return 0;
}

static int write_all(struct out *o, const uint8_t *p, size_t n)
{
	struct pollfd ready = { .fd = o->fd, .events = POLLOUT };
	ssize_t r;

	while (n) {
		r = write(o->fd, p, n);
		if (r >= 0) {
			p += r;
			n -= (size_t)r;
		} else if (errno == EAGAIN) {
			(void)poll(&ready, 1, -1);
		} else if (errno != EINTR) {
			return failed(o, errno);
		}
	}
	return 0;
}

int out_flush(struct out *o)
{
	size_t n = o->used;

	if (o->error)
		return failed(o, o->error);
	o->used = 0;
	return write_all(o, o->buf, n);
}

int out_put(struct out *o, const void *bytes, size_t n)
{
	if (o->error)
		return failed(o, o->error);
	o->size += n;
	if (n > OUT_BUFFER - o->used && out_flush(o) != 0)
		return -1;
	if (n > OUT_BUFFER)
		return write_all(o, bytes, n);
	memcpy(o->buf + o->used, bytes, n);
	o->used += n;
	return 0;
}

int out_close(struct out *o)
{
	int r = out_flush(o);

	if (o->fd >= 0 && close(o->fd) != 0 && r == 0)
		r = failed(o, errno);
	o->fd = -1;
	return r;
}
