/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as any message: decoded, and read to the last field.
 * Input: API key, direction and flags, version, one byte that is not used (as in fuzz_scan), then the body.
 */
#include "../dissect/reflect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 4 };

static void must(bool ok)
{
	if (!ok)
		abort();
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
	free(copy);
	return 0;
}
