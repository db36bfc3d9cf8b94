/* SPDX-License-Identifier: Apache-2.0
 *
 * What the members of a group learned of their topics: more partitions, new topics, deleted ones. Clients that give no
 * reasons rejoin for it without saying so; the Metadata answer before shows it. Internal to src/group.
 */
#ifndef REGROUP_GROUP_GROWTH_H
#define REGROUP_GROUP_GROWTH_H

#include "correlator.h"

/* The client of this connection was told of a topic: `partitions` is 0 when it does not exist (any more). Compared with
 * what the groups of its members have assigned. */
void growth_told(struct groups *gs, const struct kafka_message *m, uint32_t topic, int32_t partitions);

/* The topic's count of partitions was seen: 0 when it does not exist. `listing` is the number of the answer that lists
 * all topics, 0 for any other. */
void growth_counted(struct groups *gs, uint32_t topic, int32_t partitions, uint32_t listing, int64_t at, uint64_t frame);

/* An answer that listed all topics came to this client. */
void growth_listed(struct groups *gs, const struct kafka_message *m);

/* What a member that joins again had learned since its generation began. */
void growth_of_join(const struct group *g, const struct member *m, struct join *j);

#endif
