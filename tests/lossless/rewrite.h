/* SPDX-License-Identifier: Apache-2.0
 *
 * Rewrites a capture without losing anything: other link layers and network layers, fragments, reordering,
 * duplicates, other segments. What comes out must tell the same story.
 */
#ifndef REGROUP_TESTS_REWRITE_H
#define REGROUP_TESTS_REWRITE_H

#include <regroup/capture.h>

#include <stddef.h>
#include <stdint.h>

/* Packets with bytes of their own. */
struct packets {
	struct cap_packet *packet;
	size_t n, cap;
};

/* Reads Ethernet captures whole; fails the test when it cannot. */
void packets_read(struct packets *p, const char *file);
void packets_free(struct packets *p);

/* Adds `head` and `body` as one packet with the times of `like`. */
void packets_add(struct packets *p, const struct cap_packet *like, uint16_t link, const uint8_t *head, size_t n_head,
                 const uint8_t *body, size_t n_body);

/* TCP payload bytes at the end of the packet, 0 for none; and the higher of its ports. */
size_t packet_payload(const struct cap_packet *k);
uint16_t packet_client_port(const struct cap_packet *k);

/* Each makes `out` (empty) from `in`: Ethernet II with IPv4 and TCP; other packets are passed on where they fit. */
typedef void (*rewrite_fn)(const struct packets *in, struct packets *out);

void rewrite_vlan(const struct packets *in, struct packets *out);
void rewrite_qinq(const struct packets *in, struct packets *out);
void rewrite_cooked(const struct packets *in, struct packets *out);
void rewrite_cooked2(const struct packets *in, struct packets *out);
void rewrite_raw(const struct packets *in, struct packets *out);
void rewrite_null(const struct packets *in, struct packets *out);
void rewrite_ipv6(const struct packets *in, struct packets *out);
void rewrite_gre(const struct packets *in, struct packets *out);
void rewrite_vxlan(const struct packets *in, struct packets *out);
void rewrite_fragments(const struct packets *in, struct packets *out);
void rewrite_reordered(const struct packets *in, struct packets *out);
void rewrite_duplicated(const struct packets *in, struct packets *out);
void rewrite_bytewise(const struct packets *in, struct packets *out); /* one connection, a byte a segment */
void rewrite_halved(const struct packets *in, struct packets *out);   /* every segment in two */

/* The same conversation seen twice: by two taps, before and behind something that translates addresses, ports and
 * sequence numbers, by a proxy that makes connections of its own, and in two files that overlap. */
void rewrite_two_taps(const struct packets *in, struct packets *out);
void rewrite_two_sides(const struct packets *in, struct packets *out);
void rewrite_proxied(const struct packets *in, struct packets *out);
void rewrite_overlapping(const struct packets *in, struct packets *out);

/* And with loss, by a seed: packets left out here and there, in stretches, or up to a point; payload bytes that lie. */
void damage_drop(const struct packets *in, struct packets *out, uint32_t seed);
void damage_stretches(const struct packets *in, struct packets *out, uint32_t seed);
void damage_beginning(const struct packets *in, struct packets *out, uint32_t seed);
void damage_connections(const struct packets *in, struct packets *out, uint32_t seed);    /* some were not captured */
void damage_half_heard(const struct packets *in, struct packets *out, uint32_t seed);     /* some in one direction */
void damage_requests_only(const struct packets *in, struct packets *out, uint32_t seed);  /* seed 1: all of them */
void damage_responses_only(const struct packets *in, struct packets *out, uint32_t seed);
void damage_snaplen(const struct packets *in, struct packets *out, uint32_t seed);
void damage_bytes(const struct packets *in, struct packets *out, uint32_t seed);

#endif
