/* SPDX-License-Identifier: Apache-2.0 */
#include <regroup/keyed.h>

#include <string.h>
#include <sys/random.h>

#ifdef __SIZEOF_INT128__

typedef unsigned __int128 wide;

bool keyed_init(struct keyed *k)
{
	return getrandom(k, sizeof(*k), 0) == (ssize_t)sizeof(*k);
}

static inline uint64_t word_at(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

static inline wide key(const struct keyed *k, uint32_t i)
{
	return (wide)k->high[i] << 64 | k->low[i];
}

static inline uint64_t fold(const struct keyed *k, uint64_t number, wide sum)
{
	wide out = key(k, 0) + key(k, 1) * number + key(k, 2) * (uint64_t)(sum >> 64) + key(k, 3) * (uint64_t)sum;

	return (uint64_t)(out >> 64);
}

uint64_t keyed_digest(const struct keyed *k, uint64_t number, const uint8_t *bytes, uint32_t size)
{
	const uint64_t *w = k->word;
	uint32_t at = 0;
	wide sum = 0;

	for (; at + 16 <= size; at += 16, w += 2)
		sum += (wide)(w[0] + word_at(bytes + at)) * (w[1] + word_at(bytes + at + 8));
	if (at < size) /* overlaps: how much is known by the size */
		sum += (wide)(w[0] + word_at(bytes + (at + 8 <= size ? at : size - 8))) * (w[1] + word_at(bytes + size - 8));
	return fold(k, number, sum);
}

#else /* too slow without */

bool keyed_init(struct keyed *k)
{
	(void)k;
	return false;
}

uint64_t keyed_digest(const struct keyed *k, uint64_t number, const uint8_t *bytes, uint32_t size)
{
	(void)k, (void)number, (void)bytes, (void)size;
	return 0;
}

#endif
