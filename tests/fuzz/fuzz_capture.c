/* SPDX-License-Identifier: Apache-2.0
 *
 * A capture file of any bytes, alone and merged with itself. The first byte chooses batch size, filter and -c.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "regroup/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BATCH 32

static void check(int ok)
{
	if (!ok)
		abort();
}

/* Touches every byte that was handed out. */
static uint64_t check_packets(const struct cap_packet *p, size_t n, uint64_t last_frame)
{
	uint8_t sink = 0;

	for (size_t i = 0; i < n; i++) {
		check(p[i].frame > last_frame && p[i].len >= p[i].caplen && p[i].ts >= 0);
		last_frame = p[i].frame;
		for (size_t k = 0; k < p[i].caplen; k++)
			sink ^= p[i].data[k];
	}
	__asm__ volatile("" : : "r"(sink)); /* keeps the reads */
	return last_frame;
}

static void read_all(const struct cap_options *o, size_t batch)
{
	struct cap_packet out[BATCH];
	uint64_t packets = 0, frame = 0;
	struct cap_stats stats;
	enum cap_status status;
	char err[300] = "";
	struct capture *c = cap_open(o, err, sizeof(err));
	size_t n;

	if (!c) {
		check(err[0] && !strchr(err, '\n'));
		return;
	}
	while ((status = cap_read(c, out, batch, &n)) == CAP_PACKETS) {
		check(n > 0 && n <= batch);
		frame = check_packets(out, n, frame);
		packets += n;
	}
	check(n == 0 && (status == CAP_END || (status == CAP_FAILED && cap_error(c))));
	while (cap_warning(c))
		;
	cap_get_stats(c, &stats);
	check(stats.packets == packets);
	cap_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	const char *files[2] = { path, path };
	struct cap_options o = { .files = files, .n_files = 1 };
	int fd;

	if (!size)
		return 0;
	fd = memfd_create("capture", MFD_CLOEXEC);
	check(fd >= 0 && write(fd, data + 1, size - 1) == (ssize_t)(size - 1));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (data[0] & 4)
		o.filter = "tcp port 9092 or ip6";
	o.max_packets = data[0] & 8 ? 5 : 0;
	read_all(&o, data[0] & 1 ? BATCH : 1);
	o.n_files = 2;
	if (data[0] & 2)
		read_all(&o, data[0] & 1 ? BATCH : 1);
	close(fd);
	return 0;
}
