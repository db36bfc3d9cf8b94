/* SPDX-License-Identifier: Apache-2.0 */
#include "assignment.h"

#include <stdlib.h>
#include <string.h>

#include "texts.h"

#define NOBODY UINT32_MAX

void assignment_init(struct assignment *a)
{
	memset(a, 0, sizeof(*a));
	a->generation = -1;
}

void assignment_empty(struct assignment *a)
{
	for (size_t i = 0; i < a->n_owners; i++) {
		text_free(a->owner[i].id);
		text_free(a->owner[i].client_id);
	}
	a->n = a->n_owners = 0;
	a->generation = -1;
	a->complete = false;
}

void assignment_clear(struct assignment *a)
{
	assignment_empty(a);
	free(a->owner);
	free(a->entry);
	assignment_init(a);
}

/* Gives back what is not in use. */
static void fit(void **array, size_t n, size_t *cap, size_t size)
{
	void *p = n && n < *cap ? realloc(*array, n * size) : NULL;

	if (!p)
		return;
	*array = p;
	*cap = n;
}

void assignment_take(struct assignment *to, struct assignment *from)
{
	assignment_clear(to);
	*to = *from;
	assignment_init(from);
	fit((void **)&to->entry, to->n, &to->cap, sizeof(*to->entry));
	fit((void **)&to->owner, to->n_owners, &to->cap_owners, sizeof(*to->owner));
}

/* Room for exactly `n`, where there is not so much; or where it is by far too much. */
static bool room_for(void **array, size_t n, size_t *cap, size_t size)
{
	void *p;

	if (n <= *cap && *cap <= 2 * n + 16)
		return true;
	p = realloc(*array, (n ? n : 1) * size);
	if (!p)
		return n <= *cap;
	*array = p;
	*cap = n ? n : 1;
	return true;
}

void assignment_move(struct assignment *to, struct assignment *from)
{
	assignment_empty(to);
	if (!room_for((void **)&to->entry, from->n, &to->cap, sizeof(*to->entry)) ||
	    !room_for((void **)&to->owner, from->n_owners, &to->cap_owners, sizeof(*to->owner))) {
		assignment_take(to, from);
		return;
	}
	if (from->n)
		memcpy(to->entry, from->entry, from->n * sizeof(*to->entry));
	if (from->n_owners)
		memcpy(to->owner, from->owner, from->n_owners * sizeof(*to->owner));
	to->n = from->n;
	to->n_owners = from->n_owners;
	to->generation = from->generation;
	to->complete = from->complete;
	from->n_owners = 0; /* its names went along */
	assignment_empty(from);
}

void assignment_swap(struct assignment *a, struct assignment *b)
{
	struct assignment c = *a;

	*a = *b;
	*b = c;
}

/* Room for one more element of `size` bytes. */
static bool make_room(void **array, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 8;
	void *p;

	if (n < *cap)
		return true;
	p = realloc(*array, more * size);
	if (!p)
		return false;
	*array = p;
	*cap = more;
	return true;
}

static uint32_t find_shared(const struct assignment *a, const char *id)
{
	for (size_t i = a->n_owners; i-- > 0;)
		if (a->owner[i].id == id)
			return (uint32_t)i;
	return NOBODY;
}

/* Nearly always the text is the very same, as it is shared. */
uint32_t assignment_find_owner(const struct assignment *a, const char *id)
{
	uint32_t known = find_shared(a, id);

	if (known != NOBODY)
		return known;
	for (size_t i = a->n_owners; i-- > 0;)
		if (strcmp(a->owner[i].id, id) == 0)
			return (uint32_t)i;
	return NOBODY;
}

static uint32_t add_owner(struct assignment *a, const char *id, const char *client_id)
{
	struct owner *o;

	if (!make_room((void **)&a->owner, a->n_owners, &a->cap_owners, sizeof(*a->owner)))
		return NOBODY;
	o = &a->owner[a->n_owners];
	o->id = text_share(id);
	o->client_id = text_share(client_id);
	return (uint32_t)a->n_owners++;
}

uint32_t assignment_owner(struct assignment *a, const char *id, const char *client_id)
{
	uint32_t known = assignment_find_owner(a, id);

	return known != NOBODY ? known : add_owner(a, id, client_id);
}

uint32_t assignment_owner_by_id(struct assignment *a, const struct member *m)
{
	uint32_t known = find_shared(a, m->id);

	return known != NOBODY ? known : add_owner(a, m->id, m->client_id);
}

bool assignment_add(struct assignment *a, uint32_t topic, int32_t partition, uint32_t owner)
{
	if (!make_room((void **)&a->entry, a->n, &a->cap, sizeof(*a->entry)))
		return false;
	a->entry[a->n++] = (struct owned){ .topic = topic, .partition = partition, .owner = owner };
	return true;
}

