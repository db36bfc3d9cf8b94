/* SPDX-License-Identifier: Apache-2.0
 *
 * The last event of a run: what all layers have counted.
 */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "pipeline.h"

#include <regroup/group.h>

struct group_event summary_event(const struct groups *g, const struct pipeline_totals *t);

#endif
