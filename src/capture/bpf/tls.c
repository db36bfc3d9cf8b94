/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "libraries.h"
#include "loading.h"
#include "ring.h"
#include "tls.skel.h"

#define RING_BYTES (16u << 20)
#define LINKS 16 /* of one library */

struct tls {
	struct tls_bpf *skeleton;
	struct bpf_link *links[LIBRARIES_MAX * LINKS];
	size_t n_links, n_libraries;
	struct ring *ring;
	struct filter_counters *counters;
};

static bool put_probe(struct tls *t, const char *path, struct bpf_program *program, const char *function, bool at_return)
{
	LIBBPF_OPTS(bpf_uprobe_opts, opts, .func_name = function, .retprobe = at_return);
	struct bpf_link *link = bpf_program__attach_uprobe_opts(program, -1, path, 0, &opts);

	if (link)
		t->links[t->n_links++] = link;
	return link;
}

/* The _ex forms came with OpenSSL 1.1.1: without them the others do. */
static void put_probes(struct tls *t, const char *path)
{
	static const char *const handshakes[] = { "SSL_do_handshake", "SSL_connect", "SSL_accept" };
	struct tls_bpf *b = t->skeleton;

	if (!put_probe(t, path, b->progs.leave_call, "SSL_write", true) ||
	    !put_probe(t, path, b->progs.leave_call, "SSL_read", true) ||
	    !put_probe(t, path, b->progs.enter_write, "SSL_write", false) ||
	    !put_probe(t, path, b->progs.enter_read, "SSL_read", false))
		return;
	t->n_libraries++;
	for (size_t i = 0; i < sizeof(handshakes) / sizeof(handshakes[0]); i++)
		if (put_probe(t, path, b->progs.leave_call, handshakes[i], true))
			put_probe(t, path, b->progs.enter_handshake, handshakes[i], false);
	if (put_probe(t, path, b->progs.leave_call, "SSL_write_ex", true))
		put_probe(t, path, b->progs.enter_write_ex, "SSL_write_ex", false);
	if (put_probe(t, path, b->progs.leave_call, "SSL_read_ex", true))
		put_probe(t, path, b->progs.enter_read_ex, "SSL_read_ex", false);
}

static int load(struct tls *t, int pid, int buffer_kib)
{
	struct tls_bpf *b = t->skeleton = tls_bpf__open();
	uint32_t want = buffer_kib > 0 && buffer_kib < 1 << 20 ? (uint32_t)buffer_kib << 10 : RING_BYTES, size = 4096;
	int r;

	if (!b)
		return -errno;
	while (size < want)
		size *= 2;
	b->rodata->only_pid = pid;
	bpf_map__set_max_entries(b->maps.ring, size);
	r = tls_bpf__load(b);
	if (r)
		return r;
	/* Only the tracepoints: where the probes go is for the libraries to say. */
	b->links.on_send = bpf_program__attach(b->progs.on_send);
	b->links.on_receive = bpf_program__attach(b->progs.on_receive);
	return b->links.on_send && b->links.on_receive ? 0 : -errno;
}

static int open_ring(struct tls *t)
{
	void *at = mmap(NULL, sizeof(*t->counters), PROT_READ, MAP_SHARED, bpf_map__fd(t->skeleton->maps.counters), 0);

	if (at == MAP_FAILED)
		return -errno;
	t->counters = at;
	t->ring = ring_new(bpf_map__fd(t->skeleton->maps.ring));
	return t->ring ? 0 : -errno;
}

struct tls *tls_new(int pid, int buffer_kib, char *why, size_t why_size)
{
	struct tls *t = calloc(1, sizeof(*t));
	struct libraries *found = calloc(1, sizeof(*found));
	struct loading loading;
	int r = -ENOMEM;

	if (t && found) {
		libraries_find(found, pid);
		loading_begin(&loading);
		r = load(t, pid, buffer_kib);
		for (size_t i = 0; r == 0 && i < found->n; i++)
			put_probes(t, found->path[i]);
		if (r == 0)
			r = open_ring(t);
		loading_end(&loading);
	}
	if (r)
		loading_explain(r, why, why_size);
	else if (!t->n_libraries)
		snprintf(why, why_size, found->n ? "no probe can be put into libssl: it takes root"
			 : "no libssl is in use there");
	free(found);
	if (!r && t->n_libraries)
		return t;
	tls_free(t);
	return NULL;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_links; i++)
		bpf_link__destroy(t->links[i]);
	ring_free(t->ring);
	if (t->counters)
		munmap(t->counters, sizeof(*t->counters));
	tls_bpf__destroy(t->skeleton);
	free(t);
}

size_t tls_libraries(const struct tls *t)
{
	return t->n_libraries;
}

void tls_counters(const struct tls *t, struct filter_counters *out)
{
	*out = *t->counters;
}

enum cap_status tls_read(struct tls *t, struct cap_packet *out, size_t max, size_t *n, int wait_ms, int wake_fd)
{
	return ring_read(t->ring, out, max, n, wait_ms, wake_fd);
}
