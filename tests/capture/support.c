/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

void bytes_add(struct bytes *b, const void *p, size_t n)
{
	if (b->n + n > b->room) {
		b->room = (b->n + n) * 2;
		b->p = realloc(b->p, b->room);
		assert_non_null(b->p);
	}
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void add_number(struct bytes *b, uint64_t v, unsigned int size)
{
	uint8_t raw[8];

	for (unsigned int i = 0; i < size; i++)
		raw[b->big ? size - 1 - i : i] = (uint8_t)(v >> (8 * i));
	bytes_add(b, raw, size);
}

void bytes_16(struct bytes *b, uint16_t v)
{
	add_number(b, v, 2);
}

void bytes_32(struct bytes *b, uint32_t v)
{
	add_number(b, v, 4);
}

void bytes_64(struct bytes *b, uint64_t v)
{
	add_number(b, v, 8);
}

void bytes_free(struct bytes *b)
{
	free(b->p);
	*b = (struct bytes){ .p = NULL };
}

uint8_t body_byte(unsigned int seed, size_t i)
{
	return (uint8_t)(seed * 31 + i * 7 + 1);
}

static void add_body(struct bytes *b, size_t n, unsigned int seed)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = body_byte(seed, i);

		bytes_add(b, &c, 1);
	}
}

void pcap_header(struct bytes *b, uint32_t magic, uint32_t link)
{
	bytes_32(b, magic);
	bytes_16(b, 2);
	bytes_16(b, 4);
	bytes_32(b, 0);
	bytes_32(b, 0);
	bytes_32(b, 262144);
	bytes_32(b, link);
}

void pcap_record(struct bytes *b, uint32_t sec, uint32_t frac, uint32_t caplen, uint32_t len, unsigned int seed)
{
	bytes_32(b, sec);
	bytes_32(b, frac);
	bytes_32(b, caplen);
	bytes_32(b, len);
	add_body(b, caplen, seed);
}

void ng_block(struct bytes *b, uint32_t type, const void *body, size_t n)
{
	size_t pad = (4 - n % 4) % 4;

	bytes_32(b, type);
	bytes_32(b, (uint32_t)(12 + n + pad));
	bytes_add(b, body, n);
	bytes_add(b, "\0\0\0", pad);
	bytes_32(b, (uint32_t)(12 + n + pad));
}

void ng_section(struct bytes *b)
{
	struct bytes body = { .big = b->big };

	bytes_32(&body, 0x1a2b3c4d);
	bytes_16(&body, 1);
	bytes_16(&body, 0);
	bytes_64(&body, UINT64_MAX);
	ng_block(b, 0x0a0d0d0a, body.p, body.n);
	bytes_free(&body);
}

void ng_interface(struct bytes *b, uint16_t link, uint32_t snaplen, int resolution, int64_t offset)
{
	struct bytes body = { .big = b->big };
	uint8_t value[4] = { (uint8_t)resolution };

	bytes_16(&body, link);
	bytes_16(&body, 0);
	bytes_32(&body, snaplen);
	bytes_16(&body, 2); /* if_name */
	bytes_16(&body, 3);
	bytes_add(&body, "eth", 4);
	if (resolution >= 0) {
		bytes_16(&body, 9);
		bytes_16(&body, 1);
		bytes_add(&body, value, 4);
	}
	if (offset) {
		bytes_16(&body, 14);
		bytes_16(&body, 8);
		bytes_64(&body, (uint64_t)offset);
	}
	bytes_32(&body, 0);
	ng_block(b, 1, body.p, body.n);
	bytes_free(&body);
}

void ng_packet(struct bytes *b, uint32_t interface, uint64_t ticks, uint32_t caplen, uint32_t len, unsigned int seed)
{
	struct bytes body = { .big = b->big };

	bytes_32(&body, interface);
	bytes_32(&body, (uint32_t)(ticks >> 32));
	bytes_32(&body, (uint32_t)ticks);
	bytes_32(&body, caplen);
	bytes_32(&body, len);
	add_body(&body, caplen, seed);
	ng_block(b, 6, body.p, body.n);
	bytes_free(&body);
}

