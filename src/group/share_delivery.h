/* SPDX-License-Identifier: Apache-2.0
 *
 * What the members of a share group were delivered, and how they acknowledged it (KIP-932). Internal to src/group.
 */
#ifndef REGROUP_GROUP_SHARE_DELIVERY_H
#define REGROUP_GROUP_SHARE_DELIVERY_H

#include "correlator.h"

/* Acknowledgement types of the protocol: 0 gap (no record there), 1 accept, 2 release, 3 reject, 4 renew (KIP-1222). */
#define ACK_KINDS 5

struct delivered {
	uint64_t acquired, again; /* records; again: for the second time or more */
	uint64_t acked[ACK_KINDS];
	uint64_t refused;         /* partitions whose acknowledgements were refused */
};

/* Tells what the member was delivered; once, when it goes or the capture ends. */
void delivery_report(struct group *g, struct member *m, int64_t ts);
void deliveries_finish(struct group *g, int64_t ts);

struct request *share_fetch_request(struct groups *gs, const struct kafka_message *m);
void share_fetch_response(struct groups *gs, const struct kafka_message *m, struct request *r);
struct request *share_acknowledge_request(struct groups *gs, const struct kafka_message *m);
void share_acknowledge_response(struct groups *gs, const struct kafka_message *m, struct request *r);

#endif
