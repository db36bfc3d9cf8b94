/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of each group's blobs, in fixed memory: a table of hashes where a newer group may push out an
 * older one, which is then unknown again.
 */
#ifndef REGROUP_OUTPUT_PROTOCOLS_H
#define REGROUP_OUTPUT_PROTOCOLS_H

#include "blob.h"

struct protocols;

struct protocols *protocols_new(void);
void protocols_free(struct protocols *p);

/* A group by its id: 0 for none. */
uint64_t protocols_key(const struct kf_bytes *group);

/* What `told` does not know is kept as it was, unless the protocol type is another one. */
void protocols_learn(struct protocols *p, uint64_t key, struct blob_protocol told);
struct blob_protocol protocols_of(const struct protocols *p, uint64_t key);

#endif
