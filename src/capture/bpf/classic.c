/* SPDX-License-Identifier: Apache-2.0
 *
 * Classic BPF's machine, on the newer one: A is register 0, where the packet loads of both leave their result; X is
 * register 7; the packet is register 6; the 16 words of memory are on the stack.
 * See the kernel's Documentation/networking/filter.rst and bpf/classic_vs_extended.rst.
 */
#include "classic.h"

#include <linux/bpf.h>

#include <stdbool.h>
#include <string.h>

enum { A = 0, KEEP = 8, X = 7, PACKET = 6 };

struct translation {
	struct bpf_insn *out;
	size_t n;
	size_t at[BPF_MAXINSNS + 1]; /* where each classic instruction begins */
};

static void put(struct translation *t, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	struct bpf_insn *i = &t->out[t->n++];

	*i = (struct bpf_insn){ .code = code, .off = off, .imm = imm };
	i->dst_reg = dst & 15u;
	i->src_reg = src & 15u;
}

static void move(struct translation *t, uint8_t dst, uint8_t src)
{
	put(t, BPF_ALU | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void set(struct translation *t, uint8_t dst, uint32_t value)
{
	put(t, BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, (int32_t)value);
}

static void refuse(struct translation *t)
{
	set(t, A, 0);
	put(t, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void accept_packet(struct translation *t, int programs)
{
	put(t, BPF_ALU64 | BPF_MOV | BPF_X, 1, PACKET, 0, 0);
	put(t, BPF_LD | BPF_IMM | BPF_DW, 2, BPF_PSEUDO_MAP_FD, 0, programs);
	put(t, 0, 0, 0, 0, 0);
	set(t, 3, 0);
	put(t, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_tail_call);
	set(t, A, INT32_MAX); /* not reached while the array holds the program */
	put(t, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void field(struct translation *t, uint8_t dst, size_t off)
{
	put(t, BPF_LDX | BPF_MEM | BPF_W, dst, PACKET, (int16_t)off, 0);
}

/* What Linux offers beside the bytes of the packet. */
static bool ancillary(struct translation *t, uint32_t what)
{
	switch (what) {
	case SKF_AD_PROTOCOL:
		field(t, A, offsetof(struct __sk_buff, protocol));
		put(t, BPF_ALU | BPF_END | BPF_TO_BE, A, 0, 0, 16);
		return true;
	case SKF_AD_PKTTYPE:
		field(t, A, offsetof(struct __sk_buff, pkt_type));
		return true;
	case SKF_AD_IFINDEX:
		field(t, A, offsetof(struct __sk_buff, ifindex));
		return true;
	case SKF_AD_MARK:
		field(t, A, offsetof(struct __sk_buff, mark));
		return true;
	case SKF_AD_VLAN_TAG:
		field(t, A, offsetof(struct __sk_buff, vlan_tci));
		return true;
	case SKF_AD_VLAN_TAG_PRESENT:
		field(t, A, offsetof(struct __sk_buff, vlan_present));
		return true;
	case SKF_AD_VLAN_TPID:
		field(t, A, offsetof(struct __sk_buff, vlan_proto));
		put(t, BPF_ALU | BPF_END | BPF_TO_BE, A, 0, 0, 16);
		return true;
	default:
		return false;
	}
}

static int16_t memory(uint32_t k)
{
	return (int16_t)((int)(k & 15) * 4 - 64);
}

static bool load(struct translation *t, const struct sock_filter *f)
{
	switch (BPF_MODE(f->code)) {
	case BPF_ABS:
		if (f->k - (uint32_t)SKF_AD_OFF < SKF_AD_MAX)
			return ancillary(t, f->k - (uint32_t)SKF_AD_OFF);
		put(t, (uint8_t)(BPF_LD | BPF_ABS | BPF_SIZE(f->code)), 0, 0, 0, (int32_t)f->k);
		return true;
	case BPF_IND:
		put(t, (uint8_t)(BPF_LD | BPF_IND | BPF_SIZE(f->code)), 0, X, 0, (int32_t)f->k);
		return true;
	case BPF_IMM:
		set(t, A, f->k);
		return true;
	case BPF_MEM:
		put(t, BPF_LDX | BPF_MEM | BPF_W, A, 10, memory(f->k), 0);
		return true;
	case BPF_LEN:
		field(t, A, offsetof(struct __sk_buff, len));
		return true;
	default:
		return false;
	}
}

static bool load_x(struct translation *t, const struct sock_filter *f)
{
	switch (BPF_MODE(f->code)) {
	case BPF_IMM:
		set(t, X, f->k);
		return true;
	case BPF_MEM:
		put(t, BPF_LDX | BPF_MEM | BPF_W, X, 10, memory(f->k), 0);
		return true;
	case BPF_LEN:
		field(t, X, offsetof(struct __sk_buff, len));
		return true;
	case BPF_MSH: /* the length of an IPv4 header */
		move(t, KEEP, A);
		put(t, BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, (int32_t)f->k);
		put(t, BPF_ALU | BPF_AND | BPF_K, A, 0, 0, 15);
		put(t, BPF_ALU | BPF_LSH | BPF_K, A, 0, 0, 2);
		move(t, X, A);
		move(t, A, KEEP);
		return true;
	default:
		return false;
	}
}

/* Dividing by an X of 0 refuses the packet. */
static void arithmetic(struct translation *t, const struct sock_filter *f)
{
	const uint8_t op = (uint8_t)BPF_OP(f->code), by = BPF_SRC(f->code);

	if (by == BPF_X && (op == BPF_DIV || op == BPF_MOD)) {
		put(t, BPF_JMP | BPF_JNE | BPF_K, X, 0, 2, 0);
		refuse(t);
	}
	if (op == BPF_NEG)
		put(t, BPF_ALU | BPF_NEG, A, 0, 0, 0);
	else
		put(t, (uint8_t)(BPF_ALU | op | by), A, by == BPF_X ? X : 0, 0, by == BPF_X ? 0 : (int32_t)f->k);
}

/* Jumps hold the classic target in `imm` of a JA until all places are known. */
static void jump(struct translation *t, const struct sock_filter *f, size_t i)
{
	const uint8_t op = (uint8_t)BPF_OP(f->code), by = BPF_SRC(f->code);

	if (op == BPF_JA) {
		put(t, BPF_JMP | BPF_JA, 0, 0, 0, (int32_t)(i + 1 + f->k));
		return;
	}
	put(t, (uint8_t)(BPF_JMP32 | op | by), A, by == BPF_X ? X : 0, 1, by == BPF_X ? 0 : (int32_t)f->k);
	put(t, BPF_JMP | BPF_JA, 0, 0, 0, (int32_t)(i + 1 + f->jf));
	put(t, BPF_JMP | BPF_JA, 0, 0, 0, (int32_t)(i + 1 + f->jt));
}

static bool give_back(struct translation *t, const struct sock_filter *f, int programs)
{
	if (BPF_RVAL(f->code) == BPF_K && f->k == 0) {
		put(t, BPF_ALU | BPF_MOV | BPF_K, A, 0, 0, 0);
		put(t, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
		return true;
	}
	if (BPF_RVAL(f->code) == BPF_A) {
		put(t, BPF_JMP32 | BPF_JNE | BPF_K, A, 0, 1, 0);
		put(t, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	}
	accept_packet(t, programs);
	return true;
}

static bool translate(struct translation *t, const struct sock_filter *f, size_t i, int programs)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
		return load(t, f);
	case BPF_LDX:
		return load_x(t, f);
	case BPF_ST:
		put(t, BPF_STX | BPF_MEM | BPF_W, 10, A, memory(f->k), 0);
		return true;
	case BPF_STX:
		put(t, BPF_STX | BPF_MEM | BPF_W, 10, X, memory(f->k), 0);
		return true;
	case BPF_ALU:
		arithmetic(t, f);
		return true;
	case BPF_JMP:
		jump(t, f, i);
		return true;
	case BPF_RET:
		return give_back(t, f, programs);
	default:
		move(t, f->code & BPF_TXA ? A : X, f->code & BPF_TXA ? X : A);
		return true;
	}
}

/* False when a jump leads nowhere. */
static bool set_targets(struct translation *t, size_t n)
{
	for (size_t i = 0; i < t->n; i++) {
		struct bpf_insn *b = &t->out[i];

		if (b->code != (BPF_JMP | BPF_JA))
			continue;
		if (b->imm < 0 || (size_t)b->imm >= n || t->at[b->imm] <= i || t->at[b->imm] - i - 1 > INT16_MAX)
			return false;
		b->off = (int16_t)(t->at[b->imm] - i - 1);
		b->imm = 0;
	}
	return true;
}

size_t classic_translate(const struct sock_filter *in, size_t n, int programs, struct bpf_insn *out)
{
	struct translation t = { .out = out };

	if (n > BPF_MAXINSNS)
		return 0;
	put(&t, BPF_ALU64 | BPF_MOV | BPF_X, PACKET, 1, 0, 0);
	set(&t, A, 0);
	set(&t, X, 0);
	for (size_t i = 0; i < n; i++) {
		t.at[i] = t.n;
		if (!translate(&t, &in[i], i, programs))
			return 0;
	}
	return set_targets(&t, n) ? t.n : 0;
}
