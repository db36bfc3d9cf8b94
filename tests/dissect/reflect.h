/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads everything a decoded struct gives access to, knowing only the tables, and sums it up in a number: two
 * decodings with the same number have the same fields. For tests and the fuzz target.
 */
#ifndef TESTS_DISSECT_REFLECT_H
#define TESTS_DISSECT_REFLECT_H

#include <regroup/dissect.h>

#include <stdlib.h>
#include <string.h>

enum { REFLECT_WORDS = 256 }; /* uint64_t that hold any message's struct */

static inline uint64_t reflect_mix(uint64_t sum, const void *p, size_t n)
{
	const uint8_t *byte = p;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ byte[i]) * UINT64_C(0x100000001b3);
	return (sum ^ n) * UINT64_C(0x100000001b3);
}

static inline uint64_t reflect_bytes(uint64_t sum, struct kf_bytes b)
{
	return b.ptr ? reflect_mix(sum, b.ptr, b.len) : reflect_mix(sum, "null", 4);
}

static inline uint64_t reflect_records(uint64_t sum, struct kf_records r)
{
	struct kf_batch batch;

	sum = reflect_mix(sum, &r.size, sizeof(r.size));
	if (!r.ptr)
		return sum;
	while (kf_next_batch(&r, &batch)) {
		sum = reflect_mix(sum, &batch.base_offset, sizeof(batch.base_offset));
		sum = reflect_mix(sum, &batch.producer_id, sizeof(batch.producer_id));
		sum = reflect_mix(sum, &batch.size, sizeof(batch.size));
		sum = reflect_mix(sum, &batch.records, sizeof(batch.records));
		sum = reflect_mix(sum, &batch.magic, sizeof(batch.magic));
	}
	return sum;
}

static inline uint64_t reflect_struct(uint64_t sum, const struct kf_struct *s, const void *value);

static inline uint64_t reflect_array(uint64_t sum, struct kf_array a)
{
	struct kf_bytes bytes;
	struct kf_uuid uuid;
	int64_t number;

	sum = reflect_mix(sum, &a.count, sizeof(a.count));
	if (a.type == KF_STRUCT && a.element) {
		uint64_t element[REFLECT_WORDS];

		while (kf_next(&a, element))
			sum = reflect_struct(sum, a.element, element);
	} else if (a.type == KF_UUID) {
		while (kf_next_uuid(&a, &uuid))
			sum = reflect_mix(sum, &uuid, sizeof(uuid));
	} else if (a.type == KF_STRING || a.type == KF_BYTES) {
		while (kf_next_bytes(&a, &bytes))
			sum = reflect_bytes(sum, bytes);
	} else {
		while (kf_next_int(&a, &number))
			sum = reflect_mix(sum, &number, sizeof(number));
	}
	return sum;
}

static inline uint64_t reflect_value(uint64_t sum, const struct kf_field *f, const void *slot)
{
	static const uint8_t size[] = {
		[KF_BOOL] = 1, [KF_INT8] = 1, [KF_INT16] = 2, [KF_INT32] = 4, [KF_INT64] = 8,
		[KF_UINT16] = 2, [KF_UINT32] = 4, [KF_FLOAT64] = 8, [KF_UUID] = 16,
	};
	struct kf_bytes bytes;
	struct kf_records records;
	struct kf_array array;

	switch (f->type) {
	case KF_STRING:
	case KF_BYTES:
		memcpy(&bytes, slot, sizeof(bytes));
		return reflect_bytes(sum, bytes);
	case KF_RECORDS:
		memcpy(&records, slot, sizeof(records));
		return reflect_records(sum, records);
	case KF_STRUCT:
	case KF_ARRAY:
		memcpy(&array, slot, sizeof(array));
		return reflect_array(sum, array);
	default:
		return reflect_mix(sum, slot, size[f->type]);
	}
}

static inline uint64_t reflect_struct(uint64_t sum, const struct kf_struct *s, const void *value)
{
	struct kf_head head;

	memcpy(&head, value, sizeof(head));
	sum = reflect_mix(sum, &head.present, sizeof(head.present));
	for (unsigned i = 0; i < s->n_fields; i++)
		if (head.present >> i & 1)
			sum = reflect_value(sum, &s->fields[i], (const char *)value + s->fields[i].at);
	return sum;
}

/* What a scan keeps of a message. */
struct kept {
	uint8_t *bytes; /* room for the whole message */
	uint32_t len;
	struct kf_skip *skips; /* room for one per byte of the message, and one more */
	uint32_t n_skips;
	uint64_t jump; /* bytes of the next pieces that are skipped already */
	bool stuck;    /* the scan made no progress */
};

static inline struct kept kept_new(size_t len)
{
	return (struct kept){ .bytes = malloc(len + 1), .skips = calloc(len + 1, sizeof(struct kf_skip)) };
}

static inline void kept_free(struct kept *k)
{
	free(k->bytes);
	free(k->skips);
}

static inline void kept_skip(struct kept *k, size_t n)
{
	if (k->n_skips && k->skips[k->n_skips - 1].at == k->len)
		k->skips[k->n_skips - 1].len += (uint32_t)n;
	else
		k->skips[k->n_skips++] = (struct kf_skip){ .at = k->len, .len = (uint32_t)n };
}

static inline void kept_feed(struct kept *k, struct kf_scan *s, const uint8_t *in, size_t len)
{
	while (len) {
		uint64_t run = k->jump;
		bool keep = false;
		size_t n;

		if (!run)
			run = kf_scan_next(s, in, len, &keep);
		n = run < len ? (size_t)run : len;
		k->stuck |= !n || (keep && run > len);
		if (k->stuck)
			return;
		if (keep) {
			memcpy(k->bytes + k->len, in, n);
			k->len += (uint32_t)n;
		} else {
			kept_skip(k, n);
			k->jump = run - n;
		}
		in += n;
		len -= n;
	}
}

static inline struct kf_body kept_body(const struct kept *k)
{
	return (struct kf_body){ .ptr = k->bytes, .len = k->len, .n_skips = k->n_skips, .skips = k->skips };
}

#endif
