/* SPDX-License-Identifier: Apache-2.0
 *
 * Saving some connections' packets: from the files once more, or from what was kept of a live capture.
 */
#ifndef CLI_SAVE_SELECTION_H
#define CLI_SAVE_SELECTION_H

#include <regroup/options.h>
#include <regroup/tui.h>

#include "keep.h"

/* `kept` is NULL when the capture is a file that can be read again. Returns how many packets; -1 with one line in `err`. */
int64_t save_selection(const struct options *o, const struct keep *kept, const char *file,
                       const struct tui_packets *which, char *err, size_t err_size);

#endif
