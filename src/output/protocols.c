/* SPDX-License-Identifier: Apache-2.0 */
#include "protocols.h"

#include <stdlib.h>

#define SLOTS 4096 /* a power of two */

struct protocols {
	struct {
		uint64_t hash;
		uint8_t protocol; /* enum body_protocol; unknown when the slot is free */
	} slot[SLOTS];
};

struct protocols *protocols_new(void)
{
	return calloc(1, sizeof(struct protocols));
}

void protocols_free(struct protocols *p)
{
	free(p);
}

/* FNV-1a, 64 bits: group ids are short. */
static uint64_t hash_of(const struct kf_bytes *group)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (uint32_t i = 0; i < group->len; i++)
		hash = (hash ^ group->ptr[i]) * 0x100000001b3u;
	return hash;
}

static size_t slot_of(uint64_t hash)
{
	return (size_t)(hash ^ hash >> 32) & (SLOTS - 1);
}

void protocols_learn(struct protocols *p, const struct kf_bytes *group, enum body_protocol protocol)
{
	uint64_t hash = hash_of(group);

	if (protocol == BODY_PROTOCOL_UNKNOWN)
		return;
	p->slot[slot_of(hash)].hash = hash;
	p->slot[slot_of(hash)].protocol = (uint8_t)protocol;
}

enum body_protocol protocols_of(const struct protocols *p, const struct kf_bytes *group)
{
	uint64_t hash = hash_of(group);

	if (p->slot[slot_of(hash)].hash != hash)
		return BODY_PROTOCOL_UNKNOWN;
	return (enum body_protocol)p->slot[slot_of(hash)].protocol;
}
