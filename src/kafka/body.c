/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies that span pieces: kept, counted past, or scanned for what to keep.
 */
#include <string.h>

#include "conn.h"

#define API_SASL_HANDSHAKE 17
#define API_API_VERSIONS   18

bool body_needed(const struct head *h, enum kf_direction d)
{
	if (d != KF_REQUEST || h->status != KAFKA_OK)
		return false;
	return h->api_key == API_SASL_HANDSHAKE || (h->api_key == API_API_VERSIONS && h->version >= 3);
}

void body_begin(struct kafka *k, struct work *w, enum kf_direction d)
{
	const struct head *h = &w->head;

	w->bytes.len = 0;
	w->skip_left = 0;
	w->keep = KEEP_NOT;
	if (h->status != KAFKA_OK)
		return;
	if (k->api[h->api_key][d].start)
		w->keep = KEEP_START;
	else if (k->api[h->api_key][d].wanted)
		w->keep = k->api[h->api_key][d].records ? KEEP_SCAN : KEEP_ALL;
	else if (body_needed(h, d))
		w->keep = KEEP_ALL;
	if (w->keep == KEEP_SCAN)
		kf_scan_start(&w->scan, h->schema, h->version);
}

/* The rest of the body is counted past. */
static void give_up(struct kafka *k, struct work *w)
{
	w->keep = KEEP_NOT;
	w->cut = true;
	k->stats.evicted++;
}

static bool keep(struct kafka *k, struct work *w, const uint8_t *p, uint32_t len)
{
	if (w->bytes.len + (uint64_t)len + w->skips.len <= k->frame_bytes &&
	    buffer_add(&k->pool, &w->bytes, p, len))
		return true;
	give_up(k, w);
	return false;
}

static bool note_skip(struct kafka *k, struct work *w, uint32_t len)
{
	struct kf_skip s = { w->bytes.len, len };
	struct kf_skip *all = (struct kf_skip *)(void *)w->skips.ptr;
	size_t n = w->skips.len / sizeof(s);

	if (n && all[n - 1].at == s.at) {
		all[n - 1].len += len;
		return true;
	}
	if (w->bytes.len + (uint64_t)w->skips.len + sizeof(s) <= k->frame_bytes &&
	    buffer_add(&k->pool, &w->skips, &s, sizeof(s)))
		return true;
	give_up(k, w);
	return false;
}

/* One step of the scan; returns the bytes it has dealt with. `left` is what the frame still has from `p` on.
 */
static uint32_t scan_step(struct kafka *k, struct work *w, const uint8_t *p, uint32_t len, uint32_t left)
{
	bool wanted;
	uint64_t n;

	if (w->skip_left) {
		n = w->skip_left < len ? w->skip_left : len;
		w->skip_left -= n;
		return (uint32_t)n;
	}
	n = kf_scan_next(&w->scan, p, len, &wanted);
	if (wanted) {
		n = n < len ? n : len;
		keep(k, w, p, (uint32_t)n);
		return (uint32_t)n;
	}
	if (n > left)
		n = left;
	w->skip_left = n;
	note_skip(k, w, (uint32_t)n);
	return 0;
}

void body_data(struct kafka *k, struct work *w, const uint8_t *p, uint32_t len)
{
	uint32_t left = w->size - w->got;

	w->got += len;
	if (w->keep == KEEP_ALL)
		keep(k, w, p, len);
	else if (w->keep == KEEP_START && w->bytes.len < KAFKA_START)
		keep(k, w, p, len < KAFKA_START - w->bytes.len ? len : KAFKA_START - w->bytes.len);
	while (w->keep == KEEP_SCAN && len) {
		uint32_t n = scan_step(k, w, p, len, left);

		p += n;
		len -= n;
		left -= n;
	}
}

/* A hole inside the records of one partition costs nothing but the headers of the batches there. */
static bool scan_hole(struct kafka *k, struct work *w, uint32_t len, uint32_t left)
{
	uint64_t n;

	if (w->skip_left >= len) {
		w->skip_left -= len;
		return true;
	}
	len -= (uint32_t)w->skip_left;
	left -= (uint32_t)w->skip_left;
	w->skip_left = 0;
	n = kf_scan_hole(&w->scan, len);
	if (n > left)
		n = left;
	if (n < len || !note_skip(k, w, (uint32_t)n))
		return false;
	w->skip_left = n - len;
	return true;
}

void body_hole(struct kafka *k, struct work *w, uint32_t len)
{
	uint32_t left = w->size - w->got;

	w->got += len;
	if (w->keep == KEEP_SCAN && scan_hole(k, w, len, left))
		return;
	if (w->keep != KEEP_NOT && w->keep != KEEP_START)
		w->cut = true;
	w->keep = KEEP_NOT;
}
