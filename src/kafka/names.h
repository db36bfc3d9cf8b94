/* SPDX-License-Identifier: Apache-2.0
 *
 * What clients call themselves, kept once however many connections say it.
 */
#ifndef REGROUP_KAFKA_NAMES_H
#define REGROUP_KAFKA_NAMES_H

#include <regroup/kafka.h>

struct names;

struct names_table {
	struct names **slot;
	uint32_t n_slots, n; /* n_slots is a power of two */
	size_t memory;
};

/* Nothing told; needs no reference. */
extern const struct kafka_names names_none;

/* The tuple with these contents, with one more reference; names_none when out of memory. */
const struct kafka_names *names_get(struct names_table *t, const struct kafka_names *want);
void names_hold(const struct kafka_names *n);
void names_release(struct names_table *t, const struct kafka_names *n);
void names_done(struct names_table *t);

/* True when both are null or both have the same bytes. */
bool names_equal(const struct kf_bytes *a, const struct kf_bytes *b);

#endif
