/* SPDX-License-Identifier: Apache-2.0
 *
 * One rebalance: what log says of it, each member's way through its phases, and who had what before and after.
 */
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "page.h"
#include "print.h"
#include "ui.h"

#define UNKNOWN GROUP_UNKNOWN_TIME
#define NAME 22
#define NARROW 100u
#define PARTITIONS 4096u /* that are compared */

struct rebalance_view {
	struct page page;
	uint64_t shown; /* number of the event on the page */
	unsigned width;
};

static void rebalance_close(void *state)
{
	page_free(&((struct rebalance_view *)state)->page);
}

/* A name of the wire in `width` columns. */
static void put_name(FILE *out, const char *name, int width)
{
	char text[512];
	size_t n = text_safe(text, sizeof(text), name ? name : "?", name ? strlen(name) : 1, (size_t)width);

	fprintf(out, "%s%*s", text, width - (int)text_width(text, n), "");
}

/* ---- the members' phases -------------------------------------------------------------------------------------- */

struct bars {
	FILE *out;
	int64_t from, to;
	unsigned width;
	bool broker; /* assigns: members go on while they are led to what is new */
};

static const char *const marks[] = { " ", "\033[31m\xe2\x96\x91", "\033[33m\xe2\x96\x92", "\033[36m\xe2\x96\x93",
                                     "\033[32m\xe2\x94\x80", "\033[2m\xc2\xb7" };
enum { MARK_NONE, MARK_LATE, MARK_WAIT, MARK_SYNC, MARK_RUN, MARK_UNSEEN };

static int64_t told_at(const struct group_rebalance_member *m)
{
	return m->join_asked != UNKNOWN && m->rejoin_lag > 0 ? m->join_asked - m->rejoin_lag : m->join_asked;
}

static int mark_at(const struct group_rebalance_member *m, int64_t t, bool broker)
{
	bool before = m->change != GROUP_JOINED && m->change != GROUP_RETURNED;

	if (m->gone != UNKNOWN && m->join_asked == UNKNOWN)
		return t < m->gone ? MARK_RUN : MARK_NONE;
	if (m->join_asked == UNKNOWN && m->sync_answered != UNKNOWN)
		return t < m->sync_answered ? MARK_SYNC : MARK_RUN;
	if (m->join_asked == UNKNOWN)
		return broker ? MARK_RUN : MARK_UNSEEN;
	if (t < told_at(m))
		return before ? MARK_RUN : MARK_NONE;
	if (t < m->join_asked)
		return MARK_LATE;
	if (m->join_answered == UNKNOWN || t < m->join_answered)
		return MARK_WAIT;
	if (m->sync_answered == UNKNOWN || t < m->sync_answered)
		return MARK_SYNC;
	return MARK_RUN;
}

static void print_bar(const struct bars *b, const struct group_rebalance_member *m)
{
	int last = -1;

	for (unsigned c = 0; c < b->width; c++) {
		int64_t t = b->from + (int64_t)((double)(b->to - b->from) * (c + 0.5) / b->width);
		int mark = mark_at(m, t, b->broker);

		if (mark == last) /* the same colour */
			fputs(mark ? strchr(marks[mark], 'm') + 1 : " ", b->out);
		else
			fprintf(b->out, "\033[0m%s", marks[mark]);
		last = mark;
	}
	fputs("\033[0m", b->out);
}

static void put_duration(FILE *out, int64_t ns, unsigned width)
{
	char text[TEXT_SHORT] = "";

	if (ns >= 0)
		text_duration(text, sizeof(text), ns);
	fprintf(out, " %*s", (int)width, text);
}

static bool has_times(const struct group_rebalance *r)
{
	for (size_t i = 0; i < r->n_members; i++)
		if (r->members[i].join_asked != UNKNOWN || r->members[i].sync_answered != UNKNOWN)
			return true;
	return false;
}

