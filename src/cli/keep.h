/* SPDX-License-Identifier: Apache-2.0
 *
 * The latest packets of the connections that speak of groups, for whoever may want to save them later.
 */
#ifndef CLI_KEEP_H
#define CLI_KEEP_H

#include <regroup/capture.h>

struct keep;

/* Keeps `bytes` of them. NULL when memory is out. */
struct keep *keep_new(size_t bytes);
void keep_free(struct keep *k);

void keep_add(struct keep *k, const struct cap_packet *p, uint64_t conn);

/* Calls `each` for all that is kept, oldest first; it returns false to stop. */
void keep_each(const struct keep *k, void *ctx, bool (*each)(void *ctx, const struct cap_packet *p, uint64_t conn));

#endif
