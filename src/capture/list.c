/* SPDX-License-Identifier: Apache-2.0 */
#include <pcap/pcap.h>
#include <stdio.h>

#include "regroup/capture.h"

#include "bpf/smart.h"
#include "unpack.h"

static const struct {
	bpf_u_int32 flag;
	const char *name;
} flags[] = {
	{ PCAP_IF_UP, "Up" },
	{ PCAP_IF_RUNNING, "Running" },
	{ PCAP_IF_LOOPBACK, "Loopback" },
	{ PCAP_IF_WIRELESS, "Wireless" },
};

/* "1.eth0 (description) [Up, Running, Loopback]" */
static void describe(const pcap_if_t *d, unsigned int number, char *line, size_t size)
{
	size_t at = (size_t)snprintf(line, size, "%u.%s", number, d->name);
	const char *open = " [";

	if (d->description && at < size)
		at += (size_t)snprintf(line + at, size - at, " (%s)", d->description);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!(d->flags & flags[i].flag) || at >= size)
			continue;
		at += (size_t)snprintf(line + at, size - at, "%s%s", open, flags[i].name);
		open = ", ";
	}
	if (open[0] == ',' && at < size)
		snprintf(line + at, size - at, "]");
}

int cap_list_interfaces(void (*write)(void *ctx, const char *line), void *ctx, char *err, size_t err_size)
{
	char text[PCAP_ERRBUF_SIZE] = "", line[512];
	pcap_if_t *all = NULL;
	unsigned int number = 0;

	if (pcap_findalldevs(&all, text) != 0) {
		snprintf(err, err_size, "cannot list the interfaces: %s", text);
		return -1;
	}
	for (const pcap_if_t *d = all; d; d = d->next) {
		describe(d, ++number, line, sizeof(line));
		write(ctx, line);
	}
	pcap_freealldevs(all);
	return 0;
}

const char *cap_libpcap_version(void)
{
	return pcap_lib_version();
}

const char *cap_libbpf_version(void)
{
	return smart_version();
}

const char *cap_libarchive_version(void)
{
	return unpack_version();
}
