/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (64 * 1024)        /* written at once when nobody watches */
#define UNANSWERED_BYTES (1024 * 1024) /* the most that the list of unanswered requests may take */

#define REQUESTS_PER_SLAB 64

static const char *const status_names[] = {
	[KF_OK] = "ok",
	[KF_TRUNCATED] = "truncated",
	[KF_MALFORMED] = "malformed",
	[KF_UNKNOWN_VERSION] = "unknown-version",
	[KF_UNKNOWN_API] = "unknown-api",
};

struct decode *decode_new(const struct decode_options *options)
{
	struct decode *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->options = *options;
	json_init(&d->json);
	json_body_init(&d->json_body);
	line_init(&d->line, options->color);
	line_init(&d->facts, false);
	line_init(&d->unanswered, false);
	d->requests = pool_new(sizeof(struct decode_request) + (options->errors_only ? DECODE_FACTS : 0),
	                       REQUESTS_PER_SLAB);
	d->plans = plans_new();
	d->protocols = protocols_new();
	if (d->plans == NULL || d->protocols == NULL || d->requests == NULL || !body_init(&d->body, d->plans)) {
		decode_free(d);
		return NULL;
	}
	return d;
}

void decode_free(struct decode *d)
{
	if (d == NULL)
		return;
	json_free(&d->json);
	json_body_free(&d->json_body);
	line_free(&d->line);
	line_free(&d->facts);
	line_free(&d->unanswered);
	pool_free(d->requests);
	body_free(&d->body);
	protocols_free(d->protocols);
	plans_free(d->plans);
	free(d);
}

static bool shows_api(const struct decode *d, int16_t key)
{
	const uint64_t *apis = d->options.apis;

	if ((apis[0] | apis[1]) == 0)
		return true;
	return key >= 0 && key < 128 && (apis[key / 64] >> (key % 64) & 1);
}

static bool is_text(const struct kf_bytes *bytes, const char *text)
{
	return bytes->ptr != NULL && bytes->len == strlen(text) && memcmp(bytes->ptr, text, bytes->len) == 0;
}

/* What can be told before the body is looked at. */
static bool header_passes(const struct decode *d, const struct kafka_message *m)
{
	const struct decode_options *o = &d->options;

	if (o->connection != 0 && m->conn->id != o->connection)
		return false;
	if (o->client_id != NULL && !is_text(&m->client_id, o->client_id))
		return false;
	if (o->errors_only && m->direction != KF_RESPONSE)
		return false;
	return shows_api(d, m->api_key);
}

static void name_conn(struct decode_conn *text, const struct kafka_conn *c)
{
	net_endpoint_text(c->client, text->client);
	net_endpoint_text(c->server, text->server);
	text->client_len = (uint8_t)strlen(text->client);
	text->server_len = (uint8_t)strlen(text->server);
}

static const struct decode_conn *conn_of(struct decode *d, struct kafka_conn *c)
{
	struct decode_conn *text = c->user;

	if (text != NULL)
		return text;
	text = c->user = malloc(sizeof *text);
	if (text == NULL)
		text = &d->nameless;
	name_conn(text, c);
	return text;
}

static void decode_body(struct decode *d, struct decode_view *v)
{
	const struct kafka_message *m = v->m;
	enum kf_status status;

	v->plan = plans_message(d->plans, m->schema);
	v->status = status_names[KF_OK];
	if (!m->body_wanted)
		return;
	if (v->plan == NULL || (m->body.ptr == NULL && m->body.len == 0 && m->status == KAFKA_TRUNCATED)) {
		v->status = status_names[v->plan == NULL ? KF_UNKNOWN_API : KF_TRUNCATED];
		return;
	}
	status = kf_decode(m->schema, m->version, &m->body, d->body.level[0], &v->error);
	if (status == KF_TRUNCATED && m->status != KAFKA_TRUNCATED)
		status = KF_MALFORMED; /* nothing is missing: the message itself ends early */
	else if (status == KF_OK && m->status == KAFKA_TRUNCATED)
		status = KF_TRUNCATED;
	v->body = status <= KF_MALFORMED;
	v->status = status_names[status];
}

