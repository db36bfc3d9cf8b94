/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline.h"

#include <errno.h>
#include <poll.h>
#include <stdio_ext.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "counters.h"
#include "process.h"
#include "progress.h"
#include "save.h"
#include "signals.h"

#define BATCH 256
#define SECOND 1000000000LL

/* A packet may lie this long in the kernel before it is handed out: live time runs that much late when idle. */
#define LIVE_DELAY (SECOND / 5)

/* Milliseconds: a screen is to be looked after that often, though nothing comes in. */
#define SCREEN_WAIT 50
#define SCREEN_TURN (SECOND / 200)
#define SCREEN_COUNTERS (SECOND / 5)

/* What one idle connection costs, about, over all layers. */
#define CONNECTION_BYTES 300

struct run {
	const struct pipeline *p;
	struct capture *capture;
	struct net *net;
	struct kafka *kafka;
	struct save save;
	struct process_filter *filter; /* --pid, --comm */
	struct progress progress;
	struct pipeline_totals *totals;
	int64_t turned;         /* when it was last the screen's turn; monotonic, ns */
	int64_t counted;        /* and when the counters were read for it: the kernel has to be asked */
	uint64_t dropped;       /* by the kernel or the interface, as told so far */
	int64_t dropped_since;  /* when the drop counters were last read */
	int64_t now;
	bool flush;
	int code;
};

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "regroup: %s%s%s\n", what, why ? ": " : "", why ? why : "");
	return EXIT_UNUSABLE;
}

static void say(const struct run *r, const char *line)
{
	if (r->p->say)
		r->p->say(r->p->ctx, line);
	else
		fprintf(stderr, "regroup: %s\n", line);
}

static void print_warnings(const struct run *r)
{
	for (const char *w; (w = cap_warning(r->capture));)
		if (!r->p->options->quiet)
			say(r, w);
}

/* ---- opening ------------------------------------------------------------------------------------------ */

static bool open_capture(struct run *r)
{
	static const enum cap_ebpf modes[] = {
		[OPTIONS_EBPF_AUTO] = CAP_EBPF_AUTO,
		[OPTIONS_EBPF_FILTER] = CAP_EBPF_FILTER,
		[OPTIONS_EBPF_RING] = CAP_EBPF_RING,
		[OPTIONS_EBPF_OFF] = CAP_EBPF_OFF,
	};
	const struct options *o = r->p->options;
	int tls_pid = 0;

	if (o->tls)
		options_tls_pid(o, &tls_pid);
	const struct cap_options c = {
		.files = o->files,
		.n_files = o->n_files,
		.interface = o->interface,
		.filter = o->filter,
		.user = options_live(o) ? o->user : NULL,
		.max_packets = o->count,
		.snaplen = (int)o->snaplen,
		.buffer_kib = (int)o->buffer_kib,
		.no_promisc = o->no_promisc,
		.wait_ms = r->p->turn ? SCREEN_WAIT : 0,
		.wakes = r->p->wakes,
		.wake_fd = r->p->wake_fd,
		/* Files that are written belong to whoever asked for them, and a command that is run keeps its rights. */
		.forget_rights = options_live(o) && !o->wrapped,
		.forget_root = !o->save_file && o->command != OPTIONS_TUI && o->command != OPTIONS_CHECK,
		.tls = o->tls,
		.tls_pid = tls_pid,
		.processes = options_live(o) && (r->p->groups || r->filter),
		.ebpf = o->interface ? modes[o->ebpf] : CAP_EBPF_OFF,
	};
	char err[OPTIONS_ERROR];

	r->capture = cap_open(&c, err, sizeof(err));
	if (!r->capture)
		r->code = complain(err, NULL);
	return r->capture;
}

/* Whether any packet can be read at all, as far as the file headers tell. */
static bool check_links(struct run *r)
{
	uint16_t links[16];
	int n = cap_link_types(r->capture, links, sizeof(links) / sizeof(links[0]));
	char text[64];

	for (int i = 0; i < n; i++)
		if (net_link_supported(links[i]))
			return true;
	if (n <= 0)
		return true;
	snprintf(text, sizeof(text), "link type %u is not supported", links[0]);
	r->code = complain(r->p->options->n_files ? r->p->options->files[0] : r->p->options->interface, text);
	return false;
}

