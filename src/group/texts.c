/* SPDX-License-Identifier: Apache-2.0 */
#include "texts.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <regroup/hash.h>

#include "correlator.h"

struct counted {
	uint32_t holders : 31;
	uint32_t crumb : 1; /* it is from there, see crumbs.h */
	char text[];
};

static struct counted *counted(const char *text)
{
	return (struct counted *)((uintptr_t)text - offsetof(struct counted, text));
}

/* Crumbs hide from the sanitizer who uses a text that is gone. */
#ifdef __has_feature
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static const char *copy(struct crumbs *from, const char *s, size_t len)
{
	size_t size = offsetof(struct counted, text) + len + 1;
	bool crumb = !SANITIZED && from && size <= CRUMBS_MOST;
	struct counted *c = crumb ? crumbs_get(from, size) : malloc(size);

	if (!c)
		return NULL;
	c->holders = 1;
	c->crumb = crumb;
	memcpy(c->text, s, len);
	c->text[len] = '\0';
	return c->text;
}

const char *text_copy(struct kf_bytes b)
{
	return b.ptr ? copy(NULL, (const char *)b.ptr, strnlen((const char *)b.ptr, b.len)) : NULL;
}

const char *text_kept(struct groups *gs, struct kf_bytes b)
{
	return b.ptr ? copy(&gs->texts.crumbs, (const char *)b.ptr, strnlen((const char *)b.ptr, b.len)) : NULL;
}

const char *text_from(const char *s)
{
	return copy(NULL, s, strlen(s));
}

const char *text_share(const char *text)
{
	if (text)
		counted(text)->holders++;
	return text;
}

void text_free(const char *text)
{
	if (!text || --counted(text)->holders > 0)
		return;
	if (counted(text)->crumb)
		crumbs_put(counted(text));
	else
		free(counted(text));
}

const char *text_common(struct groups *gs, struct kf_bytes b)
{
	const char **at;

	if (!b.ptr)
		return NULL;
	at = &gs->texts.latest[hash_bytes(HASH_START, b.ptr, b.len) & (TEXTS_COMMON - 1)];
	if (!text_is(*at, b)) {
		text_free(*at);
		*at = text_kept(gs, b);
	}
	return text_share(*at);
}

void texts_free(struct texts *t)
{
	for (size_t i = 0; i < TEXTS_COMMON; i++)
		text_free(t->latest[i]);
	crumbs_free(&t->crumbs);
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

bool text_is(const char *s, struct kf_bytes b)
{
	return s && b.ptr && strlen(s) == b.len && memcmp(s, b.ptr, b.len) == 0;
}
