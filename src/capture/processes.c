/* SPDX-License-Identifier: Apache-2.0 */
#include "processes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uthash.h>

#include "bpf/process.h"
#include "proc_sockets.h"

#define SCAN_EVERY INT64_C(200000000) /* ns: no oftener for sockets that nobody knows */
#define SOCKETS_MAX 262144

struct socket_key {
	uint8_t local[16], remote[16];
	uint16_t lport, rport;
};

struct socket {
	UT_hash_handle hh;
	struct socket_key key;
	const struct cap_process *process;
};

/* Who listens on a port. */
struct listener {
	UT_hash_handle hh;
	struct listener_key {
		uint32_t netns, port;
	} key;
	const struct cap_process *process;
};

struct known {
	UT_hash_handle hh;
	struct cap_process process; /* stays at its place for the life of the table */
};

struct processes {
	struct process_source *source; /* NULL: /proc */
	struct socket *sockets;
	struct known *known; /* by pid and command */
	struct listener *listeners;
	int64_t scanned;
};

/* ---- a process ---------------------------------------------------------------------------------------- */

/* The id of the container in a cgroup's path: 64 hexadecimal digits, as docker, containerd, cri-o and podman have it. */
static void find_container(const char *path, char out[CAP_CONTAINER])
{
	size_t n = 0;

	for (const char *p = path; *p; p++) {
		n = isxdigit((unsigned char)*p) ? n + 1 : 0;
		if (n == 64 && !isxdigit((unsigned char)p[1])) {
			memcpy(out, p - 63, 64);
			out[64] = '\0';
		}
	}
}

static void read_container(struct cap_process *p)
{
	char name[64], line[1024];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/cgroup", p->pid);
	f = fopen(name, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		find_container(line, p->container);
	fclose(f);
}

static const struct cap_process *intern(struct processes *t, int32_t pid, const char comm[16])
{
	struct known probe = { .process = { .pid = pid } }, *k;
	const unsigned len = offsetof(struct cap_process, container);

	memcpy(probe.process.comm, comm, 15);
	HASH_FIND(hh, t->known, &probe.process, len, k);
	if (k)
		return &k->process;
	k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	k->process = probe.process;
	read_container(&k->process);
	HASH_ADD(hh, t->known, process, len, k);
	return &k->process;
}

/* ---- the table ---------------------------------------------------------------------------------------- */

static void forget_sockets(struct processes *t)
{
	struct socket *s, *next;

	HASH_ITER(hh, t->sockets, s, next) {
		HASH_DEL(t->sockets, s);
		free(s);
	}
}

static struct listener *find_listener(const struct processes *t, const struct owner *o)
{
	const struct listener_key key = { o->netns, o->lport };
	struct listener *l;

	HASH_FIND(hh, t->listeners, &key, sizeof(key), l);
	return l;
}

static void on_listener(struct processes *t, const struct owner *o, const struct cap_process *p)
{
	struct listener *l = find_listener(t, o);

	if (!l) {
		l = calloc(1, sizeof(*l));
		if (!l)
			return;
		l->key = (struct listener_key){ o->netns, o->lport };
		HASH_ADD(hh, t->listeners, key, sizeof(l->key), l);
	}
	l->process = p;
}

/* Of a connection that was accepted: the listener's, until a scan finds it in another process's hands. */
static const struct cap_process *process_of(struct processes *t, const struct owner *o)
{
	const struct listener *l;

	if (o->what != OWNER_ACCEPTED)
		return intern(t, o->pid, o->comm);
	l = find_listener(t, o);
	return l ? l->process : NULL;
}

static void on_owner(void *ctx, const struct owner *o)
{
	struct processes *t = ctx;
	const struct cap_process *p = process_of(t, o);
	struct socket_key key = { .lport = o->lport, .rport = o->rport };
	struct socket *s;

	if (o->what == OWNER_LISTENS)
		on_listener(t, o, p);
	if (o->what == OWNER_LISTENS || !p)
		return;
	memcpy(key.local, o->local, 16);
	memcpy(key.remote, o->remote, 16);
	HASH_FIND(hh, t->sockets, &key, sizeof(key), s);
	if (!s) {
		if (HASH_COUNT(t->sockets) >= SOCKETS_MAX)
			forget_sockets(t);
		s = calloc(1, sizeof(*s));
		if (!s)
			return;
		s->key = key;
		HASH_ADD(hh, t->sockets, key, sizeof(s->key), s);
	}
	s->process = p;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void scan(struct processes *t)
{
	t->scanned = now_ns();
	if (t->source)
		process_source_scan(t->source, t, on_owner);
	else
		proc_sockets(t, on_owner);
}

struct processes *processes_new(char *why, size_t why_size)
{
	struct processes *t = calloc(1, sizeof(*t));

	if (!t) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	t->source = process_source_new(why, why_size);
	scan(t);
	return t;
}

void processes_free(struct processes *t)
{
	struct known *k, *next;
	struct listener *l, *after;

	if (!t)
		return;
	HASH_ITER(hh, t->listeners, l, after) {
		HASH_DEL(t->listeners, l);
		free(l);
	}
	forget_sockets(t);
	HASH_ITER(hh, t->known, k, next) {
		HASH_DEL(t->known, k);
		free(k);
	}
	process_source_free(t->source);
	free(t);
}

void processes_poll(struct processes *t)
{
	if (t->source)
		process_source_news(t->source, t, on_owner);
}

static const struct cap_process *lookup(const struct processes *t, const struct socket_key *key)
{
	struct socket *s;

	HASH_FIND(hh, t->sockets, key, sizeof(*key), s);
	return s ? s->process : NULL;
}

const struct cap_process *processes_find(struct processes *t, const struct cap_end *local, const struct cap_end *remote)
{
	struct socket_key key = { .lport = local->port, .rport = remote->port };
	const struct cap_process *p;

	memcpy(key.local, local->addr, 16);
	memcpy(key.remote, remote->addr, 16);
	p = lookup(t, &key);
	if (p)
		return p;
	processes_poll(t);
	p = lookup(t, &key);
	if (!p && now_ns() - t->scanned >= SCAN_EVERY) {
		scan(t);
		p = lookup(t, &key);
	}
	return p;
}
