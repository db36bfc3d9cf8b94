/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
 *
 * The plaintext of TLS connections, where OpenSSL hands it over: what SSL_write is given and SSL_read gives back. The
 * tracepoints of socket I/O, firing inside those calls on the same thread, tell which connection an SSL object is on. The
 * frame tracker says what is worth copying, as it does for packets.
 */
#include "kernel.h"

#include <asm/ptrace.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "emit.h"

#define CALL_MAX (16 << 20) /* a call with more is taken for a mistake */

enum { FAMILY_INET = 2, FAMILY_INET6 = 10, PROTOCOL_TCP = 6 };
enum { WRITE, READ, HANDSHAKE };

const volatile int32_t only_pid = 0; /* 0: every process that uses the library */

/* An SSL object of a process. */
struct object {
	uint64_t ssl;
	uint64_t pid;
};

/* A call that is under way. */
struct call {
	struct object object;
	uint64_t data;
	uint64_t length_at; /* of the _ex forms: where the number of bytes is left */
	uint32_t dir;
	uint32_t pad;
};

struct connection {
	struct flow_key key; /* from this side to the other */
	uint32_t known;
	uint32_t next[2]; /* numbers of the bytes, as TCP's would be; from a random start */
	uint32_t begins;  /* its handshake was seen, and no data yet */
};

struct stream_key {
	struct object object;
	uint64_t dir;
};

struct scratch {
	struct flow_key key;
	struct emit_box box;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, uint64_t);
	__type(value, struct call);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct object);
	__type(value, struct connection);
} connections SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct stream_key);
	__type(value, struct track);
} streams SEC(".maps");

/* Where both ends are on this host, the first to speak is listened to. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct flow_key);
	__type(value, struct object);
} listened SEC(".maps");

/* Of each thread that is in a call at this moment, one of these by its processor: probes may be preempted, so a place is
 * taken with a flag. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, uint32_t);
	__type(value, struct scratch);
} scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, uint32_t);
	__type(value, uint64_t);
} taken SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct filter_counters);
} counters SEC(".maps");

/* ---- what is asked for -------------------------------------------------------------------------------- */

struct walk {
	struct emit e; /* first: the hooks are given this */
	uint64_t data;
};

static __always_inline int track_load(struct track_walk *w, uint32_t at, void *to, uint32_t n)
{
	struct walk *k = (struct walk *)w;

	return bpf_probe_read_user(to, n, (const void *)(k->data + at)) ? -1 : 0;
}

static __always_inline int emit_load(struct emit *e, uint32_t at, void *to, uint32_t n)
{
	return track_load(&e->w, at, to, n);
}

static __always_inline void track_want(struct track_walk *w, uint32_t from, uint32_t to, uint32_t tail)
{
	emit_want((struct emit *)w, from, to, tail);
}

static __always_inline void emit_count(uint32_t bytes, bool lost)
{
	uint32_t zero = 0;
	struct filter_counters *c = bpf_map_lookup_elem(&counters, &zero);

	if (!c)
		return;
	if (lost) {
		__sync_fetch_and_add(&c->lost, 1);
		return;
	}
	__sync_fetch_and_add(&c->kept_packets, 1);
	__sync_fetch_and_add(&c->kept_bytes, bytes);
}

static __always_inline uint8_t family_of(const struct flow_key *key)
{
	bool mapped = *(uint64_t *)(void *)key->src == 0 && *(uint32_t *)(void *)(key->src + 8) == 0xffff0000;

	return mapped ? 4 : 6;
}

static __always_inline void begin_record(struct scratch *s, uint8_t flags, uint32_t seq, uint32_t ack)
{
	emit_begin(&s->box, &s->key, family_of(&s->key), flags);
	s->box.record.seq = seq;
	s->box.record.ack = ack;
}

/* ---- a call has ended --------------------------------------------------------------------------------- */

/* Only one end of a connection is listened to. */
static __always_inline bool is_listened(const struct flow_key *key, const struct object *o)
{
	struct flow_key other;
	struct object *first;

	first = bpf_map_lookup_elem(&listened, key);
	if (first && first->ssl == o->ssl && first->pid == o->pid)
		return true;
	emit_turn(&other, key);
	if (!first)
		first = bpf_map_lookup_elem(&listened, &other);
	else
		return bpf_map_update_elem(&listened, key, o, BPF_ANY) == 0; /* the addresses are used again */
	if (first && first->ssl != o->ssl)
		return false;
	return bpf_map_update_elem(&listened, key, o, BPF_ANY) == 0;
}

