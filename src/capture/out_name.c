/* SPDX-License-Identifier: Apache-2.0 */
#include "out_name.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct out_name {
	char *pattern;
	char **made; /* -G with -W: the files that are there, oldest first */
	size_t n_made;
	size_t room;
	uint32_t max_files;
	uint32_t number; /* of the next file */
	int digits;      /* 0 without -W */
	bool by_size;
	bool by_time;
	char name[PATH_MAX];
};

static int digits_of(uint32_t v)
{
	int n = 1;

	while (v >= 10) {
		v /= 10;
		n++;
	}
	return n;
}

struct out_name *out_name_new(const char *pattern, bool by_size, bool by_time, uint32_t max_files)
{
	struct out_name *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->pattern = strdup(pattern);
	if (!n->pattern) {
		free(n);
		return NULL;
	}
	n->by_size = by_size;
	n->by_time = by_time;
	n->max_files = by_size || by_time ? max_files : 0;
	n->digits = n->max_files ? digits_of(n->max_files - 1) : 0;
	return n;
}

void out_name_free(struct out_name *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->n_made; i++)
		free(n->made[i]);
	free(n->made);
	free(n->pattern);
	free(n);
}

/* Writes the part before the number; its length, or 0 with errno set. */
static size_t stem(struct out_name *n, int64_t ts)
{
	time_t seconds = (time_t)(ts / 1000000000);
	struct tm tm;
	size_t len;

	if (n->by_time) {
		len = gmtime_r(&seconds, &tm) ? strftime(n->name, sizeof(n->name), n->pattern, &tm) : 0;
	} else {
		len = strlen(n->pattern);
		if (len < sizeof(n->name))
			memcpy(n->name, n->pattern, len + 1);
	}
	if (len && len < sizeof(n->name))
		return len;
	errno = ENAMETOOLONG;
	return 0;
}

static bool take_off(struct out_name *n, const char *name)
{
	for (size_t i = 0; i < n->n_made; i++) {
		if (strcmp(n->made[i], name) != 0)
			continue;
		free(n->made[i]);
		memmove(&n->made[i], &n->made[i + 1], (n->n_made - i - 1) * sizeof(*n->made));
		n->n_made--;
		return true;
	}
	return false;
}

/* Puts the current name at the end of the ring; the oldest file goes when there are too many. */
static bool remember(struct out_name *n)
{
	size_t room = n->room ? n->room * 2 : 16;
	char **more;

	take_off(n, n->name);
	if (n->n_made == n->max_files) {
		(void)unlink(n->made[0]);
		take_off(n, n->made[0]);
	}
	if (n->n_made == n->room) {
		more = realloc(n->made, room * sizeof(*more));
		if (!more)
			return false;
		n->made = more;
		n->room = room;
	}
	n->made[n->n_made] = strdup(n->name);
	return n->made[n->n_made] && ++n->n_made;
}

const char *out_name_next(struct out_name *n, int64_t ts, bool new_period)
{
	size_t len = stem(n, ts), left = sizeof(n->name) - len;
	int wrote = 0;

	if (!len)
		return NULL;
	if (n->by_time && new_period)
		n->number = 0;
	if (n->by_size && (n->number || n->digits))
		wrote = snprintf(n->name + len, left, "%0*u", n->digits ? n->digits : 1, n->number);
	if (wrote < 0 || (size_t)wrote >= left) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	n->number++;
	if (n->max_files && !n->by_time && n->number == n->max_files)
		n->number = 0;
	return n->max_files && n->by_time && !remember(n) ? NULL : n->name;
}
