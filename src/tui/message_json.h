/* SPDX-License-Identifier: Apache-2.0
 *
 * A kept message as regroup decode --format json has it.
 */
#ifndef REGROUP_TUI_MESSAGE_JSON_H
#define REGROUP_TUI_MESSAGE_JSON_H

#include "messages.h"

#include <stdio.h>

/* One line. False when memory is out. */
bool message_json(const struct messages *ms, const struct message *x, FILE *out);

#endif