static void print_phases(FILE *out, const struct group_rebalance *r, unsigned width)
{
	struct bars b = { .out = out, .from = r->started, .to = r->ended, .broker = r->mode == GROUP_BROKER };

	if (r->started == UNKNOWN || !has_times(r))
		return;
	for (size_t i = 0; i < r->n_members; i++) {
		const struct group_rebalance_member *m = &r->members[i];

		b.to = m->sync_answered != UNKNOWN && m->sync_answered > b.to ? m->sync_answered : b.to;
		b.from = told_at(m) != UNKNOWN && told_at(m) < b.from ? told_at(m) : b.from;
	}
	if (b.to == UNKNOWN || b.to <= b.from)
		return;
	b.width = width > NAME + 24 ? width - NAME - 23 : 8;
	fprintf(out, "\033[1mWhere the time went\033[0m   \033[31m\xe2\x96\x91\033[0m told, not there yet  "
	        "\033[33m\xe2\x96\x92\033[0m waits  \033[36m\xe2\x96\x93\033[0m syncs  \033[32m\xe2\x94\x80\033[0m runs\n");
	fprintf(out, "\033[2m  %-*s%-*s %9s %9s\033[0m\n", NAME - 2, "", (int)b.width, "", "rejoined", "down");
	for (size_t i = 0; i < r->n_members; i++) {
		const struct group_rebalance_member *m = &r->members[i];
		bool slow = r->slowest && text_equal(r->slowest, m->client_id);

		fprintf(out, "%s%s ", slow ? "\033[31m" : "", slow ? ">" : " ");
		put_name(out, name_of_member(m->client_id, m->member), NAME - 3);
		fputs("\033[0m ", out);
		print_bar(&b, m);
		put_duration(out, m->rejoin_lag, 9);
		put_duration(out, m->downtime, 9);
		fputc('\n', out);
	}
	fputc('\n', out);
}

/* ---- who had what ----------------------------------------------------------------------------------------------- */

static const char *name_of(const struct group_rebalance *r, const char *id)
{
	for (size_t i = 0; id && i < r->n_members; i++)
		if (text_equal(r->members[i].member, id) || text_equal(r->members[i].instance, id))
			return name_of_member(r->members[i].client_id, id);
	return id;
}

static const struct group_move *move_of(const struct group_move *list, size_t n, const char *topic, int32_t partition)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].partition == partition && text_equal(list[i].topic, topic))
			return &list[i];
	return NULL;
}

/* Of a connector its tasks, and itself. */
static void part_label(const struct group_rebalance *r, int32_t partition, char out[16])
{
	if (r->kind == GROUP_KIND_CONNECT && partition < 0)
		snprintf(out, 16, " itself");
	else
		snprintf(out, 16, " %d", partition);
}

/* A partition that somebody has now: whose it was is in the moves, or it has stayed. */
static void print_owned(FILE *out, const struct group_rebalance *r, const struct group_rebalance_member *m,
                        const char *topic, int32_t partition, int name)
{
	const struct group_move *moved = move_of(r->moved, r->n_moved, topic, partition);
	const struct group_move *granted = move_of(r->granted, r->n_granted, topic, partition);
	char label[16];

	part_label(r, partition, label);
	fputs(moved ? "\033[33m" : granted ? "\033[32m" : "", out);
	fputs("  ", out);
	put_name(out, topic, name - 4);
	fprintf(out, "%-7s ", label);
	put_name(out, moved ? name_of(r, moved->from) : granted ? "-" : name_of_member(m->client_id, m->member), name);
	fputs(moved || granted ? " \xe2\x86\x92 " : "   ", out);
	put_name(out, name_of_member(m->client_id, m->member), name);
	put_duration(out, moved ? moved->downtime : -1, 9);
	fputs("\033[0m\n", out);
}

static void print_assignment(FILE *out, const struct group_rebalance *r, unsigned width)
{
	int name = width < NARROW ? 19 : NAME;
	bool connect = r->kind == GROUP_KIND_CONNECT;
	char label[16];
	unsigned n = 0;

	if (r->outcome != GROUP_STABLE)
		return;
	fprintf(out, "\033[1mAssignment\033[0m%s\n\033[2m  %-*s%-7s %-*s   %-*s %9s\033[0m\n",
	        r->moves_known ? "" : "   \033[2m(what was before was not seen)\033[0m", name - 4, connect ? "connector" : "topic",
	        connect ? " task" : " part", name, "before", name, "after", "down");
	for (size_t i = 0; i < r->n_members; i++) {
		const struct group_rebalance_member *m = &r->members[i];

		for (size_t t = 0; t < m->n_topics; t++)
			for (size_t p = 0; p < m->topics[t].n_partitions && n < PARTITIONS; p++, n++)
				print_owned(out, r, m, m->topics[t].topic, m->topics[t].partitions[p], name);
	}
	for (size_t i = 0; i < r->n_unassigned && n < PARTITIONS; i++, n++) {
		fputs("\033[31m  ", out);
		put_name(out, r->unassigned[i].topic, name - 4);
		part_label(r, r->unassigned[i].partition, label);
		fprintf(out, "%-7s ", label);
		put_name(out, name_of(r, r->unassigned[i].from), name);
		fputs(" \xe2\x86\x92 nobody\033[0m\n", out);
	}
	if (n == PARTITIONS)
		fputs("  and more\n", out);
}

