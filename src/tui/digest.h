/* SPDX-License-Identifier: Apache-2.0
 *
 * What a message says of a group: whose it is, which member and generation, and whether something failed. Fields
 * are found by their names in the tables, so that APIs to come are read as well.
 */
#ifndef REGROUP_TUI_DIGEST_H
#define REGROUP_TUI_DIGEST_H

#include "messages.h"

struct digester;

struct digester *digester_new(void);
void digester_free(struct digester *d);

/* Whether messages of this API are about groups. */
bool digester_wants(const struct digester *d, int16_t api);

/* What is not there is NULL, -1 or 0. Texts are borrowed from the message. */
void digest_message(struct digester *d, const struct kafka_message *m, struct digest *out);

#endif
