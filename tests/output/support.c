/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOMENT INT64_C(1795254204687123456) /* 2026-11-21T09:43:24.687123456Z */

void put8(struct maker *m, int v)
{
	assert_true(m->len < sizeof m->bytes);
	m->bytes[m->len++] = (uint8_t)v;
}

void put16(struct maker *m, int v)
{
	put8(m, v >> 8 & 0xff);
	put8(m, v & 0xff);
}

void put32(struct maker *m, int64_t v)
{
	put16(m, (int)(v >> 16 & 0xffff));
	put16(m, (int)(v & 0xffff));
}

void put64(struct maker *m, int64_t v)
{
	put32(m, v >> 32);
	put32(m, v);
}

static void put_raw(struct maker *m, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++)
		put8(m, p[i]);
}

void put_string(struct maker *m, const char *text)
{
	put16(m, text ? (int)strlen(text) : -1);
	put_raw(m, text, text ? strlen(text) : 0);
}

void put_blob(struct maker *m, const struct maker *in)
{
	put32(m, in ? (int64_t)in->len : -1);
	put_raw(m, in ? in->bytes : NULL, in ? in->len : 0);
}

void put_compact(struct maker *m, const char *text)
{
	put8(m, text ? (int)strlen(text) + 1 : 0);
	put_raw(m, text, text ? strlen(text) : 0);
}

void bench_open(struct bench *b, struct decode_options options)
{
	static const struct net_endpoint client = { .addr = { 10, 0, 0, 1 }, .port = 40011, .family = 4 };
	static const struct net_endpoint server = { .addr = { 10, 0, 0, 2 }, .port = 9092, .family = 4 };
	static const struct kafka_names nameless;

	memset(b, 0, sizeof *b);
	b->out_file = open_memstream(&b->out, &b->out_len);
	b->err_file = open_memstream(&b->err, &b->err_len);
	assert_non_null(b->out_file);
	assert_non_null(b->err_file);
	options.out = b->out_file;
	options.err = b->err_file;
	b->decode = decode_new(&options);
	assert_non_null(b->decode);
	b->sink = decode_kafka_sink(b->decode);
	b->conn = (struct kafka_conn){
		.id = 3,
		.client = &client,
		.server = &server,
		.kind = KAFKA_PLAIN,
		.names = &nameless,
	};
}

void bench_close(struct bench *b)
{
	b->sink.connection(b->sink.ctx, &b->conn, KAFKA_CONN_ENDED, KF_REQUEST, MOMENT, 99);
	assert_null(b->conn.user);
	decode_free(b->decode);
	fclose(b->out_file);
	fclose(b->err_file);
	free(b->out);
	free(b->err);
}

struct kafka_message bench_message(struct bench *b, int16_t key, enum kf_direction direction, int16_t version,
                                   const struct maker *body)
{
	return (struct kafka_message){
		.conn = &b->conn,
		.schema = kf_message(key, direction),
		.body = { .ptr = body->bytes, .len = body->len },
		.direction = direction,
		.status = KAFKA_OK,
		.api_key = key,
		.version = version,
		.asked_version = version,
		.correlation_id = 8,
		.size = body->len + 10,
		.frame = 12,
		.frame_end = 12,
		.ts = MOMENT,
		.ts_first = MOMENT,
		.ts_last = MOMENT,
		.latency = direction == KF_RESPONSE ? 1500000 : -1,
		.request_frame = direction == KF_RESPONSE ? 11 : 0,
		.client_id = { (const uint8_t *)"c2", 2 },
		.body_wanted = true,
		.note = &b->note,
	};
}

void bench_tell(struct bench *b, const struct kafka_message *m)
{
	b->sink.message(b->sink.ctx, m);
}

const char *bench_text(struct bench *b)
{
	decode_flush(b->decode);
	assert_int_equal(fflush(b->out_file), 0);
	return b->out ? b->out : "";
}

char *log_print(const struct log_options *options, const struct group_event *e)
{
	struct log_options o = *options;
	char *text = NULL;
	size_t len;
	struct log *l;

	o.out = open_memstream(&text, &len);
	assert_non_null(o.out);
	l = log_new(&o);
	assert_non_null(l);
	log_event(l, e);
	log_flush(l);
	log_free(l);
	fclose(o.out);
	return text;
}
