/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/net.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

char *net_host_text(const struct net_endpoint *e, char out[NET_ENDPOINT_TEXT])
{
	if (!inet_ntop(e->family == 6 ? AF_INET6 : AF_INET, e->addr, out, NET_ENDPOINT_TEXT))
		out[0] = '\0';
	return out;
}

char *net_endpoint_text(const struct net_endpoint *e, char out[NET_ENDPOINT_TEXT])
{
	char host[NET_ENDPOINT_TEXT - 8]; /* "[", "]:65535" */

	if (!inet_ntop(e->family == 6 ? AF_INET6 : AF_INET, e->addr, host, sizeof(host)))
		host[0] = '\0';
	snprintf(out, NET_ENDPOINT_TEXT, e->family == 6 ? "[%s]:%u" : "%s:%u", host, e->port);
	return out;
}

bool net_endpoint_equal(const struct net_endpoint *a, const struct net_endpoint *b)
{
	return a->port == b->port && a->family == b->family && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}
