/* SPDX-License-Identifier: Apache-2.0
 *
 * Any pieces of two directions. Input: a first byte of options, then commands: a byte with the direction (bit
 * 0), what it is (bits 1-2: data, data at a segment start, hole, end), then a length byte (times 1, or 64 for
 * bit 3), and the data. Connections come and go; all that is handed out is decoded.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/kafka.h>

struct net_conn {
	uint64_t id;
	struct net_endpoint end[2];
	void *user;
	uint64_t bytes[2], packets;
	bool from_start;
};

const struct net_endpoint *net_conn_endpoint(const struct net_conn *c, unsigned which)
{
	return &c->end[which];
}

uint64_t net_conn_id(const struct net_conn *c)
{
	return c->id;
}

bool net_conn_from_start(const struct net_conn *c)
{
	return c->from_start;
}

int64_t net_conn_since(const struct net_conn *c)
{
	(void)c;
	return 0;
}

void **net_conn_user(struct net_conn *c)
{
	return &c->user;
}

uint64_t net_conn_bytes(const struct net_conn *c, unsigned dir)
{
	return c->bytes[dir];
}

uint64_t net_conn_packets(const struct net_conn *c)
{
	return c->packets;
}

/* Reads every byte, so that a dangling pointer is seen. */
static unsigned touch(const uint8_t *p, uint32_t n)
{
	unsigned sum = 0;

	for (uint32_t i = 0; p && i < n; i++)
		sum += p[i];
	return sum;
}

static void on_message(void *ctx, const struct kafka_message *m)
{
	static uint64_t out[8192]; /* no struct is larger: its size is 16 bits */
	volatile unsigned sink = touch(m->body.ptr, m->body.len) + touch(m->client_id.ptr, m->client_id.len);
	uint64_t kept = m->body.len;

	(void)ctx;
	(void)sink;
	for (uint32_t i = 0; i < m->body.n_skips; i++) {
		if (m->body.skips[i].at > m->body.len || (i && m->body.skips[i].at < m->body.skips[i - 1].at))
			abort();
		kept += m->body.skips[i].len;
	}
	if (kept > m->size)
		abort();
	if (m->body.ptr) {
		if (!m->schema)
			abort();
		kf_decode(m->schema, m->version, &m->body, out, NULL);
	}
	if (m->note && m->direction == KF_REQUEST)
		*m->note = 7;
	if (m->note && m->direction == KF_RESPONSE && *m->note != 7)
		abort();
}

static void on_dropped(void *ctx, struct kafka_conn *c, int16_t api_key, uint64_t note)
{
	(void)ctx;
	(void)c;
	(void)api_key;
	if (note != 7)
		abort();
}

static void on_connection(void *ctx, struct kafka_conn *c, enum kafka_conn_event event,
			  enum kf_direction from, int64_t ts, uint64_t frame)
{
	volatile unsigned sink = touch(c->names->client_id.ptr, c->names->client_id.len) +
				 touch(c->names->software_name.ptr, c->names->software_name.len);

	(void)ctx;
	(void)sink;
	(void)event;
	(void)from;
	(void)ts;
	(void)frame;
}

static enum kafka_want want_some(void *ctx, int16_t api_key, enum kf_direction d)
{
	(void)ctx;
	return (api_key + (int)d) % 3 ? KAFKA_WANT_BODY : KAFKA_WANT_NOTHING;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kafka_options o = {
		.sink = { .message = on_message, .dropped = on_dropped, .connection = on_connection }
	};
	struct net_conn c = { .id = 1 };
	struct kafka_stats s;
	struct net_sink in;
	struct kafka *k;
	uint64_t frame = 0;

	if (!size)
		return 0;
	c.from_start = *data & 1;
	o.sink.want = *data & 2 ? want_some : NULL;
	o.frame_bytes = *data & 4 ? 200 : 0;
	o.memory = *data & 8 ? 6000 : 0;
	k = kafka_new(&o);
	in = kafka_net_sink(k);
	data++;
	size--;
	while (size >= 2) {
		unsigned dir = data[0] & 1, what = data[0] >> 1 & 3;
		uint64_t n = (uint64_t)data[1] << (data[0] & 8 ? 6 : 0);
		struct net_piece p = { .len = n ? n : 1, .kind = NET_HOLE };
		uint8_t *copy = NULL;

		p.frame = ++frame;
		p.ts = (int64_t)frame * 1000000;
		data += 2;
		size -= 2;
		if (what < 2) {
			p.kind = NET_DATA;
			p.segment_start = what;
			p.len = n < size ? n : size;
			if (!p.len)
				continue;
			p.data = copy = malloc(p.len);
			memcpy(copy, data, p.len);
			data += p.len;
			size -= p.len;
		}
		c.bytes[dir] += p.len;
		c.packets++;
		if (what < 3) {
			in.piece(in.ctx, &c, dir, &p);
		} else {
			in.end(in.ctx, &c, dir, (enum net_end)(n % 5), p.ts, frame);
			if (!c.user)
				c.id++;
		}
		free(copy);
	}
	if (c.user)
		in.end(in.ctx, &c, 0, NET_STOP, 0, frame);
	kafka_get_stats(k, &s);
	if (o.memory && s.memory > (4u << 20) + (1u << 17))
		abort();
	kafka_free(k);
	return 0;
}
