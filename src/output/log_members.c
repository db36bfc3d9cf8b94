/* SPDX-License-Identifier: Apache-2.0 */
#include "local.h"
#include "log.h"

#include <string.h>

#include <regroup/text.h>

/* ns: a follower that synced this much after the first is a straggler. */
#define LATE INT64_C(1000000000)

#define MEMBERS_SHOWN 20
#define NAME_WIDTH 32
#define ASSIGNMENT_WIDTH 32
#define UUID_CHARS 36
#define LEADER_COLUMNS 8
#define CHANGE_COLUMNS 10
#define CELLS 64 /* most tables are not longer */
#define SIGN_COLUMN (LOG_TEXT_COLUMN - 2)

/* An assignment as it was put down to be measured. */
struct cell {
	size_t at, len;
	unsigned reach; /* see struct line */
};

/* The table: its columns, as wide as their widest text. */
struct columns {
	const struct log_names *names;
	unsigned name, host, assignment;
	bool software, subscription; /* shown: they differ between members */
	bool assigned;      /* assignments are shown: the rebalance came to one */
	struct line *text;  /* all of them, one after another */
	struct cell cell[CELLS]; /* of the first members */
};

void log_partitions(struct line *l, const int32_t *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t last = i;

		while (last + 1 < n && p[last] != INT32_MAX && p[last + 1] == p[last] + 1)
			last++;
		if (i > 0)
			line_text(l, ",");
		line_number(l, p[i]);
		if (last > i) {
			line_text(l, last == i + 1 ? "," : "-");
			line_number(l, p[last]);
		}
		i = last + 1;
	}
}

/* They are in the order of their client ids. */
static bool is_like_next(const struct group_rebalance *r, size_t i)
{
	return i + 1 < r->n_members && text_both(r->members[i].client_id, r->members[i + 1].client_id);
}

static bool shares_client_id(const struct group_rebalance *r, const struct group_rebalance_member *m)
{
	size_t i = (size_t)(m - r->members);

	return is_like_next(r, i) || (i > 0 && is_like_next(r, i - 1));
}

static bool some_alike(const struct group_rebalance *r)
{
	for (size_t i = 0; i < r->n_members; i++)
		if (is_like_next(r, i))
			return true;
	return false;
}

/* Where the uuid of "<client.id>-<uuid>" begins; NULL when the id has none. */
static const char *uuid_of(const char *id)
{
	size_t len = strlen(id);

	return len > UUID_CHARS && id[len - UUID_CHARS - 1] == '-' ? id + len - UUID_CHARS : NULL;
}

static void put_id(struct line *l, const char *id)
{
	const char *uuid = uuid_of(id);

	line_safe(l, id, uuid != NULL ? (size_t)(uuid - 1 - id) : strlen(id), NAME_WIDTH);
}

static void put_name(struct line *l, const struct group_rebalance_member *m, bool shares)
{
	const char *uuid;

	if (m->client_id == NULL && m->member != NULL)
		put_id(l, m->member);
	else if (m->instance != NULL && shares)
		line_name(l, m->instance, NAME_WIDTH);
	else
		line_name(l, m->client_id, NAME_WIDTH);
	if (m->client_id == NULL || m->instance != NULL || !shares)
		return;
	uuid = m->member != NULL ? uuid_of(m->member) : NULL;
	line_text(l, "#"); /* two of the same name: the first of what tells them apart */
	if (uuid != NULL)
		line_safe(l, uuid, 6, 0);
	else
		line_name(l, m->member, 8);
}

struct log_names log_names(const struct group_rebalance *r)
{
	return (struct log_names){ .of = r, .alike = some_alike(r) };
}

/* Member ids are unique, and mostly the same piece of memory wherever one is named. */
static const struct group_rebalance_member *find_member(const struct group_rebalance *r, const char *id)
{
	for (size_t i = 0; id != NULL && i < r->n_members; i++)
		if (r->members[i].member == id)
			return &r->members[i];
	for (size_t i = 0; id != NULL && i < r->n_members; i++)
		if (text_both(r->members[i].member, id) || text_both(r->members[i].instance, id))
			return &r->members[i];
	return NULL;
}

