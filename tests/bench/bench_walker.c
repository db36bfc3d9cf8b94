/* SPDX-License-Identifier: Apache-2.0
 *
 * How long the walker takes for a message, every field of it read: prints ns, and how many messages of a group's
 * everyday mix a core decodes in a second. Exit code 1 when that took memory (malloc is wrapped).
 */
#include <regroup/messages.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct writer {
	uint8_t bytes[1 << 20];
	uint32_t len;
};

static void put(struct writer *w, unsigned bytes, uint64_t value)
{
	while (bytes--)
		w->bytes[w->len++] = (uint8_t)(value >> 8 * bytes);
}

static void put_uvarint(struct writer *w, uint32_t n)
{
	for (; n >= 128; n >>= 7)
		put(w, 1, (n & 127) | 128);
	put(w, 1, n);
}

static void put_text(struct writer *w, const char *text)
{
	put_uvarint(w, (uint32_t)strlen(text) + 1);
	for (; *text; text++)
		put(w, 1, (uint8_t)*text);
}

static void write_heartbeat(struct writer *w)
{
	w->len = 0;
	put_text(w, "orders-service");
	put(w, 4, 17);
	put_text(w, "consumer-orders-service-1-0a1b2c3d-4e5f-6789-abcd-ef0123456789");
	put_uvarint(w, 0);
	put_uvarint(w, 0);
}

static void write_join_response(struct writer *w, unsigned members)
{
	w->len = 0;
	put(w, 4, 0);
	put(w, 2, 0);
	put(w, 4, 17);
	put_text(w, "consumer");
	put_text(w, "cooperative-sticky");
	put_text(w, "consumer-orders-service-1-0a1b2c3d-4e5f-6789-abcd-ef0123456789");
	put(w, 1, 0);
	put_text(w, "consumer-orders-service-1-0a1b2c3d-4e5f-6789-abcd-ef0123456789");
	put_uvarint(w, members + 1);
	for (unsigned i = 0; i < members; i++) {
		put_text(w, "consumer-orders-service-1-0a1b2c3d-4e5f-6789-abcd-ef0123456789");
		put_uvarint(w, 0);
		put_text(w, "metadata: some sixty bytes of subscription, as clients have them");
		put_uvarint(w, 0);
	}
	put_uvarint(w, 0);
}

/* One topic, `partitions` of them with a batch of 8 KiB each. */
static void write_fetch_response(struct writer *w, unsigned partitions)
{
	enum { BATCH = 8192 };

	w->len = 0;
	put(w, 4, 0);
	put(w, 2, 0);
	put(w, 4, 0);
	put_uvarint(w, 2);
	put_text(w, "topic");
	put_uvarint(w, partitions + 1);
	for (unsigned i = 0; i < partitions; i++) {
		put(w, 4, i);
		put(w, 2, 0);
		put(w, 8, 1000);
		put(w, 8, 1000);
		put(w, 8, 0);
		put_uvarint(w, 0);
		put(w, 4, UINT32_MAX);
		put_uvarint(w, BATCH + 1);
		memset(w->bytes + w->len, 0, BATCH);
		w->bytes[w->len + 10] = (BATCH - 12) >> 8;
		w->bytes[w->len + 11] = (BATCH - 12) & 0xff;
		w->bytes[w->len + 16] = 2;
		w->len += BATCH;
		put_uvarint(w, 0);
	}
	put_uvarint(w, 0);
	put_uvarint(w, 0);
}

#define MEMBER "consumer-orders-service-1-0a1b2c3d-4e5f-6789-abcd-ef0123456789"

static void write_join_request(struct writer *w)
{
	w->len = 0;
	put_text(w, "orders-service");
	put(w, 4, 45000);
	put(w, 4, 300000);
	put_text(w, MEMBER);
	put_uvarint(w, 0);
	put_text(w, "consumer");
	put_uvarint(w, 2 + 1);
	for (int i = 0; i < 2; i++) {
		put_text(w, i ? "cooperative-sticky" : "range");
		put_text(w, "metadata: some sixty bytes of subscription, as clients have them");
		put_uvarint(w, 0);
	}
	put_text(w, "need to revoke partitions and re-join");
	put_uvarint(w, 0);
}

