/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
 *
 * Whose sockets are whose, without probes on functions: all that are open, by walking the files of all processes; new
 * ones by the tracepoint of TCP's state changes, which runs in the process that connects or listens.
 */
#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <stdbool.h>

#include "owner.h"

enum { FAMILY_INET = 2, FAMILY_INET6 = 10, PROTOCOL_TCP = 6 };
enum { ESTABLISHED = 1, SYN_SENT = 2, CLOSE = 7, LISTEN = 10 };

/* Sockets on their way to a connection: their own port is not known before. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, uint64_t);
	__type(value, struct owner);
} connecting SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} owners SEC(".maps");

static __always_inline void map_address(uint8_t to[16], uint32_t v4)
{
	to[10] = to[11] = 0xff;
	__builtin_memcpy(to + 12, &v4, 4);
}

/* False for what is no TCP socket. */
static __always_inline bool read_socket(struct owner *o, const struct sock *sk)
{
	const struct sock_common *c = &sk->__sk_common;
	uint16_t family = BPF_CORE_READ(c, skc_family);

	__builtin_memset(o, 0, sizeof(*o));
	if (BPF_CORE_READ(sk, sk_protocol) != PROTOCOL_TCP)
		return false;
	if (family == FAMILY_INET) {
		map_address(o->local, BPF_CORE_READ(c, skc_rcv_saddr));
		map_address(o->remote, BPF_CORE_READ(c, skc_daddr));
	} else if (family == FAMILY_INET6) {
		BPF_CORE_READ_INTO(&o->local, c, skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&o->remote, c, skc_v6_daddr);
	} else {
		return false;
	}
	o->lport = BPF_CORE_READ(c, skc_num);
	o->rport = bpf_ntohs(BPF_CORE_READ(c, skc_dport));
	o->netns = BPF_CORE_READ(c, skc_net.net, ns.inum);
	return true;
}

static __always_inline void read_task(struct owner *o, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	o->pid = BPF_CORE_READ(task, tgid);
	BPF_CORE_READ_INTO(&o->comm, leader, comm);
}

SEC("iter/task_file")
int regroup_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;
	struct owner o;
	uint8_t state;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = BPF_CORE_READ(socket, sk);
	if (!sk || !read_socket(&o, sk))
		return 0;
	state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (state == CLOSE || o.lport == 0)
		return 0;
	o.what = state == LISTEN ? OWNER_LISTENS : OWNER_CONNECTED;
	read_task(&o, task);
	bpf_seq_write(ctx->meta->seq, &o, sizeof(o));
	return 0;
}

SEC("raw_tp/inet_sock_set_state")
int regroup_state(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (struct sock *)ctx->args[0];
	int state = (int)ctx->args[2];
	uint64_t key = (uint64_t)sk;
	struct owner o, *started;

	if (state == SYN_SENT || state == LISTEN) {
		if (!read_socket(&o, sk))
			return 0;
		o.what = state == LISTEN ? OWNER_LISTENS : OWNER_CONNECTED;
		read_task(&o, (struct task_struct *)bpf_get_current_task());
		if (state == SYN_SENT)
			bpf_map_update_elem(&connecting, &key, &o, BPF_ANY);
		else
			bpf_ringbuf_output(&owners, &o, sizeof(o), BPF_RB_NO_WAKEUP);
	} else if (state == ESTABLISHED || state == CLOSE) {
		started = bpf_map_lookup_elem(&connecting, &key);
		if (state == ESTABLISHED && read_socket(&o, sk)) {
			o.what = started ? OWNER_CONNECTED : OWNER_ACCEPTED;
			if (started) {
				o.pid = started->pid;
				__builtin_memcpy(o.comm, started->comm, sizeof(o.comm));
			}
			bpf_ringbuf_output(&owners, &o, sizeof(o), BPF_RB_NO_WAKEUP);
		}
		if (started)
			bpf_map_delete_elem(&connecting, &key);
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
