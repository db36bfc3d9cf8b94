/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/net.h>
#include <regroup/text.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* As inet_ntop does. Returns the end. */
static char *put_ipv4(char *p, const uint8_t addr[4])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		p = text_digits(p, addr[i]);
	}
	*p = '\0';
	return p;
}

char *net_host_text(const struct net_endpoint *e, char out[NET_ENDPOINT_TEXT])
{
	if (e->family != 6)
		put_ipv4(out, e->addr);
	else if (!inet_ntop(AF_INET6, e->addr, out, NET_ENDPOINT_TEXT))
		out[0] = '\0';
	return out;
}

char *net_endpoint_text(const struct net_endpoint *e, char out[NET_ENDPOINT_TEXT])
{
	char host[NET_ENDPOINT_TEXT - 8]; /* "[", "]:65535" */
	char *p;

	if (e->family != 6) {
		p = put_ipv4(out, e->addr);
		*p++ = ':';
		*text_digits(p, e->port) = '\0';
		return out;
	}
	if (!inet_ntop(AF_INET6, e->addr, host, sizeof(host)))
		host[0] = '\0';
	snprintf(out, NET_ENDPOINT_TEXT, "[%s]:%u", host, e->port);
	return out;
}

bool net_endpoint_equal(const struct net_endpoint *a, const struct net_endpoint *b)
{
	return a->port == b->port && a->family == b->family && memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}
