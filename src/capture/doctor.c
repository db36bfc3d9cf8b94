/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "regroup/capture.h"

#include "bpf/process.h"
#include "bpf/smart.h"
#include "bpf/tls.h"

/* Numbers of capabilities(7). */
enum { NET_RAW = 13, SYS_ADMIN = 21, PERFMON = 38, BPF = 39 };

struct doctor {
	void *ctx;
	void (*each)(void *ctx, const struct cap_finding *f);
	uint64_t capabilities;
	unsigned failed;
};

static void tell(struct doctor *d, const char *what, bool ok, bool needed, const char *detail)
{
	const struct cap_finding f = { .what = what, .detail = detail, .ok = ok, .needed = needed };

	d->failed += !ok;
	d->each(d->ctx, &f);
}

/* The first word of a file, "" where it cannot be read. */
static void read_word(const char *name, char *out, size_t size)
{
	FILE *f = fopen(name, "re");

	*out = '\0';
	if (!f)
		return;
	if (fgets(out, (int)size, f))
		out[strcspn(out, "\n")] = '\0';
	fclose(f);
}

static uint64_t effective_capabilities(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	uint64_t caps = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %" SCNx64, &caps) == 1)
			break;
	if (f)
		fclose(f);
	return caps;
}

static bool has(const struct doctor *d, int cap)
{
	return d->capabilities >> cap & 1;
}

static void look_at_system(struct doctor *d)
{
	char text[256], a[16], b[16];
	struct utsname u;

	if (uname(&u) == 0)
		snprintf(text, sizeof(text), "%s %s, %s", u.sysname, u.release, u.machine);
	else
		snprintf(text, sizeof(text), "unknown");
	tell(d, "kernel", true, false, text);
	snprintf(text, sizeof(text), "user %u, with%s CAP_NET_RAW, with%s CAP_BPF, with%s CAP_PERFMON", (unsigned)geteuid(),
		 has(d, NET_RAW) ? "" : "out", has(d, BPF) || has(d, SYS_ADMIN) ? "" : "out",
		 has(d, PERFMON) || has(d, SYS_ADMIN) ? "" : "out");
	tell(d, "rights", true, false, text);
	read_word("/proc/sys/kernel/unprivileged_bpf_disabled", a, sizeof(a));
	read_word("/proc/sys/kernel/perf_event_paranoid", b, sizeof(b));
	snprintf(text, sizeof(text), "kernel.unprivileged_bpf_disabled=%s, kernel.perf_event_paranoid=%s", a[0] ? a : "?",
		 b[0] ? b : "?");
	tell(d, "sysctl", true, false, text);
	if (access("/sys/kernel/btf/vmlinux", R_OK) == 0)
		tell(d, "kernel types (BTF)", true, false, "/sys/kernel/btf/vmlinux");
	else
		tell(d, "kernel types (BTF)", false, false, "not there (CONFIG_DEBUG_INFO_BTF): TLS plaintext cannot be had, processes only by /proc");
}

static void try_packets(struct doctor *d)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	tell(d, "packet capture", fd >= 0, true, fd >= 0 ? "packet sockets can be opened" : strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void try_filter(struct doctor *d, bool ring)
{
	const struct smart_options o = { .fd = -1, .link = 1, .ring = ring, .snaplen = 1 << 18, .buffer_kib = 64 };
	const char *what = ring ? "eBPF ring buffer" : "eBPF filter";
	char why[200];
	struct smart *s = smart_new(&o, why, sizeof(why));

	tell(d, what, s != NULL, false, !s ? why : ring ? "--ebpf=ring" : "used by default; bulk data stays in the kernel");
	smart_free(s);
}

static void try_processes(struct doctor *d)
{
	char why[200];
	struct process_source *s = process_source_new(why, sizeof(why));

	tell(d, "processes by eBPF", s != NULL, false, s ? "whose a connection is, also in containers" : why);
	process_source_free(s);
}

static void try_tls(struct doctor *d)
{
	char text[200];
	struct tls *t = tls_new(0, 64, text, sizeof(text));

	if (t)
		snprintf(text, sizeof(text), "probes in %zu libssl", tls_libraries(t));
	tell(d, "TLS plaintext", t != NULL, false, text);
	tls_free(t);
}

/* Programs that are interpreted cost several times as much. */
static void prescribe_compiler(struct doctor *d)
{
	char word[16];

	read_word("/proc/sys/net/core/bpf_jit_enable", word, sizeof(word));
	if (strcmp(word, "0") == 0)
		tell(d, "grant", false, false, "sysctl -w net.core.bpf_jit_enable=1");
}

static void prescribe(struct doctor *d)
{
	char program[PATH_MAX] = "regroup", text[PATH_MAX + 100];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	prescribe_compiler(d);
	if (!d->failed || (has(d, NET_RAW) && has(d, BPF) && has(d, PERFMON)))
		return;
	program[n > 0 ? n : 7] = '\0';
	snprintf(text, sizeof(text), "setcap cap_net_raw,cap_bpf,cap_perfmon+ep %s", program);
	tell(d, "grant", false, false, text);
}

void cap_doctor(void *ctx, void (*each)(void *ctx, const struct cap_finding *f))
{
	struct doctor d = { .ctx = ctx, .each = each, .capabilities = effective_capabilities() };

	look_at_system(&d);
	try_packets(&d);
	try_filter(&d, false);
	try_filter(&d, true);
	try_processes(&d);
	try_tls(&d);
	prescribe(&d);
}
