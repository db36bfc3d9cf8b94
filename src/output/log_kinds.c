/* SPDX-License-Identifier: Apache-2.0
 *
 * What the log says of Connect, Streams and Schema Registry beyond their rebalances.
 */
#include "log.h"

#include <string.h>

#include <regroup/text.h>

#define TASKS_SHOWN 12   /* members whose tasks are listed */
#define NAME_WIDTH 32

void log_shares(struct line *l, enum group_kind kind, const int32_t *p, size_t n)
{
	bool connector = kind == GROUP_KIND_CONNECT && n > 0 && p[0] == -1;

	if (kind != GROUP_KIND_CONNECT) {
		log_partitions(l, p, n);
		return;
	}
	if (connector)
		line_text(l, n > 1 ? "connector, " : "connector");
	if (n == (size_t)connector)
		return;
	line_text(l, n - connector == 1 ? "task " : "tasks ");
	log_partitions(l, p + connector, n - connector);
}

static void put_amount(struct line *l, int32_t connectors, int32_t tasks)
{
	if (connectors > 0)
		line_count(l, (uint64_t)connectors, "connector", "connectors");
	if (connectors > 0 && tasks > 0)
		line_text(l, " and ");
	if (tasks > 0 || connectors == 0)
		line_count(l, (uint64_t)tasks, "task", "tasks");
}

/* ---- Connect ------------------------------------------------------------------------------------------- */

static void put_offsets(struct line *l, const struct group_connect *c)
{
	if (c->config_offset < 0)
		line_text(l, "no configurations yet");
	else if (c->config_before >= 0 && c->config_before != c->config_offset)
		line_format(l, "config offset %lld -> %lld", (long long)c->config_before, (long long)c->config_offset);
	else
		line_format(l, "config offset %lld", (long long)c->config_offset);
}

static void print_waiting(struct line *l, const struct group_connect *c)
{
	bool one = c->waiting_connectors + c->waiting_tasks == 1;

	if (c->waiting_connectors + c->waiting_tasks == 0 && c->delay_ms <= 0)
		return;
	log_row(l, "waiting");
	if (c->waiting_connectors < 0) {
		line_text(l, "some");
		one = false;
	} else {
		put_amount(l, c->waiting_connectors, c->waiting_tasks);
	}
	if (c->delay_ms <= 0) {
		log_words(l, one ? " stopped: the follow-up hands it out, unless it was deleted" :
		             " stopped: the follow-up hands them out, unless they were deleted");
		line_end(l);
		return;
	}
	log_words(l, one ? " waits " : " wait ");
	line_duration(l, (int64_t)c->delay_ms * 1000000);
	log_words(l, " for a lost worker to come back (scheduled.rebalance.max.delay.ms): a follow-up is due at ");
	line_clock(l, c->due);
	line_end(l);
}

static void print_connect(struct line *l, const struct group_connect *c)
{
	log_row(l, "connect");
	if (c->connectors >= 0) {
		put_amount(l, c->connectors, c->tasks);
		line_text(l, " assigned, ");
	}
	put_offsets(l, c);
	if (c->leader_url != NULL) {
		line_text(l, ", led by ");
		log_wrap(l, (unsigned)strlen(c->leader_url));
		line_name(l, c->leader_url, 80);
	}
	line_end(l);
	if (c->error != 0) {
		log_row(l, "");
		log_words(l, "nothing was assigned: a worker had not read the newest configurations yet");
		line_end(l);
	}
	print_waiting(l, c);
}

/* ---- Streams ------------------------------------------------------------------------------------------- */

static void put_tasks(struct line *l, const char *what, const struct group_task *t, size_t n)
{
	if (n == 0)
		return;
	log_wrap(l, 20);
	line_format(l, " %s ", what);
	for (size_t i = 0; i < n; i++) {
		log_wrap(l, 8);
		line_format(l, i > 0 ? ",%d_%d" : "%d_%d", t[i].subtopology, t[i].partition);
	}
}

