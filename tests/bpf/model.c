/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "packet.h"
#include "track.h"

#define FLOWS 64
#define QUESTIONS 4096
#define PARTS 8192
#define SEARCHED (65536 - TRACK_LOOK) /* as the kernel does */

struct flow {
	struct flow_key key;
	struct track track;
	bool used;
};

struct question {
	struct flow_key key;
	int32_t correlation_id;
	bool used;
};

struct walk {
	struct track_walk w; /* first */
	struct model *m;
	const uint8_t *payload;
	uint32_t kept;
};

struct model {
	struct flow flows[FLOWS];
	struct question questions[QUESTIONS];
	uint32_t parts[PARTS][3];
	size_t n_parts, next_flow, next_question;
	struct packet p;
	const uint8_t *packet;
	uint32_t len;
	struct track_walk last;
	bool had_payload;
};

static int packet_load(void *ctx, uint32_t at, void *to, uint32_t n)
{
	struct model *m = ctx;

	if (at > m->len || m->len - at < n)
		return -1;
	memcpy(to, m->packet + at, n);
	return 0;
}

static int track_load(struct track_walk *w, uint32_t at, void *to, uint32_t n)
{
	struct walk *k = (struct walk *)w;

	if (at > w->end - w->seq || w->end - w->seq - at < n)
		return -1;
	memcpy(to, k->payload + at, n);
	return 0;
}

static struct flow_key asked_by(const struct flow_key *key, bool answer)
{
	struct flow_key q = *key;

	if (answer) {
		memcpy(q.src, key->dst, 16);
		memcpy(q.dst, key->src, 16);
		memcpy(q.sport, key->dport, 2);
		memcpy(q.dport, key->sport, 2);
	}
	q.ifindex = 0;
	return q;
}

static struct question *find_question(struct model *m, bool answer, int32_t correlation_id)
{
	struct flow_key key = asked_by(&m->p.key, answer);

	for (size_t i = 0; i < QUESTIONS; i++) {
		struct question *q = &m->questions[i];

		if (q->used && q->correlation_id == correlation_id && memcmp(&q->key, &key, sizeof(key)) == 0)
			return q;
	}
	return NULL;
}

static void track_asked(struct track_walk *w, int32_t correlation_id, bool bulk)
{
	struct model *m = ((struct walk *)w)->m;
	struct question *q = find_question(m, false, correlation_id);

	if (!bulk && q)
		q->used = false;
	if (!bulk || q)
		return;
	q = &m->questions[m->next_question++ % QUESTIONS];
	*q = (struct question){ .key = asked_by(&m->p.key, false), .correlation_id = correlation_id, .used = true };
}

static bool track_answers(struct track_walk *w, int32_t correlation_id)
{
	return find_question(((struct walk *)w)->m, true, correlation_id);
}

static void track_want(struct track_walk *w, uint32_t from, uint32_t to, uint32_t tail)
{
	struct walk *k = (struct walk *)w;
	uint32_t *part = k->m->parts[k->m->n_parts % PARTS];

	k->kept = to;
	part[0] = from;
	part[1] = to;
	part[2] = tail;
	k->m->n_parts++;
}

static uint32_t track_search(struct track *t, struct track_walk *w)
{
	const struct walk *k = (const struct walk *)w;
	uint32_t n = w->end - w->seq < SEARCHED ? w->end - w->seq : SEARCHED;

	for (uint32_t i = 0; i + TRACK_LOOK < n; i++)
		if (track_goes_on(t, k->payload + i) &&
		    (t->role != TRACK_ANSWERS || track_answers(w, (int32_t)track_u32(k->payload + i + 4))))
			return i;
	return UINT32_MAX;
}

static struct track *find_flow(struct model *m)
{
	struct flow *f;

	for (size_t i = 0; i < FLOWS; i++) {
		f = &m->flows[i];
		if (f->used && memcmp(&f->key, &m->p.key, sizeof(f->key)) == 0)
			return &f->track;
	}
	f = &m->flows[m->next_flow++ % FLOWS];
	*f = (struct flow){ .key = m->p.key, .used = true };
	return &f->track;
}

struct model *model_new(void)
{
	return calloc(1, sizeof(struct model));
}

void model_free(struct model *m)
{
	free(m);
}

static uint32_t take_tcp(struct model *m)
{
	struct packet *p = &m->p;
	struct track *t = find_flow(m);
	struct walk k = { .m = m, .payload = m->packet + p->payload };

	if (p->flags & PACKET_SYN) {
		track_syn(t, p->seq, p->flags & PACKET_ACK ? TRACK_ANSWERS : TRACK_REQUESTS);
		p->seq++;
	}
	if (p->end <= p->payload)
		return p->payload;
	k.w.seq = k.kept = p->seq;
	k.w.end = p->seq + (p->end - p->payload);
	track_segment(t, &k.w);
	m->last = k.w;
	m->had_payload = true;
	return k.w.whole ? m->len : p->payload + (k.kept - k.w.seq);
}

uint32_t model_filter(struct model *m, const uint8_t *packet, uint32_t len)
{
	uint32_t type = len > 0 && packet[0] >> 4 == 6 ? 0x86dd : 0x0800;

	m->packet = packet;
	m->len = len;
	m->n_parts = 0;
	m->had_payload = false;
	memset(&m->p, 0, sizeof(m->p));
	m->p.len = len;
	packet_parse(m, &m->p, 0, type);
	return m->p.kind == PACKET_TCP ? take_tcp(m) : len;
}

size_t model_parts(const struct model *m, uint32_t (*out)[3], size_t max)
{
	size_t n = m->n_parts < max ? m->n_parts : max;

	memcpy(out, m->parts, n * sizeof(*out));
	return n;
}

bool model_payload(const struct model *m, uint32_t *seq, uint32_t *end, bool *whole)
{
	*seq = m->last.seq;
	*end = m->last.end;
	*whole = m->last.whole;
	return m->had_payload;
}
