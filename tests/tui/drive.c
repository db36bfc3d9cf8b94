/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal UI without a terminal: drive CAPTURE SCRIPT. The script's lines:
 *   size 80x24           of the screen from here on
 *   feed N               reads the next N packets; without N all, to the end of the capture
 *   processes            as if all clients ran on this host; before the first feed
 *   live                 as if the capture came from an interface; before the first feed
 *   key Down Enter F7    presses keys
 *   type TEXT            presses the keys of a text
 *   click X Y
 *   time MS              fails when the last key or feed, and drawing what came of it, took more processor time
 *   memory MIB           fails when more than that is kept
 *   save ENDING          saves what is looked at to a file with this ending, and prints it
 *   sweep KEYS           presses the keys in every size from nothing to large, and prints nothing
 *   screen NAME          prints the screen under this name
 * Anything that is drawn is plain text, so that it can be compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <regroup/capture.h>
#include <regroup/group.h>
#include <regroup/kafka.h>
#include <regroup/net.h>
#include <regroup/text.h>

#include "conns.h"
#include "messages.h"
#include "tap.h"
#include "ui.h"

#define BATCH 64

struct drive {
	struct capture *capture;
	struct net *net;
	struct kafka *kafka;
	struct groups *groups;
	struct model *model;
	struct tap *tap;
	struct ui *ui;
	unsigned width, height;
	int64_t now;
	double took; /* ms that the latest key or feed took, with drawing */
	bool ended;
	int failed;
};

static double ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void on_event(void *ctx, const struct group_event *e)
{
	model_event(((struct drive *)ctx)->model, e);
}

/* The last byte of the address stands for the process. */
static bool find_process(void *ctx, const struct net_endpoint *local, const struct net_endpoint *remote,
                         struct group_process *out)
{
	(void)ctx;
	(void)remote;
	if (local->port == 9092)
		return false;
	*out = (struct group_process){ .pid = 4000 + local->addr[3], .comm = "java" };
	memcpy(out->container, "3f2a9c41bc12d0", 15);
	return true;
}

static bool open_all(struct drive *d, const char *file)
{
	const struct tui_options t = { .source = strrchr(file, '/') ? strrchr(file, '/') + 1 : file };
	const struct cap_options c = { .files = &file, .n_files = 1 };
	struct group_options g = { .ctx = d, .event = on_event };
	struct kafka_options k = { .frame_bytes = 0 };
	struct net_options n = { .memory = 0 };
	char err[256];

	d->capture = cap_open(&c, err, sizeof(err));
	if (!d->capture) {
		fprintf(stderr, "%s\n", err);
		return false;
	}
	d->model = model_new((size_t)64 << 20, (size_t)64 << 20);
	d->tap = tap_new(d->model);
	d->ui = ui_new(&t, d->model);
	d->groups = groups_new(&g);
	d->ui->groups = d->groups;
	conns_watch(d->model->conns, d->groups);
	k.sink = tap_sink(d->tap, groups_kafka_sink(d->groups));
	d->kafka = kafka_new(&k);
	n.sink = kafka_net_sink(d->kafka);
	d->net = net_new(&n);
	d->now = GROUP_UNKNOWN_TIME;
	return d->net;
}

static void close_all(struct drive *d)
{
	net_free(d->net);
	kafka_free(d->kafka);
	ui_free(d->ui);
	tap_free(d->tap);
	groups_free(d->groups);
	model_free(d->model);
	cap_free(d->capture);
}

static void take_counters(struct drive *d)
{
	struct cap_stats c;
	struct net_stats n;
	struct kafka_stats k;

	cap_get_stats(d->capture, &c);
	net_get_stats(d->net, &n);
	kafka_get_stats(d->kafka, &k);
	model_count(d->model, &(struct model_counters){
		.packets = c.packets, .bytes = c.bytes, .messages = k.messages, .connections = k.connections,
		.opaque = k.opaque_connections, .unknown_messages = k.unknown, .hole_bytes = k.gap_bytes,
		.unanswered = k.unanswered, .evicted = n.evicted + k.evicted, .file_size = c.file_size, .file_read = c.file_read,
	});
}

static void draw(struct drive *d)
{
	take_counters(d);
	groups_each_brief(d->groups, d->model, model_brief);
	ui_draw(d->ui, d->width, d->height);
}

static void finish(struct drive *d)
{
	if (d->ended)
		return;
	d->ended = d->ui->ended = true;
	if (d->now == GROUP_UNKNOWN_TIME)
		return;
	net_finish(d->net, d->now);
	groups_finish(d->groups, d->now);
}

static void feed(struct drive *d, uint64_t most)
{
	struct cap_packet packets[BATCH];
	enum cap_status status = CAP_PACKETS;
	size_t n;

	while (most && (status = cap_read(d->capture, packets, most < BATCH ? most : BATCH, &n)) == CAP_PACKETS) {
		for (size_t i = 0; i < n; i++)
			d->now = d->now == GROUP_UNKNOWN_TIME || packets[i].ts > d->now ? packets[i].ts : d->now;
		model_advance(d->model, packets[0].ts);
		net_packets(d->net, packets, n, NULL);
		groups_advance(d->groups, d->now);
		model_advance(d->model, d->now);
		most -= n;
	}
	if (status != CAP_PACKETS)
		finish(d);
}

