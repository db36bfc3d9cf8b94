/* SPDX-License-Identifier: Apache-2.0
 *
 * A file written through a buffer.
 */
#ifndef CAPTURE_OUT_H
#define CAPTURE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define OUT_BUFFER (256u << 10)

struct out {
	uint8_t *buf;
	size_t used;
	uint64_t size; /* of the file, with what is still in the buffer */
	int fd;        /* -1 when closed */
	int error;     /* errno of the first failure; then everything fails */
};

/* False when out of memory. */
bool out_init(struct out *o);
void out_destroy(struct out *o);

/* Opens `name` anew ("-": standard output); `own` makes it belong to uid and gid. The rest: 0, or -1 with errno. */
int out_open(struct out *o, const char *name, bool own, uid_t uid, gid_t gid);
int out_put(struct out *o, const void *bytes, size_t n);
int out_flush(struct out *o);
int out_close(struct out *o);

#endif
