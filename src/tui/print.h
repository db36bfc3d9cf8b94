/* SPDX-License-Identifier: Apache-2.0
 *
 * What the printers of src/output say of a group, from the events that are kept.
 */
#ifndef REGROUP_TUI_PRINT_H
#define REGROUP_TUI_PRINT_H

#include "view.h"

/* One event as log prints it. */
bool print_event(const struct group_event *e, bool json, bool color, unsigned columns, FILE *out);

/* All of the group that is looked at: log's text or JSON, or a Mermaid chart of its members over time. */
bool print_group(struct ui *ui, enum save_as as, FILE *out);

/* The verdict. */
bool print_why(struct ui *ui, bool json, bool color, FILE *out);

/* A text in quotes for Mermaid: nothing in it that means something there. */
void print_mermaid_text(FILE *out, const char *text);

/* print_rows.c: a row of a list as a line of JSON. False when memory is out or it cannot be written. */
struct conn_row;
bool print_group_row(const struct model *m, const struct model_group *g, FILE *out);
bool print_connection_row(const struct conn_row *r, FILE *out);

#endif
