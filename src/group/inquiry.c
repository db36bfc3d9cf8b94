/* SPDX-License-Identifier: Apache-2.0 */
#include "inquiry.h"

#include <string.h>

#include "digest.h"

/* Never 0, which stands for nothing told. */
static uint32_t digest_of(uint64_t d)
{
	uint32_t folded = (uint32_t)(d ^ d >> 32);

	return folded ? folded : 1;
}

static void tell(struct groups *gs, const char *group, struct group_admin_event *a, const struct kafka_message *m)
{
	struct group_event e = { .type = GROUP_EVENT_ADMIN, .ts = m->ts, .group = group };
	char host[NET_ENDPOINT_TEXT];

	a->client_id = m->client_id.ptr ?
	               scratch_text(&gs->scratch, "%.*s", (int)m->client_id.len, (const char *)m->client_id.ptr) : NULL;
	a->host = net_host_text(m->conn->client, host);
	a->frame = m->frame;
	e.admin = *a;
	emit(gs, &e);
}

static const char *text_of(struct groups *gs, struct kf_bytes b)
{
	return b.len ? scratch_text(&gs->scratch, "%.*s", (int)b.len, (const char *)b.ptr) : NULL;
}

static uint32_t state_digest(struct kf_bytes state)
{
	return digest_of(digest_bytes(DIGEST_START, state));
}

void inquiry_described(struct group *g, const struct inquiry *q, const struct kafka_message *m)
{
	const int32_t numbers[] = { q->generation, q->assignment_epoch, q->members };
	uint32_t state = state_digest(q->state);
	uint32_t rest = digest_of(digest_bytes(DIGEST_START, (struct kf_bytes){ (const uint8_t *)numbers, sizeof(numbers) }));

	if (g->told_state == state && g->told_rest == rest)
		return;
	g->told_state = state;
	g->told_rest = rest;
	tell(g->owner, g->name, &(struct group_admin_event){
		.what = GROUP_ADMIN_DESCRIBED, .api = q->api, .state = text_of(g->owner, q->state),
		.generation = q->generation, .assignment_epoch = q->assignment_epoch, .members = q->members,
	}, m);
}

void inquiry_listed(struct group *g, struct kf_bytes state, const struct kafka_message *m)
{
	uint32_t digest = state_digest(state);

	if (!state.len || g->told_state == digest)
		return;
	g->told_state = digest;
	tell(g->owner, g->name, &(struct group_admin_event){
		.what = GROUP_ADMIN_LISTED, .api = "ListGroups", .state = text_of(g->owner, state),
		.generation = -1, .assignment_epoch = -1, .members = -1,
	}, m);
}

void inquiry_deleted(struct groups *gs, struct kf_bytes name, int16_t error, const struct kafka_message *m)
{
	const char *group = text_of(gs, name);

	if (!group)
		return;
	tell(gs, group, &(struct group_admin_event){
		.what = error == ERR_NONE ? GROUP_ADMIN_DELETED : GROUP_ADMIN_NOT_DELETED, .api = "DeleteGroups", .error = error,
		.generation = -1, .assignment_epoch = -1, .members = -1,
	}, m);
}
