/* SPDX-License-Identifier: Apache-2.0
 *
 * "did you mean": the word of a list that is nearest to a mistyped one.
 */
#ifndef REGROUP_SUGGEST_H
#define REGROUP_SUGGEST_H

#include <stddef.h>

struct suggest {
	const char *word; /* as typed */
	const char *best; /* NULL while nothing is near enough */
	size_t distance;
};

/* Looks at one candidate. Case does not matter. */
void suggest_try(struct suggest *s, const char *candidate);

#endif
