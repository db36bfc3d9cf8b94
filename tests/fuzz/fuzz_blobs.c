/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as each of the blobs, and as what the members and the leader of a group of any type hand each other,
 * printed. Input: the kind, the protocol type and assignor, then the blob.
 */
#include "../dissect/reflect.h"

#include <regroup/output.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 2, MOST = 4096 };

struct message {
	uint8_t bytes[MOST + 256];
	size_t len;
};

static void put(struct message *m, unsigned bytes, uint32_t value)
{
	while (bytes--)
		m->bytes[m->len++] = (uint8_t)(value >> 8 * bytes);
}

static void put_bytes(struct message *m, unsigned width, const void *bytes, size_t len)
{
	put(m, width, (uint32_t)len);
	memcpy(m->bytes + m->len, bytes, len);
	m->len += len;
}

static void put_text(struct message *m, const char *text)
{
	put_bytes(m, 2, text, strlen(text));
}

static void write_join(struct message *m, const char *type, const char *assignor, const uint8_t *blob, size_t len)
{
	put_text(m, "group");
	put(m, 4, 45000);
	put_text(m, "");
	put_text(m, type);
	put(m, 4, 1);
	put_text(m, assignor);
	put_bytes(m, 4, blob, len);
}

/* The answer to the leader: its group's later messages know the assignor. */
static void write_joined(struct message *m, const char *assignor, const uint8_t *blob, size_t len)
{
	put(m, 2, 0);
	put(m, 4, 1);
	put_text(m, assignor);
	put_text(m, "m");
	put_text(m, "m");
	put(m, 4, 1);
	put_text(m, "m");
	put_bytes(m, 4, blob, len);
}

static void write_sync(struct message *m, const uint8_t *blob, size_t len)
{
	put_text(m, "group");
	put(m, 4, 1);
	put_text(m, "m");
	put(m, 4, 1);
	put_text(m, "m");
	put_bytes(m, 4, blob, len);
}

/* Building a decoder takes longer than printing a message: these stay. */
static struct decode *decoder(bool json)
{
	static struct decode *made[2];
	struct decode_options o = { .json = json, .verbose = 1 };

	if (made[json])
		return made[json];
	o.out = fopen("/dev/null", "w");
	made[json] = o.out ? decode_new(&o) : NULL;
	if (!made[json])
		abort();
	return made[json];
}

static void tell(struct decode *d, int16_t key, enum kf_direction direction, const struct message *body, uint64_t *note)
{
	static const struct kafka_names nameless;
	struct kafka_conn conn = { .id = 1, .kind = KAFKA_PLAIN, .names = &nameless };
	struct kafka_sink sink = decode_kafka_sink(d);
	uint8_t *copy = malloc(body->len);
	struct kafka_message m = {
		.conn = &conn,
		.schema = kf_message(key, direction),
		.direction = direction,
		.api_key = key,
		.frame = 1,
		.latency = -1,
		.body = { .ptr = copy, .len = (uint32_t)body->len },
		.body_wanted = true,
		.note = note,
	};

	if (!copy)
		abort();
	memcpy(copy, body->bytes, body->len);
	sink.message(sink.ctx, &m);
	sink.connection(sink.ctx, &conn, KAFKA_CONN_ENDED, KF_REQUEST, 0, 1);
	decode_flush(d);
	free(copy);
}

static void print(struct decode *d, unsigned choice, const uint8_t *blob, size_t len)
{
	static const char *const types[] = { "consumer", "connect", "sr", "" };
	static const char *const assignors[] = { "sticky", "cooperative-sticky", "stream", "" };
	struct message join = { .len = 0 }, joined = { .len = 0 }, sync = { .len = 0 };
	uint64_t note = 0, sync_note = 0;

	write_join(&join, types[choice & 3], assignors[choice >> 2 & 3], blob, len);
	write_joined(&joined, assignors[choice >> 2 & 3], blob, len);
	write_sync(&sync, blob, len);
	tell(d, 11, KF_REQUEST, &join, &note);
	tell(d, 11, KF_RESPONSE, &joined, &note);
	tell(d, 14, KF_REQUEST, &sync, &sync_note);
	decode_kafka_sink(d).dropped(d, &(struct kafka_conn){ .id = 1 }, 14, sync_note);
}

static void decode(enum kf_blob_kind kind, const uint8_t *blob, size_t len)
{
	struct kf_bytes in = { blob, (uint32_t)len };
	uint64_t out[REFLECT_WORDS];
	struct kf_error err;
	int16_t version;

	if (kf_decode_blob(kind, in, out, &version, &err) != err.status || err.offset > len + 4)
		abort();
	reflect_struct(0, kf_blob(kind)->body, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (size < HEAD || size > HEAD + MOST)
		return 0;
	copy = malloc(size - HEAD + 1); /* its end is the end of the memory, so that reading on is noticed */
	if (!copy)
		return 0;
	memcpy(copy + 1, data + HEAD, size - HEAD);
	decode((enum kf_blob_kind)(data[0] % KF_BLOBS), copy + 1, size - HEAD);
	print(decoder(true), data[1], copy + 1, size - HEAD);
	print(decoder(false), data[1], copy + 1, size - HEAD);
	free(copy);
	return 0;
}