void udp_frame(uint8_t frame[60], uint16_t port)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0,
					64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x30, 0x39 };

	memset(frame, 0, 60);
	memcpy(frame, head, sizeof(head));
	frame[36] = (uint8_t)(port >> 8);
	frame[37] = (uint8_t)port;
	frame[39] = 26;
}

int folder_setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/regroup-capture-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

int folder_teardown(void **state)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	(void)state;
	while (d && (e = readdir(d))) {
		if (e->d_name[0] != '.')
			(void)unlink(in_folder(e->d_name));
	}
	if (d)
		closedir(d);
	return rmdir(folder);
}

const char *in_folder(const char *name)
{
	static char paths[8][400];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

const char *write_file(const char *name, const void *p, size_t n)
{
	const char *path = in_folder(name);
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(n ? fwrite(p, 1, n, f) : 0, n);
	assert_int_equal(fclose(f), 0);
	return path;
}

const char *write_bytes(const char *name, const struct bytes *b)
{
	return write_file(name, b->p, b->n);
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void keep(struct all *a, const struct cap_packet *p)
{
	uint8_t *copy = malloc(p->caplen + 1u);

	a->packets = realloc(a->packets, (a->n + 1) * sizeof(*a->packets));
	assert_non_null(a->packets);
	assert_non_null(copy);
	memcpy(copy, p->data, p->caplen);
	a->packets[a->n] = *p;
	a->packets[a->n++].data = copy;
}

static void take_warnings(struct all *a, struct capture *c)
{
	const char *w;

	while ((w = cap_warning(c))) {
		size_t at = strlen(a->warnings);

		snprintf(a->warnings + at, sizeof(a->warnings) - at, "%s\n", w);
	}
}

bool read_all(struct all *a, const struct cap_options *o, size_t batch)
{
	struct cap_packet *out = calloc(batch, sizeof(*out));
	struct capture *c;
	size_t n;

	*a = (struct all){ .n = 0 };
	c = cap_open(o, a->error, sizeof(a->error));
	if (!c) {
		free(out);
		return false;
	}
	while ((a->end = cap_read(c, out, batch, &n)) == CAP_PACKETS || a->end == CAP_IDLE) {
		assert_true(n <= batch && (n > 0) == (a->end == CAP_PACKETS));
		for (size_t i = 0; i < n; i++)
			keep(a, &out[i]);
	}
	assert_int_equal(n, 0);
	assert_int_equal(cap_read(c, out, batch, &n), a->end); /* and it stays so */
	take_warnings(a, c);
	if (cap_error(c))
		snprintf(a->error, sizeof(a->error), "%s", cap_error(c));
	cap_get_stats(c, &a->stats);
	a->n_links = cap_link_types(c, a->links, 16);
	cap_free(c);
	free(out);
	return true;
}

bool read_files(struct all *a, const char *const *files, size_t n)
{
	struct cap_options o = { .files = files, .n_files = n };

	return read_all(a, &o, 64);
}

bool read_one(struct all *a, const char *file)
{
	return read_files(a, &file, 1);
}

void all_free(struct all *a)
{
	for (size_t i = 0; i < a->n; i++)
		free((void *)(uintptr_t)a->packets[i].data);
	free(a->packets);
	*a = (struct all){ .n = 0 };
}

void assert_same_packets(const struct all *a, const struct all *b, size_t n)
{
	assert_true(a->n >= n && b->n >= n);
	for (size_t i = 0; i < n; i++) {
		const struct cap_packet *p = &a->packets[i], *q = &b->packets[i];

		assert_int_equal(p->ts, q->ts);
		assert_int_equal(p->frame, q->frame);
		assert_int_equal(p->caplen, q->caplen);
		assert_int_equal(p->len, q->len);
		assert_int_equal(p->link, q->link);
		assert_memory_equal(p->data, q->data, p->caplen);
	}
}
