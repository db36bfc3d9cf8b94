/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that wait for their answer: what is kept of them until it comes.
 */
#include "decode.h"

#include <string.h>

struct decode_request *decode_recall(uint64_t note)
{
	return (struct decode_request *)(uintptr_t)note;
}

void decode_forget(struct decode *d, uint64_t *note)
{
	pool_put(d->requests, decode_recall(*note));
	*note = 0;
}

/* Never in the middle of a character. */
static size_t cut(const char *text, size_t len, size_t most)
{
	if (len <= most)
		return len;
	while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
		most--;
	return most;
}

static void remember_facts(struct decode *d, const struct decode_view *v, struct decode_request *r)
{
	struct line *l = &d->facts;
	size_t start;

	line_reset(l);
	d->body.depth = 0;
	decode_text_facts(l, &d->body, v->plan, v->m, strcmp(v->status, "ok") == 0);
	for (start = 0; start < l->len && l->buf[start] == ' ';)
		start++;
	r->facts_len = (uint16_t)cut(l->buf + start, l->len - start, DECODE_FACTS);
	if (r->facts_len)
		memcpy(r->facts, l->buf + start, r->facts_len);
}

void decode_remember(struct decode *d, const struct decode_view *v, const struct body_facts *facts)
{
	struct decode_request *r;

	if (v->m->note == NULL)
		return;
	if (*v->m->note != 0)
		decode_forget(d, v->m->note);
	r = pool_get(d->requests);
	*v->m->note = (uint64_t)(uintptr_t)r;
	if (r == NULL)
		return;
	*r = (struct decode_request){
		.frame = v->m->frame,
		.group = protocols_key(&facts->group),
		.protocol = d->body.protocol,
		.matched = facts->group_matches,
	};
	if (d->options.errors_only && v->body)
		remember_facts(d, v, r);
}
