/* SPDX-License-Identifier: Apache-2.0
 *
 * Some clients commit again and again what is refused, ten times a second (a topic that was deleted): for a person the
 * first two of these are lines, and then one a minute with how many there were.
 */
#include "log.h"

#include <regroup/messages.h>
#include <regroup/text.h>

#include <stdlib.h>
#include <string.h>

#define KEPT 32
#define SHOWN 2
#define AGAIN (60 * INT64_C(1000000000))

struct commit_run {
	char *group, *client_id, *host;
	int32_t generation;
	int16_t error;
	uint32_t shown, hidden;
	int64_t printed, latest;
};

struct log_commits {
	struct commit_run run[KEPT];
};

static void clear(struct commit_run *r)
{
	free(r->group);
	free(r->client_id);
	free(r->host);
	*r = (struct commit_run){ .error = 0 };
}

static void tell(struct log *log, struct commit_run *r)
{
	const struct group_event e = { .type = GROUP_EVENT_COMMIT_FAILED, .ts = r->latest, .group = r->group };
	const char *name = kf_error_name(r->error);
	struct line *l = &log->line;

	if (r->hidden == 0)
		return;
	log_head(l, &e);
	line_text(l, "commits failed ");
	line_count(l, r->hidden, "time more", "times more");
	line_text(l, ": ");
	line_name(l, r->client_id != NULL ? r->client_id : "?", 0);
	if (r->host != NULL) {
		line_text(l, " (");
		line_name(l, r->host, 0);
		line_text(l, ")");
	}
	if (r->generation >= 0)
		line_format(l, ", as of generation %d", r->generation);
	line_format(l, ": %s (%d)", name != NULL ? name : "error", r->error);
	line_end(l);
	r->hidden = 0;
}

static bool is_of(const struct commit_run *r, const struct group_event *e)
{
	const struct group_commit_event *c = &e->commit;

	return r->group != NULL && r->error == c->error && r->generation == c->generation && text_equal(r->group, e->group) &&
	       text_equal(r->client_id, c->client_id) && text_equal(r->host, c->host);
}

bool log_commits(struct log *log, const struct group_event *e)
{
	struct commit_run *oldest;

	if (e->type != GROUP_EVENT_COMMIT_FAILED)
		return false;
	if (log->commits == NULL && (log->commits = calloc(1, sizeof *log->commits)) == NULL)
		return false;
	oldest = &log->commits->run[0];
	for (size_t i = 0; i < KEPT; i++) {
		struct commit_run *r = &log->commits->run[i];

		if (is_of(r, e)) {
			r->latest = e->ts;
			if (r->shown < SHOWN) {
				r->shown++;
				r->printed = e->ts;
				return false;
			}
			if (e->ts - r->printed < AGAIN) {
				r->hidden++;
				return true;
			}
			tell(log, r);
			r->printed = e->ts;
			return false;
		}
		if (oldest->group != NULL && (r->group == NULL || r->latest < oldest->latest))
			oldest = r;
	}
	tell(log, oldest);
	clear(oldest);
	*oldest = (struct commit_run){
		.group = text_dup(e->group), .client_id = text_dup(e->commit.client_id), .host = text_dup(e->commit.host),
		.generation = e->commit.generation, .error = e->commit.error, .shown = 1, .printed = e->ts, .latest = e->ts,
	};
	return false;
}

void log_commits_end(struct log *log)
{
	for (size_t i = 0; log->commits != NULL && i < KEPT; i++)
		if (log->commits->run[i].group != NULL)
			tell(log, &log->commits->run[i]);
}

void log_commits_free(struct log_commits *commits)
{
	for (size_t i = 0; commits != NULL && i < KEPT; i++)
		clear(&commits->run[i]);
	free(commits);
}
