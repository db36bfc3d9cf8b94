/* SPDX-License-Identifier: Apache-2.0 */
#include "libraries.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The same file under another name is the same library: probes go into the file. */
static void add(struct libraries *l, const char *path)
{
	struct stat st;

	if (l->n == LIBRARIES_MAX || strlen(path) >= sizeof(l->path[0]) || stat(path, &st) != 0)
		return;
	for (size_t i = 0; i < l->n; i++)
		if (l->device[i] == st.st_dev && l->inode[i] == st.st_ino)
			return;
	l->device[l->n] = st.st_dev;
	l->inode[l->n] = st.st_ino;
	strcpy(l->path[l->n++], path);
}

/* A line of /proc/PID/maps ends with the path, as the process sees it. */
static void add_mapped(struct libraries *l, const char *pid)
{
	char name[64], line[512], path[640];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%.20s/maps", pid);
	f = fopen(name, "re");
	l->unread += !f && errno == EACCES;
	while (f && fgets(line, sizeof(line), f)) {
		const char *file = strchr(line, '/');

		if (!file || !strstr(file, "/libssl") || !strstr(file, ".so"))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(path, sizeof(path), "/proc/%.20s/root%s", pid, file);
		add(l, path);
	}
	if (f)
		fclose(f);
}

static void add_all(struct libraries *l)
{
	struct dirent *e;
	DIR *d = opendir("/proc");

	while (d && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]))
			add_mapped(l, e->d_name);
	if (d)
		closedir(d);
}

/* For processes that begin later. */
static void add_system(struct libraries *l)
{
	static const char *const folders[] = { "/usr/lib", "/usr/lib64", "/lib64", "/usr/local/lib" };
	static const char *const names[] = { "libssl.so.3", "libssl.so.1.1" };
	char path[512];

	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
			snprintf(path, sizeof(path), "%s/%s", folders[i], names[k]);
			add(l, path);
		}
#ifdef REGROUP_MULTIARCH
		snprintf(path, sizeof(path), "/usr/lib/" REGROUP_MULTIARCH "/%s", names[k]);
		add(l, path);
#endif
	}
}

void libraries_find(struct libraries *l, int pid)
{
	char text[16];

	l->n = l->unread = 0;
	if (pid > 0) {
		snprintf(text, sizeof(text), "%d", pid);
		add_mapped(l, text);
		return;
	}
	add_all(l);
	add_system(l);
}