void log_member_name(struct line *l, const struct log_names *names, const char *id)
{
	const struct group_rebalance_member *m = find_member(names->of, id);

	if (m != NULL)
		put_name(l, m, names->alike && shares_client_id(names->of, m));
	else if (id == NULL)
		line_text(l, "nobody");
	else
		put_id(l, id);
}

static unsigned width_of(const char *text, unsigned most)
{
	size_t width = text != NULL ? text_width(text, strlen(text)) : 1;

	return width < most ? (unsigned)width : most;
}

static bool may_matter(const struct group_rebalance_member *m)
{
	return m->change != GROUP_STAYED || m->leader;
}

static void put_nothing(struct line *l, const struct group_rebalance *r, const struct group_rebalance_member *m)
{
	if (r->kind == GROUP_KIND_REGISTRY && m->url != NULL)
		line_name(l, m->url, 0);
	else if (r->kind == GROUP_KIND_CONNECT)
		line_text(l, "nothing to run");
	else if (r->kind != GROUP_KIND_REGISTRY)
		line_text(l, "no partitions");
}

static void put_assignment(struct line *l, const struct group_rebalance *r, const struct group_rebalance_member *m)
{
	if (group_change_out(m->change))
		return;
	if (!m->assignment_known && r->kind != GROUP_KIND_OTHER)
		line_text(l, "assignment not seen");
	else if (m->n_topics == 0)
		put_nothing(l, r, m);
	for (size_t i = 0; i < m->n_topics; i++) {
		if (i > 0)
			line_text(l, "; ");
		log_wrap(l, width_of(m->topics[i].topic, NAME_WIDTH) + 6);
		line_name(l, m->topics[i].topic, 0);
		line_text(l, " ");
		log_shares(l, r->kind, m->topics[i].partitions, m->topics[i].n_partitions);
	}
}

static bool differs(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) != 0;
}

/* Puts the assignment down; its columns. */
static unsigned measure_assignment(struct columns *c, const struct group_rebalance *r, size_t i)
{
	const size_t at = c->text->len;

	c->text->column = c->text->reach = 0;
	put_assignment(c->text, r, &r->members[i]);
	if (i < CELLS)
		c->cell[i] = (struct cell){ .at = at, .len = c->text->len - at, .reach = c->text->reach };
	return c->text->column;
}

static void measure(struct columns *c, const struct group_rebalance *r)
{
	const struct group_rebalance_member *first = r->members;

	for (size_t i = 0; i < r->n_members; i++) {
		const struct group_rebalance_member *m = &r->members[i];
		unsigned name = width_of(m->client_id != NULL ? m->client_id : m->member, NAME_WIDTH);
		unsigned host = width_of(m->host, NAME_WIDTH), assignment = measure_assignment(c, r, i);

		if (m->client_id != NULL && m->instance == NULL && c->names->alike && shares_client_id(r, m))
			name += 7;
		c->name = name > c->name ? name : c->name;
		c->host = host > c->host ? host : c->host;
		if (assignment > c->assignment && assignment <= ASSIGNMENT_WIDTH)
			c->assignment = assignment;
		c->subscription |= differs(m->subscription, first->subscription);
		c->software |= differs(m->software, first->software);
	}
}

/* As it was put down, where it would be the same here: unless a line is full. */
static void show_assignment(struct line *l, const struct group_rebalance *r, size_t i, const struct columns *c)
{
	const struct cell *cell = i < CELLS ? &c->cell[i] : NULL;

	if (cell != NULL && !c->text->failed && l->column < log_limit(l) && cell->reach <= log_limit(l) - l->column)
		line_put(l, c->text->buf + cell->at, cell->len);
	else
		put_assignment(l, r, &r->members[i]);
}

