/* SPDX-License-Identifier: Apache-2.0
 *
 * One stream of Kafka messages for two listeners.
 */
#ifndef CLI_TEE_H
#define CLI_TEE_H

#include <regroup/kafka.h>

struct tee {
	struct kafka_sink first;  /* owns what a connection and a request keep for the consumer, and the hints */
	struct kafka_sink second; /* leaves kafka_conn.user, .speaker and kafka_message.note alone */
};

/* `t` is borrowed. Each message and event goes to `first`, then to `second`. */
struct kafka_sink tee_sink(struct tee *t);

#endif
