/* SPDX-License-Identifier: Apache-2.0 */
#include "save.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "save_groups.h"

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino &&
	       S_ISREG(x.st_mode);
}

static enum save_status failed(const struct save *s, int error)
{
	fprintf(stderr, "regroup: %s: %s\n", strcmp(s->file, "-") == 0 ? "standard output" : s->file,
		strerror(error));
	return SAVE_FAILED;
}

/* A pipe that nobody reads any more is the end, not a failure: head(1) does that. */
static bool reader_gone(const struct save *s, int error)
{
	return error == EPIPE && strcmp(s->file, "-") == 0;
}

static int write_packet(void *ctx, const struct cap_packet *p)
{
	return cap_writer_add(ctx, p);
}

static bool begin_groups(struct save *s)
{
	s->groups = save_groups_new(write_packet, s->writer);
	if (!s->groups)
		failed(s, ENOMEM);
	return s->groups;
}

/* The comment of the section header: whoever opens the file should know what is missing, and that it is meant to be. */
static const char *comment_of(enum cap_ebpf cut)
{
	switch (cut) {
	case CAP_EBPF_FILTER:
		return CAP_BULK_CUT ", by a filter in the kernel (eBPF): of Produce requests and Fetch responses over 1 KiB only "
		       "the first 128 bytes are here, of TLS streams the first 16 KiB. Where packets are raw IP without TCP options, as "
		       "from some point on they may be, those and the link layer were not kept. Nothing else is missing on purpose.";
	case CAP_EBPF_RING:
		return CAP_BULK_CUT ", in the kernel (eBPF ring): of Produce requests and Fetch responses over 1 KiB "
		       "only the first 128 bytes are here, of TLS streams the first 16 KiB. Link layer and TCP options were not "
		       "kept; what is missing shows as packets without their bytes.";
	default:
		return NULL;
	}
}

bool save_begin(struct save *s, const struct options *o, enum cap_ebpf cut)
{
	const struct cap_writer_options w = {
		.file = o->save_file,
		.comment = comment_of(cut),
		.user = o->user,
		.max_bytes = o->save_bytes,
		.max_files = o->save_files,
		.max_seconds = o->save_seconds,
		.snaplen = (int)o->snaplen,
		.flush = o->save_flush,
	};
	char err[OPTIONS_ERROR];

	*s = (struct save){ .file = o->save_file };
	if (!o->save_file)
		return true;
	for (size_t i = 0; i < o->n_files; i++) {
		if (!same_file(o->files[i], o->save_file))
			continue;
		fprintf(stderr, "regroup: %s: this file is being read; -w needs another one\n", o->save_file);
		return false;
	}
	s->writer = cap_writer_new(&w, err, sizeof(err));
	if (!s->writer)
		fprintf(stderr, "regroup: %s\n", err);
	return s->writer && (o->save != OPTIONS_SAVE_GROUPS || begin_groups(s));
}

struct kafka_sink save_sink(struct save *s, struct kafka_sink sink)
{
	return s->groups ? save_groups_sink(s->groups, sink) : sink;
}

enum save_status save_packets(struct save *s, const struct cap_packet *packets, const struct net_seen *seen, size_t n)
{
	for (size_t i = 0; s->writer && i < n; i++) {
		int r = s->groups ? save_groups_add(s->groups, &packets[i], &seen[i])
				  : cap_writer_add(s->writer, &packets[i]);

		if (r != 0)
			return reader_gone(s, errno) ? SAVE_READER_GONE : failed(s, errno);
	}
	return SAVE_DONE;
}

enum save_status save_end(struct save *s, const struct cap_stats *stats)
{
	struct cap_writer *w = s->writer;
	int r = s->groups ? save_groups_flush(s->groups) : 0, error = errno;

	save_groups_free(s->groups);
	s->groups = NULL;
	s->writer = NULL;
	if (cap_writer_close(w, stats) != 0 && r == 0) {
		r = -1;
		error = errno;
	}
	if (r == 0)
		return SAVE_DONE;
	return reader_gone(s, error) ? SAVE_READER_GONE : failed(s, error);
}
