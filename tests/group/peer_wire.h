/* SPDX-License-Identifier: Apache-2.0
 *
 * What the scripted group is written with: Kafka's encodings, and one message to the correlator.
 */
#ifndef REGROUP_TESTS_PEER_WIRE_H
#define REGROUP_TESTS_PEER_WIRE_H

#include "peer.h"

struct out {
	uint8_t byte[4096];
	uint32_t len;
};

void put(struct out *o, const void *p, size_t n);
void put_int(struct out *o, int64_t v, int bytes);
void put_uvarint(struct out *o, uint32_t v);
void put_bytes(struct out *o, const void *p, size_t n); /* compact */
void put_text(struct out *o, const char *s);            /* compact; NULL is null */
void put_classic(struct out *o, const char *s);         /* int16 length */
void put_end(struct out *o);                            /* no tagged fields */

void say(struct client *c, int64_t ms, int16_t key, int16_t version, enum kf_direction d, const struct out *o);

#endif
