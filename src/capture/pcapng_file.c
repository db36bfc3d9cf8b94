/* SPDX-License-Identifier: Apache-2.0
 *
 * pcapng (draft-ietf-opsawg-pcapng): sections of blocks, each section with its own byte order and interfaces.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "file.h"
#include "link.h"
#include "ng_time.h"

enum block {
	BLOCK_INTERFACE = 1,
	BLOCK_OLD_PACKET = 2,
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a,
};

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define BLOCK_MIN 12u /* type, length, length again */
#define INTERFACES_MAX 65536u

/* A whole block in the window. */
struct block_view {
	const uint8_t *p;
	uint32_t type;
	uint32_t len;
};

struct option {
	const uint8_t *value;
	uint16_t code;
	uint16_t len;
};

/* Options from *p to `end`. False at the end of them; what does not fit ends them too. */
static bool next_option(const uint8_t **p, const uint8_t *end, bool swap, struct option *o)
{
	size_t left = (size_t)(end - *p), padded;

	if (left < 4)
		return false;
	o->code = bytes_u16(*p, swap);
	o->len = bytes_u16(*p + 2, swap);
	o->value = *p + 4;
	left -= 4;
	if (!o->code || o->len > left)
		return false;
	padded = (o->len + 3u) & ~(size_t)3;
	*p += 4 + (padded < left ? padded : left);
	return true;
}

static bool section(struct cap_file *f, const struct block_view *b)
{
	unsigned int major, minor;
	const uint8_t *p;
	struct option o;

	if (b->len < 28) {
		file_damaged(f, source_offset(&f->src), "section header of %u bytes", b->len);
		return false;
	}
	major = bytes_u16(b->p + 12, f->swap);
	minor = bytes_u16(b->p + 14, f->swap);
	if (major != 1) {
		file_damaged(f, source_offset(&f->src), "pcapng version %u.%u; only 1.x is known", major, minor);
		return false;
	}
	f->n_interfaces = 0;
	p = b->p + 24;
	while (next_option(&p, b->p + b->len - 4, f->swap, &o))
		f->bulk_cut |= o.code == 1 && o.len >= strlen(CAP_BULK_CUT) &&
			       memcmp(o.value, CAP_BULK_CUT, strlen(CAP_BULK_CUT)) == 0;
	return true;
}

static bool room_for_interface(struct cap_file *f)
{
	size_t room = f->room_interfaces ? f->room_interfaces * 2 : 4;
	struct ng_interface *more;

	if (f->n_interfaces < f->room_interfaces)
		return true;
	more = room <= INTERFACES_MAX ? realloc(f->interfaces, room * sizeof(*more)) : NULL;
	if (!more) {
		file_damaged(f, source_offset(&f->src), "more than %zu interfaces", f->n_interfaces);
		return false;
	}
	f->interfaces = more;
	f->room_interfaces = room;
	return true;
}

static bool interface(struct cap_file *f, const struct block_view *b)
{
	const uint8_t *p = b->p + 16, *end = b->p + b->len - 4;
	uint8_t resolution = 6;
	struct ng_interface *i;
	struct option o;

	if (b->len < 20) {
		file_damaged(f, source_offset(&f->src), "interface block of %u bytes", b->len);
		return false;
	}
	if (!room_for_interface(f))
		return false;
	i = &f->interfaces[f->n_interfaces];
	*i = (struct ng_interface){ .link = link_from_file(bytes_u16(b->p + 8, f->swap)),
				    .snaplen = bytes_u32(b->p + 12, f->swap) };
	while (next_option(&p, end, f->swap, &o)) {
		if (o.code == 9 && o.len == 1)
			resolution = o.value[0];
		else if (o.code == 14 && o.len == 8)
			i->offset = (int64_t)bytes_u64(o.value, f->swap);
	}
	if (!ng_time_set(i, resolution)) {
		file_damaged(f, source_offset(&f->src), "time resolution 0x%02x of an interface", resolution);
		return false;
	}
	file_link(f, i->link);
	f->n_interfaces++;
	return true;
}

/* Counters only grow; each block tells the sum so far. */
static void take_counter(uint64_t *last, uint64_t *sum, uint64_t now)
{
	if (now > *last) {
		*sum += now - *last;
		*last = now;
	}
}

static bool statistics(struct cap_file *f, const struct block_view *b)
{
	const uint8_t *p = b->p + 20, *end = b->p + b->len - 4;
	struct ng_interface *i;
	struct option o;
	uint32_t id;

	if (b->len < 24 || (id = bytes_u32(b->p + 8, f->swap)) >= f->n_interfaces)
		return true; /* of no use, and nothing depends on it */
	i = &f->interfaces[id];
	while (next_option(&p, end, f->swap, &o)) {
		if (o.code == 5 && o.len == 8)
			take_counter(&i->dropped, &f->dropped, bytes_u64(o.value, f->swap));
		else if (o.code == 7 && o.len == 8)
			take_counter(&i->os_dropped, &f->os_dropped, bytes_u64(o.value, f->swap));
	}
	return true;
}

static bool bad_packet(struct cap_file *f, const char *what, uint32_t number)
{
	file_damaged(f, source_offset(&f->src), "%s %u", what, number);
	return false;
}

