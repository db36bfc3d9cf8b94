/* SPDX-License-Identifier: Apache-2.0 */
#include "keep.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 65536u

struct place {
	struct cap_packet packet;
	uint64_t conn;
	uint64_t at; /* offset of all bytes ever kept */
};

struct keep {
	struct place *place;
	uint64_t first, last; /* places are taken from `first` up to `last`, modulo PLACES */
	uint8_t *bytes;
	size_t room;
	uint64_t end;
};

struct keep *keep_new(size_t bytes)
{
	struct keep *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->room = bytes;
	k->place = malloc(PLACES * sizeof(*k->place)); /* both are touched only as they fill */
	k->bytes = malloc(bytes);
	if (k->place && k->bytes)
		return k;
	keep_free(k);
	return NULL;
}

void keep_free(struct keep *k)
{
	if (!k)
		return;
	free(k->place);
	free(k->bytes);
	free(k);
}

void keep_add(struct keep *k, const struct cap_packet *p, uint64_t conn)
{
	size_t at = k->end % k->room;
	struct place *to;

	if (p->caplen > k->room / 4)
		return;
	if (p->caplen > k->room - at) { /* not in two pieces */
		k->end += k->room - at;
		at = 0;
	}
	while (k->first != k->last &&
	       (k->last - k->first >= PLACES || k->end + p->caplen - k->place[k->first % PLACES].at > k->room))
		k->first++;
	to = &k->place[k->last++ % PLACES];
	*to = (struct place){ .packet = *p, .conn = conn, .at = k->end };
	to->packet.data = memcpy(k->bytes + at, p->data, p->caplen);
	k->end += p->caplen;
}

void keep_each(const struct keep *k, void *ctx, bool (*each)(void *ctx, const struct cap_packet *p, uint64_t conn))
{
	for (uint64_t i = k->first; i != k->last; i++)
		if (!each(ctx, &k->place[i % PLACES].packet, k->place[i % PLACES].conn))
			return;
}
