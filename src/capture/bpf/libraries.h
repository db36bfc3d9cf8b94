/* SPDX-License-Identifier: Apache-2.0
 *
 * Which files of OpenSSL's libssl are in use.
 */
#ifndef CAPTURE_BPF_LIBRARIES_H
#define CAPTURE_BPF_LIBRARIES_H

#include <stddef.h>
#include <sys/types.h>

#define LIBRARIES_MAX 64

struct libraries {
	size_t n;
	size_t unread; /* processes of which there is no right to know */
	char path[LIBRARIES_MAX][256]; /* as this process can open them: also those in containers */
	dev_t device[LIBRARIES_MAX];
	ino_t inode[LIBRARIES_MAX];
};

/* Of one process, or of all (0) and the system's own. */
void libraries_find(struct libraries *l, int pid);

#endif
