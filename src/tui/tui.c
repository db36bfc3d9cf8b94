/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal UI as a whole: what comes in goes to the model, what is shown comes out of it.
 */
#include <regroup/tui.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "conns.h"
#include "model.h"
#include "tap.h"
#include "terminal.h"
#include "ui.h"

#define MS INT64_C(1000000)
#define FRAME (50 * MS)        /* between two drawings: 20 a second */
#define LOOK (5 * MS)          /* between two looks for keys, while packets are read */
#define BRIEFS (250 * MS)      /* between two looks at all groups */
#define RARELY (500 * MS)      /* between two drawings that cost a lot, at most */
#define CLOCK (1000 * MS)      /* the clock alone */
#define LIVELY (200 * MS)      /* between two looks at a capture in which something happens, if no packet comes */
#define QUIET (3000 * MS)      /* nothing has happened for so long */
#define MEMORY ((size_t)256 << 20)

struct tui {
	struct tui_options options;
	struct model *model;
	struct tap *tap;
	struct ui *ui;
	struct terminal *term;
	const struct groups *groups;
	int fd;
	int64_t looked, drawn, briefed; /* monotonic, ns */
	int64_t cost;                   /* of the latest drawing, ns */
	int64_t stirred;                /* when something new was drawn */
	int64_t clock;                  /* capture time that is on the screen */
};

const char *tui_library(void)
{
	return terminal_library();
}

struct tui *tui_new(const struct tui_options *options, char *err, size_t err_size)
{
	struct tui *t = calloc(1, sizeof(*t));
	size_t memory = options->memory ? options->memory : MEMORY;

	snprintf(err, err_size, "out of memory");
	if (!t)
		return NULL;
	t->options = *options;
	t->model = model_new(memory / 2, memory / 2);
	t->tap = t->model ? tap_new(t->model) : NULL;
	t->ui = t->tap ? ui_new(options, t->model) : NULL;
	if (t->ui && (!options->keys || keymap_read(t->ui->keys, options->keys, err, err_size)))
		return t;
	tui_free(t);
	return NULL;
}

void tui_free(struct tui *t)
{
	if (!t)
		return;
	tui_close(t);
	ui_free(t->ui);
	tap_free(t->tap);
	model_free(t->model);
	free(t);
}

struct kafka_sink tui_kafka_sink(struct tui *t, struct kafka_sink inner)
{
	return tap_sink(t->tap, inner);
}

void tui_event(void *ctx, const struct group_event *e)
{
	model_event(((struct tui *)ctx)->model, e);
}

void tui_watch(struct tui *t, const struct groups *g)
{
	t->groups = t->ui->groups = g;
	conns_watch(t->model->conns, g);
}

bool tui_speaks(const struct tui *t, uint64_t conn)
{
	return tap_speaks(t->tap, conn);
}

bool tui_open(struct tui *t, int fd, char *err, size_t err_size)
{
	t->term = terminal_new(fd, t->options.color, err, err_size);
	t->fd = fd;
	if (t->term)
		t->ui->screen.ascii = terminal_is_ascii(t->term);
	return t->term;
}

void tui_close(struct tui *t)
{
	terminal_free(t->term);
	t->term = NULL;
}

void tui_begin(struct tui *t, int64_t first)
{
	model_advance(t->model, first);
}

static int64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 * MS + ts.tv_nsec;
}

static void take_counters(struct tui *t, const struct tui_counters *c)
{
	model_count(t->model, &(struct model_counters){
		.packets = c->packets, .bytes = c->bytes, .messages = c->messages, .connections = c->connections,
		.opaque = c->opaque, .unknown_messages = c->unknown_messages, .kernel_dropped = c->kernel_dropped,
		.hole_bytes = c->hole_bytes, .unanswered = c->unanswered, .evicted = c->evicted, .memory = c->memory,
		.file_size = c->file_size, .file_read = c->file_read,
	});
}

