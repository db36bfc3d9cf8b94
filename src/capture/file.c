/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEGINNING 24 /* bytes that say what a file is: the header of pcap */

/* What people mistake for a pcap or pcapng file. */
static const struct {
	const char *magic;
	size_t len;
	const char *what;
} others[] = {
	{ "snoop\0\0\0", 8, "a snoop capture; convert it with `editcap -F pcapng IN OUT`" },
	{ "GMBU", 4, "a Network Monitor capture; convert it with `editcap -F pcapng IN OUT`" },
	{ "PK\3\4", 4, "a zip archive; unpack it first" },
	{ "\x1f\x9d", 2, "compressed with compress; unpack it first" },
	{ "7z\xbc\xaf\x27\x1c", 6, "a 7z archive; unpack it first" },
	{ "\x7f" "ELF", 4, "a program or library" },
};

void file_problem(struct cap_file *f, const char *format, ...)
{
	char text[400];
	va_list args;

	if (f->problem)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (asprintf(&f->problem, "%s: %s", f->name, text) < 0)
		f->problem = NULL;
}

void file_damaged(struct cap_file *f, uint64_t offset, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	file_problem(f, "damaged at byte %" PRIu64 "%s: %s; %" PRIu64 " packets read before it", offset,
		     f->src.unpack ? " of the unpacked data" : "", text, f->packets);
}

void file_link(struct cap_file *f, uint16_t link)
{
	for (size_t i = 0; i < f->n_links; i++) {
		if (f->links[i] == link)
			return;
	}
	if (f->n_links < FILE_LINKS)
		f->links[f->n_links++] = link;
}

/* "starts with 'GET /ind'" or "starts with 7f 45 4c 46". */
static void describe_start(const uint8_t *p, size_t n, char out[64])
{
	size_t text = 0, at = 0;

	while (text < n && text < 8 && p[text] >= 0x20 && p[text] < 0x7f)
		text++;
	if (text == n || text >= 4) {
		snprintf(out, 64, "starts with '%.*s'", (int)text, (const char *)p);
		return;
	}
	at = (size_t)snprintf(out, 64, "starts with");
	for (size_t i = 0; i < n && i < 8; i++)
		at += (size_t)snprintf(out + at, 64 - at, " %02x", p[i]);
}

static void not_a_capture(struct cap_file *f)
{
	const uint8_t *p = source_at(&f->src);
	size_t n = source_left(&f->src);
	const char *packed = f->src.unpack ? "what is compressed in it " : "";
	char start[64];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (n >= others[i].len && memcmp(p, others[i].magic, others[i].len) == 0) {
			file_problem(f, "not a capture file (pcap or pcapng expected): %s", others[i].what);
			return;
		}
	}
	describe_start(p, n, start);
	file_problem(f, "not a capture file (pcap or pcapng expected; %s%s)", packed, start);
}

/* Reads the first bytes; they say what the file is. */
static void begin(struct cap_file *f)
{
	struct source *s = &f->src;

	if (source_want(s, BEGINNING) != SOURCE_OK || !source_unpack(s) ||
	    source_want(s, BEGINNING) != SOURCE_OK || (!source_left(s) && s->error[0]))
		file_problem(f, "%s", s->error);
	else if (!source_left(s))
		file_problem(f, "empty file%s", s->unpack ? " (compressed)" : "");
	else if (!pcap_file_begin(f) && !pcapng_file_begin(f))
		not_a_capture(f);
}

/* -1 with `problem` set. */
static int open_input(struct cap_file *f, const char *name)
{
	struct stat st;
	int fd;

	if (strcmp(name, "-") == 0) {
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		if (fd >= 0 && isatty(fd)) {
			file_problem(f, "it is a terminal; pipe a capture into it, or name a file");
			close(fd);
			return -1;
		}
	} else {
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	}
	if (fd < 0) {
		file_problem(f, "%s%s", strerror(errno), errno == EMFILE ? " (`ulimit -n` says how many)" : "");
	} else if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		file_problem(f, "this is a directory; name the capture files in it");
		close(fd);
		fd = -1;
	}
	return fd;
}

struct cap_file *file_open(const char *name, uint16_t number, struct source_budget *budget,
			   const atomic_int *stop, int wait_ms)
{
	struct cap_file *f = calloc(1, sizeof(*f));
	int fd;

	if (!f)
		return NULL;
	f->src.fd = -1;
	f->name = strcmp(name, "-") == 0 ? "standard input" : name;
	f->what = "the file header";
	f->source = number;
	fd = open_input(f, name);
	if (fd < 0)
		return f;
	if (source_open(&f->src, fd, budget, stop, wait_ms))
		begin(f);
	else
		file_problem(f, "out of memory");
	return f;
}

void file_close(struct cap_file *f)
{
	source_close(&f->src);
}

void file_free(struct cap_file *f)
{
	if (!f)
		return;
	source_close(&f->src);
	free(f->interfaces);
	free(f->problem);
	free(f);
}

/* The stream has ended: with a whole record, or inside of one? */
static enum file_state at_end(struct cap_file *f, bool compressed_cut)
{
	struct source *s = &f->src;

	if (!compressed_cut && !source_left(s) && !s->skip)
		return FILE_END;
	f->cut = true;
	if (!source_left(s) && !s->skip)
		file_problem(f, "cut: %s; read to packet %" PRIu64, s->error, f->packets);
	else if (f->what)
		file_problem(f, "cut in the middle of %s at byte %" PRIu64 "%s; read to packet %" PRIu64, f->what,
			     source_offset(s), s->unpack ? " of the unpacked data" : "", f->packets);
	else
		file_problem(f, "cut in the middle of packet %" PRIu64 " at byte %" PRIu64 "%s; "
			     "read to the packet before", f->packets + 1, source_offset(s),
			     s->unpack ? " of the unpacked data" : "");
	return FILE_END;
}

size_t file_read(struct cap_file *f, struct cap_packet *out, size_t max, bool may_fill, enum file_state *state)
{
	enum source_state got;
	size_t n;

	for (;;) {
		n = f->decode(f, out, max, state);
		if (n || *state != FILE_MORE || !may_fill)
			return n;
		got = source_fill(&f->src, f->need);
		if (got == SOURCE_OK)
			continue;
		if (got == SOURCE_IDLE)
			*state = FILE_IDLE;
		else if (got == SOURCE_FAILED)
			*state = FILE_BAD;
		else
			*state = at_end(f, got == SOURCE_CUT);
		if (got == SOURCE_FAILED)
			file_damaged(f, source_offset(&f->src), "%s", f->src.error);
		return 0;
	}
}