static void print_tasks(struct line *l, const struct group_rebalance *r, bool verbose)
{
	const struct log_names names = log_names(r);
	size_t shown = 0;

	for (size_t i = 0; i < r->n_members && (verbose || shown < TASKS_SHOWN); i++) {
		const struct group_rebalance_member *m = &r->members[i];

		if (m->n_active + m->n_standby == 0)
			continue;
		log_row(l, shown++ == 0 ? "tasks" : "");
		log_member_name(l, &names, m->member);
		put_tasks(l, "active", m->active, m->n_active);
		put_tasks(l, "standby", m->standby, m->n_standby);
		line_end(l);
	}
}

static void print_announced(struct line *l, const struct group_streams *s)
{
	if (s->next == GROUP_UNKNOWN_TIME)
		return;
	log_row(l, "probing");
	line_text(l, "a rebalance is announced for ");
	line_clock(l, s->next);
	log_words(l, ": it is expected (probing.rebalance.interval.ms), to see whether ");
	if (s->warmup > 0)
		line_count(l, (uint64_t)s->warmup, "warm-up copy has", "warm-up copies have");
	else
		log_words(l, "copies of tasks have");
	log_words(l, " caught up");
	line_end(l);
}

static void print_streams(struct line *l, const struct group_rebalance *r, bool verbose)
{
	const struct group_streams *s = r->streams;

	print_tasks(l, r, verbose);
	log_row(l, "streams");
	if (s->processes > 0) {
		line_count(l, (uint64_t)s->processes, "process", "processes");
		line_text(l, ", ");
	}
	if (s->active >= 0 && s->standby >= 0) {
		line_count(l, (uint64_t)s->active, "active task", "active tasks");
		line_format(l, ", %d standby", s->warmup > 0 ? s->standby - s->warmup : s->standby);
	} else {
		line_text(l, "not all assignments were seen");
	}
	if (s->warmup > 0)
		line_format(l, ", %d warming up", s->warmup);
	line_end(l);
	if (s->error != 0) {
		log_row(l, "error");
		line_text(l, s->error_name);
		line_end(l);
	}
	if (s->version_probing) {
		log_row(l, "versions");
		log_words(l, "members speak different versions: a rolling upgrade; they go on with the lowest");
		line_end(l);
	}
	print_announced(l, s);
}

/* ---- Schema Registry ------------------------------------------------------------------------------------ */

static void put_nobody(struct line *l, const struct group_registry *s)
{
	log_words(l, "nobody, and nobody can write: ");
	if (s->error != 1) {
		log_words(l, s->eligible == 0 ? "no instance may become master" : "the leader elected none");
		return;
	}
	log_words(l, "two instances have the same url");
	if (s->twin == NULL)
		return;
	line_text(l, " ");
	log_wrap(l, (unsigned)strlen(s->twin));
	line_name(l, s->twin, 80);
}

static void print_registry(struct line *l, const struct group_rebalance *r)
{
	const struct group_registry *s = r->registry;
	const struct log_names names = log_names(r);

	log_row(l, "master");
	if (s->master == NULL) {
		put_nobody(l, s);
		line_end(l);
		return;
	}
	line_name(l, s->url, 80);
	line_text(l, " (");
	log_member_name(l, &names, s->master);
	line_text(l, ")");
	if (text_equal(s->master, s->before)) {
		line_text(l, ", as before");
	} else if (s->before != NULL) {
		line_text(l, ", after ");
		log_member_name(l, &names, s->before);
	} else {
		line_text(l, s->before_known ? ", newly elected" : "");
	}
	line_end(l);
}

void log_text_kind(struct line *l, const struct group_rebalance *r, bool verbose)
{
	if (r->connect != NULL)
		print_connect(l, r->connect);
	if (r->streams != NULL)
		print_streams(l, r, verbose);
	if (r->registry != NULL)
		print_registry(l, r);
}
