/* SPDX-License-Identifier: Apache-2.0
 *
 * Partitions that are read again after a rebalance.
 */
#include "log.h"

#include <string.h>

#include <regroup/json.h>

#define NAME_WIDTH 40

static void print_one(struct json *j, const struct group_resumed *p)
{
	json_object_begin(j);
	json_put_text(j, "topic", p->topic);
	json_key(j, "partition");
	json_int(j, p->partition);
	json_put_text(j, "member", p->member);
	json_put_text(j, "client_id", p->client_id);
	json_key(j, "downtime_ms");
	json_ms(j, p->downtime);
	json_key(j, "downtime_at_least");
	json_bool(j, p->at_least);
	json_object_end(j);
}

void log_json_resumed(struct json *j, const struct group_resumed_event *r)
{
	json_key(j, "generation");
	json_int(j, r->generation);
	json_key(j, "longest_ms");
	json_ms(j, r->longest);
	json_key(j, "unread");
	json_uint(j, r->unread);
	json_key(j, "partitions");
	json_array_begin(j);
	for (size_t i = 0; i < r->n_partitions; i++)
		print_one(j, &r->partitions[i]);
	json_array_end(j);
}

/* "generation 3 is read again; nobody read orders-4 for 2.3 s (now pay-1, 10.0.0.1)" */
void log_text_resumed(struct line *l, const struct group_resumed_event *r)
{
	const struct group_resumed *w = r->worst;

	line_format(l, "generation %d is read again", r->generation);
	if (r->unread > 0) {
		line_text(l, ", but for ");
		line_count(l, r->unread, "partition", "partitions");
	}
	if (w == NULL)
		return;
	line_text(l, "; nobody read ");
	line_name(l, w->topic, 0);
	line_format(l, "-%d for ", w->partition);
	line_text(l, w->at_least ? "at least " : "");
	line_duration(l, w->downtime);
	line_text(l, " (now ");
	line_name(l, w->client_id != NULL ? w->client_id : w->member, NAME_WIDTH);
	if (w->host != NULL) {
		line_text(l, ", ");
		line_name(l, w->host, NAME_WIDTH);
	}
	line_text(l, ")");
}
