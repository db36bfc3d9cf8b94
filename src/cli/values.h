/* SPDX-License-Identifier: Apache-2.0
 *
 * The arguments of options, from text into struct options.
 */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "table.h"

/* Stores `value` (NULL for options without argument) as the table line says. `spelled` is the option as the user
 * wrote it, for `err`. False with a line in `err`. */
bool value_store(struct options *o, const struct table_option *t, const char *spelled, const char *value,
		 char err[OPTIONS_ERROR]);

struct suggest;

/* The key of an API given by name or key; what it may have meant goes to `near`. A key need not be known. */
bool value_find_api(const char *word, uint64_t *key, struct suggest *near);

#endif
