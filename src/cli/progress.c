/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <stdio.h>
#include <time.h>

#include <regroup/capture.h>
#include <regroup/text.h>

#define MS 1000000LL

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void progress_begin(struct progress *p, bool wanted)
{
	*p = (struct progress){ .wanted = wanted };
	if (wanted)
		p->started = p->drawn = now_ns();
}

static void draw(struct progress *p, const struct cap_stats *s, int64_t elapsed)
{
	char read[TEXT_SHORT], size[TEXT_SHORT], speed[TEXT_SHORT], left[TEXT_SHORT];
	double part = (double)s->file_read / (double)s->file_size;
	double per_second = (double)s->file_read * 1e9 / (double)elapsed;

	if (part > 1)
		part = 1;
	text_bytes(read, sizeof(read), s->file_read);
	text_bytes(size, sizeof(size), s->file_size);
	text_bytes(speed, sizeof(speed), (uint64_t)per_second);
	double seconds = (double)elapsed / 1e9 * (1 - part) / part;
	text_duration(left, sizeof(left), seconds < 1e9 ? ((int64_t)seconds + 1) * 1000000000 : -1);
	fprintf(stderr, "\r\x1b[K%3d%%  %s of %s  %s/s  %s left", (int)(part * 100), read, size, speed, left);
	fflush(stderr);
	p->shown = true;
}

void progress_update(struct progress *p, struct capture *c)
{
	struct cap_stats stats;

	if (!p->wanted)
		return;
	int64_t now = now_ns();
	if (now - p->started < 500 * MS || now - p->drawn < 200 * MS)
		return;
	cap_get_stats(c, &stats);
	if (stats.file_size == 0 || stats.file_read == 0)
		return;
	p->drawn = now;
	draw(p, &stats, now - p->started);
}

void progress_erase(struct progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\x1b[K", stderr);
	fflush(stderr);
	p->shown = false;
}
