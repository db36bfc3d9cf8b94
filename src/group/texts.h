/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts that are kept. They count who holds them: a member's id is also in its group's assignments, a client id in all
 * that happened to it, and most members give one of few reasons. They are const so that nobody frees them in another
 * way. Internal to src/group.
 */
#ifndef REGROUP_GROUP_TEXTS_H
#define REGROUP_GROUP_TEXTS_H

#include <regroup/dissect.h>
#include <regroup/text.h>

#include <stdbool.h>

#include "crumbs.h"

struct groups;

/* A copy of wire bytes as a C string (an inner NUL ends it); NULL for null, and when memory is out. Held once. */
const char *text_copy(struct kf_bytes b);
const char *text_from(const char *s); /* not NULL */

/* The same for what may be kept of very many: it takes less, and is gone with `gs`. */
const char *text_kept(struct groups *gs, struct kf_bytes b);

/* The same where many give the same text: shared with whoever gave it lately. */
const char *text_common(struct groups *gs, struct kf_bytes b);

/* One more holder of a text that came from here; the text. NULL is fine. */
const char *text_share(const char *text);

/* One holder less of a text that came from here; the last frees it. NULL is fine. */
void text_free(const char *text);

/* Replaces *slot when `b` is not null and differs. */
void text_set(const char **slot, struct kf_bytes b);
void text_set_common(struct groups *gs, const char **slot, struct kf_bytes b);

/* Known, and these bytes. */
bool text_is(const char *s, struct kf_bytes b);

/* What text_common remembers. */
#define TEXTS_COMMON 64

struct texts {
	const char *latest[TEXTS_COMMON]; /* by a digest */
	struct crumbs crumbs;
};

/* Texts that text_kept and text_common gave are not to be used any more. */
void texts_free(struct texts *t);

#endif
