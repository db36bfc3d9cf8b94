/* SPDX-License-Identifier: Apache-2.0
 *
 * What the JSON writer's files share: room in the buffer, and the comma before a value.
 */
#ifndef BASE_JSON_ROOM_H
#define BASE_JSON_ROOM_H

#include <regroup/json.h>

/* Makes room for `n` more bytes after the text; false when memory is out. */
bool json_grow(struct json *j, size_t n);

static inline bool json_room(struct json *j, size_t n)
{
	return j->cap - j->len >= n || json_grow(j, n);
}

static inline void json_put(struct json *j, const char *text, size_t len)
{
	if (!json_room(j, len))
		return;
	memcpy(j->buf + j->len, text, len);
	j->len += len;
}

/* Room for a comma and a value of up to `n` bytes; puts the comma. */
static inline bool json_value(struct json *j, size_t n)
{
	if (!json_room(j, n + 1))
		return false;
	if (j->comma)
		j->buf[j->len++] = ',';
	j->comma = true;
	return true;
}

#endif
