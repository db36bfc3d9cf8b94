/* SPDX-License-Identifier: Apache-2.0
 *
 * What the clients of chatter.h commit: mostly the same partitions, further each time, with metadata or without; and what
 * they are answered. Metadata answers tell the names of topics that later versions have by their uuid.
 */
#ifndef TESTS_AGAIN_COMMITS_H
#define TESTS_AGAIN_COMMITS_H

#include "chatter.h"
#include "talk.h"

struct plan plan_draw(struct chatter *c);

/* The topics of the request: the last of its body. */
void put_commit_topics(struct chatter *c, struct bytes *b, const struct plan *p, int version);
/* The whole body of the answer. */
void put_commit_answer(struct chatter *c, struct bytes *b, const struct plan *p, int version);

/* Version 12. */
void put_metadata(struct bytes *b);
void put_metadata_answer(struct chatter *c, struct bytes *b);

#endif
