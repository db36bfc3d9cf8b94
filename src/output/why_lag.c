/* SPDX-License-Identifier: Apache-2.0 */
#include "why_lag.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#define NAME_WIDTH 40

static void forget(struct why_behind_partition *p)
{
	free(p->topic);
	free(p->client_id);
	free(p->host);
}

void why_lag_free(struct why_lag *lag)
{
	for (size_t i = 0; i < lag->n_worst; i++)
		forget(&lag->worst[i]);
	memset(lag, 0, sizeof *lag);
}

static void add(struct why_lag *lag, const struct group_view_member *m, const struct group_view_partition *p)
{
	size_t i = lag->n_worst;

	while (i > 0 && lag->worst[i - 1].lag < p->lag)
		i--;
	if (i == WHY_BEHIND)
		return;
	if (lag->n_worst == WHY_BEHIND)
		forget(&lag->worst[--lag->n_worst]);
	memmove(&lag->worst[i + 1], &lag->worst[i], (lag->n_worst++ - i) * sizeof lag->worst[0]);
	lag->worst[i] = (struct why_behind_partition){
		.topic = text_dup(p->topic),
		.client_id = text_dup(m->client_id),
		.host = text_dup(m->host),
		.partition = p->partition,
		.committed = p->committed,
		.high_watermark = p->high_watermark,
		.lag = p->lag,
	};
}

void why_lag_take(struct why_lag *lag, const struct group_view *v)
{
	why_lag_free(lag);
	lag->lag = v->lag;
	lag->partitions_known = v->lag_known;
	lag->partitions = v->partitions;
	lag->commits = v->commits;
	lag->refused = v->commits_refused;
	lag->latency = v->commit_latency;
	lag->latency_most = v->commit_latency_most;
	for (size_t i = 0; i < v->n_members; i++)
		for (size_t p = 0; p < v->members[i].n_partitions; p++)
			if (v->members[i].partitions[p].lag > 0)
				add(lag, &v->members[i], &v->members[i].partitions[p]);
}

void why_lag_text(struct line *l, const struct why_lag *lag)
{
	const struct why_behind_partition *worst = &lag->worst[0];

	if (lag->partitions_known == 0)
		return;
	if (lag->lag == 0) {
		line_text(l, "none at the end");
	} else {
		line_count(l, (uint64_t)lag->lag, "message", "messages");
		line_text(l, " behind at the end");
	}
	line_format(l, ", known of %u of ", lag->partitions_known);
	line_count(l, lag->partitions, "partition", "partitions");
	if (lag->n_worst == 0)
		return;
	line_text(l, "; most ");
	line_name(l, worst->topic, NAME_WIDTH);
	line_format(l, " %d, ", worst->partition);
	line_count(l, (uint64_t)worst->lag, "message", "messages");
	if (worst->client_id == NULL)
		return;
	line_text(l, ", of ");
	line_name(l, worst->client_id, NAME_WIDTH);
}

void why_commits_text(struct line *l, const struct why_lag *lag)
{
	if (lag->commits == 0)
		return;
	line_count(l, lag->commits, "commit", "commits");
	if (lag->latency >= 0) {
		line_text(l, ", answered after ");
		line_duration(l, lag->latency);
		line_text(l, " on average, ");
		line_duration(l, lag->latency_most);
		line_text(l, " at most");
	}
}

static void put_behind(struct json *j, const struct why_behind_partition *p)
{
	json_object_begin(j);
	json_key(j, "topic");
	json_text(j, p->topic);
	json_key(j, "partition");
	json_int(j, p->partition);
	json_key(j, "client_id");
	json_text(j, p->client_id);
	json_key(j, "host");
	json_text(j, p->host);
	json_key(j, "committed");
	json_int(j, p->committed);
	json_key(j, "high_watermark");
	json_int(j, p->high_watermark);
	json_key(j, "lag");
	json_int(j, p->lag);
	json_object_end(j);
}

void why_lag_json(struct json *j, const struct why_lag *lag)
{
	json_key(j, "lag");
	if (lag->partitions_known > 0)
		json_int(j, lag->lag);
	else
		json_null(j);
	json_put_uint(j, "lag_partitions_known", lag->partitions_known);
	json_put_uint(j, "partitions", lag->partitions);
	json_key(j, "most_behind");
	json_array_begin(j);
	for (size_t i = 0; i < lag->n_worst; i++)
		put_behind(j, &lag->worst[i]);
	json_array_end(j);
	json_put_uint(j, "commits", lag->commits);
	json_put_uint(j, "commits_refused", lag->refused);
	json_key(j, "commit_latency_ms");
	json_ms(j, lag->commits ? lag->latency : -1);
	json_key(j, "commit_latency_most_ms");
	json_ms(j, lag->commits ? lag->latency_most : -1);
}