static void write_heartbeat_response(struct writer *w)
{
	w->len = 0;
	put(w, 4, 0);
	put(w, 2, 27);
	put_uvarint(w, 0);
}

/* The leader's, with the assignments of `members`. */
static void write_sync_request(struct writer *w, unsigned members)
{
	w->len = 0;
	put_text(w, "orders-service");
	put(w, 4, 17);
	put_text(w, MEMBER);
	put_uvarint(w, 0);
	put_text(w, "consumer");
	put_text(w, "cooperative-sticky");
	put_uvarint(w, members + 1);
	for (unsigned i = 0; i < members; i++) {
		put_text(w, MEMBER);
		put_text(w, "assignment: some forty bytes of partitions");
		put_uvarint(w, 0);
	}
	put_uvarint(w, 0);
}

static void write_sync_response(struct writer *w)
{
	w->len = 0;
	put(w, 4, 0);
	put(w, 2, 0);
	put_text(w, "consumer");
	put_text(w, "cooperative-sticky");
	put_text(w, "assignment: some forty bytes of partitions");
	put_uvarint(w, 0);
}

/* Two topics of four partitions, in both directions. */
static void write_commit(struct writer *w, bool request)
{
	w->len = 0;
	if (request) {
		put_text(w, "orders-service");
		put(w, 4, 17);
		put_text(w, MEMBER);
		put_uvarint(w, 0);
	} else {
		put(w, 4, 0);
	}
	put_uvarint(w, 2 + 1);
	for (unsigned topic = 0; topic < 2; topic++) {
		put_text(w, topic ? "orders" : "payments");
		put_uvarint(w, 4 + 1);
		for (unsigned i = 0; i < 4; i++) {
			put(w, 4, i);
			if (request) {
				put(w, 8, 123456789);
				put(w, 4, 5);
				put_uvarint(w, 1);
			} else {
				put(w, 2, 0);
			}
			put_uvarint(w, 0);
		}
		put_uvarint(w, 0);
	}
	put_uvarint(w, 0);
}

static uint64_t use_heartbeat(const struct kf_message *m, const struct kf_body *body)
{
	struct heartbeat_request r;

	return kf_decode(m, 4, body, &r, NULL) == KF_OK ? r.member_id.len : 0;
}

static uint64_t use_join(const struct kf_message *m, const struct kf_body *body)
{
	struct join_group_response_member member;
	struct join_group_response r;
	uint64_t sum = 0;

	if (kf_decode(m, 9, body, &r, NULL) == KF_OK)
		while (kf_next(&r.members, &member))
			sum += member.metadata.len;
	return sum;
}

static uint64_t use_heartbeat_response(const struct kf_message *m, const struct kf_body *body)
{
	struct heartbeat_response r;

	return kf_decode(m, 4, body, &r, NULL) == KF_OK ? (uint64_t)r.error_code : 0;
}

static uint64_t use_join_request(const struct kf_message *m, const struct kf_body *body)
{
	struct join_group_request_protocol p;
	struct join_group_request r;
	uint64_t sum = 0;

	if (kf_decode(m, 9, body, &r, NULL) == KF_OK)
		while (kf_next(&r.protocols, &p))
			sum += p.metadata.len;
	return sum;
}

static uint64_t use_sync_request(const struct kf_message *m, const struct kf_body *body)
{
	struct sync_group_request_assignment a;
	struct sync_group_request r;
	uint64_t sum = 0;

	if (kf_decode(m, 5, body, &r, NULL) == KF_OK)
		while (kf_next(&r.assignments, &a))
			sum += a.assignment.len;
	return sum;
}

static uint64_t use_sync_response(const struct kf_message *m, const struct kf_body *body)
{
	struct sync_group_response r;

	return kf_decode(m, 5, body, &r, NULL) == KF_OK ? r.assignment.len : 0;
}

static uint64_t use_commit_request(const struct kf_message *m, const struct kf_body *body)
{
	struct offset_commit_request_partition p;
	struct offset_commit_request_topic topic;
	struct offset_commit_request r;
	uint64_t sum = 0;

	if (kf_decode(m, 9, body, &r, NULL) == KF_OK)
		while (kf_next(&r.topics, &topic))
			while (kf_next(&topic.partitions, &p))
				sum += (uint64_t)p.committed_offset;
	return sum;
}

