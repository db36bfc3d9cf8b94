/* SPDX-License-Identifier: Apache-2.0
 *
 * One message body being read for printing: room for its nested structs, where the reader is in it, and what
 * its blobs are.
 */
#ifndef REGROUP_OUTPUT_BODY_H
#define REGROUP_OUTPUT_BODY_H

#include "blob.h"

#include <regroup/dissect.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct body_step {
	const struct plan_field *field;
	int32_t index; /* of the element being read; -1 when the field is no array */
};

struct body {
	const struct plans *plans;
	void *level[PLAN_DEPTH]; /* one struct each; the message itself is in the first */
	struct body_step path[PLAN_DEPTH];
	unsigned depth;          /* level (and path step) being read */
	struct blob_protocol protocol; /* of the blobs to come */
	unsigned char *memory;
};

/* What a message says of itself, found without printing. */
struct body_facts {
	struct kf_bytes group;         /* the first group id; ptr NULL when there is none */
	struct blob_protocol protocol; /* as far as it is told */
	bool group_matches;            /* one of its groups is the wanted one */
	bool error;                    /* one of its error codes is not 0 */
};

bool body_init(struct body *b, const struct plans *plans);
void body_free(struct body *b);

/* Looks through the message in level[0]; `group` may be NULL. */
void body_survey(struct body *b, const struct plan *p, const char *group, struct body_facts *out);

/* The next struct of an array or struct field into the level below; of one that is cut or bad what was read of
 * it, if that is anything, and nothing after that. */
bool body_next(struct body *b, struct kf_array *list);

/* Decodes the blob in a bytes field into the level below the current one; see blob_read. */
bool body_blob(struct body *b, const struct plan_field *f, const struct kf_bytes *bytes, struct blob *blob);

/* A string field that may say what the blobs after it are. */
void body_hear(struct body *b, const struct plan_field *f, const struct kf_bytes *text);

/* "topics[0].partitions[3]" of the step being read, without the last field's name when `parent`. */
size_t body_path(const struct body *b, bool parent, char *out, size_t size);

#endif
