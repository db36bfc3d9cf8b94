/* SPDX-License-Identifier: Apache-2.0
 *
 * Link types: LINKTYPE_ values stand in files, DLT_ values are libpcap's own and differ for a few.
 */
#ifndef CAPTURE_LINK_H
#define CAPTURE_LINK_H

#include <stdint.h>

/* The DLT_ value, for libpcap. */
int link_to_dlt(uint16_t link);

/* The LINKTYPE_ value of a live handle's DLT_. */
uint16_t link_from_dlt(int dlt);

/* The LINKTYPE_ value of what stands in a file: the upper bits (length of a frame check sequence) masked, and raw IP
 * written with its DLT_ value made LINKTYPE_RAW. */
uint16_t link_from_file(uint32_t field);

#endif
