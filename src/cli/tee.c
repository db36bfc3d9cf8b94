/* SPDX-License-Identifier: Apache-2.0 */
#include "tee.h"

static enum kafka_want wanted_by(const struct kafka_sink *s, int16_t api_key, enum kf_direction direction)
{
	return s->want ? s->want(s->ctx, api_key, direction) : KAFKA_WANT_BODY;
}

static enum kafka_want want(void *ctx, int16_t api_key, enum kf_direction direction)
{
	const struct tee *t = ctx;

	enum kafka_want first = wanted_by(&t->first, api_key, direction);
	enum kafka_want second = wanted_by(&t->second, api_key, direction);

	return first > second ? first : second;
}

static void message(void *ctx, const struct kafka_message *m)
{
	const struct tee *t = ctx;

	/* What the second needs comes while the first is at work. */
	if (t->second.ahead && m->conn->speaker)
		t->second.ahead(t->second.ctx, m->conn->speaker, false, 1);
	t->first.message(t->first.ctx, m);
	t->second.message(t->second.ctx, m);
}

static void dropped(void *ctx, struct kafka_conn *c, int16_t api_key, uint64_t note)
{
	const struct tee *t = ctx;

	if (t->first.dropped)
		t->first.dropped(t->first.ctx, c, api_key, note);
}

static void gap(void *ctx, const struct kafka_gap *g)
{
	const struct tee *t = ctx;

	if (t->first.gap)
		t->first.gap(t->first.ctx, g);
	if (t->second.gap)
		t->second.gap(t->second.ctx, g);
}

static void connection(void *ctx, struct kafka_conn *c, enum kafka_conn_event event, enum kf_direction from, int64_t ts,
                       uint64_t frame)
{
	const struct tee *t = ctx;

	/* The second first: at the end the first one frees what it keeps of the connection. */
	if (t->second.connection)
		t->second.connection(t->second.ctx, c, event, from, ts, frame);
	if (t->first.connection)
		t->first.connection(t->first.ctx, c, event, from, ts, frame);
}

static void ahead(void *ctx, const void *speaker, enum kafka_coming what, unsigned step)
{
	const struct tee *t = ctx;

	if (t->first.ahead)
		t->first.ahead(t->first.ctx, speaker, what, step);
	if (t->second.ahead)
		t->second.ahead(t->second.ctx, speaker, what, step);
}

struct kafka_sink tee_sink(struct tee *t)
{
	return (struct kafka_sink){
		.ctx = t,
		.want = want,
		.message = message,
		.dropped = dropped,
		.gap = gap,
		.connection = connection,
		.ahead = ahead,
	};
}
