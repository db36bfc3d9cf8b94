/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests in flight: a ring per connection, in the order of the requests, which is the order of the answers.
 */
#ifndef REGROUP_KAFKA_PAIR_H
#define REGROUP_KAFKA_PAIR_H

#include "buffer.h"
#include "names.h"

#define PAIR_MOST         4096
#define PAIR_MOST_UNHEARD 128 /* while no response was ever seen: a capture of one direction */

struct pending {
	const struct kafka_names *names; /* a reference, unless borrowed */
	int64_t ts;                      /* of the last byte */
	uint64_t frame;                  /* of the first byte */
	uint64_t note;
	int32_t correlation_id;
	int16_t api_key, version;
	bool done;  /* handed out: ts and note are set */
	bool maybe; /* an answer need not come */
	bool borrowed; /* the names are the connection's, which has the reference */
	bool again; /* told by the sink's `again` */
};

/* Allocated while requests are in flight. */
struct ring {
	uint64_t first; /* serial number of the oldest */
	uint32_t n, cap;
	struct pending slot[]; /* serial modulo cap */
};

/* The oldest is at 0. NULL outside. */
struct pending *pair_at(struct ring *r, uint32_t i);
/* The one with this serial number, NULL when it is gone. */
struct pending *pair_serial(struct ring *r, uint64_t serial);
/* Index of the oldest with this correlation id, -1 when there is none. */
int pair_find(struct ring *r, int32_t correlation_id);

/* Appends; false when memory ran out. The serial number goes to *serial. *r may move. */
bool pair_add(struct blocks *p, struct ring **r, const struct pending *e, uint64_t *serial);
/* Takes the oldest out into *out (its names reference too); frees the ring when that was the last. */
bool pair_take(struct blocks *p, struct ring **r, struct pending *out);

#endif