/* Where the broker assigns, it is the time that a member took to give partitions up, or has not yet. */
static const char *delay_of(const struct group_rebalance *r, const struct group_rebalance_member *m)
{
	if (r->mode != GROUP_BROKER)
		return "  lag ";
	return r->outcome != GROUP_STABLE && text_both(r->slowest, m->client_id) ? "  not given up in " : "  gave up in ";
}

static void put_delays(struct line *l, const struct group_rebalance *r, const struct group_rebalance_member *m)
{
	if (m->rejoin_lag >= 0) {
		line_text(l, delay_of(r, m));
		line_duration(l, m->rejoin_lag);
	}
	if (m->sync_lag >= LATE) {
		line_text(l, "  synced late ");
		line_duration(l, m->sync_lag);
	}
	if (m->downtime >= 0) {
		line_text(l, m->downtime_at_least ? "  down >=" : "  down ");
		line_duration(l, m->downtime);
	}
}

static void print_member(struct line *l, const struct group_rebalance *r, size_t i, const struct columns *c)
{
	const struct group_rebalance_member *m = &r->members[i];
	const char *change = group_change_name(m->change);
	unsigned host = LOG_TEXT_COLUMN + c->name + 2, leader = host + c->host + 2;

	line_to(l, SIGN_COLUMN, 0);
	line_text(l, group_change_out(m->change) ? "-" : m->change == GROUP_STAYED ? " " : "+");
	line_to(l, LOG_TEXT_COLUMN, 0);
	put_name(l, m, c->names->alike && shares_client_id(r, m));
	line_to(l, host, 2);
	line_name(l, m->host, NAME_WIDTH);
	line_to(l, leader, 2);
	line_text(l, m->leader ? "leader" : "");
	line_to(l, leader + LEADER_COLUMNS, 2);
	line_text(l, change ? change : "?");
	line_to(l, leader + LEADER_COLUMNS + CHANGE_COLUMNS, 2);
	if (c->assigned) {
		show_assignment(l, r, i, c);
		line_to(l, leader + LEADER_COLUMNS + CHANGE_COLUMNS + c->assignment, 0);
	}
	put_delays(l, r, m);
	if (c->software && m->software != NULL) {
		line_text(l, "  ");
		line_name(l, m->software, NAME_WIDTH);
	}
	if (c->subscription && m->subscription != NULL) {
		line_text(l, "  subscribes to ");
		line_name(l, m->subscription, NAME_WIDTH);
	}
	if (m->local != NULL) {
		line_text(l, "  ");
		local_text(l, m->local);
	}
	line_end(l);
}

/* Of many members those that matter are shown first of all, then others in their order. How many are shown. */
static size_t print_table(struct line *l, const struct group_rebalance *r, const struct columns *c, size_t most)
{
	size_t matter = 0, others, shown = 0;

	for (size_t i = 0; i < r->n_members; i++)
		matter += may_matter(&r->members[i]);
	others = most > matter ? most - matter : 0;
	for (size_t i = 0; i < r->n_members && shown < most; i++) {
		if (!may_matter(&r->members[i]) && others == 0)
			continue;
		others -= !may_matter(&r->members[i]);
		if (shown++ == 0) {
			line_to(l, 4, 0);
			line_style(l, LINE_DIM);
			line_text(l, "members");
			line_style(l, LINE_PLAIN);
		}
		print_member(l, r, i, c);
	}
	return shown;
}

void log_text_members(struct line *l, const struct log_names *names, bool verbose)
{
	const struct group_rebalance *r = names->of;
	struct columns c;
	size_t shown;

	c.names = names;
	c.name = c.host = c.assignment = 0;
	c.software = c.subscription = verbose;
	c.assigned = r->outcome == GROUP_STABLE;
	c.text = line_part(l);
	if (c.text == NULL)
		return;
	measure(&c, r);
	shown = print_table(l, r, &c, verbose ? r->n_members : MEMBERS_SHOWN);
	if (shown == r->n_members)
		return;
	log_row(l, "");
	line_text(l, "… and ");
	line_count(l, r->n_members - shown, "more", "more");
	line_end(l);
}
