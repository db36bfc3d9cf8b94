/* SPDX-License-Identifier: Apache-2.0
 *
 * How fast is src/net, and how much does a connection cost?
 *   bench_net FILE.pcap        walks a mapped classic pcap file: ns per packet, with the bare walk taken off
 *   bench_net --connections N  N idle connections: bytes of each
 *   bench_net --dump FILE.pcap a line per connection: pieces, holes, ends
 */
#include <regroup/net.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <regroup/capture.h>

struct pcap_map {
	const uint8_t *p;
	size_t size;
	uint32_t link;
	bool swapped, nano;
};

struct totals {
	uint64_t pieces, data, hole, ends[5];
	bool dump;
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others may be using the machine */
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t get32(const struct pcap_map *m, size_t at)
{
	uint32_t v;

	memcpy(&v, m->p + at, 4);
	return m->swapped ? __builtin_bswap32(v) : v;
}

static bool map_file(struct pcap_map *m, const char *name)
{
	int fd = open(name, O_RDONLY);
	struct stat st;
	uint32_t magic;
	void *p;

	if (fd < 0 || fstat(fd, &st) || st.st_size < 24)
		return false;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return false;
	m->p = p;
	m->size = (size_t)st.st_size;
	memcpy(&magic, p, 4);
	m->swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
	m->nano = magic == 0xa1b23c4d || magic == 0x4d3cb2a1;
	m->link = get32(m, 20) & 0xffff;
	return m->swapped || m->nano || magic == 0xa1b2c3d4;
}

static bool next_packet(const struct pcap_map *m, size_t *at, struct cap_packet *p)
{
	if (m->size - *at < 16)
		return false;
	p->ts = (int64_t)get32(m, *at) * 1000000000 + (int64_t)get32(m, *at + 4) * (m->nano ? 1 : 1000);
	p->caplen = get32(m, *at + 8);
	p->len = get32(m, *at + 12);
	*at += 16;
	if (p->caplen > m->size - *at)
		return false;
	p->data = m->p + *at;
	p->link = (uint16_t)m->link;
	p->frame++;
	*at += p->caplen;
	return true;
}

static void on_piece(void *ctx, struct net_conn *c, unsigned dir, const struct net_piece *p)
{
	struct totals *t = ctx;

	t->pieces++;
	if (p->kind == NET_DATA)
		t->data += p->len;
	else
		t->hole += p->len;
	if (t->dump && p->kind == NET_HOLE)
		printf("hole conn %llu dir %u len %llu frame %llu\n", (unsigned long long)net_conn_id(c), dir,
		       (unsigned long long)p->len, (unsigned long long)p->frame);
}

static void on_end(void *ctx, struct net_conn *c, unsigned dir, enum net_end why, int64_t ts, uint64_t frame)
{
	static const char *const name[] = {"fin", "rst", "reuse", "lost", "stop"};
	struct totals *t = ctx;
	char a[NET_ENDPOINT_TEXT], b[NET_ENDPOINT_TEXT];

	(void)ts;
	t->ends[why]++;
	if (t->dump)
		printf("conn %llu %s > %s %s dir %u frame %llu %s packets %llu bytes %llu %llu\n",
		       (unsigned long long)net_conn_id(c), net_endpoint_text(net_conn_endpoint(c, 0), a),
		       net_endpoint_text(net_conn_endpoint(c, 1), b), name[why], dir, (unsigned long long)frame,
		       net_conn_from_start(c) ? "start" : "mid", (unsigned long long)net_conn_packets(c),
		       (unsigned long long)net_conn_bytes(c, 0), (unsigned long long)net_conn_bytes(c, 1));
}

static double walk(const struct pcap_map *m, struct net *n, uint64_t *packets)
{
	struct cap_packet p = {0};
	double from = seconds();
	size_t at = 24;
	uint64_t sum = 0;

	while (next_packet(m, &at, &p)) {
		if (n)
			net_packet(n, &p);
		else if (p.caplen > 40)
			sum += p.data[40]; /* the headers' cache line is the walk's cost */
	}
	*packets = p.frame + (sum == 1);
	if (n)
		net_finish(n, p.ts);
	return seconds() - from;
}

static void print_stats(const struct net *n, const struct totals *t)
{
	struct net_stats s;

	net_get_stats(n, &s);
	printf("packets %llu segments %llu not_tcp %llu malformed %llu strays %llu retransmitted %llu differing %llu "
	       "out_of_order %llu holes %llu hole_bytes %llu connections %llu open %llu memory %llu pieces %llu data %llu\n",
	       (unsigned long long)s.packets, (unsigned long long)s.segments, (unsigned long long)s.not_tcp,
	       (unsigned long long)s.malformed, (unsigned long long)s.strays, (unsigned long long)s.retransmitted_bytes,
	       (unsigned long long)s.differing_bytes, (unsigned long long)s.out_of_order, (unsigned long long)s.holes,
	       (unsigned long long)s.hole_bytes, (unsigned long long)s.connections, (unsigned long long)s.open_connections,
	       (unsigned long long)s.memory, (unsigned long long)t->pieces, (unsigned long long)t->data);
}

static int bench_file(const char *name, bool dump)
{
	struct totals t = {.dump = dump};
	struct net_options o = {.sink = {.ctx = &t, .piece = on_piece, .end = on_end}};
	struct pcap_map m;
	uint64_t packets = 1;
	double bare = 1e9, full = 1e9, once;
	struct net *n = NULL;

	if (!map_file(&m, name)) {
		fprintf(stderr, "bench_net: cannot read %s\n", name);
		return 1;
	}
	for (unsigned i = 0; i < (dump ? 1 : 4); i++) { /* the best of some; the first also maps the pages */
		once = walk(&m, NULL, &packets);
		bare = once < bare ? once : bare;
		net_free(n);
		memset(t.ends, 0, sizeof(t.ends));
		t.pieces = t.data = t.hole = 0;
		n = net_new(&o);
		if (!n)
			return 1;
		once = walk(&m, n, &packets);
		full = once < full ? once : full;
	}
	if (!dump)
		printf("%llu packets, bare walk %.1f ns, with net %.1f ns: net %.1f ns per packet\n",
		       (unsigned long long)packets, bare * 1e9 / (double)packets, full * 1e9 / (double)packets,
		       (full - bare) * 1e9 / (double)packets);
	print_stats(n, &t);
	net_free(n);
	return 0;
}

/* A raw IPv4 packet: SYN, SYN-ACK, ACK of connection i. */
static void handshake(struct net *n, uint32_t i, unsigned step, uint64_t frame)
{
	uint8_t b[40] = {0x45, 0, 0, 40, [8] = 64, 6, [32] = 0x50};
	uint32_t client = 0x0a000000 + i / 4;
	uint16_t port = (uint16_t)(10000 + i % 4);
	uint8_t *src = step == 1 ? b + 16 : b + 12, *dst = step == 1 ? b + 12 : b + 16;
	uint8_t *sp = step == 1 ? b + 22 : b + 20, *dp = step == 1 ? b + 20 : b + 22;
	struct cap_packet p = {.data = b, .caplen = 40, .len = 40, .link = 101, .frame = frame, .ts = (int64_t)frame * 1000};

	for (unsigned k = 0; k < 4; k++)
		src[k] = (uint8_t)(client >> (24 - 8 * k));
	memcpy(dst, "\xc0\xa8\x00\x01", 4);
	sp[0] = (uint8_t)(port >> 8);
	sp[1] = (uint8_t)port;
	dp[0] = 9092 >> 8;
	dp[1] = 9092 & 255;
	b[27] = step == 2 ? 1 : 0;
	b[31] = step ? 1 : 0;
	b[33] = (uint8_t[]){0x02, 0x12, 0x10}[step];
	net_packet(n, &p);
}

static int bench_connections(uint32_t count)
{
	struct totals t = {0};
	struct net_options o = {.sink = {.ctx = &t, .piece = on_piece, .end = on_end}, .max_connections = count};
	struct net *n = net_new(&o);
	struct net_stats s;
	uint64_t frame = 0;
	double from = seconds(), made;

	for (uint32_t i = 0; n && i < count; i++)
		for (unsigned step = 0; step < 3; step++)
			handshake(n, i, step, ++frame);
	if (!n)
		return 1;
	made = seconds();
	for (uint32_t i = 0; i < count; i++) /* all of them again, far apart in memory */
		handshake(n, (uint32_t)((uint64_t)i * 7919 % count), 2, ++frame);
	net_get_stats(n, &s);
	printf("%llu connections: %.1f bytes each, %.0f ns per packet of a handshake, %.0f ns per packet at random\n",
	       (unsigned long long)s.open_connections, (double)s.memory / count, (made - from) * 1e9 / count / 3,
	       (seconds() - made) * 1e9 / count);
	net_free(n);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--connections") == 0)
		return bench_connections((uint32_t)strtoul(argv[2], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "--dump") == 0)
		return bench_file(argv[2], true);
	if (argc == 2)
		return bench_file(argv[1], false);
	fprintf(stderr, "usage: bench_net FILE.pcap | --dump FILE.pcap | --connections N\n");
	return 2;
}
