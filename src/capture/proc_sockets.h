/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP sockets and their processes as /proc tells them: of those processes whose files may be looked at, in the network
 * namespace of this one. See proc(5).
 */
#ifndef CAPTURE_PROC_SOCKETS_H
#define CAPTURE_PROC_SOCKETS_H

#include "bpf/owner.h"

void proc_sockets(void *ctx, void (*each)(void *ctx, const struct owner *o));

#endif
