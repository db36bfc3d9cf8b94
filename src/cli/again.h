/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that can be read a second time.
 */
#ifndef CLI_AGAIN_H
#define CLI_AGAIN_H

#include <stdbool.h>

#include <regroup/options.h>

struct groups;

/* Are they all regular files? Standard input and pipes are not. */
bool again_possible(const struct options *o);

/* For the `names` call of group_options, with the options as its context: reads the files for names of topic ids. Does
 * nothing where that is not possible. */
void again_names(const void *options, struct groups *g);

#endif
