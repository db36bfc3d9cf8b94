/* SPDX-License-Identifier: Apache-2.0 */
#include "ground.h"

#include <stdio.h>
#include <string.h>

#define WIDE 120u

/* Columns that the words on an arrow have at least, and those between two brokers. */
static unsigned label_room(unsigned width, size_t brokers)
{
	return width >= WIDE ? 46 : width < 64 ? 14 : brokers > 1 ? 26 : 32;
}

static size_t broker_room(const struct rungs *r, unsigned width)
{
	size_t most = width >= WIDE ? GROUND_BROKERS : width >= 76 ? 3 : 1;

	return r->n_brokers < 1 ? 1 : r->n_brokers < most ? r->n_brokers : most;
}

/* Endpoints without what all of them share: the beginning, and the port. */
struct brief_names {
	size_t before, behind, longest;
};

static const char *endpoint(const struct rungs *r, const struct model *m, size_t i)
{
	const char *text = messages_text(m->messages, r->broker[i]);

	return text ? text : "";
}

static void short_name(const struct rungs *r, const struct model *m, const struct brief_names *n, size_t i,
                       char out[NET_ENDPOINT_TEXT])
{
	const char *text = endpoint(r, m, i);
	size_t len = strlen(text), before = len > n->before ? n->before : 0, behind = len - before > n->behind ? n->behind : 0;

	snprintf(out, NET_ENDPOINT_TEXT, "%.*s", (int)(len - before - behind), text + before);
}

/* They begin to differ behind the last '.' or ':' that they share. */
static struct brief_names shorten(const struct rungs *r, const struct model *m)
{
	struct brief_names n = { .before = 0 };
	const char *a = r->n_brokers ? endpoint(r, m, 0) : "", *port = strrchr(a, ':');
	size_t same = strlen(a);
	char text[NET_ENDPOINT_TEXT];

	for (size_t i = 1; i < r->n_brokers; i++) {
		const char *b = endpoint(r, m, i), *other = strrchr(b, ':');
		size_t k = 0;

		while (k < same && a[k] == b[k])
			k++;
		same = k;
		if (!other || (port && strcmp(port, other) != 0))
			port = NULL;
	}
	for (size_t i = 0; i < same; i++)
		if (a[i] == '.' || a[i] == ':')
			n.before = i;
	n.behind = port && (size_t)(port - a) > n.before ? strlen(port) : 0;
	for (size_t i = 0; i < r->n_brokers; i++) {
		short_name(r, m, &n, i, text);
		n.longest = strlen(text) > n.longest ? strlen(text) : n.longest;
	}
	return n;
}

/* Columns between two brokers. */
static unsigned apart(const struct rungs *r, const struct model *m, unsigned width)
{
	unsigned most = width >= 160 ? 24 : width >= WIDE ? 16 : 9, wanted = (unsigned)shorten(r, m).longest + 1;

	return wanted > most ? most : wanted < 5 ? 5 : wanted;
}

struct ground ground_lay(const struct rungs *r, const struct model *m, unsigned width, uint32_t lane, size_t *first)
{
	unsigned times = width >= 64 ? 24 : 14;
	struct ground g = { .times = times, .left = times + 2, .broker = width > 4 ? width - 4 : 1, .of_brokers = r->n_brokers };
	size_t n = r->n_poles ? r->n_poles : 1;
	unsigned taken, room;

	g.brokers = broker_room(r, width);
	g.apart = apart(r, m, width);
	taken = g.left + label_room(width, g.brokers) + (unsigned)(g.brokers - 1) * g.apart;
	room = g.broker > taken ? g.broker - taken : 1;
	g.pole = (unsigned)(room / n);
	g.pole = g.pole > 16 ? 16 : g.pole < 8 ? 8 : g.pole;
	g.shown = room / g.pole + 1;
	if (g.shown > n)
		g.shown = n;
	if (lane < *first)
		*first = lane;
	if (lane >= *first + g.shown)
		*first = lane - g.shown + 1;
	if (*first + g.shown > n)
		*first = n - g.shown;
	g.first = *first;
	return g;
}

unsigned ground_broker(const struct ground *g, size_t broker)
{
	size_t i = broker < g->brokers ? broker : g->brokers - 1;

	return g->broker - (unsigned)(g->brokers - 1 - i) * g->apart;
}

void ground_draw(const struct ground *g, const struct rungs *r, struct screen *s, unsigned y)
{
	for (size_t i = g->first; i < g->first + g->shown && i < r->n_poles; i++)
		screen_char(s, ground_member(g, i), y, s->width, 0x2502, STYLE_FAINT);
	for (size_t i = 0; i < g->brokers; i++)
		screen_char(s, ground_broker(g, i), y, s->width, 0x2502, STYLE_FAINT);
}

/* Each above its pole, what they share before the first. */
static void broker_names(const struct ground *g, const struct rungs *r, const struct model *m, struct screen *s, unsigned y)
{
	struct brief_names n = shorten(r, m);
	struct pen p = pen_at(s, ground_member(g, g->first + g->shown - 1) + g->pole - 1, y, ground_broker(g, 0), STYLE_HEADER);
	char text[NET_ENDPOINT_TEXT];

	for (size_t i = 0; i < g->brokers; i++) {
		unsigned at = ground_broker(g, i), end = at + 3 < s->width ? at + 3 : s->width, width;
		struct pen q;

		if (i + 1 == g->brokers && g->of_brokers > g->brokers)
			snprintf(text, sizeof(text), "more");
		else
			short_name(r, m, &n, i, text);
		width = (unsigned)strlen(text) < g->apart - 1 ? (unsigned)strlen(text) : g->apart - 1;
		q = pen_at(s, end > width ? end - width : 0, y, end, STYLE_HEADER);
		if (i == 0)
			p.limit = q.x > 0 ? q.x - 1 : 0;
		pen_wire(&q, text, width);
	}
	snprintf(text, sizeof(text), "brokers %.*s", (int)n.before, r->n_brokers ? messages_text(m->messages, r->broker[0]) : "");
	if (p.x + strlen(text) <= p.limit)
		pen_right(&p, p.limit, text);
}

void ground_names(const struct ground *g, const struct rungs *r, const struct model *m, struct screen *s, unsigned y)
{
	struct pen p = pen_at(s, 0, y, s->width, STYLE_HEADER);
	size_t hidden = r->n_poles > g->shown ? r->n_poles - g->shown : 0;
	char text[NET_ENDPOINT_TEXT + 24];
	const char *server;

	pen_repeat(&p, ' ', s->width);
	p.x = 1;
	pen_text(&p, "TIME");
	if (hidden && g->times >= 24)
		pen_format(&p, hidden == 1 ? "  (%zu member more)" : "  (%zu members more)", hidden);
	for (size_t i = g->first; i < g->first + g->shown && i < r->n_poles; i++) {
		p = pen_at(s, ground_member(g, i) > 1 ? ground_member(g, i) - 1 : 0, y, ground_member(g, i) + g->pole - 2, STYLE_HEADER);
		pen_middle(&p, r->pole[i].name, g->pole - 1);
	}
	if (g->brokers > 1) {
		broker_names(g, r, m, s, y);
		return;
	}
	server = r->n_brokers == 1 ? messages_text(m->messages, r->broker[0]) : NULL;
	snprintf(text, sizeof(text), "coordinator %s", server ? server : "");
	p = pen_at(s, ground_member(g, g->first + g->shown - 1) + g->pole - 1, y, s->width - 1, STYLE_HEADER);
	pen_right(&p, s->width - 1, text);
}
