/* SPDX-License-Identifier: Apache-2.0
 *
 * FindCoordinator, and which partition of __consumer_offsets a group lives in.
 */
#include "coordinator.h"

#include <regroup/messages.h>

#include <string.h>

#include "member.h"

#define DEFAULT_PARTITIONS 50
#define KEY_IS_GROUP 0

/* Bytes of the UTF-8 sequence at p (1-4) and its code point; anything malformed is one byte of U+FFFD. */
static size_t code_point(const uint8_t *p, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *p < 0x80 ? 1 : *p >= 0xf0 && *p < 0xf8 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc0 ? 2 : 0;

	*out = *p & (n == 1 ? 0x7fu : n == 2 ? 0x1fu : n == 3 ? 0x0fu : 0x07u);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			n = 0;
		else
			*out = *out << 6 | (p[i] & 0x3fu);
	}
	if (n && *p < 0xf8 && *out >= least[n] && *out <= 0x10ffff && (*out < 0xd800 || *out > 0xdfff))
		return n;
	*out = 0xfffd;
	return 1;
}

int32_t coordinator_partition(const char *group, int32_t n)
{
	const uint8_t *p = (const uint8_t *)group;
	uint32_t hash = 0, c;

	while (*p) {
		p += code_point(p, &c);
		if (c >= 0x10000) {
			hash = hash * 31 + 0xd800 + ((c - 0x10000) >> 10);
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		hash = hash * 31 + c;
	}
	if (hash & 0x80000000u)
		hash = -hash;
	return hash == 0x80000000u ? 0 : (int32_t)(hash % (uint32_t)n);
}

int32_t coordinator_partitions(const struct groups *gs)
{
	struct topic *t = NULL;

	HASH_FIND_STR(gs->topics, "__consumer_offsets", t);
	return t && t->partitions > 0 ? t->partitions : DEFAULT_PARTITIONS;
}

void broker_learn(struct groups *gs, int32_t node, struct kf_bytes host, int32_t port)
{
	struct broker *b = NULL;

	if (node < 0 || host.len >= sizeof(b->host) || !host.ptr || port <= 0 || port > UINT16_MAX)
		return;
	for (size_t i = 0; i < gs->n_brokers && !b; i++)
		if (gs->brokers[i].node == node)
			b = &gs->brokers[i];
	if (!b && gs->n_brokers == BROKERS_KEPT)
		return;
	if (!b)
		b = &gs->brokers[gs->n_brokers++];
	b->node = node;
	b->port = (uint16_t)port;
	memcpy(b->host, host.ptr, host.len);
	b->host[host.len] = '\0';
}

static int32_t node_at(const struct groups *gs, const struct net_endpoint *e)
{
	char text[NET_ENDPOINT_TEXT];
	const char *host = net_host_text(e, text);

	for (size_t i = 0; i < gs->n_brokers; i++)
		if (gs->brokers[i].port == e->port && strcmp(gs->brokers[i].host, host) == 0)
			return gs->brokers[i].node;
	return -1;
}

int32_t coordinator_node(const struct group *g)
{
	int32_t node = g->coordinator_known ? node_at(g->owner, &g->coordinator) : -1;

	return node >= 0 ? node : g->coordinator_node;
}

struct request *find_coordinator_request(struct groups *gs, const struct kafka_message *m)
{
	struct find_coordinator_request q;
	struct kf_bytes key;
	struct group *g;

	kf_decode(m->schema, m->version, &m->body, &q, NULL);
	if (q.key_type != KEY_IS_GROUP)
		return NULL;
	g = group_find(gs, q.key);
	while (!g && kf_next_bytes(&q.coordinator_keys, &key))
		g = group_find(gs, key);
	return g ? request_new(gs, g, REQUEST_FIND, m) : NULL;
}

void find_coordinator_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct find_coordinator_response_coordinator item;
	struct find_coordinator_response a;

	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	if (m->version < 4 && KF_HAS(&a, find_coordinator_response, port) && a.error_code == ERR_NONE) {
		broker_learn(gs, a.node_id, a.host, a.port);
		r->group->coordinator_node = a.node_id;
	}
	while (kf_next(&a.coordinators, &item)) {
		struct group *g = group_find(gs, item.key);

		if (item.error_code != ERR_NONE)
			continue;
		broker_learn(gs, item.node_id, item.host, item.port);
		if (g)
			g->coordinator_node = item.node_id;
	}
}
