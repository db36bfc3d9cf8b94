/* SPDX-License-Identifier: Apache-2.0 */
#include "ip.h"

#include <string.h>

#include "link.h"

#define MAX_EXTENSIONS 16
#define OFFLOAD_MAX (1u << 20) /* the longest packet believed without a length of its own */

static void set_address(struct net_endpoint *e, const uint8_t *p, uint8_t family)
{
	memset(e, 0, sizeof(*e));
	if (family == 4)
		memcpy(e->addr, p, 4);
	else
		memcpy(e->addr, p, 16);
	e->family = family;
}

static bool parse_v4(struct span s, struct ip_packet *out)
{
	uint32_t header, total, frag;

	if (s.cap < 20 || s.p[0] >> 4 != 4)
		return false;
	header = (s.p[0] & 15u) * 4;
	total = be16(s.p + 2);
	if (total == 0) /* segmentation offload: the real length did not fit or was not yet known */
		total = s.len;
	if (header < 20 || total < header || total > OFFLOAD_MAX)
		return false;
	frag = be16(s.p + 6);
	set_address(&out->src, s.p + 12, 4);
	set_address(&out->dst, s.p + 16, 4);
	out->proto = s.p[9];
	out->more = frag & 0x2000;
	out->offset = (frag & 0x1fff) * 8;
	out->fragment = out->more || out->offset;
	out->id = be16(s.p + 4);
	span_set_len(&s, total);
	if (!span_skip(&s, header))
		return false;
	out->payload = s;
	return true;
}

/* Steps over one extension header (RFC 8200; AH: RFC 4302). 1: stepped, 0: it is none of them, -1: cut. */
static int skip_extension(struct ip_packet *p)
{
	struct span *s = &p->payload;
	uint32_t len;

	switch (p->proto) {
	case 0:   /* hop by hop */
	case 43:  /* routing */
	case 60:  /* destination */
	case 135: /* mobility */
	case 139: /* HIP */
	case 140: /* shim6 */
	case 51:  /* authentication: counts in words of 4, less 2 */
		if (s->cap < 8)
			return -1;
		len = p->proto == 51 ? (s->p[1] + 2u) * 4 : (s->p[1] + 1u) * 8;
		break;
	case 44:
		if (s->cap < 8)
			return -1;
		p->offset = be16(s->p + 2) & 0xfff8u;
		p->more = s->p[3] & 1;
		p->id = be32(s->p + 4);
		p->fragment = p->offset || p->more;
		len = 8;
		break;
	default:
		return 0;
	}
	p->proto = s->p[0];
	return span_skip(s, len) ? 1 : -1;
}

/* A fragment's payload begins after its fragment header: extension headers behind that belong to the whole. */
bool ip_skip_extensions(struct ip_packet *p)
{
	int step = 1;

	for (unsigned i = 0; step == 1 && !p->fragment && i < MAX_EXTENSIONS; i++)
		step = skip_extension(p);
	return step >= 0;
}

static bool parse_v6(struct span s, struct ip_packet *out)
{
	uint32_t total;

	if (s.cap < 40 || s.p[0] >> 4 != 6)
		return false;
	total = be16(s.p + 4);
	set_address(&out->src, s.p + 8, 6);
	set_address(&out->dst, s.p + 24, 6);
	out->proto = s.p[6];
	out->fragment = out->more = false;
	out->offset = out->id = 0;
	if (total != 0) /* 0: jumbogram or offload, the captured length counts */
		span_set_len(&s, total + 40);
	if (s.len > OFFLOAD_MAX || !span_skip(&s, 40))
		return false;
	out->payload = s;
	return ip_skip_extensions(out);
}

bool ip_parse(unsigned type, struct span s, struct ip_packet *out)
{
	return type == NET_TYPE_IPV4 ? parse_v4(s, out) : parse_v6(s, out);
}
