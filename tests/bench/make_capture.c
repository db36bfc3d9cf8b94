/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes a pcap file of Kafka traffic to measure with: bulk (Produce and Fetch), consumer groups with rebalances, and
 * connections that come and go. The same call gives the same bytes; --gap-ppm and --reorder-ppm only leave packets
 * of the bulk out or swap two. Prints packets, bytes and messages of groups as one JSON line.
 *
 *   make_capture OUT.pcap [--bulk-mb 100] [--mss 1448] [--data-connections 10] [--groups 2] [--members 3]
 *                [--rebalances 2] [--heartbeat-ms 3000] [--seconds 60] [--forming-seconds 0] [--churn-connections 0]
 *                [--gap-ppm 0] [--reorder-ppm 0] [--open-connections 0] [--requests 0]
 *
 * The rebalances of a group are spread over all of the time, or all groups form within the first --forming-seconds and rest.
 * --open-connections stay open all the time and send --requests small requests, in turn.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRODUCE_BYTES (16u << 10) /* of records in a frame */
#define FETCH_BYTES   (64u << 10)
#define STEP_MS       100u
#define HEADERS       (14u + 20 + 20)

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };
enum { UP, DOWN };

static uint64_t bulk_mb = 100, mss = 1448, n_data = 10, n_groups = 2, n_members = 3, rebalances = 2,
		heartbeat_ms = 3000, seconds = 60, forming, churn, gap_ppm, reorder_ppm, n_open, requests;

struct conn {
	uint32_t client, seq[2];
	int32_t id; /* of the latest request */
	uint16_t port;
	/* bulk */
	uint8_t *frame;
	uint32_t len, at;
};

struct buffer {
	uint8_t p[96 << 10];
	size_t n;
};

static FILE *out;
static uint64_t now_ns = 1768435200000000000, packets, bytes, group_messages, chance = 88172645463325252;
static struct buffer b;

/* ---- packets ------------------------------------------------------------------------------------------ */

static uint32_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32);
}

static void put(uint8_t *p, uint64_t v, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		p[i] = size - 1 - i < 8 ? (uint8_t)(v >> (8 * (size - 1 - i))) : 0;
}

static void packet_at(const struct conn *c, unsigned dir, uint32_t seq, unsigned flags, const uint8_t *data, uint32_t n)
{
	uint32_t record[4] = { (uint32_t)(now_ns / 1000000000), (uint32_t)(now_ns % 1000000000), HEADERS + n, HEADERS + n };
	uint32_t broker = 0x0a000001;
	uint8_t h[HEADERS] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45 };

	put(h + 16, 40 + n, 2);
	h[22] = 64;
	h[23] = 6;
	put(h + 26, dir == UP ? c->client : broker, 4);
	put(h + 30, dir == UP ? broker : c->client, 4);
	put(h + 34, dir == UP ? c->port : 9092, 2);
	put(h + 36, dir == UP ? 9092 : c->port, 2);
	put(h + 38, seq, 4);
	put(h + 42, c->seq[!dir], 4);
	h[46] = 0x50;
	h[47] = (uint8_t)flags;
	put(h + 48, 65535, 2);
	fwrite(record, sizeof(record), 1, out);
	fwrite(h, sizeof(h), 1, out);
	if (n)
		fwrite(data, 1, n, out);
	packets++;
	bytes += HEADERS + n;
	now_ns += 700;
}

static void packet(struct conn *c, unsigned dir, unsigned flags, const uint8_t *data, uint32_t n)
{
	packet_at(c, dir, c->seq[dir], flags, data, n);
	c->seq[dir] += n + !!(flags & (SYN | FIN));
}

static void ack(struct conn *c, unsigned dir)
{
	packet(c, dir, ACK, NULL, 0);
}

static void open_conn(struct conn *c, uint32_t client, uint16_t port)
{
	*c = (struct conn){ .client = client, .port = port, .seq = { client * 7, client * 13 } };
	packet(c, UP, SYN, NULL, 0);
	packet(c, DOWN, SYN | ACK, NULL, 0);
	ack(c, UP);
}

static void close_conn(struct conn *c)
{
	packet(c, UP, FIN | ACK, NULL, 0);
	packet(c, DOWN, FIN | ACK, NULL, 0);
	ack(c, UP);
}

/* ---- messages: built in b ------------------------------------------------------------------------------- */

static void num(uint64_t v, unsigned size)
{
	put(b.p + b.n, v, size);
	b.n += size;
}

static void text(const char *s)
{
	num(strlen(s), 2);
	memcpy(b.p + b.n, s, strlen(s));
	b.n += strlen(s);
}

