/* SPDX-License-Identifier: Apache-2.0
 *
 * Which blob a bytes field holds: the group's protocol type and assignor decide.
 */
#ifndef REGROUP_OUTPUT_BLOB_H
#define REGROUP_OUTPUT_BLOB_H

#include "plan.h"

#include <stdbool.h>
#include <stdint.h>

/* A group's protocol type. */
enum blob_type { BLOB_TYPE_UNKNOWN, BLOB_TYPE_CONSUMER, BLOB_TYPE_CONNECT, BLOB_TYPE_REGISTRY, BLOB_TYPE_OTHER };

/* Of protocol type "consumer": whose user data it is. */
enum blob_assignor {
	BLOB_ASSIGNOR_UNKNOWN,
	BLOB_ASSIGNOR_STICKY,
	BLOB_ASSIGNOR_COOPERATIVE,
	BLOB_ASSIGNOR_STREAMS,
	BLOB_ASSIGNOR_OTHER, /* none that is known to have user data */
};

struct blob_protocol {
	uint8_t type;     /* enum blob_type */
	uint8_t assignor; /* enum blob_assignor */
};

/* A null or empty name is unknown. */
enum blob_type blob_type_of(const struct kf_bytes *protocol_type);
enum blob_assignor blob_assignor_of(const struct kf_bytes *name);

struct blob {
	const char *type;        /* "ConsumerProtocolSubscription", ... */
	const struct plan *plan; /* NULL: the bytes are a JSON text */
	int16_t version;
};

/* What the bytes of a field of this role are, decoded into `out` (plans_struct_size bytes). False when that is
 * nothing: empty, of a protocol that is not known, or not decodable. Without a word about the protocol type only
 * ConsumerProtocol that is right to its last byte is believed. */
bool blob_read(const struct plans *plans, enum plan_role role, struct blob_protocol protocol,
               const struct kf_bytes *bytes, void *out, struct blob *blob);

#endif