static uint64_t use_commit_response(const struct kf_message *m, const struct kf_body *body)
{
	struct offset_commit_response_partition p;
	struct offset_commit_response_topic topic;
	struct offset_commit_response r;
	uint64_t sum = 1;

	if (kf_decode(m, 9, body, &r, NULL) == KF_OK)
		while (kf_next(&r.topics, &topic))
			while (kf_next(&topic.partitions, &p))
				sum += (uint64_t)p.partition_index;
	return sum;
}

static uint64_t use_fetch(const struct kf_message *m, const struct kf_body *body)
{
	struct fetch_response_response topic;
	struct fetch_response_partition p;
	struct fetch_response r;
	uint64_t sum = 0;

	if (kf_decode(m, 12, body, &r, NULL) == KF_OK)
		while (kf_next(&r.responses, &topic))
			while (kf_next(&topic.partitions, &p))
				sum += p.records.size;
	return sum;
}

static uint64_t use_scan(const struct kf_message *m, const struct kf_body *body)
{
	uint64_t at = 0, kept = 0, n;
	struct kf_scan s;
	bool keep;

	for (kf_scan_start(&s, m, 12); at < body->len; at += n) {
		n = kf_scan_next(&s, body->ptr + at, body->len - at, &keep);
		kept += keep ? n : 0;
	}
	return kept;
}

static unsigned allocations;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	allocations++;
	return __real_realloc(old, size);
}

/* Returns ns per message. */
static double measure(const char *what, uint64_t (*use)(const struct kf_message *, const struct kf_body *),
                      const struct kf_message *m, const struct writer *w, unsigned rounds)
{
	struct kf_body body = { .ptr = w->bytes, .len = w->len };
	double best = 1e18;
	uint64_t sum = 0;

	for (unsigned turn = 0; turn < 7; turn++) {
		double start = now(), each;

		for (unsigned i = 0; i < rounds; i++) {
			__asm__ volatile("" : : "r"(&body) : "memory");
			sum += use(m, &body);
		}
		each = (now() - start) / rounds;
		best = each < best ? each : best;
	}
	printf("%-36s %8" PRIu32 " bytes %10.1f ns%s\n", what, w->len, best, sum ? "" : "  (not decoded)");
	return best;
}

static double measure_mix(struct writer *w)
{
	double sum = 0;

	write_heartbeat(w);
	sum += measure("Heartbeat request v4", use_heartbeat, kf_message(12, KF_REQUEST), w, 1000000);
	write_heartbeat_response(w);
	sum += measure("Heartbeat response v4", use_heartbeat_response, kf_message(12, KF_RESPONSE), w, 1000000);
	write_join_request(w);
	sum += measure("JoinGroup request v9", use_join_request, kf_message(11, KF_REQUEST), w, 500000);
	write_join_response(w, 10);
	sum += measure("JoinGroup response v9, 10 members", use_join, kf_message(11, KF_RESPONSE), w, 200000);
	write_sync_request(w, 10);
	sum += measure("SyncGroup request v5, 10 members", use_sync_request, kf_message(14, KF_REQUEST), w, 200000);
	write_sync_response(w);
	sum += measure("SyncGroup response v5", use_sync_response, kf_message(14, KF_RESPONSE), w, 500000);
	write_commit(w, true);
	sum += measure("OffsetCommit request v9, 8 partitions", use_commit_request, kf_message(8, KF_REQUEST), w, 200000);
	write_commit(w, false);
	sum += measure("OffsetCommit response v9, 8 partitions", use_commit_response, kf_message(8, KF_RESPONSE), w,
	               200000);
	return sum / 8;
}

int main(void)
{
	static char line[BUFSIZ];
	static struct writer w;
	double mix;

	setvbuf(stdout, line, _IOLBF, sizeof(line));
	mix = measure_mix(&w);

	printf("the eight in equal parts: %.1f ns each, %.2f million a second\n", mix, 1e3 / mix);
	write_fetch_response(&w, 100);
	measure("Fetch response v12, 100 partitions", use_fetch, kf_message(1, KF_RESPONSE), &w, 10000);
	measure("the same, scanned", use_scan, kf_message(1, KF_RESPONSE), &w, 10000);
	printf("allocations: %u\n", allocations);
	return allocations > 0;
}
