/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages made by hand, and what the decoder prints of them.
 */
#ifndef TESTS_OUTPUT_SUPPORT_H
#define TESTS_OUTPUT_SUPPORT_H

#include <regroup/kafka.h>
#include <regroup/output.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A body being written: big-endian numbers, classic and flexible strings. */
struct maker {
	uint8_t bytes[4096];
	uint32_t len;
};

void put8(struct maker *m, int v);
void put16(struct maker *m, int v);
void put32(struct maker *m, int64_t v);
void put64(struct maker *m, int64_t v);
void put_string(struct maker *m, const char *text);  /* int16 length; NULL is null */
void put_blob(struct maker *m, const struct maker *in); /* int32 length; NULL is null */
void put_compact(struct maker *m, const char *text); /* uvarint length + 1, below 127 */

/* A decoder whose output is kept in memory. */
struct bench {
	struct decode *decode;
	struct kafka_sink sink;
	struct kafka_conn conn;
	char *out, *err;
	size_t out_len, err_len;
	FILE *out_file, *err_file;
	uint64_t note;
};

/* `options` without the streams. */
void bench_open(struct bench *b, struct decode_options options);
void bench_close(struct bench *b);

/* Hands a message to the decoder: 2026-11-21T09:43:24.687123456Z, frame 12, correlation 8, client "c2". */
struct kafka_message bench_message(struct bench *b, int16_t key, enum kf_direction direction, int16_t version,
                                   const struct maker *body);
void bench_tell(struct bench *b, const struct kafka_message *m);

/* What has been printed so far; good until the next call. */
const char *bench_text(struct bench *b);

/* What the log prints of one event; to be freed. */
char *log_print(const struct log_options *options, const struct group_event *e);

#endif
