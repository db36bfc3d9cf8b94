/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#include <regroup/hash.h>

#define PARTS 4

/* One reference counted tuple; `pub` comes first and is what is handed out. The table has open addressing. */
struct names {
	struct kafka_names pub;
	uint32_t refs, hash;
	uint8_t text[];
};

const struct kafka_names names_none = { .client_id = { NULL, 0 } };

static void parts_of(const struct kafka_names *n, struct kf_bytes out[PARTS])
{
	out[0] = n->client_id;
	out[1] = n->software_name;
	out[2] = n->software_version;
	out[3] = n->sasl_mechanism;
}

bool names_equal(const struct kf_bytes *a, const struct kf_bytes *b)
{
	return !a->ptr == !b->ptr && a->len == b->len && (!a->len || !memcmp(a->ptr, b->ptr, a->len));
}

static uint32_t hash_of(const struct kf_bytes part[PARTS])
{
	uint64_t h = HASH_START;

	for (int i = 0; i < PARTS; i++)
		h = hash_bytes(h + (part[i].ptr != NULL), part[i].ptr, part[i].len);
	return (uint32_t)h;
}

static bool same(const struct names *n, const struct kf_bytes part[PARTS])
{
	struct kf_bytes has[PARTS];

	parts_of(&n->pub, has);
	for (int i = 0; i < PARTS; i++)
		if (!names_equal(&has[i], &part[i]))
			return false;
	return true;
}

static void insert(struct names **slot, uint32_t n_slots, struct names *n)
{
	uint32_t i = n->hash & (n_slots - 1);

	while (slot[i])
		i = (i + 1) & (n_slots - 1);
	slot[i] = n;
}

/* Never fuller than three quarters. */
static bool make_room(struct names_table *t)
{
	uint32_t n_slots = t->n_slots ? t->n_slots * 2 : 64;
	struct names **slot;

	if (t->n < t->n_slots / 4 * 3)
		return true;
	slot = calloc(n_slots, sizeof(*slot));
	if (!slot)
		return false;
	for (uint32_t i = 0; i < t->n_slots; i++)
		if (t->slot[i])
			insert(slot, n_slots, t->slot[i]);
	t->memory += (n_slots - t->n_slots) * sizeof(*slot);
	free(t->slot);
	t->slot = slot;
	t->n_slots = n_slots;
	return true;
}

/* Closes the empty place by moving back what was pushed past it. */
static void erase(struct names_table *t, const struct names *n)
{
	uint32_t mask = t->n_slots - 1, hole = n->hash & mask;

	while (t->slot[hole] != n)
		hole = (hole + 1) & mask;
	for (uint32_t i = (hole + 1) & mask; t->slot[i]; i = (i + 1) & mask) {
		uint32_t home = t->slot[i]->hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		t->slot[hole] = t->slot[i];
		hole = i;
	}
	t->slot[hole] = NULL;
}

/* Bytes for a text that is not null: an empty one has an address of its own, too. */
static uint32_t bytes_for(const struct kf_bytes *b)
{
	return b->len ? b->len : 1;
}

static struct kf_bytes put(uint8_t **at, const struct kf_bytes *b)
{
	struct kf_bytes out = { NULL, 0 };

	if (!b->ptr)
		return out;
	out.ptr = *at;
	out.len = b->len;
	if (b->len)
		memcpy(*at, b->ptr, b->len);
	*at += bytes_for(b);
	return out;
}

static size_t size_of(const struct kf_bytes part[PARTS])
{
	size_t size = sizeof(struct names);

	for (int i = 0; i < PARTS; i++)
		size += part[i].ptr ? bytes_for(&part[i]) : 0;
	return size;
}

static struct names *make(const struct kf_bytes part[PARTS], uint32_t hash)
{
	struct names *n = malloc(size_of(part));
	uint8_t *at = n ? n->text : NULL;

	if (!n)
		return NULL;
	n->pub.client_id = put(&at, &part[0]);
	n->pub.software_name = put(&at, &part[1]);
	n->pub.software_version = put(&at, &part[2]);
	n->pub.sasl_mechanism = put(&at, &part[3]);
	n->refs = 1;
	n->hash = hash;
	return n;
}

static struct names *find(const struct names_table *t, const struct kf_bytes part[PARTS], uint32_t hash)
{
	uint32_t mask = t->n_slots - 1;

	for (uint32_t i = hash & mask; t->n && t->slot[i]; i = (i + 1) & mask)
		if (t->slot[i]->hash == hash && same(t->slot[i], part))
			return t->slot[i];
	return NULL;
}

const struct kafka_names *names_get(struct names_table *t, const struct kafka_names *want)
{
	struct kf_bytes part[PARTS];
	struct names *n;
	uint32_t h;

	parts_of(want, part);
	h = hash_of(part);
	n = find(t, part, h);
	if (n) {
		n->refs++;
		return &n->pub;
	}
	n = make_room(t) ? make(part, h) : NULL;
	if (!n)
		return &names_none;
	insert(t->slot, t->n_slots, n);
	t->n++;
	t->memory += size_of(part);
	return &n->pub;
}

static struct names *counted(const struct kafka_names *n)
{
	return n && n != &names_none ? (struct names *)(uintptr_t)n : NULL;
}

void names_hold(const struct kafka_names *pub)
{
	struct names *n = counted(pub);

	if (n)
		n->refs++;
}

void names_release(struct names_table *t, const struct kafka_names *pub)
{
	struct names *n = counted(pub);
	struct kf_bytes part[PARTS];

	if (!n || --n->refs)
		return;
	erase(t, n);
	t->n--;
	parts_of(&n->pub, part);
	t->memory -= size_of(part);
	free(n);
}

void names_done(struct names_table *t)
{
	for (uint32_t i = 0; i < t->n_slots; i++)
		free(t->slot[i]);
	free(t->slot);
	memset(t, 0, sizeof(*t));
}
