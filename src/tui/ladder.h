/* SPDX-License-Identifier: Apache-2.0
 *
 * A ladder without a screen.
 */
#ifndef REGROUP_TUI_LADDER_H
#define REGROUP_TUI_LADDER_H

#include "rungs.h"
#include "view.h"

/* "JoinGroup 7 REBALANCE_IN_PROGRESS 1.2 s" */
void ladder_label(const struct message *x, char *out, size_t size);

/* Text: a message a line. JSON: an object a line. Mermaid: a sequence diagram. */
bool ladder_print(const struct rungs *r, const struct model *m, enum save_as as, FILE *out);

#endif
