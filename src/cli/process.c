/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

struct process_filter {
	const struct options *options;
	struct kafka_sink sink;
	struct capture *capture;
};

static struct cap_end end_of(const struct net_endpoint *e)
{
	struct cap_end end = { .port = e->port };

	if (e->family == 4) {
		end.addr[10] = end.addr[11] = 0xff;
		memcpy(end.addr + 12, e->addr, 4);
	} else {
		memcpy(end.addr, e->addr, 16);
	}
	return end;
}

bool process_find(void *ctx, const struct net_endpoint *local, const struct net_endpoint *remote,
		  struct group_process *out)
{
	struct cap_end a = end_of(local), b = end_of(remote);
	const struct cap_process *p = cap_process_of(ctx, &a, &b);

	if (!p)
		return false;
	memset(out, 0, sizeof(*out));
	out->pid = p->pid;
	memcpy(out->comm, p->comm, sizeof(out->comm));
	memcpy(out->container, p->container, sizeof(out->container));
	return true;
}

static bool matches(const struct process_filter *f, const struct net_endpoint *local, const struct net_endpoint *remote)
{
	const struct options *o = f->options;
	struct group_process p;

	if (!process_find(f->capture, local, remote, &p))
		return false;
	return (!o->pid || (uint32_t)p.pid == o->pid) && (!o->comm || fnmatch(o->comm, p.comm, 0) == 0);
}

/* Asked anew each time: it is one look into a table, and a process may become known late. */
static bool wanted(const struct process_filter *f, const struct kafka_conn *c)
{
	return f->capture && (matches(f, c->client, c->server) || matches(f, c->server, c->client));
}

static enum kafka_want on_want(void *ctx, int16_t api_key, enum kf_direction direction)
{
	const struct process_filter *f = ctx;

	return f->sink.want ? f->sink.want(f->sink.ctx, api_key, direction) : KAFKA_WANT_BODY;
}

static void on_message(void *ctx, const struct kafka_message *m)
{
	const struct process_filter *f = ctx;

	if (f->sink.message && wanted(f, m->conn))
		f->sink.message(f->sink.ctx, m);
}

static void on_dropped(void *ctx, struct kafka_conn *c, int16_t api_key, uint64_t note)
{
	const struct process_filter *f = ctx;

	if (f->sink.dropped)
		f->sink.dropped(f->sink.ctx, c, api_key, note);
}

static void on_gap(void *ctx, const struct kafka_gap *g)
{
	const struct process_filter *f = ctx;

	if (f->sink.gap && wanted(f, g->conn))
		f->sink.gap(f->sink.ctx, g);
}

/* The end is always told: whoever was told of the connection before has to let go of it. */
static void on_connection(void *ctx, struct kafka_conn *c, enum kafka_conn_event event, enum kf_direction from,
			  int64_t ts, uint64_t frame)
{
	const struct process_filter *f = ctx;

	if (f->sink.connection && (event == KAFKA_CONN_ENDED || wanted(f, c)))
		f->sink.connection(f->sink.ctx, c, event, from, ts, frame);
}

static void on_ahead(void *ctx, const void *speaker, enum kafka_coming what, unsigned step)
{
	const struct process_filter *f = ctx;

	if (f->sink.ahead)
		f->sink.ahead(f->sink.ctx, speaker, what, step);
}

struct process_filter *process_filter_new(const struct options *o, struct kafka_sink sink)
{
	struct process_filter *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->options = o;
	f->sink = sink;
	return f;
}

void process_filter_free(struct process_filter *f)
{
	free(f);
}

void process_filter_watch(struct process_filter *f, struct capture *c)
{
	f->capture = c;
}

struct kafka_sink process_filter_sink(struct process_filter *f)
{
	return (struct kafka_sink){
		.ctx = f,
		.want = on_want,
		.message = on_message,
		.dropped = on_dropped,
		.gap = on_gap,
		.connection = on_connection,
		.ahead = on_ahead,
	};
}
