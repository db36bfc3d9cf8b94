/* SPDX-License-Identifier: Apache-2.0 */
#include "hold.h"

#include <string.h>

bool hold_add(struct kafka *k, struct conn *c, unsigned d, const struct run *r)
{
	struct work *w = work_get(k, c, d);
	size_t data = r->ptr ? (size_t)r->len : 0, room;
	struct held *h;

	if (!w)
		return false;
	h = blocks_get(&k->pool, sizeof(*h) + data, &room);
	if (!h) {
		work_put(k, c, d);
		return false;
	}
	h->next = NULL;
	h->room = (uint32_t)room;
	h->run = *r;
	if (r->ptr) {
		memcpy(h->data, r->ptr, data);
		h->run.ptr = h->data;
	}
	if (w->last)
		w->last->next = h;
	else
		w->first = h;
	w->last = h;
	w->n_held++;
	w->held_bytes += (uint32_t)data;
	return true;
}

static void hold_pop(struct kafka *k, struct work *w)
{
	struct held *h = w->first;

	w->first = h->next;
	if (!w->first)
		w->last = NULL;
	w->n_held--;
	if (h->run.ptr)
		w->held_bytes -= (uint32_t)h->run.len;
	blocks_put(&k->pool, h, h->room);
}

void hold_drop(struct kafka *k, struct work *w, uint64_t n)
{
	while (w->first && w->first->run.len <= n) {
		n -= w->first->run.len;
		hold_pop(k, w);
	}
	if (!w->first || !n)
		return;
	if (w->first->run.ptr)
		w->held_bytes -= (uint32_t)n;
	run_skip(&w->first->run, n);
}

void hold_clear(struct kafka *k, struct work *w)
{
	while (w->first)
		hold_pop(k, w);
}

void window_open(struct window *v, const struct work *w)
{
	v->n = 0;
	v->total = 0;
	for (const struct held *h = w ? w->first : NULL; h && v->n < WINDOW_PIECES; h = h->next) {
		v->part[v->n].run = &h->run;
		v->part[v->n++].at = v->total;
		v->total += h->run.len;
	}
}

uint32_t window_part(const struct window *v, uint64_t at)
{
	uint32_t i = 0;

	while (i < v->n && at >= v->part[i].at + v->part[i].run->len)
		i++;
	return i;
}

uint32_t window_read(const struct window *v, uint64_t at, uint8_t *out, uint32_t n, bool *hole)
{
	uint32_t done = 0;

	*hole = false;
	for (uint32_t i = window_part(v, at); i < v->n && done < n; i++) {
		const struct run *r = v->part[i].run;
		uint64_t skip = at + done - v->part[i].at, len = r->len - skip;

		if (!r->ptr) {
			*hole = true;
			break;
		}
		if (len > n - done)
			len = n - done;
		memcpy(out + done, r->ptr + skip, (size_t)len);
		done += (uint32_t)len;
	}
	return done;
}

const uint8_t *window_bytes(const struct window *v, uint64_t at, uint32_t n, uint8_t *flat, uint32_t *have,
			    bool *hole)
{
	uint32_t i = window_part(v, at);

	if (i < v->n && v->part[i].run->ptr && v->part[i].at + v->part[i].run->len >= at + n) {
		*have = n;
		*hole = false;
		return v->part[i].run->ptr + (at - v->part[i].at);
	}
	*have = window_read(v, at, flat, n, hole);
	return flat;
}
