/* SPDX-License-Identifier: Apache-2.0 */
#include "panel.h"

#include <string.h>

#include <regroup/text.h>

#include "brief.h"
#include "ui.h"

struct looking {
	const struct lane *lane;
	struct pen *pen;
	unsigned next; /* row for what has no room in the first */
};

/* "views 4,5; orders 0" of partitions that are in order. */
static void put_partitions(struct pen *p, const struct group_view_member *m, bool connect)
{
	const char *topic = NULL;

	for (size_t i = 0; i < m->n_partitions && p->x < p->limit; i++) {
		const struct group_view_partition *x = &m->partitions[i];

		if (!text_both(topic, x->topic)) {
			pen_text(p, topic ? "; " : "");
			pen_wire(p, x->topic, 40);
			pen_text(p, " ");
		} else {
			pen_text(p, ",");
		}
		if (connect && x->partition < 0)
			pen_text(p, "itself");
		else
			pen_format(p, "%d", x->partition);
		topic = x->topic;
	}
}

static void put_view(struct looking *k, const struct group_view_member *m, bool connect)
{
	struct pen *p = k->pen;

	if (m->software) {
		pen_text(p, "  ");
		pen_wire(p, m->software, 40);
	}
	if (m->local) {
		pen_format(p, "  pid %d ", m->local->pid);
		pen_wire(p, m->local->comm, 16);
		if (m->local->container[0])
			pen_format(p, " in container %.12s", m->local->container);
	}
	pen_text(p, m->leader ? "  leader" : "");
	p->y++;
	p->x = 3;
	pen_styled(p, STYLE_FAINT, "has  ");
	if (!m->n_partitions)
		pen_text(p, !m->assignment_known ? "not seen" : connect ? "nothing" : "no partitions");
	put_partitions(p, m, connect);
	if (m->lag >= 0) {
		pen_styled(p, STYLE_FAINT, "   lag ");
		pen_count(p, (uint64_t)m->lag);
	}
}

static void each(void *ctx, const struct group_view *v)
{
	struct looking *k = ctx;

	for (size_t i = 0; i < v->n_members; i++)
		if (text_both(v->members[i].member, k->lane->member))
			put_view(k, &v->members[i], v->kind == GROUP_KIND_CONNECT);
}

void panel_member(struct ui *ui, struct area a, const struct lane *l)
{
	struct pen p = pen_at(&ui->screen, a.x + 1, a.y, a.x + a.width, STYLE_BOLD);
	struct looking k = { .lane = l, .pen = &p };

	pen_wire(&p, name_of_member(l->client_id, l->member), 40);
	p.style = STYLE_PLAIN;
	pen_text(&p, "  ");
	pen_wire(&p, l->host, 40);
	if (l->instance) {
		pen_text(&p, "  instance ");
		pen_wire(&p, l->instance, 40);
	}
	if (l->out)
		pen_styled(&p, STYLE_WARN, "  not in the group");
	else if (ui->groups && !ui->model->held)
		groups_view_one(ui->groups, ui->focus.group->name, &k, each);
	p = pen_at(&ui->screen, a.x + 3, a.y + 2, a.x + a.width, STYLE_PLAIN);
	pen_styled(&p, STYLE_FAINT, "was  ");
	pen_format(&p, "the cause %u time%s", l->times, l->times == 1 ? "" : "s");
	if (l->late >= 0) {
		pen_text(&p, ", up to ");
		pen_duration(&p, l->late);
		pen_text(&p, " late");
	}
	if (l->waited > 0) {
		pen_text(&p, ", waited for ");
		pen_duration(&p, l->waited);
		pen_text(&p, " in all");
	}
	p = pen_at(&ui->screen, a.x + 3, a.y + 3, a.x + a.width, STYLE_FAINT);
	pen_text(&p, "id   ");
	pen_wire(&p, l->member, 0);
}

unsigned panel_advice(struct ui *ui, struct area a, const struct model_group *g)
{
	const struct group_storm_event *e = g->storm ? &g->storm->event->storm : NULL;
	struct pen p;

	if (!e || !e->advice || a.height < 2)
		return 0;
	p = pen_at(&ui->screen, a.x + 1, a.y, a.x + a.width, STYLE_ACCENT | STYLE_BOLD);
	pen_text(&p, "change");
	a.x += 1;
	a.width -= 1;
	return brief_words(&ui->screen, a, 9, STYLE_PLAIN, e->advice);
}
