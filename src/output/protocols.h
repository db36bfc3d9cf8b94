/* SPDX-License-Identifier: Apache-2.0
 *
 * What protocol type each group was last seen with, in fixed memory: a table of hashes where a newer group may
 * push out an older one, which is then unknown again.
 */
#ifndef REGROUP_OUTPUT_PROTOCOLS_H
#define REGROUP_OUTPUT_PROTOCOLS_H

#include "body.h"

struct protocols;

struct protocols *protocols_new(void);
void protocols_free(struct protocols *p);

void protocols_learn(struct protocols *p, const struct kf_bytes *group, enum body_protocol protocol);
enum body_protocol protocols_of(const struct protocols *p, const struct kf_bytes *group);

#endif
