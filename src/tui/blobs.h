/* SPDX-License-Identifier: Apache-2.0
 *
 * What the bytes hold that members hand each other through the coordinator.
 */
#ifndef REGROUP_TUI_BLOBS_H
#define REGROUP_TUI_BLOBS_H

#include <regroup/dissect.h>

#include <stdbool.h>

#define BLOBS_WORD 32

/* What was told of the group, by the message itself or before it; "" for nothing. */
struct blobs_told {
	int16_t api;
	char type[BLOBS_WORD];     /* protocol type */
	char assignor[BLOBS_WORD]; /* or a protocol of another type */
};

/* Takes in what a string field of a message says. */
void blobs_learn(struct blobs_told *t, const char *field, struct kf_bytes value);

/* The kind of what is in a bytes field of the message, or of the blob `around` (-1 for none). False when that is not
 * known, or when the bytes are not like that. */
bool blobs_find(const struct blobs_told *t, int around, const char *field, struct kf_bytes bytes,
                enum kf_blob_kind *kind);

/* Whether a bytes field of the message is text. */
bool blobs_is_text(const struct blobs_told *t, int around, const char *field);

#endif
