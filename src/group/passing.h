/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages that belong to no group by themselves, read for what they tell of groups. Internal to src/group.
 */
#ifndef REGROUP_GROUP_PASSING_H
#define REGROUP_GROUP_PASSING_H

#include "correlator.h"

void fetch_request(struct groups *gs, const struct kafka_message *m);
void fetch_response(struct groups *gs, const struct kafka_message *m);

void metadata_request(struct groups *gs, const struct kafka_message *m);
void metadata_response(struct groups *gs, const struct kafka_message *m);

void describe_groups_response(struct groups *gs, const struct kafka_message *m);
void list_groups_response(struct groups *gs, const struct kafka_message *m);
void consumer_group_describe_response(struct groups *gs, const struct kafka_message *m);
void share_group_describe_response(struct groups *gs, const struct kafka_message *m);
void streams_group_describe_response(struct groups *gs, const struct kafka_message *m);
void delete_groups_response(struct groups *gs, const struct kafka_message *m);

void create_topics_request(struct groups *gs, const struct kafka_message *m);
void create_topics_response(struct groups *gs, const struct kafka_message *m);
void create_partitions_request(struct groups *gs, const struct kafka_message *m);
void create_partitions_response(struct groups *gs, const struct kafka_message *m);
void delete_topics_response(struct groups *gs, const struct kafka_message *m);

#endif
