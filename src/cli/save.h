/* SPDX-License-Identifier: Apache-2.0
 *
 * -w: the packets that were read, saved as pcapng.
 */
#ifndef CLI_SAVE_H
#define CLI_SAVE_H

#include <stdbool.h>

#include <regroup/capture.h>
#include <regroup/kafka.h>
#include <regroup/net.h>
#include <regroup/options.h>

enum save_status {
	SAVE_DONE,
	SAVE_FAILED,      /* said on standard error */
	SAVE_READER_GONE, /* nobody reads standard output any more */
};

struct save_groups;

struct save {
	struct cap_writer *writer; /* NULL when nothing is to be saved */
	struct save_groups *groups; /* NULL: all packets */
	const char *file;
};

/* `cut`: what the capture leaves out, which the file's header will say. False after saying on standard error why not. */
bool save_begin(struct save *s, const struct options *o, enum cap_ebpf cut);

/* What kafka is to be given in place of `sink`: --save groups has to listen. */
struct kafka_sink save_sink(struct save *s, struct kafka_sink sink);

/* Packets that were handed to net, and where they went. */
enum save_status save_packets(struct save *s, const struct cap_packet *packets, const struct net_seen *seen, size_t n);
/* When kafka says nothing any more. */
enum save_status save_end(struct save *s, const struct cap_stats *stats);

#endif
