/* SPDX-License-Identifier: Apache-2.0 */
#include "trend.h"

#define FIRST_WIDTH INT64_C(100000000)
#define LEVELS 8u

static void widen(struct trend *t)
{
	for (size_t i = 0; i < TREND_BUCKETS; i++) {
		uint32_t sum = i < TREND_BUCKETS / 2 ? (uint32_t)t->n[2 * i] + t->n[2 * i + 1] : 0;

		t->n[i] = sum < UINT16_MAX ? (uint16_t)sum : UINT16_MAX;
	}
	t->width *= 2;
}

void trend_add(struct trend *t, int64_t from, int64_t at)
{
	size_t i;

	if (!t->width) {
		t->from = from;
		t->width = FIRST_WIDTH;
	}
	if (at < t->from)
		at = t->from;
	while ((uint64_t)(at - t->from) / (uint64_t)t->width >= TREND_BUCKETS)
		widen(t);
	i = (size_t)((uint64_t)(at - t->from) / (uint64_t)t->width);
	if (t->n[i] < UINT16_MAX)
		t->n[i]++;
}

/* A bucket belongs to the part that its middle lies in. */
void trend_levels(const struct trend *t, int64_t to, uint8_t *level, size_t columns)
{
	double span = t->width && to > t->from ? (double)(to - t->from) : 0;
	uint32_t sum[256] = { 0 }, most = 0;

	columns = columns < 256 ? columns : 256;
	for (size_t i = 0; i < TREND_BUCKETS && columns && span > 0; i++) {
		double part = ((double)i + 0.5) * (double)t->width / span * (double)columns;
		size_t at = part < (double)columns ? (size_t)part : columns - 1;

		sum[at] += t->n[i];
		most = sum[at] > most ? sum[at] : most;
	}
	for (size_t i = 0; i < columns; i++)
		level[i] = (uint8_t)(sum[i] ? (sum[i] * LEVELS + most - 1) / most : 0);
}
