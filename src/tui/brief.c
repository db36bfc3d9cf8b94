/* SPDX-License-Identifier: Apache-2.0 */
#include "brief.h"

#include <string.h>

#include <regroup/text.h>

void brief_storm(struct screen *s, unsigned x, unsigned y, unsigned limit, const struct group_storm_event *e)
{
	struct pen p = pen_at(s, x, y, limit, STYLE_BAD);
	const char *name = group_storm_name(e->class);

	pen_styled(&p, STYLE_BAD | STYLE_BOLD, "! storm");
	pen_format(&p, "%s: %s", e->ended && e->over ? ", over" : "", name ? name : "of no single kind");
	if (!e->culprit && !e->host)
		return;
	pen_text(&p, e->culprit ? ", because of " : ", because of host ");
	p.style = STYLE_BAD | STYLE_BOLD;
	if (!e->culprit) {
		pen_wire(&p, e->host, 40);
		return;
	}
	pen_wire(&p, e->culprit, 40);
	p.style = STYLE_BAD;
	if (!e->host)
		return;
	pen_text(&p, " (");
	pen_wire(&p, e->host, 40);
	pen_text(&p, ")");
}

void brief_totals(struct screen *s, unsigned x, unsigned y, unsigned limit, const struct model *m,
                  const struct model_group *g)
{
	struct pen p = pen_at(s, x, y, limit, STYLE_FAINT);
	int64_t span = m->now - m->since;

	pen_count(&p, g->rebalances);
	pen_text(&p, g->rebalances == 1 ? " rebalance" : " rebalances");
	if (g->aborted)
		pen_format(&p, ", %u aborted", g->aborted);
	pen_text(&p, ", not stable for ");
	pen_duration(&p, model_unstable(m, g));
	pen_text(&p, " of ");
	pen_duration(&p, span);
	if (g->forgotten)
		pen_format(&p, "; the first %llu events were given up for memory", (unsigned long long)g->forgotten);
}

unsigned brief_words(struct screen *s, struct area a, unsigned indent, unsigned style, const char *text)
{
	unsigned row = 0;
	struct pen p = pen_at(s, a.x + indent, a.y, a.x + a.width, style);
	char word[512];

	while (text && *text && a.height) {
		size_t len = strcspn(text, " "), n = text_safe(word, sizeof(word), text, len, 0);

		if (p.x > a.x + indent && p.x + text_width(word, n) > p.limit) {
			if (row + 1 == a.height) {
				if (p.x >= p.limit)
					p.x = p.limit - 1;
				pen_text(&p, "\xe2\x80\xa6");
				return a.height;
			}
			p = pen_at(s, a.x + indent, a.y + ++row, a.x + a.width, style);
		}
		pen_text(&p, word);
		text += len;
		while (*text == ' ') {
			pen_text(&p, " ");
			text++;
		}
	}
	return row + 1;
}

static void put_what(struct pen *p, const struct group_rebalance *r, const char *open)
{
	const char *outcome = group_outcome_name(r->outcome);

	p->style = STYLE_BOLD;
	pen_text(p, r->mode == GROUP_BROKER ? "epoch " : "generation ");
	if (r->previous >= 0)
		pen_format(p, "%d", r->previous);
	if (r->previous >= 0 && r->generation != r->previous) {
		pen_text(p, " ");
		pen_char(p, 0x2192);
		pen_text(p, " ");
	}
	if (r->generation >= 0 && r->generation != r->previous)
		pen_format(p, "%d", r->generation);
	p->style = r->outcome == GROUP_ABORTED ? STYLE_BAD : STYLE_PLAIN;
	pen_format(p, "  %s", outcome ? outcome : "?");
	if (r->started != GROUP_UNKNOWN_TIME && r->ended != GROUP_UNKNOWN_TIME) {
		pen_text(p, " after ");
		pen_duration(p, r->ended - r->started);
	}
	p->style = STYLE_FAINT;
	if (r->started != GROUP_UNKNOWN_TIME) {
		pen_text(p, "  began ");
		pen_clock(p, r->started);
	}
	pen_format(p, "   %s: all of it", open);
}

static void put_wait(struct pen *p, const struct group_rebalance *r)
{
	bool broker = r->mode == GROUP_BROKER;

	if (r->joined != GROUP_UNKNOWN_TIME && r->started != GROUP_UNKNOWN_TIME) {
		pen_text(p, broker ? "target " : "join ");
		pen_duration(p, r->joined - r->started);
	}
	if (r->joined != GROUP_UNKNOWN_TIME && r->ended != GROUP_UNKNOWN_TIME) {
		pen_text(p, broker ? "  reconciled " : "  sync ");
		pen_duration(p, r->ended - r->joined);
	}
	if (r->released_by) {
		pen_text(p, "  until ");
		pen_wire(p, r->released_by, 0);
	}
}

void brief_rebalance(struct screen *s, struct area a, const struct group_event *e, const char *open)
{
	const struct group_rebalance *r = &e->rebalance;
	struct pen p = pen_at(s, a.x, a.y, a.x + a.width, STYLE_PLAIN);
	unsigned y = 1, rows = a.height > 4 ? a.height - 3 : 1;

	put_what(&p, r, open);
	p = pen_at(s, a.x, a.y + y, a.x + a.width, STYLE_WARN | STYLE_BOLD);
	pen_format(&p, "R%u %s ", r->cause.id, r->cause.name ? r->cause.name : "");
	p.style = STYLE_PLAIN;
	pen_format(&p, "(C%u)", r->cause.confidence);
	if (r->n_also)
		pen_format(&p, " and %zu more", r->n_also);
	y++;
	if (y < a.height)
		y += brief_words(s, (struct area){ a.x, a.y + y, a.width, a.height > y + 1 ? rows : 1 }, 2, STYLE_PLAIN, r->cause.text);
	if (y >= a.height)
		return;
	p = pen_at(s, a.x + 2, a.y + y, a.x + a.width, STYLE_FAINT);
	put_wait(&p, r);
}
