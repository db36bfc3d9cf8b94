/* SPDX-License-Identifier: Apache-2.0
 *
 * The message tables made ready for printing: each field with its JSON name and what it means to a reader.
 * Built once, so that printing a message is a walk over pointers.
 */
#ifndef REGROUP_OUTPUT_PLAN_H
#define REGROUP_OUTPUT_PLAN_H

#include <regroup/dissect.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Structs inside structs, the blobs in their bytes fields included. */
#define PLAN_DEPTH 12

enum plan_role {
	PLAN_PLAIN,
	PLAN_GROUP,         /* a group id, or an array of them */
	PLAN_ERROR,         /* an error code */
	PLAN_PROTOCOL_TYPE, /* says what the blobs after it are */
	PLAN_ASSIGNOR,      /* says what the user data in blobs after it are */
	PLAN_SECRET,        /* never shown in text */
	PLAN_SUBSCRIPTION,  /* from here on: bytes with a blob. What a member tells the leader */
	PLAN_ASSIGNMENT,    /* what the leader tells a member */
	PLAN_SUBSCRIPTION_DATA, /* the assignor's own data in those */
	PLAN_ASSIGNMENT_DATA,
	PLAN_ALLOCATION, /* what a Connect worker runs */
};

struct plan;

struct plan_field {
	const struct kf_field *field;
	const struct plan *sub; /* of structs and arrays of structs */
	char *key;              /* JSON name */
	int64_t preset;         /* schema default of a number */
	uint8_t key_len;
	uint8_t role;           /* enum plan_role */
};

struct plan {
	const struct kf_struct *shape;
	bool marked; /* has a group or an error inside, at any depth */
	size_t n_fields;
	struct plan_field fields[];
};

struct plans;

struct plans *plans_new(void);
void plans_free(struct plans *p);

/* The plan of a message of the tables. */
const struct plan *plans_message(const struct plans *p, const struct kf_message *m);

/* The plan of a blob. */
const struct plan *plans_blob(const struct plans *p, enum kf_blob_kind kind);

static inline bool plan_has_blob(const struct plan_field *f)
{
	return f->role >= PLAN_SUBSCRIPTION;
}

/* Bytes that hold any struct of any message, a multiple of the strictest alignment. */
size_t plans_struct_size(const struct plans *p);

/* Whether field `i` of the struct at `s` was read. */
static inline bool plan_present(const void *s, size_t i)
{
	return ((const struct kf_head *)s)->present >> i & 1;
}

/* Where the value of a field is. */
static inline const void *plan_value(const struct plan_field *f, const void *s)
{
	return (const unsigned char *)s + f->field->at;
}

/* A number field's value; 0 for other types. */
int64_t plan_int(const struct plan_field *f, const void *s);

/* Whether a tagged field holds its schema default. `scratch` takes the structs inside it: as many as
 * PLAN_DEPTH - `depth` of them. */
bool plan_is_default(const struct plan_field *f, const void *s, void *const *scratch, unsigned depth);

#endif
