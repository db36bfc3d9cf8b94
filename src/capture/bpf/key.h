/* SPDX-License-Identifier: Apache-2.0
 *
 * A direction of a TCP connection, and the flags of its segments. Shared with the kernel's programs.
 */
#ifndef CAPTURE_BPF_KEY_H
#define CAPTURE_BPF_KEY_H

#include <stdint.h>

/* The two ends of a direction, from first. IPv4 addresses are mapped (::ffff:a.b.c.d); all in network order. */
struct flow_key {
	uint8_t src[16], dst[16];
	uint8_t sport[2], dport[2];
	uint32_t ifindex; /* what passes two interfaces is followed on each */
};

enum { PACKET_FIN = 1, PACKET_SYN = 2, PACKET_RST = 4, PACKET_ACK = 16 };

#endif
