/* SPDX-License-Identifier: Apache-2.0
 *
 * Record batch headers (magic 2: KIP-98; magic 0 and 1: the older message sets).
 */
#include "batch.h"

/* Bytes at r->ptr that lie together. */
static uint32_t together(const struct kf_records *r)
{
	if (r->n_skips && r->skips[0].at - r->offset < r->kept)
		return r->skips[0].at - r->offset;
	return r->kept;
}

/* Goes `n` bytes of the wire on, of which there are as many. */
static void advance(struct kf_records *r, uint32_t n)
{
	r->size -= n;
	while (n) {
		uint32_t here = together(r), kept = n < here ? n : here;

		r->ptr += kept;
		r->offset += kept;
		r->kept -= kept;
		n -= kept;
		if (!n)
			return;
		if (!r->n_skips || r->skips[0].len > n) {
			r->size = 0;
			return;
		}
		n -= r->skips[0].len;
		r->skips++;
		r->n_skips--;
	}
}

static void read_magic_2(const uint8_t *p, struct kf_batch *out)
{
	out->leader_epoch = (int32_t)load32(p + 12);
	out->attributes = (int16_t)load16(p + 21);
	out->last_offset_delta = (int32_t)load32(p + 23);
	out->producer_id = (int64_t)load64(p + 43);
	out->producer_epoch = (int16_t)load16(p + 51);
	out->base_sequence = (int32_t)load32(p + 53);
	out->records = (int32_t)load32(p + 57);
}

bool kf_next_batch(struct kf_records *r, struct kf_batch *out)
{
	uint32_t here = together(r), header;
	const uint8_t *p = r->ptr;
	int32_t length;
	int8_t magic;

	if (r->size < BATCH_PEEK || here < BATCH_PEEK)
		return false;
	length = (int32_t)load32(p + BATCH_LENGTH_AT);
	magic = (int8_t)p[BATCH_MAGIC_AT];
	header = batch_header(magic, length);
	if (!header || here < header || (uint32_t)length + BATCH_LENGTH_END > r->size)
		return false;
	*out = (struct kf_batch){
		.base_offset = (int64_t)load64(p),
		.producer_id = -1,
		.size = (uint32_t)length + BATCH_LENGTH_END,
		.leader_epoch = -1,
		.base_sequence = -1,
		.records = -1,
		.producer_epoch = -1,
		.attributes = (int8_t)p[17],
		.magic = magic,
	};
	if (magic == 2)
		read_magic_2(p, out);
	advance(r, out->size);
	return true;
}
