/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters: what came in, what is missing, what it costs.
 */
#include <regroup/text.h>

#include "conns.h"
#include "messages.h"
#include "ui.h"

struct statistics_view {
	unsigned y;
};

/* A row of a table of two columns. */
static struct pen row(struct statistics_view *v, struct ui *ui, const char *label)
{
	struct pen p = pen_at(&ui->screen, 3, v->y, ui->screen.width, STYLE_PLAIN);

	v->y++;
	pen_text(&p, label);
	pen_to(&p, 38);
	return p;
}

static void title(struct statistics_view *v, struct ui *ui, const char *text)
{
	struct pen p = pen_at(&ui->screen, 1, v->y, ui->screen.width, STYLE_BOLD);

	v->y++;
	pen_text(&p, text);
}

static void count(struct statistics_view *v, struct ui *ui, const char *label, uint64_t n, bool bad)
{
	struct pen p = row(v, ui, label);

	p.style = bad && n ? STYLE_BAD : STYLE_PLAIN;
	pen_count(&p, n);
}

static void size(struct statistics_view *v, struct ui *ui, const char *label, uint64_t n, bool bad)
{
	struct pen p = row(v, ui, label);

	p.style = bad && n ? STYLE_BAD : STYLE_PLAIN;
	pen_size(&p, n);
}

static void draw_input(struct statistics_view *v, struct ui *ui)
{
	const struct model *m = ui->model;
	const struct model_counters *c = &m->counters;
	struct pen p;

	title(v, ui, "Captured");
	count(v, ui, "packets", c->packets, false);
	size(v, ui, "bytes", c->bytes, false);
	p = row(v, ui, "time");
	if (m->since != GROUP_UNKNOWN_TIME) {
		pen_duration(&p, m->now - m->since);
		pen_text(&p, "  from ");
		pen_clock(&p, m->since);
		pen_text(&p, " UTC");
	}
	count(v, ui, "messages", c->messages, false);
	count(v, ui, "connections", c->connections, false);
	count(v, ui, "groups", m->n_shown, false);
}

static void draw_losses(struct statistics_view *v, struct ui *ui)
{
	const struct model *m = ui->model;
	const struct model_counters *c = &m->counters;

	title(v, ui, "Not seen");
	count(v, ui, "packets dropped by the capture", c->kernel_dropped, true);
	size(v, ui, "holes in the streams", c->hole_bytes, true);
	count(v, ui, "gaps that were told", c->gaps, true);
	count(v, ui, "opaque connections", c->opaque, true);
	count(v, ui, "messages of unknown kinds", c->unknown_messages, true);
	count(v, ui, "requests without an answer", c->unanswered, true);
	count(v, ui, "given up by the layers below", c->evicted, true);
}

static void draw_memory(struct statistics_view *v, struct ui *ui)
{
	const struct model *m = ui->model;
	struct pen p;

	title(v, ui, "Memory");
	size(v, ui, "streams and messages", m->counters.memory, false);
	p = row(v, ui, "events");
	pen_count(&p, m->number - m->forgotten);
	pen_format(&p, ", %u %% of ", (unsigned)(m->bytes * 100 / m->most));
	pen_size(&p, m->most);
	if (m->forgotten) {
		p.style = STYLE_WARN;
		pen_format(&p, ", the oldest %llu were given up", (unsigned long long)m->forgotten);
	}
	p = row(v, ui, "messages to look at");
	pen_count(&p, messages_count(m->messages));
	pen_format(&p, ", %u %% of ", (unsigned)(messages_bytes(m->messages) * 100 / messages_most(m->messages)));
	pen_size(&p, messages_most(m->messages));
	count(v, ui, "connections not listed any more", conns_left_out(m->conns), false);
	count(v, ui, "groups not listed", m->groups_left_out, true);
}

static void statistics_draw(void *state, struct ui *ui, struct area a)
{
	struct statistics_view *v = state;

	v->y = a.y;
	draw_input(v, ui);
	draw_losses(v, ui);
	draw_memory(v, ui);
}

static bool statistics_save(void *state, struct ui *ui, enum save_as as, FILE *out)
{
	(void)state;
	if (as != SAVE_TEXT)
		return false;
	screen_print(&ui->screen, out);
	return true;
}

const struct view_ops view_statistics = {
	.name = "Statistics",
	.tab = "Stats",
	.state_size = sizeof(struct statistics_view),
	.draw = statistics_draw,
	.save = statistics_save,
};
