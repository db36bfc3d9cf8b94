/* SPDX-License-Identifier: Apache-2.0
 *
 * What administrators' tools asked of groups and were told.
 */
#include "log.h"

#define NAME_WIDTH 40

static void put_who(struct line *l, const struct group_admin_event *a)
{
	line_name(l, a->client_id, NAME_WIDTH);
	line_text(l, " (");
	line_name(l, a->host, NAME_WIDTH);
	line_text(l, ")");
}

static void put_described(struct line *l, const struct group_admin_event *a)
{
	put_who(l, a);
	line_text(l, " was told by ");
	line_text(l, a->api);
	line_text(l, ": ");
	line_name(l, a->state, NAME_WIDTH);
	if (a->generation >= 0)
		line_format(l, ", epoch %d", a->generation);
	if (a->assignment_epoch >= 0 && a->assignment_epoch != a->generation)
		line_format(l, ", assigned for %d", a->assignment_epoch);
	if (a->members < 0)
		return;
	line_text(l, ", ");
	line_count(l, (uint64_t)a->members, "member", "members");
}

void log_text_admin(struct line *l, const struct group_event *e)
{
	const struct group_admin_event *a = &e->admin;
	const char *error = kf_error_name(a->error);

	log_head(l, e);
	switch (a->what) {
	case GROUP_ADMIN_DELETED:
		line_style(l, LINE_YELLOW);
		line_text(l, "group deleted");
		line_style(l, LINE_PLAIN);
		line_text(l, " by ");
		put_who(l, a);
		line_text(l, ": its offsets are gone, the next of its name begins anew");
		break;
	case GROUP_ADMIN_NOT_DELETED:
		put_who(l, a);
		line_format(l, " could not delete the group: %s (%d)", error != NULL ? error : "error", a->error);
		break;
	default:
		put_described(l, a);
	}
	line_format(l, "  [frame %llu]", (unsigned long long)a->frame);
	line_end(l);
}

void log_json_admin(struct json *j, const struct group_admin_event *a)
{
	json_put_text(j, "event", group_admin_what_name(a->what));
	json_put_text(j, "api", a->api);
	json_put_text(j, "client_id", a->client_id);
	json_put_text(j, "host", a->host);
	json_put_text(j, "state", a->state);
	json_put_number(j, "generation", a->generation);
	json_put_number(j, "assignment_epoch", a->assignment_epoch);
	json_put_number(j, "members", a->members);
	json_key(j, "error");
	json_int(j, a->error);
	json_put_text(j, "error_name", a->error != 0 ? kf_error_name(a->error) : NULL);
	json_put_uint(j, "frame", a->frame);
}
