/* SPDX-License-Identifier: Apache-2.0 */
#include "proc_sockets.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_CLOSE 7
#define STATE_LISTEN 10

struct open_socket {
	uint64_t inode;
	struct owner owner;
};

struct list {
	struct open_socket *all;
	size_t n, room;
};

/* "0100007F:2384" or 32 digits before the colon: words of 4 bytes in this machine's order. */
static bool read_end(const char *text, uint8_t addr[16], uint16_t *port)
{
	size_t digits = strcspn(text, ":"), words = digits / 8;
	char word[9] = "";

	if ((digits != 8 && digits != 32) || text[digits] != ':')
		return false;
	memset(addr, 0, 16);
	if (words == 1)
		addr[10] = addr[11] = 0xff;
	for (size_t i = 0; i < words; i++) {
		uint32_t v;

		memcpy(word, text + i * 8, 8);
		v = (uint32_t)strtoul(word, NULL, 16);
		memcpy(addr + (words == 1 ? 12 : i * 4), &v, 4);
	}
	*port = (uint16_t)strtoul(text + digits + 1, NULL, 16);
	return true;
}

static void add(struct list *l, const struct open_socket *s)
{
	size_t room = l->room ? l->room * 2 : 256;
	struct open_socket *more = l->n < l->room ? l->all : realloc(l->all, room * sizeof(*more));

	if (!more)
		return;
	if (l->n == l->room)
		l->room = room;
	l->all = more;
	l->all[l->n++] = *s;
}

static void read_table(struct list *l, const char *name)
{
	char line[512], local[64], remote[64];
	unsigned state;
	FILE *f = fopen(name, "re");

	while (f && fgets(line, sizeof(line), f)) {
		struct open_socket s = { 0 };

		if (sscanf(line, " %*u: %63s %63s %x %*s %*s %*s %*u %*u %" SCNu64, local, remote, &state, &s.inode) != 4 ||
		    state == STATE_CLOSE || !s.inode || !read_end(local, s.owner.local, &s.owner.lport) ||
		    !read_end(remote, s.owner.remote, &s.owner.rport))
			continue;
		s.owner.what = state == STATE_LISTEN ? OWNER_LISTENS : OWNER_CONNECTED;
		add(l, &s);
	}
	if (f)
		fclose(f);
}

static int by_inode(const void *a, const void *b)
{
	const struct open_socket *x = a, *y = b;

	return (x->inode > y->inode) - (x->inode < y->inode);
}

static void read_command(const char *pid, char out[16])
{
	char name[64];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%.20s/comm", pid);
	f = fopen(name, "re");
	if (f && fgets(out, 16, f))
		out[strcspn(out, "\n")] = '\0';
	if (f)
		fclose(f);
}

static void read_files(const struct list *l, const char *pid, void *ctx, void (*each)(void *ctx, const struct owner *o))
{
	char folder[64], name[128], target[64], comm[16] = "";
	struct dirent *e;
	DIR *d;

	snprintf(folder, sizeof(folder), "/proc/%.20s/fd", pid);
	d = opendir(folder);
	while (d && (e = readdir(d))) {
		struct open_socket key = { 0 }, *s;
		ssize_t n;

		snprintf(name, sizeof(name), "%s/%.20s", folder, e->d_name);
		n = readlink(name, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (sscanf(target, "socket:[%" SCNu64 "]", &key.inode) != 1)
			continue;
		s = bsearch(&key, l->all, l->n, sizeof(*l->all), by_inode);
		if (!s)
			continue;
		if (!comm[0])
			read_command(pid, comm);
		memcpy(s->owner.comm, comm, sizeof(comm));
		s->owner.pid = atoi(pid);
		each(ctx, &s->owner);
	}
	if (d)
		closedir(d);
}

void proc_sockets(void *ctx, void (*each)(void *ctx, const struct owner *o))
{
	struct list l = { 0 };
	struct dirent *e;
	DIR *d;

	read_table(&l, "/proc/net/tcp");
	read_table(&l, "/proc/net/tcp6");
	if (l.n)
		qsort(l.all, l.n, sizeof(*l.all), by_inode);
	d = opendir("/proc");
	while (d && l.n && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]))
			read_files(&l, e->d_name, ctx, each);
	if (d)
		closedir(d);
	free(l.all);
}
