/* SPDX-License-Identifier: Apache-2.0 */
#include "texts.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "correlator.h"
#include "digest.h"

struct counted {
	uint32_t holders;
	char text[];
};

static struct counted *counted(const char *text)
{
	return (struct counted *)((uintptr_t)text - offsetof(struct counted, text));
}

static const char *copy(const char *s, size_t len)
{
	struct counted *c = malloc(offsetof(struct counted, text) + len + 1);

	if (!c)
		return NULL;
	c->holders = 1;
	memcpy(c->text, s, len);
	c->text[len] = '\0';
	return c->text;
}

const char *text_copy(struct kf_bytes b)
{
	return b.ptr ? copy((const char *)b.ptr, strnlen((const char *)b.ptr, b.len)) : NULL;
}

const char *text_from(const char *s)
{
	return copy(s, strlen(s));
}

const char *text_share(const char *text)
{
	if (text)
		counted(text)->holders++;
	return text;
}

void text_free(const char *text)
{
	if (text && --counted(text)->holders == 0)
		free(counted(text));
}

const char *text_common(struct groups *gs, struct kf_bytes b)
{
	const char **at;

	if (!b.ptr)
		return NULL;
	at = &gs->texts.latest[digest_bytes(DIGEST_START, b) >> 32 & (TEXTS_COMMON - 1)];
	if (!text_is(*at, b)) {
		text_free(*at);
		*at = text_copy(b);
	}
	return text_share(*at);
}

void texts_free(struct texts *t)
{
	for (size_t i = 0; i < TEXTS_COMMON; i++)
		text_free(t->latest[i]);
	*t = (struct texts){ .latest = { NULL } };
}

static void replace(const char **slot, const char *text)
{
	if (!text)
		return;
	text_free(*slot);
	*slot = text;
}

void text_set(const char **slot, struct kf_bytes b)
{
	if (b.ptr && !text_is(*slot, b))
		replace(slot, text_copy(b));
}

void text_set_common(struct groups *gs, const char **slot, struct kf_bytes b)
{
	if (b.ptr && !text_is(*slot, b))
		replace(slot, text_common(gs, b));
}

bool text_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

bool text_is(const char *s, struct kf_bytes b)
{
	return s && b.ptr && strlen(s) == b.len && memcmp(s, b.ptr, b.len) == 0;
}