static void make(struct rebalance_view *v, const struct kept *k, unsigned width)
{
	const struct group_rebalance *r = &k->event->rebalance;
	FILE *out;

	if (!page_begin(&v->page, &out))
		return;
	print_event(k->event, false, true, width > 80 ? width - 2 : width > 40 ? width : 40, out);
	print_phases(out, r, width);
	print_assignment(out, r, width);
	if (!page_end(&v->page, out))
		return;
	if (v->shown != k->number)
		v->page.list = (struct list){ .at = 0 };
	v->shown = k->number;
	v->width = width;
}

/* "rebalance 7 of 12" */
static void position(struct ui *ui, const struct model_group *g, const struct kept *k, char *out, size_t size)
{
	size_t at = 0, n = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct kept *x = g->kept[g->first + i];

		n += x->event->type == GROUP_EVENT_REBALANCE;
		if (x == k)
			at = n;
	}
	snprintf(out, size, "%zu/%zu  %s/%s: others  %s: messages", at, n, ui_key_name(ui, ACT_LEFT), ui_key_name(ui, ACT_RIGHT),
	         ui_key_name(ui, ACT_OPEN));
}

static void rebalance_draw(void *state, struct ui *ui, struct area a)
{
	struct rebalance_view *v = state;
	struct model_group *g = ui_group(ui);
	const struct kept *k = g ? ui_rebalance(ui) : NULL;
	char text[128];
	enum { rows = 1 };

	if (k)
		position(ui, g, k, text, sizeof(text));
	ui_heading(ui, a, k ? text : "no rebalance was seen");
	if (!k)
		return;
	ui->focus.rebalance = k->number;
	if (v->shown != k->number || v->width != a.width)
		make(v, k, a.width);
	if (v->shown != k->number)
		return;
	a.y += rows + 1;
	a.height -= a.height > rows + 1 ? rows + 1 : a.height;
	page_draw(&v->page, ui, a);
}

static bool rebalance_act(void *state, struct ui *ui, enum action a)
{
	struct rebalance_view *v = state;

	switch (a) {
	case ACT_LEFT:
	case ACT_RIGHT:
		ui_step_rebalance(ui, a == ACT_LEFT ? -1 : 1);
		return true;
	case ACT_PAN_LEFT:
	case ACT_PAN_RIGHT:
		return page_act(&v->page, a == ACT_PAN_LEFT ? ACT_LEFT : ACT_RIGHT);
	case ACT_OPEN:
		ui->focus.whole = false;
		ui->focus.message = 0;
		ui_open(ui, VIEW_LADDER);
		return true;
	default:
		return page_act(&v->page, a);
	}
}

static struct list *rebalance_list(void *state)
{
	return &((struct rebalance_view *)state)->page.list;
}

static size_t rebalance_count(void *state, struct ui *ui)
{
	(void)ui;
	return ((struct rebalance_view *)state)->page.n;
}

static bool rebalance_matches(void *state, struct ui *ui, size_t row, const char *text)
{
	(void)ui;
	return page_matches(&((struct rebalance_view *)state)->page, row, text);
}

static bool rebalance_jump(void *state, struct ui *ui, int64_t ts, int32_t generation)
{
	(void)state;
	(void)ui;
	(void)ts;
	(void)generation;
	return true; /* the focus has moved */
}

static bool rebalance_save(void *state, struct ui *ui, enum save_as as, FILE *out)
{
	const struct rebalance_view *v = state;
	const struct kept *k = ui_rebalance(ui);

	if (!k)
		return false;
	if (as == SAVE_MERMAID)
		return view_ladder.save(NULL, ui, as, out);
	if (as == SAVE_TEXT)
		page_print(&v->page, out);
	return as == SAVE_TEXT || print_event(k->event, true, false, 0, out);
}

const struct view_ops view_rebalance = {
	.name = "Rebalance",
	.tab = "Rebalance",
	.state_size = sizeof(struct rebalance_view),
	.close = rebalance_close,
	.draw = rebalance_draw,
	.act = rebalance_act,
	.list = rebalance_list,
	.count = rebalance_count,
	.matches = rebalance_matches,
	.jump = rebalance_jump,
	.save = rebalance_save,
};
