/* SPDX-License-Identifier: Apache-2.0
 *
 * What the generators share. Each kind of file is a list of placeholders, ended by an empty one.
 */
#ifndef CLI_GENERATE_H
#define CLI_GENERATE_H

#include <stdio.h>

#include <regroup/dissect.h>
#include <regroup/group.h>

#include "table.h"

struct generate_part {
	const char *placeholder; /* a line of the template, "@OPTIONS@" */
	void (*print)(FILE *out);
};

extern const struct generate_part generate_man[];
extern const struct generate_part generate_bash[];
extern const struct generate_part generate_zsh[];
extern const struct generate_part generate_fish[];

/* The words an option takes: choices, API names, event types. */
void generate_words(FILE *out, const struct table_option *t, const char *separator);
bool generate_has_words(const struct table_option *t);
bool generate_is_list(const struct table_option *t);

#endif
