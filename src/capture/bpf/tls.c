/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exports.h"
#include "libraries.h"
#include "loading.h"
#include "probe.h"
#include "ring.h"
#include "tls.skel.h"

#define RING_BYTES (16u << 20)
#define LINKS 16 /* of one library */

enum { WRITE, READ, HANDSHAKE, CONNECT, ACCEPT, WRITE_EX, READ_EX, FUNCTIONS };

static const char *const functions[FUNCTIONS] = {
	[WRITE] = "SSL_write", [READ] = "SSL_read", [HANDSHAKE] = "SSL_do_handshake", [CONNECT] = "SSL_connect",
	[ACCEPT] = "SSL_accept", [WRITE_EX] = "SSL_write_ex", [READ_EX] = "SSL_read_ex",
};

struct tls {
	struct tls_bpf *skeleton;
	struct bpf_link *links[LIBRARIES_MAX * LINKS];
	int fds[LIBRARIES_MAX * LINKS]; /* of probes that take no root */
	size_t n_links, n_fds, n_libraries;
	bool rootless;
	struct ring *ring;
	struct filter_counters *counters;
};

/* ---- probes -------------------------------------------------------------------------------------------- */

static struct bpf_program *entry_of(const struct tls_bpf *b, int function)
{
	switch (function) {
	case WRITE:
		return b->progs.enter_write;
	case READ:
		return b->progs.enter_read;
	case WRITE_EX:
		return b->progs.enter_write_ex;
	case READ_EX:
		return b->progs.enter_read_ex;
	default:
		return b->progs.enter_handshake;
	}
}

static bool put_fd(struct tls *t, struct bpf_program *program, const char *path, const uint64_t *offsets, size_t n,
		   bool at_return)
{
	int fd = probe_put(bpf_program__fd(program), path, offsets, n, at_return);

	if (fd >= 0)
		t->fds[t->n_fds++] = fd;
	return fd >= 0;
}

/* The ends first: a call whose beginning was not seen is nobody's. */
static void put_rootless(struct tls *t, const char *path)
{
	uint64_t at[FUNCTIONS], returns[FUNCTIONS];
	size_t n = 0;

	if (!exports_find(path, functions, FUNCTIONS, at) || !at[WRITE] || !at[READ])
		return;
	for (int i = 0; i < FUNCTIONS; i++)
		if (at[i])
			returns[n++] = at[i];
	if (!put_fd(t, t->skeleton->progs.leave_call, path, returns, n, true))
		return;
	t->n_libraries++;
	for (int i = 0; i < FUNCTIONS; i++)
		if (at[i])
			put_fd(t, entry_of(t->skeleton, i), path, &at[i], 1, false);
}

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
	struct bpf_program *leave = t->skeleton->progs.leave_call;

	for (int i = 0; i < FUNCTIONS; i++) {
		bool put = put_probe(t, path, leave, functions[i], true) &&
			   put_probe(t, path, entry_of(t->skeleton, i), functions[i], false);

		if (!put && (i == WRITE || i == READ))
			return;
		t->n_libraries += i == READ;
	}
}

/* ---- loading ------------------------------------------------------------------------------------------- */

/* The kernel wants to know beforehand what a program is for. */
static void load_for_rootless(struct tls_bpf *b)
{
	const enum bpf_attach_type type = (enum bpf_attach_type)PROBE_ATTACH_TYPE;

	for (int i = 0; i < FUNCTIONS; i++)
		bpf_program__set_expected_attach_type(entry_of(b, i), type);
	bpf_program__set_expected_attach_type(b->progs.leave_call, type);
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
	t->rootless = probe_possible();
	if (t->rootless)
		load_for_rootless(b);
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

static void explain_none(const struct tls *t, const struct libraries *found, int pid, char *why, size_t why_size)
{
	if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH)
		snprintf(why, why_size, "there is no process %d", pid);
	else if (found->n && !t->rootless)
		snprintf(why, why_size, "no probe can be put into libssl: it takes root, or Linux 6.6");
	else if (found->n)
		snprintf(why, why_size, "no probe can be put into libssl");
	else if (pid > 0 && found->unread)
		snprintf(why, why_size, "which libraries process %d uses cannot be read: it takes CAP_SYS_PTRACE, or root", pid);
	else
		snprintf(why, why_size, "no libssl is in use there");
}

struct tls *tls_new(int pid, int buffer_kib, char *why, size_t why_size)
{
	struct libraries *found;
	struct loading loading;
	struct tls *t;
	int r = -ENOMEM;

	if (!loading_types(why, why_size))
		return NULL;
	t = calloc(1, sizeof(*t));
	found = calloc(1, sizeof(*found));
	if (t && found) {
		libraries_find(found, pid);
		loading_begin(&loading);
		r = load(t, pid, buffer_kib);
		for (size_t i = 0; r == 0 && i < found->n; i++)
			(t->rootless ? put_rootless : put_probes)(t, found->path[i]);
		if (r == 0)
			r = open_ring(t);
		loading_end(&loading);
	}
	if (r)
		loading_explain(r, "Linux 6.3", why, why_size);
	else if (!t->n_libraries)
		explain_none(t, found, pid, why, why_size);
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
	for (size_t i = 0; i < t->n_fds; i++)
		close(t->fds[i]);
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