static void keys(struct drive *d, char *names)
{
	for (char *name = strtok(names, " "); name; name = strtok(NULL, " ")) {
		uint32_t key = key_parse(name, strlen(name));

		if (!key) {
			fprintf(stderr, "no key is called %s\n", name);
			d->failed = 1;
		}
		ui_key(d->ui, key);
		draw(d);
	}
}

static void sweep(struct drive *d, const char *names)
{
	static const unsigned widths[] = { 1, 8, 15, 20, 22, 29, 36, 43, 50, 57, 64, 80, 100, 119, 139, 160, 300 };
	static const unsigned heights[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 24, 60 };
	char copy[256];

	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		for (size_t k = 0; k < sizeof(heights) / sizeof(heights[0]); k++) {
			d->width = widths[i];
			d->height = heights[k];
			snprintf(copy, sizeof(copy), "%s", names);
			keys(d, copy);
		}
	}
}

static void print_saved(struct drive *d, const char *ending)
{
	char folder[] = "/tmp/regroup-drive-XXXXXX", path[64], text[4096];
	FILE *in;

	if (!mkdtemp(folder))
		return;
	snprintf(path, sizeof(path), "%s/saved%.20s", folder, ending);
	ui_save(d->ui, path);
	printf("=== saved as %s\n", ending);
	in = fopen(path, "re");
	if (in) {
		while (fgets(text, sizeof(text), in))
			fputs(text, stdout);
		fclose(in);
		ui_save(d->ui, path); /* it is there already */
	}
	text[0] = '\0';
	if (strstr(d->ui->notice, path))
		snprintf(text, sizeof(text), "FILE%s", strstr(d->ui->notice, path) + strlen(path));
	printf("=== %s\n", text[0] ? text : d->ui->notice);
	d->ui->notice[0] = '\0';
	unlink(path);
	rmdir(folder);
}

static void expect(struct drive *d, const char *what, double value, double most)
{
	if (value <= most)
		return;
	printf("%s: %.1f, at most %.1f is wanted\n", what, value, most);
	d->failed = 1;
}

static double memory_of(const struct drive *d)
{
	return (double)(d->model->bytes + messages_bytes(d->model->messages)) / (1 << 20);
}

static void line(struct drive *d, char *text)
{
	char *rest = text + strcspn(text, " ");
	double began = ms_now();
	unsigned x = 0, y = 0;

	if (*rest)
		*rest++ = '\0';
	if (strcmp(text, "size") == 0 && sscanf(rest, "%ux%u", &x, &y) == 2) {
		d->width = x;
		d->height = y;
	} else if (strcmp(text, "feed") == 0) {
		feed(d, *rest ? strtoull(rest, NULL, 10) : UINT64_MAX);
	} else if (strcmp(text, "processes") == 0) {
		groups_set_processes(d->groups, d, find_process);
	} else if (strcmp(text, "live") == 0) {
		d->ui->options.live = true;
	} else if (strcmp(text, "key") == 0) {
		keys(d, rest);
	} else if (strcmp(text, "type") == 0) {
		for (size_t i = 0, n = strlen(rest); i < n;) {
			uint32_t ch;

			i += text_utf8_next((const uint8_t *)rest + i, n - i, &ch);
			ui_key(d->ui, ch);
		}
	} else if (strcmp(text, "click") == 0 && sscanf(rest, "%u %u", &x, &y) == 2) {
		ui_click(d->ui, x, y);
	} else if (strcmp(text, "save") == 0) {
		print_saved(d, rest);
		return;
	} else if (strcmp(text, "sweep") == 0) {
		sweep(d, rest);
	} else if (strcmp(text, "time") == 0) {
		expect(d, "ms", d->took, strtod(rest, NULL));
		return;
	} else if (strcmp(text, "memory") == 0) {
		expect(d, "MiB", memory_of(d), strtod(rest, NULL));
	} else if (strcmp(text, "screen") == 0) {
		draw(d);
		printf("=== %s\n", rest);
		screen_print(&d->ui->screen, stdout);
		return;
	} else {
		fprintf(stderr, "not understood: %s %s\n", text, rest);
		d->failed = 1;
	}
	draw(d);
	d->took = ms_now() - began;
}

int main(int argc, char **argv)
{
	struct drive d = { .width = 80, .height = 24 };
	FILE *script = argc == 3 ? fopen(argv[2], "re") : NULL;
	char text[512];

	if (!script || !open_all(&d, argv[1])) {
		fprintf(stderr, "usage: drive CAPTURE SCRIPT\n");
		return 2;
	}
	while (fgets(text, sizeof(text), script)) {
		text[strcspn(text, "\n")] = '\0';
		if (text[0] && text[0] != '#')
			line(&d, text);
	}
	finish(&d);
	fclose(script);
	close_all(&d);
	return d.failed;
}