/* The enhanced packet block, and the old packet block, which has two 16-bit numbers for the first. */
static bool packet(struct cap_file *f, const struct block_view *b, struct cap_packet *out)
{
	const uint8_t *p = b->p + 8;
	const bool swap = f->swap;
	const struct ng_interface *i;
	uint32_t id, caplen, len;

	if (b->len < 32)
		return bad_packet(f, "packet block of bytes:", b->len);
	id = b->type == BLOCK_PACKET ? bytes_u32(p, swap) : bytes_u16(p, swap);
	caplen = bytes_u32(p + 12, swap);
	len = bytes_u32(p + 16, swap);
	if (id >= f->n_interfaces)
		return bad_packet(f, "packet of an unknown interface", id);
	if (caplen > b->len - 32)
		return bad_packet(f, "packet longer than its block:", caplen);
	i = &f->interfaces[id];
	out->data = p + 20;
	out->ts = ng_time(i, (uint64_t)bytes_u32(p + 4, swap) << 32 | bytes_u32(p + 8, swap));
	out->caplen = caplen;
	out->len = len > caplen ? len : caplen;
	out->link = i->link;
	f->last_ts = out->ts;
	return true;
}

/* No time stamp and no captured length: the time of the packet before stands in. */
static bool simple_packet(struct cap_file *f, const struct block_view *b, struct cap_packet *out)
{
	uint32_t caplen, len;

	if (b->len < 16)
		return bad_packet(f, "packet block of bytes:", b->len);
	if (!f->n_interfaces)
		return bad_packet(f, "packet of an unknown interface", 0);
	len = bytes_u32(b->p + 8, f->swap);
	caplen = len < b->len - 16 ? len : b->len - 16;
	if (f->interfaces[0].snaplen && caplen > f->interfaces[0].snaplen)
		caplen = f->interfaces[0].snaplen;
	out->data = b->p + 12;
	out->ts = f->last_ts;
	out->caplen = caplen;
	out->len = len;
	out->link = f->interfaces[0].link;
	return true;
}

/* Type and length of the block at the head of the window; a section header says in which byte order. */
static enum file_state look(struct cap_file *f, struct block_view *b)
{
	const struct source *s = &f->src;

	f->need = BLOCK_MIN;
	if (source_left(s) < BLOCK_MIN)
		return FILE_MORE;
	b->p = source_at(s);
	b->type = bytes_u32(b->p, f->swap);
	if (b->type == BLOCK_SECTION) {
		f->swap = bytes_u32(b->p + 8, false) != BYTE_ORDER_MAGIC;
		if (bytes_u32(b->p + 8, f->swap) != BYTE_ORDER_MAGIC) {
			file_damaged(f, source_offset(s), "section header without byte order");
			return FILE_BAD;
		}
	}
	b->len = bytes_u32(b->p + 4, f->swap);
	if (b->len >= BLOCK_MIN)
		return FILE_OK;
	file_damaged(f, source_offset(s), "block of %u bytes", b->len);
	return FILE_BAD;
}

/* Is the block whole, and does its end agree with its beginning? */
static enum file_state whole(struct cap_file *f, const struct block_view *b)
{
	const struct source *s = &f->src;
	uint32_t again;

	if (b->len > SOURCE_RECORD_MAX) {
		file_damaged(f, source_offset(s), "block of %u bytes", b->len);
		return FILE_BAD;
	}
	f->need = b->len;
	if (source_left(s) < b->len)
		return FILE_MORE;
	again = bytes_u32(b->p + b->len - 4, f->swap);
	if (again == b->len)
		return FILE_OK;
	file_damaged(f, source_offset(s), "block of %u bytes that says %u at its end", b->len, again);
	return FILE_BAD;
}

static bool is_packet(uint32_t type)
{
	return type == BLOCK_PACKET || type == BLOCK_SIMPLE_PACKET || type == BLOCK_OLD_PACKET;
}

static bool is_known(uint32_t type)
{
	return is_packet(type) || type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_STATISTICS;
}

static bool take_packet(struct cap_file *f, const struct block_view *b, struct cap_packet *out)
{
	out->frame = 0;
	out->source = f->source;
	if (!(b->type == BLOCK_SIMPLE_PACKET ? simple_packet(f, b, out) : packet(f, b, out)))
		return false;
	f->packets++;
	return true;
}

static bool take_other(struct cap_file *f, const struct block_view *b)
{
	if (b->type == BLOCK_SECTION)
		return section(f, b);
	return b->type == BLOCK_INTERFACE ? interface(f, b) : statistics(f, b);
}

static size_t pcapng_decode(struct cap_file *f, struct cap_packet *out, size_t max, enum file_state *state)
{
	struct source *s = &f->src;
	struct block_view b;
	size_t n = 0;

	for (;;) {
		if (s->skip) {
			*state = FILE_MORE;
			return n;
		}
		f->what = "a block";
		*state = look(f, &b);
		if (*state != FILE_OK)
			return n;
		if (!is_known(b.type)) {
			source_skip(s, b.len);
			continue;
		}
		f->what = is_packet(b.type) ? NULL : "a block";
		if (!f->what && n == max)
			return n;
		*state = whole(f, &b);
		if (*state != FILE_OK)
			return n;
		if (!(f->what ? take_other(f, &b) : take_packet(f, &b, &out[n]))) {
			*state = FILE_BAD;
			return n;
		}
		if (!f->what)
			n++;
		s->pos += b.len;
	}
}

bool pcapng_file_begin(struct cap_file *f)
{
	const uint8_t *p = source_at(&f->src);
	size_t left = source_left(&f->src);

	if (left < 4 || bytes_u32(p, false) != BLOCK_SECTION)
		return false;
	if (left < BLOCK_MIN) {
		file_problem(f, "cut in the middle of the file header (%zu bytes long)", left);
		return true;
	}
	if (bytes_u32(p + 8, false) != BYTE_ORDER_MAGIC && bytes_u32(p + 8, true) != BYTE_ORDER_MAGIC)
		return false;
	f->decode = pcapng_decode;
	return true;
}
