/* SPDX-License-Identifier: Apache-2.0
 *
 * The frame tracker of the kernel's filter: packets from the network header on, each behind two bytes of length. No
 * segment is answered with more than there is, whatever came before it.
 */
#include "../bpf/model.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model *m = model_new();

	while (m && size > 2) {
		uint32_t n = (uint32_t)data[0] << 8 | data[1], seq, end;
		bool whole;

		data += 2;
		size -= 2;
		n = n < size ? n : (uint32_t)size;
		if (model_filter(m, data, n) > n)
			__builtin_trap();
		if (model_payload(m, &seq, &end, &whole) && m->n_parts > PARTS)
			__builtin_trap();
		for (size_t i = 0; i < m->n_parts && i < PARTS; i++)
			if (m->parts[i][1] - m->parts[i][0] > end - seq || m->parts[i][1] - seq > end - seq)
				__builtin_trap();
		data += n;
		size -= n;
	}
	model_free(m);
	return 0;
}
