/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's filter in user space: the same headers, over maps that are arrays.
 */
#ifndef TESTS_BPF_MODEL_H
#define TESTS_BPF_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;

struct model *model_new(void);
void model_free(struct model *m);

/* How many bytes of this packet, which begins with its network header, are to be kept. */
uint32_t model_filter(struct model *m, const uint8_t *packet, uint32_t len);

/* Parts that the last packet's walk told: at most `max` into `out` as {from, to, tail}; returns how many. */
size_t model_parts(const struct model *m, uint32_t (*out)[3], size_t max);

/* The first numbers of the last packet's payload and of what is behind it; false when it had none. */
bool model_payload(const struct model *m, uint32_t *seq, uint32_t *end, bool *whole);

#endif
