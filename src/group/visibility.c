/* SPDX-License-Identifier: Apache-2.0 */
#include "visibility.h"

#include <string.h>

void visibility_init(struct visibility *v)
{
	memset(v, 0, sizeof(*v));
	v->forgotten = INT64_MIN;
}

void visibility_gap(struct visibility *v, int64_t from, int64_t to, const struct net_endpoint *server)
{
	struct hidden *h = &v->gap[v->n % VISIBILITY_GAPS];

	if (v->n >= VISIBILITY_GAPS && h->to > v->forgotten)
		v->forgotten = h->to;
	v->n++;
	*h = (struct hidden){ .from = from, .to = to };
	if (server)
		h->server = *server;
}

static bool concerns(const struct hidden *h, const struct net_endpoint *server)
{
	return !server || !h->server.family || net_endpoint_equal(&h->server, server);
}

bool visibility_hidden(const struct visibility *v, int64_t from, int64_t to, const struct net_endpoint *server)
{
	uint32_t n = v->n < VISIBILITY_GAPS ? v->n : VISIBILITY_GAPS;

	if (from <= v->forgotten)
		return true;
	for (uint32_t i = 0; i < n; i++)
		if (v->gap[i].from <= to && v->gap[i].to >= from && concerns(&v->gap[i], server))
			return true;
	return false;
}
