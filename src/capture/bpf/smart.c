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
#define RELIEF_WINDOW (256u << 20) /* bytes that are looked at together */
#define RELIEF_LEAST (1u << 20)    /* of bulk in them: less is not worth it */
#define RELIEF_SHARE 256           /* the filter may copy one byte of so many for nothing */

/* A program in the kernel, and the user's filter in front of it. */
struct stage {
	struct filter_bpf *skeleton;
	int programs; /* array for the user's filter to go on with; -1 without one */
	int select;   /* the user's filter */
};

struct smart {
	struct stage first, relief; /* relief: the ring's program, in wait beside a filter */
	struct filter_counters *counters; /* of each processor; both programs' */
	size_t n_counters;
	struct ring *ring;
	int fd;
	bool relieved;
	uint64_t bytes, bulk; /* counted up to the last look */
};

static uint32_t ring_bytes(int kib)
{
	uint64_t want = (uint64_t)(kib > 0 ? kib : RING_KIB) << 10, size = 4096;

	while (size < want && size < 1u << 30)
		size *= 2;
	return (uint32_t)size;
}

static void share_maps(struct filter_bpf *to, const struct filter_bpf *from)
{
	bpf_map__reuse_fd(to->maps.flows, bpf_map__fd(from->maps.flows));
	bpf_map__reuse_fd(to->maps.questions, bpf_map__fd(from->maps.questions));
	bpf_map__reuse_fd(to->maps.counters, bpf_map__fd(from->maps.counters));
	bpf_map__reuse_fd(to->maps.scratches, bpf_map__fd(from->maps.scratches));
}

static int load(const struct smart *s, struct stage *stage, const struct smart_options *o, bool ring)
{
	struct filter_bpf *b = stage->skeleton = filter_bpf__open();
	uint32_t cpus = (uint32_t)s->n_counters;

	if (!b)
		return -errno;
	b->rodata->link_header = o->link == LINK_ETHERNET ? 14 : 0;
	b->rodata->snaplen = o->snaplen ? o->snaplen : UINT32_MAX;
	b->rodata->ring_mode = ring;
	b->rodata->keep_loopback = o->tested;
	bpf_map__set_max_entries(b->maps.scratches, cpus);
	bpf_map__set_max_entries(b->maps.counters, cpus);
	bpf_map__set_max_entries(b->maps.ring, ring ? ring_bytes(o->buffer_kib) : 4096);
	if (stage != &s->first)
		share_maps(b, s->first.skeleton);
	return filter_bpf__load(b);
}

static int map_counters(struct smart *s)
{
	size_t size = s->n_counters * sizeof(struct filter_counters);
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED, bpf_map__fd(s->first.skeleton->maps.counters), 0);

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

static int load_select(struct stage *s, const struct sock_filter *classic, size_t n)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	struct bpf_insn *code = calloc(CLASSIC_ROOM(n), sizeof(*code));
	uint32_t zero = 0;
	int next = bpf_program__fd(s->skeleton->progs.regroup_filter), r = -ENOMEM;
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

/* In place of what is there. */
static int attach(const struct smart *s, const struct stage *stage)
{
	int program = stage->select >= 0 ? stage->select : bpf_program__fd(stage->skeleton->progs.regroup_filter);

	return setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)) == 0 ? 0 : -errno;
}

static void stage_free(struct stage *s)
{
	if (s->select >= 0)
		close(s->select);
	if (s->programs >= 0)
		close(s->programs);
	filter_bpf__destroy(s->skeleton);
	*s = (struct stage){ .programs = -1, .select = -1 };
}

static int load_stage(const struct smart *s, struct stage *stage, const struct smart_options *o, bool ring,
		      const struct sock_filter *classic, size_t n)
{
	int r = load(s, stage, o, ring);

	if (r == 0 && n > 0)
		r = load_select(stage, classic, n);
	return r;
}

static int open_ring(struct smart *s, const struct stage *stage)
{
	s->ring = ring_new(bpf_map__fd(stage->skeleton->maps.ring));
	return s->ring ? 0 : -errno;
}

/* The user's filter goes first. Packets that came before are whole: those that the user's filter let pass. */
static int set_up(struct smart *s, const struct smart_options *o, const struct sock_filter *classic, size_t n)
{
	int r = load_stage(s, &s->first, o, o->ring, classic, n);

	if (r == 0)
		r = map_counters(s);
	if (r == 0 && o->ring)
		r = open_ring(s, &s->first);
	if (r < 0 || o->fd < 0)
		return r;
	r = attach(s, &s->first); /* nobody reads yet: from here on less has to wait */
	if (r == 0 && !o->ring && (load_stage(s, &s->relief, o, true, classic, n) || open_ring(s, &s->relief)))
		stage_free(&s->relief); /* goes without */
	return r;
}

struct smart *smart_new(const struct smart_options *o, char *why, size_t why_size)
{
	struct smart *s = calloc(1, sizeof(*s));
	struct sock_filter *classic;
	struct loading loading;
	int r = -ENOMEM, cpus;

	if (!s) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	s->first.programs = s->first.select = s->relief.programs = s->relief.select = -1;
	s->fd = o->fd;
	loading_begin(&loading);
	cpus = libbpf_num_possible_cpus();
	s->n_counters = cpus > 0 ? (size_t)cpus : 0;
	classic = calloc(BPF_MAXINSNS, sizeof(*classic));
	if (cpus > 0 && classic)
		r = set_up(s, o, classic, o->fd >= 0 ? installed_filter(o->fd, classic) : 0);
	free(classic);
	loading_end(&loading);
	if (r == 0)
		return s;
	loading_explain(r, "Linux 5.17", why, why_size);
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
	stage_free(&s->relief);
	stage_free(&s->first);
	free(s);
}

int smart_program(const struct smart *s)
{
	return bpf_program__fd(s->first.skeleton->progs.regroup_filter);
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
		out->bulk += s->counters[i].bulk;
	}
}

/* Of the bytes since the last look back. A look costs a read of mapped memory. */
static bool copies_bulk(struct smart *s)
{
	struct filter_counters c;
	uint64_t bytes, bulk;

	smart_counters(s, &c);
	bytes = c.bytes - s->bytes;
	bulk = c.bulk - s->bulk;
	if (bytes >= RELIEF_WINDOW) {
		s->bytes = c.bytes;
		s->bulk = c.bulk;
	}
	return bulk >= RELIEF_LEAST && bulk > bytes / RELIEF_SHARE;
}

bool smart_relieve(struct smart *s)
{
	if (s->relieved || !s->relief.skeleton || !copies_bulk(s))
		return false;
	s->relieved = attach(s, &s->relief) == 0;
	if (!s->relieved)
		stage_free(&s->relief);
	return s->relieved;
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
