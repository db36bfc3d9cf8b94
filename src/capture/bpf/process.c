/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loading.h"
#include "process.skel.h"

struct process_source {
	struct process_bpf *skeleton;
	struct ring_buffer *news;
	void *ctx; /* of the call that is under way */
	void (*each)(void *ctx, const struct owner *o);
};

static int on_news(void *ctx, void *data, size_t size)
{
	struct process_source *s = ctx;

	if (size >= sizeof(struct owner))
		s->each(s->ctx, data);
	return 0;
}

static int set_up(struct process_source *s)
{
	int r;

	s->skeleton = process_bpf__open_and_load();
	if (!s->skeleton)
		return -errno;
	r = process_bpf__attach(s->skeleton);
	if (r)
		return r;
	s->news = ring_buffer__new(bpf_map__fd(s->skeleton->maps.owners), on_news, s, NULL);
	return s->news ? 0 : -errno;
}

struct process_source *process_source_new(char *why, size_t why_size)
{
	struct process_source *s;
	struct loading loading;
	int r;

	if (!loading_types(why, why_size))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	loading_begin(&loading);
	r = set_up(s);
	loading_end(&loading);
	if (r == 0)
		return s;
	loading_explain(r, "Linux 5.8", why, why_size);
	process_source_free(s);
	return NULL;
}

void process_source_free(struct process_source *s)
{
	if (!s)
		return;
	ring_buffer__free(s->news);
	process_bpf__destroy(s->skeleton);
	free(s);
}

void process_source_scan(struct process_source *s, void *ctx, void (*each)(void *ctx, const struct owner *o))
{
	int fd = bpf_iter_create(bpf_link__fd(s->skeleton->links.regroup_files));
	static const size_t whole = sizeof(struct owner);
	char buffer[64 * sizeof(struct owner)];
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return;
	while ((n = read(fd, buffer + have, sizeof(buffer) - have)) > 0 || (n < 0 && errno == EAGAIN)) {
		size_t at = 0;

		have += n > 0 ? (size_t)n : 0;
		for (; have - at >= whole; at += whole) {
			struct owner o;

			memcpy(&o, buffer + at, whole);
			each(ctx, &o);
		}
		have -= at;
		memmove(buffer, buffer + at, have);
	}
	close(fd);
}

void process_source_news(struct process_source *s, void *ctx, void (*each)(void *ctx, const struct owner *o))
{
	s->ctx = ctx;
	s->each = each;
	ring_buffer__consume(s->news);
}
