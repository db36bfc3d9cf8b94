/* SPDX-License-Identifier: Apache-2.0
 *
 * pcapng (draft-ietf-opsawg-pcapng): one section per file, an interface per link type, enhanced packet blocks, all in
 * this machine's byte order.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regroup/capture.h"

#include "out.h"
#include "out_name.h"
#include "privilege.h"

#define SNAPLEN_MAX 262144u
#define CAPLEN_MAX (256u << 20)
#define NANO INT64_C(1000000000)

struct cap_writer {
	struct out out;
	struct out_name *names;
	char *comment;
	uint16_t *links; /* of the interfaces in this file */
	size_t n_links;
	size_t room_links;
	uint64_t max_bytes;
	int64_t period;       /* nanoseconds; 0 for none */
	int64_t period_start; /* time of the first packet in it */
	int64_t last_ts;
	uint32_t snaplen;
	uid_t uid;
	gid_t gid;
	bool own;
	bool flush;
	bool open;
};

/* A block put together in memory: small ones only. */
struct small_block {
	uint8_t bytes[256];
	size_t used;
};

static void add_u16(struct small_block *b, uint16_t v)
{
	memcpy(b->bytes + b->used, &v, sizeof(v));
	b->used += sizeof(v);
}

static void add_u32(struct small_block *b, uint32_t v)
{
	memcpy(b->bytes + b->used, &v, sizeof(v));
	b->used += sizeof(v);
}

static void add_option_u64(struct small_block *b, uint16_t code, uint64_t v)
{
	add_u16(b, code);
	add_u16(b, sizeof(v));
	memcpy(b->bytes + b->used, &v, sizeof(v));
	b->used += sizeof(v);
}

/* Fills in the length at both ends and writes it. */
static int put_block(struct cap_writer *w, struct small_block *b)
{
	uint32_t len = (uint32_t)b->used + 4;

	memcpy(b->bytes + 4, &len, sizeof(len));
	add_u32(b, len);
	return out_put(&w->out, b->bytes, b->used);
}

static size_t padding(size_t n)
{
	return (4 - n % 4) % 4;
}

static int put_text_option(struct cap_writer *w, uint16_t code, const char *text, size_t len)
{
	static const uint8_t zeros[4];
	struct small_block b = { .used = 0 };

	add_u16(&b, code);
	add_u16(&b, (uint16_t)len);
	if (out_put(&w->out, b.bytes, b.used) != 0 || out_put(&w->out, text, len) != 0)
		return -1;
	return out_put(&w->out, zeros, padding(len));
}

static int put_section(struct cap_writer *w)
{
	static const char program[] = "regroup";
	size_t comment = w->comment ? strnlen(w->comment, UINT16_MAX) : 0;
	size_t options = 4 + 8 + 4; /* userappl with its 7 bytes and padding, end of options */
	struct small_block b = { .used = 0 };
	uint32_t len;

	if (comment)
		options += 4 + comment + padding(comment);
	len = (uint32_t)(28 + options);
	add_u32(&b, 0x0a0d0d0a);
	add_u32(&b, len);
	add_u32(&b, 0x1a2b3c4d);
	add_u16(&b, 1);
	add_u16(&b, 0);
	add_u32(&b, UINT32_MAX); /* length of the section: not given */
	add_u32(&b, UINT32_MAX);
	if (out_put(&w->out, b.bytes, b.used) != 0 || put_text_option(w, 4, program, sizeof(program) - 1) != 0)
		return -1;
	if (comment && put_text_option(w, 1, w->comment, comment) != 0)
		return -1;
	b.used = 0;
	add_u32(&b, 0); /* end of options */
	add_u32(&b, len);
	return out_put(&w->out, b.bytes, b.used);
}

static int put_interface(struct cap_writer *w, uint16_t link)
{
	struct small_block b = { .used = 0 };

	add_u32(&b, 1);
	add_u32(&b, 0);
	add_u16(&b, link);
	add_u16(&b, 0);
	add_u32(&b, w->snaplen);
	add_u16(&b, 9); /* if_tsresol: nanoseconds */
	add_u16(&b, 1);
	add_u32(&b, 0);
	b.bytes[b.used - 4] = 9;
	add_u32(&b, 0);
	return put_block(w, &b);
}

/* The number of the interface of this link type, or -1 with errno. */
static long interface_of(struct cap_writer *w, uint16_t link)
{
	size_t i = 0, room = w->room_links ? w->room_links * 2 : 8;
	uint16_t *more;

	while (i < w->n_links && w->links[i] != link)
		i++;
	if (i < w->n_links)
		return (long)i;
	if (i == w->room_links) {
		more = realloc(w->links, room * sizeof(*more));
		if (!more)
			return -1;
		w->links = more;
		w->room_links = room;
	}
	w->links[w->n_links++] = link;
	return put_interface(w, link) == 0 ? (long)i : -1;
}

