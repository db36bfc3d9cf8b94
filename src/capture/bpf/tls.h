/* SPDX-License-Identifier: Apache-2.0
 *
 * The plaintext of TLS connections of processes on this host, by probes in OpenSSL's libssl. Not covered: what does not
 * call a shared libssl (JSSE, Go, static OpenSSL), and memory BIOs (no socket is touched within the call).
 */
#ifndef CAPTURE_BPF_TLS_H
#define CAPTURE_BPF_TLS_H

#include "regroup/capture.h"

#include "record.h"

struct tls;

/* `pid` 0: every process that uses one of the libraries that are in use now, or the system's own. NULL with `why` set.
 * Everything is detached with the last of its file descriptors: with the process, whatever ends it. */
struct tls *tls_new(int pid, int buffer_kib, char *why, size_t why_size);
void tls_free(struct tls *t); /* NULL is fine */

/* How many libraries the probes are in. */
size_t tls_libraries(const struct tls *t);

void tls_counters(const struct tls *t, struct filter_counters *out);

/* As smart_read in ring mode. */
enum cap_status tls_read(struct tls *t, struct cap_packet *out, size_t max, size_t *n, int wait_ms, int wake_fd);

#endif
