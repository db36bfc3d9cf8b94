/* SPDX-License-Identifier: Apache-2.0
 *
 * Listens to the messages on their way to the correlator, for the model.
 */
#ifndef REGROUP_TUI_TAP_H
#define REGROUP_TUI_TAP_H

#include "model.h"

struct tap;

struct tap *tap_new(struct model *m);
void tap_free(struct tap *t);

/* A sink that passes everything on to `inner`. */
struct kafka_sink tap_sink(struct tap *t, struct kafka_sink inner);

/* Whether a connection has spoken of a group. */
bool tap_speaks(const struct tap *t, uint64_t conn);

#endif
