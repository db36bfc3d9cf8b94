/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/capture.h>

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

void pkt_payload(struct pkt *p, const void *data, size_t len)
{
	p->start = 512;
	p->len = len;
	assert_true(len <= sizeof(p->room) - p->start);
	if (len)
		memcpy(p->room + p->start, data, len);
}

void pkt_prepend(struct pkt *p, const void *header, size_t len)
{
	assert_true(len <= p->start);
	p->start -= len;
	p->len += len;
	memcpy(p->room + p->start, header, len);
}

uint8_t *pkt_bytes(struct pkt *p)
{
	return p->room + p->start;
}

void pkt_tcp(struct pkt *p, uint16_t sport, uint16_t dport, uint32_t seq, uint32_t ack, uint8_t flags)
{
	uint8_t h[20] = {[12] = 0x50, [13] = flags, [14] = 0xff, 0xff};

	put16(h, sport);
	put16(h + 2, dport);
	put32(h + 4, seq);
	put32(h + 8, ack);
	pkt_prepend(p, h, sizeof(h));
}

void pkt_udp(struct pkt *p, uint16_t sport, uint16_t dport)
{
	uint8_t h[8] = {0};

	put16(h, sport);
	put16(h + 2, dport);
	put16(h + 4, p->len + 8);
	pkt_prepend(p, h, sizeof(h));
}

void pkt_ip4_fragment(struct pkt *p, uint32_t src, uint32_t dst, uint8_t proto, uint16_t id, uint16_t frag)
{
	uint8_t h[20] = {0x45, [8] = 64, proto};

	put16(h + 2, p->len + 20);
	put16(h + 4, id);
	put16(h + 6, frag);
	put32(h + 12, src);
	put32(h + 16, dst);
	pkt_prepend(p, h, sizeof(h));
}

void pkt_ip4(struct pkt *p, uint32_t src, uint32_t dst, uint8_t proto)
{
	pkt_ip4_fragment(p, src, dst, proto, 0, 0);
}

void pkt_ip6(struct pkt *p, uint8_t src, uint8_t dst, uint8_t next)
{
	uint8_t h[40] = {0x60, [6] = next, 64, [8] = 0xfd, [23] = src, [24] = 0xfd, [39] = dst};

	put16(h + 4, p->len);
	pkt_prepend(p, h, sizeof(h));
}

void pkt_eth(struct pkt *p, uint16_t type)
{
	uint8_t h[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};

	put16(h + 12, type);
	pkt_prepend(p, h, sizeof(h));
}

/* ---- the sink -------------------------------------------------------------------------------------- */

static void say(struct heard *h, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(h->log + h->log_len, sizeof(h->log) - h->log_len, format, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof(h->log) - h->log_len)
		h->log_len += (size_t)n;
}

static void append(struct heard *h, unsigned dir, const void *data, size_t len)
{
	if (h->len[dir] + len + 1 > h->room[dir]) {
		h->room[dir] = (h->len[dir] + len + 1) * 2;
		h->data[dir] = realloc(h->data[dir], h->room[dir]);
		assert_non_null(h->data[dir]);
	}
	memcpy(h->data[dir] + h->len[dir], data, len);
	h->len[dir] += len;
}

static void on_piece(void *ctx, struct net_conn *c, unsigned dir, const struct net_piece *p)
{
	struct heard *h = ctx;
	char text[32];

	assert_true(dir < 2 && p->len > 0);
	assert_true((p->kind == NET_DATA) == (p->data != NULL));
	h->last_id = net_conn_id(c);
	h->last_ts = p->ts;
	h->last_frame = p->frame;
	h->from_start = net_conn_from_start(c);
	h->side[0] = *net_conn_endpoint(c, 0);
	h->side[1] = *net_conn_endpoint(c, 1);
	*net_conn_user(c) = h;
	if (p->kind == NET_DATA) {
		append(h, dir, p->data, p->len);
		h->starts[dir] += p->segment_start;
		say(h, "%u:%llu ", dir, (unsigned long long)p->len);
		return;
	}
	assert_false(p->segment_start);
	h->hole_bytes[dir] += p->len;
	append(h, dir, text, (size_t)snprintf(text, sizeof(text), "#%llu#", (unsigned long long)p->len));
	say(h, "%u:-%llu ", dir, (unsigned long long)p->len);
}

