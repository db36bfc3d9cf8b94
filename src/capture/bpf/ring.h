/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of the kernel's ring buffer as packets.
 */
#ifndef CAPTURE_BPF_RING_H
#define CAPTURE_BPF_RING_H

#include <stddef.h>

#include "regroup/capture.h"

struct ring;

/* `map` is the ring buffer's. NULL with errno. */
struct ring *ring_new(int map);
void ring_free(struct ring *r); /* NULL is fine */

/* As smart_read. */
enum cap_status ring_read(struct ring *r, struct cap_packet *out, size_t max, size_t *n, int wait_ms, int wake_fd);

#endif
