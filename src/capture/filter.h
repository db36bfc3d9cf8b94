/* SPDX-License-Identifier: Apache-2.0
 *
 * A capture filter on packets from files: compiled once per link type.
 */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "regroup/capture.h"

struct filter;

/* Compiles for the link types known so far (none: Ethernet). NULL with `err` set when it compiles for none of them. */
struct filter *filter_new(const char *text, const uint16_t *links, size_t n_links, char *err, size_t err_size);
void filter_free(struct filter *f);

/* A link type that the filter cannot be compiled for matches nothing; filter_warning says so once, then NULL. */
bool filter_match(struct filter *f, const struct cap_packet *p);
const char *filter_warning(struct filter *f);

#endif
