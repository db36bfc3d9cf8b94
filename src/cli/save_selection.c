/* SPDX-License-Identifier: Apache-2.0 */
#include "save_selection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/net.h>

#define BATCH 256

struct selection {
	const struct tui_packets *which;
	struct cap_writer *writer;
	int64_t n;
	bool failed;
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool is_wanted(const struct tui_packets *w, const struct cap_packet *p, uint64_t conn)
{
	if ((w->from != GROUP_UNKNOWN_TIME && p->ts < w->from) || (w->to != GROUP_UNKNOWN_TIME && p->ts > w->to))
		return false;
	return w->n && bsearch(&conn, w->conns, w->n, sizeof(conn), compare);
}

static bool add(void *ctx, const struct cap_packet *p, uint64_t conn)
{
	struct selection *s = ctx;

	if (!is_wanted(s->which, p, conn))
		return true;
	if (cap_writer_add(s->writer, p) != 0) {
		s->failed = true;
		return false;
	}
	s->n++;
	return true;
}

/* The same packets in the same order: connections get the same numbers again. */
static bool read_again(struct selection *s, const struct options *o, char *err, size_t err_size)
{
	const struct cap_options c = { .files = o->files, .n_files = o->n_files, .filter = o->filter, .max_packets = o->count };
	const struct net_options n = { .ports = o->n_ports ? o->ports : NULL, .n_ports = o->n_ports };
	struct capture *capture = cap_open(&c, err, err_size);
	struct net *net = capture ? net_new(&n) : NULL;
	struct cap_packet packets[BATCH];
	struct net_seen seen[BATCH];
	enum cap_status status;
	size_t got;

	while (net && !s->failed && ((status = cap_read(capture, packets, BATCH, &got)) == CAP_PACKETS || status == CAP_IDLE)) {
		net_packets(net, packets, got, seen);
		for (size_t i = 0; i < got && !s->failed; i++)
			add(s, &packets[i], seen[i].conn);
	}
	net_free(net);
	cap_free(capture);
	return net;
}

int64_t save_selection(const struct options *o, const struct keep *kept, const char *file,
                       const struct tui_packets *which, char *err, size_t err_size)
{
	const struct cap_writer_options w = { .file = file, .snaplen = (int)o->snaplen };
	struct selection s = { .which = which };
	bool ok = true;

	snprintf(err, err_size, "the capture cannot be read again");
	if (!which->n) {
		snprintf(err, err_size, "no packet of it is known");
		return -1;
	}
	s.writer = cap_writer_new(&w, err, err_size);
	if (!s.writer)
		return -1;
	if (kept)
		keep_each(kept, &s, add);
	else
		ok = read_again(&s, o, err, err_size);
	if (cap_writer_close(s.writer, NULL) != 0 || s.failed) {
		snprintf(err, err_size, "%s: %s", file, strerror(errno));
		return -1;
	}
	return ok ? s.n : -1;
}
