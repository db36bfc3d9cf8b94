/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose a socket is, as the kernel's programs tell it. Shared by both.
 */
#ifndef CAPTURE_BPF_OWNER_H
#define CAPTURE_BPF_OWNER_H

#include <stdint.h>

enum owner_what {
	OWNER_CONNECTED,
	OWNER_LISTENS,  /* remote is of no meaning */
	OWNER_ACCEPTED, /* by whoever listens on this port in this network namespace: pid is 0 */
};

struct owner {
	uint8_t local[16], remote[16]; /* network order; IPv4 is mapped */
	uint16_t lport, rport;         /* host order */
	uint8_t what;
	uint8_t pad[3];
	uint32_t netns;                /* 0: of this process */
	int32_t pid;
	char comm[16];                 /* of the process, not of its thread */
};

#endif
