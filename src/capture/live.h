/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets from a network interface, through libpcap.
 */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include "regroup/capture.h"

struct live;

/* NULL with `err` set. */
struct live *live_open(const struct cap_options *options, char *err, size_t err_size);
/* The same for the plaintext of TLS connections. */
struct live *live_open_tls(const struct cap_options *options, char *err, size_t err_size);
void live_set_wait(struct live *l, int ms);
void live_free(struct live *l);

/* CAP_PACKETS, CAP_IDLE or CAP_FAILED (`err` is set). */
enum cap_status live_read(struct live *l, struct cap_packet *out, size_t max, size_t *n, char *err, size_t err_size);

enum cap_ebpf live_ebpf(const struct live *l);
uint16_t live_link(const struct live *l);
void live_stats(const struct live *l, struct cap_stats *out);

/* Something to know that is no error, once; or NULL. Borrowed until the next live_read. */
const char *live_note(struct live *l);

#endif
