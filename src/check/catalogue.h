/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules as text and thresholds, in two halves. Internal to src/check.
 */
#ifndef REGROUP_CHECK_CATALOGUE_H
#define REGROUP_CHECK_CATALOGUE_H

#include <regroup/check.h>

#define CATALOGUE_HALF 22

#define MS INT64_C(1000000)
#define S  (1000 * MS)

/* W01 to W22, W23 to W42. */
extern const struct check_rule catalogue_groups[CATALOGUE_HALF];
extern const struct check_rule catalogue_data[CHECK_RULES - CATALOGUE_HALF];

#endif
