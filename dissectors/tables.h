/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables that are no API's.
 */
#ifndef DISSECT_TABLES_H
#define DISSECT_TABLES_H

#include <regroup/dissect.h>

extern const struct kf_struct *const kf_subscription_struct;
extern const struct kf_struct *const kf_assignment_struct;

#endif
