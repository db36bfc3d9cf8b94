/* SPDX-License-Identifier: Apache-2.0
 *
 * The classic format (draft-ietf-opsawg-pcap): a file header of 24 bytes, then records.
 */
#include <string.h>

#include "bytes.h"
#include "file.h"
#include "link.h"

#define PCAP_HEADER 24

/* As the magic number looks when read in the writer's byte order. */
static const struct {
	uint32_t magic;
	uint32_t ts_mul;
	uint8_t header_size;
} magics[] = {
	{ 0xa1b2c3d4, 1000, 16 },
	{ 0xa1b23c4d, 1, 16 },
	{ 0xa1b2cd34, 1000, 24 }, /* interface, protocol and type in the record: old patched Linux systems */
};

static size_t pcap_decode(struct cap_file *f, struct cap_packet *out, size_t max, enum file_state *state)
{
	struct source *s = &f->src;
	const uint8_t *p = source_at(s), *end = s->buf + s->end;
	const bool swap = f->swap;
	const size_t head = f->header_size;
	uint32_t caplen, len;
	size_t n;

	*state = FILE_OK;
	for (n = 0; n < max; n++) {
		if ((size_t)(end - p) < head) {
			f->need = head;
			*state = FILE_MORE;
			break;
		}
		caplen = bytes_u32(p + 8, swap);
		len = bytes_u32(p + 12, swap);
		if (f->old_order && caplen > len) {
			caplen = len;
			len = bytes_u32(p + 8, swap);
		}
		if (caplen > SOURCE_RECORD_MAX) {
			*state = FILE_BAD;
			break;
		}
		if ((size_t)(end - p) - head < caplen) {
			f->need = head + caplen;
			*state = FILE_MORE;
			break;
		}
		out[n] = (struct cap_packet){
			.data = p + head,
			.ts = bytes_u32(p, swap) * INT64_C(1000000000) + (int64_t)bytes_u32(p + 4, swap) * f->ts_mul,
			.caplen = caplen,
			.len = len > caplen ? len : caplen,
			.link = f->link,
			.source = f->source,
		};
		p += head + caplen;
	}
	s->pos = (size_t)(p - s->buf);
	f->packets += n;
	if (*state == FILE_BAD && n == 0)
		file_damaged(f, source_offset(s), "packet of %u bytes", caplen);
	return n;
}

static bool find_magic(struct cap_file *f)
{
	uint32_t magic = bytes_u32(source_at(&f->src), false);

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		f->swap = magic == __builtin_bswap32(magics[i].magic);
		if (magic == magics[i].magic || f->swap) {
			f->ts_mul = magics[i].ts_mul;
			f->header_size = magics[i].header_size;
			return true;
		}
	}
	return false;
}

bool pcap_file_begin(struct cap_file *f)
{
	struct source *s = &f->src;
	const uint8_t *p = source_at(s);
	unsigned int major, minor;

	if (source_left(s) < 4 || !find_magic(f))
		return false;
	if (source_left(s) < PCAP_HEADER) {
		file_problem(f, "cut in the middle of the file header (%zu bytes long)", source_left(s));
		return true;
	}
	major = bytes_u16(p + 4, f->swap);
	minor = bytes_u16(p + 6, f->swap);
	if (major != 2)
		file_problem(f, "pcap version %u.%u; only 2.x is known", major, minor);
	f->old_order = minor < 4;
	f->link = link_from_file(bytes_u32(p + 20, f->swap));
	file_link(f, f->link);
	f->decode = pcap_decode;
	f->what = NULL;
	s->pos += PCAP_HEADER;
	return true;
}
