/* SPDX-License-Identifier: Apache-2.0
 *
 * The two walks over a struct: one that keeps the values, one that only goes past them.
 */
#ifndef DISSECT_WALK_H
#define DISSECT_WALK_H

#include "cursor.h"

/* Reads a struct into `out` (zeroed). With `lenient` the bytes may end between two fields. */
bool walk_struct(struct cursor *c, const struct kf_struct *s, void *out, bool lenient);

/* kf_decode_struct, of a struct that may have code of its own. */
enum kf_status walk_alone(const struct kf_struct *s, kf_straight *straight, int16_t version, struct kf_bytes in, bool lenient,
                          void *out, struct kf_error *err);

/* Checks and goes past a struct, or `count` elements of an array. */
bool skip_struct(struct cursor *c, const struct kf_struct *s);
bool skip_elements(struct cursor *c, const struct kf_field *f, uint32_t count);
bool skip_value(struct cursor *c, const struct kf_field *f);

/* The smallest number of bytes that an element of the array can have. */
uint32_t element_min(const struct cursor *c, const struct kf_field *f);

/* Reads the presence byte of a nullable struct, if there is one. */
bool walk_presence(struct cursor *c, const struct kf_field *f, bool *present);

/* Reads the count of an array. One that the bytes cannot hold fails; `*count` is then the most they could
 * hold, and one that is cut. */
bool walk_count(struct cursor *c, const struct kf_field *f, int64_t *count);

/* Reads the tagged section at the end of a struct; goes past the values when `out` is NULL. */
bool walk_tags(struct cursor *c, const struct kf_struct *s, void *out);

#endif