static __always_inline struct track *find_stream(const struct call *c)
{
	struct stream_key key = { .object = c->object, .dir = c->dir };
	struct track *t = bpf_map_lookup_elem(&streams, &key), fresh = { 0 };

	if (t)
		return t;
	bpf_map_update_elem(&streams, &key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&streams, &key);
}

static __always_inline void follow(struct walk *k, struct scratch *s, uint32_t ack)
{
	track_begin(k->e.track, &k->e.w);
	bpf_loop(TRACK_FRAMES + 1, emit_frame, k, 0);
	if (k->e.w.whole)
		emit_want_all(&k->e);
	if (k->e.n_ranges == 0)
		return;
	begin_record(s, PACKET_ACK, k->e.w.seq, ack);
	emit_ranges(&k->e, CALL_MAX);
}

/* Whoever speaks first is the client: a handshake that was seen stands for the connection's beginning. */
static __always_inline void tell_beginning(const struct call *c, struct connection *conn, struct scratch *s)
{
	struct call other = *c;
	struct track *t;

	other.dir = 1 - (c->dir & 1);
	t = find_stream(c);
	if (t)
		track_syn(t, conn->next[c->dir & 1] - 1, TRACK_REQUESTS);
	t = find_stream(&other);
	if (t)
		track_syn(t, conn->next[other.dir & 1] - 1, TRACK_ANSWERS);
	if (c->dir == WRITE)
		s->key = conn->key;
	else
		emit_turn(&s->key, &conn->key);
	begin_record(s, PACKET_SYN, conn->next[c->dir & 1], 0);
	emit_put(&s->box, 0);
	if (c->dir == READ)
		s->key = conn->key;
	else
		emit_turn(&s->key, &conn->key);
	begin_record(s, PACKET_SYN | PACKET_ACK, conn->next[other.dir & 1], conn->next[c->dir & 1]);
	emit_put(&s->box, 0);
	conn->begins = 0;
}

static __always_inline void hand_over(const struct call *c, struct connection *conn, struct scratch *s, uint32_t n)
{
	struct walk k = { 0 };
	uint32_t dir = c->dir & 1;

	if (conn->begins)
		tell_beginning(c, conn, s);
	if (dir == WRITE)
		s->key = conn->key;
	else
		emit_turn(&s->key, &conn->key);
	k.e.w.seq = conn->next[dir];
	k.e.w.end = k.e.w.seq + n;
	conn->next[dir] = k.e.w.end;
	k.e.track = find_stream(c);
	k.e.box = &s->box;
	k.e.key = &s->key;
	k.e.limit = UINT32_MAX;
	k.data = c->data;
	if (k.e.track)
		follow(&k, s, conn->next[1 - dir]);
}

static __always_inline void take(const struct call *c, uint32_t n)
{
	struct connection *conn = bpf_map_lookup_elem(&connections, &c->object);
	uint32_t at = bpf_get_smp_processor_id() & 31, zero = 0;
	struct filter_counters *sum = bpf_map_lookup_elem(&counters, &zero);
	struct scratch *s;
	uint64_t *place;

	if (!conn || !conn->known || n == 0 || n > CALL_MAX || !is_listened(&conn->key, &c->object))
		return;
	if (sum) {
		__sync_fetch_and_add(&sum->packets, 1);
		__sync_fetch_and_add(&sum->bytes, n);
	}
	place = bpf_map_lookup_elem(&taken, &at);
	if (!place)
		return;
	if (__sync_val_compare_and_swap(place, 0, 1) != 0) { /* another thread was interrupted here: the second place */
		at += 32;
		place = bpf_map_lookup_elem(&taken, &at);
		if (!place || __sync_val_compare_and_swap(place, 0, 1) != 0) {
			conn->next[c->dir & 1] += n;
			emit_count(0, true);
			return;
		}
	}
	s = bpf_map_lookup_elem(&scratches, &at);
	if (s)
		hand_over(c, conn, s, n);
	*place = 0;
}

/* ---- probes ------------------------------------------------------------------------------------------- */

static __always_inline int enter(struct pt_regs *ctx, uint32_t dir, bool ex)
{
	uint64_t thread = bpf_get_current_pid_tgid();
	struct call c = { .dir = dir };

	if (only_pid && (int32_t)(thread >> 32) != only_pid)
		return 0;
	c.object.ssl = PT_REGS_PARM1(ctx);
	c.object.pid = thread >> 32;
	c.data = PT_REGS_PARM2(ctx);
	c.length_at = ex ? PT_REGS_PARM4(ctx) : 0;
	bpf_map_update_elem(&calls, &thread, &c, BPF_ANY);
	return 0;
}

