/* SPDX-License-Identifier: Apache-2.0
 *
 * Moments of a capture as people write them.
 */
#ifndef CLI_TIMES_H
#define CLI_TIMES_H

#include <regroup/options.h>

/* RFC 3339 ("2026-11-21T10:56:07.036Z"; a space for the T, no offset for UTC), a time of day ("10:56", "10:56:07.036",
 * UTC), or what has passed since the first packet ("+90", "+1.5s", "+5m", "+2h"). False when it is none of these. */
bool times_read(const char *text, struct options_time *out);

/* In ns since the epoch; 0 when none was given. A time of day is the one on the day of `first`, or of the next when that
 * is more than twelve hours before `first`: captures go over midnight. Of --until it is the first one that is not before
 * `since`. */
int64_t times_since(const struct options_time *t, int64_t first);
int64_t times_until(const struct options_time *t, int64_t first, int64_t since);

#endif
