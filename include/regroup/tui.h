/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal UI: groups as they breathe. It takes the same messages and events as everything else and looks at
 * groups through their views; it owns the terminal while it runs. One thread: whoever reads packets calls tui_turn
 * between them.
 */
#ifndef REGROUP_TUI_H
#define REGROUP_TUI_H

#include <regroup/group.h>
#include <regroup/kafka.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether this build has a terminal UI at all, and with which library ("ncurses 6.4..."); NULL when not. */
const char *tui_library(void);

/* Which packets to save: those of these connections (net_conn_id, ascending) in this time, ends included;
 * GROUP_UNKNOWN_TIME for no end. */
struct tui_packets {
	const uint64_t *conns;
	size_t n;
	int64_t from, to;
};

struct tui_options {
	const char *source;   /* what is captured, for the first line */
	bool live;
	bool color;           /* false: monochrome */
	const char *keys;     /* file with the user's keys; NULL for none */
	size_t memory;        /* bytes for what is remembered; 0: 256 MiB */
	/* Saves packets as pcapng; NULL: that cannot be done here. Returns how many; -1 with one line in `err`. */
	void *ctx;
	int64_t (*save_packets)(void *ctx, const char *file, const struct tui_packets *which, char *err, size_t err_size);
};

/* What is told between packets. */
struct tui_counters {
	uint64_t packets, bytes, messages, connections, opaque, unknown_messages, kernel_dropped, hole_bytes;
	uint64_t unanswered, evicted, memory; /* memory: of the layers below, bytes */
	uint64_t file_size, file_read;        /* for progress; 0 when not known */
};

struct tui;

/* NULL with one line in `err`: memory is out, a file with keys that is wrong. The terminal is not touched yet. */
struct tui *tui_new(const struct tui_options *options, char *err, size_t err_size);
void tui_free(struct tui *t); /* gives the terminal back; NULL is fine */

/* Listens to the messages on their way to `inner`, the correlator's sink. */
struct kafka_sink tui_kafka_sink(struct tui *t, struct kafka_sink inner);

/* The event callback of groups_new; `ctx` is the struct tui. */
void tui_event(void *ctx, const struct group_event *e);

/* Whether this connection has spoken of a group: its packets are worth keeping. */
bool tui_speaks(const struct tui *t, uint64_t conn);

/* The groups to look at; they live until tui_free. */
void tui_watch(struct tui *t, const struct groups *g);

/* Takes the terminal: from `fd`, which is read for keys and is a terminal. False with one line in `err`. */
bool tui_open(struct tui *t, int fd, char *err, size_t err_size);

/* The first packet was captured at `first`: before tui_turn is told of any time. */
void tui_begin(struct tui *t, int64_t first);

/* Keys and screen, at most 20 times a second. Capture time has come to `now` (GROUP_UNKNOWN_TIME: none yet). False when
 * the user has had enough. Cheap when there is nothing to do. */
bool tui_turn(struct tui *t, int64_t now, const struct tui_counters *c);

/* Milliseconds until the next tui_turn has something to do if nothing comes in before: keys do, they are not waited for. */
int tui_patience(const struct tui *t);

/* The capture is over: runs until the user has had enough. */
void tui_linger(struct tui *t, int64_t now, const struct tui_counters *c);

/* The terminal back as it was: before anything is printed. May be called again. */
void tui_close(struct tui *t);

#endif
