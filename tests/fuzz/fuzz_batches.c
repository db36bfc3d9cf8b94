/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as the records of a partition, of which a part may have been counted past. Input: what part (an offset
 * and a length), then the bytes.
 */
#include <regroup/dissect.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 3 };

/* The batches lie one after the other, in the bytes that are there. */
static void read_all(struct kf_records r)
{
	uint64_t size = r.size, sum = 0;
	struct kf_batch b;

	while (kf_next_batch(&r, &b)) {
		sum += b.size;
		if (b.size < 18 || sum > size || b.magic < 0 || b.magic > 2)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kf_skip skip;
	struct kf_records r;
	uint8_t *copy;

	if (size < HEAD)
		return 0;
	copy = malloc(size - HEAD + 1); /* its end is the end of the memory, so that reading on is noticed */
	if (!copy)
		return 0;
	memcpy(copy + 1, data + HEAD, size - HEAD);
	r = (struct kf_records){ .ptr = copy + 1, .kept = (uint32_t)(size - HEAD), .size = (uint32_t)(size - HEAD) };
	read_all(r);
	skip = (struct kf_skip){ .at = data[0], .len = (uint32_t)(data[1] << 8 | data[2]) };
	if (skip.at <= r.kept && skip.len > 0) {
		r.skips = &skip;
		r.n_skips = 1;
		r.size += skip.len;
		read_all(r);
	}
	free(copy);
	return 0;
}
