/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel's programs hand to user space. Shared by both.
 */
#ifndef CAPTURE_BPF_RECORD_H
#define CAPTURE_BPF_RECORD_H

#include <stdint.h>

#include "key.h"

enum record_kind {
	RECORD_TCP, /* of a segment: flags, and `n` bytes of parts */
	RECORD_RAW, /* `n` bytes of a packet, from its network header on */
};

struct record {
	uint64_t ts; /* of the monotonic clock, ns */
	struct flow_key key;
	uint32_t seq, ack; /* seq: of the segment, where it has no parts */
	uint32_t n;        /* bytes behind this */
	uint8_t kind, flags, family, pad;
};

/* A part of a segment. Its bytes follow, and then, at the next multiple of 4, the next part. */
struct part {
	uint32_t seq;
	uint32_t n;
	uint32_t tail; /* bytes behind those that will not come */
};

#define RECORD_PART 32768           /* a part is no longer */
#define RECORD_ROOM (65536 + 128) /* and all of them together no longer than this */

/* Of each processor. */
struct filter_counters {
	uint64_t packets, bytes;           /* that the filter saw */
	uint64_t kept_packets, kept_bytes; /* that went on to user space */
	uint64_t lost;                     /* parts for which the ring had no room */
	uint64_t bulk;                     /* of kept_bytes: bulk that could not be cut, as a packet is cut at its end only */
	uint64_t pad[2];                   /* a cache line for each processor */
};

#endif
