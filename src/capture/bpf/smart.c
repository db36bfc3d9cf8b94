/* SPDX-License-Identifier: Apache-2.0 */
#include "smart.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "classic.h"
#include "filter.skel.h"
#include "loading.h"
#include "ring.h"

#define RING_KIB (16 << 10)
#define LINK_ETHERNET 1

struct smart {
	struct filter_bpf *skeleton;
	struct filter_counters *counters; /* of each processor */
	size_t n_counters;
	struct ring *ring;
	int programs; /* array for the user's filter to go on with; -1 without one */
	int select;   /* the user's filter */
};

static uint32_t ring_bytes(int kib)
{
	uint64_t want = (uint64_t)(kib > 0 ? kib : RING_KIB) << 10, size = 4096;

	while (size < want && size < 1u << 30)
		size *= 2;
	return (uint32_t)size;
}

static int load(struct smart *s, const struct smart_options *o)
{
	struct filter_bpf *b = s->skeleton = filter_bpf__open();
	uint32_t cpus = (uint32_t)s->n_counters;

	if (!b)
		return -errno;
	b->rodata->link_header = o->link == LINK_ETHERNET ? 14 : 0;
	b->rodata->snaplen = o->snaplen ? o->snaplen : UINT32_MAX;
	b->rodata->ring_mode = o->ring;
	b->rodata->keep_loopback = o->tested;
	bpf_map__set_max_entries(b->maps.scratches, cpus);
	bpf_map__set_max_entries(b->maps.counters, cpus);
	bpf_map__set_max_entries(b->maps.ring, o->ring ? ring_bytes(o->buffer_kib) : 4096);
	return filter_bpf__load(b);
}

static int map_counters(struct smart *s)
{
	size_t size = s->n_counters * sizeof(struct filter_counters);
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, bpf_map__fd(s->skeleton->maps.counters), 0);

	if (at == MAP_FAILED)
		return -errno;
	s->counters = at;
	return 0;
}

/* The classic filter on the socket, as libpcap fitted it to the kernel's view of the packet. */
static size_t installed_filter(int fd, struct sock_filter *out)
{
	socklen_t n = BPF_MAXINSNS;

	return getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, out, &n) == 0 ? n : 0;
}

static int load_select(struct smart *s, const struct sock_filter *classic, size_t n)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	struct bpf_insn *code = calloc(CLASSIC_ROOM(n), sizeof(*code));
	uint32_t zero = 0;
	int next = smart_program(s), r = -ENOMEM;
	size_t made;

	s->programs = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "regroup_next", 4, 4, 1, NULL);
	if (s->programs >= 0 && code) {
		made = classic_translate(classic, n, s->programs, code);
		r = made ? bpf_map_update_elem(s->programs, &zero, &next, BPF_ANY) : -ENOTSUP;
		if (r == 0)
			r = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "regroup_select", "GPL", code, made, &opts);
	}
	free(code);
	s->select = r;
	return r < 0 ? r : 0;
}

/* The user's filter goes first. Packets that came before are whole: those that the user's filter let pass. */
static int attach(struct smart *s, int fd)
{
	struct sock_filter *classic = calloc(BPF_MAXINSNS, sizeof(*classic));
	size_t n = classic ? installed_filter(fd, classic) : 0;
	int r = n > 0 ? load_select(s, classic, n) : 0;
	int program = n > 0 ? s->select : smart_program(s);

	free(classic);
	if (r < 0)
		return r;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)) == 0 ? 0 : -errno;
}

static int set_up(struct smart *s, const struct smart_options *o)
{
	int cpus = libbpf_num_possible_cpus(), r;

	if (cpus <= 0)
		return -EINVAL;
	s->n_counters = (size_t)cpus;
	r = load(s, o);
	if (r == 0)
		r = map_counters(s);
	if (r == 0 && o->ring) {
		s->ring = ring_new(bpf_map__fd(s->skeleton->maps.ring));
		r = s->ring ? 0 : -errno;
	}
	if (r == 0 && o->fd >= 0)
		r = attach(s, o->fd);
	return r;
}

struct smart *smart_new(const struct smart_options *o, char *why, size_t why_size)
{
	struct smart *s = calloc(1, sizeof(*s));
	struct loading loading;
	int r;

	if (!s) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	s->programs = s->select = -1;
	loading_begin(&loading);
	r = set_up(s, o);
	loading_end(&loading);
	if (r == 0)
		return s;
	loading_explain(r, why, why_size);
	smart_free(s);
	return NULL;
}

void smart_free(struct smart *s)
{
	if (!s)
		return;
	ring_free(s->ring);
	if (s->counters)
		munmap(s->counters, s->n_counters * sizeof(*s->counters));
	if (s->select >= 0)
		close(s->select);
	if (s->programs >= 0)
		close(s->programs);
	filter_bpf__destroy(s->skeleton);
	free(s);
}

int smart_program(const struct smart *s)
{
	return bpf_program__fd(s->skeleton->progs.regroup_filter);
}

void smart_counters(const struct smart *s, struct filter_counters *out)
{
	*out = (struct filter_counters){ 0 };
	for (size_t i = 0; i < s->n_counters; i++) {
		out->packets += s->counters[i].packets;
		out->bytes += s->counters[i].bytes;
		out->kept_packets += s->counters[i].kept_packets;
		out->kept_bytes += s->counters[i].kept_bytes;
		out->lost += s->counters[i].lost;
	}
}

enum cap_status smart_read(struct smart *s, struct cap_packet *out, size_t max, size_t *n, int wait_ms,
			   int wake_fd)
{
	return ring_read(s->ring, out, max, n, wait_ms, wake_fd);
}

const char *smart_version(void)
{
	return libbpf_version_string();
}
