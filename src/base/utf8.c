/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/text.h>

static bool is_continuation(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

/* Whether `c` may be the second byte after `lead`. Encoded surrogates (ED A0..BF) pass here, see below. */
static bool second_fits(uint8_t lead, uint8_t c)
{
	switch (lead) {
	case 0xe0:
		return c >= 0xa0 && c <= 0xbf;
	case 0xf0:
		return c >= 0x90 && c <= 0xbf;
	case 0xf4:
		return c >= 0x80 && c <= 0x8f;
	default:
		return is_continuation(c);
	}
}

size_t text_utf8_next(const uint8_t *bytes, size_t len, uint32_t *cp)
{
	uint8_t lead = bytes[0];
	size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

	*cp = TEXT_ILL_FORMED;
	if (lead < 0x80) {
		*cp = lead;
		return 1;
	}
	if (lead < 0xc2 || lead > 0xf4 || len < 2 || !second_fits(lead, bytes[1]))
		return 1;
	uint32_t value = lead & (0x7fU >> want);
	for (size_t i = 1; i < want; i++) {
		if (i >= len || !is_continuation(bytes[i]))
			return i;
		value = value << 6 | (bytes[i] & 0x3fU);
	}
	if (value < 0xd800 || value > 0xdfff)
		*cp = value;
	return want;
}
