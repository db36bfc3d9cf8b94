/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as any message, scanned whole and in pieces: both keep the same bytes, and those decode to what the
 * whole message decodes to; a hole inside records does no harm to the rest. Input: API key, direction and flags,
 * version, seed of the piece sizes and the hole, then the body.
 */
#include "../dissect/reflect.h"

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

/* Loses `len` bytes from `at` on: a good message stays good when those were record data. */
static void lose(const struct kf_message *m, int16_t version, const struct kf_body *body, size_t at, size_t len)
{
	uint64_t out[REFLECT_WORDS];
	bool good = kf_decode(m, version, body, out, NULL) == KF_OK;
	struct kept k = kept_new(body->len);
	struct kf_body compact;
	struct kf_scan s;

	kf_scan_start(&s, m, version);
	kept_feed(&k, &s, body->ptr, at);
	if (k.jump == 0 && !s.failed)
		k.jump = kf_scan_hole(&s, len);
	if (k.jump >= len && k.jump <= body->len - at) {
		kept_skip(&k, len);
		k.jump -= len;
		kept_feed(&k, &s, body->ptr + at + len, body->len - at - len);
		must(!k.stuck && (!good || !s.failed));
		compact = kept_body(&k);
		must((kf_decode(m, version, &compact, out, NULL) == KF_OK) || !good);
		reflect_struct(0, m->body, out);
	}
	kept_free(&k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at, len;
	const struct kf_message *m;
	struct kf_body body;
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
	compare_scans(m, data[2], &body, data[3]);
	at = body.len * (size_t)data[3] / 256;
	len = 1 + (size_t)data[1] / 4 * body.len / 64;
	if (len <= body.len - at)
		lose(m, data[2], &body, at, len);
	free(copy);
	return 0;
}