static void on_end(void *ctx, struct net_conn *c, unsigned dir, enum net_end why, int64_t ts, uint64_t frame)
{
	static const char *const name[] = {"fin", "rst", "reuse", "lost", "stop"};
	struct heard *h = ctx;

	assert_true(*net_conn_user(c) == NULL || *net_conn_user(c) == h);
	h->last_id = net_conn_id(c);
	h->last_ts = ts;
	h->last_frame = frame;
	h->side[0] = *net_conn_endpoint(c, 0);
	h->side[1] = *net_conn_endpoint(c, 1);
	if (why == NET_FIN) {
		h->fins++;
		say(h, "%u:fin ", dir);
		return;
	}
	h->ends++;
	say(h, why == NET_RST ? "%s%u " : "%s ", name[why], dir);
}

/* ---- the rig --------------------------------------------------------------------------------------- */

void rig_open(struct rig *r, const struct net_options *o)
{
	struct net_options mine = *o;

	memset(r, 0, sizeof(*r));
	mine.sink = (struct net_sink){.ctx = &r->heard, .piece = on_piece, .end = on_end};
	r->net = net_new(&mine);
	assert_non_null(r->net);
	r->ts = 1000 * SEC;
	r->isn[0] = 1000;
	r->isn[1] = 0xfffffff0; /* wraps soon */
	r->client_port = 40000;
}

void rig_close(struct rig *r)
{
	net_free(r->net);
	free(r->heard.data[0]);
	free(r->heard.data[1]);
}

void rig_packet(struct rig *r, unsigned link, const void *data, size_t caplen, size_t len)
{
	struct cap_packet p = {
		.data = data,
		.caplen = (uint32_t)caplen,
		.len = (uint32_t)len,
		.link = (uint16_t)link,
	};

	r->ts += 1000;
	p.ts = r->ts;
	p.frame = ++r->frame;
	net_packet(r->net, &p);
}

void rig_pkt(struct rig *r, unsigned link, struct pkt *p)
{
	/* a copy of its own, so that a read past the end is found */
	uint8_t *copy = malloc(p->len);

	assert_non_null(copy);
	memcpy(copy, pkt_bytes(p), p->len);
	rig_packet(r, link, copy, p->len, p->len);
	free(copy);
}

void rig_seg_cut(struct rig *r, unsigned dir, uint8_t flags, uint32_t off, uint32_t ack, const void *data, size_t len,
                 size_t cap)
{
	static struct pkt p;
	uint32_t seq = r->isn[dir] + off - (flags & S ? 1 : 0);
	uint32_t a = flags & A ? r->isn[!dir] + ack : 0;

	pkt_payload(&p, data, len);
	pkt_tcp(&p, dir ? 9092 : r->client_port, dir ? r->client_port : 9092, seq, a, flags);
	pkt_ip4(&p, dir ? 0x0a000002 : 0x0a000001, dir ? 0x0a000001 : 0x0a000002, 6);
	rig_packet(r, 101, pkt_bytes(&p), p.len - len + cap, p.len);
}

void rig_seg(struct rig *r, unsigned dir, uint8_t flags, uint32_t off, uint32_t ack, const void *data, size_t len)
{
	rig_seg_cut(r, dir, flags, off, ack, data, len, len);
}

void rig_handshake(struct rig *r)
{
	rig_seg(r, 0, S, 0, 0, NULL, 0);
	rig_seg(r, 1, S | A, 0, 0, NULL, 0);
	rig_seg(r, 0, A, 0, 0, NULL, 0);
}

void rig_others(struct rig *r, unsigned n)
{
	static struct pkt p;

	for (unsigned i = 0; i < n; i++) {
		pkt_payload(&p, NULL, 0);
		pkt_tcp(&p, 1, 2, 5, 5, A);
		pkt_ip4(&p, 0x01010101, 0x02020202, 6);
		rig_pkt(r, 101, &p);
	}
}

void heard_is(const struct rig *r, unsigned dir, const char *text)
{
	size_t len = r->heard.len[dir];

	if (len != strlen(text) || (len && memcmp(r->heard.data[dir], text, len)))
		fail_msg("direction %u: heard \"%.*s\", not \"%s\"", dir, (int)len,
		         len ? (const char *)r->heard.data[dir] : "", text);
}

void log_is(const struct rig *r, const char *text)
{
	assert_string_equal(r->heard.log, text);
}

struct net_stats rig_stats(const struct rig *r)
{
	struct net_stats s;

	net_get_stats(r->net, &s);
	return s;
}
