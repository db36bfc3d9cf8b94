/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections: who speaks with whom, with what software, and what could not be read.
 */
#include <stdlib.h>
#include <string.h>

#include <regroup/text.h>

#include "conns.h"
#include "print.h"
#include "ui.h"

enum column { COLUMN_ID, COLUMN_CLIENT, COLUMN_SERVER, COLUMN_CLIENT_ID, COLUMN_SOFTWARE, COLUMN_KIND, COLUMN_MESSAGES,
              COLUMN_SENT, COLUMN_RECEIVED, COLUMN_HOLES, COLUMN_PROCESS, COLUMNS };

static const struct {
	const char *title;
	uint8_t width, wide;
	uint16_t from; /* screens of this width have it */
	bool right;
} columns[COLUMNS] = {
	[COLUMN_ID] = { "#", 5, 7, 0, true },
	[COLUMN_CLIENT] = { "CLIENT", 19, 22, 0, false },
	[COLUMN_SERVER] = { "SERVER", 18, 22, 0, false },
	[COLUMN_CLIENT_ID] = { "CLIENT ID", 14, 24, 92, false },
	[COLUMN_SOFTWARE] = { "SOFTWARE", 22, 30, 128, false },
	[COLUMN_KIND] = { "SPEAKS", 11, 22, 0, false },
	[COLUMN_MESSAGES] = { "MESSAGES", 8, 9, 0, true },
	[COLUMN_SENT] = { "SENT", 10, 10, 104, true },
	[COLUMN_RECEIVED] = { "RECEIVED", 9, 10, 0, true },
	[COLUMN_HOLES] = { "HOLES", 9, 10, 156, true },
	[COLUMN_PROCESS] = { "PROCESS", 20, 24, 208, false },
};

#define WIDE 160u

struct connections_view {
	struct list list;
	const struct conn_row **row;
	size_t n, cap;
	uint64_t turns; /* of the list when they were collected */
	struct order order;
};

static void connections_close(void *state)
{
	free(((struct connections_view *)state)->row);
}

static const char *kind_of(const struct conn_row *r)
{
	return r->kind == KAFKA_PLAIN && r->inter_broker ? "kafka, a broker" : kafka_kind_name((enum kafka_kind)r->kind);
}

/* The one at the client's end when there are two. */
static const struct group_process *process_of(const struct conn_row *r)
{
	return r->local[0].pid ? &r->local[0] : &r->local[1];
}

static bool shown(const struct conn_row *r, const char *part)
{
	return !part[0] || text_has(r->client, part) || text_has(r->server, part) || text_has(r->client_id, part) ||
	       text_has(r->software, part) || text_has(kind_of(r), part) || text_has(process_of(r)->comm, part);
}

