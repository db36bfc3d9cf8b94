/* SPDX-License-Identifier: Apache-2.0
 *
 * LeaveGroup: one member (v0-2) or several (v3+), its own or an administrator's.
 */
#include <regroup/messages.h>

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include <regroup/pool.h>

#include "correlator.h"
#include "member.h"
#include "unheard.h"

void leave_free(struct leave *l)
{
	if (!l)
		return;
	member_unref(l->member);
	text_free(l->reason);
	pool_put(l->from, l);
}

/* An administrator's client speaks for others: another client id than the member's own. */
static bool is_own(const struct member *m, const struct kafka_message *msg)
{
	size_t len = m->client_id ? strlen(m->client_id) : 0;

	if (!m->visible)
		return false;
	return m->client_id ? msg->client_id.len == len && memcmp(msg->client_id.ptr, m->client_id, len) == 0
	                    : msg->client_id.len == 0;
}

/* Keeps the order of the request: the answer has one error per member in the same order. */
static void add_leave(struct group *g, struct request *r, struct kf_bytes id, struct kf_bytes instance,
                      struct kf_bytes reason, const struct kafka_message *msg)
{
	struct leave *l = spare_leave(&g->owner->spares);

	if (!l)
		return;
	l->member = member_ref(id.len ? member_find(g, id) : member_by_instance(g, instance));
	l->at = msg->ts;
	l->frame = msg->frame;
	l->connection = msg->conn->id;
	l->reason = reason.len ? text_common(g->owner, reason) : NULL;
	l->own = l->member && id.len && is_own(l->member, msg);
	DL_APPEND(r->leaves, l);
}

static void gone(struct group *g, struct request *r, struct leave *l, uint64_t answer_frame)
{
	l->answer_frame = answer_frame;
	DL_DELETE(r->leaves, l);
	if (l->member && l->member->presence == MEMBER_IN)
		round_leave(g, l);
	else
		leave_free(l);
}

/* No answer will be seen. */
static void all_gone(struct group *g, struct request *r)
{
	struct leave *l, *next;

	g->unheard = true;
	DL_FOREACH_SAFE(r->leaves, l, next)
		if (l->member && unheard_leave_counts(g, l))
			gone(g, r, l, 0);
}

struct request *leave_request(struct groups *gs, const struct kafka_message *m)
{
	struct leave_group_request_member item;
	struct leave_group_request q;
	const struct kf_bytes none = { NULL, 0 };
	struct request *r;
	struct group *g;

	kf_decode(m->schema, m->version, &m->body, &q, NULL);
	g = group_get(gs, q.group_id);
	r = g ? request_new(gs, g, REQUEST_LEAVE, m) : NULL;
	if (!r)
		return NULL;
	if (q.member_id.len)
		add_leave(g, r, q.member_id, none, none, m);
	while (kf_next(&q.members, &item))
		add_leave(g, r, item.member_id, item.group_instance_id, item.reason, m);
	if (unheard(gs, m))
		all_gone(g, r);
	return r;
}

void leave_response(struct groups *gs, const struct kafka_message *m, struct request *r)
{
	struct leave_group_response_member item;
	struct leave_group_response a;
	struct leave *l = r->leaves, *next;

	(void)gs;
	kf_decode(m->schema, m->version, &m->body, &a, NULL);
	if (!KF_HAS(&a, leave_group_response, error_code))
		return;
	if (a.error_code != ERR_NONE) {
		answer_error(r->group, r, a.error_code, m);
		return;
	}
	for (; l; l = next) {
		next = l->next;
		if (m->version >= 3 && (!kf_next(&a.members, &item) || item.error_code != ERR_NONE))
			continue; /* a member error means that nothing changed */
		l->latency = m->latency;
		gone(r->group, r, l, m->frame);
	}
}
