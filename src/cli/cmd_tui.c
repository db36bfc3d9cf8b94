/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#ifndef REGROUP_TUI

int cmd_tui(const struct options *o)
{
	(void)o;
	fprintf(stderr, "regroup: this build has no terminal UI: it needs ncursesw (Debian: libncurses-dev); regroup log and "
	        "regroup why tell the same in text\n");
	return EXIT_UNUSABLE;
}

#else

#include "again.h"
#include "keep.h"
#include "pipeline.h"
#include "save_selection.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <regroup/group.h>
#include <regroup/tui.h>

#define KEEP_BYTES ((size_t)64 << 20)

/* Packets of a connection that are kept before it is known what it speaks. */
#define EARLY 16u

struct tui_run {
	const struct options *options;
	struct groups *groups;
	struct tui *tui;
	struct keep *keep; /* of what cannot be read again */
	int fd;            /* where keys come from */
	int64_t now;
	bool quit;
	char said[256];    /* the first thing that there was to say, for when the screen is gone */
	struct tui_counters counters;
};

static void on_begin(void *ctx, int64_t first)
{
	tui_begin(((struct tui_run *)ctx)->tui, first);
}

static void on_tick(void *ctx, int64_t now)
{
	struct tui_run *run = ctx;

	groups_advance(run->groups, now);
	run->now = now;
}

static void on_capture_gap(void *ctx, uint64_t packets, int64_t from, int64_t to)
{
	struct tui_run *run = ctx;

	groups_capture_gap(run->groups, packets, from, to);
}

static void on_say(void *ctx, const char *line)
{
	struct tui_run *run = ctx;

	if (!run->said[0])
		snprintf(run->said, sizeof(run->said), "%s", line);
}

static bool on_opened(void *ctx)
{
	struct tui_run *run = ctx;
	char err[256];

	if (tui_open(run->tui, run->fd, err, sizeof(err)))
		return true;
	fprintf(stderr, "regroup: %s\n", err);
	run->quit = true;
	return false;
}

static void on_packets(void *ctx, const struct cap_packet *packets, const struct net_seen *seen, size_t n)
{
	struct tui_run *run = ctx;

	for (size_t i = 0; i < n; i++)
		if (seen[i].conn && (seen[i].nth <= EARLY || tui_speaks(run->tui, seen[i].conn)))
			keep_add(run->keep, &packets[i], seen[i].conn);
}

static void count(struct tui_run *run, const struct pipeline_totals *t)
{
	run->counters = (struct tui_counters){
		.packets = t->capture.packets,
		.bytes = t->capture.bytes,
		.messages = t->kafka.messages,
		.connections = t->kafka.connections,
		.opaque = t->kafka.opaque_connections,
		.unknown_messages = t->kafka.unknown,
		.kernel_dropped = t->capture.kernel_dropped + t->capture.interface_dropped,
		.hole_bytes = t->kafka.gap_bytes,
		.unanswered = t->kafka.unanswered,
		.evicted = t->net.evicted + t->kafka.evicted,
		.memory = t->net.memory + t->kafka.memory,
		.file_size = t->capture.file_size,
		.file_read = t->capture.file_read,
	};
}

static bool on_turn(void *ctx, const struct pipeline_totals *t)
{
	struct tui_run *run = ctx;

	count(run, t);
	run->quit = !tui_turn(run->tui, run->now, &run->counters);
	return !run->quit;
}

static int on_patience(void *ctx)
{
	return tui_patience(((struct tui_run *)ctx)->tui);
}

static int64_t on_save(void *ctx, const char *file, const struct tui_packets *which, char *err, size_t err_size)
{
	const struct tui_run *run = ctx;

	return save_selection(run->options, run->keep, file, which, err, err_size);
}

/* ---- setting up --------------------------------------------------------------------------------------- */

/* "storm.pcap.zst and 2 more" */
static void source_name(const struct options *o, char *out, size_t size)
{
	const char *name = o->n_files ? o->files[0] : o->interface ? o->interface : "TLS plaintext", *slash = strrchr(name, '/');

	name = slash && slash[1] ? slash + 1 : strcmp(name, "-") == 0 ? "standard input" : name;
	if (o->n_files > 1)
		snprintf(out, size, "%s and %zu more", name, o->n_files - 1);
	else
		snprintf(out, size, "%s", name);
}

