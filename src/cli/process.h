/* SPDX-License-Identifier: Apache-2.0
 *
 * Processes at the ends of connections: for the groups, and for --pid and --comm.
 */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

#include <regroup/capture.h>
#include <regroup/group.h>
#include <regroup/kafka.h>
#include <regroup/options.h>

/* group_find_process; `ctx` is the struct capture. */
bool process_find(void *ctx, const struct net_endpoint *local, const struct net_endpoint *remote,
		  struct group_process *out);

struct process_filter;

/* Lets only connections through to `sink` of which one end is of such a process. NULL when memory is out. */
struct process_filter *process_filter_new(const struct options *o, struct kafka_sink sink);
void process_filter_free(struct process_filter *f); /* NULL is fine */

/* Whose processes; before the first packet. */
void process_filter_watch(struct process_filter *f, struct capture *c);

struct kafka_sink process_filter_sink(struct process_filter *f);

#endif
