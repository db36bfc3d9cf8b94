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

/* And with loss, by a seed: packets left out here and there, in stretches, or up to a point; payload bytes that lie. */
void damage_drop(const struct packets *in, struct packets *out, uint32_t seed);
void damage_stretches(const struct packets *in, struct packets *out, uint32_t seed);
void damage_beginning(const struct packets *in, struct packets *out, uint32_t seed);
void damage_bytes(const struct packets *in, struct packets *out, uint32_t seed);

#endif
