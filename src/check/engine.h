/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of src/check share: tables, verdicts, and the rules' hooks.
 */
#ifndef REGROUP_CHECK_ENGINE_H
#define REGROUP_CHECK_ENGINE_H

#include "state.h"

/* ---- tables.c */
struct conn *ck_conn_get(struct check *c, const struct kafka_conn *k);
bool ck_conn_open(const struct check *c, uint64_t id);
void ck_conn_free(struct check *c, struct conn *n);
struct client *ck_client_of(struct check *c, struct conn *n, const struct kafka_message *m);
struct group *ck_group_get(struct check *c, struct kf_bytes name);
struct member *ck_member_find(const struct group *g, struct kf_bytes id);
struct member *ck_member_get(struct check *c, struct group *g, struct kf_bytes id);
struct server *ck_server_get(struct check *c, const struct net_endpoint *at);
struct host *ck_host_get(struct check *c, const struct net_endpoint *at);
void ck_tables_free(struct check *c);

/* ---- ahead.c */
void ck_speaks(struct check *c, struct conn *n, const void *speaker);
void ck_hangs_up(struct check *c, struct conn *n);
void ck_fetch(const struct conn *n);
void ck_ahead(void *ctx, const void *speaker, enum kafka_coming what, unsigned step);

/* ---- requests.c */
struct request *ck_request_add(struct check *c, struct conn *n, const struct kafka_message *m);
struct request *ck_request_take(struct check *c, struct conn *n, const struct kafka_message *m); /* to be freed */
void ck_request_forget(struct check *c, struct conn *n, struct request *q);
void ck_request_free(struct check *c, struct request *q);
void ck_requests_drop(struct check *c, struct conn *n);

/* ---- topics.c */
uint64_t ck_topic_key(struct check *c, struct kf_bytes name, const struct kf_uuid *id, bool *known);
struct topic *ck_topic_find(const struct check *c, uint64_t key);
void ck_topics_learn(struct check *c, const struct metadata_response *a, int64_t ts);
const char *part_text(const struct check *c, struct part p, char out[96]);
void ck_topics_free(struct check *c);

/* ---- parts.c */
bool parts_add(struct parts *s, struct part p); /* false when it was there, or memory is out */
bool parts_has(const struct parts *s, struct part p);
void parts_remove(struct parts *s, struct part p);
void parts_clear(struct parts *s); /* keeps the memory */
void parts_free(struct parts *s);
void parts_move(struct parts *to, struct parts *from);

/* ---- blind.c */
void blind_add(struct blindness *b, int64_t from, int64_t to);
bool blind_in(const struct blindness *b, int64_t from, int64_t to);
void blind_host(const struct conn *n, int64_t from, int64_t to); /* that of the connection's client */
bool everything_seen(const struct check *c, const struct client *k); /* all brokers, and no unreadable connections */

/* ---- verdict.c */
/* Of blame.confirm: no connection that is seen could show it. */
#define NEVER UINT64_MAX

struct blame {
	uint8_t rule;
	bool wide;     /* only true when no connection of the client escaped the capture */
	uint64_t confirm; /* a connection on which what is missed would be: it has to be seen to go on; 0 for none */
	int64_t since; /* nothing may have been lost from here on; 0 for the message itself */
	uint64_t frames[FRAMES];
	const char *expected;
};

void rule_pass(const struct talk *t, unsigned rule);
void rule_pass_for(struct check *c, unsigned rule, struct client *k, struct group *g);
__attribute__((format(printf, 3, 4))) void rule_fail(const struct talk *t, const struct blame *b, const char *seen, ...);
__attribute__((format(printf, 6, 7))) void rule_fail_for(struct check *c, const struct blame *b, struct client *k,
                                                         struct group *g, int64_t ts, const char *seen, ...);
void ck_confirm(struct client *k, uint64_t conn); /* the connection goes on */
void verdicts_settle(struct check *c);
void verdicts_free(struct check *c);

/* ---- settings.c: what applies to a client and a group */
enum check_severity severity_of(const struct check *c, unsigned rule, const struct client *k, const struct group *g);
int64_t param_of(const struct check *c, unsigned rule, unsigned param, const struct client *k, const struct group *g);
uint64_t settings_client_scopes(const struct check_settings *s, const char *id, const struct net_endpoint *host);
uint64_t settings_group_scopes(const struct check_settings *s, const char *name);
bool settings_rule_used(const struct check_settings *s, unsigned rule); /* by any scope */

/* ---- expect.c */
void expect_begin(struct check *c);
void expect_message(struct check *c, const struct talk *t);
void expect_event(struct check *c, const struct group_event *e);
void expect_finish(struct check *c);
void expect_free(struct check *c);

/* ---- digests */
static inline uint64_t digest_more(uint64_t h, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * UINT64_C(1099511628211);
	return (h ^ 0xff) * UINT64_C(1099511628211);
}

/* 0 for null and empty. */
static inline uint64_t digest_of(struct kf_bytes b)
{
	return b.len ? digest_more(UINT64_C(14695981039346656037), b.ptr, b.len) : 0;
}

static inline struct mark mark_of(const struct talk *t)
{
	return (struct mark){ .ts = t->m->ts, .frame = t->m->frame };
}

/* ---- the rules: what they look at */
struct hook {
	uint8_t rule;
	uint8_t api;
	void (*asked)(const struct talk *t);    /* a request */
	void (*answered)(const struct talk *t); /* an answer to a request that was seen */
};

/* Lists end with rule 0. */
extern const struct hook hooks_connection[], hooks_coordinator[], hooks_heartbeat[], hooks_join[], hooks_sync[],
	hooks_leave[], hooks_commit[], hooks_owned[], hooks_fetch[], hooks_metadata[], hooks_produce[], hooks_consumer[];

/* Every request, every answer, whatever the API. */
void any_asked(const struct talk *t);
void any_answered(const struct talk *t);

/* The rest, where an API does not matter. */
void leave_conn_closed(struct check *c, struct conn *n, int64_t ts, uint64_t frame);
void ck_member_finish(struct check *c, struct member *m);
void leave_finish(struct check *c, struct member *m);
void ck_client_finish(struct check *c, struct client *k);
void offsets_finish(struct check *c, struct member *m);
void fetch_finish(struct check *c, struct client *k);
void produce_finish(struct check *c, struct client *k);
void ck_group_finish(struct check *c, struct group *g);
void steady_event(struct check *c, const struct group_event *e);

/* ---- state.c: what the messages say, after the rules have seen them */
void state_resolve(struct talk *t); /* group, member, error: before */
void state_asked(struct talk *t);
void state_answered(struct talk *t);
bool api_is_group(int16_t api);     /* sent to a group's coordinator, by a member or for one */
bool assignor_cooperative(struct kf_bytes name);

#endif
