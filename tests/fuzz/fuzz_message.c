/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as any message: decoded, read to the last field, and scanned in pieces.
 * Input: API key, direction and flags, version, seed of the piece sizes, then the body.
 */
#include "../dissect/reflect.h"

#include <regroup/messages.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 4 };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static struct kept scan(const struct kf_message *m, int16_t version, const uint8_t *p, size_t len, unsigned seed,
                        bool *failed)
{
	struct kept k = kept_new(len);
	struct kf_scan s;

	kf_scan_start(&s, m, version);
	for (size_t at = 0; at < len;) {
		size_t n = seed ? 1 + (seed * 31 + at) % seed : len;

		n = n < len - at ? n : len - at;
		kept_feed(&k, &s, p + at, n);
		at += n;
	}
	must(!k.stuck);
	*failed = s.failed;
	return k;
}

static void compare_scans(const struct kf_message *m, int16_t version, const struct kf_body *body, unsigned seed)
{
	uint64_t whole[REFLECT_WORDS], part[REFLECT_WORDS];
	enum kf_status status = kf_decode(m, version, body, whole, NULL);
	bool failed, failed_again;
	struct kept a = scan(m, version, body->ptr, body->len, 0, &failed);
	struct kept b = scan(m, version, body->ptr, body->len, seed + 1, &failed_again);
	struct kf_body compact = kept_body(&a);
	enum kf_status again;

	must(a.len == b.len && a.n_skips == b.n_skips && failed == failed_again);
	must(a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
	must(a.n_skips == 0 || memcmp(a.skips, b.skips, a.n_skips * sizeof(a.skips[0])) == 0);
	compact.cut = body->cut;
	again = kf_decode(m, version, &compact, part, NULL);
	must((status == KF_OK) == (again == KF_OK));
	if (status == KF_OK)
		must(!failed && reflect_struct(0, m->body, whole) == reflect_struct(0, m->body, part));
	else
		reflect_struct(0, m->body, part);
	kept_free(&a);
	kept_free(&b);
}

static void try_blob(const uint8_t *p, size_t len)
{
	struct consumer_protocol_subscription s;
	struct consumer_protocol_assignment a;
	struct consumer_protocol_subscription_owned_partition owned;
	struct consumer_protocol_assignment_assigned_partition assigned;
	struct kf_bytes in = { p, (uint32_t)len }, topic;
	struct kf_error err;
	int16_t version;
	int64_t n;

	kf_subscription(in, &s, &version, &err);
	while (kf_next_bytes(&s.topics, &topic))
		;
	while (kf_next(&s.owned_partitions, &owned))
		while (kf_next_int(&owned.partitions, &n))
			;
	kf_assignment(in, &a, &version, &err);
	while (kf_next(&a.assigned_partitions, &assigned))
		while (kf_next_int(&assigned.partitions, &n))
			;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kf_message *m;
	uint64_t out[REFLECT_WORDS];
	struct kf_body body;
	struct kf_error err;
	uint8_t *copy;

	if (size < HEAD)
		return 0;
	m = kf_message(data[0], data[1] & 1 ? KF_RESPONSE : KF_REQUEST);
	copy = malloc(size - HEAD + 1); /* its end is the end of the memory, so that reading on is noticed */
	if (!m || !copy) {
		free(copy);
		return 0;
	}
	memcpy(copy + 1, data + HEAD, size - HEAD);
	body = (struct kf_body){ .ptr = copy + 1, .len = (uint32_t)(size - HEAD), .cut = data[1] & 2 };
	must(kf_decode(m, data[2], &body, out, &err) == err.status);
	must(err.offset <= body.len);
	must(err.status != KF_OK || (err.offset == body.len && !body.cut));
	reflect_struct(0, m->body, out);
	compare_scans(m, data[2], &body, data[3]);
	try_blob(copy + 1, size - HEAD);
	free(copy);
	return 0;
}
