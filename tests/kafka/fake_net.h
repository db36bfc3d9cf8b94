/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections without packets: the accessors of net.h over a plain struct.
 */
#ifndef TESTS_KAFKA_FAKE_NET_H
#define TESTS_KAFKA_FAKE_NET_H

#include <regroup/net.h>

struct net_conn {
	uint64_t id;
	struct net_endpoint end[2];
	void *user;
	int64_t since;
	uint64_t bytes[2], packets;
	bool from_start;
};

/* 10.0.0.1:40000 to 10.0.0.2:9092 */
void fake_conn(struct net_conn *c, uint64_t id, bool from_start);

#endif