static __always_inline int leave(struct pt_regs *ctx)
{
	uint64_t thread = bpf_get_current_pid_tgid(), n = 0;
	struct call *at = bpf_map_lookup_elem(&calls, &thread), c;
	int32_t result = (int32_t)PT_REGS_RC(ctx);

	if (!at)
		return 0;
	c = *at;
	bpf_map_delete_elem(&calls, &thread);
	if (result <= 0 || c.dir == HANDSHAKE)
		return 0;
	if (!c.length_at)
		n = (uint32_t)result;
	else if (bpf_probe_read_user(&n, sizeof(n), (const void *)c.length_at))
		n = 0;
	take(&c, n > CALL_MAX ? 0 : (uint32_t)n);
	return 0;
}

SEC("uprobe")
int enter_write(struct pt_regs *ctx)
{
	return enter(ctx, WRITE, false);
}

SEC("uprobe")
int enter_write_ex(struct pt_regs *ctx)
{
	return enter(ctx, WRITE, true);
}

SEC("uprobe")
int enter_read(struct pt_regs *ctx)
{
	return enter(ctx, READ, false);
}

SEC("uprobe")
int enter_read_ex(struct pt_regs *ctx)
{
	return enter(ctx, READ, true);
}

SEC("uprobe")
int enter_handshake(struct pt_regs *ctx)
{
	return enter(ctx, HANDSHAKE, false);
}

SEC("uretprobe")
int leave_call(struct pt_regs *ctx)
{
	return leave(ctx);
}

/* ---- which connection --------------------------------------------------------------------------------- */

static __always_inline void map_address(uint8_t to[16], uint32_t v4)
{
	to[10] = to[11] = 0xff;
	__builtin_memcpy(to + 12, &v4, 4);
}

static __always_inline bool same_key(const struct flow_key *a, const struct flow_key *b)
{
	const uint32_t *x = (const void *)a, *y = (const void *)b;
	uint32_t differs = 0;

	for (int i = 0; i < 10; i++)
		differs |= x[i] ^ y[i];
	return !differs;
}

static __always_inline void learn(const struct sock *sk)
{
	uint64_t thread = bpf_get_current_pid_tgid();
	struct call *c = bpf_map_lookup_elem(&calls, &thread);
	struct connection fresh = { 0 }, *conn;
	const struct sock_common *common = &sk->__sk_common;
	uint16_t family, port;

	if (!c)
		return;
	conn = bpf_map_lookup_elem(&connections, &c->object);
	family = BPF_CORE_READ(common, skc_family);
	if (BPF_CORE_READ(sk, sk_protocol) != PROTOCOL_TCP)
		return;
	if (family == FAMILY_INET) {
		map_address(fresh.key.src, BPF_CORE_READ(common, skc_rcv_saddr));
		map_address(fresh.key.dst, BPF_CORE_READ(common, skc_daddr));
	} else if (family == FAMILY_INET6) {
		BPF_CORE_READ_INTO(&fresh.key.src, common, skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&fresh.key.dst, common, skc_v6_daddr);
	} else {
		return;
	}
	port = bpf_htons(BPF_CORE_READ(common, skc_num));
	__builtin_memcpy(fresh.key.sport, &port, 2);
	port = BPF_CORE_READ(common, skc_dport);
	__builtin_memcpy(fresh.key.dport, &port, 2);
	if (conn && same_key(&conn->key, &fresh.key))
		return;
	/* A new object, or an old one's address with a new connection: it begins anew. */
	fresh.known = 1;
	fresh.begins = c->dir == HANDSHAKE;
	fresh.next[0] = bpf_get_prandom_u32();
	fresh.next[1] = bpf_get_prandom_u32();
	bpf_map_update_elem(&connections, &c->object, &fresh, BPF_ANY);
	for (uint32_t dir = 0; dir < 2; dir++) {
		struct stream_key key = { .object = c->object, .dir = dir };

		bpf_map_delete_elem(&streams, &key);
	}
}

SEC("raw_tp/sock_send_length")
int on_send(struct bpf_raw_tracepoint_args *ctx)
{
	learn((const struct sock *)ctx->args[0]);
	return 0;
}

SEC("raw_tp/sock_recv_length")
int on_receive(struct bpf_raw_tracepoint_args *ctx)
{
	learn((const struct sock *)ctx->args[0]);
	return 0;
}

char _license[] SEC("license") = "GPL";