static void view(struct decode *d, const struct kafka_message *m, struct decode_view *v)
{
	*v = (struct decode_view){ .m = m, .conn = conn_of(d, m->conn) };
	if (m->direction == KF_RESPONSE && m->note != NULL)
		v->request = decode_recall(*m->note);
	switch (m->status) {
	case KAFKA_OK:
	case KAFKA_TRUNCATED:
		decode_body(d, v);
		break;
	case KAFKA_UNKNOWN_VERSION:
		v->status = "unknown-version";
		break;
	case KAFKA_UNKNOWN_API:
		v->status = "unknown-api";
		break;
	case KAFKA_NO_REQUEST:
		v->status = "no-request";
		break;
	case KAFKA_RAW_SASL:
		v->status = "ok";
		break;
	}
}

static void count(struct decode *d, const struct decode_view *v)
{
	struct decode_counts *c = &d->counts;

	if (v->m->status == KAFKA_RAW_SASL) {
		c->raw_sasl++;
		return;
	}
	c->messages++;
	c->unknown += v->m->status == KAFKA_UNKNOWN_API || v->m->status == KAFKA_UNKNOWN_VERSION;
	c->no_request += v->m->status == KAFKA_NO_REQUEST;
	c->truncated += v->status == status_names[KF_TRUNCATED];
	c->malformed += v->status == status_names[KF_MALFORMED];
}

static bool has_blobs(int16_t key)
{
	return key == 11 || key == 14 || key == 15; /* JoinGroup, SyncGroup, DescribeGroups */
}

/* What the blobs of this message are, and what the group's later messages may use. DescribeGroups is about many
 * groups: each says for itself what it is. */
static void follow_protocol(struct decode *d, const struct decode_view *v, const struct body_facts *facts)
{
	uint64_t group = v->request ? v->request->group : protocols_key(&facts->group);

	if (v->m->api_key == 15)
		return;
	protocols_learn(d->protocols, group, facts->protocol);
	d->body.protocol = v->request ? v->request->protocol : protocols_of(d->protocols, group);
	if (facts->protocol.type != BLOB_TYPE_UNKNOWN)
		d->body.protocol.type = facts->protocol.type;
	if (facts->protocol.assignor != BLOB_ASSIGNOR_UNKNOWN)
		d->body.protocol.assignor = facts->protocol.assignor;
}

static bool facts_pass(const struct decode *d, const struct decode_view *v, const struct body_facts *facts)
{
	if (d->options.errors_only && !facts->error)
		return false;
	return d->options.group == NULL || facts->group_matches || (v->request && v->request->matched);
}

/* Looks into the body for what filters and blobs need. False: the message is not to be shown. */
static bool body_passes(struct decode *d, const struct decode_view *v)
{
	const struct decode_options *o = &d->options;
	struct body_facts facts = { .error = false };

	d->body.protocol = (struct blob_protocol){ .type = BLOB_TYPE_UNKNOWN };
	if (v->body && (o->group != NULL || o->errors_only || has_blobs(v->m->api_key)))
		body_survey(&d->body, v->plan, o->group, &facts);
	if (has_blobs(v->m->api_key))
		follow_protocol(d, v, &facts);
	if (v->m->direction == KF_REQUEST)
		decode_remember(d, v, &facts);
	return facts_pass(d, v, &facts);
}

static void show(struct decode *d, const struct decode_view *v)
{
	if (v->m->status == KAFKA_RAW_SASL && d->options.verbose == 0)
		return;
	if (d->options.json)
		decode_json_line(d, v);
	else
		decode_text_line(d, v);
	if (d->json.len >= BLOCK_BYTES || d->line.len >= BLOCK_BYTES)
		decode_flush(d);
}

