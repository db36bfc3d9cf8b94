/* SPDX-License-Identifier: Apache-2.0 */
#include "head.h"

#include <string.h>
#include <sys/auxv.h>

#include <regroup/capture.h>
#include <regroup/net.h>

#include "ip.h"
#include "link.h"

enum { ETHERNET = 1, MAC = 14, IP = 20, TCP = 20, SYN = 2 };

/* The kernel gives every program sixteen random bytes to start with. */
struct flow_seed flow_seed_get(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	struct flow_seed s = { UINT64_C(0x9fb21c651e98df25), UINT64_C(0xd6e8feb86659fd93) };
	uint64_t r[2] = { 0 };

	if (random)
		memcpy(r, random, sizeof(r));
	s.a ^= r[0];
	s.b ^= r[1];
	return s;
}

static inline uint32_t word32(const uint8_t *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static inline uint64_t word64(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint32_t flow_hash(const struct flow_seed *seed, struct flow_key k)
{
	uint64_t src = (k.addrs >> 32) << 16 | k.ports >> 16, dst = (k.addrs & UINT32_MAX) << 16 | (k.ports & UINT16_MAX);
	uint64_t h = mix((src ^ dst) ^ seed->a, (src + dst) ^ seed->b);

	return (uint32_t)(h ^ h >> 32);
}

static uint32_t digest(const struct flow_seed *seed, const uint8_t *addr)
{
	uint64_t h = mix(word64(addr) ^ seed->a, word64(addr + 8) ^ seed->b);

	return (uint32_t)(h ^ h >> 32);
}

/* `t` is a TCP header of at least 20 bytes with what is behind it. */
static inline bool read_tcp(struct span t, struct tcp_head *h)
{
	uint32_t header = (t.p[12] >> 4) * 4u;
	struct segment *s = &h->segment;

	h->key.ports = be32(t.p);
	s->seq = be32(t.p + 4);
	s->ack = be32(t.p + 8);
	s->flags = t.p[13];
	s->seq += (s->flags & SYN) != 0;
	if (header < TCP || !span_skip_wire(&t, header))
		return false;
	s->data = t.p;
	s->len = t.len;
	s->cap = t.cap;
	s->start = true;
	return true;
}

static inline void read_addresses(const struct flow_seed *seed, struct tcp_head *h, uint8_t family)
{
	bool v4 = family == 4;
	uint32_t src = v4 ? word32(h->src) : digest(seed, h->src), dst = v4 ? word32(h->dst) : digest(seed, h->dst);

	h->key.addrs = (uint64_t)src << 32 | dst;
	h->hash = flow_hash(seed, h->key);
	h->family = family;
}

bool head_read_ip(const struct flow_seed *seed, const struct ip_packet *ip, struct tcp_head *h)
{
	h->src = ip->src.addr;
	h->dst = ip->dst.addr;
	h->ref = 0;
	if (ip->payload.cap < TCP || !read_tcp(ip->payload, h))
		return false;
	read_addresses(seed, h, ip->src.family);
	return true;
}

/* The shape that nearly all packets have: Ethernet, IPv4 without options and in one piece, TCP. As link_strip and
 * ip_parse would read it; false for every other shape, which is theirs. */
static inline bool read_plain(const struct flow_seed *seed, const struct cap_packet *p, struct tcp_head *h)
{
	const uint8_t *d = p->data, *ip;
	uint32_t total, held;

	if (p->link != ETHERNET || p->caplen < MAC + IP + TCP || d[12] != 0x08 || d[13] != 0 || d[MAC] != 0x45)
		return false;
	ip = d + MAC;
	held = p->caplen - MAC;
	total = be16(ip + 2);
	if (total < IP + TCP || be16(ip + 6) & 0x3fff || ip[9] != IP_PROTO_TCP)
		return false;
	h->src = ip + 12;
	h->dst = ip + 16;
	if (!read_tcp((struct span){ .p = ip + IP, .cap = (held < total ? held : total) - IP, .len = total - IP }, h))
		return false;
	read_addresses(seed, h, 4);
	return true;
}

/* Any other link layer, VLAN tags, IPv6. The addresses stay where the packet has them. */
static __attribute__((noinline)) bool read_any(const struct flow_seed *seed, const struct cap_packet *p, struct tcp_head *h)
{
	struct span s = { .p = p->data, .cap = p->caplen, .len = p->len < p->caplen ? p->caplen : p->len };
	unsigned type = link_strip(p->link, &s);
	struct ip_packet ip;

	if ((type != NET_TYPE_IPV4 && type != NET_TYPE_IPV6) || !ip_parse(type, s, &ip) || ip.fragment ||
	    ip.proto != IP_PROTO_TCP || ip.payload.cap < TCP || !read_tcp(ip.payload, h))
		return false;
	h->src = s.p + (type == NET_TYPE_IPV4 ? 12 : 8);
	h->dst = s.p + (type == NET_TYPE_IPV4 ? 16 : 24);
	read_addresses(seed, h, ip.src.family);
	return true;
}

void head_read(const struct flow_seed *seed, const struct cap_packet *p, struct tcp_head *h)
{
	h->ref = 0;
	if (!read_plain(seed, p, h) && !read_any(seed, p, h)) {
		h->family = 0;
		h->hash = 0;
	}
}

void head_endpoints(const struct tcp_head *h, struct net_endpoint *src, struct net_endpoint *dst)
{
	size_t size = h->family == 4 ? 4 : 16;

	*src = (struct net_endpoint){ .family = h->family, .port = (uint16_t)(h->key.ports >> 16) };
	*dst = (struct net_endpoint){ .family = h->family, .port = (uint16_t)h->key.ports };
	memcpy(src->addr, h->src, size);
	memcpy(dst->addr, h->dst, size);
}
