/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <stddef.h>

/* Where the two differ on Linux (https://www.tcpdump.org/linktypes.html). */
static const struct {
	uint16_t link;
	int dlt;
} differing[] = {
	{ 100, 11 }, /* ATM_RFC1483 */
	{ 101, 12 }, /* RAW */
	{ 102, 15 }, /* SLIP_BSDOS */
	{ 103, 16 }, /* PPP_BSDOS */
	{ 106, 19 }, /* ATM_CLIP */
};

int link_to_dlt(uint16_t link)
{
	for (size_t i = 0; i < sizeof(differing) / sizeof(differing[0]); i++) {
		if (differing[i].link == link)
			return differing[i].dlt;
	}
	return link;
}

uint16_t link_from_dlt(int dlt)
{
	for (size_t i = 0; i < sizeof(differing) / sizeof(differing[0]); i++) {
		if (differing[i].dlt == dlt)
			return differing[i].link;
	}
	return (uint16_t)dlt;
}

uint16_t link_from_file(uint32_t field)
{
	uint16_t link = (uint16_t)(field & 0xffff);

	return link == 12 || link == 14 ? 101 : link;
}
