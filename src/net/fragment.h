/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts fragments of IPv4 and IPv6 datagrams together again, in memory of fixed size.
 */
#ifndef REGROUP_NET_FRAGMENT_H
#define REGROUP_NET_FRAGMENT_H

#include "ip.h"

#include <stddef.h>

struct fragments;

struct fragments *fragments_new(void);
void fragments_free(struct fragments *f);

/* A new packet begins: datagrams handed out before are no longer used. */
void fragments_begin(struct fragments *f);

/* Takes a fragment. True when it completes its datagram: p->payload is then the whole, and valid until
 * fragments_begin. Where fragments overlap the first to arrive wins. Datagrams that stay incomplete for 30 s of capture time, or that
 * are the oldest when a place is needed, are given up and counted in *lost (whole datagrams). */
bool fragments_add(struct fragments *f, struct ip_packet *p, int64_t now, uint64_t *lost);

size_t fragments_memory(const struct fragments *f);

#endif