static void take_keys(struct tui *t)
{
	struct terminal_key k;

	while (!t->ui->quit && (k = terminal_read(t->term)).key != KEY_NONE) {
		if (k.key == KEY_RESIZED)
			t->ui->redraw = t->ui->changed = true;
		else if (k.key == KEY_POINTER)
			ui_click(t->ui, k.x, k.y);
		else
			ui_key(t->ui, k.key);
		if (t->ui->suspend) {
			t->ui->suspend = false;
			terminal_suspend(t->term);
		}
	}
}

static void take_briefs(struct tui *t, int64_t mono)
{
	if (!t->groups || t->model->held || (mono - t->briefed < BRIEFS && t->briefed))
		return;
	groups_each_brief(t->groups, t->model, model_brief);
	t->briefed = mono;
}

/* Drawing takes a tenth of the processor at most, but for keys. */
static int64_t frame_of(const struct tui *t)
{
	int64_t frame = t->cost * 10 < RARELY ? t->cost * 10 : RARELY;

	return t->ui->changed || frame < FRAME ? FRAME : frame;
}

/* A terminal that takes nothing right now is not waited for: packets come in meanwhile. */
static bool takes_output(const struct tui *t)
{
	struct pollfd p = { .fd = terminal_output(t->term), .events = POLLOUT };

	return poll(&p, 1, 0) != 0;
}

static bool is_due(const struct tui *t, int64_t mono)
{
	bool news = t->ui->changed || t->ui->drawn != t->model->version;

	if (mono - t->drawn < frame_of(t) && t->drawn)
		return false;
	return news || (t->model->now != t->clock && mono - t->drawn >= CLOCK);
}

static int64_t processor_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000 * MS + ts.tv_nsec;
}

static void draw(struct tui *t, int64_t mono)
{
	int64_t began = processor_time();
	unsigned width, height;

	if (t->ui->changed || t->ui->drawn != t->model->version)
		t->stirred = mono;
	take_briefs(t, mono);
	terminal_size(t->term, &width, &height);
	ui_draw(t->ui, width, height);
	terminal_show(t->term, &t->ui->screen, t->ui->redraw);
	t->ui->redraw = false;
	t->drawn = mono;
	t->cost = processor_time() - began;
	t->clock = t->model->now;
}

/* Nobody is there any more. It is not always that a signal says so. */
static bool is_gone(const struct tui *t)
{
	struct pollfd p = { .fd = t->fd };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL));
}

bool tui_turn(struct tui *t, int64_t now, const struct tui_counters *c)
{
	int64_t mono = clock_now();

	if (mono - t->looked < LOOK)
		return true;
	t->looked = mono;
	if (now != GROUP_UNKNOWN_TIME)
		model_advance(t->model, now);
	take_counters(t, c);
	take_keys(t);
	if (is_due(t, mono) && takes_output(t))
		draw(t, mono);
	return !t->ui->quit && !terminal_wants_end() && !is_gone(t);
}

/* How long to sleep when no key comes: what is drawn too early is drawn soon. */
static int patience(const struct tui *t, int64_t mono)
{
	int64_t frame = frame_of(t);

	if (!t->ui->changed && t->ui->drawn == t->model->version)
		return -1;
	return mono - t->drawn >= frame ? 0 : (int)((frame - (mono - t->drawn)) / MS) + 1;
}

int tui_patience(const struct tui *t)
{
	int64_t mono = clock_now();
	int ms = patience(t, mono), least = (int)(LOOK / MS);

	if (ms >= 0)
		return ms > least ? ms : least;
	return (int)((mono - t->stirred < QUIET ? LIVELY : CLOCK) / MS);
}

void tui_linger(struct tui *t, int64_t now, const struct tui_counters *c)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };

	if (now != GROUP_UNKNOWN_TIME)
		model_advance(t->model, now);
	take_counters(t, c);
	t->ui->ended = t->ui->changed = true;
	t->briefed = 0;
	while (!t->ui->quit && !terminal_wants_end()) {
		int64_t mono = clock_now();

		if (is_due(t, mono))
			draw(t, mono);
		if (poll(&p, 1, patience(t, mono)) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL)))
			return; /* the terminal is gone */
		take_keys(t);
	}
}
