/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as the body of any message, printed as JSON and as a tree: four bytes pick the API, the direction, the
 * version and the status, the rest is the body.
 */
#include <regroup/output.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 4 };

/* Building a decoder takes longer than printing a message: these stay. */
static struct decode *decoder(bool json, bool filtered)
{
	static struct decode *made[2][2];
	struct decode **d = &made[json][filtered];
	struct decode_options o = { .json = json, .verbose = 1, .group = filtered ? "g" : NULL };

	if (*d)
		return *d;
	o.out = fopen("/dev/null", "w");
	*d = o.out ? decode_new(&o) : NULL;
	if (!*d)
		abort();
	return *d;
}

static void tell(struct decode *d, struct kafka_message *m)
{
	static const struct kafka_names nameless;
	struct kafka_conn conn = { .id = 1, .kind = KAFKA_PLAIN, .names = &nameless };
	struct kafka_sink sink = decode_kafka_sink(d);
	uint64_t note = 0;

	m->conn = &conn;
	m->note = &note;
	sink.message(sink.ctx, m);
	sink.connection(sink.ctx, &conn, KAFKA_CONN_ENDED, KF_REQUEST, 0, 1);
	decode_flush(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kafka_message m = { .frame = 1, .latency = -1, .body_wanted = true };
	uint8_t *body;

	if (size <= HEAD)
		return 0;
	m.direction = data[1] & 1 ? KF_RESPONSE : KF_REQUEST;
	m.schema = kf_message(data[0], m.direction);
	if (!m.schema)
		return 0;
	body = malloc(size - HEAD); /* so that one byte too far is found */
	if (!body)
		abort();
	memcpy(body, data + HEAD, size - HEAD);
	m.api_key = m.schema->key;
	m.version = m.asked_version = (int16_t)(data[2] % (m.schema->last + 1));
	m.status = data[3] & 1 ? KAFKA_TRUNCATED : KAFKA_OK;
	m.body = (struct kf_body){ .ptr = body, .len = (uint32_t)(size - HEAD), .cut = data[3] & 1 };
	tell(decoder(true, data[3] & 2), &m);
	tell(decoder(false, data[3] & 4), &m);
	free(body);
	return 0;
}