/* Half of the budget is for idle connections, the rest for bytes that wait for others. */
static bool open_layers(struct run *r)
{
	const struct options *o = r->p->options;
	struct kafka_options k = { .sink = save_sink(&r->save, r->filter ? process_filter_sink(r->filter) : r->p->sink), .memory = o->memory / 8 * 3 };
	struct net_options n = { .memory = o->memory / 8, .ports = o->n_ports ? o->ports : NULL, .n_ports = o->n_ports };
	uint64_t connections = o->memory / 2 / CONNECTION_BYTES;

	n.max_connections = connections < UINT32_MAX ? (uint32_t)connections : UINT32_MAX;
	r->kafka = kafka_new(&k);
	if (r->kafka) {
		n.sink = kafka_net_sink(r->kafka);
		r->net = net_new(&n);
	}
	if (!r->net)
		r->code = complain(strerror(ENOMEM), NULL);
	return r->net;
}

static bool open_all(struct run *r)
{
	const struct options *o = r->p->options;

	if (o->pid || o->comm) {
		r->filter = process_filter_new(o, r->p->sink);
		if (!r->filter)
			r->code = complain(strerror(ENOMEM), NULL);
	}
	if (r->code || !open_capture(r))
		return false;
	if (r->filter)
		process_filter_watch(r->filter, r->capture);
	if (r->p->groups && options_live(o))
		groups_set_processes(r->p->groups, r->capture, process_find);
	if (!check_links(r))
		return false;
	if (!save_begin(&r->save, r->p->options, cap_ebpf_used(r->capture))) {
		r->code = EXIT_UNUSABLE;
		return false;
	}
	if (!open_layers(r)) {
		save_end(&r->save, NULL);
		return false;
	}
	return true;
}

/* ---- running ------------------------------------------------------------------------------------------ */

static void take_counters(struct run *r)
{
	cap_get_stats(r->capture, &r->totals->capture);
	net_get_stats(r->net, &r->totals->net);
	kafka_get_stats(r->kafka, &r->totals->kafka);
}

/* Tells drops since the counters were last read: they lie between then and now. */
static void tell_drops(struct run *r, int64_t now)
{
	struct cap_stats s;

	cap_get_stats(r->capture, &s);
	uint64_t dropped = s.kernel_dropped + s.interface_dropped;
	if (dropped > r->dropped && r->p->capture_gap)
		r->p->capture_gap(r->p->ctx, dropped - r->dropped, r->dropped_since, now);
	r->dropped = dropped;
	r->dropped_since = now;
}

static void advance(struct run *r, int64_t now)
{
	if (now < r->now)
		return;
	r->now = now;
	if (cap_is_live(r->capture) && now - r->dropped_since >= SECOND)
		tell_drops(r, now);
	if (r->p->tick)
		r->p->tick(r->p->ctx, now);
}

static bool take_packets(struct run *r, const struct cap_packet *packets, size_t n)
{
	struct pipeline_totals *t = r->totals;
	struct net_seen seen[BATCH];

	if (t->first == PIPELINE_NO_TIME) {
		t->first = t->last = r->dropped_since = packets[0].ts;
		if (r->p->begin)
			r->p->begin(r->p->ctx, t->first);
	}
	for (size_t i = 0; i < n; i++)
		if (packets[i].ts > t->last)
			t->last = packets[i].ts;
	net_packets(r->net, packets, n, r->p->packets || r->save.groups ? seen : NULL);
	if (r->p->packets)
		r->p->packets(r->p->ctx, packets, seen, n);
	switch (save_packets(&r->save, packets, seen, n)) {
	case SAVE_DONE:
		break;
	case SAVE_READER_GONE:
		t->reader_gone = true;
		return false;
	case SAVE_FAILED:
		r->code = EXIT_UNUSABLE;
		return false;
	}
	advance(r, t->last);
	return true;
}

static void idle(struct run *r)
{
	struct timespec t;

	if (!cap_is_live(r->capture) || r->totals->first == PIPELINE_NO_TIME)
		return;
	clock_gettime(CLOCK_REALTIME, &t);
	advance(r, (int64_t)t.tv_sec * SECOND + t.tv_nsec - LIVE_DELAY);
}

/* Whether the other end of a pipe or socket is gone. */
static bool nobody_reads(FILE *out)
{
	struct pollfd p = { .fd = fileno(out), .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP));
}