static void request(struct conn *c, int key, int version, const char *client_id)
{
	b.n = 4;
	num((uint64_t)key, 2);
	num((uint64_t)version, 2);
	num((uint64_t)++c->id, 4);
	text(client_id);
}

static void response(const struct conn *c)
{
	b.n = 4;
	num((uint64_t)c->id, 4);
}

static void send_message(struct conn *c, unsigned dir)
{
	put(b.p, b.n - 4, 4);
	packet(c, dir, PSH | ACK, b.p, (uint32_t)b.n);
}

static void answered(struct conn *c)
{
	send_message(c, DOWN);
	ack(c, UP);
}

static void ask_versions(struct conn *c, const char *client_id)
{
	static const int last[] = { 7, 11, 5, 9 };

	request(c, 18, 0, client_id);
	send_message(c, UP);
	response(c);
	num(0, 2);
	num(4, 4);
	for (unsigned i = 0; i < 4; i++) {
		num(i, 2);
		num(0, 2);
		num((uint64_t)last[i], 2);
	}
	answered(c);
}

/* A record batch of `n` bytes of records; the checksum is not made. */
static void batch(uint32_t n)
{
	static uint64_t state = 362436069;

	num(12 + 49 + n, 4);
	num(0, 8);
	num(49 + n, 4);
	num(0, 4);
	num(2, 1);
	num(0, 4 + 2);
	num(n / 1024 - 1, 4);
	num(now_ns / 1000000, 8);
	num(now_ns / 1000000, 8);
	num(UINT64_MAX, 8);
	num(UINT64_MAX, 2);
	num(UINT64_MAX, 4);
	num(n / 1024, 4);
	for (uint32_t i = 0; i < n; i += 4) {
		uint32_t v = draw(&state);

		memcpy(b.p + b.n + i, &v, 4);
	}
	b.n += n;
}

/* ---- bulk ------------------------------------------------------------------------------------------------- */

static void produce_answer(struct conn *c)
{
	response(c);
	num(1, 4);
	text("bulk");
	num(1, 4);
	num(0, 4 + 2 + 8);
	num(UINT64_MAX, 8);
	num(0, 8 + 4);
	send_message(c, DOWN);
}

static void produce(struct conn *c)
{
	request(c, 0, 7, "producer");
	num(0xffff, 2);
	num(1, 2);
	num(30000, 4);
	num(1, 4);
	text("bulk");
	num(1, 4);
	num(0, 4);
	batch(PRODUCE_BYTES);
}

static void fetch(struct conn *c)
{
	request(c, 1, 11, "consumer");
	num(UINT32_MAX, 4);
	num(500, 4);
	num(1, 4);
	num(50 << 20, 4);
	num(0, 1 + 4 + 4);
	num(1, 4);
	text("bulk");
	num(1, 4);
	num(0, 4 + 4 + 8 + 8);
	num(1 << 20, 4);
	num(0, 4);
	text("");
	send_message(c, UP);
	ack(c, DOWN);
	response(c);
	num(0, 4 + 2 + 4);
	num(1, 4);
	text("bulk");
	num(1, 4);
	num(0, 4 + 2 + 8 + 8 + 8);
	num(UINT32_MAX, 4);
	num(UINT32_MAX, 4);
	batch(FETCH_BYTES);
}

/* Two segments of the frame under way, perhaps swapped, each perhaps left out; then an acknowledgement. */
static void two_segments(struct conn *c, unsigned dir)
{
	uint32_t at[2], n[2], first = draw(&chance) % 1000000 < reorder_ppm, start = c->seq[dir];

	for (unsigned i = 0; i < 2; i++) {
		at[i] = c->at;
		n[i] = c->len - c->at < mss ? c->len - c->at : (uint32_t)mss;
		c->at += n[i];
	}
	for (unsigned k = 0; k < 2; k++) {
		unsigned i = k ^ first;

		if (n[i] && draw(&chance) % 1000000 >= gap_ppm)
			packet_at(c, dir, start + at[i] - at[0], ACK, c->frame + at[i], n[i]);
	}
	c->seq[dir] += n[0] + n[1];
	ack(c, !dir);
}

/* A bit of bulk on this connection; returns the bytes of it. */
static uint64_t bulk(struct conn *c, unsigned dir)
{
	uint32_t at = c->at;

	if (at == c->len) {
		(dir == UP ? produce : fetch)(c);
		put(b.p, b.n - 4, 4);
		memcpy(c->frame, b.p, b.n);
		c->len = (uint32_t)b.n;
		at = c->at = 0;
	}
	two_segments(c, dir);
	if (c->at == c->len && dir == UP)
		produce_answer(c);
	return c->at - at;
}

/* ---- groups --------------------------------------------------------------------------------------------- */