static int put_packet(struct cap_writer *w, const struct cap_packet *p, uint32_t interface)
{
	static const uint8_t zeros[4];
	uint64_t ts = p->ts > 0 ? (uint64_t)p->ts : 0;
	struct small_block b = { .used = 0 };
	uint32_t len = 32 + p->caplen + (uint32_t)padding(p->caplen);

	add_u32(&b, 6);
	add_u32(&b, len);
	add_u32(&b, interface);
	add_u32(&b, (uint32_t)(ts >> 32));
	add_u32(&b, (uint32_t)ts);
	add_u32(&b, p->caplen);
	add_u32(&b, p->len);
	if (out_put(&w->out, b.bytes, b.used) != 0 || out_put(&w->out, p->data, p->caplen) != 0 ||
	    out_put(&w->out, zeros, padding(p->caplen)) != 0)
		return -1;
	return out_put(&w->out, &len, sizeof(len));
}

static int put_statistics(struct cap_writer *w, const struct cap_stats *stats)
{
	uint64_t ts = w->last_ts > 0 ? (uint64_t)w->last_ts : 0;
	struct small_block b = { .used = 0 };

	add_u32(&b, 5);
	add_u32(&b, 0);
	add_u32(&b, 0);
	add_u32(&b, (uint32_t)(ts >> 32));
	add_u32(&b, (uint32_t)ts);
	add_option_u64(&b, 5, stats->interface_dropped);
	add_option_u64(&b, 7, stats->kernel_dropped);
	add_u32(&b, 0);
	return put_block(w, &b);
}

static int open_next(struct cap_writer *w, bool new_period)
{
	const char *name;

	if (w->open && out_close(&w->out) != 0)
		return -1;
	w->open = false;
	name = out_name_next(w->names, w->period_start, new_period);
	if (!name || out_open(&w->out, name, w->own, w->uid, w->gid) != 0)
		return -1;
	w->open = true;
	w->n_links = 0;
	return put_section(w);
}

/* The file that a packet of this time goes to. */
static int choose_file(struct cap_writer *w, int64_t ts)
{
	if (w->period && (!w->open || (ts > w->period_start && ts - w->period_start >= w->period))) {
		w->period_start = ts;
		return open_next(w, true);
	}
	if (w->max_bytes && w->out.size > w->max_bytes)
		return open_next(w, false);
	return 0;
}

/* A pattern has no name before the first packet; that its folder is there can be told at once. */
static bool folder_writable(const char *pattern)
{
	const char *slash = strrchr(pattern, '/');
	char *folder = slash ? strndup(pattern, slash == pattern ? 1 : (size_t)(slash - pattern)) : strdup(".");
	bool ok = folder && (strchr(folder, '%') || access(folder, W_OK | X_OK) == 0);
	int saved = errno;

	free(folder);
	errno = saved;
	return ok;
}

/* Copies the options. False with `err` set. */
static bool set_up(struct cap_writer *w, const struct cap_writer_options *o, char *err, size_t err_size)
{
	bool standard = strcmp(o->file, "-") == 0;

	w->max_bytes = standard ? 0 : o->max_bytes;
	w->period = standard ? 0 : o->max_seconds * NANO;
	w->snaplen = o->snaplen > 0 ? (uint32_t)o->snaplen : SNAPLEN_MAX;
	w->flush = o->flush;
	w->own = o->user && geteuid() == 0;
	if (w->own && !privilege_user(o->user, &w->uid, &w->gid, err, err_size))
		return false;
	if (standard && isatty(STDOUT_FILENO)) {
		snprintf(err, err_size, "standard output is a terminal; name a file or redirect it");
		return false;
	}
	w->comment = o->comment ? strdup(o->comment) : NULL;
	w->names = out_name_new(o->file, w->max_bytes > 0, w->period > 0, o->max_files);
	if (out_init(&w->out) && w->names && (w->comment || !o->comment))
		return true;
	snprintf(err, err_size, "out of memory");
	return false;
}

static void writer_free(struct cap_writer *w)
{
	out_destroy(&w->out);
	out_name_free(w->names);
	free(w->comment);
	free(w->links);
	free(w);
}

struct cap_writer *cap_writer_new(const struct cap_writer_options *options, char *err, size_t err_size)
{
	struct cap_writer *w = calloc(1, sizeof(*w));

	if (!w) {
		snprintf(err, err_size, "out of memory");
		return NULL;
	}
	w->out.fd = -1;
	if (!set_up(w, options, err, err_size))
		goto failed;
	if (w->period ? folder_writable(options->file) : open_next(w, true) == 0)
		return w;
	snprintf(err, err_size, "%s: cannot write: %s", options->file, strerror(errno));
failed:
	writer_free(w);
	return NULL;
}

int cap_writer_add(struct cap_writer *w, const struct cap_packet *p)
{
	long interface;

	if (p->caplen > CAPLEN_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (choose_file(w, p->ts) != 0)
		return -1;
	interface = interface_of(w, p->link);
	if (interface < 0 || put_packet(w, p, (uint32_t)interface) != 0)
		return -1;
	w->last_ts = p->ts;
	return w->flush ? out_flush(&w->out) : 0;
}

int cap_writer_close(struct cap_writer *w, const struct cap_stats *stats)
{
	int r = 0, saved;

	if (!w)
		return 0;
	if (w->open && stats && w->n_links)
		r = put_statistics(w, stats);
	if (w->open && out_close(&w->out) != 0)
		r = -1;
	saved = errno;
	writer_free(w);
	errno = saved;
	return r;
}
