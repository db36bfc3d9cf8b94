/* SPDX-License-Identifier: Apache-2.0
 *
 * The user's capture filter in front of another program: a classic BPF program is made into one that tail-calls the
 * other where the classic one would have kept the packet.
 */
#ifndef CAPTURE_BPF_CLASSIC_H
#define CAPTURE_BPF_CLASSIC_H

#include <linux/filter.h>

#include <stddef.h>
#include <stdint.h>

struct bpf_insn;

/* Room for what n instructions become. */
#define CLASSIC_ROOM(n) ((n) * 8 + 16)

/* `out` has room for CLASSIC_ROOM(n). `programs` is the array whose element 0 goes on. Returns the number of
 * instructions; 0 for something that cannot be translated (a processor's number, netlink attributes). */
size_t classic_translate(const struct sock_filter *in, size_t n, int programs, struct bpf_insn *out);

#endif