static int most_first(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int compare(const void *x, const void *y, void *ctx)
{
	const struct conn_row *a = *(const struct conn_row *const *)x, *b = *(const struct conn_row *const *)y;
	const struct connections_view *v = ctx;
	int c = 0;

	switch (v->order.column) {
	case COLUMN_CLIENT:
		c = strcmp(a->client, b->client);
		break;
	case COLUMN_SERVER:
		c = strcmp(a->server, b->server);
		break;
	case COLUMN_CLIENT_ID:
		c = strcmp(a->client_id, b->client_id);
		break;
	case COLUMN_SOFTWARE:
		c = strcmp(a->software, b->software);
		break;
	case COLUMN_KIND:
		c = strcmp(kind_of(a), kind_of(b));
		break;
	case COLUMN_MESSAGES:
		c = most_first(a->messages, b->messages);
		break;
	case COLUMN_SENT:
		c = most_first(a->traffic.bytes[0], b->traffic.bytes[0]);
		break;
	case COLUMN_RECEIVED:
		c = most_first(a->traffic.bytes[1], b->traffic.bytes[1]);
		break;
	case COLUMN_PROCESS:
		c = strcmp(process_of(b)->comm, process_of(a)->comm);
		break;
	case COLUMN_HOLES:
		c = most_first(a->traffic.hole_bytes, b->traffic.hole_bytes);
		break;
	default:
		break;
	}
	if (c == 0)
		c = a->id < b->id ? -1 : 1;
	return v->order.reverse ? -c : c;
}

static void collect(struct connections_view *v, struct ui *ui)
{
	struct conns *all = ui->model->conns;
	size_t n = conns_count(all);

	conns_refresh(all);
	if (n > v->cap) {
		const struct conn_row **row = realloc(v->row, n * sizeof(*row));

		if (!row)
			return;
		v->row = row;
		v->cap = n;
	}
	v->n = 0;
	v->turns = conns_turns(all);
	for (size_t i = 0; i < n; i++)
		if (shown(conns_at(all, i), ui->filter[VIEW_CONNECTIONS]))
			v->row[v->n++] = conns_at(all, i);
	if (v->n > 1)
		qsort_r(v->row, v->n, sizeof(*v->row), compare, v);
}

/* "java[1234]", "java[1234] in 3f2a9c41bc12" */
static void draw_process(struct pen *p, const struct group_process *is, bool container)
{
	if (!is->pid)
		return;
	pen_wire(p, is->comm, 16);
	pen_format(p, "[%d]", is->pid);
	if (container && is->container[0]) {
		pen_text(p, " in ");
		pen_bytes(p, is->container, strnlen(is->container, 12), 12);
	}
}

static void draw_column(struct pen *p, enum column c, const struct conn_row *r)
{
	bool opaque = r->kind == KAFKA_TLS || r->kind == KAFKA_SASL_ENCRYPTED || r->kind == KAFKA_NOT;
	char text[TEXT_SHORT];

	switch (c) {
	case COLUMN_ID:
		snprintf(text, sizeof(text), "%llu", (unsigned long long)r->id);
		pen_right(p, p->limit, text);
		break;
	case COLUMN_CLIENT:
		pen_wire(p, r->client, 0);
		break;
	case COLUMN_SERVER:
		pen_wire(p, r->server, 0);
		break;
	case COLUMN_CLIENT_ID:
		pen_wire(p, r->client_id, 0);
		break;
	case COLUMN_SOFTWARE:
		pen_wire(p, r->software, 0);
		break;
	case COLUMN_KIND:
		p->style = opaque ? STYLE_WARN : r->kind == KAFKA_PLAIN ? STYLE_GOOD : STYLE_FAINT;
		pen_wire(p, kind_of(r), 0);
		break;
	case COLUMN_MESSAGES:
		text_count(text, sizeof(text), r->messages);
		pen_right(p, p->limit, text);
		break;
	case COLUMN_PROCESS:
		draw_process(p, process_of(r), false);
		break;
	default:
		text_bytes(text, sizeof(text), c == COLUMN_SENT ? r->traffic.bytes[0] : c == COLUMN_RECEIVED ?
		           r->traffic.bytes[1] : r->traffic.hole_bytes);
		if (c == COLUMN_HOLES && r->traffic.hole_bytes)
			p->style = STYLE_BAD;
		pen_right(p, p->limit, c == COLUMN_HOLES && !r->traffic.hole_bytes ? "-" : text);
	}
}

static void draw_row(const struct connections_view *v, struct screen *s, size_t row, unsigned y)
{
	bool wide = s->width >= WIDE;
	unsigned x = 1;

	for (int c = 0; c < COLUMNS; c++) {
		unsigned w = wide ? columns[c].wide : columns[c].width;
		struct pen p;

		if (s->width < columns[c].from)
			continue;
		p = pen_at(s, x, y, x + w, v->row[row]->open ? STYLE_PLAIN : STYLE_FAINT);
		draw_column(&p, (enum column)c, v->row[row]);
		x += w + 1;
	}
	if (row == v->list.at)
		screen_mark(s, 0, y, s->width, STYLE_SELECTED);
}

static void draw_header(struct connections_view *v, struct screen *s, unsigned y)
{
	struct pen p = pen_at(s, 0, y, s->width, STYLE_HEADER);
	bool wide = s->width >= WIDE;
	unsigned x = 1;

	pen_repeat(&p, ' ', s->width);
	memset(v->order.end, 0, sizeof(v->order.end));
	for (int c = 0; c < COLUMNS; c++) {
		unsigned w = wide ? columns[c].wide : columns[c].width;

		if (s->width < columns[c].from)
			continue;
		v->order.end[c] = (uint16_t)(x + w);
		p = pen_at(s, x, y, x + w + 1, (int)v->order.column == c ? STYLE_HEADER | STYLE_BOLD : STYLE_HEADER);
		if (columns[c].right)
			pen_right(&p, x + w, columns[c].title);
		else
			pen_text(&p, columns[c].title);
		if ((int)v->order.column == c)
			pen_char(&p, v->order.reverse ? 0x25b2 : 0x25bc);
		x += w + 1;
	}
}

/* Why the one under the cursor cannot be read, or what else is to be known of it. */
static void draw_detail(const struct connections_view *v, struct ui *ui, unsigned y)
{
	static const char *const why[] = {
		[KAFKA_UNDECIDED] = "not enough was seen to tell what it speaks",
		[KAFKA_PLAIN] = "Kafka",
		[KAFKA_TLS] = "opaque: it began with a TLS handshake, what is inside is encrypted",
		[KAFKA_SASL_ENCRYPTED] = "opaque: Kafka up to a SASL mechanism that encrypts what follows",
		[KAFKA_NOT] = "opaque: what it says is no Kafka",
	};
	const struct conn_row *r = v->n ? v->row[v->list.at] : NULL;
	struct pen p = pen_at(&ui->screen, 1, y, ui->screen.width, STYLE_FAINT);

	if (!r) {
		pen_text(&p, ui->filter[VIEW_CONNECTIONS][0] ? "no connection matches" : "no connection was seen yet");
		return;
	}
	pen_format(&p, "%s, ", r->open ? "open" : "closed");
	pen_text(&p, r->kind <= KAFKA_NOT ? why[r->kind] : "");
	if (r->client_id[0]) {
		pen_text(&p, ", client id ");
		pen_wire(&p, r->client_id, 30);
	}
	if (r->software[0]) {
		pen_text(&p, ", ");
		pen_wire(&p, r->software, 40);
	}
	if (r->mechanism[0]) {
		pen_text(&p, ", SASL ");
		pen_wire(&p, r->mechanism, 20);
	}
	for (int end = 0; end < 2; end++) {
		pen_text(&p, !r->local[end].pid ? "" : end ? ", the server is " : ", the client is ");
		draw_process(&p, &r->local[end], true);
	}
	if (!r->from_start)
		pen_text(&p, ", older than the capture");
	if (r->traffic.hole_bytes) {
		pen_text(&p, ", holes of ");
		pen_size(&p, r->traffic.hole_bytes);
	}
}

static void connections_draw(void *state, struct ui *ui, struct area a)
{
	struct connections_view *v = state;
	unsigned rows = a.height > 3 ? a.height - 2 : 1;

	collect(v, ui);
	draw_header(v, &ui->screen, a.y);
	list_fit(&v->list, v->n, rows);
	for (unsigned y = 0; y < rows && v->list.top + y < v->n; y++)
		draw_row(v, &ui->screen, v->list.top + y, a.y + 1 + y);
	draw_detail(v, ui, a.y + a.height - 1);
}

static bool connections_act(void *state, struct ui *ui, enum action a)
{
	struct connections_view *v = state;

	(void)ui;
	return order_act(&v->order, a, COLUMNS);
}

static bool connections_click(void *state, struct ui *ui, unsigned x, unsigned y)
{
	struct connections_view *v = state;

	(void)ui;
	if (order_click(&v->order, x, y))
		return false;
	return list_click(&v->list, v->n, y);
}

static struct list *connections_list(void *state)
{
	return &((struct connections_view *)state)->list;
}

static size_t connections_count(void *state, struct ui *ui)
{
	struct connections_view *v = state;

	if (v->turns != conns_turns(ui->model->conns))
		collect(v, ui); /* rows may be gone */
	return v->n;
}

static bool connections_matches(void *state, struct ui *ui, size_t row, const char *text)
{
	return row < connections_count(state, ui) && shown(((struct connections_view *)state)->row[row], text);
}

static void put_safe(FILE *out, const char *text, int width)
{
	char safe[256];
	size_t n = text_safe(safe, sizeof(safe), text, strlen(text), 0);

	fprintf(out, "%s%*s ", safe, width - (int)text_width(safe, n), "");
}

static bool connections_save(void *state, struct ui *ui, enum save_as as, FILE *out)
{
	struct connections_view *v = state;

	collect(v, ui);
	for (size_t i = 0; i < v->n && as == SAVE_JSON; i++)
		if (!print_connection_row(v->row[i], out))
			return false;
	if (as != SAVE_TEXT)
		return as == SAVE_JSON;
	for (size_t i = 0; i < v->n; i++) {
		const struct conn_row *r = v->row[i];

		fprintf(out, "%6llu ", (unsigned long long)r->id);
		put_safe(out, r->client, 22);
		put_safe(out, r->server, 22);
		put_safe(out, kind_of(r), 15);
		put_safe(out, r->client_id, 24);
		put_safe(out, r->software, 28);
		fprintf(out, "%9llu messages %12llu %12llu bytes %9llu lost\n", (unsigned long long)r->messages,
		        (unsigned long long)r->traffic.bytes[0], (unsigned long long)r->traffic.bytes[1],
		        (unsigned long long)r->traffic.hole_bytes);
	}
	return true;
}

const struct view_ops view_connections = {
	.name = "Connections",
	.tab = "Conns",
	.state_size = sizeof(struct connections_view),
	.close = connections_close,
	.draw = connections_draw,
	.act = connections_act,
	.click = connections_click,
	.list = connections_list,
	.count = connections_count,
	.matches = connections_matches,
	.save = connections_save,
};
