/* SPDX-License-Identifier: Apache-2.0 */
#include "protocols.h"

#include <stdlib.h>

#define SLOTS 4096 /* a power of two */

struct protocols {
	struct {
		uint64_t key;
		struct blob_protocol protocol; /* all unknown when the slot is free */
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
uint64_t protocols_key(const struct kf_bytes *group)
{
	uint64_t hash = 0xcbf29ce484222325u;

	if (group->ptr == NULL)
		return 0;
	for (uint32_t i = 0; i < group->len; i++)
		hash = (hash ^ group->ptr[i]) * 0x100000001b3u;
	return hash ? hash : 1;
}

static size_t slot_of(uint64_t key)
{
	return (size_t)(key ^ key >> 32) & (SLOTS - 1);
}

void protocols_learn(struct protocols *p, uint64_t key, struct blob_protocol told)
{
	struct blob_protocol known = protocols_of(p, key);

	if (told.type == BLOB_TYPE_UNKNOWN)
		told.type = known.type;
	if (told.assignor == BLOB_ASSIGNOR_UNKNOWN && told.type == known.type)
		told.assignor = known.assignor;
	if (key == 0 || (told.type == BLOB_TYPE_UNKNOWN && told.assignor == BLOB_ASSIGNOR_UNKNOWN))
		return;
	p->slot[slot_of(key)].key = key;
	p->slot[slot_of(key)].protocol = told;
}

struct blob_protocol protocols_of(const struct protocols *p, uint64_t key)
{
	if (key == 0 || p->slot[slot_of(key)].key != key)
		return (struct blob_protocol){ .type = BLOB_TYPE_UNKNOWN };
	return p->slot[slot_of(key)].protocol;
}
