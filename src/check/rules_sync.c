/* SPDX-License-Identifier: Apache-2.0
 *
 * W18, W19 and W26: from the JoinGroup answer to the assignment.
 */
#include "engine.h"

#include <stdlib.h>

static bool is_listed(const struct joined *j, uint64_t id)
{
	for (uint32_t i = 0; i < j->n_ids; i++)
		if (j->ids[i] == id)
			return true;
	return false;
}

/* ---- W18: what SyncGroup says -------------------------------------------------------------------------------- */

struct w18 {
	uint32_t assigned, strangers;
};

static struct w18 count_assigned(const struct joined *j, struct kf_array assignments)
{
	struct sync_group_request_assignment a;
	struct w18 n = { 0 };

	while (kf_next(&assignments, &a)) {
		if (j->n_ids && !is_listed(j, digest_of(a.member_id)))
			n.strangers++;
		else
			n.assigned++;
	}
	return n;
}

static void w18_asked(const struct talk *t)
{
	const struct sync_group_request *b = t->body;
	const struct member *m = t->member;
	const struct joined *j;
	struct w18 n;

	if (!m || !m->joined.at.ts || m->sync_asked.ts)
		return;
	j = &m->joined;
	n = count_assigned(j, b->assignments);
	struct blame blame = { .rule = 18, .since = j->at.ts, .frames = { j->at.frame, t->m->frame } };
	blame.expected = "SyncGroup with the generation and the protocol that JoinGroup was answered with";
	if (b->generation_id != j->generation)
		rule_fail(t, &blame, "SyncGroup for generation %d, generation %d was joined", b->generation_id,
		          j->generation);
	else if (b->protocol_name.len && digest_of(b->protocol_name) != j->protocol)
		rule_fail(t, &blame, "SyncGroup with protocol %.*s, which is not the chosen one",
		          (int)b->protocol_name.len % 64, (const char *)b->protocol_name.ptr);
	else if (!j->leader && n.assigned + n.strangers > 0) {
		blame.expected = "no assignments from a member that does not lead";
		rule_fail(t, &blame, "SyncGroup with %u assignments from a follower", n.assigned + n.strangers);
	} else if (j->leader && !j->skip && n.strangers) {
		blame.expected = "assignments of the members that JoinGroup listed, and of no others";
		rule_fail(t, &blame, "%u assignments for members that are not in the list", n.strangers);
	} else if (j->leader && !j->skip && n.assigned < j->n_ids) {
		blame.expected = "an assignment, even if empty, for each member";
		rule_fail(t, &blame, "%u assignments for %u members", n.assigned, j->n_ids);
	} else {
		rule_pass(t, 18);
	}
}

/* ---- W19: each partition once ------------------------------------------------------------------------------------ */

/* Adds what one member is given; false at the first partition that somebody has already. */
static bool hand_out(const struct talk *t, struct parts *given, struct kf_bytes blob, struct part *twice, bool *read)
{
	struct consumer_protocol_assignment_assigned_partition p;
	struct consumer_protocol_assignment a;
	int16_t version;

	if (!blob.len)
		return true;
	if (kf_assignment(blob, &a, &version, NULL) != KF_OK) {
		*read = false;
		return true;
	}
	while (kf_next(&a.assigned_partitions, &p)) {
		uint64_t key = ck_topic_key(t->check, p.topic, NULL, NULL);
		int64_t partition;

		while (kf_next_int(&p.partitions, &partition)) {
			*twice = (struct part){ .topic = key, .partition = (int32_t)partition };
			if (parts_has(given, *twice))
				return false;
			parts_add(given, *twice);
		}
	}
	return true;
}

/* A partition of a subscribed topic that nobody was given; a cooperative round leaves out what has to be given up
 * first. */
static bool left_out(const struct talk *t, const struct joined *j, const struct parts *given, struct part *out)
{
	for (uint32_t i = 0; i < j->n_topics; i++) {
		const struct topic *topic = ck_topic_find(t->check, j->topics[i]);

		if (!topic || topic->partitions <= 0 || topic->since > j->at.ts - 5 * NS_PER_S)
			continue;
		for (int32_t p = 0; p < topic->partitions; p++) {
			*out = (struct part){ .topic = topic->key, .partition = p };
			if (!parts_has(given, *out) && !(j->cooperative && parts_has(&j->owned, *out)))
				return true;
		}
	}
	return false;
}

static void w19_asked(const struct talk *t)
{
	const struct sync_group_request *b = t->body;
	const struct member *m = t->member;
	struct sync_group_request_assignment a;
	struct kf_array assignments = b->assignments;
	struct parts given = { 0 };
	struct part p = { 0 };
	bool once = true, read = true;
	char text[96];

	if (!m || !m->consumer || m->streams || !m->joined.leader || m->joined.skip || !m->joined.listed ||
	    b->generation_id != m->joined.generation || b->assignments.count <= 0 || m->sync_asked.ts)
		return;
	while (once && kf_next(&assignments, &a))
		once = hand_out(t, &given, a.assignment, &p, &read);
	struct blame blame = { .rule = 19, .since = m->joined.at.ts, .frames = { m->joined.at.frame, t->m->frame },
		               .expected = "each partition of the subscribed topics assigned exactly once" };
	if (!once)
		rule_fail(t, &blame, "%s is assigned twice in generation %d", part_text(t->check, p, text), b->generation_id);
	else if (read && left_out(t, &m->joined, &given, &p))
		rule_fail(t, &blame, "%s is assigned to nobody in generation %d", part_text(t->check, p, text),
		          b->generation_id);
	else if (read)
		rule_pass(t, 19);
	parts_free(&given);
}

/* ---- W26: no commit while the assignment is due --------------------------------------------------------------------- */

static void w26_commit(const struct talk *t)
{
	const struct member *m = t->member;
	bool sure;

	if (!m || !m->joined.at.ts || m->synced.ts > m->joined.at.ts || t->q->generation < 0 || !m->in_group ||
	    m->left.ts || m->told.ts)
		return;
	/* On the connection on which SyncGroup went before it, the order is the client's own. */
	sure = m->sync_asked.ts && m->conn == t->conn->id ? true : t->m->ts - m->joined.at.ts > CROSSING;
	if (!sure)
		return;
	rule_fail(t, &(struct blame){ .rule = 26, .since = m->joined.at.ts,
	                              .frames = { m->joined.at.frame, m->sync_asked.ts ? m->sync_asked.frame : 0, t->m->frame },
	                              .expected = "no OffsetCommit between the answers of JoinGroup and SyncGroup" },
	          "OffsetCommit %.3f s after generation %d was joined, before its assignment",
	          (double)(t->m->ts - m->joined.at.ts) / 1e9, m->joined.generation);
}

static void w26_synced(const struct talk *t)
{
	const struct member *m = t->member;

	if (m && t->error == ERR_NONE && m->joined.at.ts && m->joined.generation == t->q->generation)
		rule_pass(t, 26);
}

const struct hook hooks_sync[] = {
	{ .rule = 18, .api = API_SYNC, .asked = w18_asked },
	{ .rule = 19, .api = API_SYNC, .asked = w19_asked },
	{ .rule = 26, .api = API_SYNC, .answered = w26_synced },
	{ .rule = 26, .api = API_COMMIT, .asked = w26_commit },
	{ .rule = 0 },
};
