/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel's programs hand to user space. Shared by both.
 */
#ifndef CAPTURE_BPF_RECORD_H
#define CAPTURE_BPF_RECORD_H

#include <stdint.h>

#include "key.h"

#define RECORD_DATA 65536

enum record_kind {
	RECORD_TCP, /* a part of a segment: data, and how many bytes behind it are not told */
	RECORD_RAW, /* a packet from its network header on */
};

struct record {
	uint64_t ts; /* of the monotonic clock, ns */
	struct flow_key key;
	uint32_t seq, ack;
	uint32_t tail; /* bytes behind `data` that will not come */
	uint32_t n;    /* bytes at data */
	uint8_t kind, flags, family, pad;
};

/* Of each processor. */
struct filter_counters {
	uint64_t packets, bytes;           /* that the filter saw */
	uint64_t kept_packets, kept_bytes; /* that went on to user space */
	uint64_t lost;                     /* parts for which the ring had no room */
	uint64_t pad[3];                   /* a cache line for each processor */
};

#endif