static const char *name_of(const char *what, uint64_t group, uint64_t member)
{
	static char s[2][80];
	static unsigned i;

	i = !i;
	snprintf(s[i], sizeof(s[i]), "%s-%05llu-%llu", what, (unsigned long long)group, (unsigned long long)member);
	return s[i];
}

static char *group_name(uint64_t g)
{
	static char s[32];

	snprintf(s, sizeof(s), "bench-%05llu", (unsigned long long)g);
	return s;
}

static const char *member_id(uint64_t g, uint64_t m)
{
	static char s[128];

	snprintf(s, sizeof(s), "%s-5d1c0e5e-0000-4000-8000-%012llx", name_of("consumer", g, m), (unsigned long long)(g * 100000 + m));
	return s;
}

static void group_request(struct conn *c, int key, int version, uint64_t g, uint64_t m)
{
	request(c, key, version, name_of("consumer", g, m));
	text(group_name(g));
	group_messages += 2; /* and its answer */
}

static void subscription(void)
{
	num(2 + 4 + 8 + 4, 4);
	num(0, 2);
	num(1, 4);
	text("orders");
	num(UINT32_MAX, 4);
}

static void assignment(uint64_t m)
{
	num(2 + 4 + 8 + 4 + 4 + 4, 4);
	num(0, 2);
	num(1, 4);
	text("orders");
	num(1, 4);
	num(m, 4);
	num(UINT32_MAX, 4);
}

static void join(struct conn *c, uint64_t g, uint64_t m, uint64_t generation)
{
	group_request(c, 11, 3, g, m);
	num(45000, 4);
	num(300000, 4);
	text(generation > 1 ? member_id(g, m) : "");
	text("consumer");
	num(1, 4);
	text("range");
	subscription();
	send_message(c, UP);
	ack(c, DOWN);
}

static void joined(struct conn *c, uint64_t g, uint64_t m, uint64_t generation)
{
	response(c);
	num(0, 4 + 2);
	num(generation, 4);
	text("range");
	text(member_id(g, 0));
	text(member_id(g, m));
	num(m ? 0 : n_members, 4);
	for (uint64_t i = 0; !m && i < n_members; i++) {
		text(member_id(g, i));
		subscription();
	}
	answered(c);
}

static void sync_up(struct conn *c, uint64_t g, uint64_t m, uint64_t generation)
{
	group_request(c, 14, 2, g, m);
	num(generation, 4);
	text(member_id(g, m));
	num(m ? 0 : n_members, 4);
	for (uint64_t i = 0; !m && i < n_members; i++) {
		text(member_id(g, i));
		assignment(i);
	}
	send_message(c, UP);
}

static void heartbeat(struct conn *c, uint64_t g, uint64_t m, uint64_t generation, int error)
{
	group_request(c, 12, 2, g, m);
	num(generation, 4);
	text(member_id(g, m));
	send_message(c, UP);
	response(c);
	num(0, 4);
	num((uint64_t)error, 2);
	answered(c);
}

/* All members of the group come to a new generation. */
static void rebalance(struct conn *c, uint64_t g, uint64_t generation)
{
	for (uint64_t m = 0; generation > 1 && m < n_members; m++)
		heartbeat(&c[m], g, m, generation - 1, m ? 27 : 0);
	for (uint64_t m = 0; m < n_members; m++)
		join(&c[m], g, m, generation);
	for (uint64_t m = 0; m < n_members; m++)
		joined(&c[m], g, m, generation);
	for (uint64_t m = 0; m < n_members; m++)
		sync_up(&c[m], g, m, generation);
	for (uint64_t m = 0; m < n_members; m++) {
		response(&c[m]);
		num(0, 4 + 2);
		assignment(m);
		answered(&c[m]);
	}
}

/* ---- time ------------------------------------------------------------------------------------------------- */

struct world {
	struct conn *data, *members, *open;
	uint64_t *generation;
	uint64_t steps, sent, churned, asked;
};

static void churn_step(struct world *w, uint64_t step)
{
	for (; w->churned < churn * (step + 1) / w->steps; w->churned++) {
		struct conn c;

		open_conn(&c, 0x0af00000 + (uint32_t)(w->churned & 0xfffff), (uint16_t)(32768 + (w->churned >> 20)));
		ask_versions(&c, name_of("probe", w->churned, 0));
		close_conn(&c);
	}
}

/* In an order that no processor foresees, each as often as any other. */
static void open_step(struct world *w, uint64_t step)
{
	for (; n_open && w->asked < requests * (step + 1) / w->steps; w->asked++) {
		uint64_t i = w->asked * 2654435761 % n_open;

		ask_versions(&w->open[i], name_of("open", i / 100, 0));
	}
}

