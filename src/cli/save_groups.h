/* SPDX-License-Identifier: Apache-2.0
 *
 * --save groups: which of the packets belong to connections that speak of consumer groups. That shows only some packets
 * after a connection began, so that packets wait a little before it is decided; bulk goes by without being copied.
 */
#ifndef CLI_SAVE_GROUPS_H
#define CLI_SAVE_GROUPS_H

#include <stdbool.h>

#include <regroup/capture.h>
#include <regroup/kafka.h>
#include <regroup/net.h>

struct save_groups;

/* 0, or -1 with errno. */
typedef int save_groups_write(void *ctx, const struct cap_packet *p);

/* `write` gets the packets, in their order. NULL when memory is out. */
struct save_groups *save_groups_new(save_groups_write *write, void *ctx);
void save_groups_free(struct save_groups *g);

/* Listens to what goes to `inner`. */
struct kafka_sink save_groups_sink(struct save_groups *g, struct kafka_sink inner);

/* Takes a packet that was handed to net; what `write` says. */
int save_groups_add(struct save_groups *g, const struct cap_packet *p, const struct net_seen *seen);

/* Decides on all that still wait. */
int save_groups_flush(struct save_groups *g);

#endif
