/* SPDX-License-Identifier: Apache-2.0 */
#include "intern.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

/* Longer ones are cut: nobody reads them in a list. */
#define LONGEST 512

struct word {
	UT_hash_handle hh;
	uint32_t id;
	char text[];
};

struct intern {
	struct word *words;
	struct word **by_id;
	uint32_t n, cap;
	size_t used, most;
};

struct intern *intern_new(size_t most)
{
	struct intern *i = calloc(1, sizeof(*i));

	if (i)
		i->most = most;
	return i;
}

void intern_free(struct intern *i)
{
	struct word *w, *next;

	if (!i)
		return;
	HASH_ITER(hh, i->words, w, next) {
		HASH_DELETE(hh, i->words, w);
		free(w);
	}
	free(i->by_id);
	free(i);
}

static bool room_for_one(struct intern *i)
{
	uint32_t cap = i->cap ? i->cap * 2 : 64;
	struct word **list;

	if (i->n < i->cap)
		return true;
	list = realloc(i->by_id, cap * sizeof(*list));
	if (!list)
		return false;
	i->by_id = list;
	i->cap = cap;
	return true;
}

static uint32_t add(struct intern *i, const void *bytes, size_t len)
{
	size_t size = sizeof(struct word) + len + 1;
	struct word *w;

	if (i->used + size > i->most || !room_for_one(i) || !(w = calloc(1, size)))
		return 0;
	memcpy(w->text, bytes, len);
	i->by_id[i->n++] = w;
	i->used += size;
	w->id = i->n;
	HASH_ADD_KEYPTR(hh, i->words, w->text, len, w);
	return w->id;
}

uint32_t intern_id(struct intern *i, const void *bytes, size_t len)
{
	struct word *w = NULL;

	if (!bytes)
		return 0;
	if (len > LONGEST)
		len = LONGEST;
	HASH_FIND(hh, i->words, bytes, len, w);
	return w ? w->id : add(i, bytes, len);
}

const char *intern_text(const struct intern *i, uint32_t id)
{
	return id && id <= i->n ? i->by_id[id - 1]->text : NULL;
}
