/* SPDX-License-Identifier: Apache-2.0
 *
 * The smart snaplen on a packet socket: the kernel cuts the bodies of Produce requests and Fetch answers off before they
 * are copied. Everything ends with the process: nothing is pinned, nothing is attached to anything but the socket.
 */
#ifndef CAPTURE_BPF_SMART_H
#define CAPTURE_BPF_SMART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "regroup/capture.h"

#include "record.h"

#define SMART_RING_LINK 101 /* raw IP: what ring mode gives */

struct smart;

/* Whether the program can read packets of this link type. */
static inline bool smart_link(uint16_t link)
{
	return link == 1 || link == 12 || link == 101 || link == 113 || link == 228 || link == 229 || link == 276;
}

struct smart_options {
	int fd;           /* the packet socket, with the classic filter that is to hold on; -1: load only */
	uint16_t link;    /* its link type */
	bool ring;        /* parts go to a ring buffer, nothing to the socket */
	bool tested;      /* packets without a direction are taken, too: for tests that run the program by hand */
	uint32_t snaplen;
	int buffer_kib;   /* of the ring; 0 for the default */
};

/* Loads and attaches. NULL with `why` set (half a line, for a person). */
struct smart *smart_new(const struct smart_options *options, char *why, size_t why_size);
void smart_free(struct smart *s); /* NULL is fine */

/* A filter can only cut a packet at its end: where frames are shorter than the packets of segmentation offload the bulk
 * between two heads is copied. When that becomes much, the ring's program takes the filter's place for good. True when it
 * just has: what the socket still holds is older than what smart_read gives from now on. Takes no right. */
bool smart_relieve(struct smart *s);

/* All processors together. */
void smart_counters(const struct smart *s, struct filter_counters *out);

/* Ring mode, or relieved: as live_read, with link type SMART_RING_LINK. What was cut comes as a packet of its own that has its length,
 * and none of its bytes. Something to read from `wake_fd` (-1: none) ends the wait, too. */
enum cap_status smart_read(struct smart *s, struct cap_packet *out, size_t max, size_t *n, int wait_ms,
			   int wake_fd);

/* The program, for tests. */
int smart_program(const struct smart *s);

/* "libbpf v1.1"; NULL when it was left out of the build. */
const char *smart_version(void);

#endif
