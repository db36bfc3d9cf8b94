/* SPDX-License-Identifier: Apache-2.0
 *
 * The short way of a request that was sent before. The heartbeats of a consumer are all the same but for the correlation
 * id, its commits but for the offsets: one that the sink knows again need not be read, looked up or compared. The sink
 * hears of what happened by `again` and `answered` instead of `message`; whatever is in any way unusual goes the long way.
 */
#ifndef REGROUP_KAFKA_AGAIN_H
#define REGROUP_KAFKA_AGAIN_H

#include <stdbool.h>
#include <stdint.h>

struct conn;
struct kafka;
struct net_piece;

/* Takes a piece that goes the short way; false: nothing was done. Only with a speaker and a sink that has `again`. */
bool again_piece(struct kafka *k, struct conn *c, unsigned d, const struct net_piece *p);

/* What a packet with so much payload looks like, on a connection that has a speaker. */
enum kafka_coming again_coming(const struct conn *c, uint32_t len);

#endif
