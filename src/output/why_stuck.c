/* SPDX-License-Identifier: Apache-2.0 */
#include "why_stuck.h"

#include "why.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

/* Less is a rebalance that happened to be under way. */
#define STUCK (5 * INT64_C(1000000000))

void why_stuck_free(struct why_stuck *k)
{
	free(k->client_id);
	free(k->host);
	free(k->status);
	*k = (struct why_stuck){ .epochs = 0 };
}

static void keep_who(struct why_stuck *k, const struct group_rebalance *r)
{
	for (size_t i = 0; i < r->n_members; i++) {
		const struct group_rebalance_member *m = &r->members[i];

		if (m->client_id == NULL || strcmp(m->client_id, r->slowest) != 0)
			continue;
		text_replace(&k->client_id, m->client_id);
		text_replace(&k->host, m->host);
		return;
	}
}

void why_stuck_add(struct why_stuck *k, const struct group_rebalance *r, int64_t ts)
{
	if (r->mode != GROUP_BROKER || r->passed_over)
		return;
	if (r->outcome != GROUP_ABORTED && r->outcome != GROUP_UNFINISHED) {
		why_stuck_free(k);
		return;
	}
	if (k->epochs++ == 0)
		k->since = r->started;
	k->until = ts;
	if (r->slowest != NULL)
		keep_who(k, r);
	if (r->n_status > 0)
		text_replace(&k->status, r->status[0]);
}

bool why_stuck_tells(const struct why_stuck *k)
{
	return k->epochs > 0 && (k->status != NULL || (k->client_id != NULL && k->until - k->since >= STUCK));
}

void why_stuck_text(struct line *part, const struct why_stuck *k, uint32_t refused)
{
	line_text(part, "since ");
	why_clock(part, k->since);
	line_text(part, ", ");
	line_duration(part, k->until - k->since);
	if (k->epochs > 1)
		line_format(part, " and %u epochs", k->epochs);
	line_text(part, ": ");
	line_name(part, k->client_id, 40);
	if (k->host != NULL) {
		line_text(part, " (");
		line_name(part, k->host, 40);
		line_text(part, ")");
	}
	line_text(part, " does not give up the partitions that it was asked for, and others wait for them");
	if (refused > 0)
		line_format(part, "; %u of its commits were refused", refused);
}

void why_stuck_json(struct json *j, const struct why_stuck *k)
{
	json_key(j, "stuck");
	if (!why_stuck_tells(k)) {
		json_null(j);
		return;
	}
	json_object_begin(j);
	json_key(j, "since");
	json_time(j, k->since);
	json_key(j, "until");
	json_time(j, k->until);
	json_key(j, "epochs");
	json_uint(j, k->epochs);
	json_key(j, "client_id");
	json_text(j, k->client_id);
	json_key(j, "host");
	json_text(j, k->host);
	json_key(j, "status");
	json_text(j, k->status);
	json_object_end(j);
}