/* False when nothing more can be printed: quietly when it is only that the reader has left, as head does. */
static bool output_good(FILE *out, bool flush, bool *reader_gone, int *code)
{
	errno = 0;
	if (flush)
		fflush(out);
	if (!ferror(out))
		return true;
	if (errno == EPIPE || nobody_reads(out))
		*reader_gone = true;
	else
		*code = complain("cannot write the output", errno ? strerror(errno) : NULL);
	return false;
}

static bool screen_turn(struct run *r)
{
	struct timespec t;
	int64_t now;

	if (!r->p->turn)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &t);
	now = (int64_t)t.tv_sec * SECOND + t.tv_nsec;
	if (now - r->turned < SCREEN_TURN)
		return true;
	r->turned = now;
	if (now - r->counted >= SCREEN_COUNTERS) {
		take_counters(r);
		r->counted = now;
	}
	return r->p->turn(r->p->ctx, r->totals);
}

/* What is due between two batches; false to stop. */
static bool between(struct run *r)
{
	struct progress *p = &r->progress;

	if (signals_counters_wanted()) {
		progress_erase(p);
		take_counters(r);
		counters_print(stderr, r->totals);
	}
	if (r->flush && __fpending(r->p->out) > 0)
		progress_erase(p);
	if (!output_good(r->p->out, r->flush, &r->totals->reader_gone, &r->code))
		return false;
	progress_update(p, r->capture);
	if (r->p->more && !r->p->more(r->p->ctx))
		return false;
	return screen_turn(r);
}

static void read_all(struct run *r)
{
	struct cap_packet packets[BATCH];
	enum cap_status status = CAP_IDLE;
	size_t n;

	do {
		n = 0;
		if (r->p->patience && status == CAP_IDLE)
			cap_set_wait(r->capture, r->p->patience(r->p->ctx));
		status = cap_read(r->capture, packets, BATCH, &n);
		if (status == CAP_PACKETS && n > 0 && !take_packets(r, packets, n))
			break;
		if (status == CAP_IDLE)
			idle(r);
	} while (between(r) && (status == CAP_PACKETS || status == CAP_IDLE));
	progress_erase(&r->progress);
	if (status != CAP_FAILED)
		return;
	say(r, cap_error(r->capture));
	r->code = EXIT_UNUSABLE;
}

static void finish(struct run *r)
{
	int64_t last = r->totals->last;

	if (last != PIPELINE_NO_TIME) {
		tell_drops(r, last > r->now ? last : r->now);
		net_finish(r->net, last);
	}
	take_counters(r);
	if (save_end(&r->save, &r->totals->capture) == SAVE_FAILED)
		r->code = EXIT_UNUSABLE;
	print_warnings(r);
	if (!r->p->options->quiet && !r->p->say && (cap_is_live(r->capture) || r->p->options->verbose))
		counters_print(stderr, r->totals);
}

static bool progress_wanted(const struct options *o)
{
	bool sparse = o->command != OPTIONS_DECODE || !isatty(STDOUT_FILENO);

	return !o->quiet && o->command != OPTIONS_TUI && sparse && isatty(STDERR_FILENO);
}

int pipeline_run(const struct pipeline *p, struct pipeline_totals *totals)
{
	struct run r = { .p = p, .totals = totals, .now = PIPELINE_NO_TIME };

	*totals = (struct pipeline_totals){ .first = PIPELINE_NO_TIME, .last = PIPELINE_NO_TIME };
	r.flush = p->out && (options_prompt_output(p->options) || isatty(fileno(p->out)));
	if (!open_all(&r))
		goto cleanup;
	signals_begin(r.capture);
	print_warnings(&r);
	progress_begin(&r.progress, progress_wanted(p->options));
	if (!p->opened || p->opened(p->ctx)) {
		read_all(&r);
		finish(&r);
	} else {
		r.code = EXIT_UNUSABLE;
	}

cleanup:
	signals_end();
	net_free(r.net);
	kafka_free(r.kafka);
	if (p->groups)
		groups_set_processes(p->groups, NULL, NULL);
	process_filter_free(r.filter);
	cap_free(r.capture);
	return r.code;
}

int pipeline_close(const struct pipeline *p, int code)
{
	bool reader_gone = false;

	output_good(p->out, true, &reader_gone, &code);
	return code;
}

FILE *pipeline_out(const struct options *o)
{
	return o->save_file && strcmp(o->save_file, "-") == 0 ? stderr : stdout;
}
