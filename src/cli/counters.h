/* SPDX-License-Identifier: Apache-2.0
 *
 * The line of counters on standard error: on SIGUSR1, and when a live capture ends.
 */
#ifndef CLI_COUNTERS_H
#define CLI_COUNTERS_H

#include "pipeline.h"

void counters_print(FILE *out, const struct pipeline_totals *t);

#endif
