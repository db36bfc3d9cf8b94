/* SPDX-License-Identifier: Apache-2.0
 *
 * What groups whose broker assigns have beside rebalances: members that are turned away, a change of protocol, what stops
 * a streams group, and what a share group's members were delivered.
 */
#include "why.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#define NAME_WIDTH 40
#define SLOW_NOTABLE (3 * INT64_C(1000000000)) /* ns that others waited */
#define REDELIVERED_NOTABLE 10

/* ---- taking in ------------------------------------------------------------------------------------------ */

void why_fenced_add(struct why_group *g, const struct group_member_event *e)
{
	struct why_epochs *w = &g->epochs;
	size_t i = 0;

	if (e->event != GROUP_FENCED || e->error == 0 || e->note != NULL) /* who has its place: see why_static.c */
		return;
	while (i < w->n_fenced && (w->fenced[i].error != e->error || !text_equal(w->fenced[i].client_id, e->client_id) ||
	                           !text_equal(w->fenced[i].host, e->host)))
		i++;
	if (i == WHY_FENCED) {
		w->other_fenced++;
		return;
	}
	if (i == w->n_fenced)
		w->fenced[w->n_fenced++] = (struct why_fenced){
			.client_id = text_dup(e->client_id), .host = text_dup(e->host), .instance = text_dup(e->instance), .error = e->error,
		};
	w->fenced[i].n++;
}

static void add_status(struct why_epochs *w, const char *text)
{
	size_t i = 0;

	while (i < w->n_status && strcmp(w->status[i], text) != 0)
		i++;
	if (i == w->n_status && i < WHY_STATUS && (w->status[i] = text_dup(text)) != NULL)
		w->n_status++;
}

/* Also of a group that forms: what was before it is not known then. */
void why_epochs_add(struct why_group *g, const struct group_rebalance *r)
{
	struct why_epochs *w = &g->epochs;

	for (size_t i = 0; i < r->n_status; i++)
		add_status(w, r->status[i]);
	if (g->type == NULL || r->group_type == NULL || strcmp(g->type, r->group_type) == 0)
		return;
	free(w->before);
	w->before = g->type;
	g->type = text_dup(r->group_type);
	w->changed_at = r->started;
	w->changed_to = r->generation;
	w->changes++;
}

void why_delivery_add(struct why_group *g, const struct group_delivery_event *d)
{
	struct why_epochs *w = &g->epochs;

	w->acquired += d->acquired;
	w->redelivered += d->redelivered;
	w->accepted += d->accepted;
	w->released += d->released;
	w->rejected += d->rejected;
	w->refused += d->refused;
}

void why_epochs_free(struct why_group *g)
{
	struct why_epochs *w = &g->epochs;

	for (size_t i = 0; i < w->n_fenced; i++) {
		free(w->fenced[i].client_id);
		free(w->fenced[i].host);
		free(w->fenced[i].instance);
	}
	for (size_t i = 0; i < w->n_status; i++)
		free(w->status[i]);
	free(w->before);
}

/* ---- telling -------------------------------------------------------------------------------------------- */

static void fenced_row(struct line *part, const struct why_group *g)
{
	const struct why_epochs *w = &g->epochs;

	for (size_t i = 0; i < w->n_fenced; i++) {
		const struct why_fenced *f = &w->fenced[i];
		const char *name = kf_error_name(f->error);

		line_text(part, i > 0 ? "; " : "");
		line_who(part, f->client_id, f->host);
		if (f->instance != NULL) {
			line_text(part, " as ");
			line_name(part, f->instance, NAME_WIDTH);
		}
		line_text(part, ": ");
		line_text(part, name ? name : "error");
		if (f->n > 1)
			line_format(part, " x%u", f->n);
	}
	if (w->other_fenced > 0)
		line_format(part, "; and %u more", w->other_fenced);
}

