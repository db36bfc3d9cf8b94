/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers as they are on the wire. Internal to src/group.
 */
#ifndef REGROUP_GROUP_BYTES_H
#define REGROUP_GROUP_BYTES_H

#include <stdint.h>

static inline uint32_t load32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t load64(const uint8_t *p)
{
	return (uint64_t)load32(p) << 32 | load32(p + 4);
}

#endif
