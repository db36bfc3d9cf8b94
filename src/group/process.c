/* SPDX-License-Identifier: Apache-2.0
 *
 * Which process on this host speaks for a member: asked once, kept for as long as the groups are.
 */
#include <string.h>

#include <uthash.h>

#include "correlator.h"
#include "process.h"

struct process {
	UT_hash_handle hh;
	struct group_process is;
};

void groups_set_processes(struct groups *gs, void *ctx, group_find_process *find)
{
	gs->find_process = find;
	gs->find_process_ctx = ctx;
}

bool groups_process(const struct groups *gs, const struct net_endpoint *local, const struct net_endpoint *remote,
                    struct group_process *out)
{
	memset(out, 0, sizeof(*out));
	return gs->find_process && gs->find_process(gs->find_process_ctx, local, remote, out);
}

static const struct group_process *find(struct groups *gs, const struct net_endpoint *local,
                                       const struct net_endpoint *remote)
{
	struct group_process found;
	struct process *p;

	if (!groups_process(gs, local, remote, &found))
		return NULL;
	HASH_FIND(hh, gs->processes, &found, sizeof(found), p);
	if (p)
		return &p->is;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->is = found;
	HASH_ADD(hh, gs->processes, is, sizeof(p->is), p);
	return &p->is;
}

const struct group_process *process_of(struct groups *gs, const struct kafka_conn *c)
{
	return find(gs, c->client, c->server);
}

const struct group_process *process_of_server(struct groups *gs, const struct kafka_conn *c)
{
	return find(gs, c->server, c->client);
}

void processes_forget(struct groups *gs)
{
	struct process *p, *next;

	HASH_ITER(hh, gs->processes, p, next) {
		HASH_DEL(gs->processes, p);
		free(p);
	}
}
