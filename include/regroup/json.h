/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON written straight into one growable buffer: no tree, no allocation once the buffer has grown.
 * Commas are put by the writer; nesting is the caller's word (begin and end must match).
 */
#ifndef REGROUP_JSON_H
#define REGROUP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* `buf` holds `len` bytes of text without a NUL. When memory is out, `failed` is set and what does not fit is
 * left out: the text is then not JSON any more and should be thrown away. */
struct json {
	char *buf;
	size_t len, cap;
	int64_t day; /* the day whose date is in `date`, days since the epoch */
	char date[11]; /* "2026-11-21T" */
	bool comma; /* the next value or key is not the first */
	bool failed;
};

void json_init(struct json *j);
void json_free(struct json *j);

/* Empties the text and keeps the memory. */
void json_reset(struct json *j);

void json_object_begin(struct json *j);
void json_object_end(struct json *j);
void json_array_begin(struct json *j);
void json_array_end(struct json *j);

/* A key of our own: printable ASCII without quotes and backslashes, not escaped. */
void json_key_plain(struct json *j, const char *name, size_t len);
static inline void json_key(struct json *j, const char *literal)
{
	json_key_plain(j, literal, strlen(literal));
}

/* A key from the wire, treated as json_string does. */
void json_key_bytes(struct json *j, const void *bytes, size_t len);

/* `len` bytes as a string: quotes, backslashes and control characters are escaped, everything else is as it is.
 * What is not UTF-8 becomes U+FFFD, as many of them as Java's decoder makes. `bytes` NULL is null. */
void json_string(struct json *j, const void *bytes, size_t len);
void json_text(struct json *j, const char *text); /* NUL-terminated; NULL is null */

void json_int(struct json *j, int64_t value);
void json_uint(struct json *j, uint64_t value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);

/* As Java's Double.toString since JDK 19: the shortest decimal that reads back as the same double, "1.0E7", "102.25".
 * NaN and the infinities are strings. */
void json_double_java(struct json *j, double value);

/* Base64 with padding (RFC 4648, 4); NULL is null. */
void json_base64(struct json *j, const void *bytes, size_t len);

/* Sixteen bytes as Kafka prints a uuid: base64url without padding, 22 characters. */
void json_uuid(struct json *j, const uint8_t bytes[16]);

/* Nanoseconds since the epoch as RFC 3339 in UTC with nine digits: "2026-11-21T09:43:24.687123456Z". */
void json_time(struct json *j, int64_t ns);

/* A duration in nanoseconds as a number of milliseconds, "1722.1" and "3.0"; null when negative, which is unknown. */
void json_ms(struct json *j, int64_t ns);

/* Ready-made JSON (one value). */
void json_raw(struct json *j, const char *text, size_t len);

/* JSON from elsewhere: whether it is one valid value, in UTF-8, nested no deeper than 64; and that value, checked
 * before, without the white space between its parts. */
bool json_check(const void *text, size_t len);
void json_copy(struct json *j, const void *text, size_t len);

/* The member `name` of a valid object, as it is written there; false when it has none. */
bool json_member(const void *text, size_t len, const char *name, const char **out, size_t *out_len);

/* The member `name` of a valid object, when that is an integer of up to 18 digits. */
bool json_member_int(const void *text, size_t len, const char *name, int64_t *out);

/* Ends a line of JSON Lines; the next value begins a new one. */
void json_newline(struct json *j);

/* ---- a key and its value at once ------------------------------------------------------------------------- */

#define JSON_NO_TIME INT64_MIN

static inline void json_put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_text(j, text);
}

static inline void json_put_uint(struct json *j, const char *key, uint64_t n)
{
	json_key(j, key);
	json_uint(j, n);
}

static inline void json_put_bool(struct json *j, const char *key, bool value)
{
	json_key(j, key);
	json_bool(j, value);
}

static inline void json_put_ms(struct json *j, const char *key, int64_t ns)
{
	json_key(j, key);
	json_ms(j, ns);
}

void json_put_number(struct json *j, const char *key, int64_t n);  /* below zero is null: not known */
void json_put_known(struct json *j, const char *key, uint64_t n);  /* zero is null */
void json_put_time(struct json *j, const char *key, int64_t ns);   /* JSON_NO_TIME is null */

#endif