static void on_message(void *ctx, const struct kafka_message *m)
{
	struct decode *d = ctx;
	struct decode_view v;
	bool passes;

	view(d, m, &v);
	count(d, &v);
	passes = body_passes(d, &v);
	if (passes && header_passes(d, m))
		show(d, &v);
	if (v.request != NULL)
		decode_forget(d, m->note);
}

static enum kafka_want on_want(void *ctx, int16_t api_key, enum kf_direction direction)
{
	const struct decode *d = ctx;

	if (has_blobs(api_key) && (direction == KF_REQUEST || api_key == 11))
		return KAFKA_WANT_BODY; /* they say what later blobs are */
	return shows_api(d, api_key) ? KAFKA_WANT_BODY : KAFKA_WANT_NOTHING;
}

static void on_dropped(void *ctx, struct kafka_conn *c, int16_t api_key, uint64_t note)
{
	struct decode *d = ctx;
	const char *name = kf_api_name(api_key);

	const struct decode_request *r = decode_recall(note);
	uint64_t frame = r ? r->frame : 0;

	decode_forget(d, &note);
	d->counts.unanswered++;
	if (d->options.verbose == 0 || d->unanswered.len > UNANSWERED_BYTES)
		return;
	line_format(&d->unanswered, "regroup: no answer: %s request in frame %llu of connection %llu",
	            name ? name : "unknown", (unsigned long long)frame,
	            (unsigned long long)c->id);
	line_end(&d->unanswered);
}

static void on_connection(void *ctx, struct kafka_conn *c, enum kafka_conn_event event, enum kf_direction from,
                          int64_t ts, uint64_t frame)
{
	struct decode *d = ctx;

	(void)from;
	(void)ts;
	(void)frame;
	if (event == KAFKA_CONN_KIND && c->user != NULL)
		name_conn(c->user, c);
	if (event != KAFKA_CONN_ENDED)
		return;
	d->counts.connections++;
	d->counts.opaque += c->kind == KAFKA_TLS || c->kind == KAFKA_SASL_ENCRYPTED || c->kind == KAFKA_NOT;
	free(c->user);
	c->user = NULL;
}

struct kafka_sink decode_kafka_sink(struct decode *d)
{
	return (struct kafka_sink){
		.ctx = d,
		.want = on_want,
		.message = on_message,
		.dropped = on_dropped,
		.connection = on_connection,
	};
}

void decode_flush(struct decode *d)
{
	if (d->json.len > 0 && !d->json.failed)
		fwrite(d->json.buf, 1, d->json.len, d->options.out);
	json_reset(&d->json);
	line_write(&d->line, d->options.out);
}

static void add_count(struct line *l, uint64_t n, const char *one, const char *many)
{
	if (n == 0)
		return;
	line_text(l, ", ");
	line_count(l, n, one, many);
}

void decode_finish(struct decode *d)
{
	const struct decode_counts *c = &d->counts;
	struct line *l = &d->line;

	decode_flush(d);
	if (d->options.err == NULL)
		return;
	fflush(d->options.out); /* where both are the same, the summary comes last */
	line_text(l, "regroup: ");
	line_count(l, c->messages, "message", "messages");
	line_text(l, " on ");
	line_count(l, c->connections, "connection", "connections");
	add_count(l, c->unknown, "of an unknown API or version", "of an unknown API or version");
	add_count(l, c->truncated, "truncated", "truncated");
	add_count(l, c->malformed, "malformed", "malformed");
	add_count(l, c->no_request, "response without its request", "responses without their request");
	add_count(l, c->unanswered, "request unanswered", "requests unanswered");
	add_count(l, c->opaque, "connection opaque", "connections opaque");
	line_end(l);
	line_write(l, d->options.err);
	line_write(&d->unanswered, d->options.err);
}
