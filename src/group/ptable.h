/* SPDX-License-Identifier: Apache-2.0
 *
 * A table by topic and partition: dense entries in the order they were added, found through a hash of small
 * slots. Internal to src/group.
 */
#ifndef REGROUP_GROUP_PTABLE_H
#define REGROUP_GROUP_PTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every entry begins with this. */
struct pkey {
	uint32_t topic;
	int32_t partition;
};

struct ptable {
	void *entry;    /* dense, `size` bytes each */
	uint32_t *slot; /* index of an entry + 1, 0 for free; a power of two of them */
	uint32_t size;  /* of an entry */
	uint32_t n, cap, n_slots;
};

void ptable_init(struct ptable *t, size_t size);
void ptable_free(struct ptable *t);

/* NULL when it is not there. An entry moves when another is added. */
void *ptable_find(const struct ptable *t, uint32_t topic, int32_t partition);

/* The same, with *at for where it may be: one that is found sets it to the place behind, so that entries that were added
 * one behind the other are found so without a search. */
void *ptable_find_at(const struct ptable *t, uint32_t topic, int32_t partition, uint32_t *at);

/* Added zeroed when it is new; NULL when memory is out or `most` are there already. */
void *ptable_get(struct ptable *t, uint32_t topic, int32_t partition, uint32_t most);

/* The i-th entry, i < t->n. */
void *ptable_at(const struct ptable *t, uint32_t i);

/* Drops the entries that `drop` wants gone; the others keep their order. */
void ptable_sift(struct ptable *t, bool (*drop)(const void *entry, const void *ctx), const void *ctx);

#endif
