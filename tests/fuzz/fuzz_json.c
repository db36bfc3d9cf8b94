/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as JSON of others: what is valid stays valid when its white space is gone, and has no line ends.
 */
#include <regroup/json.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1); /* its end is the end of the memory, so that reading on is noticed */
	struct json j;
	int64_t n;

	if (!copy)
		return 0;
	memcpy(copy + 1, data, size);
	if (json_check(copy + 1, size)) {
		json_init(&j);
		json_copy(&j, copy + 1, size);
		json_member_int(copy + 1, size, "version", &n);
		if (j.failed || j.len > size || !json_check(j.buf, j.len) || memchr(j.buf, '\n', j.len))
			abort();
		json_free(&j);
	}
	free(copy);
	return 0;
}
