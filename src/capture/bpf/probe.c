/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AT_RETURN 1 /* BPF_F_UPROBE_MULTI_RETURN */

/* Of BPF_LINK_CREATE, as Linux 6.6 has it: the headers that this is built with may be older. */
struct link_create {
	uint32_t program, target, attach_type, flags;
	uint64_t path, offsets, ref_counters, cookies;
	uint32_t count, multi_flags, pid, pad;
};

int probe_put(int program, const char *path, const uint64_t *offsets, size_t n, bool at_return)
{
	const struct link_create c = {
		.program = (uint32_t)program, .attach_type = PROBE_ATTACH_TYPE, .path = (uintptr_t)path,
		.offsets = (uintptr_t)offsets, .count = (uint32_t)n, .multi_flags = at_return ? AT_RETURN : 0,
	};
	long fd = syscall(SYS_bpf, BPF_LINK_CREATE, &c, sizeof(c));

	return fd < 0 ? -errno : (int)fd;
}

/* A path that there is not: whoever knows of such probes looks for it first. */
bool probe_possible(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K }, { .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = (enum bpf_attach_type)PROBE_ATTACH_TYPE);
	const uint64_t offset = 0;
	int program = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "regroup_try", "GPL", nothing, 2, &opts), r;

	if (program < 0)
		return false;
	r = probe_put(program, "/nowhere", &offset, 1, false);
	close(program);
	if (r >= 0)
		close(r);
	return r == -ENOENT || r == -EBADF;
}