/* Partitions in the order of the table. */
static uint64_t place(uint32_t topic, int32_t partition)
{
	return (uint64_t)topic << 32 | ((uint32_t)partition ^ UINT32_C(0x80000000));
}

static uint64_t place_of_entry(const struct owned *o)
{
	return place(o->topic, o->partition);
}

/* The first entry that does not come before this partition, in a sorted table. */
static size_t place_of(const struct assignment *a, uint32_t topic, int32_t partition)
{
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t i = low + (high - low) / 2;

		if (place_of_entry(&a->entry[i]) < place(topic, partition))
			low = i + 1;
		else
			high = i;
	}
	return low;
}

bool assignment_insert(struct assignment *a, uint32_t topic, int32_t partition, uint32_t owner)
{
	size_t i = place_of(a, topic, partition);

	if (!make_room((void **)&a->entry, a->n, &a->cap, sizeof(*a->entry)))
		return false;
	memmove(a->entry + i + 1, a->entry + i, (a->n++ - i) * sizeof(*a->entry));
	a->entry[i] = (struct owned){ .topic = topic, .partition = partition, .owner = owner };
	return true;
}

static int by_partition(const void *x, const void *y)
{
	const struct owned *a = x, *b = y;
	uint64_t i = place_of_entry(a), k = place_of_entry(b);

	if (i != k)
		return i < k ? -1 : 1;
	return a->owner < b->owner ? -1 : a->owner > b->owner;
}

static bool same_entry(const struct owned *a, const struct owned *b)
{
	return a->topic == b->topic && a->partition == b->partition && a->owner == b->owner;
}

void assignment_sort(struct assignment *a)
{
	size_t kept = 0, sorted = 1;

	while (sorted < a->n && by_partition(&a->entry[sorted - 1], &a->entry[sorted]) <= 0)
		sorted++;
	if (sorted < a->n)
		qsort(a->entry, a->n, sizeof(*a->entry), by_partition);
	for (size_t i = 0; i < a->n; i++)
		if (!kept || !same_entry(&a->entry[kept - 1], &a->entry[i]))
			a->entry[kept++] = a->entry[i];
	a->n = kept;
}

struct owned *assignment_find(const struct assignment *a, uint32_t topic, int32_t partition)
{
	size_t i = place_of(a, topic, partition);
	struct owned *o = i < a->n ? &a->entry[i] : NULL;

	return o && o->topic == topic && o->partition == partition ? o : NULL;
}

static int same_partition(const void *key, const void *entry)
{
	uint64_t i = place_of_entry(key), k = place_of_entry(entry);

	return i < k ? -1 : i > k;
}

const char *assignment_owner_of(const struct assignment *a, uint32_t topic, int32_t partition)
{
	const struct owned key = { .topic = topic, .partition = partition };
	const struct owned *o = a->n ? bsearch(&key, a->entry, a->n, sizeof(key), same_partition) : NULL;

	return o ? a->owner[o->owner].id : NULL;
}

/* A side that has come to its end comes last. */
static uint64_t place_at(const struct assignment *a, size_t i)
{
	return i < a->n ? place_of_entry(&a->entry[i]) : UINT64_MAX;
}

static bool same_owner(const struct assignment *a, uint32_t i, const struct assignment *b, uint32_t j)
{
	return a->owner[i].id == b->owner[j].id || strcmp(a->owner[i].id, b->owner[j].id) == 0;
}

void assignment_shifts(const struct assignment *before, const struct assignment *after,
                       void (*each)(void *ctx, const struct shift *s), void *ctx)
{
	size_t i = 0, j = 0;

	while (i < before->n || j < after->n) {
		uint64_t was = place_at(before, i), is = place_at(after, j);
		const struct owned *o = j == after->n || was < is ? &before->entry[i] : &after->entry[j];
		struct shift s = { .topic = o->topic, .partition = o->partition, .from = NOBODY, .to = NOBODY };

		if (i < before->n && was <= is)
			s.from = before->entry[i++].owner;
		if (j < after->n && is <= was)
			s.to = after->entry[j++].owner;
		if (was != is || s.from == NOBODY || s.to == NOBODY || !same_owner(before, s.from, after, s.to))
			each(ctx, &s);
	}
}

size_t assignment_count(const struct assignment *a, const char *id)
{
	uint32_t owner = assignment_find_owner(a, id);
	size_t n = 0;

	for (size_t i = 0; owner != NOBODY && i < a->n; i++)
		n += a->entry[i].owner == owner;
	return n;
}

void assignment_rename(struct assignment *a, const char *id, const char *name)
{
	for (size_t i = 0; i < a->n_owners; i++) {
		if (strcmp(a->owner[i].id, id) != 0)
			continue;
		text_free(a->owner[i].id);
		a->owner[i].id = text_share(name);
	}
}