/* Group g begins its k-th generation in this step: all are spread over their part of the time. */
static void group_step(struct world *w, uint64_t step)
{
	uint64_t slot = forming ? forming * 1000 / STEP_MS : w->steps / (rebalances + 1), last = forming ? 0 : rebalances;
	uint64_t beat = heartbeat_ms / STEP_MS ? heartbeat_ms / STEP_MS : 1;

	for (uint64_t g = 0; g < n_groups; g++) {
		struct conn *c = &w->members[g * n_members];

		if (step % slot == g % slot && step / slot <= last)
			rebalance(c, g, ++w->generation[g]);
		for (uint64_t m = (step + g) % beat; w->generation[g] && m < n_members; m += beat)
			heartbeat(&c[m], g, m, w->generation[g], 0);
	}
}

static void bulk_step(struct world *w, uint64_t step)
{
	uint64_t until = bulk_mb * 1000000 * (step + 1) / w->steps;

	while (n_data && w->sent < until)
		for (uint64_t i = 0; i < n_data; i++)
			w->sent += bulk(&w->data[i], i % 2 ? DOWN : UP);
}

static struct conn *open_all(uint64_t n, uint32_t client, const char *name, uint64_t together)
{
	struct conn *c = calloc(n + 1, sizeof(*c));

	for (uint64_t i = 0; c && i < n; i++) {
		open_conn(&c[i], client + (uint32_t)i, (uint16_t)(33000 + i % 20000));
		ask_versions(&c[i], name_of(name, i / together, together == n_members ? i % together : 0));
	}
	return c;
}

static int run(void)
{
	struct world w = { .steps = seconds * 1000 / STEP_MS };
	uint64_t start = now_ns;

	w.data = open_all(n_data, 0x0a010001, "data", 1);
	w.members = open_all(n_groups * n_members, 0x0a100001, "consumer", n_members);
	w.open = open_all(n_open, 0x0b000001, "open", 100);
	w.generation = calloc(n_groups + 1, sizeof(*w.generation));
	for (uint64_t i = 0; w.data && i < n_data; i++)
		w.data[i].frame = malloc(sizeof(b.p));
	if (!w.data || !w.members || !w.open || !w.generation)
		return 2;
	for (uint64_t step = 0; step < w.steps; step++) {
		if (now_ns < start + step * STEP_MS * 1000000)
			now_ns = start + step * STEP_MS * 1000000;
		group_step(&w, step);
		churn_step(&w, step);
		open_step(&w, step);
		bulk_step(&w, step);
	}
	for (uint64_t i = 0; i < n_data; i++)
		free(w.data[i].frame);
	free(w.data);
	free(w.members);
	free(w.open);
	free(w.generation);
	return 0;
}

static int read_options(int argc, char **argv)
{
	static const struct {
		const char *name;
		uint64_t *value;
	} options[] = {
		{ "--bulk-mb", &bulk_mb }, { "--mss", &mss }, { "--data-connections", &n_data }, { "--groups", &n_groups },
		{ "--members", &n_members }, { "--rebalances", &rebalances }, { "--heartbeat-ms", &heartbeat_ms },
		{ "--seconds", &seconds }, { "--forming-seconds", &forming },
		{ "--churn-connections", &churn }, { "--gap-ppm", &gap_ppm },
		{ "--reorder-ppm", &reorder_ppm }, { "--open-connections", &n_open }, { "--requests", &requests },
	};
	size_t n = sizeof(options) / sizeof(options[0]);

	for (int i = 2; i + 1 < argc; i += 2) {
		size_t k = 0;

		while (k < n && strcmp(options[k].name, argv[i]))
			k++;
		if (k == n)
			return 0;
		*options[k].value = strtoull(argv[i + 1], NULL, 10);
	}
	return argc > 1 && argc % 2 == 0 && mss <= 65495 && n_members && seconds && rebalances < seconds * 1000 / STEP_MS;
}

int main(int argc, char **argv)
{
	const uint32_t header[6] = { 0xa1b23c4d, 2 | 4 << 16, 0, 0, 262144, 1 };
	int r;

	if (!read_options(argc, argv)) {
		fprintf(stderr, "usage: make_capture OUT.pcap [--option number]...\n");
		return 2;
	}
	out = fopen(argv[1], "wb");
	if (!out || setvbuf(out, NULL, _IOFBF, 1 << 20)) {
		perror(argv[1]);
		return 2;
	}
	fwrite(header, sizeof(header), 1, out);
	r = run();
	if (fclose(out) != 0) {
		perror(argv[1]);
		return 2;
	}
	printf("{\"packets\":%llu,\"bytes\":%llu,\"group_messages\":%llu}\n", (unsigned long long)packets,
	       (unsigned long long)bytes, (unsigned long long)group_messages);
	return r;
}