static void keys_file(char *out, size_t size)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && config[0] == '/')
		snprintf(out, size, "%s/regroup/keys", config);
	else
		snprintf(out, size, "%s/.config/regroup/keys", home ? home : "");
}

static bool wants_color(const struct options *o)
{
	const char *no_color = getenv("NO_COLOR");

	return o->color == OPTIONS_COLOR_ALWAYS || (o->color == OPTIONS_COLOR_AUTO && !(no_color && *no_color));
}

static int complain(const char *what)
{
	fprintf(stderr, "regroup: %s\n", what);
	return EXIT_UNUSABLE;
}

static size_t keep_most(const struct options *o)
{
	return o->memory && o->memory < KEEP_BYTES ? (size_t)o->memory : KEEP_BYTES;
}

static bool open_run(struct tui_run *run, const char *source, const char *keys)
{
	const struct tui_options t = {
		.source = source,
		.live = options_live(run->options),
		.color = wants_color(run->options),
		.keys = keys,
		.memory = run->options->memory,
		.ctx = run,
		.save_packets = on_save,
	};
	struct group_options g = { .event = tui_event, .names = again_names, .names_ctx = run->options };
	char err[512];

	run->tui = tui_new(&t, err, sizeof(err));
	if (!run->tui) {
		complain(err);
		return false;
	}
	g.ctx = run->tui;
	run->groups = groups_new(&g);
	if (!again_possible(run->options))
		run->keep = keep_new(keep_most(run->options));
	if (run->groups && (run->keep || again_possible(run->options))) {
		tui_watch(run->tui, run->groups);
		return true;
	}
	complain("out of memory");
	return false;
}

/* Keys come from the terminal even when standard input brings the packets. */
static int open_keys(void)
{
	return isatty(STDIN_FILENO) ? dup(STDIN_FILENO) : open("/dev/tty", O_RDWR | O_CLOEXEC);
}

static int run_screen(struct tui_run *run)
{
	struct pipeline p = {
		.options = run->options,
		.sink = tui_kafka_sink(run->tui, groups_kafka_sink(run->groups)),
		.groups = run->groups,
		.ctx = run,
		.begin = on_begin,
		.tick = on_tick,
		.capture_gap = on_capture_gap,
		.opened = on_opened,
		.turn = on_turn,
		.patience = on_patience,
		.packets = run->keep ? on_packets : NULL,
		.say = on_say,
		.wakes = true,
		.wake_fd = run->fd,
		.out = stdout,
	};
	struct pipeline_totals totals;
	int code = pipeline_run(&p, &totals);

	if (totals.capture.packets > 0 && !run->quit)
		groups_finish(run->groups, totals.last);
	count(run, &totals);
	if (!run->quit && (code == EXIT_DONE || totals.capture.packets > 0))
		tui_linger(run->tui, totals.last != PIPELINE_NO_TIME ? totals.last : GROUP_UNKNOWN_TIME, &run->counters);
	tui_close(run->tui);
	if (run->said[0] && (code != EXIT_DONE || !run->options->quiet))
		complain(run->said);
	return code;
}

int cmd_tui(const struct options *o)
{
	struct tui_run run = { .options = o, .fd = -1, .now = GROUP_UNKNOWN_TIME };
	char source[128], keys[512];
	int code = EXIT_UNUSABLE;

	if (!isatty(STDOUT_FILENO))
		return complain("the terminal UI needs a terminal; regroup log and regroup why tell the same in text");
	run.fd = open_keys();
	if (run.fd < 0)
		return complain("the terminal UI needs a terminal to read keys from");
	source_name(o, source, sizeof(source));
	keys_file(keys, sizeof(keys));
	if (open_run(&run, source, keys))
		code = run_screen(&run);
	tui_free(run.tui);
	groups_free(run.groups);
	keep_free(run.keep);
	close(run.fd);
	return code;
}

#endif
