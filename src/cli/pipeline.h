/* SPDX-License-Identifier: Apache-2.0
 *
 * What the commands share: opens the capture, runs its packets through net and kafka into the command's
 * sink, saves them (-w), looks after signals, progress, warnings and the end of the output.
 */
#ifndef CLI_PIPELINE_H
#define CLI_PIPELINE_H

#include <regroup/capture.h>
#include <regroup/kafka.h>
#include <regroup/net.h>

#include <stdio.h>

#include <regroup/options.h>

/* No packet was seen: totals.first and .last. */
#define PIPELINE_NO_TIME INT64_MIN

struct pipeline_totals;

struct pipeline {
	const struct options *options;
	struct kafka_sink sink;
	FILE *out; /* where the sinks print, see pipeline_out; flushed here when somebody may be waiting */
	struct groups *groups; /* are told whose processes their members are; NULL for none */
	void *ctx; /* of the calls below, each of which may be NULL */
	/* Between two reads; false to stop. */
	bool (*more)(void *ctx);
	/* Once, before anything else: the time of the first packet (ns). */
	void (*begin)(void *ctx, int64_t first);
	/* Capture time has come to `now` (ns): after each batch of packets, and while a live capture is idle. */
	void (*tick)(void *ctx, int64_t now);
	/* The capture itself lost packets in this time. */
	void (*capture_gap)(void *ctx, uint64_t packets, int64_t from, int64_t to);
	/* For a command with a screen of its own: once the capture is open; then between batches and while waiting, every few
	 * milliseconds. False ends the capture. */
	bool (*opened)(void *ctx);
	bool (*turn)(void *ctx, const struct pipeline_totals *now);
	/* So many milliseconds may go by before the screen is to be looked after again, when nothing comes in. */
	int (*patience)(void *ctx);
	/* Each batch, and where its packets went. */
	void (*packets)(void *ctx, const struct cap_packet *packets, const struct net_seen *seen, size_t n);
	/* What is to be said to the user, in place of standard error. */
	void (*say)(void *ctx, const char *line);
	bool wakes; /* live: something to read from wake_fd ends the wait for packets */
	int wake_fd;
};

struct pipeline_totals {
	struct cap_stats capture;
	struct net_stats net;
	struct kafka_stats kafka;
	int64_t first, last; /* time stamps, PIPELINE_NO_TIME without packets */
	bool reader_gone;    /* nobody reads the output any more: print nothing else */
};

/* Runs to the end of the capture; all connections have ended when it returns. Says on standard error what
 * goes wrong. Returns the exit code: 0, or 2 when the input cannot be read or the output cannot be written.
 * *totals is always filled; it is all zero (but for the times) when the capture could not be opened. */
int pipeline_run(const struct pipeline *p, struct pipeline_totals *totals);

/* Flushes `out` at the very end, after the command's last word. Returns `code`, or 2 when writing failed. */
int pipeline_close(const struct pipeline *p, int code);

/* Standard output, or standard error when standard output carries the packets (-w -). */
FILE *pipeline_out(const struct options *o);

#endif