/* For the first of those that were turned away: the others tend to have the same reason. */
static void fenced_advice(struct line *part, const struct why_group *g)
{
	static const struct {
		int16_t error;
		const char *text;
	} row[] = {
		{ 111, "the one before still has this group.instance.id, and keeps it: give each process its own, and start a successor "
		       "only when the process before has left; after a crash the id is free when its session has run out" },
		{ 112, "group.remote.assignor of this client is none that the brokers have (group.consumer.assignors; uniform and range "
		       "by default)" },
		{ 128, "patterns of group.protocol=consumer are RE2/J, resolved by the broker: not all that java.util.regex can is in it" },
		{ 130, "all instances of the Streams application need the same topology: deploy one version" },
		{ 131, "all instances of the Streams application need the same topology: deploy one version" },
		{ 132, "all instances of the Streams application need the same topology: deploy one version" },
		{ 82, "two processes have one group.instance.id: give each its own" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (size_t k = 0; k < g->epochs.n_fenced; k++)
			if (g->epochs.fenced[k].error == row[i].error && part->len == 0)
				line_text(part, row[i].text);
}

static void change_row(struct line *part, const struct why_group *g)
{
	const struct why_epochs *w = &g->epochs;

	if (w->changes == 0)
		return;
	line_format(part, "from %s to %s at ", w->before, g->type);
	why_clock(part, w->changed_at);
	line_format(part, " (%d, R21)", w->changed_to);
	if (w->changes > 1)
		line_format(part, ", the last of %u changes", w->changes);
	line_text(part, text_equal(g->type, "classic") ?
	          "; partitions stop for all in every rebalance again, unless the assignor is cooperative-sticky" :
	          "; each member that is restarted for it costs two rebalances, once: expected while the migration lasts");
}

static void status_row(struct line *part, const struct why_group *g)
{
	for (size_t i = 0; i < g->epochs.n_status; i++) {
		line_text(part, i > 0 ? "; " : "");
		line_safe(part, g->epochs.status[i], strlen(g->epochs.status[i]), 0);
	}
}

static void status_advice(struct line *part, const struct why_group *g)
{
	for (size_t i = 0; i < g->epochs.n_status && part->len == 0; i++) {
		const char *s = g->epochs.status[i];

		if (strncmp(s, "MISSING_SOURCE_TOPICS", 21) == 0 || strncmp(s, "INCORRECTLY_PARTITIONED_TOPICS", 30) == 0)
			line_text(part, "tasks are assigned once the source topics exist, with the partition counts that joins need: make them "
			          "before the application starts");
		else if (strncmp(s, "STALE_TOPOLOGY", 14) == 0)
			line_text(part, "instances run different topologies: finish the deployment of one version");
		else if (strncmp(s, "SHUTDOWN_APPLICATION", 20) == 0)
			line_text(part, "an instance asked all others to shut down (its uncaught exception handler): look into its log");
	}
}

static void delivery_row(struct line *part, const struct why_group *g)
{
	const struct why_epochs *w = &g->epochs;

	if (w->acquired + w->accepted + w->released + w->rejected == 0)
		return;
	if (w->acquired > 0)
		line_count(part, w->acquired, "record", "records");
	else
		line_text(part, "? records");
	if (w->redelivered > 0)
		line_format(part, " (%llu not for the first time)", (unsigned long long)w->redelivered);
	line_format(part, ", %llu accepted", (unsigned long long)w->accepted);
	if (w->released > 0)
		line_format(part, ", %llu released", (unsigned long long)w->released);
	if (w->rejected > 0)
		line_format(part, ", %llu rejected", (unsigned long long)w->rejected);
	if (w->refused > 0)
		line_format(part, ", %llu acknowledgements refused", (unsigned long long)w->refused);
}

/* One in ten, and ten at least. */
static void delivery_advice(struct line *part, const struct why_group *g)
{
	const struct why_epochs *w = &g->epochs;

	if (w->redelivered >= REDELIVERED_NOTABLE && w->redelivered * 10 >= w->acquired)
		line_text(part, "records are delivered again when their lock runs out before they are acknowledged "
		          "(group.share.record.lock.duration.ms, 30 s by default), when they are released, and when members die: fewer "
		          "records a poll (max.poll.records), or a longer lock");
}

/* Who is to get partitions waits; the one that gives them up late may be expelled for it (R11, which is told then). */
static void slow_advice(struct line *part, const struct why_group *g)
{
	const struct why_person *p = g->broker ? why_slowest(g, 0) : NULL;

	for (size_t i = 0; i < g->n_storms; i++)
		if (g->storm[i].event.class == GROUP_STORM_SLOW_JOINER)
			return;
	for (size_t i = 0; i < g->n_causes; i++)
		if (g->cause[i].id == 11)
			return;
	if (p == NULL || p->wait < SLOW_NOTABLE)
		return;
	line_text(part, "who is to get partitions waits for ");
	line_who(part, p->client_id, p->host);
	line_text(part, ": it is busy between two polls, or its onPartitionsRevoked() takes long; lower max.poll.records. After "
	          "max.poll.interval.ms it is expelled");
}

bool why_epochs_text(struct line *part, const struct why_group *g, size_t i, const char **label)
{
	static const struct {
		const char *label;
		void (*put)(struct line *part, const struct why_group *g);
	} row[] = {
		{ "change", slow_advice },    { "fenced", fenced_row },      { "change", fenced_advice }, { "migration", change_row },
		{ "status", status_row },     { "change", status_advice },   { "delivered", delivery_row },
		{ "change", delivery_advice },
	};

	if (i >= sizeof row / sizeof row[0])
		return false;
	*label = row[i].label;
	row[i].put(part, g);
	return true;
}

/* ---- JSON ----------------------------------------------------------------------------------------------- */

static void fenced_json(struct json *j, const struct why_epochs *w)
{
	json_key(j, "turned_away");
	json_array_begin(j);
	for (size_t i = 0; i < w->n_fenced; i++) {
		json_object_begin(j);
		json_put_text(j, "client_id", w->fenced[i].client_id);
		json_put_text(j, "host", w->fenced[i].host);
		json_put_text(j, "instance", w->fenced[i].instance);
		json_key(j, "error");
		json_int(j, w->fenced[i].error);
		json_put_text(j, "error_name", kf_error_name(w->fenced[i].error));
		json_put_uint(j, "times", w->fenced[i].n);
		json_object_end(j);
	}
	json_array_end(j);
}

void why_epochs_json(struct json *j, const struct why_group *g)
{
	const struct why_epochs *w = &g->epochs;

	if (w->n_fenced > 0)
		fenced_json(j, w);
	if (w->changes > 0) {
		json_key(j, "migration");
		json_object_begin(j);
		json_put_text(j, "from", w->before);
		json_put_text(j, "to", g->type);
		json_put_time(j, "at", w->changed_at);
		json_key(j, "generation");
		json_int(j, w->changed_to);
		json_put_uint(j, "changes", w->changes);
		json_object_end(j);
	}
	if (w->n_status > 0) {
		json_key(j, "status");
		json_array_begin(j);
		for (size_t i = 0; i < w->n_status; i++)
			json_text(j, w->status[i]);
		json_array_end(j);
	}
	if (w->acquired + w->accepted + w->released + w->rejected == 0)
		return;
	json_key(j, "delivered");
	json_object_begin(j);
	json_put_uint(j, "acquired", w->acquired);
	json_put_uint(j, "redelivered", w->redelivered);
	json_put_uint(j, "accepted", w->accepted);
	json_put_uint(j, "released", w->released);
	json_put_uint(j, "rejected", w->rejected);
	json_put_uint(j, "refused_partitions", w->refused);
	json_object_end(j);
}
